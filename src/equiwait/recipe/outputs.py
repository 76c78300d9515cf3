"""Where a streamed list goes: a folder of Parquet files, one Parquet file, or one CSV file; whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from equiwait.engines.passes import Plan
from equiwait.engines.stream import Progress, Source, finish, run
from equiwait.engines.work_folder import alone, on_disk, refuse_what_stands_at
from equiwait.errors import OptionError, typed
from equiwait.files.csv_out import write_csv
from equiwait.files.whole_files import for_its_owner, refuse_name
from equiwait.rows.intake.cells import as_text

__all__ = ["place_of", "refuse_nested", "stream_to"]

_PART = "rows.parquet"
_OTHER_KINDS = {
    *(".tsv", ".txt", ".gz", ".zip", ".json", ".html", ".feather", ".arrow", ".orc", ".pq", ".parq"),
    *(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
}
"""Endings that say a file of another kind, and no folder."""


def stream_to(plan: Plan, source: Source, to: Path, fingerprint: str, progress: Progress | None) -> Path:
    """Run a plan over a source into ``to``, and return that place."""
    job, kind = to.with_name(f"{to.name}.unfinished"), to.suffix.lower()
    refuse_what_stands_at(to, job)
    if kind in _OTHER_KINDS:
        raise OptionError(
            f"A list is not written to a {kind} file part by part.",
            todo="Name a folder, or a file that ends in .parquet or .csv.",
        )
    on_disk(lambda: _alone(plan, source, to, job, fingerprint, progress), job)
    return to


def _alone(plan: Plan, source: Source, to: Path, job: Path, fingerprint: str, progress: Progress | None) -> None:
    """Do it while no other run does."""
    kind = to.suffix.lower()
    write = _csv_part if kind == ".csv" else _parquet_part
    gather: Callable[[list[Path], Path], None] = {".csv": _one_csv, ".parquet": _one_parquet}.get(kind, _folder)

    def save(new: Path) -> None:
        gather(sorted(parts.glob("part-*")), new)
        for_its_owner(new)

    with alone(job):
        refuse_what_stands_at(to)  # another run may just have ended
        parts = run(plan, source, job, f"{fingerprint} {kind}", write, progress)
        finish(job, to, save)


def place_of(to: object, source: object) -> Path:
    """Return where the outputs go.

    Raises
    ------
    OptionError
        If it is no name of a file or folder, or would be one of the files of the list.
    """
    if not isinstance(to, str | PathLike) or Path(to).name in ("", ".."):
        raise OptionError(
            f"to={typed(to)} names no new file or folder.",
            todo='Name a folder that is not there yet, such as to="ordered", or a file that ends in .parquet or .csv.',
        )
    path = Path(to)
    refuse_name(path.with_name(f"{path.name}.unfinished"))
    if (
        path.suffix.lower() in (".parquet", ".pq", ".csv")
        and isinstance(source, str | PathLike)
        and path.parent.resolve() == Path(source).resolve()
    ):
        raise OptionError(
            f"{path.name!r} would lie among the files of the list, and be read as one of them the next time.",
            todo="Choose a place outside that folder.",
        )
    return path


def _parquet_part(table: pa.Table, folder: Path) -> None:
    pq.write_table(table, folder / _PART, row_group_size=1 << 20, **_how(table))


def _how(table: pa.Table) -> dict[str, Any]:
    """What has few values goes by them; the least and the greatest of days and whole numbers help to find a row.

    Those of codes, points and text help nobody: rows stand in the order of the list, so that each part has nearly all.
    """
    few = [name for name, column in zip(table.column_names, table.columns, strict=True) if _has_few(column)]
    told = [each.name for each in table.schema if _is_wide(each.type) or pa.types.is_temporal(each.type)]
    return {"compression": "snappy", "use_dictionary": few, "write_statistics": told}


def _has_few(column: pa.ChunkedArray) -> bool:
    """Whether to write a column by its values: codes and points always; others if their first rows have many alike.

    Of the first 4,096 rows three quarters have a value of their own where there are some 6,000 values. Whole numbers that
    have more are quicker written as they are; text would be as quick by its values up to some 40,000.
    """
    kind = column.type
    if pa.types.is_dictionary(kind) or pa.types.is_floating(kind) or pa.types.is_int8(kind):
        return True
    if not (_is_wide(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind) or _is_text(kind)):
        return False
    first = column.slice(0, _FIRST)
    return 4 * int(pc.count_distinct(first).as_py()) <= 3 * len(first)


_FIRST = 4096


def _is_wide(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) and not pa.types.is_int8(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _csv_part(table: pa.Table, folder: Path) -> None:
    cells = pa.table({each.name: _in_words(table[each.name]) for each in table.schema})
    write_csv(cells.slice(0, 0), folder / "head.csv")
    write_csv(cells, folder / "rows.csv", header=False)


def _in_words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return bytes as text, as they are read; any other column as it is."""
    if "binary" not in str(column.type):
        return column
    return pa.chunked_array([as_text(chunk) for chunk in column.chunks], pa.string())


def refuse_nested(schema: pa.Schema, names: Collection[str], to: Path) -> None:
    """Refuse columns that no CSV file holds: before anything is done.

    Raises
    ------
    OptionError
        If a list that goes to a CSV file keeps one whose cells are lists or records.
    """
    nested = [each.name for each in schema if each.name in names and pa.types.is_nested(_value_type(each.type))]
    if nested and to.suffix.lower() == ".csv":
        raise OptionError(
            "A CSV file holds no lists and no records.",
            found=f"{len(nested)} of the list's own columns {'has' if len(nested) == 1 else 'have'} such cells.",
            todo="Write a folder or a .parquet file, or name the columns to keep: keep=[...].",
        )


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _folder(parts: Iterable[Path], to: Path) -> None:
    to.mkdir(exist_ok=True)
    for part in parts:
        if (part / _PART).exists():  # else it was moved before somebody stopped this
            (part / _PART).replace(to / f"{part.name}.parquet")


def _one_parquet(parts: list[Path], to: Path) -> None:
    schema, how = pq.read_schema(parts[0] / _PART), _how(pq.read_table(parts[0] / _PART))
    with pq.ParquetWriter(to, schema, **how) as file:
        for part in parts:
            file.write_table(pq.read_table(part / _PART))


def _one_csv(parts: list[Path], to: Path) -> None:
    with to.open("wb") as file:
        for each in (parts[0] / "head.csv", *(part / "rows.csv" for part in parts)):
            with each.open("rb") as piece:
                shutil.copyfileobj(piece, file)
