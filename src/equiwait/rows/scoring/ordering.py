"""From what rows bring to the order to places: ties, guards and ranges, a few whole groups at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np

from equiwait.parallel import spread
from equiwait.room import noughts
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.pieces import WholeGroups
from equiwait.rows.scoring.points import MILLION
from equiwait.rows.scoring.promises import Guard, kept_places
from equiwait.rows.scoring.rank_ranges import Ends, guarded_range
from equiwait.rows.scoring.ranking import Digits, Keys, Ties, Turn, among, count_below, numbered
from equiwait.rows.scoring.row_scores import LONGEST
from equiwait.rows.scoring.sort_keys import SortKeys, tier_and_score
from equiwait.rows.scoring.tie_breaks import Identifier, Identity

__all__ = ["Places", "lot", "order"]


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
        return cls(*(noughts(rows, np.int8 if name == "held" else np.int32) for name in cls._fields))


class _Field(NamedTuple):
    """Rows of whole groups that take part, and what of their order depends on nothing that is missing."""

    group: np.ndarray
    sort_keys: SortKeys
    longer: np.ndarray  # the days waited, such that more of them are less
    turn: Turn  # by which people go who are alike in all else
    tie: Ties  # for those who have the same turn
    draw: np.ndarray | None  # for a lottery
    person: np.ndarray | None  # where a person's pathways stand together
    after: int | None  # days from which a wait leads its tier
    gone: int  # the tier of who may turn out to have no place
    told: dict[str, Digits]  # digits of keys that several orders share

    @classmethod
    def of(cls, policy: Policy, piece: SortKeys, identity: Identity, rows: Callable[[], np.ndarray]) -> _Field:
        """Return the rows of a piece, groups counted from the first of those that are there."""
        group = piece["group"].astype(np.intp)
        group -= group.min()
        draw = _draws(policy, identity.several, rows()) if policy.then == "lottery" else None
        person, after = None if identity.person is None else identity.person[rows()], policy.order.long_waits_lead_days
        turn, tie = Turn.of(piece["lead"]), identity.tie(rows)
        return cls(group, piece, -piece["days"], turn, tie, draw, person, after, len(policy.tiers) + 3, {})

    def digits(self, name: str) -> Sequence[np.ndarray | Digits]:
        """Return the order keys, where the order at its best and at its worst is not asked for."""
        if self.after is not None:
            return self.keys(name)
        (tier, score), shared = tier_and_score(self.sort_keys, name), self.told
        if "wait" not in shared:
            shared["wait"], shared["group"] = Digits.of(self.longer), Digits.of(self.group)
        stands = "tier" if tier is tier_and_score(self.sort_keys, "now").tier else "base_tier"
        if stands not in shared:
            shared[stands] = shared["group"].then(Digits.of(tier))
        return shared[stands], Digits.of(_worth(score, self.draw), falling=True), shared["wait"]

    def keys(self, name: str) -> Keys:
        """Return the order keys: among people who lead their tier only the wait counts.

        Where the days waited are not known, they are as many at the best as a wait could have.
        """
        (tier, score), longer = tier_and_score(self.sort_keys, name), self.longer
        worth = _worth(score, self.draw)
        if name.endswith("best") and not self.sort_keys["counted"].all():
            longer = np.where(self.sort_keys["counted"], longer, -LONGEST)
        if self.after is None:
            return (self.group, tier, -worth, longer)
        behind = longer > -self.after
        return (self.group, tier, behind.view(np.int8), np.where(behind, -worth, 0), longer)


class _Numbers(NamedTuple):
    """The number of each row in an order as it is, and at the best and worst that is possible: smaller goes first."""

    now: np.ndarray
    best: np.ndarray
    worst: np.ndarray

    def ends(self, rows: np.ndarray | slice) -> Ends:
        """Return the best and worst of some rows."""
        return Ends(self.best[rows], self.worst[rows])


def order(policy: Policy, pieces: WholeGroups, identity: Identity, *, ranges: bool, base: bool = True) -> Places:
    """Return the place of each scored row, and between which places unrecorded inputs could put it.

    Where nobody asks for ``base`` places, there are none.

    Parameters
    ----------
    policy : Policy
        The policy.
    pieces : WholeGroups
        The sort keys of everyone who takes part.
    identity : Identity
        What settles ties.
    ranges, base : bool
        What is asked for.
    """

    def place(number: int) -> None:
        piece = pieces.piece(number)
        if len(piece["group"]):
            field = _Field.of(policy, piece, identity, partial(pieces.rows, number))
            found = _placed(policy, field, ranges=ranges, base=base)
            pieces.keep(number, {name: column for name, column in found.items() if base or name != "base"})

    for _ in spread(place, range(pieces.many)):
        pass  # no row is in two pieces, so that each writes for itself
    return Places.none(pieces.size)._replace(**pieces.found())


def _placed(policy: Policy, field: _Field, *, ranges: bool, base: bool) -> dict[str, np.ndarray]:
    """Rank the rows of whole groups; return those of their `Places` that are not all none."""
    keys, group = field.sort_keys, field.group
    guard = _guard(policy, keys, "keeps")
    may_hold = _guard(policy, keys, "may_keep") if ranges else guard
    equity = before = _numbers(field, "", ranges=ranges)
    if policy.equity_lines and (base or not guard.idle or not may_hold.idle):
        before = _numbers(field, "base_", ranges=ranges and not may_hold.idle)
    if not ranges:  # then only people who have a place are here
        place, base_place, held = kept_places(group, before.now, equity.now, guard)
        return {"rank": place, "base": base_place} | ({"held": held} if held.any() else {})
    found, scored = Places.none(len(group)), _those(keys["scored"])
    own, base_own = (count_below(each.now[scored], each.now[scored]) for each in (equity, before))
    kept = kept_places(group[scored], base_own, own, guard.of(scored))
    found.rank[scored], found.base[scored], found.held[scored] = kept
    found.best[scored] = found.worst[scored] = kept.place
    unsure = np.bincount(group, weights=keys["unsure"]) > 0
    touched = _those(unsure[group] & keys["waits"])
    if len(group[touched]):
        span = guarded_range(group[touched], before.ends(touched), equity.ends(touched), may_hold.of(touched))
        found.best[touched], found.worst[touched] = span
    return {name: column for name, column in found._asdict().items() if name != "held" or column.any()}


def _those(which: np.ndarray) -> np.ndarray | slice:
    """Return the rows of which something is true: of all, as a rule, and then nothing needs copying."""
    return slice(None) if which.all() else np.flatnonzero(which)


def _guard(policy: Policy, sort_keys: SortKeys, protected: str) -> Guard:
    """Return what holds back what is social; nothing where nothing is."""
    if protected not in sort_keys:
        return Guard(None, np.zeros(len(sort_keys["days"]), bool))
    return Guard(policy.guards.max_places_moved_down, sort_keys[protected], policy.guards.max_gain)


def _numbers(field: _Field, base: str, *, ranges: bool) -> _Numbers:
    """Number the rows in an order, and at both ends of what is possible where ranges are asked for."""
    if not ranges:
        numbers = [numbered(field.digits(base + "now"), field.tie, turn=field.turn)]
    else:
        numbers = _numbered_with(
            field.keys(base + "now"),
            field.keys(base + "best"),
            field.keys(base + "worst"),
            turn=field.turn,
            tie=field.tie,
        )
    if field.person is not None:
        numbers = _together(field, field.person, base, numbers)
    return _Numbers(numbers[0], *numbers[1:]) if ranges else _Numbers(*3 * numbers)


def _numbered_with(own: Keys, *ends: Keys, turn: Turn, tie: Ties) -> list[np.ndarray]:
    """Number rows together with themselves as they could be: only where that is another key are they numbered twice."""
    other = [_differing(own, end) for end in ends]
    row = np.concatenate([np.arange(len(own[0])), *other])
    every = zip(own, *ends, strict=True)
    keys = [np.concatenate([key, *(end[rows] for end, rows in zip(more, other, strict=True))]) for key, *more in every]
    together = numbered(keys, among(row, tie), turn=turn.among(row))
    now, *numbers = np.split(together, _cuts(own[:1], other))
    found = [now]
    for rows, number in zip(other, numbers, strict=True):
        found.append(now.copy())
        found[-1][rows] = number
    return found


def _differing(own: Keys, end: Keys) -> np.ndarray:
    """Return the rows of which any key is another."""
    differ = [one != two for one, two in zip(own, end, strict=True) if one is not two]
    return np.flatnonzero(np.logical_or.reduce(differ)) if differ else np.zeros(0, np.intp)


def _cuts(*several: Sequence[np.ndarray]) -> np.ndarray:
    return np.cumsum([len(each) for each in chain(*several)])[:-1]


def _together(field: _Field, person: np.ndarray, base: str, numbers: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Number rows so that a person's pathways stand together: each goes by the foremost of them and then by its own number.

    Only pathways that have a place for certain pull others forward, but at the best; none that may have no place is pulled.
    """
    last = max(int(number.max()) for number in numbers) + 1
    both = np.stack([field.group, person])
    _, person = np.unique(both, axis=1, return_inverse=True)
    led = []
    for name, own in zip(("now", "best", "worst"), numbers, strict=False):
        certain = name != "best" and "scored" in field.sort_keys  # without ranges everybody here has a place
        pulls = np.where(field.sort_keys["scored"], own, last) if certain else own
        foremost = np.full(int(person.max()) + 1, last)
        np.minimum.at(foremost, person, pulls)
        gone = tier_and_score(field.sort_keys, base + name).tier == field.gone
        led.append((np.where(gone, own, np.minimum(foremost[person], own)), own))
    number = numbered([np.concatenate(key) for key in zip(*led, strict=True)])
    return np.split(number, len(numbers))


# --- ties and lots ----------------------------------------------------------------------------------------------------


def _draws(policy: Policy, ties: Sequence[Identifier], rows: np.ndarray) -> np.ndarray:
    """For a lottery, a number between 0 and 1 for each pathway, fixed by the seed and its identifiers."""
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
