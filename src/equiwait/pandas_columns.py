"""Arrow columns as pandas holds them: block after block is written into room that is made once, for the whole column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from equiwait.plain_columns import Plain, plain
from equiwait.room import noughts, room_for

__all__ = ["categorical", "in_columns", "in_order", "to_pandas", "without_zone"]

_TEXT = (
    pd.StringDtype("pyarrow", na_value=np.nan) if int(pd.__version__.split(".")[0]) >= 3 else pd.StringDtype("pyarrow")
)
_WHOLE = {
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}
_PANDAS_TYPE = {pa.string(): _TEXT, pa.large_string(): _TEXT, **_WHOLE}
_BLOCK = 131_072


def to_pandas(column: pa.Array | pa.ChunkedArray) -> pd.Series[Any]:
    """Return an Arrow column as pandas: dictionaries as categories, gaps in nullable types, dates as ``datetime64[s]``."""
    kind = column.type
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if pa.types.is_date32(kind):
        return pd.Series(_days(chunks, len(column)), copy=False)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        if getattr(kind, "tz", None):  # whoever reads its day takes what the clock on the wall said
            return _made(column)
        return _moments(column)
    if pa.types.is_dictionary(kind):
        return pd.Series(_categories(chunks, kind, len(column)), copy=False)
    if pa.types.is_boolean(kind) or pa.types.is_signed_integer(kind):
        return pd.Series(_nullable(chunks, kind, len(column)), copy=False)
    if pa.types.is_float32(kind) or pa.types.is_float64(kind):
        return pd.Series(_floats(chunks, kind, len(column)), copy=False)
    return _made(column)


def in_columns(columns: Mapping[str, pd.Series[Any]]) -> pd.DataFrame:
    """Return columns that nobody else holds as a frame, each where it lies: whoever puts like ones together holds them twice.

    Of very many that lie apart pandas would warn.
    """
    apart = sum(isinstance(column.dtype, np.dtype) for column in columns.values())
    return pd.DataFrame(dict(columns), copy=apart > _MOST_APART)


_MOST_APART = 50


def _days(chunks: Sequence[pa.Array], rows: int) -> NDArray[np.datetime64]:
    room, start = room_for(rows, np.int64), 0
    for held in _plain(chunks):
        here = room[start : (start := start + len(held.values))]
        np.multiply(held.values, 86_400, out=here, casting="unsafe", dtype=np.int64)
        if held.missing is not None:
            here[held.missing] = np.iinfo(np.int64).min  # not a time
    return room.view("datetime64[s]")


def _moments(column: pa.Array | pa.ChunkedArray) -> pd.Series[Any]:
    """Return whole seconds as ``datetime64[s]``; moments that are finer keep their unit."""
    with suppress(pa.ArrowInvalid):
        column = column.cast(pa.timestamp("s"))
    return _made(column)


def _made(column: pa.Array | pa.ChunkedArray) -> pd.Series[Any]:
    """Return a column as Arrow makes it into pandas'; what may be Arrow's own memory, in which nobody can write, is copied."""
    made = pd.Series(column.to_pandas(types_mapper=_PANDAS_TYPE.get), copy=False)
    in_one = isinstance(column, pa.Array) or column.num_chunks == 1
    return made.copy() if in_one and made.dtype.kind in "fmM" else made


def _floats(chunks: Sequence[pa.Array], kind: pa.DataType, rows: int) -> NDArray[np.floating[Any]]:
    room, start = room_for(rows, kind.to_pandas_dtype()), 0
    for held in _plain(chunks):
        here = room[start : (start := start + len(held.values))]
        here[:] = held.values
        if held.missing is not None:
            here[held.missing] = np.nan
    return room


def _nullable(chunks: Sequence[pa.Array], kind: pa.DataType, rows: int) -> pd.api.extensions.ExtensionArray:
    flags = pa.types.is_boolean(kind)
    room, missing, start = room_for(rows, bool if flags else kind.to_pandas_dtype()), noughts(rows, bool), 0
    for held in _plain(chunks):
        here = slice(start, start := start + len(held.values))
        room[here] = held.values
        if held.missing is not None:
            missing[here] = held.missing
    return pd.arrays.BooleanArray(room, missing) if flags else pd.arrays.IntegerArray(room, missing)


def _categories(chunks: Sequence[pa.Array], kind: pa.DataType, rows: int) -> pd.Categorical[str]:
    column = pa.chunked_array(chunks, type=kind)
    if any(map(_is_odd, chunks)):
        column = pa.chunked_array(list(map(_values, chunks))).dictionary_encode()
    chunks = column.unify_dictionaries().chunks
    names = chunks[0].dictionary.to_pylist() if chunks else []
    room, start = room_for(rows, _narrow(len(names))), 0
    for held in _plain(chunk.indices for chunk in chunks):
        here = room[start : (start := start + len(held.values))]
        here[:] = held.values
        if held.missing is not None:
            here |= -held.missing.astype(here.dtype)  # -1 is all bits: ten times as fast as one missing after the other
    return categorical(room, names, ordered=kind.ordered)


def _is_odd(coded: pa.DictionaryArray) -> bool:
    """Whether a value stands in the dictionary twice or is missing there, as Arrow allows and pandas does not."""
    names = coded.dictionary
    try:
        distinct = pc.count_distinct(names).as_py()
    except pa.ArrowNotImplementedError:  # Arrow does not tell values of every type apart
        distinct = len(set(map(str, names.to_pylist())))
    return bool(names.null_count or distinct < len(names))


def _values(coded: pa.DictionaryArray) -> pa.Array:
    names = coded.dictionary
    if pa.types.is_string_view(names.type) or pa.types.is_null(
        names.type
    ):  # Arrow takes none of the first, pandas no code of the second
        names = names.cast(pa.string())
    return names.take(coded.indices)


def _plain(chunks: Iterable[pa.Array]) -> Iterator[Plain]:
    """The numbers of each block, as they lie in memory."""
    return (held for chunk in chunks if (held := plain(chunk)) is not None)


def _narrow(names: int) -> type[np.signedinteger[Any]]:
    """The whole numbers in which pandas holds places among so many names."""
    return next(kind for kind in (np.int8, np.int16, np.int32) if names < np.iinfo(kind).max)


def categorical(index: NDArray[Any], names: Sequence[str], *, ordered: bool = False) -> pd.Categorical[str]:
    """Return places among ``names`` as a pandas categorical; a negative place is missing."""
    return pd.Categorical.from_codes(index, categories=pd.Index(list(names)), ordered=ordered)


def in_order(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a categorical with its categories in the order of their names, and none that stands in no row."""
    codes, names = column.cat.codes.to_numpy(), list(column.cat.categories)
    parts = [slice(start, start + _BLOCK) for start in range(0, len(codes), _BLOCK)]
    met = np.zeros(len(names) + 1, bool)
    for rows in parts:
        met[codes[rows]] = True  # the last is that of a missing one
    new = sorted(name for name, here in zip(names, met[:-1], strict=True) if here)
    if new == names:
        return column
    at = {name: place for place, name in enumerate(new)}
    places = np.array([*(at.get(name, -1) for name in names), -1], _narrow(len(new)))
    room = room_for(len(codes), places.dtype)
    for rows in parts:
        room[rows] = places[codes[rows]]
    return pd.Series(categorical(room, new), index=column.index, copy=False)


def without_zone(moments: pd.Series[Any]) -> pd.Series[Any]:
    """Return moments, or days, of any type of pandas as the clock of their own zone said them.

    Examples
    --------
    >>> without_zone(pd.Series(["2026-07-01 00:30"], dtype="datetime64[s, Europe/London]"))[0]
    Timestamp('2026-07-01 00:30:00')
    """
    kind = moments.dtype
    are_days = isinstance(kind, pd.ArrowDtype) and pa.types.is_date(kind.pyarrow_dtype)  # and have no zone to take away
    return pd.Series((moments if are_days else moments.dt.tz_localize(None)).astype("datetime64[s]"), copy=False)
