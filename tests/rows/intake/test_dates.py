"""Dates: only a time may stand behind a day, and a column as a whole may show how it was written."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lists import SNAPSHOT, problems, read, values

import equiwait as ew
from equiwait.errors import InputError
from equiwait.rows.intake import date_columns
from equiwait.rows.intake.date_columns import DateColumn
from equiwait.rows.intake.date_spellings import NO_DAY, NO_TIME, WRITTEN, spelt
from equiwait.rows.intake.date_styles import shown_by
from equiwait.rows.intake.dates import other_way, read_date, read_moment

NO_DATE = [
    "23-06-20 24", "03/04/2026 or 05/04/2026", "2026-04-01 soon", "2026-04-01 25:00", "2026-04-01 09:75", "2026-04-01 2026-04-02", "01/04/2026 (est)",
    "2026-04-01?", "2026-04-011", "1/4", "04/2026", "2026-04-01T", "2026-04-01 9", "30/02/2026", "2026-13-01", "Q1 2026", "week 12", "2026-04-01/02",
    "1st Jnue 2026", "20260431", "2026-04-01 10:00 XM", "2026/04-01", "31-04-2026", "2026-04-01 00:00:00 and later",
]  # fmt: skip
WITH_TIME = [
    "2026-04-01 9:30", "2026-04-01T09:30:15.123456789Z", "2026-04-01 09:30:00.0000000", "01/04/2026 09:30", "1/4/2026 9:30 AM", "01-APR-26 12.00.00.000000 AM",
    "Apr  1 2026 12:00AM", "April 1, 2026", "20260401T093000", "20260401093000", "2026-04-01T00:00:00+01:00", "Wed 1 Apr 2026 10:15", "1st of April 2026",
    "2026-04-01 00:00:00 UTC", "01/04/26 9 pm", "2026.04.01", "46113.999",
]  # fmt: skip


@pytest.mark.parametrize("cell", NO_DATE)
def test_only_a_time_may_follow_a_day(cell):
    waiting = read(tci_date=[cell])
    assert waiting["tci_date"].isna().all()
    assert problems(waiting) == [{"tci_date_invalid"}]


@pytest.mark.parametrize("cell", WITH_TIME)
def test_a_day_with_its_time(cell):
    assert read_date(cell) == (dt.date(2026, 4, 1), "")


# --- midnight in London, written in UTC ---


def london(*cells):
    return ew.read_list(pd.DataFrame({"clock_start": list(cells)}), snapshot=SNAPSHOT)


def test_midnight_in_london_is_put_right_where_the_whole_column_shows_it():
    waiting = london(
        "2026-06-26T23:00:00Z",
        "2026-01-10T00:00:00Z",
        "2026-08-01T23:00:00Z",
        "2026-03-28T00:00:00Z",
        "2026-03-29T23:00:00Z",
    )
    assert waiting["clock_start"].dt.strftime("%m-%d").tolist() == ["06-27", "01-10", "08-02", "03-28", "03-30"]
    moved = ["clock_start_moved_to_london_day" in each for each in problems(waiting)]
    assert moved == [True, False, True, False, True]
    assert any("23:00" in finding for finding in ew.check_list(waiting, suppression="none").findings)


def test_midnight_in_london_in_typed_columns():
    utc = pd.to_datetime(["2026-06-26 23:00", "2026-01-10 00:00", "2026-08-01 23:00"])
    sources = [
        pd.DataFrame({"clock_start": utc}),
        pd.DataFrame({"clock_start": utc.tz_localize("UTC")}),
        pl.DataFrame({"clock_start": utc.to_list()}),
        pa.table({"clock_start": pa.array(utc.tz_localize("UTC"), pa.timestamp("us", "UTC"))}),
    ]
    for source in sources:
        waiting = ew.read_list(source, snapshot=SNAPSHOT)
        assert waiting["clock_start"].dt.strftime("%m-%d").tolist() == ["06-27", "01-10", "08-02"]
        assert ["clock_start_moved_to_london_day" in each for each in problems(waiting)] == [True, False, True]


def test_a_column_with_other_times_is_left_and_said():
    waiting = london("2026-06-26T23:00:00Z", "2026-06-20T10:15:00Z")
    assert waiting["clock_start"].dt.strftime("%m-%d").tolist() == ["06-26", "06-20"]
    assert ["clock_start_may_be_next_day" in each for each in problems(waiting)] == [True, False]
    evening = london("2026-06-26 23:00:00", "2026-06-20 10:15:00")
    assert problems(evening) == [set(), set()], "eleven in the evening, without a zone, among other times"
    winter = london("2026-01-26T23:00:00Z", "2026-02-20T23:00:00Z")
    assert winter["clock_start"].dt.strftime("%m-%d").tolist() == ["01-26", "02-20"]


# --- day and month swapped by a spreadsheet ---


def test_a_spreadsheet_set_to_the_united_states_is_noticed():
    cells = ["2026-04-03", "25/04/2026", "2026-12-01", "13/02/2026", "2026-01-09"]
    waiting = read(tci_date=cells, clock_start=["2025-12-12"] * 5)
    assert ["tci_date_may_be_swapped" in each for each in problems(waiting)] == [True, False, True, False, True]
    fine = read(tci_date=["2026-04-13", "25/04/2026", "2026-12-01"], clock_start=["2025-12-12"] * 3)
    assert problems(fine) == [set()] * 3
    starts = ew.read_list(pd.DataFrame({"clock_start": ["2026-04-03", "25/04/2026", "2026-02-01"]}), snapshot=SNAPSHOT)
    assert any("United States" in finding for finding in ew.check_list(starts, suppression="none").findings)


# --- years of two digits ---


@pytest.mark.parametrize(
    ("column", "cell", "day"),
    [
        ("dob", "01/01/28", "1928-01-01"), ("dob", "31/12/26", "1926-12-31"), ("dob", "30/10/26", "2026-10-30"), ("dob", "15/05/61", "1961-05-15"),
        ("due_date", "01/01/28", "2028-01-01"), ("tci_date", "4 Jan 27", "2027-01-04"), ("developmental_window", "01/01/40", "2040-01-01"),
        ("priority_date", "05/06/26", "2026-06-05"), ("decision_to_admit", "05/06/99", "1999-06-05"),
    ],
)  # fmt: skip
def test_years_of_two_digits_pivot_on_the_column_and_the_snapshot(column, cell, day):
    name = {"dob": "date_of_birth"}.get(column, column)
    assert read(**{column: [cell]})[name].dt.strftime("%Y-%m-%d").tolist() == [day]


def test_the_pivot_moves_with_the_snapshot():
    raw = pd.DataFrame({"clock_start": ["2019-04-01"], "dob": ["01/01/24"]})
    assert ew.read_list(raw, snapshot="2019-10-31")["date_of_birth"].dt.year.tolist() == [1924]
    assert ew.read_list(raw, snapshot="2026-10-31")["date_of_birth"].dt.year.tolist() == [2024]


def test_an_open_end_of_two_digits_closes_nobody():
    waiting = read(clock_stop=["31/12/99", "31/12/9999", "9999-12-31 00:00:00", "31-12-99"])
    assert waiting["clock_stop"].isna().all()
    assert (waiting["scope"] == "rtt_open").all()


# --- types ---


def test_dates_of_every_type_are_read():
    days = [dt.date(2026, 4, 1), None, dt.date(2026, 5, 4)]
    moments = pd.Series(pd.to_datetime(["2026-04-01 09:30:00.123456", None, "2026-05-04"], format="ISO8601"))
    columns = {
        "object dates": pd.Series(days, dtype=object), "object moments": pd.Series(list(moments.astype(object)), dtype=object), "nanoseconds": moments.astype("datetime64[ns]"),
        "milliseconds": moments.astype("datetime64[ms]"), "zone": moments.dt.tz_localize("Europe/London"), "periods": pd.Series(pd.PeriodIndex(["2026-04-01", None, "2026-05-04"], freq="D")),
        "arrow date32": pd.Series(days, dtype=pd.ArrowDtype(pa.date32())), "arrow date64": pd.Series(days, dtype=pd.ArrowDtype(pa.date64())),
        "arrow ns": moments.astype(pd.ArrowDtype(pa.timestamp("ns"))), "categories": pd.Series(pd.Categorical(moments)),
        "integers": pd.Series([20260401, None, 20260504], dtype="Int64"), "floats": pd.Series([20260401.0, None, 20260504.0]), "text": pd.Series(["2026-04-01", None, "2026-05-04"]),
        "mixed": pd.Series([dt.date(2026, 4, 1), None, "04/05/2026"], dtype=object),
    }  # fmt: skip
    for name, column in columns.items():
        waiting = ew.read_list(pd.DataFrame({"clock_start": column}), snapshot=SNAPSHOT)
        assert values(waiting["days_waiting"]) == [213, None, 180], name
    for table in (
        pa.table({"clock_start": pa.array(moments, pa.timestamp("ns"), from_pandas=True)}),
        pa.table({"clock_start": pa.array(days, pa.date64())}),
        pl.DataFrame({"clock_start": pl.from_pandas(moments)}),
    ):
        assert values(ew.read_list(table, snapshot=SNAPSHOT)["days_waiting"]) == [213, None, 180]


def test_parquet_of_fine_moments(tmp_path):
    table = pa.table(
        {
            "clock_start": pa.array([dt.datetime(2026, 4, 1, 9, 30, 0, 123456)], pa.timestamp("us")),
            "Seen": pa.array([dt.datetime(2026, 4, 1, 9, 30, 0, 1)], pa.timestamp("us")),
        }
    )
    pq.write_table(table, tmp_path / "fine.parquet")
    waiting = ew.read_list(tmp_path / "fine.parquet", snapshot=SNAPSHOT)
    assert waiting["days_waiting"].tolist() == [213]
    assert waiting["Seen"].tolist() == [pd.Timestamp("2026-04-01 09:30:00.000001")], (
        "a column of the user's own keeps its fractions"
    )


def test_lengths_of_time_are_no_dates():
    waiting = read(tci_date=pd.to_timedelta([1, 2], unit="D"))
    assert waiting["tci_date"].isna().all()
    assert problems(waiting) == [{"tci_date_invalid"}] * 2


@given(cell=st.text(max_size=24))
def test_whatever_stands_in_a_cell_it_is_a_day_or_wrong(cell):
    day, wrong = read_date(cell)
    assert (day is None) == bool(wrong)


@given(
    day=st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31)),
    behind=st.sampled_from([" 24", " or", " x", "-", " 1", " 2026", "/26", " 10:00 10:00", "  ?"]),
)
def test_a_day_and_anything_but_a_time_is_no_day(day, behind):
    for cell in (day.isoformat(), day.strftime("%d/%m/%Y"), day.strftime("%d-%m-%y"), day.strftime("%d %b %Y")):
        found = read_moment(cell + behind)
        assert found.day is None


def test_the_message_of_swapped_columns_shows_no_date():
    with pytest.raises(InputError) as caught:
        ew.read_list(pd.DataFrame({"clock_start": ["04/25/2026", "04/05/2026"]}), snapshot=SNAPSHOT)
    assert "25" not in str(caught.value)


# --- usual spellings, read many at once ---


def test_an_open_end_an_hour_before_midnight_is_no_date():
    raw = ["9999-12-31 23:00:00", "2026-06-01 23:00:00", ""]
    typed = pd.Series([dt.datetime.fromisoformat(cell) if cell else None for cell in raw]).astype("datetime64[s]")
    beyond = pa.array([253_402_383_600, 1_780_354_800, None], pa.timestamp("s"))
    for column in (raw, typed, pd.Series(beyond, dtype=pd.ArrowDtype(beyond.type))):
        waiting = read(due_date=column)
        assert waiting["due_date"].isna().tolist() == [True, False, True]


MARKS = st.sampled_from(["-", "/", ".", " ", "", "--", "- ", ",", "x"])
TIMES = st.sampled_from(
    ["", " 00:00:00", " 23:00:00", "T09:30", " 9:30", " 09.30.60", " 24:00", " 10:60", " 10:00:61", " 23:00:00.000", " 12:00:00,001", " 0930", " 1:30 PM", "Z"]
)  # fmt: skip
MONTHS = st.sampled_from(["Jan", "feb", "MAR", "Sept", "sep", "oKt", "Dec", "January", "May", "13", "12", "04", "7"])


@st.composite
def spellings(draw):
    """Days as files write them, and nearly so."""
    year, month, day = draw(st.integers(0, 9999)), draw(st.integers(0, 14)), draw(st.integers(0, 33))
    one, two = draw(MARKS), draw(MARKS)
    two = draw(st.sampled_from([one, one, one, two]))
    cell = draw(
        st.sampled_from(
            [
                f"{year:04}{one}{month:02}{two}{day:02}", f"{day:02}{one}{month:02}{two}{year:04}", f"{day:02}{one}{draw(MONTHS)}{two}{year:04}",
                f"{day}{one}{month}{two}{year}", f"{day:02}{one}{month:02}{two}{year % 100:02}", f"{day:02}{one}{draw(MONTHS)}{two}{year % 100:02}",
                f"{draw(st.integers(0, 99_999)):05}", f"{year:04}{month:02}{day:02}",
            ]
        )
    )  # fmt: skip
    return draw(st.sampled_from(["", "", "", " ", "\N{ZERO WIDTH SPACE}"])) + cell + draw(TIMES)


ODD = st.sampled_from(
    [
        "",
        "20\N{FULLWIDTH DIGIT TWO}6-10-31",
        "2026-02-29",
        "0000-01-01",
        "9999-12-31 23:00:00",
        "#####",
        "N/K",
        "31/12/99",
        None,
    ]
)
CELLS = st.lists(spellings() | ODD | st.dates().map(str) | st.text(max_size=24), max_size=16)


@given(cells=CELLS, start=st.integers(0, 3), order=st.sampled_from(["day_first", "month_first"]))
def test_usual_spellings_read_together_are_those_read_one_by_one(cells, start, order):
    found = spelt(pa.array(cells, pa.string())[start:], order)
    for cell, day, other, seconds, written in zip(cells[start:], *map(list, found), strict=True):
        if day == NO_DAY:
            assert (other, seconds, written) == (NO_DAY, NO_TIME, 0)
            continue
        one, two = read_moment(cell, order), read_moment(cell, other_way(order))
        since = [(each.day - dt.date(1970, 1, 1)).days if each.day else NO_DAY for each in (one, two)]
        assert (one.written, one.offset, since) == (WRITTEN[written], None, [day, other])
        assert one.seconds == (None if seconds == NO_TIME else seconds)


@pytest.mark.parametrize("time", ["", " 09:30", "T09:30:15", " 23:00:00.000", " 9.30", "Z"])
@pytest.mark.parametrize(
    "cell",
    ["2026-10-31", "2026/10/31", "31/10/2026", "31.10.2026", "31 10 2026", "31-Oct-2026", "31 OCT 2026", "46326"],
)
def test_usual_spellings_are_read_together(cell, time):
    many = time not in (" 9.30", "Z") and (not time or cell != "46326")
    assert (spelt(pa.array([cell + time]), "day_first").days[0] != NO_DAY) == many


@given(
    cells=CELLS,
    name=st.sampled_from(["clock_start", "clock_stop", "date_of_birth"]),
    order=st.sampled_from(["day_first", "month_first"]),
    kind=st.sampled_from([pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]),
)
def test_a_column_read_together_is_the_column_read_cell_by_cell(cells, name, order, kind):
    raw, answers = pa.array(cells, pa.string()).cast(kind), []
    for read_together in (spelt, lambda texts, order: spelt(pa.nulls(len(texts), pa.string()), order)):
        column, noted = DateColumn(name, order, dt.date(2026, 10, 31)), {}
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(date_columns, "spelt", read_together)
            column.look(raw)
            read_so = column.read(raw, noted).to_pylist()
        answers.append((column.style, read_so, {code: rows.tolist() for code, rows in noted.items()}))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "cells",
    [
        ["2026-06-26T23:00:00", "2026-01-10 00:00:00", "2026-08-01 23:00", "01/09/2026 00:00:00"],
        ["2026-06-26T23:00:00", "2026-01-10 00:00:00", "2026-08-01 23:00", "31-May-2026 23:00:00", "2026-05-04"],
        ["2026-04-03", "25/04/2026", "2026-12-01", "13/02/2026", "46085", "2026-01-09 00:00:00"],
        ["03/04/2026", "04/04/2026", "03/25/2026", "01/02/2026"],
        ["03/04/2026", "04/04/2026", "01/02/2026"],
    ],
)
def test_what_a_column_shows_is_what_its_cells_show(cells):
    column = DateColumn("tci_date", "day_first", dt.date(2026, 10, 31))
    pairs = [(column._moment(cell), column._other(cell)) for cell in cells]
    assert column.shows(pa.array(cells)) == shown_by(pairs)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_value_that_stands_in_no_row_does_not_say_how_the_others_are_written(kind):
    cells = pa.array(["03/04/2026", "12/31/2025"], kind)
    dates = pa.DictionaryArray.from_arrays(pa.array([0, 0, None], pa.int32()), cells)
    waiting = ew.read_list(pa.table({"clock_start": dates}), snapshot="2026-10-31")
    assert waiting["row_problems"].tolist() == ["clock_start_ambiguous", "clock_start_ambiguous", "clock_start_missing"]
