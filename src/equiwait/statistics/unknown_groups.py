"""What people whose group is not recorded could change: bounds, tipping points, and how many records settle it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Array, events_among, floats, shown

_MOST = np.log(1e9)  # beyond such odds a membership is as good as certain


class Bounds(NamedTuple):
    """The lowest and the highest value that the unknown memberships leave possible.

    Examples
    --------
    >>> Bounds(-0.07, 0.21)
    Bounds(lower=-0.07, upper=0.21)
    """

    lower: Array
    upper: Array

    def __repr__(self) -> str:
        return shown(self)

    @property
    def excludes_zero(self) -> Array:
        """Where no membership of the unknown gives a gap of 0 or of the other sign."""
        return np.asarray((self.lower > 0) | (self.upper < 0))


class PartlyRecorded(NamedTuple):
    """Two groups whose shares are compared, the people whose group is not recorded, and everybody else.

    ``events`` of ``n`` people have the event: in the group, in its reference, among the unknown, and in the recorded
    groups that are neither (0 where the reference is everyone else).

    Examples
    --------
    >>> partly_recorded(90, 250, 300, 1000, 60, 150)._fields[:3]
    ('events', 'n', 'events_reference')
    """

    events: Array
    n: Array
    events_reference: Array
    n_reference: Array
    events_unknown: Array
    n_unknown: Array
    events_others: Array
    n_others: Array


def partly_recorded(
    events: ArrayLike,
    n: ArrayLike,
    events_reference: ArrayLike,
    n_reference: ArrayLike,
    events_unknown: ArrayLike,
    n_unknown: ArrayLike,
    events_others: ArrayLike = 0,
    n_others: ArrayLike = 0,
) -> PartlyRecorded:
    """Return the counts of a contrast, checked and broadcast together.

    Parameters
    ----------
    events, n, events_reference, n_reference, events_unknown, n_unknown : array_like
        People with the event and people in all, in the group, its reference, and those whose group is not recorded.
    events_others, n_others : array_like
        The same of recorded people who are in neither.

    Returns
    -------
    PartlyRecorded
        Arrays of one shape.

    Raises
    ------
    ValueError
        Negative counts, or more events than people.

    Notes
    -----
    The counts ``e, n; e₀, n₀; u₁, u₁ + u₀`` of Horowitz JL, Manski CF (1998), *Journal of Econometrics* 84:37–58.

    Examples
    --------
    >>> partly_recorded(90, 250, 300, 1000, 60, 150).n_unknown
    array(150.)
    """
    pairs = [
        events_among(*floats(some, everyone))
        for some, everyone in (
            (events, n),
            (events_reference, n_reference),
            (events_unknown, n_unknown),
            (events_others, n_others),
        )
    ]
    return PartlyRecorded(*np.broadcast_arrays(*(each for pair in pairs for each in pair)))


def gap_bounds(of: PartlyRecorded) -> Bounds:
    """Sharp bounds of the difference between two shares, whoever the unknown are.

    Parameters
    ----------
    of : PartlyRecorded
        As `partly_recorded` returns.

    Returns
    -------
    Bounds
        nan where the group or its reference has nobody recorded.

    Notes
    -----
    An unknown person with the event raises the share of the group that they belong to, one without lowers it. So the
    highest gap has all unknown events in the group and all others in the reference:
    ``(e + u₁)/(n + u₁) − e₀/(n₀ + u₀)``; the lowest is the reverse. No assumption is made. Horowitz JL, Manski CF (1998),
    *Journal of Econometrics* 84:37–58.

    Examples
    --------
    >>> gap_bounds(partly_recorded(90, 250, 300, 1000, 60, 150))
    Bounds(lower=-0.07492, upper=0.2086)
    """
    with_event, without = of.events_unknown, of.n_unknown - of.events_unknown
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = of.events / (of.n + without) - (of.events_reference + with_event) / (of.n_reference + with_event)
        upper = (of.events + with_event) / (of.n + with_event) - of.events_reference / (of.n_reference + without)
    empty = (of.n == 0) | (of.n_reference == 0)
    return Bounds(*(np.where(empty, np.nan, end)[()] for end in (lower, upper)))


def gap_if(of: PartlyRecorded, odds: ArrayLike, odds_without: ArrayLike | None = None) -> Array:
    """Difference between two shares, were the unknown so much more often in the group than in its reference.

    Parameters
    ----------
    of : PartlyRecorded
        As `partly_recorded` returns.
    odds : array_like
        By how much the odds of being in the group rather than in its reference are multiplied, among unknown people
        with the event. 1: as often as recorded people with the event.
    odds_without : array_like, optional
        The same among those without it; ``1/odds`` unless given, so that above 1 the gap is larger than recorded.

    Returns
    -------
    ndarray
        The expected gap; nan where nobody is recorded.

    Raises
    ------
    ValueError
        Odds that are not above 0.

    Notes
    -----
    ``π = e √ψ/(e √ψ + e₀/√ψ + e₂)`` of the unknown with the event join the group, ``e₀/√ψ`` in the numerator its
    reference; with ``1/ψ`` among the others. Odds ``ψ`` of 1 are *missing at random given the
    event*; as they go to 0 and ∞ the gap goes to the ends of `gap_bounds`. A pattern-mixture analysis with one number
    that nobody can know: Carpenter JR, Kenward MG (2013), *Multiple Imputation and its Application*, ch. 10. Nobody's
    group is filled in: the people are divided as numbers.

    Examples
    --------
    >>> gap_if(partly_recorded(90, 250, 300, 1000, 60, 150), [0.25, 1, 4]).round(4)
    array([-0.0057,  0.0609,  0.1325])
    """
    factor = np.asarray(odds, np.float64)
    if not (np.all(factor > 0) and np.all(np.asarray(1.0 if odds_without is None else odds_without) > 0)):
        raise ValueError("odds must be above 0.")
    other = 1 / factor if odds_without is None else np.asarray(odds_without, np.float64)
    joined = divided(of, of.events_unknown, of.n_unknown, factor, other)
    return gap_of(joined)


def tipping_odds(of: PartlyRecorded) -> Array:
    """How many times more often the unknown would have to be in one group than recorded people are, for no gap at all.

    Parameters
    ----------
    of : PartlyRecorded
        As `partly_recorded` returns.

    Returns
    -------
    ndarray
        Odds of 1 or more: in the direction that closes the gap. nan where nothing closes it (the bounds exclude 0), inf
        where it closes only in the limit.

    Notes
    -----
    The root ``ψ`` of ``gap(ψ) = 0`` by bisection (`gap_if`), or its inverse. Yan X, Lee S, Li N (2009), *Journal of Biopharmaceutical
    Statistics* 19:1085–1098.

    Examples
    --------
    >>> round(float(tipping_odds(partly_recorded(90, 250, 300, 1000, 60, 150))), 2)
    3.5
    """
    low, high = np.full(of.n.shape, -_MOST), np.full(of.n.shape, _MOST)
    reached = (gap_if(of, np.exp(low)) <= 0) & (gap_if(of, np.exp(high)) >= 0)
    for _ in range(100):
        middle = (low + high) / 2
        if ((middle == low) | (middle == high)).all():
            break  # halved as far as numbers go
        above = gap_if(of, np.exp(middle)) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    settled = gap_bounds(of).excludes_zero | np.isnan(gap_bounds(of).lower)
    return np.asarray(np.where(settled, np.nan, np.where(reached, np.exp(np.abs((low + high) / 2)), np.inf))[()])


# --- inside -----------------------------------------------------------------------------------------------------------


def gap_of(of: PartlyRecorded) -> Array:
    """Return the difference between the two recorded shares."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(of.events / of.n - of.events_reference / of.n_reference)


def _memberships(group: Array, reference: Array, others: Array, factor: Array) -> tuple[Array, Array]:
    """Shares of unknown people expected in the group and in its reference, from recorded people and odds."""
    half = np.sqrt(factor)
    own, theirs = group * half, reference / half
    total = own + theirs + others
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, own / total, 0.0), np.where(total > 0, theirs / total, 0.0)


def divided(of: PartlyRecorded, some: Array, people: Array, factor: Array, other: Array) -> PartlyRecorded:
    """The contrast once so many of the unknown are divided between the groups; the rest stay unknown."""
    with_own, with_theirs = _memberships(of.events, of.events_reference, of.events_others, factor)
    own, theirs = _memberships(
        of.n - of.events, of.n_reference - of.events_reference, of.n_others - of.events_others, other
    )
    without = people - some
    events, events_reference = of.events + some * with_own, of.events_reference + some * with_theirs
    return PartlyRecorded(
        events,
        of.n + some * with_own + without * own,
        events_reference,
        of.n_reference + some * with_theirs + without * theirs,
        of.events_unknown - some,
        of.n_unknown - people,
        of.events_others,
        of.n_others,
    )
