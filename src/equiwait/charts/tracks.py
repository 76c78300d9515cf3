"""Pictures for a page that are tables: a row for each group, its marks on a common track, its numbers in words beside it.

Words stay words at every width, colours are the page's own (`charts/page_charts.css`), and whoever does not see the marks
reads the table. Nothing here draws: it says where on a track each mark stands.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape

from equiwait.charts.marks import in_units
from equiwait.units import Unit

__all__ = ["Axis", "Mark", "Row", "axis_for", "folded", "key_html", "tracks_html"]

_MANY = 4  # rows without a figure, for one reason, that are told as one
_EDGE = 4.0  # per cent of the track that stay free at each end, so that no mark is cut


@dataclass(frozen=True)
class Axis:
    """A common scale from ``low`` to ``high``, its ticks, and a line that everything is read against."""

    low: float
    high: float
    ticks: tuple[float, ...]
    unit: Unit
    line: float | None = None
    both_ways: bool = False
    """Whether it counts up on both sides of the line, as for who moves up and who moves down."""

    def at(self, value: float) -> str:
        """Return where a value stands, in per cent of the track."""
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / ((self.high - self.low) or 1.0)
        return f"{_EDGE + (100 - 2 * _EDGE) * share:.1f}%"


@dataclass(frozen=True)
class Mark:
    """Something on a track: a ``dot``, ``ring`` or ``diamond`` at ``start``, or a ``line``, ``band`` or ``bar`` to ``end``.

    ``look`` is a class of the page: a hue with its pattern.
    """

    kind: str
    start: float
    end: float = math.nan
    look: str = ""


@dataclass(frozen=True)
class Row:
    """A group: its name, words beneath it, cells of words before the track, marks, and words after it."""

    name: str
    under: str = ""
    before: tuple[str, ...] = ()
    marks: Sequence[Mark] = field(default_factory=tuple)
    said: str = ""
    hidden: bool = False
    apart: bool = False


def axis_for(values: Sequence[float], unit: Unit, *, line: float | None = None, zero: bool = False) -> Axis:
    """Return a scale with round ticks that holds all values, and the line that they are read against.

    Examples
    --------
    >>> axis_for([-0.03, 0.26], "points", line=0.0).ticks
    (-0.1, 0.0, 0.1, 0.2, 0.3)
    """
    known = [value for value in values if math.isfinite(value)]
    known += [] if line is None else [line]
    known += [0.0] if zero or not known else []
    low, high = min(known), max(known)
    if high == low:
        low, high = (low - 1.0, high + 1.0) if low else (0.0, 1.0)
    step = _round_step((high - low) / 4)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(step * place, 10) for place in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, unit, line)


def _round_step(rough: float) -> float:
    size = 10.0 ** math.floor(math.log10(rough))
    return next(step * size for step in (1, 2, 2.5, 5, 10) if rough <= step * size * 1.0001)


def folded(rows: Sequence[Row]) -> list[Row]:
    """Return rows with those of one reason for no figure together, where they are many: a page of hatching tells nobody more.

    Examples
    --------
    >>> folded([Row(name, "10 people", said="hidden", hidden=True) for name in "ABCD"])[0].name
    '4 groups: A (10 people); B (10 people); C (10 people); D (10 people)'
    """
    reasons = Counter((row.said, row.apart) for row in rows if row.hidden)
    many = {reason for reason, times in reasons.items() if times >= _MANY}
    kept, gathered = [], {reason: [] for reason in many}  # type: ignore[var-annotated]
    for row in rows:
        reason = (row.said, row.apart)
        if not row.hidden or reason not in many:
            kept.append(row)
            continue
        if not gathered[reason]:
            kept.append(row)
        gathered[reason].append(f"{row.name} ({row.under})" if row.under else row.name)
    return [
        replace(row, name=f"{len(names)} groups: {'; '.join(names)}", under="")
        if row.hidden and (names := gathered.get((row.said, row.apart)))
        else row
        for row in kept
    ]


def tracks_html(rows: Sequence[Row], axis: Axis, *, headings: Sequence[str], alt: str, key: str = "") -> str:
    """Return the picture.

    Parameters
    ----------
    rows : sequence of Row
        In reading order.
    axis : Axis
        The common scale.
    headings : sequence of str
        Of the groups, of each cell before the track, of the track, and of the words after it.
    alt : str
        What the picture shows, in words.
    key : str
        What the marks mean, as HTML.
    """
    names = "".join(
        f'<th scope="col" role="columnheader"{_kind(place, len(headings))}>'
        f"{_axis(axis, alt, text) if place == len(headings) - 2 else escape(text)}</th>"
        for place, text in enumerate(headings)
    )
    body = "".join(_row(row, axis) for row in folded(rows))
    return (
        f'{key}<table class="tracks" role="table"><thead role="rowgroup"><tr role="row">{names}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _kind(place: int, headings: int) -> str:
    if place == headings - 2:
        return ' class="track"'
    return ' class="said"' if place == headings - 1 else ' class="level"' if place else ""


def _row(row: Row, axis: Axis) -> str:
    under = f"<small>{escape(row.under)}</small>" if row.under else ""
    before = "".join(f'<td role="cell" class="level">{escape(text)}</td>' for text in row.before)
    return (
        f'<tr role="row"{" class=apart" if row.apart else ""}><th scope="row" role="rowheader">{escape(row.name)}{under}</th>'
        f'{before}<td role="cell" class="track">{track(row, axis)}</td><td role="cell" class="said">{escape(row.said)}</td></tr>'
    )


def track(row: Row, axis: Axis) -> str:
    """Return the marks of one row, as a drawing without words."""
    grid = "".join(f'<line class="grid" x1="{axis.at(t)}" x2="{axis.at(t)}" y2="100%"/>' for t in axis.ticks)
    hidden = '<rect class="hidden" x="4%" width="92%" y="30%" height="40%"/>' if row.hidden else ""
    line = "" if axis.line is None else _upright(axis, axis.line)
    marks = "".join(_mark(mark, axis) for mark in row.marks)
    return f'<svg aria-hidden="true" focusable="false">{grid}{hidden}{line}{marks}</svg>'


def _upright(axis: Axis, at: float) -> str:
    return f'<line class="zero" x1="{axis.at(at)}" x2="{axis.at(at)}" y2="100%"/>'


def _mark(mark: Mark, axis: Axis) -> str:
    x, look = axis.at(mark.start), f" {mark.look}" if mark.look else ""
    if mark.kind in ("bar", "band"):
        left, right = sorted((float(x[:-1]), float(axis.at(mark.end)[:-1])))
        top, tall = (26, 48) if mark.kind == "bar" else (12, 76)
        return (
            f'<rect class="{mark.kind}{look}" x="{left:.1f}%" width="{right - left:.1f}%" y="{top}%" height="{tall}%"/>'
        )
    if mark.kind == "line":
        return f'<line class="reach{look}" x1="{x}" x2="{axis.at(mark.end)}" y1="50%" y2="50%"/>'
    if mark.kind == "diamond":
        return f'<svg class="over" x="{x}" y="50%"><path class="dot{look}" d="M-7 0 0-7 7 0 0 7z"/></svg>'
    return f'<circle class="{mark.kind}{look}" cx="{x}" cy="50%" r="6"/>'


def _axis(axis: Axis, alt: str, label: str) -> str:
    """The scale above the tracks: its words are the picture's, so it carries what the picture shows."""
    ticks = [(axis.at(tick), tick_words(abs(tick) if axis.both_ways else tick, axis.unit)) for tick in axis.ticks]
    words = "".join(f'<text x="{at}" y="88%" text-anchor="middle">{escape(said)}</text>' for at, said in ticks)
    return f'<span class="scale">{escape(label)}</span><svg role="img" aria-label="{escape(alt, quote=True)}">{words}</svg>'


def tick_words(tick: float, unit: Unit) -> str:
    """Return a tick as it is written: bare, since the heading says the unit.

    Examples
    --------
    >>> tick_words(0.1, "percent"), tick_words(-0.05, "points"), tick_words(0.0, "points"), tick_words(1500, "people")
    ('10%', '−5', '0', '1,500')
    """
    if unit == "percent":
        return f"{100 * tick:g}%"
    if unit == "points":
        return (f"{100 * tick:+g}" if tick else "0").replace("-", "−")
    if unit == "weeks_apart":
        return (f"{tick:+g}" if tick else "0").replace("-", "−")
    return in_units(tick, unit) if unit == "people" else f"{tick:,g}".replace("-", "−")


def key_html(entries: Sequence[tuple[Mark, str]]) -> str:
    """Return what the marks mean, each beside its mark."""
    axis = Axis(0.0, 1.0, (), "number")
    parts = "".join(
        f"<li>{track(Row('', marks=(mark,)), axis)}<span>{escape(words)}</span></li>" for mark, words in entries
    )
    return f'<ul class="key">{parts}</ul>' if entries else ""
