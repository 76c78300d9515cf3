"""`WaitsSeries`: counts of several dates side by side. Counts of one date add, those of two dates never do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pandas as pd

from equiwait.counts.waits.about import About
from equiwait.errors import OptionError, RefusedError, listed

__all__ = ["WaitsSeries"]


class Counted(Protocol):
    """What stands side by side: `Waits`."""

    @property
    def table(self) -> pd.DataFrame:
        """The counts."""

    @property
    def about(self) -> About:
        """What they are about."""

    def shares(self, weeks: int) -> pd.DataFrame:
        """Return shares over so many weeks."""

    def __add__(self, other: Any) -> Any:
        """Return the counts of the whole."""


@dataclass(frozen=True, eq=False, repr=False)
class WaitsSeries:
    """Counts of several dates, oldest first.

    Parameters
    ----------
    waits : tuple of Waits
        One for each date, all of the same questions.

    Examples
    --------
    >>> from equiwait.counts.waits import Waits, count_waits
    >>> lists = [
    ...     pd.DataFrame({"scope": "rtt_open", "days_waiting": [9, 200], "site": "one", "snapshot_date": day})
    ...     for day in ("2026-10-31", "2026-09-30")
    ... ]
    >>> series = Waits.series(count_waits(each, "site") for each in lists)
    >>> series.days
    ('2026-09-30', '2026-10-31')
    >>> series.shares(18)[["snapshot", "group", "n", "share_over"]]
         snapshot group  n  share_over
    0  2026-09-30   one  2         0.5
    1  2026-10-31   one  2         0.5
    """

    waits: tuple[Counted, ...]

    @classmethod
    def of(cls, every: Sequence[Counted]) -> WaitsSeries:
        """Return counts side by side.

        Raises
        ------
        RefusedError
            If they ask different questions, or two are of one date.
        """
        if not every:
            raise OptionError("A series is made of counts.", todo="Give what count_waits returns, one for each date.")
        days = [_when(each) for each in every]
        if twice := sorted({day for day in days if days.count(day) > 1}):
            raise RefusedError(
                f"Two counts are of one date: {listed(twice)}.", todo="Add them first: they are parts of that date."
            )
        first = every[0].about
        for each in every[1:]:
            apart = first.differing(replace(each.about, snapshot=first.snapshot, window=first.window))
            if apart:
                raise RefusedError(
                    f"These counts differ in {listed(apart)} and cannot stand side by side.",
                    todo="Count every date with the same by=, within= and estimand=.",
                )
        return cls(tuple(each for _, each in sorted(zip(days, every, strict=True), key=lambda pair: pair[0])))

    @property
    def days(self) -> tuple[str, ...]:
        """The date, or the last day of the window, of each."""
        return tuple(_when(each) for each in self.waits)

    @property
    def table(self) -> pd.DataFrame:
        """All counts, one below the other, with their date in ``snapshot``."""
        return pd.concat(
            [each.table.assign(snapshot=day) for day, each in zip(self.days, self.waits, strict=True)],
            ignore_index=True,
        )

    def shares(self, weeks: int) -> pd.DataFrame:
        """Return `Waits.shares` of every date, with the date in ``snapshot``."""
        parts = [each.shares(weeks).assign(snapshot=day) for day, each in zip(self.days, self.waits, strict=True)]
        return pd.concat(parts, ignore_index=True)

    def __add__(self, other: WaitsSeries) -> WaitsSeries:
        """Return the counts of two providers, date by date.

        Raises
        ------
        RefusedError
            If a date is in one of them alone: its sum would be of half the people.
        """
        if not isinstance(other, WaitsSeries):
            return NotImplemented
        if alone := sorted(set(self.days) ^ set(other.days)):
            raise RefusedError(f"Only one of the two has {listed(alone)}.", todo="Add series of the same dates.")
        return WaitsSeries(tuple(one + two for one, two in zip(self.waits, other.waits, strict=True)))

    def __getitem__(self, day: str) -> Counted:
        """Return the counts of a date."""
        if day not in self.days:
            raise OptionError(f"There are no counts of {day}.", f"Dates: {listed(self.days)}.")
        return self.waits[self.days.index(day)]

    def __iter__(self) -> Iterator[Counted]:
        """Iterate over the counts, oldest first."""
        return iter(self.waits)

    def __len__(self) -> int:
        """Return how many dates there are."""
        return len(self.waits)

    def __repr__(self) -> str:
        """Return the dates, and no number of people."""
        return f"<WaitsSeries: {len(self)} dates, {self.days[0]} to {self.days[-1]}>"


def _when(waits: Counted) -> str:
    return waits.about.window[-1] if waits.about.window else waits.about.snapshot
