"""The one column under which hospitals write four things: urgency (P1 to P4), postponement (P5, P6), tests (D) and choices (C).

Decided here and nowhere else: P5 and P6 are a person's wish to wait, C-codes another choice of the person's, D-codes belong
to tests. None of them is an urgency, and a person who has only such a code has no known urgency.

C-codes stand beside P-codes in the national data set: trusts were asked for "P1 to P6 and C1 to C4" (University Hospitals
Sussex, FOI 220692, January 2023). What each number means is not published in what we have seen, so they are kept as they are.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from equiwait.fields import FIELDS, INVALID
from equiwait.fields.code_spellings import PriorityCodes, priority_codes
from equiwait.frames import coded
from equiwait.rows.intake.cells import Reading, cells_of, read_cell
from equiwait.rows.intake.kinds_of_cells import codes_of, note_readings
from equiwait.rows.intake.notes import RowProblems

__all__ = ["BESIDE", "split_priority"]

BESIDE = {"patient_choice": "postponed", "diagnostic_priority": "test", "choice_code": "choice"}
"""Columns that a priority column also fills, and the part of `PriorityCodes` that each takes."""


def split_priority(raw: pa.Array, columns: dict[str, pa.Array], problems: RowProblems) -> None:
    """Fill ``priority`` from its raw cells, and the columns beside it where the list has none of its own or leaves them blank."""
    cells, place = cells_of(raw)
    found = [priority_codes(cell) if cell else None for cell in cells]
    read = [_urgency(cell, codes) for cell, codes in zip(cells, found, strict=True)]
    note_readings(FIELDS["priority"], read, place, problems)
    columns["priority"] = codes_of(
        FIELDS["priority"], [INVALID if one.says == "invalid" else one.value for one in read], place
    )
    for name, part in BESIDE.items():
        beside = codes_of(FIELDS[name], [getattr(codes, part) if codes else None for codes in found], place)
        columns[name] = _first(columns.get(name), beside, FIELDS[name].categories)


def _urgency(cell: str, codes: PriorityCodes | None) -> Reading:
    """The urgency of a cell; where it holds only another kind of code, urgency is not recorded and nothing is wrong."""
    if codes and not codes.urgency:
        return Reading(None, "blank")
    return read_cell(cell, lambda _: codes.urgency if codes else None)


def _first(own: pa.Array | None, beside: pa.Array, categories: tuple[str, ...]) -> pa.Array:
    """The list's own column, and where it is blank what the priority column says."""
    if own is None:
        return beside
    mine, theirs = (np.asarray(each.indices.fill_null(-1)) for each in (own, beside))
    return coded(np.where(mine < 0, theirs, mine), categories)
