"""The parts of a policy that say in what order: tiers, targets, re-tiering, the rule inside a tier, and its guards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic import Field as Of
from pydantic_core import PydanticCustomError

from equiwait.rows.policies.columns import answer_faults, as_levels, level_faults, unlevel_faults
from equiwait.rows.policies.people import Justification
from equiwait.rows.policies.protected_characteristics import lawful_faults, must_be_equity, protection_of, social_of
from equiwait.rows.policies.validation import Days, DaysTable, Fault, Name, Part, Places, Said, Table

__all__ = ["Guards", "Method", "Order", "Protect", "Retier", "Targets", "Tier"]

Method: TypeAlias = Literal["points", "days_waited", "percent_of_target", "accumulation", "utility", "lottery"]


def _conditions(value: object) -> object:
    """One table or a list of them; each value one level or several."""
    several = value if isinstance(value, list | tuple) else [value]
    return tuple(
        {column: as_levels(levels) for column, levels in each.items()} if isinstance(each, Mapping) else each
        for each in several
    )


def _several(value: object) -> object:
    return as_levels(value) if isinstance(value, str | list | tuple) else value


_LEVEL = {"type": ["string", "boolean", "integer"]}
_LEVELS = {"anyOf": [_LEVEL, {"type": "array", "items": _LEVEL}]}
_TABLE = {"type": "object", "additionalProperties": _LEVELS}

Conditions: TypeAlias = Annotated[
    tuple[Annotated[dict[str, tuple[str, ...]], AfterValidator(Table)], ...],
    BeforeValidator(_conditions),
    WithJsonSchema({"anyOf": [_TABLE, {"type": "array", "items": _TABLE}]}),
]


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
        Column to level, or levels; all of a table must hold, and one table of several is enough. Left out: everyone else.
    kind : {"clinical", "equity"}
        An equity tier is the line by which something social may cross clinical priority; a tier that reads a protected
        or known social column is one.
    blank_means : {"no"} or table, optional
        Reads a blank as *not in this tier*, in every column of ``when`` or in those of the table; otherwise a blank
        leaves open whether the person belongs here.
    takes_unknown : bool, optional
        For everyone else: whether people who might belong to an earlier tier stand here or are listed apart.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"name": "x"}

    name: Said
    when: Conditions = ()
    kind: Literal["clinical", "equity"] = "clinical"
    blank_means: BlankMeans = None
    takes_unknown: bool | None = None
    justification: Justification | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that decide."""
        return tuple(dict.fromkeys(column for each in self.when for column in each))

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
        for each in self.when:
            for column, levels in each.items():
                yield from answer_faults(column, ("when", column))
                yield from unlevel_faults(column, ("when", column))
                if not levels:
                    yield ("when", column), "names no level, so nobody could be in this tier"
                yield from level_faults(column, levels, ("when", column))
        if not self.when and self.takes_unknown is None:
            yield (
                ("takes_unknown",),
                "must say, where there is no when, whether people who might belong to an earlier tier stand here",
            )
        social = next((f"{column} is {what}" for column in self.reads if (what := social_of(column))), "")
        if social and self.kind != "equity":
            yield ("kind",), f"must be 'equity', the line that lets something social cross clinical priority: {social}"
        if self.protection and self.justification is None:
            yield ("justification",), "is needed: this reads a characteristic protected by law, or a close proxy"


class Order(Part):
    """The rule inside a tier.

    Parameters
    ----------
    then : {"points", "days_waited", "percent_of_target", "accumulation", "utility", "lottery"}
        What puts one person before another of the same tier. Ties: longer wait, then pathway_id as text.
    rank_within : list of str
        Columns whose groups are ranked apart: nothing protected or social but age.
    long_waits_lead_days : int, optional
        People who have waited this many days lead their tier, oldest first.
    without_tiers : str
        Why the policy has no tiers; needed where there are none.
    seed : int, optional
        For a lottery: the recorded seed of the draw.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"then": "points"}

    then: Method
    rank_within: tuple[str, ...] = ("provider", "specialty")
    long_waits_lead_days: Days | None = None
    without_tiers: str = ""
    seed: int | None = None

    def faults(self) -> Iterable[Fault]:
        """Yield a lottery without a seed, a seed without a lottery, and people ranked apart by who they are."""
        for place, column in enumerate(self.rank_within):
            yield from answer_faults(column, ("rank_within", place))
            if social := must_be_equity([column]):
                yield ("rank_within", place), f"people are not ranked apart by that: {social}"
        if (self.then == "lottery") != (self.seed is not None):
            yield ("seed",), "is needed where then = 'lottery', so that the draw can be repeated, and only there"


class Targets(Part):
    """How long each priority may wait, in days.

    Parameters
    ----------
    column : str
        The column of priorities: a clinical one.
    days : dict
        Days from ``priority_date``, else ``decision_to_admit``.
    from_clock_start : dict
        Days from the clock start, for priorities that have no target of their own.
    """

    column: Said = "priority"
    days: DaysTable = Of(default_factory=Table)
    from_clock_start: DaysTable = Of(default_factory=Table)
    source: Said

    stand_ins: ClassVar[Mapping[str, Any]] = {"source": "..."}

    def faults(self) -> Iterable[Fault]:
        """Yield priorities that do not exist or are given twice, and a column that is no clinical one."""
        yield from answer_faults(self.column, ("column",))
        yield from unlevel_faults(self.column, ("column",))
        yield from lawful_faults(self.column, ("column",), "how long somebody may wait is not set by that")
        for field in ("days", "from_clock_start"):
            given: dict[str, int] = getattr(self, field)
            yield from level_faults(self.column, given, (field,))
            yield from (((field, code), "must be at least 1 day") for code, days in given.items() if days < 1)
        both = sorted(set(self.days) & set(self.from_clock_start))
        yield from ((("from_clock_start", code), "has a target in days too") for code in both)


Outcome: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_several), WithJsonSchema(_LEVELS)]


class Retier(Part):
    """A matrix that changes a priority in the light of something else, such as clinical harm.

    Parameters
    ----------
    column : str
        The column of the something else: a clinical one, every level of which is named.
    outcomes : dict
        Priority to level to the new priority. Several new ones ask a clinician, and the person is listed apart.
    missing : {"as_it_is", "unscored"}
        What an unrecorded level does.
    source : str
        Where the matrix comes from.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"column": "harm", "missing": "as_it_is", "source": "..."}

    column: Said
    outcomes: Annotated[dict[str, Annotated[dict[str, Outcome], AfterValidator(Table)]], AfterValidator(Table)]
    missing: Literal["as_it_is", "unscored"]
    source: Said

    def faults(self) -> Iterable[Fault]:
        """Yield priorities and levels that do not exist, empty outcomes, cycles, and a column that is no clinical one."""
        yield from answer_faults(self.column, ("column",))
        yield from unlevel_faults(self.column, ("column",))
        yield from lawful_faults(
            self.column, ("column",), "a matrix changes clinical priority; give a tier with kind = 'equity' instead"
        )
        for code, by_level in self.outcomes.items():
            yield from level_faults("priority", [code], ("outcomes",))
            yield from level_faults(self.column, by_level, ("outcomes", code))
            for level, new in by_level.items():
                path = ("outcomes", code, level)
                yield from ((path, message) for _, message in level_faults("priority", new))
                if not new:
                    yield path, "has no outcome"
        if cycle := self._cycle():
            yield ("outcomes",), f"goes round in a circle: {' to '.join(cycle)}"

    def _cycle(self) -> list[str]:
        """A priority that could lead back to itself would depend on how often the matrix is applied."""
        leads = {
            code: {new for several in by_level.values() for new in several if new != code}
            for code, by_level in self.outcomes.items()
        }

        def walk(code: str, path: list[str]) -> list[str]:
            if code in path:
                return [*path[path.index(code) :], code]
            return next((found for new in sorted(leads.get(code, ())) if (found := walk(new, [*path, code]))), [])

        return next((found for code in sorted(leads) if (found := walk(code, []))), [])


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

    def faults(self) -> Iterable[Fault]:
        """Yield groups that score itself makes."""
        for place, column in enumerate(self.coverage_by):
            yield from answer_faults(column, ("coverage_by", place))
