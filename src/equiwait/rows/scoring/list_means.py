"""List work: the mean points that stand in where a factor says ``missing = "list_mean"``, as sums over blocks.

People and points add up exactly, whatever the blocks and their order; only the last step divides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from equiwait.errors import PolicyError, listed
from equiwait.rows.policies import Policy, State
from equiwait.rows.policies.expiry import as_day
from equiwait.rows.scoring.alike import by_row
from equiwait.rows.scoring.blocks import Batch, Block
from equiwait.rows.scoring.points import MILLION, whole
from equiwait.rows.scoring.prepared_policies import reader_of
from equiwait.rows.scoring.row_scores import Reader

__all__ = ["MeanSums", "list_means", "mean_sums", "no_sums", "sums_of", "with_means"]


class MeanSums(NamedTuple):
    """How many people have each factor recorded, and their points in millionths: of factors that ask for a mean.

    ``MeanSums`` of blocks add up to those of the list: ``sum(several, no_sums(policy))``.
    """

    people: Mapping[str, int]
    points: Mapping[str, int]

    def __add__(self, other: object) -> MeanSums:
        """Add the sums of another block of the same list, read with the same policy."""
        if not isinstance(other, MeanSums):
            return NotImplemented
        people, points = (
            {name: one[name] + two[name] for name in one}
            for one, two in ((self.people, other.people), (self.points, other.points))
        )
        return MeanSums(people, points)

    @property
    def means(self) -> dict[str, float]:
        """Mean points by factor; a factor that nobody has recorded has none."""
        exact = {name: Fraction(self.points[name], people) for name, people in self.people.items() if people}
        return {name: round(mean) / MILLION for name, mean in exact.items()}


def no_sums(policy: Policy) -> MeanSums:
    """Return the sums of a list without rows.

    Examples
    --------
    >>> no_sums(Policy.preset("paediatric_surgery_illustrative")).people
    {'idaci': 0}
    """
    nothing = dict.fromkeys((factor.name for factor in policy.parts if factor.missing == "list_mean"), 0)
    return MeanSums(nothing, dict(nothing))


def sums_of(reader: Reader, block: Block) -> MeanSums:
    """Return the sums of a block; only people whom the policy looks at count."""
    here, parts = reader.averaged(block)
    points = {name: by_row(part.points)[by_row(part.known) & here] for name, part in parts.items()}
    return MeanSums(
        {name: len(each) for name, each in points.items()}, {name: _exact_sum(each) for name, each in points.items()}
    )


def _exact_sum(points: np.ndarray) -> int:
    """Add in two halves, neither of which outgrows a machine word however many points a block's people have."""
    points = points.astype(np.int64, copy=False)
    return (int((points >> 32).sum()) << 32) + int((points & 0xFFFF_FFFF).sum())


def mean_sums(policy: Policy, batch: pa.RecordBatch) -> MeanSums:
    """Return the sums of one block of a list.

    Parameters
    ----------
    policy : Policy
        The policy.
    batch : RecordBatch
        Rows of the list, with the columns of `ScoreRows.reads` that it has; a column that is not there is blank.

    Examples
    --------
    >>> policy = Policy.preset("paediatric_surgery_illustrative")
    >>> block = pa.record_batch({
    ...     "snapshot_date": ["2026-10-31"] * 3, "scope": ["rtt_open"] * 3, "days_waiting": [30, 40, 50],
    ...     "list_type": ["IRTT"] * 3, "idaci_quintile": [1, 2, None]})
    >>> both = mean_sums(policy, block.slice(0, 1)) + mean_sums(policy, block.slice(1))
    >>> both == mean_sums(policy, block), both.means
    (True, {'idaci': 7.0})
    """
    reader = reader_of(policy)
    if not any(factor.missing == "list_mean" for factor in reader.factors):
        return no_sums(policy)
    return sums_of(reader, Batch.of(batch))


def with_means(policy: Policy, sums: MeanSums, snapshot: dt.date | str) -> Policy:
    """Return the policy, as an object of its own, with the means of a list in force: for its blocks and its records.

    The means are beside the policy, as after `score`, and survive pickling; `Policy.frozen` writes them into it. A policy
    that holds means already keeps them.

    Examples
    --------
    >>> policy = Policy.preset("paediatric_surgery_illustrative")
    >>> settled = with_means(policy, MeanSums({"idaci": 4}, {"idaci": 18_000_000}), "2026-10-31")
    >>> settled.stamp == policy.stamp, list_means(settled)
    (True, {'idaci': 4500000})
    """
    settled = Policy.read(policy.given())
    if settled.state is None:
        settled.remember(State(snapshot=as_day(snapshot), means=dict(sums.means)))
    return settled


def list_means(policy: Policy) -> dict[str, int]:
    """Return the list's means in force, in millionths; refuse where a factor needs one and no list was scored yet.

    A factor that nobody on that list had recorded has none.
    """
    policy.check_filled()  # a template has no mean to go by, and more is amiss with it
    asked = [factor.name for factor in policy.parts if factor.missing == "list_mean"]
    state = policy.last_state
    if asked and state is None:
        raise PolicyError(
            f"No list's mean is known for: {listed(asked)}.",
            todo="Score the list with this policy first, or use policy.frozen() as saved when it was scored.",
        )
    return {name: whole(mean) for name, mean in state.means.items()} if state else {}
