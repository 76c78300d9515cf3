"""From the score sheets of a whole list to places: groups, keys, guards and ranges."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.policies import Policy
from equiwait.scoring.ranges import Ends, Span, guarded_range, place_range
from equiwait.scoring.ranks import Guard, Keys, codes_of, guarded, places
from equiwait.scoring.reading import ASKS, SCORED, UNSCORED, Reader, Reading, Sheet

__all__ = ["Identity", "Places", "order", "score_ends"]


_BITS = 62
_NO_TIER = 127  # after every tier that a policy can have


class Identity(NamedTuple):
    """What tells rows apart: the group each is ranked in, and identifiers that settle ties."""

    group: np.ndarray
    ties: tuple[pa.Array, ...]


class Places(NamedTuple):
    """Places of every row, 0 where it has none."""

    rank: np.ndarray
    best: np.ndarray
    worst: np.ndarray


class _Field(NamedTuple):
    """Rows that take part, and what of their order depends on nothing that is missing."""

    rows: np.ndarray
    group: np.ndarray
    lead: np.ndarray  # 0 for long waits that lead their tier, 1 for the rest
    turn: np.ndarray  # settles ties: longer wait, then identifiers
    draw: np.ndarray | None  # for a lottery

    def only(self, wanted: np.ndarray) -> _Field:
        """Keep some of the rows."""
        rest = (self.rows[wanted], _dense(self.group[wanted]), self.lead[wanted], self.turn[wanted])
        return _Field(*rest, None if self.draw is None else self.draw[wanted])

    def keys(self, tier: np.ndarray, score: np.ndarray) -> Keys:
        """Return the order keys: among people who lead their tier only the wait counts; no tier goes after the last."""
        merit = np.where(self.lead == 0, 0, _merit(score, self.draw))
        return (self.group, np.where(tier == 0, _NO_TIER, tier), self.lead, -merit, self.turn)


def order(reader: Reader, reading: Reading, sheet: Sheet, identity: Identity, *, ranges: bool) -> Places:
    """Return the place of each scored row, and between which places unrecorded inputs could put it."""
    nowhere = np.zeros(len(sheet.status), np.int64)
    found = Places(nowhere, nowhere.copy(), nowhere.copy())
    count, _ = reader.standings.possibilities()
    waits = (
        np.isin(sheet.status, (SCORED, UNSCORED, ASKS)) & (count > 0)[reading.standing] if len(count) else nowhere > 0
    )
    scored = sheet.status == SCORED
    rows = np.flatnonzero(scored | waits if ranges else scored)
    if not len(rows):
        return found
    field = _field(reader.policy, reading, identity, rows)
    placed = field.only(scored[rows])
    found.rank[placed.rows] = _ranked(reader, reading, sheet, placed)
    if ranges:
        found.best[placed.rows] = found.worst[placed.rows] = found.rank[placed.rows]
        unsure = (sheet.status != SCORED) | (sheet.low != sheet.high) | (count[reading.standing] > 1)
        touched = field.only((np.bincount(field.group, weights=unsure[rows]) > 0)[field.group] & waits[rows])
        if len(touched.rows):
            found.best[touched.rows], found.worst[touched.rows] = _spanned(reader, reading, touched)
    return found


def _field(policy: Policy, reading: Reading, identity: Identity, rows: np.ndarray) -> _Field:
    after, days = policy.order.long_waits_lead_days, reading.days[rows]
    lead = np.ones(len(rows), np.int8) if after is None else (days < after).astype(np.int8)
    turn, draw = _turns(reading, identity, rows), _draws(policy, identity, rows)
    return _Field(rows, _dense(identity.group[rows]), lead, turn, draw)


def _ranked(reader: Reader, reading: Reading, sheet: Sheet, field: _Field) -> np.ndarray:
    policy, rows, score = reader.policy, field.rows, sheet.score[field.rows]
    standing = reading.standing[rows]
    if not len(rows):
        return np.zeros(0, np.int64)
    equity = places(field.group, codes_of(field.keys(reader.standings.column("tier")[standing], score))[0])
    if not policy.equity_lines:
        return equity
    bare = score - _social(reader, sheet)[rows]
    base = places(field.group, codes_of(field.keys(reader.standings.column("base_tier")[standing], bare))[0])
    guard = Guard(policy.guards.max_places_moved_down, _protected(reader, reading)[rows])
    return guarded(field.group, base, equity, guard)


def _social(reader: Reader, sheet: Sheet) -> np.ndarray:
    """The part of the score that equity factors give."""
    total = np.zeros(len(sheet.status), np.int64)
    for factor, part in zip(reader.factors, sheet.points, strict=True):
        if factor.kind == "equity":
            total += part
    return total


def _protected(reader: Reader, reading: Reading) -> np.ndarray:
    """Rows that equity never moves down.

    Where no date says when a person was listed, the wait since the clock started stands in for it: it can only be
    longer, so that nobody near a target is left unprotected.
    """
    standings = reader.standings
    near, target = standings.column("near")[reading.standing], standings.column("target")[reading.standing]
    passed = np.where(reading.elapsed >= 0, reading.elapsed, reading.days)
    close = (near >= 0) & ((target == 0) | (passed >= target - near))
    return np.asarray(standings.column("keeps")[reading.standing].astype(bool) | close)


def _dense(group: np.ndarray) -> np.ndarray:
    """Number the groups that occur from 0."""
    met = np.bincount(group) > 0
    return np.asarray((np.cumsum(met) - 1)[group])


# --- ties and lots ----------------------------------------------------------------------------------------------------


def _turns(reading: Reading, identity: Identity, rows: np.ndarray) -> np.ndarray:
    """Return whose turn it is among equals: the longer wait, then the identifiers as text, blanks last."""
    keys = [-reading.days[rows]]
    for text in identity.ties:
        turn = _numbered(codes_of([*keys, _text_order(text.take(pa.array(rows)))])[0])
        if turn.max(initial=-1) == len(rows) - 1:
            return turn  # nobody is tied any more
        keys = [turn]
    return _numbered(keys[0])


def _numbered(code: np.ndarray) -> np.ndarray:
    return np.asarray(np.unique(code, return_inverse=True)[1])


def _text_order(text: pa.Array) -> np.ndarray:
    """Return numbers in the order of the text, blanks last: its bytes packed where they fit, else its rank."""
    packed = _packed_text(text)
    if packed is not None:
        return packed
    return np.asarray(pc.rank(text, sort_keys="ascending", tiebreaker="dense")).astype(np.int64)


def _packed_text(text: pa.Array) -> np.ndarray | None:
    """Pack each text into one integer, a few bits for each place; None where 62 bits do not do.

    Identifiers have few characters at any one place, so that most fit; a place beyond the end comes before them all.
    """
    if text.null_count or not len(text) or pa.types.is_large_string(text.type):
        return None
    text = pa.concat_arrays([text])  # from offset nought
    starts = np.frombuffer(text.buffers()[1], np.int32, len(text) + 1).astype(np.int64)
    length, letters = np.diff(starts), np.frombuffer(text.buffers()[2] or b"", np.uint8)
    longest = int(length.max())
    if longest > _BITS or not len(letters):
        return None
    packed, used = np.zeros(len(text), np.int64), 0
    for place in range(longest):
        inside = length > place
        letter = np.where(inside, letters[np.minimum(starts[:-1] + place, len(letters) - 1)], 0)
        met = np.bincount(letter, minlength=256) > 0
        width = int(met.sum() - 1).bit_length()
        used += width
        if used > _BITS:
            return None
        packed = (packed << width) + (np.cumsum(met) - 1)[letter]
    return packed


def _draws(policy: Policy, identity: Identity, rows: np.ndarray) -> np.ndarray | None:
    """For a lottery, a number between 0 and 1 for each pathway, fixed by the seed and its identifiers."""
    if policy.then != "lottery":
        return None
    several = [text.take(pa.array(rows)).to_pylist() for text in identity.ties]
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


def _merit(score: np.ndarray, draw: np.ndarray | None) -> np.ndarray:
    """The score; in a lottery, the draw raised to one over the tickets (Efraimidis and Spirakis 2006), larger first."""
    if draw is None:
        return score
    tickets = score / 1e6
    with np.errstate(divide="ignore"):
        weighted = np.where(tickets > 0, np.log(draw) / tickets, -np.inf)
    return np.where(np.isneginf(weighted), -(2**62), np.clip(weighted * 2**40, -(2.0**61), 0)).astype(np.int64)


# --- ranges -----------------------------------------------------------------------------------------------------------


def _spanned(reader: Reader, reading: Reading, field: _Field) -> Span:
    """Bracket the places of rows that may take part, those not yet scored included."""
    policy = reader.policy

    def ends(*, social: bool) -> Ends:
        (first, last), (low, high) = _extremes(reader, reading, field.rows, social=social)
        return Ends(*codes_of(field.keys(first, high), field.keys(last, low)))

    if not policy.equity_lines:
        return place_range(field.group, ends(social=True))
    guard = Guard(policy.guards.max_places_moved_down, _may_be_protected(reader, reading)[field.rows])
    return guarded_range(field.group, ends(social=False), ends(social=True), guard)


def _may_be_protected(reader: Reader, reading: Reading) -> np.ndarray:
    """Rows that are protected, or could turn out to be by a code or a date that is not recorded."""
    standings = reader.standings
    undated = (standings.column("near")[reading.standing] >= 0) & (reading.elapsed < 0)
    by_code = standings.column("may_keep")[reading.standing].astype(bool)
    return np.asarray(_protected(reader, reading) | undated | by_code)


def _extremes(
    reader: Reader, reading: Reading, rows: np.ndarray, *, social: bool
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return first and last tier of each row, and the lowest score in the last and the highest in the first."""
    owner, starts, moved, tiers = _elsewhere(reader, reading, rows, "tier" if social else "base_tier")
    low, high = reader.bounds(moved, only_clinical=not social)
    if len(owner) == len(rows):
        return (tiers, tiers), (low, high)
    first = np.lexsort((-high, tiers, owner))[starts]
    last = np.lexsort((low, -tiers, owner))[starts]
    return (tiers[first], tiers[last]), (low[last], high[first])


def score_ends(reader: Reader, reading: Reading, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest score of rows over every place and value that is left open."""
    _, starts, moved, _ = _elsewhere(reader, reading, rows, "tier")
    low, high = reader.bounds(moved)
    return np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)


def _elsewhere(
    reader: Reader, reading: Reading, rows: np.ndarray, tier: str
) -> tuple[np.ndarray, np.ndarray, Reading, np.ndarray]:
    """Repeat each row for every place it may stand at: whose copy, where its copies start, their reading and tier."""
    count, flat = reader.standings.possibilities()
    copies = count[reading.standing[rows]]
    starts = np.cumsum(copies) - copies
    owner = np.repeat(np.arange(len(rows)), copies)
    first = np.cumsum(count) - count
    place = flat[np.repeat(first[reading.standing[rows]] - starts, copies) + np.arange(len(owner))]
    moved = reader.standing_elsewhere(reading, rows[owner], place["target"], place["from_clock"])
    return owner, starts, moved, np.where(place[tier] == 0, _NO_TIER, place[tier]).astype(np.int64)
