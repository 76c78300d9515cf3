"""Tables out to CSV, by Arrow: quick, whole, and with no text that a spreadsheet would run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from equiwait.frames import to_arrow

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
    """Write a table, or a part of one, to a file; codes as text, nothing for what is missing."""
    columns = [_as_cells(column) for column in table.columns]
    plain = pa.table(columns, names=[safe_text(name) for name in table.column_names])
    pacsv.write_csv(plain, path, pacsv.WriteOptions(include_header=header, quoting_style="needed"))


def _as_cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
        return pa.chunked_array([_decoded(chunk) for chunk in column.chunks], pa.string())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pa.chunked_array([safe_column(chunk.cast(pa.string())) for chunk in column.chunks], pa.string())
    return column


def _decoded(codes: pa.DictionaryArray) -> pa.Array:
    words = codes.dictionary
    words = safe_column(words.cast(pa.string())) if not pa.types.is_null(words.type) else words.cast(pa.string())
    return words.take(codes.indices)


# --- frames, byte for byte as pandas writes them ---------------------------------------------------------------------

_LINES = 65_536  # rows put into lines at a time


def csv_lines(frame: pd.DataFrame) -> Iterator[pa.Buffer]:
    """Yield the lines of a frame, header first, as ``to_csv`` writes them after `safe_text`: quotes where needed, lines end CR LF.

    Floats have up to ten digits, days no time, and what is missing is empty. Columns of objects are not for this.

    Examples
    --------
    >>> [bytes(each).decode().split() for each in csv_lines(pd.DataFrame({"n": [1, 2], "words": ["=a", "b,c"]}))]
    [['n,words'], ["1,'=a", '2,"b,c"']]
    """
    yield pa.py_buffer(
        (",".join(_quoted(pa.array([safe_text(str(name)) for name in frame])).to_pylist()) + "\r\n").encode()
    )
    for start in range(0, len(frame), _LINES):
        rows = frame.iloc[start : start + _LINES]
        cells = [_written(rows[name]) for name in frame.columns]
        lines = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="")
        ended = pc.binary_join_element_wise(lines, pa.scalar("\r\n"), "")
        yield ended.buffers()[2]


def _written(column: pd.Series[Any]) -> pa.Array:
    """A column as the text of its cells."""
    cells = to_arrow(column)
    if pa.types.is_dictionary(cells.type):
        return _quoted(safe_column(cells.dictionary.cast(pa.string()))).take(cells.indices)
    if pa.types.is_boolean(cells.type):
        return pc.if_else(cells, "True", "False")
    if pa.types.is_floating(cells.type):
        coded = cells.dictionary_encode()
        return pa.array([f"{each:.10g}" for each in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
    if pa.types.is_timestamp(cells.type):
        return cells.cast(pa.timestamp("s"), safe=False).cast(pa.date32(), safe=False).cast(pa.string())
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        return _text(cells.cast(pa.string()))
    return cells.cast(pa.string())


def _text(cells: pa.Array) -> pa.Array:
    """Text as it is written: the same words are looked at once, plain words in one look."""
    coded = cells.dictionary_encode()
    if len(coded.dictionary) * 4 < len(cells):
        return _quoted(safe_column(coded.dictionary)).take(coded.indices)
    plain = pc.all(pc.match_substring_regex(cells, _PLAIN_CELL)).as_py()
    return cells if plain else _quoted(safe_column(cells))


def _quoted(text: pa.Array) -> pa.Array:
    """Put quotes round what holds a separator, a quote or the end of a line."""
    needs = pc.match_substring_regex(text, '[",\r\n]')
    if not pc.any(needs).as_py():
        return text
    return pc.if_else(needs, pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', ""), text)
