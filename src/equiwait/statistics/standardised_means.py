"""Mean waits up to a horizon, of one group and standardised over strata such as age and sex."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.intervals import tallied
from equiwait.statistics.shapes import Array, Estimate, counts_of, estimate


def mean_within(
    counts: ArrayLike,
    horizon: float,
    values: ArrayLike | None = None,
    *,
    design_effect: ArrayLike = 1.0,
    confidence: float = 0.95,
) -> Estimate:
    """Mean wait of which no day past a horizon counts: a few very long waits do not carry it.

    Parameters
    ----------
    counts : array_like, shape (..., d)
        People at each value, along the last axis.
    horizon : float
        In the units of the values: a longer wait counts as one of this length.
    values : array_like, shape (d,), optional
        The value of each cell; 0, 1, 2, … days unless given.
    design_effect : array_like
        Σk²/Σk of each tally over people with k pathways each.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        nan with nobody counted; no interval with one person. For waits that are not over `restricted_mean` is meant.
        The slope over deciles is `slope_index` of the values, with these standard errors.

    Raises
    ------
    ValueError
        Negative counts, values that do not fit, a horizon that is not above 0.

    Notes
    -----
    ``m ± z √(d s²/n)`` with the mean ``m`` and the variance ``s²`` of ``min(wait, horizon)``. Irwin JO (1949), *Journal of
    Hygiene* 47:188–189; Rao JNK, Scott AJ (1992), *Biometrics* 48:577–585.

    Examples
    --------
    >>> mean_within([0, 2, 1, 1], 2)
    Estimate(value=1.5, std_error=0.2887, lower=0.9342, upper=2.066)
    """
    tally, at = tallied(counts, values)
    if not horizon > 0:
        raise ValueError(f"horizon must be above 0, not {horizon}.")
    n, mean, squares = _moments(tally, np.minimum(at, horizon))
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = squares / np.where(n > 1, n - 1, np.nan)
        return estimate(mean, np.sqrt(np.asarray(design_effect) * variance / n), confidence)


def _moments(tally: Array, at: Array) -> tuple[Array, Array, Array]:
    """People, mean, and the sum of squares about it."""
    n = tally.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (tally * at).sum(-1) / n
    gaps = at - np.nan_to_num(np.asarray(mean))[..., None]
    return n, mean, (tally * gaps**2).sum(-1)


def direct_mean(
    counts: ArrayLike,
    standard: ArrayLike,
    values: ArrayLike | None = None,
    *,
    horizon: float = np.inf,
    design_effect: ArrayLike = 1.0,
    confidence: float = 0.95,
) -> Estimate:
    """Directly standardised mean wait: what a group's mean would be with the ages and sexes of the standard.

    Parameters
    ----------
    counts : array_like, shape (..., strata, d)
        People of each stratum at each value.
    standard : array_like, shape (strata,)
        People of the standard in each stratum; strata in which the group has nobody are left out and the rest weighted
        anew (`direct_share` says how much is lost so).
    values : array_like, shape (d,), optional
        The value of each cell; 0, 1, 2, … days unless given.
    horizon : float
        A longer wait counts as one of this length.
    design_effect : array_like
        Σk²/Σk of each group over people with k pathways each.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        nan where no stratum holds anybody. Compare two groups with `difference` and `ratio`.

    Raises
    ------
    ValueError
        Negative counts, values or a standard that do not fit.

    Notes
    -----
    ``Σ w m`` with variance ``d Σ w² s²/n``; the variance of each stratum is drawn towards the one of all by two people, so
    that strata of one or two do not pass for certain. Breslow NE, Day NE (1987), *Statistical Methods in Cancer Research*
    II, IARC, section 2.3; Agresti A, Coull BA (1998), *The American Statistician* 52:119–126.

    Examples
    --------
    >>> direct_mean([[0, 6, 4], [0, 2, 8]], [300, 100])
    Estimate(value=1.5, std_error=0.1253, lower=1.254, upper=1.746)
    """
    tally, at = tallied(counts, values)
    if tally.ndim < 2:
        raise ValueError("counts must be shaped (..., strata, values).")
    n, mean, squares = _moments(tally, np.minimum(at, horizon))
    held = n > 0
    weight = np.where(held, np.broadcast_to(counts_of(standard)[0], n.shape), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = weight / weight.sum(-1, keepdims=True)
        pooled = squares.sum(-1, keepdims=True) / np.maximum(n - 1, 0).sum(-1, keepdims=True)
        variance = (squares + 2 * pooled) / (np.maximum(n - 1, 0) + 2)
        square = np.where(held, weight**2 * variance / n, 0.0).sum(-1)
        value = np.where(weight > 0, weight * np.where(held, mean, 0.0), 0.0).sum(-1)
    some = held.any(-1)
    error = np.sqrt(np.asarray(design_effect) * square)
    return estimate(np.where(some, value, np.nan), np.where(some, error, np.nan), confidence)
