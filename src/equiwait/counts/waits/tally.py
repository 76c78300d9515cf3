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


def tally(places: Sequence[Wholes], sizes: Sequence[int], people: Counts | None = None) -> tuple[list[Wholes], Counts]:
    """Count combinations of places, block by block.

    Parameters
    ----------
    places : sequence of ndarray of int, shape (rows,)
        For each axis, each row's place on it.
    sizes : sequence of int
        How many places each axis has.
    people : ndarray of int, shape (rows,), optional
        How many people each row stands for; by default one.

    Returns
    -------
    axes : list of ndarray, shape (cells,)
        The places of each combination that occurs, in rising order, the last axis fastest.
    people : ndarray, shape (cells,)
        How many people have it.

    Examples
    --------
    >>> axes, people = tally([np.array([0, 1, 1]), np.array([5, 2, 2])], [2, 6])
    >>> [axis.tolist() for axis in axes], people.tolist()
    ([[0, 1], [5, 2]], [1, 2])
    """
    cells = math.prod(sizes)
    count = _dense if cells <= min(_DENSE, BLOCK + _WIDE * len(places[0])) else _sorted
    keys, found = count(places, sizes, people)
    return _axes(keys, sizes), found


_WIDE = 32  # cells to look through cost as much as sorting one row


def _dense(places: Sequence[Wholes], sizes: Sequence[int], people: Counts | None) -> tuple[Counts, Counts]:
    counts = np.zeros(math.prod(sizes), np.int64)
    for rows in blocks(len(places[0]), _FEW):
        np.add.at(counts, _keys(places, sizes, rows), 1 if people is None else people[rows])
    keys = np.flatnonzero(counts > 0)
    return keys, counts[keys]


_FEW = 1 << 15  # what is made of few rows at a time stays in a processor's cache


def _sorted(places: Sequence[Wholes], sizes: Sequence[int], people: Counts | None) -> tuple[Counts, Counts]:
    keys, total = np.empty(0, np.int64), np.empty(0, np.int64)
    for rows in blocks(len(places[0]), 32 * BLOCK):
        every = _keys(places, sizes, rows)
        more = np.unique(every if people is None else np.repeat(every, people[rows]), return_counts=True)
        keys, total = _merged(np.concatenate([keys, more[0]]), np.concatenate([total, more[1]]))
    return keys, total


def _merged(keys: Counts, people: Counts) -> tuple[Counts, Counts]:
    order = np.argsort(keys, kind="stable")
    keys, people = keys[order], people[order]
    first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    return keys[first], np.add.reduceat(people, first)


def _keys(places: Sequence[Wholes], sizes: Sequence[int], rows: slice) -> Wholes:
    """One whole number for each row of the block: its place in the table laid out in a line."""
    kind = _wide_enough(sizes)
    several = [(place, size) for place, size in zip(places, sizes, strict=True) if size > 1]  # one tells nobody apart
    if not several:
        return np.zeros(rows.stop - rows.start, kind)
    key = several[0][0][rows].astype(kind)
    for place, size in several[1:]:
        key *= kind(size)
        key += place[rows].astype(kind, copy=False)
    return key


def _axes(keys: Counts, sizes: Sequence[int]) -> list[Wholes]:
    """The place on every axis of each place in the line."""
    left, axes = keys.astype(_wide_enough(sizes)), []
    for size in reversed(sizes):
        left, whole = left // size, left
        axes.append(whole - left * size)
    return axes[::-1]


def _wide_enough(sizes: Sequence[int]) -> type[np.signedinteger[Any]]:
    return np.int32 if math.prod(sizes) < 1 << 31 else np.int64
