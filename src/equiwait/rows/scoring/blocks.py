"""What row work asks of a block of rows, whether it is part of a list or a record that arrived alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from equiwait.fields import INVALID
from equiwait.frames import distinct
from equiwait.plain_columns import Plain, close_together, plain, taken
from equiwait.rows.intake.notes import UNREAD
from equiwait.rows.scoring.levels import Spelt

__all__ = ["Batch", "Block", "Cells", "Coded", "Known", "met_values", "rows_with"]

Coded: TypeAlias = tuple[Sequence[str | None], np.ndarray]
"""The distinct values of a column, and for each row its place among them."""

Known: TypeAlias = tuple[np.ndarray, np.ndarray]
"""A number for each row, and whether it is known."""


class Block(ABC):
    """Rows, column by column; a column that is not there is blank."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.spelt: Spelt = {}  # how the columns that are read as levels are spelt; a Reader says
        self.unread: dict[
            str, np.ndarray
        ] = {}  # of columns looked at: which rows hold something that means nothing there
        self._coded: dict[str, Coded] = {}
        self._known: dict[str, Known] = {}
        self._blank: Coded = ([None], np.zeros(rows, np.int8))  # a column that is not there

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether the column is there."""

    @abstractmethod
    def _distinct(self, name: str) -> Coded:
        """Find the distinct values of a column that is there."""

    def coded(self, name: str) -> Coded:
        """Return the distinct values of a column, so that each is looked at once."""
        if name not in self._coded:
            values, place = self._distinct(name) if self.has(name) else self._blank
            read = self.spelt.get(name)
            if read and values is not self._blank[0]:
                values = [read(value) if value and not value.isspace() else None for value in values]
                values, place = self._with_slips(name, values, place)
                self._note(name, [value == INVALID for value in values], place)
            self._coded[name] = values, place
        return self._coded[name]

    def _with_slips(self, name: str, values: Sequence[str | None], place: np.ndarray) -> Coded:
        """Mark the cells that `read_list` could not read and left empty: they are no blanks."""
        if not self.has("row_problems"):
            return values, place
        problems, row = self.coded("row_problems")
        slips = [any(f"{name}_{ending}" in (text or "").split(";") for ending in UNREAD) for text in problems]
        if not any(slips):
            return values, place
        return [*values, INVALID], np.where(np.array(slips)[row], len(values), place)

    def one_of(self, name: str, wanted: tuple[str, ...]) -> np.ndarray:
        """Return which rows hold one of the wanted values."""
        values, place = self.coded(name)
        return rows_with([value in wanted for value in values], place)

    def numbers(self, name: str) -> Known:
        """Return a column as numbers."""
        return self._read(name, _number)

    def days(self, name: str) -> Known:
        """Return a column of dates as days since 1970."""
        days, known = self._read(name, _day)
        return days.astype(np.int64), known

    def _read(self, name: str, read: Callable[[str], float]) -> Known:
        if name not in self._known:
            self._known[name] = self._read_anew(name, read)
        return self._known[name]

    def _read_anew(self, name: str, read: Callable[[str], float]) -> Known:
        values, place = self.coded(name)
        if values is self._blank[0]:
            return np.zeros(self.rows), np.zeros(self.rows, bool)
        found = np.array([read(value) if value else np.nan for value in values])
        known = np.isfinite(found)
        self._note(name, [bool(value) and not has for value, has in zip(values, known.tolist(), strict=True)], place)
        return np.where(known, found, 0.0).take(place), known.take(place)

    def _note(self, name: str, wrong: list[bool], place: np.ndarray) -> None:
        if any(wrong):
            self.unread[name] = rows_with(wrong, place)

    @cached_property
    def today(self) -> Known:
        """The day of each row's snapshot."""
        return self.days("snapshot_date")


class Batch(Block):
    """A block of a list.

    Parameters
    ----------
    columns : mapping
        Column to its values, as Arrow or numpy hold them.
    rows : int
        How many rows there are.
    """

    def __init__(self, columns: Mapping[str, pa.Array | Plain], rows: int) -> None:
        super().__init__(rows)
        self.columns = columns
        self._plain: dict[str, Plain | None] = {}
        self._numbers: dict[str, Known] = {}

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> Batch:
        """Return a record batch as a block."""
        return cls(dict(zip(batch.schema.names, batch.columns, strict=True)), batch.num_rows)

    def has(self, name: str) -> bool:
        """Whether the block holds the column."""
        return name in self.columns

    def _as_numpy(self, name: str) -> Plain | None:
        if name not in self._plain:
            column = self.columns.get(name)
            self._plain[name] = column if column is None or isinstance(column, Plain) else plain(column)
        return self._plain[name]

    def _distinct(self, name: str) -> Coded:
        column, found = self._as_numpy(name), None
        if column is not None and not column.day and column.values.dtype.kind in "biu":
            found = _places(column, column.names) if column.names is not None else _few_numbers(column)
        held = self.columns[name]
        return found or distinct(held.arrow() if isinstance(held, Plain) else held)

    def numbers(self, name: str) -> Known:
        """Return numbers as they are, text by its distinct values."""
        column = self._as_numpy(name)
        if column is None or column.day or column.names is not None or column.values.dtype.kind not in "iuf":
            return super().numbers(name)
        if name not in self._numbers:
            values, known = column.values, column.known
            if values.dtype.kind == "f":
                known = known & np.isfinite(values)
                values = np.where(known, values, 0.0)
            elif column.missing is not None:
                values = values * known
            self._numbers[name] = values, known
        return self._numbers[name]

    def days(self, name: str) -> Known:
        """Return dates as they are, text by its distinct values."""
        column = self._as_numpy(name)
        if column is None or not column.day:
            return super().days(name)
        days = column.values if column.day == 1 else np.floor_divide(column.values, column.day)
        known = column.known
        return days if column.missing is None else days * known, known


class Cells(Block):
    """Records that arrived alone: for each column that any of them fills, its values as text.

    Parameters
    ----------
    cells : mapping
        Column to its distinct values and each record's place among them.
    rows : int
        How many records there are.
    """

    def __init__(self, cells: Mapping[str, Coded], rows: int) -> None:
        super().__init__(rows)
        self.cells = cells
        self.figures: Mapping[str, Known] = {}  # numbers that are worked out and not given

    def has(self, name: str) -> bool:
        """Whether any record fills the column."""
        return name in self.cells

    def _distinct(self, name: str) -> Coded:
        return self.cells[name]

    def numbers(self, name: str) -> Known:
        """Return numbers that are worked out as they are, others by their distinct values."""
        return self.figures[name] if name in self.figures else super().numbers(name)


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


_FEW = 1024  # numbers that are told apart by counting
_HANDFUL = 64  # numbers that are all looked at, whether they occur or not


def _few_numbers(column: Plain) -> Coded | None:
    """Return the distinct values of flags, or of whole numbers that lie close together; they count, where others are hashed."""
    if column.values.dtype.kind == "b":
        return _places(column, ("false", "true"))
    ends = close_together(column.values, _FEW)
    if ends is None:
        return None
    low, high = ends
    names, place = _places(column, [str(number) for number in range(low, high + 1)], low)
    if len(names) <= _HANDFUL:
        return names, place
    met, place = met_values(place, len(names))
    return [names[at] for at in met.tolist()], place


def _places(column: Plain, names: Sequence[str | None], low: int = 0) -> Coded:
    """Return names after a blank, and each row's place among them."""
    return [None, *names], column.places(low, len(names))


def rows_with(flags: Sequence[bool], place: np.ndarray) -> np.ndarray:
    """Return the rows whose value, given by its place among all, has its flag up; of one value that is quicker told than looked up."""
    up = [at for at, flag in enumerate(flags) if flag]
    if len(up) == 1:
        return np.asarray(place == up[0])
    return taken(np.array(flags), place) if up else np.zeros(len(place), bool)


def met_values(values: np.ndarray, below: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values and each row's place among them; counting beats sorting while the values are small."""
    if below > max(65_536, len(values)):
        met, row = np.unique(values, return_inverse=True)
        return met, row
    met = np.flatnonzero(np.bincount(values, minlength=1))
    place = np.zeros(below or 1, np.int64)
    place[met] = np.arange(len(met))
    return met, place.take(values, mode="clip")
