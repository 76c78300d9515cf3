"""What calamine does not tell of an xlsb workbook, out of its records ([MS-XLSB])."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from functools import cached_property
from posixpath import join, normpath
from xml.etree import ElementTree

from equiwait.files.sheet_facts import ERROR_CODES, SheetFacts

__all__ = ["XlsbFacts"]

_ROW, _LAST_CELL, _ERROR, _FORMULA_ERROR, _SHEET, _BOOK = 0, 11, 3, 11, 156, 153


class XlsbFacts:
    """Facts of an xlsb workbook.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The workbook, its size checked.
    """

    read_at_once = ()

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.counts_from_1904 = False
        self._keys: dict[str, str] = {}
        for kind, data in _records(archive.read("xl/workbook.bin")):
            if kind == _BOOK and data:
                self.counts_from_1904 = bool(data[0] & 1)
            elif kind == _SHEET and len(data) > 12:
                key, end = _text(data, 8)
                self._keys[_text(data, end)[0]] = key

    @cached_property
    def _targets(self) -> dict[str, str]:
        parts = ElementTree.fromstring(self._archive.read("xl/_rels/workbook.bin.rels"))
        return {each.get("Id", ""): normpath(join("/xl", each.get("Target", ""))).lstrip("/") for each in parts}

    def of_sheet(self, name: str) -> SheetFacts:
        """Return how far a sheet reaches, and its cells in error."""
        part = self._targets.get(self._keys.get(name, ""))
        if part not in self._archive.namelist():
            return SheetFacts()
        row = rows = columns = 0
        errors = {}
        for kind, data in _records(self._archive.read(part)):
            if kind == _ROW and len(data) >= 4:
                row = struct.unpack_from("<I", data)[0]
            elif 0 < kind <= _LAST_CELL and len(data) >= 8:
                column = struct.unpack_from("<I", data)[0]
                rows, columns = max(rows, row + 1), max(columns, column + 1)
                if kind in (_ERROR, _FORMULA_ERROR) and len(data) > 8:
                    errors[row, column] = ERROR_CODES.get(data[8], "#N/A")
        return SheetFacts(rows, columns, errors)


def _text(data: bytes, at: int) -> tuple[str, int]:
    length = struct.unpack_from("<I", data, at)[0]
    end = at + 4 + 2 * length
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of each record: both number and length have seven bits in a byte."""
    at = 0
    while at < len(data):
        kind, at = _number(data, at, 2)
        length, at = _number(data, at, 4)
        yield kind, data[at : at + length]
        at += length


def _number(data: bytes, at: int, most: int) -> tuple[int, int]:
    number = 0
    for place in range(most):
        byte = data[at] if at < len(data) else 0
        at += 1
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return number, at
