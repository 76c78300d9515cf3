"""What a year of a given size can show, reckoned from the planted shares alone: no code of the library."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from planted_years import STAYS, gap_planted

Floats = NDArray[np.float64]
MONTHS, A_MONTH = 13, 365.25 / 12
SHARE_B = 0.4


class Reckoned(NamedTuple):
    """The change planted, half the width of its interval on average, and how often the interval leaves out nought."""

    change: float
    half: float
    power: float


def reckoned(joiners: int, *, rounded: bool, years: int = 4000, seed: int = 1) -> Reckoned:
    """Years of binomial months, a weighted line through their gaps, Birge's ratio; ``rounded`` to five as ``hes`` does."""
    rng = np.random.default_rng(seed)
    days = np.arange(MONTHS) * A_MONTH + A_MONTH / 2
    gap = gap_planted(days, "closing")
    b = rng.binomial(joiners, SHARE_B, (years, MONTHS))
    counts = [b, joiners - b, rng.binomial(b, STAYS + gap), rng.binomial(joiners - b, np.full(MONTHS, STAYS))]
    n_b, n_a, over_b, over_a = (5 * np.round(each / 5) if rounded else each for each in counts)
    own, base = over_b / n_b, over_a / n_a
    added = 2.0 if rounded else 0.0
    variance = sum(share * (1 - share) / n + added * (1 + share**2) / n**2 for share, n in ((own, n_b), (base, n_a)))
    change, half = _line(own - base, variance, days)
    return Reckoned(float(gap[-1] - gap[0]), float(half.mean()), float((np.abs(change) > half).mean()))


def _line(y: Floats, variance: Floats, x: Floats) -> tuple[Floats, Floats]:
    """The change along a weighted line from the first month to the last, and half the width of its interval at 95%."""
    weight = 1 / variance
    middle = (weight * x).sum(1, keepdims=True) / weight.sum(1, keepdims=True)
    square = (weight * (x - middle) ** 2).sum(1, keepdims=True)
    slope = (weight * (x - middle) * y).sum(1, keepdims=True) / square
    level = (weight * y).sum(1, keepdims=True) / weight.sum(1, keepdims=True)
    scatter = (weight * (y - level - slope * (x - middle)) ** 2).sum(1) / (len(x) - 2)
    error = np.ptp(x) / np.sqrt(square[:, 0])
    half = error * np.maximum(stats.norm.ppf(0.975), stats.t.ppf(0.975, len(x) - 2) * np.sqrt(scatter))
    return slope[:, 0] * np.ptp(x), half
