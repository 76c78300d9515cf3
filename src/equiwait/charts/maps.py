"""Maps of areas from a file of boundaries: no tiles, no network, and no area without a word for it.

A table of areas and ``ax=`` in, ``ax`` out. Areas without a figure, and areas whose small numbers are hidden, are
hatched and counted in the key, never left white as if nobody lived there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from equiwait.charts.plain_text import plain_text
from equiwait.errors import ColumnsError, InputError, OptionError, attempt, did_you_mean, listed

if TYPE_CHECKING:  # matplotlib and geopandas are heavy and only needed to draw
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes

__all__ = ["SHADES", "area_map", "map_words", "read_boundaries"]

Boundaries: TypeAlias = "str | PathLike[str] | GeoDataFrame"
Insets: TypeAlias = Mapping[str, tuple[float, float, float, float]]
"""Name → west, south, east, north, in degrees: what is drawn once more, larger."""

SHADES = ("#C9E1F2", "#6BACE6", "#2073BC", "#12436D")
"""From low to high; printed in grey they still run from light to dark."""

_INK, _LINE = "#3D3D3D", "#6B6B6B"
_percent = "{:.0%}".format
_NO_FIGURE, _HIDDEN = "No figure", "Hidden (small numbers)"
_HATCH = {_NO_FIGURE: "///", _HIDDEN: "xxx"}


def read_boundaries(source: Boundaries) -> GeoDataFrame:
    """Return the areas of a GeoJSON file; a GeoDataFrame comes back as it is.

    Parameters
    ----------
    source : path or geopandas.GeoDataFrame
        A GeoJSON FeatureCollection on this machine. Web addresses are refused: nothing is ever fetched.

    Raises
    ------
    InputError
        If the file is absent or is not a collection of areas.
    """
    if not isinstance(source, str | PathLike):
        return source
    path = Path(source)
    if not path.is_file():
        raise InputError(
            f"There is no file of boundaries called {path.name!r}.",
            todo="Give the path of a GeoJSON file on this machine; equiwait never fetches from the web.",
        )
    return attempt(lambda: _from_geojson(path), lambda name: _not_areas(path, name))


def _from_geojson(path: Path) -> GeoDataFrame:
    import geopandas  # heavy, and only maps need it

    found = json.loads(path.read_text("utf-8-sig"))
    frame = geopandas.GeoDataFrame.from_features(found["features"], crs="EPSG:4326")
    if frame.empty or frame.geometry.isna().all():
        raise _not_areas(path, "it holds no shapes")
    return frame


def _not_areas(path: Path, why: str) -> InputError:
    return InputError(
        f"{path.name!r} is not a GeoJSON file of areas ({why}).",
        todo="Export the boundaries as GeoJSON in longitude and latitude (EPSG:4326).",
    )


@plain_text
def area_map(
    table: pd.DataFrame,
    boundaries: Boundaries,
    *,
    ax: Axes,
    area: str = "area_code",
    value: str = "value",
    suppressed: str = "suppressed",
    key: str | None = None,
    words: Callable[[float], str] = _percent,
    label: str = "",
    insets: Insets | None = None,
) -> Axes:
    """Shade each area by its value, in at most four classes of about as many areas each.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each area.
    boundaries : path or geopandas.GeoDataFrame
        The shapes.
    ax : matplotlib.axes.Axes
        Where to draw.
    area, value, suppressed : str
        Columns of ``table``: the area's code, what to shade by, and whether it is hidden.
    key : str, optional
        The property of the shapes that holds the code; by default the one that matches most areas of the table.
    words : callable
        How a value is written; by default a share from 0 to 1 as a percentage (see `charts.in_units`).
    label : str
        Heading of the key: what is shaded.
    insets : mapping, optional
        Where areas are small: ``{"London": (-0.5, 51.3, 0.3, 51.7)}``, in longitude and latitude, drawn once more beside the map.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax``.

    Raises
    ------
    ColumnsError, InputError, OptionError
        If a column, the file, or the property is not there; if an area stands twice; if no area matches.

    Notes
    -----
    Areas of the table that have no shape are counted in the key; shapes without a row are hatched as "No figure".
    """
    shapes = joined(table, read_boundaries(boundaries), area, value, suppressed, key)
    edges = edges_of(shapes["value"].dropna())
    handles = _draw(ax, shapes, edges, words)
    handles += _unplaced(unplaced(table, shapes, area))
    for place, (name, (west, south, east, north)) in enumerate((insets or {}).items()):
        beside = ax.inset_axes((1.02, 0.68 - 0.36 * place, 0.32, 0.3))
        _draw(beside, shapes.cx[west:east, south:north], edges, words)
        beside.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[])
        beside.set_title(name, fontsize=9)
    below = {"loc": "upper left", "bbox_to_anchor": (0.0, 0.0), "ncols": 2, "frameon": False, "alignment": "left"}
    ax.legend(handles=handles, title=label or None, fontsize=9, title_fontsize=9.5, **below)
    ax.set_axis_off()
    return ax


def _draw(ax: Axes, shapes: GeoDataFrame, edges: Sequence[float], words: Callable[[float], str]) -> list[Any]:
    """Shade and hatch the areas, and return the entries of the key."""
    handles = [_shade(ax, shapes, place, edges, words) for place in range(len(edges) - 1)]
    return handles + [_hatch(ax, shapes[mask], said) for said, mask in _without(shapes).items() if mask.any()]


def unplaced(table: pd.DataFrame, shapes: GeoDataFrame, area: str) -> int:
    """Return how many areas of the table have no shape."""
    return int((~table[area].astype(str).isin(shapes["code"])).sum())


def joined(
    table: pd.DataFrame, shapes: GeoDataFrame, area: str, value: str, suppressed: str, key: str | None
) -> GeoDataFrame:
    """One row for each shape: its code, its value if the table has one, and whether that is hidden."""
    missing = [name for name in (area, value) if name not in table]
    if missing:
        raise ColumnsError(f"The map needs {listed(missing)}.", found=f"Columns: {listed(table.columns, 40)}.")
    if table[area].duplicated().any():
        raise InputError(
            "An area stands more than once in the table of the map.",
            found=f"{int(table[area].duplicated().sum())} repeats.",
            todo="Keep one row for each area: choose one measure.",
        )
    found = key or _best_key(table[area], shapes)
    if found not in shapes:
        raise OptionError(f"The shapes have no property {found!r}.{did_you_mean(found, map(str, shapes.columns))}")
    codes = shapes[found].astype(str)
    rows = table.set_index(table[area].astype(str))
    hidden = rows[suppressed] if suppressed in rows else pd.Series(False, index=rows.index)
    return shapes[["geometry"]].assign(
        code=codes,
        value=codes.map(rows[value].astype(float)),
        hidden=codes.map(hidden.astype("boolean").fillna(False)).astype("boolean").fillna(False).astype(bool),
    )


def _best_key(codes: pd.Series[Any], shapes: GeoDataFrame) -> str:
    wanted = set(codes.astype(str))
    matched = {str(name): len(wanted & set(shapes[name].astype(str))) for name in shapes.columns if name != "geometry"}
    best = max(matched, key=lambda name: matched[name], default="")
    if not matched.get(best):
        raise InputError(
            "No area of the table is among the shapes.",
            found=f"{len(wanted)} areas, {len(shapes)} shapes with properties {listed(matched)}.",
            todo="Use boundaries of the same year (LSOA 2011 and 2021 differ), or name the property with key=.",
        )
    return best


def edges_of(values: pd.Series[Any]) -> list[float]:
    """Edges of at most four classes of about equal size; fewer where values repeat."""
    if values.empty:
        return []
    edges = np.unique(np.quantile(values.astype(float), np.linspace(0, 1, len(SHADES) + 1)))
    return [float(edge) for edge in (edges if len(edges) > 1 else np.repeat(edges, 2))]


def _shade(ax: Axes, shapes: GeoDataFrame, place: int, edges: Sequence[float], words: Callable[[float], str]) -> Any:
    from matplotlib.patches import Patch  # heavy: only when something is drawn

    low, high, last = edges[place], edges[place + 1], place == len(edges) - 2
    inside = (shapes["value"] >= low) & ((shapes["value"] <= high) if last else (shapes["value"] < high))
    colour = SHADES[place + (len(SHADES) - (len(edges) - 1)) // 2]
    if inside.any():
        shapes[inside].plot(ax=ax, facecolor=colour, edgecolor="white", linewidth=0.5)
    ends = f"{words(low)} to {words(high)}" if high > low else words(low)
    return Patch(facecolor=colour, edgecolor=_INK, linewidth=0.5, label=f"{ends} ({_areas(int(inside.sum()))})")


def _without(shapes: GeoDataFrame) -> Mapping[str, Any]:
    empty = shapes["value"].isna()
    return {_HIDDEN: empty & shapes["hidden"], _NO_FIGURE: empty & ~shapes["hidden"]}


def _hatch(ax: Axes, shapes: GeoDataFrame, said: str) -> Any:
    from matplotlib.patches import Patch  # heavy: only when something is drawn

    style: dict[str, Any] = {"facecolor": "white", "edgecolor": _LINE, "hatch": _HATCH[said], "linewidth": 0.5}
    shapes.plot(ax=ax, **style)
    return Patch(**style, label=f"{said} ({_areas(len(shapes))})")


def _areas(count: int) -> str:
    return f"{count:,} area{'' if count == 1 else 's'}"


def _unplaced(count: int) -> list[Any]:
    """Return a line of the key without a mark, for areas of the table that have no shape."""
    from matplotlib.patches import Patch  # heavy: only when something is drawn

    return [Patch(alpha=0.0, label=f"Not on the map: {_areas(count)} of the table")] if count else []


def map_words(
    table: pd.DataFrame,
    *,
    what: str,
    area: str = "area_code",
    value: str = "value",
    suppressed: str = "suppressed",
    words: Callable[[float], str] = _percent,
) -> str:
    """Return what a map shows, in words.

    Parameters
    ----------
    table, area, value, suppressed, words
        As in `area_map`.
    what : str
        What is shaded, such as "Share waiting over 18 weeks".

    Examples
    --------
    >>> table = pd.DataFrame({"area_code": ["a", "b", "c"], "value": [0.2, 0.4, None]})
    >>> map_words(table, what="Share waiting over 18 weeks")
    'Share waiting over 18 weeks, by area: from 20% to 40% in 2 areas. No figure: 1 area.'
    """
    empty = table[value].isna()
    hidden = table[suppressed].astype("boolean").fillna(False) & empty if suppressed in table else empty & False
    shown = table.loc[~empty, value].astype(float)
    ends = f"from {words(shown.min())} to {words(shown.max())} in " if len(shown) else "shown in "
    said = f"{what}, by area: {ends}{_areas(len(shown))}."
    for mask, why in ((hidden, _HIDDEN), (empty & ~hidden, _NO_FIGURE)):
        said += f" {why}: {_areas(int(mask.sum()))}." if mask.any() else ""
    return said
