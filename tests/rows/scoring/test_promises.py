"""The capped order against every order of a small list, and its promises on larger ones."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equiwait.rows.scoring.promises import HELD, Guard, kept_places

MANY = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def kept(base, equity, guard, group=None):
    """The places of rows whose base and equity numbers are given, groups first."""
    return kept_places(np.zeros(len(base), np.int64) if group is None else group, base, equity, guard)


def promised(order, base, guard):
    """Whether an order, a list of people, keeps every promise: written from the rule, one promise a line."""
    seat = {person: place for place, person in enumerate(order)}
    for person, place in seat.items():
        if guard.most is not None and place - base[person] > guard.most:
            return False
        if guard.gain is not None and base[person] - place > guard.gain:
            return False
        if guard.protected[person] and any(
            base[other] > base[person] and seat[other] < place for other in seat if other != person
        ):
            return False
    return True


def first_of_all(base, equity, guard):
    """The first order that keeps the promises, of all orders as a dictionary has them whose letters are the equity order."""
    letters = sorted(range(len(base)), key=lambda person: equity[person])
    return next(order for order in itertools.permutations(letters) if promised(order, base, guard))


def other_than_the_first(lists, seed=14):
    """Return how many of so many small lists are put in another order than the first of all that keep the promises."""
    chance, wrong = np.random.default_rng(seed), 0
    for _ in range(lists):
        size = int(chance.integers(1, 7))
        base, equity = chance.permutation(size), chance.permutation(size)
        most, gain = (None if chance.random() < 0.4 else int(chance.integers(0, size + 1)) for _ in range(2))
        guard = Guard(most, chance.random(size) < chance.choice([0, 0.3, 0.6]), gain)
        order = first_of_all(base, equity, guard)
        wrong += kept(base, equity, guard).place.tolist() != [order.index(person) + 1 for person in range(size)]
    return wrong


def test_it_is_the_first_of_all_orders_that_keep_the_promises():
    assert other_than_the_first(1_200) == 0


cases = st.integers(1, 60).flatmap(
    lambda rows: st.tuples(
        st.permutations(range(rows)).map(np.array),
        st.permutations(range(rows)).map(np.array),
        arrays(np.bool_, rows),
        st.none() | st.integers(0, rows),
        st.none() | st.integers(0, rows),
    )
)


@MANY
@given(cases)
def test_promises_hold_with_protections_and_caps_together(case):
    base, equity, protected, most, gain = case
    guard = Guard(most, protected, gain)
    found = kept(base, equity, guard)
    order = np.argsort(found.place).tolist()
    assert sorted(found.place) == list(range(1, len(base) + 1))
    assert promised(order, base.tolist(), guard)
    assert found.base.tolist() == (base + 1).tolist()
    agree = [(one, two) for one, two in itertools.combinations(range(len(base)), 2)
             if (base[one] < base[two]) == (equity[one] < equity[two])]  # fmt: skip
    assert all((found.place[one] < found.place[two]) == (base[one] < base[two]) for one, two in agree)


@MANY
@given(cases)
def test_ends_of_the_cap(case):
    base, equity, protected, _, gain = case
    nobody, size = np.zeros(len(base), bool), len(base)
    assert kept(base, equity, Guard(0, protected, gain)).place.tolist() == (base + 1).tolist()
    assert kept(base, equity, Guard(size, nobody, size)).place.tolist() == (equity + 1).tolist()
    assert not kept(base, equity, Guard(size, nobody)).held.any()
    assert kept(base, equity, Guard(None, nobody, 0)).place.tolist() == (base + 1).tolist()


@MANY
@given(cases)
def test_protection_alone_is_a_cap_that_nobody_can_reach(case):
    base, equity, protected, *_ = case
    alone, walked = (kept(base, equity, Guard(most, protected)) for most in (None, len(base)))
    assert alone.place.tolist() == walked.place.tolist()
    assert alone.held.tolist() == walked.held.tolist()


@MANY
@given(cases, st.randoms(use_true_random=False))
def test_ties_share_a_place_whatever_the_order_of_the_file(case, random):
    base, equity, protected, most, gain = case
    base, equity = base // 3, equity // 3  # several rows have one number
    found = kept(base, equity, Guard(most, protected, gain))
    rows = random.sample(range(len(base)), len(base))
    again = kept(base[rows], equity[rows], Guard(most, protected[rows], gain))
    assert again.place.tolist() == found.place[rows].tolist()
    alike = {}
    for place, who in zip(found.place.tolist(), zip(base, equity, protected, strict=True), strict=True):
        assert alike.setdefault(who, place) == place


@MANY
@given(st.lists(cases, min_size=1, max_size=4))
def test_groups_owe_each_other_nothing(several):
    guard_most = several[0][3]
    alone = [kept(base, equity, Guard(guard_most, protected)).place for base, equity, protected, *_ in several]
    sizes = [len(case[0]) for case in several]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    base, equity = (
        np.concatenate([case[side] + start for case, start in zip(several, starts, strict=True)]) for side in (0, 1)
    )
    group = np.repeat(np.arange(len(several)), sizes)
    together = kept(base, equity, Guard(guard_most, np.concatenate([case[2] for case in several])), group)
    assert together.place.tolist() == np.concatenate(alone).tolist()


def test_two_hundred_people_of_whom_the_last_has_a_need():
    base = np.arange(200)
    equity = np.where(base == 199, 0, base + 1)
    for most in (1, 10):
        found = kept(base, equity, Guard(most, np.zeros(200, bool)))
        assert found.place[199] == 1
        assert (found.place[:199] == base[:199] + 2).all()


CAP, GAIN, OTHERS = "max_places_moved_down", "max_gain", "others_held"


@pytest.mark.parametrize(
    ("guard", "held"),
    [
        (Guard(1, np.zeros(4, bool)), [CAP, CAP, None, OTHERS]),
        (Guard(None, np.array([False, True, False, False])), [None, "protect", "protect_ahead", "protect_ahead"]),
        (Guard(None, np.zeros(4, bool), 1), [None, None, GAIN, GAIN]),
    ],
)
def test_who_holds_a_place_is_said(guard, held):
    found = kept(np.arange(4), np.array([2, 3, 0, 1]), guard)
    assert [None if each == 0 else HELD[each - 1] for each in found.held.tolist()] == held


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(
        f"{many} small lists: {other_than_the_first(many, seed=28)} in another order than the first of all that keep the promises"
    )
