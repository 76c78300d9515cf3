"""What row work asks of a block of rows, whether it is part of a list or a record that arrived alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.frames import distinct

__all__ = ["Batch", "Block", "Cells", "Coded", "Known"]

Coded: TypeAlias = tuple[Sequence[str | None], np.ndarray]
"""The distinct values of a column, and for each row its place among them."""

Known: TypeAlias = tuple[np.ndarray, np.ndarray]
"""A number for each row, and whether it is known."""


class Block(ABC):
    """Rows, column by column; a column that is not there is blank."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._coded: dict[str, Coded] = {}

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether the column is there."""

    @abstractmethod
    def _distinct(self, name: str) -> Coded:
        """Find the distinct values of a column that is there."""

    def coded(self, name: str) -> Coded:
        """Return the distinct values of a column, so that each is looked at once."""
        if name not in self._coded:
            self._coded[name] = self._distinct(name) if self.has(name) else ([None], np.zeros(self.rows, np.intp))
        return self._coded[name]

    def one_of(self, name: str, wanted: tuple[str, ...]) -> np.ndarray:
        """Return which rows hold one of the wanted values."""
        values, place = self.coded(name)
        return np.array([value in wanted for value in values])[place]

    def numbers(self, name: str) -> Known:
        """Return a column as numbers."""
        return self._read(name, _number)

    def days(self, name: str) -> Known:
        """Return a column of dates as days since 1970."""
        days, known = self._read(name, _day)
        return days.astype(np.int64), known

    def _read(self, name: str, read: Callable[[str], float]) -> Known:
        values, place = self.coded(name)
        found = np.array([read(value) if value else np.nan for value in values])
        known = np.isfinite(found)
        return np.where(known, found, 0.0)[place], known[place]

    @cached_property
    def today(self) -> Known:
        """The day of each row's snapshot."""
        return self.days("snapshot_date")


class Batch(Block):
    """A block of a list."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        super().__init__(batch.num_rows)
        self.columns = {name: batch.column(at) for at, name in enumerate(batch.schema.names)}

    def has(self, name: str) -> bool:
        """Whether the block holds the column."""
        return name in self.columns

    def _distinct(self, name: str) -> Coded:
        return distinct(self.columns[name])

    def numbers(self, name: str) -> Known:
        """Return numbers as they are, text by its distinct values."""
        array = self.columns.get(name)
        if array is None or not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
            return super().numbers(name)
        values = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
        known = np.isfinite(values)
        return np.where(known, values, 0.0), known

    def days(self, name: str) -> Known:
        """Return dates as they are, text by its distinct values."""
        array = self.columns.get(name)
        if array is None or not (pa.types.is_timestamp(array.type) or pa.types.is_date(array.type)):
            return super().days(name)
        seconds = array.cast(pa.timestamp("s")).cast(pa.int64())
        return np.asarray(seconds.fill_null(0)) // 86_400, ~np.asarray(pc.is_null(seconds))


class Cells(Block):
    """Records that arrived alone: for each column, a value or None for each record, as text."""

    def __init__(self, cells: Mapping[str, Sequence[str | None]], rows: int) -> None:
        super().__init__(rows)
        self.cells = cells

    def has(self, name: str) -> bool:
        """Whether the records were asked for the column."""
        return name in self.cells

    def _distinct(self, name: str) -> Coded:
        values = self.cells[name]
        if len(values) == 1:
            return values, np.zeros(1, np.intp)
        met: dict[str | None, int] = {}
        place = np.fromiter((met.setdefault(value, len(met)) for value in values), np.intp, len(values))
        return list(met), place


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _day(text: str) -> float:
    try:
        return float(np.datetime64(text[:10], "D").astype(np.int64))
    except ValueError:
        return float("nan")
