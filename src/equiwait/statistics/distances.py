"""What measures of how far groups lie apart are made of: groups, marks, folded normals and the greatest of several."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from equiwait.statistics.shapes import Array, chi_square_test, counts_of, floats, shown


class Distance(NamedTuple):
    """How far groups lie apart, with what chance alone would make of it and the test that all are alike.

    ``lower`` and ``upper`` are nan where an interval is conditional on groups differing and the test does not say so.

    Examples
    --------
    >>> Distance(7.07, 1.0, 5.1, 8.9, 1.7, 0.0001)
    Distance(value=7.07, std_error=1, lower=5.1, upper=8.9, chance=1.7, p_value=0.0001)
    """

    value: Array
    std_error: Array
    lower: Array
    upper: Array
    chance: Array
    p_value: Array

    def __repr__(self) -> str:
        return shown(self)


def groups_of(values: ArrayLike, sizes: ArrayLike, std_errors: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Values, shares of people and standard errors (nan where not given) of the groups that hold anybody."""
    y, people = floats(values, counts_of(sizes)[0])
    if y.ndim != 1:
        raise ValueError("values must be one series of groups.")
    error = np.full(y.shape, np.nan) if std_errors is None else floats(std_errors, y)[0]
    held = people > 0
    return y[held], people[held] / people.sum() if held.any() else people[held], error[held]


def alike_p(y: Array, error: Array) -> float:
    """P-value that all groups have one value: Cochran's Q. Cochran WG (1954), *Biometrics* 10:101–129."""
    usable = error > 0
    if y.size < 2 or not usable.all():
        return float("nan")
    weight = 1 / error**2
    gap = y - (weight * y).sum() / weight.sum()
    return float(chi_square_test((weight * gap**2).sum(), y.size - 1.0).p_value)


def reference_of(y: Array, sizes: ArrayLike, place: int) -> tuple[float, Array]:
    """The value of the reference group, and all the weight on it."""
    held = np.asarray(sizes, dtype=float) > 0
    if not 0 <= place < held.size or not held[place]:
        raise ValueError(f"the reference must be the place of a group with people in it, from 0 to {held.size - 1}.")
    mark = np.zeros(y.size)
    mark[held[:place].sum()] = 1.0
    return float((mark * y).sum()), mark


def folded(gap: Array, spread: Array) -> tuple[Array, Array, Array, Array]:
    """Mean and variance of the size of a normal value, and the slope and bend of the mean as the value moves."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(spread > 0, gap / spread, np.sign(gap) * np.inf)
        ratio = np.where(np.isnan(spread), np.nan, np.nan_to_num(ratio, nan=0.0, posinf=1e9, neginf=-1e9))
    lean, height = special.erf(ratio / np.sqrt(2)), np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2)
    mean = spread * height + gap * lean
    bend = np.divide(height, spread, out=np.zeros_like(spread), where=spread > 0)
    return mean, np.maximum(gap**2 + spread**2 - mean**2, 0), lean, bend


def greatest(y: Array, square: Array) -> tuple[float, float, Array]:
    """Mean and variance of the greatest of independent normals, and its covariance with each of them."""
    mean, variance = float(y[0]), float(square[0])
    with_each = np.where(np.arange(y.size) == 0, square, 0.0)
    for j in range(1, y.size):
        apart = np.sqrt(variance + square[j])
        if apart == 0:
            mean = max(mean, float(y[j]))
            continue
        ratio = (mean - y[j]) / apart
        stays, height = special.ndtr(ratio), np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
        first = mean * stays + y[j] * (1 - stays) + apart * height
        second = (mean**2 + variance) * stays + (y[j] ** 2 + square[j]) * (1 - stays)
        variance = float(second + (mean + y[j]) * apart * height - first**2)
        mean = float(first)
        with_each = with_each * stays
        with_each[j] = square[j] * (1 - stays)
    return mean, max(variance, 0.0) if variance == variance else np.nan, with_each
