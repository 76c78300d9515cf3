"""Funnels: each place's share against its size, within the limits of chance and ordinary variation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from equiwait.charts.marks import GREYS, PALETTE, in_units, need
from equiwait.charts.plain_text import plain_text
from equiwait.units import Unit, printed

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

__all__ = ["funnel_plot", "funnel_words"]

_LIMITS = ("outer_lower", "lower", "upper", "outer_upper")


@plain_text
def funnel_plot(
    table: pd.DataFrame,
    *,
    ax: Axes,
    group: str = "group",
    n: str = "n",
    value: str = "value",
    target: str = "target",
    limits: tuple[str, str, str, str] = _LIMITS,
    unit: Unit = "percent",
    label: str = "Share of people",
) -> Axes:
    """Draw each place at its size and share; places outside the outer limits are diamonds, and named.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each place; without a value or limits it is left out.
    ax : matplotlib.axes.Axes
        Where to draw.
    group, n, value, target : str
        Names of the columns; ``target`` is the share of all.
    limits : tuple of str
        Columns of the outer and inner limits, from low to high.
    unit, label
        As in `interval_plot`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"group": ["A", "B"], "n": [100, 400], "value": [0.3, 0.5], "target": 0.3, "lower": [0.2, 0.25],
    ...                       "upper": [0.4, 0.35], "outer_lower": [0.15, 0.22], "outer_upper": [0.45, 0.38]})
    >>> funnel_plot(table, ax=Figure().subplots()).get_xlabel()
    'People'
    """
    need(table, (group, n, value, target, *limits))
    rows = table[table[value].notna() & table[n].notna() & table[limits[0]].notna()].sort_values(n, kind="stable")
    for name, style in zip(limits, ("--", "-", "-", "--"), strict=True):
        ax.plot(rows[n], rows[name], color=GREYS[1], linestyle=style, linewidth=1.2)
    if table[target].notna().any():
        ax.axhline(float(table[target].dropna().iloc[0]), color=GREYS[0], linewidth=1.4)
    for _, row in rows.iterrows():
        outside = not row[limits[0]] <= row[value] <= row[limits[3]]
        ax.plot([row[n]], [row[value]], marker="D" if outside else "o", markersize=7 if outside else 5, linestyle="none",
                color=PALETTE[2] if outside else PALETTE[0])  # fmt: skip
        if outside:
            ax.annotate(
                str(row[group]), (row[n], row[value]), (6, 4), textcoords="offset points", fontsize=9, color=GREYS[0]
            )
    ax.set_xlabel("People", fontsize=9.5, color=GREYS[0])
    ax.set_ylabel(label, fontsize=9.5, color=GREYS[0])
    ax.set_xlim(0, float(rows[n].max()) * 1.08 if len(rows) else 1.0)
    ax.yaxis.set_major_formatter(lambda tick, _: in_units(tick, unit))
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def funnel_words(
    table: pd.DataFrame,
    *,
    group: str = "group",
    n: str = "n",
    value: str = "value",
    target: str = "target",
    limits: tuple[str, str, str, str] = _LIMITS,
    unit: Unit = "percent",
) -> str:
    """Return what a funnel shows, in words: the share of all, and every place outside the outer limits.

    Examples
    --------
    >>> funnel_words(pd.DataFrame({"group": ["A", "B"], "n": [100, 400], "value": [0.3, 0.5], "target": 0.3, "lower": 0.25,
    ...                            "upper": 0.35, "outer_lower": 0.2, "outer_upper": 0.4}))
    'All together: 30.0%. Outside the 99.8% limits: B, 50.0%. Within them: 1 place.'
    """
    need(table, (group, n, value, target, *limits))
    rows = table[table[value].notna() & table[limits[0]].notna()]
    far = rows[(rows[value] > rows[limits[3]]) | (rows[value] < rows[limits[0]])]
    far = far.sort_values(value, ascending=False, kind="stable")
    whole = table[target].dropna()
    said = [f"All together: {printed(float(whole.iloc[0]), unit)}."] if len(whole) else []
    named = "; ".join(f"{row[group]}, {printed(float(row[value]), unit)}" for _, row in far.iterrows())
    within = len(rows) - len(far)
    said.append(f"Outside the 99.8% limits: {named or 'none'}.")
    said.append(f"Within them: {within} place{'' if within == 1 else 's'}.")
    return " ".join(said)
