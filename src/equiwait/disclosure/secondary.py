"""Complementary suppression: what else must be hidden so that no hidden count can be worked out.

A hidden count is safe if as many values of it stay possible as of a shown one (`Rule.possible`), to a reader who knows
the rule, the sums, and which hidden counts are the small ones. The choice looks at released figures only: in three
steps, each slower and surer than the one before.

1. Bounds are passed along the equations; what they narrow too far gets a neighbour hidden. Quick, and never enough.
2. Whole solutions are looked for in which hidden counts stand as high, or as low, as they can: each solution is a
   witness that its values are possible, for all counts at once.
3. A count without witnesses gets a programme of its own: hide the least that lets it move as far as it must.

Source: the interval (audit) problem of Fischetti and Salazar (2001), *Solving the cell suppression problem on tabular data
with linear constraints*, Management Science 47(7); the elastic programme is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from equiwait.disclosure.cells import BESIDE, LEFT_OUT, SHARED, SHOWN, SMALL, UNTOLD
from equiwait.disclosure.elastic import Movable, cheapest
from equiwait.disclosure.relations import MOST_PEOPLE, Relations, part_of, propagate, touched
from equiwait.disclosure.relaxations import Equations
from equiwait.disclosure.rules import Rule
from equiwait.disclosure.solutions import Found, possible_values
from equiwait.disclosure.whole_numbers import Near, neighbourhood

__all__ = ["MOST_WORK", "Marked", "protect", "too_close"]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Marks: TypeAlias = NDArray[np.int8]

MOST_WORK = 20_000_000
"""Columns of all programmes together: about three minutes."""


@dataclass(frozen=True)
class Marked:
    """Released figures with their marks, and how they hang together.

    Parameters
    ----------
    rule : Rule
    system : Relations
    shown : ndarray of float
        Rounded counts; NaN where hidden at first.
    marks : ndarray of int8
    cost : ndarray of float
        What hiding each costs the reader.
    table : ndarray of int
        Which table each stands in.
    told : ndarray of bool
        Of which an earlier release tells: their marks are known, and cannot be changed any more.
    lost : ndarray of bool
        Counts and differences that earlier releases give away by themselves.
    """

    rule: Rule
    system: Relations
    shown: Floats
    marks: Marks
    cost: Floats
    table: NDArray[np.intp]
    told: Flags = field(default_factory=lambda: np.zeros(0, bool))
    lost: Flags = field(default_factory=lambda: np.zeros(0, bool))

    def bounds(self, marks: Marks) -> tuple[Floats, Floats]:
        """Return what the marks and the rule alone say of each published count and each difference."""
        low = np.zeros(self.system.columns)
        high = np.full(self.system.columns, MOST_PEOPLE)
        n = self.system.published
        low[:n], most = self.rule.allowed(self.shown, marks)
        high[:n] = np.minimum(most, MOST_PEOPLE)
        return low, high

    def looked_at(self, marks: Marks) -> Flags:
        """Which counts and differences must not be known too closely: hidden ones, and differences of two shown ones."""
        hidden = (marks != SHOWN) & (marks != LEFT_OUT)
        shown = marks == SHOWN
        looked_at = np.concatenate([hidden, shown[self.system.larger] & shown[self.system.smaller]])
        return np.asarray(looked_at & ~self.lost if len(self.lost) else looked_at)

    def may_be_hidden(self, marks: Marks) -> Flags:
        """Which shown counts may be hidden beside another: never 0, which a reader could tell from a mark."""
        free = (marks == SHOWN) & (self.shown > 0)
        return np.asarray(free & ~self.told if len(self.told) else free)


def too_close(marked: Marked, marks: Marks, low: Floats, high: Floats) -> Flags:
    """Return which counts and differences are known too closely if they lie between these bounds.

    A hidden count among the small ones must keep `Rule.possible` of the small values; any other as many of all; a
    difference of two shown counts only if it may be a small number of people.
    """
    rule, n = marked.rule, marked.system.published
    among = np.zeros(len(low), bool)
    among[:n] = (marks == SMALL) | (marks == SHARED)
    top = np.where(among, np.minimum(high, rule.most_hidden), high)
    close = top - low + 1 < rule.possible
    close[:n] &= (marks != SHARED) | (high[:n] > 0)  # a part that can only be 0 tells of nobody
    close[:n] &= (marks != UNTOLD) | (low[:n] <= rule.most_hidden)
    close[n:] &= (high[n:] >= 1) & (low[n:] <= rule.most_hidden)
    return np.asarray(close & marked.looked_at(marks))


def protect(marked: Marked, *, most_work: int = MOST_WORK) -> Marks:
    """Return marks under which no hidden count is known too closely; a table that cannot be made safe is left out.

    Parameters
    ----------
    marked : Marked
    most_work : int
        How many columns the programmes that are solved may have together; what is not proved safe by then is left out.
    """
    marked = replace(marked, lost=_given_away(marked, most_work))
    marked, marks = _small_enough(marked, _shared(marked, marked.marks))
    marks, work = _by_propagation(marked, marks, most_work)
    budget, seen = most_work - work, None
    while budget > 0:
        close, unproved, seen = _without_witness(marked, marks, budget, seen)
        budget -= seen.work
        if not (close | unproved).any():
            return marks
        if not seen.searchable and unproved.any():
            before = marks
            (marked, marks), seen = _small_enough(marked, marks), None
            if np.array_equal(before, marks):
                break
            continue
        before = marks
        # What is not proved may still be safe, or become so: its turn comes once nothing is known too closely.
        for one in np.flatnonzero(close if close.any() else unproved):
            marks, work = _let_move(marked, marks, before, int(one))
            budget -= work
            if budget <= 0:
                break
        marks, work = _by_propagation(marked, marks, budget)
        budget -= work
    close, unproved, _ = _without_witness(marked, marks, 0, seen)
    return _left_out(marked, marks, close | unproved, everything=True)


def _given_away(marked: Marked, most: int) -> Flags:
    """Return what earlier releases tell too closely by themselves, so that nothing hidden now can mend it."""
    lost = np.zeros(marked.system.columns, bool)
    if marked.told.any():
        before = np.where(marked.told, marked.marks, LEFT_OUT).astype(np.int8)
        more = True
        while more:
            close, *_ = _without_witness(replace(marked, lost=lost), before, most, None)
            lost, more = lost | close, bool(close.any())
    return lost


def _small_enough(marked: Marked, marks: Marks) -> tuple[Marked, Marks]:
    """Leave out the finest table, and the next, until what hangs together can be searched.

    A table of which nothing is told is like one that nobody asked for: no equation goes through it.
    """
    while True:
        _, unproved, seen = _without_witness(marked, marks, 0, None)
        if seen.searchable or not unproved.any():
            return marked, marks
        fewer = _left_out(marked, marks, unproved, only_finest=True)
        if np.array_equal(fewer, marks):
            return marked, marks
        marked, marks = replace(marked, system=marked.system.without(fewer != marks)), fewer


def _shared(marked: Marked, marks: Marks) -> Marks:
    """Nothing is broken down below a small count: all its parts, zeros included, share its mark.

    Whether that is needed would tell how many parts are 0; so it does not depend on the parts.
    """
    marks, nobody = marks.copy(), (marks == SHOWN) & (marked.shown == 0)
    told = marked.told if len(marked.told) else np.zeros(len(marks), bool)
    known = told.copy()
    known[marked.system.smaller[nobody[marked.system.larger]]] = True  # 0, as the people that it is a part of
    may_share = nobody & ~known | (marks == SMALL) & ~told
    parents, parts = marked.system.breakdowns
    while True:
        more = parts[np.isin(marks[parents], (SMALL, SHARED)) & may_share[parts] & (marks[parts] != SHARED)]
        if not len(more):
            return marks
        marks[more] = SHARED


def _by_propagation(marked: Marked, marks: Marks, most: int) -> tuple[Marks, int]:
    """Let move what bounds along single equations already narrow too far, until there is none; and the work that it took.

    What cannot be helped near at hand is left for the search of whole solutions.
    """
    given_up, work = np.zeros(marked.system.columns, bool), 0
    while work < most:
        low, high = propagate(marked.system, *marked.bounds(marks), rounds=_A_FEW)
        close = np.flatnonzero(too_close(marked, marks, low, high) & ~given_up)
        if not len(close):
            break
        before = marks
        for one in close[
            np.argsort((high - low)[close], kind="stable")
        ]:  # the narrowest first: its help serves most others
            near = neighbourhood(marked.system.matrix, marked.system.rows_of, int(one), _NEAR)
            if _changed(marks, before, near):
                continue
            moved = _moved(marked, marks, int(one), near, marked.rule.possible - 1)
            work += 4 * len(near.columns)
            if moved is None or not moved.any():
                given_up[one] = True
            else:
                marks = np.where(moved & (marks == SHOWN), BESIDE, marks).astype(np.int8)
    return marks, work


_A_FEW = 20  # rounds: long chains of small steps are left for the search
_NEAR = 250  # columns
_SIZES = (_NEAR, 1000, 4000, 10_000)  # columns around one, among which what else to hide is looked for


def _changed(marks: Marks, before: Marks, near: Near) -> bool:
    """Whether a count has been hidden near a column."""
    inside = near.columns[near.columns < len(marks)]
    return bool((marks[inside] != before[inside]).any())


def _without_witness(marked: Marked, marks: Marks, most: int, seen: Found | None) -> tuple[Flags, Flags, Found]:
    """Return which counts are known too closely, which were not proved safe, and what was seen of each."""
    given, n = marked.bounds(marks), marked.system.published
    narrowed = propagate(marked.system, *given)
    looked_at = marked.looked_at(marks)
    looked_at[n:] &= narrowed[0][n:] <= marked.rule.most_hidden
    enough = marked.rule.possible
    found = possible_values(marked.system, given, looked_at, enough, most=most, seen=seen, narrowed=narrowed)
    few = looked_at & ~(found.high - found.low + 1 >= enough)
    close = found.certain & too_close(marked, marks, found.low, found.high)
    return close, few & ~found.certain, found


def _let_move(marked: Marked, marks: Marks, before: Marks, one: int) -> tuple[Marks, int]:
    """Hide, at least cost, what lets column ``one`` take enough values; leave out its table where nothing does.

    It is looked for near ``one`` first, and then further away. Where the programme needs nothing hidden, what was hidden
    since ``before`` for another column may have served this one too; if nothing near it has been, only whole numbers stand
    in the way, and one is asked to move further. Returned with the work that it took.
    """
    work, near = 0, None
    for size, further in (*((size, 0) for size in _SIZES), *((_SIZES[-1], further) for further in (1, 2, 4))):
        wider = neighbourhood(marked.system.matrix, marked.system.rows_of, one, size)
        if near is not None and not further and len(wider.columns) == len(near.columns):
            continue
        near = wider
        hidden = _moved(marked, marks, one, near, marked.rule.possible - 1 + further)
        work += 4 * len(near.columns)
        if hidden is None:
            break
        if hidden.any():
            return np.where(hidden & (marks == SHOWN), BESIDE, marks).astype(np.int8), work
        if _changed(marks, before, near):
            return marks, work
    where = np.zeros(marked.system.columns, bool)
    where[one] = True
    return _left_out(marked, marks, where), work


def _moved(marked: Marked, marks: Marks, one: int, near: Near, apart: int) -> Flags | None:
    """Return which published counts near ``one`` are to be hidden so that it can move so far; None if nothing helps."""
    inside = near.columns[near.columns < marked.system.published]
    may_move = np.zeros(len(near.columns), bool)
    may_move[: len(inside)] = marked.may_be_hidden(marks)[inside]
    price = np.append(marked.cost[inside], np.zeros(len(near.columns) - len(inside)))
    low, high = (ends[near.columns] for ends in marked.bounds(marks))
    part = part_of(marked.system.matrix, near.rows, near.columns)
    found = cheapest(
        Equations(part, np.zeros(len(near.rows)), low, high),
        Movable(may_move, price, marked.rule.most_hidden + 1.0),
        int(np.searchsorted(near.columns, one)),
        apart,
    )
    if found is None:
        return None
    hidden = np.zeros(marked.system.columns, bool)
    hidden[near.columns[found]] = True
    return hidden[: marked.system.published]


def _left_out(
    marked: Marked, marks: Marks, where: Flags, *, only_finest: bool = False, everything: bool = False
) -> Marks:
    """Leave out the tables of counts that cannot be made safe; of a difference, the tables of both its ends.

    A count of which an earlier release tells can only be helped by leaving out what is told now: the tables nearest to it.

    Parameters
    ----------
    only_finest : bool
        Leave out only the largest of these tables: what is left may be small enough for a search.
    everything : bool
        For a count of an earlier release, leave out all tables that hang together with it.
    """
    n, system = marked.system.published, marked.system
    free = (marks != LEFT_OUT) & ~marked.told if len(marked.told) else marks != LEFT_OUT
    ends = np.concatenate([np.flatnonzero(where[:n]), system.larger[where[n:]], system.smaller[where[n:]]])
    tables = marked.table[ends[free[ends]]]
    for one in ends[~free[ends] & (marks[ends] != LEFT_OUT)]:
        tables = np.append(tables, marked.table[_around(marked, int(one), free, everything)])
    tables = np.unique(tables)
    if only_finest and len(tables):
        tables = tables[[np.argmax(np.bincount(marked.table[free])[tables])]]
    return np.where(np.isin(marked.table, tables) & free, LEFT_OUT, marks).astype(np.int8)


def _around(marked: Marked, one: int, free: Flags, everything: bool) -> NDArray[np.intp]:
    """Return the counts that may be left out nearest to a column, or all that hang together with it."""
    columns = np.array([one], np.intp)
    while True:
        more = touched(marked.system.matrix, touched(marked.system.rows_of, columns))
        found = more[more < len(free)]
        found = found[free[found]]
        if len(more) == len(columns) or (len(found) and not everything):
            return found
        columns = more
