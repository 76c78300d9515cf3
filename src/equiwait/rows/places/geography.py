"""Places on the ground: which area a point lies in, and how far it is to a site, as the crow flies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from equiwait.derived import list_from
from equiwait.errors import InputError, OptionError, PlacesError, attempt, headers_said
from equiwait.frames import need, to_arrow, with_columns
from equiwait.rows.places.area_codes import nation_of
from equiwait.rows.places.directory import Directory
from equiwait.rows.places.index_layouts import area_header

if TYPE_CHECKING:  # geopandas is heavy, and needed only for boundaries
    import geopandas

__all__ = ["BOUNDARY_SUFFIXES", "Boundaries", "add_distance", "locate_areas", "read_boundaries"]

BOUNDARY_SUFFIXES = (".geojson", ".topojson", ".json", ".gpkg", ".shp", ".fgb")

_BRITISH_GRID = 27700  # metres
_LATITUDES, _LONGITUDES = (49.0, 61.0), (-11.0, 2.0)  # of the British Isles: Jersey to Shetland, Kerry to Lowestoft
_EARTH_KM = 6371.0088  # mean radius (IUGG)

Site: TypeAlias = "str | tuple[float, float]"


@dataclass(frozen=True, eq=False, repr=False)
class Boundaries:
    """Polygons of small areas, in metres of the British National Grid.

    Parameters
    ----------
    codes : list of str
        Area codes.
    shapes : geopandas.GeoSeries
        Polygons.
    geography : str
        The header of the codes, which tells the year.
    """

    codes: list[str]
    shapes: geopandas.GeoSeries
    geography: str

    @property
    def nations(self) -> tuple[str, ...]:
        """Nations whose areas these are."""
        return tuple(sorted({nation for code in self.codes if (nation := nation_of(code))}))

    def __repr__(self) -> str:
        return f"<Boundaries: {len(self.codes):,} areas by {self.geography}>"


def read_boundaries(path: str | Path, *, code: str | None = None) -> Boundaries:
    """Read polygons of small areas from GeoJSON, TopoJSON, GeoPackage or a shapefile.

    Parameters
    ----------
    path : path
        The file.
    code : str, optional
        The property that holds area codes; by default found by its name (``LSOA21CD``).

    Raises
    ------
    InputError
        If there is no such file.
    PlacesError
        If it cannot be read, does not say its coordinate system, or repeats areas.
    """
    import geopandas  # heavy: only where boundaries are read

    path = Path(path).expanduser()
    if not path.exists():
        raise InputError(f"There is no file {path.name}.", todo="Give the path of the boundaries.")
    frame = attempt(
        lambda: geopandas.read_file(path), lambda name: PlacesError(f"{path.name} holds no polygons ({name}).")
    )
    headers = [str(header) for header in frame.columns if header != "geometry"]
    found = code or (headers[place] if (place := area_header(headers)) is not None else None)
    if found not in headers:
        raise PlacesError(
            f"{path.name} has no property with area codes.",
            found=headers_said(headers, 20),
            todo="Say which with code='your property'.",
        )
    crs = frame.crs if frame.crs is not None or path.suffix.lower() != ".topojson" else 4326  # TopoJSON is in degrees
    if crs is None:
        raise PlacesError(
            f"{path.name} does not say its coordinate system.", todo="Save it as GeoJSON in degrees (WGS84)."
        )
    codes = [str(value) for value in frame[found]]
    repeated = len(codes) - len(set(codes))
    if repeated:
        raise PlacesError(f"{path.name} repeats areas.", found=f"{repeated:,} of {len(codes):,}.")
    return Boundaries(codes, frame.geometry.set_crs(crs, allow_override=True).to_crs(_BRITISH_GRID).make_valid(), found)


def locate_areas(
    waiting: Any,
    boundaries: Boundaries | str | Path,
    *,
    longitude: str = "longitude",
    latitude: str = "latitude",
) -> pd.DataFrame:
    """Add the small area in which each row's coordinates lie: point in polygon.

    Parameters
    ----------
    waiting : table
        A list with coordinates in degrees (WGS84).
    boundaries : Boundaries or path
        Polygons of small areas.
    longitude, latitude : str
        Columns of coordinates.

    Returns
    -------
    pandas.DataFrame
        The same rows, with ``area_code`` (null where the point lies in none of the areas, or there is no point) and
        ``area_edge_metres``: how far the point is from the nearest edge of its area. Published boundaries are
        generalised and coordinates are rounded, so a point within some tens of metres of an edge may lie in the next
        area.

    Raises
    ------
    ColumnsError
        If the list lacks the coordinates.
    """
    import geopandas  # heavy: only where points are located

    frame = list_from(waiting, raw=True)
    need(frame, [longitude, latitude], "locate_areas")
    shapes = read_boundaries(boundaries) if isinstance(boundaries, str | Path) else boundaries
    x, y = (
        pd.to_numeric(frame[name], errors="coerce").to_numpy(float, na_value=np.nan) for name in (longitude, latitude)
    )
    here = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & (np.abs(y) <= 90))
    points = geopandas.GeoSeries.from_xy(x[here], y[here], crs=4326).to_crs(_BRITISH_GRID)
    which, area = points.sindex.query(shapes.shapes, predicate="intersects")[::-1]
    order = np.lexsort((area, which))
    which, first = np.unique(which[order], return_index=True)  # on a shared edge: the area that comes first in the file
    area = area[order][first]
    codes = np.full(len(frame), None, object)
    edge = np.full(len(frame), np.nan)
    codes[here[which]] = np.array(shapes.codes, object)[area]
    edges = shapes.shapes.boundary.iloc[area].reset_index(drop=True)
    edge[here[which]] = points.iloc[which].reset_index(drop=True).distance(edges).to_numpy()
    return with_columns(frame, {"area_code": pa.array(codes, pa.string()), "area_edge_metres": edge})


def add_distance(
    waiting: Any,
    to: Site | Mapping[str, Site],
    *,
    directory: Directory | str | Path,
    name: str = "distance_km",
) -> pd.DataFrame:
    """Add the straight-line distance from each person's postcode to a site, in kilometres.

    Parameters
    ----------
    waiting : table
        A list with ``postcode``.
    to : str, pair of float, or mapping
        The site's postcode or its latitude and longitude; or one of these for each value of the list's ``site``.
    directory : Directory, name or path
        With coordinates.
    name : str
        The column to add.

    Returns
    -------
    pandas.DataFrame
        The same rows, with ``name``: null where the postcode has no coordinates, or its site is not in the mapping.

    Raises
    ------
    ColumnsError
        If the list lacks ``postcode``, or ``site`` where ``to`` is a mapping.
    PlacesError
        If a site's postcode is not in the directory, or has no coordinates there.
    OptionError
        If a site's coordinates do not lie in the British Isles, as when longitude stands first.

    Notes
    -----
    Great-circle distance on a sphere of mean radius 6371.0088 km. It is not a journey: a river, a bridge and the bus
    make it longer. A policy may use the column as a factor.
    """
    frame = list_from(waiting, raw=True)
    sites = dict(to) if isinstance(to, Mapping) else None
    need(frame, ["postcode", *(["site"] if sites is not None else [])], "add_distance")
    opened = Directory.of(directory)
    latitude, longitude = opened.coordinates(to_arrow(frame["postcode"]))
    if sites is None:
        site_latitude, site_longitude = _coordinates(to, opened)  # type: ignore[arg-type]
        distance = great_circle_km(latitude, longitude, site_latitude, site_longitude)
    else:
        where = {key: _coordinates(site, opened) for key, site in sites.items()}
        pairs = np.array([where.get(str(key), (np.nan, np.nan)) for key in frame["site"]], float).reshape(-1, 2)
        distance = great_circle_km(latitude, longitude, pairs[:, 0], pairs[:, 1])
    return frame.assign(**{name: pd.array(np.round(distance, 3), dtype="Float64")})


def _coordinates(site: Site, directory: Directory) -> tuple[float, float]:
    if not isinstance(site, str):
        return _point(site)
    latitude, longitude = directory.coordinates(pa.array([site]))
    if directory.rows_of([site])[0] < 0:
        raise PlacesError(
            "The site's postcode is not in the directory.",
            found=f"Directory: {directory.edition}, {len(directory):,} postcodes.",
            todo="Check its spelling, or give its latitude and longitude: to=(51.5, -0.1).",
        )
    if np.isnan(latitude[0]):
        raise PlacesError(
            "The site's postcode has no coordinates in the directory.",
            found=f"Directory: {directory.edition}; postcodes without coordinates: "
            f"{directory.about['without_coordinates']:,} of {len(directory):,}.",
            todo="Give its latitude and longitude: to=(51.5, -0.1).",
        )
    return float(latitude[0]), float(longitude[0])


def _point(site: Any) -> tuple[float, float]:
    """Return a site's latitude and longitude; refuse what does not lie in the British Isles."""
    point = attempt(lambda: [float(angle) for angle in site], lambda name: _no_point(""))
    if len(point) != 2 or not _in_british_isles(*point):
        swapped = len(point) == 2 and _in_british_isles(*point[::-1])
        raise _no_point("Longitude stands first. " if swapped else "")
    return point[0], point[1]


def _no_point(found: str) -> OptionError:
    (south, north), (west, east) = _LATITUDES, _LONGITUDES
    return OptionError(
        "The site's coordinates are not a place in the British Isles.",
        found=f"{found}Expected: latitude {south:g} to {north:g}, longitude {west:g} to {east:g}.",
        todo="Give two numbers in degrees, latitude first: to=(51.5, -0.1).",
    )


def _in_british_isles(latitude: float, longitude: float) -> bool:
    (south, north), (west, east) = _LATITUDES, _LONGITUDES
    return south <= latitude <= north and west <= longitude <= east


def great_circle_km(latitude: np.ndarray, longitude: np.ndarray, to_latitude: Any, to_longitude: Any) -> np.ndarray:
    """Return the haversine distance between points in degrees, in kilometres."""
    a, b, c, d = (np.radians(np.asarray(angle, float)) for angle in (latitude, longitude, to_latitude, to_longitude))
    chord = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    distance: np.ndarray = 2 * _EARTH_KM * np.arcsin(np.sqrt(chord))
    return distance
