"""What follows from the cells of a row: whether it counts and why not, how long the person waits, how it ended, and their age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from equiwait.fields import AGE_BANDS, FIELDS
from equiwait.frames import Columns, coded
from equiwait.plain_columns import Plain, by_value, either, masked, missing_in, taken_by_byte
from equiwait.rows.intake.date_columns import EARLIEST_BIRTH, NO_DAY, days_of
from equiwait.rows.intake.notes import RowProblems, note

__all__ = ["AGE_BAND_NAMES", "SCOPES", "derive"]

SCOPES = (
    "rtt_open", "closed", "non_rtt", "planned", "planned_overdue", "diagnostic", "duplicate", "other_snapshot",
    "unknown_snapshot", "unknown_clock_start", "future_clock_start",
)  # fmt: skip
AGE_BAND_NAMES = ("0-18", "19-64", "65+")

_EPOCH = dt.date(1970, 1, 1)
_FIRST_BIRTH = (EARLIEST_BIRTH - _EPOCH).days
_OLDEST = 120
_BANDS = np.append(np.searchsorted(AGE_BANDS["nhse"], np.arange(_OLDEST + 1), side="right") - 1, -1).astype(np.int8)
"""The band of each age from 0 on; last -1, for an impossible age and for none."""
_STOPS = ("30", "31", "32", "33", "34", "35", "36")
_NO_RTT = ("90", "91", "92", "98")


def derive(columns: dict[str, pa.Array], rows: int, snapshot: dt.date, problems: RowProblems) -> None:
    """Add ``scope``, ``days_waiting``, ``weeks_waiting``, ``stop_reason`` and age, and note what contradicts itself."""
    today = (snapshot - _EPOCH).days
    start = days_of(columns, "clock_start", rows)
    unknown, future = start == NO_DAY, start > today
    stopped = _on(columns, "clock_stop", rows, lambda day: day <= today)
    note(problems, "clock_start_missing", unknown)
    note(problems, "clock_start_in_future", future)
    note(problems, "clock_stop_in_future", _on(columns, "clock_stop", rows, lambda day: day > today))
    end: NDArray[np.int32] | np.int32 = np.int32(today)
    if stopped.any():
        end = np.where(stopped, days_of(columns, "clock_stop", rows), end)
        note(problems, "clock_stop_before_start", stopped & ~unknown & (end < start))
    for name in ("pathway_id", "postcode"):
        if name in columns and columns[name].null_count:
            note(problems, f"{name}_missing", missing_in(columns[name]))
    closed = stopped | _says(columns, "rtt_status", _STOPS, rows)
    unclear = unknown | future | (closed & ~stopped) | (end < start)
    waited = (end - start) * ~unclear
    columns["scope"] = _scope(
        columns, rows, today, {"closed": closed, "unknown_clock_start": unknown, "future_clock_start": future}
    )
    columns["days_waiting"] = Plain(waited, unclear).arrow()
    columns["weeks_waiting"] = masked(waited / 7, unclear)
    _stop_reasons(columns, closed)
    _age(columns, rows, snapshot, problems)


def _scope(columns: Columns, rows: int, today: int, clock: dict[str, NDArray[np.bool_]]) -> pa.Array:
    """The first of these that is true of a row, strongest first; what needs the whole list (duplicates, snapshots) comes later."""
    planned = _says(columns, "list_type", ("planned",), rows)
    outside = _says(columns, "list_type", ("ONON", "INON"), rows) | _says(columns, "rtt_status", _NO_RTT, rows)
    choices = {
        "other_snapshot": _on(columns, "snapshot_date", rows, lambda day: day != today),
        "diagnostic": _says(columns, "list_type", ("diagnostic",), rows),
        "planned_overdue": planned & _on(columns, "due_date", rows, lambda day: day < today),
        "planned": planned,
        "non_rtt": outside,
        **clock,
    }
    index = np.full(rows, SCOPES.index("rtt_open"), np.int8)
    for name, here in reversed(choices.items()):
        if here.any():
            index = either(here, np.int8(SCOPES.index(name)), index)
    return coded(index, SCOPES)


def _stop_reasons(columns: dict[str, pa.Array], closed: NDArray[np.bool_]) -> None:
    """Where the list does not say how a wait ended, its status does: 30 treated, 31 to 35 left otherwise, 36 died."""
    if "clock_stop" not in columns and "rtt_status" not in columns:
        return
    names = list(FIELDS["stop_reason"].categories)
    told = np.full(len(closed), names.index("unknown"), np.int8)
    for reason, statuses in (("treated", _STOPS[:1]), ("left_otherwise", _STOPS[1:-1]), ("died", _STOPS[-1:])):
        told[_says(columns, "rtt_status", statuses, len(closed))] = names.index(reason)
    own = columns.get("stop_reason")
    said = np.full(len(closed), -1) if own is None else np.asarray(own.indices.fill_null(-1))
    columns["stop_reason"] = coded(np.where(closed, np.where(said >= 0, said, told), -1), names)


def _age(columns: dict[str, pa.Array], rows: int, snapshot: dt.date, problems: RowProblems) -> None:
    """Age on the day of the snapshot: from the date of birth where there is one, else as given."""
    if "age" not in columns and "date_of_birth" not in columns:
        return
    given = np.asarray(columns["age"].fill_null(-1)) if "age" in columns else np.full(rows, -1, np.int32)
    if "date_of_birth" in columns:
        born = days_of(columns, "date_of_birth", rows)
        note(problems, "date_of_birth_in_future", born > (snapshot - _EPOCH).days)
        lived = _lived(snapshot).take(np.subtract(born, _FIRST_BIRTH - 1, dtype=np.intp), mode="clip")
        given = np.where(lived >= 0, lived, given) if "age" in columns else lived
    impossible = given > _OLDEST
    note(problems, "age_implausible", impossible)
    columns["age"] = Plain(given, (given < 0) | impossible).arrow()
    band = taken_by_byte(_BANDS, np.clip(given, -1, _OLDEST + 1).astype(np.int8))
    if "age_band" in columns:  # where no age is known, a band that the list itself gives
        unknown = band < 0
        for place, name in enumerate(AGE_BAND_NAMES):
            band[unknown & _says(columns, "age_band", (name,), rows)] = place
    columns["age_band"] = coded(band, AGE_BAND_NAMES)


@lru_cache(maxsize=4)
def _lived(today: dt.date) -> NDArray[np.int32]:
    """Whole years lived by who was born on each day from the earliest birth to today; first and last -1, for other days."""
    days = np.arange(_FIRST_BIRTH, max(_FIRST_BIRTH, (today - _EPOCH).days) + 1)
    return np.pad(_years_of(days, today).astype(np.int32), 1, constant_values=-1)


def _years_of(born: NDArray[np.int64], today: dt.date) -> NDArray[np.int64]:
    """Whole years lived: a birthday of 29 February falls on 1 March in other years."""
    days = born.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    year, month, day = (
        (months.astype(np.int64) // 12 + 1970),
        months.astype(np.int64) % 12 + 1,
        (days - months).astype(np.int64) + 1,
    )
    before = (month > today.month) | ((month == today.month) & (day > today.day))
    return np.asarray(today.year - year - before)


def _on(
    columns: Columns, name: str, rows: int, says: Callable[[NDArray[np.int32]], NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Return the rows that have a day of which something is true: none, where there is no such column."""
    if name not in columns:
        return np.zeros(rows, bool)
    day = days_of(columns, name, rows)
    return np.asarray((day != NO_DAY) & says(day))


def _says(columns: Columns, name: str, values: Sequence[str], rows: int) -> NDArray[np.bool_]:
    """Return the rows in which a column has one of some values: none, where there is no such column."""
    if name not in columns:
        return np.zeros(rows, bool)
    return by_value(columns[name], lambda known: np.array([value in values for value in known], bool))
