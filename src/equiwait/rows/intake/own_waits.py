"""Waits that the list itself gives: held against ours, row by row, and never taken over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

from equiwait.fields import plain
from equiwait.rows.intake.cells import cells_of
from equiwait.rows.intake.notes import RowProblems, note

__all__ = ["note_other_waits", "other_waits"]

_UNITS = {"weeks": ("weeks", "wks", "week", "wk"), "days": ("days", "day")}
_WORDS = (
    "wait",
    "waiting",
    "waited",
    "on list",
    "current wait",
    "rtt wait",
    "rtt waiting",
    "on the list",
    "since clock start",
    "total wait",
)
_HEADERS = {
    plain(way): unit
    for unit, names in _UNITS.items()
    for name in names
    for word in _WORDS
    for way in (f"{name} {word}", f"{word} {name}", f"{word} in {name}", f"{word} ({name})", f"no of {name} {word}")
} | {plain(f"{unit} waiting in source"): unit for unit in _UNITS}
_LEEWAY = {"weeks": 1.0, "days": 7.0}  # others round, or count to the end of the week


def other_waits(headers: Iterable[object]) -> dict[str, str]:
    """Return the headers of waits that the list itself gives, each with its unit.

    Examples
    --------
    >>> other_waits(["Weeks waiting", "weeks_waiting", "Ward"])
    {'Weeks waiting': 'weeks'}
    """
    units = {str(header): _HEADERS.get(plain(header)) for header in headers}
    return {header: unit for header, unit in units.items() if unit and header != f"{unit}_waiting"}


def note_other_waits(columns: Mapping[str, pa.Array], headers: Mapping[str, str], problems: RowProblems) -> None:
    """Note the rows in which a column such as "Weeks waiting" differs from ours by more than a week."""
    for header, unit in headers.items():
        ours = columns[f"{unit}_waiting"].cast(pa.float64()).to_numpy(zero_copy_only=False)
        values, place = cells_of(columns[header])
        theirs = np.array([_number(value) for value in values])[place]
        note(problems, f"{unit}_waiting_contradicted", np.abs(theirs - ours) > _LEEWAY[unit])


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan
