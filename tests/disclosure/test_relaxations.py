"""Equations between bounds without their slack: the same solutions of the same cost, with fewer columns."""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from equiwait.disclosure import elastic
from equiwait.disclosure.elastic import Movable, cheapest
from equiwait.disclosure.relaxations import Equations, without_slack


def made(seed):
    """Equations of a few columns each with a whole solution, some columns in one of them only, and a cost."""
    lots = np.random.default_rng(seed)
    rows, columns = lots.integers(1, 6), lots.integers(6, 12)
    matrix = lots.choice([0, 0, 0, 1, -1], (rows, columns)).astype(float)
    truth = lots.integers(0, 20, columns).astype(float)
    low, high = truth - lots.integers(0, 5, columns), truth + lots.integers(0, 5, columns)
    return Equations(csr_array(matrix), matrix @ truth, low, high), lots.integers(-3, 4, columns).astype(float)


@pytest.mark.parametrize("seed", range(60))
def test_a_solution_without_slack_costs_as_little_and_keeps_every_equation_and_bound(seed):
    given, cost = made(seed)
    found = given.relaxed(cost)
    plain = milp(
        cost, constraints=LinearConstraint(given.matrix, given.sums, given.sums), bounds=Bounds(given.low, given.high)
    )
    assert found.cost == pytest.approx(plain.fun) == pytest.approx(cost @ found.point)
    assert np.abs(given.matrix @ found.point - given.sums).max() < 1e-6
    assert ((found.point >= given.low - 1e-6) & (found.point <= given.high + 1e-6)).all()
    rest = without_slack(given, np.zeros(len(cost), bool))
    assert found.work == len(rest.kept) == len(cost) - len(rest.slack)
    assert len(set(rest.rows)) == len(rest.rows), "one of each equation at most"
    assert (np.diff(rest.matrix.indptr)[np.diff(given.matrix.indptr) > 0] > 0).all(), "no equation is lost"


@pytest.mark.parametrize("seed", range(20))
def test_what_is_asked_for_is_never_left_out(seed):
    given, _ = made(seed)
    asked = np.random.default_rng(seed).random(len(given.low)) < 0.5
    assert not asked[without_slack(given, asked).slack].any()


def test_a_bound_of_the_slack_is_a_bound_of_the_rest():
    """9 less 4 and at most 1: what stands in no other equation can be too small for the rest."""
    given = Equations(
        csr_array(np.array([[1.0, -1.0, -1.0], [1.0, 1.0, 0.0]])),
        np.zeros(2),
        np.array([9.0, -9, 0]),
        np.array([9.0, 4, 1]),
    )
    assert given.relaxed(np.zeros(3)).point is None
    wider = Equations(given.matrix, given.sums, given.low, np.array([9.0, 4, 18]))
    assert wider.relaxed(np.zeros(3)).point.tolist() == [9, -9, 18]


@pytest.mark.parametrize("seed", range(40))
def test_the_cheapest_way_to_let_a_count_move_moves_it(seed):
    """What leaves its bounds is enough; without it nothing is; and of several none can be spared."""
    given, cost = made(seed)
    lots = np.random.default_rng(seed)
    one, apart = int(lots.integers(len(cost))), 6
    movable = Movable(lots.random(len(cost)) < 0.6, lots.integers(1, 9, len(cost)).astype(float), given.low.min() - 20)
    found = cheapest(given, movable, one, apart)
    width = {
        name: most_apart(given, movable, freed, one)
        for name, freed in (("none", None), ("all", movable.columns), ("these", found))
    }
    assert (found is None) == (width["all"] < apart)
    if found is not None:
        assert width["these"] >= apart
        assert not found[~movable.columns].any()
        assert found.any() == (width["none"] < apart)
        for each in np.flatnonzero(found) if found.sum() > 1 else ():
            assert most_apart(given, movable, found & (np.arange(len(found)) != each), one) < apart


@pytest.mark.parametrize("seed", range(40))
def test_whether_anything_need_move_is_answered_alike_when_it_is_asked_first(seed, monkeypatch):
    given, cost = made(seed)
    lots = np.random.default_rng(seed)
    movable = Movable(lots.random(len(cost)) < 0.6, lots.integers(1, 9, len(cost)).astype(float), given.low.min() - 20)
    asked = [(int(one), apart) for one, apart in zip(lots.integers(len(cost), size=3), (1, 3, 6), strict=True)]
    found = [cheapest(given, movable, *each) for each in asked]
    monkeypatch.setattr(elastic, "_MANY", 0)
    for before, each in zip(found, asked, strict=True):
        after = cheapest(given, movable, *each)
        assert after is before if before is None else np.array_equal(after, before)


def most_apart(given, movable, freed, one):
    """How far apart two solutions can be in one column, if some may leave their bounds."""
    freed = np.zeros(len(given.low), bool) if freed is None else freed
    low, high = np.where(freed, movable.least, given.low), np.where(freed, 1e8, given.high)
    ends = []
    for direction in (-1.0, 1.0):
        cost = np.where(np.arange(len(low)) == one, direction, 0.0)
        done = milp(cost, constraints=LinearConstraint(given.matrix, given.sums, given.sums), bounds=Bounds(low, high))
        ends.append(done.fun)
    return round(-sum(ends), 6)
