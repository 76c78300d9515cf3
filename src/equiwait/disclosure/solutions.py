"""Whole solutions of what is published: which values a hidden count can still have, by integer programmes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from equiwait.disclosure.relations import Relations, hang_together, left_by_others, part_of, propagate, touched
from equiwait.disclosure.relaxations import Equations
from equiwait.disclosure.whole_numbers import Near, Solved, neighbourhood, whole_solution

__all__ = ["Found", "Programme", "possible_values", "programmes"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Wholes = NDArray[np.intp]

_ROUNDS = 16  # joint searches before each count gets its own
_FEW = 8  # counts that a joint search serves, below which searches near each are the quicker
_AT_ONCE = 2_500  # columns of a part that the ends of a count are looked for in from the first
_NEAR = 400  # columns around one that are looked at first in a larger part
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
    """Equations that hang together and matter to some columns, with bounds already narrowed, and solutions found so far."""

    columns: Wholes
    equations: Equations
    points: list[Floats] = field(default_factory=list)

    def near(self, column: int) -> Near:
        """Return what is around a column."""
        return neighbourhood(self.equations.matrix, self.equations.rows_of, column, _NEAR)

    def solve_within(self, cost: Floats, near: Near, point: Floats) -> Solved:
        """Return the solution of least cost that differs from another, ``point``, only near a column."""
        within = self._part(touched(self.equations.rows_of, near.columns), near.columns, point)
        found = whole_solution(cost[near.columns], within)
        if found.values is None:
            return found
        moved = point.copy()
        moved[near.columns] = found.values
        return Solved(moved, False, found.work)

    def most_within(self, column: int, direction: float, near: Near) -> float:
        """Return a bound of a column, the largest (-1) or smallest (1): from the equations near it alone."""
        found = self._part(near.rows, near.columns).relaxed(np.where(near.columns == column, direction, 0.0))
        return -direction * (np.inf if found.point is None else float(np.floor(-found.cost + 1e-6)))

    def _part(self, rows: Wholes, columns: Wholes, point: Floats | None = None) -> Equations:
        """Return some of the equations over some of the columns; the others stay as in ``point``."""
        whole = self.equations
        part = part_of(whole.matrix, rows, columns)
        sums = whole.sums[rows] if point is None else part @ point[columns]
        return Equations(part, sums, whole.low[columns], whole.high[columns])


def programmes(
    system: Relations, given: tuple[Floats, Floats], narrowed: tuple[Floats, Floats], risky: Flags
) -> tuple[list[Programme], int]:
    """Return the equations that can narrow a risky column beyond its bounds, and how many columns they have.

    An equation is left out if one of its columns stands in no other, is not risky, and can take whatever the others leave
    it; so is a column whose value is certain. What then has no column in common is solved apart.
    """
    matrix, (low, high) = system.matrix, narrowed
    if not matrix.nnz:
        return [], 0
    row, column = system.entries.row, system.entries.column
    floor, ceiling = left_by_others(system.entries, low, high)
    free = ~risky[column] & (floor >= given[0][column]) & (ceiling <= given[1][column])
    kept = np.ones(matrix.shape[0], bool)
    while True:
        uses = np.bincount(column[kept[row]], minlength=matrix.shape[1])
        drop = np.zeros(len(kept), bool)
        drop[row[free & (uses[column] == 1) & kept[row]]] = True
        if not drop.any():
            break
        kept &= ~drop
    rows = csr_array(matrix[np.flatnonzero(kept)])
    return _apart(rows, low, high), int(np.count_nonzero(np.bincount(rows.indices, minlength=1)))


def _apart(matrix: csr_array, low: Floats, high: Floats) -> list[Programme]:
    """Return equations without the columns whose values are certain, those that hang together as one."""
    certain = low == high
    sums = -(matrix @ np.where(certain, low, 0.0))
    open_ones = np.flatnonzero(~certain)
    rest = csr_array(matrix[:, open_ones])
    rows_as_one, columns_as_one = hang_together(rest)
    found = []
    for one in np.unique(rows_as_one[np.diff(rest.indptr) > 0]):
        rows, mine = np.flatnonzero(rows_as_one == one), np.flatnonzero(columns_as_one == one)
        columns = open_ones[mine].astype(np.intp)
        part = part_of(rest, rows, mine)
        found.append(Programme(columns, Equations(part, sums[rows], low[columns], high[columns])))
    return found


def possible_values(
    system: Relations,
    given: tuple[Floats, Floats],
    wanted: Flags,
    enough: int,
    *,
    most: int,
    seen: Found | None = None,
    narrowed: tuple[Floats, Floats] | None = None,
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
    narrowed : tuple of ndarray, optional
        What `propagate` makes of the bounds, where that is known.

    Returns
    -------
    Found
        Bounds by propagation where no equation can narrow a column further; else what was seen. Too large a system is not
        searched at all.
    """
    found = _Search(system, given, narrowed or propagate(system, *given), wanted, enough, seen)
    if found.searchable:
        for part in found.parts:
            found.jointly(part, most)
            found.unmoved(part, most)
        found.one_by_one(most)
    return Found(found.low, found.high, found.certain, found.work, found.searchable)


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
        self.parts, columns = programmes(system, given, narrowed, wanted)
        self.searchable = columns <= _LARGEST
        self.enough, self.work = enough, 0
        self.least, self.most = narrowed
        self.low, self.high = narrowed[0].copy(), narrowed[1].copy()
        self.part_of = np.full(len(wanted), -1)
        for number, part in enumerate(self.parts):
            self.part_of[part.columns] = number
        self.open = wanted & (self.part_of >= 0) & (narrowed[1] > narrowed[0])
        self.low[self.open] = np.inf if seen is None else seen.low[self.open]
        self.high[self.open] = -np.inf if seen is None else seen.high[self.open]
        self.certain = ~self.open

    @property
    def lacking(self) -> Flags:
        """Which columns have not been seen to take enough values, and may still."""
        return np.asarray(self.open & ~self.certain & ~(self.high - self.low + 1 >= self.enough))

    def jointly(self, part: Programme, most: int) -> None:
        """Push all columns of a part that lack values up, then down, then some up and some down."""
        for number in range(_ROUNDS):
            lacking = self.lacking[part.columns]
            if not lacking.any() or self.work >= most:
                return
            place = np.cumsum(lacking) - 1
            # Signs that differ from round to round and from column to column: bits of the column's place.
            sign = np.where((place >> max(number // 2 - 1, 0)) % 2 == 0, 1.0, -1.0) if number > 1 else 1.0
            cost = np.where(lacking, sign * (1.0 if number % 2 else -1.0), 0.0)
            self.see(part, whole_solution(cost, part.equations, least=False), keep=True)
            if number > 1 and (lacking & ~self.lacking[part.columns]).sum() < _FEW:
                return

    def unmoved(self, part: Programme, most: int) -> None:
        """Push up, together, all columns that were never seen above the least that they can be: if none moves, none can."""
        while self.work < most:
            still = (self.lacking & (self.high <= self.least))[part.columns]
            if not still.any():
                return
            if not self.see(part, whole_solution(-still.astype(float), part.equations)):
                return
            if (self.high <= self.least)[part.columns[still]].all():
                self.certain[part.columns[still]] = True
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
            part = self.parts[self.part_of[column]]
            at = int(np.searchsorted(part.columns, column))
            near = part.near(at) if len(part.columns) > _AT_ONCE else None
            ends = [self.end(part, at, near, direction) for direction in (-1.0, 1.0)]
            if self.lacking[column] and all(ends):
                self.certain[column] = True
                lacking_for_good += 1

    def end(self, part: Programme, at: int, near: Near | None, direction: float) -> bool:
        """Look for the largest (-1) or smallest (1) value of a column, ``near`` it first; return whether it was certainly found."""
        column = part.columns[at]
        if self.at_end(column, direction):
            return True
        cost = np.zeros(len(part.columns))
        cost[at] = direction
        if near and part.points and self.lacking[column]:
            best = min(part.points, key=lambda point: direction * point[at])
            self.see(part, part.solve_within(cost, near, best))
        if not self.lacking[column]:
            return False
        if self.at_end(column, direction):
            return True
        if near:
            self.work += len(near.columns)
            if (self.high if direction < 0 else self.low)[column] == part.most_within(at, direction, near):
                return True
        return self.see(part, whole_solution(cost, part.equations))

    def at_end(self, column: int, direction: float) -> bool:
        """Return whether a column has been seen as large (-1), or as small (1), as single equations allow."""
        return bool(self.high[column] == self.most[column] if direction < 0 else self.low[column] == self.least[column])

    def see(self, part: Programme, solved: Solved, *, keep: bool = False) -> bool:
        """Note the values of a solution, if there is one: each is possible. Return whether it is surely the least."""
        self.work += solved.work
        if solved.values is None:
            return False
        if keep:
            part.points.append(solved.values)
        inside = self.open[part.columns]
        column, value = part.columns[inside], solved.values[inside]
        self.low[column] = np.minimum(self.low[column], value)
        self.high[column] = np.maximum(self.high[column], value)
        return solved.least
