"""Tables out to CSV, by Arrow: quick, whole, and with no text that a spreadsheet would run."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from equiwait.frames import to_arrow
from equiwait.pandas_columns import without_zone
from equiwait.parallel import spread, threads_for

__all__ = ["safe_column", "safe_text", "write_csv", "write_list"]

_LINES = 16_384  # rows written at a time
_RISKY = re.compile(r"[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NEGATIVE = re.compile(r"-\d+(\.\d+)?")
_RISKY_CELL = (  # the same for Arrow, whose \s knows no spaces outside ASCII
    r"^[\s\p{Z}\x{0b}\x{1c}-\x{1f}\x{85}\x{feff}\x{200b}]*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]|^[\t\r\n]"
)


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


def write_csv(table: pa.Table, sink: Path | pa.NativeFile, *, header: bool = True) -> None:
    """Write a table, or a part of one, by Arrow: text in quotes, flags ``True`` and ``False``, and what is missing as nothing."""
    columns = [_as_cells(column) for column in table.columns]
    plain = pa.table(columns, names=[safe_text(name) for name in table.column_names])
    said = pacsv.WriteOptions(include_header=header, quoting_style="needed", batch_size=_LINES)
    pacsv.write_csv(plain, sink, said)


def _as_cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
        return pa.chunked_array([_decoded(chunk) for chunk in column.chunks], pa.string())
    if any(is_text(column.type) for is_text in _TEXT):
        return pa.chunked_array([safe_column(chunk.cast(pa.string())) for chunk in column.chunks], pa.string())
    if pa.types.is_boolean(column.type):
        return pa.chunked_array([pc.if_else(chunk, "True", "False") for chunk in column.chunks], pa.string())
    return column


_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)


def _decoded(codes: pa.DictionaryArray) -> pa.Array:
    words = codes.dictionary
    words = safe_column(words.cast(pa.string())) if not pa.types.is_null(words.type) else words.cast(pa.string())
    return words.take(codes.indices)


# --- lists, for people -----------------------------------------------------------------------------------------------

_LOOK = 4_096  # rows that show whether many have the same text


def write_list(frame: pd.DataFrame, path: Path, order: NDArray[np.intp] | None = None) -> None:
    """Write a list as `write_csv` does, for people: numbers have at most ten digits and days no time, and Excel knows its UTF-8.

    Parameters
    ----------
    frame : pandas.DataFrame
    path : pathlib.Path
    order : array of int, optional
        Which row stands in each line, counted from 0; by default the rows as they come.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> to = Path(mkdtemp()) / "list.csv"
    >>> write_list(pd.DataFrame({"n": [1, 2], "words": ["=a", "b,c"]}), to, np.array([1, 0]))
    >>> pd.read_csv(to).to_dict("list")
    {'n': [2, 1], 'words': ['b,c', "'=a"]}
    """
    names = [str(name) for name in frame]
    columns = spread(lambda at: _for_people(frame.iloc[:, at]), range(len(names)), threads=threads_for(len(frame)))
    table = pa.table(list(columns), names)

    def lines(start: int) -> pa.Buffer:
        rows = table.slice(start, _LINES) if order is None else table.take(pa.array(order[start : start + _LINES]))
        sink = pa.BufferOutputStream()
        write_csv(rows, sink, header=start == 0)
        return sink.getvalue()

    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)
        file.writelines(spread(lines, range(0, max(len(table), 1), _LINES)))


def _for_people(column: pd.Series[Any]) -> pa.Array:
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype) and pd.api.types.is_datetime64_any_dtype(kind.categories.dtype):
        column = column.astype(kind.categories.dtype)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return to_arrow(without_zone(column)).cast(pa.date32(), safe=False)
    cells = to_arrow(column)
    if pa.types.is_timestamp(cells.type):  # of periods
        return cells.cast(pa.timestamp("s"), safe=False).cast(pa.date32(), safe=False)
    if (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)) and _is_shared(cells):
        return cells.dictionary_encode()  # a text that many have is looked at once
    if not pa.types.is_floating(cells.type):
        return cells
    coded = cells.dictionary_encode()  # each number is shortened once
    short = pa.array([float(f"{each:.10g}") for each in coded.dictionary.to_pylist()], pa.float64())
    return short.take(coded.indices)


def _is_shared(cells: pa.Array) -> bool:
    return len(cells) > _LOOK and 4 * int(pc.count_distinct(cells.slice(0, _LOOK)).as_py()) < _LOOK
