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
    assert {chart.name for chart in done.charts()} == {"not recorded", "heat map by site", "ethnicity by site"}


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


def test_a_p_code_is_counted_among_those_listed_for_admission():
    raw = pd.DataFrame({
        "clock_start": ["2026-04-01"] * 200, "list_type": ["IRTT"] * 50 + ["ORTT"] * 150,
        "priority": ["P2"] * 40 + [""] * 160, "site": ["North", "South"] * 100,
    })  # fmt: skip
    done = ew.completeness(ew.read_list(raw, snapshot="2026-10-31"), by="site", suppression="none")
    rows = done.table[(done.table["field"] == "priority") & (done.table["by"] == "everyone")].set_index("reason")
    assert rows.loc["blank", ["n", "of", "share"]].tolist() == [10, 50, 0.2]
    assert rows["of"].nunique() == 1
    assert any("20.0% blank" in sentence for sentence in done.findings)
    by_site = done.table[(done.table["field"] == "priority") & (done.table["by"] == "site")]
    assert by_site.groupby("group")["of"].first().tolist() == [25, 25]
    released = ew.completeness(ew.read_list(raw, snapshot="2026-10-31"), by="site").table
    assert (released["n"].dropna() <= released.loc[released["n"].notna(), "of"]).all()


def test_rows_of_one_person_that_differ_are_counted_apart():
    raw = pd.DataFrame({
        "clock_start": ["2026-04-01"] * 60, "person_id": [f"7{n // 2:03}" for n in range(60)],
        "ethnicity": ["A", "B"] * 10 + ["A", "A"] * 10 + ["A", ""] * 10,
    })  # fmt: skip
    done = ew.completeness(ew.read_list(raw, snapshot="2026-10-31"), suppression="none").table
    rows = done[done["field"] == "ethnicity"].set_index("reason")["n"]
    assert rows.to_dict() == {
        "recorded": 50, "blank": 10, "not_stated": 0, "not_known": 0, "invalid": 0, "conflicting": 20,
    }  # fmt: skip


def test_several_lists_make_a_series_and_a_month_is_a_group():
    def listed(blank, snapshot):
        raw = pd.DataFrame({
            "clock_start": ["2026-04-01"] * 50 + ["2026-05-01"] * 50, "ethnicity": [""] * blank + ["A"] * (100 - blank),
        })  # fmt: skip
        return ew.read_list(raw, snapshot=snapshot)

    lists = [listed(30, "2026-09-30"), listed(10, "2026-10-31")]
    done = ew.completeness(lists, by="clock_start:month", suppression="none")
    blank = done.table[(done.table["reason"] == "blank") & (done.table["field"] == "ethnicity")]
    assert blank[blank["by"] == "everyone"][["snapshot", "n"]].to_numpy().tolist() == [
        ["2026-09-30", 30],
        ["2026-10-31", 10],
    ]
    assert blank[blank["by"] != "everyone"]["group"].tolist() == ["2026-04", "2026-05"] * 2
    assert "Ethnicity recorded: 70.0% on 2026-09-30, 90.0% on 2026-10-31." in done.findings


def test_what_is_said_of_a_few_peoples_waits_says_that_they_are_few():
    raw = pd.DataFrame({
        "clock_start": ["2026-04-01"] * 60 + ["2026-10-01"] * 60, "sex": ["1"] * 55 + [""] * 6 + ["1"] * 56 + [""] * 3,
    })  # fmt: skip
    done = ew.completeness(ew.read_list(raw, snapshot="2026-10-31"), suppression="none")
    (sentence,) = [each for each in done.findings if each.startswith("Sex")]
    assert sentence.endswith("too few to tell.")
    assert "interval" in sentence
    rows = done.table[(done.table["field"] == "sex") & (done.table["reason"] == "blank")].iloc[0]
    assert (rows["over_18_lower"], rows["over_18_upper"]) == pytest.approx(tuple(wilson(5, 9))[1:])
