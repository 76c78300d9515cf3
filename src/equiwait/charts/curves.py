"""Wait curves: the share still waiting, week by week, with the numbers at risk underneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from equiwait.charts.marks import GREYS, PALETTE, in_units, need
from equiwait.charts.plain_text import plain_text

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

_STYLES = ("-", "--", "-.", ":")
_COLUMNS = ("group", "weeks", "value")


@plain_text
def curve_plot(table: pd.DataFrame, *, ax: Axes, marks: tuple[int, ...] = (18, 52)) -> Axes:
    """Draw one step curve for each group, at most four of them in colour, with numbers at risk below the axis.

    Parameters
    ----------
    table : pandas.DataFrame
        ``group weeks value`` and, where known, ``lower upper at_risk``; one row for each group and week.
    ax : matplotlib.axes.Axes
        Where to draw.
    marks : tuple of int
        Weeks at which a line stands.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``.

    Raises
    ------
    ColumnsError
        If ``group``, ``weeks`` or ``value`` is not a column.

    Notes
    -----
    Of more than four groups, the two that end highest and the two that end lowest are named and the others are grey. A
    group without values is not drawn. Hidden numbers at risk are blank.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"group": "A", "weeks": [0, 4, 8], "value": [1.0, 0.8, 0.5], "at_risk": [50, 40, 25]})
    >>> curve_plot(table, ax=Figure().subplots()).get_ylabel()
    'Share still waiting'
    """
    need(table, _COLUMNS)
    drawn = table.dropna(subset=["value"])
    named = named_curves(drawn)
    for group, rows in drawn.groupby("group", sort=False):
        if str(group) not in named:
            ax.step(rows["weeks"], rows["value"], where="post", color=GREYS[2], linewidth=1.2, zorder=1)
    for place, group in enumerate(named):
        _draw(ax, drawn[drawn["group"] == group], str(group), place)
    _frame(ax, table, marks)
    _numbers_at_risk(ax, table, named)
    return ax


def curve_words(table: pd.DataFrame) -> str:
    """Return what the curves show, in words: where each ends.

    Examples
    --------
    >>> curve_words(pd.DataFrame({"group": "A", "weeks": [0, 18], "value": [1.0, 0.5]}))
    'Share still waiting. A: 50% at 18 weeks.'
    """
    ends = [rows.iloc[-1] for _, rows in table.dropna(subset=["value"]).groupby("group", sort=False)]
    said = [f"{row['group']}: {in_units(float(row['value']))} at {int(row['weeks'])} weeks." for row in ends]
    empty = [str(group) for group, rows in table.groupby("group", sort=False) if rows["value"].isna().all()]
    return " ".join(["Share still waiting.", *said, *([f"Withheld: {', '.join(empty)}."] if empty else [])])


def named_curves(drawn: pd.DataFrame) -> list[str]:
    """The groups that get a colour and a name: all of four, else the two highest and the two lowest at the end."""
    ends = drawn.groupby("group", sort=False)["value"].last()
    if len(ends) > 4:
        order = ends.sort_values(kind="stable").index
        ends = ends[ends.index.isin([*order[:2], *order[-2:]])]
    return [str(group) for group in ends.index]


def _draw(ax: Axes, rows: pd.DataFrame, group: str, place: int) -> None:
    colour = PALETTE[place]
    ax.step(
        rows["weeks"],
        rows["value"],
        where="post",
        color=colour,
        linestyle=_STYLES[place],
        linewidth=1.8,
        label=group,
        zorder=3,
    )
    if {"lower", "upper"} <= set(rows.columns):
        band = (rows["lower"].astype(float), rows["upper"].astype(float))
        ax.fill_between(rows["weeks"], *band, step="post", color=colour, alpha=0.12, linewidth=0, zorder=2)


def _frame(ax: Axes, table: pd.DataFrame, marks: tuple[int, ...]) -> None:
    from matplotlib.ticker import PercentFormatter  # heavy: only when something is drawn

    last = float(table["weeks"].max()) if len(table) else 1.0
    ax.set_xlim(0, last or 1.0)
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_ylabel("Share still waiting", fontsize=9.5, color=GREYS[0])
    ax.set_xlabel("Weeks since the clock started", fontsize=9.5, color=GREYS[0])
    ax.tick_params(labelsize=9, colors=GREYS[0])
    ax.grid(axis="y", color=GREYS[2], linewidth=0.6)
    ax.set_axisbelow(True)
    for week in (mark for mark in marks if mark <= last):
        ax.axvline(week, color=GREYS[1], linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(fontsize=9, frameon=False, loc="upper right")


def _numbers_at_risk(ax: Axes, table: pd.DataFrame, named: list[str]) -> None:
    """A line of numbers for each named group, under the axis at every other tick of the table."""
    if "at_risk" not in table.columns or not named:
        return
    weeks = sorted(table["weeks"].unique())[:: max(1, len(table["weeks"].unique()) // 7)]
    _written(ax, 0.0, -52, "People at risk", GREYS[0])
    for line, group in enumerate(named):
        rows = table[table["group"] == group].set_index("weeks")["at_risk"]
        _written(ax, 0.0, -66 - 26 * line, group, PALETTE[line])
        for week in weeks:
            count = rows.get(week)
            said = in_units(None if count is None else float(count), "people")
            ax.annotate(said, (week, 0), (0, -78 - 26 * line), ("data", "axes fraction"), "offset points",
                        ha="center", va="center", fontsize=8, color=GREYS[0])  # fmt: skip


def _written(ax: Axes, at: float, below: int, words: str, colour: Any) -> None:
    ax.annotate(
        words, (at, 0), (0, below), "axes fraction", "offset points", ha="left", va="center", fontsize=8.5, color=colour
    )
