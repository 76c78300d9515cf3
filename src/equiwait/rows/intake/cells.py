"""Raw cells as clean text, whatever type they come in, and what one distinct cell says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from equiwait.fields import missing_word
from equiwait.fields.missing_words import ERROR_CELLS, INVISIBLE, clean
from equiwait.frames import Places, distinct
from equiwait.plain_columns import plain_text, taken
from equiwait.rows.intake.letters import Letters

__all__ = [
    "UNREADABLE",
    "Reading",
    "as_text",
    "cells_of",
    "cleaned",
    "is_error",
    "mask_of",
    "put",
    "read_cell",
    "without_invisible",
]

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""Stands for a cell that is no text and no number (a list, a duration): it is never read as anything."""


class Reading(NamedTuple):
    """What a cell was read as, or None, and what it says otherwise.

    ``says`` is empty where it was read, else ``blank``, ``not_known``, ``not_stated``, ``invalid`` or another ending of a
    problem code.
    """

    value: str | None
    says: str = ""


def read_cell(cell: str, read: Callable[[str], str | None]) -> Reading:
    """Read one clean cell: as a value, else as a word for *nothing recorded*, else as invalid.

    Examples
    --------
    >>> from equiwait.fields import FIELDS
    >>> [read_cell(cell, FIELDS["carer"].read) for cell in ("Y", "", "#REF!")]
    [Reading(value='true', says=''), Reading(value=None, says='blank'), Reading(value=None, says='invalid')]
    >>> read_cell("N/K", FIELDS["carer"].read).says, read_cell("perhaps", FIELDS["carer"].read).says
    ('not_known', 'invalid')
    """
    if not cell:
        return Reading(None, "blank")
    if is_error(cell):
        return Reading(None, "invalid")
    value = read(cell)
    return Reading(value) if value is not None else Reading(None, missing_word(cell) or "invalid")


def is_error(cell: str) -> bool:
    """Whether a cell is what a spreadsheet shows where a formula failed or a column was too narrow."""
    return cell.startswith("#") and (cell.lower() in ERROR_CELLS or not cell.strip("#"))


def cells_of(raw: pa.Array) -> tuple[list[str], Places]:
    """Return the distinct cells of a column as clean text (empty where blank), and for each row its place among them."""
    values, place = distinct(raw if _has_distinct(raw.type) else as_text(raw))
    return [clean(value) for value in values], place


def _has_distinct(kind: pa.DataType) -> bool:
    """Whether Arrow finds the distinct values of a type and writes them as people write them."""
    return (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or (pa.types.is_dictionary(kind) and _has_distinct(kind.value_type))
    )


def as_text(raw: pa.Array) -> pa.Array:
    """Return a column as text: whole numbers without a point, moments as ISO; what is neither text nor number as `UNREADABLE`."""
    kind = raw.type
    if pa.types.is_dictionary(kind):
        return as_text(raw.dictionary_decode())
    if pa.types.is_floating(kind):
        return _numbers(raw)
    if any(is_bytes(kind) for is_bytes in _BYTES):
        return pa.array([_decoded(value) for value in raw.to_pylist()], pa.string())
    if pa.types.is_string(kind):
        return raw
    if _has_words(kind):
        return raw.cast(pa.string())
    return pc.if_else(raw.is_null(), pa.scalar(None, pa.string()), pa.scalar(UNREADABLE))


_BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)


def _has_words(kind: pa.DataType) -> bool:
    """Whether Arrow writes a type as people write it: text, numbers, days and moments, but no lengths of time."""
    span = pa.types.is_duration(kind) or pa.types.is_time(kind) or pa.types.is_interval(kind)
    text = pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return text or pa.types.is_decimal(kind) or pa.types.is_null(kind) or (pa.types.is_primitive(kind) and not span)


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", errors="replace")


def _numbers(raw: pa.Array) -> pa.Array:
    """A float that holds a whole number is written without its point."""
    values = raw.cast(pa.float64())
    whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**53)).fill_null(False)
    digits = pc.if_else(whole, values, 0.0).cast(pa.int64()).cast(pa.string())
    missing = pc.or_(values.is_null(), pc.is_nan(values).fill_null(True))
    return pc.if_else(missing, pa.scalar(None, pa.string()), pc.if_else(whole, digits, values.cast(pa.string())))


def cleaned(text: pa.Array) -> Letters:
    """Clean every cell of a text column as `clean` does; null where nothing is left.

    Most cells of most columns are clean: their bytes say so. Of the others most have spaces too many, or one that breaks no
    line, and only what is left is looked at letter by letter.
    """
    cells = Letters.of(text).plainly_spaced()
    rows = np.flatnonzero(cells.unprintable())
    if len(rows):
        values, place = distinct(cells.text.take(pa.array(rows)))
        clean_ones = pa.array([clean(value) for value in values], pa.string()).take(pa.array(place))
        cells = Letters.of(put(cells.text, rows, clean_ones))
    empty = cells.lengths == 0
    return cells.without_cells(empty) if (empty & ~cells.missing).any() else cells


def put(text: pa.Array, rows: NDArray[np.intp], cells: pa.Array) -> pa.Array:
    """Return a text column with other cells in some rows.

    Examples
    --------
    >>> put(pa.array(["a", "b"]), np.array([1]), pa.array([None], pa.string())).to_pylist()
    ['a', None]
    """
    place = np.arange(len(text), dtype=np.int32)
    place[rows] = np.arange(len(text), len(text) + len(rows), dtype=np.int32)
    return pa.concat_arrays([text, cells]).take(pa.array(place))


def without_invisible(column: pa.Array) -> pa.Array:
    """Take out of a column of the user's own only what nobody can see; the same column where that is nothing.

    Examples
    --------
    >>> east = pa.array(["East", "Ea\u200bst"])
    >>> without_invisible(east).to_pylist(), without_invisible(east.dictionary_encode()).dictionary.to_pylist()
    (['East', 'East'], ['East'])
    """
    if pa.types.is_dictionary(column.type):
        return _names_without_invisible(column)
    if not pa.types.is_string(column.type) or pc.all(pc.string_is_ascii(column)).as_py() in (True, None):
        return column
    return pc.replace_substring_regex(column, INVISIBLE.replace(r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f", ""), "")


def _names_without_invisible(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """The same codes where no name has a mark; two names that look alike become one."""
    kind, names = column.type, plain_text(column.dictionary)
    seen = without_invisible(names)
    if seen is names:
        return column
    anew = seen.dictionary_encode()
    places = anew.indices.take(column.indices).cast(kind.index_type)
    return pa.DictionaryArray.from_arrays(places, anew.dictionary.cast(kind.value_type), ordered=kind.ordered)


def mask_of(says: Sequence[str], ending: str, place: Places) -> NDArray[np.bool_]:
    """Return the rows whose distinct cell says ``ending``."""
    return taken(np.array([each == ending for each in says], bool), place)
