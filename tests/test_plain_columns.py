"""Columns as numpy holds them say what Arrow says of the same column, whatever part of it is looked at."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from equiwait.frames import distinct, to_arrow
from equiwait.plain_columns import Plain, by_value, either, masked, missing_in, plain, taken, taken_by_byte

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


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.int64(), pa.uint64(), pa.float64(), pa.date32(), pa.bool_(), pa.timestamp("s")]
)
def test_a_column_of_no_rows_is_read_whoever_made_it(kind):
    """Arrow gives codes of no rows fewer bytes than one of them has."""
    codes = pa.nulls(0, pa.dictionary(pa.int64(), pa.string())).indices
    assert plain(codes).arrow().to_pylist() == plain(pa.nulls(0, kind)).arrow().to_pylist() == []


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


@pytest.mark.parametrize("many", [126, 127, 128, 31_999, 32_000])
def test_the_last_of_many_names_and_a_mark_behind_it_have_places_however_narrow(many):
    names = [str(number) for number in range(many)]
    places = Plain(np.array([many - 1, -1, 0], np.int32), np.array([False, True, False]), names).places()
    assert places.tolist() == [many, 0, 1]
    assert np.where([False, True, False], many + 1, places).tolist() == [
        many,
        many + 1,
        1,
    ]  # as of a cell that could not be read


@pytest.mark.parametrize("many", [1, 2, 255, 256, 257])
@pytest.mark.parametrize("kind", [np.uint8, np.intp])
def test_what_is_taken_by_places_of_a_byte_is_what_is_taken_by_longer_ones(many, kind):
    places = np.array([0, many - 1, many // 2])
    if places.max() > np.iinfo(kind).max:
        return
    for table in (np.arange(many) % 3 == 0, (np.arange(many) % 90).astype(np.int8), np.arange(many)):
        assert taken(table, places.astype(kind)).tolist() == table[places].tolist()


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


NAMES = {"few": ["a", "b", "c"], "many": [*"abc", *map(str, range(300))], "none": [], "a null": ["a", None, "c"]}


@pytest.mark.parametrize("index", [pa.int8(), pa.uint8(), pa.int16(), pa.int32(), pa.int64(), pa.uint64()])
@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("kind", [bool, np.int8, np.int16])
def test_what_is_told_of_values_is_told_of_every_row_whatever_lies_under_a_gap(index, names, kind):
    under = np.array([0, 2, 99, 1, 2, 0], index.to_pandas_dtype())
    known = [False] * 6 if names == "none" else [True, True, False, True, False, True]
    places = pa.Array.from_buffers(index, 6, [pa.py_buffer(np.packbits(known, bitorder="little")), pa.py_buffer(under)])
    column = pa.DictionaryArray.from_arrays(places, pa.array(NAMES[names], pa.string()), safe=False)
    worth = {"a": 1, "b": 0, "c": 1, None: 1}

    def tell(values):
        assert values[-1] is None
        return np.array([worth.get(value, 0) for value in values], kind)

    for rows in (slice(0, 6), slice(1, 5), slice(3, 3)):
        found = by_value(column[rows], tell)
        assert found.dtype == kind
        assert found.tolist() == [worth[value] for value in column[rows].to_pylist()]
    assert by_value(column.cast(pa.string()), tell).tolist() == [worth[value] for value in column.to_pylist()]


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint8])
def test_one_or_the_other_is_what_numpy_chooses(kind):
    which, one, two = np.array([True, False, True]), np.array([1, 1, 0], kind), np.array([0, 0, 1], kind)
    for other in (two, kind(1)):
        found = either(which, one, other)
        assert found.dtype == kind
        assert found.tolist() == np.where(which, one, other).tolist()


def test_bytes_are_places_and_what_is_no_place_is_the_last():
    places = np.arange(256).astype(np.uint8)
    table = np.array([3, -1, 9, -128], np.int8)
    assert taken_by_byte(table, places).tolist() == [3, -1, 9, *[-128] * 253]
    assert taken_by_byte(table, places.view(np.int8)[126:130]).tolist() == [-128] * 4
    whole = np.arange(256).astype(np.uint8)[::-1].copy()
    assert taken_by_byte(whole, places).tolist() == whole.tolist()
