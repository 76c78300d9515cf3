"""Which institutions stand out: a funnel of shares that allows for how much institutions vary anyway."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.funnels import Overdispersion, overdispersion, widened_limits
from equiwait.statistics.shapes import Array, events_among, floats, shown


class Funnel(NamedTuple):
    """Shares of institutions, the whole's, and the limits within which each lies by chance and by ordinary variation.

    Examples
    --------
    >>> share_funnel([30, 33, 28, 31, 60, 29, 32, 30, 34, 27], [100] * 10).position
    array([0., 0., 0., 0., 2., 0., 0., 0., 0., 0.])
    """

    value: Array
    target: Array
    lower: Array
    upper: Array
    outer_lower: Array
    outer_upper: Array
    z: Array
    position: Array
    phi: Array
    tau_squared: Array

    def __repr__(self) -> str:
        return shown(self)


def share_funnel(
    events: ArrayLike,
    n: ArrayLike,
    *,
    target: float | None = None,
    design_effect: ArrayLike = 1.0,
    trim: float = 0.1,
    confidence: float = 0.95,
    outer_confidence: float = 0.998,
) -> Funnel:
    """Funnel of shares by institution, its limits widened by how much institutions vary beyond chance.

    Parameters
    ----------
    events, n : array_like, shape (institutions,)
        People with the event and in all (over 52 weeks, by trust).
    target : float, optional
        The share to stand against; everybody's unless given.
    design_effect : array_like
        Σk²/Σk of each institution over people with k pathways each.
    trim : float
        This share of institutions at each end is drawn in before the variation is measured, so that the few who stand
        out do not hide themselves.
    confidence, outer_confidence : float
        Of the inner and the outer limits.

    Returns
    -------
    Funnel
        ``position``: −2 and 2 outside the outer limits, −1 and 1 outside the inner ones, 0 within; nan without people.
        ``z``: how far outside, in the standard errors of the limits. ``phi``, ``tau_squared``: see `overdispersion`.

    Raises
    ------
    ValueError
        Negative counts, more events than people, a target outside 0 to 1.

    Notes
    -----
    On the scale ``y = arcsin √p``, on which chance has the variance ``1/(4n)``: limits ``y₀ ± z √(1/(4n) + τ²)``, turned
    back. ``τ²`` by moments from winsorised ``z``: Spiegelhalter DJ (2005), *Quality and Safety in Health Care* 14:347–351;
    Spiegelhalter DJ et al. (2012), *Journal of the Royal Statistical Society A* 175:1–47.

    Examples
    --------
    >>> share_funnel([30, 33, 28, 31, 60], [100, 100, 100, 100, 200]).upper.round(3)
    array([0.397, 0.397, 0.397, 0.397, 0.369])
    """
    x, people = events_among(*floats(events, n))
    x, people, design = floats(x, people, design_effect)
    if x.ndim != 1 or (target is not None and not 0 <= target <= 1):
        raise ValueError("events must be one series of institutions, and target lie between 0 and 1.")
    held = people > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        share = x / people
        error = np.sqrt(design / (4 * people))
        whole = float(x.sum() / people.sum()) if target is None else target
    mark = float(np.arcsin(np.sqrt(whole))) if held.any() else np.nan
    y = np.arcsin(np.sqrt(np.where(held, share, 0.0)))
    found = Overdispersion(float("nan"), 0.0)
    if held.sum() > 1:
        found = overdispersion(y[held] - mark, error[held], trim=trim, winsorise=True)
    safe = np.where(held, error, np.nan)
    inner, outer = (widened_limits(mark, safe, found, confidence=level) for level in (confidence, outer_confidence))
    above, below = y > inner.upper, y < inner.lower
    position = (above.astype(float) + (y > outer.upper)) - (below.astype(float) + (y < outer.lower))
    with np.errstate(invalid="ignore"):
        z = (y - mark) / np.sqrt(safe**2 + found.tau_squared)
    low, high, far_low, far_high = (
        np.asarray(np.sin(np.clip(end, 0, np.pi / 2)) ** 2)
        for end in (inner.lower, inner.upper, outer.lower, outer.upper)
    )
    place = np.where(held, position, np.nan)
    spread = np.asarray(found.phi), np.asarray(found.tau_squared)
    return Funnel(share, np.asarray(whole), low, high, far_low, far_high, z, place, *spread)
