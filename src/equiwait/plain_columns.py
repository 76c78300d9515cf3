"""Columns as numpy holds them: numbers, flags, days, or places among names, read where they lie and not copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from equiwait.room import room_for

__all__ = [
    "Plain",
    "by_value",
    "close_together",
    "either",
    "is_text",
    "masked",
    "missing_in",
    "packed",
    "plain",
    "plain_text",
    "stretches",
    "taken",
    "taken_by_byte",
]

DAY = 86_400  # seconds


class Plain(NamedTuple):
    """Values and which of them are missing (None: none is); a value that is missing can be anything.

    ``names``: what the values are places among, a negative place missing too. ``day``: of dates, how much a day counts.
    """

    values: np.ndarray
    missing: np.ndarray | None
    names: Sequence[str | None] | None = None
    day: int = 0

    def part(self, rows: slice) -> Plain:
        """Return some of the rows."""
        missing = None if self.missing is None else self.missing[rows]
        return self._replace(
            values=self.values[rows], missing=None if missing is None or not missing.any() else missing
        )

    @property
    def known(self) -> np.ndarray:
        """Which values are there."""
        return np.ones(len(self.values), bool) if self.missing is None else ~self.missing

    def places(self, low: int = 0, many: int = 0) -> np.ndarray:
        """Return each row's place among names, or among so many numbers from ``low`` on, counted from 1; 0 for what is missing."""
        many = len(self.names) if self.names is not None else many
        kind: Any = np.int8 if many < 127 else np.int16 if many < 32_000 else np.int64
        place = self.values.astype(kind) - np.int64(low - 1).astype(kind)
        return np.asarray(place if self.missing is None else place * ~self.missing)

    def arrow(self) -> pa.Array:
        """Return the column as an Arrow array; a number that is none is missing, and only flags are copied.

        Examples
        --------
        >>> Plain(np.array([2, 3]), np.array([False, True])).arrow().to_pylist()
        [2, None]
        """
        missing = self.missing
        if missing is None and self.names is not None:
            missing = self.values < 0
        if self.values.dtype.kind == "f":
            gone = np.isnan(self.values)
            missing = gone if missing is None else missing | gone
        array = masked(self.values, missing)
        if self.names is not None:  # places that are none stand under gaps alone
            return pa.DictionaryArray.from_arrays(array, pa.array(self.names, pa.string()), safe=False)
        if not self.day:
            return array
        return array.cast(pa.date32() if self.day == 1 else pa.timestamp("s"))


def close_together(values: np.ndarray, fewer: int) -> tuple[int, int] | None:
    """Return the least and the greatest of whole numbers that lie less than ``fewer`` apart; None of others and of no numbers.

    Numbers at the ends of 64 bits are never close together: what is counted from them could lie beyond.

    Examples
    --------
    >>> close_together(np.array([7, 9, 8]), 10), close_together(np.array([7, 900]), 10)
    ((7, 9), None)
    """
    if not len(values):
        return None
    low, high = int(values.min()), int(values.max())
    return (low, high) if high - low < fewer and low > -_FAR and high < _FAR else None


_FAR = 1 << 62


def plain(column: pd.Series[Any] | pa.Array) -> Plain | None:
    """Return a column as numpy holds it; None where it holds text, or what numpy has no plain kind for.

    Examples
    --------
    >>> plain(pd.Series([2, None], dtype="Int8"))
    Plain(values=array([2, 1], dtype=int8), missing=array([False,  True]), names=None, day=0)
    >>> plain(pa.array([True, None])).known.tolist()
    [True, False]
    """
    return _of_series(column) if isinstance(column, pd.Series) else _of_array(column)


def masked(values: np.ndarray, missing: np.ndarray | None) -> pa.Array:
    """Return numbers or flags as an Arrow array in which some are missing; numbers stay where they lie and are not copied.

    Examples
    --------
    >>> masked(np.array([2, 7]), np.array([False, True])).to_pylist()
    [2, None]
    """
    whole = np.ascontiguousarray(values, values.dtype.newbyteorder("="))
    known = packed(~missing) if missing is not None and missing.any() else None
    buffers = [known, packed(whole) if whole.dtype == np.bool_ else pa.py_buffer(whole)]
    return pa.Array.from_buffers(pa.from_numpy_dtype(whole.dtype), len(whole), buffers)


def missing_in(array: pa.Array) -> NDArray[np.bool_]:
    """Return which values of an array are missing, ten times as fast as Arrow makes flags of its bits.

    Examples
    --------
    >>> missing_in(pa.array(["a", None])).tolist()
    [False, True]
    """
    return _bits(array.is_null(), 1).view(np.bool_) if array.null_count else np.zeros(len(array), np.bool_)


def plain_text(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return text in Arrow's other forms as plain text, and anything else, codes of text too, as it is."""
    return column.cast(pa.string()) if is_text(column.type) else column


def is_text(kind: pa.DataType) -> bool:
    """Whether a type is text, in any of Arrow's forms."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def either(which: NDArray[np.bool_], one: Any, two: Any) -> Any:
    """Return flags or small numbers, of ``one`` where ``which`` says so, else of ``two``.

    They are reckoned, not chosen, which takes a tenth of the time.

    Examples
    --------
    >>> either(np.array([True, False]), np.array([1, 2], np.int8), np.int8(9)).tolist()
    [1, 9]
    """
    return one * which + two * ~which


def by_value(array: pa.Array, tell: Callable[[list[str | None]], NDArray[Any]]) -> NDArray[Any]:
    """Return for each row what is told of its value, a flag or a small number; the distinct values come as text, null last.

    Examples
    --------
    >>> by_value(pa.array(["b", None, "a"]), lambda values: np.array([value == "a" for value in values])).tolist()
    [False, False, True]
    """
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    told = tell([*encoded.dictionary.cast(pa.string()).to_pylist(), None])
    place, missing = _numbers(encoded.indices), _missing(encoded.indices)  # what is missing may have any place
    if place.itemsize == told.itemsize == 1 and len(told) <= 256:
        return taken_by_byte(told, place if missing is None else place.view(np.int8) | -missing.view(np.int8))
    rows = told.take(place.astype(np.intp, copy=False), mode="clip")
    return rows if missing is None else either(missing, told[-1], rows)


def taken(table: NDArray[Any], places: NDArray[Any]) -> NDArray[Any]:
    """Take by places that all are there; small numbers by places of one byte without making these longer first.

    Examples
    --------
    >>> taken(np.array([5, 6], np.int8), np.array([1, 0], np.uint8)).tolist(), taken(np.array([5, 6]), np.array([1, 0])).tolist()
    ([6, 5], [6, 5])
    """
    return taken_by_byte(table, places) if table.itemsize == places.itemsize == 1 else table.take(places, mode="clip")


def taken_by_byte(table: NDArray[Any], places: NDArray[Any]) -> NDArray[Any]:
    """Take small numbers by places of one byte; numpy makes these eight bytes long first. Where there is no place, its last.

    Examples
    --------
    >>> taken_by_byte(np.array([5, 6, 7], np.int8), np.array([1, 0, -1], np.int8)).tolist()
    [6, 5, 7]
    """
    every = np.full(256, table[-1])
    every[: len(table)] = table
    return np.frombuffer(bytearray(places).translate(every.tobytes()), table.dtype)


def packed(flags: np.ndarray) -> pa.Buffer:
    """Return flags as the bits that Arrow holds.

    Examples
    --------
    >>> packed(np.array([True, False, True])).to_pybytes()[0]
    5
    """
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def stretches(rows: int) -> Iterator[slice]:
    """Yield slices of few rows that cover ``rows``: what is made of them one after the other stays in a processor's cache.

    Examples
    --------
    >>> list(stretches(40_000))
    [slice(0, 32768, None), slice(32768, 40000, None)]
    """
    for start in range(0, rows, _STRETCH):
        yield slice(start, min(start + _STRETCH, rows))


_STRETCH = 1 << 15


def _of_series(column: pd.Series[Any]) -> Plain | None:
    kind, array = column.dtype, column.array
    if isinstance(array, pd.arrays.IntegerArray | pd.arrays.FloatingArray | pd.arrays.BooleanArray):
        held: Any = array
        return Plain(held._data, held._mask)  # where its numbers lie: every public way copies them
    if isinstance(array, pd.Categorical):
        names = array.categories.tolist()
        return Plain(array.codes, None, names) if all(isinstance(name, str) for name in names) else None
    if isinstance(kind, np.dtype) and kind.kind in "biuf":
        return Plain(column.to_numpy(), None)
    if isinstance(kind, np.dtype) and kind.kind == "M":
        moments = column.to_numpy().astype("datetime64[s]", copy=False)
        return Plain(moments.view(np.int64), np.isnat(moments, out=room_for(len(moments), np.bool_)), None, DAY)
    return None


def _of_array(array: pa.Array) -> Plain | None:
    kind = array.type
    if pa.types.is_timestamp(kind):
        return Plain(_numbers(array.cast(pa.timestamp("s"))), _missing(array), None, DAY)
    if pa.types.is_dictionary(kind):
        if not _is_text(kind.value_type) or not pa.types.is_signed_integer(kind.index_type):
            return None
        return Plain(_numbers(array.indices), _missing(array.indices), array.dictionary.to_pylist())
    if pa.types.is_boolean(kind):
        return Plain(_bits(array, 1).view(bool), _missing(array))
    if pa.types.is_integer(kind) or pa.types.is_float32(kind) or pa.types.is_float64(kind) or pa.types.is_date32(kind):
        return Plain(_numbers(array), _missing(array), None, int(pa.types.is_date32(kind)))
    return None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _numbers(array: pa.Array) -> np.ndarray:
    """Return the numbers of an array as they lie in memory."""
    kind = array.type
    as_numpy = (
        np.int64 if pa.types.is_timestamp(kind) else np.int32 if pa.types.is_date32(kind) else kind.to_pandas_dtype()
    )
    buffer = array.buffers()[1] if len(array) else None  # of no rows it may be shorter than one number
    return np.frombuffer(buffer if buffer else b"", as_numpy)[array.offset : array.offset + len(array)]


def _missing(array: pa.Array) -> np.ndarray | None:
    return _bits(array, 0, turned=True).view(np.bool_) if array.null_count else None


def _bits(array: pa.Array, which: int, *, turned: bool = False) -> np.ndarray:
    """Return the bits of one of an array's buffers, each as a byte; or ``turned``, 0 for 1."""
    first, last = array.offset // 8, -(-(array.offset + len(array)) // 8)
    held = np.frombuffer(array.buffers()[which] or b"", np.uint8)[first:last]
    return np.unpackbits(~held if turned else held, bitorder="little")[array.offset - 8 * first :][: len(array)]
