"""Curves as they may be shown: their digits, and the steps that rest on too few people held back for the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equiwait.disclosure.rules import Rule

__all__ = ["digits_error", "held_steps", "in_digits"]

Floats = NDArray[np.float64]
_FEWEST_IN_STEP = 10  # people between two steps of a curve


def in_digits(values: ArrayLike, digits: int, rule: Rule) -> Floats:
    """Return figures to so many digits after the point; as they are where counts are exact.

    Examples
    --------
    >>> from equiwait.disclosure.rules import rule_named
    >>> in_digits([0.12345], 3, rule_named("hes")).tolist(), in_digits([0.12345], 3, rule_named("none")).tolist()
    ([0.123], [0.12345])
    """
    exact = np.asarray(values, np.float64)
    return exact if rule.exact else np.round(exact, digits)


def digits_error(digits: int, rule: Rule) -> float:
    """Return how far `in_digits` may have moved a figure."""
    return 0.0 if rule.exact else 0.5 * 10.0**-digits


def rising_steps(done: ArrayLike, rule: Rule) -> list[int]:
    """Return the steps at which a count, as it may be shown, has grown by ten or more since the step before; and the last.

    Examples
    --------
    >>> from equiwait.disclosure.rules import rule_named
    >>> rising_steps([3, 12, 14, 21, 60, 61], rule_named("hes"))
    [1, 3, 4, 5]
    """
    shown = np.nan_to_num(rule.release(done).counts)
    kept: list[int] = []
    before = 0.0
    for step, count in enumerate(shown.tolist()):
        if count - before >= _FEWEST_IN_STEP:
            kept.append(step)
            before = count
    last = len(shown) - 1
    return kept if not kept or kept[-1] == last else [*kept, last]


def held_steps(done: ArrayLike, rule: Rule) -> tuple[list[int], bool]:
    """Return for each step of a curve the step that is shown there, and whether anything may be shown at all.

    Parameters
    ----------
    done : array_like
        How many exits there have been by each step.
    rule : Rule

    Notes
    -----
    A step that rests on fewer than ten exits, or on no more than the rule hides, waits for the next; a curve that rests
    on so few is not shown.

    Examples
    --------
    >>> from equiwait.disclosure.rules import rule_named
    >>> held_steps([0, 10, 13, 25], rule_named("hes"))
    ([0, 1, 1, 3], True)
    """
    exits = np.asarray(done, np.float64)
    least = 1 if rule.exact else max(_FEWEST_IN_STEP, rule.most_hidden + 1)
    held: list[int] = []
    for step, count in enumerate(exits):
        far = step == 0 or count - exits[held[-1]] >= least or count == exits[held[-1]]
        held.append(step if far else held[-1])
    return held, bool(exits[-1] >= least)
