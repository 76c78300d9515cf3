"""A map of areas as HTML for a page: shades of the page's own, hatching for what is hidden, insets, and no tiles."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from equiwait.charts.maps import SHADES, Boundaries, Insets, edges_of, joined, map_words, read_boundaries, unplaced

if TYPE_CHECKING:  # geopandas is heavy and only needed to draw
    from geopandas import GeoDataFrame

__all__ = ["map_html"]

_SIDE = 1000.0  # units of the drawing along its longer side; a thousandth of it is not seen
_percent = "{:.0%}".format


def map_html(
    table: pd.DataFrame,
    boundaries: Boundaries,
    *,
    area: str = "area_code",
    value: str = "value",
    suppressed: str = "suppressed",
    key: str | None = None,
    words: Callable[[float], str] = _percent,
    label: str = "",
    insets: Insets | None = None,
) -> str:
    """Return `area_map` as HTML.

    Notes
    -----
    Outlines are simplified to a thousandth of the map's longer side. Every area says its name and value to whoever points at
    it; the table of the result has them too.
    """
    shapes = joined(table, read_boundaries(boundaries), area, value, suppressed, key)
    edges = edges_of(shapes["value"].dropna())
    shapes = shapes.assign(look=_looks(shapes, edges))
    alt = map_words(table, what=label or "Values", area=area, value=value, suppressed=suppressed, words=words)
    pictures = [_drawing(shapes, shapes.total_bounds, "", words)]
    for name, box in (insets or {}).items():
        west, south, east, north = box
        pictures.append(_drawing(shapes.cx[west:east, south:north], np.array(box, float), name, words))
    off = unplaced(table, shapes, area)
    notes = f"<p>Not on the map: {off:,} area{'' if off == 1 else 's'} of the table.</p>" if off else ""
    figure = f'<div class="maps" role="img" aria-label="{escape(alt, quote=True)}">{"".join(pictures)}</div>'
    return f"{_key(shapes, edges, words, label)}{figure}{notes}"


def _looks(shapes: GeoDataFrame, edges: list[float]) -> list[str]:
    """The class of each area: a shade, hatched where hidden, plain where there is no figure."""
    first = (len(SHADES) - (len(edges) - 1)) // 2
    looks = []
    for value, hidden in zip(shapes["value"].tolist(), shapes["hidden"].tolist(), strict=True):
        if value != value:
            looks.append("hidden" if hidden else "none")
        else:
            looks.append(f"shade{first + min(int(np.searchsorted(edges[1:-1], value, side='right')), len(edges) - 2)}")
    return looks


def _key(shapes: GeoDataFrame, edges: list[float], words: Callable[[float], str], label: str) -> str:
    first = (len(SHADES) - (len(edges) - 1)) // 2
    entries = [
        (f"shade{first + at}", f"{words(low)} to {words(high)}" if high > low else words(low))
        for at, (low, high) in enumerate(pairwise(edges))
    ]
    entries += [(look, said) for look, said in (("hidden", "hidden (small numbers)"), ("none", "no figure"))]
    counts = shapes["look"].value_counts()
    parts = "".join(
        f'<li><svg aria-hidden="true"><rect class="area {look}" width="100%" height="100%"/></svg><span>{escape(said)} '
        f"({counts[look]:,} area{'' if counts[look] == 1 else 's'})</span></li>"
        for look, said in entries
        if counts.get(look, 0)
    )
    heading = f'<p class="scale">{escape(label)}</p>' if label else ""
    return f'{heading}<ul class="key">{parts}</ul>'


def _drawing(shapes: GeoDataFrame, box: Any, name: str, words: Callable[[float], str]) -> str:
    """One drawing of what lies in a box of longitude and latitude, as wide as it is on the ground."""
    west, south, east, north = (float(end) for end in box)
    wide, tall = (east - west) * float(np.cos(np.radians((south + north) / 2))), north - south
    scale = _SIDE / (max(wide, tall) or 1.0)
    across, up = scale * wide / ((east - west) or 1.0), scale
    outlines = shapes.geometry.simplify(1 / up)
    paths = "".join(
        f'<path class="area {look}" d="{_path(outline, west, north, across, up)}"><title>{escape(said)}</title></path>'
        for outline, look, said in zip(outlines, shapes["look"], _told(shapes, words), strict=True)
    )
    title = f"<figcaption>{escape(name)}</figcaption>" if name else ""
    kind = "inset" if name else "whole"
    drawn = f'<svg class="{kind}" viewBox="0 0 {wide * scale:.0f} {tall * scale:.0f}" aria-hidden="true">{paths}</svg>'
    return f'<figure class="map">{title}{drawn}</figure>'


def _told(shapes: GeoDataFrame, words: Callable[[float], str]) -> list[str]:
    """What each area says to whoever points at it."""
    why = {"hidden": "hidden", "none": "no figure"}
    return [
        f"{code}: {why.get(look) or words(value)}"
        for code, look, value in zip(shapes["code"], shapes["look"], shapes["value"].tolist(), strict=True)
    ]


def _path(outline: Any, west: float, north: float, across: float, up: float) -> str:
    """The rings of a shape; in whole units, since nothing smaller is seen."""
    parts = getattr(outline, "geoms", [outline])
    rings = [ring for part in parts if part.geom_type == "Polygon" for ring in (part.exterior, *part.interiors)]
    return "".join(
        "M" + "L".join(f"{(x - west) * across:.0f} {(north - y) * up:.0f}" for x, y, *_ in list(ring.coords)[:-1]) + "Z"
        for ring in rings
    )
