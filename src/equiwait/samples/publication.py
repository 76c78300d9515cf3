"""An invented publication in the layout of NHS England's demographics workbook: a small country, so that it is nobody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
from numpy.typing import NDArray

__all__ = ["save_publication"]

_WEEK = dt.date(2026, 10, 31)
_GROUPS = {
    "Age": ("0 to 18 years", "19 to 64 years", "Over 65 years"),
    "Sex": ("Female", "Male"),
    "Deprivation": tuple(f"IMD {decile}" for decile in range(1, 11)),
    "Ethnicity": (
        "A: British", "B: Irish", "C: Any other white background", "D: White and Black Caribbean", "E: White and Black African",
        "F: White and Asian", "G: Any other mixed background", "H: Indian", "J: Pakistani", "K: Bangladeshi",
        "L: Any other Asian background", "M: Caribbean", "N: African", "P: Any other Black background", "R: Chinese",
        "S: Any other ethnic group", "Z: Not stated", "99: Not known",
    ),
}  # fmt: skip
_SHARES = {
    "Age": (12, 54, 34),
    "Sex": (56, 44),
    "Deprivation": (13, 12, 11, 11, 10, 10, 9, 9, 8, 7),
    "Ethnicity": (60, 1, 5, 1, 0.5, 0.5, 1, 4, 6, 3, 3, 2, 3, 1, 1, 2, 4, 2),
}
_OVER_18 = {  # of the people of each group, in percent
    "Age": (39, 41, 38),
    "Sex": (41, 39),
    "Deprivation": (46, 45, 43, 42, 41, 40, 38, 37, 36, 35),
    "Ethnicity": (39, 39, 40, 41, 41, 40, 41, 41, 46, 45, 42, 43, 45, 43, 38, 41, 40, 42),
}
_OVER_52_OF_OVER_18 = 0.08
_UNKNOWN = 0.004
_ORGANISATIONS = (("EQ0", 0.55), ("EQ1", 0.36), ("independent", 0.06), ("other", 0.03))
_FUNCTIONS = (("General Surgery Service", 0.45), ("Trauma and Orthopaedic Service", 0.55))
_PEOPLE = 40_000
_ROWS = (  # code, name, level, and the organisations that it is the sum of
    ("ENG", "ENGLAND (INVENTED)", "ALL", (0, 1, 2, 3)),
    ("-", "NHS ACUTE TRUSTS", "NHS ACUTE", (0, 1)),
    ("-", "INDEPENDENT SECTOR", "INDEPENDENT SECTOR", (2,)),
    ("-", "OTHER PROVIDERS", "OTHER", (3,)),
    ("YEQ", "THE COAST", "REGION", (0, 1)),
    ("QEQ", "EASTQUAY BOARD", "INTEGRATED CARE BOARD", (0,)),
    ("QER", "WESTQUAY BOARD", "INTEGRATED CARE BOARD", (1,)),
    ("EQ0", "EASTQUAY HOSPITALS", "ACUTE TRUST", (0,)),
    ("EQ1", "WESTQUAY HOSPITALS", "ACUTE TRUST", (1,)),
)
_SEVEN = (
    "Total Waiting List", "Up to 18 weeks", "Over 18 and up to 52 weeks", "Over 52 weeks", "Unknown Clock Start Date",
    "% within 18 weeks*", "% > 52 weeks*",
)  # fmt: skip


def save_publication(path: Path, written: dt.datetime) -> Path:
    """Write the workbook: ten sheets that add up, as the real one's do, every number a multiple of 5."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"})
    book.set_properties({"created": written, "title": "An invented publication"})
    for dimension in _GROUPS:
        cells = _cells(dimension)
        if dimension in ("Age", "Sex"):
            weeks = [((_WEEK - dt.timedelta(weeks=ago),), _week(cells, ago)) for ago in (2, 1, 0)]
            _sheet(book, f"Time-Series-{dimension}", dimension, ("Week Ending",), weeks)
        heads = ("Organisation Code", "Organisation Name", "Organisation Type")
        rows = [((code, name, level), cells[list(parts)].sum((0, 1))) for code, name, level, parts in _ROWS]
        _sheet(book, f"Provider-{dimension}", dimension, heads, rows)
        functions = [((name,), cells[:, place].sum(0)) for place, (name, _) in enumerate(_FUNCTIONS)]
        _sheet(book, f"Treatment-Function-{dimension}", dimension, ("Treatment Function Name",), functions)
    book.close()
    return path


def _cells(dimension: str) -> NDArray[np.int64]:
    """People by organisation, function, group and the four: up to 18 weeks, to 52, over, and no known start."""
    people = _PEOPLE * np.array(_SHARES[dimension]) / sum(_SHARES[dimension])
    over_18 = np.array(_OVER_18[dimension]) / 100
    parts = np.stack([1 - over_18, over_18 * (1 - _OVER_52_OF_OVER_18), over_18 * _OVER_52_OF_OVER_18], -1)
    four = np.concatenate([parts * (1 - _UNKNOWN), np.full((len(people), 1), _UNKNOWN)], -1)
    organisations, functions = (np.array([share for _, share in each]) for each in (_ORGANISATIONS, _FUNCTIONS))
    exact = organisations[:, None, None, None] * functions[:, None, None] * people[:, None] * four
    return np.asarray(np.rint(exact / 5).astype(np.int64) * 5)


def _week(cells: NDArray[np.int64], ago: int) -> NDArray[np.int64]:
    """The whole country so many weeks earlier: a little longer then; the last week is that of the other sheets."""
    return np.asarray(np.rint(cells.sum((0, 1)) * (1 + 0.01 * ago) / 5).astype(np.int64) * 5)


def _sheet(
    book: Any, name: str, dimension: str, heads: Sequence[str], rows: Sequence[tuple[tuple[Any, ...], Any]]
) -> None:
    sheet = book.add_worksheet(name)
    about = (
        ("Title:", "INVENTED, in the layout of the WLMDS demographics"),
        ("Period:", f"Week ending {_WEEK.day} {_WEEK:%B %Y}"),
        ("Source:", "Nobody"),
    )
    for row, (label, text) in enumerate(about, 1):
        sheet.write_string(row, 1, label)
        sheet.write_string(row, 2, text)
    top = 12
    for place, head in enumerate(heads, 1):
        sheet.write_string(top, place, head)
    for place, group in enumerate(_GROUPS[dimension]):
        first = len(heads) + 1 + 7 * place
        sheet.write_string(top, first, f"Incomplete Pathways - {group}")
        for column, title in enumerate(_SEVEN, first):
            sheet.write_string(top + 1, column, title)
    for row, (about_row, four) in enumerate(rows, top + 2):
        for place, cell in enumerate(about_row, 1):
            (sheet.write_datetime if isinstance(cell, dt.date) else sheet.write_string)(row, place, cell)
        for place, number in enumerate(_sevens(four), len(heads) + 1):
            if number is not None:
                sheet.write_number(row, place, number)


def _sevens(four: NDArray[np.int64]) -> Iterator[float | None]:
    """Each group's total, its four parts, and the two shares of the total; of nobody there is no share."""
    for within, later, longest, unknown in four.tolist():
        total = within + later + longest + unknown
        yield from (total, within, later, longest, unknown)
        yield from (within / total, longest / total) if total else (None, None)
