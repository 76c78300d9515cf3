"""The row work of intake: raw columns in, canonical columns, scope, days waited and problems out.

A cell that cannot be read stays missing, and the row says why in ``row_problems``. Whatever is asked of a cell is asked
once for each distinct value of a block (`equiwait.frames.distinct`). Every block gives the same columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from equiwait.fields import FIELDS, Field
from equiwait.frames import Columns
from equiwait.rows.intake.cells import cells_of
from equiwait.rows.intake.date_columns import DateColumn
from equiwait.rows.intake.dates import DateOrder
from equiwait.rows.intake.ethnicity_codes import local_codes, note_local_codes
from equiwait.rows.intake.identifiers import IDENTIFIERS, read_identifiers
from equiwait.rows.intake.kinds_of_cells import read_codes, read_flags, read_number, read_text, read_whole
from equiwait.rows.intake.notes import RowProblems, joined
from equiwait.rows.intake.priority_codes import split_priority
from equiwait.rows.intake.scopes import derive

__all__ = ["Intake"]


@dataclass(frozen=True)
class Intake:
    """The kernel of `read_list`.

    Parameters
    ----------
    snapshot : datetime.date
        The day that the list describes.
    blank_means : mapping of str to bool
        Flags recorded only when true, or only when false: what their blank means.
    order : {"day_first", "month_first"}
        How dates in numbers are read.
    codes : mapping
        Code lists and local codes, as ``codes=`` of `read_list` gives them.
    dates : mapping of str to DateColumn
        What was seen of whole columns of dates; a column that is not here is read row by row alone.
    in_codes : collection of str
        Columns of text that stay in codes where they come so.
    """

    snapshot: dt.date
    blank_means: Mapping[str, bool] = field(default_factory=dict)
    order: DateOrder = "day_first"
    codes: Mapping[str, Any] = field(default_factory=dict)
    dates: Mapping[str, DateColumn] = field(default_factory=dict)
    in_codes: Collection[str] = ()

    def __call__(self, batch: pa.RecordBatch) -> Columns:
        """Read one block."""
        problems: RowProblems = {}
        names = [name for name in batch.schema.names if name in FIELDS and name != "priority"]
        columns = {name: self._read(FIELDS[name], batch.column(name), problems) for name in names}
        if "priority" in batch.schema.names:
            split_priority(batch.column("priority"), columns, problems)
        derive(columns, batch.num_rows, self.snapshot, problems)
        columns["row_problems"] = joined(problems, batch.num_rows)
        return columns

    def _read(self, each: Field, raw: pa.Array, problems: RowProblems) -> pa.Array:
        if each.name in IDENTIFIERS:
            return read_identifiers(each, raw, problems)
        match each.kind:
            case "code":
                cells = cells_of(raw)
                if each.name == "ethnicity":
                    note_local_codes(cells, problems, self.codes)
                return read_codes(each, cells, problems, local_codes(self.codes))
            case "date":
                column = self.dates.get(each.name) or DateColumn(each.name, self.order, self.snapshot)
                return column.read(raw, problems)
            case "flag":
                return read_flags(each, raw, problems, self.blank_means)
            case "whole":
                return read_whole(each, raw, problems)
            case "number":
                return read_number(each, raw, problems)
        return read_text(each, raw, problems, in_codes=each.name in self.in_codes)
