"""The tests that come before pairs: all recorded groups together, and everybody not recorded against everybody recorded."""

from __future__ import annotations

import numpy as np

from equiwait.answers.disparity.inequality_indices import Row, figures
from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.question_counts import Question
from equiwait.answers.disparity.released_question import ReleasedQuestion
from equiwait.answers.disparity.rows import family
from equiwait.statistics import (
    cochran_mantel_haenszel_general,
    detectable_difference,
    equal_shares,
    share_contrast,
)

DETECTABLE, NOT_RECORDED_PEOPLE = "detectable_gap", "not_recorded_people"
_POWER = 0.8
NOT_RECORDED = "positive = longer waits where not recorded"


def overall_test(question: ReleasedQuestion, measure: Measure) -> Row:
    """Return the test that all recorded groups that are shown have the same share.

    It gates the pairs also where a group is hidden: those that are shown are tested.
    """
    own = question.own(measure.weeks)
    rows = own.there & question.known
    unseen = int((question.known & np.isnan(own.events)).sum())
    p = float(equal_shares(*own.effective(rows)).p_value) if rows.sum() > 1 else np.nan
    note = "p-value; groups not recorded are left out"
    if unseen:
        note = f"p-value of the {rows.sum()} recorded groups that are shown; {unseen} hidden"
    if np.isnan(p):
        note = "fewer than two groups that are shown, or nobody to tell apart"
    return (measure.name, question.name, "overall_p", _told(p, question), np.nan, np.nan,
            "χ² of recorded groups × over or not; exact moments where few are expected", note)  # fmt: skip


def overall_test_within(part: Question, measure: Measure, within: str) -> Row:
    """Return the test of all recorded groups within strata: exact, and so for the team alone."""
    x, m = (
        np.nan_to_num(each[part.known]) / part.spread[part.known, None] for each in part.over_in_strata(measure.weeks)
    )
    p = float(cochran_mantel_haenszel_general(np.moveaxis(np.stack([x, m - x], -1), 0, 1)).p_value)
    note = (
        "fewer than two groups, or nobody to tell apart" if np.isnan(p) else "p-value; groups not recorded are left out"
    )
    return (measure.name, part.name, "overall_p_within", p, np.nan, np.nan,
            f"generalised Cochran–Mantel–Haenszel within {within}", note)  # fmt: skip


def not_recorded(question: ReleasedQuestion, measure: Measure, confidence: float) -> list[Row]:
    """Return everybody whose group is not recorded against everybody whose group is, and its test."""
    if question.known.all() or not question.known.any():
        return []
    sides = question.not_recorded(measure.weeks)
    method, note = "Newcombe", NOT_RECORDED
    if sides is None:
        gap, p, note = [np.nan] * 3, np.nan, f"hidden: {question.rule.small} people"
    else:
        one = np.ones(1, bool)
        found = share_contrast(*sides[0].effective(one), *sides[1].effective(one), confidence=confidence)
        difference, p_value, _ = family(found)
        gap, p = [float(np.asarray(end)[0]) for end in difference], float(p_value[0])
    ends = [_told(end, question) for end in gap]
    return [
        (measure.name, question.name, "not_recorded_gap", *ends, method, note),
        (
            measure.name,
            question.name,
            "not_recorded_p",
            _told(p, question),
            np.nan,
            np.nan,
            "that interval inverted",
            note,
        ),
    ]


def not_recorded_people(question: ReleasedQuestion, measure: Measure) -> list[Row]:
    """Return how many people's group is not recorded; ``upper`` is their share of everybody counted."""
    if question.known.all():
        return []
    shown = question.everyone - question.recorded
    hidden = not shown > question.rule.slack
    share = np.nan if hidden else shown / question.everyone
    note = f"hidden: {question.rule.small} people" if hidden else "people; upper = their share of everybody counted"
    return [
        (measure.name, question.name, NOT_RECORDED_PEOPLE, np.nan if hidden else shown, np.nan, share, "count", note)
    ]


def detectable_gap(question: ReleasedQuestion, measure: Measure, confidence: float) -> list[Row]:
    """Return what longer-wait gap this list would have shown four times in five: of its largest group and its smallest."""
    own, base = question.own(measure.weeks), question.base(measure.weeks)
    rows = own.there & base.there & question.known & ~question.reference.itself
    if not rows.any():
        return []
    n, (x, m) = own.effective(rows)[1], base.effective(rows)
    found = np.atleast_1d(
        detectable_difference(n, m, x / m, contrasts=question.contrasts, power=_POWER, confidence=confidence)
    )
    found = found[np.isfinite(found)]
    if not len(found):
        return []
    low, high = (_told(float(each), question) for each in (found.min(), found.max()))
    return [(measure.name, question.name, DETECTABLE, _told(float(np.median(found)), question), low, high,
             "power 80% at the level of the family", "lower: the largest group; upper: the smallest")]  # fmt: skip


def _told(value: float, question: ReleasedQuestion) -> float:
    return figures(value, None if question.rule.exact else 3)
