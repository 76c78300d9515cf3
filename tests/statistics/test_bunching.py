"""The excess just before a target: exact where counts fall evenly, and as often wrong as stated."""

from __future__ import annotations

import numpy as np
import pytest

from equiwait.statistics import Interval, bunching_excess, bunching_expected, wilson


@pytest.mark.parametrize(("slope", "bend"), [(-0.4, 0.0), (0.1, 0.0), (-0.3, -0.05), (-0.1, 0.08)])
def test_it_is_exact_where_the_logarithm_of_the_number_is_a_line_or_a_parabola(slope, bend):
    places = np.array([-1.5, -0.5, 0.5, 1.5])
    numbers = np.exp(slope * places + bend * places**2)
    far, near = numbers[0] / (numbers[0] + numbers[3]), numbers[1] / (numbers[1] + numbers[2])
    assert bunching_expected(Interval(far, far, far)).value == pytest.approx(near)
    assert bunching_excess(Interval(near, near, near), Interval(far, far, far)).value == pytest.approx(0.0)


@pytest.mark.parametrize("mean", [4.0, 9.0, 21.0])
def test_of_waits_that_fall_off_by_themselves_one_in_forty_looks_piled_up(mean):
    """Weeks waited, exponential, 2,000 lists of each: the interval at 95% lies above nought in about 2.5%."""
    rng = np.random.default_rng(7)
    ends = np.array([14, 16, 18, 20, 22]) / mean
    chance = np.diff(-np.exp(-ends))
    counts = rng.multinomial(400, chance / chance.sum(), 2000).T
    near, far = wilson(counts[1], counts[1] + counts[2]), wilson(counts[0], counts[0] + counts[3])
    found = bunching_excess(near, far)
    assert 0.012 < (found.lower > 0).mean() < 0.036
    assert 0.012 < (found.upper < 0).mean() < 0.036
    assert abs(found.value.mean()) < 0.01


def test_all_or_nobody_further_off_leaves_an_interval():
    found = bunching_excess(wilson(10, 20), wilson(20, 20))
    assert np.isfinite([found.lower, found.upper]).all()
    assert found.value == pytest.approx(-0.5)
