"""`trend` on years whose truth is planted, under the release rule, and its own arithmetic on exact counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from planted_years import DAYS, lists_of, people


@pytest.fixture(scope="module")
def two_trusts():
    """One trust whose gap closes, one whose recording changes, and a month of half a list."""
    closing, other = people(3, "closing"), people(4, "stays", trust="RBB", recording=True)
    return ew.stitch(lists_of(closing, other))


@pytest.fixture(scope="module")
def year(two_trusts):
    return ew.trend(two_trusts, "team", each="provider", reference="A")


def test_the_planted_year_has_the_right_verdicts(year):
    verdicts = year.changes.set_index("among")["verdict"]
    assert verdicts.to_dict() == {
        "RAA": "the two disagree because people who joined earlier remain",
        "RBB": "recording changed",
    }
    closing = year.changes.set_index("among").loc["RAA"]
    assert closing["joined_first"] == pytest.approx(0.195, abs=0.05)
    assert closing["joined_last"] == pytest.approx(0.076, abs=0.05)
    assert closing["joined_upper"] < 0


def test_the_rise_of_the_burden_is_explained(year):
    closing = year.changes.set_index("among").loc["RAA"]
    assert closing["list_first"] == pytest.approx(0.11, abs=0.04)
    assert closing["list_last"] == pytest.approx(0.246, abs=0.05)
    assert closing["list_change"] > 0.08
    assert closing["early"] > closing["list_last"] / 2
    says = next(each for each in year.findings if each.startswith("RAA"))
    assert "people who joined earlier remain" in says
    assert "the gap on the list went from" in says


def test_the_burden_is_that_of_each_list(two_trusts):
    exact = ew.trend(two_trusts, "team", each="provider", reference="A", suppression="none").table
    day = f"{DAYS[9]:%Y-%m-%d}"
    waiting = two_trusts.on(day)
    waiting = waiting[(waiting["provider"] == "RAA") & (waiting["scope"] == "rtt_open")]
    rows = exact.query("series == 'on the list' and among == 'RAA' and day == @day").set_index("group")
    by_hand = waiting.assign(over=waiting["days_waiting"] > 126).groupby("team")["over"].agg(["size", "mean"])
    assert rows["n"].reindex(["A", "B"]).tolist() == by_hand["size"].tolist()
    assert rows["value"].reindex(["A", "B"]).tolist() == pytest.approx(by_hand["mean"].tolist())
    gaps = ew.disparities(waiting, "team", measures=["over_18_weeks"], reference="A", suppression="none").table
    mine, theirs = rows.loc["B"], gaps[gaps["group"] == "B"].iloc[0]
    for name in ("difference", "difference_lower", "difference_upper"):
        assert mine[name] == pytest.approx(theirs[name])


def test_the_gap_by_month_of_joining_is_that_of_everybody_followed(two_trusts):
    """Everybody who joined in a month and left by treatment or not, worked out from the whole truth by hand."""
    whole = people(3, "closing")
    exact = ew.trend(two_trusts, "team", each="provider", reference="A", suppression="none").table
    rows = exact.query("series == 'joined' and among == 'RAA' and state == 'followed'")
    month = whole["clock_start"].dt.strftime("%Y-%m")
    for name in ("2025-09", "2026-02"):
        for team in ("A", "B"):
            here = whole[(month == name) & (whole["team"] == team)]
            days = (here["clock_stop"] - here["clock_start"]).dt.days.to_numpy()
            found = rows[(rows["month"] == name) & (rows["group"] == team)].iloc[0]
            assert found["value"] == pytest.approx(by_hand(days, (here["rtt_status"] == "30").to_numpy()), abs=0.012)


def by_hand(days, treated, horizon=126):
    """Product over days of one less the treated among those still there: no code of ours."""
    share = 1.0
    for day in range(1, horizon + 1):
        there = np.count_nonzero(days >= day)
        share *= 1 - np.count_nonzero(treated & (days == day)) / there
    return share


def test_nothing_changes_and_nothing_is_said_to_change():
    still = ew.trend(lists_of(people(11, "stays")), "team", reference="A")
    assert still.changes["verdict"].tolist() == ["no change that this could have shown"]
    assert "would often be missed" in still.findings[0]


def test_missing_and_incomplete_months_are_shown_as_such():
    lists = lists_of(people(5, "stays"))
    del lists["2026-01-31"]
    half = lists["2026-03-31"]
    lists["2026-03-31"] = half[np.arange(len(half)) % 2 == 0]
    found = ew.trend(lists, "team", reference="A")
    on_list = found.table[found.table["series"] == "on the list"].drop_duplicates("month").set_index("month")
    assert on_list.loc["2026-01", "state"] == "missing"
    assert on_list.loc["2026-03", "state"] == "looks incomplete"
    assert found.table.query("series == 'on the list' and month == '2026-01'")["value"].isna().all()
    assert any("missing: 2026-01" in note for note in found.notes)
    assert any("looks incomplete: 2026-03-31" in note.lower() for note in found.notes)


def test_limits_and_rules_are_those_of_the_series(year):
    rows = year.table.query("series == 'on the list' and among == 'RAA' and group == 'B'")
    found = ew.statistics.special_causes(rows["difference"].to_numpy(float))
    assert rows["limit_upper"].to_numpy() == pytest.approx(found.upper)
    assert (rows["signal"] != "").tolist() == found.any.tolist()
    anew = ew.trend(lists_of(people(5, "stays")), "team", reference="A", run_rule="six_point", rebase=["2026-06"]).table
    gap = anew.query("series == 'on the list' and group == 'B'")
    assert gap["mean"].nunique() == 2


def test_charts_words_and_refusals(year, two_trusts):
    charts = year.charts()
    assert len(charts) == 2
    [sentence] = year.headlines()
    assert sentence.says in year.findings
    assert sentence.chart == charts[0].name
    assert len(year.charts_of("B", "RBB")) == 2
    assert [chart.name.split(":")[0] for chart in charts[:2]] == ["joined", "on the list"]
    assert "points" in charts[0].alt
    assert year.plot().get_ylabel() == "Gap, points (above 0: longer among B)"
    with pytest.raises(ew.errors.OptionError, match="shares over so many weeks"):
        ew.trend(two_trusts, "team", "median_weeks")
    with pytest.raises(ew.errors.OptionError, match="of which there is no list"):
        ew.trend(two_trusts, "team", rebase=["2031-01"])
    with pytest.raises(ew.errors.RefusedError, match="three months"):
        ew.trend(lists_of(people(1, a_month=30), days=DAYS[:2]), "team")
    with pytest.raises(ew.errors.ColumnsError):
        ew.trend(two_trusts, "colour")


def test_months_without_a_gap_to_show_have_a_sentence_and_no_picture(year):
    none = replace(year, table=year.table.assign(difference=np.nan))
    assert not none.charts()
    assert [sentence.chart for sentence in none.headlines()] == [""]
    on_lists = year.table["difference"].where(year.table["series"] == "on the list")
    assert [
        chart.name.split(":")[0] for chart in replace(year, table=year.table.assign(difference=on_lists)).charts()
    ] == ["on the list"]


def test_released_figures_are_all_that_is_said(year):
    again = year.made_again(year.released)
    pd.testing.assert_frame_equal(again.table, year.table)
    pd.testing.assert_frame_equal(again.changes, year.changes)
    shown = year.table["n"].dropna()
    assert (shown % 5 == 0).all()
    assert not shown.between(1, 7).any()
