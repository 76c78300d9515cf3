"""The parts of a policy that set times and priorities: targets, a matrix that changes priority, and the flag for harm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic import Field as Of

from equiwait.rows.policies.columns import as_levels, column_faults, counts_days, level_faults, unlevel_faults
from equiwait.rows.policies.conditions import LEVELS_SCHEMA, Conditions, columns_of, condition_faults
from equiwait.rows.policies.protected_characteristics import lawful_faults
from equiwait.rows.policies.validation import Days, DaysTable, Fault, Part, Path, Said, Table

__all__ = ["Case", "HarmReview", "Retier", "Targets"]

_NOT_BY_THAT = "how long somebody may wait is not set by that"


def _several(value: object) -> object:
    return as_levels(value) if isinstance(value, str | list | tuple) else value


class Case(Part):
    """Targets of their own for some people, such as those of a specialty or of a procedure.

    Parameters
    ----------
    when : table or list of tables
        Whom it is about, as in a tier.
    days, from_clock_start : dict
        As in `Targets`; a code that is not named here keeps the target of everyone.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"when": {"x": "x"}, "days": {"x": 1}}

    when: Conditions
    days: DaysTable = Of(default_factory=Table)
    from_clock_start: DaysTable = Of(default_factory=Table)

    def faults(self) -> Iterable[Fault]:
        """Yield a case for nobody or of nothing, and one that sets a target by something social."""
        yield from condition_faults(self.when, ("when",))
        if not self.when:
            yield ("when",), "is left out, so the case is about everyone; write its days in [targets]"
        if not self.days and not self.from_clock_start:
            yield ("days",), "and from_clock_start are both left out, so the case sets no target"
        for column in columns_of(self.when):
            yield from lawful_faults(column, ("when", column), _NOT_BY_THAT)
            if counts_days(column):
                yield ("when", column), f"{column} counts days, and {_NOT_BY_THAT}"


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
    cases : list of Case
        Targets of their own; the first case that holds and names the priority decides, else the days of everyone.
    """

    column: Said = "priority"
    days: DaysTable = Of(default_factory=Table)
    from_clock_start: DaysTable = Of(default_factory=Table)
    cases: tuple[Case, ...] = ()
    source: Said

    stand_ins: ClassVar[Mapping[str, Any]] = {"source": "..."}

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that decide: the priority, then those of the cases."""
        return tuple(dict.fromkeys([self.column, *(column for case in self.cases for column in columns_of(case.when))]))

    def faults(self) -> Iterable[Fault]:
        """Yield priorities that do not exist or are given twice, and a column that is no clinical one."""
        yield from column_faults(self.column, ("column",))
        yield from unlevel_faults(self.column, ("column",))
        yield from lawful_faults(self.column, ("column",), _NOT_BY_THAT)
        yield from self._day_faults(self, ())
        for place, case in enumerate(self.cases):
            yield from self._day_faults(case, ("cases", place))

    def _day_faults(self, given: Targets | Case, path: Path) -> Iterable[Fault]:
        for field in ("days", "from_clock_start"):
            days: dict[str, int] = getattr(given, field)
            yield from level_faults(self.column, days, (*path, field))
            yield from (((*path, field, code), "must be at least 1 day") for code, each in days.items() if each < 1)
        both = sorted(set(given.days) & set(given.from_clock_start))
        yield from (((*path, "from_clock_start", code), "has a target in days too") for code in both)


Outcome: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_several), WithJsonSchema(LEVELS_SCHEMA)]


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
        yield from column_faults(self.column, ("column",))
        yield from unlevel_faults(self.column, ("column",))
        yield from lawful_faults(
            self.column, ("column",), "a matrix changes clinical priority; give a tier with kind = 'equity' instead"
        )
        for code, by_level in self.outcomes.items():
            yield from level_faults("priority", [code], ("outcomes",))
            yield from level_faults(self.column, by_level, ("outcomes", code), prefixes=False)
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


class HarmReview(Part):
    """Whose wait is to be reviewed for harm: it flags people and changes no order.

    Parameters
    ----------
    source : str
        Where the rule comes from.
    past_target_days : int, optional
        People who are so many days past their target, or more: 0 is on the day after it.
    waited_days : int, optional
        People who have waited so long, or longer.
    priorities : list of str
        Only people of these priorities; left out, of all.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"source": "...", "waited_days": 1}

    source: Said
    past_target_days: Days | None = None
    waited_days: Days | None = None
    priorities: tuple[str, ...] = ()

    def faults(self) -> Iterable[Fault]:
        """Yield a rule that flags nobody, and codes that do not exist."""
        if self.past_target_days is None and self.waited_days is None:
            yield (), "must say from when: past_target_days, waited_days or both"
        yield from level_faults("priority", self.priorities, ("priorities",))
