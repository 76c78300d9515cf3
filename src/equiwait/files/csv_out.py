"""Tables out to CSV, by Arrow: quick, whole, and with no text that a spreadsheet would run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from equiwait.frames import to_arrow
from equiwait.parallel import spread, threads_for
from equiwait.plain_columns import Plain, close_together, plain

__all__ = ["csv_lines", "safe_column", "safe_text", "write_csv"]

_RISKY = re.compile(r"[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NEGATIVE = re.compile(r"-\d+(\.\d+)?")
_RISKY_CELL = (  # the same for Arrow, whose \s knows no spaces outside ASCII
    r"^[\s\p{Z}\x{0b}\x{1c}-\x{1f}\x{85}\x{feff}\x{200b}]*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]|^[\t\r\n]"
)

_PLAIN_CELL = r"^[0-9A-Za-z][0-9A-Za-z _./:-]*\z"  # neither run as a formula nor in need of quotes


def safe_text(text: str) -> str:
    """Return text that a spreadsheet keeps as text: an apostrophe stands before what it would run as a formula.

    Examples
    --------
    >>> safe_text("=1+1"), safe_text("@home"), safe_text("-3.5"), safe_text("P2")
    ("'=1+1", "'@home", '-3.5', 'P2')
    """
    return f"'{text}" if _RISKY.match(text) and not _NEGATIVE.fullmatch(text) else text


def safe_column(text: pa.Array) -> pa.Array:
    """Return a column of text, each cell as `safe_text` gives it.

    Examples
    --------
    >>> safe_column(pa.array(["=1+1", "-3.5", None])).to_pylist()
    ["'=1+1", '-3.5', None]
    """
    risky = pc.match_substring_regex(text, _RISKY_CELL)
    if not pc.any(risky).as_py():
        return text
    risky = pc.and_not(risky, pc.match_substring_regex(text, r"^-\d+(\.\d+)?\z"))
    return pc.if_else(risky, pc.binary_join_element_wise("'", text, ""), text)


def write_csv(table: pa.Table, path: Path, *, header: bool = True) -> None:
    """Write a table, or a part of one, to a file: the cells of `csv_lines`, but floats as they are and moments with their time."""
    columns = [_as_cells(column) for column in table.columns]
    plain = pa.table(columns, names=[safe_text(name) for name in table.column_names])
    pacsv.write_csv(plain, path, pacsv.WriteOptions(include_header=header, quoting_style="needed"))


def _as_cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
        return pa.chunked_array([_decoded(chunk) for chunk in column.chunks], pa.string())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pa.chunked_array([safe_column(chunk.cast(pa.string())) for chunk in column.chunks], pa.string())
    if pa.types.is_boolean(column.type):
        return pa.chunked_array([_written(chunk) for chunk in column.chunks], pa.string())
    return column


def _decoded(codes: pa.DictionaryArray) -> pa.Array:
    words = codes.dictionary
    words = safe_column(words.cast(pa.string())) if not pa.types.is_null(words.type) else words.cast(pa.string())
    return words.take(codes.indices)


# --- frames, byte for byte as pandas writes them ---------------------------------------------------------------------

_LINES = 16_384  # rows put into lines at a time
_LOOK = 4_096  # rows that show whether a column repeats itself
_FEW = 65_536  # so many texts, or pairs of texts, can be written down before they are met
Rows: TypeAlias = slice | NDArray[np.intp]


def csv_lines(frame: pd.DataFrame, order: NDArray[np.intp] | None = None) -> Iterator[pa.Buffer]:
    """Yield the lines of a frame, header first, as ``to_csv`` writes them after `safe_text`: quotes where needed, lines end CR LF.

    Floats have up to ten digits, days no time, and what is missing is empty. Columns of objects are not for this.

    Parameters
    ----------
    frame : pandas.DataFrame
    order : array of int, optional
        Which row stands in each line, counted from 0; by default the rows as they come.

    Examples
    --------
    >>> words = pd.DataFrame({"n": [1, 2], "words": ["=a", "b,c"]})
    >>> [bytes(each).decode().split() for each in csv_lines(words)]
    [['n,words'], ["1,'=a", '2,"b,c"']]
    >>> [bytes(each).decode().split() for each in csv_lines(words, np.array([1, 0]))]
    [['n,words'], ['2,"b,c"', "1,'=a"]]
    """
    yield pa.py_buffer(
        (",".join(_quoted(pa.array([safe_text(str(name)) for name in frame])).to_pylist()) + "\r\n").encode()
    )
    lines = range(0, len(frame) if order is None else len(order), _LINES)
    if not lines:
        return
    cells = spread(lambda name: _column(frame[name]), frame.columns, threads=threads_for(len(frame)))
    *before, last = _side_by_side(cells)
    parts = [*before, last._replace(after="\r\n")]

    def written(start: int) -> pa.Buffer:
        rows = slice(start, start + _LINES)
        return _joined(*(part.of_rows(rows if order is None else order[rows]) for part in parts)).buffers()[2]

    yield from spread(written, lines)


class _Cells(NamedTuple):
    """The cells of a column, or of several side by side: each text once and each row's place among them, or a value a row.

    ``after`` stands after each of them.
    """

    said: pa.Array
    places: NDArray[np.int32] | None = None
    after: str = ""

    def of_rows(self, rows: Rows) -> pa.Array:
        """Return the text of some rows, in their order."""
        if self.places is not None:
            return self._ended(self.said).take(pa.array(self.places[rows]))
        values = self.said[rows] if isinstance(rows, slice) else self.said.take(pa.array(rows))
        return self._ended(_written(values).fill_null(""))

    def _ended(self, texts: pa.Array) -> pa.Array:
        return pc.binary_join_element_wise(texts, self.after, "") if self.after else texts


def _column(column: pd.Series[Any]) -> _Cells:
    """A column of a frame as the text of its cells, what is missing as nothing: what says the same is written once."""
    held = plain(column)
    counted = _counted(held) if held is not None and held.values.dtype.kind != "f" else None
    return _cells(to_arrow(column)) if counted is None else counted


def _counted(held: Plain) -> _Cells | None:
    """Names, flags, whole numbers and days of few kinds: a cell's place is found by counting, and none is looked up."""
    if held.names is not None:
        texts = pa.array(held.names, pa.string())
        return _Cells(_after_nothing(texts), held.places())
    if held.values.dtype.kind == "b":
        return _Cells(_after_nothing(pa.array([False, True])), held.places(0, 2))
    held = held._replace(values=held.values // held.day) if held.day else held
    ends = _ends(held, max(_FEW, len(held.values) // 8))
    if ends is None:
        return None
    low, high = ends
    numbers = np.arange(low, high + 1)
    texts = pa.array(numbers.astype(np.int32), pa.date32()) if held.day else pa.array(numbers)
    return _Cells(_after_nothing(texts), held.places(low, len(numbers)))


def _after_nothing(kinds: pa.Array) -> pa.Array:
    """The text of each kind, after that of a cell in which nothing is."""
    return pa.concat_arrays([pa.array([""]), _written(kinds).fill_null("")])


def _ends(held: Plain, fewer: int) -> tuple[int, int] | None:
    """The least and the most of what is known, if these lie close together."""
    known = held.values if held.missing is None or not held.day else held.values[~held.missing]
    return close_together(known, fewer) if len(known) else (0, 0)


def _cells(cells: pa.Array) -> _Cells:
    """The same of a column as Arrow has it."""
    if not (pa.types.is_dictionary(cells.type) or pa.types.is_floating(cells.type)) and _mostly_unlike(cells):
        return _Cells(cells)
    coded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
    said = coded.dictionary
    places = coded.indices.cast(pa.int32()).fill_null(len(said))
    return _Cells(pa.concat_arrays([_written(said).fill_null(""), pa.array([""])]), np.asarray(places))


def _mostly_unlike(cells: pa.Array) -> bool:
    """Whether most cells are there once, as far as the first show."""
    return len(cells.slice(0, _LOOK).unique()) * 2 > min(len(cells), _LOOK)


def _side_by_side(columns: Iterable[_Cells]) -> list[_Cells]:
    """Put neighbours together as long as few pairs of their cells occur: a pair is then joined once, and not in each row."""
    done: list[_Cells] = []
    for cells in columns:
        both = _pairs(done[-1], cells) if done else None
        done = [*done, cells] if both is None else [*done[:-1], both]
    return done


def _pairs(left: _Cells, right: _Cells) -> _Cells | None:
    """Two columns as one, unless they have too many pairs of cells."""
    many = len(left.said) * len(right.said)
    if left.places is None or right.places is None or many > _FEW:
        return None
    place = left.places.astype(np.int32)  # a column's own places may be shorter than those of pairs
    place *= np.int32(len(right.said))
    place += right.places
    here = np.zeros(many, bool)
    here[place] = True
    if 4 * here.sum() > min(len(place), _FEW):
        return None
    one, two = np.divmod(np.flatnonzero(here), len(right.said))
    texts = _joined(left.said.take(pa.array(one)), right.said.take(pa.array(two)))
    return _Cells(texts, (np.cumsum(here, dtype=np.int32) - np.int32(1))[place])


def _joined(*columns: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*columns, ",") if len(columns) > 1 else columns[0]


def _written(cells: pa.Array) -> pa.Array:
    """Values of one type as the text of cells."""
    if pa.types.is_boolean(cells.type):
        return pc.if_else(cells, "True", "False")
    if pa.types.is_floating(cells.type):
        return pa.array([None if each is None else f"{each:.10g}" for each in cells.to_pylist()], pa.string())
    if pa.types.is_timestamp(cells.type):
        return cells.cast(pa.timestamp("s"), safe=False).cast(pa.date32(), safe=False).cast(pa.string())
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        return _text(cells.cast(pa.string()))
    return cells.cast(pa.string())


def _text(cells: pa.Array) -> pa.Array:
    """Text as it is written; plain words need one look."""
    plain = pc.all(pc.match_substring_regex(cells, _PLAIN_CELL)).as_py()
    return cells if plain else _quoted(safe_column(cells))


def _quoted(text: pa.Array) -> pa.Array:
    """Put quotes round what holds a separator, a quote or the end of a line."""
    needs = pc.match_substring_regex(text, '[",\r\n]')
    if not pc.any(needs).as_py():
        return text
    return pc.if_else(needs, pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', ""), text)
