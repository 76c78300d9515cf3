"""What calamine does not tell of an xls workbook, out of its container ([MS-CFB]) and records ([MS-XLS]).

A damaged container can make a reader follow a chain of sectors in a circle, or make room for cells that are not there:
every chain is walked here first, and every record looked at.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from equiwait.files.sheet_facts import ERROR_CODES, SheetFacts

__all__ = ["XlsFacts"]

_LAST = 0xFFFFFFFA  # sector numbers from here on are marks: end of a chain, free, of the table itself
_BOF, _EOF, _BOUNDSHEET, _DATE_MODE, _DIMENSIONS, _FORMULA, _BOOL_ERR = 0x0809, 0x0A, 0x85, 0x22, 0x200, 0x06, 0x205
_RUNS = (0xBD, 0xBE)  # several numbers, several blanks
_CELLS = (_FORMULA, _BOOL_ERR, 0x201, 0x203, 0x204, 0xD6, 0xFD, 0x27E, *_RUNS)
_IN_ERROR = 2  # of a formula's result


class XlsFacts:
    """Facts of an xls workbook.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    ValueError
        If it is damaged.
    """

    def __init__(self, content: bytes) -> None:
        self._stream = _workbook_stream(content)
        self.counts_from_1904 = False
        self._starts: dict[str, int] = {}
        newer = self._stream[4:6] == b"\x00\x06"  # from Excel 97 on
        for kind, data in _records(self._stream, 0):
            if kind == _DATE_MODE and len(data) >= 2:
                self.counts_from_1904 = data[0] == 1
            elif kind == _BOUNDSHEET and len(data) >= 8:
                self._starts[_sheet_name(data, newer)] = struct.unpack_from("<I", data)[0]

    @property
    def read_at_once(self) -> tuple[str, ...]:
        """Every sheet: calamine reads them all when it opens the workbook."""
        return tuple(self._starts)

    def of_sheet(self, name: str) -> SheetFacts:
        """Return how far a sheet reaches, and its cells in error."""
        rows = columns = 0
        errors = {}
        for kind, data in _records(self._stream, self._starts.get(name, len(self._stream))):
            if kind == _DIMENSIONS and len(data) >= 12:
                first, last, left, right = struct.unpack_from("<IIHH", data)
                rows, columns = max(rows, last - min(first, last)), max(columns, right - min(left, right))
            elif kind in _CELLS and len(data) >= 6:
                row, column = struct.unpack_from("<HH", data)
                end = struct.unpack_from("<H", data, len(data) - 2)[0] if kind in _RUNS else column
                rows, columns = max(rows, row + 1), max(columns, column + 1, end + 1)
                code = _error(kind, data)
                if code is not None:
                    errors[row, column] = ERROR_CODES.get(code, "#N/A")
        return SheetFacts(rows, columns, errors)


def _sheet_name(data: bytes, newer: bool) -> str:
    letters, wide = data[6], newer and data[7] & 1
    start = 8 if newer else 7
    return data[start : start + letters * (2 if wide else 1)].decode("utf-16-le" if wide else "cp1252", "replace")


def _error(kind: int, data: bytes) -> int | None:
    """The number of a cell in error, or None."""
    if kind == _BOOL_ERR and len(data) >= 8 and data[7]:
        return data[6]
    if kind == _FORMULA and len(data) >= 14 and data[12:14] == b"\xff\xff" and data[6] == _IN_ERROR:
        return data[8]
    return None


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part of the stream; those of a chart inside it are passed over."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        data = stream[at + 4 : at + 4 + length]
        at += 4 + length
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, data


# --- the container ---------------------------------------------------------------------------------------------------


def _workbook_stream(content: bytes) -> bytes:
    """Return the stream of records; walk every chain of the container, and raise ValueError where one is broken."""
    container = _Container(content)
    streams = {name: container.stream(start, size) for name, kind, start, size in container.entries() if kind == 2}
    for name in ("Workbook", "Book"):
        if name in streams:
            return streams[name]
    raise ValueError("no workbook in the container")


class _Container:
    def __init__(self, content: bytes) -> None:
        if len(content) < 512:
            raise ValueError("no container")
        self._content = content
        sector, mini, *_ = struct.unpack_from("<HH", content, 30)
        if sector not in (9, 12) or mini != 6:
            raise ValueError("no container")
        self._size = 1 << sector
        directory, _, self._cutoff, mini_table, _, more, _ = struct.unpack_from("<IIIIIII", content, 48)
        self._next = self._numbers(self._table_sectors(more))
        self._directory = self._joined(directory)
        self._mini_next = self._numbers(self._chain(mini_table))
        root = next((each for each in self.entries() if each[1] == 5), ("", 5, _LAST, 0))
        self._minis = self._joined(root[2])

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        if start >= len(self._content):
            raise ValueError("a sector beyond the end")
        return self._content[start : start + self._size]

    def _table_sectors(self, more: int) -> list[int]:
        """The sectors of the table of chains: 109 in the header, and more in a chain of their own."""
        found = list(struct.unpack_from("<109I", self._content, 76))
        seen = set()
        while more < _LAST:
            if more in seen:
                raise ValueError("a chain in a circle")
            seen.add(more)
            numbers = struct.unpack(f"<{self._size // 4}I", self._sector(more))
            found += numbers[:-1]
            more = numbers[-1]
        return [number for number in found if number < _LAST]

    def _numbers(self, sectors: list[int]) -> list[int]:
        data = b"".join(map(self._sector, sectors))
        return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))

    def _chain(self, start: int) -> list[int]:
        return _chain(start, self._next)

    def _joined(self, start: int) -> bytes:
        return b"".join(map(self._sector, self._chain(start)))

    def entries(self) -> Iterator[tuple[str, int, int, int]]:
        """Yield name, kind (1 storage, 2 stream, 5 root), first sector and size of every entry of the directory."""
        for at in range(0, len(self._directory) - 127, 128):
            length, kind = struct.unpack_from("<HB", self._directory, at + 64)
            name = self._directory[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
            start, size = struct.unpack_from("<II", self._directory, at + 116)
            if kind:
                yield name, kind, start, size

    def stream(self, start: int, size: int) -> bytes:
        """Return the bytes of a stream: of small sectors where it is small."""
        if not size:
            return b""
        if size >= self._cutoff:
            return self._joined(start)[:size]
        minis = [self._minis[64 * number : 64 * number + 64] for number in _chain(start, self._mini_next)]
        return b"".join(minis)[:size]


def _chain(start: int, following: list[int]) -> list[int]:
    chain: list[int] = []
    while start < _LAST:
        if start >= len(following) or len(chain) > len(following):
            raise ValueError("a chain that is broken or in a circle")
        chain.append(start)
        start = following[start]
    return chain
