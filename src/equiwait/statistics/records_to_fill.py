"""How many unknown records settle a gap, and in which order: filled as missing-at-random expects."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equiwait.statistics.shapes import Array, shown
from equiwait.statistics.unknown_groups import Bounds, PartlyRecorded, divided, gap_bounds, gap_of


class Filling(NamedTuple):
    """Bounds of a gap once so many unknown records are filled as missing-at-random expects, part by part.

    ``order`` lists the parts, the one whose filling settles most first; ``records`` is how many
    are filled in all once that part is; ``lower`` and ``upper`` are the bounds then. ``settled_after`` is the smallest
    number of records, in that order, that leaves bounds without 0 (nan: not even all of them).

    Examples
    --------
    >>> from equiwait.statistics import partly_recorded
    >>> filling(partly_recorded([90], [250], [300], [1000], [60], [150])).settled_after
    88.0
    """

    order: Array
    records: Array
    lower: Array
    upper: Array
    settled_after: float

    def __repr__(self) -> str:
        return shown(self)


def records_to_fill(of: PartlyRecorded) -> Array:
    """The smallest number of unknown records which, filled as missing-at-random expects, leave a gap of one sign.

    Parameters
    ----------
    of : PartlyRecorded
        As `partly_recorded` returns.

    Returns
    -------
    ndarray
        0 where the bounds exclude 0 already; nan where filling all of them would not be expected to.

    Notes
    -----
    ``k u₁/(u₁ + u₀)`` records come back with the event and ``k u₀/(u₁ + u₀)`` without, and are divided
    between the groups as recorded people with the same event are; the others stay unknown, and `gap_bounds` (Horowitz
    and Manski 1998) is taken again, by bisection over ``k``.

    Examples
    --------
    >>> from equiwait.statistics import partly_recorded
    >>> records_to_fill(partly_recorded(90, 250, 300, 1000, 60, 150))
    array(88.)
    """
    low, high = np.full(of.n.shape, -1.0), of.n_unknown.astype(np.float64).copy()
    high = np.ceil(high)
    for _ in range(60):
        middle = np.floor((low + high) / 2)
        middle = np.where(high - low <= 1, high, middle)
        settled = _filled(of, middle).excludes_zero
        high, low = np.where(settled, middle, high), np.where(settled, low, np.minimum(middle, high))
        if np.all(high - low <= 1):
            break
    return np.where(_filled(of, high).excludes_zero, high, np.nan)


class Alone(NamedTuple):
    """What filling one part of a list alone settles: how many of its records, and the bounds once all are filled.

    Examples
    --------
    >>> from equiwait.statistics import partly_recorded
    >>> records_alone(partly_recorded([90], [250], [300], [1000], [60], [150])).records
    array([88.])
    """

    records: Array
    lower: Array
    upper: Array

    def __repr__(self) -> str:
        return shown(self)


def records_alone(parts: PartlyRecorded, whole: PartlyRecorded | None = None) -> Alone:
    """The smallest number of unknown records of one part alone that leaves a gap of one sign, for each part.

    Parameters
    ----------
    parts : PartlyRecorded
        One line for each part (a site, a specialty).
    whole : PartlyRecorded, optional
        The counts of all of them together; the sums of the parts unless given. Unknown people of the whole who are in no
        part stay unknown.

    Returns
    -------
    Alone
        nan where not even all records of the part would be expected to settle it.

    Raises
    ------
    ValueError
        If the counts are not one line of parts.

    Notes
    -----
    As `records_to_fill`, the records coming back as ``e_s/(e_s + e₀_s)`` of that part expects; the bounds are those of
    Horowitz and Manski (1998).

    Examples
    --------
    >>> from equiwait.statistics import partly_recorded
    >>> parts = partly_recorded([60, 40], [150, 100], [150, 150], [500, 500], [55, 5], [75, 75])
    >>> records_alone(parts).records
    array([56., 44.])
    """
    if parts.n.ndim != 1:
        raise ValueError("counts must be one line of parts.")
    everyone = _total(parts) if whole is None else whole
    none, size = np.zeros(len(parts.n)), len(parts.n)
    ends = [_filled_parts(parts, everyone, np.eye(size)[part]) for part in range(size)]
    records = [
        _within(parts, everyone, none, part) if bool(end.excludes_zero) else np.nan for part, end in enumerate(ends)
    ]
    return Alone(np.array(records), np.array([end.lower for end in ends]), np.array([end.upper for end in ends]))


def filling(parts: PartlyRecorded, whole: PartlyRecorded | None = None) -> Filling:
    """In which order to fill the unknown records of several parts of a list: the one that settles most first.

    Parameters
    ----------
    parts : PartlyRecorded
        One line for each part (a site, a specialty); the contrast is of all of them together.
    whole : PartlyRecorded, optional
        As in `records_alone`.

    Returns
    -------
    Filling
        See there.

    Raises
    ------
    ValueError
        If the counts are not one line of parts.

    Notes
    -----
    Within a part records come back as recorded people of that part would expect (of all parts where that part has
    nobody recorded). Parts are taken by ``b(part) − b``: how far filling all of one alone moves the nearer bound ``b``; a
    greedy order, as in Dantzig GB (1957), *Operations Research* 5:266–277. Not for each record: a site with two missing
    records would come first by chance.

    Examples
    --------
    >>> from equiwait.statistics import partly_recorded
    >>> parts = partly_recorded([60, 30], [150, 100], [150, 150], [500, 500], [55, 5], [75, 75])
    >>> found = filling(parts)
    >>> found.order.tolist(), found.records.tolist()
    ([1, 0], [75.0, 150.0])
    """
    if parts.n.ndim != 1:
        raise ValueError("counts must be one line of parts.")
    size = len(parts.n)
    everyone = _total(parts) if whole is None else whole
    sign = 1.0 if float(gap_of(everyone)) >= 0 else -1.0
    nearer = [_nearer(_filled_parts(parts, everyone, np.eye(size)[part]), sign) for part in range(size)]
    start = _nearer(_filled_parts(parts, everyone, np.zeros(size)), sign)
    gain = np.array(nearer) - start
    order = np.lexsort((np.arange(size), -gain))
    lower, upper = np.empty(size), np.empty(size)
    share = np.zeros(size)
    settled_after = 0.0 if bool(_filled_parts(parts, everyone, share).excludes_zero) else np.nan
    records = np.cumsum(parts.n_unknown[order])
    for place, part in enumerate(order):
        before = share.copy()
        share[part] = 1.0
        found = _filled_parts(parts, everyone, share)
        lower[place], upper[place] = found
        if np.isnan(settled_after) and bool(found.excludes_zero):
            settled_after = float(records[place] - parts.n_unknown[part]) + _within(parts, everyone, before, int(part))
    return Filling(order, records, lower, upper, settled_after)


# --- inside --------------------------------------------------------------------------------------------------------------


def _total(parts: PartlyRecorded) -> PartlyRecorded:
    return PartlyRecorded(*(np.asarray(each.sum(-1)) for each in parts))


def _filled(of: PartlyRecorded, records: Array) -> Bounds:
    """Bounds once so many unknown records are filled as missing-at-random expects."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(of.n_unknown > 0, records / of.n_unknown, 0.0)
    one = np.ones(())
    return gap_bounds(divided(of, of.events_unknown * share, of.n_unknown * share, one, one))


def _filled_parts(parts: PartlyRecorded, whole: PartlyRecorded, shares: Array) -> Bounds:
    """Bounds of all parts together once a share of each part's unknown records is filled."""
    one = np.ones(())
    known = (parts.n + parts.n_reference + parts.n_others) > 0
    like = PartlyRecorded(*(np.where(known, own, everywhere) for own, everywhere in zip(parts, whole, strict=True)))
    some, people = parts.events_unknown * shares, parts.n_unknown * shares
    there = divided(
        like._replace(events_unknown=parts.events_unknown, n_unknown=parts.n_unknown), some, people, one, one
    )
    added = [after - before for after, before in zip(there[:4], like[:4], strict=True)]
    events, n, events_reference, n_reference = (base + more.sum() for base, more in zip(whole[:4], added, strict=True))
    filled = whole._replace(events=events, n=n, events_reference=events_reference, n_reference=n_reference)
    return gap_bounds(
        filled._replace(events_unknown=whole.events_unknown - some.sum(), n_unknown=whole.n_unknown - people.sum())
    )


def _nearer(found: Bounds, sign: float) -> float:
    """The end of the bounds that has to cross 0, so that higher is better."""
    return float(found.lower) if sign > 0 else -float(found.upper)


def _within(parts: PartlyRecorded, whole: PartlyRecorded, before: Array, part: int) -> float:
    """How many records of the last part are needed, the parts before it being filled."""
    low, high = 0, int(np.ceil(parts.n_unknown[part]))
    if bool(_filled_parts(parts, whole, before).excludes_zero):
        return 0.0
    while high - low > 1:
        middle = (low + high) // 2
        share = before.copy()
        share[part] = middle / parts.n_unknown[part]
        low, high = (low, middle) if bool(_filled_parts(parts, whole, share).excludes_zero) else (middle, high)
    return float(high)
