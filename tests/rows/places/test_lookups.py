"""Taking rows of a table, and telling nations, all at once: the same as one by one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from equiwait.rows.places.area_codes import NATIONS, nation_of, nation_places
from equiwait.rows.places.lookups import Lookup

NAMES = [f"area {n}" for n in range(300)]
cell = st.tuples(
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.none() | st.integers(1, 10),
    st.none() | st.booleans(),
    st.none() | st.sampled_from(["x", "y"]),
    st.none() | st.sampled_from(NAMES),
)


@given(st.lists(cell, min_size=1, max_size=40), st.data())
@settings(max_examples=150, derandomize=True, deadline=None)
def test_rows_taken_are_those_that_arrow_takes(table: list[tuple], data: st.DataObject) -> None:
    rank, decile, known, few, many = (list(column) for column in zip(*table, strict=True))
    wide = pa.DictionaryArray.from_arrays(
        pa.array([None if name is None else NAMES.index(name) for name in many], pa.int32()), pa.array(NAMES)
    )
    columns = {
        "rank": pa.array(rank, pa.int32()),
        "decile": pa.array(decile, pa.int8()),
        "also_decile": pa.array(decile, pa.int8()),
        "known": pa.array(known, pa.bool_()),
        "few": pa.array(few, pa.string()).dictionary_encode(),
        "many": wide,
        "one": pa.array([7] * len(table), pa.int8()),
        "nothing": pa.DictionaryArray.from_arrays(pa.nulls(len(table), pa.int32()), pa.array([], pa.string())),
    }
    rows = np.array(data.draw(st.lists(st.integers(0, len(table) - 1), max_size=70)), np.intp)
    taken = Lookup(columns).take(rows)
    for name, column in columns.items():
        taken[name].validate(full=True)
        assert taken[name].to_pylist() == column.take(pa.array(rows, pa.int64())).to_pylist()
    some = Lookup(columns).take(rows, {"also_decile", "few", "none such"})
    assert {name: each.to_pylist() for name, each in some.items()} == {
        name: taken[name].to_pylist() for name in ("also_decile", "few")
    }
    assert taken["rank"].type == pa.int32()
    assert taken["known"].type == pa.bool_()
    assert (taken["few"].type.index_type, taken["many"].type.index_type) == (pa.int8(), pa.int16())


CODES = [
    "E01000001", "W01000001", "S01006506", "N20000001", "L99999999", "M83000003", "95AA01S1", "95AA01S", "95AA01S12",
    "E0100000", "E010000011", "E0100000A", "X01000001", "e01000001", "", "E", "95", "junk", "E92000001", None,
]  # fmt: skip


def test_nations_of_many_codes_are_those_of_each() -> None:
    expected = [NATIONS.index(nation) if (nation := nation_of(code)) else -1 for code in CODES]
    assert nation_places(pa.array(CODES)).tolist() == expected
    assert set(range(len(NATIONS))) < set(expected)
