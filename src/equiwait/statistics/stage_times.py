"""How long people spend in each stage on the way to treatment: state occupation in a chain of stages, from counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Array, counts_of, shown

__all__ = ["StageTimes", "stage_times"]


class StageTimes(NamedTuple):
    """Mean days in each stage up to a horizon, their covariance, and the share of people in each stage on each day.

    ``days`` (..., stages) add up to the mean days until the last stage is left; ``occupied`` is (..., stages + 1, horizon + 1),
    the last of them everybody who has left the chain.

    Examples
    --------
    >>> import numpy as np
    >>> entered, moved = np.zeros((1, 4)), np.zeros((1, 2, 4))
    >>> entered[0, 0], moved[0, 1, 1], moved[0, 1, 3] = 4, 2, 2
    >>> stage_times(entered, moved, np.zeros((1, 4)), horizon=3).days
    array([2.])
    """

    days: Array
    covariance: Array
    occupied: Array

    def __repr__(self) -> str:
        return shown(self)


def stage_times(entered: ArrayLike, moved: ArrayLike, lost: ArrayLike, *, horizon: int) -> StageTimes:
    """Mean days spent in each stage of a chain, up to so many days since the beginning.

    Parameters
    ----------
    entered : array_like, shape (..., stages, d)
        People who came under observation in each stage on each day since they began; they are at risk from the day after.
    moved : array_like, shape (..., stages, stages + 1, d)
        People who went from each stage to each other on each day; the last one is the end of the chain. Stages may be passed
        over.
    lost : array_like, shape (..., stages, d)
        People last seen in each stage on each day.
    horizon : int
        Days that are counted, at most ``d − 1``.

    Returns
    -------
    StageTimes
        Everybody begins in the first stage on day 0. A stage in which nobody is at risk is left by nobody.

    Raises
    ------
    ValueError
        Negative counts, shapes that do not fit, a horizon that is not from 1 to ``d − 1``, more people moving than are there.

    Notes
    -----
    ``p(t) = p(t−1)(I + dA(t))`` with ``dAₛₖ(t) = movedₛₖ(t)/Yₛ(t)``: Aalen OO, Johansen S (1978), *Scandinavian Journal of
    Statistics* 5:141–150. Without late entry its shares are right whether or not the stages remember how long they took:
    Datta S, Satten GA (2001), *Statistics & Probability Letters* 55:403–411. Days are ``Σ p(t)`` over days 0 to
    ``horizon − 1``; the covariance is Greenwood's, carried along with the sums: each day adds
    ``pₛ² (diag qₛ − qₛqₛᵀ)/Yₛ``. Andersen PK et al. (1993), *Statistical Models Based on Counting Processes*, Springer,
    section IV.4.

    Examples
    --------
    >>> entered, moved, lost = np.zeros((2, 6)), np.zeros((2, 3, 6)), np.zeros((2, 6))
    >>> entered[0, 0], moved[0, 1, 2], moved[1, 2, 5] = 10, 10, 10
    >>> stage_times(entered, moved, lost, horizon=5).days
    array([2., 3.])
    """
    came, went, left = (counts_of(each)[0] for each in (entered, moved, lost))
    stages, width = came.shape[-2:]
    if went.shape[-3:] != (stages, stages + 1, width) or left.shape[-2:] != (stages, width):
        raise ValueError("entered and lost are stages × days, moved is stages × (stages + 1) × days.")
    if not 1 <= horizon <= width - 1:
        raise ValueError(f"horizon must be 1 to {width - 1}, not {horizon}.")
    there = _there(came, went, left)
    share = np.zeros((*came.shape[:-2], stages + 1))
    share[..., 0] = 1.0
    size = stages + 1
    spread = np.zeros((*came.shape[:-2], 2 * size, 2 * size))
    total, occupied = share.copy(), [share]
    for day in range(1, horizon + 1):
        step, added = _step(went[..., day], there[..., day], share)
        share = np.einsum("...s,...st->...t", share, step)
        occupied.append(share)
        if day < horizon:
            total = total + share
            spread = _carried(spread, step, added)
    return StageTimes(
        total[..., :stages], spread[..., size : size + stages, size : size + stages], np.stack(occupied, axis=-1)
    )


def _there(came: Array, went: Array, left: Array) -> Array:
    """People at risk in each stage on each day: who came before it, less who went or was lost before it."""
    arrived = came + went[..., :, : came.shape[-2], :].sum(-3)
    gone = went.sum(-2) + left
    there = np.concatenate([np.zeros_like(came[..., :1]), (arrived - gone).cumsum(-1)[..., :-1]], axis=-1)
    if np.any(went.sum(-2)[..., 1:] > there[..., 1:] + 1e-9):
        raise ValueError("more people move than are in a stage: a day of entry or loss does not fit.")
    return np.asarray(there)


def _step(went: Array, there: Array, share: Array) -> tuple[Array, Array]:
    """The matrix of one day, and what its estimation adds to the covariance of the shares."""
    stages, size = went.shape[-2:]
    with np.errstate(invalid="ignore", divide="ignore"):
        hazard = np.where(there[..., None] > 0, went / there[..., None], 0.0)
        weight = np.where(there > 0, share[..., :stages] ** 2 / there, 0.0)
    step = np.zeros((*went.shape[:-2], size, size))
    step[..., :stages, :] = hazard
    place = np.arange(size)
    step[..., place, place] = 0.0
    step[..., place, place] = 1.0 - step.sum(-1)
    rows = step[..., :stages, :]
    diagonal = np.zeros((*rows.shape, size))
    diagonal[..., place, place] = rows
    spread = diagonal - rows[..., :, None] * rows[..., None, :]
    return step, (weight[..., None, None] * spread).sum(-3)


def _carried(spread: Array, step: Array, added: Array) -> Array:
    """The covariance of today's shares and of the sums so far, from yesterday's."""
    size = step.shape[-1]
    both = np.zeros((*step.shape[:-2], 2 * size, 2 * size))
    both[..., :size, :size] = both[..., :size, size:] = step
    place = np.arange(size, 2 * size)
    both[..., place, place] = 1.0
    turned = np.swapaxes(both, -1, -2) @ spread @ both
    return np.asarray(turned + np.tile(added, (2, 2)))
