"""Two shares of one group, joined by a line: what it is of the whole, and what it is of a part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from equiwait.charts.marks import GREYS, PALETTE, finish, in_units, name_rows, write_beside
from equiwait.charts.plain_text import plain_text
from equiwait.charts.shapes import Pairs, RowOf, taking

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes


@plain_text
@taking(Pairs)
def dumbbell_plot(of: Pairs, *, ax: Axes) -> Axes:
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
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"group": ["A", "B"], "first": [0.8, 0.2], "second": [0.7, 0.3]})
    >>> dumbbell_plot(table, ax=Figure().subplots()).get_xlabel()
    'Share of people'
    """
    axis = of.axis
    for y, row in zip(of.heights, of.each, strict=True):
        _draw_pair(ax, y, of.ends(row), of.is_silent(row))
        write_beside(ax, y, _said(of, row))
    name_rows(ax, of.rows, of.heights, of.group, of.n)
    finish(ax, of.unit, axis, of.heights, of.rows[[of.first, of.second]], None)
    _legend(ax, of.first_label, of.second_label)
    return ax


def _draw_pair(ax: Axes, y: float, ends: list[float], silent: bool) -> None:
    colour = GREYS[1] if silent else PALETTE[0]
    style: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 1.8, "clip_on": False, "zorder": 3}
    if np.isfinite(ends).all():
        ax.plot(ends, [y, y], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
    # A shape each, so that colour is not the only cue.
    ax.plot(ends[:1], [y], marker="o", markersize=8, markerfacecolor="white", markeredgecolor=colour, **style)
    ax.plot(ends[1:], [y], marker="D", markersize=7, markerfacecolor=colour, markeredgecolor=colour, **style)


def _said(of: Pairs, row: RowOf) -> str:
    ends = of.ends(row)
    if np.isnan(ends).all():
        return of.why_empty(row)
    numbers = [in_units(end, of.unit) for end in ends]
    if of.words:
        lacking = "hidden" if of.is_suppressed(row) else "no figure"
        return ", ".join(f"{number or lacking} {word}" for number, word in zip(numbers, of.words, strict=True))
    return f"{numbers[0] or '?'} → {numbers[1] or of.why_empty(row)}"


def _legend(ax: Axes, first_label: str, second_label: str) -> None:
    from matplotlib.lines import Line2D  # heavy: only when something is drawn

    style: dict[str, Any] = {"linestyle": "none", "markeredgecolor": PALETTE[0], "markeredgewidth": 1.8}
    keys = [
        Line2D([], [], marker="o", markerfacecolor="white", label=first_label, **style),
        Line2D([], [], marker="D", markerfacecolor=PALETTE[0], label=second_label, **style),
    ]
    ax.legend(handles=keys, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize=8.5)


@taking(Pairs)
def dumbbell_words(of: Pairs) -> str:
    """Return what a dumbbell plot shows, in words: the widest rise, the widest fall, and what is hidden.

    Parameters
    ----------
    table, group, first, second, first_label, second_label, suppressed, unit, unknown
        As in `dumbbell_plot`.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"group": ["A", "B"], "first": [0.8, 0.2], "second": [0.7, 0.3]})
    >>> dumbbell_words(table, first_label="of the list", second_label="of the tail")
    'Widest rise: B, 20% of the list, 30% of the tail. Widest fall: A, 80% of the list, 70% of the tail.'
    """
    table, first, second = of.table, of.first, of.second
    both = table[table[first].notna() & table[second].notna() & ~table[of.group].astype(str).isin(list(of.unknown))]
    change = (both[second] - both[first]).astype(float)
    said = []
    for word, rows in (("rise", change[change > 0].nlargest(1)), ("fall", change[change < 0].nsmallest(1))):
        for place in rows.index:
            before, after = (in_units(float(both.loc[place, name]), of.unit) for name in (first, second))
            who = f"{both.loc[place, of.group]}, {before} {of.first_label}, {after} {of.second_label}"
            said.append(f"Widest {word}: {who}.")
    veiled = table[of.group][table[second].isna()].astype(str)
    said += [f"No figure for: {', '.join(veiled)}."] if len(veiled) else []
    return " ".join(said) or "The two values are the same for every group."
