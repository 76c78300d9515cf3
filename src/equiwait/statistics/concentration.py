"""Concentration indices: how far an outcome is concentrated among the most or the least deprived."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.gradients import between_clusters, ridits
from equiwait.statistics.intervals import tallied
from equiwait.statistics.shapes import Array, Estimate, counts_of, estimate, events_among, floats

_KINDS = ("relative", "absolute", "wagstaff", "erreygers")


def concentration_index(
    values: ArrayLike,
    sizes: ArrayLike,
    std_errors: ArrayLike | None = None,
    *,
    kind: str = "relative",
    top: float = 1.0,
    confidence: float = 0.95,
) -> Estimate:
    """Concentration index of the values of ordered groups.

    Parameters
    ----------
    values, sizes : array_like, shape (groups,)
        Shares or means, and people, by group in order: the least deprived first.
    std_errors : array_like, shape (groups,), optional
        Of the values (for shares: `share_errors`). Without them the error comes from how the groups scatter about a line,
        which says little with few groups.
    kind : str
        ``"relative"``, ``"absolute"`` (times the mean), or for bounded outcomes ``"wagstaff"`` (over one minus the
        mean) and ``"erreygers"`` (four times the absolute).
    top : float
        The highest value that the outcome can take: 1 for shares, 100 for percentages. Bounded kinds only.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        Positive: the outcome is concentrated among the most deprived. Groups without anybody are left out; without
        ``std_errors`` no interval with fewer than three.

    Raises
    ------
    ValueError
        Negative counts, an unknown kind, shapes that do not fit.

    Notes
    -----
    ``2 Σ p (y − μ)(r − ½)``, over μ when relative. Delta method from the groups' errors: ``Σ g² s²`` with
    ``g = 2 p (r − ½)``, and over μ also ``−C p/μ`` for the index ``C``; or the standard error of the convenient
    regression. Kakwani N, Wagstaff A, van Doorslaer E (1997), *Journal of Econometrics* 77:87–103; Wagstaff A (2005),
    *Health Economics* 14:429–432; Erreygers G (2009), *Journal of Health Economics* 28:504–515.

    Examples
    --------
    >>> concentration_index([20, 30, 40, 50, 60], [78, 91, 162, 103, 105])
    Estimate(value=0.1778, std_error=0.007124, lower=0.1638, upper=0.1917)
    """
    y, people = floats(values, counts_of(sizes)[0])
    if y.ndim != 1:
        raise ValueError("values must be one series of groups.")
    held = people > 0
    errors = None if std_errors is None else floats(std_errors, y)[0][held]
    y, people = y[held], people[held]
    if y.size < 2:
        return estimate(np.nan, np.nan, confidence)
    if errors is not None:
        return _delta(y, people, errors, kind, top, confidence)
    rank, share = ridits(people), people / people.sum()
    mean = float((share * y).sum())
    spread = (share * (rank - 0.5) ** 2).sum()
    design = np.column_stack([np.ones_like(rank), rank]) * np.sqrt(people)[:, None]
    target = 2 * spread * y * np.sqrt(people)
    inverse = np.linalg.inv(design.T @ design)
    slope = inverse @ (design.T @ target)
    left = target - design @ slope
    freedom = y.size - 2
    error = np.sqrt(inverse[1, 1] * (left @ left) / freedom) if freedom else np.nan
    factor = _factor(kind, mean, top)
    return estimate(slope[1] * factor, error * abs(factor), confidence)


def _delta(y: Array, people: Array, errors: Array, kind: str, top: float, confidence: float) -> Estimate:
    """The index with the error that the groups' own errors give it."""
    share = people / people.sum()
    tilt = 2 * share * (ridits(people) - 0.5)
    mean, absolute = float((share * y).sum()), float((tilt * y).sum())
    factor = _factor(kind, mean, top)
    turn = 0.0  # how the factor moves with the mean, as a share of itself
    if kind in ("relative", "wagstaff") and np.isfinite(factor):
        turn = -1 / mean if kind == "relative" else -(1 - 2 * mean / top) * factor
    slope = factor * (tilt + absolute * turn * share)
    return estimate(absolute * factor, np.sqrt((slope**2 * errors**2).sum()), confidence)


def _factor(kind: str, mean: float, top: float) -> float:
    """What the absolute index is multiplied by."""
    if kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}, not {kind!r}.")
    if kind == "absolute":
        return 1.0
    if kind == "erreygers":
        return 4 / top
    spare = 1 - mean / top if kind == "wagstaff" else 1.0
    return 1 / (mean * spare) if mean * spare != 0 else float("nan")


def concentration_index_counts(
    counts: ArrayLike, values: ArrayLike | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Relative concentration index of waits from a tally, people of one group sharing the middle of its ranks.

    Parameters
    ----------
    counts : array_like, shape (groups, d)
        People of each group at each value, groups in order: the least deprived first.
    values : array_like, shape (d,), optional
        The value of each cell; 0, 1, 2, … days unless given.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        nan without people or where everybody has 0.

    Raises
    ------
    ValueError
        Negative counts, or values that do not fit.

    Notes
    -----
    ``2 cov(y, r)/μ`` with the variance of Kakwani N, Wagstaff A, van Doorslaer E (1997), *Journal of Econometrics*
    77:87–103.

    Examples
    --------
    >>> concentration_index_counts([[5, 3, 1], [3, 3, 3], [1, 3, 5]])
    Estimate(value=0.1975, std_error=0.07932, lower=0.04206, upper=0.353)
    """
    tally, at = tallied(counts, values)
    if tally.ndim != 2:
        raise ValueError("counts must be shaped (groups, values).")
    people, n = tally.sum(-1), tally.sum()
    total = (tally * at).sum()
    if total <= 0:
        return estimate(np.nan, np.nan, confidence)
    mean, rank = total / n, ridits(people)[:, None]
    index = 2 * (tally * (at - mean) * (rank - 0.5)).sum() / total
    # The concentration curve at the start and the end of each group: a group's people share one step of it.
    curve = np.append(0.0, (tally * at).sum(-1).cumsum() / total)
    part = at / mean * (2 * rank - 1 - index) + 2 - (curve[:-1] + curve[1:])[:, None]
    variance = ((tally * part**2).sum() / n - (1 + index) ** 2) / n
    return estimate(index, np.sqrt(max(variance, 0.0)), confidence)


def concentration_index_clustered(
    events: ArrayLike,
    n: ArrayLike,
    strata: ArrayLike | None = None,
    *,
    kind: str = "relative",
    confidence: float = 0.95,
) -> Estimate:
    """Concentration index of a share where people come in clusters.

    Parameters
    ----------
    events, n : array_like, shape (clusters, groups)
        People with the event and people in all, by cluster and ordered group; weighted counts of a survey will do.
    strata : array_like, shape (clusters,), optional
        Clusters are compared within these.
    kind : str
        As in `concentration_index`.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        As `concentration_index`, with an interval as wide as the clusters are unlike.

    Raises
    ------
    ValueError
        Negative counts, more events than people, an unknown kind, a wrong number of axes.

    Notes
    -----
    Slope of ``2 var(r) y`` on the ridits ``r``, over μ when relative; ``A⁻¹BA⁻¹`` with ``A = Σ n xx'``, ``x = (1, r)``,
    and the variance ``B`` of the clusters' scores. The convenient regression with the variance of Binder DA (1983),
    *International Statistical Review* 51:279–292.

    Examples
    --------
    >>> concentration_index_clustered([[3, 6], [5, 5], [2, 7]], [[10, 10], [10, 10], [10, 10]])
    Estimate(value=0.1429, std_error=0.07784, lower=-0.009702, upper=0.2954)
    """
    x, people = events_among(*floats(events, n))
    if x.ndim != 2:
        raise ValueError("events must be shaped (clusters, groups).")
    size, found = people.sum(0), x.sum(0)
    rank: Array = ridits(size)
    spread = (size * (rank - 0.5) ** 2).sum() / size.sum()
    design = np.column_stack([np.ones_like(rank), rank])
    bread = np.linalg.inv((design * size[:, None]).T @ design)
    slope = bread @ (design.T @ (2 * spread * found))
    meat = between_clusters((2 * spread * x - people * (design @ slope)) @ design, strata)
    factor = _factor(kind, float(found.sum() / size.sum()), 1.0)
    error = np.sqrt((bread @ meat @ bread)[1, 1])
    return estimate(slope[1] * factor, error * abs(factor), confidence)
