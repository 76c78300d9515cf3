"""What a row brings to the order: a few small numbers, worked out from the row alone.

Places are list work, and list work is a sort of small keys. The keys are found here, block by block, by row work; what
a row's unrecorded inputs could make of them is found here too, so that nothing of the score sheet is needed to rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import numpy as np

from equiwait.rows.policies import Policy
from equiwait.rows.scoring.row_scores import NOWHERE, SCORED, Reader, Reading, Sheet

__all__ = [
    "Elsewhere",
    "SortKeys",
    "TierAndScore",
    "blank_sort_keys",
    "fill_sort_keys",
    "score_range",
    "tier_and_score",
]

SortKeys: TypeAlias = np.ndarray
"""One record for each row, so that fetching a row's sort keys is one look into memory.

``scored`` has a place, ``keeps`` is never moved down by equity, ``days`` waited; where ranges are asked for, ``waits`` may
have a place once unrecorded inputs are known, ``unsure`` has such inputs, ``may_keep`` could turn out to be kept, and days
are ``counted``; then a tier and a score for each `TierAndScore`:
``now``, and where asked ``best`` and ``worst``; the same again with ``base_`` before it, without what is social.
"""


_FOR_RANGES = ("waits", "unsure", "counted", "may_keep")  # flags that nobody looks at where no range is asked for


class TierAndScore(NamedTuple):
    """What the order looks at first: the tier (`Situations.no_tier` for none), then the sum of the parts in millionths."""

    tier: np.ndarray
    score: np.ndarray


def tier_and_score(sort_keys: SortKeys, name: str) -> TierAndScore:
    """Return the tier and the score of one name."""
    return TierAndScore(sort_keys[f"{name}_tier"], sort_keys[f"{name}_score"])


def blank_sort_keys(policy: Policy, rows: int, *, ranges: bool) -> SortKeys:
    """Return room for the sort keys of so many rows, to be filled block by block."""
    names = [base + name for base in _orders(policy) for name in ("now", "best", "worst")[: 1 + 2 * ranges]]
    flags = ("scored", "keeps", *_FOR_RANGES) if ranges else ("scored", "keeps")
    kinds = [(name, np.bool_) for name in flags]
    tiers, scores = [(f"{name}_tier", np.int16) for name in names], [(f"{name}_score", np.int64) for name in names]
    every = [*scores, ("days", np.int32), *tiers, *kinds]
    fields, formats = map(list, zip(*every, strict=True))
    bytes_ = max(np.dtype(every).itemsize, 32)  # a record of 32 is fetched in one go
    return np.empty(rows, np.dtype({"names": fields, "formats": formats, "itemsize": bytes_}))


def _orders(policy: Policy) -> tuple[str, ...]:
    return ("", "base_") if policy.equity_lines else ("",)


def fill_sort_keys(
    sort_keys: SortKeys,
    reader: Reader,
    reading: Reading,
    sheet: Sheet,
    means: Mapping[str, int],
    elsewhere: Elsewhere | None,
) -> None:
    """Write the sort keys of a block into the room kept for them."""
    situations, situation = reader.situations, reading.situation
    sort_keys["scored"] = sheet.status == SCORED
    sort_keys["days"] = reading.days
    ranges = "best_tier" in (sort_keys.dtype.names or ())
    _set(sort_keys, "now", _in_order(reader, reading.tier), sheet.score)
    if ranges:
        sort_keys["waits"] = (sheet.status <= NOWHERE) & situations.column("waits").astype(bool).take(situation)
        sort_keys["counted"] = reading.counted
        open_ = situations.column("open").astype(bool).take(situation)
        sort_keys["unsure"] = ~sort_keys["scored"] | (sheet.low != sheet.high) | open_
        moved = None if elsewhere is None else elsewhere.ends("tier", elsewhere.bounds)
        _set_ends(sort_keys, reader, reading, "tier", (sheet.low, sheet.high), moved)
    if reading.kept is not None:
        sort_keys["keeps"] = reading.kept.now
        if ranges:
            sort_keys["may_keep"] = reading.kept.could
            sort_keys["unsure"] |= reading.kept.doubt
        _set(sort_keys, "base_now", _tier(reader, reading, "base_tier"), sheet.score - _social(reader, sheet))
    if reading.kept is not None and ranges:
        moved = None
        if elsewhere is not None:
            moved = elsewhere.ends("base_tier", reader.bounds(elsewhere.reading, means, only_clinical=True))
        _set_ends(sort_keys, reader, reading, "base_tier", reader.bounds(reading, means, only_clinical=True), moved)


def _set(sort_keys: SortKeys, name: str, tier: np.ndarray, score: np.ndarray) -> None:
    sort_keys[f"{name}_tier"], sort_keys[f"{name}_score"] = tier, score


def _tier(reader: Reader, reading: Reading, name: str) -> np.ndarray:
    return np.asarray(_in_order(reader, reader.situations.column(name)).take(reading.situation))


def _in_order(reader: Reader, tier: np.ndarray) -> np.ndarray:
    """People without a tier come after every tier."""
    return np.asarray(tier.astype(np.int16) + (tier == 0) * np.int16(reader.situations.no_tier))


def _social(reader: Reader, sheet: Sheet) -> np.ndarray:
    """The part of the score that equity factors give."""
    parts = [part for factor, part in zip(reader.factors, sheet.points, strict=True) if factor.kind == "equity"]
    return sum(parts, np.zeros(len(sheet.status), np.int64))


# --- what is not recorded ---------------------------------------------------------------------------------------------


def _set_ends(
    sort_keys: SortKeys,
    reader: Reader,
    reading: Reading,
    tier: str,
    ends: tuple[np.ndarray, np.ndarray],
    moved: Moved | None,
) -> None:
    """Set the tier_and_score at the best and at the worst that unrecorded inputs leave open: ``tier`` says which order."""
    base = "base_" if tier == "base_tier" else ""
    first_tier, last_tier = _first_and_last(reader, tier)
    _set(sort_keys, f"{base}best", first_tier.take(reading.situation), ends[1])
    _set(sort_keys, f"{base}worst", last_tier.take(reading.situation), ends[0])
    if moved is not None:
        sort_keys[f"{base}best_tier"][moved.rows], sort_keys[f"{base}best_score"][moved.rows] = moved.best
        sort_keys[f"{base}worst_tier"][moved.rows], sort_keys[f"{base}worst_score"][moved.rows] = moved.worst


def _with_other_targets(reader: Reader, reading: Reading) -> np.ndarray:
    """Return the rows that another tier could come to with another target, and so with other points."""
    if not reader.by_target:
        return np.zeros(0, np.intp)
    return np.flatnonzero(reader.situations.column("open").take(reading.situation))


def _first_and_last(reader: Reader, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return for each situation the first and the last tier that it leaves open."""
    count, places = reader.situations.possibilities()
    tiers = _open_tiers(places, name, reader.situations.gone)
    starts = np.cumsum(count) - count
    return np.minimum.reduceat(tiers, starts), np.maximum.reduceat(tiers, starts)


def _open_tiers(places: np.ndarray, name: str, gone: int) -> np.ndarray:
    """People without a tier come after every tier, and people who may have no place after them."""
    tiers = places[name]
    return np.where(places["tier"] == 0, gone, np.where(tiers == 0, gone - 1, tiers)).astype(np.int16)


class Moved(NamedTuple):
    """Rows that may stand elsewhere, and what the order looks at first where they stand best and worst."""

    rows: np.ndarray
    best: TierAndScore
    worst: TierAndScore


class Elsewhere(NamedTuple):
    """Rows repeated for every place that they may stand at: where each row's copies start, their place, reading and sums."""

    rows: np.ndarray
    starts: np.ndarray
    copies: np.ndarray
    place: np.ndarray
    reading: Reading
    bounds: tuple[np.ndarray, np.ndarray]  # the lowest and highest sum of each copy
    gone: int

    @classmethod
    def of(cls, reader: Reader, reading: Reading, means: Mapping[str, int]) -> Elsewhere | None:
        """Return the rows that may stand elsewhere with other points; None where nobody may."""
        rows = _with_other_targets(reader, reading)
        if not len(rows):
            return None
        count, flat = reader.situations.possibilities()
        situation = reading.situation[rows]
        copies = count[situation]
        starts = np.cumsum(copies) - copies
        first = np.cumsum(count) - count
        place = flat[np.repeat(first[situation] - starts, copies) + np.arange(copies.sum())]
        moved = reader.standing_elsewhere(reading, np.repeat(rows, copies), place["target"], place["from_clock"])
        return cls(rows, starts, copies, place, moved, reader.bounds(moved, means), reader.situations.gone)

    def ends(self, name: str, bounds: tuple[np.ndarray, np.ndarray]) -> Moved:
        """Return the highest score in the first tier of each row, and the lowest in its last."""
        (low, high), tiers = bounds, _open_tiers(self.place, name, self.gone)
        first, last = np.minimum.reduceat(tiers, self.starts), np.maximum.reduceat(tiers, self.starts)
        lowest, highest = np.iinfo(np.int64).min, np.iinfo(np.int64).max
        in_first = np.where(tiers == np.repeat(first, self.copies), high, lowest)
        in_last = np.where(tiers == np.repeat(last, self.copies), low, highest)
        return Moved(
            self.rows,
            TierAndScore(first, np.maximum.reduceat(in_first, self.starts)),
            TierAndScore(last, np.minimum.reduceat(in_last, self.starts)),
        )


def score_range(sheet: Sheet, elsewhere: Elsewhere | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest score of each row, over every place that its codes leave open too."""
    if elsewhere is None:
        return sheet.low, sheet.high
    rows, starts, (low, high) = elsewhere.rows, elsewhere.starts, elsewhere.bounds
    lows, highs = sheet.low.copy(), sheet.high.copy()
    lows[rows], highs[rows] = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
    return lows, highs
