"""`score`: the verb for a whole list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.errors import OptionError, PolicyError
from equiwait.frames import blocks, coded, distinct, from_any, need, to_arrow, to_pandas, with_columns
from equiwait.policies import Policy, State
from equiwait.scoring.blocks import Batch
from equiwait.scoring.memory import remember
from equiwait.scoring.ordering import Identity, Places, order, score_ends
from equiwait.scoring.points import MILLION, whole
from equiwait.scoring.reading import ASKS, OUTSIDE, STATUSES, UNSCORED, Reader, Reading, Sheet
from equiwait.scoring.standing import met_values

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["columns_of", "score", "score_range", "wanted_columns"]

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
    frame = from_any(waiting)
    frame = frame.drop(columns=[name for name in frame.columns if _is_ours(name)])
    within = _ranked_within(frame, policy, rank_within)
    wanted = ["pathway_id", *wanted_columns(policy, map(str, frame.columns)), *policy.guards.coverage_by]
    need(frame, dict.fromkeys(wanted), f"The policy {policy.name}")
    reader = Reader(policy)
    reading = Reading.whole([reader.read(Batch(block)) for block in blocks(frame, reader.columns)])
    state = _settled(frame, policy, reader, reading)
    sheet = reader.fill(reading, {name: whole(mean) for name, mean in state.means.items()})
    identity = Identity(_groups(frame, within), tuple(_text(frame[name]) for name in _TIES if name in frame.columns))
    found = order(reader, reading, sheet, identity, ranges=ranges)
    remember(policy)
    policy.remember(state)
    return with_columns(frame, _typed(columns_of(reader, reading, sheet, found, ranges=ranges)))


def _is_ours(name: object) -> bool:
    return name in _ADDED or (isinstance(name, str) and name.startswith("points_"))


def _ranked_within(frame: pd.DataFrame, policy: Policy, asked: Sequence[str] | None) -> list[str]:
    if asked is None:
        return [name for name in policy.order.rank_within if name in frame.columns]
    wanted = [asked] if isinstance(asked, str) else list(asked)
    need(frame, wanted, "rank_within")
    return wanted


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


# --- what must be known of the list -----------------------------------------------------------------------------------


def _settled(frame: pd.DataFrame, policy: Policy, reader: Reader, reading: Reading) -> State:
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
    _check_coverage(frame, policy, reader, reading)
    means = policy.state.means if policy.state else _means(reader, reading)
    return policy.state or State(snapshot=snapshot, means=means)  # type: ignore[arg-type]


def _means(reader: Reader, reading: Reading) -> dict[str, float]:
    """Return the mean points of each factor that asks for it, over the people who have it recorded."""
    found = {}
    for factor, part, known in zip(reader.factors, reading.points, reading.known, strict=True):
        rows = known & reading.people
        if factor.missing == "list_mean" and rows.any():
            found[factor.name] = round(int(part[rows].sum()) / int(rows.sum())) / MILLION
    return found


def _check_coverage(frame: pd.DataFrame, policy: Policy, reader: Reader, reading: Reading) -> None:
    """Refuse factors that are recorded for too few, overall or in a group that the policy looks at."""
    people = reading.people
    groups = {"the list": np.zeros(len(people), np.int64), **_looked_at(frame, policy)}
    found = []
    for factor, known in zip(reader.factors, reading.known, strict=True):
        if factor.matters and people.any():
            shares = {name: _least_share(known[people], group[people]) for name, group in groups.items()}
            found += [
                f"{factor.name}: recorded for {share:.0%} of {'a group by ' if name != 'the list' else ''}{name} "
                f"({factor.coverage:.0%} needed)"
                for name, share in shares.items()
                if share < factor.coverage
            ]
    if found:
        raise PolicyError(
            "A factor is recorded for too few people to count fairly.",
            found="; ".join(found) + ".",
            todo="Fill the records, leave the factor out, or set its coverage= and coverage_because= in the policy.",
        )


def _looked_at(frame: pd.DataFrame, policy: Policy) -> Mapping[str, np.ndarray]:
    return {name: distinct(to_arrow(frame[name]))[1] for name in policy.guards.coverage_by}


def _least_share(known: np.ndarray, group: np.ndarray) -> float:
    size, have = np.bincount(group), np.bincount(group, weights=known)
    enough = size >= min(_FEW, len(known))
    return float((have[enough] / size[enough]).min()) if enough.any() else 1.0


# --- columns in and out -----------------------------------------------------------------------------------------------


def _text(values: pd.Series[Any]) -> pa.Array:
    array = to_arrow(values)
    return array if pa.types.is_string(array.type) else array.cast(pa.string())


def _groups(frame: pd.DataFrame, within: Iterable[str]) -> np.ndarray:
    group, groups = np.zeros(len(frame), np.int64), 1
    for name in within:
        values, place = distinct(to_arrow(frame[name]))
        met, group = met_values(group * len(values) + place, groups * len(values))
        groups = len(met)
    return group


def columns_of(
    reader: Reader, reading: Reading, sheet: Sheet, found: Places | None = None, *, ranges: bool = True
) -> dict[str, pa.Array]:
    """Return the columns that `score` adds; without places, those of row work alone."""
    people = sheet.status < OUTSIDE
    summed = people & ~np.isin(sheet.status, (UNSCORED, ASKS))
    tier = reader.standings.column("tier")[reading.standing]
    every = np.all(sheet.filled, axis=0) if sheet.filled else summed
    columns = {"tier": _whole(tier, people & (tier > 0), pa.int8()), "score": _figure(sheet.score, summed & every)}
    for factor, part, filled in zip(reader.factors, sheet.points, sheet.filled, strict=True):
        columns[f"points_{factor.name}"] = _figure(part, people & filled)
    low, high = score_range(reader, reading, sheet) if ranges else (sheet.low, sheet.high)
    if found is not None:
        columns["rank"] = _whole(found.rank, found.rank > 0, pa.int32())
    columns |= {"score_low": _figure(low, people & ranges), "score_high": _figure(high, people & ranges)}
    if found is not None:
        columns["rank_best"] = _whole(found.best, found.best > 0, pa.int32())
        columns["rank_worst"] = _whole(found.worst, found.worst > 0, pa.int32())
    columns["score_status"] = coded(sheet.status, STATUSES)
    columns["policy"] = coded(np.zeros(len(people), np.int32), [reader.stamp])
    return columns


def score_range(reader: Reader, reading: Reading, sheet: Sheet) -> tuple[np.ndarray, np.ndarray]:
    """Widen the range of rows whose codes leave several targets open."""
    count, _ = reader.standings.possibilities()
    rows = np.flatnonzero(count[reading.standing] > 1)
    low, high = sheet.low.copy(), sheet.high.copy()
    if len(rows):
        low[rows], high[rows] = score_ends(reader, reading, rows)
    return low, high


def _figure(millionths: np.ndarray, given: np.ndarray) -> pa.Array:
    return pa.array(millionths / MILLION, pa.float64(), mask=~given)


def _whole(numbers: np.ndarray, given: np.ndarray, kind: pa.DataType) -> pa.Array:
    return pc.cast(pa.array(numbers, mask=~given), kind)


def _typed(columns: Mapping[str, pa.Array]) -> dict[str, Any]:
    """Figures as nullable numbers, so that what is not given stays missing and never becomes NaN."""
    return {
        name: to_pandas(column).astype("Float64").array if pa.types.is_floating(column.type) else column
        for name, column in columns.items()
    }
