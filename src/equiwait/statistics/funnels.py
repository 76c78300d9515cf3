"""Funnel limits: how far from the whole an institution may lie by chance, and when all of them vary by more."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.intervals import exact_poisson
from equiwait.statistics.shapes import Array, Interval, counts_of, floats, interval, normal_point, shown


def funnel_limits_share(n: ArrayLike, share: float, *, confidence: float = 0.95) -> Interval:
    """Limits within which an institution's share lies by chance.

    Parameters
    ----------
    n : array_like
        People of each institution.
    share : float
        The share of the whole, 0 to 1.
    confidence : float
        0.95 and 0.998 are usual.

    Returns
    -------
    Interval
        ``value`` is the whole's share; the limits do not leave 0 to 1; nan without people.

    Raises
    ------
    ValueError
        Negative counts, a share outside 0 to 1.

    Notes
    -----
    ``p ± z √(p(1 − p)/n)``: the shares that the score test does not tell from ``p``. Spiegelhalter DJ (2005),
    *Statistics in Medicine* 24:1185–1202.

    Examples
    --------
    >>> funnel_limits_share([50, 5000], 0.4)
    Interval(value=[0.4, 0.4], lower=[0.2642, 0.3864], upper=[0.5358, 0.4136])
    """
    (people,) = counts_of(n)
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie between 0 and 1, not {share}.")
    with np.errstate(divide="ignore", invalid="ignore"):
        half = normal_point(confidence) * np.sqrt(share * (1 - share) / np.where(people > 0, people, np.nan))
    return interval(share, np.clip(share - half, 0, 1), np.clip(share + half, 0, 1))


def funnel_limits_ratio(expected: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Limits within which a standardised ratio lies by chance, by how many events are expected.

    Parameters
    ----------
    expected : array_like
        Events expected of each institution.
    confidence : float
        0.95 and 0.998 are usual.

    Returns
    -------
    Interval
        Around 1; nan where nothing is expected.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``χ²(α/2; 2E)/(2E)`` and ``χ²(1 − α/2; 2E + 2)/(2E)``. Exact Poisson limits of the expected number, over it.
    Spiegelhalter DJ (2005), *Statistics in Medicine* 24:1185–1202.

    Examples
    --------
    >>> funnel_limits_ratio(20)
    Interval(value=1, lower=0.6108, upper=1.544)
    """
    (due,) = counts_of(expected)
    around = exact_poisson(due, confidence=confidence)
    some = np.where(due > 0, due, np.nan)
    return interval(some / some, around.lower / some, around.upper / some)


def funnel_limits_events(events: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Ratios at which an institution with so many events would just lie on its limit.

    Parameters
    ----------
    events : array_like
        Events observed.
    confidence : float
        0.95 and 0.998 are usual.

    Returns
    -------
    Interval
        Around 1: multiply by the whole's rate for limits of a rate. inf above where no events were observed.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``2O/χ²(1 − α/2; 2O + 2)`` and ``2O/χ²(α/2; 2O)``. Observed events over the ends of their exact Poisson interval,
    which are the expectations that just agree with them: the limits of the Fingertips funnel workbooks, in closed form.
    Dover DC, Schopflocher DP (2011), *Population Health Metrics* 9:58.

    Examples
    --------
    >>> funnel_limits_events([1, 49])
    Interval(value=[1, 1], lower=[0.1795, 0.7564], upper=[39.5, 1.352])
    """
    (found,) = counts_of(events)
    around = exact_poisson(found, confidence=confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        upper = np.where(found > 0, found / around.lower, np.inf)
    return interval(np.ones(found.shape), found / around.upper, upper)


def funnel_position(inner: Interval, outer: Interval, whole: ArrayLike) -> Array:
    """Where institutions stand against the whole, given their own intervals.

    Parameters
    ----------
    inner, outer : Interval
        Intervals of each institution: 95% and 99.8%.
    whole : array_like
        The value of the whole.

    Returns
    -------
    ndarray
        −2 and 2: the outer interval lies below or above the whole; −1 and 1: the inner one does; 0: neither.

    Notes
    -----
    ``[l₉₅ > m] + [l₉₉.₈ > m] − [u₉₅ < m] − [u₉₉.₈ < m]`` for ends ``l``, ``u`` and the whole's ``m``. Spiegelhalter DJ
    (2005), *Statistics in Medicine* 24:1185–1202.

    Examples
    --------
    >>> from equiwait.statistics import wilson
    >>> funnel_position(wilson([40, 60], 100), wilson([40, 60], 100, confidence=0.998), 0.5)
    array([-1.,  1.])
    """
    mark = np.asarray(whole, dtype=float)
    above = (np.asarray(inner.lower) > mark).astype(float) + (np.asarray(outer.lower) > mark)
    below = (np.asarray(inner.upper) < mark).astype(float) + (np.asarray(outer.upper) < mark)
    return np.asarray(above - below)[()]


class Overdispersion(NamedTuple):
    """How much more institutions vary than chance: the ratio of variances, and the variance between them.

    Examples
    --------
    >>> round(overdispersion([-0.2, 0.1, 0.3], [0.1, 0.1, 0.1]).phi, 3)
    4.667
    """

    phi: float
    tau_squared: float

    def __repr__(self) -> str:
        return shown(self)


def overdispersion(
    values: ArrayLike, std_errors: ArrayLike, *, trim: float = 0.1, winsorise: bool = False
) -> Overdispersion:
    """Overdispersion of institutions about a target of 0.

    Parameters
    ----------
    values, std_errors : array_like, shape (institutions,)
        Gaps from the target on a scale that is about normal, and their standard errors: for a standardised ratio
        ``ln(O/E)`` and ``1/√E``.
    trim : float
        Leave out this share of institutions at each end.
    winsorise : bool
        Draw them in to the last one kept instead.

    Returns
    -------
    Overdispersion
        ``phi`` 1 and ``tau_squared`` 0: chance alone. nan with fewer than two institutions.

    Raises
    ------
    ValueError
        A trim outside 0 to ½, standard errors not above 0.

    Notes
    -----
    ``φ = Σ z²/k`` and, by moments, ``τ² = max(0, (Σ z² − (k − 1))/(Σ w − Σ w²/Σ w))`` with ``w = 1/s²``. Spiegelhalter
    DJ et al. (2012), *Journal of the Royal Statistical Society A* 175:1–47; DerSimonian R, Laird N (1986), *Controlled
    Clinical Trials* 7:177–188.

    Examples
    --------
    >>> overdispersion([-0.2, 0.1, 0.3], [0.1, 0.1, 0.1])
    Overdispersion(phi=4.667, tau_squared=0.06)
    """
    y, error = floats(values, std_errors)
    if not 0 <= trim < 0.5 or np.any(error <= 0):
        raise ValueError("trim must lie between 0 and 0.5, and every standard error above 0.")
    if y.size < 2:
        return Overdispersion(float("nan"), float("nan"))
    order = np.argsort(y / error, kind="stable")
    cut = int(trim * y.size)
    z = (y / error)[order]
    kept = order[cut : y.size - cut]
    z = np.clip(z, z[cut], z[y.size - 1 - cut]) if winsorise else z[cut : y.size - cut]
    phi = float((z**2).mean())
    weight = 1 / (error[order] if winsorise else error[kept]) ** 2
    spare = z.size * phi - (z.size - 1)
    return Overdispersion(phi, float(max(0.0, spare / (weight.sum() - (weight**2).sum() / weight.sum()))))


def widened_limits(
    target: float, std_errors: ArrayLike, spread: Overdispersion, *, additive: bool = True, confidence: float = 0.95
) -> Interval:
    """Funnel limits that allow for overdispersion.

    Parameters
    ----------
    target : float
        The value of the whole, on the scale of the standard errors.
    std_errors : array_like, shape (institutions,)
        Of each institution.
    spread : Overdispersion
        From `overdispersion`.
    additive : bool
        Add τ² to each variance; otherwise multiply each by φ where that is above 1.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        Around the target.

    Notes
    -----
    ``target ± z √(s² + τ²)``, or ``target ± z s √φ``. Spiegelhalter DJ (2005), *Quality and Safety in Health Care*
    14:347–351.

    Examples
    --------
    >>> widened_limits(0.0, [0.1], Overdispersion(4.0, 0.03))
    Interval(value=[0], lower=[-0.392], upper=[0.392])
    """
    (error,) = floats(std_errors)
    variance = error**2 + spread.tau_squared if additive else error**2 * max(spread.phi, 1.0)
    half = normal_point(confidence) * np.sqrt(variance)
    return interval(np.full(error.shape, target), target - half, target + half)
