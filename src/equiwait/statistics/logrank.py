"""Log-rank tests from counts: several groups, strata, late entry, weights, trend."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.comparisons import scores_for
from equiwait.statistics.shapes import Array, Significance, chi_square_test, counts_of, shown
from equiwait.statistics.survival import at_risk


class LogRank(NamedTuple):
    """A log-rank test, with the events seen and expected in each group.

    Examples
    --------
    >>> log_rank([[1, 1, 1, 0, 0], [1, 1, 0, 0, 1]], [[0] * 5] * 2).expected
    array([2.5, 3.5])
    """

    statistic: Array
    df: Array
    p_value: Array
    observed: Array
    expected: Array

    def __repr__(self) -> str:
        return shown(self)


def log_rank(
    events: ArrayLike,
    censored: ArrayLike,
    entries: ArrayLike | None = None,
    *,
    weights: str = "log-rank",
    rho: float = 1.0,
    gamma: float = 0.0,
    design_effect: ArrayLike | None = None,
) -> LogRank:
    """Test that several groups leave the list at the same pace, by strata if any.

    Parameters
    ----------
    events, censored : array_like, shape (groups, d) or (strata, groups, d)
        People with the event, and last seen without it, at each time.
    entries : array_like, of the same shape, optional
        People who came under observation at each time; everyone from the beginning unless given.
    weights : str
        What each time counts for: ``"log-rank"`` 1, ``"gehan"`` those at risk, ``"tarone-ware"`` the root of that,
        ``"peto"`` Peto's survival at the time, ``"fleming-harrington"`` ``S(t−)^rho (1 − S(t−))^gamma``.
    rho, gamma : float
        For Fleming and Harrington's weights only.
    design_effect : array_like, shape (groups,), optional
        Σk²/Σk of each group over people with k pathways each: widens the variance and moves no event.

    Returns
    -------
    LogRank
        Groups that nobody is expected to leave do not count towards the degrees of freedom. nan without events, or
        with one group.

    Raises
    ------
    ValueError
        Negative counts, a wrong number of axes, unknown weights, a design effect under 1.

    Notes
    -----
    ``(O − E)'V⁻(O − E)``. ``dⱼ`` events among ``nⱼ`` at risk have the hypergeometric variance, whatever the ties. With
    design effects each group's part of ``V = Σⱼ vⱼ Σₕ πₕ (eₕ − π)(eₕ − π)'`` is multiplied by its own, as if a person's
    pathways ended together (Rao JNK, Scott AJ (1992), *Biometrics* 48:577–585). Mantel N (1966), *Cancer Chemotherapy
    Reports* 50:163–170; Peto R, Peto J (1972), *Journal of the Royal Statistical Society A* 135:185–207; Harrington DP,
    Fleming TR (1982), *Biometrika* 69:553–566.

    Examples
    --------
    >>> log_rank([[1, 1, 1, 0, 0], [1, 1, 0, 0, 1]], [[0] * 5] * 2)
    LogRank(statistic=0.2542, df=1, p_value=0.6141, observed=[3, 3], expected=[2.5, 3.5])
    """
    observed, expected, covariance = _parts(events, censored, entries, weights, rho, gamma, design_effect)
    counted = np.flatnonzero(np.diag(covariance) > 0)[:-1]
    gap = (observed[0] - expected[0])[counted]
    inner = covariance[np.ix_(counted, counted)]
    statistic = float(gap @ np.linalg.pinv(inner, hermitian=True) @ gap) if counted.size else float("nan")
    test = chi_square_test(statistic, float(counted.size) if counted.size else np.nan)
    return LogRank(*test, observed[1], expected[1])


def log_rank_trend(
    events: ArrayLike,
    censored: ArrayLike,
    entries: ArrayLike | None = None,
    *,
    scores: ArrayLike | None = None,
    weights: str = "log-rank",
    rho: float = 1.0,
    gamma: float = 0.0,
    design_effect: ArrayLike | None = None,
) -> Significance:
    """Test of a trend in the pace of leaving the list over ordered groups.

    Parameters
    ----------
    events, censored, entries, weights, rho, gamma, design_effect
        As in `log_rank`.
    scores : array_like, shape (groups,), optional
        The position of each group; 1, 2, 3, … unless given.

    Returns
    -------
    Significance
        χ² on one degree of freedom.

    Raises
    ------
    ValueError
        As `log_rank`; scores that do not fit.

    Notes
    -----
    ``(s·(O − E))² / s·V·s``. Tarone RE (1975), *Biometrika* 62:679–682.

    Examples
    --------
    >>> log_rank_trend([[3, 1, 0], [2, 2, 1], [1, 2, 3]], [[0] * 3] * 3)
    Significance(statistic=4.401, df=1, p_value=0.03591)
    """
    observed, expected, covariance = _parts(events, censored, entries, weights, rho, gamma, design_effect)
    position = scores_for(observed.shape[-1], scores)
    spread = position @ covariance @ position
    statistic = (position @ (observed[0] - expected[0])) ** 2 / spread if spread > 0 else np.nan
    return chi_square_test(statistic, 1.0)


def _parts(
    events: ArrayLike,
    censored: ArrayLike,
    entries: ArrayLike | None,
    weights: str,
    rho: float,
    gamma: float,
    design_effect: ArrayLike | None,
) -> tuple[Array, Array, Array]:
    """Events seen and expected (weighted, then plain) and the covariance of the weighted gaps, over all strata."""
    died, lost = counts_of(events, censored)
    if died.ndim not in (2, 3):
        raise ValueError("events must be shaped (groups, times) or (strata, groups, times).")
    strata = died.reshape((-1, *died.shape[-2:]))
    here = at_risk(died + lost, entries).reshape(strata.shape)
    d, n = strata.sum(-2), here.sum(-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(n[:, None, :] > 0, here / n[:, None, :], 0.0)
        spread = np.where(n > 1, d * (n - d) / (n - 1), 0.0)
    weight = _weights(d, n, weights, rho, gamma)
    due = share * d[:, None, :]
    observed = np.stack([(strata * weight[:, None, :]).sum((0, -1)), strata.sum((0, -1))])
    expected = np.stack([(due * weight[:, None, :]).sum((0, -1)), due.sum((0, -1))])
    scale = weight**2 * spread
    own = share * _design(design_effect, strata.shape[1])[:, None]
    # Each group's people pull towards it, and all of them away from it: Σₕ dₕ πₕ (eₕ − π)(eₕ − π)'.
    crossed = np.einsum("sgt,sht,st->gh", own, share, scale, optimize=True)
    together = np.einsum("sgt,sht,st->gh", share, share, scale * own.sum(1), optimize=True)
    covariance = np.diag((own * scale[:, None, :]).sum((0, -1))) - crossed - crossed.T + together
    return observed, expected, np.where(np.abs(covariance) > 1e-12, covariance, 0.0)


def _design(design_effect: ArrayLike | None, groups: int) -> Array:
    """One design effect for each group, 1 unless given."""
    if design_effect is None:
        return np.ones(groups)
    design = np.asarray(design_effect, dtype=float)
    if design.shape != (groups,) or np.any(design < 1):
        raise ValueError(f"design_effect must be {groups} numbers of at least 1, one for each group.")
    return design


def _weights(d: Array, n: Array, weights: str, rho: float, gamma: float) -> Array:
    if weights == "log-rank":
        return np.ones_like(n)
    if weights == "gehan":
        return n
    if weights == "tarone-ware":
        return np.sqrt(n)
    if weights == "peto":
        return np.asarray((1 - d / (n + 1)).cumprod(-1))
    if weights != "fleming-harrington":
        raise ValueError(f"weights must be log-rank, gehan, tarone-ware, peto or fleming-harrington, not {weights!r}.")
    survival = (1 - np.divide(d, n, out=np.zeros_like(n), where=n > 0)).cumprod(-1)
    before = np.concatenate([np.ones_like(survival[..., :1]), survival[..., :-1]], axis=-1)
    return np.asarray(before**rho * (1 - before) ** gamma)
