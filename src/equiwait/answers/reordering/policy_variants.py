"""A policy with one number of it a little other: what `sensitivity` tries."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from equiwait.rows.policies import Factor, Policy, Tier
from equiwait.rows.policies.validation import hypothetical

__all__ = ["EVERY", "TIERS", "WITHOUT", "Variation", "variations"]

WITHOUT = "without"
EVERY = "every number"
TIERS = "tiers"


class Variation(NamedTuple):
    """One change: which part of the policy, which number of it, how it changes, and the policy so changed."""

    part: str
    number: str
    change: str
    policy: Policy


def variations(policy: Policy, change: float) -> Iterator[Variation]:
    """Yield the policy with each of its numbers changed by itself, and with each part left out that can be.

    A factor is also changed as a whole: all its numbers together, which is its weight. Two neighbouring tiers are joined
    to see what the line between them decides.
    """
    for factor in policy.factors:
        if factor.matters:
            yield from _of_factor(policy, factor, change)
    yield from _of_tiers(policy)
    yield from _of_targets(policy, change)
    yield from _of_whole_number(policy, "order", "long_waits_lead_days", change)
    yield from _of_whole_number(policy, "guards", "max_places_moved_down", change)


# --- factors ----------------------------------------------------------------------------------------------------------


def _changes(change: float) -> tuple[tuple[str, float], ...]:
    return (f"{change:.0%} lower", 1 - change), (f"{change:.0%} higher", 1 + change)


def _of_factor(policy: Policy, factor: Factor, change: float) -> Iterator[Variation]:
    for said, by in ((WITHOUT, 0.0), *_changes(change)):
        yield Variation(factor.name, EVERY, said, _with(policy, _scaled(factor, by), by))
    numbers = _numbers(factor)
    for number in numbers if len(numbers) > 1 else ():
        for said, by in _changes(change):
            yield Variation(factor.name, number, said, _with(policy, _scaled(factor, by, number)))


def _with(policy: Policy, factor: Factor, by: float = 1.0) -> Policy:
    """Return the policy with one factor changed; the mean that it holds, if it has one, follows the whole of it."""
    changed = tuple(factor if each.name == factor.name else each for each in policy.factors)
    state = policy.state
    if state and factor.name in state.means:
        means = {**state.means, factor.name: (state.means[factor.name] or 0.0) * by}
        state = hypothetical(state, means=means)
    return hypothetical(policy, factors=changed, state=state)


def _numbers(factor: Factor) -> list[str]:
    """Return the numbers of a factor that give points, as the file names them."""
    given = [(f"points.{level}", points) for level, points in factor.points.items()]
    given += [(f"knots at {at:g}", points) for at, points in factor.knots]
    given += [("per.points", factor.per.points)] if factor.per else []
    given += [(f"specials.{each.value}", each.points) for each in factor.specials]
    alone = [(name, getattr(factor, name)) for name in ("otherwise", "blank", "missing")]
    return [name for name, points in (*given, *alone) if isinstance(points, int | float) and points]


def _scaled(factor: Factor, by: float, only: str = EVERY) -> Factor:
    """Return a factor with all that it gives, or only one number of it, multiplied."""

    def times(name: str, value: Any) -> Any:
        return value * by if only in (EVERY, name) and isinstance(value, int | float) else value

    return hypothetical(
        factor,
        **{
            "points": {level: times(f"points.{level}", value) for level, value in factor.points.items()},
            "knots": tuple((at, times(f"knots at {at:g}", gives)) for at, gives in factor.knots),
            "per": factor.per and hypothetical(factor.per, points=times("per.points", factor.per.points)),
            "specials": tuple(
                hypothetical(each, points=times(f"specials.{each.value}", each.points)) for each in factor.specials
            ),
            **{name: times(name, getattr(factor, name)) for name in ("otherwise", "blank", "missing")},
            "range": _widened(factor.range, by, only),
        },
    )


def _widened(ends: tuple[Any, Any] | None, by: float, only: str) -> tuple[Any, Any] | None:
    """The range follows the whole; where one number alone changes, it holds both what was and what is."""
    if ends is None:
        return None
    low, high = (end or 0.0 for end in ends)
    return (low * by, high * by) if only == EVERY else (min(low, low * by), max(high, high * by))


# --- the rest of the order --------------------------------------------------------------------------------------------


def _of_tiers(policy: Policy) -> Iterator[Variation]:
    for place, (tier, after) in enumerate(pairwise(policy.tiers)):
        joined = (*policy.tiers[:place], _joined(tier, after), *policy.tiers[place + 2 :])
        yield Variation(TIERS, tier.name, f"joined with {after.name}", hypothetical(policy, tiers=joined))


def _joined(tier: Tier, after: Tier) -> Tier:
    """Return one tier for the people of two; a blank that says *not in this tier* goes on saying so."""
    if not after.when:
        return after
    silent = {column: "no" for each in (tier, after) for column in each.reads if each.reads_blank(column)}
    kind = "clinical" if "clinical" in (tier.kind, after.kind) else "equity"
    return hypothetical(after, when=(*tier.when, *after.when), blank_means=silent or None, kind=kind)


def _of_targets(policy: Policy, change: float) -> Iterator[Variation]:
    if policy.targets is None:
        return
    for field in ("days", "from_clock_start"):
        given: dict[str, int] = getattr(policy.targets, field)
        for code, days in given.items():
            for said, other in _whole_changes(days, change):
                targets = hypothetical(policy.targets, **{field: {**given, code: other}})
                yield Variation("targets", f"{field}.{code}", said, hypothetical(policy, targets=targets))


def _of_whole_number(policy: Policy, part: str, name: str, change: float) -> Iterator[Variation]:
    """Change a number that may also be left out."""
    owner = getattr(policy, part)
    number: int | None = getattr(owner, name)
    for said, other in () if number is None else ((WITHOUT, None), *_whole_changes(number, change)):
        changed = hypothetical(owner, **{name: other})
        yield Variation(part, name, said, hypothetical(policy, **{part: changed}))


def _whole_changes(number: int, change: float) -> Iterator[tuple[str, int]]:
    """Lower and raise a whole number of days or places by at least one; nothing is lowered to less than one."""
    lower, higher = min(number - 1, round(number * (1 - change))), max(number + 1, round(number * (1 + change)))
    if lower >= 1:
        yield f"{lower} for {number}", lower
    yield f"{higher} for {number}", higher
