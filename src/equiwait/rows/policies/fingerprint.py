"""What a policy means, apart from how it is worded: the canonical form behind its fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import TYPE_CHECKING, Any

from equiwait.rows.policies.columns import silent_levels

if TYPE_CHECKING:
    from equiwait.rows.policies.document import Document
    from equiwait.rows.policies.factors import Factor, PerUnit
    from equiwait.rows.policies.order import Retier, Tier

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
    if policy.retier:
        meaning["retier"] = _retier(policy.retier)
    if policy.eligibility:
        meaning["eligibility"] = policy.eligibility.model_dump(mode="json", exclude={"source"})
    if policy.equity_lines:
        meaning["guards"] = _guards(policy)
    if policy.targets:  # what is late depends on them, even where the order does not
        meaning["targets"] = policy.targets.model_dump(mode="json", exclude={"source"})
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
        "when": sorted(sorted(each) for each in _ways_in(tier)),
        "equity": tier.kind == "equity",
        "blank": [column for column in sorted(tier.reads) if tier.reads_blank(column)],
        "unknown": tier.takes_unknown,
    }


def _ways_in(tier: Tier) -> set[frozenset[tuple[str, str]]]:
    """Every way into a tier, one level for each column: a list of levels and a list of tables may say the same."""
    ways = {
        frozenset(zip(each, levels, strict=True))
        for each in tier.when
        for levels in product(*(dict.fromkeys(several) for several in each.values()))
    }
    return {way for way in ways if not any(frozenset(less) in ways for less in _parts_of(way))}


def _parts_of(way: frozenset[tuple[str, str]]) -> Iterable[tuple[tuple[str, str], ...]]:
    return (less for size in range(len(way)) for less in combinations(way, size))


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
        "otherwise": None if factor.lookup else _number(factor.otherwise),
        "blank": _number(factor.blank),
        "specials": _specials(factor),
        "lookup": bool(factor.lookup) or None,
        "times": [factor.times_by, _unusual(factor.times, factor.times.get("otherwise"), keep=("otherwise",))],
        "range": [_number(value) for value in factor.range or factor.possible()],
    }
    return {key: value for key, value in meaning.items() if value not in (None, {}, [], ["", {}])}


def _points(factor: Factor) -> dict[str, str | None]:
    """The points of each recorded value; one that gives what all others give need not be named."""
    if factor.lookup:
        return {value: _number(factor.points[level]) for value, level in factor.lookup.items()}
    silent = silent_levels(factor.column)
    return _unusual(factor.points, None if factor.otherwise == "" else factor.otherwise, keep=silent)


def _unusual(
    given: Mapping[str, float | None], usual: float | str | None, *, keep: Iterable[str]
) -> dict[str, str | None]:
    """Leave out what only repeats the usual number."""
    return {
        level: _number(value)
        for level, value in given.items()
        if usual is None or level in keep or _number(value) != _number(usual)
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
