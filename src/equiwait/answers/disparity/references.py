"""What each group is compared with: a named group, the least deprived, or everyone else whose group is recorded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from equiwait.answers.disparity.question_counts import Floats, Question, Truths
from equiwait.errors import OptionError, did_you_mean, listed

REST = "everyone else recorded"
RECORDED = "everyone recorded"


@dataclass(frozen=True)
class Reference:
    """What each group is compared with: its name, and for each group the groups whose counts it stands against."""

    names: list[str]
    against: Truths  # groups × groups: whose counts are the reference of whom

    @property
    def itself(self) -> Truths:
        """Which groups are the reference themselves."""
        return np.asarray((self.against.sum(1) == 1) & self.against.diagonal())

    def pooled(self, counts: Floats) -> Floats:
        """Return the counts that each group stands against; NaN where one of them is hidden.

        The reference is everyone in it, also those in groups that are hidden, and is then rounded as one group would be:
        to leave them out would choose the reference by its outcome.
        """
        flat = counts.reshape(len(counts), -1)
        each = self.against.astype(np.float64)
        total = each @ np.nan_to_num(flat)
        if np.isnan(flat).any():
            total = np.where(each @ np.isnan(flat) > 0, np.nan, total)
        return np.asarray(total.reshape(counts.shape))

    def spread(self, part: Question) -> Floats:
        """Return how far repeated people widen the reference's interval: the mean over its people."""
        people = np.where(self.against, np.nan_to_num(part.counts.sum(1))[None, :], 0.0)
        total = people.sum(1)
        return np.asarray(np.divide((people * part.spread).sum(1), total, out=np.ones(len(total)), where=total > 0))


def reference_of(part: Question, given: str | Mapping[str, str] | None) -> Reference:
    """Return what each group of a question is compared with; the silent are compared with all recorded."""
    asked = given.get(part.name) if isinstance(given, Mapping) else given
    if asked is None:
        asked = next((group for group in part.groups if group.endswith("(least deprived)")), REST)
    size = len(part.groups)
    everyone = np.tile(part.known, (size, 1)) & ~np.eye(size, dtype=bool)
    if asked in (REST, "rest"):
        return Reference([REST if known else RECORDED for known in part.known], everyone)
    chosen = _found(part, asked)
    one = np.zeros((size, size), bool)
    one[:, chosen] = True
    names = [part.groups[chosen] if known else RECORDED for known in part.known]
    return Reference(names, np.where(part.known[:, None], one, everyone))


def _found(part: Question, asked: str) -> int:
    for place, group in enumerate(part.groups):
        if asked == group or asked in re.split(r"[: ]", group)[:1]:
            return place
    raise OptionError(
        f"The reference {asked!r} is not a group of {part.name}.{did_you_mean(asked, part.groups)}",
        todo=f"Use one of: {listed(part.groups, 30)}.",
    )


def refuse_strangers(given: str | Mapping[str, str] | None, names: list[str]) -> None:
    """Refuse references of questions that are not asked."""
    strange = [name for name in given if name not in names] if isinstance(given, Mapping) else []
    if strange:
        raise OptionError(
            f"reference= names {listed(strange)}, which is not asked.", todo=f"The questions are: {listed(names)}."
        )
