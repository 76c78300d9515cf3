"""Rows sorted by counting stand as numpy's stable sort puts them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equiwait.sorting import by_counting

KINDS = (np.uint8, np.uint16, np.uint32, np.uint64)


@st.composite
def numbers(draw):
    """Numbers of few bits or many, with equal ones among them, and how many bits they have at most."""
    width = draw(st.integers(0, 64))
    few = draw(st.lists(st.integers(0, (1 << width) - 1), min_size=1, max_size=5))
    values = draw(st.lists(st.sampled_from(few), max_size=40))
    kind = draw(st.sampled_from([each for each in KINDS if np.iinfo(each).bits >= width]))
    return np.array(values, kind), width


@given(numbers())
def test_rows_stand_as_the_stable_sort_puts_them(given_numbers):
    values, width = given_numbers
    assert by_counting(values, width).tolist() == np.argsort(values, kind="stable").tolist()


@given(numbers(), st.randoms(use_true_random=False))
def test_equal_rows_keep_the_order_that_they_had(given_numbers, chance):
    values, width = given_numbers
    rows = list(range(len(values)))
    chance.shuffle(rows)
    found = by_counting(values, width, np.array(rows, np.intp)).tolist()
    assert found == sorted(rows, key=lambda row: int(values[row]))  # Python's own sort is stable


@pytest.mark.parametrize("kind", KINDS)
def test_the_greatest_numbers_of_a_kind_come_last(kind):
    most = np.iinfo(kind).max
    values = np.array([most, 0, most - 1, most], kind)
    assert by_counting(values, np.iinfo(kind).bits).tolist() == [1, 2, 0, 3]
    assert values.tolist() == [most, 0, most - 1, most]  # what was given stays as it was
