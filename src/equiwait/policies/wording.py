"""A policy read aloud, and what one version changes of another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equiwait.policies.factors import Factor
    from equiwait.policies.order import Tier
    from equiwait.policies.policy import Policy

__all__ = ["described", "differences", "figure"]

_THEN = {
    "points": "the person with more points comes first",
    "utility": "the person with the higher utility comes first",
    "days_waited": "the person who has waited longer comes first",
    "percent_of_target": "the person who has used up more of the target wait comes first",
    "accumulation": "points build up with every week waited (points x (1 + weeks waited)), and the higher total comes first",
    "lottery": "the order is drawn by lot; points are tickets, and more tickets make an early place more likely",
}
_MISSING = {
    "unscored": "if it is not recorded, the person is listed apart until it is",
    "zero": "if it is not recorded, it counts 0",
    "list_mean": "if it is not recorded, it counts the mean of the list",
}


def described(policy: Policy) -> str:
    """Return the policy in plain English, a paragraph for each part."""
    heading = f"{policy.title} (version {policy.version}, fingerprint {policy.fingerprint})"
    parts: list[str] = [heading, _standing(policy), policy.about, _people(policy)]
    if policy.tiers:
        parts.append(
            "\n".join(["People are put in tiers; everyone in one comes before everyone in the next:", *_tiers(policy)])
        )
    parts.append(_rule(policy))
    if policy.factors:
        parts.append("\n".join(["What is counted:", *(f"- {_factor(factor)}" for factor in policy.factors)]))
    parts += [_targets(policy), _guards(policy), *policy.notes, _asked(policy), f"Source: {policy.source}"]
    return "\n\n".join(filter(None, parts))


def _standing(policy: Policy) -> str:
    if policy.approved and policy.approval:
        given = policy.approval
        return f"Approved by {given.approver} on {given.date}, owned by {given.owner}, for review by {given.review}."
    words = {
        "illustrative": "An illustration: not approved, and not for use on real lists as it stands.",
        "template": "A template: its source gives no numbers where it says '?'. Not approved.",
    }
    return words.get(policy.status, "A draft: not approved.")


def _people(policy: Policy) -> str:
    whom = {
        "admitted": "It orders people listed for admission; others on the list are out of its scope, not last.",
        "everyone": "It orders everyone whose clock is running.",
    }[policy.people]
    accepted = ""
    if (rule := policy.eligibility) is not None:
        accepted = f" Only people whose {rule.column} is at least {figure(rule.at_least)} are ordered; the rest are listed apart."
    within = policy.order.rank_within
    ranked = (
        f" Places are counted within each {' and '.join(within)}."
        if within
        else " Places are counted over the whole list."
    )
    return whom + accepted + ranked


def _tiers(policy: Policy) -> Iterable[str]:
    for place, tier in enumerate(policy.tiers, start=1):
        yield f"{place}. {tier.name}: {_condition(tier)}" + (" (a social line)" if tier.kind == "equity" else "")


def _condition(tier: Tier) -> str:
    several = [
        " and ".join(f"{column} is {' or '.join(levels)}" for column, levels in each.items()) for each in tier.when
    ]
    return "; or ".join(several) or "everyone else"


def _rule(policy: Policy) -> str:
    inside = "Inside a tier" if policy.tiers else f"There are no tiers ({policy.order.without_tiers.rstrip('.')}), so"
    lead = policy.order.long_waits_lead_days
    leaders = (
        f" People who have waited {lead} days or more lead their tier, the longest wait first."
        if lead is not None
        else ""
    )
    comma = "," if policy.tiers else ""
    return f"{inside}{comma} {_THEN[policy.then]}.{leaders} Ties: the longer wait, then pathway_id as text."


def _factor(factor: Factor) -> str:
    read = f"{factor.says} ({factor.kind}): {_gives(factor)}"
    missing = _MISSING.get(str(factor.missing), f"if it is not recorded, it counts {figure(factor.missing)}")
    reason = (
        f" Justification: {factor.justification.reason} (owner: {factor.justification.owner})."
        if factor.justification
        else ""
    )
    hidden = " Never named to a clerk or a family." if factor.sensitive else ""
    return f"{read}; {missing}.{hidden}{reason} Source: {factor.source}"


def _gives(factor: Factor) -> str:
    if factor.per:
        every = "" if factor.per.every == 1 else f" {figure(factor.per.every)}"
        return f"{figure(factor.per.points)} for every{every} unit of {_what(factor)}"
    if factor.knots:
        return "straight lines through " + ", ".join(
            f"{figure(at)} gives {figure(gives)}" for at, gives in factor.knots
        )
    levels = [f"{level} {figure(value)}" for level, value in factor.points.items()]
    levels += [f"{each.column} {each.value} {figure(each.points)}" for each in factor.specials]
    return ", ".join(levels)


def _what(factor: Factor) -> str:
    return "percent of target" if factor.percent_of_target else (factor.column or factor.days_until).replace("_", " ")


def _targets(policy: Policy) -> str:
    if policy.targets is None:
        return ""
    given = [f"{code} {days} days" for code, days in policy.targets.days.items()]
    given += [f"{code} {days} days from the clock start" for code, days in policy.targets.from_clock_start.items()]
    return f"Targets, from the priority date, else the decision to admit: {', '.join(given)}."


def _guards(policy: Policy) -> str:
    if not policy.equity_lines:
        return "Nothing social is counted."
    guards = policy.guards
    most = guards.max_places_moved_down
    cap = (
        f"Nobody loses more than {most} places to what is social"
        if most is not None
        else "No limit is set on places lost to what is social"
    )
    keep = [*guards.protect.priorities, *(["people on cancer pathways"] if guards.protect.cancer else [])]
    keep += [f"{code} within {days} days of target or past it" for code, days in guards.protect.near_target.items()]
    return f"{cap}. It never moves down: {', '.join(keep) or 'nobody in particular'}."


def _asked(policy: Policy) -> str:
    return (
        "Who was asked: " + "; ".join(f"{each.who} ({each.when})" for each in policy.consulted)
        if policy.consulted
        else ""
    )


def figure(number: object) -> str:
    """Return a number without needless decimals, or ``?`` where a template gives none.

    Examples
    --------
    >>> figure(8.0), figure(0.12), figure(None)
    ('8', '0.12', '?')
    """
    return "?" if number is None else f"{number:g}" if isinstance(number, int | float) else str(number)


def differences(before: Policy, after: Policy) -> list[str]:
    """Return what changes from ``before`` to ``after``, one sentence each, the fingerprint last."""
    old, new = _flat(before), _flat(after)
    lines = [
        f"{path}: {_shown(old, path)} -> {_shown(new, path)}"
        for path in sorted(old.keys() | new.keys())
        if old.get(path, _NOWHERE) != new.get(path, _NOWHERE)
    ]
    if not lines:
        return []
    if before.fingerprint == after.fingerprint:
        return [*lines, f"The order means the same: fingerprint {before.fingerprint}."]
    return [*lines, f"The order means something else: fingerprint {before.fingerprint} -> {after.fingerprint}."]


_NOWHERE = object()


def _shown(values: dict[str, Any], path: str) -> str:
    return repr(values[path]) if path in values else "nothing"


def _flat(policy: Policy) -> dict[str, Any]:
    """Every value by its path, factors and tiers by name, so that moving one is not every line changing."""
    found: dict[str, Any] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                walk(item, f"{path}.{key}" if path else str(key))
        elif (
            isinstance(value, list | tuple)
            and value
            and all(isinstance(item, dict) and "name" in item for item in value)
        ):
            for place, item in enumerate(value, start=1):
                walk({**item, "place": place} if path == "tiers" else item, f"{path}[{item['name']}]")
        else:
            found[path] = list(value) if isinstance(value, tuple) else value

    walk(policy.model_dump(mode="json", exclude_defaults=True), "")
    return found
