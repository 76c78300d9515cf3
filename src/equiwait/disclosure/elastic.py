"""The elastic programme: which shown counts leave their rounding, at least cost, so that one count can move as far as it must.

The formulation is ours: two solutions at once, the count that must move so far apart in them, and a price for how far each
shown count leaves its rounding in either.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from equiwait.disclosure.relations import MOST_PEOPLE
from equiwait.disclosure.relaxations import Equations, without_slack
from equiwait.disclosure.solver import Inequalities, Solver

__all__ = ["Movable", "cheapest"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_MOVED = 1e-6
_MANY = 400  # columns, beyond which whether anything need leave its bounds is asked first


class Movable(NamedTuple):
    """Which columns may leave their bounds, down to ``least``, and what it costs each to go as far as 1."""

    columns: Flags
    price: Floats
    least: float


def cheapest(given: Equations, movable: Movable, one: int, apart: int) -> Flags | None:
    """Return which columns leave their bounds in two cheapest solutions with ``one`` so far apart; None if there are none.

    Where several move, prices are set a second time, by how little each moved, so that few do; those that need not are let go,
    the dearest first. One that moves alone is the cheapest at the new prices too.
    """
    nothing = np.zeros(len(given.low), bool)
    if len(nothing) > _MANY and _most_apart(given, movable, nothing, one) >= apart:
        return nothing
    programme = _Programme(given, movable, one, apart)
    price = movable.price[programme.moving]
    moved = programme.solved(price)
    if moved is not None and (moved > _MOVED).sum() > 1:
        moved = programme.solved(price / (moved + 0.25))
    if moved is None:
        return None
    chosen = np.zeros(len(given.low), bool)
    chosen[programme.moving[moved > _MOVED]] = True
    for each in sorted(np.flatnonzero(chosen), key=lambda at: -movable.price[at]):
        fewer = chosen & (np.arange(len(chosen)) != each)
        if fewer.any() and _most_apart(given, movable, fewer, one) >= apart:
            chosen = fewer
    return chosen


def _most_apart(given: Equations, movable: Movable, free: Flags, one: int) -> float:
    """Return how far apart two solutions can be in a column if some others leave their bounds."""
    low, high = np.where(free, movable.least, given.low), np.where(free, MOST_PEOPLE, given.high)
    freed = Equations(given.matrix, given.sums, low, high)
    cost = np.zeros(len(low))
    cost[one] = 1
    return _MOVED - freed.relaxed(-cost).cost - freed.relaxed(cost).cost


class _Programme:
    """The columns of the first solution, of the second, and how far each that may move leaves its bounds."""

    def __init__(self, given: Equations, movable: Movable, one: int, apart: int) -> None:
        self.moving = np.flatnonzero(movable.columns)
        asked = movable.columns.copy()
        asked[one] = True
        low = np.where(movable.columns, movable.least, given.low)
        high = np.where(movable.columns, MOST_PEOPLE, given.high)
        rest = without_slack(Equations(given.matrix, given.sums, low, high), asked)
        place = np.searchsorted(rest.kept, self.moving)
        self.low, self.high = (np.tile(ends[rest.kept], 2) for ends in (low, high))
        matrix = _matrix(rest.matrix, place, int(np.searchsorted(rest.kept, one)))
        ends = given.low[self.moving], given.high[self.moving]
        free = np.full(len(self.moving), np.inf)
        least = [rest.least, rest.least, -free, ends[0], -free, ends[0], np.array([apart])]
        most = [rest.most, rest.most, ends[1], free, ends[1], free, np.array([np.inf])]
        within = np.append(self.low, np.zeros(len(free))), np.append(self.high, free)
        self.asked = Inequalities(matrix, np.concatenate(least), np.concatenate(most), *within)

    def solved(self, price: Floats) -> Floats | None:
        """Return how far each leaves its bounds in the cheapest solution.

        Several may be as cheap, and the path of the solver decides which comes back: so it begins anew each time, and equal
        figures have equal marks whatever was asked before.
        """
        found = Solver(self.asked, simplified=True).cheapest(np.append(np.zeros(len(self.low)), price)).point
        return None if found is None else found[len(self.low) :]


def _matrix(equations: csc_array, moving: NDArray[np.intp], one: int) -> csr_array:
    """Both solutions keep the equations; each that moves is within its bounds but for its distance; ``one`` is apart."""
    entries = equations.tocoo()
    rows, columns = equations.shape
    many = len(moving)
    each, aside = np.arange(many), 2 * columns + np.arange(many)
    after = [2 * rows + part * many + each for part in range(4)]
    plus, minus = np.ones(many), -np.ones(many)
    row = [entries.row, rows + entries.row, *np.repeat(after, 2, axis=0), [2 * rows + 4 * many] * 2]
    column = [
        entries.col, columns + entries.col,
        moving, aside, moving, aside, columns + moving, aside, columns + moving, aside,
        [one, columns + one],
    ]  # fmt: skip
    value = [entries.data, entries.data, plus, minus, plus, plus, plus, minus, plus, plus, [1.0, -1.0]]
    shape = (2 * rows + 4 * many + 1, 2 * columns + many)
    return csr_array((np.concatenate(value), (np.concatenate(row), np.concatenate(column))), shape=shape)
