"""A picture of one score: each part starts where the one before it ended."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from equiwait.charts import GREYS, PALETTE

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["waterfall_plot"]


def waterfall_plot(parts: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw the parts of a score one after another, with what unrecorded ones could add as an open bar.

    Parameters
    ----------
    parts : DataFrame
        ``factor points low high`` in reading order, as `explain` gives to a clinician.
    ax : matplotlib.axes.Axes
        Where to draw.
    """
    points = parts["points"].fillna(0.0).to_numpy(np.float64)
    ends = np.cumsum(points)
    starts, rows = ends - points, np.arange(len(points))
    ax.barh(rows, points, left=starts, height=0.55, color=PALETTE[0])
    low, high = parts["low"].to_numpy(np.float64), parts["high"].to_numpy(np.float64)
    open_ended = low != high
    ax.barh(
        rows[open_ended],
        (high - low)[open_ended],
        left=(starts + low)[open_ended],
        height=0.8,
        fill=False,
        edgecolor=GREYS[1],
        hatch="///",
        linewidth=0.8,
    )
    for row, (start, end, given) in enumerate(zip(starts, ends, parts["points"], strict=True)):
        missing = ", not recorded" if open_ended[row] else ""
        said = f"{given:g}{missing}" if given == given else "not recorded"
        ax.annotate(said, (max(start, end, start + high[row]), row), (4, 0), textcoords="offset points", va="center")
    ax.set_yticks(rows, [_wrapped(name) for name in parts["factor"]])
    ax.invert_yaxis()
    ax.margins(x=0.25)
    ax.set_xlabel(f"Points: together {ends[-1] if len(ends) else 0:g}")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _wrapped(name: str, width: int = 34) -> str:
    return "\n".join(textwrap.wrap(name, width))
