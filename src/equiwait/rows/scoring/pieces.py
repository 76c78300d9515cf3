"""A list in pieces of whole groups, so that places are found with few rows at hand, on every core.

Places in one group owe nothing to another. Each block of rows is put in the order of the pieces while it is at hand, and
written where the pieces lie, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, starmap
from threading import Lock
from typing import TypeAlias

import numpy as np

from equiwait.parallel import cores, spread
from equiwait.room import room_for

__all__ = ["BLOCK", "PIECE", "Columns", "Pieces", "blocks_of"]

BLOCK = 262_144
"""Rows scored at a time, at most."""

PIECE = 65_536
"""Rows ranked at a time, if no group has more: few enough for a processor's cache, and for the keys of most lists to lie beside
the seat of each row in one machine word; not too many calls."""

Columns: TypeAlias = Mapping[str, np.ndarray]
"""Columns of some rows, by name."""


class Pieces:
    """Columns of a list, piece after piece, and in each piece block after block.

    Each column is one array with room for every row: much memory taken at once costs less than little, time and again.

    Parameters
    ----------
    group : ndarray of int
        The group that each row is ranked in.
    ends : sequence of int, optional
        Where the blocks end in which rows come; by default those of `blocks_of`.
    """

    def __init__(self, group: np.ndarray, ends: Sequence[int] | None = None) -> None:
        self.group = group
        self.blocks = list(blocks_of(len(group)) if ends is None else starmap(slice, pairwise([0, *ends])))
        groups = int(max(spread(lambda rows: group[rows].max(initial=0), self.blocks))) + 1
        sizes = list(spread(lambda rows: np.bincount(group[rows], minlength=groups), self.blocks))
        number = np.maximum(np.cumsum(sum(sizes)) - 1, 0) // PIECE  # of the piece in which each group ends
        self.many = int(number[-1]) + 1
        self._piece = number.astype(np.min_scalar_type(self.many))  # numbers of few bits are sorted by counting
        room = np.array([np.bincount(number, each, self.many) for each in sizes], np.intp).T
        self._starts = np.cumsum(room).reshape(room.shape) - room  # of each block's stretch in each piece
        self._filled = np.zeros(room.shape, np.intp)
        self._order = room_for(len(group), np.int32)  # of each block: its rows that are wanted, piece by piece
        self._stand = np.zeros(len(self.blocks), bool)  # blocks whose rows come in that order
        self._columns: dict[str, np.ndarray] = {}
        self._making = Lock()

    def put(self, block: int, columns: Columns, wanted: np.ndarray) -> None:
        """Write a block's columns where its rows stand in the pieces, with ``group`` among them; only rows that are ``wanted``."""
        rows = self.blocks[block]
        group = self.group[rows]
        piece = self._piece.take(group)
        if not wanted.all():
            piece = np.where(wanted, piece, piece.dtype.type(self.many))
        self._filled[:, block] = np.bincount(piece, minlength=self.many)[: self.many]
        here = int(self._filled[:, block].sum())
        order = None if (piece[:-1] <= piece[1:]).all() else np.argsort(piece, kind="stable")[:here]
        self._stand[block] = order is None
        self._order[rows][:here] = np.arange(here) if order is None else order
        for name, column in {**columns, "group": group}.items():
            self._write(block, column if order is None else column.take(order), self._room(name, column.dtype))

    def _room(self, name: str, kind: np.dtype) -> np.ndarray:
        with self._making:
            if name not in self._columns:
                self._columns[name] = room_for(len(self.group), kind)
            return self._columns[name]

    def _write(self, block: int, column: np.ndarray, into: np.ndarray) -> None:
        at = 0
        for start, many in zip(self._starts[:, block].tolist(), self._filled[:, block].tolist(), strict=True):
            into[start : start + many] = column[at : at + many]
            at += many

    def piece(self, number: int) -> Columns:
        """Return the columns of one piece."""
        at = self.at(number)
        return {name: column[at] for name, column in self._columns.items()}

    def at(self, number: int) -> slice | np.ndarray:
        """Return where the rows of one piece stand among those of all pieces."""
        starts, filled = self._starts[number], self._filled[number]
        if (starts[1:] == (starts + filled)[:-1]).all():
            return slice(int(starts[0]), int(starts[-1] + filled[-1]))
        return _stretches(starts, filled)

    def halves(self, name: str) -> list[np.ndarray]:
        """Return the room of a column of 64 bits as that of two of 32, each row's own where it stands; of one of 32, itself."""
        column = self._columns[name]
        return list(column.view(np.int32).reshape(len(column), column.itemsize // 4).T)

    def spare(self, name: str) -> list[np.ndarray]:
        """Return the room of a column that nobody needs any more, as that of columns of 32 bits."""
        column = self._columns[name]
        many = column.itemsize // 4
        return list(column.view(np.int32).reshape(many, len(column))) if many else []

    def rows(self, number: int) -> np.ndarray:
        """Return which rows a piece holds, in the order of its columns."""
        before = np.cumsum(self._filled, axis=0)[number] - self._filled[number]
        several = zip(self.blocks, before.tolist(), self._filled[number].tolist(), strict=True)
        return np.concatenate([self._order[rows][at : at + many] + np.intp(rows.start) for rows, at, many in several])

    def give_back(self, block: int, columns: Iterable[tuple[np.ndarray, np.ndarray]]) -> None:
        """Write columns of what was found of the rows of all pieces where a block's stand in columns of the list; 0 of a row in none."""
        starts, filled = self._starts[:, block], self._filled[:, block]
        ends, rows = (starts + filled).tolist(), self.blocks[block]
        here = int(filled.sum())
        order = slice(0, here) if self._stand[block] else self._order[rows][:here].astype(np.intp)
        for column, into in columns:
            if here < rows.stop - rows.start:
                into[rows] = 0
            stretches = zip(starts.tolist(), ends, strict=True)
            into[rows][order] = np.concatenate([column[start:end] for start, end in stretches])


def _stretches(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the places of several stretches, one after the other."""
    places = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    places += np.arange(len(places))
    return places


def blocks_of(rows: int) -> Iterator[slice]:
    """Yield the rows of each block of a list, all of like size and as many for each core; one block for no rows."""
    many = -(-rows // BLOCK)
    many = -(-many // cores()) * cores() if many > 1 else 1
    size = max(-(-rows // many), 1)
    for start in range(0, max(rows, 1), size):
        yield slice(start, min(start + size, rows))
