"""Detectable gaps, adjusted slopes, standardised means, funnels: against answers computed elsewhere or by hand."""

from __future__ import annotations

import numpy as np
import pytest

from equiwait import statistics as st


def test_detectable_gap_turns_the_sample_size_of_r_round() -> None:
    """R 4.2.2, power.prop.test(p1 = .2, p2 = .3, power = .8): n = 293.1513; power = .9, sig.level = .01: 553.4 a group."""
    assert st.detectable_difference(293.1513, 293.1513, 0.2) == pytest.approx(0.1, abs=1e-5)
    alone = st.detectable_difference(500, 500, 0.3)
    several = st.detectable_difference(500, 500, 0.3, contrasts=15)
    assert several > alone
    assert several == st.detectable_difference(500, 500, 0.3, confidence=st.family_confidence(0.95, 15))


def test_too_few_people_could_show_nothing() -> None:
    assert np.isnan(st.detectable_difference(3, 2000, 0.9))
    assert np.isnan(st.detectable_difference(0, 2000, 0.3))
    with pytest.raises(ValueError, match="share must lie"):
        st.detectable_difference(30, 30, 30)


def test_a_gap_of_the_detectable_size_is_shown_as_often_as_said() -> None:
    """Over 4,000 lists of 400 against 2,000 people: four in five."""
    gap = float(st.detectable_difference(400, 2000, 0.3))
    rng = np.random.default_rng(17)
    x, y = rng.binomial(400, 0.3 + gap, 4000), rng.binomial(2000, 0.3, 4000)
    assert (st.share_contrast(x, 400, y, 2000).p_value < 0.05).mean() == pytest.approx(0.8, abs=0.02)


X = np.array([[30, 40, 55], [5, 9, 8], [20, 12, 9]])
N = np.array([[100, 100, 100], [40, 50, 30], [40, 25, 15]])


def test_slope_within_strata_is_least_squares_with_a_level_for_each() -> None:
    """By numpy's least squares on every person, stratum by stratum."""
    ranks = st.ridits(N.sum(0))
    rows, y = [], []
    for stratum in range(3):
        for group in range(3):
            for event in (1, 0):
                count = X[stratum, group] if event else N[stratum, group] - X[stratum, group]
                rows += [[ranks[group], *np.eye(3)[stratum]]] * count
                y += [event] * count
    slope = np.linalg.lstsq(np.array(rows), np.array(y, float), rcond=None)[0][0]
    found = st.slope_index_within(X, N)
    assert found.value == pytest.approx(slope)
    p = X.sum() / N.sum()
    assert found.ratio == pytest.approx((p + slope / 2) / (p - slope / 2))


def test_slope_within_one_stratum_is_the_crude_one() -> None:
    crude = st.slope_index(X[0] / N[0], N[0], st.share_errors(X[0], N[0]))
    found = st.slope_index_within(X[:1], N[:1])
    assert found.value == pytest.approx(float(crude.value))
    assert found.std_error == pytest.approx(float(crude.std_error), rel=0.01)


def test_composition_alone_makes_no_adjusted_slope() -> None:
    """Every stratum has one share in all its groups: a crude slope, and none within."""
    n = np.array([[200, 100, 50], [50, 100, 200]])
    x = n * np.array([[0.1], [0.5]])
    assert st.slope_index(x.sum(0) / n.sum(0), n.sum(0)).value > 0.2
    assert st.slope_index_within(x, n).value == pytest.approx(0)
    assert np.isnan(st.slope_index_within([[3], [4]], [[9], [9]]).value)


def test_standardised_mean_by_hand() -> None:
    """Two ages, means 10 and 30 days, standard 3 : 1: 15 days; the group's own mix would give 20."""
    counts = np.zeros((2, 41))
    counts[0, [5, 15]] = 10
    counts[1, [20, 40]] = 10
    found = st.direct_mean(counts, [300, 100])
    assert found.value == pytest.approx(0.75 * 10 + 0.25 * 30)
    # Sums of squares 500 and 2,000 on 19 each; pooled 2,500/38; each drawn towards it by two people.
    pooled = 2500 / 38
    square = sum(w**2 * (ss + 2 * pooled) / 21 / 20 for w, ss in ((0.75, 500), (0.25, 2000)))
    assert found.std_error == pytest.approx(square**0.5)
    assert st.direct_mean(counts, [1, 1], horizon=20).value == pytest.approx((10 + 20) / 2)
    assert np.isnan(st.direct_mean(np.zeros((2, 4)), [1, 1]).value)
    assert st.direct_mean(counts, [300, 100], design_effect=4).std_error == pytest.approx(2 * found.std_error)


def test_mean_within_a_horizon_is_the_restricted_mean_of_ended_waits() -> None:
    counts = np.array([0, 3, 5, 2, 1, 0, 4])
    found = st.mean_within(counts, 4)
    curve = st.kaplan_meier(counts, np.zeros(7))
    assert found.value == pytest.approx(float(st.restricted_mean(curve, 4).value))
    assert found.std_error == pytest.approx(float(st.restricted_mean(curve, 4).std_error) * (15 / 14) ** 0.5)
    assert st.mean_within(counts, 100).value == pytest.approx(float(st.mean_t(counts).value))


def test_slope_of_restricted_means() -> None:
    """The SII of any estimate: by hand for two groups, whose ridits are ¼ and ¾, twice the difference."""
    curves = st.kaplan_meier([[0, 2, 2, 1], [0, 1, 2, 2]], [[0, 0, 0, 1], [0, 0, 0, 1]])
    means = st.restricted_mean(curves, 3)
    found = st.slope_index(means.value, [100, 100], means.std_error)
    assert found.value == pytest.approx(2 * float(means.value[1] - means.value[0]))
    assert found.std_error == pytest.approx(2 * float(np.hypot(*means.std_error)))


def test_funnel_by_hand() -> None:
    """Without variation beyond chance the limits are sin²(arcsin √p ± z/(2√n))."""
    x, n = np.array([30, 31, 29, 30, 61]), np.array([100, 100, 100, 100, 200])
    found = st.share_funnel(x, n)
    assert found.tau_squared == 0
    centre = np.arcsin(np.sqrt(x.sum() / n.sum()))
    np.testing.assert_allclose(found.upper, np.sin(centre + 1.959963984540054 / (2 * np.sqrt(n))) ** 2)
    assert found.position.tolist() == [0] * 5


def test_ordinary_variation_is_no_news_and_an_outlier_is() -> None:
    rng = np.random.default_rng(23)
    n = rng.integers(800, 4000, 40)
    p = np.clip(rng.normal(0.3, 0.04, 40), 0.05, 0.9)
    p[7] = 0.6
    x = rng.binomial(n, p)
    found, naive = st.share_funnel(x, n), st.share_funnel(x, n, trim=0.0)
    assert found.phi > 5
    assert found.position[7] == 2
    assert (np.abs(np.delete(found.position, 7)) == 2).sum() == 0
    assert naive.tau_squared > found.tau_squared
    assert np.isnan(st.share_funnel([0, 3], [0, 10]).position).tolist() == [True, False]


def test_repeats_and_rounding_widen_a_banded_quantile() -> None:
    bands = np.r_[np.full(30, 12), np.zeros(23)]
    plain = st.banded_quantile_interval(bands, 0.5)
    wide = st.banded_quantile_interval(bands, 0.5, design_effect=4.0)
    rounded = st.banded_quantile_interval(bands, 0.5, rounding=2.0)
    assert plain.value == wide.value == rounded.value
    assert wide.upper - wide.lower == pytest.approx(2 * (plain.upper - plain.lower), rel=0.06)
    assert plain.upper < rounded.upper < wide.upper
    both = st.banded_quantile_interval([bands, bands], 0.5, design_effect=[1.0, 4.0])
    np.testing.assert_allclose(both.upper, [plain.upper, wide.upper])
