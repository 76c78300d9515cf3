"""What must hold for any counts: adding, relabelling, scaling, bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from equiwait import statistics as st

settings.register_profile("equiwait", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("equiwait")

counts = arrays(np.int64, (3, 12), elements=some.integers(0, 9))
line = arrays(np.int64, 12, elements=some.integers(0, 20))
pairs = some.tuples(some.integers(0, 80), some.integers(0, 80)).map(lambda pair: (min(pair), max(pair)))


def same(one: object, other: object) -> None:
    np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=1e-9, atol=1e-9)


@given(pairs)
def test_wilson_brackets_the_share_and_mirrors(pair: tuple[int, int]) -> None:
    x, n = pair
    here, mirror = st.wilson(x, n), st.wilson(n - x, n)
    if n == 0:
        assert np.isnan(here).all()
        return
    assert 0 <= here.lower <= here.value <= here.upper <= 1
    same(here.lower, 1 - mirror.upper)


@given(pairs, pairs)
def test_newcombe_changes_sign(first: tuple[int, int], other: tuple[int, int]) -> None:
    here, back = st.newcombe(*first, *other), st.newcombe(*other, *first)
    same(here, (-back.value, -back.upper, -back.lower))


@given(pairs, pairs)
def test_ratios_turn_over(first: tuple[int, int], other: tuple[int, int]) -> None:
    for measure in (st.risk_ratio, st.odds_ratio):
        here, back = measure(*first, *other), measure(*other, *first)
        with np.errstate(divide="ignore"):
            same(here, 1 / np.array([back.value, back.upper, back.lower]))


@given(counts, counts)
def test_adding_tallies_adds_people(one: np.ndarray, other: np.ndarray) -> None:
    people = np.repeat(np.tile(np.arange(12), 6), np.concatenate([one, other]).ravel())
    whole = (one + other).sum(0)
    if people.size:
        same(st.quantile(whole, [0.1, 0.5, 0.92]), np.quantile(people, [0.1, 0.5, 0.92], method="inverted_cdf"))
        same(st.mean_t(whole).value, people.mean())


@given(counts, some.permutations(range(3)))
def test_relabelling_groups_permutes_answers(table: np.ndarray, order: list[int]) -> None:
    same(st.quantile(table, 0.5)[order], st.quantile(table[order], 0.5))
    same(st.kaplan_meier(table, table).survival[order], st.kaplan_meier(table[order], table[order]).survival)
    for test in (st.kruskal_wallis, st.chi_square):
        same(test(table), test(table[order]))
    here, there = st.log_rank(table, table[::-1]), st.log_rank(table[order], table[::-1][order])
    same(here[:3], there[:3])
    same(here.observed[order], there.observed)


@given(counts, some.integers(2, 5))
def test_counts_are_people_not_weights(table: np.ndarray, times: int) -> None:
    """As many people again: the same curve, and a variance so many times smaller."""
    once, often = st.kaplan_meier(table, table[::-1]), st.kaplan_meier(times * table, times * table[::-1])
    same(once.survival, often.survival)
    known = once.survival > 0
    same(once.log_variance[known], times * often.log_variance[known])


@given(counts, line)
def test_ways_of_leaving_and_staying_add_up(table: np.ndarray, lost: np.ndarray) -> None:
    found = st.aalen_johansen(table, lost)
    same(found.left.sum(-2) + found.waiting, np.ones(12))


@given(counts)
def test_late_entry_before_the_start_changes_nothing(table: np.ndarray) -> None:
    """Entering before anybody leaves is having been there all along."""
    padded = np.pad(table, ((0, 0), (1, 0)))
    entries = np.zeros_like(padded)
    entries[:, 0] = table.sum(1) * 2
    here = st.kaplan_meier(padded, padded, entries)
    same(here.survival[:, 1:], st.kaplan_meier(table, table).survival)


@given(counts, some.floats(-1, 3))
def test_entropy_is_the_sum_of_its_parts(table: np.ndarray, alpha: float) -> None:
    parts = st.entropy_parts(table, np.arange(1.0, 13.0), alpha=round(alpha, 1))
    if table.sum():
        same(parts.total, parts.within + parts.between)
        assert parts.within > -1e-9
        assert parts.between > -1e-9


@given(line)
def test_inequality_knows_no_unit(tally: np.ndarray) -> None:
    days = np.arange(1.0, 13.0)
    for measure in (st.gini, st.theil, st.atkinson):
        same(measure(tally, days), measure(tally, days / 7))
        if tally.sum():
            assert -1e-9 <= measure(tally, days) <= np.log(max(tally.sum(), 3))


@given(arrays(np.float64, 5, elements=some.floats(0.1, 0.9)), arrays(np.int64, 5, elements=some.integers(1, 500)))
def test_gradients_turn_with_the_order(values: np.ndarray, people: np.ndarray) -> None:
    here, back = st.slope_index(values, people), st.slope_index(values[::-1], people[::-1])
    same((here.value, here.std_error), (-back.value, back.std_error))
    same(
        st.concentration_index(values, people)[:2],
        np.array([-1, 1]) * st.concentration_index(values[::-1], people[::-1])[:2],
    )


@given(line)
def test_a_quantile_rises_with_its_order(tally: np.ndarray) -> None:
    found = st.quantile(tally, np.linspace(0, 1, 21), rule="type7")
    assert np.isnan(found).all() if tally.sum() == 0 else np.all(np.diff(found) >= 0)


@given(arrays(np.int64, 53, elements=some.integers(0, 30)))
def test_a_banded_quantile_lies_in_the_band_of_its_rank(bands: np.ndarray) -> None:
    found = st.banded_quantile(bands, 0.5)
    n = bands.sum()
    if n < 50:
        assert np.isnan(found)
        return
    band = int(np.searchsorted(bands.cumsum(), (n + 1) / 2))
    assert np.isinf(found) if band == 52 else band <= found <= band + 1


@given(some.lists(some.floats(0, 1), min_size=1, max_size=9))
def test_adjusting_raises_p_and_keeps_their_order(p: list[float]) -> None:
    for method in ("holm", "bonferroni", "hochberg", "hommel", "bh", "by"):
        found = st.adjusted_p(p, method=method)
        assert np.all(found >= np.array(p) - 1e-12)
        assert np.all(found <= 1)
        assert np.all(np.diff(found[np.argsort(p, kind="stable")]) >= -1e-12)


@given(counts, counts)
def test_kitagawa_adds_up(one: np.ndarray, other: np.ndarray) -> None:
    n1, n0 = one.sum(0) + other.sum(0), other.sum(0)
    found = st.kitagawa(one.sum(0), n1, n0 // 2, n0)
    if n1.sum() and n0.sum():
        same(found.gap, found.composition + found.within)
        same(found.gap, one.sum() / n1.sum() - (n0 // 2).sum() / n0.sum())


@given(pairs, pairs)
def test_mover_of_an_open_interval_is_open(first: tuple[int, int], other: tuple[int, int]) -> None:
    here = st.wilson(*first)
    open_above = st.Interval(here.value, here.lower, np.inf)
    if first[1] and other[1]:
        assert st.mover_difference(open_above, st.wilson(*other)).upper == np.inf
        assert st.mover_ratio(open_above, st.wilson(*other)).upper == np.inf
        assert st.mover_ratio(st.wilson(*other), open_above).lower == pytest.approx(0)
