"""Cells as text: for reading, and safe from spreadsheets that would run them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.files.csv_out import safe_text
from equiwait.frames import written
from equiwait.units import Unit, printed

__all__ = [
    "Shown", "UnitOf", "columns_to_show", "formula_safe", "heading", "measures_of", "reading", "safe_text", "split_by", "unique_names",
]  # fmt: skip

UnitOf: TypeAlias = Callable[[str, str], Unit]
"""The unit of a column in a row of that measure: `equiwait.results.Result.unit_of`."""

_HEADINGS = {
    "n": "Counted (n)",
    "n_people": "People, each once",
    "of": "Out of",
    "by": "Looked at by",
    "p_value": "p",
    "p_adjusted": "p, adjusted",
    "events": "Of whom",
    "estimand": "Which waits",
    "within": "Among people of the same",
    "adjustment": "Adjusted for what differs",
    "suppressed": "Hidden",
    "rounding_error": "Rounding may move it by",
    "idaci_quintile": "Quintile of children in low-income families",
    "lower": "From",
    "upper": "To",
    "difference_lower": "Difference from",
    "difference_upper": "Difference to",
    "ratio_lower": "Ratio from",
    "ratio_upper": "Ratio to",
    "imd_quintile": "Deprivation quintile",
    "imd_decile": "Deprivation decile",
}
_REASONS = ("recorded", "blank", "not_stated", "not_known", "invalid")
_ALWAYS = ("group", "field", "n", "value", *_REASONS)  # worth a column even where every row says the same
_DROPPED = ("suppressed",)  # said in the cells themselves


def formula_safe(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose text, headers included, no spreadsheet would run; numbers and dates are untouched.

    Examples
    --------
    >>> formula_safe(pd.DataFrame({"=a": ["=b", None], "n": [-1, 2]})).to_csv(index=False).split()
    ["'=a,n", "'=b,-1", ',2']
    """
    safe = {
        name: column if _is_plain(column) else column.astype(object).map(_safe_cell, na_action="ignore")
        for name, column in frame.items()
    }
    return pd.DataFrame(safe, index=frame.index).rename(columns=lambda name: safe_text(str(name)))


def _is_plain(column: pd.Series[Any]) -> bool:
    return (
        pd.api.types.is_numeric_dtype(column.dtype)
        or pd.api.types.is_datetime64_any_dtype(column.dtype)
        or pd.api.types.is_bool_dtype(column.dtype)
    ) and not isinstance(column.dtype, pd.CategoricalDtype)


def _safe_cell(cell: object) -> object:
    return cell if isinstance(cell, bool | int | float) and abs(cell) < 1 << 62 else safe_text(written(cell))


# --- for reading -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A table as it is read: headings, rows of text, which columns are numbers, and what is the same for every row."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    head: int
    same: tuple[str, ...]


def heading(name: object) -> str:
    """Return a column's or a measure's name in words.

    Examples
    --------
    >>> heading("over_18_weeks"), heading("difference_lower"), heading("n"), heading("median_weeks")
    ('Over 18 weeks', 'Difference from', 'Counted (n)', 'Median weeks')
    """
    words = str(name).replace("_", " ").strip()
    return _HEADINGS.get(str(name), words[:1].upper() + words[1:])


def split_by(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the parts of a table that were looked at by different columns, each with that column in words."""
    if "by" not in table or table["by"].nunique() < 2:
        return [("", table)]
    return [(heading(name), part) for name, part in table.groupby("by", sort=False, observed=True)]


def reading(table: pd.DataFrame, unit_of: UnitOf) -> Shown:
    """Return a table as it is read: words for headings, each number in its unit, and one line for what never varies.

    Empty columns are left out. A number that a small-number rule hides is written as "hidden".

    Examples
    --------
    >>> from equiwait.results import Result
    >>> table = pd.DataFrame({"measure": ["over_18_weeks"] * 2, "group": ["A", "B"], "share": [0.25, None],
    ...                       "suppressed": [False, True]})
    >>> shown = reading(table, Result("Waits", table).unit_of)
    >>> shown.headings, shown.rows, shown.same
    (('Group', 'Share'), (('A', '25.0%'), ('B', 'hidden')), ('Measure: Over 18 weeks',))
    """
    kept, same = columns_to_show(table, unit_of)
    hidden = (
        table["suppressed"].astype("boolean").fillna(False).tolist() if "suppressed" in table else [False] * len(table)
    )
    measures = measures_of(table)
    columns = [
        [
            _cell(name, cell, unit_of(name, measure), veiled)
            for cell, measure, veiled in zip(table[name], measures, hidden, strict=True)
        ]
        for name in kept
    ]
    return Shown(
        headings=tuple(heading(name) for name in kept),
        rows=tuple(zip(*columns, strict=True)),
        numeric=tuple(_is_number(table[name]) for name in kept),
        head=min((place for place, name in enumerate(kept) if name == "group"), default=0),
        same=same,
    )


def measures_of(table: pd.DataFrame) -> list[str]:
    """Return what each row measures; an empty name where the table has one measure only."""
    return table["measure"].astype(str).tolist() if "measure" in table else [""] * len(table)


def columns_to_show(table: pd.DataFrame, unit_of: UnitOf) -> tuple[list[str], tuple[str, ...]]:
    """Return the columns worth showing, and what the others say for every row."""
    kept, same = [], []
    for name, column in ((str(name), column) for name, column in table.items()):
        missing = column.isna().to_numpy()
        if name in _DROPPED or (name not in _REASONS and missing.all()):
            continue
        if len(table) < 2 or name in _ALWAYS or _varies(column, missing):
            kept.append(name)
        elif str(first := column.iloc[0]).strip():
            unit = unit_of(name, measures_of(table)[0])
            same.append(f"{heading(name)}: {_cell(name, first, unit, False)}")
    return kept, tuple(same)


def _varies(column: pd.Series[Any], missing: NDArray[np.bool_]) -> bool:
    """Whether not all cells of a column say the same."""
    if missing.any():
        return not missing.all()
    cells = column.to_numpy()
    return bool((cells != cells[0]).any())


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def _cell(name: str, cell: Any, unit: Unit, hidden: bool) -> str:
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float | np.floating) and cell != cell):
        return (
            "hidden"
            if name in _REASONS or (hidden and name not in ("note", "p_value", "p_adjusted", "reference", "within"))
            else ""
        )
    if isinstance(cell, bool | np.bool_):
        return "yes" if cell else "no"
    if isinstance(cell, int | float | np.number):
        return printed(float(cell), unit)
    if isinstance(cell, pd.Timestamp):
        return cell.date().isoformat()
    return heading(cell) if unit == "name" else str(cell)


def unique_names(names: Sequence[str], longest: int) -> list[str]:
    """Return names cut to ``longest`` characters, numbered where they would be the same."""
    made: list[str] = []
    for name in names:
        given, number = name[:longest].strip(), 2
        while given.lower() in (each.lower() for each in made):
            ending = f" {number}"
            given, number = name[: longest - len(ending)].strip() + ending, number + 1
        made.append(given)
    return made
