"""How far groups lie apart, whatever their order: variance and mean distances, beside what chance makes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.distances import Distance, alike_p, folded, greatest, groups_of, reference_of
from equiwait.statistics.resampling import variance_moments
from equiwait.statistics.shapes import Array, Estimate, normal_point, unwrapped


def between_group_variance(
    values: ArrayLike, sizes: ArrayLike, std_errors: ArrayLike | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Variance of the groups' values about the mean, each group weighing as many as it has people.

    Parameters
    ----------
    values, sizes : array_like, shape (groups,)
        Shares or means, and people, by group; groups without anybody are left out.
    std_errors : array_like, shape (groups,), optional
        Of the values (for shares: `share_errors`, which are never 0); without them there is no interval (nan).
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        In the square of the values' units. Chance alone keeps the value above 0; the interval begins at 0 where all
        groups may be alike.

    Raises
    ------
    ValueError
        Negative counts, shapes that do not fit.

    Notes
    -----
    ``Σ p (y − μ)²`` is ``c`` times a noncentral χ² on ``ν`` degrees of freedom with noncentrality ``Σ p (η − μ)²/c`` of
    the true values ``η``; the interval holds the noncentralities under which what was seen is in neither tail, and the
    value. ``c`` and ``ν`` match mean and variance under equal values: Satterthwaite FE (1946), *Biometrics Bulletin*
    2:110–114. Inverting: Venables W (1975), *Journal of the Royal Statistical Society B* 37:406–412. The standard error
    is that of a quadratic form of normal values: Ahn J et al. (2018), *JCO Clinical Cancer Informatics* 2:1–19.

    Examples
    --------
    >>> between_group_variance([20, 30, 40], [100, 200, 100], [2, 2, 2])
    Estimate(value=50, std_error=14.37, lower=22.4, upper=85.22)
    """
    y, p, error = groups_of(values, sizes, std_errors)
    value, _, variance = variance_moments(y, p, error)
    lower, upper = _noncentral_ends(value, p, error, confidence)
    return Estimate(*unwrapped(value, np.sqrt(variance), lower, upper))


def _chi_square_like(p: Array, error: Array) -> tuple[float, float]:
    """Scale and degrees of freedom of Σ p (y − μ)² where all true values are equal."""
    square = error**2
    mean = (p * (1 - p) * square).sum()
    # The trace of (MV)², M = diag(p) − pp' and V = diag(error²).
    second = (p**2 * square**2).sum() - 2 * (p**3 * square**2).sum() + (p**2 * square).sum() ** 2
    return (float(second / mean), float(mean**2 / second)) if mean > 0 else (float("nan"), float("nan"))


def _noncentral_ends(value: float, p: Array, error: Array, confidence: float) -> tuple[float, float]:
    normal_point(confidence)
    if p.size < 2 or not np.all(np.isfinite(error)):
        return (np.nan, np.nan) if p.size != 1 or np.isnan(value) else (0.0, 0.0)
    scale, freedom = _chi_square_like(p, error)
    if not scale > 0:
        return value, value
    tail, seen = (1 - confidence) / 2, value / scale
    ends = (
        0.0 if special.chdtr(freedom, seen) < at else float(special.chndtrinc(seen, freedom, at))
        for at in (1 - tail, tail)
    )
    lower, upper = (scale * end for end in ends)
    return lower, max(upper, value)


def between_group_sd(
    values: ArrayLike, sizes: ArrayLike, std_errors: ArrayLike | None = None, *, confidence: float = 0.95
) -> Distance:
    """Standard deviation of the groups' values about the mean.

    Parameters
    ----------
    values, sizes, std_errors, confidence
        As `between_group_variance`.

    Returns
    -------
    Distance
        In the values' units; the interval begins at 0 where all groups may be alike. ``chance`` is what is to be expected
        were they alike.

    Raises
    ------
    ValueError
        Negative counts, shapes that do not fit.

    Notes
    -----
    ``√Σ p (y − μ)²``: root of `between_group_variance`, its interval too; ``chance`` is
    ``√(2c) Γ((ν + 1)/2)/Γ(ν/2)``; ``p_value`` is that of Cochran's Q. Harper S, Lynch J (2005), *Methods for Measuring
    Cancer Disparities*, NCI; Satterthwaite FE (1946), *Biometrics Bulletin* 2:110–114.

    Examples
    --------
    >>> between_group_sd([20, 30, 40], [100, 200, 100], [2, 2, 2])
    Distance(value=7.071, std_error=1.016, lower=4.733, upper=9.231, chance=1.395, p_value=...)
    """
    y, p, error = groups_of(values, sizes, std_errors)
    found = between_group_variance(values, sizes, std_errors, confidence=confidence)
    root = np.sqrt(found.value)
    spread = found.std_error / (2 * root) if root > 0 else np.nan
    scale, freedom = _chi_square_like(p, error) if p.size > 1 else (np.nan, np.nan)
    chance = np.sqrt(2 * scale) * np.exp(special.gammaln((freedom + 1) / 2) - special.gammaln(freedom / 2))
    ends = np.sqrt(found.lower), np.sqrt(found.upper)
    return Distance(*unwrapped(root, spread, *ends, chance, alike_p(y, error)))


def coefficient_of_variation(
    values: ArrayLike, sizes: ArrayLike, std_errors: ArrayLike | None = None, *, confidence: float = 0.95
) -> Distance:
    """Standard deviation between groups as a share of the mean.

    Parameters
    ----------
    values, sizes, std_errors, confidence
        As `between_group_variance`; the mean of the values must not be 0.

    Returns
    -------
    Distance
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
    >>> coefficient_of_variation([20, 30, 40], [100, 200, 100], [2, 2, 2]).value.round(4)
    np.float64(0.2357)
    """
    y, p, _ = groups_of(values, sizes, None)
    mean = abs(float((p * y).sum()))
    *parts, alike = between_group_sd(values, sizes, std_errors, confidence=confidence)
    return Distance(*unwrapped(*(part / mean if mean > 0 else np.nan for part in parts), alike))


def mean_difference(
    values: ArrayLike,
    sizes: ArrayLike,
    std_errors: ArrayLike | None = None,
    *,
    against: str | int = "mean",
    weighted: bool = True,
    overall_p: float | None = None,
    confidence: float = 0.95,
) -> Distance:
    """Mean distance of the groups from their mean, from the best of them, or from a reference.

    Parameters
    ----------
    values, sizes, std_errors, confidence
        As `between_group_variance`.
    against : str or int
        ``"mean"``; ``"lowest"`` or ``"highest"``, whichever is best; or the place of the reference group, from 0.
    weighted : bool
        Weigh each group by its people; otherwise all alike.
    overall_p : float, optional
        P-value of the overall test that all groups are alike, such as `equal_shares`; Cochran's Q of the values and
        their standard errors unless given.

    Returns
    -------
    Distance
        In the values' units. By chance alone a group strays from any mark, so that the value is never 0: read it beside
        ``chance``. The interval is given only where the overall test rejects at this confidence, and holds given that.

    Raises
    ------
    ValueError
        Negative counts, shapes that do not fit, a reference that holds nobody or is not there.

    Notes
    -----
    ``Σ w |y − mark|``, with the variance ``Σ g² s²``, ``g = w σ − m Σ w σ``, of the values' signs ``σ`` about a mark that
    mixes them by ``m``. What chance adds is that of the folded normal (Leone FC, Nelson LS, Nottingham RB (1961),
    *Technometrics* 3:543–550), or of the greatest of several normals (Clark CE (1961), *Operations Research* 9:145–162).
    It is taken off the upper end as the values stand, and off the lower end as if every group within two standard errors
    of the mark lay on it. Harper S, Lynch J (2005), *Methods for Measuring Cancer Disparities*, NCI.

    Examples
    --------
    >>> mean_difference([20, 30, 40], [100, 200, 100], [2, 2, 2])
    Distance(value=5, std_error=0.7071, lower=3.125, upper=5.897, chance=1.235, p_value=...)
    """
    y, p, error = groups_of(values, sizes, std_errors)
    if not y.size:
        return Distance(*unwrapped(*[np.nan] * 6))
    weight = p if weighted else np.full(y.size, 1 / y.size)
    if against in ("lowest", "highest"):
        parts = _from_best((1.0 if against == "highest" else -1.0) * y, weight, error)
    elif against == "mean":
        parts = _from_mark(y, weight, error, float((p * y).sum()), p)
    elif isinstance(against, str):
        raise ValueError(f'against must be "mean", "lowest", "highest" or the place of a group, not {against!r}.')
    else:
        parts = _from_mark(y, weight, error, *reference_of(y, sizes, against))
    return _conditional(*parts, alike_p(y, error) if overall_p is None else overall_p, confidence)


Parts = tuple[float, float, float, float, float]


def _conditional(
    value: float, error: float, added: float, most_added: float, chance: float, p: float, confidence: float
) -> Distance:
    """An interval where the overall test says that groups differ: less what chance has added to the value."""
    half = normal_point(confidence) * error
    lower, upper = max(value - most_added - half, 0.0), value - added + half
    differ = p < 1 - confidence
    return Distance(
        *unwrapped(value, error, lower if differ else np.nan, max(upper, lower) if differ else np.nan, chance, p)
    )


def _from_mark(y: Array, weight: Array, error: Array, mark: float, mix: Array) -> Parts:
    """Distance from a mark that mixes the values: its value, its standard error and what chance adds to it."""
    gap, square = y - mark, error**2
    spread = np.sqrt(np.maximum(square * (1 - 2 * mix) + (mix**2 * square).sum(), 0))
    signs = weight * np.sign(gap)
    error_of = np.sqrt(((signs - mix * signs.sum()) ** 2 * square).sum())

    def added(where: Array) -> float:
        return float((weight * (folded(where, spread)[0] - np.abs(where))).sum())

    near = np.where(np.abs(gap) < 2 * spread, 0.0, gap)
    return (
        float((weight * np.abs(gap)).sum()),
        float(error_of),
        added(gap),
        added(near),
        added(np.zeros_like(gap)),
    )


def _from_best(y: Array, weight: Array, error: Array) -> Parts:
    """Distance below the highest value, which chance makes higher than the highest true one."""
    square, best = error**2, int(y.argmax())
    with_best = np.where(np.arange(y.size) == best, 1.0, 0.0) - weight
    near = np.where(y[best] - y < 2 * np.sqrt(square + square[best]), y[best], y)

    def added(where: Array) -> float:
        return float(greatest(where, square)[0] - where.max())

    return (
        float((weight * (y[best] - y)).sum()),
        float(np.sqrt((with_best**2 * square).sum())),
        added(y),
        added(near),
        added(np.zeros_like(y)),
    )


def index_of_disparity(
    values: ArrayLike,
    sizes: ArrayLike,
    std_errors: ArrayLike | None = None,
    *,
    weighted: bool = True,
    overall_p: float | None = None,
    confidence: float = 0.95,
) -> Distance:
    """Mean distance of the groups from their mean, as a share of it.

    Parameters
    ----------
    values, sizes, std_errors, weighted, overall_p, confidence
        As `mean_difference`; the mean of the values must not be 0.

    Returns
    -------
    Distance
        0.1 is ten per cent of the mean; as `mean_difference` otherwise.

    Raises
    ------
    ValueError
        Negative counts, shapes that do not fit.

    Notes
    -----
    ``Σ w |y − μ| / μ``: `mean_difference` over μ, whose own variance and covariance with the distance are in the standard
    error: ``g = (w σ − p Σ w σ − D p)/μ`` for the index ``D``. Pearcy JN, Keppel KG (2002), *Public Health Reports*
    117:273–280.

    Examples
    --------
    >>> index_of_disparity([20, 30, 40], [100, 200, 100], [2, 2, 2]).value.round(4)
    np.float64(0.1667)
    """
    y, p, error = groups_of(values, sizes, std_errors)
    mean = float((p * y).sum())
    if not y.size or mean == 0:
        return Distance(*unwrapped(*[np.nan] * 6))
    weight = p if weighted else np.full(y.size, 1 / y.size)
    value, _, *chances = _from_mark(y, weight, error, mean, p)
    signs = weight * np.sign(y - mean)
    slope = (signs - p * signs.sum() - value / mean * p) / abs(mean)
    spread = float(np.sqrt((slope**2 * error**2).sum()))
    added, most, chance = (part / abs(mean) for part in chances)
    p_value = alike_p(y, error) if overall_p is None else overall_p
    return _conditional(value / abs(mean), spread, added, most, chance, p_value, confidence)
