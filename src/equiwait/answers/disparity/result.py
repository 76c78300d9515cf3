"""`Disparities`: the gaps of each question as a table, their indices as a summary, and their pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, ClassVar

import pandas as pd

from equiwait import charts as draw
from equiwait.answers.disparity.benchmark import BESIDE
from equiwait.answers.disparity.headlines import chart_name, headlines_of
from equiwait.answers.disparity.inequality_indices import SUMMARY, one_index
from equiwait.answers.disparity.measures import gap_unit, measure_named, value_unit
from equiwait.answers.on_map import OnMap, area_title, made_of, on_map
from equiwait.answers.page_charts import PageChart
from equiwait.charts.maps import Boundaries, Insets
from equiwait.counts.waits.wording import spoken
from equiwait.results import Chart, Headline, Result, Units
from equiwait.units import printed

CURVES = ["by", "group", "weeks", "value", "lower", "upper", "at_risk"]
MERGED = ["by", "group", "detailed", "measure", "n", "value", "lower", "upper", "suppressed", "note"]


@dataclass(frozen=True, eq=False, repr=False)
class Disparities(Result):
    """Gaps in waits between groups. Positive = this group waits longer.

    ``table`` has one row for each measure, question and group; ``value`` is a share from 0 to 1 for ``over_N_weeks`` and
    weeks for quantiles. ``within`` is empty for crude rows and names the strata of adjusted ones. Where ``suppressed`` is
    true the numbers are hidden (NaN), and a gap too small for its rounding is withheld with a note.
    """

    section: ClassVar[str] = "gaps"
    wider: ClassVar[str] = (
        "about three months together (estimand='completed' with a longer window=: a group of {few} a month is then shown)"
    )
    main: ClassVar[tuple[str, ...]] = (
        "measure", "by", "group", "n", "value", "difference", "difference_lower", "difference_upper",
    )  # fmt: skip
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("value", "lower", "upper", "rounding_error"), value_unit),
            **dict.fromkeys(("difference", "difference_lower", "difference_upper"), gap_unit),
        }
    )

    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    """Groups that are silences, by question: rows of the table, drawn apart."""

    summary: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=SUMMARY), kw_only=True)
    """Indices of inequality and overall tests: ``measure by index value lower upper method note``. For ranked areas
    ``sii rii aci rci``; for other groups ``bgv bgsd idis md_mean md_lowest max_min theil``; for all ``overall_p``,
    ``overall_p_within``, ``not_recorded_gap``, ``not_recorded_p``, and ``overall_p_inside`` for a stratum with a gap."""

    merges: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=MERGED), kw_only=True)
    """What is inside each merged group: ``by group detailed measure n value lower upper suppressed note``."""

    benchmark: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=BESIDE), kw_only=True)
    """Published figures beside ours: ``measure by group ours published difference source period note``."""

    curves: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=CURVES), kw_only=True)
    """Wait curves of time to treatment: ``by group weeks value lower upper at_risk``."""

    smallest_gap: float | None = field(default=None, kw_only=True)
    """The smallest gap of interest, if one was given."""

    def headlines(self) -> Sequence[Headline]:
        """Return a headline for each measure of each question: its longest clear wait, or why no gap is clear."""
        return self._told

    @cached_property
    def _told(self) -> Sequence[Headline]:
        """Made once: a page asks for them several times."""
        return headlines_of(self.table, self.summary, self.unknown, self.smallest_gap)

    def index(self, name: str, *, measure: str | None = None, by: str | None = None) -> pd.Series:
        """Return one index of inequality: a row of `summary`.

        Parameters
        ----------
        name : str
            Such as ``"sii"``.
        measure, by : str, optional
            Of which measure and question; by default the first.

        Raises
        ------
        OptionError
            If there is no such index, measure or question.
        RefusedError
            If it makes no sense for these groups: a slope index of ethnicity, or of fewer than three ordered groups.
        """
        return one_index(self.summary, name, measure, by)

    def charts(self) -> Sequence[Chart]:
        """Return the gaps of each measure and question, crude and adjusted, and the wait curves if there are any.

        Where no gap is shown the levels are drawn; where no level is shown either, nothing is.
        """
        rows = self.table[self.table["measure"].str.match(r"over_|median_|p\d|mean_within")]
        rows = _plain_text(rows[rows["adjustment"] != "mantel_haenszel"])
        said = {headline.chart: headline for headline in self.headlines()}
        drawn = [
            self._chart(said[chart_name(str(measure), str(by), str(within))], part)
            for (within, measure, by), part in rows.groupby(["within", "measure", "by"], sort=False)
            if part["value"].notna().any()
        ]
        return [*drawn, *(self._curve_chart(str(by)) for by in self.curves["by"].unique())]

    def on_map(
        self, boundaries: Boundaries, *, by: str, measure: str = "over_18_weeks", insets: Insets | None = None
    ) -> OnMap:
        """Return the levels of a question of areas as an answer with a map, to be drawn or put in a report.

        Parameters
        ----------
        boundaries : path or geopandas.GeoDataFrame
            The shapes of the areas: a GeoJSON file on this machine.
        by : str
            The question whose groups are the codes of areas: ``"lad"``, ``"icb"``, ``"area_code"``.
        measure : str
            Which measure.
        insets : mapping, optional
            As in `equiwait.charts.area_map`.

        Raises
        ------
        OptionError
            If that question or measure was not asked.
        """
        asked = measure_named(measure)

        def again(result: Disparities) -> OnMap:
            table = result.table
            rows = table[(table["by"] == by) & (table["measure"] == measure) & (table["within"] == "")]
            rows = rows[~rows["group"].isin(result.unknown.get(by, ()))]
            said = asked.axis(str(rows["estimand"].iloc[0])) if len(rows) else ""
            return on_map(
                result, rows, boundaries, title=area_title(said, by), value="value", unit=asked.unit, insets=insets
            )

        return made_of(self, again)

    def plot(self, name: str | None = None, ax: Any = None, *, by: str | None = None) -> Any:
        """Draw one measure: ``plot("over_52_weeks")`` for the first question, or with ``by=`` for another."""
        if name in set(self.table["measure"]):
            by = by or str(self.table["by"].iloc[0])
            name = f"{name} by {by}"
        return super().plot(name, ax)

    def _chart(self, headline: Headline, rows: pd.DataFrame) -> Chart:
        estimand = str(rows["estimand"].iloc[0])
        unknown = [group for group in rows["group"] if group in self.unknown.get(headline.by, ())]
        what = measure_named(headline.measure)
        alike: dict[str, Any] = {"unknown": unknown, "label": what.axis(estimand), "hidden": self.hidden}
        if rows["difference"].notna().any():
            alike |= {"unit": what.gap_unit, "level_unit": what.unit}
            plot, page, words = draw.gap_plot, draw.gap_html, partial(draw.gap_words, rows, unit=what.gap_unit)
        else:
            alike["unit"] = what.unit
            plot, page = draw.interval_plot, draw.interval_html
            words = partial(draw.interval_words, rows, unit=what.unit, unknown=unknown, hidden=self.hidden)
        shown = partial(plot, rows, **alike)
        return PageChart(
            headline.chart,
            headline.says if headline.certainty == "clear" else f"{headline.asked}. {headline.says}",
            words,
            lambda ax: shown(ax=ax),
            partial(_in_words, rows, what.unit, what.gap_unit),
            draw.size_for(len(rows) - len(unknown), len(unknown)),
            partial(page, rows, **alike),
        )

    def _curve_chart(self, by: str) -> Chart:
        rows = self.curves[(self.curves["by"] == by) & ~self.curves["group"].isin(self.unknown.get(by, ()))]
        return Chart(
            f"wait curves by {by}",
            f"Still waiting if nobody left otherwise, by {spoken(by)}",
            draw.curve_words(rows),
            lambda ax: draw.curve_plot(rows, ax=ax),
            rows[["group", "weeks", "value", "lower", "upper", "at_risk"]],
            (7.2, 5.0),
            partial(draw.curve_html, rows),
        )


def _plain_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Text as plain objects: charts take many small parts of it."""
    return rows.astype({name: object for name, kind in rows.dtypes.items() if isinstance(kind, pd.StringDtype)})


def _in_words(rows: pd.DataFrame, unit: draw.Unit, gap_unit: draw.Unit) -> pd.DataFrame:
    """The numbers of a chart as they are printed, and why any is not there."""
    units = {"value": unit, **dict.fromkeys(("difference", "difference_lower", "difference_upper"), gap_unit)}
    said = {
        name: [printed(float(value), each) if pd.notna(value) else "" for value in rows[name]]
        for name, each in units.items()
    }
    table = pd.DataFrame({"group": rows["group"], "n": rows["n"], **said})
    return table.assign(note=rows["note"]) if (rows["note"] != "").any() else table
