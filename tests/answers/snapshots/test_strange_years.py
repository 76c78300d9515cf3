"""What strangers give to answers over time: each gets an answer that is true of the numbers, or one clear message."""

from __future__ import annotations

import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import ColumnsError, OptionError, RefusedError
from planted_years import DAYS, lists_of, people

ALONE = "A: nobody else is recorded, so there is nobody to compare with."
NO_TWO = "No two groups are recorded, so there is nothing to compare."


@pytest.fixture(scope="module")
def lists():
    return lists_of(people(3, "stays", a_month=60), days=DAYS[:9])


@pytest.mark.parametrize(("team", "says"), [("A", ALONE), (None, NO_TWO)])
def test_one_group_or_none_has_nobody_to_compare_with(lists, team, says):
    year = ew.stitch({day: each.assign(team=team) for day, each in lists.items()})
    assert ew.trend(year, "team", "over_8_weeks").findings == (says,)
    assert ew.test_of_change(year, "team", "over_8_weeks", change="2025-10-01").findings == (says,)
    decided = year.pathways.assign(decision_to_admit=year.pathways["clock_start"] + pd.Timedelta(10, "D"))
    assert ew.stages(decided, "team").findings[0] == says


def test_a_month_that_nobody_sent_is_named_by_its_own_days(lists):
    for lost in ("2025-09-30", "2026-02-28"):
        assert ew.stitch({day: each for day, each in lists.items() if day != lost}).findings == (
            (f"RAA: missing: {lost}.",) if lost in lists and lost != max(lists) else ()
        )
    later = {str(pd.Timestamp(day) + pd.offsets.MonthEnd(2))[:10]: each for day, each in lists.items()}
    later = {
        day: each.assign(snapshot_date=pd.Categorical([day] * len(each)))
        for day, each in later.items()
        if day != "2026-02-28"
    }
    assert ew.stitch(list(later.values())).findings == ("RAA: missing: 2026-02-28.",)


def test_a_column_that_is_not_there_and_a_month_as_text(lists):
    year = ew.stitch(lists)
    with pytest.raises(ColumnsError, match="trend needs the column colour"):
        ew.trend(year, "team", "over_8_weeks", each="colour")
    with pytest.raises(ColumnsError, match="test_of_change needs the column colour"):
        ew.test_of_change(year, "colour", "over_8_weeks", change="2025-10-01")
    assert len(ew.trend(year, "team", "over_8_weeks", rebase="2025-10").changes)
    with pytest.raises(OptionError, match="names 2031-01"):
        ew.trend(year, "team", "over_8_weeks", rebase="2031-01")
    with pytest.raises(RefusedError, match="three months"):
        ew.trend(list(lists.values())[:2], "team", "over_8_weeks")


def test_a_day_is_never_guessed(lists):
    with pytest.raises(OptionError, match="not a date"):
        ew.test_of_change(lists, "team", "over_8_weeks", change="01/10/2025")
    for window, says in (
        (("soon", "later"), "two dates"),
        ("2025-01-01", "two dates"),
        (("2026-01-01", "2025-01-01"), "ends on"),
    ):
        with pytest.raises(OptionError, match=says):
            ew.stages(lists, "team", window=window)


def test_referral_dates_alone_tell_of_no_way():
    raw = pd.DataFrame({"clock_start": ["2026-04-01", "2026-05-05"], "team": ["A", "B"]})
    with pytest.raises(RefusedError, match="Nobody is known to have been treated"):
        ew.stages(ew.read_list(raw, snapshot="2026-10-31"), "team")


def test_a_folder_a_list_without_its_day_and_a_name_without_one(lists, tmp_path):
    with pytest.raises(OptionError, match="is a folder"):
        ew.stitch(tmp_path)
    with pytest.raises(ColumnsError, match="lacks snapshot_date"):
        ew.stitch(next(iter(lists.values())).drop(columns="snapshot_date"))
    with pytest.raises(OptionError, match="does not hold the one day") as told:
        ew.stitch(tmp_path / "ptl.csv")
    assert "'ptl.csv' holds 0 days." in str(told.value)


def test_too_few_close_to_the_target_and_nearly_all_under_it():
    def of(days, team):
        start = pd.Timestamp("2026-09-30") - pd.to_timedelta(days, "D")
        raw = {"clock_start": start, "clock_stop": "2026-09-30", "rtt_status": "30", "team": team}
        return ew.read_list(pd.DataFrame(raw), snapshot="2026-09-30")

    few = of([120] * 5, ["A"] * 5)
    assert ew.pile_up(few, "team").findings == ("Too few people were treated close to 18 weeks to tell.",)
    further = [104, 150] * 40
    many = of([120] * 60 + [120, 135] * 20 + further, ["A"] * 60 + ["B"] * 40 + ["A", "A", "B", "B"] * 20)
    assert ew.pile_up(many, "team").findings[0].startswith("A: nearly all of those treated")
    assert ew.pile_up(many, "team", suppression="none").findings[0].startswith("A: 100% of those treated")


def test_a_mean_needs_no_people_who_were_not_treated():
    """A stage mean is withheld under 8 treated or 16 followed, and not because everybody was treated."""
    start = pd.Timestamp("2026-01-05")
    raw = {
        "clock_start": start,
        "first_attendance": start + pd.Timedelta(28, "D"),
        "clock_stop": start + pd.Timedelta(70, "D"),
    }
    teams = ["A"] * 40 + ["B"] * 40 + ["C"] * 12
    way = ew.stages(
        ew.read_list(pd.DataFrame({**raw, "rtt_status": "30", "team": teams}), snapshot="2026-10-31"), "team"
    )
    shown = (
        way.table[way.table["measure"] == "weeks_in_stage"]
        .groupby("group")["value"]
        .apply(lambda each: each.notna().all())
    )
    assert shown.to_dict() == {"A": True, "B": True, "C": False}
