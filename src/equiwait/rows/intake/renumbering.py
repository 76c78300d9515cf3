"""Between which days many pathways look as if they were given other numbers, or another provider: gone, and come again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from equiwait.disclosure import as_shown, rule_named
from equiwait.rows.intake.parts import SEEN
from equiwait.rows.intake.same_pathway import RECORD

__all__ = ["renumbered", "spans_of"]

_LEAST, _SHARE, _TIMES = 8, 0.05, 2
"""More pathways than this, more than this share of the list, and more a day than so many times what is usual between other days, must
be gone without an end, and as many have come with an old start."""
_SPAN = ["first", "last", "from"]


def spans_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Count the waits of a part by first day listed, last day listed, and first day on or after their start.

    ``people`` are all of them, ``open`` those whose last row is of a wait that is still open.
    """
    here = rows["followed"].to_numpy(dtype=bool) & rows["clock_start"].notna().to_numpy()
    if not here.any():
        return pd.DataFrame({name: pd.Series(dtype="datetime64[s]") for name in _SPAN} | {"people": [], "open": []})
    number, seen, start = (rows[name].to_numpy()[here] for name in (RECORD, SEEN, "clock_start"))
    waiting = ((rows["scope"] == "rtt_open") & ~rows["restarted"].astype(bool)).to_numpy(dtype=bool)[here]
    order = np.lexsort((seen, number))
    ends = np.flatnonzero(np.append(np.diff(number[order]) != 0, True))
    begins = np.append(0, ends[:-1] + 1)
    last, days = order[ends], np.unique(seen)
    begun = np.minimum(np.searchsorted(days, start[last].astype(days.dtype)), len(days) - 1)
    table = pd.DataFrame({
        "first": seen[order[begins]], "last": seen[last], "from": days[begun], "people": 1, "open": waiting[last].astype(int),
    })  # fmt: skip
    return table.groupby(_SPAN, sort=False)[["people", "open"]].sum().reset_index()


def renumbered(spans: Iterable[pd.DataFrame], whole_days: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return pairs of days between which many are gone without an end, and as many have come that were waiting before.

    Parameters
    ----------
    spans : iterable of pandas.DataFrame
        What `spans_of` gives of each part.
    whole_days : sequence of str
        The days on which everybody sent a whole list.

    Notes
    -----
    Each alone has other reasons: lists of open waits lose everybody who is treated, and where people are registered late, many
    come with an old start; so do both, if they do so every month. It is decided from counts as they may be shown.
    """
    every = pd.concat(list(spans), ignore_index=True)
    pairs = [(pd.Timestamp(one), pd.Timestamp(other)) for one, other in pairwise(whole_days)]
    if len(pairs) < 2:  # nothing says what is usual
        return ()
    counts = np.array([_counted(every, *pair) for pair in pairs])
    moved, listed = counts[:, :2], counts[:, 2:]
    days = np.array([[(other - one).days] for one, other in pairs])
    usual = np.array([np.median(np.delete(moved / days, at, 0), axis=0) for at in range(len(pairs))])
    many = (moved > np.maximum(_LEAST, _SHARE * listed)) & (moved > _TIMES * usual * days)
    return tuple(
        (str(one)[:10], str(other)[:10]) for (one, other), here in zip(pairs, many.all(1), strict=True) if here
    )


def _counted(spans: pd.DataFrame, one: pd.Timestamp, other: pd.Timestamp) -> list[float]:
    """How many are gone without an end between two days, how many have come with an old start, and how many were on the first list."""
    there = (spans["first"] <= one) & (spans["last"] >= one)
    gone = there & (spans["last"] < other)
    came = (spans["first"] > one) & (spans["first"] <= other) & (spans["from"] <= one)
    some = spans.loc[gone, "open"].sum(), spans.loc[came, "people"].sum(), spans.loc[there, "people"].sum()
    found: list[float] = np.nan_to_num(as_shown(some, rule_named("hes"))).tolist()
    return found
