"""`score`: the verb for a whole list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from equiwait.cores import spread
from equiwait.errors import OptionError, PolicyError
from equiwait.frames import blocks, distinct, from_any, need, to_arrow, to_pandas, with_columns
from equiwait.policies import Policy, State
from equiwait.scoring.blocks import Batch
from equiwait.scoring.claims import blank_claims
from equiwait.scoring.identity import Identifier, Identity, groups_of
from equiwait.scoring.memory import remember
from equiwait.scoring.ordering import Places, order
from equiwait.scoring.points import MILLION, whole
from equiwait.scoring.reading import Reader, Reading
from equiwait.scoring.rowwork import RowWork, wanted_columns, whole_numbers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["score"]

_TIES = ("pathway_id", "pathway_issuer", "referral_id", "clock_start", "provider")
_ADDED = ("tier", "score", "rank", "score_low", "score_high", "rank_best", "rank_worst", "score_status", "policy")
_FEW = 20  # a group smaller than this says nothing of how well something is recorded


def score(
    waiting: object, policy: Policy, *, rank_within: Sequence[str] | None = None, ranges: bool = True
) -> pd.DataFrame:
    """Put a list in the order that a policy suggests.

    Parameters
    ----------
    waiting : DataFrame
        A list as `read_list` returns it, linked and flagged as the policy needs.
    policy : Policy
        The policy; see `Policy.load` and `Policy.preset`.
    rank_within : list of str, optional
        Columns whose groups are ranked apart; by default those of the policy that the list has.
    ranges : bool
        Whether to find what unrecorded inputs could change; without it, low and high, best and worst are left empty.

    Returns
    -------
    DataFrame
        The same rows, order and index, with

        - ``tier``: place of the tier in the policy, 1 first;
        - ``points_<factor>``: each part of the score; ``score``: their sum;
        - ``rank``: place in the group, 1 first; empty for people who are listed apart;
        - ``score_low``, ``score_high``: between which scores the person's own unrecorded inputs leave it;
        - ``rank_best``, ``rank_worst``: between which places everyone's unrecorded inputs, once known, leave the person;
        - ``score_status``: ``scored``, or why the person is listed apart;
        - ``policy``: name, fingerprint, and *not approved* unless it is.

    Raises
    ------
    ColumnsError
        If the list lacks a column that the policy reads.
    PolicyError
        If a justification or the approval has expired by the snapshot, if a template is not filled in, or if a factor
        is recorded for too few.

    Notes
    -----
    It is a suggested order, never a booking and never a removal; a person decides. Nobody's row is dropped. What a
    missing input does is what its factor says (``missing=``); people whom it leaves unscored are listed apart with that
    reason, never last. Points are held in whole millionths, so sums and ties are exact; rows that agree in tier, score,
    wait and every identifier share a place, so the order of the file never counts. People already booked keep their
    date. ``rank_best`` can be after ``rank`` where people not yet scored would certainly come ahead.
    The caps and protections of ``guards`` are held as hard promises (docs/explanation/order.md).

    Examples
    --------
    >>> import pandas as pd
    >>> waiting = pd.DataFrame({
    ...     "pathway_id": ["a", "b", "c"], "snapshot_date": "2026-10-31", "scope": "rtt_open", "list_type": "IRTT",
    ...     "priority": ["P3", "P2", None], "days_waiting": [400, 30, 90]})
    >>> score(waiting, Policy.preset("england_default"))[["tier", "score", "rank", "score_status"]]
       tier  score  rank score_status
    0     5  400.0     2       scored
    1     4   30.0     1       scored
    2  <NA>   <NA>  <NA>     unscored
    """
    if not isinstance(policy, Policy):
        raise OptionError(
            f"policy= is a {type(policy).__name__}, not a Policy.",
            todo='Load it first: Policy.load("policy.toml") or Policy.preset("england_default").',
        )
    policy.check_filled()
    frame = from_any(waiting)
    frame = frame.drop(columns=[name for name in frame.columns if _is_ours(name)])
    within = _ranked_within(frame, policy, rank_within)
    wanted = ["pathway_id", *wanted_columns(policy, map(str, frame.columns)), *policy.guards.coverage_by]
    need(frame, dict.fromkeys(wanted), f"The policy {policy.name}")
    reader = Reader(policy)
    readings = list(spread(lambda block: reader.read(Batch(block)), blocks(frame, reader.columns)))
    state = _settled(frame, policy, reader, readings)
    rows = RowWork(reader, {name: whole(mean) for name, mean in state.means.items()}, ranges=ranges)
    claims = blank_claims(policy, len(frame), ranges=ranges)
    rooms = np.split(claims, np.cumsum([len(reading.status) for reading in readings])[:-1])
    columns = list(spread(lambda block: rows(*block), zip(readings, rooms, strict=True)))
    groups = groups_of([to_arrow(frame[name]) for name in within], len(frame))
    ties = [Identifier(to_arrow(frame[name])) for name in _TIES if name in frame.columns]
    found = order(policy, claims, Identity(groups, ties), ranges=ranges)
    remember(policy)
    policy.remember(state)
    return with_columns(frame, _typed(_arranged(_joined(columns), found)))


def _is_ours(name: object) -> bool:
    return name in _ADDED or (isinstance(name, str) and name.startswith("points_"))


def _ranked_within(frame: pd.DataFrame, policy: Policy, asked: Sequence[str] | None) -> list[str]:
    if asked is None:
        return [name for name in policy.order.rank_within if name in frame.columns]
    wanted = [asked] if isinstance(asked, str) else list(asked)
    need(frame, wanted, "rank_within")
    return wanted


# --- what must be known of the list -----------------------------------------------------------------------------------


def _settled(frame: pd.DataFrame, policy: Policy, reader: Reader, readings: Sequence[Reading]) -> State:
    """Check the policy against the list, and take from the list what the policy asks of it."""
    if not len(frame):
        policy.check("1970-01-01")  # nothing can have expired for nobody
        return policy.state or State(snapshot="1970-01-01", means={})  # type: ignore[arg-type]
    days = [text for text in distinct(to_arrow(frame["snapshot_date"]))[0] if text]
    if not days:
        raise PolicyError(
            "The list has no snapshot date, so nothing can be compared with it.",
            todo="Read it with read_list(..., snapshot=...).",
        )
    snapshot = max(days)[:10]
    policy.check(snapshot)
    _check_coverage(frame, policy, reader, readings)
    means = policy.state.means if policy.state else _means(reader, readings)
    return policy.state or State(snapshot=snapshot, means=means)  # type: ignore[arg-type]


def _means(reader: Reader, readings: Sequence[Reading]) -> dict[str, float]:
    """Return the mean points of each factor that asks for it, over the people who have it recorded."""
    found = {}
    for at, factor in enumerate(reader.factors):
        if factor.missing == "list_mean":
            given = [reading.points[at][reading.known[at] & reading.people] for reading in readings]
            if count := sum(map(len, given)):
                found[factor.name] = round(sum(int(part.sum()) for part in given) / count) / MILLION
    return found


def _check_coverage(frame: pd.DataFrame, policy: Policy, reader: Reader, readings: Sequence[Reading]) -> None:
    """Refuse factors that are recorded for too few, overall or in a group that the policy looks at."""
    asked = [(at, factor) for at, factor in enumerate(reader.factors) if factor.matters]
    found = [
        f"{factor.name}: recorded for {share:.0%} of {said} ({factor.coverage:.0%} needed)"
        for said, group in _looked_at(frame, policy).items()
        for (_, factor), share in zip(asked, _least_shares(readings, group, [at for at, _ in asked]), strict=True)
        if share < factor.coverage
    ]
    if found:
        raise PolicyError(
            "A factor is recorded for too few people to count fairly.",
            found="; ".join(found) + ".",
            todo="Fill the records, leave the factor out, or set its coverage= and coverage_because= in the policy.",
        )


def _looked_at(frame: pd.DataFrame, policy: Policy) -> Mapping[str, np.ndarray | None]:
    """Return the groups that the policy looks at: everyone, and those by each column that it names."""
    return {
        "the list": None,
        **{f"a group by {name}": distinct(to_arrow(frame[name]))[1] for name in policy.guards.coverage_by},
    }


def _least_shares(readings: Sequence[Reading], group: np.ndarray | None, factors: Sequence[int]) -> np.ndarray:
    """Return for each factor the smallest share of a group, large enough to say anything, that has it recorded."""
    groups = 1 if group is None else int(group.max(initial=0)) + 1
    size, have, start = np.zeros(groups), np.zeros((len(factors), groups)), 0
    for reading in readings:
        people = np.flatnonzero(reading.people)
        own = np.zeros(len(people), np.intp) if group is None else group[start + people]
        size += np.bincount(own, minlength=groups)
        for row, at in enumerate(factors):
            have[row] += np.bincount(own, weights=reading.known[at][people], minlength=groups)
        start += len(reading.status)
    enough = size >= max(min(_FEW, size.sum()), 1)
    return np.asarray((have[:, enough] / size[enough]).min(axis=1, initial=1.0))


# --- columns in and out -----------------------------------------------------------------------------------------------


def _joined(blocks: Sequence[Mapping[str, pa.Array]]) -> dict[str, pa.ChunkedArray]:
    return {name: pa.chunked_array([block[name] for block in blocks]) for name in blocks[0]}


def _arranged(columns: Mapping[str, pa.ChunkedArray], found: Places) -> dict[str, Any]:
    """Put the places among the columns that rows fill by themselves."""
    rank, best, worst = (whole_numbers(places, places > 0) for places in found)
    last = ("score_low", "score_high", "rank_best", "rank_worst", "score_status", "policy")
    parts = {name: column for name, column in columns.items() if name not in last}
    every = {**columns, "rank_best": best, "rank_worst": worst}
    return {**parts, "rank": rank, **{name: every[name] for name in last}}


def _typed(columns: Mapping[str, pa.Array | pa.ChunkedArray]) -> dict[str, Any]:
    """Figures as nullable numbers, so that what is not given stays missing and never becomes NaN."""
    return {
        name: to_pandas(column).astype("Float64").array if pa.types.is_floating(column.type) else column
        for name, column in columns.items()
    }
