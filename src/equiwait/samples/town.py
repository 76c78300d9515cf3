"""Eastquay, a town that does not exist: its areas, postcodes, index of deprivation and map.

The postcode area EQ is in use nowhere, the codes of the areas were never issued, and the map lies in the open
North Sea.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from equiwait.samples.random_streams import Chance

__all__ = ["areas", "boundaries", "directory", "index", "live_places"]

AREAS = 60
POSTCODES = 1500
_SEED = 19990  # of the town; the seed of a list never changes it
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # an inward code never has C I K M O V
_TERMINATED = 0.06
_BOXES = 4  # PO boxes: postcodes that lie in no area
_COLUMNS, _ROWS = 10, 6
_WEST, _SOUTH, _RADIUS = 2.60, 55.10, 0.012  # of the map: degrees, in the open North Sea


def areas() -> pd.DataFrame:
    """Return the areas of the town: ``area_code area_name column row`` (place on the grid)."""
    place = np.arange(AREAS)
    return pd.DataFrame(
        {
            "area_code": [f"E0199{i + 1:04d}" for i in place],
            "area_name": [f"Eastquay {i // 5 + 1:03d}{'ABCDE'[i % 5]}" for i in place],
            "column": place % _COLUMNS,
            "row": place // _COLUMNS,
        }
    )


def index(name: str = "overall") -> pd.DataFrame:
    """Return an index of the town: ``area_code area_name rank decile score``, rank 1 the most deprived.

    Parameters
    ----------
    name : {"overall", "children"}
        The overall index, or the one about children, which agrees with it broadly but not everywhere.
    """
    town = areas()
    from_centre = np.hypot(town["column"].to_numpy() - 4.0, (town["row"].to_numpy() - 2.0) * 1.3)
    unrest = Chance(_SEED)("unrest", AREAS)
    order = from_centre + 2.5 * unrest
    if name == "children":
        order = order + 1.2 * Chance(_SEED)("unrest of the children's index", AREAS)
    rank = order.argsort(kind="stable").argsort(kind="stable") + 1
    return pd.DataFrame(
        {
            "area_code": town["area_code"],
            "area_name": town["area_name"],
            "rank": rank,
            "decile": -(-10 * rank // AREAS),  # ceil(10 · rank / N)
            "score": np.round(3 + 59 * np.exp(-2.9 * (rank - 1) / (AREAS - 1)), 3),
        }
    )


def directory() -> pd.DataFrame:
    """Return the postcodes of the town under the headers of a national postcode directory; PO boxes have no area."""
    chance = Chance(_SEED)
    pcds, home = _postcodes(chance)
    town = areas()
    boxed = np.arange(POSTCODES) % (POSTCODES // _BOXES) == 7
    ended = (chance("terminated", POSTCODES) < _TERMINATED) & ~boxed
    east, north = _centres(town)
    scatter = [(chance(axis, POSTCODES) - 0.5) * _RADIUS for axis in ("east", "north")]
    frame = pd.DataFrame(
        {
            "pcds": pcds,
            "dointr": np.where((np.arange(POSTCODES) % 97 == 5) & ~ended, "202608", "199001"),  # some streets are new
            "doterm": np.where(ended, "202303", ""),
            "usertype": np.where(boxed, "1", "0"),
            "lad25cd": "E06990001",
            "ctry25cd": "E92000001",
            "icb23cd": "E54990001",
            "sicbl24cd": "E38990001",
            "lsoa21cd": town["area_code"].to_numpy()[home],
            "ruc21ind": np.where(home < AREAS - _COLUMNS, "UN1", "RLN1"),
            "lat": np.round(north[home] + scatter[1] * 0.6, 6),
            "long": np.round(east[home] + scatter[0], 6),
        }
    )
    located = ["lad25cd", "icb23cd", "sicbl24cd", "lsoa21cd", "ruc21ind"]
    frame.loc[boxed, located] = ""
    frame.loc[boxed, ["lat", "long"]] = (99.999999, 0.0)  # what a directory writes for a place it cannot locate
    return frame


def _postcodes(chance: Chance) -> tuple[list[str], np.ndarray]:
    """Distinct invented postcodes in order, and the area of each; neighbours share a district, EQ1 to EQ9."""
    home = np.arange(POSTCODES) * AREAS // POSTCODES
    inward = [f"{digit}{first}{second}" for digit in range(10) for first in _LETTERS for second in _LETTERS]
    drawn = np.argsort(chance("inward codes", len(inward)), kind="stable")[:POSTCODES]
    return [f"EQ{area * 9 // AREAS + 1} {inward[code]}" for area, code in zip(home, drawn, strict=True)], home


def live_places() -> pd.DataFrame:
    """Return where people live, as `make_list` takes it: ``postcode area_code quintile``; a PO box has no quintile."""
    quintile = index().set_index("area_code")["decile"].add(1).floordiv(2)
    codes = directory()[["pcds", "lsoa21cd"]].set_axis(["postcode", "area_code"], axis=1)
    return codes.assign(quintile=codes["area_code"].map(quintile))


def boundaries() -> dict[str, Any]:
    """Return the map as GeoJSON (WGS84): one hexagon an area, with ``area_code`` and ``area_name``."""
    town = areas()
    east, north = _centres(town)
    named = zip(town["area_code"], town["area_name"], east, north, strict=True)
    features = [
        {
            "type": "Feature",
            "properties": {"area_code": code, "area_name": name},
            "geometry": {"type": "Polygon", "coordinates": [_hexagon(x, y)]},
        }
        for code, name, x, y in named
    ]
    return {"type": "FeatureCollection", "name": "Eastquay, an invented town", "features": features}


def _centres(town: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Middles of the hexagons: columns 1½ radii apart, every second one half a step further north."""
    column, row = town["column"].to_numpy(), town["row"].to_numpy()
    step = math.sqrt(3) * _RADIUS * _squeeze()
    return _WEST + 1.5 * _RADIUS * column, _SOUTH + step * (row + 0.5 * (column % 2))


def _hexagon(east: float, north: float) -> list[list[float]]:
    turns = [math.pi / 3 * (corner % 6) for corner in range(7)]
    tall = _RADIUS * _squeeze()
    return [[round(east + _RADIUS * math.cos(turn), 6), round(north + tall * math.sin(turn), 6)] for turn in turns]


def _squeeze() -> float:
    """Return how much shorter a degree of longitude is than one of latitude up there."""
    return math.cos(math.radians(_SOUTH))
