"""No policy can be written by which waiting longer lowers a place."""

from __future__ import annotations

import math

import pytest
from policy_files import NEED, TIERS, factor, faults, whole

from equiwait.rows.policies import Policy

RISING, FALLING = [[-100, 0], [100, 9]], [[-100, 9], [100, 0]]


@pytest.mark.parametrize("column", ["days_waiting", "weeks_waiting"])
@pytest.mark.parametrize("kind", ["clinical", "time", "equity"])
def test_days_are_not_read_by_levels(column, kind):
    levels = factor(kind=kind, column=column, points={"1": 10, "2": 0}, otherwise=0)
    assert faults(factors=[levels]) == [
        "factors[0].points: are for levels; days waited take knots or per, so that more days never count for less"
    ]


@pytest.mark.parametrize(("change", "path"), [
    ({"factors": [{**NEED, "times": [{"by": "days_waiting", "levels": {"9": 0, "otherwise": 1}}]}]}, "factors[0].times[0].by"),
    ({"factors": [{**NEED, "specials": [{"column": "weeks_waiting", "value": "9", "points": 0}]}]},
     "factors[0].specials[0].column"),
    ({"factors": [factor(any_of=["weeks_waiting"], points={"true": 1, "false": 0})]}, "factors[0].any_of[0]"),
    ({"tiers": [{"name": "x", "when": {"weeks_waiting": 1}}, TIERS[1]]}, "tiers[0].when.weeks_waiting"),
    ({"targets": {"column": "weeks_waiting", "source": "s", "days": {"1": 1}}}, "targets.column"),
    ({"tiers": TIERS, "retier": {"column": "days_waiting", "missing": "as_it_is", "source": "s",
                                 "outcomes": {"P2": {"9": "P3"}}}}, "retier.column"),
])  # fmt: skip
def test_nor_by_the_back_door(change, path):
    assert any(line.startswith(f"{path}: ") and "counts days" in line for line in faults(**change))


@pytest.mark.parametrize("column", ["clock_start", "decision_to_admit", "priority_date"])
@pytest.mark.parametrize("kind", ["clinical", "time", "equity"])
def test_a_date_from_which_somebody_waits_gives_no_fewer_points_as_it_recedes(column, kind):
    assert faults(factors=[factor(kind=kind, days_until=column, knots=RISING)]) == [
        "factors[0].knots[1]: gives fewer points for a longer wait"
    ]
    rate = factor(kind=kind, days_until=column, per={"points": 1}, range=[-9, 9])
    assert faults(factors=[rate]) == ["factors[0].per.points: gives fewer points for a longer wait"]
    Policy.read(whole(factors=[factor(kind=kind, days_until=column, knots=FALLING)]))


def test_a_date_still_to_come_counts_more_as_it_comes_nearer():
    Policy.read(whole(factors=[factor(kind="time", days_until="due_date", knots=FALLING)]))
    assert faults(factors=[factor(kind="time", days_until="due_date", knots=RISING)])
    Policy.read(whole(factors=[factor(kind="clinical", days_until="due_date", knots=RISING)]))


def test_dates_and_numbers_say_how_they_are_read():
    dated = factor(column="clock_start", points={"2026-01-01": 1}, otherwise=0)
    assert "factors[0].column: clock_start is a date, and this reads levels; give a factor with days_until instead" in (
        faults(factors=[dated])
    )
    lost = factor(column="need", knots=[[0, 0]], otherwise=1)
    assert faults(factors=[lost]) == ["factors[0].otherwise: is only for points by level"]


def test_a_range_holds_what_the_factor_gives():
    said = faults(factors=[factor(column="need", points={"a": 1, "b": 7}, range=[0, 6])])
    assert said == ["factors[0]: has a range narrower than what its points or knots, otherwise and blank give: 1 to 7"]
    Policy.read(whole(factors=[factor(column="need", points={"a": 1, "b": 7}, range=[0, 8])]))


@pytest.mark.parametrize(("part", "limits"), [
    (factor(column="need_points", per={"points": 1}, range=[0, 100]), (0, 100)),
    (factor(column="days_waiting", per={"points": 1}, range=[0, 100]), (0, math.inf)),
    (factor(kind="time", column="months", per={"points": 1}, range=[0, 100]), (0, math.inf)),
    (factor(column="need_points", knots=[[0, 0], [9, 9]]), None),
    (NEED, None),
])  # fmt: skip
def test_points_that_cannot_be_are_told_apart_and_no_wait_is_cut_off(part, limits):
    assert Policy.read(whole(factors=[part])).factors[0].limits == limits
