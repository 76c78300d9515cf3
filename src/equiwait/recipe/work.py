"""The work of a recipe on one list, pass by pass: what is done to each row, and what the list as a whole must say between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from equiwait.counts.waits.columns import ArrowList
from equiwait.counts.waits.count_waits import Asked, count_block, counted_waits
from equiwait.counts.waits.persons import refuse_sizes, sizes_of
from equiwait.engines.passes import Keys, Pass, Plan, Told, Worked
from equiwait.frames import need
from equiwait.rows.intake.extract import Extract
from equiwait.rows.missing import MissingFlags, flags_for
from equiwait.rows.places.link import Linker, distinct_areas
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.score_passes import ScorePasses

if TYPE_CHECKING:
    from equiwait.counts.waits import Waits

__all__ = ["GROWN", "Work"]

GROWN = ("row_problems", "snapshot_date", "why")
"""Columns of text whose categories are those that the list happens to have."""

_PLACES = ("provider", "specialty")  # text of which there are few values, and by which people are ranked

Step = Callable[[pa.RecordBatch], Worked]


class Work:
    """The work on one list.

    Parameters
    ----------
    extract : Extract
        How it is read.
    linker : Linker or None
        Links it.
    missing : sequence of str, bool or None
        Which fields are flagged.
    policy : Policy or None
        Puts it in order.
    asked : Asked or None
        What is counted.
    keep, rank_within, ranges
        As in `Recipe`.
    """

    def __init__(
        self,
        extract: Extract,
        linker: Linker | None,
        missing: Sequence[str] | bool | None,
        policy: Policy | None,
        asked: Asked | None,
        *,
        keep: Sequence[str] | None,
        rank_within: Sequence[str] | None,
        ranges: bool,
    ) -> None:
        self.extract, self.linker, self.policy, self.asked = extract, linker, policy, asked
        self.missing, self.keep, self.rank_within, self.ranges = missing, keep, rank_within, ranges
        self.flags: MissingFlags | None = None
        self.scoring: ScorePasses | None = None
        self.counts: Waits | None = None
        self.wanted: set[str] | None = None  # the columns of a linked list that somebody asks for; None: all

    def plan(self) -> Plan:
        """Yield the passes of the whole recipe."""
        extract = self.extract
        shown = (yield Pass(extract.look, reads=extract.looks, name="looking")) if extract.looks else Told()
        extract.settle(shown.sums)
        if extract.gathers:
            told = yield Pass(extract.read, extract.gathers, name="reading")
            extract.told(told.sums)
        self._prepare()
        count = None if self.asked is None else self._count
        early, late = (count, None) if self._counts_early else (None, count)
        if self.scoring is None:
            counted = told = yield Pass(self._all, count=early, name="all", last=True)
            self._check(told)
        elif self.scoring.asks_mean:
            counted = told = yield Pass(self._before_score, count=early, name="linking")
            self._check(told)
            told = yield Pass(self._scored, [self.scoring.gather], name="scoring")
        else:
            counted = told = yield Pass(self._scored_at_once, [self.scoring.gather], count=early, name="scoring")
            self._check(told)
        if self.scoring is not None:
            self.scoring.refuse_unrecorded(told.sums)
            told = yield Pass(self._last, count=late, name="places", last=True)
            self.policy = self.scoring.policy
        if self.asked is not None:
            self.counts = _counted(self.asked, counted if self._counts_early else told)

    # --- what is done to a block --------------------------------------------------------------------------------------

    def _before_score(self, block: pa.RecordBatch) -> Worked:
        """Read, link and flag."""
        block, sums = self._read(block)
        if self.linker is not None:
            block = self.linker.block(block, wanted=self.wanted)
            if self.linker.looks_at_areas:
                areas = distinct_areas(block.column("area_code"))
                sums["areas"] = sorted(areas.to_pylist())
        if self.flags is not None:
            block = _with(block, self.flags(block))
        if self.scoring is not None:
            block = self.scoring.rows(block)
            sums["scoring"] = self.scoring.look(block)
        return Worked(block, sums, counted=self._counted_by(block) if self._counts_early else None)

    def _read(self, block: pa.RecordBatch) -> tuple[pa.RecordBatch, dict[str, Any]]:
        if self.extract.gathers:
            return self.extract.finish(block), {}
        read = self.extract.read(block)
        return self.extract.finish(read.rows), dict(read.sums)

    def _scored(self, block: pa.RecordBatch) -> Worked:
        assert self.scoring is not None
        return self.scoring.score(block)

    def _scored_at_once(self, block: pa.RecordBatch) -> Worked:
        before = self._before_score(block)
        after = self._scored(before.rows)
        return replace(after, sums={**before.sums, **after.sums}, counted=before.counted)

    def _all(self, block: pa.RecordBatch) -> Worked:
        """Do everything to a list that nobody puts in order."""
        before = self._before_score(block)
        return replace(before, rows=self._kept(before.rows))

    def _last(self, block: pa.RecordBatch) -> Worked:
        """Give every row its place."""
        assert self.scoring is not None
        block = self.scoring.finish(block)
        return Worked(self._kept(block), counted=None if self._counts_early else self._counted_by(block))

    def _kept(self, block: pa.RecordBatch) -> pa.RecordBatch:
        """Keep the columns that are wanted, as they are wanted."""
        block = block if self.keep is None else block.select(list(self.keep))
        codes = [name for name in self.extract.in_codes if name in block.schema.names]
        block = _with(block, {name: block.column(name).cast(pa.string()) for name in codes})
        said = [] if self.flags is None else self.flags.of_everybody  # whoever reads a file may count on it
        fields = [each.with_nullable(each.name not in said) for each in block.schema]
        return pa.RecordBatch.from_arrays(block.columns, schema=pa.schema(fields))

    # --- counts -------------------------------------------------------------------------------------------------------

    @property
    def _counts_early(self) -> bool:
        """Whether people are counted before anybody is put in order: by nothing that scoring adds."""
        return self.asked is not None and not (self.scoring and set(self.asked.reads) & set(self.scoring.adds))

    def _counted_by(self, block: pa.RecordBatch) -> pa.RecordBatch | None:
        """Return the columns by which people are counted, those of them that there are."""
        return (
            None
            if self.asked is None
            else block.select([each for each in self.asked.reads if each in block.schema.names])
        )

    def _count(self, table: pa.Table) -> tuple[pa.Table, dict[str, Any]]:
        """Count the people of some blocks."""
        assert self.asked is not None
        waiting = ArrowList(table)
        cells, said = count_block(waiting, self.asked)
        return cells, {"counted": said | {"sizes": sizes_of(waiting, self.asked.grouped)}}

    # --- what the whole list must say ---------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Find out on no rows at all which columns there will be, and refuse what could not be done to them."""
        block = self._empty()
        if self.linker is not None:
            self.linker.need(block.schema.names)
            block = self.linker.block(block)
        if self.missing is not False:
            fields = None if self.missing in (None, True) else list(self.missing)  # type: ignore[arg-type]
            self.flags = flags_for(block.schema.names, fields)
            block = _with(block, self.flags(block))
        if self.policy is not None:
            kinds = {each.name: each.type for each in block.schema}
            self.scoring = ScorePasses(self.policy, kinds, self.rank_within, ranges=self.ranges)
            late = self.asked.reads if self.asked is not None and not self._counts_early else []
            self.scoring.wanted = None if self.keep is None else [*self.keep, *late]
        names = [*block.schema.names, *(self.scoring.adds if self.scoring else ())]
        if self.asked is not None:
            need(names, self.asked.columns, "count_waits")
            refuse_sizes(self.asked.grouped, {}, 0)
        need(names, self.keep or (), "keep=")
        if self.scoring is not None:  # who is ranked with whom is asked of every row; what is counted goes by its text
            counted = self.asked.grouped if self.asked else []
            self.extract.in_codes = [name for name in _PLACES if name in self.scoring.within and name not in counted]
        if self.keep is not None and self.linker is not None:
            self.wanted = self._asked_for
            unmade = {*self.linker.adds} - self.wanted
            if self.scoring is not None:
                self.scoring.leave_out(unmade)

    @property
    def _asked_for(self) -> set[str]:
        """The columns of a linked list that somebody asks for, where not all are kept."""
        flagged = self.flags.reads if self.flags is not None else ()
        asked = {*(self.keep or ()), *(self.asked.reads if self.asked else ()), *flagged}
        if self.scoring is not None:
            policy = self.scoring.policy
            asked |= {*self.scoring.reads, *self.scoring.within, *policy.reads, *policy.guards.coverage_by}
        return asked

    def _empty(self) -> pa.RecordBatch:
        kinds = self.extract.kinds
        nothing = pa.RecordBatch.from_arrays([pa.nulls(0, kind) for kind in kinds.values()], names=list(kinds))
        read = self.extract.read(nothing)
        keys = {name: Keys.of(pa.Table.from_batches([each])) for name, each in read.keys.items()}
        answers = [gather.solve(keys[gather.name], {}) for gather in self.extract.gathers]
        columns = {name: each[name].combine_chunks() for each in answers for name in each.column_names}
        return self.extract.finish(_with(read.rows, columns))

    @property
    def nullable(self) -> list[str]:
        """The figures that scoring adds; where they are missing, pandas says <NA>."""
        return [] if self.scoring is None else self.scoring.adds

    @property
    def own(self) -> list[str]:
        """The columns of the user's own that no step puts another in the place of."""
        linked = set(self.linker.adds) if self.linker is not None else set()
        flagged = self.flags.adds if self.flags is not None else []
        return [name for name in self.extract.own if name not in {*linked, *flagged, *self.nullable}]

    def _check(self, told: Told) -> None:
        """Refuse what only the whole list shows."""
        if not self.extract.gathers:
            self.extract.told(told.sums)
        if self.linker is not None and self.linker.looks_at_areas:
            self.linker.refuse_other_geography(pa.array(told.sums["areas"], pa.string()))
        if self.scoring is not None:
            self.scoring.settle(told.sums["scoring"])


def _counted(asked: Asked, told: Told) -> Waits:
    assert told.cells is not None
    said = told.sums["counted"]
    refuse_sizes(asked.grouped, said["sizes"], said["rows"])
    return counted_waits(asked, told.cells, said)


def _with(block: pa.RecordBatch, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    every = {**dict(zip(block.schema.names, block.columns, strict=True)), **columns}
    return pa.RecordBatch.from_arrays(list(every.values()), names=list(every))
