"""Groups of people on a list, and how many of each something happened to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits import By, crossed, question_name, questions, refuse_persons
from equiwait.counts.waits.groups import CROSS
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure import Cell, Cells, Counts, ReleasedCounts, Sum, cells_of, in_words, tally
from equiwait.frames import need
from equiwait.statistics import effective_counts, family_confidence, newcombe, wilson

__all__ = [
    "EVERYONE", "NOWHERE", "POINTS_FOR", "More", "Split", "asking", "compared", "more_common", "nowhere", "nowhere_said", "of_those_shown",
    "share_ends", "splits_of", "where_more", "with_points",
]  # fmt: skip

EVERYONE = "everyone"
POINTS_FOR = "points for "
NOWHERE = "a code that stands in no tier"


class Split(NamedTuple):
    """A question, its columns, the names of its groups, and for each row its place among them."""

    by: str
    columns: tuple[str, ...]
    groups: tuple[str, ...]
    place: NDArray[np.intp]

    def cells(self, population: str, event: str = "", overs: Sequence[int] = (-1,)) -> Cells:
        """Return the cells of its groups, groups × overs."""
        return cells_of(population, self.columns, _parts(self), event=event, overs=overs)

    @property
    def nameless(self) -> Split:
        """The same without the rows: all that an answer needs to know."""
        return self._replace(place=np.zeros(0, np.intp))


def _parts(split: Split) -> list[tuple[str, ...]]:
    """The names of the groups, column by column; everyone has none."""
    if not split.columns:
        return [()]
    return [tuple(group.split(CROSS)) if len(split.columns) > 1 else (group,) for group in split.groups]


def splits_of(frame: pd.DataFrame, by: By | None, step: str) -> list[Split]:
    """Return everyone as one group, then each question's groups, in reading order; empty groups are left out."""
    found = [Split(EVERYONE, (), (EVERYONE,), np.zeros(len(frame), np.intp))]
    for question in questions(by) if by is not None else []:
        need(frame, question, step)
        refuse_persons(frame, question)
        groups = crossed(frame, list(question)).occurring()
        found.append(Split(question_name(question), question, tuple(groups.names), groups.place.astype(np.intp)))
    return found


def asking(
    population: str,
    splits: Sequence[Split],
    parts: Mapping[str, NDArray[np.bool_]],
    ladders: Mapping[str, tuple[NDArray[np.int64], Sequence[int]]] | None = None,
) -> Counts:
    """Return how many people each group has, and to how many each thing happened.

    Parameters
    ----------
    population : str
    splits : sequence of Split
    parts : mapping of str to ndarray of bool
        What may have happened to each row: every row is in exactly one part.
    ladders : mapping, optional
        By how much it happened, and over how much people are counted, in rising order.
    """
    counts, stepped = Counts(), {event: _stepped(here, (ladders or {}).get(event)) for event, here in parts.items()}
    for split in splits:
        size, cells = len(split.groups), split.cells(population).ravel()
        counts += tally(population, split.columns, _parts(split), np.bincount(split.place, minlength=size))
        for event, (rows, beyond, overs) in stepped.items():
            steps = len(overs) + 1
            people = np.bincount(split.place[rows] * steps + beyond, minlength=size * steps).reshape(size, steps)
            over = people[:, ::-1].cumsum(axis=1)[:, ::-1]
            counts += tally(population, split.columns, _parts(split), over, event=event, overs=(-1, *overs))
        whole = [tuple(split.cells(population, event).ravel()[at] for event in parts) for at in range(size)]
        counts = counts.with_sums(*(Sum(cell, mine) for cell, mine in zip(cells, whole, strict=True)))
    return counts


def _stepped(
    here: NDArray[np.bool_], ladder: tuple[NDArray[np.int64], Sequence[int]] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp], tuple[int, ...]]:
    """Return to which rows something happened, how many of the rising amounts each is over, and these amounts."""
    rows = np.flatnonzero(here)
    if ladder is None:
        return rows, np.zeros(len(rows), np.intp), ()
    amount, overs = ladder
    return rows, np.searchsorted(overs, amount[rows]), tuple(overs)


def share_ends(events: float, n: float, rounding: float = 0.0) -> tuple[float, float]:
    """Return Wilson's interval of a share, in a list like this one; not a number where a count is hidden.

    ``rounding`` is the variance that rounding the counts adds to each, as in `effective_counts`.
    """
    if not n > 0 or np.isnan(events):
        return np.nan, np.nan
    interval = wilson(*effective_counts(min(events, n), n, rounding=rounding))
    return float(interval.lower), float(interval.upper)


def nowhere(ordered: pd.DataFrame) -> int:
    """How many people have a recorded code that stands in no tier of the policy."""
    return int((ordered["score_status"] == "no_tier").sum()) if "score_status" in ordered else 0


def nowhere_said(released: ReleasedCounts, cell: Cell) -> str:
    """Return the warning that stands before all else where anybody is lost so."""
    if released.people(cell) == 0:
        return ""
    return (
        f"{in_words(released, cell)} people have a recorded code that stands in no tier of the policy: mend it first."
    )


def of_those_shown(shares: pd.DataFrame) -> str:
    """Return what a comparison of groups must add where some of them are hidden."""
    return ", of the groups shown" if shares.isna().any(axis=None) else ""


class More(NamedTuple):
    """A group in which something is more common than among everyone else, with both shares."""

    group: str
    own: float
    others: float


def compared(rows: pd.DataFrame, whole: Any, event: str, of: str, doing: str, rounding: float = 0.0) -> str:
    """Say in which groups something is more common than among everyone else, or that there are too few to tell.

    Parameters are those of `more_common`, and what happened: ``"moving down"``.
    """
    return where_more(more_common(rows, whole, event, of, rounding), str(rows["by"].iloc[0]), doing)


def where_more(more: Sequence[More] | None, by: str, doing: str) -> str:
    """Say in which groups of a question something is more common, as `more_common` found them."""
    if more is None:
        return ""
    if not more:
        return f"too few to tell whether {doing} is more common in any group than in the others"
    named = [f"{_who(by, each.group)} ({each.own:.0%}, everyone else {each.others:.0%})" for each in more]
    return f"{doing} is more common among {' and '.join(named)}"


def _who(by: str, group: str) -> str:
    """Return what a sentence calls a group: of a flag or a factor not *yes* and *no* alone."""
    return with_points(by, group) or (f"{group} for {spoken(by)}" if group in ("Yes", "No") else group)


def with_points(by: str, group: str) -> str:
    """Return the people of a question about a factor: those who have points for it, or none; nothing of another question."""
    return f"people {'with' if group == 'yes' else 'without'} {spoken(by)}" if by.startswith(POINTS_FOR) else ""


def more_common(rows: pd.DataFrame, whole: Any, event: str, of: str, rounding: float = 0.0) -> list[More] | None:
    """Return the groups in which something is more common than among everyone else; None where two groups are not shown.

    Each group is compared with everyone else by Newcombe's interval (1998), so wide that all of a question hold together
    (Sidak). It is about chance in a list like this one, and the counts are those shown.

    Parameters
    ----------
    rows : DataFrame
        The groups of one question.
    whole : Series
        The row of everyone.
    event, of : str
        Columns of counts: to how many it happened, of how many.
    rounding : float
        Variance of one rounded count; everyone else is the difference of two.
    """
    n, events = (rows[name].to_numpy(np.float64, na_value=np.nan) for name in (of, event))
    shown = ~np.isnan(events) & (n > 0)
    if shown.sum() < 2 or pd.isna(whole[event]) or pd.isna(whole[of]):
        return None
    n, events = n[shown], events[shown]
    rest = np.maximum(float(whole[of]) - n, 1.0)
    others = np.clip(float(whole[event]) - events, 0.0, rest)
    own_counts = effective_counts(np.minimum(events, n), n, rounding=rounding)
    other_counts = effective_counts(others, rest, rounding=2 * rounding)
    gap = newcombe(*own_counts, *other_counts, confidence=family_confidence(0.95, len(n)))
    every = zip(rows["group"].to_numpy(object)[shown], events / n, others / rest, gap.lower, strict=True)
    return [More(str(name), float(own), float(other)) for name, own, other, lower in every if lower > 0]
