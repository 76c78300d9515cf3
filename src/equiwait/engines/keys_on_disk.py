"""Small keys of a list on disk, parted by home: written part by part of the list, read home by home."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc

from equiwait.engines.passes import HOME, lots_of

__all__ = ["answers_of", "keys_of", "read_table", "write_answers", "write_keys", "write_table"]


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table to a file of its own, as one batch."""
    whole = table.unify_dictionaries().combine_chunks()
    with ipc.new_file(path, whole.schema) as file:
        file.write_table(whole)


def read_table(path: Path) -> pa.Table:
    """Read a table that `write_table` wrote; its columns lie in the file until they are touched."""
    with pa.memory_map(str(path)) as source:
        return ipc.open_file(source).read_all()


def write_keys(keys: pa.Table, homes: int, path: Path) -> None:
    """Write the keys of one part of the list, a batch for each of so many lots of homes, and beside it whose row is where."""
    order, ends = _parted(keys[HOME].to_numpy(), homes)
    whole = keys.unify_dictionaries().combine_chunks()
    lined_up = whole if homes == 1 else whole.take(pa.array(order)).combine_chunks()
    with ipc.new_file(path, whole.schema) as file:
        for start, stop in zip(np.append(0, ends[:-1]).tolist(), ends.tolist(), strict=True):
            batches = lined_up.slice(start, stop - start).combine_chunks().to_batches()
            file.write_batch(batches[0] if batches else pa.RecordBatch.from_pylist([], whole.schema))
    np.save(path.with_suffix(".npy"), order)


def _parted(home: np.ndarray, homes: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows in the order of their lots of homes, and where each lot ends; who is at home nowhere is spread over all."""
    lot = lots_of(home, np.arange(len(home)), homes)
    order = np.argsort(lot.astype(np.uint16), kind="stable").astype(np.int32)
    return order, np.cumsum(np.bincount(lot.astype(np.int64), minlength=homes))


def keys_of(lot: int, parts: Sequence[Path]) -> tuple[pa.Table, list[int]]:
    """Return the keys of one lot of homes in the order of the list, and how many of them come from each part."""
    tables = [_batch(path, lot) for path in parts]
    return pa.concat_tables(tables), [table.num_rows for table in tables]


def _batch(path: Path, number: int) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.Table.from_batches([ipc.open_file(source).get_batch(number)])


def write_answers(answers: pa.Table, sizes: Sequence[int], path: Path) -> None:
    """Write the answers of one lot of homes, a batch for each part of the list."""
    whole = answers.combine_chunks()
    with ipc.new_file(path, whole.schema) as file:
        start = 0
        for size in sizes:
            batches = whole.slice(start, size).combine_chunks().to_batches()
            file.write_batch(batches[0] if batches else pa.RecordBatch.from_pylist([], whole.schema))
            start += size


def answers_of(part: int, lots: Sequence[Path], order: Path) -> pa.Table:
    """Return the answers of one part of the list, in the order of its rows."""
    found = pa.concat_tables([_batch(path, part) for path in lots]).combine_chunks()
    if len(lots) == 1:
        return found
    rows = np.load(order)
    back = np.empty_like(rows)
    back[rows] = np.arange(len(rows), dtype=rows.dtype)
    return found.take(pa.array(back))
