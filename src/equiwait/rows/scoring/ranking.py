"""List work: places from small keys.

An *order key* is a tuple of integer arrays, most important first; smaller goes first. Rows are *numbered* from 0 in the
order of their keys, the group first, so that all else is counting: one sort of whole numbers for each set of keys. Only
rows that agree in every key are looked at again, by what settles ties; those that agree in that too share a number, so
nothing ever depends on the order of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

__all__ = ["Keys", "Ties", "arranged", "below", "count_below", "numbered", "packed", "places", "starts_of"]

Keys: TypeAlias = Sequence[np.ndarray]
Ties: TypeAlias = Callable[[np.ndarray], np.ndarray]
"""Gives some rows numbers by which they go where all else is equal: smaller first."""

_BITS = 63  # of a whole number that is not negative


def numbered(*several: Keys, ties: Ties | None = None) -> list[np.ndarray]:
    """Return a number for each row of each set of keys: smaller goes first, equal where every key is equal, and the tie too.

    Examples
    --------
    >>> tier, days = np.array([2, 1, 1]), np.array([5, 9, 9])
    >>> one, = numbered((tier, -days))
    >>> one.tolist()
    [1, 0, 0]
    >>> one, = numbered((tier, -days), ties=lambda rows: -rows)
    >>> one.tolist()
    [2, 1, 0]
    """
    ends = np.cumsum([len(keys[0]) for keys in several])[:-1]
    words = packed(_with_ends(_one_below_another(columns)) for columns in zip(*several, strict=True))
    order = _by_words(words)
    steps = np.zeros(len(order), bool)
    for word in words:
        in_order = word[order]
        steps[1:] |= in_order[1:] != in_order[:-1]
    if ties is not None:
        _settle(order, steps, len(several[0][0]), ties)
    number = np.empty(len(order), np.int32)
    number[order] = np.cumsum(steps)
    return np.split(number, ends)


def _settle(order: np.ndarray, steps: np.ndarray, rows: int, ties: Ties) -> None:
    """Put rows that agree in every key in the order of their ties, and say where one of them is a step from the last.

    There are one or two sets of as many ``rows``.
    """
    same = ~steps
    same[:1] = False  # whether a row agrees with the one before it
    row = np.where(order < rows, order, order - rows) if len(order) > rows else order
    others = np.flatnonzero(same[1:] & (row[1:] != row[:-1])) + 1  # with another than itself, that is
    if not len(others):
        return
    run = np.cumsum(steps)
    at = np.flatnonzero((np.bincount(run[others], minlength=int(run[-1]) + 1) > 0).take(run))
    tied = np.zeros(rows, bool)
    tied[row[at]] = True
    who, number = np.flatnonzero(tied), np.empty(rows, np.int64)
    number[who] = ties(who)
    turn = number[row[at]]
    again = arranged(run[at], turn - turn.min())
    order[at], turn = order[at][again], turn[again]
    steps[at[1:]] |= same[at[1:]] & (turn[1:] != turn[:-1])


def arranged(*keys: np.ndarray) -> np.ndarray:
    """Return the places of the rows in the order of keys that are not negative, the first key strongest.

    One key of few values is sorted by counting (a radix sort: Knuth, vol. 3, 5.2.5), so that equal rows stay as they stand.
    """
    if len(keys) == 1 and int(keys[0].max(initial=0)) < 65_536:
        return np.argsort(keys[0].astype(np.uint16), kind="stable")
    return _by_words(packed(map(_with_ends, keys)))


def _by_words(words: Sequence[np.ndarray]) -> np.ndarray:
    """One whole number is sorted as it is, by the widest instructions of the machine; several sixteen bits at a time."""
    if len(words) == 1:
        return np.argsort(words[0])
    return np.lexsort([digit for word in reversed(words) for digit in _digits(word)])


def _digits(key: np.ndarray) -> Iterator[np.ndarray]:
    """Yield sixteen bits at a time, the lowest first, as far as there are any."""
    for shift in range(0, max(int(key.max(initial=0)).bit_length(), 1), 16):
        yield (key >> shift).astype(np.uint16)


def packed(columns: Iterable[tuple[np.ndarray, int, int]]) -> list[np.ndarray]:
    """Pack columns side by side, strongest first, into as few whole numbers as hold them, counted up from nought.

    Parameters
    ----------
    columns : iterable of (array, int, int)
        Each column, with the lowest and the highest value that it is given room for.
    """
    words: list[np.ndarray] = []
    room = 0
    for column, low, high in columns:
        width = (high - low).bit_length()
        if words and not width:
            continue
        if not words or width > room:
            words.append(np.zeros(len(column), np.int64))
            room = _BITS
        words[-1] <<= width
        words[-1] += column
        words[-1] -= low
        room -= width
    return words


def _one_below_another(columns: Sequence[np.ndarray]) -> np.ndarray:
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


def _with_ends(column: np.ndarray) -> tuple[np.ndarray, int, int]:
    return (column, int(column.min()), int(column.max())) if len(column) else (column, 0, 0)


def starts_of(group: np.ndarray) -> np.ndarray:
    """Return for each row how many rows belong to groups before its own."""
    return np.asarray(below(group)[group])


def below(numbers: np.ndarray, reach: int = 0) -> np.ndarray:
    """Return for each number how many rows have a smaller one; one more entry says how many there are in all."""
    counts = np.bincount(numbers, minlength=reach)
    before = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=before[1:])
    return before


def count_below(points: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Return for each query, numbered with the points, how many points are smaller."""
    return np.asarray(below(points, int(queries.max(initial=0)) + 1)[queries])


def places(group: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the place of each row in its group, from 1, by numbers in which the group comes first.

    Examples
    --------
    >>> places(np.array([0, 0, 1, 0]), np.array([1, 0, 2, 1])).tolist()
    [2, 1, 1, 2]
    """
    shared = int(number.max(initial=-1)) < len(number) - 1
    return np.asarray((below(number)[number] if shared else number) - starts_of(group) + 1)
