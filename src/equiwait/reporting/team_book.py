"""The ordered list as a workbook for the people who book: open pathways first, the others with the reason, and what each column says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from equiwait.fields.catalogue import named_by
from equiwait.reporting.book_sheets import Column, Looks, new_book, put_table
from equiwait.reporting.cell_text import heading
from equiwait.rows.intake.problems import WHY_NOT_COUNTED

__all__ = ["STAMP", "save_team_book"]

STAMP = "IN-TEAM: patient-level, not for release"

_ELSEWHERE = ("out_of_scope", "not_open")  # statuses of people whom the policy does not order


class _Said(NamedTuple):
    """How a column of the list stands in the workbook."""

    header: str
    width: float
    says: str
    number: str = "0"


_PRINTED: dict[str, _Said] = {
    "pathway_id": _Said("Pathway", 16, "The pathway's own number."),
    "person_id": _Said("Person", 16, "The person's own number; one person may wait in several rows."),
    "row": _Said("Row", 7, "The row of the list as it came, from 1."),
    "rank": _Said(
        "Place", 7, "Place in the suggested order of the provider and specialty, 1 first. Empty: listed apart."
    ),
    "tier_name": _Said("Tier", 13, "The step of clinical urgency; nobody passes a step but by a line of the policy."),
    "why": _Said("Why", 58, "The place in one line; it names nothing that is sensitive."),
    "not_counted": _Said("Why not counted", 44, "Why the row is not an open pathway on the clock."),
    "held_by": _Said("Held by", 17, "The promise of the policy that had the last word on the place, if one had."),
    "base_rank": _Said("Place without social need", 11, "The place that the same policy gives without what is social."),
    "days_waiting": _Said("Days waiting", 9, "Days on the clock on the day of the list."),
    "days_to_target": _Said(
        "Days to target", 9, "Days until the target of the priority; fewer than none once it has passed."
    ),
    "past_target": _Said("Past target", 8, "Whether the target has passed."),
    "harm_review": _Said(
        "Harm review", 8, "Whether the policy asks for the wait to be reviewed for harm; empty where it says nothing."
    ),
    "tci_date": _Said("Booked for", 13, "The date that the person has."),
    "provider": _Said("Provider", 10, "Code of the provider."),
    "specialty": _Said("Specialty", 10, "Code of the specialty."),
}
_ON_SCREEN: dict[str, _Said] = {
    "score": _Said("Score", 9, "Points under the policy.", "General"),
    "rank_best": _Said("Best place", 8, "The best place that the person could have if what is not recorded were known."),
    "rank_worst": _Said("Worst place", 8, "The worst place, likewise."),
    "score_low": _Said("Lowest score", 9, "The lowest score that what is not recorded leaves.", "General"),
    "score_high": _Said("Highest score", 9, "The highest score, likewise.", "General"),
    "imd_decile": _Said("Deprivation decile", 12, "Of the area that the person lives in, 1 most deprived: the area, not the person."),
    "imd_quintile": _Said("Deprivation quintile", 12, "Of the area that the person lives in, 1 most deprived: the area, not the person."),
    "link_status": _Said("How it was linked", 18, "How the postcode led to an area, or why not."),
    "not_recorded": _Said("Not recorded", 30, "What is not recorded, and in which way."),
    "row_problems": _Said("To mend", 30, "What could not be read, or contradicts itself."),
    "policy": _Said("Policy", 40, "Name and fingerprint of the policy."),
}  # fmt: skip
_HELD = {
    "protect": "never moved down for social need",
    "protect_ahead": "behind somebody who is never moved down",
    "max_places_moved_down": "has lost the most places allowed",
    "max_gain": "has gained the most places allowed",
    "others_held": "later because others are held",
}
_LEFT_OUT = ("in_team", "tier", "score_status", "scope", "area_code")


def save_team_book(rows: pd.DataFrame, path: Path) -> None:
    """Write the rows of `ordered_rows` or `team_rows` as a workbook."""
    rows = _in_words(rows)
    with new_book(path, STAMP) as book:
        looks = Looks(book)
        if "rank" in rows:
            apart = rows["score_status"].astype("string").isin(_ELSEWHERE).fillna(False).to_numpy(bool)
            told = _write(book, looks, "Ordered list", _about_order(rows[~apart], rows), rows[~apart])
            told |= _write(book, looks, "Not in this order", _about_others(rows[apart]), rows[apart])
        else:
            told = _write(book, looks, "Waiting list", _about_list(rows), rows)
        what = [Column("Column", list(told), 30), Column("What it says", [told[name] for name in told], 100)]
        put_table(book, looks, "What the columns say", ["What the columns say"], what, banner=STAMP)


def _about_order(here: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    policies = sorted({str(each) for each in rows["policy"].dropna().unique()}) if "policy" in rows else []
    placed = int(here["rank"].notna().sum())
    return [
        "The suggested order",
        f"{len(here):,} open pathways of people whom the policy orders: {placed:,} have a place, and {len(here) - placed:,} are "
        f"listed apart, after them, with the reason. {len(rows) - len(here):,} more rows are on the next sheet.",
        *(f"Policy: {each}." for each in policies),
        "This is a suggested order. A person decides, and may override it with a reason; nothing is booked or removed. No "
        "clinical-safety assurance has been done.",
    ]  # fmt: skip


def _about_others(there: pd.DataFrame) -> list[str]:
    return [
        "Not in this order, and why",
        f"{len(there):,} rows: pathways that are not open on the clock, and people whom this policy does not order. Nobody is "
        "removed from any list by standing here.",
    ]


def _about_list(rows: pd.DataFrame) -> list[str]:
    return ["The waiting list", f"{len(rows):,} pathways, in the order in which they came: no order is suggested."]


def _in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with codes in words, and what is not recorded in one column."""
    silent = [str(name) for name in rows if str(name).startswith("missing_")]
    made = rows.drop(columns=silent)
    if silent:
        made["not_recorded"] = _not_recorded(rows[silent])
    if "held_by" in made:
        made["held_by"] = _translated(made["held_by"], _HELD)
    if "scope" in made:
        made["not_counted"] = _translated(made["scope"], {"rtt_open": None, **WHY_NOT_COUNTED})
    for name in ("row_problems", "link_status"):
        if name in made:
            codes = made[name].astype("string")
            codes = codes.where(codes != "")
            made[name] = codes.str.replace("_", " ", regex=False).str.replace(";", "; ", regex=False)
    return made


def _translated(codes: pd.Series[Any], words: dict[str, Any]) -> pd.Series[Any]:
    return codes.astype(object).map(lambda code: words.get(str(code), str(code)), na_action="ignore")


def _not_recorded(flags: pd.DataFrame) -> pd.Series[Any]:
    """Return for each row what is not recorded, such as "ethnicity (not stated), sex (blank)"."""
    said = pd.Series("", index=flags.index, dtype=object)
    for name in flags:
        reason = flags[name].astype(object).where(flags[name].notna(), "recorded").astype(str)
        field = str(name).removeprefix("missing_").replace("_", " ")
        words = ", " + field + " (" + reason.str.replace("_", " ", regex=False) + ")"
        said = said + words.where(reason != "recorded", "")
    return said.str.removeprefix(", ").replace("", None)


def _write(book: Any, looks: Looks, sheet: str, above: Sequence[str], rows: pd.DataFrame) -> dict[str, str]:
    """Write a sheet of rows, and return what its columns say."""
    columns, told = [], {}
    for name in _chosen(rows):
        printed = name in _on_paper(rows)
        said = _PRINTED.get(name) or _ON_SCREEN.get(name) or _Said(heading(name), 14, "", "General")
        columns.append(Column.of(said.header, rows[name], said.width, said.number, printed))
        told[said.header] = said.says or f"As the list has it: {heading(name).lower()}."
    put_table(book, looks, sheet, above, columns, banner=STAMP)
    return told


def _on_paper(rows: pd.DataFrame) -> list[str]:
    """Return the columns that are printed: of the numbers that tell rows apart, one."""
    return [name for name in _PRINTED if name not in ("pathway_id", "person_id") or name == named_by(rows)]


def _chosen(rows: pd.DataFrame) -> list[str]:
    """Return the columns in the order of the sheet: what a meeting needs, then the rest that holds anything."""
    said = ("policy",) if "policy" in rows and rows["policy"].nunique() < 2 else ()  # above the table
    names = [str(name) for name in rows if name not in (*_LEFT_OUT, *said)]
    first = [name for name in _on_paper(rows) if name in names and (name != "not_counted" or rows[name].notna().any())]
    rest = [name for name in names if name not in _on_paper(rows) and rows[name].notna().any()]
    known = [name for name in _ON_SCREEN if name in rest]
    return [*first, *known, *(name for name in rest if name not in known)]
