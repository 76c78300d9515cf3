"""Time to treatment: who is still waiting after so many weeks if nobody left otherwise, beside what became of everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from equiwait.answers.disparity.adjusted import MOST_LOST
from equiwait.answers.disparity.crude import Answer, Asked, Exact, blank, rows_of, too_small
from equiwait.answers.disparity.measures import IF_NOBODY_LEFT
from equiwait.answers.disparity.question_counts import Floats, Question, Truths
from equiwait.counts.waits import Waits, question_name
from equiwait.counts.waits.references import Reference
from equiwait.errors import RefusedError
from equiwait.statistics import (
    Curve,
    Incidence,
    Interval,
    aalen_johansen,
    kaplan_meier,
    log_rank,
    mover_difference,
    mover_ratio,
    standardised_survival,
    survival_at,
    survival_quantile,
    wilson,
)

FEWEST_AT_RISK = 30
"""With late entry few are at risk in the first days; one exit among very few brings a curve down for good."""
_FEWEST_IN_STRATUM = 5

_OTHERWISE = ("left_otherwise", "died", "unknown")


@dataclass(frozen=True)
class Flow:
    """Who was treated, who left otherwise, who was last seen waiting and who came, each … × days."""

    treated: Floats
    otherwise: Floats
    still: Floats
    entered: Floats

    @property
    def seen(self) -> Floats:
        """Everybody who was under observation."""
        return np.asarray(self.entered.sum(-1))

    def curve(self) -> Curve:
        """Kaplan and Meier's, other exits as last sightings."""
        return kaplan_meier(self.treated, self.otherwise + self.still, self.entered)

    def shares(self) -> Incidence:
        """Aalen and Johansen's: treated, left otherwise, still on the list."""
        return aalen_johansen(np.stack([self.treated, self.otherwise], axis=-2), self.still, self.entered)

    def pooled(self, reference: Reference) -> Flow:
        """Return what each group stands against."""
        return Flow(*(reference.pooled(part) for part in (self.treated, self.otherwise, self.still, self.entered)))

    def summed(self) -> Flow:
        """Return all strata together."""
        return Flow(*(part.sum(1) for part in (self.treated, self.otherwise, self.still, self.entered)))


def flow_of(waits: Waits, columns: tuple[str, ...]) -> Flow:
    """Return the flow of one question, groups × strata × days.

    Raises
    ------
    RefusedError
        If nobody is known to have been treated.
    """

    def cube(*events: str) -> Floats:
        return waits.cube(columns, events=events, strata=True)[1].astype(np.float64)

    flow = Flow(cube("treated"), cube(*_OTHERWISE), cube("open"), cube("entered"))
    if not flow.treated.sum():
        raise RefusedError(
            "Nobody is known to have been treated in the window, so there is no time to treatment.",
            f"{waits.table['people'].sum() - flow.still.sum():,.0f} rows of counts, none of them treated.",
            "Give a list whose ended waits say why they ended (rtt_status 30, or stop_reason 'treated').",
        )
    return flow


@dataclass(frozen=True)
class Curves:
    """The curves of one question: each group's and its reference's, with what repeated people add to their variance."""

    own: Curve
    base: Curve
    flow: Flow
    spread: Floats

    @classmethod
    def of(cls, flow: Flow, part: Question, reference: Reference) -> Curves:
        """Draw the curves."""
        own, base = (_wider(each, wide) for each, wide in (
            (flow.curve(), part.spread), (flow.pooled(reference).curve(), reference.design_effect(part.people, part.spread)),
        ))  # fmt: skip
        return cls(own, base, flow, part.spread)


def _wider(curve: Curve, spread: Floats) -> Curve:
    wide = spread.reshape(-1, *(1,) * (curve.log_variance.ndim - 1))
    return curve._replace(log_variance=curve.log_variance * wide)


# --- measures --------------------------------------------------------------------------------------------------------


def still_waiting_after(asked: Asked, curves: Curves) -> Answer:
    """Kaplan and Meier's share still waiting after so many weeks, if nobody left otherwise."""
    day = asked.measure.days
    own, base = (survival_at(curve, day, confidence=asked.confidence) for curve in (curves.own, curves.base))
    treated, seen = curves.flow.treated[..., : day + 1].sum(-1), curves.flow.seen
    events, n, hidden = _released(asked, treated, seen)
    thin, unseen, itself = early_and_few(curves.own, day), np.isnan(own.value), asked.reference.itself
    other = early_and_few(curves.base, day) | np.isnan(base.value)
    value, against = (_rounded(Interval(each.value, each.lower, each.upper), asked) for each in (own, base))
    gap, error = mover_difference(value, against), 0.0005 if asked.rule.slack else 0.0
    small = too_small(gap.value, np.full(len(n), 2 * error))
    nothing = hidden | thin | unseen | itself | other | small
    notes = _notes(hidden, thin, unseen, itself, other, small, asked.measure.weeks)
    rows = rows_of(
        asked, n=n, events=events, value=blank(value, hidden | thin | unseen), gap=blank(gap, nothing),
        ratio=blank(mover_ratio(value, against), nothing), p=np.where(nothing, np.nan, _p(curves, day)), hidden=hidden,
        error=np.full(len(n), error), notes=notes, method=f"Kaplan–Meier, late entry, {IF_NOBODY_LEFT}; log–log; MOVER",
    )  # fmt: skip
    exact = Exact(asked.measure.name, own.value, own.std_error, seen / curves.spread, hidden | thin | unseen)
    return rows, exact


def _released(asked: Asked, treated: Floats, seen: Floats) -> tuple[Floats, Floats, Truths]:
    people, some = asked.rule.release(seen), asked.rule.release(treated)
    hidden = people.hidden | some.hidden
    return np.where(hidden, np.nan, some.counts), people.counts, hidden


def _rounded(interval: Interval, asked: Asked) -> Interval:
    return Interval(*(np.round(end, 3) for end in interval)) if asked.rule.slack else interval


def early_and_few(curve: Curve, day: int) -> Truths:
    """Whether somebody was treated early, up to ``day``, when very few were at risk yet."""
    peak = np.maximum.accumulate(curve.at_risk, axis=-1)
    rising = peak < curve.at_risk.max(-1, keepdims=True)
    risky = (curve.at_risk < FEWEST_AT_RISK) & (curve.events > 0) & rising & (curve.times <= day)
    return np.asarray(risky.any(-1))


def _p(curves: Curves, day: int) -> Floats:
    """Two curves at one day, on the scale of log(−log S), where the normal approximation keeps its size."""
    moments = []
    for curve in (curves.own, curves.base):
        at = survival_at(curve, day)
        inside = (at.value > 0) & (at.value < 1)
        s = np.where(inside, at.value, 0.5)
        moments.append((
            np.where(inside, np.log(-np.log(s)), np.nan), np.where(inside, at.std_error / (s * -np.log(s)), np.nan)
        ))  # fmt: skip
    (first, error), (other, spread) = moments
    return _two_sided(first - other, np.hypot(error, spread))


def _two_sided(gap: Floats, error: Floats) -> Floats:
    z = np.divide(gap, error, out=np.full(np.shape(gap), np.nan), where=error > 0)
    return np.asarray(2 * ndtr(-np.abs(z)))


def _notes(
    hidden: Truths, thin: Truths, unseen: Truths, itself: Truths, other: Truths, small: Truths, weeks: int
) -> list[str]:
    words = (
        (hidden, "hidden: 1 to 7 people treated"),
        (thin, f"withheld: fewer than {FEWEST_AT_RISK} people at risk when the first were treated"),
        (unseen, f"not known: nobody was under observation at {weeks} weeks"),
        (itself, "the reference"),
        (other, "no gap: the reference is withheld"),
        (small, "gap withheld: smaller than twice its rounding"),
    )
    return [str(note) for note in np.select([where for where, _ in words], [note for _, note in words], "")]


def became_of(asked: Asked, curves: Curves) -> list[pd.DataFrame]:
    """What became of everybody by then: treated, left otherwise, still on the list (Aalen–Johansen). No gap is given.

    Only waits have a sign that always reads; these three stand beside them.
    """
    weeks, day, found = asked.measure.weeks, asked.measure.days, curves.flow.shares()
    place = min(day, found.waiting.shape[-1] - 1)
    wide = np.sqrt(curves.spread)
    seen = curves.flow.seen
    causes = {
        f"treated_by_{weeks}_weeks": (found.left[..., 0, place], found.left_std_error[..., 0, place]),
        f"left_otherwise_by_{weeks}_weeks": (found.left[..., 1, place], found.left_std_error[..., 1, place]),
        f"still_on_list_at_{weeks}_weeks": (found.waiting[..., place], found.waiting_std_error[..., place]),
    }
    gone = [part[..., : day + 1].sum(-1) for part in (curves.flow.treated, curves.flow.otherwise)]
    # The three add to 1: what one of them hides must not follow from the others.
    hidden = np.logical_or(*(_released(asked, part, seen)[2] for part in gone))
    shown = [np.where(hidden, np.nan, asked.rule.release(part).counts) for part in gone]
    thin = early_and_few(curves.own, day) | np.isnan(survival_at(curves.own, day).value)
    nothing = Interval(*(np.full(len(seen), np.nan) for _ in range(3)))
    parts = []
    for (name, (value, error)), events in zip(causes.items(), [*shown, np.full(len(seen), np.nan)], strict=True):
        around = _rounded(_between(value, error * wide, asked.confidence), asked)
        parts.append(rows_of(
            asked, n=asked.rule.release(seen).counts, events=events, value=blank(around, hidden | thin),
            gap=nothing, ratio=nothing, p=np.full(len(seen), np.nan), hidden=hidden,
            error=np.full(len(seen), 0.0005 if asked.rule.slack else 0.0), measure=name,
            notes=["hidden: 1 to 7 people treated or left otherwise" if h else "withheld: as the row over_N_weeks says" if t else
                   "beside over_N_weeks: no gap is given" for h, t in zip(hidden, thin, strict=True)],
            method="Aalen–Johansen, late entry; Wilson with the sample size of that variance",
        ))  # fmt: skip
    return parts


def _between(value: Floats, error: Floats, confidence: float) -> Interval:
    """Wilson's limits with the sample size that gives this variance."""
    value = np.clip(value, 0, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.where(error > 0, value * (1 - value) / error**2, np.nan)
    size = np.where(np.isfinite(size) & (size > 0), size, np.nan)
    safe = np.nan_to_num(size, nan=1.0)
    found = wilson(value * safe, safe, confidence=confidence)
    return Interval(value, np.where(np.isnan(size), value, found.lower), np.where(np.isnan(size), value, found.upper))


def quantile_of_treatment(asked: Asked, curves: Curves) -> Answer:
    """The week by which a share would have been treated, if nobody left otherwise."""
    own, base = (
        Interval(*(end / 7 for end in survival_quantile(curve, asked.measure.order, confidence=asked.confidence)))
        for curve in (curves.own, curves.base)
    )
    treated, n, hidden = _released(asked, curves.flow.treated.sum(-1), curves.flow.seen)
    last = len(curves.own.times) - 1
    thin, other = early_and_few(curves.own, last), early_and_few(curves.base, last) | ~np.isfinite(base.value)
    far, itself = ~np.isfinite(own.value), asked.reference.itself
    digits = 1 if asked.rule.slack else 12
    value, against = (Interval(*(np.round(end, digits) for end in each)) for each in (own, base))
    nothing = hidden | thin | far | itself | other
    words = (
        (hidden, "hidden: 1 to 7 people treated"),
        (thin, f"withheld: fewer than {FEWEST_AT_RISK} people at risk when the first were treated"),
        (far, "not reached in the window"), (itself, "the reference"), (other, "no gap: the reference is withheld or not reached"),
    )  # fmt: skip
    rows = rows_of(
        asked, n=n, events=treated, value=blank(value, hidden | thin | far), gap=blank(mover_difference(value, against), nothing),
        ratio=blank(mover_ratio(value, against), nothing), p=np.full(len(n), np.nan), hidden=hidden,
        error=np.full(len(n), 0.05 if asked.rule.slack else 0.0),
        method=f"Kaplan–Meier, late entry, {IF_NOBODY_LEFT}; log–log inverted; MOVER",
        notes=[str(note) for note in np.select([where for where, _ in words], [note for _, note in words], "")],
    )  # fmt: skip
    return rows, Exact(asked.measure.name, own.value, np.full(len(n), np.nan), curves.flow.seen, hidden | thin | far)


def adjusted_survival(asked: Asked, flow: Flow, name: str) -> pd.DataFrame:
    """The share still waiting after so many weeks, directly standardised to all who were under observation."""
    day, standard = asked.measure.days, flow.seen.sum(0)
    spreads = asked.part.spread, asked.reference.design_effect(asked.part.people, asked.part.spread)
    (own, own_error, own_lost), (base, base_error, base_lost) = (
        _standardised(each, standard, day, wide, asked.confidence)
        for each, wide in zip((flow, flow.pooled(asked.reference)), spreads, strict=True)
    )
    whole = flow.summed()
    events, n, hidden = _released(asked, whole.treated[..., : day + 1].sum(-1), whole.seen)
    lost, missing, itself = own_lost > MOST_LOST, base_lost > MOST_LOST, asked.reference.itself
    value, against = _rounded(own, asked), _rounded(base, asked)
    gap, error = mover_difference(value, against), 0.0005 if asked.rule.slack else 0.0
    nothing = hidden | lost | missing | itself | too_small(gap.value, np.full(len(n), 2 * error))
    p = np.where(nothing, np.nan, _two_sided(own.value - base.value, np.hypot(own_error, base_error)))
    words = [
        "hidden: 1 to 7 people treated" if h else f"withheld: {share:.0%} of the list is in strata that this group does not reach" if out
        else f"{'the reference; ' if i else ''}reference weight lost {share:.1%}"
        for h, out, i, share in zip(hidden, lost, itself, own_lost, strict=True)
    ]  # fmt: skip
    return rows_of(
        asked, n=n, events=events, value=blank(value, hidden | lost), gap=blank(gap, nothing),
        ratio=blank(mover_ratio(value, against), nothing), p=p, hidden=hidden, error=np.full(len(n), error),
        notes=words, within=name, method=f"Kaplan–Meier within strata, {IF_NOBODY_LEFT}, directly standardised; log–log; MOVER",
    )  # fmt: skip


def _standardised(
    flow: Flow, standard: Floats, day: int, spread: Floats, confidence: float
) -> tuple[Interval, Floats, Floats]:
    """Standardised survival; a stratum in which hardly anybody was at risk when the first was treated is lost."""
    curve = _wider(flow.curve(), spread)
    few = ((curve.at_risk < _FEWEST_IN_STRATUM) & (curve.events > 0) & (curve.times <= day)).any(-1)
    curve = curve._replace(survival=np.where(np.expand_dims(few, -1), np.nan, curve.survival))
    known = ~np.isnan(survival_at(curve, day).value) & ~few
    found = standardised_survival(curve, standard, day, confidence=confidence)
    lost = 1 - np.where(known, standard, 0).sum(-1) / standard.sum()
    return Interval(found.value, found.lower, found.upper), np.asarray(found.std_error), np.asarray(lost)


# --- tests and curves ------------------------------------------------------------------------------------------------


def overall(flow: Flow, known: Truths) -> float:
    """The log-rank test of all recorded groups together, within strata if there are any."""
    parts = [np.moveaxis(part[known], 0, 1) for part in (flow.treated, flow.otherwise + flow.still, flow.entered)]
    return float(log_rank(*parts).p_value) if known.sum() > 1 else float("nan")


def shown_curves(curves: Curves, asked: Asked, every: int = 4, to: int = 104) -> pd.DataFrame:
    """The curves at every fourth week; a step that rests on fewer than eight exits waits for the next."""
    last = min(to, (curves.own.times.size - 1) // 7)
    weeks: NDArray[np.int64] = np.arange(0, last + 1, every)
    least = asked.rule.most_hidden + 1 if asked.rule.slack else 1
    parts = [_curve(curves, group, place, weeks, least, asked) for place, group in enumerate(asked.part.groups)]
    return pd.concat(parts, ignore_index=True)


def _curve(curves: Curves, group: str, place: int, weeks: NDArray[np.int64], least: int, asked: Asked) -> pd.DataFrame:
    one = Curve(*(part if part.ndim == 1 else part[place] for part in curves.own))
    done = curves.flow.treated[place].cumsum()[7 * weeks]
    held: list[int] = []
    for step, count in enumerate(done):
        far = step == 0 or count - done[held[-1]] >= least or count == done[held[-1]]
        held.append(step if far else held[-1])
    at = survival_at(one, 7 * weeks[held], confidence=asked.confidence)
    there = asked.rule.release(one.at_risk[np.maximum(7 * weeks, 1)])  # nobody is at risk on day 0 yet
    thin = bool(early_and_few(one, int(7 * weeks[-1])))
    values: Sequence[Floats] = [
        np.where(thin | (done[-1] < least), np.nan, _plain(end, asked)) for end in (at.value, at.lower, at.upper)
    ]
    return pd.DataFrame({
        "by": asked.part.name, "group": group, "weeks": weeks, "value": values[0], "lower": values[1], "upper": values[2],
        "at_risk": there.counts,
    })  # fmt: skip


def _plain(end: Floats, asked: Asked) -> Floats:
    return np.round(end, 3) if asked.rule.slack else np.asarray(end)


def whole_question(waits: Waits, columns: tuple[str, ...], spread: Floats | None) -> tuple[Question, Flow]:
    """Return the groups of a question with everybody who was seen, and their flow (groups × strata × days)."""
    flow = flow_of(waits, columns)
    groups, _ = waits.cube(columns)
    seen = flow.seen.sum(1)
    size = len(groups)
    names = tuple(waits.strata(columns)) if waits.about.within else ()
    part = Question(
        columns, question_name(columns), groups["group"].tolist(), groups["known"].to_numpy(bool), np.array([0]), seen[:, None],
        seen, np.ones(size) if spread is None else spread, flow.seen[:, :, None] if names else None, names,
    )  # fmt: skip
    return part, flow
