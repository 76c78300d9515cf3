"""What calamine does not tell of an ods workbook, out of its content (OpenDocument, part 3)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from equiwait.files.sheet_facts import SheetFacts

__all__ = ["OdsFacts"]

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_MOST_ALIKE = 1_000  # cells that one element stands for
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")


class OdsFacts:
    """Facts of an ods workbook.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The workbook, its size checked.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.counts_from_1904 = False
        self._sheets: dict[str, SheetFacts] = {}
        name, row = "", 0
        with archive.open("content.xml") as file:
            for event, each in ElementTree.iterparse(file, ("start", "end")):
                if event == "start" and each.tag == f"{_TABLE}table":
                    name, row = each.get(f"{_TABLE}name", ""), 0
                elif event == "end" and each.tag == f"{_TABLE}table-row":
                    many = int(each.get(f"{_TABLE}number-rows-repeated", "1"))
                    self._sheets[name] = _with_row(self._sheets.get(name, SheetFacts()), row, many, each)
                    row += many
                    each.clear()
                elif event == "end" and each.tag == f"{_TABLE}null-date":
                    self.counts_from_1904 = each.get(f"{_TABLE}date-value", "").startswith("1904")

    @property
    def read_at_once(self) -> tuple[str, ...]:
        """Every sheet: calamine reads them all when it opens the workbook."""
        return tuple(self._sheets)

    def of_sheet(self, name: str) -> SheetFacts:
        """Return how far a sheet reaches, and its cells in error."""
        return self._sheets.get(name, SheetFacts())


def _with_row(facts: SheetFacts, row: int, many: int, cells: ElementTree.Element) -> SheetFacts:
    """The facts of a sheet with one more row, or with ``many`` rows alike."""
    rows, columns, errors = facts.rows, facts.columns, dict[tuple[int, int], str]()
    for column, width, cell in _filled(cells):
        rows, columns = row + many, max(columns, column + width)
        if (code := _error(cell)) and many * width <= _MOST_ALIKE:
            errors |= {(row + down, column + right): code for down in range(many) for right in range(width)}
    return SheetFacts(rows, columns, {**facts.errors, **errors} if errors else facts.errors)


def _filled(row: ElementTree.Element) -> Iterator[tuple[int, int, ElementTree.Element]]:
    """Yield the cells of a row that hold something: from which column, how many, and the cell."""
    column = 0
    for cell in row:
        if cell.tag in _CELLS:
            width = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
            if len(cell) or cell.get(f"{_OFFICE}value-type"):
                yield column, width, cell
            column += width


def _error(cell: ElementTree.Element) -> str:
    """What people see in a cell in error; nothing of another cell."""
    if not any(name.endswith("}value-type") and value == "error" for name, value in cell.attrib.items()):
        return ""
    return "".join(each.text or "" for each in cell.iter(f"{_TEXT}p")) or "#N/A"
