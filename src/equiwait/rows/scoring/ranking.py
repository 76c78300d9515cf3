"""List work: places from small keys.

An *order key* is a tuple of integer arrays, most important first; smaller goes first. Rows are *numbered* from 0 in the
order of their keys, the group first, so that all else is counting. Rows that agree in every key go by what settles ties;
those that agree in that too share a number, so nothing ever depends on the order of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

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
    """An order in which rows stand that agree in all else: each row's seat in it, and who sits there.

    ``number`` says which rows it does not tell apart, if there are any.
    """

    seat: np.ndarray
    rows: np.ndarray
    number: np.ndarray | None

    @classmethod
    def of(cls, key: np.ndarray) -> Turn:
        """Return the rows in turn by one key."""
        found = in_order([key])
        seat = np.empty(len(key), np.uint64)
        seat[found.rows] = np.arange(len(key), dtype=np.uint64)
        return cls(seat, found.rows, None if found.steps.all() else found.numbers)

    def among(self, rows: np.ndarray) -> Turn:
        """Return the turn of some rows, each of them as often as it is named."""
        return Turn.of((self.seat if self.number is None else self.number)[rows])


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

    As many bits of the keys as a machine word has room for, beside the seat of the row, are sorted as one whole number,
    which machines do best. Rows that agree in those are sorted among themselves by the rest of the bits, then by ties.

    Examples
    --------
    >>> in_order([np.array([3, 1, 3])])
    InOrder(rows=array([1, 0, 2]), steps=array([ True,  True, False]))
    """
    every = [key if isinstance(key, Digits) else Digits.of(key) for key in keys]
    many = len(every[0].values)
    width = max(many - 1, 0).bit_length()
    leading, rest = _leading(every, _WORD - width)
    word = leading << np.uint64(width)
    word |= np.arange(many, dtype=np.uint64) if turn is None else turn.seat
    word.sort()
    seat = (word & np.uint64((1 << width) - 1)).view(np.intp)
    rows = seat if turn is None else turn.rows.take(seat)
    steps = np.ones(many, bool)
    if turn is not None and turn.number is None and not rest:
        return InOrder(rows, steps)
    word >>= np.uint64(width)
    np.not_equal(word[1:], word[:-1], out=steps[1:])
    if rest:
        _settle(rows, steps, rest)
    if turn is not None:
        _by_turns(rows, steps, turn)
    for more in ties:
        _settle(rows, steps, (), more)
    return InOrder(rows, steps)


def _by_turns(rows: np.ndarray, steps: np.ndarray, turn: Turn) -> None:
    """Tell apart rows that agree so far, and so stand by turns already, where they have not the same."""
    if turn.number is None:
        steps[:] = True
        return
    alike = np.flatnonzero(~steps)
    steps[alike] = turn.number[rows[alike]] != turn.number[rows[alike - 1]]


def _settle(rows: np.ndarray, steps: np.ndarray, rest: Keys, tie: Ties | None = None) -> None:
    """Put rows that agree so far in the order of the rest of their keys, or of a tie, and say where one differs from the last."""
    alike = ~steps
    alike[:-1] |= alike[1:]
    at = np.flatnonzero(alike)
    if not len(at):
        return
    tied = rows[at]
    more = [key[tied] for key in rest] if tie is None else tie(tied)
    again = in_order([np.cumsum(steps[at]), *more])
    rows[at] = tied[again.rows]
    steps[at] |= again.steps


def among(rows: np.ndarray, tie: Ties) -> Ties:
    """Ask a tie about places among some rows."""
    return lambda some: tie(rows[some])


def _leading(keys: Sequence[Digits], room: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Pack keys side by side; return as many leading bits as there is room for, and the rest."""
    word, rest = np.zeros(0, np.uint64), list[np.ndarray]()
    for digits, width in keys:
        if not width:
            continue
        if not room:
            rest.append(digits)
            continue
        if width > room:
            rest.append(digits & np.uint64((1 << width - room) - 1))
            digits, width = digits >> np.uint64(width - room), room
        if len(word):
            word = word << np.uint64(width)
            word |= digits
        else:
            word = digits
        room -= width
    return (word if len(word) else np.zeros(len(keys[0].values), np.uint64)), rest


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
