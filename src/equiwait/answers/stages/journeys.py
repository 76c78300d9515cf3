"""Each person's way through the stages: when each was reached, from when to when they were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.grouped_people import is_scope
from equiwait.derived import days_held
from equiwait.disclosure import Cell, Counts, Rule, as_shown

__all__ = [
    "MILESTONES",
    "READS",
    "Journeys",
    "counted_milestones",
    "journeys_of",
    "milestone_cells",
    "names_of",
    "tallied",
    "told_apart",
]

Floats = NDArray[np.float64]
Days = NDArray[np.int64]
Flags = NDArray[np.bool_]

MILESTONES = {
    "first_attendance": "first seen",
    "decision_to_admit": "decision to admit",
    "date_given": "date given",
    "treated": "treated",
}
"""What ends each stage, in order: the column, and its words. The first stage begins with the clock."""

READS = (
    *MILESTONES, "clock_start", "clock_stop", "stop_reason", "list_type", "first_listed", "last_listed", "seen_from",
)  # fmt: skip
"""The columns that a way is read from, of those that a list has."""

_BEGIN = "referral"
_LEAST_RECORDED = 0.8
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Journeys:
    """People on the way, one row each.

    Parameters
    ----------
    rows : pandas.DataFrame
        The list's rows of those who are followed.
    reached : ndarray, shape (people, milestones)
        Days from the clock start to each milestone, as recorded; never where it is not.
    due : ndarray of bool, shape (people, milestones)
        For whom each milestone is due.
    entry, leave : ndarray
        From which day to which they are under observation.
    columns : tuple of str
        The milestones that the list can tell of.
    """

    rows: pd.DataFrame
    reached: Days
    due: Flags
    entry: Days
    leave: Days
    columns: tuple[str, ...]

    @property
    def passed(self) -> Flags:
        """Who has passed each milestone: reached it, or a later one."""
        seen = self.reached <= self.leave[:, None]
        return np.asarray(np.logical_or.accumulate(seen[:, ::-1], axis=1)[:, ::-1])

    @property
    def recorded(self) -> Flags:
        """Of whom each milestone is recorded."""
        return np.asarray(self.reached < _NEVER)


def journeys_of(pathways: pd.DataFrame, first: Any, last: Any) -> Journeys:
    """Return the ways of people on the clock, seen from ``first`` to ``last`` (dates; None for as long as they were seen)."""
    here = pathways[is_scope(pathways, "rtt_open", "closed") & pathways["clock_start"].notna().to_numpy()]
    start = _days(here["clock_start"])
    ends = "clock_stop" in here
    closed = is_scope(here, "closed") & (here["clock_stop"].notna().to_numpy() if ends else False)
    stop = _days(here["clock_stop"]) if ends else np.zeros(len(here), np.int64)
    end = _days(here["last_listed"]) if "last_listed" in here else days_held(here["snapshot_date"]).astype(np.int64)
    until = np.where(closed, stop, end)
    final = _NEVER if last is None else _day(last)
    came = _days(here["seen_from"]) if "seen_from" in here else start
    came = came if first is None else np.maximum(came, _day(first))
    leave, entry = np.minimum(until, final) - start, np.maximum(came - start, 0)
    reason = here["stop_reason"].astype(object).to_numpy() if "stop_reason" in here else np.full(len(here), "")
    treated = closed & (reason == "treated") & (stop <= final)
    columns = tuple(name for name in MILESTONES if name == "treated" or (name in here and here[name].notna().any()))
    reached = np.full((len(here), len(columns)), _NEVER, np.int64)
    for place, name in enumerate(columns):
        known = treated if name == "treated" else here[name].notna().to_numpy()
        when = stop if name == "treated" else _days(here[name])
        reached[known, place] = np.maximum(when[known] - start[known], 1)
    kept = (leave > entry) & (leave > 0)
    due = np.ones((len(here), len(columns)), bool)
    if "list_type" in here.columns:  # nobody decides to admit a person who is treated in clinic
        admitted = here["list_type"].astype(str).str.startswith("I").to_numpy(dtype=bool)
        for place, name in enumerate(columns):
            if name in ("decision_to_admit", "date_given"):
                due[:, place] = admitted
    return Journeys(here[kept].reset_index(drop=True), reached[kept], due[kept], entry[kept], leave[kept], columns)


def _days(dates: pd.Series[Any]) -> Days:
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64)


def _day(date: Any) -> int:
    return int(np.datetime64(str(date)[:10], "D").astype(np.int64))


def told_apart(journeys: Journeys, rule: Rule) -> tuple[list[int], list[str]]:
    """Return the places of the milestones that end a stage, and the names of those that end none.

    A milestone that is recorded for under four fifths of the people who passed it is none: its two stages are one. Decided
    from counts as the rule would show them, which are released too.
    """
    kept: list[int] = []
    lacking: list[str] = []
    for place, name in enumerate(journeys.columns):
        some, every = as_shown(_recorded(journeys, place), rule)
        share = float(some / every) if every > 0 and np.isfinite(some) else 0.0
        if name == "treated" or share >= _LEAST_RECORDED:
            kept.append(place)
        else:
            lacking.append(name)
    return kept, [*lacking, *(name for name in MILESTONES if name not in journeys.columns)]


def _recorded(journeys: Journeys, place: int) -> tuple[int, int]:
    """Of the people who passed a milestone and for whom it is due, those of whom it is recorded; and all of them."""
    passed = journeys.passed[:, place] & journeys.due[:, place]
    return int(np.count_nonzero(passed & journeys.recorded[:, place])), int(np.count_nonzero(passed))


def milestone_cells(name: str, population: str) -> tuple[Cell, Cell]:
    """Return the cells of those of whom a milestone is recorded, and of everybody who passed it."""
    whom = f"{population}, passed: {MILESTONES[name]}"
    return Cell(whom, event="recorded"), Cell(whom)


def counted_milestones(journeys: Journeys, population: str) -> Counts:
    """Return of how many of the people who passed it each milestone is recorded; of treatment it always is."""
    places = [(place, name) for place, name in enumerate(journeys.columns) if name != "treated"]
    cells = [cell for _, name in places for cell in milestone_cells(name, population)]
    people = [number for place, _ in places for number in _recorded(journeys, place)]
    return Counts(tuple(cells), np.array(people, np.float64))


def names_of(journeys: Journeys, kept: Sequence[int]) -> list[str]:
    """Return what each stage is called: from what to what.

    Examples
    --------
    >>> none = np.zeros((0, 2), np.int64)
    >>> ways = Journeys(pd.DataFrame(), none, none > 0, none[:, 0], none[:, 0], ("first_attendance", "treated"))
    >>> names_of(ways, [0, 1])
    ['referral to first seen', 'first seen to treated']
    """
    ends = [MILESTONES[journeys.columns[place]] for place in kept]
    return [f"{begin} to {end}" for begin, end in zip([_BEGIN, *ends[:-1]], ends, strict=True)]


def tallied(
    journeys: Journeys, kept: Sequence[int], group: NDArray[Any], groups: int, days: int
) -> tuple[Floats, Floats, Floats]:
    """Count who came into each stage, went to which, and was last seen in it, by group and day up to ``days``.

    A milestone that is not recorded is taken to be reached with the next one.
    """
    stages = len(kept)
    reached = journeys.reached[:, list(kept)]
    reached = np.minimum.accumulate(reached[:, ::-1], axis=1)[:, ::-1]
    entered, lost = np.zeros((groups, stages, days + 2)), np.zeros((groups, stages, days + 2))
    moved = np.zeros((groups, stages, stages + 1, days + 2))
    where = (reached <= journeys.entry[:, None]).sum(1)
    there = (where < stages) & (journeys.entry <= days)
    np.add.at(entered, (group[there], where[there], journeys.entry[there]), 1.0)
    now = where.copy()
    for place in range(stages):
        here = there & (now == place)
        day = reached[:, place]
        goes = here & (day <= np.minimum(journeys.leave, days))
        after = (reached <= day[:, None]).sum(1)
        np.add.at(moved, (group[goes], place, after[goes], day[goes]), 1.0)
        stays = here & ~goes
        np.add.at(lost, (group[stays], place, np.minimum(journeys.leave[stays], days + 1)), 1.0)
        now[goes] = after[goes]
    return entered, moved, lost
