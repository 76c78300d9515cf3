"""`ordered_list`: the suggested order, for the team that books: patient-level, and stamped so."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.derived import list_from
from equiwait.fields.catalogue import named_by
from equiwait.files.csv_out import write_list
from equiwait.files.unnamed_files import unnamed
from equiwait.files.whole_files import IN_TEAM
from equiwait.frames import categorical, need
from equiwait.reporting.atomic_files import write_folder
from equiwait.reporting.team_book import STAMP, save_team_book
from equiwait.room import noughts
from equiwait.rows.scoring.sentences import as_shown

if TYPE_CHECKING:  # pydantic is heavy, and a policy is only looked at
    from equiwait.rows.policies import Policy

__all__ = ["MOST_ROWS", "STAMP", "TeamRows", "ordered_list", "ordered_rows", "save_ordered", "team_rows"]

MOST_ROWS = 50_000
"""A longer list is written as CSV only: nobody reads it in Excel."""

_WHO = ("pathway_id", "referral_id", "person_id", "provider", "site", "specialty", "consultant", "procedure")
_WAIT = ("priority", "patient_choice", "clock_start", "days_waiting", "decision_to_admit", "priority_date", "tci_date")
_PLACE = (
    "scope", "score_status", "tier", "tier_name", "rank", "base_rank", "why", "held_by", "days_to_target", "past_target", "harm_review",
    "score", "rank_best", "rank_worst", "score_low", "score_high",
)  # fmt: skip
_LINK = ("area_code", "link_status")
_NEEDED = ("rank", "score_status")


def ordered_list(
    ordered: pd.DataFrame,
    *,
    to: str | PathLike[str],
    policy: Policy | None = None,
    rank_within: Sequence[str] | None = None,
    replace: bool = False,
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
    replace : bool
        Write over a list of an earlier run that somebody has edited since.

    Returns
    -------
    list of pathlib.Path
        ``ordered-list-IN-TEAM.csv`` and, up to 50,000 rows, ``ordered-list-IN-TEAM.xlsx``.

    Raises
    ------
    ColumnsError
        If the list has not been scored.
    OptionError
        If the folder cannot be written to, or holds a file of that name that is not ours, or a list that was edited since
        it was written (its keyed hash in ``manifest.json`` says so) and ``replace`` is false.

    Notes
    -----
    Every row of the list is there: ranked people first, group by group; then those without a rank, with the reason in
    ``score_status`` and ``why``. The first column of the CSV and the head of every sheet and printed page say that the
    file is patient-level. In the workbook the first sheet holds the open pathways of the people whom the policy orders,
    the second all others with the reason; both print on A4, with the columns that a meeting needs. The files hold what is needed
    to find a pathway and to see why it stands where it stands, with the area, how it was linked and what is not
    recorded (``area_code link_status <index>_decile <index>_quintile missing_<field>``, those that the list has).
    Name, address, date of birth and ethnicity are left out.
    """
    rows = _in_order(ordered, policy, rank_within)
    return write_folder(to, lambda folder: save_ordered(rows, folder), made_by="ordered_list", replace=replace)


class TeamRows(NamedTuple):
    """What the team gets of a list, row by row as the list has them, and in which order (None: as they stand)."""

    as_they_came: pd.DataFrame
    order: NDArray[np.intp] | None = None

    def in_order(self) -> pd.DataFrame:
        """Return the rows in their order."""
        return self.as_they_came if self.order is None else self.as_they_came.iloc[self.order].reset_index(drop=True)


def ordered_files(rows: TeamRows) -> list[str]:
    """Return the names of the files that such a list makes."""
    name = "ordered-list" if "rank" in rows.as_they_came else "waiting-list"
    long = len(rows.as_they_came) > MOST_ROWS
    return [f"{name}-{IN_TEAM}.{ending}" for ending in (["csv"] if long else ["csv", "xlsx"])]


def ordered_rows(
    ordered: pd.DataFrame, policy: Policy | None = None, rank_within: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the rows in their suggested order, with the columns that the booking team needs."""
    return _in_order(ordered, policy, rank_within).in_order()


def _in_order(ordered: pd.DataFrame, policy: Policy | None, rank_within: Sequence[str] | None = None) -> TeamRows:
    ordered = list_from(ordered, ordered=True)
    need(ordered, [named_by(ordered.columns), *_NEEDED], "ordered_list")
    within = rank_within if rank_within is not None else (policy.order.rank_within if policy else _WHO[3:6:2])
    groups = [name for name in within if name in ordered]
    wanted = [*groups, *_PLACE, *_WHO, *_WAIT, *_points(ordered, policy), *_known(ordered), "row_problems", "policy"]
    columns = [name for name in dict.fromkeys(wanted) if name in ordered]
    return TeamRows(_stamped(as_shown(ordered[columns])), _order_of(ordered, groups))


def _order_of(ordered: pd.DataFrame, groups: Sequence[str]) -> NDArray[np.intp]:
    """Which row stands in each line: those with a rank first, group by group; rows that share a place as they came."""
    rank = ordered["rank"]
    keys: list[pd.Series[Any]] = [rank.isna(), *(ordered[name].astype("string") for name in groups), rank]
    return np.lexsort([_places(key) for key in reversed(keys)])


def _places(key: pd.Series[Any]) -> NDArray[np.intp]:
    """Each row's place among the values of a column, in their order; what is missing comes last."""
    places, values = pd.factorize(key, sort=True)
    return np.where(places < 0, len(values), places)


def _stamped(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.reset_index(drop=True)
    rows.insert(0, "in_team", pd.Series(categorical(noughts(len(rows), np.int8), [STAMP]), copy=False))
    return rows


def team_rows(waiting: pd.DataFrame, policy: Policy | None = None) -> TeamRows:
    """Return what the team gets of a list: its suggested order, or without one its rows as they came, and no places.

    ``row`` counts the rows of the list from 1, so that a pathway can be found where it has no identifier.
    """
    waiting = list_from(waiting)
    if {named_by(waiting.columns), *_NEEDED} <= set(waiting.columns):
        return _in_order(waiting, policy)
    wanted = [*_WHO, "scope", *_WAIT, *_known(waiting), "row_problems"]
    rows = waiting[[name for name in dict.fromkeys(wanted) if name in waiting]].reset_index(drop=True)
    rows.insert(0, "row", range(1, len(rows) + 1))
    return TeamRows(_stamped(rows))


def _known(waiting: pd.DataFrame) -> list[str]:
    """Columns of the link and of what is not recorded, those that the list has."""
    names = [str(name) for name in waiting.columns]
    deciles = [name for name in names if name.endswith(("_decile", "_quintile"))]
    return [*_LINK, *deciles, *(name for name in names if name.startswith("missing_"))]


def _points(ordered: pd.DataFrame, policy: Policy | None) -> list[str]:
    """Columns of points that may be named; without the policy nobody can say which are sensitive."""
    every = zip(policy.parts, policy.nameable, strict=True) if policy else ()
    plain = [factor.name for factor, nameable in every if nameable]
    return [f"points_{name}" for name in plain if f"points_{name}" in ordered]


def save_ordered(rows: TeamRows, folder: Path) -> None:
    """Write the files into a folder that is there."""
    for name in ordered_files(rows):
        path = unnamed(folder / name)
        if name.endswith(".csv"):
            write_list(rows.as_they_came, path, rows.order)
        else:
            save_team_book(rows.in_order(), path)
