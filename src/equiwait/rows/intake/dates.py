"""Dates and moments: what one cell says."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, lru_cache
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

__all__ = [
    "MONTHS",
    "DateOrder",
    "Moment",
    "in_winter",
    "latest_of",
    "london_midnight",
    "other_way",
    "read_date",
    "read_moment",
]

DateOrder: TypeAlias = str

MONTHS = {
    name: i
    for i, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "sept", "october", "november",
    "december",
)  # fmt: skip
_MONTH = rf"({'|'.join([*_LONG_MONTHS, *MONTHS])})\.?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
_TIME = (
    r"(?:(?:(?:\s*t\s*|\s+|,\s*)(?:(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,:](\d{1,9}))?)?\s*([ap]\.?m\.?)?|(\d{1,2})\s*([ap]\.?m\.?))"
    r"|t(\d{2})(\d{2})(\d{2})?)\s*(z|utc|gmt|bst|[+-]\d{2}(?::?\d{2})?)?(?:\s*\[[a-z_/]+\])?)?"
)
_ISO = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}")
_COMPACT = rf"((?:19|20)\d{{2}}|9999)(\d{{2}})(\d{{2}}){_TIME}"
_COMPACT_MOMENT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")
_NUMBERS = rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}"
_WORDS = rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th)?[-/. ]*(?:of\s+)?{_MONTH}[-/., ]*(\d{{4}}|\d{{2}}){_TIME}"
_MONTH_IN_FRONT = rf"{_WEEKDAY}{_MONTH}[-/. ]*(\d{{1,2}})(?:st|nd|rd|th)?,?[-/. ]+(\d{{4}}){_TIME}"
_SERIAL = re.compile(r"(\d{5})(\.\d+)?")
_compiled = cache(re.compile)  # what is seldom looked for, when it first is
_SERIAL_ZERO = dt.date(1899, 12, 30)  # day 0 of a spreadsheet's calendar
_LONDON = ZoneInfo("Europe/London")
_DAY_SECONDS = 86_400


class Moment(NamedTuple):
    """What one cell says of a day, and of the time of that day.

    Parameters
    ----------
    day : datetime.date or None
        The day, or None if the cell says none.
    wrong : {"", "invalid", "other_order"}
        Why there is no day.
    seconds : float or None
        Seconds since midnight, where a time stands behind the day.
    offset : int or None
        Minutes that the clock was ahead of UTC, where a zone is given.
    written : {"", "iso", "numbers", "words", "serial"}
        How the day is written.
    """

    day: dt.date | None
    wrong: str = ""
    seconds: float | None = None
    offset: int | None = None
    written: str = ""

    def universal(self) -> float:
        """Return seconds since 1970 in UTC; a moment without a zone is London's."""
        assert self.day is not None
        local = dt.datetime.combine(self.day, dt.time()) + dt.timedelta(seconds=int(self.seconds or 0))
        ahead = self.offset if self.offset is not None else _ahead_in_london(local)
        since = (self.day - dt.date(1970, 1, 1)).days * _DAY_SECONDS + (self.seconds or 0.0)
        return since - 60 * ahead


@lru_cache(maxsize=4096)  # days repeat; the cells of a list are not kept beyond that
def _ahead_in_london(local: dt.datetime) -> int:
    offset = local.replace(tzinfo=_LONDON).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


def latest_of(name: str, snapshot: dt.date) -> dt.date:
    """Return the latest day that a year of two digits can mean: nobody was born after the snapshot, anything else may be due for years."""
    return snapshot if name == "date_of_birth" else dt.date(min(snapshot.year + 20, dt.MAXYEAR), 12, 31)


def read_date(cell: str, order: DateOrder = "day_first", latest: dt.date | None = None) -> tuple[dt.date | None, str]:
    """Read one date; return it, or None with what is wrong: ``"invalid"`` or ``"other_order"``.

    Understood: ISO, ``20261031``, day-first numbers (month-first with ``order="month_first"``), months in words, and a
    spreadsheet's serial number; behind it a time may stand, and nothing else. A year of two digits is the latest that does
    not lie after ``latest`` (by default the end of 2068).

    Examples
    --------
    >>> [str(read_date(cell)[0]) for cell in ("2026-03-04", "04/03/2026 9:30", "4 Mar 26", "46085")]
    ['2026-03-04', '2026-03-04', '2026-03-04', '2026-03-04']
    >>> read_date("03/25/2026"), read_date("23-06-20 24")
    ((None, 'other_order'), (None, 'invalid'))
    """
    found = read_moment(cell, order, latest)
    return found.day, found.wrong


def read_moment(cell: str, order: DateOrder = "day_first", latest: dt.date | None = None) -> Moment:
    """Read one day with the time behind it, as `read_date` reads the day.

    Examples
    --------
    >>> read_moment("31/10/2026 9:30 PM").seconds / 3600, read_moment("2026-06-26T23:00:00Z").offset
    (21.5, 0)
    """
    cell, latest = cell.strip().lower(), latest or dt.date(2068, 12, 31)
    if found := _SERIAL.fullmatch(cell):
        seconds = round(float(found[2]) * _DAY_SECONDS, 3) if found[2] and float(found[2]) else None
        return Moment(_SERIAL_ZERO + dt.timedelta(days=int(found[1])), "", seconds, None, "serial")
    if found := _COMPACT_MOMENT.fullmatch(cell):
        year, month, day, hour, minute, second = map(int, found.groups())
        return _timed(_date(year, month, day), "iso", (str(hour), str(minute), str(second), *[None] * 8))
    if found := _ISO.fullmatch(cell):
        return _timed(_date(int(found[1]), int(found[3]), int(found[4])), "iso", found.groups()[4:])
    if found := _compiled(_COMPACT).fullmatch(cell):
        return _timed(_date(int(found[1]), int(found[2]), int(found[3])), "iso", found.groups()[3:])
    if found := _compiled(_NUMBERS).fullmatch(cell):
        return _in_numbers(found, order, latest)
    if found := _compiled(_WORDS).fullmatch(cell):
        day, month = int(found[1]), MONTHS[found[2][:3]]
        return _timed(_with_year(found[3], month, day, latest), "words", found.groups()[3:])
    if found := _compiled(_MONTH_IN_FRONT).fullmatch(cell):
        return _timed(_date(int(found[3]), MONTHS[found[1][:3]], int(found[2])), "words", found.groups()[3:])
    return Moment(None, "invalid")


def _in_numbers(found: re.Match[str], order: DateOrder, latest: dt.date) -> Moment:
    first, second, year = int(found[1]), int(found[3]), found[4]
    day, month = (first, second) if order == "day_first" else (second, first)
    read = _with_year(year, month, day, latest)
    if read is None and _with_year(year, day, month, latest) is not None:
        return Moment(None, "other_order")
    return _timed(read, "numbers", found.groups()[4:])


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _with_year(digits: str, month: int, day: int, latest: dt.date) -> dt.date | None:
    """A year of four digits as it stands; of two digits, the latest that gives a day not after ``latest``."""
    if len(digits) == 4:
        return _date(int(digits), month, day)
    for century in range(latest.year // 100 * 100, 1800, -100):
        read = _date(century + int(digits), month, day)
        if read and read <= latest:
            return read
    return None


def _timed(day: dt.date | None, written: str, time: tuple[str | None, ...]) -> Moment:
    if day is None:
        return Moment(None, "invalid")
    hour, minute, second, fraction, half, hour_alone, half_alone, *compact, zone = time
    if compact and compact[0]:
        hour, minute, second = compact[0], compact[1], compact[2]
    hour, half = hour or hour_alone, half or half_alone
    if hour is None:
        return Moment(day, "", None, None, written)
    seconds = _seconds(int(hour), int(minute or 0), int(second or 0), half)
    if seconds is None:
        return Moment(None, "invalid")
    return Moment(day, "", seconds + float(f"0.{fraction or 0}"), _offset(zone), written)


def _seconds(hour: int, minute: int, second: int, half: str | None) -> int | None:
    """Seconds since midnight, or None where there is no such time."""
    if half:
        if not 1 <= hour <= 12:
            return (
                hour * 3600 + minute * 60 + second
                if hour in (0, *range(13, 24)) and minute < 60 and second < 60
                else None
            )
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return hour * 3600 + minute * 60 + second if hour < 24 and minute < 60 and second < 61 else None


def _offset(zone: str | None) -> int | None:
    if not zone:
        return None
    if zone in ("z", "utc", "gmt"):
        return 0
    if zone == "bst":
        return 60
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (1 if zone[0] == "+" else -1) * (int(digits[:2]) * 60 + int(digits[2:]))


def other_way(order: DateOrder) -> DateOrder:
    """Return the other order of day and month."""
    return "month_first" if order == "day_first" else "day_first"


def london_midnight(moment: Moment) -> bool:
    """Whether a moment is midnight in London written in UTC: 23:00 of the day before, while the clocks are an hour ahead."""
    if moment.day in (None, dt.date.max) or moment.seconds != 23 * 3600 or moment.offset not in (None, 0):
        return False
    assert moment.day is not None
    return _ahead_in_london(dt.datetime.combine(moment.day + dt.timedelta(days=1), dt.time())) == 60


def in_winter(moment: Moment) -> bool:
    """Whether a moment is midnight in London and in UTC alike."""
    if moment.day is None or moment.seconds != 0 or moment.offset not in (None, 0):
        return False
    return _ahead_in_london(dt.datetime.combine(moment.day, dt.time())) == 0
