"""People of a list in Arrow are counted as those of the frame that pandas makes of it, however a column is held."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from equiwait.counts.waits.columns import ArrowList
from equiwait.counts.waits.count_waits import Asked, count_block
from equiwait.counts.waits.persons import sizes_of
from equiwait.frames import from_any

ROWS = 240
INDEX = pa.int8()


def places(many: int) -> list[int | None]:
    """Places among so many values, the last of which means none."""
    drawn = np.random.default_rng(many).integers(0, many + 1, ROWS)
    return [None if place == many else int(place) for place in drawn]


def drawn(values: list[object], kind: pa.DataType | None = None) -> pa.Array:
    return pa.array([None if place is None else values[place] for place in places(len(values))], kind)


def in_codes(values: list[object], kind: pa.DataType, index: pa.DataType = INDEX) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places(len(values)), index), pa.array(values, kind))


def in_two(first: list[str], other: list[str]) -> pa.ChunkedArray:
    """Two pieces whose codes mean different things."""
    return pa.chunked_array(
        [in_codes(first, pa.string()).slice(0, 100), in_codes(other, pa.string()).slice(100)],
    )


OWN = {
    "codes": in_codes(["a", "b", "unused"], pa.string()),
    "long codes": in_codes([f"ward {n}" for n in range(9)], pa.large_string(), pa.int32()),
    "codes of numbers": in_codes([3, 1], pa.int64()),
    "a code twice": in_codes(["a", "b", "a"], pa.string()),
    "a code that is none": in_codes(["a", None], pa.string()),
    "unsigned codes": in_codes(["a", "b"], pa.string(), pa.uint8()),
    "codes in pieces": in_two(["a", "b"], ["b", "c", "a"]),
    "text": drawn(["x", "", "Not known", "y"]),
    "text in pieces": pa.chunked_array([drawn(["x", "y"]).slice(0, 70), drawn(["y", "z"]).slice(70)]),
    "small numbers": drawn([-128, 127, 0], pa.int8()),
    "numbers": drawn([1, 5_000, 2**40]),
    "unsigned numbers": drawn([1, 200], pa.uint8()),
    "numbers in pieces": pa.chunked_array(
        [drawn([1, 2], pa.int32()).slice(3, 99), drawn([7, 2], pa.int32()).slice(99)]
    ),
    "flags": drawn([True, False]),
    "parts of numbers": drawn([1.5, 2.0, 1e-9]),
    "days": drawn([dt.date(2026, 1, 1), dt.date(2026, 1, 9)]),
    "moments": drawn([dt.datetime(2026, 1, 1, 7), dt.datetime(2026, 1, 9)]),
    "no values": pa.nulls(ROWS),
    "no text": pa.nulls(ROWS, pa.string()),
}


def listed(ward: pa.Array | pa.ChunkedArray) -> pa.Table:
    rows = len(ward)
    start, waited = dt.date(2026, 1, 1), [None if day is None else day - 3 for day in places(60)]
    columns = {
        "scope": in_codes(["rtt_open", "closed", "other_snapshot", "duplicate"], pa.string()),
        "days_waiting": pa.array(waited, pa.int32()),
        "ward": pa.nulls(ROWS),
        "imd_quintile": drawn([1, 2, 5], pa.int8()),
        "link_status": in_codes(["linked", "no_fixed_abode"], pa.string()),
        "nation": in_codes(["England", "Wales"], pa.string()),
        "provider": drawn(["RAA", "RBB"]),
        "snapshot_date": in_codes(["2026-10-31"], pa.string(), pa.int32()),
        "index_edition": in_codes(["imd2025 0123ab"], pa.string()),
        "clock_start": pa.array([start + dt.timedelta(day or 0) for day in places(90)], pa.date32()),
        "clock_stop": pa.array([day and start + dt.timedelta(3 * day) for day in places(91)], pa.date32()),
        "stop_reason": in_codes(["treated", "died"], pa.string()),
    }
    whole = {name: column.slice(0, rows) for name, column in columns.items()} | {"ward": ward}
    return pa.table(whole)


ESTIMANDS = [
    ("still_waiting", ()),
    ("completed", ("2026-02-01", "2026-09-01")),
    ("time_to_treatment", ("2026-02-01", "2026-09-01")),
]


def both(table: pa.Table, asked: Asked) -> list[object]:
    return [(*count_block(each, asked), sizes_of(each, asked.grouped)) for each in (from_any(table), ArrowList(table))]


@pytest.mark.parametrize("held", OWN)
@pytest.mark.parametrize(("estimand", "window"), ESTIMANDS)
def test_a_list_in_arrow_has_the_counts_of_its_frame(held, estimand, window):
    by = (("ward",), ("imd_quintile", "ward"), ("imd_quintile",))
    frame, arrow = both(listed(OWN[held]), Asked(by, ("ward",), estimand, window))
    assert arrow[0].equals(frame[0])
    assert arrow[1:] == frame[1:]
    assert frame[0].num_rows > 9


def test_a_list_without_rows_in_arrow_has_the_counts_of_its_frame():
    table = listed(OWN["codes"].slice(0, 0))
    frame, arrow = both(table, Asked((("ward",), ("imd_quintile",)), (), "still_waiting", ()))
    assert arrow[0].equals(frame[0])
    assert arrow[1:] == frame[1:]


def test_the_codes_of_a_list_are_not_copied():
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int8()), pa.array(["1", "2"]))
    found = ArrowList(pa.table({"sex": column}))["sex"]
    assert found.values.ctypes.data == column.indices.buffers()[1].address
