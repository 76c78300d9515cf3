"""Series by board or trust: the counts of a month are those in the file, and what it does not publish is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from equiwait import disparities, read_published
from equiwait.errors import InputError, OptionError

OVERVIEW = "RTT-Overview-Timeseries-Including-Estimates-for-Missing-Trusts-Dec25-XLS-115K-6jPlxd.xlsx"


def folder(shared_data: Path) -> Path:
    return shared_data / "waiting_lists"


def shares(waits, weeks=18):
    table = waits.shares(weeks)
    return table.assign(code=table["group"].astype(str).str.split(": ").str[0]).set_index("code")


@pytest.mark.parametrize("month", ["2019-01", "2023-06", "2025-07"])
def test_wales_by_health_board_and_stage(shared_data, month):
    path = folder(shared_data) / "wales_rtt_lhb.csv"
    rows = pd.read_csv(path)
    rows = rows[rows["date"] == f"{month}-01"]
    waits = read_published(path, month=month)
    assert (waits.about.estimand, waits.about.snapshot[:7]) == ("still_waiting", month)
    ours = shares(waits)
    theirs = rows.groupby("lhb22_code")[["total_waits", "waits_over_18_weeks"]].sum()
    assert (ours["n"] == theirs["total_waits"]).all()
    assert (ours["over"] == theirs["waits_over_18_weeks"]).all()
    assert read_published(path, "stage", month=month).shares(18)["n"].sum() == theirs["total_waits"].sum()


def test_a_blank_is_not_nobody(shared_data):
    """Where some rows do not say how many waited over 53 weeks, that band is left out, and said; where all do, it is there."""
    path = folder(shared_data) / "wales_rtt_lhb.csv"
    rows = pd.read_csv(path)
    rows = rows[rows["date"] == "2025-07-01"]
    blank = rows["waits_over_53_weeks"].isna()
    assert blank.sum() == 3
    waits = read_published(path)
    assert waits.about.bands == (0, 127)
    assert f"over 53 weeks left out, blank in 3 of {len(rows)} rows" in waits.about.source
    whole = rows.loc[~blank.groupby(rows["lhb22_code"]).transform("any"), "lhb22_code"].unique()
    assert len(whole) == 5
    for code in whole:
        one = read_published(path, organisation=code)
        assert one.about.bands == (0, 127, 372)  # over 53 weeks is from day 372 on
        assert one.shares(53)["over"].tolist() == [rows.loc[rows["lhb22_code"] == code, "waits_over_53_weeks"].sum()]


def test_the_last_month_unless_another_is_asked_for(shared_data):
    path = folder(shared_data) / "wales_rtt_lhb.csv"
    assert read_published(path).about.snapshot == "2025-07-31"
    assert "July 2025; 7 of the 9 organisations" in read_published(path).about.source
    with pytest.raises(OptionError, match="month='2018-12' is not in this file") as caught:
        read_published(path, month="2018-12")
    assert "2019-01 to 2025-07" in caught.value.todo


def test_northern_ireland_by_trust_and_specialty(shared_data):
    path = folder(shared_data) / "ni_rtt_hsct.csv"
    rows = pd.read_csv(path)
    rows = rows[rows["date"] == "2022-03-01"]
    waits = read_published(path, ["provider", "specialty"], month="2022-03")
    every = waits.shares(52)
    for by, column in (("provider", "hsct22_name"), ("specialty", "specialty")):
        ours = every[every["by"] == by]
        assert ours["n"].sum() == rows["total_waits"].sum()
        assert ours["over"].sum() == rows["waits_over_52_weeks"].sum()
        assert len(ours) == rows[column].str.lower().nunique()
    one = read_published(path, "specialty", organisation="Belfast", specialty="Dermatology", month="2022-03")
    theirs = rows[(rows["hsct22_name"] == "Belfast") & (rows["specialty"] == "Dermatology")].iloc[0]
    assert one.shares(18)[["n", "over"]].to_numpy().tolist() == [[theirs["total_waits"], theirs["waits_over_18_weeks"]]]


def test_scotland_is_of_those_who_were_treated_in_the_month(shared_data):
    path = folder(shared_data) / "scotland_rtt_hb.csv"
    rows = pd.read_csv(path)
    rows = rows[rows["date"] == "2024-12-01"].set_index("hb19_code")
    waits = read_published(path)
    assert (waits.about.estimand, waits.about.window) == ("completed", ("2024-12-01", "2024-12-31"))
    ours = shares(waits)
    known = ours["n"].notna()
    assert known.sum() >= 14
    np.testing.assert_allclose(
        ours["share_over"][known].astype(float), rows["waits_over_18_weeks_percent"].loc[ours.index[known]], atol=1e-9
    )
    assert (ours["over"][known] == rows["waits_over_18_weeks_count"].loc[ours.index[known]]).all()


def test_england_by_trust_has_counts_and_no_shares(shared_data):
    path = folder(shared_data) / "england_rtt_trust.csv.gz"
    rows = pd.read_csv(path)
    rows = rows[(rows["date"] == "2024-06-01") & (rows["treatment"] != "Total")]
    waits = read_published(path, ["provider", "specialty"], month="2024-06")
    every = waits.shares(18)
    ours = every[every["by"] == "provider"]
    assert ours["over"].sum() == rows["waits_over_18_weeks"].sum()
    assert ours["n"].isna().all()
    assert ours["share_over"].isna().all()
    orthopaedics = every.loc[every["group"] == "110: Trauma and Orthopaedic", "over"].item()
    theirs = rows.loc[rows["treatment"].str.startswith("Trauma"), "waits_over_18_weeks"].sum()
    assert orthopaedics == theirs


@pytest.mark.parametrize("name", ["england_rtt_overview.csv", OVERVIEW])
def test_england_month_by_month(shared_data, name):
    path = folder(shared_data) / name
    long = pd.read_csv(folder(shared_data) / "england_rtt_overview.csv")
    theirs = long[long["month"] == "2023-09-01"].set_index("type_of_wait")["count"]
    waits = read_published(path, month="2023-09")
    assert waits.about.by == (("nation",),)
    ours = waits.shares(18).iloc[0]
    assert (ours["n"], ours["over"]) == (theirs["Total waiting"], theirs["No. > 18 weeks"])
    assert waits.shares(52)["over"].tolist() == [theirs["No. > 52 weeks"]]
    first = read_published(path, month="2007-08")
    assert first.about.bands == (0, 127, 365)
    assert (365 in waits.about.bands, 456 in waits.about.bands) == (True, name == OVERVIEW)


def test_a_series_answers_questions_like_any_counts(shared_data):
    waits = read_published(folder(shared_data) / "ni_rtt_hsct.csv")
    gaps = disparities(waits, by=["provider"], measures=["over_52_weeks"], suppression="none")
    assert gaps.table["events"].sum() == waits.shares(52)["over"].sum()


def test_what_a_series_cannot_answer(shared_data):
    path = folder(shared_data) / "wales_rtt_lhb.csv"
    with pytest.raises(OptionError, match="does not break waits down by ethnicity"):
        read_published(path, "ethnicity")
    with pytest.raises(OptionError, match="does not break waits down by specialty"):
        read_published(path, specialty="110")
    with pytest.raises(OptionError, match="organisation='W99' is not in the series"):
        read_published(path, organisation="W99")
    with pytest.raises(OptionError, match="week=, part= means nothing"):
        read_published(path, week="2025-01-01", part="admitted")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "1 rows stand twice"),
        (lambda rows: rows.assign(waits_over_53_weeks=rows["waits_over_18_weeks"] + 1), "more people wait longer"),
        (lambda rows: rows.assign(date="soon"), "rows without a month"),
        (lambda rows: rows.assign(total_waits="many"), "neither a number, nor a dash, nor a star"),
    ],
)
def test_a_series_that_was_changed_is_refused(shared_data, tmp_path, change, words):
    rows = pd.read_csv(folder(shared_data) / "wales_rtt_lhb.csv")
    path = tmp_path / "wales.csv"
    change(rows[rows["date"] == "2025-07-01"]).to_csv(path, index=False)
    with pytest.raises(InputError, match="does not agree with itself") as caught:
        read_published(path)
    assert words in caught.value.found
