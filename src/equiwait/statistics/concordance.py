"""Kendall's rank correlation and its test: people whose group and wait differ the same way."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.comparisons import two_way
from equiwait.statistics.shapes import Array, Significance, normal_test


def kendall(table: ArrayLike) -> Array:
    """Kendall's τ-b between the ordered rows and the ordered columns of a table.

    Parameters
    ----------
    table : array_like, shape (..., rows, columns)
        Counts: groups in order × values in order.

    Returns
    -------
    ndarray
        −1 to 1; nan where rows or columns do not vary. `kendall_test` gives its p-value.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``τ = (C − D)/√((P − R)(P − K))``: pairs concordant less discordant, of ``P = N(N − 1)/2`` with ``R`` tied by row
    and ``K`` by column. Kendall MG (1945), *Biometrika* 33:239–251.

    Examples
    --------
    >>> kendall([[3, 1], [1, 3]]).round(3)
    np.float64(0.5)
    """
    cells = two_way(table)
    untied = [_pairs(cells.sum((-2, -1))) - _pairs(cells.sum(axis)).sum(-1) for axis in (-1, -2)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(_concordance(cells) / np.sqrt(untied[0] * untied[1]))[()]


def _pairs(n: Array) -> Array:
    return np.asarray(n * (n - 1) / 2)


def _concordance(cells: Array) -> Array:
    """Pairs of people whose row and column differ the same way, less those whose differ opposite ways."""
    above = cells.cumsum(-2) - cells
    lower = above.cumsum(-1) - above
    higher = above.sum(-1, keepdims=True) - above.cumsum(-1)
    return np.asarray((cells * (lower - higher)).sum((-2, -1)))


def kendall_test(table: ArrayLike) -> Significance:
    """Test that the ordered rows and the ordered columns of a table are unrelated, by Kendall's concordance.

    Parameters
    ----------
    table : array_like, shape (..., rows, columns)
        Counts: groups in order × values in order.

    Returns
    -------
    Significance
        z, corrected for ties, no continuity correction; nan where rows or columns do not vary. With groups for rows
        this is the Jonckheere–Terpstra test.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``z = (C − D)/√V`` with concordant less discordant pairs, ``V = v₀ + v₁ + v₂``, row and column totals ``t``, ``u``,
    ``v₀ = (N(N − 1)(2N + 5) − Σ t(t − 1)(2t + 5) − Σ u(u − 1)(2u + 5))/18``, ``v₁ = Σ t(t − 1) Σ u(u − 1)/(2N(N − 1))``
    and ``v₂ = Σ t(t − 1)(t − 2) Σ u(u − 1)(u − 2)/(9N(N − 1)(N − 2))``. Kendall MG (1970), *Rank Correlation Methods*,
    4th ed., Griffin, chapter 4; Jonckheere AR (1954), *Biometrika* 41:133–145.

    Examples
    --------
    >>> kendall_test([[3, 1], [1, 3]])
    Significance(statistic=1.323, df=nan, p_value=0.1859)
    """
    cells = two_way(table)
    n = cells.sum((-2, -1))
    down, along = cells.sum(-1), cells.sum(-2)
    parts = [_tie_sums(down), _tie_sums(along)]
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (n * (n - 1) * (2 * n + 5) - parts[0][0] - parts[1][0]) / 18
        variance = variance + parts[0][1] * parts[1][1] / (2 * n * (n - 1))
        variance = variance + parts[0][2] * parts[1][2] / (9 * n * (n - 1) * (n - 2))
        z = _concordance(cells) / np.sqrt(variance)
    return normal_test(np.where(np.isfinite(z), z, np.nan))


def _tie_sums(sizes: Array) -> tuple[Array, Array, Array]:
    """The three sums over groups of tied people that the variance of the concordance needs."""
    pairs = sizes * (sizes - 1)
    return (pairs * (2 * sizes + 5)).sum(-1), pairs.sum(-1), (pairs * (sizes - 2)).sum(-1)
