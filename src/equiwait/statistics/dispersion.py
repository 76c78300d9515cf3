"""How far groups lie apart, whatever their order: variance, mean differences, what they cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.shapes import (
    Array,
    Estimate,
    counts_of,
    estimate,
    events_among,
    floats,
    normal_point,
    shown,
    unwrapped,
)


def _groups(values: ArrayLike, sizes: ArrayLike, std_errors: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Values, shares of people and standard errors (nan where not given) of the groups that hold anybody."""
    y, people = floats(values, counts_of(sizes)[0])
    if y.ndim != 1:
        raise ValueError("values must be one series of groups.")
    error = np.full(y.shape, np.nan) if std_errors is None else floats(std_errors, y)[0]
    held = people > 0
    return y[held], people[held] / people.sum() if held.any() else people[held], error[held]


def between_group_variance(
    values: ArrayLike, sizes: ArrayLike, std_errors: ArrayLike | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Variance of the groups' values about the mean, each group weighing as many as it has people.

    Parameters
    ----------
    values, sizes : array_like, shape (groups,)
        Shares or means, and people, by group; groups without anybody are left out.
    std_errors : array_like, shape (groups,), optional
        Of the values; without them there is no interval (nan).
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        In the square of the values' units. Chance alone keeps it above 0: see `max_min_gap` for a test.

    Raises
    ------
    ValueError
        Negative counts, shapes that do not fit.

    Notes
    -----
    ``Σ p (y − μ)²``; the standard error is that of a quadratic form of independent normal values. Ahn J et al. (2018),
    *JCO Clinical Cancer Informatics* 2:1–19.

    Examples
    --------
    >>> between_group_variance([20, 30, 40], [100, 200, 100], [2, 2, 2])
    Estimate(value=50, std_error=14.37, lower=21.84, upper=78.16)
    """
    y, p, error = _groups(values, sizes, std_errors)
    value, _, variance = _variance_moments(y, p, error)
    return estimate(value, np.sqrt(variance), confidence)


def _variance_moments(y: Array, p: Array, error: Array) -> tuple[float, float, float]:
    """Σ p (y − μ)², and its mean and variance over repeated sampling of the values."""
    if not y.size:
        return np.nan, np.nan, np.nan
    gap, square = y - (p * y).sum(), error**2
    value = float((p * gap**2).sum())
    mean = value + float((p * (1 - p) * square).sum())
    pure = 2 * ((p**2 * square).sum() ** 2 + (p**2 * square**2).sum() - 2 * (p**3 * square**2).sum())
    return value, mean, float(4 * (p**2 * gap**2 * square).sum() + pure)


def between_group_sd(
    values: ArrayLike, sizes: ArrayLike, std_errors: ArrayLike | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Standard deviation of the groups' values about the mean.

    Parameters
    ----------
    values, sizes, std_errors, confidence
        As `between_group_variance`.

    Returns
    -------
    Estimate
        In the values' units. The interval is that of what sampling again would show, log-normal with the moments of
        the variance: it lies a little above the value, as chance does.

    Raises
    ------
    ValueError
        Negative counts, shapes that do not fit.

    Notes
    -----
    ``√Σ p (y − μ)²``. Root of `between_group_variance`. Harper S, Lynch J (2005), *Methods for Measuring Cancer
    Disparities*, NCI.

    Examples
    --------
    >>> between_group_sd([20, 30, 40], [100, 200, 100], [2, 2, 2])
    Estimate(value=7.071, std_error=0.9916, lower=5.468, upper=9.26)
    """
    y, p, error = _groups(values, sizes, std_errors)
    value, mean, variance = _variance_moments(y, p, error)
    whole = _log_normal(value, mean, variance, confidence)
    root = np.sqrt(value)
    spread = np.sqrt(variance) / (2 * np.sqrt(mean)) if mean > 0 else np.nan
    return Estimate(*unwrapped(root, spread, np.sqrt(whole.lower), np.sqrt(whole.upper)))


def _log_normal(value: float, mean: float, variance: float, confidence: float) -> Estimate:
    """An interval for something that cannot be below 0, from the moments of what sampling again would show."""
    if not mean > 0:
        return Estimate(*unwrapped(value, np.sqrt(variance), mean, mean))
    spread = np.sqrt(np.log1p(variance / mean**2))
    middle, half = np.log(mean) - spread**2 / 2, normal_point(confidence) * spread
    return Estimate(*unwrapped(value, np.sqrt(variance), np.exp(middle - half), np.exp(middle + half)))


def coefficient_of_variation(
    values: ArrayLike, sizes: ArrayLike, std_errors: ArrayLike | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Standard deviation between groups as a share of the mean.

    Parameters
    ----------
    values, sizes, std_errors, confidence
        As `between_group_variance`; the mean of the values must not be 0.

    Returns
    -------
    Estimate
        0.1 is ten per cent of the mean. The interval takes the mean as known: it varies far less.

    Raises
    ------
    ValueError
        Negative counts, shapes that do not fit.

    Notes
    -----
    ``√Σ p (y − μ)² / μ``. `between_group_sd` over μ. Harper S, Lynch J (2005), *Methods for Measuring Cancer
    Disparities*, NCI.

    Examples
    --------
    >>> coefficient_of_variation([20, 30, 40], [100, 200, 100], [2, 2, 2])
    Estimate(value=0.2357, std_error=0.03305, lower=0.1823, upper=0.3087)
    """
    y, p, _ = _groups(values, sizes, None)
    return _over_mean(between_group_sd(values, sizes, std_errors, confidence=confidence), y, p)


def _over_mean(spread: Estimate, y: Array, p: Array) -> Estimate:
    mean = abs(float((p * y).sum()))
    return Estimate(*unwrapped(*(part / mean if mean > 0 else np.nan for part in spread)))


def mean_difference(
    values: ArrayLike,
    sizes: ArrayLike,
    std_errors: ArrayLike | None = None,
    *,
    against: str | int = "mean",
    weighted: bool = True,
    confidence: float = 0.95,
) -> Estimate:
    """Mean distance of the groups from their mean, from the best of them, or from a reference.

    Parameters
    ----------
    values, sizes, std_errors, confidence
        As `between_group_variance`.
    against : str or int
        ``"mean"``; ``"lowest"`` or ``"highest"``, whichever is best; or the place of the reference group, from 0.
    weighted : bool
        Weigh each group by its people; otherwise all alike.

    Returns
    -------
    Estimate
        In the values' units. The interval is that of what sampling again would show: with few people a group strays
        from any mark by chance alone, so that it may begin above the value.

    Raises
    ------
    ValueError
        Negative counts, shapes that do not fit, a reference that holds nobody or is not there.

    Notes
    -----
    ``Σ w |y − mark|``. Moments of the folded normal (Leone FC, Nelson LS, Nottingham RB (1961), *Technometrics*
    3:543–550) and of the greatest of several normals (Clark CE (1961), *Operations Research* 9:145–162). Harper S,
    Lynch J (2005), *Methods for Measuring Cancer Disparities*, NCI.

    Examples
    --------
    >>> mean_difference([20, 30, 40], [100, 200, 100], against="lowest").value
    np.float64(10.0)
    """
    y, p, error = _groups(values, sizes, std_errors)
    if not y.size:
        return estimate(np.nan, np.nan, confidence)
    weight = p if weighted else np.full(y.size, 1 / y.size)
    if against in ("lowest", "highest"):
        sign = 1.0 if against == "highest" else -1.0
        return _from_best(sign * y, weight, error, confidence)
    if against == "mean":
        return _from_mark(y, weight, error, float((p * y).sum()), p, confidence)
    if isinstance(against, str):
        raise ValueError(f'against must be "mean", "lowest", "highest" or the place of a group, not {against!r}.')
    return _from_mark(y, weight, error, *_reference(y, sizes, against), confidence)


def _reference(y: Array, sizes: ArrayLike, place: int) -> tuple[float, Array]:
    """The value of the reference group, and all the weight on it."""
    held = np.asarray(sizes, dtype=float) > 0
    if not 0 <= place < held.size or not held[place]:
        raise ValueError(f"the reference must be the place of a group with people in it, from 0 to {held.size - 1}.")
    mark = np.zeros(y.size)
    mark[held[:place].sum()] = 1.0
    return float((mark * y).sum()), mark


def _from_mark(y: Array, weight: Array, error: Array, mark: float, mix: Array, confidence: float) -> Estimate:
    """Mean distance from a mark that is itself a mix of the values."""
    gap, square = y - mark, error**2
    shared = (mix**2 * square).sum()
    spread = np.sqrt(np.maximum(square * (1 - 2 * mix) + shared, 0))
    mean, variance, lean, bend = _folded(gap, spread)
    # Price's theorem: the covariance of two sizes, by powers of the covariance that the mark gives their values.
    together = shared * ((weight * lean).sum() ** 2 - (weight**2 * lean**2).sum())
    together += shared**2 / 2 * ((weight * bend).sum() ** 2 - (weight**2 * bend**2).sum())
    total = (weight**2 * variance).sum() + together
    return _log_normal(float((weight * abs(gap)).sum()), float((weight * mean).sum()), float(total), confidence)


def _folded(gap: Array, spread: Array) -> tuple[Array, Array, Array, Array]:
    """Mean and variance of the size of a normal value, and the slope and bend of the mean as the value moves."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(spread > 0, gap / spread, np.sign(gap) * np.inf)
        ratio = np.where(np.isnan(spread), np.nan, np.nan_to_num(ratio, nan=0.0, posinf=1e9, neginf=-1e9))
    lean, height = special.erf(ratio / np.sqrt(2)), np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2)
    mean = spread * height + gap * lean
    bend = np.divide(height, spread, out=np.zeros_like(spread), where=spread > 0)
    return mean, np.maximum(gap**2 + spread**2 - mean**2, 0), lean, bend


def _from_best(y: Array, weight: Array, error: Array, confidence: float) -> Estimate:
    """Mean distance below the highest value, the highest being whichever sampling again would show."""
    value = float((weight * (y.max() - y)).sum())
    mean, variance, with_each = _greatest(y, error**2)
    total = variance + (weight**2 * error**2).sum() - 2 * (weight * with_each).sum()
    return _log_normal(value, float(mean - (weight * y).sum()), float(max(total, 0.0)), confidence)


def _greatest(y: Array, square: Array) -> tuple[float, float, Array]:
    """Mean and variance of the greatest of independent normals, and its covariance with each of them."""
    mean, variance = float(y[0]), float(square[0])
    with_each = np.where(np.arange(y.size) == 0, square, 0.0)
    for j in range(1, y.size):
        apart = np.sqrt(variance + square[j])
        if apart == 0:
            mean = max(mean, float(y[j]))
            continue
        ratio = (mean - y[j]) / apart
        stays, height = special.ndtr(ratio), np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
        first = mean * stays + y[j] * (1 - stays) + apart * height
        second = (mean**2 + variance) * stays + (y[j] ** 2 + square[j]) * (1 - stays)
        variance = float(second + (mean + y[j]) * apart * height - first**2)
        mean = float(first)
        with_each = with_each * stays
        with_each[j] = square[j] * (1 - stays)
    return mean, max(variance, 0.0) if variance == variance else np.nan, with_each


def index_of_disparity(
    values: ArrayLike,
    sizes: ArrayLike,
    std_errors: ArrayLike | None = None,
    *,
    weighted: bool = True,
    confidence: float = 0.95,
) -> Estimate:
    """Mean distance of the groups from their mean, as a share of it.

    Parameters
    ----------
    values, sizes, std_errors, weighted, confidence
        As `mean_difference`; the mean of the values must not be 0.

    Returns
    -------
    Estimate
        0.1 is ten per cent of the mean. The interval takes the mean as known.

    Raises
    ------
    ValueError
        Negative counts, shapes that do not fit.

    Notes
    -----
    ``Σ w |y − μ| / μ``. `mean_difference` over μ. Pearcy JN, Keppel KG (2002), *Public Health Reports* 117:273–280.

    Examples
    --------
    >>> index_of_disparity([20, 30, 40], [100, 200, 100]).value.round(4)
    np.float64(0.1667)
    """
    y, p, _ = _groups(values, sizes, None)
    spread = mean_difference(values, sizes, std_errors, weighted=weighted, confidence=confidence)
    return _over_mean(spread, y, p)


class Attributable(NamedTuple):
    """What the share of everybody would change by at the reference's share: in points, and as a part of it.

    Examples
    --------
    >>> population_attributable([30, 60], [200, 200], 0).fraction.round(4)
    np.float64(-0.3333)
    """

    risk: Array
    risk_std_error: Array
    risk_lower: Array
    risk_upper: Array
    fraction: Array
    fraction_std_error: Array
    fraction_lower: Array
    fraction_upper: Array

    def __repr__(self) -> str:
        return shown(self)


def population_attributable(
    events: ArrayLike, n: ArrayLike, reference: int, *, confidence: float = 0.95
) -> Attributable:
    """What the share of everybody would change by, did every group have the share of the reference.

    Parameters
    ----------
    events, n : array_like, shape (groups,)
        People with the event and people in all, by group.
    reference : int
        The place of the reference group, from 0.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Attributable
        ``risk`` is the reference's share less everybody's, negative where fewer would have the event; ``fraction`` is
        that over everybody's share. nan where the reference, or everybody, is without events.

    Raises
    ------
    ValueError
        Negative counts, more events than people, a reference that is not there.

    Notes
    -----
    ``p₀ − p`` and ``f = p₀/p − 1``; the error of ``f`` is ``(1 + f) √((d − f (b + u))/(N c))`` with ``c`` and ``u``
    people of the reference with and without the event, ``b`` and ``d`` of the others. Walter SD (1978), *International
    Journal of Epidemiology* 7:175–182.

    Examples
    --------
    >>> population_attributable([30, 60], [200, 200], 0)
    Attributable(risk=-0.075, risk_std_error=0.02016, risk_lower=-0.1145, ...)
    """
    x, people = events_among(*floats(events, n))
    if x.ndim != 1 or not 0 <= reference < x.size:
        raise ValueError("reference must be the place of a group in one series of groups, from 0.")
    everyone, c, size = people.sum(), x[reference], people[reference]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = x.sum() / everyone
        fraction = c / size / share - 1
        healthy, sick = everyone - size - x.sum() + c, x.sum() - c
        spread = healthy - fraction * (sick + size - c)
        error = np.sqrt(np.maximum((1 + fraction) ** 2 * spread / (everyone * c), 0))
    risk = estimate(fraction * share, error * share, confidence)
    return Attributable(*risk, *estimate(fraction, error, confidence))
