"""People with several pathways: how many people there are, and how much wider that makes an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits.groups import Groups, crossed

Floats: TypeAlias = NDArray[np.float64]
Wholes: TypeAlias = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Clustering:
    """Which rows are of people with several of them: only these widen an interval, and none moves a value.

    ``rows`` are the places of those rows and ``person`` a number for the person of each; ``identified`` are the places of
    all rows that say whose they are. A row that does not counts as somebody else's.
    """

    rows: Wholes
    person: Wholes
    identified: Wholes

    @property
    def any(self) -> bool:
        """Whether anybody has several rows."""
        return len(self.rows) > 0

    def design_effect(self, groups: Groups) -> Floats:
        """Return Σk²/Σk of each group, k being one person's rows in it: how many times the variance of a share grows.

        Examples
        --------
        >>> groups = Groups(("A", "B"), np.array([True, True]), np.array([0, 0, 0, 1]))
        >>> clustering_of(pd.Series(["x", "x", "y", "z"])).design_effect(groups).round(3)
        array([1.667, 1.   ])
        """
        size = len(groups.names)
        pairs, k = self._pairs(groups)
        more = np.bincount(pairs % size, (k * k - k).astype(float), minlength=size)
        known = np.bincount(groups.place[self.identified], minlength=size)
        return np.asarray(1 + np.divide(more, known, out=np.zeros(size), where=known > 0))

    def people(self, groups: Groups) -> Floats:
        """Return how many people each group has.

        Examples
        --------
        >>> groups = Groups(("A", "B"), np.array([True, True]), np.array([0, 0, 0, 1]))
        >>> clustering_of(pd.Series(["x", "x", "y", "z"])).people(groups)
        array([2., 1.])
        """
        size = len(groups.names)
        pairs, k = self._pairs(groups)
        again = np.bincount(pairs % size, (k - 1).astype(float), minlength=size)
        return np.asarray(np.bincount(groups.place, minlength=size) - again)

    def _pairs(self, groups: Groups) -> tuple[Wholes, Wholes]:
        """Each person with a group that they are in more than once or not, as one number, and how often."""
        key = self.person * len(groups.names) + groups.place[self.rows]
        pairs, k = np.unique(key, return_counts=True)
        return pairs, k


def clustering_of(person: pd.Series[Any]) -> Clustering:
    """Return which rows are of people with several of them, from the column that says who is who."""
    number, _ = pd.factorize(person)
    identified = np.flatnonzero(number >= 0)
    often = np.bincount(number[identified]) if len(identified) else np.zeros(0, np.int64)
    several = identified[often[number[identified]] > 1]
    return Clustering(several, number[several].astype(np.int64), identified)


def design_effects(frame: pd.DataFrame, groups: Groups) -> Floats:
    """Return Σk²/Σk of each group of a list; 1 where the list does not say who is who."""
    if "person_id" not in frame.columns:
        return np.ones(len(groups.names))
    return clustering_of(frame["person_id"]).design_effect(groups)


@dataclass(frozen=True)
class Repeated:
    """The counted rows of a list, and who of them has several: asked one question at a time."""

    counted: pd.DataFrame
    clustering: Clustering

    def design_effect(self, columns: Sequence[str], names: Sequence[str]) -> Floats:
        """Return Σk²/Σk of each group, in the order of ``names``."""
        groups = crossed(self.counted, columns)
        return _by_name(groups, self.clustering.design_effect(groups), names, 1.0)

    def people(self, columns: Sequence[str], names: Sequence[str]) -> Floats:
        """Return how many people each group has, in the order of ``names``."""
        groups = crossed(self.counted, columns)
        return _by_name(groups, self.clustering.people(groups), names, 0.0)


def _by_name(groups: Groups, values: Floats, names: Sequence[str], otherwise: float) -> Floats:
    found = dict(zip(groups.names, values.tolist(), strict=True))
    return np.array([found.get(name, otherwise) for name in names], np.float64)
