"""List work: places from small keys.

An *order key* is a tuple of integer arrays, most important first; smaller goes first. Rows are *numbered* from 0 in the
order of their keys, the group first, so that all else is counting. Rows that agree in every key go by what settles ties;
those that agree in that too share a number, so nothing ever depends on the order of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from equiwait.sorting import by_counting

__all__ = [
    "Digits",
    "InOrder",
    "Keys",
    "Ties",
    "Turn",
    "among",
    "arranged",
    "below",
    "count_below",
    "in_order",
    "numbered",
    "starts_of",
]

Keys: TypeAlias = Sequence[np.ndarray]
Ties: TypeAlias = Callable[[np.ndarray], Keys]
"""Gives some rows more keys, by which they go where all else is equal."""

_WORD = 64  # bits


class Digits(NamedTuple):
    """A key counted from 0, in its order, as whole numbers of so many bits: what is sorted. Two orders can share it."""

    values: np.ndarray
    width: int

    @classmethod
    def of(cls, key: np.ndarray, *, falling: bool = False) -> Digits:
        """Return the digits of a key of which the smallest goes first, or of one that falls."""
        key = key.view(np.uint8) if key.dtype == np.bool_ else key
        low, high = (int(key.min()), int(key.max())) if len(key) else (0, 0)
        # In the key's own width, where no difference is lost though it may wrap round.
        counted = np.subtract(key.dtype.type(high), key) if falling else np.subtract(key, key.dtype.type(low))
        return cls(counted.view(f"u{key.itemsize}").astype(np.uint64, copy=False), (high - low).bit_length())

    def then(self, other: Digits) -> Digits:
        """Return the digits of this key and another after it; both must have room in one machine word."""
        return Digits(self.values << np.uint64(other.width) | other.values, self.width + other.width)


class InOrder(NamedTuple):
    """Rows in the order of their keys, and which of them differ from the one before: the first does."""

    rows: np.ndarray
    steps: np.ndarray

    @property
    def before(self) -> np.ndarray:
        """How many rows go before each: as many where nothing tells rows apart."""
        here = np.arange(len(self.rows), dtype=np.int32)
        return here if self.steps.all() else np.maximum.accumulate(here * self.steps)

    @property
    def numbers(self) -> np.ndarray:
        """How many rows go before each, row by row as they were given."""
        number = np.empty(len(self.rows), np.int32)
        number[self.rows] = self.before
        return number


class Turn(NamedTuple):
    """An order in which rows stand that agree in all else, and which of them it does not tell apart, if there are any."""

    rows: np.ndarray
    number: np.ndarray | None

    @classmethod
    def of(cls, key: np.ndarray) -> Turn:
        """Return the rows in turn by one key."""
        found = in_order([key])
        return cls(found.rows, None if found.steps.all() else found.numbers)

    def among(self, rows: np.ndarray) -> Turn:
        """Return the turn of some rows, each of them as often as it is named."""
        number = InOrder(self.rows, np.ones(len(self.rows), bool)).numbers if self.number is None else self.number
        return Turn.of(number[rows])


def numbered(keys: Sequence[np.ndarray | Digits], *ties: Ties, turn: Turn | None = None) -> np.ndarray:
    """Return for each row how many rows go before it: as many where every key is equal and every tie.

    Parameters
    ----------
    keys : sequence of ndarrays of int, or of Digits
        Keys of the rows, most important first.
    *ties : callable
        Where all else is equal, what more to look at: each is asked only about rows that are still tied.
    turn : Turn, optional
        What comes before the ties: quicker than a key where most rows have a turn of their own.

    Examples
    --------
    >>> tier, days = np.array([2, 1, 1]), np.array([5, 9, 9])
    >>> numbered((tier, -days)).tolist()
    [2, 0, 0]
    >>> name = np.array([7, 8, 6])
    >>> numbered((tier, -days), lambda rows: [name[rows]]).tolist()
    [2, 1, 0]
    >>> numbered((tier, -days), turn=Turn.of(name)).tolist()
    [2, 1, 0]
    """
    return in_order(keys, *ties, turn=turn).numbers


def arranged(*keys: np.ndarray) -> np.ndarray:
    """Return the places of the rows in the order of the keys, the first key strongest; equal rows stay as they stand."""
    return in_order(keys).rows


def in_order(keys: Sequence[np.ndarray | Digits], *ties: Ties, turn: Turn | None = None) -> InOrder:
    """Put rows in the order of their keys; equal rows stay as they stand, or by turns.

    Keys are put side by side in machine words, and their rows sorted by the last word first.

    Examples
    --------
    >>> in_order([np.array([3, 1, 3])])
    InOrder(rows=array([1, 0, 2]), steps=array([ True,  True, False]))
    """
    words = _side_by_side([key if isinstance(key, Digits) else Digits.of(key) for key in keys])
    rows = None if turn is None else turn.rows
    for values, width in reversed(words):
        rows = by_counting(values, width, rows)
    assert rows is not None  # there is a word, if only of one value
    found = InOrder(rows, _steps(rows, words, turn))
    for more in ties:
        found = _settled(found, more)
    return found


def _side_by_side(keys: Sequence[Digits]) -> list[Digits]:
    """Return keys as few words of a machine, most important first; what tells nobody apart is left out."""
    words = list[Digits]()
    for key in (each for each in keys if each.width):
        if words and words[-1].width + key.width <= _WORD:
            words[-1] = words[-1].then(key)
        else:
            words.append(key)
    return words or list(keys[:1])


def _steps(rows: np.ndarray, words: Sequence[Digits], turn: Turn | None) -> np.ndarray:
    """Say which of the rows in their order differ from the one before; the first does."""
    steps = np.ones(len(rows), bool)
    every = [word.values for word in words]
    if turn is not None:
        if turn.number is None:
            return steps
        every = [turn.number, *every]
    first, *rest = every
    lined_up = first.take(rows)
    np.not_equal(lined_up[1:], lined_up[:-1], out=steps[1:])
    alike = np.flatnonzero(~steps)
    here, before = rows[alike], rows[alike - 1]
    steps[alike] = np.logical_or.reduce([key.take(here) != key.take(before) for key in rest])
    return steps


def _settled(found: InOrder, tie: Ties) -> InOrder:
    """Put rows that agree so far in the order of a tie, and say where one differs from the last."""
    alike = ~found.steps
    alike[:-1] |= alike[1:]
    at = np.flatnonzero(alike)
    if not len(at):
        return found
    rows, steps = found.rows.copy(), found.steps.copy()  # rows may be those of a turn
    tied = rows[at]
    again = in_order([np.cumsum(steps[at]), *tie(tied)])
    rows[at] = tied[again.rows]
    steps[at] |= again.steps
    return InOrder(rows, steps)


def among(rows: np.ndarray, tie: Ties) -> Ties:
    """Ask a tie about places among some rows."""
    return lambda some: tie(rows[some])


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
