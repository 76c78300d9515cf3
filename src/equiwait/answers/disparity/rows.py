"""The columns of `Disparities.table`, and the one way in which rows are made for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits.references import Reference
from equiwait.disclosure import Rule
from equiwait.statistics import Contrast, Interval

Floats: TypeAlias = NDArray[np.float64]
Truths: TypeAlias = NDArray[np.bool_]

COLUMNS = [
    "estimand", "measure", "by", "group", "within", "adjustment", "n", "n_people", "events", "value", "lower", "upper",
    "difference", "difference_lower", "difference_upper", "ratio", "ratio_lower", "ratio_upper", "p_value", "p_adjusted",
    "reference", "method", "confidence", "suppressed", "rounding_error", "note",
]  # fmt: skip
NONE, STANDARDISED, MANTEL_HAENSZEL = "none", "standardised", "mantel_haenszel"
"""What a row's value, interval and test are all of: the groups as they are; both sides as if their strata were those of
the standard; one odds ratio within all strata."""
_SAID = {
    "text": ("estimand", "measure", "by", "group", "within", "adjustment", "reference"),
    "numbers": ("n", "value", "difference", "difference_lower", "difference_upper", "confidence"),
}
FEWEST_FOR_QUANTILES = 50  # NHS England withholds a median under 50


@dataclass(frozen=True)
class Gap:
    """A difference with the interval and test of its family, and the ratio that goes with it."""

    difference: Interval
    ratio: Interval
    p_value: Floats
    p_adjusted: Floats

    @classmethod
    def nothing(cls, groups: int) -> Gap:
        """Return no gap, for so many groups."""
        none = np.full(groups, np.nan)
        return cls(Interval(none, none, none), Interval(none, none, none), none, none)

    def only(self, where: Truths) -> Gap:
        """Return the gaps of these rows alone."""
        return Gap(
            kept(self.difference, where),
            kept(self.ratio, where),
            np.where(where, self.p_value, np.nan),
            np.where(where, self.p_adjusted, np.nan),
        )


@dataclass(frozen=True)
class Whose:
    """Whose rows are made: a question's groups, what they stand against, and how people are counted."""

    question: str
    groups: Sequence[str]
    known: Truths
    reference: Reference
    rule: Rule
    n: Floats
    n_people: Floats
    confidence: float
    within: str = ""
    against: Sequence[str] | None = None

    @property
    def reference_names(self) -> list[str]:
        """What each group stands against, in words."""
        return list(self.reference.names if self.against is None else self.against)


def kept(interval: Interval, where: Truths) -> Interval:
    """Return an interval where it may stand, and nothing elsewhere; an end without limit stays without."""
    return Interval(*(np.where(where & ~np.isnan(np.asarray(end, float)), end, np.nan) for end in interval))


def family(found: Contrast) -> tuple[Interval, Floats, Floats]:
    """Return the difference with the interval of its family, its p-value alone, and that of the family."""
    return (
        Interval(np.asarray(found.value), np.asarray(found.family_lower), np.asarray(found.family_upper)),
        np.asarray(found.p_value),
        np.asarray(found.p_adjusted),
    )


def scattered(rows: Truths, values: Any) -> Floats:
    """Return values of some rows among all rows, NaN elsewhere."""
    every = np.full(len(rows), np.nan)
    every[rows] = values
    return every


def rows_of(
    whose: Whose, measure: str, value: Interval, gap: Gap, *, method: str, notes: Sequence[str], hidden: Truths,
    events: Floats | None = None, error: Floats | float = 0.0, adjustment: str = NONE,
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of one measure of one question, in the columns of the table but the estimand."""
    difference, ratio = gap.difference, gap.ratio
    return pd.DataFrame({
        "measure": measure, "by": whose.question, "group": list(whose.groups), "within": whose.within,
        "adjustment": adjustment, "n": whose.n, "n_people": whose.n_people,
        "events": np.nan if events is None else events, "value": value.value, "lower": value.lower, "upper": value.upper,
        "difference": difference.value, "difference_lower": difference.lower, "difference_upper": difference.upper,
        "ratio": ratio.value, "ratio_lower": ratio.lower, "ratio_upper": ratio.upper, "p_value": gap.p_value,
        "p_adjusted": gap.p_adjusted, "reference": whose.reference_names, "method": method,
        "confidence": whose.confidence, "suppressed": hidden, "rounding_error": error, "note": list(notes),
    })  # fmt: skip


def first_note(*notes: tuple[Truths, str]) -> list[str]:
    """Return the first note that holds of each row, the strongest reason first."""
    return [str(note) for note in np.select([where for where, _ in notes], [note for _, note in notes], "")]


def as_said(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that sentences are made of, text as plain objects: many small parts are taken of them.

    Examples
    --------
    >>> as_said(pd.DataFrame({"group": ["A"], "value": [0.5], "note": [""]})).dtypes.astype(str).to_dict()
    {'group': 'object', 'value': 'float64'}
    """
    text, numbers = ([name for name in names if name in table] for names in _SAID.values())
    return table[[*text, *numbers]].astype(dict.fromkeys(text, object))
