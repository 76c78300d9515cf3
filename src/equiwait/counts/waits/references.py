"""What each group is compared with: a named group, the least deprived, or everyone else whose group is recorded.

One type for every answer. A pooled reference is made of the exact counts of everyone in it, hidden groups too: to leave
them out would choose the reference by its outcome. How it is shown is for the small-number rule to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equiwait.errors import OptionError, did_you_mean, listed

Floats: TypeAlias = NDArray[np.float64]
Truths: TypeAlias = NDArray[np.bool_]
Given: TypeAlias = str | Mapping[str, str] | None

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

    @property
    def alone(self) -> bool:
        """Whether no recorded group is left to stand against: a question of one group has no gap."""
        return not self.against.any()

    def pooled(self, counts: Floats) -> Floats:
        """Return the counts that each group stands against; NaN where the source itself hides one of them."""
        flat = counts.reshape(len(counts), -1)
        each = self.against.astype(np.float64)
        total = each @ np.nan_to_num(flat)
        if np.isnan(flat).any():
            total = np.where(each @ np.isnan(flat) > 0, np.nan, total)
        return np.asarray(total.reshape(counts.shape))

    def shown(self, own: Floats, recorded: Floats | float) -> Floats:
        """Return what each group stands against, from released counts alone.

        Parameters
        ----------
        own : ndarray, shape (groups,)
            Each group's count as it is shown; NaN where hidden.
        recorded : float
            The count of all recorded groups together, as it is shown.

        Returns
        -------
        ndarray, shape (groups,)
            A group's own count where the reference is one group; else *recorded* less the group itself.

        Examples
        --------
        >>> known = np.array([True, True, False])
        >>> reference_of("sex", ["Male", "Female", "Not known"], known, "rest").shown(np.array([30.0, 50.0, 10.0]), 80.0)
        array([50., 30., 80.])
        """
        named = np.asarray(own)[self.against.argmax(1)] if len(own) else np.asarray(own)
        everyone = np.where(self._is(REST), recorded - own, recorded)
        pooled = self._is(REST) | self._is(RECORDED)
        return np.asarray(np.where(pooled, np.maximum(everyone, 0.0), named))

    def rounded(self, own: Floats, base: Floats) -> Floats:
        """Return how many rounded counts' worth of variance the reference's count carries beside the group's own.

        One where the reference is one group or everyone recorded; for *everyone else* see `rounded_rest`.
        """
        return np.where(self._is(REST), rounded_rest(own, base), 1.0)

    def _is(self, name: str) -> Truths:
        return np.array([each == name for each in self.names])

    def design_effect(self, people: Floats, own: Floats) -> Floats:
        """Return how far repeated people widen the reference's interval: the mean over its people."""
        weight = np.where(self.against, np.nan_to_num(people)[None, :], 0.0)
        total = weight.sum(1)
        return np.asarray(np.divide((weight * own).sum(1), total, out=np.ones(len(total)), where=total > 0))

    def contrasts(self, known: Truths) -> int:
        """Return how many comparisons a question makes: two groups, each against the other, are one.

        Groups that are hidden were looked at all the same.
        """
        compared = int((known & ~self.itself).sum())
        return 1 if int(known.sum()) == 2 else max(compared, 1)


def rounded_rest(own: ArrayLike, rest: ArrayLike) -> Floats:
    """Return how many rounded counts' worth of variance the rest of a total carries beside the part taken from it.

    The rest is the difference of two rounded counts, one of them the part's own: with own count n and rest m, the error of
    n enters a difference of shares as 1/n + 1/m, so that (1/n + 1/m)² + 1/m² − 1/n² = (2 + 2m/n)/m² is the rest's part.

    Examples
    --------
    >>> rounded_rest([100.0, 50.0], [100.0, 150.0]).tolist()
    [4.0, 8.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        both = 2 + 2 * np.asarray(rest, np.float64) / np.asarray(own, np.float64)
    return np.where(np.isfinite(both), both, 1.0)


def reference_of(question: str, groups: Sequence[str], known: Truths, given: Given) -> Reference:
    """Return what each group of a question is compared with.

    Parameters
    ----------
    question : str
        Its name.
    groups : sequence of str
    known : ndarray of bool
        Which groups are recorded; the others are compared with everyone recorded.
    given : str, mapping or None
        A group (its name, code or number), for all questions or by question; ``"rest"`` for everyone else recorded.
        None: the least deprived areas, and for other questions everyone else.

    Raises
    ------
    OptionError
        If there is no such group.

    Examples
    --------
    >>> reference_of("sex", ["Male", "Female", "Not known"], np.array([True, True, False]), "rest").names
    ['everyone else recorded', 'everyone else recorded', 'everyone recorded']
    """
    asked = given.get(question) if isinstance(given, Mapping) else given
    if asked is None:
        asked = next((group for group in groups if group.endswith("(least deprived)")), REST)
    size = len(groups)
    everyone = np.tile(known, (size, 1)) & ~np.eye(size, dtype=bool)
    if asked in (REST, "rest"):
        return Reference([REST if here else RECORDED for here in known], everyone)
    chosen = place_of(question, groups, asked)
    one = np.zeros((size, size), bool)
    one[:, chosen] = True
    names = [groups[chosen] if here else RECORDED for here in known]
    return Reference(names, np.where(known[:, None], one, everyone))


def place_of(question: str, groups: Sequence[str], asked: str) -> int:
    """Return the place of a group named in full, or by its code or number."""
    for place, group in enumerate(groups):
        if asked == group or asked in re.split(r"[: ]", group)[:1]:
            return place
    raise OptionError(
        f"The reference {asked!r} is not a group of {question}.{did_you_mean(asked, groups)}",
        todo=f"Use 'rest' or one of: {listed(groups, 30)}.",
    )


def refuse_strangers(given: Given, questions: Sequence[str]) -> None:
    """Refuse references of questions that are not asked."""
    strange = [name for name in given if name not in questions] if isinstance(given, Mapping) else []
    if strange:
        raise OptionError(
            f"reference= names {listed(strange)}, which is not asked.", todo=f"The questions are: {listed(questions)}."
        )
