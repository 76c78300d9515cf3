"""What happened on the way: cancelled by whom, not brought or did not attend, added to the list late; by group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.named_groups import NamedGroups, noted, shown_of
from equiwait.answers.part_and_whole import Sides, against, looks_at, over_gaps, rest_of
from equiwait.counts.waits import Groups
from equiwait.counts.waits.references import RECORDED, REST, rounded_rest
from equiwait.disclosure import Counts, ReleasedCounts

__all__ = ["HAPPENED", "counted_on_the_way", "on_the_way_rows"]

HAPPENED = {
    "hospital_cancellations": "cancelled by the hospital",
    "patient_cancellations": "cancelled by the person",
    "dna_count": "did not attend or was not brought",
    "back_dated": "added to the list late",
}
"""The column, and what happened; a number counts if it is not 0."""


def counted_on_the_way(rows: pd.DataFrame, split: NamedGroups, groups: Groups, population: str) -> Counts:
    """Return people of whom each is recorded, and those to whom it happened."""
    counts = Counts()
    for column, event in HAPPENED.items():
        if column in rows.columns:
            told = rows[column].notna().to_numpy()
            happened = told & (rows[column].astype("Float64").fillna(0) > 0).to_numpy(dtype=bool)
            counts += split.tally(_whom(population, event), groups.people(told))
            counts += split.tally(_whom(population, event), groups.people(happened), event=event)
    return counts


def _whom(population: str, event: str) -> str:
    return f"{population}, of whom it is recorded: {event}"


def on_the_way_rows(split: NamedGroups, population: str, confidence: float, released: ReleasedCounts) -> pd.DataFrame:
    """Return a row for each thing that happened and each group, against everyone else recorded."""
    there = {cell.event for cell in released.cells}
    tables = [_rows(split, population, event, confidence, released) for event in HAPPENED.values() if event in there]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _rows(split: NamedGroups, population: str, event: str, confidence: float, released: ReleasedCounts) -> pd.DataFrame:
    whom, known = _whom(population, event), split.recorded
    own = shown_of(released, split.cells(whom, event), split.cells(whom))
    total = [float(released.people(split.all_recorded(whom, each))) for each in (event, "")]
    rest = [
        np.where(known, rest_of(part, whole), whole) for part, whole in zip((own.events, own.n), total, strict=True)
    ]
    wide = np.nan_to_num(split.wide(released), nan=1.0)
    sides = Sides(
        own.events,
        own.n,
        np.minimum(rest[0], rest[1]),
        rest[1],
        wide,
        np.full(len(wide), float(np.max(wide, initial=1.0))),
        released.rule.variance,
        released.rule.variance * np.where(known, rounded_rest(own.n, rest[1]), 1.0),
    )
    gap, around = against(sides, known, confidence), sides.shares(confidence)
    blank: NDArray[Any] = own.hidden
    method = f"Wilson; Newcombe{over_gaps(looks_at(known))}"
    return pd.DataFrame({
        "measure": "share_with", "stage": event, "by": split.question, "group": split.names, "n": own.n,
        "value": np.where(blank, np.nan, around.value), "lower": around.lower, "upper": around.upper,
        "difference": gap.difference.value, "difference_lower": gap.difference.lower, "difference_upper": gap.difference.upper,
        "part": np.nan, "reference": np.where(known, REST, RECORDED), "method": method, "confidence": confidence,
        "suppressed": blank, "note": noted(released, split.cells(whom), split.cells(whom, event)),
    })  # fmt: skip
