"""A gap inside one stratum that the whole list hides."""

from __future__ import annotations

import numpy as np

from equiwait.answers.disparity.adjusted import inside_strata
from equiwait.answers.disparity.crude import Asked, released_pair
from equiwait.answers.disparity.findings import CLEAR, inside_sentence, known_groups
from equiwait.answers.disparity.inequality_indices import Row
from equiwait.statistics import adjusted_p, equal_shares

_FEWEST = 50  # a stratum with fewer people says too little to be singled out
_MOST = 5  # strata named; with more of them the gap is not inside one


def strata_with_gaps(asked: Asked, estimand: str) -> tuple[list[Row], list[str]]:
    """Return the strata inside which the recorded groups differ by more than chance, for the summary and in sentences.

    The overall test of each stratum, adjusted for how many strata are looked at (Holm).
    """
    part, rule, weeks = asked.part, asked.rule, asked.measure.weeks
    names, x, n = inside_strata(part, weeks)
    spread = part.spread[part.known]
    x, n = np.nan_to_num(x), np.where(np.isnan(x), 0, np.nan_to_num(n))
    p = equal_shares(x / spread, n / spread).p_value
    p = adjusted_p(np.where(n.sum(-1) >= _FEWEST, p, np.nan))
    rows: list[Row] = []
    said = []
    for place in np.flatnonzero(p < CLEAR)[np.argsort(p[p < CLEAR], kind="stable")][:_MOST]:
        counts, long = released_pair(rule, n[place], x[place])
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = long / counts
        shares, error = np.where(counts > 0, shares, np.nan), rule.share_error(long, counts)
        if np.isfinite(shares).sum() < 2 or np.nanmax(shares) - np.nanmin(shares) <= 2 * np.nanmax(error) * 2:
            continue
        said.append(inside_sentence(names[place], known_groups(part), shares, weeks, part.name, estimand))
        value = float(f"{p[place]:.3g}") if rule.slack else float(p[place])
        rows.append((asked.measure.name, part.name, "overall_p_inside", value, np.nan, np.nan,
                     "χ² inside one stratum, adjusted over strata (Holm)", said[-1]))  # fmt: skip
    return rows, said
