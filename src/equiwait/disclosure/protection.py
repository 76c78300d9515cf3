"""Released figures of any number of answers, read together: which marks keep every hidden count from being worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from equiwait.disclosure.cells import LEFT_OUT, SHOWN, Cell, Sum, nested
from equiwait.disclosure.hierarchies import Balance, coarse_sums, margins
from equiwait.disclosure.populations import Shared, shared_people
from equiwait.disclosure.relations import propagate, relations
from equiwait.disclosure.rules import Rule
from equiwait.disclosure.secondary import Marked, protect
from equiwait.disclosure.whole_numbers import any_solution

__all__ = ["as_marked", "contradicts", "protected"]

Floats = NDArray[np.float64]
Marks = NDArray[np.int8]


def protected(
    rule: Rule,
    cells: Sequence[Cell],
    shown: Floats,
    marks: Marks,
    sums: Sequence[Sum],
    told: NDArray[np.bool_] | None = None,
) -> Marks:
    """Return marks under which no hidden count can be worked out from those shown.

    Parameters
    ----------
    rule : Rule
    cells, shown, marks, sums
        As in `ReleasedCounts`.
    told : ndarray of bool, optional
        Of which an earlier release tells: their marks are known.
    """
    before = None if told is None else told.tobytes()
    return np.frombuffer(_audited(rule, tuple(cells), shown.tobytes(), marks.tobytes(), tuple(sums), before), np.int8)


@lru_cache(maxsize=32)
def _audited(
    rule: Rule, cells: tuple[Cell, ...], figures: bytes, marked: bytes, sums: tuple[Sum, ...], told: bytes | None
) -> bytes:
    """Return the marks of figures that may have been audited before: each file of the same results asks again.

    It sees nothing but what it is asked by, so that equal figures cannot but have equal marks.
    """
    shown, marks = np.frombuffer(figures), np.frombuffer(marked, np.int8)
    before = np.zeros(len(cells), bool) if told is None else np.frombuffer(told, bool)
    shared = _shared_people(rule, cells, shown, marks, sums)
    every = _with_unseen(rule, cells, shown, marks, sums, shared, before)
    if shared.pairs and _impossible(every):  # other people, or an extract that was made anew
        every = _with_unseen(rule, cells, shown, marks, sums, Shared(), before)
    return bytes(protect(every)[: len(cells)].astype(np.int8))


def _shared_people(rule: Rule, cells: Sequence[Cell], shown: Floats, marks: Marks, sums: Sequence[Sum]) -> Shared:
    """What counts of several populations say of one another, as far as that can be true."""
    if len({cell.population for cell in cells}) == 1:
        return Shared()
    low, high = rule.allowed(shown, marks)
    bounds = dict(zip(cells, zip(low.tolist(), high.tolist(), strict=True), strict=True))
    return shared_people({**bounds, **dict.fromkeys(_unpublished(cells, sums), (0.0, np.inf))})


def _impossible(marked: Marked) -> bool:
    """Whether no counts at all, whole numbers or not, are as published."""
    low, high = marked.bounds(marked.marks)
    return not any_solution(marked.system.matrix, low, high)


def _with_unseen(
    rule: Rule,
    cells: Sequence[Cell],
    shown: Floats,
    marks: Marks,
    stated: Sequence[Sum],
    shared: Shared,
    told: NDArray[np.bool_],
) -> Marked:
    """Return released figures and, after them, counts that nobody publishes."""
    sums = [*stated, *shared.sums]
    unseen = _unpublished(cells, sums)
    more = len(unseen)
    return as_marked(
        rule,
        [*cells, *unseen],
        np.append(shown, np.full(more, np.nan)),
        np.append(marks, np.full(more, LEFT_OUT, np.int8)),
        sums,
        np.append(told, np.zeros(more, bool)),
        shared.pairs,
    )


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
    told: NDArray[np.bool_] | None = None,
    parts: Sequence[tuple[Cell, Cell]] = (),
) -> Marked:
    """Return released figures with the equations between them, those included that a reader can make.

    Of each pair of ``parts`` the second holds some of the people of the first.
    """
    place = {cell: at for at, cell in enumerate(cells)}
    bounds = rule.allowed(shown, marks)
    stated = [*sums, *(one for one in coarse_sums(cells) if _can_be_true(one, place, *bounds))]
    balances = [*(Balance((one.parent,), one.parts) for one in stated), *margins(cells, sums)]
    equal = [
        ([place[cell] for cell in one], [place[cell] for cell in other])
        for one, other in dict.fromkeys(balances)
        if one != other and all(cell in place for cell in (*one, *other))
    ]
    pairs = [(place[larger], place[smaller]) for larger, smaller in (*nested(cells), *parts)]
    pairs += _alone(stated, place, marks)
    near = [*_rests(rule, shown, marks, equal), *_near(rule, cells, shown, marks)]
    system = relations(len(cells), equal, [*pairs, *near])
    tables = {table: number for number, table in enumerate(dict.fromkeys(cell.table for cell in cells))}
    table = np.array([tables[cell.table] for cell in cells], np.intp)
    before = np.zeros(len(cells), bool) if told is None else told
    return Marked(rule, system, shown, marks, _cost(cells, shown, stated), table, before)


def _can_be_true(one: Sum, place: Mapping[Cell, int], low: Floats, high: Floats) -> bool:
    """Whether the figures allow a sum that nobody states: a group of the user's own may bear the name of one of ours."""
    parts = [place[part] for part in one.parts]
    whole = place[one.parent]
    return bool(low[parts].sum() <= high[whole] and low[whole] <= high[parts].sum())


def _alone(sums: Iterable[Sum], place: dict[Cell, int], marks: Marks) -> Iterator[tuple[int, int]]:
    """A whole beside the one part of it that is told: what is left of it is nobody's to publish, and a small number all the same."""
    for one in sums:
        told = [place[part] for part in one.parts if part in place and marks[place[part]] != LEFT_OUT]
        if len(told) == 1 and one.parent in place:
            yield from ((place[one.parent], part) for part in told)


def _near(rule: Rule, cells: Sequence[Cell], shown: Floats, marks: Marks) -> list[tuple[int, int]]:
    """Any two shown steps of one ladder that may be a small number of people apart."""
    low, high = (ends.tolist() for ends in rule.between(np.nan_to_num(shown)))
    ladders: dict[tuple[object, ...], list[int]] = {}
    for at in np.flatnonzero(marks == SHOWN).tolist():
        ladders.setdefault(cells[at][:3], []).append(at)
    found: list[tuple[int, int]] = []
    for rungs in ladders.values():
        rungs.sort(key=lambda at: cells[at].over)
        found += [pair for pair in combinations(rungs, 2) if low[pair[0]] - high[pair[1]] <= rule.most_hidden]
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
    low, high = propagate(marked.system, *marked.bounds(marks))
    return bool((low > high).any())
