"""`count_waits`: from a list to counts, in one pass over whole numbers."""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits.about import ESTIMANDS, About
from equiwait.counts.waits.estimands import Spells, read_window, spells
from equiwait.counts.waits.group_values import NATIONS
from equiwait.counts.waits.groups import (
    By,
    Groups,
    cross,
    everybody,
    groups_of,
    is_place_rank,
    occurring,
    question_name,
    questions,
)
from equiwait.counts.waits.persons import refuse_persons
from equiwait.counts.waits.tables import EVENTS, settled
from equiwait.counts.waits.tally import Wholes, tally
from equiwait.counts.waits.waits import Waits
from equiwait.derived import list_from
from equiwait.errors import RefusedError, choose, listed
from equiwait.fields import made_from
from equiwait.frames import as_we_write, categorical, need
from equiwait.parallel import spread
from equiwait.results import provider_codes


def count_waits(
    waiting: pd.DataFrame,
    by: By,
    *,
    within: Sequence[str] | None = None,
    estimand: str = "still_waiting",
    window: Sequence[object] | None = None,
) -> Waits:
    """Count people by group, days waited and how it ended.

    Parameters
    ----------
    waiting : pandas.DataFrame or Stitched
        A list from `read_list`, or extracts put together by `stitch`, with the columns named in ``by`` and ``within``.
    by : str, or sequence of str and tuples
        Groupings: each name is a question of its own; a tuple of names is one crossed question.
    within : sequence of str, optional
        Columns whose combinations are strata, to compare like with like.
    estimand : {"still_waiting", "completed", "time_to_treatment"}
        ``still_waiting``: people on the list on the day of the snapshot, and how long they have waited so far.
        ``completed``: people who left in the window, and how long they had waited. ``time_to_treatment``: people on the
        list when the window opens and those who join in it, each from the day they come under observation until they
        leave or the window closes.
    window : pair of dates, optional
        First and last day, as dates or ``"2026-07-31"``; needed for all but ``still_waiting``. It may not end after the
        snapshot. ``completed`` includes both days. For ``time_to_treatment`` the first day is that of the opening list:
        on it are those who are still waiting when that day ends.

    Returns
    -------
    Waits
        Counts of pathways on the clock: open ones (``scope`` ``rtt_open``) and, with a window, ended ones (``closed``).
        Every other row is counted in ``about.excluded``, by its scope or by what is wrong with it.

    Raises
    ------
    ColumnsError
        If a column is not in the list.
    OptionError
        If the estimand is not one of these, or lacks its window.
    RefusedError
        If the window ends before it starts or after the snapshot; if rows of several snapshots are counted together;
        if the ranks of several nations would be pooled.

    Notes
    -----
    A person with two open pathways counts twice: the unit is the pathway. A row without a value belongs to a group that
    says so; nobody is left out of a question.

    Late entry: somebody who had waited 59 days when the window opened is at risk from day 60 on, {entry < t ≤ exit}; such
    a person has two rows of counts, one ``entered`` at 59 and one where they left or were last seen. Those who joined in
    the window enter at 0. Somebody who left on the day of entry was seen for no day, and is excluded by reason
    (Andersen PK et al. 1993, *Statistical Models Based on Counting Processes*, section III.3).

    Examples
    --------
    >>> from equiwait.rows.intake import read_list
    >>> raw = pd.DataFrame({"clock_start": ["2026-04-01", "2026-10-01", "2026-10-01"], "sex": ["1", "2", ""]})
    >>> counts = count_waits(read_list(raw, snapshot="2026-10-31"), "sex")
    >>> counts.table[["group", "known", "days", "people"]]
                      group  known  days  people
    0                  Male   True   213       1
    1                Female   True    30       1
    2  Not recorded (blank)  False    30       1
    """
    if callable(parts := getattr(waiting, "parts", None)):  # extracts put together, one part at a time
        reads = Asked(tuple(questions(by)), tuple(within or ()), estimand, ()).reads
        several = (count_waits(part, by, within=within, estimand=estimand, window=window) for part in parts(reads))
        return functools.reduce(operator.add, several)
    waiting = list_from(waiting)
    choose("estimand", estimand, ESTIMANDS)
    asked = Asked(tuple(questions(by)), tuple(within or ()), estimand, ())
    need(waiting, asked.columns, "count_waits")
    refuse_persons(waiting, asked.grouped)
    dates = read_window(waiting, estimand, window)
    asked = asked._replace(window=tuple(day.isoformat() for day in dates or ()))
    tables, said = count_block(waiting, asked)
    return counted_waits(asked, [_frame_of(cells) for cells in tables], said)


class Asked(NamedTuple):
    """What is counted: questions, strata, estimand, and the first and last day of its window."""

    by: tuple[tuple[str, ...], ...]
    within: tuple[str, ...]
    estimand: str
    window: tuple[str, ...]

    @property
    def grouped(self) -> list[str]:
        """The columns by which people are grouped."""
        return list(dict.fromkeys([*(column for one in self.by for column in one), *self.within]))

    @property
    def columns(self) -> list[str]:
        """The columns that must be there."""
        return [*self.grouped, "scope", *(["days_waiting"] if self.estimand == "still_waiting" else [])]

    @property
    def reads(self) -> list[str]:
        """All columns that counting looks at, of those that a list has."""
        dates = () if self.estimand == "still_waiting" else ("clock_start", "clock_stop", "stop_reason")
        made = map(made_from, self.columns)
        return list(dict.fromkeys([*self.columns, *made, *_BESIDE, *_PROVENANCE, "provider", *dates]))


class Named(NamedTuple):
    """A column of words: each row's place among names, no two of them alike."""

    place: Wholes
    names: Sequence[str]


Cells: TypeAlias = Mapping[str, Named | NDArray[Any]]
"""A table of counts of one question, column by column."""


def count_block(waiting: pd.DataFrame, asked: Asked) -> tuple[list[Cells], dict[str, Any]]:
    """Return the cells of counts of a part of a list, and what must be known of all parts: sums, and texts that unite."""
    dates = tuple(dt.date.fromisoformat(day) for day in asked.window) or None
    found = spells(waiting, asked.estimand, dates)  # type: ignore[arg-type]
    told = _of_the_snapshot(waiting)
    said: dict[str, Any] = {name: as_we_write(name, occurring(told[name])) for name in told.columns}
    said |= {"excluded": found.excluded, "nations": _nations(waiting, asked.by, found.rows), "rows": len(waiting)}
    codes = provider_codes(waiting)
    said["providers"] = codes if found.rows.any() else []
    said["providers_in_words"] = not codes and "provider" in waiting and bool(waiting["provider"].notna().any())
    grouped = spread(lambda column: groups_of(waiting, column).among(found.rows), asked.grouped)
    groups = dict(zip(asked.grouped, grouped, strict=True))
    everyone = everybody(int(np.count_nonzero(found.rows)))
    stratum = cross([groups[column] for column in asked.within]) if asked.within else everyone

    def counted(one: tuple[str, ...]) -> list[Cells]:
        return list(_counts(question_name(one), cross([groups[column] for column in one]), stratum, found))

    return list(chain.from_iterable(spread(counted, asked.by))), said


def counted_waits(asked: Asked, cells: Sequence[pd.DataFrame], said: Mapping[str, Any]) -> Waits:
    """Return the counts of a whole list from its cells and what was said of all its parts."""
    _refuse_pooled_nations(said["nations"], asked.by)
    editions = filter(None, (_one(said, name, "editions") for name in ("directory_edition", "index_edition")))
    about = About(
        asked.estimand,
        asked.by,
        asked.within,
        snapshot=_one(said, "snapshot_date", "snapshots"),
        window=asked.window,
        editions=tuple(editions),
        excluded=dict(sorted(said["excluded"].items())),
        providers=() if said["providers_in_words"] else tuple(sorted(said["providers"])),
    )
    return Waits(settled(cells, asked.by, asked.within), about)


_BESIDE = ("link_status", "nation")
_PROVENANCE = ("snapshot_date", "directory_edition", "index_edition")
_OTHER_DAYS = ("other_snapshot", "unknown_snapshot")


def _of_the_snapshot(waiting: pd.DataFrame) -> pd.DataFrame:
    """The provenance of every row of the snapshot, counted or not: a part in which nobody counts has one too."""
    columns, scope = waiting[[name for name in _PROVENANCE if name in waiting.columns]], waiting["scope"]
    if not set(_OTHER_DAYS).intersection(occurring(scope)):
        return columns
    return columns[~scope.isin(_OTHER_DAYS).to_numpy(dtype=bool)]


def _counts(name: str, groups: Groups, stratum: Groups, found: Spells) -> Iterator[Cells]:
    """Exits and late entries, each by group, stratum and day."""
    yield _tallied(name, groups, stratum, found.event, found.days)
    if found.entry is not None:
        entered = np.full(len(found.entry), EVENTS.index("entered"), np.int8)
        yield _tallied(name, groups, stratum, entered, found.entry)


def _tallied(name: str, groups: Groups, stratum: Groups, event: Wholes, days: Wholes) -> Cells:
    events = int(event.max(initial=0)) + 1
    sizes = [len(groups.names), len(stratum.names), events, int(days.max(initial=0)) + 1]
    (group, within, what, day), people = tally([groups.place, stratum.place, event, days], sizes)
    return {
        "by": Named(np.zeros(len(people), np.int8), [name]),
        "group": _named(group, groups.names),
        "known": groups.known[group],
        "within": _named(within, stratum.names),
        "days": day,
        "event": Named(what, EVENTS),
        "people": people,
    }


def _named(place: Wholes, names: Sequence[str]) -> Named:
    """Names of places; two groups of one name (known and not) stay two rows."""
    at = {name: number for number, name in enumerate(dict.fromkeys(names))}
    where = np.array([at[name] for name in names], np.int64)
    return Named(where[place] if len(at) < len(names) else place, list(at))


def _frame_of(cells: Cells) -> pd.DataFrame:
    return pd.DataFrame({name: categorical(*each) if isinstance(each, Named) else each for name, each in cells.items()})


def _nations(waiting: pd.DataFrame, asked: Sequence[tuple[str, ...]], rows: NDArray[np.bool_]) -> list[str]:
    """The nations of people whose rank of place would be pooled."""
    ranked = _pooled(asked)
    if not ranked or "nation" not in waiting.columns:
        return []
    pooled = functools.reduce(np.logical_or, (waiting[name].notna().to_numpy() for name in ranked))
    return sorted(filter(None, map(str, occurring(waiting["nation"], rows & pooled))))


def _pooled(asked: Sequence[tuple[str, ...]]) -> list[str]:
    return sorted({column for one in asked if "nation" not in one for column in one if is_place_rank(column)})


def _refuse_pooled_nations(nations: Sequence[str], asked: Sequence[tuple[str, ...]]) -> None:
    """A decile ranks an area within its own nation: two nations' deciles are not one scale."""
    ranked = _pooled(asked)
    if len(nations) > 1:
        raise RefusedError(
            f"{listed(ranked)} would pool the ranks of several nations.",
            found=listed([*(nation for nation in NATIONS if nation in nations), f"{len(nations)} values in all."]),
            todo=f"Count one nation, or cross with it: by=[('nation', '{ranked[0]}')].",
        )


def _one(said: Mapping[str, Any], column: str, what: str) -> str:
    """The one value of a column of provenance; several would make the counts mean nothing."""
    found = said.get(column, [])
    if len(found) > 1 and column == "snapshot_date":
        raise RefusedError(f"The list holds several {what}: {listed(found)}.", todo="Count one at a time.")
    return "; ".join(found)
