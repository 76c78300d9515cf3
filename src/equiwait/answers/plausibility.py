"""`plausibility`: what is recorded and may not be true: one code for everybody, 'other' over-used, births on 1 January."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.grouped_people import EVERYONE, whole
from equiwait.counts.waits import By, Groups, crossed, question_name, questions, refuse_persons
from equiwait.counts.waits.groups import CROSS
from equiwait.counts.waits.wording import spoken
from equiwait.derived import list_from
from equiwait.disclosure import Counts, ReleasedCounts, cells_of, everyone_cells, notes_of, release, rule_named, tally
from equiwait.errors import RefusedError
from equiwait.fields import FIELDS
from equiwait.frames import need, snapshot_of
from equiwait.results import Result, Units, answered, provenance_of
from equiwait.rows.missing import flag_missing
from equiwait.statistics import wilson

__all__ = ["Plausibility", "plausibility"]

_CODED = ("ethnicity", "sex")
_OTHER = ("C", "G", "L", "P", "S")
_FEWEST = 50
_JANUARY = 1 / 365.25
_WORDS = {
    "one_code": "one code for nearly everybody",
    "other_group": "an 'other' group far more often than elsewhere on the list",
    "january_first": "born on 1 January far more often than one person in 365",
}


@dataclass(frozen=True, eq=False, repr=False)
class Plausibility(Result):
    """What is recorded and may not be true: one row for each check, question and group.

    ``n`` of ``of`` recorded people; ``share`` with Wilson's interval; ``usual`` is what would be expected: the share on the
    whole list, or one day of a year. ``stands_out`` where even the lower end is far from that, among 50 people or more.
    """

    section: ClassVar[str] = "missing"
    units: ClassVar[Units] = MappingProxyType(
        {**dict.fromkeys(("lower", "upper", "usual"), "percent"), "check": "name", "stands_out": "flag"}
    )


class _Check(NamedTuple):
    """One check: its field, its name, and for each row whether it is recorded and whether it is so."""

    field: str
    name: str
    recorded: NDArray[np.bool_]
    so: NDArray[np.bool_]


class _Asked(NamedTuple):
    """What is looked at, none of it a number of people."""

    population: str
    checks: tuple[tuple[str, str], ...]
    splits: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]


def plausibility(waiting: pd.DataFrame, by: By | None = None, *, suppression: str = "hes") -> Plausibility:
    """Say where what is recorded may not be true, so that it can be asked again before it is counted on.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list.
    by : str, or sequence of str and tuples, optional
        Where to look apart: ``"site"``, ``"specialty"``.
    suppression : str
        The small-number rule.

    Returns
    -------
    Plausibility
        One row for each check, for everybody and by group.

    Raises
    ------
    ColumnsError
        If a grouping is not in the list.
    RefusedError
        If the list has neither ethnicity, sex nor dates of birth.

    Notes
    -----
    A sign that a form fills itself in, not a proof: some places do serve one group. Nobody's record is changed or called
    wrong. *One code*: the list's most common code, in 98% of a group's records or more where it is under 90% of the list.
    *Other group*: the codes C, G, L, P and S, more than twice as often as on the whole list. *1 January*: more than three
    times 1 in 365.25. Each by the lower end of Wilson's interval (1927).

    Examples
    --------
    >>> born = ["1980-01-01"] * 40 + ["1980-06-17"] * 60
    >>> waiting = pd.DataFrame({"scope": "rtt_open", "date_of_birth": pd.to_datetime(born)})
    >>> plausibility(waiting).table[["check", "n", "of", "share", "stands_out"]]
               check     n     of  share  stands_out
    0  january_first  40.0  100.0    0.4        True
    """
    waiting, rule = list_from(waiting), rule_named(suppression)
    need(waiting, ["scope"], "plausibility")
    asked = questions(by) if by is not None else []
    columns = [column for one in asked for column in one]
    need(waiting, columns, "plausibility")
    refuse_persons(waiting, columns)
    counted = waiting[(waiting["scope"] == "rtt_open").to_numpy()]
    checks = list(_checks(counted))
    if not checks:
        raise RefusedError(
            "The list has nothing to look at: no ethnicity, sex or date of birth.", todo="Map them: columns=."
        )
    population = f"open {snapshot_of(counted)}".strip()
    counts = Counts()
    splits = []
    for one in ((), *asked):
        groups = crossed(counted, one).occurring() if one else whole(len(counted))
        names = tuple(groups.names)
        splits.append((tuple(one), question_name(one) if one else EVERYONE, names))
        for check in checks:
            counts += _counted(check, tuple(one), groups, population)
    about = _Asked(population, tuple((check.field, check.name) for check in checks), tuple(splits))
    return answered(partial(_answer, about), release(counts, rule), provenance_of(waiting))


def _checks(counted: pd.DataFrame) -> Iterator[_Check]:
    for field in (name for name in _CODED if name in counted):
        recorded = (flag_missing(counted, [field])[f"missing_{field}"] == "recorded").to_numpy(bool)
        codes = counted[field].astype(object).to_numpy()
        if recorded.any():
            most = pd.Series(codes[recorded]).mode().iloc[0]
            yield _Check(field, "one_code", recorded, recorded & (codes == most))
        if field == "ethnicity":
            yield _Check(field, "other_group", recorded, recorded & np.isin(codes.astype(str), _OTHER))
    if "date_of_birth" in counted and "date_of_birth" in FIELDS:
        born = pd.to_datetime(counted["date_of_birth"])
        recorded = born.notna().to_numpy()
        yield _Check(
            "date_of_birth",
            "january_first",
            recorded,
            recorded & ((born.dt.month == 1) & (born.dt.day == 1)).to_numpy(),
        )


def _counted(check: _Check, columns: tuple[str, ...], groups: Groups, population: str) -> Counts:
    """People recorded, and those of them of whom it is so."""
    recorded, so = (groups.people(rows) for rows in (check.recorded, check.so))
    event = f"{check.field} recorded"
    inner = f"{event}, {check.name}"
    if not columns:
        cells = [*everyone_cells(population, event=event), *everyone_cells(population, event=inner)]
        return Counts(tuple(cells), np.array([recorded.sum(), so.sum()], float))
    parts = _parts(columns, tuple(groups.names))
    return tally(population, columns, parts, recorded, event=event) + tally(population, columns, parts, so, event=inner)


def _parts(columns: Sequence[str], names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(name.split(CROSS)) if len(columns) > 1 else (name,) for name in names]


def _answer(asked: _Asked, released: ReleasedCounts) -> Plausibility:
    rows = [
        _rows(field, check, split, asked.population, released)
        for field, check in asked.checks
        for split in asked.splits
    ]
    table = pd.concat(rows, ignore_index=True)
    notes = (
        "A sign that a form may fill itself in, not a proof: ask before you trust it, and before you mistrust it.",
        *notes_of(released),
    )
    return Plausibility("What is recorded and may not be true", table, notes, _findings(table))


def _rows(
    field: str,
    check: str,
    split: tuple[tuple[str, ...], str, tuple[str, ...]],
    population: str,
    released: ReleasedCounts,
) -> pd.DataFrame:
    columns, name, groups = split
    events = f"{field} recorded", f"{field} recorded, {check}"

    def shown(event: str) -> NDArray[np.float64]:
        if not columns:
            return released.people(everyone_cells(population, event=event))
        return released.people(cells_of(population, columns, _parts(columns, groups), event=event))[:, 0]

    of, n = shown(events[0]), shown(events[1])
    n = np.minimum(n, of)
    share = wilson(n, of)
    whole_of, whole_n = (float(released.people(everyone_cells(population, event=event))[0]) for event in events)
    usual = _JANUARY if check == "january_first" else whole_n / whole_of if whole_of > 0 else np.nan
    return pd.DataFrame({
        "field": field, "check": check, "by": name, "group": list(groups), "n": n, "of": of, "share": share.value,
        "lower": share.lower, "upper": share.upper, "usual": usual,
        "stands_out": _stands_out(check, np.asarray(share.lower), np.asarray(share.value), usual) & (of >= _FEWEST),
    })  # fmt: skip


def _stands_out(check: str, lower: NDArray[np.float64], share: NDArray[np.float64], usual: float) -> NDArray[np.bool_]:
    if check == "one_code":
        return np.asarray((share >= 0.98) & (usual < 0.9))
    return np.asarray(lower > (3 if check == "january_first" else 2) * usual)


def _findings(table: pd.DataFrame) -> tuple[str, ...]:
    found = table[table["stands_out"]]
    if found.empty:
        return ("Nothing that is recorded stands out as implausible by these checks.",)
    return tuple(
        f"{spoken(str(row.field)).capitalize()}, {row.group}: {row.share:.0%} of {row.of:,.0f} recorded people have "
        f"{_WORDS[str(row.check)]} ({row.usual:.1%} would be usual)."
        for row in found.itertuples()
    )
