"""From what rows bring to the order to places: groups, ties, guards and ranges.

Places in one group owe nothing to another, so a list is ranked a few whole groups at a time: the keys of a piece stay
in a processor's cache, and every core takes pieces.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from equiwait.parallel import spread
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.points import MILLION
from equiwait.rows.scoring.promises import Guard, Kept, kept_places
from equiwait.rows.scoring.rank_ranges import Ends, Span, guarded_range, place_range
from equiwait.rows.scoring.ranking import Keys, numbered, places
from equiwait.rows.scoring.row_scores import LONGEST
from equiwait.rows.scoring.sort_keys import SortKeys, tier_and_score
from equiwait.rows.scoring.tie_breaks import Identifier, Identity

__all__ = ["Places", "lot", "order"]

PIECE = 32_768  # rows ranked at a time, if no group has more
_SORTED = 1_048_576  # rows that are put into pieces at a time


class Places(NamedTuple):
    """Places of every row, 0 where it has none; the base place is the one without what is social.

    ``held`` says which guard had the last word, counted from 1 in `HELD`; 0 is none.
    """

    rank: np.ndarray
    best: np.ndarray
    worst: np.ndarray
    base: np.ndarray
    held: np.ndarray

    @classmethod
    def none(cls, rows: int) -> Places:
        """Return places of rows that have none yet."""
        return cls(*(np.zeros(rows, np.int8 if name == "held" else np.int32) for name in cls._fields))


class _Field(NamedTuple):
    """Rows of whole groups that take part, and what of their order depends on nothing that is missing."""

    group: np.ndarray
    waits: dict[str, np.ndarray]  # days now, and at the best and the worst that an unknown wait could be
    draw: np.ndarray | None  # for a lottery
    sort_keys: SortKeys
    turn: np.ndarray  # by which equals go: the rows stand in its order
    person: np.ndarray | None  # where a person's pathways stand together
    after: int | None  # days from which a wait leads its tier
    gone: int  # the tier of who may turn out to have no place

    def only(self, wanted: np.ndarray) -> _Field:
        """Keep some of the rows."""
        if wanted.all():
            return self
        waits = {name: days[wanted] for name, days in self.waits.items()}
        draw = None if self.draw is None else self.draw[wanted]
        person = None if self.person is None else self.person[wanted]
        group, kept, turn = _from_nought(self.group[wanted]), self.sort_keys[wanted], self.turn[wanted]
        return self._replace(group=group, waits=waits, draw=draw, sort_keys=kept, turn=turn, person=person)

    def keys(self, name: str, base: str = "") -> Keys:
        """Return the order keys: among people who lead their tier only the wait counts."""
        (tier, score), days = tier_and_score(self.sort_keys, base + name), self.waits[name]
        worth = _worth(score, self.draw)
        if self.after is None:
            return (self.group, tier, -worth, -days)
        behind = days < self.after
        return (self.group, tier, behind.view(np.int8), np.where(behind, -worth, 0), -days)


def order(policy: Policy, sort_keys: SortKeys, identity: Identity, *, ranges: bool, base: bool = True) -> Places:
    """Return the place of each scored row, and between which places unrecorded inputs could put it.

    Where nobody asks for ``base`` places, they are found only if a guard needs them; else they say the place itself.
    """
    found = Places.none(len(sort_keys))
    part = sort_keys["scored"] | sort_keys["waits"] if ranges else sort_keys["scored"]
    rows = None if part.all() else np.flatnonzero(part)
    leads = identity.leads()

    def place(piece: np.ndarray) -> None:
        piece, turn = identity.in_turn(piece, leads[piece])
        part = _placed(
            policy,
            _field(policy, sort_keys.take(piece), identity, piece, turn, ranges=ranges),
            ranges=ranges,
            base=base,
        )
        found.rank[piece], found.base[piece] = part.rank, part.base
        if part.held.any():
            found.held[piece] = part.held
        if ranges:
            found.best[piece], found.worst[piece] = part.best, part.worst

    for _ in spread(place, _whole_groups(identity.group, rows)):
        pass  # no row is in two pieces, so that each writes for itself
    return found


def _whole_groups(group: np.ndarray, rows: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """Yield rows, by default all of the list, a few whole groups at a time."""
    own = group if rows is None else group[rows]
    ends = np.cumsum(np.bincount(own))
    pieces = (ends - 1) // PIECE  # in which piece each group ends
    many = int(pieces.max(initial=-1)) + 1
    pieces = pieces.astype(np.min_scalar_type(many))

    def apart(start: int) -> list[np.ndarray]:
        piece = pieces.take(own[start : start + _SORTED])
        order = np.argsort(piece, kind="stable")  # numbers of few bits are sorted by counting
        order += start
        cuts = np.cumsum(np.bincount(piece, minlength=many))[:-1]
        return np.split(order if rows is None else rows[order], cuts)

    stretches = list(spread(apart, range(0, len(own), _SORTED)))
    yield from (np.concatenate(piece) for piece in zip(*stretches, strict=True) if any(map(len, piece)))


def _placed(policy: Policy, field: _Field, *, ranges: bool, base: bool) -> Places:
    """Rank the rows of whole groups."""
    if not ranges:  # then only people who have a place are here
        place = _ranked(policy, field, base=base)
        return Places(rank=place.place, best=place.place, worst=place.place, base=place.base, held=place.held)
    found, scored = Places.none(len(field.group)), field.sort_keys["scored"]
    found.rank[scored], found.base[scored], found.held[scored] = _ranked(policy, field.only(scored), base=base)
    found.best[scored] = found.worst[scored] = found.rank[scored]
    unsure = np.bincount(field.group, weights=field.sort_keys["unsure"]) > 0
    touched = unsure[field.group] & field.sort_keys["waits"]
    if touched.any():
        found.best[touched], found.worst[touched] = _spanned(policy, field.only(touched))
    return found


def _field(
    policy: Policy, sort_keys: SortKeys, identity: Identity, rows: np.ndarray, turn: np.ndarray, *, ranges: bool
) -> _Field:
    now = sort_keys["days"]
    waits = dict.fromkeys(("now", "best", "worst"), now)
    if ranges and not (counted := sort_keys["counted"]).all():
        waits["best"] = np.where(counted, now, LONGEST)
    draw, after = _draws(policy, identity.ties, rows), policy.order.long_waits_lead_days
    person = None if identity.person is None else identity.person[rows]
    group, gone = _from_nought(identity.group[rows]), len(policy.tiers) + 3
    return _Field(group, waits, draw, sort_keys, turn, person, after, gone)


def _ranked(policy: Policy, field: _Field, *, base: bool) -> Kept:
    nobody = np.zeros(len(field.group), np.int8)
    if not len(field.group):
        return Kept(nobody, nobody, nobody)
    (equity,) = _numbers(field, "", "now")
    if not policy.equity_lines or (not base and _guard(policy, field.sort_keys["keeps"]).idle):
        place = places(field.group, equity)
        return Kept(place, place, nobody)
    (before,) = _numbers(field, "base_", "now")
    return kept_places(field.group, before, equity, _guard(policy, field.sort_keys["keeps"]))


def _numbers(field: _Field, base: str, *names: str) -> list[np.ndarray]:
    """Number the rows in an order, at one or both ends of what is possible.

    Where a person's pathways stand together, each goes by the foremost of them and then by its own keys. Only pathways that
    have a place for certain pull others forward at the worst, and none that may have no place is pulled.
    """
    numbers = numbered(*(field.keys(name, base) for name in names), turn=field.turn)
    if field.person is None:
        return numbers
    last = sum(map(len, numbers))  # after every number
    both = np.stack([field.group.astype(np.int64), field.person])
    _, person = np.unique(both, axis=1, return_inverse=True)
    led = []
    for name, own in zip(names, numbers, strict=True):
        pulls = own if name != "worst" else np.where(field.sort_keys["scored"], own, last)
        foremost = np.full(int(person.max(initial=0)) + 1, last)
        np.minimum.at(foremost, person, pulls)
        gone = tier_and_score(field.sort_keys, base + name).tier == field.gone
        led.append((np.where(gone, own, np.minimum(foremost[person], own)), own))
    return numbered(*led)


def _guard(policy: Policy, protected: np.ndarray) -> Guard:
    return Guard(policy.guards.max_places_moved_down, protected, policy.guards.max_gain)


def _spanned(policy: Policy, field: _Field) -> Span:
    """Bracket the places of rows that may take part, those not yet scored included."""

    def ends(base: str = "") -> Ends:
        return Ends(*_numbers(field, base, "best", "worst"))

    if not policy.equity_lines:
        return place_range(field.group, ends())
    return guarded_range(field.group, ends("base_"), ends(), _guard(policy, field.sort_keys["may_keep"]))


def _from_nought(group: np.ndarray) -> np.ndarray:
    """Count groups from the first of those that are there."""
    return np.asarray(group.astype(np.intp) - (int(group.min()) if len(group) else 0))


# --- ties and lots ----------------------------------------------------------------------------------------------------


def _draws(policy: Policy, ties: Sequence[Identifier], rows: np.ndarray) -> np.ndarray | None:
    """For a lottery, a number between 0 and 1 for each pathway, fixed by the seed and its identifiers."""
    if policy.then != "lottery":
        return None
    several = [identifier.texts(rows) for identifier in ties]
    return np.array([lot(policy.order.seed or 0, tuple(each)) for each in zip(*several, strict=True)])


def lot(seed: int, identifiers: Sequence[str | None]) -> float:
    """Return the number drawn for a pathway: the same on every machine and in every file order.

    Examples
    --------
    >>> lot(7, ("A1",)) == lot(7, ("A1",)), 0 < lot(7, ("A1",)) < 1
    (True, True)
    """
    text = "\x1f".join([str(seed), *("" if each is None else each for each in identifiers)])
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    return (number + 0.5) / 2**64


def _worth(score: np.ndarray, draw: np.ndarray | None) -> np.ndarray:
    """The score; in a lottery, the draw raised to one over the tickets (Efraimidis and Spirakis 2006), larger first.

    People without a ticket come after all who have one, drawn among themselves with one each: so an order without the
    social tickets is a draw too, and not the longest wait.
    """
    if draw is None:
        return score
    tickets = score / MILLION
    weighted = np.clip(np.log(draw) / np.where(tickets > 0, tickets, 1) * 2**40, -(2.0**60), 0).astype(np.int64)
    return np.asarray(np.where(tickets > 0, weighted, weighted - 2**61))
