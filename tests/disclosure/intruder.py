"""An intruder: somebody who has all files of a run, knows the rule, and which hidden counts are the small ones.

Written apart from the code that it attacks: its equations are its own, and it asks for the smallest and the largest
value of every hidden count that any whole-number solution allows. `attack_lists.py` beside it attacks twenty lists and more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from equiwait.disclosure import Cell, ReleasedCounts
from equiwait.disclosure.cells import BESIDE, LEFT_OUT, SHARED, SHOWN, SMALL

UNKNOWN = 10**6


def _after(day: str) -> str:
    return str(np.datetime64(day) + 1)


@dataclass(frozen=True)
class Attack:
    """What the intruder learnt: hidden counts, and those of which fewer values than allowed remain."""

    cells: int
    hidden: int
    beside: int
    left_out: int
    narrowed: list[tuple[Cell, Cell | None, int, int]]
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
        self._windows()

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
                if cell not in self.at:  # nobody publishes it, and sums may share it
                    self._learn(cell, np.nan, LEFT_OUT)
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
        """More days are fewer people, and those with an event are some of the people."""
        self.above: list[tuple[int, int]] = []
        self.differences: list[tuple[int, int]] = []
        ladders = defaultdict(list)
        for cell in self.at:
            ladders[cell[:3]].append(cell)
        for (population, groups, event), rungs in ladders.items():
            rungs.sort(key=lambda cell: cell.over)
            self.above += [(self.at[one], self.at[other]) for one, other in pairwise(rungs)]
            self.differences += [(self.at[one], self.at[other]) for one, other in combinations(rungs, 2)]
            whole = {cell.over: cell for cell in ladders.get((population, groups, ""), ())} if event else {}
            pairs = [(self.at[whole[cell.over]], self.at[cell]) for cell in rungs if cell.over in whole]
            self.above += pairs
            self.differences += pairs

    def _windows(self) -> None:
        """Who left, or joined, by each day: a window's count is how far that rose in it. Of others, a window holds shorter ones."""
        found = defaultdict(dict)
        for cell in list(self.at):
            when = re.fullmatch(
                r"(completed|clock starts|time_to_treatment)(.*?)([-\d]{10})( to |/)([-\d]{10})", cell.population
            )
            if when:
                found[when[1], when[2], cell[1:]][when[3], when[5]] = cell
        for (kind, _, key), windows in found.items():
            if len(windows) > 1 and kind != "time_to_treatment":
                days = sorted({day for first, last in windows for day in (first, _after(last))})
                by = [Cell(f"{kind} before {day}, {windows}", *key) for day in days]
                for each in by:
                    self._learn(each, np.nan, LEFT_OUT)
                self.above += [(self.at[later], self.at[earlier]) for earlier, later in pairwise(by)]
                for (first, last), cell in windows.items():
                    self._equal([by[days.index(_after(last))]], [cell, by[days.index(first)]])
            pairs = [
                (self.at[cell], self.at[other])
                for (first, last), cell in windows.items()
                for (begins, ends), other in windows.items()
                if first <= begins and ends <= last and cell != other and "last seen" not in cell.event
            ]
            self.above += pairs
            self.differences += pairs

    def part(self, whole: str, part: str, where: tuple[str, str] | None = None) -> Intruder:
        """Know that a population is part of another; and, if so, which group of it."""
        for cell in [cell for cell in self.at if cell.population == part]:
            larger = cell._replace(population=whole)
            if larger in self.at:
                self.above.append((self.at[larger], self.at[cell]))
                self.differences.append((self.at[larger], self.at[cell]))
            same = larger._replace(groups=tuple(sorted({*cell.groups, where}))) if where else cell
            if where and same in self.at:
                self._equal([same], [cell])
        return self

    def attack(self, *, differences: bool = True) -> Attack:
        """Find the range of every hidden count, and of every difference of shown ones that may be small."""
        n = len(self.low)
        rows = [*self.rows, *({one: 1.0, other: -1.0} for one, other in self.above)]
        entries = [(r, c, v) for r, row in enumerate(rows) for c, v in row.items()]
        r, c, v = (np.array(each) for each in zip(*entries, strict=True))
        self.matrix = coo_array((v.astype(float), (r, c)), shape=(len(rows), n)).tocsr()
        self.most = np.r_[np.zeros(len(self.rows)), np.full(len(self.above), np.inf)]
        need = max(2, min(self.rule.base, self.rule.most_hidden - self.rule.fewest + 1))
        mark = np.array(self.mark)
        targets: list[tuple[int, int | None]] = [
            (i, None) for i in np.flatnonzero(np.isin(mark, (SMALL, SHARED, BESIDE)))
        ]
        if differences:
            shown = mark == SHOWN
            targets += [(a, b) for a, b in self.differences if shown[a] and shown[b] and self._may_be_small(a, b)]
        seen = [self._solve(cost, loose=0.05) for cost in self._joint(targets)] if targets else []
        narrowed, exact = [], 0
        for one, other in targets:
            low, high = self._range(one, other, need, seen)
            small = other is not None and (high < 1 or low > self.rule.most_hidden)
            nobody = mark[one] == SHARED and high == 0
            if high - low + 1 < need and not small and not nobody:
                narrowed.append((self._name(one), None if other is None else self._name(other), low, high))
                exact += high == low
        hidden = int(np.isin(mark, (SMALL, SHARED, BESIDE)).sum())
        return Attack(n, hidden, int((mark == BESIDE).sum()), int((mark == LEFT_OUT).sum()), narrowed, exact)

    def _joint(self, targets):
        """Whole solutions first, pushed up, down and this way and that: each shows values of every count at once."""
        rng = np.random.default_rng(0)
        for way in ("up", "down", *range(10)):
            cost = np.zeros(len(self.low))
            for one, other in targets:
                sign = {"up": -1.0, "down": 1.0}.get(way) or rng.choice([-1.0, 1.0])
                cost[one] += sign
                if other is not None:
                    cost[other] -= sign
            yield cost

    def _range(self, one: int, other: int | None, need: int, seen) -> tuple[int, int]:
        """The smallest and the largest value; sought only where those already seen are too few."""

        def value(solution):
            return solution[one] - (0 if other is None else solution[other])

        values = [value(solution) for solution in seen]
        if max(values) - min(values) + 1 < need:
            for sign in (1.0, -1.0):
                cost = np.zeros(len(self.low))
                cost[one] = sign
                if other is not None:
                    cost[other] = -sign
                seen.append(self._solve(cost))
                values.append(value(seen[-1]))
        return int(min(values)), int(max(values))

    def _name(self, place: int) -> Cell:
        return list(self.at)[place]

    def _may_be_small(self, larger: int, smaller: int) -> bool:
        return self.low[larger] - self.high[smaller] <= self.rule.most_hidden

    def _solve(self, cost, loose: float = 0.0):
        for whole in (0, 1):  # most tables of counts have whole-number corners
            done = milp(
                cost,
                constraints=LinearConstraint(self.matrix, 0, self.most),
                bounds=Bounds(self.low, self.high),
                integrality=np.full(len(cost), whole),
                options={"mip_rel_gap": loose} if whole else {},
            )
            assert done.x is not None, "what is published contradicts itself"
            if np.abs(done.x - np.round(done.x)).max() < 1e-6:
                break
        return np.round(done.x)
