"""Two stretches of time, equally long, and who joined in each: of one list with its ended waits, or of two open lists."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from equiwait.answers.grouped_people import is_scope
from equiwait.errors import OptionError, RefusedError, attempt

__all__ = ["ONE_OPEN_LIST", "Stretch", "halves_of", "of_one", "of_two"]

Window: TypeAlias = tuple[np.datetime64, np.datetime64]
ONE_OPEN_LIST = (
    "One open list cannot show whether referrals grew faster in one group; where they did, a gap among those still "
    "waiting can point the wrong way."
)
_FEWEST_STOPS = 0.5  # stops for each start, under which ended waits cannot be complete
_STRAY = 0.01  # a few stops that were entered years late must not set the day from which stops are complete


class Stretch(NamedTuple):
    """Who joined in a stretch of time, and what they are called."""

    population: str
    rows: pd.DataFrame


def halves_of(waiting: pd.DataFrame) -> list[Stretch] | None:
    """Who joined in the earlier and the later half of the days for which ended waits are known; None if not known."""
    dates = ("clock_start", "clock_stop", "snapshot_date")
    if not set(dates) <= set(waiting.columns) or any(waiting[name].dtype.kind != "M" for name in dates[:2]):
        return None
    covered = _covered(waiting)
    if covered is None or covered[1] <= covered[0]:
        return None
    halves, _ = of_one(waiting, None)
    return halves


def of_one(waiting: pd.DataFrame, window: tuple[str, str] | None) -> tuple[list[Stretch], str]:
    """Clock starts of one list, open and ended, in the two halves of a window."""
    began = waiting[is_scope(waiting, "rtt_open", "closed")]
    covered = _covered(waiting) if window is None else _days_of(window)
    if covered is None or not is_scope(waiting, "closed").any():
        raise RefusedError(
            ONE_OPEN_LIST,
            "No ended waits, or too few beside those that began.",
            "Give a list with its ended waits and window=, or an earlier list: referral_growth(waiting, before=...).",
        )
    first, last = covered
    length = int((last - first).astype(np.int64)) + 1
    if length < 2:
        raise RefusedError("The window has fewer than two days, so it has no halves.", todo="Give its first day first.")
    # Halves of one length: with an odd number of days the first day is left out.
    middle = last - (length // 2) + 1
    halves = [
        Stretch(f"clock starts {start} to {end}", _starting(began, start, end))
        for start, end in ((middle - length // 2, middle - 1), (middle, last))
    ]
    return halves, (
        f"Clock starts, open and ended, of {middle - length // 2} to {middle - 1} and of {middle} to {last}. Ended waits "
        "must be complete from the first of these days on."
    )


def of_two(waiting: pd.DataFrame, before: pd.DataFrame) -> tuple[list[Stretch], str]:
    """People still open who joined within as many days before each list as lie between the two."""
    later, earlier = _snapshot(waiting), _snapshot(before)
    if later <= earlier:
        raise RefusedError("before= is not an earlier list.", f"Snapshots: {earlier} and {later}.")
    gap = later - earlier
    parts = [
        Stretch(
            f"open {day}, clock starts from {day - gap + 1}",
            _starting(each[is_scope(each, "rtt_open")], day - gap + 1, day),
        )
        for each, day in ((before, earlier), (waiting, later))
    ]
    days = int(gap.astype(np.int64))
    return parts, f"People still open on {earlier} and on {later} who had joined in the {days} days up to each."


def _starting(rows: pd.DataFrame, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
    start = rows["clock_start"].to_numpy().astype("datetime64[D]")
    return rows[(start >= first) & (start <= last)]


def _days_of(window: tuple[str, str]) -> Window:
    def read() -> Window:
        first, last = (np.datetime64(str(day), "D") for day in window)
        return first, last

    return attempt(
        read, lambda _: OptionError("window= is not two dates.", todo='Write window=("2025-11-01", "2026-10-31").')
    )


def _covered(waiting: pd.DataFrame) -> Window | None:
    """From the day since which ended waits are in the list to the snapshot; None if too few of them are there to tell.

    As many people leave a list as join it, more or less; a list with far fewer stops than starts is an open list with a
    few ended waits left in it, and says nothing about who came.
    """
    if "clock_stop" not in waiting.columns:
        return None
    stops = waiting.loc[is_scope(waiting, "closed"), "clock_stop"].dropna().to_numpy().astype("datetime64[D]")
    if not len(stops):
        return None
    first, last = np.sort(stops)[int(_STRAY * len(stops))], _snapshot(waiting)
    begun = waiting["clock_start"].to_numpy().astype("datetime64[D]")
    starts = np.count_nonzero(is_scope(waiting, "rtt_open", "closed") & (begun >= first) & (begun <= last))
    enough = np.count_nonzero(stops >= first) >= _FEWEST_STOPS * starts > 0
    return (first, last) if enough else None


def _snapshot(waiting: pd.DataFrame) -> np.datetime64:
    here = waiting.loc[is_scope(waiting, "rtt_open", "closed"), "snapshot_date"].dropna()
    return np.datetime64(str(here.iloc[0])[:10], "D")
