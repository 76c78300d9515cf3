"""What merged groups (``"ethnicity:nhs"``, ``"ethnicity:census"``) hide: each merge listed with what is inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from equiwait.answers.disparity.measures import Measure, measure_named
from equiwait.counts.waits import group_named
from equiwait.errors import listed
from equiwait.fields import MERGES, made_from
from equiwait.statistics import max_min_gap
from equiwait.units import printed


def detailed_questions(asked: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """Return the merged questions, each with the column whose groups it merges."""
    return {one[0]: made_from(one[0]) for one in asked if len(one) == 1 and one[0] in MERGES}


def inside(detailed: pd.DataFrame, question: str) -> pd.DataFrame:
    """Return the rows of the detailed groups, each with the merged group that it disappears in."""
    names = {group_named(made_from(question), code)[0]: merged for code, merged in MERGES[question].items()}
    rows = detailed[detailed["group"].isin(list(names)) & (detailed["within"] == "")]
    columns = ["measure", "n", "value", "lower", "upper", "suppressed", "note"]
    found = rows[columns].assign(by=question, group=rows["group"].map(names), detailed=rows["group"])
    return found[["by", "group", "detailed", *columns]].reset_index(drop=True)


def hidden_in_merges(merges: pd.DataFrame) -> list[str]:
    """Return a sentence for each merged group: what is in it, and how far that lies apart.

    One measure speaks for each question: the first.
    """
    sentences = []
    for (question, group), rows in merges.groupby(["by", "group"], sort=False):
        first = rows[rows["measure"] == rows["measure"].iloc[0]]
        if len(first) > 1:
            sentences.append(_hidden_in(str(question), str(group), first))
    return sentences


def _hidden_in(question: str, group: str, rows: pd.DataFrame) -> str:
    head = f"{group} ({question}) merges {listed(rows['detailed'], 20)}"
    shown = rows.dropna(subset=["value"]).sort_values("value", kind="stable")
    if len(shown) < 2:
        return f"{head}; too few people to say how far these lie apart."
    low, high = shown.iloc[0], shown.iloc[-1]
    rest = len(rows) - len(shown)
    unseen = f"; {rest} of them not shown" if rest else ""
    measure = measure_named(str(low["measure"]))
    ends = [printed(float(row["value"]), measure.unit) for row in (low, high)]
    return (
        f"{head}: from {ends[0]} ({low['detailed']}) to {ends[1]} ({high['detailed']}), {measure.words()}"
        f"{_beside_chance(shown, measure)}{unseen}."
    )


def _beside_chance(shown: pd.DataFrame, measure: Measure) -> str:
    """How far apart chance alone would leave groups of these sizes, were all alike."""
    if not measure.is_share:
        return ""
    n, values = shown["n"].to_numpy(float), shown["value"].to_numpy(float)
    share = float((n * values).sum() / n.sum())
    gap = max_min_gap(values, np.sqrt(share * (1 - share) / n))
    apart, alone = printed(float(np.ptp(values)), "points"), printed(float(gap.expected), "points")
    return f": {apart.lstrip('+')} apart, where chance alone would leave about {alone.lstrip('+')}"
