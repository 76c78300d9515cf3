"""Waits that the list itself gives: held against ours, row by row, and never taken over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from equiwait.fields import plain
from equiwait.frames import to_arrow
from equiwait.rows.intake.cells import cells_of
from equiwait.rows.intake.notes import RowProblems, note

__all__ = ["note_other_waits"]

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


def note_other_waits(waiting: pd.DataFrame, problems: RowProblems) -> None:
    """Note the rows in which a column such as "Weeks waiting" differs from ours by more than a week."""
    for header in waiting.columns:
        unit = _HEADERS.get(plain(header))
        if unit and str(header) != f"{unit}_waiting":
            ours = waiting[f"{unit}_waiting"].to_numpy(float, na_value=np.nan)
            apart = np.abs(_numbers(waiting[header]) - ours) > _LEEWAY[unit]
            note(problems, f"{unit}_waiting_contradicted", apart)


def _numbers(cells: pd.Series[Any]) -> np.ndarray:
    values, place = cells_of(to_arrow(cells))
    return np.array([_number(value) for value in values])[place]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan
