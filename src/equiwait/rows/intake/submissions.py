"""Which of several submissions of a pathway is the latest: moments in time order, numbers in their order, however they are spelt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from equiwait.rows.intake.cells import cells_of
from equiwait.rows.intake.dates import DateOrder, read_moment

__all__ = ["kinds_of_submissions", "order_of_submissions"]

Key: TypeAlias = tuple[Fraction, ...]


def kinds_of_submissions(raw: pa.Array, order: DateOrder = "day_first") -> dict[str, int]:
    """Return how many rows hold a cell of each kind; counts of parts of a column add up.

    Examples
    --------
    >>> kinds_of_submissions(pa.array(["SUB10", "SUB9", None, "7"]))
    {'sub#': 2, 'number': 1}
    """
    cells, place = cells_of(raw)
    kinds: Counter[str] = Counter()
    for cell, rows in zip(cells, np.bincount(place, minlength=len(cells)).tolist(), strict=True):
        if rows and (found := _key(cell, order)):
            kinds[found[0]] += rows
    return dict(kinds)


def order_of_submissions(
    raw: pa.Array, order: DateOrder = "day_first", kinds: Mapping[str, int] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return each row's place in the order of submission (0 where it cannot be told), and the rows that hold something unreadable.

    The cells of a column are compared only with cells of one kind: moments, numbers, or names that differ in their numbers
    alone (SUB9, SUB10). The kind that most rows have is the column's; ``kinds`` says it of the whole column, where this is a
    part of it.

    Examples
    --------
    >>> order_of_submissions(pa.array(["SUB10", "SUB9", None, "first"]))[0].tolist()
    [2, 1, 0, 0]
    """
    cells, place = cells_of(raw)
    keys = [_key(cell, order) for cell in cells]
    kinds = kinds_of_submissions(raw, order) if kinds is None else kinds
    common = max(sorted(kinds), key=lambda kind: (kinds[kind], kind == "moment", kind == "number"), default="")
    values = [_as(common, cell, found, order) for cell, found in zip(cells, keys, strict=True)]
    ranked = {key: rank for rank, key in enumerate(sorted({key for key in values if key is not None}), start=1)}
    ranks = np.array([ranked[key] if key is not None else 0 for key in values], np.int64)
    unread = np.array([bool(cell) and key is None for cell, key in zip(cells, values, strict=True)])
    return ranks[place], unread[place]


def _as(common: str, cell: str, found: tuple[str, Key] | None, order: DateOrder) -> Key | None:
    if found and found[0] == common:
        return found[1]
    if common == "moment" and re.fullmatch(r"\d{5}(\.\d+)?|\d{14}|\d{8}", cell):  # a spreadsheet's day among days
        return _moment(cell, order)
    return None


def _key(cell: str, order: DateOrder) -> tuple[str, Key] | None:
    """The kind of a cell and where it stands among its kind; None for a cell that has no order."""
    if not cell:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", cell):
        return "number", (Fraction(Decimal(cell)),)
    if (moment := _moment(cell, order)) is not None:
        return "moment", moment
    numbers = re.findall(r"\d+", cell)
    return (re.sub(r"\d+", "#", cell.lower()), tuple(Fraction(each) for each in numbers)) if numbers else None


def _moment(cell: str, order: DateOrder) -> Key | None:
    found = read_moment(cell, order)
    return (Fraction(found.universal()),) if found.day else None
