"""What the first run of a stranger's file needs to hear: why nobody has a place, and what would give them one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equiwait.errors import listed

if TYPE_CHECKING:
    import pandas as pd

    from equiwait.cli.list_options import ListOptions
    from equiwait.rows.policies import Policy

__all__ = ["nobody_placed"]

_WHY = {
    "out_of_scope": "are not said to wait for admission, and {policy} orders those who do",
    "unscored": "lack something that {policy} needs",
    "ask_clinician": "need a clinician to choose first",
    "no_tier": "have a code that stands in no tier",
    "below_threshold": "are below the threshold",
    "booked": "are booked already",
    "patient_choice": "asked to wait (P5, P6)",
    "not_open": "are not open pathways",
}


def nobody_placed(ordered: pd.DataFrame, policy: Policy, asked: ListOptions) -> list[str]:
    """Return, where nobody on a list got a place, a sentence why and a sentence with the cure."""
    status = ordered["score_status"].astype(str)
    if not len(status) or (status == "scored").any():
        return []
    open_rows = status[status != "not_open"]
    if open_rows.empty:
        return ["NOBODY HAS A PLACE: no row is an open pathway. Do: equiwait check LIST says why each is not counted."]
    most = str(open_rows.value_counts().index[0])
    why = _WHY[most].format(policy=policy.name)
    return [
        f"NOBODY HAS A PLACE on the suggested order: most rows {why}.",
        f"  Do: {_cure(most, ordered, policy, asked)}",
    ]


def _cure(most: str, ordered: pd.DataFrame, policy: Policy, asked: ListOptions) -> str:
    if most == "out_of_scope":
        if not _recorded(ordered, "list_type"):
            return "if everybody on the list waits to be admitted, add --all-are admitted. Else name the column: " + (
                '--columns "Their header=list_type" (or decision_to_admit).'
            )
        return "check the column list_type: IRTT says that a person waits to be admitted, ORTT that not."
    if most == "unscored":
        needs = policy.needs(ordered)
        empty = [name for name in needs["column"] if name in ordered and not _recorded(ordered, name)]
        lacking = [*needs.loc[~needs["here"], "column"], *empty]
        if lacking:
            return (
                f'name the columns of {listed(lacking)}: --columns "Their header=priority"; or choose another --policy.'
            )
    return f"equiwait policy check {policy.name} --list LIST says what the policy needs; or choose another --policy."


def _recorded(ordered: pd.DataFrame, name: str) -> bool:
    return name in ordered and bool(ordered[name].notna().any())
