"""Flows through a list: who was treated, left otherwise, came, and was last seen waiting; and their curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.disparity.question_counts import People, Question
from equiwait.answers.disparity.released_question import ReleasedQuestion
from equiwait.answers.disparity.rows import Floats, Truths
from equiwait.counts.waits import Waits, question_name
from equiwait.counts.waits.references import Reference
from equiwait.disclosure import held_steps, in_digits
from equiwait.errors import RefusedError
from equiwait.statistics import Curve, Incidence, aalen_johansen, kaplan_meier, survival_at

Weeks = NDArray[np.int64]
_OTHERWISE = ("left_otherwise", "died", "unknown")
FEWEST_FOR_CURVES = 200  # under a rule that hides, curves are made of people within so many days
FEWEST_AT_RISK = 30
"""With late entry few are at risk in the first days; one exit among very few brings a curve down for good."""


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
    few: Truths | None = None
    """Which groups have too few people for a curve under a rule that hides; None where counts are exact."""

    def thin(self, day: int) -> Truths:
        """Which groups have no curve: too few people, or too few at risk when the first were treated."""
        found = early_and_few(self.own, day)
        return found if self.few is None else found | self.few

    def thin_base(self, day: int) -> Truths:
        """Which groups stand against too few people."""
        found = early_and_few(self.base, day)
        return found if self.few is None else found | (self.base.at_risk.max(-1) < FEWEST_FOR_CURVES)

    @classmethod
    def of(cls, flow: Flow, part: Question, reference: Reference) -> Curves:
        """Draw the curves."""
        own, base = (
            wider(each, wide)
            for each, wide in (
                (flow.curve(), part.spread),
                (flow.pooled(reference).curve(), reference.design_effect(part.people, part.spread)),
            )
        )
        return cls(own, base, flow, part.spread)


def wider(curve: Curve, spread: Floats) -> Curve:
    """Return a curve whose variance repeated people have widened."""
    wide = spread.reshape(-1, *(1,) * (curve.log_variance.ndim - 1))
    return curve._replace(log_variance=curve.log_variance * wide)


def early_and_few(curve: Curve, day: int) -> Truths:
    """Whether somebody was treated early, up to ``day``, when very few were at risk yet."""
    peak = np.maximum.accumulate(curve.at_risk, axis=-1)
    rising = peak < curve.at_risk.max(-1, keepdims=True)
    risky = (curve.at_risk < FEWEST_AT_RISK) & (curve.events > 0) & rising & (curve.times <= day)
    return np.asarray(risky.any(-1))


WEEKS_SHOWN = tuple(range(0, 105, 4))


def weeks_shown(curves: Curves, grid: Sequence[int] | None = None) -> Weeks:
    """Return the weeks at which curves are shown, as far as they go: of ``grid``, the days that counts were released of."""
    last = (curves.own.times.size - 1) // 7
    return np.array(
        [week for week in WEEKS_SHOWN if week <= last and (grid is None or week == 0 or 7 * week in grid)], np.int64
    )


def shown_curves(curves: Curves, question: ReleasedQuestion, weeks: Weeks, confidence: float) -> pd.DataFrame:
    """The curves at some weeks, and how many were at risk; nobody is on day 0 yet, so day 1 stands for it."""
    there = np.round(curves.own.at_risk[..., np.maximum(7 * weeks, 1)])
    if curves.few is not None:
        there = np.where(curves.few[:, None], np.nan, np.round(there / question.rule.base) * question.rule.base)
    parts = [_curve(curves, question, place, weeks, there[place], confidence) for place in range(len(question.groups))]
    return pd.concat(parts, ignore_index=True)


def _curve(
    curves: Curves, question: ReleasedQuestion, place: int, weeks: Weeks, there: Floats, confidence: float
) -> pd.DataFrame:
    rule = question.rule
    one = Curve(*(part if part.ndim == 1 else part[place] for part in curves.own))
    held, enough = held_steps(np.round(curves.flow.treated[place].cumsum()[7 * weeks]), rule)
    at = survival_at(one, 7 * weeks[held], confidence=confidence)
    thin = curves.thin(int(7 * weeks[-1]))[place] | np.isnan(question.n[place]) | (not enough)
    values = [np.where(thin, np.nan, in_digits(end, 3, rule)) for end in (at.value, at.lower, at.upper)]
    return pd.DataFrame({
        "by": question.name, "group": question.groups[place], "weeks": weeks, "value": values[0], "lower": values[1],
        "upper": values[2], "at_risk": there,
    })  # fmt: skip


def whole_question(waits: Waits, columns: tuple[str, ...], people: People | None) -> tuple[Question, Flow]:
    """Return the groups of a question with everybody who was seen, and their flow (groups × strata × days)."""
    flow = flow_of(waits, columns)
    groups, _ = waits.cube(columns)
    seen = flow.seen.sum(1)
    size = len(groups)
    names = tuple(waits.strata(columns)) if waits.about.within else ()
    part = Question(
        columns, question_name(columns), groups["group"].tolist(), groups["known"].to_numpy(bool), np.array([0]), seen[:, None],
        seen, np.ones(size) if people is None else people.design_effect,
        None if people is None else people.persons, flow.seen[:, :, None] if names else None, names,
    )  # fmt: skip
    return part, flow
