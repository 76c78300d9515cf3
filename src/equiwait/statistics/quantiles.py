"""Quantiles of tallied waits, day-exact, and groups of areas by rank. Waits known in bands only: bands.py."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.intervals import tallied
from equiwait.statistics.shapes import Array, Interval, interval, normal_point

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
FUZZ = 1e-9


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
    Type 1: ``min {x: F(x) ≥ q}``. From type 4: ``x₍ⱼ₎ + γ (x₍ⱼ₊₁₎ − x₍ⱼ₎)`` with ``j + γ = a + q (n + 1 − a − b)``;
    type 7 has ``a = b = 1``. Hyndman RJ, Fan Y (1996), *The American Statistician* 50:361–365.

    Examples
    --------
    >>> quantile([1, 0, 2, 1], [0.5, 0.92])
    array([2., 3.])
    """
    tally, at = tallied(counts, values)
    orders = orders_of(q)
    below, above, share = _ranks(tally.sum(-1)[..., None], orders.ravel(), rule)
    cumulative = tally.cumsum(-1)
    low, high = _order_statistic(cumulative, at, below), _order_statistic(cumulative, at, above)
    found = low + np.where(share > 0, share * (high - low), 0.0)
    return np.asarray(found.reshape(tally.shape[:-1] + orders.shape)[()])


def orders_of(q: ArrayLike) -> Array:
    """Orders, checked: between 0 and 1."""
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
    whole = np.floor(position + FUZZ)
    past = position - whole
    share = np.where(past > FUZZ, past, 0.0)
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
    cell = cell_of(cumulative, rank)
    found = values[np.minimum(cell, values.size - 1)]
    return np.where(cumulative[..., -1:] > 0, found, np.nan)


def cell_of(cumulative: Array, rank: Array) -> Array:
    """The first cell in which the running count reaches each rank; ranks shaped (..., k)."""
    cells = [(cumulative < rank[..., [k]]).sum(-1) for k in range(rank.shape[-1])]
    return np.stack(np.broadcast_arrays(*cells), axis=-1) if cells else np.zeros(rank.shape, dtype=np.intp)


def quantile_interval(
    counts: ArrayLike,
    q: float,
    values: ArrayLike | None = None,
    *,
    interpolate: bool = False,
    rule: str = "type1",
    confidence: float = 0.95,
) -> Interval:
    """A quantile of tallied values, with its order-statistic interval.

    Parameters
    ----------
    counts : array_like, shape (..., d)
        People at each value, along the last axis.
    q : float
        The order, strictly between 0 and 1.
    values : array_like, shape (d,), optional
        The value of each cell in rising order; 0, 1, 2, … days unless given.
    interpolate : bool
        Otherwise both ends are waits that somebody had, and the coverage is never under the one stated. With
        interpolation between neighbours it is close to the one stated: right for `mover_difference`.
    rule : str
        The definition of the value itself: see `quantile`.
    confidence : float
        Two-sided coverage.

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
    Interpolation: Nyblom J (1992), *Statistics & Probability Letters* 14:129–131.

    Examples
    --------
    >>> quantile_interval([1] * 20, 0.5)
    Interval(value=9, lower=5, upper=14)
    >>> quantile_interval([1] * 20, 0.5, interpolate=True)
    Interval(value=9, lower=5.235, upper=13.76)
    """
    tally, at = tallied(counts, values)
    normal_point(confidence)
    if not 0 < q < 1:
        raise ValueError(f"q must lie strictly between 0 and 1, not {q}.")
    n, tail = tally.sum(-1)[..., None], (1 - confidence) / 2
    if interpolate:
        ranks = nyblom_rank(tail, n, q), n + 1 - nyblom_rank(tail, n, 1 - q)
    else:
        ranks = _binomial_quantile(tail, n, q), _binomial_quantile(1 - tail, n, q) + 1
    lower, upper = (_between_ranks(tally.cumsum(-1), at, rank) for rank in ranks)
    lower = np.where(ranks[0] < 1, at[0], lower)
    upper = np.where(ranks[1] > n, np.inf, upper)
    parts = (np.where(n > 0, part, np.nan)[..., 0] for part in (lower, upper))
    return interval(quantile(tally, q, at, rule=rule), *parts)


def _between_ranks(cumulative: Array, values: Array, rank: Array) -> Array:
    """The value at a rank, on the line between its neighbours where it is not whole."""
    last = np.maximum(cumulative[..., -1:], 1)
    whole = np.floor(rank)
    low, high = (_order_statistic(cumulative, values, np.clip(part, 1, last)) for part in (whole, whole + 1))
    return np.asarray(low + (rank - whole) * (high - low))


def nyblom_rank(tail: ArrayLike, n: Array, q: float) -> Array:
    """The rank, between two whole ones, that the quantile lies below with this chance."""
    people = np.maximum(n, 1)
    rank = _binomial_quantile(tail, people, q)
    above, below = _binomial_cdf(rank, people, q), np.where(rank > 0, _binomial_cdf(rank - 1, people, q), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = rank * (1 - q) * (above - tail) / ((people - rank) * q * (tail - below))
    # Without anybody below rank 1 there is nothing to lean on: the end stays open.
    return np.asarray(np.where(rank < 1, 0.0, rank + 1 / (1 + odds)))


def _binomial_quantile(p: ArrayLike, n: Array, q: float) -> Array:
    """The smallest k with P(X ≤ k) ≥ p for X ~ Binomial(n, q)."""
    people = np.maximum(n, 1)
    k = np.ceil(np.nan_to_num(special.bdtrik(p, people, q)))
    fewer = np.maximum(k - 1, 0)
    return np.asarray(np.where(_binomial_cdf(fewer, people, q) >= p, fewer, k))


def _binomial_cdf(k: Array, n: Array, q: float) -> Array:
    inside = k < n
    return np.where(inside, special.betainc(np.where(inside, n - k, 1.0), k + 1, 1 - q), 1.0)


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
    ``groups + 1 − ⌈(n + 1 − rank) · groups / n⌉`` with tied areas at their lowest rank, in whole numbers so that no
    area is lost to rounding: the rule of the Fingertips methods (``phe_quantile`` of the R package PHEindicatormethods
    2.1.0, the Department of Health and Social Care's since 2021).

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
