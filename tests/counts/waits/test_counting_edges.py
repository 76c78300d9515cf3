"""Counts at their edges: a question asked twice, counts compared and summed, tables of other libraries."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import equiwait as ew
from equiwait.errors import InputError


def listed():
    raw = pd.DataFrame(
        {
            "clock_start": ["2026-04-01"] * 60 + ["2026-10-01"] * 40,
            "sex": ["1", "2"] * 50,
            "ethnicity": ["A", "J", "Z", ""] * 25,
        }
    )
    return ew.flag_missing(ew.read_list(raw, snapshot="2026-10-31"))


@pytest.mark.parametrize("by", [["sex", "sex"], ["sex", ("sex",)]])
def test_a_question_asked_twice_is_one_question(by):
    assert ew.count_waits(listed(), by) == ew.count_waits(listed(), "sex")
    assert ew.disparities(listed(), by, measures=["over_18_weeks"], suppression="none").table["n"].tolist() == [50, 50]


def test_counts_are_equal_by_what_they_count():
    whole = listed()
    parts = [ew.count_waits(part, ["sex", "ethnicity"]) for part in (whole.iloc[:37], whole.iloc[37:])]
    counted = ew.count_waits(whole, ["sex", "ethnicity"])
    assert sum(parts) == parts[0] + parts[1] == parts[1] + parts[0] == counted
    assert counted != parts[0]
    assert counted != 1
    with pytest.raises(TypeError):
        counted + 1


def test_tables_of_other_libraries_give_the_same_answers():
    waiting = listed().drop(columns="weeks_waiting")
    foreign = pl.from_pandas(
        waiting.astype(
            {name: "str" for name in waiting.columns if isinstance(waiting[name].dtype, pd.CategoricalDtype)}
        )
    )
    for ask in (lambda frame: ew.disparities(frame, "sex"), lambda frame: ew.completeness(frame), ew.check_list):
        pd.testing.assert_frame_equal(ask(foreign).table, ask(waiting).table, check_dtype=False)


def test_columns_of_one_name_are_refused():
    waiting = listed()
    twice = pd.concat([waiting, waiting[["sex"]]], axis=1)
    with pytest.raises(InputError, match="one name"):
        ew.disparities(twice, "sex")


@pytest.mark.parametrize("by", ["person_id", "postcode", "pathway_id", "dob", "note"])
def test_groups_that_are_persons_are_refused(by):
    raw = pd.DataFrame({
        "clock_start": ["2026-04-01"] * 60, "person_id": [f"p{i}" for i in range(60)], "pathway_id": [f"w{i}" for i in range(60)], "postcode": ["EQ1 1AA"] * 60,
        "dob": ["1950-02-01"] * 60, "note": [f"n{i}" for i in range(60)],
    })  # fmt: skip
    waiting = ew.read_list(raw, snapshot="2026-10-31").rename(columns={"date_of_birth": "date_of_birth"})
    column = "date_of_birth" if by == "dob" else by
    for ask in (ew.disparities, ew.count_waits, ew.completeness):
        with pytest.raises(ew.errors.RefusedError, match="persons apart"):
            ask(ew.flag_missing(waiting), column)
