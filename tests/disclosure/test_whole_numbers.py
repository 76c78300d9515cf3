"""Whole-number solutions of tables whose corners are fractions: three-way tables with all their margins."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from equiwait.disclosure import whole_numbers
from equiwait.disclosure.relations import part_of, touched
from equiwait.disclosure.relaxations import Equations
from equiwait.disclosure.solver import Answer, Solver
from equiwait.disclosure.whole_numbers import neighbourhood, whole_solution


def three_way(shape):
    """The equations of a table with every margin: each total above its parts."""
    place = np.arange(np.prod([n + 1 for n in shape])).reshape([n + 1 for n in shape])
    rows = []
    for axis in range(3):
        parents = np.take(place, 0, axis).ravel()
        parts = np.moveaxis(np.take(place, range(1, shape[axis] + 1), axis), axis, -1).reshape(len(parents), -1)
        for parent, mine in zip(parents, parts, strict=True):
            row = np.zeros(place.size)
            row[parent], row[mine] = 1, -1
            rows.append(row)
    return csr_array(np.array(rows)), place


def with_margins(inner):
    for axis in range(3):
        inner = np.concatenate([inner.sum(axis, keepdims=True), inner], axis)
    return inner.ravel().astype(float)


def cases():
    """Tables of 0 to 2, of which only the sums over one way are told: corners of the first and the last are whole."""
    for seed in (0, 2, 3, 5, 8, 13):
        lots = np.random.default_rng(seed)
        matrix, place = three_way((6, 6, 6))
        truth = with_margins(lots.integers(0, 3, (6, 6, 6)))
        totals = (np.indices(place.shape) == 0).sum(0).ravel()
        low = np.where(totals == 1, truth, 0)
        high = np.where(totals == 0, 2, np.where(totals == 1, truth, 1e4))
        yield lots.integers(-9, 10, len(low)).astype(float) * (totals == 0), matrix, low, high


@pytest.fixture
def solved(monkeypatch):
    """Every programme that is solved: its columns, and of each in whole numbers its branches and how many it might have had."""
    programmes = []

    def recorded(self, cost, *, usual=Solver.cheapest, **how):
        done = usual(self, cost, **how)
        programmes.append(SimpleNamespace(columns=len(cost), most=self.branches, branches=1 + done.branches))
        return done

    monkeypatch.setattr(Solver, "cheapest", recorded)
    return programmes


@pytest.mark.parametrize("least", [True, False])
def test_the_least_is_the_least_and_any_is_a_solution(least, solved):
    fractions, mended = [], 0
    for cost, matrix, low, high in cases():
        nothing = np.zeros(matrix.shape[0])
        plain = milp(cost, constraints=LinearConstraint(matrix, 0, 0), bounds=Bounds(low, high))
        fractions.append(bool(np.abs(plain.x - np.round(plain.x)).max() > 1e-6))
        solved.clear()
        found = whole_solution(cost, Equations(matrix, nothing, low, high), least=least)
        assert found.values is not None
        assert np.array_equal(found.values, np.round(found.values))
        assert np.abs(matrix @ found.values).max() == 0
        assert ((found.values >= low) & (found.values <= high)).all()
        if found.least:
            whole = milp(cost, constraints=LinearConstraint(matrix, 0, 0), bounds=Bounds(low, high), integrality=1)
            assert cost @ found.values == pytest.approx(whole.fun)
        assert found.least or not least
        assert found.work == sum(one.columns * one.branches for one in solved)
        assert [one.most > 0 for one in solved] == [False] + [True] * (len(solved) - 1)
        assert all(1 < one.most * one.columns <= 400_000 for one in solved[1:])
        near = [one.columns < len(cost) for one in solved[1:]]
        assert bool(near) is fractions[-1], "whole numbers are asked for only where there are fractions"
        assert near == sorted(near, reverse=True), "near them first, and only then everywhere"
        mended += all(near)
    assert fractions == [False, True, True, True, True, False]
    assert mended > (2 if least else 5), "near the fractions was mostly near enough"


def test_no_branches_are_followed_without_end(monkeypatch):
    """Where it would take too many branches, nothing is found, and the work says what it took."""
    monkeypatch.setattr(whole_numbers, "_MOST_NODES", 1)
    for cost, matrix, low, high in cases():
        found = whole_solution(cost, Equations(matrix, np.zeros(matrix.shape[0]), low, high))
        assert found.values is None or np.abs(matrix @ found.values).max() == 0
        assert found.work <= 8 * len(low)


def test_bounds_that_nothing_satisfies_have_no_solution():
    matrix = csr_array(np.array([[1.0, -1.0, -1.0]]))
    found = whole_solution(np.zeros(3), Equations(matrix, np.zeros(1), np.array([9.0, 0, 0]), np.array([9.0, 4, 4])))
    assert found.values is None
    assert not found.least


def made_matrix(seed):
    """A few equations of a few columns each, of which some columns stand in none."""
    lots = np.random.default_rng(seed)
    matrix = lots.choice([0, 0, 0, 1, -1], (lots.integers(1, 7), 10))
    matrix[:, 9] = 0
    return matrix


@pytest.mark.parametrize("seed", range(20))
def test_what_is_near_a_column_is_what_one_equation_after_the_other_leads_to(seed):
    dense = made_matrix(seed)
    matrix = csr_array(dense.astype(float))
    rows_of = csr_array(matrix.T)
    for wanted in ([], [0], list(range(len(dense)))):
        rows = np.array(wanted, np.intp)
        assert touched(matrix, rows).tolist() == np.flatnonzero(dense[wanted].any(0)).tolist()
        for columns in ([], [0, 3, 9], list(range(10))):
            part = part_of(matrix, rows, np.array(columns, np.intp))
            assert part.toarray().tolist() == dense[wanted][:, columns].tolist()
            assert part.has_canonical_format
    for column, most in ((column, most) for column in range(10) for most in (1, 3, 5, 10)):
        rings = [({column}, set())]
        while len(rings) < 12:
            rows = {row for row in range(len(dense)) if dense[row, sorted(rings[-1][0])].any()}
            rings.append((set(np.flatnonzero(dense[sorted(rows)].any(0)).tolist()), rows))
        allowed = [ring for place, ring in enumerate(rings) if ring[1] and (place == 1 or len(ring[0]) <= most)]
        found = neighbourhood(matrix, rows_of, column, most)
        if not dense[:, column].any():
            assert (found.columns.tolist(), found.rows.tolist()) == ([column], []), "alone"
            continue
        widest = max(allowed, key=lambda ring: len(ring[0]))
        assert set(found.columns.tolist()) == widest[0]
        assert widest[1] >= set(found.rows.tolist())


def test_what_was_rounded_is_a_solution_only_if_it_satisfies_the_equations(monkeypatch):
    """1.4 is 0.7 and 0.7; 1 is not 1 and 1."""
    monkeypatch.setattr(Solver, "cheapest", lambda *_, **__: Answer(np.array([1.4, 0.7, 0.7]), 0.0, True))
    matrix = csr_array(np.array([[1.0, -1.0, -1.0]]))
    found = whole_numbers._branched(np.zeros(3), Equations(matrix, np.zeros(1), np.zeros(3), np.full(3, 9.0)))
    assert found.values is None
    assert not found.least
