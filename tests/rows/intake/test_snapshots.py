"""Snapshots: each row belongs to one or to none, and a wrong one is not believed."""

from __future__ import annotations

import pandas as pd
import pytest
from lists import SNAPSHOT, problems, read

import equiwait as ew
from equiwait.errors import InputError


def test_a_blank_week_in_a_stacked_file_is_counted_in_none():
    raw = pd.DataFrame(
        {
            "pathway_id": list("abcd"),
            "clock_start": ["2026-01-05"] * 4,
            "week": ["2026-10-24", "2026-10-31", "", "soon"],
        }
    )
    counts = {}
    for day in ("2026-10-24", "2026-10-31"):
        waiting = ew.read_list(raw, snapshot=day, columns={"week": "snapshot_date"})
        assert waiting["scope"].tolist()[2:] == ["unknown_snapshot"] * 2
        counts[day] = int((waiting["scope"] == "rtt_open").sum())
    assert counts == {"2026-10-24": 1, "2026-10-31": 1}
    table = ew.check_list(waiting, suppression="none").table.set_index("code")
    assert table.loc["unknown_snapshot", "rows"] == 2


def test_a_blank_beside_one_snapshot_belongs_to_it():
    waiting = read(snapshot_date=[SNAPSHOT, "", SNAPSHOT])
    assert (waiting["scope"] == "rtt_open").all()
    assert set(waiting["snapshot_date"]) == {SNAPSHOT}


def test_counting_takes_no_row_of_an_unknown_snapshot():
    waiting = read(snapshot_date=["2026-10-24", SNAPSHOT, ""], sex=["1", "1", "1"])
    counted = ew.disparities(waiting, "sex", measures=["over_18_weeks"], suppression="none").table
    assert counted["n"].max() == 1


@pytest.mark.parametrize("snapshot", ["2025-10-31", "2016-10-31", "2026-03-31"])
def test_a_snapshot_before_most_clock_starts_is_refused(snapshot):
    raw = pd.DataFrame({"clock_start": ["2026-04-01", "2026-05-01", "2026-06-01", "2016-01-01"]})
    with pytest.raises(InputError, match="Most clock starts") as caught:
        ew.read_list(raw, snapshot=snapshot)
    assert "2026-04" not in str(caught.value)
    assert caught.value.todo


def test_a_few_clock_starts_in_the_future_are_said_row_by_row():
    waiting = read(clock_start=["2026-11-01", "2026-04-01", "2026-05-01"], sex=["1"] * 3)
    assert waiting["scope"].tolist() == ["future_clock_start", "rtt_open", "rtt_open"]


@pytest.mark.parametrize(
    "header", ["Weeks Waiting", "weeks_wait", "Current Wait (Weeks)", "Wait Weeks", "weeks_waiting"]
)
def test_a_column_of_weeks_that_contradicts_ours_is_said(header):
    waiting = read(**{header: ["30", "30.4", "31", "45", "", "n/a"]})
    assert ["weeks_waiting_contradicted" in each for each in problems(waiting)] == [
        False,
        False,
        False,
        True,
        False,
        False,
    ]


def test_days_that_contradict_ours_are_said():
    waiting = read(**{"Days waiting": ["213", "214", "100"]})
    assert ["days_waiting_contradicted" in each for each in problems(waiting)] == [False, False, True]
    assert waiting["days_waiting"].tolist() == [213] * 3
