"""Dots with intervals, and bars: one row for each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from equiwait.charts.marks import GREYS, PALETTE, finish, hatch_row, in_units, is_missing, name_rows, write_beside
from equiwait.charts.plain_text import plain_text
from equiwait.charts.shapes import Bars, Intervals, RowOf, taking
from equiwait.errors import listed

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes


@plain_text
@taking(Intervals)
def interval_plot(of: Intervals, *, ax: Axes) -> Axes:
    """Draw a dot and its interval for each group, with n under the name and the numbers at the right.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group, in reading order. Needs ``group`` and ``value``; the other columns are used if present.
    ax : matplotlib.axes.Axes
        Where to draw.
    group, value, lower, upper, n, suppressed, note : str
        Names of the columns. ``value`` and its bounds are shares from 0 to 1 for percentages and points.
    unit : {"percent", "points", "weeks", "people", "ratio"}
        What the values are.
    label : str
        Words for the horizontal axis; by default from ``unit``.
    reference : str or float, optional
        A group, whose value then stands as a dashed line, or a number.
    reference_label : str
        What the line is; by default the name of the group.
    unknown : collection of str
        Groups to set apart below the others, with open marks.
    hidden : str
        What to write for a group whose row is suppressed.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``.

    Raises
    ------
    ColumnsError
        If ``group`` or ``value`` is not a column.

    Notes
    -----
    A group without a value is never drawn as zero: ``hidden`` or the row's note is written in its place, and where a rule
    hides it the row is hatched.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"group": ["A", "B"], "value": [0.3, 0.36], "lower": [0.27, 0.3], "upper": [0.33, 0.42]})
    >>> ax = interval_plot(table, ax=Figure().subplots(), reference="A")
    >>> ax.get_xlabel()
    'Share of people'
    """
    axis, at = of.axis, of.line
    for y, row in zip(of.heights, of.each, strict=True):
        _draw_row(ax, of, row, y)
        write_beside(ax, y, of.said(row, of.figures, in_units))
    name_rows(ax, of.rows, of.heights, of.group, of.n)
    if at is not None:
        _reference_line(ax, at, f"{of.line_name} {in_units(at, of.unit) if at else ''}".strip(), of.heights)
    finish(ax, of.unit, axis, of.heights, of.rows[[name for name in of.figures if name in of.rows]], at)
    return ax


def _draw_row(ax: Axes, of: Intervals, row: RowOf, y: float) -> None:
    value, low, high = (row.get(name, np.nan) for name in of.figures)
    silent = of.is_silent(row)
    if is_missing(value):
        if of.is_suppressed(row):
            hatch_row(ax, y)
        return
    colour = GREYS[1] if silent else PALETTE[0]
    if not is_missing(low) and not is_missing(high):
        ax.plot([low, high], [y, y], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
    ax.plot(
        [value],
        [y],
        marker="D" if of.name(row) == of.reference else "o",
        markersize=8,
        markerfacecolor="white" if silent else colour,
        markeredgecolor=colour,
        markeredgewidth=1.8,
        linestyle="none",
        clip_on=False,
        zorder=3,
    )


def _reference_line(ax: Axes, at: float, name: str, heights: list[float]) -> None:
    ax.axvline(at, color=GREYS[1], linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    ax.annotate(
        name,
        (at, max(heights) + 0.62),
        (3, 0),
        textcoords="offset points",
        fontsize=8.5,
        color=GREYS[0],
        ha="left",
        va="center",
    )


@taking(Bars)
def interval_words(of: Bars, *, what: str = "") -> str:
    """Return what an interval plot shows, in words: the highest, the lowest, the silences, and what is hidden.

    Parameters
    ----------
    table : pandas.DataFrame
        The table that is drawn.
    what : str
        What the values are, such as "Share waiting over 18 weeks"; leave it out where a title says so.
    group, value, suppressed, note, unit, unknown, hidden
        As in `interval_plot`.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"group": ["A", "B", "Not known"], "value": [0.3, 0.36, 0.4]})
    >>> interval_words(table, what="Share waiting over 18 weeks")
    'Share waiting over 18 weeks, by group. Highest: B, 36%. Lowest: A, 30%. Not known: 40%.'
    """
    rows = of.one_by_one(of.table)
    empty = [row for row in rows if is_missing(row[of.value])]
    shown = [row for row in rows if not is_missing(row[of.value])]
    known = [row for row in shown if not of.is_silent(row)]
    said = [f"{what}, by group."] if what else []
    if known:
        values = [float(row[of.value]) for row in known]
        ends = ((word, known[values.index(end)]) for word, end in (("Highest", max(values)), ("Lowest", min(values))))
        said += [f"{word}: {_pair(row, of)}." for word, row in ends]
    said += [f"{of.name(row)}: {in_units(row[of.value], of.unit)}." for row in shown if of.is_silent(row)]
    reasons: dict[str, list[str]] = {}
    for row in empty:
        reasons.setdefault(of.why_empty(row), []).append(of.name(row))
    said += [f"{reason[:1].upper()}{reason[1:]}: {listed(alike)}." for reason, alike in reasons.items()]
    return " ".join(said)


def _pair(row: RowOf, of: Bars) -> str:
    number = in_units(float(row[of.value]), of.unit)
    return f"{of.name(row)}, {number}{' weeks' if of.unit == 'weeks' else ''}"


@plain_text
@taking(Bars)
def bars(of: Bars, *, ax: Axes) -> Axes:
    """Draw one bar for each group, from zero, with its number at the end.

    Parameters and missing values are as in `interval_plot`; silences are hatched as well as grey.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> ax = bars(pd.DataFrame({"group": ["A"], "value": [12]}), unit="people", ax=Figure().subplots())
    >>> ax.get_xlabel()
    'People'
    """
    axis = of.axis
    for y, row in zip(of.heights, of.each, strict=True):
        amount = row[of.value]
        if not is_missing(amount):
            face, line, hatch = ("white", GREYS[1], "..") if of.is_silent(row) else (PALETTE[0], PALETTE[0], "")
            ax.barh(y, float(amount), height=0.62, facecolor=face, edgecolor=line, hatch=hatch)
        elif of.is_suppressed(row):
            hatch_row(ax, y)
        said, at = of.said(row, (of.value,), in_units), 0 if is_missing(amount) else amount
        ax.annotate(said, (at, y), (5, 0), textcoords="offset points", va="center", fontsize=9)
    name_rows(ax, of.rows, of.heights, of.group, of.n)
    finish(ax, of.unit, axis, of.heights, of.rows[[of.value]], None)
    low, high = ax.get_xlim()
    ax.set_xlim(low, low + (high - low) * 1.12)  # room for the number after the longest bar
    return ax
