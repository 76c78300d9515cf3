"""Like with like: both sides of every gap as if their strata (priority × specialty) were those of the whole list.

Only the strata that both sides are in are compared, so that one standard serves both; the share of the whole list that
is in other strata is the weight lost, and over a tenth of it the row is refused. What is standardised is a coarse
figure: made while counts are exact, and under a small-number rule released on a grid (`AdjustedGap`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from equiwait.answers.disparity.crude import question_mark, whose_rows
from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.question_counts import Question
from equiwait.answers.disparity.released_question import ReleasedQuestion, SidesOf
from equiwait.answers.disparity.rows import (
    MANTEL_HAENSZEL,
    STANDARDISED,
    Floats,
    Gap,
    Truths,
    family,
    first_note,
    kept,
    rows_of,
)
from equiwait.answers.part_and_whole import over_gaps
from equiwait.counts.waits.references import Reference
from equiwait.disclosure import AdjustedGap, ReleasedCounts
from equiwait.statistics import (
    CommonOdds,
    Interval,
    common_odds,
    direct_share,
    family_confidence,
    mover_ratio,
    standardised_contrast,
)

MOST_LOST = 0.10
"""An adjusted gap that more of the whole list's weight is lost to than this is refused."""
_FEWEST, _MOST_OF_A_GROUP = 8, 0.5  # events and others on each side; of a group in one stratum


def strata_name(within: Sequence[str]) -> str:
    """Return what strata are called in the column ``within``.

    Examples
    --------
    >>> strata_name(["priority", "specialty"])
    'priority × specialty'
    """
    return " × ".join(within)


def common_strata(own: Floats, base: Floats, standard: Floats) -> tuple[Floats, Floats]:
    """Return each row's weights of the strata that both sides are in, and the share of the standard in the others.

    Examples
    --------
    >>> common_strata(np.array([[50.0, 0.0]]), np.array([[20.0, 30.0]]), np.array([75.0, 25.0]))
    (array([[75.,  0.]]), array([0.25]))
    """
    weights = np.where((own > 0) & (base > 0), standard, 0.0)
    return weights, np.asarray(1 - weights.sum(-1) / standard.sum())


@dataclass(frozen=True)
class StandardisedFigures:
    """Standardised shares of one measure, their gaps, and one odds ratio within all strata."""

    measure: Measure
    value: Interval
    gap: Gap
    odds: CommonOdds
    lost: Floats
    releasable: Truths
    strata: Floats


def standardised_figures(
    part: Question, reference: Reference, measure: Measure, confidence: float
) -> StandardisedFigures:
    """Return what is adjusted of one measure of one question, from exact counts."""
    x, n = (np.nan_to_num(each) for each in part.over_in_strata(measure.weeks))
    base_x, base_n = reference.pooled(x), reference.pooled(n)
    wide = part.spread[:, None], reference.design_effect(part.people, part.spread)[:, None]
    tables = np.stack([x / wide[0], n / wide[0], base_x / wide[1], base_n / wide[1]])
    found = np.full((21, len(part.groups)), np.nan)
    for rows, contrasts in ((part.known, reference.contrasts(part.known)), (~part.known, 1)):
        if rows.any():
            found[:, rows] = _of_family(tables[:, rows], n.sum(0), contrasts, confidence)
    value, difference, ratio = (Interval(*found[start : start + 3]) for start in (0, 3, 6))
    return StandardisedFigures(
        measure,
        value,
        Gap(difference, ratio, found[9], found[10]),
        CommonOdds(*found[13:]),
        found[11],
        _releasable(x, n, base_x, base_n),
        found[12],
    )


def _of_family(tables: Floats, standard: Floats, contrasts: int, confidence: float) -> Floats:
    """Value, difference, ratio, two p-values, weight lost, strata, and the common odds: 21 × groups."""
    events, n_own, base_events, n_base = tables
    found = standardised_contrast(
        events, n_own, base_events, n_base, standard, contrasts=contrasts, confidence=confidence
    )
    difference, p, together = family(found.difference)
    x, n, base_x, base_n = tables * ((tables[1] > 0) & (tables[3] > 0))
    level = family_confidence(confidence, contrasts)
    sides = (direct_share(events, people, standard, confidence=level) for events, people in ((x, n), (base_x, base_n)))
    ratio = mover_ratio(*(Interval(each.value, each.lower, each.upper) for each in sides))
    odds = common_odds(*tables, contrasts=contrasts, confidence=confidence)
    return np.stack([*found.first, *difference, *ratio, p, together, found.weight_lost, found.strata, *odds])


def _releasable(x: Floats, n: Floats, base_x: Floats, base_n: Floats) -> Truths:
    """Whether an adjusted gap rests on enough people, and on no stratum alone, to be told."""
    enough = [
        (events.sum(-1) >= _FEWEST) & ((people - events).sum(-1) >= _FEWEST)
        for events, people in ((x, n), (base_x, base_n))
    ]
    spread = [people.max(-1) <= _MOST_OF_A_GROUP * people.sum(-1) for people in (n, base_n)]
    return np.asarray(enough[0] & enough[1] & spread[0] & spread[1])


# --- rows ------------------------------------------------------------------------------------------------------------


def standardised_facts(question: Question, found: StandardisedFigures, cells: SidesOf) -> dict[str, AdjustedGap]:
    """Return the figures of the standardised rows that ask to be released, group by group: each on its grid."""
    allowed = found.releasable & (found.lost <= MOST_LOST)
    ends = {
        (kind, end): value
        for kind, interval in (("share", found.value), ("gap", found.gap.difference))
        for end, value in zip((0, -1, 1), around(interval), strict=True)
    }
    facts: dict[str, AdjustedGap] = {}
    for at, group in enumerate(question.groups):
        sides, needs = cells(at, found.measure.days)
        for (kind, end), values in ends.items():
            name = _fact(found.measure, question.name, group, kind, end)
            facts[name] = AdjustedGap(float(values[at]), sides, needs, bool(allowed[at]), abs(end))
        lost = _fact(found.measure, question.name, group, "weight lost", 1)
        facts[lost] = AdjustedGap(float(found.lost[at]), (cells.everyone,), (), True, 1)
    return facts


def _fact(measure: Measure, question: str, group: str, kind: str, end: int) -> str:
    return f"standardised {kind}{('', ' to', ' from')[end]}, {measure.name}, {question}: {group}"


def _released(question: ReleasedQuestion, measure: Measure, kind: str, released: ReleasedCounts) -> Interval:
    """Return a standardised figure of every group as it was released."""
    value, below, above = (
        np.array([released.fact(_fact(measure, question.name, group, kind, end)).value for group in question.groups])
        for end in (0, -1, 1)
    )
    return Interval(value, value - below, value + above)


def around(interval: Interval) -> tuple[Floats, Floats, Floats]:
    """Return a value and how far its interval goes below and above it.

    The distances are released, and not the ends: an end is rounded by itself, so that each would tell once more what one
    person does to the value.
    """
    value = np.asarray(interval.value, np.float64)
    return value, value - np.asarray(interval.lower), np.asarray(interval.upper) - value


def _weight(question: ReleasedQuestion, measure: Measure, released: ReleasedCounts) -> Floats:
    return np.array(
        [released.fact(_fact(measure, question.name, group, "weight lost", 1)).value for group in question.groups]
    )


def standardised_rows(
    question: ReleasedQuestion,
    measure: Measure,
    released: ReleasedCounts,
    confidence: float,
    within: str,
    exact: StandardisedFigures | None,
) -> pd.DataFrame:
    """Return the standardised rows of one measure: ``exact`` for the team, else on a grid, without ratio and p-value.

    Under a small-number rule *clear* or not is all that is told of the test.
    """
    own, base = question.own(measure.weeks), question.base(measure.weeks)
    hidden, itself = np.isnan(own.events), question.reference.itself
    if exact is not None:
        value, gap, weight, strata = exact.value, exact.gap, exact.lost, exact.strata
    else:
        share, difference = (_released(question, measure, kind, released) for kind in ("share", "gap"))
        value = Interval(*(np.clip(each, 0, 1) for each in share))
        gap = replace(Gap.nothing(len(hidden)), difference=difference)
        weight = _weight(question, measure, released)
        strata = np.full(len(hidden), np.nan)
    # On the grid the weight lost may be just over the limit where the exact one is just under it.
    lost = ~(weight <= MOST_LOST) & (np.isnan(value.value) | (exact is not None))
    held = ~lost & np.isnan(value.value) & (own.n > 0) if exact is None else np.zeros(len(hidden), bool)
    shown = own.there & ~lost & ~held & (base.there | (exact is not None))
    notes = first_note(
        (hidden, question_mark(question)),
        (itself & ~lost, "the reference"),
        (lost, ""),
        (held, "withheld: too few on one side, or most of a group in one stratum"),
    )
    notes = [_with_weight(note, *each) for note, *each in zip(notes, lost, weight, strata, hidden, strict=True)]
    return rows_of(
        whose_rows(question, confidence, within),
        measure.name,
        kept(value, shown),
        gap.only(shown & ~itself),
        events=own.events,
        notes=notes,
        hidden=hidden,
        adjustment=STANDARDISED,
        error=question.rule.share_error(own.events, own.n),
        method=f"directly standardised to the strata that both are in; Wilson; MOVER{over_gaps(question.contrasts)}",
    )


def _with_weight(note: str, lost: bool, weight: float, strata: float, hidden: bool) -> str:
    if hidden:
        return note
    if lost:
        return f"withheld: {_percent(weight)} of the list is in strata that one side is not in"
    if np.isnan(strata):
        return f"{note}{'; ' if note else ''}weight lost {weight:.1%} at most"
    kept_strata = "1 stratum" if strata == 1 else f"{strata:.0f} strata"
    return f"{note}{'; ' if note else ''}{kept_strata} that both are in; weight lost {weight:.1%}"


def _percent(share: float) -> str:
    return "all" if not share < 1 else f"{share:.0%}"


def odds_rows(question: ReleasedQuestion, found: StandardisedFigures, confidence: float, within: str) -> pd.DataFrame:
    """Return Mantel and Haenszel's common odds ratio of each group: another estimand, in rows of its own.

    Exact, and so for the team alone.
    """
    itself, odds = question.reference.itself, found.odds
    none = np.full(len(itself), np.nan)
    ratio = Interval(odds.value, odds.family_lower, odds.family_upper)
    gap = Gap(Interval(none, none, none), ratio, odds.p_value, odds.p_adjusted).only(
        ~itself & np.isfinite(odds.p_value)
    )
    notes = ["the reference" if here else _alike(p) for here, p in zip(itself, odds.homogeneity_p, strict=True)]
    name = f"odds_of_over_{found.measure.weeks}_weeks"
    return rows_of(
        whose_rows(question, confidence, within),
        name,
        Interval(none, none, none),
        gap,
        events=question.own(found.measure.weeks).events,
        notes=notes,
        hidden=np.isnan(question.n),
        adjustment=MANTEL_HAENSZEL,
        method=f"Mantel–Haenszel odds ratio; Robins–Breslow–Greenland; Cochran–Mantel–Haenszel test{over_gaps(question.contrasts)}",
    )


def _alike(p: float) -> str:
    if not np.isfinite(p):
        return "one odds ratio for all strata: too sparse to test"
    return (
        f"one odds ratio for all strata: Breslow–Day (Tarone) p = {p:.3f}"
        if p >= 0.001
        else ("one odds ratio does not hold in all strata: Breslow–Day (Tarone) p < 0.001")
    )
