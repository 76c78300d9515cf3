"""Conditions on columns: levels or numeric cut-offs, as tiers, `only_if` and cases of targets write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from equiwait.fields import FIELDS, field_of
from equiwait.rows.policies.columns import (
    as_levels,
    column_faults,
    counts_days,
    level_faults,
    levels_of,
    unlevel_faults,
)
from equiwait.rows.policies.validation import Fault, Number, Part, Path, Table

__all__ = ["LEVELS_SCHEMA", "Conditions", "Cut", "columns_of", "condition_faults", "takes_all_of", "ways_in"]

_LEVEL = {"type": ["string", "boolean", "integer"]}
LEVELS_SCHEMA = {"anyOf": [_LEVEL, {"type": "array", "items": _LEVEL}]}
_CUT = {
    "type": "object",
    "properties": {"at_least": {"type": "number"}, "below": {"type": "number"}},
    "additionalProperties": False,
    "minProperties": 1,
}
_TABLE = {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [*LEVELS_SCHEMA["anyOf"], _CUT]}}


class Cut(Part):
    """A numeric cut-off: at least one number, below another, or both.

    Examples
    --------
    >>> Cut(at_least=5).takes(5), Cut(at_least=5, below=8).takes(8)
    (True, False)
    """

    at_least: Number = None
    below: Number = None

    def takes(self, number: float) -> bool:
        """Return whether a recorded number lies inside."""
        return (self.at_least is None or number >= self.at_least) and (self.below is None or number < self.below)

    def faults(self) -> Iterable[Fault]:
        """Yield a cut-off without a number, and one between whose ends nothing lies."""
        if self.at_least is None and self.below is None:
            yield (), "must be a cut-off with a number: { at_least = 5 }, { below = 8 } or both"
        elif self.at_least is not None and self.below is not None and self.at_least >= self.below:
            yield (), f"lets nothing in: no number is at least {self.at_least:g} and below {self.below:g}"


def _conditions(value: object) -> object:
    """One table or a list of them; each value one level, several, or a cut-off."""
    several = value if isinstance(value, list | tuple) else [value]
    return tuple(
        {str(column): _asked(str(column), levels) for column, levels in each.items()}
        if isinstance(each, Mapping)
        else each
        for each in several
    )


def _asked(column: str, levels: object) -> object:
    if isinstance(levels, Mapping) and set(levels) - {"at_least", "below"}:
        todo = "a level, a list of levels such as ['P2', 'P3'], or a cut-off such as { at_least = 5 }"
        raise PydanticCustomError("condition", "{column} must be {todo}", {"column": column, "todo": todo})
    return levels if isinstance(levels, Mapping | Cut) else as_levels(levels)


Asked: TypeAlias = Annotated[
    Annotated[tuple[str, ...], Tag("[levels]")] | Annotated[Cut, Tag("[cut]")],
    Discriminator(lambda value: "[cut]" if isinstance(value, Mapping | Cut) else "[levels]"),
]
Conditions: TypeAlias = Annotated[
    tuple[Annotated[dict[str, Asked], AfterValidator(Table)], ...],
    BeforeValidator(_conditions),
    WithJsonSchema({"anyOf": [_TABLE, {"type": "array", "items": _TABLE}]}),
]
"""Tables of which one is enough; all of a table must hold."""


def columns_of(conditions: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the columns that conditions read, each once."""
    return tuple(dict.fromkeys(column for each in conditions for column in each))


def condition_faults(conditions: Iterable[Mapping[str, Any]], path: Path) -> Iterable[Fault]:
    """Yield levels that do not exist, cut-offs where only levels work, and tables that ask for nothing."""
    for each in conditions:
        if not each:
            yield path, "asks for nothing, so it takes everyone; name a column and its levels, or leave it out"
        for column, asked in each.items():
            yield from column_faults(column, (*path, column))
            if isinstance(asked, Cut):
                yield from _cut_faults(column, asked, (*path, column))
                continue
            yield from unlevel_faults(column, (*path, column))
            if not asked:
                yield (*path, column), "names no level, so nobody could be in it"
            yield from level_faults(column, asked, (*path, column))


def _cut_faults(column: str, cut: Cut, path: Path) -> Iterable[Fault]:
    """A cut-off reads numbers, and never puts anybody back for waiting longer."""
    known, name = levels_of(column), field_of(column)
    if counts_days(column) and cut.below is not None:
        yield (
            path,
            f"{column} counts days, and to be below some could put a person back for waiting; give at_least alone",
        )
    elif name and FIELDS[name].kind == "date":
        yield path, f"{column} is a date, and a cut-off reads numbers; give a factor with days_until instead"
    elif known and not all(level.isdigit() for level in known):
        yield path, f"{column} has levels and no numbers to cut; write one of {', '.join(known[:6])}, or a list of them"


Way: TypeAlias = frozenset[tuple[str, "str | Cut"]]
"""One way to meet conditions: one level or cut-off for each column."""


def ways_in(conditions: Iterable[Mapping[str, Any]]) -> set[Way]:
    """Return every way to meet conditions, without those that say more than another.

    A list of levels and a list of tables may say the same.
    """
    ways = {
        frozenset(zip(each, levels, strict=True))
        for each in conditions
        for levels in product(
            *((asked,) if isinstance(asked, Cut) else dict.fromkeys(asked) for asked in each.values())
        )
    }
    return {way for way in ways if not any(frozenset(less) in ways for less in _parts_of(way))}


def takes_all_of(earlier: Way, way: Way) -> bool:
    """Return whether everyone who meets a way meets an earlier one too."""
    asked = dict(way)
    return all(column in asked and _holds_all(wide, asked[column]) for column, wide in earlier)


def _holds_all(wide: str | Cut, narrow: str | Cut) -> bool:
    """Whether whatever is the narrow one is the wide one: itself, a code that begins so, or numbers inside a cut-off."""
    if isinstance(wide, Cut):
        if not isinstance(narrow, Cut):
            return narrow.isdigit() and wide.takes(float(narrow))
        starts = wide.at_least is None or (narrow.at_least is not None and narrow.at_least >= wide.at_least)
        return starts and (wide.below is None or (narrow.below is not None and narrow.below <= wide.below))
    begins = wide.endswith("*") and isinstance(narrow, str) and narrow.casefold().startswith(wide[:-1].casefold())
    return wide == narrow or begins


def _parts_of(way: Way) -> Iterable[tuple[tuple[str, str | Cut], ...]]:
    return (less for size in range(len(way)) for less in combinations(way, size))
