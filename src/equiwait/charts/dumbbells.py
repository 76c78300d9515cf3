"""Two shares of one group, joined by a line: what it is of the whole, and what it is of a part."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from equiwait.charts.marks import (
    AXIS,
    GREYS,
    HIDDEN,
    PALETTE,
    UNKNOWN,
    finish,
    heights_of,
    in_units,
    is_true,
    name_rows,
    need,
    ordered,
    why_empty,
)
from equiwait.charts.plain_text import plain_text
from equiwait.errors import choose
from equiwait.units import Unit

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes


@plain_text
def dumbbell_plot(
    table: pd.DataFrame,
    *,
    ax: Axes,
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
) -> Axes:
    """Draw two values for each group, a ring and a diamond, joined by a line, with both numbers at the right.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group, in reading order.
    ax : matplotlib.axes.Axes
        Where to draw.
    group, first, second, n, suppressed, note : str
        Names of the columns.
    first_label, second_label : str
        What the two values are, for the legend.
    unit, label, unknown, hidden
        As in `interval_plot`.
    words : pair of str, optional
        What follows each number at the right, where the two stand side by side ("52% up, 48% down"); left out, an arrow
        leads from the first to the second.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``.

    Raises
    ------
    ColumnsError
        If ``group``, ``first`` or ``second`` is not a column.

    Notes
    -----
    A value that is not there is not drawn; if it is the second, the reason is written beside the first.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"group": ["A", "B"], "first": [0.8, 0.2], "second": [0.7, 0.3]})
    >>> dumbbell_plot(table, ax=Figure().subplots()).get_xlabel()
    'Share of people'
    """
    need(table, (group, first, second))
    axis = label or AXIS[choose("unit", unit, list(AXIS))]
    rows = ordered(table, group, unknown)
    heights = heights_of(rows, group, unknown)
    for y, (_, row) in zip(heights, rows.iterrows(), strict=True):
        ends = [float(row[name]) if pd.notna(row[name]) else np.nan for name in (first, second)]
        _draw_pair(ax, y, ends, str(row[group]) in unknown)
        said = _said(row, ends, unit, suppressed, note, hidden, words)
        ax.annotate(
            said, (1, y), (6, 0), ("axes fraction", "data"), "offset points", va="center", fontsize=9, color=GREYS[0]
        )
    name_rows(ax, rows, heights, group, n)
    finish(ax, unit, axis, heights, rows[[first, second]], None)
    _legend(ax, first_label, second_label)
    return ax


def _draw_pair(ax: Axes, y: float, ends: list[float], silent: bool) -> None:
    colour = GREYS[1] if silent else PALETTE[0]
    style: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 1.8, "clip_on": False, "zorder": 3}
    if np.isfinite(ends).all():
        ax.plot(ends, [y, y], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
    # A shape each, so that colour is not the only cue.
    ax.plot(ends[:1], [y], marker="o", markersize=8, markerfacecolor="white", markeredgecolor=colour, **style)
    ax.plot(ends[1:], [y], marker="D", markersize=7, markerfacecolor=colour, markeredgecolor=colour, **style)


def _said(
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
    numbers = [in_units(end, unit) for end in ends]
    if words:
        lacking = "hidden" if is_true(row.get(suppressed)) else "no figure"
        return ", ".join(f"{number or lacking} {word}" for number, word in zip(numbers, words, strict=True))
    return f"{numbers[0] or '?'} → {numbers[1] or why_empty(row, suppressed, note, hidden)}"


def _legend(ax: Axes, first_label: str, second_label: str) -> None:
    from matplotlib.lines import Line2D  # heavy: only when something is drawn

    style: dict[str, Any] = {"linestyle": "none", "markeredgecolor": PALETTE[0], "markeredgewidth": 1.8}
    keys = [
        Line2D([], [], marker="o", markerfacecolor="white", label=first_label, **style),
        Line2D([], [], marker="D", markerfacecolor=PALETTE[0], label=second_label, **style),
    ]
    ax.legend(handles=keys, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize=8.5)


def dumbbell_words(
    table: pd.DataFrame,
    *,
    group: str = "group",
    first: str = "first",
    second: str = "second",
    first_label: str = "first",
    second_label: str = "second",
    suppressed: str = "suppressed",
    unit: Unit = "percent",
    unknown: Collection[str] = UNKNOWN,
) -> str:
    """Return what a dumbbell plot shows, in words: the widest rise, the widest fall, and what is hidden.

    Parameters
    ----------
    table, group, first, second, first_label, second_label, suppressed, unit, unknown
        As in `dumbbell_plot`.

    Examples
    --------
    >>> table = pd.DataFrame({"group": ["A", "B"], "first": [0.8, 0.2], "second": [0.7, 0.3]})
    >>> dumbbell_words(table, first_label="of the list", second_label="of the tail")
    'Widest rise: B, 20% of the list, 30% of the tail. Widest fall: A, 80% of the list, 70% of the tail.'
    """
    need(table, (group, first, second))
    both = table[table[first].notna() & table[second].notna() & ~table[group].astype(str).isin(list(unknown))]
    change = (both[second] - both[first]).astype(float)
    said = []
    for word, rows in (("rise", change[change > 0].nlargest(1)), ("fall", change[change < 0].nsmallest(1))):
        for place in rows.index:
            before, after = (in_units(float(both.loc[place, name]), unit) for name in (first, second))
            said.append(f"Widest {word}: {both.loc[place, group]}, {before} {first_label}, {after} {second_label}.")
    veiled = table[group][table[second].isna()].astype(str)
    said += [f"No figure for: {', '.join(veiled)}."] if len(veiled) else []
    return " ".join(said) or "The two values are the same for every group."
