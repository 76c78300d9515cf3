"""`pile_up`: who is treated just under a target, found where it was planted and not elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import equiwait as ew


def ended(seed, pulled=0.6, people=4000):
    """Waits that fall off evenly; of A, so many of those just over 18 weeks are brought under it."""
    rng = np.random.default_rng(seed)
    days = np.ceil(rng.exponential(150, people)).astype(int)
    team = rng.choice(["A", "B"], people)
    moved = (team == "A") & (days > 126) & (days <= 140) & (rng.random(people) < pulled)
    days = np.where(moved, rng.integers(120, 127, people), days)
    start = pd.Timestamp("2026-09-30") - pd.to_timedelta(days, "D")
    return ew.read_list(
        pd.DataFrame({"clock_start": start, "clock_stop": "2026-09-30", "rtt_status": "30", "team": team}),
        snapshot="2026-09-30",
    )


def test_a_planted_pile_up_is_found_in_its_group_alone():
    found = ew.pile_up(ended(1), "team").table.set_index("group")
    assert found.loc["A", "lower"] > 0.6
    assert found.loc["B", "lower"] < 0.55
    assert found.loc["A", "difference_lower"] > 0
    assert "A: " in ew.pile_up(ended(1), "team").findings[0]


def test_the_share_is_that_of_plain_counting_and_nothing_piles_up_by_itself():
    waiting = ended(2, pulled=0.0)
    found = ew.pile_up(waiting, "team", suppression="none").table.set_index("group")
    days = (waiting["clock_stop"] - waiting["clock_start"]).dt.days
    close = waiting[(days > 112) & (days <= 140)].assign(under=days <= 126)
    assert found["value"].to_dict() == pytest.approx(close.groupby("team")["under"].mean().to_dict())
    assert found["difference_lower"].min() < 0 < found["difference_upper"].max()


def test_waits_that_fall_off_by_themselves_are_no_pile_up_however_many_people():
    found = ew.pile_up(ended(3, pulled=0.0, people=200_000), "team")
    assert (found.table["lower"] > 0.5).any()  # more than a half, for as time goes on fewer and fewer are left
    assert found.findings == ("No group is seen to be treated just under 18 weeks more often than chance.",)


def test_what_is_wrong_is_said():
    with pytest.raises(ew.errors.OptionError, match="number of weeks"):
        ew.pile_up(ended(1, people=50), "team", within=99)
    with pytest.raises(ew.errors.RefusedError, match="Nobody was treated"):
        ew.pile_up(ended(1, people=50), "team", weeks=400)
    assert ew.pile_up(ended(1), "team").plot().get_xlabel() == "Share just under the target"
