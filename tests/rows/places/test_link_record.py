"""One record is linked as its row in a list would be, to the last column."""

from __future__ import annotations

import timeit

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import equiwait as ew
from equiwait.errors import InputError
from equiwait.rows.places import postcodes
from equiwait.rows.places.link import linker_for
from equiwait.rows.places.link_record import RecordLinker, _read
from equiwait.samples import SNAPSHOT, sample_path

DIRECTORY = ew.Directory.build(sample_path("directory"))
INDEX = ew.load_index(sample_path("index"))
CHILDREN = ew.load_index(sample_path("index_children"), name="idaci")
ODD = ["eq1 8gy", "EQ18GY", "EQ1  8GY", " EQ1 8GY", "EQ1 8GY.", "EQI 8GY", "EQ1 8GY,", "ZZ99 3VZ", "zz993vz", "NFA", "ZZ99 3CZ", "JE2 3AB",
       "BFPO 58", "BF1 2AA", "A65 F4E2", "B1", "", " ", None, "SW1A 1AA", "nothing at all", "\u00a0EQ1 8GY", "ＥＱ１ ８ＧＹ", "EQ1?8GY", "GIR 0AA", 7, "É"]  # fmt: skip


def plain(frame: pd.DataFrame) -> list[dict]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def same(rows: list[dict], index: object) -> None:
    frame = pd.DataFrame(rows)
    linked = plain(ew.link_deprivation(frame.astype("string"), directory=DIRECTORY, index=index))
    for row, expected in zip(rows, linked, strict=True):
        found = ew.link_record(row, directory=DIRECTORY, index=index)
        assert {name: found.get(name) for name in expected if name not in row} == {
            name: value for name, value in expected.items() if name not in row
        }


def test_each_row_of_the_sample_list() -> None:
    waiting = ew.read_list(sample_path("adult_ptl"), snapshot=SNAPSHOT).head(700)
    linked = plain(ew.link_deprivation(waiting, directory=DIRECTORY, index=[INDEX, CHILDREN]))
    for row, expected in zip(plain(waiting), linked, strict=True):
        found = ew.link_record(row, directory=DIRECTORY, index=[INDEX, CHILDREN])
        assert {name: found[name] for name in expected if name != "row_problems"} == {
            name: value for name, value in expected.items() if name != "row_problems"
        }


def test_whatever_is_written_for_a_postcode() -> None:
    same([{"postcode": each} for each in ODD], INDEX)


def test_an_area_code_fills_and_disagrees() -> None:
    areas = INDEX.areas.to_pylist()[:3]
    same(
        [
            {"postcode": code, "area_code": area}
            for code in ("EQ1 8GY", None, "ZZ99 3VZ", "XX1 1XX")
            for area in [*areas, None, "E01999999", "?"]
        ],
        INDEX,
    )
    codes = pd.read_csv(sample_path("directory"), dtype=str).iloc[::700, 0].tolist()  # places that are not each other's
    same([{"postcode": code, "area_code": areas[0]} for code in codes], INDEX)
    alone = ew.link_record({"area_code": areas[0]}, index=INDEX)
    assert (
        alone["imd_rank"]
        == ew.link_deprivation(pd.DataFrame({"area_code": [areas[0]]}), index=INDEX)["imd_rank"].iloc[0]
    )


def test_its_own_decile_is_kept_beside() -> None:
    found = ew.link_record({"postcode": "EQ1 8GY", "imd_decile": 9}, directory=DIRECTORY, index=INDEX)
    assert (found["given_imd_decile"], found["imd_decile"]) == (9, 8)
    assert ew.link_record(found, directory=DIRECTORY, index=INDEX) == found  # again, and its own decile is not lost


def test_a_postcode_alone_and_what_is_none() -> None:
    assert ew.link_record("EQ1 8GY", directory=DIRECTORY, index=INDEX)["link_status"] == "matched"
    for nothing in (None, 7, ["EQ1 8GY"]):
        with pytest.raises(InputError, match="no record to link"):
            ew.link_record(nothing, directory=DIRECTORY, index=INDEX)  # type: ignore[arg-type]


@given(
    st.one_of(
        st.text(max_size=8),
        st.from_regex(r"[A-Za-z]{1,2}[0-9OI]{1,2}[A-Za-z]? {0,2}[0-9OI][A-Za-z]{2}", fullmatch=True),
    )
)
def test_the_short_way_reads_as_the_long_way(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass" if text.isascii() else "replace")
    if 0 < len(data) <= 8:
        number, kind = postcodes.read(pa.array([data.decode("utf-8", "replace")]))
        mine = _read(data)
        assert mine[1] == postcodes.MALFORMED or mine == (int(number[0]), int(kind[0]))


def test_it_takes_microseconds() -> None:
    """Some ten on a quiet machine; the bound only tells microseconds from milliseconds."""
    codes = np.random.default_rng(1).permutation(
        pd.read_csv(sample_path("directory"), dtype=str).iloc[:, 0].to_numpy()
    )[:500]
    best = min(
        timeit.repeat(
            lambda: [ew.link_record(code, directory=DIRECTORY, index=INDEX) for code in codes], number=1, repeat=3
        )
    )
    assert best / len(codes) < 500e-6


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, pd.NaT], ids=str)
def test_a_row_of_a_frame_may_say_in_any_way_that_nothing_is_there(nothing: object) -> None:
    record = {"postcode": nothing, "area_code": nothing}
    assert ew.link_record(record, directory=DIRECTORY, index=INDEX)["link_status"] == "missing"


def test_an_area_code_is_remembered_but_nobody_s_postcode() -> None:
    linker = RecordLinker(linker_for(DIRECTORY, [INDEX], None))
    area = INDEX.areas[0].as_py()
    first = linker({"postcode": "EQ1 8GY", "area_code": area})
    assert linker({"postcode": "eq18gy", "area_code": area}) == {**first, "postcode": "eq18gy"}
    assert linker.added({"area_code": area}) is linker.added({"area_code": area})
    assert len(linker._by_area) == 2
    linker({"area_code": "EQ1 8GY"})
    linker({"postcode": "EQ1 8GY?!", "area_code": area})
    assert len(linker._by_area) == 2
    assert "8GY" not in str(linker._by_area.keys()).upper()
