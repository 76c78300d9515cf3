"""`link_record`: one postcode to its area and deciles in microseconds, by the tables that lists are linked with.

A postcode as it is mostly written is looked up with plain numbers in the very tables of `postcodes`, `Directory` and
`Outcomes`; whatever those do not settle at once (misspellings, words, area codes) goes through the kernel of lists as a
list of one row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from equiwait.errors import InputError
from equiwait.rows.places import postcodes
from equiwait.rows.places.directory import Directory
from equiwait.rows.places.indices import Index
from equiwait.rows.places.link import Linker, linker_for
from equiwait.rows.places.link_status import LINK_NOTES, LINK_STATUSES, STATUS_TABLE, Found
from equiwait.rows.places.lsoa_changes import AreaChanges
from equiwait.rows.places.postcode_tables import (
    MENDED,
    NO_PART,
    PART,
    UNSPACED,
    back_of_pair,
    digit_of_pair,
    front_of_pair,
    outward_of_classes,
    unit_of_pair,
)

__all__ = ["RecordLinker", "link_record"]

_MEASURES = ("rank", "decile", "quintile")
_AREA = re.compile(r"[A-Z][0-9]{8}").fullmatch
"""What an area code looks like; whatever else stands there, such as a postcode, is not remembered."""
_AREAS_KEPT = 16_384
"""Area codes that are remembered."""


def link_record(
    record: Mapping[str, Any] | str,
    *,
    directory: Directory | str | Path | None = None,
    index: Index | str | Path | Sequence[Index | str | Path],
    changes: AreaChanges | str | Path | None = None,
) -> dict[str, Any]:
    """Add to one record what `link_deprivation` adds to a row of a list: area, regions, rank and decile.

    Parameters
    ----------
    record : mapping or str
        With ``postcode``, ``area_code`` or both; or a postcode alone.
    directory : Directory, name or path, optional
        As in `link_deprivation`. Files are opened, or built, once in a session.
    index : Index, name, path, or several
        As in `link_deprivation`.
    changes : AreaChanges, name or path, optional
        As in `link_deprivation`.

    Returns
    -------
    dict
        The record and, beside it, ``area_code nation lad sub_icb icb rural_urban link_status link_note
        directory_edition index_edition core20`` and ``<name>_rank <name>_decile <name>_quintile`` of each index; None
        for what is not known. A deprivation decile of its own is kept as ``given_imd_decile``.

    Raises
    ------
    InputError
        If the record is no mapping and no text.
    PlacesError
        As in `link_deprivation`.

    Notes
    -----
    The answer is that of the row of a list, by the same tables. A postcode takes some ten microseconds; a misspelt one, or
    an area code that is asked for the first time, a few milliseconds.

    Examples
    --------
    >>> from equiwait.samples import sample_path
    >>> found = link_record("EQ1 8GY", directory=sample_path("directory"), index=sample_path("index"))
    >>> found["link_status"], found["imd_decile"]
    ('matched', 8)
    """
    several = (index,) if isinstance(index, Index | str | Path) else tuple(index)
    return _linker(directory, several, changes)(record)


@lru_cache(maxsize=8)
def _linker(directory: Any, indices: tuple[Any, ...], changes: Any) -> RecordLinker:
    return RecordLinker(linker_for(directory, list(indices), changes))


class RecordLinker:
    """Links records one at a time.

    Parameters
    ----------
    linker : Linker
        The kernel that links lists.
    """

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        self._names = tuple(dict.fromkeys(index.name for index in linker.outcomes.indices))
        self._own = tuple(f"{name}_{measure}" for name in self._names for measure in _MEASURES)
        self._settled = lru_cache(maxsize=65_536)(self._of_place)
        self._by_area: dict[tuple[tuple[int, int] | None, str], dict[str, Any]] = {}

    def __call__(self, record: Mapping[str, Any] | str) -> dict[str, Any]:
        """Return the record with what linking adds."""
        given: Mapping[str, Any] = {"postcode": record} if isinstance(record, str) else record
        if not isinstance(given, Mapping):
            raise InputError(
                f"A {type(record).__name__} is no record to link.",
                todo='Give a mapping such as {"postcode": "SW1A 1AA"}, or the postcode alone.',
            )
        return {**self._kept(given), **self.added(given)}

    def added(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what linking adds to a record."""
        postcode, area = _text(given.get("postcode")), _text(given.get("area_code"))
        place = self._at_once(postcode)
        if place and not area:
            return self._settled(*place)
        if (postcode and not place) or not _AREA(area):
            return self._as_list(given, area)
        key = (place, area)  # the place and not the postcode, so that nobody's is kept
        if key not in self._by_area:
            if len(self._by_area) >= _AREAS_KEPT:
                self._by_area.clear()
            self._by_area[key] = self._as_list(given, area)
        return self._by_area[key]

    def _at_once(self, postcode: str) -> tuple[int, int] | None:
        """Return kind and place of a postcode as it is mostly written; None for whatever takes more than a look."""
        directory = self.linker.directory
        data = postcode.encode("utf-8", "replace")
        if directory is None or not 0 < len(data) <= 8:
            return None
        number, kind = _read(data)
        if kind == postcodes.MALFORMED:
            return None
        row = directory.arrays["cells"][directory.arrays["first_cell"][number >> 9] + (number & 511)]
        return kind, int(self.linker.homes[row])

    def _of_place(self, kind: int, home: int) -> dict[str, Any]:
        """Return the outcome of a kind of postcode that lies in a place; asked again, it is remembered."""
        outcomes = self.linker.outcomes
        place = home >> 1
        found = int(outcomes.found[place])
        status = LINK_STATUSES[int(STATUS_TABLE.cells[kind, found, home & 1])]
        if kind > postcodes.REPAIRED and found >= Found.UNRANKED:
            place = outcomes.nowhere
        note = LINK_NOTES[int(outcomes.note[place])]
        return {**_plain(outcomes.take(np.array([place]))), "link_status": status, "link_note": note}

    def _as_list(self, given: Mapping[str, Any], area: str) -> dict[str, Any]:
        """Return what the kernel of lists says of a list of this one row."""
        text = {"postcode": _text(given.get("postcode")), "area_code": area}
        columns = {
            name: pa.array([value or None], pa.string()) for name, value in text.items() if value or name == "postcode"
        }
        return _plain(self.linker(pa.record_batch(columns)))

    def _kept(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record with its own deprivation under another name; one that was linked before has none of its own."""
        if "index_edition" in given:
            return dict(given)
        own = (*self._own, "core20")
        return {f"given_{name}" if name in own else name: value for name, value in given.items()}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or value is pd.NA or value != value else str(value)  # NA says of nothing that it differs


def _plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: column[0].as_py() for name, column in columns.items()}


@cache
def _tables() -> tuple[Any, ...]:
    """Return the tables of `postcodes` as views that give plain numbers at little cost."""
    tables = (digit_of_pair(), unit_of_pair(), front_of_pair(), back_of_pair(), outward_of_classes())
    return (*(np.ascontiguousarray(table).data for table in tables), postcodes.kind_of_outward().tolist())


def _read(data: bytes) -> tuple[int, int]:
    """Return the number and the kind of a cell of at most eight bytes, as `postcodes.read` does for many."""
    digits, units, fronts, backs, outwards, kinds = _tables()
    word = int.from_bytes(data.rjust(8, b"\0"), "little")
    inward = digits[word >> 32 & 0xFFFF]
    unspaced = bool(inward & UNSPACED)
    inward |= units[word >> 48]
    spelt = word >> 8 if unspaced else word
    outward = outwards[fronts[spelt & 0xFFFF] + backs[spelt >> 16 & 0xFFFF]]
    marks = inward | outward
    if marks >= NO_PART or (unspaced and word & 0xDF):
        return 0, postcodes.MALFORMED
    part = outward & PART
    kind = kinds[part]
    if kind == postcodes.MALFORMED:
        return 0, kind
    if marks & MENDED and kind == postcodes.POSTCODE:
        kind = postcodes.REPAIRED
    return part * 5120 + (inward & PART), kind
