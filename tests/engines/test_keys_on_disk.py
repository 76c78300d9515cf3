"""Keys on disk: everybody is in one lot, whole homes together, and answers come back to their rows."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from equiwait.engines.keys_on_disk import answers_of, keys_of, write_answers, write_keys, write_table
from equiwait.engines.passes import HOME, home_numbers, homes_of

rows = st.lists(st.tuples(st.sampled_from(["R1", "R2", "R3", None]), st.booleans()), min_size=1, max_size=12)
parts = st.lists(st.lists(rows, min_size=1, max_size=3), min_size=1, max_size=4)


def keys(block, start, coded):
    """A block's keys: where each is at home, who it is, and its name, which is seldom looked at."""
    home = homes_of(
        [pa.array([each[0] for each in block], pa.string())], len(block), np.array([each[1] for each in block])
    )
    who = pa.array(np.arange(start, start + len(block), dtype=np.int32))
    names = pa.array([f"name {each}" for each in who.to_pylist()])
    columns = [home if coded else pa.array(home_numbers(home)), who, names, names.dictionary_encode()]
    return pa.RecordBatch.from_arrays(columns, names=[HOME, "who", "name", "code"])


@given(parts, st.integers(1, 5), st.booleans(), st.booleans())
def test_everybody_is_in_one_lot_with_all_of_their_home_and_gets_the_answer_to_their_own_keys(
    parts, lots, coded, among
):
    with TemporaryDirectory() as folder:
        several, start, written = [], 0, []
        for number, part in enumerate(parts):
            blocks = []
            for block in part:
                blocks.append(keys(block, start, coded))
                start += len(block)
            path = Path(folder) / f"part-{number}" / "places.keys"
            path.parent.mkdir()
            table = pa.Table.from_batches(blocks)
            rows = table.select(["name"]) if among else None
            if rows is not None:
                write_table(rows, path.with_name("rows.arrow"))
            write_keys(table, ["name", "code"], rows, lots, path)
            written.append(path)
            several.append(table)
        homes, met = {}, []
        for lot in range(lots):
            mine, sizes = keys_of(lot, lots, written)
            who = mine.table["who"].to_numpy()
            for home in set(home_numbers(mine.table[HOME].combine_chunks()).tolist()) - {0}:
                assert homes.setdefault(home, lot) == lot
            some = np.flatnonzero(np.arange(len(who)) % 3 != 1)[::-1]
            for name in ("name", "code"):
                assert mine.seldom(name, some).cast(pa.string()).to_pylist() == [f"name {each}" for each in who[some]]
            write_answers(pa.table({"again": pa.array(who)}), sizes, Path(folder) / f"lot-{lot}.arrow")
            met += who.tolist()
        assert sorted(met) == list(range(start))
        answers = [Path(folder) / f"lot-{lot}.arrow" for lot in range(lots)]
        for number, (path, table) in enumerate(zip(written, several, strict=True)):
            assert answers_of(number, answers, path)["again"].to_pylist() == table["who"].to_pylist()


def test_codes_with_other_words_are_not_taken_for_those_that_lie_among_the_rows(tmp_path):
    codes = pa.array([0, 1], pa.int8())
    keys, rows = (
        pa.table({HOME: pa.array([1, 1], pa.uint64()), "code": pa.DictionaryArray.from_arrays(codes, pa.array(words))})
        for words in (["a", "b"], ["c", "d"])
    )
    write_table(rows.select(["code"]), tmp_path / "rows.arrow")
    write_keys(keys, ["code"], rows, 1, tmp_path / "places.keys")
    mine, _ = keys_of(0, 1, [tmp_path / "places.keys"])
    assert mine.seldom("code", np.arange(2)).cast(pa.string()).to_pylist() == ["a", "b"]
