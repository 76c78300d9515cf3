"""What an order does because of fairness, and because of each weight: its places beside those without it, and who moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from equiwait.answers.reordering.group_counts import POINTS_FOR
from equiwait.answers.reordering.policy_variants import EVERY, TIERS, WITHOUT, variations
from equiwait.counts.waits import By
from equiwait.derived import list_from
from equiwait.errors import PolicyError, listed
from equiwait.frames import categorical, need
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score
from equiwait.rows.scoring.prepared_policies import recall
from equiwait.rows.scoring.sentences import OTHER_NEEDS, open_factors, tier_names

__all__ = ["because_of_fairness", "in_the_team", "movers", "without_each_weight"]


class Weighed(NamedTuple):
    """A list without one weight of its policy."""

    weight: str
    kind: str
    ordered: pd.DataFrame


def because_of_fairness(
    ordered: pd.DataFrame, by: By | None, policy: Policy | None, stamp: str
) -> tuple[pd.DataFrame, pd.DataFrame, By | None]:
    """Return a list by its base places and by its own, and what to ask: who has points for each social factor as well."""
    need(ordered, ["rank", "base_rank"], "displacement")
    needs = _needs_of(ordered, policy or _at_hand(stamp))
    asked: list[Any] = [by] if isinstance(by, str) else list(by or [])
    return ordered.assign(rank=ordered["base_rank"], **needs), ordered, [*asked, *needs] or None


def without_each_weight(ordered: pd.DataFrame, policy: Policy | None, stamp: str) -> Iterator[Weighed]:
    """Yield the list as the same policy orders it without each factor that counts, and without each social tier.

    A factor that is sensitive is not called by its name.

    Raises
    ------
    PolicyError
        If the policy is not given, and not at hand.
    """
    policy = policy or recall(stamp)
    kinds = {factor.name: factor.kind for factor in policy.factors} | {tier.name: tier.kind for tier in policy.tiers}
    called = {factor.name: factor.name for factor in open_factors(policy, range(len(policy.parts)))}
    called |= dict(zip((tier.name for tier in policy.tiers), tier_names(policy), strict=True))
    for one in variations(policy, 0.5):
        whole = one.number == EVERY and one.change == WITHOUT
        if whole or (
            one.part == TIERS and kinds[one.number] == "equity"
        ):  # a social tier is joined to the one after it
            part = one.part if whole else one.number
            yield Weighed(called.get(part, OTHER_NEEDS), kinds[part], score(ordered, one.policy, ranges=False))


def _at_hand(stamp: str) -> Policy | None:
    """Return the policy of a stamp, if this session has seen it: who moves can be said all the same."""
    try:
        return recall(stamp)
    except PolicyError:
        return None


def in_the_team(ordered: pd.DataFrame, policy: Policy | None, stamp: str) -> tuple[str, ...]:
    """Say what the table does not show, to the team that has the list: a policy that is not at hand, weights that do nothing.

    A weight does nothing on a list where it gives all who have a place the same.
    """
    policy = policy or _at_hand(stamp)
    if policy is None:
        return (
            "The policy is not at hand, or several have its stamp; give policy= to see who has points for which need.",
        )
    placed = ordered[ordered["rank"].notna().to_numpy()]
    named = {factor.name: factor.says for factor in open_factors(policy, range(len(policy.parts))) if factor.matters}
    same = [
        says
        for name, says in named.items()
        if len(placed) > 1 and f"points_{name}" in placed and placed[f"points_{name}"].nunique(dropna=False) == 1
    ]
    return (f"Changes no place, since everyone on this list has the same for it: {listed(same, 20)}.",) if same else ()


def _needs_of(ordered: pd.DataFrame, policy: Policy | None) -> dict[str, Any]:
    """Return for each social factor of the policy who has points for it; of what is sensitive together."""
    if policy is None:
        return {}
    found: dict[str, Any] = {}
    for place, factor in enumerate(policy.parts):
        if factor.kind == "equity" and factor.matters and f"points_{factor.name}" in ordered:
            name = f"{POINTS_FOR}{factor.name if open_factors(policy, [place]) else OTHER_NEEDS}"
            has = ordered[f"points_{factor.name}"].fillna(0).ne(0).to_numpy(bool)
            found[name] = has | found.get(name, False)
    return {name: categorical((~has).astype(np.int8), ["yes", "no"]) for name, has in found.items()}


def movers(ordered: pd.DataFrame) -> pd.DataFrame:
    """List, for the team alone, the people whom fairness moves, with the reasons: who moves furthest down first.

    Parameters
    ----------
    ordered : DataFrame
        A list as `score` returns it.

    Returns
    -------
    DataFrame
        With the index of ``ordered``: ``pathway_id base_rank rank places`` (more than none: places lost) ``held_by why``.

    Raises
    ------
    ColumnsError
        If the list has not been scored.

    Notes
    -----
    It names people, so it is a plain frame and no result: no report takes it. It is not for release.

    Examples
    --------
    >>> ordered = pd.DataFrame({"pathway_id": ["a", "b", "c"], "base_rank": [1, 2, 3], "rank": [2, 1, 3],
    ...                         "held_by": None, "why": "Counted: carer."})
    >>> movers(ordered)[["pathway_id", "places"]]
      pathway_id  places
    0          a       1
    1          b      -1
    """
    ordered = list_from(ordered, ordered=True)
    need(ordered, ["pathway_id", "rank", "base_rank", "held_by", "why"], "movers")
    moved = ordered[ordered["rank"].notna() & ordered["rank"].ne(ordered["base_rank"]).fillna(False)]
    listed = moved[["pathway_id", "base_rank", "rank"]].assign(places=moved["rank"] - moved["base_rank"])
    listed = listed.assign(held_by=moved["held_by"], why=moved["why"])
    return listed.sort_values(["places", "rank"], ascending=[False, True], kind="stable")
