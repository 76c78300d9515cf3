"""What a policy may read of a column: its levels, whether it counts days, and whether score itself writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from equiwait.errors import did_you_mean, listed
from equiwait.fields import FIELDS, field_of
from equiwait.rows.policies.validation import Fault

__all__ = [
    "answer_faults", "as_levels", "counts_days", "level_faults", "levels_of", "silent_levels", "unlevel_faults", "wait_date",
]  # fmt: skip

_DAYS = ("days_waiting", "weeks_waiting")
_ANSWERS = ("score", "tier", "rank", "score_low", "score_high", "rank_best", "rank_worst", "score_status", "policy")
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
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in several)


def silent_levels(column: str) -> tuple[str, ...]:
    """Return the codes of a column that record a silence, such as *not stated*."""
    return tuple(FIELDS[column].silent) if column in FIELDS else ()


def level_faults(column: str, levels: Iterable[str], path: tuple[str | int, ...] = ()) -> Iterable[Fault]:
    """Yield every level that ``column`` cannot hold."""
    known = levels_of(column)
    for level in levels:
        if known and level not in known:
            yield (*path, level), f"is no level of {column}.{did_you_mean(level, known)} It has: {listed(known, 20)}"


def unlevel_faults(column: str, path: tuple[str | int, ...]) -> Iterable[Fault]:
    """Yield a fault if a column is read by its levels and has none: levels of days could lower a place for waiting on."""
    if counts_days(column):
        yield path, f"{column} counts days, and this reads levels; give a factor with knots or per instead"
    elif (name := field_of(column)) and FIELDS[name].kind == "date":
        yield path, f"{column} is a date, and this reads levels; give a factor with days_until instead"


def answer_faults(column: str, path: tuple[str | int, ...]) -> Iterable[Fault]:
    """Yield a fault if the column is one that ``score`` itself writes: a policy would read its own answer.

    Examples
    --------
    >>> [path for path, message in answer_faults("points_need", ("column",))], list(answer_faults("need_points", ()))
    ([('column',)], [])
    """
    if column in _ANSWERS or column.startswith("points_"):
        yield path, f"{column} is a column that score writes itself; rename yours, in the list and here"


def counts_days(column: str) -> bool:
    """Return whether the column counts days or weeks waited."""
    return (field_of(column) or column) in _DAYS


def wait_date(column: str) -> bool:
    """Return whether the column holds a day from which somebody has waited."""
    return (field_of(column) or column) in _WAIT_DATES
