"""Somebody who knows all waits of a list but one: what adjusted figures tell, on a small part of `attack_adjusted.py`."""

from __future__ import annotations

import numpy as np

import equiwait as ew
from disclosure.attack_adjusted import a_list, attacked


def test_where_a_stratum_is_over_half_of_a_group_adjusted_figures_tell_nothing():
    counts, figures, alone = attacked(a_list(0, 150, 2), 0)
    assert figures == 0
    assert alone == 0
    assert counts < 8, "of most people rounded counts tell nothing either"


def test_an_adjusted_gap_is_told_on_its_grid_and_no_closer():
    released = ew.disparities(a_list(0, 600, 4), "sex", measures=["over_18_weeks"], within="specialty").released
    told = [fact for fact in released.facts.values() if fact.step > 0 and np.isfinite(fact.value)]
    assert told
    for fact in told:
        assert abs(fact.value / fact.step - round(fact.value / fact.step)) < 1e-6
