"""The solver: one programme asked again and again, in silence, in any thread, and whatever else asks HiGHS beside it."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from highspy import Highs
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from equiwait.disclosure.solver import Inequalities, Solver, needed


def made(seed):
    """A programme of a few columns with a whole solution, and lots for more."""
    lots = np.random.default_rng(seed)
    matrix = lots.choice([0, 0, 1, -1], (7, 12)).astype(float)
    truth = lots.integers(0, 20, 12).astype(float)
    sums, (below, above) = matrix @ truth, lots.integers(0, 5, (2, 7))
    low, high = truth - lots.integers(0, 5, 12), truth + lots.integers(0, 5, 12)
    return Inequalities(csr_array(matrix), sums - below, sums + above, low, high), lots


def least_cost(asked, cost, whole=0):
    return milp(
        cost,
        constraints=LinearConstraint(asked.matrix, asked.least, asked.most),
        bounds=Bounds(asked.low, asked.high),
        integrality=whole,
    ).fun


def is_solution(asked, point):
    value = asked.matrix @ point
    return (
        ((value > asked.least - 1e-6) & (value < asked.most + 1e-6)).all()
        and ((point > asked.low - 1e-6) & (point < asked.high + 1e-6)).all()
    )  # fmt: skip


@pytest.mark.parametrize("branches", [0, 1000])
@pytest.mark.parametrize("seed", range(15))
def test_each_question_after_the_first_has_its_own_cheapest_answer(seed, branches):
    asked, lots = made(seed)
    solver = Solver(asked, branches=branches)
    for turn in range(12):
        cost = lots.integers(-3, 4, 12).astype(float) if turn % 3 else np.eye(12)[turn] * (-1) ** turn
        found = solver.cheapest(cost, near=turn % 3 == 0)
        assert found.sure
        assert is_solution(asked, found.point)
        assert found.cost == pytest.approx(cost @ found.point) == pytest.approx(least_cost(asked, cost, branches > 0))
        if branches:
            assert np.abs(found.point - np.round(found.point)).max() < 1e-6


@pytest.mark.parametrize("branches", [0, 1000])
def test_what_nothing_satisfies_has_no_answer_however_often_it_is_asked(branches):
    """Neither where two columns cannot add up, nor where bounds cross."""
    for high in (np.array([2.0, 2.0]), np.array([9.0, -1.0])):
        asked = Inequalities(csr_array([[1.0, 1.0]]), np.array([5.0]), np.array([6.0]), np.zeros(2), high)
        solver = Solver(asked, branches=branches)
        for cost in ([0.0, 0.0], [1.0, 0.0], [0.0, -1.0]):
            found = solver.cheapest(np.array(cost), near=True)
            assert found.point is None
            assert not found.sure


@pytest.mark.parametrize("seed", range(15))
def test_what_is_not_needed_changes_no_answer(seed):
    asked, lots = made(seed)
    loose = lots.random(7) < 0.5
    wide = asked._replace(least=np.where(loose, -300, asked.least), most=np.where(loose, 300, asked.most))
    fewer = needed(wide)
    assert fewer.matrix.shape[0] <= (~loose).sum()
    for cost in lots.integers(-3, 4, (4, 12)).astype(float):
        assert Solver(fewer).cheapest(cost).cost == pytest.approx(least_cost(wide, cost))


def test_a_bound_that_is_just_reached_is_needed_no_more_and_one_within_reach_is():
    ends = np.zeros(2), np.full(2, 3.0)
    for most, rows in ((6.0, 0), (5.0, 1)):
        asked = Inequalities(csr_array([[1.0, 1.0]]), np.zeros(1), np.array([most]), *ends)
        assert needed(asked).matrix.shape[0] == rows
    for least, rows in ((0.0, 0), (1.0, 1)):
        asked = Inequalities(csr_array([[1.0, 1.0]]), np.array([least]), np.full(1, 9.0), *ends)
        assert needed(asked).matrix.shape[0] == rows


def test_threads_ask_side_by_side_and_get_what_one_gets_alone():
    def answers(seed):
        asked, lots = made(seed)
        solver = Solver(asked)
        return [solver.cheapest(cost).point.tolist() for cost in lots.integers(-3, 4, (20, 12)).astype(float)]

    alone = [answers(seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(answers, range(8))) == alone


def test_somebody_elses_highs_on_several_cores_in_the_same_thread_is_no_hindrance():
    def beside():
        other = Highs()
        other.silent()
        other.setOptionValue("threads", 2)
        other.addVars(1, np.zeros(1), np.ones(1))
        other.run()
        asked, lots = made(3)
        cost = lots.integers(-3, 4, 12).astype(float)
        return Solver(asked).cheapest(cost).cost == pytest.approx(least_cost(asked, cost))

    with ThreadPoolExecutor(1) as pool:  # HiGHS keeps its cores for each thread
        assert pool.submit(beside).result()


def test_the_solver_prints_nothing_and_no_other_solver_is_loaded():
    asks = (
        "import sys, numpy as np; from scipy.sparse import csr_array; from equiwait.disclosure import *; "
        "from equiwait.disclosure.solver import *; "
        "one = Inequalities(csr_array([[1.0, 1.0]]), np.zeros(1), np.ones(1), np.zeros(2), np.ones(2)); "
        "[Solver(one, branches=most).cheapest(np.array([-1.0, -1.0])) for most in (0, 9)]; "
        "release(tally('open', 'site', ['A', 'B', 'C'], [102, 76, 3]), rule_named('hes')); "
        "sys.exit(len({'scipy.optimize', 'scipy.linalg'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
