"""A column of dates: what it shows as a whole is found first, then each row is read by itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from equiwait.engines.passes import added
from equiwait.errors import InputError, listed
from equiwait.fields import missing_word
from equiwait.fields.missing_words import clean
from equiwait.frames import Places, distinct_texts
from equiwait.rows.intake.cells import as_text, is_error
from equiwait.rows.intake.date_spellings import NO_DAY, Spelt, spelt
from equiwait.rows.intake.date_styles import LATE, DateStyle, london_midnights, shown_by, shown_by_spelt, style_of
from equiwait.rows.intake.dates import (
    DateOrder,
    Moment,
    latest_of,
    london_midnight,
    other_way,
    read_moment,
)
from equiwait.rows.intake.notes import RowProblems, note

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EARLIEST_BIRTH", "NO_DAY", "DateColumn", "as_dates", "days_of", "has_spellings", "refuse_other_order"]

EARLIEST_BIRTH = dt.date(1900, 1, 2)
"""Systems write the day before it, and earlier ones, for *no date*."""
_EARLIEST = dt.date(1990, 1, 1)
_EPOCH = dt.date(1970, 1, 1)
_OPEN_END = (dt.date(9999, 12, 31) - _EPOCH).days
_NO_END = _OPEN_END - 366


@dataclass
class DateColumn:
    """How one column of dates is read.

    Parameters
    ----------
    name : str
        The column.
    order : {"day_first", "month_first"}
        How dates in numbers are read.
    snapshot : datetime.date
        The day that the list describes; years of two digits are read by it.
    style : DateStyle
        What the column shows as a whole; nothing, until `look` has seen it.
    """

    name: str
    order: DateOrder
    snapshot: dt.date
    style: DateStyle = field(default_factory=DateStyle)
    _seen: dict[str, Moment] = field(default_factory=dict, repr=False, compare=False)
    _seen_other: dict[str, Moment] = field(default_factory=dict, repr=False, compare=False)
    _said: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict, repr=False, compare=False)

    def _moment(self, cell: str) -> Moment:
        """Read one clean cell, each spelling once."""
        if cell not in self._seen:
            self._seen[cell] = read_moment(cell, self.order, latest_of(self.name, self.snapshot))
        return self._seen[cell]

    def _other(self, cell: str) -> Moment:
        """Read a cell in the other order; only days in numbers can differ."""
        one = self._moment(cell)
        if one.written not in ("numbers", ""):
            return one
        if cell not in self._seen_other:
            self._seen_other[cell] = read_moment(cell, other_way(self.order), latest_of(self.name, self.snapshot))
        return self._seen_other[cell]

    def look(self, raw: pa.Array) -> DateColumn:
        """Look at a whole column, and remember what it shows."""
        return self.settle(self.shows(raw))

    def shows(self, raw: pa.Array) -> Mapping[str, Any]:
        """Return what a part of the column shows; what parts show can be put together (`date_styles.shown_by`)."""
        if not has_spellings(raw.type):
            return {}
        if pa.types.is_temporal(raw.type):
            return self._shown_by(_typed_cells(raw))
        texts, _ = _spellings(raw)
        usual = spelt(texts, self.order)
        rest = texts.filter(pa.array(usual.days == NO_DAY)).to_pylist()
        shown: Mapping[str, Any] = added(self._shown_by([clean(cell) for cell in rest]), shown_by_spelt(usual))
        return shown

    def _shown_by(self, cells: Sequence[str]) -> Mapping[str, Any]:
        return shown_by([(self._moment(cell), self._other(cell)) for cell in cells if cell])

    def settle(self, shown: Mapping[str, Any]) -> DateColumn:
        """Remember what the whole column shows."""
        self.style = style_of(shown)
        self._said.clear()
        return self

    def read(self, raw: pa.Array, problems: RowProblems) -> pa.Array:
        """Read one block of the column."""
        if self._is_as_it_should_be(raw):
            return raw
        if pa.types.is_timestamp(raw.type) or pa.types.is_date(raw.type):
            days, early = self._plausible(self._typed(raw, problems))
            note(problems, f"{self.name}_implausible", early)
            return as_dates(days)
        texts, place = _spellings(raw)
        usual = spelt(texts, self.order)
        days, says = self._said_of(usual)
        rest = np.flatnonzero(usual.days == NO_DAY)
        for at, cell in zip(rest.tolist(), texts.take(pa.array(rest)).to_pylist(), strict=True):
            days[at], endings = self._said_once(clean(cell))
            for ending in endings:
                says.setdefault(ending, np.zeros(len(texts), bool))[at] = True
        days, says["implausible"] = self._plausible(days)
        for ending, here in says.items():
            if here.any():
                note(problems, f"{self.name}_{ending}", here[place])
        return as_dates(days).take(pa.array(place))

    def _said_of(self, usual: Spelt) -> tuple[NDArray[np.int64], dict[str, NDArray[np.bool_]]]:
        """Days since 1970 of cells whose spelling is usual, and what is to be said of which; as `_cell`, for many at once."""
        two_ways = usual.of("numbers") & (usual.other != NO_DAY) & (usual.other != usual.days)
        moved = london_midnights(usual.days, usual.seconds) & self.style.london
        return usual.days + moved, {
            "ambiguous": two_ways & (not self.style.settled),
            "may_be_swapped": usual.of("iso", "serial") & self.style.swapped,
            "moved_to_london_day": moved,
        }

    def _said_once(self, cell: str) -> tuple[int, tuple[str, ...]]:
        if cell not in self._said:
            self._said[cell] = self._cell(cell)
        return self._said[cell]

    def _is_as_it_should_be(self, raw: pa.Array) -> bool:
        """Whether a column has days already, and none is an open end or a day that stands for *no date*."""
        if not pa.types.is_date32(raw.type) or self.style.swapped:
            return False
        least, most = pc.min_max(raw.cast(pa.int32())).as_py().values()
        return least is None or (least >= self._earliest and most < _NO_END)

    @property
    def _earliest(self) -> int:
        """The first day, since 1970, that is taken for a date."""
        return ((EARLIEST_BIRTH if self.name == "date_of_birth" else _EARLIEST) - _EPOCH).days

    def _cell(self, cell: str) -> tuple[int, tuple[str, ...]]:
        """Days since 1970 of one cell, and what is to be said of it."""
        if not cell:
            return NO_DAY, ()
        one = self._moment(cell)
        if one.day is None:
            reason = "invalid" if is_error(cell) else missing_word(cell) or one.wrong
            return NO_DAY, () if reason == "blank" else (reason,)
        if self.name == "clock_stop" and re.fullmatch(r"31\D12\D99(\D.*)?", cell):
            return NO_DAY, ()  # the open end, 31/12/9999, its year cut to two digits
        said: list[str] = []
        days = (one.day - _EPOCH).days
        if (
            one.written == "numbers"
            and not self.style.settled
            and (other := self._other(cell)).day
            and other.day != one.day
        ):
            said.append("ambiguous")
        if self.style.swapped and one.written in ("iso", "serial"):
            said.append("may_be_swapped")
        if london_midnight(one):
            days += self.style.london
            said += ["moved_to_london_day"] if self.style.london else ["may_be_next_day"] if one.offset == 0 else []
        return days, tuple(said)

    def _typed(self, raw: pa.Array, problems: RowProblems) -> NDArray[np.int64]:
        """Days of a column that has dates or moments already; a moment with a zone is the day that the clock on the wall said."""
        zone = getattr(raw.type, "tz", None)
        local = pc.local_timestamp(raw) if zone else raw
        seconds = _seconds(local)
        days = np.where(seconds == NO_DAY, NO_DAY, seconds // 86_400)
        if _may_be_utc(zone) and (late := london_midnights(days, np.where(days == NO_DAY, 0, seconds % 86_400))).any():
            ending = "moved_to_london_day" if self.style.london else "may_be_next_day"
            note(problems, f"{self.name}_{ending}", late)
            days = days + (late & self.style.london)
        if self.style.swapped:
            note(problems, f"{self.name}_may_be_swapped", days != NO_DAY)
        return days.astype(np.int64)

    def _plausible(self, days: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Take out open ends and the dates that systems write for "no date"; return which of those there are as well."""
        days = np.where(days >= _NO_END, NO_DAY, days)
        early = (days != NO_DAY) & (days < self._earliest)
        return np.where(early, NO_DAY, days), early


def _spellings(raw: pa.Array) -> tuple[pa.Array, Places]:
    """Return the distinct cells of a column as they stand, null last, and for each row its place among them."""
    coded = pa.types.is_dictionary(raw.type)
    kind = raw.type.value_type if coded else raw.type
    texts, place = distinct_texts(raw if pa.types.is_string(kind) else as_text(raw))
    met = np.bincount(place, minlength=len(texts)) > 0 if coded else np.ones(len(texts), bool)
    met[-1] = True
    if met.all():
        return texts, place
    return texts.filter(pa.array(met)), (np.cumsum(met) - 1)[place]  # what stands in no row says nothing of the list


def has_spellings(kind: pa.DataType) -> bool:
    """Whether a column of dates must be looked at as a whole: days that are typed already can be read one way only."""
    return not pa.types.is_date(kind)


def _may_be_utc(zone: str | None) -> bool:
    return zone is None or zone.upper() in ("UTC", "GMT", "Z", "+00:00", "ETC/UTC", "ETC/GMT")


def _seconds(local: pa.Array) -> NDArray[np.int64]:
    """Seconds since 1970, rounded down, `NO_DAY` where there is none; a moment beyond what seconds can say is an open end."""
    if pa.types.is_date(local.type):
        days = np.asarray(local.cast(pa.date32()).cast(pa.int32()).fill_null(NO_DAY)).astype(np.int64)
        return np.where(days == NO_DAY, NO_DAY, days * 86_400)
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[local.type.unit]
    ticks = np.asarray(local.cast(pa.int64()).fill_null(np.iinfo(np.int64).min))
    return np.where(ticks == np.iinfo(np.int64).min, NO_DAY, ticks // per_second)


def _typed_cells(raw: pa.Array) -> list[str]:
    """The distinct moments of a typed column that has times at all, as text; none of a column of days."""
    if not pa.types.is_timestamp(raw.type) or not _may_be_utc(raw.type.tz):
        return []
    local = pc.local_timestamp(raw) if raw.type.tz else raw
    seconds = np.unique(_seconds(local))
    seconds = seconds[(seconds != NO_DAY) & (seconds < _OPEN_END * 86_400)]
    if not (seconds % 86_400 == LATE).any():
        return []
    zone = "Z" if raw.type.tz else ""
    return [f"{moment}{zone}" for moment in seconds.astype("datetime64[s]").astype(str).tolist()]


def refuse_other_order(columns: Iterable[DateColumn], order: DateOrder) -> None:
    """Dates that only make sense in the other order, and none only in this one: the column is in the other order."""
    swapped = sorted(column.name for column in columns if column.style.other_order)
    if swapped:
        other = other_way(order)
        raise InputError(
            f"Dates in {listed(swapped)} are written {other.replace('_', ' ')}.",
            found=f"Some can only be read {other.replace('_', ' ')}, and none only {order.replace('_', ' ')}.",
            todo=f"Read the list with date_order='{other}'.",
        )


def as_dates(days: NDArray[np.int64]) -> pa.Array:
    """Return days since 1970 as dates, `NO_DAY` as missing."""
    return pa.array(np.where(days == NO_DAY, 0, days).astype(np.int32), mask=days == NO_DAY).cast(pa.date32())


def days_of(columns: Mapping[str, Any], name: str, rows: int) -> NDArray[np.int32]:
    """Return a column of dates as days since 1970, `NO_DAY` where there is none or no such column."""
    if name not in columns:
        return np.full(rows, NO_DAY, np.int32)
    return np.asarray(columns[name].cast(pa.int32()).fill_null(NO_DAY))
