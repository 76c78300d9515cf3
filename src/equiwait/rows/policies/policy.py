"""A policy: what is scored and how, as one value that can be read, checked, compared, named and saved."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any, ClassVar, Literal, Self

from pydantic import PrivateAttr, ValidationError

from equiwait.errors import OptionError, PolicyError, attempt, did_you_mean, listed
from equiwait.rows.policies.description import described, stamped
from equiwait.rows.policies.diff import differences
from equiwait.rows.policies.expiry import as_day, expired, expired_in, undated
from equiwait.rows.policies.factors import Factor, PerUnit
from equiwait.rows.policies.fingerprint import fingerprint
from equiwait.rows.policies.order import Guards, Order, Retier, Targets, Tier
from equiwait.rows.policies.parts import UNFILLED, Fault, Name, Part, Path, Said, written
from equiwait.rows.policies.people import Approval, Consulted, Eligibility, State

__all__ = ["Policy"]

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


class Policy(Part):
    """A written policy for the order of a waiting list.

    Make one with `Policy.load`, `Policy.preset` or `Policy.read`; the fields are those of the file
    (docs/reference/policy-file.md).

    Notes
    -----
    A policy holds no patient's value. Missing inputs are treated as each factor says; a factor that says nothing is a
    fault.

    Examples
    --------
    >>> policy = Policy.preset("england_default")
    >>> policy.then, [tier.name for tier in policy.tiers]
    ('days_waited', ['P1a', 'P1b', 'Cancer pathway', 'P2', 'P3', 'P4'])
    >>> policy.approved
    False
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

    _last_state: State | None = PrivateAttr(default=None)

    # --- reading and writing ------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, path: str | FilePath, *, snapshot: dt.date | str | None = None) -> Self:
        """Read a policy file.

        Parameters
        ----------
        path : str or Path
            A TOML file.
        snapshot : date, optional
            Also refuse what has expired by this day. Scoring always does, against the list's own snapshot.

        Raises
        ------
        PolicyError
            If the file is not there or not TOML, or with every fault of the policy at once.
        """
        file = FilePath(path)
        if not file.is_file():
            raise PolicyError(
                f"There is no policy file {file.name!r} at that path.",
                todo="Give the path of a TOML file, or Policy.preset(name); Policy.presets() lists the names.",
            )
        text = attempt(
            lambda: file.read_text(encoding="utf-8"), lambda name: PolicyError(f"{file.name} cannot be read ({name}).")
        )
        return cls.from_toml(text, called=file.name, snapshot=snapshot)

    @classmethod
    def from_toml(cls, text: str, *, called: str = "the policy", snapshot: dt.date | str | None = None) -> Self:
        """Read a policy from TOML text; ``called`` names it in messages."""
        why = ""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            why, data = str(error), {}
        if why:
            raise PolicyError(
                f"{called} is not TOML.", found=why, todo="Mend the file there; see docs/reference/policy-file.md."
            )
        return cls.read(data, called=called, snapshot=snapshot)

    @classmethod
    def read(
        cls, data: Mapping[str, Any], *, called: str = "the policy", snapshot: dt.date | str | None = None
    ) -> Self:
        """Make a policy from a mapping shaped like the file; PolicyError names every fault by its path."""
        policy: Self | None = None
        found: list[Fault] = []
        try:
            policy = cls.model_validate(dict(data))
        except ValidationError as error:
            found = [(tuple(each["loc"]), each["msg"]) for each in error.errors(include_url=False, include_input=False)]
        if policy is None and snapshot is not None:
            found += expired_in(data, as_day(snapshot))
        if policy is None:
            raise _refused(called, found)
        if snapshot is not None:
            policy.check(snapshot)
        return policy

    @classmethod
    def preset(cls, name: str) -> Self:
        """Return a policy that comes with the library; none of them is approved for use.

        Raises
        ------
        OptionError
            If there is no preset of that name.
        """
        file = files("equiwait").joinpath("presets", f"{name}.toml")
        if name not in cls.presets():
            raise OptionError(
                f"There is no preset {name!r}.{did_you_mean(name, cls.presets())}",
                todo=f"Use one of: {listed(cls.presets(), 30)}.",
            )
        return cls.from_toml(file.read_text(encoding="utf-8"), called=f"preset {name}")

    @classmethod
    def presets(cls) -> list[str]:
        """Return the names of the policies that come with the library."""
        found = files("equiwait").joinpath("presets").iterdir()
        return sorted(file.name.removesuffix(".toml") for file in found if file.name.endswith(".toml"))

    def to_toml(self) -> str:
        """Return the policy as the text of a file; `from_toml` reads it back as the same policy."""
        import tomli_w  # only needed to write

        return tomli_w.dumps(_plainly(self.model_dump(mode="python", exclude_defaults=True)))

    def save(self, path: str | FilePath) -> FilePath:
        """Write the policy as a TOML file and return its path."""
        file = FilePath(path)
        beside = file.with_name(f".{file.name}.part")
        beside.write_text(self.to_toml(), encoding="utf-8")
        return beside.replace(file)

    # --- what it says -------------------------------------------------------------------------------------------------

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

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hex digits that change when, and only when, something that can change the order or its guards does."""
        return fingerprint(self)

    @property
    def approved(self) -> bool:
        """Whether somebody with a name approved exactly this version; a copy that means something else is not approved."""
        return self.status == "approved" and self.approval is not None and self.approval.fingerprint == self.fingerprint

    @property
    def stamp(self) -> str:
        """The policy as every output names it, in one line.

        Name and fingerprint; what it scores that the law protects, and until when; the day of the means that it holds
        fixed; *not approved* unless it is. Nothing in it would tell tales.
        """
        return stamped(self)

    @property
    def unfilled(self) -> list[str]:
        """Where a template still says ``"?"``."""
        return [written(path) for path, number in self._numbers() if number is None]

    def describe(self) -> str:
        """Return the policy read aloud, in plain English."""
        return described(self)

    def diff(self, other: Policy) -> list[str]:
        """Return what ``other`` changes, one sentence for each change; empty if they mean and say the same."""
        return differences(self, other)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields changed, and nothing remembered of what they were."""
        copy = super().model_copy(update=update, deep=deep)
        for remembered in ("parts", "fingerprint"):
            copy.__dict__.pop(remembered, None)
        return copy

    # --- the state that a list leaves in it ---------------------------------------------------------------------------

    @property
    def last_state(self) -> State | None:
        """The means in force: those of the file, else those of the list that was scored last with this object."""
        return self.state or self._last_state

    def remember(self, state: State) -> None:
        """Keep the means of the list just scored, for records that arrive alone."""
        self._last_state = state

    def frozen(self) -> Self:
        """Return the policy with the means in force written into it, so that next week scores as this week did."""
        return self.model_copy(update={"state": self.last_state})

    # --- checks -------------------------------------------------------------------------------------------------------

    def check(self, snapshot: dt.date | str) -> None:
        """Raise PolicyError with everything that stops this policy from scoring a list of that day."""
        if found := [*expired(self, as_day(snapshot)), *_unfilled(self)]:
            raise _refused(self.name, found)

    def check_filled(self) -> None:
        """Raise PolicyError if this is a template with numbers still to fill in: before anything is asked of a list."""
        if found := _unfilled(self):
            raise _refused(self.name, found)

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
        yield from undated(self)

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

    def last_faults(self) -> Iterable[Fault]:
        """Yield an approval of another version: what the version is can only be said once all else is right."""
        if self.status == "approved" and self.approval and self.approval.fingerprint != self.fingerprint:
            yield (
                ("approval", "fingerprint"),
                f"approves another version; this one is {self.fingerprint}. Have it approved, or say status = 'draft'",
            )


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


def _unfilled(policy: Policy) -> list[Fault]:
    return [((place,), "still says '?': the source gives no number; fill it in") for place in policy.unfilled]


def _refused(called: str, found: list[Fault]) -> PolicyError:
    lines = sorted({f"{written(path) or 'the file'}: {message}" for path, message in found})
    shown = "\n    ".join(lines)
    return PolicyError(
        f"{called} cannot be used: {len(lines)} fault{'s' if len(lines) > 1 else ''}.",
        found=f"\n    {shown}",
        todo="Mend each line; docs/reference/policy-file.md says what every field means.",
    )


def _plainly(value: Any) -> Any:
    """Return what TOML can hold: no nulls, and ``"?"`` for a number that a template leaves open."""
    if isinstance(value, dict):
        kept = {key: _plainly(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item != {} or key in ("when",)}
    if isinstance(value, list | tuple):
        return [_plainly(item) for item in value]
    return UNFILLED if value is None else value
