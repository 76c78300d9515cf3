"""`read_table`: a list, or any other table with a header row, from a file or a frame; text as it stands, only the empty cell missing."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from equiwait.errors import InputError, attempt, headers_said, listed
from equiwait.fields import FIELDS, field_of, plain
from equiwait.files.csv_tables import FEWEST_KNOWN, LOOK, csv_table
from equiwait.files.faults import empty_file, is_file, no_rows, no_such_file, other_kind, unreadable
from equiwait.files.raw_table import RawTable, few_texts
from equiwait.files.sheets import TEXTS, is_text, is_workbook
from equiwait.files.text_files import text_file
from equiwait.files.workbooks import BOOKS, open_book
from equiwait.frames import arrow_or_frame, from_any
from equiwait.room import tidily

__all__ = ["PARQUET", "can_be_read", "known_headers", "raw_table", "read_table", "unique_headers"]

PARQUET = (".parquet", ".pq")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_READ_AT_ONCE = 1 << 18  # bytes of a column of a Parquet file
_DAYS_APART = 1462  # from the first day of 1900 that a spreadsheet counts to the first of 1904
_KINDS = (*TEXTS, *BOOKS, *PARQUET)


def can_be_read(path: Path) -> bool:
    """Return whether a file's name ends as those do that can be read."""
    return path.name.lower().endswith(_KINDS)


def read_table(source: object, sheet: str | None = None, dates: Collection[str] = ()) -> pd.DataFrame:
    """Return the raw columns of a CSV file, workbook, Parquet file, or anything that speaks the Arrow interface.

    Parameters
    ----------
    source : path or table
        What to read.
    sheet : str, optional
        Which sheet of a workbook, hidden or not; by default the one that people see that looks like a list.
    dates : collection of str
        Headers of dates beside those that the catalogue knows: in a workbook that counts days from 1904, their bare
        numbers are moved to the usual calendar, which counts from 1900.

    Raises
    ------
    InputError
        If the file is missing, empty, damaged, not of a kind that can be read, or its rows are not whole.
    """
    return raw_table(source, sheet, dates).frame()


def raw_table(source: object, sheet: str | None = None, dates: Collection[str] = ()) -> RawTable:
    """Return the same columns as they came, not made into pandas'."""
    if not isinstance(source, str | os.PathLike):
        return _with_rows(RawTable(arrow_or_frame(source)), f"The {type(source).__name__}")
    path = Path(source)
    if not is_file(path):
        raise no_such_file(path, _KINDS)
    if path.stat().st_size == 0:
        raise empty_file(path.name)
    if is_text(path):
        raw = RawTable(_from_text(path))
    elif is_workbook(path):
        raw = RawTable(_from_book(path, sheet, {plain(header) for header in dates}))
    elif path.suffix.lower() in PARQUET:
        raw = attempt(lambda: _from_parquet(path), partial(unreadable, path.name, "Parquet file"))
    else:
        raise other_kind(path.name, _KINDS)
    return _with_rows(raw, f"'{path.name}'")


def known_headers(row: Iterable[object]) -> int:
    """Return how many columns of the catalogue a row could be the header of."""
    return len({field_of(cell) for cell in row if cell} - {None})


def _with_rows(raw: RawTable, what: str) -> RawTable:
    if not len(raw) or not raw.headers:
        raise no_rows(what, _said(raw.headers))
    return raw


def _from_parquet(path: Path) -> RawTable:
    import pyarrow.parquet as pq  # takes time, and most lists are CSV files

    with pq.ParquetFile(path) as file:
        texts = few_texts(file)
    # The file's bytes are not held beside its columns: not all at once, nor a column's, among which its cells would come to lie.
    read = pq.read_table(path, partitioning=None, read_dictionary=texts, pre_buffer=False, buffer_size=_READ_AT_ONCE)
    table = arrow_or_frame(read)
    return RawTable(table, texts)


def _said(headers: Sequence[object]) -> str:
    """Headers for a message; where hardly one is known, how many there are: a file without headers begins with a patient."""
    return headers_said(headers) if known_headers(headers) >= FEWEST_KNOWN else f"{len(headers)} columns."


def unique_headers(headers: Sequence[str], what: str) -> list[str]:
    """Headers without spaces round them; a column with none is numbered; one name stands once."""
    names = [header.strip() or f"unnamed_{place}" for place, header in enumerate(headers, start=1)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        known = known_headers(names) >= FEWEST_KNOWN
        found = headers_said(repeated) if known else f"{len(repeated)} repeated, of {len(names)}."
        raise InputError(f"'{what}' has the same header more than once.", found, todo="Rename or remove one of them.")
    return names


def _table(headers: Sequence[str], columns: Sequence[Any], what: str) -> pa.Table:
    """Columns with their headers; one that has neither a header nor a cell is none."""
    used = [
        place
        for place, header in enumerate(headers)
        if header.strip() or columns[place].null_count < len(columns[place])
    ]
    names = unique_headers(headers, what)
    return pa.table([columns[place] for place in used], names=[names[place] for place in used])


def _from_text(path: Path) -> pa.Table:
    table = csv_table(text_file(path), known_headers)
    unique_headers(table.headers, path.name)
    empty = pa.schema([(str(place), pa.string()) for place in range(len(table.headers))])
    return _table(table.headers, pa.Table.from_batches(tidily(table.batches()), empty).columns, path.name)


# --- workbooks -------------------------------------------------------------------------------------------------------


def _from_book(path: Path, sheet: str | None, dates: set[str]) -> pd.DataFrame | pa.Table:
    book = open_book(path)
    if sheet is None and not book.shown:
        raise InputError(f"Every sheet of '{path.name}' is hidden.", todo="Name the one to read with sheet=.")
    found = {name: book.cells(name) for name in ([sheet] if sheet is not None else book.shown)}
    rows = found[sheet if sheet is not None else _list_sheet(found, path)]
    table = _from_cells(rows, path)
    return _from_1904(from_any(table), dates) if book.counts_from_1904 else table


def _list_sheet(found: dict[str, list[list[str]]], path: Path) -> str:
    """The one sheet whose header row knows most columns; two as good as each other are asked about."""
    scores = {name: max(map(known_headers, rows[:LOOK]), default=0) for name, rows in found.items()}
    best = max(scores.values())
    likely = [name for name, score in scores.items() if score == best]
    if best < FEWEST_KNOWN:
        raise InputError(
            f"No sheet of '{path.name}' looks like a waiting list.",
            found=f"Sheets: {listed(found)}; none has two headers that are known.",
            todo="Check that it is the right workbook, or name the sheet with sheet= and the headers with columns=.",
        )
    if len(likely) > 1:
        raise InputError(
            f"{len(likely)} sheets of '{path.name}' look alike: {listed(likely)}.", todo="Say which with sheet=."
        )
    return likely[0]


def _from_cells(rows: list[list[str]], path: Path) -> pa.Table:
    rows = [row for row in rows if any(map(str.strip, row))]
    if not rows:
        raise InputError(f"'{path.name}' has an empty sheet.", todo="Check that it is the right sheet.")
    known = [known_headers(row) for row in rows[:LOOK]]
    head = known.index(max(known)) if max(known) >= FEWEST_KNOWN else 0
    columns = [
        pa.array([cell or None for cell in column], pa.string()) for column in zip(*rows[head + 1 :], strict=True)
    ]
    columns = columns or [pa.array([], pa.string())] * len(rows[head])
    return _table(rows[head], columns, path.name)


def _from_1904(frame: pd.DataFrame, dates: set[str]) -> pd.DataFrame:
    """Move bare numbers of days in columns of dates to the calendar that counts from 1900."""

    def is_date(header: str) -> bool:
        name = field_of(header)
        return plain(header) in dates or (name is not None and FIELDS[name].kind == "date")

    def moved(cell: Any) -> Any:
        return f"{int(cell[:5]) + _DAYS_APART}{cell[5:]}" if isinstance(cell, str) and _SERIAL.fullmatch(cell) else cell

    return frame.assign(**{header: frame[header].map(moved) for header in frame.columns if is_date(header)})
