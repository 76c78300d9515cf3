"""What to reckon with where a count is hidden: the middle of what it can be, and how far off that may be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equiwait.disclosure.cells import SHARED, SHOWN, SMALL, Cell, Cells
from equiwait.disclosure.release import ReleasedCounts

__all__ = ["Middles", "middles"]


class Middles(NamedTuple):
    """Numbers of people to reckon with, and how far the true ones may stand from them."""

    people: NDArray[np.float64]
    off: NDArray[np.float64]


def middles(released: ReleasedCounts, parts: Cells, whole: Cell) -> Middles:
    """Return the parts of a whole as they are shown, and in place of a hidden one the middle of what it can be.

    Parameters
    ----------
    released : ReleasedCounts
    parts : object array of Cell, shape (parts,)
    whole : Cell
        The sum of the parts. Parts that are hidden beside others share what it leaves; NaN where it is hidden itself.

    Examples
    --------
    >>> from equiwait.disclosure.cells import cells_of, everyone_cells, tally
    >>> from equiwait.disclosure.release import release
    >>> from equiwait.disclosure.rules import rule_named
    >>> released = release(tally("open", "sex", ["F", "M", "X"], [52, 43, 3]), rule_named("hes"))
    >>> middles(released, cells_of("open", "sex", ["F", "M", "X"])[:, 0], everyone_cells("open")[0])
    Middles(people=array([50., 45.,  4.]), off=array([2., 2., 3.]))
    """
    rule, marks, shown = released.rule, released.marked(parts), released.people(parts)
    least = np.where(marks == SMALL, rule.fewest, 0)
    few = np.isin(marks, (SMALL, SHARED))
    people = np.where(few, (least + rule.most_hidden) / 2, shown)
    off = np.where(few, (rule.most_hidden - least) / 2, rule.off(shown))
    beside = (marks != SHOWN) & ~few
    if beside.any():
        left = float(released.people(whole)) - float(people[~beside].sum())
        people[beside] = off[beside] = max(left, 0.0) / beside.sum() if np.isfinite(left) else np.nan
    return Middles(people, off)
