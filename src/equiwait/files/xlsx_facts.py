"""What calamine does not tell of an xlsx or xlsm workbook, out of its parts (ECMA-376, SpreadsheetML)."""

from __future__ import annotations

import re
import zipfile
from functools import cached_property
from posixpath import join, normpath
from xml.etree import ElementTree

from equiwait.files.sheet_facts import MOST_CELLS, SheetFacts

__all__ = ["XlsxFacts"]

_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,7})"')
_COLUMN = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})\d')
_WIDE = re.compile(rb'\br="[A-Z]{3}\d')
_ERROR = re.compile(rb'<(?:\w+:)?c\b([^>]*?\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_TWO_LETTERS = 702  # columns up to ZZ


class XlsxFacts:
    """Facts of an xlsx workbook.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The workbook, its size checked.
    """

    read_at_once = ()

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @cached_property
    def _book(self) -> ElementTree.Element:
        return ElementTree.fromstring(self._archive.read("xl/workbook.xml"))

    @property
    def counts_from_1904(self) -> bool:
        """Whether day 0 is 1 January 1904, as on old Macs."""
        return any(
            each.get("date1904", "").lower() in ("1", "true")
            for each in self._book.iter()
            if each.tag.endswith("workbookPr")
        )

    @cached_property
    def _parts(self) -> dict[str, str]:
        """Where each sheet is."""
        targets = {
            each.get("Id", ""): each.get("Target", "")
            for each in ElementTree.fromstring(self._archive.read("xl/_rels/workbook.xml.rels"))
        }
        parts = {}
        for each in self._book.iter():
            if each.tag.endswith("}sheet"):
                key = next((value for name, value in each.attrib.items() if name.endswith("}id")), "")
                parts[each.get("name", "")] = normpath(join("/xl", targets.get(key, ""))).lstrip("/")
        return parts

    def of_sheet(self, name: str) -> SheetFacts:
        """Return how far a sheet reaches, and its cells in error; nothing of one whose part is not there."""
        part = self._parts.get(name)
        if part not in self._archive.namelist():
            return SheetFacts()
        xml = self._archive.read(part)
        rows = max(map(int, _ROW.findall(xml)), default=0) or xml.count(b"row")
        return SheetFacts(rows, _columns(xml, rows), dict(_errors(xml)) if b't="e"' in xml else {})


def _columns(xml: bytes, rows: int) -> int:
    """How many columns; ZZ where that is near enough."""
    if rows * _TWO_LETTERS <= MOST_CELLS and not _WIDE.search(xml):
        return _TWO_LETTERS
    return max(map(_number, {found[1] for found in _COLUMN.finditer(xml)}), default=0)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _errors(xml: bytes) -> list[tuple[tuple[int, int], str]]:
    errors = []
    for found in _ERROR.finditer(xml):
        place, value = _PLACE.search(found[1]), _VALUE.search(found[2])
        row, column = (int(place[2]) - 1, _number(place[1]) - 1) if place else _counted(xml, found.start())
        errors.append(((row, column), value[1].decode("utf-8", "replace") if value else "#N/A"))
    return errors


def _counted(xml: bytes, at: int) -> tuple[int, int]:
    """Where a cell stands that does not say so: after the cells and rows before it."""
    before = xml[:at]
    row = [each.start() for each in re.finditer(rb"<(?:\w+:)?row\b", before)]
    return len(row) - 1, len(re.findall(rb"<(?:\w+:)?c\b", before[row[-1] :])) if row else 0
