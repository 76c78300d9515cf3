"""`score` against the independent scorer: a seeded part of what ``independent_scorer.py`` runs as a whole."""

from __future__ import annotations

import pytest
from independent_lists import differences


@pytest.mark.parametrize("part", range(4))
def test_two_scorers_agree_to_the_last_digit(part):
    wrong = {seed: said for seed in range(part * 25, part * 25 + 25) if (said := differences(seed))}
    assert not wrong
