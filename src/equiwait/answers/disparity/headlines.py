"""Headlines of `Disparities`: each question and measure as the front page of a report shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from equiwait.answers.disparity.measures import Measure, measure_named
from equiwait.answers.disparity.overall_tests import NOT_RECORDED_PEOPLE
from equiwait.answers.disparity.rows import MANTEL_HAENSZEL, as_said
from equiwait.answers.disparity.verdicts import Verdict, clear_rows, verdict_of
from equiwait.counts.waits.wording import people_in, set_against, spoken
from equiwait.results import Headline
from equiwait.units import printed

__all__ = ["chart_name", "headlines_of"]

_ASKED = ("over", "quantile", "mean_within")
_ANY = ""
"""Whichever measure comes first."""


class _Of(NamedTuple):
    """One measure of one question, and what its rows allow to be said."""

    by: str
    within: str
    measure: Measure
    estimand: str
    verdict: Verdict
    rows: pd.DataFrame
    clear: pd.DataFrame
    smallest_gap: float | None
    unknown: tuple[float, float]
    """How many people are in no recorded group, and their share of everybody."""

    @property
    def question(self) -> str:
        said = self.measure.words(self.estimand)
        alike = f", among people of the same {self.within}" if self.within else ""
        return f"{said[:1].upper()}{said[1:]}, by {spoken(self.by)}{alike}"


def chart_name(measure: str, by: str, within: str) -> str:
    """Return the name of the chart of a measure and question."""
    return f"{measure} by {by}{within and f' within {within}'}"


def headlines_of(
    table: pd.DataFrame, summary: pd.DataFrame, unknown: Mapping[str, Sequence[str]], smallest_gap: float | None
) -> list[Headline]:
    """Return a headline for each measure of each question: its longest clear wait, or why no gap is clear."""
    said = as_said(table)
    asked, numbers = said[said["adjustment"] != MANTEL_HAENSZEL], _numbers(summary)
    made = []
    for (by, within, name), rows in asked.groupby(["by", "within", "measure"], sort=False):
        measure = measure_named(str(name))
        if measure.kind not in _ASKED:
            continue
        known = rows[~rows["group"].isin(unknown.get(str(by), ()))]
        overall = _overall(numbers, str(by), measure.name, bool(within))
        smallest = smallest_gap if measure.is_share else None
        made.append(
            _Of(
                str(by), str(within), measure, str(rows["estimand"].iloc[0]), verdict_of(known, overall, smallest), known,
                _longest_first(clear_rows(known, overall)), smallest_gap, _not_recorded(numbers, str(by), len(known) == len(rows)),
            )
        )  # fmt: skip
    return [_headline(each) for each in made]


def _numbers(summary: pd.DataFrame) -> Mapping[tuple[str, str, str], tuple[float, float]]:
    """Return the value and the upper end of each index of each question and measure; the first of a question too."""
    rows = zip(*(summary[name].tolist() for name in ("by", "index", "measure", "value", "upper")), strict=True)
    found: dict[tuple[str, str, str], tuple[float, float]] = {}
    for by, index, measure, value, upper in rows:
        for of in (measure, _ANY):
            found.setdefault((by, index, of), (float(value), float(upper)))
    return found


def _overall(numbers: Mapping[tuple[str, str, str], tuple[float, float]], by: str, measure: str, within: bool) -> float:
    index = "overall_p_within" if within else "overall_p"
    return numbers.get((by, index, measure), (float("nan"),))[0]


def _not_recorded(
    numbers: Mapping[tuple[str, str, str], tuple[float, float]], by: str, nobody: bool
) -> tuple[float, float]:
    nothing = (0.0, 0.0) if nobody else (float("nan"), float("nan"))
    return numbers.get((by, NOT_RECORDED_PEOPLE, _ANY), nothing)


def _longest_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Those who wait longer than their reference before those who wait less long; of each, what came first stays first."""
    return rows.iloc[np.argsort(rows["difference"].to_numpy(float) < 0, kind="stable")]


def _headline(of: _Of) -> Headline:
    row = _telling(of)
    chart = chart_name(of.measure.name, of.by, of.within)
    plain: dict[str, Any] = {"by": of.by, "measure": of.measure.name, "chart": chart, "asked": of.question, "certainty": of.verdict,
             "n_unknown": of.unknown[0], "share_unknown": of.unknown[1]}  # fmt: skip
    if row is None:
        return Headline(says=_otherwise(of, None), **plain)
    base = of.rows[of.rows["group"] == row["reference"]]
    return Headline(
        says=_clear(of, row, base) if of.verdict == "clear" else _otherwise(of, row),
        value=float(row["difference"]),
        lower=float(row["difference_lower"]),
        upper=float(row["difference_upper"]),
        unit=of.measure.gap_unit,
        group=str(row["group"]),
        reference=str(row["reference"]),
        n=float(row["n"]),
        n_reference=float(base["n"].iloc[0]) if len(base) else float("nan"),
        level=float(row["value"]),
        confidence=float(row["confidence"]),
        level_unit=of.measure.unit,
        **plain,
    )


def _telling(of: _Of) -> pd.Series[Any] | None:
    """The row that speaks for the question: the longest clear wait; else the gap whose interval comes nearest to being clear."""
    if len(of.clear):
        return of.clear.iloc[0]
    gaps = of.rows[of.rows["difference"].notna()]
    if gaps.empty:
        return None
    nearest = np.column_stack([gaps["difference_lower"].to_numpy(float), -gaps["difference_upper"].to_numpy(float)])
    return gaps.iloc[int(nearest.max(axis=1).argmax())]


def _clear(of: _Of, row: pd.Series[Any], base: pd.DataFrame) -> str:
    which = "Longer" if row["difference"] > 0 else "Shorter"
    own = printed(float(row["value"]), of.measure.unit) + (" weeks" if of.measure.unit == "weeks" else "")
    what = of.measure.words(of.estimand)
    told = f"{own} {what}" if of.measure.is_share else f"{what} {own}"
    against = ""
    if len(base) and pd.notna(base["value"].iloc[0]):
        against = f", against {printed(float(base['value'].iloc[0]), of.measure.unit)} of {_whom(of, row)}"
    else:
        against = f", compared with {_whom(of, row)}"
    return f"{which} waits among {people_in(of.by, str(row['group']))}: {told}{against}.{_also(of, row)}"


def _whom(of: _Of, row: pd.Series[Any]) -> str:
    return set_against(of.by, str(row["reference"]))


def _also(of: _Of, row: pd.Series[Any]) -> str:
    """Who else waits as clearly longer or shorter: named where they are few."""
    same = of.clear[(of.clear["difference"] > 0) == (row["difference"] > 0)]["group"].astype(str).tolist()[1:]
    other = len(of.clear) - len(same) - 1
    named = (people_in(of.by, each).removeprefix("people who live in ").removeprefix("people ") for each in same)
    also = f" Also: {'; '.join(named)}." if 0 < len(same) <= 3 else f" So too {len(same)} other groups." if same else ""
    return also + (
        f" Shorter waits: {other} group{'s' if other > 1 else ''}." if other and row["difference"] > 0 else ""
    )


def _otherwise(of: _Of, row: pd.Series[Any] | None) -> str:
    if of.verdict == "too_few" and row is not None:
        return f"Too few to tell whether groups differ. Nearest to telling: {people_in(of.by, str(row['group']))}."
    if of.verdict == "no_gap_as_large":
        size = printed(of.smallest_gap or 0.0, "points").lstrip("+")
        return f"No gap as large as {size} between any groups that are shown."
    said = {
        "everyone": "Everyone, in every group that is shown.",
        "nobody": "Nobody, in any group that is shown.",
        "one_group": "Only one group is recorded, so there is nothing to compare.",
    }
    return said.get(of.verdict, "Not shown: too many groups are too small to compare any.")
