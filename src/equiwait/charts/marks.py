"""What every chart shares: hues, numbers as they are read aloud, named rows, and an honest axis."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from equiwait.disclosure.notes import hidden_words
from equiwait.errors import ColumnsError, listed
from equiwait.units import Unit

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25")
"""Dark blue, turquoise, dark pink, orange: at most four categories in one picture, in this order."""

GREYS = ("#3D3D3D", "#6B6B6B", "#D9D9D9")
"""For words, for lines, and for what is only ground."""

UNKNOWN = ("Not stated (asked)", "Not known", "Not recorded", "Not recorded (blank)", "Invalid code", "Invalid")
"""Groups that are silences: shown apart from the rest, with open marks."""

HIDDEN = hidden_words()
"""What is written where a small-number rule hides a group."""

AXIS = {
    "percent": "Share of people",
    "points": "Difference, percentage points",
    "weeks": "Weeks",
    "weeks_apart": "Difference, weeks",
    "people": "People",
    "places": "Places",
    "ratio": "Ratio",
}

_PATTERNS: dict[Unit, str] = {
    "points": "{:+.1f}",
    "weeks": "{:.1f}",
    "weeks_apart": "{:+.1f}",
    "people": "{:,.0f}",
    "places": "{:,.1f}",
    "ratio": "{:.2f}",
}


def in_units(value: float | None, unit: Unit = "percent") -> str:
    """Return a value as it is read aloud; an empty string if there is none.

    Parameters
    ----------
    value : float or None
        A share from 0 to 1 for ``percent`` and ``points``; otherwise the number itself.
    unit : {"percent", "points", "weeks", "people", "places", "ratio"}
        What it is a number of.

    Examples
    --------
    >>> in_units(0.314), in_units(0.0314), in_units(-0.06, "points"), in_units(18.25, "weeks"), in_units(1240, "people")
    ('31%', '3.1%', '−6.0', '18.2', '1,240')
    """
    if value is None or pd.isna(value):
        return ""
    number = float(value)
    if unit == "percent":
        return f"{number:.0%}" if number == 0 or number >= 0.0995 else f"{number:.1%}"
    return _PATTERNS[unit].format(100 * number if unit == "points" else number).replace("-", "−")


def size_for(groups: int, unknown: int = 0) -> tuple[float, float]:
    """Return the width and height in inches at which so many groups can be read.

    Examples
    --------
    >>> size_for(5, 2)
    (7.2, 4.5)
    """
    return 7.2, round(1.2 + 0.44 * (groups + unknown) + (0.22 if unknown else 0.0), 2)


def need(table: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise one ColumnsError that names every column that the chart needs and the table lacks."""
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ColumnsError(
            f"The chart needs {'columns' if len(missing) > 1 else 'the column'} {listed(missing)}.",
            found=f"Columns: {listed(table.columns, 40)}.",
            todo="Name the columns to draw, such as value='share'.",
        )


def ordered(table: pd.DataFrame, group: str, unknown: Collection[str]) -> pd.DataFrame:
    """Return known groups as they come, then the silences."""
    silent = [str(name) in unknown for name in table[group].tolist()]
    return table.iloc[np.argsort(silent, kind="stable")] if any(silent) else table


def heights_of(rows: pd.DataFrame, group: str, unknown: Collection[str]) -> list[float]:
    """Return places from top to bottom, with half a row of air above the silences."""
    silent = [str(name) in unknown for name in rows[group].tolist()]
    air = 0.5 if any(silent) and not all(silent) else 0.0
    return [-(place + air * quiet) for place, quiet in enumerate(silent)]


def why_empty(row: Mapping[str, Any], suppressed: str, note: str, hidden: str = HIDDEN) -> str:
    """Return why a row has no value: its own note, or that a rule hides it."""
    return _or_empty(row.get(note)) or (hidden if is_true(row.get(suppressed)) else "no figure")


def is_missing(cell: object) -> bool:
    """Whether a cell has nothing in it."""
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell)


def is_true(flag: object) -> bool:
    """Whether a cell says so; a blank does not."""
    return flag is not None and not pd.isna(flag) and bool(flag)  # type: ignore[call-overload]


def _or_empty(text: object) -> str:
    return "" if is_missing(text) else str(text)


def write_beside(ax: Axes, y: float, said: str) -> None:
    """Write at the right of a row what its figures are."""
    ax.annotate(
        said, (1, y), (6, 0), ("axes fraction", "data"), "offset points", va="center", fontsize=9, color=GREYS[0]
    )


def name_rows(ax: Axes, rows: pd.DataFrame, heights: list[float], group: str, n: str) -> None:
    """Write the name of each group, with n under it where there is one."""
    counts = rows[n] if n in rows else [None] * len(rows)
    names = [
        f"{name}\nn = {in_units(count, 'people')}" if pd.notna(count) else str(name)
        for name, count in zip(rows[group], counts, strict=True)
    ]
    ax.set_yticks(heights, names, fontsize=9)


def hatch_row(ax: Axes, y: float) -> None:
    """Draw a row of which a rule hides the figure: hatched from end to end, so that it is no nought."""
    from matplotlib.patches import Rectangle  # heavy: only when something is drawn

    across = ax.get_yaxis_transform()
    veil = Rectangle(
        (0, y - 0.14), 1, 0.28, transform=across, facecolor="none", edgecolor=GREYS[1], hatch="////", linewidth=0.5
    )
    veil.set_gid("hidden")
    ax.add_artist(veil)


def finish(ax: Axes, unit: Unit, label: str, heights: list[float], drawn: pd.DataFrame, at: float | None) -> None:
    """Put units on the axis, keep only the lines that are read, and leave room around the marks."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # heavy: only when something is drawn

    numbers = np.append(drawn.to_numpy(float).ravel(), np.nan if at is None else at)
    low, high = _limits(numbers[np.isfinite(numbers)].tolist(), unit)
    ax.set_xlim(low, high)
    ax.set_ylim(min(heights, default=0) - 0.6, max(heights, default=0) + 0.9)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=unit == "people"))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: _tick(tick, unit)))
    ax.set_xlabel(label, fontsize=9.5, color=GREYS[0])
    ax.tick_params(axis="x", labelsize=9, colors=GREYS[0])
    ax.tick_params(axis="y", length=0, colors=GREYS[0])
    ax.grid(axis="x", color=GREYS[2], linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    if unit in ("points", "weeks_apart"):
        ax.axvline(0, color=GREYS[0], linewidth=1)


def _limits(numbers: list[float], unit: Unit) -> tuple[float, float]:
    """Start shares, weeks and people at zero, so that lengths can be trusted; not so differences and ratios."""
    if not numbers:
        return 0.0, 1.0
    low, high = min(numbers), max(numbers)
    if unit in ("percent", "weeks", "people"):
        return 0.0, min(1.0, high * 1.08) if unit == "percent" and high > 0 else (high * 1.08 or 1.0)
    centre = 1.0 if unit == "ratio" else 0.0
    low, high = min(low, centre), max(high, centre)
    margin = 0.08 * (high - low) or 0.05
    return low - margin, high + margin


def _tick(tick: float, unit: Unit) -> str:
    if unit == "percent":
        return f"{100 * tick:g}%"
    said = f"{tick:,g}" if unit not in ("points", "weeks_apart") or not tick else f"{tick:+g}"
    said = f"{100 * tick:+g}" if unit == "points" and tick else said
    return said.replace("-", "−")
