"""From what rows bring to the order to places: groups, ties, guards and ranges.

Places in one group owe nothing to another, so a list is ranked a few whole groups at a time: the keys of a piece stay
in a processor's cache, and every core takes pieces.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.cores import spread
from equiwait.policies import Policy
from equiwait.scoring.claims import Claims, Merit, Spread
from equiwait.scoring.ranges import Ends, Span, guarded_range, place_range
from equiwait.scoring.ranks import Guard, Keys, guarded, numbered, places

__all__ = ["Identity", "Places", "lot", "order"]

_BITS = 62
PIECE = 65_536  # rows ranked at a time, if no group has more


class Identity(NamedTuple):
    """What tells rows apart: the group each is ranked in, and identifiers that settle ties."""

    group: np.ndarray
    ties: tuple[pa.Array, ...]


class Places(NamedTuple):
    """Places of every row, 0 where it has none."""

    rank: np.ndarray
    best: np.ndarray
    worst: np.ndarray

    @classmethod
    def none(cls, rows: int) -> Places:
        """Return places of rows that have none yet."""
        return cls(*(np.zeros(rows, np.int32) for _ in cls._fields))


class _Field(NamedTuple):
    """Rows of whole groups that take part, and what of their order depends on nothing that is missing."""

    group: np.ndarray
    lead: np.ndarray  # 0 for long waits that lead their tier, 1 for the rest
    turn: np.ndarray  # settles ties: longer wait, then identifiers
    draw: np.ndarray | None  # for a lottery
    claims: Claims

    def only(self, wanted: np.ndarray) -> _Field:
        """Keep some of the rows."""
        if wanted.all():
            return self
        rest = (_dense(self.group[wanted]), self.lead[wanted], self.turn[wanted])
        return _Field(*rest, None if self.draw is None else self.draw[wanted], self.claims.take(wanted))

    def keys(self, merit: Merit) -> Keys:
        """Return the order keys: among people who lead their tier only the wait counts."""
        worth = np.where(self.lead == 0, 0, _worth(merit.score, self.draw))
        return (self.group, merit.tier, self.lead, -worth, self.turn)


def order(policy: Policy, claims: Claims, identity: Identity, *, ranges: bool) -> Places:
    """Return the place of each scored row, and between which places unrecorded inputs could put it."""
    found = Places.none(len(claims.scored))
    rows = np.flatnonzero(claims.scored | claims.waits if ranges else claims.scored)
    pieces = list(_whole_groups(identity.group, rows))

    def placed(piece: np.ndarray) -> Places:
        return _placed(policy, _field(policy, claims.take(piece), identity, piece), ranges=ranges)

    for piece, part in zip(pieces, spread(placed, pieces), strict=True):
        for every, some in zip(found, part, strict=True):
            every[piece] = some
    return found


def _whole_groups(group: np.ndarray, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Yield rows, a few whole groups at a time."""
    own = group[rows]
    narrow = own.astype(np.uint16) if own.max(initial=0) < 65_536 else own  # sorted without comparing
    rows = rows[np.argsort(narrow, kind="stable")]
    ends = np.cumsum(np.bincount(own))
    cuts = np.unique(ends[np.searchsorted(ends, np.arange(PIECE, len(rows) + PIECE, PIECE).clip(max=len(rows)))])
    yield from (piece for piece in np.split(rows, cuts) if len(piece))


def _placed(policy: Policy, field: _Field, *, ranges: bool) -> Places:
    """Rank the rows of whole groups."""
    claims, found = field.claims, Places.none(len(field.group))
    found.rank[claims.scored] = _ranked(policy, field.only(claims.scored))
    if ranges:
        found.best[claims.scored] = found.worst[claims.scored] = found.rank[claims.scored]
        touched = (np.bincount(field.group, weights=claims.unsure) > 0)[field.group] & claims.waits
        if touched.any():
            found.best[touched], found.worst[touched] = _spanned(policy, field.only(touched))
    return found


def _field(policy: Policy, claims: Claims, identity: Identity, rows: np.ndarray) -> _Field:
    after, ties = policy.order.long_waits_lead_days, [text.take(pa.array(rows)) for text in identity.ties]
    lead = np.ones(len(rows), np.int8) if after is None else (claims.days < after).astype(np.int8)
    return _Field(_dense(identity.group[rows]), lead, _turns(claims.days, ties), _draws(policy, ties), claims)


def _ranked(policy: Policy, field: _Field) -> np.ndarray:
    claims = field.claims
    if not len(field.group):
        return np.zeros(0, np.int32)
    equity = places(field.group, numbered(field.keys(claims.merit))[0])
    if claims.base is None:
        return equity
    base = places(field.group, numbered(field.keys(claims.base))[0])
    return guarded(field.group, base, equity, Guard(policy.guards.max_places_moved_down, claims.keeps))


def _spanned(policy: Policy, field: _Field) -> Span:
    """Bracket the places of rows that may take part, those not yet scored included."""
    claims = field.claims

    def ends(spread: Spread) -> Ends:
        return Ends(*numbered(field.keys(spread.best), field.keys(spread.worst)))

    if claims.spread is None or claims.base_spread is None:
        return place_range(field.group, ends(claims.spread))  # type: ignore[arg-type]
    guard = Guard(policy.guards.max_places_moved_down, claims.may_keep)
    return guarded_range(field.group, ends(claims.base_spread), ends(claims.spread), guard)


def _dense(group: np.ndarray) -> np.ndarray:
    """Number the groups that occur from 0."""
    own = group - group.min(initial=group[0] if len(group) else 0)
    met = np.bincount(own) > 0
    return np.asarray((np.cumsum(met) - 1)[own])


# --- ties and lots ----------------------------------------------------------------------------------------------------


def _turns(days: np.ndarray, ties: Sequence[pa.Array]) -> np.ndarray:
    """Return whose turn it is among equals: the longer wait, then the identifiers as text, blanks last."""
    turn = -days
    for text in ties:
        (turn,) = numbered([turn, _text_order(text)])
        if turn.max(initial=-1) == len(days) - 1:
            return turn  # nobody is tied any more
    return turn


def _text_order(text: pa.Array) -> np.ndarray:
    """Return numbers in the order of the text, blanks last: its bytes packed where they fit, else its rank."""
    text = text.cast(pa.string())
    packed = _packed_text(text)
    if packed is not None:
        return packed
    return np.asarray(pc.rank(text, sort_keys="ascending", tiebreaker="dense")).astype(np.int64)


def _packed_text(text: pa.Array) -> np.ndarray | None:
    """Pack each text into one integer, a few bits for each place; None where 62 bits do not do.

    Identifiers have few characters at any one place, so that most fit; a place beyond the end comes before them all.
    """
    if text.null_count or not len(text):
        return None
    text = pa.concat_arrays([text])  # from offset nought
    starts = np.frombuffer(text.buffers()[1], np.int32, len(text) + 1).astype(np.int64)
    length, letters = np.diff(starts), np.frombuffer(text.buffers()[2] or b"", np.uint8)
    longest = int(length.max())
    if longest > _BITS or not len(letters):
        return None
    packed, used = np.zeros(len(text), np.int64), 0
    for place in range(longest):
        letter = letters.take(starts[:-1] + place, mode="clip")
        if longest != length.min():
            letter = np.where(length > place, letter, 0)
        met = np.bincount(letter, minlength=256) > 0
        width = int(met.sum() - 1).bit_length()
        used += width
        if used > _BITS:
            return None
        if width:
            packed = (packed << width) + (np.cumsum(met) - 1)[letter]
    return packed


def _draws(policy: Policy, ties: Sequence[pa.Array]) -> np.ndarray | None:
    """For a lottery, a number between 0 and 1 for each pathway, fixed by the seed and its identifiers."""
    if policy.then != "lottery":
        return None
    several = [text.cast(pa.string()).to_pylist() for text in ties]
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
    """The score; in a lottery, the draw raised to one over the tickets (Efraimidis and Spirakis 2006), larger first."""
    if draw is None:
        return score
    tickets = score / 1e6
    with np.errstate(divide="ignore"):
        weighted = np.where(tickets > 0, np.log(draw) / tickets, -np.inf)
    return np.where(np.isneginf(weighted), -(2**62), np.clip(weighted * 2**40, -(2.0**61), 0)).astype(np.int64)
