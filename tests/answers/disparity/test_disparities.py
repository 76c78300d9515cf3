"""`count_waits` and `disparities`: counts that add up, gaps with a sign that always reads, small numbers hidden."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equiwait as ew
from equiwait.counts.waits.references import REST
from equiwait.errors import ColumnsError, OptionError, RefusedError


def listed(days, **columns):
    return pd.DataFrame({"scope": "rtt_open", "days_waiting": days, **columns})


def worked_case():
    """A 300 of 1,000, B 90 of 250, unknown 60 of 150 over 18 weeks: the worked case of the design."""
    parts = [("A", 300, 700), ("B", 90, 160), (None, 60, 90)]
    days = np.concatenate([np.r_[np.full(over, 200), np.full(under, 50)] for _, over, under in parts])
    team = np.concatenate([np.full(over + under, name, object) for name, over, under in parts])
    return listed(days, team=team)


def test_worked_case():
    table = ew.disparities(
        worked_case(), "team", measures=["over_18_weeks"], reference="A", suppression="none"
    ).table.set_index("group")
    assert table.loc["B", "difference"] == pytest.approx(0.06)
    assert table.loc["B", ["difference_lower", "difference_upper"]].astype(float).round(3).tolist() == [-0.004, 0.127]
    assert table.loc["A", "note"] == "the reference"
    assert np.isnan(table.loc["A", "difference"])
    assert table.loc["Not recorded (blank)", ["n", "events"]].tolist() == [150, 60]
    assert table.loc["Not recorded (blank)", "reference"] == "everyone recorded"
    assert table.loc["Not recorded (blank)", "difference"] == pytest.approx(60 / 150 - 390 / 1250)


def test_shares_and_intervals_of_a_list_agree_with_r(refcases):
    """Over 18 weeks by decile on the open part of a list: x, n and Wilson's interval as R computed them."""
    given_list = pd.read_csv(refcases / "inputs" / "synthetic_waiting_list_3000.csv")
    checks = pd.read_csv(refcases / "checks.csv", dtype=str)
    checks = checks[(checks["measure"] == "prop_gt18w_open_wilson95") & checks["params"].str.startswith("imd_decile=")]
    assert len(checks)
    open_rows = given_list[given_list["status"] == "waiting"]
    waiting = listed(open_rows["days"].to_numpy(), imd_decile=open_rows["imd_decile"].astype("Int8").to_numpy())
    table = ew.disparities(waiting, "imd_decile", measures=["over_18_weeks"], suppression="none").table
    table = table.set_index(table["group"].str.split(" ").str[0])
    for check in checks.itertuples():
        decile = check.params.removeprefix("imd_decile=")
        assert table.loc[decile, check.stat] == pytest.approx(float(check.expected), rel=1e-6)


def test_thresholds_count_days():
    waiting = listed([126, 127, 364, 365, 455, 456], all=["x"] * 6)
    table = ew.disparities(
        waiting, "all", measures=["over_18_weeks", "over_52_weeks", "over_65_weeks"], suppression="none"
    ).table
    assert table["events"].tolist() == [5, 3, 1]


def test_the_median_follows_the_published_rule(refcases):
    """The verb, on days spread over published weekly bands, gives NHS England's published medians."""
    published = pd.read_csv(refcases / "inputs" / "nhse_rtt_incomplete_2015-03.csv.gz")
    usable = published[published["flag"] == "ok"]
    bands = [column for column in published.columns if column.startswith("w") and column[1:3].isdigit()]
    usable = usable[usable[bands].sum(axis=1).between(60, 400)].head(25)
    for _, row in usable.iterrows():
        people = row[bands].to_numpy(int)
        days = np.repeat(7 * np.arange(len(bands)) + 3, people)
        table = ew.disparities(listed(days, all="x"), "all", measures=["median_weeks"], suppression="none").table
        assert table["value"].iloc[0] == pytest.approx(row["pub_median_weeks"], abs=1e-6)


def test_fewer_than_fifty_have_no_median():
    table = ew.disparities(listed(np.arange(49), all="x"), "all", measures=["median_weeks"], suppression="none").table
    assert np.isnan(table["value"].iloc[0])
    assert "fewer than 50" in table["note"].iloc[0]


def test_references():
    waiting = listed([200, 50] * 200, imd_quintile=pd.array([1, 5] * 200, "Int8"), sex=pd.Categorical(["1", "2"] * 200))
    gaps = ew.disparities(waiting, ["imd_quintile", "sex"], measures=["over_18_weeks"], suppression="none").table
    first = gaps[gaps["by"] == "imd_quintile"].set_index("group")
    assert first.loc["1 (most deprived)", "reference"] == "5 (least deprived)"
    assert first.loc["1 (most deprived)", "difference"] > 0, "longer waits in the most deprived areas are positive"
    assert gaps[gaps["by"] == "sex"]["reference"].unique().tolist() == [REST]
    named = ew.disparities(
        waiting,
        ["imd_quintile", "sex"],
        reference={"imd_quintile": "1", "sex": "Female"},
        measures=["over_18_weeks"],
        suppression="none",
    ).table
    assert set(named["reference"]) == {"1 (most deprived)", "Female"}
    with pytest.raises(OptionError, match="is not a group of sex"):
        ew.disparities(waiting, "sex", reference="Martian")


def test_crossed_groups_are_one_question():
    waiting = listed([200, 50] * 60, a=["x", "y"] * 60, b=["u", "u", "v", "v"] * 30)
    table = ew.disparities(waiting, [("a", "b"), "a"], measures=["over_18_weeks"], suppression="none").table
    assert table["by"].unique().tolist() == ["a × b", "a"]
    assert set(table.loc[table["by"] == "a × b", "group"]) == {"x × u", "x × v", "y × u", "y × v"}


def test_people_of_no_fixed_abode_are_a_group():
    waiting = listed(
        [200] * 30,
        imd_quintile=pd.array([1] * 10 + [None] * 20, "Int8"),
        link_status=["matched"] * 10 + ["no_fixed_abode"] * 10 + ["malformed"] * 10,
    )
    gaps = ew.disparities(waiting, "imd_quintile", measures=["over_18_weeks"], suppression="none")
    assert gaps.table["group"].tolist() == ["1 (most deprived)", "No fixed abode", "Not linked"]
    assert gaps.unknown["imd_quintile"] == ("Not linked",)


def test_repeated_people_widen_intervals():
    days = [200, 50] * 100
    once = ew.disparities(
        listed(days, sex="1", person_id=[str(i) for i in range(200)]),
        "sex",
        measures=["over_18_weeks"],
        suppression="none",
    ).table.iloc[0]
    twice = ew.disparities(
        listed(days, sex="1", person_id=[str(i // 2) for i in range(200)]),
        "sex",
        measures=["over_18_weeks"],
        suppression="none",
    ).table.iloc[0]
    from equiwait.statistics import wilson

    assert once["value"] == twice["value"]
    assert (twice["lower"], twice["upper"]) == pytest.approx(
        tuple(wilson(50, 100))[1:]
    )  # Σk²/Σk = 2: as if half as many


def test_two_nations_are_not_pooled():
    waiting = listed([10, 20], imd_decile=pd.array([1, 2], "Int8"), nation=["England", "Wales"])
    with pytest.raises(RefusedError, match="England, Wales"):
        ew.disparities(waiting, "imd_decile")
    assert len(ew.disparities(waiting, [("nation", "imd_decile")], measures=["over_18_weeks"]).table) == 2


def test_a_list_on_which_nobody_waits_is_refused():
    with pytest.raises(RefusedError, match="Nobody is counted"):
        ew.disparities(listed([1, 2], sex=["1", "2"]).assign(scope="closed"), "sex")


def test_nonsense_is_refused():
    waiting = listed([10, 20], sex=["1", "2"])
    for measures, error in ((["over_18_week"], OptionError), (["mean_days"], OptionError)):
        with pytest.raises(error, match="not understood"):
            ew.disparities(waiting, "sex", measures=measures)
    with pytest.raises(ColumnsError, match="ethnicity"):
        ew.disparities(waiting, "ethnicity")
    with pytest.raises(OptionError, match="suppression"):
        ew.disparities(waiting, "sex", suppression="off")
    with pytest.raises(OptionError, match="estimand"):
        ew.disparities(waiting, "sex", estimand="completed wait")


# --- properties ---

rows_of = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from(["A", "J", "Z", None]), st.sampled_from(["1", "2"])),
    min_size=1,
    max_size=80,
)


def frame(rows):
    days, ethnicity, sex = zip(*rows, strict=True)
    return listed(list(days), ethnicity=pd.Categorical(ethnicity, ["A", "J", "Z"]), sex=pd.Categorical(sex, ["1", "2"]))


def tidy(waits):
    return waits.table.sort_values(["by", "group", "days"]).reset_index(drop=True)


@settings(max_examples=25)
@given(rows=rows_of, cut=st.integers(0, 80))
def test_counts_of_parts_add_to_the_whole(rows, cut):
    whole = frame(rows)
    by = ["ethnicity", ("sex", "ethnicity")]
    first, second = whole.iloc[:cut], whole.iloc[cut:]
    added = ew.count_waits(first, by) + ew.count_waits(second, by)
    pd.testing.assert_frame_equal(tidy(added), tidy(ew.count_waits(whole, by)), check_dtype=False)
    assert tidy(added)["people"].sum() == 2 * len(rows)


@settings(max_examples=8, deadline=None)
@given(rows=rows_of, seed=st.integers(0, 9))
def test_order_of_rows_changes_nothing(rows, seed):
    whole = frame(rows)
    shuffled = whole.sample(frac=1, random_state=seed)
    one, two = (ew.disparities(each, ["ethnicity", "sex"], suppression="none").table for each in (whole, shuffled))
    pd.testing.assert_frame_equal(one, two)


@settings(max_examples=8, deadline=None)
@given(rows=rows_of)
def test_nothing_small_is_shown(rows):
    asked = [
        "over_18_weeks",
        "over_52_weeks",
    ]  # medians are held by the tests of non-interference
    gaps = ew.disparities(frame(rows * 3), ["ethnicity", "sex", ("sex", "ethnicity")], measures=asked)
    for column in ("n", "events"):
        shown = gaps.table[column].dropna()
        assert (shown % 5 == 0).all()
    hidden = gaps.table[gaps.table["suppressed"] & gaps.table["measure"].str.startswith("over_")]
    assert hidden[["events", "value", "lower", "upper", "difference", "ratio", "p_value"]].isna().all().all()
    released = gaps.table.dropna(subset=["difference"])
    shares = released[released["measure"].str.startswith("over_")]
    known = shares["value"] - shares["events"] / shares["n"]
    assert known.abs().max() < 1e-12 or shares.empty, "a released share comes from released counts"


def test_unequal_counts_are_not_added():
    waiting = frame([(10, "A", "1")] * 9)
    with pytest.raises(RefusedError, match="by"):
        ew.count_waits(waiting, "sex") + ew.count_waits(waiting, "ethnicity")
    with pytest.raises(RefusedError, match="several snapshots"):
        ew.count_waits(waiting.assign(snapshot_date=["2026-01-01"] * 4 + ["2026-02-01"] * 5), "sex")


def test_results_are_safe_to_show():
    gaps = ew.disparities(frame([(200, "A", "1")] * 30 + [(200, "J", "2")] * 3), ["ethnicity", "sex"])
    assert "3" not in repr(gaps).split("rows")[0].replace(
        "<Disparities: Waits of people on the list on the day of the snapshot;", ""
    )
    html = gaps._repr_html_()
    assert "<table" in html
    assert "In-team" not in html
    assert "In-team" in ew.disparities(frame([(1, "A", "1")]), "sex", suppression="none")._repr_html_()
    for chart in gaps.charts():
        assert chart.alt
        assert chart.title
    assert gaps.plot("over_52_weeks") is not None
    with pytest.raises(OptionError, match="no chart"):
        gaps.plot("over_99_weeks")
    import matplotlib.pyplot as plt

    plt.close("all")
