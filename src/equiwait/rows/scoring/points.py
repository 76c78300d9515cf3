"""What each factor gives each row: points in whole millionths, so that sums and ties are exact."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from equiwait.rows.policies import Factor, Policy, Times
from equiwait.rows.policies.columns import level_for
from equiwait.rows.policies.groups import Group
from equiwait.rows.scoring.alike import Alike, Column, all_of, by_row
from equiwait.rows.scoring.blocks import Block, Known
from equiwait.rows.scoring.levels import recorded

__all__ = [
    "MILLION",
    "Given",
    "Part",
    "Scale",
    "by_codes",
    "given",
    "grouped",
    "most_values",
    "number_points",
    "scale_of",
    "score_kind",
    "stand_in",
    "whole",
]

MILLION = 1_000_000
_MOST_MET = 256  # levels whose points are kept
_SHORT = 2_000  # points, of which the millionths find room in 32 bits


class Given(NamedTuple):
    """What a factor gives every row, in millionths, whether its value is recorded, and between what the points could lie.

    A recorded value can still leave the points open: where a blank in another column could settle the factor.
    """

    points: np.ndarray
    known: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def within(cls, points: np.ndarray, known: np.ndarray, ends: tuple[int, int] | None) -> Given:
        """Leave what is not recorded anywhere between two ends; without any, nobody asks for them."""
        if ends is None or all_of(known):
            return cls(points, known, points, points)
        low, high = (np.where(known, points, end) for end in ends)
        return cls(points, known, low, high)

    def stretched(self, rows: np.ndarray, *ends: int) -> Given:
        """Let the points of some rows turn out to be others too."""
        low = np.where(rows, np.minimum(self.low, min(ends)), self.low)
        return self._replace(low=low, high=np.where(rows, np.maximum(self.high, max(ends)), self.high))

    def settled(self, rows: np.ndarray, points: int) -> Given:
        """Give some rows points that nothing can change."""
        found = (np.where(rows, points, each) for each in (self.points, self.low, self.high))
        settled, low, high = found
        return Given(settled, self.known | rows, low, high)

    def of_kinds(self, kind: np.ndarray) -> Part:
        """Return what rows are given, where this is what each kind of row is."""
        points, known = Alike(self.points, kind), Alike(self.known, kind)
        low, high = (points if end is self.points else Alike(end, kind) for end in (self.low, self.high))
        return Part(points, known, low, high)


class Part(NamedTuple):
    """What a factor gives every row, as `Given`: worked out row by row, or for each kind of row."""

    points: Column
    known: Column
    low: Column
    high: Column

    def at(self, rows: np.ndarray) -> Given:
        """Return what some rows are given."""
        points, known = by_row(self.points)[rows], by_row(self.known)[rows]
        low, high = (points if end is self.points else by_row(end)[rows] for end in (self.low, self.high))
        return Given(points, known, low, high)


def whole(points: float | None) -> int:
    """Return points as whole millionths.

    Examples
    --------
    >>> whole(0.12)
    120000
    """
    return round((points or 0.0) * MILLION)


class Scale(NamedTuple):
    """What a factor can give, in millionths, worked out once."""

    factor: Factor
    before_times: tuple[int, int]
    ends: tuple[int, int]
    limits: tuple[int, int] | None  # a recorded value that gives points outside them cannot be
    met: dict[str | None, int | None]  # what levels that were met give, a few hundred of them: None says nothing
    kind: type[np.signedinteger[Any]]  # a whole number that holds what it can give
    blank_may_be_filled: bool  # since some other line takes the blank of its date for not recorded

    def leaves_open(self, points: int) -> bool:
        """Whether a value that is not recorded could give so many points, for certain and for everybody."""
        factor = self.factor
        plain = (
            not (factor.times or factor.specials or factor.only_if or factor.percent_of_target) and self.limits is None
        )
        return plain and self.ends == self.before_times and self.ends[0] <= points <= self.ends[1]


def scale_of(factor: Factor, open_blanks: Container[str] = (), kind: type[np.signedinteger[Any]] = np.int64) -> Scale:
    """Return a factor made ready.

    ``open_blanks`` are columns of which some line takes a blank for not recorded, ``kind`` a number that holds every score.
    """
    before, ends = (_whole_pair(pair) for pair in (factor.before_times(), factor.possible()))
    fills = factor.blank != "" and factor.days_until in open_blanks
    limits = None if factor.limits is None else _whole_pair(factor.limits)
    return Scale(factor, before, ends, limits, {}, kind if _most(factor) < _SHORT else np.int64, fills)


def _most(factor: Factor) -> float:
    """Return the most points that a factor gives, with either sign, before they are weighed too.

    By unit there is no most: a slip of the record can be anything, before it is found to be one.
    """
    written = [abs(value) for path, value in factor.numbers() if path[-1] != 0 and value is not None]
    return math.inf if factor.per else max([factor.most, *written])


def _whole_pair(pair: tuple[float, float]) -> tuple[int, int]:
    low, high = (whole(end) if math.isfinite(end) else np.iinfo(np.int64).max for end in pair)
    return low, high


def given(scale: Scale, block: Block, percent: Known, *, ranges: bool = True) -> Given:
    """Return what a factor gives each row.

    Parameters
    ----------
    scale : Scale
        The factor, made ready.
    block : Block
        The rows.
    percent : pair of ndarrays
        The percentage of target, and whether it is known.
    ranges : bool
        Whether anybody asks between what the points could lie.
    """
    factor = scale.factor
    found = Given.within(*_own(scale, block, percent), scale.before_times if ranges else None)
    for times in factor.times:
        found = _multiplied(times, block, found, whatever=factor.range is None)
    if scale.limits is not None:
        found = _within(scale.limits, scale.ends, found)
    if ranges and scale.blank_may_be_filled:
        found = found.stretched(~block.days(factor.days_until)[1], *scale.ends)
    for special in factor.specials:
        here, silent = _is_one(block, special.column, special.value)
        found = found.settled(here, whole(special.points)) if here.any() else found
        found = found.stretched(silent, whole(special.points)) if ranges and silent.any() else found
    return found


def _is_one(block: Block, column: str, level: str) -> Known:
    """Return which rows hold a level, or a code that begins as it does, and of which rows that is not recorded."""
    values, place = block.coded(column)
    here = [bool(value) and level_for((level,), value or "") is not None for value in values]
    silent = [not has and recorded(column, value) is None for has, value in zip(here, values, strict=True)]
    return np.array(here).take(place), np.array(silent).take(place)


def _within(limits: tuple[int, int], ends: Sequence[int], part: Given) -> Given:
    """Take what gives points outside the factor's range for a slip of the record: it cannot be, so it is not recorded."""
    low, high = limits
    can_be = (part.points >= low) & (part.points <= high)
    known, slip = part.known & can_be, part.known & ~can_be
    points, least, most = np.where(known, part.points, 0), part.low.clip(low, high), part.high.clip(low, high)
    return Given(points, known, np.where(slip, ends[0], least), np.where(slip, ends[1], most))


def by_codes(factor: Factor) -> bool:
    """Whether all that a factor gives hangs on codes, and nothing on a number or a date."""
    return bool(factor.any_of or factor.points) and not (factor.percent_of_target or factor.days_until)


def most_values(factor: Factor) -> int:
    """Return how many different points a factor that hangs on codes could give at the most, with what stands in for them, and none."""
    own = {*factor.points.values(), factor.otherwise or 0.0, 0.0}
    levels = math.prod([len(own), *(len({*times.levels.values(), 0.0}) for times in factor.times)])
    return levels + len(factor.specials) + 2


def _own(scale: Scale, block: Block, percent: Known) -> Known:
    factor = scale.factor
    if factor.any_of:
        return _any_of(factor, block)
    if factor.percent_of_target:
        return number_points(factor, percent, scale.kind)
    if factor.days_until:
        return _days_until(factor, block)
    if factor.points:
        return _levels(scale, block)
    return number_points(factor, block.numbers(factor.column), scale.kind)


def _levels(scale: Scale, block: Block) -> Known:
    """Look each distinct value up once."""
    values, place = block.coded(scale.factor.column)
    found = [scale.met[value] if value in scale.met else _met(scale, value) for value in values]
    points = np.array([each or 0 for each in found], scale.kind)
    return points.take(place), np.array([each is not None for each in found]).take(place)


def _met(scale: Scale, value: str | None) -> int | None:
    """Return the millionths of one value, and keep them for when it is met again."""
    points = _level(scale.factor, value)
    found = None if points is None else whole(points)
    if len(scale.met) < _MOST_MET:
        scale.met[value] = found
    return found


def _level(factor: Factor, value: str | None) -> float | None:
    """Return the points of one value, or None if it says nothing."""
    if value is None:
        return None
    if factor.lookup:
        stands_for = level_for(factor.lookup, value)
        level = None if stands_for is None else factor.lookup[stands_for]
    else:
        level = level_for(factor.points, value)
    if level is not None:
        return factor.points[level]
    if recorded(factor.column, value) is None or factor.otherwise == "":
        return None
    return float(factor.otherwise or 0.0)


def _any_of(factor: Factor, block: Block) -> Known:
    """One flag that is up is enough; it takes all of them recorded to say that none is."""
    some = np.zeros(block.rows, bool)
    every = np.ones(block.rows, bool)
    for name in factor.any_of:
        values, place = block.coded(name)
        lowered = [value.lower() if value else value for value in values]
        up = np.array([value == "true" for value in lowered]).take(place)
        known = np.array([value in ("true", "false") for value in lowered]).take(place)
        some |= up
        every &= known
    points = np.where(some, whole(factor.points.get("true")), whole(factor.points.get("false")))
    return points, some | every


def _days_until(factor: Factor, block: Block) -> Known:
    (day, dated), (today, known) = block.days(factor.days_until), block.today
    points, valid = number_points(factor, ((day - today).astype(np.float64), dated & known))
    if factor.blank == "":
        return points, valid
    return np.where(dated, points, whole(factor.blank)), valid | ~dated


def number_points(factor: Factor, numbers: Known, kind: type[np.signedinteger[Any]] = np.int64) -> Known:
    """Return the points of numbers by straight lines between knots, or by so many for each unit; ``kind`` holds them."""
    values, known = numbers
    few = _close_together(values) if len(values) > 1000 else None
    if few is None:
        points = _along(factor, values).astype(kind, copy=False)
    else:
        every, place = few  # days, mostly: each number is looked at once
        points = _along(factor, every).astype(kind).take(place, mode="clip")
    return points if all_of(known) else np.where(known, points, 0), known


def _close_together(values: np.ndarray) -> Known | None:
    """Return whole numbers from the lowest to the highest and each row's place among them, if those are far fewer than the rows."""
    low, high = float(values.min()), float(values.max())
    if high - low > len(values) // 4 or max(high, -low) > 2**31:
        return None
    place = values.astype(np.intp)
    if values.dtype.kind == "f" and not (place == values).all():
        return None
    if low:
        place -= int(low)
    return np.arange(low, high + 1), place


def _along(factor: Factor, values: np.ndarray) -> np.ndarray:
    by_unit = whole(factor.per.points) / factor.per.every if factor.per else None
    points = np.interp(values, *_line(factor.knots)) if by_unit is None else values * by_unit
    return np.rint(points).astype(np.int64)


@lru_cache(256)
def _line(knots: tuple[tuple[float, float], ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return where the knots of a line stand, and how many millionths each gives."""
    at, gives = zip(*knots, strict=True)
    return np.array(at, np.float64), np.array([whole(each) for each in gives], np.float64)


def _multiplied(times: Times, block: Block, part: Given, *, whatever: bool) -> Given:
    """Weigh by another column; a value that the policy gives no multiplier leaves the factor unrecorded.

    ``whatever``: the ends of what is not recorded are weighed too, since no range of the policy says them as a whole.
    """
    values, place = block.coded(times.by)
    named = [level for level in times.levels if level != "otherwise"]
    by = [None if recorded(times.by, value) is None else _weight(times, named, value or "") for value in values]
    some = [each or 0.0 for each in times.levels.values()]
    weights, least, most = (
        np.array([end if each is None else each for each in by])[place] for end in (0.0, min(some), max(some))
    )
    has = np.array([each is not None for each in by])[place]
    points = np.rint(part.points * weights).astype(np.int64)
    if part.low is part.points and has.all():
        return Given(points, part.known, points, points)
    corners = [np.rint(end * by).astype(np.int64) for end in (part.low, part.high) for by in (least, most)]
    low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
    if not whatever:
        low, high = np.where(part.known, low, part.low), np.where(part.known, high, part.high)
    return Given(points, part.known & has, low, high)


def _weight(times: Times, named: list[str], value: str) -> float | None:
    level = level_for(named, value)
    return times.levels.get("otherwise" if level is None else level)


def grouped(group: Group, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return what each factor of a group gives once the group has: the parts still sum to the score.

    Of the highest (lowest) the others give nothing, the first of two that are level counts; under a cap points are counted
    one after another until it is reached, and the rest is cut.

    Parameters
    ----------
    group : Group
        The group.
    parts : sequence of ndarrays of int
        Points of its factors, in millionths and in its order.
    """
    if group.take != "sum":
        stacked = np.stack(parts)
        counts = stacked.argmax(axis=0) if group.take == "highest" else stacked.argmin(axis=0)
        parts = [np.where(counts == place, part, 0) for place, part in enumerate(parts)]
    if group.at_most is None:
        return list(parts)
    total, most, found = np.zeros(len(parts[0]), np.int64), whole(group.at_most), []
    for part in parts:
        room = np.maximum(most - total, 0)
        found.append(np.where(part > 0, np.minimum(part, room), part))
        total = total + found[-1]
    return found


def stand_in(factor: Factor) -> int | None:
    """Return the millionths that a factor gives where nothing is recorded, None if it gives none of its own."""
    if factor.missing in ("unscored", "list_mean"):
        return None
    return whole(0.0 if isinstance(factor.missing, str) else factor.missing)


def score_kind(policy: Policy) -> type[np.signedinteger[Any]]:
    """Return a whole number that holds every score of the policy in millionths, a short one where that is certain."""
    ends = [(*part.reach, (stand_in(part) or 0) / MILLION) for part in policy.parts]  # a mean lies between them
    most = [max(map(abs, each)) for each in ends]
    short = policy.then != "accumulation" and sum(most) < _SHORT
    return np.int32 if short else np.int64
