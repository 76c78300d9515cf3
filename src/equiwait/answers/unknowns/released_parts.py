"""The released counts of one question: each group, its reference, the unknown and the others; whole and in parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equiwait.counts.waits import Waits, question_name
from equiwait.counts.waits.groups import CROSS
from equiwait.counts.waits.references import Given, Reference, reference_of
from equiwait.disclosure import ReleasedCounts, cells_of, everyone_cells, recorded_cells
from equiwait.statistics import PartlyRecorded, partly_recorded

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Question:
    """One question as its counts may be shown.

    ``groups`` in reading order, ``known`` those that are recorded, ``reference`` what each stands against; ``parts`` are
    the values of ``split``, the columns whose records may be filled one part at a time.
    """

    columns: tuple[str, ...]
    groups: tuple[str, ...]
    known: Truths
    reference: Reference
    shown: ReleasedCounts
    population: str
    split: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called."""
        return question_name(self.columns)

    @property
    def compared(self) -> list[int]:
        """Places of the recorded groups that stand against something."""
        return [int(at) for at in np.flatnonzero(self.known & ~self.reference.itself)]

    def of_groups(self, day: int) -> Floats:
        """People of each group who have waited longer than so many days; NaN where hidden."""
        return self._people(cells_of(self.population, self.columns, _values(self.groups), overs=[day]))[:, 0]

    def of_everyone(self, day: int) -> float:
        """The same of everybody."""
        return float(self._people(everyone_cells(self.population, overs=[day]))[0])

    def of_recorded(self, day: int) -> float:
        """The same of everybody whose group is recorded."""
        return float(self._people(recorded_cells(self.population, self.columns, overs=[day]))[0])

    def of_unknown(self, day: int) -> float:
        """The same of everybody else: the difference of the two; NaN where one is hidden."""
        return 0.0 if self.known.all() else max(self.of_everyone(day) - self.of_recorded(day), 0.0)

    def of_groups_in_parts(self, day: int) -> Floats:
        """People of each group and part, groups × parts."""
        crossed = [(*group, *part) for group in _values(self.groups) for part in _values(self.parts)]
        cells = cells_of(self.population, (*self.columns, *self.split), crossed, overs=[day])
        return self._people(cells).reshape(len(self.groups), len(self.parts))

    def of_parts(self, day: int) -> Floats:
        """People of each part."""
        return self._people(cells_of(self.population, self.split, _values(self.parts), overs=[day]))[:, 0]

    def _people(self, cells: NDArray[np.object_]) -> Floats:
        """Counts as shown; 0 for a group that nobody is in."""
        there = np.array([cell in self.shown.place for cell in cells.ravel()], bool).reshape(cells.shape)
        return np.where(there, self.shown.people(cells), 0.0)


def _values(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(name.split(CROSS)) for name in names]


def question_of(
    waits: Waits, columns: tuple[str, ...], shown: ReleasedCounts, given: Given, split: tuple[str, ...]
) -> Question:
    """Return one question of the counts beside what may be shown of it."""
    groups, _ = waits.cube(columns)
    names, known = tuple(groups["group"]), groups["known"].to_numpy(bool)
    reference = reference_of(question_name(columns), names, known, given)
    parts = tuple(waits.cube(split)[0]["group"]) if split else ()
    return Question(columns, names, known, reference, shown, waits.about.population, split, parts)


@dataclass(frozen=True)
class Shares:
    """Shares of one question: one line for each group, and whether the unknown are so few that only a bound serves."""

    groups: PartlyRecorded
    hidden: Truths
    unknown_hidden: bool


def shares_of(asked: Question, day: int) -> Shares:
    """Return each group beside its reference, the unknown and the others: who has waited longer than so many days."""
    own = asked.of_groups(day), asked.of_groups(-1)
    recorded = asked.of_recorded(day), asked.of_recorded(-1)
    unknown = asked.of_unknown(day), asked.of_unknown(-1)
    few = bool(np.isnan(unknown).any())
    rule = asked.shown.rule
    if few:  # so many with the event and as many without are the most that hidden people can do
        unknown = float(rule.most_hidden), 2.0 * rule.most_hidden
    groups, hidden = _beside(own, recorded, (min(unknown), unknown[1]), asked.reference)
    return Shares(groups, hidden, few)


def shares_of_parts(asked: Question, day: int) -> tuple[PartlyRecorded, Truths]:
    """Return the same of each part of the list, groups × parts, and which parts may be looked at.

    Where a group is hidden in a part, that part's unknown are taken to be as on the whole list.
    """
    some, people = asked.of_groups_in_parts(day), asked.of_groups_in_parts(-1)
    unknown = some[~asked.known].sum(0), people[~asked.known].sum(0)
    everyone = asked.of_parts(day), asked.of_parts(-1)
    shown = ~np.isnan(unknown).any(0) & ~np.isnan(everyone).any(0)
    each = []
    for at in range(len(asked.parts)):
        missing = (float(np.nan_to_num(unknown[0][at])), float(np.nan_to_num(unknown[1][at])))
        recorded = tuple(float(np.nan_to_num(all_[at] - none)) for all_, none in zip(everyone, missing, strict=True))
        each.append(_beside((some[:, at], people[:, at]), recorded, missing, asked.reference)[0])
    return PartlyRecorded(*(np.stack(axis, axis=-1) for axis in zip(*each, strict=True))), np.asarray(shown)


def _beside(
    own: tuple[Floats, Floats], recorded: tuple[float, ...], unknown: tuple[float, float], reference: Reference
) -> tuple[PartlyRecorded, Truths]:
    """Each group beside its reference and the others, and where something is hidden (nobody, there)."""
    base = [reference.shown(mine, all_) for mine, all_ in zip(own, recorded, strict=True)]
    hidden = np.asarray(np.isnan(own).any(0) | np.isnan(base).any(0))
    others = [all_ - mine - theirs for all_, mine, theirs in zip(recorded, own, base, strict=True)]
    sides = [np.where(hidden, 0.0, np.maximum(each, 0.0)) for pair in (own, base, others) for each in pair]
    (e, n), (e0, n0), (e2, n2) = sides[:2], sides[2:4], sides[4:]
    return (
        partly_recorded(np.minimum(e, n), n, np.minimum(e0, n0), n0, min(unknown), unknown[1], np.minimum(e2, n2), n2),
        hidden,
    )
