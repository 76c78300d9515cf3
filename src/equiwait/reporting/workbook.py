"""`workbook`: results as an Excel workbook: a cover, notes, and one table a sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from equiwait.disclosure.offers import most_is_hidden
from equiwait.disclosure.rules import RULES
from equiwait.files.whole_files import write_file
from equiwait.reporting.book_sheets import Column, Looks, as_cell, new_book, put_table
from equiwait.reporting.cell_text import columns_to_show, heading, measures_of, split_by, unique_names
from equiwait.reporting.release_gate import BANNER, Folders, let_through, stamped
from equiwait.results import Result
from equiwait.units import Unit

__all__ = ["save_book", "workbook"]

_NUMBER: dict[Unit, str] = {
    "percent": "0.0%", "points": "0.0", "weeks": "0.0", "weeks_apart": "0.0", "people": "#,##0", "days": "#,##0",
    "places": "#,##0", "ratio": "0.00", "p": "0.000",
}  # fmt: skip
_OTHER = "#,##0.###"
_SECTIONS = {
    "list": "List", "missing": "Not recorded", "gaps": "Gaps", "unknowns": "Matters", "people": "Reach",
    "order": "Order", "movement": "Moves", "time": "Over time",
}  # fmt: skip
_LONGEST_NAME = 31  # of a sheet
_HIDDEN = (
    "n", "events", "value", "rows", "share", "people", "moved_up", "moved_down", "share_up", "share_down", "listed", "population",
)  # fmt: skip
"""Columns of numbers in which a number that a rule hides is the word."""
_TEXT_WIDTH, _NUMBER_WIDTH = (10, 38), 10
_ON_SCREEN = (
    "n_people", "adjustment", "ratio", "ratio_lower", "ratio_upper", "p_value", "p_adjusted", "method", "rounding_error", "estimand",
    "bound_kind", "tipping_odds", "detailed", "standardised_for", "share_up_lower", "share_up_upper", "share_down_lower",
    "share_down_upper",
)  # fmt: skip
"""Columns for those who look closer: to the right of what is printed."""


def workbook(
    *results: Result,
    to: str | PathLike[str],
    title: str | None = None,
    allow_unsuppressed: bool = False,
    previous: Folders = None,
    in_team: bool = False,
) -> Path:
    """Write results as one Excel workbook.

    Parameters
    ----------
    *results : Result
        What `completeness`, `disparities` and the like return.
    to : path
        Where to write the ``.xlsx``.
    title : str, optional
        The heading of the cover; by default "Is the wait fair?".
    allow_unsuppressed : bool
        Let results with small numbers through, under a banner on every sheet.
    previous : path, or sequence of path, optional
        The folder of the last release, or of several: what they show is known, so that less may have to be shown now.
    in_team : bool
        The workbook of the team: exact results (``suppression="none"``) are let through, and the file says so in its name and
        on every sheet.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    DisclosureError
        If a result shows small numbers and ``allow_unsuppressed`` is false.
    OptionError
        If something is not a result, or the file cannot be written.

    Notes
    -----
    Numbers are numbers (shares shown as %, differences of shares in points); a hidden number is the word "hidden"; a
    missing one is an empty cell. What is the same in every row is said once, above the table; columns without any value
    are left out (`tidy` keeps them all). No cell is a formula. Each sheet has one table, which a screen reader finds by
    name, and prints on A4 with its headings on every page. The same results give the same bytes.
    """
    ready, exact = let_through(results, allow_unsuppressed or in_team, previous)
    place = stamped(to) if exact and in_team else to
    return write_file(place, lambda path: save_book(path, ready, exact, title or "Is the wait fair?"), in_team=exact)


class _Part(NamedTuple):
    """A table of a result, and the sheet that it goes on."""

    result: Result
    by: str
    table: pd.DataFrame
    sheet: str

    @property
    def title(self) -> str:
        return f"{self.result.title}{f': by {self.by[:1].lower()}{self.by[1:]}' if self.by else ''}"


def save_book(path: Path, results: Sequence[Result], in_team: bool, title: str) -> None:
    """Write a workbook of results that have been through the gate."""
    tables = [(result, by, part) for result in results for by, part in split_by(result.table)]
    named = [
        " ".join([_SECTIONS.get(result.section, result.section), *([f"by {by[:1].lower()}{by[1:]}"] if by else [])])
        for result, by, _ in tables
    ]
    sheets = unique_names([_sheet_name(name) for name in named], _LONGEST_NAME)
    parts = [_Part(*each, name) for each, name in zip(tables, sheets, strict=True)]
    banner = BANNER if in_team else ""
    with new_book(path, title) as book:
        looks = Looks(book)
        _cover(book, looks, title, banner, parts, most_is_hidden(each.table for each in results))
        _notes(book, looks, banner, results)
        for part in parts:
            _sheet(book, looks, banner, part)


def _sheet_name(name: str) -> str:
    """Return a name without the signs that no sheet may have, such as the stroke of *Ward/Unit*."""
    return re.sub(r"[\[\]:*?/\\]", "-", name).strip("' ") or "Table"


def _cover(book: Any, looks: Looks, title: str, banner: str, parts: Sequence[_Part], hidden: str) -> None:
    contents = [
        ("Notes", "What was found, and what must be read with the numbers"),
        *((p.sheet, p.title) for p in parts),
    ]
    columns = [
        Column("Sheet", [name for name, _ in contents], 34),
        Column("What it holds", [what for _, what in contents], 90),
    ]
    above = [title, "Made by equiwait: it suggests and explains; people decide. Read the notes with any number."]
    above += [hidden] if hidden else []
    sheet = put_table(book, looks, "Cover", above, columns, banner=banner, by_row=False)
    first = len(above) + bool(banner) + 1
    for row, (name, _) in enumerate(contents, first):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
    sheet.activate()


def _notes(book: Any, looks: Looks, banner: str, results: Sequence[Result]) -> None:
    rules = [("Small numbers", RULES[name].says) for name in sorted({r.suppression for r in results}) if name in RULES]
    said = [(result.title, text) for result in results for text in (*result.findings, *result.notes)]
    lines = _said_once([*rules, *said])
    columns = [
        Column("About", [as_cell(what) for what, _ in lines], 34),
        Column("What it says", [as_cell(text) for _, text in lines], 100),
    ]
    put_table(book, looks, "Notes", ["What was found, and what must be read with the numbers"], columns, banner=banner)


def _said_once(lines: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return each sentence once; one that stands on several results is about all of them."""
    about: dict[str, list[str]] = {}
    for what, text in lines:
        about.setdefault(text, []).append(what)
    return [("; ".join(dict.fromkeys(whats)), text) for text, whats in about.items()]


def _sheet(book: Any, looks: Looks, banner: str, part: _Part) -> None:
    table, unit_of = part.table.reset_index(drop=True), part.result.unit_of
    kept, same = columns_to_show(table, unit_of)
    kept.sort(key=lambda name: name in _ON_SCREEN)
    measures = measures_of(table)
    hidden = (
        table["suppressed"].astype("boolean").fillna(False).tolist() if "suppressed" in table else [False] * len(table)
    )
    columns = [
        _column(name, table[name].tolist(), [unit_of(name, measure) for measure in measures], hidden) for name in kept
    ]
    frozen = 1 + min((place for place, name in enumerate(kept) if name in ("group", "field", "code")), default=0)
    above = [
        part.title,
        "“hidden” is a number that a rule hides; an empty cell is not known. See Notes.",
        *([f"The same in every row. {'; '.join(same)}."] if same else []),
    ]
    put_table(book, looks, part.sheet, above, columns or [Column("Nothing", [], 20)], banner=banner, frozen=frozen)


def _column(name: str, cells: Sequence[Any], units: Sequence[Unit], hidden: Sequence[bool]) -> Column:
    """Return a column of a result: numbers in their units, hidden ones as the word, the rest as text."""
    shown: list[Any] = []
    for cell, unit, veiled in zip(cells, units, hidden, strict=True):
        if isinstance(cell, int | float | np.number) and not isinstance(cell, bool | np.bool_) and np.isfinite(cell):
            shown.append(float(cell) * (100 if unit == "points" else 1))  # 0.06 is read as 6.0 points
        elif veiled and pd.isna(cell) and name in _HIDDEN:
            shown.append("hidden")
        else:
            shown.append(_text(cell, unit))
    texts = [len(cell) for cell in shown if isinstance(cell, str) and cell != "hidden"]
    header = heading(name) + (" (points)" if "points" in units and set(units) <= {"points"} else "")
    least, most = _TEXT_WIDTH
    width = min(most, max(least, *texts) + 2) if texts else _NUMBER_WIDTH
    number = [_NUMBER.get(unit, _OTHER) for unit in units]
    return Column(header, shown, width, number, name not in _ON_SCREEN, counts=name in _HIDDEN)


def _text(cell: Any, unit: Unit) -> str | None:
    """Return a cell as text; nothing as nothing."""
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None
    if isinstance(cell, float | np.floating):
        return None if cell != cell else "no upper limit" if cell > 0 else "no lower limit"
    if isinstance(cell, bool | np.bool_):
        return "yes" if cell else "no"
    if isinstance(cell, pd.Timestamp):
        return cell.date().isoformat()
    return as_cell(heading(cell) if unit == "name" else str(cell)) or None
