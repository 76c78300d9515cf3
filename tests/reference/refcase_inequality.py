"""Handlers: inequality of waits between people, and gradients over deciles."""

from __future__ import annotations

import re

import numpy as np
from refcase_checks import Check, NotCoveredError, handles, read_json, read_rows
from refcase_groups import column, fields, pick
from refcase_params import named
from refcase_people import completed, tally

from equiwait import statistics as st


@handles(
    "R_ineq", "gini", "theil_T", "theil_L_mld", "gei_alpha2", "atkinson", "gei_decomposition", "mld_decomposition",
    "theil_decomposition",
)  # fmt: skip
def entropy(check: Check) -> float:
    who = completed(check.input)
    counts, values, _ = tally(who, _grouping(check, who) if "groups=" in check.params else None)
    given = fields(check.params)
    if check.measure.endswith("decomposition"):
        alpha = {"mld_decomposition": 0.0, "theil_decomposition": 1.0}.get(check.measure)
        parts = st.entropy_parts(counts, values, alpha=float(given["alpha"]) if alpha is None else alpha)
        return pick(parts, check.stat, {"within": "within", "between": "between", "total": "total"})
    if check.measure == "atkinson":
        return float(st.atkinson(counts[0], values, epsilon=float(given["epsilon"])))
    alphas = {"theil_T": 1.0, "theil_L_mld": 0.0, "gei_alpha2": 2.0}
    if check.measure in alphas:
        return float(st.generalised_entropy(counts[0], values, alpha=alphas[check.measure]))
    return float(st.gini(counts[0], values))


def _grouping(check: Check, who: dict[str, np.ndarray]) -> np.ndarray:
    """The column that ``groups=ethnicity(6 incl Unknown)`` names."""
    return who[named(who, re.search(r"groups=(\w+)", check.params)[1])]


@handles("R_ineq", "concentration_index(rineq)", "concentration_index(IC2)")
def concentration(check: Check) -> float:
    who = completed(check.input)
    order = np.unique(who["rankvar"].astype(float), return_inverse=True)[1]
    counts, values, _ = tally(who, order.astype(str))
    answer = st.concentration_index_counts(counts, values)
    mean = float(st.mean_t(counts.sum(0), values).value)
    kinds = {"CI": 1.0, "CIg": mean, "CIc": 4 * mean / np.ptp(values)}
    kind = fields(check.params).get("type", "CI")
    if kind not in kinds:
        raise NotCoveredError(kind)
    if check.stat not in ("C", "variance", "se"):
        raise NotCoveredError(f"statistic {check.stat}")
    error = float(answer.std_error) * abs(kinds[kind])
    return {"C": float(answer.value) * kinds[kind], "variance": error**2, "se": error}[check.stat]


def deciles(check: Check) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Days by decile, the days, and the people and mean of each decile."""
    who = completed(check.input)
    counts, values, _ = tally(who, who["imd_decile"])
    return counts, values, counts.sum(1), st.mean_t(counts, values).value


@handles("R_ineq", "group_mean", "concentration_index_grouped", "sii_wls", "rii_kunst_mackenbach", "rii_mean")
def deciles_measure(check: Check) -> float:
    _, _, people, means = deciles(check)
    if check.measure == "group_mean":
        place = int(fields(check.params)["imd"]) - 1
        return float(people[place] if check.stat == "n" else means[place])
    if check.measure == "concentration_index_grouped":
        return float(st.concentration_index(means, people).value)
    answer = st.slope_index(means, people)
    if check.measure == "rii_mean":
        return float(answer.value / (people @ means) * people.sum())
    return pick(answer, check.stat, {"sii": "value", "intercept": "intercept", "rii": "ratio"})


@handles("R_ineq", "sii_microdata_ols", "sii_logit_margins", "rii_logit_margins", "sii_identity_binomial")
def person_slopes(check: Check) -> float:
    counts, values, people, _ = deciles(check)
    if check.measure == "sii_microdata_ols":
        answer = st.slope_index_means(counts, values, robust=check.stat == "se_HC1")
        return float(answer.value if check.stat == "sii" else answer.std_error)
    if check.measure.startswith("rii") and check.stat not in ("rii", "ratio"):
        # The error of a ratio is asked on one of two scales; only its limits say which.
        raise NotCoveredError(f"statistic {check.stat} of {check.measure}")
    scale = "linear" if "identity" in check.measure else "logit"
    answer = st.slope_index_shares(counts[:, values > 126].sum(1), people, scale=scale)
    return pick(answer, check.stat, {"sii": "value", "rii": "ratio", "se": "std_error"})


@handles("pysal", "theil_between", "theil_T", "gini", "atkinson")
def pysal(check: Check) -> float:
    incomes, groups = _incomes(check)
    values, place = np.unique(incomes, return_inverse=True)
    names, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((names.size, values.size))
    np.add.at(counts, (group, place), 1)
    if check.measure == "theil_between":
        parts = st.entropy_parts(counts, values)
        return float({"bg": parts.between, "wg": parts.within, "T": parts.total}[check.stat])
    if check.measure == "atkinson":
        index = st.atkinson(counts[0], values, epsilon=float(fields(check.params)["epsilon"]))
        return float(index if check.stat == "A" else incomes.mean() * (1 - index))
    return float((st.theil if check.measure == "theil_T" else st.gini)(counts.sum(0), values))


def _incomes(check: Check) -> tuple[np.ndarray, np.ndarray]:
    if "#" in check.input:
        case = read_json("small_inline_cases.json")[check.input.split("#")[1]]
        case = case if isinstance(case, dict) else {"y": case, "g": [0] * len(case)}
        return np.array(case["y"], dtype=float), np.array(case["g"])
    rows = read_rows(check.input)
    year = re.match(r"\w+", check.params)[0]
    group = fields(check.params).get("groups")
    return column(rows, year), column(rows, group) if group else np.zeros(len(rows))
