"""Counts of people by group as they may be shown: no hidden cell can be had back from the whole."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits import By, crossed, question_name, questions
from equiwait.disclosure.rules import Rule

__all__ = ["EVERYONE", "Shown", "Split", "highest", "not_alone", "of_those_shown", "protected", "splits_of"]

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


def of_those_shown(shares: pd.DataFrame) -> str:
    """Return what a comparison of groups must add where some of them are hidden."""
    return ", of the groups shown" if shares.isna().any(axis=None) else ""


def highest(rows: pd.DataFrame, share: str) -> str:
    """Return the groups of the highest share, every one of several that tie, with the share."""
    top = rows[share].max()
    return f"{' and '.join(rows.loc[rows[share] == top, 'group'])} ({top:.0%})"


def protected(people: NDArray[np.int64], parts: NDArray[np.int64], rule: Rule) -> Shown:
    """Return people and some of the parts they fall into as they may be shown.

    One part is always left out of the table, so that the parts shown do not sum to the people. The groups do sum to
    everyone, who are shown: where one group's cell would be hidden alone, the smallest other of its column is hidden too.

    Parameters
    ----------
    people : ndarray of int, shape (groups,)
        People of each group.
    parts : ndarray of int, shape (groups, k)
        Parts of each group.
    rule : Rule
        The small-number rule.
    """
    cells = np.column_stack([parts, people])
    hidden = np.asarray(rule.release(cells).hidden)
    for column in range(cells.shape[1]) if len(cells) > 1 else ():
        not_alone(hidden[:, column], cells[:, column])
    counts = np.where(hidden, np.nan, rule.release(cells).counts)
    return Shown(counts[:, -1], counts[:, :-1], np.asarray(hidden.any(axis=1)))


def not_alone(hidden: NDArray[np.bool_], counts: NDArray[np.int64]) -> None:
    """Hide the smallest other cell beside one that is hidden alone; an empty one protects nothing unless all are."""
    if hidden.sum() == 1 and len(hidden) > 1:
        others = np.flatnonzero(~hidden)
        hidden[others[np.lexsort((counts[others], counts[others] == 0))[0]]] = True
