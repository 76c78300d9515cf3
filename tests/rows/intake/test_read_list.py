"""`read_list`: nobody's row is lost, every cell means what its column says, and every row says its scope."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import equiwait as ew
from equiwait.errors import ColumnsError, InputError, OptionError
from equiwait.frames import from_any
from equiwait.rows.intake.dates import read_date
from equiwait.rows.intake.scopes import SCOPES, derive

SNAPSHOT = "2026-10-31"
TODAY = dt.date(2026, 10, 31)


def one(**cells):
    """Read a list of one row and return that row."""
    raw = pd.DataFrame({"clock_start": ["2026-04-01"], **{name: [value] for name, value in cells.items()}})
    return ew.read_list(raw, snapshot=SNAPSHOT).iloc[0]


# --- days, as NHS England counts them ---


@pytest.mark.parametrize(
    ("days", "over"),
    [(126, None), (127, 18), (364, 18), (365, 52), (455, 52), (456, 65), (546, 65), (547, 78), (728, 78), (729, 104)],
)
def test_days_are_never_rounded_into_weeks(days, over):
    waiting = ew.read_list(
        pd.DataFrame({"clock_start": [(TODAY - dt.timedelta(days=days)).isoformat()]}), snapshot=TODAY
    )
    assert waiting["days_waiting"].iloc[0] == days
    assert waiting["weeks_waiting"].iloc[0] == pytest.approx(days / 7)
    passed = [weeks for weeks in (18, 52, 65, 78, 104) if waiting["days_waiting"].iloc[0] > 7 * weeks]
    assert (passed or [None])[-1] == over


# --- dates ---


@given(day=st.dates(dt.date(1990, 1, 1), dt.date(2026, 12, 31)))
def test_one_day_in_any_spelling(day):
    serial = (day - dt.date(1899, 12, 30)).days
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][day.month - 1]
    spellings = [
        day.isoformat(), f"{day:%Y/%m/%d}", f"{day:%Y%m%d}", f"{day:%d/%m/%Y}", f"{day.day}/{day.month}/{day.year}", f"{day:%d.%m.%Y}",
        f"{day:%d-%m-%Y}", f"{day.day} {month} {day.year}", f"{day:%d}-{month.upper()}-{day.year}", f"{day.isoformat()} 00:00:00",
        f"{day.isoformat()}T23:59:59", f"{day:%d/%m/%Y} 14:05", str(serial), f"{serial}.5", f" {day.isoformat()} ",
    ]  # fmt: skip
    assert {read_date(cell)[0] for cell in spellings} == {day}


@pytest.mark.parametrize(
    "cell", ["soon", "31/02/2026", "2026-13-01", "1975", "0", "99999999", "12/2026", "tomorrow 1 May", "1.5"]
)
def test_what_is_no_date_is_said(cell):
    row = one(tci_date=cell)
    assert pd.isna(row["tci_date"])
    assert "tci_date_invalid" in row["row_problems"]


def test_open_ends_and_defaults_are_no_dates():
    row = one(clock_stop="9999-12-31", tci_date="1900-01-01")
    assert row["scope"] == "rtt_open"
    assert pd.isna(row["clock_stop"])
    assert "clock_stop" not in row["row_problems"]
    assert "tci_date_implausible" in row["row_problems"]


def test_month_first_is_asked_about_not_guessed():
    american = pd.DataFrame({"clock_start": ["04/25/2026", "04/05/2026"]})
    with pytest.raises(InputError, match="month_first") as caught:
        ew.read_list(american, snapshot=SNAPSHOT)
    assert "25" not in str(caught.value)
    read = ew.read_list(american, snapshot=SNAPSHOT, date_order="month_first")
    assert read["clock_start"].dt.strftime("%m-%d").tolist() == ["04-25", "04-05"]


def test_one_swapped_date_among_day_first_ones_is_a_problem_of_its_row():
    waiting = ew.read_list(pd.DataFrame({"clock_start": ["25/04/2026", "04/25/2026"]}), snapshot=SNAPSHOT)
    assert waiting["row_problems"].tolist() == ["", "clock_start_missing;clock_start_other_order"]
    assert waiting["scope"].tolist() == ["rtt_open", "unknown_clock_start"]


# --- codes ---


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("P2", "P2"), ("p2", "P2"), ("P 2", "P2"), ("P-2", "P2"), (" 2 ", "P2"), ("Priority 2", "P2"), ("2 - within 4 weeks", "P2"),
        ("P1a", "P1a"), ("1A", "P1a"), ("p1 B", "P1b"), ("P1", "P1"), ("3.0", "P3"), ("P4", "P4"), ("P7", "invalid"), ("urgent", "invalid"),
        ("P2a", "invalid"), ("", None), ("  ", None), ("NULL", None),
    ],
)  # fmt: skip
def test_p_codes_in_any_spelling(cell, code):
    read = one(**{"P code": cell})["priority"]
    assert read == code if code else pd.isna(read)


def test_p5_and_p6_are_choices_and_d_codes_are_tests_not_urgency():
    for cell in ("P5", "p 6", "6"):
        row = one(**{"P code": cell})
        assert pd.isna(row["priority"])
        assert row["patient_choice"] == f"P{cell[-1]}"
        assert row["row_problems"] == ""
    row = one(**{"P code": "D2"})
    assert (pd.isna(row["priority"]), row["diagnostic_priority"], row["row_problems"]) == (True, "D2", "")


def test_bare_numbers_under_priority_are_asked_about():
    raw = pd.DataFrame({"clock_start": ["2026-04-01"] * 3, "Priority": ["1", "2", "3"]})
    with pytest.raises(InputError, match="two ways") as caught:
        ew.read_list(raw, snapshot=SNAPSHOT)
    assert "columns={'Priority': 'priority'}" in str(caught.value)
    as_p = ew.read_list(raw, snapshot=SNAPSHOT, columns={"Priority": "priority"})
    assert as_p["priority"].tolist() == ["P1", "P2", "P3"]
    as_referral = ew.read_list(raw, snapshot=SNAPSHOT, columns={"Priority": "referral_priority"})
    assert as_referral["referral_priority"].tolist() == ["1", "2", "3"]
    assert "priority" not in as_referral


def test_clear_p_codes_under_priority_are_read():
    raw = pd.DataFrame({"clock_start": ["2026-04-01"] * 2, "Priority": ["P2", "3"]})
    assert ew.read_list(raw, snapshot=SNAPSHOT)["priority"].tolist() == ["P2", "P3"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("A", "A"), ("a1", "A"), ("C*", "C"), ("S2", "S"), ("Z", "Z"), ("99", "99"), ("9", "99"), ("X", "99"), ("Pakistani", "J"),
        ("White - British", "A"), ("White: British", "A"), ("A: British", "A"), ("Any other Asian background", "L"), ("Not stated", "Z"), ("Asian - British", "invalid"), ("Black African", "N"),
        ("I", "invalid"), ("O", "invalid"), ("Q", "invalid"), ("4", "invalid"), ("martian", "invalid"), ("", None),
    ],
)  # fmt: skip
def test_ethnicity_is_the_first_character_and_its_silences_stay_apart(cell, code):
    read = one(ethnicity=cell)["ethnicity"]
    assert read == code if code else pd.isna(read)


def test_every_code_of_the_official_list_is_known(shared_data):
    official = pd.read_csv(shared_data / "code_lists" / "ethnic_category_2001.csv", dtype=str)
    for code, description in zip(official["code"], official["description"], strict=True):
        assert one(ethnicity=code)["ethnicity"] == code
        assert one(ethnicity=description)["ethnicity"] == code
    statuses = pd.read_csv(shared_data / "code_lists" / "rtt_period_status_codes.csv", dtype=str)
    for code in statuses["code"]:
        assert one(rtt_status=code)["rtt_status"] == code


def test_dirty_values_observed_in_the_national_data_are_read_or_said(shared_data):
    observed = pd.read_csv(
        shared_data / "code_lists" / "wlmds_observed_dirty_values_opensafely_tpp.csv", dtype=str, keep_default_na=False
    )
    kinds = observed.loc[observed["column_name"] == "Waiting_List_Type", "column_value"]
    documented = {
        "ORTT": "ORTT",
        "PTLO": "ORTT",
        "RTTO": "ORTT",
        "PTL0": "ORTT",
        "IRTT": "IRTT",
        "PTLI": "IRTT",
        "RTTI": "IRTT",
        "PTL1": "IRTT",
        "ONON": "ONON",
        "INON": "INON",
    }
    for cell in kinds:
        row = one(Waiting_List_Type=cell)
        if cell.strip() in ("", "NULL"):
            assert pd.isna(row["list_type"])
        else:
            assert row["list_type"] == documented.get(cell, "invalid")
            assert ("list_type_invalid" in row["row_problems"]) == (cell not in documented)
    for cell in observed.loc[observed["column_name"] == "PRIORITY_TYPE_CODE", "column_value"]:
        read = one(PRIORITY_TYPE_CODE=cell)["referral_priority"]
        assert pd.isna(read) if not cell.strip() else read == (cell if cell in "123" else "invalid")


def test_sex_codes_are_kept_apart():
    assert [one(Gender=cell)["sex"] for cell in ("1", "2", "9", "X", "0", "F", "male", "q")] == [
        "1",
        "2",
        "9",
        "X",
        "0",
        "2",
        "1",
        "invalid",
    ]


def test_flags_say_what_a_blank_means_only_if_told():
    raw = pd.DataFrame({"clock_start": ["2026-04-01"] * 4, "LD flag": ["Y", "", "N", "perhaps"]})
    plain = ew.read_list(raw, snapshot=SNAPSHOT)["learning_disability"]
    assert plain.isna().tolist() == [False, True, False, True]
    told = ew.read_list(raw, snapshot=SNAPSHOT, blank_means={"learning_disability": "no"})
    assert told["learning_disability"].isna().tolist() == [False, False, False, True]
    assert told["row_problems"].tolist() == [
        "",
        "learning_disability_blank_read_as_no",
        "",
        "learning_disability_invalid",
    ]
    with pytest.raises(OptionError, match="Did you mean"):
        ew.read_list(raw, snapshot=SNAPSHOT, blank_means={"learning_disabilty": "no"})


# --- headers ---


def test_wlmds_names_in_any_case(shared_data):
    names = pd.read_csv(shared_data / "code_lists" / "wlmds_open_pathways_columns_icb_view.csv")["column"]
    raw = pd.DataFrame({name: ["1"] for name in names})
    raw["referral_to_treatment_period_start_date"] = "2026-04-01"
    raw["week_ending_date"] = SNAPSHOT
    read = ew.read_list(raw, snapshot=SNAPSHOT, profile="wlmds")
    wanted = {
        "snapshot_date", "person_id", "sex", "ethnicity", "area_code", "age", "commissioner", "list_type", "provider", "site", "referral_received",
        "clock_start", "clock_stop", "referral_id", "pathway_id", "pathway_issuer", "specialty", "consultant", "due_date", "tci_date", "rtt_status",
        "decision_to_admit", "procedure", "referral_priority", "priority", "diagnostic_priority", "priority_date", "last_validated", "cancer_pathway",
    }  # fmt: skip
    assert wanted <= set(read.columns)
    assert len(read) == 1


def test_columns_maps_either_way_and_refuses_nonsense():
    raw = pd.DataFrame({"Joined the queue": ["2026-04-01"], "Favourite colour": ["blue"]})
    for given_columns in ({"Joined the queue": "clock_start"}, {"clock_start": "joined_the_queue"}):
        read = ew.read_list(raw, snapshot=SNAPSHOT, columns=given_columns)
        assert read["days_waiting"].tolist() == [213]
        assert read["Favourite colour"].tolist() == ["blue"]
    with pytest.raises(ColumnsError, match="clock_start"):
        ew.read_list(raw, snapshot=SNAPSHOT)
    with pytest.raises(ColumnsError, match="Did you mean"):
        ew.read_list(raw, snapshot=SNAPSHOT, columns={"Joined the queue": "clock_strat"})
    with pytest.raises(OptionError, match="profile"):
        ew.read_list(raw, snapshot=SNAPSHOT, profile="ptl")


def test_a_column_of_the_users_own_keeps_a_taken_name_beside():
    raw = pd.DataFrame({"clock_start": ["2026-04-01"], "days_waiting": ["9"]})
    read = ew.read_list(raw, snapshot=SNAPSHOT)
    assert (read["days_waiting"].iloc[0], read["days_waiting_in_source"].iloc[0]) == (213, "9")


# --- scope ---


@pytest.mark.parametrize(
    ("cells", "scope"),
    [
        ({}, "rtt_open"),
        ({"clock_stop": "2026-05-01"}, "closed"),
        ({"clock_stop": "2026-11-05"}, "rtt_open"),
        ({"rtt_status": "30"}, "closed"), ({"rtt_status": "20"}, "rtt_open"), ({"rtt_status": "91"}, "non_rtt"),
        ({"list_type": "ONON"}, "non_rtt"), ({"list_type": "Planned"}, "planned"),
        ({"list_type": "Planned", "due_date": "2026-01-01"}, "planned_overdue"), ({"list_type": "Diagnostic"}, "diagnostic"),
        ({"list_type": "PLTI"}, "rtt_open"), ({"snapshot_date": "2026-09-30"}, "other_snapshot"),
        ({"clock_start": ""}, "unknown_clock_start"), ({"clock_start": "2026-11-01"}, "future_clock_start"),
        ({"clock_start": "2026-10-31"}, "rtt_open"),
    ],
)  # fmt: skip
def test_scope(cells, scope):
    raw = pd.DataFrame([{"clock_start": "2026-04-01", **cells}, {"clock_start": "2026-04-01"}]).fillna("")
    assert ew.read_list(raw, snapshot=SNAPSHOT)["scope"].iloc[0] == scope


def test_how_a_wait_ended_comes_from_its_status():
    raw = pd.DataFrame(
        {
            "clock_start": ["2026-04-01"] * 5,
            "rtt_status": ["30", "34", "36", "20", ""],
            "clock_stop": ["2026-05-01"] * 3 + ["", "2026-05-01"],
        }
    )
    read = ew.read_list(raw, snapshot=SNAPSHOT)
    assert read["stop_reason"].astype(object).where(read["stop_reason"].notna(), None).tolist() == [
        "treated",
        "left_otherwise",
        "died",
        None,
        "unknown",
    ]
    assert read["days_waiting"].tolist() == [30, 30, 30, 213, 30]


def test_the_latest_submission_counts_and_the_others_stay():
    raw = pd.DataFrame({
        "pathway_id": ["a", "a", "a", "b", ""], "clock_start": ["2026-04-01"] * 5, "derSubmissionId": ["9", "10", "8", "1", "1"], "who": list("vwxyz"),
    })  # fmt: skip
    read = ew.read_list(raw, snapshot=SNAPSHOT)
    assert read["scope"].tolist() == ["duplicate", "rtt_open", "duplicate", "rtt_open", "rtt_open"]
    assert read["who"].tolist() == list("vwxyz")


def test_a_new_clock_or_another_provider_is_no_duplicate():
    raw = pd.DataFrame(
        {
            "pathway_id": ["a", "a", "a"],
            "clock_start": ["2026-04-01", "2026-05-01", "2026-04-01"],
            "provider": ["X", "X", "Y"],
        }
    )
    assert (ew.read_list(raw, snapshot=SNAPSHOT)["scope"] == "rtt_open").all()


def test_stacked_snapshots_are_selected_and_a_wrong_one_is_named():
    raw = pd.DataFrame(
        {"pathway_id": ["a", "a"], "clock_start": ["2026-04-01"] * 2, "snapshot_date": ["2026-09-30", "2026-10-31"]}
    )
    assert ew.read_list(raw, snapshot=SNAPSHOT)["scope"].tolist() == ["other_snapshot", "rtt_open"]
    with pytest.raises(InputError, match="2026-10-31"):
        ew.read_list(raw, snapshot="2026-08-31")


def test_age_on_the_day_and_bands():
    raw = pd.DataFrame(
        {
            "clock_start": ["2026-04-01"] * 5,
            "dob": ["31/10/2007", "01/11/2007", "31/10/1961", "01/11/1961", "01/01/2030"],
        }
    )
    read = ew.read_list(raw, snapshot=SNAPSHOT)
    assert read["age"].tolist()[:4] == [19, 18, 65, 64]
    assert read["age_band"].tolist()[:4] == ["19-64", "0-18", "65+", "19-64"]
    assert pd.isna(read["age"].iloc[4])
    assert "date_of_birth_in_future" in read["row_problems"].iloc[4]


# --- files and frames ---


def test_every_kind_of_source_gives_the_same_list(tmp_path):
    raw = pd.DataFrame(
        {
            "Pathway ID": ["a", "b", "c"],
            "RTT start": ["01/04/2026", "2026-05-04", ""],
            "P code": ["P2", "", "x"],
            "Note": ["NA", "null", ""],
        }
    )
    (tmp_path / "utf8.csv").write_bytes(raw.to_csv(index=False).encode("utf-8-sig"))
    (tmp_path / "semicolon.csv").write_text(raw.to_csv(index=False, sep=";"))
    (tmp_path / "titled.csv").write_text("October list,,,\n,,,\n" + raw.to_csv(index=False))
    (tmp_path / "tabs.txt").write_text(raw.to_csv(index=False, sep="\t"), encoding="utf-16")
    (tmp_path / "old.csv").write_bytes((raw.to_csv(index=False) + "d,2026-05-04,P2,caf\xe9\n").encode("cp1252"))
    with pd.ExcelWriter(tmp_path / "book.xlsx") as book:
        pd.DataFrame({"About": ["this book"]}).to_excel(book, sheet_name="Cover", index=False)
        raw.to_excel(book, sheet_name="PTL", index=False, startrow=3)
    raw.replace("", None).to_parquet(tmp_path / "list.parquet")
    sources = [
        tmp_path / name for name in ("utf8.csv", "semicolon.csv", "titled.csv", "tabs.txt", "book.xlsx", "list.parquet")
    ]
    sources += [raw, pa.Table.from_pandas(raw), pl.from_pandas(raw), duckdb.from_df(raw), str(tmp_path / "utf8.csv")]
    expected = ew.read_list(raw, snapshot=SNAPSHOT)
    for source in sources:
        read = ew.read_list(source, snapshot=SNAPSHOT)
        pd.testing.assert_frame_equal(read.drop(columns="Note"), expected.drop(columns="Note"))
        assert read["Note"].tolist()[:2] == ["NA", "null"], "only the empty cell is missing"
    assert ew.read_list(tmp_path / "old.csv", snapshot=SNAPSHOT)["Note"].iloc[3] == "caf\xe9"


def test_typed_spreadsheet_cells(tmp_path):
    raw = pd.DataFrame({
        "Pathway ID": [101, 102], "RTT start": [pd.Timestamp("2026-04-01"), pd.Timestamp("2026-05-04 09:30")], "Age": [44, 9], "LD flag": [True, False],
    })  # fmt: skip
    raw.to_excel(tmp_path / "typed.xlsx", index=False)
    for source in (tmp_path / "typed.xlsx", raw):
        read = ew.read_list(source, snapshot=SNAPSHOT)
        assert read["pathway_id"].tolist() == ["101", "102"]
        assert read["days_waiting"].tolist() == [213, 180]
        assert read["learning_disability"].tolist() == [True, False]
        assert read["age"].tolist() == [44, 9]


def test_the_index_of_a_frame_is_kept():
    raw = pd.DataFrame({"clock_start": ["2026-04-01", "2026-05-01"]}, index=["x", "y"])
    before = raw.copy()
    read = ew.read_list(raw, snapshot=SNAPSHOT)
    assert read.index.tolist() == ["x", "y"]
    pd.testing.assert_frame_equal(raw, before)


def test_reading_a_list_twice_changes_nothing():
    raw = pd.DataFrame(
        {
            "pathway_id": ["a", "b"],
            "clock_start": ["2026-04-01", "2026-05-01"],
            "ethnicity": ["A", "?"],
            "P code": ["P2", "P6"],
            "sex": ["1", ""],
        }
    )
    once = ew.read_list(raw, snapshot=SNAPSHOT)
    twice = ew.read_list(once, snapshot=SNAPSHOT)
    pd.testing.assert_frame_equal(twice[["clock_start", "ethnicity", "priority", "patient_choice", "sex", "scope", "days_waiting"]],
                                  once[["clock_start", "ethnicity", "priority", "patient_choice", "sex", "scope", "days_waiting"]])  # fmt: skip


def test_refusals_are_one_clear_message(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "headers.csv").write_text("Pathway ID,RTT start\n")
    (tmp_path / "ragged.csv").write_text("Pathway ID,RTT start\na,2026-04-01\nSECRET,2026-04-01,more\n")
    (tmp_path / "twice.csv").write_text("RTT start,RTT start\n2026-04-01,2026-04-01\n")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    (tmp_path / "fake.xlsx").write_text("no workbook")
    (tmp_path / "list.docx").write_text("x")
    pd.DataFrame({"Budget": [1], "Ward": ["SECRET"]}).to_excel(tmp_path / "other.xlsx", index=False)
    pd.DataFrame({"RTT start": ["never", "SECRET"]}).to_csv(tmp_path / "undated.csv", index=False)
    cases = {
        "nothing.csv": "no file", "empty.csv": "is empty", "headers.csv": "no rows", "ragged.csv": "not fit", "twice.csv": "more than once",
        "binary.csv": "not a text file", "fake.xlsx": "workbook", "list.docx": "not a kind of file", "other.xlsx": "looks like a waiting list",
        "undated.csv": "No row has a clock start",
    }  # fmt: skip
    for name, words in cases.items():
        with pytest.raises(InputError, match=words) as caught:
            ew.read_list(tmp_path / name, snapshot=SNAPSHOT)
        assert "SECRET" not in str(caught.value)
        assert caught.value.__context__ is None
        assert caught.value.todo, f"{name}: the message does not say what to do"
    with pytest.raises(OptionError, match="snapshot"):
        ew.read_list(pd.DataFrame({"clock_start": ["2026-04-01"]}), snapshot="31/10/2026")
    with pytest.raises(InputError, match="not a table"):
        ew.read_list(42, snapshot=SNAPSHOT)


# --- properties ---

cells = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(["2026-04-01", "P2", "A", "Y", "9999-12-31", "30", "ORTT", "EQ1 1AA", "x" * 40]),
)


@given(
    rows=st.lists(st.tuples(cells, cells, cells, cells, cells), min_size=1, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_no_row_is_lost_whatever_the_cells(rows, order):
    names = ["pathway_id", "ethnicity", "priority", "clock_stop", "list_type"]
    raw = pd.DataFrame(rows, columns=names).assign(clock_start="2026-04-01", row=np.arange(len(rows)))
    raw["priority"] = raw["priority"].where(raw["priority"].notna(), "P2")
    columns = {"priority": "priority"}
    read = ew.read_list(raw, snapshot=SNAPSHOT, columns=columns)
    assert read["row"].tolist() == raw["row"].tolist()
    assert set(read["scope"]) <= set(SCOPES)
    shuffled = raw.sample(frac=1, random_state=order.randint(0, 99))
    again = ew.read_list(shuffled, snapshot=SNAPSHOT, columns=columns).sort_values("row")
    cellwise = [
        name for name in read.columns if name != "scope"
    ]  # which of two equal submissions is the last depends on the file
    pd.testing.assert_frame_equal(
        again[cellwise].reset_index(drop=True).astype(object), read[cellwise].astype(object), check_categorical=False
    )
    assert (again["scope"] == "duplicate").sum() == (read["scope"] == "duplicate").sum()


# --- found by a reader with fresh eyes ---


def test_a_day_with_a_time_zone_is_the_day_on_the_wall():
    days = pd.to_datetime(["2026-06-27", "2026-12-27"]).tz_localize("Europe/London")
    for source in (pd.DataFrame({"clock_start": days}), pl.DataFrame({"clock_start": pl.from_pandas(pd.Series(days))})):
        assert ew.read_list(source, snapshot=SNAPSHOT)["days_waiting"].tolist()[0] == 126


def test_a_foreign_category_with_a_gap_is_read():
    raw = pl.DataFrame({"clock_start": ["2026-01-01"] * 2, "own": pl.Series(["A", None], dtype=pl.Categorical)})
    assert ew.read_list(raw, snapshot=SNAPSHOT)["own"].isna().tolist() == [False, True]


def test_dates_that_could_be_read_either_way_are_said():
    raw = pd.DataFrame({"clock_start": ["01/02/2026", "03/04/2026", "05/05/2026"]})
    read = ew.read_list(raw, snapshot=SNAPSHOT)
    assert read["row_problems"].tolist() == ["clock_start_ambiguous", "clock_start_ambiguous", ""]
    settled = pd.concat([raw, pd.DataFrame({"clock_start": ["25/04/2026"]})], ignore_index=True)
    assert set(ew.read_list(settled, snapshot=SNAPSHOT)["row_problems"]) == {""}
    mixed = pd.concat([settled, pd.DataFrame({"clock_start": ["04/25/2026"]})], ignore_index=True)
    assert ew.read_list(mixed, snapshot=SNAPSHOT)["row_problems"].str.contains("clock_start_ambiguous").tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert "clock_start_ambiguous" in set(ew.check_list(read, suppression="none").table["code"])


def test_an_age_that_nobody_can_have_has_no_band_however_far_off_it_is():
    ages = [-600, -256, -136, -128, -1, 0, 120, 121, 377, 2**31 - 1]
    columns, problems = {"age": pa.array(ages, pa.int32())}, {}
    derive(columns, len(ages), dt.date(2026, 10, 31), problems)
    assert columns["age_band"].to_pylist() == [None] * 5 + ["0-18", "65+"] + [None] * 3


def test_the_lists_own_age_bands_are_kept():
    raw = pd.DataFrame(
        {"clock_start": ["2026-04-01"] * 3, "Age Band": ["0-4", "75-79", "65+"], "dob": ["2023-01-01", "", ""]}
    )
    read = ew.read_list(raw, snapshot=SNAPSHOT)
    assert read["age_band_in_source"].tolist() == ["0-4", "75-79", "65+"]
    assert read["age_band"].astype(object).where(read["age_band"].notna(), None).tolist() == ["0-18", None, "65+"]


def test_more_spellings_of_p_codes():
    assert [one(**{"P code": cell})["priority"] for cell in ("P02", "p 03", "\uff30\uff12")] == ["P2", "P3", "P2"]


def test_titles_of_two_lines_and_columns_without_a_header(tmp_path):
    (tmp_path / "title.csv").write_text('"East\nquay",,\nPathway ID,RTT start,P code\na,2026-04-01,P2\n')
    read = ew.read_list(tmp_path / "title.csv", snapshot=SNAPSHOT)
    assert read["pathway_id"].tolist() == ["a"]
    pd.DataFrame([["Pathway ID", "RTT start", ""], ["a", "2026-04-01", "own"]]).to_excel(
        tmp_path / "blank.xlsx", index=False, header=False
    )
    assert ew.read_list(tmp_path / "blank.xlsx", snapshot=SNAPSHOT)["unnamed_3"].tolist() == ["own"]


@pytest.mark.parametrize(
    "options", [{"columns": ["a"]}, {"blank_means": "no"}, {"snapshot": pd.NaT}, {"date_order": "year_first"}]
)
def test_options_of_another_kind_are_refused(options):
    with pytest.raises(OptionError):
        ew.read_list(pd.DataFrame({"clock_start": ["2026-04-01"]}), **{"snapshot": SNAPSHOT, **options})


TYPED = {
    "dates": {},
    "moments": {"clock_start": pa.timestamp("us"), "date_of_birth": pa.timestamp("s")},
    "long_texts": {"provider": pa.large_string(), "pathway_id": pa.large_string(), "sex": pa.string_view()},
    "codes": {"sex": pa.dictionary(pa.int32(), pa.string()), "provider": pa.dictionary(pa.int8(), pa.string())},
    "numbers": {"age": pa.float64(), "site": pa.uint16()},
}


@pytest.mark.parametrize("kind", TYPED)
def test_a_typed_table_is_read_alike_however_it_is_held(kind, tmp_path):
    chance, rows = np.random.default_rng(4), 300
    waited, lived = chance.integers(-3, 900, rows), chance.integers(0, 50_000, rows)
    made = {
        "pathway_id": [f"p-{at % 290}" for at in range(rows)],
        "clock_start": [TODAY - dt.timedelta(days=int(days)) if days else None for days in waited],
        "date_of_birth": [
            dt.date(1900, 1, 1) + dt.timedelta(days=int(days)) if days > 5000 else None for days in lived
        ],
        "sex": chance.choice(["1", "2", " 9", "x", None], rows).tolist(),
        "provider": chance.choice(["RAA", "RBB", "N/K"], rows).tolist(),
        "site": chance.integers(1, 4, rows).tolist(),
        "age": chance.integers(0, 130, rows).tolist(),
        "carer": chance.choice([True, False, None], rows).tolist(),
        "of their own": chance.choice(["a", "b", None], rows).tolist(),
    }
    table = pa.table(
        {name: pa.array(column).cast(TYPED[kind].get(name, pa.array(column).type)) for name, column in made.items()}
    )
    pq.write_table(table, tmp_path / "list.parquet", row_group_size=70)
    expected = ew.read_list(from_any(table), snapshot=SNAPSHOT)
    held = [table, pa.concat_tables([table.slice(0, 33), table.slice(33)]), tmp_path / "list.parquet"]
    for each in held:
        pd.testing.assert_frame_equal(ew.read_list(each, snapshot=SNAPSHOT), expected)
