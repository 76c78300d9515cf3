"""The places folder: filled whole or not at all, also by two processes at once; and what a file is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from equiwait.errors import EquiwaitError, InputError, OptionError, PlacesError
from equiwait.rows.places import Directory, link_deprivation, load_area_changes, load_index, places_folder
from equiwait.rows.places.build import build_place, check_place, list_places

FILE_7 = "deprivation/IoD2025_File7_layout_rebuilt.csv"
FILE_1 = "deprivation/File_1_IoD2025_Index_of_Multiple_Deprivation.xlsx"
FILE_1_2019 = "deprivation/File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx"
LOOKUP = "lookups/lsoa2011_to_lsoa2021_lad2022_exact_fit.csv"
NOV_2022 = "postcodes/onspd_nov2022_random_100000_pcd_oslaua_pcon_lsoa11.csv"


def test_built_places_resolve_by_name(shared_data: Path, nov_2022_rows: pd.DataFrame) -> None:
    said: list[float] = []
    for name, source in (("directory", NOV_2022), ("imd2025", FILE_7), ("lsoa_changes", LOOKUP)):
        path = build_place(name, shared_data / source, progress=lambda share, what: said.append(share))
        assert path == places_folder() / f"{name}.equiwait"
    assert said.count(1.0) >= 3
    listed = list_places()
    assert listed["name"].tolist() == ["directory", "imd2025", "lsoa_changes"]
    assert listed["edition"].tolist() == ["ONSPD Nov 2022", "IoD 2025", "LSOA 2011 to 2021"]
    rows = pd.DataFrame({"postcode": nov_2022_rows["pcd"].head(3_000)})
    linked = link_deprivation(rows, directory="directory", index="imd2025")  # carried by the lookup that was built
    direct = link_deprivation(
        rows,
        directory=Directory.build(shared_data / NOV_2022),
        index=load_index(shared_data / FILE_7),
        changes=shared_data / LOOKUP,
    )
    pd.testing.assert_frame_equal(linked, direct)
    assert load_index("imd2025", domain="idaci", name="idaci").title == "IoD 2025 IDACI"
    assert load_area_changes("lsoa_changes").counts == {"U": 33_647, "S": 1_900, "M": 239, "X": 9}


def test_a_name_that_was_not_built_says_what_to_get_and_type() -> None:
    with pytest.raises(PlacesError) as refused:
        load_index("imd2019")
    told = str(refused.value)
    assert str(places_folder()) in told
    assert "English Indices of Deprivation 2019" in told
    assert "equiwait places build imd2019 FILE" in told


def test_an_edition_cannot_take_the_name_of_another(shared_data: Path) -> None:
    with pytest.raises(PlacesError, match="is not the edition that 'imd2025' stands for"):
        build_place("imd2025", shared_data / FILE_1_2019)
    with pytest.raises(PlacesError, match="cannot be 'directory'"):
        build_place("directory", shared_data / FILE_1)
    with pytest.raises(PlacesError, match="cannot be 'imd2019'"):
        build_place("imd2019", shared_data / NOV_2022)
    with pytest.raises(OptionError, match="cannot be the name of a place"):
        build_place("../imd", shared_data / FILE_1)
    with pytest.raises(InputError, match="There is no file or folder gone"):
        build_place("imd2025", shared_data / "gone.csv")
    assert list_places().empty


def test_nothing_is_left_of_a_build_that_fails(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_place("imd2025", shared_data / FILE_1)
    before = (places_folder() / "imd2025.equiwait").read_bytes()
    cut = tmp_path / "cut.csv"
    cut.write_text("".join((shared_data / FILE_7).read_text().splitlines(keepends=True)[:9_000]))
    with pytest.raises(PlacesError, match="is not whole"):
        build_place("imd2025", cut)

    def fails(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="no space left"):
        build_place("imd2025", shared_data / FILE_1)
    assert [path.name for path in places_folder().iterdir()] == ["imd2025.equiwait"]
    assert (places_folder() / "imd2025.equiwait").read_bytes() == before


def test_two_processes_that_build_the_same_place_do_no_harm(shared_data: Path, root: Path) -> None:
    script = "import sys; from equiwait.rows.places.build import build_place\nfor _ in range(3): build_place('imd2025', sys.argv[1])"
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    command = [sys.executable, "-c", script, str(shared_data / FILE_1)]
    workers = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    assert [path.name for path in places_folder().iterdir()] == ["imd2025.equiwait"]
    assert check_place(places_folder() / "imd2025.equiwait").whole
    assert len(load_index("imd2025")) == 33_755


def test_a_place_that_was_changed_or_cut_is_found_out(shared_data: Path) -> None:
    path = build_place("directory", shared_data / NOV_2022)
    good = check_place(path)
    assert (good.kind, good.edition, good.rows, good.whole) == ("postcode directory", "ONSPD Nov 2022", 100_000, True)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    changed = check_place(path)
    assert not changed.whole
    assert "build it again" in changed.problems[0]
    path.write_bytes(content[: len(content) // 3])
    cut = check_place(path)
    assert not cut.whole
    assert list_places()["kind"].tolist() == ["cannot be opened"]
    with pytest.raises(EquiwaitError, match="cannot be opened"):
        load_index(path)


CHECKED = {
    NOV_2022: ("postcode directory", "ONSPD Nov 2022", 100_000, True),
    "postcodes/onspd_nov2025_real_header_few_rows.csv": ("postcode directory", "ONSPD Nov 2025", 4, True),
    FILE_1: ("index of deprivation", "IoD 2025", 33_755, True),
    "deprivation/NIMDM17_SOAresults.xls": ("index of deprivation", "NIMDM 2017", 890, True),
    "deprivation/File_7_IoD2025_header_and_first_10_rows_verbatim.csv": ("index of deprivation", "", 0, False),
    LOOKUP: ("changes of areas", "LSOA 2011 to 2021", 35_795, True),
    "lookups/lsoa2011_to_sicbl2022_icb2022_lad2022.csv": ("not recognised", "", 0, False),
    "lookups/lsoa2021_to_sicbl2024_icb2024.csv": ("not recognised", "", 0, False),
    "lookups/lsoa2021_to_ward2024_lad2024.csv": ("not recognised", "", 0, False),
    "lookups/rural_urban_2021_lsoa2021.csv": ("not recognised", "", 0, False),
    "boundaries/birmingham_solihull_lsoa2021.geojson": ("boundaries", "areas by LSOA21CD", 793, True),
}


@pytest.mark.parametrize("name", CHECKED)
def test_each_real_file_is_told_for_what_it_is(shared_data: Path, name: str) -> None:
    check = check_place(shared_data / name)
    assert (check.kind, check.edition, check.rows, check.whole) == CHECKED[name]
    assert check.whole == (not check.problems)
    assert check.file in str(check)


def test_a_part_of_a_directory_says_which(shared_data: Path) -> None:
    path = shared_data / "postcodes/onspd_aug2024_layout_AB_area_8048rows.csv"
    build_place("directory", path)
    for source in (path, places_folder() / "directory.equiwait"):
        assert check_place(source).part == "AB, SE, M, JE"
        assert "Whole: a part: AB" in str(check_place(source))
    assert "Areas: 5 of 2021, 203 of 2011\n" in str(check_place(path))
    assert check_place(shared_data / NOV_2022).part == ""


def test_a_lookup_that_is_not_whole_is_refused(shared_data: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(shared_data / LOOKUP, dtype="str")
    damaged = {
        "cut": rows.head(30_000),
        "twice": pd.concat([rows, rows.head(1)]),
        "swapped": rows.assign(change_code=rows["change_code"].sample(frac=1, random_state=1).to_numpy()),
    }
    for name, frame in damaged.items():
        path = tmp_path / f"{name}.csv"
        frame.to_csv(path, index=False)
        with pytest.raises(PlacesError, match="not the whole exact fit lookup"):
            load_area_changes(path)
    with pytest.raises(PlacesError, match="not the lookup of LSOAs"):
        load_area_changes(shared_data / "lookups/rural_urban_2021_lsoa2021.csv")


def test_an_empty_folder_lists_nothing(tmp_path: Path) -> None:
    assert list_places(tmp_path / "none").columns.tolist() == ["name", "kind", "edition", "checksum", "source", "bytes"]
    with pytest.raises(InputError, match="There is no file or folder"):
        check_place(tmp_path / "none")


@pytest.mark.parametrize("name", ["con", "AUX", "nul", "prn", "lpt1", "COM9", "com¹", "../up", "a b", ""])
def test_names_that_no_file_should_have(name: str, tmp_path: Path) -> None:
    """Windows keeps some of them for devices: nothing written there is ever found again."""
    with pytest.raises(OptionError, match="cannot be the name of a place"):
        build_place(name, tmp_path / "nothing.csv", folder=tmp_path)
    assert not list(tmp_path.iterdir())
