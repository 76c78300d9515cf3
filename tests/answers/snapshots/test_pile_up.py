"""`pile_up`: who is treated just under a target, found where it was planted and not elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import equiwait as ew


def ended(seed, pulled=0.6, people=4000, mean=150, shape=1.0):
    """Waits that fall off evenly; of A, so many of those just over 18 weeks are brought under it."""
    rng = np.random.default_rng(seed)
    days = np.ceil(mean * rng.weibull(shape, people)).astype(int)
    team = rng.choice(["A", "B"], people)
    moved = (team == "A") & (days > 126) & (days <= 140) & (rng.random(people) < pulled)
    days = np.where(moved, rng.integers(120, 127, people), days)
    start = pd.Timestamp("2026-09-30") - pd.to_timedelta(days, "D")
    return ew.read_list(
        pd.DataFrame({"clock_start": start, "clock_stop": "2026-09-30", "rtt_status": "30", "team": team}),
        snapshot="2026-09-30",
    )


def test_a_planted_pile_up_is_found_in_its_group_alone():
    found = ew.pile_up(ended(1), "team")
    rows = found.table.set_index("group")
    assert rows.loc["A", "excess_lower"] > 0.15
    assert rows.loc["B", "excess_lower"] < 0
    assert rows.loc["A", "difference_lower"] > 0
    assert found.findings[0].startswith("A: ")
    assert len(found.findings) == 2
    assert found.findings[1].startswith("A more often than everyone else recorded")


def test_the_share_is_that_of_plain_counting_and_what_is_expected_a_third_of_the_log_odds_further_off():
    waiting = ended(2, pulled=0.0)
    found = ew.pile_up(waiting, "team", suppression="none").table.set_index("group")
    days = (waiting["clock_stop"] - waiting["clock_start"]).dt.days
    close = waiting[(days > 112) & (days <= 140)].assign(under=days <= 126)
    further = waiting[((days > 98) & (days <= 112)) | ((days > 140) & (days <= 154))].assign(before=days <= 112)
    assert found["value"].to_dict() == pytest.approx(close.groupby("team")["under"].mean().to_dict())
    odds = further.groupby("team")["before"].mean().transform(lambda share: (share / (1 - share)) ** (1 / 3))
    assert found["expected"].to_dict() == pytest.approx((odds / (1 + odds)).to_dict())
    assert found["excess"].to_dict() == pytest.approx((found["value"] - found["expected"]).to_dict())
    assert found.loc["A", "difference"] == pytest.approx(found.loc["A", "excess"] - found.loc["B", "excess"])
    assert found["difference_lower"].min() < 0 < found["difference_upper"].max()


@pytest.mark.parametrize(("mean", "shape"), [(150, 1.0), (40, 1.0), (150, 2.5), (150, 0.7)])
def test_waits_that_fall_off_by_themselves_are_no_pile_up_however_fast_and_however_many_people(mean, shape):
    """Of people treated at a fifth of those left a week, 59% are just under the target by themselves: that was a finding."""
    found = ew.pile_up(ended(3, pulled=0.0, people=100_000, mean=mean, shape=shape), "team")
    if mean == 40:
        assert (found.table["value"] > 0.55).all()
    assert found.findings == ("No group is seen to be treated just under 18 weeks more often than expected.",)


def test_a_group_that_is_treated_sooner_does_not_pile_up_more():
    slow, fast = ended(4, 0.0, 60_000), ended(5, 0.0, 60_000, mean=40)
    both = pd.concat([slow.assign(team="slow"), fast.assign(team="fast")], ignore_index=True)
    rows = ew.pile_up(both, "team").table.set_index("group")
    assert rows.loc["fast", "lower"] > rows.loc["slow", "upper"]
    assert rows.loc["fast", "difference_lower"] < 0 < rows.loc["fast", "difference_upper"]


def test_what_is_assumed_is_said():
    notes = " ".join(ew.pile_up(ended(1), "team").notes)
    assert "its logarithm a straight line or a parabola" in notes
    assert "make a pile-up look smaller" in notes


def test_where_nobody_was_treated_further_off_nothing_is_expected():
    days = pd.to_timedelta([120] * 60 + [130] * 60, "D")
    start = pd.Timestamp("2026-01-05")
    raw = {"scope": "closed", "stop_reason": "treated", "clock_start": start, "clock_stop": start + days}
    found = ew.pile_up(pd.DataFrame(raw).assign(team=["A", "B"] * 60), "team")
    assert found.findings == ("Too few people were treated 2 to 4 weeks from 18 weeks to tell.",)
    assert found.table["note"].eq("withheld: too few treated further off").all()


def test_what_is_wrong_is_said():
    with pytest.raises(ew.errors.OptionError, match="number of weeks"):
        ew.pile_up(ended(1, people=50), "team", within=10)
    with pytest.raises(ew.errors.RefusedError, match="Nobody was treated"):
        ew.pile_up(ended(1, people=50), "team", weeks=400)
    assert ew.pile_up(ended(1), "team").plot().get_xlabel() == "Points more just under the target than expected"
