"""What crosses between us and Spark: signed whole numbers, floats, text, yes and no, days and moments; and work, sent once."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "Cluster",
    "as_we_have_it",
    "columns_of",
    "large_blocks",
    "one_batch",
    "place",
    "placed",
    "plain",
    "quoted",
    "schema_of",
]

_BLOCK = 131_072


def quoted(name: str) -> str:
    """Return a column's name as Spark reads it, whatever it holds."""
    return f"`{name.replace('`', '``')}`"


def place(number: int) -> str:
    """Return the name that a column has on Spark, whatever the list calls it."""
    return f"c{number}"


def placed(batch: pa.RecordBatch, start: int = 0) -> dict[str, pa.Array]:
    """Return the columns of a block by their places.

    Examples
    --------
    >>> list(placed(pa.record_batch({"NHS No.": ["a"], "nhs no.": ["b"]}), 7))
    ['c7', 'c8']
    """
    return {place(start + number): column for number, column in enumerate(batch.columns)}


def columns_of(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """Return the columns of a block by name."""
    return dict(zip(batch.schema.names, batch.columns, strict=True))


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """Return a table as one block."""
    whole = table.unify_dictionaries().combine_chunks()
    batches = whole.to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], whole.schema)


def large_blocks(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a partition in blocks worth the work, however small Spark has cut them; none without rows."""
    kept: list[pa.RecordBatch] = []
    for batch in batches:
        kept.append(batch)
        if sum(each.num_rows for each in kept) >= _BLOCK:
            yield one_batch(pa.Table.from_batches(kept))
            kept = []
    if any(each.num_rows for each in kept):
        yield one_batch(pa.Table.from_batches(kept))


# --- columns ---------------------------------------------------------------------------------------------------------


def plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a block with the types that Spark has.

    Examples
    --------
    >>> block = pa.record_batch({"code": pa.array(["a"]).dictionary_encode(), "home": pa.array([2**63], pa.uint64())})
    >>> [str(column.type) for column in plain(block).columns]
    ['string', 'int64']
    """
    return pa.RecordBatch.from_arrays([_plain(column) for column in batch.columns], names=batch.schema.names)


def _plain(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_run_end_encoded(kind):
        return _plain(pc.run_end_decode(column))
    if pa.types.is_dictionary(kind):
        values = column.dictionary
        return _plain(values if _is_whole(values.type) else values.cast(pa.string())).take(column.indices)
    if pa.types.is_uint64(kind):
        return column.view(pa.int64())
    if pa.types.is_unsigned_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", kind.tz and "UTC"))
    if pa.types.is_date64(kind):
        return column.cast(pa.date32())
    if pa.types.is_null(kind) or pa.types.is_large_string(kind):
        return column.cast(pa.string())
    return column.cast(_in_utc(kind)) if pa.types.is_nested(kind) else column


def _in_utc(kind: pa.DataType) -> pa.DataType:
    """Return a type with its moments in the zone in which Spark takes them back; the moments are the same.

    Examples
    --------
    >>> str(_in_utc(pa.list_(pa.timestamp("us", "Europe/London"))))
    'list<item: timestamp[us, tz=UTC]>'
    """
    if pa.types.is_timestamp(kind):
        return pa.timestamp(kind.unit, kind.tz and "UTC")
    if pa.types.is_struct(kind):
        return pa.struct([each.with_type(_in_utc(each.type)) for each in kind.fields])
    if pa.types.is_map(kind):
        key, item = kind.key_field, kind.item_field
        return pa.map_(key.with_type(_in_utc(key.type)), item.with_type(_in_utc(item.type)))
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_in_utc(kind.value_type)))
    return kind


def as_we_have_it(batch: pa.RecordBatch, like: pa.RecordBatch) -> pa.RecordBatch:
    """Return the columns of ``like``, first in a block from Spark, with the names, types and codes that they have there."""
    columns = [_back(batch.column(number), column) for number, column in enumerate(like.columns)]
    return pa.RecordBatch.from_arrays(columns, names=like.schema.names)


def _back(column: pa.Array, like: pa.Array) -> pa.Array:
    kind = like.type
    if column.type == kind:
        return column
    if pa.types.is_null(kind):
        return pa.nulls(len(column))
    if pa.types.is_run_end_encoded(kind):
        return pc.run_end_encode(_back(column, like.values), run_end_type=kind.run_end_type)
    if pa.types.is_dictionary(kind):
        whole = _is_whole(kind.value_type)
        return _back(column, like.dictionary).dictionary_encode().cast(kind) if whole else _coded(column, like)
    if pa.types.is_uint64(kind):
        return column.view(pa.uint64())
    return column.cast(kind, safe=False)


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind))


def _coded(text: pa.Array, like: pa.DictionaryArray) -> pa.DictionaryArray:
    """Text as codes: those of the block that it is to be like where they hold it all, else its own."""
    place = pc.index_in(text, value_set=like.dictionary.cast(pa.string()), skip_nulls=True)
    if place.null_count > text.null_count:
        own = text.dictionary_encode()
        return pa.DictionaryArray.from_arrays(own.indices.cast(like.type.index_type), own.dictionary)
    return pa.DictionaryArray.from_arrays(place.cast(like.type.index_type), like.dictionary)


def schema_of(batch: pa.RecordBatch) -> Any:
    """Return Spark's schema of a block."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(plain(batch).schema)


# --- work ------------------------------------------------------------------------------------------------------------


class Cluster:
    """Sends work to the workers; what is large and shared goes once.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        The session.
    shared : sequence of object
        What is large.
    """

    def __init__(self, session: Any, shared: Sequence[object]) -> None:
        self.shared = [each for each in shared if each is not None]
        context = getattr(session, "sparkContext", None) if "connect" not in type(session).__module__ else None
        self._broadcast = context.broadcast(self.shared) if context is not None and self.shared else None

    def sent(self, work: object) -> Callable[[], Any]:
        """Return a small thing that gives the work back where it is called."""
        buffer = io.BytesIO()
        _pickler(buffer, self.shared if self._broadcast is not None else []).dump(work)
        return _Sent(buffer.getvalue(), self._broadcast)


def _pickler(buffer: io.BytesIO, shared: Sequence[object]) -> Any:
    """A pickler that names what is shared instead of writing it."""
    from pyspark.cloudpickle import CloudPickler

    class Naming(CloudPickler):  # type: ignore[misc]
        def persistent_id(self, each: object) -> int | None:
            return next((number for number, one in enumerate(shared) if one is each), None)

    return Naming(buffer)


class _Unpickler(pickle.Unpickler):
    """Puts what is shared where it was named."""

    def __init__(self, data: bytes, shared: Sequence[object]) -> None:
        super().__init__(io.BytesIO(data))
        self.shared = shared

    def persistent_load(self, number: int) -> object:
        return self.shared[number]


_READY: dict[str, Any] = {}
_MOST = 16


class _Sent:
    """Work as bytes, made ready once in each worker; the bytes were written by this session itself."""

    def __init__(self, data: bytes, broadcast: Any) -> None:
        self.data, self.broadcast = data, broadcast
        self.digest = hashlib.sha256(data).hexdigest()

    def __call__(self) -> Any:
        if self.digest not in _READY:
            if len(_READY) >= _MOST:
                _READY.clear()
            shared = self.broadcast.value if self.broadcast is not None else []
            _READY[self.digest] = _Unpickler(self.data, shared).load()
        return _READY[self.digest]
