"""The charts of rows as HTML for a page: intervals, gaps, bars, what is missing, pairs, movers, the parts of a score.

Each takes what its namesake of matplotlib takes, but for ``ax``, and gives back a table whose marks stand on one scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape

import numpy as np
import pandas as pd

from equiwait.charts.completeness import REASONS, missing_words
from equiwait.charts.dumbbells import dumbbell_words
from equiwait.charts.gaps import gap_words, mover_words, references_of
from equiwait.charts.intervals import interval_words
from equiwait.charts.marks import AXIS, HIDDEN, is_missing, need
from equiwait.charts.shapes import Bars, Gaps, Groups, Intervals, Movers, Pairs, RowOf, taking
from equiwait.charts.tracks import Mark, Row, axis_for, key_html, tracks_html
from equiwait.units import Unit, bare, printed

__all__ = ["bars_html", "dumbbell_html", "gap_html", "interval_html", "missing_html", "mover_html", "waterfall_html"]

_REASON_LOOKS = ("one", "two", "three", "four")


@taking(Intervals)
def interval_html(of: Intervals) -> str:
    """Return `interval_plot` as HTML."""
    rows, at = of.rows, of.line
    numbers = [float(each) for name in of.figures if name in rows for each in rows[name]]
    axis = axis_for(numbers, of.unit, line=at, zero=of.unit in ("percent", "people", "points", "weeks_apart"))
    made = [
        Row(
            of.name(row),
            _people(row, of.n),
            (),
            _interval(of, row, reference=of.name(row) == of.reference),
            of.said(row, of.figures, printed, bare),
            _is_hidden(of, row, of.value),
            of.is_silent(row),
        )
        for row in of.each
    ]
    key = (
        f'<p class="key">The dark line: {escape(of.line_name)}{f", {printed(at, of.unit)}" if at else ""}.</p>'
        if at is not None and of.line_name
        else ""
    )
    headings = ("Group", of.label or AXIS.get(of.unit, ""), "Value (interval)" if of.lower in rows else "Value")
    return tracks_html(made, axis, headings=headings, alt=_words(of), key=key)


def _words(of: Bars) -> str:
    return interval_words(
        of.table, group=of.group, value=of.value, suppressed=of.suppressed, note=of.note, unit=of.unit, unknown=of.unknown,
        hidden=of.hidden,
    )  # fmt: skip


def _people(row: RowOf, n: str) -> str:
    count = row.get(n, np.nan) if n else np.nan
    if is_missing(count):
        return ""
    return f"{float(count):,.0f} {'person' if float(count) == 1 else 'people'}"


def _interval(of: Intervals | Gaps, row: RowOf, *, reference: bool = False) -> tuple[Mark, ...]:
    value, low, high = (row.get(name, np.nan) for name in of.figures)
    if is_missing(value):
        return ()
    silent = of.is_silent(row)
    look = "quiet" if silent else ""
    reach = (Mark("line", float(low), float(high), look),) if not is_missing(low) and not is_missing(high) else ()
    return (*reach, Mark("diamond" if reference else "ring" if silent else "dot", float(value), look=look))


def _is_hidden(of: Groups, row: RowOf, figure: str) -> bool:
    return bool(is_missing(row.get(figure)) and of.is_suppressed(row))


# --- gaps ------------------------------------------------------------------------------------------------------------


@taking(Gaps)
def gap_html(of: Gaps) -> str:
    """Return `gap_plot` as HTML."""
    need(of.table, (of.level,))
    rows = of.rows
    usual, others = references_of(of)
    axis = axis_for([float(each) for name in of.figures if name in rows for each in rows[name]], of.unit, line=0.0)
    made = []
    for place, row in enumerate(of.each):
        itself, shown = of.is_reference(row), not is_missing(row[of.level])
        known = printed(float(row[of.level]), of.level_unit) if shown else "–"
        said = "the reference" if itself and shown else of.said(row, of.figures, printed, bare)
        marks = (Mark("diamond", 0.0),) if itself else _interval(of, row)
        under = "; against ".join(filter(None, (_people(row, of.n), others[place])))
        made.append(Row(of.name(row), under, (known,), marks, said, _is_hidden(of, row, of.level), of.is_silent(row)))
    headings = ("Group", of.label, f"Gap against {usual}" if usual else "Gap", "Gap (interval)")
    alt = gap_words(
        of.table,
        group=of.group,
        value=of.value,
        lower=of.lower,
        upper=of.upper,
        reference=of.reference,
        unit=of.unit,
        level=of.level,
    )
    return tracks_html(made, axis, headings=headings, alt=alt)


@taking(Bars)
def bars_html(of: Bars) -> str:
    """Return `bars` as HTML."""
    axis = axis_for(of.rows[of.value].astype(float).tolist(), of.unit, line=0.0)
    made = []
    for row in of.each:
        look = "quiet" if of.is_silent(row) else ""
        marks = () if is_missing(row[of.value]) else (Mark("bar", 0.0, float(row[of.value]), look),)
        people = _people(row, of.n) if of.n != of.value else ""
        said = of.said(row, (of.value,), printed, bare)
        made.append(Row(of.name(row), people, (), marks, said, _is_hidden(of, row, of.value), of.is_silent(row)))
    return tracks_html(made, axis, headings=("Group", of.label or AXIS.get(of.unit, ""), "Value"), alt=_words(of))


# --- what is missing -------------------------------------------------------------------------------------------------


def missing_html(
    table: pd.DataFrame,
    *,
    group: str = "group",
    n: str = "n",
    reasons: Mapping[str, str] = REASONS,
    hidden: str = f"part {HIDDEN}",
) -> str:
    """Return `missing_bars` as HTML."""
    need(table, (group, n))
    names = [name for name in reasons if name in table]
    people = table[n].astype(float)
    shares = table[names].astype(float).div(people.where(people > 0), axis=0)
    ends = shares.sum(axis=1)
    axis = axis_for([*ends.tolist(), 0.05], "percent", line=0.0)
    made = [
        Row(
            str(table[group].iloc[at]),
            f"{people.iloc[at]:,.0f} people" if people.iloc[at] == people.iloc[at] else "",
            (),
            _stacked(shares.iloc[at].to_numpy(float)),
            _missing_said(float(ends.iloc[at]), shares.iloc[at].to_numpy(float), float(people.iloc[at]), hidden),
            bool(shares.iloc[at].isna().any()) and not ends.iloc[at] > 0,
        )
        for at in range(len(table))
    ]
    key = key_html(
        [(Mark("bar", 0.0, 1.0, look), reasons[name]) for look, name in zip(_REASON_LOOKS, names, strict=False)]
    )
    headings = ("Field" if (table[group].astype(str) == "ethnicity").any() else "Group", "Share not recorded", "Share")
    return tracks_html(
        made, axis, headings=headings, alt=missing_words(table, group=group, n=n, reasons=reasons), key=key
    )


def _stacked(shares: np.ndarray) -> tuple[Mark, ...]:
    marks, start = [], 0.0
    for share, look in zip(np.nan_to_num(shares).tolist(), _REASON_LOOKS, strict=False):
        if share > 0:
            marks.append(Mark("bar", start, start + share, look))
        start += share
    return tuple(marks)


def _missing_said(end: float, shares: np.ndarray, people: float, hidden: str) -> str:
    if not people > 0:
        return "nobody" if people == 0 else "hidden"
    if not np.isnan(shares).any():
        return printed(end, "percent")
    return f"{printed(end, 'percent')}; {hidden}" if end > 0 else hidden.removeprefix("part ")


# --- pairs -----------------------------------------------------------------------------------------------------------


@taking(Pairs)
def dumbbell_html(of: Pairs) -> str:
    """Return `dumbbell_plot` as HTML."""
    numbers = [float(each) for name in (of.first, of.second) for each in of.rows[name]]
    axis = axis_for(numbers, of.unit, zero=of.unit == "percent")
    made = []
    for row in of.each:
        ends, silent = of.ends(row), of.is_silent(row)
        said = _pair_said(of, row, of.unit, of.words)
        marks = _pair(ends, "quiet" if silent else "")
        made.append(Row(of.name(row), _people(row, of.n), (), marks, said, bool(np.isnan(ends).all()), silent))
    key = key_html([(Mark("ring", 0.5), of.first_label), (Mark("diamond", 0.5), of.second_label)])
    alt = dumbbell_words(
        of.table, group=of.group, first=of.first, second=of.second, first_label=of.first_label, second_label=of.second_label,
        suppressed=of.suppressed, unit=of.unit, unknown=of.unknown,
    )  # fmt: skip
    return tracks_html(made, axis, headings=("Group", of.label or AXIS.get(of.unit, ""), "Both"), alt=alt, key=key)


def _pair(ends: list[float], look: str) -> tuple[Mark, ...]:
    joined = (Mark("line", ends[0], ends[1], look),) if np.isfinite(ends).all() else ()
    marks = [
        Mark(kind, end, look=look) for kind, end in zip(("ring", "diamond"), ends, strict=True) if np.isfinite(end)
    ]
    return (*joined, *marks)


def _pair_said(of: Pairs | Movers, row: RowOf, unit: Unit, words: tuple[str, str] | None) -> str:
    ends = of.ends(row)
    if np.isnan(ends).all():
        return of.why_empty(row)
    lacking = "hidden" if of.is_suppressed(row) else "no figure"
    numbers = [printed(end, unit) if np.isfinite(end) else lacking for end in ends]
    if words:
        return ", ".join(f"{number} {word}" for number, word in zip(numbers, words, strict=True))
    return f"{numbers[0]} → {numbers[1]}"


# --- who moves, and the parts of a score -----------------------------------------------------------------------------


@taking(Movers)
def mover_html(of: Movers) -> str:
    """Return `mover_plot` as HTML."""
    shares = of.rows[[of.down, of.up]].astype(float)
    axis = replace(
        axis_for([*(-shares[of.down]).tolist(), *shares[of.up].tolist()], "percent", line=0.0), both_ways=True
    )
    made = []
    for row in of.each:
        ends = of.ends(row)
        marks = [Mark("bar", 0.0, ends[0], "one")] if np.isfinite(ends[0]) else []
        marks += [Mark("bar", 0.0, -ends[1], "two")] if np.isfinite(ends[1]) else []
        said = _pair_said(of, row, "percent", ("up", "down"))
        made.append(Row(of.name(row), _people(row, of.n), (), tuple(marks), said, bool(np.isnan(ends).all())))
    key = key_html([(Mark("bar", 0.0, 1.0, "two"), "would move down"), (Mark("bar", 0.0, 1.0, "one"), "would move up")])
    headings = ("Group", "Share who would move: down on the left, up on the right", "Up and down")
    return tracks_html(
        made, axis, headings=headings, alt=mover_words(of.table, group=of.group, up=of.up, down=of.down), key=key
    )


def waterfall_html(parts: pd.DataFrame, *, scored: bool = True) -> str:
    """Return `waterfall_plot` as HTML: each part of a score starts where the one before it ended."""
    points = np.nan_to_num(parts["points"].to_numpy(float))
    ends = np.cumsum(points)
    starts = ends - points
    low, high = (starts + np.nan_to_num(parts[name].to_numpy(float)) for name in ("low", "high"))
    axis = axis_for([*starts.tolist(), *ends.tolist(), *low.tolist(), *high.tolist()], "number", line=0.0)
    made = []
    for at, (_, row) in enumerate(parts.iterrows()):
        open_ended = row["low"] != row["high"]
        marks = [Mark("bar", float(starts[at]), float(ends[at]), "one")]
        marks += [Mark("band", float(low[at]), float(high[at]), "open")] if open_ended else []
        said = "not recorded" if is_missing(row["points"]) else printed(round(float(row["points"]), 2), "number")
        said += ", not recorded" if open_ended and not is_missing(row["points"]) else ""
        made.append(Row(str(row["factor"]), "", (), tuple(marks), said))
    total = printed(round(float(ends[-1]), 2) if len(ends) else 0.0, "number")
    heading = f"Points: together {total}" if scored else f"Points: {total} so far, not a score"
    alt = "; ".join(f"{row.name}: {row.said}" for row in made)
    return tracks_html(made, axis, headings=("Part", heading, "Points"), alt=alt)
