"""`sensitivity`: which places depend on which number of a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from equiwait.disclosure import Rule, rule_named
from equiwait.errors import OptionError
from equiwait.movement.moving import paired
from equiwait.policies import Factor, Policy
from equiwait.results import Result
from equiwait.scoring import score

__all__ = ["Sensitivity", "sensitivity"]

_COLUMNS = ["factor", "change", "people", "places_changed", "share_changed", "most_places", "suppressed", "note"]


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Result):
    """How many places hang on each factor's weight: one row for each factor and change of it."""

    section: ClassVar[str] = "movement"


def sensitivity(waiting: pd.DataFrame, policy: Policy, *, change: float = 0.2, suppression: str = "hes") -> Sensitivity:
    """Count the places that would change if one weight of a policy were a little other, or nought.

    Parameters
    ----------
    waiting : DataFrame
        The list.
    policy : Policy
        The policy.
    change : float
        By how much of itself each factor's points are lowered and raised, one factor at a time.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Sensitivity
        For each factor: without it, lowered, raised: how many people would stand elsewhere, and by how many places.

    Raises
    ------
    OptionError
        If ``change`` is not between 0 and 1.

    Notes
    -----
    The list is scored three times for each factor. People who stand elsewhere under a small change of one number hold a
    place that is owed to that number: say so when the order is discussed.

    Examples
    --------
    >>> from equiwait.policies import Policy
    >>> waiting = pd.DataFrame({
    ...     "pathway_id": ["a", "b"], "snapshot_date": "2026-10-31", "scope": "rtt_open", "days_waiting": [7, 70],
    ...     "need_points": [30, 5]})
    >>> found = sensitivity(waiting, Policy.preset("dynamic_accumulation"), suppression="none")
    >>> found.table[["factor", "change", "places_changed"]]
      factor     change  places_changed
    0   need    without             2.0
    1   need  20% lower             0.0
    2   need  20% higher            0.0
    """
    if not 0 < change < 1:
        raise OptionError("change is not a share.", todo="Give a number between 0 and 1, such as 0.2.")
    rule = rule_named(suppression)
    usual = score(waiting, policy, ranges=False)
    changes = (("without", 0.0), (f"{change:.0%} lower", 1 - change), (f"{change:.0%} higher", 1 + change))
    rows = [
        (factor.name, said, *_compared(usual, score(waiting, _with(policy, factor, by), ranges=False), rule))
        for factor in policy.factors
        if factor.matters
        for said, by in changes
    ]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    notes = ("One factor is changed at a time; all else stays.", policy.stamp, rule.says)
    return Sensitivity("Which places depend on one number", table, notes, _findings(table), suppression=suppression)


def _with(policy: Policy, factor: Factor, by: float) -> Policy:
    """Return the policy with every number of one factor times ``by``; its mean, if it has one, follows."""
    changed = tuple(_scaled(each, by) if each.name == factor.name else each for each in policy.factors)
    state = policy.state
    if state and factor.name in state.means:
        means = {**state.means, factor.name: (state.means[factor.name] or 0.0) * by}
        state = state.model_copy(update={"means": means})
    return policy.model_copy(update={"factors": changed, "state": state})


def _scaled(factor: Factor, by: float) -> Factor:
    def times(value: float | str | None) -> float | str | None:
        return value * by if isinstance(value, int | float) else value

    return factor.model_copy(
        update={
            "points": {level: times(value) for level, value in factor.points.items()},
            "knots": tuple((at, times(gives)) for at, gives in factor.knots),
            "per": factor.per.model_copy(update={"points": times(factor.per.points)}) if factor.per else None,
            "specials": tuple(each.model_copy(update={"points": times(each.points)}) for each in factor.specials),
            "otherwise": times(factor.otherwise),
            "blank": times(factor.blank),
            "missing": times(factor.missing),
            "range": tuple(times(end) for end in factor.range) if factor.range else None,
        }
    )


def _compared(usual: pd.DataFrame, other: pd.DataFrame, rule: Rule) -> tuple[object, ...]:
    both, _ = paired(usual, other)
    moved = (both["rank_after"] - both["rank_before"]).abs().to_numpy(np.int64)
    changed, same = int((moved > 0).sum()), int((moved == 0).sum())
    released = rule.release([len(moved), changed, same])
    hidden = bool(released.hidden.any())
    if hidden:
        return (
            float(released.counts[0]),
            np.nan,
            np.nan,
            np.nan,
            True,
            "hidden, so that small numbers cannot be worked out",
        )
    people, count = (float(each) for each in released.counts[:2])
    return people, count, count / people, float(moved.max(initial=0)), False, ""


def _findings(table: pd.DataFrame) -> tuple[str, ...]:
    small: pd.DataFrame = table[(table["change"] != "without") & ~table["suppressed"]]
    if small.empty:
        return ()
    most = small.sort_values("share_changed").iloc[-1]
    return (
        f"The order leans most on {most['factor'].replace('_', ' ')}: {most['change']}, and "
        f"{most['share_changed']:.0%} of people would stand elsewhere.",
    )
