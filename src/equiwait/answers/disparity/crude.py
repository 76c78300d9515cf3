"""Shares and quantiles of each group as it is, against its reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.question_counts import Floats, Question, Truths
from equiwait.counts.waits.references import Reference
from equiwait.disclosure.rules import Rule
from equiwait.statistics import (
    Interval,
    adjusted_p,
    banded_quantile,
    mover_difference,
    mover_ratio,
    newcombe,
    risk_ratio,
    two_proportion_p,
    wilson,
)
from equiwait.statistics.shapes import normal_point

COLUMNS = [
    "estimand", "measure", "by", "group", "within", "n", "events", "value", "lower", "upper", "difference",
    "difference_lower", "difference_upper", "ratio", "ratio_lower", "ratio_upper", "p_value", "p_adjusted", "reference",
    "method", "confidence", "suppressed", "rounding_error", "note",
]  # fmt: skip
FEWEST_FOR_QUANTILES = 50  # NHS England withholds a median under 50


@dataclass(frozen=True)
class Asked:
    """One measure of one question: what every kind of answer needs."""

    measure: Measure
    part: Question
    reference: Reference
    confidence: float
    rule: Rule


@dataclass(frozen=True)
class Exact:
    """The exact values of the groups, for indices of inequality: never shown, group by group, as they are."""

    measure: str
    values: Floats
    errors: Floats
    people: Floats
    hidden: Truths


Answer = tuple[pd.DataFrame, Exact]


def shares(asked: Asked) -> Answer:
    """The share of each group that has waited more than so many weeks."""
    part, reference, rule = asked.part, asked.reference, asked.rule
    exact_n, exact_events = part.people, part.over(asked.measure.weeks)
    counts, long = released_pair(rule, exact_n, exact_events)
    hidden = np.isnan(counts)
    own = long / part.spread, counts / part.spread
    base_n, base_long = released_pair(rule, reference.pooled(exact_n), reference.pooled(exact_events))
    wide = reference.design_effect(part.people, part.spread)
    base = base_long / wide, base_n / wide
    level = asked.confidence
    value, gap = wilson(*own, confidence=level), newcombe(*own, *base, confidence=level)
    times = risk_ratio(*own, *base, confidence=level)
    error = rule.share_error(long, counts)
    withheld = too_small(gap.value, error + rule.share_error(base_long, base_n))
    itself = reference.itself
    p = np.where(itself | withheld, np.nan, two_proportion_p(*own, *base))
    rows = rows_of(
        asked, n=rule.release(exact_n).counts, events=long, value=value, gap=blank(gap, withheld | itself),
        ratio=blank(times, withheld | itself), p=p, hidden=hidden, error=error,
        method="Wilson; Newcombe; Katz; score test", notes=_share_notes(hidden, np.isnan(base_n), withheld & ~itself, itself),
    )  # fmt: skip
    return rows, _exact(asked.measure.name, exact_events, exact_n, part, hidden)


def _exact(measure: str, events: Floats, n: Floats, part: Question, hidden: Truths) -> Exact:
    with np.errstate(invalid="ignore", divide="ignore"):
        value = events / n
    return Exact(
        measure, value, np.sqrt(value * (1 - value) / n * part.spread), n / part.spread, hidden | np.isnan(value)
    )


def released_pair(rule: Rule, n: NDArray[Any], events: NDArray[Any]) -> tuple[Floats, Floats]:
    """People and those of them with the event, rounded; both hidden where either is small, or comes hidden."""
    people, some = rule.release(n), rule.release(events)
    hidden = people.hidden | some.hidden | np.isnan(people.counts) | np.isnan(some.counts)
    counts = np.where(hidden, np.nan, people.counts)
    return counts, np.minimum(np.where(hidden, np.nan, some.counts), counts)


def too_small(gap: Floats, error: Floats) -> Truths:
    """Which gaps are not more than twice as wide as the rounding that they carry."""
    return np.asarray((error >= np.abs(gap) / 2) & (error > 0))


def _share_notes(hidden: Truths, silent: Truths, withheld: Truths, itself: Truths) -> list[str]:
    """What a reader must know of each row, the strongest reason first."""
    words = (
        (hidden, "hidden: 1 to 7 people"),
        (itself, "the reference"),
        (silent, "no gap: the reference is hidden"),
        (withheld, "gap withheld: smaller than twice its rounding"),
    )
    return [str(note) for note in np.select([where for where, _ in words], [note for _, note in words], "")]


def quantiles(asked: Asked) -> Answer:
    """The wait that a share of each group has not passed, by NHS England's rule for weekly bands."""
    part, reference, rule = asked.part, asked.reference, asked.rule
    people, q = part.counts.sum(1), asked.measure.order
    few, unseen = people < FEWEST_FOR_QUANTILES, np.isnan(people)
    own = _quantile_interval(part.counts, q, asked, part.spread)
    base_counts = reference.pooled(part.counts)
    base = _quantile_interval(base_counts, q, asked, reference.design_effect(part.people, part.spread))
    itself, beyond = reference.itself, np.isinf(own.value)
    silent = few | itself | ~(base_counts.sum(1) >= FEWEST_FOR_QUANTILES)
    gap, times = mover_difference(own, base), mover_ratio(own, base)
    words = (
        (beyond, f"beyond {len(part.starts) - 1} weeks"), (few, "withheld: fewer than 50 people"),
        (unseen, "hidden: 1 to 7 people in a band"), (itself, "the reference"),
    )  # fmt: skip
    rows = rows_of(
        asked, n=rule.release(people).counts, events=np.full(len(people), np.nan), value=blank(own, few | beyond),
        gap=blank(gap, silent | beyond), ratio=blank(times, silent | beyond), p=np.full(len(people), np.nan),
        hidden=few | unseen, error=np.full(len(people), 0.05 if rule.slack else 0.0),
        method="NHS England's banded rule; Wilson inverted; MOVER",
        notes=[str(note) for note in np.select([where for where, _ in words], [note for _, note in words], "")],
    )  # fmt: skip
    error = (own.upper - own.lower) / (2 * normal_point(asked.confidence))
    plain = _quantile_interval(part.counts, q, asked, part.spread, digits=12).value
    return rows, Exact(asked.measure.name, plain, error, people / part.spread, few | beyond | unseen)


def _quantile_interval(counts: Floats, q: float, asked: Asked, spread: Floats, digits: int | None = None) -> Interval:
    """A banded quantile; its interval is where the cumulative share may cross ``q``, by Wilson's interval."""
    places = digits if digits is not None else 1 if asked.rule.slack else 12
    rows = [[np.nan] * 3] * len(counts)
    for place, (tally, wide) in enumerate(zip(counts, spread, strict=True)):
        n = tally.sum()
        if n >= FEWEST_FOR_QUANTILES:
            _, low, high = wilson(q * n / wide, n / wide, confidence=asked.confidence)
            rows[place] = [round(float(banded_quantile(tally, float(at))), places) for at in (q, low, high)]
    value, lower, upper = np.array(rows, float).reshape(-1, 3).T
    return Interval(value, lower, upper)


def blank(interval: Interval, where: Truths) -> Interval:
    """An interval with nothing where nothing may stand."""
    return Interval(*(np.where(where | ~np.isfinite(end), np.nan, end) for end in interval))


def rows_of(
    asked: Asked, *, n: Any, events: Any, value: Interval, gap: Interval, ratio: Interval, p: Any, hidden: Any, error: Any,
    method: str, notes: list[str], within: str = "", measure: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The rows of one measure of one question, in the columns of the table."""
    part = asked.part
    # A gap that is hidden or withheld was looked at all the same: it stays in the family. Recorded against not recorded
    # is a test of its own.
    looked_at = part.known & ~asked.reference.itself & ~np.isnan(p).all()
    family = np.where(np.isnan(p), 1.0, p)
    among_known = np.where(np.isnan(p), np.nan, adjusted_p(np.where(looked_at, family, np.nan)))
    return pd.DataFrame({
        "estimand": "", "measure": measure or asked.measure.name, "by": part.name, "group": part.groups, "within": within,
        "n": n, "events": events, "value": value.value, "lower": value.lower, "upper": value.upper,
        "difference": gap.value, "difference_lower": gap.lower, "difference_upper": gap.upper,
        "ratio": ratio.value, "ratio_lower": ratio.lower, "ratio_upper": ratio.upper,
        "p_value": p, "p_adjusted": among_known, "reference": asked.reference.names, "method": method,
        "confidence": asked.confidence, "suppressed": hidden, "rounding_error": error, "note": notes,
    })  # fmt: skip
