"""How many more people than elsewhere have an event just before a target: bunching, from shares on both sides of it."""

from __future__ import annotations

import numpy as np

from equiwait.statistics.differences import mover_difference
from equiwait.statistics.shapes import Interval, interval

__all__ = ["bunching_excess", "bunching_expected"]


def bunching_expected(far: Interval) -> Interval:
    """Share before a target, of events close to it, that events further off on both sides make one expect.

    Parameters
    ----------
    far : Interval
        Of events between one and two windows from the target, the share before it.

    Returns
    -------
    Interval
        Of events within one window of the target, the share before it if nothing piles up; of the same confidence.

    Notes
    -----
    ``logit p = logit q / 3``: the window at the target is left out, and what would be in it is interpolated from both sides, as in
    bunching estimators: Chetty R et al. (2011), *Quarterly Journal of Economics* 126:749–804; Kleven HJ (2016), *Annual Review of
    Economics* 8:435–464. The middles of the further windows lie three times as far apart as those of the near ones, so it
    is exact where the logarithm of the number of events in a window is a straight line or a parabola in time, whatever its
    slope. Events that are brought forward from further off than one window make the share expected too large, and a pile-up look smaller.

    Examples
    --------
    >>> bunching_expected(Interval(0.6, 0.55, 0.65))
    Interval(value=0.5337, lower=0.5167, upper=0.5514)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = (np.cbrt(np.divide(np.asarray(end, float), 1 - np.asarray(end, float))) for end in far)
        return interval(*(1 - 1 / (1 + each) for each in odds))


def bunching_excess(near: Interval, far: Interval) -> Interval:
    """Return by how much the share before a target is larger than events further off make one expect.

    Parameters
    ----------
    near : Interval
        Of events within one window of the target, the share before it.
    far : Interval
        Of events between one and two windows from it, the share before it; of other people, and of the same confidence.

    Returns
    -------
    Interval
        The excess, above 0 where events pile up just before the target.

    Notes
    -----
    ``p − expit(logit(q) / 3)``, `mover_difference` of the share and of what `bunching_expected` says: Zou GY, Donner A
    (2008), *Statistics in Medicine* 27:1693–1702; Kleven HJ (2016), *Annual Review of Economics* 8:435–464.

    Examples
    --------
    >>> bunching_excess(Interval(0.75, 0.70, 0.79), Interval(0.6, 0.55, 0.65))
    Interval(value=0.2163, lower=0.1632, upper=0.2597)
    """
    return mover_difference(near, bunching_expected(far))
