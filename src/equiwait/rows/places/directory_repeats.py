"""Postcodes that stand in a directory more than once: a file put together twice, or postcodes that lie in several areas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.errors import PlacesError
from equiwait.rows.places.directory_layouts import AREA_COLUMNS

__all__ = ["Kept", "without_repeats"]

_MOST_SPLIT = 0.05  # of the rows: one in twenty postcodes of a plain file may lie in several areas, not more


class Kept(NamedTuple):
    """Which rows stay, and the table of them."""

    rows: np.ndarray
    table: pa.Table


def without_repeats(
    file: str, columns: Mapping[str, str], number: np.ndarray, good: np.ndarray, table: pa.Table
) -> Kept:
    """Return one row of each postcode; of one that stands with several areas, only what its rows have in common.

    Raises
    ------
    PlacesError
        If rows repeat a postcode and its areas, or more postcodes repeat than can lie in several areas.
    """
    rows = np.flatnonzero(good)
    order = rows[np.argsort(number[rows], kind="stable")]
    first = np.append(True, number[order][1:] != number[order][:-1])
    repeated = int((~first).sum())
    if not repeated:
        return Kept(rows, table.take(pa.array(rows)))
    group = np.cumsum(first) - 1
    of = order[first][group]  # for each row in order the first of its postcode
    differs = np.zeros(len(order), bool)
    for name in (name for name in AREA_COLUMNS if name in columns):
        differs |= _unlike(table[name], order, of)
    same = int((~first & ~differs).sum())
    if same or repeated > max(1, _MOST_SPLIT * len(rows)):
        raise PlacesError(
            f"{file}, column {columns['postcode']!r}, repeats postcodes: the file may have been put together twice.",
            found=f"{repeated:,} of {len(rows):,} rows repeat a postcode; {repeated - same:,} of them give it another area.",
            todo="Give the file as published, once.",
        )
    several = np.isin(of, of[~first])
    return Kept(order[first], _in_common(table, columns, order, of, first, several))


def _unlike(column: pa.ChunkedArray, order: np.ndarray, of: np.ndarray) -> np.ndarray:
    codes = np.asarray(_plain(column).indices.fill_null(-1))
    unlike: np.ndarray = codes[order] != codes[of]
    return unlike


def _plain(column: pa.ChunkedArray) -> pa.DictionaryArray:
    whole = column.unify_dictionaries().combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _in_common(
    table: pa.Table,
    columns: Mapping[str, str],
    order: np.ndarray,
    of: np.ndarray,
    first: np.ndarray,
    several: np.ndarray,
) -> pa.Table:
    """Return the first row of each postcode, without the codes that its other rows contradict; marked as split."""
    kept = table.take(pa.array(order[first]))
    for name in columns:
        if name in table.column_names and pa.types.is_dictionary(table[name].type):
            apart = np.unique(of[_unlike(table[name], order, of)])
            told = pc.if_else(pa.array(~np.isin(order[first], apart)), _plain(kept[name]), None)
            kept = kept.set_column(kept.column_names.index(name), name, told)
    split = np.isin(order[first], of[several])
    if "split" in kept.column_names:
        split |= np.asarray(kept["split"].fill_null(False))
        return kept.set_column(kept.column_names.index("split"), "split", pa.array(split))
    return kept.append_column("split", pa.array(split))
