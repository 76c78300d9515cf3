"""Numbers printed in papers and in the project's rules."""

from __future__ import annotations

import numpy as np
import pytest

from equiwait import statistics as st


@pytest.mark.parametrize(
    ("first", "reference", "lower", "upper"),
    [  # Newcombe (1998), table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe(first: tuple[int, int], reference: tuple[int, int], lower: float, upper: float) -> None:
    found = st.newcombe(*first, *reference)
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=6e-5)


def test_the_worked_case_of_the_rules() -> None:
    found = st.newcombe(90, 250, 300, 1000)
    assert [round(100 * float(part), 1) for part in found] == [6.0, -0.4, 12.7]


def test_garwood() -> None:
    """Exact limits of a Poisson count, Garwood (1936)."""
    found = st.exact_poisson([0, 1, 10])
    np.testing.assert_allclose(found.lower, [0, 0.0253, 4.795], atol=5e-4)
    np.testing.assert_allclose(found.upper, [3.689, 5.572, 18.39], atol=5e-3)


def test_simpson_within_a_gap() -> None:
    """Kitagawa: equal shares in every stratum leave composition alone to make the gap."""
    found = st.kitagawa([90, 10], [100, 100], [45, 90], [50, 900])
    assert found.within == pytest.approx(0)
    assert found.gap == pytest.approx(found.composition)
    assert found.gap == pytest.approx(0.5 - 135 / 950)


def test_days_and_weeks() -> None:
    """126 days are 18 weeks, 127 are over."""
    days = np.zeros(400)
    days[[0, 7, 8, 126, 127, 364, 365]] = 1
    bands = st.weekly_bands(days)
    assert bands.shape == (53,)
    assert bands[:18].sum() == 4
    assert bands[0] == 2
    assert bands[52] == 1
    assert bands.sum() == 7


def test_fay_feuer_contains_dobson() -> None:
    """The gamma interval is never the narrower above."""
    args = ([1, 0, 3, 9], [500, 700, 400, 300], [100, 200, 300, 400])
    gamma = st.direct_rate(*args, method="fay-feuer", per=1000)
    dobson = st.direct_rate(*args, per=1000)
    assert gamma.value == pytest.approx(dobson.value)
    assert gamma.upper > dobson.upper


def test_fay_feuer_of_one_stratum_is_exact() -> None:
    found = st.direct_rate([12], [1000], [1], method="fay-feuer", per=1000)
    exact = st.exact_poisson(12)
    assert (found.lower, found.upper) == pytest.approx((exact.lower, exact.upper))


def test_general_cmh_is_cmh_for_two_by_two() -> None:
    a, n1, c, n0 = np.array([20, 30, 5]), np.array([50, 200, 9]), np.array([10, 40, 0]), np.array([50, 400, 3])
    table = np.stack([np.stack([a, n1 - a], -1), np.stack([c, n0 - c], -1)], 1)
    general, plain = st.cochran_mantel_haenszel_general(table), st.cochran_mantel_haenszel(a, n1, c, n0)
    assert tuple(general) == pytest.approx(tuple(plain))


def test_range_of_five_standard_normals() -> None:
    """Tippett (1925): the mean range of five is 2.326, and of two 1.128."""
    assert st.max_min_gap(np.zeros(5), np.ones(5)).expected == pytest.approx(2.326, abs=1e-3)
    assert st.max_min_gap(np.zeros(2), np.ones(2)).expected == pytest.approx(1.128, abs=1e-3)


def test_max_min_gap_probability() -> None:
    """Studentised range, known variance: 3.858 is the 5% point of five."""
    assert st.max_min_gap([3.858, 0, 0, 0, 0], np.ones(5)).p_value == pytest.approx(0.05, abs=1e-3)
