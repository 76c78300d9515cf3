"""LSOAs of 2011 and of 2021: what became of each, and how an index is carried from the one to the other.

An area that changed always got a new code, so a code that stands in both lists is one and the same area.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from equiwait.errors import PlacesError, headers_said, listed
from equiwait.fields import plain
from equiwait.rows.places.directory_sources import Part
from equiwait.rows.places.indices import CARRIED, Index
from equiwait.rows.places.place_file import is_stored, open_stored, sha256_of, write_stored
from equiwait.rows.places.places_folder import place_path

__all__ = ["KIND", "AreaChanges", "load_area_changes"]

KIND = "changes of areas"

_HEADERS = {
    "2011": r"lsoa(20)?11(cd|code)",
    "2021": r"lsoa(20)?21(cd|code)",
    "change": r"chgind|changecode|changeindicator",
}
_WORDS = {"U": "unchanged", "S": "split", "M": "merged", "X": "redrawn"}
_ROWS = 35_795  # of the exact fit lookup for England and Wales


@dataclass(frozen=True, eq=False, repr=False)
class AreaChanges:
    """The exact fit lookup: which LSOAs of 2011 became which LSOAs of 2021.

    Parameters
    ----------
    old, new : tuple of str
        Codes of 2011 and of 2021, row by row.
    change : tuple of str
        ``"U"`` unchanged, ``"S"`` split, ``"M"`` merged, ``"X"`` redrawn in some other way.
    checksum : str
        SHA-256 of the file.
    """

    old: tuple[str, ...]
    new: tuple[str, ...]
    change: tuple[str, ...]
    checksum: str

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.counts[letter]:,} {word}" for letter, word in _WORDS.items())
        return f"<AreaChanges 2011 to 2021: rows {counts}>"

    @property
    def counts(self) -> dict[str, int]:
        """Rows of each kind of change."""
        return {letter: self.change.count(letter) for letter in _WORDS}

    def save(self, path: Path) -> Path:
        """Write the lookup to a place file."""
        columns = {
            name: pa.array(values) for name, values in zip(_HEADERS, (self.old, self.new, self.change), strict=True)
        }
        return write_stored(path, KIND, {"edition": "LSOA 2011 to 2021", "checksum": self.checksum}, columns)

    def carry(self, index: Index) -> Index:
        """Return an index on the areas of the other geography.

        Parameters
        ----------
        index : Index
            On areas of 2011 or of 2021, of England, Wales or both.

        Returns
        -------
        Index
            An area that did not change keeps its numbers. An area that merged has those of the area that it became;
            or, the other way, those on which all the areas that it was made of agree. An area that was split or
            redrawn has none: which part of it someone lives in is not known, or the part is not the whole.

        Raises
        ------
        PlacesError
            If the index is of a nation that the lookup does not cover.
        """
        if index.geography not in ("2011", "2021") or not set(index.nations) <= {"England", "Wales"}:
            raise PlacesError(
                f"{index.title} cannot be carried between areas of 2011 and 2021.",
                found=f"Nations: {listed(index.nations)}; geography: {index.geography or 'not said'}.",
                todo="The lookup covers the LSOAs of England and Wales.",
            )
        forward = index.geography == "2021"  # people's areas are then those of 2011
        theirs, ours = (self.old, self.new) if forward else (self.new, self.old)
        carried = _Carried(index, theirs, ours, self.change)
        to = "2011" if forward else "2021"
        return replace(
            index,
            geography=to,
            areas=pa.array(carried.areas, pa.string()),
            names=None,
            rank=carried.numbers["rank"],
            decile=carried.numbers["decile"],
            quintile=carried.numbers["quintile"],
            score=carried.numbers["score"],
            carried=carried.how,
            notes=(*index.notes, f"Carried to areas of {to}: {carried.said}."),
        )


class _Carried:
    """The areas of the other geography, what became of each, and its numbers."""

    def __init__(self, index: Index, theirs: tuple[str, ...], ours: tuple[str, ...], change: tuple[str, ...]) -> None:
        place = index.find(pa.array(ours, pa.string()))
        rows = [row for row in range(len(theirs)) if place[row] >= 0]
        parts: dict[str, list[int]] = {}
        for row in rows:
            parts.setdefault(theirs[row], []).append(int(place[row]))
        kinds = {theirs[row]: change[row] for row in rows}
        self.areas = list(parts)
        self.numbers = {
            name: _agreed(getattr(index, name), parts, kinds) for name in ("rank", "decile", "quintile", "score")
        }
        differ = np.isnan(self.numbers["decile"])
        self.how = np.array([_how(kinds[area], bool(differ[at])) for at, area in enumerate(self.areas)], np.int8)
        self.said = ", ".join(
            f"{int((self.how == code).sum()):,} {words or 'unchanged'}" for code, words in enumerate(_SAID)
        )


_SAID = ("unchanged", "merged", "split (no decile)", "redrawn (no decile)", "merged from areas that differ (no decile)")


def _how(kind: str, differs: bool) -> int:
    word = {"U": "", "S": "split", "X": "redrawn", "M": "merged_differ" if differs else "merged"}[kind]
    return CARRIED.index(word)


def _agreed(values: np.ndarray, parts: Mapping[str, list[int]], kinds: Mapping[str, str]) -> np.ndarray:
    """Return for each area the number on which its parts agree, NaN where they differ or it was split or redrawn."""
    return np.array(
        [
            values[places[0]] if kinds[area] in "UM" and len({values[each] for each in places}) == 1 else np.nan
            for area, places in parts.items()
        ],
        float,
    )


def load_area_changes(name_or_path: str | Path) -> AreaChanges:
    """Load the exact fit lookup from the places folder or from the file as published.

    Raises
    ------
    PlacesError
        If the file breaks off, repeats rows, or has not the columns of the lookup.
    """
    path = place_path(name_or_path)
    if is_stored(path):
        stored = open_stored(path, KIND)
        columns = [tuple(stored.columns[name].to_pylist()) for name in _HEADERS]
        return AreaChanges(columns[0], columns[1], columns[2], stored.about["checksum"])
    return _read(path)


def headers_of(path: Path) -> list[str]:
    """Return the header row of a CSV."""
    return Part(path.name, path.stat().st_size, path).headers()


def is_lookup(headers: Sequence[str]) -> bool:
    """Return whether a CSV is a lookup of LSOAs of 2011 to 2021 with the kind of change, by its headers."""
    return all(_header(pattern, headers) is not None for pattern in _HEADERS.values())


def _read(path: Path) -> AreaChanges:
    headers = headers_of(path)
    if not is_lookup(headers):
        raise PlacesError(
            f"{path.name} is not the lookup of LSOAs of 2011 to LSOAs of 2021.",
            found=headers_said(headers, 20),
            todo="Give the exact fit lookup, with LSOA11CD, LSOA21CD and CHGIND.",
        )
    columns = [str(_header(pattern, headers)) for pattern in _HEADERS.values()]
    part = Part(path.name, path.stat().st_size, path)
    table = pa.Table.from_batches(list(part.batches(columns)))
    old, new, change = (tuple(table[header].to_pylist()) for header in columns)
    _refuse_partial(path, old, new, change)
    return AreaChanges(old, new, change, sha256_of([path]))


def _header(pattern: str, headers: Sequence[str]) -> str | None:
    return next((header for header in headers if re.fullmatch(pattern, plain(header))), None)


def _refuse_partial(path: Path, old: tuple[Any, ...], new: tuple[Any, ...], change: tuple[Any, ...]) -> None:
    unknown = sum(letter not in _WORDS for letter in change)
    repeated = len(old) - len(set(zip(old, new, strict=True)))
    moved = sum((a == b) != (letter == "U") for a, b, letter in zip(old, new, change, strict=True))
    if unknown or repeated or moved or len(old) != _ROWS:
        raise PlacesError(
            f"{path.name} is not the whole exact fit lookup, or its columns are swapped.",
            found=f"{len(old):,} rows of {_ROWS:,}; {repeated:,} repeated; {unknown:,} with a change other than "
            f"{listed(_WORDS)}; {moved:,} whose codes do not fit their change.",
            todo="Give the exact fit lookup of England and Wales as published.",
        )
