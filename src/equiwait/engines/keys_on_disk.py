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
    """Write a table to a file of its own, in the batches that it has."""
    whole = table.unify_dictionaries()
    with ipc.new_file(path, whole.schema) as file:
        file.write_table(whole)


def read_table(path: Path) -> pa.Table:
    """Read a table that `write_table` wrote; its columns lie in the file until they are touched."""
    with pa.memory_map(str(path)) as source:
        return ipc.open_file(source).read_all()


def write_keys(keys: pa.Table, homes: int, path: Path) -> None:
    """Write the keys of one part of the list, of each block a batch for each of so many lots of homes, and beside it whose row is where."""
    whole = keys.unify_dictionaries()
    lots = []
    with ipc.new_file(path, whole.schema) as file:
        for block in whole.to_batches():
            lots.append(_lots(block.column(HOME), homes))
            lined_up = block if homes == 1 else block.take(pa.array(np.argsort(lots[-1], kind="stable")))
            ends = np.cumsum(np.bincount(lots[-1], minlength=homes)).tolist()
            for start, stop in zip([0, *ends[:-1]], ends, strict=True):
                file.write_batch(lined_up.slice(start, stop - start))
    np.save(_lots_beside(path), np.concatenate(lots))


def _lots(home: pa.Array, homes: int) -> np.ndarray:
    """Return the lot of each row; who is at home nowhere is spread over all."""
    return lots_of(home.to_numpy(), np.arange(len(home)), homes)


def _lots_beside(keys: Path) -> Path:
    return keys.with_suffix(".lots.npy")


def keys_of(lot: int, homes: int, parts: Sequence[Path]) -> tuple[pa.Table, list[int]]:
    """Return the keys of one lot of so many in the order of the list, and how many of them come from each part."""
    tables = [_batches(path, lot, homes) for path in parts]
    return pa.concat_tables(tables), [table.num_rows for table in tables]


def _batches(path: Path, first: int, step: int) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        file = ipc.open_file(source)
        return pa.Table.from_batches([file.get_batch(at) for at in range(first, file.num_record_batches, step)])


def write_answers(answers: pa.Table, sizes: Sequence[int], path: Path) -> None:
    """Write the answers of one lot of homes, a batch for each part of the list."""
    whole = answers.combine_chunks()
    with ipc.new_file(path, whole.schema) as file:
        start = 0
        for size in sizes:
            batches = whole.slice(start, size).combine_chunks().to_batches()
            file.write_batch(batches[0] if batches else pa.RecordBatch.from_pylist([], whole.schema))
            start += size


def answers_of(part: int, lots: Sequence[Path], keys: Path) -> pa.Table:
    """Return the answers of one part of the list, in the order of its rows."""
    found = pa.concat_tables([_batch(path, part) for path in lots]).combine_chunks()
    if len(lots) == 1:
        return found
    order = np.argsort(np.load(_lots_beside(keys)), kind="stable")
    back = np.empty(len(order), np.int32)
    back[order] = np.arange(len(order), dtype=np.int32)
    return found.take(pa.array(back))


def _batch(path: Path, number: int) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.Table.from_batches([ipc.open_file(source).get_batch(number)])
