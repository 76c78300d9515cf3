"""Tables of counts: one order, one set of types, and sums in which a hidden count stays hidden."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits.groups import question_name, reading_order
from equiwait.frames import categorical

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
    words = {name: _coded(every[name]) for name in _WORDS}
    days = every["days"].fillna(-1).to_numpy(dtype=np.int64)
    questions = [_in_order(words, days, one, within) for one in by]
    order = np.concatenate(questions) if questions else np.arange(len(every))
    whole = every[[*KEYS, "people"]].take(order).reset_index(drop=True)
    again = {name: _in_order_met(each, order) for name, each in words.items()}
    return whole.assign(**again, days=whole["days"].astype("Int32"), people=whole["people"].astype("Int64"))


class _Coded(NamedTuple):
    """A column of words: each row's place among names."""

    place: NDArray[Any]
    names: list[Any]


def _coded(words: pd.Series[Any]) -> _Coded:
    if isinstance(words.dtype, pd.CategoricalDtype):
        return _Coded(words.cat.codes.to_numpy(), words.cat.categories.tolist())
    place, names = pd.factorize(words)
    return _Coded(place, list(names))


def _in_order(
    words: Mapping[str, _Coded], days: NDArray[np.int64], question: tuple[str, ...], within: tuple[str, ...]
) -> NDArray[np.intp]:
    """The rows of one question, in its order."""
    by, name = words["by"], question_name(question)
    rows = np.flatnonzero(by.place == by.names.index(name)) if name in by.names else np.empty(0, np.intp)
    group = _ranks(words["group"], rows, lambda name: reading_order(question, name))
    stratum = _ranks(words["within"], rows, lambda name: reading_order(within, name))
    event = _ranks(words["event"], rows, EVENTS.index)
    keys = [key for key in (days[rows], event, stratum, group) if len(key) and key.min() < key.max()]
    return rows if _stand_so(keys) else rows[np.lexsort(keys)]


def _stand_so(keys: Sequence[NDArray[Any]]) -> bool:
    """Whether rows stand in the order of keys, the last the first to look at, as those of one list do: to see that takes no sorting."""
    if not keys:
        return True
    before, alike = np.zeros(len(keys[0]) - 1, bool), np.ones(len(keys[0]) - 1, bool)
    for key in reversed(keys):
        before |= alike & (key[:-1] < key[1:])
        alike &= key[:-1] == key[1:]
    return bool((before | alike).all())


def _ranks(words: _Coded, rows: NDArray[np.intp], key: Callable[[str], Any]) -> NDArray[Any]:
    """The rank of each row's name among the names that occur in these rows."""
    place = words.place[rows]
    if len(place) and place.min() == place.max():
        return np.zeros(len(place), np.int8)
    used = np.flatnonzero(np.bincount(place, minlength=len(words.names)))
    rank = np.empty(len(words.names), np.int32)
    rank[sorted(used.tolist(), key=lambda at: key(str(words.names[at])))] = np.arange(len(used))
    return np.asarray(rank[place])


def _in_order_met(words: _Coded, order: NDArray[np.intp]) -> pd.Categorical[str]:
    """Words as categories, in the order in which these rows have them."""
    place = words.place[order]
    first, again = places_met(place)
    return categorical(again, [words.names[at] for at in place[first]])


def summed(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return the people of each combination of ``keys``, in order of appearance; a hidden part hides the sum."""
    cells, ids = cells_of(table, keys)
    return cells.assign(people=people_in(ids, len(cells), table["people"]))


def cells_of(table: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Return the combinations of ``keys`` that occur, in order of appearance, and each row's place among them."""
    named = table[list(keys)]
    first, place = places_met(_numbered(named))
    return named.iloc[first].reset_index(drop=True), place


def _numbered(named: pd.DataFrame) -> NDArray[Any]:
    """A number for each combination of values; of categories and flags, of which few could be, without a look at each other."""
    sizes = [_values(named[name]) for name in named.columns]
    if 0 in sizes or math.prod(sizes) > _few(len(named)):
        return named.groupby(list(named.columns), observed=True, sort=False, dropna=False).ngroup().to_numpy(np.intp)
    ids = np.zeros(len(named), np.intp)
    for name, size in zip(named.columns, sizes, strict=True):
        column = named[name]
        ids *= size
        ids += column.to_numpy() if column.dtype == bool else column.cat.codes.to_numpy() + 1
    return ids


def _values(column: pd.Series[Any]) -> int:
    """How many values a column of categories or flags could have, with a missing one; 0 of others."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return len(column.cat.categories) + 1
    return 2 if column.dtype == bool else 0


def _few(rows: int) -> int:
    """How many numbers are looked through sooner than so many rows are sorted."""
    return 4096 + 4 * rows


def places_met(ids: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where each different number first stands, in order of appearance, and each row's place among them.

    Examples
    --------
    >>> [each.tolist() for each in places_met(np.array([7, 3, 7, 5]))]
    [[0, 1, 3], [0, 1, 0, 2]]
    """
    if len(ids) and ids.min() >= 0 and ids.max() < _few(len(ids)):  # they need not be sorted
        return _small_met(ids)
    _, first, place = np.unique(ids, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order))
    return first[order], rank[place]


def _small_met(ids: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    changes = np.flatnonzero(np.append(True, ids[1:] != ids[:-1]))  # like ones mostly stand together
    at = np.full(int(ids.max()) + 1, len(ids))
    at[ids[changes[::-1]]] = changes[::-1]  # of several the last that is written stays: where each stands first
    first = np.sort(at[at < len(ids)])
    rank = np.empty(len(at), np.intp)
    rank[ids[first]] = np.arange(len(first))
    return first, rank[ids]


def happened(event: pd.Series[Any], names: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows say that one of these happened."""
    return np.append(event.cat.categories.isin(names), False).take(event.cat.codes)  # last, at -1, of a row without one


def people_in(ids: NDArray[np.intp], cells: int, people: pd.Series[Any]) -> pd.arrays.IntegerArray:
    """Return the people of each cell: 0 where it has no row, missing where one of its rows is hidden."""
    missing = people.isna().to_numpy()
    hidden = np.bincount(ids, missing, cells) > 0 if missing.any() else np.zeros(cells, bool)
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
