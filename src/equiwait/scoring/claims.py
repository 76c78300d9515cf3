"""What a row brings to the order: a few small numbers, worked out from the row alone.

Places are list work, and list work is a sort of small keys. The keys are found here, block by block, by row work; what
a row's unrecorded inputs could make of them is found here too, so that nothing of the score sheet is needed to rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

import numpy as np

from equiwait.scoring.reading import ASKS, SCORED, UNSCORED, Reader, Reading, Sheet
from equiwait.scoring.standing import NO_TIER

__all__ = ["Claims", "Merit", "claims_of", "score_range"]


class Merit(NamedTuple):
    """What the order looks at first: the tier (`NO_TIER` for none), then the sum of the parts in millionths."""

    tier: np.ndarray
    score: np.ndarray

    def take(self, rows: np.ndarray) -> Merit:
        """Return the merit of some rows."""
        return Merit(self.tier[rows], self.score[rows])


class Spread(NamedTuple):
    """The merit of each row at the best and at the worst that its unrecorded inputs leave open."""

    best: Merit
    worst: Merit


@dataclass(frozen=True)
class Claims:
    """What each row brings to the order; ``base`` leaves out what is social, and is None where nothing is."""

    scored: np.ndarray  # has a place
    waits: np.ndarray  # may take part once its unrecorded inputs are known
    unsure: np.ndarray  # something unrecorded could change its merit
    keeps: np.ndarray  # equity never moves it down
    may_keep: np.ndarray  # or could turn out never to
    days: np.ndarray
    merit: Merit
    base: Merit | None
    spread: Spread | None  # None where ranges are not asked for
    base_spread: Spread | None

    @classmethod
    def whole(cls, parts: Sequence[Self]) -> Self:
        """Join the claims of blocks."""
        return cls(*(_joined([getattr(part, each.name) for part in parts]) for each in fields(cls)))

    def take(self, rows: np.ndarray) -> Self:
        """Return the claims of some rows, by place or by mask."""
        return type(self)(*(_taken(getattr(self, each.name), rows) for each in fields(self)))


def _joined(parts: Sequence[Any]) -> Any:
    first = parts[0]
    if first is None or len(parts) == 1:
        return first
    if isinstance(first, np.ndarray):
        return np.concatenate(parts)
    return type(first)(*(_joined(several) for several in zip(*parts, strict=True)))


def _taken(value: Any, rows: np.ndarray) -> Any:
    if value is None or isinstance(value, np.ndarray):
        return None if value is None else value[rows]
    return type(value)(*(_taken(each, rows) for each in value))


def claims_of(reader: Reader, reading: Reading, sheet: Sheet, *, ranges: bool) -> Claims:
    """Return the claims of a block."""
    standings, standing = reader.standings, reading.standing
    social = bool(reader.policy.equity_lines)
    scored = sheet.status == SCORED
    may = np.isin(sheet.status, (SCORED, UNSCORED, ASKS)) & (standings.column("count")[standing] > 0)
    open_code = standings.column("open")[standing].astype(bool)
    unsure = ~scored | (sheet.low != sheet.high) | open_code
    keeps, may_keep = _kept(reader, reading)
    spread, base_spread = _spreads(reader, reading, sheet, social=social) if ranges else (None, None)
    merit = Merit(_tier(reader, reading, "tier"), sheet.score)
    base = Merit(_tier(reader, reading, "base_tier"), sheet.score - _social(reader, sheet)) if social else None
    return Claims(scored, may, unsure, keeps, may_keep, reading.days, merit, base, spread, base_spread)


def _tier(reader: Reader, reading: Reading, name: str) -> np.ndarray:
    tier = reader.standings.column(name)
    return np.asarray(np.where(tier == 0, NO_TIER, tier).astype(np.int8)[reading.standing])


def _social(reader: Reader, sheet: Sheet) -> np.ndarray:
    """The part of the score that equity factors give."""
    parts = [part for factor, part in zip(reader.factors, sheet.points, strict=True) if factor.kind == "equity"]
    return sum(parts, np.zeros(len(sheet.status), np.int64))


def _kept(reader: Reader, reading: Reading) -> tuple[np.ndarray, np.ndarray]:
    """Rows that equity never moves down, and those that could turn out to be by a code or a date that is not recorded.

    Where no date says when a person was listed, the wait since the clock started stands in for it: it can only be
    longer, so that nobody near a target is left unprotected.
    """
    standings, standing = reader.standings, reading.standing
    near, target = standings.column("near")[standing], standings.column("target")[standing]
    passed = np.where(reading.elapsed >= 0, reading.elapsed, reading.days)
    close = (near >= 0) & ((target == 0) | (passed >= target - near))
    keeps = standings.column("keeps")[standing].astype(bool) | close
    undated = (near >= 0) & (reading.elapsed < 0)
    return keeps, keeps | undated | standings.column("may_keep")[standing].astype(bool)


# --- what is not recorded ---------------------------------------------------------------------------------------------


def _spreads(reader: Reader, reading: Reading, sheet: Sheet, *, social: bool) -> tuple[Spread, Spread | None]:
    """Return the spread of each row, with what is social and without; rows whose codes leave several places open last."""
    rows = np.flatnonzero(reader.standings.column("open")[reading.standing])
    copies = _Copies.of(reader, reading, rows) if len(rows) else None
    whole = _spread(_tier(reader, reading, "tier"), sheet.low, sheet.high)
    if copies is not None:
        _widen(whole, rows, copies, copies.place["tier"], reader.bounds(copies.reading))
    if not social:
        return whole, None
    bare = _spread(_tier(reader, reading, "base_tier"), *reader.bounds(reading, only_clinical=True))
    if copies is not None:
        _widen(bare, rows, copies, copies.place["base_tier"], reader.bounds(copies.reading, only_clinical=True))
    return whole, bare


def _spread(tier: np.ndarray, low: np.ndarray, high: np.ndarray) -> Spread:
    return Spread(Merit(tier.copy(), high.copy()), Merit(tier.copy(), low.copy()))


class _Copies(NamedTuple):
    """Rows repeated for every place that they may stand at: where each row's copies start, their place and reading."""

    starts: np.ndarray
    copies: np.ndarray
    place: np.ndarray
    reading: Reading

    @classmethod
    def of(cls, reader: Reader, reading: Reading, rows: np.ndarray) -> _Copies:
        count, flat = reader.standings.possibilities()
        standing = reading.standing[rows]
        copies = count[standing]
        starts = np.cumsum(copies) - copies
        first = np.cumsum(count) - count
        place = flat[np.repeat(first[standing] - starts, copies) + np.arange(copies.sum())]
        moved = reader.standing_elsewhere(reading, np.repeat(rows, copies), place["target"], place["from_clock"])
        return cls(starts, copies, place, moved)


def _widen(
    spread: Spread, rows: np.ndarray, copies: _Copies, tiers: np.ndarray, ends: tuple[np.ndarray, np.ndarray]
) -> None:
    """Set the ends of rows with copies: the highest score in the first tier, the lowest in the last."""
    low, high = ends
    tiers = np.where(tiers == 0, NO_TIER, tiers)
    first, last = np.minimum.reduceat(tiers, copies.starts), np.maximum.reduceat(tiers, copies.starts)
    lowest, highest = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    in_first = np.where(tiers == np.repeat(first, copies.copies), high, lowest)
    in_last = np.where(tiers == np.repeat(last, copies.copies), low, highest)
    spread.best.tier[rows], spread.worst.tier[rows] = first, last
    spread.best.score[rows] = np.maximum.reduceat(in_first, copies.starts)
    spread.worst.score[rows] = np.minimum.reduceat(in_last, copies.starts)


def score_range(reader: Reader, reading: Reading, sheet: Sheet) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest score of each row, over every place that its codes leave open too."""
    rows = np.flatnonzero(reader.standings.column("count")[reading.standing] > 1)
    if not len(rows):
        return sheet.low, sheet.high
    copies = _Copies.of(reader, reading, rows)
    low, high = reader.bounds(copies.reading)
    lows, highs = sheet.low.copy(), sheet.high.copy()
    lows[rows], highs[rows] = np.minimum.reduceat(low, copies.starts), np.maximum.reduceat(high, copies.starts)
    return lows, highs
