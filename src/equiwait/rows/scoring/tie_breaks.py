"""What tells rows apart: the group that each is ranked in, and identifiers that settle ties, as whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.rows.scoring.ranking import numbered, packed
from equiwait.rows.scoring.tiers import met_values

__all__ = ["Identifier", "Identity", "groups_of"]

_LONG = 256  # bytes; longer text is no identifier, and is ranked as it stands


@dataclass(frozen=True)
class Identity:
    """The group of each row, identifiers in the order in which they settle ties, and the person where those stand together."""

    group: np.ndarray
    ties: Sequence[Identifier]
    person: np.ndarray | None = None

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
    """A column of identifiers; turned into numbers only for those who are tied."""

    column: pa.Array

    def keys(self, rows: np.ndarray) -> list[np.ndarray]:
        """Return order keys of some rows, most important first, that stand in the order of the text, blanks last."""
        column = self.column.take(pa.array(rows))
        if pa.types.is_dictionary(column.type):
            return [_place_of(_ranked(column.dictionary.cast(pa.string())), column.indices)]
        if pa.types.is_temporal(column.type):
            return [np.asarray(column.cast(pa.timestamp("s")).cast(pa.int64()).fill_null(np.iinfo(np.int64).max // 2))]
        text = column if _is_text(column) else column.cast(pa.string())
        words = _text_keys(text)
        return [np.asarray(text.is_null()).astype(np.int64), *words] if text.null_count else words

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
    """Return as few whole numbers for each text as stand in its order: a few bits for each place where texts differ."""
    if not len(text):
        return [np.zeros(0, np.int64)]
    longest = pc.max(pc.binary_length(text)).as_py() or 0
    if longest > _LONG:
        return [_ranked(text)]
    letters = _letters(text, longest)
    low, high = letters.min(axis=0), letters.max(axis=0)
    places = [(place, int(low[place]), int(high[place])) for place in np.flatnonzero(low != high).tolist()]
    return packed(_columns(letters, places))


def _letters(text: pa.Array, longest: int) -> np.ndarray:
    """Return the bytes of each text as a row, noughts after its end."""
    _, offsets, data = text.buffers()
    kind = np.int64 if pa.types.is_large_string(text.type) else np.int32
    ends = np.frombuffer(offsets, kind)[text.offset : text.offset + len(text) + 1].astype(np.int64)
    letters = np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]]
    length = np.diff(ends)
    if (length == longest).all():
        return letters.reshape(len(text), longest)
    rows = np.zeros((len(text), longest), np.uint8)
    rows[np.arange(longest) < length[:, None]] = letters
    return rows


def _columns(letters: np.ndarray, places: Sequence[tuple[int, int, int]]) -> Iterator[tuple[np.ndarray, int, int]]:
    """Yield the bytes at each place where texts differ, and between which values they lie in the whole list."""
    for place, low, high in places:
        yield letters[:, place], low, high
    if not places:
        yield np.zeros(len(letters), np.uint8), 0, 0


def groups_of(columns: Sequence[pa.Array], rows: int) -> np.ndarray:
    """Return for each row the number of its group: one for each combination of values that occurs."""
    group, groups = np.zeros(rows, np.uint16), 1
    for column in columns:
        coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
        size = len(coded.dictionary) + 1
        groups *= size
        group = group.astype(np.uint16 if groups < 65_536 else np.int64)
        group *= size
        group += np.asarray(coded.indices.cast(pa.int32()).fill_null(size - 1)).astype(group.dtype)
        if groups > 65_536:  # as few numbers as there are groups, so that they sort by counting
            met, group = met_values(group, groups)
            groups = len(met)
    return group
