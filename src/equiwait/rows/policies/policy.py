"""`Policy`: what people call. It is read, checked, compared, named, approved, changed and saved as one value."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from html import escape
from importlib.resources import files
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Self
from weakref import ref

from pydantic import ValidationError

from equiwait.errors import OptionError, PolicyError, attempt, did_you_mean, listed
from equiwait.files.whole_files import write_file
from equiwait.rows.policies.changes import change_faults, changed
from equiwait.rows.policies.commented import commented
from equiwait.rows.policies.description import described, stamped
from equiwait.rows.policies.diff import differences
from equiwait.rows.policies.document import Document
from equiwait.rows.policies.expiry import as_day, expired, expired_in, undated
from equiwait.rows.policies.fingerprint import fingerprint, is_approved
from equiwait.rows.policies.needs import Need, needs
from equiwait.rows.policies.people import State
from equiwait.rows.policies.validation import Fault, faults_of, refused

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Policy"]


class _States:
    """What was taken from the list scored last with each policy, kept for as long as the policy itself is."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[ref[Policy], State]] = {}

    def keep(self, policy: Policy, state: State) -> None:
        """Keep the state of one policy object; equal policies that scored other lists keep their own."""
        key = id(policy)
        self._kept[key] = ref(policy, lambda _: self._kept.pop(key, None)), state

    def get(self, policy: Policy) -> State | None:
        """Return the state of this policy object, if any list was scored with it."""
        owner, state = self._kept.get(id(policy), (None, None))
        return state if owner is not None and owner() is policy else None


_STATES = _States()
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
        file = FilePath(path if isinstance(path, str | FilePath) else "")
        if not file.is_file():
            raise PolicyError(
                f"There is no policy file {file.name!r} at that path.",
                todo="Give the path of a TOML file, or Policy.preset(name); Policy.presets() lists the names.",
            )
        text = attempt(
            lambda: file.read_text(encoding="utf-8-sig"),
            lambda name: PolicyError(
                f"{file.name} cannot be read ({name}).", todo="Save it as text in UTF-8; a policy is a TOML file."
            ),
        )
        return cls.from_toml(text, called=file.name, snapshot=snapshot)

    @classmethod
    def from_toml(cls, text: str, *, called: str = "the policy", snapshot: dt.date | str | None = None) -> Self:
        """Read a policy from TOML text; ``called`` names it in messages."""
        if not isinstance(text, str):
            raise PolicyError(f"A {type(text).__name__} is not the text of a policy.", todo="Give TOML as text.")
        why, data = "", {}
        try:
            data = tomllib.loads(text.removeprefix("\ufeff"))  # the mark that Windows puts before UTF-8
        except tomllib.TOMLDecodeError as error:
            why = str(error)
        except RecursionError:
            why = "tables or lists inside each other, deeper than any policy goes"
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
        if not isinstance(data, Mapping):
            raise PolicyError(
                f"A {type(data).__name__} is not a policy.",
                todo="Give a mapping shaped like a policy file, or Policy.load(path), or Policy.preset(name).",
            )
        policy: Self | None = None
        found: list[Fault] = []
        try:
            policy = cls.model_validate({str(key): value for key, value in data.items()})
        except ValidationError as error:
            found = faults_of(error)
        except RecursionError:
            found = [((), "has tables or lists inside each other, deeper than any policy goes")]
        if policy is None and snapshot is not None:
            found += expired_in(data, as_day(snapshot))
        if policy is None:
            raise refused(called, found)
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
        """Return the policy as the text of a file, each part under a comment in words; `from_toml` reads back the same policy."""
        return commented(self)

    def save(self, path: str | FilePath) -> FilePath:
        """Write the policy as a TOML file, whole or not at all, and return its path."""
        write_file(path, lambda new: new.write_text(self.to_toml(), encoding="utf-8"))
        return FilePath(path)

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

    def __repr__(self) -> str:
        """Return the policy in one line; `describe` reads it aloud."""
        return f"<Policy: {self.stamp}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Return the policy for a notebook, read aloud."""
        said = "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in self.describe().split("\n\n"))
        return f"<h4>{escape(self.title)}</h4><p><code>{escape(self.stamp)}</code></p>{said}"

    def describe(self) -> str:
        """Return the policy read aloud, in plain English."""
        return described(self)

    def needs(self, waiting: pd.DataFrame | Iterable[object]) -> pd.DataFrame:
        """Return which columns the policy reads, and which of them a list has: before anything is scored.

        Parameters
        ----------
        waiting : DataFrame, or iterable of str
            A list as `read_list` returns it, or only headers.

        Returns
        -------
        DataFrame
            ``column needed_for must here todo``: those first that the list must have and lacks.

        Examples
        --------
        >>> headers = ["pathway_id", "snapshot_date", "clock_start", "list_type", "cancer_pathway"]
        >>> Policy.preset("england_default").needs(headers)[["column", "must", "here"]].head(2)
                      column   must   here
        0           priority   True  False
        1  decision_to_admit  False  False
        """
        import pandas as pd

        found = needs(self, getattr(waiting, "columns", waiting))
        rows = [each._asdict() | {"needed_for": "; ".join(each.needed_for)} for each in found]
        return pd.DataFrame(rows, columns=list(Need._fields))

    def diff(self, other: Policy) -> list[str]:
        """Return what ``other`` changes, one sentence for each change; empty if they mean and say the same."""
        return differences(self, other)

    # --- another policy -----------------------------------------------------------------------------------------------

    def with_changes(self, **changes: Any) -> Self:
        """Return the policy with some things changed, checked from top to bottom as a file would be.

        Parameters
        ----------
        **changes
            Fields of the file. A table merges key by key; None takes out; factors, tiers and groups are called by their
            names; ``when``, ``only_if``, ``knots``, ``range`` and everything else are put anew as a whole.

        Returns
        -------
        Policy
            The changed policy. If it means something else than was approved it is a draft, without the approval.

        Raises
        ------
        PolicyError
            With every fault of the changed policy at once, or for a part that there is not.

        Examples
        --------
        >>> policy = Policy.preset("paediatric_surgery_illustrative")
        >>> ours = policy.with_changes(
        ...     title="Ours", factors={"idaci": {"points": {"1": 6}}, "interpreter": None}, order={"long_waits_lead_days": 400})
        >>> for line in policy.diff(ours):
        ...     print(line[:66])
        factors[idaci].points.1 was 8 and is now 6.
        factors[interpreter] is left out: Interpreter needed (no points: a
        order.long_waits_lead_days was 365 and is now 400.
        title was "Children's surgery with the life around it in view: an
        The order means something else: fingerprint ...
        """
        data = self.to_dict()
        if found := list(change_faults(data, changes)):
            raise refused(f"The change of {self.name}", found)
        return self._again(changed(data, changes), changes)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return the policy with whole fields put anew, checked like `with_changes`; without any, itself."""
        return self._again({**self.given(), **update}, update) if update else self

    def _again(self, data: Mapping[str, Any], changes: Mapping[str, Any]) -> Self:
        """Read changed fields; an approval stays only with what it approved, unless the change is about it."""
        if self.status != "approved" or {"status", "approval"} & set(changes):
            return self.read(data, called=f"the changed {self.name}")
        draft = self.read(
            {key: value for key, value in data.items() if key != "approval"} | {"status": "draft"},
            called=f"the changed {self.name}",
        )
        return self.read(data) if draft.fingerprint == self.fingerprint else draft

    # --- the state that a list leaves in it ---------------------------------------------------------------------------

    @property
    def last_state(self) -> State | None:
        """The means in force: those of the file, else those of the list that was scored last with this object."""
        return self.state or _STATES.get(self)

    def remember(self, state: State) -> None:
        """Keep the means of the list just scored beside the policy, for records that arrive alone."""
        _STATES.keep(self, state)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the fields and the means in force; all is checked again when it comes back."""
        return _revived, (type(self), self.given(), _STATES.get(self))

    def frozen(self) -> Self:
        """Return the policy with the means in force written into it, so that next week scores as this week did."""
        return self.model_copy(update={"state": self.last_state}) if self.last_state else self

    # --- checks -------------------------------------------------------------------------------------------------------

    def check(self, snapshot: dt.date | str) -> None:
        """Raise PolicyError with everything that stops this policy from scoring a list of that day."""
        if found := [*expired(self, as_day(snapshot)), *_unfilled(self)]:
            raise refused(self.name, found)

    def check_filled(self) -> None:
        """Raise PolicyError if this is a template with numbers still to fill in: before anything is asked of a list."""
        if found := _unfilled(self):
            raise refused(self.name, found)

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


def _revived(kind: type[Policy], fields: Mapping[str, Any], state: State | None) -> Policy:
    policy = kind.read(fields)
    if state is not None:
        policy.remember(state)
    return policy
