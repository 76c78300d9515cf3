"""What each factor gives each row: points in whole millionths, so that sums and ties are exact."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from equiwait.rows.policies import Factor, Times
from equiwait.rows.scoring.blocks import Block, Known
from equiwait.rows.scoring.levels import recorded

__all__ = ["MILLION", "Given", "given", "number_points", "whole"]

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
        here = block.one_of(special.column, (special.value,))
        points, known = np.where(here, whole(special.points), points), known | here
    return points, known


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
    level = value.removesuffix(".0") if value else value
    level = factor.lookup.get(level) if factor.lookup and level else level
    if level in factor.points:
        return factor.points[level]
    if recorded(factor.column, level) is None or factor.otherwise == "":
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
    usual = times.levels.get("otherwise")
    by = [times.levels.get(value, usual) if value else None for value in values]
    weights = np.array([each if each is not None else 0.0 for each in by])[place]
    has = np.array([each is not None for each in by])[place]
    return np.rint(points * weights).astype(np.int64), known & has
