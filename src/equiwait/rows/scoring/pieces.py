"""A list in pieces of whole groups, so that places are found with few rows at hand, on every core.

Places in one group owe nothing to another. Each block of rows is put in the order of the pieces while it is at hand, and
written where the pieces lie, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise, starmap
from threading import Lock
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from equiwait.parallel import cores, spread
from equiwait.room import noughts, room_for

__all__ = ["BLOCK", "PIECE", "Columns", "Pieces", "Runs", "Stretches", "WholeGroups", "blocks_of"]

BLOCK = 262_144
"""Rows scored at a time, at most."""

PIECE = 65_536
"""Rows ranked at a time, if no group has more: few enough for a processor's cache, and not too many calls."""

Columns: TypeAlias = Mapping[str, np.ndarray]
"""Columns of some rows, by name."""


class WholeGroups(Protocol):
    """A list in pieces of whole groups."""

    size: int
    """How many rows the list has."""
    many: int
    """How many pieces."""

    def piece(self, number: int) -> Columns:
        """Return the columns of one piece, with ``group`` among them."""

    def rows(self, number: int) -> np.ndarray:
        """Return which rows a piece holds, in the order of its columns."""

    def keep(self, number: int, found: Columns) -> None:
        """Keep what was found of the rows of one piece, whose columns nobody needs any more."""

    def found(self) -> Columns:
        """Return what was kept, as columns of the list; 0 of a row in no piece."""


class Runs(NamedTuple):
    """The groups of a block's rows, and how many rows of each stand together."""

    group: np.ndarray
    lengths: np.ndarray

    @property
    def in_order(self) -> bool:
        """Whether each group comes once, and after those of lower number."""
        return bool((self.group[:-1] < self.group[1:]).all())


class Stretches:
    """Pieces of blocks whose rows stand in the order of their groups: a piece is a stretch of each, and nothing is moved.

    Parameters
    ----------
    blocks : sequence of mappings
        The columns of each block.
    runs : sequence of Runs
        The groups of each block.
    nowhere : int
        The number behind those of all groups, of rows that are in none.
    """

    def __init__(self, blocks: Sequence[Columns], runs: Sequence[Runs], nowhere: int) -> None:
        self._blocks, self._runs = blocks, runs
        sizes = sum(np.bincount(each.group, each.lengths, nowhere + 1) for each in runs)
        number = _pieces_of(np.asarray(sizes)[:nowhere].astype(np.intp), PIECE)
        self.many = int(number[-1]) + 1 if nowhere else 0
        first = np.searchsorted(number, np.arange(self.many + 1))  # group of each piece; of none, who is in no group
        self._cuts = [np.searchsorted(each.group, first) for each in runs]
        ends = [np.append(0, np.cumsum(each.lengths)) for each in runs]
        self._ends = [end[cut].tolist() for end, cut in zip(ends, self._cuts, strict=True)]
        self._starts = list(accumulate((int(end[-1]) for end in ends), initial=0))
        self.size = self._starts.pop()
        self._found, self._making = dict[str, np.ndarray](), Lock()

    def piece(self, number: int) -> Columns:
        """Return the columns of one piece, with ``group`` among them."""
        at = [slice(*end[number : number + 2]) for end in self._ends]
        names = self._blocks[0] if self._blocks else ()
        columns = {
            name: np.concatenate([block[name][rows] for block, rows in zip(self._blocks, at, strict=True)])
            for name in names
        }
        runs = [(each, slice(*cut[number : number + 2])) for each, cut in zip(self._runs, self._cuts, strict=True)]
        return {
            **columns,
            "group": np.concatenate([np.repeat(each.group[some], each.lengths[some]) for each, some in runs]),
        }

    def rows(self, number: int) -> np.ndarray:
        """Return which rows a piece holds, in the order of its columns."""
        return np.concatenate([np.arange(rows.start, rows.stop) for rows in self._rows(number)])

    def _rows(self, number: int) -> Iterator[slice]:
        for start, end in zip(self._starts, self._ends, strict=True):
            yield slice(start + end[number], start + end[number + 1])

    def keep(self, number: int, found: Columns) -> None:
        """Keep what was found of the rows of one piece."""
        for name, column in found.items():
            into, at = self._room(name, _kind_of(column)), 0
            for rows in self._rows(number):
                many = rows.stop - rows.start
                into[rows] = column[at : at + many]
                at += many

    def _room(self, name: str, kind: DTypeLike) -> np.ndarray:
        with self._making:
            if name not in self._found:
                self._found[name] = noughts(self.size, kind)
            return self._found[name]

    def found(self) -> Columns:
        """Return what was kept, as columns of the list; 0 of a row in no piece."""
        return self._found


def _kind_of(found: np.ndarray) -> DTypeLike:
    """Return in how many bits something found is kept: places in 32, what has few values in 8."""
    return np.int8 if found.itemsize == 1 else _SPARE


def _pieces_of(sizes: np.ndarray, most: int) -> np.ndarray:
    """Return in which piece of ``most`` rows each group of so many ends."""
    return np.asarray(np.maximum(np.cumsum(sizes) - 1, 0) // most)


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
        self.group, self.size = group, len(group)
        self.blocks = list(blocks_of(len(group)) if ends is None else starmap(slice, pairwise([0, *ends])))
        groups = int(max(spread(lambda rows: group[rows].max(initial=0), self.blocks))) + 1
        sizes = list(spread(lambda rows: np.bincount(group[rows], minlength=groups), self.blocks))
        number = _pieces_of(np.sum(sizes, axis=0), PIECE)
        self.many = int(number[-1]) + 1
        self._piece = number.astype(np.min_scalar_type(self.many))  # numbers of few bits are sorted by counting
        room = np.array([np.bincount(number, each, self.many) for each in sizes], np.intp).T
        self._starts = np.cumsum(room).reshape(room.shape) - room  # of each block's stretch in each piece
        self._filled = np.zeros(room.shape, np.intp)
        self._order = room_for(len(group), np.int32)  # of each block: its rows that are wanted, piece by piece
        self._columns, self._found = dict[str, np.ndarray](), dict[str, np.ndarray]()
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
        order = np.argsort(piece, kind="stable")[:here]
        self._order[rows][:here] = order
        for name, column in {**columns, "group": group}.items():
            self._write(block, column.take(order), self._room(name, column.dtype))

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

    def rows(self, number: int) -> np.ndarray:
        """Return which rows a piece holds, in the order of its columns."""
        before = np.cumsum(self._filled, axis=0)[number] - self._filled[number]
        several = zip(self.blocks, before.tolist(), self._filled[number].tolist(), strict=True)
        return np.concatenate([self._order[rows][at : at + many] + np.intp(rows.start) for rows, at, many in several])

    def keep(self, number: int, found: Columns) -> None:
        """Keep what was found of the rows of one piece: where their scores stood, which nobody needs by then."""
        for name, column in found.items():
            self._room_found(name, _kind_of(column))[self.at(number)] = column

    def _room_found(self, name: str, kind: DTypeLike) -> np.ndarray:
        with self._making:
            if name not in self._found:
                stood, half = _STOOD.get(name, (None, 0))
                halves = self._halves(stood) if stood in self._columns else []
                self._found[name] = halves[half] if half < len(halves) else noughts(self.size, kind)
            return self._found[name]

    def _halves(self, name: str) -> list[np.ndarray]:
        """Return the room of a column of 64 bits as that of two of 32, each row's own where it stands; of one of 32, itself."""
        column = self._columns[name]
        return list(column.view(np.int32).reshape(len(column), column.itemsize // 4).T)

    def found(self) -> Columns:
        """Return what was kept, as columns of the list; 0 of a row in no piece."""
        wide = [name for name, column in self._found.items() if column.itemsize == _SPARE.itemsize]
        columns = dict(zip(sorted(wide), self._spare("lead"), strict=False))
        columns = {name: columns.get(name, noughts(self.size, each.dtype)) for name, each in self._found.items()}

        def write(block: int) -> None:
            self._give_back(block, [(self._found[name], into) for name, into in columns.items()])

        for _ in spread(write, range(len(self.blocks))):
            pass  # no row is in two blocks, so that each writes for itself
        return columns

    def _spare(self, name: str) -> list[np.ndarray]:
        """Return the room of a column that nobody needs any more, as that of columns of 32 bits."""
        column = self._columns[name]
        many = column.itemsize // _SPARE.itemsize
        return list(column.view(_SPARE).reshape(many, len(column))) if many else []

    def _give_back(self, block: int, columns: Iterable[tuple[np.ndarray, np.ndarray]]) -> None:
        """Write columns of what was found of the rows of all pieces where a block's stand in columns of the list; 0 of a row in none."""
        starts, filled = self._starts[:, block], self._filled[:, block]
        ends, rows = (starts + filled).tolist(), self.blocks[block]
        here = int(filled.sum())
        order = self._order[rows][:here].astype(np.intp)
        for column, into in columns:
            if here < rows.stop - rows.start:
                into[rows] = 0
            stretches = zip(starts.tolist(), ends, strict=True)
            into[rows][order] = np.concatenate([column[start:end] for start, end in stretches])


_SPARE = np.dtype(np.int32)
_STOOD = {"rank": ("now_score", 0), "base": ("now_score", 1), "best": ("best_score", 0), "worst": ("best_score", 1)}


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
