"""A policy read aloud, and named in one line on everything that it orders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from equiwait.rows.policies.expiry import protected_lines
from equiwait.rows.policies.fingerprint import fingerprint, is_approved
from equiwait.rows.policies.protected_characteristics import protection_of, social_of, tells_tales

if TYPE_CHECKING:
    from equiwait.rows.policies.document import Document
    from equiwait.rows.policies.factors import Factor
    from equiwait.rows.policies.order import Tier
    from equiwait.rows.policies.people import Eligibility, Justification, State

__all__ = [
    "described",
    "eligibility_said",
    "factor_said",
    "figure",
    "retier_said",
    "stamped",
    "targets_said",
    "tier_said",
]

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


def described(policy: Document) -> str:
    """Return the policy in plain English, a paragraph for each part: all that a file can say, but for its name."""
    heading = f"{policy.title} (version {policy.version}, fingerprint {fingerprint(policy)})"
    parts: list[str] = [heading, _standing(policy), policy.about, _people(policy), retier_said(policy)]
    if policy.tiers:
        lines = [f"{place}. {tier_said(tier)}" for place, tier in enumerate(policy.tiers, start=1)]
        parts.append("\n".join(["People are put in tiers; everyone in one comes before everyone in the next:", *lines]))
    parts.append(_rule(policy))
    if policy.factors:
        parts.append("\n".join(["What is counted:", *(f"- {factor_said(factor)}" for factor in policy.factors)]))
    parts += [_state(policy), targets_said(policy), _guards(policy), *policy.notes, _asked(policy)]
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
    hidden = any(tells_tales(column) or column in secret for column in line.reads)
    named = "another recorded need" if hidden else f"{social_of(columns[0])} ({', '.join(map(_spoken, columns))})"
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
    within = " and ".join(map(_spoken, policy.order.rank_within))
    ranked = f"Places are counted within each {within}." if within else "Places are counted over the whole list."
    return " ".join(filter(None, [whom, eligibility_said(policy.eligibility) if policy.eligibility else "", ranked]))


def eligibility_said(rule: Eligibility) -> str:
    """Return who is accepted."""
    column = _spoken(rule.column)
    unknown = {
        "unscored": "people without it are listed apart until it is recorded",
        "eligible": "people without it are ordered too",
    }[rule.missing]
    return (
        f"Only people whose {column} is at least {figure(rule.at_least)} are ordered; the rest are listed apart; "
        f"{unknown}. Source: {rule.source}."
    )


def retier_said(policy: Document) -> str:
    """Return what the matrix does to priorities."""
    if (matrix := policy.retier) is None:
        return ""
    column = _spoken(matrix.column)
    changes = [
        f"{code} with {column} {level} becomes {' or '.join(new)}{', and a clinician chooses' if len(new) > 1 else ''}"
        for code, by_level in matrix.outcomes.items()
        for level, new in by_level.items()
    ]
    unknown = {
        "as_it_is": "the priority stays as it is",
        "unscored": "the person is listed apart until it is",
    }[matrix.missing]
    return (
        f"Before the tiers, {column} can change the priority: {'; '.join(changes)}. If it is not recorded, {unknown}. "
        f"Source: {matrix.source}."
    )


def tier_said(tier: Tier) -> str:
    """Return who is in a tier."""
    social = " (a social line)" if tier.kind == "equity" else ""
    return f"{tier.name}: {_condition(tier)}{social}.{_blanks(tier)}{_justified(tier.justification)}"


def _condition(tier: Tier) -> str:
    several = [
        " and ".join(f"{_spoken(column)} is {' or '.join(levels)}" for column, levels in each.items())
        for each in tier.when
    ]
    return "; or ".join(several) or "everyone else"


def _blanks(tier: Tier) -> str:
    if not tier.when:
        takes = "stand here" if tier.takes_unknown else "are listed apart"
        return f" People who might belong to an earlier tier {takes}."
    read = [_spoken(column) for column in tier.reads if tier.reads_blank(column)]
    return f" A blank {' or '.join(read)} is read as no." if read else ""


def _justified(reason: Justification | None) -> str:
    if reason is None:
        return ""
    days = [("expires", reason.expires), ("for review by", reason.review)]
    dated = "".join(f"; {words} {day}" for words, day in days if day)
    return f" Justification: {reason.reason.rstrip('.')} (owner: {reason.owner}{dated})."


def _rule(policy: Document) -> str:
    inside = "Inside a tier" if policy.tiers else f"There are no tiers ({policy.order.without_tiers.rstrip('.')}), so"
    lead = policy.order.long_waits_lead_days
    leaders = (
        f" People who have waited {_days(lead)} or more lead their tier, the longest wait first."
        if lead is not None
        else ""
    )
    seed = f" The seed of the draw is {policy.order.seed}." if policy.order.seed is not None else ""
    comma = "," if policy.tiers else ""
    return f"{inside}{comma} {_THEN[policy.then]}.{leaders}{seed} Ties: the longer wait, then pathway_id as text."


# --- what is counted ------------------------------------------------------------------------------------------------------


def factor_said(factor: Factor) -> str:
    """Return what a factor reads, what that gives, and what happens without it."""
    missing = _MISSING.get(str(factor.missing), f"if it is not recorded, it counts {figure(factor.missing)}")
    hidden = " Never named to a clerk or a family." if factor.sensitive else ""
    rest = f"{_recorded_for(factor)}{hidden}{_justified(factor.justification)} Source: {factor.source}"
    return f"{factor.says} ({factor.kind}): {_gives(factor)}; {missing}{_could_be(factor)}.{rest}"


def _gives(factor: Factor) -> str:
    every = [*_own(factor), *_instead(factor)]
    every += [f"{'else ' if level == 'otherwise' else ''}times {figure(by)}"
              + ("" if level == "otherwise" else f" where {_spoken(factor.times_by)} is {level}")
              for level, by in factor.times.items()]  # fmt: skip
    return "; ".join(every)


def _own(factor: Factor) -> Iterable[str]:
    """What the value itself gives."""
    if factor.per:
        unit = "unit" if factor.per.every == 1 else f"{figure(factor.per.every)} units"
        yield f"{figure(factor.per.points)} for every {unit} of {_what(factor)}"
    elif factor.knots:
        bends = ", ".join(f"{figure(at)} gives {figure(gives)}" for at, gives in factor.knots)
        yield f"by {_what(factor)}, in straight lines and flat beyond: {bends}"
    else:
        if factor.lookup:
            yield f"{_what(factor)} " + ", ".join(
                f"{value} stands for {level}" for value, level in factor.lookup.items()
            )
        yield f"by {_what(factor)}: " + ", ".join(
            f"{level} gives {figure(value)}" for level, value in factor.points.items()
        )
    if factor.otherwise != "":
        yield f"anything else that is recorded gives {figure(factor.otherwise)}"


def _instead(factor: Factor) -> Iterable[str]:
    """What another column, or a blank, gives in its place."""
    if factor.blank != "":
        yield f"a blank gives {figure(factor.blank)}"
    for each in factor.specials:
        yield f"{_spoken(each.column)} {each.value} gives {figure(each.points)} whatever else is recorded"


def _what(factor: Factor) -> str:
    if factor.percent_of_target:
        return "percent of the target that has passed"
    if factor.days_until:
        return f"days until {_spoken(factor.days_until)}"
    return " or ".join(map(_spoken, factor.any_of)) if factor.any_of else _spoken(factor.column)


def _could_be(factor: Factor) -> str:
    return f" (it could be {figure(factor.range[0])} to {figure(factor.range[1])})" if factor.range else ""


def _recorded_for(factor: Factor) -> str:
    if factor.coverage == 0.8 and not factor.coverage_because:
        return ""
    because = f": {factor.coverage_because.rstrip('.')}" if factor.coverage_because else ""
    return f" It must be recorded for {factor.coverage:.0%} of the list{because}."


def _state(policy: Document) -> str:
    if policy.state is None:
        return ""
    means = ", ".join(f"{_spoken(name)} {figure(mean)}" for name, mean in policy.state.means.items())
    return f"Means held fixed, of the list of {policy.state.snapshot}: {means or 'none'}."


def targets_said(policy: Document) -> str:
    """Return how long each priority may wait."""
    if (targets := policy.targets) is None:
        return ""
    starts = {
        "the priority date, else the decision to admit": targets.days,
        "the clock start": targets.from_clock_start,
    }
    said = [
        f"from {start}: " + ", ".join(f"{code} {_days(days)}" for code, days in given.items())
        for start, given in starts.items()
        if given
    ]
    return f"Targets by {_spoken(targets.column)}, {'; '.join(said) or 'none given'}. Source: {targets.source}."


def _guards(policy: Document) -> str:
    guards = policy.guards
    groups = " or ".join(map(_spoken, guards.coverage_by))
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
    keep += [f"{code} within {_days(days)} of target or past it" for code, days in guards.protect.near_target.items()]
    because = f" ({guards.protect.because.rstrip('.')})" if guards.protect.because else ""
    return f"{cap}. It never moves down: {', '.join(keep) or 'nobody in particular'}{because}.{covered}"


def _asked(policy: Document) -> str:
    asked = [
        f"{each.who} ({each.when}){f', which changed: {each.what_changed}' if each.what_changed else ''}"
        for each in policy.consulted
    ]
    return f"Who was asked: {'; '.join(asked)}." if asked else ""


def _spoken(column: str) -> str:
    return column.replace("_", " ")


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"


def figure(number: object) -> str:
    """Return a number without needless decimals, or ``?`` where a template gives none.

    Examples
    --------
    >>> figure(8.0), figure(0.12), figure(None)
    ('8', '0.12', '?')
    """
    return "?" if number is None else f"{number:g}" if isinstance(number, int | float) else str(number)
