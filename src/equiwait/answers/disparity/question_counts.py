"""The counts of one question: groups × weeks waited, and within strata if like is to be compared with like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits import Waits, crossed, question_name
from equiwait.counts.waits.clustering import Repeated, clustering_of
from equiwait.counts.waits.estimands import Spells
from equiwait.counts.waits.groups import columns_for
from equiwait.disclosure import Rule, ladder_weeks

Floats: TypeAlias = NDArray[np.float64]
Truths: TypeAlias = NDArray[np.bool_]
Wholes: TypeAlias = NDArray[np.integer[Any]]

WEEKS = 209  # weekly bands to four years; a quantile beyond them is said to be beyond, never given a number


class People(NamedTuple):
    """What repeated people do to each group: Σk²/Σk, and how many people there are."""

    design_effect: Floats
    persons: Floats


@dataclass(frozen=True)
class Question:
    """The counts of one question, NaN where the source hides one.

    ``counts`` is groups × bands and ``strata`` groups × strata × bands; ``starts`` is the first day of each band: weekly,
    unless the source has wider ones. ``people`` is what shares divide by. ``spread`` is Σk²/Σk of each group, k being
    one person's pathways in it; ``persons`` is how many people each group has, None where the source does not say who is
    who.
    """

    columns: tuple[str, ...]
    name: str
    groups: list[str]
    known: Truths
    starts: Wholes
    counts: Floats
    people: Floats
    spread: Floats
    persons: Floats | None = None
    strata: Floats | None = None
    stratum_names: tuple[str, ...] = ()

    @property
    def unseen(self) -> Truths:
        """Which groups the source hides."""
        return np.asarray(np.isnan(self.counts.sum(1)))

    def ladder_weeks(self, rule: Rule) -> tuple[int, ...]:
        """Return the weeks at which the bands of quantiles begin."""
        people = np.flatnonzero(np.nansum(self.counts, axis=0))
        return ladder_weeks(int(people[-1]) + 1 if len(people) else 0, rule, range(len(self.starts)))

    def over(self, weeks: int) -> Floats:
        """Return the people of each group who have waited more than ``weeks`` weeks."""
        return np.asarray(self.counts[:, self.starts > 7 * weeks].sum(-1))

    def over_in_strata(self, weeks: int) -> tuple[Floats, Floats]:
        """Return those people, and everybody, groups × strata."""
        assert self.strata is not None  # asked only where strata were counted
        return self.strata[:, :, self.starts > 7 * weeks].sum(-1), self.strata.sum(-1)


def question_of(
    waits: Waits, columns: tuple[str, ...], people: People | None, longest: int, within: InStrata | None
) -> Question:
    """Return the counts of one question of ``waits``; those within strata from the list, or from counts that have them."""
    starts = starts_of(waits, longest)
    groups, days = waits.cube(columns, strata=True)
    strata = banded(days, starts)
    counts = strata.sum(1)
    names: tuple[str, ...] = tuple(waits.strata(columns)) if waits.about.within else ()
    if within is not None:
        names, strata = within.counted(columns, groups["group"].tolist(), starts)
    return Question(
        columns, question_name(columns), groups["group"].tolist(), groups["known"].to_numpy(bool), starts, counts,
        _people(waits, columns, groups, counts), np.ones(len(groups)) if people is None else people.design_effect,
        None if people is None else people.persons, strata if names else None, names,
    )  # fmt: skip


def starts_of(waits: Waits, longest: int) -> Wholes:
    """The first day of each band: those of the source, or weekly ones that reach ``longest`` weeks."""
    if waits.about.bands:
        return np.array(waits.about.bands)
    return np.asarray(np.r_[0, 7 * np.arange(1, max(WEEKS, longest + 2)) + 1])


def banded(days: NDArray[Any], starts: Wholes) -> Floats:
    """Counts by day as counts by band, the last band open."""
    width = days.shape[-1]
    inside = starts[starts < width]
    sums = np.add.reduceat(days, inside, axis=-1).astype(np.float64)
    empty = np.zeros((*sums.shape[:-1], len(starts) - len(inside)))
    return np.concatenate([sums, empty], axis=-1)


def _people(waits: Waits, columns: tuple[str, ...], groups: pd.DataFrame, counts: Floats) -> Floats:
    """Everybody with a known wait; where a publication prints totals, those: its shares divide by them."""
    part = waits.table[waits.table["by"] == question_name(columns)]
    totals = part[part["event"] == "published_total"]
    if totals.empty:
        return np.asarray(counts.sum(-1))
    summed = totals.assign(people=totals["people"].astype("Float64")).groupby("group", observed=True)["people"]
    found = summed.sum(min_count=1).where(~totals["people"].isna().groupby(totals["group"], observed=True).any())
    return groups["group"].map(found.to_dict()).to_numpy(dtype=np.float64, na_value=np.nan)


@dataclass(frozen=True)
class InStrata:
    """The rows that are counted, with each row's stratum and days: counted by whole numbers, one question at a time."""

    waiting: pd.DataFrame
    within: tuple[str, ...]
    spells: Spells

    def counted(self, columns: tuple[str, ...], names: Sequence[str], starts: Wholes) -> tuple[tuple[str, ...], Floats]:
        """Return the names of the strata, and people by group (in the order of ``names``), stratum and band."""
        rows = counted_rows(self.waiting, self.spells, [*columns, *self.within])
        groups, strata = crossed(rows, columns), crossed(rows, self.within)
        place = {name: position for position, name in enumerate(names)}
        group = np.array(
            [place.get(name, 0) for name in groups.names], np.int64
        )  # a crossing that nobody is in: any place
        shape = (len(names), len(strata.names), len(starts))
        band = np.searchsorted(starts, np.arange(int(self.spells.days.max(initial=0)) + 1), side="right") - 1
        cells = np.zeros(shape[0] * shape[1] * shape[2], np.int64)
        for start in range(0, len(rows), _BLOCK):
            here = slice(start, start + _BLOCK)
            key = (group[groups.place[here]] * shape[1] + strata.place[here]) * shape[2] + band[self.spells.days[here]]
            cells += np.bincount(key, minlength=len(cells))
        people = cells.reshape(shape).astype(np.float64)
        used = people.sum((0, 2)) > 0
        return tuple(name for name, there in zip(strata.names, used, strict=True) if there), people[:, used]


def counted_rows(waiting: pd.DataFrame, spells: Spells, columns: Iterable[str]) -> pd.DataFrame:
    """Return the rows that are counted, and of them only the columns that groups are made of."""
    names = [name for name in columns_for(waiting, [*columns, "link_status"]) if name in waiting.columns]
    return waiting[names] if spells.rows.all() else waiting.loc[spells.rows, names]


_BLOCK = 1 << 22  # rows at a time


def repeats(waiting: pd.DataFrame, spells: Spells, columns: Iterable[str]) -> Repeated | None:
    """Return who is counted more than once; None if the list does not say who is who."""
    if "person_id" not in waiting.columns:
        return None
    counted = counted_rows(waiting, spells, [*columns, "person_id"])
    return Repeated(counted, clustering_of(counted["person_id"]))
