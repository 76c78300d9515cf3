"""Extracts of many days as they are given, and their rows in parts: a pathway's rows of all days lie in one part."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from equiwait.errors import ColumnsError, InputError, OptionError
from equiwait.fields import FIELDS
from equiwait.files.whole_files import for_its_owner
from equiwait.frames import from_any, to_arrow, to_pandas
from equiwait.rows.intake.columns import was_read_before
from equiwait.rows.intake.notes import RowProblems
from equiwait.rows.intake.read_list import read_list
from equiwait.rows.intake.scopes import SCOPES, derive
from equiwait.rows.intake.snapshots import snapshot_day

__all__ = ["KEY", "SEEN", "Parts", "Source", "days_in", "in_parts", "joined", "sources_of"]

KEY = ("provider", "pathway_issuer", "pathway_id", "referral_id")
"""By what a pathway is found again; an empty text where a list does not say."""

SEEN = "seen_on"
"""The day of the extract that a row comes from."""

_ASIDE = ("other_snapshot", "unknown_snapshot")
_NUMBER = "pathway_id"


@dataclass(frozen=True)
class Source:
    """One extract: how large it is, and its lists, block by block."""

    size: int
    blocks: Callable[[], Iterator[pd.DataFrame]]


def sources_of(given: Sequence[object], reading: Mapping[str, Any]) -> list[Source]:
    """Return what was given, one extract after the other: tables, files, and mappings of day to either."""
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
        path = Path(given)
        if path.is_dir():
            raise OptionError(
                f"stitch takes files, and {path.name!r} is a folder.",
                todo='Give its files: stitch(*sorted(Path("lists").glob("*.csv"))), or run `equiwait month FOLDER`.',
            )
        if path.suffix == ".parquet" and path.is_file() and was_read_before(pq.read_schema(path).names):
            return Source(path.stat().st_size, lambda: map(from_any, pq.ParquetFile(path).iter_batches()))
        day = day or _day_in(path.name)
        return Source(path.stat().st_size if path.exists() else 0, lambda: iter([_read(path, day, reading)]))
    frame = from_any(given)
    if was_read_before(frame.columns):
        return Source(0, lambda: iter([frame]))
    if day is None:
        raise OptionError(
            "A table was given to stitch that read_list has not read, and its day is not known.",
            todo='Give read_list(table, snapshot="2026-10-31"), or {"2026-10-31": table}.',
        )
    return Source(0, lambda: iter([_read(frame, day, reading)]))


def _read(source: object, day: dt.date | None, reading: Mapping[str, Any]) -> pd.DataFrame:
    assert day is not None  # `_day_in` and `_source` say which day is wanting
    return read_list(source, snapshot=day, **reading)


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


# --- parts -----------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Parts:
    """Rows in parts: in memory, or as Parquet in a folder."""

    count: int
    folder: Path | None
    kept: list[list[pd.DataFrame]] = field(default_factory=list)
    files: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.kept = [[] for _ in range(self.count)]

    def add(self, part: int, frame: pd.DataFrame) -> None:
        """Put rows into a part."""
        if self.folder is None:
            self.kept[part].append(frame)
            return
        self.files += 1
        self._write(part, frame, f"{self.files:06d}")

    def replace(self, part: int, frame: pd.DataFrame) -> None:
        """Put these rows in the place of all that a part holds."""
        if self.folder is None:
            self.kept[part] = [frame]
            return
        old = self._paths(part)
        self._write(part, frame, "whole")
        for path in old:
            path.unlink()

    def load(self, part: int) -> pd.DataFrame:
        """Return the rows of a part."""
        if self.folder is None:
            return joined(self.kept[part])
        return joined([from_any(pq.read_table(path)) for path in self._paths(part)])

    def _write(self, part: int, frame: pd.DataFrame, name: str) -> None:
        assert self.folder is not None
        folder = self.folder / f"part-{part:04d}"
        if not self.folder.exists():
            self.folder.mkdir(parents=True)
            for_its_owner(self.folder)
        folder.mkdir(exist_ok=True)
        columns = {str(column): to_arrow(frame[column]) for column in frame.columns}
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
        for_its_owner(folder)

    def _paths(self, part: int) -> list[Path]:
        assert self.folder is not None
        return sorted((self.folder / f"part-{part:04d}").glob("*.parquet"))


def in_parts(sources: Sequence[Source], parts: Parts) -> None:
    """Put the rows of all sources into parts, in no order that means anything."""
    if parts.folder is not None and parts.folder.exists() and any(parts.folder.iterdir()):
        raise OptionError("The folder that stitch was given is not empty.", todo="Give a new one: folder='stitched'.")
    for source in sources:
        for block in source.blocks():
            rows = _rows_of(block)
            part = _part_of(rows, parts.count)
            for place in np.unique(part):
                parts.add(int(place), rows[part == place])


def _rows_of(waiting: pd.DataFrame) -> pd.DataFrame:
    """The rows of an extract's own day, with all of the key and the day beside them; duplicates as they were before."""
    if _NUMBER not in waiting.columns:
        raise ColumnsError(
            "stitch needs the pathway's number, by which it is found in every extract.",
            todo="Keep pathway_id (a pseudonym will do), or map it with reading={'columns': {...}}.",
        )
    if "snapshot_date" not in waiting.columns:
        raise ColumnsError(
            "A list lacks snapshot_date, the day that it describes.",
            todo='Keep that column, or read the list again: read_list(table, snapshot="2026-10-31").',
        )
    rows = waiting[~waiting["scope"].isin(_ASIDE).to_numpy(dtype=bool)]
    texts = {name: _text(rows[name]) if name in rows.columns else "" for name in KEY}
    days = pd.to_datetime(rows["snapshot_date"].astype(str)).astype("datetime64[s]")
    rows = rows.assign(**texts, **{SEEN: days}).drop(columns="snapshot_date").reset_index(drop=True)
    return _as_before(rows)


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.astype(object).where(column.notna().to_numpy(), "").astype(str)


def _as_before(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the rows that `read_list` set aside as duplicates their own scope again: which counts is decided over all files."""
    aside = (rows["scope"] == "duplicate").to_numpy(dtype=bool)
    if not aside.any():
        return rows
    scope = rows["scope"].astype(object).to_numpy(copy=True)
    for day in rows.loc[aside, SEEN].unique():
        here = aside & (rows[SEEN] == day).to_numpy()
        names = [name for name in rows.columns if name in FIELDS]
        columns = {name: _as_read(to_arrow(rows.loc[here, name])) for name in names}
        noted: RowProblems = {}
        derive(columns, int(here.sum()), pd.Timestamp(day).date(), noted)
        scope[here] = to_pandas(columns["scope"]).astype(object).to_numpy()
    return rows.assign(scope=pd.Categorical(scope, SCOPES))


def _as_read(column: pa.Array) -> pa.Array:
    return column.cast(pa.date32()) if pa.types.is_timestamp(column.type) else column


def _part_of(rows: pd.DataFrame, count: int) -> NDArray[np.int64]:
    if count == 1:
        return np.zeros(len(rows), np.int64)
    number = pd.util.hash_array(rows[_NUMBER].to_numpy(dtype=object), categorize=True)
    return np.asarray(number % np.uint64(count)).astype(np.int64)


def joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return frames one below the other, columns of one name of one kind; a column that some lack is missing there."""
    names = list(dict.fromkeys(name for frame in frames for name in frame.columns))
    names = [*(name for name in FIELDS if name in names), *sorted(name for name in names if name not in FIELDS)]
    columns = {
        name: _column(name, [frame[name] if name in frame.columns else len(frame) for frame in frames])
        for name in names
    }
    return pd.DataFrame(columns)


def _column(name: str, parts: Sequence[pd.Series[Any] | int]) -> Any:
    """One column of all: coded ones with their fixed categories, dates as dates, what differs in kind as text."""
    kinds = {part.dtype for part in parts if not isinstance(part, int)}
    kind = FIELDS[name].kind if name in FIELDS else ""
    if name == "snapshot_date":  # days as text, as read_list gives them
        values = np.concatenate([_objects(part) for part in parts])
        return pd.Categorical(values, sorted({value for value in values if value is not None}))
    categories = {"scope": SCOPES}.get(name) or (FIELDS[name].categories if kind == "code" else None)
    if categories:
        return pd.Categorical(np.concatenate([_objects(part) for part in parts]), categories)
    if (
        len(kinds) == 1
        and not any(isinstance(part, int) for part in parts)
        and not isinstance(next(iter(kinds)), pd.CategoricalDtype)
        and not pd.api.types.is_object_dtype(next(iter(kinds)))
    ):
        return pd.concat([part for part in parts if not isinstance(part, int)], ignore_index=True)
    dtype: Any = {"date": "datetime64[s]", "whole": "Int32", "number": "Float64", "flag": "boolean"}.get(kind)
    values = np.concatenate([_objects(part) for part in parts])
    if dtype == "datetime64[s]":
        return pd.to_datetime(pd.Series(values)).astype(dtype)
    if dtype is None and all(pd.api.types.is_numeric_dtype(each) for each in kinds):
        return pd.Series(values).astype("Float64")
    if dtype is None:
        return to_pandas(pa.array([None if value is None else str(value) for value in values], pa.string()))
    return pd.Series(values, dtype=object).astype(dtype)


def _objects(part: pd.Series[Any] | int) -> NDArray[Any]:
    if isinstance(part, int):
        return np.full(part, None, object)
    values = part.astype(object).to_numpy(copy=True)
    values[part.isna().to_numpy()] = None
    return np.asarray(values, object)


def refuse_empty(rows: int) -> None:
    """Refuse extracts without a row."""
    if not rows:
        raise InputError("The extracts hold no row of their own day.", todo="Check the days that you gave.")
