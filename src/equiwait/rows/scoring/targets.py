"""How far a wait is from the target of its priority, and whether it is to be reviewed for harm."""

from __future__ import annotations

import numpy as np

from equiwait.rows.policies import Policy
from equiwait.rows.scoring.blocks import Block, Known
from equiwait.rows.scoring.levels import recorded
from equiwait.rows.scoring.tiers import Situations

__all__ = ["days_left", "percent_of", "review_due"]


def percent_of(
    target: np.ndarray, from_clock: np.ndarray, days: np.ndarray, counted: np.ndarray, elapsed: np.ndarray
) -> Known:
    """Return the percentage of the target that has passed, and whether it can be said."""
    from_clock = from_clock.astype(bool)
    passed = np.where(from_clock, days, elapsed)
    known = (target > 0) & np.where(from_clock, counted, elapsed >= 0)
    return np.divide(100.0 * passed, target, out=np.zeros(len(passed)), where=known), known


def days_left(
    situations: Situations, situation: np.ndarray, days: np.ndarray, counted: np.ndarray, elapsed: np.ndarray
) -> Known:
    """Return how many days each row has until its target (fewer than none: past it), and whether that can be said."""
    targets = situations.column("target")
    if not targets.any():
        return np.zeros(len(days), np.int64), np.zeros(len(days), bool)
    target = targets.take(situation)
    from_clock = situations.column("from_clock").take(situation).astype(bool)
    passed = np.where(from_clock, days, elapsed)
    return target - passed, (target > 0) & np.where(from_clock, counted, elapsed >= 0)


def review_due(policy: Policy, block: Block, left: Known, days: np.ndarray, counted: np.ndarray) -> Known:
    """Return whose wait is to be reviewed for harm as the policy says, and of whom that can be said.

    Parameters
    ----------
    policy : Policy
        The policy.
    block : Block
        The rows.
    left : pair of ndarrays
        Days until the target, and of whom they are known.
    days, counted : ndarray
        Days waited, and of whom they are known.
    """
    rule = policy.harm_review
    if rule is None:
        return np.zeros(block.rows, bool), np.zeros(block.rows, bool)
    due, told = np.zeros(block.rows, bool), np.ones(block.rows, bool)
    if rule.past_target_days is not None:
        until, known = left
        due |= known & (-until >= max(rule.past_target_days, 1))
        told &= known
    if rule.waited_days is not None:
        due |= counted & (days >= rule.waited_days)
        told &= counted
    told |= due
    if rule.priorities:
        codes, place = block.coded("priority")
        silent = np.array([recorded("priority", code) is None for code in codes])[place]
        mine = block.one_of("priority", rule.priorities)
        due, told = due & mine, np.where(mine, told, ~silent | (told & ~due))
    return due, told
