"""How one true value comes to be written in many ways: postcodes, codes, flags and dates as hospital systems send them.

A speller takes true values and one uniform number for each, and gives back text; None is an empty cell. Uniform numbers
near 1 are the odd ones: below ``1 − dirt`` everything is written the usual way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Text", "dates", "flags", "one_of", "postcodes"]

Text: TypeAlias = list[str | None]
Uniform: TypeAlias = NDArray[np.float64]

PRIORITIES: Mapping[str, Sequence[str]] = {
    "P1a": ("P1a", "p1a", "1a", "P 1A", "Priority 1a"),
    "P1b": ("P1b", "P1B", "1b", "P 1b", "Priority 1b"),
    "P1": ("P1", "p1", "1", "P 1", "Priority 1"),
    "P2": ("P2", "p2", "2", "P 2", "Priority 2"),
    "P3": ("P3", "p3", "3", "P-3", "Priority 3"),
    "P4": ("P4", "p4", "4", "P 4", "Priority 4"),
    "P5": ("P5", "p5", "5", "P 5", "Priority 5"),
    "P6": ("P6", "p6", "6", "P 6", "Priority 6"),
}
SEXES: Mapping[str, Sequence[str]] = {
    "1": ("1", "M", "Male", "m", "MALE"),
    "2": ("2", "F", "Female", "f", "FEMALE"),
    "9": ("9",),
    "X": ("X",),
}
LIST_TYPES: Mapping[str, Sequence[str]] = {
    "IRTT": ("Inpatient", "Daycase", "IPDC", "Inpatient"),
    "ORTT": ("Outpatient", "outpatient", "OUTPATIENT", "OTHR"),
    "ONON": ("Non RTT", "Not-RTT", "non-rtt", "ONON"),
    "planned": ("Planned", "planned", "Surveillance", "PLANNED"),
    "diagnostic": ("Diagnostic", "Diagnostics", "diagnostic", "DIAGNOSTIC"),
}
NATIONAL_LIST_TYPES: Mapping[str, Sequence[str]] = {
    "IRTT": ("IRTT", "PTLI", "irtt", "RTTI", "PTL1"),
    "ORTT": ("ORTT", "PTLO", "PTL0", "RTTO", "OTHR"),
    "ONON": ("ONON", "INON", "onon", "ONON"),
    "planned": ("Planned", "planned", "Planned", "PLANNED"),
    "diagnostic": ("Diagnostic", "Diagnostics", "diagnostic", "DIAGNOSTIC"),
}
SCHOOL = ("None", "Under 10%", "10 to 49%", "50% or more")
PSEUDO = {  # the national codes for an address that is not one
    "no_fixed_abode": ("ZZ99 3VZ", "ZZ993VZ", "zz99 3vz"),
    "address_unknown": ("ZZ99 3WZ", "ZZ993WZ"),
    "overseas": ("ZZ99 6CZ", "ZZ99 7AZ"),
    "malformed": ("EQ", "EQ4", "NOT GIVEN", "EQ2 12345"),
}
NO_ETHNICITY = ("Q", "O", "55", "?")  # none of the codes


def one_of(values: Sequence[str], spellings: Mapping[str, Sequence[str]], uniform: Uniform, dirt: float) -> Text:
    """Write each value the first way, or with chance ``dirt`` any of its ways; a value without spellings is empty."""
    return [_spelt(spellings.get(value, ()), odd) for value, odd in zip(values, _oddness(uniform, dirt), strict=True)]


def _oddness(uniform: Uniform, dirt: float) -> Uniform:
    """How far a uniform number lies in the odd part, 0 to 1; 0 where it is usual."""
    return np.clip((uniform - (1 - dirt)) / dirt, 0, None) if dirt else np.zeros(len(uniform))


def _spelt(ways: Sequence[str], odd: float) -> str | None:
    return ways[int(odd * len(ways))] if ways else None


def flags(values: Sequence[bool], blank: Sequence[bool], uniform: Uniform, dirt: float) -> Text:
    """Write yes and no, or nothing where it is not recorded."""
    ways = {"True": ("Y", "Yes", "1", "y"), "False": ("N", "No", "0", "n")}
    written = one_of([str(bool(value)) for value in values], ways, uniform, dirt)
    return [None if empty else cell for cell, empty in zip(written, blank, strict=True)]


def ethnicities(told: Sequence[str], uniform: Uniform, dirt: float) -> Text:
    """Write the national code, with a local second character or in lower case where it is odd."""
    ways: dict[str, Sequence[str]] = {
        code: (code, f"{code}1", code.lower(), f"{code} ", code) for code in "ABCDEFGHJKLMNPRS"
    }
    ways |= {"Z": ("Z", "z", "Not stated"), "99": ("99", "Not known")}
    written = one_of(told, ways, uniform, dirt)
    none_of_them = [NO_ETHNICITY[int(u * len(NO_ETHNICITY))] for u in uniform]
    return [odd if code == "invalid" else cell for code, cell, odd in zip(told, written, none_of_them, strict=True)]


# --- postcodes -------------------------------------------------------------------------------------------------------


def _letter_for_digit(postcode: str) -> str:
    """Type an O for the nought, or an I for the one, of the second half; other postcodes stay as they are."""
    outward, inward = postcode.rsplit(" ", 1)
    return f"{outward} {inward.replace('0', 'O').replace('1', 'I')}"


_ODD_POSTCODES: tuple[Callable[[str], str], ...] = (
    str.lower,
    lambda postcode: postcode.replace(" ", ""),
    lambda postcode: postcode.replace(" ", "  "),
    lambda postcode: f"{postcode}.",
    _letter_for_digit,
    lambda postcode: f" {postcode} ",
)


def postcodes(people: pd.DataFrame, boxes: Sequence[str], uniform: Uniform, dirt: float) -> Text:
    """Write each person's postcode, or what stands in its place when ``address`` is not known."""
    cells: Text = []
    odd = _oddness(uniform, dirt)
    for postcode, address, own, share in zip(people["postcode"], people["address"], odd, uniform, strict=True):
        if address == "known":
            cells.append(_ODD_POSTCODES[int(own * len(_ODD_POSTCODES))](postcode) if own else postcode)
        else:
            cells.append(_instead(address, share, boxes))
    return cells


def _instead(address: str, share: float, boxes: Sequence[str]) -> str | None:
    ways = {
        **PSEUDO,
        "not_found": tuple(f"EQ{19 + i} {i}AB" for i in range(10)),  # districts that the directory does not have
        "no_area": tuple(boxes),
    }.get(address, ())
    return ways[int(share * len(ways))] if ways else None


# --- dates -----------------------------------------------------------------------------------------------------------


def _day_first(day: dt.date) -> str:
    """Day first in numbers only where that cannot be misread; else the month as a word."""
    if day.day > 12:
        return f"{day.day}/{day.month:02d}/{day.year}"
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


# strftime would follow the machine's language
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SERIAL_ZERO = dt.date(1899, 12, 30)  # day 0 of a spreadsheet's calendar
_DATES: Mapping[str, Callable[[dt.date], str]] = {
    "iso": dt.date.isoformat,
    "day_first": _day_first,
    "serial": lambda day: str((day - _SERIAL_ZERO).days),
    "midnight": lambda day: f"{day.isoformat()} 00:00:00",
}
BAD_DATES = ("31/02/2026", "TBC", "00/00/0000")


def dates(days: NDArray[np.datetime64], uniform: Uniform, dirt: float, *, usual: str = "iso", bad: float = 0.0) -> Text:
    """Write days the ``usual`` way, with chance ``dirt`` another, with chance ``bad`` as something that is no date."""
    forms = [usual, *(name for name in _DATES if name != usual)]
    odd = (_oddness(uniform, dirt) * len(forms)).astype(int)
    plain = np.asarray(days).astype("datetime64[D]").astype(object)  # datetime.date, or None
    written = [None if day is None else _DATES[forms[form]](day) for day, form in zip(plain, odd, strict=True)]
    return [BAD_DATES[int(u / bad * 3)] if cell and u < bad else cell for cell, u in zip(written, uniform, strict=True)]
