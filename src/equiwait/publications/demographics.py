"""The WLMDS demographics workbook: three bands, hidden cells, totals that were rounded by themselves.

Layout, as in the workbook to 25 January 2026: sheets ``Provider-``, ``Treatment-Function-`` and ``Time-Series-`` with a
dimension each; titles in rows 2 to 10; a group in row 13, merged over seven columns that row 14 names; a star for 1 to
7; a footnote under the last row, and stray cells.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.errors import InputError, OptionError, did_you_mean, listed
from equiwait.fields import FIELDS
from equiwait.waits import About, By, Waits, group_named, question_name, questions, settled

from .functions import specialty_code, specialty_name
from .sources import LOOK, Cells, Sheet, changed, day_of, numbers

_SHEET = re.compile(r"(Provider|Treatment-Function|Time-Series)-(Age|Sex|Deprivation|Ethnicity)")
_COLUMN = {"Age": "age_band", "Sex": "sex", "Deprivation": "imd_decile", "Ethnicity": "ethnicity"}
_FAMILIES = {
    "Provider": ("Age", "Sex", "Deprivation", "Ethnicity"),
    "Treatment-Function": ("Age", "Sex", "Deprivation", "Ethnicity"),
    "Time-Series": ("Age", "Sex"),
}
_SEVEN = (
    "Total Waiting List", "Up to 18 weeks", "Over 18 and up to 52 weeks", "Over 52 weeks", "Unknown Clock Start Date",
    "% within 18 weeks*", "% > 52 weeks*",
)  # fmt: skip
_BANDS = (0, 127, 365)
_EVENTS = ("published_total", "open", "open", "open", "unknown_clock_start")
_DAYS = (None, *_BANDS, None)
_AGES = {"0 to 18 years": "0-18", "19 to 64 years": "19-64", "Over 65 years": "65+"}
_LEVELS = {"england": "ALL", "all": "ALL", "provider": "ACUTE TRUST", "trust": "ACUTE TRUST", "icb": "INTEGRATED CARE BOARD"}  # fmt: skip
_STRATA = {"REGION": "region", "INTEGRATED CARE BOARD": "icb", "ACUTE TRUST": "provider"}
_PARTS = {"ALL": ("NHS ACUTE", "INDEPENDENT SECTOR", "OTHER"), "NHS ACUTE": ("ACUTE TRUST",)}


@dataclass(frozen=True)
class Breakdown:
    """One sheet: who its rows are about, its groups, and its counts, rows × groups × five; NaN where hidden."""

    column: str
    rows: pd.DataFrame
    groups: list[tuple[str, bool]]
    counts: NDArray[np.float64]


@dataclass(frozen=True)
class Demographics:
    """A whole workbook."""

    name: str
    week: dt.date
    families: Mapping[str, list[Breakdown]]

    def waits(
        self,
        by: By | None = None,
        *,
        organisation: str | None = None,
        level: str | None = None,
        specialty: str | None = None,
        week: object = None,
    ) -> Waits:
        """Return the counts of one organisation, one level of them, specialties, or one week of England."""
        family, stratum, wanted = self._chosen(organisation, level, specialty, week)
        sheets = self._asked(family, by)
        asked = tuple((sheet.column,) for sheet in sheets)
        within = (stratum,) if stratum else ()
        tables = [_counts(sheet, wanted(sheet.rows), bool(stratum)) for sheet in sheets]
        snapshot = (day_of(week) if week is not None else None) or self.week
        about = About(
            "still_waiting", asked, within, snapshot.isoformat(), bands=_BANDS, suppression="hes",
            source=f"NHS England, WLMDS demographics, week ending {snapshot}: {wanted.words}",
        )  # fmt: skip
        return Waits(settled(tables, asked, within), about)

    def _asked(self, family: str, by: By | None) -> list[Breakdown]:
        sheets = {sheet.column: sheet for sheet in self.families[family]}
        asked = [question_name(one) for one in questions(by)] if by is not None else list(sheets)
        unknown = [name for name in asked if name not in sheets]
        if unknown:
            raise OptionError(
                f"The publication does not break this down by {listed(unknown)}.", todo=f"Use some of: {listed(sheets)}."
            )
        return [sheets[name] for name in asked]

    def _chosen(
        self, organisation: str | None, level: str | None, specialty: str | None, week: object
    ) -> tuple[str, str, _Wanted]:
        """The family of sheets, the column of strata ("" for none), and the rows."""
        others = organisation is not None or level is not None
        if (specialty is not None or week is not None) and (others or (specialty is not None and week is not None)):
            raise OptionError(
                "The publication breaks down England by specialty, England by week, and organisations; not two of these at once.",
                todo="Give one of specialty=, week=, or organisation= with level=.",
            )
        if week is not None:
            return "Time-Series", "", self._week(week)
        if specialty is not None:
            return "Treatment-Function", "specialty" if specialty == "all" else "", self._specialty(specialty)
        wanted = self._organisation(organisation, level)
        return "Provider", "" if organisation or wanted.level not in _STRATA else _STRATA[wanted.level], wanted

    def _week(self, week: object) -> _Wanted:
        rows = self.families["Time-Series"][0].rows
        day = day_of(week)
        if day is None or day.isoformat() not in set(rows["id"]):
            raise OptionError(
                f"week={week!r} is not a week of the publication.",
                todo=f"Use a Sunday from {rows['id'].iloc[0]} to {rows['id'].iloc[-1]}, written year-month-day.",
            )
        return _Wanted("England", "", day.isoformat())

    def _specialty(self, specialty: str) -> _Wanted:
        rows = self.families["Treatment-Function"][0].rows
        if specialty == "all":
            return _Wanted("England, by specialty", "", None)
        code = specialty_code(specialty)
        if code not in set(rows["id"]):
            raise OptionError(
                f"specialty={specialty!r} is not in the publication.{did_you_mean(specialty, rows['name'])}",
                todo=f"Use 'all' or one of: {listed(rows['name'], 30)}.",
            )
        return _Wanted(specialty_name(code), "", code)

    def _organisation(self, organisation: str | None, level: str | None) -> _Wanted:
        rows = self.families["Provider"][0].rows
        here = rows[rows["id"] == organisation.upper()] if organisation is not None else rows
        levels = list(here["level"].unique())
        if not levels:
            raise OptionError(
                f"organisation={organisation!r} is not in the publication.",
                found=f"Codes by level: {'; '.join(f'{name}: {listed(part, 8)}' for name, part in rows.groupby('level', sort=False)['id'])}.",
                todo="Use the code of an organisation, or level= for all of a kind.",
            )
        given = _LEVELS.get(level.lower(), level.upper()) if level is not None else ("ALL" if "ALL" in levels else levels[0])
        if given not in levels:
            raise OptionError(
                f"level={level!r} is not a level of the publication{' that this organisation has' if organisation else ''}.",
                todo=f"Use one of: {listed(levels)}.",
            )
        row = here[here["level"] == given]
        words = f"{row['name'].iloc[0]} ({given})" if len(row) == 1 else f"each {given}"
        return _Wanted(words, given, row["id"].iloc[0] if organisation or len(row) == 1 else None)


@dataclass(frozen=True)
class _Wanted:
    """Which rows of a sheet: of a level, with a code; either may be left open."""

    words: str
    level: str
    code: str | None

    def __call__(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        level = (rows["level"] == self.level).to_numpy() | (not self.level)
        code = (rows["id"] == self.code).to_numpy() | (self.code is None)
        return np.asarray(level & code, bool)


def _counts(sheet: Breakdown, wanted: NDArray[np.bool_], stratified: bool) -> pd.DataFrame:
    counts = sheet.counts[wanted]
    rows, groups, cells = counts.shape
    row, group, cell = (axis.ravel() for axis in np.indices((rows, groups, cells)))
    labels = np.array(sheet.rows.loc[wanted, "label"] if stratified else [""] * rows, object)
    days = pd.array([None if day is None else day for day in _DAYS], "Int32")
    return pd.DataFrame({
        "by": sheet.column,
        "group": np.array([name for name, _ in sheet.groups], object)[group],
        "known": np.array([known for _, known in sheet.groups], bool)[group],
        "within": labels[row],
        "days": days[cell],
        "event": np.array(_EVENTS, object)[cell],
        "people": pd.array(counts.ravel(), "Float64").astype("Int64"),
    })  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------------


def is_demographics(sheets: Sequence[Sheet]) -> bool:
    """Whether a workbook is this publication."""
    return any(_SHEET.fullmatch(sheet.name) for sheet in sheets)


def read_demographics(file: Path, sheets: Sequence[Sheet]) -> Demographics:
    """Read the whole workbook.

    Raises
    ------
    InputError
        If a sheet is missing, a header is not as published, or the numbers do not agree with each other.
    """
    named = {sheet.name: sheet for sheet in sheets}
    wanted = [f"{family}-{dimension}" for family, dimensions in _FAMILIES.items() for dimension in dimensions]
    missing = [name for name in wanted if name not in named]
    if missing:
        raise changed(file, "", f"No sheet {listed(missing)}.")
    families = {
        family: [_breakdown(file, named[f"{family}-{dimension}"], dimension) for dimension in dimensions]
        for family, dimensions in _FAMILIES.items()
    }
    week = day_of(named["Provider-Age"].title("Period"))
    if week is None:
        raise changed(file, "sheet Provider-Age", "No 'Period:' with the day on which the week ends.")
    return Demographics(file.name, week, families)


def _breakdown(file: Path, sheet: Sheet, dimension: str) -> Breakdown:
    head = next((place for place, row in enumerate(sheet.cells[:LOOK]) if _SEVEN[0] in row), 0)
    top = sheet.cells[head - 1] if head else []
    starts = [place for place, cell in enumerate(top) if str(cell).startswith("Incomplete Pathways - ")]
    if not starts or any(tuple(map(_trimmed, sheet.cells[head][place : place + 7])) != _SEVEN for place in starts):
        raise changed(file, f"sheet {sheet.name}", f"The two header rows are not as published: {', '.join(_SEVEN)}.")
    body = [row for row in sheet.cells[head + 1 :] if _trimmed(row[starts[0]]) != ""]
    column = _COLUMN[dimension]
    groups = [_group(file, sheet, column, str(top[place]).removeprefix("Incomplete Pathways - ")) for place in starts]
    places = [place + offset for place in starts for offset in range(7)]
    _refuse_odd_cells(file, sheet, body, places)
    cells = numbers(body, places).reshape(len(body), len(starts), 7)
    rows = _rows(top, body, starts[0])
    found = Breakdown(column, rows, groups, cells[..., :5])
    _refuse_other_shares(file, sheet, cells)
    _refuse_missing_rows(file, sheet, found)
    return found


def _trimmed(cell: Any) -> str:
    return str(cell).strip()


def _rows(top: Sequence[Any], body: Cells, end: int) -> pd.DataFrame:
    """Who each row is about: a code, a name, a level, and the label of its stratum."""
    heads = [_trimmed(cell) for cell in top[:end]]
    text = {head: [row[place] for row in body] for place, head in enumerate(heads) if head}
    if "Organisation Code" in text:
        codes, names = map(list, (text["Organisation Code"], text["Organisation Name"]))
        return pd.DataFrame({
            "id": codes, "name": names, "level": text["Organisation Type"],
            "label": [f"{code}: {name}" for code, name in zip(codes, names, strict=True)],
        })  # fmt: skip
    if "Week Ending" in text:
        weeks = [str(day_of(cell)) for cell in text["Week Ending"]]
        return pd.DataFrame({"id": weeks, "name": weeks, "level": "", "label": weeks})
    names = [_trimmed(cell) for cell in text["Treatment Function Name"]]
    codes = [specialty_code(name) for name in names]
    return pd.DataFrame({"id": codes, "name": names, "level": "", "label": [specialty_name(code) for code in codes]})


def _group(file: Path, sheet: Sheet, column: str, words: str) -> tuple[str, bool]:
    """What the people of a published group are called here."""
    value = {
        "age_band": lambda: _AGES.get(words),
        "sex": lambda: FIELDS["sex"].read(words),
        "imd_decile": lambda: words.removeprefix("IMD ") if re.fullmatch(r"IMD ([1-9]|10)", words) else None,
        "ethnicity": lambda: FIELDS["ethnicity"].read(words.split(":")[0]),
    }[column]()
    if value is None:
        raise InputError(
            f"The sheet {sheet.name} of '{file.name}' has a group that is not known: {words!r}.",
            todo="If the publication has changed its groups, this version cannot read it.",
        )
    return group_named(column, value)


# --- does the workbook agree with itself -----------------------------------------------------------------------------


def _refuse_odd_cells(file: Path, sheet: Sheet, body: Cells, places: Sequence[int]) -> None:
    """A count is a number or a star; a share is a number or empty."""
    counts = [place for number, place in enumerate(places) if number % 7 < 5]
    odd = sum(1 for row in body for place in counts if not isinstance(row[place], int | float) and _trimmed(row[place]) != "*")  # fmt: skip
    if not body or odd:
        what = f"{odd} counts that are neither a number nor a star." if body else "No rows under the headers."
        raise changed(file, f"sheet {sheet.name}", what)


def _refuse_other_shares(file: Path, sheet: Sheet, cells: NDArray[np.float64]) -> None:
    """Each published share is its count over the published total; each total is its parts, but for rounding."""
    total, parts = cells[..., 0], cells[..., 1:5]
    with np.errstate(invalid="ignore", divide="ignore"):
        ours = np.where(total[..., None] > 0, cells[..., [1, 3]] / total[..., None], np.nan)
    other = ~np.isclose(ours, cells[..., 5:7], rtol=0, atol=1e-9, equal_nan=True)
    hidden = np.isnan(parts).sum(-1)
    apart = np.abs(total - np.nansum(parts, -1)) > _slack(4, hidden)
    if other.any() or apart.any():
        what = f"{int(other.sum())} shares that are not their counts divided, {int(apart.sum())} totals that are not their parts."
        raise changed(file, f"sheet {sheet.name}", what)


def _refuse_missing_rows(file: Path, sheet: Sheet, found: Breakdown) -> None:
    """England is the sum of its providers, but for rounding and hidden counts; a row that is missing shows here."""
    level, total = found.rows["level"].to_numpy(), found.counts[..., 0]
    for whole, parts in [*_PARTS.items(), ("NHS ACUTE", ("REGION",)), ("NHS ACUTE", ("INTEGRATED CARE BOARD",))]:
        one, many = total[level == whole], total[np.isin(level, parts)]
        if not level.any():
            return
        apart = np.abs(one.sum(0) - np.nansum(many, 0)) > _slack(len(many), np.isnan(many).sum(0))
        if len(one) != 1 or not len(many) or apart.any():
            raise changed(file, f"sheet {sheet.name}", f"{listed(parts)} do not add up to {whole}: rows are missing.")


def _slack(parts: int, hidden: NDArray[np.intp]) -> NDArray[np.float64]:
    """How far a rounded total may stand from its rounded parts: 2½ each, and up to 7 for each that is hidden."""
    return 2.5 * (parts + 1 - hidden) + 7.0 * hidden
