"""Whole-number solutions of tables whose corners are fractions: three-way tables with all their margins."""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from equiwait.disclosure import whole_numbers
from equiwait.disclosure.relaxations import Equations
from equiwait.disclosure.whole_numbers import whole_solution


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
    """Tables of 0 to 2, of which only the sums over one way are told."""
    for seed in range(14):
        lots = np.random.default_rng(seed)
        matrix, place = three_way((6, 6, 6))
        truth = with_margins(lots.integers(0, 3, (6, 6, 6)))
        totals = (np.indices(place.shape) == 0).sum(0).ravel()
        low = np.where(totals == 1, truth, 0)
        high = np.where(totals == 0, 2, np.where(totals == 1, truth, 1e4))
        yield lots.integers(-9, 10, len(low)).astype(float) * (totals == 0), matrix, low, high


def test_the_least_is_the_least_and_any_is_a_solution():
    fractions = 0
    for cost, matrix, low, high in cases():
        nothing = np.zeros(matrix.shape[0])
        plain = milp(cost, constraints=LinearConstraint(matrix, 0, 0), bounds=Bounds(low, high))
        fractions += bool(np.abs(plain.x - np.round(plain.x)).max() > 1e-6)
        whole = milp(cost, constraints=LinearConstraint(matrix, 0, 0), bounds=Bounds(low, high), integrality=1)
        for least in (True, False):
            found = whole_solution(cost, Equations(matrix, nothing, low, high), least=least)
            assert found.values is not None
            assert np.array_equal(found.values, np.round(found.values))
            assert np.abs(matrix @ found.values).max() == 0
            assert ((found.values >= low) & (found.values <= high)).all()
            assert found.least <= (cost @ found.values == pytest.approx(whole.fun))
            assert found.least or not least
    assert fractions, "no corner was a fraction: the cases test nothing"


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
