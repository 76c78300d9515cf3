"""A part against the whole that it belongs to, from counts as they may be shown."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equiwait.disclosure.rules import Rule
from equiwait.statistics import Interval, adjusted_p, koopman, newcombe

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def ratio_to_whole(
    events: ArrayLike, n: ArrayLike, events_rest: ArrayLike, n_rest: ArrayLike, *, confidence: float = 0.95
) -> Interval:
    """Share of a part over the share of the whole that it belongs to.

    Parameters
    ----------
    events, n, events_rest, n_rest : array_like
        People with the event and people in all, in the part and in everyone else.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        nan where the part or the rest is empty: a whole is not compared with itself.

    Notes
    -----
    The part is in the whole, so the two shares are not independent. With ``f`` the part's share of the people and ``r``
    the ratio of its share to the rest's, the ratio to the whole is ``1 / (f + (1 − f)/r)``, which rises with ``r``: the
    ends of the interval of ``r`` (`equiwait.statistics.koopman`, 1984) carry over.

    Examples
    --------
    >>> ratio_to_whole(30, 100, 70, 900)
    Interval(value=3, lower=2.261, upper=3.809)
    """
    part, rest = (np.asarray(each, np.float64) for each in (n, n_rest))
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = part / (part + rest)
        against = koopman(events, n, events_rest, n_rest, confidence=confidence)
        return Interval(*(1 / (fraction + (1 - fraction) / end) for end in against))


def difference_to_whole(
    events: ArrayLike, n: ArrayLike, events_rest: ArrayLike, n_rest: ArrayLike, *, confidence: float = 0.95
) -> Interval:
    """Share of a part minus the share of the whole that it belongs to.

    Parameters
    ----------
    events, n, events_rest, n_rest : array_like
        As in `ratio_to_whole`.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        nan where the part or the rest is empty.

    Notes
    -----
    ``1 − f`` times the difference to everyone else, with Newcombe's interval (1998), ``f`` being the part's share of the
    people.

    Examples
    --------
    >>> difference_to_whole(30, 100, 70, 900)
    Interval(value=0.2, lower=0.125, upper=0.2874)
    """
    part, rest = (np.asarray(each, np.float64) for each in (n, n_rest))
    with np.errstate(divide="ignore", invalid="ignore"):
        outside = rest / (part + rest)
    return Interval(*(outside * end for end in newcombe(events, n, events_rest, n_rest, confidence=confidence)))


class Shown(NamedTuple):
    """Events and people as they may be shown, and where a row is hidden."""

    events: Floats
    n: Floats
    hidden: Flags


def shown(rule: Rule, events: ArrayLike, n: ArrayLike) -> Shown:
    """Return counts rounded, small ones hidden, and never more events than people."""
    some, all_people = rule.release(events), rule.release(n)
    return Shown(np.minimum(some.counts, all_people.counts), all_people.counts, some.hidden | all_people.hidden)


def rest_of(part: ArrayLike, total: float) -> Floats:
    """Return what is left of a total; rounding must not leave less than nobody."""
    return np.maximum(total - np.asarray(part, np.float64), 0.0)


def blank(interval: Interval, where: Flags) -> Interval:
    """Return an interval without the rows that may not be shown, nor ends that the data leave open."""
    return Interval(*(np.where(where | ~np.isfinite(end), np.nan, end) for end in interval))


def withheld(gap: ArrayLike, error: Any) -> Flags:
    """Return where a gap is so small that its own rounding could halve it."""
    return np.asarray((np.asarray(error) > 0) & (np.asarray(error) >= np.abs(gap) / 2))


class PValues(NamedTuple):
    """p-values of the rows that may be shown: each by itself, and adjusted for how many groups were looked at."""

    p: Floats
    adjusted: Floats


def p_values(p: ArrayLike, known: Flags, silent: Flags) -> PValues:
    """Return p-values without the rows that may not be shown, adjusted among the known groups in one step (Šidák).

    A row that is hidden or withheld was looked at all the same: it stays in the family, or those that happen to be shown
    would look surer than they are.
    """
    found = np.asarray(p, np.float64)
    family = np.where(np.isnan(found) & silent, 1.0, found)
    family = np.where(known, family, np.nan)
    # Two groups against each other are one comparison.
    looks = int(np.count_nonzero(~np.isnan(family)))
    adjusted = adjusted_p(family, method="sidak", contrasts=1 if looks <= 2 else looks)
    return PValues(np.where(silent, np.nan, found), np.where(silent, np.nan, adjusted))


def readable(expected: ArrayLike) -> Floats:
    """Return expected counts as they are read: whole from 100 on, else to one decimal.

    Examples
    --------
    >>> readable([1234.56, 12.345])
    array([1235. ,   12.3])
    """
    values = np.asarray(expected, np.float64)
    return np.where(values >= 100, np.round(values), np.round(values, 1))
