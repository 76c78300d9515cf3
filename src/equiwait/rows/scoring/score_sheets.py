"""The score sheet of rows once the list is known: every part, their sum, and how far unrecorded inputs could move it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from equiwait.rows.scoring.alike import Alike, Column, all_of, by_row, worked
from equiwait.rows.scoring.points import Part, Scale, grouped
from equiwait.rows.scoring.row_scores import LONGEST, NO_MEAN, NOWHERE, OUTSIDE, SCORED, UNSCORED, Reader, Reading

__all__ = ["Sheet", "bounds", "fill", "part_bounds", "total"]

_NOTHING = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Sheet:
    """The score sheet of the rows: every part, their sum, and how far unrecorded inputs could move it."""

    status: np.ndarray
    points: tuple[Column, ...]
    filled: tuple[Column, ...]  # whether each part can be given: recorded, or missing by a rule that gives points
    summed: (
        np.ndarray
    )  # whether there is a score: every part can be given, or what lacks is social and takes nobody off
    low: np.ndarray
    high: np.ndarray

    @cached_property
    def score(self) -> np.ndarray:
        """The sum of the parts, in millionths."""
        return total(self.points, len(self.status))


def fill(reader: Reader, reading: Reading, means: Mapping[str, int]) -> Sheet:
    """Give every missing input what its factor says, and the range of what it could be."""
    status, points, filled = reading.status.copy(), list[Column](), list[Column]()
    summed = ((status == SCORED) | (status > NOWHERE)) & (status < OUTSIDE)
    for factor, part, rule in zip(reader.factors, reading.parts, _stand_ins(reader, means), strict=True):
        if all_of(part.known):
            points.append(part.points)
            filled.append(part.known)
            continue
        points.append(worked(partial(_stood_in, rule or 0), part.points, part.known))
        filled.append(part.known if rule is None else worked(np.ones_like, part.known))
        if rule is not None:
            continue
        takes_off = ~by_row(part.known)
        if factor.kind == "equity" and reading.kept is not None:
            takes_off &= ~by_row(reading.kept.now)  # nothing social takes a protected person off the order
        if factor.missing == "unscored":
            status[((status == SCORED) | (status == NO_MEAN)) & takes_off] = UNSCORED
        elif factor.missing == "list_mean":  # and nobody on the list has it recorded
            status[(status == SCORED) & takes_off] = NO_MEAN
        summed &= ~takes_off if factor.missing == "unscored" else by_row(part.known)
    points = _built_up(reader, _in_groups(reader, points), reading.days)
    low, high = bounds(reader, reading, means) if reader.ranges else (_NOTHING, _NOTHING)
    return Sheet(status, tuple(points), tuple(filled), summed, low, high)


def bounds(
    reader: Reader, reading: Reading, means: Mapping[str, int], *, only_clinical: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest sum of the parts, equity left out if asked, that unrecorded values leave possible.

    What stands in for them today is one of the possibilities, so that a score never lies outside its own range.
    """
    mine = [not (only_clinical and factor.kind == "equity") for factor in reader.factors]
    stands = _stand_ins(reader, means)
    ends = [_ends(reader, *each, reading) for each in zip(reader.scales, reading.parts, stands, strict=True)]
    parts = (_in_groups(reader, [each[side] for each in ends]) for side in (0, 1))
    rows = len(reading.status)
    low, high = (total([each for each, has in zip(side, mine, strict=True) if has], rows) for side in parts)
    return _over_time(reader, low, high, reading)


def _ends(reader: Reader, scale: Scale, part: Part, rule: int | None, reading: Reading) -> tuple[Column, Column]:
    if all_of(part.known):
        return part.low, part.high
    missing = worked(np.logical_not, part.known)
    if rule is None and scale.factor.kind == "equity" and reading.kept is not None:
        rule, missing = 0, worked(np.logical_and, missing, reading.kept.now)
    if rule is None or scale.leaves_open(rule):
        return part.low, part.high
    low, high = partial(_reaching, np.minimum, rule), partial(_reaching, np.maximum, rule)
    return worked(low, missing, part.low), worked(high, missing, part.high)


def _stand_ins(reader: Reader, means: Mapping[str, int]) -> list[int | None]:
    """Return what each factor gives where its value is not recorded, in millionths; None where nothing stands in."""
    pairs = zip(reader.factors, reader.stand_ins, strict=True)
    return [means.get(factor.name) if factor.missing == "list_mean" else rule for factor, rule in pairs]


def part_bounds(reader: Reader, reading: Reading) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield for each part by itself the lowest and highest points that unrecorded values leave possible."""
    for part in reading.parts:
        yield _over_time(reader, by_row(part.low), by_row(part.high), reading)


def _in_groups(reader: Reader, parts: list[Column]) -> list[Column]:
    """Return the parts once the groups of the policy have been taken: it rises with every part, so ends stay ends."""
    for group, places in reader.groups:
        mine = grouped(group, [by_row(parts[place]) for place in places])
        for place, part in zip(places, mine, strict=True):
            parts[place] = part
    return parts


def _over_time(reader: Reader, low: np.ndarray, high: np.ndarray, reading: Reading) -> tuple[np.ndarray, np.ndarray]:
    """Return ends built up over the days waited; where those are unknown, over none and over the longest wait."""
    if reader.policy.then != "accumulation":
        return low, high
    weeks = [1 + days / 7 for days in (reading.days, np.where(reading.counted, reading.days, LONGEST))]
    lows, highs = ([_times(points, each) for each in weeks] for points in (low, high))
    return np.minimum(*lows), np.maximum(*highs)


def _built_up(reader: Reader, parts: Sequence[Column], days: np.ndarray) -> list[Column]:
    """Points that build up count once for the day of listing and once more for every week since.

    Their sum is rounded, the social parts last: the parts add up to it, however the points are spread over them.
    """
    if reader.policy.then != "accumulation":
        return list(parts)
    weeks, found = 1 + days / 7, list(parts)
    total = before = np.zeros(len(days), np.int64)
    for place in sorted(range(len(parts)), key=lambda place: reader.factors[place].kind == "equity"):
        total = total + by_row(parts[place])
        so_far = _times(total, weeks)
        found[place], before = so_far - before, so_far
    return found


def total(parts: Sequence[Column], rows: int) -> np.ndarray:
    """Return the sum of some parts of the score, of none nought, in millionths."""
    found: np.ndarray | None = None
    by_kind: Alike | None = None
    for part in parts:
        if isinstance(part, Alike):  # added up for each kind first
            by_kind = part if by_kind is None else Alike(by_kind.each + part.each, part.kind)
        else:
            found = part if found is None else found + part
    if by_kind is not None:
        found = by_kind.rows if found is None else found + by_kind.rows
    return np.zeros(rows, np.int64) if found is None else found


def _stood_in(rule: int, points: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known, points, rule)


def _reaching(farther: np.ufunc, rule: int, rows: np.ndarray, end: np.ndarray) -> np.ndarray:
    return np.where(rows, farther(end, rule), end)


def _times(points: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(points * weeks).astype(np.int64))
