"""Counts of a year of lists: who was on each month's list, and what became of those who joined in each month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.grouped_people import groups_by, is_scope
from equiwait.fields import made_from
from equiwait.frames import need
from equiwait.rows.intake.extract_dates import INCOMPLETE, MISSING, WHOLE
from equiwait.rows.intake.stitched import Stitched

__all__ = ["EVENTS", "FOLLOWED", "NOT_YET", "Month", "Monthly", "monthly_counts"]

FOLLOWED, NOT_YET = "followed", "not followed for so long yet"
EVENTS = ("entered", "treated", "otherwise", "still")
_GROUP = ["part", "group", "known", "month"]
_HALF_A_MONTH = 14
_READS = (
    "provider", "scope", "days_waiting", "clock_start", "clock_stop", "stop_reason", "seen_from", "last_listed", "person_id",
)  # fmt: skip


class Month(NamedTuple):
    """A month: the day of the list that stands for it, whether it is whole, and whether its joiners were followed."""

    month: str
    day: str
    state: str
    joiners: str


@dataclass(frozen=True)
class Monthly:
    """The exact counts of one question.

    Parameters
    ----------
    months : dict of str to tuple of Month
        By part (a provider; ``""`` for all together), from the first month to the last.
    lists : pandas.DataFrame
        ``part group known month n over early wide``: people on each month's list, those over the threshold, those of them
        who joined before ``cut``, and how far repeated people widen.
    joined : pandas.DataFrame
        ``part group known month event day people``: those who joined in each month, by day since their clock started, up
        to the day after the threshold.
    wide : pandas.DataFrame
        ``part group known month wide``: of those who joined.
    cut : str
        The month before which joining is *early*.
    """

    months: dict[str, tuple[Month, ...]]
    lists: pd.DataFrame
    joined: pd.DataFrame
    wide: pd.DataFrame
    cut: str


def monthly_counts(
    stitched: Stitched, question: Sequence[str], days: int, each: str | None, asks: str = "trend"
) -> Monthly:
    """Count a year of lists for one question.

    Parameters
    ----------
    stitched : Stitched
    question : sequence of str
        Columns, crossed.
    days : int
        More than so many days are over.
    each : str, optional
        A column whose values are counted apart.
    asks : str
        Which verb asks, for an error.

    Raises
    ------
    ColumnsError
        If the lists lack a column.

    Returns
    -------
    Monthly
    """
    asked = [*question, *([each] if each else [])]
    need(stitched.columns, asked, asks)
    reads = {*asked, *map(made_from, asked), *_READS}
    chosen = _lists_of_months(stitched)
    months = _months(stitched, chosen, days, each)
    cut = _cut(months)
    listed, joined, there, came = [], [], [], []
    for number in range(stitched.rows.count):
        on_lists = _on_lists(stitched.on_days(number, reads), chosen)
        table = _grouped(on_lists, question, each)
        table["over"] = (on_lists["days_waiting"] > days).to_numpy(dtype=bool)
        table["early"] = table["over"] & (_month(on_lists["clock_start"]) < cut)
        listed.append(
            table.groupby(_GROUP, sort=False).agg(n=("over", "size"), over=("over", "sum"), early=("early", "sum"))
        )
        there.append(_whose(table, on_lists))
    for pathways in stitched.parts(reads):
        table, people = _joined(pathways, question, days, each)
        joined.append(table)
        came.append(people)
    lists = pd.concat(listed).groupby(level=_GROUP, sort=False).sum().reset_index()
    flows = (
        pd.concat(joined, ignore_index=True)
        .groupby([*_GROUP, "event", "day"], sort=False)["people"]
        .sum()
        .reset_index()
    )
    n = flows[flows["event"] == "entered"].groupby(_GROUP, sort=False)["people"].sum().reset_index(name="n")
    return Monthly(months, lists.assign(wide=_wide(there, lists)), flows, n.assign(wide=_wide(came, n)), cut)


# --- months ----------------------------------------------------------------------------------------------------------


def _month(dates: pd.Series[Any]) -> pd.Series[Any]:
    return pd.Series(dates.dt.strftime("%Y-%m").fillna(""))


def _lists_of_months(stitched: Stitched) -> pd.DataFrame:
    """The list that stands for each provider's month: its last whole one, else its last."""
    sent = stitched.extracts[stitched.extracts["state"] != MISSING]
    sent = sent.assign(month=_month(sent["snapshot"]), whole=sent["state"] == WHOLE)
    lined_up = sent.sort_values(["whole", "snapshot"])
    return lined_up.groupby(["provider", "month"], sort=True).tail(1)[["provider", "month", "snapshot", "state"]]


def _months(stitched: Stitched, chosen: pd.DataFrame, days: int, each: str | None) -> dict[str, tuple[Month, ...]]:
    if each == "provider":
        return {str(name): _of_part(part, days) for name, part in chosen.groupby("provider", sort=True)}
    whole = _of_part(chosen, days)
    if each is None:
        return {"": whole}
    values = sorted(
        {name for frame in stitched.parts((each, made_from(each))) for name in groups_by(frame, (each,)).names}
    )
    return dict.fromkeys(values, whole)


def _of_part(chosen: pd.DataFrame, days: int) -> tuple[Month, ...]:
    first, last = chosen["snapshot"].min(), chosen["snapshot"].max()
    providers = chosen["provider"].nunique()
    found = []
    for month in pd.period_range(first, last, freq="M"):
        here = chosen[chosen["month"] == str(month)]
        state = MISSING if len(here) < providers else INCOMPLETE if (here["state"] != WHOLE).any() else WHOLE
        day = str(here["snapshot"].max())[:10] if len(here) else ""
        seen_whole = month.start_time > first and month.start_time + pd.Timedelta(_HALF_A_MONTH + days, "D") <= last
        before = "" if month.start_time <= first else NOT_YET
        found.append(Month(str(month), day, state, FOLLOWED if seen_whole else before))
    return tuple(found)


def _cut(months: dict[str, tuple[Month, ...]]) -> str:
    """The month of joining at which three quarters of those that were followed are over, all parts together."""
    followed = sorted({each.month for part in months.values() for each in part if each.joiners == FOLLOWED})
    return followed[3 * len(followed) // 4] if followed else ""


# --- rows to counts --------------------------------------------------------------------------------------------------


def _on_lists(rows: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """The people waiting with the clock running on the lists that stand for months, with the month."""
    rows = rows[is_scope(rows, "rtt_open") & rows["days_waiting"].notna().to_numpy()]
    days = chosen.set_index(["provider", "snapshot"])["month"]
    where = days.index.get_indexer(pd.MultiIndex.from_arrays([rows["provider"], rows["seen_on"]]))
    rows = rows.assign(month=np.where(where >= 0, days.to_numpy()[where], ""))
    return rows[where >= 0].reset_index(drop=True)


def _grouped(rows: pd.DataFrame, question: Sequence[str], each: str | None) -> pd.DataFrame:
    """For each row its part, group, whether that is known, and month."""
    groups = groups_by(rows, question)
    part = groups_by(rows, (each,)) if each else None
    return pd.DataFrame({
        "part": "" if part is None else np.array(part.names, object)[part.place],
        "group": np.array(groups.names, object)[groups.place],
        "known": groups.known[groups.place],
        "month": rows["month"].to_numpy(),
    }, index=rows.index)  # fmt: skip


def _joined(
    pathways: pd.DataFrame, question: Sequence[str], days: int, each: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Those who joined in each month, from the day they were seen to the day they left or were last seen."""
    here = pathways[is_scope(pathways, "rtt_open", "closed") & pathways["clock_start"].notna().to_numpy()]
    start, seen, stop, last = (_days(here[name]) for name in ("clock_start", "seen_from", "clock_stop", "last_listed"))
    closed = is_scope(here, "closed")
    entry, leave = seen - start, np.where(closed & here["clock_stop"].notna().to_numpy(), stop, last) - start
    watched = (entry >= 0) & (leave > entry) & (entry <= days)
    rows = here[watched].assign(month=_month(here.loc[watched, "clock_start"])).reset_index(drop=True)
    entry, leave, closed = entry[watched], leave[watched], closed[watched]
    treated = closed & (rows["stop_reason"].astype(object) == "treated").to_numpy(dtype=bool)
    what = np.select([leave > days, treated, closed], ["still", "treated", "otherwise"], "still")
    table = _grouped(rows, question, each)
    parts = [
        table.assign(event="entered", day=entry),
        table.assign(event=what, day=np.minimum(leave, days + 1)),
    ]
    counts = pd.concat(parts, ignore_index=True).groupby([*_GROUP, "event", "day"], sort=False).size()
    return counts.reset_index(name="people"), _whose(table, rows)


def _days(dates: pd.Series[Any]) -> NDArray[np.int64]:
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64)


def _whose(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The groups of rows that say whose they are, and a number for the person."""
    if "person_id" not in rows.columns:
        return table.iloc[:0][_GROUP].assign(person=np.zeros(0, np.uint64))
    told = rows["person_id"].notna().to_numpy()
    names = rows.loc[told, "person_id"].astype(object).to_numpy()
    return table.loc[told, _GROUP].assign(person=pd.util.hash_array(names, categorize=True))


def _wide(whose: Sequence[pd.DataFrame], counts: pd.DataFrame) -> NDArray[np.float64]:
    """Σk²/Σk of each row of counts, k being one person's pathways in it."""
    k = pd.concat(list(whose), ignore_index=True).groupby([*_GROUP, "person"], sort=False).size()
    more = (k * k - k).groupby(level=_GROUP, sort=False).sum() if len(k) else pd.Series(dtype=float)
    again = more.reindex(pd.MultiIndex.from_frame(counts[_GROUP])).fillna(0.0).to_numpy(np.float64) if len(k) else 0.0
    return np.asarray(1 + again / counts["n"].to_numpy(np.float64))
