"""Usual spellings of a day, read many at once from their bytes; the answers are those of `dates.read_moment`, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from equiwait.rows.intake.dates import MONTHS, DateOrder
from equiwait.rows.intake.letters import letters_of

__all__ = ["NO_DAY", "NO_TIME", "WRITTEN", "Spelt", "spelt"]

NO_DAY = np.iinfo(np.int32).min
NO_TIME = -1.0
WRITTEN = ("", "iso", "numbers", "words", "serial")
"""How a day is written, as `dates.Moment` says it."""

Bytes: TypeAlias = NDArray[np.uint8]
Numbers: TypeAlias = NDArray[np.int64]


class Spelt(NamedTuple):
    """What cells say whose spelling is usual and whose day there is; all others have no day here.

    Parameters
    ----------
    days, other : numpy.ndarray
        Days since 1970 in the order that was asked for, and in the other order (`NO_DAY` where there is no such day).
    seconds : numpy.ndarray
        Seconds since midnight, `NO_TIME` where no time stands behind the day.
    written : numpy.ndarray
        How it is written, as a place in `WRITTEN`.
    """

    days: Numbers
    other: Numbers
    seconds: NDArray[np.float64]
    written: NDArray[np.int8]

    def of(self, *written: str) -> NDArray[np.bool_]:
        """Return which cells are written in one of these ways."""
        return np.isin(self.written, [WRITTEN.index(each) for each in written])


def spelt(texts: pa.Array, order: DateOrder) -> Spelt:
    """Return what those cells of a text column say whose spelling is usual.

    Usual are 2026-10-31, 31/10/2026 and 31-Oct-2026 (with strokes, dashes, dots or spaces as each may have them), alone or
    with a time behind them (`` 09:30``, `` 09:30:15``, `` 09:30:15.000``), and a spreadsheet's number of a day.

    Examples
    --------
    >>> found = spelt(pa.array(["1970-01-02", "02/01/1970 09:30", "2-Jan-70", "30-Feb-1970", None]), "day_first")
    >>> [day if day != NO_DAY else None for day in found.days.tolist()], found.seconds.tolist()
    ([1, 1, None, None, None], [-1.0, 34200.0, -1.0, -1.0, -1.0])
    """
    many = len(texts)
    found = Spelt(np.full(many, NO_DAY), np.full(many, NO_DAY), np.full(many, NO_TIME), np.zeros(many, np.int8))
    if not many:
        return found
    letters, ends = letters_of(texts)
    lengths = np.where(np.asarray(texts.is_valid()), np.diff(ends), 0)
    for length in set(np.unique(lengths).tolist()) & _OF_LENGTH.keys():
        some, forms = np.flatnonzero(lengths == length), _OF_LENGTH[length]
        cells = letters[ends[:-1][some][:, None] + np.arange(length)]
        for front, read, written in forms:
            days, other = read(cells[:, :front], order)
            seconds = _time(cells[:, front:])
            here = (days != NO_DAY) & ~np.isnan(seconds)
            at = some[here]
            found.days[at], found.other[at], found.seconds[at] = days[here], other[here], seconds[here]
            found.written[at] = WRITTEN.index(written)
    return found


# --- the day ---------------------------------------------------------------------------------------------------------


def _iso(cells: Bytes, _order: DateOrder) -> tuple[Numbers, Numbers]:
    year, month, day = _number(cells[:, :4]), _number(cells[:, 5:7]), _number(cells[:, 8:])
    days = _where(_among(cells[:, 4], "-/.") & (cells[:, 4] == cells[:, 7]), civil_days(year, month, day))
    return days, days


def _numbers(cells: Bytes, order: DateOrder) -> tuple[Numbers, Numbers]:
    one, two, year = _number(cells[:, :2]), _number(cells[:, 3:5]), _number(cells[:, 6:])
    apart = _among(cells[:, 2], "-/. ") & (cells[:, 2] == cells[:, 5])
    day_first, month_first = _where(apart, civil_days(year, two, one)), _where(apart, civil_days(year, one, two))
    return (day_first, month_first) if order == "day_first" else (month_first, day_first)


def _words(cells: Bytes, _order: DateOrder) -> tuple[Numbers, Numbers]:
    name = (cells[:, 3:6] | 0x20).astype(np.int64) @ _NAMED
    month = np.zeros(len(cells), np.int64)
    for word, number in MONTHS.items():
        month[name == np.frombuffer(word.encode(), np.uint8).astype(np.int64) @ _NAMED] = number
    apart = _among(cells[:, 2], "-/. ") & _among(cells[:, 6], "-/. ")
    days = _where(apart, civil_days(_number(cells[:, 7:]), month, _number(cells[:, :2])))
    return days, days


def _serial(cells: Bytes, _order: DateOrder) -> tuple[Numbers, Numbers]:
    number = _number(cells)
    days = _where(number >= 0, number + _SERIAL_ZERO)
    return days, days


_NAMED = np.array([1 << 16, 1 << 8, 1])
_SERIAL_ZERO = -25_569  # day 0 of a spreadsheet's calendar, 30 December 1899
_Form: TypeAlias = tuple[int, Callable[[Bytes, DateOrder], tuple[Numbers, Numbers]], str]
_OF_LENGTH: dict[int, list[_Form]] = {5: [(5, _serial, "serial")]}
for _form in ((10, _iso, "iso"), (10, _numbers, "numbers"), (11, _words, "words")):
    for _time_behind in ("", " 09:30", " 09:30:15", " 09:30:15.000"):
        _OF_LENGTH.setdefault(_form[0] + len(_time_behind), []).append(_form)


def civil_days(year: Numbers, month: Numbers, day: Numbers) -> Numbers:
    """Return days since 1970, `NO_DAY` where there is no such day.

    By Hinnant (2021), *chrono-compatible low-level date algorithms*, ``days_from_civil``.
    """
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = _MONTH_DAYS[np.clip(month, 0, 12)] + (leap & (month == 2))
    there = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= longest)
    year = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return _where(there, 365 * year + year // 4 - year // 100 + year // 400 + of_year - 719_468)


_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


# --- the time --------------------------------------------------------------------------------------------------------


def _time(cells: Bytes) -> NDArray[np.float64]:
    """Seconds since midnight of what stands behind days: `NO_TIME` where nothing does, NaN where it is no time."""
    wide = cells.shape[1]
    if not wide:
        return np.full(len(cells), NO_TIME)
    hour, minute = _number(cells[:, 1:3]), _number(cells[:, 4:6])
    fits = (
        _among(cells[:, 0], " tT")
        & _among(cells[:, 3], ":.")
        & (hour >= 0)
        & (hour < 24)
        & (minute >= 0)
        & (minute < 60)
    )
    seconds = (hour * 3600 + minute * 60).astype(np.float64)
    if wide > 6:
        second = _number(cells[:, 7:9])
        fits &= _among(cells[:, 6], ":.") & (second >= 0) & (second < 61)
        seconds += second
    if wide > 9:
        thousandths = _number(cells[:, 10:])
        fits &= _among(cells[:, 9], ".,:") & (thousandths >= 0)
        seconds += thousandths / 1000
    return np.where(fits, seconds, np.nan)


# --- bytes -----------------------------------------------------------------------------------------------------------


def _number(cells: Bytes) -> Numbers:
    """What digits say, -1 where one is none."""
    digits = cells - np.uint8(ord("0"))
    said = digits.astype(np.int64) @ (10 ** np.arange(cells.shape[1])[::-1])
    return np.where((digits < 10).all(1), said, -1)


def _among(letters: Bytes, marks: str) -> NDArray[np.bool_]:
    return np.isin(letters, np.frombuffer(marks.encode(), np.uint8))


def _where(there: NDArray[np.bool_], days: Numbers) -> Numbers:
    return np.where(there, days, NO_DAY)
