"""What a column of dates shows as a whole about how it was written: facts of its parts that add, and what follows from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equiwait.rows.intake.date_spellings import NO_DAY, NO_TIME, Spelt
from equiwait.rows.intake.dates import Moment, in_winter, london_midnight

__all__ = ["LATE", "DateStyle", "london_midnights", "shown_by", "shown_by_spelt", "style_of"]

LATE = 23 * 3600
"""Midnight in London as UTC has it in summer, in seconds of the day before."""

_FIRST, _LAST = ((day - dt.date(1970, 1, 1)).days for day in (dt.date.min, dt.date.max))


class DateStyle(NamedTuple):
    """What a column of dates shows as a whole about how it was written.

    Parameters
    ----------
    other_order : bool
        Some dates only make sense in the other order, and none only in this one.
    settled : bool
        Some date makes sense in this order only, and none in the other only: the order of the column is known.
    london : bool
        Every time is midnight in London, and some are written as 23:00 of the day before, in UTC.
    swapped : bool
        A spreadsheet set to the United States has turned every date with a day up to 12: those that it turned all have one,
        and those that it left as text have none.
    """

    other_order: bool = False
    settled: bool = False
    london: bool = False
    swapped: bool = False


def shown_by(pairs: Sequence[tuple[Moment, Moment]]) -> dict[str, Any]:
    """Return what cells show, each read in the asked and in the other order: flags, and up to two examples of a kind.

    What parts of a column show is put together flag by flag and example by example, so that a column can be looked at in
    parts of any size.
    """
    unlike = [(one, two) for one, two in pairs if one is not two]
    read = [one for one, _ in pairs if one.day]
    timed = [one for one in read if one.seconds is not None and one.written != "serial"]
    late = [one for one in timed if london_midnight(one)]
    left = {one.day for one in read if one.written == "numbers"}
    turned = {one.day for one in read if one.written in ("iso", "serial")}
    return {
        "only_this": any(bool(one.day) and two.wrong == "other_order" for one, two in unlike),
        "only_other": any(one.wrong == "other_order" for one, _ in unlike),
        "late": sorted({str(one.day) for one in late})[:2],
        "late_with_zone": any(one.offset == 0 for one in late),
        "other_time": any(not london_midnight(one) and not in_winter(one) for one in timed),
        "left": bool(left),
        "left_low": any(day.day <= 12 for day in left if day),
        "turned": sorted(map(str, turned))[:2],
        "turned_high": any(day.day > 12 for day in turned if day),
    }


def shown_by_spelt(usual: Spelt) -> dict[str, Any]:
    """Return what cells show that were read together: the same as `shown_by` of each."""
    late = london_midnights(usual.days, usual.seconds)
    left, turned = _dates(usual.days[usual.of("numbers")]), _dates(usual.days[usual.of("iso", "serial")])
    return {
        "only_this": bool((usual.of("numbers") & (usual.other == NO_DAY)).any()),
        "only_other": False,  # what has no day in the order that was asked for is read cell by cell
        "late": _dates(usual.days[late])[:2].astype(str).tolist(),
        "late_with_zone": False,
        "other_time": _has_other_times(usual, late),
        "left": len(left) > 0,
        "left_low": bool((_of_month(left) <= 12).any()),
        "turned": turned[:2].astype(str).tolist(),
        "turned_high": bool((_of_month(turned) > 12).any()),
    }


def _has_other_times(usual: Spelt, late: NDArray[np.bool_]) -> bool:
    """Whether any moment is neither midnight in London nor in London and UTC alike; one such day is enough."""
    timed = (usual.seconds != NO_TIME) & ~late
    midnight = timed & (usual.seconds == 0) & (usual.days >= _FIRST) & (usual.days <= _LAST)
    if (timed & ~midnight).any():
        return True
    days = _dates(usual.days[midnight]).tolist()
    return not all(in_winter(Moment(day, "", 0)) for day in days)


def london_midnights(days: NDArray[np.int64], seconds: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which moments, without a zone or in UTC, are midnight in London (`dates.london_midnight`)."""
    found = np.asarray((seconds == LATE) & (days >= _FIRST) & (days <= _LAST))
    known, place = np.unique(days[found], return_inverse=True)  # each day is asked once
    fit = [london_midnight(Moment(day, "", LATE)) for day in known.astype("datetime64[D]").tolist()]
    found[found] = np.array(fit, bool)[place]
    return found


def _dates(days: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return np.unique(days).astype("datetime64[D]")


def _of_month(dates: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return np.asarray((dates - dates.astype("datetime64[M]")).astype(np.int64) + 1)


def style_of(shown: Mapping[str, Any]) -> DateStyle:
    """Return what follows from all that the parts of a column have shown; nothing from nothing."""
    if not shown:
        return DateStyle()
    sure = shown["late_with_zone"] or len(shown["late"]) > 1
    return DateStyle(
        other_order=shown["only_other"] and not shown["only_this"],
        settled=shown["only_this"] and not shown["only_other"],
        london=bool(shown["late"]) and sure and not shown["other_time"],
        swapped=shown["left"] and not shown["left_low"] and len(shown["turned"]) > 1 and not shown["turned_high"],
    )
