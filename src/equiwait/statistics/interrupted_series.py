"""Did a change make a difference? The step in a series of estimates, and the rules of a run chart for a few points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.shapes import Array, normal_point, shown

__all__ = ["RunChart", "Step", "periods_needed", "run_chart", "step_change"]

_SHIFT, _TREND = 6, 5


class Step(NamedTuple):
    """The step of a series at a change, with its interval; how many periods it rests on, and how they scatter.

    Examples
    --------
    >>> step_change([0.2, 0.2, 0.1, 0.1], [0.02] * 4, [False, False, True, True]).change.round(2)
    np.float64(-0.1)
    """

    before: float
    change: float
    lower: float
    upper: float
    std_error: float
    dispersion: float
    periods_before: int
    periods_after: int

    def __repr__(self) -> str:
        return shown(self)


def step_change(
    values: ArrayLike,
    std_errors: ArrayLike,
    after: ArrayLike,
    *,
    times: ArrayLike | None = None,
    trend: bool = False,
    confidence: float = 0.95,
) -> Step:
    """Fit a level before a change and another after it through estimates that do not depend on each other.

    Parameters
    ----------
    values, std_errors : array_like, shape (periods,)
        Estimates and their standard errors; nan is left out.
    after : array_like of bool, shape (periods,)
        Which periods come after the change.
    times : array_like, shape (periods,), optional
        When each was made; 0, 1, 2, … unless given.
    trend : bool
        Let both sides share a straight trend: the step is then what stands out from it.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Step
        nan where a side is empty, or there are too few periods for the model to leave any over.

    Raises
    ------
    ValueError
        Series of different lengths.

    Notes
    -----
    Weighted least squares of ``y = a + c·after (+ b·time)`` with weights ``1/se²``: an interrupted series, Bernal JL, Cummins S,
    Gasparrini A (2017), *International Journal of Epidemiology* 46:348–355. Of the difference of two series it is a
    difference in differences. The interval is the wider of the normal one from the errors as given and Student's after they
    are multiplied by Birge's ratio (1932).

    Examples
    --------
    >>> step_change([0.21, 0.19, 0.20, 0.12, 0.10], [0.02] * 5, [0, 0, 0, 1, 1])
    Step(before=0.2, change=-0.09, lower=-0.1258, upper=-0.05422, std_error=0.01826, dispersion=0.3333, periods_before=3, periods_after=2)
    """
    y, error = np.asarray(values, dtype=float), np.asarray(std_errors, dtype=float)
    post = np.asarray(after, dtype=bool)
    x = np.arange(float(y.size)) if times is None else np.asarray(times, dtype=float)
    if not y.shape == error.shape == post.shape == x.shape or y.ndim != 1:
        raise ValueError("values, std_errors, after and times must be series of one length.")
    here = np.isfinite(y) & np.isfinite(error) & (error > 0)
    sides = int((here & ~post).sum()), int((here & post).sum())
    columns = [np.ones(y.size), post.astype(float), *([x - x.mean()] if trend else [])]
    design = np.stack(columns, axis=1)[here]
    left = int(here.sum()) - design.shape[1]
    if min(sides) == 0 or left < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        none = float("nan")
        return Step(none, none, none, none, none, none, sides[0], sides[1])
    weight = 1 / error[here] ** 2
    covariance = np.linalg.inv(design.T @ (weight[:, None] * design))
    found = covariance @ design.T @ (weight * y[here])
    spread = float((weight * (y[here] - design @ found) ** 2).sum() / left)
    own = float(np.sqrt(covariance[1, 1]))
    student = float(special.stdtrit(left, (1 + confidence) / 2))
    half = own * max(float(normal_point(confidence)), student * np.sqrt(spread))
    return Step(
        found[0],
        found[1],
        found[1] - half,
        found[1] + half,
        own * max(1.0, np.sqrt(spread)),
        spread,
        sides[0],
        sides[1],
    )


def periods_needed(
    before: int,
    after: int,
    std_error: float,
    size: float,
    *,
    power: float = 0.8,
    confidence: float = 0.95,
    most: int = 520,
) -> float:
    """Return how many more periods after a change until a step of a named size could be told.

    Parameters
    ----------
    before, after : int
        Periods on each side so far.
    std_error : float
        Of the estimate of one period.
    size : float
        The step that is to be told.
    power, confidence : float
        The chance of telling it, and the coverage of the interval.
    most : int
        Periods that are tried.

    Returns
    -------
    float
        0 where there are enough; inf where the periods before the change are too few for any number after it.

    Notes
    -----
    The step's standard error is ``s √(1/before + 1/after)``; enough where ``(z₁₋α⁄₂ + z₁₋β)`` times it is at most the size. Lachin JM
    (1981), *Controlled Clinical Trials* 2:93–113.

    Examples
    --------
    >>> periods_needed(12, 3, 0.04, 0.05)
    6.0
    """
    limit = (abs(size) / (float(normal_point(confidence)) + float(normal_point(2 * power - 1)))) ** 2
    if before < 1 or not np.isfinite(std_error) or std_error**2 / before >= limit:
        return float("inf")
    wanted = 1 / (limit / std_error**2 - 1 / before)
    more = max(int(np.ceil(wanted - 1e-9)) - after, 0)
    return float(more) if more <= most else float("inf")


class RunChart(NamedTuple):
    """What the rules of a run chart say of a few points.

    ``shift``, ``trend``: points of a run; ``runs`` with the fewest and the most that chance would make (nan where there are too few
    points to say).

    Examples
    --------
    >>> run_chart([3, 5, 4, 6, 5, 4, 1, 1, 2, 1, 2, 1], baseline=6).shift.sum()
    np.int64(7)
    """

    median: float
    shift: Array
    trend: Array
    runs: int
    fewest: float
    most: float

    @property
    def says(self) -> tuple[str, ...]:
        """The rules that are broken, in words."""
        found = [
            *(["a shift: six points or more on one side of the median"] if self.shift.any() else []),
            *(["a trend: five points or more all rising or all falling"] if self.trend.any() else []),
            *(["fewer runs than chance would make"] if self.runs < self.fewest else []),
            *(["more runs than chance would make"] if self.runs > self.most else []),
        ]
        return tuple(found)


def run_chart(values: ArrayLike, *, baseline: int | None = None) -> RunChart:
    """Apply the rules of a run chart.

    Parameters
    ----------
    values : array_like, shape (periods,)
        One value a period, in order; nan is left out.
    baseline : int, optional
        The median is that of the first so many points; of all unless given.

    Returns
    -------
    RunChart

    Raises
    ------
    ValueError
        More than one axis.

    Notes
    -----
    A shift: 6 points or more on one side of the median, points on it neither counted nor breaking. A trend: 5 or more all rising
    or all falling, equal neighbours counted once. Runs: with ``n₁`` points above and ``n₂`` below, those outside the central 95%
    of ``P(R)``. Perla RJ, Provost LP, Murray SK (2011), *BMJ Quality & Safety* 20:46–51; Swed FS, Eisenhart C (1943), *Annals
    of Mathematical Statistics* 14:66–87.

    Examples
    --------
    >>> run_chart([1, 2, 3, 4, 5, 6]).says
    ('a trend: five points or more all rising or all falling',)
    """
    series = np.asarray(values, dtype=float)
    if series.ndim != 1:
        raise ValueError("values must be one series in order of time.")
    known = np.flatnonzero(~np.isnan(series))
    base = series[: baseline if baseline else series.size]
    median = float(np.median(base[~np.isnan(base)])) if (~np.isnan(base)).any() else float("nan")
    shift, trend = np.zeros(series.size, bool), np.zeros(series.size, bool)
    off = known[series[known] != median]
    above = series[off] > median
    for start, stop in _stretches(above):
        if stop - start >= _SHIFT:
            shift[off[start:stop]] = True
    apart = known[np.append(True, np.diff(series[known]) != 0)] if known.size else known
    rising = np.diff(series[apart]) > 0
    for start, stop in _stretches(rising):
        if stop - start + 1 >= _TREND:
            trend[apart[start : stop + 1]] = True
    fewest, most = _runs_by_chance(int(above.sum()), int((~above).sum()))
    return RunChart(median, shift, trend, len(_stretches(above)), fewest, most)


def _stretches(flags: Array) -> list[tuple[int, int]]:
    """Where each stretch of equal flags begins and ends."""
    if not flags.size:
        return []
    edges = np.flatnonzero(np.diff(flags.astype(int))) + 1
    return list(zip([0, *edges.tolist()], [*edges.tolist(), flags.size], strict=True))


def _runs_by_chance(above: int, below: int, *, tail: float = 0.025) -> tuple[float, float]:
    """The fewest and the most runs that are not in either tail of what chance makes."""
    if min(above, below) < 2:
        return float("nan"), float("nan")
    runs = np.arange(2, above + below + 1)
    chance = np.array([_chance(int(r), above, below) for r in runs])
    low, high = chance.cumsum(), chance[::-1].cumsum()[::-1]
    return float(runs[low > tail][0]), float(runs[high > tail][-1])


def _chance(runs: int, above: int, below: int) -> float:
    half, odd = divmod(runs, 2)
    ways = special.comb(above + below, above)
    if not odd:
        return float(2 * special.comb(above - 1, half - 1) * special.comb(below - 1, half - 1) / ways)
    one = special.comb(above - 1, half) * special.comb(below - 1, half - 1)
    return float((one + special.comb(above - 1, half - 1) * special.comb(below - 1, half)) / ways)
