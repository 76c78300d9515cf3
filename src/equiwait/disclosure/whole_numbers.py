"""Whole-number solutions of equations between counts, and which columns are near which."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from equiwait.disclosure.relations import part_of, touched
from equiwait.disclosure.relaxations import Equations
from equiwait.disclosure.solver import Inequalities, Solver

__all__ = ["Near", "Solved", "any_solution", "neighbourhood", "whole_solution"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Wholes = NDArray[np.intp]

_MOST_NODES = 400_000  # columns of all branches of one programme: a limit that does not depend on the clock
_EXACT = 1e-6


class Solved(NamedTuple):
    """A solution, None if none was found; whether it is surely the least; and how many columns were solved for it."""

    values: Floats | None
    least: bool
    work: int


class Near(NamedTuple):
    """The columns within a few equations of one, and these equations."""

    columns: Wholes
    rows: Wholes


def neighbourhood(matrix: csr_array, rows_of: csr_array, column: int, most: int) -> Near:
    """Return the columns within some equations of one: as many equations as keep to ``most`` columns, and one at least.

    A column that stands in no equation is alone.
    """
    found = Near(np.array([column], np.intp), np.zeros(0, np.intp))
    while True:
        rows = touched(rows_of, found.columns)
        columns = touched(matrix, rows)
        if not len(rows) or (len(found.rows) and (len(columns) > most or len(columns) == len(found.columns))):
            return found
        found = Near(columns, rows)


def whole_solution(cost: Floats, given: Equations, *, least: bool = True) -> Solved:
    """Return a whole-number solution of equations between bounds, of least cost.

    Tables of counts nearly always have whole-number corners, so the programme is solved without asking for whole numbers
    first. Where fractions come out, whole numbers are looked for near them, and only then everywhere.

    Parameters
    ----------
    cost : ndarray of float
        Whole numbers.
    given : Equations
    least : bool
        Whether it must be the least; else any near it will do.
    """
    point, lowest, work = given.relaxed(cost)
    if point is None:
        return Solved(None, False, work)
    rounded = np.round(point) + 0.0  # no -0
    if np.abs(point - rounded).max(initial=0) < _EXACT:
        return Solved(rounded, True, work)
    near, more = _mended(cost, given, point)
    work += more
    surely = near is not None and float(cost @ near) <= np.ceil(lowest - _EXACT) + _EXACT
    if near is not None and (surely or not least):
        return Solved(near, surely, work)
    found = _branched(cost, given)
    return found._replace(work=work + found.work)


def any_solution(matrix: csr_array, low: Floats, high: Floats) -> bool:
    """Return whether anything between the bounds keeps the equations; fractions too."""
    if (low > high).any():
        return False
    given = Equations(matrix, np.zeros(matrix.shape[0]), low, high)
    return given.relaxed(np.zeros(len(low))).point is not None


def _mended(cost: Floats, given: Equations, point: Floats) -> tuple[Floats | None, int]:
    """Return a whole-number solution that differs from ``point`` only near its fractions, if there is one."""
    matrix, rows_of, rest, work = given.matrix, given.rows_of, np.round(point), 0
    fractions = np.flatnonzero(np.abs(point - rest) >= _EXACT)
    for free in (fractions, touched(matrix, touched(rows_of, fractions))):
        free = _with_sums(matrix, rows_of, free)
        held = rest.copy()
        held[free] = 0
        rows = touched(rows_of, free)
        left = (given.sums - matrix @ held)[rows]
        part = Equations(part_of(matrix, rows, free), left, given.low[free], given.high[free])
        found = _branched(cost[free], part)
        work += found.work
        if found.values is not None:
            rest[free] = found.values
            return rest, work
    return None, work


def _with_sums(matrix: csr_array, rows_of: csr_array, columns: Wholes) -> Wholes:
    """Return columns with all sums that they are part of, and sums of those, and what stands in one equation only."""
    parents = matrix.copy()
    alone = np.diff(rows_of.indptr) == 1
    parents.data = ((matrix.data > 0) | alone[matrix.indices]).astype(float)
    parents.eliminate_zeros()
    while True:
        more = np.union1d(columns, touched(parents, touched(rows_of, columns)))
        if len(more) == len(columns):
            return columns
        columns = more


def _branched(cost: Floats, given: Equations) -> Solved:
    """Solve with whole numbers asked for, in so many branches at most."""
    many = len(cost)
    asked = Inequalities(given.matrix, given.sums, given.sums, given.low, given.high)
    done = Solver(asked, branches=max(_MOST_NODES // max(many, 1), 1)).cheapest(cost)
    work = many * (1 + done.branches)
    found = None if done.point is None else np.round(done.point)
    if found is None or np.abs(given.matrix @ found - given.sums).max(initial=0) > _EXACT:
        return Solved(None, False, work)
    return Solved(found, done.sure, work)
