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
from equiwait.scoring.ranks import Codes, Guard, codes_of, guarded, places
from equiwait.scoring.reading import ASKS, SCORED, UNSCORED, Reader, Reading, Sheet

__all__ = ["Identity", "Places", "order", "score_ends"]


class Identity(NamedTuple):
    """What tells rows apart: the group each is ranked in, and identifiers that settle ties."""

    group: np.ndarray
    ties: tuple[pa.Array, ...]


class Places(NamedTuple):
    """Places of every row, 0 where it has none."""

    rank: np.ndarray
    best: np.ndarray
    worst: np.ndarray


class _Line(NamedTuple):
    """Rows that take part, reduced to what their order depends on."""

    group: np.ndarray
    tier: np.ndarray
    lead: np.ndarray  # 0 for long waits that lead their tier, 1 for the rest
    merit: np.ndarray  # more goes first
    turn: np.ndarray  # settles ties: longer wait, then identifiers

    def codes(self) -> Codes:
        return codes_of(self.keys())[0]

    def keys(self) -> tuple[np.ndarray, ...]:
        return (self.group, self.tier, self.lead, -self.merit, self.turn)


def order(reader: Reader, reading: Reading, sheet: Sheet, identity: Identity, *, ranges: bool) -> Places:
    """Return the place of each scored row, and between which places unrecorded inputs could put it."""
    nowhere = np.zeros(len(sheet.status), np.int64)
    found = Places(nowhere, nowhere.copy(), nowhere.copy())
    scored = np.flatnonzero(sheet.status == SCORED)
    if len(scored):
        found.rank[scored] = _ranked(reader, reading, sheet, identity, scored)
    if ranges:
        open_rows = np.flatnonzero(np.isin(sheet.status, (SCORED, UNSCORED, ASKS)) & _placeable(reader, reading))
        if len(open_rows):
            span = _spanned(reader, reading, sheet, identity, open_rows)
            found.best[open_rows], found.worst[open_rows] = span.best, span.worst
    return found


def _placeable(reader: Reader, reading: Reading) -> np.ndarray:
    """Rows whose missing inputs, once known, could give them a place."""
    some = np.array([bool(each.possible) for each in reader.standings.found], bool)
    return np.asarray(some[reading.standing])


def _ranked(reader: Reader, reading: Reading, sheet: Sheet, identity: Identity, rows: np.ndarray) -> np.ndarray:
    policy, score = reader.policy, sheet.score[rows]
    turn = _turns(reading, identity, rows)
    group = _dense(identity.group[rows])
    lead = _leads(policy, reading.days[rows])
    tier = reader.standings.column("tier")[reading.standing[rows]]
    draw = _draws(policy, identity, rows)
    equity = places(group, _line(group, tier, lead, _merit(score, draw), turn).codes())
    if not policy.equity_lines:
        return equity
    base_tier = reader.standings.column("base_tier")[reading.standing[rows]]
    base = places(
        group, _line(group, base_tier, lead, _merit(score - _social(reader, sheet)[rows], draw), turn).codes()
    )
    guard = Guard(policy.guards.max_places_moved_down, _protected(reader, reading)[rows])
    return guarded(group, base, equity, guard)


def _line(group: np.ndarray, tier: np.ndarray, lead: np.ndarray, merit: np.ndarray, turn: np.ndarray) -> _Line:
    """Among people who lead their tier only the wait counts. A row of no base tier goes after the last."""
    return _Line(group, np.where(tier == 0, 127, tier), lead, np.where(lead == 0, 0, merit), turn)


def _leads(policy: Policy, days: np.ndarray) -> np.ndarray:
    after = policy.order.long_waits_lead_days
    return np.ones(len(days), np.int8) if after is None else (days < after).astype(np.int8)


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
    return np.unique(group, return_inverse=True)[1]


# --- ties and lots ----------------------------------------------------------------------------------------------------


def _turns(reading: Reading, identity: Identity, rows: np.ndarray) -> np.ndarray:
    """Return whose turn it is among equals: the longer wait, then the identifiers as text, blanks last."""
    keys = [-reading.days[rows]]
    for text in identity.ties:
        keys.append(_text_order(text.take(pa.array(rows))))
        codes = codes_of(keys)[0]
        if codes.max(initial=-1) == len(rows) - 1:
            return codes
    return codes_of(keys)[0]


def _text_order(text: pa.Array) -> np.ndarray:
    return np.asarray(pc.rank(text, sort_keys="ascending", tiebreaker="dense")).astype(np.int64)


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


def _spanned(reader: Reader, reading: Reading, sheet: Sheet, identity: Identity, rows: np.ndarray) -> Span:
    """Bracket the places of rows that may take part, those not yet scored included."""
    policy = reader.policy
    turn = _turns(reading, identity, rows)
    group = _dense(identity.group[rows])
    lead, draw = _leads(policy, reading.days[rows]), _draws(policy, identity, rows)

    def ends(*, social: bool) -> Ends:
        tiers, merits = extremes(reader, reading, rows, social=social)
        best = _line(group, tiers[0], lead, _merit(merits[1], draw), turn)
        worst = _line(group, tiers[1], lead, _merit(merits[0], draw), turn)
        return Ends(*codes_of(best.keys(), worst.keys()))

    if not policy.equity_lines:
        return place_range(group, ends(social=True))
    guard = Guard(policy.guards.max_places_moved_down, _may_be_protected(reader, reading)[rows])
    return guarded_range(group, ends(social=False), ends(social=True), guard)


def _may_be_protected(reader: Reader, reading: Reading) -> np.ndarray:
    """Rows that are protected, or could turn out to be by a code or a date that is not recorded."""
    standings = reader.standings
    undated = (standings.column("near")[reading.standing] >= 0) & (reading.elapsed < 0)
    by_code = standings.column("may_keep")[reading.standing].astype(bool)
    return np.asarray(_protected(reader, reading) | undated | by_code)


def extremes(
    reader: Reader, reading: Reading, rows: np.ndarray, *, social: bool
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return first and last tier of each row, and the lowest score in the last and the highest in the first."""
    owner, starts, moved, tiers = _elsewhere(reader, reading, rows, "tier" if social else "base_tier")
    low, high = reader.bounds(moved, only_clinical=not social)
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
    return owner, starts, moved, np.where(place[tier] == 0, 127, place[tier]).astype(np.int64)
