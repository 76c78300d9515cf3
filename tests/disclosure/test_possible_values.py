"""Which values a hidden count can have: what the search says against every solution there is, of systems small enough to write out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from equiwait.disclosure import solutions
from equiwait.disclosure.relations import Relations, propagate, relations
from equiwait.disclosure.solutions import Found, possible_values, programmes
from equiwait.disclosure.solver import Solver

HIGHEST = 3


class Case(NamedTuple):
    """A system, what is published of it, all its solutions (solutions × columns), and what is wanted."""

    system: Relations
    given: tuple[np.ndarray, np.ndarray]
    solutions: np.ndarray
    wanted: np.ndarray


def table_of(shape: tuple[int, int], pairs) -> tuple[int, Relations, np.ndarray]:
    """A table with its margins and some differences, and every way to fill it with 0 to 3: ways × columns."""
    n = shape[0] * shape[1]
    place = np.arange(n).reshape(shape)
    sums = [*place, *place.T, place.ravel()]
    system = relations(n + len(sums), [([n + at], list(each)) for at, each in enumerate(sums)], pairs)
    inner = np.stack(np.meshgrid(*[np.arange(HIGHEST + 1)] * n, indexing="ij"), -1).reshape(-1, n)
    full = np.concatenate([inner, *[inner[:, each].sum(1, keepdims=True) for each in sums]], 1)
    return n, system, np.concatenate([full, full[:, system.larger] - full[:, system.smaller]], 1)


TABLES = [table_of((2, 2), [(4, 0), (8, 4), (8, 3)]), table_of((2, 3), [(11, 6), (6, 1), (8, 3)])]


def case(seed: int) -> Case:
    """A table of which some counts are known, some within a little, and some not at all."""
    lots = np.random.default_rng(seed)
    inner, system, ways = TABLES[seed % 2]
    truth = ways[lots.integers(len(ways))]
    below, above = lots.choice([0, 0, 1, 2, 40], (2, system.columns))
    low, high = np.maximum(truth - below, 0).astype(float), (truth + above).astype(float)
    high[:inner] = np.minimum(high[:inner], HIGHEST)
    wanted = lots.random(system.columns) < 0.6
    return Case(system, (low, high), ways[((ways >= low) & (ways <= high)).all(1)], wanted)


def holds(one: Case, found: Found) -> None:
    """Everything seen is possible, and what is said to be certain is all that is possible."""
    least, most = one.solutions.min(0), one.solutions.max(0)
    sure = one.wanted & found.certain
    assert (found.low[sure] == least[sure]).all()
    assert (found.high[sure] == most[sure]).all()
    seen = one.wanted & np.isfinite(found.low)
    assert (found.low[seen] >= least[seen]).all()
    assert (found.high[seen] <= most[seen]).all()


def settled(one: Case, found: Found, enough: int) -> bool:
    """Whether each wanted column was seen to take enough values, or surely cannot."""
    return bool((found.certain | (found.high - found.low + 1 >= enough))[one.wanted].all())


@pytest.fixture
def solved(monkeypatch) -> list[int]:
    """How many columns each programme that is solved has, in each of its branches."""
    work: list[int] = []

    def counting(self, cost, *, usual=Solver.cheapest, **how):
        done = usual(self, cost, **how)
        work.append(len(cost) * (1 + done.branches))
        return done

    monkeypatch.setattr(Solver, "cheapest", counting)
    return work


@pytest.mark.parametrize(("at_once", "near"), [(0, 1), (0, 400), (2_500, 400)])
@pytest.mark.parametrize("enough", [3, 99])
def test_what_a_search_has_seen_is_possible_and_what_is_certain_is_all(at_once, near, enough, monkeypatch, solved):
    monkeypatch.setattr(solutions, "_AT_ONCE", at_once)
    monkeypatch.setattr(solutions, "_NEAR", near)
    for seed in range(10):
        one = case(seed)
        solved.clear()
        found = possible_values(one.system, one.given, one.wanted, enough, most=10**6)
        assert found.work >= sum(solved)
        assert found.work == sum(solved) or not at_once, (
            "the work is what was solved, and what is near is counted whole"
        )
        holds(one, found)
        assert settled(one, found, enough)
        some = possible_values(one.system, one.given, one.wanted, enough, most=5 * seed)
        holds(one, some)
        after = possible_values(one.system, one.given, one.wanted, enough, most=10**6, seen=some)
        holds(one, after)
        assert settled(one, after, enough)


def test_an_equation_that_is_left_out_narrows_nothing():
    left_out = 0
    for seed in range(60):
        one = case(seed)
        narrowed = propagate(one.system, *one.given)
        parts, _ = programmes(one.system, one.given, narrowed, one.wanted)
        left_out += sum(part.equations.matrix.shape[0] for part in parts) < one.system.matrix.shape[0]
        for part in parts:
            here, kept = one.solutions[:, part.columns], part.equations
            assert (kept.matrix @ here.T == kept.sums[:, None]).all(), "every solution of all is one of the part"
            assert ((here >= kept.low) & (here <= kept.high)).all()
        searched = np.concatenate([np.zeros(0, int), *[part.columns for part in parts]])
        for column in np.setdiff1d(np.flatnonzero(one.wanted), searched):
            values = one.solutions[:, column]
            assert [each[column] for each in narrowed] == [values.min(), values.max()]
    assert left_out > 20


@pytest.mark.parametrize("near_by", [8, 400])
def test_what_is_found_near_a_column_holds_everywhere(near_by, monkeypatch):
    """A solution that moves only what is near is one of all; a bound by the equations near alone is never too narrow."""
    monkeypatch.setattr(solutions, "_NEAR", near_by)
    moved = tight = 0
    for seed in range(8):
        one = case(seed)
        everything = np.ones(one.system.columns, bool)
        parts, _ = programmes(one.system, one.given, propagate(one.system, *one.given), everything)
        for part, at, direction in ((p, at, d) for p in parts for at in range(len(p.columns)) for d in (-1.0, 1.0)):
            ways = one.solutions[:, part.columns]
            values, point = direction * ways[:, at], ways[len(ways) // 2].astype(float)
            near = part.near(at)
            bound = direction * part.most_within(at, direction, near)
            assert bound <= values.min()
            tight += bound == values.min()
            found = part.solve_within(direction * (np.arange(len(point)) == at), near, point)
            assert found.values is not None
            assert not found.least, "somewhere else there may be less"
            assert np.isin(np.flatnonzero(found.values != point), near.columns).all()
            assert (ways == found.values).all(1).any()
            assert values.min() <= direction * found.values[at] <= direction * point[at]
            moved += direction * found.values[at] < direction * point[at]
            if near_by == 400:
                assert direction * found.values[at] == values.min()
    assert tight > 10
    assert moved > 10 or near_by == 8, "eight columns cannot move by themselves"


def test_what_is_pushed_together_is_seen_in_a_few_solutions(solved):
    """All forty-nine counts of a table have five values: a few solutions show it, not two for each of them."""
    place = np.arange(49).reshape(7, 7)
    sums = [*place, *place.T]
    system = relations(63, [([49 + at], list(each)) for at, each in enumerate(sums)], [])
    low, high = np.append(np.zeros(49), np.full(14, 60.0)), np.append(np.full(49, 90.0), np.full(14, 60.0))
    found = possible_values(system, (low, high), np.arange(63) < 49, 5, most=10**6)
    assert (found.high - found.low >= 4)[:49].all()
    assert len(solved) < 16
