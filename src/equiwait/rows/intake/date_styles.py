"""What a column of dates shows as a whole about how it was written: facts of its parts that add, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equiwait.rows.intake.dates import Moment, in_winter, london_midnight

__all__ = ["DateStyle", "shown_by", "shown_by_days", "style_of"]


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


def shown_by_days(days: NDArray[np.int64]) -> dict[str, Any]:
    """Return what days show that are written as ISO has them, without a time: they can be read one way only."""
    dates = np.unique(days).astype("datetime64[D]")
    high = (dates - dates.astype("datetime64[M]")).astype(np.int64) >= 12
    return {**shown_by([]), "turned": [str(date) for date in dates[:2]], "turned_high": bool(high.any())}


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
