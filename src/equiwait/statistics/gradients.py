"""Gradients over ordered groups (deciles, from least to most deprived): slope and relative indices of inequality."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.intervals import tallied
from equiwait.statistics.shapes import Array, counts_of, events_among, floats, normal_point, shown, unwrapped


class Slope(NamedTuple):
    """A slope index (predicted at rank 1 minus at rank 0) and the relative index (their ratio), with intervals.

    Examples
    --------
    >>> slope_index([20, 30, 40, 50, 60], [78, 91, 162, 103, 105]).value.round(2)
    np.float64(46.25)
    """

    value: Array
    std_error: Array
    lower: Array
    upper: Array
    ratio: Array
    ratio_lower: Array
    ratio_upper: Array
    intercept: Array

    def __repr__(self) -> str:
        return shown(self)


def ridits(sizes: ArrayLike) -> Array:
    """Where each ordered group stands between 0 and 1: the middle of its share of people.

    Parameters
    ----------
    sizes : array_like, shape (..., groups)
        People in each group, in order.

    Returns
    -------
    ndarray, shape (..., groups)
        nan without anybody.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``(Σ nⱼ + nᵢ/2) / N``, the sum over the groups before. Bross IDJ (1958), *Biometrics* 14:18–38.

    Examples
    --------
    >>> ridits([10, 30, 60])
    array([0.05, 0.25, 0.7 ])
    """
    (people,) = counts_of(sizes)
    total = people.sum(-1, keepdims=True)
    return np.asarray(_quotient(people.cumsum(-1) - people / 2, total))


def _quotient(part: Array, whole: Array) -> Array:
    part, whole = floats(part, whole)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))


# Each scale: there, back, and the slope of the way back.
_Scale = tuple[Callable[[Array], Array], Callable[[Array], Array], Callable[[Array], Array]]
_SCALES: dict[str, _Scale] = {
    "linear": (np.asarray, np.asarray, np.ones_like),
    "log": (np.log, np.exp, np.exp),
    "logit": (special.logit, special.expit, lambda x: special.expit(x) * special.expit(-x)),
}


def slope_index(
    values: ArrayLike,
    sizes: ArrayLike,
    std_errors: ArrayLike | None = None,
    *,
    scale: str = "linear",
    confidence: float = 0.95,
) -> Slope:
    """Slope and relative index of inequality of any estimate that each ordered group has.

    Parameters
    ----------
    values : array_like, shape (groups,)
        Shares, means, restricted means, survival, … by group, in order: the least deprived first. Missing values (nan)
        give nan throughout.
    sizes : array_like, shape (groups,)
        People in each group. Groups without anybody are left out.
    std_errors : array_like, shape (groups,), optional
        Of the values. Without them the interval comes from how the values scatter about the line (HC1).
    scale : str
        The scale on which the groups lie on a line: ``"linear"``, ``"log"`` (values above 0) or ``"logit"`` (between 0
        and 1).
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Slope
        Positive: higher values in the most deprived. The ratio is nan where a prediction is not above 0; nan
        throughout with fewer than three groups, or two without ``std_errors``.

    Raises
    ------
    ValueError
        Negative counts, an unknown scale, shapes that do not fit.

    Notes
    -----
    ``g(y) = a + b r``: ``g⁻¹(a + b) − g⁻¹(a)`` and ``g⁻¹(a + b)/g⁻¹(a)``. Least squares on `ridits`, weighted by
    people; the interval of the slope by the delta method, that of the ratio on the log scale. Preston SH, Haines MR,
    Pamuk E (1981); Mackenbach JP, Kunst AE (1997), *Social Science & Medicine* 44:757–771; HC1: MacKinnon JG, White H
    (1985), *Journal of Econometrics* 29:305–325.

    Examples
    --------
    >>> slope_index([20, 30, 40, 50, 60], [78, 91, 162, 103, 105])
    Slope(value=46.25, std_error=1.864, lower=42.6, upper=49.91, ratio=3.556, ...)
    """
    if scale not in _SCALES:
        raise ValueError(f"scale must be one of {', '.join(_SCALES)}, not {scale!r}.")
    there, back, rate = _SCALES[scale]
    y, people = floats(values, counts_of(sizes)[0])
    if y.ndim != 1:
        raise ValueError("values must be one series of groups.")
    kept = people > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        fitted_to = there(y[kept])
    fit = _line(fitted_to, people[kept])
    errors = None if std_errors is None else floats(std_errors, y)[0][kept] / rate(fitted_to)
    spread = _scatter(fit, errors)
    return _slope(fit.coefficients, spread, back, rate, confidence)


class _Line(NamedTuple):
    """A weighted line through the groups: its coefficients, how they depend on the values, and what is left over."""

    coefficients: Array
    loadings: Array
    residuals: Array


def _line(y: Array, people: Array) -> _Line:
    if y.size < 2 or not np.all(np.isfinite(y)):
        return _Line(np.full(2, np.nan), np.full((2, y.size), np.nan), np.full(y.size, np.nan))
    design = np.column_stack([np.ones_like(y), ridits(people)])
    weighted = (design * people[:, None]).T
    loadings = np.linalg.solve(weighted @ design, weighted)
    coefficients = loadings @ y
    return _Line(coefficients, loadings, y - design @ coefficients)


def _scatter(line: _Line, errors: Array | None) -> Array:
    """Covariance of the coefficients, from the groups' own standard errors or from the residuals."""
    groups = line.residuals.size
    if errors is not None:
        return np.asarray((line.loadings * errors**2) @ line.loadings.T)
    inflation = groups / (groups - 2) if groups > 2 else np.nan
    return np.asarray((line.loadings * line.residuals**2) @ line.loadings.T * inflation)


def _slope(
    coefficients: Array,
    covariance: Array,
    back: Callable[[Array], Array],
    rate: Callable[[Array], Array],
    confidence: float,
) -> Slope:
    """Both indices from a line on some scale, by the delta method."""
    ends = np.array([coefficients[0], coefficients.sum()])
    (bottom, top), (bottom_rate, top_rate) = back(ends), rate(ends)
    z = normal_point(confidence)
    gradient = np.array([top_rate - bottom_rate, top_rate])
    error = np.sqrt(gradient @ covariance @ gradient)
    value, ratio, half = top - bottom, np.nan, np.nan
    if bottom > 0 and top > 0:
        ratio = top / bottom
        relative = np.array([top_rate / top - bottom_rate / bottom, top_rate / top])
        half = z * np.sqrt(relative @ covariance @ relative)
    with np.errstate(over="ignore"):  # a line that begins just above nobody: the ratio has no upper limit
        lower, upper = ratio * np.exp(-half), ratio * np.exp(half)
    parts = (value, error, value - z * error, value + z * error, ratio, lower, upper)
    return Slope(*unwrapped(*parts, bottom))


def slope_of(coefficients: Array, covariance: Array, confidence: float) -> Slope:
    """Both indices from the level and the slope of a straight line."""
    _, back, rate = _SCALES["linear"]
    return _slope(coefficients, covariance, back, rate, confidence)


def slope_index_shares(events: ArrayLike, n: ArrayLike, *, scale: str = "logit", confidence: float = 0.95) -> Slope:
    """Slope and relative index of inequality of a share, by binomial regression on people.

    Parameters
    ----------
    events, n : array_like, shape (groups,)
        People with the event and people in all, in order: the least deprived first.
    scale : str
        ``"logit"`` (never predicts outside 0 to 1) or ``"linear"`` (identity link).
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Slope
        nan where nobody or everybody has the event, with fewer than two groups, or where the fit does not settle.

    Raises
    ------
    ValueError
        Negative counts, more events than people, an unknown scale.

    Notes
    -----
    ``g(p) = a + b r``: ``g⁻¹(a + b) − g⁻¹(a)`` and ``g⁻¹(a + b)/g⁻¹(a)``. Maximum likelihood on `ridits`, model-based
    covariance, delta method. Mackenbach JP, Kunst AE (1997), *Social Science & Medicine* 44:757–771; McCullagh P,
    Nelder JA (1989), *Generalized Linear Models*, 2nd ed., Chapman & Hall.

    Examples
    --------
    >>> slope_index_shares([30, 40, 55], [100, 100, 100])
    Slope(value=0.3657, std_error=0.09376, lower=0.1819, upper=0.5495, ratio=2.511, ...)
    """
    if scale not in ("logit", "linear"):
        raise ValueError(f'scale must be "logit" or "linear", not {scale!r}.')
    x, people = events_among(*floats(events, n))
    x, people = x[people > 0], people[people > 0]
    coefficients, covariance = fit_shares(x, people, scale)
    _, back, rate = _SCALES[scale]
    return _slope(coefficients, covariance, back, rate, confidence)


def fit_shares(x: Array, people: Array, scale: str) -> tuple[Array, Array]:
    """Coefficients of a binomial line on ridits, and their model-based covariance, by Fisher scoring."""
    unknown = np.full(2, np.nan), np.full((2, 2), np.nan)
    if x.size < 2 or not 0 < x.sum() < people.sum():
        return unknown
    there, back, rate = _SCALES[scale]
    design = np.column_stack([np.ones_like(x), ridits(people)])
    coefficients = np.array([float(there(np.asarray(x.sum() / people.sum()))), 0.0])
    for _ in range(100):
        line = design @ coefficients
        share, slope = back(line), rate(line)
        if np.any((share <= 0) | (share >= 1)):
            return unknown
        weight = people * slope**2 / (share * (1 - share))
        information = (design * weight[:, None]).T @ design
        score = design.T @ (weight * (x / people - share) / slope)
        change = np.linalg.solve(information, score)
        coefficients = coefficients + change
        if np.abs(change).max() < 1e-12 * (1 + np.abs(coefficients).max()):
            return coefficients, np.linalg.inv(information)
    return unknown


def slope_index_means(
    counts: ArrayLike, values: ArrayLike | None = None, *, robust: bool = True, confidence: float = 0.95
) -> Slope:
    """Slope and relative index of inequality of a mean wait, by least squares on people.

    Parameters
    ----------
    counts : array_like, shape (groups, d)
        People of each group at each value, in order: the least deprived first.
    values : array_like, shape (d,), optional
        The value of each cell; 0, 1, 2, … days unless given.
    robust : bool
        HC1 standard errors, right where waits vary more in some groups; otherwise the classic ones.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Slope
        nan with fewer than two groups.

    Raises
    ------
    ValueError
        Negative counts, or values that do not fit.

    Notes
    -----
    ``y = a + b r``: ``b`` and ``(a + b)/a``; covariance ``n/(n − 2) (X'X)⁻¹ X' diag(e²) X (X'X)⁻¹``. Each person's wait
    on the ridit of the group; the people of a tally are residuals, not weights. MacKinnon JG, White H (1985), *Journal
    of Econometrics* 29:305–325.

    Examples
    --------
    >>> slope_index_means([[5, 3, 1], [3, 3, 3], [1, 3, 5]])
    Slope(value=1.333, std_error=0.5033, lower=0.3468, upper=2.32, ratio=5, ...)
    """
    tally, at = tallied(counts, values)
    if tally.ndim != 2:
        raise ValueError("counts must be shaped (groups, values).")
    tally = tally[tally.sum(-1) > 0]
    people, n = tally.sum(-1), tally.sum()
    means = (tally * at).sum(-1) / people
    line = _line(means, people)
    gaps = at - (means - line.residuals)[:, None]
    squares = (tally * gaps**2).sum(-1)
    spread = squares / people**2 if robust else squares.sum() / n / people
    inflation = n / (n - 2) if n > 2 else np.nan
    return slope_of(line.coefficients, (line.loadings * spread) @ line.loadings.T * inflation, confidence)


def slope_index_clustered(
    events: ArrayLike,
    n: ArrayLike,
    strata: ArrayLike | None = None,
    *,
    scale: str = "logit",
    confidence: float = 0.95,
) -> Slope:
    """Slope and relative index of a share where people come in clusters (providers, practices, sampled places).

    Parameters
    ----------
    events, n : array_like, shape (clusters, groups)
        People with the event and people in all, by cluster and ordered group; weighted counts of a survey will do.
    strata : array_like, shape (clusters,), optional
        Clusters are compared within these.
    scale : str
        ``"logit"`` or ``"linear"``, as in `slope_index_shares`.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Slope
        As `slope_index_shares`, with an interval as wide as the clusters are unlike.

    Raises
    ------
    ValueError
        Negative counts, more events than people, an unknown scale, a wrong number of axes.

    Notes
    -----
    The indices of `slope_index_shares` (linear: by least squares) with the covariance ``A⁻¹BA⁻¹``: ``A`` the slope, and
    ``B`` the variance between clusters within strata, of the scores ``Σ (x − n p) (1, r)``, which depend on each
    cluster through its tally alone. Binder DA (1983), *International Statistical Review* 51:279–292.

    Examples
    --------
    >>> slope_index_clustered([[3, 6], [5, 5], [2, 7]], [[10, 10], [10, 10], [10, 10]])
    Slope(value=0.4981, std_error=0.2356, lower=0.03629, upper=0.9598, ratio=3.223, ...)
    """
    if scale not in ("logit", "linear"):
        raise ValueError(f'scale must be "logit" or "linear", not {scale!r}.')
    x, people = events_among(*floats(events, n))
    if x.ndim != 2:
        raise ValueError("events must be shaped (clusters, groups).")
    held = people.sum(0) > 0
    x, people = x[:, held], people[:, held]
    size = people.sum(0)
    _, back, rate = _SCALES[scale]
    if scale == "linear":
        line = _line(x.sum(0) / size, size)
        coefficients, bread = line.coefficients, _bread(size, np.ones_like(size))
    else:
        coefficients, bread = fit_shares(x.sum(0), size, scale)
    design = np.column_stack([np.ones_like(size), ridits(size)])
    fitted = back(design @ coefficients)
    meat = between_clusters((x - people * fitted) @ design, strata)
    return _slope(coefficients, bread @ meat @ bread, back, rate, confidence)


def _bread(size: Array, weight: Array) -> Array:
    design = np.column_stack([np.ones_like(size), ridits(size)])
    return np.linalg.inv((design * (size * weight)[:, None]).T @ design)


def between_clusters(totals: Array, strata: ArrayLike | None) -> Array:
    """Covariance of a sum over clusters, from how the clusters of each stratum differ; one alone says nothing."""
    place = np.zeros(totals.shape[0]) if strata is None else np.asarray(strata)
    if place.shape != totals.shape[:1]:
        raise ValueError(f"strata must name one stratum for each of the {totals.shape[0]} clusters.")
    _, stratum = np.unique(place, return_inverse=True)
    clusters = np.bincount(stratum).astype(float)
    sums = np.zeros((clusters.size, totals.shape[1]))
    np.add.at(sums, stratum, totals)
    gaps = totals - (sums / clusters[:, None])[stratum]
    inflation = np.divide(clusters, clusters - 1, out=np.zeros_like(clusters), where=clusters > 1)
    return np.asarray((gaps * inflation[stratum][:, None]).T @ gaps)
