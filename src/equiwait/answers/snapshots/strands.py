"""A year of counts as they ask to be released, and as they may be shown: lists and joiners of each month, by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.named_groups import NamedGroups
from equiwait.answers.snapshots.monthly_counts import EVENTS, FOLLOWED, Month, Monthly
from equiwait.counts.waits.groups import CROSS, question_name, reading_order
from equiwait.counts.waits.references import Given, Reference, reference_of
from equiwait.disclosure import AdjustedGap, Cell, Counts, DesignEffect, ReleasedCounts, Sum, together
from equiwait.disclosure.cells import RECORDED
from equiwait.rows.intake.extract_dates import MISSING
from equiwait.statistics import kaplan_meier, survival_at

__all__ = ["JOINED", "LIST", "Point", "Strand", "exact_counts", "point_of", "strands_of"]

Floats = NDArray[np.float64]
JOINED, LIST = "joined", "on the list"
_LEAST = 8  # people with and without the event, for a share that is not a count to be given at all


@dataclass(frozen=True)
class Strand:
    """One question of one part: its groups by name, its months, who is compared with whom. No number of people is in it."""

    part: str
    each: str
    groups: NamedGroups
    question: tuple[str, ...]
    labels: tuple[str, ...]
    reference: Reference
    months: tuple[Month, ...]
    days: int
    last: str

    def population(self, series: str, month: Month) -> str:
        """Return what the people of a month are called."""
        return f"open {month.day}" if series == LIST else f"joined in {month.month}, followed to {self.last}"

    def cells(self, series: str, month: Month, event: str = "", over: int = -1) -> NDArray[np.object_]:
        """Return the cell of each group."""
        return self.groups.cells(self.population(series, month), event, over)

    def recorded(self, series: str, month: Month, event: str = "", over: int = -1) -> Cell:
        """Return the cell of all whose group is recorded."""
        pairs = [*self._where, *((column, RECORDED) for column in self.question)]
        return Cell(self.population(series, month), tuple(sorted(pairs)), event, over)

    def whole(self, series: str, month: Month, event: str = "", over: int = -1) -> Cell:
        """Return the cell of everybody of the part."""
        return Cell(self.population(series, month), tuple(self._where), event, over)

    def counts(self, series: str, month: Month, people: Floats, event: str = "", over: int = -1) -> Counts:
        """Return exact counts of the groups, of everybody, and of all whose group is recorded."""
        cells, known = self.cells(series, month, event, over), self.groups.recorded
        whole, recorded = self.whole(series, month, event, over), self.recorded(series, month, event, over)
        totals = [people.sum(), people[known].sum()]
        sums = (Sum(whole, tuple(cells)), Sum(recorded, tuple(cells[known])))
        return Counts((*cells, whole, recorded), np.array([*people, *totals], np.float64), sums)

    def name(self, what: str, series: str, month: Month, label: str) -> str:
        """Return what a coarse figure is called."""
        return f"{what}, {self.population(series, month)}, {self.part}, {self.groups.question}: {label}"

    @property
    def _where(self) -> list[tuple[str, str]]:
        return [(self.each, self.part)] if self.each else []


def strands_of(
    monthly: Monthly, question: tuple[str, ...], each: str | None, days: int, given: Given, last: str
) -> list[Strand]:
    """Return the strands of a question: one, or one for each value of ``each``."""
    found = []
    every = pd.concat([monthly.lists, monthly.joined])[["part", "group", "known"]].drop_duplicates()
    for part, months in monthly.months.items():
        here = every[every["part"] == part]
        names = sorted(here["group"], key=lambda name: reading_order(question, str(name)))
        known = here.set_index("group")["known"].reindex(names)
        crossed = [f"{part}{CROSS}{name}" for name in names] if each else names
        columns = (each, *question) if each else question
        groups = NamedGroups(question_name(question), tuple(columns), tuple(crossed), tuple(map(bool, known)))
        reference = reference_of(groups.question, names, groups.recorded, given)
        found.append(Strand(part, each or "", groups, question, tuple(names), reference, months, days, last))
    return found


# --- exact -----------------------------------------------------------------------------------------------------------


def exact_counts(strand: Strand, monthly: Monthly) -> Counts:
    """Return what a strand asks to be released: people, people over the threshold, and shares of those who joined."""
    parts: list[Counts] = []
    lists = monthly.lists[monthly.lists["part"] == strand.part]
    shown = [month for month in strand.months if month.state != MISSING]
    for month in shown:
        here = lists[lists["month"] == month.month].set_index("group").reindex(list(strand.labels))
        n, over, early = (here[name].fillna(0.0).to_numpy(np.float64) for name in ("n", "over", "early"))
        wide = here["wide"].fillna(1.0).to_numpy(np.float64)
        parts.append(strand.counts(LIST, month, n).with_facts(_effects(strand, LIST, month, wide)))
        parts.append(strand.counts(LIST, month, over, over=strand.days))
        if month is shown[-1]:
            parts.append(strand.counts(LIST, month, early, event=f"joined before {monthly.cut}", over=strand.days))
    parts += [_joined(strand, monthly, month) for month in strand.months if month.joiners == FOLLOWED]
    return together(parts)


def _effects(strand: Strand, series: str, month: Month, wide: Floats) -> dict[str, DesignEffect]:
    pairs = zip(strand.labels, wide.tolist(), strict=False)
    return {strand.name("design effect", series, month, label): DesignEffect(max(each, 1.0)) for label, each in pairs}


def _joined(strand: Strand, monthly: Monthly, month: Month) -> Counts:
    """People who joined in a month, and the share of them not treated by the threshold if nobody left otherwise."""
    flows = monthly.joined[(monthly.joined["part"] == strand.part) & (monthly.joined["month"] == month.month)]
    cube = np.zeros((len(EVENTS), len(strand.labels), strand.days + 2))
    place = {label: at for at, label in enumerate(strand.labels)}
    rows = [EVENTS.index(each) for each in flows["event"]], [place[each] for each in flows["group"]], flows["day"]
    np.add.at(cube, tuple(np.asarray(each, np.int64) for each in rows), flows["people"].to_numpy(np.float64))
    wide = monthly.wide[(monthly.wide["part"] == strand.part) & (monthly.wide["month"] == month.month)]
    spread = wide.set_index("group")["wide"].reindex(list(strand.labels)).fillna(1.0).to_numpy(np.float64)
    n = cube[0].sum(1)
    known = strand.groups.recorded
    pooled = np.concatenate([cube, cube[:, known].sum(1, keepdims=True)], axis=1)
    sizes = np.append(n, n[known].sum())
    average = float((spread * n)[known].sum() / n[known].sum()) if n[known].sum() else 1.0
    share, effect, allowed = _shares(pooled, sizes, np.append(spread, average), strand.days)
    sides = [*strand.cells(JOINED, month), strand.recorded(JOINED, month)]
    labels = [*strand.labels, RECORDED]
    facts = {
        strand.name("share", JOINED, month, label): AdjustedGap(float(value), ((side,),), allowed=bool(can))
        for label, value, side, can in zip(labels, share, sides, allowed, strict=True)
    }
    effects = {
        strand.name("design effect", JOINED, month, label): DesignEffect(float(each))
        for label, each in zip(labels, effect, strict=True)
    }
    return strand.counts(JOINED, month, n).with_facts({**facts, **effects})


def _shares(cube: Floats, n: Floats, spread: Floats, days: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return Kaplan and Meier's share still waiting after the threshold, and how it may be released.

    Second: how many times its variance is that of a plain share; third: whether enough people are on both sides of it.
    """
    entered, treated, otherwise, still = cube
    curve = kaplan_meier(treated, otherwise + still, entered)
    found = survival_at(curve, days)
    share, error = np.asarray(found.value), np.asarray(found.std_error)
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = share * (1 - share) / n
        effect = np.where(plain > 0, np.maximum(error**2 / plain, 1.0), 1.0) * spread
    past = still[:, days + 1]
    return share, np.where(np.isfinite(effect), effect, 1.0), (treated.sum(1) >= _LEAST) & (past >= _LEAST)


# --- released --------------------------------------------------------------------------------------------------------


class Point(NamedTuple):
    """One month of one series as it may be shown: events and people of each group, and of those it stands against."""

    n: Floats
    events: Floats
    n_base: Floats
    events_base: Floats
    wide: Floats
    wide_base: Floats
    unrecorded: float
    everyone: float


def point_of(strand: Strand, released: ReleasedCounts, series: str, month: Month) -> Point:
    """Return one month of one series from released counts alone."""
    n = released.people(strand.cells(series, month))
    recorded = float(released.people(strand.recorded(series, month)))
    everyone = float(released.people(strand.whole(series, month)))
    if series == LIST:
        events = released.people(strand.cells(series, month, over=strand.days))
        events_recorded = float(released.people(strand.recorded(series, month, over=strand.days)))
    else:
        events = n * _facts(strand, released, "share", month, strand.labels)
        events_recorded = recorded * float(_facts(strand, released, "share", month, [RECORDED])[0])
    wide = np.array([released.fact(strand.name("design effect", series, month, each)).value for each in strand.labels])
    wide = np.where(np.isnan(wide), 1.0, np.maximum(wide, 1.0))
    events = np.minimum(events, n)
    n_base = strand.reference.shown(n, recorded)
    events_base = np.minimum(strand.reference.shown(events, events_recorded), n_base)
    wide_base = strand.reference.design_effect(np.nan_to_num(n), wide)
    unrecorded = max(1 - recorded / everyone, 0.0) if everyone > 0 else float("nan")
    return Point(n, events, n_base, events_base, wide, wide_base, unrecorded, everyone)


def _facts(strand: Strand, released: ReleasedCounts, what: str, month: Month, labels: Sequence[str]) -> Floats:
    return np.array([released.fact(strand.name(what, JOINED, month, each)).value for each in labels], np.float64)
