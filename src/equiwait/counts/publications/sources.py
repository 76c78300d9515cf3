"""What a published file is, what is wrong with one, and what its cells say."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.errors import InputError, listed
from equiwait.fields import field_of
from equiwait.files.sheets import LOOK, Sheet, is_text, is_workbook, read_sheets

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip

_FEWEST_KNOWN = 2  # headers of the catalogue by which a row is taken for one of headers

KINDS = (
    "the RTT full extract (CSV)",
    "the RTT provider and commissioner workbooks (incomplete, admitted, non-admitted)",
    "the WLMDS demographics workbook",
    "the RTT overview time series",
    "series of Wales, Scotland and Northern Ireland by board or trust (CSV)",
)

HIDDEN = "*"
"""How a publication writes a count of 1 to 7: missing here, never 0."""

NOBODY = ("", "-", "–")
"""How a publication writes that there is nobody, or nothing to count."""


def sheets_of(path: object) -> tuple[Path, list[Sheet]]:
    """Return the sheets of a published file.

    Raises
    ------
    InputError
        If it is no path, there is no such file, it is of a kind that is never published, or it cannot be opened.
    """
    if not isinstance(path, str | os.PathLike):
        raise InputError(
            f"read_published takes the path of a published file, not a {type(path).__name__}.",
            todo="For a list of pathways use read_list, and count_waits for its counts.",
        )
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


def headers_found(sheets: Sequence[Sheet]) -> str:
    """Say what a file holds, for an error: its sheets, or those headers of its one that are known.

    A file may have no header row, and its first row may be somebody's, words only: what is not known is never repeated.
    """
    if len(sheets) > 1 or sheets[0].name:
        return f"Sheets: {listed((sheet.name for sheet in sheets), 20)}."
    first = next((row for row in sheets[0].cells(LOOK) if any(cell != "" for cell in row)), [])
    heads = [str(cell).strip() for cell in first if cell != ""]
    known = [head for head in heads if field_of(head)]
    if len(known) < _FEWEST_KNOWN:
        return f"{len(heads)} columns, and hardly one is known; they are not repeated here, in case the first row is no header row."
    rest = len(heads) - len(known)
    return f"Headers of a list of pathways: {listed(known, 20)}{f', and {rest} more columns' if rest else ''}."


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


def unread_in(frame: pd.DataFrame) -> int:
    """Return how many cells of a table hold neither a count, nor nobody, nor a star.

    Examples
    --------
    >>> unread_in(pd.DataFrame({0: ["12", "1,204", "*"], 1: ["-", "", "about 5"]}))
    1
    """
    text = frame.astype(str).apply(lambda column: column.str.strip())
    return int((np.isnan(counts_in(frame)) & ~text.isin([HIDDEN, *NOBODY]).to_numpy()).sum())


def hidden_in(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which cells of a table hide their count: a star, 1 to 7."""
    return np.asarray(frame.astype(str).apply(lambda column: column.str.strip() == HIDDEN), bool)


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
