"""What is known of counts from one another: sums and differences as a system of equations, and the bounds they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = [
    "MOST_PEOPLE",
    "Relations",
    "hang_together",
    "implied",
    "left_by_others",
    "part_of",
    "propagate",
    "relations",
    "touched",
]

Floats: TypeAlias = NDArray[np.float64]
Wholes: TypeAlias = NDArray[np.intp]

MOST_PEOPLE = 1e8
"""More than any count: the upper bound of a count of which nothing is known."""


class Entries(NamedTuple):
    """The entries of a system of equations: of each its equation, column, sign and size.

    ``end`` is the place of its least among the lower ends of all columns and, after them, the upper ends the other way round.
    """

    row: Wholes
    column: Wholes
    plus: NDArray[np.bool_]
    size: Floats
    end: Wholes


@dataclass(frozen=True)
class Relations:
    """Equations ``matrix @ counts = 0`` over published counts and, after them, differences that nobody publishes.

    Parameters
    ----------
    matrix : csr_array
        One row for each equation; entries 1 and −1.
    published : int
        How many of the columns, the first ones, are published counts.
    larger, smaller : ndarray of int
        For each difference, the published counts that it is between.
    """

    matrix: csr_array
    published: int
    larger: Wholes
    smaller: Wholes

    @property
    def columns(self) -> int:
        """Published counts and differences together."""
        return int(self.matrix.shape[1])

    @cached_property
    def entries(self) -> Entries:
        """The entries of the equations, one after the other."""
        matrix, column = self.matrix, self.matrix.indices.astype(np.intp)
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        plus = matrix.data > 0
        return Entries(row, column, plus, np.abs(matrix.data), column + np.where(plus, 0, matrix.shape[1]))

    @cached_property
    def breakdowns(self) -> tuple[Wholes, Wholes]:
        """Of each published count that is the sum of at least two others: it, and each of these."""
        sign, column = self.matrix.data, self.matrix.indices
        row = np.repeat(np.arange(self.matrix.shape[0]), np.diff(self.matrix.indptr))
        wholes, parts, unseen = (
            np.bincount(row[which], minlength=self.matrix.shape[0])
            for which in (sign > 0, sign < 0, column >= self.published)
        )
        broken_down = (wholes == 1) & (parts > 1) & (unseen == 0)
        parent = np.zeros(len(broken_down), np.intp)
        parent[row[sign > 0]] = column[sign > 0]
        mine = broken_down[row] & (sign < 0)
        return parent[row[mine]], column[mine]

    def without(self, gone: NDArray[np.bool_]) -> Relations:
        """Return the equations that none of some published counts stands in."""
        kept = np.diff(csr_array(self.matrix[:, np.flatnonzero(gone)]).indptr) == 0
        return replace(self, matrix=csr_array(self.matrix[np.flatnonzero(kept)]))

    @cached_property
    def rows_of(self) -> csr_array:
        """The equations of each column."""
        return csr_array(self.matrix.T)


def relations(
    published: int, equal: Sequence[tuple[Sequence[int], Sequence[int]]], pairs: Sequence[tuple[int, int]]
) -> Relations:
    """Return the equations of ``equal`` (counts with one sum) and of ``pairs`` (a count, another that is part of it).

    Each pair gives a difference: a column of its own, nobody's to publish, that cannot be under 0.
    """
    known = {(*one, *other) for one, other in equal}
    differences = [pair for pair in dict.fromkeys(pairs) if pair not in known and pair[0] != pair[1]]
    row = [at for at, (one, other) in enumerate(equal) for _ in (*one, *other)]
    column = [each for one, other in equal for each in (*one, *other)]
    sign = [value for one, other in equal for value in (*[1.0] * len(one), *[-1.0] * len(other))]
    places = np.arange(len(differences))
    larger, smaller = np.array(differences, np.intp).reshape(-1, 2).T.copy()
    rows = np.append(np.array(row, np.intp), np.repeat(len(equal) + places, 3))
    columns = np.append(np.array(column, np.intp), np.stack([larger, smaller, published + places], axis=1))
    signs = np.append(np.array(sign), np.tile([1.0, -1.0, -1.0], len(differences)))
    shape = (len(equal) + len(differences), published + len(differences))
    matrix = csr_array((signs, (rows, columns)), shape=shape)
    return Relations(matrix, published, larger, smaller)


def propagate(system: Relations, low: Floats, high: Floats, *, rounds: int = 100) -> tuple[Floats, Floats]:
    """Return bounds narrowed by each equation in turn until nothing changes.

    What it gives is true of every solution, so a count that it narrows too far is known too closely; the reverse does
    not hold: several equations together may narrow a count further. After the first round only the equations of columns
    that have just been narrowed are looked at: the others say what they have said.
    """
    some = system.entries
    for _ in range(rounds):
        floor, ceiling = implied(some, low, high)
        new_low, new_high = np.maximum(low, floor), np.minimum(high, ceiling)
        narrowed = np.flatnonzero((new_low != low) | (new_high != high))
        if not len(narrowed):
            break
        low, high = new_low, new_high
        places, _ = _entries_of(system.matrix, touched(system.rows_of, narrowed))
        some = Entries._make(each[places] for each in system.entries)
    return low, high


def implied(entries: Entries, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return what the other terms of their equations leave for each column, whatever its own bounds."""
    floor, ceiling = np.full(len(low), -np.inf), np.full(len(low), np.inf)
    floors, ceilings = left_by_others(entries, low, high)
    np.maximum.at(floor, entries.column, floors)
    np.minimum.at(ceiling, entries.column, ceilings)
    return np.ceil(floor - 1e-7), np.floor(ceiling + 1e-7)


def left_by_others(entries: Entries, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most that the other terms of its equation leave for the column of each entry."""
    row, _, plus, size, end = entries
    least, most = (size * np.concatenate(ends)[end] for ends in ((low, -high), (high, -low)))
    below = most - np.bincount(row, most)[row]
    above = least - np.bincount(row, least)[row]
    return np.where(plus, below, -above) / size, np.where(plus, above, -below) / size


def touched(matrix: csr_array, rows: Wholes) -> Wholes:
    """Return the columns in which these rows have an entry."""
    entries, _ = _entries_of(matrix, rows)
    there = np.zeros(matrix.shape[1], bool)
    there[matrix.indices[entries]] = True
    return np.flatnonzero(there)


def hang_together(matrix: csr_array) -> tuple[Wholes, Wholes]:
    """Return of each row, and of each column, the first row that it hangs together with by columns that rows have in common.

    A column that stands in no row hangs together with none: one more than the last row. (scipy's function for it brings all of
    its linear algebra, which takes as long to import as a short list to audit.)

    Examples
    --------
    >>> rows, columns = hang_together(csr_array([[1, 0, 0, 0], [0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]]))
    >>> rows.tolist(), columns.tolist()
    ([0, 1, 0, 1], [0, 1, 1, 4])
    """
    many = matrix.shape[0]
    row, column = np.repeat(np.arange(many), np.diff(matrix.indptr)), matrix.indices
    of_rows = np.arange(many)
    while True:
        of_columns = np.full(matrix.shape[1], many)
        np.minimum.at(of_columns, column, of_rows[row])
        lower = of_rows.copy()
        np.minimum.at(lower, row, of_columns[column])
        lower = lower[lower]  # what the first row hangs together with is first for all of them
        if np.array_equal(lower, of_rows):
            return of_rows, of_columns
        of_rows = lower


def part_of(matrix: csr_array, rows: Wholes, columns: Wholes) -> csr_array:
    """Return some rows of some columns, each in rising order: ``matrix[rows][:, columns]``, in half the time.

    Examples
    --------
    >>> part_of(csr_array([[1, 2, 0], [0, 3, 4], [5, 0, 6]]), np.array([0, 2]), np.array([1, 2])).toarray().tolist()
    [[2, 0], [0, 6]]
    """
    entries, counts = _entries_of(matrix, rows)
    place = np.full(matrix.shape[1], -1, matrix.indices.dtype)
    place[columns] = np.arange(len(columns))
    column = place[matrix.indices[entries]]
    kept = column >= 0
    many = np.bincount(np.repeat(np.arange(len(rows)), counts)[kept], minlength=len(rows))
    starts = np.append(0, np.cumsum(many)).astype(column.dtype)
    return csr_array((matrix.data[entries[kept]], column[kept], starts), shape=(len(rows), len(columns)))


def _entries_of(matrix: csr_array, rows: Wholes) -> tuple[Wholes, Wholes]:
    """Return the places of the entries of these rows, one row after the other, and how many each row has."""
    starts = matrix.indptr[rows].astype(np.intp)
    counts = matrix.indptr[rows + 1] - starts
    ends = np.cumsum(counts)
    return np.repeat(starts - (ends - counts), counts) + np.arange(ends[-1] if len(ends) else 0), counts
