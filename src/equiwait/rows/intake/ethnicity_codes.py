"""Which code list a list's codes are of: England's unless another is named, and the local codes that its owner declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa

from equiwait.errors import InputError, OptionError, choose, did_you_mean, listed
from equiwait.fields import ETHNICITY_LISTS, FIELDS, Field
from equiwait.fields.ethnicity import looks_like_a_local_code, read_ethnicity
from equiwait.fields.missing_words import clean
from equiwait.plain_columns import by_value
from equiwait.rows.intake.kinds_of_cells import Distinct, LocalCodes
from equiwait.rows.intake.letters import Letters, digits
from equiwait.rows.intake.notes import RowProblems, note

__all__ = ["homes_of_people", "local_codes", "nation_of", "note_local_codes", "refuse_unnamed_list"]


def nation_of(codes: Mapping[str, Any]) -> str:
    """Return the name of the code list that ``codes=`` names for ethnicity."""
    named = codes.get("ethnicity")
    return named if isinstance(named, str) else "england"


def local_codes(codes: Mapping[str, Any]) -> LocalCodes:
    """Check ``codes=`` and return how each column that it names reads a cell.

    Raises
    ------
    OptionError
        If it names a column that has no codes, a code list that there is none of, or a meaning that is no code.
    """
    coded = [name for name, field in FIELDS.items() if field.codes]
    readers: dict[str, Callable[[str], str | None]] = {}
    for name, given in codes.items():
        if name not in coded:
            raise OptionError(
                f"codes= names {name!r}, which has no codes.{did_you_mean(name, coded)}",
                todo=f"Columns with codes: {listed(coded)}.",
            )
        if isinstance(given, Mapping):
            readers[name] = _declared(FIELDS[name], {str(cell): str(code) for cell, code in given.items()})
        elif name == "ethnicity":
            readers[name] = _of_nation(choose("codes['ethnicity']", given, tuple(ETHNICITY_LISTS)))
        else:
            raise OptionError(
                f"codes[{name!r}] is no mapping.", todo=f"Write codes={{{name!r}: {{'your code': 'code'}}}}."
            )
    return readers


def _of_nation(nation: str) -> Callable[[str], str | None]:
    return lambda cell: read_ethnicity(cell, nation)


def _declared(field: Field, given: Mapping[str, str]) -> Callable[[str], str | None]:
    wrong = sorted(code for code in given.values() if code not in field.codes)
    if wrong:
        raise OptionError(
            f"codes[{field.name!r}] means codes that there are not: {listed(wrong)}.",
            todo=f"Codes: {listed(field.codes, 40)}.",
        )
    own = {clean(cell).lower(): code for cell, code in given.items()}
    return lambda cell: own.get(cell.lower()) or field.read(cell)


def homes_of_people(columns: Mapping[str, pa.Array]) -> dict[str, Any]:
    """Return how many rows say where people live, how many of those say Wales, and whether any has the code A or B."""
    if "ethnicity" not in columns:
        return {}
    doubtful = by_value(columns["ethnicity"], lambda values: np.array([value in ("A", "B") for value in values]))
    told: dict[str, Any] = {"coded": bool(doubtful.any())}
    for name, areas in _WELSH.items():
        if name in columns:
            text = columns[name].cast(pa.string())
            told |= {f"{name}s": len(text) - text.null_count, f"{name}s_in_wales": _begins(text, areas)}
    return told


def refuse_unnamed_list(told: Mapping[str, Any], codes: Mapping[str, Any]) -> None:
    """Ask which code list is meant where most people live in Wales, whose A and B are not England's, and nobody has said.

    Raises
    ------
    InputError
        If so: White British and White Irish would otherwise be read where *any White* and *Gypsy or Irish Traveller* stand.
    """
    if "ethnicity" in codes or not told.get("coded"):
        return
    if not any(2 * told.get(f"{name}s_in_wales", 0) > told.get(f"{name}s", 0) for name in _WELSH):
        return
    raise InputError(
        "Most people of the list live in Wales, whose ethnicity codes A and B mean other groups than England's.",
        found="Codes A or B, and nobody has said of which list they are.",
        todo="Say which: codes={'ethnicity': 'wales'} or codes={'ethnicity': 'england'}.",
    )


_WELSH = {"area_code": ("W",), "postcode": ("CF", "LD", "LL", "NP", "SA")}
_CAPITAL = np.uint8(0xDF)  # of a letter: whether it is small is left out


def _begins(text: pa.Array, areas: Sequence[str]) -> int:
    """How many cells begin with one of some pairs of letters, or single ones, small or not, and a digit behind it."""
    cells, long = Letters.of(text), len(areas[0])
    letters = [cells.at(place) & _CAPITAL for place in range(long)]
    begins = np.zeros(len(text), bool)
    for area in areas:
        begins |= reduce(np.logical_and, (held == ord(letter) for held, letter in zip(letters, area, strict=True)))
    rows = np.flatnonzero(begins & ~cells.missing)
    rows = rows[cells.ends[rows + 1] - cells.ends[rows] > long]
    return int(np.count_nonzero(digits(cells.at(long, rows))))


def note_local_codes(found: Distinct, problems: RowProblems, codes: Mapping[str, Any]) -> None:
    """Note where two letters were read as a silence (NK, NS, RF) though they could be a local code that nobody has declared."""
    declared = codes.get("ethnicity")
    own = {clean(str(cell)).lower() for cell in declared} if isinstance(declared, Mapping) else set()
    cells, place = found
    doubtful = [cell.lower() not in own and looks_like_a_local_code(cell, nation_of(codes)) for cell in cells]
    if any(doubtful):
        note(problems, "ethnicity_read_as_silence", np.array(doubtful).take(place))
