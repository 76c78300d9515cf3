"""`test_of_change`: did a change make a difference to a gap, how surely, and how long until it could be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.disparity.measures import measure_named
from equiwait.answers.grouped_people import one_question
from equiwait.answers.snapshots.lists_of_days import stitched_of, told_by
from equiwait.answers.snapshots.monthly_counts import FOLLOWED, monthly_counts
from equiwait.answers.snapshots.strands import JOINED, Strand, exact_counts, strands_of
from equiwait.answers.snapshots.trend_rows import gap_and_error
from equiwait.counts.waits.references import Given
from equiwait.counts.waits.wording import AREA_IS_NOT_PERSON, about_areas, spoken
from equiwait.disclosure import ReleasedCounts, release, rule_named, together
from equiwait.errors import OptionError, RefusedError, attempt, did_you_mean, listed
from equiwait.results import Chart, Result, Units, answered
from equiwait.rows.intake.stitched import Stitched
from equiwait.statistics import Step, family_confidence, periods_needed, run_chart, step_change
from equiwait.statistics.shapes import normal_point
from equiwait.units import printed

__all__ = ["TestOfChange", "test_of_change"]

Floats = NDArray[np.float64]
_COLUMNS = [
    "measure", "design", "among", "by", "group", "reference", "before", "change", "change_lower", "change_upper",
    "months_before", "months_after", "size", "weeks_needed", "run_chart", "method", "confidence", "note",
]  # fmt: skip
BEFORE, AFTER, STRADDLES = "before", "after", "left out: straddles the change"
_METHOD = "weighted least squares of gaps by month of joining; Birge"
_WEEKS_A_MONTH = 365.25 / 12 / 7


@dataclass(frozen=True, eq=False, repr=False)
class TestOfChange(Result):
    """What a change made of a gap, by the month in which people joined: one row for each group and design.

    ``before`` is the gap before, ``change`` the step with its interval; ``weeks_needed`` how many more weeks of joining until a step of
    ``size`` could be told four times in five; ``run_chart`` the rules that the points break.
    """

    __test__: ClassVar[bool] = False  # it is no test of ours, whatever its name begins with
    section: ClassVar[str] = "time"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("before", "change", "change_lower", "change_upper", "size"), "points"),
            **dict.fromkeys(("design", "among", "run_chart"), "text"),
            "months_before": "number",
            "months_after": "number",
            "weeks_needed": "number",
        }
    )

    series: pd.DataFrame = field(default_factory=pd.DataFrame, kw_only=True)
    """The gap of each month of joining, and on which side of the change it is."""

    def charts(self) -> Sequence[Chart]:
        """Return the gap of each month, the level before the change and the one after it."""
        return [self._chart(row) for _, row in self.table[self.table["change"].notna()].iterrows()]

    def _chart(self, row: pd.Series[Any]) -> Chart:
        here = self.series[(self.series["group"] == row["group"]) & (self.series["among"] == row["among"])]
        level = np.select(
            [here["side"] == BEFORE, here["side"] == AFTER], [row["before"], row["before"] + row["change"]], np.nan
        )
        left_out = np.where(here["side"] == STRADDLES, "left out", here["state"])
        drawn = here.assign(mean=level, state=left_out).reset_index(drop=True)
        alone = row["design"] == "interrupted series"
        label = f"Gap, points (above 0: longer among {row['group']})" if alone else "Gap less the others' gap, points"
        whom = ", ".join(filter(None, (str(row["group"]), str(row["among"]))))
        return Chart(
            f"{row['design']}: {whom}",
            f"Did the change help? {whom} against {row['reference']}",
            draw.series_words(drawn),
            lambda ax: draw.series_plot(drawn, ax=ax, label=label),
            drawn[["month", "side", "difference", "difference_lower", "difference_upper"]],
            (7.2, 4.0),
            lambda: draw.series_html(drawn, label=label, lines="the level before the change, and after it"),
        )


def test_of_change(
    lists: Stitched | Sequence[pd.DataFrame] | Mapping[str, object],
    by: str | Sequence[str],
    measure: str = "over_18_weeks",
    *,
    change: str,
    each: str | None = None,
    changed: str | None = None,
    size: float = 0.05,
    reference: Given = None,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> TestOfChange:
    """Say what a change made of a gap: an interrupted series, or with others who did not change a difference in differences.

    Parameters
    ----------
    lists : Stitched, or sequence or mapping of lists
        As in `trend`.
    by : str or sequence of str
        One question; several columns are crossed.
    measure : str
        ``over_N_weeks``.
    change : str
        The day of the change, ``"2026-04-01"``.
    each, changed : str, optional
        A column, and the value of it where the change was made: ``each="provider", changed="RAA"``. The others are the
        comparison.
    size : float
        A change that matters, as a share: 0.05 for 5 percentage points.
    reference, confidence, suppression
        As in `trend`.

    Returns
    -------
    TestOfChange

    Raises
    ------
    OptionError
        If the day is no date or lies outside the lists, if only one of ``each`` and ``changed`` is given, or nobody is there
        under that value.
    RefusedError
        If no month of joining has been followed for so long.

    Notes
    -----
    Gaps by month of joining, in which everybody counts once, as in `trend`. Those who joined less than N weeks before the change
    lived under both: those months are left out. Interrupted series: a level before and one after
    (`equiwait.statistics.step_change`); it assumes that nothing else changed at that time and that the gap would have
    stayed as it was. With a comparison: the step of the difference between the two gaps; it assumes that both would have moved
    alike. Run chart: `equiwait.statistics.run_chart`, the median of the months before. Intervals of a question's groups hold
    together (Šidák 1967).

    Examples
    --------
    >>> from equiwait.answers.snapshots.tested_change import weeks_said
    >>> weeks_said(13.0), weeks_said(float("inf"))
    ('13 more weeks of joining', 'no number of weeks after the change: too few came before it')
    """
    what = measure_named(measure)
    if not what.is_share:
        raise OptionError(
            f"test_of_change looks at shares over so many weeks, not at {measure!r}.", todo='Ask "over_18_weeks".'
        )
    if (each is None) != (changed is None):
        raise OptionError("each= and changed= belong together.", todo='Write each="provider", changed="RAA".')
    if not 0 < size < 1:
        raise OptionError(f"size={size!r} is not a change of a share.", todo="Give 0.05 for 5 percentage points.")
    question = one_question(by)
    stitched = stitched_of(lists)
    day = _day(change, stitched)
    monthly = monthly_counts(stitched, question, what.days, each, "test_of_change")
    strands = strands_of(monthly, question, each, what.days, reference, stitched.days[-1])
    _check(strands, each, changed)
    rule = rule_named(suppression)
    asked = _Asked(measure, tuple(strands), changed or "", day, size, confidence, _notes(question, changed))
    return answered(
        partial(_answer, asked),
        release(together(exact_counts(one, monthly) for one in strands), rule),
        told_by(stitched),
    )


class _Asked(NamedTuple):
    """What is asked, none of it a number of people."""

    measure: str
    strands: tuple[Strand, ...]
    changed: str
    day: pd.Timestamp
    size: float
    confidence: float
    notes: tuple[str, ...]


def _day(change: str, stitched: Stitched) -> pd.Timestamp:
    day = attempt(
        lambda: pd.Timestamp(dt.date.fromisoformat(str(change)[:10])),
        lambda _: OptionError("change= is not a date.", todo='Write it as year-month-day: change="2026-04-01".'),
    )
    if not stitched.days[0] < str(day)[:10] < stitched.days[-1]:
        raise OptionError(
            "The change lies outside the lists.",
            f"Lists from {stitched.days[0]} to {stitched.days[-1]}.",
            "Give lists from before it and after it.",
        )
    return day


def _check(strands: Sequence[Strand], each: str | None, changed: str | None) -> None:
    parts = [strand.part for strand in strands]
    if changed is not None and changed not in parts:
        raise OptionError(
            f"Nobody is under {each} {changed!r}.{did_you_mean(changed, parts)}", todo=f"There are: {listed(parts)}."
        )
    if changed is not None and len(parts) < 2:
        raise OptionError(
            "There is nobody to compare with.", f"{each}: {listed(parts)}.", "Leave each= and changed= out."
        )
    if not any(month.joiners == FOLLOWED for strand in strands for month in strand.months):
        raise RefusedError(
            "No month of joining has been followed for so long yet.",
            todo="Ask for fewer weeks: measure='over_8_weeks'.",
        )


def _notes(question: Sequence[str], changed: str | None) -> tuple[str, ...]:
    assumes = (
        "Difference in differences: it assumes that without the change both gaps would have moved alike."
        if changed
        else "Interrupted series: it assumes that without the change the gap would have stayed as it was, and that nothing "
        "else changed at that time. A comparison group would say more: each= and changed=."
    )
    return tuple(filter(None, (assumes, "Months whose people joined too shortly before the change lived under both, and are left out.",
                               AREA_IS_NOT_PERSON if about_areas([question]) else "")))  # fmt: skip


# --- released --------------------------------------------------------------------------------------------------------


def _answer(asked: _Asked, released: ReleasedCounts) -> TestOfChange:
    rows, parts, says = [], [], []
    first = next(strand for strand in asked.strands if strand.part == asked.changed or not asked.changed)
    others = [strand for strand in asked.strands if strand is not first]
    compared = np.flatnonzero(first.groups.recorded & ~first.reference.itself).tolist()
    if first.reference.contrasts(first.groups.recorded) == 1 and not first.reference.itself.any():
        compared = compared[:1]  # each of two groups against the other is one gap
    level = family_confidence(asked.confidence, first.reference.contrasts(first.groups.recorded))
    for place in compared:
        series = _series(asked, first, others, place, released, level)
        kept = series[series["side"] != STRADDLES]
        step = step_change(kept["difference"], kept["error"], kept["side"] == AFTER, confidence=level)
        row = _row(asked, first, place, series, step, level)
        rows.append(row)
        parts.append(series)
        alone = first.groups.recorded.sum() == 1
        says.append(
            f"{_whom(row)}: nobody else is recorded, so there is nobody to compare with." if alone else _sentence(row)
        )
    what = f"{measure_named(asked.measure).words().capitalize()}, by {spoken(first.groups.question)}"
    says = says or ["No two groups are recorded, so there is nothing to compare."]
    title = f"Did our change help? {what}, change on {str(asked.day)[:10]}"
    table = pd.DataFrame(rows, columns=_COLUMNS)
    shown = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return TestOfChange(title, table, (*asked.notes, released.rule.says), tuple(says), series=shown)


def _series(
    asked: _Asked, first: Strand, others: Sequence[Strand], place: int, released: ReleasedCounts, level: float
) -> pd.DataFrame:
    """The gap of each followed month; with a comparison, less the gap of the others in that month."""
    months = [month for month in first.months if month.joiners == FOLLOWED]
    own = np.array([gap_and_error(first, released, JOINED, month, place) for month in months]).reshape(-1, 2)
    gap, square = own[:, 0], own[:, 1] ** 2
    if others:
        theirs, theirs_square = _pooled(first.labels[place], others, [month.month for month in months], released)
        gap, square = gap - theirs, square + theirs_square
    error = np.sqrt(square)
    half = error * float(normal_point(level))
    return pd.DataFrame({
        "among": first.part, "group": first.labels[place], "month": [month.month for month in months],
        "side": [_side(month.month, asked.day, first.days) for month in months], "state": FOLLOWED, "difference": gap,
        "difference_lower": gap - half, "difference_upper": gap + half, "error": error, "signal": "",
    })  # fmt: skip


def _pooled(
    label: str, others: Sequence[Strand], months: Sequence[str], released: ReleasedCounts
) -> tuple[Floats, Floats]:
    """The mean of the others' gaps, each weighed by its error, and its variance."""
    gaps, squares = np.full((len(others), len(months)), np.nan), np.full((len(others), len(months)), np.nan)
    for row, strand in enumerate(others):
        if label not in strand.labels:
            continue
        known = {each.month: each for each in strand.months if each.joiners == FOLLOWED}
        for column, month in enumerate(months):
            if month in known:
                gaps[row, column], error = gap_and_error(
                    strand, released, JOINED, known[month], strand.labels.index(label)
                )
                squares[row, column] = error**2
    weight = np.where(np.isfinite(gaps) & (squares > 0), 1 / squares, 0.0)
    total = weight.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, (weight * np.nan_to_num(gaps)).sum(0) / total, np.nan), np.where(
            total > 0, 1 / total, np.nan
        )


def _side(month: str, day: pd.Timestamp, days: int) -> str:
    first, last = pd.Timestamp(month), pd.Timestamp(month) + pd.offsets.MonthEnd(0)
    if first >= day:
        return AFTER
    return BEFORE if last + pd.Timedelta(days, "D") < day else STRADDLES


def _row(asked: _Asked, strand: Strand, place: int, series: pd.DataFrame, step: Step, level: float) -> dict[str, Any]:
    before = series.loc[series["side"] == BEFORE, "difference"]
    points = series.loc[series["side"] != STRADDLES, "difference"].to_numpy(np.float64)
    error = (
        float(np.sqrt(np.nanmean(series["error"] ** 2)) * max(1.0, np.sqrt(np.nan_to_num(step.dispersion))))
        if series["error"].notna().any()
        else np.nan
    )
    more = periods_needed(step.periods_before, step.periods_after, error, asked.size, confidence=level)
    told = run_chart(points, baseline=len(before) or None)
    design = "difference in differences" if asked.changed else "interrupted series"
    return {
        "measure": asked.measure, "design": design, "among": strand.part, "by": strand.groups.question,
        "group": strand.labels[place], "reference": strand.reference.names[place], "before": step.before, "change": step.change,
        "change_lower": step.lower, "change_upper": step.upper, "months_before": step.periods_before,
        "months_after": step.periods_after, "size": asked.size, "weeks_needed": np.ceil(more * _WEEKS_A_MONTH),
        "run_chart": "; ".join(told.says), "method": _METHOD, "confidence": asked.confidence,
        "note": "" if np.isfinite(step.change) else "too few months on one side of the change",
    }  # fmt: skip


def _whom(row: Mapping[str, Any]) -> str:
    return f"{row['among']}: {row['group']}" if row["among"] else str(row["group"])


def _sentence(row: Mapping[str, Any]) -> str:
    begin = f"{_whom(row)} against {row['reference']}, {measure_named(str(row['measure'])).words()}: "
    needed = f"a change of {100 * row['size']:.0f} points could be told with {weeks_said(float(row['weeks_needed']))}"
    if not np.isfinite(row["change"]):
        return f"{begin}too few months before or after the change; {needed}."
    ends = f"{_points(row['change_lower'])} to {_points(row['change_upper'])}"
    moved = f"{_points(row['change'])} points ({ends}) since the change, {row['design']}"
    if row["change_lower"] > 0 or row["change_upper"] < 0:
        after = row["before"] + row["change"]
        way = "past nought" if row["before"] * after < 0 else "smaller" if abs(after) < abs(row["before"]) else "larger"
        said = "the gap" if row["design"] == "interrupted series" else "the difference from the others' gap"
        levels = f"from {_points(row['before'])} to {_points(after)}"
        return f"{begin}{said} is {way}, {levels}: {moved}."
    return f"{begin}no change that this could have shown, {moved}; {needed}."


def weeks_said(weeks: float) -> str:
    """Return how many more weeks, in words.

    Examples
    --------
    >>> weeks_said(0.0)
    'the weeks that there are'
    """
    if not np.isfinite(weeks):
        return "no number of weeks after the change: too few came before it"
    return f"{weeks:.0f} more weeks of joining" if weeks else "the weeks that there are"


def _points(share: float) -> str:
    return printed(float(share), "points").removesuffix(" points")
