"""Handlers: tallies of people (tables, ranks, standardisation, inequality), funnels, charts and queues."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from refcase_checks import DEFAULT, FOLDER, Check, NotCoveredError, handles, read_checks, read_json, read_rows
from refcase_groups import fields, pick

from equiwait import statistics as st

_TEST = {"chisq": "statistic", "chi2": "statistic", "df": "df", "p": "p_value"}


@cache
def open_list(name: str) -> dict[str, np.ndarray]:
    return _columns(name, "waiting")


@cache
def completed(name: str) -> dict[str, np.ndarray]:
    return _columns(name, "treated")


def _columns(name: str, status: str) -> dict[str, np.ndarray]:
    rows = [row for row in read_rows(name) if row.get("status", status) == status]
    return {key: np.array([row[key] or "Unknown" for row in rows]) for key in rows[0]}


def late(who: dict[str, np.ndarray], days: int = 126) -> np.ndarray:
    return who["days"].astype(float) > days


def tally(who: dict[str, np.ndarray], label: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Days by group (in order), the days themselves, and the groups' names."""
    days = who["days"].astype(float)
    values, place = np.unique(days, return_inverse=True)
    names = sorted(set(label), key=_order) if label is not None else [""]
    group = np.array([names.index(one) for one in label]) if label is not None else np.zeros(days.size, int)
    counts = np.zeros((len(names), values.size))
    np.add.at(counts, (group, place), 1)
    return counts, values, names


def _order(text: str) -> tuple[int, str]:
    return (int(text), "") if text.isdigit() else (0, text)


def shares(who: dict[str, np.ndarray], label: np.ndarray, threshold: int = 126) -> tuple[np.ndarray, np.ndarray]:
    names = sorted(set(label), key=_order)
    events = [float((late(who, threshold) & (label == name)).sum()) for name in names]
    return np.array(events), np.array([float((label == name).sum()) for name in names])


def one_group(check: Check, who: dict[str, np.ndarray]) -> np.ndarray:
    name, value = next((key, value) for key, value in fields(check.params).items() if key in who)
    return who[name] == value.split(" ")[0]


# Shares


@handles("R_tab", "prop_gt18w_open", "prop_gt18w_open_wilson95", "prop_gt18w_open_clopper_pearson95")
def share(check: Check) -> float:
    who = open_list(check.input)
    mine = one_group(check, who)
    x, n = float((late(who) & mine).sum()), float(mine.sum())
    if check.stat in ("x", "n"):
        return x if check.stat == "x" else n
    answer = st.clopper_pearson(x, n) if "clopper" in check.measure else st.wilson(x, n)
    return pick(answer, check.stat, {"p": "value", "est": "value", "lower": "lower", "upper": "upper"})


@handles("R_tab", "chisq_homogeneity", "cochran_armitage_trend")
def shares_over_groups(check: Check) -> float:
    who = open_list(check.input)
    x, n = shares(who, who["imd_decile"])
    test = st.equal_shares(x, n) if check.measure.startswith("chisq") else st.cochran_armitage(x, n)
    return pick(test, check.stat, _TEST)


def two_deciles(check: Check, who: dict[str, np.ndarray]) -> tuple[float, float, float, float]:
    """Events and people of the two deciles that the params set against each other."""
    first, second = re.search(r"imd(\d+) vs imd(\d+)", check.params).groups()
    pair = []
    for decile in (first, second):
        mine = who["imd_decile"] == decile
        pair += [float((late(who) & mine).sum()), float(mine.sum())]
    return tuple(pair)


@handles("R_tab", "risk_ratio_wald", "odds_ratio_wald", "risk_difference_newcombe", "risk_diff_newcombe")
def contrast(check: Check) -> float:
    pair = two_deciles(check, open_list(check.input))
    measure = next(f for word, f in _CONTRASTS.items() if check.measure.startswith(word))
    return pick(measure(*pair), check.stat, {"est": "value", "lower": "lower", "upper": "upper"})


_CONTRASTS = {"risk_ratio": st.risk_ratio, "odds_ratio": st.odds_ratio, "risk_diff": st.newcombe}


@handles("R_tab", "fisher_exact")
def fisher(check: Check) -> float:
    answer = st.fisher_exact(*(int(part) for part in two_deciles(check, open_list(check.input))))
    names = {"or_cmle": "odds_ratio", "p": "p_value", "lower": "lower", "upper": "upper"}
    return pick(answer, check.stat, {**names, "or_lower": "lower", "or_upper": "upper"})


# Strata


Strata = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def strata_of(check: Check) -> Strata:
    if check.input.startswith("statsmodels_tables"):
        tables = np.array(read_json("statsmodels_tables.json")[check.input.split("#")[1]], dtype=float)
        return tables[:, 0, 0], tables[:, 0].sum(1), tables[:, 1, 0], tables[:, 1].sum(1)
    if "nhse_rtt" in check.input:
        return _treatment_functions(check)
    who = open_list(check.input)
    place = np.char.add(np.char.add(who["specialty"], "|"), who["urgency"])
    cells = [place == name for name in sorted(set(place))]
    groups = [np.isin(who["imd_decile"], deciles) for deciles in (["1", "2"], ["9", "10"])]
    parts = [[[(late(who) & g & c).sum(), (g & c).sum()] for c in cells] for g in groups]
    (a, n1), (c, n0) = (np.array(part, dtype=float).T for part in parts)
    return a, n1, c, n0


def _treatment_functions(check: Check) -> Strata:
    first, second = re.search(r"(\w+) vs (\w+)", check.params).groups()
    weeks = int(re.search(r">(\d+)w", check.params)[1])
    total = re.search(r"(\w+) excluded", check.params)
    from refcase_files import bands_of

    found: dict[str, dict[str, np.ndarray]] = {}
    for row in read_rows(check.input):
        if row["ccg_code"] in (first, second) and not (total and row["tf_code"] == total[1]):
            found.setdefault(row["tf_code"], {})[row["ccg_code"]] = bands_of([row])[0]
    both = [pair for pair in found.values() if len(pair) == 2]
    parts = [np.array([[pair[c][weeks:].sum(), pair[c].sum()] for pair in both]).T for c in (first, second)]
    return parts[0][0], parts[0][1], parts[1][0], parts[1][1]


@handles("*", "mantel_haenszel", "breslow_day_or", "breslow_day")
def mantel_haenszel(check: Check) -> float:
    strata = strata_of(check)
    per = 100 if "per 100" in check.params else 1
    stat = check.stat
    if stat in ("chisq_cmh_cc", "chisq_cmh", "p"):
        test = st.cochran_mantel_haenszel(*strata, correction=stat != "chisq_cmh")
        return float(test.p_value if stat == "p" else test.statistic)
    if check.measure == "breslow_day_or":
        # What the peer prints under this name is Woolf's test.
        return pick(st.woolf(*strata), stat, _TEST)
    if stat.startswith(("breslow_day", "tarone")) or check.measure.startswith("breslow_day"):
        test = st.breslow_day(*strata, tarone="tarone" in stat)
        return float(test.p_value if stat.endswith("_p") else test.statistic)
    measure = {"or": "odds", "rr": "ratio", "rd": "difference"}.get(stat[:2])
    if measure is None:
        raise NotCoveredError(stat)
    answer = st.mantel_haenszel(*strata, measure=measure, variance="sato" if "sato" in stat else "greenland-robins")
    end = next((end for end in ("lower", "upper") if stat.endswith(end)), "value")
    return per * float(answer.std_error if stat.endswith("_se") else getattr(answer, end))


@handles("*", "linear_by_linear")
def linear_by_linear(check: Check) -> float:
    table = read_json("statsmodels_tables.json")[check.input.split("#")[1]]
    answer = st.linear_by_linear(table)
    return float(
        answer.statistic**2 if check.stat == "chi2" else getattr(answer, {"p": "p_value", "z": "statistic"}[check.stat])
    )


_STANDARDISED = {
    "est": "value",
    "se_binomial": "std_error",
    "lower": "lower",
    "upper": "upper",
    "n_empty": "empty_strata",
    "weight_lost": "weight_lost",
}


@handles("R_tab", "cmh_general", "generalised_cmh", "mantelhaen_general")
def general_association(check: Check) -> float:
    who = open_list(check.input)
    label = who["ethnicity" if "ethnicity" in check.params else "imd_decile"]
    names, event = sorted(set(label), key=_order), late(who)
    cells = [[[(c & (label == g) & e).sum() for e in (event, ~event)] for g in names] for c in _cells(who)]
    return pick(st.cochran_mantel_haenszel_general(cells), check.stat, _TEST)


@handles("R_tab", "direct_std_prop")
def directly(check: Check) -> float:
    who = open_list(check.input)
    cells = _cells(who)
    mine = one_group(check, who)
    answer = st.direct_share(*_by_cell(late(who) & mine, mine, cells), [c.sum() for c in cells])
    return pick(answer, check.stat, _STANDARDISED)


def _cells(who: dict[str, np.ndarray]) -> list[np.ndarray]:
    place = np.char.add(np.char.add(who["specialty"], "|"), who["urgency"])
    return [place == name for name in sorted(set(place))]


def _by_cell(event: np.ndarray, mine: np.ndarray, cells: list[np.ndarray]) -> tuple[list[float], list[float]]:
    return [float((event & cell).sum()) for cell in cells], [float((mine & cell).sum()) for cell in cells]


@handles("*", "indirect_std_ratio", "indirect_std_ratio_exact_poisson95", "indirect_std_ratio_byars95")
def indirectly(check: Check) -> float:
    if "nhse_rtt" in check.input:
        observed, expected = _expected_by_function(check)
    else:
        who = open_list(check.input)
        cells, mine = _cells(who), one_group(check, who)
        x, n = _by_cell(late(who) & mine, mine, cells)
        everybody = np.ones(mine.size, dtype=bool)
        observed, expected = sum(x), st.expected_events(n, *_by_cell(late(who), everybody, cells))
    if check.stat in ("observed", "expected"):
        return float(observed if check.stat == "observed" else expected)
    method = "byar" if "byar" in check.measure else "exact"
    answer = st.standardised_ratio(observed, expected, method=method)
    return pick(answer, check.stat, {"ratio": "value", "lower": "lower", "upper": "upper"})


def _ccgs(name: str) -> tuple[dict[tuple[str, str], np.ndarray], list[str], list[str]]:
    from refcase_files import bands_of

    rows = [row for row in read_rows(name) if not row["tf_code"].endswith("999")]
    bands = bands_of(rows)
    cells = {(row["ccg_code"], row["tf_code"]): band for row, band in zip(rows, bands, strict=True)}
    return cells, sorted({c for c, _ in cells}), sorted({f for _, f in cells})


@cache
def _by_function(name: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Events and people, CCG × treatment function."""
    cells, ccgs, functions = _ccgs(name)
    none = np.zeros(53)
    bands = np.array([[cells.get((c, f), none) for f in functions] for c in ccgs])
    return bands[..., 18:].sum(-1), bands.sum(-1), ccgs


def _expected_by_function(check: Check) -> tuple[float, float]:
    events, people, ccgs = _by_function(check.input)
    place = ccgs.index(fields(check.params)["ccg"])
    return float(events[place].sum()), float(st.expected_events(people[place], events.sum(0), people.sum(0)))


@handles("R_rtt", "bgv", "bgsd", "idisw", "mean", "chisq_homogeneity")
def ccgs(check: Check) -> float:
    from refcase_files import bands_of

    rows = [row for row in read_rows(check.input) if row["tf_code"].endswith("999")]
    bands = bands_of(rows)
    events, people = bands[:, 18:].sum(1), bands.sum(1)
    percent = 100 * st.wilson(events, people).value
    if check.measure == "mean":
        return float(100 * st.wilson(events.sum(), people.sum()).value)
    if check.measure == "chisq_homogeneity":
        return pick(st.equal_shares(events, people), check.stat, _TEST)
    measures = {"bgv": st.between_group_variance, "bgsd": st.between_group_sd, "idisw": st.index_of_disparity}
    return float(measures[check.measure](percent, people).value) * (100 if check.measure == "idisw" else 1)


# Completed waits


@handles("R_tab", "mean_wait_completed")
def mean_wait(check: Check) -> float:
    who = completed(check.input)
    counts, values = one_tally(check, who)
    answer = st.mean_t(counts, values)
    if check.stat == "n":
        return float(counts.sum())
    return pick(answer, check.stat, {"mean": "value", "t95_lower": "lower", "t95_upper": "upper"})


def one_tally(check: Check, who: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    mine = one_group(check, who)
    counts, values, _ = tally({"days": who["days"][mine]})
    return counts[0], values


@handles("R_tab", "sample_quantile_completed")
def sample_quantile(check: Check) -> float:
    counts, values = one_tally(check, completed(check.input))
    order, rule = re.search(r"p=([\d.]+);R type=(\d)", check.params).groups()
    return float(st.quantile(counts, float(order), values, rule=f"type{rule}"))


@handles("R_tab", "median_ci_binomial_orderstat")
def median_interval(check: Check) -> float:
    counts, values = one_tally(check, completed(check.input))
    return float(getattr(st.quantile_interval(counts, 0.5, values), check.stat))


@handles("R_tab", "kruskal_wallis")
def kruskal_wallis(check: Check) -> float:
    who = completed(check.input)
    counts, _, _ = tally(who, who["ethnicity" if "ethnicity" in check.params else "imd_decile"])
    return pick(st.kruskal_wallis(counts), check.stat, _TEST)


@handles("R_tab", "wilcoxon_mann_whitney", "prob_superiority")
def mann_whitney(check: Check) -> float:
    who = completed(check.input)
    counts, values, names = tally(who, who["imd_decile"])
    first, second = (counts[names.index(name)] for name in re.search(r"imd(\d+) vs imd(\d+)", check.params).groups())
    if check.stat == "p":
        return float(st.mann_whitney(first, second).p_value)
    if check.stat == "W":
        return float(st.superior_pairs(first, second))
    if check.stat == "hodges_lehmann":
        return st.hodges_lehmann(first, second, values)
    return float(st.probability_longer(first, second))


@handles("R_tab", "spearman", "kendall_tau_b", "rank_linear_trend(coin)", "jonckheere")
def rank_association(check: Check) -> float:
    who = completed(check.input)
    counts, _, _ = tally(who, who["imd_decile"])
    if check.measure == "spearman":
        rho = st.spearman(counts)
        return float(rho if check.stat == "rho" else st.spearman_p(rho, counts.sum()))
    if check.measure.startswith("rank_linear"):
        return float(getattr(st.rank_trend(counts), "p_value" if check.stat == "p" else "statistic"))
    if check.stat == "tau":
        return float(st.kendall(counts))
    return float(getattr(st.kendall_test(counts), "p_value" if check.stat == "p" else "statistic"))


@handles("R_tab", "p_adjust")
def adjusted(check: Check) -> float:
    """The whole vector of p-values is spread over the checks: ``adj_3`` goes with the third."""
    method = fields(check.params)["method"].lower()
    given = {}
    for folder in (DEFAULT, FOLDER):
        if (folder / "checks.csv").is_file():
            same = [c for c in read_checks(folder) if c.key == check.key and c.input == check.input]
            given |= {int(c.stat[4:]): float(fields(c.params)["p"]) for c in same}
    vector = [given[place] for place in sorted(given)]
    return float(st.adjusted_p(vector, method={"fdr": "bh"}.get(method, method))[int(check.stat[4:]) - 1])
