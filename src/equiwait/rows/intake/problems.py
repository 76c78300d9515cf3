"""`check_list`: every problem of a list at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import pandas as pd

from equiwait.derived import list_from
from equiwait.disclosure import Cell, Counts, ReleasedCounts, Sum, count, in_words, notes_of, release, rule_named, tally
from equiwait.fields import FIELDS
from equiwait.fields.scopes import SCOPE_WORDS
from equiwait.frames import need, snapshot_of
from equiwait.results import Result, answered, provenance_of
from equiwait.rows.intake.notes import field_named_in

__all__ = ["WHY_NOT_COUNTED", "Problems", "check_list"]

_TO_DO = {
    "read_as_silence": "Two letters such as NK, NS or RF, read as 'not known' or 'not stated'. If they "
    "are codes of your own, say what "
    "they mean: codes={'ethnicity': {'NK': 'N'}}.",
    "not_an_identifier": "Words and numbers that mean 'none' (NULL, N/A, 0, 9999999999): find the identifier at the source.",
    "lost_digits": "A spreadsheet kept only the first digits of the identifier (1.23E+11): export it again as text.",
    "written_as_decimal": "Identifiers that came as decimal numbers: a spreadsheet may have cut leading "
    "zeros. Export them as text.",
    "id_shared": "One identifier for people whose birth date or sex differ: none of them is taken "
    "for another. Find who it belongs to.",
    "turned_into_date": "A spreadsheet turned an age band such as 5-9 into a date: export the column again as text.",
    "not_known": "Cells that say 'not known' in words: find the value at the source.",
    "not_stated": "Cells that say that the person was asked and did not answer: respect it, and ask again when it is right to.",
    "may_be_swapped": "A spreadsheet set to the United States seems to have swapped day and month "
    "wherever both were up to 12: export again.",
    "moved_to_london_day": "Midnight in London written as 23:00 of the day before: every time in the column "
    "shows it, and the day is put right.",
    "may_be_next_day": "23:00 in universal time while London is an hour ahead: the day may be the next "
    "one. Check how the column was exported.",
    "waiting_contradicted": "The list's own weeks or days waiting differ from ours by more than a week: "
    "check the clock start, and the snapshot.",
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
WHY_NOT_COUNTED = {
    "duplicate": "Other rows of a pathway already counted: the latest submission counts.",
    "other_snapshot": "Rows of another snapshot: not counted.",
    "unknown_snapshot": "Rows without a snapshot in a file that stacks several: nobody knows of which "
    "they are, so they are counted in none.",
    "unknown_clock_start": "People whose wait cannot be counted: find when their clock started.",
    "future_clock_start": "Clock starts after the snapshot: not counted.",
    "closed": "Pathways that have ended: not counted as waiting.",
    "non_rtt": "Not on a referral-to-treatment clock: not counted.",
    "planned": "Planned care that is not yet due: not counted.",
    "planned_overdue": "Planned care past its due date: people who may belong on the list; not counted here.",
    "diagnostic": "Diagnostic tests: not counted.",
}
"""Each scope that is not counted, in words."""
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
    waiting = list_from(waiting)
    need(waiting, ["scope", "row_problems"], "check_list")
    counts, asked = _counts(waiting)
    return answered(partial(_answer, asked), release(counts, rule_named(suppression)), provenance_of(waiting))


class _Asked(NamedTuple):
    """What the answer is about, none of it a number: the list's name, what occurs in it, and what it lacks."""

    snapshot: str
    codes: tuple[str, ...]
    scopes: tuple[str, ...]
    absent: tuple[str, ...]
    persons: bool
    code_list: str


def _counts(waiting: pd.DataFrame) -> tuple[Counts, _Asked]:
    snapshot = snapshot_of(waiting)
    rows, here = f"rows {snapshot}".strip(), f"open {snapshot}".strip()
    scopes = waiting["scope"].value_counts()
    scopes = scopes[(scopes > 0) & scopes.index.isin(list(SCOPE_WORDS))]
    counts = tally(rows, "scope", [str(scope) for scope in scopes.index], scopes.to_numpy())
    if "rtt_open" in scopes.index:
        counts += count(Cell(here), int(scopes["rtt_open"]))
        counts = counts.with_sums(Sum(_scope(rows, "rtt_open"), (Cell(here),)))
    codes = _of_cells(waiting)
    for code, number in codes.items():
        counts += count(Cell(rows, event=f"problem {code}"), number)
    persons = _persons(waiting)
    if persons:
        counts += count(Cell(here, event="people"), persons)
    asked = _Asked(
        snapshot,
        tuple(sorted(codes)),
        tuple(sorted(map(str, scopes.index))),
        _absent(waiting),
        persons > 0,
        _code_list(waiting),
    )
    return counts, asked


def _scope(population: str, scope: str) -> Cell:
    return Cell(population, (("scope", scope),))


def _answer(asked: _Asked, released: ReleasedCounts) -> Problems:
    rows = f"rows {asked.snapshot}".strip()
    cells = [
        (code, field_named_in(code), Cell(rows, event=f"problem {code}"), _what_to_do(code)) for code in asked.codes
    ]
    cells += [
        (scope, "scope", _scope(rows, scope), WHY_NOT_COUNTED[scope]) for scope in asked.scopes if scope != "rtt_open"
    ]
    shown = [
        (code, name, float(released.people(cell)), bool(released.hidden(cell)), todo)
        for code, name, cell, todo in cells
    ]
    shown.sort(key=lambda row: (row[3], -row[2] if not row[3] else 0.0, row[0]))
    table = pd.DataFrame(
        [*shown, *_of_columns(asked.absent)], columns=["code", "field", "rows", "suppressed", "what_to_do"]
    )
    notes = (
        *notes_of(released),
        "No row has been dropped: a row that cannot be used keeps its place in the list, and says why.",
    )
    return Problems("What stands in the way of reading this list", table, notes, _findings(asked, released))


_CODE = re.compile(r"[a-z0-9_]+(:[a-z0-9_]+)*")  # as the codes are written; anything else is somebody's own words


def _of_cells(waiting: pd.DataFrame) -> Counter[str]:
    """How many rows bear each code."""
    counts: Counter[str] = Counter()
    for codes, rows in waiting["row_problems"].value_counts().items():
        counts.update({code: int(rows) for code in str(codes).split(";") if _CODE.fullmatch(code) and rows})
    return counts


def _what_to_do(code: str) -> str:
    return next(
        (words for ending, words in _TO_DO.items() if code.endswith(ending)), "Look at the rows that bear this code."
    )


def _absent(waiting: pd.DataFrame) -> tuple[str, ...]:
    absent = [name for name in _WANTED if name not in waiting.columns]
    return (*absent, *(["postcode"] if not {"postcode", "area_code"} & set(waiting.columns) else []))


def _of_columns(absent: Iterable[str]) -> list[tuple[str, str, float, bool, str]]:
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


def _findings(asked: _Asked, released: ReleasedCounts) -> tuple[str, ...]:
    rows = f"rows {asked.snapshot}".strip()
    here = f"open {asked.snapshot}".strip()
    apart = ", ".join(
        f"{SCOPE_WORDS.get(scope, scope)} {in_words(released, _scope(rows, scope))}"
        for scope in asked.scopes
        if scope != "rtt_open"
    )
    counted = in_words(released, _scope(rows, "rtt_open")) if "rtt_open" in asked.scopes else "0"
    said = [
        f"The list has {in_words(released, Cell(rows))} rows; {counted} are open pathways on the clock, and those are counted."
    ]
    if apart:
        said.append(f"Not counted: {apart}.")
    if asked.persons and "rtt_open" in asked.scopes:
        people, pathways = Cell(here, event="people"), Cell(here)
        if released.hidden(people) or released.people(people) < released.people(pathways):
            said.append(f"They belong to {in_words(released, people)} people: some have several pathways.")
    said += [
        f"Clock starts that {words}: {in_words(released, Cell(rows, event=f'problem {code}'))}."
        for code, words in _DOUBTFUL.items()
        if code in asked.codes
    ]
    return tuple([*said, asked.code_list] if asked.code_list else said)


_DOUBTFUL = {
    "clock_start_may_be_swapped": "may have day and month swapped by a spreadsheet set to the United States",
    "clock_start_ambiguous": "could be read either day first or month first",
    "clock_start_moved_to_london_day": "were written as 23:00 of the day before and have been put right",
}
"""Whole columns of dates that may be wrong, said on top: every wait that is counted from them may be wrong too."""


def _code_list(waiting: pd.DataFrame) -> str:
    """Which code list the ethnicity codes were read by, where it is not England's."""
    if "ethnicity_list" not in waiting.columns or not len(waiting):
        return ""
    nation, _, edition = str(waiting["ethnicity_list"].iloc[0]).partition("_")
    of = f", edition of {edition}" if edition else ""
    return f"Ethnicity codes are read by the list of {nation.capitalize()}{of}, as codes= says."


def _persons(waiting: pd.DataFrame) -> int:
    """The unit of a list is the pathway: how many people that is, where it is told; 0 where it is not."""
    if "person_id" not in waiting.columns:
        return 0
    return int(waiting.loc[waiting["scope"] == "rtt_open", "person_id"].dropna().nunique())
