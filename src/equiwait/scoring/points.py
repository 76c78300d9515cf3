"""What each factor gives each row: points in whole millionths, so that sums and ties are exact."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.frames import distinct
from equiwait.policies import Factor
from equiwait.scoring.standing import column_of, recorded

__all__ = ["MILLION", "Given", "days_of", "given", "numbers_of", "percent_points", "snapshot_days", "whole"]

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


def given(factor: Factor, batch: pa.RecordBatch, percent: Given) -> Given:
    """Return what a factor gives each row; ``percent`` is the percentage of target and whether it is known."""
    points, known = _own(factor, batch, percent)
    if factor.times_by:
        points, known = _multiplied(factor, batch, points, known)
    for special in factor.specials:
        values, place = distinct(column_of(batch, special.column))
        here = np.array([value == special.value for value in values])[place]
        points, known = np.where(here, whole(special.points), points), known | here
    return points, known


def _own(factor: Factor, batch: pa.RecordBatch, percent: Given) -> Given:
    if factor.any_of:
        return _any_of(factor, batch)
    if factor.percent_of_target:
        return percent_points(factor, percent)
    if factor.days_until:
        return _days_until(factor, batch)
    if factor.points:
        return _levels(factor, batch)
    return percent_points(factor, numbers_of(column_of(batch, factor.column)))


def _levels(factor: Factor, batch: pa.RecordBatch) -> Given:
    """Look each distinct value up once."""
    values, place = distinct(column_of(batch, factor.column))
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


def _any_of(factor: Factor, batch: pa.RecordBatch) -> Given:
    """One flag that is up is enough; it takes all of them recorded to say that none is."""
    some = np.zeros(batch.num_rows, bool)
    every = np.ones(batch.num_rows, bool)
    for name in factor.any_of:
        up, known = _flag(column_of(batch, name))
        some |= up
        every &= known
    points = np.where(some, whole(factor.points.get("true")), whole(factor.points.get("false")))
    return points, some | every


def _flag(array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    values, place = distinct(array)
    lowered = [value.lower() if value else value for value in values]
    return np.array([v == "true" for v in lowered])[place], np.array([v in ("true", "false") for v in lowered])[place]


def _days_until(factor: Factor, batch: pa.RecordBatch) -> Given:
    day, dated = days_of(column_of(batch, factor.days_until))
    today, known = snapshot_days(batch)
    points, valid = percent_points(factor, ((day - today).astype(np.float64), dated & known))
    if factor.blank == "":
        return points, valid
    return np.where(dated, points, whole(factor.blank)), valid | ~dated


def percent_points(factor: Factor, numbers: Given) -> Given:
    """Return the points of numbers by straight lines between knots, or by so many for each unit."""
    values, known = numbers
    if factor.per:
        points = np.rint(values * (whole(factor.per.points) / factor.per.every))
    else:
        at, gives = zip(*factor.knots, strict=True)
        points = np.rint(np.interp(values, at, [whole(each) for each in gives]))
    return np.where(known, points, 0).astype(np.int64), known


def _multiplied(factor: Factor, batch: pa.RecordBatch, points: np.ndarray, known: np.ndarray) -> Given:
    """Weigh by another column; a value that the policy gives no multiplier leaves the factor unrecorded."""
    values, place = distinct(column_of(batch, factor.times_by))
    usual = factor.times.get("otherwise")
    by = [factor.times.get(value, usual) if value else None for value in values]
    weights = np.array([each if each is not None else 0.0 for each in by])[place]
    has = np.array([each is not None for each in by])[place]
    return np.rint(points * weights).astype(np.int64), known & has


def numbers_of(array: pa.Array) -> Given:
    """Return a column as numbers, and whether each is one."""
    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        texts, place = distinct(array)
        read = np.array([_number(text) for text in texts])
        return np.nan_to_num(read)[place], np.isfinite(read)[place]
    values = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.nan_to_num(values, posinf=0.0, neginf=0.0), np.isfinite(values)


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def days_of(array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return dates as days since 1970, and whether each is one."""
    if pa.types.is_null(array.type) or pa.types.is_string(array.type) or pa.types.is_dictionary(array.type):
        texts, place = distinct(array)
        days = np.array([np.datetime64(_day(text), "D") for text in texts])
        return days.astype(np.int64)[place], ~np.isnat(days)[place]
    seconds = array.cast(pa.timestamp("s")).cast(pa.int64())
    known = ~np.asarray(pc.is_null(seconds))
    return np.asarray(seconds.fill_null(0)) // 86_400, known


def _day(text: str | None) -> str:
    try:
        return str(np.datetime64((text or "NaT")[:10], "D"))
    except ValueError:
        return "NaT"


def snapshot_days(batch: pa.RecordBatch) -> tuple[np.ndarray, np.ndarray]:
    """Return the day of each row's snapshot."""
    return days_of(column_of(batch, "snapshot_date"))
