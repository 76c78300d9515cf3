"""List work: which snapshot each row is of, and whether the snapshot that was asked for can be the right one."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from equiwait.errors import InputError, OptionError, listed
from equiwait.frames import categorical
from equiwait.rows.intake.dates import read_date
from equiwait.rows.intake.scopes import SCOPES

__all__ = ["refuse_wrong_snapshot", "snapshot_day", "with_snapshots"]


def snapshot_day(snapshot: object) -> dt.date:
    """Return the snapshot as a day: a date, or text written year-month-day."""
    if isinstance(snapshot, dt.datetime) and not pd.isna(snapshot):
        return snapshot.date()
    if isinstance(snapshot, dt.date) and not pd.isna(snapshot):
        return snapshot
    day = (
        read_date(snapshot)[0]
        if isinstance(snapshot, str) and snapshot[:4].isdigit() and snapshot[4:5] == "-"
        else None
    )
    if day is None:
        raise OptionError(
            f"snapshot={snapshot!r} is not a date.", todo='Write it as year-month-day: snapshot="2026-10-31".'
        )
    return day


def with_snapshots(waiting: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Return the list with ``snapshot_date`` as a category of ISO days.

    A row without one belongs to the snapshot that was asked for, unless the file stacks several: then nobody knows of which
    it is, its scope is ``unknown_snapshot``, and it is counted in none.
    """
    if "snapshot_date" not in waiting.columns:
        whole = categorical(np.zeros(len(waiting), np.int8), [day.isoformat()])
        return waiting.assign(snapshot_date=pd.Series(whole, index=waiting.index))
    days = waiting["snapshot_date"]
    blank = days.isna().to_numpy()
    if days.nunique() > 1 and blank.any():
        scope = np.where(blank, SCOPES.index("unknown_snapshot"), waiting["scope"].cat.codes.to_numpy())
        waiting = waiting.assign(scope=pd.Series(categorical(scope, SCOPES), index=waiting.index))
    else:
        days, blank = days.fillna(pd.Timestamp(day)), np.zeros(len(waiting), bool)
    names, index = np.unique(days.to_numpy().astype("datetime64[D]")[~blank], return_inverse=True)
    codes = np.full(len(waiting), -1)
    codes[~blank] = index
    return waiting.assign(snapshot_date=pd.Series(categorical(codes, names.astype(str).tolist()), index=waiting.index))


def refuse_wrong_snapshot(waiting: pd.DataFrame, day: dt.date, header: str) -> None:
    """Refuse a snapshot of which there is no row, a list without a clock start, and a snapshot before most clock starts."""
    scope = waiting["scope"]
    here = ~scope.isin(("other_snapshot", "unknown_snapshot"))
    if not here.any():
        found = sorted(waiting["snapshot_date"].cat.categories)
        raise InputError(
            f"No row of the list is of the snapshot {day.isoformat()}.",
            found=f"Snapshots in the file: {listed(found)}.",
            todo=f'Ask for one of them: snapshot="{found[-1]}".' if found else "Check the snapshot.",
        )
    starts = waiting["clock_start"]
    if starts.isna().all():
        raise InputError(
            f"No row has a clock start that can be read as a date in the column {header!r}.",
            found=f"{len(waiting)} rows.",
            todo="Check that it is the right column, or map another with columns={'Your header': 'clock_start'}.",
        )
    known = starts[here & starts.notna()]
    if len(known) and int((known > pd.Timestamp(day)).sum()) * 2 > len(known):
        raise InputError(
            f"Most clock starts lie after the snapshot {day.isoformat()}.",
            found="A wait cannot begin after the day that the list describes.",
            todo="Check the snapshot (is its year right?), or map the right column with columns={'Your header': 'clock_start'}.",
        )
