"""What a chart of rows is told: a table, and what its columns are called; said once for matplotlib, for a page and for words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, wraps
from typing import Any, ClassVar, TypeAlias, TypeVar, get_type_hints

import numpy as np
import pandas as pd

from equiwait.charts.marks import AXIS, HIDDEN, UNKNOWN, heights_of, is_missing, is_true, need, ordered, why_empty
from equiwait.errors import choose
from equiwait.units import Unit

__all__ = ["Bars", "Gaps", "Groups", "Intervals", "Movers", "Pairs", "RowOf", "Shown", "taking"]

Told = TypeVar("Told")
RowOf: TypeAlias = Mapping[str, Any]
"""A row of a table: of each column that a shape names what stands there."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A table of groups, its rows in reading order, and what stands for a figure that is not there."""

    table: pd.DataFrame
    group: str = "group"
    n: str = "n"
    suppressed: str = "suppressed"
    note: str = "note"
    hidden: str = HIDDEN

    must: ClassVar[Sequence[str]] = ()
    """Fields that name columns which the table must have."""

    def __post_init__(self) -> None:
        """Refuse a table that lacks what is drawn."""
        need(self.table, [getattr(self, name) for name in ("group", *self.must)])

    @property
    def silences(self) -> Collection[str]:
        """The groups that are no groups: set apart below the others."""
        return ()

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows as they are drawn, silences last."""
        return ordered(self.table, self.group, self.silences)

    @cached_property
    def each(self) -> list[RowOf]:
        """The same rows one by one."""
        return self.one_by_one(self.rows)

    def one_by_one(self, rows: pd.DataFrame) -> list[RowOf]:
        """Some rows one by one: a chart looks at each several times, and at few of its columns."""
        said = (getattr(self, each.name) for each in fields(self) if each.name != "table")
        names = [name for name in dict.fromkeys(each for each in said if isinstance(each, str)) if name in rows]
        return [
            dict(zip(names, cells, strict=True)) for cells in zip(*(rows[name].tolist() for name in names), strict=True)
        ]

    @property
    def heights(self) -> list[float]:
        """Where the rows stand in a picture."""
        return heights_of(self.rows, self.group, self.silences)

    def name(self, row: RowOf) -> str:
        """What a row's group is called."""
        return str(row[self.group])

    def is_silent(self, row: RowOf) -> bool:
        """Whether a row is of a silence."""
        return self.name(row) in self.silences

    def is_suppressed(self, row: RowOf) -> bool:
        """Whether a rule hides something of a row."""
        return is_true(row.get(self.suppressed))

    def why_empty(self, row: RowOf) -> str:
        """Why a row has no figure, in words."""
        return why_empty(row, self.suppressed, self.note, self.hidden)


@dataclass(frozen=True, kw_only=True)
class Groups(Shown):
    """Groups with figures of one unit, silences set apart."""

    unit: Unit = "percent"
    label: str = ""
    unknown: Collection[str] = UNKNOWN

    @property
    def silences(self) -> Collection[str]:
        """The groups that are no groups."""
        return self.unknown

    @property
    def axis(self) -> str:
        """Words for the axis."""
        return self.label or AXIS[choose("unit", self.unit, list(AXIS))]

    def said(
        self,
        row: RowOf,
        columns: Sequence[str],
        written: Callable[[float, Unit], str],
        bare: Callable[[str], str] = str,
    ) -> str:
        """Return what stands beside a row: its figure and its ends, written so and the ends without their unit, or why there is none."""
        value, *ends = (row.get(name) for name in columns)
        if is_missing(value):
            return self.why_empty(row)
        shown = [bare(written(float(str(end)), self.unit)) for end in ends if not is_missing(end)]
        return written(float(str(value)), self.unit) + (f" ({' to '.join(shown)})" if len(shown) == 2 else "")


@dataclass(frozen=True, kw_only=True)
class Bars(Groups):
    """A figure for each group."""

    value: str = "value"
    must: ClassVar[Sequence[str]] = ("value",)


@dataclass(frozen=True, kw_only=True)
class Intervals(Bars):
    """A figure for each group with its interval, and a line to read it against: a group's, or a number."""

    lower: str = "lower"
    upper: str = "upper"
    reference: str | float | None = None
    reference_label: str = ""

    @property
    def figures(self) -> tuple[str, str, str]:
        """The columns of the figure and its ends."""
        return self.value, self.lower, self.upper

    @property
    def line(self) -> float | None:
        """Where the line stands, if there is one."""
        if not isinstance(self.reference, str):
            return self.reference
        found = self.rows.loc[self.rows[self.group].astype(str) == self.reference, self.value].dropna()
        return float(found.iloc[0]) if len(found) else None

    @property
    def line_name(self) -> str:
        """What the line is."""
        return self.reference_label or (self.reference if isinstance(self.reference, str) else "")


@dataclass(frozen=True, kw_only=True)
class Gaps(Groups):
    """A gap for each group with its interval and whom it is against, and the group's own level."""

    level: str = "value"
    value: str = "difference"
    lower: str = "difference_lower"
    upper: str = "difference_upper"
    reference: str = "reference"
    unit: Unit = "points"
    level_unit: Unit = "percent"
    label: str = "Level"
    must: ClassVar[Sequence[str]] = ("value",)

    @property
    def figures(self) -> tuple[str, str, str]:
        """The columns of the gap and its ends."""
        return self.value, self.lower, self.upper

    def is_reference(self, row: RowOf) -> bool:
        """Whether a row is of the group that it is compared with."""
        return self.name(row) == str(row.get(self.reference))


@dataclass(frozen=True, kw_only=True)
class Pairs(Groups):
    """Two figures for each group."""

    first: str = "first"
    second: str = "second"
    first_label: str = "first"
    second_label: str = "second"
    words: tuple[str, str] | None = None
    must: ClassVar[Sequence[str]] = ("first", "second")

    def ends(self, row: RowOf) -> list[float]:
        """Both figures of a row."""
        return _numbers(row, (self.first, self.second))


@dataclass(frozen=True, kw_only=True)
class Movers(Shown):
    """For each group the share who move up and the share who move down."""

    up: str = "share_up"
    down: str = "share_down"
    n: str = "people"
    must: ClassVar[Sequence[str]] = ("up", "down")

    def ends(self, row: RowOf) -> list[float]:
        """Both shares of a row."""
        return _numbers(row, (self.up, self.down))


def _numbers(row: RowOf, names: Sequence[str]) -> list[float]:
    return [float(row[name]) if not is_missing(row[name]) else np.nan for name in names]


def taking(shape: type[Shown]) -> Callable[[Callable[..., Told]], Callable[..., Told]]:
    """Make a function of such a shape one of a table and of what its columns are called: every keyword of the shape, and its own."""

    def made(tell: Callable[..., Told]) -> Callable[..., Told]:
        own = list(inspect.signature(tell).parameters.values())[1:]
        names, hints = {each.name for each in own}, get_type_hints(shape)

        @wraps(tell)
        def chart(table: pd.DataFrame, **how: Any) -> Told:
            mine = {name: how.pop(name) for name in names & set(how)}
            return tell(shape(table=table, **how), **mine)

        told = [
            inspect.Parameter(
                each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=hints[each.name]
            )
            for each in fields(shape)
            if each.name != "table"
        ]
        table = inspect.Parameter("table", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=pd.DataFrame)
        returns = inspect.signature(tell).return_annotation
        chart.__signature__ = inspect.Signature([table, *own, *told], return_annotation=returns)  # type: ignore[attr-defined]
        return chart

    return made
