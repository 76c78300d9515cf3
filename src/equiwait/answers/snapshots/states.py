"""What may still be so of the people of a first list on later ones: still there, still waiting longest, still missed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.grouped_people import Flags, Wholes, is_scope
from equiwait.answers.longest_waits import tail_begins
from equiwait.answers.snapshots.matching import GONE, at, find
from equiwait.rows.missing import DEFAULT_FIELDS, flag_missing

STAYED, LONGEST, UNREACHED, SEVERAL = (
    "share_still_waiting",
    "share_still_longest",
    "share_still_not_reached",
    "share_missed_in_several_ways",
)
WITHOUT = "share_still_without_"
REACHED_BY = ("first_attendance", "tci_date")


@dataclass(frozen=True)
class Measure:
    """Who was so at first, who still is, and how many are drawn by chance from everybody, if not from those who were so."""

    name: str
    first: Flags
    still: Flags
    drawn: int | None = None


def fields_of(fields: Sequence[str] | None, everywhere: Collection[str]) -> list[str]:
    """Return the columns that are looked at for what is not recorded, of those that all lists have."""
    if fields is not None:
        return list(fields)
    # Most of an outpatient list has no P-code, and nothing is missed by that.
    wanted = [name for name in DEFAULT_FIELDS if name != "priority"]
    return [name for name in wanted if name in everywhere]


def measures_of(
    people: pd.DataFrame,
    later: Iterable[pd.DataFrame],
    keys: Sequence[str],
    longest: Flags,
    share: float,
    fields: Sequence[str],
    everywhere: Collection[str],
) -> Iterator[list[Measure]]:
    """For each later list in turn, what may still be so of the people of the first; ``everywhere`` are columns of all lists."""
    before = _missed(people, everywhere, fields)
    running = dict(before)
    for waiting in later:
        places = find(people, waiting, keys)
        there = at(is_scope(waiting, "rtt_open"), places, False).astype(bool)
        now = {
            name: at(state, places, False).astype(bool) for name, state in _missed(waiting, everywhere, fields).items()
        }
        running = {name: state & there & now[name] for name, state in running.items()}
        tail_now = there & _among_longest(waiting, share, places)
        yield [
            Measure(STAYED, np.ones(len(people), bool), there),
            # Chance: the later list's longest-waiting people, drawn from everybody on the first list.
            Measure(LONGEST, longest, tail_now, int(tail_now.sum())),
            *(Measure(name, before[name], running[name]) for name in running),
            *_in_several_ways(before, running),
        ]


def _in_several_ways(before: Mapping[str, Flags], running: Mapping[str, Flags]) -> list[Measure]:
    if len(before) < 2:
        return []
    first, still = (np.sum(list(states.values()), axis=0) > 1 for states in (before, running))
    return [Measure(SEVERAL, first, still)]


def _missed(waiting: pd.DataFrame, everywhere: Collection[str], fields: Sequence[str]) -> dict[str, Flags]:
    """In which ways each row is missed: only ways that every list can tell."""
    missed: dict[str, Flags] = {}
    reached = [waiting[name].notna().to_numpy() for name in REACHED_BY if name in everywhere]
    if reached:
        missed[UNREACHED] = ~np.any(reached, axis=0)
    if "contact_recorded" in everywhere:
        missed[WITHOUT + "contact"] = ~waiting["contact_recorded"].fillna(value=False).to_numpy(dtype=bool)
    flagged = flag_missing(waiting, fields) if fields else waiting
    for name in fields:
        missed[WITHOUT + name] = flagged[f"missing_{name}"].isin(["blank", "not_known", "invalid"]).to_numpy()
    return missed


def _among_longest(waiting: pd.DataFrame, share: float, places: Wholes) -> Flags:
    """Whether each person found is in the longest-waiting share of that list."""
    days = waiting["days_waiting"].astype("Float64").to_numpy(dtype=np.float64, na_value=-1)
    days = np.where(is_scope(waiting, "rtt_open"), days, -1)
    since = tail_begins(days[days >= 0].astype(np.int64), share)
    return np.asarray((places != GONE) & at_least(at(days, places, -1.0), since))


def at_least(days: NDArray[Any], since: int | None) -> Flags:
    """Nobody, where all have waited alike."""
    return np.zeros(len(days), bool) if since is None else np.asarray(days >= since)
