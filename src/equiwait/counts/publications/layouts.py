"""The layouts in which monthly RTT tables come, each read into `Pathways`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.publications.pathways import Pathways, agreed, refuse_other_part
from equiwait.counts.publications.sources import changed, counts_in, month_of
from equiwait.counts.publications.treatment_functions import specialty_code
from equiwait.errors import InputError, OptionError, listed
from equiwait.files.sheets import LOOK, Sheet

_EXTRACT_PARTS = {
    "Part_1A": "admitted", "Part_1B": "non_admitted", "Part_2": "incomplete", "Part_2A": "incomplete_with_dta",
    "Part_3": "new_periods",
}  # fmt: skip
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
        return counts_in(self.rows.iloc[:, [self.heads.index(name) for name in names]])

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
    counts: NDArray[np.float64], unknown: NDArray[np.float64] | None, everyone: NDArray[np.float64],
) -> Pathways:  # fmt: skip
    codes = {level: table.column(code) for level, (code, _) in columns.items()}
    names = {
        level: dict(zip(codes[level], table.column(name), strict=True))
        for level, (_, name) in columns.items()
        if name in table.heads
    }
    codes["specialty"] = [specialty_code(code) for code in codes["specialty"]]
    missing = np.zeros(len(counts)) if unknown is None else np.nan_to_num(unknown)
    return Pathways(file, part, month, pd.DataFrame(codes), names, bands, counts, missing, everyone)


def _month(file: Path, text: object) -> dt.date:
    month = month_of(text)
    if month is None:
        raise changed(file, "", "No month that the table is about.")
    return month


# --- the full extract ------------------------------------------------------------------------------------------------


def is_extract(heads: set[str]) -> bool:
    """Whether a row is the header of the full extract."""
    return {"RTT Part Type", "Treatment Function Code", "Gt 00 To 01 Weeks SUM 1"} <= heads


def read_extract(file: Path, table: Table, part: str) -> Pathways:
    """Read one part of the full extract: 121 columns, or fewer where the open band is over 52 weeks."""
    there = [_EXTRACT_PARTS.get(one, one) for one in dict.fromkeys(table.column("RTT Part Type"))]
    refuse_other_part(part, [one for one in there if one != "new_periods"] or ["new_periods"])
    here = [_EXTRACT_PARTS.get(one) == part for one in table.column("RTT Part Type")]
    wanted = Table(table.heads, table.rows[here])
    heads, bands = _weekly(file, table.heads, r"Gt (\d+) To \d+ Weeks(?: SUM 1)?", r"Gt (\d+) Weeks(?: SUM 1)?")
    unknown, everyone = (
        wanted.numbers([name])[:, 0] for name in ("Patients with unknown clock start date", "Total All")
    )
    month = _month(file, wanted.column("Period")[0])
    return agreed(_pathways(file, part, month, wanted, _EXTRACT_IDS, bands, wanted.numbers(heads), unknown, everyone))


# --- the workbooks ---------------------------------------------------------------------------------------------------

_TOTALS = {
    "incomplete": ("Total number of incomplete pathways",),
    "incomplete_with_dta": (
        "Total number of incomplete pathways with a decision to admit for treatment",
        "Total number of incomplete pathways with a decision to admit",
    ),
}  # fmt: skip
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
    refuse_other_part(part, list(dict.fromkeys(parts.values())))
    chosen = _chosen([one for one, has in parts.items() if has == part], sheet)
    return _read_sheet(file, chosen, tables[chosen], part)


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
    counts = np.nan_to_num(table.numbers(heads))  # a dash or a blank is nobody
    everyone = np.nan_to_num(table.numbers([total])[:, 0])
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


def read_provider_summary(file: Path, table: Table, part: str) -> Pathways:
    """Read totals within 18 weeks and over 52, 65 and 78 weeks: bands that begin there."""
    refuse_other_part(part, ["incomplete"])
    beyond = [name for name in ("total_52_plus", "total_65_plus", "total_78_plus") if name in table.heads]
    everyone, within, *over = table.numbers(["total_incomplete_pathways", "total_within_18_weeks", *beyond]).T
    steps = np.column_stack([everyone, everyone - within, *over, np.zeros(len(everyone))])
    counts = -np.diff(steps)
    if (counts < 0).any() or np.isnan(counts).any():
        raise changed(
            file, "", f"{int((~(counts >= 0)).any(1).sum())} rows in which more people wait longer than shorter."
        )
    bands = (0, 127, *({"total_52_plus": 365, "total_65_plus": 456, "total_78_plus": 547}[name] for name in beyond))
    columns = {
        "provider": ("provider_code", "provider_name"),
        "specialty": ("treatment_function_code", "treatment_function"),
    }
    if "region_code" in table.heads:
        columns["region"] = ("region_code", "")
    month = _month(file, table.column("reporting_month")[0] if "reporting_month" in table.heads else file.name)
    return agreed(_pathways(file, part, month, table, columns, bands, counts, None, everyone))


def is_weekly_summary(heads: set[str]) -> bool:
    """Whether a row is the header of an older commissioner workbook laid flat: w00 … w51 and w52plus."""
    return {"ccg_code", "tf_code", "w00", "w51", "w52plus", "pub_total"} <= heads


def read_weekly_summary(file: Path, table: Table, part: str) -> Pathways:
    """Read one part of an older commissioner workbook laid flat."""
    release = table.column("release")[0] if "release" in table.heads else file.name
    refuse_other_part(part, [_released(release)])
    heads, bands = _weekly(file, table.heads, r"w(\d\d)", r"w(\d\d)plus")
    columns = {"commissioner": ("ccg_code", "ccg_name"), "specialty": ("tf_code", "tf_name")}
    everyone = table.numbers(["pub_total"])[:, 0]
    return agreed(
        _pathways(file, part, _month(file, release), table, columns, bands, table.numbers(heads), None, everyone)
    )


def _released(release: str) -> str:
    return "non_admitted" if "nonadmitted" in release else "admitted" if "admitted" in release else "incomplete"


TEXT_LAYOUTS: Sequence[tuple[Callable[[set[str]], bool], Callable[[Path, Table, str], Pathways]]] = (
    (is_extract, read_extract),
    (is_provider_summary, read_provider_summary),
    (is_weekly_summary, read_weekly_summary),
)
"""How to know a CSV file by its header, and how to read it."""


def read_text(file: Path, sheet: Sheet, part: str) -> Pathways | None:
    """Read a CSV file that is one of these layouts; None if it is none of them."""
    for marks, read in TEXT_LAYOUTS:
        table = table_of(sheet, marks)
        if table is not None:
            if table.rows.empty:
                raise InputError(
                    f"'{file.name}' has the headers of a publication and no rows.", todo="Download it again."
                )
            return read(file, table, part)
    return None
