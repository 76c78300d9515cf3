"""Tables of counts: cells in order of appearance, whatever numbers stand for them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.counts.waits.tables import cells_of, places_met, summed


@pytest.mark.parametrize("far", [1, 10**9, -(10**9)])
@pytest.mark.parametrize("kind", [np.int8, np.int64])
def test_numbers_are_met_in_the_order_in_which_they_appear_however_far_apart_they_are(far, kind):
    numbers = np.random.default_rng(4).integers(0, 40, 300) * (far if kind == np.int64 else 1)
    first, place = places_met(numbers.astype(kind))
    met = list(dict.fromkeys(numbers.tolist()))
    assert numbers[first].tolist() == met
    assert [met[at] for at in place] == numbers.tolist()


def test_no_numbers_are_met_nowhere():
    assert [each.tolist() for each in places_met(np.empty(0, np.int64))] == [[], []]


@pytest.mark.parametrize("keys", [["group", "known"], ["known"], ["group", "within", "known"]])
def test_cells_of_categories_are_those_of_the_same_words(keys):
    chance = np.random.default_rng(7)
    groups = pd.Categorical.from_codes(chance.integers(-1, 126, 400), [f"ward {n}" for n in range(126)])
    within = pd.Categorical.from_codes(chance.integers(-1, 2, 400), ["a", "b"])
    table = pd.DataFrame({"group": groups, "within": within, "known": chance.integers(0, 2, 400) > 0})
    cells, place = cells_of(table, keys)
    words, at = cells_of(table.astype(object), keys)
    assert place.tolist() == at.tolist()
    pd.testing.assert_frame_equal(cells.astype(object), words)
    assert summed(table.assign(people=pd.array([2] * 400)), keys)["people"].sum() == 800


def test_a_row_without_an_event_is_counted_nowhere():
    rows = pd.DataFrame(
        {"scope": "rtt_open", "days_waiting": [10, 200, 300, 10, 200], "sex": ["1", "1", "2", "2", "2"]}
    )
    counted = ew.count_waits(rows, ["sex"])
    events = counted.table["event"].where(np.arange(len(counted.table)) > 0)
    lacking = dataclasses.replace(counted, table=counted.table.assign(event=events))
    assert lacking.shares(18)["n"].sum() < counted.shares(18)["n"].sum()
