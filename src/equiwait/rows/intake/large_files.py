"""A file bigger than memory as a list: read part by part on disk, with the passes that `read_list` runs in memory."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from equiwait.engines.passes import Pass, Plan, Worked
from equiwait.engines.stream import run
from equiwait.files.parts import parts_of
from equiwait.files.read_table import PARQUET
from equiwait.files.sheets import is_text
from equiwait.rows.intake.extract import Extract
from equiwait.rows.intake.read_list import options_of

__all__ = ["is_large", "read_large"]

_LARGE = 64_000_000
"""Bytes of a file from which on it is not read whole."""
_OPTIONS = ("columns", "profile", "blank_means", "codes", "date_order")
_ROWS = "rows.parquet"


def is_large(path: Path) -> bool:
    """Return whether a file is one that can be read in parts, and asks for it."""
    in_parts = path.suffix.lower() in PARQUET or is_text(path)
    return in_parts and path.is_file() and path.stat().st_size > _LARGE


def read_large(path: Path, day: dt.date, reading: Mapping[str, Any], work: Path) -> Iterator[pa.Table]:
    """Read a file, and return the rows that `read_list` would give, block by block.

    Parameters
    ----------
    path : pathlib.Path
        A text or Parquet file.
    day : datetime.date
        The day that it describes.
    reading : mapping
        Options of `read_list`.
    work : pathlib.Path
        A folder for the passes; it is gone when all is read.
    """
    source = parts_of(path)
    options = options_of(day, **{name: reading[name] for name in _OPTIONS if name in reading})
    kinds = {each.name: each.type for each in source.schema}
    extract = Extract(pd.DataFrame(columns=list(kinds)), kinds, options)
    done = run(_plan(extract), source, work, "stitch", lambda table, folder: pq.write_table(table, folder / _ROWS))
    return _blocks(done, work)


def _blocks(done: Path, work: Path) -> Iterator[pa.Table]:
    for part in sorted(done.glob("part-*")):
        yield pq.read_table(part / _ROWS).replace_schema_metadata(None)
    shutil.rmtree(work)


def _plan(extract: Extract) -> Plan:
    """Read, then put what the list as a whole says of each row into its columns."""
    yield from extract.plan()
    yield Pass(lambda block: Worked(extract.finish(block)), last=True)
