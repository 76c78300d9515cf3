"""Groupings that a question may name though no column holds them: broad ethnic groups, and the months of a date."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from equiwait.fields.catalogue import FIELDS
from equiwait.fields.ethnicity import ETHNIC_GROUPS

__all__ = ["MERGES", "made_from", "merged_name", "month_of"]

MERGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {f"ethnicity:{name}": groups for name, groups in ETHNIC_GROUPS.items()}
)
"""What each merged grouping calls each code of the column that it merges."""

_MONTH = ":month"


def made_from(grouping: str) -> str:
    """Return the column that a list must have for a grouping; every other name is a column of its own.

    Examples
    --------
    >>> made_from("ethnicity:nhs"), made_from("clock_start:month"), made_from("sex"), made_from("ethnicity:mine")
    ('ethnicity', 'clock_start', 'sex', 'ethnicity:mine')
    """
    base = grouping.partition(":")[0]
    dated = grouping == base + _MONTH and (base not in FIELDS or FIELDS[base].kind == "date")
    return base if grouping in MERGES or dated else grouping


def merged_name(grouping: str, value: str | None) -> str:
    """Return what a merged grouping calls a value of its column; nothing where that says nothing of who it is.

    Examples
    --------
    >>> merged_name("ethnicity:census", "R"), merged_name("ethnicity:census", "Z"), merged_name("ethnicity:census", "Asian")
    ('Asian', '', 'Asian')
    """
    groups, text = MERGES[grouping], value or ""
    if text in groups.values():
        return text
    return groups.get(text) or groups.get(FIELDS[made_from(grouping)].read(text) or "", "")


def month_of(grouping: str, value: str | None) -> str | None:
    """Return the month of a day, of a grouping by months; any other value as it is.

    Examples
    --------
    >>> month_of("clock_start:month", "2026-10-05 00:00:00"), month_of("team", "2026-10-05")
    ('2026-10', '2026-10-05')
    """
    return value[:7] if value and grouping.endswith(_MONTH) else value
