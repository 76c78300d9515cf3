"""The columns of a list as counting reads them: pandas' own, or Arrow's where they lie."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from equiwait.frames import to_pandas, with_gaps
from equiwait.plain_columns import Plain, plain

__all__ = ["AnyList", "ArrowList", "Column", "as_series", "is_missing", "rows_of"]

Column: TypeAlias = "pd.Series[Any] | Plain"


class ArrowList:
    """A list in Arrow that is asked for its columns by name, as a frame is; each is read once, and few are copied.

    Codes, text, whole numbers and flags are as numpy has them, so that codes that are missing are -1; whatever else there is
    is made pandas' own.

    Examples
    --------
    >>> waiting = ArrowList(pa.table({"sex": ["2", None, "2"], "days_waiting": [7, 8, None]}))
    >>> len(waiting), "sex" in waiting, "age" in waiting
    (3, True, False)
    >>> waiting["sex"].values.tolist(), waiting["sex"].names
    ([0, -1, 0], ['2'])
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._read: dict[str, Column] = {}

    def __contains__(self, name: object) -> bool:
        """Return whether there is a column of that name."""
        return name in self._table.column_names

    def __len__(self) -> int:
        """Return how many rows there are."""
        return int(self._table.num_rows)

    def __getitem__(self, name: str) -> Column:
        """Return a column."""
        if name not in self._read:
            self._read[name] = _as_it_lies(self._table[name])
        return self._read[name]


AnyList: TypeAlias = pd.DataFrame | ArrowList


def _as_it_lies(column: pa.ChunkedArray) -> Column:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = column.dictionary_encode()
    if not (pa.types.is_dictionary(column.type) or pa.types.is_signed_integer(kind) or pa.types.is_boolean(kind)):
        return to_pandas(column)
    held = plain(column.unify_dictionaries().combine_chunks() if column.num_chunks != 1 else column.chunk(0))
    if held is None:
        return to_pandas(column)
    if held.names is None:
        return held
    if None in held.names or len(set(held.names)) < len(held.names):  # as Arrow allows; pandas makes others of them
        return to_pandas(column)
    if held.missing is None:
        return held
    return held._replace(values=held.values | -held.missing.astype(held.values.dtype))  # -1 is all bits


def as_series(column: Column) -> pd.Series[Any]:
    """Return a column as pandas has it, of numbers and flags.

    Examples
    --------
    >>> as_series(Plain(np.array([2, 3]), np.array([False, True]))).tolist()
    [2, <NA>]
    """
    if isinstance(column, pd.Series):
        return column
    missing = np.zeros(len(column.values), bool) if column.missing is None else column.missing
    return pd.Series(with_gaps(column.values, missing))


def rows_of(column: Column, value: str) -> NDArray[np.bool_]:
    """Return which rows have this text.

    Examples
    --------
    >>> rows_of(pd.Series(["a", None]), "a").tolist(), rows_of(Plain(np.array([0, -1]), None, ["a"]), "a").tolist()
    ([True, False], [True, False])
    """
    if isinstance(column, pd.Series):
        return (column == value).fillna(value=False).to_numpy(dtype=bool)
    names = column.names or ()
    if value not in names:
        return np.zeros(len(column.values), bool)
    return np.asarray(column.values == names.index(value))


def is_missing(column: Column) -> NDArray[np.bool_]:
    """Return which rows have no value."""
    return column.isna().to_numpy() if isinstance(column, pd.Series) else ~column.known
