"""The parts of a policy that say in what order: tiers, the rule inside a tier, and its guards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Of
from pydantic_core import PydanticCustomError

from equiwait.rows.policies.columns import column_faults, level_faults
from equiwait.rows.policies.conditions import Conditions, columns_of, condition_faults
from equiwait.rows.policies.people import Justification
from equiwait.rows.policies.protected_characteristics import must_be_equity, protection_of, social_of
from equiwait.rows.policies.validation import Days, DaysTable, Fault, Name, Part, Places, Said, Table

__all__ = ["LEAST_COVERAGE", "RANK_WITHIN", "Guards", "Method", "Order", "Protect", "Tier"]

RANK_WITHIN = ("provider", "specialty")
LEAST_COVERAGE = 0.8

Method: TypeAlias = Literal["points", "days_waited", "percent_of_target", "accumulation", "utility", "lottery"]


def _blank_means(value: object) -> object:
    if value not in ("no", None) and not (isinstance(value, dict) and all(each == "no" for each in value.values())):
        raise PydanticCustomError("blank_means", "must be 'no', or a table of columns such as { carer = 'no' }")
    return value


BlankMeans: TypeAlias = Annotated[
    Literal["no"] | Annotated[dict[str, Literal["no"]], AfterValidator(Table)] | None, BeforeValidator(_blank_means)
]


class Tier(Part):
    """People who come before everyone in the tiers after them.

    Parameters
    ----------
    name : str
        What the tier is called.
    when : table or list of tables
        Column to level, levels, or a cut-off such as ``{ at_least = 5 }``; all of a table must hold, and one table of several
        is enough. Left out: everyone else.
    kind : {"clinical", "equity"}
        An equity tier is the line by which something social may cross clinical priority; a tier that reads a protected
        or known social column is one.
    blank_means : {"no"} or table, optional
        Reads a blank as *not in this tier*, in every column of ``when`` or in those of the table; otherwise a blank
        leaves open whether the person belongs here.
    takes_unknown : bool, optional
        For everyone else: whether people who might belong to an earlier tier stand here or are listed apart.
    coverage, coverage_because : number, str
        For an equity tier: the least share of the list that must have its columns recorded, and why less will do.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"name": "x"}

    name: Said
    when: Conditions = ()
    kind: Literal["clinical", "equity"] = "clinical"
    blank_means: BlankMeans = None
    takes_unknown: bool | None = None
    coverage: Annotated[float, Of(ge=0, le=1)] = LEAST_COVERAGE
    coverage_because: str = ""
    justification: Justification | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that decide."""
        return columns_of(self.when)

    @property
    def protection(self) -> str:
        """``"strict"``, ``"reason"`` or nothing: what ordering by this needs on record."""
        kinds = {protection_of(column) for column in self.reads}
        return "strict" if "strict" in kinds else "reason" if "reason" in kinds else ""

    def reads_blank(self, column: str) -> bool:
        """Return whether a blank of the column says that the person is not in this tier."""
        return self.blank_means == "no" or (isinstance(self.blank_means, dict) and column in self.blank_means)

    def faults(self) -> Iterable[Fault]:
        """Yield levels that do not exist and lines that are not said."""
        for column in self.blank_means if isinstance(self.blank_means, dict) else ():
            if column not in self.reads:
                yield ("blank_means", column), "is no column of when"
        yield from condition_faults(self.when, ("when",))
        if self.when and self.takes_unknown is not None:
            yield ("takes_unknown",), "is for a last tier of everyone else, and does nothing beside when"
        if not self.when and self.blank_means is not None:
            yield ("blank_means",), "is left with nothing to read: the tier has no when"
        if not self.when and self.takes_unknown is None:
            yield (
                ("takes_unknown",),
                "must say, where there is no when, whether people who might belong to an earlier tier stand here",
            )
        social = next((f"{column} is {what}" for column in self.reads if (what := social_of(column))), "")
        if social and self.kind != "equity":
            yield ("kind",), f"must be 'equity', the line that lets something social cross clinical priority: {social}"
        if self.kind != "equity" and (self.coverage != LEAST_COVERAGE or self.coverage_because):
            yield ("coverage",), "is for equity tiers, kind = 'equity'; a clinical code that is missing is listed apart"
        elif self.coverage < LEAST_COVERAGE and not self.coverage_because:
            yield ("coverage_because",), "must say why a tier recorded for so few may count"
        if self.protection and self.justification is None:
            yield ("justification",), "is needed: this reads a characteristic protected by law, or a close proxy"


class Order(Part):
    """The rule inside a tier.

    Parameters
    ----------
    then : {"points", "days_waited", "percent_of_target", "accumulation", "utility", "lottery"}
        What puts one person before another of the same tier. Ties: longer wait, then pathway_id as text
        (person_id where a list has none).
    rank_within : list of str
        Columns whose groups are ranked apart: nothing protected or social but age.
    long_waits_lead_days : int, optional
        People who have waited this many days lead their tier, oldest first.
    same_person : {"apart", "together"}
        Whether a person's pathways have each its own place, or stand together where the foremost of them stands.
    without_tiers : str
        Why the policy has no tiers; needed where there are none.
    seed : int, optional
        For a lottery: the recorded seed of the draw.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"then": "points"}

    then: Method
    rank_within: tuple[str, ...] = RANK_WITHIN
    long_waits_lead_days: Days | None = None
    same_person: Literal["apart", "together"] = "apart"
    without_tiers: str = ""
    seed: int | None = None

    @property
    def rank_within_said(self) -> bool:
        """Whether the policy asks for groups of its own, which a list must then have."""
        return self.rank_within != RANK_WITHIN

    def faults(self) -> Iterable[Fault]:
        """Yield a lottery without a seed, a seed without a lottery, and people ranked apart by who they are."""
        for place, column in enumerate(self.rank_within):
            yield from column_faults(column, ("rank_within", place))
            if column in self.rank_within[:place]:
                yield ("rank_within", place), f"{column} is named twice"
            if social := must_be_equity([column]):
                yield ("rank_within", place), f"people are not ranked apart by that: {social}"
        if (self.then == "lottery") != (self.seed is not None):
            yield ("seed",), "is needed where then = 'lottery', so that the draw can be repeated, and only there"


class Protect(Part):
    """Whom equity never moves down, whatever the points.

    Parameters
    ----------
    priorities : list of str
        Priorities that keep the place that clinical need and waiting give them.
    cancer : bool
        Whether people on cancer pathways do.
    near_target : dict
        Priority to days: people this close to their target, or past it.
    because : str
        Why it protects fewer than by default.
    """

    priorities: tuple[str, ...] = ("P1a", "P1b", "P1")
    cancer: bool = True
    near_target: DaysTable = Of(default_factory=lambda: Table({"P2": 7}))
    because: str = ""

    def faults(self) -> Iterable[Fault]:
        """Yield codes that do not exist, and a protection weakened without a reason."""
        yield from level_faults("priority", self.priorities, ("priorities",))
        yield from level_faults("priority", self.near_target, ("near_target",))
        weaker = not {"P1a", "P1b", "P1"} <= set(self.priorities) or not self.cancer
        weaker = weaker or ("P2" not in self.priorities and self.near_target.get("P2", -1) < 7)
        if weaker and not self.because:
            yield ("because",), "must say why fewer people are protected than by default"


class Guards(Part):
    """What equity may not do to anyone.

    Parameters
    ----------
    max_places_moved_down : int, optional
        The most places that anyone may lose to the equity lines, as against the same policy without them.
    max_gain : int, optional
        The most places that anyone may gain by them; gains have no limit of their own unless this is said.
    protect : Protect
        People whom they never move down.
    coverage_by : list of str
        Groups that must each have every factor recorded, as well as the whole list.
    """

    max_places_moved_down: Places | None = None
    max_gain: Places | None = None
    protect: Protect = Protect()
    coverage_by: tuple[Name, ...] = ()

    @property
    def may_hold(self) -> bool:
        """Whether any of them could hold somebody."""
        protect = self.protect
        capped = self.max_places_moved_down is not None or self.max_gain is not None
        return capped or bool(protect.priorities or protect.cancer or protect.near_target)

    def faults(self) -> Iterable[Fault]:
        """Yield groups that score itself makes."""
        for place, column in enumerate(self.coverage_by):
            yield from column_faults(column, ("coverage_by", place))
