"""What people whose group is not recorded could change of quantiles, curves and slopes of waits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.bands import banded_quantile
from equiwait.statistics.shapes import Array, counts_of, events_among, floats
from equiwait.statistics.unknown_groups import Bounds

_CELLS = 1 << 22  # cells of the scan for quantiles at a time


def quantile_gap_bounds(
    counts: ArrayLike,
    counts_reference: ArrayLike,
    counts_unknown: ArrayLike,
    q: float,
    *,
    others: bool = False,
    rule: str = "nhse",
    edges: ArrayLike | None = None,
) -> Bounds:
    """Sharp bounds of the difference between two quantiles of waits in bands, whoever the unknown are.

    Parameters
    ----------
    counts, counts_reference, counts_unknown : array_like, shape (bands,)
        People in each band: the group, its reference, those whose group is not recorded. Whole numbers.
    q : float
        The order, between 0 and 1.
    others : bool
        Whether the unknown may belong to neither.
    rule, edges
        As in `banded_quantile`.

    Returns
    -------
    Bounds
        In the units of ``edges`` (weeks). Infinite where a quantile may lie in the open band; nan where one is withheld.

    Raises
    ------
    ValueError
        Negative counts, or bands that do not fit.

    Notes
    -----
    Of all ways to put k of the unknown into the group, none gives a higher quantile than the k longest waits, and none a
    lower one in the reference than the others: so the upper bound is ``max over k of Q(k longest) − Q₀(the others)``.
    Stochastic dominance, as in Manski CF (2003), *Partial Identification of Probability Distributions*, ch. 1.

    Examples
    --------
    >>> quantile_gap_bounds([60, 40, 0], [50, 50, 0], [5, 5, 0], 0.5)
    Bounds(lower=-0.2392, upper=-0.0803)
    """
    group, reference, unknown = np.broadcast_arrays(*counts_of(counts, counts_reference, counts_unknown))
    if group.ndim != 1:
        raise ValueError("counts must be one line of bands.")

    def longest_first(side: Array, flipped: bool) -> Array:
        return _quantiles_with(side, unknown, q, flipped, rule, edges)

    upper = _widest(longest_first(group, False), longest_first(reference, True), others)
    lower = -_widest(longest_first(reference, False), longest_first(group, True), others)
    return Bounds(np.asarray(lower), np.asarray(upper))


def survival_bounds(
    events: ArrayLike, at_risk: ArrayLike, events_unknown: ArrayLike, at_risk_unknown: ArrayLike
) -> Bounds:
    """Outer bounds of a group's share still waiting, day by day, whoever the unknown are.

    Parameters
    ----------
    events, at_risk : array_like, shape (..., days)
        People of the group who leave on each day, and who still wait just before.
    events_unknown, at_risk_unknown : array_like, shape (..., days)
        The same of those whose group is not recorded.

    Returns
    -------
    Bounds
        Between 0 and 1, shape (..., days). The truth lies inside; not every value inside can be the truth (*outer*).

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    Each factor ``1 − d/n`` of the Kaplan–Meier product lies between ``1 − (d + d′)/(n + d′)`` and
    ``1 − d/(n + n′ − d′)``; the product of the ends is an outer bound, since the unknown cannot be in and out by day.
    Kaplan EL, Meier P (1958), *Journal of the American Statistical Association* 53:457–481.

    Examples
    --------
    >>> survival_bounds([10, 10], [100, 90], [1, 0], [5, 4])
    Bounds(lower=[0.8911, 0.7921], upper=[0.9038, 0.8077])
    """
    some, n = events_among(*floats(events, at_risk))
    more, unknown = events_among(*floats(events_unknown, at_risk_unknown))
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.where(n + more > 0, 1 - (some + more) / (n + more), 1.0)
        most = np.where(n + unknown - more > 0, 1 - some / (n + unknown - more), 1.0)
    return Bounds(np.cumprod(least, -1), np.cumprod(most, -1))


def slope_bounds(events: ArrayLike, n: ArrayLike, events_unknown: float, n_unknown: float) -> Bounds:
    """Outer bounds of the slope index of inequality of a share, whoever the unknown are.

    Parameters
    ----------
    events, n : array_like, shape (groups,)
        People with the event and people in all, in order: the least deprived first.
    events_unknown, n_unknown : float
        The same of those whose group is not recorded.

    Returns
    -------
    Bounds
        Of the linear index, by least squares on ridits weighted by people. *Outer*: the truth lies inside, not every
        value inside can be the truth. nan with fewer than two groups.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    The index is ``(Σᵢ rᵢ vᵢ − ½ Σᵢ vᵢ)/Σᵢ (rᵢ − ½)²`` over people with ridit ``r`` and event ``v``. The numerator counts
    pairs (somebody with the event, somebody less deprived); each unknown person adds to it by the recorded people above
    and below, so its ends are found person by person. The denominator is ``N/12 (1 − Σ (n_g/N)³)``, whose ends follow
    from all unknown in one group, and from spreading them. Mackenbach JP, Kunst AE (1997), *Social Science & Medicine*
    44:757–771.

    Examples
    --------
    >>> slope_bounds([20, 25, 30], [100, 100, 100], 3, 6)
    Bounds(lower=0.1024, upper=0.1903)
    """
    some, people = events_among(*floats(events, n))
    more, unknown = events_among(*floats(events_unknown, n_unknown))
    some, people = some[people > 0], people[people > 0]
    if len(people) < 2:
        return Bounds(np.asarray(np.nan), np.asarray(np.nan))
    top = _most_pairs(some, people, float(more), float(unknown))
    bottom = -_most_pairs(some[::-1], people[::-1], float(more), float(unknown))
    least, most = _ridit_spread(people, float(unknown))
    return Bounds(np.asarray(bottom / (least if bottom < 0 else most)), np.asarray(top / (most if top < 0 else least)))


# --- inside --------------------------------------------------------------------------------------------------------------


def _quantiles_with(side: Array, unknown: Array, q: float, shortest: bool, rule: str, edges: ArrayLike | None) -> Array:
    """The quantile of one side joined by k of the unknown, for every k: the longest waits, or the shortest."""
    before = np.cumsum(unknown) - unknown if shortest else np.cumsum(unknown[::-1])[::-1] - unknown
    everyone = int(unknown.sum())
    found = np.empty(everyone + 1)
    step = max(1, _CELLS // len(unknown))
    for start in range(0, everyone + 1, step):
        k = np.arange(start, min(start + step, everyone + 1))[:, None]
        found[k[:, 0]] = banded_quantile(side + np.clip(k - before, 0, unknown), q, rule=rule, edges=edges)
    return found


def _widest(highest: Array, lowest: Array, others: bool) -> float:
    """The largest difference when one side takes k of the unknown and the other the rest, or as few of it as it likes."""
    if np.isnan(highest[0]) or np.isnan(lowest[0]):
        return float("nan")
    rest = np.minimum.accumulate(lowest)[::-1] if others else lowest[::-1]
    if np.any(np.isinf(highest)):
        return float("inf")
    return float(np.max(highest - rest))


def _most_pairs(some: Array, people: Array, more: float, unknown: float) -> float:
    """The most that the numerator of the slope can be, the groups standing from low to high."""
    everyone = people.sum() + unknown
    below = np.cumsum(people) - people
    events_above = some.sum() - np.cumsum(some)
    recorded = (some * (below + people / 2)).sum()
    as_other = events_above + some / 2
    with_event = (below + people / 2 + as_other).max()
    without = unknown - more
    pairs = recorded + more * with_event + without * as_other.max() + more * without + more * more / 2
    return float(pairs / everyone - (some.sum() + more) / 2)


def _ridit_spread(people: Array, unknown: float) -> tuple[float, float]:
    """The least and the most that the sum of squared distances of ridits from a half can be."""
    everyone = people.sum() + unknown
    order = np.argmax(people)
    together = people.copy()
    together[order] += unknown
    spread_out = max((people**3).sum(), everyone**3 / len(people) ** 2)
    return tuple(float(everyone / 12 * (1 - cubes / everyone**3)) for cubes in ((together**3).sum(), spread_out))  # type: ignore[return-value]
