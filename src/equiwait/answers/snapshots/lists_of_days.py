"""Lists of several days, of which one is in memory at a time, and what is said of extracts that were put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from equiwait.answers.grouped_people import reads_of
from equiwait.answers.snapshots.matching import NUMBERS, in_order
from equiwait.counts.waits import By
from equiwait.errors import OptionError
from equiwait.results import Provenance, provenance_of, provider_codes, providers_said
from equiwait.rows.intake.stitch import stitch
from equiwait.rows.intake.stitched import Stitched

__all__ = ["ListsOfDays", "lists_of_days", "stitched_of", "told_by"]


class ListsOfDays(NamedTuple):
    """The list of a first day, later ones in turn, and which columns all of them have."""

    days: tuple[str, ...]
    first: pd.DataFrame
    later: Iterator[pd.DataFrame]
    everywhere: frozenset[str]
    told: Provenance


def lists_of_days(
    given: Sequence[pd.DataFrame] | Mapping[str, pd.DataFrame] | Stitched,
    by: By | None,
    step: str,
    reads: Iterable[str],
) -> ListsOfDays:
    """Return lists that were given, in order of their days; of extracts put together the days that everybody sent whole.

    Parameters
    ----------
    given : sequence or mapping of pandas.DataFrame, or Stitched
    by : By, optional
        The question.
    step : str
        Which verb asks, for an error.
    reads : iterable of str
        What it reads beside the question and the numbers by which people are found again.

    Raises
    ------
    OptionError
        If there are fewer than two days.
    """
    if not isinstance(given, Stitched):
        lists = list(given.values()) if isinstance(given, Mapping) else list(given)
        days = in_order(lists, step)
        everywhere = frozenset.intersection(*(frozenset(map(str, each.columns)) for each in lists))
        return ListsOfDays(tuple(days), lists[0], iter(lists[1:]), everywhere, provenance_of(*lists))
    days, wanted = list(given.whole_days), reads_of(given.columns, by, step, [*reads, *NUMBERS])
    if len(days) < 2:
        raise OptionError(f"{step} compares lists of two days or more.", todo="Put together extracts of several days.")
    first = given.on(days[0], columns=wanted)
    told = told_by(given)._replace(period=f"{days[0]} to {days[-1]}")
    later = (given.on(day, columns=wanted) for day in days[1:])
    return ListsOfDays(tuple(days), first, later, frozenset(map(str, first.columns)), told)


def stitched_of(lists: Any) -> Stitched:
    """Return lists put together."""
    return lists if isinstance(lists, Stitched) else stitch(lists)


def told_by(stitched: Stitched) -> Provenance:
    """Return when, of whom and with which editions extracts are that were put together."""
    told = provenance_of(next(stitched.parts(("scope", "snapshot_date", "directory_edition", "index_edition"))))
    named = stitched.extracts[["provider"]].replace("", pd.NA)
    return told._replace(
        period=f"{stitched.days[0]} to {stitched.days[-1]}", provider=providers_said(provider_codes(named))
    )
