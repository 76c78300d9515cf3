"""`reconciliation`: how often several sources about the same people agree, by group."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd

from equiwait.answers.grouped_people import whole
from equiwait.answers.named_groups import NamedGroups, named
from equiwait.counts.waits import By, Groups, crossed, questions, refuse_persons
from equiwait.counts.waits.wording import spoken
from equiwait.derived import list_from
from equiwait.disclosure import Counts, ReleasedCounts, cells_of, notes_of, release, rule_named, tally
from equiwait.errors import ColumnsError
from equiwait.frames import need, snapshot_of
from equiwait.results import Result, Units, answered, provenance_of
from equiwait.rows.intake.reconcile import OUTCOMES

__all__ = ["Reconciliation", "reconciliation"]

_ENDING = "_settled"


@dataclass(frozen=True, eq=False, repr=False)
class Reconciliation(Result):
    """How often the sources agree: one row for each field, question and group.

    Of ``n`` rows of the list: all records of the person ``agreed`` (two or more); there was ``one_record``; they were in
    ``conflict``, which the rule settled; the list is silent and it is ``recorded_elsewhere``; ``not_recorded`` by anybody.
    """

    section: ClassVar[str] = "missing"
    units: ClassVar[Units] = MappingProxyType(dict.fromkeys(OUTCOMES, "people"))


def reconciliation(waiting: pd.DataFrame, *, by: By | None = None, suppression: str = "hes") -> Reconciliation:
    """Count how often the sources of a reconciled list agree, for whom they are in conflict, and who was once recorded.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list from `reconcile`.
    by : str, or sequence of str and tuples, optional
        Groupings, as in `disparities`; everybody together unless given.
    suppression : str
        The small-number rule.

    Returns
    -------
    Reconciliation
        One row for each field and everybody, and for each group.

    Raises
    ------
    ColumnsError
        If the list was not reconciled, or lacks a grouping.

    Examples
    --------
    >>> settled = pd.DataFrame({"sex_settled": pd.Categorical(["agreed"] * 30 + ["conflict"] * 10, OUTCOMES)})
    >>> reconciliation(settled).table[["field", "n", "agreed", "conflict"]]
      field     n  agreed  conflict
    0   sex  40.0    30.0      10.0
    """
    waiting, rule = list_from(waiting), rule_named(suppression)
    fields = [str(name).removesuffix(_ENDING) for name in waiting.columns if str(name).endswith(_ENDING)]
    if not fields:
        raise ColumnsError(
            "reconciliation needs a list from reconcile: no column ends in _settled.",
            todo="Use reconcile(waiting, other, names=[...]) first.",
        )
    asked = questions(by) if by is not None else []
    need(waiting, [column for one in asked for column in one], "reconciliation")
    population = f"rows {snapshot_of(waiting)}".strip()
    counts, splits = Counts(), []
    for question in ((), *asked):
        refuse_persons(waiting, question)
        groups = crossed(waiting, question).occurring() if question else whole(len(waiting))
        split = named(groups, question)
        splits.append(split)
        for field in fields:
            counts += _counted(waiting, field, groups, split, population)
    return answered(
        partial(_answer, _Asked(population, tuple(fields), tuple(splits))),
        release(counts, rule),
        provenance_of(waiting),
    )


class _Asked(NamedTuple):
    """What is asked, none of it a number of rows."""

    population: str
    fields: tuple[str, ...]
    splits: tuple[NamedGroups, ...]


def _answer(asked: _Asked, released: ReleasedCounts) -> Reconciliation:
    rows = [_rows(field, split, asked.population, released) for field in asked.fields for split in asked.splits]
    table = pd.concat(rows, ignore_index=True)
    findings = tuple(_finding(table, field) for field in asked.fields)
    return Reconciliation("How the sources agree", table, (*notes_of(released), _HOW), findings)


_HOW = (
    "A conflict is settled by the rule that was named; the sources' own records stand beside the settled one. Where the list "
    "is silent and another source is not, the record was made once and is not in the list now."
)


def _counted(waiting: pd.DataFrame, field: str, groups: Groups, split: NamedGroups, population: str) -> Counts:
    """Rows of the list by group, and by what became of a field in each."""
    outcome = pd.Categorical(waiting[field + _ENDING], categories=list(OUTCOMES)).codes
    size = len(split.names) * len(OUTCOMES)
    people = np.bincount(groups.place.astype(np.int64) * len(OUTCOMES) + outcome, minlength=size)
    columns, crossing = _crossing(field, split)
    return tally(population, columns, crossing, people) + split.tally(population, groups.people())


def _crossing(field: str, split: NamedGroups) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    return (*split.columns, field + _ENDING), [(*part, each) for part in split.parts for each in OUTCOMES]


def _rows(field: str, split: NamedGroups, population: str, released: ReleasedCounts) -> pd.DataFrame:
    """One field of one question: rows of the list by what became of it, as they may be shown."""
    parts = released.people(cells_of(population, *_crossing(field, split))).reshape(len(split.names), len(OUTCOMES))
    return pd.DataFrame(
        {
            "field": field,
            "by": split.question,
            "group": list(split.names),
            "n": released.people(split.cells(population)),
            **dict(zip(OUTCOMES, parts.T, strict=True)),
            "suppressed": np.isnan(parts).any(1),
        }
    )


def _finding(table: pd.DataFrame, field: str) -> str:
    row = table[(table["field"] == field) & (table["by"] == "everyone")].iloc[0]
    said = [
        f"{row[name] / row['n']:.1%} {words}"
        for name, words in (
            ("conflict", "in conflict"),
            ("recorded_elsewhere", "recorded elsewhere and not in the list"),
        )
        if row["n"] > 0 and row[name] == row[name]
    ]
    return f"{spoken(field).capitalize()}: {' and '.join(said) or 'how the sources differ is not shown'}."
