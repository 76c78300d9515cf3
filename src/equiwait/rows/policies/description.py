"""A policy read aloud, and named in one line on everything that it orders."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from equiwait.errors import listed
from equiwait.rows.policies.expiry import protected_lines
from equiwait.rows.policies.fingerprint import fingerprint, is_approved
from equiwait.rows.policies.protected_characteristics import is_sensitive, protection_of, social_of
from equiwait.rows.policies.words import (
    days_said,
    eligibility_said,
    factor_said,
    figure,
    group_said,
    harm_review_said,
    retier_said,
    spoken,
    targets_said,
    tier_said,
)

if TYPE_CHECKING:
    from equiwait.rows.policies.document import Document
    from equiwait.rows.policies.factors import Factor
    from equiwait.rows.policies.order import Tier
    from equiwait.rows.policies.people import Justification, State

__all__ = ["described", "stamped"]

_TIES = "Ties: the longer wait, then pathway_id as text (person_id where a list has none)."
_THEN = {
    "points": "the person with more points comes first",
    "utility": "the person with the higher utility comes first",
    "days_waited": "the person who has waited longer comes first",
    "percent_of_target": "the person who has used up more of the target wait comes first",
    "accumulation": "points build up with every week waited (points x (1 + weeks waited)), and the higher total comes first",
    "lottery": "the order is drawn by lot; points are tickets, and more tickets make an early place more likely",
}


def described(policy: Document) -> str:
    """Return the policy in plain English, a paragraph for each part: all that a file can say, but for its name."""
    heading = f"{policy.title} (version {policy.version}, fingerprint {fingerprint(policy)})"
    parts: list[str] = [heading, _standing(policy), policy.about, _people(policy)]
    parts += [retier_said(policy.retier)] if policy.retier else []
    if policy.tiers:
        lines = [f"{place}. {tier_said(tier)}" for place, tier in enumerate(policy.tiers, start=1)]
        parts.append("\n".join(["People are put in tiers; everyone in one comes before everyone in the next:", *lines]))
        parts.append(_untiered(policy))
    parts.append(_rule(policy))
    if policy.factors:
        parts.append("\n".join(["What is counted:", *(f"- {factor_said(factor)}" for factor in policy.factors)]))
    parts += [" ".join(map(group_said, policy.groups)), _state(policy)]
    parts += [targets_said(policy.targets)] if policy.targets else []
    parts += [harm_review_said(policy.harm_review)] if policy.harm_review else []
    parts += [_guards(policy), *policy.notes, _asked(policy)]
    return "\n\n".join(filter(None, [*parts, f"Source: {policy.source}"]))


# --- the stamp ------------------------------------------------------------------------------------------------------------


def stamped(policy: Document) -> str:
    """Return the policy in one line: name, fingerprint, and in brackets what a reader of any output must know.

    It reaches clerks too, so that a line that would tell tales is *another recorded need*.
    """
    secret = {column for factor in policy.factors if factor.sensitive for column in factor.reads}
    marks = [*dict.fromkeys(_scored_by_law(line, secret) for _, line in protected_lines(policy))]
    marks += (
        [f"means of {policy.state.snapshot}, {_digest(policy.state)}"] if policy.state and policy.state.means else []
    )
    marks += [] if is_approved(policy) else ["not approved"]
    return " ".join([policy.name, fingerprint(policy), *(f"[{mark}]" for mark in marks)])


def _scored_by_law(line: Factor | Tier, secret: set[str]) -> str:
    """Say what a line scores; ``secret`` are the columns that a factor marked sensitive reads."""
    columns = [column for column in line.reads if protection_of(column)]
    hidden = any(is_sensitive(column) or column in secret for column in line.reads)
    named = "another recorded need" if hidden else f"{social_of(columns[0])} ({', '.join(map(spoken, columns))})"
    return f"scores {named}, {_until(line.justification)}"


def _until(reason: Justification | None) -> str:
    if reason is None:
        return "without a justification"
    if reason.ends is None:
        return "justified as an illustration"
    return f"justified until {reason.ends}"


def _digest(state: State) -> str:
    """Six hex digits of the means, so that two lists of one day are told apart."""
    means = {name: f"{mean or 0.0:.6f}" for name, mean in sorted(state.means.items())}
    return hashlib.sha256(json.dumps(means).encode()).hexdigest()[:6]


# --- the policy and its people --------------------------------------------------------------------------------------------


def _standing(policy: Document) -> str:
    if is_approved(policy) and policy.approval:
        given = policy.approval
        return (
            f"Approved by {given.approver} on {given.date}, owned by {given.owner}, for review by {given.review}. "
            f"Impact assessment: {given.impact_assessment}."
        )
    words = {
        "illustrative": "An illustration: not approved, and not for use on real lists as it stands.",
        "template": "A template: its source gives no numbers where it says '?'. Not approved.",
    }
    return words.get(policy.status, "A draft: not approved.")


def _people(policy: Document) -> str:
    whom = {
        "admitted": "It orders people listed for admission; others on the list are out of its scope, not last.",
        "everyone": "It orders everyone whose clock is running.",
    }[policy.people]
    if policy.specialties:
        whom += f" Only of specialty {' or '.join(policy.specialties)}; people of others are out of its scope."
    within = " and ".join(map(spoken, policy.order.rank_within))
    ranked = f"Places are counted within each {within}." if within else "Places are counted over the whole list."
    return " ".join(filter(None, [whom, eligibility_said(policy.eligibility) if policy.eligibility else "", ranked]))


def _untiered(policy: Document) -> str:
    codes = listed((f"{spoken(column)} {level}" for column, level in policy.untiered), 20)
    return f"No tier takes {codes}: such people are listed apart." if codes else ""


def _rule(policy: Document) -> str:
    inside = "Inside a tier" if policy.tiers else f"There are no tiers ({policy.order.without_tiers.rstrip('.')}), so"
    lead = policy.order.long_waits_lead_days
    leaders = (
        f" People who have waited {days_said(lead)} or more lead their tier, the longest wait first."
        if lead is not None
        else ""
    )
    together = (
        " One person's pathways stand together, where the foremost of them stands."
        if policy.order.same_person == "together"
        else ""
    )
    seed = f" The seed of the draw is {policy.order.seed}." if policy.order.seed is not None else ""
    comma = "," if policy.tiers else ""
    return f"{inside}{comma} {_THEN[policy.then]}.{leaders}{together}{seed} {_TIES}"


def _state(policy: Document) -> str:
    if policy.state is None:
        return ""
    means = ", ".join(f"{spoken(name)} {figure(mean)}" for name, mean in policy.state.means.items())
    return f"Means held fixed, of the list of {policy.state.snapshot}: {means or 'none'}."


def _guards(policy: Document) -> str:
    guards = policy.guards
    groups = " or ".join(map(spoken, guards.coverage_by))
    covered = f" Every factor must be recorded for enough people of each {groups} too." if groups else ""
    if not policy.equity_lines:
        return f"Nothing social is counted.{covered}"
    most = guards.max_places_moved_down
    cap = (
        f"Nobody loses more than {most} places to what is social"
        if most is not None
        else "No limit is set on places lost to what is social"
    )
    cap += f"; nobody gains more than {guards.max_gain}" if guards.max_gain is not None else "; gains are not capped"
    keep = [*guards.protect.priorities, *(["people on cancer pathways"] if guards.protect.cancer else [])]
    keep += [
        f"{code} within {days_said(days)} of target or past it" for code, days in guards.protect.near_target.items()
    ]
    because = f" ({guards.protect.because.rstrip('.')})" if guards.protect.because else ""
    return f"{cap}. It never moves down: {', '.join(keep) or 'nobody in particular'}{because}.{covered}"


def _asked(policy: Document) -> str:
    asked = [
        f"{each.who} ({each.when}){f', which changed: {each.what_changed}' if each.what_changed else ''}"
        for each in policy.consulted
    ]
    return f"Who was asked: {'; '.join(asked)}." if asked else ""
