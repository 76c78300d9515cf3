"""What repeated people and rounding do to counts: as much information as fewer people would carry."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Array, events_among, floats


def effective_counts(
    events: ArrayLike, n: ArrayLike, *, design_effect: ArrayLike = 1.0, rounding: ArrayLike = 0.0
) -> tuple[Array, Array]:
    """Counts that carry as much information as these do, where people repeat or counts are rounded.

    Parameters
    ----------
    events, n : array_like
        Pathways with the event, and in all; broadcast together.
    design_effect : array_like
        Σk²/Σk over people with k pathways each: 1 where nobody repeats.
    rounding : array_like
        Variance of one rounded count: 2 where counts are rounded to the nearest 5, 0 where they are exact. No events are
        exactly none.

    Returns
    -------
    events, n : ndarray
        Both divided by one number, so that the share stays what it is and every interval and test of it widens. Not
        whole numbers: all that is made of shares takes them.

    Raises
    ------
    ValueError
        Negative counts, more events than people, a design effect under 1, a negative variance.

    Notes
    -----
    ``D = d + r (1 + p²)/(n p (1 − p))``: the variance of a share is ``d p(1 − p)/n`` where whole people repeat (Rao JNK,
    Scott AJ (1992), *Biometrics* 48:577–585), and ``r (1 + p²)/n²`` is what two rounded counts add to it (delta method).
    ``p`` in ``D`` is drawn towards ½ by four people (Agresti A, Coull BA (1998), *The American Statistician* 52:119–126).

    Examples
    --------
    >>> effective_counts(30, 100, design_effect=1.25)
    (np.float64(24.0), np.float64(80.0))
    >>> effective_counts(30, 100, rounding=2)[1].round(2)
    np.float64(90.68)
    """
    x, total = events_among(*floats(events, n))
    x, total, design, added_each = floats(x, total, design_effect, rounding)
    _check(design, added_each)
    centred = (x + 2) / (total + 4)
    with np.errstate(invalid="ignore", divide="ignore"):
        added = added_each * (1 + centred**2) / (total * centred * (1 - centred))
        times = design + np.where((x > 0) & (total > 0), added, 0.0)
    return np.asarray(x / times)[()], np.asarray(total / times)[()]


def _check(design: Array, rounding: ArrayLike) -> None:
    if (design < 1).any() or (np.asarray(rounding) < 0).any():
        raise ValueError("design_effect must be at least 1 (nobody repeats) and rounding, a variance, at least 0.")


def share_errors(events: ArrayLike, n: ArrayLike, *, design_effect: ArrayLike = 1.0, rounding: float = 0.0) -> Array:
    """Standard errors of the shares of several groups, for what is made of all of them: slopes, indices, variances.

    Parameters
    ----------
    events, n : array_like, shape (..., groups)
        Pathways with the event, and in all, by group.
    design_effect : array_like
        Σk²/Σk of each group.
    rounding : float
        Variance of one rounded count, as in `effective_counts`.

    Returns
    -------
    ndarray
        Never 0 where somebody is counted: nobody of 20 is not certainly nobody. nan in groups without anybody.

    Raises
    ------
    ValueError
        As `effective_counts`.

    Notes
    -----
    ``√(d q(1 − q)/n + r (1 + q²)/n²)`` with each share drawn towards that of all by two people, ``q = (x + 2p)/(n + 2)``,
    and that of all towards ½ by four, ``p = (Σx + 2)/(Σn + 4)``. Agresti A, Coull BA (1998), *The American Statistician*
    52:119–126.

    Examples
    --------
    >>> share_errors([0, 30], [20, 100]).round(4)
    array([0.0338, 0.0458])
    """
    x, total = events_among(*floats(events, n))
    x, total, design = floats(x, total, design_effect)
    _check(design, rounding)
    whole = (np.nansum(x, -1, keepdims=True) + 2) / (np.nansum(total, -1, keepdims=True) + 4)
    calm = (x + 2 * whole) / (total + 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        square = design * calm * (1 - calm) / total + np.where(x > 0, rounding * (1 + calm**2) / total**2, 0.0)
        return np.asarray(np.where(total > 0, np.sqrt(square), np.nan))
