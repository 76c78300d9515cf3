"""What every workbook of ours has: one table on a sheet that a screen reader finds, set up to be printed, and nothing that runs."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.frames import written
from equiwait.pandas_columns import without_zone
from equiwait.reporting.cell_text import unique_names

if TYPE_CHECKING:  # heavy: only when a workbook is written
    from equiwait.reporting.quick_sheets import Block

__all__ = ["SAFE", "Column", "Looks", "as_cell", "new_book", "put_table"]

SAFE = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
"""Text stays text: nothing in a cell is run, followed or turned into a number."""
_LONGEST_TEXT = 32_767  # what one cell of Excel holds

_FIXED_DAY = dt.datetime(2000, 1, 1)  # a workbook must name a day of making; a fixed one keeps its bytes the same
_FIRST_DAY = pd.Timestamp("1899-12-30")  # day 0 of Excel
_DATE = "dd mmm yyyy"  # a month in letters is read alike everywhere
_A4 = 9
_LETTERS = {"font_name": "Arial", "font_size": 10}
_LINE = {"bottom": 4, "bottom_color": "#AEB7BD"}
_LINE_HEIGHT = 13.5  # of such letters, in points
_BLOCK = 1_000  # rows whose cells are made at a time
_EARLIEST = 61  # before March 1900 Excel counts a day that never was: such dates are written as text

Kind: TypeAlias = Literal["text", "number", "date"]


@dataclass(frozen=True)
class Column:
    """A column of a sheet.

    Parameters
    ----------
    header : str
        Its heading, in words.
    cells : sequence
        One for each row: numbers as float, dates as days of Excel, anything else as text; None where there is nothing. Text
        in a column of numbers stays text.
    width : float
        In characters; longer text is wrapped.
    formats : sequence of str, or str
        How numbers look: one for the column, or one for each row.
    printed : bool
        Whether it is on paper too; what is not stands to the right of the page.
    counts : bool
        Whether it holds numbers even where none is shown.
    """

    header: str
    cells: Sequence[Any]
    width: float
    formats: str | Sequence[str] = ""
    printed: bool = True
    counts: bool = False

    @cached_property
    def is_numeric(self) -> bool:
        """Whether it holds numbers, dates included."""
        if isinstance(self.cells, _Cells):
            return self.counts or self.cells.has_numbers()
        return self.counts or _has_numbers(self.cells)

    @classmethod
    def of(
        cls, header: str, series: pd.Series[Any], width: float, number: str = "General", printed: bool = True
    ) -> Column:
        """Return a column of a frame: dates as dates, numbers as numbers, flags as yes and no, the rest as text."""
        return cls(header, _Cells(series, number), width, _cells(series.iloc[:0], number)[1], printed)

    def part(self, rows: slice, looks: Looks) -> tuple[Sequence[Any], list[Any]]:
        """Return the cells of some rows, and the look of each."""
        cells = self.cells[rows]
        text = looks.word if self.is_numeric else looks.text if self.printed else looks.aside
        if isinstance(self.formats, str):
            words, number = {str: text, type(None): looks.text}, looks.number(self.formats)
            return cells, [words.get(type(cell), number) for cell in cells]
        return cells, [
            text if isinstance(cell, str) else looks.text if cell is None else looks.number(pattern)
            for cell, pattern in zip(cells, self.formats[rows], strict=True)
        ]


class _Cells(Sequence[Any]):
    """The cells of a column of a frame, made when they are asked for: a long list never has them all."""

    def __init__(self, series: pd.Series[Any], number: str) -> None:
        self._series, self._number = series, number

    def __len__(self) -> int:
        return len(self._series)

    def __getitem__(self, at: Any) -> Any:
        return _cells(self._series.iloc[at], self._number)[0] if isinstance(at, slice) else self[at : at + 1][0]

    def has_numbers(self) -> bool:
        """Whether a number, or a day, is among them."""
        look = _cells(self._series.iloc[:0], self._number)[1]
        return bool(look) and any(_has_numbers(self[rows]) for rows in _blocks(len(self)))


def _has_numbers(cells: Sequence[Any]) -> bool:
    return bool(set(map(type, cells)) - {str, type(None)})


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, rows, _BLOCK))


def _cells(series: pd.Series[Any], number: str) -> tuple[list[Any], str]:
    """Return the cells of a column, made once for the column and not one by one, and how its numbers look."""
    if pd.api.types.is_bool_dtype(series.dtype):
        series = series.astype(object).map({True: "yes", False: "no"})
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return _days(series), _DATE
    if pd.api.types.is_numeric_dtype(series.dtype):
        numbers = series.to_numpy(float, na_value=np.nan)
        return _with_gaps(numbers.tolist(), np.isfinite(numbers)), number
    if isinstance(series.dtype, pd.StringDtype | pd.CategoricalDtype):
        places, said = pd.factorize(series)  # each text once
        texts = [*(as_cell(written(each)) for each in said.astype(object)), None]
        return [texts[place] for place in places.tolist()], ""
    present = series.notna().to_numpy()
    return _with_gaps([as_cell(_in_words(each)) for each in series.astype(object)], present), ""


def _in_words(cell: object) -> str:
    if isinstance(cell, bool | np.bool_):
        return "yes" if cell else "no"
    return written(cell)


def as_cell(text: str) -> str:
    """Return as much of a text as a cell can hold, by the units that Excel counts: a rare letter is two."""
    if len(text) * 2 <= _LONGEST_TEXT:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: 2 * _LONGEST_TEXT].decode("utf-16-le", "ignore")


def _days(series: pd.Series[Any]) -> list[Any]:
    series = without_zone(series)
    days = ((series.dt.normalize() - _FIRST_DAY) / pd.Timedelta(days=1)).to_numpy(float)
    cells = _with_gaps(days.tolist(), ~np.isnan(days))
    early = np.flatnonzero(days < _EARLIEST)
    for place, text in zip(early.tolist(), series.iloc[early].dt.strftime("%Y-%m-%d"), strict=True):
        cells[place] = text
    return cells


def _with_gaps(cells: Sequence[Any], present: NDArray[np.bool_]) -> list[Any]:
    return [cell if there else None for cell, there in zip(cells, present.tolist(), strict=True)]


class Looks:
    """The few looks of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book, self._made = book, {}  # type: Any, dict[str, Any]
        head = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EDEE"}
        self.title = book.add_look({**_LETTERS, "bold": True, "font_size": 15})
        self.banner = book.add_look({**_LETTERS, "bold": True, "font_color": "#801650"})
        self.above = book.add_look(_LETTERS)
        self.head = book.add_look({**_LETTERS, **head, "align": "left", "indent": 1})
        self.number_head = book.add_look({**_LETTERS, **head, "align": "right"})
        self.word = book.add_look({**_LETTERS, **_LINE, "valign": "top", "align": "right"})  # among numbers
        self.aside = book.add_look({**_LETTERS, **_LINE, "valign": "top", "align": "left", "indent": 1})  # one line
        self.text = book.add_look(
            {**_LETTERS, **_LINE, "text_wrap": True, "valign": "top", "align": "left", "indent": 1}
        )

    def number(self, pattern: str) -> Any:
        """Return the look of a number."""
        if pattern not in self._made:
            look = {**_LETTERS, **_LINE, "num_format": pattern, "valign": "top", "align": "right"}
            self._made[pattern] = self._book.add_look(look)
        return self._made[pattern]


@contextmanager
def new_book(path: Path, title: str) -> Iterator[Any]:
    """Give a workbook that runs nothing and says who made it; it is written once it is whole."""
    from equiwait.reporting.quick_sheets import Book  # heavy: only when a workbook is written

    # Its own temporary files would hold patients under names, and a run that is killed would leave them.
    book = Book(path, SAFE)
    try:
        book.set_properties({"title": title, "comments": f"equiwait {version('equiwait')}", "created": _FIXED_DAY})
        yield book
        book.save()
    finally:
        book.forget()


def put_table(
    book: Any,
    looks: Looks,
    name: str,
    above: Sequence[str],
    columns: Sequence[Column],
    *,
    banner: str = "",
    frozen: int = 1,
    by_row: bool = True,
) -> Any:
    """Write a sheet with one table, and return the sheet.

    Parameters
    ----------
    above : sequence of str
        The title, and what must be known to read the table; each begins a line of its own.
    columns : sequence of Column
        Those that are printed come first.
    banner : str
        Stands above it all, and at the head of every printed page.
    frozen : int
        How many columns stay in sight.
    by_row : bool
        Whether its cells are written a whole row at a time; where one is written over afterwards, they are not.
    """
    sheet = book.add_worksheet(name)
    on_paper = sum(column.printed for column in columns)
    top = _write_above(sheet, looks, above, banner, int(sum(column.width for column in columns[:on_paper])))
    headers = unique_names([_heading(column.header) for column in columns], 255)
    rows = len(columns[0].cells)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    if by_row:
        sheet.put_rows(top + 1, _rows_of(columns, looks), book.room_for_rows())
    else:
        _write_cells(sheet, top + 1, _rows_of(columns, looks))
    heads = [looks.number_head if column.is_numeric else looks.head for column in columns]
    sheet.put_table(
        top, top + max(rows, 1),
        {"columns": [{"header": header, "header_format": head} for header, head in zip(headers, heads, strict=True)],
         "style": None, "name": f"table_{len(book.worksheets())}"},
    )  # fmt: skip
    if height := _height(max(_lines(column.header, column.width, bold=True) for column in columns)):
        sheet.set_row(top, height)
    sheet.ignore_errors(
        {"number_stored_as_text": f"A1:XFD{top + rows + 2}"}
    )  # identifiers of digits are text, and meant so
    sheet.freeze_panes(top + 1, frozen)
    _set_up_page(sheet, banner, top, top + max(rows, 1), on_paper)
    return sheet


def _heading(text: str) -> str:
    """Return a heading on one line and without signs that nobody sees: the name of a table's column can hold none."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _write_above(sheet: Any, looks: Looks, above: Sequence[str], banner: str, wide: int) -> int:
    """Write the lines over a table, none wider than it, and return the row of its headings."""
    wide = max(wide, 90)
    title, *words = above
    lines = [(line, looks.title) for line in textwrap.wrap(title, int(wide * 0.7))]  # larger letters
    lines += [(banner, looks.banner)] if banner else []
    lines += [(line, None) for text in words for line in textwrap.wrap(text, wide)]
    for row, (text, look) in enumerate(lines):
        sheet.write_string(row, 0, text, look or looks.above)
        if look is looks.title:
            sheet.set_row(row, 21)
    return len(lines)


def _rows_of(columns: Sequence[Column], looks: Looks) -> Iterator[Block]:
    """The rows of a table, a few at a time: of each column its cells and their looks, and how high each row is."""
    for rows in _blocks(len(columns[0].cells)):
        parts = [column.part(rows, looks) for column in columns]
        yield parts, _heights([(column, cells) for column, (cells, _) in zip(columns, parts, strict=True)])


def _heights(columns: Sequence[tuple[Column, Sequence[Any]]]) -> list[float]:
    """How high each row is: not every program that opens a workbook finds out by itself."""
    found: dict[tuple[str, float], int] = {}  # the same few sentences stand in many rows
    tall = [1] * len(columns[0][1])
    for column, cells in ((column, cells) for column, cells in columns if column.printed):
        for row, cell in enumerate(cells):
            if isinstance(cell, str) and len(cell) > 0.7 * column.width:
                key = (cell, column.width)
                if key not in found:
                    found[key] = _lines(*key)
                tall[row] = max(tall[row], found[key])
    return [_height(lines) for lines in tall]


def _height(lines: int) -> float:
    """In points; 0 for a row of one line, which is as high as usual."""
    return _LINE_HEIGHT * lines + 1.5 if lines > 1 else 0.0


def _lines(text: str, width: float, *, bold: bool = False) -> int:
    """Return how many lines a text takes in a cell so many characters wide, a little generously."""
    across = max(int(width * (1.25 if bold else 1.3)) - 2, 4)
    return max(sum(len(textwrap.wrap(line, across)) or 1 for line in text.splitlines()), 1)


def _write_cells(sheet: Any, first: int, blocks: Iterator[Block]) -> None:
    for columns, heights in blocks:
        for place, (cells, looks) in enumerate(columns):
            for row, (cell, look) in enumerate(zip(cells, looks, strict=True), first):
                if isinstance(cell, str):
                    sheet.write_string(row, place, cell, look)
                elif cell is None:
                    sheet.write_blank(row, place, None, look)
                else:
                    sheet.write_number(row, place, cell, look)
        for row, height in enumerate(heights, first):
            if height:
                sheet.set_row(row, height)
        first += len(heights)


def _set_up_page(sheet: Any, banner: str, head: int, last: int, columns: int) -> None:
    """A4 on its side, as wide as the table, the headings on every page, and what it is in the margins."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    sheet.print_area(0, 0, last, columns - 1)
    sheet.set_header(f"&L&A&R{banner.replace('&', '&&')}")
    sheet.set_footer("&LPage &P of &N&Requiwait")
