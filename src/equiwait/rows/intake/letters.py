"""The bytes of a text column, and what they say of its cells: hardly any cell has to be looked at by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Letters", "digits", "letters_of"]

_SPACE, _LAST = 0x20, 0x7E  # the first and the last of printable ASCII
_NONE = np.full(1, ord("a"), np.uint8)  # stands for the letters of a column of empty cells: nobody asks for it


@dataclass(frozen=True)
class Letters:
    """The bytes of a text column, one after the other, and where each cell begins; the last number is the end.

    Most questions are answered for the column as a whole by its least and its greatest byte: identifiers of digits have no
    spaces and no dashes. A missing cell may have bytes, and where a cell is too short its neighbour's are taken: what is said
    of these means nothing.
    """

    letters: NDArray[np.uint8]
    ends: NDArray[np.int32]

    @classmethod
    def of(cls, text: pa.Array) -> Letters:
        """Return the letters of a text column."""
        letters, ends = letters_of(text)
        return cls(letters if len(letters) else _NONE, ends)

    @cached_property
    def least(self) -> int:
        """The least byte."""
        return int(self.letters.min())

    @cached_property
    def most(self) -> int:
        """The greatest byte."""
        return int(self.letters.max())

    @cached_property
    def first(self) -> NDArray[np.uint8]:
        """The first byte of each cell."""
        return self.at(0)

    @cached_property
    def last(self) -> NDArray[np.uint8]:
        """The last byte of each cell."""
        return self.at(-1)

    @cached_property
    def third_last(self) -> NDArray[np.uint8]:
        """The third last byte of each cell, the first of shorter ones."""
        return self.at(-3)

    @cached_property
    def width(self) -> int:
        """How many bytes every cell has, as identifiers often do; 0 where cells differ."""
        width = len(self.letters) // max(len(self.ends) - 1, 1)
        return width if (np.diff(self.ends) == width).all() else 0

    def at(self, place: int) -> NDArray[np.uint8]:
        """Return one byte of each cell, counted from its beginning, or back from its end but never before its first."""
        if self.width > max(place, 0):
            return np.ascontiguousarray(self.letters.reshape(-1, self.width)[:, max(place, -self.width)])
        begin, end = self.ends[:-1], self.ends[1:]
        where = begin + place if place >= 0 else np.maximum(end + place, begin)
        return np.asarray(self.letters.take(where, mode="clip"))

    def has(self, mark: str) -> bool:
        """Whether a mark of ASCII stands anywhere."""
        return self.least <= ord(mark) <= self.most and bool((self.letters == ord(mark)).any())

    def holds(self, marks: str) -> NDArray[np.bool_]:
        """Return which cells hold one of some marks, which hardly any does."""
        found = np.zeros(len(self.ends) - 1, bool)
        for mark in marks:
            if self.has(mark):
                found |= self._cells(self.letters == ord(mark))
        return found

    def beyond_ascii(self) -> NDArray[np.bool_]:
        """Return which cells have a letter outside ASCII, which hardly any has."""
        return self._cells(self.letters > 0x7F) if self.most > 0x7F else np.zeros(len(self.ends) - 1, bool)

    def perhaps_without_digits(self) -> NDArray[np.bool_]:
        """Return which cells may have no digit: their first, last and third last byte are none, and few come so far."""
        if self.least >= ord("0") and self.most <= ord("9"):
            return np.zeros(len(self.ends) - 1, bool)
        return ~(digits(self.first) | digits(self.last) | digits(self.third_last))

    def perhaps_of_one(self) -> NDArray[np.bool_]:
        """Return which cells may be one byte, over and over, or none: their first, last and third last are the same.

        Those of an empty cell always are.
        """
        return np.asarray((self.first == self.last) & (self.first == self.third_last))

    def perhaps_counting(self) -> NDArray[np.bool_]:
        """Return which cells begin with three bytes such as 123."""
        return np.asarray((self.at(1) == self.first + 1) & (self.at(2) == self.first + 2))

    def perhaps_unclean(self) -> NDArray[np.bool_]:
        """Return the cells with a byte outside printable ASCII, two spaces side by side, or a space at an end."""
        spaced = self.has(" ")
        if not spaced and self.least > _SPACE and self.most <= _LAST:
            return np.zeros(len(self.ends) - 1, bool)
        unclean = (self.letters - np.uint8(_SPACE)) > _LAST - _SPACE
        if not spaced:
            return self._cells(unclean)
        space = self.letters == _SPACE
        unclean[1:] |= space[1:] & space[:-1]
        return np.asarray(self._cells(unclean) | (self.first == _SPACE) | (self.last == _SPACE))

    def _cells(self, bytes_: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The cells in which some bytes lie."""
        found = np.zeros(len(self.ends) - 1, bool)
        found[np.searchsorted(self.ends, np.flatnonzero(bytes_), side="right") - 1] = True
        return found


def letters_of(text: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Return the bytes of a text column one after the other, and where each cell begins; the last number is the end."""
    if not len(text):
        return np.zeros(0, np.uint8), np.zeros(1, np.int32)  # such a column may have no offsets at all
    _, offsets, data = text.buffers()
    ends = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    return np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]], ends - ends[0]


def digits(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which bytes are digits."""
    return np.asarray((letters - np.uint8(ord("0"))) < 10)
