"""What a published file is, what is wrong with one, and what its cells say."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.errors import InputError, listed
from equiwait.files.sheets import LOOK, Sheet, is_text, is_workbook, read_sheets

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip

KINDS = (
    "the RTT full extract (CSV)",
    "the RTT provider and commissioner workbooks (incomplete, admitted, non-admitted)",
    "the WLMDS demographics workbook",
)


def sheets_of(path: str | os.PathLike[str]) -> tuple[Path, list[Sheet]]:
    """Return the sheets of a published file.

    Raises
    ------
    InputError
        If there is no such file, it is of a kind that is never published, or it cannot be opened.
    """
    file = Path(path)
    if file.is_file() and not (is_text(file) or is_workbook(file)):
        raise not_published(file, f"A file that ends in '{file.suffix}'.")
    return file, read_sheets(file)


def not_published(file: Path, found: str) -> InputError:
    """The one error about a file of another kind: what was found, and what can be read."""
    return InputError(
        f"'{file.name}' is none of the publications that can be read.",
        found=found,
        todo=f"Give one of: {'; '.join(KINDS)}. For a list of pathways use read_list.",
    )


def changed(file: Path, where: str, what: str) -> InputError:
    """The error about a file that does not agree with itself: rows are missing, or numbers were changed."""
    return InputError(
        f"'{file.name}' does not agree with itself{where and f' in {where}'}: it was cut short or changed after publication.",
        found=what,
        todo="Download it again, and give it as it was published.",
    )


def headers_found(sheets: list[Sheet]) -> str:
    """Say what a file holds, for an error: its sheets, or the headers of its one."""
    if len(sheets) > 1 or sheets[0].name:
        return f"Sheets: {listed((sheet.name for sheet in sheets), 20)}."
    first = next((row for row in sheets[0].cells(LOOK) if any(cell != "" for cell in row)), [])
    heads = [str(cell) for cell in first if cell != ""]
    if any(re.search(r"\d{3}|\d[/.-]\d", head) for head in heads):  # a row of somebody's, not of headers: never shown
        return f"{len(heads)} columns without headers."
    return f"Headers: {listed(heads, 20)}."


# --- what cells say --------------------------------------------------------------------------------------------------


def counts_in(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Return the counts of a table of cells; NaN for a cell that holds none (empty, a dash, a star).

    Examples
    --------
    >>> counts_in(pd.DataFrame({0: [12.0, "1,204"], 1: ["*", ""]})).tolist()
    [[12.0, nan], [1204.0, nan]]
    """
    columns = [_counts_in(frame[name]) for name in frame.columns]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def _counts_in(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Each distinct cell is read once; thousands may stand apart by commas."""
    place, cells = pd.factorize(column)
    text = pd.Series(cells, dtype=object).astype(str).str.replace(",", "", regex=False).str.strip()
    found = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.append(found, np.nan)[place]


def month_of(text: object) -> dt.date | None:
    """Return the last day of the month that a text names.

    Examples
    --------
    >>> month_of("RTT-June-2026"), month_of("2026-03-01"), month_of("incomplete_2015-03"), month_of("soon")
    (datetime.date(2026, 6, 30), datetime.date(2026, 3, 31), datetime.date(2015, 3, 31), None)
    """
    named = re.search(rf"({'|'.join(_MONTHS)})\W+(\d{{4}})", str(text).lower())
    dated = re.search(r"(?<!\d)(\d{4})-(\d{2})(?!\d)", str(text))
    if not named and not dated:
        return None
    year, month = (int(named[2]), _MONTHS.index(named[1]) + 1) if named else (int(dated[1]), int(dated[2]))  # type: ignore[index]
    if not 1 <= month <= 12:
        return None
    return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def day_of(text: object) -> dt.date | None:
    """Return the day that a text or a cell names.

    Examples
    --------
    >>> day_of("Week ending 25 January 2026"), day_of(dt.datetime(2026, 1, 18)), day_of("2026-01-18")
    (datetime.date(2026, 1, 25), datetime.date(2026, 1, 18), datetime.date(2026, 1, 18))
    """
    if isinstance(text, dt.datetime):
        return text.date()
    if isinstance(text, dt.date):
        return text
    found = re.search(rf"(\d{{1,2}})\s+({'|'.join(_MONTHS)})\s+(\d{{4}})\s*$", str(text).lower())
    if found:
        return dt.date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]))
    dated = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", str(text).strip())
    return dt.date(int(dated[1]), int(dated[2]), int(dated[3])) if dated else None
