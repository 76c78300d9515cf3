"""`score` against the independent scorer: a seeded part of what ``independent_scorer.py`` runs as a whole."""

from __future__ import annotations

import pytest
from independent_lists import differences, outside_their_range


@pytest.mark.parametrize("part", range(4))
def test_two_scorers_agree_to_the_last_digit(part):
    wrong = {seed: said for seed in range(part * 25, part * 25 + 25) if (said := differences(seed))}
    assert not wrong


@pytest.mark.parametrize("part", range(2))
def test_completions_stand_inside_their_ranges(part):
    wrong = {seed: said for seed in range(part * 20, part * 20 + 20) if (said := outside_their_range(seed))}
    assert not wrong
