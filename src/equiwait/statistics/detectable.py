"""What a list of this size could have shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.families import family_confidence
from equiwait.statistics.shapes import Array, counts_of, floats, normal_point


def detectable_difference(
    n: ArrayLike,
    n_reference: ArrayLike,
    share: ArrayLike,
    *,
    contrasts: int = 1,
    power: float = 0.8,
    confidence: float = 0.95,
) -> Array:
    """Smallest gap above the reference's share that groups of this size would show.

    Parameters
    ----------
    n, n_reference : array_like
        People of the group and of its reference; with repeated people, of `effective_counts`.
    share : array_like
        The share of the reference, 0 to 1.
    contrasts : int
        How many gaps are looked at. Two groups are one.
    power : float
        The chance with which a gap of this size stands clear.
    confidence : float
        Two-sided coverage of the family.

    Returns
    -------
    ndarray
        A difference of shares; nan where no gap, not even to everybody, would do.

    Raises
    ------
    ValueError
        Negative counts, a share, power or confidence outside 0 to 1.

    Notes
    -----
    The ``d`` at which ``d = z √(p̄(1 − p̄)(1/n₁ + 1/n₀)) + z₁₋β √(p₁(1 − p₁)/n₁ + p₀(1 − p₀)/n₀)`` with
    ``p₁ = p₀ + d``, ``p̄`` the pooled share and ``z`` at the confidence of each interval of the family. Fleiss JL, Levin B,
    Paik MC (2003), *Statistical Methods for Rates and Proportions*, 3rd ed., Wiley, chapter 4.

    Examples
    --------
    >>> detectable_difference(293.15, 293.15, 0.2).round(4)
    np.float64(0.1)
    >>> detectable_difference([40, 400], 2000, 0.3).round(3)
    array([0.211, 0.072])
    """
    n1, n0 = counts_of(n, n_reference)
    n1, n0, p0 = floats(n1, n0, share)
    if np.any((p0 < 0) | (p0 > 1)) or not 0 < power < 1:
        raise ValueError("share must lie between 0 and 1, and power strictly between them.")
    z, reach = normal_point(family_confidence(confidence, contrasts)), float(special.ndtri(power))

    def short(gap: Array) -> Array:
        p1 = np.minimum(p0 + gap, 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            whole = (n1 * p1 + n0 * p0) / (n1 + n0)
            alike = np.sqrt(whole * (1 - whole) * (1 / n1 + 1 / n0))
            return np.asarray(gap - z * alike - reach * np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0))

    low, high = np.zeros(p0.shape), 1 - p0
    possible = (n1 > 0) & (n0 > 0) & (short(high) >= 0) & (high > 0)
    for _ in range(60):
        middle = (low + high) / 2
        enough = short(middle) >= 0
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.asarray(np.where(possible, high, np.nan))[()]
