"""What a policy means, apart from how it is worded: the canonical form behind its fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from equiwait.rows.policies.columns import missing_codes
from equiwait.rows.policies.conditions import Cut, ways_in

if TYPE_CHECKING:
    from equiwait.rows.policies.document import Document
    from equiwait.rows.policies.factor_parts import PerUnit
    from equiwait.rows.policies.factors import Factor
    from equiwait.rows.policies.groups import Group
    from equiwait.rows.policies.order import Tier
    from equiwait.rows.policies.targets import Retier, Targets

__all__ = ["canonical", "fingerprint", "is_approved"]

_SUMS = (
    "points",
    "utility",
    "days_waited",
    "percent_of_target",
)  # one rule under four names: the larger sum goes first


def fingerprint(policy: Document) -> str:
    """Return twelve hex digits of the policy's canonical form."""
    text = json.dumps(canonical(policy), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def is_approved(policy: Document) -> bool:
    """Whether somebody with a name approved exactly this version."""
    return (
        policy.status == "approved"
        and policy.approval is not None
        and policy.approval.fingerprint == fingerprint(policy)
    )


def canonical(policy: Document) -> dict[str, Any]:
    """Return only what can change the order or its guards, in one spelling."""
    order = policy.order
    factors = [_factor(factor) for factor in policy.parts if factor.matters]
    meaning: dict[str, Any] = {
        "people": policy.people,
        "then": "sum" if order.then in _SUMS else order.then,
        "rank_within": sorted(set(order.rank_within)),
        "lead": order.long_waits_lead_days,
        "seed": order.seed,
        "tiers": [_tier(tier) for tier in policy.tiers],
        "factors": sorted(factors, key=lambda each: json.dumps(each, sort_keys=True)),
        "coverage_by": sorted(set(policy.guards.coverage_by)),
    }
    if policy.specialties:
        meaning["specialties"] = sorted({code.casefold() for code in policy.specialties})
    if policy.order.same_person != "apart":
        meaning["same_person"] = policy.order.same_person
    if policy.groups:
        meaning["groups"] = sorted((_group(group, policy) for group in policy.groups), key=json.dumps)
    if policy.retier:
        meaning["retier"] = _retier(policy.retier)
    if policy.eligibility:
        meaning["eligibility"] = _without_blanks(policy.eligibility.model_dump(mode="json", exclude={"source"}))
    if policy.equity_lines:
        meaning["guards"] = _guards(policy)
    if policy.targets:  # what is late depends on them, even where the order does not
        meaning["targets"] = _targets(policy.targets)
    return meaning


def _guards(policy: Document) -> dict[str, Any]:
    """A priority that is always kept is kept near its target too; with no targets at all, near is always."""
    protect = policy.guards.protect
    always = set(protect.priorities) | (set() if policy.targets else set(protect.near_target))
    return {
        "most": policy.guards.max_places_moved_down,
        "gain": policy.guards.max_gain,
        "priorities": sorted(always),
        "cancer": protect.cancer,
        "near_target": {code: days for code, days in protect.near_target.items() if code not in always},
    }


def _retier(matrix: Retier) -> dict[str, Any]:
    outcomes = {
        code: {level: sorted(set(new)) for level, new in by_level.items()} for code, by_level in matrix.outcomes.items()
    }
    return {"column": matrix.column, "missing": matrix.missing, "outcomes": outcomes}


def _tier(tier: Tier) -> dict[str, Any]:
    return {
        "when": _ways(tier.when),
        "equity": tier.kind == "equity",
        "blank": [column for column in sorted(tier.reads) if tier.reads_blank(column)],
        "unknown": tier.takes_unknown,
        "coverage": round(tier.coverage, 6) if tier.kind == "equity" else None,
    }


def _ways(conditions: Iterable[Mapping[str, Any]]) -> list[list[tuple[str, str]]]:
    return sorted(sorted((column, _asked(asked)) for column, asked in way) for way in ways_in(conditions))


def _asked(asked: str | Cut) -> str:
    """A level, or a cut-off as text that no level can be."""
    return f"\x00{asked.at_least} to {asked.below}" if isinstance(asked, Cut) else asked


def _targets(targets: Targets) -> dict[str, Any]:
    """The cases in their order: the first that holds and names the priority decides."""
    days = [targets.days, targets.from_clock_start]
    cases = [[_ways(case.when), case.days, case.from_clock_start] for case in targets.cases]
    return _without_blanks({"column": targets.column, "days": days, "cases": cases})


def _group(group: Group, policy: Document) -> list[Any]:
    """Members by what they mean and not by what they are called."""
    members = sorted(json.dumps(_factor(each), sort_keys=True) for each in policy.factors if each.name in group.of)
    return [group.take, _number("" if group.at_most is None else group.at_most), members]


def _without_blanks(meaning: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in meaning.items() if value not in (None, {}, [], "", ["", {}])}


def _factor(factor: Factor) -> dict[str, Any]:
    """Numbers as the score holds them, to six decimals; words, reasons and the factor's own name left out."""
    meaning: dict[str, Any] = {
        "kind": factor.kind,  # what counts time is never cut off, what is social is held back
        "reads": [factor.column, sorted(set(factor.any_of)), factor.days_until, factor.percent_of_target],
        "missing": factor.missing if factor.missing in ("unscored", "list_mean") else _number(_zero(factor.missing)),
        "coverage": round(factor.coverage, 6),
        "points": _points(factor),
        "knots": [[_number(at), _number(gives)] for at, gives in _bends(factor.knots)],
        "per": _rate(factor.per) if factor.per else None,
        "otherwise": _number(factor.otherwise),
        "blank": _number(factor.blank),
        "specials": _specials(factor),
        "lookup": bool(factor.lookup) or None,
        "times": sorted(
            [each.by, _unusual(each.levels, each.levels.get("otherwise"), keep=("otherwise",))] for each in factor.times
        ),
        "only_if": _ways(factor.only_if),
        "range": [_number(value) for value in factor.range or factor.possible()],
    }
    return _without_blanks(meaning)


def _points(factor: Factor) -> dict[str, str | None]:
    """The points of each recorded value; one that gives what all others give need not be named."""
    if factor.lookup:
        return {value: _number(factor.points[level]) for value, level in factor.lookup.items()}
    silent = missing_codes(factor.column)
    return _unusual(factor.points, None if factor.otherwise == "" else factor.otherwise, keep=silent)


def _unusual(
    given: Mapping[str, float | None], usual: float | str | None, *, keep: Iterable[str]
) -> dict[str, str | None]:
    """Leave out what only repeats the usual number; beside a ``W37*`` a code that does is an exception to it."""
    prefixes = any(level.endswith("*") for level in given)
    return {
        level: _number(value)
        for level, value in given.items()
        if usual is None or prefixes or level in keep or _number(value) != _number(usual)
    }


def _specials(factor: Factor) -> list[list[Any]]:
    """The last one that holds counts, so that their order says something unless only one of them can hold."""
    given = [[each.column, each.value, _number(each.points)] for each in factor.specials]
    alone = len({each.column for each in factor.specials}) == 1 and len(
        {each.value for each in factor.specials}
    ) == len(given)
    return sorted(given) if alone else given


def _rate(per: PerUnit) -> list[str]:
    """Points for one unit, exactly: two for every two is one for every one."""
    if per.points is None:
        return ["?", str(Fraction(str(per.every)))]
    return [str(Fraction(round(per.points * 1_000_000)) / Fraction(str(per.every)))]


def _zero(missing: object) -> Any:
    return 0.0 if missing == "zero" else missing


def _number(value: float | str | None) -> str | None:
    if value == "":
        return None
    return "?" if value is None else f"{float(value) + 0.0:.6f}"


def _bends(knots: Iterable[tuple[float | None, float | None]]) -> list[tuple[float | None, float | None]]:
    """Keep only the knots where the line bends: one on a straight line, or on a flat end, says nothing."""
    every = list(knots)
    if any(None in knot for knot in every):
        return every
    slopes = [Fraction(0), *(_slope(a, b) for a, b in pairwise(every)), Fraction(0)]
    bends = [knot for knot, before, after in zip(every, slopes, slopes[1:], strict=False) if before != after]
    return bends or every[:1]


def _slope(start: Any, end: Any) -> Fraction:
    (x0, y0), (x1, y1) = ([Fraction(str(value)) for value in knot] for knot in (start, end))
    return (y1 - y0) / (x1 - x0)
