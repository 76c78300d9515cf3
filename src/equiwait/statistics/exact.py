"""Exact tests of small two-way tables, given their margins."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.shapes import Array, events_among, floats, normal_point, shown

FEW = 5.0
"""A cell in which fewer are expected is too small for the normal approximation (Cochran WG (1954), *Biometrics* 10:417)."""


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


def fisher_mid_p(events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike) -> Array:
    """P-value of the difference between two shares by Fisher's exact test, with half of what was seen (mid-p).

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like
        People with the event and people in all, in the group and in its reference; broadcast together. Counts that are
        not whole (`effective_counts`) are rounded.

    Returns
    -------
    ndarray
        Two-sided: twice the smaller tail, 1 at the most; 1 where nobody or everybody has the event; nan where either
        group is empty.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``2 min(P(X < x) + P(X = x)/2, P(X > x) + P(X = x)/2)`` with the hypergeometric ``X`` of the table's margins.
    Lancaster HO (1961), *Journal of the American Statistical Association* 56:223–234; Hwang JTG, Yang M-C (2001),
    *Statistica Sinica* 11:807–826.

    Examples
    --------
    >>> fisher_mid_p(1, 1, 20, 2000).round(4)
    np.float64(0.0105)
    """
    tables = whole_tables(events, n, events_reference, n_reference)
    out = np.full(tables[0].shape, np.nan)
    for place in np.ndindex(out.shape):
        x1, n1, x0, n0 = (int(part[place]) for part in tables)
        if n1 and n0:
            out[place] = _mid_p(*_hypergeometric(x1, n1, x0, n0), x1)
    return out[()]


def whole_tables(
    events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike
) -> tuple[Array, ...]:
    """Two-way tables in whole people: nobody who is there is rounded away, and no group has more events than people."""
    x1, n1 = events_among(*floats(events, n))
    x0, n0 = events_among(*floats(events_reference, n_reference))
    tables = floats(x1, n1, x0, n0)
    if any(np.isnan(part).any() for part in tables):
        tables = floats(*(np.where(np.isnan(sum(tables)), 0.0, part) for part in tables))
    x1, n1, x0, n0 = (np.floor(part + 0.5) for part in tables)
    n1, n0 = (np.where(part > 0, np.maximum(whole, 1), 0) for part, whole in ((tables[1], n1), (tables[3], n0)))
    return np.minimum(x1, n1), n1, np.minimum(x0, n0), n0


def _hypergeometric(x1: int, n1: int, x0: int, n0: int) -> tuple[Array, Array]:
    """What the events of the first group could have been, given the margins, and how probable each is."""
    sick = x1 + x0
    among = np.arange(max(0, sick - n0), min(n1, sick) + 1)
    log = -special.gammaln(among + 1) - special.gammaln(n1 - among + 1)
    log -= special.gammaln(sick - among + 1) + special.gammaln(n0 - sick + among + 1)
    weight = np.exp(log - log.max())
    return among, weight / weight.sum()


def _mid_p(among: Array, probability: Array, seen: int) -> float:
    half = float(probability[among == seen].sum()) / 2
    below, above = float(probability[among < seen].sum()), float(probability[among > seen].sum())
    return min(1.0, 2 * (min(below, above) + half))


def stratified_mid_p(events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike) -> Array:
    """P-value that two groups have the same share within every stratum, exact given every stratum's margins (mid-p).

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like, shape (..., strata)
        As in `mantel_haenszel`. Counts that are not whole (`effective_counts`) are rounded.

    Returns
    -------
    ndarray
        One for each series of strata; 1 where nothing could differ.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``2 min(P(A < a) + P(A = a)/2, P(A > a) + P(A = a)/2)``, ``A`` the sum over strata of independent hypergeometric
    events of the first group. Birch MW (1964), *Journal of the Royal Statistical Society B* 26:313–324; Mehta CR,
    Patel NR, Gray R (1985), *Journal of the American Statistical Association* 80:969–973; mid-p: Lancaster HO (1961),
    same journal 56:223–234.

    Examples
    --------
    >>> stratified_mid_p([1, 0], [1, 3], [5, 15], [500, 1500]).round(4)
    np.float64(0.0419)
    """
    tables = [np.atleast_1d(part) for part in whole_tables(events, n, events_reference, n_reference)]
    out = np.ones(tables[0].shape[:-1])
    for place in np.ndindex(out.shape):
        chances, first, seen = np.ones(1), 0, 0
        for x1, n1, x0, n0 in np.stack([part[place] for part in tables], axis=-1).astype(int):
            if n1 and n0:
                among, probability = _hypergeometric(x1, n1, x0, n0)
                chances, first, seen = np.convolve(chances, probability), first + int(among[0]), seen + x1
        out[place] = _mid_p(first + np.arange(chances.size), chances, seen)
    return out[()]


def few_expected(events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike) -> Array:
    """Whether a cell of a two-way table is expected to hold fewer than five people, were both shares alike."""
    x1, n1, x0, n0 = floats(events, n, events_reference, n_reference)
    total, sick = n1 + n0, x1 + x0
    with np.errstate(invalid="ignore", divide="ignore"):
        least = np.minimum(n1, n0) * np.minimum(sick, total - sick) / total
    return np.asarray(least < FEW)


def few_expected_in_strata(
    events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike
) -> Array:
    """Whether the strata together leave the first group's events less than five to move by, either way.

    Mantel N, Fleiss JL (1980), *American Journal of Epidemiology* 112:129–134.
    """
    x1, n1, x0, n0 = floats(events, n, events_reference, n_reference)
    total, sick = n1 + n0, x1 + x0
    both = (n1 > 0) & (n0 > 0)
    expected = np.divide(n1 * sick, total, out=np.zeros(total.shape), where=both)
    down = np.where(both, expected - np.maximum(0, sick - n0), 0.0).sum(-1)
    up = np.where(both, np.minimum(n1, sick) - expected, 0.0).sum(-1)
    return np.asarray(np.minimum(down, up) < FEW)
