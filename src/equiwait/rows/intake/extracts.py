"""Extracts of many days as they are given, and their rows in parts: a pathway's rows of all days lie in one part."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from equiwait.derived import days_held, refuse_odd
from equiwait.errors import ColumnsError, InputError, OptionError, attempt, naming
from equiwait.fields import FIELDS
from equiwait.files.faults import unreadable
from equiwait.files.read_table import PARQUET
from equiwait.files.whole_files import for_its_owner
from equiwait.frames import distinct, from_any
from equiwait.rows.intake.columns import was_read_before
from equiwait.rows.intake.large_files import is_large, read_large
from equiwait.rows.intake.notes import RowProblems
from equiwait.rows.intake.parts import SEEN, Parts, as_table
from equiwait.rows.intake.read_list import read_list
from equiwait.rows.intake.scopes import derive
from equiwait.rows.intake.snapshots import snapshot_day

__all__ = ["KEY", "Source", "days_in", "in_parts", "refuse_empty", "sources_of"]

KEY = ("provider", "pathway_issuer", "pathway_id", "referral_id")
"""By what a pathway is found again; an empty text where a list does not say."""

_ASIDE = ("other_snapshot", "unknown_snapshot")
_NUMBER = "pathway_id"
_BLOCK = 131_072
_BYTES_A_ROW = 100  # of a text file with few columns; more columns make more parts, which hold fewer rows


@dataclass(frozen=True)
class Source:
    """One extract: about how many rows it has, as far as they are not in memory already, and its lists, block by block.

    ``blocks`` is given a folder for what does not fit into memory.
    """

    rows: int
    blocks: Callable[[Path], Iterator[pa.Table]]


def sources_of(given: Sequence[object], reading: Mapping[str, Any]) -> list[Source]:
    """Return what was given, one extract after the other: tables, files, and mappings of day to either.

    ``reading`` are options of `read_list`; its ``columns`` a `SaidOfSeveral`.
    """
    found: list[Source] = []
    for each in given:
        if isinstance(each, Mapping):
            found += [_source(source, snapshot_day(day), reading) for day, source in each.items()]
        elif isinstance(each, list | tuple):
            found += sources_of(each, reading)
        else:
            found.append(_source(each, None, reading))
    return found


def _source(given: object, day: dt.date | None, reading: Mapping[str, Any]) -> Source:
    if isinstance(given, str | Path):
        return _file(Path(given), day, reading)
    frame = from_any(given)
    if was_read_before(frame.columns):
        refuse_odd(frame)
        return Source(0, lambda _: iter([as_table(frame)]))
    if day is None:
        raise OptionError(
            "A table was given to stitch that read_list has not read, and its day is not known.",
            todo='Give read_list(table, snapshot="2026-10-31"), or {"2026-10-31": table}.',
        )
    return Source(0, lambda _: iter([as_table(read_list(frame, snapshot=day, **reading))]))


def _file(path: Path, day: dt.date | None, reading: Mapping[str, Any]) -> Source:
    """One file: a list that was read and saved goes as it is, a large one is read part by part."""
    if path.is_dir():
        raise OptionError(
            f"stitch takes files, and {path.name!r} is a folder.",
            todo='Give its files: stitch(*sorted(Path("lists").glob("*.csv"))), or run `equiwait month FOLDER`.',
        )
    if path.suffix.lower() in PARQUET and path.is_file():
        opened = attempt(lambda: pq.ParquetFile(path), partial(unreadable, path.name, "Parquet file"))
        rows = opened.metadata.num_rows
        if was_read_before(opened.schema_arrow.names):
            return Source(rows, lambda _: map(_table, pq.ParquetFile(path).iter_batches(_BLOCK)))
    else:
        rows = path.stat().st_size // _BYTES_A_ROW if path.is_file() else 0
    on = day or _day_in(path.name)
    if is_large(path):
        return Source(rows, lambda work: naming(path.name, lambda: read_large(path, on, reading, work)))
    return Source(rows, lambda _: iter([as_table(naming(path.name, lambda: read_list(path, snapshot=on, **reading)))]))


def _table(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch]).replace_schema_metadata(None)


_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


def days_in(name: str) -> list[str]:
    """Return the days that stand in a file's name, year first.

    Examples
    --------
    >>> days_in("ptl_20261031_v2.csv"), days_in("ptl.csv")
    (['2026-10-31'], [])
    """
    return sorted({"-".join(found) for found in _DATE.findall(name)})


def _day_in(name: str) -> dt.date:
    days = days_in(name)
    if len(days) != 1:
        raise OptionError(
            "A file's name does not hold the one day that its list describes.",
            found=f"{name!r} holds {len(days)} days.",
            todo='Name files like ptl_2026-10-31.csv, or give {"2026-10-31": file}.',
        )
    return snapshot_day(days[0])


# --- rows of an extract's own day ------------------------------------------------------------------------------------


def in_parts(sources: Sequence[Source], parts: Parts) -> None:
    """Put the rows of all sources into parts, in no order that means anything."""
    if parts.folder is not None:
        new = not parts.folder.exists()
        parts.folder.mkdir(parents=True, exist_ok=True)
        if new:
            for_its_owner(parts.folder)
    with tempfile.TemporaryDirectory(prefix="reading-", dir=parts.folder) as work:
        for number, source in enumerate(sources):
            for block in source.blocks(Path(work) / f"{number:06d}"):
                parts.add(_rows_of(block))
    parts.write()


def _rows_of(block: pa.Table) -> pa.Table:
    """The rows of an extract's own day, with all of the key and the day beside them; duplicates as they were before."""
    names = block.column_names
    if _NUMBER not in names:
        raise ColumnsError(
            "stitch needs the pathway's number, by which it is found in every extract.",
            todo="Keep pathway_id (a pseudonym will do), or map it with reading={'columns': {...}}.",
        )
    if "snapshot_date" not in names:
        raise ColumnsError(
            "A list lacks snapshot_date, the day that it describes.",
            todo='Keep that column, or read the list again: read_list(table, snapshot="2026-10-31").',
        )
    scopes, place = distinct(block.column("scope").combine_chunks())
    own = np.array([scope not in _ASIDE for scope in scopes])[place]
    rows = block if own.all() else block.filter(pa.array(own))
    for name in KEY:
        text = pc.fill_null(_plain_text(rows.column(name)), "") if name in names else pa.array([""] * rows.num_rows)
        rows = _put(rows, name, text)
    days, place = distinct(rows.column("snapshot_date").combine_chunks())
    seen = days_held(pd.Series(days, dtype=object)).astype("datetime64[s]")[place]
    return _as_before(_put(rows, SEEN, pa.array(seen)).drop_columns("snapshot_date"))


def _plain_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type if pa.types.is_dictionary(column.type) else pa.string()).cast(pa.string())


def _put(rows: pa.Table, name: str, column: Any) -> pa.Table:
    if name in rows.column_names:
        return rows.set_column(rows.column_names.index(name), name, column)
    return rows.append_column(name, column)


def _as_before(rows: pa.Table) -> pa.Table:
    """Give the rows that `read_list` set aside as duplicates their own scope again: which counts is decided over all files."""
    scopes, place = distinct(rows.column("scope").combine_chunks())
    aside = np.array([scope == "duplicate" for scope in scopes])[place]
    if not aside.any():
        return rows
    scope = np.array(scopes, object)[place]
    seen = rows.column(SEEN).to_numpy()
    for day in np.unique(seen[aside]):
        here = aside & (seen == day)
        some = rows.filter(pa.array(here))
        columns = {name: _as_read(some.column(name).combine_chunks()) for name in rows.column_names if name in FIELDS}
        noted: RowProblems = {}
        derive(columns, some.num_rows, pd.Timestamp(day).date(), noted)
        scope[here] = columns["scope"].cast(pa.string()).to_pylist()
    return _put(rows, "scope", pa.array(scope, pa.string()).dictionary_encode())


def _as_read(column: pa.Array) -> pa.Array:
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return column.cast(pa.date32()) if pa.types.is_timestamp(column.type) else column


def refuse_empty(rows: int) -> None:
    """Refuse extracts without a row."""
    if not rows:
        raise InputError("The extracts hold no row of their own day.", todo="Check the days that you gave.")
