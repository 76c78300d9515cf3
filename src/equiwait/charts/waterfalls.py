"""A picture of one score: each part starts where the one before it ended."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from equiwait.charts.marks import GREYS, PALETTE
from equiwait.charts.plain_text import plain_text

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["waterfall_plot"]


@plain_text
def waterfall_plot(parts: pd.DataFrame, *, ax: Axes, scored: bool = True, policy: str = "") -> Axes:
    """Draw the parts of a score one after another, with what unrecorded ones could add as an open bar.

    Parameters
    ----------
    parts : DataFrame
        ``factor points low high`` in reading order, as `explain` gives to a clinician.
    ax : matplotlib.axes.Axes
        Where to draw.
    scored : bool
        Whether the parts make a score; of a person who is not scored they are only the parts so far.
    policy : str
        The policy's line (`Policy.stamp`), written above: a picture is passed on without the words beside it.
    """
    given = parts["points"].to_numpy(np.float64)
    points = np.nan_to_num(given)
    ends = np.cumsum(points)
    starts, rows = ends - points, np.arange(len(points))
    ax.barh(rows, points, left=starts, height=0.55, color=PALETTE[0])
    ax.vlines(ends[:-1], rows[:-1], rows[1:], color=GREYS[1], linewidth=0.8, zorder=0)  # each from where one ended
    low, high = parts["low"].to_numpy(np.float64), parts["high"].to_numpy(np.float64)
    unknown = low != high
    _open_bars(ax, rows[unknown], (starts + low)[unknown], (high - low)[unknown])
    for row in rows:
        reach = [starts[row], ends[row], *([starts[row] + low[row], starts[row] + high[row]] if unknown[row] else [])]
        backward = points[row] < 0
        at, gap, side = (min(reach), -4, "right") if backward else (max(reach), 4, "left")
        said = _said(given[row], unknown[row])
        ax.annotate(said, (at, row), (gap, 0), textcoords="offset points", va="center", ha=side)
    ax.set_yticks(rows, [_wrapped(name) for name in parts["factor"]])
    ax.invert_yaxis()
    _leave_room(ax, np.concatenate([starts, ends, (starts + low)[unknown], (starts + high)[unknown]]))
    total = _figure(ends[-1] if len(ends) else 0.0)
    ax.set_xlabel(f"Points: together {total}" if scored else f"Points: {total} so far, not a score")
    ax.set_title(_wrapped(policy, 60), fontsize="small", loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _open_bars(ax: Axes, rows: np.ndarray, left: np.ndarray, width: np.ndarray) -> None:
    ax.barh(rows, width, left=left, height=0.8, fill=False, edgecolor=GREYS[1], hatch="///", linewidth=0.8)


def _leave_room(ax: Axes, reached: np.ndarray) -> None:
    """A quarter of the width beside the longest bar, for its words; before nought too if any bar goes there."""
    least, most = min(0.0, *reached[np.isfinite(reached)]), max(0.0, *reached[np.isfinite(reached)])
    room = 0.25 * ((most - least) or 1.0)
    ax.set_xlim(least - room if least < 0 else 0.0, most + room)


def _said(points: float, unknown: bool) -> str:
    if np.isnan(points):
        return "not recorded"
    return _figure(points) + (", not recorded" if unknown else "")


def _figure(points: float) -> str:
    return f"{round(points, 2):g}".replace("-", "−")


def _wrapped(name: str, width: int = 34) -> str:
    return "\n".join(textwrap.wrap(name, width))
