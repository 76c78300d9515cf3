"""Columns of codes, flags, numbers and text: each distinct cell is read once, and what cannot be read is noted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from equiwait.fields import INVALID, Field, missing_word, read_flag
from equiwait.frames import Places, coded, distinct
from equiwait.plain_columns import Plain, taken
from equiwait.rows.intake.cells import (
    UNREADABLE,
    Reading,
    as_text,
    cells_of,
    cleaned,
    is_error,
    mask_of,
    read_cell,
)
from equiwait.rows.intake.letters import Letters
from equiwait.rows.intake.notes import RowProblems, note

__all__ = [
    "Distinct",
    "LocalCodes",
    "codes_of",
    "note_readings",
    "read_codes",
    "read_flags",
    "read_number",
    "read_text",
    "read_whole",
]

Distinct: TypeAlias = tuple[Sequence[str], Places]
"""The distinct cells of a column as clean text, and for each row its place among them: `cells_of`."""

LocalCodes = Mapping[str, Callable[[str], str | None]]
"""How a coded column reads codes that are not England's: by the name of the column."""

_ENDINGS = ("invalid", "not_known", "not_stated", "turned_into_date")
_MANY = 1_000  # distinct cells from which on only those that may be words are looked at one by one
_TWO_LETTERS = frozenset(
    {"ns", "nr", "nd", "ng", "dk", "rf"}
)  # silences elsewhere; a code of the user's own in a text column
_AS_DATE = re.compile(
    r"\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(-\d{2,4})?|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{2,4}"
    r"|\d{4}-\d{2}-\d{2}([ t].*)?|\d{1,2}/\d{1,2}/\d{4}",
    re.IGNORECASE,
)


def note_readings(field: Field, read: Sequence[Reading], place: Places, problems: RowProblems) -> None:
    """Note in which rows a cell was not read, and what it says instead."""
    says = [one.says for one in read]
    for ending in _ENDINGS:
        if ending in says:
            note(problems, f"{field.name}_{ending}", mask_of(says, ending, place))


def read_codes(field: Field, found: Distinct, problems: RowProblems, local: LocalCodes) -> pa.Array:
    """Read a coded column by its distinct cells; a silence becomes the code that the column has for it, or is missing and noted."""
    cells, place = found
    reader = local.get(field.name, field.read)
    read = [_with_silence(field, read_cell(cell, reader)) for cell in cells]
    note_readings(field, read, place, problems)
    return codes_of(field, [INVALID if one.says == "invalid" else one.value for one in read], place)


def _with_silence(field: Field, one: Reading) -> Reading:
    if one.says not in ("not_known", "not_stated"):
        return one
    code = field.missing_code(one.says)  # type: ignore[arg-type]
    return Reading(code) if code else one


def codes_of(field: Field, read: Sequence[str | None], place: Places) -> pa.Array:
    """Return codes of distinct cells as a column with the field's fixed categories."""
    where = {code: i for i, code in enumerate(field.categories)}
    kind = np.int8 if len(field.categories) < 128 else np.int32
    places = np.array([where.get(code, -1) if code else -1 for code in read], kind)
    if places.max(initial=-1) < 0:  # as of a column of codes that hospitals seldom write
        names = pa.array(list(field.categories), pa.string())
        return pa.DictionaryArray.from_arrays(pa.nulls(len(place), pa.from_numpy_dtype(kind)), names)
    return coded(taken(places, place), field.categories)


def read_flags(field: Field, raw: pa.Array, problems: RowProblems, blank_means: Mapping[str, bool]) -> pa.Array:
    """Read yes or no; a blank is missing unless the user has said what it means, and a word for *not known* is no blank."""
    if pa.types.is_boolean(raw.type) and field.name not in blank_means:
        return raw
    cells, place = cells_of(raw)
    read = [read_cell(cell, read_flag) for cell in cells]
    note_readings(field, read, place, problems)
    flags = taken(np.array([one.value == "true" for one in read]), place)
    missing = taken(np.array([one.value is None for one in read]), place)
    if field.name in blank_means:
        blank = mask_of([one.says for one in read], "blank", place)
        flags, missing = np.where(blank, blank_means[field.name], flags), missing & ~blank
        note(problems, f"{field.name}_blank_read_as_{'yes' if blank_means[field.name] else 'no'}", blank)
    return Plain(flags, missing).arrow()


def read_whole(field: Field, raw: pa.Array, problems: RowProblems) -> pa.Array:
    """Read whole numbers, within the limits of the column."""
    cells, place = cells_of(raw)
    least, most = field.limits or (0, 999_999_999)

    def whole(cell: str) -> str | None:
        digits = field.spellings(cell) if field.spellings else _whole(cell)
        return digits if digits is not None and least <= int(digits) <= most else None

    read = [read_cell(cell, whole) for cell in cells]
    note_readings(field, read, place, problems)
    number = np.array([-1 if one.value is None else int(one.value) for one in read], np.int32)
    return Plain(number.take(place), (number < 0).take(place)).arrow()


def _whole(cell: str) -> str | None:
    found = re.fullmatch(r"(\d{1,9})(\.0+)?", cell)
    return found[1] if found else None


def read_number(field: Field, raw: pa.Array, problems: RowProblems) -> pa.Array:
    """Read numbers with a decimal point."""
    cells, place = cells_of(raw)
    read = [
        read_cell(cell, lambda text: text if re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text) else None)
        for cell in cells
    ]
    note_readings(field, read, place, problems)
    number = np.array([np.nan if one.value is None else float(one.value) for one in read])
    return Plain(number.take(place), None).arrow()


def read_text(field: Field, raw: pa.Array, problems: RowProblems, *, in_codes: bool = False) -> pa.Array:
    """Read text: clean, missing where it is a word for *nothing recorded*, and in the field's own spelling where it has one.

    What comes as codes is given back as codes where somebody asks for it (``in_codes``), else as text.
    """
    in_codes = in_codes and pa.types.is_dictionary(raw.type)
    if field.spellings is None and not in_codes and not _is_coded(raw):
        if pa.types.is_dictionary(raw.type) and len(raw.dictionary) < len(raw):
            return _by_name(field, raw, problems)
        raw = as_text(raw)
        if _nearly_all_differ(raw):
            return _few_words(field, cleaned(raw), problems)
    cells, place = cells_of(raw)
    read = [_text(field, cell) for cell in cells]
    note_readings(field, read, place, problems)
    if in_codes:
        at = {name: number for number, name in enumerate(dict.fromkeys(one.value for one in read if one.value))}
        kind = np.min_scalar_type(-len(at) - 1)
        codes = np.array([at.get(one.value or "", -1) for one in read], kind)
        return coded(taken(codes, place), list(at), grows=True)
    return pa.array([one.value for one in read], pa.string()).take(pa.array(place))


def _by_name(field: Field, raw: pa.DictionaryArray, problems: RowProblems) -> pa.Array:
    """Read each name of a column that has many, as of its postcodes, and give every row what its name says."""
    among: RowProblems = {}
    names = read_text(field, raw.dictionary, among)
    for code, mask in among.items():
        note(problems, code, np.asarray(pa.array(mask).take(raw.indices).fill_null(False)))
    return names.take(raw.indices)


def _is_coded(raw: pa.Array) -> bool:
    """Whether a column comes as few distinct cells."""
    return pa.types.is_dictionary(raw.type) and len(raw.dictionary) <= _MANY


def _nearly_all_differ(text: pa.Array) -> bool:
    """Whether cells are so many and so unlike that it does not pay to find the distinct ones."""
    first = text.slice(0, 4 * _MANY)
    return len(text) > _MANY and len(first.drop_null().unique()) > max(len(first) // 2, _MANY // 2)


def _few_words(field: Field, cells: Letters, problems: RowProblems) -> pa.Array:
    begins = (cells.first == ord("#")) | (cells.first == ord("9"))
    rows = np.flatnonzero((cells.perhaps_without_digits() | cells.beyond_ascii() | begins) & ~cells.missing)
    words = pc.match_substring_regex(cells.text.take(pa.array(rows)), r"^[^0-9]{1,60}$|^#|^99|\x{fffd}")
    rows = rows[np.asarray(words)]
    if not len(rows):
        return cells.text
    values, place = distinct(cells.text.take(pa.array(rows)))
    read = [_text(field, value or "") for value in values]
    among: RowProblems = {}
    note_readings(field, read, place, among)
    for code, mask in among.items():
        note(problems, code, _rows_at(rows[mask], len(cells.missing)))
    nothing = np.array([one.value is None for one in read], bool)[place]
    return cells.without_cells(_rows_at(rows[nothing], len(cells.missing))).text


def _rows_at(rows: NDArray[np.intp], many: int) -> NDArray[np.bool_]:
    """Some rows of so many as a mask."""
    mask = np.zeros(many, bool)
    mask[rows] = True
    return mask


def _text(field: Field, cell: str) -> Reading:
    if not cell:
        return Reading(None, "blank")
    if is_error(cell) or UNREADABLE in cell:
        return Reading(None, "invalid")
    if field.name == "age_band" and _AS_DATE.fullmatch(cell):
        return Reading(None, "turned_into_date")
    reason = None if cell.lower() in _TWO_LETTERS else missing_word(cell)
    if reason:
        return Reading(None, reason)
    return Reading(field.spellings(cell) if field.spellings else cell)
