"""What is not recorded, and in which way."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.charts.marks import HIDDEN, PALETTE, finish, hatch_row, in_units, name_rows, need
from equiwait.charts.plain_text import plain_text
from equiwait.errors import listed

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "blank": "Not recorded (blank)",
        "not_stated": "Asked, not stated",
        "not_known": "Not known",
        "invalid": "Invalid code",
    }
)
"""Columns of the four ways of not being recorded, with what to call them."""

_HATCHES = ("", "//", "||", "xx")


@plain_text
def missing_bars(
    table: pd.DataFrame,
    *,
    ax: Axes,
    group: str = "group",
    n: str = "n",
    reasons: Mapping[str, str] = REASONS,
    hidden: str = f"part {HIDDEN}",
) -> Axes:
    """Draw what is not recorded, as a share of everyone, stacked by the four ways of not being recorded.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each bar: counts of people in ``n`` and in the columns of ``reasons`` (NaN = hidden).
    ax : matplotlib.axes.Axes
        Where to draw.
    group, n : str
        Names of the columns.
    reasons : mapping
        At most four columns, with what to call each.
    hidden : str
        What to add where a part is hidden.

    Notes
    -----
    A hidden part adds no length; the row says so.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"group": ["Ethnicity"], "n": [200], "blank": [20], "not_stated": [10]})
    >>> missing_bars(table, ax=Figure().subplots()).get_xlabel()
    'Share of people for whom it is not recorded'
    """
    shares = _shares(table, group, n, reasons)
    heights = [-float(place) for place in range(len(table))]
    for y, row, people in zip(heights, shares.to_numpy(), table[n], strict=True):
        end = _stack(ax, y, row)
        if not end > 0 and np.isnan(row).any():
            hatch_row(ax, y)
        ax.annotate(
            _said(end, row, people, hidden), (end, y), (5, 0), textcoords="offset points", va="center", fontsize=9
        )
    name_rows(ax, table, heights, group, n)
    finish(ax, "percent", "Share of people for whom it is not recorded", heights, shares.sum(axis=1).to_frame(), None)
    ax.set_xlim(0, max(0.1, 1.2 * float(shares.sum(axis=1).max())))  # room for the number after the longest bar
    _legend(ax, [reasons[str(name)] for name in shares])
    return ax


def _shares(table: pd.DataFrame, group: str, n: str, reasons: Mapping[str, str]) -> pd.DataFrame:
    """Return each reason as a share of everyone; NaN where it, or everyone, is hidden or nobody is there."""
    need(table, (group, n))
    parts = [name for name in reasons if name in table][: len(PALETTE)]
    people = table[n].astype(float)
    return table[parts].astype(float).div(people.where(people > 0), axis=0).reset_index(drop=True)


def _said(end: float, row: NDArray[np.float64], people: float, hidden: str) -> str:
    if not people > 0:
        return "nobody" if people == 0 else "hidden"
    if not np.isnan(row).any():
        return in_units(end)
    return f"{in_units(end)}; {hidden}" if end > 0 else hidden.removeprefix("part ")


def _stack(ax: Axes, y: float, shares: NDArray[np.float64]) -> float:
    """Draw the parts of one row end to end and return where they end."""
    start = 0.0
    for share, colour, hatch in zip(np.nan_to_num(shares).tolist(), PALETTE, _HATCHES, strict=False):
        if share > 0:
            ax.barh(y, share, left=start, height=0.62, facecolor=colour, edgecolor="white", hatch=hatch, linewidth=0.8)
        start += share
    return start


def _legend(ax: Axes, names: list[str]) -> None:
    from matplotlib.patches import Patch  # heavy: only when something is drawn

    keys = [
        Patch(facecolor=colour, edgecolor="white", hatch=hatch, label=name)
        for name, colour, hatch in zip(names, PALETTE, _HATCHES, strict=False)
    ]
    ax.legend(
        handles=keys,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=len(keys),
        frameon=False,
        fontsize=8.5,
        handlelength=2.0,
        handleheight=1.2,
    )


def missing_words(
    table: pd.DataFrame, *, group: str = "group", n: str = "n", reasons: Mapping[str, str] = REASONS
) -> str:
    """Return what `missing_bars` shows, in words: the least and the best recorded.

    Examples
    --------
    >>> table = pd.DataFrame({"group": ["Ethnicity", "Sex"], "n": 200, "blank": [20, 0], "not_known": [10, 2]})
    >>> missing_words(table)
    'Share of people for whom it is not recorded. Most often missing: Ethnicity, 15% of 200. Least often: Sex, 1.0% ...'
    """
    parts = _shares(table, group, n, reasons)
    shares = parts.sum(axis=1, min_count=1)
    if not shares.notna().any():
        return "Share of people for whom it is not recorded. No figures can be shown."
    words = [
        f"{table[group].iloc[place]}, {in_units(shares[place])} of {in_units(table[n].iloc[place], 'people')}"
        for place in (int(shares.argmax()), int(shares.argmin()))
    ]
    veiled = table[group][parts.isna().any(axis=1).to_numpy()]
    said = f"Share of people for whom it is not recorded. Most often missing: {words[0]}. Least often: {words[1]}."
    return said + (f" Small numbers are hidden in: {listed(veiled)}." if len(veiled) else "")
