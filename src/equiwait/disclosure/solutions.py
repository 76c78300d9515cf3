"""Whole solutions of what is published: which values a hidden count can still have, by integer programmes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from equiwait.disclosure.relations import Relations, propagate
from equiwait.disclosure.whole_numbers import Near, Solved, neighbourhood, touched, whole_solution

__all__ = ["Found", "Programme", "possible_values", "programme"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Wholes = NDArray[np.intp]

_ROUNDS = 16  # joint searches before each count gets its own
_FEW = 8  # counts that a joint search serves, below which searches near each are the quicker
_NEAR = 400  # columns around one, before its programme takes in everything
_LARGEST = 30_000  # columns of the largest programme that is solved
_AT_A_TIME = 12  # counts known too closely, before something is hidden for them


class Found(NamedTuple):
    """What a search has found of each column: the smallest and largest value seen, and the work that it took.

    ``certain`` says where these are the smallest and largest that are possible, not only seen; ``work`` is how many columns
    the programmes had together; ``searchable``, whether what hangs together is small enough to be searched at all.
    """

    low: Floats
    high: Floats
    certain: Flags
    work: int
    searchable: bool = True


@dataclass(frozen=True)
class Programme:
    """The part of the equations that matters to some columns, with bounds already narrowed."""

    matrix: csr_array
    columns: Wholes
    low: Floats
    high: Floats

    @cached_property
    def rows_of(self) -> csr_array:
        """The equations of each column."""
        return csr_array(self.matrix.T)

    def solve(self, cost: Floats, *, least: bool = True) -> Solved:
        """Return the whole-number solution of least cost, or any near it if it need not be the least."""
        nothing = np.zeros(self.matrix.shape[0])
        return whole_solution(cost, self.matrix, nothing, self.low, self.high, least=least)

    def near(self, column: int) -> Near:
        """Return what is around a column."""
        return neighbourhood(self.matrix, self.rows_of, column, _NEAR)

    def solve_within(self, cost: Floats, near: Near, point: Floats) -> Solved:
        """Return the solution of least cost that differs from another, ``point``, only near a column."""
        part = self.matrix[touched(self.rows_of, near.columns)][:, near.columns]
        sums = part @ point[near.columns]
        found = whole_solution(cost[near.columns], part, sums, self.low[near.columns], self.high[near.columns])
        if found.values is None:
            return found
        moved = point.copy()
        moved[near.columns] = found.values
        return Solved(moved, False, found.work)

    def most_within(self, column: int, direction: float, near: Near) -> float:
        """Return a bound of a column, the largest (-1) or smallest (1): from the equations near it alone."""
        cost = np.where(near.columns == column, direction, 0.0)
        part = self.matrix[near.rows][:, near.columns]
        bounds = Bounds(self.low[near.columns], self.high[near.columns])
        done = milp(cost, constraints=LinearConstraint(part, 0, 0), bounds=bounds)
        return -direction * np.inf if done.x is None else -direction * float(np.floor(-done.fun + 1e-6))


def programme(
    system: Relations, given: tuple[Floats, Floats], narrowed: tuple[Floats, Floats], risky: Flags
) -> Programme:
    """Return the equations that can narrow a risky column beyond its bounds.

    An equation is left out if one of its columns stands in no other, is not risky, and can take whatever the others leave
    it; so is a column whose value is certain.
    """
    matrix, (low, high) = system.matrix, narrowed
    if not matrix.nnz:
        return Programme(matrix, np.zeros(0, np.intp), np.zeros(0), np.zeros(0))
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    column, plus = matrix.indices, matrix.data > 0
    least, most = np.where(plus, low[column], -high[column]), np.where(plus, high[column], -low[column])
    starts = matrix.indptr[:-1]
    below, above = -(np.add.reduceat(most, starts)[row] - most), -(np.add.reduceat(least, starts)[row] - least)
    floor, ceiling = np.where(plus, below, -above), np.where(plus, above, -below)
    free = ~risky[column] & (floor >= given[0][column] - 1e-6) & (ceiling <= given[1][column] + 1e-6)
    kept = np.ones(matrix.shape[0], bool)
    while True:
        uses = np.bincount(column[kept[row]], minlength=matrix.shape[1])
        drop = np.zeros(len(kept), bool)
        drop[row[free & (uses[column] == 1) & kept[row]]] = True
        if not drop.any():
            break
        kept &= ~drop
    rows = matrix[np.flatnonzero(kept)]
    used = np.unique(rows.indices)
    return Programme(csr_array(rows[:, used]), used.astype(np.intp), low[used], high[used])


def possible_values(
    system: Relations, given: tuple[Floats, Floats], wanted: Flags, enough: int, *, most: int, seen: Found | None = None
) -> Found:
    """Search for solutions until ``enough`` values of each wanted column are seen to be possible, or shown not to be.

    Parameters
    ----------
    system : Relations
    given : tuple of ndarray
        Bounds of every column from what is published of it.
    wanted : ndarray of bool
        Which columns are searched for.
    enough : int
        How many values must be seen to lie between two solutions, both counted: 5 means four apart.
    most : int
        How many columns the programmes that are solved may have together: a limit that does not depend on the clock.
    seen : Found, optional
        What an earlier search has found, under bounds that were no wider: its solutions are solutions still.

    Returns
    -------
    Found
        Bounds by propagation where no equation can narrow a column further; else what was seen. Too large a system is not
        searched at all.
    """
    narrowed = propagate(system, *given)
    found = _Search(system, given, narrowed, wanted, enough, seen)
    searchable = len(found.part.columns) <= _LARGEST
    if searchable:
        found.jointly(most)
        found.unmoved(most)
        found.one_by_one(most)
    return Found(found.low, found.high, found.certain, found.work, searchable)


class _Search:
    """A search in progress: what has been seen so far, and how much work it has taken."""

    def __init__(
        self,
        system: Relations,
        given: tuple[Floats, Floats],
        narrowed: tuple[Floats, Floats],
        wanted: Flags,
        enough: int,
        seen: Found | None,
    ) -> None:
        self.part = programme(system, given, narrowed, wanted)
        self.enough, self.work = enough, 0
        self.least = narrowed[0]
        self.low, self.high = narrowed[0].copy(), narrowed[1].copy()
        inside = np.zeros(len(wanted), bool)
        inside[self.part.columns] = True
        self.open = wanted & inside & (narrowed[1] > narrowed[0])
        self.low[self.open] = np.inf if seen is None else seen.low[self.open]
        self.high[self.open] = -np.inf if seen is None else seen.high[self.open]
        self.certain = ~self.open
        self.points: list[Floats] = []

    @property
    def lacking(self) -> Flags:
        """Which columns have not been seen to take enough values, and may still."""
        return np.asarray(self.open & ~self.certain & ~(self.high - self.low + 1 >= self.enough))

    def jointly(self, most: int) -> None:
        """Push all columns that lack values up, then down, then some up and some down."""
        for number in range(_ROUNDS):
            lacking = self.lacking[self.part.columns]
            if not lacking.any() or self.work >= most:
                return
            before = int(lacking.sum())
            place = np.cumsum(lacking) - 1
            # Signs that differ from round to round and from column to column: bits of the column's place.
            sign = np.where((place >> max(number // 2 - 1, 0)) % 2 == 0, 1.0, -1.0) if number > 1 else 1.0
            cost = np.where(lacking, sign * (1.0 if number % 2 else -1.0), 0.0)
            self.see(self.part.solve(cost, least=False), keep=True)
            if number > 1 and before - int(self.lacking.sum()) < _FEW:
                return

    def unmoved(self, most: int) -> None:
        """Push up, together, all columns that were never seen above the least that they can be: if none moves, none can."""
        while self.work < most:
            still = (self.lacking & (self.high <= self.least))[self.part.columns]
            if not still.any():
                return
            if not self.see(self.part.solve(-still.astype(float))):
                return
            if (self.high <= self.least)[self.part.columns[still]].all():
                self.certain[self.part.columns[still]] = True
                return

    def one_by_one(self, most: int) -> None:
        """Find larger and smaller values of each column that still lacks some: near at hand first, and then anywhere.

        What the equations near at hand do not allow need not be looked for further away. Once some are certain to lack
        values, the rest is left for the next search: what is hidden for these few mostly serves others too.
        """
        lacking_for_good = 0
        for column in np.flatnonzero(self.lacking):
            if self.work >= most or lacking_for_good == _AT_A_TIME:
                return
            at = int(np.searchsorted(self.part.columns, column))
            near = self.part.near(at)
            ends = [self.end(int(column), at, near, direction) for direction in (-1.0, 1.0)]
            if self.lacking[column] and all(ends):
                self.certain[column] = True
                lacking_for_good += 1

    def end(self, column: int, at: int, near: Near, direction: float) -> bool:
        """Look for the largest (-1) or smallest (1) value of a column; return whether it was certainly found."""
        cost = np.zeros(len(self.part.columns))
        cost[at] = direction
        if self.points and self.lacking[column]:
            best = min(self.points, key=lambda point: direction * point[at])
            self.see(self.part.solve_within(cost, near, best))
        if not self.lacking[column]:
            return False
        self.work += len(near.columns)
        if (self.high if direction < 0 else self.low)[column] == self.part.most_within(at, direction, near):
            return True
        return self.see(self.part.solve(cost))

    def see(self, solved: Solved, *, keep: bool = False) -> bool:
        """Note the values of a solution, if there is one: each is possible. Return whether it is surely the least."""
        self.work += solved.work
        if solved.values is None:
            return False
        self.points += [solved.values] if keep else []
        inside = self.open[self.part.columns]
        column, value = self.part.columns[inside], solved.values[inside]
        self.low[column] = np.minimum(self.low[column], value)
        self.high[column] = np.maximum(self.high[column], value)
        return solved.least
