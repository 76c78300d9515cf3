"""List work: places from small keys, and the guards on what equity may do to a place.

An *order key* is a tuple of integer arrays, most important first; smaller goes first. Rows are *numbered* from 0 in the
order of their keys, the group first, so that all else is counting: one sort for each set of keys. Rows that agree in
every key share a number, so nothing ever depends on the order of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

__all__ = ["Guard", "Keys", "below", "count_below", "guarded", "numbered", "places", "starts_of"]

Keys: TypeAlias = Sequence[np.ndarray]

_BITS = 62


class Guard(NamedTuple):
    """What holds equity back: the most places lost, and the rows that it never moves down."""

    most: int | None
    protected: np.ndarray


def numbered(*several: Keys) -> list[np.ndarray]:
    """Return a number for each row of each set of keys: smaller goes first, equal where every key is equal.

    Examples
    --------
    >>> tier, days = np.array([2, 1, 1]), np.array([5, 9, 9])
    >>> one, = numbered((tier, -days))
    >>> one.tolist()
    [1, 0, 0]
    """
    joined = [np.concatenate(columns).astype(np.int64, copy=False) for columns in zip(*several, strict=True)]
    ends = np.cumsum([len(keys[0]) for keys in several])[:-1]
    return np.split(_numbers(*_packed(joined)), ends)


def _numbers(code: np.ndarray, width: int) -> np.ndarray:
    """Number the distinct codes in their order; a code that leaves room for the row's own place is sorted with it."""
    room = max(len(code) - 1, 1).bit_length()
    if width + room <= 63:
        both = np.sort((code << room) | np.arange(len(code)))
        order, arranged = both & ((1 << room) - 1), both >> room
    else:
        order = np.argsort(code)
        arranged = code[order]
    number = np.empty(len(code), np.int32)
    number[order] = np.cumsum(np.diff(arranged, prepend=arranged[:1]) != 0)
    return number


def _packed(columns: list[np.ndarray]) -> tuple[np.ndarray, int]:
    """Pack the columns side by side into one integer, and say its width; where they do not fit, the widest are numbered afresh."""
    if not len(columns[0]):
        return np.zeros(0, np.int64), 0
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
        columns[widest], lows[widest] = _numbers(columns[widest] - lows[widest], widths[widest]).astype(np.int64), 0
        widths[widest] = int(columns[widest].max()).bit_length()
    if sum(widths) > _BITS:  # two columns always fit by now
        return _packed([_numbers(*_packed(columns[:2])).astype(np.int64), *columns[2:]])
    code = np.zeros(len(columns[0]), np.int64)
    for column, low, width in zip(columns, lows, widths, strict=True):
        code = (code << width) + (column - low)
    return code, sum(widths)


def starts_of(group: np.ndarray) -> np.ndarray:
    """Return for each row how many rows belong to groups before its own."""
    return below(group)[group]


def below(numbers: np.ndarray, reach: int = 0) -> np.ndarray:
    """Return for each number how many rows have a smaller one; one more entry says how many there are in all."""
    counts = np.bincount(numbers, minlength=reach)
    before = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=before[1:])
    return before


def count_below(points: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Return for each query, numbered with the points, how many points are smaller."""
    return below(points, int(queries.max(initial=0)) + 1)[queries]


def places(group: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the place of each row in its group, from 1, by numbers in which the group comes first.

    Examples
    --------
    >>> places(np.array([0, 0, 1, 0]), np.array([1, 0, 2, 1])).tolist()
    [2, 1, 1, 2]
    """
    return np.asarray(below(number)[number] - starts_of(group) + 1)


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
    held = np.maximum(wish, _barrier(group, base, wish, guard.protected)) if guard.protected.any() else wish
    return places(group, numbered((group, held, base))[0])


def _barrier(group: np.ndarray, base: np.ndarray, wish: np.ndarray, protected: np.ndarray) -> np.ndarray:
    """Return for each row the furthest wish of the protected rows that are before it in the base order of its group."""
    before = starts_of(group) + base - 1  # so many rows, and groups before this one, come earlier
    order = np.argsort(before, kind="stable")
    room = len(group) + 1
    wishes = np.where(protected, wish, 0) + group.astype(np.int64) * room
    furthest = np.concatenate([[0], np.maximum.accumulate(wishes[order])])
    return np.asarray(np.maximum(furthest[before] - group.astype(np.int64) * room, 0))
