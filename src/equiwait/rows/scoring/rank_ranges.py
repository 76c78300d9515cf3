"""Between which places a person would stand, whatever the unrecorded inputs of anyone on the list turned out to be."""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np

from equiwait.rows.scoring.promises import Guard
from equiwait.rows.scoring.ranking import arranged, count_below, starts_of

__all__ = ["Ends", "Span", "guarded_range", "place_range"]

Pair: TypeAlias = tuple[np.ndarray, np.ndarray]


class Ends(NamedTuple):
    """The best and worst of each row, numbered together with the group first."""

    best: np.ndarray
    worst: np.ndarray


class Span(NamedTuple):
    """The best and worst place of each row."""

    best: np.ndarray
    worst: np.ndarray


def place_range(group: np.ndarray, ends: Ends) -> Span:
    """Return the best and worst place of each row in its group over every completion of what is unrecorded.

    Inputs of different rows are free of each other, so the best place counts those who stay ahead at their worst, and
    the worst place those who come ahead at their best: both are reached.
    """
    start = starts_of(group)
    best = count_below(ends.worst, ends.best) - start + 1
    ahead = count_below(ends.best, ends.worst) - start
    return Span(best, ahead + 1 - (ends.best < ends.worst))


def guarded_range(group: np.ndarray, base: Ends, equity: Ends, guard: Guard) -> Span:
    """Return bounds of the place where guards may bind; exact in every group where they cannot.

    Three facts hold whatever the guard: it keeps the order of any two people on whom the base order and the equity order
    agree, and it moves nobody further back from the base place, or further forward, than may be lost or gained.
    """
    free = place_range(group, equity)
    if guard.idle:
        return free
    held = place_range(group, base)
    binds = np.bincount(group, weights=_concerned(group, base, equity, held, free, guard))[group] > 0
    if not binds.any():
        return free
    size = np.bincount(group)[group]
    most, gain = (size if each is None else each for each in (guard.most, guard.gain))
    ahead = _below_both(group, (base.worst, equity.worst), (base.best, equity.best))
    last = int(group.max())
    points, limits = _turned((base.best, equity.best), (base.worst, equity.worst))
    behind = _below_both(last - group, points, limits)
    best = np.where(binds, np.maximum(ahead + 1, held.best - gain), free.best)
    worst = np.where(binds, np.minimum(size - behind, held.worst + most), free.worst)
    return Span(best, worst)


def _concerned(group: np.ndarray, base: Ends, equity: Ends, held: Span, free: Span, guard: Guard) -> np.ndarray:
    """Rows whom some completion could have a cap hold, or have someone pass who may not."""
    concerned = np.zeros(len(base.best), bool)
    if guard.most is not None:
        concerned |= free.worst - held.best > guard.most
    if guard.gain is not None:
        concerned |= held.worst - free.best > guard.gain
    kept = np.flatnonzero(guard.protected)
    if len(kept):
        ahead = count_below(equity.best, equity.worst[kept])
        both = _below_both(group, (base.worst, equity.best), (base.best[kept] + 1, equity.worst[kept]), kept)
        alone = (base.worst > base.best) & (equity.best < equity.worst)  # a row does not pass itself
        concerned[kept] |= ahead - starts_of(group)[kept] - both - alone[kept] > 0
    return concerned


def _turned(*pairs: Pair) -> list[Pair]:
    """Return pairs of numbers that run the other way."""
    last = max(int(each.max()) for each in chain(*pairs))
    return [(last - one, last - two) for one, two in pairs]


def _below_both(group: np.ndarray, points: Pair, limits: Pair, asking: np.ndarray | None = None) -> np.ndarray:
    """Return for each query how many points of its own group are smaller in both coordinates.

    The points stand in the order of the first coordinate; their ranks in the second are sorted bit by bit, the highest
    first, while each query follows the first so many of them (a wavelet matrix: Claude and Navarro 2012). It takes as
    many passes as the size of the largest group has bits, whatever the data.

    Parameters
    ----------
    group : ndarray of int
        Group of each point; numbers of a smaller group are smaller.
    points, limits : pair of ndarrays of int
        Coordinates of the points, and of what they must be under, numbered together.
    asking : ndarray of int, optional
        Which points' groups the queries belong to; by default one query for each point.
    """
    (x, y), first = points, starts_of(group)
    mine = first if asking is None else first[asking]
    reach = count_below(x, limits[0])  # a query sees the points from its group's first to this
    limit = count_below(y, limits[1]) - mine  # and counts those whose rank in y is under this
    rank = np.empty(len(y), np.int32)
    rank[arranged(y)] = np.arange(len(y), dtype=np.int32)
    by_x = arranged(x)
    rank = (rank - first)[by_x]
    size = int(np.bincount(group).max())
    start, end = mine.astype(np.intp), reach.astype(np.intp)
    seen, whole = reach - mine, limit >= size
    count = np.zeros(len(reach), np.intp)
    for bit in reversed(range(max(int(size - 1).bit_length(), 1))):
        zero = (rank >> bit) & 1 == 0
        after = np.zeros(
            (2, len(rank) + 1), np.intp
        )  # where a query's ends come to be among the noughts, and among the ones
        np.cumsum(zero, out=after[0, 1:])
        np.subtract(np.arange(after[0, -1], after[0, -1] + len(rank) + 1), after[0], out=after[1])
        up = (limit >> bit) & 1
        side, before = up * (len(rank) + 1), end - start
        start, end = after.take(start + side, mode="clip"), after.take(end + side, mode="clip")
        count += (before - (end - start)) * up
        rank = np.concatenate([rank[zero], rank[~zero]])
    return np.where(whole, seen, count)
