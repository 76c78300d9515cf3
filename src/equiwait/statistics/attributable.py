"""What would change, did every group have the share of the reference."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Array, estimate, events_among, floats, shown


class Attributable(NamedTuple):
    """What the share of everybody would change by at the reference's share: in points, and as a part of it.

    Examples
    --------
    >>> population_attributable([30, 60], [200, 200], 0).fraction.round(4)
    np.float64(-0.3333)
    """

    risk: Array
    risk_std_error: Array
    risk_lower: Array
    risk_upper: Array
    fraction: Array
    fraction_std_error: Array
    fraction_lower: Array
    fraction_upper: Array

    def __repr__(self) -> str:
        return shown(self)


def population_attributable(
    events: ArrayLike, n: ArrayLike, reference: int, *, confidence: float = 0.95
) -> Attributable:
    """What the share of everybody would change by, did every group have the share of the reference.

    Parameters
    ----------
    events, n : array_like, shape (groups,)
        People with the event and people in all, by group.
    reference : int
        The place of the reference group, from 0.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Attributable
        ``risk`` is the reference's share less everybody's, negative where fewer would have the event; ``fraction`` is
        that over everybody's share. nan where the reference, or everybody, is without events.

    Raises
    ------
    ValueError
        Negative counts, more events than people, a reference that is not there.

    Notes
    -----
    ``p₀ − p`` and ``f = p₀/p − 1``; the error of ``f`` is ``(1 + f) √((d − f (b + u))/(N c))`` with ``c`` and ``u``
    people of the reference with and without the event, ``b`` and ``d`` of the others. Walter SD (1978), *International
    Journal of Epidemiology* 7:175–182.

    Examples
    --------
    >>> population_attributable([30, 60], [200, 200], 0)
    Attributable(risk=-0.075, risk_std_error=0.02016, risk_lower=-0.1145, ...)
    """
    x, people = events_among(*floats(events, n))
    if x.ndim != 1 or not 0 <= reference < x.size:
        raise ValueError("reference must be the place of a group in one series of groups, from 0.")
    everyone, c, size = people.sum(), x[reference], people[reference]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = x.sum() / everyone
        fraction = c / size / share - 1
        healthy, sick = everyone - size - x.sum() + c, x.sum() - c
        spread = healthy - fraction * (sick + size - c)
        error = np.sqrt(np.maximum((1 + fraction) ** 2 * spread / (everyone * c), 0))
    risk = estimate(fraction * share, error * share, confidence)
    return Attributable(*risk, *estimate(fraction, error, confidence))
