"""What is recorded and may not be true is found where it was planted, and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import RefusedError


def listed(seed=4, people=1200):
    """Three sites: at Default everybody is A; at Other, most are S; at January, a fifth are born on 1 January."""
    rng = np.random.default_rng(seed)
    site = rng.choice(["Plain", "Default", "Other", "January"], people)
    code = rng.choice(list("AABCDHJKMNS"), people)
    code = np.where(site == "Default", "A", code)
    code = np.where((site == "Other") & (rng.random(people) < 0.8), "S", code)
    born = pd.Timestamp("1950-01-02") + pd.to_timedelta(rng.integers(0, 360, people), unit="D")
    born = born.where(~((site == "January") & (rng.random(people) < 0.2)), pd.Timestamp("1950-01-01"))
    raw = pd.DataFrame({
        "clock_start": "2026-04-01", "site": site, "ethnicity": code, "date_of_birth": born.strftime("%Y-%m-%d"),
        "sex": rng.choice(["1", "2"], people),
    })  # fmt: skip
    return ew.read_list(raw, snapshot="2026-10-31")


@pytest.mark.parametrize("suppression", ["none", "hes"])
def test_planted_habits_stand_out_and_nothing_else_does(suppression):
    found = ew.plausibility(listed(), by="site", suppression=suppression)
    out = found.table[found.table["stands_out"]]
    by_site = out[out["by"] == "site"]
    assert set(zip(by_site["check"], by_site["group"], strict=True)) == {
        ("one_code", "Default"), ("other_group", "Other"), ("january_first", "January"),
    }  # fmt: skip
    assert any("Default" in sentence for sentence in found.findings)


def test_nothing_planted_is_nothing_found():
    plain = listed()
    found = ew.plausibility(plain[plain["site"] == "Plain"], suppression="none")
    assert not found.table["stands_out"].any()
    assert found.findings == ("Nothing that is recorded stands out as implausible by these checks.",)


def test_a_list_without_such_columns_is_refused():
    bare = ew.read_list(pd.DataFrame({"clock_start": ["2026-04-01"]}), snapshot="2026-10-31")
    with pytest.raises(RefusedError, match="nothing to look at"):
        ew.plausibility(bare)
