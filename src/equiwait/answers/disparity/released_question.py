"""One question as it may be shown: people, and those of them over so many weeks, of each group and its reference.

Everything that is said of gaps in shares is made of these numbers, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.question_counts import Floats, Question, Truths
from equiwait.counts.waits.references import RECORDED, REST, Reference
from equiwait.disclosure import (
    Cell,
    Counts,
    DesignEffect,
    Ladder,
    ReleasedCounts,
    Rule,
    cells_of,
    everyone_cells,
    ladder_counts,
    ladder_of,
    recorded_cells,
    tally,
)
from equiwait.statistics import effective_counts, family_confidence

_CROSS = " × "


@dataclass(frozen=True)
class Side:
    """Events and people of one side of each comparison, as shown, and the variance that rounding adds to one count."""

    events: Floats
    n: Floats
    design_effect: Floats
    rounding: Floats

    def effective(self, rows: Truths) -> tuple[Floats, Floats]:
        """Return counts that carry as much information, of these rows."""
        return effective_counts(
            self.events[rows], self.n[rows], design_effect=self.design_effect[rows], rounding=self.rounding[rows]
        )

    @property
    def there(self) -> Truths:
        """Where there is anybody, and it is shown."""
        return np.asarray(np.isfinite(self.events) & (np.nan_to_num(self.n) > 0))


@dataclass(frozen=True)
class ReleasedQuestion:
    """The released counts of one question.

    ``over`` has a row for each number of weeks in ``weeks``; ``recorded`` and ``recorded_over`` are of all recorded groups
    together, ``everyone`` and ``everyone_over`` of those not recorded too. NaN where hidden.
    """

    columns: tuple[str, ...]
    name: str
    groups: tuple[str, ...]
    known: Truths
    reference: Reference
    rule: Rule
    n: Floats
    n_people: Floats
    design_effect: Floats
    recorded: float
    everyone: float
    weeks: tuple[int, ...]
    over: Floats
    recorded_over: Floats
    everyone_over: Floats
    ladders: tuple[Ladder, ...] = ()
    recorded_ladder: Ladder | None = None
    hidden_in_source: Truths | None = None

    @property
    def base_ladders(self) -> list[Ladder]:
        """How long those have waited whom each group stands against."""
        assert self.recorded_ladder is not None  # asked only where quantiles are
        names = list(self.groups)
        return [
            self.recorded_ladder.less(own)
            if name == REST
            else self.recorded_ladder
            if name == RECORDED
            else self.ladders[names.index(name)]
            for name, own in zip(self.reference.names, self.ladders, strict=True)
        ]

    @property
    def contrasts(self) -> int:
        """How many gaps of recorded groups are looked at, hidden ones too."""
        return self.reference.contrasts(self.known)

    def family_confidence(self, confidence: float) -> float:
        """Return the confidence of each interval of the family."""
        return family_confidence(confidence, self.contrasts)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The groups of which it is not known who is in them."""
        return tuple(group for group, known in zip(self.groups, self.known, strict=True) if not known)

    def own(self, weeks: int) -> Side:
        """Return each group's people over so many weeks, and all of them; both hidden where either is."""
        events = self.over[self.weeks.index(weeks)]
        return self._side(events, self.n, self.design_effect, np.ones(len(self.n)))

    def base(self, weeks: int) -> Side:
        """Return what each group stands against: where the total of all recorded is hidden, the other groups that are shown."""
        own = self.own(weeks)
        if self._is_total_hidden(weeks):
            return self._others_shown(own)
        events = self.reference.shown(own.events, float(self.recorded_over[self.weeks.index(weeks)]))
        n = self.reference.shown(own.n, self.recorded)
        wide = self.reference.design_effect(self.n, self.design_effect)
        return self._side(events, n, wide, self.reference.rounded(own.n, n))

    def reference_names(self, weeks: int) -> list[str]:
        """Return what each group stands against, in words."""
        shown = " that is shown" if self._is_total_hidden(weeks) else ""
        return [f"{name}{shown}" if name in (REST, RECORDED) else name for name in self.reference.names]

    def _is_total_hidden(self, weeks: int) -> bool:
        return bool(np.isnan(self.recorded) or np.isnan(self.recorded_over[self.weeks.index(weeks)]))

    def _others_shown(self, own: Side) -> Side:
        """The groups that are a row's reference, added up where they are shown; their roundings add up too."""
        there = np.isfinite(own.events)
        among = (self.reference.against & there[None, :]).astype(np.float64)
        some = among.sum(1) > 0
        events, n = (np.where(some, among @ np.nan_to_num(each), np.nan) for each in (own.events, own.n))
        wide = self.reference.design_effect(self.n, self.design_effect)
        return self._side(events, n, wide, among.sum(1))

    def not_recorded(self, weeks: int) -> tuple[Side, Side] | None:
        """Return everybody whose group is not recorded, and everybody whose group is; None where either is hidden or empty.

        The first is the difference of two released totals, of which the second is one: its error enters both sides.
        """
        at = self.weeks.index(weeks)
        n, events = self.everyone - self.recorded, float(self.everyone_over[at] - self.recorded_over[at])
        recorded, over = self.recorded, float(self.recorded_over[at])
        if not (n > self.rule.slack and recorded > 0 and np.isfinite(events) and np.isfinite(over)):
            return None
        wide = [float(np.nanmax(self.design_effect[here], initial=1.0)) for here in (~self.known, self.known)]
        variance = self.rule.variance * np.array([2.0, 1 + 2 * recorded / n])
        first, second = (
            Side(*(np.array([each]) for each in (min(max(some, 0.0), people), people, spread, added)))
            for some, people, spread, added in zip((events, over), (n, recorded), wide, variance, strict=True)
        )
        return first, second

    def _side(self, events: Floats, n: Floats, design_effect: Floats, counts: Floats) -> Side:
        hidden = np.isnan(events) | np.isnan(n)
        n = np.where(hidden, np.nan, n)
        events = np.where(hidden, np.nan, np.minimum(events, n))
        return Side(events, n, np.maximum(design_effect, 1.0), counts * self.rule.variance)


@dataclass(frozen=True)
class SidesOf:
    """The cells of both sides of each comparison of a question."""

    population: str
    columns: tuple[str, ...]
    names: Sequence[Any]
    groups: Sequence[str]
    reference: Reference

    @property
    def everyone(self) -> tuple[Cell, ...]:
        """Everybody."""
        return tuple(everyone_cells(self.population))

    def __call__(self, at: int, days: int) -> tuple[tuple[tuple[Cell, ...], ...], tuple[Cell, ...]]:
        """Return the people of both sides of the group at a place, and the cells of those over so many days."""
        own, recorded = self._ladder(at, days), recorded_cells(self.population, self.columns, overs=(-1, days))
        against = self.reference.names[at]
        if against == REST:
            return ((own[0],), (recorded[0], own[0])), (own[1], recorded[1])
        base = recorded if against == RECORDED else self._ladder(list(self.groups).index(against), days)
        return ((own[0],), (base[0],)), (own[1], base[1])

    def _ladder(self, at: int, days: int) -> tuple[Cell, ...]:
        return tuple(cells_of(self.population, self.columns, [self.names[at]], overs=(-1, days))[0])


# --- exact counts that ask to be released ----------------------------------------------------------------------------


def asking(part: Question, measures: Sequence[Measure], population: str, rule: Rule) -> Counts:
    """Return the exact counts of a question that ask to be released, with the design effects of its groups."""
    weeks = weeks_of(measures)
    people = np.stack([part.people, *(part.over(each) for each in weeks)], axis=1)
    names = _names(part)
    counts = tally(population, part.columns, names, people, overs=_overs(weeks), known=part.known)
    if any(each.kind == "quantile" for each in measures):
        steps = part.ladder_weeks(rule)
        beyond = np.cumsum(part.counts[:, ::-1], axis=1)[:, ::-1][:, list(steps[1:])]
        counts += ladder_counts(population, part.columns, names, part.people, beyond, steps, rule, part.known)
    if part.persons is not None and (part.persons < part.people).any():
        counts += tally(population, part.columns, names, part.persons, event=_people(part.name), known=part.known)
    wide = zip(part.groups, part.spread.tolist(), strict=True)
    return counts.with_facts({_wide_name(part.name, group): DesignEffect(each) for group, each in wide})


def released_question(
    released: ReleasedCounts, part: Question, reference: Reference, measures: Sequence[Measure], population: str
) -> ReleasedQuestion:
    """Return a question as it was released; of ``part`` only the names of its groups are looked at."""
    weeks, names = weeks_of(measures), _names(part)
    overs = _overs(weeks)
    shown = released.people(cells_of(population, part.columns, names, overs=overs)).T
    totals = released.people(recorded_cells(population, part.columns, overs=overs))
    everyone = released.people(everyone_cells(population, overs=overs))
    persons = released.people(cells_of(population, part.columns, names, event=_people(part.name))).ravel()
    counted = any(cell.event == _people(part.name) for cell in released.cells)
    wide = np.array([released.fact(_wide_name(part.name, group)).value for group in part.groups])
    ladders: tuple[Ladder, ...] = ()
    recorded_ladder = None
    if any(each.kind == "quantile" for each in measures):
        steps = part.ladder_weeks(released.rule)
        days = (-1, *(7 * each for each in steps[1:]))
        ladders = tuple(
            ladder_of(released, row, steps) for row in cells_of(population, part.columns, names, overs=days)
        )
        recorded_ladder = ladder_of(released, recorded_cells(population, part.columns, overs=days), steps)
    return ReleasedQuestion(
        part.columns, part.name, tuple(part.groups), part.known, reference, released.rule, shown[0],
        persons if counted else shown[0] if part.persons is not None else np.full(len(names), np.nan),
        wide, float(totals[0]), float(everyone[0]), weeks, shown[1:], totals[1:], everyone[1:],
        ladders, recorded_ladder, part.unseen,
    )  # fmt: skip


def sides_of(part: Question, reference: Reference, population: str) -> SidesOf:
    """Return the cells of both sides of each comparison."""
    return SidesOf(population, part.columns, _names(part), part.groups, reference)


def weeks_of(measures: Sequence[Measure]) -> tuple[int, ...]:
    """Return the numbers of weeks that shares are asked over, in rising order."""
    return tuple(sorted({each.weeks for each in measures if each.is_share}))


def _overs(weeks: Sequence[int]) -> tuple[int, ...]:
    return (-1, *(7 * each for each in weeks))


def _names(part: Question) -> list[str | tuple[str, ...]]:
    return [tuple(group.split(_CROSS)) if len(part.columns) > 1 else group for group in part.groups]


def _people(question: str) -> str:
    """People where pathways are counted beside them; one person may be in two groups, so each question has its own total."""
    return f"people by {question}"


def _wide_name(question: str, group: str) -> str:
    return f"design effect, {question}: {group}"
