"""Ladders: which weeks have a step, what each step may truly be, and what is left of a ladder without a part of it."""

from __future__ import annotations

import numpy as np
import pytest

from equiwait.disclosure import (
    Ladder,
    Rule,
    cells_of,
    ladder_counts,
    ladder_of,
    ladder_weeks,
    release,
    rule_named,
    tally,
    week_of_share,
)
from equiwait.disclosure.ladders import COARSE_WEEKS

HES, NONE = rule_named("hes"), rule_named("none")
MONTHS = (0, 1, 2, 3, 4)


def test_a_small_group_has_seventeen_bands_and_a_large_one_a_band_a_week():
    assert COARSE_WEEKS == (0, 2, 4, 6, 9, 12, 15, 18, 22, 26, 32, 39, 45, 52, 65, 78, 104)
    every = ladder_weeks(0, HES, range(300))
    assert every == (*range(105), 117, 130, 156, 182, 208)
    assert ladder_weeks(0, HES, [0, 5, 116, 117]) == (0, 5, 117)
    assert ladder_weeks(116, NONE, [0, 5, 116, 117]) == (0, 5, 116)


@pytest.mark.parametrize(("people", "weekly"), [(997, False), (998, True), (1002, True)])
def test_a_thousand_people_as_shown_have_weekly_steps(people, weekly):
    over = [[people - 10, people - 20, people - 30, people - 40]] * 2
    counts = ladder_counts("open", "sex", ["F", "M"], [people, 2000], over, MONTHS, HES, [True, False])
    days = {cell.over for cell in counts.cells if cell.groups == (("sex", "F"),)}
    assert days == ({7, 14, 21, 28} if weekly else {14, 28})
    everyone = {cell.over: number for cell, number in zip(counts.cells, counts.people, strict=True) if not cell.groups}
    assert set(everyone) == days, "a total has the steps that all its groups have"
    assert everyone[14] == 2 * (people - 20)
    recorded = {
        c.over: n
        for c, n in zip(counts.cells, counts.people, strict=True)
        if c.groups and c.groups[0][1] == "(all recorded)"
    }
    assert recorded[28] == people - 40, "of the recorded group alone"
    assert {one.parent.over: len(one.parts) for one in counts.sums if not one.parent.groups} == dict.fromkeys(days, 2)
    assert {one.parent.over: len(one.parts) for one in counts.sums if one.parent.groups} == dict.fromkeys(days, 1)


def test_a_thousand_are_a_thousand_where_nothing_is_rounded():
    for people, steps in ((999, 2), (1000, 4)):
        counts = ladder_counts("open", "sex", ["F"], [people], [[90, 80, 70, 60]], MONTHS, Rule("x", 7, 1), [False])
        assert sum(cell.groups != () for cell in counts.cells) == steps


def test_exact_counts_have_every_step_and_nobody_recorded_no_step():
    counts = ladder_counts("open", "sex", ["F"], [30], [[9, 8, 7, 6]], MONTHS, NONE, [False])
    assert [cell.over for cell in counts.cells] == [7, 14, 21, 28] * 2
    assert counts.people.tolist() == [9, 8, 7, 6] * 2


@pytest.mark.parametrize(
    ("days", "share", "week"),
    [
        ([7, 14, 21, 28], 0.5, 2),  # over two weeks: 21 and 28; day 21 is not longer than three
        ([8, 15, 22, 29], 0.5, 3),
        ([8, 15, 22, 29], 0.25, 4),
        ([8, 15, 22, 29], 1.0, 1),
        ([8, 15, 22, 29], 0.51, 2),
        ([0, 0, 0], 0.5, 0),
        ([-9, 8], 0.5, 1),
        ([1, 1, 1], 1.0, 0),
        ([], 0.15, 0),
    ],
)
def test_the_last_week_that_a_share_has_waited_longer_than(days, share, week):
    assert week_of_share(days, share, NONE) == week


def test_the_week_of_a_share_rests_on_shown_counts():
    """9 of 40 are shown as 10, which is a quarter."""
    assert week_of_share([1] * 31 + [100] * 9, 0.25, HES) == 14
    assert week_of_share([1] * 33 + [100] * 7, 0.1, HES) == 0


WHOLE = Ladder(
    np.array([0.0, 2.0, 4.0]),
    np.array([100.0, 60.0, 20.0]),
    np.array([98.0, 58.0, 18.0]),
    np.array([102.0, 62.0, 22.0]),
)


def test_bands_of_a_ladder():
    assert WHOLE.people == 100
    assert WHOLE.edges.tolist() == [0, 2, 4, np.inf]
    assert WHOLE.bands.tolist() == [40, 40, 20]
    assert WHOLE.shortest.tolist() == [44, 40, 18]
    assert WHOLE.longest.tolist() == [36, 40, 22]
    assert Ladder(*(np.array(each) for each in ([0.0, 2.0], [9.0, 9.0], [8.0, 8.0], [9.0, 12.0]))).longest.tolist() == [
        0,
        8,
    ]
    assert Ladder(
        *(np.array(each) for each in ([0.0, 2.0], [9.0, 9.0], [8.0, 12.0], [9.0, 12.0]))
    ).shortest.tolist() == [0, 9]
    nothing = np.zeros(0)
    assert np.isnan(Ladder(nothing, nothing, nothing, nothing).people)


def test_what_is_left_without_a_part():
    part = Ladder(np.array([0.0, 4.0]), np.array([30.0, 15.0]), np.array([28.0, 13.0]), np.array([32.0, 17.0]))
    left = WHOLE.less(part)
    assert left.starts.tolist() == [0, 4]
    assert left.shown.tolist() == [70, 5]
    assert left.low.tolist() == [66, 1]
    assert left.high.tolist() == [74, 9]
    over = Ladder(np.array([0.0, 4.0]), np.array([30.0, 25.0]), np.array([28.0, 23.0]), np.array([32.0, 27.0]))
    assert WHOLE.less(over).shown.tolist() == [70, 0]
    assert WHOLE.less(over).low.tolist() == [66, 0]
    assert WHOLE.less(over).high.tolist() == [74, 0]
    rising = Ladder(np.array([0.0, 4.0]), np.array([90.0, 5.0]), np.array([88.0, 0.0]), np.array([92.0, 5.0]))
    assert WHOLE.less(rising).shown.tolist() == [10, 10], "longer waits are fewer people"
    assert WHOLE.less(rising).high.tolist() == [14, 14]
    assert WHOLE.less(rising).low.tolist() == [13, 13]


def test_a_ladder_of_released_cells():
    cells = cells_of("open", "sex", ["F"], overs=[-1, 14, 28, 42])[0]
    released = release(
        tally("open", "sex", ["F", "M"], [[103, 41, 12, 3], [300, 200, 150, 100]], overs=[-1, 14, 28, 42]), HES
    )
    found = ladder_of(released, cells, (0, 2, 4, 6))
    assert found.shown.tolist() == [105, 40, 10, 4], "a small step stands at the middle of what it can be"
    assert found.low.tolist() == [103, 38, 8, 1]
    assert found.high.tolist() == [107, 42, 12, 7]
    without = ladder_of(released.hide([cells[1]]), cells, (0, 2, 4, 6))
    assert without.starts.tolist() == [0, 4, 6], "a step hidden beside another is left out"
    for mark in (1, 2, 3):
        assert len(ladder_of(released.hide([cells[0]], mark), cells, (0, 2, 4, 6)).shown) == 0
