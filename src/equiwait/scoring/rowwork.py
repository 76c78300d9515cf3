"""The row work of scoring as a kernel, for lists that come block by block: recipes, Parquet streams, Spark partitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from equiwait.errors import ColumnsError, listed
from equiwait.policies import Policy
from equiwait.scoring.batch import columns_of, wanted_columns
from equiwait.scoring.blocks import Batch
from equiwait.scoring.memory import list_means, reader_of

__all__ = ["ScoreRows"]


@dataclass(frozen=True)
class ScoreRows:
    """Everything that `score` adds but for places, which need the whole list.

    Parameters
    ----------
    policy : Policy
        The policy. One that uses a list's mean must have scored a list first, or hold its mean (`Policy.frozen`).

    Notes
    -----
    What needs the whole list is not done here: coverage is not checked, and nobody has a place. Rows whose codes leave
    several targets open have their widest range, as in `score`.

    Examples
    --------
    >>> rows = ScoreRows(Policy.preset("england_default"))
    >>> block = pa.record_batch({
    ...     "pathway_id": ["a"], "snapshot_date": ["2026-10-31"], "scope": ["rtt_open"], "list_type": ["IRTT"],
    ...     "priority": ["P2"], "days_waiting": [30]})
    >>> rows(block)["score"].to_pylist()
    [30.0]
    """

    policy: Policy

    @property
    def reads(self) -> list[str]:
        """The columns to hand over, those of them that the list has."""
        return reader_of(self.policy).columns

    def __call__(self, batch: pa.RecordBatch) -> Mapping[str, pa.Array]:
        """Return the columns for one block."""
        lacking = [name for name in wanted_columns(self.policy, batch.schema.names) if name not in batch.schema.names]
        if lacking:
            raise ColumnsError(
                f"The policy {self.policy.name} needs columns that the block lacks: {listed(lacking, 40)}.",
                todo="Add the step that makes them before the score.",
            )
        reader, block = reader_of(self.policy), Batch(batch)
        for day in {text for text in block.coded("snapshot_date")[0] if text} - reader.checked:
            self.policy.check(day)
            reader.checked.add(day)
        reading = reader.read(block)
        return columns_of(reader, reading, reader.fill(reading, list_means(self.policy)))
