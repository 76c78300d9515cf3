"""Tallies give what scipy and numpy give from the people one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from equiwait import statistics as st

RULES = {
    "type1": "inverted_cdf",
    "type2": "averaged_inverted_cdf",
    "type4": "interpolated_inverted_cdf",
    "type5": "hazen",
    "type6": "weibull",
    "type7": "linear",
    "type8": "median_unbiased",
    "type9": "normal_unbiased",
}


@pytest.fixture(scope="module")
def people() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days, group and whether treated, of 400 made-up people."""
    rng = np.random.default_rng(11)
    group = rng.integers(0, 3, 400)
    return rng.geometric(0.02 + 0.005 * group), group, rng.random(400) < 0.7


def tally(days: np.ndarray, top: int) -> np.ndarray:
    return np.bincount(days, minlength=top)


@pytest.fixture(scope="module")
def tallies(people: tuple) -> np.ndarray:
    days, group, _ = people
    return np.array([tally(days[group == g], days.max() + 1) for g in range(3)])


@pytest.mark.parametrize(("rule", "method"), RULES.items())
@pytest.mark.parametrize("n", [1, 2, 3, 10, 99, 100])
def test_quantiles(rule: str, method: str, n: int) -> None:
    days = np.random.default_rng(n).integers(0, 60, n)
    orders = [0.0, 0.05, 0.25, 0.5, 0.75, 0.92, 0.95, 1.0]
    found = st.quantile(tally(days, 60), orders, rule=rule)
    np.testing.assert_allclose(found, np.quantile(days, orders, method=method), atol=1e-9)


@pytest.mark.parametrize("n", [5, 20, 37, 1000, 20_000])
@pytest.mark.parametrize("q", [0.25, 0.5, 0.92])
def test_order_statistic_ranks(n: int, q: float) -> None:
    found = st.quantile_interval(np.ones(n), q, np.arange(1.0, n + 1))
    lower, upper = stats.binom.ppf([0.025, 0.975], n, q)
    assert found.lower == max(lower, 1)
    assert found.upper == (upper + 1 if upper + 1 <= n else np.inf)


@pytest.mark.parametrize(("x", "n"), [(0, 10), (3, 10), (10, 10), (45, 400)])
def test_shares(x: int, n: int) -> None:
    test = stats.binomtest(x, n)
    for method, ours in (("exact", st.clopper_pearson), ("wilson", st.wilson)):
        theirs = test.proportion_ci(method=method)
        found = ours(x, n)
        assert (found.lower, found.upper) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize("table", [[[8, 2], [2, 8]], [[15, 49], [4, 21]], [[1, 9], [11, 3]]])
def test_fisher(table: list[list[int]]) -> None:
    (a, b), (c, d) = table
    found = st.fisher_exact(a, a + b, c, c + d)
    theirs = stats.contingency.odds_ratio(table)
    ends = theirs.confidence_interval(0.95)
    assert found.p_value == pytest.approx(stats.fisher_exact(table).pvalue)
    expected = (theirs.statistic, ends.low, ends.high)
    assert (found.odds_ratio, found.lower, found.upper) == pytest.approx(expected, rel=1e-6)


def test_chi_square(tallies: np.ndarray) -> None:
    late = np.column_stack([tallies[:, 50:].sum(1), tallies[:, :50].sum(1)])
    theirs = stats.chi2_contingency(late, correction=False)
    found = st.chi_square(late)
    assert tuple(found) == pytest.approx((theirs.statistic, theirs.dof, theirs.pvalue))
    two = st.two_proportion_p(late[0, 0], late[0].sum(), late[1, 0], late[1].sum())
    assert two == pytest.approx(stats.chi2_contingency(late[:2], correction=False).pvalue)


def test_ranks(people: tuple, tallies: np.ndarray) -> None:
    days, group, _ = people
    first, second, third = (days[group == g] for g in range(3))
    kruskal = stats.kruskal(first, second, third)
    assert st.kruskal_wallis(tallies)[0] == pytest.approx(kruskal.statistic)
    mann = stats.mannwhitneyu(first, second, use_continuity=False, method="asymptotic")
    assert st.superior_pairs(tallies[0], tallies[1]) == pytest.approx(mann.statistic)
    assert st.mann_whitney(tallies[0], tallies[1]).p_value == pytest.approx(mann.pvalue)
    apart = np.median(np.subtract.outer(first, second))
    assert st.hodges_lehmann(tallies[0], tallies[1]) == pytest.approx(apart)
    rho = stats.spearmanr(group, days)
    assert st.spearman(tallies) == pytest.approx(rho.statistic)
    assert st.spearman_p(st.spearman(tallies), days.size) == pytest.approx(rho.pvalue)
    tau = stats.kendalltau(group, days, method="asymptotic")
    assert st.kendall(tallies) == pytest.approx(tau.statistic)
    assert st.kendall_test(tallies).p_value == pytest.approx(tau.pvalue)


def test_mean(people: tuple, tallies: np.ndarray) -> None:
    days, group, _ = people
    mine = days[group == 1]
    ends = stats.ttest_1samp(mine, 0).confidence_interval(0.95)
    found = st.mean_t(tallies[1])
    assert (found.lower, found.upper) == pytest.approx((ends.low, ends.high))


def test_survival(people: tuple) -> None:
    days, _, treated = people
    theirs = stats.ecdf(stats.CensoredData.right_censored(days, ~treated)).sf
    top = days.max() + 1
    curve = st.kaplan_meier(tally(days[treated], top), tally(days[~treated], top))
    np.testing.assert_allclose(curve.survival[theirs.quantiles.astype(int)], theirs.probabilities, atol=1e-12)


def test_log_rank(people: tuple) -> None:
    days, group, treated = people
    samples = [stats.CensoredData.right_censored(days[group == g], ~treated[group == g]) for g in (0, 1)]
    top = days.max() + 1
    events, lost = (np.array([tally(days[(group == g) & part], top) for g in (0, 1)]) for part in (treated, ~treated))
    theirs = stats.logrank(*samples)
    found = st.log_rank(events, lost)
    assert (found.statistic, found.p_value) == pytest.approx((theirs.statistic**2, theirs.pvalue))


@pytest.mark.parametrize("method", ["bh", "by"])
def test_false_discovery(method: str) -> None:
    p = np.random.default_rng(3).random(12) ** 3
    np.testing.assert_allclose(st.adjusted_p(p, method=method), stats.false_discovery_control(p, method=method))
