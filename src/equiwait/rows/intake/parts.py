"""Rows of many extracts in parts: a pathway's rows of all days lie in one part, in memory or in a folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from equiwait.engines.passes import text_numbers
from equiwait.errors import InputError, OptionError, attempt
from equiwait.fields import FIELDS
from equiwait.files.whole_files import for_its_owner
from equiwait.frames import categorical, to_arrow, to_pandas
from equiwait.rows.intake.scopes import SCOPES

__all__ = ["SEEN", "Parts", "as_table", "joined"]

SEEN = "seen_on"
"""The day of the extract that a row comes from."""

_GROUP = 50_000
_NUMBER = "pathway_id"
_HELD = 500_000
"""Rows that wait in memory to be written, so that a part is a few large files and not many small ones."""


@dataclass(eq=False)
class Parts:
    """Rows in parts: in memory, or as Parquet in a folder, where only the last half million are held."""

    count: int
    folder: Path | None
    kept: list[list[pa.Table]] = field(default_factory=list)
    files: int = 0
    held: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.kept = [[] for _ in range(self.count)]
        if self.folder is not None and self.folder.exists() and any(self.folder.iterdir()):
            raise OptionError(
                "The folder that stitch was given is not empty.", todo="Give a new one: folder='stitched'."
            )

    def add(self, rows: pa.Table) -> None:
        """Put rows into the parts that their numbers choose."""
        if not rows.num_rows:
            return
        place = _part_of(rows.column(_NUMBER).combine_chunks(), self.count)
        order = np.argsort(place, kind="stable")
        ends = np.cumsum(np.bincount(place, minlength=self.count))
        lined_up = rows if self.count == 1 else rows.take(pa.array(order))
        for part, (start, stop) in enumerate(zip(np.append(0, ends[:-1]).tolist(), ends.tolist(), strict=True)):
            if stop > start:
                self.kept[part].append(lined_up.slice(start, stop - start))
        self.held += rows.num_rows
        if self.folder is not None and self.held >= _HELD:
            self.write()

    def write(self) -> None:
        """Write what waits in memory, if there is a folder."""
        if self.folder is None:
            return
        self.files += 1
        for part, tables in enumerate(self.kept):
            for number, alike in enumerate(_alike(tables)):
                self._write(part, pa.concat_tables(alike), f"{self.files:06d}-{number:03d}")
        self.kept, self.held = [[] for _ in range(self.count)], 0

    def replace(self, part: int, frame: pd.DataFrame) -> None:
        """Put these rows in the place of all that a part holds."""
        rows = as_table(frame.sort_values(SEEN, kind="stable"))  # so that one day is read without the others
        if self.folder is None:
            self.kept[part] = [rows]
            return
        old = self._paths(part)
        self._write(part, rows, "whole")
        for path in old:
            path.unlink()

    def load(self, part: int, columns: Collection[str] | None = None, seen: pd.Timestamp | None = None) -> pd.DataFrame:
        """Return the rows of a part, or those seen on one day; of their columns those that are wanted and there."""
        day = None if seen is None else pc.field(SEEN) == pa.scalar(seen.to_pydatetime(), pa.timestamp("s"))
        if self.folder is None:
            tables: Iterable[pa.Table] = (
                self.kept[part] if day is None else [each.filter(day) for each in self.kept[part]]
            )
        else:
            tables = (
                pq.read_table(path, columns=_of(pq.read_schema(path).names, columns), filters=day)
                for path in self._paths(part)
            )
        return joined([table.select(_of(table.column_names, columns)) for table in tables])

    def columns(self) -> list[str]:
        """Return the names of all columns."""
        if self.folder is None:
            several = [table.column_names for tables in self.kept for table in tables]
        else:
            several = [pq.read_schema(path).names for part in range(self.count) for path in self._paths(part)]
        return list(dict.fromkeys(name for names in several for name in names))

    def _write(self, part: int, rows: pa.Table, name: str) -> None:
        assert self.folder is not None
        folder = self.folder / f"part-{part:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows.unify_dictionaries(), folder / f"{name}.parquet", compression="lz4", row_group_size=_GROUP)
        for_its_owner(folder)

    def _paths(self, part: int) -> list[Path]:
        assert self.folder is not None
        return sorted((self.folder / f"part-{part:04d}").glob("*.parquet"))


def _of(names: Sequence[str], wanted: Collection[str] | None) -> list[str]:
    return [name for name in names if wanted is None or name in wanted]


def _part_of(number: pa.Array, count: int) -> NDArray[np.int64]:
    if count == 1:
        return np.zeros(len(number), np.int64)
    return np.asarray(text_numbers(number) % np.uint64(count)).astype(np.int64)


def _alike(tables: Sequence[pa.Table]) -> list[list[pa.Table]]:
    """Tables of one schema together: extracts of other columns become files of their own."""
    found: list[list[pa.Table]] = []
    for table in tables:
        here = next((each for each in found if each[0].schema.equals(table.schema)), None)
        found.append([table]) if here is None else here.append(table)
    return found


# --- one below the other ---------------------------------------------------------------------------------------------


def joined(tables: Sequence[pa.Table | pd.DataFrame]) -> pd.DataFrame:
    """Return rows one below the other, columns of one name of one kind; a column that some lack is missing there."""
    several = [each if isinstance(each, pa.Table) else as_table(each) for each in tables]
    names = list(dict.fromkeys(name for table in several for name in table.column_names))
    names = [*(name for name in FIELDS if name in names), *sorted(name for name in names if name not in FIELDS)]
    columns = {
        name: _column(
            name, [(table.column(name) if name in table.column_names else table.num_rows) for table in several]
        )
        for name in names
    }
    return pd.DataFrame(columns, index=range(sum(table.num_rows for table in several)))


def as_table(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as a table, its index left out."""
    return pa.table({str(name): to_arrow(frame[name]) for name in frame.columns})


_KINDS: dict[str, pa.DataType] = {
    "date": pa.timestamp("s"), "whole": pa.int32(), "number": pa.float64(), "flag": pa.bool_(),
}  # fmt: skip


def _column(name: str, parts: Sequence[pa.ChunkedArray | int]) -> Any:
    """One column of all: coded ones with their fixed categories, dates as dates, what differs in kind as text."""
    kind = FIELDS[name].kind if name in FIELDS else ""
    categories = {"scope": SCOPES}.get(name) or (FIELDS[name].categories if kind == "code" else None)
    if name == "snapshot_date":  # days as text, as read_list gives them
        return _coded(parts, None)
    if categories:
        return _coded(parts, categories)
    kinds = {_plain(part.type) for part in parts if not isinstance(part, int)}
    wanted = _KINDS.get(kind) or (next(iter(kinds)) if len(kinds) == 1 else _common(kinds))
    column = to_pandas(_chunked(name, parts, wanted))
    return column.astype("Float64") if pa.types.is_floating(wanted) and kind == "number" else column


def _plain(kind: pa.DataType) -> pa.DataType:
    """A column's type without its codes: those of two extracts need not be the same."""
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.string() if pa.types.is_large_string(plain) else plain


def _common(kinds: Iterable[pa.DataType]) -> pa.DataType:
    known = [kind for kind in kinds if not pa.types.is_null(kind)]
    if len(known) == 1:
        return known[0]
    numbers = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in known)
    return pa.float64() if numbers and known else pa.string()


def _chunked(name: str, parts: Sequence[pa.ChunkedArray | int], kind: pa.DataType) -> pa.ChunkedArray:
    chunks = [
        chunk
        for part in parts
        for chunk in ([pa.nulls(part, kind)] if isinstance(part, int) else _cast(name, part, kind).chunks)
    ]
    return pa.chunked_array(chunks, kind)


def _cast(name: str, column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    return attempt(
        lambda: plain.cast(kind),
        lambda _: InputError(
            f"The extracts differ in what kind {name!r} is of.",
            todo="Read each with read_list, and give what it returns.",
        ),
    )


def _coded(parts: Sequence[pa.ChunkedArray | int], categories: Sequence[str] | None) -> pd.Categorical[str]:
    """Codes of all as one: each extract's own places are looked up, and no cell becomes an object of its own."""
    texts: list[list[str | None]] = []
    places: list[NDArray[np.int64]] = []
    for part in parts:
        if isinstance(part, int):
            texts.append([])
            places.append(np.full(part, -1, np.int64))
            continue
        coded_part = part if pa.types.is_dictionary(part.type) else part.cast(pa.string()).dictionary_encode()
        for chunk in coded_part.chunks:
            texts.append(chunk.dictionary.cast(pa.string()).to_pylist())
            places.append(np.asarray(chunk.indices.cast(pa.int64()).fill_null(-1)))
    names = (
        list(categories)
        if categories is not None
        else sorted({text for each in texts for text in each if text is not None})
    )
    at: dict[str | None, int] = {name: place for place, name in enumerate(names)}
    found = [
        np.array([*(at.get(text, -1) for text in each), -1], np.int64)[place]
        for each, place in zip(texts, places, strict=True)
    ]
    return categorical(np.concatenate([np.zeros(0, np.int64), *found]), names)
