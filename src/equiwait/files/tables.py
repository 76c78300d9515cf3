"""From a file, a workbook or a frame to raw columns: text as it stands, only the empty cell missing."""

from __future__ import annotations

import csv
import datetime as dt
import os
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from equiwait.errors import InputError, attempt, headers_said, listed
from equiwait.fields import field_of
from equiwait.frames import from_any

__all__ = ["read_raw"]

_FEWEST_KNOWN = 2  # headers of the catalogue by which a row is taken for a header row
_LOOK = 30  # rows in which a header may stand below titles
_TEXT_ENDINGS = {".csv", ".tsv", ".txt"}
_BOOK_ENDINGS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}
_PARQUET_ENDINGS = {".parquet", ".pq"}


def read_raw(source: object, sheet: str | None = None) -> pd.DataFrame:
    """Return the raw columns of a CSV file, workbook, Parquet file, or anything that speaks the Arrow interface.

    Raises
    ------
    InputError
        If the file is missing, empty, or not of a kind that can be read.
    """
    if not isinstance(source, str | os.PathLike):
        return _whole(from_any(source), f"The {type(source).__name__}")
    path = Path(source)
    if not path.is_file():
        near = (
            [other.name for other in path.parent.glob("*") if other.suffix.lower() in _READERS]
            if path.parent.is_dir()
            else []
        )
        raise InputError(
            f"There is no file '{path.name}' in '{path.parent}'.",
            found=f"Lists in that folder: {listed(sorted(near))}." if near else "",
            todo="Check the name and the folder.",
        )
    if path.stat().st_size == 0:
        raise InputError(f"'{path.name}' is empty.", todo="Export the list again.")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"'{path.name}' is not a kind of file that can be read.",
            todo=f"Save it as one of: {listed(sorted(_READERS))}.",
        )
    return _whole(reader(path, sheet), f"'{path.name}'")


def _whole(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    repeated = frame.columns[frame.columns.duplicated()].unique()
    if len(repeated):
        raise InputError(
            f"{what} has the same header more than once.", headers_said(repeated), todo="Rename or remove one of them."
        )
    if frame.empty:
        raise InputError(
            f"{what} has no rows.",
            found=headers_said(frame.columns)
            if _known(frame.columns) >= _FEWEST_KNOWN
            else f"{frame.shape[1]} columns.",
            todo="Export the list again, with its rows.",
        )
    return frame


# --- text files ------------------------------------------------------------------------------------------------------


def _read_text(path: Path, _sheet: str | None) -> pd.DataFrame:
    with path.open("rb") as file:
        start = file.read(262_144)
    encoding = _encoding(start, path)
    lines = start.decode(encoding, errors="replace").lstrip("\ufeff").splitlines()[:_LOOK]
    delimiter = _delimiter(lines)
    reader = csv.reader(lines, delimiter=delimiter)
    rows, ends = [], [0]
    for row in reader:  # a title may run over several lines
        rows.append(row)
        ends.append(reader.line_num)
    head = _header_row(rows)
    names = _names(rows[head])
    _refuse_repeats(names, path)
    ragged: list[tuple[int | None, int]] = []

    def note_ragged(row: pacsv.InvalidRow) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip"

    def read(with_encoding: str) -> pa.Table:
        ragged.clear()
        return pacsv.read_csv(
            path,
            # one thread, so that a row out of shape can be named by its number
            read_options=pacsv.ReadOptions(skip_rows=ends[head], encoding=with_encoding, use_threads=False),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note_ragged
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={name: pa.string() for name in rows[head]},
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
            ),
        )

    try:
        table = read(encoding)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        table = None  # a byte further down that is not UTF-8: the file is in the older Windows encoding, or is no table
    if table is None:
        table = attempt(
            lambda: read("cp1252"),
            lambda name: InputError(
                f"'{path.name}' could not be read as a table ({name}).", todo="Save it again as CSV UTF-8."
            ),
        )
    if ragged:
        first = f" The first is line {ragged[0][0] + ends[head]} with {ragged[0][1]} cells." if ragged[0][0] else ""
        raise InputError(
            f"'{path.name}' has {len(ragged)} rows that do not fit its header of {len(names)} cells.",
            found=f"Rows with more or fewer cells than the header.{first}",
            todo="Put text that holds the separator in quotes, or export again; nothing has been read.",
        )
    return from_any(table.rename_columns(names))


def _encoding(start: bytes, path: Path) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in start:
        raise InputError(
            f"'{path.name}' is not a text file.", todo="If it is a workbook, give it its own ending (.xlsx)."
        )
    return "utf-8"


def _delimiter(lines: Sequence[str]) -> str:
    """The separator that the widest line has most of."""
    return max(",\t;|", key=lambda mark: max((line.count(mark) for line in lines), default=0))


def _header_row(rows: Sequence[Sequence[object]]) -> int:
    """The row with most headers that are known; titles above it are passed over. The first, where none is known."""
    known = [_known(row) for row in rows]
    return known.index(max(known)) if max(known, default=0) >= _FEWEST_KNOWN else 0


def _known(row: Iterable[object]) -> int:
    """How many columns of the catalogue a row could be the header of."""
    return len({field_of(cell) for cell in row if cell} - {None})


def _names(headers: Sequence[object]) -> list[str]:
    """Headers without spaces round them; a column with none is numbered."""
    return [str(header).strip() or f"unnamed_{place}" for place, header in enumerate(headers, start=1)]


def _refuse_repeats(names: Sequence[str], path: Path) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(
            f"'{path.name}' has the same header more than once.",
            found=headers_said(repeated)
            if _known(names) >= _FEWEST_KNOWN
            else f"{len(repeated)} repeated, of {len(names)}.",
            todo="Rename or remove one of them.",
        )


# --- workbooks -------------------------------------------------------------------------------------------------------


def _read_book(path: Path, sheet: str | None) -> pd.DataFrame:
    from python_calamine import CalamineWorkbook  # only for workbooks

    def unreadable(name: str) -> InputError:
        return InputError(
            f"'{path.name}' could not be opened as a workbook ({name}).",
            todo="Open it in a spreadsheet program, remove any password, and save it as .xlsx.",
        )

    book = attempt(lambda: CalamineWorkbook.from_path(str(path)), unreadable)
    names = [sheet] if sheet else list(book.sheet_names)
    if sheet and sheet not in book.sheet_names:
        raise InputError(f"'{path.name}' has no sheet '{sheet}'.", todo=f"Use one of: {listed(book.sheet_names)}.")
    found = {each: attempt(partial(_sheet_cells, book, each), unreadable) for each in names}
    name = sheet or _list_sheet(found, path)
    return _from_cells(found[name], path)


def _sheet_cells(book: Any, name: str) -> list[list[object]]:
    return list(book.get_sheet_by_name(name).to_python(skip_empty_area=True))


def _list_sheet(found: dict[str, list[list[object]]], path: Path) -> str:
    """The one sheet whose header row knows a clock start and most other columns; two as good as each other are asked about."""
    scores = {name: _known_headers(rows) for name, rows in found.items()}
    best = max(scores.values(), default=0)
    likely = [name for name, score in scores.items() if score == best]
    if best < _FEWEST_KNOWN:
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


def _known_headers(rows: Sequence[Sequence[object]]) -> int:
    return max(map(_known, rows[:_LOOK]), default=0)


def _from_cells(rows: list[list[object]], path: Path) -> pd.DataFrame:
    head = _header_row(rows[:_LOOK])
    if not rows:
        raise InputError(f"'{path.name}' has an empty sheet.", todo="Check that it is the right sheet.")
    body = [row for row in rows[head + 1 :] if any(cell != "" for cell in row)]
    headed = _names(rows[head])
    used = [
        place for place, cell in enumerate(rows[head]) if str(cell).strip() or any(row[place] != "" for row in body)
    ]
    names = [headed[place] for place in used]
    _refuse_repeats(names, path)
    columns = {
        name: pa.array([_cell_text(row[place]) for row in body], pa.string())
        for name, place in zip(names, used, strict=True)
    }
    return from_any(pa.table(columns))


def _cell_text(cell: object) -> str | None:
    """A cell as text: whole numbers without a point, dates as ISO, the empty cell as missing."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _read_parquet(path: Path, _sheet: str | None) -> pd.DataFrame:
    def unreadable(name: str) -> InputError:
        return InputError(f"'{path.name}' could not be read as Parquet ({name}).", todo="Export it again.")

    return from_any(attempt(lambda: pq.read_table(path), unreadable))


_READERS = (
    dict.fromkeys(_TEXT_ENDINGS, _read_text)
    | dict.fromkeys(_BOOK_ENDINGS, _read_book)
    | dict.fromkeys(_PARQUET_ENDINGS, _read_parquet)
)
