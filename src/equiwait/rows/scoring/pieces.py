"""A list in pieces of whole groups, so that places are found with few rows at hand, on every core.

Places in one group owe nothing to another. Each block of rows is put in the order of the pieces while it is at hand;
a piece is then put together from its stretch of every block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from equiwait.frames import BLOCK
from equiwait.parallel import spread

__all__ = ["PIECE", "Columns", "Part", "Pieces", "blocks_of", "joined", "put_apart", "rows_of"]

PIECE = 131_072
"""Rows ranked at a time, if no group has more: few enough for a processor's cache, and not too many calls."""

Columns: TypeAlias = Mapping[str, np.ndarray]
"""Columns of some rows, by name."""


class Part(NamedTuple):
    """Columns of a block of rows, piece by piece, and which rows they are: where each piece starts and the last one ends."""

    columns: Columns
    rows: np.ndarray
    cuts: list[int]


class Pieces:
    """Which rows are ranked together.

    Parameters
    ----------
    group : ndarray of int
        The group that each row is ranked in.
    """

    def __init__(self, group: np.ndarray) -> None:
        self.group = group
        groups = int(max(spread(lambda rows: group[rows].max(initial=0), blocks_of(len(group)))))
        sizes = sum(spread(lambda rows: np.bincount(group[rows], minlength=groups + 1), blocks_of(len(group))))
        number = np.maximum(np.cumsum(sizes) - 1, 0) // PIECE  # of the piece in which each group ends
        self.many = int(number[-1]) + 1
        self._piece = number.astype(np.min_scalar_type(self.many))  # numbers of few bits are sorted by counting

    def part(self, rows: slice, columns: Columns, wanted: np.ndarray | None = None) -> Part:
        """Return a block's columns by pieces, with ``group`` among them; only rows that are ``wanted``."""
        group = self.group[rows]
        piece = self._piece.take(group)
        if wanted is not None and not wanted.all():
            piece = np.where(wanted, piece, piece.dtype.type(self.many))
        order = np.argsort(piece, kind="stable")
        cuts = np.cumsum(np.bincount(piece, minlength=self.many)[: self.many])
        order = order[: cuts[-1]]
        found = {name: column.take(order) for name, column in columns.items()}
        return Part({**found, "group": group.take(order)}, order + rows.start, [0, *cuts.tolist()])


def joined(parts: Sequence[Part], piece: int) -> dict[str, np.ndarray]:
    """Return the columns of one piece."""
    some = [(part.columns, slice(part.cuts[piece], part.cuts[piece + 1])) for part in parts]
    return {name: np.concatenate([columns[name][rows] for columns, rows in some]) for name in parts[0].columns}


def rows_of(parts: Sequence[Part], piece: int) -> np.ndarray:
    """Return which rows a piece holds, in the order of its columns."""
    return np.concatenate([part.rows[part.cuts[piece] : part.cuts[piece + 1]] for part in parts])


def put_apart(parts: Sequence[Part], piece: int, column: np.ndarray, into: Sequence[np.ndarray]) -> None:
    """Write a column of one piece where its rows are among the columns of each block."""
    at = 0
    for part, found in zip(parts, into, strict=True):
        first, last = part.cuts[piece], part.cuts[piece + 1]
        found[first:last] = column[at : at + last - first]
        at += last - first


def blocks_of(rows: int) -> Iterator[slice]:
    """Yield the rows of each block of a list; one block for no rows."""
    for start in range(0, max(rows, 1), BLOCK):
        yield slice(start, min(start + BLOCK, rows))
