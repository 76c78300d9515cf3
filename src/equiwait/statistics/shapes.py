"""The shapes that answers come in, and the checks that every argument goes through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[Any]


def shown(answer: tuple[Any, ...]) -> str:
    """Four significant figures, scalars without numpy's wrapping: made for people to read."""
    fields: Iterable[str] = answer._fields  # type: ignore[attr-defined]
    parts = (f"{name}={_figure(value)}" for name, value in zip(fields, answer, strict=True))
    return f"{type(answer).__name__}({', '.join(parts)})"


def _figure(value: Any) -> str:
    if isinstance(value, str):
        return repr(value)
    if np.ndim(value) == 0:
        return f"{float(value):.4g}"
    return np.array2string(np.asarray(value), formatter={"float_kind": lambda x: f"{x:.4g}"}, separator=", ")


class Interval(NamedTuple):
    """A value with the two ends of its confidence interval (arrays of one shape, or single numbers).

    Examples
    --------
    >>> Interval(0.36, 0.30, 0.42)
    Interval(value=0.36, lower=0.3, upper=0.42)
    """

    value: Array
    lower: Array
    upper: Array

    def __repr__(self) -> str:
        return shown(self)


class Estimate(NamedTuple):
    """A value with its standard error and the two ends of its confidence interval.

    Examples
    --------
    >>> Estimate(12.0, 1.5, 9.06, 14.94)
    Estimate(value=12, std_error=1.5, lower=9.06, upper=14.94)
    """

    value: Array
    std_error: Array
    lower: Array
    upper: Array

    def __repr__(self) -> str:
        return shown(self)


class Significance(NamedTuple):
    """A test statistic, its degrees of freedom (nan where it has none) and its p-value.

    Examples
    --------
    >>> Significance(3.354, 1.0, 0.06703)
    Significance(statistic=3.354, df=1, p_value=0.06703)
    """

    statistic: Array
    df: Array
    p_value: Array

    def __repr__(self) -> str:
        return shown(self)


def floats(*arrays: ArrayLike) -> tuple[Array, ...]:
    """The arguments as float arrays of one shape."""
    made = tuple([np.asarray(array, dtype=float) for array in arrays])
    alike = all(each.shape == made[0].shape for each in made)  # mostly so, and numpy takes long to find out
    return made if alike else tuple(np.broadcast_arrays(*made))


def counts_of(*arrays: ArrayLike, what: str = "counts") -> tuple[Array, ...]:
    """The arguments as float arrays of one shape, none of them negative."""
    counted = floats(*arrays)
    if any((array < 0).any() for array in counted):
        raise ValueError(f"{what} must not be negative.")
    return counted


def events_among(events: ArrayLike, n: ArrayLike) -> tuple[Array, Array]:
    """Events and people, checked: no more events than people."""
    x, total = counts_of(events, n, what="events and n")
    if (x > total).any():
        raise ValueError("events must not exceed n: each person counts once, with the event or without.")
    return x, total


def normal_point(confidence: ArrayLike) -> Any:
    """The standard normal quantile of a two-sided interval: 1.96 for 0.95; one for each level given."""
    level = np.asarray(confidence, dtype=float)
    if not ((level > 0) & (level < 1)).all():
        raise ValueError(f"confidence must lie between 0 and 1 (such as 0.95), not {confidence!r}.")
    return special.ndtri(0.5 + level / 2)[()]


def unwrapped(*arrays: ArrayLike) -> tuple[Any, ...]:
    """Arrays without dimensions become plain numpy numbers."""
    return tuple(np.asarray(array, dtype=float)[()] for array in arrays)


def interval(value: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> Interval:
    """An `Interval` whose parts have one shape."""
    return Interval(*unwrapped(*floats(value, lower, upper)))


def estimate(value: ArrayLike, std_error: ArrayLike, confidence: float) -> Estimate:
    """An `Estimate` with a normal interval: value ± z · standard error."""
    centre, error = floats(value, std_error)
    half = normal_point(confidence) * error
    return Estimate(*unwrapped(centre, error, centre - half, centre + half))


def chi_square_test(statistic: ArrayLike, df: ArrayLike) -> Significance:
    """A statistic referred to the chi-square distribution; without degrees of freedom there is nothing to test."""
    found, free = floats(statistic, df)
    with np.errstate(invalid="ignore"):
        p = np.where(free > 0, special.chdtrc(np.maximum(free, 1), found), np.nan)
    return Significance(*unwrapped(found, free, p))


def normal_test(z: ArrayLike) -> Significance:
    """A standard normal statistic, two-sided."""
    (found,) = floats(z)
    return Significance(*unwrapped(found, np.full_like(found, np.nan), 2 * special.ndtr(-np.abs(found))))
