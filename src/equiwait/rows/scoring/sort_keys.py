"""What a row brings to the order: a few small numbers, worked out from the row alone.

Places are list work, and list work is a sort of small keys. The keys are found here, block by block, by row work; what
a row's unrecorded inputs could make of them is found here too, so that nothing of the score sheet is needed to rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import numpy as np

from equiwait.rows.scoring.alike import Column, by_row, worked
from equiwait.rows.scoring.row_scores import NOWHERE, SCORED, Reader, Reading
from equiwait.rows.scoring.score_sheets import Sheet, bounds, fill, total
from equiwait.rows.scoring.tiers import Situations

__all__ = [
    "Elsewhere",
    "Scored",
    "SortKeys",
    "TierAndScore",
    "key_names",
    "score_range",
    "sort_keys",
    "taking_part",
    "tier_and_score",
]

SortKeys: TypeAlias = Mapping[str, np.ndarray]
"""What rows bring to the order, by name.

``days`` waited, ``keeps`` is never moved down by equity; where ranges are asked for, ``scored`` has a place, ``waits`` may
have one once unrecorded inputs are known, ``unsure`` has such inputs, ``may_keep`` could turn out to be kept, and days
are ``counted``; then a tier and a score for each `TierAndScore`: ``now``, and where asked ``best`` and ``worst``; the same
again with ``base_`` before it, without what is social: the tier only where that could make it another.
"""


class TierAndScore(NamedTuple):
    """What the order looks at first: the tier (`Situations.no_tier` for none), then the sum of the parts in millionths."""

    tier: np.ndarray
    score: np.ndarray


class Scored(NamedTuple):
    """A block whose rows are scored; ``elsewhere`` are those who may stand elsewhere, where anybody asks how far."""

    reading: Reading
    sheet: Sheet
    elsewhere: Elsewhere | None

    @classmethod
    def of(cls, reader: Reader, reading: Reading, means: Mapping[str, int]) -> Scored:
        """Score a block once the list's mean points are known (in millionths)."""
        elsewhere = Elsewhere.of(reader, reading, means) if reader.ranges else None
        return cls(reading, fill(reader, reading, means), elsewhere)


def tier_and_score(keys: SortKeys, name: str) -> TierAndScore:
    """Return the tier and the score of one name."""
    tier = f"{name}_tier"
    return TierAndScore(keys[tier if tier in keys else tier.removeprefix("base_")], keys[f"{name}_score"])


def key_names(reader: Reader, *, base: bool = True) -> list[str]:
    """Return the names of the sort keys that a policy needs; where nobody asks for ``base`` places, only for its guards."""
    policy = reader.policy
    names = ["now", "best", "worst"] if reader.ranges else ["now"]
    guarded = bool(policy.equity_lines) and policy.guards.may_hold
    flags = ["days", *(["keeps"] if guarded else [])]
    flags += ["scored", "waits", "unsure", "counted", *(["may_keep"] if guarded else [])] if reader.ranges else []
    own = [f"{name}_{half}" for name in names for half in TierAndScore._fields]
    bases = names if guarded else ["now"] if policy.equity_lines and base else []
    halves = TierAndScore._fields if reader.social_tiers else ("score",)
    return [*flags, *own, *(f"base_{name}_{half}" for name in bases for half in halves)]


def taking_part(reader: Reader, scored: Scored) -> np.ndarray:
    """Return who has a place, or may have one once unrecorded inputs are known, where anybody asks for that."""
    status, situation = scored.sheet.status, scored.reading.situation
    return np.asarray(_may_wait(reader, status, situation) | (status == SCORED) if reader.ranges else status == SCORED)


def sort_keys(reader: Reader, scored: Scored, means: Mapping[str, int], *, base: bool = True) -> SortKeys:
    """Return the sort keys of a block."""
    (reading, sheet, elsewhere), names = scored, key_names(reader, base=base)
    found = {"days": reading.days.astype(np.int32, copy=False)}
    found |= _named("now", by_row(worked(_tier_places(reader).take, reading.tier)), sheet.score)
    if reader.ranges:
        found |= _what_is_open(reader, reading, sheet)
        found |= _ends(reader, reading, "tier", (sheet.low, sheet.high), elsewhere and elsewhere.bounds, elsewhere)
    if "base_now_score" in names:
        tier = found["now_tier"]
        if reader.social_tiers:
            base_tier = reader.situations.look_up("base_tier", reading.situation)
            tier = by_row(worked(_tier_places(reader).take, base_tier))
        found |= _named("base_now", tier, _unsocial(reader, sheet))
    if reading.kept is not None and "keeps" in names:
        found["keeps"] = by_row(reading.kept.now)
    if reading.kept is not None and "may_keep" in names:
        found["may_keep"] = by_row(reading.kept.could)
        found["unsure"] |= by_row(reading.kept.doubt)
        moved = elsewhere and bounds(reader, elsewhere.reading, means, only_clinical=True)
        ends = bounds(reader, reading, means, only_clinical=True)
        found |= _ends(reader, reading, "base_tier", ends, moved, elsewhere)
    return {name: _short(found[name], reader) if name.endswith("_score") else found[name] for name in names}


def _short(score: np.ndarray, reader: Reader) -> np.ndarray:
    """Return scores in as few bits as the policy's find room in: they are written, sorted and kept for every row."""
    return np.asarray(score.astype(reader.score_kind, copy=False))


def _named(name: str, tier: np.ndarray, score: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{name}_tier": tier, f"{name}_score": score}


def _tier_places(reader: Reader) -> np.ndarray:
    """Return where each tier comes in the order: people without one (0) after every tier."""
    situations = reader.situations
    return np.array([situations.no_tier, *range(1, situations.no_tier)], situations.kind)


def _unsocial(reader: Reader, sheet: Sheet) -> np.ndarray:
    """The part of the score that equity factors do not give."""
    return total(
        [part for factor, part in zip(reader.factors, sheet.points, strict=True) if factor.kind != "equity"],
        len(sheet.status),
    )


# --- what is not recorded ---------------------------------------------------------------------------------------------


def _what_is_open(reader: Reader, reading: Reading, sheet: Sheet) -> dict[str, np.ndarray]:
    """Return who has a place, who may have one once all is recorded, and of whom something is open."""
    scored, open_ = sheet.status == SCORED, by_row(reader.situations.flags("open", reading.situation))
    waits = _may_wait(reader, sheet.status, reading.situation)
    unsure = ~scored | (sheet.low != sheet.high) | open_
    return {"scored": scored, "waits": waits, "unsure": unsure, "counted": reading.counted}


def _may_wait(reader: Reader, status: np.ndarray, situation: Column) -> np.ndarray:
    return np.asarray((status <= NOWHERE) & by_row(reader.situations.flags("waits", situation)))


def _ends(
    reader: Reader,
    reading: Reading,
    tier: str,
    ends: tuple[np.ndarray, np.ndarray],
    moved_ends: tuple[np.ndarray, np.ndarray] | None,
    elsewhere: Elsewhere | None,
) -> dict[str, np.ndarray]:
    """Return tier and score at the best and at the worst that unrecorded inputs leave open: ``tier`` says which order."""
    first, last = (by_row(worked(tiers.take, reading.situation)) for tiers in _first_and_last(reader, tier))
    lowest, highest = ends
    if elsewhere is not None and moved_ends is not None:
        moved, lowest, highest = elsewhere.ends(tier, moved_ends), lowest.copy(), highest.copy()
        first[moved.rows], highest[moved.rows] = moved.best
        last[moved.rows], lowest[moved.rows] = moved.worst
    base = tier.removesuffix("tier")
    return _named(f"{base}best", first, highest) | _named(f"{base}worst", last, lowest)


def _with_other_targets(reader: Reader, reading: Reading) -> np.ndarray:
    """Return the rows that another tier could come to with another target, and so with other points."""
    if not reader.by_target:
        return np.zeros(0, np.intp)
    return np.flatnonzero(by_row(reader.situations.flags("open", reading.situation)))


def _first_and_last(reader: Reader, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return for each situation the first and the last tier that it leaves open."""
    count, places = reader.situations.possibilities()
    tiers = _open_tiers(places, name, reader.situations)
    starts = np.cumsum(count) - count
    return np.minimum.reduceat(tiers, starts), np.maximum.reduceat(tiers, starts)


def _open_tiers(places: np.ndarray, name: str, situations: Situations) -> np.ndarray:
    """People without a tier come after every tier, and people who may have no place after them."""
    tiers = places[name]
    placed = np.where(tiers == 0, situations.no_tier, tiers)
    return np.where(places["tier"] == 0, situations.gone, placed).astype(situations.kind)


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
    situations: Situations

    @classmethod
    def of(cls, reader: Reader, reading: Reading, means: Mapping[str, int]) -> Elsewhere | None:
        """Return the rows that may stand elsewhere with other points; None where nobody may."""
        rows = _with_other_targets(reader, reading)
        if not len(rows):
            return None
        count, flat = reader.situations.possibilities()
        situation = by_row(reading.situation)[rows]
        copies = count[situation]
        starts = np.cumsum(copies) - copies
        first = np.cumsum(count) - count
        place = flat[np.repeat(first[situation] - starts, copies) + np.arange(copies.sum())]
        moved = reader.standing_elsewhere(reading, np.repeat(rows, copies), place["target"], place["from_clock"])
        return cls(rows, starts, copies, place, moved, bounds(reader, moved, means), reader.situations)

    def ends(self, name: str, bounds: tuple[np.ndarray, np.ndarray]) -> Moved:
        """Return the highest score in the first tier of each row, and the lowest in its last."""
        low, high = (each.astype(np.int64, copy=False) for each in bounds)
        tiers = _open_tiers(self.place, name, self.situations)
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
