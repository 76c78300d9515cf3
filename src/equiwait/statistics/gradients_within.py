"""Gradients over ordered groups within strata: like compared with like."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.gradients import Slope, ridits, slope_of
from equiwait.statistics.shapes import Array, events_among, floats


def slope_index_within(
    events: ArrayLike, n: ArrayLike, *, design_effect: ArrayLike = 1.0, confidence: float = 0.95
) -> Slope:
    """Adjusted slope and relative index of inequality of a share: the slope within strata.

    Parameters
    ----------
    events, n : array_like, shape (strata, groups)
        People with the event and in all, by stratum and group in order: the least deprived first.
    design_effect : array_like, shape (groups,)
        Σk²/Σk of each group over people with k pathways each.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Slope
        Between rank 0 and rank 1 of the whole list, as if every stratum had the same groups; positive: higher shares in
        the most deprived. With one stratum it is `slope_index`. Strata with one group say nothing about the slope. nan
        with fewer than two groups.

    Raises
    ------
    ValueError
        Negative counts, more events than people, a wrong number of axes.

    Notes
    -----
    ``b = Σ n (r − r̄ₛ) p / Σ n (r − r̄ₛ)²`` over strata ``s`` and groups, with the `ridits` ``r`` of the whole list and
    their mean ``r̄ₛ`` in the stratum: least squares with a level of its own for each stratum (Frisch R, Waugh FV (1933),
    *Econometrica* 1:387–401). The ratio is ``(p + b/2)/(p − b/2)``, ``p`` everybody's share. Delta method from binomial
    variances, in which each share is drawn towards its stratum's by two people (Agresti A, Coull BA (1998), *The American
    Statistician* 52:119–126). Mackenbach JP, Kunst AE (1997), *Social Science & Medicine* 44:757–771.

    Examples
    --------
    >>> slope_index_within([[30, 40, 55], [5, 9, 8]], [[100, 100, 100], [40, 50, 30]])
    Slope(value=0.3261, std_error=0.08219, lower=0.165, upper=0.4872, ratio=2.744, ...)
    """
    x, people = events_among(*floats(events, n))
    if x.ndim != 2:
        raise ValueError("events must be shaped (strata, groups).")
    design = np.broadcast_to(np.asarray(design_effect, dtype=float), x.shape[-1:])
    held = people.sum(0) > 0
    x, people, design = x[:, held], people[:, held], design[held]
    everyone = people.sum()
    rank = ridits(people.sum(0)) if everyone else np.zeros(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (people * rank).sum(1, keepdims=True) / people.sum(1, keepdims=True)
        tilt = np.where(people > 0, people * (rank - middle), 0.0)
        steep = tilt / (tilt * rank).sum()
        level = people / everyone - steep / 2
        share = np.where(people > 0, x / people, 0.0)
        square = np.where(people > 0, design * _variance(x, people), 0.0)
    loadings = np.stack([level.ravel(), steep.ravel()])
    coefficients = loadings @ share.ravel() if rank.size > 1 else np.full(2, np.nan)
    return slope_of(coefficients, (loadings * square.ravel()) @ loadings.T, confidence)


def _variance(x: Array, people: Array) -> Array:
    """Binomial variances of shares, none of them 0 for want of people."""
    whole = (x.sum() + 2) / (people.sum() + 4)
    stratum = (x.sum(1, keepdims=True) + 2 * whole) / (people.sum(1, keepdims=True) + 2)
    calm = (x + 2 * stratum) / (people + 2)
    return np.asarray(calm * (1 - calm) / people)
