"""`write_fix_list`: the records worth filling, in the order in which they settle the question; for the team alone."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from equiwait.answers.disparity.measures import measure_named
from equiwait.answers.unknowns import Unknowns
from equiwait.counts.waits import crossed
from equiwait.counts.waits.groups import CROSS
from equiwait.derived import list_from
from equiwait.errors import RefusedError
from equiwait.fields import FIELDS, made_from
from equiwait.files.csv_out import write_list
from equiwait.files.whole_files import IN_TEAM, write_file
from equiwait.frames import need
from equiwait.reporting.team_list import STAMP
from equiwait.rows.missing import flag_missing

__all__ = ["write_fix_list"]

_FIELDS = {"age_band": "date_of_birth", "core20": "postcode"}
_IDS = ("pathway_id", "referral_id", "person_id")


def write_fix_list(waiting: pd.DataFrame, unknowns: Unknowns, path: str | PathLike[str]) -> Path:
    """Write the records worth filling, in the order in which filling them settles the questions.

    Parameters
    ----------
    waiting : pandas.DataFrame
        The list that the unknowns were worked out from.
    unknowns : Unknowns
        From `unknowns`, best with ``split="site"``. The result holds nobody: the people are found in ``waiting``.
    path : path
        A folder, or a file; ``IN-TEAM`` is put into the file's name where it is not there.

    Returns
    -------
    pathlib.Path
        A CSV file: ``in_team order field reason``, the columns of the split, and the list's own identifiers.

    Raises
    ------
    ColumnsError
        If the list lacks the columns that were asked about.
    RefusedError
        If nobody's record is missing.
    OptionError
        If the file cannot be written.

    Notes
    -----
    An explicit act: no report and no other verb writes it, it is stamped in-team, and `release_check` fails on it. Parts
    come in the order of ``unknowns.filling``; within a part people who have waited over the weeks and others take turns in
    their own proportion, so that stopping anywhere leaves a fair sample. It holds no address, no date and no code.
    """
    waiting = list_from(waiting)
    split = [name for name in unknowns.split.split(", ") if name]
    asked = list(dict.fromkeys(zip(unknowns.table["by"], unknowns.table["measure"], strict=True)))
    parts = [_records(waiting, str(by), str(measure), split, unknowns) for by, measure in asked]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if rows.empty:
        raise RefusedError("Nobody's record is missing, so there is nothing to fill.", todo="Nothing to do here.")
    first = rows.drop_duplicates(["row", "field"]).drop(columns="row")
    first.insert(0, "order", np.arange(1, len(first) + 1))
    first.insert(0, "in_team", STAMP)
    return write_file(_named(Path(path)), lambda file: write_list(first, file))


def _named(path: Path) -> Path:
    if path.suffix.lower() != ".csv":
        return path / f"fix-list-{IN_TEAM}.csv"
    return path if IN_TEAM in path.stem else path.with_name(f"{path.stem}-{IN_TEAM}.csv")


def _records(waiting: pd.DataFrame, by: str, measure: str, split: Sequence[str], unknowns: Unknowns) -> pd.DataFrame:
    """The records of one question: whose it is, what is missing and why, in the order of filling."""
    columns = by.split(CROSS)
    need(waiting, [*columns, *split, "scope", "days_waiting"], "write_fix_list")
    groups = crossed(waiting, columns)
    open_rows = (waiting["scope"] == "rtt_open").to_numpy(bool) & waiting["days_waiting"].notna().to_numpy()
    rows = np.flatnonzero(~groups.known[groups.place] & open_rows)
    asked = measure_named(measure)
    over = (waiting["days_waiting"].fillna(0).to_numpy(np.int64) > asked.days)[rows]
    part = crossed(waiting, split) if split else None
    names = np.array(part.names, object)[part.place[rows]] if part is not None else np.full(len(rows), "", object)
    rank = _ranks(names, by, measure, unknowns)
    order = np.lexsort((rows, _turns(rank, over), rank))
    chosen = rows[order]
    made = [_missing(waiting, chosen, column) for column in columns]
    reasons = pd.concat([each for each in made if len(each)] or [pd.DataFrame({"row": [], "field": [], "reason": []})])
    place = pd.Series(np.arange(len(chosen)), index=chosen)
    reasons = reasons.assign(place=reasons["row"].map(place)).sort_values("place", kind="stable").drop(columns="place")
    kept = [name for name in dict.fromkeys([*split, *_IDS]) if name in waiting]
    return reasons.reset_index(drop=True).join(waiting[kept].reset_index(drop=True), on="row")


def _ranks(names: np.ndarray, by: str, measure: str, unknowns: Unknowns) -> np.ndarray:
    """The place of each part the part that settles most first; parts that are not shown come last."""
    if not len(unknowns.filling):
        return np.zeros(len(names), np.int64)
    rows = unknowns.filling[(unknowns.filling["by"] == by) & (unknowns.filling["measure"] == measure)]
    if rows.empty:
        return np.zeros(len(names), np.int64)
    soonest = rows["group"].iloc[int(rows["settled_after"].fillna(np.inf).to_numpy(np.float64).argmin())]
    order = rows[rows["group"] == soonest].set_index("split")["step"]
    return pd.Series(names).map(order).fillna(len(order) + 1).to_numpy(np.int64)


def _turns(rank: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Numbers that let two kinds of people take turns in their own proportion, within each part."""
    frame = pd.DataFrame({"rank": rank, "over": over})
    at, size = frame.groupby(["rank", "over"]).cumcount(), frame.groupby(["rank", "over"])["rank"].transform("size")
    return np.asarray((at + 0.5) / size)


def _missing(waiting: pd.DataFrame, rows: np.ndarray, column: str) -> pd.DataFrame:
    """Which of these rows lack what a column is made from, and why."""
    field = _field_of(column)
    name = f"missing_{field}"
    flagged = (
        waiting
        if name in waiting
        else flag_missing(waiting, [field])
        if field in waiting and field in FIELDS
        else waiting
    )
    reason: Any = flagged[name].astype(object).iloc[rows] if name in flagged else pd.Series("blank", index=rows)
    made = pd.DataFrame({"row": rows, "field": field, "reason": reason.to_numpy(object)})
    known = crossed(waiting, [column])
    missing: pd.DataFrame = made[~known.known[known.place[rows]]]
    return missing


def _field_of(column: str) -> str:
    """The field that has to be filled for a column: a postcode for a decile, a date of birth for an age band."""
    base = made_from(column)
    return "postcode" if base.endswith(("_decile", "_quintile")) else _FIELDS.get(base, base)
