"""CSV files as tables of text: every cell as it stands, only the empty one missing, every row whole or the file refused.

Arrow reads what is plainly well formed, many pieces at once. Where a quote stands oddly, or a row has more or fewer cells
than the header, Python's csv module reads the file again, strictly: it reads what is right, and says in which line what
is wrong. What comes out does not depend on which of them read a row.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from equiwait.errors import EquiwaitError
from equiwait.files.faults import counted, empty_file, not_whole
from equiwait.files.text_files import TextFile
from equiwait.parallel import spread

__all__ = ["FEWEST_KNOWN", "LOOK", "CsvTable", "Known", "csv_table", "none_known"]

Known: TypeAlias = Callable[[Sequence[object]], int]
"""How many cells of a row are headers that the reader knows."""

LOOK = 30  # rows in which a header may stand below titles
LONGEST_CELL = 131_072  # letters, the csv module's own limit: four times what a spreadsheet's cell can hold
_SEPARATORS = ",;\t|"
FEWEST_KNOWN = 2  # headers by which a row is taken for a header row
_CAREFUL_ROWS = 65_536
_HEAD = 262_144


def none_known(_row: Sequence[object]) -> int:
    """Know no header: the first row as wide as most is the header row."""
    return 0


@dataclass(frozen=True)
class CsvTable:
    """A CSV file whose separator and header row are found, and whose rows are still to be read.

    Parameters
    ----------
    file : TextFile
        Where the text comes from.
    separator : str
        What stands between the cells of a row.
    above : list of list of str
        The rows above the header row: titles.
    headers : list of str
        The cells of the header row.
    skip, lines : int
        Bytes, and lines, of the text up to the end of the header row.
    """

    file: TextFile
    separator: str
    above: list[list[str]]
    headers: list[str]
    skip: int
    lines: int

    def batches(self, columns: Sequence[int] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows, in order, with columns named "0", "1" and so on; a row with nothing in any cell is nobody's.

        Parameters
        ----------
        columns : sequence of int, optional
            Which columns; by default all.

        Raises
        ------
        InputError
            If a row has more or fewer cells than the header, a quote does not close, or letters cannot be read.
        """
        wanted = range(len(self.headers)) if columns is None else columns
        done = 0
        for batch in spread(lambda piece: self._quick(piece, wanted), self._pieces()):
            if batch is None:
                yield from self._careful(wanted, done)
                return
            done += batch.num_rows
            yield _somebody(batch)

    def ragged(self) -> list[list[str]]:
        """Return the rows as they are, however many cells each has: for published files with notes below their table."""
        return [row for _, row in self._rows() if any(map(str.strip, row))]

    # --- quick: Arrow, on pieces of whole rows ---

    def _pieces(self) -> Iterator[bytes | None]:
        """Yield pieces of whole rows; None, and no more, where quotes do not stand as a writer of CSV sets them."""
        rest = b""
        for lines in self.file.lines(self.skip):
            piece = rest + lines
            end = _rows_end(piece, self.separator.encode(), len(self.headers))
            if end is None:
                yield None
                return
            rest = piece[end:]
            if len(rest) > 8 * LONGEST_CELL:
                yield None
                return
            if end:
                yield piece[:end]
        if rest:
            yield None

    def _quick(self, piece: bytes | None, columns: Sequence[int]) -> pa.RecordBatch | None:
        if piece is None:
            return None
        names = [str(place) for place in range(len(self.headers))]
        wanted = [str(place) for place in columns]
        if not piece.strip(b"\r\n"):
            return pa.RecordBatch.from_pylist([], pa.schema([(name, pa.string()) for name in wanted]))
        try:
            table = pacsv.read_csv(
                pa.BufferReader(piece),
                read_options=pacsv.ReadOptions(column_names=names, block_size=len(piece) + 1, use_threads=False),
                parse_options=pacsv.ParseOptions(delimiter=self.separator, newlines_in_values=True),
                convert_options=pacsv.ConvertOptions(
                    include_columns=wanted,
                    column_types=dict.fromkeys(wanted, pa.string()),
                    strings_can_be_null=True,
                    null_values=[""],
                    quoted_strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid:  # a row out of shape: it is named by the careful reading
            return None
        batch = table.combine_chunks().to_batches()[0]
        return None if any(_longest(column) > LONGEST_CELL for column in batch.columns) else batch

    # --- careful: Python's csv module, strictly ---

    def _careful(self, columns: Sequence[int], skip: int) -> Iterator[pa.RecordBatch]:
        rows = islice(self._whole_rows(), skip, None)
        while part := list(islice(rows, _CAREFUL_ROWS)):
            arrays = [pa.array([row[place] or None for row in part], pa.string()) for place in columns]
            yield _somebody(pa.RecordBatch.from_arrays(arrays, names=[str(place) for place in columns]))

    def _whole_rows(self) -> Iterator[list[str]]:
        """Yield rows with as many cells as the header; at the first other, count them all and refuse."""
        wide, others, first = len(self.headers), 0, (0, 0)
        for line, row in self._rows():
            if len(row) == wide and not others:
                yield row
            elif len(row) != wide:
                first = first if others else (line, len(row))
                others += 1
        if others:
            raise not_whole(
                self.file.name,
                f"has {counted(others, 'row')} that {'does' if others == 1 else 'do'} not fit its header of {counted(wide, 'cell')}.",
                f"The first is line {first[0]:,} with {counted(first[1], 'cell')}: it breaks off, or is split.",
            )

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row that is not a blank line, with the line it begins in."""
        told = _Lines(self.file.lines(self.skip), self.lines)
        reader = csv.reader(told, delimiter=self.separator, strict=True)
        while True:
            begin = told.line + 1
            told.taken.clear()
            row, failure = _next(reader)
            if failure:
                raise _quote_fault(self.file.name, begin, failure)
            if row is None:
                return
            if len(told.taken) > 1 and self._swallowed(told.taken):
                raise not_whole(
                    self.file.name,
                    f"has a quote that opens in line {begin:,} and takes in whole rows.",
                    f"It closes in line {told.line:,}.",
                )
            if row:
                yield begin, row

    def _swallowed(self, lines: Sequence[str]) -> bool:
        """Whether every line of one row would be a row by itself: a quote was left open, and another row's closed it."""
        return len(self.headers) > 1 and all(line.count(self.separator) == len(self.headers) - 1 for line in lines)


class _Lines:
    """Lines of text for the csv module, with the number of the last and all that were taken for one row."""

    def __init__(self, pieces: Iterator[bytes], line: int) -> None:
        self.line = line
        self.taken: list[str] = []
        self._lines = (line for piece in pieces for line in io.StringIO(piece.decode("utf-8"), newline=""))

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.line += 1
        self.taken.append(line)
        return line


def _next(reader: Iterator[list[str]]) -> tuple[list[str] | None, str]:
    try:
        return next(reader, None), ""
    except csv.Error as error:
        return None, str(error)


def _quote_fault(name: str, line: int, failure: str) -> EquiwaitError:
    """Which of the csv module's three complaints it was; its own words end here."""
    if "field larger" in failure:
        wrong = f"has a cell of over {LONGEST_CELL:,} letters in the row of line {line:,}: a quote that is not closed, or no list."
    elif "end of data" in failure:
        wrong = f"has a quote in the row of line {line:,} that is never closed."
    else:
        wrong = f"has something after a closing quote in the row of line {line:,}."
    return not_whole(name, wrong)


# --- where rows end --------------------------------------------------------------------------------------------------


def _rows_end(piece: bytes, separator: bytes, wide: int) -> int | None:
    """Where the last whole row of a piece ends (the piece begins with a row and ends with a line); None where quotes are odd."""
    if b'"' not in piece:
        return len(piece)
    letters = np.frombuffer(piece, np.uint8)
    quotes = np.flatnonzero(letters == ord('"'))
    if not _well_set(letters, quotes, separator[0]):
        return None
    ends = np.flatnonzero((letters == ord("\n")) | (letters == ord("\r")))
    inside = np.searchsorted(quotes, ends) % 2 == 1
    if inside.any() and _like_rows(letters, ends, inside, separator[0], wide):
        return None
    whole = ends[~inside]
    if not len(quotes) % 2:
        return len(piece)
    return int(whole[-1]) + 1 if len(whole) else 0


def _well_set(letters: NDArray[np.uint8], quotes: NDArray[np.intp], separator: int) -> bool:
    """Whether each quote that opens follows a separator, a line's end or a quote, and each that closes is followed by one."""
    beside = np.zeros(256, bool)
    beside[[separator, *b'\r\n"']] = True
    opens, closes = quotes[0::2], quotes[1::2]
    before = opens[opens > 0] - 1
    after = closes[closes < len(letters) - 1] + 1
    return bool(beside[letters[before]].all() and beside[letters[after]].all())


def _like_rows(
    letters: NDArray[np.uint8], ends: NDArray[np.intp], inside: NDArray[np.bool_], separator: int, wide: int
) -> bool:
    """Whether a line that begins inside a quoted cell has as many separators as a row: worth a careful look."""
    marks = np.flatnonzero(letters == separator)
    place = np.flatnonzero(inside)
    begin, end = ends[place], np.append(ends, len(letters))[place + 1]
    return bool((np.searchsorted(marks, end) - np.searchsorted(marks, begin) == wide - 1).any())


def _longest(column: pa.Array) -> int:
    return pc.max(pc.binary_length(column)).as_py() or 0


def _somebody(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Leave out rows with nothing in any cell, or nothing but spaces."""
    blank = np.arange(batch.num_rows)
    for column in batch.columns:
        if not len(blank):
            return batch
        cells = pc.utf8_trim_whitespace(column.take(pa.array(blank)))
        blank = blank[np.asarray(pc.equal(cells, "").fill_null(True))]
    whole = np.ones(batch.num_rows, bool)
    whole[blank] = False
    return batch.filter(pa.array(whole))


# --- separator and header row ----------------------------------------------------------------------------------------


def csv_table(file: TextFile, known: Known = none_known) -> CsvTable:
    """Find the separator and the header row of a CSV file.

    Parameters
    ----------
    file : TextFile
        The file.
    known : callable
        How many cells of a row are known headers. The row with most, if two or more, is the header row, under whichever
        separator shows it; else the first row that is as wide as most are.

    Raises
    ------
    InputError
        If the file has no text, or its first rows are no CSV.
    """
    start = next(file.lines(), b"")
    if not start.strip():
        raise empty_file(file.name)
    text = start[: _head_end(start)].decode("utf-8")
    best = max((_Head(text, mark, known) for mark in _SEPARATORS), key=lambda head: head.likely)
    if not best.rows:
        raise _quote_fault(file.name, 1, best.failure)
    place = best.header
    lines = best.ends[place]
    skipped = "".join(best.lines[:lines]).encode("utf-8")
    return CsvTable(file, best.separator, best.rows[:place], best.rows[place], len(skipped), lines)


class _Head:
    """The first rows of a file under one separator, with the line that each ends in, and how much they look like a table."""

    def __init__(self, text: str, separator: str, known: Known) -> None:
        self.separator = separator
        self.lines = list(io.StringIO(text, newline=""))
        self.rows: list[list[str]] = []
        self.ends: list[int] = []
        reader = csv.reader(self.lines, delimiter=separator, strict=True)
        row, self.failure = _next(reader)
        while row is not None and len(self.rows) < LOOK:
            if any(cell.strip() for cell in row):
                self.rows.append(row)
                self.ends.append(reader.line_num)
            row, self.failure = _next(reader)
        self._known = [known(row) for row in self.rows]
        widths = Counter(len(row) for row in self.rows if len(row) > 1)
        self._wide, self._many = max(widths.items(), key=lambda each: (each[1], each[0]), default=(1, 0))

    @property
    def likely(self) -> tuple[int, int]:
        """How many headers are known, then how many rows are of one width."""
        most = max(self._known, default=0)
        return (most if most >= FEWEST_KNOWN else 0), self._many

    @property
    def header(self) -> int:
        """Which row is the header row."""
        most = max(self._known)
        if most >= FEWEST_KNOWN:
            return self._known.index(most)
        return next((place for place, row in enumerate(self.rows) if len(row) == self._wide), 0)


def _head_end(piece: bytes) -> int:
    """Up to which byte the first rows are looked for: a quarter of a megabyte of whole lines, or the first line."""
    if len(piece) <= _HEAD:
        return len(piece)
    whole = max(piece.rfind(b"\n", 0, _HEAD), piece.rfind(b"\r", 0, _HEAD))
    return whole + 1 if whole >= 0 else len(piece)
