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
from equiwait.frames import distinct

__all__ = [
    "UNREADABLE",
    "Reading",
    "as_text",
    "cells_of",
    "cleaned",
    "holds",
    "is_error",
    "mask_of",
    "of_one_letter",
    "read_cell",
    "without_digits",
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


def cells_of(raw: pa.Array) -> tuple[list[str], NDArray[np.intp]]:
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
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([_decoded(value) for value in raw.to_pylist()], pa.string())
    if pa.types.is_string(kind):
        return raw
    if _has_words(kind):
        return raw.cast(pa.string())
    return pc.if_else(raw.is_null(), pa.scalar(None, pa.string()), pa.scalar(UNREADABLE))


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


def cleaned(text: pa.Array) -> pa.Array:
    """Clean every cell of a text column as `clean` does; null where nothing is left."""
    beyond = pc.invert(pc.string_is_ascii(text)).fill_null(False)
    if pc.any(beyond).as_py():  # few cells of a list, as a rule: the others need not be looked at letter by letter
        seen = pc.replace_substring_regex(pc.utf8_normalize(text.filter(beyond), "NFKC"), INVISIBLE, "")
        text = pc.replace_with_mask(text, beyond, seen)
    text = pc.utf8_trim_whitespace(text)
    if which := odd_letters(text):
        marks = (
            pc.match_substring(text, "  ")
            if which == "spaces"
            else pc.match_substring_regex(text, r"[\x00-\x1f\x7f]|  ")
        )
        odd = marks.fill_null(False)
        some = pc.replace_substring_regex(text.filter(odd), r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "")
        some = pc.utf8_trim_whitespace(pc.replace_substring_regex(some, r"\s+", " "))
        text = pc.replace_with_mask(text, odd, some)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def letters_of(text: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Return the bytes of a text column one after the other, and where each cell begins; the last number is the end."""
    _, offsets, data = text.buffers()
    ends = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    return np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]], ends - ends[0]


def odd_letters(text: pa.Array) -> str:
    """Say whether any cell may hold two spaces side by side ("spaces"), or control characters ("marks")."""
    letters, _ = letters_of(text) if len(text) else (np.zeros(0, np.uint8), None)
    if (letters < 0x20).any() or (letters == 0x7F).any():
        return "marks"
    space = letters == 0x20
    return "spaces" if (space[1:] & space[:-1]).any() else ""


def without_digits(text: pa.Array) -> NDArray[np.bool_]:
    """Return which cells have letters and no digit."""
    return _of_few(text, lambda first, last: ~_digits(first) & ~_digits(last), r"^[^0-9]+$")


def of_one_letter(text: pa.Array) -> NDArray[np.bool_]:
    """Return which cells may be one byte, over and over: they begin and end with it."""
    return _of_few(text, lambda first, last: first == last, "")


def holds(text: pa.Array, marks: str) -> NDArray[np.bool_]:
    """Return which cells hold one of some marks, which hardly any does."""
    found = np.zeros(len(text), bool)
    letters = letters_of(text)[0] if len(text) else np.zeros(0, np.uint8)
    for mark in marks:
        if (letters == ord(mark)).any():
            found |= np.asarray(pc.match_substring(text, mark).fill_null(False))
    return found


def _of_few(
    text: pa.Array, fits: Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.bool_]], pattern: str
) -> NDArray[np.bool_]:
    """Return the cells whose first and last byte fit, and that have a pattern: few come so far."""
    found = np.zeros(len(text), bool)
    if not len(text):
        return found
    letters, ends = letters_of(text)
    some = np.flatnonzero((np.diff(ends) > 0) & np.asarray(text.is_valid()))  # a missing cell may have bytes
    some = some[fits(letters[ends[:-1][some]], letters[ends[1:][some] - 1])]
    if pattern and len(some):
        some = some[np.asarray(pc.match_substring_regex(text.take(pa.array(some)), pattern))]
    found[some] = True
    return found


def _digits(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray((letters - np.uint8(ord("0"))) < 10)


def without_invisible(text: pa.Array) -> pa.Array:
    """Take out of a column of the user's own only what nobody can see."""
    if pc.all(pc.string_is_ascii(text)).as_py() in (True, None):
        return text
    return pc.replace_substring_regex(text, INVISIBLE.replace(r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f", ""), "")


def mask_of(says: Sequence[str], ending: str, place: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return the rows whose distinct cell says ``ending``."""
    return np.asarray(np.array([each == ending for each in says], bool)[place])
