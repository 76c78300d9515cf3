"""Findings: sentences made from the table and the summary that are shown, so that they can say only what those allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from equiwait.answers.disparity.composition import COMPOSITION, WITHIN
from equiwait.answers.disparity.measures import IF_NOBODY_LEFT, Measure, measure_named
from equiwait.answers.disparity.overall_tests import DETECTABLE, NOT_RECORDED_PEOPLE
from equiwait.answers.disparity.rows import MANTEL_HAENSZEL, NONE, as_said
from equiwait.answers.disparity.stratum_gaps import INSIDE
from equiwait.answers.disparity.verdicts import WORDS, clear_rows, verdict_of
from equiwait.counts.waits.wording import spoken
from equiwait.errors import listed
from equiwait.units import bare, printed

_MOST_SPLIT = 3  # gaps of one question whose parts are put in words; the summary has all
_NUMBERS = ("value", "lower", "upper")
_SPOKEN = ("over", "quantile", "mean_within")


def findings_of(
    table: pd.DataFrame,
    summary: pd.DataFrame,
    unknown: Mapping[str, tuple[str, ...]],
    estimand: str,
    smallest_gap: float | None,
) -> list[str]:
    """Return the sentences of every question, in the order asked.

    Every gap that stands clear is named, the longest waits first; where none does, what the numbers allow to be said.
    """
    said: list[str] = []
    summary = summary.astype({"by": object, "measure": object, "index": object, "note": object})
    for by, rows in as_said(table).groupby("by", sort=False):
        about = _About(str(by), summary[summary["by"] == by], estimand, smallest_gap)
        known = rows[~rows["group"].isin(unknown.get(str(by), ()))]
        spoken_of = known[
            known["measure"].isin([n for n in known["measure"].unique() if measure_named(n).kind in _SPOKEN])
        ]
        alike = spoken_of[(spoken_of["within"] != "") & (spoken_of["adjustment"] != MANTEL_HAENSZEL)]
        said += about.gaps(spoken_of[spoken_of["adjustment"] == NONE])
        said += about.not_recorded()
        said += about.gaps(alike)
        said += about.parts(spoken_of)
        said += list(about.summary.loc[about.summary["index"] == INSIDE, "note"])
    return said


class _About:
    """One question, as it is spoken of."""

    def __init__(self, by: str, summary: pd.DataFrame, estimand: str, smallest_gap: float | None) -> None:
        self.by, self.summary, self.estimand, self.smallest_gap = by, summary, estimand, smallest_gap
        rows = zip(*(summary[name].tolist() for name in ("measure", "index", *_NUMBERS)), strict=True)
        self._numbers = {
            (measure, index): numbers for measure, index, *numbers in reversed(list(rows))
        }  # the first stands

    def gaps(self, rows: pd.DataFrame) -> list[str]:
        """Return a sentence for each measure; measures of which the same is to be said share one."""
        said: list[str] = []
        alike: dict[str, list[Measure]] = {}
        for name, part in rows.groupby("measure", sort=False):
            measure = measure_named(str(name))
            if measure.kind == "quantile" and part["value"].isna().all():
                continue  # a median of a short list: the row says why
            within = str(part["within"].iloc[0])
            overall = self._one(measure.name, "overall_p_within" if within else "overall_p")
            found = verdict_of(part, overall, self._smallest(measure))
            if found == "clear":
                said.append(self._clear(measure, clear_rows(part, overall), within))
            else:
                alike.setdefault(found, []).append(measure)
        within = str(rows["within"].iloc[0]) if len(rows) else ""
        return said + [self._otherwise(verdict, measures, within) for verdict, measures in alike.items()]

    def _smallest(self, measure: Measure) -> float | None:
        return self.smallest_gap if measure.is_share else None

    def _one(self, measure: str, index: str, column: str = "value") -> float:
        numbers = self._numbers.get((measure, index))
        return float("nan") if numbers is None else float(numbers[_NUMBERS.index(column)])

    def _lead(self, within: str) -> str:
        alike = f", among people of the same {within}" if within else ""
        return f"By {spoken(self.by)}{alike}"

    def _clear(self, measure: Measure, rows: pd.DataFrame, within: str) -> str:
        """Every gap that is clear, longest waits first."""
        longer, shorter = rows[rows["difference"] > 0], rows[rows["difference"] < 0]
        reference = listed(dict.fromkeys(rows["reference"]))
        level = f"{float(rows['confidence'].iloc[0]):.0%}"
        parts = [
            f"{which} waits among {'; '.join(self._gap(measure, row) for _, row in part.iterrows())}"
            for which, part in (("longer", longer), ("shorter", shorter))
            if len(part)
        ]
        return (
            f"{self._lead(within)}, {measure.words(self.estimand)}{self._ending(measure)}, against {reference}: "
            f"{'. And '.join(parts)} ({level} intervals)."
        )

    def _ending(self, measure: Measure) -> str:
        return f" {IF_NOBODY_LEFT}" if self.estimand == "time_to_treatment" and measure.is_share else ""

    def _gap(self, measure: Measure, row: pd.Series[Any]) -> str:
        value = printed(float(row["value"]), measure.unit) + (" weeks" if measure.unit == "weeks" else "")
        gap, low, high = (
            printed(float(row[name]), measure.gap_unit)
            for name in ("difference", "difference_lower", "difference_upper")
        )
        return f"{row['group']} ({value}, {gap}, {bare(low)} to {bare(high)})"

    def _otherwise(self, verdict: str, measures: Sequence[Measure], within: str) -> str:
        lead, words = self._lead(within), WORDS[verdict][0]  # type: ignore[index]
        asked = self._asked(measures)
        if verdict == "too_few":
            return f"{lead}, {asked}: {words} whether groups differ.{self._detectable(measures, within)}"
        if verdict == "no_gap_as_large":
            assert self.smallest_gap is not None  # the verdict needs one
            return f"{lead}, {asked}: {words} {printed(self.smallest_gap, 'points').lstrip('+')}; all intervals lie within it."
        if verdict in ("everyone", "nobody"):
            return f"{lead}, {asked}: {words}, in every group that is shown."
        if verdict == "one_group":
            return f"{lead}: there is only {words} recorded, so there is nothing to compare."
        return f"{lead}, {asked}: {words}; too many groups are hidden or withheld to compare any."

    def _asked(self, measures: Sequence[Measure]) -> str:
        """Several measures in one breath: *waiting over 18, 52 or 65 weeks*."""
        shares, others = [each for each in measures if each.is_share], [each for each in measures if not each.is_share]
        said = [each.words(self.estimand) for each in others]
        if shares:
            weeks = [str(each.weeks) for each in shares]
            every = " or ".join(filter(None, (", ".join(weeks[:-1]), weeks[-1])))
            said.insert(0, shares[0].words(self.estimand).replace(weeks[0], every, 1) + self._ending(shares[0]))
        return "; ".join(said)

    def _detectable(self, measures: Sequence[Measure], within: str) -> str:
        """What gap this list could have shown, for the first measure that says so."""
        if within:
            return ""
        for each in measures:
            low, high = (self._one(each.name, DETECTABLE, end) for end in ("lower", "upper"))
            if low == low:
                span = printed(low, "points").lstrip("+")
                if printed(high, "points") != printed(low, "points"):
                    span = f"{bare(span)} points (the largest group) to {printed(high, 'points').lstrip('+')} (the smallest)"
                return f" Of {each.words(self.estimand)}, this list would have shown a gap of {span} or more four times in five."
        return ""

    def not_recorded(self) -> list[str]:
        """How many people's group is not recorded, and how their waits compare."""
        here = self.summary[self.summary["index"] == NOT_RECORDED_PEOPLE]
        if here.empty:
            return []
        row = here.iloc[0]
        if pd.isna(row["value"]):
            return [f"By {spoken(self.by)}: how many people are not recorded is not shown."]
        measure = measure_named(str(row["measure"]))
        people = f"By {spoken(self.by)}: {row['value']:,.0f} people are not recorded ({printed(float(row['upper']), 'percent')})"
        low, gap, high = (self._one(measure.name, "not_recorded_gap", name) for name in ("lower", "value", "upper"))
        if gap != gap:
            return [f"{people}; how their waits compare is not shown."]
        ends = f"{bare(printed(low, 'points'))} to {bare(printed(high, 'points'))}"
        which = (
            "longer waits among them"
            if low > 0
            else "shorter waits among them"
            if high < 0
            else "too few to tell whether they differ"
        )
        return [
            f"{people}. Of {measure.words(self.estimand)}, against everyone recorded: {printed(gap, 'points')} ({ends}): {which}."
        ]

    def parts(self, rows: pd.DataFrame) -> list[str]:
        """Kitagawa's split of the crude gaps that are clear."""
        both = self.summary[self.summary["index"].isin([COMPOSITION, WITHIN])]
        if both.empty:
            return []
        measure = str(both["measure"].iloc[0])
        crude = rows[(rows["adjustment"] == NONE) & (rows["measure"] == measure) & rows["difference"].notna()]
        clear = clear_rows(crude, self._one(measure, "overall_p"))
        return [self._split(row, both) for _, row in clear.head(_MOST_SPLIT).iterrows()]

    def _split(self, row: pd.Series[Any], both: pd.DataFrame) -> str:
        name = f"{row['group']} against {row['reference']}, "
        mine = both[both["note"].str.startswith(name)].set_index("index")
        if COMPOSITION not in mine.index:
            return f"Of the gap of {row['group']}, the parts are not shown."
        what = str(mine.loc[COMPOSITION, "note"])[len(name) :]
        said = {
            index: f"{bare(printed(float(part['value']), 'points'))} ({bare(printed(float(part['lower']), 'points'))} to "
            f"{bare(printed(float(part['upper']), 'points'))})"
            for index, part in mine.iterrows()
        }
        return (
            f"Of the crude gap of {printed(round(float(row['difference']), 3), 'points')} between {row['group']} and "
            f"{row['reference']}, {said[COMPOSITION]} lies in which {what} people are in and {said[WITHIN]} in waits within them."
        )
