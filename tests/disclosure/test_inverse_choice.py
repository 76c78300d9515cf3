"""Does the choice of what else to hide tell something? It hangs on figures alone; whoever inverts it learns more than the standard allows."""

from __future__ import annotations

import numpy as np
import pytest

from disclosure.attack_inverse import figures_of, published, same, table, tried, values_left, whole
from equiwait.disclosure.cells import LEFT_OUT, SHOWN, SMALL


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_tables_with_equal_figures_are_published_alike(seed):
    truth = table(seed)
    first = published(truth)
    others = tried(truth, first.marks, np.random.default_rng(seed), 4000)
    alike = others[(figures_of(whole(others)) == figures_of(whole(truth[None]))).all(1)]
    assert len(alike) > 10
    assert all(same(published(other), first) for other in alike[:: max(len(alike) // 5, 1)])


@pytest.mark.parametrize("seed", [2, 5, 10])
def test_tables_on_which_inverting_the_choice_tells_nothing(seed):
    assert all(len(values) >= 5 for values in values_left(table(seed), seed, many=60_000).values())


@pytest.mark.parametrize("seed", [0, 1])
def test_tables_on_which_inverting_the_choice_tells_more_than_the_standard_allows(seed):
    """The limit that the page on what may leave names, and decision 0034 accepts; the standard's own reader learns nothing."""
    truth = table(seed)
    first = published(truth)
    assert any(len(values) < 5 for values in values_left(truth, seed, many=60_000).values())
    people = whole(tried(truth, first.marks, np.random.default_rng(seed), 60_000))
    shown, small = first.marks == SHOWN, first.marks == SMALL
    seen = figures_of(people)
    may = people[(seen[:, shown] == first.shown[shown]).all(1) & (seen[:, small] < 0).all(1)]
    hidden = np.flatnonzero(~shown & (first.marks != LEFT_OUT))
    assert all(len(np.unique(may[:, at])) >= 5 for at in hidden)
