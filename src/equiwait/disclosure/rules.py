"""Small-number rules: what may be shown of a count.

A rule is applied when a result is made, so that a table, its chart, its map and its workbook all show the same. This
file knows numbers only; whoever builds a result asks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equiwait.errors import choose

__all__ = ["RULES", "Released", "Rule", "rule_named"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Released:
    """Counts as they may be shown.

    Parameters
    ----------
    counts : ndarray of float
        Rounded counts; NaN where hidden.
    hidden : ndarray of bool
        Where a count is hidden.
    """

    counts: Floats
    hidden: NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """A small-number rule.

    Parameters
    ----------
    name : str
        ``"hes"`` or ``"none"``.
    most_hidden : int
        The largest count that is hidden (0 is shown: nobody can be known from it); 0 hides nothing.
    base : int
        Other counts are rounded to a multiple of this.
    says : str
        The rule in words, for notes.

    Notes
    -----
    ``hes`` is the rule for Hospital Episode Statistics since September 2018, restated in NHS England's waiting-list
    publications: sub-national counts of 1 to 7 are hidden, others are rounded to the nearest 5, and 0 stays 0.

    Examples
    --------
    >>> rule_named("hes").release([0, 3, 8, 123]).counts
    array([  0.,  nan,  10., 125.])
    """

    name: str
    most_hidden: int
    base: int
    says: str

    def release(self, counts: ArrayLike) -> Released:
        """Return counts rounded and small ones hidden."""
        exact = np.asarray(counts, dtype=np.float64)
        hidden = (exact >= 1) & (exact <= self.most_hidden)
        rounded = np.floor(exact / self.base + 0.5) * self.base
        return Released(np.where(hidden, np.nan, rounded), hidden)

    @property
    def slack(self) -> float:
        """How far a shown count may stand from the true one (2 when rounded to 5)."""
        return (self.base - 1) / 2 if self.base > 1 else 0.0

    def text(self, count: float) -> str:
        """Return a count as it may be printed in a sentence.

        Examples
        --------
        >>> rule_named("hes").text(3), rule_named("hes").text(1203)
        ('1–7', '1,205')
        """
        released = self.release(count)
        return f"1–{self.most_hidden}" if bool(released.hidden) else f"{float(released.counts):,.0f}"

    def share_error(self, events: ArrayLike, n: ArrayLike) -> Any:
        """Return how far a share of two shown counts may stand from the true share, as a share.

        With both counts within ``slack`` of the truth, the share lies between ``(e - s)/(n + s)`` and
        ``(e + s)/(n - s)``; the larger of the two distances is returned.
        """
        e, m = np.asarray(events, np.float64), np.asarray(n, np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = e / m
            low = np.maximum(e - self.slack, 0) / (m + self.slack)
            high = np.minimum((e + self.slack) / (m - self.slack), 1)
            return (
                np.where(m > self.slack, np.maximum(share - low, high - share), np.nan)
                if self.slack
                else np.zeros_like(share)
            )


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "hes": Rule("hes", 7, 5, "Counts of 1 to 7 are hidden and others are rounded to the nearest 5."),
        "none": Rule("none", 0, 1, "Counts are exact: in-team, not for release."),
    }
)


def rule_named(suppression: str) -> Rule:
    """Return the rule of that name.

    Raises
    ------
    OptionError
        If there is none.
    """
    return RULES[choose("suppression", suppression, list(RULES))]
