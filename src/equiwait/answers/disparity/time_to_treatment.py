"""Time to treatment: who is still waiting after so many weeks if nobody left otherwise, beside what became of everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from equiwait.answers.disparity.crude import whose_rows
from equiwait.answers.disparity.flows import FEWEST_AT_RISK, FEWEST_FOR_CURVES, Curves, Flow, wider
from equiwait.answers.disparity.inequality_indices import GroupValues
from equiwait.answers.disparity.measures import IF_NOBODY_LEFT, Measure
from equiwait.answers.disparity.released_question import ReleasedQuestion
from equiwait.answers.disparity.rows import (
    STANDARDISED,
    Floats,
    Gap,
    Truths,
    family,
    first_note,
    kept,
    rows_of,
)
from equiwait.answers.disparity.standardised import MOST_LOST
from equiwait.answers.part_and_whole import over_gaps
from equiwait.disclosure import digits_error, in_digits
from equiwait.statistics import (
    Curve,
    Interval,
    contrast_of,
    log_rank,
    mover_difference,
    mover_ratio,
    restricted_mean,
    standardised_survival,
    survival_at,
    survival_quantile,
    wilson,
)
from equiwait.statistics.shapes import normal_point

_FEWEST_IN_STRATUM = 5
At = Callable[[object], Interval]


@dataclass(frozen=True)
class Treated:
    """One measure of one question: its groups as they may be shown, and the curves."""

    question: ReleasedQuestion
    measure: Measure
    curves: Curves
    confidence: float
    treated: Floats
    otherwise: Floats
    why: tuple[list[str], list[str]]

    @property
    def day(self) -> int:
        """The last day that is looked at; all of them for quantiles."""
        return last_day(self.measure, self.curves)

    @property
    def digits(self) -> int:
        """To how many digits figures are shown."""
        return 1 if self.measure.unit == "weeks" else 3

    @property
    def error(self) -> float:
        """By how much what is shown may be rounded."""
        return digits_error(self.digits, self.question.rule)

    def shown(self, interval: Interval) -> Interval:
        """Return an interval to the digits that may be shown."""
        return Interval(*(in_digits(end, self.digits, self.question.rule) for end in interval))

    def counts(self) -> tuple[Floats, Truths]:
        """Return how many were treated in time, as shown, and which groups are hidden."""
        hidden = np.isnan(self.treated) | np.isnan(self.question.n)
        return np.where(hidden, np.nan, self.treated), hidden

    @property
    def too_few(self) -> str:
        """Why a group has no curve."""
        fewest = "" if self.question.rule.exact else f"fewer than {FEWEST_FOR_CURVES} people, or "
        return f"withheld: {fewest}fewer than {FEWEST_AT_RISK} people at risk when the first were treated"

    def notes(self, *later: tuple[Truths, str]) -> list[str]:
        """Return why treated people are hidden, else the first later note that holds."""
        return [why or note for why, note in zip(self.why[0], first_note(*later), strict=True)]


def last_day(measure: Measure, curves: Curves) -> int:
    """Return the last day that a measure looks at."""
    return measure.days or len(curves.own.times) - 1


Found = tuple[pd.DataFrame, GroupValues]


def still_waiting_after(asked: Treated) -> Found:
    """Kaplan and Meier's share still waiting after so many weeks, if nobody left otherwise."""
    own, base = (
        survival_at(curve, asked.day, confidence=asked.confidence) for curve in (asked.curves.own, asked.curves.base)
    )
    sides = _log_log(own.value, own.std_error), _log_log(base.value, base.std_error)
    return _rows(asked, sides, np.asarray(own.std_error), f"Kaplan–Meier, late entry, {IF_NOBODY_LEFT}; log–log; MOVER")


def mean_to_treatment(asked: Treated) -> Found:
    """Mean weeks to treatment, each wait counted to so many weeks at most, if nobody left otherwise."""
    own, base = (
        restricted_mean(curve, asked.day, confidence=asked.confidence)
        for curve in (asked.curves.own, asked.curves.base)
    )
    sides = [_plain(each.value / 7, each.std_error / 7) for each in (own, base)]
    return _rows(
        asked,
        (sides[0], sides[1]),
        np.asarray(own.std_error) / 7,
        f"area under Kaplan–Meier, late entry, {IF_NOBODY_LEFT}; normal; MOVER",
    )


def _log_log(value: Floats, error: Floats) -> At:
    """An interval on the log–log scale, at any confidence."""
    inside = (value > 0) & (value < 1)
    s = np.where(inside, value, 0.5)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.where(inside, error / s / -np.log(s), 0.0)

    def at(level: object) -> Interval:
        with np.errstate(over="ignore"):  # a variance beyond all bounds: the ends are 0 and 1
            factor = np.exp(normal_point(level) * spread)  # type: ignore[arg-type]
        return Interval(value, np.where(inside, s**factor, value), np.where(inside, s ** (1 / factor), value))

    return at


def _plain(value: Floats, error: Floats) -> At:
    def at(level: object) -> Interval:
        half = normal_point(level) * error  # type: ignore[arg-type]
        return Interval(value, value - half, value + half)

    return at


def _rows(asked: Treated, sides: tuple[At, At], error: Floats, method: str) -> Found:
    """Rows of a value with intervals at any confidence: the recorded groups one family, each other alone."""
    question, curves = asked.question, asked.curves
    events, hidden = asked.counts()
    own, base = (side(asked.confidence) for side in sides)
    thin, unseen = curves.thin(asked.day), np.isnan(own.value)
    other = curves.thin_base(asked.day) | np.isnan(base.value)
    shown = ~(hidden | thin | unseen)
    gap = _gap(asked, sides).only(shown & ~other & ~question.reference.itself)
    notes = asked.notes(
        (thin, asked.too_few),
        (unseen, f"not known: nobody was under observation at {asked.measure.weeks} weeks"),
        (question.reference.itself, "the reference"),
        (other, "no gap: the reference is withheld"),
    )
    rows = rows_of(
        whose_rows(question, asked.confidence), asked.measure.name, kept(asked.shown(own), shown), gap, events=events,
        notes=notes, hidden=hidden, error=asked.error, method=f"{method}{over_gaps(question.contrasts)}",
    )  # fmt: skip
    return rows, GroupValues(asked.measure.name, asked.shown(own).value, error, question.n, ~shown & (question.n != 0))


def _gap(asked: Treated, sides: tuple[At, At]) -> Gap:
    known, size = asked.question.known, len(asked.question.known)
    difference, ratio = np.full((3, size), np.nan), np.full((3, size), np.nan)
    p, together = np.full(size, np.nan), np.full(size, np.nan)
    for rows, contrasts in ((known, asked.question.contrasts), (~known, 1)):
        (gap, alone, all_of_them), (times, _, _) = (
            family(
                contrast_of(partial(_apart, made, sides), contrasts=contrasts, confidence=asked.confidence, null=null)
            )
            for made, null in ((mover_difference, 0.0), (mover_ratio, 1.0))
        )
        difference[:, rows], ratio[:, rows] = np.stack(asked.shown(gap))[:, rows], np.stack(asked.shown(times))[:, rows]
        p[rows], together[rows] = alone[rows], all_of_them[rows]
    return Gap(Interval(*difference), Interval(*ratio), p, together)


def _apart(made: Callable[[Interval, Interval], Interval], sides: tuple[At, At], level: object) -> Interval:
    return made(sides[0](level), sides[1](level))


def became_of(asked: Treated) -> list[pd.DataFrame]:
    """What became of everybody by then: treated, left otherwise, still on the list (Aalen–Johansen). No gap is given.

    Only waits have a sign that always reads; these three stand beside them.
    """
    curves, question, weeks = asked.curves, asked.question, asked.measure.weeks
    found = curves.flow.shares()
    place = min(asked.day, found.waiting.shape[-1] - 1)
    wide = np.sqrt(curves.spread)
    causes = {
        f"treated_by_{weeks}_weeks": (found.left[..., 0, place], found.left_std_error[..., 0, place]),
        f"left_otherwise_by_{weeks}_weeks": (found.left[..., 1, place], found.left_std_error[..., 1, place]),
        f"still_on_list_at_{weeks}_weeks": (found.waiting[..., place], found.waiting_std_error[..., place]),
    }
    # The three add to 1: what one of them hides must not follow from the others.
    hidden = np.isnan(asked.treated) | np.isnan(asked.otherwise) | np.isnan(question.n)
    thin = curves.thin(asked.day) | np.isnan(survival_at(curves.own, asked.day).value)
    notes = [
        why or ("withheld: as the row over_N_weeks says" if few else "beside over_N_weeks: no gap is given")
        for why, few in zip(asked.why[1], thin, strict=True)
    ]
    events = [
        *(np.where(hidden, np.nan, each) for each in (asked.treated, asked.otherwise)),
        np.full(len(wide), np.nan),
    ]
    return [
        rows_of(
            whose_rows(question, asked.confidence),
            name,
            kept(asked.shown(_between(value, error * wide, asked.confidence)), ~(hidden | thin)),
            Gap.nothing(len(wide)),
            events=some,
            notes=notes,
            hidden=hidden,
            error=asked.error,
            method="Aalen–Johansen, late entry; Wilson with the sample size of that variance",
        )
        for (name, (value, error)), some in zip(causes.items(), events, strict=True)
    ]


def _between(value: Floats, error: Floats, confidence: float) -> Interval:
    """Wilson's limits with the sample size that gives this variance."""
    value = np.clip(value, 0, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.where(error > 0, value * (1 - value) / error**2, np.nan)
    size = np.where(np.isfinite(size) & (size > 0), size, np.nan)
    safe = np.nan_to_num(size, nan=1.0)
    found = wilson(value * safe, safe, confidence=confidence)
    return Interval(value, np.where(np.isnan(size), value, found.lower), np.where(np.isnan(size), value, found.upper))


def quantile_of_treatment(asked: Treated) -> Found:
    """The week by which a share would have been treated, if nobody left otherwise."""
    question, curves = asked.question, asked.curves

    def at(curve: Curve) -> Callable[[float], Interval]:
        return lambda level: asked.shown(
            Interval(*(end / 7 for end in survival_quantile(curve, asked.measure.order, confidence=level)))
        )

    own, base = at(curves.own), at(curves.base)
    events, hidden = asked.counts()
    value, against = own(asked.confidence), base(asked.confidence)
    thin = curves.thin(asked.day)
    other = curves.thin_base(asked.day) | ~np.isfinite(against.value)
    far = ~np.isfinite(value.value)
    shown = ~(hidden | thin | far)
    from_family = question.family_confidence(asked.confidence)
    apart, alone = (own(from_family), base(from_family)), (value, against)
    gaps = [
        Interval(
            *(np.where(question.known, first, second) for first, second in zip(made(*apart), made(*alone), strict=True))
        )
        for made in (mover_difference, mover_ratio)
    ]
    none = np.full(len(hidden), np.nan)
    gap = Gap(gaps[0], gaps[1], none, none).only(shown & ~other & ~question.reference.itself)
    notes = asked.notes(
        (thin, asked.too_few),
        (far, "not reached in the window"),
        (question.reference.itself, "the reference"),
        (other, "no gap: the reference is withheld or not reached"),
    )
    rows = rows_of(
        whose_rows(question, asked.confidence),
        asked.measure.name,
        kept(value, shown),
        gap,
        events=events,
        notes=notes,
        hidden=hidden,
        error=asked.error,
        method=f"Kaplan–Meier, late entry, {IF_NOBODY_LEFT}; log–log inverted; MOVER{over_gaps(question.contrasts)}",
    )
    return rows, GroupValues(asked.measure.name, value.value, none, question.n, ~shown & (question.n != 0))


# --- like with like --------------------------------------------------------------------------------------------------


def adjusted_survival(asked: Treated, flow: Flow, within: str) -> pd.DataFrame:
    """The share still waiting after so many weeks, both sides as if their strata were those of all who were observed.

    Over the strata that both sides reach.
    """
    question, standard = asked.question, flow.seen.sum(0)
    spreads = asked.curves.spread, question.reference.design_effect(flow.seen.sum(-1), asked.curves.spread)
    curves = [
        _reaching(wider(each.curve(), wide), asked.day)
        for each, wide in zip((flow, flow.pooled(question.reference)), spreads, strict=True)
    ]
    both = ~np.isnan(survival_at(curves[0], asked.day).value) & ~np.isnan(survival_at(curves[1], asked.day).value)
    weights = np.where(both, standard, 0.0)
    lost = 1 - weights.sum(-1) / standard.sum()
    found = [standardised_survival(each, weights, asked.day, confidence=asked.confidence) for each in curves]
    events, hidden = asked.counts()
    out = ~(lost <= MOST_LOST)
    shown = ~(hidden | out)
    sides = tuple(_log_log(np.asarray(each.value), np.asarray(each.std_error)) for each in found)
    gap = _gap(asked, (sides[0], sides[1])).only(shown & ~question.reference.itself)
    far = "of the list is in strata that one side does not reach"
    notes = [
        why or f"withheld: {share:.0%} {far}"
        if why or o
        else f"{'the reference; ' if i else ''}weight lost {share:.1%}"
        for why, o, i, share in zip(asked.why[0], out, question.reference.itself, lost, strict=True)
    ]
    return rows_of(
        whose_rows(question, asked.confidence, within), asked.measure.name, kept(asked.shown(sides[0](asked.confidence)), shown),
        gap, events=events, notes=notes, hidden=hidden, error=asked.error, adjustment=STANDARDISED,
        method=f"Kaplan–Meier within strata, {IF_NOBODY_LEFT}, directly standardised; log–log; MOVER{over_gaps(question.contrasts)}",
    )  # fmt: skip


def _reaching(curve: Curve, day: int) -> Curve:
    """A curve that is not known in strata where hardly anybody was at risk when the first was treated."""
    few = ((curve.at_risk < _FEWEST_IN_STRATUM) & (curve.events > 0) & (curve.times <= day)).any(-1)
    return curve._replace(survival=np.where(np.expand_dims(few, -1), np.nan, curve.survival))


# --- tests -----------------------------------------------------------------------------------------------------------


def overall(flow: Flow, known: Truths, spread: Floats) -> float:
    """The log-rank test of all recorded groups together, within strata if there are any."""
    if known.sum() < 2:
        return float("nan")
    parts = [np.moveaxis(part[known], 0, 1) for part in (flow.treated, flow.otherwise + flow.still, flow.entered)]
    return float(log_rank(*parts, design_effect=spread[known]).p_value)
