"""How one extract is read, once its headers are known: block by block, and what must be known of the list as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.engines.passes import Gather, Pass, Plan, Sums, Told, Worked
from equiwait.fields import FIELDS
from equiwait.frames import coded
from equiwait.plain_columns import plain_text
from equiwait.rows.intake.cells import without_invisible
from equiwait.rows.intake.columns import (
    DERIVED,
    doubtful_priority,
    named_columns,
    priority_shown,
    refuse_ambiguous_priority,
    renamed,
    was_read_before,
    with_text_headers,
)
from equiwait.rows.intake.date_columns import DateColumn, has_spellings, refuse_other_order
from equiwait.rows.intake.duplicates import (
    FLAGS,
    OF_PATHWAY,
    SHARED,
    of_pathways,
    of_persons,
    pathway_keys,
    person_keys,
    submission_kinds,
)
from equiwait.rows.intake.ethnicity_codes import homes_of_people, nation_of, refuse_unnamed_list
from equiwait.rows.intake.kernel import Intake
from equiwait.rows.intake.notes import RowProblems, carried, note, with_problems
from equiwait.rows.intake.own_waits import note_other_waits, other_waits
from equiwait.rows.intake.scopes import SCOPES
from equiwait.rows.intake.snapshots import (
    refuse_wrong_snapshot,
    rows_of_snapshot,
    set_snapshots,
    snapshots_shown,
    stacked,
)

__all__ = ["Extract", "Options", "moments_as_text"]

_ADDED = (*DERIVED, "ethnicity_list", "age_band_in_source", "person_id_in_source")  # by reading, beside the fields


@dataclass(frozen=True)
class Options:
    """What a user says of an extract; see `read_list`."""

    day: dt.date
    columns: Mapping[str, str] = field(default_factory=dict)
    profile: str = "auto"
    blank_means: Mapping[str, bool] = field(default_factory=dict)
    codes: Mapping[str, Any] = field(default_factory=dict)
    date_order: str = "day_first"
    duplicates: bool = True


class Extract:
    """How one extract is read.

    Parameters
    ----------
    headers : pandas.DataFrame
        Any rows of the extract, or none: its headers count.
    kinds : mapping of str to pyarrow.DataType
        The type of each column.
    options : Options
        What the user says of it.
    """

    def __init__(self, headers: pd.DataFrame, kinds: Mapping[str, pa.DataType], options: Options) -> None:
        self.options = options
        raw = with_text_headers(headers.head(0))
        came = dict(zip(raw.columns, map(str, headers.columns), strict=True))
        self.kinds = dict(zip(came.values(), kinds.values(), strict=True))
        self.was_read = was_read_before(raw.columns)
        self.first = list(raw.columns)
        raw = raw.drop(columns=list(DERIVED)) if self.was_read else raw
        self.named = named_columns(raw, options.columns, options.profile)
        names = renamed(raw, self.named).columns
        self.sources = {name: came[header] for name, header in zip(names, raw.columns, strict=True)}
        self.canonical = [name for name in self.sources if name in FIELDS]
        self.waits = other_waits(self.sources)
        self.doubtful = doubtful_priority(raw.columns, self.named, options.columns)
        self.dates = {
            name: DateColumn(name, options.date_order, options.day)
            for name in self.canonical
            if FIELDS[name].kind == "date"
        }
        self.several = False
        self.parted = False
        self.in_codes: Collection[str] = ()  # columns of text that stay in codes where they come so

    # --- what is looked at first --------------------------------------------------------------------------------------

    @property
    def looks(self) -> list[str]:
        """The headers of columns that must be looked at as a whole before a row can be read."""
        looked = [name for name in self.dates if has_spellings(self.kinds[self.sources[name]])]
        looked += ["snapshot_date"] if "snapshot_date" in self.canonical else []
        return list(dict.fromkeys(self.sources[name] for name in looked))

    def look(self, block: pa.RecordBatch) -> Worked:
        """Return what a block shows of these columns."""
        has = self._named(block)
        shown: dict[str, Any] = {
            "dates": {name: dict(self.dates[name].shows(has[name])) for name in self.dates if name in has}
        }
        if "snapshot_date" in has:
            shown["snapshots"] = snapshots_shown(has["snapshot_date"])
        return Worked(block, shown)

    def settle(self, shown: Sums) -> None:
        """Remember what the whole list shows; refuse what can be read two ways."""
        for name, column in self.dates.items():
            column.settle(shown.get("dates", {}).get(name, {}))
        refuse_other_order(self.dates.values(), self.options.date_order)
        if "snapshot_date" in self.dates:
            kind = self.kinds[self.sources["snapshot_date"]]
            self.several = stacked(shown.get("snapshots", {}), kind, self.dates["snapshot_date"])

    # --- each row by itself -------------------------------------------------------------------------------------------

    def read(self, block: pa.RecordBatch) -> Worked:
        """Read one block, as far as its own rows go."""
        options = self.options
        columns = self._clean(self._named(block))
        intake = Intake(options.day, options.blank_means, options.date_order, options.codes, self.dates, self.in_codes)
        columns |= intake(_batch({name: columns[name] for name in self.canonical}, block.num_rows))
        problems: RowProblems = {}
        if self.was_read:
            problems = carried(block.column("row_problems"), columns)
        set_snapshots(columns, block.num_rows, options.day, several=self.several)
        note_other_waits(columns, self.waits, problems)
        columns["row_problems"] = (
            with_problems(columns["row_problems"], problems) if problems else columns["row_problems"]
        )
        if isinstance(options.codes.get("ethnicity"), str) and "ethnicity" in columns:
            columns["ethnicity_list"] = coded(np.zeros(block.num_rows, np.int8), [nation_of(options.codes)])
        sums: dict[str, Any] = {"snapshot": rows_of_snapshot(columns, options.day)}
        if self.doubtful:  # no row is read otherwise, whichever it is: that nobody knows is found on the way
            sums["priority"] = priority_shown(block.column(self.sources["priority"]))
        if not self.was_read and "ethnicity" not in options.codes:
            sums["people"] = homes_of_people(columns)
        keys = {}
        if self._seeks("pathway_id"):
            keys["pathway"] = pathway_keys(columns)
        if self._seeks("person_id"):
            keys["person"] = person_keys(columns)
        return Worked(_batch(columns, block.num_rows), sums, keys)

    def _named(self, block: pa.RecordBatch) -> dict[str, pa.Array]:
        """The columns of a block by the names that they have from here on."""
        has = set(block.schema.names)
        return {name: block.column(source) for name, source in self.sources.items() if source in has}

    def _seeks(self, name: str) -> bool:
        return self.options.duplicates and name in self.canonical

    def _clean(self, columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
        """Take what nobody sees out of text of the user's own, and keep moments that are read as text to the second."""
        for name, column in columns.items():
            each = FIELDS.get(name)
            if each is not None and each.kind == "text" and pa.types.is_temporal(column.type):
                columns[name] = moments_as_text(column)
            elif each is None:
                columns[name] = without_invisible(plain_text(column))
        if not self.was_read and "age_band" in columns and {"age", "date_of_birth"} & set(columns):
            columns["age_band_in_source"] = columns["age_band"]  # ours is made from ages; theirs is kept beside it
        return columns

    # --- the list as a whole ------------------------------------------------------------------------------------------

    @property
    def gathers(self) -> list[Gather]:
        """The list work of reading: submissions of one pathway, and identifiers that people share."""
        order = self.options.date_order
        pathway = Gather(
            "pathway",
            lambda keys, kinds: of_pathways(keys.table, kinds, order),
            lambda keys: submission_kinds(keys, order),
        )
        person = Gather(
            "person",
            lambda keys, _: of_persons(keys.table),
            None,
            lambda answers: {"shared": bool(pc.any(answers[SHARED]).as_py())},
        )
        return [each for each in (pathway, person) if self._seeks(f"{each.name}_id")]

    def told(self, sums: Sums) -> None:
        """Refuse a list that cannot be what the user says it is, or can be read two ways; remember whether identifiers are shared."""
        if self.doubtful:
            refuse_ambiguous_priority(self.doubtful, sums["priority"])
        if "people" in sums:
            refuse_unnamed_list(sums["people"], self.options.codes)
        header = next(header for header, name in self.named.items() if name == "clock_start")
        refuse_wrong_snapshot(sums["snapshot"], self.options.day, header)
        self.parted = bool(sums.get("shared"))

    def finish(self, block: pa.RecordBatch) -> pa.RecordBatch:
        """Put what the list as a whole says of each row into its columns, and those in their order."""
        columns = dict(zip(block.schema.names, block.columns, strict=True))
        problems: RowProblems = {}
        flags = np.asarray(columns.pop(FLAGS)) if FLAGS in columns else np.zeros(block.num_rows, np.int8)
        if SHARED in columns:
            shared = columns.pop(SHARED)
            note(problems, "person_id_shared", np.asarray(shared))
            if self.parted:
                columns["person_id_in_source"] = columns["person_id"]
                columns["person_id"] = pc.if_else(shared, pa.scalar(None, pa.string()), columns["person_id"])
        for code, flag in OF_PATHWAY.items():
            if code != "duplicate":
                note(problems, code, flags & flag > 0)
        again = flags & OF_PATHWAY["duplicate"] > 0
        if again.any():
            columns["scope"] = coded(
                np.where(again, SCOPES.index("duplicate"), np.asarray(columns["scope"].indices)), SCOPES
            )
        if problems:
            columns["row_problems"] = with_problems(columns["row_problems"], problems)
        return _batch({name: columns[name] for name in self.in_order(columns)}, block.num_rows)

    def in_order(self, names: Collection[str]) -> list[str]:
        """Return the names of columns as they stood in the extract, what reading adds behind them."""
        place = (
            [self.named.get(name, name) for name in self.first]
            if self.was_read
            else [*self.sources, "age_band_in_source"]
        )
        before = dict.fromkeys(name for name in place if name in names)
        return [*before, *(name for name in names if name not in before)]

    @property
    def own(self) -> list[str]:
        """The columns of the user's own, which reading passes through."""
        return [name for name in self.sources if name not in FIELDS and name not in _ADDED]

    @property
    def reads(self) -> list[str]:
        """The headers of all columns that reading looks at."""
        own = ["row_problems"] if self.was_read else []
        return [*(self.sources[name] for name in (*self.canonical, *self.waits)), *own]

    def plan(self) -> Plan:
        """Yield the passes that read a list."""
        shown = (yield Pass(self.look, reads=self.looks)) if self.looks else Told()
        self.settle(shown.sums)
        told = yield Pass(self.read, self.gathers)
        self.told(told.sums)


def _batch(columns: Mapping[str, pa.Array], rows: int) -> pa.RecordBatch:
    if not columns:
        return pa.RecordBatch.from_arrays([pa.nulls(rows)], names=["_"])
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def moments_as_text(column: pa.Array) -> pa.Array:
    """Return days and moments as text, with as many digits of a second as each needs.

    Examples
    --------
    >>> moments_as_text(pa.array([dt.datetime(2026, 10, 1, 9, 30), dt.datetime(2026, 10, 1, 9, 30, 0, 500_000)])).to_pylist()
    ['2026-10-01 09:30:00', '2026-10-01 09:30:00.500000']
    """
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    if getattr(column.type, "tz", None):
        column = pc.local_timestamp(column)
    return pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
