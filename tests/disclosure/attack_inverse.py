"""An intruder who inverts the choice itself: which true tables lead to just these figures and just these marks?

``PYTHONPATH=src:tests python tests/disclosure/attack_inverse.py``. What else is hidden is chosen by a rule that everybody knows. So
somebody can try true tables, let the rule choose, and keep those that give what was published. The choice reads the figures as the
small-number rule alone would show them, those that it hides afterwards among them: whether that tells anything is asked here. For
each hidden count values are looked for with which some true table is published in just the same way: five must be found.
"""

from __future__ import annotations

import argparse
from functools import cache

import numpy as np

from equiwait.disclosure import Cell, Counts, ReleasedCounts, Sum, release, rule_named
from equiwait.disclosure.cells import LEFT_OUT, SHARED, SHOWN, SMALL

HES = rule_named("hes")
SIZES = ((2, 2), (2, 3), (3, 3), (2, 4), (4, 4))
VALUES = (0, 1, 2, 3, 5, 6, 7, 8, 9, 11, 14, 19, 26)


def counts_of(inner: np.ndarray) -> Counts:
    """A table of two columns with its margins."""
    rows, columns = inner.shape
    full = np.block([[inner, inner.sum(1, keepdims=True)], [inner.sum(0, keepdims=True), inner.sum(keepdims=True)]])
    cells, sums = _cells(rows, columns)
    return Counts(cells, full.ravel().astype(float), sums)


@cache
def _cells(rows: int, columns: int) -> tuple[tuple[Cell, ...], tuple[Sum, ...]]:
    def cell(row: int, column: int) -> Cell:
        pairs = [("sex", f"r{row}")] * (row < rows) + [("site", f"k{column}")] * (column < columns)
        return Cell("open", tuple(sorted(pairs)))

    cells = tuple(cell(row, column) for row in range(rows + 1) for column in range(columns + 1))
    sums = [Sum(cell(row, columns), tuple(cell(row, each) for each in range(columns))) for row in range(rows + 1)]
    sums += [
        Sum(cell(rows, column), tuple(cell(each, column) for each in range(rows))) for column in range(columns + 1)
    ]
    return cells, tuple(sums)


def published(inner: np.ndarray) -> ReleasedCounts:
    """What is published of a true table."""
    return release(counts_of(inner), HES)


def same(one: ReleasedCounts, other: ReleasedCounts) -> bool:
    """Whether two tables are published in just the same way."""
    return np.array_equal(one.marks, other.marks) and np.array_equal(one.shown, other.shown, equal_nan=True)


def whole(inner: np.ndarray) -> np.ndarray:
    """Many tables (tables × rows × columns) with their margins, flat."""
    with_totals = np.concatenate([inner, inner.sum(2, keepdims=True)], axis=2)
    return np.concatenate([with_totals, with_totals.sum(1, keepdims=True)], axis=1).reshape(len(inner), -1)


def figures_of(people: np.ndarray) -> np.ndarray:
    """Counts as the small-number rule alone shows them: -1 where it hides."""
    return np.nan_to_num(HES.release(people).counts, nan=-1.0)


def windows(truth: np.ndarray, marks: np.ndarray) -> list[np.ndarray]:
    """The values that each inner count may have, cell by cell; of one hidden beside others, those near the truth."""
    rows, columns = truth.shape
    inner = marks.reshape(rows + 1, columns + 1)[:rows, :columns]
    found = []
    for value, mark in zip(truth.ravel().tolist(), inner.ravel().tolist(), strict=True):
        if mark == SHOWN:
            found.append(np.arange(max(value - 4, 8), value + 5) if value else np.zeros(1, int))
        elif mark in (SMALL, SHARED):
            found.append(np.arange(int(mark == SMALL), 8))
        else:
            found.append(np.arange(max(value - 12, 8), max(value, 8) + 13))
    return found


def tried(truth: np.ndarray, marks: np.ndarray, rng: np.random.Generator, many: int) -> np.ndarray:
    """True tables that cell by cell are not ruled out: all of them, or ``many`` drawn."""
    may = windows(truth, marks)
    if np.prod([float(len(each)) for each in may]) <= many:
        made = np.stack([each.ravel() for each in np.meshgrid(*may, indexing="ij")], axis=1)
    else:
        made = np.stack([rng.choice(each, many) for each in may], axis=1)
        kept = rng.random(made.shape) < rng.choice([0.2, 0.5, 0.8], (many, 1))
        made = np.where(kept, truth.ravel(), made)
    return np.concatenate([truth[None], made.reshape(-1, *truth.shape)])


def values_left(truth: np.ndarray, seed: int, many: int = 400_000, most: int = 300) -> dict[int, set[int]]:
    """Return for each hidden count values with which some true table is published in just the same way; five are enough.

    Of ``many`` tables those are kept that no shown figure rules out; at most ``most`` sets of figures among them are released.
    """
    first = published(truth)
    shown, small = first.marks == SHOWN, first.marks == SMALL
    hidden = np.flatnonzero(~shown & (first.marks != LEFT_OUT))
    people = whole(tried(truth, first.marks, np.random.default_rng(seed), many))
    seen = figures_of(people)
    may = (seen[:, shown] == first.shown[shown]).all(1) & (seen[:, small] < 0).all(1)
    people, seen = people[may], seen[may]
    kinds, of = np.unique(seen, axis=0, return_inverse=True)
    left: dict[int, set[int]] = {int(at): set() for at in hidden}
    for kind in np.argsort(-np.bincount(of.ravel()), kind="stable")[:most]:
        members = people[of.ravel() == kind]
        if all(len(each) >= 5 or set(members[:, at]) <= each for at, each in left.items()):
            continue
        if same(published(members[0].reshape(truth.shape[0] + 1, -1)[:-1, :-1]), first):
            for at, each in left.items():
                each |= set(members[:, at].tolist())
    return left


def table(seed: int) -> np.ndarray:
    """A small table, its size and values drawn."""
    rng = np.random.default_rng(seed)
    return rng.choice(VALUES, SIZES[seed % len(SIZES)])


def main() -> None:
    """Attack so many tables, and say which hidden counts keep fewer than five values."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--tables", type=int, default=40)
    given = asked.parse_args()
    hidden = few = alone = 0
    for seed in range(given.tables):
        left = values_left(table(seed), seed)
        hidden += len(left)
        short = {at: sorted(values) for at, values in left.items() if len(values) < 5}
        few += len(short)
        alone += sum(len(values) < 2 for values in short.values())
        if short:
            print(f"table {seed} ({'×'.join(map(str, table(seed).shape))}): {short}", flush=True)
    print(f"{given.tables} tables, {hidden} hidden counts: {few} with fewer than five values found, {alone} with one")


if __name__ == "__main__":
    main()
