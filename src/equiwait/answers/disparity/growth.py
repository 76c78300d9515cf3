"""Whether referrals grew faster in one group: what must be said beside a gap among people still waiting."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from equiwait.answers.disparity.question_counts import Floats, Question
from equiwait.answers.disparity.references import Reference
from equiwait.counts.waits import crossed
from equiwait.statistics import ratio

MARGIN = 0.10
"""Growth ratios that differ by more than this, with an interval that excludes 1, bring the warning."""
_FEWEST_STOPS = 0.5  # stops for each start, under which ended waits cannot be complete
_DATES = ("clock_start", "clock_stop", "snapshot_date")
_STRAY = 0.01  # a few stops that were entered years late must not set the day from which stops are complete

ONE_OPEN_LIST = (
    "One open list cannot show whether referrals grew faster in one group; where they did, a gap among those still "
    "waiting can point the wrong way."
)
CALM = "No group's referrals are seen to have grown more than 10% faster or slower than its reference's."


def halves_of(waiting: pd.DataFrame, columns: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Return who joined in the earlier and the later half of the days for which ended waits are known; None if not known.

    As many people leave a list as join it, more or less; a list with far fewer stops than starts is an open list with a
    few ended waits left in it, and says nothing about who came.
    """
    if not set(_DATES) <= set(waiting.columns):
        return None
    names = [name for name in dict.fromkeys([*columns, "link_status", "scope", *_DATES]) if name in waiting.columns]
    counted = waiting.loc[waiting["scope"].isin(["rtt_open", "closed"]).to_numpy(dtype=bool), names]
    stops = counted.loc[(counted["scope"] == "closed").to_numpy(dtype=bool), "clock_stop"].dropna()
    if stops.empty or stops.dtype.kind != "M" or counted["clock_start"].dtype.kind != "M":
        return None
    days = np.sort(stops.to_numpy().astype("datetime64[D]"))
    first, last = days[int(_STRAY * len(days))], np.datetime64(str(counted["snapshot_date"].iloc[0])[:10], "D")
    start = counted["clock_start"].to_numpy().astype("datetime64[D]")
    length = (last - first).astype(np.int64) // 2
    if length < 1 or np.count_nonzero(days >= first) < _FEWEST_STOPS * np.count_nonzero(
        (start >= first) & (start <= last)
    ):
        return None
    middle = last - length + 1
    earlier, later = (start >= middle - length) & (start < middle), (start >= middle) & (start <= last)
    return counted[earlier], counted[later]


def starts_in(halves: tuple[pd.DataFrame, pd.DataFrame], part: Question) -> tuple[Floats, Floats]:
    """Return the people of each group who joined in each half."""
    found = []
    for half in halves:
        groups = crossed(half, part.columns)
        people = np.bincount(groups.place.astype(np.int64), minlength=len(groups.names))
        by_name = dict(zip(groups.names, people.tolist(), strict=True))
        found.append(np.array([by_name.get(group, 0) for group in part.groups], float))
    return found[0], found[1]


def growth_warnings(
    starts: tuple[Floats, Floats], part: Question, reference: Reference, spoken: str, confidence: float
) -> list[str]:
    """Return a sentence for each recorded group whose referrals grew otherwise than its reference's.

    Ratio of two ratios of Poisson counts, on the log scale.
    """
    own, base = _growth(*starts), _growth(*(reference.pooled(half) for half in starts))
    times = ratio(own[0], own[1], base[0], base[1], confidence=confidence)
    wide = (np.abs(times.value - 1) > MARGIN) & ((times.lower > 1) | (times.upper < 1))
    return [
        f"By {spoken}: referrals of {group} grew {'faster' if times.value[place] > 1 else 'more slowly'} than those of "
        f"{reference.names[place]} ({times.value[place]:.2f} times; {confidence:.0%} interval {times.lower[place]:.2f} to "
        f"{times.upper[place]:.2f}). Waits so far look {'shorter' if times.value[place] > 1 else 'longer'} for that alone, so "
        "a gap among people still waiting can point the wrong way: compare with estimand='time_to_treatment'."
        for place, group in enumerate(part.groups)
        if wide[place] and part.known[place] and not reference.itself[place]
    ]


def _growth(earlier: Floats, later: Floats) -> tuple[Floats, Floats]:
    """Later over earlier, and its standard error; NaN under ten people, of whom a ratio says little and shows much."""
    enough = (earlier >= 10) & (later >= 10)
    a, b = np.where(enough, later, np.nan), np.where(enough, earlier, np.nan)
    return a / b, a / b * np.sqrt(1 / a + 1 / b)
