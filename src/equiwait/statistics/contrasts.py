"""A gap with its interval and its test, both from one method, alone and as one of several that are looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.comparisons import two_proportion_p
from equiwait.statistics.differences import mover_difference, mover_ratio, newcombe
from equiwait.statistics.exact import few_expected, few_expected_in_strata, stratified_mid_p
from equiwait.statistics.families import adjusted_p, family_confidence
from equiwait.statistics.shapes import Array, Interval, counts_of, events_among, floats, shown, unwrapped
from equiwait.statistics.standardisation import direct_share
from equiwait.statistics.stratified import breslow_day, cochran_mantel_haenszel, mantel_haenszel

Ends = Callable[[Any], Interval]
_FARTHEST = 8.2  # standard errors: beyond, a confidence is not told from 1
_PARTS, _CUTS = 32, 6  # 8.2/32⁶ standard errors: a p-value is right to 1e-8


class Contrast(NamedTuple):
    """A gap with its own interval and p-value, and with those that hold for the whole family at once.

    The p-value is under ``1 − confidence`` exactly where the interval leaves out no gap, alone and in the family.

    Examples
    --------
    >>> share_contrast(90, 250, 300, 1000, contrasts=3).p_adjusted.round(3)
    np.float64(0.187)
    """

    value: Array
    lower: Array
    upper: Array
    p_value: Array
    family_lower: Array
    family_upper: Array
    p_adjusted: Array

    def __repr__(self) -> str:
        return shown(self)


def contrast_of(ends: Ends, *, contrasts: int = 1, confidence: float = 0.95, null: float = 0.0) -> Contrast:
    """Test and family of any gap whose interval is known at every confidence.

    Parameters
    ----------
    ends : callable
        Takes confidences and gives the `Interval` of each gap: one confidence for all gaps, one for each, or many for each,
        stacked along a first axis.
    contrasts : int
        How many gaps are looked at. Two groups are one.
    confidence : float
        Two-sided coverage, of each gap alone and of the family.
    null : float
        What no gap is: 0 for differences, 1 for ratios.

    Returns
    -------
    Contrast
        nan where the interval has no value.

    Raises
    ------
    ValueError
        A confidence outside 0 to 1.

    Notes
    -----
    The p-value is the ``α`` at which the interval just touches ``null``; that of the family is ``1 − (1 − p)^m`` and its
    interval that at ``(1 − α)^(1/m)``. Inverting an interval: Casella G, Berger RL (2002), *Statistical Inference*, 2nd
    ed., Duxbury, section 9.2; Šidák Z (1967), *Journal of the American Statistical Association* 62:626–633.

    Examples
    --------
    >>> from equiwait.statistics import newcombe
    >>> contrast_of(lambda level: newcombe(90, 250, 300, 1000, confidence=level), contrasts=3)
    Contrast(value=0.06, lower=-0.003981, upper=0.1271, p_value=0.06667, family_lower=-0.01733, ...)
    """
    alone, together = ends(confidence), ends(family_confidence(confidence, contrasts))
    p = _touching(ends, np.asarray(alone.value, dtype=float), null)
    return Contrast(
        alone.value,
        alone.lower,
        alone.upper,
        p,
        together.lower,
        together.upper,
        adjusted_p(p, method="sidak", contrasts=contrasts)[()],
    )


def _touching(ends: Ends, value: Array, null: float) -> Array:
    """One minus the confidence at which each interval just touches ``null``, by cutting where it may be in 32, again and again."""
    low, width = np.zeros(value.shape), _FARTHEST
    for _ in range(_CUTS):
        width /= _PARTS
        inner = low + width * np.arange(1, _PARTS).reshape(-1, *[1] * value.ndim)
        found = ends(1 - 2 * special.ndtr(-inner))
        with np.errstate(invalid="ignore"):
            inside = (found.lower <= null) & (found.upper >= null)
        low = low + width * np.count_nonzero(~inside, axis=0)
    high = low + width
    known = ~np.isnan(value) & ~np.isnan(found.lower[0]) & ~np.isnan(found.upper[0])
    return np.asarray(np.where(known, np.where(value == null, 1.0, 2 * special.ndtr(-high)), np.nan))[()]


def share_contrast(
    events: ArrayLike,
    n: ArrayLike,
    events_reference: ArrayLike,
    n_reference: ArrayLike,
    *,
    contrasts: int = 1,
    confidence: float = 0.95,
) -> Contrast:
    """Difference between two shares, first minus reference: interval, test and family by one method.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like
        People with the event and people in all, in the group and in its reference; broadcast together. Where people
        repeat or counts are rounded, pass `effective_counts`.
    contrasts : int
        How many gaps are looked at. Two groups are one.
    confidence : float
        Two-sided coverage, of each gap alone and of the family.

    Returns
    -------
    Contrast
        nan where either group is empty.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``d − √((p₁ − l₁)² + (u₀ − p₀)²)`` and its mirror (`newcombe`), and the level at which they touch 0 (`contrast_of`).
    Where a cell would hold fewer than five, were both shares alike, `fisher_mid_p` has to agree: the p-value is the
    larger of the two, and the interval is drawn out to 0 until the exact test rejects. Newcombe RG (1998), *Statistics in
    Medicine* 17:873–890; Lancaster HO (1961), *Journal of the American Statistical Association* 56:223–234.

    Examples
    --------
    >>> share_contrast(90, 250, 300, 1000)
    Contrast(value=0.06, lower=-0.003981, upper=0.1271, p_value=0.06667, ...)
    >>> share_contrast(1, 1, 20, 2000, contrasts=15).p_adjusted.round(3)
    np.float64(0.146)
    """
    ends = _ends_of(events, n, events_reference, n_reference)
    return contrast_of(ends, contrasts=contrasts, confidence=confidence)


def share_gap(
    events: ArrayLike,
    n: ArrayLike,
    events_reference: ArrayLike,
    n_reference: ArrayLike,
    *,
    contrasts: int = 1,
    confidence: float = 0.95,
) -> Interval:
    """Difference between two shares with the interval of its family: that of `share_contrast`, where no test is asked for.

    Parameters
    ----------
    events, n, events_reference, n_reference, contrasts, confidence
        As in `share_contrast`.

    Returns
    -------
    Interval
        nan where either group is empty.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``d − √((p₁ − l₁)² + (u₀ − p₀)²)`` and its mirror (`newcombe`), drawn out to 0 as long as `fisher_mid_p` does not reject
    where a cell would hold fewer than five. Newcombe RG (1998), *Statistics in Medicine* 17:873–890; Lancaster HO (1961),
    *Journal of the American Statistical Association* 56:223–234.

    Examples
    --------
    >>> share_gap(90, 250, 300, 1000, contrasts=3)
    Interval(value=0.06, lower=-0.01733, upper=0.142)
    """
    return _ends_of(events, n, events_reference, n_reference)(family_confidence(confidence, contrasts))


def _ends_of(*counts: ArrayLike) -> Ends:
    """The interval of a difference of shares at any confidence."""
    tables = floats(*counts)
    few = few_expected(*tables) & (tables[1] > 0) & (tables[3] > 0)
    exact = np.where(few, two_proportion_p(*tables), 0.0)
    return lambda level: _drawn_out(newcombe(*tables, confidence=level), exact, level)


def _drawn_out(around: Interval, exact: Array, level: ArrayLike) -> Interval:
    """An interval that reaches to 0 as long as the exact test does not reject."""
    stays = exact > 1 - np.asarray(level)
    lower, upper = np.where(stays, np.minimum(around.lower, 0), around.lower), around.upper
    return Interval(*unwrapped(around.value, lower, np.where(stays, np.maximum(upper, 0), upper)))


class StandardisedContrast(NamedTuple):
    """Two groups standardised to one standard, over the strata that both are in, and the gap between them.

    Examples
    --------
    >>> found = standardised_contrast([400, 0], [800, 0], [90, 30], [200, 60], [1000, 100])
    >>> found.first.value.round(2), found.weight_lost.round(3)
    (np.float64(0.5), np.float64(0.091))
    """

    first: Interval
    reference: Interval
    difference: Contrast
    ratio: Interval
    weight_lost: Array
    strata: Array

    def __repr__(self) -> str:
        return f"{type(self).__name__}(difference={self.difference!r}, weight_lost={np.round(self.weight_lost, 4)})"


def standardised_contrast(
    events: ArrayLike,
    n: ArrayLike,
    events_reference: ArrayLike,
    n_reference: ArrayLike,
    standard: ArrayLike,
    *,
    contrasts: int = 1,
    confidence: float = 0.95,
) -> StandardisedContrast:
    """Difference between two shares that are both standardised to the strata that both groups are in.

    Parameters
    ----------
    events, n, events_reference, n_reference, standard : array_like, shape (..., strata)
        People with the event and people in all, in the group and in its reference, and people of the standard.
    contrasts : int
        How many gaps are looked at. Two groups are one.
    confidence : float
        Two-sided coverage, of each gap alone and of the family.

    Returns
    -------
    StandardisedContrast
        ``first`` and ``reference`` (each an `Interval`), their ``difference`` (a `Contrast`) and ``ratio``, all over the
        same strata; ``weight_lost`` is the share of the standard in the other strata, ``strata`` how many are kept. nan
        where no stratum holds both.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``Σ w x₁/n₁ − Σ w x₀/n₀``, ``w`` the standard's weights over the common strata: `direct_share` of both,
    `mover_difference` and `mover_ratio`, and the level at which the difference touches 0 (`contrast_of`). Where the
    strata leave the group's events less than five to move by, `stratified_mid_p` has to agree, as in `share_contrast`.
    Zou GY, Donner A (2008), *Statistics in Medicine* 27:1693–1702; Donner A, Zou GY (2012), *Statistical Methods in
    Medical Research* 21:347–359.

    Examples
    --------
    >>> standardised_contrast([20, 30], [50, 200], [10, 40], [50, 400], [100, 600])
    StandardisedContrast(difference=Contrast(value=0.07143, lower=0.01788, upper=0.1289, ...), weight_lost=0.0)
    """
    x1, n1 = events_among(*floats(events, n))
    x0, n0 = events_among(*floats(events_reference, n_reference))
    x1, n1, x0, n0, weight = floats(x1, n1, x0, n0, counts_of(standard)[0])
    both = (n1 > 0) & (n0 > 0)
    x1, n1, x0, n0 = (part * both for part in (x1, n1, x0, n0))
    exact = _exact_where_few((x1, n1, x0, n0), 0.0)

    def sides(level: Any) -> tuple[Interval, Interval]:
        alike = (direct_share(x, m, weight, confidence=level) for x, m in ((x1, n1), (x0, n0)))
        first, reference = (Interval(each.value, each.lower, each.upper) for each in alike)
        return first, reference

    gap = contrast_of(
        lambda level: _drawn_out(mover_difference(*sides(level)), exact, level),
        contrasts=contrasts,
        confidence=confidence,
    )
    first, reference = sides(confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        lost = 1 - (weight * both).sum(-1) / weight.sum(-1)
    return StandardisedContrast(
        first, reference, gap, mover_ratio(first, reference), np.asarray(lost)[()], np.asarray(both.sum(-1))[()]
    )


def _exact_where_few(tables: tuple[Array, ...], otherwise: ArrayLike) -> Array:
    """The exact p-value of each series of strata that is sparse, of which alone it is quick to count every table."""
    few = few_expected_in_strata(*tables)
    p = np.array(np.broadcast_to(np.asarray(otherwise, dtype=float), few.shape))
    if few.any():
        p[few] = stratified_mid_p(*(np.atleast_1d(part)[few] for part in tables))
    return p


class CommonOdds(NamedTuple):
    """One odds ratio over all strata, with its interval and test, those of the family, and whether one odds ratio will do.

    Examples
    --------
    >>> common_odds([20, 30], [50, 200], [10, 40], [50, 400]).homogeneity_p.round(3)
    np.float64(0.322)
    """

    value: Array
    lower: Array
    upper: Array
    p_value: Array
    family_lower: Array
    family_upper: Array
    p_adjusted: Array
    homogeneity_p: Array

    def __repr__(self) -> str:
        return shown(self)


def common_odds(
    events: ArrayLike,
    n: ArrayLike,
    events_reference: ArrayLike,
    n_reference: ArrayLike,
    *,
    contrasts: int = 1,
    confidence: float = 0.95,
) -> CommonOdds:
    """Common odds ratio of two groups over all strata: Mantel and Haenszel's, with the test that goes with it.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like, shape (..., strata)
        As in `mantel_haenszel`.
    contrasts : int
        How many odds ratios are looked at. Two groups are one.
    confidence : float
        Two-sided coverage, of each alone and of the family.

    Returns
    -------
    CommonOdds
        ``homogeneity_p``: whether the odds ratio differs between strata; nan where strata are too sparse to ask. Where a
        margin is empty the value is 0, inf or nan and has no interval, but the test stands.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``Σ (ad/N) / Σ (bc/N)`` (`mantel_haenszel`) with the variance of Robins J, Breslow N, Greenland S (1986),
    *Biometrics* 42:311–323; the test of Cochran and Mantel–Haenszel without continuity correction, or `stratified_mid_p`
    where the strata leave less than five to move by (Mantel N, Fleiss JL (1980), *American Journal of Epidemiology*
    112:129–134); homogeneity: `breslow_day` with Tarone's correction, where no expected cell is under one and four
    fifths are five or more (Cochran WG (1954), *Biometrics* 10:417–451).

    Examples
    --------
    >>> common_odds([20, 30], [50, 200], [10, 40], [50, 400])
    CommonOdds(value=1.814, lower=1.171, upper=2.809, p_value=0.007544, ...)
    """
    tables = floats(events, n, events_reference, n_reference)
    alone, together = (
        mantel_haenszel(*tables, measure="odds", confidence=level)
        for level in (confidence, family_confidence(confidence, contrasts))
    )
    p = _exact_where_few(tables, cochran_mantel_haenszel(*tables).p_value)
    rows = np.stack([np.atleast_1d(part) for part in tables]).reshape(4, -1, np.atleast_1d(tables[0]).shape[-1])
    alike = np.array([_homogeneity(*rows[:, row]) for row in range(rows.shape[1])]).reshape(p.shape)
    return CommonOdds(
        *unwrapped(
            alone.value,
            alone.lower,
            alone.upper,
            p,
            together.lower,
            together.upper,
            adjusted_p(p, method="sidak", contrasts=contrasts),
            alike,
        )
    )


def _homogeneity(x1: Array, n1: Array, x0: Array, n0: Array) -> float:
    """Tarone's p-value; nan where the strata that have anything to say are sparse."""
    sick, total = x1 + x0, n1 + n0
    told = (n1 > 0) & (n0 > 0) & (sick > 0) & (sick < total)
    if told.sum() < 2:
        return float("nan")
    first, reference, sick, total = n1[told], n0[told], sick[told], total[told]
    cells = np.stack([side * events / total for side in (first, reference) for events in (sick, total - sick)])
    if cells.min() < 1 or (cells >= 5).mean() < 0.8:
        return float("nan")
    return float(breslow_day(x1[told], first, x0[told], reference, tarone=True).p_value)
