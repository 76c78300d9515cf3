"""The gap between the highest and the lowest of several groups, which chance alone makes wide."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.shapes import Array, counts_of, shown, unwrapped


class Gap(NamedTuple):
    """The gap between the highest and the lowest group, and what chance alone would make of it.

    Examples
    --------
    >>> max_min_gap([0.30, 0.36, 0.33], [0.03, 0.03, 0.03]).expected.round(4)
    np.float64(0.0508)
    """

    value: Array
    expected: Array
    p_value: Array

    def __repr__(self) -> str:
        return shown(self)


def max_min_gap(values: ArrayLike, std_errors: ArrayLike) -> Gap:
    """Gap between the highest and the lowest of several groups, beside the gap that chance alone would leave.

    Parameters
    ----------
    values, std_errors : array_like, shape (groups,)
        Estimates and their standard errors were all groups alike (for shares ``√(p(1 − p)/n)`` with the pooled ``p``).
        Groups without a standard error (nan) are left out.

    Returns
    -------
    Gap
        ``expected``: the mean gap were all groups alike; many small groups make it wide. ``p_value``: the chance of a
        gap as wide. nan with fewer than two groups.

    Raises
    ------
    ValueError
        Negative standard errors, shapes that do not fit.

    Notes
    -----
    ``E = ∫ (1 − Π Φ(x/sᵢ) − Π (1 − Φ(x/sᵢ))) dx``. The range of independent normals, by quadrature. Tippett LHC (1925),
    *Biometrika* 17:364–387.

    Examples
    --------
    >>> max_min_gap([0.30, 0.36, 0.33], [0.03, 0.03, 0.03])
    Gap(value=0.06, expected=0.05078, p_value=0.3335)
    """
    y, error = counts_of(np.zeros(1), std_errors, what="std_errors")
    y = np.asarray(values, dtype=float)
    if y.ndim != 1 or y.shape != error.shape:
        raise ValueError("values and std_errors must be one series of groups.")
    y, error = y[error > 0], error[error > 0]
    if y.size < 2:
        return Gap(*unwrapped(np.nan, np.nan, np.nan))
    grid = np.linspace(-9, 9, 2001) * error.max()
    below = special.ndtr(grid[:, None] / error)
    expected = _area(1 - below.prod(1) - (1 - below).prod(1), grid)
    gap = np.ptp(y)
    within = special.ndtr((grid[:, None] + gap) / error) - below
    density = np.exp(-((grid[:, None] / error) ** 2) / 2) / (error * np.sqrt(2 * np.pi))
    others = np.stack([np.delete(within, j, axis=1).prod(1) for j in range(y.size)], axis=1)
    inside = _area((density * others).sum(1), grid)
    return Gap(*unwrapped(gap, expected, np.clip(1 - inside, 0, 1)))


def _area(heights: Array, grid: Array) -> Array:
    """Area under a curve, by trapezia."""
    return np.asarray(((heights[1:] + heights[:-1]) / 2 * np.diff(grid)).sum())
