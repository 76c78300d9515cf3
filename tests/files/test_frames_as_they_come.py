"""Frames as they come, and lists that were read, saved and read again."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

import equiwait as ew
from equiwait.frames import from_any

SNAPSHOT = "2026-10-31"


@pytest.fixture(scope="module")
def waiting():
    return ew.flag_missing(ew.read_list(ew.samples.load_sample("adult_ptl").head(400), snapshot=SNAPSHOT))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "pickle"])
def test_a_list_that_was_read_saved_and_read_again_is_the_same_list(waiting, tmp_path, ending):
    path = tmp_path / f"list.{ending}"
    {
        "csv": lambda: waiting.to_csv(path, index=False),
        "xlsx": lambda: waiting.to_excel(path, index=False),
        "parquet": lambda: waiting.to_parquet(path, index=False),
        "pickle": lambda: waiting.to_pickle(path),
    }[ending]()
    source = pd.read_pickle(path) if ending == "pickle" else path
    again = ew.read_list(source, snapshot=SNAPSHOT)
    for name in (
        "scope",
        "days_waiting",
        "priority",
        "ethnicity",
        "sex",
        "clock_start",
        "postcode",
        "age_band",
        "patient_choice",
    ):
        left, right = waiting[name].reset_index(drop=True), again[name]
        pd.testing.assert_series_equal(left, right, obj=f"{name} from {ending}")


def test_whole_numbers_keep_every_digit_beside_a_gap():
    """As numbers with a point 18446744073709551615 and its neighbour were one identifier."""
    most = 2**64 - 1
    for kind in (pa.uint64(), pa.uint32(), pa.uint16(), pa.uint8()):
        top = min(most, 2**kind.bit_width - 1)
        column = from_any(pa.table({"id": pa.array([top, top - 1, None], kind)}))["id"]
        assert [None if value is pd.NA else int(value) for value in column] == [top, top - 1, None]


def test_headers_that_are_numbers():
    raw = pd.DataFrame([["a", "2026-04-01", "own"]])
    waiting = ew.read_list(raw, snapshot=SNAPSHOT, columns={0: "pathway_id", 1: "clock_start"})
    assert waiting["pathway_id"].tolist() == ["a"]
    assert waiting["clock_start"].tolist() == [pd.Timestamp("2026-04-01")]


def test_a_folder_whose_name_says_something_adds_no_column(tmp_path):
    """Parquet readers take a folder such as ``sex=2`` for a column; a list is what its file holds."""
    folder = tmp_path / "sex=2"
    folder.mkdir()
    pd.DataFrame({"pathway_id": ["a"], "clock_start": ["2026-04-01"]}).to_parquet(folder / "list.parquet")
    assert "sex" not in ew.read_list(folder / "list.parquet", snapshot=SNAPSHOT).columns
