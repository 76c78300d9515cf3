"""Sheets of XlsxWriter that take the cells of a table by the row: a third of the time, and the memory of a few rows.

XlsxWriter looks at each cell five times: when it is written, when its table is made, and three times when its row is. What
it would say of a row of a table is put together here at once; all else of a sheet, and of the workbook, stays its own work.
It keeps every cell until the workbook is closed, and its own mode of constant memory has no tables and writes to files with
names. Here rows lie, as they will stand in the workbook, in memory while they are few, then in a file without a name.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeAlias
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook
from xlsxwriter.sharedstrings import SharedStringTable
from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import Worksheet

__all__ = ["Block", "Book", "Sheet"]

Block: TypeAlias = tuple[Sequence[tuple[Sequence[Any], Sequence[Any]]], Sequence[float]]
"""Some rows of a table: of each column its cells (text, numbers, None) and their looks, and how high each row is (0: as usual)."""

_HERE = "<?rows?>"  # stands for the rows of a table until the workbook is whole; no text of a sheet can hold it
_IN_MEMORY = 1 << 22  # bytes of rows that are kept in memory
_SHARED = 4_096  # texts of a column that stand in the workbook once; of more, hardly one stands in two rows


class Sheet(Worksheet):  # type: ignore[misc]
    """A sheet that knows whole rows beside single cells."""

    rows: IO[bytes] | None = None
    _first = 0
    dim_rowmax: Any

    def put_rows(self, first: int, blocks: Iterable[Block], to: IO[bytes]) -> None:
        """Write the rows of the sheet's table, from its first column on, to ``to``; nothing stands below them."""
        row = first
        known: list[dict[str, str]] = []
        for columns, heights in blocks:
            known = known or [{} for _ in columns]
            to.write(self._text_of(row, columns, heights, known).encode())
            self._check_dimensions(row, 0)
            row += len(heights)
            self._check_dimensions(row - 1, len(columns) - 1)
        if row > first:
            self.rows, self._first = to, first

    def put_table(self, first: int, last: int, options: dict[str, Any]) -> None:
        """Make rows a table. XlsxWriter notes each of a table's cells, lest two overlap: of one on a sheet it is told two rows."""
        wide = len(options["columns"]) - 1
        self.add_table(first, 0, first + 1, wide, options)
        reach = xl_range(first, 0, last, wide)
        self.tables[-1].update({"range": reach, "a_range": reach, "autofilter": reach})

    def _text_of(
        self,
        first: int,
        columns: Sequence[tuple[Sequence[Any], Sequence[Any]]],
        heights: Sequence[float],
        known: Sequence[dict[str, str]],
    ) -> str:
        """Some rows as they stand in the workbook."""
        letters = [xl_col_to_name(place) for place in range(len(columns))]
        ends = zip(*(self._ends(cells, each) for (cells, _), each in zip(columns, known, strict=True)), strict=True)
        looked = zip(*(looks for _, looks in columns), strict=True)
        made = []
        for number, (height, cells, looks) in enumerate(zip(heights, ends, looked, strict=True), first + 1):
            high = f' ht="{height:.16g}" customHeight="1"' if height else ""
            made.append(f'<row r="{number}" spans="1:{len(letters)}"{high}>')
            made += [
                f'<c r="{letter}{number}" s="{look.place}{end}'
                for letter, end, look in zip(letters, cells, looks, strict=True)
            ]
            made.append("</row>")
        return "".join(made)

    def _ends(self, cells: Sequence[Any], known: dict[str, str]) -> list[str]:
        """How each cell of a column ends; a text stands in the workbook once, in the order in which texts are met."""
        made, texts, before = [], 0, len(known)
        for cell in cells:
            if isinstance(cell, str):
                end = known.get(cell)
                if end is None and (len(known) < _SHARED or self._escape_control_characters(cell) != cell):
                    end = known[cell] = f'" t="s"><v>{self.str_table._get_shared_string_index(cell)}</v></c>'
                if end is None:
                    end = self._in_line(cell)
                else:
                    texts += 1
            else:
                end = '"/>' if cell is None else f'"><v>{cell:.16G}</v></c>'
            made.append(end)
        self.str_table.count += texts - (len(known) - before)  # it counts how often texts stand in the workbook, too
        return made

    def _in_line(self, text: str) -> str:
        """How a cell ends that holds its text itself; not every reader knows escaped signs there, so text with such is shared."""
        return f'" t="inlineStr"><is><t xml:space="preserve">{self._escape_data(text)}</t></is></c>'

    def _write_rows(self) -> None:
        """Write what stands above the table's rows, and where they will stand."""
        last = self.dim_rowmax
        if self.rows is not None:
            self.dim_rowmax = self._first - 1
        super()._write_rows()
        self.dim_rowmax = last
        if self.rows is not None:
            self.fh.write(_HERE)


class _Texts(SharedStringTable):  # type: ignore[misc]
    """The texts of a workbook, each once: none is taken for a text of several looks, which XlsxWriter would write as it is."""

    def _get_shared_string_index(self, string: str) -> int:
        if string.startswith("<r>") and string.endswith("</r>"):
            string = f'<r><t xml:space="preserve">{escape(string)}</t></r>'
        return int(super()._get_shared_string_index(string))


class Book(Workbook):  # type: ignore[misc]
    """A workbook of such sheets, written to ``path`` once it is whole; until then rows lie beside it, under no name."""

    worksheet_class = Sheet

    def __init__(self, path: Path, options: dict[str, Any]) -> None:
        self._path, self._held, self._files = path, BytesIO(), ExitStack()
        super().__init__(self._held, {**options, "in_memory": True})
        self.str_table = _Texts()

    def add_look(self, properties: dict[str, Any]) -> Any:
        """Return a look that has its number already: rows are written before the workbook is."""
        look = self.add_format(properties)
        look.place = look._get_xf_index()  # among the looks of the workbook; two that are alike share theirs
        return look

    def room_for_rows(self) -> IO[bytes]:
        """Return where the rows of a sheet lie until the workbook is whole."""
        return self._files.enter_context(SpooledTemporaryFile(_IN_MEMORY, dir=str(self._path.parent)))

    def save(self) -> None:
        """Write the workbook, with the rows in their places."""
        self.close()
        # An archive that finds the disk full says so a second time when it is forgotten: it is packed in memory.
        packed = BytesIO()
        rows = {f"xl/worksheets/sheet{at}.xml": sheet.rows for at, sheet in enumerate(self.worksheets(), 1)}
        with ZipFile(self._held) as made, ZipFile(packed, "w", ZIP_DEFLATED) as whole:
            for part in made.infolist():
                before, _, after = made.read(part).partition(_HERE.encode())
                with whole.open(part, "w") as to:
                    to.write(before)
                    if (file := rows.get(part.filename)) is not None:
                        file.seek(0)
                        shutil.copyfileobj(file, to)
                    to.write(after)
        self._path.write_bytes(packed.getbuffer())

    def forget(self) -> None:
        """Let go of the rows."""
        self._files.close()
