"""Passes over a list on a Spark cluster: blocks by `mapInArrow`, small keys home by home by `applyInArrow`, counts by Spark.

What crosses to Spark is what Spark knows (`spark_edge`). Rows stand in the order in which Spark first reads them. Between
passes a column has its place for a name: Spark reads dots and backticks in names, and takes two for one that differ in case.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.engines.passes import (
    BETWEEN,
    HOME,
    PEOPLE,
    Gather,
    Keys,
    Pass,
    Plan,
    Sums,
    Told,
    added,
    home_numbers,
    lots_of,
)
from equiwait.engines.spark_edge import (
    Cluster,
    as_we_have_it,
    columns_of,
    large_blocks,
    one_batch,
    place,
    placed,
    plain,
    quoted,
    schema_of,
)
from equiwait.engines.spark_frames import lots_by_default
from equiwait.errors import InputError

__all__ = ["run"]

_ROW, _SAID, _KEYS = f"{BETWEEN}row", f"{BETWEEN}sums", f"{BETWEEN}keys"

Blocks = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def run(
    plan: Plan, frame: Any, like: pa.RecordBatch, shared: Sequence[object] = (), homes: int | None = None
) -> tuple[Any, pa.RecordBatch]:
    """Run a plan over a frame of Spark, and return the frame that the last pass leaves.

    Parameters
    ----------
    plan : Plan
        What is done.
    frame : pyspark.sql.DataFrame
        The list, whose columns have their places for names.
    like : pyarrow.RecordBatch
        No rows, with the columns of the list as the plan takes them.
    shared : sequence of object
        What is large and never changes: sent to every worker once.
    homes : int, optional
        In how many lots keys are solved; by default as many as Spark shuffles into.

    Returns
    -------
    tuple of pyspark.sql.DataFrame and pyarrow.RecordBatch
        The frame, whose columns have their places for names, and no rows of what it holds.
    """
    from pyspark.sql import functions

    work = _Frame(
        frame.withColumn(_ROW, functions.monotonically_increasing_id()), like, frame.sparkSession, shared, homes
    )
    ahead = next(plan, None)
    while ahead is not None:
        told = work.passed(ahead)
        try:
            ahead = plan.send(told)
        except StopIteration:
            ahead = None
    return work.frame.drop(_ROW), work.like


class _Frame:
    """The list as the passes leave it: a frame of Spark, and a block without rows that has its columns as they are here."""

    def __init__(
        self, frame: Any, like: pa.RecordBatch, session: Any, shared: Sequence[object], homes: int | None
    ) -> None:
        self.frame, self.like = frame, like
        self.cluster = Cluster(session, shared)
        self.homes = homes or lots_by_default(session)
        self.kept: list[Any] = []

    def passed(self, ahead: Pass) -> Told:
        """Run one pass, and return what it told."""
        looks = ahead.reads is not None
        taken = self.like.select(list(ahead.reads)) if ahead.reads is not None else self.like
        nothing = ahead.work(taken)
        cells, said = ahead.counts([nothing])
        keys = {gather.name: nothing.keys[gather.name] for gather in ahead.gathers}
        after = _with_keys(nothing.rows, keys)
        places = [place(self.like.schema.get_field_index(name)) for name in taken.schema.names]
        work, source = self.cluster.sent(ahead), self.frame.select(*places, quoted(_ROW))
        made = self._keep(source.mapInArrow(_worked(work, taken, list(keys), self.homes), schema_of(after)))
        sums = _collected(made, added(nothing.sums, said))
        if cells is not None:
            cells = _counts(source.mapInArrow(_counted(work, taken), schema_of(_at_places(cells))), cells.column_names)
        if not looks:
            self.frame, self.like = made.drop(_SAID), nothing.rows
        for gather in ahead.gathers:
            sums = added(sums, self._gathered(gather, keys[gather.name]))
        for old in self.kept[: -1 if not looks else None]:  # what came before has been taken up
            old.unpersist()
        self.kept = self.kept[-1:] if not looks else []
        return Told(sums, cells)

    def _keep(self, frame: Any) -> Any:
        self.kept.append(frame.persist())
        return self.kept[-1]

    def _gathered(self, gather: Gather, keys: pa.RecordBatch) -> Sums:
        """Solve keys lot by lot, join the answers to their rows, and return what they tell: no worker has the rows of a lot."""
        from pyspark.sql import functions

        mine, lot = [_key(gather.name, name) for name in keys.schema.names], _lot(gather.name)
        hashed = self.frame.withColumn(_KEYS, functions.xxhash64(*map(quoted, mine)))
        lots = hashed.select(*map(quoted, (_ROW, _KEYS, lot, *mine))).groupBy(quoted(lot))
        empty = pa.Table.from_batches([keys])
        votes: Sums = {}
        if gather.vote is not None:
            voted = _voted(self.cluster.sent(gather.vote), mine, keys)
            votes = _collected(lots.applyInArrow(voted, schema_of(_said(0))), gather.vote(empty))
        answers = one_batch(gather.solve(Keys.of(empty), votes))
        start = self.like.num_columns
        solved = _solved(self.cluster.sent(gather), mine, keys, votes, start)
        nobody = pa.array([], pa.int64())
        found = lots.applyInArrow(solved, schema_of(_beside(nobody, nobody, answers, start)))
        made = self._keep(hashed.drop(lot, *mine).join(found, [_ROW, _KEYS]).drop(_KEYS))
        told = _collected(made, gather.tell(gather.solve(Keys.of(empty), votes)) if gather.tell else {})
        _refuse_others_rows(self.frame, made)
        self.frame = made.drop(_SAID)
        self.like = pa.RecordBatch.from_arrays(
            [*self.like.columns, *answers.columns], names=[*self.like.schema.names, *answers.schema.names]
        )
        return told


def _refuse_others_rows(before: Any, after: Any) -> None:
    """Refuse answers that found other rows: Spark reads again what it has lost, and some sources then have another order."""
    if before.count() != after.count():
        raise InputError(
            "Spark read the list again, and its rows came in another order.",
            todo="Write the frame to a table or a file, and give the frame that reads it from there.",
        )


def _at_places(cells: pa.Table) -> pa.RecordBatch:
    columns = placed(one_batch(cells))
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _counts(cells: Any, names: Sequence[str]) -> pa.Table:
    """Add up the cells of all partitions."""
    by = [name for name in names if name != PEOPLE]
    people = place(names.index(PEOPLE))
    total = cells.groupBy(*(place(names.index(name)) for name in by)).sum(people)
    return total.toDF(*map(place, range(len(names)))).toArrow().rename_columns([*by, PEOPLE])


def _key(gather: str, name: str) -> str:
    return f"{BETWEEN}key {gather} {name}"


def _lot(gather: str) -> str:
    return f"{BETWEEN}lot {gather}"


def _said(rows: int, sums: Sums | None = None) -> pa.RecordBatch:
    """A column of text in which sums stand once."""
    text = [json.dumps(sums)] if sums is not None and rows else [None] * min(rows, 1)
    return pa.record_batch({_SAID: pa.array([*text, *[None] * (rows - 1)], pa.string())})


def _collected(frame: Any, first: Sums) -> Sums:
    rows = frame.where(frame[_SAID].isNotNull()).select(quoted(_SAID)).collect()
    return reduce(added, (json.loads(row[0]) for row in rows), dict(first))


def _with_keys(rows: pa.RecordBatch, keys: Mapping[str, pa.RecordBatch]) -> pa.RecordBatch:
    """A block without rows that has all the columns of `_worked`."""
    columns = {**placed(rows), _ROW: pa.array([], pa.int64()), _SAID: pa.array([], pa.string())}
    for name, batch in keys.items():
        columns[_lot(name)] = pa.array([], pa.int32())
        columns |= {_key(name, each): column for each, column in columns_of(batch).items()}
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


# --- what workers do -------------------------------------------------------------------------------------------------


def _worked(ahead: Callable[[], Pass], like: pa.RecordBatch, gathers: Sequence[str], homes: int) -> Blocks:
    """Return what is done to a partition: rows, the keys beside them with the lot of each home, and each block's sums once."""

    def mapped(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in large_blocks(batches):
            done, row = ahead().work(as_we_have_it(batch, like)), batch.column(_ROW)
            _, said = ahead().counts([done])
            sums = added(done.sums, said)
            columns = {**placed(done.rows), _ROW: row, _SAID: _said(batch.num_rows, sums).column(0)}
            for name in gathers:
                home = home_numbers(done.keys[name].column(HOME))
                lot = lots_of(home, row.to_numpy(), homes)
                columns[_lot(name)] = pa.array(lot.astype(np.int32))
                columns |= {_key(name, each): column for each, column in columns_of(done.keys[name]).items()}
            yield plain(pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns)))

    return mapped


def _counted(ahead: Callable[[], Pass], like: pa.RecordBatch) -> Blocks:
    """Return the cells of counts of a partition."""

    def mapped(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in large_blocks(batches):
            cells, _ = ahead().counts([ahead().work(as_we_have_it(batch, like))])
            yield plain(_at_places(cells))

    return mapped


def _voted(vote: Callable[[], Any], mine: Sequence[str], keys: pa.RecordBatch) -> Callable[[pa.Table], pa.Table]:
    def voted(table: pa.Table) -> pa.Table:
        return pa.Table.from_batches([_said(1, vote()(_keys(table, mine, keys)))])

    return voted


def _solved(
    gather: Callable[[], Gather], mine: Sequence[str], keys: pa.RecordBatch, votes: Sums, start: int
) -> Callable[[pa.Table], pa.Table]:
    def solved(table: pa.Table) -> pa.Table:
        table, tell = table.take(pc.sort_indices(table[_ROW])), gather().tell
        answers = gather().solve(Keys.of(_keys(table, mine, keys)), votes)
        row, hashed = (table[name].combine_chunks() for name in (_ROW, _KEYS))
        beside = _beside(row, hashed, one_batch(answers), start, tell(answers) if tell else None)
        return pa.Table.from_batches([plain(beside)])

    return solved


def _beside(
    row: pa.Array, hashed: pa.Array, answers: pa.RecordBatch, start: int, sums: Sums | None = None
) -> pa.RecordBatch:
    """Answers by their row and what its keys are, and what they tell once."""
    columns = {_ROW: row, _KEYS: hashed, **placed(answers, start), _SAID: _said(len(row), sums).column(0)}
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _keys(table: pa.Table, mine: Sequence[str], like: pa.RecordBatch) -> pa.Table:
    """The keys of whole homes as the plan gave them, in the order of the list."""
    table = table.take(pc.sort_indices(table[_ROW])).select(list(mine)).rename_columns(like.schema.names)
    return pa.Table.from_batches([as_we_have_it(one_batch(table), like)])
