"""The directory: every postcode, live and terminated, with the area it lies in, in one memory-mapped file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.errors import PlacesError, choose
from equiwait.rows.places.place_file import SUFFIX, Progress, is_stored, open_stored, write_stored
from equiwait.rows.places.places_folder import named_place, place_path
from equiwait.rows.places.postcodes import as_cells, read

__all__ = ["KIND", "PLACE_COLUMNS", "Directory"]

KIND = "postcode directory"

PLACE_COLUMNS = ("area_2021", "area_2011", "area", "nation", "lad", "sub_icb", "icb", "rural_urban", "split")
"""What is known of a place: postcodes that share all of it share one place."""

_ARRAYS = ("first_cell", "cells", "numbers", "place", "ended", "latitude", "longitude", "grid_quality")


@dataclass(frozen=True, eq=False, repr=False)
class Directory:
    """Postcodes and where they lie.

    Make one with `Directory.build` from a published file, or open one with `Directory.load`.

    Parameters
    ----------
    about : mapping
        Edition, checksum of the source, counts.
    arrays : mapping of str to numpy.ndarray
        Look-up tables (``first_cell``, ``cells``) and one value per postcode (``numbers``, ``place``, ``ended``,
        ``latitude``, ``longitude``, ``grid_quality``).
    places : mapping of str to pyarrow.DictionaryArray
        `PLACE_COLUMNS`, one value per distinct place.
    """

    about: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    places: Mapping[str, pa.DictionaryArray]

    @classmethod
    def build(
        cls,
        source: str | Path,
        *,
        edition: str | None = None,
        columns: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> Directory:
        """Build a directory from the ONS Postcode Directory, the NSPL, or any file of postcodes and areas.

        Parameters
        ----------
        source : path
            One CSV, a folder of CSVs by postcode area, or the zip as published; any edition from 2018 on. A plain
            file needs two columns: postcode and area.
        edition : str, optional
            What to call it; by default read from the file name (``ONSPD_NOV_2022_UK.csv``).
        columns : mapping, optional
            Headers of a file of your own: ``{"postcode": "PC", "area": "LSOA of home"}``.
        progress : callable, optional
            Called as ``progress(share_done, what)``.

        Returns
        -------
        Directory
            In memory; `save` writes it.

        Raises
        ------
        InputError
            If there is no such file.
        PlacesError
            If the file breaks off, repeats postcodes, mixes editions, or its columns hold something else.

        Notes
        -----
        A postcode with no area (a PO box, mostly) stays, and links as ``no_area``. Terminated postcodes stay with the
        last place they had; dates of termination may be written as ``199606``, ``1996-06-30`` or ``30/06/1996``. A
        postcode that stands in the file with several areas keeps what those have in common, and no area. Coordinates of
        grid quality 9 (none) are left out.
        """
        from equiwait.rows.places.directory_build import (
            build,
        )  # readers of what is published: a built one needs none of them

        return cls(*build(Path(source), edition, columns, progress))

    @classmethod
    def load(cls, name_or_path: str | Path) -> Directory:
        """Open a directory by the name it has in the places folder, or by path; in milliseconds, whatever its size.

        Raises
        ------
        PlacesError
            If it is not there, is cut short, or is another kind of file.
        """
        stored = open_stored(place_path(name_or_path), KIND)
        return cls(
            stored.about,
            {name: stored.numbers(name) for name in _ARRAYS},
            {name: stored.columns[f"place_{name}"] for name in PLACE_COLUMNS},
        )

    @classmethod
    def of(cls, source: Directory | str | Path) -> Directory:
        """Return a directory as it is, opened by name or path, or built in memory from a published file."""
        if isinstance(source, Directory):
            return source
        published = Path(source).expanduser()
        named = named_place(str(source)) is not None  # a folder of the same name may lie where the work is done
        if (published.is_dir() and not named) or (published.is_file() and not is_stored(published)):
            return cls.build(published)
        return cls.load(source)

    def save(self, path: str | Path) -> Path:
        """Write the directory to a file, whole or not at all, and return its path (ending ``.equiwait``)."""
        path = Path(path).with_suffix(SUFFIX) if Path(path).suffix != SUFFIX else Path(path)
        columns = {**self.arrays, **{f"place_{name}": codes for name, codes in self.places.items()}}
        return write_stored(path, KIND, self.about, columns)

    @property
    def edition(self) -> str:
        """The edition and six digits of its checksum, as it stands in ``directory_edition``."""
        return f"{self.about['edition']} {self.about['checksum'][:6]}"

    def __len__(self) -> int:
        return len(self.arrays["numbers"])

    def __repr__(self) -> str:
        return f"<Directory {self.edition}: {len(self):,} postcodes, {self.about['terminated']:,} of them terminated>"

    def find(self, number: np.ndarray) -> np.ndarray:
        """Return the row of each postcode number, -1 where the directory has no such postcode."""
        first = self.arrays["first_cell"].take(
            number >> 9, mode="clip"
        )  # every number has its place; quicker than "raise"
        row: np.ndarray = self.arrays["cells"].take(first + (number & 511), mode="clip")
        return row

    def rows_of(self, postcodes: Any) -> np.ndarray:
        """Return the row of each postcode as it is written, -1 where it is none or not here."""
        return self.find(read(as_cells(postcodes)).number)

    def coordinates(self, postcodes: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return latitude and longitude in degrees of each postcode; NaN where there is none."""
        row = self.rows_of(postcodes)
        here = row >= 0
        return tuple(np.where(here, self.arrays[name][row], np.nan) for name in ("latitude", "longitude"))  # type: ignore[return-value]

    def areas_within(self, column: str, codes: Iterable[str], *, geography: str = "area_2021") -> set[str]:
        """Return the areas that lie in an ICB, a sub-ICB, a district or a nation.

        Parameters
        ----------
        column : {"icb", "sub_icb", "lad", "nation"}
            Which kind of region.
        codes : iterable of str
            Codes of the regions.
        geography : {"area_2021", "area_2011", "area"}
            Which areas.

        Returns
        -------
        set of str
            Area codes.
        """
        region = self.places[choose("column", column, ("icb", "sub_icb", "lad", "nation"))]
        areas = self.places[choose("geography", geography, ("area_2021", "area_2011", "area"))]
        inside = pc.is_in(region.cast(pa.string()), pa.array([codes] if isinstance(codes, str) else list(codes)))
        found = set(pc.unique(areas.filter(inside).cast(pa.string())).to_pylist()) - {None}
        if not found:
            raise PlacesError(
                f"The directory has no area of {geography} in that {column}.",
                todo=f"Check the codes: {column} holds codes such as {', '.join(self._examples(column))}.",
            )
        return found

    def _examples(self, column: str) -> list[str]:
        return [str(code) for code in self.places[column].dictionary.to_pylist()[:3]]

    def homes(self, nowhere: int) -> np.ndarray:
        """Return for each postcode twice its place, and one more where the postcode has ended: one look instead of two.

        Last, for row -1, stands what is not in the directory: in the place ``nowhere``.
        """
        homes = np.empty(len(self) + 1, np.int32)
        np.multiply(self.arrays["place"], 2, out=homes[:-1])
        homes[:-1] += self.arrays["ended"] > 0
        homes[-1] = 2 * nowhere
        return homes
