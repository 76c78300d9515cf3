"""Blocks out, columns back: the same on one core or many, whatever make the table is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import equiwait as ew
from equiwait import parallel
from equiwait.errors import InputError, PlacesError
from equiwait.frames import BLOCK, coded, columns_back, distinct, from_any, in_order_of_names, map_rows, to_pandas

ROWS = 3 * BLOCK + 17
NUMBERS = pd.DataFrame({"n": np.arange(ROWS)}, index=np.arange(ROWS) * 2)


def doubled(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    return {"twice": pc.multiply(batch.column("n"), 2)}


@pytest.mark.parametrize("many", [1, 2, 5])
def test_rows_keep_their_order_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: many)
    back = columns_back(NUMBERS, doubled, ["n"])
    assert back["twice"].tolist() == [2 * n for n in range(ROWS)]
    assert back.index.equals(NUMBERS.index)
    assert len(map_rows(NUMBERS, doubled, ["n"])["twice"].chunks) == 4


@pytest.mark.parametrize("many", [1, 2])
def test_an_error_in_a_block_is_the_error_of_the_whole(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    def refuse(batch: pa.RecordBatch) -> dict[str, pa.Array]:
        if batch.column("n")[0].as_py() >= BLOCK:
            raise PlacesError("No such place.")
        return doubled(batch)

    monkeypatch.setattr(parallel, "cores", lambda: many)
    with pytest.raises(PlacesError, match="No such place") as refused:
        columns_back(NUMBERS, refuse, ["n"])
    assert refused.value.__context__ is None
    assert refused.value.__cause__ is None


def test_an_arrow_table_with_two_columns_of_one_name_is_refused() -> None:
    columns = [pa.array(["x"]), pa.array(["y"])]
    for table in (pa.table(columns, names=["a", "a"]), pa.RecordBatch.from_arrays(columns, names=["a", "a"])):
        with pytest.raises(InputError, match="columns of one name"):
            from_any(table)


@pytest.mark.parametrize("kind", [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint32()])
def test_codes_of_any_width_become_categories(kind: pa.DataType) -> None:
    names = [pa.array(["b", "a"]), pa.array(["a", "c"])]
    parts = [pa.DictionaryArray.from_arrays(pa.array([0, None, 1], kind), each) for each in names]
    column = to_pandas(pa.chunked_array(parts))
    assert column.cat.categories.tolist() == ["b", "a", "c"]
    assert column.cat.codes.tolist() == [0, -1, 1, 1, -1, 2]


@pytest.mark.parametrize("names", [["b", "a", "unused"], ["a", "b"], ["a"], []])
def test_categories_stand_in_order_and_none_is_unused(names):
    codes = np.array([0, -1, len(names) and min(1, len(names) - 1), 0] if names else [-1, -1, -1, -1], np.int8)
    frame = pd.DataFrame({"row_problems": pd.Categorical.from_codes(codes, names)}, index=[5, 7, 9, 11])
    put = in_order_of_names(frame, ("row_problems", "not there"))["row_problems"]
    assert put.astype(object).where(put.notna(), None).tolist() == [names[at] if at >= 0 else None for at in codes]
    assert list(put.cat.categories) == sorted({names[at] for at in codes if at >= 0})
    assert put.index.tolist() == [5, 7, 9, 11]


@pytest.mark.parametrize(("place", "grows"), [(2, False), (258, False), (2, True)])
def test_a_place_beyond_the_categories_is_refused(place: int, grows: bool) -> None:
    with pytest.raises(IndexError, match="beyond the categories"):
        coded(np.array([0, -1, place]), ["a", "b"], grows=grows)


@pytest.mark.parametrize("many", [127, 128, 253, 254, 255, 256, 300])
def test_what_is_missing_has_a_place_after_every_distinct_value_however_many(many: int) -> None:
    kind = pa.int8() if many < 129 else pa.int16()
    codes = pa.DictionaryArray.from_arrays(pa.array([0, None, many - 1], kind), pa.array(map(str, range(many))))
    values, place = distinct(codes)
    assert [values[each] for each in place] == ["0", None, str(many - 1)]
    assert np.where([True, False, False], len(values), place).tolist() == [
        many + 1,
        many,
        many - 1,
    ]  # room for one more


class _Stream:
    """A table that is handed over through the Arrow interface alone."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, schema: object = None) -> object:
        return self.table.__arrow_c_stream__(schema)


@pytest.mark.parametrize("cuts", [[(0, 1), (1, 0), (1, 2)], [(0, 0), (0, 3)], [(0, 3), (3, 0)]])
@pytest.mark.parametrize("hand", [_Stream, lambda table: table])
def test_pieces_without_rows_are_no_hindrance(hand, cuts):
    text = pa.array(["2026-04-01", "2026-04-02", "2026-04-03"])
    codes = pa.array(["P2", "P3", "P2"]).dictionary_encode()
    schema = pa.schema({"RTT start": text.type, "P code": codes.type})
    pieces = [pa.RecordBatch.from_arrays([text.slice(*cut), codes.slice(*cut)], schema=schema) for cut in cuts]
    waiting = ew.read_list(hand(pa.Table.from_batches(pieces, schema)), snapshot="2026-10-31")
    assert waiting["priority"].tolist() == ["P2", "P3", "P2"]
