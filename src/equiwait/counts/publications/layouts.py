"""The layouts in which monthly RTT tables come, each read into `Pathways`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.publications.pathways import Pathways, agreed, refuse_other_part, refuse_other_total
from equiwait.counts.publications.sources import changed, counts_in, hidden_in, month_of, unread_in
from equiwait.counts.publications.treatment_functions import specialty_code
from equiwait.errors import InputError, OptionError, listed
from equiwait.files.sheets import LOOK, Sheet

_EXTRACT_PARTS = {
    "Part_1A": "admitted",
    "Part_1B": "non_admitted",
    "Part_2": "incomplete",
    "Part_2A": "incomplete_with_dta",
    "Part_3": "new_periods",
}
_EXTRACT_IDS = {
    "provider": ("Provider Org Code", "Provider Org Name"),
    "provider_parent": ("Provider Parent Org Code", "Provider Parent Name"),
    "commissioner": ("Commissioner Org Code", "Commissioner Org Name"),
    "commissioner_parent": ("Commissioner Parent Org Code", "Commissioner Parent Name"),
    "specialty": ("Treatment Function Code", "Treatment Function Name"),
}
_CODES = {"provider": "Provider", "commissioner": "Commissioner", "region": "Region"}
_OLDER_CODES = {
    "provider": ("Org",),
    "commissioner": ("CCG", "ICB", "Sub ICB Location", "System", "Org"),
    "region": ("Area Team",),
}


@dataclass(frozen=True, eq=False)
class Table:
    """A sheet below its titles: headers, and rows under them; empty rows and footnotes left out."""

    heads: list[str]
    rows: pd.DataFrame

    def column(self, name: str) -> list[str]:
        """The cells of one column as text."""
        place, cells = pd.factorize(self.rows.iloc[:, self.heads.index(name)])
        texts = [*(str(cell).strip() for cell in cells), ""]
        return [texts[one] for one in place.tolist()]

    def numbers(self, names: Sequence[str]) -> NDArray[np.float64]:
        """The counts of some columns, rows × columns."""
        return counts_in(self._cells(names))

    def bands(self, file: Path, names: Sequence[str], *, may_lack: bool = True) -> NDArray[np.float64]:
        """The counts of bands: 0 for nobody, NaN where some are hidden, or where a row ``may_lack`` all of them and does."""
        cells = self._cells(names)
        if unread_in(cells):
            raise changed(file, "", f"{unread_in(cells):,} counts that are neither a number, nor a dash, nor a star.")
        counts, hidden = counts_in(cells), hidden_in(cells)
        has = (~np.isnan(counts) | hidden).any(1, keepdims=True) | (not may_lack)
        return np.where(np.isnan(counts) & ~hidden & has, 0, counts)

    def totals(self, file: Path, name: str) -> NDArray[np.float64]:
        """The totals of rows: 0 for nobody, NaN where hidden."""
        return self.bands(file, [name], may_lack=False)[:, 0]

    def where(self, rows: Sequence[bool]) -> Table:
        """The same columns, some rows only."""
        return Table(self.heads, self.rows[list(rows)])

    def _cells(self, names: Sequence[str]) -> pd.DataFrame:
        return self.rows.iloc[:, [self.heads.index(name) for name in names]]

    def first(self, *names: str) -> str | None:
        """The first of these headers that the table has."""
        return next((name for name in names if name in self.heads), None)


def table_of(sheet: Sheet, marks: Callable[[set[str]], bool]) -> Table | None:
    """Return the table of a sheet whose header row ``marks`` knows, or None."""
    for place, row in enumerate(sheet.cells(LOOK)):
        heads = [re.sub(r"\s+", " ", str(cell)).strip() for cell in row]
        if marks(set(heads)):
            width = max(position for position, head in enumerate(heads) if head) + 1
            body = sheet.frame.iloc[place + 1 :, :width]
            return Table(heads[:width], body[(body != "").sum(axis=1) > 2])
    return None


def _weekly(file: Path, heads: Sequence[str], pattern: str, last: str) -> tuple[list[str], tuple[int, ...]]:
    """The headers of weekly bands in order, and the first day of each; a band that is missing is refused."""
    weeks = {int(found[1]): head for head in heads if (found := re.fullmatch(pattern, head))}
    tops = {int(found[1]): head for head in heads if (found := re.fullmatch(last, head))}
    whole = list(range(len(weeks)))
    if sorted(weeks) != whole or list(tops) != [len(weeks)] or len(weeks) not in (52, 104):
        what = f"{len(weeks)} weekly bands and {len(tops)} open ones; 52 or 104 are published, and one open band after them."
        raise changed(file, "", what)
    return [*(weeks[week] for week in whole), tops[len(weeks)]], first_days(len(weeks) + 1)


def first_days(bands: int) -> tuple[int, ...]:
    """Return the first day of each weekly band: (k, k + 1] weeks begins on day 7k + 1, the first on day 0.

    Examples
    --------
    >>> first_days(4)
    (0, 8, 15, 22)
    """
    return (0, *(7 * week + 1 for week in range(1, bands)))


def _pathways(
    file: Path, part: str, month: dt.date, table: Table, columns: Mapping[str, tuple[str, str]], bands: tuple[int, ...],
    counts: NDArray[np.float64], unknown: NDArray[np.float64] | None, everyone: NDArray[np.float64] | None,
) -> Pathways:  # fmt: skip
    codes = {level: table.column(code) for level, (code, _) in columns.items()}
    names = {
        level: dict(zip(codes[level], table.column(name), strict=True))
        for level, (_, name) in columns.items()
        if name in table.heads
    }
    codes["specialty"] = [specialty_code(code) for code in codes["specialty"]]
    missing = np.zeros(len(counts)) if unknown is None else np.nan_to_num(unknown)
    totals = np.where(np.isnan(counts).all(1), 0, counts.sum(1)) + missing if everyone is None else everyone
    note = "" if everyone is not None else "; the file has no totals of its own to check against"
    return Pathways(file, part, month, pd.DataFrame(codes), names, bands, counts, missing, totals, note)


def _month(file: Path, text: object) -> dt.date:
    month = month_of(text)
    if month is None:
        raise changed(file, "", "No month that the table is about.")
    return month


def _one_month(file: Path, table: Table, head: str, asked: object) -> tuple[Table, dt.date]:
    """The rows of one month, and its last day; where there are several, the one that is asked for."""
    cells = table.column(head)
    month_by = {cell: _month(file, cell) for cell in dict.fromkeys(cells)}
    months = sorted(set(month_by.values()))
    wanted = months[0] if asked is None and len(months) == 1 else chosen_month(file, months, asked)
    return table.where([month_by[cell] == wanted for cell in cells]), wanted


def chosen_month(file: Path, months: Sequence[dt.date], asked: object) -> dt.date:
    """Return the month that is asked for; refuse to add several up, and one that is not there."""
    there = f"{months[0]:%Y-%m} to {months[-1]:%Y-%m}" if len(months) > 6 else listed(f"{one:%Y-%m}" for one in months)
    if asked is None:
        raise OptionError(
            f"'{file.name}' holds {len(months)} months: added up they would count people several times.",
            found=f"Months: {there}.",
            todo=f"Say which with month='{months[-1]:%Y-%m}'.",
        )
    wanted = month_of(asked)
    if wanted is None or wanted not in months:
        raise OptionError(f"month={asked!r} is not in this file.", todo=f"It holds: {there}. Write month='2026-03'.")
    return wanted


# --- the full extract ------------------------------------------------------------------------------------------------


def is_extract(heads: set[str]) -> bool:
    """Whether a row is the header of the full extract."""
    first = {"Gt 00 To 01 Weeks SUM 1", "Gt 00 To 01 Weeks"}
    return {"RTT Part Type", "Treatment Function Code", "Period"} <= heads and bool(first & heads)


def read_extract(file: Path, table: Table, part: str, month: object) -> Pathways:
    """Read one part of the full extract: 121 columns, or fewer where the open band is over 52 weeks."""
    there = [_EXTRACT_PARTS.get(one, one) for one in dict.fromkeys(table.column("RTT Part Type"))]
    refuse_other_part(part, [one for one in there if one != "new_periods"] or ["new_periods"])
    here = [_EXTRACT_PARTS.get(one) == part for one in table.column("RTT Part Type")]
    wanted, when = _one_month(file, table.where(here), "Period", month)
    heads, bands = _weekly(file, table.heads, r"Gt (\d+) To \d+ Weeks(?: SUM 1)?", r"Gt (\d+) Weeks(?: SUM 1)?")
    counts = wanted.bands(file, heads)
    unknown = wanted.numbers([_UNKNOWN])[:, 0] if _UNKNOWN in table.heads else None
    columns = {level: names for level, names in _EXTRACT_IDS.items() if names[0] in table.heads}
    everyone = wanted.numbers(["Total All"])[:, 0] if "Total All" in table.heads else None
    return agreed(_pathways(file, part, when, wanted, columns, bands, counts, unknown, everyone))


# --- the workbooks ---------------------------------------------------------------------------------------------------

_TOTALS = {
    "incomplete": ("Total number of incomplete pathways",),
    "incomplete_with_dta": (
        "Total number of incomplete pathways with a decision to admit for treatment",
        "Total number of incomplete pathways with a decision to admit",
    ),
}
_COMPLETED_TOTALS = ("Total number of completed pathways (all)", "Total number of completed pathways")
_UNKNOWN = "Patients with unknown clock start date"


def is_workbook_table(heads: set[str]) -> bool:
    """Whether a row is the header of a provider or commissioner workbook: bands such as ``>0-1`` beside functions."""
    return bool({">0-1", "> 0-1"} & heads) and bool({"Treatment Function Code", "Treatment Function"} & heads)


def read_workbook(file: Path, sheets: Sequence[Sheet], part: str, sheet: str | None) -> Pathways | None:
    """Read the sheet of a workbook that holds a part; None if no sheet looks like one."""
    tables = {one: table for one in sheets if (table := table_of(one, is_workbook_table))}
    if not tables:
        return None
    parts = {one: _part_of(one, table) for one, table in tables.items()}
    _refuse_sheet_of_other_part(sheet, {one.name: has for one, has in parts.items()}, part)
    refuse_other_part(part, list(dict.fromkeys(parts.values())))
    here = [one for one, has in parts.items() if has == part]
    national = [one for one in here if not _organisations(tables[one])]
    chosen = _chosen([one for one in here if one not in national] or here, sheet)
    read = {one: _read_sheet(file, one, tables[one], part) for one in here if one is chosen or one not in national}
    for one in national if chosen not in national else []:
        refuse_other_total(_read_sheet(file, one, tables[one], part), list(read.values()), read[chosen], one.name)
    others = [one.name for one in read if one is not chosen]
    apart = f"; sheet {chosen.name} alone, beside {listed(others)}" if others else ""
    return replace(read[chosen], note=read[chosen].note + apart)


def _refuse_sheet_of_other_part(sheet: str | None, parts: Mapping[str, str], part: str) -> None:
    if sheet is not None and parts.get(sheet, part) != part:
        raise OptionError(
            f"sheet={sheet!r} does not hold part={part!r}.",
            todo=f"It holds: {parts[sheet]}. Say part={parts[sheet]!r}.",
        )


def _part_of(sheet: Sheet, table: Table) -> str:
    for part, totals in reversed(_TOTALS.items()):
        if table.first(*totals):
            return part
    words = f"{sheet.title('Summary')} {sheet.name}".lower()
    return "non_admitted" if "non-admitted" in words or "nonadmitted" in words else "admitted"


def _chosen(sheets: Sequence[Sheet], name: str | None) -> Sheet:
    """The sheet that is named; else the only one; else the publication's main one."""
    for one in sheets:
        if one.name == name or (name is None and (len(sheets) == 1 or one.name in ("Provider", "Commissioner"))):
            return one
    raise OptionError(
        f"sheet={name!r} is not a sheet of this part." if name else "Several sheets hold this part.",
        todo=f"Use sheet= one of: {listed(repr(one.name) for one in sheets)}.",
    )


def _read_sheet(file: Path, sheet: Sheet, table: Table, part: str) -> Pathways:
    where = f"sheet {sheet.name}"
    total = table.first(*_TOTALS.get(part, _COMPLETED_TOTALS))
    if total is None or table.rows.empty:
        raise changed(
            file, where, f"No column {_TOTALS.get(part, _COMPLETED_TOTALS)[0]!r}." if len(table.rows) else "No rows."
        )
    heads, bands = _weekly(file, table.heads, r"> ?(\d+)-\d+", r">? ?(\d+)[ _]?(?:plus|\+)")
    unknown = table.numbers([_UNKNOWN])[:, 0] if _UNKNOWN in table.heads else None
    columns = _organisations(table) | {"specialty": _function(table)}
    month = _month(file, sheet.title("Period"))
    counts, everyone = table.bands(file, heads, may_lack=False), table.totals(file, total)
    return agreed(_pathways(file, part, month, table, columns, bands, counts, unknown, everyone), where)


def _function(table: Table) -> tuple[str, str]:
    name = table.first("Treatment Function", "Treatment Function Name") or "Treatment Function Code"
    return table.first("Treatment Function Code") or name, name


def _organisations(table: Table) -> dict[str, tuple[str, str]]:
    """Columns of codes and names of each level that the sheet has."""
    found: dict[str, tuple[str, str]] = {}
    for level, word in _CODES.items():
        code = table.first(*(f"{one} Code" for one in (word, *_OLDER_CODES[level])))
        if code and code not in [each for each, _ in found.values()]:
            found[level] = (code, code.replace("Code", "Name"))
    return found


# --- tables made from the workbooks ----------------------------------------------------------------------------------


def is_provider_summary(heads: set[str]) -> bool:
    """Whether a row is the header of the provider workbook's totals, without its weekly bands."""
    return {
        "provider_code",
        "treatment_function_code",
        "total_incomplete_pathways",
        "total_within_18_weeks",
        "total_52_plus",
    } <= heads


def read_provider_summary(file: Path, table: Table, part: str, month: object) -> Pathways:
    """Read totals within 18 weeks and over 52, 65 and 78 weeks: bands that begin there."""
    refuse_other_part(part, ["incomplete"])
    table, when = (
        _one_month(file, table, "reporting_month", month)
        if "reporting_month" in table.heads
        else (table, _month(file, file.name))
    )
    beyond = [name for name in ("total_52_plus", "total_65_plus", "total_78_plus") if name in table.heads]
    heads = ["total_incomplete_pathways", "total_within_18_weeks", *beyond]
    everyone, within, *over = table.bands(file, heads, may_lack=False).T
    steps = np.column_stack([everyone, everyone - within, *over, np.zeros(len(everyone))])
    counts = -np.diff(steps)
    if (counts < 0).any():
        raise changed(file, "", f"{int((counts < 0).any(1).sum())} rows in which more people wait longer than shorter.")
    everyone = np.where(np.isnan(counts).any(1), np.nan, everyone)  # beside a star nothing can be added up
    bands = (0, 127, *({"total_52_plus": 365, "total_65_plus": 456, "total_78_plus": 547}[name] for name in beyond))
    columns = {
        "provider": ("provider_code", "provider_name"),
        "specialty": ("treatment_function_code", "treatment_function"),
    }
    if "region_code" in table.heads:
        columns["region"] = ("region_code", "")
    return agreed(_pathways(file, part, when, table, columns, bands, counts, None, everyone))


def is_weekly_summary(heads: set[str]) -> bool:
    """Whether a row is the header of an older commissioner workbook laid flat: w00 … w51 and w52plus."""
    return {"ccg_code", "tf_code", "w00", "w51", "w52plus", "pub_total"} <= heads


def read_weekly_summary(file: Path, table: Table, part: str, month: object) -> Pathways:
    """Read one part of an older commissioner workbook laid flat."""
    releases = table.column("release") if "release" in table.heads else [file.name] * len(table.rows)
    refuse_other_part(part, list(dict.fromkeys(map(_released, releases))))
    table = table.where([_released(release) == part for release in releases])
    table, when = (
        _one_month(file, table, "release", month) if "release" in table.heads else (table, _month(file, file.name))
    )
    heads, bands = _weekly(file, table.heads, r"w(\d\d)", r"w(\d\d)plus")
    columns = {"commissioner": ("ccg_code", "ccg_name"), "specialty": ("tf_code", "tf_name")}
    everyone = table.numbers(["pub_total"])[:, 0]
    return agreed(_pathways(file, part, when, table, columns, bands, table.bands(file, heads), None, everyone))


def _released(release: str) -> str:
    return "non_admitted" if "nonadmitted" in release else "admitted" if "admitted" in release else "incomplete"


TEXT_LAYOUTS: Sequence[tuple[Callable[[set[str]], bool], Callable[[Path, Table, str, object], Pathways]]] = (
    (is_extract, read_extract),
    (is_provider_summary, read_provider_summary),
    (is_weekly_summary, read_weekly_summary),
)
"""How to know a CSV file by its header, and how to read it."""


def read_text(file: Path, sheet: Sheet, part: str, month: object = None) -> Pathways | None:
    """Read a CSV file that is one of these layouts; None if it is none of them."""
    for marks, read in TEXT_LAYOUTS:
        table = table_of(sheet, marks)
        if table is not None:
            if table.rows.empty:
                raise InputError(
                    f"'{file.name}' has the headers of a publication and no rows.", todo="Download it again."
                )
            return read(file, table, part, month)
    return None
