"""Columns as they come: strange headers and types, lists that were read before, deprivation that the list itself brings."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lists import SNAPSHOT, problems, read, values

import equiwait as ew
from equiwait.errors import ColumnsError, EquiwaitError, InputError
from equiwait.fields import FIELDS


def test_headers_that_are_numbers():
    raw = pd.DataFrame([["a", "2026-04-01", "x"]], columns=[0, 1, 2])
    waiting = ew.read_list(raw, snapshot=SNAPSHOT, columns={"0": "pathway_id", "1": "clock_start"})
    assert waiting["pathway_id"].tolist() == ["a"]
    assert waiting["2"].tolist() == ["x"]
    with pytest.raises(ColumnsError, match="clock start"):
        ew.read_list(raw, snapshot=SNAPSHOT)


def test_two_headers_that_differ_in_marks_alone_are_asked_about():
    raw = pd.DataFrame([["2026-04-01", "2026-05-01"]], columns=["RTT start", "rtt_start"])
    with pytest.raises(ColumnsError, match="Two headers mean clock_start"):
        ew.read_list(raw, snapshot=SNAPSHOT)
    with pytest.raises(InputError, match="Two headers are the same"):
        ew.read_list(pd.DataFrame([["2026-04-01", 1, 2]], columns=["clock_start", 7, "7"]), snapshot=SNAPSHOT)


STRANGE = {
    "lists": [[1, 2], [3]], "dicts": [{"a": 1}, {"a": 2}], "bytes": [b"\xff\xfe", b"20"], "durations": pd.to_timedelta([1, 2], unit="D"),
    "times": [dt.time(9), dt.time(10)], "surrogates": pd.Series(["\ud800", "a\udc00"], dtype=object), "huge": [2**70, 2**80], "decimals": [decimal.Decimal("1.5"), decimal.Decimal("2")],
    "complex": [1 + 2j, 3j], "objects": [object(), object()], "intervals": pd.IntervalIndex.from_breaks([0, 1, 2]), "booleans": [True, False],
    "categorical integers": pd.Categorical([3, None]), "categorical floats": pd.Categorical([3.5, None]), "floats": [1.5, np.inf], "mixed": [1, "x"],
    "sparse": pd.arrays.SparseArray([1, 2]), "arrow lists": pd.Series([[1], None], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    "unsigned": np.array([2**64 - 1, 1], np.uint64), "nothing": [None, None],
}  # fmt: skip


@pytest.mark.parametrize("name", list(FIELDS))
def test_cells_of_every_type_are_read_or_said(name):
    """No traceback, no row lost, in any column of the catalogue; what is not missing and was not read is said."""
    for kind, cells in STRANGE.items():
        raw = pd.DataFrame({"clock_start": ["2026-04-01"] * 2, name: cells})
        try:
            waiting = ew.read_list(
                raw, snapshot=SNAPSHOT, columns={"priority": "priority"} if name == "priority" else None
            )
        except EquiwaitError as error:
            assert name in ("clock_start", "snapshot_date"), (kind, str(error))
            continue
        assert len(waiting) == 2, kind
        lost = [
            column
            for column in (name,)
            if FIELDS[name].kind in ("code", "flag", "whole", "date")
            and kind in ("lists", "dicts", "durations", "objects")
        ]
        for column in lost:
            assert all(any(code.startswith(column) for code in each) for each in problems(waiting)), (kind, column)


def test_columns_of_the_users_own_of_every_type_are_passed_through():
    for kind, cells in STRANGE.items():
        raw = pd.DataFrame({"clock_start": ["2026-04-01"] * 2, "own": cells})
        waiting = ew.read_list(raw, snapshot=SNAPSHOT)
        assert len(waiting) == 2, kind
        if kind != "surrogates":
            pd.testing.assert_series_equal(waiting["own"], raw["own"])


def test_error_cells_are_invalid_in_every_kind_of_column():
    cells = {
        "ethnicity": "#N/A",
        "LD flag": "#REF!",
        "age": "#VALUE!",
        "tci_date": "#N/A",
        "specialty": "#NAME?",
        "pathway_id": "#N/A",
        "imd_decile": "####",
    }
    waiting = ew.read_list(
        pd.DataFrame({"clock_start": ["2026-04-01"], **{n: [c] for n, c in cells.items()}}),
        snapshot=SNAPSHOT,
        blank_means={"learning_disability": "no"},
    )
    for name in ("ethnicity", "learning_disability", "age", "tci_date", "specialty", "pathway_id", "imd_decile"):
        assert f"{name}_invalid" in problems(waiting)[0]
    assert pd.isna(waiting["learning_disability"].iloc[0])


# --- read, saved, read again ---

MESSY = pd.DataFrame({
    "pathway_id": ["A-1", "A-1", "B2", "NULL", "C3"], "person_id": ["p", "p", "q", "q", ""], "clock_start": ["2026-04-01", "2026-04-01", "soon", "03/05/2026", "2026-01-01"],
    "submitted_at": ["SUB9", "SUB10", "", "", ""], "ethnicity": ["NK", "A", "??", "Roma", "Z"], "P code": ["P2/C2", "P6", "", "D1", "x"], "sex": ["1", "1", "2", "1", "Other"],
    "dob": ["1980-01-01"] * 2 + ["1990-01-01", "1991-01-01", "01/01/30"], "LD flag": ["Y", "N/K", "", "q", "N"], "age_band": ["19-64", "", "09-May", "0-18", ""],
    "imd_decile": ["Decile 1", "0", "11", "10 (least deprived)", ""], "Weeks waiting": ["30", "10", "", "25", "43"], "Ward": ["x"] * 5,
})  # fmt: skip


def test_a_list_that_was_read_saved_and_read_again_is_the_same_list(tmp_path):
    once = ew.read_list(MESSY, snapshot=SNAPSHOT, blank_means={"learning_disability": "no"})
    once.to_csv(tmp_path / "saved.csv", index=False)
    once.to_parquet(tmp_path / "saved.parquet")
    for source in (once, tmp_path / "saved.parquet", tmp_path / "saved.csv"):
        again = ew.read_list(source, snapshot=SNAPSHOT)
        assert list(again.columns) == list(once.columns)
        pd.testing.assert_frame_equal(
            again.astype(object).where(lambda frame: frame.notna(), ""),
            once.astype(object).where(lambda frame: frame.notna(), ""),
            check_dtype=False,
        )
        thrice = ew.read_list(again, snapshot=SNAPSHOT)
        pd.testing.assert_frame_equal(
            thrice.astype(object).where(lambda frame: frame.notna(), ""),
            once.astype(object).where(lambda frame: frame.notna(), ""),
            check_dtype=False,
        )


# --- deprivation that the list itself brings, and ages ---


@pytest.mark.parametrize(
    ("cell", "decile"),
    [("1", 1), ("10", 10), ("Decile 1", 1), ("1 (most deprived)", 1), ("10 - least deprived", 10), ("3.0", 3), ("02", 2), ("1 - Most deprived 10%", 1), ("D4", 4)],
)  # fmt: skip
def test_deciles_in_their_spellings(cell, decile):
    assert read(**{"IMD Decile": [cell]})["imd_decile"].tolist() == [decile]


@pytest.mark.parametrize("cell", ["0", "99", "11", "-1", "1.5", "1 (least deprived)", "most", "Q1", "1/10", "#N/A"])
def test_deciles_out_of_range_are_invalid(cell):
    waiting = ew.flag_missing(read(imd_decile=[cell]), ["imd_decile"])
    assert waiting["imd_decile"].isna().all()
    assert problems(waiting) == [{"imd_decile_invalid"}]
    assert waiting["missing_imd_decile"].tolist() == ["invalid"]


def test_quintiles_and_ranks():
    waiting = read(
        imd_quintile=["Q1", "Quintile 5 (least deprived)", "0", "6", "1 - most deprived 20%"],
        imd_rank=["1", "32,844", "0", "99999", "33755.0"],
    )
    assert values(waiting["imd_quintile"]) == [1, 5, None, None, 1]
    assert values(waiting["imd_rank"]) == [1, 32844, None, None, 33755]
    assert [each & {"imd_quintile_invalid"} for each in problems(waiting)] == [
        set(),
        set(),
        {"imd_quintile_invalid"},
        {"imd_quintile_invalid"},
        set(),
    ]


def test_a_zero_is_no_sixth_quintile():
    rng = np.random.default_rng(1)
    quintile = rng.integers(1, 6, 600)
    days = np.where(rng.random(600) < 0.3 + 0.08 * (5 - quintile), 400, 100)
    starts = (np.datetime64(SNAPSHOT) - days.astype("timedelta64[D]")).astype(str)
    clean = pd.DataFrame({"clock_start": starts, "imd_quintile": quintile.astype(str)})
    dirty = pd.concat([clean, pd.DataFrame({"clock_start": starts[:100], "imd_quintile": "0"})], ignore_index=True)
    sii = [
        ew.disparities(
            ew.read_list(raw, snapshot=SNAPSHOT), "imd_quintile", measures=["over_52_weeks"], suppression="none"
        )
        .summary.set_index("index")
        .loc[["sii", "rii"], "value"]
        for raw in (clean, dirty)
    ]
    pd.testing.assert_series_equal(*sii)


def test_an_age_at_the_start_is_not_the_age_now():
    waiting = read(der_Age_at_Referral_To_Treatment_Period_Start_Date=["17"])
    assert "age" not in waiting.columns
    assert waiting["age_at_clock_start"].tolist() == [17]
    both = read(der_Age_at_Referral_To_Treatment_Period_Start_Date=["17"], der_Age_WeekEndingDate=["18"])
    assert (both["age"].tolist(), both["age_at_clock_start"].tolist()) == ([18], [17])


@pytest.mark.parametrize(
    "cell", ["09-May", "9-May", "05-Sep", "May-09", "2026-05-09", "2026-05-09 00:00:00", "Oct-14", "09/05/2026"]
)
def test_an_age_band_that_a_spreadsheet_turned_into_a_date_is_noticed(cell):
    waiting = read(age_band=[cell, "10-14"])
    assert values(waiting["age_band"]) == [None, "10-14"]
    assert problems(waiting) == [{"age_band_turned_into_date"}, set()]


# --- a header row that is a patient ---


@given(
    st.lists(
        st.sampled_from(
            ["Zq Secret", "Smith", "943 476 5919", "1961-02-03", "P2", "A", "Male", "EQ1 1AA", "20", "30 High Street"]
        ),
        min_size=2,
        max_size=8,
        unique=True,
    )
)
def test_a_first_row_that_is_a_patient_is_never_repeated(cells):
    for columns in (cells, [*cells[:-1], cells[0]]):
        raw = pd.DataFrame([["x"] * len(columns)], columns=columns)
        with pytest.raises(EquiwaitError) as caught:
            ew.read_list(raw, snapshot=SNAPSHOT)
        assert not any(cell in str(caught.value) for cell in cells if len(cell) > 2)


# --- the source never changes an answer ---


def test_source_and_type_never_change_an_answer(tmp_path):
    MESSY.to_csv(tmp_path / "list.csv", index=False)
    MESSY.to_parquet(tmp_path / "list.parquet")
    expected = ew.read_list(MESSY, snapshot=SNAPSHOT)
    for source in (
        tmp_path / "list.csv",
        tmp_path / "list.parquet",
        pl.from_pandas(MESSY),
        pa.Table.from_pandas(MESSY),
    ):
        got = ew.read_list(source, snapshot=SNAPSHOT)
        pd.testing.assert_frame_equal(
            got.astype(object).where(lambda frame: frame.notna(), ""),
            expected.astype(object).where(lambda frame: frame.notna(), ""),
            check_dtype=False,
        )
