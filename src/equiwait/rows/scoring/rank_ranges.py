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
    if binds.any():
        rows = np.flatnonzero(binds)
        base, equity, between = (Ends(each.best[rows], each.worst[rows]) for each in (base, equity, held))
        free.best[rows], free.worst[rows] = _bounded(group[rows], base, equity, between, guard)
    return free


def _bounded(group: np.ndarray, base: Ends, equity: Ends, held: Ends, guard: Guard) -> Span:
    """Return the bounds of rows of groups where a guard may bind; ``held`` is between which places the base order leaves them."""
    size = np.bincount(group)[group]
    most, gain = (size if each is None else each for each in (guard.most, guard.gain))
    ahead = _below_both(group, (base.worst, equity.worst), (base.best, equity.best))
    points, limits = _turned((base.best, equity.best), (base.worst, equity.worst))
    behind = _below_both(int(group.max()) - group, points, limits)
    return Span(np.maximum(ahead + 1, held.best - gain), np.minimum(size - behind, held.worst + most))


def _concerned(group: np.ndarray, base: Ends, equity: Ends, held: Span, free: Span, guard: Guard) -> np.ndarray:
    """Rows whom some completion could have a cap hold, or have someone pass who may not."""
    concerned = np.zeros(len(base.best), bool)
    if guard.most is not None:
        concerned |= free.worst - held.best > guard.most
    if guard.gain is not None:
        concerned |= held.worst - free.best > guard.gain
    kept = np.flatnonzero(guard.protected)
    if len(kept):
        concerned[kept] |= _may_be_passed(base, equity, kept)
    return concerned


def _may_be_passed(base: Ends, equity: Ends, kept: np.ndarray) -> np.ndarray:
    """Return whether somebody else who may be behind some rows in the base order may come ahead in the equity order.

    Of all who may be behind, the one who may come furthest forward says so, or the next where that is the row itself.
    Nobody of a later group ever comes ahead.
    """
    turn = arranged(base.worst)
    furthest = np.append(equity.best[turn], 2 * [int(equity.worst.max()) + 1])[::-1]
    first = np.minimum.accumulate(furthest)
    next_ = np.minimum.accumulate(np.maximum(furthest[1:], first[:-1]))
    behind = len(turn) - count_below(base.worst, base.best[kept] + 1)  # how many may be behind each
    itself = (base.worst > base.best)[kept] & (equity.best[kept] == first[behind + 1])
    return np.asarray(np.where(itself, next_[behind], first[behind + 1]) < equity.worst[kept])


def _turned(*pairs: Pair) -> list[Pair]:
    """Return pairs of numbers that run the other way."""
    last = max(int(each.max()) for each in chain(*pairs))
    return [(last - one, last - two) for one, two in pairs]


def _below_both(group: np.ndarray, points: Pair, limits: Pair) -> np.ndarray:
    """Return for each row how many points of its own group are smaller than its limits in both coordinates.

    The points stand in the order of the first coordinate; their ranks in the second are sorted bit by bit, the highest
    first, while each query follows the first so many of them (a wavelet matrix: Claude and Navarro 2012). It takes as
    many passes as the size of the largest group has bits, whatever the data.

    Parameters
    ----------
    group : ndarray of int
        Group of each point; numbers of a smaller group are smaller.
    points, limits : pair of ndarrays of int
        Coordinates of the points, and of what they must be under, numbered together.
    """
    (x, y), first, many = points, starts_of(group), len(group)
    limit = count_below(y, limits[1]) - first  # a query counts points whose rank in y is under this
    rank = np.empty(many, np.int32)
    rank[arranged(y)] = np.arange(many, dtype=np.int32)
    rank = (rank - first)[arranged(x)]
    ends = np.concatenate([first, count_below(x, limits[0])]).astype(np.intp)  # it sees the points between these
    size, seen = int(np.bincount(group).max()), ends[many:] - ends[:many]
    count = np.zeros(many, np.intp)
    for bit in reversed(range(max(int(size - 1).bit_length(), 1))):
        one = (rank >> bit) & 1
        before = np.zeros(many + 1, np.intp)  # how many ones stand before each point
        np.cumsum(one, out=before[1:])
        ones = before.take(ends)
        noughts = ends - ones
        up = (limit >> bit) & 1
        count += (noughts[many:] - noughts[:many]) * up
        ends = np.where(np.concatenate([up, up]), ones + (many - before[-1]), noughts)
        rank = rank[np.argsort(one.astype(np.uint8), kind="stable")]
    return np.where(limit >= size, seen, count)
