"""Which word of confidence the numbers of a row allow: one table, from which the docs and every sentence are made."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Verdict: TypeAlias = Literal["clear", "no_gap_as_large", "too_few", "everyone", "nobody", "not_shown", "one_group"]

WORDS: dict[Verdict, tuple[str, str]] = {
    "clear": (
        "longer (shorter) waits among",
        "the interval of the gap, which holds for all gaps of the question at once, leaves out 0, and the overall test of the "
        "question is under 1 − confidence wherever it can be made",
    ),
    "no_gap_as_large": (
        "no gap as large as",
        "a smallest gap of interest was given, and the interval of every gap that is shown lies within it on both sides",
    ),
    "too_few": (
        "too few to tell",
        "a gap is shown, none is clear, and the intervals reach beyond the smallest gap, or none was given",
    ),
    "everyone": ("everyone", "every group that is shown has a share of 100%"),
    "nobody": ("nobody", "every group that is shown has a share of 0%"),
    "not_shown": ("not shown", "no recorded group's value is shown, or none beside another's"),
    "one_group": ("one group", "only one recorded group is there: nothing to compare"),
}
"""Each verdict: its words, and the numbers that allow them."""


def is_clear(row: Any) -> bool:
    """Whether a row's gap stands clear of chance: its interval leaves out 0.

    Examples
    --------
    >>> is_clear({"difference_lower": 0.01, "difference_upper": 0.09}), is_clear({"difference_lower": -0.01, "difference_upper": 0.09})
    (True, False)
    """
    return bool(row["difference_lower"] > 0 or row["difference_upper"] < 0)


def clear_rows(rows: pd.DataFrame, overall_p: float) -> pd.DataFrame:
    """Return the rows whose gap is clear, those of the longest waits first; none where the overall test does not reject."""
    clear = np.flatnonzero(_is_clear(rows, overall_p))
    longest_first = np.argsort(-rows["value"].to_numpy(float)[clear], kind="stable")
    return rows.iloc[clear[longest_first]]


def _is_clear(rows: pd.DataFrame, overall_p: float) -> NDArray[np.bool_]:
    confidence = float(rows["confidence"].iloc[0]) if len(rows) else 0.95
    if overall_p >= 1 - confidence:
        return np.zeros(len(rows), bool)
    low, high = (rows[name].to_numpy(float) for name in ("difference_lower", "difference_upper"))
    return np.asarray((low > 0) | (high < 0))


def verdict_of(rows: pd.DataFrame, overall_p: float, smallest_gap: float | None) -> Verdict:
    """Return what the rows of one measure of one question allow to be said; of recorded groups only.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of the table: recorded groups, one measure, one adjustment.
    overall_p : float
        The overall test's p-value; NaN where it cannot be made.
    smallest_gap : float or None
        In the units of the difference: 0.05 for 5 points.
    """
    if len(rows) < 2:
        return "one_group"
    values, gaps = (rows[name].to_numpy(float) for name in ("value", "difference"))
    values, shown = values[~np.isnan(values)], ~np.isnan(gaps)
    if len(values) and (values == 1).all() and _is_share(rows):
        return "everyone"
    if len(values) and (values == 0).all() and _is_share(rows):
        return "nobody"
    if not shown.any():
        return "not_shown"
    if _is_clear(rows, overall_p).any():
        return "clear"
    ends = rows[["difference_lower", "difference_upper"]].to_numpy(float)[shown]
    if smallest_gap is not None and np.all(np.abs(ends) < smallest_gap):
        return "no_gap_as_large"
    return "too_few"


def _is_share(rows: pd.DataFrame) -> bool:
    return str(rows["measure"].iloc[0]).startswith(("over_", "treated", "left", "still"))
