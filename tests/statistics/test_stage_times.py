"""Time in each stage: against plain averages, Kaplan and Meier's area, and the scatter of many samples."""

from __future__ import annotations

import numpy as np
import pytest

from equiwait.statistics import kaplan_meier, restricted_mean, stage_times


def tallied(durations, seen=None, entry=None, width=400):
    """Counts of people whose stages last so many days each, seen until a day, from a day."""
    stages = durations.shape[1]
    ends = durations.cumsum(1)
    entered, lost = np.zeros((stages, width)), np.zeros((stages, width))
    moved = np.zeros((stages, stages + 1, width))
    for row in range(len(ends)):
        begin = 0 if entry is None else int(entry[row])
        last = width - 1 if seen is None else int(seen[row])
        if begin >= min(ends[row, -1], last):
            continue
        here = int(np.searchsorted(ends[row], begin, side="right"))
        entered[here, begin] += 1
        while here < stages and ends[row, here] <= last:
            day = ends[row, here]
            after = int(np.searchsorted(ends[row], day, side="right"))
            moved[here, after, day] += 1
            here = after
        if here < stages:
            lost[here, last] += 1
    return entered, moved, lost


def test_without_loss_it_is_the_plain_average():
    rng = np.random.default_rng(1)
    durations = np.ceil(rng.exponential([30, 20, 40], (300, 3))).astype(int)
    found = stage_times(*tallied(durations, width=800), horizon=799)
    assert found.days == pytest.approx(durations.mean(0))
    assert np.diag(found.covariance) == pytest.approx(durations.var(0) / 300, rel=0.2)


def test_up_to_a_horizon_the_stages_add_up_to_the_area_under_the_curve():
    rng = np.random.default_rng(2)
    durations = np.ceil(rng.exponential([60, 40, 80], (400, 3))).astype(int)
    found = stage_times(*tallied(durations), horizon=180)
    ends = np.minimum(durations.sum(1), 399)
    counts, still = np.bincount(ends, minlength=400), np.arange(400) == 399
    curve = kaplan_meier(counts * ~still, counts * still)
    whole = restricted_mean(curve, 180, extend=True)
    assert found.days.sum() == pytest.approx(float(whole.value))
    ones = np.ones(3)
    assert float(ones @ found.covariance @ ones) == pytest.approx(float(whole.std_error) ** 2, rel=0.01)
    clipped = np.minimum(durations.cumsum(1), 180)
    assert found.days == pytest.approx(np.diff(clipped, axis=1, prepend=0).mean(0))
    assert found.occupied.sum(0) == pytest.approx(np.ones(181))


def test_with_loss_and_late_entry_it_is_right_on_average_and_its_error_is_the_scatter():
    rng = np.random.default_rng(3)
    truth = np.diff(
        np.minimum(np.ceil(rng.exponential([40, 30], (200_000, 2))).cumsum(1), 150), axis=1, prepend=0
    ).mean(0)
    days, errors = [], []
    for _ in range(60):
        durations = np.ceil(rng.exponential([40, 30], (250, 2))).astype(int)
        seen = np.minimum(np.ceil(rng.exponential(200, 250)).astype(int) + 1, 399)
        entry = np.where(rng.random(250) < 0.3, rng.integers(0, 60, 250), 0)
        found = stage_times(*tallied(durations, seen, entry), horizon=150)
        days.append(found.days)
        errors.append(np.sqrt(np.diag(found.covariance)))
    days = np.array(days)
    assert days.mean(0) == pytest.approx(truth, abs=1.0)
    assert np.mean(errors, 0) == pytest.approx(days.std(0, ddof=1), rel=0.25)


def test_stages_that_are_passed_over_and_several_groups_at_once():
    one = tallied(np.array([[10, 0, 20], [5, 5, 5]]), width=60)
    both = tuple(np.stack([each, each]) for each in one)
    found = stage_times(*both, horizon=59)
    assert found.days[0] == pytest.approx([7.5, 2.5, 12.5])
    assert (found.days[0] == found.days[1]).all()


def test_what_does_not_fit_is_refused():
    entered, moved, lost = tallied(np.array([[3, 4]]), width=20)
    with pytest.raises(ValueError, match="horizon"):
        stage_times(entered, moved, lost, horizon=20)
    with pytest.raises(ValueError, match="stages"):
        stage_times(entered, moved[:, :2], lost, horizon=5)
    with pytest.raises(ValueError, match="more people move"):
        stage_times(entered * 0, moved, lost, horizon=5)
