"""Steps in a series against numpy's least squares; runs against every possible order, and the tables of 1943."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from equiwait.statistics import periods_needed, run_chart, step_change
from equiwait.statistics.interrupted_series import _runs_by_chance


@pytest.mark.parametrize("trend", [False, True])
def test_the_step_is_that_of_least_squares(trend):
    rng = np.random.default_rng(5)
    for _ in range(20):
        y, error, after = rng.normal(0, 1, 12), rng.uniform(0.5, 2, 12), np.arange(12) >= 7
        design = np.stack([np.ones(12), after, *([np.arange(12.0)] if trend else [])], 1) / error[:, None]
        (_, change, *_), left, *_ = np.linalg.lstsq(design, y / error, rcond=None)
        found = step_change(y, error, after, trend=trend)
        assert found.change == pytest.approx(change)
        assert found.dispersion == pytest.approx(float(left[0]) / (12 - design.shape[1]))
        assert (found.periods_before, found.periods_after) == (7, 5)


def test_without_a_step_the_interval_leaves_out_nought_as_seldom_as_it_says():
    rng = np.random.default_rng(6)
    outside = 0
    for _ in range(1000):
        error = rng.uniform(0.02, 0.05, 14)
        found = step_change(0.1 + rng.normal(0, error), error, np.arange(14) >= 9)
        outside += not found.lower <= 0 <= found.upper
    assert outside <= 55


def test_the_periods_that_are_promised_are_enough():
    rng = np.random.default_rng(7)
    before, size, error = 9, 0.06, 0.04
    more = int(periods_needed(before, 2, error, size))
    told = 0
    for _ in range(500):
        after = np.arange(before + 2 + more) >= before
        y = np.where(after, -size, 0.0) + rng.normal(0, error, len(after))
        told += step_change(y, np.full(len(y), error), after).upper < 0
    assert 0.72 <= told / 500 <= 0.9
    assert periods_needed(2, 2, error, size) == np.inf
    assert periods_needed(50, 50, error, size) == 0


def test_too_little_to_say():
    assert np.isnan(step_change([1, 2], [1, 1], [False, True]).change)
    assert np.isnan(step_change([1, 2, 3], [1, 1, 1], [True, True, True]).change)
    with pytest.raises(ValueError, match="one length"):
        step_change([1, 2, 3], [1, 1], [0, 0, 1])


@pytest.mark.parametrize(("above", "below"), [(3, 3), (5, 5), (4, 7), (6, 6)])
def test_runs_by_every_possible_order(above, below):
    size = above + below
    runs = []
    for places in combinations(range(size), above):
        order = np.isin(np.arange(size), places)
        runs.append(1 + int(np.count_nonzero(np.diff(order.astype(int)))))
    runs = np.array(runs)
    fewest, most = _runs_by_chance(above, below)
    assert (runs < fewest).mean() <= 0.025 < (runs <= fewest).mean()
    assert (runs > most).mean() <= 0.025 < (runs >= most).mean()


def test_the_tables_of_swed_and_eisenhart():
    assert _runs_by_chance(5, 5) == (3, 9)  # 2 or fewer, 10 or more
    assert _runs_by_chance(10, 10) == (7, 15)  # 6 or fewer, 16 or more


def test_the_rules_of_a_run_chart():
    flat = run_chart([5, 5, 5, 5])
    assert flat.says == ()
    low = run_chart([9, 8, 9, 8, 9, 8, 3, 3, 5, 2, 3, 3, 3], baseline=6)
    assert low.shift.tolist() == [False] * 5 + [True] * 8
    assert "a shift" in low.says[0]
    assert run_chart([1, 2, 2, 3, 4, 5]).trend.any()
    assert not run_chart([1, 2, 3, 4, 3]).trend.any()
    assert run_chart([1, 9] * 8).says == ("more runs than chance would make",)
    gap = run_chart([1, np.nan, 2, 3, 4, 5])
    assert not gap.trend[1]
    with pytest.raises(ValueError, match="one series"):
        run_chart([[1, 2]])
