"""Columns as numpy holds them say what Arrow says of the same column, whatever part of it is looked at."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from equiwait.frames import distinct, to_arrow
from equiwait.plain_columns import Plain, masked, missing_in, plain

DAYS = [dt.date(2026, 10, 31), None, dt.date(1969, 12, 31)] * 7
COLUMNS = {
    "whole": pd.Series([3, None, -2] * 7, dtype="Int8"),
    "wide": pd.Series([2**40, None, -(2**40)] * 7, dtype="Int64"),
    "figure": pd.Series([1.5, None, 0.0] * 7),
    "flag": pd.Series([True, None, False] * 7, dtype="boolean"),
    "code": pd.Series(pd.Categorical(["b", None, "a"] * 7)),
    "moment": pd.Series(pd.to_datetime(DAYS)).astype("datetime64[s]"),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("rows", [slice(0, 21), slice(4, 13), slice(9, 20), slice(1, 2), slice(5, 5)])
def test_a_column_read_where_it_lies_is_the_column_that_arrow_holds(name, rows):
    expected = to_arrow(COLUMNS[name])
    for held in (plain(COLUMNS[name]), plain(expected)):
        part = held.part(rows)
        assert part.arrow().to_pylist() == expected[rows].to_pylist()
    of_a_part = plain(expected[rows])
    assert of_a_part.arrow().to_pylist() == expected[rows].to_pylist()


@pytest.mark.parametrize("column", [pa.array(DAYS, pa.date32()), pa.array([b"1"]), pa.array(["a"])])
def test_days_are_read_and_text_is_left_to_arrow(column):
    held = plain(column)
    assert held is None or held.arrow().equals(column)
    assert (held is None) == (not pa.types.is_date32(column.type))


def test_places_count_from_one_and_nothing_is_at_nought():
    codes = plain(COLUMNS["code"])
    assert [[None, *codes.names][at] for at in codes.places()] == ["b", None, "a"] * 7
    assert plain(COLUMNS["whole"]).places(-2, 6).tolist() == [6, 0, 1] * 7
    many = pd.Series(pd.Categorical.from_codes(np.array([40_000, -1], np.int32), [str(n) for n in range(40_001)]))
    assert plain(many).places().tolist() == [40_001, 0]
    assert distinct(plain(many).arrow())[0][40_000] == "40000"


def test_categories_that_are_no_text_are_left_to_arrow():
    assert plain(pd.Series(pd.Categorical([1, 2]))) is None


@pytest.mark.parametrize("rows", [slice(0, 21), slice(4, 13), slice(9, 20), slice(5, 5)])
@pytest.mark.parametrize(
    "column", [*map(to_arrow, COLUMNS.values()), pa.nulls(21), pa.array(["a", None, ""] * 7), pa.array([1] * 21)]
)
def test_what_is_missing_is_what_arrow_says_is(column, rows):
    found = missing_in(column[rows])
    assert found.dtype == np.bool_
    assert found.tolist() == column[rows].is_null().to_pylist()


@pytest.mark.parametrize("gone", [None, np.array([False, True, False]), np.zeros(3, bool)])
@pytest.mark.parametrize(
    "values",
    [
        np.array([[1, 9], [2, 9], [-3, 9]], np.int16)[:, 0],
        np.array([1, 2, -3], ">i4"),
        np.array([True, False, True]),
        np.array([[1.5, 9], [2.5, 9], [-3.5, 9]])[:, 0],
    ],
    ids=["every second", "the other way round", "flags", "every second figure"],
)
def test_numbers_are_given_to_arrow_as_they_are_however_they_lie(values, gone):
    expected = [None if gone is not None and gone[at] else value for at, value in enumerate(values.tolist())]
    assert masked(values, gone).to_pylist() == expected
    assert Plain(values, gone).arrow().to_pylist() == expected


def test_a_figure_that_is_none_is_missing():
    assert Plain(np.array([1.0, np.nan, 2.0]), np.array([True, False, False])).arrow().to_pylist() == [None, None, 2.0]
