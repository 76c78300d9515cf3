"""The charts of rows as HTML for a page: intervals, gaps, bars, what is missing, pairs, movers, the parts of a score.

Each takes what its namesake of matplotlib takes, but for ``ax``, and gives back a table whose marks stand on one scale.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from equiwait.charts.completeness import REASONS, missing_words
from equiwait.charts.dumbbells import dumbbell_words
from equiwait.charts.gaps import gap_words, mover_words, references_of
from equiwait.charts.intervals import interval_words
from equiwait.charts.marks import AXIS, HIDDEN, UNKNOWN, is_true, need, ordered, why_empty
from equiwait.charts.tracks import Mark, Row, axis_for, key_html, tracks_html
from equiwait.units import Unit, printed

__all__ = ["bars_html", "dumbbell_html", "gap_html", "interval_html", "missing_html", "mover_html", "waterfall_html"]

_REASON_LOOKS = ("one", "two", "three", "four")


def interval_html(
    table: pd.DataFrame,
    *,
    group: str = "group",
    value: str = "value",
    lower: str = "lower",
    upper: str = "upper",
    n: str = "n",
    suppressed: str = "suppressed",
    note: str = "note",
    unit: Unit = "percent",
    label: str = "",
    reference: str | float | None = None,
    reference_label: str = "",
    unknown: Collection[str] = UNKNOWN,
    hidden: str = HIDDEN,
) -> str:
    """Return `interval_plot` as HTML."""
    need(table, (group, value))
    rows = ordered(table, group, unknown)
    columns = (value, lower, upper)
    at = _line(rows, group, value, reference)
    numbers = [float(each) for name in columns if name in rows for each in rows[name]]
    axis = axis_for(numbers, unit, line=at, zero=unit in ("percent", "people", "points", "weeks_apart"))
    made = [
        Row(
            str(row[group]),
            _people(row, n),
            (),
            _interval(row, columns, _silent(row, group, unknown), str(row[group]) == reference),
            _said(row, columns, unit, suppressed, note, hidden),
            _is_hidden(row, value, suppressed),
            _silent(row, group, unknown),
        )
        for _, row in rows.iterrows()
    ]
    named = reference_label or (str(reference) if isinstance(reference, str) else "")
    key = (
        f'<p class="key">The dark line: {escape(named)}{f", {printed(at, unit)}" if at else ""}.</p>'
        if at is not None and named
        else ""
    )
    alt = interval_words(
        table, group=group, value=value, suppressed=suppressed, note=note, unit=unit, unknown=unknown, hidden=hidden
    )
    headings = ("Group", label or AXIS.get(unit, ""), "Value (interval)" if lower in rows else "Value")
    return tracks_html(made, axis, headings=headings, alt=alt, key=key)


def _line(rows: pd.DataFrame, group: str, value: str, reference: str | float | None) -> float | None:
    if not isinstance(reference, str):
        return reference
    found = rows.loc[rows[group].astype(str) == reference, value].dropna()
    return float(found.iloc[0]) if len(found) else None


def _silent(row: pd.Series[Any], group: str, unknown: Collection[str]) -> bool:
    return str(row[group]) in unknown


def _people(row: pd.Series[Any], n: str) -> str:
    count = row.get(n) if n else None
    if count is None or pd.isna(count):
        return ""
    return f"{float(count):,.0f} {'person' if float(count) == 1 else 'people'}"


def _interval(
    row: pd.Series[Any], columns: tuple[str, str, str], silent: bool, reference: bool = False
) -> tuple[Mark, ...]:
    value, low, high = (row.get(name) for name in columns)
    if value is None or pd.isna(value):
        return ()
    look = "quiet" if silent else ""
    reach = (Mark("line", float(low), float(high), look),) if pd.notna(low) and pd.notna(high) else ()
    return (*reach, Mark("diamond" if reference else "ring" if silent else "dot", float(value), look=look))


def _is_hidden(row: pd.Series[Any], value: str, suppressed: str) -> bool:
    return bool(pd.isna(row.get(value)) and is_true(row.get(suppressed)))


def _said(
    row: pd.Series[Any], columns: tuple[str, str, str], unit: Unit, suppressed: str, note: str, hidden: str
) -> str:
    value, low, high = (row.get(name) for name in columns)
    if value is None or pd.isna(value):
        return why_empty(row, suppressed, note, hidden)
    ends = ""
    if low is not None and high is not None and pd.notna(low) and pd.notna(high):
        ends = f" ({_bare(printed(float(low), unit))} to {_bare(printed(float(high), unit))})"
    return printed(float(value), unit) + ends


def _bare(number: str) -> str:
    return number.removesuffix(" points").removesuffix(" weeks")


# --- gaps ------------------------------------------------------------------------------------------------------------


def gap_html(
    table: pd.DataFrame,
    *,
    group: str = "group",
    level: str = "value",
    value: str = "difference",
    lower: str = "difference_lower",
    upper: str = "difference_upper",
    reference: str = "reference",
    n: str = "n",
    suppressed: str = "suppressed",
    note: str = "note",
    unit: Unit = "points",
    level_unit: Unit = "percent",
    label: str = "Level",
    unknown: Collection[str] = UNKNOWN,
    hidden: str = HIDDEN,
) -> str:
    """Return `gap_plot` as HTML."""
    need(table, (group, level, value))
    rows = ordered(table, group, unknown)
    usual, others = references_of(rows, group, reference)
    columns = (value, lower, upper)
    numbers = [float(each) for name in columns if name in rows for each in rows[name]]
    axis = axis_for(numbers, unit, line=0.0)
    made = []
    for place, (_, row) in enumerate(rows.iterrows()):
        itself = str(row[group]) == str(row.get(reference))
        silent = _silent(row, group, unknown)
        shown = pd.notna(row[level])
        known = printed(float(row[level]), level_unit) if shown else "–"
        said = "the reference" if itself and shown else _said(row, columns, unit, suppressed, note, hidden)
        marks = (Mark("diamond", 0.0),) if itself else _interval(row, columns, silent)
        under = "; against ".join(filter(None, (_people(row, n), others[place])))
        made.append(Row(str(row[group]), under, (known,), marks, said, _is_hidden(row, level, suppressed), silent))
    headings = ("Group", label, f"Gap against {usual}" if usual else "Gap", "Gap (interval)")
    alt = gap_words(table, group=group, value=value, lower=lower, upper=upper, reference=reference, unit=unit)
    return tracks_html(made, axis, headings=headings, alt=alt)


def bars_html(
    table: pd.DataFrame,
    *,
    group: str = "group",
    value: str = "value",
    n: str = "n",
    suppressed: str = "suppressed",
    note: str = "note",
    unit: Unit = "percent",
    label: str = "",
    unknown: Collection[str] = UNKNOWN,
    hidden: str = HIDDEN,
) -> str:
    """Return `bars` as HTML."""
    need(table, (group, value))
    rows = ordered(table, group, unknown)
    axis = axis_for(rows[value].astype(float).tolist(), unit, line=0.0)
    made = [
        Row(
            str(row[group]),
            _people(row, n) if n != value else "",
            (),
            () if pd.isna(row[value]) else (Mark("bar", 0.0, float(row[value]), _bar_look(row, group, unknown)),),
            _said(row, (value, "", ""), unit, suppressed, note, hidden),
            _is_hidden(row, value, suppressed),
            _silent(row, group, unknown),
        )
        for _, row in rows.iterrows()
    ]
    alt = interval_words(table, group=group, value=value, suppressed=suppressed, note=note, unit=unit, unknown=unknown)
    return tracks_html(made, axis, headings=("Group", label or AXIS.get(unit, ""), "Value"), alt=alt)


def _bar_look(row: pd.Series[Any], group: str, unknown: Collection[str]) -> str:
    return "quiet" if _silent(row, group, unknown) else ""


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


def dumbbell_html(
    table: pd.DataFrame,
    *,
    group: str = "group",
    first: str = "first",
    second: str = "second",
    first_label: str = "first",
    second_label: str = "second",
    n: str = "n",
    suppressed: str = "suppressed",
    note: str = "note",
    unit: Unit = "percent",
    label: str = "",
    unknown: Collection[str] = UNKNOWN,
    hidden: str = HIDDEN,
    words: tuple[str, str] | None = None,
) -> str:
    """Return `dumbbell_plot` as HTML."""
    need(table, (group, first, second))
    rows = ordered(table, group, unknown)
    numbers = [float(each) for name in (first, second) for each in rows[name]]
    axis = axis_for(numbers, unit, zero=unit == "percent")
    made = []
    for _, row in rows.iterrows():
        ends = [float(row[name]) if pd.notna(row[name]) else np.nan for name in (first, second)]
        look = "quiet" if _silent(row, group, unknown) else ""
        made.append(
            Row(
                str(row[group]), _people(row, n), (), _pair(ends, look),
                _pair_said(row, ends, unit, suppressed, note, hidden, words), bool(np.isnan(ends).all()), bool(look),
            )
        )  # fmt: skip
    key = key_html([(Mark("ring", 0.5), first_label), (Mark("diamond", 0.5), second_label)])
    alt = dumbbell_words(
        table, group=group, first=first, second=second, first_label=first_label, second_label=second_label,
        suppressed=suppressed, unit=unit, unknown=unknown,
    )  # fmt: skip
    return tracks_html(made, axis, headings=("Group", label or AXIS.get(unit, ""), "Both"), alt=alt, key=key)


def _pair(ends: list[float], look: str) -> tuple[Mark, ...]:
    joined = (Mark("line", ends[0], ends[1], look),) if np.isfinite(ends).all() else ()
    marks = [
        Mark(kind, end, look=look) for kind, end in zip(("ring", "diamond"), ends, strict=True) if np.isfinite(end)
    ]
    return (*joined, *marks)


def _pair_said(
    row: pd.Series[Any],
    ends: list[float],
    unit: Unit,
    suppressed: str,
    note: str,
    hidden: str,
    words: tuple[str, str] | None,
) -> str:
    if np.isnan(ends).all():
        return why_empty(row, suppressed, note, hidden)
    lacking = "hidden" if is_true(row.get(suppressed)) else "no figure"
    numbers = [printed(end, unit) if np.isfinite(end) else lacking for end in ends]
    if words:
        return ", ".join(f"{number} {word}" for number, word in zip(numbers, words, strict=True))
    return f"{numbers[0]} → {numbers[1]}"


# --- who moves, and the parts of a score -----------------------------------------------------------------------------


def mover_html(
    table: pd.DataFrame,
    *,
    group: str = "group",
    up: str = "share_up",
    down: str = "share_down",
    n: str = "people",
    suppressed: str = "suppressed",
    note: str = "note",
    hidden: str = HIDDEN,
) -> str:
    """Return `mover_plot` as HTML."""
    need(table, (group, up, down))
    numbers = [*(-table[down].astype(float)).tolist(), *table[up].astype(float).tolist()]
    axis = replace(axis_for(numbers, "percent", line=0.0), both_ways=True)
    made = []
    for _, row in table.iterrows():
        ends = [float(row[name]) if pd.notna(row[name]) else np.nan for name in (up, down)]
        marks = [Mark("bar", 0.0, ends[0], "one")] if np.isfinite(ends[0]) else []
        marks += [Mark("bar", 0.0, -ends[1], "two")] if np.isfinite(ends[1]) else []
        said = _pair_said(row, ends, "percent", suppressed, note, hidden, ("up", "down"))
        made.append(Row(str(row[group]), _people(row, n), (), tuple(marks), said, bool(np.isnan(ends).all())))
    key = key_html([(Mark("bar", 0.0, 1.0, "two"), "would move down"), (Mark("bar", 0.0, 1.0, "one"), "would move up")])
    headings = ("Group", "Share who would move: down on the left, up on the right", "Up and down")
    return tracks_html(made, axis, headings=headings, alt=mover_words(table, group=group, up=up, down=down), key=key)


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
        said = "not recorded" if pd.isna(row["points"]) else printed(round(float(row["points"]), 2), "number")
        said += ", not recorded" if open_ended and pd.notna(row["points"]) else ""
        made.append(Row(str(row["factor"]), "", (), tuple(marks), said))
    total = printed(round(float(ends[-1]), 2) if len(ends) else 0.0, "number")
    heading = f"Points: together {total}" if scored else f"Points: {total} so far, not a score"
    alt = "; ".join(f"{row.name}: {row.said}" for row in made)
    return tracks_html(made, axis, headings=("Part", heading, "Points"), alt=alt)
