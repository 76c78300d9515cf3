"""Waits known in bands only: NHS England's weekly bands, and quantiles by its rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.intervals import tallied
from equiwait.statistics.quantiles import FUZZ, cell_of, nyblom_rank, orders_of
from equiwait.statistics.shapes import Array, Interval, counts_of, interval, normal_point


def weekly_bands(counts: ArrayLike, *, bands: int = 53) -> Array:
    """Days to NHS England's weekly bands: (0, 1], (1, 2], … weeks, the last one open.

    Parameters
    ----------
    counts : array_like, shape (..., days)
        People who waited 0, 1, 2, … days.
    bands : int
        Bands in all: 53 ends in "over 52", 105 in "over 104".

    Returns
    -------
    ndarray, shape (..., bands)
        Day 0 falls in the first band; day 126 in (17, 18], so that bands 0 to 17 are those within 18 weeks.

    Raises
    ------
    ValueError
        Negative counts, or fewer than one band.

    Notes
    -----
    Day ``d`` lies in band ``⌈d/7⌉ − 1``, day 0 in band 0: the bands of NHS England's monthly RTT waiting times
    workbooks, as in the tables of March 2015.

    Examples
    --------
    >>> weekly_bands([1] * 16, bands=3)
    array([8., 7., 1.])
    """
    tally, days = tallied(counts, None)
    if bands < 1:
        raise ValueError("bands must be at least 1.")
    band = np.clip((days - 1) // 7, 0, bands - 1).astype(int)
    out = np.zeros((*tally.shape[:-1], bands))
    for week in range(bands):
        out[..., week] = tally[..., band == week].sum(-1)
    return out


def banded_quantile(
    counts: ArrayLike, q: ArrayLike, *, rule: str = "nhse", edges: ArrayLike | None = None, reproduce: bool = False
) -> Array:
    """Quantiles of waits that are known in bands only, by linear interpolation inside the band.

    Parameters
    ----------
    counts : array_like, shape (..., bands)
        People in each band; the last band is open unless ``edges`` closes it.
    q : array_like
        Orders between 0 and 1.
    rule : str
        ``"nhse"``: NHS England's. The median stands at rank ``(n + 1)/2``, every other order at ``q · n``, withheld
        (nan) under 50 people. Confirmed on published tables for the median and the 95th percentile; other orders by
        analogy. ``"linear"``: rank ``q · n`` for every order, never withheld.
    edges : array_like, shape (bands + 1,), optional
        Where each band begins and the last ends (inf: open); 0, 1, 2, …, inf weeks unless given. A band holds waits
        above its first edge up to and with its second.
    reproduce : bool
        Read the open band as one band-width long, as the publisher did: for reproducing published figures only.

    Returns
    -------
    ndarray
        The leading axes of ``counts`` followed by those of ``q``, in the units of ``edges``. inf: beyond the start of
        the open band, never a number. nan: withheld, or nobody counted.

    Raises
    ------
    ValueError
        Negative counts, orders outside 0 to 1, edges that do not rise or do not fit, an unknown rule.

    Notes
    -----
    ``start + width · (rank − below)/inside`` in the band that holds the rank, with ``below`` people in the bands before
    it and ``inside`` people in it. NHS England, *RTT waiting times: recording and reporting guidance*; the ranks were
    recovered from the published tables of March 2015.

    Examples
    --------
    >>> banded_quantile([30, 40, 20, 10], [0.5, 0.95])
    array([1.5125,    inf])
    """
    (tally,) = counts_of(counts)
    if tally.ndim == 0:
        raise ValueError("counts must have at least one axis: people in each band.")
    limits = _limits(tally.shape[-1], edges, reproduce)
    orders = orders_of(q)
    n = tally.sum(-1)[..., None]
    rank = _banded_rank(n, orders.ravel(), rule)
    found = _interpolate(tally, rank, limits)
    withheld = n < (50 if rule == "nhse" else 1e-300)
    return np.asarray(np.where(withheld, np.nan, found).reshape(tally.shape[:-1] + orders.shape)[()])


def banded_quantile_interval(
    counts: ArrayLike,
    q: float,
    *,
    rule: str = "nhse",
    edges: ArrayLike | None = None,
    design_effect: ArrayLike = 1.0,
    rounding: float = 0.0,
    confidence: float = 0.95,
) -> Interval:
    """A quantile of waits that are known in bands only, with its order-statistic interval.

    Parameters
    ----------
    counts, rule, edges
        As in `banded_quantile`.
    q : float
        The order, strictly between 0 and 1.
    design_effect, rounding
        As in `effective_counts`: repeated people and rounded counts widen the interval and move no value.
    confidence : float
        Two-sided coverage, as if waits were spread evenly within each band.

    Returns
    -------
    Interval
        In the units of ``edges``. An end beyond the start of the open band is inf; one that too few people leave open
        is the first edge, or inf. nan where the rule withholds the value.

    Raises
    ------
    ValueError
        As `banded_quantile`.

    Notes
    -----
    Below, ``l + 1/(1 + l(1 − q)(P(l) − α/2)/((n − l) q (α/2 − P(l − 1))))`` with ``l = qbinom(α/2, n, q)`` and the
    binomial ``P``; above, its mirror. The ranks of `quantile_interval` with interpolation, each placed in its band.
    Nyblom J (1992), *Statistics & Probability Letters* 14:129–131. With
    design effects the ranks are those of ``n/D`` people, times ``D``: Woodruff RS (1952), *Journal of the American
    Statistical Association* 47:635–646.

    Examples
    --------
    >>> banded_quantile_interval([30, 40, 20, 10], 0.5)
    Interval(value=1.512, lower=1.269, upper=1.756)
    """
    value = banded_quantile(counts, q, rule=rule, edges=edges)
    normal_point(confidence)
    if not 0 < q < 1:
        raise ValueError(f"q must lie strictly between 0 and 1, not {q}.")
    (tally,) = counts_of(counts)
    limits, n = _limits(tally.shape[-1], edges, False), tally.sum(-1)[..., None]
    tail = (1 - np.asarray(confidence)[..., None]) / 2
    design = np.asarray(design_effect, dtype=float)[..., None]
    if np.any(design < 1) or rounding < 0:
        raise ValueError("design_effect must be at least 1 (nobody repeats) and rounding, a variance, at least 0.")
    # As many people as carry as much information about a share of q.
    times = design + rounding * (1 + q * q) / (np.maximum(n, 1) * q * (1 - q))
    fewer = n / times
    ranks = nyblom_rank(tail, fewer, q), fewer + 1 - nyblom_rank(tail, fewer, 1 - q)
    lower, upper = (_interpolate(tally, np.clip(rank * times, 0, np.maximum(n, 0)), limits) for rank in ranks)
    lower, upper = np.where(ranks[0] < 1, limits[0], lower), np.where(ranks[1] > fewer, np.inf, upper)
    withheld = np.isnan(value)
    return interval(value, np.where(withheld, np.nan, lower[..., 0]), np.where(withheld, np.nan, upper[..., 0]))


def _limits(bands: int, edges: ArrayLike | None, reproduce: bool) -> Array:
    limits = np.append(np.arange(bands, dtype=float), np.inf) if edges is None else np.array(edges, dtype=float)
    if limits.shape != (bands + 1,) or not np.all(np.diff(limits) > 0):
        raise ValueError(f"edges must be {bands + 1} rising numbers for {bands} bands (the last may be inf).")
    if reproduce and np.isinf(limits[-1]):
        limits[-1] = limits[-2] + (limits[-2] - limits[-3] if bands > 1 else 1.0)
    return limits


def _banded_rank(n: Array, q: Array, rule: str) -> Array:
    if rule == "linear":
        return q * n
    if rule == "nhse":
        return np.where(q == 0.5, (n + 1) / 2, q * n)
    raise ValueError(f'rule must be "nhse" or "linear", not {rule!r}.')


def _interpolate(tally: Array, rank: Array, limits: Array) -> Array:
    cumulative = tally.cumsum(-1)
    # A rank of 95 may come out as 95.00000000000001: it must not fall into the next band.
    band = np.minimum(cell_of(cumulative, rank - FUZZ), tally.shape[-1] - 1)
    inside = np.take_along_axis(tally, band, -1)
    before = np.take_along_axis(cumulative, band, -1) - inside
    share = np.divide(rank - before, inside, out=np.zeros_like(rank), where=inside > 0)
    start, end = limits[band], limits[band + 1]
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(end), np.inf, start + np.clip(share, 0, 1) * (end - start))
