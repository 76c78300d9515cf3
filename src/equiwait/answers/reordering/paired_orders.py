"""Two orders of one list side by side: the people placed in both, and what each order is called."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from equiwait.answers.grouped_people import reads_of
from equiwait.counts.waits import By
from equiwait.errors import RefusedError
from equiwait.frames import need, provenance

__all__ = ["paired", "policy_of", "row_by_row", "unstamped"]

_KEYS = ("pathway_id", "pathway_issuer", "referral_id", "clock_start", "provider")


def paired(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the people placed in both orders, with both places, and how many are placed in one alone."""
    for frame in (before, after):
        need(frame, ["pathway_id", "rank"], "displacement")
    keys = [name for name in _KEYS if name in before.columns and name in after.columns]
    left, right = (frame[frame["rank"].notna().to_numpy()] for frame in (before, after))
    twice = sum(int(frame.duplicated(keys).sum()) for frame in (left, right))
    if twice:
        raise RefusedError(
            f"{twice} placed rows share {', '.join(keys)} with another.", todo="Keep one row for each pathway."
        )
    both = left.rename(columns={"rank": "rank_before"}).merge(
        right[[*keys, "rank"]].rename(columns={"rank": "rank_after"}), on=keys, how="inner"
    )
    if both.empty:
        raise RefusedError(
            "Nobody has a place in both orders.",
            f"{len(left)} and {len(right)} people placed.",
            "Score the same list twice.",
        )
    alone = len(left) + len(right) - 2 * len(both)
    _refuse_other_groups(left["rank"], right["rank"], alone)
    return both, alone


def row_by_row(before: pd.DataFrame, after: pd.DataFrame, by: By | None) -> tuple[pd.DataFrame, int]:
    """Return the same of one list in two orders: its rows are the same rows, also where two of them share an identifier.

    Beside both places stand the columns that ``by`` reads, and no others.
    """
    ranks = [frame["rank"].to_numpy(float, na_value=np.nan) for frame in (before, after)]
    first, then = (~np.isnan(each) for each in ranks)
    if not (first & then).any():
        raise RefusedError(
            "Nobody has a place in both orders.", todo="Score the list with a policy that places people."
        )
    places = {"rank_before": ranks[0][first & then], "rank_after": ranks[1][first & then]}
    headers = [name for name in before.columns if name != "rank"]
    read = set() if by is None else reads_of([*headers, *places], by, "displacement")
    both = before.loc[first & then, [name for name in headers if name in read]]
    return both.assign(**places), int((first != then).sum())


def _refuse_other_groups(before: pd.Series[Any], after: pd.Series[Any], alone: int) -> None:
    """Within the same columns each place is held as often in one order as in the other, but for people in one alone."""
    held = (before.value_counts().astype("int64"), after.value_counts().astype("int64"))
    if int(held[0].sub(held[1], fill_value=0).abs().sum()) > alone:
        raise RefusedError(
            "The two lists were not ranked within the same columns, so that their places cannot be compared.",
            f"{int(held[0].get(1, 0))} and {int(held[1].get(1, 0))} people stand first.",
            "Score both with the same rank_within=.",
        )


def unstamped(named: str) -> str:
    """Return the name of an order without its fingerprint and marks, for a heading; they stand in the notes.

    Examples
    --------
    >>> unstamped("because of fairness, england_default 5dba98167386 [not approved]")
    'because of fairness, england default'
    """
    return re.sub(r" [0-9a-f]{12}\b|( \[[^\]]*\])+", "", named).replace("_", " ")


def policy_of(frame: pd.DataFrame) -> str:
    """Return what the list says of the policy that ordered it."""
    return " and ".join(provenance(frame, "policy")) or "unnamed"
