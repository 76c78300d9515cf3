"""What a policy file says: its fields, and what is wrong between fields that are each right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

from equiwait.rows.policies.factors import Factor, PerUnit
from equiwait.rows.policies.order import Guards, Order, Retier, Targets, Tier
from equiwait.rows.policies.people import Approval, Consulted, Eligibility, State
from equiwait.rows.policies.validation import Fault, Name, Part, Path, Said, written

__all__ = ["Document"]

_IMPLIED: Mapping[str, Factor] = {
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
        "name": "x", "title": "...", "status": "draft", "source": "...", "people": "everyone",
        "order": {"then": "points", "without_tiers": "..."},
    }  # fmt: skip

    name: Name
    title: Said
    status: Literal["draft", "illustrative", "template", "approved"]
    source: Said
    people: Literal["admitted", "everyone"]
    version: str = "1"
    about: str = ""
    notes: tuple[str, ...] = ()
    consulted: tuple[Consulted, ...] = ()
    order: Order
    tiers: tuple[Tier, ...] = ()
    targets: Targets | None = None
    factors: tuple[Factor, ...] = ()
    retier: Retier | None = None
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
        implied = _IMPLIED.get(self.order.then)
        return (implied,) if implied else self.factors

    @property
    def equity_lines(self) -> bool:
        """Whether anything social can move anyone."""
        factors = any(factor.kind == "equity" and factor.matters for factor in self.parts)
        return factors or any(tier.kind == "equity" for tier in self.tiers)

    @property
    def unfilled(self) -> list[str]:
        """Where a template still says ``"?"``."""
        return [written(path) for path, number in self._numbers() if number is None]

    def _numbers(self) -> Iterable[tuple[Path, float | None]]:
        for place, factor in enumerate(self.factors):
            yield from ((("factors", place, *path), number) for path, number in factor.numbers())
        if self.eligibility:
            yield ("eligibility", "at_least"), self.eligibility.at_least

    def faults(self) -> Iterable[Fault]:
        """Yield what is wrong between parts that are each right."""
        yield from _repeated("factors", [factor.name for factor in self.factors])
        yield from _repeated("tiers", [tier.name for tier in self.tiers])
        yield from self._order_faults()
        yield from self._factor_faults()
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
        if not self.tiers and not self.order.without_tiers:
            yield ("tiers",), "are left out; give [[tiers]], or say why not in order.without_tiers"
        for place, tier in enumerate(self.tiers[:-1]):
            if not tier.when:
                yield ("tiers", place, "when"), "is left out, so nobody would reach the tiers after it"
        if self.order.then in _IMPLIED and self.factors:
            yield ("factors",), f"are not read when order.then = {self.order.then!r}; leave them out"
        if self.order.then not in _IMPLIED and not self.factors:
            yield ("factors",), "are left out, and order.then needs them"
        if self.targets is None and any(factor.percent_of_target for factor in self.parts):
            yield ("targets",), "are left out, and percent_of_target needs them"

    def _factor_faults(self) -> Iterable[Fault]:
        for place, factor in enumerate(self.factors):
            never_negative = self.order.then in ("accumulation", "lottery")
            if never_negative and (factor.possible()[0] < 0 or min(_given(factor), default=0.0) < 0):
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


def _repeated(where: str, names: list[str]) -> Iterable[Fault]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield (where, place, "name"), f"{name!r} is used twice"


def _given(factor: Factor) -> list[float]:
    return [
        number
        for path, number in factor.numbers()
        if number is not None and path[0] not in ("times",) and path[-1] != 0
    ]
