"""Counts: how many people, by group, days waited and how it ended. All that the statistics ever see.

Counts add up: the counts of two parts of a list, added, are the counts of the whole. No patient's row reaches a
statistic, and a list of any size becomes a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.errors import OptionError, RefusedError, choose, listed
from equiwait.fields import FIELDS
from equiwait.frames import distinct, need, to_arrow

__all__ = ["About", "By", "Waits", "count_waits", "question_name", "questions"]

By: TypeAlias = str | Sequence[str | Sequence[str]]

_CROSS = " × "
_NOT_RECORDED = "Not recorded (blank)"
_COLUMNS = ["by", "group", "known", "within", "days", "event", "people"]


# --- what a group is called ------------------------------------------------------------------------------------------

_SILENCES = {"blank": _NOT_RECORDED, "not_stated": "Not stated (asked)", "not_known": "Not known", "invalid": "Invalid"}


@dataclass(frozen=True)
class Groups:
    """The groups of one column: names in reading order, which of them are known, and each row's place among them."""

    names: tuple[str, ...]
    known: tuple[bool, ...]
    place: NDArray[np.intp]


def groups_of(waiting: pd.DataFrame, column: str) -> Groups:
    """Return the groups of a column; every row has one, and each kind of silence is a group of its own."""
    values, place = distinct(to_arrow(waiting[column]))
    named = [_group_name(column, value) for value in values]
    if _is_place_rank(column) and "link_status" in waiting.columns:
        named, place = _with_no_fixed_abode(waiting, named, place)
    used = sorted({named[i] for i in np.unique(place)}, key=lambda one: (not one[1], one[2]))
    where = {one[0]: i for i, one in enumerate(used)}
    index = np.array([where.get(one[0], 0) for one in named], np.intp)
    return Groups(tuple(one[0] for one in used), tuple(one[1] for one in used), index[place])


Named: TypeAlias = tuple[str, bool, tuple[float, str]]  # name, whether known, where it stands in reading order


def _group_name(column: str, value: str | None) -> Named:
    if column in FIELDS and FIELDS[column].codes:
        return _coded_name(column, value)
    if value is None or value == "":
        return ("Not linked" if _is_place_rank(column) else _NOT_RECORDED, False, (0.0, ""))
    if value in ("true", "false"):
        return ("Yes" if value == "true" else "No", True, (0.0 if value == "true" else 1.0, ""))
    if _is_place_rank(column):
        last = "10" if column.endswith("_decile") else "5"
        words = {"1": " (most deprived)", last: " (least deprived)"}.get(value, "")
        return (value + words, True, (float(value), ""))
    number = re.match(r"\d+", value)
    return (value, True, (float(number[0]) if number else np.inf, value))


def _coded_name(column: str, value: str | None) -> Named:
    each = FIELDS[column]
    reason = each.reason(value)
    if reason != "recorded":
        order = float(list(_SILENCES).index(reason))
        return (_SILENCES[reason], False, (order, ""))
    code = str(value)
    label = each.codes[code]
    name = label if column in ("sex", "list_type") else f"{code}: {label}"
    return (name, True, (float(list(each.codes).index(code)), ""))


def _is_place_rank(column: str) -> bool:
    return column.endswith(("_decile", "_quintile", "core20"))


def _with_no_fixed_abode(
    waiting: pd.DataFrame, named: list[Named], place: NDArray[np.intp]
) -> tuple[list[Named], NDArray[np.intp]]:
    """People of no fixed abode have no area and so no rank: a group to look at, not a gap in the data."""
    here = (waiting["link_status"] == "no_fixed_abode").to_numpy() & (place == len(named) - 1)
    return [*named, ("No fixed abode", True, (np.inf, ""))], np.where(here, len(named), place)


# --- the questions ---------------------------------------------------------------------------------------------------


def questions(by: By) -> list[tuple[str, ...]]:
    """Read ``by``: each name is a question of its own, a tuple of names is one crossed question.

    Examples
    --------
    >>> questions(["sex", ("sex", "ethnicity")])
    [('sex',), ('sex', 'ethnicity')]
    """
    asked = [by] if isinstance(by, str) else list(by)
    if not asked:
        raise OptionError(
            "by= is empty.", todo='Name a column, such as by="ethnicity", or several: by=["ethnicity", "sex"].'
        )
    return [(one,) if isinstance(one, str) else tuple(one) for one in asked]


def question_name(question: Iterable[str]) -> str:
    """Return the name of a question: its columns, crossed."""
    return _CROSS.join(question)


def crossed(waiting: pd.DataFrame, columns: Sequence[str]) -> Groups:
    """Return the groups of columns crossed; a crossed group is known if all its parts are."""
    first, *rest = [groups_of(waiting, column) for column in columns]
    for other in rest:
        names = tuple(f"{a}{_CROSS}{b}" for a in first.names for b in other.names)
        known = tuple(a and b for a in first.known for b in other.known)
        first = Groups(names, known, first.place * len(other.names) + other.place)
    return first


# --- counts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class About:
    """What a table of counts is about: two can be added only if these agree (exclusions add)."""

    estimand: str
    by: tuple[tuple[str, ...], ...]
    within: tuple[str, ...] = ()
    snapshot: str = ""
    editions: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    suppression: str = "none"
    excluded: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Waits:
    """Counts of people by group and days waited.

    Parameters
    ----------
    table : pandas.DataFrame
        ``by group known within days event people``: one row for each combination that occurs. ``event`` is ``open``
        for a person still waiting.
    about : About
        Groupings, strata, snapshot, estimand, editions, exclusions by reason.
    """

    table: pd.DataFrame
    about: About

    def __add__(self, other: Waits) -> Waits:
        """Return the counts of two parts as the counts of the whole.

        Raises
        ------
        RefusedError
            If the two are not about the same thing.
        """
        differing = [
            each.name
            for each in fields(About)
            if each.name != "excluded" and getattr(self.about, each.name) != getattr(other.about, each.name)
        ]
        if differing:
            raise RefusedError(
                f"These counts differ in {listed(differing)} and cannot be added.",
                todo="Count both parts with the same by=, within= and snapshot.",
            )
        excluded = {
            reason: self.about.excluded.get(reason, 0) + other.about.excluded.get(reason, 0)
            for reason in sorted({*self.about.excluded, *other.about.excluded})
        }
        return Waits(
            _summed(pd.concat([self.table, other.table], ignore_index=True)), replace(self.about, excluded=excluded)
        )

    def __repr__(self) -> str:
        """Return what is counted, without a number that could be small."""
        asked = listed(question_name(one) for one in self.about.by)
        return f"<Waits: {self.about.estimand} by {asked}; snapshot {self.about.snapshot or 'not given'}; {len(self.table)} cells>"

    def cube(self, question: tuple[str, ...]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        """Return the groups of one question (``group``, ``known``) and people still waiting, groups × days."""
        part = self.table[(self.table["by"] == question_name(question)) & (self.table["event"] == "open")]
        groups = part[["group", "known"]].drop_duplicates(ignore_index=True)
        row = pd.Index(groups["group"]).get_indexer(part["group"])
        days = part["days"].to_numpy()
        counts = np.zeros((len(groups), int(days.max(initial=0)) + 1), np.int64)
        np.add.at(counts, (row, days), part["people"].to_numpy())
        return groups, counts


def _summed(table: pd.DataFrame) -> pd.DataFrame:
    keys = _COLUMNS[:-1]
    return table.groupby(keys, sort=False, dropna=False, as_index=False)["people"].sum()[_COLUMNS]


def count_waits(
    waiting: pd.DataFrame, by: By, *, within: Sequence[str] | None = None, estimand: str = "still_waiting"
) -> Waits:
    """Count people by group and days waited.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list from `read_list`, with the columns named in ``by`` and ``within``.
    by : str, or sequence of str and tuples
        Groupings: each name is a question of its own; a tuple of names is one crossed question.
    within : sequence of str, optional
        Columns whose combinations are strata, to compare like with like.
    estimand : {"still_waiting"}
        Of the people on the list on the day of the snapshot.

    Returns
    -------
    Waits
        Counts of open pathways on the clock (``scope`` ``rtt_open``); every other row is counted by its scope in
        ``about.excluded``.

    Raises
    ------
    ColumnsError
        If a column is not in the list.
    RefusedError
        If rows of several snapshots, index editions or directory editions are counted together.

    Notes
    -----
    A person with two open pathways counts twice: the unit is the pathway. A row without a value belongs to a group that
    says so; nobody is left out of a question.

    Examples
    --------
    >>> from equiwait.intake import read_list
    >>> raw = pd.DataFrame({"clock_start": ["2026-04-01", "2026-10-01", "2026-10-01"], "sex": ["1", "2", ""]})
    >>> counts = count_waits(read_list(raw, snapshot="2026-10-31"), "sex")
    >>> counts.table[["group", "known", "days", "people"]]
                      group  known  days  people
    0                  Male   True   213       1
    1                Female   True    30       1
    2  Not recorded (blank)  False    30       1
    """
    choose("estimand", estimand, ["still_waiting"])
    asked, strata = questions(by), tuple(within or ())
    need(
        waiting,
        dict.fromkeys([column for one in asked for column in one] + [*strata, "scope", "days_waiting"]),
        "count_waits",
    )
    counted = waiting[(waiting["scope"] == "rtt_open").to_numpy()]
    _refuse_pooled_nations(counted, asked)
    about = About(
        estimand, tuple(asked), strata,
        snapshot=_one(counted, "snapshot_date", "snapshots"),
        editions=tuple(filter(None, (_one(counted, name, "editions") for name in ("directory_edition", "index_edition")))),
        excluded={str(scope): int(rows) for scope, rows in waiting["scope"].value_counts().sort_index().items() if rows and scope != "rtt_open"},
    )  # fmt: skip
    days = counted["days_waiting"].to_numpy(dtype=np.int64)
    stratum = crossed(counted, strata) if strata else Groups(("",), (True,), np.zeros(len(counted), np.intp))
    tables = [_tally(question_name(one), crossed(counted, one), stratum, days) for one in asked]
    return Waits(pd.concat(tables, ignore_index=True), about)


def _tally(name: str, groups: Groups, stratum: Groups, days: NDArray[np.int64]) -> pd.DataFrame:
    """One pass: a whole number for each row's group, stratum and days, and how often it occurs."""
    width = int(days.max(initial=0)) + 1
    key = (groups.place * len(stratum.names) + stratum.place) * width + days
    cells, people = np.unique(key, return_counts=True)
    cell, day = np.divmod(cells, width)
    group, within = np.divmod(cell, len(stratum.names))
    columns: dict[str, Any] = {
        "by": name,
        "group": np.array(groups.names, object)[group],
        "known": np.array(groups.known)[group],
        "within": np.array(stratum.names, object)[within],
        "days": day,
        "event": "open",
        "people": people,
    }
    return pd.DataFrame(columns, columns=_COLUMNS)


def _refuse_pooled_nations(counted: pd.DataFrame, asked: Sequence[tuple[str, ...]]) -> None:
    """A decile ranks an area within its own nation: two nations' deciles are not one scale."""
    ranked = sorted({column for one in asked if "nation" not in one for column in one if _is_place_rank(column)})
    if not ranked or "nation" not in counted.columns:
        return
    here = counted.loc[counted[ranked].notna().any(axis=1), "nation"].dropna().unique()
    if len(here) > 1:
        raise RefusedError(
            f"{listed(ranked)} would pool the ranks of several nations: {listed(sorted(map(str, here)))}.",
            todo=f"Count one nation, or cross with it: by=[('nation', '{ranked[0]}')].",
        )


def _one(counted: pd.DataFrame, column: str, what: str) -> str:
    """The one value of a column of provenance; several would make the counts mean nothing."""
    if column not in counted.columns:
        return ""
    found = sorted(str(value) for value in counted[column].dropna().unique())
    found = [value for value in found if value]
    if len(found) > 1 and column == "snapshot_date":
        raise RefusedError(f"The list holds several {what}: {listed(found)}.", todo="Count one at a time.")
    return "; ".join(found)
