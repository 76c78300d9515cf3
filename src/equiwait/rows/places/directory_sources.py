"""Postcode directories as published: one CSV, a folder of CSVs by postcode area, or the zip of either."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import pyarrow as pa

from equiwait.errors import InputError, PlacesError, attempt, listed
from equiwait.files.csv_tables import CsvTable, csv_table
from equiwait.files.text_files import TextFile
from equiwait.rows.places.directory_layouts import is_postcode_file

__all__ = ["Part", "Source", "edition_in", "open_source"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Part:
    """One CSV of a source: a file, or an entry of a zip."""

    name: str
    size: int
    path: Path
    entry: str | None = None

    @cached_property
    def table(self) -> CsvTable:
        """The CSV, its header row found."""
        return csv_table(TextFile(self.name, self.path, self.entry))

    def headers(self) -> list[str]:
        """Return the names in the header row; none of an empty file."""
        return self.table.headers if self.size else []

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the columns as text, block by block, blanks as empty text; refuse a file whose rows are not all whole."""
        for batch in self.table.batches([self.table.headers.index(name) for name in columns]):
            cells = [column.fill_null("") for column in batch.columns]
            yield pa.RecordBatch.from_arrays(cells, names=list(columns))


@dataclass(frozen=True)
class Source:
    """The CSVs that make up one directory, all with the same headers."""

    path: Path
    parts: tuple[Part, ...]
    headers: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes to read in all."""
        return sum(part.size for part in self.parts)

    @property
    def files(self) -> list[Path]:
        """The files on disk, for a checksum."""
        return list(dict.fromkeys(part.path for part in self.parts))


def open_source(path: str | Path) -> Source:
    """Find the CSVs of a directory in a file, a folder or a zip; refuse mixtures.

    Raises
    ------
    InputError
        If there is no such file.
    PlacesError
        If no CSV holds postcodes and areas, or several do that are not parts of one directory.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise InputError(f"There is no file or folder {path.name}.", todo="Give the path of the downloaded directory.")
    parts = attempt(lambda: _parts(path), lambda name: _not_a_source(path, name))
    with_headers = [(part, part.headers()) for part in parts]
    if len(parts) > 1:
        with_headers = [(part, headers) for part, headers in with_headers if is_postcode_file(headers)]
    if not with_headers:
        raise _not_a_source(path, "no CSV with postcodes and areas in it")
    chosen = _one_directory(path, with_headers)
    return Source(path, tuple(part for part, _ in chosen), tuple(chosen[0][1]))


def _parts(path: Path) -> list[Part]:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() == ".csv")
        return [Part(file.relative_to(path).as_posix(), file.stat().st_size, file) for file in files]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".csv")]
        return [Part(entry.filename, entry.file_size, path, entry.filename) for entry in entries]
    if path.suffix.lower() == ".zip":
        raise _not_a_source(path, "a zip that breaks off or is damaged")
    return [Part(path.name, path.stat().st_size, path)]


def _not_a_source(path: Path, why: str) -> PlacesError:
    return PlacesError(
        f"{path.name} is no postcode directory.",
        found=f"{why}.",
        todo="Give the CSV, folder or zip of the ONS Postcode Directory or National Statistics Postcode Lookup.",
    )


_Headed = tuple[Part, list[str]]


def _one_directory(path: Path, candidates: list[_Headed]) -> list[_Headed]:
    """Choose the whole file where there is one, else all of the files by area; they must be of one edition."""
    whole = [each for each in candidates if not _by_area(each[0])]
    chosen = whole or candidates
    names = {_without_area(part.name) for part, _ in chosen}
    layouts = {tuple(headers) for _, headers in chosen}
    if len(whole) > 1 or len(names) > 1 or len(layouts) > 1:
        raise PlacesError(
            f"{path.name} mixes {len(chosen)} files that are not parts of one directory.",
            found=f"{listed(sorted(part.name for part, _ in chosen))}; {len(layouts)} different layouts.",
            todo="Keep one edition in the folder, or give the path of one file.",
        )
    return chosen


_AREA_ENDING = re.compile(r"[_-][A-Z]{1,2}$", re.IGNORECASE)


def _by_area(part: Part) -> bool:
    stem = PurePosixPath(part.name).stem
    return bool(_AREA_ENDING.search(stem)) and not stem.upper().endswith("_UK")


def _without_area(name: str) -> str:
    return _AREA_ENDING.sub("", PurePosixPath(name).stem)


def edition_in(names: Sequence[str]) -> str | None:
    """Return the edition that file names tell, or None.

    Examples
    --------
    >>> edition_in(["ONSPD_NOV_2022_UK.csv"]), edition_in(["nspl21-feb-2025.zip"]), edition_in(["postcodes.csv"])
    ('ONSPD Nov 2022', 'NSPL Feb 2025', None)
    """
    for name in names:
        found = re.search(r"(ONSPD|NSPL)(?:21|_20\d\d)?[ _-]*([A-Za-z]{3})[a-z]*[ _-]*(20\d\d)", name, re.IGNORECASE)
        if found and found[2].title() in _MONTHS:
            return f"{found[1].upper()} {found[2].title()} {found[3]}"
    return None


def spans_of(layout: Mapping[str, str]) -> str:
    """Return in words which geographies a layout has."""
    known = {"area_2021": "areas of 2021", "area_2011": "areas of 2011", "area": "areas of a year not said"}
    return listed(words for name, words in known.items() if name in layout)
