"""The row work of scoring as a kernel, for lists that come block by block: recipes, Parquet streams, Spark partitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from equiwait.errors import ColumnsError, listed
from equiwait.frames import coded
from equiwait.policies import Policy
from equiwait.scoring.blocks import Batch
from equiwait.scoring.claims import Claims, fill_claims, score_range
from equiwait.scoring.memory import list_means, reader_of
from equiwait.scoring.points import MILLION
from equiwait.scoring.reading import ASKS, OUTSIDE, STATUSES, UNSCORED, Reader, Reading, Sheet

__all__ = ["RowWork", "ScoreRows", "wanted_columns", "whole_numbers"]


def wanted_columns(policy: Policy, has: Iterable[str]) -> list[str]:
    """Return everything that the policy must be able to read, for a list that has these columns.

    A tier that reads a blank as *no* reads a missing column so too; a flag for support that gives no points can be away.
    """
    wanted = ["snapshot_date", "days_waiting", "scope"]
    wanted += [name for tier in policy.tiers for name in tier.reads if not tier.reads_blank(name)]
    wanted += [name for factor in policy.parts if factor.matters for name in factor.reads]
    wanted += [policy.targets.column] if policy.targets and any(f.percent_of_target for f in policy.parts) else []
    wanted += [policy.retier.column] if policy.retier else []
    wanted += [policy.eligibility.column] if policy.eligibility else []
    if policy.people == "admitted" and "decision_to_admit" not in has:
        wanted.append("list_type")
    return list(dict.fromkeys(wanted))


@dataclass(frozen=True)
class RowWork:
    """What a block gives once the list's means are known: the columns that its own rows fill, and its claims to places.

    Parameters
    ----------
    reader : Reader
        The policy, ready for rows.
    means : mapping of str to int
        The list's mean points of the factors that ask for it, in millionths.
    ranges : bool
        Whether to find what unrecorded inputs could change.
    """

    reader: Reader
    means: Mapping[str, int]
    ranges: bool = True

    def __call__(self, reading: Reading, claims: Claims) -> dict[str, pa.Array]:
        """Return the columns of one block, and write its claims into the room kept for them."""
        sheet = self.reader.fill(reading, self.means)
        fill_claims(claims, self.reader, reading, sheet)
        return self.columns(reading, sheet)

    def columns(self, reading: Reading, sheet: Sheet) -> dict[str, pa.Array]:
        """Return the columns that owe nothing to other rows."""
        reader, people = self.reader, sheet.status < OUTSIDE
        summed = people & (sheet.status != UNSCORED) & (sheet.status != ASKS)
        tier = reader.standings.column("tier").astype(np.int8)[reading.standing]
        low, high = score_range(reader, reading, sheet) if self.ranges else (sheet.low, sheet.high)
        every = np.all(sheet.filled, axis=0) if sheet.filled else summed
        return {
            "tier": whole_numbers(tier, people & (tier > 0)),
            "score": _figure(sheet.score, summed & every),
            **{
                f"points_{factor.name}": _figure(part, people & filled)
                for factor, part, filled in zip(reader.factors, sheet.points, sheet.filled, strict=True)
            },
            "score_low": _figure(low, people & self.ranges),
            "score_high": _figure(high, people & self.ranges),
            "score_status": coded(sheet.status, STATUSES),
            "policy": coded(np.zeros(len(people), np.int8), [reader.stamp]),
        }


def _figure(millionths: np.ndarray, given: np.ndarray) -> pa.Array:
    return pa.array(millionths / MILLION, pa.float64(), mask=~given)


def whole_numbers(numbers: np.ndarray, given: np.ndarray) -> pa.Array:
    """Return whole numbers, null where none is given."""
    return pa.array(numbers, mask=~given)


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
        means = list_means(self.policy)
        return RowWork(reader, means).columns(reading, reader.fill(reading, means))
