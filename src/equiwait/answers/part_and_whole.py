"""A part against the whole that it belongs to, from counts as they may be shown."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equiwait.statistics import Interval, effective_counts, family_confidence, koopman, share_contrast, wilson

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Sides(NamedTuple):
    """Events and pathways of each group and of those it stands against, and what widens each.

    ``wide`` is how far repeated people do, ``rounding`` the variance of one rounded count; 0 where counts are exact.
    """

    events: Floats
    n: Floats
    events_rest: Floats
    n_rest: Floats
    wide: Floats
    wide_rest: Floats
    rounding: Floats | float = 0.0
    rounding_rest: Floats | float = 0.0

    @property
    def effective(self) -> tuple[Floats, ...]:
        """Both sides as the fewer people whose information they carry."""
        own = effective_counts(self.events, self.n, design_effect=self.wide, rounding=self.rounding)
        rest = effective_counts(
            self.events_rest, self.n_rest, design_effect=self.wide_rest, rounding=self.rounding_rest
        )
        return *own, *rest

    def shares(self, confidence: float) -> Interval:
        """Return each group's share with Wilson's interval (1927); repeated people widen it and never move the share."""
        around = wilson(*self.effective[:2], confidence=confidence)
        with np.errstate(divide="ignore", invalid="ignore"):
            return around._replace(value=self.events / self.n)

    @property
    def turned(self) -> Sides:
        """Return the same with the two sides in each other's place."""
        return Sides(
            self.events_rest, self.n_rest, self.events, self.n, self.wide_rest, self.wide, self.rounding_rest, self.rounding
        )  # fmt: skip

    @property
    def fraction(self) -> Floats:
        """The group's part of both sides."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.n / (self.n + self.n_rest))


class Against(NamedTuple):
    """Each group against those it is compared with: difference, ratio and test of one family."""

    difference: Interval
    ratio: Interval
    p: Floats
    adjusted: Floats

    def without(self, where: Flags) -> Against:
        """Leave out the rows that may not be shown."""
        p, adjusted = (np.where(where, np.nan, each) for each in (self.p, self.adjusted))
        return Against(blank(self.difference, where), blank(self.ratio, where), p, adjusted)

    def to_whole(self, fraction: Floats) -> Against:
        """Carry the comparison with everyone else over to the whole that both belong to.

        The part is in the whole, so the two shares are not independent. With ``f`` the part's share of the people, the
        difference to the whole is ``1 − f`` times that to everyone else, and the ratio ``1 / (f + (1 − f)/r)``, which rises
        with ``r``: the ends of both intervals carry over, and so does the test.

        Examples
        --------
        >>> sides = Sides(*map(np.array, ([30.0], [100.0], [70.0], [900.0], [1.0], [1.0])))
        >>> whole = against(sides, np.array([True])).to_whole(sides.fraction)
        >>> whole.difference.value.round(3), whole.ratio.value.round(3), whole.ratio.lower.round(3)
        (array([0.2]), array([3.]), array([2.261]))
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = Interval(*((1 - fraction) * end for end in self.difference))
            times = Interval(*(1 / (fraction + (1 - fraction) / end) for end in self.ratio))
        return self._replace(difference=gap, ratio=times)


def against(sides: Sides, known: Flags, confidence: float = 0.95) -> Against:
    """Each group against its other side, by one method for interval and test.

    Parameters
    ----------
    sides : Sides
        nan where a count is hidden.
    known : ndarray of bool
        Which groups are recorded: they are one family, hidden ones counted, or those that happen to be shown would look surer
        than they are. Each other group is a test of its own.
    confidence : float
        Two-sided coverage of the family.

    Returns
    -------
    Against
        nan where a side is empty or hidden.

    Notes
    -----
    `equiwait.statistics.share_contrast` (Newcombe 1998; Fisher's mid-p has to agree where few are expected; Šidák 1967)
    and `equiwait.statistics.koopman` (1984) at the confidence of the family; a ratio's interval holds 1 wherever the test
    does not reject.
    """
    counts = np.array(sides.effective)
    there = ~np.isnan(counts).any(0) & (counts[1] > 0) & (counts[3] > 0)
    found = np.full((8, len(known)), np.nan)
    for rows, contrasts in ((known & there, looks_at(known)), (~known & there, 1)):
        if rows.any():
            found[:, rows] = _family(tuple(counts[:, rows]), contrasts, confidence)
    return Against(Interval(*found[:3]), Interval(*found[3:6]), found[6], found[7])


def _family(tables: tuple[Floats, ...], contrasts: int, confidence: float) -> list[Floats]:
    gap = share_contrast(*tables, contrasts=contrasts, confidence=confidence)
    times = koopman(*tables, confidence=family_confidence(confidence, contrasts))
    open_to_chance = gap.p_adjusted >= 1 - confidence
    low, high = (
        np.where(open_to_chance, at(end, 1.0), end)
        for at, end in ((np.minimum, times.lower), (np.maximum, times.upper))
    )
    return [
        gap.value, gap.family_lower, gap.family_upper, np.asarray(times.value), low, high, gap.p_value, gap.p_adjusted
    ]  # fmt: skip


def looks_at(known: Flags) -> int:
    """Return how many comparisons a question makes: two groups, each against the other, are one.

    Examples
    --------
    >>> looks_at(np.array([True, True, False])), looks_at(np.array([True] * 5))
    (1, 5)
    """
    groups = int(np.count_nonzero(known))
    return 1 if groups <= 2 else groups


def over_gaps(count: int) -> str:
    """Return how many gaps an interval holds for at once.

    Examples
    --------
    >>> over_gaps(1), over_gaps(4)
    ('', '; together over 4 gaps (Šidák)')
    """
    return f"; together over {count} gaps (Šidák)" if count > 1 else ""


def rest_of(part: ArrayLike, total: float) -> Floats:
    """Return what is left of a total; rounding must not leave less than nobody."""
    return np.maximum(total - np.asarray(part, np.float64), 0.0)


def blank(interval: Interval, where: Flags) -> Interval:
    """Return an interval without the rows that may not be shown, nor ends that the data leave open."""
    return Interval(*(np.where(where | ~np.isfinite(end), np.nan, end) for end in interval))


def readable(expected: ArrayLike) -> Floats:
    """Return expected counts as they are read: whole from 100 on, else to one decimal.

    Examples
    --------
    >>> readable([1234.56, 12.345])
    array([1235. ,   12.3])
    """
    values = np.asarray(expected, np.float64)
    return np.where(values >= 100, np.round(values), np.round(values, 1))
