"""A number over time: its points with their intervals, the limits of an XmR chart, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from equiwait.charts.marks import GREYS, PALETTE, in_units, need
from equiwait.charts.plain_text import plain_text

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

_COLUMNS = ("month", "difference")
RINGS = {"looks incomplete": "the period looks incomplete", "left out": "left out, for people lived under both"}
"""The states of a period that is drawn and does not count, and what is said of them."""


@plain_text
def series_plot(
    table: pd.DataFrame,
    *,
    ax: Axes,
    beneath: str | None = None,
    beneath_label: str = "",
    label: str = "Gap, percentage points",
) -> Axes:
    """Draw a gap over time with its interval, the mean and limits of its chart, and a share beneath it.

    Parameters
    ----------
    table : pandas.DataFrame
        ``month difference`` and, where known, ``difference_lower difference_upper mean limit_lower limit_upper signal state``;
        one row for each period, in order.
    ax : matplotlib.axes.Axes
        Where to draw.
    beneath : str, optional
        A column of shares that is written under the periods.
    beneath_label, label : str
        What they are called.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``.

    Raises
    ------
    ColumnsError
        If ``month`` or ``difference`` is not a column.

    Notes
    -----
    A period without a value stays on the axis, and no line is drawn across it. Points that break a rule are diamonds.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"month": ["2026-01", "2026-02"], "difference": [0.10, 0.05]})
    >>> series_plot(table, ax=Figure().subplots()).get_ylabel()
    'Gap, percentage points'
    """
    need(table, _COLUMNS)
    x = np.arange(len(table))
    y = _points(table, "difference")
    ax.axhline(0, color=GREYS[0], linewidth=1, zorder=1)
    if {"difference_lower", "difference_upper"} <= set(table.columns):
        ends = _points(table, "difference_lower"), _points(table, "difference_upper")
        ax.vlines(x, *ends, color=PALETTE[0], linewidth=1.4, alpha=0.5, zorder=2)
    for name, style in (("mean", "-"), ("limit_lower", (0, (4, 3))), ("limit_upper", (0, (4, 3)))):
        if name in table.columns:
            ax.plot(x, _points(table, name), color=GREYS[1], linewidth=1, linestyle=style, zorder=1)
    ax.plot(x, y, color=PALETTE[0], linewidth=1.6, zorder=3)
    marked = np.array([bool(each) for each in table["signal"]]) if "signal" in table.columns else np.zeros(len(y), bool)
    partly = _incomplete(table)
    ax.scatter(x[~marked & ~partly], y[~marked & ~partly], color=PALETTE[0], s=26, zorder=4)
    ax.scatter(x[partly], y[partly], facecolor="white", edgecolor=PALETTE[0], s=30, zorder=4)
    ax.scatter(x[marked & ~partly], y[marked & ~partly], color=PALETTE[3], marker="D", s=40, zorder=5)
    _frame(ax, table, label)
    if beneath is not None and beneath in table.columns:
        _beneath(ax, table[beneath], beneath_label)
    return ax


def series_words(table: pd.DataFrame) -> str:
    """Return what the picture shows, in words: first and last value, points that break a rule, periods without a value.

    Examples
    --------
    >>> series_words(pd.DataFrame({"month": ["2026-01", "2026-02", "2026-03"], "difference": [0.1, None, 0.05]}))
    'Gap in percentage points: +10.0 in 2026-01, +5.0 in 2026-03. No value: 2026-02.'
    """
    known = table.dropna(subset=["difference"])
    if not len(known):
        return "Gap in percentage points: no month has a value."
    ends = known.iloc[[0, -1]] if len(known) > 1 else known
    said = ", ".join(f"{in_units(float(row['difference']), 'points')} in {row['month']}" for _, row in ends.iterrows())
    empty = ", ".join(map(str, table.loc[table["difference"].isna(), "month"]))
    marked = known[known["signal"].astype(bool)] if "signal" in known.columns else known.iloc[:0]
    rules = "; ".join(f"{row['month']} ({row['signal']})" for _, row in marked.iterrows())
    return " ".join([
        f"Gap in percentage points: {said}.", *([f"Breaks a rule: {rules}."] if rules else []), *([f"No value: {empty}."] if empty else []),
    ])  # fmt: skip


def _points(table: pd.DataFrame, column: str) -> Any:
    return 100 * table[column].astype("float64").to_numpy()


def _incomplete(table: pd.DataFrame) -> Any:
    if "state" not in table.columns:
        return np.zeros(len(table), bool)
    return table["state"].isin(list(RINGS)).to_numpy()


def _frame(ax: Axes, table: pd.DataFrame, label: str) -> None:
    step = max(1, -(-len(table) // 12))
    ax.set_xticks(range(0, len(table), step), [str(month) for month in table["month"][::step]], rotation=45, ha="right")
    ax.set_xlim(-0.5, len(table) - 0.5)
    ax.set_ylabel(label, fontsize=9.5, color=GREYS[0])
    ax.tick_params(labelsize=8.5, colors=GREYS[0])
    ax.grid(axis="y", color=GREYS[2], linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def _beneath(ax: Axes, shares: pd.Series[Any], label: str) -> None:
    step = max(1, -(-len(shares) // 12))
    ax.annotate(
        label, (0, 0), (-10, -62), "axes fraction", "offset points", fontsize=8, color=GREYS[0], va="center", ha="right"
    )
    for place, share in list(enumerate(shares))[::step]:
        said = in_units(None if pd.isna(share) else float(share))
        ax.annotate(said, (place, 0), (0, -62), ("data", "axes fraction"), "offset points", ha="center", va="center",
                    fontsize=8, color=GREYS[0])  # fmt: skip
