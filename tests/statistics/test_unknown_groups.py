"""What the unknown could change, against every completion of small tables and against plain searches."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equiwait.statistics import (
    banded_quantile,
    filling,
    gap_bounds,
    gap_if,
    newcombe,
    partly_recorded,
    quantile_gap_bounds,
    records_to_fill,
    slope_bounds,
    slope_index,
    survival_bounds,
    tipping_odds,
)

WORKED = partly_recorded(90, 250, 300, 1000, 60, 150)

few = st.integers(0, 4)


@st.composite
def pairs(draw, most=30, least=0):
    n = draw(st.integers(least, most))
    return draw(st.integers(0, n)), n


def test_the_worked_case_of_the_design():
    """A 300 of 1,000, B 90 of 250 over 18 weeks, unknown 60 of 150: every figure was worked out by hand elsewhere."""
    gap = newcombe(90, 250, 300, 1000)
    assert [round(float(each) * 100, 1) for each in gap] == [6.0, -0.4, 12.7]
    assert [round(float(each) * 100, 1) for each in gap_bounds(WORKED)] == [-7.5, 20.9]
    assert round(float(tipping_odds(WORKED)), 1) == 3.5
    assert float(records_to_fill(WORKED)) == 88


@settings(max_examples=150)
@given(pairs(12, 1), pairs(12, 1), pairs(6), st.booleans())
def test_bounds_of_a_gap_are_those_of_all_completions(group, reference, unknown, others):
    (e, n), (e0, n0), (u1, u) = group, reference, unknown
    u0 = u - u1
    gaps = []
    for a, b in product(range(u1 + 1), range(u0 + 1)):  # how many go to the group, with and without the event
        rest = product(range(u1 - a + 1), range(u0 - b + 1)) if others else [(u1 - a, u0 - b)]
        gaps += [(e + a) / (n + a + b) - (e0 + c) / (n0 + c + d) for c, d in rest]
    found = gap_bounds(partly_recorded(e, n, e0, n0, u1, u, 3, 5) if others else partly_recorded(e, n, e0, n0, u1, u))
    assert float(found.lower) == pytest.approx(min(gaps))
    assert float(found.upper) == pytest.approx(max(gaps))


@settings(max_examples=150)
@given(pairs(200, 1), pairs(200, 1), pairs(80), pairs(50))
def test_odds_run_from_one_bound_to_the_other_and_the_tipping_point_is_where_the_gap_is_nought(
    group, reference, unknown, others
):
    of = partly_recorded(*group, *reference, *unknown, *others)
    bounds = gap_bounds(of)
    grid = gap_if(of, np.geomspace(1e-8, 1e8, 400))
    assert np.all(np.diff(grid) >= -1e-12)
    assert np.all((grid >= bounds.lower - 1e-9) & (grid <= bounds.upper + 1e-9))
    odds = float(tipping_odds(of))
    if bool(bounds.excludes_zero):
        assert np.isnan(odds)
    elif np.isfinite(odds):
        assert odds >= 1
        assert min(abs(float(gap_if(of, odds))), abs(float(gap_if(of, 1 / odds)))) < 1e-6
    else:
        assert np.all(grid > 0) or np.all(grid < 0)


@given(pairs(300, 5), pairs(300, 5), st.floats(0.05, 20))
def test_at_odds_of_one_the_unknown_are_divided_as_the_recorded_are(group, reference, odds):
    (e, n), (e0, n0) = group, reference
    twice = partly_recorded(e, n, e0, n0, e + e0, n + n0)
    assert float(gap_if(twice, 1.0)) == pytest.approx(e / n - e0 / n0, abs=1e-12)
    higher = float(gap_if(twice, odds))
    assert (higher >= float(gap_if(twice, 1.0)) - 1e-12) == (odds >= 1) or higher == pytest.approx(e / n - e0 / n0)


def settled_by_search(of):
    """Fill one record more, and one more, until the bounds exclude 0."""
    e, n, e0, n0, u1, u, e2, n2 = (float(each) for each in of)
    for k in range(int(u) + 1):
        a, b = (k * u1 / u, k * (u - u1) / u) if u else (0.0, 0.0)
        with_event, without = e + e0 + e2, n + n0 + n2 - e - e0 - e2
        own1, ref1 = (e / with_event, e0 / with_event) if with_event else (0.0, 0.0)
        own0, ref0 = ((n - e) / without, (n0 - e0) / without) if without else (0.0, 0.0)
        left = u1 - a, u - u1 - b
        group, reference = (e + a * own1, n + a * own1 + b * own0), (e0 + a * ref1, n0 + a * ref1 + b * ref0)
        low = group[0] / (group[1] + left[1]) - (reference[0] + left[0]) / (reference[1] + left[0])
        high = (group[0] + left[0]) / (group[1] + left[0]) - reference[0] / (reference[1] + left[1])
        if low > 0 or high < 0:
            return k
    return None


@settings(max_examples=150)
@given(pairs(300, 1), pairs(300, 1), pairs(60), pairs(20))
def test_records_to_fill_are_what_a_plain_search_finds(group, reference, unknown, others):
    of = partly_recorded(*group, *reference, *unknown, *others)
    found, searched = float(records_to_fill(of)), settled_by_search(of)
    assert (None if np.isnan(found) else found) == searched


def test_many_contrasts_at_once_are_each_by_itself():
    many = partly_recorded([90, 10, 40], [250, 100, 50], 300, 1000, [60, 60, 0], 150)
    for place in range(3):
        one = type(many)(*(each[place] for each in many))
        for verb in (tipping_odds, records_to_fill):
            assert np.array_equal(np.asarray(verb(many))[place], verb(one), equal_nan=True)


def test_nobody_recorded_is_no_bound():
    found = gap_bounds(partly_recorded([0, 3], [0, 9], [3, 0], [9, 0], 1, 4))
    assert np.isnan(found.lower).all()
    assert np.isnan(tipping_odds(partly_recorded(0, 0, 3, 9, 1, 4)))


def test_refuses_what_no_count_can_be():
    with pytest.raises(ValueError, match="exceed"):
        partly_recorded(5, 4, 1, 2, 0, 0)
    with pytest.raises(ValueError, match="above 0"):
        gap_if(WORKED, 0)
    with pytest.raises(ValueError, match="one line"):
        filling(WORKED)


def test_the_site_that_matters_most_comes_first_and_settles_it():
    """Two sites; the second has the more lopsided unknowns. Filling one alone, the other staying unknown, by hand."""
    site = [(75, 240, 150, 600, 30, 60), (50, 160, 150, 600, 2, 60)]
    found = filling(partly_recorded(*np.array(site, float).T))

    def lower_once_filled(alone):
        e, n, e0, n0 = 125.0, 400.0, 300.0, 1200.0
        (own, people, theirs, others, some, unknown), (*_, left1, left) = site[alone], site[1 - alone]
        e, n = e + some * own / (own + theirs), n + some * own / (own + theirs)
        e0, n0 = e0 + some * theirs / (own + theirs), n0 + some * theirs / (own + theirs)
        without, share = unknown - some, (people - own) / (people - own + others - theirs)
        n, n0 = n + without * share, n0 + without * (1 - share)
        return e / (n + left - left1) - (e0 + left1) / (n0 + left1)

    best = int(lower_once_filled(1) > lower_once_filled(0))
    assert found.order[0] == best
    assert found.lower[0] == pytest.approx(lower_once_filled(best))
    assert 0 < found.settled_after <= 120
    assert found.lower[-1] == pytest.approx(found.upper[-1])


@settings(max_examples=100)
@given(st.lists(st.tuples(pairs(60, 1), pairs(60, 1), pairs(20)), min_size=1, max_size=4))
def test_filling_everything_leaves_one_value_and_never_widens(parts):
    rows = [[*group, *reference, *unknown] for group, reference, unknown in parts]
    found = filling(partly_recorded(*np.array(rows, float).T))
    assert sorted(found.order) == list(range(len(parts)))
    assert np.allclose(found.lower[-1], found.upper[-1])
    assert np.all(np.diff(found.upper - found.lower) <= 1e-9)
    one = filling(partly_recorded(*np.array(rows[:1], float).T))
    if len(parts) == 1:
        alone = records_to_fill(partly_recorded(*np.array(rows[0], float)))
        assert np.array_equal(one.settled_after, alone, equal_nan=True)


@settings(max_examples=100)
@given(
    st.lists(few, min_size=3, max_size=3).filter(sum), st.lists(few, min_size=3, max_size=3).filter(sum),
    st.lists(st.integers(0, 2), min_size=3, max_size=3), st.sampled_from([0.25, 0.5, 0.92]), st.booleans(),
)  # fmt: skip
def test_bounds_of_a_quantile_gap_are_those_of_all_completions(group, reference, unknown, q, others):
    edges = [0, 1, 2, 3]
    gaps = []
    for given_ in product(*(range(each + 1) for each in unknown)):
        left = np.array(unknown) - given_
        for theirs in product(*(range(each + 1) for each in left)) if others else [left]:
            own = banded_quantile(np.array(group) + given_, q, rule="linear", edges=edges)
            other = banded_quantile(np.array(reference) + theirs, q, rule="linear", edges=edges)
            gaps.append(float(own - other))
    found = quantile_gap_bounds(group, reference, unknown, q, others=others, rule="linear", edges=edges)
    assert float(found.lower) == pytest.approx(min(gaps), abs=1e-9)
    assert float(found.upper) == pytest.approx(max(gaps), abs=1e-9)


def test_a_quantile_that_may_lie_in_the_open_band_has_no_end():
    found = quantile_gap_bounds([55, 5], [60, 0], [0, 60], 0.5)
    assert found.upper == np.inf
    assert np.isnan(quantile_gap_bounds([5, 5], [60, 0], [0, 60], 0.5).lower)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=4),
)
def test_curves_of_all_completions_lie_inside_the_outer_bounds(known, unknown):
    def tally(people):
        events = np.array([sum(day == at and left for day, left in people) for at in range(1, 5)], float)
        return events, np.array([sum(day >= at for day, _ in people) for at in range(1, 5)], float)

    bounds = survival_bounds(*tally(known), *tally(unknown))
    for chosen in product([False, True], repeat=len(unknown)):
        events, at_risk = tally([*known, *(person for person, there in zip(unknown, chosen, strict=True) if there)])
        curve = np.cumprod(np.where(at_risk > 0, 1 - events / np.maximum(at_risk, 1), 1))
        assert np.all(curve >= bounds.lower - 1e-12)
        assert np.all(curve <= bounds.upper + 1e-12)


@settings(max_examples=60)
@given(st.lists(pairs(8, 1), min_size=2, max_size=4), pairs(3))
def test_slopes_of_all_completions_lie_inside_the_outer_bounds(groups, unknown):
    some, people = np.array(groups, float).T
    more, everyone = unknown
    bounds = slope_bounds(some, people, more, everyone)
    size = len(people)
    for places in product(range(size), repeat=everyone):
        at = np.array(places, int)
        events = some + np.bincount(at[:more], minlength=size)
        n = people + np.bincount(at, minlength=size)
        rank = (np.cumsum(n) - n / 2) / n.sum()
        value = np.polyfit(rank, events / n, 1, w=np.sqrt(n))[0]
        assert bounds.lower - 1e-9 <= value <= bounds.upper + 1e-9
    if not everyone:
        assert float(bounds.lower) == pytest.approx(float(bounds.upper))
        assert float(bounds.lower) == pytest.approx(float(slope_index(some / people, people).value), abs=1e-9)
