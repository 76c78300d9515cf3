"""Lines through estimates and the rules of control charts, against numpy, the reference package's definitions, and chance."""

from __future__ import annotations

import numpy as np
import pytest

from equiwait.answers.snapshots.change_verdicts import change_of, sentence
from equiwait.statistics import special_causes, straight_line


def test_the_line_is_that_of_numpy():
    rng = np.random.default_rng(1)
    for _ in range(20):
        x = np.sort(rng.choice(30, 9, replace=False)).astype(float)
        y, error = rng.normal(0, 1, 9), rng.uniform(0.5, 2, 9)
        (slope, level), covariance = np.polyfit(x, y, 1, w=1 / error, cov="unscaled")
        found = straight_line(y, error, x)
        assert found.per_step == pytest.approx(slope)
        assert found.start == pytest.approx(level + slope * x[0])
        assert found.change == pytest.approx(slope * np.ptp(x))
        assert found.std_error >= np.sqrt(covariance[0, 0]) * np.ptp(x) - 1e-9
        left = y - level - slope * x
        assert found.dispersion == pytest.approx((left**2 / error**2).sum() / 7)


def test_a_line_needs_three_points_and_leaves_out_what_is_missing():
    assert np.isnan(straight_line([1, 2], [1, 1]).change)
    assert np.isnan(straight_line([1, np.nan, 2], [1, 1, 1]).change)
    whole, gap = (
        straight_line([1, 2, 3], [1, 1, 1], [0, 1, 3]),
        straight_line([1, 2, np.nan, 3], [1, 1, 1, 1], [0, 1, 2, 3]),
    )
    assert whole == gap
    with pytest.raises(ValueError, match="one length"):
        straight_line([1, 2, 3], [1, 1])


def test_a_missing_month_breaks_no_rule_and_ends_a_run():
    y = np.array([1, 1, 1, np.nan, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1.0])
    found = special_causes(y)
    assert not found.any[3]
    assert not found.shift[:8].any()
    assert special_causes(np.r_[y[:3], y[4:]]).shift[:7].all()


def test_nothing_is_rebased_by_itself_and_six_points_speak_up_more_often():
    y = np.r_[np.tile([0.0, 1.0], 8), np.tile([5.0, 6.0], 8)]
    assert len(set(special_causes(y).mean)) == 1
    assert special_causes(y).any.any()
    assert not special_causes(y, rebase=[16]).any.any()
    rng = np.random.default_rng(2)
    series = rng.normal(0, 1, (300, 12))
    six, seven = (sum(special_causes(each, points=points).any.any() for each in series) for points in (6, 7))
    assert six > seven
    with pytest.raises(ValueError, match="places"):
        special_causes(y, rebase=[99])
    with pytest.raises(ValueError, match="at least 2"):
        special_causes(y, points=1)


def test_two_hundred_null_years_raise_no_more_alarms_than_stated():
    """A verdict says that something changed in at most 5 of 100 years in which nothing did."""
    rng = np.random.default_rng(20261127)
    alarms = 0
    for _ in range(200):
        error = rng.uniform(0.03, 0.06, 12)
        silent = np.full(12, 0.05), np.full(12, 0.01)
        gap = (0.12 + rng.normal(0, error), error)
        alarms += change_of(gap, gap, silent, 0.0, "", 0.95).verdict != "no change that this could have shown"
    assert alarms <= 16  # 10 expected; 16 or fewer in 97 of 100 such tests


@pytest.mark.parametrize(
    ("joined", "listed", "silent", "early", "verdict"),
    [
        (-0.4, 0.0, 0.0, 0.0, "changed sides"),
        (-0.201, 0.0, 0.0, 0.0, "closing"),  # past nought by no more than chance
        (-0.12, 0.0, 0.0, 0.0, "closing"),
        (0.12, 0.0, 0.0, 0.0, "widening"),
        (0.0, 0.2, 0.0, 0.2, "no change that this could have shown"),
        (-0.12, 0.15, 0.0, 0.2, "the two disagree because people who joined earlier remain"),
        (-0.12, 0.15, 0.0, 0.01, "closing"),
        (-0.12, -0.1, -0.1, 0.0, "recording changed"),
        (-0.12, -0.1, -0.02, 0.0, "closing"),
    ],
)
def test_each_verdict(joined, listed, silent, early, verdict):
    steps, error = np.linspace(0, 1, 12), np.full(12, 0.01)
    series = [(begin + change * steps, error) for begin, change in ((0.2, joined), (0.1, listed), (0.2, silent))]
    assert change_of(*series, early, "2026-01", 0.95).verdict == verdict


def test_a_gap_that_was_none_and_is_one_on_the_other_side_is_widening_and_one_that_changed_sides_says_who_waits_longer_now():
    steps, error = np.linspace(0, 1, 12), np.full(12, 0.01)
    flat = np.full(12, 0.1), error
    assert change_of((-0.002 + 0.2 * steps, error), flat, flat, 0.0, "", 0.95).verdict == "widening"
    crossed = change_of((0.2 - 0.4 * steps, error), flat, flat, 0.0, "", 0.95)
    said = sentence(crossed, "B", "everyone else", "over 18 weeks")
    assert said.endswith("; waits were longer among B and are now longer among everyone else.")
    other = sentence(change_of((0.4 * steps - 0.2, error), flat, flat, 0.0, "", 0.95), "B", "A", "over 18 weeks")
    assert other.endswith("; waits were longer among A and are now longer among B.")


def test_the_errors_of_the_ends_of_a_line_are_those_of_least_squares():
    x, error = np.array([0.0, 1.0, 2.0, 5.0]), np.array([0.01, 0.02, 0.03, 0.02])
    y = 0.1 + 0.02 * x
    design = np.column_stack([np.ones(4), x])
    covariance = np.linalg.inv(design.T @ np.diag(1 / error**2) @ design)
    found = straight_line(y, error, x)
    ends = [np.sqrt(np.array([1, at]) @ covariance @ np.array([1, at])) for at in (0.0, 5.0)]
    np.testing.assert_allclose([found.start_error, found.end_error], ends)


def test_an_xmr_chart_is_that_of_its_written_rules():
    """As NHSRplotthedots defines them, window by window; the third point of a pair near a limit is on its side too."""
    rng = np.random.default_rng(5)
    for points in (6, 7) * 60:
        size = int(rng.integers(6, 30))
        x = np.round(rng.normal(0, 1, size) + (rng.random() < 0.3) * np.linspace(0, 3, size), int(rng.integers(0, 3)))
        x[rng.random(size) < 0.08] = np.nan
        ranges = np.abs(np.diff(x))
        ranges = ranges[~np.isnan(ranges)]
        if not len(ranges):
            continue
        kept = ranges[ranges < 3.267 * ranges.mean()]
        mean, half = np.nanmean(x), 2.66 * (kept if len(kept) else ranges).mean()
        beyond = np.abs(x - mean) > half
        shift, trend, near = (np.zeros(size, bool) for _ in range(3))
        for at in range(size - 2):
            run, three = x[at : at + points], x[at : at + 3]
            for way in (1, -1):
                if len(run) == points and (way * (run - mean) > 0).all():
                    shift[at : at + points] = True
                if len(run) == points and (way * np.diff(run) > 0).all():
                    trend[at : at + points] = True
                outer = (way * (three - mean) > 2 / 3 * half) & ~beyond[at : at + 3]
                if (way * (three - mean) > 0).all() and outer.sum() > 1:
                    near[at : at + 3] |= outer
        found = special_causes(x, points=points)
        np.testing.assert_allclose([found.mean[0], found.upper[0], found.lower[0]], [mean, mean + half, mean - half])
        for rule, told in (("beyond", beyond), ("shift", shift), ("trend", trend), ("near_limit", near)):
            assert (getattr(found, rule) == told).all(), (rule, points, x)


def test_two_months_are_too_few():
    pair = np.array([0.1, 0.2]), np.array([0.01, 0.01])
    assert change_of(pair, pair, pair, 0.0, "", 0.95).verdict == "too few months to tell"
