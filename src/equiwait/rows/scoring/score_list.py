"""`score`: the verb for a whole list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from equiwait.derived import list_from
from equiwait.errors import OptionError
from equiwait.fields.catalogue import named_by
from equiwait.frames import categorical, distinct, in_one, in_pieces, need, to_arrow, with_columns, with_gaps
from equiwait.parallel import spread, threads_for
from equiwait.plain_columns import Plain, plain
from equiwait.room import noughts, room_for
from equiwait.rows.policies import Policy, State
from equiwait.rows.policies.expiry import as_day
from equiwait.rows.policies.protected_characteristics import must_be_equity
from equiwait.rows.scoring.blocks import Batch
from equiwait.rows.scoring.cases import Cases
from equiwait.rows.scoring.coverage import (
    Recorded,
    check_coverage,
    groupings,
    recorded,
    snapshot_of,
    total,
)
from equiwait.rows.scoring.disguised_columns import refuse_disguised
from equiwait.rows.scoring.kernel import Room, fill_room, refuse_other_names, silent, wanted_columns
from equiwait.rows.scoring.list_means import MeanSums, no_sums, sums_of
from equiwait.rows.scoring.ordering import Places, order
from equiwait.rows.scoring.pieces import Pieces, blocks_of
from equiwait.rows.scoring.points import whole
from equiwait.rows.scoring.prepared_policies import remember
from equiwait.rows.scoring.promises import HELD
from equiwait.rows.scoring.protected_people import marked
from equiwait.rows.scoring.row_scores import STATUSES, Reader
from equiwait.rows.scoring.sentences import tier_names
from equiwait.rows.scoring.sort_keys import Scored, sort_keys, taking_part
from equiwait.rows.scoring.tie_breaks import Identifier, Identity, groups_of, leads_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import DTypeLike

__all__ = ["ADDED", "check_headers", "people_numbers", "ranked_within", "score", "tier_name", "ties_of"]

ADDED = (
    "tier", "tier_name", "score", "rank", "base_rank", "held_by", "why", "score_low", "score_high", "rank_best", "rank_worst",
    "days_to_target", "past_target", "harm_review", "score_status", "policy",
)  # fmt: skip

_UNASKED: dict[str, type[np.generic]] = {
    "score_low": np.float64,
    "score_high": np.float64,
    "rank_best": np.int32,
    "rank_worst": np.int32,
}


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

        - ``tier``: place of the tier in the policy, 1 first; ``tier_name``: its name (a number, where the name of any tier
          would tell what is sensitive);
        - ``points_<factor>``: each part of the score; ``score``: their sum;
        - ``rank``: place in the group, 1 first; empty for people who are listed apart;
        - ``base_rank``: the place without what is social; ``held_by``: the guard that had the last word on the place, if any
          had: ``protect``, ``protect_ahead``, ``max_places_moved_down``, ``max_gain`` or ``others_held``;
        - ``why``: the place in one line, naming nothing that is sensitive;
        - ``days_to_target``, ``past_target``: days until the target of the priority, fewer than none once it has passed;
          ``harm_review``: whether the policy asks for the wait to be reviewed;
        - ``score_low``, ``score_high``: between which scores the person's own unrecorded inputs leave it;
        - ``rank_best``, ``rank_worst``: between which places everyone's unrecorded inputs, once known, leave the person;
        - ``score_status``: ``scored``, or why the person is listed apart;
        - ``policy``: name, fingerprint, *not approved* unless it is, and every guard that cannot hold because the list
          lacks its column.

    Raises
    ------
    ColumnsError
        If the list lacks a column that the policy reads, or gives it under another name.
    InputError
        If open rows are of several snapshots, or of none.
    PolicyError
        If a justification or the approval has expired by the snapshot, if a template is not filled in, if a factor
        is recorded for too few, or if a column holds ethnic categories, sexes, postcodes … under another name.

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
    frame = _without_earlier_scores(list_from(waiting, ordered=False, raw=True))
    within = ranked_within(frame.columns, policy, rank_within)
    reader = Reader(policy, ranges=ranges)
    check_headers(list(map(str, frame.columns)), policy, reader.columns, rank_within)
    refuse_disguised(frame, policy)
    snapshot, looked_at = snapshot_of(frame, policy), groupings(frame, policy)
    state = policy.state or State(snapshot=as_day(snapshot), means=dict(_means(frame, reader)))
    means = {name: whole(mean) for name, mean in state.means.items()}
    room, cases = Room.of(reader, len(frame)), Cases(policy)
    ties = ties_of(frame.columns)
    identity = Identity([Identifier.of(partial(in_pieces, frame[name])) for name in ties], _people(frame, policy))
    leads = leads_of(in_pieces(frame[ties[0]]))
    pieces = Pieces(groups_of([plain(frame[name]) or in_pieces(frame[name]) for name in within], len(frame)))

    def row_work(block: tuple[int, tuple[slice, Batch]]) -> Recorded:
        number, (rows, batch) = block
        scored = Scored.of(reader, reader.read(batch), means)
        fill_room(room.part(rows), reader, scored, cases)
        keys = {**sort_keys(reader, scored, means), "lead": leads(rows)}
        pieces.put(number, keys, taking_part(reader, scored))
        return recorded(reader, scored.reading, looked_at, rows)

    counts = list(spread(row_work, enumerate(_numbered_blocks(frame, reader))))
    check_coverage(reader, looked_at, total(counts))
    found = order(policy, pieces, identity, ranges=ranges)
    remember(policy)
    policy.remember(state)
    stamp = marked(reader.stamp, policy, frame.columns)
    return with_columns(frame, _arranged(policy, room, found, cases.said(room.cases, found.held), stamp))


def check_headers(
    headers: Sequence[str], policy: Policy, reads: Iterable[str], rank_within: Sequence[str] | None
) -> None:
    """Refuse a list that lacks a column which the policy must read, or has it under another name."""
    wanted = [named_by(headers), *wanted_columns(policy, headers), *policy.guards.coverage_by]
    wanted += ["person_id"] if policy.order.same_person == "together" else []
    wanted += policy.order.rank_within if rank_within is None and policy.order.rank_within_said else []
    need(headers, dict.fromkeys(wanted), f"The policy {policy.name}")
    refuse_other_names(headers, reads, policy)


def ties_of(headers: Iterable[str]) -> list[str]:
    """Return the identifiers that settle ties, of a list that has these headers."""
    has = list(headers)
    ties = (named_by(has), "pathway_issuer", "referral_id", "clock_start", "provider")
    return [name for name in ties if name in has]


def _people(frame: pd.DataFrame, policy: Policy) -> np.ndarray | None:
    """Return a number for each person, where a person's pathways stand together; a blank is nobody else's."""
    if policy.order.same_person == "apart":
        return None
    return people_numbers(to_arrow(frame["person_id"]))


def people_numbers(person: pa.Array) -> np.ndarray:
    """Return a number for each person; a blank is nobody else's."""
    values, place = distinct(person)
    blank = np.array([not (value or "").strip() for value in values])[place]
    return np.where(blank, len(values) + np.arange(len(place)), place)


def _numbered_blocks(frame: pd.DataFrame, reader: Reader) -> Iterator[tuple[slice, Batch]]:
    """Yield blocks of the columns that the policy reads, each with the rows that it holds."""
    has = {name: frame[name] for name in reader.columns if name in frame.columns}
    columns = {name: plain(column) or in_pieces(column) for name, column in has.items()}
    for rows in blocks_of(len(frame)):
        yield rows, Batch({name: _part(column, rows) for name, column in columns.items()}, rows.stop - rows.start)


def _part(column: Plain | pa.Array | pa.ChunkedArray, rows: slice) -> Plain | pa.Array:
    return column.part(rows) if isinstance(column, Plain) else in_one(column[rows])


def _means(frame: pd.DataFrame, reader: Reader) -> dict[str, float]:
    """Take the list's means where a factor asks for one: it needs a look at every block before any is scored."""
    nothing = no_sums(reader.policy)
    if not nothing.people:
        return {}

    def look(block: tuple[slice, Batch]) -> MeanSums:
        return sums_of(reader, block[1])

    return sum(spread(look, _numbered_blocks(frame, reader)), nothing).means


def _without_earlier_scores(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop what an earlier `score` added; a column of the user's own that bears such a name is kept as ``…_in_source``."""
    names = [name for name in frame.columns if name in ADDED or str(name).startswith("points_")]
    if {"score_status", "rank", "policy"} <= set(frame.columns):
        return frame.drop(columns=[name for name in names if name in ADDED or str(frame[name].dtype) == "Float64"])
    return frame.rename(columns={name: f"{name}_in_source" for name in names if name in ADDED})


def ranked_within(headers: Iterable[str], policy: Policy, asked: Sequence[str] | None) -> list[str]:
    """Return the columns within whose groups people are ranked, of a list that has these headers."""
    has = list(headers)
    if asked is None:
        return [name for name in policy.order.rank_within if name in has]
    wanted = [asked] if isinstance(asked, str) else list(asked)
    need(has, wanted, "rank_within")
    if social := must_be_equity(wanted):
        raise OptionError(
            f"People are not ranked apart by that: {social}.", todo="Rank within providers and specialties."
        )
    return wanted


def _arranged(policy: Policy, room: Room, found: Places, why: pd.Categorical[str], stamp: str) -> dict[str, Any]:
    """Put the places among the columns that rows fill by themselves, as columns of a frame."""
    rows = len(found.rank)
    places = {"rank": found.rank, "base_rank": found.base, "rank_best": found.best, "rank_worst": found.worst}
    blank = silent(policy) | ({} if "score_low" in room.columns else _UNASKED)
    made: dict[str, Callable[[], Any]] = {
        **{name: partial(with_gaps, *filled) for name, filled in room.columns.items()},
        **{name: partial(_where_any, place) for name, place in places.items()},
        **{name: partial(_blank, rows, kind) for name, kind in blank.items()},
        "tier_name": lambda: tier_name(policy, *room.columns["tier"]),
        "held_by": lambda: categorical(np.subtract(found.held, 1, out=room_for(rows, np.int8)), HELD),
        "why": lambda: why,
        "score_status": lambda: categorical(room.columns["score_status"][0], STATUSES),
        "policy": lambda: categorical(noughts(rows, np.int8), [stamp]),
    }
    parts = [name for name in room.columns if name.startswith("points_")]
    at = ADDED.index("rank")
    names = [*ADDED[:at], *parts, *ADDED[at:]]
    return dict(zip(names, spread(lambda name: made[name](), names, threads=threads_for(rows)), strict=True))


def _where_any(place: np.ndarray) -> Any:
    none = noughts(len(place), np.bool_)
    if not place.all():
        np.equal(place, 0, out=none)
    return with_gaps(place, none)


def _blank(rows: int, kind: DTypeLike) -> Any:
    every = room_for(rows, np.bool_)
    every[:] = True
    return with_gaps(noughts(rows, kind), every)


def tier_name(policy: Policy, tier: np.ndarray, missing: np.ndarray) -> pd.Categorical[str]:
    """Return the name of each row's tier."""
    names, place = tier_names(policy), room_for(len(tier), tier.dtype)
    np.subtract(tier, 1, out=place)
    np.copyto(place, -1, where=missing if names else True)
    return categorical(place, list(dict.fromkeys(names)))
