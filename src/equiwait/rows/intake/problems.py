"""`check_list`: every problem of a list at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from equiwait.disclosure.rules import Rule, rule_named
from equiwait.fields import FIELDS
from equiwait.frames import from_any, need
from equiwait.results import Result

__all__ = ["Problems", "check_list"]

_TO_DO = {
    "invalid": "Cells that are none of the codes, or no date or number: mend them at the source.",
    "other_order": "Dates that can only be read in the other order: check how the column is written.",
    "ambiguous": "Dates that could be read either way, read as date_order says; no other date in the column settles it.",
    "implausible": "Values that systems write for 'not known', or that cannot be: find the true one.",
    "missing": "Blank cells: find the value at the source.",
    "in_future": "Days after the snapshot: check the date, or the snapshot.",
    "disagrees": "The list's own value is not the linked one, which is used: check edition and address.",
    "before_start": "The clock stops before it starts: check both dates.",
    "blank_read_as_no": "Blanks that were read as 'no', because blank_means says so.",
    "blank_read_as_yes": "Blanks that were read as 'yes', because blank_means says so.",
}
_SCOPE_TO_DO = {
    "duplicate": "Other rows of a pathway already counted: the latest submission counts.",
    "other_snapshot": "Rows of another snapshot: not counted.",
    "unknown_clock_start": "People whose wait cannot be counted: find when their clock started.",
    "future_clock_start": "Clock starts after the snapshot: not counted.",
    "closed": "Pathways that have ended: not counted as waiting.",
    "non_rtt": "Not on a referral-to-treatment clock: not counted.",
    "planned": "Planned care that is not yet due: not counted.",
    "planned_overdue": "Planned care past its due date: people who may belong on the list; not counted here.",
    "diagnostic": "Diagnostic tests: not counted.",
}
_WANTED = ("pathway_id", "person_id", "ethnicity", "sex", "priority", "specialty", "decision_to_admit")


@dataclass(frozen=True, eq=False, repr=False)
class Problems(Result):
    """Every problem of a list: ``table`` has the columns ``code field rows suppressed what_to_do``."""

    section: ClassVar[str] = "list"


def check_list(waiting: pd.DataFrame, *, suppression: str = "hes") -> Problems:
    """Say every problem of a list at once: which, in which column, in how many rows, and what to do.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list from `read_list`.
    suppression : {"hes", "none"}
        The rule for small numbers of rows.

    Returns
    -------
    Problems
        One row per problem, most rows first: problems of cells, rows that are not counted and why, and columns that
        are not there. ``rows`` is missing where it is hidden or does not apply.

    Raises
    ------
    ColumnsError
        If the frame did not come from `read_list`.

    Examples
    --------
    >>> from equiwait.rows.intake import read_list
    >>> raw = pd.DataFrame({"pathway_id": ["a", "b"], "clock_start": ["2026-04-01", "soon"]})
    >>> problems = check_list(read_list(raw, snapshot="2026-10-31"), suppression="none")
    >>> problems.table.loc[problems.table["rows"].notna(), ["code", "field", "rows"]]
                       code        field  rows
    0   clock_start_invalid  clock_start   1.0
    1   clock_start_missing  clock_start   1.0
    2   unknown_clock_start        scope   1.0
    """
    waiting = from_any(waiting)
    need(waiting, ["scope", "row_problems"], "check_list")
    rule = rule_named(suppression)
    counted = _of_cells(waiting) + _of_scope(waiting)
    counted.sort(key=lambda row: (-row[2], row[0]))
    shown = [
        (code, name, float(rule.release(rows).counts), bool(rule.release(rows).hidden), todo)
        for code, name, rows, todo in counted
    ]
    shown += _of_columns(waiting)
    table = pd.DataFrame(shown, columns=["code", "field", "rows", "suppressed", "what_to_do"])
    return Problems(
        "What stands in the way of reading this list",
        table,
        _notes(rule),
        _findings(waiting, rule),
        suppression=suppression,
    )


def _of_cells(waiting: pd.DataFrame) -> list[tuple[str, str, int, str]]:
    counts: Counter[str] = Counter()
    for codes, rows in waiting["row_problems"].value_counts().items():
        counts.update({code: int(rows) for code in str(codes).split(";") if code and rows})
    return [(code, _field(code), rows, _what_to_do(code)) for code, rows in counts.items()]


def _field(code: str) -> str:
    """The longest name of a column that a problem's code begins with."""
    return max((name for name in FIELDS if code.startswith(name + "_")), key=len, default="")


def _what_to_do(code: str) -> str:
    return next(
        (words for ending, words in _TO_DO.items() if code.endswith(ending)), "Look at the rows that bear this code."
    )


def _of_scope(waiting: pd.DataFrame) -> list[tuple[str, str, int, str]]:
    counts = waiting["scope"].value_counts()
    return [
        (str(scope), "scope", int(rows), _SCOPE_TO_DO[str(scope)])
        for scope, rows in counts.items()
        if rows and scope != "rtt_open"
    ]


def _of_columns(waiting: pd.DataFrame) -> list[tuple[str, str, float, bool, str]]:
    absent = [name for name in _WANTED if name not in waiting.columns]
    if not {"postcode", "area_code"} & set(waiting.columns):
        absent.append("postcode")
    return [
        (
            "column_absent",
            name,
            float("nan"),
            False,
            f"No column is known as {FIELDS[name].meaning.lower()}: map it with columns=.",
        )
        for name in absent
    ]


def _notes(rule: Rule) -> tuple[str, ...]:
    return (
        rule.says,
        "No row has been dropped: a row that cannot be used keeps its place and says why in scope and row_problems.",
    )


def _findings(waiting: pd.DataFrame, rule: Rule) -> tuple[str, ...]:
    counts = waiting["scope"].value_counts().drop("rtt_open", errors="ignore")
    counted = len(waiting) - int(counts.sum())
    apart = ", ".join(f"{str(scope).replace('_', ' ')} {rule.text(rows)}" for scope, rows in counts.items() if rows)
    several = _several_pathways(waiting, rule)
    return (
        f"The list has {rule.text(len(waiting))} rows; {rule.text(counted)} are open pathways on the clock, and those are counted.",
        *((f"Not counted: {apart}.",) if apart else ()),
        *several,
    )


def _several_pathways(waiting: pd.DataFrame, rule: Rule) -> tuple[str, ...]:
    """The unit of a list is the pathway; say how many people that is."""
    if "person_id" not in waiting.columns:
        return ()
    people = waiting.loc[waiting["scope"] == "rtt_open", "person_id"].dropna()
    once = people.nunique()
    return (
        (f"They belong to {rule.text(once)} people: some have several pathways.",)
        if once and once < len(people)
        else ()
    )
