"""What is wrong with a record, for each by itself: the others of its batch are scored all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np

from equiwait.errors import EquiwaitError, InputError, headers_said, listed
from equiwait.fields import FIELDS, field_of, plain
from equiwait.rows.scoring.blocks import Cells, Coded
from equiwait.rows.scoring.record_cells import Rows, text_of
from equiwait.rows.scoring.row_scores import Reader

__all__ = ["Faults", "misspelt", "refuse_days", "rows_of", "strange_keys"]

Faults = dict[int, EquiwaitError]
"""What is wrong, by the place of the record."""


def rows_of(records: Any) -> tuple[Rows, Faults]:
    """Return the records as a sequence, and which of them are none; those are empty in it."""
    if isinstance(records, str | bytes | Mapping) or not isinstance(records, Iterable):
        raise InputError(
            f"A {type(records).__name__} is not several records.",
            todo="Give a list of mappings of column names to values; one alone goes to score_record.",
        )
    rows: Any = records if isinstance(records, list | tuple) else list(records)
    strange = {kind for kind in set(map(type, rows)) if not hasattr(kind, "get")}
    if not strange:
        return rows, {}
    faults: Faults = {at: _no_mapping(row) for at, row in enumerate(rows) if type(row) in strange}
    return [{} if at in faults else row for at, row in enumerate(rows)], faults


def _no_mapping(row: Any) -> EquiwaitError:
    return InputError(
        f"The record is not a mapping of column names to values, but a {type(row).__name__}.",
        todo='Give each record as a mapping, such as {"priority": "P2"}.',
    )


def refuse_days(block: Cells, reader: Reader, faults: Faults) -> None:
    """Note records without a day that can be read, and those on whose day the policy does not hold; each day is checked once."""
    days, place = block.coded("snapshot_date")
    if len(days) == 1 and days[0] in reader.checked:
        return
    known = block.today[1]
    for number, day in enumerate(days):
        rows = np.flatnonzero(place == number) if len(days) > 1 else np.arange(block.rows)
        fault = _day_fault(day, bool(rows.size and known[rows[0]]), reader)
        if fault is not None:
            for at in rows.tolist():
                faults.setdefault(at, fault)


def _day_fault(day: str | None, known: bool, reader: Reader) -> EquiwaitError | None:
    if day is None:
        return InputError(
            "The record has no snapshot_date.", todo="Give the day that the record describes, as YYYY-MM-DD."
        )
    if not known or not re.match(r"\d{4}-\d\d-\d\d", day):
        return InputError("The record's snapshot_date is no day.", todo="Give it as YYYY-MM-DD.")
    if day not in reader.checked:
        try:
            reader.policy.check(day[:10])
        except EquiwaitError as error:
            return error
        reader.checked.add(day)
    return None


# --- keys -------------------------------------------------------------------------------------------------------------

_READ = "scope days_waiting weeks_waiting row_problems stop_reason"
_LINKED = "nation lad sub_icb icb rural_urban link_status link_note directory_edition index_edition core20"
_SCORED = (
    "tier tier_name score rank base_rank held_by why score_low score_high rank_best rank_worst days_to_target past_target "
    "harm_review score_status policy"
)
_ADDED_BY_US = frozenset(f"{_READ} {_LINKED} {_SCORED}".split())
_ADDED_FOR_EACH = re.compile(r"(missing|points|given)_\w+|\w+_(rank|decile|quintile|edition|in_source)")
"""Columns that our own steps add: a row of a list that was read, linked and scored is a record without a warning."""


def strange_keys(rows: Rows, columns: Mapping[str, Coded | None]) -> list[str]:
    """Return every key of any record that is neither in the catalogue nor read by the policy nor added by our own steps."""
    return sorted(
        key
        for key in _keys(rows)
        if key not in FIELDS and key not in columns and key not in _ADDED_BY_US and not _ADDED_FOR_EACH.fullmatch(key)
    )


def _keys(rows: Rows) -> set[str]:
    """Return every key that any record has; they are few, so that records are gone through one by one only for a slip."""
    plain = all(kind is dict for kind in set(map(type, rows)))
    met = set(chain.from_iterable(rows if plain else (row.keys() for row in rows)))
    return {key for key in met if isinstance(key, str)}


@lru_cache(4096)
def _meaning(key: str) -> str:
    """Return the field that a key means, else its bare letters: any column of the policy may be spelt a little otherwise."""
    return field_of(key) or plain(key)


def misspelt(
    rows: Rows, strange: list[str], columns: Mapping[str, Coded | None], reader: Reader, faults: Faults
) -> list[tuple[str, ...]]:
    """Return each record's strange keys; note records whose key means a column that the policy reads and that they lack.

    What such a key holds would be lost in silence, so that the record is not scored.
    """
    ours = {each: name for name in columns for each in (name, plain(name))}
    meant = {key: ours[_meaning(key)] for key in strange if _meaning(key) in ours}
    shown, among = {key: _shown(key) for key in strange}, set(strange)
    found: list[tuple[str, ...]] = []
    for at, row in enumerate(rows):
        mine = sorted(among.intersection(row.keys()))
        found.append(tuple(dict.fromkeys(shown[key] for key in mine)))
        lost = [key for key in mine if key in meant and _is_lost(row, key, meant[key])]
        if lost and at not in faults:
            faults[at] = InputError(
                f"The policy {reader.policy.name} reads columns that the record gives under other names.",
                found=f"{listed(lost)}.",
                todo=f"Write: {listed(dict.fromkeys(meant[key] for key in lost))}.",
            )
    return found


def _is_lost(row: Any, key: str, name: str) -> bool:
    return text_of(row.get(key)) is not None and text_of(row.get(name)) is None


def _shown(key: str) -> str:
    """Return a key as it may be repeated: a key that looks like data, or like nothing that people call a column, may be a patient's."""
    plain_word = re.fullmatch(r"(?!.*\d{5})[^\W\d][\w .,()/%&-]{0,59}", key) is not None
    return key if plain_word and headers_said([key]).startswith("Headers") else "(a key that is not repeated here)"
