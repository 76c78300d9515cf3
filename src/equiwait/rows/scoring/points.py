"""What each factor gives each row: points in whole millionths, so that sums and ties are exact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from equiwait.rows.policies import Factor, Times
from equiwait.rows.policies.columns import level_for
from equiwait.rows.policies.groups import Group
from equiwait.rows.scoring.blocks import Block, Known
from equiwait.rows.scoring.levels import recorded

__all__ = ["MILLION", "Given", "given", "grouped", "number_points", "whole"]

MILLION = 1_000_000
Given: TypeAlias = tuple[np.ndarray, np.ndarray]
"""Points of every row in millionths, and whether its value is recorded."""


def whole(points: float | None) -> int:
    """Return points as whole millionths.

    Examples
    --------
    >>> whole(0.12)
    120000
    """
    return round((points or 0.0) * MILLION)


def given(factor: Factor, block: Block, percent: Known) -> Given:
    """Return what a factor gives each row; ``percent`` is the percentage of target and whether it is known."""
    points, known = _own(factor, block, percent)
    for times in factor.times:
        points, known = _multiplied(times, block, points, known)
    if factor.limits is not None:
        points, known = _within(factor.limits, points, known)
    for special in factor.specials:
        here = _is_one(block, special.column, special.value)
        points, known = np.where(here, whole(special.points), points), known | here
    return points, known


def _is_one(block: Block, column: str, level: str) -> np.ndarray:
    """Return which rows hold a level, or a code that begins as it does."""
    values, place = block.coded(column)
    return np.array([bool(value) and level_for((level,), value or "") is not None for value in values])[place]


def _within(limits: tuple[float, float], points: np.ndarray, known: np.ndarray) -> Given:
    """Take what gives points outside the factor's range for a slip of the record: it cannot be, so it is not recorded."""
    low, high = (whole(end) if math.isfinite(end) else np.iinfo(np.int64).max for end in limits)
    known = known & (points >= low) & (points <= high)
    return np.where(known, points, 0), known


def _own(factor: Factor, block: Block, percent: Known) -> Given:
    if factor.any_of:
        return _any_of(factor, block)
    if factor.percent_of_target:
        return number_points(factor, percent)
    if factor.days_until:
        return _days_until(factor, block)
    if factor.points:
        return _levels(factor, block)
    return number_points(factor, block.numbers(factor.column))


def _levels(factor: Factor, block: Block) -> Given:
    """Look each distinct value up once."""
    values, place = block.coded(factor.column)
    found = [_level(factor, value) for value in values]
    points = np.array([whole(each) if each is not None else 0 for each in found], np.int64)
    return points[place], np.array([each is not None for each in found])[place]


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


def _any_of(factor: Factor, block: Block) -> Given:
    """One flag that is up is enough; it takes all of them recorded to say that none is."""
    some = np.zeros(block.rows, bool)
    every = np.ones(block.rows, bool)
    for name in factor.any_of:
        values, place = block.coded(name)
        lowered = [value.lower() if value else value for value in values]
        up = np.array([value == "true" for value in lowered])[place]
        known = np.array([value in ("true", "false") for value in lowered])[place]
        some |= up
        every &= known
    points = np.where(some, whole(factor.points.get("true")), whole(factor.points.get("false")))
    return points, some | every


def _days_until(factor: Factor, block: Block) -> Given:
    (day, dated), (today, known) = block.days(factor.days_until), block.today
    points, valid = number_points(factor, ((day - today).astype(np.float64), dated & known))
    if factor.blank == "":
        return points, valid
    return np.where(dated, points, whole(factor.blank)), valid | ~dated


def number_points(factor: Factor, numbers: Known) -> Given:
    """Return the points of numbers by straight lines between knots, or by so many for each unit."""
    values, known = numbers
    if factor.per:
        points = np.rint(values * (whole(factor.per.points) / factor.per.every))
    else:
        at, gives = zip(*factor.knots, strict=True)
        points = np.rint(np.interp(values, at, [whole(each) for each in gives]))
    return np.where(known, points, 0).astype(np.int64), known


def _multiplied(times: Times, block: Block, points: np.ndarray, known: np.ndarray) -> Given:
    """Weigh by another column; a value that the policy gives no multiplier leaves the factor unrecorded."""
    values, place = block.coded(times.by)
    named = [level for level in times.levels if level != "otherwise"]
    by = [None if recorded(times.by, value) is None else _weight(times, named, value or "") for value in values]
    weights = np.array([each if each is not None else 0.0 for each in by])[place]
    has = np.array([each is not None for each in by])[place]
    return np.rint(points * weights).astype(np.int64), known & has


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
