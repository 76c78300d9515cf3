"""What a row brings to the order: a few small numbers, worked out from the row alone.

Places are list work, and list work is a sort of small keys. The keys are found here, block by block, by row work; what
a row's unrecorded inputs could make of them is found here too, so that nothing of the score sheet is needed to rank.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

from equiwait.rows.policies import Policy
from equiwait.rows.scoring.row_scores import ASKS, SCORED, UNSCORED, Reader, Reading, Sheet
from equiwait.rows.scoring.tiers import NO_TIER

__all__ = ["Claims", "Merit", "blank_claims", "fill_claims", "merit", "score_range"]

Claims: TypeAlias = np.ndarray
"""One record for each row, so that fetching a row's claims is one look into memory.

``scored`` has a place, ``waits`` may have one once unrecorded inputs are known, ``unsure`` has such inputs, ``keeps`` is
never moved down by equity, ``may_keep`` could turn out so, ``days`` waited, where they are ``counted``; then a tier and
a score for each `Merit`:
``now``, and where asked ``best`` and ``worst``; the same again with ``base_`` before it, without what is social.
"""


class Merit(NamedTuple):
    """What the order looks at first: the tier (`NO_TIER` for none), then the sum of the parts in millionths."""

    tier: np.ndarray
    score: np.ndarray


def merit(claims: Claims, name: str) -> Merit:
    """Return the tier and the score of one name."""
    return Merit(claims[f"{name}_tier"], claims[f"{name}_score"])


def blank_claims(policy: Policy, rows: int, *, ranges: bool) -> Claims:
    """Return room for the claims of so many rows, to be filled block by block."""
    names = [base + name for base in _orders(policy) for name in ("now", "best", "worst")[: 1 + 2 * ranges]]
    kinds = [(name, np.bool_) for name in ("scored", "waits", "unsure", "counted", "keeps", "may_keep")]
    tiers, scores = [(f"{name}_tier", np.int16) for name in names], [(f"{name}_score", np.int64) for name in names]
    return np.empty(rows, np.dtype([*scores, ("days", np.int32), *tiers, *kinds]))


def _orders(policy: Policy) -> tuple[str, ...]:
    return ("", "base_") if policy.equity_lines else ("",)


def fill_claims(claims: Claims, reader: Reader, reading: Reading, sheet: Sheet) -> None:
    """Write the claims of a block into the room kept for them."""
    standings, standing = reader.standings, reading.standing
    claims["scored"] = sheet.status == SCORED
    claims["waits"] = claims["scored"] | (sheet.status == UNSCORED) | (sheet.status == ASKS)
    claims["waits"] &= standings.column("count").astype(bool)[standing]
    claims["unsure"] = ~claims["scored"] | (sheet.low != sheet.high) | standings.column("open").astype(bool)[standing]
    claims["days"], claims["counted"] = reading.days, reading.counted
    names = claims.dtype.names or ()
    ranges = "best_tier" in names
    _set(claims, "now", _in_order(reading.tier), sheet.score)
    if ranges:
        _set_ends(claims, reader, reading, "tier", (sheet.low, sheet.high))
    if reading.kept is not None:
        claims["keeps"], claims["may_keep"], in_doubt = reading.kept
        claims["unsure"] |= in_doubt
        _set(claims, "base_now", _tier(reader, reading, "base_tier"), sheet.score - _social(reader, sheet))
    if reading.kept is not None and ranges:
        _set_ends(claims, reader, reading, "base_tier", reader.bounds(reading, only_clinical=True))


def _set(claims: Claims, name: str, tier: np.ndarray, score: np.ndarray) -> None:
    claims[f"{name}_tier"], claims[f"{name}_score"] = tier, score


def _tier(reader: Reader, reading: Reading, name: str) -> np.ndarray:
    return np.asarray(_in_order(reader.standings.column(name))[reading.standing])


def _in_order(tier: np.ndarray) -> np.ndarray:
    """People without a tier come after every tier."""
    return np.asarray(np.where(tier == 0, NO_TIER, tier).astype(np.int16))


def _social(reader: Reader, sheet: Sheet) -> np.ndarray:
    """The part of the score that equity factors give."""
    parts = [part for factor, part in zip(reader.factors, sheet.points, strict=True) if factor.kind == "equity"]
    return sum(parts, np.zeros(len(sheet.status), np.int64))


# --- what is not recorded ---------------------------------------------------------------------------------------------


def _set_ends(claims: Claims, reader: Reader, reading: Reading, tier: str, ends: tuple[np.ndarray, np.ndarray]) -> None:
    """Set the merit at the best and at the worst that unrecorded inputs leave open: ``tier`` says which order."""
    base = "base_" if tier == "base_tier" else ""
    own, (low, high) = _tier(reader, reading, tier), ends
    _set(claims, f"{base}best", own, high)
    _set(claims, f"{base}worst", own, low)
    rows = np.flatnonzero(reader.standings.column("open").astype(bool)[reading.standing])
    if len(rows):
        copies = _Copies.of(reader, reading, rows)
        first, last = copies.ends(tier, reader.bounds(copies.reading, only_clinical=bool(base)))
        claims[f"{base}best_tier"][rows], claims[f"{base}best_score"][rows] = first
        claims[f"{base}worst_tier"][rows], claims[f"{base}worst_score"][rows] = last


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

    def ends(self, name: str, bounds: tuple[np.ndarray, np.ndarray]) -> tuple[Merit, Merit]:
        """Return the highest score in the first tier of each row, and the lowest in its last."""
        (low, high), tiers = bounds, self.place[name]
        tiers = np.where(tiers == 0, NO_TIER, tiers)
        first, last = np.minimum.reduceat(tiers, self.starts), np.maximum.reduceat(tiers, self.starts)
        lowest, highest = np.iinfo(np.int64).min, np.iinfo(np.int64).max
        in_first = np.where(tiers == np.repeat(first, self.copies), high, lowest)
        in_last = np.where(tiers == np.repeat(last, self.copies), low, highest)
        return (
            Merit(first, np.maximum.reduceat(in_first, self.starts)),
            Merit(last, np.minimum.reduceat(in_last, self.starts)),
        )


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
