"""The sheets of the WLMDS demographics workbook, read and checked against each other.

Layout, as in the workbook to 25 January 2026: sheets ``Provider-``, ``Treatment-Function-`` and ``Time-Series-`` with a
dimension each; titles in rows 2 to 10; a group in row 13, merged over seven columns that row 14 names; a star for 1 to
7; a footnote under the last row, and stray cells. ``Submission-DQ`` names trusts that sent nothing for a dimension.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.publications.sources import HIDDEN, changed, counts_in, day_of
from equiwait.counts.publications.treatment_functions import specialty_code, specialty_name
from equiwait.counts.waits import group_named
from equiwait.errors import InputError, listed
from equiwait.fields import FIELDS
from equiwait.files.sheets import LOOK, Cells, Sheet

Families = Mapping[str, list["Breakdown"]]

_COLUMN = {"Age": "age_band", "Sex": "sex", "Deprivation": "imd_decile", "Ethnicity": "ethnicity"}
_FAMILIES = {
    "Provider": ("Age", "Sex", "Deprivation", "Ethnicity"),
    "Treatment-Function": ("Age", "Sex", "Deprivation", "Ethnicity"),
    "Time-Series": ("Age", "Sex"),
}
_SHEETS = {f"{family}-{dimension}": (family, dimension) for family, every in _FAMILIES.items() for dimension in every}
_SEVEN = (
    "Total Waiting List",
    "Up to 18 weeks",
    "Over 18 and up to 52 weeks",
    "Over 52 weeks",
    "Unknown Clock Start Date",
    "% within 18 weeks*",
    "% > 52 weeks*",
)
_AGES = {"0 to 18 years": "0-18", "19 to 64 years": "19-64", "Over 65 years": "65+"}
_WHOLES: Mapping[str, Sequence[tuple[str, ...]]] = {
    "ALL": [("NHS ACUTE", "INDEPENDENT SECTOR", "OTHER")],
    "NHS ACUTE": [("ACUTE TRUST",), ("INTEGRATED CARE BOARD",), ("REGION",)],
}


@dataclass(frozen=True, eq=False)
class Breakdown:
    """One sheet: who its rows are about, its groups, and its counts, rows × groups × five; NaN where hidden.

    The five are the total, the three bands, and people with an unknown clock start.
    """

    sheet: str
    column: str
    rows: pd.DataFrame
    groups: list[tuple[str, bool]]
    counts: NDArray[np.float64]

    def of_level(self, *levels: str) -> NDArray[np.float64]:
        """The counts of organisations of some levels."""
        return self.counts[self.rows["level"].isin(levels).to_numpy()]


def is_demographics(sheets: Sequence[Sheet]) -> bool:
    """Whether a workbook is this publication."""
    return any(sheet.name in _SHEETS for sheet in sheets)


def read_breakdowns(file: Path, sheets: Sequence[Sheet]) -> Families:
    """Read every sheet of counts, by family.

    Raises
    ------
    InputError
        If a sheet is missing, a header is not as published, or the numbers do not agree with each other.
    """
    named = {sheet.name: sheet for sheet in sheets}
    missing = [name for name in _SHEETS if name not in named]
    if missing:
        raise changed(file, "", f"No sheet {listed(missing)}.")
    silent = _not_submitted(named.get("Submission-DQ"))
    families: dict[str, list[Breakdown]] = {family: [] for family in _FAMILIES}
    for name, (family, dimension) in _SHEETS.items():
        found = _breakdown(file, named[name], dimension)
        families[family].append(_without_silent(found, silent.get(dimension, set())))
    _refuse_other_england(file, families)
    return families


# --- one sheet -------------------------------------------------------------------------------------------------------


def _breakdown(file: Path, sheet: Sheet, dimension: str) -> Breakdown:
    cells = sheet.cells()
    head = next((place for place, row in enumerate(cells[:LOOK]) if _SEVEN[0] in row), 0)
    top = cells[head - 1] if head else []
    starts = [place for place, cell in enumerate(top) if str(cell).startswith("Incomplete Pathways - ")]
    if not starts or any(tuple(map(_trimmed, cells[head][place : place + 7])) != _SEVEN for place in starts):
        raise changed(file, f"sheet {sheet.name}", f"The two header rows are not as published: {', '.join(_SEVEN)}.")
    body = [row for row in cells[head + 1 :] if _trimmed(row[starts[0]]) != ""]
    column = _COLUMN[dimension]
    groups = [_group(file, sheet, column, str(top[place]).removeprefix("Incomplete Pathways - ")) for place in starts]
    sevens = np.array([[row[place : place + 7] for place in starts] for row in body], object)
    numbers = _numbers(file, sheet, sevens)
    found = Breakdown(sheet.name, column, _rows(top, body, starts[0]), groups, numbers[..., :5])
    _refuse_other_shares(file, sheet, numbers)
    _refuse_missing_rows(file, found)
    return found


def _trimmed(cell: Any) -> str:
    return str(cell).strip()


def _numbers(file: Path, sheet: Sheet, cells: NDArray[Any]) -> NDArray[np.float64]:
    """A count is a number or a star, a share a number or empty; anything else was not published."""
    if not cells.size:
        raise changed(file, f"sheet {sheet.name}", "No rows under the headers.")
    numbers = counts_in(pd.DataFrame(cells.reshape(len(cells), -1))).reshape(cells.shape)
    odd = np.isnan(numbers[..., :5]) & (cells[..., :5] != HIDDEN)
    if odd.any():
        raise changed(file, f"sheet {sheet.name}", f"{int(odd.sum())} counts that are neither a number nor a star.")
    return numbers


def _rows(top: Sequence[Any], body: Cells, end: int) -> pd.DataFrame:
    """Who each row is about: a code, a name, a level, and the label of its stratum."""
    heads = [_trimmed(cell) for cell in top[:end]]
    text = {head: [row[place] for row in body] for place, head in enumerate(heads) if head}
    if "Organisation Code" in text:
        codes, names = text["Organisation Code"], text["Organisation Name"]
        labels = [f"{code}: {name}" for code, name in zip(codes, names, strict=True)]
        return pd.DataFrame({"id": codes, "name": names, "level": text["Organisation Type"], "label": labels})
    if "Week Ending" in text:
        weeks = [str(day_of(cell)) for cell in text["Week Ending"]]
        return pd.DataFrame({"id": weeks, "name": weeks, "level": "", "label": weeks})
    names = [_trimmed(cell) for cell in text["Treatment Function Name"]]
    codes = [specialty_code(name) for name in names]
    return pd.DataFrame({"id": codes, "name": names, "level": "", "label": [specialty_name(code) for code in codes]})


def _group(file: Path, sheet: Sheet, column: str, words: str) -> tuple[str, bool]:
    """What the people of a published group are called here."""
    decile = re.fullmatch(r"IMD ([1-9]|10)", words)
    value = {
        "age_band": _AGES.get(words),
        "sex": FIELDS["sex"].read(words),
        "imd_decile": decile[1] if decile else None,
        "ethnicity": FIELDS["ethnicity"].read(words.split(":")[0]),
    }[column]
    if value is None:
        raise InputError(
            f"The sheet {sheet.name} of '{file.name}' has a group that is not known: {words!r}.",
            todo="If the publication has changed its groups, this version cannot read it.",
        )
    return group_named(column, value)


# --- trusts that sent nothing ----------------------------------------------------------------------------------------


def _not_submitted(sheet: Sheet | None) -> dict[str, set[str]]:
    """For each dimension, the codes of the organisations that are said to be missing from it."""
    silent: dict[str, set[str]] = {dimension: set() for dimension in _COLUMN}
    for row in sheet.cells() if sheet else []:
        issue = " ".join(map(_trimmed, row)).lower()
        for dimension in _COLUMN:
            if "missing" in issue and dimension.lower() in issue:
                silent[dimension] |= {_trimmed(cell) for cell in row if re.fullmatch(r"[A-Z0-9]{3,5}", _trimmed(cell))}
    return silent


def _without_silent(found: Breakdown, silent: set[str]) -> Breakdown:
    """Noughts of a trust that sent nothing are not people counted: they become missing."""
    named = found.rows["id"].isin(silent).to_numpy() & (np.nan_to_num(found.counts).sum((1, 2)) == 0)
    return replace(found, counts=np.where(named[:, None, None], np.nan, found.counts))


# --- does the workbook agree with itself -----------------------------------------------------------------------------


def _refuse_other_shares(file: Path, sheet: Sheet, numbers: NDArray[np.float64]) -> None:
    """Each published share is its count over the published total; each total is its parts, but for rounding."""
    total, parts = numbers[..., 0], numbers[..., 1:5]
    with np.errstate(invalid="ignore", divide="ignore"):
        ours = np.where(total[..., None] > 0, numbers[..., [1, 3]] / total[..., None], np.nan)
    other = ~np.isclose(ours, numbers[..., 5:7], rtol=0, atol=1e-9, equal_nan=True)
    apart = np.abs(total - np.nansum(parts, -1)) > _slack(4, np.isnan(parts).sum(-1))
    if other.any() or apart.any():
        shares, totals = int(other.sum()), int(apart.sum())
        what = (
            f"{shares} shares that are not their counts divided, {totals} totals that are not the sum of their parts."
        )
        raise changed(file, f"sheet {sheet.name}", what)


def _refuse_missing_rows(file: Path, found: Breakdown) -> None:
    """England is the sum of its providers, boards and regions, but for rounding; a row that is missing shows here."""
    if not found.rows["level"].any():
        return
    for whole, every in _WHOLES.items():
        one = found.of_level(whole)
        for parts in every:
            if len(one) != 1 or _apart(one[0], found.of_level(*parts)):
                what = f"{listed(parts)} do not add up to {whole}: rows are missing, or were changed."
                raise changed(file, f"sheet {found.sheet}", what)


def _refuse_other_england(file: Path, families: Families) -> None:
    """All of England is the sum of its treatment functions, and the last week of the series."""
    for here, functions in zip(families["Provider"], families["Treatment-Function"], strict=True):
        if _apart(here.of_level("ALL")[0], functions.counts):
            raise changed(
                file, f"sheet {functions.sheet}", "The treatment functions do not add up to England: rows are missing."
            )
    for here, weeks in zip(families["Provider"], families["Time-Series"], strict=False):
        if not np.array_equal(here.of_level("ALL")[0], weeks.counts[-1], equal_nan=True):
            raise changed(
                file, f"sheet {weeks.sheet}", "The last week is not that of the other sheets: rows are missing."
            )


def _apart(whole: NDArray[np.float64], parts: NDArray[np.float64]) -> bool:
    far = np.abs(whole - np.nansum(parts, 0)) > _slack(len(parts), np.isnan(parts).sum(0))
    return bool(far.any()) or not len(parts)


def _slack(parts: int, hidden: NDArray[np.intp]) -> NDArray[np.float64]:
    """How far a rounded total may stand from its rounded parts: 2½ each, and up to 7 for each that is hidden."""
    return 2.5 * (parts + 1 - hidden) + 7.0 * hidden
