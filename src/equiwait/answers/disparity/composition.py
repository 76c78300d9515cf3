"""Why crude and adjusted differ: a crude gap split into which strata people are in and waits within them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equiwait.answers.disparity.crude import shown_gap
from equiwait.answers.disparity.inequality_indices import Row
from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.question_counts import Floats, Question, Truths
from equiwait.answers.disparity.released_question import ReleasedQuestion, SidesOf
from equiwait.counts.waits.references import Reference
from equiwait.disclosure import AdjustedGap, ReleasedCounts
from equiwait.statistics import composition_split

COMPOSITION, WITHIN = "gap_of_strata", "gap_within_strata"
_METHOD = "Kitagawa; delta method"


@dataclass(frozen=True)
class Splits:
    """The parts of each group's crude gap: value, lower and upper, groups × 3."""

    measure: Measure
    composition: Floats
    within: Floats


def splits_of(part: Question, reference: Reference, measure: Measure, confidence: float) -> Splits:
    """Return Kitagawa's parts of each group's crude gap, from exact counts."""
    x, n = (np.nan_to_num(each) for each in part.over_in_strata(measure.weeks))
    base_x, base_n = reference.pooled(x), reference.pooled(n)
    wide = reference.design_effect(part.people, part.spread)
    found = [
        composition_split(
            x[at], n[at], base_x[at], base_n[at], design_effect=(part.spread[at], wide[at]), confidence=confidence
        )
        for at in range(len(part.groups))
    ]
    ends = [[(each.value, each.lower, each.upper) for each in (one.composition, one.within)] for one in found]
    return Splits(measure, *np.moveaxis(np.array(ends, float).reshape(-1, 2, 3), 1, 0))


def split_facts(part: Question, splits: Splits, cells: SidesOf, allowed: Truths) -> dict[str, AdjustedGap]:
    """Return the parts of each crude gap that ask to be released: on the grid of an adjusted gap."""
    facts: dict[str, AdjustedGap] = {}
    for at, group in enumerate(part.groups):
        sides, needs = cells(at, splits.measure.days)
        for name, values in ((COMPOSITION, splits.composition[at]), (WITHIN, splits.within[at])):
            ends = values[0], values[0] - values[1], values[2] - values[0]
            for end, value in zip((0, -1, 1), ends, strict=True):
                may = bool(allowed[at]) and bool(np.isfinite(value))
                facts[_fact(part.name, group, name, end)] = AdjustedGap(float(value), sides, needs, may, abs(end))
    return facts


def _fact(question: str, group: str, name: str, end: int) -> str:
    return f"{name}{('', ' to', ' from')[end]}, {question}: {group}"


def split_rows(question: ReleasedQuestion, measure: Measure, released: ReleasedCounts, within: str) -> list[Row]:
    """Return two rows of the summary for each crude gap that is shown: its parts, which add up to it as printed.

    Under a small-number rule the parts are on the grid of an adjusted gap, and their intervals half a step wider.
    """
    rows = []
    for at in np.flatnonzero(question.known & ~question.reference.itself):
        gap = shown_gap(question, measure.weeks, int(at))
        ends = {
            name: [released.fact(_fact(question.name, question.groups[at], name, end)).value for end in (0, -1, 1)]
            for name in (COMPOSITION, WITHIN)
        }
        if not np.isfinite([gap, *ends[COMPOSITION], *ends[WITHIN]]).all():
            continue
        part = round(ends[COMPOSITION][0], 3)  # as it is printed: a tenth of a point
        note = f"{question.groups[at]} against {question.reference.names[at]}, {within}"
        for name, value in ((COMPOSITION, part), (WITHIN, round(round(gap, 3) - part, 3))):
            _, below, above = ends[name]
            rows.append(
                (measure.name, question.name, name, value, round(value - below, 3),
                 round(value + above, 3), _METHOD, note)
            )  # fmt: skip
    return list(rows)
