"""Between which places a person would stand, whatever the unrecorded inputs of anyone on the list turned out to be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equiwait.scoring.ranks import Guard, count_below, starts_of

__all__ = ["Ends", "Span", "guarded_range", "place_range"]


class Ends(NamedTuple):
    """The best and worst code of each row, the group first in both."""

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

    Two facts hold whatever the guard: it keeps the order of any two people on whom the base order and the equity order
    agree, and it moves nobody further from the base place than the cap.
    """
    free, held = place_range(group, equity), place_range(group, base)
    binds = np.bincount(group, weights=_concerned(base, equity, held, free, guard))[group] > 0
    if not binds.any():
        return free
    size = np.bincount(group)[group]
    most = size if guard.most is None else 2 * (guard.most // 2)
    ahead = _below_both(base.worst, equity.worst, base.best, equity.best) - starts_of(group)
    behind = _below_both(-base.best, -equity.best, -base.worst, -equity.worst) - (len(group) - starts_of(group) - size)
    best = np.where(binds, np.maximum(ahead + 1, held.best - most), free.best)
    worst = np.where(binds, np.minimum(size - behind, held.worst + most), free.worst)
    return Span(best, worst)


def _concerned(base: Ends, equity: Ends, held: Span, free: Span, guard: Guard) -> np.ndarray:
    """Rows whom some completion could have the cap hold, or have someone pass who may not."""
    concerned = np.zeros(len(base.best), bool)
    if guard.most is not None:
        half = guard.most // 2
        concerned |= (free.worst - held.best > half) | (held.worst - free.best > half)
    kept = np.flatnonzero(guard.protected)
    if len(kept):
        ahead = count_below(equity.best, equity.worst[kept])
        both = _below_both(base.worst, equity.best, base.best[kept] + 1, equity.worst[kept])
        alone = (base.worst > base.best) & (equity.best < equity.worst)  # a row does not pass itself
        concerned[kept] |= ahead - both - alone[kept] > 0
    return concerned


def _below_both(x: np.ndarray, y: np.ndarray, below_x: np.ndarray, below_y: np.ndarray) -> np.ndarray:
    """Return for each query how many points are smaller in both coordinates.

    The points stand in the order of ``x``; their ranks in ``y`` are sorted bit by bit, the highest first, while each
    query follows the first so many of them (a wavelet matrix: Claude and Navarro 2012). It takes as many passes as a
    rank has bits, whatever the data.
    """
    reach = count_below(x, below_x)  # a query sees this many points, in the order of x
    limit = count_below(y, below_y)  # and counts those whose rank in y is under this
    rank = np.empty(len(y), np.int64)
    rank[np.argsort(y)] = np.arange(len(y))
    rank = rank[np.argsort(x, kind="stable")]
    start, count = np.zeros(len(reach), np.int64), np.zeros(len(reach), np.int64)
    whole = limit >= len(y)
    for bit in reversed(range(max(int(len(y) - 1).bit_length(), 1))):
        zero = (rank >> bit) & 1 == 0
        zeros_before = np.concatenate([[0], np.cumsum(zero)])
        low, high = zeros_before[start], zeros_before[reach]
        up = (limit >> bit) & 1 == 1
        count += np.where(up, high - low, 0)
        start = np.where(up, zeros_before[-1] + start - low, low)
        reach = np.where(up, zeros_before[-1] + reach - high, high)
        rank = np.concatenate([rank[zero], rank[~zero]])
    return np.where(whole, count_below(x, below_x), count)
