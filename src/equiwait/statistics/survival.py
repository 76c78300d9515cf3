"""Waits that are not over yet: Kaplan–Meier from counts, with late entry, its quantiles and its restricted mean.

Time runs along the last axis of every tally. Entrants and exits are counted apart, so that when people joined adds a
tally instead of multiplying one: those at risk at ``t`` are everyone who entered before ``t`` less everyone who left
before ``t``, the risk set {entry < t ≤ exit}.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import (
    Array,
    Estimate,
    Interval,
    counts_of,
    estimate,
    interval,
    normal_point,
    shown,
    unwrapped,
)

_TOLERANCE = 1e-9


class Curve(NamedTuple):
    """A Kaplan–Meier curve, time along the last axis.

    ``log_variance`` is Greenwood's sum, the variance of the logarithm of ``survival``; ``hazard`` and
    ``hazard_variance`` are Nelson and Aalen's cumulative hazard and its variance.

    Examples
    --------
    >>> kaplan_meier([0, 1, 1, 0], [0, 0, 1, 1]).at_risk
    array([4., 4., 3., 1.])
    """

    times: Array
    at_risk: Array
    events: Array
    survival: Array
    log_variance: Array
    hazard: Array
    hazard_variance: Array

    def __repr__(self) -> str:
        return shown(self)


def at_risk(exits: ArrayLike, entries: ArrayLike | None = None) -> Array:
    """People at risk at each time: entered before it, not left before it.

    Parameters
    ----------
    exits : array_like, shape (..., d)
        People who left, for whatever reason, or were last seen, at each time.
    entries : array_like, shape (..., d), optional
        People who came under observation at each time; everyone from the beginning unless given.

    Returns
    -------
    ndarray, shape (..., d)

    Raises
    ------
    ValueError
        Negative counts, or more people leaving than are there: somebody entered at the very time of leaving, or
        later, and must be left out of both tallies.

    Notes
    -----
    ``Yⱼ = Σ entered − Σ left``, both over the times before ``tⱼ``. Andersen PK et al. (1993), *Statistical Models Based
    on Counting Processes*, Springer, section III.3.

    Examples
    --------
    >>> at_risk([0, 1, 2], entries=[2, 1, 0])
    array([0., 2., 2.])
    """
    (left,) = counts_of(exits)
    gone = left.cumsum(-1) - left
    if entries is None:
        return np.asarray(left.sum(-1, keepdims=True) - gone)
    (came,) = counts_of(np.broadcast_to(np.asarray(entries, dtype=float), left.shape))
    here = came.cumsum(-1) - came - gone
    if np.any(left > here + _TOLERANCE):
        raise ValueError(
            "more people leave than are at risk: leave out whoever enters at or after the time of leaving."
        )
    return np.asarray(here)


_DIGITS = 1e-9


def kaplan_meier(
    events: ArrayLike, censored: ArrayLike, entries: ArrayLike | None = None, *, times: ArrayLike | None = None
) -> Curve:
    """Share of people still waiting at each time, from counts of events, last sightings and late entrants.

    Parameters
    ----------
    events : array_like, shape (..., d)
        People with the event (treated) at each time.
    censored : array_like, shape (..., d)
        People last seen without it at each time; they count as there until then.
    entries : array_like, shape (..., d), optional
        People who came under observation at each time (their wait on the day that the window opened); everyone from
        the beginning unless given.
    times : array_like, shape (d,), optional
        The time of each cell, rising; 0, 1, 2, … days unless given.

    Returns
    -------
    Curve
        Nobody at risk yet: survival 1. Everyone censored: survival 1 throughout.

    Raises
    ------
    ValueError
        Negative counts, times that do not rise or fit, more people leaving than are at risk.

    Notes
    -----
    ``S(t) = Π (1 − dⱼ/nⱼ)``, Greenwood's variance ``S² Σ dⱼ/(nⱼ(nⱼ − dⱼ))``. Kaplan EL, Meier P (1958), *Journal of the
    American Statistical Association* 53:457–481; late entry: Tsai W-Y, Jewell NP, Wang M-C (1987), *Biometrika*
    74:883–886. With late entry a tiny early risk set can bring the curve to 0 for good: look at ``at_risk``.

    Examples
    --------
    >>> kaplan_meier([0, 1, 1, 0], [0, 0, 1, 1]).survival
    array([1. , 0.75, 0.5 , 0.5 ])
    """
    died, lost = counts_of(events, censored)
    n = at_risk(died + lost, entries)
    # Counts that were rounded and spread over days are no whole numbers: everybody left, but for the last digits.
    died = np.where((died > 0) & (np.abs(n - died) < _DIGITS), n, died)
    when = _times(n.shape[-1], times)
    with np.errstate(invalid="ignore", divide="ignore"):
        risk = np.where(n > 0, died / n, 0.0)
        greenwood = np.where(died > 0, died / (n * (n - died)), 0.0)
        hazard_variance = np.where(n > 0, died / n**2, 0.0)
    return Curve(
        when, n, died, (1 - risk).cumprod(-1), greenwood.cumsum(-1), risk.cumsum(-1), hazard_variance.cumsum(-1)
    )


def _times(cells: int, times: ArrayLike | None) -> Array:
    when = np.arange(float(cells)) if times is None else np.asarray(times, dtype=float)
    if when.shape != (cells,) or not np.all(np.diff(when) > 0):
        raise ValueError(f"times must be {cells} rising numbers, one for each cell of the last axis.")
    return when


def survival_band(curve: Curve, *, kind: str = "log-log", confidence: float = 0.95) -> Interval:
    """Pointwise interval of a survival curve at each of its times.

    Parameters
    ----------
    curve : Curve
        From `kaplan_meier`.
    kind : str
        The scale on which the interval is symmetric: ``"log-log"`` (keeps its coverage in the tails), ``"log"`` (R's
        default), ``"plain"``, ``"logit"`` or ``"arcsine"``.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        Before any event, 1 to 1. Where survival has reached 0 the ends are nan: nobody is left to say.

    Raises
    ------
    ValueError
        An unknown kind.

    Notes
    -----
    With ``σ² = Σ dⱼ/(nⱼ(nⱼ − dⱼ))``: log-log ``S^exp(±zσ/ln S)``; log ``S exp(±zσ)``; plain ``S ± zσS``; logit
    ``logit S ± zσ/(1 − S)``; arcsine ``arcsin √S ± zσ √(S/(1 − S))/2``. Kalbfleisch JD, Prentice RL (2002), *The
    Statistical Analysis of Failure Time Data*, 2nd ed., Wiley, section 1.4; Borgan Ø, Liestøl K (1990), *Scandinavian
    Journal of Statistics* 17:35–41.

    Examples
    --------
    >>> survival_band(kaplan_meier([0, 1, 1, 0], [0, 0, 1, 1]), kind="log").upper.round(3)
    array([1., 1., 1., 1.])
    """
    if kind not in _SCALES:
        raise ValueError(f"kind must be one of {', '.join(_SCALES)}, not {kind!r}.")
    survival = curve.survival
    inside = (survival > 0) & (survival < 1)
    s = np.where(inside, survival, 0.5)
    error = normal_point(confidence) * np.sqrt(np.where(inside, curve.log_variance, 0.0))
    lower, upper = (np.clip(end, 0.0, 1.0) for end in _SCALES[kind](s, error))
    unknown = np.where(survival > 0, survival, np.nan)
    return interval(survival, np.where(inside, lower, unknown), np.where(inside, upper, unknown))


def _plain(s: Array, error: Array) -> tuple[Array, Array]:
    return s - s * error, s + s * error


def _log(s: Array, error: Array) -> tuple[Array, Array]:
    return s * np.exp(-error), s * np.exp(error)


def _log_log(s: Array, error: Array) -> tuple[Array, Array]:
    with np.errstate(over="ignore"):  # a variance beyond all bounds: the ends are 0 and 1
        factor = np.exp(error / -np.log(s))
    return s**factor, s ** (1 / factor)


def _logit(s: Array, error: Array) -> tuple[Array, Array]:
    odds, factor = s / (1 - s), np.exp(error / (1 - s))
    return odds / (odds + factor), odds / (odds + 1 / factor)


def _arcsine(s: Array, error: Array) -> tuple[Array, Array]:
    angle, half = np.arcsin(np.sqrt(s)), error * np.sqrt(s / (1 - s)) / 2
    return np.sin(np.maximum(angle - half, 0)) ** 2, np.sin(np.minimum(angle + half, np.pi / 2)) ** 2


_SCALES = {"log-log": _log_log, "log": _log, "plain": _plain, "logit": _logit, "arcsine": _arcsine}


def survival_at(
    curve: Curve, t: ArrayLike, *, kind: str = "log-log", extend: bool = False, confidence: float = 0.95
) -> Estimate:
    """Share of people still waiting after ``t``.

    Parameters
    ----------
    curve : Curve
        From `kaplan_meier`.
    t : array_like
        Times: 126 days for 18 weeks.
    kind, confidence
        As in `survival_band`.
    extend : bool
        Past the last time at which anybody is at risk, carry the last value on instead of answering nan.

    Returns
    -------
    Estimate
        The leading axes of the curve followed by those of ``t``. Past the last time at which anybody is at risk, with
        people still waiting, the answer is not known: nan.

    Raises
    ------
    ValueError
        An unknown kind.

    Notes
    -----
    ``se = S √Σ dⱼ/(nⱼ(nⱼ − dⱼ))``. Greenwood's standard error: Greenwood M (1926), *Reports on Public Health and
    Medical Subjects* 33, HMSO.

    Examples
    --------
    >>> survival_at(kaplan_meier([0, 1, 1, 0, 2], [0, 0, 1, 0, 3]), 2)
    Estimate(value=0.75, std_error=0.1531, lower=0.3148, upper=0.9309)
    """
    moments = np.asarray(t, dtype=float)
    band = survival_band(curve, kind=kind, confidence=confidence)
    with np.errstate(invalid="ignore"):
        error = np.where(curve.survival > 0, curve.survival * np.sqrt(curve.log_variance), np.nan)
    steps = ((curve.survival, 1.0), (error, 0.0), (band.lower, 1.0), (band.upper, 1.0))
    value, *others = (step(curve.times, np.asarray(part), moments, first) for part, first in steps)
    known = extend | (value == 0) | _in_sight(curve, moments)
    return Estimate(*unwrapped(*(np.where(known, part, np.nan) for part in (value, *others))))


def _in_sight(curve: Curve, moments: Array) -> Array:
    """Whether anybody is at risk at each moment or after it."""
    last = _last_seen(curve)
    return np.asarray(moments <= last.reshape(last.shape + (1,) * moments.ndim))


def step(times: Array, values: Array, moments: Array, before: float) -> Array:
    """A step function read at some moments: the value at the last time not after each; ``before`` the first."""
    index = np.searchsorted(times, moments + _TOLERANCE, side="right")
    padded = np.concatenate([np.full((*values.shape[:-1], 1), before), values], axis=-1)
    return np.asarray(np.take(padded, index, axis=-1))


def _last_seen(curve: Curve) -> Array:
    """The last time at which anybody is at risk; −inf where nobody ever is."""
    return np.asarray(np.where(curve.at_risk > 0, curve.times, -np.inf).max(-1))


def survival_quantile(curve: Curve, q: float, *, kind: str = "log-log", confidence: float = 0.95) -> Interval:
    """Time by which a share ``q`` of people have had the event: the median wait for 0.5.

    Parameters
    ----------
    curve : Curve
        From `kaplan_meier`.
    q : float
        Between 0 and 1.
    kind, confidence
        The band that is inverted: see `survival_band`.

    Returns
    -------
    Interval
        inf where the curve, or its band, does not come down so far: not reached, never a number. nan where nobody is
        at risk.

    Raises
    ------
    ValueError
        ``q`` outside 0 to 1, an unknown kind.

    Notes
    -----
    The first time at which ``S ≤ 1 − q``; where ``S = 1 − q``, the middle of that flat stretch. Ends by inverting the
    band: Brookmeyer R, Crowley J (1982), *Biometrics* 38:29–41.

    Examples
    --------
    >>> survival_quantile(kaplan_meier([0, 3, 3, 3, 3], [0, 0, 0, 0, 2]), 0.5)
    Interval(value=3, lower=1, upper=4)
    """
    if not 0 < q < 1:
        raise ValueError(f"q must lie strictly between 0 and 1, not {q}.")
    band = survival_band(curve, kind=kind, confidence=confidence)
    somebody = np.isfinite(_last_seen(curve))
    found = (_first_at_most(curve.times, np.asarray(part), 1 - q) for part in (curve.survival, band.lower, band.upper))
    return interval(*(np.where(somebody, part, np.nan) for part in found))


def _first_at_most(times: Array, values: Array, level: float) -> Array:
    """The time at which a step function comes down to a level, in the middle of a stretch that rests on it.

    A band need not fall throughout: it dips where few are at risk. As in R's survival, the time is that of the highest
    step at or under the level, the first of them where several are as high.
    """
    low = np.nan_to_num(values, nan=np.inf)
    under = np.where(low <= level + _TOLERANCE, low, -np.inf)
    first = under.argmax(-1)
    found = np.take_along_axis(under, first[..., None], -1)
    lower = low < found - _TOLERANCE
    resting = (np.abs(found[..., 0] - level) <= _TOLERANCE) & lower.any(-1)
    time = np.where(resting, (times[first] + times[lower.argmax(-1)]) / 2, times[first])
    return np.asarray(np.where(np.isfinite(found[..., 0]), time, np.inf))


def restricted_mean(curve: Curve, horizon: float, *, extend: bool = False, confidence: float = 0.95) -> Estimate:
    """Mean wait within a horizon: days waited before ``horizon``, those still waiting then counting ``horizon`` days.

    Parameters
    ----------
    curve : Curve
        From `kaplan_meier`.
    horizon : float
        In the units of the curve's times.
    extend : bool
        Past the last time at which anybody is at risk, carry the last value on instead of answering nan.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        Contrast two groups with `difference` and `ratio`. nan where people still wait but nobody is at risk any more
        before the horizon.

    Raises
    ------
    ValueError
        A horizon that is not above 0.

    Notes
    -----
    The area under S up to the horizon; variance ``Σ (area after tⱼ)² dⱼ/(nⱼ(nⱼ − dⱼ))``. Irwin JO (1949), *Journal of
    Hygiene* 47:188–189; Royston P, Parmar MKB (2013), *BMC Medical Research Methodology* 13:152.

    Examples
    --------
    >>> restricted_mean(kaplan_meier([0, 1, 1, 1, 1], [0, 0, 0, 0, 1]), 4)
    Estimate(value=2.8, std_error=0.5215, lower=1.778, upper=3.822)
    """
    if not horizon > 0:
        raise ValueError(f"horizon must be above 0, not {horizon}.")
    ends = np.minimum(np.append(curve.times[1:], np.inf), horizon)
    widths = np.maximum(ends - np.minimum(curve.times, horizon), 0.0)
    areas = curve.survival * widths
    total = areas.sum(-1) + min(curve.times[0], horizon)
    after = areas[..., ::-1].cumsum(-1)[..., ::-1]
    before = np.concatenate([np.zeros_like(curve.log_variance[..., :1]), curve.log_variance[..., :-1]], axis=-1)
    with np.errstate(invalid="ignore"):
        terms = np.where((after > 0) & (curve.events > 0), after**2 * (curve.log_variance - before), 0.0)
    over = np.asarray(curve.survival.min(-1) <= 0)
    known = extend | (_last_seen(curve) >= horizon) | over
    total, error = np.where(known, total, np.nan), np.sqrt(terms.sum(-1))
    return estimate(total, np.where(known, error, np.nan), confidence)
