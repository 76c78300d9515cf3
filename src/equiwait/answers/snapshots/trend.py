"""`trend`: is a gap closing? By the month in which people joined, beside the burden on each month's list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from equiwait import charts as draw
from equiwait.answers.disparity.measures import measure_named
from equiwait.answers.grouped_people import one_question
from equiwait.answers.snapshots.change_verdicts import (
    CLOSING,
    CROSSED,
    DISAGREE,
    LEAST_RECORDING,
    NO_CHANGE,
    TOO_SHORT,
    WIDENING,
)
from equiwait.answers.snapshots.lists_of_days import stitched_of, told_by
from equiwait.answers.snapshots.monthly_counts import FOLLOWED, NOT_YET, monthly_counts
from equiwait.answers.snapshots.strands import JOINED, LIST, Strand, exact_counts, strands_of
from equiwait.answers.snapshots.trend_rows import COLUMNS, changes_of, rows_of
from equiwait.counts.waits import question_name
from equiwait.counts.waits.references import Given
from equiwait.counts.waits.wording import AREA_IS_NOT_PERSON, about_areas, spoken
from equiwait.disclosure import ReleasedCounts, release, rule_named, together
from equiwait.errors import OptionError, RefusedError, choose
from equiwait.results import Chart, Headline, Result, Units, answered
from equiwait.rows.intake.stitched import Stitched

__all__ = ["RUN_RULES", "Trend", "trend"]

RUN_RULES: Mapping[str, int] = MappingProxyType({"seven_point": 7, "six_point": 6})
"""How many points in a row are a shift or a trend, by the name of the rule."""

_CLEAR = (CLOSING, WIDENING, CROSSED, DISAGREE)
_POINTS = ("difference", "difference_lower", "difference_upper", "mean", "limit_lower", "limit_upper")


@dataclass(frozen=True, eq=False, repr=False)
class Trend(Result):
    """A gap over time: one row for each series, group and month.

    ``series`` *joined*: people who joined in the month, and the share of them still waiting after so many weeks if nobody left
    otherwise. *on the list*: people on the list that stands for the month, and the share of them waiting longer: the burden.
    ``difference`` is the gap, ``mean`` and limits those of its XmR chart, ``signal`` the rules that a point breaks,
    ``not_recorded`` the share of people whose group is not recorded.
    """

    section: ClassVar[str] = "time"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("value", "lower", "upper", "not_recorded"), "percent"),
            **dict.fromkeys(_POINTS, "points"),
            **dict.fromkeys(("series", "among", "month", "day", "state", "signal"), "text"),
        }
    )

    changes: pd.DataFrame = field(default_factory=pd.DataFrame, kw_only=True)
    """One row for each group: the verdict, and the changes of both series that it rests on."""

    def charts(self) -> Sequence[Chart]:
        """Return two pictures of the group that there is most to say of: by month of joining, and on each list."""
        return self.charts_of(*self._foremost) if self._foremost else []

    def charts_of(self, group: str, among: str = "") -> Sequence[Chart]:
        """Return the pictures of a group, by month of joining, then on each list: those of which a month has a gap to show."""
        here = self.table[(self.table["among"] == among) & (self.table["group"] == group)]
        drawn = here.loc[here["difference"].notna(), "series"].unique()
        by = str(self.table["by"].iloc[0])
        return [self._chart(series, among, by, group) for series in (JOINED, LIST) if series in drawn]

    def headlines(self) -> Sequence[Headline]:
        """Return the one sentence of the section: the verdict on the group that there is most to say of."""
        if not self._foremost:
            return ()
        group, among = self._foremost
        place = int(np.flatnonzero((self.changes["group"] == group) & (self.changes["among"] == among))[0])
        row, pictures = self.changes.iloc[place], self.charts()
        return (
            Headline(
                says=self.findings[place], asked=self.title, certainty="clear" if row["verdict"] in _CLEAR else "stated",
                value=float(row["joined_change"]), lower=float(row["joined_lower"]), upper=float(row["joined_upper"]),
                unit="points", group=group, reference=str(row["reference"]), by=str(row["by"]),
                measure=str(self.table["measure"].iloc[0]), chart=pictures[0].name if pictures else "", change=True,
                n=self._people(group, among),
            ),
        )  # fmt: skip

    def _people(self, group: str, among: str) -> float:
        """How many people of a group the verdict rests on: those who joined in the months that have a gap."""
        rows = self.table[(self.table["series"] == JOINED) & (self.table["group"] == group)]
        return float(rows.loc[(rows["among"] == among) & rows["difference"].notna(), "n"].sum())

    @property
    def _foremost(self) -> tuple[str, str] | None:
        """The group that there is most to say of, and its part: a verdict first, then the largest change."""
        if not len(self.changes):
            return None
        said = ~self.changes["verdict"].isin([NO_CHANGE, TOO_SHORT]).to_numpy(dtype=bool)
        size = self.changes["joined_change"].abs().fillna(-1.0).to_numpy(dtype=np.float64)
        row = self.changes.iloc[int(np.lexsort((size, said))[-1])]
        return str(row["group"]), str(row["among"])

    def _chart(self, series: str, among: str, by: str, group: str) -> Chart:
        here = self.table[(self.table["among"] == among) & (self.table["by"] == by) & (self.table["group"] == group)]
        rows = _to_the_last(here[here["series"] == series].reset_index(drop=True))
        whom = f"{group}{f', {among}' if among else ''}"
        what = "by month of joining" if series == JOINED else "on each list"
        how: dict[str, Any] = {
            "beneath": "not_recorded", "beneath_label": "Not recorded", "label": f"Gap, points (above 0: longer among {group})",
        }  # fmt: skip
        shown, page = partial(draw.series_plot, rows, **how), partial(draw.series_html, rows, **how)
        return Chart(
            f"{series}: {whom} by {by}",
            f"Gap {what}: {whom} against {rows['reference'].iloc[0]}",
            draw.series_words(rows),
            lambda ax: shown(ax=ax),
            rows[["month", "state", "n", "value", *_POINTS[:3], "signal", "not_recorded"]],
            (7.2, 4.2),
            page,
        )


def trend(
    lists: Stitched | Sequence[pd.DataFrame] | Mapping[str, object],
    by: str | Sequence[str],
    measure: str = "over_18_weeks",
    *,
    each: str | None = None,
    reference: Given = None,
    run_rule: str = "seven_point",
    rebase: str | Sequence[str] = (),
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Trend:
    """Say whether a gap is closing: by the month in which people joined, beside the burden on each list.

    Parameters
    ----------
    lists : Stitched, or sequence or mapping of lists
        What `stitch` returns, or what it takes: lists of several months.
    by : str or sequence of str
        One question; several columns are crossed.
    measure : str
        ``over_N_weeks``.
    each : str, optional
        A column whose values are looked at one by one: ``"provider"``.
    reference : str or mapping, optional
        The group to compare with, as in `disparities`.
    run_rule : {"seven_point", "six_point"}
        How many points in a row make a shift or a trend on the XmR chart.
    rebase : str or sequence of str
        Months, such as ``"2026-06"``, from which limits are worked out anew. Nothing is rebased by itself.
    confidence : float
        Two-sided coverage.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Trend
        ``changes`` holds the verdict on each group, ``findings`` says it.

    Raises
    ------
    ColumnsError
        If a grouping is not in the lists.
    OptionError
        If the measure is no share over so many weeks, or ``rebase`` names a month that is not there.
    RefusedError
        If there are fewer than three months of lists.

    Notes
    -----
    By month of joining everybody counts once, from the day that they are first seen (late entry): the share still waiting after
    N weeks is Kaplan and Meier's, other exits as last sightings; gaps by Newcombe's interval (1998) with the variance of that
    share, all groups of a question together (Šidák 1967). Months are followed if those who joined in their
    middle were. The burden is the share over N weeks of those on the last whole list of each month. It moves for other
    reasons too: while new people are treated sooner, those who joined earlier remain, and the burden may rise as the gap
    closes.

    The verdict rests on a straight line through the gaps by month of joining (`equiwait.statistics.straight_line`):
    *closing*, *widening*, *changed sides* (waits are now longer among the others), *no change that this could have shown* (with the
    change that it could), *the two disagree because
    people who joined earlier remain* (the burden clearly goes the other way, and at least half of the last gap is of
    people who joined in the first three quarters of these months or before), *recording changed* (the gap moved, and the
    share not recorded moved with it by 3 points or more, beyond chance). XmR: limits 2.66 mean moving ranges from the mean,
    ranges of 3.267 times their mean and more left out once; rules as NHSRplotthedots has them. How often verdict and
    rules speak up where nothing changes is on the page *Accuracy over time*.

    Under a rule that hides, counts are released; the share by month of joining is rounded to the rounding base over the
    people of its group, and withheld where fewer than 8 people were treated in time, or not.

    Examples
    --------
    >>> from equiwait.rows.intake import read_list
    >>> days = pd.date_range("2026-01-31", periods=7, freq="ME")
    >>> starts = pd.date_range("2025-12-01", "2026-07-31", freq="6h").normalize()
    >>> everyone = pd.DataFrame({"clock_start": starts, "team": ["A", "B"] * (len(starts) // 2) + ["A"] * (len(starts) % 2)})
    >>> everyone["clock_stop"] = starts + pd.to_timedelta([20 + 7 * (row % 11) for row in range(len(starts))], "D")
    >>> everyone["pathway_id"] = [f"p{row}" for row in range(len(starts))]
    >>> def on(day):
    ...     here = everyone[(everyone["clock_start"] <= day) & (everyone["clock_stop"] > day - pd.Timedelta(31, "D"))].copy()
    ...     here.loc[here["clock_stop"] > day, "clock_stop"] = pd.NaT
    ...     return read_list(here.assign(rtt_status=["20" if gone else "30" for gone in here["clock_stop"].isna()]), snapshot=day)
    >>> time = trend([on(day) for day in days], "team", "over_8_weeks", reference="A", suppression="none")
    >>> time.changes[["group", "verdict"]]
      group                                verdict
    0     B  no change that this could have shown
    """
    what = measure_named(measure)
    if not what.is_share:
        raise OptionError(f"trend looks at shares over so many weeks, not at {measure!r}.", todo='Ask "over_18_weeks".')
    rebase = (rebase,) if isinstance(rebase, str) else rebase
    points = RUN_RULES[choose("run_rule", run_rule, list(RUN_RULES))]
    question = one_question(by)
    stitched = stitched_of(lists)
    monthly = monthly_counts(stitched, question, what.days, each)
    strands = strands_of(monthly, question, each, what.days, reference, stitched.days[-1])
    months = [month.month for strand in strands for month in strand.months]
    _check(months, rebase)
    rule = rule_named(suppression)
    asked = Asked(
        measure, tuple(strands), monthly.cut, points, tuple(rebase), confidence, _notes(stitched, question, strands)
    )
    return answered(
        partial(_answer, asked),
        release(together(exact_counts(each_, monthly) for each_ in strands), rule),
        told_by(stitched),
    )


class Asked(NamedTuple):
    """What is asked, none of it a number of people."""

    measure: str
    strands: tuple[Strand, ...]
    cut: str
    points: int
    rebase: tuple[str, ...]
    confidence: float
    notes: tuple[str, ...]


def _check(months: Sequence[str], rebase: Sequence[str]) -> None:
    if len(set(months)) < 3:
        raise RefusedError(
            "trend needs lists of three months or more.",
            f"Months: {', '.join(sorted(set(months)))}.",
            "Give more of them, or compare two lists: exits(before, after).",
        )
    if strange := sorted(set(rebase) - set(months)):
        raise OptionError(
            f"rebase= names {', '.join(strange)}, of which there is no list.",
            f"Months: {', '.join(sorted(set(months)))}.",
            'Write months as rebase=["2026-06"].',
        )


def _notes(stitched: Stitched, question: Sequence[str], strands: Sequence[Strand]) -> tuple[str, ...]:
    last = max((m.month for strand in strands for m in strand.months if m.joiners == FOLLOWED), default="")
    return tuple(
        filter(
            None,
            (
                f"Lists of {len(stitched.days)} days, {stitched.days[0]} to {stitched.days[-1]}.",
                *(f"{remark[:1].upper()}{remark[1:]}" for remark in stitched.findings),
                f"Months of joining are followed up to {last}: those after it have not been waiting for so long yet."
                if last
                else "No month of joining has been followed for so long yet.",
                "People who joined and left between two lists without being on either are not seen; those who left the "
                "clock (planned, not referral-to-treatment) are not counted by month of joining.",
                f"A share not recorded that moved by less than {100 * LEAST_RECORDING:.0f} points does not change a verdict.",
                AREA_IS_NOT_PERSON if about_areas([question]) else "",
            ),
        )
    )


def _answer(asked: Asked, released: ReleasedCounts) -> Trend:
    table = rows_of(asked.strands, released, asked.measure, asked.points, asked.rebase, asked.confidence)
    changes, says = changes_of(asked.strands, released, measure_named(asked.measure), asked.cut, asked.confidence)
    question = question_name(asked.strands[0].question)
    title = f"Is the gap closing? {measure_named(asked.measure).words().capitalize()}, by {spoken(question)}"
    notes = (*asked.notes, released.rule.says)
    return Trend(title, table[COLUMNS], notes, says, changes=changes, as_of=asked.strands[0].last)


def _to_the_last(rows: pd.DataFrame) -> pd.DataFrame:
    """Without the months at the end that nobody has been followed for long enough yet: they would be an empty third."""
    waiting = (rows["state"] == NOT_YET).to_numpy(dtype=bool)
    known = np.flatnonzero(~waiting)
    return rows.iloc[: known[-1] + 1] if len(known) else rows
