"""Ratios of two shares and of two odds, always the first over the reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Array, Interval, events_among, floats, interval, normal_point


def koopman(
    events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike, *, confidence: float = 0.95
) -> Interval:
    """Ratio of two shares, first over reference, with Koopman's score interval.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like
        People with the event and people in all, in the group and in its reference; broadcast together.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        nan where either group is empty. No events: value and lower end 0; none in the reference: value and upper end
        inf, which is to be read as *no upper limit*; none in either: value nan, interval 0 to inf.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    The ratios ``φ`` at which ``(x₁ − n₁φp)²/(n₁φp(1 − φp)) + (x₀ − n₀p)²/(n₀p(1 − p))`` is ``z²``, with ``p`` the most
    likely share of the reference given ``φ``: ``2C/(B + √(B² − 4AC))``, ``A = φ(n₁ + n₀)``,
    ``B = φ(n₁ + x₀) + x₁ + n₀``, ``C = x₁ + x₀``. At ``φ = 1`` it is Pearson's χ². Koopman PAR (1984), *Biometrics*
    40:513–517.

    Examples
    --------
    >>> koopman(90, 250, 300, 1000)
    Interval(value=1.2, lower=0.987, upper=1.444)
    >>> koopman(8, 8, 450, 500)
    Interval(value=1.111, lower=0.7502, upper=1.149)
    """
    x1, n1 = events_among(*floats(events, n))
    x0, n0 = events_among(*floats(events_reference, n_reference))
    x1, n1, x0, n0 = floats(x1, n1, x0, n0)
    z = normal_point(confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (x1 / n1) / (x0 / n0)
    lower, upper = _score_ends(x1, n1, x0, n0, z)
    known = (n1 > 0) & (n0 > 0)
    lower, upper = np.where(x1 == 0, 0.0, lower), np.where(x0 == 0, np.inf, upper)
    return interval(np.where(known, value, np.nan), np.where(known, lower, np.nan), np.where(known, upper, np.nan))


def _score_ends(x1: Array, n1: Array, x0: Array, n0: Array, z: Array) -> Array:
    """The ratios at which the score statistic is ``z`` and ``-z``, by halving their logarithm: it falls as the ratio rises."""
    wanted = np.stack([np.broadcast_to(sign * z, np.broadcast(x1, z).shape) for sign in (1, -1)])
    low, high = (np.full(wanted.shape, end) for end in (-46.0, 46.0))
    for _ in range(64):
        middle = (low + high) / 2
        short = _score(x1, n1, x0, n0, np.exp(middle)) > wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def _score(x1: Array, n1: Array, x0: Array, n0: Array, times: Array) -> Array:
    """The signed root of the score statistic that the ratio is ``times``: positive where the ratio seen is higher."""
    linear = times * (n1 + x0) + x1 + n0
    with np.errstate(invalid="ignore", divide="ignore"):
        p0 = 2 * (x1 + x0) / (linear + np.sqrt(np.maximum(linear**2 - 4 * times * (n1 + n0) * (x1 + x0), 0)))
        p0 = np.minimum(np.maximum(p0, 0), np.minimum(1, 1 / times))
        p1 = times * p0
        parts = [
            np.where(np.abs(gap) > 1e-9 * (1 + size), gap**2 / (size * p * (1 - p)), 0.0)
            for gap, size, p in ((x1 - n1 * p1, n1, p1), (x0 - n0 * p0, n0, p0))
        ]
        return np.asarray(np.sign(x1 * n0 - times * x0 * n1) * np.sqrt(parts[0] + parts[1]))


def risk_ratio(
    events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike, *, confidence: float = 0.95
) -> Interval:
    """Ratio of two shares, first over reference, with Katz's log interval.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like
        People with the event and people in all, in the group and in its reference; broadcast together.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        nan where either group is empty. No events: value and lower end 0; none in the reference: value and upper
        end inf; none in either: value nan, interval 0 to inf.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    `koopman` covers better, above all where a share is near 0 or 1; this one is what most published ratios carry.
    ``exp(ln RR ± z √(1/x₁ − 1/n₁ + 1/x₀ − 1/n₀))``. Katz D et al. (1978), *Biometrics* 34:469–474. Where an ``x`` is
    0, or everybody has the event, the ends that remain come from adding ½ to those with the event and to those without
    (Haldane JBS (1956), *Annals of Human Genetics* 20:309–311).

    Examples
    --------
    >>> risk_ratio(90, 250, 300, 1000)
    Interval(value=1.2, lower=0.9919, upper=1.452)
    """
    x1, n1 = events_among(*floats(events, n))
    x0, n0 = events_among(*floats(events_reference, n_reference))
    x1, n1, x0, n0 = floats(x1, n1, x0, n0)
    add = np.where((x1 == 0) | (x0 == 0) | ((x1 == n1) & (x0 == n0)), 0.5, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (x1 / n1) / (x0 / n0)
        centre = np.log((x1 + add) / (n1 + 2 * add)) - np.log((x0 + add) / (n0 + 2 * add))
        error = np.sqrt(1 / (x1 + add) - 1 / (n1 + 2 * add) + 1 / (x0 + add) - 1 / (n0 + 2 * add))
    return _log_ends(value, centre, error, x1, x0, (n1 > 0) & (n0 > 0), confidence)


def odds_ratio(
    events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike, *, confidence: float = 0.95
) -> Interval:
    """Ratio of the odds in two groups, first over reference, with Woolf's logit interval.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like
        People with the event and people in all, in the group and in its reference; broadcast together.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        nan where either group is empty; 0, inf and nan as in `risk_ratio` where a cell is 0.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``exp(ln OR ± z √(1/a + 1/b + 1/c + 1/d))``, ½ added to each cell where one is 0. Woolf B (1955), *Annals of Human
    Genetics* 19:251–253; Haldane JBS (1956), same journal 20:309–311. Odds ratios overstate ratios of shares when the
    event is common: prefer `newcombe` or `risk_ratio` for waits.

    Examples
    --------
    >>> odds_ratio(90, 250, 300, 1000)
    Interval(value=1.312, lower=0.9806, upper=1.757)
    """
    x1, n1 = events_among(*floats(events, n))
    x0, n0 = events_among(*floats(events_reference, n_reference))
    x1, n1, x0, n0 = floats(x1, n1, x0, n0)
    low, high = x1 * (n0 - x0), (n1 - x1) * x0
    add = np.where((low == 0) | (high == 0), 0.5, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = low / high
        centre = np.log((x1 + add) * (n0 - x0 + add)) - np.log((n1 - x1 + add) * (x0 + add))
    error = np.sqrt(sum(1 / np.maximum(cell + add, 0.5) for cell in (x1, n1 - x1, x0, n0 - x0)))
    return _log_ends(value, centre, error, low, high, (n1 > 0) & (n0 > 0), confidence)


def _log_ends(
    value: Array,
    centre: Array,
    error: Array,
    above: Array,
    below: Array,
    known: Array,
    confidence: float,
) -> Interval:
    """exp(centre ± z error); an end that the data leave open is 0 or inf, and an empty group is nan."""
    z = normal_point(confidence)
    with np.errstate(invalid="ignore", over="ignore"):
        lower = np.where(above == 0, 0.0, np.exp(centre - z * error))
        upper = np.where(below == 0, np.inf, np.exp(centre + z * error))
    return interval(np.where(known, value, np.nan), np.where(known, lower, np.nan), np.where(known, upper, np.nan))
