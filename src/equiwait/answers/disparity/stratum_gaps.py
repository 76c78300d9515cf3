"""A gap inside one stratum that the whole list hides: exact, and so for the team alone."""

from __future__ import annotations

import numpy as np

from equiwait.answers.disparity.inequality_indices import Row
from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.question_counts import Question
from equiwait.counts.waits.wording import spoken
from equiwait.statistics import adjusted_p, equal_shares

INSIDE = "overall_p_inside"
_CLEAR = 0.05
_FEWEST = 50  # a stratum with fewer people says too little to be singled out
_MOST = 5  # strata named; with more of them the gap is not inside one


def strata_with_gaps(part: Question, measure: Measure, estimand: str) -> list[Row]:
    """Return the strata inside which the recorded groups differ by more than chance, with a sentence as the note.

    The overall test of each stratum, adjusted for how many strata are looked at (Šidák).
    """
    x, n = (np.nan_to_num(each[part.known].T) for each in part.over_in_strata(measure.weeks))
    spread = part.spread[part.known]
    p = np.asarray(equal_shares(x / spread, n / spread).p_value)
    p = adjusted_p(np.where(n.sum(-1) >= _FEWEST, p, np.nan), method="sidak")
    groups = [group for group, known in zip(part.groups, part.known, strict=True) if known]
    found = np.flatnonzero(p < _CLEAR)
    return [
        (measure.name, part.name, INSIDE, float(p[place]), np.nan, np.nan, "χ² inside one stratum, adjusted over strata (Šidák)",
         _sentence(part, groups, place, (x[place], n[place]), measure, estimand))
        for place in found[np.argsort(p[found], kind="stable")][:_MOST]
    ]  # fmt: skip


def _sentence(
    part: Question,
    groups: list[str],
    place: int,
    counts: tuple[np.ndarray, np.ndarray],
    measure: Measure,
    estimand: str,
) -> str:
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = counts[0] / counts[1]
    high, low = int(np.nanargmax(shares)), int(np.nanargmin(shares))
    verb = "had" if estimand == "completed" else "have"
    return (
        f"Inside ‘{part.stratum_names[place]}’ alone, by {spoken(part.name)}: {shares[high]:.1%} of people in the group "
        f"{groups[high]} {verb} waited over {measure.weeks} weeks and {shares[low]:.1%} in {groups[low]}; groups differ there "
        "by more than chance."
    )
