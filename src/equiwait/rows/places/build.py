"""Filling the places folder from published files, listing it, and saying what a file is and whether it is whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from equiwait.errors import EquiwaitError, InputError, OptionError, PlacesError, listed
from equiwait.rows.places import directory as directories
from equiwait.rows.places import index_files, lsoa_changes
from equiwait.rows.places.directory import Directory
from equiwait.rows.places.directory_layouts import is_postcode_file
from equiwait.rows.places.geography import BOUNDARY_SUFFIXES, read_boundaries
from equiwait.rows.places.index_files import Higher, read_index_file, save_index_file
from equiwait.rows.places.index_sources import NoTableError
from equiwait.rows.places.lsoa_changes import load_area_changes
from equiwait.rows.places.place_file import SUFFIX, Progress, is_stored, open_stored, whole
from equiwait.rows.places.places_folder import OFFICIAL, places_folder
from equiwait.rows.places.postcode_tables import outward_names

__all__ = ["FileCheck", "build_place", "check_place", "list_places"]

BOUNDARIES = "boundaries"
NOT_RECOGNISED = "not recognised"


def build_place(
    name: str,
    source: str | Path,
    *,
    folder: str | Path | None = None,
    edition: str | None = None,
    columns: Mapping[str, str] | None = None,
    higher_score: Higher | None = None,
    progress: Progress | None = None,
) -> Path:
    """Build a place from a published file and put it in the places folder under a name.

    Parameters
    ----------
    name : str
        What to call it: ``"directory"``, ``"imd2025"``, ``"lsoa_changes"``, or a name of your own.
    source : path
        The published file, folder or zip.
    folder : path, optional
        By default the places folder.
    edition : str, optional
        What to call the edition, where the file does not say.
    columns : mapping, optional
        Headers of a postcode file of your own (see `Directory.build`).
    higher_score : {"more_deprived", "less_deprived"}, optional
        Which way a score runs, where an index has nothing else.
    progress : callable, optional
        Called as ``progress(share_done, what)``.

    Returns
    -------
    pathlib.Path
        The file that was written: whole, or not at all.

    Raises
    ------
    InputError
        If there is no such source.
    PlacesError
        If the source is not whole, or is another edition than the name says.
    """
    _refuse_odd_name(name)
    tell = progress or (lambda share, what: None)
    path = (Path(folder).expanduser() if folder else places_folder()) / f"{name}{SUFFIX}"
    source = Path(source).expanduser()
    kind = _kind_of(source)
    _refuse_other_kind(name, kind, source)
    tell(0.0, f"Reading {source.name}")
    if kind == directories.KIND:
        Directory.build(source, edition=edition, columns=columns, progress=progress).save(path)
    elif kind == lsoa_changes.KIND:
        load_area_changes(source).save(path)
    else:
        index = read_index_file(source, edition, higher_score)
        _refuse_other_edition(name, index.about, source)
        save_index_file(index, path)
    tell(1.0, f"Built {name}")
    return path


def _refuse_odd_name(name: str) -> None:
    # Windows keeps some names for devices: what is written to them is lost, or asked of a printer.
    if not name.replace("_", "").replace("-", "").isalnum() or _DEVICE.fullmatch(name):
        raise OptionError(
            f"{name!r} cannot be the name of a place.", todo=f"Use letters, figures and _, such as: {listed(OFFICIAL)}."
        )


_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9\u00b9\u00b2\u00b3])", re.IGNORECASE)
_KIND_OF_NAME = {"directory": directories.KIND, "lsoa_changes": lsoa_changes.KIND}


def _kind_of(source: Path) -> str:
    """Return what a source seems to hold, by its headers."""
    if not source.exists():
        raise InputError(f"There is no file or folder {source.name}.", todo="Give the path of the downloaded file.")
    if is_stored(source):
        raise PlacesError(f"{source.name} is built already.", todo="Give the published file, or use it by its path.")
    if source.is_dir() or source.suffix.lower() == ".zip":
        return directories.KIND
    if source.suffix.lower() not in (".csv", ".txt"):
        return index_files.KIND
    headers = lsoa_changes.headers_of(source)
    if lsoa_changes.is_lookup(headers):
        return lsoa_changes.KIND
    return directories.KIND if is_postcode_file(headers) else index_files.KIND


def _refuse_other_kind(name: str, kind: str, source: Path) -> None:
    expected = _KIND_OF_NAME.get(name) or (index_files.KIND if name in OFFICIAL else kind)
    if kind != expected:
        raise PlacesError(
            f"{source.name} cannot be {name!r}: that is the name of a file of another kind.",
            found=f"By its headers it is: {kind}. Expected: {expected}.",
            todo=f"For {name} give: {OFFICIAL[name]}.",
        )


def _refuse_other_edition(name: str, about: Mapping[str, Any], source: Path) -> None:
    if name in OFFICIAL and about["key"] != name:
        raise PlacesError(
            f"{source.name} is not the edition that {name!r} stands for.",
            found=f"It is: {about['edition']}.",
            todo=f"Give: {OFFICIAL[name]}; or build it under another name.",
        )


def list_places(folder: str | Path | None = None) -> pd.DataFrame:
    """List what the places folder holds.

    Parameters
    ----------
    folder : path, optional
        By default the places folder.

    Returns
    -------
    pandas.DataFrame
        ``name kind edition checksum source bytes``, one row a place; a file that cannot be opened says so in ``kind``.
    """
    where = Path(folder).expanduser() if folder else places_folder()
    rows = [_listed(path) for path in sorted(where.glob(f"*{SUFFIX}"))] if where.is_dir() else []
    return pd.DataFrame(rows, columns=["name", "kind", "edition", "checksum", "source", "bytes"])


def _listed(path: Path) -> dict[str, Any]:
    about: dict[str, Any] = {}
    try:
        stored = open_stored(path)
        kind, about = stored.kind, stored.about
    except PlacesError:
        kind = "cannot be opened"
    told = {key: about.get(key, "") for key in ("edition", "checksum", "source")}
    return {"name": path.stem, "kind": kind, **told, "bytes": path.stat().st_size}


@dataclass(frozen=True)
class FileCheck:
    """What a file is, which edition, and whether it is whole.

    Parameters
    ----------
    file : str
        Its name.
    kind : str
        Postcode directory, index of deprivation, changes of areas, boundaries, or ``"not recognised"``.
    edition : str
        As far as the file says.
    nations : tuple of str
        Whose areas it holds.
    geography : str
        Which areas.
    rows : int
        Postcodes, areas or lines.
    whole : bool
        Whether nothing is wrong with it.
    problems : tuple of str
        What is wrong, and what to do.
    about : dict
        Whatever else is known of it.
    part : str
        Which part of a whole it is, where it is one: ``"AB"`` of a postcode directory, some areas of an index.
    notes : tuple of str
        What must be known of it, though nothing is wrong.
    """

    file: str
    kind: str
    edition: str = ""
    nations: tuple[str, ...] = ()
    geography: str = ""
    rows: int = 0
    whole: bool = True
    problems: tuple[str, ...] = ()
    about: Mapping[str, Any] | None = None
    part: str = ""
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the check as lines to print."""
        lines = {
            "File": self.file,
            "Kind": self.kind,
            "Edition": self.edition,
            "Nations": ", ".join(self.nations),
            "Areas": self.geography,
            "Rows": f"{self.rows:,}" if self.rows else "",
            "Whole": "no" if not self.whole else f"a part: {self.part}" if self.part else "yes",
        }
        said = [f"{label}: {text}" for label, text in lines.items() if text]
        return "\n".join([*said, *self.problems, *self.notes])


def check_place(path: str | Path, *, progress: Progress | None = None) -> FileCheck:
    """Say what a file is, which edition, and whether it is whole; reads all of it.

    Parameters
    ----------
    path : path
        A published file, folder or zip, or a place that was built.
    progress : callable, optional
        Called as ``progress(share_done, what)``.

    Returns
    -------
    FileCheck
        Refused files come back with ``whole`` false and the reason; nothing is raised but for a missing file.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise InputError(f"There is no file or folder {path.name}.", todo="Check the path.")
    kind = NOT_RECOGNISED
    try:
        if is_stored(path):
            return _check_stored(path)
        kind = BOUNDARIES if path.suffix.lower() in BOUNDARY_SUFFIXES else _kind_of(path)
        return _CHECKS[kind](path, progress)
    except NoTableError as refused:
        return FileCheck(path.name, NOT_RECOGNISED, whole=False, problems=(str(refused),))
    except EquiwaitError as refused:
        return FileCheck(path.name, kind, whole=False, problems=(str(refused),))


def _check_stored(path: Path) -> FileCheck:
    stored = open_stored(path)
    good = whole(path)
    problems = () if good else (f"{path.name} was changed after it was built: build it again.",)
    rows = int(stored.about.get("postcodes") or stored.about.get("areas") or 0)
    return FileCheck(
        path.name,
        stored.kind,
        stored.about["edition"],
        tuple(stored.about.get("nations", ())),
        str(stored.about.get("geography_name", "")),
        rows,
        good,
        problems,
        stored.about,
        _part_of(Directory.load(path)) if stored.kind == directories.KIND else str(stored.about.get("part", "")),
        tuple(stored.about.get("notes", ())),
    )


def _check_directory(path: Path, progress: Progress | None) -> FileCheck:
    directory = Directory.build(path, progress=progress)
    about = directory.about
    nations = directory.places["nation"].drop_null().unique().cast("string").to_pylist()
    geography = ", ".join(f"{count:,}{_YEARS[name]}" for name, count in about["areas"].items() if count)
    return FileCheck(
        path.name, directories.KIND, about["edition"], tuple(sorted(nations)), geography, len(directory), about=about,
        part=_part_of(directory), notes=tuple(about["notes"]),
    )  # fmt: skip


_YEARS = {"area_2021": " of 2021", "area_2011": " of 2011", "area": " of no stated year"}
_POSTCODE_AREAS = 120  # of 124: a directory as published with fewer is a part of it


def _part_of(directory: Directory) -> str:
    """Return the postcode areas of a directory as published that holds only some, or nothing."""
    outward, postcodes = np.unique(directory.arrays["numbers"] // 5120, return_counts=True)
    areas: Counter[str] = Counter()
    for name, count in zip(outward_names(outward), postcodes, strict=True):
        areas["".join(letter for letter in name[:2] if letter.isalpha())] += int(count)
    published = directory.edition.startswith(("ONSPD", "NSPL"))
    return listed(name for name, _ in areas.most_common()) if published and len(areas) < _POSTCODE_AREAS else ""


def _check_index(path: Path, progress: Progress | None) -> FileCheck:
    about = read_index_file(path).about
    return FileCheck(
        path.name, index_files.KIND, about["edition"], tuple(about["nations"]), about["geography_name"], about["areas"],
        about=about, part=about["part"], notes=tuple(about["notes"]),
    )  # fmt: skip


def _check_changes(path: Path, progress: Progress | None) -> FileCheck:
    lookup = load_area_changes(path)
    return FileCheck(
        path.name,
        lsoa_changes.KIND,
        "LSOA 2011 to 2021",
        ("England", "Wales"),
        "LSOA 2011 and 2021",
        len(lookup.old),
        about={"changes": lookup.counts},
    )


def _check_boundaries(path: Path, progress: Progress | None) -> FileCheck:
    shapes = read_boundaries(path)
    return FileCheck(
        path.name, BOUNDARIES, f"areas by {shapes.geography}", shapes.nations, shapes.geography, len(shapes.codes)
    )


_CHECKS = {
    directories.KIND: _check_directory,
    index_files.KIND: _check_index,
    lsoa_changes.KIND: _check_changes,
    BOUNDARIES: _check_boundaries,
}
