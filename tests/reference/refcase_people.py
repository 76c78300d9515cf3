"""Handlers: tallies of people (tables, ranks, standardisation, inequality), funnels, charts and queues."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial, reduce
from typing import Any

import numpy as np
from refcase_checks import (
    DEFAULT,
    FOLDER,
    Check,
    NotCoveredError,
    handles,
    handles_like,
    read_checks,
    read_json,
    read_rows,
)
from refcase_grammar import share_asked
from refcase_groups import fields, pick
from refcase_params import (
    Params,
    continuity,
    members,
    named,
    one_group,
    over_days,
    over_groups,
    over_weeks,
    scores,
    sides,
    strata_columns,
)

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


# Shares


@handles_like("R_tab", r"prop_gt\d+[wd]_open.*")
def share(check: Check) -> float:
    asked = share_asked(check.measure)
    if asked is None:
        raise NotCoveredError(f"measure {check.measure}")
    days, method, confidence = asked
    who, params = open_list(check.input), Params(check.params)
    mine = one_group(params, who)
    if over_days(params, days) != days:
        raise NotCoveredError(f"{check.measure} of {check.params!r}")
    params.drop(r"\bopen\b").done()
    x, n = float((late(who, days) & mine).sum()), float(mine.sum())
    if check.stat in ("x", "n"):
        return x if check.stat == "x" else n
    exact = method in ("clopper_pearson", "exact")
    answer = (st.clopper_pearson if exact else st.wilson)(x, n, confidence=confidence)
    return pick(answer, check.stat, {"p": "value", "est": "value", "lower": "lower", "upper": "upper"})


@handles("R_tab", "chisq_homogeneity", "cochran_armitage_trend")
def shares_over_groups(check: Check) -> float:
    who, params = open_list(check.input), Params(check.params)
    days, (label, kept) = over_days(params), over_groups(params, who)
    x, n = shares({name: values[kept] for name, values in who.items()}, label[kept], days)
    given, corrected = scores(params, n.size), continuity(params, usual=False)
    params.drop(r"\bopen\b").done()
    if corrected and n.size > 2:
        raise NotCoveredError("a table of more than two groups corrected for continuity")
    if check.measure.startswith("chisq"):
        return pick(st.chi_square(np.stack([x, n - x], -1), correction=corrected), check.stat, _TEST)
    if corrected:
        raise NotCoveredError("a trend corrected for continuity")
    if given is None and not all(name.isdigit() for name in label[kept]):
        raise NotCoveredError("a trend over groups without an order")
    return pick(st.cochran_armitage(x, n, given), check.stat, _TEST)


def two_groups(check: Check) -> tuple[float, float, float, float]:
    """Events and people of the two groups that the params set against each other."""
    who, params = open_list(check.input), Params(check.params)
    days, pair = over_days(params), sides(params, who)
    params.drop(r"\bopen\b").done()
    (a, n1), (c, n0) = ((float((late(who, days) & mine).sum()), float(mine.sum())) for mine in pair)
    return a, n1, c, n0


_CONTRASTS = {
    "risk_ratio_wald": st.risk_ratio,
    "odds_ratio_wald": st.odds_ratio,
    "risk_ratio_koopman": st.koopman,
    "risk_difference_newcombe": st.newcombe,
    "risk_diff_newcombe": st.newcombe,
}
_ENDS = {"est": "value", "lower": "lower", "upper": "upper"}


@handles("R_tab", *_CONTRASTS)
def contrast(check: Check) -> float:
    return pick(_CONTRASTS[check.measure](*two_groups(check)), check.stat, _ENDS)


@handles("R_tab", "risk_difference_wald", "risk_diff_wald")
def wald_difference(check: Check) -> float:
    """Two shares, each with its binomial standard error."""
    a, n1, c, n0 = two_groups(check)
    p1, p0 = a / n1, c / n0
    answer = st.difference(p1, np.sqrt(p1 * (1 - p1) / n1), p0, np.sqrt(p0 * (1 - p0) / n0))
    return pick(answer, check.stat, {**_ENDS, "se": "std_error"})


@handles("R_tab", "fisher_exact")
def fisher(check: Check) -> float:
    answer = st.fisher_exact(*(int(part) for part in two_groups(check)))
    names = {"or_cmle": "odds_ratio", "p": "p_value", "lower": "lower", "upper": "upper"}
    return pick(answer, check.stat, {**names, "or_lower": "lower", "or_upper": "upper"})


# Strata


Strata = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def strata_of(check: Check, params: Params) -> Strata:
    if check.input.startswith("statsmodels_tables"):
        # Words about the peer, not about the question: anything with a number or a setting is another question.
        params.drop(r"R mantelhaen\.test", r"\([\W]*(?:cc)?\W*chisq\)", r"DescTools", r"SAS", r"Stata")
        tables = np.array(read_json("statsmodels_tables.json")[check.input.split("#")[1]], dtype=float)
        return tables[:, 0, 0], tables[:, 0].sum(1), tables[:, 1, 0], tables[:, 1].sum(1)
    if "nhse_rtt" in check.input:
        return _treatment_functions(check.input, params)
    who = open_list(check.input)
    days, groups = over_days(params), _contrasted(params, who)
    cells = cells_of(who, strata_columns(params.drop(r"\bopen\b")))
    parts = [[[(late(who, days) & g & c).sum(), (g & c).sum()] for c in cells] for g in groups]
    (a, n1), (c, n0) = (np.array(part, dtype=float).T for part in parts)
    return a, n1, c, n0


def _contrasted(params: Params, who: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The two groups; ``same`` are the two ends of the deciles, as in the peer's example."""
    if params.take(r"^same\b"):
        return members(who, "imd1-2"), members(who, "imd9-10")
    return sides(params, who)


def _treatment_functions(name: str, params: Params) -> Strata:
    from refcase_files import bands_of

    first, second = params.need(r"\b(\w+) vs (\w+)")
    weeks, total = over_weeks(params), params.take(r"\((\w+) excluded\)")
    params.drop(r"strata=treatment function")
    found: dict[str, dict[str, np.ndarray]] = {}
    for row in read_rows(name):
        if row["ccg_code"] in (first, second) and not (total and row["tf_code"] == total[0]):
            found.setdefault(row["tf_code"], {})[row["ccg_code"]] = bands_of([row])[0]
    both = [pair for pair in found.values() if len(pair) == 2]
    if not both:
        raise NotCoveredError(f"{first} and {second} have no stratum in common")
    parts = [np.array([[pair[c][weeks:].sum(), pair[c].sum()] for pair in both]).T for c in (first, second)]
    return parts[0][0], parts[0][1], parts[1][0], parts[1][1]


_POOLED = r"(or|rr|rd)_(?:mh_?)?(lower|upper|se)?_?(sato|wald|gr)?"
_LOG_POOLED = {"logodds": "", "lor_mh": "", "logodds_mh": "", "logodds_se": "se", "lor_se": "se", "lor_mh_se": "se"}


@handles("*", "mantel_haenszel", "breslow_day_or", "breslow_day")
def mantel_haenszel(check: Check) -> float:
    params, stat = Params(check.params), check.stat
    # The peer behind these tables corrects unless told not to.
    corrected = continuity(params, usual=check.family == "statsmodels") or check.stat.endswith("cc")
    strata = strata_of(check, params)
    per = 100 if params.take(r"\(?per 100\)?$") else 1
    params.done()
    if check.measure == "breslow_day_or":
        # What the peer prints under this name is Woolf's test.
        return pick(st.woolf(*strata), stat, _TEST)
    if check.measure == "breslow_day" or stat.startswith(("breslow_day", "tarone")):
        return _homogeneity(strata, stat)
    if re.fullmatch(r"(chisq|chi2|p)(_cmh|_mh)?(_p)?(_cc)?|df", stat):
        test = st.cochran_mantel_haenszel(*strata, correction=corrected and stat != "chisq_cmh")
        return float(test.df if stat == "df" else test.p_value if "p" in stat.split("_") else test.statistic)
    return per * _pooled(strata, stat)


def _homogeneity(strata: Strata, stat: str) -> float:
    if not re.fullmatch(r"(breslow_day|tarone|breslow_day_tarone)(_p|_chisq)?|chisq|chi2|p|df", stat):
        raise NotCoveredError(stat)
    test = st.breslow_day(*strata, tarone="tarone" in stat)
    if stat == "df":
        return float(test.df)
    return float(test.p_value if stat == "p" or stat.endswith("_p") else test.statistic)


def _pooled(strata: Strata, stat: str) -> float:
    """One ratio, odds ratio or difference over all strata; the odds ratio also as a logarithm."""
    if stat in _LOG_POOLED:
        answer = st.mantel_haenszel(*strata, measure="odds")
        return float(answer.std_error if _LOG_POOLED[stat] else np.log(answer.value))
    found = re.fullmatch(_POOLED, stat)
    if not found:
        raise NotCoveredError(stat)
    measure = {"or": "odds", "rr": "ratio", "rd": "difference"}[found[1]]
    answer = st.mantel_haenszel(*strata, measure=measure, variance="sato" if found[3] == "sato" else "greenland-robins")
    return pick(answer, found[2] or "est", {**_ENDS, "se": "std_error"})


@handles("*", "linear_by_linear")
def linear_by_linear(check: Check) -> float:
    Params(check.params).drop(r"R coin lbl_test", r"integer scores").done()
    answer = st.linear_by_linear(read_json("statsmodels_tables.json")[check.input.split("#")[1]])
    if check.stat in ("chi2", "chisq"):
        return float(answer.statistic**2)
    return pick(answer, check.stat, {"p": "p_value", "z": "statistic"})


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
    who, params = open_list(check.input), Params(check.params)
    days, columns, (label, kept) = over_days(params), strata_columns(params), over_groups(params, who)
    params.drop(r"\bopen\b").done()
    names, event = sorted(set(label[kept]), key=_order), late(who, days)
    cells = [[[(c & (label == g) & e).sum() for e in (event, ~event)] for g in names] for c in cells_of(who, columns)]
    return pick(st.cochran_mantel_haenszel_general(cells), check.stat, _TEST)


@handles("R_tab", "direct_std_prop")
def directly(check: Check) -> float:
    who, params = open_list(check.input), Params(check.params)
    mine, days, standard = one_group(params, who), over_days(params), reference(params, who, "std")
    cells = cells_of(who, strata_columns(params))
    params.drop(r"has empty strata", r"empty strata dropped & reweighted", r"\bopen\b").done()
    answer = st.direct_share(*_by_cell(late(who, days) & mine, mine, cells), [(c & standard).sum() for c in cells])
    return pick(answer, check.stat, _STANDARDISED)


def cells_of(who: dict[str, np.ndarray], columns: tuple[str, ...]) -> list[np.ndarray]:
    """The people of each stratum."""
    place = reduce(lambda one, other: np.char.add(np.char.add(one, "|"), other), (who[named(who, c)] for c in columns))
    return [place == name for name in sorted(set(place))]


def reference(params: Params, who: dict[str, np.ndarray], word: str) -> np.ndarray:
    """The people that a group is held against: everybody, or the group that is named."""
    found = params.take(rf"\b{word}=(all(?: open| rows)?\b|[\w<>=-]+)")
    if found is None or found[0].startswith("all"):
        return np.ones(next(iter(who.values())).size, dtype=bool)
    return members(who, found[0])


def _by_cell(event: np.ndarray, mine: np.ndarray, cells: list[np.ndarray]) -> tuple[list[float], list[float]]:
    return [float((event & cell).sum()) for cell in cells], [float((mine & cell).sum()) for cell in cells]


@handles("*", "indirect_std_ratio", "indirect_std_ratio_exact_poisson95", "indirect_std_ratio_byars95")
def indirectly(check: Check) -> float:
    expectation = _expected_by_function if "nhse_rtt" in check.input else _expected_by_cell
    observed, expected = expectation(check.input, Params(check.params))
    if check.stat in ("observed", "expected"):
        return float(observed if check.stat == "observed" else expected)
    method = "byar" if "byar" in check.measure else "exact"
    answer = st.standardised_ratio(observed, expected, method=method)
    if check.measure == "indirect_std_ratio" and check.stat != "ratio":
        raise NotCoveredError(f"no method named for {check.stat}")
    return pick(answer, check.stat, {"ratio": "value", "lower": "lower", "upper": "upper"})


def _expected_by_cell(name: str, params: Params) -> tuple[float, float]:
    who = open_list(name)
    standard = reference(params, who, "ref")
    mine, days, cells = one_group(params, who), over_days(params), cells_of(who, strata_columns(params))
    params.drop(r"\bopen\b").done()
    x, n = _by_cell(late(who, days) & mine, mine, cells)
    events, people = _by_cell(late(who, days) & standard, standard, cells)
    return sum(x), float(st.expected_events(n, events, people))


def _ccgs(name: str) -> tuple[dict[tuple[str, str], np.ndarray], list[str], list[str]]:
    from refcase_files import bands_of

    rows = [row for row in read_rows(name) if not row["tf_code"].endswith("999")]
    bands = bands_of(rows)
    cells = {(row["ccg_code"], row["tf_code"]): band for row, band in zip(rows, bands, strict=True)}
    return cells, sorted({c for c, _ in cells}), sorted({f for _, f in cells})


@cache
def _by_function(name: str, weeks: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Events and people, CCG × treatment function."""
    cells, ccgs, functions = _ccgs(name)
    none = np.zeros(53)
    bands = np.array([[cells.get((c, f), none) for f in functions] for c in ccgs])
    return bands[..., weeks:].sum(-1), bands.sum(-1), ccgs


def _expected_by_function(name: str, params: Params) -> tuple[float, float]:
    (ccg,), weeks = params.need(r"\bccg=(\w+)"), over_weeks(params)
    params.drop(r"\bref=all rows\b", r"strata=treatment function").done()
    events, people, ccgs = _by_function(name, weeks)
    if ccg not in ccgs:
        raise NotCoveredError(f"no CCG {ccg}")
    place = ccgs.index(ccg)
    return float(events[place].sum()), float(st.expected_events(people[place], events.sum(0), people.sum(0)))


_SPREADS: dict[str, Callable[..., Any]] = {
    "bgv": st.between_group_variance,
    "bgsd": st.between_group_sd,
    "covar": st.coefficient_of_variation,
    "cov": st.coefficient_of_variation,
    "idisw": st.index_of_disparity,
    "idisu": partial(st.index_of_disparity, weighted=False),
    "mdmw": st.mean_difference,
    "mdmu": partial(st.mean_difference, weighted=False),
    "mdbw": partial(st.mean_difference, against="lowest"),
    "mdbu": partial(st.mean_difference, against="lowest", weighted=False),
}
_OF_MEAN = ("covar", "cov", "idisw", "idisu")  # printed in per cent of the mean


@handles("R_rtt", *_SPREADS, "mean", "chisq_homogeneity", "max_min_difference", "max_min_ratio")
def ccgs(check: Check) -> float:
    from refcase_files import bands_of

    params = Params(check.params)
    weeks = over_weeks(params)
    params.need(r"\ball\b" if check.measure == "mean" else r"\bacross CCGs\b")
    params.drop(r"%").done()
    bands = bands_of([row for row in read_rows(check.input) if row["tf_code"].endswith("999")])
    events, people = bands[:, weeks:].sum(1), bands.sum(1)
    if check.measure == "chisq_homogeneity":
        return pick(st.chi_square(np.stack([events, people - events], -1)), check.stat, _TEST)
    if check.stat not in (check.measure, "value", "pct" if check.measure == "mean" else "est"):
        raise NotCoveredError(f"statistic {check.stat}")
    if check.measure == "mean":
        return float(100 * st.wilson(events.sum(), people.sum()).value)
    percent = 100 * st.wilson(events, people).value
    if check.measure.startswith("max_min"):
        return float(np.ptp(percent) if check.measure.endswith("difference") else percent.max() / percent.min())
    return float(_SPREADS[check.measure](percent, people).value) * (100 if check.measure in _OF_MEAN else 1)


@handles("R_rtt", "risk_ratio_wald", "odds_ratio_wald", "risk_difference_newcombe")
def two_ccgs(check: Check) -> float:
    from refcase_files import bands_of

    params = Params(check.params)
    (first, second), weeks = params.need(r"\b(\w+) vs (\w+)"), over_weeks(params)
    params.done()
    whole = {row["ccg_code"]: row for row in read_rows(check.input) if row["tf_code"].endswith("999")}
    if not {first, second} <= set(whole):
        raise NotCoveredError(f"no CCG {first} or {second}")
    bands = bands_of([whole[first], whole[second]])
    (a, n1), (c, n0) = zip(bands[:, weeks:].sum(1), bands.sum(1), strict=True)
    return pick(_CONTRASTS[check.measure](a, n1, c, n0), check.stat, _ENDS)


_PARTS = {
    "gap": "gap", "total": "gap", "composition": "composition", "endowment": "composition", "explained": "composition",
    "within": "within", "rate": "within", "unexplained": "within",
}  # fmt: skip


@handles("R_tab", "kitagawa", "kitagawa_decomposition")
def composition(check: Check) -> float:
    params = Params(check.params)
    strata = strata_of(check, params)
    params.done()
    return pick(st.kitagawa(*strata), check.stat, _PARTS)


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
