"""Dots with intervals, and bars: one row for each group."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pandas as pd

from equiwait.charts.marks import (
    AXIS,
    GREYS,
    HIDDEN,
    PALETTE,
    UNKNOWN,
    finish,
    hatch_row,
    heights_of,
    in_units,
    is_true,
    name_rows,
    need,
    ordered,
    row_words,
    why_empty,
)
from equiwait.charts.plain_text import plain_text
from equiwait.errors import choose, listed
from equiwait.units import Unit

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes


@plain_text
def interval_plot(
    table: pd.DataFrame,
    *,
    ax: Axes,
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
) -> Axes:
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
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"group": ["A", "B"], "value": [0.3, 0.36], "lower": [0.27, 0.3], "upper": [0.33, 0.42]})
    >>> ax = interval_plot(table, ax=Figure().subplots(), reference="A")
    >>> ax.get_xlabel()
    'Share of people'
    """
    need(table, (group, value))
    axis = label or AXIS[choose("unit", unit, list(AXIS))]
    rows = ordered(table, group, unknown)
    heights = heights_of(rows, group, unknown)
    at = _reference_value(rows, group, value, reference)
    for y, (_, row) in zip(heights, rows.iterrows(), strict=True):
        silent, veiled = str(row[group]) in unknown, is_true(row.get(suppressed))
        _draw_row(ax, row, y, (value, lower, upper), silent, str(row[group]) == reference, veiled)
        said = row_words(row, (value, lower, upper), unit, suppressed, note, hidden)
        ax.annotate(
            said, (1, y), (6, 0), ("axes fraction", "data"), "offset points", va="center", fontsize=9, color=GREYS[0]
        )
    name_rows(ax, rows, heights, group, n)
    if at is not None:
        name = reference_label or (f"{reference}" if isinstance(reference, str) else "")
        _reference_line(ax, at, f"{name} {in_units(at, unit) if at else ''}".strip(), heights)
    finish(
        ax,
        unit,
        axis,
        heights,
        rows[[c for c in (value, lower, upper) if c in rows]],
        at,
    )
    return ax


def _reference_value(rows: pd.DataFrame, group: str, value: str, reference: str | float | None) -> float | None:
    if not isinstance(reference, str):
        return reference
    found = rows.loc[rows[group].astype(str) == reference, value]
    return float(found.iloc[0]) if len(found) and pd.notna(found.iloc[0]) else None


def _draw_row(
    ax: Axes, row: pd.Series[Any], y: float, columns: tuple[str, str, str], silent: bool, reference: bool, veiled: bool
) -> None:
    value, low, high = (row.get(name) for name in columns)
    if pd.isna(value):
        if veiled:
            hatch_row(ax, y)
        return
    colour = GREYS[1] if silent else PALETTE[0]
    if pd.notna(low) and pd.notna(high):
        ax.plot([low, high], [y, y], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
    ax.plot(
        [value],
        [y],
        marker="D" if reference else "o",
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


def interval_words(
    table: pd.DataFrame,
    *,
    what: str = "",
    group: str = "group",
    value: str = "value",
    suppressed: str = "suppressed",
    note: str = "note",
    unit: Unit = "percent",
    unknown: Collection[str] = UNKNOWN,
    hidden: str = HIDDEN,
) -> str:
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
    >>> table = pd.DataFrame({"group": ["A", "B", "Not known"], "value": [0.3, 0.36, 0.4]})
    >>> interval_words(table, what="Share waiting over 18 weeks")
    'Share waiting over 18 weeks, by group. Highest: B, 36%. Lowest: A, 30%. Not known: 40%.'
    """
    need(table, (group, value))
    names = table[group].astype(str)
    silent, empty = names.isin(list(unknown)), table[value].isna()
    known = table[~silent & ~empty]
    said = [f"{what}, by group."] if what else []
    if len(known):
        high, low = (known.loc[known[value].astype(float) == end] for end in (known[value].max(), known[value].min()))
        said += [
            f"{word}: {_pair(row.iloc[0], group, value, unit)}." for word, row in (("Highest", high), ("Lowest", low))
        ]
    said += [f"{row[group]}: {in_units(row[value], unit)}." for _, row in table[silent & ~empty].iterrows()]
    why = [why_empty(row, suppressed, note, hidden) for _, row in table[empty].iterrows()]
    for reason in dict.fromkeys(why):
        alike = [name for name, each in zip(names[empty], why, strict=True) if each == reason]
        said.append(f"{reason[:1].upper()}{reason[1:]}: {listed(alike)}.")
    return " ".join(said)


def _pair(row: pd.Series[Any], group: str, value: str, unit: Unit) -> str:
    number = in_units(float(row[value]), unit)
    return f"{row[group]}, {number}{' weeks' if unit == 'weeks' else ''}"


@plain_text
def bars(
    table: pd.DataFrame,
    *,
    ax: Axes,
    group: str = "group",
    value: str = "value",
    n: str = "n",
    suppressed: str = "suppressed",
    note: str = "note",
    unit: Unit = "percent",
    label: str = "",
    unknown: Collection[str] = UNKNOWN,
    hidden: str = HIDDEN,
) -> Axes:
    """Draw one bar for each group, from zero, with its number at the end.

    Parameters and missing values are as in `interval_plot`; silences are hatched as well as grey.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = bars(pd.DataFrame({"group": ["A"], "value": [12]}), unit="people", ax=Figure().subplots())
    >>> ax.get_xlabel()
    'People'
    """
    need(table, (group, value))
    axis = label or AXIS[choose("unit", unit, list(AXIS))]
    rows = ordered(table, group, unknown)
    heights = heights_of(rows, group, unknown)
    for y, (_, row) in zip(heights, rows.iterrows(), strict=True):
        silent = str(row[group]) in unknown
        amount = row[value]
        if pd.notna(amount):
            face, line, hatch = ("white", GREYS[1], "..") if silent else (PALETTE[0], PALETTE[0], "")
            ax.barh(y, float(amount), height=0.62, facecolor=face, edgecolor=line, hatch=hatch)
        elif is_true(row.get(suppressed)):
            hatch_row(ax, y)
        said = row_words(row, (value, "", ""), unit, suppressed, note, hidden)
        ax.annotate(
            said, (0 if pd.isna(amount) else amount, y), (5, 0), textcoords="offset points", va="center", fontsize=9
        )
    name_rows(ax, rows, heights, group, n)
    finish(ax, unit, axis, heights, rows[[value]], None)
    low, high = ax.get_xlim()
    ax.set_xlim(low, low + (high - low) * 1.12)  # room for the number after the longest bar
    return ax
