"""`ordered_list`: the suggested order, for the team that books: patient-level, and stamped so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from equiwait.frames import need
from equiwait.reporting.atomic_files import write_folder
from equiwait.reporting.tidy import IN_TEAM, save_csv
from equiwait.reporting.workbook import LONGEST_TEXT, new_book

if TYPE_CHECKING:  # pydantic is heavy, and a policy is only looked at
    from equiwait.rows.policies import Policy

__all__ = ["MOST_ROWS", "ordered_list", "ordered_rows", "save_ordered", "team_rows"]

STAMP = "IN-TEAM: patient-level, not for release"
MOST_ROWS = 100_000
"""A longer list is written as CSV only: nobody reads it in Excel."""

_WHO = ("pathway_id", "referral_id", "person_id", "provider", "site", "specialty", "consultant", "procedure")
_WAIT = ("priority", "patient_choice", "clock_start", "days_waiting", "decision_to_admit", "priority_date", "tci_date")
_PLACE = ("score_status", "tier", "rank", "score", "rank_best", "rank_worst", "score_low", "score_high")
_LINK = ("area_code", "link_status")
_NEEDED = ("pathway_id", "rank", "score_status")


def ordered_list(
    ordered: pd.DataFrame,
    *,
    to: str | PathLike[str],
    policy: Policy | None = None,
    rank_within: Sequence[str] | None = None,
) -> list[Path]:
    """Write a scored list in its suggested order, as CSV and as an Excel workbook.

    Parameters
    ----------
    ordered : pandas.DataFrame
        A list from `score`.
    to : path
        A folder; it is made if it is not there.
    policy : Policy, optional
        The policy that it was scored with. With it, the points of each factor are written too, but for those marked
        sensitive: naming them would tell tales.
    rank_within : sequence of str, optional
        Columns whose groups were ranked apart; by default the policy's, else provider and specialty.

    Returns
    -------
    list of pathlib.Path
        ``ordered-list-IN-TEAM.csv`` and, up to 100,000 rows, ``ordered-list-IN-TEAM.xlsx``.

    Raises
    ------
    ColumnsError
        If the list has not been scored.
    OptionError
        If the folder cannot be written to, or holds a file of that name.

    Notes
    -----
    Every row of the list is there: ranked people first, group by group; then those without a rank, with the reason in
    ``score_status``. The first column and the first sheet say that the file is patient-level. It holds what is needed
    to find a pathway and to see why it stands where it stands, with the area, how it was linked and what is not
    recorded (``area_code link_status <index>_decile <index>_quintile missing_<field>``, those that the list has).
    Name, address, date of birth and ethnicity are left out.
    """
    rows = ordered_rows(ordered, policy, rank_within)
    return write_folder(to, lambda folder: save_ordered(rows, folder), ours=ordered_files(rows))


def ordered_files(rows: pd.DataFrame) -> list[str]:
    """Return the names of the files that such a list makes."""
    name = "ordered-list" if "rank" in rows else "waiting-list"
    return [f"{name}-{IN_TEAM}.{ending}" for ending in (["csv", "xlsx"] if len(rows) <= MOST_ROWS else ["csv"])]


def ordered_rows(
    ordered: pd.DataFrame, policy: Policy | None = None, rank_within: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the rows in their suggested order, with the columns that the booking team needs."""
    need(ordered, _NEEDED, "ordered_list")
    within = rank_within if rank_within is not None else (policy.order.rank_within if policy else _WHO[3:6:2])
    groups = [name for name in within if name in ordered]
    wanted = [*groups, *_PLACE, *_WHO, *_WAIT, *_points(ordered, policy), *_known(ordered), "row_problems", "policy"]
    columns = [name for name in dict.fromkeys(wanted) if name in ordered]
    keys = pd.DataFrame({name: ordered[name].astype("string") for name in groups}, index=ordered.index)
    keys = keys.assign(unranked=ordered["rank"].isna(), rank=ordered["rank"].astype("Float64"), row=range(len(ordered)))
    place = keys.reset_index(drop=True).sort_values(["unranked", *groups, "rank", "row"], na_position="last").index
    rows = ordered[columns].iloc[place].reset_index(drop=True)
    rows.insert(0, "in_team", STAMP)
    return rows


def team_rows(waiting: pd.DataFrame, policy: Policy | None = None) -> pd.DataFrame:
    """Return what the team gets of a list: its suggested order, or without one its rows as they came, and no places.

    ``row`` counts the rows of the list from 1, so that a pathway can be found where it has no identifier.
    """
    if set(_NEEDED) <= set(waiting.columns):
        return ordered_rows(waiting, policy)
    wanted = [*_WHO, "scope", *_WAIT, *_known(waiting), "row_problems"]
    rows = waiting[[name for name in dict.fromkeys(wanted) if name in waiting]].reset_index(drop=True)
    rows.insert(0, "row", range(1, len(rows) + 1))
    rows.insert(0, "in_team", STAMP)
    return rows


def _known(waiting: pd.DataFrame) -> list[str]:
    """Columns of the link and of what is not recorded, those that the list has."""
    names = [str(name) for name in waiting.columns]
    deciles = [name for name in names if name.endswith(("_decile", "_quintile"))]
    return [*_LINK, *deciles, *(name for name in names if name.startswith("missing_"))]


def _points(ordered: pd.DataFrame, policy: Policy | None) -> list[str]:
    """Columns of points that may be named; without the policy nobody can say which are sensitive."""
    plain = [factor.name for factor in policy.parts if not factor.sensitive] if policy else []
    return [f"points_{name}" for name in plain if f"points_{name}" in ordered]


def save_ordered(rows: pd.DataFrame, folder: Path) -> None:
    """Write the files into a folder that is there."""
    for name in ordered_files(rows):
        (save_csv if name.endswith(".csv") else _save_book)(rows, folder / name)


def _save_book(rows: pd.DataFrame, path: Path) -> None:
    with new_book(path, STAMP, constant_memory=True) as book:
        bold, head = book.add_format({"bold": True, "font_size": 15}), book.add_format({"bold": True, "bottom": 1})
        first = book.add_worksheet(IN_TEAM)
        first.set_column(0, 0, 110)
        for row, text in enumerate(_cover(rows)):
            first.write_string(row, 0, text, bold if row == 0 else None)
        _write_rows(book.add_worksheet("Ordered list" if "rank" in rows else "Waiting list"), rows, head)


def _cover(rows: pd.DataFrame) -> list[str]:
    if "rank" not in rows:
        return [STAMP, f"{len(rows):,} pathways, in the order in which they came: no order is suggested."]
    policies = sorted({str(each) for each in rows["policy"].dropna().unique()}) if "policy" in rows else []
    return [
        STAMP,
        f"{len(rows):,} pathways, of whom {int(rows['rank'].notna().sum()):,} have a place in the suggested order.",
        *(f"Policy: {each}" for each in policies),
        "This is a suggested order. A person decides, and may override it with a reason; nothing is booked or removed.",
        "rank_best and rank_worst: the places that the person could have if what is not recorded were known.",
        "No clinical-safety assurance has been done.",
    ]


def _write_rows(sheet: Any, rows: pd.DataFrame, head: Any) -> None:
    sheet.freeze_panes(1, 1)
    for column, name in enumerate(rows.columns):
        sheet.set_column(column, column, 14 if column else 40)
        sheet.write_string(0, column, str(name), head)
    writers = [_writer(sheet, rows[name]) for name in rows.columns]
    for place, row in enumerate(zip(*(_plain(rows[name]) for name in rows.columns), strict=True), 1):
        for column, cell in enumerate(row):
            if cell is not None:
                writers[column](place, column, cell)
    sheet.autofilter(0, 0, len(rows), len(rows.columns) - 1)


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def _writer(sheet: Any, column: pd.Series[Any]) -> Callable[[int, int, Any], Any]:
    """Return how a column is written: numbers as numbers, everything else as text that nothing runs."""
    return cast("Callable[[int, int, Any], Any]", sheet.write_number if _is_number(column) else sheet.write_string)


def _plain(column: pd.Series[Any]) -> list[float | str | None]:
    """Return a column as numbers or text, with None for what is missing; once for the column, not cell by cell."""
    if _is_number(column):
        numbers = column.to_numpy(float, na_value=np.nan)
        return [
            None if missing else number for number, missing in zip(numbers.tolist(), ~np.isfinite(numbers), strict=True)
        ]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column.dt.strftime("%Y-%m-%d")
    texts = column.astype(object).where(column.notna(), None)
    return [None if text is None else str(text)[:LONGEST_TEXT] for text in texts]
