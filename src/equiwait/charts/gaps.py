"""Gaps with their intervals against a line at no gap, levels beside them; and who would move up and down."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from equiwait.charts.intervals import interval_plot
from equiwait.charts.marks import GREYS, PALETTE, finish, in_units, is_missing, name_rows, need, write_beside
from equiwait.charts.plain_text import plain_text
from equiwait.charts.shapes import Gaps, Movers, taking
from equiwait.units import bare, printed

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

__all__ = ["gap_plot", "gap_words", "mover_plot", "mover_words", "references_of"]


@plain_text
@taking(Gaps)
def gap_plot(of: Gaps, *, ax: Axes) -> Axes:
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
    need(of.table, (of.level,))
    rows = of.rows
    usual, others = references_of(of)
    itself = [of.is_reference(row) for row in of.each]
    levels = [printed(float(each), of.level_unit) if pd.notna(each) else "" for each in rows[of.level]]
    names = [", ".join(filter(None, (str(name), own))) for name, own in zip(rows[of.group], levels, strict=True)]
    said = rows[of.note].fillna("").astype(str).tolist() if of.note in rows else [""] * len(rows)
    said = ["the reference" if same and own else why for why, same, own in zip(said, itself, levels, strict=True)]
    silent = [name for name, own in zip(names, rows[of.group], strict=True) if str(own) in of.unknown]
    words = {"points": "percentage points", "weeks_apart": "weeks"}.get(of.unit, of.unit)
    other = next(filter(None, others), "")
    below = f"{words}\n(the open marks: against {other})" if other else words
    value, lower, upper = of.figures
    interval_plot(
        rows.assign(**{of.group: names, of.note: said}), ax=ax, group=of.group, value=value, lower=lower, upper=upper, n=of.n,
        suppressed=of.suppressed, note=of.note, unit=of.unit, label=f"Gap against {usual}, {below}" if usual else f"Gap, {words}",
        reference=0.0, reference_label="no gap", unknown=silent, hidden=of.hidden,
    )  # fmt: skip
    for y, same in zip(of.heights, itself, strict=True):
        if same:
            ax.plot([0], [y], marker="D", markersize=8, color=PALETTE[0], linestyle="none", zorder=3)
    title = f"Beside each name: {of.label[:1].lower()}{of.label[1:]}"
    ax.set_title(title, fontsize=9, loc="left", color=GREYS[0], pad=18)
    return ax


def references_of(of: Gaps) -> tuple[str, list[str]]:
    """Return whom most rows are compared with, and for each row its own reference where it is another."""
    rows = of.rows
    if of.reference not in rows:
        return "", [""] * len(rows)
    named = ["" if is_missing(each) else str(each) for each in rows[of.reference].tolist()]
    counted = Counter(filter(None, named))
    usual = min(counted, key=lambda each: (-counted[each], each), default="")
    return usual, [each if each and each != usual else "" for each in named]


@taking(Gaps)
def gap_words(of: Gaps) -> str:
    """Return what a gap plot shows, in words: every gap with its interval, and for whom there is none.

    Examples
    --------
    >>> gap_words(pd.DataFrame({"group": ["A", "B"], "difference": [None, 0.06], "difference_lower": [None, 0.01],
    ...                         "difference_upper": [None, 0.11], "reference": ["A", "A"]}))
    'Gaps against A. B: +6.0 points (+1.0 to +11.0).'
    """
    usual, others = references_of(of)
    said, empty = [f"Gaps against {usual}." if usual else "Gaps."], []
    for place, row in enumerate(of.each):
        if is_missing(row[of.value]):
            empty += [] if of.is_reference(row) else [of.name(row)]
            continue
        against = f", against {others[place]}" if others[place] else ""
        said.append(f"{of.name(row)}{against}: {of.said(row, of.figures, printed, bare)}.")
    return " ".join([*said, *([f"No gap is shown for: {', '.join(empty)}."] if empty else [])])


# --- who moves -------------------------------------------------------------------------------------------------------


@plain_text
@taking(Movers)
def mover_plot(of: Movers, *, ax: Axes) -> Axes:
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
    for y, row in zip(of.heights, of.each, strict=True):
        for share, way, colour, hatch in zip(
            of.ends(row), (1.0, -1.0), (PALETTE[0], PALETTE[2]), ("", "///"), strict=True
        ):
            if pd.notna(share):
                ax.barh(y, way * share, height=0.62, facecolor=colour, edgecolor="white", hatch=hatch)
        lacking = of.hidden if of.is_suppressed(row) else "no figure"
        said = [
            f"{in_units(share) or lacking} {word}" for share, word in zip(of.ends(row), ("up", "down"), strict=True)
        ]
        write_beside(ax, y, ", ".join(said))
    name_rows(ax, of.rows, of.heights, of.group, of.n)
    reach = of.rows[[of.up, of.down]].astype(float).assign(**{of.down: -of.rows[of.down].astype(float)})
    finish(ax, "percent", "Share who would move: down on the left, up on the right", of.heights, reach, 0.0)
    most = float(reach.abs().max().max()) if reach.notna().any().any() else 0.1
    ax.set_xlim(-1.08 * most if (reach[of.down] < 0).any() else 0.0, 1.08 * most)
    ax.xaxis.set_major_formatter(lambda tick, _: in_units(abs(tick)))
    ax.axvline(0, color=GREYS[0], linewidth=1.2)
    return ax


@taking(Movers)
def mover_words(of: Movers) -> str:
    """Return who would move, in words.

    Examples
    --------
    >>> mover_words(pd.DataFrame({"group": ["A", "B"], "share_up": [0.2, None], "share_down": [0.1, None]}))
    'A: 20.0% move up, 10.0% move down; B: hidden'
    """
    said = []
    for row in of.each:
        up, down = of.ends(row)
        moves = f"{_share(up)} move up, {_share(down)} move down"
        said.append(f"{of.name(row)}: {'hidden' if np.isnan([up, down]).all() else moves}")
    return "; ".join(said)


def _share(value: float) -> str:
    return "a hidden number" if is_missing(value) else printed(float(value), "percent")
