"""When a postcode began and ended, however its directory writes it: ``199606``, ``1996-06-30``, ``30/06/1996``, ``Jun 1996``."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.fields import plain

__all__ = ["UNREADABLE", "month_of", "months"]

UNREADABLE = -1
"""What stands for a cell that says something and names no month."""

_NOTHING = {"", "null", "none", "nan", "nat", "na", "live", "current", "0", "000000", "inuse", "n", "no"}
_OPEN_END = 9999
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[APap]\.?[Mm]\.?|Z|[+-]\d{2}:?\d{2})?)?"
_WAYS = (
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(\d{2})?(\.0)?"),
    re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})([-/.]\d{{1,2}})?{_TIME}"),
    re.compile(r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})"),
    re.compile(rf"(?P<day>\d{{1,2}})[-/. ](?P<month>\d{{1,2}})[-/. ](?P<year>\d{{4}}|\d{{2}}){_TIME}"),
    re.compile(r"(\d{1,2}[- ])?(?P<word>[A-Za-z]{3})[A-Za-z]*[-, ]+(?P<year>\d{4}|\d{2})"),
)
_SERIAL = re.compile(r"[2-6]\d{4}(\.0)?")  # days as a spreadsheet counts them: 1954 to 2091


def month_of(cell: str) -> int:
    """Return the month in a cell as YYYYMM; 0 where it says none or an open end; `UNREADABLE` where it cannot be read.

    Examples
    --------
    >>> [month_of(cell) for cell in ("199606", "1996-06-30", "30/06/1996", "6/30/1996", "Jun-96", "35246")]
    [199606, 199606, 199606, 199606, 199606, 199606]
    >>> [month_of(cell) for cell in ("", "NULL", "9999-12-31", "199613", "soon", "Y")]
    [0, 0, 0, -1, -1, -1]
    """
    text = cell.strip()
    if plain(text) in _NOTHING:
        return 0
    if _SERIAL.fullmatch(text):
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(float(text)))
        return day.year * 100 + day.month
    found = next((match for way in _WAYS if (match := way.fullmatch(text))), None)
    return UNREADABLE if found is None else _month(found.groupdict())


def _month(parts: dict[str, str | None]) -> int:
    year = int(parts["year"] or 0)
    if year < 100:  # postcodes came with computers
        year += 1900 if year >= 60 else 2000
    if year == _OPEN_END:
        return 0
    word = (parts.get("word") or "").lower()
    if word:
        month = _MONTHS.index(word) + 1 if word in _MONTHS else 0
    else:
        month = int(parts["month"] or 0)
        if month > 12 and 0 < int(parts.get("day") or 13) <= 12:  # month before day
            month = int(parts["day"] or 0)
    return year * 100 + month if 1 <= month <= 12 and 1900 <= year < 2200 else UNREADABLE


def months(cells: pa.Array) -> np.ndarray:
    """Return the month of every cell, each distinct one read once."""
    distinct = pc.dictionary_encode(cells.fill_null(""))
    read = np.array([month_of(cell) for cell in distinct.dictionary.to_pylist()] or [0], np.int32)
    every: np.ndarray = read[np.asarray(distinct.indices)]
    return every
