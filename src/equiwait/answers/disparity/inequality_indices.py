"""Indices of inequality: one number for all groups of a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.question_counts import Question
from equiwait.answers.disparity.released_question import ReleasedQuestion
from equiwait.answers.disparity.rows import Floats, Truths, scattered
from equiwait.errors import OptionError, RefusedError, did_you_mean, listed
from equiwait.statistics import (
    between_group_sd,
    between_group_variance,
    concentration_index,
    index_of_disparity,
    max_min_gap,
    mean_difference,
    share_errors,
    slope_index,
    slope_index_within,
    theil,
)

SUMMARY = ["measure", "by", "index", "value", "lower", "upper", "method", "note"]
ORDERED = {
    "sii": "slope index of inequality",
    "rii": "relative index of inequality",
    "aci": "absolute concentration index",
    "rci": "relative concentration index",
}
UNORDERED = {
    "bgv": "between-group variance",
    "bgsd": "between-group standard deviation",
    "idis": "index of disparity",
    "md_mean": "mean difference from the mean",
    "md_lowest": "mean difference from the shortest waits",
    "max_min": "gap between the longest and the shortest waits",
    "theil": "Theil's index between groups",
}
TESTS = {
    "overall_p": "overall test",
    "overall_p_within": "overall test within strata",
    "sii_within": "slope index within strata",
    "rii_within": "relative index within strata",
    "not_recorded_gap": "not recorded against recorded",
    "not_recorded_p": "its test",
}
Row = tuple[object, ...]


@dataclass(frozen=True)
class GroupValues:
    """The values of the groups of a question, as they may be shown, with their errors and how many people they are of.

    The sizes are those that are there: people with several pathways widen an interval and never move a value.
    """

    measure: str
    value: Floats
    error: Floats
    size: Floats
    hidden: Truths


def share_group_values(question: ReleasedQuestion, measure: Measure) -> GroupValues:
    """Return the shares of the groups, from released counts."""
    own = question.own(measure.weeks)
    there = own.there
    errors = (
        share_errors(
            own.events[there], own.n[there], design_effect=own.design_effect[there], rounding=question.rule.variance
        )
        if there.any()
        else np.zeros(0)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        value = own.events / own.n
    empty = own.n == 0
    return GroupValues(
        measure.name, value, scattered(there, errors), np.where(empty, 0, own.n), np.isnan(value) & ~empty
    )


def ordered_places(columns: Sequence[str], groups: Sequence[str], known: Truths) -> list[int] | None:
    """Return the places of the ranked groups, least deprived first; None where groups have no order to rank by."""
    if len(columns) > 1 or not re.search(r"_(decile|quintile)$|core20$", columns[0]):
        return None
    ranks = {place: re.match(r"\d+", group) for place, group in enumerate(groups) if known[place]}
    return sorted((p for p, rank in ranks.items() if rank), key=lambda p: -int(ranks[p][0]))  # type: ignore[index]


def indices(question: ReleasedQuestion, of: GroupValues, confidence: float) -> list[Row]:
    """Return the indices that make sense for the groups of a question; withheld if a group that they rest on is hidden."""
    ranked = ordered_places(question.columns, question.groups, question.known)
    chosen = [int(place) for place in np.flatnonzero(question.known)] if ranked is None else ranked
    here = np.array([place for place in chosen if of.size[place] > 0 or of.hidden[place]], int)
    names, fewest = (UNORDERED, 2) if ranked is None else (ORDERED, 3)
    why = _why_not(of.hidden[here], len(here), fewest, ranked is not None)
    why = why or ("" if np.any(of.value[here]) else "nobody has waited so long")
    if why:
        return [(of.measure, question.name, name, np.nan, np.nan, np.nan, what, why) for name, what in names.items()]
    values, errors, people = (each[here] for each in (of.value, of.error, of.size))
    with np.errstate(all="ignore"):  # an interval that cannot be made is left out (NaN); the value stands
        found = (_of_ordered if ranked is not None else _of_unordered)(values, errors, people, confidence)
    digits = None if question.rule.exact else 3
    return [
        (of.measure, question.name, name, *(figures(end, digits) for end in ends), method, note)
        for name, ends, method, note in found
    ]


def slope_within(part: Question, measure: Measure, confidence: float, within: str) -> list[Row]:
    """Return the slope and relative index within strata: exact, and so for the team alone."""
    ranked = ordered_places(part.columns, part.groups, part.known)
    if ranked is None or len(ranked) < 3:
        return []
    x, n = (np.nan_to_num(each[ranked].T) for each in part.over_in_strata(measure.weeks))
    if not x.any():
        return []
    with np.errstate(all="ignore"):
        found = slope_index_within(x, n, design_effect=part.spread[ranked], confidence=confidence)
    method = f"least squares on ridits within {within}, delta method"
    ends = [
        (float(found.value), float(found.lower), float(found.upper)),
        (float(found.ratio), float(found.ratio_lower), float(found.ratio_upper)),
    ]
    note = "as if every stratum had the same groups; positive = longer waits among people in the most deprived areas"
    return [
        (measure.name, part.name, name, *each, method, note)
        for name, each in zip(("sii_within", "rii_within"), ends, strict=True)
    ]


def _why_not(hidden: Truths, groups: int, fewest: int, ordered: bool) -> str:
    if hidden.any():
        return "withheld: a group that it rests on is hidden or withheld"
    if groups < fewest:
        return f"refused: fewer than {'three ordered' if ordered else 'two'} groups"
    return ""


def figures(value: float, digits: int | None) -> float:
    """Return a number to so many significant figures.

    Examples
    --------
    >>> figures(0.123456, 3), figures(1234.5, 3)
    (0.123, 1230.0)
    """
    return float(f"{value:.{digits}g}") if digits is not None and np.isfinite(value) else float(value)


Found = list[tuple[str, Sequence[float], str, str]]


def _of_ordered(values: Floats, errors: Floats, people: Floats, confidence: float) -> Found:
    given = errors if np.all(np.isfinite(errors)) else None
    slope = slope_index(values, people, given, confidence=confidence)
    most = "positive = longer waits among people in the most deprived areas"
    low = "withheld: the line predicts nought or less at one end"
    relative = "above 1 = longer waits among people in the most deprived areas" if np.isfinite(slope.ratio) else low
    ratios = (float(slope.ratio), float(slope.ratio_lower), float(slope.ratio_upper))
    linear = "weighted least squares on ridits, delta method"
    rows: Found = [
        ("sii", (float(slope.value), float(slope.lower), float(slope.upper)), linear, most),
        ("rii", ratios, linear, relative),
    ]
    for name, kind in (("aci", "absolute"), ("rci", "relative")):
        found = concentration_index(values, people, given, kind=kind, confidence=confidence)
        rows.append((name, _ends(found), "delta method from the groups' values", most))
    return rows


def _of_unordered(values: Floats, errors: Floats, people: Floats, confidence: float) -> Found:
    given = errors if np.all(np.isfinite(errors)) else None
    each: dict[str, tuple[Callable[..., Any], dict[str, object], str]] = {
        "bgv": (between_group_variance, {}, "noncentral χ² inverted"),
        "bgsd": (between_group_sd, {}, "root of the between-group variance"),
        "idis": (index_of_disparity, {}, "mean distance from the mean, as a share of it"),
        "md_mean": (mean_difference, {}, "mean distance from the mean, weighted by people"),
        "md_lowest": (
            mean_difference,
            {"against": "lowest"},
            "mean distance from the shortest waits, weighted by people",
        ),
    }
    rows: Found = []
    for name, (measure, options, method) in each.items():
        found = measure(values, people, given, confidence=confidence, **options)
        rows.append((name, _ends(found), method, _beside_chance(found, confidence)))
    gap = max_min_gap(values, np.where(np.isfinite(errors), errors, 0.0))
    expected = f"were all groups alike, chance alone would leave {gap.expected:.3g} (p = {gap.p_value:.2g})"
    rows.append(
        (
            "max_min",
            (float(np.ptp(values)), np.nan, np.nan),
            "range of independent normals",
            expected if np.isfinite(gap.expected) else _CHANCE,
        )
    )
    rows.append(("theil", (_theil(values, people), np.nan, np.nan), "Theil's T of the groups' values", "0 = all alike"))
    return rows


_CHANCE = "chance alone keeps it above nought"


def _beside_chance(found: Any, confidence: float) -> str:
    """What chance alone would give, and whether the interval holds only where groups differ."""
    if not hasattr(found, "chance"):
        return _CHANCE
    beside = f"were all groups alike, chance alone would leave {float(found.chance):.3g}"
    if not np.isfinite(float(found.lower)):
        return f"{beside}; no interval: groups are not told apart"
    return f"{beside}; interval given that groups differ" if float(found.p_value) < 1 - confidence else beside


def _theil(values: Floats, people: Floats) -> float:
    at, place = np.unique(values, return_inverse=True)
    return float(theil(np.bincount(place, people), at))


def _ends(found: Any) -> tuple[float, float, float]:
    return float(found.value), float(found.lower), float(found.upper)


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
