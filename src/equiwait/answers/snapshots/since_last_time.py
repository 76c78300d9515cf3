"""`since_last_time`: which verdicts on gaps over time are other than they were, and which lists are new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import pandas as pd

from equiwait.answers.snapshots.trend import Trend
from equiwait.disclosure import Counts, release, rule_named
from equiwait.results import Provenance, Result, Units, as_answered

__all__ = ["SinceLastTime", "since_last_time"]


@dataclass(frozen=True, eq=False, repr=False)
class SinceLastTime(Result):
    """What is said of each gap now, and what was said of it last time. It holds words, and no number of people."""

    section: ClassVar[str] = "time"
    units: ClassVar[Units] = MappingProxyType(dict.fromkeys(("among", "before", "now"), "text"))


def since_last_time(before: Sequence[Trend], now: Sequence[Trend], last: str, days: Sequence[str]) -> SinceLastTime:
    """Compare the verdicts of two runs.

    Parameters
    ----------
    before, now : sequence of Trend
        What `trend` gave of the lists up to last time, and gives now, one for each question.
    last : str
        The last day of the lists last time.
    days : sequence of str
        The days of the lists that are new.

    Returns
    -------
    SinceLastTime

    Examples
    --------
    >>> since_last_time([], [], "2026-09-30", ["2026-10-31"]).findings
    ('New since 2026-09-30: lists of 2026-10-31. No verdict has changed.',)
    """
    keys = ["among", "by", "group", "reference"]
    was, here = (
        pd.concat([each.changes for each in some], ignore_index=True)
        if some
        else pd.DataFrame(columns=[*keys, "verdict"])
        for some in (before, now)
    )
    both = here[[*keys, "verdict"]].merge(was[[*keys, "verdict"]], on=keys, how="left", suffixes=("", "_before"))
    both = both.rename(columns={"verdict": "now", "verdict_before": "before"}).fillna({"before": "not asked"})
    moved = both[both["now"] != both["before"]]
    says = [f"{_whom(row)}: {row['before']} before, {row['now']} now." for _, row in moved.iterrows()]
    new = f"New since {last}: {'lists of ' + ', '.join(days) if days else 'no list'}."
    said = (f"{new} No verdict has changed.",) if not says else (new, *says)
    period = f"{last} to {max([last, *days])}"
    told = (now[0].provenance if now else Provenance())._replace(period=period)
    made = SinceLastTime(
        f"What changed since {last}",
        both[[*keys, "before", "now"]],
        (),
        said,
        as_of=max([last, *days]),
        provenance=told,
    )
    rule = next((each.released.rule for each in now if each.released is not None), rule_named("hes"))
    # of what was released before: nothing is counted anew
    return as_answered(made, lambda _: made, release(Counts(), rule))


def _whom(row: pd.Series[str]) -> str:
    return f"{row['among']}: {row['group']}" if row["among"] else str(row["group"])
