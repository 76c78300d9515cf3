"""What a count is of: cells with keys that mean the same in every answer, and the relations between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import isnan, nan
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BESIDE",
    "LEFT_OUT",
    "PEOPLE",
    "RECORDED",
    "SHARED",
    "SHOWN",
    "SMALL",
    "UNTOLD",
    "AdjustedGap",
    "Cell",
    "Cells",
    "Counts",
    "DesignEffect",
    "Sum",
    "cells_of",
    "count",
    "everyone_cells",
    "nested",
    "recorded_cells",
    "tally",
    "together",
]

Cells: TypeAlias = NDArray[np.object_]
SHOWN, SMALL, SHARED, BESIDE, LEFT_OUT, UNTOLD = range(6)
"""Shown; hidden as small; 0 or small, part of a hidden count; hidden so that another cannot be worked out; left out; hidden
by others, who do not say why."""

PEOPLE = "people"
"""The event of being counted once, however many pathways somebody has; a pathway without a person's number is one."""

RECORDED = "(all recorded)"
"""The group of everybody of whom a question's answer is recorded."""


class Cell(NamedTuple):
    """What a count is of. Equal cells in two answers are the same count.

    Parameters
    ----------
    population : str
        One name for one set of rows: ``"open 2026-10-31"``.
    groups : tuple of (str, str)
        Sorted pairs of column and group; empty for everyone.
    event : str
        What happened to them, or is so: ``"treated"``; empty for all of them.
    over : int
        Waited more than so many days; -1 for any wait.
    """

    population: str
    groups: tuple[tuple[str, str], ...] = ()
    event: str = ""
    over: int = -1

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its groups are of."""
        return tuple(column for column, _ in self.groups)

    @property
    def table(self) -> tuple[str, tuple[str, ...], str]:
        """The table that it stands in: what is left out together where it cannot be made safe."""
        return self.population, self.columns, self.event


class Sum(NamedTuple):
    """A count that is the sum of others, who have nobody in common."""

    parent: Cell
    parts: tuple[Cell, ...]


class DesignEffect(NamedTuple):
    """How far repeated people widen an interval: released rounded up to a step."""

    value: float


class AdjustedGap(NamedTuple):
    """A standardised figure: released on a grid of 5 over the shown people of its smaller side, where both sides are shown.

    Parameters
    ----------
    value : float
    sides : tuple of tuple of Cell
        The people of each side: a count, less those that are taken from it.
    needs : tuple of Cell
        What else must be shown.
    allowed : bool
        Whether it may be told at all: it rests on enough people, and on no stratum alone.
    end : int
        0 for a value; 1 for how far its interval goes to one side: half a step further, and up to the grid; -1 for down.
    """

    value: float
    sides: tuple[tuple[Cell, ...], ...]
    needs: tuple[Cell, ...] = ()
    allowed: bool = True
    end: int = 0


Fact: TypeAlias = DesignEffect | AdjustedGap


@dataclass(frozen=True, eq=False)
class Counts:
    """Exact counts that ask to leave the room: cells, people, sums, and the few coarse figures beside them.

    Parameters
    ----------
    cells : tuple of Cell
    people : ndarray of float
        Whole numbers; NaN where the source hides a count.
    sums : tuple of Sum
        Which counts are sums of which; that more days waited are fewer people follows from the cells themselves.
    facts : mapping
        Coarse figures by name.
    """

    cells: tuple[Cell, ...] = ()
    people: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    sums: tuple[Sum, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        """Return the cells of both; a cell of both has the same number in both."""
        return together([self, other])

    def with_sums(self, *sums: Sum) -> Counts:
        """Return the same with more said about which counts are sums of which."""
        return replace(self, sums=tuple(dict.fromkeys([*self.sums, *sums])))

    def with_facts(self, facts: Mapping[str, Fact]) -> Counts:
        """Return the same with coarse figures."""
        return replace(self, facts={**self.facts, **facts})


def together(several: Iterable[Counts]) -> Counts:
    """Return the cells of all; a cell that is in several has the same number in each, or is hidden at its source (NaN)."""
    people: dict[Cell, float] = {}
    sums: dict[Sum, None] = {}
    facts: dict[str, Fact] = {}
    for each in several:
        for cell, number in zip(each.cells, each.people.tolist(), strict=True):
            known = people.get(cell, nan)
            if isnan(known):
                people[cell] = number
            elif known != number and not isnan(number):
                raise ValueError("one cell has two different counts")
        sums.update(dict.fromkeys(each.sums))
        facts.update(each.facts)
    return Counts(tuple(people), np.array(list(people.values()), np.float64), tuple(sums), facts)


def count(cell: Cell, people: float) -> Counts:
    """Return one count.

    Examples
    --------
    >>> count(Cell("open"), 120).people
    array([120.])
    """
    return Counts((cell,), np.array([people], np.float64))


def cells_of(
    population: str,
    columns: str | Sequence[str],
    groups: Sequence[Any],
    *,
    event: str = "",
    overs: Sequence[int] = (-1,),
) -> Cells:
    """Return the cells of a question, groups × overs.

    Parameters
    ----------
    population : str
    columns : str or sequence of str
        The column asked about, or several that are crossed.
    groups : sequence
        Names of groups; for several columns, tuples of names.
    event : str
    overs : sequence of int
        Days.

    Examples
    --------
    >>> cells_of("open", "sex", ["Female"], overs=[-1, 126])[0, 1]
    Cell(population='open', groups=(('sex', 'Female'),), event='', over=126)
    """
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    made: Cells = np.empty((len(groups), len(overs)), object)
    for row, group in enumerate(groups):
        values = (group,) if isinstance(group, str) else tuple(group)
        pairs = tuple(sorted(zip(names, map(str, values), strict=True)))
        for column, over in enumerate(overs):
            made[row, column] = Cell(population, pairs, event, int(over))
    return made


def everyone_cells(population: str, *, event: str = "", overs: Sequence[int] = (-1,)) -> Cells:
    """Return the cells of everybody, one for each of ``overs``."""
    made = np.empty(len(overs), object)
    made[:] = [Cell(population, (), event, int(over)) for over in overs]
    return made


def recorded_cells(
    population: str, columns: str | Sequence[str], *, event: str = "", overs: Sequence[int] = (-1,)
) -> Cells:
    """Return the cells of everybody whose answer to a question is recorded, one for each of ``overs``."""
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    return cells_of(population, names, [(RECORDED,) * len(names)], event=event, overs=overs).ravel()


def tally(
    population: str,
    columns: str | Sequence[str],
    groups: Sequence[Any],
    people: ArrayLike,
    *,
    overs: Sequence[int] = (-1,),
    event: str = "",
    known: ArrayLike | None = None,
) -> Counts:
    """Return the counts of a question: each group, everyone, and all whose answer is recorded.

    Parameters
    ----------
    population, columns, groups, event
        As in `cells_of`; without columns everyone is the one group, ``[()]``.
    people : array_like, shape (groups, overs) or (groups,)
        How many of each group waited more than each of ``overs`` days: cumulative, never of a band.
    overs : sequence of int
        Days; -1 for any wait.
    known : array_like of bool, optional
        Which groups are recorded ones; without it no recorded total is made.

    Returns
    -------
    Counts
        Everyone is the sum of the groups; the recorded total that of the recorded ones.

    Examples
    --------
    >>> counts = tally("open", "sex", ["Female", "Male"], [[30, 12], [20, 9]], overs=[-1, 126])
    >>> counts.people.tolist()
    [50.0, 21.0, 30.0, 12.0, 20.0, 9.0]
    """
    cells = cells_of(population, columns, groups, event=event, overs=overs)
    counts = np.asarray(people, np.float64).reshape(cells.shape)
    if not columns:  # everyone is the one group
        return Counts(tuple(cells.ravel()), counts.ravel())
    totals = [(everyone_cells(population, event=event, overs=overs), np.ones(len(groups), bool))]
    if known is not None:
        totals.append((recorded_cells(population, columns, event=event, overs=overs), np.asarray(known, bool)))
    keys: list[Cell] = []
    numbers: list[NDArray[np.float64]] = []
    sums: list[Sum] = []
    for total, among in totals:
        keys += total.tolist()
        numbers.append(counts[among].sum(0))
        sums += [Sum(cell, tuple(cells[among, place])) for place, cell in enumerate(total)]
    return Counts((*keys, *cells.ravel()), np.concatenate([*numbers, counts.ravel()]), tuple(sums))


def nested(cells: Sequence[Cell]) -> list[tuple[Cell, Cell]]:
    """Return the pairs of cells of which the second is some of the people of the first.

    More days waited are fewer people; those with an event are some of the people.

    Examples
    --------
    >>> [(a.over, b.over) for a, b in nested([Cell("open"), Cell("open", over=126), Cell("open", over=364)])]
    [(-1, 126), (126, 364), (-1, 364)]
    """
    ladders: dict[tuple[Any, ...], list[Cell]] = {}
    for cell in cells:
        ladders.setdefault(cell[:3], []).append(cell)
    pairs: list[tuple[Cell, Cell]] = []
    for (population, groups, event), rungs in ladders.items():
        rungs.sort(key=lambda cell: cell.over)
        pairs += pairwise(rungs)
        pairs += [(rungs[0], rung) for rung in rungs[2:]]
        if event:
            whole = {cell.over: cell for cell in ladders.get((population, groups, ""), ())}
            pairs += [(whole[rung.over], rung) for rung in rungs if rung.over in whole]
    return pairs
