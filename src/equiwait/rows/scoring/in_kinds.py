"""Columns in which rows of a kind are alike, as one column until places are known: the kind of each row, and in words what a kind has.

Words, since every engine carries them, and makes those of several blocks one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.plain_columns import packed
from equiwait.rows.scoring.alike import Alike, Column

__all__ = ["in_kinds", "out_of_kinds"]

_BETWEEN = " "


def in_kinds(columns: Sequence[Column], apart: np.ndarray) -> pa.DictionaryArray:
    """Return columns of numbers as one.

    Parameters
    ----------
    columns : sequence of Column
        Numbers with a point, of which there are few; NaN where a row has none. No more than 32,767 combinations of them may
        occur, in whatever block.
    apart : ndarray of bool
        Rows that have a number nowhere, whatever the columns say.

    Examples
    --------
    >>> tier, need = Alike(np.array([1.0, 2.0]), kind := np.array([0, 1, 0])), Alike(np.array([7.5, np.nan]), kind)
    >>> in_kinds([tier, need], apart=np.array([False, False, True])).to_pylist()
    ['1 7.5', '2 nan', 'nan nan']
    """
    every, kind = _kinds(columns, len(apart))
    every = [np.append(each, np.nan) for each in every]  # the last kind is theirs who are apart
    said = [pa.array(each).cast(pa.string()) for each in every]
    words = pc.binary_join_element_wise(*said, _BETWEEN).dictionary_encode()
    code = np.asarray(words.indices.cast(pa.int16()))
    rows = code.take(kind, mode="clip")
    np.copyto(rows, code[-1], where=apart)
    return pa.DictionaryArray.from_arrays(pa.array(rows), words.dictionary, safe=False)


def _kinds(columns: Sequence[Column], rows: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Return what each kind has in each column, and each row's kind; the kinds are those of the columns, if all have the same."""
    kinds = [column.kind for column in columns if isinstance(column, Alike)]
    if len(kinds) == len(columns) and all(kind is kinds[0] for kind in kinds):
        return [column.each for column in columns if isinstance(column, Alike)], kinds[0]
    found, number = list[np.ndarray](), np.zeros(rows, np.int64)
    for column in columns:
        values, place = _distinct(column)
        met, number = _told_apart(number * len(values) + place)
        before, here = np.divmod(met, max(len(values), 1))
        found = [*(each.take(before) for each in found), values.take(here)]
    return found, number


def _distinct(column: Column) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(column, Alike):
        return _told_apart(column)
    values, place = _told_apart(column.each)
    return values, place.take(column.kind)


def _told_apart(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values and each row's place among them; Arrow hashes where numpy sorts."""
    encoded = pa.array(values).dictionary_encode()
    return np.asarray(encoded.dictionary), np.asarray(encoded.indices)


def out_of_kinds(column: pa.DictionaryArray, kinds: Mapping[str, pa.DataType]) -> dict[str, pa.Array]:
    """Return the columns that `in_kinds` made one, by the names and types that are given in their order.

    Examples
    --------
    >>> held = in_kinds([np.array([1.0, 2.0]), np.array([7.5, np.nan])], apart=np.array([False, False]))
    >>> columns = out_of_kinds(held, {"tier": pa.int8(), "points_need": pa.float64()})
    >>> {name: each.to_pylist() for name, each in columns.items()}
    {'tier': [1, 2], 'points_need': [7.5, None]}
    """
    said = pc.split_pattern(column.dictionary, _BETWEEN).flatten()
    every = np.asarray(said.cast(pa.float64())).reshape(-1, len(kinds)).T
    missing, kind = np.isnan(every), column.indices
    known: dict[bytes, pa.Buffer | None] = {}  # most columns lack the same rows: their flags are made once
    found = {}
    for name, numbers, none in zip(kinds, np.where(missing, 0.0, every), missing, strict=True):
        if (which := none.tobytes()) not in known:
            known[which] = packed(np.asarray(_taken(~none, pa.int8(), kind))) if none.any() else None
        values = _taken(numbers, kinds[name], kind)
        found[name] = pa.Array.from_buffers(kinds[name], len(kind), [known[which], values.buffers()[1]])
    return found


def _taken(each: np.ndarray, kind: pa.DataType, rows: pa.Array) -> pa.Array:
    """Return the number of each row's kind; no row has a kind that is not there, so that nobody looks for one."""
    return pc.take(pa.array(each).cast(kind), rows, boundscheck=False)
