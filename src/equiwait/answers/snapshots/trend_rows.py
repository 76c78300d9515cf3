"""The rows of a trend from released counts: gaps of each month with their intervals, limits and signals; and the changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.released_question import Side
from equiwait.answers.named_groups import noted
from equiwait.answers.snapshots.change_verdicts import Change, change_of, sentence
from equiwait.answers.snapshots.monthly_counts import FOLLOWED, Month
from equiwait.answers.snapshots.strands import JOINED, LIST, Point, Strand, point_of
from equiwait.disclosure import ReleasedCounts, Rule
from equiwait.disclosure.cells import SMALL
from equiwait.rows.intake.extract_dates import MISSING, WHOLE
from equiwait.statistics import family_confidence, share_errors, share_gap, special_causes, wilson

__all__ = ["COLUMNS", "changes_of", "gap_and_error", "gaps_of", "rows_of"]

Floats = NDArray[np.float64]
COLUMNS = [
    "series", "measure", "among", "by", "group", "month", "day", "state", "n", "value", "lower", "upper", "difference",
    "difference_lower", "difference_upper", "mean", "limit_lower", "limit_upper", "signal", "not_recorded", "reference",
    "method", "confidence", "suppressed", "note",
]  # fmt: skip
_RULES = {
    "beyond": "beyond the limits",
    "shift": "a run on one side",
    "trend": "all rising or all falling",
    "near_limit": "two of three near a limit",
}
_METHODS = {
    JOINED: "Kaplan–Meier, late entry, if nobody left otherwise; Newcombe with its variance",
    LIST: "Wilson; Newcombe",
}


def rows_of(
    strands: Sequence[Strand],
    released: ReleasedCounts,
    measure: str,
    points: int,
    rebase: Sequence[str],
    confidence: float,
) -> pd.DataFrame:
    """Return a row for each series, group and month, months without a value too."""
    tables = []
    for strand in strands:
        for series in (JOINED, LIST):
            months = [each for each in strand.months if series == LIST or each.joiners]
            parts = [_month_rows(strand, released, series, each, confidence) for each in months]
            if parts:
                tables.append(_with_limits(pd.concat(parts, ignore_index=True), points, rebase))
    return pd.concat(tables, ignore_index=True).assign(measure=measure, confidence=confidence)


def _is_known(series: str, month: Month) -> bool:
    return month.state != MISSING if series == LIST else month.joiners == FOLLOWED


def _month_rows(strand: Strand, released: ReleasedCounts, series: str, month: Month, confidence: float) -> pd.DataFrame:
    size = len(strand.labels)
    rows = pd.DataFrame({
        "series": series, "among": strand.part, "by": strand.groups.question, "group": strand.labels, "month": month.month,
        "day": month.day, "state": month.state if series == LIST else month.joiners, "reference": strand.reference.names,
        "method": _METHODS[series],
    })  # fmt: skip
    if not _is_known(series, month):
        none = dict.fromkeys(
            ("n", "value", "lower", "upper", "difference", "difference_lower", "difference_upper"), np.nan
        )
        return rows.assign(**none, not_recorded=np.nan, suppressed=False, note=rows["state"])
    point = point_of(strand, released, series, month)
    own, base = _sides(strand, point, released.rule)
    around, gap = _around(own, confidence), gaps_of(strand, own, base, confidence)
    hidden = np.isnan(point.n)
    events = noted(released, strand.cells(series, month))
    withheld = (
        np.where(np.isnan(point.events), "withheld: too few treated in time, or not", "")
        if series == JOINED
        else np.full(size, "")
    )
    notes = [
        mark or why or ("" if month.state == WHOLE or series == JOINED else month.state)
        for mark, why in zip(events, withheld, strict=True)
    ]
    return rows.assign(
        n=point.n, value=around[0], lower=around[1], upper=around[2], difference=gap[0], difference_lower=gap[1],
        difference_upper=gap[2], not_recorded=point.unrecorded, suppressed=hidden | np.isnan(point.events), note=notes,
    )  # fmt: skip


def _sides(strand: Strand, point: Point, rule: Rule) -> tuple[Side, Side]:
    added = np.full(len(point.n), rule.variance)
    base = rule.variance * strand.reference.rounded(point.n, point.n_base)
    return Side(point.events, point.n, point.wide, added), Side(point.events_base, point.n_base, point.wide_base, base)


def _around(own: Side, confidence: float) -> list[Floats]:
    rows = own.there
    found = wilson(*own.effective(rows), confidence=confidence)
    return [_scattered(rows, np.asarray(end)) for end in found]


def gaps_of(strand: Strand, own: Side, base: Side, confidence: float) -> list[Floats]:
    """Return difference and interval of each group: the recorded ones one family, each other alone."""
    found = [np.full(len(strand.labels), np.nan) for _ in range(3)]
    there = own.there & base.there & ~strand.reference.itself
    known = strand.groups.recorded
    for rows, contrasts in ((there & known, strand.reference.contrasts(known)), (there & ~known, 1)):
        if rows.any():
            gap = share_gap(*own.effective(rows), *base.effective(rows), contrasts=contrasts, confidence=confidence)
            for ends, end in zip(found, gap, strict=True):
                ends[rows] = end
    return found


def _scattered(rows: NDArray[np.bool_], values: Floats) -> Floats:
    found = np.full(len(rows), np.nan)
    found[rows] = values
    return found


def _with_limits(rows: pd.DataFrame, points: int, rebase: Sequence[str]) -> pd.DataFrame:
    """Limits and signals of each group's gap; an incomplete list's is drawn, and no limit rests on it."""
    parts = []
    for _, part in rows.groupby("group", sort=False):
        counted = part["difference"].where(part["state"].isin([WHOLE, FOLLOWED])).to_numpy(np.float64)
        places = [int(np.flatnonzero(part["month"] == month)[0]) for month in rebase if (part["month"] == month).any()]
        found = special_causes(counted, points=points, rebase=places)
        marks = np.column_stack([getattr(found, name) for name in _RULES])
        said = ["; ".join(word for word, on in zip(_RULES.values(), row, strict=True) if on) for row in marks]
        parts.append(part.assign(mean=found.mean, limit_lower=found.lower, limit_upper=found.upper, signal=said))
    return pd.concat(parts).sort_index()


# --- changes ---------------------------------------------------------------------------------------------------------


def changes_of(
    strands: Sequence[Strand], released: ReleasedCounts, measure: Measure, cut: str, confidence: float
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the verdict on each group that is compared, and a sentence for it."""
    rows: list[dict[str, Any]] = []
    said: list[str] = []
    for strand in strands:
        for place in np.flatnonzero(strand.groups.recorded & ~strand.reference.itself):
            change = _change(strand, released, int(place), cut, confidence)
            whom = f"{strand.part}: {strand.labels[place]}" if strand.part else strand.labels[place]
            said.append(
                f"{whom}: nobody else is recorded, so there is nobody to compare with."
                if strand.groups.recorded.sum() == 1
                else sentence(change, whom, strand.reference.names[place], measure.words())
            )
            rows.append(_row(strand, change, int(place)))
        if (
            strand.reference.contrasts(strand.groups.recorded) == 1
            and strand.groups.recorded.sum() == 2
            and not strand.reference.itself.any()
        ):
            rows, said = [*rows[:-1]], [*said[:-1]]  # each of two groups against the other is one gap
    return pd.DataFrame(rows), tuple(said) or ("No two groups are recorded, so there is nothing to compare.",)


def _change(strand: Strand, released: ReleasedCounts, place: int, cut: str, confidence: float) -> Change:
    family = family_confidence(confidence, strand.reference.contrasts(strand.groups.recorded))
    joined = [each for each in strand.months if each.joiners == FOLLOWED]
    whole = [each for each in strand.months if each.state == WHOLE]
    none = float("nan"), float("nan")  # a month without a whole list keeps its place in time
    series = {
        JOINED: [gap_and_error(strand, released, JOINED, each, place) for each in joined],
        LIST: [
            gap_and_error(strand, released, LIST, each, place) if each.state == WHOLE else none
            for each in strand.months
        ],
    }
    silent = [_silent(strand, released, each) for each in joined]
    early = _early(strand, released, whole[-1], place, cut) if whole else float("nan")
    return change_of(_pair(series[JOINED]), _pair(series[LIST]), _pair(silent), early, cut, family)


def _pair(values: Sequence[tuple[float, float]]) -> tuple[Floats, Floats]:
    every = np.array(values, np.float64).reshape(-1, 2)
    return every[:, 0], every[:, 1]


def gap_and_error(
    strand: Strand, released: ReleasedCounts, series: str, month: Month, place: int
) -> tuple[float, float]:
    """Return the gap of one group in one month, and its standard error."""
    own, base = _sides(strand, point_of(strand, released, series, month), released.rule)
    if not (own.there[place] and base.there[place]):
        return float("nan"), float("nan")
    one = [
        np.array([side.events[place], side.n[place], side.design_effect[place], side.rounding[place]])
        for side in (own, base)
    ]
    gap = one[0][0] / one[0][1] - one[1][0] / one[1][1]
    square = sum(float(share_errors([x], [n], design_effect=wide, rounding=added)[0]) ** 2 for x, n, wide, added in one)
    return float(gap), float(np.sqrt(square))


def _silent(strand: Strand, released: ReleasedCounts, month: Month) -> tuple[float, float]:
    point = point_of(strand, released, JOINED, month)
    if not point.everyone > 0 or np.isnan(point.unrecorded):
        return float("nan"), float("nan")
    count = max(point.unrecorded, 0.0) * point.everyone
    return point.unrecorded, float(share_errors([count], [point.everyone], rounding=2 * released.rule.variance)[0])


def _early(strand: Strand, released: ReleasedCounts, month: Month, place: int, cut: str) -> float:
    """How much of a list's gap is of people who joined early: over the threshold, of all on the list."""
    point = point_of(strand, released, LIST, month)
    event = f"joined before {cut}"
    cells = strand.cells(LIST, month, event, strand.days)
    early, small = released.people(cells), released.marked(cells) == SMALL
    early = np.where(small, released.rule.most_hidden, early)  # few: so the other side's part is at least this
    pooled = float(released.people(strand.recorded(LIST, month, event, strand.days)))
    base = strand.reference.shown(early, pooled)
    base = np.where(np.isnan(base), point.events_base, base)  # hidden: at most all of them, so again at least this
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(early[place] / point.n[place] - base[place] / point.n_base[place])


def _row(strand: Strand, change: Change, place: int) -> dict[str, Any]:
    own, burden, silent = change.joined, change.on_list, change.unrecorded
    return {
        "among": strand.part, "by": strand.groups.question, "group": strand.labels[place],
        "reference": strand.reference.names[place], "verdict": change.verdict, "months": change.months,
        "joined_first": own.start, "joined_last": own.end, "joined_change": own.change, "joined_lower": own.lower,
        "joined_upper": own.upper, "list_first": burden.start, "list_last": burden.end, "list_change": burden.change,
        "list_lower": burden.lower, "list_upper": burden.upper, "early": change.early,
        "not_recorded_first": silent.start, "not_recorded_last": silent.end, "not_recorded_change": silent.change,
        "could_have_shown": change.could_have_shown,
    }  # fmt: skip
