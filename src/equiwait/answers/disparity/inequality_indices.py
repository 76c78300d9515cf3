"""Indices of inequality, and the tests that come before pairs: one number for all groups of a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from equiwait.answers.disparity.crude import Asked, Exact, released_pair, too_small
from equiwait.answers.disparity.question_counts import Floats, Question, Truths
from equiwait.errors import OptionError, RefusedError, did_you_mean, listed
from equiwait.statistics import (
    Distance,
    Estimate,
    between_group_sd,
    between_group_variance,
    cochran_mantel_haenszel_general,
    concentration_index,
    equal_shares,
    index_of_disparity,
    max_min_gap,
    mean_difference,
    newcombe,
    slope_index,
    theil,
    two_proportion_p,
)

SUMMARY = ["measure", "by", "index", "value", "lower", "upper", "method", "note"]
ORDERED = {
    "sii": "slope index of inequality", "rii": "relative index of inequality", "aci": "absolute concentration index",
    "rci": "relative concentration index",
}  # fmt: skip
UNORDERED = {
    "bgv": "between-group variance", "bgsd": "between-group standard deviation", "idis": "index of disparity",
    "md_mean": "mean difference from the mean", "md_lowest": "mean difference from the shortest waits",
    "max_min": "gap between the longest and the shortest waits", "theil": "Theil's index between groups",
}  # fmt: skip
TESTS = {"overall_p": "overall test", "overall_p_within": "overall test within strata",
         "not_recorded_gap": "not recorded against recorded", "not_recorded_p": "its test"}  # fmt: skip
Row = tuple[object, ...]


def ordered_places(part: Question) -> list[int] | None:
    """Return the places of the ranked groups, least deprived first; None where groups have no order to rank by."""
    if len(part.columns) > 1 or not re.search(r"_(decile|quintile)$|core20$", part.columns[0]):
        return None
    ranks = {place: re.match(r"\d+", group) for place, group in enumerate(part.groups) if part.known[place]}
    return sorted((p for p, rank in ranks.items() if rank), key=lambda p: -int(ranks[p][0]))  # type: ignore[index]


def indices(part: Question, exact: Exact, confidence: float, digits: int | None) -> list[Row]:
    """Return the indices that make sense for the groups of a question: exact, three figures, withheld if a group is hidden."""
    ranked = ordered_places(part)
    chosen = [place for place in range(len(part.groups)) if part.known[place]] if ranked is None else ranked
    here = np.array([place for place in chosen if exact.people[place] > 0], int)
    names, fewest = (UNORDERED, 2) if ranked is None else (ORDERED, 3)
    why = _why_not(exact.hidden[here], len(here), fewest, ranked is not None)
    why = why or ("" if np.any(exact.values[here]) else "nobody has waited so long")
    if why:
        return [(exact.measure, part.name, name, np.nan, np.nan, np.nan, what, why) for name, what in names.items()]
    values, errors, people = (each[here] for each in (exact.values, exact.errors, exact.people))
    with np.errstate(all="ignore"):  # an interval that cannot be made is left out (NaN); the value stands
        found = (_of_ordered if ranked is not None else _of_unordered)(values, errors, people, confidence)
    return [
        (exact.measure, part.name, name, *(_figures(end, digits) for end in ends), method, note)
        for name, ends, method, note in found
    ]


def _why_not(hidden: Truths, groups: int, fewest: int, ordered: bool) -> str:
    if hidden.any():
        return "withheld: a group that it rests on is hidden or withheld"
    if groups < fewest:
        return f"refused: fewer than {'three ordered' if ordered else 'two'} groups"
    return ""


def _figures(value: float, digits: int | None) -> float:
    """Three significant figures.

    Examples
    --------
    >>> _figures(0.123456, 3), _figures(1234.5, 3)
    (0.123, 1230.0)
    """
    return float(f"{value:.{digits}g}") if digits is not None and np.isfinite(value) else float(value)


Found = list[tuple[str, Sequence[float], str, str]]


def _of_ordered(values: Floats, errors: Floats, people: Floats, confidence: float) -> Found:
    slope = slope_index(values, people, errors if np.all(np.isfinite(errors)) else None, confidence=confidence)
    most = "positive = longer waits among people in the most deprived areas"
    low = "withheld: the line predicts nought or less at one end"
    relative = "above 1 = longer waits among people in the most deprived areas" if np.isfinite(slope.ratio) else low
    ratios = (float(slope.ratio), float(slope.ratio_lower), float(slope.ratio_upper))
    linear = "weighted least squares on ridits, delta method"
    rows: Found = [
        ("sii", (float(slope.value), float(slope.lower), float(slope.upper)), linear, most),
        ("rii", ratios, linear, relative),
    ]  # fmt: skip
    for name, kind in (("aci", "absolute"), ("rci", "relative")):
        found = concentration_index(values, people, kind=kind, confidence=confidence)
        rows.append((name, _ends(found), "convenient regression", most))
    return rows


def _of_unordered(values: Floats, errors: Floats, people: Floats, confidence: float) -> Found:
    each: dict[str, tuple[Callable[..., Estimate | Distance], dict[str, object], str]] = {
        "bgv": (between_group_variance, {}, "Ahn et al. 2018"),
        "bgsd": (between_group_sd, {}, "root of the between-group variance; log-normal interval"),
        "idis": (index_of_disparity, {}, "mean distance from the mean, as a share of it"),
        "md_mean": (mean_difference, {}, "weighted by people; folded normal"),
        "md_lowest": (mean_difference, {"against": "lowest"}, "weighted by people"),
    }
    given = errors if np.all(np.isfinite(errors)) else None
    chance = "chance alone keeps it above nought"
    rows: Found = [
        (name, _ends(measure(values, people, given, confidence=confidence, **options)), method, chance)
        for name, (measure, options, method) in each.items()
    ]
    mean = (values * people).sum() / people.sum()
    null = (
        np.sqrt(mean * (1 - mean) / people) if given is not None and np.all((values >= 0) & (values <= 1)) else errors
    )
    gap = max_min_gap(values, np.where(np.isfinite(null), null, 0.0))
    expected = f"were all groups alike, chance alone would leave {gap.expected:.3g} (p = {gap.p_value:.2g})"
    rows.append(("max_min", (float(np.ptp(values)), np.nan, np.nan), "range of independent normals",
                 expected if np.isfinite(gap.expected) else "chance alone keeps it above nought"))  # fmt: skip
    rows.append(("theil", (_theil(values, people), np.nan, np.nan), "Theil's T of the groups' values", "0 = all alike"))
    return rows


def _theil(values: Floats, people: Floats) -> float:
    at, place = np.unique(values, return_inverse=True)
    return float(theil(np.bincount(place, people), at))


def _ends(found: Estimate | Distance) -> tuple[float, float, float]:
    return float(found.value), float(found.lower), float(found.upper)


# --- tests -----------------------------------------------------------------------------------------------------------


def tests(asked: Asked, exact: Exact, digits: int | None, within: str) -> list[Row]:
    """Return the overall test of the recorded groups, and the test of recorded against not recorded."""
    part, name, weeks = asked.part, asked.measure.name, asked.measure.weeks
    n, events = part.people / part.spread, part.over(weeks) / part.spread
    known = part.known & ~np.isnan(events) & ~np.isnan(n)
    hidden = "withheld: a group that it rests on is hidden or withheld" if exact.hidden[part.known].any() else ""
    p = np.nan if hidden else float(equal_shares(events[known], n[known]).p_value)
    rows: list[Row] = [_test(name, part, "overall_p", p, digits, "χ² of recorded groups × over or not", hidden)]
    if part.strata is not None:
        x, m = (each[part.known] / part.spread[part.known, None] for each in part.over_in_strata(weeks))
        table = np.moveaxis(np.nan_to_num(np.stack([x, m - x], -1)), 0, 1)
        p = np.nan if hidden else float(cochran_mantel_haenszel_general(table).p_value)
        what = f"generalised Cochran–Mantel–Haenszel within {within}"
        rows.append(_test(name, part, "overall_p_within", p, digits, what, hidden))
    return [*rows, *_not_recorded(asked, part.people, part.over(weeks), digits)]


def _test(measure: str, part: Question, index: str, p: float, digits: int | None, method: str, note: str) -> Row:
    note = note or (
        "fewer than two groups, or nobody to tell apart" if np.isnan(p) else "p-value; groups not recorded are left out"
    )
    return (measure, part.name, index, _figures(p, digits), np.nan, np.nan, method, note)


def _not_recorded(asked: Asked, n: Floats, events: Floats, digits: int | None) -> list[Row]:
    """Everybody whose group is not recorded against everybody whose group is."""
    part, rule = asked.part, asked.rule
    if part.known.all() or not part.known.any():
        return []
    silent = [np.array([each[~part.known].sum(), each[part.known].sum()]) for each in (n, events)]
    people, some = released_pair(rule, *silent)
    wide = np.array(
        [
            np.average(part.spread[here], weights=np.maximum(np.nan_to_num(n[here]), 1e-9))
            for here in (~part.known, part.known)
        ]
    )
    error = float(np.sum(rule.share_error(some, people)))
    gap = newcombe(
        some[0] / wide[0], people[0] / wide[0], some[1] / wide[1], people[1] / wide[1], confidence=asked.confidence
    )
    p = float(two_proportion_p(some[0] / wide[0], people[0] / wide[0], some[1] / wide[1], people[1] / wide[1]))
    hidden = bool(np.isnan(people).any())
    small = not hidden and bool(too_small(np.asarray(gap.value), np.asarray(error)))
    note = (
        "hidden: 1 to 7 people"
        if hidden
        else "withheld: smaller than twice its rounding"
        if small
        else "positive = longer waits where not recorded"
    )
    ends = [np.nan] * 3 if hidden or small else [_figures(float(end), digits) for end in gap]
    p = np.nan if hidden or small else _figures(p, digits)
    return [
        (asked.measure.name, part.name, "not_recorded_gap", *ends, "Newcombe", note),
        (asked.measure.name, part.name, "not_recorded_p", p, np.nan, np.nan, "score test", note),
    ]  # fmt: skip


# --- asking for one --------------------------------------------------------------------------------------------------


def one_index(summary: pd.DataFrame, name: str, measure: str | None, by: str | None) -> pd.Series:
    """Return one row of a summary, or refuse in a sentence.

    Raises
    ------
    OptionError
        If there is no such index, measure or question.
    RefusedError
        If the index makes no sense for these groups.
    """
    known = {**ORDERED, **UNORDERED, **TESTS}
    if name not in known:
        raise OptionError(
            f"The index {name!r} is not understood.{did_you_mean(name, known)}",
            todo=f"Use one of: {listed(known, 30)}.",
        )
    rows = summary
    for column, given in (("by", by), ("measure", measure)):
        if given is not None and given not in set(rows[column]):
            raise OptionError(
                f"{column}={given!r} was not asked.", todo=f"Use one of: {listed(rows[column].unique())}."
            )
        rows = rows[rows[column] == (given if given is not None else rows[column].iloc[0])]
    found = rows[rows["index"] == name]
    question = str(rows["by"].iloc[0])
    if found.empty and name in ORDERED:
        raise RefusedError(
            f"The {known[name]} ranks people from the least to the most deprived area, and {question} has no such order.",
            todo=f"Use one of: {listed(UNORDERED)}.",
        )
    if found.empty:
        raise RefusedError(
            f"There is no {known[name]} of {question} here.", todo=f"Use one of: {listed(rows['index'])}."
        )
    if str(found["note"].iloc[0]).startswith("refused"):
        raise RefusedError(
            f"The {known[name]} of {question} is {found['note'].iloc[0]}.",
            todo="Ask with more groups, such as imd_decile.",
        )
    return found.iloc[0]
