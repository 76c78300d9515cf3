"""Cells of counts of parts of a list, added up."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from equiwait.engines import passes
from equiwait.engines.passes import total_cells

KEYS = ["by", "group", "known", "days"]


WORD = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema({"by": WORD, "group": WORD, "known": pa.bool_(), "days": pa.int32(), "people": pa.int64()})


def cells(seed, rows, names):
    chance = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "by": chance.choice(["sex", "age"], rows), "group": chance.choice(names, rows),
        "known": chance.random(rows) < 0.5, "days": chance.integers(-3, 900, rows),
    }).drop_duplicates()  # fmt: skip
    table = frame.assign(people=chance.integers(1, 9, len(frame)))
    return pa.table({name: pa.array(table[name].tolist(), SCHEMA.field(name).type) for name in SCHEMA.names})


def by_hand(tables):
    every = pd.concat([each.to_pandas().astype({"by": object, "group": object}) for each in tables])
    return every.groupby(KEYS, as_index=False)["people"].sum()


@pytest.mark.parametrize(("counted", "sought"), [(1 << 20, 1 << 24), (10, 1 << 24), (10, 10)])
def test_cells_of_parts_add_up_however_many_combinations_there_could_be(monkeypatch, counted, sought):
    monkeypatch.setattr(passes, "_COUNTED", counted)
    monkeypatch.setattr(passes, "_SOUGHT", sought)
    tables = [cells(1, 400, ["a", "b"]), cells(2, 1, ["c"]), cells(3, 900, ["d", "b", "a"]), cells(4, 0, ["a"])]
    found = total_cells(tables).to_pandas().astype({"by": object, "group": object})
    expected = by_hand(tables)
    pd.testing.assert_frame_equal(
        found.sort_values(KEYS, ignore_index=True)[[*KEYS, "people"]], expected, check_dtype=False
    )


def test_combinations_beyond_thirty_two_bits_keep_apart(monkeypatch):
    monkeypatch.setattr(passes, "_COUNTED", 1 << 40)
    monkeypatch.setattr(passes, "_occurring", lambda numbers, cells: pytest.fail("not looked for"))
    coded = pa.table({
        name: pa.DictionaryArray.from_arrays(pa.array([0, size - 1]), pa.array(map(str, range(size))))
        for name, size in (("one", 60_000), ("two", 50_000))
    })  # fmt: skip
    (numbers,), many = passes._numbered(coded)
    assert (numbers.tolist(), many) == ([0, 60_000 * 50_000 - 1], 60_000 * 50_000)


def test_parts_without_a_cell_are_a_table_without_a_cell():
    nothing = cells(1, 0, ["a"])
    assert total_cells([nothing, nothing]).num_rows == 0
    assert total_cells([]) is None
