"""Quantiles of tallied waits: day-exact, in NHS England's weekly bands, and rank-based groups of areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .intervals import tallied
from .shapes import Array, Interval, counts_of, interval, normal_point

# Hyndman and Fan's nine definitions: the first three jump, the rest interpolate with plotting positions (a, b).
_JUMPS = ("type1", "type2", "type3")
_POSITIONS = {
    "type4": (0.0, 1.0),
    "type5": (0.5, 0.5),
    "type6": (0.0, 0.0),
    "type7": (1.0, 1.0),
    "type8": (1 / 3, 1 / 3),
    "type9": (0.375, 0.375),
}
# A rank that should be whole may miss by rounding: 0.95 × 100 is 94.99999999999999.
_FUZZ = 1e-9


def quantile(counts: ArrayLike, q: ArrayLike, values: ArrayLike | None = None, *, rule: str = "type1") -> Array:
    """Day-exact quantiles of tallied values.

    Parameters
    ----------
    counts : array_like, shape (..., d)
        People at each value, along the last axis.
    q : array_like
        Orders between 0 and 1; a single number or an array.
    values : array_like, shape (d,), optional
        The value of each cell in rising order; 0, 1, 2, … days unless given.
    rule : str
        ``"type1"`` (the shortest wait that at least a share ``q`` of people do not exceed; always a wait that somebody
        had) to ``"type9"``, numbered as in R; ``"type7"`` is the default of R, numpy and Excel.

    Returns
    -------
    ndarray
        The leading axes of ``counts`` followed by those of ``q``; nan with nobody counted.

    Raises
    ------
    ValueError
        Negative counts, orders outside 0 to 1, values that do not fit, an unknown rule.

    Notes
    -----
    Hyndman RJ, Fan Y (1996), *The American Statistician* 50:361–365.

    Examples
    --------
    >>> quantile([1, 0, 2, 1], [0.5, 0.92])
    array([2., 3.])
    """
    tally, at = tallied(counts, values)
    orders = _orders(q)
    below, above, share = _ranks(tally.sum(-1)[..., None], orders.ravel(), rule)
    cumulative = tally.cumsum(-1)
    low, high = _order_statistic(cumulative, at, below), _order_statistic(cumulative, at, above)
    found = low + np.where(share > 0, share * (high - low), 0.0)
    return np.asarray(found.reshape(tally.shape[:-1] + orders.shape)[()])


def _orders(q: ArrayLike) -> Array:
    orders = np.asarray(q, dtype=float)
    if not np.all((orders >= 0) & (orders <= 1)):
        raise ValueError("q must lie between 0 and 1: the median is 0.5, the 92nd percentile 0.92.")
    return orders


def _ranks(n: Array, q: Array, rule: str) -> tuple[Array, Array, Array]:
    """The two neighbouring ranks of each order, and how far to go from the lower to the upper."""
    if rule in _POSITIONS:
        a, b = _POSITIONS[rule]
        position = a + q * (n + 1 - a - b)
    elif rule in _JUMPS:
        position = n * q - (0.5 if rule == "type3" else 0.0)
    else:
        raise ValueError(f"rule must be one of type1 to type9, not {rule!r}.")
    whole = np.floor(position + _FUZZ)
    past = position - whole
    share = np.where(past > _FUZZ, past, 0.0)
    if rule in _JUMPS:
        share = _jump(rule, share > 0, whole)
    last = np.maximum(n, 1)
    return np.clip(whole, 1, last), np.clip(whole + 1, 1, last), share


def _jump(rule: str, beyond: Array, whole: Array) -> Array:
    if rule == "type1":
        return np.where(beyond, 1.0, 0.0)
    if rule == "type2":
        return np.where(beyond, 1.0, 0.5)
    return np.where(beyond | (whole % 2 == 1), 1.0, 0.0)


def _order_statistic(cumulative: Array, values: Array, rank: Array) -> Array:
    """The value at each rank (counted from 1) of people in order; nan with nobody counted."""
    cell = _cell_of(cumulative, rank)
    found = values[np.minimum(cell, values.size - 1)]
    return np.where(cumulative[..., -1:] > 0, found, np.nan)


def _cell_of(cumulative: Array, rank: Array) -> Array:
    """The first cell in which the running count reaches each rank; ranks shaped (..., k)."""
    cells = [(cumulative < rank[..., [k]]).sum(-1) for k in range(rank.shape[-1])]
    return np.stack(np.broadcast_arrays(*cells), axis=-1) if cells else np.zeros(rank.shape, dtype=np.intp)


def quantile_interval(
    counts: ArrayLike, q: float, values: ArrayLike | None = None, *, confidence: float = 0.95, rule: str = "type1"
) -> Interval:
    """A quantile of tallied values, with its order-statistic interval: two waits that somebody had.

    Parameters
    ----------
    counts : array_like, shape (..., d)
        People at each value, along the last axis.
    q : float
        The order, strictly between 0 and 1.
    values : array_like, shape (d,), optional
        The value of each cell in rising order; 0, 1, 2, … days unless given.
    confidence : float
        Two-sided coverage.
    rule : str
        The definition of the value itself: see `quantile`.

    Returns
    -------
    Interval
        With too few people for a lower end it is the smallest value of the scale; for an upper end, inf: not known.
        nan with nobody counted.

    Raises
    ------
    ValueError
        As `quantile`.

    Notes
    -----
    Ranks ``l = qbinom(α/2, n, q)`` and ``u = qbinom(1 − α/2, n, q) + 1``. Thompson WR (1936), *Annals of Mathematical
    Statistics* 7:122–128; Conover WJ (1999), *Practical Nonparametric Statistics*, 3rd ed., Wiley, section 3.2.

    Examples
    --------
    >>> quantile_interval([1] * 20, 0.5)
    Interval(value=9, lower=5, upper=14)
    """
    tally, at = tallied(counts, values)
    normal_point(confidence)
    if not 0 < q < 1:
        raise ValueError(f"q must lie strictly between 0 and 1, not {q}.")
    n, tail = tally.sum(-1)[..., None], (1 - confidence) / 2
    lower_rank, upper_rank = _binomial_quantile(tail, n, q), _binomial_quantile(1 - tail, n, q) + 1
    cumulative = tally.cumsum(-1)
    lower = np.where(lower_rank < 1, at[0], _order_statistic(cumulative, at, lower_rank))
    upper = np.where(upper_rank > n, np.inf, _order_statistic(cumulative, at, upper_rank))
    somebody = n > 0
    value = quantile(tally, q, at, rule=rule)
    return interval(value, np.where(somebody, lower, np.nan)[..., 0], np.where(somebody, upper, np.nan)[..., 0])


def _binomial_quantile(p: float, n: Array, q: float) -> Array:
    """The smallest k with P(X ≤ k) ≥ p for X ~ Binomial(n, q)."""
    people = np.maximum(n, 1)
    k = np.ceil(np.nan_to_num(special.bdtrik(p, people, q)))
    fewer = np.maximum(k - 1, 0)
    return np.asarray(np.where(_binomial_cdf(fewer, people, q) >= p, fewer, k))


def _binomial_cdf(k: Array, n: Array, q: float) -> Array:
    inside = k < n
    return np.where(inside, special.betainc(np.where(inside, n - k, 1.0), k + 1, 1 - q), 1.0)


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
    The bands of the monthly RTT waiting times workbooks, NHS England.

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
    NHS England, *RTT waiting times: recording and reporting guidance*; the ranks were recovered from the published
    tables of March 2015.

    Examples
    --------
    >>> banded_quantile([30, 40, 20, 10], [0.5, 0.95])
    array([1.5125,    inf])
    """
    (tally,) = counts_of(counts)
    if tally.ndim == 0:
        raise ValueError("counts must have at least one axis: people in each band.")
    limits = _limits(tally.shape[-1], edges, reproduce)
    orders = _orders(q)
    n = tally.sum(-1)[..., None]
    rank = _banded_rank(n, orders.ravel(), rule)
    found = _interpolate(tally, rank, limits)
    withheld = n < (50 if rule == "nhse" else 1e-300)
    return np.asarray(np.where(withheld, np.nan, found).reshape(tally.shape[:-1] + orders.shape)[()])


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
    band = np.minimum(_cell_of(cumulative, rank - _FUZZ), tally.shape[-1] - 1)
    inside = np.take_along_axis(tally, band, -1)
    before = np.take_along_axis(cumulative, band, -1) - inside
    share = np.divide(rank - before, inside, out=np.zeros_like(rank), where=inside > 0)
    start, end = limits[band], limits[band + 1]
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(end), np.inf, start + np.clip(share, 0, 1) * (end - start))


def quantile_groups(values: ArrayLike, groups: int, *, invert: bool = False) -> Array:
    """Groups of areas of about one size by rank: deciles, quintiles, ….

    Parameters
    ----------
    values : array_like, shape (areas,)
        One value for each area; nan is left out.
    groups : int
        How many groups: 10 for deciles.
    invert : bool
        Give group 1 to the highest values instead of the lowest.

    Returns
    -------
    ndarray, shape (areas,)
        1 to ``groups``; areas of one value share a group. nan for a missing value, and throughout where there are
        fewer areas than groups.

    Raises
    ------
    ValueError
        Fewer than one group.

    Notes
    -----
    ``groups + 1 − ⌈(n + 1 − rank) · groups / n⌉`` with tied areas at their lowest rank: the rule of the Department of
    Health and Social Care's Fingertips methods, in whole numbers so that no area is lost to rounding.

    Examples
    --------
    >>> quantile_groups([3.0, 1.0, 2.0, 2.0], 2)
    array([2., 1., 1., 1.])
    """
    if groups < 1:
        raise ValueError(f"groups must be at least 1, not {groups}.")
    areas = np.asarray(values, dtype=float).ravel()
    ordered = np.sort(-areas[~np.isnan(areas)] if invert else areas[~np.isnan(areas)])
    n = ordered.size
    if n < groups:
        return np.full(areas.shape, np.nan)
    rank = 1 + np.searchsorted(ordered, -areas if invert else areas)
    group = groups + 1 + (-(n + 1 - rank) * groups) // n
    return np.where(np.isnan(areas), np.nan, group)
