"""Two quantities against each other: differences and ratios, always the first against the reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.intervals import wilson
from equiwait.statistics.shapes import Estimate, Interval, estimate, floats, interval, normal_point, unwrapped


def newcombe(
    events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike, *, confidence: float = 0.95
) -> Interval:
    """Difference between two shares, first minus reference, with Newcombe's hybrid score interval.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like
        People with the event and people in all, in the group and in its reference; broadcast together.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        Between −1 and 1; nan where either group is empty.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``d − √((p₁ − l₁)² + (u₀ − p₀)²)`` and ``d + √((u₁ − p₁)² + (p₀ − l₀)²)``: `mover_difference` of two `wilson`
    intervals. Newcombe RG (1998), *Statistics in Medicine* 17:873–890, method 10.

    Examples
    --------
    >>> newcombe(90, 250, 300, 1000)
    Interval(value=0.06, lower=-0.003981, upper=0.1271)
    """
    first = wilson(events, n, confidence=confidence)
    return mover_difference(first, wilson(events_reference, n_reference, confidence=confidence))


def mover_difference(first: Interval, reference: Interval) -> Interval:
    """Difference of two independent quantities from their own intervals (MOVER).

    Parameters
    ----------
    first, reference : Interval
        Value, lower and upper end of each, of one confidence.

    Returns
    -------
    Interval
        First minus reference, of the same confidence; an end that was open stays open (±inf).

    Notes
    -----
    ``d − √((v₁ − l₁)² + (u₀ − v₀)²)`` and ``d + √((u₁ − v₁)² + (v₀ − l₀)²)``: no symmetry is asked of either interval.
    Zou GY, Donner A (2008), *Statistics in Medicine* 27:1693–1702.

    Examples
    --------
    >>> mover_difference(Interval(20.0, 15.0, 30.0), Interval(12.0, 10.0, 15.0))
    Interval(value=8, lower=2.169, upper=18.2)
    """
    v1, l1, u1 = first
    v0, l0, u0 = reference
    with np.errstate(invalid="ignore"):
        value = np.subtract(v1, v0)
        lower = value - np.hypot(np.subtract(v1, l1), np.subtract(u0, v0))
        upper = value + np.hypot(np.subtract(u1, v1), np.subtract(v0, l0))
    return interval(value, lower, upper)


def mover_ratio(first: Interval, reference: Interval) -> Interval:
    """Ratio of two independent, non-negative quantities from their own intervals (MOVER).

    Parameters
    ----------
    first, reference : Interval
        Value, lower and upper end of each, of one confidence; none below 0.

    Returns
    -------
    Interval
        First over reference. The upper end is inf where the reference may be 0 or the first is open above; the lower
        is 0 where the reference is open above.

    Raises
    ------
    ValueError
        A negative end.

    Notes
    -----
    ``(v₁v₀ ∓ √((v₁v₀)² − e₁(2v₁ − e₁) e₀(2v₀ − e₀))) / (e₀(2v₀ − e₀))`` with the ends ``e₁ = l₁``, ``e₀ = u₀`` below
    and ``e₁ = u₁``, ``e₀ = l₀`` above. Fieller's theorem on the recovered variances: Donner A, Zou GY (2012),
    *Statistical Methods in Medical Research* 21:347–359; written here so that no denominator vanishes.

    Examples
    --------
    >>> mover_ratio(Interval(20.0, 15.0, 30.0), Interval(12.0, 10.0, 15.0))
    Interval(value=1.667, lower=1.159, upper=2.606)
    """
    v1, l1, u1 = floats(*first)
    v0, l0, u0 = floats(*reference)
    if np.any(l1 < 0) or np.any(l0 < 0):
        raise ValueError("mover_ratio needs intervals that do not go below 0; use mover_difference.")
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        product = v1 * v0
        below, above = l1 * (2 * v1 - l1), u1 * (2 * v1 - u1)
        base, top = l0 * (2 * v0 - l0), u0 * (2 * v0 - u0)
        lower = below / (product + np.sqrt(np.maximum(product**2 - below * top, 0)))
        upper = (product + np.sqrt(np.maximum(product**2 - above * base, 0))) / base
        value = v1 / v0
    lower = np.where(np.isinf(u0) | (l1 == 0), 0.0, lower)
    upper = np.where(np.isinf(u1) | (l0 == 0), np.inf, upper)
    missing = np.isnan(v1) | np.isnan(v0)
    return interval(value, np.where(missing, np.nan, lower), np.where(missing, np.nan, upper))


def difference(
    value: ArrayLike,
    std_error: ArrayLike,
    value_reference: ArrayLike,
    std_error_reference: ArrayLike,
    *,
    confidence: float = 0.95,
) -> Estimate:
    """Difference of two independent estimates that have standard errors, first minus reference.

    Parameters
    ----------
    value, std_error, value_reference, std_error_reference : array_like
        The two estimates (means, restricted means, …); broadcast together.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        ``d ± z √(se₁² + se₀²)``.

    Notes
    -----
    ``d ± z √(se₁² + se₀²)``. Altman DG et al. (2000), *Statistics with Confidence*, 2nd ed., BMJ Books, chapter 4.

    Examples
    --------
    >>> difference(84, 4, 55, 1)
    Estimate(value=29, std_error=4.123, lower=20.92, upper=37.08)
    """
    v1, e1, v0, e0 = floats(value, std_error, value_reference, std_error_reference)
    return estimate(v1 - v0, np.hypot(e1, e0), confidence)


def ratio(
    value: ArrayLike,
    std_error: ArrayLike,
    value_reference: ArrayLike,
    std_error_reference: ArrayLike,
    *,
    confidence: float = 0.95,
) -> Estimate:
    """Ratio of two independent, positive estimates that have standard errors, first over reference.

    Parameters
    ----------
    value, std_error, value_reference, std_error_reference : array_like
        The two estimates; broadcast together.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        ``std_error`` is that of the logarithm of the ratio. nan where either value is not above 0.

    Notes
    -----
    ``exp(ln(v₁/v₀) ± z √((se₁/v₁)² + (se₀/v₀)²))``, the delta method on the log scale. Armitage P, Berry G, Matthews
    JNS (2002), *Statistical Methods in Medical Research*, 4th ed., Blackwell, section 5.3.

    Examples
    --------
    >>> ratio(84, 4, 55, 1)
    Estimate(value=1.527, std_error=0.05097, lower=1.382, upper=1.688)
    """
    v1, e1, v0, e0 = floats(value, std_error, value_reference, std_error_reference)
    positive = (v1 > 0) & (v0 > 0)
    v1, v0 = np.where(positive, v1, np.nan), np.where(positive, v0, np.nan)
    error = np.hypot(e1 / v1, e0 / v0)
    half = normal_point(confidence) * error
    return Estimate(*unwrapped(v1 / v0, error, v1 / v0 * np.exp(-half), v1 / v0 * np.exp(half)))
