"""From a published postcode file to the tables of a directory: read, check, encode."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.errors import PlacesError, listed
from equiwait.rows.places.area_codes import NATIONS, as_codes, nations_of
from equiwait.rows.places.area_names import NAME_PATTERN
from equiwait.rows.places.directory_dates import UNREADABLE, months
from equiwait.rows.places.directory_layouts import AREA_COLUMNS, columns_of, is_postcode_file
from equiwait.rows.places.directory_repeats import without_repeats
from equiwait.rows.places.directory_sources import Source, edition_in, open_source
from equiwait.rows.places.place_file import Progress, sha256_of
from equiwait.rows.places.postcode_tables import outward_names, outwards
from equiwait.rows.places.postcodes import REPAIRED, read, spell

__all__ = ["build"]

_CODES = (*AREA_COLUMNS, "lad", "sub_icb", "icb", "country", "rural_urban")
NO_MONTH = 1
"""In place of the month in which a postcode ended, where only a flag says that it has."""

_POSTCODE_AREAS = 120  # of 124: a file of the whole United Kingdom with fewer is cut short

Built = tuple[dict[str, Any], dict[str, np.ndarray], dict[str, pa.DictionaryArray]]


def build(path: Path, edition: str | None, given: Mapping[str, str] | None, progress: Progress | None) -> Built:
    """Return what a `Directory` is made of: facts, look-up tables, places."""
    tell = progress or (lambda share, what: None)
    source = open_source(path)
    columns, table = _with_postcodes(source, given, tell)
    tell(0.85, "Checking postcodes")
    number, table, unreadable = _checked(source, columns, table)
    tell(0.9, "Sorting postcodes")
    order = np.argsort(number, kind="stable")
    number = number[order].astype(np.int32)
    place, places = _places(table)
    arrays = {
        **_lookup(number),
        "numbers": number,
        "place": place[order],
        **{name: values[order] for name, values in _values(table).items()},
    }
    tell(0.95, "Taking the checksum")
    about = _about(source, edition, columns, arrays, places, table) | {"unreadable": unreadable}
    tell(1.0, "Done")
    return about, arrays, places


# --- read ------------------------------------------------------------------------------------------------------------


def _read(source: Source, columns: Mapping[str, str], tell: Progress) -> pa.Table:
    """Return the columns that matter: postcodes as numbers and their spelling checked, codes as dictionaries."""
    batches, done = [], 0
    headers = list(dict.fromkeys(columns.values()))
    rows = 0
    for part in source.parts:
        for batch in part.batches(headers):
            batches.append(_encoded(batch, columns))
            rows += batch.num_rows
            done += batch.nbytes
            tell(min(0.84, 0.84 * _share(source, done, headers)), f"Reading postcodes: {rows:,}")
    if not rows:
        raise PlacesError(f"{source.path.name} has a first line and no postcodes.", todo="Give the whole file.")
    return pa.Table.from_batches(batches).unify_dictionaries()


def _with_postcodes(source: Source, given: Mapping[str, str] | None, tell: Progress) -> tuple[dict[str, str], pa.Table]:
    """Return the columns that matter and what they hold; of columns of postcodes, the first that is not blank throughout."""
    columns = columns_of(source.headers, given)
    table = _read(source, columns, tell)
    headers = list(source.headers)
    while pc.all(table["blank"]).as_py() and columns["postcode"] not in (given or {}).values():
        headers.remove(columns["postcode"])
        if not is_postcode_file(headers):
            break
        columns = columns_of(headers, given)
        table = _read(source, columns, tell)
    return columns, table


def _share(source: Source, done: int, headers: list[str]) -> float:
    """About how much is read: what was kept, against the same share of columns of the file's size."""
    return done / max(source.size * len(headers) / max(len(source.headers), 1), 1)


def _encoded(batch: pa.RecordBatch, columns: Mapping[str, str]) -> pa.RecordBatch:
    number, kind = read(batch.column(columns["postcode"]))
    number = np.where(kind == REPAIRED, 0, number)  # a directory spells its postcodes properly, or is none
    blank = pc.equal(pc.utf8_trim_whitespace(batch.column(columns["postcode"])), "")
    arrays: dict[str, pa.Array] = {"number": pa.array(number), "blank": blank}
    for concept, header in columns.items():
        if concept in _CODES:
            arrays[concept] = as_codes(batch.column(header))
        elif concept in ("ended", "begun"):
            arrays[concept] = pa.array(months(batch.column(header)))
        elif concept in ("in_use", "split"):
            arrays[concept] = _said(batch.column(header))
        elif concept != "postcode":
            arrays[concept] = _number(batch.column(header))
    return pa.RecordBatch.from_pydict(arrays)


def _said(cells: pa.Array) -> pa.Array:
    """Return what a flag says, null where it is blank or says neither."""
    spelt = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
    yes, no = (pc.is_in(spelt, pa.array(words)) for words in (["y", "yes", "true", "1"], ["n", "no", "false", "0"]))
    return pc.if_else(yes, True, pc.if_else(no, False, None))


def _number(cells: pa.Array) -> pa.Array:
    """Return cells as numbers, NaN where they are none."""
    trimmed = pc.utf8_trim_whitespace(cells)
    good = pc.match_substring_regex(trimmed, r"^-?[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?$")
    return pc.if_else(good, trimmed, "nan").cast(pa.float64())


# --- check -----------------------------------------------------------------------------------------------------------


def _checked(source: Source, columns: Mapping[str, str], table: pa.Table) -> tuple[np.ndarray, pa.Table, int]:
    """Return postcode numbers, their rows, and how many rows hold no postcode; refuse what is no directory."""
    number = np.asarray(table["number"])
    blank = np.asarray(table["blank"])
    good = number > 0
    named = f"{source.path.name}, column {columns['postcode']!r},"
    if good.sum() < 0.9 * (~blank).sum() or not good.any():
        raise PlacesError(
            f"{named} does not hold postcodes: columns may be swapped.",
            found=f"{int(good.sum()):,} of {len(number):,} cells are postcodes.",
            todo="Say which column is which with columns={'postcode': 'your header', 'area': 'your header'}.",
        )
    _refuse_swapped_areas(source, columns, table)
    _refuse_unread_ends(source, columns, table)
    _refuse_without_areas(source, columns, table)
    kept = without_repeats(source.path.name, columns, number, good, table)
    _refuse_cut(source, number[kept.rows])
    return number[kept.rows], kept.table, int((~good & ~blank).sum())


def _refuse_without_areas(source: Source, columns: Mapping[str, str], table: pa.Table) -> None:
    named = [columns[name] for name in AREA_COLUMNS if name in columns]
    if all(table[name].null_count == len(table) for name in AREA_COLUMNS if name in columns):
        raise PlacesError(
            f"{source.path.name} gives no postcode an area.",
            found=f"Blank throughout: {listed(named)}.",
            todo="Give a file with areas, or say which column holds them: columns={'area': 'your header'}.",
        )


def _refuse_unread_ends(source: Source, columns: Mapping[str, str], table: pa.Table) -> None:
    """Refuse dates of termination that cannot be read: a postcode that has ended must not pass for a live one."""
    if "ended" not in columns:
        return
    unread = int((np.asarray(table["ended"]) == UNREADABLE).sum())
    if unread:
        raise PlacesError(
            f"{source.path.name}, column {columns['ended']!r}, does not hold dates of termination.",
            found=f"{unread:,} of {len(table):,} cells are neither blank nor a date that can be read.",
            todo="Write them as 199606, 1996-06-30 or 30/06/1996, and leave live postcodes blank.",
        )


def _refuse_swapped_areas(source: Source, columns: Mapping[str, str], table: pa.Table) -> None:
    for name in AREA_COLUMNS:
        if name not in columns:
            continue
        codes = pc.unique(table[name].cast(pa.string())).drop_null()
        wrong = int((read(codes).number > 0).sum())
        official = pc.match_substring_regex(codes, rf"^([EWSNLM]\d{{8}}|95[A-Z]{{2}}\d\d[SW]\d)$|{NAME_PATTERN}")
        cut = len(codes) - int(pc.sum(official).as_py() or 0) if name != "area" else 0
        if wrong > 0.5 * len(codes) or cut:
            raise PlacesError(
                f"{source.path.name}, column {columns[name]!r}, does not hold area codes.",
                found=f"{max(wrong, cut):,} of {len(codes):,} distinct codes are something else, or cut short.",
                todo="Give the file as published, or say columns={'area': 'your header'} for areas of your own.",
            )


def _refuse_cut(source: Source, number: np.ndarray) -> None:
    """Refuse a file that says it is the whole United Kingdom and stops before the end of the alphabet."""
    if not any(part.name.upper().removesuffix(".CSV").endswith("_UK") for part in source.parts):
        return
    names = outward_names(np.unique((number >> 9) // 10))
    areas = {"".join(letter for letter in name[:2] if letter.isalpha()) for name in names}
    if len(areas) < _POSTCODE_AREAS:
        raise PlacesError(
            f"{source.path.name} is cut short: it says that it holds the whole United Kingdom.",
            found=f"{len(areas)} postcode areas of 124; the last is {max(areas)}.",
            todo="Download it again; or rename the file if a part is meant.",
        )


# --- encode ----------------------------------------------------------------------------------------------------------


def _lookup(number: np.ndarray) -> dict[str, np.ndarray]:
    """Return the two tables that turn a postcode number into a row: sector to first cell, cell to row.

    Block 0 stands for every sector that the directory lacks, and is empty.
    """
    sector = number >> 9
    used, block = np.unique(sector, return_inverse=True)
    first = np.zeros(outwards() * 10, np.int32)
    first[used] = (1 + np.arange(len(used))) * 400
    cells = np.full((len(used) + 1) * 400, -1, np.int32)
    cells[(block.ravel() + 1) * 400 + (number & 511)] = np.arange(len(number))
    return {"first_cell": first, "cells": cells}


def _values(table: pa.Table) -> dict[str, np.ndarray]:
    """Return what each postcode has of its own: when it ended (YYYYMM, 0 while live), where it is, and how surely."""
    ended, grid, latitude, longitude = (_column(table, name) for name in ("ended", "grid", "latitude", "longitude"))
    nowhere = (latitude > 90) | (grid == 9) | ((latitude == 0) & (longitude == 0))
    return {
        "ended": _ends(ended, table),
        "grid_quality": np.nan_to_num(grid, nan=0).astype(np.int8),
        "latitude": np.where(nowhere, np.nan, latitude).astype(np.float32),
        "longitude": np.where(nowhere, np.nan, longitude).astype(np.float32),
    }


def _ends(ended: np.ndarray, table: pa.Table) -> np.ndarray:
    """Return the month in which each postcode ended, 0 while it is live; `NO_MONTH` where only a flag says that it has."""
    month: np.ndarray = np.nan_to_num(ended, nan=0).astype(np.int32)
    if "in_use" in table.column_names:
        gone = np.asarray(pc.equal(table["in_use"], False).fill_null(False))
        month[gone & (month == 0)] = NO_MONTH
    return month


def _column(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table[name]) if name in table.column_names else np.full(len(table), np.nan)


def _places(table: pa.Table) -> tuple[np.ndarray, dict[str, pa.DictionaryArray]]:
    """Return for each row its place, and the codes of every distinct place."""
    codes = {name: _codes(table, name) for name in _CODES}
    codes["nation"] = _nation(codes)
    codes["split"] = _split(table)
    del codes["country"]
    codes["rural_urban"] = _rural_urban(codes["rural_urban"])
    key = np.zeros(len(table), np.int64)
    for column in codes.values():  # hashing two columns at a time keeps the key within 64 bits
        key = key * (len(column.dictionary) + 1) + np.asarray(column.indices.fill_null(len(column.dictionary)))
        key = pd.factorize(key)[0].astype(np.int64)
    _, first = np.unique(key, return_index=True)
    return key.astype(np.int32), {name: column.take(pa.array(first)) for name, column in codes.items()}


def _codes(table: pa.Table, name: str) -> pa.DictionaryArray:
    if name not in table.column_names:
        return pa.DictionaryArray.from_arrays(pa.nulls(len(table), pa.int32()), pa.array([], pa.string()))
    return as_codes(table[name])


def _split(table: pa.Table) -> pa.DictionaryArray:
    """Return which postcodes lie in several areas, as the directory or its repeats say."""
    split = np.zeros(len(table), bool)
    if "split" in table.column_names:
        split = np.asarray(table["split"].fill_null(False))
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(table), np.int32), mask=~split), pa.array(["split"]))


def _nation(codes: Mapping[str, pa.DictionaryArray]) -> pa.DictionaryArray:
    """Return the nation by the country's code, else by the area's, else by the district's."""
    place = np.full(len(codes["country"]), -1, np.int32)
    for name in ("country", "area_2011", "area_2021", "area", "lad"):
        place = np.where(place < 0, nations_of(codes[name]), place)
    return pa.DictionaryArray.from_arrays(pa.array(place, mask=place < 0), pa.array(NATIONS))


def _rural_urban(codes: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return Urban or Rural for the classes of England and Wales (A1 to F2; UN1 to RLF1), others as they are."""
    said = [_urban_or_rural(code) for code in codes.dictionary.to_pylist()]
    spelt = pc.dictionary_encode(pa.array(said, pa.string()))
    return pa.DictionaryArray.from_arrays(spelt.indices.take(codes.indices), spelt.dictionary)


def _urban_or_rural(code: str) -> str:
    if re.fullmatch(r"[A-F]\d|[UR][A-Z]{1,2}\d", code):
        return "Urban" if code[0] in "ABCU" else "Rural"
    return code


def _about(
    source: Source,
    edition: str | None,
    columns: Mapping[str, str],
    arrays: Mapping[str, np.ndarray],
    places: Mapping[str, pa.DictionaryArray],
    table: pa.Table,
) -> dict[str, Any]:
    """Return what must travel with the tables: edition, checksum, counts."""
    has_area = np.zeros(len(next(iter(places.values()))), bool)
    for name in AREA_COLUMNS:
        has_area |= np.asarray(places[name].is_valid())
    names = [*(part.name for part in source.parts), source.path.name]
    return {
        "edition": edition or edition_in(names) or _dated(source, table),
        "checksum": sha256_of(source.files),
        "source": source.path.name,
        "postcodes": len(arrays["numbers"]),
        "terminated": int((arrays["ended"] > 0).sum()),
        "without_area": int((~has_area[arrays["place"]]).sum()),
        "without_coordinates": int(np.isnan(arrays["latitude"]).sum()),
        "areas": {name: len(pc.unique(places[name]).drop_null()) for name in AREA_COLUMNS},
        "split": int(pc.sum(pc.is_valid(places["split"]).take(pa.array(arrays["place"]))).as_py() or 0),
        "notes": _notes(columns, arrays),
        "columns": dict(columns),
        "first": spell(arrays["numbers"][:1])[0].as_py().split()[0],
        "last": spell(arrays["numbers"][-1:])[0].as_py().split()[0],
    }


def _notes(columns: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> list[str]:
    """Return what must be known of a directory, though nothing is wrong with it."""
    if (arrays["ended"] > 0).any():
        return []
    why = (
        "its dates of termination are all blank"
        if {"ended", "in_use"} & set(columns)
        else "it gives no dates of termination"
    )
    return [f"Live postcodes only ({why}): a postcode that has ended links as not_found, or passes for a live one."]


def _dated(source: Source, table: pa.Table) -> str:
    """Return a name for an edition whose file name does not say: the month of its newest postcode, else the file's name."""
    dates = [_column(table, name) for name in ("begun", "ended") if name in table.column_names]
    newest = max((int(column.max()) for column in dates), default=0)
    return f"postcodes up to {newest // 100}-{newest % 100:02d}" if newest > 190000 else source.path.stem
