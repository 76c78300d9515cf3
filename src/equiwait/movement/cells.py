"""Counts of people by group as they may be shown: no cell can be had back from its neighbours or from the whole."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.disclosure import Rule
from equiwait.waits import By, crossed, question_name, questions

__all__ = ["EVERYONE", "Shown", "Split", "protected", "splits_of"]

EVERYONE = "everyone"

Split = tuple[str, list[str], NDArray[np.intp]]
"""A question, the names of its groups, and for each row its place among them."""


def splits_of(frame: pd.DataFrame, by: By | None) -> list[Split]:
    """Return everyone as one group, then each question's groups, in reading order; empty groups are left out."""
    found: list[Split] = [(EVERYONE, [EVERYONE], np.zeros(len(frame), np.intp))]
    for question in questions(by) if by is not None else []:
        groups = crossed(frame, list(question))
        met = np.flatnonzero(np.bincount(groups.place, minlength=len(groups.names)))
        place = np.searchsorted(met, groups.place)
        found.append((question_name(question), [groups.names[each] for each in met], place))
    return found


class Shown(NamedTuple):
    """Counts as shown (NaN where hidden), and the groups of which something is hidden."""

    people: NDArray[np.float64]
    parts: NDArray[np.float64]
    hidden: NDArray[np.bool_]


def protected(people: NDArray[np.int64], parts: NDArray[np.int64], rule: Rule) -> Shown:
    """Return people and the parts they fall into as they may be shown.

    A group with one small part has all its parts hidden, since they sum to its people. Where just one group of a
    question is touched the smallest other is hidden with it, since the groups sum to everyone, who are shown.

    Parameters
    ----------
    people : ndarray of int, shape (groups,)
        People of each group.
    parts : ndarray of int, shape (groups, k)
        The parts of each group, which sum to its people.
    rule : Rule
        The small-number rule.
    """
    few = _not_alone(rule.release(people).hidden, people)
    broken = _not_alone(rule.release(parts).hidden.any(axis=1) | few, people)
    counts = np.where(broken[:, None], np.nan, rule.release(parts).counts)
    return Shown(np.where(few, np.nan, rule.release(people).counts), counts, broken)


def _not_alone(hidden: NDArray[np.bool_], people: NDArray[np.int64]) -> NDArray[np.bool_]:
    if hidden.sum() != 1 or len(hidden) == 1:
        return hidden
    also = hidden.copy()
    also[np.argmin(np.where(hidden | (people == 0), np.iinfo(np.int64).max, people))] = True
    return also
