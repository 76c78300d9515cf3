"""Medians and other quantiles of each group: made of released counts in bands, with the bracket that the truth lies in.

Withheld under fifty people. Like with like, in weekly bands within strata, for the team alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from equiwait.answers.disparity.crude import whose_rows
from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.question_counts import Question
from equiwait.answers.disparity.released_question import ReleasedQuestion
from equiwait.answers.disparity.rows import (
    FEWEST_FOR_QUANTILES,
    STANDARDISED,
    Floats,
    Gap,
    Truths,
    first_note,
    kept,
    rows_of,
)
from equiwait.answers.disparity.standardised import MOST_LOST, common_strata
from equiwait.answers.part_and_whole import over_gaps
from equiwait.counts.waits.references import Reference
from equiwait.disclosure import Ladder
from equiwait.statistics import (
    Interval,
    banded_quantile,
    direct_share,
    family_confidence,
    mover_difference,
    mover_ratio,
    wilson,
)
from equiwait.statistics.shapes import normal_point

At = Callable[[float], Interval]


@dataclass(frozen=True)
class QuantileFigures:
    """Quantiles of one question: each group's and its reference's, and their gaps, to the digits that may be shown."""

    measure: Measure
    value: Interval
    difference: Interval
    ratio: Interval
    few: Truths
    unseen: Truths
    silent: Truths
    beyond: Truths
    weeks: int
    error: Floats
    lost: Floats
    rounded: Floats | float = 0.0
    """How far the true value may stand from the one shown: what rounding and bands leave open."""


def crude_quantiles(question: ReleasedQuestion, measure: Measure, confidence: float) -> QuantileFigures:
    """Return the wait that a share of each group has not passed, by NHS England's rule for bands of released counts."""
    own, base = question.ladders, question.base_ladders
    people = tuple(np.array([each.people for each in ladders]) for ladders in (own, base))
    wide = question.design_effect, question.reference.design_effect(question.n, question.design_effect)
    sides = tuple(_at_levels(ladders, measure.order, spread) for ladders, spread in zip((own, base), wide, strict=True))
    assert question.hidden_in_source is not None
    last = int(max((each.starts[-1] for each in own if len(each.starts)), default=0))
    figures = _figures(
        question.known, question.reference, measure, (sides[0], sides[1]), (people[0], people[1]), confidence,
        np.zeros(len(own)), question.hidden_in_source, last,
    )  # fmt: skip
    value = np.asarray(figures.value.value)
    ends = np.array([_bracket(each, measure.order) for each in own]).reshape(-1, 2).T
    with np.errstate(invalid="ignore"):
        return replace(figures, rounded=np.maximum(value - ends[0], ends[1] - value))


def _at_levels(ladders: Sequence[Ladder], q: float, spread: Floats) -> At:
    """A banded quantile at any confidence; its interval is where the cumulative share may cross ``q``, by Wilson's.

    It is as wide as what is shown leaves open besides.
    """
    few = [not each.people >= FEWEST_FOR_QUANTILES for each in ladders]
    known: dict[int, tuple[float, tuple[float, float]]] = {}  # several groups may stand beside one ladder
    for each, small in zip(ladders, few, strict=True):
        if not small and id(each) not in known:
            known[id(each)] = _quantile(each.bands, q, each), _bracket(each, q)

    def at(level: float) -> Interval:
        rows = [[np.nan] * 3] * len(ladders)
        for place, (ladder, wide, small) in enumerate(zip(ladders, spread, few, strict=True)):
            if not small:
                _, low, high = wilson(q * ladder.people / wide, ladder.people / wide, confidence=level)
                value, sure = known[id(ladder)]
                rows[place] = [
                    value,
                    min(sure[0], _quantile(ladder.shortest, float(low), ladder)),
                    max(sure[1], _quantile(ladder.longest, float(high), ladder)),
                ]
        return Interval(*np.array(rows, float).reshape(-1, 3).T)

    return at


def _quantile(bands: Floats, q: float, ladder: Ladder) -> float:
    """A quantile of bands, to the digits that it is shown in; of so few people as rounding may leave, too."""
    rule = "nhse" if bands.sum() >= FEWEST_FOR_QUANTILES else "linear"
    return float(np.round(banded_quantile(bands, q, rule=rule, edges=ladder.edges), 12))


def _bracket(ladder: Ladder, q: float) -> tuple[float, float]:
    """Where the quantile surely lies: nothing is known of waits inside a band of more than a week."""
    if not ladder.people >= FEWEST_FOR_QUANTILES:
        return np.nan, np.nan
    low, high = (_quantile(each, q, ladder) for each in (ladder.shortest, ladder.longest))
    edges = ladder.edges
    first, last = (int(np.searchsorted(edges, end, side="right")) - 1 for end in (low, high))
    first, last = min(first, len(edges) - 2), min(last, len(edges) - 2)
    below = edges[first] if edges[first + 1] - edges[first] > 1 else low
    above = edges[last + 1] if edges[last + 1] - edges[last] > 1 and high > edges[last] else high
    return float(below), float(above)


def _figures(
    known: Truths,
    reference: Reference,
    measure: Measure,
    sides: tuple[At, At],
    people: tuple[Floats, Floats],
    confidence: float,
    lost: Floats,
    unseen: Truths,
    weeks: int,
) -> QuantileFigures:
    """Gaps hold together over the recorded groups; the interval of a value is its own."""
    own, base = sides
    value = own(confidence)
    together = family_confidence(confidence, reference.contrasts(known))
    apart = [each(together) for each in sides]
    alone = [value, base(confidence)]
    difference, ratio = (
        Interval(*(np.where(known, first, second) for first, second in zip(made(*apart), made(*alone), strict=True)))
        for made in (mover_difference, mover_ratio)
    )
    few = ~(people[0] >= FEWEST_FOR_QUANTILES)
    silent = few | reference.itself | ~(people[1] >= FEWEST_FOR_QUANTILES)
    error = (np.asarray(value.upper) - np.asarray(value.lower)) / (2 * float(normal_point(confidence)))
    return QuantileFigures(
        measure, value, difference, ratio, few, unseen, silent, np.isinf(value.value), weeks, error, lost
    )


def quantile_rows(
    question: ReleasedQuestion, figures: QuantileFigures, confidence: float, within: str = ""
) -> pd.DataFrame:
    """Return the rows of a quantile: withheld where its group is hidden, or under fifty people."""
    hidden = np.isnan(question.n)
    lost = figures.lost > MOST_LOST
    shown = ~(figures.few | figures.beyond | hidden | lost | figures.unseen)
    notes = first_note(
        (figures.beyond & ~lost, f"beyond {figures.weeks} weeks"),
        (figures.unseen, "hidden in the source"),
        (figures.few | hidden, f"withheld: fewer than {FEWEST_FOR_QUANTILES} people"),
        (lost, "withheld: over 10% of the list is in strata that one side is not in"),
        (question.reference.itself, "the reference"),
    )
    if within:
        notes = [
            f"{note}{'; ' if note else ''}weight lost {each:.1%}"
            for note, each in zip(notes, figures.lost, strict=True)
        ]
    gap = Gap(figures.difference, figures.ratio, *([np.full(len(hidden), np.nan)] * 2)).only(shown & ~figures.silent)
    method = "NHS England's banded rule; Wilson inverted; MOVER"
    if not question.rule.exact:
        method = "NHS England's banded rule on released counts; Wilson inverted, with what rounding leaves open; MOVER"
    if within:
        method = "quantile of the standardised distribution, weekly bands; Wilson inverted; MOVER"
    return rows_of(
        whose_rows(question, confidence, within),
        figures.measure.name,
        kept(figures.value, shown),
        gap,
        method=f"{method}{over_gaps(question.contrasts)}",
        notes=notes,
        hidden=figures.few | hidden,
        error=figures.rounded,
        adjustment=STANDARDISED if within else "none",
    )


# --- like with like --------------------------------------------------------------------------------------------------


def adjusted_quantiles(part: Question, reference: Reference, measure: Measure, confidence: float) -> QuantileFigures:
    """Return the wait that a share of each group has not passed, both sides as if their strata were the whole list's.

    Over the strata that a group and its reference are both in. From exact counts, and so for the team alone.
    """
    assert part.strata is not None  # asked only where strata were counted
    own, base = part.strata, reference.pooled(part.strata)
    standard, lost = common_strata(
        np.nan_to_num(own.sum(-1)), np.nan_to_num(base.sum(-1)), np.nansum(own.sum(-1), axis=0)
    )
    wide = part.spread, reference.design_effect(part.people, part.spread)
    sides = tuple(
        _standardised_at(strata, measure.order, standard, spread)
        for strata, spread in zip((own, base), wide, strict=True)
    )
    people = np.nansum(own.sum(-1), -1), np.nansum(base.sum(-1), -1)
    return _figures(
        part.known,
        reference,
        measure,
        (sides[0], sides[1]),
        people,
        confidence,
        lost,
        np.isnan(part.counts.sum(1)),
        len(part.starts) - 1,
    )


def _standardised_at(strata: Floats, q: float, standard: Floats, spread: Floats) -> At:
    """The quantile of each group's standardised distribution at any confidence, by inverting the share below it."""
    n, below = strata.sum(-1), strata.cumsum(-1)
    total = standard.sum(-1, keepdims=True)
    weight = np.divide(standard, total, out=np.zeros_like(n), where=total > 0)
    per = np.divide(weight, n, out=np.zeros_like(n), where=n > 0)
    whole = np.einsum("gs,gsw->gw", per, np.nan_to_num(below))
    people = np.nansum(n, -1)
    middle = (people + 1) / (2 * np.maximum(people, 1)) if q == 0.5 else np.full(len(n), q)
    inside = _interpolated(below, _inverse(whole, np.full(len(n), q)))
    wide = spread[:, None]
    enough = people >= FEWEST_FOR_QUANTILES
    value = _inverse(whole, middle)

    def at(level: float) -> Interval:
        found = direct_share(np.minimum(inside, n) / wide, n / wide, standard, confidence=level)
        ends = value, _inverse(whole, found.lower), _inverse(whole, found.upper)
        return Interval(*(np.where(enough, np.round(end, 9), np.nan) for end in ends))

    return at


def _inverse(whole: Floats, orders: Any) -> Floats:
    """The week at which each cumulative share reaches its order, linear inside a week; inf in the open last one."""
    reached = whole >= orders[:, None] - 1e-12
    week = np.where(reached.any(1), reached.argmax(1), whole.shape[1] - 1)
    row = np.arange(len(whole))
    before = np.where(week > 0, whole[row, np.maximum(week - 1, 0)], 0.0)
    step = whole[row, week] - before
    part = np.divide(orders - before, step, out=np.zeros(len(whole)), where=step > 0)
    return np.where(np.isnan(orders), np.nan, np.where(week == whole.shape[1] - 1, np.inf, week + np.clip(part, 0, 1)))


def _interpolated(below: Floats, at: Floats) -> Floats:
    """People of each stratum who have waited no longer than ``at`` weeks; everybody where that is not known."""
    far = ~np.isfinite(at)
    week = np.where(far, below.shape[-1] - 1, np.floor(np.where(far, 0, at))).astype(int)
    row = np.arange(len(below))
    top = below[row, :, week]
    bottom = np.where((week > 0)[:, None], below[row, :, np.maximum(week - 1, 0)], 0.0)
    inside = np.where(far, 1.0, np.where(far, 0, at) - week)
    return np.asarray(bottom + (top - bottom) * inside[:, None])
