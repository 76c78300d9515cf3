"""Lists bigger than memory as parts: Parquet by its row groups, CSV by so many rows; one file, or a folder of like files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.parquet as pq

from equiwait.errors import InputError, attempt, each_of, listed
from equiwait.files.csv_tables import CsvTable, csv_table
from equiwait.files.faults import empty_file, no_such_file, other_kind, unreadable
from equiwait.files.raw_table import few_texts
from equiwait.files.read_table import PARQUET, known_headers, unique_headers
from equiwait.files.sheets import TEXTS, is_text
from equiwait.files.text_files import text_file
from equiwait.parallel import cores

__all__ = ["CsvParts", "ParquetParts", "parts_of"]

_PART = 262_144  # rows of a CSV file that make a part
_LONG = 131_072  # rows of a row group that are worth cutting


def parts_of(source: object) -> ParquetParts | CsvParts:
    """Return a list in parts, from one file, or from a folder or a sequence of files of one kind.

    Raises
    ------
    InputError
        If there is no such file, it cannot be read in parts, or the files are not alike.
    """
    paths = _files(source)
    return CsvParts.of(paths) if is_text(paths[0]) else ParquetParts.of(paths)


def _files(source: object) -> list[Path]:
    if isinstance(source, str | PathLike):
        path = Path(source)
        given = _of_folder(path) if path.is_dir() else [path]
    elif isinstance(source, Sequence):
        given = [Path(each) for each in source]
    else:
        given = []
    if not given:
        raise InputError(
            f"A {type(source).__name__} cannot be read in parts.",
            todo="Give a Parquet or CSV file, or a folder of them; a frame goes to .apply.",
        )
    each_of(partial(_refuse_other, path) for path in given)
    kinds = {is_text(path) for path in given}
    if len(kinds) > 1:
        raise InputError("The files are of several kinds.", todo="Give files of one kind.")
    return given


_KINDS = (*TEXTS, *PARQUET)


def _of_folder(folder: Path) -> list[Path]:
    """Return the files of a folder; whatever else lies there may hold people too, and is not left out in silence."""
    seen = sorted(each for each in folder.iterdir() if not _is_note(each))
    given = [each for each in seen if _is_part(each)]
    if not given:
        raise InputError(f"The folder '{folder.name}' holds no Parquet or CSV file.", todo="Check the folder.")
    if other := [each.name for each in seen if each not in given]:
        raise InputError(
            f"The folder '{folder.name}' holds what would not be read beside its Parquet or CSV files.",
            found=f"{listed(map(repr, other), 5)}.",
            todo="Move it out of the folder, or give the files by name: [first, second].",
        )
    return given


def _is_note(path: Path) -> bool:
    """Whether it is one of Spark's notes about its files, or the folder of a stream that was stopped."""
    return path.name.startswith((".", "_")) or (path.name.endswith(".unfinished") and path.is_dir())


def _refuse_other(path: Path) -> None:
    if not path.is_file():
        raise no_such_file(path, _KINDS)
    if not _is_part(path):
        raise other_kind(path.name, _KINDS)


def _is_part(path: Path) -> bool:
    return path.is_file() and not path.name.startswith((".", "_")) and (is_text(path) or path.suffix.lower() in PARQUET)


def _identity(paths: Sequence[Path]) -> str:
    """What changes when a file is another, or has been written since."""
    facts = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


# --- Parquet ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ParquetParts:
    """Parquet files; each row group is a part, but for the last, of which each half is one: two cores end together."""

    paths: Sequence[Path]
    schema: pa.Schema
    groups: Sequence[tuple[Path, int, int]]  # with the rows of each
    rows: int
    coded: Sequence[str]
    slow = False

    @classmethod
    def of(cls, paths: Sequence[Path]) -> ParquetParts:
        """Look at the files without reading their rows: each must be whole, and their columns of one type."""
        opened: list[tuple[Path, pq.ParquetFile]] = []

        def look(path: Path) -> None:
            file = _opened(path)
            for first, like in opened[:1]:
                _refuse_unlike(first.name, like.schema_arrow, path.name, file.schema_arrow)
            opened.append((path, file))

        each_of(partial(look, path) for path in paths)
        first, schema = opened[0][0], opened[0][1].schema_arrow.remove_metadata()
        unique_headers(schema.names, first.name)
        groups = [
            (path, at, rows)
            for path, file in opened
            for at in range(file.num_row_groups)
            if (rows := file.metadata.row_group(at).num_rows)
        ]
        rows = sum(file.metadata.num_rows for _, file in opened)
        if not rows:
            raise InputError(f"'{first.name}' has no rows.", todo="Export the list again, with its rows.")
        return cls(paths, schema, groups, rows, few_texts(opened[0][1]))

    @cached_property
    def identity(self) -> str:
        """What tells these files from others."""
        return _identity(self.paths)

    def parts(self, columns: Sequence[str] | None = None) -> Iterator[Callable[[], pa.Table]]:
        """Yield each row group, the last in halves: while it is read whoever wants the other half waits, so that all cores read it."""
        wanted = self.schema.names if columns is None else list(columns)
        *most, (path, group, rows) = self.groups
        for each, at, _ in most:
            yield partial(self._read, each, at, wanted)
        yield from _halves(partial(self._read, path, group, wanted, threads=cores() > 1), rows)

    def _read(self, path: Path, group: int, columns: Sequence[str], *, threads: bool = False) -> pa.Table:
        def read() -> pa.Table:
            with pq.ParquetFile(path, read_dictionary=self.coded, memory_map=True) as file:
                return file.read_row_group(group, columns=list(columns), use_threads=threads).select(list(columns))

        table = attempt(read, partial(unreadable, path.name, "Parquet file"))
        return table.replace_schema_metadata(None)


def _halves(read: Callable[[], pa.Table], rows: int) -> Iterator[Callable[[], pa.Table]]:
    """Yield both halves of a part that is read once, for whoever comes first; a short one as it is."""
    if rows < _LONG:
        yield read
        return
    held, reading = list[pa.Table](), Lock()

    def half(start: int, stop: int) -> pa.Table:
        with reading:
            if not held:
                held.append(read())
        return held[0].slice(start, stop - start)

    yield partial(half, 0, rows // 2)
    yield partial(half, rows // 2, rows)


def _opened(path: Path) -> pq.ParquetFile:
    if path.stat().st_size == 0:
        raise empty_file(path.name)
    return attempt(lambda: pq.ParquetFile(path, memory_map=True), partial(unreadable, path.name, "Parquet file"))


def _refuse_unlike(first: str, schema: pa.Schema, name: str, other: pa.Schema) -> None:
    if schema.names != other.names:
        apart = sorted(set(schema.names) ^ set(other.names)) or ["their order"]
        raise InputError(
            f"'{name}' has other columns than '{first}'.",
            found=f"{len(apart)} that only one of them has."
            if apart != ["their order"]
            else "The same in another order.",
            todo="Write the files with the same columns in the same order.",
        )
    changed = [each.name for each in schema if each.type != other.field(each.name).type]
    if changed:
        kinds = [f"{each}: {schema.field(each).type} there, {other.field(each).type} here" for each in changed]
        raise InputError(
            f"'{name}' has columns of another type than '{first}'.",
            found=f"{listed(kinds)}.",
            todo="Write every file with one type for each column; nothing has been read.",
        )


# --- CSV -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CsvParts:
    """CSV files of one header row; so many rows are a part, and every cell is text."""

    paths: Sequence[Path]
    tables: Sequence[CsvTable]
    schema: pa.Schema
    slow = True

    @classmethod
    def of(cls, paths: Sequence[Path]) -> CsvParts:
        """Find the header row of each file: they must be alike."""
        looked_at: list[tuple[Path, CsvTable, Sequence[str]]] = []

        def look(path: Path) -> None:
            table = csv_table(text_file(path), known_headers)
            names = unique_headers(table.headers, path.name)
            for first, _, expected in looked_at[:1]:
                if names != expected:
                    raise InputError(
                        f"'{path.name}' has another header row than '{first.name}'.",
                        todo="Write the files with the same columns in the same order.",
                    )
            looked_at.append((path, table, names))

        each_of(partial(look, path) for path in paths)
        tables = [table for _, table, _ in looked_at]
        return cls(paths, tables, pa.schema([(name, pa.string()) for name in looked_at[0][2]]))

    @cached_property
    def identity(self) -> str:
        """What tells these files from others."""
        return _identity(self.paths)

    @cached_property
    def rows(self) -> int:
        """About how many rows there are, by the size of the files and of their first rows."""
        first = next(self.tables[0].batches(), None)
        size = sum(path.stat().st_size for path in self.paths)
        return max(1, int(size * first.num_rows / max(first.nbytes, 1))) if first is not None and first.num_rows else 1

    def parts(self, columns: Sequence[str] | None = None) -> Iterator[Callable[[], pa.Table]]:
        """Yield so many rows at a time, as they are read."""
        wanted = self.schema.names if columns is None else list(columns)
        places = [self.schema.names.index(name) for name in wanted]
        empty = True
        for table in self.tables:
            kept: list[pa.RecordBatch] = []
            for batch in table.batches(places):
                kept.append(batch)
                if sum(each.num_rows for each in kept) >= _PART:
                    yield partial(_named, kept, wanted)
                    kept, empty = [], False
            if any(each.num_rows for each in kept):
                yield partial(_named, kept, wanted)
                empty = False
        if empty:
            raise InputError(f"'{self.paths[0].name}' has no rows.", todo="Export the list again, with its rows.")


def _named(batches: Sequence[pa.RecordBatch], names: Sequence[str]) -> pa.Table:
    return pa.Table.from_batches(batches).rename_columns(list(names))
