"""What a policy file says: its fields, and what is wrong between fields that are each right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from itertools import product
from typing import Any, ClassVar, Literal

from equiwait.errors import did_you_mean, listed
from equiwait.rows.policies.columns import level_faults, levels_of, missing_codes
from equiwait.rows.policies.conditions import Cut, Way, takes_all_of, ways_in
from equiwait.rows.policies.factor_parts import PerUnit
from equiwait.rows.policies.factors import Factor
from equiwait.rows.policies.groups import Group
from equiwait.rows.policies.order import Guards, Order, Tier
from equiwait.rows.policies.people import Approval, Consulted, Eligibility, State
from equiwait.rows.policies.protected_characteristics import is_sensitive
from equiwait.rows.policies.targets import HarmReview, Retier, Targets
from equiwait.rows.policies.validation import UNFILLED, Fault, Name, Part, Path, Said, written

__all__ = ["Document"]


@cache
def _implied() -> Mapping[str, Factor]:
    """Return the factors that an order may name without their being written."""
    return {
        "days_waited": Factor(
            name="days_waited", kind="time", source="Days waited since the clock started", label="Days waited",
            plain="how long you have waited", column="days_waiting", per=PerUnit(points=1.0), range=(0.0, 36_525.0),
            missing="unscored",
        ),
        "percent_of_target": Factor(
            name="percent_of_target", kind="time", source="Days since listing as a percentage of the target",
            label="Share of the target wait that has passed", plain="how long you have waited against the aim for people like you",
            percent_of_target=True, per=PerUnit(points=1.0), range=(0.0, 3_652_500.0), missing="unscored",
        ),
    }  # fmt: skip


class Document(Part):
    """The fields of a policy file (docs/reference/policy-file.md), held together by their own faults.

    `Policy` is this with everything that people do with one.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {
        "name": "x",
        "title": "...",
        "status": "draft",
        "source": "...",
        "people": "everyone",
        "order": {"then": "points", "without_tiers": "..."},
    }

    name: Name
    title: Said
    status: Literal["draft", "illustrative", "template", "approved"]
    source: Said
    people: Literal["admitted", "everyone"]
    specialties: tuple[Said, ...] = ()
    version: str = "1"
    about: str = ""
    notes: tuple[str, ...] = ()
    consulted: tuple[Consulted, ...] = ()
    order: Order
    tiers: tuple[Tier, ...] = ()
    targets: Targets | None = None
    factors: tuple[Factor, ...] = ()
    groups: tuple[Group, ...] = ()
    retier: Retier | None = None
    harm_review: HarmReview | None = None
    eligibility: Eligibility | None = None
    guards: Guards = Guards()
    approval: Approval | None = None
    state: State | None = None

    @property
    def then(self) -> str:
        """The rule inside a tier."""
        return self.order.then

    @cached_property
    def parts(self) -> tuple[Factor, ...]:
        """The factors that make the score, the one that ``order.then`` implies included."""
        implied = _implied().get(self.order.then)
        return (implied,) if implied else self.factors

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column that can decide who comes when, and within what people are ranked."""
        lines = [
            *(column for tier in self.tiers for column in tier.reads),
            *(column for part in self.parts for column in part.reads),
        ]
        aims = [*self.targets.reads] if self.targets else []
        rules = ["specialty"] if self.specialties else []
        rules += [self.retier.column] if self.retier else []
        rules += [self.eligibility.column, self.eligibility.by] if self.eligibility else []
        return tuple(dict.fromkeys(filter(None, [*lines, *aims, *rules, *self.order.rank_within])))

    @cached_property
    def secrets(self) -> frozenset[str]:
        """Columns that factors marked sensitive read: what is sensitive once is sensitive everywhere."""
        return frozenset(column for factor in self.factors if factor.sensitive for column in factor.reads)

    @cached_property
    def nameable(self) -> tuple[bool, ...]:
        """Whether each of `parts` may be named to anyone."""
        told = [not any(is_sensitive(column) or column in self.secrets for column in part.reads) for part in self.parts]
        return tuple(open_ and not part.sensitive for open_, part in zip(told, self.parts, strict=True))

    @cached_property
    def counts_secrets(self) -> bool:
        """Whether anything that it counts may not be named to everyone."""
        return any(part.matters and not open_ for part, open_ in zip(self.parts, self.nameable, strict=True))

    @cached_property
    def tiers_tell(self) -> bool:
        """Whether the name of any tier would tell what is sensitive."""
        return any(is_sensitive(column) or column in self.secrets for tier in self.tiers for column in tier.reads)

    @cached_property
    def equity_lines(self) -> bool:
        """Whether anything social can move anyone."""
        factors = any(factor.kind == "equity" and factor.matters for factor in self.parts)
        return factors or any(tier.kind == "equity" for tier in self.tiers)

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as a mapping shaped like the file; `read` makes the same policy of it."""
        written: dict[str, Any] = _plainly(self.model_dump(mode="python", exclude_defaults=True))
        return written

    @cached_property
    def untiered(self) -> tuple[tuple[str, str], ...]:
        """Recorded codes that stand in no tier though other codes of their column do: column and level.

        Only codes whose levels are known can be looked at; that a flag is down puts nobody outside the tiers by itself.
        """
        if not self.tiers or not self.tiers[-1].when:
            return ()
        columns = {column: _known_levels(column) for tier in self.tiers for column in tier.reads}
        if math.prod(map(len, columns.values())) > 20_000:
            return ()
        cases = [dict(zip(columns, levels, strict=True)) for levels in product(*columns.values())]
        placed = {tuple(case.values()) for case in cases if any(_may_be_in(tier, case) for tier in self.tiers)}

        def elsewhere(case: Mapping[str, str], column: str) -> bool:
            return any(tuple({**case, column: other}.values()) in placed for other in columns[column] if other)

        outside = [case for case in cases if tuple(case.values()) not in placed]
        found = [
            each
            for case in outside
            for each in case.items()
            if each[1] not in ("", "true", "false") and elsewhere(case, each[0])
        ]
        return tuple(dict.fromkeys(found))

    @property
    def unfilled(self) -> list[str]:
        """Where a template still says ``"?"``."""
        return [written(path) for path, number in self._numbers() if number is None]

    def _numbers(self) -> Iterable[tuple[Path, float | None]]:
        for place, factor in enumerate(self.factors):
            yield from ((("factors", place, *path), number) for path, number in factor.numbers())
        if self.eligibility:
            yield ("eligibility", "at_least"), self.eligibility.at_least
            yield from ((("eligibility", "levels", level), n) for level, n in self.eligibility.levels.items())

    def faults(self) -> Iterable[Fault]:
        """Yield what is wrong between parts that are each right."""
        yield from _repeated("factors", [factor.name for factor in self.factors])
        yield from _repeated("tiers", [tier.name for tier in self.tiers])
        yield from self._order_faults()
        yield from self._tier_faults()
        yield from self._factor_faults()
        yield from self._group_faults()
        yield from self._size_faults()
        yield from self._status_faults()
        yield from self._state_faults()

    def _state_faults(self) -> Iterable[Fault]:
        """Means are no part of the fingerprint, so they must be what a list can have."""
        known = {factor.name: factor for factor in self.parts}
        for name, mean in self.state.means.items() if self.state else ():
            low, high = known[name].reach if name in known else (-math.inf, math.inf)
            if not low - 1e-6 <= (mean or 0.0) <= high + 1e-6:
                yield ("state", "means", name), f"lies outside what the factor can give, {low:g} to {high:g}"

    def _order_faults(self) -> Iterable[Fault]:
        yield from level_faults("specialty", self.specialties, ("specialties",))
        if not self.tiers and not self.order.without_tiers:
            yield ("tiers",), "are left out; give [[tiers]], or say why not in order.without_tiers"
        if self.order.then in _implied() and self.factors:
            yield ("factors",), f"are not read when order.then = {self.order.then!r}; leave them out"
        if self.order.then not in _implied() and not self.factors:
            yield ("factors",), "are left out, and order.then needs them"
        if self.targets is None and any(factor.percent_of_target for factor in self.parts):
            yield ("targets",), "are left out, and percent_of_target needs them"
        if self.targets is None and self.harm_review and self.harm_review.past_target_days is not None:
            yield ("targets",), "are left out, and harm_review.past_target_days needs them"

    def _tier_faults(self) -> Iterable[Fault]:
        """Tiers that nobody can reach, because those before them take everyone whom they would."""
        before: set[Way] = set()
        for place, tier in enumerate(self.tiers):
            if not tier.when and place < len(self.tiers) - 1:
                yield ("tiers", place, "when"), "is left out, so nobody would reach the tiers after it"
            ways = ways_in(tier.when)
            if ways and all(any(takes_all_of(earlier, way) for earlier in before) for way in ways):
                yield ("tiers", place, "when"), "takes nobody: everyone in it is in a tier before it already"
            before |= ways

    def _group_faults(self) -> Iterable[Fault]:
        factors = {factor.name: factor for factor in self.factors}
        grouped: set[str] = set()
        yield from _repeated("groups", [group.name for group in self.groups])
        for place, group in enumerate(self.groups):
            for name in group.of:
                if name not in factors:
                    yield ("groups", place, "of"), f"names {name!r}, which is no factor.{did_you_mean(name, factors)}"
                elif name in grouped:
                    yield ("groups", place, "of"), f"names {name!r}, which is in another group already"
            if len({factors[name].kind == "equity" for name in group.of if name in factors}) > 1:
                yield ("groups", place, "of"), "mixes equity with other factors, so that no guard could hold it back"
            grouped |= set(group.of)
            below = [name for name in group.of if name in factors and factors[name].can_be_negative]
            if group.take == "sum" and below:
                yield (
                    ("groups", place, "of"),
                    f"caps {listed(below)}, which can give negative points: then a cap has no clear meaning",
                )

    def _factor_faults(self) -> Iterable[Fault]:
        for place, factor in enumerate(self.factors):
            if self.order.then in ("accumulation", "lottery") and factor.can_be_negative:
                yield ("factors", place), f"can give negative points, which {self.order.then} has no meaning for"

    def _size_faults(self) -> Iterable[Fault]:
        """A score is a whole number of millionths in 64 bits; a larger one would wrap round and put people out of order."""
        weeks = 1 + 36_525 / 7 if self.order.then == "accumulation" else 1.0
        if sum(factor.most for factor in self.parts) * weeks > 9e12:
            yield (
                ("factors",),
                "could together give more points than a score can hold (9,000,000,000,000); scale them down",
            )

    def _status_faults(self) -> Iterable[Fault]:
        if self.status != "template":
            yield from ((path, "says '?', which only a template may") for path, n in self._numbers() if n is None)
        if self.status == "approved" and self.approval is None:
            yield ("approval",), "is left out; an approved policy names who approved it, when, and until when"


def _plainly(value: Any) -> Any:
    """Return what TOML can hold: no nulls, and ``"?"`` for a number that a template leaves open."""
    if isinstance(value, dict):
        return {key: _plainly(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plainly(item) for item in value]
    return UNFILLED if value is None else value


def _repeated(where: str, names: list[str]) -> Iterable[Fault]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield (where, place, "name"), f"{name!r} is used twice"


def _known_levels(column: str) -> tuple[str, ...]:
    """Return the levels of a column that record something; "" stands for any value of one whose levels are not known."""
    return tuple(level for level in levels_of(column) if level not in missing_codes(column)) or ("",)


def _may_be_in(tier: Tier, case: Mapping[str, str]) -> bool:
    """Whether somebody with these codes is in a tier; of a column whose levels are not known nobody is thought to be."""
    return any(all(_meets(case[column], asked) for column, asked in each.items()) for each in tier.when)


def _meets(level: str, asked: tuple[str, ...] | Cut) -> bool:
    if isinstance(asked, Cut):
        return level.isdigit() and asked.takes(float(level))
    return level in asked
