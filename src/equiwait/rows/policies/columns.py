"""What a policy may read of a column: its levels, whether it counts days, and whether score itself writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic_core import PydanticCustomError

from equiwait.errors import did_you_mean, listed
from equiwait.fields import FIELDS, field_of
from equiwait.fields.characteristics import WAITED
from equiwait.rows.policies.validation import Fault, Path

__all__ = [
    "as_levels", "column_faults", "counts_days", "level_faults", "level_for", "levels_of", "missing_codes", "unlevel_faults",
    "wait_date",
]  # fmt: skip

_ANSWERS = (
    "score", "tier", "tier_name", "rank", "base_rank", "held_by", "why", "score_low", "score_high", "rank_best", "rank_worst",
    "days_to_target", "past_target", "harm_review", "score_status", "policy",
)  # fmt: skip
_WAIT_DATES = ("clock_start", "decision_to_admit", "priority_date", "referral_received")


def levels_of(column: str) -> tuple[str, ...]:
    """Return the levels that a column can hold, or none if they are not known.

    Examples
    --------
    >>> levels_of("imd_quintile"), levels_of("learning_disability"), levels_of("my_own")
    (('1', '2', '3', '4', '5'), ('true', 'false'), ())
    """
    field = FIELDS.get(column)
    if field and field.codes:
        return tuple(field.codes)
    if field and field.kind == "flag":
        return ("true", "false")
    if match := re.search(r"_(quintile|decile)$", column):
        return tuple(str(level) for level in range(1, 6 if match[1] == "quintile" else 11))
    return ()


def as_levels(values: object) -> tuple[str, ...]:
    """Return what a file gives as levels: ``true``, one code, or a list of them, as text.

    Examples
    --------
    >>> as_levels(True), as_levels("P2"), as_levels([1, 2])
    (('true',), ('P2',), ('1', '2'))
    """
    several = values if isinstance(values, list | tuple) else [values]
    if not all(isinstance(value, str | int | float) for value in several):
        raise PydanticCustomError("levels", "must be a level, or a list of levels")
    return tuple(map(_level, several))


def _level(value: str | int | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def level_for(named: Iterable[str], value: str) -> str | None:
    """Return the named level that a recorded value is: itself, else the longest beginning of it that ends in ``*``.

    Case and the ``.0`` of a spreadsheet do not matter.

    Examples
    --------
    >>> codes = ["W37*", "W371", "W*"]
    >>> [level_for(codes, value) for value in ("W371", "w379", "W400", "X1")]
    ['W371', 'W37*', 'W*', None]
    """
    levels, text = list(named), value.strip().removesuffix(".0").casefold()
    whole = next((level for level in levels if level == value or level.casefold() == text), None)
    begins = [level for level in levels if level.endswith("*") and text.startswith(level[:-1].casefold())]
    return whole if whole is not None else max(begins, key=len, default=None)


def missing_codes(column: str) -> tuple[str, ...]:
    """Return the codes of a column that record a silence, such as *not stated*."""
    return tuple(FIELDS[column].missing_codes) if column in FIELDS else ()


def level_faults(column: str, levels: Iterable[str], path: Path = (), *, prefixes: bool = True) -> Iterable[Fault]:
    """Yield every level that ``column`` cannot hold, and every ``*`` that stands for nothing here."""
    known = levels_of(column)
    for level in levels:
        if known and level not in known:
            yield (*path, level), f"is no level of {column}.{did_you_mean(level, known)} It has: {listed(known, 20)}"
        elif "*" in level and not (prefixes and level.index("*") == len(level) - 1 > 0):
            todo = (
                "write the beginning of a code and one * after it, such as W37*"
                if prefixes
                else "write the whole value"
            )
            yield (*path, level), f"has a * that means nothing here; {todo}"


def unlevel_faults(column: str, path: Path) -> Iterable[Fault]:
    """Yield a fault if a column is read by its levels and has none: levels of days could lower a place for waiting on."""
    if counts_days(column):
        yield path, f"{column} counts days, and this reads levels; give a factor with knots or per instead"
    elif (name := field_of(column)) and FIELDS[name].kind == "date":
        yield path, f"{column} is a date, and this reads levels; give a factor with days_until instead"


def column_faults(column: str, path: Path) -> Iterable[Fault]:
    """Yield a fault if no list has such a column to read: ``score`` itself writes it, or `read_list` calls it otherwise.

    Examples
    --------
    >>> [path for path, message in column_faults("points_need", ("column",))], list(column_faults("need_points", ()))
    ([('column',)], [])
    >>> next(iter(column_faults("Treatment Function", ())))[1]
    "'Treatment Function' is what read_list calls specialty; write specialty"
    """
    if column in _ANSWERS or column.startswith("points_"):
        yield path, f"{column} is a column that score writes itself; rename yours, in the list and here"
    elif (name := field_of(column)) and name != column:
        yield path, f"{column!r} is what read_list calls {name}; write {name}"


def counts_days(column: str) -> bool:
    """Return whether the column counts days or weeks waited."""
    return (field_of(column) or column) in WAITED


def wait_date(column: str) -> bool:
    """Return whether the column holds a day from which somebody has waited."""
    return (field_of(column) or column) in _WAIT_DATES
