"""Workbooks as sheets of text: xlsx, xlsm, xls, xlsb, ods, through calamine."""

from __future__ import annotations

import datetime as dt
import io
import os
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from equiwait.files.faults import far_cell, guarded, no_such_sheet, too_big, unreadable
from equiwait.files.sheet_facts import MOST_CELLS, BookFacts, SheetFacts

__all__ = ["BOOKS", "Book", "open_book"]

BOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_MOST_UNPACKED = 2 << 30  # bytes: a full sheet of 30 columns
_UNPACKED_QUICKLY = 64 << 20  # bytes up to which it does not matter how tightly they were packed
_TIGHTEST = 250  # bytes out of one; sheets of one repeated row come to 100
_WIDEST_GAP = {"row": 2_000, "column": 100}  # empty rows or columns inside a table; beyond, a cell is astray
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, eq=False)
class Book:
    """A workbook that is open and has not been read.

    Parameters
    ----------
    name : str
        Of the file.
    shown : tuple of str
        The sheets that people see, in order.
    hidden : tuple of str
        The sheets that they don't; read only where they are named.
    counts_from_1904 : bool
        Whether bare numbers of days count from 1 January 1904.
    """

    name: str
    shown: tuple[str, ...]
    hidden: tuple[str, ...]
    counts_from_1904: bool
    _calamine: Any
    _facts: BookFacts

    def cells(self, sheet: str) -> list[list[str]]:
        """Return the cells of a sheet as text, all rows equally wide; the empty cell is an empty text.

        Whole numbers have no point, dates are ISO, yes-or-no cells are ``true`` and ``false``, a cell in error is what
        people see in it, such as ``#N/A``.

        Raises
        ------
        InputError
            If there is no such sheet, it is damaged, or a cell stands far from its table.
        """
        if sheet not in (*self.shown, *self.hidden):
            raise no_such_sheet(self.name, sheet, self.shown)
        broken = partial(unreadable, self.name, "workbook")
        facts = _bounded(self.name, self._facts, sheet)
        with _quietly():
            rows: list[list[str]] = guarded(
                lambda: self._calamine.get_sheet_by_name(sheet).to_python(skip_empty_area=False), broken
            )
        for row in rows:
            row[:] = map(_text, row)
        for (down, right), code in facts.errors.items():
            if down < len(rows) and right < len(rows[down]):
                rows[down][right] = code
        _refuse_stray(self.name, sheet, rows)
        return rows


def open_book(path: Path) -> Book:
    """Open a workbook, whatever its ending says it is.

    Raises
    ------
    InputError
        If it is damaged, protected, or unpacks to more than can be read.
    """
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # only for workbooks

    broken = partial(unreadable, path.name, "workbook")
    content = guarded(path.read_bytes, broken)
    facts: BookFacts = guarded(lambda: _facts_of(path.name, content), broken)
    for sheet in facts.read_at_once:
        _bounded(path.name, facts, sheet)
    with _quietly():
        book = guarded(lambda: CalamineWorkbook.from_filelike(io.BytesIO(content)), broken)
    sheets = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    shown = tuple(each.name for each in sheets if each.visible == SheetVisibleEnum.Visible)
    hidden = tuple(each.name for each in sheets if each.name not in shown)
    calendar = guarded(lambda: facts.counts_from_1904, broken)
    return Book(path.name, shown, hidden, calendar, book, facts)


def _facts_of(name: str, content: bytes) -> BookFacts:
    from equiwait.files.ods_facts import OdsFacts  # each of them only for workbooks
    from equiwait.files.xls_facts import XlsFacts
    from equiwait.files.xlsb_facts import XlsbFacts
    from equiwait.files.xlsx_facts import XlsxFacts

    if not content.startswith(b"PK"):
        return XlsFacts(content)
    archive = zipfile.ZipFile(io.BytesIO(content))
    _refuse_bomb(name, archive.infolist())
    held = set(archive.namelist())
    if "xl/workbook.bin" in held:
        return XlsbFacts(archive)
    return XlsxFacts(archive) if "xl/workbook.xml" in held else OdsFacts(archive)


def _bounded(name: str, book: BookFacts, sheet: str) -> SheetFacts:
    """Return the facts of a sheet; refuse one whose cells reach further than calamine has room for."""
    facts: SheetFacts = guarded(lambda: book.of_sheet(sheet), partial(unreadable, name, "workbook"))
    if facts.rows * facts.columns > MOST_CELLS:
        reach = f"Its sheet {sheet!r} reaches to row {facts.rows:,} and column {facts.columns:,}."
        raise too_big(name, reach)
    return facts


def _refuse_bomb(name: str, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse what unpacks to more than any workbook holds, or out of next to nothing."""
    unpacked, packed = sum(each.file_size for each in entries), sum(each.compress_size for each in entries)
    tight = any(each.file_size > max(_UNPACKED_QUICKLY, _TIGHTEST * each.compress_size) for each in entries)
    if unpacked > _MOST_UNPACKED or tight:
        raise too_big(name, f"{unpacked >> 20:,} MB out of {max(packed >> 10, 1):,} kB.")


def _refuse_stray(name: str, sheet: str, rows: Sequence[Sequence[str]]) -> None:
    """Refuse a cell that stands far below its table or far beside it: the table is not what people think it is."""
    filled = [place for place, row in enumerate(rows) if any(map(str.strip, row))]
    used = [place for place in range(len(rows[0]) if rows else 0) if any(row[place].strip() for row in rows)]
    for what, places in (("row", filled), ("column", used)):
        for before, after in pairwise(places):
            if after - before > _WIDEST_GAP[what]:
                raise far_cell(name, sheet, what, after + 1, before + 1)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep off the screen what calamine prints there by itself when it stumbles over a damaged workbook."""
    with _ONE_AT_A_TIME, Path(os.devnull).open("w") as nowhere:
        try:
            screen = os.dup(2)
        except OSError:  # no screen
            yield
            return
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(screen, 2)
            os.close(screen)


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
