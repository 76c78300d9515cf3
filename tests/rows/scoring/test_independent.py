"""`score` against the independent scorer: a seeded part of what ``independent_scorer.py`` runs as a whole."""

from __future__ import annotations

import pytest
from independent_lists import differences, outside_their_range

from equiwait.rows.scoring import row_scores


@pytest.fixture(params=["each row", "each kind of row"])
def looked_at(request, monkeypatch):
    """Long blocks are read by the kinds of row that they hold: here short ones too."""
    if request.param == "each kind of row":
        monkeypatch.setattr(row_scores, "SEVERAL", 0)
    return 0 if request.param == "each row" else 1_000  # other seeds, so that more is seen


@pytest.mark.parametrize("part", range(4))
def test_two_scorers_agree_to_the_last_digit(part, looked_at):
    seeds = range(looked_at + part * 25, looked_at + part * 25 + 25)
    wrong = {seed: said for seed in seeds if (said := differences(seed))}
    assert not wrong


@pytest.mark.parametrize("part", range(2))
def test_completions_stand_inside_their_ranges(part, looked_at):
    seeds = range(looked_at + part * 20, looked_at + part * 20 + 20)
    wrong = {seed: said for seed in seeds if (said := outside_their_range(seed))}
    assert not wrong
