"""The problems of rows: which rows bear which code, and one text for each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from equiwait.fields import FIELDS
from equiwait.frames import coded, distinct

__all__ = ["UNREAD", "RowProblems", "carried", "field_named_in", "joined", "note", "with_problems"]

RowProblems: TypeAlias = dict[str, NDArray[np.bool_]]
"""Problem code to the rows that bear it."""

UNREAD = (
    "invalid",
    "other_order",
    "implausible",
    "not_known",
    "not_stated",
    "not_an_identifier",
    "lost_digits",
    "turned_into_date",
)
"""Endings of the codes that say that something stood in a cell, and that nothing was recorded for it."""

_CARRIED = (
    "ambiguous", "may_be_swapped", "may_be_next_day", "moved_to_london_day", "read_as_silence", "written_as_decimal", "shared",
    "turned_into_date", "blank_read_as_no", "blank_read_as_yes",
)  # fmt: skip
"""Endings of other codes that speak of what the file said, and cannot be found again in a list that has been read."""


def note(problems: RowProblems, code: str, rows: NDArray[np.bool_]) -> None:
    """Note a problem of some rows, beside what was noted before."""
    if rows.any():
        problems[code] = problems[code] | rows if code in problems else rows


def joined(problems: RowProblems, rows: int) -> pa.Array:
    """Each row's problem codes, sorted and joined; rows with the same problems share one text."""
    some = np.zeros(rows, bool)
    for here in problems.values():
        some |= here
    marked = np.flatnonzero(some)  # most rows have no problem
    key, texts = np.zeros(len(marked), np.int64), [""]
    for code in sorted(
        problems
    ):  # number the combinations that occur, one problem at a time, so that no bit field can overflow
        pair = key * 2 + problems[code][marked]
        occurs = np.bincount(pair) > 0
        seen, key = np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[pair]
        texts = [";".join(filter(None, (texts[one // 2], code if one % 2 else ""))) for one in seen]
    if len(marked) == rows:
        return coded(key, texts, grows=True)
    index = np.zeros(rows, np.int32)
    index[marked] = key + 1
    return coded(index, ["", *texts] if problems else [""], grows=True)


def with_problems(before: pa.Array, problems: RowProblems) -> pa.DictionaryArray:
    """Return ``row_problems`` with the codes of ``problems`` added to the rows that bear them.

    Examples
    --------
    >>> with_problems(pa.array(["b", "", "b"]), {"a": np.array([True, False, False])}).to_pylist()
    ['a;b', '', 'b']
    """
    known, index = distinct(before)
    texts = [text or "" for text in known]
    for code, rows in problems.items():
        moved = np.arange(len(texts))
        for old in np.unique(index[rows]):
            moved[old] = len(texts)
            texts.append(";".join(sorted({*filter(None, texts[old].split(";")), code})))
        index = np.where(rows, moved[index], index)
    used, index = np.unique(index, return_inverse=True)
    names, merged = np.unique(np.array([texts[each] for each in used], object).astype(str), return_inverse=True)
    return coded(merged[index], names.tolist(), grows=True)


def carried(before: pa.Array, columns: Mapping[str, pa.Array]) -> RowProblems:
    """Return what an earlier reading said of the file's cells, where it still holds; ``columns`` as they are read now."""
    texts, place = distinct(before)
    found: RowProblems = {}
    for at, text in enumerate(texts):
        rows = place == at
        for code in filter(None, (text or "").split(";")):
            field = field_named_in(code)
            ending = code.removeprefix(f"{field}_")
            still = np.asarray(columns[field].is_null()) if field in columns else np.ones(len(rows), bool)
            if ending in _CARRIED:
                note(found, code, rows)
            elif ending in UNREAD:
                note(found, code, rows & still)
    return found


def field_named_in(code: str) -> str:
    """Return the longest name of a column that a problem's code begins with, or nothing.

    Examples
    --------
    >>> field_named_in("clock_start_invalid"), field_named_in("weeks_waiting_contradicted")
    ('clock_start', '')
    """
    return max((name for name in FIELDS if code.startswith(name + "_")), key=len, default="")
