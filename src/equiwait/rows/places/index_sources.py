"""Index files as rows, whatever stands above or beside the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.errors import PlacesError, headers_said, listed
from equiwait.files.sheets import Sheet as Cells
from equiwait.files.sheets import read_sheets as tables_of
from equiwait.rows.places.area_codes import nation_of
from equiwait.rows.places.index_layouts import area_header, measure_of

__all__ = ["NoTableError", "Sheet", "read_sheets"]


class NoTableError(PlacesError):
    """A file that can be read and has no table of areas and measures in it: not an index at all."""


_TITLE_ROWS = 12  # a table may start below a title of so many rows


@dataclass(frozen=True)
class Sheet:
    """One table with area codes and measures.

    Parameters
    ----------
    name : str
        Of the sheet, or of the file.
    headers : list of str
        The row of headers.
    area : int
        Which column holds the area codes.
    rows : list of list
        The cells below.
    """

    name: str
    headers: list[str]
    area: int
    rows: list[list[Any]]

    @property
    def areas(self) -> list[str]:
        """Area codes as they stand, trimmed."""
        return [str(row[self.area]).strip() for row in self.rows]

    def numbers(self, column: int) -> np.ndarray:
        """Return a column as numbers; NaN where a cell is blank, a publisher's mark (``*``, ``[x]``), or no number.

        Thousands may stand apart by commas or spaces, and a minus may be a typesetter's. A comma anywhere else is no
        thousands mark: ``12,5`` is 12.5 somewhere, and is not read as 125.
        """
        cells = self.cells(column)
        for sign, usual in _OTHER_SIGNS.items():
            cells = pc.replace_substring(cells, sign, usual)
        figure = pc.match_substring_regex(cells, _FIGURE)
        digits = pc.replace_substring_regex(pc.if_else(figure, cells, "nan"), "[, +]", "")
        number = np.array(digits.cast(pa.float64()))
        return np.where(np.isfinite(number), number, np.nan)

    def cells(self, column: int) -> pa.StringArray:
        """Return the cells of a column as text, trimmed."""
        return pc.utf8_trim_whitespace(pa.array([str(row[column]) for row in self.rows], pa.string()))


_FIGURE = r"^[-+]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,3}( [0-9]{3})+)(\.[0-9]*)?([eE][-+]?[0-9]+)?$|^[-+]?\.[0-9]+$"
_OTHER_SIGNS = {"\u2212": "-", "\u00a0": " ", "\u2009": " ", "\u202f": " "}


def read_sheets(path: Path) -> list[Sheet]:
    """Return every table of a file that has area codes and at least one measure; refuse a file that has none.

    Raises
    ------
    InputError
        If there is no such file, or it is damaged.
    PlacesError
        If the file holds no such table.
    """
    tables = tables_of(path)
    sheets = [sheet for table in tables if (sheet := _sheet(table.name or path.name, table)) is not None]
    if not sheets:
        first = next((rows[0] for table in tables if (rows := table.cells(1))), [])
        raise NoTableError(
            f"{path.name} has no table with an area code and a rank, score or decile.",
            found=f"Sheets: {listed(table.name or path.name for table in tables)}; {_said(first)}",
            todo="Give the published file, or one with columns area_code and rank, decile or score.",
        )
    return sheets


def _said(first: Sequence[Any]) -> str:
    """Headers for a message: said only if some are known, since the first row of a file without headers may be anybody's."""
    known = (area_header(first) is not None) + sum(measure_of(header) is not None for header in first)
    if known >= (2 if len(first) > 3 else 1):
        return headers_said(first, 20)
    return f"{len(first)} columns, and hardly one is known; they are not repeated here, in case the file has no header row."


def _sheet(name: str, table: Cells) -> Sheet | None:
    """Return the table in a sheet, or None: below its headers, every row with an area code."""
    for place, row in enumerate(table.cells(_TITLE_ROWS)):
        area = area_header(row)
        if area is not None and any(measure_of(header) for column, header in enumerate(row) if column != area):
            return _below(name, row, area, table, place + 1)
    return None


def _below(name: str, headers: Sequence[str], area: int, table: Cells, start: int) -> Sheet:
    """Return the table below its headers, without blank lines and footnotes; refuse lines that break off."""
    rows = table.cells()[start:]
    uneven = {place - start for place in table.uneven}
    if len(uneven) > 3:  # notes below a table may be shorter
        raise PlacesError(
            f"{name} has lines of other lengths than its first: it is damaged or mixed.",
            found=f"{len(uneven):,} of {len(rows):,} lines.",
            todo="Give the file as published.",
        )
    measures = [column for column, header in enumerate(headers) if column != area and measure_of(header)]
    kept = [row for place, row in enumerate(rows) if place not in uneven and _says_something(row, area, measures)]
    return Sheet(name, list(headers), area, kept)


def _says_something(row: list[Any], area: int, measures: list[int]) -> bool:
    """Return whether a row is an area's: one with a number, or with nothing beside a code that a nation gives."""
    code = str(row[area]).strip()
    return code != "" and (any(str(row[column]).strip() for column in measures) or nation_of(code.upper()) is not None)
