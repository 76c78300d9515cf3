"""Charts of a number over time: limits of an XmR chart, and the rules that tell change from noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Array, shown

# Wheeler's constants for moving ranges of two: 3/d₂ and D₄.
_LIMITS, _RANGE = 2.66, 3.267


class ProcessLimits(NamedTuple):
    """Mean and natural process limits of a series, and the mean moving range they come from.

    Examples
    --------
    >>> process_limits([10, 12, 11, 13, 9]).moving_range
    2.25
    """

    mean: float
    lower: float
    upper: float
    moving_range: float

    def __repr__(self) -> str:
        return shown(self)


def _series(values: ArrayLike) -> Array:
    series = np.asarray(values, dtype=float)
    if series.ndim != 1:
        raise ValueError("values must be one series in order of time.")
    return series


def process_limits(values: ArrayLike, *, screen: bool = False) -> ProcessLimits:
    """Limits of an XmR chart.

    Parameters
    ----------
    values : array_like, shape (periods,)
        One value a period, in order; nan is left out, and no range is taken across it.
    screen : bool
        Leave out, once, moving ranges that are themselves out of control.

    Returns
    -------
    ProcessLimits
        nan for the limits with fewer than two values in a row.

    Raises
    ------
    ValueError
        More than one axis.

    Notes
    -----
    ``mean ± 2.66 × mean moving range``; with ``screen``, ranges of 3.267 times their mean or more are dropped. Wheeler
    DJ (1993), *Understanding Variation*, SPC Press.

    Examples
    --------
    >>> process_limits([10, 12, 11, 13, 9])
    ProcessLimits(mean=11, lower=5.015, upper=16.98, moving_range=2.25)
    """
    series = _series(values)
    known = series[~np.isnan(series)]
    ranges = np.abs(np.diff(series))
    ranges = ranges[~np.isnan(ranges)]
    if screen and ranges.size:
        ranges = ranges[ranges < _RANGE * ranges.mean()] if ranges.any() else ranges
    mean = float(known.mean()) if known.size else float("nan")
    typical = float(ranges.mean()) if ranges.size else float("nan")
    return ProcessLimits(mean, mean - _LIMITS * typical, mean + _LIMITS * typical, typical)


def one_side(side: ArrayLike, *, length: int = 7) -> Array:
    """Points that end a run of ``length`` or more on one side of the mean.

    Parameters
    ----------
    side : array_like, shape (periods,)
        1 above the mean, −1 below, 0 on it (or nan): ``np.sign(values - mean)``.
    length : int
        Points in a row that chance would seldom make.

    Returns
    -------
    ndarray of bool, shape (periods,)
        `whole_run` marks the points before them.

    Raises
    ------
    ValueError
        More than one axis, a length under 1.

    Notes
    -----
    ``sⱼ = sⱼ₋₁ = … = sⱼ₋ₗ₊₁ ≠ 0`` for length ``l``. NHS England, *Making Data Count* guides (the first of 2018).

    Examples
    --------
    >>> one_side([1, 1, 1, -1], length=3)
    array([False, False,  True, False])
    """
    return np.asarray(_sustained(np.nan_to_num(_series(side)), length) != 0)


def _sustained(direction: Array, length: int) -> Array:
    """The direction of each point that ends ``length`` in a row of one direction, else 0."""
    if length < 1:
        raise ValueError(f"length must be at least 1, not {length}.")
    out, run, last = np.zeros(direction.size), 0, 0.0
    for j, way in enumerate(direction):
        run = run + 1 if way == last and way != 0 else int(way != 0)
        last = way
        out[j] = way if run >= length else 0
    return out


def whole_run(ends: ArrayLike, *, length: int = 7) -> Array:
    """Every point of the runs whose ends are marked.

    Parameters
    ----------
    ends : array_like, shape (periods,)
        True where a run of ``length`` ends: what `one_side` gives.
    length : int
        Points in a run.

    Returns
    -------
    ndarray of bool, shape (periods,)

    Raises
    ------
    ValueError
        More than one axis, a length under 1.

    Notes
    -----
    Point ``j`` where any of ``ends[j : j + length]``. NHS England, *Making Data Count* guides (the first of 2018).

    Examples
    --------
    >>> whole_run([False, False, True, False], length=3)
    array([ True,  True,  True, False])
    """
    if length < 1:
        raise ValueError(f"length must be at least 1, not {length}.")
    marked = _series(ends) != 0
    return np.array([bool(marked[j : j + length].any()) for j in range(marked.size)], dtype=bool)


def trend_run(values: ArrayLike, *, length: int = 7) -> Array:
    """Points that end ``length`` or more values all rising or all falling.

    Parameters
    ----------
    values : array_like, shape (periods,)
        One value a period, in order.
    length : int
        Values in a row; equal neighbours break it.

    Returns
    -------
    ndarray, shape (periods,)
        1 rising, −1 falling, 0 neither.

    Raises
    ------
    ValueError
        More than one axis, a length under 2.

    Notes
    -----
    ``sign(xⱼ − xⱼ₋₁)`` the same, and not 0, over ``length − 1`` steps. NHS England, *Making Data Count* guides (the
    first of 2018).

    Examples
    --------
    >>> trend_run([1, 2, 3, 2], length=3)
    array([0., 0., 1., 0.])
    """
    series = _series(values)
    if length < 2:
        raise ValueError(f"length must be at least 2, not {length}.")
    steps = np.sign(np.nan_to_num(np.diff(series)))
    return np.concatenate([np.zeros(min(series.size, 1)), _sustained(steps, length - 1)])


def two_of_three(close: ArrayLike, side: ArrayLike) -> Array:
    """Points of any three in a row, all on one side of the mean, of which two or more are close to the limit.

    Parameters
    ----------
    close : array_like, shape (periods,)
        True where the point lies in the outer third between mean and limit.
    side : array_like, shape (periods,)
        1 above the mean, −1 below.

    Returns
    -------
    ndarray of bool, shape (periods,)

    Raises
    ------
    ValueError
        More than one axis, or series of different lengths.

    Notes
    -----
    ``Σ close ≥ 2`` over three points with ``sⱼ = sⱼ₊₁ = sⱼ₊₂ ≠ 0``: two points close to opposite limits are no signal.
    NHS England, *Making Data Count* guides (the first of 2018).

    Examples
    --------
    >>> two_of_three([1, 0, 1, 0], [1, 1, 1, 1])
    array([ True,  True,  True, False])
    """
    near, where = _series(close) != 0, np.nan_to_num(_series(side))
    if near.shape != where.shape:
        raise ValueError("close and side must be of one length.")
    out = np.zeros(near.size, dtype=bool)
    for j in range(near.size - 2):
        three = slice(j, j + 3)
        if near[three].sum() >= 2 and where[j] != 0 and np.all(where[three] == where[j]):
            out[three] = True
    return out


def assurance(lower: ArrayLike, upper: ArrayLike, target: float, *, better: str) -> list[str]:
    """Say whether a process with these limits will meet its target.

    Parameters
    ----------
    lower, upper : array_like, shape (periods,)
        Process limits.
    target : float
        What is aimed at.
    better : str
        ``"higher"`` or ``"lower"`` values.

    Returns
    -------
    list of str
        ``"consistent_pass"``, ``"consistent_fail"`` or ``"inconsistent"`` for each period.

    Raises
    ------
    ValueError
        Neither higher nor lower.

    Notes
    -----
    Lower is better: pass where ``upper < target``, fail where ``lower > target``; higher is better: the other way
    round. The assurance icons of NHS England, *Making Data Count* guides (the first of 2018).

    Examples
    --------
    >>> assurance([1, 5, 1], [3, 7, 5], 4, better="lower")
    ['consistent_pass', 'consistent_fail', 'inconsistent']
    """
    if better not in ("higher", "lower"):
        raise ValueError(f'better must be "higher" or "lower", not {better!r}.')
    above, below = _series(lower) > target, _series(upper) < target
    passes, fails = (above, below) if better == "higher" else (below, above)
    return [
        "consistent_pass" if good else "consistent_fail" if bad else "inconsistent"
        for good, bad in zip(passes, fails, strict=True)
    ]
