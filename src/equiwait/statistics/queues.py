"""Formulas of queues: is capacity enough, and how long may the list be. Time is in weeks throughout."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from equiwait.statistics.shapes import Array, counts_of, floats


def _positive(what: str, *parts: ArrayLike) -> tuple[Array, ...]:
    numbers = floats(*parts)
    if any(np.any(number <= 0) for number in numbers):
        raise ValueError(f"{what} must be above 0.")
    return numbers


def queue_load(demand: ArrayLike, capacity: ArrayLike) -> Array:
    """People joining for each one that can be treated; above 1 the list grows without end.

    Parameters
    ----------
    demand, capacity : array_like
        People joining, and people that can be treated, a week.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        Negative demand, or capacity not above 0.

    Notes
    -----
    ``demand / capacity``. Fong KJ et al. (2022), medRxiv 2022.08.23.22279117.

    Examples
    --------
    >>> queue_load(30, 25)
    np.float64(1.2)
    """
    joining, treated = counts_of(demand, capacity, what="demand and capacity")
    _positive("capacity", treated)
    return np.asarray(joining / treated)[()]


def target_mean_wait(target_wait: ArrayLike, *, factor: float = 4.0) -> Array:
    """Mean wait at which about 98% of people wait less than the target.

    Parameters
    ----------
    target_wait : array_like
        The standard, in weeks: 18.
    factor : float
        4 leaves about ``e⁻⁴`` = 1.8% beyond the target; 2.5 leaves 8%.

    Returns
    -------
    ndarray
        Weeks.

    Raises
    ------
    ValueError
        A target or factor not above 0.

    Notes
    -----
    ``target / factor``. In a stable queue with chance arrivals, waits are about exponential. Fong KJ et al. (2022),
    medRxiv 2022.08.23.22279117.

    Examples
    --------
    >>> target_mean_wait(18)
    np.float64(4.5)
    """
    target, parts = _positive("target_wait and factor", target_wait, factor)
    return np.asarray(target / parts)[()]


def target_queue(demand: ArrayLike, target_wait: ArrayLike, *, factor: float = 4.0) -> Array:
    """People on the list when the mean wait is right for the target.

    Parameters
    ----------
    demand : array_like
        People joining a week.
    target_wait : array_like
        The standard, in weeks.
    factor : float
        As in `target_mean_wait`.

    Returns
    -------
    ndarray
        People.

    Raises
    ------
    ValueError
        Negative demand, a target or factor not above 0.

    Notes
    -----
    ``demand × target / factor``: people = joining a week × mean weeks. Little JDC (1961), *Operations Research*
    9:383–387.

    Examples
    --------
    >>> target_queue(30, 48, factor=6)
    np.float64(240.0)
    """
    (joining,) = counts_of(demand, what="demand")
    return np.asarray(joining * target_mean_wait(target_wait, factor=factor))[()]


def relief_capacity(demand: ArrayLike, queue: ArrayLike, target: ArrayLike, *, weeks: float = 26.0) -> Array:
    """People to treat a week to bring the list down to its target.

    Parameters
    ----------
    demand, queue, target : array_like
        People joining a week, people on the list, and what `target_queue` gives.
    weeks : float
        How soon.

    Returns
    -------
    ndarray
        People a week; below demand where the list is shorter than its target.

    Raises
    ------
    ValueError
        Negative counts, weeks not above 0.

    Notes
    -----
    ``demand + (queue − target)/weeks``. Fong KJ et al. (2022), medRxiv 2022.08.23.22279117.

    Examples
    --------
    >>> relief_capacity(33, 800, 200, weeks=30)
    np.float64(53.0)
    """
    joining, now, then = counts_of(demand, queue, target)
    (time,) = _positive("weeks", weeks)
    return np.asarray(joining + (now - then) / time)[()]


def target_capacity(
    demand: ArrayLike,
    target_wait: ArrayLike,
    *,
    factor: float = 4.0,
    cv_demand: float = 1.0,
    cv_capacity: float = 1.0,
) -> Array:
    """People to treat a week to keep the list at its target once it is there.

    Parameters
    ----------
    demand, target_wait : array_like
        People joining a week, and the standard in weeks.
    factor : float
        As in `target_mean_wait`.
    cv_demand, cv_capacity : float
        Coefficients of variation of the weekly numbers; 1 for chance alone.

    Returns
    -------
    ndarray
        People a week, a little above demand.

    Raises
    ------
    ValueError
        Negative numbers, a target or factor not above 0.

    Notes
    -----
    ``demand + (cv_d² + cv_c²)/2 × factor/target``. Kingman JFC (1961), *Mathematical Proceedings of the Cambridge
    Philosophical Society* 57:902–904.

    Examples
    --------
    >>> target_capacity(30, 52, factor=3, cv_demand=1.1, cv_capacity=1.2).round(4)
    np.float64(30.0764)
    """
    joining, one, other = counts_of(demand, cv_demand, cv_capacity, what="demand and coefficients of variation")
    return np.asarray(joining + (one**2 + other**2) / 2 / target_mean_wait(target_wait, factor=factor))[()]


def pressure(mean_wait: ArrayLike, target_wait: ArrayLike, *, factor: float = 4.0) -> Array:
    """How many times longer the mean wait is than the target allows; above 1 the target is out of reach.

    Parameters
    ----------
    mean_wait, target_wait : array_like
        Both in weeks (divide days by seven first).
    factor : float
        As in `target_mean_wait`.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        A target or factor not above 0, a negative mean.

    Notes
    -----
    ``factor × mean wait/target``. Fong KJ et al. (2022), medRxiv 2022.08.23.22279117.

    Examples
    --------
    >>> pressure(63, 52, factor=2).round(4)
    np.float64(2.4231)
    """
    (mean,) = counts_of(mean_wait, what="mean_wait")
    return np.asarray(mean / target_mean_wait(target_wait, factor=factor))[()]


def queue_sizes(joining: ArrayLike, leaving: ArrayLike, *, start: float = 0.0) -> Array:
    """People on the list at the end of each period.

    Parameters
    ----------
    joining, leaving : array_like, shape (..., periods)
        People who joined, and who left in whatever way, in each period.
    start : float
        People on the list before the first.

    Returns
    -------
    ndarray, shape (..., periods)

    Raises
    ------
    ValueError
        Negative counts, or more people leaving than are there.

    Notes
    -----
    ``start + Σ joined − Σ left``, the balance behind `relief_capacity`: Fong KJ et al. (2022), medRxiv
    2022.08.23.22279117. What published stocks add to this is unreported removals.

    Examples
    --------
    >>> queue_sizes([10, 5], [4, 6])
    array([6., 5.])
    """
    came, went, first = counts_of(joining, leaving, start)
    stock = np.asarray(first + (came - went).cumsum(-1))
    if np.any(stock < -1e-9):
        raise ValueError("more people leave than are on the list: is `start` missing?")
    return stock


def capacity_a_week(removals: ArrayLike, weeks: ArrayLike) -> Array:
    """People taken off the list a week.

    Parameters
    ----------
    removals, weeks : array_like
        People who left in a stretch of time, and its length in weeks.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        Negative removals, weeks not above 0.

    Notes
    -----
    ``removals / weeks``, over the time that was watched, not over the time between the first and the last removal: the
    capacity of Fong KJ et al. (2022), medRxiv 2022.08.23.22279117.

    Examples
    --------
    >>> capacity_a_week(52, 26)
    np.float64(2.0)
    """
    (left,) = counts_of(removals, what="removals")
    (time,) = _positive("weeks", weeks)
    return np.asarray(left / time)[()]
