"""The places folder: where directories and indices lie under their names, once built."""

from __future__ import annotations

import os
from pathlib import Path

from equiwait.errors import PlacesError, did_you_mean, listed
from equiwait.rows.places.place_file import SUFFIX

__all__ = ["OFFICIAL", "named_place", "place_path", "places_folder"]

OFFICIAL = {
    "directory": "ONS Postcode Directory (ONSPD), from the Open Geography Portal",
    "imd2015": "English Indices of Deprivation 2015, File 7 (all ranks, deciles and scores), from GOV.UK",
    "imd2019": "English Indices of Deprivation 2019, File 7 (all ranks, deciles and scores) or File 1, from GOV.UK",
    "imd2025": "English Indices of Deprivation 2025, File 7 (all ranks, deciles and scores) or File 1, from GOV.UK",
    "wimd2019": "Welsh Index of Multiple Deprivation 2019, index and domain ranks by small area, from GOV.WALES",
    "wimd2025": "Welsh Index of Multiple Deprivation 2025, index and domain ranks by small area, from GOV.WALES",
    "simd2020": "Scottish Index of Multiple Deprivation 2020v2 ranks, from the Scottish Government",
    "nimdm2017": "Northern Ireland Multiple Deprivation Measure 2017, results by super output area, from NISRA",
    "uk_composite": "Composite UK index of multiple deprivation (UK_IMD_E.csv), from mySociety",
    "lsoa_changes": "LSOA (2011) to LSOA (2021) exact fit lookup, from the Open Geography Portal",
}
"""Names that the folder can hold, and the title of the official file that each is built from."""


def places_folder() -> Path:
    """Return the places folder: ``EQUIWAIT_PLACES`` if that is set, else the platform's folder for user data."""
    said = os.environ.get("EQUIWAIT_PLACES")
    if said:
        return Path(said).expanduser()
    from platformdirs import user_data_path  # only where nothing was said

    return user_data_path("equiwait", appauthor=False) / "places"


def place_path(name_or_path: str | Path) -> Path:
    """Return the file that a name in the places folder, or a path, stands for.

    Raises
    ------
    PlacesError
        If there is no such file: says the folder, the official file's title and the command.
    """
    path = Path(name_or_path).expanduser()
    if path.is_file():
        return path
    name = str(name_or_path)
    looks_like_a_path = path.suffix != "" or len(path.parts) > 1
    if looks_like_a_path:
        raise PlacesError(f"There is no file {path.name}.", todo="Check the path, or build it: equiwait places build.")
    named = places_folder() / f"{name}{SUFFIX}"
    if named.is_file():
        return named
    raise PlacesError(
        f"No place is called {name!r}.{did_you_mean(name, OFFICIAL)}",
        found=f"Folder {places_folder()} holds: {listed(_names()) or 'nothing yet'}.",
        todo=f"Get {OFFICIAL.get(name, 'the published file')}, then: equiwait places build {name} FILE",
    )


def named_place(name: str) -> Path | None:
    """Return the file of a name in the places folder, or None if it has not been built."""
    path = places_folder() / f"{name}{SUFFIX}"
    return path if path.is_file() else None


def _names() -> list[str]:
    folder = places_folder()
    return sorted(file.stem for file in folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
