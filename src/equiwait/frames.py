"""The only file that knows both pandas and Arrow: blocks out, columns back.

Row work is written once, as functions of a ``pyarrow.RecordBatch`` that give back named arrays. This file carries a
pandas frame, or anything that speaks the Arrow interface, to such a function block by block and puts the answer beside
the rows it came from: same rows, same order, same index.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from equiwait.errors import ColumnsError, InputError, OptionError, attempt, did_you_mean, headers_said, listed
from equiwait.fields import MERGES, field_of, made_from
from equiwait.pandas_columns import categorical, in_columns, in_order, to_pandas
from equiwait.parallel import spread, taken_out, threads_for
from equiwait.plain_columns import Plain, plain
from equiwait.room import give_back

__all__ = [
    "BLOCK",
    "Columns",
    "Kernel",
    "Places",
    "arrow_or_frame",
    "arrow_pieces",
    "blocks",
    "categorical",
    "coded",
    "columns_back",
    "cut",
    "distinct",
    "distinct_texts",
    "from_any",
    "in_one",
    "in_order_of_names",
    "in_pieces",
    "map_rows",
    "need",
    "snapshot_of",
    "to_arrow",
    "to_pandas",
    "with_columns",
    "with_gaps",
]

BLOCK = 131_072  # rows in a block: a few columns of it stay in a processor's cache

Places: TypeAlias = NDArray[np.integer[Any]]
"""For each row its place among distinct values."""

Columns: TypeAlias = Mapping[str, pa.Array]
Kernel: TypeAlias = Callable[[pa.RecordBatch], Columns]


def need(has: pd.DataFrame | Iterable[object], columns: Iterable[str], step: str) -> None:
    """Raise one ColumnsError that names every column that ``step`` needs and a frame, or a row of headers, lacks."""
    headers = list(has.columns if isinstance(has, pd.DataFrame) else has)
    missing = list(dict.fromkeys(made_from(name) for name in columns if not has_grouping(headers, name)))
    if missing:
        hints = "".join(did_you_mean(name, map(str, headers)) for name in missing)
        raise ColumnsError(
            f"{step} needs {'columns' if len(missing) > 1 else 'the column'} {listed(missing)}.{hints}",
            found=f"Columns: {listed(headers, 40)}.",
            todo="Run the step that adds it, or map your header with read_list(..., columns={'Your header': 'name'}).",
        )


def has_grouping(headers: Container[object], name: str) -> bool:
    """Return whether there is a column of that name, or the one that a grouping such as ``ethnicity:nhs`` is made from."""
    if name in headers or made_from(name) in headers:
        return True
    base, joined, _ = name.partition(":")
    if joined and name not in MERGES and base in map(made_from, MERGES):
        raise OptionError(
            f"There is no merged grouping {name}.{did_you_mean(name, MERGES)}", todo=f"Use one of: {listed(MERGES)}."
        )
    return False


def from_any(data: object, columns: Iterable[str] | None = None) -> pd.DataFrame:
    """Return a pandas frame from a pandas frame (as it is) or from anything that speaks the Arrow interface.

    Text comes as ``str``, whole numbers with gaps as nullable integers, dates as ``datetime64``. Extracts that were put
    together are the list of their pathways: of that, which may be long, only the ``columns`` that are asked for.
    """
    found = arrow_or_frame(data, columns)
    if isinstance(found, pd.DataFrame):
        return found
    return in_columns({name: to_pandas(found.column(name)) for name in found.column_names})


def arrow_or_frame(data: object, columns: Iterable[str] | None = None) -> pd.DataFrame | pa.Table:
    """Return a pandas frame as it is, and whatever else speaks the Arrow interface as an Arrow table."""
    if callable(as_list := getattr(data, "as_list", None)):
        return arrow_or_frame(as_list(columns))
    if isinstance(data, pd.DataFrame):
        _refuse_repeated(data.columns)
        return data
    if isinstance(data, pa.Table):  # not through the interface, by which one column that lives holds all of them
        return _arrow_table(data)
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        table = attempt(lambda: pa.table(data), lambda name: InputError(f"The table could not be read ({name})."))
        return _arrow_table(table)
    raise InputError(
        f"A {type(data).__name__} is not a table.",
        todo="Give a pandas frame, or a polars, pyarrow or DuckDB table.",
    )


def _arrow_table(table: pa.Table) -> pa.Table:
    """Return a table without the pieces that hold no row: those that came through the interface can be read by nothing."""
    _refuse_repeated(pd.Index(table.column_names))
    columns = [pa.chunked_array([each for each in column.chunks if len(each)], column.type) for column in table.columns]
    return pa.table(columns, schema=table.schema)


def _refuse_repeated(names: pd.Index[Any]) -> None:
    if not names.is_unique:
        repeated = names[names.duplicated()].unique()
        known = [name for name in repeated if field_of(name)]  # others may be a patient's cells, where headers are none
        found = headers_said(known) if known else f"{len(repeated)} of {len(names)} headers stand there more than once."
        raise InputError("The frame has columns of one name.", found, "Rename or remove one of them.")


def to_arrow(values: pd.Series[Any]) -> pa.Array:
    """Return one column of a frame as an Arrow array, NaN and NaT as null; what Arrow has no type for, as text."""
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype) and not pd.api.types.is_string_dtype(kind.categories.dtype):
        codes = values.cat.codes.to_numpy()
        return to_arrow(kind.categories.to_series()).take(pa.array(codes, mask=codes < 0))
    if isinstance(kind, np.dtype) and kind.kind == "O":
        return _from_objects(values)
    if isinstance(kind, np.dtype) and kind.kind == "M":
        return pa.array(values.to_numpy().astype("datetime64[s]", copy=False)).cast(pa.timestamp("s"))
    if isinstance(kind, pd.PeriodDtype):
        return to_arrow(values.dt.to_timestamp())
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        array = None
    if array is None:
        return _from_objects(values.astype(object))
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _from_objects(values: pd.Series[Any]) -> pa.Array:
    """Objects of one kind keep it; a mixture (as from a spreadsheet) becomes text, and missing stays missing."""
    kinds = {type(value) for value in values if not _is_missing(value)}
    if len(kinds) == 1:
        try:
            return pa.array([None if _is_missing(value) else value for value in values])
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            pass  # a kind that Arrow has no name for is read as text
    return pa.array([None if _is_missing(value) else written(value) for value in values], pa.string())


def written(value: object) -> str:
    """Return an object as text that can be stored: half a pair of surrogates, which no encoding has, becomes a mark.

    An object that cannot be written at all is a cell in error, as a spreadsheet has them.
    """
    try:
        return str(value).encode("utf-8", "replace").decode("utf-8")
    except Exception:  # whatever the object raises; its words might be somebody's
        return "#VALUE!"


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def blocks(frame: pd.DataFrame, reads: Sequence[str], rows: int = BLOCK) -> Iterator[Callable[[], pa.RecordBatch]]:
    """Yield what makes the blocks of ``frame``, each of at most ``rows`` rows and with the columns ``reads`` (those it has).

    Of no rows there is one block. They are made where they are worked on, on every core.
    """
    columns = {name: _as_it_lies(frame[name]) for name in reads if name in frame.columns}
    for start, end in pairwise(_ends(list(columns.values()), len(frame), rows)):
        yield partial(_block, columns, start, end)


def _as_it_lies(values: pd.Series[Any]) -> Plain | pa.Array | pa.ChunkedArray:
    """Return a column as numpy has it, or as Arrow has it in pieces."""
    held = plain(values)
    if held is not None and len(held.names or ()) < _FEW:
        return held
    return in_pieces(values)


def in_pieces(values: pd.Series[Any]) -> pa.Array | pa.ChunkedArray:
    """Return a column as Arrow has it, text in the pieces that it lies in, which are not put together."""
    return pa.array(values.array) if getattr(values.dtype, "storage", "") == "pyarrow" else to_arrow(values)


def arrow_pieces(values: pd.Series[Any]) -> list[pa.Array]:
    """Return a column as Arrow has it, in the pieces that its text lies in.

    Examples
    --------
    >>> [piece.to_pylist() for piece in arrow_pieces(pd.Series([1, 2]))]
    [[1, 2]]
    """
    column = in_pieces(values)
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]


_FEW = 4096  # names that can be written down again for every block


def _block(columns: Mapping[str, Plain | pa.Array | pa.ChunkedArray], start: int, end: int) -> pa.RecordBatch:
    parts = [
        column.part(slice(start, end)).arrow()
        if isinstance(column, Plain)
        else in_one(column.slice(start, end - start))
        for column in columns.values()
    ]
    return pa.RecordBatch.from_arrays(parts, names=list(columns)) if parts else _empty(end - start)


def cut(columns: Mapping[str, pa.Array | pa.ChunkedArray], many: int, rows: int = BLOCK) -> Iterator[pa.RecordBatch]:
    """Yield columns of ``many`` rows as record batches of at most ``rows`` rows; one empty batch for no rows.

    They end where the columns' own pieces end, as far as these are no short ones: a block within a piece is not copied.
    What nobody else holds is let go, piece by piece.
    """
    left, ends = dict(columns), _ends(list(columns.values()), many, rows)
    del columns
    for start, end in pairwise(ends):
        yield _block(left, 0, end - start)
        left = {name: column.slice(end - start) for name, column in left.items()}


def _ends(columns: Sequence[object], many: int, rows: int) -> list[int]:
    """Where blocks end, 0 first: where a piece of every column ends, if that leaves no block of hardly any rows."""
    inner = [set(accumulate(map(len, column.chunks))) for column in columns if isinstance(column, pa.ChunkedArray)]
    common = sorted(set.intersection(*inner)) if inner else []
    ends = [0]
    while ends[-1] < many:
        last = bisect_right(common, ends[-1] + rows) - 1
        near = common[last] if last >= 0 and common[last] - ends[-1] >= max(rows // 16, 1) else ends[-1] + rows
        ends.append(min(near, many))
    return ends if many else [0, 0]


def in_one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as one array; what is one already is not copied."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _empty(length: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(length)], names=["_"])


def map_rows(frame: pd.DataFrame, kernel: Kernel, reads: Sequence[str]) -> dict[str, pa.ChunkedArray]:
    """Run a kernel over every block of ``frame``, on every core, and return its named columns, whole and in order.

    A kernel's answer depends on its block alone, so what comes out is the same on any number of cores.
    """
    parts = list(spread(lambda block: kernel(block()), blocks(frame, reads)))
    return {name: pa.chunked_array([part[name] for part in parts]) for name in parts[0]}


def with_columns(frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a new frame: the rows, order and index of ``frame``, with ``columns`` added or replaced."""

    def ready(column: Any) -> Any:
        column = to_pandas(column).array if isinstance(column, pa.Array | pa.ChunkedArray) else column
        give_back(len(frame))
        ours = isinstance(column, pd.api.extensions.ExtensionArray)  # made here, for this frame: not copied again
        return pd.Series(column, index=frame.index, copy=False) if ours else column

    names, left = list(columns), list(columns.values())
    del columns  # each is let go as soon as pandas has it
    several = spread(ready, taken_out(left), threads=threads_for(len(frame)))
    return frame.assign(**dict(zip(names, several, strict=True)))


def in_order_of_names(waiting: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Return a frame with the categories of some columns, which grew block by block, in their order, and none unused."""
    here = [name for name in names if name in waiting.columns]
    several = spread(lambda name: in_order(waiting[name]), here, threads=threads_for(len(waiting)))
    return waiting.assign(**dict(zip(here, several, strict=True)))


def columns_back(frame: pd.DataFrame, kernel: Kernel, reads: Sequence[str]) -> pd.DataFrame:
    """Return ``frame`` with what ``kernel`` makes of its columns ``reads`` beside it."""
    return with_columns(frame, map_rows(frame, kernel, reads))


def with_gaps(values: NDArray[Any], missing: NDArray[np.bool_]) -> pd.api.extensions.ExtensionArray:
    """Return numbers or flags as a nullable column of a frame; the arrays are not copied.

    Examples
    --------
    >>> with_gaps(np.array([3, 0]), np.array([False, True])).tolist()
    [3, <NA>]
    """
    if values.dtype.kind == "b":
        return pd.arrays.BooleanArray(values, missing)
    kind = pd.arrays.FloatingArray if values.dtype.kind == "f" else pd.arrays.IntegerArray
    return kind(values, missing)


def coded(index: NDArray[Any], categories: Sequence[str], *, grows: bool = False) -> pa.DictionaryArray:
    """Return positions into fixed ``categories`` as a coded column; a negative position is null.

    Where another block may have other categories (``grows``), every block has one type whatever their number.

    Raises
    ------
    IndexError
        If a position lies beyond the categories.

    Examples
    --------
    >>> coded(np.array([1, -1, 0]), ["P1", "P2"]).to_pylist()
    ['P2', None, 'P1']
    """
    if index.max(initial=-1) >= len(categories):  # looked for here: Arrow's own look takes a hundred times as long
        raise IndexError("A position lies beyond the categories.")
    narrow = index.astype(np.int32 if grows or len(categories) > 127 else np.int8, copy=False)
    return Plain(narrow, None, categories).arrow()


def distinct(array: pa.Array) -> tuple[list[str | None], Places]:
    """Return the distinct values of a column as text, null last, and for each row its place among them: a byte where they are few.

    Codes and dates have few distinct values, so whatever is asked of each value is asked once, not once per row.

    Examples
    --------
    >>> values, place = distinct(pa.array(["b", None, "b", "a"]))
    >>> values, place.tolist()
    (['b', 'a', None], [0, 2, 0, 1])
    """
    texts, place = distinct_texts(array)
    return texts.to_pylist(), place


def distinct_texts(array: pa.Array) -> tuple[pa.Array, Places]:
    """Return the same as `distinct`, its texts as an Arrow array.

    Examples
    --------
    >>> distinct_texts(pa.array(["b", None, "b"]))[0].to_pylist()
    ['b', None]
    """
    encoded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
    names = encoded.dictionary.cast(pa.string())
    indices = plain(encoded.indices)
    assert indices is not None
    place: Places = indices.values.astype(np.uint8 if len(names) < _FEW else np.intp)
    if indices.missing is not None:
        np.copyto(place, len(names), where=indices.missing)
    return pa.concat_arrays([names, pa.nulls(1, pa.string())]), place


_FEW = 255  # of 256 that a byte tells apart one is left for what a reader adds


def snapshot_of(waiting: pd.DataFrame) -> str:
    """Return the day that the open pathways of a list are of, as text; nothing where the list does not say.

    Examples
    --------
    >>> snapshot_of(pd.DataFrame({"scope": ["rtt_open", "other_snapshot"], "snapshot_date": ["2026-10-31", "2026-09-30"]}))
    '2026-10-31'
    """
    if "snapshot_date" not in waiting.columns:
        return ""
    here = (waiting["scope"] == "rtt_open").to_numpy(bool, na_value=False) if "scope" in waiting.columns else None
    days = waiting["snapshot_date"] if here is None or not here.any() else waiting.loc[here, "snapshot_date"]
    return "; ".join(as_we_write("snapshot_date", days.dropna().unique()))


_WRITTEN = {
    "snapshot_date": re.compile(r"\d{4}-\d\d-\d\d"),
    "directory_edition": re.compile(r"[^\r\n]{1,120} [0-9a-f]{6}"),
    "index_edition": re.compile(r"[^\r\n]{1,120} [0-9a-f]{6}"),
    "policy": re.compile(r"\S{1,80} [0-9a-f]{12}( \[[^\r\n]{1,300}\])*"),
}


def provenance(frame: pd.DataFrame, column: str) -> list[str]:
    """Return what a column of provenance says, in order; nothing of what equiwait does not write there.

    A day is ISO, an edition ends in six digits of its checksum, a policy has its fingerprint after its name. Anything else
    is somebody's own column of that name, and is repeated nowhere.

    Examples
    --------
    >>> told = pd.DataFrame({"policy": ["mine 0123456789ab [not approved]", "call Mrs Smith"]})
    >>> provenance(told, "policy"), provenance(told, "snapshot_date")
    (['mine 0123456789ab [not approved]'], [])
    """
    return as_we_write(column, frame[column].dropna().unique()) if column in frame.columns else []


def as_we_write(column: str, values: Iterable[object]) -> list[str]:
    """Return those of the values of a column of provenance that equiwait itself writes there, in order."""
    if column == "snapshot_date":
        said = (str(value).removesuffix(" 00:00:00").removesuffix("T00:00:00.000000000") for value in values)
    else:
        said = (value for value in values if isinstance(value, str))
    return sorted(text for text in set(said) if _WRITTEN[column].fullmatch(text))
