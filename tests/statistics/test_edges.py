"""None, one, all, zero variance, one group, everyone censored: every answer is defined, and none is a warning."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from equiwait import statistics as st

NONE, ONE, ALL = np.zeros(10), np.eye(10)[4], np.full(10, 3)


def test_nobody() -> None:
    assert np.isnan(st.wilson(0, 0)).all()
    assert np.isnan(st.clopper_pearson(0, 0)).all()
    assert np.isnan(st.newcombe(0, 0, 1, 5)).all()
    assert np.isnan(st.risk_ratio(0, 0, 1, 5)).all()
    assert np.isnan(st.mean_t(NONE)).all()
    assert np.isnan(st.quantile(NONE, 0.5))
    assert np.isnan(st.quantile_interval(NONE, 0.5)).all()
    assert np.isnan(st.rate(3, 0)).all()
    assert np.isnan(st.survival_quantile(st.kaplan_meier(NONE, NONE), 0.5)).all()
    assert np.isnan(st.log_rank([NONE, NONE], [NONE, NONE]).statistic)
    assert np.isnan(st.gray_test([NONE, NONE], [NONE, NONE], [NONE, NONE]).statistic)
    assert np.isnan(st.chi_square([[0, 0], [0, 0]]).statistic)
    assert np.isnan(st.kruskal_wallis([NONE, NONE]).statistic)
    assert np.isnan(st.gini(NONE))
    assert np.isnan(st.mantel_haenszel([0], [0], [0], [0])).all()
    shares = st.direct_share([0, 0], [0, 0], [5, 5])
    assert np.isnan([shares.value, shares.std_error, shares.lower, shares.upper]).all()
    assert np.isnan(st.slope_index_shares([0, 0], [0, 0]).value)


def test_one_person() -> None:
    assert st.quantile(ONE, 0.5) == 4
    found = st.quantile_interval(ONE, 0.5)
    assert (found.value, found.lower, found.upper) == (4, 0, np.inf)
    mean = st.mean_t(ONE)
    assert mean.value == 4
    assert np.isnan(mean.lower)
    curve = st.kaplan_meier(ONE, NONE)
    assert st.survival_quantile(curve, 0.5).value == 4
    assert st.survival_at(curve, 5).value == 0
    assert np.isnan(st.survival_at(curve, 5).upper)


def test_a_line_that_begins_just_above_nobody() -> None:
    """The relative index has no upper limit, and says so without a warning."""
    found = st.slope_index([0.05, 0.1495], [100, 100], [0.1, 0.1])
    assert (found.ratio_lower, found.ratio_upper) == (0, np.inf)


def test_everybody_has_the_event() -> None:
    found = st.wilson(7, 7)
    assert found.upper == 1
    assert 0 < found.lower < 1
    assert st.two_proportion_p(7, 7, 9, 9) == 1
    assert np.isnan(st.cochran_armitage([5, 5], [5, 5]).statistic)
    assert np.isnan(st.slope_index_shares([5, 5], [5, 5]).value)
    ratio = st.risk_ratio(7, 7, 9, 9)
    assert ratio.lower < 1 < ratio.upper


def test_zero_variance() -> None:
    found = st.mean_t(5 * ONE)
    assert (found.value, found.lower, found.upper) == (4, 4, 4)
    assert st.gini(5 * ONE) == pytest.approx(0)
    assert np.isnan(st.kruskal_wallis([ONE, ONE]).statistic)
    assert np.isnan(st.mann_whitney(ONE, ONE).statistic)
    assert np.isnan(st.spearman([ONE, ONE]))
    assert st.between_group_variance([3, 3, 3], [1, 2, 3], [0, 0, 0]).value == 0
    assert st.mean_difference([3, 3, 3], [1, 2, 3], [0, 0, 0], against="lowest").value == 0


def test_one_group() -> None:
    assert np.isnan(st.log_rank([ALL], [NONE]).statistic)
    assert np.isnan(st.chi_square([[3, 4]]).statistic)
    assert np.isnan(st.slope_index([3.0], [10]).value)
    assert np.isnan(st.concentration_index([3.0], [10]).value)
    assert np.isnan(st.max_min_gap([1.0], [0.1]).value)
    assert st.between_group_variance([3.0], [10], [0.5]).value == 0


def test_everyone_censored() -> None:
    curve = st.kaplan_meier(NONE, ALL)
    assert (curve.survival == 1).all()
    assert st.survival_quantile(curve, 0.5) == (np.inf, np.inf, np.inf)
    at = st.survival_at(curve, 3)
    assert (at.value, at.lower, at.upper) == (1, 1, 1)
    assert st.restricted_mean(curve, 5).value == 5
    assert np.isnan(st.log_rank([NONE, NONE], [ALL, ALL]).statistic)
    assert (st.aalen_johansen([NONE, NONE], ALL).left == 0).all()


def test_beyond_follow_up_is_not_known() -> None:
    curve = st.kaplan_meier([0, 1, 0], [0, 0, 1])
    assert np.isnan(st.survival_at(curve, 9).value)
    assert st.survival_at(curve, 9, extend=True).value == 0.5
    assert np.isnan(st.restricted_mean(curve, 9).value)


def test_a_small_early_risk_set_ends_the_curve_for_good() -> None:
    """With late entry, one person who leaves while alone at risk brings the curve to 0; the risk set shows it."""
    curve = st.kaplan_meier([0, 1, 0, 0, 3], [0, 0, 0, 0, 0], [1, 0, 3, 0, 0])
    assert curve.at_risk[1] == 1
    assert (curve.survival[1:] == 0).all()


def test_empty_strata_are_left_out_and_counted() -> None:
    found = st.direct_share([3, 0, 5], [10, 0, 10], [50, 30, 20])
    assert found.empty_strata == 1
    assert found.weight_lost == pytest.approx(0.3)
    assert found.value == pytest.approx((50 * 0.3 + 20 * 0.5) / 70)


def test_a_group_without_anybody_has_no_standard_error() -> None:
    assert np.isnan(st.direct_share([0], [0], [5]).std_error)
    several = st.direct_share([[0, 0], [5, 5]], [[0, 0], [10, 10]], [1, 1])
    assert np.isnan(several.std_error).tolist() == [True, False]


def test_missing_p_values_stay_missing() -> None:
    np.testing.assert_allclose(st.adjusted_p([0.01, np.nan, 0, 1]), [0.02, np.nan, 0, 1])


def test_open_bands_are_never_a_number() -> None:
    bands = np.zeros(53)
    bands[52] = 60
    assert st.banded_quantile(bands, 0.5) == np.inf
    assert 52 < st.banded_quantile(bands, 0.5, reproduce=True) < 53
    assert np.isnan(st.banded_quantile(bands * 0.5, 0.5))
    assert st.banded_quantile_interval(bands, 0.5) == (np.inf, np.inf, np.inf)
    assert np.isnan(st.banded_quantile_interval(bands * 0.5, 0.5)).all()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: st.wilson(5, 4),
        lambda: st.wilson(-1, 4),
        lambda: st.wilson(1, 4, confidence=95),
        lambda: st.quantile([1, 2], 50),
        lambda: st.quantile([1, 2], 0.5, [1]),
        lambda: st.quantile([1, 2], 0.5, rule="type10"),
        lambda: st.banded_quantile([1, 2], 0.5, rule="weekly"),
        lambda: st.banded_quantile([1, 2], 0.5, edges=[0, 1]),
        lambda: st.kaplan_meier([0, 1], [0, 0], [0, 1]),
        lambda: st.kaplan_meier([0, 1], [0, 0], times=[1, 0]),
        lambda: st.survival_band(st.kaplan_meier([1], [0]), kind="wald"),
        lambda: st.log_rank([[1, 1]], [[0, 0]], weights="wilcoxon"),
        lambda: st.mantel_haenszel([1], [2], [1], [2], measure="hazard"),
        lambda: st.slope_index([1, 2], [1, 2], scale="probit"),
        lambda: st.concentration_index([1, 2], [1, 2], kind="gini"),
        lambda: st.mean_difference([1, 2], [1, 2], against="best"),
        lambda: st.mean_difference([1, 2], [1, 0], against=1),
        lambda: st.adjusted_p([0.1], method="tukey"),
        lambda: st.adjusted_p([1.2, 0.5]),
        lambda: st.adjusted_p([-1, np.nan]),
        lambda: st.direct_rate([1], [0], [1]),
        lambda: st.direct_rate([20, 1], [1000, 0], [1, 0]),
        lambda: st.mover_ratio(st.Interval(1, -1, 2), st.Interval(1, 0.5, 2)),
        lambda: st.queue_sizes([1], [2]),
        lambda: st.gini([1, 1], [-1, 2]),
    ],
)
def test_what_cannot_be_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        wrong()


def test_importing_is_light() -> None:
    heavy = "scipy.stats scipy.optimize pandas pyarrow matplotlib"
    code = f"import sys, equiwait.statistics; print(*(m for m in {heavy.split()!r} if m in sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_everybody_left_though_parts_of_people_do_not_add_up_to_the_last_digit() -> None:
    died = np.array([0, 0.1, 0.2, 0.3, 0.1, 0.2])
    curve = st.kaplan_meier(died, np.zeros(6), np.array([died.sum() - 1e-12, 0, 0, 0, 0, 0]))
    assert curve.survival[-1] == 0
    assert (curve.log_variance[1:-1] > 0).all()
    assert curve.log_variance[-1] == np.inf


def test_every_public_name_says_what_it_is() -> None:
    assert sorted(st.__all__) == st.__all__
    for name in st.__all__:
        thing = getattr(st, name)
        assert thing.__doc__, name
        if not isinstance(thing, type):
            for section in ("Parameters", "Returns", "Notes", "Examples"):
                assert f"{section}\n    ---" in thing.__doc__, f"{name}: {section}"
