"""What a policy may say about a column: its levels, whether it is a protected characteristic, whether it tells tales."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from equiwait.errors import did_you_mean, listed
from equiwait.fields import FIELDS, field_of, plain
from equiwait.policies.parts import Fault

__all__ = ["as_levels", "level_faults", "levels_of", "protection_of", "silent_levels", "tells_tales"]

# Race, religion, sex, orientation, gender, marriage, pregnancy and close proxies, in the user's own column names too.
_NEVER_QUIETLY = re.compile(
    r"ethnic|\brace\b|racial|religio|faith|^sex|_sex|gender|orientation|marital|marriage|pregnan|interpreter|language"
    r"|nationality|birth_country|country_of_birth"
)
_WITH_A_REASON = re.compile(r"disab|learning|autis|adjustment|wheelchair|^age|_age|date_of_birth")


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


def level_faults(column: str, levels: Iterable[str], path: tuple[str | int, ...] = ()) -> Iterable[Fault]:
    """Yield every level that ``column`` cannot hold."""
    known = levels_of(column)
    for level in levels:
        if known and level not in known:
            yield (*path, level), f"is no level of {column}.{did_you_mean(level, known)} It has: {listed(known, 20)}"


def silent_levels(column: str) -> tuple[str, ...]:
    """Return the codes of a column that record a silence, such as *not stated*."""
    return tuple(FIELDS[column].silent) if column in FIELDS else ()


def protection_of(column: str) -> Literal["strict", "reason", ""]:
    """Return how a column may be scored: ``"strict"`` wants owner and expiry, ``"reason"`` owner and review date.

    Examples
    --------
    >>> protection_of("ethnicity"), protection_of("learning_disability"), protection_of("carer")
    ('strict', 'reason', '')
    """
    name = re.sub(r"[^a-z0-9]+", "_", str(field_of(column) or column).lower())
    if _NEVER_QUIETLY.search(name):
        return "strict"
    return "reason" if _WITH_A_REASON.search(name) else ""


def tells_tales(column: str) -> bool:
    """Return whether naming the column to a clerk or a family would tell tales."""
    name = field_of(column) or column
    known = name in FIELDS and FIELDS[name].sensitive
    return known or bool(re.search(r"childprotection|safeguard|lookedafter|domestic|incare", plain(column)))
