"""One pass over whole numbers: how often each combination of them occurs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from equiwait.counts.waits.groups import BLOCK, blocks

Wholes: TypeAlias = NDArray[np.signedinteger[Any]]
Counts: TypeAlias = NDArray[np.int64]

_DENSE = 1 << 23  # cells of a table that is counted whole (64 MB); a wider one is counted by sorting each block


def tally(places: Sequence[Wholes], sizes: Sequence[int]) -> tuple[list[Counts], Counts]:
    """Count combinations of places, block by block.

    Parameters
    ----------
    places : sequence of ndarray of int, shape (rows,)
        For each axis, each row's place on it.
    sizes : sequence of int
        How many places each axis has.

    Returns
    -------
    axes : list of ndarray, shape (cells,)
        The places of each combination that occurs, in rising order, the last axis fastest.
    people : ndarray, shape (cells,)
        How many rows have it.

    Examples
    --------
    >>> axes, people = tally([np.array([0, 1, 1]), np.array([5, 2, 2])], [2, 6])
    >>> [axis.tolist() for axis in axes], people.tolist()
    ([[0, 1], [5, 2]], [1, 2])
    """
    cells = math.prod(sizes)
    keys, people = _dense(places, sizes, cells) if cells <= _DENSE else _sorted(places, sizes)
    axes = [np.asarray(axis) for axis in np.unravel_index(keys, tuple(sizes))] if len(keys) else [keys] * len(sizes)
    return axes, people


def _dense(places: Sequence[Wholes], sizes: Sequence[int], cells: int) -> tuple[Counts, Counts]:
    counts = np.zeros(cells, np.int64)
    for rows in blocks(len(places[0]), max(BLOCK, cells)):
        counts += np.bincount(_keys(places, sizes, rows), minlength=cells)
    keys = np.flatnonzero(counts)
    return keys, counts[keys]


def _sorted(places: Sequence[Wholes], sizes: Sequence[int]) -> tuple[Counts, Counts]:
    keys, people = np.empty(0, np.int64), np.empty(0, np.int64)
    for rows in blocks(len(places[0]), 32 * BLOCK):
        more = np.unique(_keys(places, sizes, rows), return_counts=True)
        keys, people = _merged(np.concatenate([keys, more[0]]), np.concatenate([people, more[1]]))
    return keys, people


def _merged(keys: Counts, people: Counts) -> tuple[Counts, Counts]:
    order = np.argsort(keys, kind="stable")
    keys, people = keys[order], people[order]
    first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    return keys[first], np.add.reduceat(people, first)


def _keys(places: Sequence[Wholes], sizes: Sequence[int], rows: slice) -> Counts:
    """One whole number for each row of the block: its place in the table laid out in a line."""
    key = np.zeros(rows.stop - rows.start, np.int64)
    for place, size in zip(places, sizes, strict=True):
        if size > 1:  # a single place tells nobody apart
            key *= size
            key += place[rows]
    return key
