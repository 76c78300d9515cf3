"""The same wait in two lists: found by its numbers, which are never shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from equiwait.answers.grouped_people import reads_of
from equiwait.counts.waits import By
from equiwait.derived import refuse_odd
from equiwait.errors import ColumnsError, OptionError, RefusedError, choose, listed
from equiwait.frames import need, provenance, to_arrow, to_pandas
from equiwait.rows.intake.stitched import Stitched

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

MATCHES = ("auto", "pathway", "person")
GONE = -1
_LEFT_ASIDE = ("duplicate", "other_snapshot", "unknown_snapshot")


def in_order(snapshots: Sequence[pd.DataFrame], step: str) -> list[str]:
    """Return the day of each list; they must be two or more, of one day each, oldest first.

    Raises
    ------
    OptionError
        If there are fewer than two lists, or something is not a list.
    RefusedError
        If a list is of several days, or they do not stand oldest first.
    """
    if len(snapshots) < 2 or not all(isinstance(each, pd.DataFrame) for each in snapshots):
        raise OptionError(
            f"{step} compares lists of two days or more.", todo="Give lists from read_list, the oldest first."
        )
    for each in snapshots:
        refuse_odd(each)
    days = [_day_of(each, step) for each in snapshots]
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise RefusedError(
            f"{step} needs its lists oldest first.", f"Snapshots: {listed(days)}.", "Put them in order of their days."
        )
    return days


NUMBERS = ("pathway_issuer", "pathway_id", "clock_start", "person_id")


def first_and_last(
    before: pd.DataFrame | Stitched, after: pd.DataFrame | None, by: By | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two lists; of extracts put together the first day's, and all pathways but those that nobody says ended."""
    if isinstance(before, Stitched):
        reads = reads_of(before.columns, by, "exits", [*NUMBERS, "stop_reason", "became"])
        everyone = before.as_list(reads)
        unsaid = everyone["became"].isin(["gone without an end", "not sent since", "clock start changed"])
        return before.on(before.days[0], columns=reads), everyone[~unsaid.to_numpy()]
    if after is None:
        raise OptionError("exits was given one list.", todo="Give two, the earlier first, or what stitch returns.")
    return before, after


def _day_of(waiting: pd.DataFrame, step: str) -> str:
    need(waiting, ["scope", "days_waiting", "snapshot_date"], step)
    here = ~waiting["scope"].isin(("other_snapshot", "unknown_snapshot"))
    days = provenance(waiting[here.to_numpy()], "snapshot_date")
    if len(days) != 1:
        raise RefusedError(
            f"A list given to {step} holds {len(days)} snapshots.",
            f"Snapshots: {listed(days)}.",
            "Read each day by itself: read_list(file, snapshot=...).",
        )
    return days[0]


def keys_of(headers: Sequence[Iterable[object]], match: str, step: str) -> list[str]:
    """Return the columns by which the same wait is found in every list: issuer, pathway and clock start, or the person."""
    have = set.intersection(*(set(map(str, each)) for each in headers))
    pathway = ["pathway_id", "clock_start"]
    choose("match", match, MATCHES)
    if match != "person" and have.issuperset(pathway):
        return [*(["pathway_issuer"] if "pathway_issuer" in have else []), *pathway]
    if match != "pathway" and "person_id" in have:
        return ["person_id"]
    raise ColumnsError(
        f"{step} needs numbers by which the same person can be found in every list.",
        todo="Keep pathway_id and clock_start, or person_id (a pseudonym will do), in all of them.",
    )


def usable(waiting: pd.DataFrame, keys: Sequence[str]) -> Flags:
    """Return which rows can be looked for: those with all their numbers, and one row (the longest wait) for each."""
    whole = waiting[_needed(keys)].notna().all(axis=1).to_numpy()
    longest_first = np.argsort(-waiting["days_waiting"].to_numpy(dtype=np.int64), kind="stable")
    again = np.zeros(len(waiting), bool)
    again[longest_first] = waiting[list(keys)].iloc[longest_first].duplicated().to_numpy()
    return np.asarray(whole & ~again)


def find(waiting: pd.DataFrame, later: pd.DataFrame, keys: Sequence[str]) -> Places:
    """Return where in ``later`` each row of ``waiting`` is found again; -1 where it is not.

    An open row goes before an ended one, that before any other, and the longest wait first; rows sent twice are passed
    over.
    """
    longest_first = -later["days_waiting"].astype("Float64").to_numpy(dtype=np.float64, na_value=-1)
    there = _numbers(later, keys).assign(_row=np.arange(len(later)), _rank=_rank(later), _wait=longest_first)
    there = there[~later["scope"].isin(_LEFT_ASIDE).to_numpy() & later[_needed(keys)].notna().all(axis=1).to_numpy()]
    there = there.sort_values(["_rank", "_wait"], kind="stable").drop_duplicates(list(keys))
    found = _numbers(waiting, keys).merge(there, how="left", on=list(keys))["_row"]
    return found.fillna(GONE).to_numpy(dtype=np.int64)


def at(column: Any, places: Places, empty: Any) -> NDArray[Any]:
    """Return the values of a column of the later list at these places; ``empty`` for rows that are gone."""
    values = np.asarray(column)
    return np.where(places == GONE, empty, values[np.maximum(places, 0)] if len(values) else empty)


def _needed(keys: Sequence[str]) -> list[str]:
    return [name for name in keys if name != "pathway_issuer"]  # a trust that issues all its numbers may leave it blank


def _numbers(waiting: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Issuers and numbers as plain text, so that two lists of other types can be laid side by side."""
    columns = {name: waiting[name].array if name == "clock_start" else _as_text(waiting[name]).array for name in keys}
    return pd.DataFrame(columns).reset_index(drop=True)


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Text that lies in Arrow: of millions of numbers none is an object of its own."""
    return to_pandas(pc.fill_null(to_arrow(column).cast(pa.string()), ""))


def _rank(waiting: pd.DataFrame) -> Places:
    return np.select([waiting["scope"] == "rtt_open", waiting["scope"] == "closed"], [0, 1], 2)
