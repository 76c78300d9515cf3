"""Gaps with their intervals against a line at no gap, levels beside them; and who would move up and down."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd

from equiwait.charts.intervals import interval_plot
from equiwait.charts.marks import (
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
)
from equiwait.charts.plain_text import plain_text
from equiwait.units import Unit, printed

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

__all__ = ["gap_plot", "gap_words", "mover_plot", "mover_words", "references_of"]


@plain_text
def gap_plot(
    table: pd.DataFrame,
    *,
    ax: Axes,
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
) -> Axes:
    """Draw each group's gap and its interval against a line at no gap, with the group's own level beside its name.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group, in reading order.
    ax : matplotlib.axes.Axes
        Where to draw.
    group, level, value, lower, upper, reference, n, suppressed, note : str
        Names of the columns: ``level`` is the group's own figure, ``value`` its gap, ``reference`` whom it is against.
    unit, level_unit : str
        What the gaps and the levels are numbers of.
    label : str
        What the level is: "Waiting over 18 weeks".
    unknown, hidden
        As in `interval_plot`.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``.

    Raises
    ------
    ColumnsError
        If ``group``, ``level`` or ``value`` is not a column.

    Notes
    -----
    The reference is a diamond on the line. A gap that is not shown is not drawn: the reason is written in its place.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"group": ["A", "B"], "value": [0.3, 0.36], "difference": [None, 0.06],
    ...                       "difference_lower": [None, 0.01], "difference_upper": [None, 0.11], "reference": "A"})
    >>> gap_plot(table, ax=Figure().subplots()).get_xlabel()
    'Gap against A, percentage points'
    """
    need(table, (group, level, value))
    rows = ordered(table, group, unknown)
    usual, others = references_of(rows, group, reference)
    itself = [str(row[group]) == str(row.get(reference)) for _, row in rows.iterrows()]
    levels = [printed(float(each), level_unit) if pd.notna(each) else "" for each in rows[level]]
    names = [", ".join(filter(None, (str(name), own))) for name, own in zip(rows[group], levels, strict=True)]
    said = rows[note].fillna("").astype(str).tolist() if note in rows else [""] * len(rows)
    said = ["the reference" if same and own else why for why, same, own in zip(said, itself, levels, strict=True)]
    silent = [name for name, own in zip(names, rows[group], strict=True) if str(own) in unknown]
    words = {"points": "percentage points", "weeks_apart": "weeks"}.get(unit, unit)
    other = next(filter(None, others), "")
    below = f"{words}\n(the open marks: against {other})" if other else words
    drawn = rows.copy()
    drawn[group], drawn[note] = names, said
    interval_plot(
        drawn, ax=ax, group=group, value=value, lower=lower, upper=upper, n=n, suppressed=suppressed, note=note, unit=unit,
        label=f"Gap against {usual}, {below}" if usual else f"Gap, {words}", reference=0.0, reference_label="no gap", unknown=silent,
        hidden=hidden,
    )  # fmt: skip
    for y, same in zip(heights_of(rows, group, unknown), itself, strict=True):
        if same:
            ax.plot([0], [y], marker="D", markersize=8, color=PALETTE[0], linestyle="none", zorder=3)
    ax.set_title(f"Beside each name: {label[:1].lower()}{label[1:]}", fontsize=9, loc="left", color=GREYS[0], pad=18)
    return ax


def references_of(rows: pd.DataFrame, group: str, reference: str) -> tuple[str, list[str]]:
    """Return whom most rows are compared with, and for each row its own reference where it is another."""
    if reference not in rows:
        return "", [""] * len(rows)
    named = rows[reference].fillna("").astype(str)
    known = named[named != ""]
    usual = str(known.mode(dropna=True).iloc[0]) if len(known) else ""
    return usual, [each if each and each != usual else "" for each in named]


def gap_words(
    table: pd.DataFrame,
    *,
    group: str = "group",
    value: str = "difference",
    lower: str = "difference_lower",
    upper: str = "difference_upper",
    reference: str = "reference",
    unit: Unit = "points",
) -> str:
    """Return what a gap plot shows, in words: every gap with its interval, and for whom there is none.

    Examples
    --------
    >>> gap_words(pd.DataFrame({"group": ["A", "B"], "difference": [None, 0.06], "difference_lower": [None, 0.01],
    ...                         "difference_upper": [None, 0.11], "reference": ["A", "A"]}))
    'Gaps against A. B: +6.0 points (+1.0 to +11.0).'
    """
    usual, others = references_of(table, group, reference)
    said, empty = [f"Gaps against {usual}." if usual else "Gaps."], []
    for place, (_, row) in enumerate(table.iterrows()):
        if pd.isna(row[value]):
            empty += [] if str(row[group]) == str(row.get(reference)) else [str(row[group])]
            continue
        low, high = (
            printed(float(row[name]), unit).removesuffix(" points").removesuffix(" weeks") for name in (lower, upper)
        )
        against = f", against {others[place]}" if others[place] else ""
        said.append(f"{row[group]}{against}: {printed(float(row[value]), unit)} ({low} to {high}).")
    return " ".join([*said, *([f"No gap is shown for: {', '.join(empty)}."] if empty else [])])


# --- who moves -------------------------------------------------------------------------------------------------------


@plain_text
def mover_plot(
    table: pd.DataFrame,
    *,
    ax: Axes,
    group: str = "group",
    up: str = "share_up",
    down: str = "share_down",
    n: str = "people",
    suppressed: str = "suppressed",
    note: str = "note",
    hidden: str = HIDDEN,
) -> Axes:
    """Draw for each group the share who would move down to the left of a line, and up to its right.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group; shares from 0 to 1, NaN where hidden.
    ax : matplotlib.axes.Axes
        Where to draw.
    group, up, down, n, suppressed, note : str
        Names of the columns.
    hidden : str
        What to write for a share that is hidden.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"group": ["A"], "share_up": [0.2], "share_down": [0.1]})
    >>> mover_plot(table, ax=Figure().subplots()).get_xlabel()
    'Share who would move: down on the left, up on the right'
    """
    need(table, (group, up, down))
    heights = heights_of(table, group, ())
    for y, (_, row) in zip(heights, table.iterrows(), strict=True):
        for name, way, colour, hatch in ((up, 1.0, PALETTE[0], ""), (down, -1.0, PALETTE[2], "///")):
            if pd.notna(row[name]):
                ax.barh(y, way * float(row[name]), height=0.62, facecolor=colour, edgecolor="white", hatch=hatch)
        said = ", ".join(
            f"{_move(row, name, suppressed, hidden)} {word}" for name, word in ((up, "up"), (down, "down"))
        )
        ax.annotate(
            said, (1, y), (6, 0), ("axes fraction", "data"), "offset points", va="center", fontsize=9, color=GREYS[0]
        )
    name_rows(ax, table, heights, group, n)
    reach = table[[up, down]].astype(float).assign(**{down: -table[down].astype(float)})
    finish(ax, "percent", "Share who would move: down on the left, up on the right", heights, reach, 0.0)
    most = float(reach.abs().max().max()) if reach.notna().any().any() else 0.1
    ax.set_xlim(-1.08 * most if (reach[down] < 0).any() else 0.0, 1.08 * most)
    ax.xaxis.set_major_formatter(lambda tick, _: in_units(abs(tick)))
    ax.axvline(0, color=GREYS[0], linewidth=1.2)
    return ax


def _move(row: pd.Series[float], name: str, suppressed: str, hidden: str) -> str:
    return in_units(row[name]) or (hidden if is_true(row.get(suppressed)) else "no figure")


def mover_words(table: pd.DataFrame, *, group: str = "group", up: str = "share_up", down: str = "share_down") -> str:
    """Return who would move, in words.

    Examples
    --------
    >>> mover_words(pd.DataFrame({"group": ["A", "B"], "share_up": [0.2, None], "share_down": [0.1, None]}))
    'A: 20.0% move up, 10.0% move down; B: hidden'
    """
    return "; ".join(
        f"{row[group]}: hidden"
        if pd.isna(row[up]) and pd.isna(row[down])
        else f"{row[group]}: {_share(row[up])} move up, {_share(row[down])} move down"
        for _, row in table.iterrows()
    )


def _share(value: float) -> str:
    return "a hidden number" if pd.isna(value) else printed(float(value), "percent")
