"""`Policy`: what people call. It is read, checked, compared, named, approved, changed and saved as one value."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any, Self

from pydantic import PrivateAttr, ValidationError

from equiwait.errors import OptionError, PolicyError, attempt, did_you_mean, listed
from equiwait.rows.policies.description import described, stamped
from equiwait.rows.policies.diff import differences
from equiwait.rows.policies.document import Document
from equiwait.rows.policies.expiry import as_day, expired, expired_in, undated
from equiwait.rows.policies.fingerprint import fingerprint, is_approved
from equiwait.rows.policies.people import State
from equiwait.rows.policies.validation import UNFILLED, Fault, written

__all__ = ["Policy"]

_PRESETS = files("equiwait.rows.policies").joinpath("presets")


class Policy(Document):
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
        file = _PRESETS.joinpath(f"{name}.toml")
        if name not in cls.presets():
            raise OptionError(
                f"There is no preset {name!r}.{did_you_mean(name, cls.presets())}",
                todo=f"Use one of: {listed(cls.presets(), 30)}.",
            )
        return cls.from_toml(file.read_text(encoding="utf-8"), called=f"preset {name}")

    @classmethod
    def presets(cls) -> list[str]:
        """Return the names of the policies that come with the library."""
        found = _PRESETS.iterdir()
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

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hex digits that change when, and only when, something that can change the order or its guards does."""
        return fingerprint(self)

    @property
    def approved(self) -> bool:
        """Whether somebody with a name approved exactly this version; a copy that means something else is not approved."""
        return is_approved(self)

    @property
    def stamp(self) -> str:
        """The policy as every output names it, in one line.

        Name and fingerprint; what it scores that the law protects, and until when; the day of the means that it holds
        fixed; *not approved* unless it is. Nothing in it would tell tales.
        """
        return stamped(self)

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

    def faults(self) -> Iterable[Fault]:
        """Yield what is wrong between parts that are each right."""
        yield from super().faults()
        yield from undated(self)

    def last_faults(self) -> Iterable[Fault]:
        """Yield an approval of another version: what the version is can only be said once all else is right."""
        if self.status == "approved" and self.approval and self.approval.fingerprint != self.fingerprint:
            yield (
                ("approval", "fingerprint"),
                f"approves another version; this one is {self.fingerprint}. Have it approved, or say status = 'draft'",
            )


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
