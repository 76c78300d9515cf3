"""List work: the capped order, which keeps what a policy promises about places.

The rule (docs/explanation/order.md, *The capped order*): the latest place of a person is the base place and the most
places that may be lost, of a protected person the base place; nobody from behind a protected person goes before them;
where gains are capped, the earliest place is the base place less the most that may be gained. At each place goes whoever
must go there by now; else the first in the equity order among those who may. So no place is wasted: of all orders that
keep the promises it is the first, compared place by place in the equity order.

It can always be carried out: of people who are not protected no two share a latest place, a protected person who is not
placed by theirs would mean that somebody behind has gone before, and the first person not yet placed in the base order
may always go.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from equiwait.rows.scoring.ranking import arranged, starts_of

__all__ = ["HELD", "PROTECTED", "Guard", "Kept", "kept_places"]

HELD = ("protect", "protect_ahead", "max_places_moved_down", "max_gain", "others_held")
"""Which guard has the last word on a place: the person is one whom equity never moves down; stands behind one; has
reached the most places that may be lost, or that may be gained; or stands later because somebody else is held."""

FREE, PROTECTED, BEHIND, CAPPED, GAIN, MADE_WAY = range(len(HELD) + 1)


class Guard(NamedTuple):
    """What holds equity back: the most places lost, the most gained, and the rows that it never moves down."""

    most: int | None
    protected: np.ndarray
    gain: int | None = None

    @property
    def idle(self) -> bool:
        """Whether it holds nobody."""
        return self.most is None and self.gain is None and not self.protected.any()

    def of(self, rows: np.ndarray | slice) -> Guard:
        """Return the guard of some rows."""
        return self._replace(protected=self.protected[rows])


class Kept(NamedTuple):
    """The place of each row, its base place, and which guard held it: 0 for none, else counted from 1 in `HELD`."""

    place: np.ndarray
    base: np.ndarray
    held: np.ndarray


def kept_places(group: np.ndarray, base: np.ndarray, equity: np.ndarray, guard: Guard) -> Kept:
    """Return the places that the equity order gives where it keeps the promises, and the capped order where not.

    Parameters
    ----------
    group : ndarray of int
        Group of each row.
    base, equity : ndarray of int
        Number of each row in the order without the social lines and in the one with them, the group first: smaller goes
        first.
    guard : Guard
        What may not happen to anyone.

    Notes
    -----
    Rows that agree in both orders share the first place of theirs, so that nothing depends on the order of the file. A
    group is walked only between points where both orders have placed the same people, and only where the equity order
    breaks a promise in between; nothing on one side of such a point could change the other.

    Examples
    --------
    >>> base = np.arange(200)  # two hundred people, of whom the last has a need
    >>> equity = np.where(base == 199, 0, base + 1)
    >>> kept = kept_places(np.zeros(200, int), base, equity, Guard(10, np.zeros(200, bool)))
    >>> kept.place[[199, 0, 198]].tolist()
    [1, 2, 200]
    """
    first = starts_of(group)
    ahead = first - 1
    before, after = base - ahead, equity - ahead
    held = np.zeros(len(group), np.int8)
    if guard.idle:
        return Kept(after, before, held)
    rows = _in_turn(base, equity, guard.protected)  # in the base order, and whoever is tied there in the equity order
    seat = _in_turn(_in_turn(equity, base, guard.protected))
    wish, protected = seat[rows], guard.protected[rows]
    place = wish.copy()
    if guard.most is None and guard.gain is None:
        if _passed(wish, protected).any():
            place = _behind_none(wish, protected)
            held[rows] = _reasons(wish, place, guard, protected)
    else:
        for stretch in _broken(wish, guard, protected):
            kept, why = _walked((wish[stretch] - stretch.start).tolist(), guard, protected[stretch])
            place[stretch] = np.array(kept) + stretch.start
            held[rows[stretch]] = why
    found = after.copy()
    moved = np.flatnonzero(place != wish)
    if len(moved):
        found[rows] = place - first[rows] + 1
        found = _shared(found, rows, base, equity, guard.protected)
    return Kept(found, before, held)


def _in_turn(number: np.ndarray, *ties: np.ndarray) -> np.ndarray:
    """Return the rows in the order of their numbers: where no two share one, each number says where its row goes."""
    here = np.arange(len(number))
    rows = np.full(len(number), -1)
    rows[np.minimum(number, len(number) - 1)] = here
    return rows if (rows >= 0).all() else arranged(number, *ties)


def _shared(place: np.ndarray, rows: np.ndarray, *same: np.ndarray) -> np.ndarray:
    """Give rows that agree in everything the first of their places."""
    alike = np.zeros(len(rows), bool)
    alike[1:] = np.logical_and.reduce([mine[1:] == mine[:-1] for mine in (each[rows] for each in same)])
    if not alike.any():
        return place
    first = np.flatnonzero(~alike)
    found = np.empty_like(place)
    found[rows] = np.repeat(np.minimum.reduceat(place[rows], first), np.diff(first, append=len(rows)))
    return found


def _behind_none(wish: np.ndarray, protected: np.ndarray) -> np.ndarray:
    """Return the seats where protected people are the only guard: nobody from behind one of them goes before.

    Each goes in the turn of the first protected person, from the own base place on, whom the equity order does not put
    ahead; in one turn people go in the equity order.
    """
    last = np.append(wish[protected], len(wish))  # the last to go in each turn; after all turns, everybody else
    turn = np.cumsum(protected) - protected
    later = np.flatnonzero(last[turn] < wish)
    turn[later] = _first_from(last, turn[later], wish[later])
    place = np.empty_like(wish)
    place[arranged(turn, wish)] = np.arange(len(wish))
    return place


def _first_from(values: np.ndarray, start: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Return the first place from each start on with a value of at least so much; the last value is more than any asked.

    The highest values of stretches of 1, 2, 4 … places say how far nothing is high enough: the longest step is tried first.
    """
    highest = [values]
    while (step := 1 << (len(highest) - 1)) < len(values):
        longer = highest[-1].copy()
        np.maximum(longer[:-step], longer[step:], out=longer[:-step])
        highest.append(longer)
    at = start.copy()
    for level in reversed(range(len(highest))):
        at += (highest[level][at] < least).astype(at.dtype) << level
    return at


def _broken(wish: np.ndarray, guard: Guard, protected: np.ndarray) -> Iterator[slice]:
    """Yield the stretches of the base order in which the equity order breaks a promise.

    A stretch ends wherever the same people have gone in both orders. ``wish`` is the seat in the equity order, counted
    over all groups.
    """
    here = np.arange(len(wish))
    breaks = np.zeros(len(wish), bool)
    if guard.most is not None:
        breaks |= wish - here > guard.most
    if guard.gain is not None:
        breaks |= here - wish > guard.gain
    if protected.any():
        breaks |= _passed(wish, protected)
    if breaks.any():
        ends = np.flatnonzero(np.maximum.accumulate(wish) == here) + 1
        first = np.concatenate([[0], ends[:-1]])
        for number in np.flatnonzero(np.add.reduceat(breaks, first)):
            yield slice(int(first[number]), int(ends[number]))


def _passed(wish: np.ndarray, protected: np.ndarray) -> np.ndarray:
    """Return which protected people the equity order has somebody from behind pass."""
    behind = np.append(np.minimum.accumulate(wish[::-1])[::-1][1:], len(wish))
    return np.asarray(protected & (behind < wish))


def _walked(wish: list[int], guard: Guard, protected: np.ndarray) -> tuple[list[int], np.ndarray]:
    """Return the seat of each person of a stretch, who stand in their base order, and which guard held each.

    Parameters
    ----------
    wish : list of int
        Seat of each in the equity order.
    """
    size = len(wish)
    if guard.most == 0 or protected.all():
        order = list(range(size))
    elif guard.gain is None and not protected.any():
        order = _capped(wish, size if guard.most is None else guard.most)
    else:
        order = _guarded(wish, guard, np.flatnonzero(protected).tolist())
    place = [0] * size
    for seat, person in enumerate(order):
        place[person] = seat
    return place, _reasons(np.array(wish), np.array(place), guard, protected)


def _capped(wish: list[int], most: int) -> list[int]:
    """Return who goes when, where only losses are capped: one look at the base order and one at the equity order."""
    size = len(wish)
    turn = [0] * size
    for person, seat in enumerate(wish):
        turn[seat] = person
    gone = bytearray(size)
    order: list[int] = []
    nearest = 0
    for seat in range(size):
        person = seat - most
        if person < 0 or gone[person]:
            while gone[turn[nearest]]:
                nearest += 1
            person = turn[nearest]
        gone[person] = 1
        order.append(person)
    return order


def _guarded(wish: list[int], guard: Guard, kept: list[int]) -> list[int]:
    """Return who goes when, with every guard: those who may go wait in a heap, the first in the equity order on top."""
    size = len(wish)
    most = size if guard.most is None else guard.most
    gain = size if guard.gain is None else guard.gain
    turn = [0] * size
    for person, seat in enumerate(wish):
        turn[seat] = person
    gone = bytearray(size)
    order: list[int] = []
    fences = iter([*kept, size])
    fence = next(fences)  # the first protected person not yet placed: nobody behind may go
    ready: list[int] = []
    known = 0  # so many of the base order have come into the heap
    for seat in range(size):
        while fence < size and gone[fence]:
            fence = next(fences)
        reach = min(fence, seat + gain, size - 1)
        if not known:
            ready = wish[: reach + 1]
            heapify(ready)
            known = reach + 1
        while known <= reach:
            heappush(ready, wish[known])
            known += 1
        person = seat - most
        if person < 0 or gone[person]:
            person = turn[heappop(ready)]
            while gone[person]:
                person = turn[heappop(ready)]
        gone[person] = 1
        order.append(person)
    return order


def _reasons(wish: np.ndarray, place: np.ndarray, guard: Guard, protected: np.ndarray) -> np.ndarray:
    """Return which guard had the last word on each place; later lines go before earlier ones."""
    here = np.arange(len(wish))
    why = np.zeros(len(wish), np.int8)
    why[place > wish] = MADE_WAY
    if protected.any():
        fence = np.where(protected, place, -1)
        behind = np.concatenate([[-1], np.maximum.accumulate(fence)[:-1]])
        why[(place > wish) & (behind >= wish)] = BEHIND
    if guard.gain is not None:
        why[(place > wish) & (here - place == guard.gain)] = GAIN
    if guard.most is not None:
        why[(place < wish) & (place - here == guard.most)] = CAPPED
    why[protected & (place < wish)] = PROTECTED
    return why
