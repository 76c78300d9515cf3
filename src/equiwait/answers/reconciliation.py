"""`reconciliation`: how often several sources about the same people agree, by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import pandas as pd

from equiwait.counts.waits import By, crossed, questions, refuse_persons
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure import Rule, cells_of, release, rule_named, tally
from equiwait.errors import ColumnsError
from equiwait.frames import from_any, need
from equiwait.results import Result, Units
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
    waiting, rule = from_any(waiting), rule_named(suppression)
    fields = [str(name).removesuffix(_ENDING) for name in waiting.columns if str(name).endswith(_ENDING)]
    if not fields:
        raise ColumnsError(
            "reconciliation needs a list from reconcile: no column ends in _settled.",
            todo="Use reconcile(waiting, other, names=[...]) first.",
        )
    asked = questions(by) if by is not None else []
    need(waiting, [column for one in asked for column in one], "reconciliation")
    rows = [_rows(waiting, field, one, rule) for field in fields for one in ((), *asked)]
    table = pd.concat(rows, ignore_index=True)
    return Reconciliation(
        "How the sources agree",
        table,
        (rule.says, _HOW),
        tuple(_finding(table, field) for field in fields),
        suppression=suppression,
    )


_HOW = (
    "A conflict is settled by the rule that was named; the sources' own records stand beside the settled one. Where the list "
    "is silent and another source is not, the record was made once and is not in the list now."
)


def _rows(waiting: pd.DataFrame, field: str, question: Sequence[str], rule: Rule) -> pd.DataFrame:
    """One field of one question: rows of the list by what became of it, as they may be shown."""
    outcome = pd.Categorical(waiting[field + _ENDING], categories=list(OUTCOMES)).codes
    refuse_persons(waiting, question)
    groups = crossed(waiting, question).occurring() if question else None
    names = groups.names if groups is not None else ("everyone",)
    place = groups.place if groups is not None else np.zeros(len(waiting), np.int64)
    cells = np.bincount(place.astype(np.int64) * len(OUTCOMES) + outcome, minlength=len(names) * len(OUTCOMES))
    people = cells.reshape(len(names), len(OUTCOMES))
    by = " × ".join(question) or "everyone"
    crossing = [(name, each) for name in names for each in OUTCOMES]
    counts = tally("rows of the list", (by, field), crossing, people.ravel()) + tally(
        "rows of the list", by, names, people.sum(1)
    )
    shown = release(counts, rule)
    parts = shown.people(cells_of("rows of the list", (by, field), crossing)).reshape(people.shape)
    return pd.DataFrame(
        {
            "field": field,
            "by": by,
            "group": list(names),
            "n": shown.people(cells_of("rows of the list", by, names))[:, 0],
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
