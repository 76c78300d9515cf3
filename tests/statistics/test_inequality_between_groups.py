"""Indices of inequality with intervals that cover: against hand calculations and scipy's distributions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from equiwait import statistics as st

YS, NS, ES = np.array([0.2, 0.3, 0.4, 0.45]), np.array([100, 200, 100, 50]), np.array([0.04, 0.03, 0.05, 0.07])


def numerical(measure, values: np.ndarray, errors: np.ndarray) -> float:
    """Standard error by the delta method with slopes found by small steps."""
    slopes = []
    for place in range(values.size):
        step = np.zeros(values.size)
        step[place] = 1e-6
        slopes.append((measure(values + step) - measure(values - step)) / 2e-6)
    return float(np.sqrt((np.square(slopes) * errors**2).sum()))


@pytest.mark.parametrize("kind", ["absolute", "relative", "wagstaff", "erreygers"])
def test_concentration_indices_by_the_delta_method(kind: str) -> None:
    found = st.concentration_index(YS, NS, ES, kind=kind)
    assert found.value == pytest.approx(float(st.concentration_index(YS, NS, kind=kind).value))
    slope = numerical(lambda y: float(st.concentration_index(y, NS, kind=kind).value), YS, ES)
    assert found.std_error == pytest.approx(slope, rel=1e-6)


def test_absolute_concentration_index_by_hand() -> None:
    """Two groups of 100: ridits ¼ and ¾, so that the index is (p₁ − p₀)/4 and its error a quarter of the gap's."""
    found = st.concentration_index([0.2, 0.6], [100, 100], [0.04, 0.03], kind="absolute")
    assert (found.value, found.std_error) == pytest.approx((0.1, 0.05 / 4))


def test_mean_difference_takes_the_common_mean_along() -> None:
    """Two groups of 1,000, 40% and 60%: 10 points, 7.9 to 12.1 (half of the interval of their difference)."""
    errors = st.share_errors([400, 600], [1000, 1000])
    found = st.mean_difference([0.4, 0.6], [1000, 1000], errors)
    assert [round(float(part), 3) for part in (found.value, found.lower, found.upper)] == [0.1, 0.079, 0.121]
    index = st.index_of_disparity([0.4, 0.6], [1000, 1000], errors)
    assert index.value == pytest.approx(0.2)
    assert index.lower < 0.2 < index.upper


@pytest.mark.parametrize("weighted", [True, False])
def test_errors_of_distances_by_small_steps(weighted: bool) -> None:
    for measure in (st.mean_difference, st.index_of_disparity):
        found = measure(YS, NS, ES, weighted=weighted)
        slope = numerical(lambda y, m=measure: float(m(y, NS, weighted=weighted).value), YS, ES)
        assert found.std_error == pytest.approx(slope, rel=1e-6)


def test_distances_of_groups_that_may_be_alike_have_no_interval_but_what_chance_gives() -> None:
    x, n = np.array([30, 33, 28, 31]), np.full(4, 100)
    found = st.mean_difference(x / n, n, st.share_errors(x, n), overall_p=float(st.equal_shares(x, n).p_value))
    assert found.p_value > 0.5
    assert np.isnan([found.lower, found.upper]).all()
    assert found.value < found.chance
    assert st.between_group_sd(x / n, n, st.share_errors(x, n)).lower == 0


def test_chance_is_the_mean_over_null_lists() -> None:
    n = np.array([80, 120, 200, 60, 140])
    x = np.random.default_rng(3).binomial(n, 0.3, (4000, 5))
    errors = np.sqrt(0.3 * 0.7 / n)
    for measure in (st.mean_difference, st.between_group_sd):
        seen = np.mean([measure(row / n, n).value for row in x])
        assert measure(x[0] / n, n, errors).chance == pytest.approx(seen, rel=0.03)
    lowest = np.mean([st.mean_difference(row / n, n, against="lowest").value for row in x])
    assert st.mean_difference(x[0] / n, n, errors, against="lowest").chance == pytest.approx(lowest, rel=0.05)


def test_between_group_variance_inverts_the_noncentral_chi_square() -> None:
    """Equal groups of equal error: the ends are those of scipy's noncentral χ² on groups − 1 degrees of freedom."""
    y, n, error = np.array([0.2, 0.3, 0.4, 0.5]), np.full(4, 100), 0.04
    found = st.between_group_variance(y, n, np.full(4, error))
    scale = error**2 / 4
    assert stats.ncx2.sf(found.value / scale, 3, found.lower / scale) == pytest.approx(0.025, abs=1e-8)
    assert stats.ncx2.cdf(found.value / scale, 3, found.upper / scale) == pytest.approx(0.025, abs=1e-8)


@pytest.mark.parametrize("events", [[0, 0, 0, 40], [40, 40, 0, 0], [0, 1, 0, 0]])
def test_groups_of_none_and_all_are_not_certain(events: list[int]) -> None:
    """Where every group is 0 or all, standard errors of 0 would make every interval a point."""
    n = np.full(4, 40)
    errors = st.share_errors(events, n)
    y = np.array(events) / n
    slope, spread = st.slope_index(y, n, errors), st.between_group_variance(y, n, errors)
    assert slope.lower < slope.value < slope.upper
    assert spread.lower < spread.upper
    assert st.concentration_index(y, n, errors, kind="absolute").std_error > 0


def test_doubling_every_row_moves_no_value() -> None:
    """Every person twice on the list: values stand still, intervals are those of the list without repeats."""
    x, n = np.array([12, 30, 25, 9]), np.array([60, 90, 80, 50])
    once, twice = st.share_errors(x, n), st.share_errors(2 * x, 2 * n, design_effect=2.0)
    np.testing.assert_allclose(twice, once, rtol=0.02)
    for measure in (st.between_group_variance, st.between_group_sd, st.mean_difference, st.index_of_disparity):
        assert measure(x / n, n, once).value == pytest.approx(float(measure(x / n, 2 * n, twice).value))


def test_log_rank_of_repeated_people() -> None:
    """Every pathway twice: the statistic doubles, and is about the old one again with design effects of 2."""
    events, lost = np.array([[3, 2, 4, 1], [1, 2, 1, 3]]), np.array([[0, 1, 0, 2], [0, 1, 2, 1]])
    once = st.log_rank(events, lost)
    plain, wide = st.log_rank(2 * events, 2 * lost), st.log_rank(2 * events, 2 * lost, design_effect=[2, 2])
    assert wide.statistic == pytest.approx(float(plain.statistic) / 2)
    assert wide.statistic == pytest.approx(float(once.statistic), rel=0.06)
    np.testing.assert_array_equal(wide.observed, plain.observed)
    np.testing.assert_allclose(st.log_rank(events, lost, design_effect=[1, 1])[:3], once[:3])
    trend = st.log_rank_trend(2 * events, 2 * lost, design_effect=[2, 2])
    assert trend.statistic == pytest.approx(float(st.log_rank_trend(2 * events, 2 * lost).statistic) / 2)
    with pytest.raises(ValueError, match="design_effect must be 2 numbers"):
        st.log_rank(events, lost, design_effect=[0.5, 1])


def test_resampling_intervals_are_apart_and_named() -> None:
    with pytest.raises(ValueError, match="measure must be one of"):
        st.resampling_interval(YS, NS, ES, measure="theil")
