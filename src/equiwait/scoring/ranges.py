"""Between which places a person would stand, whatever the unrecorded inputs of anyone on the list turned out to be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equiwait.scoring.ranks import Guard, starts_of

__all__ = ["Ends", "Span", "guarded_range", "place_range"]

_PAIRS = 4_000_000  # comparisons held in memory at a time
_MOST = 20_000  # people in a group beyond which pairs are not compared one by one


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
    best = np.searchsorted(np.sort(ends.worst), ends.best) - start + 1
    ahead = np.searchsorted(np.sort(ends.best), ends.worst) - start
    return Span(best, ahead + 1 - (ends.best < ends.worst))


def guarded_range(group: np.ndarray, base: Ends, equity: Ends, guard: Guard) -> Span:
    """Return bounds of the place where guards may bind; exact in every group where they cannot.

    Two facts hold whatever the guard: it keeps the order of any two people on whom the base order and the equity order
    agree, and it moves nobody further from the base place than the cap.
    """
    free, held = place_range(group, equity), place_range(group, base)
    best, worst = free.best.copy(), free.worst.copy()
    for rows in _groups_where(_may_bind(group, held, free, guard), group):
        first, last = _agreed(rows, base, equity) if len(rows) <= _MOST else (1, len(rows))
        most = len(rows) if guard.most is None else 2 * (guard.most // 2)
        if not _clear(rows, base, equity, guard, held, free):
            best[rows] = np.maximum(first, held.best[rows] - most)
            worst[rows] = np.minimum(last, held.worst[rows] + most)
    return Span(best, worst)


def _groups_where(wanted: np.ndarray, group: np.ndarray) -> list[np.ndarray]:
    """Return the rows of each group that is wanted."""
    rows = np.flatnonzero(wanted[group])
    rows = rows[np.argsort(group[rows], kind="stable")]
    return np.split(rows, np.flatnonzero(np.diff(group[rows])) + 1) if len(rows) else []


def _may_bind(group: np.ndarray, held: Span, free: Span, guard: Guard) -> np.ndarray:
    """Which groups hold somebody whom the cap or a protection could concern."""
    concerned = guard.protected | _capped(held, free, guard)
    return np.bincount(group, weights=concerned) > 0


def _capped(held: Span, free: Span, guard: Guard) -> np.ndarray:
    if guard.most is None:
        return np.zeros(len(held.best), bool)
    half = guard.most // 2
    return np.asarray((free.worst - held.best > half) | (held.worst - free.best > half))


def _clear(rows: np.ndarray, base: Ends, equity: Ends, guard: Guard, held: Span, free: Span) -> bool:
    """Whether no completion makes the guard of this group act."""
    if _capped(held, free, guard)[rows].any() or len(rows) > _MOST:
        return False
    kept = rows[guard.protected[rows]]
    step = max(1, _PAIRS // max(len(rows), 1))
    return not any(_passes(kept[at : at + step], rows, base, equity) for at in range(0, len(kept), step))


def _passes(kept: np.ndarray, rows: np.ndarray, base: Ends, equity: Ends) -> bool:
    """Whether equity could put somebody before a protected person who may be ahead without it."""
    behind = base.best[kept][:, None] < base.worst[rows][None, :]
    ahead = equity.best[rows][None, :] < equity.worst[kept][:, None]
    return bool((behind & ahead & (kept[:, None] != rows[None, :])).any())


def _agreed(rows: np.ndarray, base: Ends, equity: Ends) -> tuple[np.ndarray, np.ndarray]:
    """Return the places left when those surely ahead, and surely behind, in both orders are counted."""
    first, last = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    step = max(1, _PAIRS // len(rows))
    for at in range(0, len(rows), step):
        mine = rows[at : at + step, None]
        ahead = (base.worst[rows] < base.best[mine]) & (equity.worst[rows] < equity.best[mine])
        behind = (base.best[rows] > base.worst[mine]) & (equity.best[rows] > equity.worst[mine])
        first[at : at + step] = 1 + ahead.sum(axis=1)
        last[at : at + step] = len(rows) - behind.sum(axis=1)
    return first, last
