"""Directories from real files of every layout; nothing built from a file that is not whole."""

from __future__ import annotations

import shutil
import traceback
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from equiwait.errors import EquiwaitError, InputError, PlacesError
from equiwait.rows.places import Directory, load_index
from equiwait.rows.places.directory_layouts import columns_of

LAYOUTS = {
    "onspd_2018_layout_AB_area_5168rows.csv": ("pcds", "lsoa11", None, "oslaua"),
    "onspd_aug2024_layout_AB_area_8048rows.csv": ("pcds", "lsoa11", "lsoa21", "oslaua"),
    "onspd_pcd7_pcd8_variant_AB_area_8048rows.csv": ("pcds", "lsoa11", "lsoa21", "oslaua"),
    "onspd_may2018_real_header_few_rows.csv": ("pcds", "lsoa11", None, "oslaua"),
    "onspd_aug2024_real_header_few_rows.csv": ("pcds", "lsoa11", "lsoa21", "oslaua"),
    "onspd_nov2025_real_header_few_rows.csv": ("pcds", "lsoa11cd", "lsoa21cd", "lad25cd"),
    "onspd_nov2022_random_100000_pcd_oslaua_pcon_lsoa11.csv": ("pcd", "lsoa11", None, "oslaua"),
}


def looked_up(directory: Directory, postcodes: pd.Series, column: str) -> list[str | None]:
    row = directory.rows_of(postcodes)
    assert (row >= 0).all()
    place = directory.arrays["place"][row]
    return directory.places[column].cast(pa.string()).take(pa.array(place)).to_pylist()


def as_given(codes: pd.Series) -> list[str | None]:
    return [None if code == "" or code[1:] == "99999999" else code for code in codes]


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_the_areas_in_the_file(shared_data: Path, name: str) -> None:
    path = shared_data / "postcodes" / name
    rows = pd.read_csv(path, dtype="str", keep_default_na=False)
    postcode, old, new, lad = LAYOUTS[name]
    directory = Directory.build(path)
    assert len(directory) == len(rows)
    assert directory.about["unreadable"] == 0
    assert looked_up(directory, rows[postcode], "area_2011") == as_given(rows[old])
    assert looked_up(directory, rows[postcode], "lad") == as_given(rows[lad])
    if new:
        assert looked_up(directory, rows[postcode], "area_2021") == as_given(rows[new])
    if "doterm" in rows:
        assert directory.about["terminated"] == (rows["doterm"] != "").sum()


def test_the_same_postcodes_in_five_layouts_have_the_same_areas(shared_data: Path) -> None:
    """Between 2018 and 2024 the ONS itself moved 13 of the 5,168 postcodes of Aberdeen; no other layouts differ."""
    folder = shared_data / "postcodes"
    built = {name: Directory.build(folder / name) for name in list(LAYOUTS)[:6]}
    reference = pd.read_csv(folder / "onspd_aug2024_layout_AB_area_8048rows.csv", dtype="str", keep_default_na=False)
    expected = dict(zip(reference["pcds"], as_given(reference["lsoa11"]), strict=True))
    moved = {}
    for name, directory in built.items():
        rows = pd.read_csv(folder / name, dtype="str", keep_default_na=False)
        areas = looked_up(directory, rows["pcds"], "area_2011")
        moved[name] = sum(
            postcode in expected and area != expected[postcode]
            for postcode, area in zip(rows["pcds"], areas, strict=True)
        )
    assert moved.pop("onspd_2018_layout_AB_area_5168rows.csv") == 13
    assert set(moved.values()) == {0}


def test_everything_else_that_a_directory_knows(aug_2024: Directory, shared_data: Path) -> None:
    rows = pd.read_csv(
        shared_data / "postcodes/onspd_aug2024_layout_AB_area_8048rows.csv", dtype="str", keep_default_na=False
    )
    assert aug_2024.about["edition"] == "ONSPD Aug 2024"
    assert (len(aug_2024), aug_2024.about["terminated"], aug_2024.about["without_area"]) == (8_048, 3_811, 2)
    row = aug_2024.rows_of(rows["pcds"])
    ended = aug_2024.arrays["ended"][row]
    assert ended.tolist() == [int(date or 0) for date in rows["doterm"]]
    assert aug_2024.arrays["grid_quality"][row].tolist() == [int(grade) for grade in rows["osgrdind"]]
    latitude, longitude = aug_2024.coordinates(rows["pcds"])
    known = (rows["osgrdind"] != "9").to_numpy()
    assert np.isnan(latitude[~known]).all()
    np.testing.assert_allclose(latitude[known], rows["lat"][known].astype(float), atol=1e-5)
    np.testing.assert_allclose(longitude[known], rows["long"][known].astype(float), atol=1e-5)
    assert looked_up(aug_2024, rows["pcds"], "sub_icb") == as_given(rows["sicbl"])
    nations = looked_up(aug_2024, pd.Series(["AB1 0AA", "SE1P 5ZZ", "JE2 4WD"]), "nation")
    assert nations == ["Scotland", "England", "Channel Islands"]
    assert looked_up(aug_2024, pd.Series(["SE1P 5ZZ"]), "rural_urban") == ["Urban"]


def test_northern_irish_and_derived_files_load(shared_data: Path) -> None:
    ireland = Directory.build(shared_data / "postcodes/northern_ireland_postcode_to_dz2021_59995.csv")
    assert (len(ireland), ireland.about["areas"]["area_2021"]) == (59_995, 3_780)
    assert set(ireland.places["nation"].drop_null().cast(pa.string()).to_pylist()) == {"Northern Ireland"}
    midlands = Directory.build(shared_data / "postcodes/west_midlands_postcodes_88482_latlong_lsoa_derived.csv")
    assert len(midlands) == 88_482


def test_saved_and_opened_again_it_is_the_same(nov_2022: Directory, tmp_path: Path) -> None:
    path = nov_2022.save(tmp_path / "directory")
    again = Directory.load(path)
    assert path.name == "directory.equiwait"
    assert (again.edition, len(again), repr(again)) == (nov_2022.edition, len(nov_2022), repr(nov_2022))
    for name, values in nov_2022.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], values)
    assert all(again.places[name].to_pylist() == codes.to_pylist() for name, codes in nov_2022.places.items())
    assert not again.arrays["cells"].flags.owndata  # mapped, not read


def test_a_plain_file_of_two_columns(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("Postcode,LSOA of home\neq1 1aa,E01990001\nEQ1 1AB,E01990002\n,\n")
    directory = Directory.build(path, columns={"area": "LSOA of home"}, edition="Eastquay 2026")
    assert len(directory) == 2
    assert directory.edition.startswith("Eastquay 2026 ")
    assert looked_up(directory, pd.Series(["EQ1 1AA", "EQ11AB"]), "area") == ["E01990001", "E01990002"]


def _as_published(tmp_path: Path, rows: str, header: str) -> dict[str, Path]:
    """One directory three ways: a CSV, a folder by area beside documents, and a zip of that folder."""
    lines = rows.splitlines()
    whole = tmp_path / "ONSPD_AUG_2024.csv"
    whole.write_text("\n".join([header, *lines]) + "\n")
    folder = tmp_path / "ONSPD_AUG_2024"
    parts = folder / "Data" / "multi_csv"
    parts.mkdir(parents=True)
    (folder / "Documents").mkdir()
    (folder / "Documents" / "LSOA names and codes.csv").write_text("lsoa21cd,lsoa21nm\nE01000001,City 001A\n")
    half = len(lines) // 2
    for area, some in (("AB", lines[:half]), ("AL", lines[half:])):
        (parts / f"ONSPD_AUG_2024_UK_{area}.csv").write_text("\n".join([header, *some]) + "\n")
    zipped = tmp_path / "ONSPD_AUG_2024.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.csv")):
            archive.write(file, file.relative_to(folder).as_posix())
    return {"csv": whole, "folder": folder, "zip": zipped}


def test_one_csv_the_folder_and_the_zip_give_the_same(shared_data: Path, tmp_path: Path) -> None:
    text = (shared_data / "postcodes/onspd_aug2024_layout_AB_area_8048rows.csv").read_text().splitlines()
    said: list[tuple[float, str]] = []
    ways = _as_published(tmp_path, "\n".join(text[1:801]), text[0])
    built = {
        way: Directory.build(path, progress=lambda share, what: said.append((share, what)))
        for way, path in ways.items()
    }
    for directory in built.values():
        assert directory.about["edition"] == "ONSPD Aug 2024"
        np.testing.assert_array_equal(directory.arrays["numbers"], built["csv"].arrays["numbers"])
        np.testing.assert_array_equal(directory.arrays["ended"], built["csv"].arrays["ended"])
    assert said[-1] == (1.0, "Done")
    assert all(0 <= share <= 1 for share, _ in said)


HEADERS = {
    "NSPL of August 2026": (
        "pcd7,pcd8,pcds,dointr,doterm,usrtypind,east1m,north1m,gridind,lad26cd,ctry26cd,icb26cd,sicbl26cd,lsoa21cd,ruc21ind,imd25ind",
        "pcds - lsoa21cd lad26cd icb26cd sicbl26cd ctry26cd ruc21ind",
    ),
    "older NSPL": (
        "pcd,pcd2,pcds,dointr,doterm,usertype,laua,ctry,lsoa11,ccg,stp,ru11ind,imd",
        "pcds lsoa11 - laua stp ccg ctry ru11ind",
    ),
    "as the portal exports it": (
        "X,Y,OBJECTID,PCD7,PCD8,PCDS,DOTERM,LAD24CD,LAD25CD,CTRY25CD,ICB23CD,SICBL24CD,LSOA01CD,LSOA11CD,LSOA21CD,RUC11IND",
        "PCDS LSOA11CD LSOA21CD LAD25CD ICB23CD SICBL24CD CTRY25CD RUC11IND",
    ),
    "postcode to output area": (
        "pcd7,pcd8,pcds,dointr,doterm,usertype,oa11cd,lsoa11cd,msoa11cd,ladcd,lsoa11nm,msoa11nm,ladnm,ladnmw",
        "pcds lsoa11cd - ladcd - - - -",
    ),
}


@pytest.mark.parametrize("layout", HEADERS)
def test_headers_of_other_layouts_are_known(layout: str) -> None:
    header, expected = HEADERS[layout]
    found = columns_of(header.split(","))
    wanted = ("postcode", "area_2011", "area_2021", "lad", "icb", "sub_icb", "country", "rural_urban")
    assert " ".join(found.get(concept, "-") for concept in wanted) == expected


# --- refused ---------------------------------------------------------------------------------------------------------


def refusal(path: Path, **options: object) -> str:
    with pytest.raises(EquiwaitError) as refused:
        Directory.build(path, **options)  # type: ignore[arg-type]
    return "".join(traceback.format_exception(refused.value))


HEADER = "pcds,lsoa11,lsoa21"
ROWS = "".join(f"EQ{n} 1AA,E0100000{n},E0100000{n}\n" for n in range(1, 10))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"{HEADER}\n{ROWS}EQ1 2AB,E0100", "breaks off"),
        (f"{HEADER}\n{ROWS}EQ1 2AB,E01000001,E0100", "cut short"),
        (f"{HEADER}\n{ROWS}{ROWS}", "9 of 18 rows repeat a postcode"),
        (f"lsoa11,pcds,lsoa21\n{ROWS}", "columns may be swapped"),
        (f"pcds,lsoa11,oslaua\n{ROWS.replace('E0100000', 'EQ1 2A')}", "does not hold area codes"),
        (f"{HEADER}\n", "no postcodes"),
        ("postcode,colour\nEQ1 1AA,blue\n", "no column of areas"),
        ("", "no column of postcodes"),
    ],
)
def test_what_is_not_whole_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "directory.csv"
    path.write_text(content)
    told = refusal(path)
    assert words in told
    assert "EQ1" not in told


def test_mixed_editions_in_one_folder_are_refused(shared_data: Path, tmp_path: Path) -> None:
    for name in ("onspd_may2018_real_header_few_rows.csv", "onspd_nov2025_real_header_few_rows.csv"):
        shutil.copy(shared_data / "postcodes" / name, tmp_path / name)
    assert "mixes 2 files" in refusal(tmp_path)


def test_a_part_that_says_it_is_the_whole_kingdom_is_refused(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "ONSPD_AUG_2024_UK.csv"
    shutil.copy(shared_data / "postcodes/onspd_aug2024_layout_AB_area_8048rows.csv", path)
    assert "postcode areas of 124" in refusal(path)


def test_a_damaged_zip_is_refused(shared_data: Path, tmp_path: Path) -> None:
    rows = (shared_data / "postcodes/onspd_aug2024_layout_AB_area_8048rows.csv").read_text().splitlines()
    zipped = _as_published(tmp_path, "\n".join(rows[1:801]), rows[0])["zip"]
    zipped.write_bytes(zipped.read_bytes()[:-2_000])
    assert "breaks off or is damaged" in refusal(zipped)


def test_no_file_and_no_header_of_that_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file or folder gone"):
        Directory.build(tmp_path / "gone.csv")
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}\n{ROWS}")
    assert "Did you mean 'lsoa21'?" in refusal(path, columns={"area": "lsoa2l"})
    assert "columns= knows no 'postcod'" in refusal(path, columns={"postcod": "pcds"})


def test_a_place_file_that_is_cut_short_is_refused(nov_2022: Directory, tmp_path: Path) -> None:
    path = nov_2022.save(tmp_path / "directory.equiwait")
    path.write_bytes(path.read_bytes()[:-5_000])
    with pytest.raises(PlacesError, match="cannot be opened"):
        Directory.load(path)


def test_a_first_row_that_is_no_row_of_headers_is_not_repeated(tmp_path: Path) -> None:
    """A file may have no header row, and its first row may be somebody's, words only."""
    words = "Bellweather,Rosamund,Widow,Harbour Row"
    path = tmp_path / "people.csv"
    path.write_text(f"{words}\n{words}\n")
    for build in (
        lambda: Directory.build(path),
        lambda: Directory.build(path, columns={"postcode": "Bellwether", "area": "Harbor Row"}),
        lambda: load_index(path),
    ):
        with pytest.raises(PlacesError, match="4 columns, and hardly one is known") as refused:
            build()
        assert not any(word in str(refused.value) for word in words.split(","))
    path.write_text("postcode,colour\n")
    with pytest.raises(PlacesError, match="Headers: postcode, colour"):
        Directory.build(path)
