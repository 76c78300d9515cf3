"""Which days each provider sent, which look incomplete, and which are missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.disclosure import as_shown, rule_named
from equiwait.rows.intake.parts import SEEN
from equiwait.rows.intake.same_pathway import RECORD

__all__ = ["INCOMPLETE", "MISSING", "WHOLE", "calendar", "seen_counts"]

Days = NDArray[np.int64]
WHOLE, INCOMPLETE, MISSING = "whole", "looks incomplete", "missing"
_FEWEST = 0.75
"""Of the open pathways that a provider sends around a day; fewer look like half a list."""
_MOST_ABSENT = 0.10
"""Of the pathways seen before and after a day; more that are not there look like half a list."""
_A_MONTH, _DAYS_A_MONTH = (28, 31), 30.44
_FEW = 8  # so many fewer say nothing by themselves
_RULE = rule_named("hes")
_HIDDEN = 4.0  # in the middle of the counts that the rule hides


def seen_counts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return for each provider and day of a part: open rows, rows, and pathways that were there before and after."""
    if not len(rows):
        return pd.DataFrame({"provider": [], "snapshot": [], "open": [], "present": [], "between": []})
    spans = rows[rows["followed"]].groupby([RECORD, "provider"], sort=False)[SEEN].agg(["min", "max"]).reset_index()
    days = {name: np.sort(part.unique()) for name, part in rows.groupby("provider", sort=True)[SEEN]}
    parts = []
    for provider, on in days.items():
        own, here = rows[rows["provider"] == provider], spans[spans["provider"] == provider]
        first, last = np.sort(here["min"].to_numpy()), np.sort(here["max"].to_numpy())
        between = np.searchsorted(first, on, side="right") - np.searchsorted(last, on, side="left")
        opened = own[(own["scope"] == "rtt_open").to_numpy()].groupby(SEEN).size()
        parts.append(
            pd.DataFrame(
                {
                    "provider": provider,
                    "snapshot": on,
                    "open": opened.reindex(on, fill_value=0).to_numpy(),
                    "present": own[own["followed"]].groupby(SEEN).size().reindex(on, fill_value=0).to_numpy(),
                    "between": between,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def calendar(counted: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return each provider's days, sent or not: ``provider snapshot state open absent``.

    ``open`` pathways were sent; ``absent`` ones were seen before and after, and not on that day. The state is told wherever a
    series is shown, so it is decided from counts as they may be shown: no one person can turn it.
    """
    every = pd.concat(list(counted), ignore_index=True).groupby(["provider", "snapshot"], sort=True).sum().reset_index()
    rhythm = _rhythm(every)
    expected = _expected(every["snapshot"].to_numpy(), rhythm)
    parts = [_one(str(name), part, expected, rhythm) for name, part in every.groupby("provider", sort=True)]
    return pd.concat(parts, ignore_index=True)


def _one(provider: str, sent: pd.DataFrame, expected: Days, rhythm: float) -> pd.DataFrame:
    counts = sent["open"].to_numpy(np.float64)
    absent = (sent["between"] - sent["present"]).to_numpy(np.float64)
    opened, lacks, between = (_rounded(each) for each in (counts, absent, sent["between"].to_numpy(np.float64)))
    around = _around(opened)
    few = (opened < _FEWEST * around) & (around - opened > _FEW)
    gone = (lacks > _FEW) & (lacks > _MOST_ABSENT * between)
    state = np.where(few | gone, INCOMPLETE, WHOLE)
    table = pd.DataFrame(
        {"provider": provider, "snapshot": sent["snapshot"], "state": state, "open": counts, "absent": absent}
    )
    lacking = _lacking(expected, _days(sent["snapshot"].to_numpy()), rhythm)
    if lacking:
        days = np.array(lacking, "datetime64[D]").astype("datetime64[s]")
        table = pd.concat([table, pd.DataFrame({"provider": provider, "snapshot": days, "state": MISSING})])
    return table.sort_values("snapshot", ignore_index=True).astype({"open": "Int64", "absent": "Int64"})


def _rounded(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts as they may be shown, small ones alike."""
    return np.nan_to_num(as_shown(counts, _RULE), nan=_HIDDEN)


def _around(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of the two days before and the two after each; with nothing beside it no day looks small."""
    found = np.zeros(len(counts))
    for at in range(len(counts)):
        others = np.r_[counts[max(at - 2, 0) : at], counts[at + 1 : at + 3]]
        found[at] = np.median(others) if len(others) else 0.0
    return found


def _days(snapshots: NDArray[Any]) -> Days:
    return np.unique(snapshots.astype("datetime64[D]").astype(np.int64))


def _rhythm(every: pd.DataFrame) -> float:
    """Days from one extract of a provider to its next, as most of them are; 0 where no provider sent three."""
    gaps = [np.diff(_days(part.to_numpy())) for _, part in every.groupby("provider")["snapshot"]]
    known = [each for each in gaps if len(each) > 1]
    return float(np.median(np.concatenate(known))) if known else 0.0


def _expected(sent: NDArray[Any], rhythm: float) -> Days:
    """Every day that somebody sent, and days that the rhythm asks for and nobody sent."""
    days = _days(sent)
    more: list[int] = []
    for one, other in zip(days[:-1].tolist(), days[1:].tolist(), strict=True):
        if _A_MONTH[0] <= rhythm <= _A_MONTH[1]:
            more += _months_between(one, other)
            continue
        lost = round((other - one) / rhythm) - 1 if rhythm else 0
        more += [one + round((other - one) * step / (lost + 1)) for step in range(1, lost + 1)]
    return np.unique(np.r_[days, np.array(more, np.int64)])


def _months_between(one: int, other: int) -> list[int]:
    """The day of each month in between: its last where both lists are of the last day of theirs."""
    first, last = (pd.Timestamp(np.datetime64(day, "D")) for day in (one, other))
    lost = round((other - one) / _DAYS_A_MONTH) - 1
    steps = [first + pd.DateOffset(months=step) for step in range(1, lost + 1)]
    both = first.is_month_end and last.is_month_end
    return [
        (day + pd.offsets.MonthEnd(0) if both else day).to_datetime64().astype("datetime64[D]").astype(int)
        for day in steps
    ]


def _lacking(expected: Days, own: Days, rhythm: float) -> list[int]:
    """The expected days, from the provider's first on, near which it sent nothing; of days near each other, one."""
    half = max(rhythm / 2, 1.0)
    found: list[int] = []
    for day in expected[expected > own[0]].tolist():
        if np.abs(own - day).min() >= half and (not found or day - found[-1] >= half):
            found.append(day)
    return found
