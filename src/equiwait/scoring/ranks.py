"""List work: places from small keys, and the guards on what equity may do to a place.

An *order key* is a tuple of integer arrays, most important first; smaller goes first. Rows that agree in every key
share a place, so nothing ever depends on the order of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

__all__ = ["Codes", "Guard", "Keys", "codes_of", "guarded", "places", "starts_of"]

Keys: TypeAlias = Sequence[np.ndarray]
Codes: TypeAlias = np.ndarray


class Guard(NamedTuple):
    """What holds equity back: the most places lost, and the rows that it never moves down."""

    most: int | None
    protected: np.ndarray


def codes_of(*several: Keys) -> list[Codes]:
    """Return one integer for each row of each set of keys: smaller goes first, equal where every key is equal.

    Examples
    --------
    >>> tier, days = np.array([2, 1, 1]), np.array([5, 9, 9])
    >>> codes_of((tier, -days))[0].tolist()
    [1, 0, 0]
    """
    joined = [np.concatenate(columns) for columns in zip(*several, strict=True)]
    order = np.lexsort(joined[::-1])
    steps = np.zeros(len(order), bool)
    for column in joined:
        arranged = column[order]
        steps[1:] |= arranged[1:] != arranged[:-1]
    codes = np.empty(len(order), np.int64)
    codes[order] = np.cumsum(steps)
    return np.split(codes, np.cumsum([len(keys[0]) for keys in several])[:-1])


def starts_of(group: np.ndarray) -> np.ndarray:
    """Return for each row how many rows belong to groups before its own."""
    counts = np.bincount(group)
    return np.asarray((np.cumsum(counts) - counts)[group])


def places(group: np.ndarray, code: Codes) -> np.ndarray:
    """Return the place of each row in its group, from 1, by a code in which the group comes first.

    Examples
    --------
    >>> places(np.array([0, 0, 1]), np.array([7, 3, 9])).tolist()
    [2, 1, 1]
    """
    return np.asarray(np.searchsorted(np.sort(code), code) - starts_of(group) + 1)


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
    order = np.lexsort((base, group))
    room = int(max(base.max(initial=0), equity.max(initial=0))) + 1
    barrier = np.where(guard.protected, wish, 0)[order] + group[order] * room
    before = np.concatenate([[0], np.maximum.accumulate(barrier)[:-1]]) - group[order] * room
    held = np.empty(len(order), np.int64)
    held[order] = np.maximum(wish[order], before)
    return places(group, codes_of((group, held, base))[0])
