"""Who is counted, under each estimand: the wait so far, the wait that ended, the wait seen through a window."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits.columns import AnyList, Column, as_series, is_missing, rows_of
from equiwait.counts.waits.groups import occurring
from equiwait.counts.waits.tables import EVENTS
from equiwait.errors import ColumnsError, OptionError, RefusedError
from equiwait.fields.scopes import SCOPE_WORDS
from equiwait.frames import need, provenance
from equiwait.plain_columns import plain

Window: TypeAlias = tuple[dt.date, dt.date]
Days: TypeAlias = NDArray[np.signedinteger[Any]]

_NO_DAY = np.iinfo(np.int64).min
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Spells:
    """The waits that are counted.

    ``rows`` says which rows of the list they are; for each of those rows ``days`` is the wait so far or at its end,
    ``event`` its place in `EVENTS`, and ``entry`` the age on the list when it came under observation (None: from the
    beginning). ``excluded`` counts the other rows by reason.
    """

    rows: NDArray[np.bool_]
    days: Days
    event: Days
    entry: Days | None
    excluded: dict[str, int]


def spells(waiting: AnyList, estimand: str, window: Window | None) -> Spells:
    """Return the waits of a list that an estimand counts."""
    if estimand == "still_waiting":
        return _still_waiting(waiting)
    assert window is not None  # read_window refuses these estimands without one
    return (_completed if estimand == "completed" else _time_to_treatment)(waiting, window)


def _still_waiting(waiting: AnyList) -> Spells:
    days = waiting["days_waiting"]
    known, held = _known(days), plain(days) if isinstance(days, pd.Series) else days
    reasons = [*_by_scope(waiting, ("rtt_open",)), ("days_waiting_unusable", ~known)]
    rows, excluded = _sifted(len(waiting), reasons)
    counted = as_series(days).array[rows].to_numpy(np.int32) if held is None else held.values[rows]
    counted = counted.astype(np.int32, copy=False)
    return Spells(rows, counted, np.zeros(len(counted), np.int8), None, excluded)


def _known(days: Column) -> NDArray[np.bool_]:
    """Which days are a wait; what is missing is none."""
    if isinstance(days, pd.Series):
        return (days >= 0).to_numpy(dtype=bool, na_value=False)
    return np.asarray(days.values >= 0) if days.missing is None else (days.values >= 0) & ~days.missing


def _completed(waiting: AnyList, window: Window) -> Spells:
    """Those who left in the window, both its days included, with the whole of their wait."""
    first, last = _day(window[0]), _day(window[1])
    start, stop = _dates(waiting, "clock_start"), _dates(waiting, "clock_stop")
    reasons = [
        *_by_scope(waiting, ("rtt_open", "closed")),
        ("open", _is(waiting, "rtt_open")),
        *_unusable(waiting, start, stop),
        ("left_before_window", stop < first),
        ("left_after_window", stop > last),
    ]
    rows, excluded = _sifted(len(waiting), reasons)
    return Spells(rows, (stop - start)[rows], _endings(waiting)[rows], None, excluded)


def _time_to_treatment(waiting: AnyList, window: Window) -> Spells:
    """Those on the list at the end of the window's first day and those who joined by its last, seen until then.

    Whoever left on the day of entry was not seen for a day, and is excluded: at risk on day t is {entry < t ≤ exit}.
    """
    first, last = _day(window[0]), _day(window[1])
    start, stop = _dates(waiting, "clock_start"), _dates(waiting, "clock_stop")
    ended = _is(waiting, "closed") & (stop <= last)
    entry = np.maximum(first - start, 0)
    if "seen_from" in waiting:  # extracts put together: nobody is under observation before they were on a list
        entry = np.maximum(entry, _dates(waiting, "seen_from") - start)
    until = np.where(ended, stop, last)
    reasons = [
        *_by_scope(waiting, ("rtt_open", "closed")),
        *_unusable(waiting, start, stop),
        ("left_before_window", ended & (stop < first)),
        ("joined_after_window", start > last),
        ("left_on_day_of_entry", ended & (until - start <= entry)),
        ("joined_on_last_day", until - start <= entry),
    ]
    rows, excluded = _sifted(len(waiting), reasons)
    event = np.where(ended, _endings(waiting), EVENTS.index("open"))
    return Spells(rows, (until - start)[rows], event[rows], entry[rows], excluded)


# --- which rows ------------------------------------------------------------------------------------------------------

Reasons: TypeAlias = Sequence[tuple[str, NDArray[np.bool_]]]


def _sifted(rows: int, reasons: Reasons) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """The rows for which no reason holds, and how many rows each reason took; the first that holds is the one."""
    left = np.ones(rows, bool)
    excluded: dict[str, int] = {}
    for reason, holds in reasons:
        taken = int(np.count_nonzero(left & holds))
        if taken:
            excluded[reason] = excluded.get(reason, 0) + taken
            left &= ~holds
    return left, dict(sorted(excluded.items()))


def _by_scope(waiting: AnyList, counted: Sequence[str]) -> list[tuple[str, NDArray[np.bool_]]]:
    scope = waiting["scope"]
    others = [name for name in occurring(scope) if name not in counted]
    return [*((_named(name), _is(waiting, name)) for name in others), ("no_scope", is_missing(scope))]


def _named(scope: object) -> str:
    """A scope is a word of ours; whatever else stands there is not repeated."""
    return scope if isinstance(scope, str) and scope in SCOPE_WORDS else "unknown_scope"


def _is(waiting: AnyList, scope: str) -> NDArray[np.bool_]:
    return rows_of(waiting["scope"], scope)


def _unusable(waiting: AnyList, start: Days, stop: Days) -> Reasons:
    closed = _is(waiting, "closed")
    return [
        ("unknown_clock_start", start == _NO_DAY),
        ("unknown_clock_stop", closed & (stop == _NO_DAY)),
        ("clock_stop_before_start", closed & (stop < start)),
    ]


def _endings(waiting: AnyList) -> Days:
    """How each wait ended, as a place in `EVENTS`; a list that does not say leaves it unknown."""
    place = np.full(len(waiting), EVENTS.index("unknown"), np.int8)
    if "stop_reason" in waiting:
        for reason in ("treated", "left_otherwise", "died"):
            place[rows_of(waiting["stop_reason"], reason)] = EVENTS.index(reason)
    return place


# --- dates -----------------------------------------------------------------------------------------------------------


def _day(date: dt.date) -> int:
    return (date - _EPOCH).days


def _dates(waiting: AnyList, column: str) -> Days:
    """Dates as days since 1970; a missing one is far in the past."""
    dates = as_series(waiting[column])
    if getattr(dates.dtype, "kind", "") != "M":
        raise ColumnsError(f"The column {column} does not hold dates.", todo="Read the list with read_list first.")
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64)


def read_window(waiting: pd.DataFrame, estimand: str, window: Sequence[object] | None) -> Window | None:
    """Return the window as two dates, refusing one that the estimand or the list cannot take."""
    if estimand == "still_waiting":
        if window is not None:
            raise OptionError("still_waiting is about one day and takes no window=.", todo="Leave window= out.")
        return None
    need(waiting, ["clock_start", "clock_stop", "snapshot_date"], "count_waits")
    if window is None or isinstance(window, str) or len(window) != 2:
        raise OptionError(
            f"{estimand} is about a window of time.", todo='Say which: window=("2026-07-31", "2026-10-31").'
        )
    first, last = _as_date(window[0]), _as_date(window[1])
    if last < first:
        raise RefusedError(f"The window ends on {last}, before it starts on {first}.", todo="Give its first day first.")
    _refuse_later(waiting, last)
    return first, last


def _as_date(given: object) -> dt.date:
    if isinstance(given, dt.datetime):
        return given.date()
    if isinstance(given, dt.date):
        return given
    try:
        return dt.date.fromisoformat(str(given))
    except ValueError:
        pass  # said below, outside, without the library's own words
    raise OptionError(f"window= holds {given!r}, which is not a date.", todo="Write dates as year-month-day.")


def _refuse_later(waiting: pd.DataFrame, last: dt.date) -> None:
    snapshots = provenance(waiting, "snapshot_date")
    if snapshots and last.isoformat() > snapshots[-1]:
        raise RefusedError(
            f"The window ends on {last}, after the list's snapshot of {snapshots[-1]}: nobody can know yet.",
            todo="End it on the day of the snapshot or before.",
        )
