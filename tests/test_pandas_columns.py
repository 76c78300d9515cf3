"""Arrow columns become what pandas itself makes of them, in however many pieces they lie, and each is written once."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from equiwait.files.raw_table import RawTable
from equiwait.frames import arrow_or_frame, blocks, cut
from equiwait.pandas_columns import categorical, in_columns, in_order, to_pandas

DAYS = [dt.date(2026, 10, 31), None, dt.date(1969, 12, 31), dt.date(9999, 12, 31), dt.date(1, 1, 1)] * 4
COLUMNS = {
    "flags": pa.array([True, None, False, True, None] * 4),
    "small": pa.array([3, None, -2, 127, -128] * 4, pa.int8()),
    "large": pa.array([2**40, None, -(2**40), 0, 1] * 4),
    "without a sign": pa.array([3, None, 255, 0, 1] * 4, pa.uint8()),
    "days": pa.array(DAYS, pa.date32()),
    "whole": pa.array([1, 2, 3, 4, 5] * 4, pa.int32()),
    "none": pa.array([None] * 20, pa.int16()),
    "floats": pa.array([0.5, None, -0.0, np.inf, np.nan] * 4),
    "short floats": pa.array([0.5, None, 1.5, 2.5, 3.5] * 4, pa.float32()),
}
NULLABLE = {"flags": "boolean", "small": "Int8", "large": "Int64", "without a sign": "UInt8", "days": "datetime64[s]",
            "whole": "Int32", "none": "Int16", "floats": "float64", "short floats": "float32"}  # fmt: skip


def in_pieces(column: pa.Array, ends: list[int]) -> pa.ChunkedArray:
    edges = [0, *ends, len(column)]
    pieces = [column.slice(start, end - start) for start, end in pairwise(edges)]
    return pa.chunked_array(pieces, type=column.type)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("ends", [[], [3], [3, 3, 11], [1, 9, 17]])
def test_a_column_in_pieces_becomes_one_column_of_pandas(name: str, ends: list[int]) -> None:
    expected = pd.Series(COLUMNS[name].to_pylist(), dtype=NULLABLE[name])
    pd.testing.assert_series_equal(to_pandas(in_pieces(COLUMNS[name], ends)), expected)
    pd.testing.assert_series_equal(
        to_pandas(in_pieces(COLUMNS[name], ends).slice(2, 13)), expected[2:15].reset_index(drop=True)
    )


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_without_rows_keeps_its_kind(name: str) -> None:
    assert to_pandas(pa.chunked_array([], COLUMNS[name].type)).dtype == NULLABLE[name]
    assert to_pandas(COLUMNS[name][:0]).dtype == NULLABLE[name]


@pytest.mark.parametrize(("names", "kind"), [(126, np.int8), (127, np.int16), (40_000, np.int32)])
def test_codes_are_as_wide_as_pandas_holds_them(names: int, kind: type) -> None:
    texts = [str(each) for each in range(names)]
    column = pa.DictionaryArray.from_arrays(pa.array([0, None, names - 1], pa.int32()), pa.array(texts))
    codes = to_pandas(column).cat.codes
    assert codes.dtype == kind
    assert codes.tolist() == [0, -1, names - 1]
    assert categorical(codes.to_numpy(), texts).codes.dtype == kind


def test_categories_in_order_are_found_in_a_list_of_many_blocks() -> None:
    codes = np.zeros(300_000, np.int8)
    codes[150_000], codes[299_999] = 2, -1
    put = in_order(pd.Series(pd.Categorical.from_codes(codes, ["b", "unused", "a"])))
    assert put.cat.categories.tolist() == ["a", "b"]
    assert put.iloc[[0, 150_000, 299_999]].isna().tolist() == [False, False, True]
    assert put[put == "a"].index.tolist() == [150_000]


def where(array: pa.Array) -> tuple[int, int]:
    return array.buffers()[1].address, array.offset


def test_a_block_within_a_piece_of_its_columns_is_not_copied() -> None:
    numbers, texts = pa.array(range(100)), pa.array([str(each) for each in range(100)])
    columns = {"n": in_pieces(numbers, [18, 36, 66]), "t": in_pieces(texts, [18, 66]), "whole": numbers}
    made = list(cut(columns, 100, 20))
    assert [block.num_rows for block in made] == [18, 20, 20, 8, 20, 14]
    assert pa.Table.from_batches(made)["t"].to_pylist() == texts.to_pylist()
    assert where(made[0].column("t")) == where(columns["t"].chunk(0))
    assert where(made[4].column("n")) == where(columns["n"].chunk(3))


def test_a_table_is_not_held_by_one_of_its_columns() -> None:
    table = pa.table({"kept": pa.array(range(1000)), "let go": pa.array(["a long text"] * 1000)})
    held = pa.total_allocated_bytes()
    kept, rest = to_pandas(arrow_or_frame(table).column("kept")), table.nbytes
    del table
    assert held - pa.total_allocated_bytes() >= rest
    assert kept.tolist() == list(range(1000))


def test_what_is_taken_out_of_a_table_is_held_by_it_no_longer() -> None:
    raw = RawTable(pa.table({"own": [1.5, None], "more": ["x", "y"], "left": [3, 4]}))
    taken = raw.taken_out(["own", "more"])
    assert (raw.headers, len(raw)) == (["left"], 2)
    assert taken.to_dict("list") == {"own": [1.5, pytest.approx(np.nan, nan_ok=True)], "more": ["x", "y"]}
    assert len(raw.taken_out([])) == 2


@pytest.mark.parametrize(
    "column", [pa.array([0.5, 1.5]), pa.array([1, 2], pa.timestamp("s")), pa.array([1, 2], pa.duration("s"))]
)
def test_columns_lie_where_they_were_made_and_can_be_written_in(column: pa.Array) -> None:
    made = {"one": to_pandas(column), "two": to_pandas(column)}
    arrays = [np.asarray(each.array) for each in made.values()]
    frame = in_columns(made)
    assert all(np.shares_memory(np.asarray(frame[name].array), one) for name, one in zip(made, arrays, strict=True))
    del made, arrays
    frame.loc[0, "one"] = frame.loc[1, "one"]
    assert [frame["one"].nunique(), frame["two"].nunique()] == [1, 2]
    assert column.to_pylist()[0] != column.to_pylist()[1]


@pytest.mark.filterwarnings("error")
def test_a_frame_of_very_many_columns_is_no_heap_of_pieces() -> None:
    frame = in_columns({f"n{place}": pd.Series([0.5]) for place in range(120)})
    frame["one more"] = 1.5
    assert frame.shape == (1, 121)


def test_short_pieces_are_put_together() -> None:
    numbers = pa.array(range(50))
    made = list(cut({"n": in_pieces(numbers, list(range(3, 50, 3)))}, 50, 20))
    assert [block.num_rows for block in made] == [18, 18, 14]
    assert pa.Table.from_batches(made)["n"].to_pylist() == numbers.to_pylist()
    for rows in (1, 2, 15):
        assert sum(each.num_rows for each in cut({"n": in_pieces(numbers, [rows, 44])}, 50, rows)) == 50
    assert [each.num_rows for each in cut({"n": in_pieces(numbers, [2, 44])}, 50, 48)] == [44, 6]
    assert [each.num_rows for each in cut({"n": in_pieces(numbers, [2])}, 50, 48)] == [48, 2]
    assert [each.num_rows for each in cut({"n": pa.chunked_array([], pa.int8())}, 0)] == [0]


def test_text_of_a_frame_goes_to_a_kernel_as_it_lies() -> None:
    lies = in_pieces(pa.array([str(each) for each in range(60)], pa.large_string()), [30])
    frame = pd.DataFrame({"own": pd.Series(to_pandas(lies).array)})
    first, second = (block() for block in blocks(frame, ["own"], 40))
    assert where(second.column("own")) == where(frame["own"].array._pa_array.chunk(1))
    assert [first.num_rows, second.num_rows] == [30, 30]


@pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.string_view()])
def test_a_dictionary_that_holds_a_value_twice_or_none_becomes_categories(text: pa.DataType) -> None:
    names = pa.array(["x", None, "y", "x"], text)
    odd = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3, None], pa.int8()), names)
    plain = pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.int8()), pa.array(["z", "y"], text))
    for pieces, expected in (([odd], [0, -1, 1, 0, -1]), ([odd, plain, odd], [0, -1, 1, 0, -1, 1, 2, 0, -1, 1, 0, -1])):
        found = to_pandas(pa.chunked_array(pieces))
        assert list(found.cat.categories) == ["x", "y", "z"][: max(expected) + 1]
        assert found.cat.codes.tolist() == expected


def test_a_dictionary_of_nothing_is_a_column_of_blanks() -> None:
    found = to_pandas(pa.nulls(2).dictionary_encode())
    assert found.isna().all()
    assert not len(found.cat.categories)
