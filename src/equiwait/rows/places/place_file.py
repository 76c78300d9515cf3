"""How a place file lies on disk: one Arrow file with one row, whose every cell is a whole column.

Arrow files open by being mapped into memory, so a directory of millions of postcodes is ready in milliseconds and is
shared by every process that reads it. A file is written beside its final name and then moved into place in one step:
nobody ever sees half of one, and two processes that build the same file at once do each other no harm.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from equiwait.errors import PlacesError, attempt
from equiwait.files.hidden_folders import beside
from equiwait.files.stopping import is_written, unstopped
from equiwait.files.unnamed_files import place

__all__ = [
    "SUFFIX",
    "Progress",
    "Stored",
    "is_stored",
    "open_stored",
    "replacing",
    "sha256_of",
    "whole",
    "write_stored",
]

Progress = Callable[[float, str], None]
"""Called with a share done (0 to 1) and what is being done."""

SUFFIX = ".equiwait"
_FORMAT = "1"  # raise it when the meaning of what is stored changes, postcode numbers included
_MAGIC = b"ARROW1"


@dataclass(frozen=True)
class Stored:
    """What a place file holds: its kind, what is known about it, and its columns, still on disk."""

    kind: str
    about: dict[str, Any]
    columns: dict[str, pa.Array]

    def numbers(self, name: str) -> np.ndarray:
        """Return a column of numbers as an array, without a copy."""
        return np.asarray(self.columns[name])


def is_stored(path: Path) -> bool:
    """Return whether a file was written by `write_stored`, judged by its first bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def write_stored(path: Path, kind: str, about: Mapping[str, Any], columns: Mapping[str, pa.Array | np.ndarray]) -> Path:
    """Write a place file, whole or not at all."""
    arrays = {name: column if isinstance(column, pa.Array) else pa.array(column) for name, column in columns.items()}
    cells = [pa.LargeListArray.from_arrays(pa.array([0, len(array)], pa.int64()), array) for array in arrays.values()]
    facts = {"format": _FORMAT, "kind": kind, "about": json.dumps(dict(about)), "digest": _digest(arrays)}
    schema = pa.schema([pa.field(name, cell.type) for name, cell in zip(arrays, cells, strict=True)], metadata=facts)
    with replacing(path) as part, pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(cells, schema=schema))
    return path


def open_stored(path: Path, kind: str | None = None) -> Stored:
    """Open a place file; refuse one that is cut short, of another kind, or written by another version."""
    batch = attempt(lambda: _first_batch(path), lambda name: _unreadable(path, name))
    facts = {key.decode(): value.decode() for key, value in (batch.schema.metadata or {}).items()}
    if facts.get("format") != _FORMAT:
        raise PlacesError(
            f"{path.name} was not written by this version of equiwait.",
            found=f"Format {facts.get('format', 'none')}, expected {_FORMAT}.",
            todo="Build it again from the published file: equiwait places build.",
        )
    if kind is not None and facts["kind"] != kind:
        raise PlacesError(
            f"{path.name} is not of the kind that is needed here.",
            found=f"It holds: {facts['kind']}. Needed: {kind}.",
            todo=f"Give a file that holds: {kind}.",
        )
    columns = {name: batch.column(name).values for name in batch.schema.names}
    return Stored(facts["kind"], json.loads(facts["about"]), columns)


def whole(path: Path) -> bool:
    """Return whether the content of a place file is what was once written: reads all of it."""
    batch = attempt(lambda: _first_batch(path), lambda name: _unreadable(path, name))
    columns = {name: batch.column(name).values for name in batch.schema.names}
    return bool((batch.schema.metadata or {}).get(b"digest") == _digest(columns).encode())


def _first_batch(path: Path) -> pa.RecordBatch:
    return pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)


def _unreadable(path: Path, failure: str) -> PlacesError:
    return PlacesError(
        f"{path.name} cannot be opened as a place file.",
        found=f"{failure}: missing, cut short, or another kind of file.",
        todo="Build it again from the published file: equiwait places build.",
    )


def _digest(columns: Mapping[str, pa.Array]) -> str:
    """Return a checksum of the values themselves, whatever the layout on disk."""
    digest = hashlib.sha256()
    for name, column in columns.items():
        digest.update(name.encode())
        for part in [column.indices, column.dictionary] if pa.types.is_dictionary(column.type) else [column]:
            _digest_of(part, digest.update)
    return digest.hexdigest()


def _digest_of(column: pa.Array, update: Callable[[Any], None]) -> None:
    if pa.types.is_string(column.type):
        update("\n".join("" if value is None else value for value in column.to_pylist()).encode())
    else:
        filled = column.fill_null(0) if column.null_count else column
        update(np.ascontiguousarray(np.asarray(column.is_valid())).data)
        update(np.ascontiguousarray(np.asarray(filled)).data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to; then move it to ``path`` in one step, or on failure remove it."""
    with beside(path) as temporary:
        new = temporary / path.name
        yield new
        with unstopped():
            place(new, path)
            is_written(path.name)


def sha256_of(files: list[Path]) -> str:
    """Return the checksum of one file, or of several in order."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()
