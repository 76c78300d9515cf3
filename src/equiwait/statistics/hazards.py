"""The cumulative hazard of leaving the list."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Estimate, floats, normal_point, unwrapped
from equiwait.statistics.survival import Curve, step


def nelson_aalen(curve: Curve, t: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Cumulative hazard up to ``t``, by Nelson and Aalen.

    Parameters
    ----------
    curve : Curve
        From `kaplan_meier`.
    t : array_like
        Times.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Estimate
        The leading axes of the curve followed by those of ``t``; the interval is symmetric on the log scale.

    Notes
    -----
    ``Σ dⱼ/nⱼ`` with variance ``Σ dⱼ/nⱼ²``. Nelson W (1969), *Journal of Quality Technology* 1:27–52; Aalen O (1978),
    *Annals of Statistics* 6:701–726.

    Examples
    --------
    >>> from equiwait.statistics import kaplan_meier
    >>> nelson_aalen(kaplan_meier([0, 1, 1, 0], [0, 0, 1, 1]), 2).value.round(4)
    np.float64(0.5833)
    """
    moments = np.asarray(t, dtype=float)
    hazard, variance = (step(curve.times, part, moments, 0.0) for part in (curve.hazard, curve.hazard_variance))
    hazard, error = floats(hazard, np.sqrt(variance))
    factor = np.exp(normal_point(confidence) * np.divide(error, hazard, out=np.zeros_like(hazard), where=hazard > 0))
    return Estimate(*unwrapped(hazard, error, hazard / factor, hazard * factor))
