"""Tests of shares and of two-way tables."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.exact import FEW, few_expected, fisher_mid_p
from equiwait.statistics.shapes import (
    Array,
    Significance,
    chi_square_test,
    counts_of,
    events_among,
    floats,
    normal_test,
    unwrapped,
)


def two_proportion_p(events: ArrayLike, n: ArrayLike, events_reference: ArrayLike, n_reference: ArrayLike) -> Array:
    """P-value of the difference between two shares: the score test, or an exact one where few are expected.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like
        People with the event and people in all, in the group and in its reference; broadcast together.

    Returns
    -------
    ndarray
        Two-sided; 1 where nobody or everybody has the event; nan where either group is empty. `fisher_mid_p` where a cell
        of the table would hold fewer than five, were both shares alike.

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
    >>> two_proportion_p(1, 1, 20, 2000).round(4)
    np.float64(0.0105)
    """
    x1, n1 = events_among(*floats(events, n))
    x0, n0 = events_among(*floats(events_reference, n_reference))
    x1, n1, x0, n0 = floats(x1, n1, x0, n0)
    known, few = (n1 > 0) & (n0 > 0), few_expected(x1, n1, x0, n0)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (x1 + x0) / (n1 + n0)
        error = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
        z = np.where(error > 0, (x1 / n1 - x0 / n0) / error, 0.0)
    p = np.where(known, 2 * special.ndtr(-np.abs(z)), np.nan)
    exact = known & few
    if exact.any():
        p[exact] = fisher_mid_p(x1[exact], n1[exact], x0[exact], n0[exact])
    return np.asarray(p)[()]


def chi_square(table: ArrayLike, *, correction: bool = False) -> Significance:
    """Pearson's test that the rows of a table share one distribution over its columns.

    Parameters
    ----------
    table : array_like, shape (..., rows, columns)
        Counts. Rows and columns without anybody add neither to the statistic nor to the degrees of freedom.
    correction : bool
        Take up to ½ off each gap where the table has one degree of freedom, as R does unless told otherwise.

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
    ``Σ (O − E)² / E``, with correction ``Σ (|O − E| − ½)² / E``. Pearson K (1900), *Philosophical Magazine* 50:157–175;
    Yates F (1934), *Supplement to the Journal of the Royal Statistical Society* 1:217–235.

    Examples
    --------
    >>> chi_square([[90, 160], [300, 700]])
    Significance(statistic=3.354, df=1, p_value=0.06703)
    """
    cells = two_way(table)
    rows, columns = cells.sum(-1, keepdims=True), cells.sum(-2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = rows * columns / cells.sum((-2, -1), keepdims=True)
        df = ((rows > 0).sum((-2, -1)) - 1.0) * ((columns > 0).sum((-2, -1)) - 1.0)
        gaps = np.abs(cells - expected)
        if correction:
            # No gap is corrected past 0: R's rule too.
            least = np.where(expected > 0, gaps, np.inf).min((-2, -1), keepdims=True, initial=np.inf)
            gaps = gaps - np.where(df[..., None, None] == 1, np.minimum(0.5, least), 0.0)
        parts = np.where(expected > 0, gaps**2 / expected, 0.0)
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
    Pearson K (1900), *Philosophical Magazine* 50:157–175. Where a cell is expected to hold fewer than five, the p-value
    is that of `fisher_mid_p` for two groups, and for more that of a gamma distribution with the statistic's exact mean
    and variance given the margins: Dawson RB (1954), *Biometrika* 41:557–559; Mielke PW, Berry KJ (1985),
    *Psychological Reports* 57:283–286.

    Examples
    --------
    >>> equal_shares([90, 300, 40], [250, 1000, 100])
    Significance(statistic=6.62, df=2, p_value=0.03651)
    """
    x, total = events_among(events, n)
    found = chi_square(np.stack([x, total - x], axis=-1))
    sick, everyone = x.sum(-1), total.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.minimum(sick, everyone - sick) / everyone
        least = np.where(total > 0, total, np.inf).min(-1, initial=np.inf) * share
    p = np.where(least < FEW, _gamma_p(found.statistic, sick, total), found.p_value)
    two = (least < FEW) & (found.df == 1)
    if two.any():
        # With two groups the test is that of their one difference: the groups that hold anybody, put side by side.
        first = (total > 0).argmax(-1)[..., None]
        x1, n1 = (np.take_along_axis(part, first, -1)[..., 0] for part in (x, total))
        x0, n0 = (
            np.maximum(sick - x1, 0),
            np.maximum(everyone - n1, 0),
        )  # fractions: a rest may fall short of 0 by a rounding
        p = np.where(two, fisher_mid_p(x1, n1, np.minimum(x0, n0), n0), p)
    return Significance(*unwrapped(found.statistic, found.df, p))


def _gamma_p(statistic: Array, sick: Array, n: Array) -> Array:
    """The tail of a gamma distribution with the exact moments of χ² over tables of these margins."""
    everyone, held = n.sum(-1), n > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        margins = (held.sum(-1), np.where(held, 1 / n, 0.0).sum(-1)), (2, 1 / sick + 1 / (everyone - sick))
        (v1, w1), (v2, w2) = (
            ((k - 1) * (everyone - k) / (everyone - 1), (everyone * inverse - k**2) / (everyone - 2))
            for k, inverse in margins
        )
        mean = (margins[0][0] - 1) * everyone / (everyone - 1)
        variance = 2 * everyone / (everyone - 3) * (v1 - w1) * (v2 - w2) + everyone**2 / (everyone - 1) * w1 * w2
        p = special.gammaincc(mean**2 / variance, statistic * mean / variance)
    # Three people, or one event among groups of one size, leave nothing that could vary.
    return np.asarray(np.where((everyone > 3) & (variance > 1e-9), p, np.where(np.isnan(statistic), np.nan, 1.0)))


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
