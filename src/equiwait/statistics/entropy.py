"""Inequality of waits between people, from tallies, and its parts within and between groups.

On a list of people who still wait these measure the age of the queue, not access to care.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.intervals import tallied
from equiwait.statistics.shapes import Array, shown


def gini(counts: ArrayLike, values: ArrayLike | None = None) -> Array:
    """Gini coefficient of tallied waits.

    Parameters
    ----------
    counts : array_like, shape (..., d)
        People at each value, along the last axis.
    values : array_like, shape (d,), optional
        The value of each cell, rising, none negative; 0, 1, 2, … days unless given.

    Returns
    -------
    ndarray
        0 (all alike) to 1; nan with nobody, or where everybody has 0.

    Raises
    ------
    ValueError
        Negative counts or values, values that do not rise or fit.

    Notes
    -----
    ``2 Σ c y R/(n Σ c y) − 1`` with ``R`` the people below a value and half of those at it. Half the mean difference
    between two people over the mean. Gini C (1912), *Variabilità e mutabilità*; Sen A (1973), *On Economic Inequality*,
    Clarendon.

    Examples
    --------
    >>> gini([1, 1, 1], [1, 2, 3]).round(4)
    np.float64(0.2222)
    """
    tally, at = _amounts(counts, values)
    n, total = tally.sum(-1), (tally * at).sum(-1)
    lower_ranks = tally.cumsum(-1) - tally / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * (tally * at * lower_ranks).sum(-1) / (n * total) - 1)[()]


def _amounts(counts: ArrayLike, values: ArrayLike | None) -> tuple[Array, Array]:
    tally, at = tallied(counts, values)
    if np.any(at < 0) or np.any(np.diff(at) <= 0):
        raise ValueError("values must rise and none may be negative.")
    return tally, at


def generalised_entropy(counts: ArrayLike, values: ArrayLike | None = None, *, alpha: float = 1.0) -> Array:
    """Generalised entropy of tallied waits: the longer waits weigh more, the higher ``alpha``.

    Parameters
    ----------
    counts : array_like, shape (..., d)
        People at each value, along the last axis.
    values : array_like, shape (d,), optional
        The value of each cell, rising, none negative; 0, 1, 2, … days unless given.
    alpha : float
        0: mean log deviation; 1: Theil's index; 2: half the squared coefficient of variation.

    Returns
    -------
    ndarray
        0 where all wait alike; inf for ``alpha`` ≤ 0 where somebody has 0; nan with nobody, or all at 0.

    Raises
    ------
    ValueError
        Negative counts or values, values that do not rise or fit.

    Notes
    -----
    ``(mean((y/μ)^α) − 1)/(α(α − 1))`` and its limits. Shorrocks AF (1980), *Econometrica* 48:613–625.

    Examples
    --------
    >>> generalised_entropy([1, 1, 1], [1, 2, 3], alpha=2).round(4)
    np.float64(0.0833)
    """
    tally, at = _amounts(counts, values)
    n = tally.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.asarray((tally * at).sum(-1) / n)
        share = np.where(mean[..., None] > 0, at / mean[..., None], np.nan)
        return np.asarray((np.where(tally > 0, tally * _entropy(share, alpha), 0.0)).sum(-1) / n)[()]


def _entropy(share: Array, alpha: float) -> Array:
    """What a person adds, whose wait is this many times the mean."""
    if alpha == 0:
        return -np.log(share)
    if alpha == 1:
        return np.asarray(special.xlogy(share, share))
    return np.asarray((share**alpha - 1) / (alpha * (alpha - 1)))


def theil(counts: ArrayLike, values: ArrayLike | None = None) -> Array:
    """Theil's index of tallied waits.

    Parameters
    ----------
    counts, values
        As `generalised_entropy`.

    Returns
    -------
    ndarray
        ``generalised_entropy(…, alpha=1)``: a wait of 0 adds 0.

    Raises
    ------
    ValueError
        As `generalised_entropy`.

    Notes
    -----
    ``mean((y/μ) ln(y/μ))``. Theil H (1967), *Economics and Information Theory*, North-Holland.

    Examples
    --------
    >>> theil([1, 1], [0, 10]).round(4)
    np.float64(0.6931)
    """
    return generalised_entropy(counts, values, alpha=1.0)


def mean_log_deviation(counts: ArrayLike, values: ArrayLike | None = None) -> Array:
    """Mean logarithmic deviation of tallied waits.

    Parameters
    ----------
    counts, values
        As `generalised_entropy`.

    Returns
    -------
    ndarray
        ``generalised_entropy(…, alpha=0)``; inf where somebody has waited 0.

    Raises
    ------
    ValueError
        As `generalised_entropy`.

    Notes
    -----
    ``mean(−ln(y/μ))``. Theil H (1967), *Economics and Information Theory*, North-Holland.

    Examples
    --------
    >>> mean_log_deviation([1, 1, 1], [1, 2, 3]).round(4)
    np.float64(0.0959)
    """
    return generalised_entropy(counts, values, alpha=0.0)


def atkinson(counts: ArrayLike, values: ArrayLike | None = None, *, epsilon: float = 1.0) -> Array:
    """Atkinson's index of tallied waits: the share of the mean that inequality is worth.

    Parameters
    ----------
    counts : array_like, shape (..., d)
        People at each value, along the last axis.
    values : array_like, shape (d,), optional
        The value of each cell, rising, none negative; 0, 1, 2, … days unless given.
    epsilon : float
        Aversion to inequality, 0 (none) or above.

    Returns
    -------
    ndarray
        0 to 1; mean × (1 − index) is the equally distributed equivalent. nan with nobody, or all at 0.

    Raises
    ------
    ValueError
        Negative counts, values or ``epsilon``, values that do not rise or fit.

    Notes
    -----
    ``1 − mean((y/μ)^(1−ε))^(1/(1−ε))``, for ε = 1 one less the geometric over the arithmetic mean. Atkinson AB (1970),
    *Journal of Economic Theory* 2:244–263.

    Examples
    --------
    >>> atkinson([1, 1, 1], [1, 2, 3], epsilon=1).round(4)
    np.float64(0.0914)
    """
    if epsilon < 0:
        raise ValueError(f"epsilon must be 0 or above, not {epsilon}.")
    tally, at = _amounts(counts, values)
    n = tally.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.asarray((tally * at).sum(-1) / n)
        share = np.where(mean[..., None] > 0, at / mean[..., None], np.nan)
        if epsilon == 1:
            level = np.exp(np.where(tally > 0, tally * np.log(share), 0.0).sum(-1) / n)
        else:
            power = np.where(tally > 0, tally * share ** (1 - epsilon), 0.0).sum(-1) / n
            level = power ** (1 / (1 - epsilon))
        return np.asarray(1 - level)[()]


class Parts(NamedTuple):
    """Inequality between people in all, and its parts within groups and between them.

    Examples
    --------
    >>> entropy_parts([[1, 1, 0], [0, 1, 1]], [1, 2, 3]).between.round(4)
    np.float64(0.0316)
    """

    total: Array
    within: Array
    between: Array

    def __repr__(self) -> str:
        return shown(self)


def entropy_parts(counts: ArrayLike, values: ArrayLike | None = None, *, alpha: float = 1.0) -> Parts:
    """Split generalised entropy into inequality within groups and between their means.

    Parameters
    ----------
    counts : array_like, shape (..., groups, d)
        People of each group at each value.
    values : array_like, shape (d,), optional
        The value of each cell, rising, none negative; 0, 1, 2, … days unless given.
    alpha : float
        As in `generalised_entropy`.

    Returns
    -------
    Parts
        ``total = within + between``; groups without anybody add nothing.

    Raises
    ------
    ValueError
        Negative counts or values, values that do not rise or fit, fewer than two axes.

    Notes
    -----
    Groups weigh ``p s^α`` within, with ``p`` their share of people and ``s`` their mean over everybody's. Shorrocks AF
    (1980), *Econometrica* 48:613–625; Bourguignon F (1979), *Econometrica* 47:901–920.

    Examples
    --------
    >>> entropy_parts([[1, 1, 0], [0, 1, 1]], [1, 2, 3])
    Parts(total=0.06541, within=0.03382, between=0.03158)
    """
    tally, at = _amounts(counts, values)
    if tally.ndim < 2:
        raise ValueError("counts must be shaped (..., groups, values).")
    total = generalised_entropy(tally.sum(-2), at, alpha=alpha)
    n = tally.sum(-1)
    held = n > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        share = n / n.sum(-1, keepdims=True)
        overall = (tally * at).sum((-2, -1)) / n.sum(-1)
        relative = np.where(held, (tally * at).sum(-1) / n, 0.0) / np.asarray(overall)[..., None]
        between = np.where(held, share * _entropy(relative, alpha), 0.0).sum(-1)
        inside = share * relative**alpha * generalised_entropy(tally, at, alpha=alpha)
    # A group all of whose waits are 0 has no spread of its own.
    within = np.where(held & (relative > 0), inside, 0.0).sum(-1)
    return Parts(*(np.asarray(part)[()] for part in (total, within, between)))
