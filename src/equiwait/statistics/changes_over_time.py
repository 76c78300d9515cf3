"""What a series of estimates says of change: a straight line through them, and which points chance would seldom make."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.control_charts import (
    ProcessLimits,
    one_side,
    process_limits,
    trend_run,
    two_of_three,
    whole_run,
)
from equiwait.statistics.shapes import Array, normal_point, shown

__all__ = ["Line", "Signals", "special_causes", "straight_line"]


class Line(NamedTuple):
    """A straight line through estimates: where it starts and ends, and the change between, with its interval.

    ``per_step`` is the change for one unit of time and ``std_error`` that of ``change``; ``dispersion`` is how many times
    the estimates scatter more than their errors say; ``start_error`` and ``end_error`` are the standard errors of the ends.

    Examples
    --------
    >>> straight_line([0.1, 0.2, 0.3], [0.02, 0.02, 0.02]).change
    np.float64(0.2)
    """

    start: float
    end: float
    change: float
    lower: float
    upper: float
    std_error: float
    per_step: float
    dispersion: float
    start_error: float = float("nan")
    end_error: float = float("nan")

    def __repr__(self) -> str:
        return shown(self)


def straight_line(
    values: ArrayLike, std_errors: ArrayLike, times: ArrayLike | None = None, *, confidence: float = 0.95
) -> Line:
    """Fit a straight line through estimates that do not depend on each other, each weighed by its error.

    Parameters
    ----------
    values, std_errors : array_like, shape (periods,)
        Estimates and their standard errors; nan is left out.
    times : array_like, shape (periods,), optional
        When each was made; 0, 1, 2, … unless given.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Line
        nan throughout with fewer than three estimates: two points always lie on a line.

    Raises
    ------
    ValueError
        Series of different lengths.

    Notes
    -----
    Weighted least squares with weights ``1/se²``. The interval is the wider of two: the normal one from the errors as given,
    and Student's with ``n − 2`` degrees of freedom after they are multiplied by ``√(χ²/(n − 2))``, Birge's ratio, so that
    months that scatter more than chance widen it. Birge RT (1932), *Physical Review* 40:207–227.

    Examples
    --------
    >>> line = straight_line([0.30, 0.24, 0.21, 0.15], [0.03] * 4)
    >>> [round(float(number), 3) for number in (line.start, line.end, line.change, line.lower, line.upper, line.end_error)]
    [0.297, 0.153, -0.144, -0.223, -0.065, 0.025]
    """
    y, error = np.asarray(values, dtype=float), np.asarray(std_errors, dtype=float)
    x = np.arange(float(y.size)) if times is None else np.asarray(times, dtype=float)
    if not y.shape == error.shape == x.shape or y.ndim != 1:
        raise ValueError("values, std_errors and times must be series of one length.")
    here = np.isfinite(y) & np.isfinite(error) & (error > 0)
    if here.sum() < 3 or np.ptp(x[here]) == 0:
        return Line(*[float("nan")] * 8)
    y, x, weight = y[here], x[here], 1 / error[here] ** 2
    middle = np.average(x, weights=weight)
    square = (weight * (x - middle) ** 2).sum()
    slope = (weight * (x - middle) * y).sum() / square
    level = np.average(y, weights=weight)
    spread = float((weight * (y - level - slope * (x - middle)) ** 2).sum() / (y.size - 2))
    length = np.ptp(x)
    own = length / np.sqrt(square)
    half = own * max(float(normal_point(confidence)), _student(y.size - 2, confidence) * np.sqrt(spread))
    change = slope * length
    ends, scatter = np.array([x.min(), x.max()]), max(1.0, np.sqrt(spread))
    first, last = level + slope * (ends - middle)
    errors = scatter * np.sqrt(1 / weight.sum() + (ends - middle) ** 2 / square)
    return Line(first, last, change, change - half, change + half, own * scatter, slope, spread, *errors)


def _student(df: int, confidence: float) -> float:
    return float(special.stdtrit(df, (1 + confidence) / 2))


class Signals(NamedTuple):
    """What an XmR chart says of each point: its limits, and the rules that it breaks.

    Examples
    --------
    >>> special_causes([1.0, 2.0, 1.0, 2.0, 1.0, 9.0]).beyond.tolist()
    [False, False, False, False, False, True]
    """

    mean: Array
    lower: Array
    upper: Array
    beyond: Array
    shift: Array
    trend: Array
    near_limit: Array

    @property
    def any(self) -> Array:
        """Which points any rule marks."""
        return np.asarray(self.beyond | self.shift | self.trend | self.near_limit)


def special_causes(
    values: ArrayLike, *, points: int = 7, rebase: ArrayLike = (), screen: bool = True, baseline: int | None = None
) -> Signals:
    """Mark the points of an XmR chart that its rules call a special cause.

    Parameters
    ----------
    values : array_like, shape (periods,)
        One value a period, in order; nan for a period without one.
    points : int
        How many in a row make a shift or a trend: 7, or 6 as newer guidance has it.
    rebase : array_like of int
        Places at which limits are worked out anew. Nothing is rebased by itself.
    screen : bool
        Leave out, once, moving ranges that are themselves out of control.
    baseline : int, optional
        Work the limits out from the first so many points of each stretch; from all of them unless given.

    Returns
    -------
    Signals
        One value for each period. A period without a value breaks no rule, ends every run, and no range is taken across it.

    Raises
    ------
    ValueError
        More than one axis, a place outside the series, fewer than two points in a row.

    Notes
    -----
    Beyond the limits; ``points`` in a row on one side of the mean; ``points`` all rising or all falling; two of three in
    the outer third on one side: ``|x − mean| > 2/3 (upper − mean)``. NHS England, *Making Data Count* guides (the first of
    2018); as the package NHSRplotthedots has them, all points of a run marked.

    Examples
    --------
    >>> special_causes([5, 6, 5, 6, 5, 6, 2, 2, 1, 2, 1, 2, 1], baseline=6).shift.sum()
    np.int64(7)
    """
    series = np.asarray(values, dtype=float)
    starts = sorted({0, *(int(place) for place in np.atleast_1d(np.asarray(rebase, dtype=int)))})
    if series.ndim != 1 or starts[0] < 0 or starts[-1] >= max(series.size, 1):
        raise ValueError("values must be one series, and rebase places in it.")
    if points < 2:
        raise ValueError(f"points must be at least 2, not {points}.")
    parts = [
        _marked(series[start:stop], points, screen, baseline)
        for start, stop in zip(starts, [*starts[1:], series.size], strict=True)
    ]
    return Signals(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _marked(series: Array, points: int, screen: bool, baseline: int | None) -> tuple[Any, ...]:
    limits: ProcessLimits = process_limits(series[:baseline], screen=screen)
    known = ~np.isnan(series)
    side = np.where(known, np.sign(np.nan_to_num(series - limits.mean)), 0.0)
    third = (limits.upper - limits.mean) * 2 / 3
    with np.errstate(invalid="ignore"):
        beyond = known & ((series > limits.upper) | (series < limits.lower))
        close = known & ~beyond & (np.abs(series - limits.mean) > third)
    shift = whole_run(one_side(side, length=points), length=points)
    trend = whole_run(trend_run(series, length=points) != 0, length=points)
    near = two_of_three(close, side) & close
    ends = (np.full(series.size, end) for end in (limits.mean, limits.lower, limits.upper))
    return (*ends, beyond, shift & known, trend & known, near)
