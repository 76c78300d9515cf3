"""Gaps with their tests and families, against answers that others computed or that are worked out here."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import optimize, stats

from equiwait import statistics as st

pairs = some.tuples(some.integers(0, 60), some.integers(1, 60)).map(lambda pair: (min(pair), max(pair)))


@pytest.mark.parametrize(
    ("first", "reference", "lower", "upper"),
    [
        ((36, 40), (16, 80), 2.94, 7.15),  # Koopman (1984), his example
        # statsmodels 0.15 confint_proportions_2indep(compare="ratio", method="score", correction=False)
        ((90, 250), (300, 1000), 0.9869952068800488, 1.443803571962583),
        ((3, 12), (1, 40), 1.5232090063137882, 65.70617177703093),
        ((0, 10), (5, 30), 0.0, 1.8785397317476908),
    ],
)
def test_koopman_as_published(first: tuple[int, int], reference: tuple[int, int], lower: float, upper: float) -> None:
    found = st.koopman(*first, *reference)
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=5e-3 if lower == 2.94 else 1e-8)


@pytest.mark.parametrize("case", [(8, 8, 450, 500), (1, 1, 20, 2000), (7, 30, 2, 9), (10, 10, 20, 20)])
def test_koopman_ends_are_where_the_likeliest_shares_fit_badly_enough(case: tuple[int, ...]) -> None:
    """By brute force: the shares that are most likely given the ratio, and Pearson's distance from them."""
    x1, n1, x0, n0 = case

    def distance(times: float) -> float:
        top = min(1.0, 1 / times) * (1 - 1e-12)
        seen = lambda p: -stats.binom.logpmf(x1, n1, times * p) - stats.binom.logpmf(x0, n0, p)  # noqa: E731
        p = optimize.minimize_scalar(seen, bounds=(1e-12, top), method="bounded", options={"xatol": 1e-13}).x
        return sum(
            (x - n * q) ** 2 / (n * q * (1 - q))
            for x, n, q in ((x1, n1, times * p), (x0, n0, p))
            if abs(x - n * q) > 1e-6
        )

    found = st.koopman(*case)
    for end in (found.lower, found.upper):
        assert distance(end) == pytest.approx(stats.chi2.ppf(0.95, 1), rel=2e-3)


def test_koopman_without_events() -> None:
    none = st.koopman([0, 5, 0, 0], [5, 10, 7, 0], [0, 0, 3, 1], [7, 12, 9, 5])
    np.testing.assert_array_equal(none.lower[[0, 2]], 0)
    np.testing.assert_array_equal(none.upper[[0, 1]], np.inf)
    assert np.isnan(none.value[0])
    assert np.isinf(none.value[1])
    assert np.isfinite(none.upper[2])
    assert np.isnan([part[3] for part in none]).all()


@given(pairs, pairs)
def test_koopman_turns_over_and_agrees_with_chi_square(first: tuple[int, int], other: tuple[int, int]) -> None:
    here, back = st.koopman(*first, *other), st.koopman(*other, *first)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(here, 1 / np.array([back.value, back.upper, back.lower]), rtol=1e-7)
    table = [[first[0], first[1] - first[0]], [other[0], other[1] - other[0]]]
    p = st.chi_square(table).p_value
    if abs(p - 0.05) > 1e-6 and not np.isnan(p):
        assert (p < 0.05) == (not here.lower <= 1 <= here.upper)


@given(pairs, pairs, some.integers(1, 15))
def test_clear_exactly_where_the_interval_leaves_out_no_gap(
    first: tuple[int, int], other: tuple[int, int], contrasts: int
) -> None:
    found = st.share_contrast(*first, *other, contrasts=contrasts)
    for p, low, high in (
        (found.p_value, found.lower, found.upper),
        (found.p_adjusted, found.family_lower, found.family_upper),
    ):
        assert low <= found.value <= high
        if abs(p - 0.05) > 1e-9:
            assert (p < 0.05) == (low > 0 or high < 0)


def test_one_person_over_52_weeks_is_not_news() -> None:
    """One of one against 20 of 2,000: by hand, the one is among the 21 of 2,001 by a chance of 21/2,001."""
    found = st.share_contrast(1, 1, 20, 2000, contrasts=15)
    assert (found.family_lower, found.family_upper) == tuple(st.share_gap(1, 1, 20, 2000, contrasts=15))[1:]
    assert found.p_value == pytest.approx(21 / 2001)
    assert found.p_adjusted == pytest.approx(1 - (1 - 21 / 2001) ** 15)
    assert found.family_lower == 0
    assert st.two_proportion_p(1, 1, 20, 2000) == pytest.approx(21 / 2001)


def test_mid_p_by_enumeration() -> None:
    """Every table of these margins, counted."""
    x1, n1, x0, n0 = 4, 9, 2, 30
    chance = {k: comb(n1, k) * comb(n0, 6 - k) / comb(39, 6) for k in range(7)}
    above = sum(part for k, part in chance.items() if k > x1) + chance[x1] / 2
    assert st.fisher_mid_p(x1, n1, x0, n0) == pytest.approx(2 * above)
    assert st.fisher_mid_p([0, 5], [7, 5], [0, 9], [9, 9]).tolist() == [1, 1]
    assert np.isnan(st.fisher_mid_p(0, 0, 1, 9))


def test_stratified_mid_p_by_enumeration() -> None:
    first = {k: comb(3, k) * comb(20, 4 - k) / comb(23, 4) for k in range(4)}
    second = {k: comb(5, k) * comb(9, 3 - k) / comb(14, 3) for k in range(4)}
    chance = {total: sum(first.get(k, 0) * second.get(total - k, 0) for k in range(4)) for total in range(7)}
    seen = 2 + 1
    above = sum(part for total, part in chance.items() if total > seen) + chance[seen] / 2
    below = sum(part for total, part in chance.items() if total < seen) + chance[seen] / 2
    assert st.stratified_mid_p([2, 1], [3, 5], [2, 2], [20, 9]) == pytest.approx(2 * min(above, below))


def test_two_groups_are_one_comparison() -> None:
    alone = st.share_contrast([60, 40], [100, 100], [40, 60], [100, 100])
    np.testing.assert_array_equal(alone.p_adjusted, alone.p_value)
    np.testing.assert_array_equal(alone.family_lower, alone.lower)


def test_sidak() -> None:
    """1 − (1 − p)^m, and the level that goes with it: p is under α in the family exactly where it is under 1 − level."""
    np.testing.assert_allclose(st.adjusted_p([0.01, np.nan, 0.04], method="sidak"), [1 - 0.99**2, np.nan, 1 - 0.96**2])
    np.testing.assert_allclose(st.adjusted_p([0.01, np.nan], method="sidak", contrasts=3), [1 - 0.99**3, np.nan])
    edge = 1 - st.family_confidence(0.95, 7)
    assert st.adjusted_p([edge], method="sidak", contrasts=7)[0] == pytest.approx(0.05)
    assert st.adjusted_p([1.0], method="sidak", contrasts=7)[0] == 1
    assert st.adjusted_p([1e-20], method="sidak", contrasts=7)[0] == pytest.approx(7e-20)
    with pytest.raises(ValueError, match="contrasts goes with"):
        st.adjusted_p([0.1], method="holm", contrasts=3)


def test_both_sides_are_standardised_to_the_strata_that_both_are_in() -> None:
    """A: 50% of 4,600 in s1, all of 900 in s2; B: 50% of 4,500 in s1. On the strata that both are in there is no gap."""
    found = st.standardised_contrast([2300, 900], [4600, 900], [2250, 0], [4500, 0], [9100, 900])
    assert found.difference.value == 0
    assert found.difference.p_value == 1
    assert found.weight_lost == pytest.approx(0.09)
    assert found.strata == 1


def test_value_interval_and_test_of_a_row_are_of_one_estimand() -> None:
    """s1: A 60% of 800, B 50% of 800; s2: A 40% of 160, B 48% of 4,800: Mantel–Haenszel sees a gap that the standardised
    one does not."""
    tables = [480, 64], [800, 160], [400, 2304], [800, 4800]
    found = st.standardised_contrast(*tables, [1600, 4960])
    # By hand: 1600/6560 × 0.10 + 4960/6560 × (−0.08).
    assert found.difference.value == pytest.approx((1600 * 0.10 - 4960 * 0.08) / 6560)
    assert found.difference.lower < 0 < found.difference.upper
    assert found.difference.p_value > 0.05
    odds = st.common_odds(*tables)
    assert odds.value > 1
    assert (odds.p_value < 0.05) == (odds.lower > 1)
    assert odds.homogeneity_p < 0.001


def test_common_odds_as_r_prints_it() -> None:
    """R 4.2.2, mantelhaen.test(UCBAdmissions, correct = FALSE): 0.9046968 (0.7719074 to 1.0603298), χ² = 1.5246,
    p = 0.2169; DescTools BreslowDayTest(correct = TRUE): χ² = 18.826, p = 0.002071."""
    men, women = [512, 353, 120, 138, 53, 22], [89, 17, 202, 131, 94, 24]
    all_men, all_women = [825, 560, 325, 417, 191, 373], [108, 25, 593, 375, 393, 341]
    found = st.common_odds(men, all_men, women, all_women)
    assert found.value == pytest.approx(0.9046968, abs=1e-6)
    assert (found.lower, found.upper) == pytest.approx((0.7719074, 1.0603298), abs=1e-6)
    assert found.p_value == pytest.approx(0.2169, abs=1e-4)
    assert found.homogeneity_p == pytest.approx(0.002071, abs=2e-5)


def test_sparse_strata_are_not_asked_whether_they_are_alike() -> None:
    found = st.common_odds([[1, 0, 1]], [[2, 1, 3]], [[1, 2, 0]], [[5, 4, 3]])
    assert np.isnan(found.homogeneity_p).all()
    assert found.p_value == st.stratified_mid_p([1, 0, 1], [2, 1, 3], [1, 2, 0], [5, 4, 3])


def test_repeated_people_and_rounding_widen_and_never_move() -> None:
    plain = st.wilson(30, 100)
    for options in ({"design_effect": 1.8}, {"rounding": 2.0}, {"design_effect": 1.8, "rounding": 2.0}):
        x, n = st.effective_counts(30, 100, **options)
        wide = st.wilson(x, n)
        assert wide.value == pytest.approx(plain.value)
        assert wide.upper - wide.lower > plain.upper - plain.lower
    np.testing.assert_array_equal(st.effective_counts(0, 50, rounding=2), (0, 50))
    with pytest.raises(ValueError, match="design_effect must be at least 1"):
        st.effective_counts(3, 10, design_effect=0.5)


def test_rounding_adds_its_variance() -> None:
    """By simulation once, by formula here: the variance of ê/n̂ of two rounded counts is (2 + 2p²)/n² beside p(1 − p)/n."""
    x, n = st.effective_counts(3000, 10_000, rounding=2)
    p = 3002 / 10_004
    assert p * (1 - p) / n == pytest.approx(p * (1 - p) / 10_000 + 2 * (1 + p * p) / 10_000**2, rel=1e-6)
    assert x / n == pytest.approx(0.3)


SHAPES = {
    "16 unequal": [1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 130, 200, 300, 500, 900],
    "16 larger": [10, 20, 30, 50, 80, 120, 200, 300, 450, 600, 900, 1300, 2000, 3000, 5000, 9000],
    "5 alike": [300, 300, 300, 300, 300],
    "2": [12, 400],
}


@pytest.mark.parametrize("share", [0.01, 0.2])
@pytest.mark.parametrize("shape", SHAPES)
def test_null_lists_seldom_name_a_group(shape: str, share: float) -> None:
    """Over 1,000 null lists: a family names a group, and the overall test rejects, in about one list of twenty at most."""
    n = np.array(SHAPES[shape], dtype=float)
    x = np.random.default_rng(13).binomial(n.astype(int), share, (1000, n.size))
    rest = x.sum(1, keepdims=True) - x
    family = st.share_contrast(x, n, rest, n.sum() - n, contrasts=n.size if n.size > 2 else 1)
    assert (np.nanmin(family.p_adjusted, 1) < 0.05).mean() < 0.065
    assert (st.equal_shares(x, np.broadcast_to(n, x.shape)).p_value < 0.05).mean() < 0.07


def test_overall_test_of_sparse_groups_has_the_moments_that_enumeration_gives() -> None:
    """Mean and variance of χ² over every table with these margins (Dawson 1954), worked out by enumeration."""
    sizes, events = (3, 5, 2), 4
    chances, values = [], []
    for a in range(4):
        for b in range(5):
            c = events - a - b
            if 0 <= c <= 2:
                chances.append(comb(3, a) * comb(5, b) * comb(2, c) / comb(10, events))
                values.append(float(st.chi_square([[a, 3 - a], [b, 5 - b], [c, 2 - c]]).statistic))
    mean = np.dot(chances, values)
    variance = np.dot(chances, np.square(values)) - mean**2
    found = st.equal_shares([3, 1, 0], sizes)
    expected = stats.gamma.sf(found.statistic, mean**2 / variance, scale=variance / mean)
    assert found.p_value == pytest.approx(expected)
