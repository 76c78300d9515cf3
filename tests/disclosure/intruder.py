"""An intruder: somebody who has all files of a run, knows the rule, and which hidden counts are the small ones.

Written apart from the code that it attacks: its equations are its own, and it asks for the smallest and the largest
value of every hidden count that any whole-number solution allows. `python -m tests.disclosure.intruder` attacks twenty
lists and more and prints a line for each.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from equiwait.disclosure import Cell, ReleasedCounts
from equiwait.disclosure.cells import BESIDE, LEFT_OUT, SHARED, SHOWN, SMALL

UNKNOWN = 10**6


@dataclass(frozen=True)
class Attack:
    """What the intruder learnt: hidden counts, and those of which fewer values than allowed remain."""

    cells: int
    hidden: int
    beside: int
    left_out: int
    narrowed: list[tuple[Cell, int, int]]
    exact: int


class Intruder:
    """All that is published, as one integer programme."""

    def __init__(self, *releases: ReleasedCounts) -> None:
        self.rule = releases[0].rule
        self.at: dict[Cell, int] = {}
        self.low: list[float] = []
        self.high: list[float] = []
        self.mark: list[int] = []
        self.shown: list[float] = []
        self.rows: list[dict[int, float]] = []
        for each in releases:
            for cell, shown, mark in zip(each.cells, each.shown, each.marks, strict=True):
                self._learn(cell, float(shown), int(mark))
        for each in releases:
            for total in each.sums:
                self._equal([total.parent], total.parts)
                self._margins(total.parent, total.parts)
        self._nested()

    def _learn(self, cell: Cell, shown: float, mark: int) -> None:
        rule = self.rule
        if mark == SHOWN:
            half = (rule.base - 1) // 2
            low, high = (0, 0) if shown == 0 else (max(shown - half, rule.most_hidden + 1), shown + half)
        else:
            low, high = {
                SMALL: (rule.fewest, rule.most_hidden),
                SHARED: (0, rule.most_hidden),
                BESIDE: (rule.most_hidden + 1, UNKNOWN),
                LEFT_OUT: (0, UNKNOWN),
            }[mark]
        if cell not in self.at:
            self.at[cell] = len(self.low)
            self.low.append(low)
            self.high.append(high)
            self.mark.append(mark)
            self.shown.append(shown)
        else:
            place = self.at[cell]
            if mark == SHOWN and self.mark[place] != SHOWN:  # hidden in one file and shown in another
                self.mark[place] = SHOWN
            self.low[place], self.high[place] = max(self.low[place], low), min(self.high[place], high)

    def _equal(self, one, other) -> None:
        row: dict[int, float] = defaultdict(float)
        for cells, sign in ((one, 1.0), (other, -1.0)):
            for cell in cells:
                row[self.at[cell]] += sign
        self.rows.append(dict(row))

    def _margins(self, parent, parts) -> None:
        """Cells of a crossed table add up to the cell of its margin, if anybody publishes that."""
        for size in range(1, len(parts[0].groups)):
            for kept in combinations(range(len(parts[0].groups)), size):
                if not set(parent.columns) < {parts[0].columns[k] for k in kept}:
                    continue
                sums = defaultdict(list)
                for part in parts:
                    if len(part.groups) == len(parts[0].groups):
                        sums[part._replace(groups=tuple(part.groups[k] for k in kept))].append(part)
                for margin, mine in sums.items():
                    if margin not in self.at:  # nobody's to publish, and the same in every table
                        self._learn(margin, np.nan, LEFT_OUT)
                    self._equal([margin], mine)

    def _nested(self) -> None:
        """More days are fewer people, and those with an event are some of the people: a difference is never under 0."""
        self.differences: list[tuple[int, int, int]] = []
        cells = list(self.at)
        ladders = defaultdict(list)
        for cell in cells:
            ladders[cell[:3]].append(cell)
        for cell in cells:
            wider = [other for other in ladders[cell[:3]] if other.over < cell.over]
            if cell.event:
                wider += [each for each in ladders.get((*cell[:2], ""), ()) if each.over == cell.over]
            for other in wider:
                place = len(self.low)
                self.low.append(0)
                self.high.append(UNKNOWN)
                self.rows.append({self.at[other]: 1.0, self.at[cell]: -1.0, place: -1.0})
                self.differences.append((self.at[other], self.at[cell], place))

    def attack(self, *, differences: bool = True) -> Attack:
        """Find the range of every hidden count, and of every difference of shown ones that may be small."""
        n = len(self.low)
        entries = [(r, c, v) for r, row in enumerate(self.rows) for c, v in row.items()]
        r, c, v = (np.array(each) for each in zip(*entries, strict=True))
        self.matrix = coo_array((v.astype(float), (r, c)), shape=(len(self.rows), n)).tocsr()
        need = max(2, min(self.rule.base, self.rule.most_hidden - self.rule.fewest + 1))
        seen_low, seen_high = np.full(n, np.inf), np.full(n, -np.inf)
        published = np.array(self.mark + [LEFT_OUT] * (n - len(self.mark)))
        targets = [i for i in range(n) if published[i] in (SMALL, SHARED, BESIDE)]
        if differences:
            shown = published == SHOWN
            targets += [d for a, b, d in self.differences if shown[a] and shown[b] and self._may_be_small(a, b)]
        narrowed, exact = [], 0
        for target in targets:
            if seen_high[target] - seen_low[target] + 1 >= need:
                continue
            for sign in (1.0, -1.0):
                cost = np.zeros(n)
                cost[target] = sign
                solution = self._solve(cost)
                seen_low, seen_high = np.minimum(seen_low, solution), np.maximum(seen_high, solution)
            low, high = int(seen_low[target]), int(seen_high[target])
            if published[target] == LEFT_OUT and (high < 1 or low > self.rule.most_hidden):
                continue
            if published[target] == SHARED and high == 0:
                continue
            if high - low + 1 < need:
                narrowed.append((self._name(target), low, high))
                exact += high == low
        hidden = sum(mark in (SMALL, SHARED, BESIDE) for mark in self.mark)
        return Attack(
            len(self.mark), hidden, self.mark.count(BESIDE), sum(m == LEFT_OUT for m in self.mark), narrowed, exact
        )

    def _name(self, place: int):
        cells = list(self.at)
        if place < len(cells):
            return cells[place]
        return next((cells[a], cells[b]) for a, b, d in self.differences if d == place)

    def _may_be_small(self, larger: int, smaller: int) -> bool:
        return self.low[larger] - self.high[smaller] <= self.rule.most_hidden

    def _solve(self, cost):
        done = milp(
            cost,
            constraints=LinearConstraint(self.matrix, 0, 0),
            bounds=Bounds(self.low, self.high),
            integrality=np.ones(len(cost)),
        )
        assert done.x is not None, "what is published contradicts itself"
        return np.round(done.x)
