"""Tables of counts: one order, one set of types, and sums in which a hidden count stays hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits.groups import question_name, reading_order

COMPLETED = ("treated", "left_otherwise", "died", "unknown")
"""How a wait can have ended."""

EVENTS = ("open", *COMPLETED, "entered", "unknown_clock_start", "published_total")
"""What a row of counts says happened: still open, how the wait ended, late entry, and two that publications add."""

CELL = ["by", "group", "known", "within"]
KEYS = ["by", "group", "known", "within", "days", "event"]
_WORDS = ["by", "group", "within", "event"]


def settled(tables: Iterable[pd.DataFrame], by: Iterable[tuple[str, ...]], within: tuple[str, ...]) -> pd.DataFrame:
    """Return tables of counts as one, in its one order: questions as asked, groups and strata as read, events, days."""
    first, *others = tables
    every = pd.concat([each.astype(dict.fromkeys(_WORDS, object)) for each in (first, *others)]) if others else first
    every = every.reset_index(drop=True)
    parts = [_in_order(every[every["by"] == question_name(one)], one, within) for one in by]
    whole = (pd.concat(parts, ignore_index=True) if parts else every)[[*KEYS, "people"]]
    words = {name: whole[name].astype("category").cat.set_categories(list(whole[name].unique())) for name in _WORDS}
    return whole.assign(**words, days=whole["days"].astype("Int32"), people=whole["people"].astype("Int64"))


def _in_order(part: pd.DataFrame, question: tuple[str, ...], within: tuple[str, ...]) -> pd.DataFrame:
    group = _ranks(part["group"], lambda name: reading_order(question, name))
    stratum = _ranks(part["within"], lambda name: reading_order(within, name))
    event = _ranks(part["event"], EVENTS.index)
    days = part["days"].fillna(-1).to_numpy(dtype=np.int64)
    return part.iloc[np.lexsort((days, event, stratum, group))]


def _ranks(names: pd.Series[Any], key: Callable[[str], Any]) -> NDArray[np.intp]:
    """Each name's rank among the names that occur."""
    place, used = pd.factorize(names)
    keys = [key(str(name)) for name in used]
    rank = np.empty(len(keys), np.intp)
    rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return rank[place]


def summed(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return the people of each combination of ``keys``, in order of appearance; a hidden part hides the sum."""
    cells, ids = cells_of(table, keys)
    return cells.assign(people=people_in(ids, len(cells), table["people"]))


def cells_of(table: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Return the combinations of ``keys`` that occur, in order of appearance, and each row's place among them."""
    named = table[list(keys)]
    ids = named.groupby(list(keys), observed=True, sort=False, dropna=False).ngroup().to_numpy(dtype=np.intp)
    first, place = places_met(ids)
    return named.iloc[first].reset_index(drop=True), place


def places_met(ids: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where each different number first stands, in order of appearance, and each row's place among them.

    Examples
    --------
    >>> [each.tolist() for each in places_met(np.array([7, 3, 7, 5]))]
    [[0, 1, 3], [0, 1, 0, 2]]
    """
    _, first, place = np.unique(ids, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order))
    return first[order], rank[place]


def people_in(ids: NDArray[np.intp], cells: int, people: pd.Series[Any]) -> pd.arrays.IntegerArray:
    """Return the people of each cell: 0 where it has no row, missing where one of its rows is hidden."""
    hidden = np.bincount(ids, people.isna().to_numpy(), cells) > 0
    total = np.bincount(ids, people.to_numpy(dtype=np.float64, na_value=0), cells)  # exact below 2⁵³
    return pd.arrays.IntegerArray(total.astype(np.int64), hidden)


def plain_people(people: pd.Series[Any]) -> NDArray[Any]:
    """Return whole numbers, or floats with NaN where any is hidden."""
    if people.isna().any():
        return people.to_numpy(dtype=np.float64, na_value=np.nan)
    return people.to_numpy(dtype=np.int64)


def plain_cells(table: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of a table of counts as plain text and numbers, in an order of their own."""
    plain = table.astype(dict.fromkeys(_WORDS, object))
    return plain.sort_values(list(KEYS), na_position="last", ignore_index=True)
