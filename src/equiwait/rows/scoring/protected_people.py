"""Whom equity never moves down, as far as a person's own row says; and which of a policy's protections a list cannot keep."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

import numpy as np

from equiwait.rows.policies import Policy
from equiwait.rows.scoring.alike import Column, by_row, worked
from equiwait.rows.scoring.tiers import Situations

__all__ = ["GUARD_COLUMNS", "Protected", "lapsed", "marked", "protected", "said_by"]


class Protected(NamedTuple):
    """Rows that equity never moves down, those that could turn out so, and those of which that is in doubt.

    It is in doubt where it hangs on a code or a date that is not recorded.
    """

    now: Column
    could: Column
    doubt: Column


def protected(situations: Situations, situation: Column, elapsed: np.ndarray, days: np.ndarray) -> Protected:
    """Return whom a policy protects.

    Where no date says when a person was listed, the wait since the clock started stands in for it: it can only be
    longer, so that nobody near a target is left unprotected.

    Parameters
    ----------
    situations : Situations
        What the codes of the rows settle.
    situation : ndarray of int, or Alike
        Each row's place among them.
    elapsed, days : ndarray of int
        Days since listing (-1: no date says), and since the clock started.
    """
    keeps, may_keep = situations.flags("keeps", situation), situations.flags("may_keep", situation)
    if not (situations.column("near") >= 0).any():
        could = worked(np.logical_or, keeps, may_keep)
        return Protected(keeps, could, worked(np.greater, could, keeps))
    near, target = (by_row(situations.look_up(name, situation)) for name in ("near", "target"))
    passed = np.where(elapsed >= 0, elapsed, days)
    now = by_row(keeps) | ((near >= 0) & ((target == 0) | (passed >= target - near)))
    undated = (near >= 0) & (elapsed < 0)
    could = now | undated | by_row(may_keep)
    return Protected(now, could, (could & ~now) | undated)


GUARD_COLUMNS = ("priority", "cancer_pathway")
"""Columns that say whom a policy protects."""


def lapsed(policy: Policy, columns: Container[str], what: str = "list") -> list[str]:
    """Return, in words, the protections that a list, or a record, without these columns cannot keep.

    Examples
    --------
    >>> lapsed(Policy.preset("paediatric_surgery_illustrative"), ["priority"])
    ['people on cancer pathways are not protected, since the list has no cancer_pathway']
    """
    protect, found = policy.guards.protect, list[str]()
    if not policy.equity_lines:
        return found
    if (protect.priorities or protect.near_target) and "priority" not in columns:
        found.append(f"nobody is protected by priority, since the {what} has no priority")
    if protect.cancer and "cancer_pathway" not in columns:
        found.append(f"people on cancer pathways are not protected, since the {what} has no cancer_pathway")
    return found


_MARK = " [guard: "


def marked(stamp: str, policy: Policy, columns: Container[str]) -> str:
    """Return the stamp of a policy with what its guards cannot do for a list: every output names it."""
    return "".join([stamp, *(f"{_MARK}{each}]" for each in lapsed(policy, columns))])


def said_by(mark: str) -> str:
    """Return the stamp alone.

    Examples
    --------
    >>> said_by("england_default 0123456789ab [not approved] [guard: nobody is protected]")
    'england_default 0123456789ab [not approved]'
    """
    return mark.split(_MARK)[0]
