"""Which snapshot each row is of, and whether the snapshot that was asked for can be the right one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.errors import InputError, OptionError, listed, typed
from equiwait.files.faults import no_rows
from equiwait.frames import coded
from equiwait.rows.intake.cells import cells_of
from equiwait.rows.intake.date_columns import NO_DAY, DateColumn, days_of
from equiwait.rows.intake.dates import read_date
from equiwait.rows.intake.scopes import SCOPES

__all__ = [
    "refuse_wrong_snapshot",
    "rows_of_snapshot",
    "set_snapshots",
    "snapshot_day",
    "snapshots_shown",
    "stacked",
]


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
            f"snapshot={typed(snapshot)} is not a date.", todo='Write it as year-month-day: snapshot="2026-10-31".'
        )
    return day


def snapshots_shown(raw: pa.Array) -> dict[str, Any]:
    """Return the distinct days of a part of ``snapshot_date`` as they are written, and whether some rows have none."""
    if pa.types.is_temporal(raw.type):
        whole = raw.cast(pa.int32() if pa.types.is_date32(raw.type) else pa.int64())
        return {"cells": sorted(map(str, pc.unique(whole.drop_null()).to_pylist())), "blank": bool(raw.null_count)}
    cells, _ = cells_of(raw)
    used = cells if raw.null_count else cells[:-1]  # the last stands for null, whether there is one or not
    return {"cells": sorted(filter(None, used)), "blank": "" in used}


def stacked(shown: Mapping[str, Any], kind: pa.DataType, column: DateColumn) -> bool:
    """Whether a list holds several snapshots and rows that do not say of which they are."""
    if not shown:
        return False
    cells = pa.array(shown["cells"], pa.string())
    if pa.types.is_temporal(kind):
        cells = cells.cast(pa.int64()).cast(pa.int32() if pa.types.is_date32(kind) else pa.int64()).cast(kind)
    read = column.read(cells, {})
    return len(pc.unique(read.drop_null())) > 1 and (shown["blank"] or read.null_count > 0)


def set_snapshots(columns: dict[str, pa.Array], rows: int, day: dt.date, *, several: bool) -> None:
    """Set ``snapshot_date`` to ISO days.

    A row without one belongs to the snapshot that was asked for, unless the file stacks several: then nobody knows of which
    it is, its scope is ``unknown_snapshot``, and it is counted in none.
    """
    if "snapshot_date" not in columns:
        columns["snapshot_date"] = coded(np.zeros(rows, np.int32), [day.isoformat()] if rows else [], grows=True)
        return
    days = days_of(columns, "snapshot_date", rows)
    blank = days == NO_DAY
    if several:
        scope = np.where(blank, SCOPES.index("unknown_snapshot"), np.asarray(columns["scope"].indices))
        columns["scope"] = coded(scope, SCOPES)
    else:
        days, blank = np.where(blank, (day - dt.date(1970, 1, 1)).days, days), np.zeros(rows, bool)
    known = np.unique(days[~blank])
    index = np.where(blank, -1, np.searchsorted(known, days))
    columns["snapshot_date"] = coded(index, known.astype("datetime64[D]").astype(str).tolist(), grows=True)


def rows_of_snapshot(columns: Mapping[str, pa.Array], day: dt.date) -> dict[str, Any]:
    """Return what must be known of all rows before it is sure that the snapshot that was asked for can be the right one."""
    scope = np.asarray(columns["scope"].indices)
    here = (scope != SCOPES.index("other_snapshot")) & (scope != SCOPES.index("unknown_snapshot"))
    starts = days_of(columns, "clock_start", len(scope))
    known = here & (starts != NO_DAY)
    return {
        "rows": len(scope),
        "here": int(np.count_nonzero(here)),
        "started": int(np.count_nonzero(starts != NO_DAY)),
        "known": int(np.count_nonzero(known)),
        "late": int(np.count_nonzero(known & (starts > (day - dt.date(1970, 1, 1)).days))),
        "snapshots": columns["snapshot_date"].dictionary.to_pylist(),
    }


def refuse_wrong_snapshot(told: Mapping[str, Any], day: dt.date, header: str) -> None:
    """Refuse a list without rows, or without a clock start, and a snapshot of which there is no row, or before most clock starts."""
    if not told["rows"]:
        raise no_rows("The list")
    if not told["here"]:
        found = told["snapshots"]
        raise InputError(
            f"No row of the list is of the snapshot {day.isoformat()}.",
            found=f"Snapshots in the file: {listed(found)}.",
            todo=f'Ask for one of them: snapshot="{found[-1]}".' if found else "Check the snapshot.",
        )
    if not told["started"]:
        raise InputError(
            f"No row has a clock start that can be read as a date in the column {header!r}.",
            found=f"{told['rows']} rows.",
            todo="Check that it is the right column, or map another with columns={'Your header': 'clock_start'}.",
        )
    if told["late"] * 2 > told["known"]:
        raise InputError(
            f"Most clock starts lie after the snapshot {day.isoformat()}.",
            found="A wait cannot begin after the day that the list describes.",
            todo="Check the snapshot (is its year right?), or map the right column with columns={'Your header': 'clock_start'}.",
        )
