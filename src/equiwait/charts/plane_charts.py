"""Charts of two scales as HTML for a page: wait curves with numbers at risk, and funnels.

Lines are drawn on a plane that stretches, words stand beside it at their own size: a narrow page gets a narrow picture with
words as large as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from equiwait.charts.curves import curve_words, named_curves
from equiwait.charts.funnels import funnel_words
from equiwait.charts.marks import need
from equiwait.charts.series import RINGS, series_words
from equiwait.charts.tracks import Axis, axis_for, tick_words
from equiwait.units import Unit, printed

__all__ = ["curve_html", "funnel_html", "series_html"]

_LINES = ("one", "two", "three", "four")
_AT_RISK = 5  # columns of numbers under a curve: more cannot be read on a telephone


def plane(x: Axis, y: Axis, inside: str, alt: str, labels: tuple[str, str]) -> str:
    """Return a plane with ticks at its left and under it; ``inside`` is drawn from 0 to 100 both ways, and stretched."""
    rows = "".join(f'<line class="grid" x2="100%" y1="{_up(y, t)}%" y2="{_up(y, t)}%"/>' for t in y.ticks)
    left = "".join(
        f'<text x="100%" dx="-6" y="{_up(y, t)}%" dy=".35em" text-anchor="end">{escape(tick_words(t, y.unit))}</text>'
        for t in y.ticks
    )
    under = "".join(
        f'<text x="{_along(x, t)}%" y="1.1em" text-anchor="{_anchor(x, t)}">{escape(tick_words(t, x.unit))}</text>'
        for t in x.ticks
    )
    return (
        f'<p class="scale">{escape(labels[1])}</p><div class="plane"><svg class="left" aria-hidden="true">{left}</svg>'
        f'<svg class="field" role="img" aria-label="{escape(alt, quote=True)}">{rows}{inside}</svg>'
        f'<svg class="under" aria-hidden="true">{under}</svg></div><p class="scale">{escape(labels[0])}</p>'
    )


def _anchor(axis: Axis, tick: float) -> str:
    return {axis.ticks[0]: "start", axis.ticks[-1]: "end"}.get(tick, "middle")


def _along(axis: Axis, value: float) -> float:
    return round(100 * (min(max(value, axis.low), axis.high) - axis.low) / ((axis.high - axis.low) or 1.0), 2)


def _up(axis: Axis, value: float) -> float:
    return round(100 - _along(axis, value), 2)


def _path(x: Axis, y: Axis, points: Sequence[tuple[float, float]], look: str, *, stepped: bool = False) -> str:
    """A line through points, drawn on the stretched plane; ``stepped`` holds each height until the next point."""
    at = [(_along(x, one), _up(y, other)) for one, other in points]
    if not at:
        return ""
    drawn = f"M{at[0][0]:g} {at[0][1]:g}" + "".join(
        f"H{one:g}V{other:g}" if stepped else f"L{one:g} {other:g}" for one, other in at[1:]
    )
    return f'<svg viewBox="0 0 100 100" preserveAspectRatio="none"><path class="line {look}" d="{drawn}"/></svg>'


# --- curves ----------------------------------------------------------------------------------------------------------


def curve_html(table: pd.DataFrame, *, marks: tuple[int, ...] = (18, 52)) -> str:
    """Return `curve_plot` as HTML: a step for each week, four groups named, and a table of numbers at risk under it."""
    need(table, ("group", "weeks", "value"))
    drawn = table.dropna(subset=["value"])
    named = named_curves(drawn)
    last = float(table["weeks"].max()) if len(table) else 1.0
    x = axis_for([0.0, last], "number", zero=True)
    y = axis_for([0.0, 1.0], "percent", zero=True)
    lines = [_curve(x, y, drawn, str(group), "other") for group in drawn["group"].unique() if str(group) not in named]
    lines += [_curve(x, y, drawn, group, look) for group, look in zip(named, _LINES, strict=False)]
    weeks = "".join(
        f'<line class="mark" x1="{_along(x, week)}%" x2="{_along(x, week)}%" y2="100%"/>'
        for week in marks
        if week <= last
    )
    inside = plane(
        x, y, weeks + "".join(lines), curve_words(table), ("Weeks since the clock started", "Share still waiting")
    )
    key = "".join(
        f'<li><svg aria-hidden="true"><line class="line {look}" x2="100%" y1="50%" y2="50%"/></svg><span>{escape(group)}</span></li>'
        for group, look in zip(named, _LINES, strict=False)
    )
    return f'<ul class="key">{key}</ul>{inside}{_at_risk(table, named)}'


def _curve(x: Axis, y: Axis, drawn: pd.DataFrame, group: str, look: str) -> str:
    rows = drawn[drawn["group"].astype(str) == group]
    return _path(
        x, y, list(zip(rows["weeks"].astype(float), rows["value"].astype(float), strict=True)), look, stepped=True
    )


def _at_risk(table: pd.DataFrame, named: Sequence[str]) -> str:
    """People still under observation, at a few weeks; a hidden number says so."""
    if "at_risk" not in table or not named:
        return ""
    every = np.array(sorted(table["weeks"].unique()))
    weeks = every[np.unique(np.linspace(0, len(every) - 1, min(_AT_RISK, len(every))).round().astype(int))]
    head = "".join(f'<th scope="col" class="number">{week:g}</th>' for week in weeks)
    body = ""
    for group in named:
        rows = table[table["group"].astype(str) == group].drop_duplicates("weeks").set_index("weeks")["at_risk"]
        cells = [rows.get(week) for week in weeks]
        said = ("hidden" if cell is None or pd.isna(cell) else f"{float(cell):,.0f}" for cell in cells)
        body += (
            f'<tr><th scope="row">{escape(group)}</th>{"".join(f"<td class=number>{each}</td>" for each in said)}</tr>'
        )
    return (
        f'<table class="at-risk"><caption>People at risk, by week</caption><thead><tr><th scope="col">Week</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


# --- funnels ---------------------------------------------------------------------------------------------------------


def funnel_html(
    table: pd.DataFrame,
    *,
    group: str = "group",
    n: str = "n",
    value: str = "value",
    target: str = "target",
    limits: tuple[str, str, str, str] = ("outer_lower", "lower", "upper", "outer_upper"),
    unit: Unit = "percent",
    label: str = "Share of people",
) -> str:
    """Return `funnel_plot` as HTML; who lies outside the limits is named beneath it."""
    need(table, (group, n, value, target, *limits))
    rows = table[table[value].notna() & table[n].notna() & table[limits[0]].notna()].sort_values(n, kind="stable")
    sizes, values = rows[n].astype(float), rows[value].astype(float)
    x = axis_for([0.0, *sizes], "people", zero=True)
    y = axis_for([*values, *rows[limits[0]].astype(float), *rows[limits[3]].astype(float)], unit)
    lines = [
        _path(x, y, list(zip(sizes, rows[name].astype(float), strict=True)), look)
        for name, look in zip(limits, ("outer", "inner", "inner", "outer"), strict=True)
    ]
    at = float(table[target].dropna().iloc[0]) if table[target].notna().any() else None
    whole = "" if at is None else f'<line class="zero" x2="100%" y1="{_up(y, at)}%" y2="{_up(y, at)}%"/>'
    dots = "".join(
        _place(x, y, row, n, value, outside=not row[limits[0]] <= row[value] <= row[limits[3]])
        for _, row in rows.iterrows()
    )
    far = rows[(values > rows[limits[3]]) | (values < rows[limits[0]])].sort_values(
        value, ascending=False, kind="stable"
    )
    named = "".join(
        f"<li>◆ {escape(str(row[group]))}: {printed(float(row[value]), unit)} of {float(row[n]):,.0f} people</li>"
        for _, row in far.iterrows()
    )
    hidden = int(table[value].isna().sum())
    said = f"<p class=key>Not shown: {hidden} with small or no numbers.</p>" if hidden else ""
    key = (
        '<p class="key">Dark line: all together. Solid and dashed limits: 95% and 99.8% of places would lie between them. '
        "◆ outside the 99.8% limits.</p>"
    )
    alt = funnel_words(table, group=group, n=n, value=value, target=target, limits=limits, unit=unit)
    return f"{key}{plane(x, y, ''.join(lines) + whole + dots, alt, ('People', label))}<ul>{named}</ul>{said}"


def _place(x: Axis, y: Axis, row: pd.Series[float], n: str, value: str, *, outside: bool) -> str:
    along, up = _along(x, float(row[n])), _up(y, float(row[value]))
    if outside:
        return f'<svg class="over" x="{along}%" y="{up}%"><path class="dot two" d="M-7 0 0-7 7 0 0 7z"/></svg>'
    return f'<circle class="dot" cx="{along}%" cy="{up}%" r="4"/>'


# --- over time -------------------------------------------------------------------------------------------------------


def series_html(
    table: pd.DataFrame,
    *,
    beneath: str | None = None,
    beneath_label: str = "",
    label: str = "Gap, percentage points",
    lines: str = "mean and limits",
) -> str:
    """Return `series_plot` as HTML: a point for each period with its interval, and a table of the last periods under it.

    ``lines`` says what the thin lines are.
    """
    need(table, ("month", "difference"))
    ends = [
        name
        for name in ("difference", "difference_lower", "difference_upper", "limit_lower", "limit_upper")
        if name in table
    ]
    y = axis_for([float(each) for name in ends for each in table[name]], "points", line=0.0)
    x = Axis(-0.5, len(table) - 0.5, (), "number")
    drawn = [f'<line class="zero" x2="100%" y1="{_up(y, 0.0)}%" y2="{_up(y, 0.0)}%"/>']
    for name, look in (("mean", "inner"), ("limit_lower", "outer"), ("limit_upper", "outer")):
        drawn += _stretches(x, y, table, name, look) if name in table else []
    drawn += [_reach(x, y, at, row) for at, (_, row) in enumerate(table.iterrows())]
    drawn += _stretches(x, y, table, "difference", "one")
    drawn += [_period(x, y, at, row) for at, (_, row) in enumerate(table.iterrows()) if pd.notna(row["difference"])]
    every = max(1, -(-len(table) // 3))  # three words under it: more would stand on each other on a telephone
    months = [(_along(x, at), str(name)) for at, name in enumerate(table["month"]) if at % every == 0]
    words = "".join(
        f'<text x="{at}%" y="1.1em" text-anchor="{"end" if at > 80 else "middle"}">{escape(name)}</text>'
        for at, name in months
    )
    picture = plane(x, y, "".join(drawn), series_words(table), ("", label)).replace(
        "</svg></div>", f"{words}</svg></div>"
    )
    return f"{_series_key(table, lines)}{picture}{_periods(table, beneath, beneath_label)}"


def _series_key(table: pd.DataFrame, lines: str) -> str:
    """What the marks mean, of those that are drawn."""
    rings = [state for state in RINGS if "state" in table and table["state"].eq(state).any()]
    said = [
        *(["◆ breaks a rule of the chart"] if "signal" in table and table["signal"].astype(bool).any() else []),
        *(f"rings: {RINGS[state]}" for state in rings),
        *([f"thin lines: {lines}"] if "mean" in table else []),
    ]
    words = "; ".join(said)
    return f'<p class="key">{escape(words[:1].upper() + words[1:])}.</p>' if said else ""


def _stretches(x: Axis, y: Axis, table: pd.DataFrame, name: str, look: str) -> list[str]:
    """Lines through neighbouring values: none across a period without one."""
    lines: list[list[tuple[float, float]]] = [[]]
    for at, value in enumerate(table[name].astype(float)):
        if np.isfinite(value):
            lines[-1].append((float(at), value))
        elif lines[-1]:
            lines.append([])
    return [_path(x, y, line, look) for line in lines if len(line) > 1]


def _reach(x: Axis, y: Axis, at: int, row: pd.Series[float]) -> str:
    low, high = row.get("difference_lower"), row.get("difference_upper")
    if low is None or high is None or pd.isna(low) or pd.isna(high):
        return ""
    return f'<line class="reach thin" x1="{_along(x, at)}%" x2="{_along(x, at)}%" y1="{_up(y, float(low))}%" y2="{_up(y, float(high))}%"/>'


def _period(x: Axis, y: Axis, at: int, row: pd.Series[float]) -> str:
    along, up = _along(x, at), _up(y, float(row["difference"]))
    if str(row.get("state") or "") in RINGS:
        return f'<circle class="ring" cx="{along}%" cy="{up}%" r="5"/>'
    if row.get("signal"):
        return f'<svg class="over" x="{along}%" y="{up}%"><path class="dot two" d="M-7 0 0-7 7 0 0 7z"/></svg>'
    return f'<circle class="dot" cx="{along}%" cy="{up}%" r="5"/>'


_LAST = 6


def _periods(table: pd.DataFrame, beneath: str | None, beneath_label: str) -> str:
    """The numbers of the last periods: all of them are in the result's table."""
    shown = beneath if beneath is not None and beneath in table else None
    head = "".join(
        f'<th scope="col">{escape(each)}</th>'
        for each in ("Period", "Gap", *([beneath_label or "Share"] if shown else []))
    )
    body = ""
    for _, row in table.tail(_LAST).iterrows():
        gap = printed(float(row["difference"]), "points") if pd.notna(row["difference"]) else "no value"
        share = [printed(float(row[shown]), "percent") if pd.notna(row[shown]) else "no value"] if shown else []
        body += f'<tr><th scope="row">{escape(str(row["month"]))}</th>{"".join(f"<td>{each}</td>" for each in (gap, *share))}</tr>'
    return f"<table><caption>The last {min(_LAST, len(table))} periods</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
