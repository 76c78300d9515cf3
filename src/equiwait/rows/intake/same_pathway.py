"""The same pathway on many days: one row a day, one record for each wait, corrections of its start put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.frames import to_arrow
from equiwait.rows.intake.extracts import KEY
from equiwait.rows.intake.parts import SEEN
from equiwait.rows.intake.submissions import order_of_submissions

__all__ = ["RECORD", "followed", "kept_once"]

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

RECORD = "record"
"""A number for each wait of a part; rows of one wait have the same."""

SHARED, UNNUMBERED = "shared number", "no number"


def kept_once(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each wait and day: the latest submission, or where nothing says, one that its own cells choose."""
    wait = [*KEY, "clock_start", SEEN]
    numbered = _numbered(rows) & ~_shared(rows)
    again = np.zeros(len(rows), bool)
    again[numbered] = rows.loc[numbered, wait].duplicated(keep=False).to_numpy()
    here = np.flatnonzero(again)
    if not len(here):
        return rows
    some = rows.iloc[here]
    groups = some[wait].groupby(wait, dropna=False, sort=False).ngroup().to_numpy()
    ranks = np.zeros((3, len(here)), np.uint64)
    ranks[0] = _by_content(some)
    for row, name in ((1, "submission_row"), (2, "submitted_at")):  # the last is the strongest
        if name in rows.columns:
            ranks[row] = order_of_submissions(to_arrow(some[name]))[0].astype(np.uint64)
    order = np.lexsort((*ranks, groups))
    last = np.append(groups[order][1:] != groups[order][:-1], True)
    keep = np.ones(len(rows), bool)
    keep[here[order[~last]]] = False
    return rows[keep].reset_index(drop=True)


def _by_content(rows: pd.DataFrame) -> NDArray[np.uint64]:
    """A number for each row that depends on its cells alone: not on its place, nor on columns that are empty."""
    total = np.zeros(len(rows), np.uint64)
    for name in rows.columns:
        there = rows[name].notna().to_numpy()
        cells = np.where(there, rows[name].astype(str).to_numpy(dtype=object), "")
        told = pd.util.hash_array(np.array([f"{name}={cell}" for cell in cells], object), categorize=False)
        total += np.where(there, told, np.uint64(0))
    return total


def _numbered(rows: pd.DataFrame) -> Flags:
    return (rows["pathway_id"] != "").to_numpy(dtype=bool)


def _shared(rows: pd.DataFrame) -> Flags:
    """Rows whose number some extract gives to people who differ in birth date or sex."""
    noted = rows["row_problems"].astype(str).str.contains("pathway_id_shared", regex=False).to_numpy(dtype=bool)
    if not noted.any():
        return noted
    key = pd.MultiIndex.from_frame(rows[list(KEY)])
    return np.asarray(key.isin(key[noted].unique()))


class Wait(NamedTuple):
    """One start of one number: its days, how it stood when last seen, and who it is of."""

    start: int
    first: int
    last: int
    open_at_last: bool
    who: tuple[Any, ...]


def followed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the number of their record, ``restarted`` where another wait of the number took its place.

    Rows that cannot be followed are records of their own.
    """
    numbered = _numbered(rows) & ~_shared(rows)
    waits = rows.loc[numbered, [*KEY, "clock_start"]]
    number = np.empty(len(rows), np.int64)
    number[numbered] = waits.groupby([*KEY, "clock_start"], dropna=False, sort=False).ngroup().to_numpy()
    loose = int(np.count_nonzero(~numbered))
    number[~numbered] = np.arange(loose) + len(rows)
    replaced, restarted = _corrections(rows[numbered], number[numbered])
    for later, earlier in replaced.items():  # earlier ones come first, so a chain ends at its first
        replaced[later] = replaced.get(earlier, earlier)
    place = pd.Series(number).replace(replaced).to_numpy() if replaced else number
    return rows.assign(**{RECORD: place, "followed": numbered, "restarted": np.isin(place, list(restarted))})


def _corrections(rows: pd.DataFrame, number: Places) -> tuple[dict[int, int], set[int]]:
    """Which wait is a correction of which earlier one, and which were followed by another start of their number."""
    key = rows.groupby(list(KEY), sort=False).ngroup().to_numpy()
    starts = pd.DataFrame({"key": key, "wait": number}).drop_duplicates()
    several = starts["key"].duplicated(keep=False).to_numpy()
    if not several.any():
        return {}, set()
    some = np.isin(key, starts.loc[several, "key"].unique())
    waits = _waits(rows[some], number[some])
    replaced: dict[int, int] = {}
    restarted: set[int] = set()
    for _, names in starts[several].groupby("key")["wait"]:
        _link(sorted(names, key=lambda name: (waits[name].first, waits[name].start)), waits, replaced, restarted)
    return replaced, restarted


def _link(names: Sequence[int], waits: dict[int, Wait], replaced: dict[int, int], restarted: set[int]) -> None:
    """Each wait takes the place of the one that was open before it and is not there any more, if it can be that one."""
    for at, name in enumerate(names):
        this = waits[name]
        before = [each for each in names[:at] if waits[each].last < this.first and waits[each].open_at_last]
        free = [each for each in before if each not in replaced.values()]
        same = [each for each in free if this.start <= waits[each].last and _one_person(this.who, waits[each].who)]
        if same:
            replaced[name] = max(same, key=lambda each: (waits[each].last, waits[each].start))
        else:
            restarted.update(each for each in free if this.start > waits[each].last)


def _one_person(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(a == b or a is None or b is None for a, b in zip(one, other, strict=True))


def _waits(rows: pd.DataFrame, number: Places) -> dict[int, Wait]:
    """The waits of numbers with several starts, by their number."""
    days = rows[SEEN].to_numpy().astype("datetime64[D]").astype(np.int64)
    start = rows["clock_start"].to_numpy().astype("datetime64[D]").astype(np.int64)  # NaT is the smallest
    who = [
        rows[name].astype(object).where(rows[name].notna(), None).to_numpy()
        for name in ("date_of_birth", "sex")
        if name in rows
    ]
    opened = (rows["scope"].astype(object) != "closed").to_numpy(dtype=bool)
    order = np.lexsort((days, number))
    firsts = np.flatnonzero(np.append(True, np.diff(number[order]) != 0))
    lasts = np.append(firsts[1:], len(order)) - 1
    found: dict[int, Wait] = {}
    for first, last in zip(order[firsts].tolist(), order[lasts].tolist(), strict=True):
        found[int(number[last])] = Wait(
            int(start[last]), int(days[first]), int(days[last]), bool(opened[last]), tuple(each[last] for each in who)
        )
    return found
