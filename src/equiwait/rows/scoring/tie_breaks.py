"""What tells rows apart: the group that each is ranked in, and identifiers that settle ties, as whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial, reduce
from math import prod
from operator import and_, or_
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.frames import in_one
from equiwait.parallel import spread
from equiwait.plain_columns import Plain, plain
from equiwait.room import noughts
from equiwait.rows.scoring.blocks import met_values
from equiwait.rows.scoring.pieces import blocks_of
from equiwait.rows.scoring.ranking import Ties, numbered

__all__ = ["Identifier", "Identity", "Leads", "after_all_share", "groups_of", "leads_of"]

Numbers: TypeAlias = Callable[[slice], np.ndarray]
"""Gives some rows, as they stand, a number each."""

_LONG = 256  # bytes; longer text is no identifier, and is ranked as it stands
_SHORT = 65_536  # groups that a short number tells apart
_EIGHT = 8  # letters in a machine word
_WORD = 64  # bits
_LAST = np.uint64(2**_WORD - 1)  # of a blank: no letter is as high
_SIGN = np.uint64(2 ** (_WORD - 1))
_KEPT = np.array(
    [2**_WORD - 2 ** (_WORD - 8 * many) for many in range(_EIGHT + 1)], np.uint64
)  # so many letters of a word


@dataclass(frozen=True)
class Identity:
    """What tells rows apart: identifiers in the order in which they settle ties, and whose pathway each is if that counts.

    To read each row's text from wherever it lies takes long, and is done for the few who agree in their *leads*: a number
    for each row in the order of its first identifier, as far as it goes.
    """

    several: Sequence[Identifier]
    person: np.ndarray | None = None

    def tie(self, rows: Callable[[], np.ndarray]) -> Ties:
        """Return what settles ties among some rows whose leads are equal."""
        return lambda some: [self.settled(rows()[some])]

    def settled(self, rows: np.ndarray) -> np.ndarray:
        """Return the order of some rows by their identifiers, equal where all of these are: for the few who are tied."""
        keys: list[np.ndarray] = []
        number = np.zeros(len(rows), np.int32)
        for identifier in self.several:
            keys += identifier.keys(rows)
            number = numbered(keys)
            if len(np.unique(number)) == len(rows):
                break  # nobody is tied any more
        return number


@dataclass(frozen=True)
class Identifier:
    """A column of identifiers, any rows of which can be had; they stand in the order of their text, blanks last."""

    taken: Callable[[np.ndarray], pa.Array]

    @classmethod
    def of(cls, fetched: Callable[[], pa.Array | pa.ChunkedArray]) -> Identifier:
        """Return the identifiers of a column, which is fetched and put together once anybody looks at them."""
        whole = cache(lambda: in_one(fetched()))
        return cls(lambda rows: whole().take(pa.array(rows)))

    def keys(self, rows: np.ndarray) -> list[np.ndarray]:
        """Return order keys of some rows, most important first."""
        return _order_keys(self.taken(rows))

    def texts(self, rows: np.ndarray) -> list[str | None]:
        """Return the identifiers of some rows as they are written; a date as its day, however a list holds it."""
        taken = self.taken(rows)
        said = taken.cast(pa.date32(), safe=False) if pa.types.is_temporal(taken.type) else taken
        texts: list[str | None] = said.cast(pa.string()).to_pylist()
        return texts


def leads_of(column: pa.Array | pa.ChunkedArray) -> Numbers:
    """Return what gives rows of a column their leads: of a text eight letters after the beginning that all of the column share."""
    if not _is_text(column):
        return _looked_up(_order_keys(in_one(column))[0])
    pieces = [piece for rows in blocks_of(len(column)) for piece in _pieces(column[rows])]
    shared = _shared_letters([partial(_Texts.of, piece) for piece in pieces])
    return lambda rows: np.concatenate(
        [_Texts.of(piece).letters(shared) for piece in _pieces(column[rows])]  # where they lie, not put together
    )


class Leads(NamedTuple):
    """Leads of a part of a list, and the beginning that the part's texts share, after which they are; None where all are blank."""

    numbers: np.ndarray
    shared: bytes | None

    @classmethod
    def of(cls, column: pa.Array) -> Leads:
        """Return the leads of a column that is part of a longer one."""
        if pa.types.is_temporal(column.type):
            return cls(_order_keys(column)[0].view(np.uint64) ^ _SIGN, b"")
        text = column if _is_text(column) else column.cast(pa.string())
        letters = _Texts.of(text)
        place = _shared_letters([lambda: letters])
        if text.null_count == len(text):
            return cls(letters.letters(place), None)
        first = text[0 if letters.blank is None else int(np.argmin(letters.blank))].as_py()
        return cls(letters.letters(place), first.encode()[:place].ljust(place, b"\0"))


def after_all_share(leads: np.ndarray, part: np.ndarray, shared: Sequence[bytes | None]) -> np.ndarray:
    """Return leads of several parts as those of one list, after the beginning that all of them share: ``part`` says whose each is.

    Examples
    --------
    >>> parts = [Leads.of(pa.array(texts)) for texts in (["R10", "R11"], ["R2"])]
    >>> leads = np.concatenate([each.numbers for each in parts])
    >>> np.argsort(after_all_share(leads, np.array([0, 0, 1]), [each.shared for each in parts])).tolist()
    [0, 1, 2]
    """
    some = [each for each in shared if each is not None] or [b""]
    first, last = min(some), max(some)
    every = next((at for at, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), len(first))
    tails = [(each or b"")[every:][:_EIGHT] for each in shared]
    if not any(tails):
        return leads
    before = np.array([int.from_bytes(tail.ljust(_EIGHT, b"\0"), "big") for tail in tails], np.uint64).take(part)
    moved = np.array([8 * len(tail) for tail in tails], np.uint64).take(part)
    rest = np.where(moved < _WORD, leads >> np.minimum(moved, np.uint64(_WORD - 1)), np.uint64(0))
    return np.where(leads == _LAST, _LAST, before | rest)


def _order_keys(column: pa.Array) -> list[np.ndarray]:
    if pa.types.is_dictionary(column.type):
        return [_place_of(_ranked(column.dictionary.cast(pa.string())), column.indices)]
    if pa.types.is_temporal(column.type):
        return [np.asarray(column.cast(pa.timestamp("s")).cast(pa.int64()).fill_null(np.iinfo(np.int64).max // 2))]
    return _text_keys(column if _is_text(column) else column.cast(pa.string()))


def _pieces(column: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    """Return the pieces that a column lies in, one at least."""
    return column.chunks if isinstance(column, pa.ChunkedArray) and column.num_chunks else [in_one(column)]


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
    """The bytes of texts as Arrow holds them, where each text starts among them, and how long it is."""

    held: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    longest: int
    alike: bool  # whether all are of one length
    blank: np.ndarray | None

    @classmethod
    def of(cls, text: pa.Array) -> _Texts:
        _, offsets, data = text.buffers()
        kind = np.int64 if pa.types.is_large_string(text.type) else np.int32
        ends = np.frombuffer(offsets or bytes(8), kind)[text.offset : text.offset + len(text) + 1]
        held = np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]]
        lengths = np.diff(ends)
        longest, blank = int(lengths.max(initial=0)), np.asarray(text.is_null()) if text.null_count else None
        alike = blank is None and bool((lengths == longest).all())
        return cls(held, ends[:-1] - ends[0] if ends[0] else ends[:-1], lengths, longest, alike, blank)

    def letters(self, place: int) -> np.ndarray:
        """Return eight letters of each text, from a place on, as a number; noughts after its end, a blank last of all."""
        return self.words(place).astype(np.uint64, copy=False)

    def words(self, place: int) -> np.ndarray:
        """Return the same where the letters lie, if they can stay there."""
        if self.alike and place + _EIGHT <= self.longest:  # none of them runs into the next text
            return np.ndarray(len(self.lengths), ">u8", self.held, place, (self.longest,))
        held = np.append(self.held, np.zeros(_EIGHT, np.uint8))  # a word starts at any byte, the last one too
        words = np.ndarray(len(self.held) + 1, ">u8", held, strides=(1,))
        found = words[np.minimum(self.starts + np.intp(place), len(self.held))].astype(np.uint64)
        found &= _KEPT[np.clip(self.lengths - place, 0, _EIGHT)]
        if self.blank is not None:
            found[self.blank] = _LAST
        return found


def _shared_letters(texts: Sequence[Callable[[], _Texts]]) -> int:
    """Return how many letters all texts begin with, blanks aside."""

    def ends(opened: Callable[[], _Texts]) -> tuple[int, int, int]:
        block = opened()
        words = block.words(place)
        some = words if block.blank is None else words[~block.blank]
        as_they_lie = some.view(np.uint64)  # the machine's own order of bytes is quicker; theirs is that of their kind
        either, both = (bits.reduce(as_they_lie).view(some.dtype) for bits in (np.bitwise_or, np.bitwise_and))
        return int(either), int(both), block.longest

    for place in range(0, _LONG, _EIGHT):
        some, every, longest = zip(*spread(ends, texts), strict=True)
        differ: int = reduce(or_, some) & ~reduce(and_, every)
        if differ:
            return place + (_WORD - differ.bit_length()) // _EIGHT
        if max(longest) <= place + _EIGHT:
            break
    return place


def groups_of(columns: Sequence[pa.Array | pa.ChunkedArray | Plain], rows: int) -> np.ndarray:
    """Return for each row the number of its group: one for each combination of values that occurs."""
    several = [_coded(column) for column in columns]
    if prod(size for _, size in several) <= _SHORT:
        return _numbered_by(several, rows)
    group, groups = np.zeros(rows, np.uint16), 1
    for numbers, size in several:
        group = _numbered_by([(_looked_up(group), groups), (numbers, size)], rows)
        met, group = met_values(
            group, groups * size
        )  # as few numbers as there are groups, so that they sort by counting
        groups = len(met)
    return group


def _looked_up(numbers: np.ndarray) -> Numbers:
    return lambda rows: numbers[rows]


def _numbered_by(several: Sequence[tuple[Numbers, int]], rows: int) -> np.ndarray:
    """Return a number for each combination of places, given for each column with how many places there are."""
    kind = np.dtype(np.uint16 if prod(size for _, size in several) <= _SHORT else np.int64)
    found = noughts(rows, kind)

    def write(some: slice) -> None:
        mine = found[some]
        for numbers, size in several:
            np.multiply(mine, kind.type(size), out=mine)
            np.add(mine, numbers(some).astype(kind, copy=False), out=mine)

    for _ in spread(write, blocks_of(rows)):
        pass  # each writes for itself
    return found


def _encoded(array: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """Return text in codes; its pieces, no longer than blocks, are put in codes on every core."""
    several = [piece[rows] for piece in _pieces(array) for rows in blocks_of(len(piece))]
    return pa.chunked_array(list(spread(pc.dictionary_encode, several))).unify_dictionaries()


def _coded(column: pa.Array | pa.ChunkedArray | Plain) -> tuple[Numbers, int]:
    """Return what gives rows their places among the values of a column, 0 for a blank, and how many places there are."""
    if isinstance(column, Plain) and column.names is not None:
        return lambda rows: column.part(rows).places(), len(column.names) + 1
    array = column.arrow() if isinstance(column, Plain) else column
    coded = in_one(array if pa.types.is_dictionary(array.type) else _encoded(array))
    many, index = len(coded.dictionary), plain(coded.indices)
    if index is None:
        return lambda rows: np.zeros(rows.stop - rows.start, np.int16), many + 1
    return lambda rows: index.part(rows).places(0, many), many + 1
