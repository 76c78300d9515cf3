"""The parts of a policy in words: a tier, a factor, a group, targets, a matrix, a threshold, a flag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from equiwait.rows.policies.conditions import Cut
from equiwait.rows.policies.order import LEAST_COVERAGE

if TYPE_CHECKING:
    from equiwait.rows.policies.factor_parts import Times
    from equiwait.rows.policies.factors import Factor
    from equiwait.rows.policies.groups import Group
    from equiwait.rows.policies.order import Tier
    from equiwait.rows.policies.people import Eligibility, Justification
    from equiwait.rows.policies.targets import Case, HarmReview, Retier, Targets

__all__ = [
    "condition_said", "days_said", "eligibility_said", "factor_said", "figure", "gives_said", "group_said", "harm_review_said",
    "retier_said", "spoken", "targets_said", "tier_said",
]  # fmt: skip

_MISSING = {
    "unscored": "if it is not recorded, the person is listed apart until it is",
    "zero": "if it is not recorded, it counts 0",
    "list_mean": "if it is not recorded, it counts the mean of the list",
}


def tier_said(tier: Tier) -> str:
    """Return who is in a tier."""
    social = " (a social line)" if tier.kind == "equity" else ""
    who = condition_said(tier.when) or "everyone else"
    return f"{tier.name}: {who}{social}.{_blanks(tier)}{_recorded_for(tier)}{_justified(tier.justification)}"


def condition_said(conditions: Iterable[Mapping[str, Any]]) -> str:
    """Return conditions in words, nothing where there are none."""
    return "; or ".join(
        " and ".join(f"{spoken(column)} is {_asked(asked)}" for column, asked in each.items()) for each in conditions
    )


def _asked(asked: tuple[str, ...] | Cut) -> str:
    if not isinstance(asked, Cut):
        return " or ".join(map(_level, asked))
    ends = [(asked.at_least, "at least"), (asked.below, "below")]
    return " and ".join(f"{words} {figure(number)}" for number, words in ends if number is not None)


def _level(level: str) -> str:
    return f"{level[:-1]}… (every code that begins so)" if level.endswith("*") else level


def _blanks(tier: Tier) -> str:
    if not tier.when:
        takes = "stand here" if tier.takes_unknown else "are listed apart"
        return f" People who might belong to an earlier tier {takes}."
    read = [spoken(column) for column in tier.reads if tier.reads_blank(column)]
    return f" A blank {' or '.join(read)} is read as no." if read else ""


def _justified(reason: Justification | None) -> str:
    if reason is None:
        return ""
    days = [("expires", reason.expires), ("for review by", reason.review)]
    dated = "".join(f"; {words} {day}" for words, day in days if day)
    return f" Justification: {reason.reason.rstrip('.')} (owner: {reason.owner}{dated})."


def factor_said(factor: Factor) -> str:
    """Return what a factor reads, what that gives, and what happens without it."""
    missing = _MISSING.get(str(factor.missing), f"if it is not recorded, it counts {figure(factor.missing)}")
    hidden = " Never named to a clerk or a family." if factor.sensitive else ""
    same = " Everyone gets the same for it, so it changes no place." if factor.inert else ""
    rest = f"{same}{_recorded_for(factor)}{hidden}{_justified(factor.justification)} Source: {factor.source}"
    return f"{factor.says} ({factor.kind}): {gives_said(factor)}; {missing}{_could_be(factor)}.{rest}"


def gives_said(factor: Factor) -> str:
    """Return how a factor makes points of what it reads."""
    only = [f"only where {condition_said(factor.only_if)}, elsewhere 0"] if factor.only_if else []
    return "; ".join([*_own(factor), *_instead(factor), *(_times(each) for each in factor.times), *only])


def _times(times: Times) -> str:
    return "; ".join(
        f"else times {figure(by)}"
        if level == "otherwise"
        else f"times {figure(by)} where {spoken(times.by)} is {_level(level)}"
        for level, by in times.levels.items()
    )


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
                f"{_level(value)} stands for {level}" for value, level in factor.lookup.items()
            )
        yield f"by {_what(factor)}: " + ", ".join(
            f"{_level(level)} gives {figure(value)}" for level, value in factor.points.items()
        )
    if factor.otherwise != "":
        yield f"anything else that is recorded gives {figure(factor.otherwise)}"


def _instead(factor: Factor) -> Iterable[str]:
    """What another column, or a blank, gives in its place."""
    if factor.blank != "":
        yield f"a blank gives {figure(factor.blank)}"
    for each in factor.specials:
        yield f"{spoken(each.column)} {each.value} gives {figure(each.points)} whatever else is recorded"


def _what(factor: Factor) -> str:
    if factor.percent_of_target:
        return "percent of the target that has passed"
    if factor.days_until:
        return f"days until {spoken(factor.days_until)}"
    return " or ".join(map(spoken, factor.any_of)) if factor.any_of else spoken(factor.column)


def _could_be(factor: Factor) -> str:
    return f" (it could be {figure(factor.range[0])} to {figure(factor.range[1])})" if factor.range else ""


def _recorded_for(line: Factor | Tier) -> str:
    if line.coverage == LEAST_COVERAGE and not line.coverage_because:
        return ""
    because = f": {line.coverage_because.rstrip('.')}" if line.coverage_because else ""
    return f" It must be recorded for {line.coverage:.0%} of the list{because}."


def group_said(group: Group) -> str:
    """Return how several factors count together."""
    names = f"{', '.join(map(spoken, group.of[:-1]))} and {spoken(group.of[-1])}"
    most = f", and no more than {figure(group.at_most)} points" if group.at_most is not None else ""
    if group.take == "sum":
        return f"{spoken(group.name).capitalize()}: {names} together give no more than {figure(group.at_most)} points."
    return f"{spoken(group.name).capitalize()}: of {names} only the {group.take} counts{most}."


def targets_said(targets: Targets) -> str:
    """Return how long each priority may wait."""
    cases = "".join(f" Where {condition_said(case.when)}: {_aims(case)}." for case in targets.cases)
    return f"Targets by {spoken(targets.column)}, {_aims(targets) or 'none given'}.{cases} Source: {targets.source}."


def _aims(given: Targets | Case) -> str:
    starts = {"the priority date, else the decision to admit": given.days, "the clock start": given.from_clock_start}
    return "; ".join(
        f"from {start}: " + ", ".join(f"{code} {days_said(days)}" for code, days in aims.items())
        for start, aims in starts.items()
        if aims
    )


def harm_review_said(rule: HarmReview) -> str:
    """Return whose wait is to be reviewed for harm."""
    past = (
        "past their target"
        if rule.past_target_days == 0
        else f"{days_said(rule.past_target_days or 0)} or more past their target"
    )
    who = [past] if rule.past_target_days is not None else []
    who += [f"who have waited {days_said(rule.waited_days)} or more"] if rule.waited_days is not None else []
    only = f" of priority {' or '.join(rule.priorities)}" if rule.priorities else ""
    return (
        f"A review for harm is flagged for people{only} {' or '.join(who)}; it changes no order. Source: {rule.source}."
    )


def retier_said(matrix: Retier) -> str:
    """Return what the matrix does to priorities."""
    column = spoken(matrix.column)
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


def eligibility_said(rule: Eligibility) -> str:
    """Return who is accepted."""
    column = spoken(rule.column)
    unknown = {
        "unscored": "people without it are listed apart until it is recorded",
        "eligible": "people without it are ordered too",
    }[rule.missing]
    levels = ", ".join(
        f"{figure(least)} where {spoken(rule.by)} is {_level(level)}" for level, least in rule.levels.items()
    )
    least = f"{figure(rule.at_least)} ({levels})" if levels else figure(rule.at_least)
    return (
        f"Only people whose {column} is at least {least} are ordered; the rest are listed apart; "
        f"{unknown}. Source: {rule.source}."
    )


def spoken(column: str) -> str:
    """Return the name of a column as words."""
    return column.replace("_", " ")


def days_said(days: int) -> str:
    """Return so many days."""
    return f"{days} day{'' if days == 1 else 's'}"


def figure(number: object) -> str:
    """Return a number without needless decimals, or ``?`` where a template gives none.

    Examples
    --------
    >>> figure(8.0), figure(0.12), figure(None)
    ('8', '0.12', '?')
    """
    return "?" if number is None else f"{number:g}" if isinstance(number, int | float) else str(number)
