"""What is said of who moves: each question in full, and in the few words that a first screen has room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from equiwait.answers.reordering.group_counts import More, more_common, of_those_shown, where_more, with_points
from equiwait.counts.waits.wording import in_brief, spoken

__all__ = ["lead_of", "movement_said"]

_NAMED = 2
"""Groups that a short sentence names."""


def lead_of(by: str) -> str:
    """How a sentence about a question begins."""
    return f"By {spoken(by)}"


def movement_said(table: pd.DataFrame, rounding: float, orders: str) -> list[tuple[str, str]]:
    """Say first what happens to everyone, then of each question who moves down more than others, and who up; then in brief.

    ``orders`` is which two orders are compared, as it stands after "people placed".
    """
    whole = table.iloc[0]
    if whole["moved_up"] == 0 and whole["moved_down"] == 0 and not whole["suppressed"]:
        said = f"Nobody moves: of {whole['people']:,.0f} people placed {orders}, everyone keeps the place."
        return [(said, said)]
    told = []
    if pd.notna(whole["moved_up"]) and pd.notna(whole["moved_down"]):
        said = (
            f"Of {whole['people']:,.0f} people placed {orders}, {whole['moved_down']:,.0f} would move down and "
            f"{whole['moved_up']:,.0f} would move up."
        )
        told.append((said, said))
    for by in table["by"].unique()[1:]:
        rows = table[table["by"] == by]
        more = {
            way: more_common(rows, whole, event, "people", rounding)
            for event, way in (("moved_down", "down"), ("moved_up", "up"))
        }
        words = [where_more(found, str(by), f"moving {way}") for way, found in more.items()]
        if any(words):
            shown = of_those_shown(rows[["share_down", "share_up"]])
            said = f"{lead_of(by)}{shown}: {'; '.join(filter(None, words))}."
            told.append((said, _in_brief(str(by), more, shown)))
    return told


def _in_brief(by: str, found: Mapping[str, Sequence[More] | None], hidden: str) -> str:
    """Who moves down more than others, and who up, with the groups in plain words; of many the first two."""
    words = []
    for way, each_more in found.items():
        more = each_more or ()
        named = [
            f"{with_points(by, each.group) or in_brief(by, each.group)} ({each.own:.0%}, others {each.others:.0%})"
            for each in more[:_NAMED]
        ]
        named[1:] = [each.removeprefix("people ") for each in named[1:]]
        others = f" and {len(more) - _NAMED} more groups" if len(more) > _NAMED else ""
        if named:
            words.append(f"more move {way} among {' and '.join(named)}{others}")
    if not words:
        return f"{lead_of(by)}: too few to tell who moves more than others."
    said = "; ".join(words)
    return f"Of the groups shown, {said}." if hidden else f"M{said[1:]}."
