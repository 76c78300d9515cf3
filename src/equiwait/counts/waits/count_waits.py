"""`count_waits`: from a list to counts, in one pass over whole numbers."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from equiwait.counts.waits.about import EDITIONS, ESTIMANDS, About, pooled, refuse_pooled_nations
from equiwait.counts.waits.columns import AnyList, is_missing, rows_of
from equiwait.counts.waits.estimands import read_window, spells
from equiwait.counts.waits.group_values import NATIONS
from equiwait.counts.waits.groups import (
    BLOCK,
    By,
    Groups,
    blocks,
    cross,
    everybody,
    groups_of,
    occurring,
    question_name,
    questions,
)
from equiwait.counts.waits.persons import refuse_persons
from equiwait.counts.waits.tables import EVENTS, settled
from equiwait.counts.waits.tally import Counts, Wholes, tally
from equiwait.counts.waits.waits import Waits
from equiwait.derived import list_from
from equiwait.engines.passes import added, total_cells
from equiwait.errors import RefusedError, choose, listed
from equiwait.fields import made_from
from equiwait.frames import as_we_write, coded, need
from equiwait.parallel import cores, spread, threads_for
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
    tables, said = zip(*spread(lambda piece: count_block(piece, asked), _pieces(waiting, asked.reads)), strict=True)
    return counted_waits(asked, total_cells(tables), functools.reduce(added, said))


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
        return list(dict.fromkeys([*self.columns, *made, *_BESIDE, "snapshot_date", *EDITIONS, "provider", *dates]))


def count_block(waiting: AnyList, asked: Asked) -> tuple[pa.Table, dict[str, Any]]:
    """Return the cells of counts of a part of a list, and what must be known of all parts: sums, and texts that unite."""
    dates = tuple(dt.date.fromisoformat(day) for day in asked.window) or None
    found = spells(waiting, asked.estimand, dates)  # type: ignore[arg-type]
    said = _provenance(waiting, found.excluded) | _providers(waiting, found.rows)
    said |= {"excluded": found.excluded, "nations": _nations(waiting, asked.by, found.rows)}
    said |= {"rows": len(waiting)}
    threads = threads_for(len(waiting))
    grouped = spread(lambda column: groups_of(waiting, column).among(found.rows), asked.grouped, threads=threads)
    groups = dict(zip(asked.grouped, grouped, strict=True))
    tables = list(_counts(asked, groups, found.event, found.days))
    if found.entry is not None:
        entered = np.full(len(found.entry), EVENTS.index("entered"), np.int8)
        tables += _counts(asked, groups, entered, found.entry)
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks(), said


def counted_waits(asked: Asked, cells: pa.Table, said: Mapping[str, Any]) -> Waits:
    """Return the counts of a whole list from its cells and what was said of all its parts."""
    refuse_pooled_nations(said["nations"], asked.by)
    about = About(
        asked.estimand,
        asked.by,
        asked.within,
        snapshot=_one_day(said.get("snapshot_date", [])),
        window=asked.window,
        editions={name: tuple(found) for name, found in sorted(said["editions"].items())},
        excluded=dict(sorted(said["excluded"].items())),
        nations=tuple(said["nations"]),
        providers=() if said["providers_in_words"] else tuple(sorted(said["providers"])),
        providers_in_words=said["providers_in_words"],
    )
    return Waits(settled([cells.to_pandas()], asked.by, asked.within), about)


_BESIDE = ("link_status", "nation")
_OTHER_DAYS = ("other_snapshot", "unknown_snapshot")


def _pieces(waiting: pd.DataFrame, read: Sequence[str]) -> list[pd.DataFrame]:
    """A list in as many pieces as there are cores, but in none that is small.

    Objects that are no text are not cut apart: what they are called may hang on all of them, as 1 and True on which is met first.
    """
    many = max(1, min(cores(), len(waiting) // BLOCK))
    if many == 1 or any(_is_mixed(waiting[name]) for name in read if name in waiting.columns):
        return [waiting]
    return [waiting.iloc[rows] for rows in blocks(len(waiting), -(-len(waiting) // many))]


def _is_mixed(column: pd.Series[Any]) -> bool:
    return column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) not in ("string", "empty")


def _provenance(waiting: AnyList, excluded: Mapping[str, int]) -> dict[str, Any]:
    """What every row of the snapshot says, counted or not: a part in which nobody counts says it too."""
    others = set(_OTHER_DAYS).intersection(excluded)
    rows = ~_any_of([rows_of(waiting["scope"], day) for day in others]) if others else None
    days = {name: as_we_write(name, occurring(waiting[name], rows)) for name in ("snapshot_date",) if name in waiting}
    return {**days, "editions": _editions(waiting, rows)}


def _editions(waiting: AnyList, rows: NDArray[np.bool_] | None) -> dict[str, list[str]]:
    """The editions of each column of them; an index is of a nation, and those of each nation stand by themselves."""
    here = [name for name in EDITIONS if name in waiting]
    found = {name: as_we_write(name, occurring(waiting[name], rows)) for name in here}
    index = EDITIONS[1]
    if not found.get(index) or "nation" not in waiting:
        return found
    rest = np.ones(len(waiting), bool) if rows is None else rows
    for nation in sorted(set(NATIONS).intersection(occurring(waiting["nation"], rest))):
        mine = rows_of(waiting["nation"], nation)
        if editions := as_we_write(index, occurring(waiting[index], rest & mine)):
            found[f"{index} {nation}"] = editions
        rest = rest & ~mine
    return {**found, index: as_we_write(index, occurring(waiting[index], rest))}


def _providers(waiting: AnyList, rows: NDArray[np.bool_]) -> dict[str, Any]:
    """The codes of the providers whose people are counted; or, where they are written in words, that they are."""
    named = occurring(waiting["provider"], rows) if "provider" in waiting else []
    codes = provider_codes(pd.DataFrame({"provider": pd.Series(named)}))
    return {"providers": codes, "providers_in_words": bool(named) and not codes}


class _Kinds(NamedTuple):
    """Kinds of row: for every column each one's place among its groups, and how many rows are of it (None: one is)."""

    places: Mapping[str, Wholes]
    event: Wholes
    days: Wholes
    people: Counts | None

    def by(self, columns: Sequence[str], sizes: Sequence[int]) -> _Kinds:
        """Tell rows apart by these columns alone, event and days."""
        axes = [*(self.places[column] for column in columns), self.event, self.days]
        (*places, event, days), people = tally(axes, sizes, self.people)
        return _Kinds(dict(zip(columns, places, strict=True)), event, days, people)


def _counts(asked: Asked, groups: Mapping[str, Groups], event: Wholes, days: Wholes) -> Iterator[pa.Table]:
    """The people of every question; those of a coarse question are counted in the cells of a finer one."""
    rows = _Kinds({column: each.place for column, each in groups.items()}, event, days, None)
    last = [int(places.max(initial=0)) + 1 for places in (event, days)]
    counted: list[_Kinds] = []
    for one in sorted(asked.by, key=len, reverse=True):
        columns = list(dict.fromkeys([*one, *asked.within]))
        finer = (each for each in counted if each.places.keys() >= set(columns))
        kinds = min(finer, key=lambda each: len(each.days), default=rows)
        counted.append(kinds.by(columns, [*(len(groups[column].names) for column in columns), *last]))
        yield _cells(one, asked, groups, counted[-1])


def _cells(one: Sequence[str], asked: Asked, groups: Mapping[str, Groups], kinds: _Kinds) -> pa.Table:
    here = {column: replace(groups[column], place=place) for column, place in kinds.places.items()}
    group = cross([here[column] for column in one])
    stratum = cross([here[column] for column in asked.within]) if asked.within else everybody(len(kinds.days))
    return pa.table(
        {
            "by": coded(np.zeros(len(kinds.days), np.int8), [question_name(one)], grows=len(asked.by) > _FEW),
            "group": _named(group),
            "known": group.known[group.place],
            "within": _named(stratum, grows=bool(asked.within)),
            "days": kinds.days.astype(np.int32, copy=False),
            "event": coded(kinds.event, EVENTS[: int(kinds.event.max(initial=0)) + 1]),
            "people": kinds.people,
        }
    )


_FEW = 127  # questions whose codes are of one byte, as those of events are: their number is known before any row is


def _named(groups: Groups, *, grows: bool = True) -> pa.DictionaryArray:
    """Names of groups, as codes of one type whatever names there are; two groups of one name (known and not) stay two rows."""
    at = {name: number for number, name in enumerate(dict.fromkeys(groups.names))}
    where = np.array([at[name] for name in groups.names], np.int32)
    return coded(groups.place if len(at) == len(where) else where[groups.place], list(at), grows=grows)


def _nations(waiting: AnyList, asked: Sequence[tuple[str, ...]], rows: NDArray[np.bool_]) -> list[str]:
    """The nations of people whose rank of place would be pooled."""
    ranked = pooled(asked)
    if not ranked or "nation" not in waiting:
        return []
    counted = rows & _any_of([~is_missing(waiting[name]) for name in ranked])
    return sorted({_nation(str(each)) for each in occurring(waiting["nation"], counted) if str(each)})


def _nation(said: str) -> str:
    """A nation by its name; what is none of them is told from others, and not repeated."""
    return said if said in NATIONS else f"another ({hashlib.sha256(said.encode()).hexdigest()[:6]})"


def _any_of(several: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    return functools.reduce(np.logical_or, several)


def _one_day(found: Sequence[str]) -> str:
    """The one day that a list is of; several would make the counts mean nothing."""
    if len(found) > 1:
        raise RefusedError(f"The list holds several snapshots: {listed(found)}.", todo="Count one at a time.")
    return "".join(found)
