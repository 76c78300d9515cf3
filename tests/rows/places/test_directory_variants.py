"""Postcode files as hospitals and portals hand them on: other dates, blank columns, one row, names for codes, repeats."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equiwait.errors import PlacesError
from equiwait.rows.places import Directory, Index, link_deprivation, load_index
from equiwait.rows.places.build import check_place
from equiwait.rows.places.directory_dates import month_of
from rows.places.test_indices import own_file

ENDED = ("199606", "1996-06", "1996-06-30", "30/06/1996", "30-Jun-1996", "Jun 1996", "19960630", "1996-06-30 00:00:00", "35246", "06/1996", "6/30/1996 12:00:00 AM")  # fmt: skip


@pytest.fixture
def index() -> Index:
    return Index.of({f"E0100000{n}": n for n in range(1, 10)}, title="Nine areas")


def linked(directory: Directory, index: Index, *postcodes: str, **columns: list[str]) -> pd.DataFrame:
    return link_deprivation(pd.DataFrame({"postcode": postcodes, **columns}), directory=directory, index=index)


@pytest.mark.parametrize("ended", ENDED)
def test_a_terminated_postcode_is_not_read_as_live(tmp_path: Path, index: Index, ended: str) -> None:
    path = own_file(tmp_path, f"pcds,doterm,lsoa11\nEQ1 1AA,{ended},E01000001\nEQ1 1AB,,E01000002\n")
    directory = Directory.build(path)
    assert directory.arrays["ended"].tolist() == [199606, 0]
    assert linked(directory, index, "EQ1 1AA", "EQ1 1AB")["link_status"].tolist() == ["matched_terminated", "matched"]
    assert directory.about["edition"] == "postcodes up to 1996-06"


@pytest.mark.parametrize("header", ["doterm", "DOTERM", "Date of termination", "Terminated", "Termination Date"])
def test_headers_of_dates_of_termination(tmp_path: Path, header: str) -> None:
    path = own_file(tmp_path, f"postcode,{header},lsoa11\nEQ1 1AA,1996-06-30,E01000001\n")
    assert Directory.build(path).about["terminated"] == 1


def test_a_flag_alone_says_that_a_postcode_has_ended(tmp_path: Path, index: Index) -> None:
    path = own_file(tmp_path, "Postcode,In Use?,LSOA Code\nEQ1 1AA,No,E01000001\nEQ1 1AB,Yes,E01000002\n")
    directory = Directory.build(path)
    assert linked(directory, index, "EQ1 1AA", "EQ1 1AB")["link_status"].tolist() == ["matched_terminated", "matched"]


@pytest.mark.parametrize("cell", ["soon", "199613", "30/30/1996", "Y", "1996"])
def test_dates_of_termination_that_cannot_be_read_are_refused(tmp_path: Path, cell: str) -> None:
    path = own_file(tmp_path, f"pcds,doterm,lsoa11\nEQ1 1AA,{cell},E01000001\nEQ1 1AB,,E01000002\n")
    with pytest.raises(PlacesError, match="does not hold dates of termination") as refused:
        Directory.build(path)
    assert "1 of 2 cells" in str(refused.value)


@given(st.dates(min_value=pd.Timestamp("1960-01-01").date(), max_value=pd.Timestamp("2035-12-31").date()))
def test_any_day_in_any_spelling_gives_its_month(day: object) -> None:
    stamp = pd.Timestamp(day)  # type: ignore[arg-type]
    spelt = [stamp.strftime(way) for way in ("%Y%m", "%Y-%m-%d", "%d/%m/%Y", "%d-%b-%Y", "%d %B %Y", "%Y/%m/%d", "%d.%m.%Y", "%b-%Y")]  # fmt: skip
    assert {month_of(text) for text in spelt} == {stamp.year * 100 + stamp.month}


@given(st.text(max_size=12))
def test_any_text_is_a_month_nothing_or_unreadable(text: str) -> None:
    month = month_of(text)
    assert month in (0, -1) or (1900 <= month // 100 < 2200 and 1 <= month % 100 <= 12)


@pytest.mark.parametrize("blank", ["dointr", "doterm", "lsoa21", "oslaua", "ctry", "lat", "pcds", "ru11ind"])
def test_a_column_that_is_blank_throughout(tmp_path: Path, index: Index, blank: str) -> None:
    row = {
        "pcd": "EQ1 1AA", "pcds": "EQ1 1AA", "dointr": "198001", "doterm": "199606", "oslaua": "E08000025",
        "ctry": "E92000001", "lat": "52.5", "long": "-1.9", "ru11ind": "A1", "lsoa11": "E01000001", "lsoa21": "E01000001",
    }  # fmt: skip
    row[blank] = ""
    path = own_file(tmp_path, ",".join(row) + "\n" + ",".join(row.values()) + "\n")
    directory = Directory.build(path)
    one = linked(directory, index, "EQ1 1AA").iloc[0]
    assert (one["link_status"], one["imd_rank"], one["nation"]) == (
        "matched" if blank == "doterm" else "matched_terminated", 1, "England",
    )  # fmt: skip
    assert Directory.load(directory.save(tmp_path / "one")).edition == directory.edition


def test_no_area_anywhere_is_refused(tmp_path: Path) -> None:
    path = own_file(tmp_path, "pcds,lsoa11,lsoa21\nEQ1 1AA,,\nEQ1 1AB,,E99999999\n")
    with pytest.raises(PlacesError, match="gives no postcode an area"):
        Directory.build(path)


def test_a_directory_of_live_postcodes_only_says_so(tmp_path: Path) -> None:
    for header, cells in (("", ""), ("doterm,", ",")):
        path = own_file(tmp_path, f"pcds,{header}lsoa11\nEQ1 1AA,{cells}E01000001\n")
        assert "Live postcodes only" in Directory.build(path).about["notes"][0]
        assert "Live postcodes only" in str(check_place(path))


def test_a_postcode_in_several_areas_gets_none_of_them_and_is_noted(tmp_path: Path, index: Index) -> None:
    rows = "".join(f"EQ{n} 1AA,E0100000{n},E08000025\n" for n in range(1, 10))
    path = own_file(tmp_path, f"pcds,lsoa11,oslaua\n{rows}EQ2 1AA,E01000003,E08000025\n")
    directory = Directory.build(path)
    assert (len(directory), directory.about["split"]) == (9, 1)
    found = linked(directory, index, "EQ2 1AA", "EQ2 1AA", "EQ3 1AA", area_code=["E01000002", "", ""])
    assert found["link_status"].tolist() == ["matched", "no_area", "matched"]
    assert found["imd_rank"].tolist() == [2, pd.NA, 3]
    assert found["link_note"].tolist() == ["from_area_code", "split_postcode", ""]
    assert found["lad"].tolist()[1] == "E08000025"


def test_a_directory_that_marks_split_postcodes(tmp_path: Path, index: Index) -> None:
    path = own_file(
        tmp_path, "Postcode,SplitIndicator,LSOA11\nEQ1 1AA,Y,E01000001\nEQ1 1AB,N,E01000002\nEQ1 1AD,,E01000003\n"
    )
    found = linked(Directory.build(path), index, "EQ1 1AA", "EQ1 1AB", "EQ1 1AD")
    assert found["link_note"].tolist() == ["split_postcode", "", ""]
    assert found["imd_rank"].tolist() == [1, 2, 3]


def test_many_repeats_with_other_areas_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"EQ{n} 1AA,E0100000{n}\nEQ{n} 1AA,E0100000{n % 9 + 1}\n" for n in range(1, 10))
    with pytest.raises(PlacesError, match="repeats postcodes") as refused:
        Directory.build(own_file(tmp_path, f"pcds,lsoa11\n{rows}"))
    assert "9 of 18 rows repeat a postcode; 9 of them give it another area" in str(refused.value)


def test_names_of_areas_for_their_codes(tmp_path: Path, shared_data: Path) -> None:
    """By the names in the official index: in a directory and in a list, where one area bears the name."""
    index = load_index(shared_data / "deprivation/File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx")
    assert index.names is not None
    places = index.areas.to_pylist(), index.names.to_pylist(), index.decile.tolist()
    some = [
        (code, name, decile) for code, name, decile in zip(*places, strict=True) if name.startswith("Birmingham 00")
    ]
    rows = "".join(f"EQ{n} 1AA,{name}\n" for n, (_, name, _) in enumerate(some[:9], 1))
    for header in ("lsoa", "lsoa11", "area"):
        directory = Directory.build(own_file(tmp_path, f"pcds,{header}\n{rows}"))
        found = linked(directory, index, *(f"EQ{n} 1AA" for n in range(1, 10)))
        assert found["area_code"].tolist() == [code for code, _, _ in some[:9]]
        assert found["imd_decile"].tolist() == [decile for _, _, decile in some[:9]]
        assert set(found["nation"]) == {"England"}
    waiting = pd.DataFrame({"area_code": [some[0][1], f" {some[1][1].lower()} ", "Nowhere 001A", some[2][0]]})
    found = link_deprivation(waiting, index=index)
    assert found["link_status"].tolist() == ["matched", "matched", "no_area", "matched"]
    assert found["imd_decile"].tolist() == [some[0][2], some[1][2], pd.NA, some[2][2]]
    assert found["area_code"].tolist()[:2] == [some[0][0], some[1][0]]


def test_names_that_no_index_knows_are_refused(tmp_path: Path, index: Index) -> None:
    directory = Directory.build(own_file(tmp_path, "pcds,lsoa11\nEQ1 1AA,Eastquay 001A\nEQ1 1AB,Eastquay 001B\n"))
    with pytest.raises(PlacesError, match="gives names of areas") as refused:
        linked(directory, index, "EQ1 1AA")
    assert "2 of 2 values" in str(refused.value)


def test_a_name_that_two_areas_bear_links_to_neither(tmp_path: Path) -> None:
    rows = "".join(f"E0100000{n},{'Harbour' if n < 3 else f'Hill {n}'},{n}\n" for n in range(1, 10))
    index = load_index(own_file(tmp_path, f"LSOA code,LSOA name,rank\n{rows}"))
    found = link_deprivation(pd.DataFrame({"area_code": ["Harbour", "Hill 5", "HILL  6"]}), index=index)
    assert found["link_status"].tolist() == ["no_area", "matched", "matched"]
    assert found["imd_rank"].tolist() == [pd.NA, 5, 6]
    assert index.names is not None
    assert isinstance(index.names, pa.Array)
