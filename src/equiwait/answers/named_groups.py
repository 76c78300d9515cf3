"""The groups of a question by name alone: what an answer may know of them, and the cells that their counts stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equiwait.answers.grouped_people import EVERYONE
from equiwait.counts.waits import Groups
from equiwait.counts.waits.groups import CROSS
from equiwait.disclosure import (
    Cells,
    Counts,
    DesignEffect,
    ReleasedCounts,
    cells_of,
    everyone_cells,
    recorded_cells,
    row_notes,
    tally,
)

__all__ = ["NamedGroups", "Shown", "named", "noted", "shown_of"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class NamedGroups:
    """A question, its columns, its groups, and which of them are recorded; no number of people is in it."""

    question: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    known: tuple[bool, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """The groups of which it is not known who is in them."""
        return tuple(name for name, known in zip(self.names, self.known, strict=True) if not known)

    @property
    def recorded(self) -> Flags:
        """Which groups are recorded ones."""
        return np.array(self.known, bool)

    def only(self, which: Flags) -> NamedGroups:
        """Return these groups alone."""
        kept = np.flatnonzero(which).tolist()
        return NamedGroups(
            self.question, self.columns, tuple(self.names[at] for at in kept), tuple(self.known[at] for at in kept)
        )

    def cells(self, population: str, event: str = "", over: int = -1) -> Cells:
        """Return the cell of each group."""
        return cells_of(population, self.columns, self.parts, event=event, overs=[over])[:, 0]

    def everyone(self, population: str, event: str = "", over: int = -1) -> Any:
        """Return the cell of everybody."""
        return everyone_cells(population, event=event, overs=[over])[0]

    def all_recorded(self, population: str, event: str = "", over: int = -1) -> Any:
        """Return the cell of everybody whose group is recorded; of a question without groups, of everybody."""
        if not self.columns:
            return self.everyone(population, event, over)
        return recorded_cells(population, self.columns, event=event, overs=[over])[0]

    def tally(self, population: str, people: ArrayLike, *, event: str = "", overs: Sequence[int] = (-1,)) -> Counts:
        """Return exact counts of the groups, of everybody, and of all whose group is recorded."""
        return tally(
            population,
            self.columns,
            self.parts,
            people,
            event=event,
            overs=overs,
            known=self.recorded if self.columns else None,
        )

    def widened(self, counts: Counts, wide: Floats, of: str = "") -> Counts:
        """Return counts with how far repeated people widen each group's intervals; ``of`` says among whom, if not all."""
        return counts.with_facts(
            {self._wide(name, of): DesignEffect(each) for name, each in zip(self.names, wide.tolist(), strict=True)}
        )

    def wide(self, released: ReleasedCounts, of: str = "") -> Floats:
        """Return how far repeated people widen each group's intervals, as it may be shown."""
        return np.array([released.fact(self._wide(name, of)).value for name in self.names])

    def _wide(self, name: str, of: str) -> str:
        return f"design effect, {self.question}: {name}{f', {of}' if of else ''}"

    @property
    def parts(self) -> list[tuple[str, ...]]:
        """The names of the groups, column by column; everyone has none."""
        if not self.columns:
            return [()]
        return [tuple(name.split(CROSS)) if len(self.columns) > 1 else (name,) for name in self.names]


def named(groups: Groups, columns: Sequence[str] = ()) -> NamedGroups:
    """Return what an answer may know of the groups of a question; everybody together has no columns."""
    known = tuple(groups.known.tolist())
    return NamedGroups(groups.question or EVERYONE, tuple(columns), tuple(groups.names), known)


@dataclass(frozen=True)
class Shown:
    """Events and people of each group as they may be shown, and where a row is hidden."""

    events: Floats
    n: Floats
    hidden: Flags


def shown_of(released: ReleasedCounts, events: Cells, n: Cells) -> Shown:
    """Return released counts, never more events than people, and no events where either is hidden."""
    people = released.people(n)
    some = np.minimum(released.people(events), people)
    return Shown(some, people, np.isnan(some))


def noted(released: ReleasedCounts, *cells: Cells, whom: str = "people") -> list[str]:
    """Return for each row why one of its counts is not shown; nothing where all are."""
    return row_notes(released.rule, np.column_stack([released.marked(each) for each in cells]), whom)
