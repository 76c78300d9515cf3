"""Records that arrive alone, as columns of cells: each distinct value is looked at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np

from equiwait.frames import written
from equiwait.rows.scoring.blocks import Cells, Coded, Known
from equiwait.rows.scoring.row_scores import Reader

__all__ = ["Record", "Rows", "cells_of", "columns_of", "id_of", "text_of"]

Record: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Sequence[Record]

_ALONE = np.zeros(1, np.intp)
_LONGEST_ID = 200


def cells_of(columns: Mapping[str, Coded | None], rows: int) -> Cells:
    """Return the columns that any record fills as a block of rows, with the days waited."""
    block = Cells({name: column for name, column in columns.items() if column is not None}, rows)
    block.figures = _waits(block)
    return block


def columns_of(rows: Rows, reader: Reader) -> dict[str, Coded | None]:
    """Return the values of each column as text, each looked at once; None for a column that no record fills."""
    if len(rows) == 1:
        return {name: _alone(name, rows[0].get(name)) for name in reader.record_columns}
    plain = all(kind is dict for kind in set(map(type, rows)))
    get: Callable[[Any, str], Any] = dict.get if plain else lambda row, name: row.get(name)
    return {name: _coded(name, list(map(get, rows, repeat(name)))) for name in reader.record_columns}


def _alone(name: str, value: Any) -> Coded | None:
    text = _scope(value) if name == "scope" else text_of(value)
    return None if text is None else ([text], _ALONE)


def _coded(name: str, values: list[Any]) -> Coded | None:
    """Return the distinct values as text and each record's place among them."""
    said = _scope if name == "scope" else text_of
    try:
        met = dict.fromkeys(values)
    except TypeError:  # something that has no hash, such as a list, is looked at as text
        met = {}
    if not met or _mixes(met, values):
        values = list(map(said, values))
        met = dict.fromkeys(values)
    texts = [said(value) for value in met]
    if not any(texts):
        return None
    index = dict(zip(met, range(len(met)), strict=True))
    return texts, np.fromiter(map(index.__getitem__, values), np.intp, len(values))


def _mixes(met: Mapping[Any, None], values: list[Any]) -> bool:
    """Whether True and 1, which Python holds to be the same, may stand beside each other."""
    if 1 not in met and 0 not in met:
        return False
    kinds = set(map(type, values))
    return bool(kinds & {bool, np.bool_}) and not kinds <= {bool, np.bool_, str, type(None)}


def text_of(value: Any) -> str | None:
    """Return a value as text, None for every kind of missing."""
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return None if type(value).__name__ == "NaTType" else value.isoformat()[:10]
    text = written(value)
    return None if text in ("nan", "<NA>", "NaT", "None") else text.removesuffix(".0")


def _scope(value: Any) -> str:
    """A record that says nothing of its scope is open."""
    return text_of(value) or "rtt_open"


def id_of(row: Record) -> str | None:
    """Return the identifier that a record gives itself; what is no identifier is none."""
    given = row.get("pathway_id")
    if isinstance(given, bool) or not isinstance(given, str | int | np.integer):
        return None
    text = str(given)
    whole = text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text)  # half a character is no text
    return text if len(text) <= _LONGEST_ID and whole else None


def _waits(block: Cells) -> dict[str, Known]:
    """Days waited, from the clock start where they are not given, and weeks."""
    (start, dated), (today, known), (given, said) = (
        block.days("clock_start"),
        block.today,
        block.numbers("days_waiting"),
    )
    if (backward := said & (given < 0)).any():
        block.unread["days_waiting"] = backward
    counted = dated & known & (start <= today) & ~said
    days = given + np.where(counted, today - start, 0)
    figures = {"days_waiting": (days, said | counted)}
    return figures if block.has("weeks_waiting") else {**figures, "weeks_waiting": (days / 7, said | counted)}
