"""Who is compared with whom: one type of reference, and the drifts that two of them had."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import equiwait as ew
from equiwait.counts.waits.references import RECORDED, REST, reference_of
from people_lists import row

GROUPS, KNOWN = ["A", "B", "C", "Not known"], np.array([True, True, True, False])


def test_rest_is_everyone_else_recorded():
    found = reference_of("team", GROUPS, KNOWN, "rest")
    assert found.names == [REST, REST, REST, RECORDED]
    assert found.pooled(np.array([10.0, 20.0, 30.0, 99.0])).tolist() == [50, 40, 30, 60]
    assert reference_of("team", GROUPS, KNOWN, None).names == found.names


def test_one_group_stands_against_itself_only():
    found = reference_of("team", GROUPS, KNOWN, {"team": "B"})
    assert found.itself.tolist() == [False, True, False, False]
    assert found.pooled(np.array([10.0, 20.0, 30.0, 99.0])).tolist() == [20, 20, 20, 60]
    assert found.contrasts(KNOWN) == 2


def test_two_groups_are_one_contrast():
    assert reference_of("sex", ["M", "F"], np.array([True, True]), "rest").contrasts(np.array([True, True])) == 1


@given(st.lists(st.integers(0, 500), min_size=4, max_size=4), st.sampled_from(["rest", "A", "C"]))
def test_what_is_shown_of_exact_counts_is_what_is_pooled(counts, asked):
    """Where nothing is rounded, the recorded total less a group is everyone else."""
    found, own = reference_of("team", GROUPS, KNOWN, asked), np.array(counts, float)
    assert found.shown(own, own[KNOWN].sum()).tolist() == found.pooled(own).tolist()


def growing(team, earlier, later):
    starts, closed = ["2026-03-01"] * earlier + ["2026-09-01"] * later, np.arange(earlier + later) % 2 == 0
    return pd.DataFrame({
        "team": team, "clock_start": pd.to_datetime(starts).astype("datetime64[s]"), "snapshot_date": "2026-10-31",
        "clock_stop": pd.Series(pd.Timestamp("2026-10-01"), range(len(closed))).where(closed).astype("datetime64[s]"),
        "scope": np.where(closed, "closed", "rtt_open"), "days_waiting": 30,
    })  # fmt: skip


@pytest.fixture(scope="module")
def uneven():
    """A grew, B shrank, and a small C had hardly anybody in the later half."""
    teams = [growing("A", 60, 60), growing("B", 400, 240), growing("C", 100, 4)]
    old = growing("A", 40, 0).assign(clock_start=pd.Timestamp("2025-06-01"), clock_stop=pd.Timestamp("2026-01-01"))
    return pd.concat([*teams, old.assign(scope="closed")], ignore_index=True)


@pytest.mark.parametrize("reference", [None, "rest", "B"])
@pytest.mark.parametrize("rule", ["none", "hes"])
def test_disparities_and_referral_growth_give_one_answer(uneven, reference, rule):
    """They gave 0.28 (0.16 to 0.49) and 0.40 (0.19 to 0.86) for one list."""
    growth = ew.referral_growth(uneven, "team", reference=reference, suppression=rule)
    gaps = ew.disparities(uneven, "team", reference=reference, suppression=rule, measures=["over_18_weeks"])
    said = [sentence for sentence in gaps.findings if "referrals of" in sentence]
    assert said == list(growth.warnings)
    assert said


def test_a_hidden_group_is_still_in_the_pooled_reference(uneven):
    """C's 4 later referrals are hidden; everyone else of A is B and C together, not B and nobody."""
    table = ew.referral_growth(uneven, "team").table
    assert row(table, group="C")["suppressed"]
    assert row(table, group="C")[["earlier", "later", "ratio"]].isna().all()
    exact = ew.referral_growth(uneven, "team", suppression="none").table
    assert row(exact, group="A")["ratio"] == pytest.approx((60 / 60) / (244 / 500))
    assert row(table, group="A")["ratio"] == pytest.approx((60 / 60) / ((305 - 60) / (560 - 60)))


def test_growth_has_a_family():
    """Šidák over 15 contrasts: sixteen groups that grew alike by chance alone are seldom said to have grown otherwise."""
    alarms = 0
    for seed in range(20):
        chance = np.random.default_rng(seed)
        parts = [growing(f"t{n:02d}", chance.poisson(60), chance.poisson(60)) for n in range(16)]
        waiting = pd.concat(parts, ignore_index=True)
        found = ew.referral_growth(waiting, "team", window=("2026-01-01", "2026-10-31"), suppression="none")
        alarms += bool(found.warnings)
    assert alarms <= 4, "5% of 20 lists is 1; without a family it was more than half"


def test_a_reference_that_is_not_there_is_refused_in_one_way(uneven):
    for ask in (ew.disparities, ew.referral_growth):
        with pytest.raises(ew.EquiwaitError, match=re.escape("'Z' is not a group of team")) as refused:
            ask(uneven, "team", reference="Z")
        assert "'rest'" in str(refused.value)
