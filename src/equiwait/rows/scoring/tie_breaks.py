"""What tells rows apart: the group that each is ranked in, and identifiers that settle ties, as whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.frames import BLOCK
from equiwait.parallel import spread
from equiwait.plain_columns import Plain, plain
from equiwait.rows.scoring.blocks import met_values
from equiwait.rows.scoring.ranking import in_order, numbered

__all__ = ["Identifier", "Identity", "InTurn", "groups_of"]

_LONG = 256  # bytes; longer text is no identifier, and is ranked as it stands
_EIGHT = 8  # letters in a machine word
_WORD = 64  # bits
_LAST = np.uint64(2**_WORD - 1)  # of a blank: no letter is as high
_KEPT = np.array(
    [2**_WORD - 2 ** (_WORD - 8 * many) for many in range(_EIGHT + 1)], np.uint64
)  # so many letters of a word


class InTurn(NamedTuple):
    """Rows in the order of their identifiers, and a number for each by which it goes: equal where all of these are."""

    rows: np.ndarray
    turn: np.ndarray


@dataclass(frozen=True)
class Identity:
    """The group of each row, identifiers in the order in which they settle ties, and the person where those stand together."""

    group: np.ndarray
    ties: Sequence[Identifier]
    person: np.ndarray | None = None

    def leads(self) -> np.ndarray:
        """Return the leads of the first identifier: read as they stand, since to fetch each row's text takes longer."""
        return self.ties[0].leads() if self.ties else np.zeros(len(self.group), np.int8)

    def in_turn(self, rows: np.ndarray, leads: np.ndarray) -> InTurn:
        """Put some rows in the order of their identifiers: by their leads, and in full where those agree."""
        found = in_order([leads], lambda tied: self.settled(rows[tied]))
        return InTurn(rows[found.rows], found.numbers)

    def settled(self, rows: np.ndarray) -> np.ndarray:
        """Return the order of some rows by their identifiers, equal where all of these are: for the few who are tied."""
        keys: list[np.ndarray] = []
        number = np.zeros(len(rows), np.int32)
        for identifier in self.ties:
            keys += identifier.keys(rows)
            (number,) = numbered(keys)
            if number.max(initial=-1) == len(rows) - 1:
                break  # nobody is tied any more
        return number


@dataclass(frozen=True)
class Identifier:
    """A column of identifiers, which stand in the order of their text, blanks last."""

    column: pa.Array

    def leads(self) -> np.ndarray:
        """Return a number for each row that stands in the order of the text as far as it goes.

        Of a text these are eight letters after the beginning that all of the column share.
        """
        if not _is_text(self.column):
            return self._order_keys(self.column)[0]
        blocks = [self.column[start : start + BLOCK] for start in range(0, max(len(self.column), 1), BLOCK)]
        shared = _shared_letters(blocks)
        found = np.empty(len(self.column), np.uint64)

        def write(block: tuple[int, pa.Array]) -> None:
            at, text = block
            found[at * BLOCK : at * BLOCK + len(text)] = _Texts.of(text).letters(shared)

        for _ in spread(write, enumerate(blocks)):
            pass  # each writes for itself
        return found

    def keys(self, rows: np.ndarray) -> list[np.ndarray]:
        """Return order keys of some rows, most important first."""
        return self._order_keys(self.column.take(pa.array(rows)))

    def _order_keys(self, column: pa.Array) -> list[np.ndarray]:
        if pa.types.is_dictionary(column.type):
            return [_place_of(_ranked(column.dictionary.cast(pa.string())), column.indices)]
        if pa.types.is_temporal(column.type):
            return [np.asarray(column.cast(pa.timestamp("s")).cast(pa.int64()).fill_null(np.iinfo(np.int64).max // 2))]
        return _text_keys(column if _is_text(column) else column.cast(pa.string()))

    def texts(self, rows: np.ndarray) -> list[str | None]:
        """Return the identifiers of some rows as they are written."""
        texts: list[str | None] = self.column.take(pa.array(rows)).cast(pa.string()).to_pylist()
        return texts


def _is_text(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _place_of(ranks: np.ndarray, indices: pa.Array) -> np.ndarray:
    """Return the rank of each row's value; a blank comes after every value."""
    return np.asarray(np.append(ranks, len(ranks) + 1)[np.asarray(indices.fill_null(len(ranks)))])


def _ranked(text: pa.Array) -> np.ndarray:
    return np.asarray(pc.rank(text, sort_keys="ascending", tiebreaker="dense")).astype(np.int64)


def _text_keys(text: pa.Array) -> list[np.ndarray]:
    """Return as few whole numbers for each text as stand in its order, eight letters in each."""
    letters = _Texts.of(text)
    if letters.longest > _LONG:
        return [_ranked(text)]
    return [letters.letters(place) for place in range(0, max(letters.longest, 1), _EIGHT)]


class _Texts(NamedTuple):
    """The bytes of texts as Arrow holds them: from each byte on eight as a number; where each text starts, how long it is."""

    words: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    longest: int
    blank: np.ndarray | None

    @classmethod
    def of(cls, text: pa.Array) -> _Texts:
        _, offsets, data = text.buffers()
        kind = np.int64 if pa.types.is_large_string(text.type) else np.int32
        ends = np.frombuffer(offsets or bytes(8), kind)[text.offset : text.offset + len(text) + 1]
        first, last = int(ends[0]), int(ends[-1])
        bytes_ = np.zeros(
            last - first + _EIGHT, np.uint8
        )  # with eight noughts at the end, so that a word starts anywhere
        bytes_[: last - first] = np.frombuffer(data or b"", np.uint8)[first:last]
        words = np.ndarray(last - first + 1, ">u8", bytes_.data, 0, (1,))
        lengths = np.diff(ends)
        blank = np.asarray(text.is_null()) if text.null_count else None
        return cls(words, ends[:-1] - first, lengths, int(lengths.max(initial=0)), blank)

    def letters(self, place: int) -> np.ndarray:
        """Return eight letters of each text, from a place on, as a number; noughts after its end, a blank last of all."""
        if self.blank is None and place < self.longest and (self.lengths == self.longest).all():
            every = self.words[place :: self.longest][: len(self.lengths)].astype(np.uint64)
            every &= _KEPT[min(self.longest - place, _EIGHT)]
            return every
        at = np.minimum(self.starts + np.intp(place), len(self.words) - 1)
        found = self.words[at].astype(np.uint64)
        found &= _KEPT[np.clip(self.lengths - place, 0, _EIGHT)]
        if self.blank is not None:
            found[self.blank] = _LAST
        return found


def _shared_letters(texts: Iterable[pa.Array]) -> int:
    """Return how many letters all texts begin with, blanks aside."""

    def ends(text: pa.Array) -> tuple[int, int, int]:
        block = _Texts.of(text.drop_null() if text.null_count else text)
        letters = block.letters(place)
        return int(np.bitwise_or.reduce(letters)), int(np.bitwise_and.reduce(letters)), block.longest

    for place in range(0, _LONG, _EIGHT):
        some, every, longest = zip(*spread(ends, texts), strict=True)
        differ: int = reduce(or_, some) & ~reduce(and_, every)
        if differ:
            return place + (_WORD - differ.bit_length()) // _EIGHT
        if max(longest) <= place + _EIGHT:
            break
    return place


def groups_of(columns: Sequence[pa.Array | Plain], rows: int) -> np.ndarray:
    """Return for each row the number of its group: one for each combination of values that occurs."""
    group, groups = np.zeros(rows, np.uint16), 1
    for column in columns:
        place, size = _coded(column)
        groups *= size
        group = group.astype(np.uint16 if groups < 65_536 else np.int64)
        group *= size
        group += place.astype(group.dtype, copy=False)
        if groups > 65_536:  # as few numbers as there are groups, so that they sort by counting
            met, group = met_values(group, groups)
            groups = len(met)
    return group


def _coded(column: pa.Array | Plain) -> tuple[np.ndarray, int]:
    """Return each row's place among the values of a column, 0 for a blank, and how many places there are."""
    if isinstance(column, Plain) and column.names is not None:
        return column.places(), len(column.names) + 1
    array = column.arrow() if isinstance(column, Plain) else column
    coded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
    many, index = len(coded.dictionary), plain(coded.indices)
    return np.zeros(len(array), np.int16) if index is None else index.places(0, many), many + 1
