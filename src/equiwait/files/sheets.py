"""A file as sheets of cells, nothing read into them: for published tables, with titles above them and notes below."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa

from equiwait.errors import InputError
from equiwait.files.csv_tables import LOOK, CsvTable, csv_table
from equiwait.files.faults import empty_file, is_file, no_such_file, other_kind
from equiwait.files.text_files import text_file
from equiwait.files.workbooks import BOOKS, open_book
from equiwait.frames import to_pandas

__all__ = ["LOOK", "TEXTS", "Cells", "Sheet", "is_text", "is_workbook", "read_sheets"]

Cells: TypeAlias = list[list[str]]
TEXTS = (".csv", ".tsv", ".txt", ".csv.gz", ".zip")


@dataclass(frozen=True, eq=False)
class Sheet:
    """The cells of a sheet as text, rows equally wide; an empty cell is an empty text.

    Parameters
    ----------
    name : str
        Of the sheet; empty for a text file.
    frame : pandas.DataFrame
        The cells; columns are numbered.
    uneven : frozenset of int
        Rows of a text file that had more or fewer cells than its header row: notes, or a row that breaks off.
    """

    name: str
    frame: pd.DataFrame
    uneven: frozenset[int] = frozenset()

    def cells(self, most: int | None = None) -> Cells:
        """Return the cells, row by row; the first rows only with ``most``."""
        rows: Cells = self.frame.head(len(self.frame) if most is None else most).to_numpy(dtype=object).tolist()
        return rows

    def title(self, word: str) -> str:
        """Return what stands beside a word above the table, such as ``Period:``."""
        for row in self.cells(LOOK):
            for place, cell in enumerate(row[:-1]):
                if cell.strip().rstrip(":").lower() == word.lower():
                    return row[place + 1].strip()
        return ""


def is_text(path: Path) -> bool:
    """Whether a file is read as text, by its ending."""
    return path.name.lower().endswith(TEXTS)


def is_workbook(path: Path) -> bool:
    """Whether a file is read as a workbook, by its ending."""
    return path.name.lower().endswith(BOOKS)


def read_sheets(path: str | os.PathLike[str], sheet: str | None = None) -> list[Sheet]:
    """Return the sheets of a workbook that people see, or a text file as one sheet without a name.

    Parameters
    ----------
    path : path
        A workbook or a text file.
    sheet : str, optional
        Only this sheet, which may be hidden.

    Raises
    ------
    InputError
        If there is no such file, it is of another kind, or it is damaged.
    """
    file = Path(path)
    if not is_file(file):
        raise no_such_file(file, (*TEXTS, *BOOKS))
    if file.stat().st_size == 0:
        raise empty_file(file.name)
    if is_text(file):
        return [_text_sheet(csv_table(text_file(file)))]
    if not is_workbook(file):
        raise other_kind(file.name, (*TEXTS, *BOOKS))
    book = open_book(file)
    return [Sheet(name, _frame(book.cells(name))) for name in ([sheet] if sheet else book.shown)]


def _text_sheet(table: CsvTable) -> Sheet:
    """Titles, header row and rows, at the width of the widest."""
    top, wide = [*table.above, table.headers], len(table.headers)
    schema = pa.schema([(str(place), pa.string()) for place in range(wide)])
    try:
        body = pa.Table.from_batches(table.batches(), schema)
    except InputError:  # notes below the table; what is worse than that is refused again
        body = None
    if body is None or any(len(row) > wide for row in top):
        rows = table.ragged()
        uneven = frozenset(len(top) + place for place, row in enumerate(rows) if len(row) != wide)
        return Sheet("", _frame([*top, *rows]), uneven)
    head = _frame([row + [""] * (wide - len(row)) for row in top])
    cells = pd.DataFrame({place: to_pandas(column) for place, column in enumerate(body.columns)}).fillna("")
    return Sheet("", pd.concat([head, cells], ignore_index=True))


def _frame(rows: Sequence[Sequence[str]]) -> pd.DataFrame:
    columns = zip_longest(*rows, fillvalue="")
    return pd.DataFrame({place: to_pandas(pa.array(column, pa.string())) for place, column in enumerate(columns)})
