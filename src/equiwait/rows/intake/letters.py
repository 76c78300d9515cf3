"""The bytes of a text column: what they say of its cells, and what is done to all at once. Hardly any is looked at by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from equiwait.plain_columns import masked, missing_in, packed

__all__ = ["Letters", "digits", "letters_of"]

_SPACE, _LAST = 0x20, 0x7E  # the first and the last of printable ASCII
_UNBROKEN = (0xC2, 0xA0)  # the bytes of a space that breaks no line
_EVERY = slice(None)  # cell
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
    missing: NDArray[np.bool_]

    @classmethod
    def of(cls, text: pa.Array) -> Letters:
        """Return the letters of a text column."""
        letters, ends = letters_of(text)
        return cls(_some(letters), ends, missing_in(text))

    @cached_property
    def text(self) -> pa.Array:
        """The column: its bytes are not copied."""
        known = packed(~self.missing) if self.missing.any() else None
        buffers = [known, pa.py_buffer(self.ends), pa.py_buffer(self.letters)]
        return pa.Array.from_buffers(pa.string(), len(self.missing), buffers)

    # --- what the bytes say ------------------------------------------------------------------------------------------

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
        width, odd = divmod(int(self.ends[-1]), max(len(self.missing), 1))
        return 0 if odd or not (self.lengths == width).all() else width

    @cached_property
    def lengths(self) -> NDArray[np.int32]:
        """How many bytes each cell has."""
        return np.diff(self.ends)

    @cached_property
    def _ends(self) -> NDArray[np.intp]:
        """Where cells begin and end, as numpy takes by it."""
        return self.ends.astype(np.intp)

    def at(self, place: int, rows: slice | NDArray[np.intp] = _EVERY) -> NDArray[np.uint8]:
        """Return one byte of each cell, or of some, counted from its beginning, or back from its end but never before its first."""
        if self.width > max(place, 0):
            return np.ascontiguousarray(self.letters.reshape(-1, self.width)[rows, max(place, -self.width)])
        begin, end = self._ends[:-1][rows], self._ends[1:][rows]
        where = begin + place if place >= 0 else np.maximum(end + place, begin)
        return np.asarray(self.letters.take(where, mode="clip"))

    def has(self, mark: str) -> bool:
        """Whether a mark of ASCII stands anywhere."""
        return self.least <= ord(mark) <= self.most and bool((self.letters == ord(mark)).any())

    def holds(self, marks: str) -> NDArray[np.bool_]:
        """Return which cells hold one of some marks, which hardly any does."""
        found = np.zeros(len(self.missing), bool)
        for mark in marks:
            if self.has(mark):
                found |= self._cells(self.letters == ord(mark))
        return found

    def beyond_ascii(self) -> NDArray[np.bool_]:
        """Return which cells have a letter outside ASCII, which hardly any has."""
        return self._cells(self.letters > 0x7F) if self.most > 0x7F else np.zeros(len(self.missing), bool)

    # Of the bytes that tell what hardly any cell is, the others are looked at only where the first leaves it open.

    def perhaps_without_digits(self) -> NDArray[np.bool_]:
        """Return which cells may have no digit: their third last, last and first byte are none, and few come so far."""
        if self.least >= ord("0") and self.most <= ord("9"):
            return self._marked([])
        rows = np.flatnonzero(~digits(self.third_last))
        rows = rows[~digits(self.last[rows])]
        return self._marked(rows[~digits(self.first[rows])])

    def perhaps_of_one(self) -> NDArray[np.bool_]:
        """Return which cells may be one byte, over and over, or none: their first and their last three are the same.

        Those of an empty cell always are.
        """
        rows = np.flatnonzero(self.first == self.last)
        for place in (-2, -3):
            rows = rows[self.first[rows] == self.at(place, rows)]
        return self._marked(rows)

    def perhaps_counting(self) -> NDArray[np.bool_]:
        """Return which cells begin with three bytes such as 123."""
        rows = np.flatnonzero(self.at(1) == self.first + 1)
        return self._marked(rows[self.at(2, rows) == self.first[rows] + 2])

    def _marked(self, rows: NDArray[np.intp] | list[int]) -> NDArray[np.bool_]:
        """Some cells as a mask."""
        mask = np.zeros(len(self.missing), bool)
        mask[rows] = True
        return mask

    def unprintable(self) -> NDArray[np.bool_]:
        """Return which cells have a byte outside printable ASCII."""
        if self.least >= _SPACE and self.most <= _LAST:
            return self._marked([])
        return self._cells((self.letters - np.uint8(_SPACE)) > _LAST - _SPACE)

    def _cells(self, bytes_: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The cells in which some bytes lie."""
        return self._marked(np.searchsorted(self.ends, np.flatnonzero(bytes_), side="right") - 1)

    # --- what is done to all cells at once ---------------------------------------------------------------------------

    def without(self, places: NDArray[np.intp]) -> Letters:
        """Return the cells without the bytes at some places, each given once and in order."""
        if not len(places):
            return self
        kept = np.ones(len(self.letters), bool)
        kept[places] = False
        cells = np.searchsorted(self.ends, places.astype(np.int32), side="right")  # the ends behind them move
        fewer = np.repeat(np.arange(len(places) + 1, dtype=np.int32), np.diff(cells, prepend=0, append=len(self.ends)))
        left = masked(self.letters, None).filter(masked(kept, None))  # Arrow copies whole stretches
        return Letters(_some(np.asarray(left)), self.ends - fewer, self.missing)

    def without_cells(self, rows: NDArray[np.bool_]) -> Letters:
        """Return the column with some cells missing."""
        return replace(self, missing=self.missing | rows)

    def plainly_spaced(self) -> Letters:
        """Return cells with single spaces that are no other kind of space, and none at an end."""
        if self.least > _SPACE and self.most <= _LAST:
            return self
        letters = self._with_plain_spaces()
        space = letters == _SPACE
        if not space.any():
            return self
        once = replace(self, letters=letters).without(1 + np.flatnonzero(space[1:] & space[:-1]))
        return once.without(np.union1d(once._spaces_at(0), once._spaces_at(-1)))

    def _with_plain_spaces(self) -> NDArray[np.uint8]:
        """The bytes with two spaces, which are too many, for a space that breaks no line."""
        if self.most <= _LAST:
            return self.letters
        second = np.flatnonzero(self.letters == _UNBROKEN[1])
        second = second[self.letters[second - 1] == _UNBROKEN[0]]
        letters = self.letters.copy()
        letters[second] = letters[second - 1] = _SPACE
        return letters

    def _spaces_at(self, place: int) -> NDArray[np.intp]:
        """Where a cell begins or ends with a space; of an empty cell it may be its neighbour's, who has it there as well."""
        cells = np.flatnonzero((self.last if place else self.first) == _SPACE)
        begin, end = self.ends[cells], self.ends[cells + 1]
        where = np.maximum(end - 1, begin) if place else begin
        return np.minimum(where, len(self.letters) - 1).astype(np.intp)


def _some(letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return letters if len(letters) else _NONE


def letters_of(text: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Return the bytes of a text column one after the other, and where each cell begins; the last number is the end."""
    if not len(text):
        return np.zeros(0, np.uint8), np.zeros(1, np.int32)  # such a column may have no offsets at all
    _, offsets, data = text.buffers()
    ends = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    return np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]], ends - ends[0] if ends[0] else ends


def digits(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which bytes are digits."""
    return np.asarray((letters - np.uint8(ord("0"))) < 10)
