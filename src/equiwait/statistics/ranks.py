"""Tests of whole distributions of waits by rank, from tallies: nothing is assumed about their shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.comparisons import correlation, scores_for, two_way
from equiwait.statistics.intervals import tallied
from equiwait.statistics.shapes import Array, Significance, chi_square_test, floats, normal_test


def midranks(counts: ArrayLike) -> Array:
    """Rank of each value when everybody is put in order, tied people sharing the middle of their ranks.

    Parameters
    ----------
    counts : array_like, shape (..., d)
        People at each value, in rising order of value.

    Returns
    -------
    ndarray, shape (..., d)
        From 1; meaningful where somebody has the value.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``F − (c − 1)/2`` with ``c`` people at the value and ``F`` up to and with it. Kendall MG (1945), *Biometrika*
    33:239–251.

    Examples
    --------
    >>> midranks([2, 0, 1])
    array([1.5, 2.5, 3. ])
    """
    tally, _ = tallied(counts, None)
    return np.asarray(tally.cumsum(-1) - (tally - 1) / 2)


def kruskal_wallis(counts: ArrayLike) -> Significance:
    """Test that several groups wait alike, by rank.

    Parameters
    ----------
    counts : array_like, shape (..., groups, d)
        People of each group at each value.

    Returns
    -------
    Significance
        χ², corrected for ties; empty groups are left out; nan where everybody has one value.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``(N − 1) Σ nᵢ (r̄ᵢ − (N + 1)/2)² / Σ (r − (N + 1)/2)²`` with the `midranks` ``r``. Kruskal WH, Wallis WA (1952),
    *Journal of the American Statistical Association* 47:583–621.

    Examples
    --------
    >>> kruskal_wallis([[3, 2, 1], [1, 2, 3]])
    Significance(statistic=1.833, df=1, p_value=0.1757)
    """
    cells = two_way(counts)
    rank = midranks(cells.sum(-2))[..., None, :]
    n = cells.sum(-1)
    everyone = n.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_rank = (cells * rank).sum(-1) / n
        centre = (everyone[..., None] + 1) / 2
        between = np.where(n > 0, n * (mean_rank - centre) ** 2, 0.0).sum(-1)
        total = (cells * (rank - centre[..., None]) ** 2).sum((-2, -1))
        statistic = np.where(total > 0, (everyone - 1) * between / total, np.nan)
    return chi_square_test(statistic, (n > 0).sum(-1) - 1.0)


def mann_whitney(counts: ArrayLike, counts_reference: ArrayLike, *, correction: bool = False) -> Significance:
    """Test that one group waits longer or shorter than another, by rank (Wilcoxon's rank sum).

    Parameters
    ----------
    counts, counts_reference : array_like, shape (..., d)
        People of the group, and of its reference, at each value.
    correction : bool
        Take ½ off the gap for continuity, as R does unless told otherwise.

    Returns
    -------
    Significance
        z, corrected for ties; positive: the first group has the higher values. nan where
        either group is empty or everybody has one value.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``z = (U − nm/2) / √(nm/12 · (N + 1 − Σ (t³ − t)/(N(N − 1))))`` with ``U`` of `superior_pairs` and ``t`` people tied
    at each value. Wilcoxon F (1945), *Biometrics Bulletin* 1:80–83; Mann HB, Whitney DR (1947), *Annals of Mathematical
    Statistics* 18:50–60.

    Examples
    --------
    >>> mann_whitney([1, 2, 3], [3, 2, 1])
    Significance(statistic=1.354, df=nan, p_value=0.1757)
    """
    first, reference = floats(counts, counts_reference)
    tally = two_way(np.stack([first, reference], axis=-2)).sum(-2)
    n, m = first.sum(-1), reference.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ties = (tally**3 - tally).sum(-1) / ((n + m) * (n + m - 1))
        spread = np.sqrt(n * m / 12 * (n + m + 1 - ties))
        gap = superior_pairs(first, reference) - n * m / 2
        z = np.sign(gap) * np.maximum(np.abs(gap) - (0.5 if correction else 0.0), 0) / spread
    return normal_test(np.where(np.isfinite(z), z, np.nan))


def superior_pairs(counts: ArrayLike, counts_reference: ArrayLike) -> Array:
    """Pairs in which the person of the first group has the higher value, ties counting half (Mann and Whitney's U).

    Parameters
    ----------
    counts, counts_reference : array_like, shape (..., d)
        People of the group, and of its reference, at each value.

    Returns
    -------
    ndarray
        One number for each pair of tallies; R's ``W``.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``U = Σ x (Y + y/2)`` with ``x``, ``y`` people at a value and ``Y`` of the reference below it. Mann HB, Whitney DR
    (1947), *Annals of Mathematical Statistics* 18:50–60.

    Examples
    --------
    >>> superior_pairs([1, 2, 3], [3, 2, 1])
    np.float64(26.0)
    """
    first, reference = floats(counts, counts_reference)
    two_way(np.stack([first, reference], axis=-2))
    below = reference.cumsum(-1) - reference
    return np.asarray((first * (below + reference / 2)).sum(-1))[()]


def probability_longer(counts: ArrayLike, counts_reference: ArrayLike) -> Array:
    """Chance that a person of the first group waits longer than one of the reference, ties counting half.

    Parameters
    ----------
    counts, counts_reference : array_like, shape (..., d)
        People of the group, and of its reference, at each value.

    Returns
    -------
    ndarray
        ½ where neither waits longer; nan where either group is empty.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``U/(nm)``: `superior_pairs` over all pairs. Birnbaum ZW (1956), *Proceedings of the Third Berkeley Symposium*
    1:13–17.

    Examples
    --------
    >>> probability_longer([1, 2, 3], [3, 2, 1]).round(3)
    np.float64(0.722)
    """
    first, reference = floats(counts, counts_reference)
    pairs = np.asarray(first.sum(-1) * reference.sum(-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(pairs > 0, superior_pairs(first, reference) / pairs, np.nan))[()]


def hodges_lehmann(counts: ArrayLike, counts_reference: ArrayLike, values: ArrayLike | None = None) -> float:
    """Median of the differences between every person of the first group and every one of the reference.

    Parameters
    ----------
    counts, counts_reference : array_like, shape (d,)
        People of the group, and of its reference, at each value.
    values : array_like, shape (d,), optional
        The value of each cell; 0, 1, 2, … days unless given.

    Returns
    -------
    float
        In the units of ``values``; nan where either group is empty.

    Raises
    ------
    ValueError
        Negative counts, or values that do not fit.

    Notes
    -----
    ``median(xᵢ − yⱼ)`` over all pairs. Hodges JL, Lehmann EL (1963), *Annals of Mathematical Statistics* 34:598–611.

    Examples
    --------
    >>> hodges_lehmann([0, 0, 2, 1], [2, 1, 0, 0])
    2.0
    """
    first, at = tallied(counts, values)
    reference, _ = tallied(counts_reference, at)
    here, there = first > 0, reference > 0
    apart = (at[here][:, None] - at[there]).ravel()
    pairs = (first[here][:, None] * reference[there]).ravel()
    if apart.size == 0:
        return float("nan")
    order = np.argsort(apart, kind="stable")
    running = pairs[order].cumsum()
    middle = running[-1] / 2
    low, high = np.searchsorted(running, [middle, middle + 0.25])
    return float((apart[order][low] + apart[order][high]) / 2)


def spearman(table: ArrayLike) -> Array:
    """Spearman's rank correlation between the ordered rows and the ordered columns of a table.

    Parameters
    ----------
    table : array_like, shape (..., rows, columns)
        Counts: groups in order × values in order.

    Returns
    -------
    ndarray
        −1 to 1; nan where rows or columns do not vary.

    Raises
    ------
    ValueError
        Negative counts.

    Notes
    -----
    ``ρ = cov(r, s)/√(var(r) var(s))``. The correlation of `midranks`. Spearman C (1904), *American Journal of
    Psychology* 15:72–101.

    Examples
    --------
    >>> spearman([[3, 1], [1, 3]]).round(3)
    np.float64(0.5)
    """
    cells = two_way(table)
    return correlation(cells, midranks(cells.sum(-1)), midranks(cells.sum(-2)))


def rank_trend(table: ArrayLike, scores: ArrayLike | None = None) -> Significance:
    """Test that the values rise or fall over ordered groups, by the ranks of the values.

    Parameters
    ----------
    table : array_like, shape (..., groups, d)
        Counts: groups in order × values in order.
    scores : array_like, shape (groups,), optional
        The position of each group; 1, 2, 3, … unless given.

    Returns
    -------
    Significance
        z; positive: values rise with the groups.

    Raises
    ------
    ValueError
        Negative counts, or scores that do not fit.

    Notes
    -----
    ``z = r √(N − 1)``: `linear_by_linear` with midranks for the columns: Cuzick J (1985), *Statistics in Medicine*
    4:87–90, in its permutation form.

    Examples
    --------
    >>> rank_trend([[3, 1, 0], [1, 2, 1], [0, 1, 3]])
    Significance(statistic=2.487, df=nan, p_value=0.01287)
    """
    cells = two_way(table)
    r = correlation(cells, scores_for(cells.shape[-2], scores), midranks(cells.sum(-2)))
    return normal_test(r * np.sqrt(np.maximum(cells.sum((-2, -1)) - 1, 0)))


def spearman_p(rho: ArrayLike, n: ArrayLike) -> Array:
    """P-value of a rank correlation, by Student's distribution.

    Parameters
    ----------
    rho, n : array_like
        Correlation and people.

    Returns
    -------
    ndarray
        Two-sided; nan under three people.

    Notes
    -----
    ``t = ρ √((n − 2)/(1 − ρ²))``. Kendall MG (1970), *Rank Correlation Methods*, 4th ed., Griffin, chapter 5.

    Examples
    --------
    >>> spearman_p(0.5, 20).round(4)
    np.float64(0.0248)
    """
    r, people = floats(rho, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.abs(r) * np.sqrt((people - 2) / (1 - r * r))
        return np.asarray(np.where(people > 2, 2 * special.stdtr(np.maximum(people - 2, 1), -t), np.nan))[()]
