"""Released figures of any number of answers, read together: which marks keep every hidden count from being worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from equiwait.disclosure.cells import LEFT_OUT, SHOWN, Cell, Sum, nested
from equiwait.disclosure.hierarchies import Balance, coarse_sums, margins
from equiwait.disclosure.relations import propagate, relations
from equiwait.disclosure.rules import Rule
from equiwait.disclosure.secondary import Marked, protect

__all__ = ["as_marked", "contradicts", "protected"]

Floats = NDArray[np.float64]
Marks = NDArray[np.int8]


def protected(
    rule: Rule,
    cells: Sequence[Cell],
    shown: Floats,
    marks: Marks,
    sums: Sequence[Sum],
    fixed: NDArray[np.bool_] | None = None,
) -> Marks:
    """Return marks under which no hidden count can be worked out from those shown.

    Parameters
    ----------
    rule : Rule
    cells, shown, marks, sums
        As in `ReleasedCounts`.
    fixed : ndarray of bool, optional
        Which were published before, and cannot be hidden any more.
    """
    before = None if fixed is None else fixed.tobytes()
    return np.frombuffer(_audited(rule, tuple(cells), shown.tobytes(), marks.tobytes(), tuple(sums), before), np.int8)


@lru_cache(maxsize=32)
def _audited(
    rule: Rule, cells: tuple[Cell, ...], figures: bytes, marked: bytes, sums: tuple[Sum, ...], fixed: bytes | None
) -> bytes:
    """Return the marks of figures that may have been audited before: each file of the same results asks again.

    It sees nothing but what it is asked by, so that equal figures cannot but have equal marks.
    """
    unseen = _unpublished(cells, sums)
    more = len(unseen)
    every = as_marked(
        rule,
        [*cells, *unseen],
        np.append(np.frombuffer(figures), np.full(more, np.nan)),
        np.append(np.frombuffer(marked, np.int8), np.full(more, LEFT_OUT, np.int8)),
        sums,
        None if fixed is None else np.append(np.frombuffer(fixed, bool), np.zeros(more, bool)),
    )
    return bytes(protect(every)[: len(cells)].astype(np.int8))


def _unpublished(cells: Sequence[Cell], sums: Sequence[Sum]) -> list[Cell]:
    """Cells of sums that nobody publishes: they tie two sums together, or are what a part leaves of a whole."""
    there = set(cells)
    return list(dict.fromkeys(cell for one in sums for cell in (one.parent, *one.parts) if cell not in there))


def as_marked(
    rule: Rule,
    cells: Sequence[Cell],
    shown: Floats,
    marks: Marks,
    sums: Sequence[Sum],
    fixed: NDArray[np.bool_] | None = None,
) -> Marked:
    """Return released figures with the equations between them, those included that a reader can make."""
    place = {cell: at for at, cell in enumerate(cells)}
    stated = [*sums, *coarse_sums(cells)]
    balances = [*(Balance((one.parent,), one.parts) for one in stated), *margins(cells, sums)]
    equal = [
        ([place[cell] for cell in one], [place[cell] for cell in other])
        for one, other in dict.fromkeys(balances)
        if one != other and all(cell in place for cell in (*one, *other))
    ]
    pairs = [(place[larger], place[smaller]) for larger, smaller in nested(cells)]
    pairs += _alone(stated, place, marks)
    near = [*_rests(rule, shown, marks, equal), *_near(rule, cells, shown, marks)]
    system = relations(len(cells), equal, [*pairs, *near])
    tables = {table: number for number, table in enumerate(dict.fromkeys(cell.table for cell in cells))}
    table = np.array([tables[cell.table] for cell in cells], np.intp)
    held = np.zeros(len(cells), bool) if fixed is None else fixed
    return Marked(rule, system, shown, marks, _cost(cells, shown, stated), table, held)


def _alone(sums: Iterable[Sum], place: dict[Cell, int], marks: Marks) -> Iterator[tuple[int, int]]:
    """A whole beside the one part of it that is told: what is left of it is nobody's to publish, and a small number all the same."""
    for one in sums:
        told = [place[part] for part in one.parts if part in place and marks[place[part]] != LEFT_OUT]
        if len(told) == 1 and len(one.parts) > 1 and one.parent in place:
            yield place[one.parent], told[0]


def _near(rule: Rule, cells: Sequence[Cell], shown: Floats, marks: Marks) -> list[tuple[int, int]]:
    """Any two shown steps of one ladder that may be a small number of people apart."""
    low, high = rule.between(np.nan_to_num(shown))
    ladders: dict[tuple[object, ...], list[int]] = {}
    for at in np.flatnonzero(marks == SHOWN).tolist():
        ladders.setdefault(cells[at][:3], []).append(at)
    found = []
    for rungs in ladders.values():
        rungs.sort(key=lambda at: cells[at].over)
        for place, one in enumerate(rungs):
            for other in rungs[place + 1 :]:
                if low[one] - high[other] > rule.most_hidden:
                    break
                found.append((one, other))
    return found


def _rests(
    rule: Rule, shown: Floats, marks: Marks, equal: Iterable[tuple[list[int], list[int]]]
) -> list[tuple[int, int]]:
    """A sum beside one of its parts, where the rest could be a small number; of two parts the rest is the other part."""
    low, high = rule.between(np.nan_to_num(shown))
    plain = marks == SHOWN
    pairs = []
    for (parent, *others), parts in equal:
        if plain[parent] and len(parts) > 2 and not others:
            near = [part for part in parts if plain[part] and low[parent] - high[part] <= rule.most_hidden]
            pairs += [(parent, part) for part in near]
    return pairs


def _cost(cells: Sequence[Cell], shown: Floats, sums: Iterable[Sum]) -> Floats:
    """What hiding a count costs a reader: more for larger counts, for people than for events, for sums than for parts.

    Everybody's count is read beside every other, and hidden only where nothing else will do.
    """
    place = {cell: at for at, cell in enumerate(cells)}
    parent = np.zeros(len(cells))
    for one in sums:
        if one.parent in place:
            parent[place[one.parent]] += 1
    people = np.array([cell.over < 0 and not cell.event for cell in cells], float)
    everyone = np.array([not cell.groups and not cell.event for cell in cells], float)
    size = 1 + np.log1p(np.nan_to_num(shown)) / 4
    return np.asarray(size * (1 + 2 * people) * (1 + 2 * np.minimum(parent, 3)) * (1 + 19 * everyone))


def contradicts(rule: Rule, cells: Sequence[Cell], shown: Floats, marks: Marks, sums: Sequence[Sum]) -> bool:
    """Return whether figures cannot all be true at once, so that nothing can be concluded from them."""
    marked = as_marked(rule, cells, shown, marks, sums)
    low, high = propagate(marked.system, *marked.bounds(marks), rounds=20)
    return bool((low > high).any())
