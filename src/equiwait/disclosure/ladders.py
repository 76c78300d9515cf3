"""Waits as ladders: how many people have waited longer than each of several weeks, and what each number may truly be.

Quantiles are made of ladders. A small group's has seventeen steps, a large group's one a week, so that no step rests on a
handful of people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equiwait.disclosure.cells import SHARED, SHOWN, SMALL, Cell, Cells, Counts, Sum, cells_of, everyone_cells
from equiwait.disclosure.cells import recorded_cells as all_recorded
from equiwait.disclosure.release import ReleasedCounts
from equiwait.disclosure.rules import Rule

__all__ = ["COARSE_WEEKS", "Ladder", "ladder_counts", "ladder_of", "ladder_weeks", "week_of_share"]

Floats = NDArray[np.float64]

COARSE_WEEKS = (0, 2, 4, 6, 9, 12, 15, 18, 22, 26, 32, 39, 45, 52, 65, 78, 104)
"""Where the bands of a group begin that has fewer than a thousand people."""
_WEEKLY = (*range(105), 117, 130, 156, 182, 208)
_FEWEST_FOR_WEEKLY = 1000


def ladder_weeks(longest: int, rule: Rule, given: Sequence[int]) -> tuple[int, ...]:
    """Return the weeks at which bands may begin, 0 first: every one where counts are exact.

    Parameters
    ----------
    longest : int
        The last week that anybody has waited to: looked at only where counts are exact.
    rule : Rule
    given : sequence of int
        The weeks at which the counts' own bands begin.

    Examples
    --------
    >>> from equiwait.disclosure.rules import rule_named
    >>> ladder_weeks(3, rule_named("none"), range(209)), len(ladder_weeks(3, rule_named("hes"), range(209)))
    ((0, 1, 2, 3), 110)
    """
    if rule.exact:
        return tuple(week for week in given if week <= longest)
    return tuple(week for week in _WEEKLY if week in given)


def ladder_counts(
    population: str,
    columns: str | Sequence[str],
    groups: Sequence[Any],
    people: ArrayLike,
    over: ArrayLike,
    weeks: Sequence[int],
    rule: Rule,
    known: ArrayLike,
) -> Counts:
    """Return the counts that a question's ladders are made of.

    Parameters
    ----------
    population, columns, groups
        As in `tally`, which counts everybody in each group.
    people : array_like, shape (groups,)
    over : array_like, shape (groups, weeks - 1)
        How many of each group have waited more than each of ``weeks`` but the first, which is 0.
    weeks : sequence of int
        From `ladder_weeks`.
    rule : Rule
    known : array_like of bool
        Which groups are recorded.

    Returns
    -------
    Counts
        Of groups under a thousand people only the steps of `COARSE_WEEKS`; of a total those that all its groups have: a
        step of a total whose parts are not all told would only narrow what they can be.
    """
    days = [7 * week for week in weeks[1:]]
    cells = cells_of(population, columns, groups, overs=days)
    counts = np.asarray(over, np.float64).reshape(cells.shape)
    large = np.nan_to_num(rule.release(people).counts) >= _FEWEST_FOR_WEEKLY
    kept = np.isin(weeks[1:], COARSE_WEEKS)[None, :] | large[:, None] | rule.exact
    keys: list[Cell] = cells[kept].tolist()
    numbers = [counts[kept]]
    sums: list[Sum] = []
    totals = (
        (everyone_cells(population, overs=days), np.ones(len(cells), bool)),
        (
            all_recorded(population, columns, overs=days),
            np.asarray(known, bool),
        ),
    )
    for total, among in totals:
        used = kept[among].all(0) if among.any() else np.zeros(len(days), bool)
        keys += total[used].tolist()
        numbers.append(counts[among].sum(0)[used])
        sums += [Sum(total[at], tuple(cells[among, at])) for at in np.flatnonzero(used)]
    return Counts(tuple(keys), np.concatenate(numbers), tuple(sums))


def week_of_share(days: ArrayLike, share: float, rule: Rule) -> int:
    """Return the last week that at least a share of a list has waited longer than, by its counts as they may be shown.

    Examples
    --------
    >>> from equiwait.disclosure.rules import rule_named
    >>> week_of_share(range(1, 1001), 0.15, rule_named("hes"))
    121
    """
    waited = np.asarray(days, np.int64)
    begun = np.maximum(-(-waited // 7), 0)  # weeks: three of them are longer than two
    over = np.bincount(begun)[::-1].cumsum()[::-1][1:]
    enough = np.nan_to_num(rule.release(over).counts) >= share * float(rule.release(len(waited)).counts) - 1e-9
    return int(np.flatnonzero(enough)[-1]) if enough.any() else 0


@dataclass(frozen=True)
class Ladder:
    """How many people have waited longer than each of several weeks, as shown, and the least and the most it may be.

    ``starts`` are the weeks at which bands begin; ``shown``, ``low`` and ``high`` count everybody first, then those who have
    waited longer than each start but the first. Empty where the number of people is hidden.
    """

    starts: Floats
    shown: Floats
    low: Floats
    high: Floats

    @property
    def people(self) -> float:
        """Everybody, as shown; NaN where hidden."""
        return float(self.shown[0]) if len(self.shown) else np.nan

    @property
    def edges(self) -> Floats:
        """The weeks between the bands; the last band is open."""
        return np.append(self.starts, np.inf)

    @property
    def bands(self) -> Floats:
        """People in each band, as shown."""
        return bands_of(self.shown)

    @property
    def shortest(self) -> Floats:
        """People in each band, if waits were as short as what is shown allows."""
        return bands_of(np.append(self.high[:1], np.minimum(self.low[1:], self.high[0])))

    @property
    def longest(self) -> Floats:
        """People in each band, if waits were as long as what is shown allows."""
        return bands_of(np.append(self.low[:1], np.minimum(self.high[1:], self.low[0])))

    def less(self, part: Ladder) -> Ladder:
        """Return what is left of this ladder without a part of its people: at the steps that both have."""
        both, here, there = np.intersect1d(self.starts, part.starts, return_indices=True)
        return Ladder(
            both,
            np.maximum(self.shown[here] - part.shown[there], 0.0),
            np.maximum(self.low[here] - part.high[there], 0.0),
            np.maximum(self.high[here] - part.low[there], 0.0),
        )._rising()

    def _rising(self) -> Ladder:
        """Longer waits are fewer people: no step is above the one before it."""
        high = np.minimum.accumulate(self.high)
        low = np.maximum.accumulate(self.low[::-1])[::-1]
        return replace(self, shown=np.minimum.accumulate(self.shown), low=np.minimum(low, high), high=high)


def bands_of(beyond: Floats) -> Floats:
    """Return people in each band, from everybody and those beyond each of its starts."""
    return np.maximum(-np.diff(beyond, append=0.0), 0.0)


def ladder_of(released: ReleasedCounts, cells: Cells, weeks: Sequence[int]) -> Ladder:
    """Return a ladder of the cells that were released; empty where the number of people is hidden.

    Parameters
    ----------
    released : ReleasedCounts
    cells : object array of Cell, shape (weeks,)
        Everybody, then those who have waited more than each of ``weeks`` but the first. A step that is hidden beside another is
        left out; a small one is taken at the middle of what it can be.
    weeks : sequence of int

    Examples
    --------
    >>> from equiwait.disclosure.cells import count, together
    >>> from equiwait.disclosure.release import release
    >>> from equiwait.disclosure.rules import rule_named
    >>> cells = cells_of("open", "sex", ["F"], overs=[-1, 14, 28])[0]
    >>> counts = together(count(cell, people) for cell, people in zip(cells, (103, 41, 3)))
    >>> ladder_of(release(counts, rule_named("hes")), cells, (0, 2, 4)).low.tolist()
    [103.0, 38.0, 1.0]
    """
    marks = released.marked(cells)
    there = np.isin(marks, (SHOWN, SMALL, SHARED))
    if marks[0] != SHOWN:
        nothing = np.zeros(0)
        return Ladder(nothing, nothing, nothing, nothing)
    low, high = released.bounds(cells[there])
    shown = released.people(cells[there])
    shown = np.where(np.isnan(shown), (low + high) / 2, shown)
    return Ladder(np.asarray(weeks, np.float64)[there], shown, low, high)._rising()
