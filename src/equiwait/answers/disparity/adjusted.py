"""Like with like: each group as if its strata (priority × specialty) were those of the whole list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from equiwait.answers.disparity.crude import FEWEST_FOR_QUANTILES, Asked, blank, released_pair, rows_of, too_small
from equiwait.answers.disparity.question_counts import Floats, Question, Truths
from equiwait.statistics import (
    Interval,
    cochran_mantel_haenszel,
    direct_share,
    kitagawa,
    mantel_haenszel,
    mover_difference,
    mover_ratio,
    wilson,
)

MOST_LOST = 0.10
"""An adjusted answer that more of the reference's weight is lost to than this is refused."""


def strata_name(within: Sequence[str]) -> str:
    """Return what strata are called in the column ``within``.

    Examples
    --------
    >>> strata_name(["priority", "specialty"])
    'priority × specialty'
    """
    return " × ".join(within)


def adjusted_shares(asked: Asked, name: str) -> pd.DataFrame:
    """The share over so many weeks, directly standardised to the whole list."""
    part, reference, rule, weeks = asked.part, asked.reference, asked.rule, asked.measure.weeks
    x, n = part.over_in_strata(weeks)
    standard = np.nansum(n, axis=0)
    wide = (part.spread[:, None], reference.design_effect(part.people, part.spread)[:, None])
    own_counts, base_counts = (x, n), (reference.pooled(x), reference.pooled(n))
    released = [released_pair(rule, part.people, part.over(weeks))]
    released.append(released_pair(rule, reference.pooled(part.people), reference.pooled(part.over(weeks))))
    (own, own_lost), (base, base_lost) = (
        _standardised(*counts, each, standard, shown, asked)
        for counts, each, shown in zip((own_counts, base_counts), wide, released, strict=True)
    )
    hidden, itself = np.isnan(released[0][0]), reference.itself
    error = rule.share_error(released[0][1], released[0][0]) + (0.0005 if rule.slack else 0)
    other = rule.share_error(released[1][1], released[1][0]) + (0.0005 if rule.slack else 0)
    gap, times = mover_difference(own, base), mover_ratio(own, base)
    lost, missing = own_lost > MOST_LOST, base_lost > MOST_LOST
    withheld = too_small(gap.value, error + other) & ~lost & ~missing
    nothing = lost | missing | withheld | itself
    p = cochran_mantel_haenszel(x / wide[0], n / wide[0], base_counts[0] / wide[1], base_counts[1] / wide[1]).p_value
    shared = _mantel_haenszel(asked, own_counts, base_counts, wide, error + other)
    notes = _notes(hidden, lost, itself, missing, withheld, own_lost, base_lost, shared)
    return rows_of(
        asked, n=rule.release(part.people).counts, events=released[0][1], value=blank(own, lost | hidden),
        gap=blank(gap, nothing | hidden), ratio=blank(times, nothing | hidden),
        p=np.where(nothing | hidden | np.isnan(released[1][0]), np.nan, p), hidden=hidden, error=error, notes=notes, within=name,
        method="directly standardised to the whole list; Wilson; MOVER; Cochran–Mantel–Haenszel",
    )  # fmt: skip


def _standardised(
    x: Floats, n: Floats, wide: Floats, standard: Floats, shown: tuple[Floats, Floats], asked: Asked
) -> tuple[Interval, Floats]:
    """A standardised share and its interval, and the weight of the standard that it could not stand for.

    What is released is the released crude share, moved by what standardising moves the exact one, and the released crude
    interval, widened by as much as standardising widens the exact one: with one stratum both are the crude ones, and they
    carry the rounding of the crude ones and tell no more.
    """
    exact = direct_share(x / wide, n / wide, standard, confidence=asked.confidence)
    alike = Interval(exact.value, exact.lower, exact.upper)
    if not asked.rule.slack:
        return alike, exact.weight_lost
    people, events = (np.nansum(part / wide, -1) for part in (n, x))
    crude = wilson(np.minimum(events, people), people, confidence=asked.confidence)
    released = wilson(shown[1] / wide[:, 0], shown[0] / wide[:, 0], confidence=asked.confidence)
    moved = np.clip(released.value + np.round(alike.value - crude.value, 3), 0, 1)
    low, high = (
        np.clip(moved + (released[end] - released.value) * _times_wider(alike, crude, end), 0, 1) for end in (1, 2)
    )
    return Interval(moved, low, high), exact.weight_lost


def _times_wider(alike: Interval, crude: Interval, end: int) -> Floats:
    """How many times as far an end of the adjusted interval stands from its value, to two decimals."""
    own, other = alike[end] - alike.value, crude[end] - crude.value
    return np.asarray(np.round(np.divide(own, other, out=np.ones_like(other), where=np.abs(other) > 1e-12), 2))


def _mantel_haenszel(
    asked: Asked, own: tuple[Floats, Floats], base: tuple[Floats, Floats], wide: tuple[Floats, Floats], error: Floats
) -> list[str]:
    """The gap within the strata that both groups are in: the better sentence where one of them is not in all."""
    gap = mantel_haenszel(
        *(part / wide[0] for part in own), *(part / wide[1] for part in base), confidence=asked.confidence
    )
    small = too_small(gap.value, error) | ~np.isfinite(gap.value) | np.isnan(error)
    return [
        "" if few else f"; within the strata that both are in, {100 * value:+.1f} points "
        f"({100 * low:+.1f} to {100 * high:+.1f}, Mantel–Haenszel)"
        for few, value, low, high in zip(small, gap.value, gap.lower, gap.upper, strict=True)
    ]  # fmt: skip


def _notes(
    hidden: Truths, lost: Truths, itself: Truths, missing: Truths, withheld: Truths, own: Floats, base: Floats, shared: list[str]
) -> list[str]:  # fmt: skip
    rows = zip(hidden, lost, itself, missing, withheld, own, base, shared, strict=True)
    return [_note(*row) for row in rows]


def _note(
    hidden: bool, lost: bool, itself: bool, missing: bool, withheld: bool, own: float, base: float, shared: str
) -> str:
    kept = f"reference weight lost {own:.1%}"
    if hidden:
        return "hidden: 1 to 7 people"
    if lost:
        return f"withheld: {own:.0%} of the list is in strata where nobody of this group is counted{shared}"
    if itself:
        return f"the reference; {kept}"
    if missing:
        return f"no gap: {base:.0%} of the list is in strata where nobody of the reference is counted{shared}"
    return f"gap withheld: smaller than twice its rounding; {kept}" if withheld else kept


# --- quantiles -------------------------------------------------------------------------------------------------------


def adjusted_quantiles(asked: Asked, name: str) -> pd.DataFrame:
    """The wait that a share of each group has not passed, were its strata those of the whole list."""
    part, reference, rule, q = asked.part, asked.reference, asked.rule, asked.measure.order
    assert part.strata is not None  # asked only where strata were counted
    standard = np.nansum(part.strata.sum(-1), axis=0)
    own, own_lost = _standardised_quantile(part.strata, q, standard, part.spread, asked)
    base, base_lost = _standardised_quantile(
        reference.pooled(part.strata), q, standard, reference.design_effect(part.people, part.spread), asked
    )
    people, itself = part.counts.sum(1), reference.itself
    few = ~(people >= FEWEST_FOR_QUANTILES)
    lost, missing, beyond = own_lost > MOST_LOST, base_lost > MOST_LOST, np.isinf(own.value)
    nothing = few | lost | missing | itself | beyond
    gap, times = mover_difference(own, base), mover_ratio(own, base)
    none = np.zeros(len(people), bool)
    notes = _notes(none, lost, itself, missing, none, own_lost, base_lost, [""] * len(people))
    notes = ["withheld: fewer than 50 people" if f else note for f, note in zip(few, notes, strict=True)]
    notes = [
        f"beyond {len(part.starts) - 1} weeks; {note}" if b else note for b, note in zip(beyond, notes, strict=True)
    ]
    return rows_of(
        asked, n=rule.release(people).counts, events=np.full(len(people), np.nan), value=blank(own, few | lost | beyond),
        gap=blank(gap, nothing), ratio=blank(times, nothing), p=np.full(len(people), np.nan), hidden=few,
        error=np.full(len(people), 0.05 if rule.slack else 0.0), notes=notes, within=name,
        method="quantile of the directly standardised distribution, weekly bands; Wilson inverted; MOVER",
    )  # fmt: skip


def _standardised_quantile(
    strata: Floats, q: float, standard: Floats, spread: Floats, asked: Asked
) -> tuple[Interval, Floats]:
    """The quantile of each group's standardised distribution; its interval inverts that of the share below it."""
    n = strata.sum(-1)
    below = strata.cumsum(-1)
    held = (n > 0) & (standard > 0)
    kept = np.where(held, standard, 0.0)
    weight = np.divide(kept, kept.sum(-1, keepdims=True), out=np.zeros_like(n), where=kept.sum(-1, keepdims=True) > 0)
    per = np.divide(weight, n, out=np.zeros_like(n), where=held)
    whole = np.einsum("gs,gsw->gw", per, np.nan_to_num(below))
    people = np.nansum(n, -1)
    orders = (people + 1) / (2 * np.maximum(people, 1)) if q == 0.5 else np.full(len(n), q)
    value, at = _inverse(whole, orders), _inverse(whole, np.full(len(n), q))
    inside = _interpolated(below, at)
    wide = spread[:, None]
    found = direct_share(np.minimum(inside, n) / wide, n / wide, standard, confidence=asked.confidence)
    low, high = _inverse(whole, found.lower), _inverse(whole, found.upper)
    digits = 1 if asked.rule.slack else 12
    enough = people >= FEWEST_FOR_QUANTILES
    return Interval(
        *(np.where(enough, np.round(np.round(end, 9), digits), np.nan) for end in (value, low, high))
    ), found.weight_lost


def _inverse(whole: Floats, orders: Floats) -> Floats:
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


# --- why crude and adjusted differ -----------------------------------------------------------------------------------


def composition_of(part: Question, reference_against: Truths, place: int, weeks: int) -> tuple[float, float]:
    """Split a crude gap: what is due to which strata people are in, and what lies within strata (Kitagawa)."""
    x, n = part.over_in_strata(weeks)
    others = reference_against[place]
    found = kitagawa(np.nan_to_num(x[place]), np.nan_to_num(n[place]), np.nansum(x[others], 0), np.nansum(n[others], 0))
    return float(found.composition), float(found.within)


def inside_strata(part: Question, weeks: int) -> tuple[list[str], Floats, Floats]:
    """The recorded groups' people over ``weeks`` weeks and in all, by stratum: strata × groups."""
    x, n = part.over_in_strata(weeks)
    return list(part.stratum_names), x[part.known].T, n[part.known].T
