"""Several ways to leave the list: Aalen–Johansen shares (treated, left otherwise, still waiting) and Gray's test."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Array, Significance, chi_square_test, counts_of, shown
from equiwait.statistics.survival import at_risk, kaplan_meier


class Incidence(NamedTuple):
    """Aalen–Johansen shares at each time: by cause, and of those still waiting; time along the last axis.

    Examples
    --------
    >>> aalen_johansen([[0, 2, 1], [0, 0, 1]], [0, 0, 1]).waiting
    array([1. , 0.6, 0.2])
    """

    times: Array
    at_risk: Array
    waiting: Array
    waiting_std_error: Array
    left: Array
    left_std_error: Array

    def __repr__(self) -> str:
        return shown(self)


def aalen_johansen(
    events: ArrayLike, censored: ArrayLike, entries: ArrayLike | None = None, *, times: ArrayLike | None = None
) -> Incidence:
    """Share of people who have left the list in each of several ways by each time.

    Parameters
    ----------
    events : array_like, shape (..., causes, d)
        People who left in each way at each time.
    censored : array_like, shape (..., d)
        People last seen waiting at each time.
    entries : array_like, shape (..., d), optional
        People who came under observation at each time; everyone from the beginning unless given.
    times : array_like, shape (d,), optional
        The time of each cell, rising; 0, 1, 2, … days unless given.

    Returns
    -------
    Incidence
        ``left`` is shaped (..., causes, d); it and ``waiting`` add up to 1.

    Raises
    ------
    ValueError
        Negative counts, times that do not rise or fit, more people leaving than are at risk.

    Notes
    -----
    ``Σ S(tⱼ−) dₖⱼ/nⱼ``; standard errors by the delta method. Aalen OO, Johansen S (1978), *Scandinavian Journal of
    Statistics* 5:141–150; Marubini E, Valsecchi MG (1995), *Analysing Survival Data from Clinical Trials and
    Observational Studies*, Wiley, chapter 10.

    Examples
    --------
    >>> aalen_johansen([[0, 2, 1], [0, 0, 1]], [0, 0, 1]).left
    array([[0. , 0.4, 0.6],
           [0. , 0. , 0.2]])
    """
    (died,) = counts_of(events)
    curve = kaplan_meier(died.sum(-2), censored, entries, times=times)
    before = np.concatenate([np.ones_like(curve.survival[..., :1]), curve.survival[..., :-1]], axis=-1)
    n, everyone = curve.at_risk, died.sum(-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        pace = np.where(n[..., None, :] > 0, died / n[..., None, :], 0.0) * before[..., None, :]
        greenwood = np.where((everyone > 0) & (n > everyone), everyone / (n * (n - everyone)), 0.0)
        own = np.where(n[..., None, :] > 0, before[..., None, :] ** 2 * died * (n[..., None, :] - died), 0.0)
        own = own / np.maximum(n, 1)[..., None, :] ** 3
        cross = pace / np.maximum(n, 1)[..., None, :]
    left = pace.cumsum(-1)
    variance = _delta_variance(left, greenwood[..., None, :], own, cross)
    waiting_error = np.where(
        curve.survival > 0, curve.survival * np.sqrt(np.where(curve.survival > 0, curve.log_variance, 0)), 0.0
    )
    return Incidence(curve.times, n, curve.survival, waiting_error, left, np.sqrt(np.maximum(variance, 0.0)))


def _delta_variance(left: Array, greenwood: Array, own: Array, cross: Array) -> Array:
    """Σ (I(t) − I(tⱼ))² gⱼ + Σ ownⱼ − 2 Σ (I(t) − I(tⱼ)) crossⱼ at every t, by opening the squares."""
    first = left**2 * greenwood.cumsum(-1) - 2 * left * (left * greenwood).cumsum(-1) + (left**2 * greenwood).cumsum(-1)
    third = left * cross.cumsum(-1) - (left * cross).cumsum(-1)
    return np.asarray(first + own.cumsum(-1) - 2 * third)


def gray_test(events: ArrayLike, other: ArrayLike, censored: ArrayLike, *, rho: float = 0.0) -> Significance:
    """Test that several groups leave in one way alike, others ways of leaving being open to them.

    Parameters
    ----------
    events : array_like, shape (groups, d) or (strata, groups, d)
        People who left in the way of interest at each time.
    other : array_like, of the same shape
        People who left in any other way.
    censored : array_like, of the same shape
        People last seen waiting.
    rho : float
        Weight ``(1 − F(t−))^rho``.

    Returns
    -------
    Significance
        χ² on groups − 1 degrees of freedom; nan without events, or with one group.

    Raises
    ------
    ValueError
        Negative counts, or a wrong number of axes.

    Notes
    -----
    ``z'V⁻z`` with ``zₖ = Σ (1 − F(t−))^ρ (dₖ − d rₖ/Σr)`` and ``rₖ = nₖ (1 − Fₖ(t−))/Sₖ(t−)``. Gray RJ (1988), *Annals
    of Statistics* 16:1141–1154.

    Examples
    --------
    >>> gray_test([[3, 2, 1, 0], [1, 1, 2, 2]], [[1, 0, 0, 0], [0, 1, 0, 0]], [[0, 0, 0, 1], [0, 0, 0, 2]])
    Significance(statistic=1.11, df=1, p_value=0.2921)
    """
    first, second, lost = counts_of(events, other, censored)
    if first.ndim not in (2, 3):
        raise ValueError("events must be shaped (groups, times) or (strata, groups, times).")
    shape = (-1, *first.shape[-2:])
    groups = first.shape[-2]
    score, covariance = np.zeros(groups), np.zeros((groups, groups))
    for d1, d2, c in zip(first.reshape(shape), second.reshape(shape), lost.reshape(shape), strict=True):
        part = _GrayScore(d1, d2, at_risk(d1 + d2 + c), rho)
        score, covariance = score + part.score, covariance + part.covariance()
    counted = np.flatnonzero(np.diag(covariance) > 1e-12)[:-1]
    if not counted.size:
        return chi_square_test(np.nan, np.nan)
    gap, inner = score[counted], covariance[np.ix_(counted, counted)]
    return chi_square_test(gap @ np.linalg.pinv(inner, hermitian=True) @ gap, float(counted.size))


class _GrayScore:
    """Gray's score and its covariance within one stratum, accumulated over the times at which anybody leaves."""

    def __init__(self, d1: Array, d2: Array, here: Array, rho: float) -> None:
        groups = d1.shape[0]
        self.rho, self.pooled = rho, 0.0
        self.waiting, self.left = np.ones(groups), np.zeros(groups)
        self.score, self.slope = np.zeros(groups), np.zeros((groups, groups))
        self.v1, self.v2 = np.zeros((groups, groups)), np.zeros((groups, groups))
        self.v3 = np.zeros(groups)
        for j in np.flatnonzero((d1 + d2).sum(0)):
            self._add(d1[:, j], d2[:, j], here[:, j])

    def _add(self, d1: Array, d2: Array, n: Array) -> None:
        seen = n > 0
        people = np.where(seen, n, 1.0)
        scaled = np.where(seen, n / np.where(self.waiting > 0, self.waiting, 1.0), 0.0)
        total, events = scaled.sum(), d1.sum()
        waiting = np.where(seen, self.waiting * (n - d1 - d2) / people, self.waiting)
        left = np.where(seen, self.left + self.waiting * d1 / people, self.left)
        pooled = self.pooled + events / total
        weight = (1 - self.pooled) ** self.rho
        spread = weight * (np.diag(scaled) - np.outer(scaled, scaled) / total)
        self.slope += spread * events / (total * (1 - self.pooled))
        if events > 0:
            exposed = scaled * (1 - self.left)
            self.score += weight * (d1 - events * exposed / exposed.sum())
            self._vary_by_event(spread, events, total, np.where(seen, n, np.nan), waiting, pooled)
        self._vary_by_other(d2, people, waiting, pooled)
        self.waiting, self.left, self.pooled = waiting, left, pooled

    def _vary_by_event(self, spread: Array, events: float, total: float, n: Array, after: Array, pooled: float) -> None:
        own = np.where(after > 0, 1 - (1 - pooled) / np.where(after > 0, after, 1.0), 1.0)
        ties = np.ones_like(own)
        if events > 1:
            ties = 1 - (events - 1) / np.where(total * self.waiting > 1, total * self.waiting - 1, np.inf)
        size = np.nan_to_num(ties * self.waiting * events / (total * n))
        gap = spread - own * self.slope
        self.v3 += own**2 * size
        self.v2 += gap * own * size
        self.v1 += (gap * size) @ gap.T

    def _vary_by_other(self, d2: Array, n: Array, after: Array, pooled: float) -> None:
        some = (after > 0) & (d2 > 0)
        own = np.where(some, (1 - pooled) / np.where(after > 0, after, 1.0), 0.0)
        ties = np.where(d2 > 1, 1 - (d2 - 1) / np.maximum(n - 1, 1), 1.0)
        size = np.where(some, ties * self.waiting**2 * d2 / n**2, 0.0)
        gap = own * self.slope
        self.v3 += own**2 * size
        self.v2 -= gap * own * size
        self.v1 += (gap * size) @ gap.T

    def covariance(self) -> Array:
        mixed = self.slope @ self.v2.T
        return np.asarray(self.v1 + (self.slope * self.v3) @ self.slope.T + mixed + mixed.T)
