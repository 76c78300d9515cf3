"""The WLMDS demographics workbook as counts: of England, of organisations, of specialties, of an earlier week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.publications.breakdowns import Breakdown, Families, read_breakdowns
from equiwait.counts.publications.sources import changed, day_of
from equiwait.counts.publications.treatment_functions import specialty_code, specialty_name
from equiwait.counts.waits import About, By, Waits, question_name, questions, settled
from equiwait.errors import OptionError, did_you_mean, listed
from equiwait.files.sheets import Sheet

_BANDS = (0, 127, 365)
_EVENTS = ("published_total", "open", "open", "open", "unknown_clock_start")
_DAYS = (None, *_BANDS, None)
_LEVELS = {
    "england": "ALL",
    "provider": "ACUTE TRUST",
    "trust": "ACUTE TRUST",
    "icb": "INTEGRATED CARE BOARD",
}
_STRATA = {"REGION": "region", "INTEGRATED CARE BOARD": "icb", "ACUTE TRUST": "provider"}


@dataclass(frozen=True)
class Wanted:
    """Which rows of which sheets: a family, a level and a code (empty: any), and the column of strata if there are any."""

    words: str
    family: str
    level: str = ""
    code: str = ""
    stratum: str = ""

    def rows(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Say which rows of a sheet are wanted."""
        level = (rows["level"] == self.level).to_numpy() | (not self.level)
        return np.asarray(level & ((rows["id"] == self.code).to_numpy() | (not self.code)), bool)


@dataclass(frozen=True)
class Demographics:
    """A whole workbook, and the day on which its week ends."""

    week: dt.date
    families: Families

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
        return self.of(self._wanted(organisation, level, specialty, week), by)

    def of(self, wanted: Wanted, by: By | None = None) -> Waits:
        """Return the counts of some rows."""
        sheets = self._asked(wanted.family, by)
        asked = tuple((sheet.column,) for sheet in sheets)
        within = (wanted.stratum,) if wanted.stratum else ()
        snapshot = (wanted.family == "Time-Series" and wanted.code) or self.week.isoformat()
        about = About(
            "still_waiting",
            asked,
            within,
            snapshot,
            bands=_BANDS,
            suppression="hes",
            source=f"NHS England, WLMDS demographics, week ending {snapshot}: {wanted.words}",
        )
        return Waits(settled([_counts(sheet, wanted) for sheet in sheets], asked, within), about)

    def _asked(self, family: str, by: By | None) -> list[Breakdown]:
        sheets = {sheet.column: sheet for sheet in self.families[family]}
        asked = [question_name(one) for one in questions(by)] if by is not None else list(sheets)
        unknown = [name for name in asked if name not in sheets]
        if unknown:
            raise OptionError(
                f"The publication does not break this down by {listed(unknown)}.",
                todo=f"Use some of: {listed(sheets)}.",
            )
        return [sheets[name] for name in asked]

    def _wanted(self, organisation: str | None, level: str | None, specialty: str | None, week: object) -> Wanted:
        asked = [week is not None, specialty is not None, organisation is not None or level is not None]
        if sum(asked) > 1:
            raise OptionError(
                "The publication breaks down England by specialty, England by week, and organisations; not two of these at once.",
                todo="Give one of specialty=, week=, or organisation= with level=.",
            )
        if week is not None:
            return self._of_week(week)
        return self._of_specialty(specialty) if specialty is not None else self._of_organisation(organisation, level)

    def _of_week(self, week: object) -> Wanted:
        weeks = self.families["Time-Series"][0].rows["id"]
        day = day_of(week)
        if day is None or day.isoformat() not in set(weeks):
            raise OptionError(
                f"week={week!r} is not a week of the publication.",
                todo=f"Use the last day of one, from {weeks.iloc[0]} to {weeks.iloc[-1]}, written year-month-day.",
            )
        return Wanted("England", "Time-Series", code=day.isoformat())

    def _of_specialty(self, specialty: str) -> Wanted:
        rows = self.families["Treatment-Function"][0].rows
        if specialty == "all":
            return Wanted("England, by specialty", "Treatment-Function", stratum="specialty")
        code = specialty_code(specialty)
        if code not in set(rows["id"]):
            raise OptionError(
                f"specialty={specialty!r} is not in the publication.{did_you_mean(specialty, rows['name'])}",
                todo=f"Use 'all' or one of: {listed(rows['name'], 30)}.",
            )
        return Wanted(f"England, {specialty_name(code)}", "Treatment-Function", code=code)

    def _of_organisation(self, organisation: str | None, level: str | None) -> Wanted:
        rows = self.families["Provider"][0].rows
        here = rows[rows["id"] == organisation.upper()] if organisation is not None else rows
        if here.empty:
            raise OptionError(
                f"organisation={organisation!r} is not in the publication.",
                todo=f"Use level= or a code. {_codes(rows)}.",
            )
        levels = list(here["level"].unique())
        given = levels[0] if level is None else _LEVELS.get(level.lower(), level.upper())
        if given not in levels:
            raise OptionError(
                f"level={level!r} is not a level that is published here.", todo=f"Use one of: {listed(levels)}."
            )
        row = here[here["level"] == given]
        if organisation is not None or given not in _STRATA:
            return Wanted(f"{row['name'].iloc[0]} ({given})", "Provider", given, row["id"].iloc[0])
        return Wanted(f"each {given}", "Provider", given, stratum=_STRATA[given])


def _codes(rows: pd.DataFrame) -> str:
    return "; ".join(f"{level}: {listed(codes, 6)}" for level, codes in rows.groupby("level", sort=False)["id"])


def _counts(sheet: Breakdown, wanted: Wanted) -> pd.DataFrame:
    here = wanted.rows(sheet.rows)
    counts = sheet.counts[here]
    row, group, cell = (axis.ravel() for axis in np.indices(counts.shape))
    labels = (
        sheet.rows.loc[here, "label"].to_numpy(dtype=object) if wanted.stratum else np.array([""] * len(counts), object)
    )
    return pd.DataFrame(
        {
            "by": sheet.column,
            "group": np.array([name for name, _ in sheet.groups], object)[group],
            "known": np.array([known for _, known in sheet.groups], bool)[group],
            "within": labels[row],
            "days": pd.array(list(_DAYS), "Int32")[cell],
            "event": np.array(_EVENTS, object)[cell],
            "people": pd.arrays.IntegerArray(np.nan_to_num(counts).astype(np.int64).ravel(), np.isnan(counts).ravel()),
        }
    )


def read_demographics(file: Path, sheets: Sequence[Sheet]) -> Demographics:
    """Read the whole workbook.

    Raises
    ------
    InputError
        If it is not as published, or does not agree with itself.
    """
    families = read_breakdowns(file, sheets)
    week = next((day_of(sheet.title("Period")) for sheet in sheets if sheet.name == "Provider-Age"), None)
    if week is None or families["Time-Series"][0].rows["id"].iloc[-1] != week.isoformat():
        raise changed(file, "sheet Provider-Age", "No 'Period:' with the week that the time series ends on.")
    return Demographics(week, families)
