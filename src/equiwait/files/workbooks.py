"""Workbooks as sheets of text: xlsx, xlsm, xls, xlsb, ods, through calamine."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from equiwait.errors import InputError
from equiwait.files.faults import guarded, no_such_sheet, unreadable

__all__ = ["BOOKS", "Book", "open_book"]

BOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")


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
    """

    name: str
    shown: tuple[str, ...]
    hidden: tuple[str, ...]
    _calamine: Any

    def cells(self, sheet: str) -> list[list[str]]:
        """Return the cells of a sheet as text, all rows equally wide; the empty cell is an empty text.

        Whole numbers have no point, dates are ISO, yes-or-no cells are ``true`` and ``false``, a cell in error is its
        code, such as ``#N/A``.

        Raises
        ------
        InputError
            If there is no such sheet, or it is damaged.
        """
        if sheet not in (*self.shown, *self.hidden):
            raise no_such_sheet(self.name, sheet, self.shown)
        read = partial(self._calamine.get_sheet_by_name, sheet)
        rows = guarded(lambda: read().to_python(skip_empty_area=False), partial(unreadable, self.name, "workbook"))
        return [[_text(cell) for cell in row] for row in rows]


def open_book(path: Path) -> Book:
    """Open a workbook.

    Raises
    ------
    InputError
        If it is damaged or protected.
    """
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # only for workbooks

    def broken(failure: str) -> InputError:
        return unreadable(path.name, "workbook", failure)

    book = guarded(lambda: CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())), broken)
    sheets = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    shown = tuple(each.name for each in sheets if each.visible == SheetVisibleEnum.Visible)
    hidden = tuple(each.name for each in sheets if each.name not in shown)
    return Book(path.name, shown, hidden, book)


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
