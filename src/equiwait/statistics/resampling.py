"""Intervals of what sampling again would show: those of the WHO's HEAT, without its random numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.distances import folded, greatest, groups_of, reference_of
from equiwait.statistics.shapes import Array, Estimate, estimate, normal_point, unwrapped

_MEASURES = ("bgv", "bgsd", "mean_difference", "index_of_disparity")


def resampling_interval(
    values: ArrayLike,
    sizes: ArrayLike,
    std_errors: ArrayLike,
    *,
    measure: str,
    against: str | int = "mean",
    weighted: bool = True,
    confidence: float = 0.95,
) -> Estimate:
    """Range of what sampling the groups' values again would show, as the WHO's tools print it.

    For comparing with published figures only: it is centred on what chance has already added, so that it seldom holds
    the truth where groups are much alike. Use `between_group_variance`, `between_group_sd`, `mean_difference` and
    `index_of_disparity`.

    Parameters
    ----------
    values, sizes, std_errors : array_like, shape (groups,)
        As in `between_group_variance`.
    measure : str
        ``"bgv"`` (normal), ``"bgsd"``, ``"mean_difference"`` or ``"index_of_disparity"``.
    against, weighted
        As in `mean_difference`; for the last two measures.
    confidence : float
        Two-sided.

    Returns
    -------
    Estimate
        The value is the measure's own.

    Raises
    ------
    ValueError
        Negative counts, an unknown measure, shapes that do not fit.

    Notes
    -----
    ``exp(ln m − s²/2 ± z s)``, ``s² = ln(1 + v/m²)``, with the mean ``m`` and variance ``v`` of the measure of values
    drawn again: of the folded normal (Leone FC, Nelson LS, Nottingham RB (1961), *Technometrics* 3:543–550), of the
    greatest of several normals (Clark CE (1961), *Operations Research* 9:145–162), and for the variance between groups
    those of Ahn J et al. (2018), *JCO Clinical Cancer Informatics* 2:1–19. In place of the percentiles of 100 draws that
    the R package healthequal takes.

    Examples
    --------
    >>> resampling_interval([20, 30, 40], [100, 200, 100], [2, 2, 2], measure="bgsd")
    Estimate(value=7.071, std_error=0.9916, lower=5.468, upper=9.26)
    """
    if measure not in _MEASURES:
        raise ValueError(f"measure must be one of {', '.join(_MEASURES)}, not {measure!r}.")
    y, p, error = groups_of(values, sizes, std_errors)
    if not y.size:
        return estimate(np.nan, np.nan, confidence)
    if measure in ("bgv", "bgsd"):
        value, mean, variance = variance_moments(y, p, error)
        if measure == "bgv":
            return estimate(value, np.sqrt(variance), confidence)
        whole = _log_normal(value, mean, variance, confidence)
        spread = np.sqrt(variance) / (2 * np.sqrt(mean)) if mean > 0 else np.nan
        return Estimate(*unwrapped(np.sqrt(value), spread, np.sqrt(whole.lower), np.sqrt(whole.upper)))
    weight = p if weighted else np.full(y.size, 1 / y.size)
    if against in ("lowest", "highest"):
        found = _from_best((1.0 if against == "highest" else -1.0) * y, weight, error, confidence)
    else:
        mark = (float((p * y).sum()), p) if isinstance(against, str) else reference_of(y, sizes, against)
        found = _from_mark(y, weight, error, *mark, confidence)
    mean = abs(float((p * y).sum())) if measure == "index_of_disparity" else 1.0
    return Estimate(*unwrapped(*(part / mean if mean > 0 else np.nan for part in found)))


def variance_moments(y: Array, p: Array, error: Array) -> tuple[float, float, float]:
    """Σ p (y − μ)², and its mean and variance over repeated sampling of the values."""
    if not y.size:
        return np.nan, np.nan, np.nan
    gap, square = y - (p * y).sum(), error**2
    value = float((p * gap**2).sum())
    mean = value + float((p * (1 - p) * square).sum())
    pure = 2 * ((p**2 * square).sum() ** 2 + (p**2 * square**2).sum() - 2 * (p**3 * square**2).sum())
    return value, mean, float(4 * (p**2 * gap**2 * square).sum() + pure)


def _log_normal(value: float, mean: float, variance: float, confidence: float) -> Estimate:
    """An interval for something that cannot be below 0, from the moments of what sampling again would show."""
    if not mean > 0:
        return Estimate(*unwrapped(value, np.sqrt(variance), mean, mean))
    spread = np.sqrt(np.log1p(variance / mean**2))
    middle, half = np.log(mean) - spread**2 / 2, normal_point(confidence) * spread
    return Estimate(*unwrapped(value, np.sqrt(variance), np.exp(middle - half), np.exp(middle + half)))


def _from_mark(y: Array, weight: Array, error: Array, mark: float, mix: Array, confidence: float) -> Estimate:
    """Mean distance from a mark that is itself a mix of the values."""
    gap, square = y - mark, error**2
    shared = (mix**2 * square).sum()
    spread = np.sqrt(np.maximum(square * (1 - 2 * mix) + shared, 0))
    mean, variance, lean, bend = folded(gap, spread)
    # Price's theorem: the covariance of two sizes, by powers of the covariance that the mark gives their values.
    together = shared * ((weight * lean).sum() ** 2 - (weight**2 * lean**2).sum())
    together += shared**2 / 2 * ((weight * bend).sum() ** 2 - (weight**2 * bend**2).sum())
    total = (weight**2 * variance).sum() + together
    return _log_normal(float((weight * abs(gap)).sum()), float((weight * mean).sum()), float(total), confidence)


def _from_best(y: Array, weight: Array, error: Array, confidence: float) -> Estimate:
    """Mean distance below the highest value, the highest being whichever sampling again would show."""
    value = float((weight * (y.max() - y)).sum())
    mean, variance, with_each = greatest(y, error**2)
    total = variance + (weight**2 * error**2).sum() - 2 * (weight * with_each).sum()
    return _log_normal(value, float(mean - (weight * y).sum()), float(max(total, 0.0)), confidence)
