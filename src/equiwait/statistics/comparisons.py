"""Tests of shares and of two-way tables, and what to do when there are many of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.shapes import (
    Array,
    Significance,
    chi_square_test,
    counts_of,
    events_among,
    floats,
    normal_point,
    normal_test,
    shown,
)


def two_proportion_p(events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike) -> Array:
    """P-value of the difference between two shares, by the score test.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like
        People with the event and people in all, in the group and in its reference; broadcast together.

    Returns
    -------
    ndarray
        Two-sided; 1 where nobody or everybody has the event; nan where either group is empty.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``z = (p₁ − p₀) / √(p(1 − p)(1/n₁ + 1/n₀))`` with the pooled share ``p``; ``z²`` is Pearson's χ² without continuity
    correction. Pearson K (1900), *Philosophical Magazine* 50:157–175.

    Examples
    --------
    >>> two_proportion_p(90, 250, 300, 1000).round(4)
    np.float64(0.067)
    """
    x1, n1 = events_among(*floats(events, n))
    x0, n0 = events_among(*floats(events_reference, n_reference))
    x1, n1, x0, n0 = floats(x1, n1, x0, n0)
    known = (n1 > 0) & (n0 > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (x1 + x0) / (n1 + n0)
        error = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
        z = np.where(error > 0, (x1 / n1 - x0 / n0) / error, 0.0)
    return np.asarray(np.where(known, 2 * special.ndtr(-np.abs(z)), np.nan))[()]


def chi_square(table: ArrayLike) -> Significance:
    """Pearson's test that the rows of a table share one distribution over its columns.

    Parameters
    ----------
    table : array_like, shape (..., rows, columns)
        Counts. Rows and columns without anybody add neither to the statistic nor to the degrees of freedom.

    Returns
    -------
    Significance
        nan where fewer than two rows or columns hold anybody.

    Raises
    ------
    ValueError
        Negative counts, or fewer than two axes.

    Notes
    -----
    ``Σ (O − E)² / E``, no continuity correction. Pearson K (1900), *Philosophical Magazine* 50:157–175.

    Examples
    --------
    >>> chi_square([[90, 160], [300, 700]])
    Significance(statistic=3.354, df=1, p_value=0.06703)
    """
    cells = two_way(table)
    rows, columns = cells.sum(-1, keepdims=True), cells.sum(-2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = rows * columns / cells.sum((-2, -1), keepdims=True)
        parts = np.where(expected > 0, (cells - expected) ** 2 / expected, 0.0)
    df = ((rows > 0).sum((-2, -1)) - 1.0) * ((columns > 0).sum((-2, -1)) - 1.0)
    testable = (df > 0) & (cells.sum((-2, -1)) > 0)
    return chi_square_test(np.where(testable, parts.sum((-2, -1)), np.nan), np.where(testable, df, np.nan))


def two_way(table: ArrayLike) -> Array:
    """Counts with at least two axes."""
    (cells,) = counts_of(table)
    if cells.ndim < 2:
        raise ValueError("table must have at least two axes: rows (groups) and columns.")
    return cells


def equal_shares(events: ArrayLike, n: ArrayLike) -> Significance:
    """Overall test that every group has the same share: one answer before many pairs are looked at.

    Parameters
    ----------
    events, n : array_like, shape (..., groups)
        People with the event and people in all, by group. Empty groups are left out.

    Returns
    -------
    Significance
        nan with fewer than two groups, or where nobody or everybody has the event.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``Σ (x − n p)²/(n p (1 − p))`` with the pooled share ``p``: `chi_square` of the groups × (event, no event) table.
    Pearson K (1900), *Philosophical Magazine* 50:157–175.

    Examples
    --------
    >>> equal_shares([90, 300, 40], [250, 1000, 100])
    Significance(statistic=6.62, df=2, p_value=0.03651)
    """
    x, total = events_among(events, n)
    return chi_square(np.stack([x, total - x], axis=-1))


class FisherExact(NamedTuple):
    """The conditional odds ratio with its exact interval, and Fisher's two-sided p-value.

    Examples
    --------
    >>> round(fisher_exact(8, 10, 2, 10).p_value, 4)
    0.023
    """

    odds_ratio: float
    lower: float
    upper: float
    p_value: float

    def __repr__(self) -> str:
        return shown(self)


def fisher_exact(
    events: int, n: int, events_reference: int, n_reference: int, *, confidence: float = 0.95
) -> FisherExact:
    """Fisher's exact test of one 2 × 2 table.

    Parameters
    ----------
    events, n, events_reference, n_reference : int
        People with the event and people in all, in the group and in its reference.
    confidence : float
        Two-sided coverage of the interval.

    Returns
    -------
    FisherExact
        The odds ratio is the conditional maximum likelihood estimate; 0 and inf at the edges of the table.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``P(k) = C(n₁, k) C(n₀, m − k) / C(n₁ + n₀, m)`` of ``m`` events in all; the ends are the odds ratios at which
    ``P(X ≥ x)`` and ``P(X ≤ x)`` are ``α/2``. The p-value adds every table as improbable as the one found. Fisher RA
    (1935), *Journal of the Royal Statistical Society* 98:39–54; interval: Cornfield J (1956), *Proceedings of the Third
    Berkeley Symposium* 4:135–148.

    Examples
    --------
    >>> fisher_exact(8, 10, 2, 10)
    FisherExact(odds_ratio=13.25, lower=1.309, upper=239.6, p_value=0.02301)
    """
    x1, n1 = (int(part) for part in events_among(events, n))
    x0, n0 = (int(part) for part in events_among(events_reference, n_reference))
    normal_point(confidence)
    among, first = np.arange(max(0, x1 + x0 - n0), min(n1, x1 + x0) + 1), x1
    log_null = special.gammaln(n1 + 1) - special.gammaln(among + 1) - special.gammaln(n1 - among + 1)
    log_null -= special.gammaln(x1 + x0 - among + 1) + special.gammaln(n0 - x1 - x0 + among + 1)
    probability = _tilted(log_null, among, 0.0)
    observed = probability[among == first][0]
    p = min(1.0, float(probability[probability <= observed * (1 + 1e-7)].sum()))
    tail = (1 - confidence) / 2
    at_least = _solved(lambda t: _tilted(log_null, among, t)[among >= first].sum() - tail)
    at_most = _solved(lambda t: tail - _tilted(log_null, among, t)[among <= first].sum())
    centre = _solved(lambda t: (_tilted(log_null, among, t) * among).sum() - first)
    bottom, top = first == among[0], first == among[-1]
    value = float("nan") if bottom and top else 0.0 if bottom else float("inf") if top else centre
    return FisherExact(value, 0.0 if bottom else at_least, float("inf") if top else at_most, p)


def _tilted(log_null: Array, among: Array, log_odds: float) -> Array:
    """The non-central hypergeometric distribution with this log odds ratio."""
    exponent = log_null + among * log_odds
    weight = np.exp(exponent - exponent.max())
    return np.asarray(weight / weight.sum())


def _solved(rising: Callable[[float], float]) -> float:
    """The odds ratio at which a rising function of its logarithm crosses 0, by halving."""
    low, high = -40.0, 40.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return float(np.exp((low + high) / 2))


def cochran_armitage(events: ArrayLike, n: ArrayLike, scores: ArrayLike | None = None) -> Significance:
    """Test of a linear trend of shares over ordered groups (deciles).

    Parameters
    ----------
    events, n : array_like, shape (..., groups)
        People with the event and people in all, by group in order.
    scores : array_like, shape (groups,), optional
        The position of each group; 1, 2, 3, … unless given.

    Returns
    -------
    Significance
        χ² on one degree of freedom; nan where there is no variation to test.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``(Σ s (x − n p))² / (p (1 − p) (Σ n s² − (Σ n s)²/N))``. Armitage P (1955), *Biometrics* 11:375–386.

    Examples
    --------
    >>> cochran_armitage([10, 14, 21], [100, 100, 100])
    Significance(statistic=4.745, df=1, p_value=0.02938)
    """
    x, total = events_among(events, n)
    position = scores_for(x.shape[-1], scores)
    everyone = total.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = x.sum(-1) / everyone
        slope = (position * (x - total * np.asarray(share)[..., None])).sum(-1)
        spread = (total * position**2).sum(-1) - (total * position).sum(-1) ** 2 / everyone
        statistic = slope**2 / (share * (1 - share) * spread)
    return chi_square_test(np.where(np.isfinite(statistic), statistic, np.nan), 1.0)


def scores_for(groups: int, scores: ArrayLike | None) -> Array:
    """One score for each group: 1, 2, 3, … unless given."""
    position = np.arange(1.0, groups + 1) if scores is None else np.asarray(scores, dtype=float)
    if position.shape != (groups,):
        raise ValueError(f"scores must be {groups} numbers, one for each group; {position.size} were given.")
    return position


def linear_by_linear(
    table: ArrayLike, row_scores: ArrayLike | None = None, column_scores: ArrayLike | None = None
) -> Significance:
    """Test of a linear association between ordered rows and ordered columns.

    Parameters
    ----------
    table : array_like, shape (..., rows, columns)
        Counts.
    row_scores, column_scores : array_like, optional
        Positions; 1, 2, 3, … unless given.

    Returns
    -------
    Significance
        A standard normal z whose sign is that of the association; ``z²`` is the usual χ² on one degree of freedom.
        nan where rows or columns do not vary.

    Raises
    ------
    ValueError
        Negative counts, or scores that do not fit.

    Notes
    -----
    ``z = r √(N − 1)`` with the correlation ``r`` of the scores over people. Mantel N (1963), *Journal of the American
    Statistical Association* 58:690–700.

    Examples
    --------
    >>> linear_by_linear([[20, 10, 5], [3, 30, 15], [0, 5, 40]])
    Significance(statistic=7.759, df=nan, p_value=8.542e-15)
    """
    cells = two_way(table)
    r = correlation(cells, scores_for(cells.shape[-2], row_scores), scores_for(cells.shape[-1], column_scores))
    return normal_test(r * np.sqrt(np.maximum(cells.sum((-2, -1)) - 1, 0)))


def correlation(cells: Array, rows: Array, columns: Array) -> Array:
    """Correlation, over the people of a table, of the scores of their rows and columns."""
    n = cells.sum((-2, -1), keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        down = rows[..., :, None] - (cells * rows[..., :, None]).sum((-2, -1), keepdims=True) / n
        along = columns[..., None, :] - (cells * columns[..., None, :]).sum((-2, -1), keepdims=True) / n
        shared = (cells * down * along).sum((-2, -1))
        return np.asarray(shared / np.sqrt((cells * down**2).sum((-2, -1)) * (cells * along**2).sum((-2, -1))))[()]


def adjusted_p(p_values: ArrayLike, *, method: str = "holm") -> Array:
    """P-values adjusted for how many comparisons were made.

    Parameters
    ----------
    p_values : array_like
        Any shape; nan stays nan and is not counted as a comparison.
    method : str
        ``"holm"``, ``"bonferroni"``, ``"hochberg"`` or ``"hommel"`` (chance of any false finding); ``"bh"`` or
        ``"by"`` (share of false findings among the findings); ``"none"``.

    Returns
    -------
    ndarray
        Of the shape given, never above 1.

    Raises
    ------
    ValueError
        P-values outside 0 to 1, an unknown method.

    Notes
    -----
    Of ``p₁ ≤ … ≤ pₘ``: Bonferroni ``m pᵢ``; Holm ``max (m + 1 − j) pⱼ`` over j ≤ i; Hochberg ``min (m + 1 − j) pⱼ``,
    Benjamini and Hochberg ``min m pⱼ/j``, both over j ≥ i; Benjamini and Yekutieli that times ``Σ 1/j``; Hommel closes
    Simes' ``min m pⱼ/j`` over every subset. Holm S (1979), *Scandinavian Journal of Statistics* 6:65–70; Hochberg Y
    (1988), *Biometrika* 75:800–802; Hommel G (1988), *Biometrika* 75:383–386; Benjamini Y, Hochberg Y (1995), *Journal
    of the Royal Statistical Society B* 57:289–300; Benjamini Y, Yekutieli D (2001), *Annals of Statistics*
    29:1165–1188.

    Examples
    --------
    >>> adjusted_p([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = np.asarray(p_values, dtype=float)
    known = ~np.isnan(p)
    if np.any((p[known] < 0) | (p[known] > 1)):
        raise ValueError("p_values must lie between 0 and 1 (nan where there is none).")
    rank = np.argsort(np.argsort(p[known], kind="stable"), kind="stable")
    out = np.full(p.shape, np.nan)
    out[known] = np.minimum(_stepped(np.sort(p[known]), method), 1.0)[rank]
    return out


def _stepped(ordered: Array, method: str) -> Array:
    """Adjusted values of p-values in rising order."""
    m = ordered.size
    rank = np.arange(1, m + 1)
    if method == "none":
        return ordered
    if method == "bonferroni":
        return ordered * m
    if method == "holm":
        return np.maximum.accumulate(ordered * (m + 1 - rank))
    if method == "hommel":
        return _hommel(ordered)
    factors = {"hochberg": m + 1.0 - rank, "bh": m / rank, "by": m / rank * (1 / rank).sum()}
    if method not in factors:
        raise ValueError(f"method must be holm, bonferroni, hochberg, hommel, bh, by or none, not {method!r}.")
    return np.minimum.accumulate((ordered * factors[method])[::-1])[::-1]


def _hommel(ordered: Array) -> Array:
    """Close Simes' test over every subset, by the size of the subset."""
    n = ordered.size
    if n == 0:
        return ordered
    best = np.full(n, (n * ordered / np.arange(1, n + 1)).min())
    for size in range(n - 1, 1, -1):
        few = n - size + 1
        largest = (size * ordered[few:] / np.arange(2, size + 1)).min()
        bound = np.minimum(size * ordered, largest)
        bound[few:] = bound[few - 1]
        best = np.maximum(best, bound)
    return np.asarray(np.maximum(best, ordered))
