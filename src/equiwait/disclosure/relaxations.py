"""Equations between bounds, and their solutions where fractions are allowed: what the solver is asked, and no column more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from equiwait.disclosure.relations import part_of
from equiwait.disclosure.solver import Inequalities, Solver, needed

__all__ = ["Equations", "Rest", "Solution", "without_slack"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Wholes = NDArray[np.intp]


class Solution(NamedTuple):
    """A solution of least cost, None if there is none; its cost; and how many columns the solver was asked for."""

    point: Floats | None
    cost: float
    work: int


@dataclass(frozen=True)
class Equations:
    """Equations ``matrix @ x = sums`` with bounds of each column."""

    matrix: csr_array
    sums: Floats
    low: Floats
    high: Floats

    @cached_property
    def rows_of(self) -> csr_array:
        """The equations of each column."""
        return csr_array(self.matrix.T)

    @cached_property
    def rest(self) -> Rest:
        """What the solver is asked."""
        return without_slack(self, np.zeros(len(self.low), bool))

    @cached_property
    def rest_by_column(self) -> csc_array:
        """The same equations, to be added up by column."""
        return self.rest.matrix.T

    @cached_property
    def solver(self) -> Solver:
        """What answers."""
        rest = self.rest
        return Solver(
            needed(Inequalities(rest.matrix, rest.least, rest.most, self.low[rest.kept], self.high[rest.kept]))
        )

    def relaxed(self, cost: Floats) -> Solution:
        """Return a solution of least cost, fractions allowed."""
        rest = self.rest
        price = np.zeros(len(self.sums))
        price[rest.rows] = rest.sign * cost[rest.slack]
        found = self.solver.cheapest(cost[rest.kept] - self.rest_by_column @ price, near=np.count_nonzero(cost) == 1)
        if found.point is None:
            return Solution(None, np.inf, len(rest.kept))
        point = np.empty(len(cost))
        point[rest.kept] = found.point
        point[rest.slack] = rest.sign * (self.sums - rest.matrix @ found.point)[rest.rows]
        return Solution(point, float(found.cost + price @ self.sums), len(rest.kept))


class Rest(NamedTuple):
    """Equations without their slack: ``least <= matrix @ x[kept] <= most``.

    Parameters
    ----------
    matrix, least, most, kept
    slack, rows, sign
        The columns that are left out, the equation that each stands in, and with which sign.
    """

    matrix: csr_array
    least: Floats
    most: Floats
    kept: Wholes
    slack: Wholes
    rows: Wholes
    sign: Floats


def without_slack(given: Equations, asked: Flags) -> Rest:
    """Return equations without one column of each that stands in no other and is not asked for.

    Such a column is whatever the rest of its equation leaves, and its bounds are bounds of the rest. Most columns of ours are
    such: differences that nobody publishes. Of an equation with one column nothing would be left, and it stays.

    Examples
    --------
    >>> one = Equations(csr_array([[1.0, -1.0, -1.0]]), np.zeros(1), np.zeros(3), np.array([9.0, 5.0, 2.0]))
    >>> rest = without_slack(one, np.array([True, True, False]))
    >>> rest.matrix.toarray().tolist(), rest.least.tolist(), rest.most.tolist(), rest.slack.tolist()
    ([[1.0, -1.0]], [0.0], [2.0], [2])
    """
    matrix = given.matrix
    many = np.diff(matrix.indptr)
    row = np.repeat(np.arange(matrix.shape[0]), many)
    alone = (np.bincount(matrix.indices, minlength=matrix.shape[1]) == 1) & ~asked
    may = np.flatnonzero(alone[matrix.indices] & (many[row] > 1) & (np.abs(matrix.data) == 1))
    may = may[np.flatnonzero(np.diff(row[may], prepend=-1))]  # the first of each equation
    rows, slack, sign = row[may], matrix.indices[may].astype(np.intp), matrix.data[may]
    ends = sign * given.low[slack], sign * given.high[slack]
    least, most = given.sums.copy(), given.sums.copy()
    least[rows] -= np.maximum(*ends)
    most[rows] -= np.minimum(*ends)
    stays = np.ones(matrix.shape[1], bool)
    stays[slack] = False
    kept = np.flatnonzero(stays)
    every = np.arange(matrix.shape[0])
    return Rest(part_of(matrix, every, kept), least, most, kept, slack, rows, sign)
