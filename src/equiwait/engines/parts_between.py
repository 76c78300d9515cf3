"""What a pass makes of each part of a list, until the next pass has it: in memory, or in a folder for each part."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa

from equiwait.engines.keys_on_disk import answers_of, in_order_of_rows, keys_of, lots_of_block, read_table
from equiwait.engines.passes import Sums

__all__ = ["ABOUT", "CELLS", "ROWS", "Answers", "Filed", "Held", "InMemory", "Keys", "Left", "OnDisk", "Part"]

ROWS, CELLS, ABOUT = "rows.arrow", "cells.arrow", "part.json"
"""The files in the folder of a part."""

Part: TypeAlias = Callable[[], pa.Table]
"""Reads one part of a list."""


class Keys:
    """Small keys of one part in memory, block by block.

    Parameters
    ----------
    blocks : sequence of pyarrow.RecordBatch
        The keys of each block.
    homes : int
        In how many lots they are solved.
    """

    def __init__(self, blocks: Sequence[pa.RecordBatch], homes: int) -> None:
        self.blocks, self.homes = blocks, homes
        self.lots = [lots_of_block(block, homes) for block in blocks]

    def of_lot(self, lot: int) -> pa.Table:
        """Return the keys of one lot, in the order of the rows."""
        if self.homes == 1:
            return pa.Table.from_batches(self.blocks)
        rows = [pa.array(np.flatnonzero(each == lot)) for each in self.lots]
        return pa.Table.from_batches([block.take(mine) for block, mine in zip(self.blocks, rows, strict=True)])

    def solved(self) -> None:
        """Let go of the keys, now that they have been solved; where the answers are stays."""
        self.blocks = ()


@dataclass(frozen=True)
class Held:
    """What a pass has made of one part, in memory: rows that it leaves, their keys, sums and counts."""

    many: int
    sums: Sums
    left: pa.Table | None
    keys: Mapping[str, Keys]
    counted: pa.Table | None

    def size(self) -> int:
        """Return how many bytes it takes: a column that stands in rows and keys counts once."""
        batches = [] if self.left is None else self.left.to_batches()
        batches += [block for keys in self.keys.values() for block in keys.blocks]
        arrays = [array for batch in batches for array in batch.columns]
        words = [array.dictionary for array in arrays if pa.types.is_dictionary(array.type)]
        return sum(
            {each.address: each.size for array in (*arrays, *words) for each in array.buffers() if each}.values()
        )

    def keys_of(self, gather: str, lot: int, _homes: int) -> pa.Table:
        """Return the keys of one lot, in the order of the rows."""
        return self.keys[gather].of_lot(lot)


@dataclass(frozen=True)
class Filed:
    """What a pass has made of one part, in a folder."""

    folder: Path

    def size(self) -> int:
        """Return how many bytes of memory it takes."""
        return 0

    @cached_property
    def _about(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads((self.folder / ABOUT).read_text(encoding="utf-8"))
        return found

    @property
    def many(self) -> int:
        """How many rows it has."""
        return int(self._about["rows"])

    @property
    def sums(self) -> Sums:
        """What its rows add up to."""
        sums: Sums = self._about["sums"]
        return sums

    @property
    def counted(self) -> pa.Table | None:
        """Its counts, if there are any."""
        cells = self.folder / CELLS
        return read_table(cells) if cells.is_file() else None

    def keys_of(self, gather: str, lot: int, homes: int) -> pa.Table:
        """Return the keys of one lot, in the order of the rows."""
        return keys_of(lot, homes, self.folder / f"{gather}.keys")


class Left(Protocol):
    """The rows of a list as a pass left them, with the answers to their keys."""

    @property
    def size(self) -> int:
        """How many bytes of memory they take."""

    def parts(self) -> Iterator[Part]:
        """Yield each part; it is read once."""

    def gone(self) -> None:
        """Let go of them."""


@dataclass(frozen=True)
class OnDisk:
    """Rows in the folders of their parts."""

    folder: Path
    size = 0

    def parts(self) -> Iterator[Part]:
        """Yield each part."""
        answers = sorted(self.folder.glob("answers-*"))
        return (partial(_read, part, at, answers) for at, part in enumerate(sorted(self.folder.glob("part-*"))))

    def gone(self) -> None:
        """Delete them; what the pass told stays, for a job that resumes."""
        for old in (*self.folder.glob("part-*"), *self.folder.glob("answers-*")):
            shutil.rmtree(old)


def _read(part: Path, number: int, answers: Sequence[Path]) -> pa.Table:
    """Read a part, with the answers to its keys beside it."""
    table = read_table(part / ROWS)
    for folder in answers:
        name = folder.name.removeprefix("answers-")
        table = _beside(table, answers_of(number, sorted(folder.glob("lot-*.arrow")), part / f"{name}.keys"))
    return table


class Answers:
    """Answers to the keys of a list in memory, lot by lot.

    Parameters
    ----------
    tables : sequence of pyarrow.Table
        The answers of each lot, in the order of the list.
    keys : sequence of Keys
        Those of each part; they are let go of.
    """

    def __init__(self, tables: Sequence[pa.Table], keys: Sequence[Keys]) -> None:
        self.tables, self.lots = tables, [np.concatenate(each.lots) for each in keys]
        self.ends = np.cumsum([np.bincount(each, minlength=len(tables)) for each in self.lots], axis=0)
        for each in keys:
            each.solved()

    def of(self, part: int) -> pa.Table:
        """Return the answers of one part, in the order of its rows."""
        starts = self.ends[part - 1] if part else np.zeros_like(self.ends[0])
        several = zip(self.tables, starts.tolist(), (self.ends[part] - starts).tolist(), strict=True)
        return in_order_of_rows([table.slice(start, many) for table, start, many in several], self.lots[part])


class InMemory:
    """Rows in memory: a part that has been taken is let go of."""

    def __init__(self, parts: Sequence[Held], answers: Mapping[str, Answers]) -> None:
        self._parts: list[Held | None] = list(parts)
        self._sizes = [part.size() for part in parts]
        self._answers = answers

    @property
    def size(self) -> int:
        """How many bytes those take that have not been taken."""
        return sum(self._sizes)

    def parts(self) -> Iterator[Part]:
        """Yield each part."""
        return (partial(self._taken, at) for at in range(len(self._parts)))

    def _taken(self, at: int) -> pa.Table:
        part, self._parts[at], self._sizes[at] = self._parts[at], None, 0
        assert part is not None
        assert part.left is not None
        table = part.left
        for answers in self._answers.values():
            table = _beside(table, answers.of(at))
        return table

    def gone(self) -> None:
        """Let go of all."""
        self._parts, self._sizes = [], []


def _beside(table: pa.Table, answers: pa.Table) -> pa.Table:
    """Return a table with columns of answers added."""
    for name in answers.column_names:
        table = table.append_column(name, answers[name])
    return table
