"""What a policy means, apart from how it is worded: the canonical form behind its fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equiwait.policies.factors import Factor
    from equiwait.policies.order import Tier
    from equiwait.policies.policy import Policy

__all__ = ["canonical", "fingerprint"]

_SUMS = (
    "points",
    "utility",
    "days_waited",
    "percent_of_target",
)  # one rule under four names: the larger sum goes first


def fingerprint(policy: Policy) -> str:
    """Return twelve hex digits of the policy's canonical form."""
    text = json.dumps(canonical(policy), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def canonical(policy: Policy) -> dict[str, Any]:
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
    if policy.retier:
        meaning["retier"] = policy.retier.model_dump(mode="json", exclude={"source"})
    if policy.eligibility:
        meaning["eligibility"] = policy.eligibility.model_dump(mode="json", exclude={"source"})
    if policy.equity_lines:
        meaning["guards"] = _guards(policy)
    if policy.targets:  # what is late depends on them, even where the order does not
        meaning["targets"] = policy.targets.model_dump(mode="json", exclude={"source"})
    return meaning


def _guards(policy: Policy) -> dict[str, Any]:
    protect = policy.guards.protect
    return {
        "most": policy.guards.max_places_moved_down,
        "priorities": sorted(set(protect.priorities)),
        "cancer": protect.cancer,
        "near_target": protect.near_target,
    }


def _tier(tier: Tier) -> dict[str, Any]:
    conditions = [{column: sorted(set(levels)) for column, levels in each.items()} for each in tier.when]
    return {
        "when": sorted(conditions, key=lambda each: json.dumps(each, sort_keys=True)),
        "equity": tier.kind == "equity",
        "blank": [column for column in sorted(tier.reads) if tier.reads_blank(column)],
        "unknown": tier.takes_unknown,
    }


def _factor(factor: Factor) -> dict[str, Any]:
    """Numbers as the score holds them, to six decimals; words, reasons and the factor's own name left out."""
    meaning: dict[str, Any] = {
        "equity": factor.kind == "equity",
        "reads": [factor.column, sorted(set(factor.any_of)), factor.days_until, factor.percent_of_target],
        "missing": factor.missing if factor.missing in ("unscored", "list_mean") else _number(_zero(factor.missing)),
        "coverage": round(factor.coverage, 6),
        "points": {level: _number(value) for level, value in factor.points.items()},
        "knots": [[_number(at), _number(gives)] for at, gives in _bends(factor.knots)],
        "per": [_number(factor.per.points), factor.per.every] if factor.per else None,
        "otherwise": _number(factor.otherwise),
        "blank": _number(factor.blank),
        "specials": [[each.column, each.value, _number(each.points)] for each in factor.specials],
        "lookup": factor.lookup,
        "times": [factor.times_by, {level: _number(value) for level, value in factor.times.items()}],
        "range": [_number(value) for value in factor.range or ()],
    }
    return {key: value for key, value in meaning.items() if value not in (None, {}, [], ["", {}])}


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
