"""`completeness` and `check_list`: counts of what is missing, with small ones hidden."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import RefusedError
from equiwait.statistics import wilson


def waiting(n=100):
    raw = pd.DataFrame({
        "clock_start": ["2026-04-01"] * (n // 2) + ["2026-10-01"] * (n // 2),
        "ethnicity": (["A"] * 7 + ["Z", "", "99"]) * (n // 10),
        "site": ["North"] * (n // 4) + ["South"] * (3 * n // 4),
    })  # fmt: skip
    return ew.read_list(raw, snapshot="2026-10-31")


def test_counts_shares_and_waits_of_each_silence():
    done = ew.completeness(ew.flag_missing(waiting()), by="site", suppression="none")
    whole = done.table[(done.table["by"] == "everyone") & (done.table["field"] == "ethnicity")].set_index("reason")
    assert whole["n"].to_dict() == {"recorded": 70, "blank": 10, "not_stated": 10, "not_known": 10, "invalid": 0}
    assert whole.loc["blank", "share"] == pytest.approx(0.1)
    assert tuple(whole.loc["blank", ["lower", "upper"]]) == pytest.approx(tuple(wilson(10, 100))[1:])
    assert whole.loc["blank", "over_18_weeks"] == pytest.approx(0.5)
    north = done.table[(done.table["group"] == "North") & (done.table["reason"] == "recorded")]
    assert north["of"].tolist() == [25]
    assert {chart.name for chart in done.charts()} == {"not recorded", "ethnicity by site"}


def test_small_silences_are_hidden_and_nothing_follows_from_them():
    done = ew.completeness(waiting(40), by="site").table
    hidden = done[done["suppressed"]]
    assert len(hidden)
    assert hidden[["n", "share", "lower", "upper", "over_18_weeks", "over_52_weeks", "median_weeks"]].isna().all().all()
    assert (done["n"].dropna() % 5 == 0).all()


def test_only_open_pathways_are_counted():
    listed = waiting().assign(scope=pd.Categorical(["closed"] * 50 + ["rtt_open"] * 50))
    assert ew.completeness(listed, suppression="none").table["of"].unique().tolist() == [50]


def test_a_list_without_fields_is_refused():
    bare = ew.read_list(pd.DataFrame({"clock_start": ["2026-04-01"]}), snapshot="2026-10-31")
    with pytest.raises(RefusedError, match="no column"):
        ew.completeness(bare)


def test_check_list_says_every_problem_at_once():
    raw = pd.DataFrame({
        "pathway_id": [f"p{i}" for i in range(40)] + ["p0"], "clock_start": ["2026-04-01"] * 20 + ["soon"] * 12 + [""] * 8 + ["2026-04-01"],
        "ethnicity": ["?"] * 20 + ["A"] * 21,
    })  # fmt: skip
    listed = ew.read_list(raw, snapshot="2026-10-31")
    exact = ew.check_list(listed, suppression="none").table.set_index("code")["rows"]
    assert exact[
        ["clock_start_missing", "clock_start_invalid", "ethnicity_invalid", "duplicate", "unknown_clock_start"]
    ].tolist() == [20, 12, 20, 1, 20]
    released = ew.check_list(listed).table.set_index("code")
    assert np.isnan(released.loc["duplicate", "rows"])
    assert released.loc["duplicate", "suppressed"]
    assert (released["what_to_do"].str.len() > 0).all()
    assert {"person_id", "specialty", "postcode"} <= set(
        ew.check_list(listed).table.query("code == 'column_absent'")["field"]
    )
