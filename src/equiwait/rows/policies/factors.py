"""A factor: what it reads, how many points that gives, and what happens when it is not recorded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator
from pydantic import Field as Of

from equiwait.fields import birthday, field_of
from equiwait.rows.policies.columns import (
    column_faults,
    counts_days,
    level_faults,
    levels_of,
    missing_codes,
    unlevel_faults,
    wait_date,
)
from equiwait.rows.policies.conditions import Conditions, columns_of, condition_faults
from equiwait.rows.policies.factor_parts import PerUnit, Special, Times
from equiwait.rows.policies.people import Justification
from equiwait.rows.policies.protected_characteristics import is_sensitive, must_be_equity, protection_of
from equiwait.rows.policies.validation import (
    UNFILLED,
    Fault,
    Name,
    Number,
    NumberTable,
    Part,
    Said,
    Table,
    TextTable,
    number,
)

__all__ = ["Factor", "Missing"]

_LONGEST = 36_525  # days: longer than any life's wait


def _missing(value: object) -> object:
    if value in ("unscored", "zero", "list_mean"):
        return value
    if isinstance(value, str) and value != UNFILLED:
        raise ValueError("must be 'unscored', 'zero', 'list_mean' or a number of points")
    return number(value)


def _if_any(value: object) -> object:
    return value if value == "" else number(value)


Missing = Annotated[Literal["unscored", "zero", "list_mean"] | Number, BeforeValidator(_missing)]
IfAny = Annotated[Number | Literal[""], BeforeValidator(_if_any)]
"""A number that need not be there; an empty text stands for none."""


class Factor(Part):
    """One line of a score sheet.

    Exactly one of ``column``, ``any_of``, ``days_until`` and ``percent_of_target`` says what is read; exactly one of
    ``points``, ``knots`` and ``per`` says what it gives.

    Parameters
    ----------
    name : str
        Name in the columns of the answer: ``points_<name>``.
    kind : {"clinical", "time", "equity"}
        Equity factors never cross a tier, and are what the guards hold back. What reads a protected characteristic, or a
        known social circumstance, is one; age alone may be a clinical reason.
    source : str
        Where the numbers come from.
    missing : {"unscored", "zero", "list_mean"} or number
        What an unrecorded value gives: the row is listed apart, nothing, the list's mean, or so many points.
    label, plain : str
        The factor in a clinician's words and in a family's.
    column : str
        A column of levels or of numbers.
    any_of : list of str
        Flags of which one is enough.
    days_until : str
        A date column: days from the snapshot until then.
    percent_of_target : bool
        Days since listing as a percentage of the target of the person's priority.
    points : dict
        Points by level.
    knots : list of pairs
        ``[value, points]``, straight lines between, flat outside.
    per : dict
        ``{points, every}``: points for every so many units, without an upper end.
    otherwise : number
        Points for recorded levels that ``points`` leaves out.
    blank : number
        Points of a blank where a blank is itself an answer (a date that is set only when there is something to date).
    specials : list
        Values of other columns that settle the factor.
    lookup : dict
        The level that each recorded value stands for (a diagnosis, a procedure), before ``points``; ``W37*`` stands for every
        code that begins so. A recorded value that it does not name gives ``otherwise``.
    times : list of Times
        Multipliers by the values of other columns; all of them multiply.
    only_if : table or list of tables
        Counts only where this holds, as in a tier; where it does not the factor gives 0.
    range : pair
        The lowest and highest points an unrecorded value could turn out to give, no narrower than what recorded ones
        give; needed with ``per``, where it also says what cannot be (`limits`).
    coverage, coverage_because : number, str
        The least share of the list that must have it recorded (0.8 unless said), and why less will do.
    sensitive : bool
        Never named to a clerk or a family.
    justification : Justification
        Needed for protected characteristics and close proxies.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"name": "x", "kind": "clinical", "source": "...", "missing": "zero"}

    name: Name
    kind: Literal["clinical", "time", "equity"]
    source: Said
    missing: Missing
    label: str = ""
    plain: str = ""
    column: str = ""
    any_of: tuple[str, ...] = ()
    days_until: str = ""
    percent_of_target: bool = False
    points: NumberTable = Of(default_factory=Table)
    knots: tuple[tuple[Number, Number], ...] = ()
    per: PerUnit | None = None
    otherwise: IfAny = ""
    blank: IfAny = ""
    specials: tuple[Special, ...] = ()
    lookup: TextTable = Of(default_factory=Table)
    times: tuple[Times, ...] = ()
    only_if: Conditions = ()
    range: tuple[Number, Number] | None = None
    coverage: Annotated[float, Of(ge=0, le=1)] = 0.8
    coverage_because: str = ""
    sensitive: bool = False
    justification: Justification | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that it reads, its own first."""
        own = [self.column, *self.any_of, self.days_until]
        beside = [special.column for special in self.specials] + [each.by for each in self.times]
        return tuple(dict.fromkeys(filter(None, [*own, *beside, *columns_of(self.only_if)])))

    @property
    def says(self) -> str:
        """The factor in a clinician's words."""
        return self.label or self.name.replace("_", " ").capitalize()

    @property
    def said_plainly(self) -> str:
        """The factor in a family's words."""
        return self.plain or self.says[:1].lower() + self.says[1:]

    def numbers(self) -> Iterable[tuple[tuple[str | int, ...], float | None]]:
        """Yield every number that gives points, with where it stands."""
        yield from ((("points", level), value) for level, value in self.points.items())
        for place, (at, value) in enumerate(self.knots):
            yield ("knots", place, 0), at
            yield ("knots", place, 1), value
        if self.per:
            yield ("per", "points"), self.per.points
        yield from ((("specials", place, "points"), each.points) for place, each in enumerate(self.specials))
        for place, each in enumerate(self.times):
            yield from ((("times", place, "levels", level), value) for level, value in each.levels.items())
        yield from (
            ((name,), value)
            for name in ("otherwise", "blank", "missing")
            if not isinstance(value := getattr(self, name), str)
        )
        yield from ((("range", place), value) for place, value in enumerate(self.range or ()))

    def possible(self) -> tuple[float, float]:
        """Return the fewest and most points that an unrecorded value could turn out to give."""
        if self.range is None:
            return self._own_range()
        low, high = (float(end or 0) for end in self.range)
        return (min(low, 0.0), max(high, 0.0)) if self.only_if else (low, high)

    def before_times(self) -> tuple[float, float]:
        """Return the fewest and most points of an unrecorded value before any multiplier; a range of its own is after all."""
        return self._plain_range() if self.range is None else self.possible()

    def _plain_range(self) -> tuple[float, float]:
        given = [*self.points.values(), *(value for _, value in self.knots)]
        given += [value for value in (self.otherwise, self.blank) if not isinstance(value, str)]
        ends = [value or 0.0 for value in given] or [0.0]
        return min(ends), max(ends)

    def _own_range(self) -> tuple[float, float]:
        """The fewest and most points that its levels or knots give."""
        spread = [end * by for end in self._plain_range() for by in (self._least_weight, self._most_weight)]
        spread += [0.0] if self.only_if else []
        return min(spread), max(spread)

    @property
    def limits(self) -> tuple[float, float] | None:
        """The points that a recorded value may give, before `specials`: one that gives others counts as not recorded.

        Only ``per`` has no ends of its own. A long wait is never cut off: for what counts time there is no upper limit.
        """
        if self.per is None or self.range is None:
            return None
        low, high = self.possible()
        return low, math.inf if self._longer else high

    @property
    def reach(self) -> tuple[float, float]:
        """The fewest and most points that any recorded value gives, `specials` included and a long wait without end."""
        low, high = self.possible()
        special = [each.points or 0.0 for each in self.specials]
        high = math.inf if self.limits and math.isinf(self.limits[1]) else high
        return min([low, *special]), max([high, *special])

    @property
    def can_be_negative(self) -> bool:
        """Whether any value of it, recorded or not, can give fewer points than none."""
        given = [value for path, value in self.numbers() if path[0] != "times" and path[-1] != 0 and value is not None]
        return min([self.possible()[0], *given]) < 0

    @property
    def most(self) -> float:
        """The most points, with either sign, for which a score must have room: a lifetime's wait included."""
        weight = self._most_weight
        held = [value for path, value in self.numbers() if path[0] in ("range", "specials", "missing")]
        if self.per and self._longer:
            units = _LONGEST * (100 if self.percent_of_target else 1) / self.per.every
            held.append((self.per.points or 0.0) * units * weight)
        return max([*(abs(value or 0.0) for value in held), *map(abs, self._own_range())])

    @property
    def _most_weight(self) -> float:
        return math.prod(max([1.0, *(by or 0.0 for by in each.levels.values())]) for each in self.times)

    @property
    def _least_weight(self) -> float:
        return math.prod(min([1.0, *(by or 0.0 for by in each.levels.values())]) for each in self.times)

    @property
    def _longer(self) -> int:
        """1 where a larger number is a longer wait, -1 where a smaller one is, 0 where it is no wait."""
        if self.percent_of_target or counts_days(self.column):
            return 1
        if self.days_until:
            return -1 if self.kind == "time" or wait_date(self.days_until) else 0
        return 1 if self.kind == "time" else 0

    @property
    def inert(self) -> bool:
        """Whether it gives everyone the same number of points, whatever is recorded: then it changes no place."""
        low, high = self.reach
        stays = self.missing == "list_mean" or (0.0 if self.missing == "zero" else self.missing) == low
        return self.per is None and low == high and stays

    @property
    def matters(self) -> bool:
        """Whether any value of it can give points; a support flag at 0 gives none."""
        special = any(each.points != 0 for each in self.specials)
        return special or self.per is not None or self.possible() != (0.0, 0.0) or self.missing not in ("zero", 0.0)

    def faults(self) -> Iterable[Fault]:
        """Yield everything that does not fit together."""
        yield from self._shape_faults()
        yield from self._level_faults()
        yield from self._knot_faults()
        yield from self._people_faults()

    def _shape_faults(self) -> Iterable[Fault]:
        sources = [bool(self.column), bool(self.any_of), bool(self.days_until), self.percent_of_target]
        if sum(sources) != 1:
            yield (), "must say what it reads by exactly one of column, any_of, days_until, percent_of_target"
        if sum([bool(self.points), bool(self.knots), bool(self.per)]) != 1:
            yield (), "must say what it gives by exactly one of points, knots, per"
        if (self.days_until or self.percent_of_target) and self.points:
            yield ("points",), "are for levels; days and percentages take knots or per"
        if counts_days(self.column) and self.points:
            yield ("points",), "are for levels; days waited take knots or per, so that more days never count for less"
        if self.otherwise != "" and not self.points:
            yield ("otherwise",), "is only for points by level"
        if self.any_of and self.points and (set(self.points) != {"true", "false"} or self.otherwise != ""):
            yield (
                ("points",),
                "of any_of are { true = ..., false = ... }, both and nothing else: one flag that is up is enough",
            )
        if self.lookup and not (self.column and self.points):
            yield ("lookup",), "is only for points by the levels of a column"
        if self.per and not self.range:
            yield ("range",), "is needed with per: the lowest and highest points an unrecorded value could give"
        if self.range and None not in self.range and self.range[0] > self.range[1]:  # type: ignore[operator]
            yield ("range",), "must be [lowest, highest]"
        if self.range and not self.per and None not in (value for _, value in self.numbers()):
            low, high = self._own_range()
            if self.possible()[0] > low or self.possible()[1] < high:
                yield (
                    (),
                    f"has a range narrower than what its points or knots, otherwise and blank give: {low:g} to {high:g}",
                )
        if self.blank != "" and not self.days_until:
            yield ("blank",), "is only for days_until; for flags say blank_means= when the list is read"
        if (by := [each.by for each in self.times]) and len(set(by)) < len(by):
            yield ("times",), "multiplies by one column twice"
        if self.coverage < 0.8 and not self.coverage_because:
            yield ("coverage_because",), "must say why a factor recorded for so few may count"

    def _level_faults(self) -> Iterable[Fault]:
        yield from self._condition_faults()
        for field in ("column", "days_until"):
            yield from column_faults(getattr(self, field), (field,))
        for place, each in enumerate(self.any_of):
            yield from column_faults(each, ("any_of", place))
            yield from unlevel_faults(each, ("any_of", place))
        if self.column and not counts_days(self.column):
            yield from unlevel_faults(self.column, ("column",))
        column = self.any_of[0] if self.any_of else self.column
        if self.lookup:
            unknown = sorted(set(self.lookup.values()) - set(self.points))
            yield from ((("lookup",), f"leads to {level!r}, which points does not name") for level in unknown)
            yield from level_faults(column, self.lookup, ("lookup",))
            return
        yield from level_faults(column, self.points, ("points",))
        if self.points and self.otherwise == "":
            for level in levels_of(column):
                if level not in self.points and level not in missing_codes(column):
                    yield ("points", level), f"is left out; {column} has it (or give otherwise = ...)"

    def _knot_faults(self) -> Iterable[Fault]:
        longer = self._longer
        for place, ((at, gives), (then, later)) in enumerate(pairwise(self.knots), start=1):
            if at is not None and then is not None and then <= at:
                yield ("knots", place), "overlaps the knot before it: values must rise"
            if gives is not None and later is not None and (later - gives) * longer < 0:
                yield ("knots", place), "gives fewer points for a longer wait"
        if self.per and (self.per.points or 0) * longer < 0:
            yield ("per", "points"), "gives fewer points for a longer wait"

    def _condition_faults(self) -> Iterable[Fault]:
        """Points that count from some day of waiting on must not take anything away."""
        yield from condition_faults(self.only_if, ("only_if",))
        for column in columns_of(self.only_if):
            if counts_days(column) and self.can_be_negative:
                yield (
                    ("only_if", column),
                    f"{column} counts days, and points below 0 from some day on could put a person back for waiting",
                )

    def _people_faults(self) -> Iterable[Fault]:
        if any(is_sensitive(column) for column in self.reads) and not self.sensitive:
            yield ("sensitive",), "must be true: naming this factor to a clerk or a family would tell tales"
        if self.kind != "equity" and self.matters and (social := must_be_equity(self.reads)):
            yield ("kind",), f"must be 'equity', so that the guards hold it back: {social}"
        if self.protection and self.matters and self.justification is None:
            until = "expires" if self.protection == "strict" else "review"
            yield (
                ("justification",),
                f"is needed: this reads a characteristic protected by law, or a close proxy; give reason, owner and "
                f"{until} (this is not legal advice)",
            )

    @property
    def protection(self) -> str:
        """``"strict"``, ``"reason"`` or nothing: what scoring this needs on record."""
        kinds = {protection_of(column) for column in self.reads}
        if "reason" in kinds and "strict" not in kinds and self._scores_adult_age():
            return "strict"
        return "strict" if "strict" in kinds else "reason" if "reason" in kinds else ""

    def _scores_adult_age(self) -> bool:
        """Age under 18 needs a short reason; points that differ among adults need the full one."""
        column = field_of(self.column) or self.column
        if column == "age":
            adult = [value for at, value in self.knots if at is None or at >= 18]
            return (
                bool(self.per)
                or len(set(adult)) > 1
                or any(level.isdigit() and int(level) >= 18 for level in self.points)
            )
        if column == "age_band":
            return any(
                points for level, points in self.points.items() if not level.startswith(("0-", "1-", "5-", "11-"))
            )
        return birthday(column) or birthday(self.days_until)
