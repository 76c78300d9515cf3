"""The parts of a policy that say who: whom it orders, who owns it, who approved it, who was asked, why it may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field as Of

from equiwait.rows.policies.columns import column_faults, level_faults, unlevel_faults
from equiwait.rows.policies.protected_characteristics import lawful_faults
from equiwait.rows.policies.validation import Fault, Number, NumberTable, Part, Said, Table

__all__ = ["Approval", "Consulted", "Eligibility", "Justification", "State"]


class Justification(Part):
    """Why a protected characteristic, or something close to one, may be scored: not legal advice, a record.

    Parameters
    ----------
    reason : str
        The need that it meets, with the evidence, and why nothing less would do.
    owner : str
        Who answers for it.
    expires : date, optional
        After this day it no longer holds. Needed for race, religion, sex and the like.
    review : date, optional
        When it is looked at again. Needed for disability and for age under 18.
    """

    reason: Said
    owner: Said
    expires: dt.date | None = None
    review: dt.date | None = None

    @property
    def ends(self) -> dt.date | None:
        """The last day on which it holds."""
        return min((day for day in (self.expires, self.review) if day), default=None)


class Consulted(Part):
    """People who were asked about the policy."""

    who: Said
    when: Said
    what_changed: str = ""


class Approval(Part):
    """Who approved which version of a policy, and until when."""

    stand_ins: ClassVar[Mapping[str, Any]] = {
        "owner": "...",
        "approver": "...",
        "date": dt.date.min,
        "review": dt.date.max,
        "impact_assessment": "...",
        "fingerprint": "0" * 12,
    }

    owner: Said
    approver: Said
    date: dt.date
    review: dt.date
    impact_assessment: Said
    fingerprint: Annotated[str, Of(pattern=r"^[0-9a-f]{12}$")]

    def faults(self) -> Iterable[Fault]:
        """Yield a review that comes before the approval."""
        if self.review <= self.date:
            yield ("review",), "comes on or before approval.date, so the approval has expired before it began"


class Eligibility(Part):
    """Who is accepted, apart from the order of those who are: nobody is ever removed by it.

    Parameters
    ----------
    column : str
        The number that decides.
    at_least : number
        Accepted at this value and above.
    by, levels : str, dict
        A column, such as the specialty, and the number from which people of its levels are accepted instead.
    missing : {"unscored", "eligible"}
        What becomes of a person without the number.
    source : str
        Where the rule comes from.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"column": "x", "at_least": 0, "missing": "unscored", "source": "..."}

    column: Said
    at_least: Number
    by: str = ""
    levels: NumberTable = Of(default_factory=Table)
    missing: Literal["unscored", "eligible"]
    source: Said

    def faults(self) -> Iterable[Fault]:
        """Yield a column by which nobody may be kept out."""
        yield from column_faults(self.column, ("column",))
        yield from lawful_faults(self.column, ("column",), "nobody is accepted or refused by that")
        if bool(self.by) != bool(self.levels):
            yield ("levels",), "and by go together"
        if self.by:
            yield from column_faults(self.by, ("by",))
            yield from unlevel_faults(self.by, ("by",))
            yield from level_faults(self.by, self.levels, ("levels",))
            yield from lawful_faults(self.by, ("by",), "nobody is accepted or refused by that")


class State(Part):
    """What a policy took from a list and holds fixed: the mean points of the factors that ask for them.

    Parameters
    ----------
    snapshot : date
        The list's day.
    means : dict
        Mean points over that list, by factor.
    """

    snapshot: dt.date
    means: NumberTable
