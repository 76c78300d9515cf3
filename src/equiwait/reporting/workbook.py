"""`workbook`: results as an Excel workbook: a cover, notes, and one table a sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from equiwait.disclosure.rules import RULES
from equiwait.reporting.atomic_files import write_file
from equiwait.reporting.cell_text import UnitOf, heading, measures_of, split_by, unique_names
from equiwait.reporting.release_gate import BANNER, let_through
from equiwait.results import Result
from equiwait.units import Unit

__all__ = ["LONGEST_TEXT", "SAFE", "new_book", "save_book", "workbook"]

SAFE = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
    "default_date_format": "yyyy-mm-dd",
}
"""Text stays text: nothing in a cell is run, followed or turned into a number."""

_FIXED_DAY = dt.datetime(2000, 1, 1)  # a workbook must name a day of making; a fixed one keeps its bytes the same
LONGEST_TEXT = 32_767  # what one cell of Excel holds
_NUMBER: dict[Unit, str] = {
    "percent": "0.0%", "points": "0.0", "weeks": "0.0", "weeks_apart": "0.0", "people": "#,##0", "days": "#,##0",
    "places": "#,##0", "ratio": "0.00", "p": "0.000", "number": "0.000",
}  # fmt: skip
_WIDEST = 60


def workbook(
    *results: Result,
    to: str | PathLike[str],
    title: str | None = None,
    allow_unsuppressed: bool = False,
    previous: str | PathLike[str] | None = None,
) -> Path:
    """Write results as one Excel workbook.

    Parameters
    ----------
    *results : Result
        What `completeness`, `disparities` and the like return.
    to : path
        Where to write the ``.xlsx``.
    title : str, optional
        The heading of the cover; by default "Is the wait fair?".
    allow_unsuppressed : bool
        Let results with small numbers through, under a banner on every sheet.
    previous : path, optional
        The folder of the last release: what it shows is known, so that less may have to be shown now.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    DisclosureError
        If a result shows small numbers and ``allow_unsuppressed`` is false.
    OptionError
        If something is not a result, or the file cannot be written.

    Notes
    -----
    Numbers are numbers (shares shown as %, differences of shares in points); a hidden number is the word "hidden"; a
    missing one is an empty cell. No cell is a formula. The same results give the same bytes.
    """
    ready, in_team = let_through(results, allow_unsuppressed, previous)
    return write_file(to, lambda path: save_book(path, ready, in_team, title or "Is the wait fair?"))


def save_book(path: Path, results: Sequence[Result], in_team: bool, title: str) -> None:
    """Write a workbook of results that have been through the gate."""
    tables = [(result, by, part) for result in results for by, part in split_by(result.table)]
    names = unique_names([f"{result.section} {by}".strip() for result, by, _ in tables], 31)
    with new_book(path, title) as book:
        style = _Style(book)
        _cover(
            book, style, title, in_team, [(name, r.title, by) for name, (r, by, _) in zip(names, tables, strict=True)]
        )
        _notes(book, style, results)
        for name, (result, by, part) in zip(names, tables, strict=True):
            _sheet(
                book, style, name, f"{result.title}{f': by {by.lower()}' if by else ''}", part, in_team, result.unit_of
            )


def new_book(path: Path, title: str, **options: Any) -> Any:
    """Return a workbook that runs nothing and says who made it."""
    import xlsxwriter  # heavy: only when a workbook is written

    book = xlsxwriter.Workbook(str(path), {**SAFE, **options})
    book.set_properties({"title": title, "comments": f"equiwait {version('equiwait')}", "created": _FIXED_DAY})
    return book


class _Style:
    """The few looks of a workbook."""

    def __init__(self, book: Any) -> None:
        self._book, self._made = book, {}  # type: Any, dict[str, Any]
        self.title = book.add_format({"bold": True, "font_size": 15})
        self.bold = book.add_format({"bold": True})
        self.banner = book.add_format({"bold": True, "font_color": "#801650"})
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})

    def number(self, unit: Unit) -> Any:
        """Return the look of a number of that unit, made once."""
        if unit not in self._made:
            self._made[unit] = self._book.add_format({"num_format": _NUMBER.get(unit, "0.000")})
        return self._made[unit]


def _cover(book: Any, style: _Style, title: str, in_team: bool, contents: Sequence[tuple[str, str, str]]) -> None:
    sheet = book.add_worksheet("Cover")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90, style.wrap)
    lines = [(title, style.title), *([(BANNER, style.banner)] if in_team else []), ("Contents", style.bold)]
    for row, (text, look) in enumerate(lines):
        sheet.write_string(row, 0, text, look)
    for row, (name, what, by) in enumerate(
        [("Notes", "What must be read with the numbers", ""), *contents], len(lines)
    ):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        sheet.write_string(row, 1, f"{what}{f': by {by.lower()}' if by else ''}")
    sheet.activate()


def _notes(book: Any, style: _Style, results: Sequence[Result]) -> None:
    sheet = book.add_worksheet("Notes")
    sheet.set_column(0, 0, 44, style.wrap)
    sheet.set_column(1, 1, 110, style.wrap)
    for column, name in enumerate(("Result", "Note")):
        sheet.write_string(0, column, name, style.head)
    rules = [("Small numbers", RULES[name].says) for name in sorted({r.suppression for r in results}) if name in RULES]
    said = [(result.title, text) for result in results for text in (*result.findings, *result.notes)]
    for row, (what, text) in enumerate([*rules, *said], 1):
        sheet.write_string(row, 0, what[:LONGEST_TEXT], style.wrap)
        sheet.write_string(row, 1, text[:LONGEST_TEXT], style.wrap)
    sheet.freeze_panes(1, 0)


def _sheet(
    book: Any, style: _Style, name: str, title: str, table: pd.DataFrame, in_team: bool, unit_of: UnitOf
) -> None:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, title, style.title)
    sheet.write_string(
        1, 0, BANNER if in_team else "One row for each group; see Notes.", style.banner if in_team else None
    )
    top = 3
    measures = measures_of(table)
    hidden = table["suppressed"].astype("boolean").fillna(False).tolist() if "suppressed" in table else None
    for column, header in enumerate(map(str, table.columns)):
        sheet.write_string(top, column, heading(header), style.head)
        cells = table[header].tolist()
        for row, (cell, measure) in enumerate(zip(cells, measures, strict=True)):
            veiled = hidden is not None and hidden[row] and header in ("n", "events", "value", "rows", "share")
            _put_number(sheet, style, top + 1 + row, column, cell, unit_of(header, measure), veiled)
        sheet.set_column(column, column, _width(heading(header), cells))
    sheet.freeze_panes(top + 1, 1)
    if len(table):
        sheet.autofilter(top, 0, top + len(table), len(table.columns) - 1)


def _put_number(sheet: Any, style: _Style, row: int, column: int, cell: Any, unit: Unit, hidden: bool) -> None:
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool | np.bool_) and np.isfinite(cell):
        times = 100 if unit == "points" else 1  # a share's difference is read in points, so 0.06 is shown as 6.0
        sheet.write_number(row, column, times * float(cell), style.number(unit))
    elif hidden and pd.isna(cell):
        sheet.write_string(row, column, "hidden")
    else:
        _put(sheet, row, column, cell)


def _put(sheet: Any, row: int, column: int, cell: Any) -> None:
    """Write one cell as what it is: text as text, a number as a number, nothing as nothing."""
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and not np.isfinite(cell)):
        return
    if isinstance(cell, bool | np.bool_):
        sheet.write_string(row, column, "yes" if cell else "no")
    elif isinstance(cell, int | float | np.number):
        sheet.write_number(row, column, float(cell))
    elif isinstance(cell, dt.date):
        sheet.write_string(row, column, cell.isoformat()[:10])
    else:
        sheet.write_string(row, column, str(cell)[:LONGEST_TEXT])


def _width(header: str, cells: Sequence[Any]) -> float:
    texts = [len(cell) for cell in cells if isinstance(cell, str)]
    return float(min(_WIDEST, max([10, min(len(header), 18), *texts]) + 2))
