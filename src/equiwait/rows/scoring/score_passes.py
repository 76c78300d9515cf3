"""`score` for lists that come block by block: rows, the sums of the list, and places from small keys.

Each step is the one that `score` takes; only what runs between them differs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import accumulate, chain
from typing import Any

import numpy as np
import pyarrow as pa

from equiwait.engines.passes import BETWEEN, HOME, Gather, Keys, Sums, Worked, alike, homes_of, runs_of
from equiwait.frames import coded, distinct
from equiwait.parallel import spread
from equiwait.plain_columns import masked, plain
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.blocks import Batch, rows_with
from equiwait.rows.scoring.cases import Cases
from equiwait.rows.scoring.coverage import (
    Grouping,
    Recorded,
    check_coverage,
    one_day,
    open_days,
    recorded,
)
from equiwait.rows.scoring.disguised_columns import refuse_texts, texts_of
from equiwait.rows.scoring.in_kinds import out_of_kinds
from equiwait.rows.scoring.kernel import Room, blank_columns, columns_in_kinds, figures_of, fill_room, tier_kind
from equiwait.rows.scoring.list_means import MeanSums, list_means, mean_sums, no_sums, with_means
from equiwait.rows.scoring.ordering import order
from equiwait.rows.scoring.pieces import Pieces, Runs, Stretches
from equiwait.rows.scoring.points import MILLION
from equiwait.rows.scoring.prepared_policies import reader_of
from equiwait.rows.scoring.promises import HELD
from equiwait.rows.scoring.protected_people import marked
from equiwait.rows.scoring.row_scores import STATUSES, Reader
from equiwait.rows.scoring.score_list import (
    ADDED,
    check_headers,
    people_numbers,
    ranked_within,
    tier_name,
    ties_of,
)
from equiwait.rows.scoring.sort_keys import Scored, SortKeys, key_names, sort_keys, taking_part
from equiwait.rows.scoring.tie_breaks import Identifier, Identity, Leads, after_all_share

__all__ = ["PLACE_COLUMNS", "ScorePasses"]

PLACE_COLUMNS = ("rank", "base_rank", "held_by", "why", "rank_best", "rank_worst")
"""Columns that hang on a row's place."""


_CASE, _HELD = f"{BETWEEN}why in numbers", f"{BETWEEN}held"
_KINDS = f"{BETWEEN}kinds"
_PLACES = ("rank", "base_rank", "rank_best", "rank_worst", _HELD)
_PERSON = "person"
_LEAD, _AFTER = "lead", "after"  # leads of the identifier that settles ties first, and after which letters they are
_BLANK = "-"


class ScorePasses:
    """How a policy puts a list in order, pass by pass.

    Parameters
    ----------
    policy : Policy
        The policy.
    headers : mapping of str to pyarrow.DataType
        The columns of the list before it is scored.
    rank_within : sequence of str, optional
        As in `score`.
    ranges : bool
        As in `score`.
    wanted : collection of str, optional
        The columns that somebody asks for of a list in order; by default all.
    """

    def __init__(
        self,
        policy: Policy,
        headers: Mapping[str, pa.DataType],
        rank_within: Sequence[str] | None,
        *,
        ranges: bool,
        wanted: Collection[str] | None = None,
    ) -> None:
        policy.check_filled()
        self.policy, self.ranges, self.wanted = policy, ranges, wanted
        self.renamed = _without_earlier(headers)
        self.headers = [name for name in self.renamed.values() if name is not None]
        self.within = ranked_within(self.headers, policy, rank_within)
        self.reads = self._reader.columns
        check_headers(self.headers, policy, self.reads, rank_within)
        self.asks_mean = bool(no_sums(policy).people) and policy.state is None

    @property
    def _reader(self) -> Reader:
        return reader_of(self.policy, ranges=self.ranges)

    def leave_out(self, columns: Collection[str]) -> None:
        """Have blocks come without some columns that nobody asks for."""
        self.renamed = {old: new for old, new in self.renamed.items() if old not in columns}

    # --- before a row is scored ---------------------------------------------------------------------------------------

    def rows(self, block: pa.RecordBatch) -> pa.RecordBatch:
        """Return a block without what an earlier score added."""
        kept = [(new, block.column(old)) for old, new in self.renamed.items() if new is not None]
        return pa.RecordBatch.from_arrays([column for _, column in kept], names=[name for name, _ in kept])

    def look(self, block: pa.RecordBatch) -> dict[str, Any]:
        """Return what must be known of the whole list: its day, that its columns are what they say, and its means."""
        dated = block.column("snapshot_date")
        if "scope" in block.schema.names:
            values, place = distinct(block.column("scope"))
            open_ones = rows_with([value == "rtt_open" for value in values], place)
            dated = dated if open_ones.all() else dated.filter(pa.array(open_ones))
        found: dict[str, Any] = {
            "days": open_days(dated),
            "texts": texts_of({name: block.column(name) for name in self.policy.reads if name in block.schema.names}),
        }
        if self.asks_mean:
            sums = mean_sums(self.policy, block)
            found |= {"mean_people": dict(sums.people), "mean_points": dict(sums.points)}
        return found

    def settle(self, told: Sums) -> None:
        """Refuse what cannot be put in order; set the means of the list."""
        refuse_texts(told["texts"], self.policy)
        day = one_day(told["days"], self.policy)
        if self.asks_mean:
            self.policy = with_means(self.policy, MeanSums(told["mean_people"], told["mean_points"]), day)

    # --- scores -------------------------------------------------------------------------------------------------------

    def score(self, block: pa.RecordBatch) -> Worked:
        """Score a block: its columns and all but their places, how well factors are recorded, and the keys of places."""
        reader = self._reader
        means = list_means(self.policy)
        scored = Scored.of(reader, reader.read(Batch.of(block)), means)
        # what is said of each row lies on disk till the last pass: millionths have few bits, and kinds of row fewer
        cases, few = Cases(self.policy), self._in_kinds
        room = Room.of(reader, block.num_rows, reader.score_kind, without=set(chain(*few.values())))
        fill_room(room, reader, scored, cases if self._asked(_CASE) else None)
        columns = dict(zip(block.schema.names, block.columns, strict=True))
        columns |= {name: masked(*filled) for name, filled in room.columns.items() if self._asked(name)}
        columns |= {together: columns_in_kinds(scored, reader, names) for together, names in few.items()}
        columns |= blank_columns(self.policy, block.num_rows)
        if self._asked(_CASE):
            words = [",".join(map(str, case)) for case in cases.found]
            columns[_CASE] = coded(room.cases, words, grows=True)
        names = [name for name in columns if name in few or self._asked(name)] or list(columns)[:1]
        rows = pa.RecordBatch.from_arrays([columns[name] for name in names], names=names)
        looked_at = [
            Grouping("the list", None),
            *(Grouping(name, distinct(block.column(name))[1]) for name in self._looked_at),
        ]
        counts = recorded(reader, scored.reading, looked_at, slice(0, block.num_rows)).counts
        sums = {"coverage": {"": _by_name([None], counts[0])}}
        for name, table in zip(self._looked_at, counts[1:], strict=True):
            sums["coverage"][name] = _by_name(distinct(block.column(name))[0], table)
        mine = sort_keys(reader, scored, means, base=self._asked("base_rank"))
        keys = self._keys(block, mine, taking_part(reader, scored))
        return Worked(rows, sums, {"places": keys})

    @property
    def _looked_at(self) -> Sequence[str]:
        return self.policy.guards.coverage_by

    def refuse_unrecorded(self, told: Sums) -> None:
        """Refuse a policy of which a line is recorded for too few of the whole list."""
        tables = told["coverage"]
        looked_at = [Grouping("a group by " + name if name else "the list", None) for name in ("", *self._looked_at)]
        counts = tuple(_as_table(tables[name]) for name in ("", *self._looked_at))
        check_coverage(self._reader, looked_at, Recorded(counts))

    def _keys(self, block: pa.RecordBatch, sort_keys: SortKeys, taking_part: np.ndarray) -> pa.RecordBatch:
        """Everybody who may have a place is at home in the group that they are ranked in."""
        home = homes_of([block.column(name) for name in self.within], block.num_rows, taking_part)
        lead, shared = Leads.of(block.column(self._ties[0]))
        after = alike(_BLANK if shared is None else shared.hex(), block.num_rows)
        keys: dict[str, Any] = {HOME: home, **sort_keys, _LEAD: lead, _AFTER: after}
        keys |= {name: block.column(name) for name in self._ties}
        if self.policy.order.same_person != "apart":
            keys[_PERSON] = block.column("person_id")
        columns = [pa.array(each) if isinstance(each, np.ndarray) else each for each in keys.values()]
        return pa.RecordBatch.from_arrays(columns, names=list(keys))

    @property
    def _ties(self) -> list[str]:
        return ties_of(self.headers)

    @property
    def gather(self) -> Gather:
        """The list work of scoring: places."""
        return Gather("places", self._solve, seldom=self._ties)

    def _solve(self, keys: Keys, _votes: Sums) -> pa.Table:
        """Place the people of whole groups; who is at home nowhere gets no place."""
        base, table = self._asked("base_rank"), keys.table.unify_dictionaries()
        person = people_numbers(_whole(table[_PERSON])) if _PERSON in table.column_names else None
        identity = Identity([Identifier(partial(keys.seldom, name)) for name in self._ties], person)
        names = key_names(self._reader, base=base)
        blocks = table.to_batches() or [pa.RecordBatch.from_pylist([], table.schema)]
        runs, nowhere = _groups(blocks)
        columns = [{name: block.column(name).to_numpy(zero_copy_only=False) for name in names} for block in blocks]
        columns = [{**mine, _LEAD: lead} for mine, lead in zip(columns, _leads(blocks), strict=True)]
        pieces = (Stretches if all(each.in_order for each in runs) else _moved)(columns, runs, nowhere)
        places = order(self.policy, pieces, identity, ranges=self.ranges, base=base)
        each = dict(zip(_PLACES, (places.rank, places.base, places.best, places.worst, places.held), strict=True))
        asked = [name for name in _PLACES if name in ("rank", _HELD) or self._asked(name)]
        return pa.table({name: each[name] for name in asked})

    # --- once places are known ----------------------------------------------------------------------------------------

    def finish(self, block: pa.RecordBatch) -> pa.RecordBatch:
        """Return a block with everything that `score` adds, in its order."""
        columns = dict(zip(block.schema.names, block.columns, strict=True))
        held = np.asarray(columns.pop(_HELD))
        columns |= {name: _place(columns[name]) for name in _PLACES[:-1] if name in columns}
        columns |= {name: _points(columns[name]) for name in figures_of(self._reader) if name in columns}
        types = {"tier": pa.from_numpy_dtype(tier_kind(self.policy))}
        for together, few in self._in_kinds.items():
            columns |= out_of_kinds(columns.pop(together), {name: types.get(name, pa.float64()) for name in few})
        columns |= self._words(columns, held)
        wanted = [*(name for name in self.headers if name not in self.adds), *self.adds]
        names = [name for name in wanted if name in columns]
        return pa.RecordBatch.from_arrays([columns[name] for name in names], names=names)

    @property
    def _in_kinds(self) -> dict[str, list[str]]:
        """The columns that are asked for and lie together, by what they are called till then; a tier alone is as short as a kind."""
        asked = (list(filter(self._asked, names)) for names in self._reader.in_kinds)
        return {f"{_KINDS} {number}": names for number, names in enumerate(asked) if names not in ([], ["tier"])}

    def _asked(self, name: str) -> bool:
        """Whether a column of a scored block is needed for what is asked of the list in order."""
        if self.wanted is None:
            return True
        return name in self.wanted or {"tier": "tier_name", _CASE: "why"}.get(name) in self.wanted

    def _words(self, columns: dict[str, pa.Array], held: np.ndarray) -> dict[str, pa.Array]:
        """Return the columns of words, of those that what is there allows for."""
        rows = len(held)
        said: dict[str, pa.Array] = {
            "held_by": coded(held - np.int8(1), HELD),
            "policy": coded(np.zeros(rows, np.int8), [self.stamp]),
        }
        ends = [] if self.ranges else filter(self._asked, ("score_low", "score_high"))
        said |= {name: pa.nulls(rows, pa.float64()) for name in ends}
        if self._asked("tier_name"):
            tier = columns["tier"]
            names = tier_name(self.policy, np.asarray(tier.fill_null(0)), np.asarray(tier.is_null()))
            said["tier_name"] = coded(names.codes, list(names.categories))
        if "score_status" in columns:
            said["score_status"] = coded(np.asarray(columns["score_status"]), STATUSES)
        if _CASE in columns:
            cases, number = Cases(self.policy), columns.pop(_CASE)
            cases.found = [tuple(map(int, text.split(","))) for text in number.dictionary.to_pylist()]
            why = cases.said(np.asarray(number.indices), held)
            said["why"] = coded(why.codes, list(why.categories), grows=True)
        return said

    @property
    def adds(self) -> list[str]:
        """The columns that scoring adds, in their order."""
        at = ADDED.index("rank")
        return [*ADDED[:at], *(f"points_{factor.name}" for factor in self.policy.parts), *ADDED[at:]]

    @property
    def stamp(self) -> str:
        """The policy's stamp, with what its guards cannot do for this list."""
        return marked(self._reader.stamp, self.policy, self.headers)


def _without_earlier(headers: Mapping[str, pa.DataType]) -> dict[str, str | None]:
    """Say which columns stay, under which name: an earlier score goes; the user's own of such a name is ``…_in_source``."""
    names = [name for name in headers if name in ADDED or name.startswith("points_")]
    if {"score_status", "rank", "policy"} <= set(headers):
        gone = {name for name in names if name in ADDED or pa.types.is_floating(headers[name])}
        return {name: None if name in gone else name for name in headers}
    return {name: f"{name}_in_source" if name in ADDED else name for name in headers}


def _place(places: pa.Array) -> pa.Array:
    values = np.asarray(places)
    return masked(values, values == 0)


def _points(millionths: pa.Array) -> pa.Array:
    held = plain(millionths)
    assert held is not None
    return masked(held.values / MILLION, held.missing)


def _groups(blocks: Sequence[pa.RecordBatch]) -> tuple[list[Runs], int]:
    """Return the groups of the rows of blocks, numbered in the order of homes, in which rows on disk stand; and the number of no group."""
    homes, lengths = zip(*(runs_of(block.column(HOME)) for block in blocks), strict=True)
    met = pa.array(np.concatenate([*homes, np.zeros(1, np.uint64)])).dictionary_encode()
    number = met.dictionary.to_numpy() - np.uint64(1)  # 0, which is nowhere, comes last
    place = np.unique(number, return_inverse=True)[1].astype(np.int32).take(np.asarray(met.indices))
    several = np.split(place[:-1], np.cumsum([len(each) for each in homes])[:-1])
    return list(map(Runs, several, lengths)), int(place[-1])


def _moved(blocks: Sequence[dict[str, np.ndarray]], runs: Sequence[Runs], nowhere: int) -> Pieces:
    """Return pieces of blocks whose rows stand in any order."""
    group = np.concatenate([np.repeat(*each) for each in runs])
    pieces = Pieces(group, list(accumulate(int(each.lengths.sum()) for each in runs)))

    def put(at: int) -> None:
        pieces.put(at, blocks[at], group[pieces.blocks[at]] != nowhere)

    for _ in spread(put, range(len(blocks))):
        pass  # each writes for itself
    return pieces


def _leads(blocks: Sequence[pa.RecordBatch]) -> list[np.ndarray]:
    """Return the leads of the rows of each block of one list, whose parts say after which letters theirs are."""
    said = [runs_of(block.column(_AFTER)) for block in blocks]
    texts = sorted({text for several, _ in said for text in several})
    shared = [None if text == _BLANK else bytes.fromhex(text) for text in texts]
    parts = [
        np.repeat(np.array([texts.index(text) for text in several], np.intp), lengths) for several, lengths in said
    ]
    each = zip((block.column(_LEAD).to_numpy() for block in blocks), parts, strict=True)
    return [after_all_share(lead, part, shared) for lead, part in each]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column of chunks as one array, its dictionaries made one."""
    column = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _by_name(values: Sequence[str | None], table: np.ndarray) -> dict[str, dict[str, int]]:
    """A table of counts, one column for each value, as sums that add whatever values other blocks have."""
    tables = zip(values, table.T.tolist(), strict=False)
    return {
        "-" if value is None else f"={value}": {str(at): many for at, many in enumerate(column)}
        for value, column in tables
    }


def _as_table(sums: Mapping[str, Mapping[str, int]]) -> np.ndarray:
    return np.array([[column[str(at)] for at in range(len(column))] for column in sums.values()]).T
