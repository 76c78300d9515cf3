"""Small keys of a list on disk, parted by home: written part by part of the list, read home by home."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc

from equiwait.engines.passes import HOME, Keys, home_numbers, lots_of
from equiwait.sorting import by_counting

__all__ = ["answers_of", "keys_of", "read_table", "write_answers", "write_keys", "write_table"]

_ROW = "row of the part"
_IN_RUNS = pa.run_end_encoded(pa.int32(), pa.uint64())
_FEW = 50_000  # homes, whose places have 16 bits at most, so that they are counted at once


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table to a file of its own, in the batches that it has."""
    whole = table.unify_dictionaries()
    with ipc.new_file(path, whole.schema) as file:
        file.write_table(whole)


def read_table(path: Path) -> pa.Table:
    """Read a table that `write_table` wrote; its columns lie in the file until they are touched."""
    with pa.memory_map(str(path)) as source:
        return ipc.open_file(source).read_all()


def write_keys(keys: pa.Table, seldom: Sequence[str], rows: pa.Table | None, lots: int, path: Path) -> None:
    """Write the keys of one part of the list, of each block a batch for each of so many lots of homes, each with its row.

    Where homes are few, rows of one home stand together, so that whoever solves a lot need not look for them. What is
    seldom looked at stays in the order of the list, in a file beside, or among the ``rows`` that are written where it is one of
    their columns.
    """
    whole, start = keys.drop_columns(list(seldom)).unify_dictionaries(), 0
    rest = whole.drop_columns(HOME).schema
    in_codes = pa.types.is_dictionary(whole.schema.field(HOME).type)
    schema = pa.schema([(_ROW, pa.int32()), (HOME, _IN_RUNS if in_codes else pa.uint64()), *rest])
    with ipc.new_file(path, schema) as file:
        for block in whole.to_batches():
            row, ends, home = _in_lots(block.column(HOME), lots)
            order = pa.array(row)
            columns = [
                pa.array(row + np.int32(start)),
                home,
                *(_taken(block.column(each), order) for each in rest.names),
            ]
            written = pa.RecordBatch.from_arrays(columns, schema=schema)
            for first, end in pairwise([0, *ends]):
                file.write_batch(written.slice(first, end - first))
            start += block.num_rows
    other = [name for name in seldom if rows is None or not _is_there(keys[name], rows, name)]
    write_table(keys.select(other), _seldom_beside(path))


def _taken(column: pa.Array, rows: pa.Array) -> pa.Array:
    """Return a column in another order of its rows."""
    if not pa.types.is_run_end_encoded(column.type):
        return pc.take(column, rows, boundscheck=False)
    if column.find_physical_length() < 2:  # the same in all of them
        return column
    return pc.run_end_encode(pc.run_end_decode(column).take(rows))


def _in_lots(home: pa.Array, lots: int) -> tuple[np.ndarray, list[int], pa.Array]:
    """Return the rows in the order of their lots, where each lot ends, and their homes; who is at home nowhere is spread over all."""
    in_codes = pa.types.is_dictionary(home.type)
    if in_codes and len(home.dictionary) < _FEW:
        return _by_home(home, lots)
    number = home_numbers(home)
    stands = lots_of(number, np.arange(len(home)), lots)
    row, ends = _lined_up(stands, lots)
    lined_up = pa.array(number.take(row))
    return row, ends.tolist(), pc.run_end_encode(lined_up) if in_codes else lined_up


def _by_home(home: pa.DictionaryArray, lots: int) -> tuple[np.ndarray, list[int], pa.Array]:
    """Return the same home by home in each lot, behind them who has none."""
    number = home.dictionary.to_numpy()
    lot = lots_of(number, np.zeros(len(number)), lots)
    order = np.lexsort((number, lot))
    order = order[number[order] != 0]
    last = np.cumsum(np.bincount(lot[order], minlength=lots) + 1) - 1  # where those stand who are at home nowhere
    stand = np.zeros(len(number), np.min_scalar_type(last[-1]))
    stand[order] = np.arange(len(order)) + lot[order]
    place = np.asarray(home.indices)
    stands = stand.take(place)
    for none in np.flatnonzero(number == 0):
        nowhere = np.flatnonzero(place == none)
        stands[nowhere] = last[nowhere % lots]
    homes = np.zeros(last[-1] + 1, np.uint64)
    homes[stand[order]] = number[order]
    row, ends = _lined_up(stands, len(homes))
    met = np.diff(ends, prepend=0) > 0
    runs = pa.RunEndEncodedArray.from_arrays(pa.array(ends[met]), pa.array(homes[met]))
    return row, ends[last].tolist(), runs


def _lined_up(stands: np.ndarray, many: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows in the order of where they stand, of so many places, and where each place ends."""
    row = by_counting(stands, (many - 1).bit_length())
    return row.astype(np.int32), np.cumsum(np.bincount(stands, minlength=many)).astype(np.int32)


def _is_there(column: pa.ChunkedArray, rows: pa.Table, name: str) -> bool:
    """Whether a column is, in the same memory, one of the rows."""
    there = rows[name].chunks if name in rows.column_names else []
    return list(map(_memory, column.chunks)) == list(map(_memory, there))


def _memory(piece: pa.Array) -> tuple[object, ...]:
    words = _memory(piece.dictionary) if pa.types.is_dictionary(piece.type) else ()
    return (piece.type, piece.offset, len(piece), *(each and each.address for each in piece.buffers()), *words)


def _seldom_beside(keys: Path) -> Path:
    return keys.with_suffix(".seldom")


def keys_of(lot: int, lots: int, parts: Sequence[Path]) -> tuple[Keys, list[int]]:
    """Return the keys of one lot of so many, and how many of them come from each part."""
    tables = [_batches(path, lot, lots) for path in parts]
    sizes, whole = [table.num_rows for table in tables], pa.concat_tables(tables)
    row = whole[_ROW]

    def seldom(name: str, which: np.ndarray) -> pa.Array:
        return _rows_of_parts(name, parts, np.cumsum(sizes), row, which)

    return Keys(whole.drop_columns(_ROW), seldom), sizes


def _rows_of_parts(
    name: str, parts: Sequence[Path], ends: np.ndarray, row: pa.ChunkedArray, which: np.ndarray
) -> pa.Array:
    """Return some rows of a column that lies in the order of the list, part by part."""
    part = np.searchsorted(ends, which, side="right")
    order = np.argsort(part, kind="stable")
    at = np.asarray(row.take(pa.array(which[order])))
    counts = np.bincount(part, minlength=len(parts))
    several = np.split(at, np.cumsum(counts)[:-1])
    pieces = [_column(path, name).take(pa.array(mine)) for path, mine in zip(parts, several, strict=True) if len(mine)]
    back = np.empty(len(order), np.intp)
    back[order] = np.arange(len(order))
    chunks = [chunk for piece in pieces for chunk in piece.chunks]
    return pa.chunked_array(chunks or _column(parts[0], name).slice(0, 0).chunks).combine_chunks().take(pa.array(back))


def _column(keys: Path, name: str) -> pa.ChunkedArray:
    beside = read_table(_seldom_beside(keys))
    return beside[name] if name in beside.column_names else read_table(keys.with_name("rows.arrow"))[name]


def _batches(path: Path, first: int, step: int) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        file = ipc.open_file(source)
        mine = [file.get_batch(at) for at in range(first, file.num_record_batches, step)]
        return pa.Table.from_batches(mine, file.schema)


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


def answers_of(part: int, answers: Sequence[Path], keys: Path) -> pa.Table:
    """Return the answers of one part of the list, in the order of its rows."""
    rows = [_batches(keys, lot, len(answers))[_ROW].to_numpy() for lot in range(len(answers))]
    found = [_batch(path, part) for path in answers]
    columns = {}
    for name in found[0].column_names:
        several = [each[name].to_numpy() for each in found]
        columns[name] = np.empty(sum(map(len, rows)), several[0].dtype)
        for row, mine in zip(rows, several, strict=True):
            columns[name][row] = mine
    return pa.table(columns)
