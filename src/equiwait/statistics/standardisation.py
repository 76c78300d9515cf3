"""Groups made comparable: direct and indirect standardisation over strata, and what a gap is made of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.intervals import byar, exact_poisson, poisson
from equiwait.statistics.shapes import (
    Array,
    Estimate,
    Interval,
    counts_of,
    events_among,
    floats,
    interval,
    normal_point,
    shown,
)
from equiwait.statistics.survival import Curve, survival_at


def direct_rate(
    events: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike,
    *,
    per: float = 1.0,
    method: str = "dobson",
    squares: ArrayLike | None = None,
    minimum: float = 10,
    confidence: float = 0.95,
) -> Interval:
    """Directly standardised rate: what a group's rate would be with the strata of the standard population.

    Parameters
    ----------
    events, population, standard : array_like, shape (..., strata)
        Events and people of the group, and people of the standard, by stratum.
    per : float
        The multiplier: 100000 gives a rate per 100,000.
    method : str
        ``"dobson"`` (with Byar's limits) or ``"fay-feuer"`` (gamma, never too narrow).
    squares : array_like, shape (..., strata), optional
        Σ k² over people with k events each, where one person may have several: widens the interval.
    minimum : float
        Withheld (nan) under this many events.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        nan too where a stratum of the standard has nobody in the group.

    Raises
    ------
    ValueError
        Negative counts, events in a stratum without people, an unknown method.

    Notes
    -----
    ``Σ w x/n`` with variance ``Σ w² x/n²``. Dobson AJ et al. (1991), *Statistics in Medicine* 10:457–462; Fay MP, Feuer
    EJ (1997), *Statistics in Medicine* 16:791–801; squares: Fingertips methods of the Department of Health and Social
    Care, non-independent events.

    Examples
    --------
    >>> direct_rate([10, 30], [1000, 500], [700, 300], per=1000)
    Interval(value=25, lower=17.84, upper=34.07)
    """
    x, people, weight = counts_of(events, population, standard)
    if np.any((x > 0) & (people == 0)):
        raise ValueError("population must be above 0 in every stratum that has events.")
    shares = weight / weight.sum(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(weight > 0, shares / people, 0.0)
        value = np.where(weight > 0, factor * x, 0.0).sum(-1)
        variance = (factor**2 * (x if squares is None else counts_of(squares)[0])).sum(-1)
    total = x.sum(-1)
    lower, upper = _rate_limits(value, variance, total, factor.max(-1), method, confidence)
    kept = total >= minimum
    return interval(*(np.where(kept, per * part, np.nan) for part in (value, lower, upper)))


def _rate_limits(
    value: Array, variance: Array, total: Array, largest: Array, method: str, confidence: float
) -> tuple[Array, Array]:
    if method == "dobson":
        around = byar(total, confidence=confidence)
        scale = np.sqrt(_quotient(variance, total))
        return value + scale * (around.lower - total), value + scale * (around.upper - total)
    if method != "fay-feuer":
        raise ValueError(f'method must be "dobson" or "fay-feuer", not {method!r}.')
    normal_point(confidence)
    tail, wider, further = (1 - confidence) / 2, variance + largest**2, value + largest
    shape, shape_up = _quotient(value**2, variance), _quotient(further**2, wider)
    low = _quotient(variance, value) * special.gammaincinv(np.maximum(shape, 1e-300), tail)
    return np.where(value > 0, low, 0.0), _quotient(wider, further) * special.gammaincinv(shape_up, 1 - tail)


def _quotient(part: Array, whole: Array) -> Array:
    part, whole = floats(part, whole)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))


class StandardisedShare(NamedTuple):
    """A directly standardised share, and how much of the standard it could not stand for.

    Examples
    --------
    >>> direct_share([3, 0, 5], [10, 0, 10], [50, 30, 20]).weight_lost.round(2)
    np.float64(0.3)
    """

    value: Array
    std_error: Array
    lower: Array
    upper: Array
    weight_lost: Array
    empty_strata: Array

    def __repr__(self) -> str:
        return shown(self)


def direct_share(
    events: ArrayLike, n: ArrayLike, standard: ArrayLike, *, confidence: float = 0.95
) -> StandardisedShare:
    """Directly standardised share: what a group's share would be with the strata of the standard.

    Parameters
    ----------
    events, n, standard : array_like, shape (..., strata)
        People of the group with the event and in all, and people of the standard, by stratum.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    StandardisedShare
        Strata in which the group has nobody are left out and the rest re-weighted: ``weight_lost`` is their share of
        the standard, ``empty_strata`` their number. nan where every stratum is empty. Compare two groups with
        `mover_difference`.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``Σ w x/n``; ``std_error`` is the binomial ``√(Σ w² p(1 − p)/n)``. The interval is Wilson's, with the size of a
    simple sample of the same variance, for which each stratum's share is drawn towards the whole by two people so that
    small strata do not pass for certain. Korn EL, Graubard BI (1998), *Survey Methodology* 24:193–201, with Wilson's
    limits; Agresti A, Coull BA (1998), *The American Statistician* 52:119–126.

    Examples
    --------
    >>> direct_share([10, 30], [100, 100], [700, 300])
    StandardisedShare(value=0.16, std_error=0.0251, lower=0.1167, upper=0.2155, weight_lost=0, empty_strata=0)
    """
    x, people = events_among(*floats(events, n))
    x, people, weight = floats(x, people, counts_of(standard)[0])
    held = people > 0
    kept = np.where(held, weight, 0.0)
    share = np.divide(x, people, out=np.zeros(x.shape), where=held)
    scaled = np.divide(
        kept, np.asarray(kept.sum(-1))[..., None], out=np.full(x.shape, np.nan), where=kept.sum(-1, keepdims=True) > 0
    )
    value = (scaled * share).sum(-1)
    precision = np.divide(scaled**2, people, out=np.zeros(x.shape), where=held)
    error = np.where(np.isnan(value), np.nan, np.sqrt((precision * share * (1 - share)).sum(-1)))
    calm = _shrunk(x, people)
    spread = np.sqrt((precision * calm * (1 - calm)).sum(-1))
    lower, upper = _effective_wilson(value, spread, precision.sum(-1), confidence)
    lost = 1 - _quotient(kept.sum(-1), weight.sum(-1))
    empty = (~held & (weight > 0)).sum(-1)
    return StandardisedShare(*(np.asarray(part)[()] for part in (value, error, lower, upper, lost, empty)))


def _shrunk(x: Array, people: Array) -> Array:
    """Shares of the strata, each drawn towards the whole as by two people more.

    One person's share is 0 or 1, of which the binomial variance is 0: over many small strata an interval made of such
    variances is far too narrow (it holds the truth six times in ten).
    """
    whole = _quotient(x.sum(-1), people.sum(-1))[..., None]
    return np.asarray((x + 2 * whole) / (people + 2))


def _effective_wilson(value: Array, error: Array, precision: Array, confidence: float) -> tuple[Array, Array]:
    """Wilson's limits with the sample size that gives this variance; without any, that of the weights alone."""
    z = normal_point(confidence)
    plain = value * (1 - value)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.where(error > 0, np.minimum(plain / error**2, np.inf), 1 / precision)
        half = z * np.sqrt(z * z + 4 * size * plain)
        lower, upper = (2 * size * value + z * z + sign * half for sign in (-1, 1))
        return lower / (2 * (size + z * z)), upper / (2 * (size + z * z))


def expected_events(n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike) -> Array:
    """Events that a group would have at the reference's rate in each of its strata.

    Parameters
    ----------
    n, events_reference, n_reference : array_like, shape (..., strata)
        People of the group, and events and people of the reference, by stratum.

    Returns
    -------
    ndarray
        One number for each group. nan where the group has people in a stratum in which the reference has nobody.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``Σ n · x₀/n₀``. Breslow NE, Day NE (1987), *Statistical Methods in Cancer Research* II, IARC, section 2.3.

    Examples
    --------
    >>> expected_events([100, 200], [50, 30], [1000, 1000])
    np.float64(11.0)
    """
    people, x0, n0 = counts_of(n, events_reference, n_reference)
    rate = np.divide(x0, n0, out=np.full(n0.shape, np.nan), where=n0 > 0)
    return np.asarray(np.where(people > 0, people * rate, 0.0).sum(-1))[()]


def standardised_ratio(
    observed: ArrayLike,
    expected: ArrayLike,
    *,
    per: float = 1.0,
    method: str = "fingertips",
    confidence: float = 0.95,
) -> Interval:
    """Indirectly standardised ratio: events observed over events expected.

    Parameters
    ----------
    observed, expected : array_like
        Events of each group, and what `expected_events` gives.
    per : float
        The multiplier: 100 for a ratio of 100; the reference's rate for an indirectly standardised rate.
    method : str
        ``"exact"`` Poisson, ``"byar"``, or ``"fingertips"``: exact under ten events.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        nan where nothing is expected. Two ratios against one reference are not comparable with each other.

    Raises
    ------
    ValueError
        Negative counts, an unknown method.

    Notes
    -----
    ``O/E``, from ``l/E`` to ``u/E``. The interval of the count over what is expected. Breslow NE, Day NE (1987),
    *Statistical Methods in Cancer Research* II, IARC, section 2.3.

    Examples
    --------
    >>> standardised_ratio(9, 6.5, per=100)
    Interval(value=138.5, lower=63.31, upper=262.8)
    """
    methods = {"fingertips": poisson, "byar": byar, "exact": exact_poisson}
    if method not in methods:
        raise ValueError(f"method must be one of {', '.join(methods)}, not {method!r}.")
    found, due = counts_of(observed, expected, what="observed and expected")
    around = methods[method](found, confidence=confidence)
    scale = _quotient(np.full(due.shape, per), due)
    return interval(around.value * scale, around.lower * scale, around.upper * scale)


def standardised_survival(curve: Curve, standard: ArrayLike, t: float, *, confidence: float = 0.95) -> Estimate:
    """Directly standardised share still waiting after ``t``.

    Parameters
    ----------
    curve : Curve
        From `kaplan_meier`, strata along the axis before time: shape (..., strata, d).
    standard : array_like, shape (strata,)
        People of the standard in each stratum. Strata in which ``t`` is past the last person at risk are left out.
    t : float
        The time.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        nan where no stratum reaches ``t``.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``Σ w S(t)`` with variance ``Σ w² var S(t)``; the interval is symmetric on the log-log scale. Makuch RW (1982),
    *Journal of Chronic Diseases* 35:437–443.

    Examples
    --------
    >>> from equiwait.statistics import kaplan_meier
    >>> standardised_survival(kaplan_meier([[0, 2, 2], [0, 4, 0]], [[0, 0, 6], [0, 0, 4]]), [100, 300], 1)
    Estimate(value=0.575, std_error=0.1363, lower=0.2777, upper=0.7874)
    """
    (weight,) = counts_of(standard)
    at = survival_at(curve, t, confidence=confidence)
    known = ~np.isnan(at.value)
    kept = np.where(known, weight, 0.0)
    scaled = np.divide(
        kept, kept.sum(-1, keepdims=True), out=np.full(kept.shape, np.nan), where=kept.sum(-1, keepdims=True) > 0
    )
    value = (scaled * np.where(known, at.value, 0.0)).sum(-1)
    error = np.sqrt((scaled**2 * np.nan_to_num(at.std_error) ** 2).sum(-1))
    inside = (value > 0) & (value < 1)
    s = np.where(inside, value, 0.5)
    factor = np.exp(normal_point(confidence) * error / (-s * np.log(s)))
    lower, upper = np.where(inside, s**factor, value), np.where(inside, s ** (1 / factor), value)
    return Estimate(*(np.asarray(part)[()] for part in (value, error, lower, upper)))


class Kitagawa(NamedTuple):
    """A gap between two shares, and its two parts: who is in the strata, and what happens within them.

    Examples
    --------
    >>> kitagawa([20, 30], [50, 200], [10, 40], [50, 400]).within.round(4)
    np.float64(0.0733)
    """

    gap: Array
    composition: Array
    within: Array

    def __repr__(self) -> str:
        return shown(self)


def kitagawa(events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike) -> Kitagawa:
    """Split the gap between two crude shares into composition and difference within strata.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like, shape (..., strata)
        People with the event and people in all, in the group and in its reference, by stratum.

    Returns
    -------
    Kitagawa
        ``gap = composition + within``, first minus reference. A stratum that one group has nobody in can differ in
        composition only. nan where either group is empty.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``Σ (w₁ − w₀)(p₁ + p₀)/2`` and ``Σ (p₁ − p₀)(w₁ + w₀)/2``. Kitagawa EM (1955), *Journal of the American Statistical
    Association* 50:1168–1194.

    Examples
    --------
    >>> kitagawa([20, 30], [50, 200], [10, 40], [50, 400])
    Kitagawa(gap=0.08889, composition=0.01556, within=0.07333)
    """
    x1, n1 = events_among(*floats(events, n))
    x0, n0 = events_among(*floats(events_reference, n_reference))
    x1, n1, x0, n0 = floats(x1, n1, x0, n0)
    with np.errstate(invalid="ignore", divide="ignore"):
        p1, p0 = x1 / n1, x0 / n0
        w1, w0 = n1 / n1.sum(-1, keepdims=True), n0 / n0.sum(-1, keepdims=True)
    p1, p0 = np.where(n1 > 0, p1, p0), np.where(n0 > 0, p0, p1)
    p1, p0 = np.where((n1 > 0) | (n0 > 0), p1, 0.0), np.where((n1 > 0) | (n0 > 0), p0, 0.0)
    composition = ((w1 - w0) * (p1 + p0) / 2).sum(-1)
    within = ((p1 - p0) * (w1 + w0) / 2).sum(-1)
    return Kitagawa(*(np.asarray(part)[()] for part in (composition + within, composition, within)))
