"""A crude gap split into who is in the strata and what happens within them, each part with its interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Array, Estimate, estimate, events_among, floats, shown
from equiwait.statistics.standardisation import kitagawa


class CompositionSplit(NamedTuple):
    """The two parts of a crude gap, which add up to it.

    Examples
    --------
    >>> composition_split([20, 30], [50, 200], [10, 40], [50, 400]).within.value.round(4)
    np.float64(0.0733)
    """

    composition: Estimate
    within: Estimate

    def __repr__(self) -> str:
        return shown(self)


def composition_split(
    events: ArrayLike,
    n: ArrayLike,
    events_reference: ArrayLike,
    n_reference: ArrayLike,
    *,
    design_effect: tuple[float, float] = (1.0, 1.0),
    confidence: float = 0.95,
) -> CompositionSplit:
    """Kitagawa's two parts of the gap between two crude shares, with intervals.

    Parameters
    ----------
    events, n, events_reference, n_reference : array_like, shape (strata,)
        People with the event and people in all, in the group and in its reference, by stratum.
    design_effect : pair of float
        Σk²/Σk of the group and of its reference, where people repeat.
    confidence : float
        Two-sided coverage of each part's interval.

    Returns
    -------
    CompositionSplit
        nan where either group is empty.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    ``Σ (w₁ − w₀)(p₁ + p₀)/2`` and ``Σ (p₁ − p₀)(w₁ + w₀)/2`` (Kitagawa EM 1955, *Journal of the American Statistical
    Association* 50:1168–1194), each group's people a multinomial sample over strata and event, so that the weights vary
    too; variances by the delta method (Bishop YMM, Fienberg SE, Holland PW (1975), *Discrete Multivariate Analysis*, MIT
    Press, section 14.6).

    Examples
    --------
    >>> split = composition_split([20, 30], [50, 200], [10, 40], [50, 400])
    >>> split.composition.value.round(4), split.composition.std_error.round(4)
    (np.float64(0.0156), np.float64(0.0066))
    """
    x1, n1 = events_among(*floats(events, n))
    x0, n0 = events_among(*floats(events_reference, n_reference))
    found = kitagawa(x1, n1, x0, n0)
    first, reference = _sides(x1, n1, x0, n0)
    composition, within = np.zeros(2), np.zeros(2)
    for place, (own, other, wide) in enumerate(
        ((first, reference, design_effect[0]), (reference, first, design_effect[1]))
    ):
        composition[place] = wide * _variance(own, (own[1] + other[1]) / 2, (own[0] - other[0]) / 2)
        within[place] = wide * _variance(own, (own[1] - other[1]) / 2, (own[0] + other[0]) / 2)
    return CompositionSplit(
        estimate(found.composition, np.sqrt(composition.sum()), confidence),
        estimate(found.within, np.sqrt(within.sum()), confidence),
    )


_Side = tuple[Array, Array, float]


def _sides(x1: Array, n1: Array, x0: Array, n0: Array) -> tuple[_Side, _Side]:
    """Weights, shares and size of each group; a stratum that one of them is not in has the other's share."""
    with np.errstate(invalid="ignore", divide="ignore"):
        p1, p0 = x1 / n1, x0 / n0
        w1, w0 = n1 / n1.sum(), n0 / n0.sum()
    p1, p0 = np.where(n1 > 0, p1, p0), np.where(n0 > 0, p0, p1)
    return (w1, np.nan_to_num(p1), float(n1.sum())), (w0, np.nan_to_num(p0), float(n0.sum()))


def _variance(own: _Side, of_weight: Array, of_share: Array) -> float:
    """Variance of a part over one group's multinomial: its slopes by weight and by share, as slopes by cell.

    A cell (stratum, event) adds to the weight by 1 and to the share by (1 − p)/w; a cell without the event by −p/w.
    """
    weight, share, size = own
    per = np.divide(of_share, weight, out=np.zeros_like(weight), where=weight > 0)
    slopes = np.stack([of_weight + per * (1 - share), of_weight - per * share])
    cells = np.stack([weight * share, weight * (1 - share)])
    return float(((cells * slopes**2).sum() - (cells * slopes).sum() ** 2) / size) if size > 0 else float("nan")
