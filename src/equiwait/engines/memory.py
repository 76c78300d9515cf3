"""Passes over blocks that all fit into memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial, reduce
from itertools import chain

import pyarrow as pa

from equiwait.engines.passes import Gather, Keys, Pass, Plan, Sums, Told, Worked, added, total_cells
from equiwait.parallel import spread, taken_out
from equiwait.room import give_back, tidily

__all__ = ["run"]


def run(plan: Plan, coming: Iterable[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Run a plan over blocks, and return them as the last pass left them.

    Blocks that nobody else holds are let go one by one once a pass has made others of them: their memory serves the next.
    """
    ahead, blocks = next(plan, None), list(coming)
    while ahead is not None:
        several = spread(partial(_done, ahead), blocks if ahead.reads is not None else tidily(taken_out(blocks)))
        done, counts = zip(*several, strict=True)
        if ahead.reads is None:
            blocks = [each.rows for each in done]
        nothing: Sums = {}
        sums = reduce(added, chain((each.sums for each in done), (said for _, said in counts)), nothing)
        for gather in ahead.gathers:
            blocks, said = _gathered(gather, done, blocks)
            sums = added(sums, said)
        told = Told(sums, total_cells([cells for cells, _ in counts if cells is not None]))
        try:
            ahead = plan.send(told)
        except StopIteration:
            ahead = None
    return blocks


def _done(ahead: Pass, block: pa.RecordBatch) -> tuple[Worked, tuple[pa.Table | None, Sums]]:
    """Do the work of a pass on a block, and count its people; what they are counted by is let go."""
    worked = ahead.work(block)
    return replace(worked, counted=None), ahead.counts([worked])


def _gathered(
    gather: Gather, done: Sequence[Worked], blocks: Sequence[pa.RecordBatch]
) -> tuple[list[pa.RecordBatch], Sums]:
    """Solve all keys at once, and put each block's answers beside it."""
    give_back(sum(block.num_rows for block in blocks))
    keys = pa.Table.from_batches([each.keys[gather.name] for each in done])
    answers = gather.solve(Keys.of(keys), gather.vote(keys) if gather.vote else {})
    found, start = [], 0
    for block in blocks:
        found.append(beside(block, answers.slice(start, block.num_rows)))
        start += block.num_rows
    return found, gather.tell(answers) if gather.tell else {}


def beside(block: pa.RecordBatch, answers: pa.Table) -> pa.RecordBatch:
    """Return a block with columns of answers added."""
    columns = [pa.concat_arrays(column.chunks) for column in answers.columns]
    return pa.RecordBatch.from_arrays([*block.columns, *columns], names=[*block.schema.names, *answers.column_names])
