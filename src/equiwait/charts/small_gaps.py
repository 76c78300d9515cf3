"""One gap as a small picture beside its sentence: its interval on a line, against no gap."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from equiwait.charts.tracks import Axis, Mark, Row, axis_for, tick_words, track
from equiwait.units import Unit, printed

__all__ = ["one_axis", "small_gap_html"]


def one_axis(values: Sequence[float], unit: Unit) -> Axis:
    """Return a scale for several small pictures, so that they can be compared: as long on both sides of no gap."""
    reach = max((abs(value) for value in values if value == value), default=0.0) or 1.0
    return axis_for([-reach, reach], unit, line=0.0)


def small_gap_html(
    value: float, lower: float, upper: float, axis: Axis, *, reference: str, change: bool = False
) -> str:
    """Return the picture of one gap.

    Parameters
    ----------
    value, lower, upper : float
        The gap and its interval; NaN where none is shown.
    axis : Axis
        The scale, from `one_axis`.
    reference : str
        Whom the gap is against.
    change : bool
        Whether it is how far a gap has moved, and no gap.
    """
    shown = value == value
    reach = (Mark("line", lower, upper),) if lower == lower and upper == upper else ()
    row = Row("", marks=(*reach, Mark("dot", value)) if shown else (), hidden=not shown)
    ticks = [(axis.at(each), tick_words(each, axis.unit)) for each in (axis.low, 0.0, axis.high)]
    anchors, units = ("start", "middle", "end"), {"points": " points", "weeks_apart": " weeks"}.get(axis.unit, "")
    words = "".join(
        f'<text x="{at}" y="1em" text-anchor="{anchor}">{escape(said)}{units if said != "0" else ""}</text>'
        for (at, said), anchor in zip(ticks, anchors, strict=True)
    )
    alt = (
        f"A {'change of the ' if change else ''}gap of {printed(value, axis.unit)}{_ends(lower, upper, axis.unit)}, against {reference}"
        if shown
        else "No gap is shown"
    )
    towards = "towards " if change else ""
    return (
        f'<div class="small-gap" role="img" aria-label="{escape(alt, quote=True)}"><div class="track">{track(row, axis)}</div>'
        f'<svg class="ticks" aria-hidden="true">{words}</svg>'
        f'<p aria-hidden="true"><span>◀ {towards}shorter waits</span><span>{towards}longer waits ▶</span></p></div>'
    )


def _ends(lower: float, upper: float, unit: Unit) -> str:
    if lower != lower or upper != upper:
        return ""
    return f", interval {printed(lower, unit)} to {printed(upper, unit)}"
