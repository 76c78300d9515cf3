"""What each weight of a policy does to a list: who would move if it counted for nothing, group by group."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from equiwait.answers.reordering.displacement import displacement
from equiwait.answers.reordering.policy_variants import EVERY, TIERS, WITHOUT, variations
from equiwait.counts.waits import By
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score

__all__ = ["weights"]

_SHOWN = ["by", "group", "people", "moved_up", "moved_down", "places_up", "places_down", "suppressed"]


def weights(waiting: pd.DataFrame, policy: Policy, by: By | None = None, *, suppression: str = "hes") -> pd.DataFrame:
    """Say what each weight of a policy does to this list, before anybody adopts it.

    Parameters
    ----------
    waiting : DataFrame
        The list, as `read_list` returns it, linked as the policy needs.
    policy : Policy
        The policy.
    by : str, or sequence of str and tuples, optional
        Groups to look at.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    DataFrame
        For each factor, and for each equity tier, a row for everyone and for each group: how many people it moves up and
        down as against the same policy without it, and the mean places of those who move. Places lost to what is social
        are held to the guards in both orders. Columns ``weight kind by group people moved_up moved_down places_up
        places_down suppressed``.

    Examples
    --------
    >>> waiting = pd.DataFrame({
    ...     "pathway_id": list("abcd"), "snapshot_date": "2026-10-31", "scope": "rtt_open", "days_waiting": [40, 30, 20, 10],
    ...     "imd_quintile": ["5", "5", "1", "1"], "priority": "P3"})
    >>> area = {"name": "area", "kind": "equity", "source": "s", "column": "imd_quintile", "points": {"1": 15}, "otherwise": 0,
    ...     "missing": "zero"}
    >>> wait = {"name": "wait", "kind": "time", "source": "s", "column": "days_waiting", "knots": [[0, 0], [100, 100]],
    ...     "missing": "zero"}
    >>> policy = Policy.read({"name": "p", "title": "P", "status": "draft", "source": "s", "people": "everyone",
    ...     "order": {"then": "points", "without_tiers": "s", "rank_within": []}, "factors": [area, wait]})
    >>> found = weights(waiting, policy, suppression="none")
    >>> found[["weight", "moved_up", "moved_down"]]
      weight  moved_up  moved_down
    0   area       1.0         1.0
    1   wait       2.0         2.0
    """
    ordered = score(waiting, policy, ranges=False)
    tables = []
    for name, kind, without in _without(policy):
        moved = displacement(score(waiting, without, ranges=False), ordered, by, suppression=suppression)
        table = moved.table[_SHOWN]
        tables.append(table.assign(weight=name, kind=kind)[["weight", "kind", *_SHOWN]])
    if not tables:
        return pd.DataFrame(columns=["weight", "kind", *_SHOWN])
    return pd.concat(tables, ignore_index=True)


def _without(policy: Policy) -> Iterator[tuple[str, str, Policy]]:
    """Yield the policy without each factor that counts, and with each equity tier joined to the one after it."""
    kinds = {factor.name: factor.kind for factor in policy.factors} | {tier.name: tier.kind for tier in policy.tiers}
    for one in variations(policy, 0.5):
        if one.number == EVERY and one.change == WITHOUT:
            yield one.part, kinds[one.part], one.policy
        elif one.part == TIERS and kinds[one.number] == "equity":
            yield one.number, "equity", one.policy
