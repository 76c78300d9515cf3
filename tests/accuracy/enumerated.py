"""Shares, differences and ratios: coverage by exact enumeration, no random numbers.

Every table that two groups can give is looked at, and its chance added where its interval holds the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from equiwait import statistics as st

SIZES = ((10, 10), (20, 20), (15, 60), (30, 120), (50, 50), (8, 200))
SHARES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
Ends = Callable[..., st.Interval]


class Found(NamedTuple):
    """What one line of the page says: how often intervals hold the truth, over the points of a grid."""

    name: str
    points: int
    mean: float
    least: float
    peer: str


def coverage(lower: Any, upper: Any, truth: float, chance: Any) -> float:
    held = (np.asarray(lower) <= truth + 1e-12) & (np.asarray(upper) >= truth - 1e-12)
    return float((np.asarray(chance) * held).sum() / np.asarray(chance).sum())


def one_share(ends: Ends) -> Iterator[float]:
    for n in (10, 20, 50, 100, 300):
        x = np.arange(n + 1)
        found = ends(x, n)
        for p in SHARES:
            yield coverage(found.lower, found.upper, p, stats.binom.pmf(x, n, p))


def two_shares(ends: Ends, truth: Callable[[float, float], float]) -> Iterator[float]:
    for n1, n0 in SIZES:
        x1, x0 = np.meshgrid(np.arange(n1 + 1), np.arange(n0 + 1), indexing="ij")
        found = ends(x1, n1, x0, n0)
        # No events on either side say nothing of a ratio: the interval is everything, and counts as holding it.
        for p1 in SHARES:
            for p0 in SHARES:
                chance = stats.binom.pmf(x1, n1, p1) * stats.binom.pmf(x0, n0, p0)
                yield coverage(found.lower, found.upper, truth(p1, p0), chance)


def wald(x: Any, n: Any) -> st.Interval:
    p = np.asarray(x) / n
    half = 1.959963984540054 * np.sqrt(p * (1 - p) / n)
    return st.Interval(p, p - half, p + half)


def wald_difference(x1: Any, n1: Any, x0: Any, n0: Any) -> st.Interval:
    p1, p0 = np.asarray(x1) / n1, np.asarray(x0) / n0
    half = 1.959963984540054 * np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    return st.Interval(p1 - p0, p1 - p0 - half, p1 - p0 + half)


def gap(p1: float, p0: float) -> float:
    return p1 - p0


def times(p1: float, p0: float) -> float:
    return p1 / p0


def contrast(*counts: Any) -> st.Interval:
    found = st.share_contrast(*counts)
    return st.Interval(found.value, found.lower, found.upper)


def enumerated() -> Iterator[Found]:
    """The lines of the page that rest on enumeration, each beside a method that others use."""
    lines = (
        ("share: Wilson", one_share(st.wilson), "Wald", one_share(wald)),
        ("difference of shares: Newcombe", two_shares(st.newcombe, gap), "Wald", two_shares(wald_difference, gap)),
        ("difference, with the exact test of sparse groups", two_shares(contrast, gap), "Newcombe alone",
         two_shares(st.newcombe, gap)),
        ("ratio of shares: Koopman", two_shares(st.koopman, times), "Katz", two_shares(st.risk_ratio, times)),
    )  # fmt: skip
    for name, ours, other, theirs in lines:
        found, peer = list(ours), list(theirs)
        said = f"{other}: {np.mean(peer):.1%}, least {min(peer):.1%}"
        yield Found(name, len(found), float(np.mean(found)), min(found), said)
