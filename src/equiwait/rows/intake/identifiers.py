"""Identifiers: one form for each, and none for words and numbers that mean *none*."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from equiwait.fields import Field, missing_word
from equiwait.fields.missing_words import clean
from equiwait.frames import distinct
from equiwait.rows.intake.cells import (
    UNREADABLE,
    Reading,
    as_text,
    cleaned,
    is_error,
    put,
)
from equiwait.rows.intake.letters import Letters
from equiwait.rows.intake.notes import RowProblems, note

__all__ = ["IDENTIFIERS", "as_listed", "one_form", "read_identifiers"]

IDENTIFIERS = ("pathway_id", "referral_id", "person_id")

_DASHES = r"[\s\x{2010}-\x{2015}\x{2212}\x{fe58}\x{fe63}\x{ff0d}-]"
_LOOK_TWICE = (  # cells that may be no identifier, or not in their one form: looked at one by one
    r"^[^0-9]*$|^0+$|^9{7,}$|^1{8,}$|^2{8,}$|^3{8,}$|^4{8,}$|^5{8,}$|^6{8,}$|^7{8,}$|^8{8,}$|^0?123456789(0|01)?$|[.+#]|\x{fffd}"
)
_NO_IDENTIFIER = re.compile(r"0+|9{7,}|([1-8])\1{7,}|0?123456789(0|01)?|-\d+(\.0+)?")
_LOST = re.compile(r"\d(\.\d+)?[eE]\+\d+|\d\.\d+[eE]\d+")  # 1.23E+11: the spreadsheet has kept the first digits only
_MOST_EXACT = 2.0**53  # from here on a float has lost digits


def one_form(identifier: object) -> str | None:
    """Return an identifier in its one form, as `read_list` keeps it: no spaces, dashes, invisible marks or ``.0``; None if it is none.

    Examples
    --------
    >>> [one_form(each) for each in ("943 476 5919", "943-476-5919", "9434765919.0", "N/A", "0", "1.23E+11")]
    ['9434765919', '9434765919', '9434765919', None, None, None]
    """
    return None if identifier is None else _read(clean(str(identifier))).value


def as_listed(given: Iterable[object], listed: Iterable[object]) -> list[object]:
    """Return identifiers as a list has them: those that stand there as they are, others in their one form.

    Examples
    --------
    >>> as_listed(["A-1", "B2", "C-3"], ["A1", "B2", "C-3"])
    ['A1', 'B2', 'C-3']
    """
    there = set(listed)
    return [each if each in there else one_form(each) or each for each in given]


def _read(cell: str) -> Reading:
    """One clean cell as an identifier."""
    if not cell:
        return Reading(None, "blank")
    if is_error(cell) or UNREADABLE in cell:
        return Reading(None, "invalid")
    if missing_word(cell) or _NO_IDENTIFIER.fullmatch(cell) or not re.search(r"\w", cell):
        return Reading(None, "not_an_identifier")
    if _LOST.fullmatch(cell):
        return Reading(None, "lost_digits")
    cell = clean(re.sub(r"[\s‐-―−﹘﹣－-]", "", cell))
    if found := re.fullmatch(r"(\d+)\.0+", cell):
        return (
            Reading(None, "not_an_identifier")
            if _NO_IDENTIFIER.fullmatch(found[1])
            else Reading(found[1], "written_as_decimal")
        )
    return Reading(None, "not_an_identifier") if _NO_IDENTIFIER.fullmatch(cell) else Reading(cell)


def read_identifiers(field: Field, raw: pa.Array, problems: RowProblems) -> pa.Array:
    """Read a column of identifiers, and note what is none, what a spreadsheet cut short, and what it wrote as a decimal."""
    cells = cleaned(as_text(raw))
    if pa.types.is_floating(raw.type):
        values = np.abs(np.asarray(raw.cast(pa.float64()).fill_null(np.nan)))
        note(problems, f"{field.name}_lost_digits", values >= _MOST_EXACT)
        note(problems, f"{field.name}_written_as_decimal", values < _MOST_EXACT)
        cells = cells.without_cells(values >= _MOST_EXACT)
    plain = _in_one_form(cells)
    rows = np.flatnonzero(_maybe_none(plain))
    twice = np.zeros(len(raw), bool)
    twice[rows] = np.asarray(pc.match_substring_regex(plain.text.take(pa.array(rows)), _LOOK_TWICE).fill_null(False))
    if cells.has("-"):
        twice |= cells.first == ord("-")
    return _looked_at_twice(field, cells.text, plain.text, twice, problems) if twice.any() else plain.text


def _in_one_form(cells: Letters) -> Letters:
    """Identifiers without dashes and spaces, of whatever kind, and without wide letters."""
    for mark in "- ":
        cells = cells.without(np.flatnonzero(cells.letters == ord(mark))) if cells.has(mark) else cells
    if cells.beyond_ascii().any():
        return Letters.of(pc.utf8_normalize(pc.replace_substring_regex(cells.text, _DASHES, ""), "NFKC"))
    return cells


def _maybe_none(letters: Letters) -> NDArray[np.bool_]:
    """Return which cells could be such that they are looked at twice: told by their bytes, which is quick."""
    by_digits = letters.perhaps_without_digits() | letters.perhaps_of_one() | letters.perhaps_counting()
    return by_digits | letters.holds(".+#") | letters.beyond_ascii()


def _looked_at_twice(
    field: Field, text: pa.Array, plain: pa.Array, twice: np.ndarray, problems: RowProblems
) -> pa.Array:
    rows = np.flatnonzero(twice)
    values, place = distinct(text.take(pa.array(rows)))
    read = [_read(value or "") for value in values]
    for ending in ("invalid", "not_an_identifier", "lost_digits", "written_as_decimal"):
        wrong = np.zeros(len(twice), bool)
        wrong[rows] = np.array([one.says == ending for one in read], bool)[place]
        note(problems, f"{field.name}_{ending}", wrong)
    found = pa.array([one.value for one in read], pa.string()).take(pa.array(place))
    return put(plain, rows, found)
