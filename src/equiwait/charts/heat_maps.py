"""Heat maps of what is not recorded: a row for each group, a column for each field, the number in every cell."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.charts.marks import GREYS, need
from equiwait.charts.plain_text import plain_text
from equiwait.units import printed

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

__all__ = ["heat_html", "heat_plot", "heat_words"]

_EDGES = (0.02, 0.05, 0.15)
_SHADES = ("#C9E1F2", "#6BACE6", "#2073BC", "#12436D")  # printed in grey they still run from light to dark
_INKS = ("#0B0C0C", "#0B0C0C", "#FFFFFF", "#FFFFFF")
_KEY = ("under 2%", "2% to 5%", "5% to 15%", "15% and more")


@plain_text
def heat_plot(
    table: pd.DataFrame,
    *,
    ax: Axes,
    group: str = "group",
    column: str = "field",
    value: str = "value",
    hidden: str = "hidden",
) -> Axes:
    """Draw a share for each group and column as a shaded cell with its number; a hidden one is hatched and says so.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each cell; ``value`` from 0 to 1, NaN where it is hidden.
    ax : matplotlib.axes.Axes
        Where to draw.
    group, column, value : str
        Names of the columns of the table.
    hidden : str
        What is written in a cell without a value.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"group": ["North", "South"], "field": "ethnicity", "value": [0.1, None]})
    >>> [text.get_text() for text in heat_plot(table, ax=Figure().subplots()).texts]
    ['10.0%', 'hidden']
    """
    from matplotlib.patches import Rectangle  # heavy: only when something is drawn

    groups, columns, cells = _grid(table, group, column, value)
    for down, row in enumerate(cells):
        for along, share in enumerate(row):
            known = np.isfinite(share)
            at = _class(share)
            face, ink, hatch = (_SHADES[at], _INKS[at], "") if known else ("white", GREYS[0], "///")
            ax.add_patch(
                Rectangle((along, down), 1, 1, facecolor=face, edgecolor="white" if known else GREYS[1], hatch=hatch)
            )
            box = None if known else {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            ax.text(along + 0.5, down + 0.5, printed(share, "percent") if known else hidden, ha="center", va="center", fontsize=9,
                    color=ink, bbox=box)  # fmt: skip
    ax.set_xlim(0, max(len(columns), 1))
    ax.set_ylim(max(len(groups), 1), 0)
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns, fontsize=9)
    ax.set_yticks(np.arange(len(groups)) + 0.5, groups, fontsize=9)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def heat_html(
    table: pd.DataFrame, *, group: str = "group", column: str = "field", value: str = "value", hidden: str = "hidden"
) -> str:
    """Return `heat_plot` as HTML: a table of shaded cells, with its key."""
    groups, columns, cells = _grid(table, group, column, value)
    head = "".join(f'<th scope="col" role="columnheader">{escape(each)}</th>' for each in columns)
    body = "".join(
        f'<tr role="row"><th scope="row" role="rowheader">{escape(name)}</th>{"".join(_cells(row, columns, hidden))}</tr>'
        for name, row in zip(groups, cells, strict=True)
    )
    key = "".join(f'<li><span class="heat{at}">{words}</span></li>' for at, words in enumerate(_KEY))
    alt = escape(heat_words(table, group=group, column=column, value=value), quote=True)
    return (
        f'<ul class="key">{key}<li><span class="veiled">{escape(hidden)}</span></li></ul>'
        f'<table class="heat" role="table" aria-label="{alt}"><thead role="rowgroup"><tr role="row">'
        f'<th scope="col" role="columnheader">Group</th>{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table>'
    )


def _cells(row: NDArray[np.float64], columns: Sequence[str], hidden: str) -> list[str]:
    """Each cell says its column too: on a narrow page the cells stand under each other."""
    return [
        f'<td role="cell" data-of="{escape(name, quote=True)}" class="{f"heat{_class(share)}" if np.isfinite(share) else "veiled"}">'
        f"{printed(float(share), 'percent') if np.isfinite(share) else escape(hidden)}</td>"
        for name, share in zip(columns, row, strict=True)
    ]


def _grid(table: pd.DataFrame, group: str, column: str, value: str) -> tuple[list[str], list[str], NDArray[np.float64]]:
    need(table, (group, column, value))
    groups, columns = ([str(each) for each in table[name].unique()] for name in (group, column))
    wide = table.assign(**{name: table[name].astype(str) for name in (group, column)}).pivot(
        index=group, columns=column, values=value
    )
    return groups, columns, wide.reindex(index=groups, columns=columns).to_numpy(np.float64)


def _class(share: float) -> int:
    return int(np.searchsorted(_EDGES, share, side="right")) if np.isfinite(share) else 0


def heat_words(table: pd.DataFrame, *, group: str = "group", column: str = "field", value: str = "value") -> str:
    """Return what a heat map shows, in words: for each column where it is most and where least.

    Examples
    --------
    >>> heat_words(pd.DataFrame({"group": ["North", "South"], "field": "ethnicity", "value": [0.1, 0.02]}))
    'ethnicity: from 2.0% (South) to 10.0% (North).'
    """
    groups, columns, cells = _grid(table, group, column, value)
    said = []
    for at, name in enumerate(columns):
        known = np.flatnonzero(np.isfinite(cells[:, at]))
        if not len(known):
            said.append(f"{name}: not shown.")
            continue
        low, high = (known[find(cells[known, at])] for find in (np.argmin, np.argmax))
        ends = (f"{printed(float(cells[place, at]), 'percent')} ({groups[place]})" for place in (low, high))
        said.append(f"{name}: from {' to '.join(ends)}.")
    return " ".join(said)
