"""What a place is owed to, in words: one line for a list, and the pieces that explanations are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from equiwait.rows.policies import Factor, Policy
from equiwait.rows.policies.protected_characteristics import is_sensitive

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "APART",
    "OTHER_NEEDS",
    "Case",
    "as_shown",
    "counted_said",
    "figure",
    "has_secrets",
    "held_said",
    "is_secret",
    "joined",
    "lowered",
    "open_factors",
    "tier_names",
    "tier_said",
    "why",
]

OTHER_NEEDS = "other recorded needs"
_FOR_ALL = "Other recorded needs count too, where there are any"  # said to everybody, so that it tells of nobody
APART = {
    "unscored": "not scored yet, because something that the policy needs is not recorded",
    "no_mean": "something is not recorded, and nobody on the list has it recorded, so that there is no mean to stand in",
    "ask_clinician": "a clinician must choose between priorities first",
    "no_tier": "the recorded codes stand in no tier of the policy, so that it says nothing of this person",
    "below_threshold": "below the policy's threshold, so not in the order; nobody is removed by this",
    "booked": "booked, and keeps the date",
    "patient_choice": "waiting at the person's own request; the clock is running",
    "out_of_scope": "not among those whom this policy orders",
    "not_open": "not an open pathway that counts",
}


class Case(NamedTuple):
    """All that the words about a place depend on; many people share one.

    ``more``, ``less`` and ``missing`` are places in the policy's parts: those that gave points, took some away, or whose
    value is not recorded. ``held`` is one of `promises.HELD`, or nothing.
    """

    status: str
    tier: int
    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    leads: bool = False
    held: str = ""


def as_shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with scores and points as people read them: two decimals at the most.

    The list itself keeps them whole, so that sums and ties are exact.
    """
    whole = {"score", "score_low", "score_high"}
    numbers = [name for name in rows.columns if name in whole or str(name).startswith("points_")]
    return rows.assign(**{name: rows[name].round(2) for name in numbers if rows[name].dtype.kind == "f"})


def figure(number: float) -> str:
    """Return points as people read them: two decimals at the most.

    Examples
    --------
    >>> figure(9.731507), figure(6.0), figure(-0.001)
    ('9.73', '6', '0')
    """
    return f"{round(float(number), 2) + 0.0:,.2f}".rstrip("0").rstrip(".")


def is_secret(column: str, policy: Policy) -> bool:
    """Whether a column would tell tales by its own name, or is what a factor marked sensitive reads."""
    return is_sensitive(column) or column in policy.secrets


def open_factors(policy: Policy, places: Iterable[int]) -> list[Factor]:
    """Return those of the policy's parts that may be named to anyone."""
    return [policy.parts[place] for place in places if policy.nameable[place]]


def has_secrets(policy: Policy) -> bool:
    """Whether anything that the policy counts may not be named to everyone."""
    return policy.counts_secrets


def tier_names(policy: Policy) -> list[str]:
    """Return what the tiers are called to everyone: by number alone if the name of any would tell tales.

    Examples
    --------
    >>> tier_names(Policy.preset("england_default"))[:3]
    ['P1a', 'P1b', 'Cancer pathway']
    """
    if _has_secret_tiers(policy):
        return [f"tier {number}" for number in range(1, len(policy.tiers) + 1)]
    return [tier.name for tier in policy.tiers]


def _has_secret_tiers(policy: Policy) -> bool:
    return policy.tiers_tell


def lowered(words: str) -> str:
    """Return words to stand inside a sentence; an abbreviation keeps its capitals.

    Examples
    --------
    >>> lowered("Days waited"), lowered("IMD quintile"), lowered("A&E visits")
    ('days waited', 'IMD quintile', 'A&E visits')
    """
    return words[:1].lower() + words[1:] if re.match(r"[A-Z]([a-z]|\s|$)", words) else words


def joined(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    return ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + "".join(words[-1:])


def _named(policy: Policy, places: Iterable[int]) -> str:
    return ", ".join(dict.fromkeys(lowered(factor.says) for factor in open_factors(policy, places)))


def counted_said(policy: Policy, case: Case) -> list[str]:
    """Return as clauses what counted for a person who has a place, and what is not recorded."""
    if case.leads:
        return [f"Has waited {policy.order.long_waits_lead_days} days or more, so first by wait; nothing else counted"]
    more, less, missing = (_named(policy, places) for places in (case.more, case.less, case.missing))
    lots = policy.then == "lottery"
    said = [f"{'Tickets for' if lots else 'Counted'}: {more or _nothing(policy)}"]
    said += [f"Counted for a later place: {less}"] if less else []
    said += [f"Not recorded: {missing}"] if missing else []
    said += [_FOR_ALL] if has_secrets(policy) else []
    return said + (["The place is drawn by lot, and more tickets make an early place more likely"] if lots else [])


def _nothing(policy: Policy) -> str:
    if policy.then == "lottery":
        return "nothing"
    return "nothing but the tier and the wait" if policy.tiers else "nothing but the wait"


def held_said(policy: Policy, held: str) -> str:
    """Return which guard had the last word on a place; nothing if none had."""
    guards = policy.guards
    return {
        "protect": "Never moved down by what is social",
        "protect_ahead": "Behind people who are never moved down by what is social",
        "max_places_moved_down": f"Held: nobody loses more than {guards.max_places_moved_down} places to what is social",
        "max_gain": f"Held: nobody gains more than {guards.max_gain} places by what is social",
        "others_held": "Later than by the points alone, since others are held by the guards",
    }.get(held, "")


def why(policy: Policy, case: Case) -> str:
    """Return in one line why people of a case stand where they do, or why they are listed apart.

    Examples
    --------
    >>> print(why(Policy.preset("england_default"), Case("scored", 4, more=(0,))))
    Tier P2. Counted: days waited.
    """
    if case.status != "scored":
        return f"Listed apart: {APART[case.status]}."
    clauses = [tier_said(policy, case.tier), *counted_said(policy, case), held_said(policy, case.held)]
    return ". ".join(filter(None, clauses)) + "."


def tier_said(policy: Policy, tier: int) -> str:
    """Return in which tier a person stands; a social tier is said for what it is, unless that would tell tales."""
    if not policy.tiers or not tier:
        return ""
    name = tier_names(policy)[tier - 1]
    if _has_secret_tiers(policy):
        return f"In {name}"
    return f"{'Social tier' if policy.tiers[tier - 1].kind == 'equity' else 'Tier'} {name}"
