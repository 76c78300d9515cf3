"""Intervals for one quantity: a share, a count, a rate, a mean.

Every function is vectorised, closed-form and free of random numbers. Nobody counted (``n = 0``) gives nan.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.shapes import (
    Array,
    Estimate,
    Interval,
    counts_of,
    events_among,
    interval,
    normal_point,
    unwrapped,
)


def wilson(events: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Share of people with the event, with Wilson's score interval.

    Parameters
    ----------
    events, n : array_like
        People with the event, and people in all; broadcast together.
    confidence : float
        Two-sided coverage, such as 0.95 or 0.998.

    Returns
    -------
    Interval
        Shares between 0 and 1; nan where ``n`` is 0. With no events the lower end is exactly 0, with all of them
        the upper end is exactly 1.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``(2x + z² ± z √(z² + 4x(1 − x/n))) / (2(n + z²))``. Wilson EB (1927), *Journal of the American Statistical
    Association* 22:209–212.

    Examples
    --------
    >>> wilson(5, 100)
    Interval(value=0.05, lower=0.02154, upper=0.1118)
    """
    x, total = events_among(events, n)
    z = normal_point(confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = x / total
        half = z * np.sqrt(z * z + 4 * x * (1 - share))
        lower = (2 * x + z * z - half) / (2 * (total + z * z))
        upper = (2 * x + z * z + half) / (2 * (total + z * z))
    return _pinned(share, lower, upper, x, total)


def clopper_pearson(events: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Share of people with the event, with the exact binomial interval (never under its stated coverage).

    Parameters
    ----------
    events, n : array_like
        People with the event, and people in all; broadcast together.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        Shares between 0 and 1; nan where ``n`` is 0; ends pinned at 0 and 1 as in `wilson`.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    The ``α/2`` quantile of Beta(x, n − x + 1) and the ``1 − α/2`` quantile of Beta(x + 1, n − x).
    Clopper CJ, Pearson ES (1934), *Biometrika* 26:404–413.

    Examples
    --------
    >>> clopper_pearson(5, 100)
    Interval(value=0.05, lower=0.01643, upper=0.1128)
    """
    x, total = events_among(events, n)
    normal_point(confidence)
    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        lower = special.betaincinv(x, total - x + 1, tail)
        upper = special.betaincinv(x + 1, total - x, 1 - tail)
        return _pinned(x / total, lower, upper, x, total)


def _pinned(share: Array, lower: Array, upper: Array, x: Array, total: Array) -> Interval:
    """Rounding must not leave 1e-18 where the formula says 0, and nobody counted is nan."""
    lower = np.where(x == 0, 0.0, lower)
    upper = np.where(x == total, 1.0, upper)
    known = total > 0
    return interval(np.where(known, share, np.nan), np.where(known, lower, np.nan), np.where(known, upper, np.nan))


def byar(count: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """A count of events, with Byar's approximation to the exact Poisson interval.

    Parameters
    ----------
    count : array_like
        Events observed.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        In events. With none observed the lower end is 0.

    Raises
    ------
    ValueError
        A negative count.

    Notes
    -----
    ``O (1 − 1/(9O) − z/(3√O))³`` and ``(O+1)(1 − 1/(9(O+1)) + z/(3√(O+1)))³``. Breslow NE, Day NE (1987),
    *Statistical Methods in Cancer Research* II, IARC, p. 69. Use `exact_poisson` under ten events.

    Examples
    --------
    >>> byar(65)
    Interval(value=65, lower=50.16, upper=82.85)
    """
    (observed,) = counts_of(count)
    z = normal_point(confidence)
    some, more = np.where(observed > 0, observed, 1.0), observed + 1
    lower = some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3
    upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return interval(observed, np.where(observed > 0, lower, 0.0), upper)


def exact_poisson(count: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """A count of events, with the exact Poisson interval.

    Parameters
    ----------
    count : array_like
        Events observed.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        In events. With none observed the lower end is 0.

    Raises
    ------
    ValueError
        A negative count.

    Notes
    -----
    ``χ²(α/2; 2O)/2`` and ``χ²(1 − α/2; 2O + 2)/2``. Garwood F (1936), *Biometrika* 28:437–442.

    Examples
    --------
    >>> exact_poisson([0, 9])
    Interval(value=[0, 9], lower=[0, 4.115], upper=[3.689, 17.08])
    """
    (observed,) = counts_of(count)
    normal_point(confidence)
    tail = (1 - confidence) / 2
    lower = special.gammaincinv(np.maximum(observed, 1e-300), tail)
    upper = special.gammaincinv(observed + 1, 1 - tail)
    return interval(observed, np.where(observed > 0, lower, 0.0), upper)


def poisson(count: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """A count of events: exact under ten of them, Byar's approximation from there on.

    Parameters
    ----------
    count : array_like
        Events observed.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        In events.

    Raises
    ------
    ValueError
        A negative count.

    Notes
    -----
    ``χ²(α/2; 2O)/2`` and ``χ²(1 − α/2; 2O + 2)/2`` under ten (Garwood F (1936), *Biometrika* 28:437–442), then `byar`
    (Breslow NE, Day NE (1987), *Statistical Methods in Cancer Research* II, IARC, p. 69): the rule of the Department of
    Health and Social Care's Fingertips methods.

    Examples
    --------
    >>> poisson([9, 10])
    Interval(value=[9, 10], lower=[4.115, 4.787], upper=[17.08, 18.39])
    """
    (observed,) = counts_of(count)
    exact, approximate = exact_poisson(observed, confidence=confidence), byar(observed, confidence=confidence)
    few = observed < 10
    return interval(
        observed, np.where(few, exact.lower, approximate.lower), np.where(few, exact.upper, approximate.upper)
    )


def rate(events: ArrayLike, population: ArrayLike, *, per: float = 1.0, confidence: float = 0.95) -> Interval:
    """Events per person (or per 1,000, …), with the interval of `poisson`.

    Parameters
    ----------
    events, population : array_like
        Events, and people or person-time; broadcast together. Events may exceed people.
    per : float
        The multiplier: 1000 gives a rate per 1,000.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        nan where the population is 0.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``O/n``, from ``l/n`` to ``u/n``: the interval of the count over the population. Garwood F (1936), *Biometrika*
    28:437–442; Breslow NE, Day NE (1987), *Statistical Methods in Cancer Research* II, IARC, p. 69.

    Examples
    --------
    >>> rate(20, 100, per=100)
    Interval(value=20, lower=12.21, upper=30.89)
    """
    observed, people = counts_of(events, population)
    around = poisson(observed, confidence=confidence)
    scale = np.divide(per, people, out=np.full(people.shape, np.nan), where=people > 0)
    return interval(around.value * scale, around.lower * scale, around.upper * scale)


def mean_t(counts: ArrayLike, values: ArrayLike | None = None, *, confidence: float = 0.95) -> Estimate:
    """Mean of tallied values, with Student's interval.

    Parameters
    ----------
    counts : array_like, shape (..., d)
        People at each value, along the last axis.
    values : array_like, shape (d,), optional
        The value of each cell; 0, 1, 2, … days unless given.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        nan with nobody counted; one person has a mean but no interval; zero variance gives an interval of no width.

    Raises
    ------
    ValueError
        Negative counts, or as many values as there are not cells.

    Notes
    -----
    ``m ± t(n − 1) s/√n`` with ``s² = Σ c (v − m)² / (n − 1)``: the counts are people, not weights.
    Student (1908), *Biometrika* 6:1–25.

    Examples
    --------
    >>> mean_t([0, 2, 1, 1])
    Estimate(value=1.75, std_error=0.4787, lower=0.2265, upper=3.273)
    """
    tally, at = tallied(counts, values)
    n = tally.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (tally * at).sum(-1) / n
        spread = (tally * (at - np.asarray(centre)[..., None]) ** 2).sum(-1)
        error = np.sqrt(spread / np.where(n > 1, n - 1, np.nan) / n)
    half = student_point(n - 1, confidence) * error
    return Estimate(*unwrapped(centre, error, centre - half, centre + half))


def student_point(df: ArrayLike, confidence: float) -> Array:
    """Student's quantile of a two-sided interval; nan without degrees of freedom."""
    normal_point(confidence)
    free = np.asarray(df, dtype=float)
    return np.where(free > 0, special.stdtrit(np.maximum(free, 1e-9), 0.5 + confidence / 2), np.nan)


def tallied(counts: ArrayLike, values: ArrayLike | None) -> tuple[Array, Array]:
    """Counts and the value of each cell of their last axis, checked against each other."""
    (tally,) = counts_of(counts)
    if tally.ndim == 0:
        raise ValueError("counts must have at least one axis: people at each value.")
    at = np.arange(tally.shape[-1], dtype=float) if values is None else np.asarray(values, dtype=float)
    if at.shape != tally.shape[-1:]:
        raise ValueError(f"values must name each of the {tally.shape[-1]} cells of counts; {at.size} were given.")
    return tally, at
