"""List work: places from small keys, and the guards on what equity may do to a place.

An *order key* is a tuple of integer arrays, most important first; smaller goes first. A *code* is one integer that
orders rows as their keys do, with the group first. Rows that agree in every key share a place, so nothing ever depends
on the order of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

__all__ = ["Codes", "Guard", "Keys", "codes_of", "count_below", "guarded", "places", "starts_of"]

Keys: TypeAlias = Sequence[np.ndarray]
Codes: TypeAlias = np.ndarray

_BITS = 62


class Guard(NamedTuple):
    """What holds equity back: the most places lost, and the rows that it never moves down."""

    most: int | None
    protected: np.ndarray


def codes_of(*several: Keys) -> list[Codes]:
    """Return one integer for each row of each set of keys: smaller goes first, equal where every key is equal.

    Examples
    --------
    >>> tier, days = np.array([2, 1, 1]), np.array([5, 9, 9])
    >>> one, = codes_of((tier, -days))
    >>> bool(one[1] == one[2] < one[0])
    True
    """
    joined = [np.concatenate(columns).astype(np.int64, copy=False) for columns in zip(*several, strict=True)]
    ends = np.cumsum([len(keys[0]) for keys in several])[:-1]
    return np.split(_packed(joined), ends)


def _packed(columns: list[np.ndarray]) -> np.ndarray:
    """Pack the columns side by side into one integer; where they do not fit, the widest are numbered afresh."""
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    lows = [int(column.min()) for column in columns]
    widths = [(int(column.max()) - low).bit_length() for column, low in zip(columns, lows, strict=True)]
    for widest in np.argsort(widths)[::-1]:
        if sum(widths) <= _BITS:
            break
        step = int(np.gcd.reduce(columns[widest] - lows[widest]))  # points are seldom finer than a hundredth
        if step > 1:
            columns[widest], lows[widest] = (columns[widest] - lows[widest]) // step, 0
            widths[widest] = int(columns[widest].max()).bit_length()
    for widest in np.argsort(widths)[::-1]:
        if sum(widths) <= _BITS:
            break
        columns[widest], lows[widest] = np.unique(columns[widest], return_inverse=True)[1], 0
        widths[widest] = int(columns[widest].max()).bit_length()
    if sum(widths) > _BITS:
        return _packed([_packed(columns[:2]), *columns[2:]]) if len(columns) > 2 else _numbered(columns)
    code = np.zeros(len(columns[0]), np.int64)
    for column, low, width in zip(columns, lows, widths, strict=True):
        code = (code << width) + (column - low)
    return code


def _numbered(columns: list[np.ndarray]) -> np.ndarray:
    """Number the distinct pairs in their order."""
    order = np.lexsort(columns[::-1])
    steps = np.zeros(len(order), bool)
    for column in columns:
        steps[1:] |= column[order][1:] != column[order][:-1]
    code = np.empty(len(order), np.int64)
    code[order] = np.cumsum(steps)
    return code


def starts_of(group: np.ndarray) -> np.ndarray:
    """Return for each row how many rows belong to groups before its own."""
    counts = np.bincount(group)
    return np.asarray((np.cumsum(counts) - counts)[group])


def count_below(points: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Return for each query how many points are smaller; in sorted order, so that memory is read in order too."""
    order = np.argsort(queries)
    count = np.empty(len(queries), np.int64)
    count[order] = np.searchsorted(np.sort(points), queries[order])
    return count


def places(group: np.ndarray, code: Codes) -> np.ndarray:
    """Return the place of each row in its group, from 1, by a code in which the group comes first.

    Examples
    --------
    >>> places(np.array([0, 0, 1, 0]), np.array([7, 3, 9, 7])).tolist()
    [2, 1, 1, 2]
    """
    order = np.argsort(code)
    arranged = code[order]
    new = np.ones(len(order), bool)
    new[1:] = arranged[1:] != arranged[:-1]
    first = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    place = np.empty(len(order), np.int64)
    place[order] = first
    return np.asarray(place - starts_of(group) + 1)


def guarded(group: np.ndarray, base: np.ndarray, equity: np.ndarray, guard: Guard) -> np.ndarray:
    """Return places in which nobody loses more to equity than the guard allows.

    Each row wants its ``equity`` place, is held to within half the cap of its ``base`` place, and may not pass a
    protected row that is before it in the base order. Sorting by what remains of the wish, ties by base place, keeps
    both promises: those before a row had base places at most the cap further on, and none of those who pass a
    protected row.

    Parameters
    ----------
    group, base, equity : ndarray of int
        Group of each row, its place without the social lines and its place with them.
    guard : Guard
        The cap (None: no cap) and the protected rows.
    """
    half = len(group) if guard.most is None else guard.most // 2
    wish = np.clip(equity, base - half, base + half)
    order = np.argsort(codes_of((group, base))[0])
    room = int(max(base.max(initial=0), equity.max(initial=0))) + 1
    barrier = np.where(guard.protected, wish, 0)[order] + group[order] * room
    before = np.concatenate([[0], np.maximum.accumulate(barrier)[:-1]]) - group[order] * room
    held = np.empty(len(order), np.int64)
    held[order] = np.maximum(wish[order], before)
    return places(group, codes_of((group, held, base))[0])
