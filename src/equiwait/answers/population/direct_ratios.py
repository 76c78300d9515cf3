"""Directly standardised ratios: each group's rate, had it everybody's ages and sexes, over everybody's rate."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equiwait.answers.grouped_people import Flags, Floats
from equiwait.disclosure import Rule
from equiwait.errors import OptionError, choose
from equiwait.statistics import Interval, direct_rate

DIRECT = "direct"
WAYS = ("indirect", DIRECT)
_FEWEST = 10  # people on the list, under which no direct rate is given (Fingertips)


def checked_way(given: str, rule: Rule) -> str:
    """Return how ratios are standardised, or say which ways there are and when.

    Raises
    ------
    OptionError
        If there is no such way; if direct standardisation is asked of counts that small numbers are hidden in.
    """
    way = choose("standardise", given, WAYS)
    if way == DIRECT and not rule.exact:
        raise OptionError(
            "Direct standardisation counts each group by age and sex, and most of these counts are small.",
            f"standardise={DIRECT!r} with a rule that hides small numbers.",
            'Use suppression="none" for an answer that stays in the team, or standardise="indirect".',
        )
    return way


class DirectRatios(NamedTuple):
    """Ratios to everybody's rate, and for each group why it has none."""

    ratio: Interval
    why_not: NDArray[Any]


def direct_ratios(events: Floats, residents: Floats, confidence: float = 0.95) -> DirectRatios:
    """Return each group's directly standardised rate over everybody's rate.

    Parameters
    ----------
    events, residents : ndarray, shape (groups, strata)
        People on the list, and people who live there.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    DirectRatios
        nan where a group has fewer than ten people on the list, or where nobody of it lives in a stratum in which others do.

    Notes
    -----
    The standard is the population of all groups together, whose own rate is taken as fixed:
    `equiwait.statistics.direct_rate` (Dobson 1991, Byar's limits) over ``Σ events / Σ residents``. All groups stand on one
    standard, so that two groups' ratios can be compared.

    Examples
    --------
    >>> found = direct_ratios(np.array([[10.0, 30], [40, 20]]), np.array([[1000.0, 500], [1000, 500]]))
    >>> found.ratio.value.round(3)
    array([0.8, 1.2])
    """
    standard = residents.sum(0)
    live = standard > 0
    here = residents[:, live] > 0
    # People recorded in a stratum where nobody of their group lives have no rate; their group has none either.
    counted = np.where(here, events[:, live], 0.0)
    everybody = counted.sum() / standard.sum() if standard.sum() and counted.sum() else np.nan
    own = direct_rate(counted, residents[:, live], standard[live], minimum=_FEWEST, confidence=confidence)
    ratio = Interval(*(np.where(here.all(1), end, np.nan) / everybody for end in own))
    return DirectRatios(ratio, _reasons(np.asarray(here.all(1)), counted.sum(1)))


def _reasons(everywhere: Flags, people: Floats) -> NDArray[Any]:
    few = f"no direct rate: fewer than {_FEWEST} people"
    gap = "no direct rate: nobody of the group lives here in some ages"
    return np.where(~everywhere, gap, np.where(people < _FEWEST, few, "")).astype(object)
