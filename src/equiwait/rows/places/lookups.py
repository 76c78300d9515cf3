"""Columns of one table, kept so that the same rows of all of them are taken at little cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from equiwait.plain_columns import packed

__all__ = ["Lookup"]


class _Column(NamedTuple):
    """One column: its values without gaps, and which of the table's patterns of gaps it has."""

    values: np.ndarray  # of a column that holds one value alone, that value
    pattern: int | None  # None: it has no gaps
    names: pa.Array | None  # what the values are places among, for a coded column


class Lookup:
    """A table of columns to take rows from.

    Parameters
    ----------
    columns : mapping of str to pyarrow.Array
        Whole numbers, booleans or coded text, all of one length.

    Notes
    -----
    `take` gives what Arrow's own ``take`` of each column gives, several times as fast: columns that have the same gaps
    (a rank and its decile, a region and its parent) share what is worked out of them, codes are as narrow as they can
    be, and a column that holds one value is not looked up at all.
    """

    def __init__(self, columns: Mapping[str, pa.Array]) -> None:
        self._patterns: list[np.ndarray] = []
        self._columns = {name: self._packed(column) for name, column in columns.items()}

    def _packed(self, column: pa.Array) -> _Column:
        pattern = self._pattern(np.asarray(column.is_valid()))
        names = column.dictionary if pa.types.is_dictionary(column.type) else None
        plain = column if names is None else column.indices
        filled = np.asarray(plain.fill_null(False if pa.types.is_boolean(plain.type) else 0))
        values = filled if names is None else filled.astype(np.min_scalar_type(-len(names) - 1))
        alone = len(values) > 0 and values.min() == values.max()
        return _Column(values[:1] if alone else values, pattern, names)

    def _pattern(self, known: np.ndarray) -> int | None:
        """Return the place of a pattern of gaps among those that were met, None for no gaps; a new one is added."""
        if known.all():
            return None
        for place, pattern in enumerate(self._patterns):
            if np.array_equal(pattern, known):
                return place
        self._patterns.append(known)
        return len(self._patterns) - 1

    def take(self, rows: np.ndarray, wanted: Collection[str] | None = None) -> dict[str, pa.Array]:
        """Return every column at the given rows, or those that are wanted."""
        columns = {name: each for name, each in self._columns.items() if wanted is None or name in wanted}
        met = {each.pattern for each in columns.values() if each.pattern is not None}
        known = {pattern: packed(self._patterns[pattern].take(rows)) for pattern in met}
        return {
            name: _array(each, rows, None if each.pattern is None else known[each.pattern])
            for name, each in columns.items()
        }


def _array(column: _Column, rows: np.ndarray, known: pa.Buffer | None) -> pa.Array:
    values = np.full(len(rows), column.values[0]) if len(column.values) == 1 else column.values.take(rows)
    held = packed(values) if values.dtype == bool else pa.py_buffer(values)
    array = pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(rows), [known, held])
    return array if column.names is None else pa.DictionaryArray.from_arrays(array, column.names, safe=False)
