"""Why crude and adjusted differ: a crude gap split into which strata people are in and waits within them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equiwait.answers.disparity.crude import shown_gap
from equiwait.answers.disparity.inequality_indices import Row
from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.question_counts import Floats, Question
from equiwait.answers.disparity.released_question import ReleasedQuestion
from equiwait.counts.waits.references import Reference
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


def split_rows(question: ReleasedQuestion, splits: Splits, within: str) -> list[Row]:
    """Return two rows of the summary for each crude gap that is shown: its parts, which add up to it as printed.

    Under a small-number rule the parts are on the grid of an adjusted gap, and their intervals half a step wider.
    """
    weeks, rows = splits.measure.weeks, []
    n = np.fmin(question.own(weeks).n, question.base(weeks).n)
    for at in np.flatnonzero(question.known & ~question.reference.itself):
        gap = shown_gap(question, weeks, int(at))
        if not np.isfinite(gap) or not np.isfinite(splits.composition[at]).all():
            continue
        step = 0.001 if question.rule.exact else question.rule.base / float(n[at])
        slack = 0.0 if question.rule.exact else step / 2
        whole = round(gap, 3)  # as it is printed: a tenth of a point
        part = round(float(np.round(splits.composition[at, 0] / step) * step), 3)
        note = f"{question.groups[at]} against {question.reference.names[at]}, {within}"
        for name, value, ends in (
            (COMPOSITION, part, splits.composition[at]),
            (WITHIN, round(whole - part, 3), splits.within[at]),
        ):
            low, high = (
                round(value + float(end - ends[0]) + side * slack, 3) for end, side in ((ends[1], -1), (ends[2], 1))
            )
            rows.append((splits.measure.name, question.name, name, value, low, high, _METHOD, note))
    return list(rows)
