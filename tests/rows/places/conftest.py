"""Real directories and indices, read once for all tests of places."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from equiwait.rows.places import AreaChanges, Directory, Index, load_area_changes, load_index

NOV_2022 = "postcodes/onspd_nov2022_random_100000_pcd_oslaua_pcon_lsoa11.csv"
AUG_2024 = "postcodes/onspd_aug2024_layout_AB_area_8048rows.csv"
LOOKUP = "lookups/lsoa2011_to_lsoa2021_lad2022_exact_fit.csv"
FILE_1_2019 = "deprivation/File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx"
FILE_1_2025 = "deprivation/File_1_IoD2025_Index_of_Multiple_Deprivation.xlsx"


@pytest.fixture(scope="session")
def nov_2022_rows(shared_data: Path) -> pd.DataFrame:
    """The 100,000 rows themselves, as the ONS gives them."""
    return pd.read_csv(shared_data / NOV_2022, dtype="str", keep_default_na=False)


@pytest.fixture(scope="session")
def nov_2022(shared_data: Path) -> Directory:
    return Directory.build(shared_data / NOV_2022)


@pytest.fixture(scope="session")
def aug_2024(shared_data: Path) -> Directory:
    return Directory.build(shared_data / AUG_2024)


@pytest.fixture(scope="session")
def imd2019(shared_data: Path) -> Index:
    return load_index(shared_data / FILE_1_2019)


@pytest.fixture(scope="session")
def imd2025(shared_data: Path) -> Index:
    return load_index(shared_data / FILE_1_2025)


@pytest.fixture(scope="session")
def changes(shared_data: Path) -> AreaChanges:
    return load_area_changes(shared_data / LOOKUP)


def official(path: Path) -> pd.DataFrame:
    """An English File 1 as pandas reads it: code, rank, decile."""
    frame = pd.read_excel(path, sheet_name=1, engine="calamine")
    frame = frame.iloc[:, [0, 4, 5]]
    frame.columns = ["code", "rank", "decile"]
    return frame.set_index("code")


@pytest.fixture(scope="session")
def official_2019(shared_data: Path) -> pd.DataFrame:
    return official(shared_data / FILE_1_2019)


@pytest.fixture(scope="session")
def official_2025(shared_data: Path) -> pd.DataFrame:
    return official(shared_data / FILE_1_2025)


@pytest.fixture(autouse=True)
def _own_places_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or fills the places folder of the person who runs it."""
    monkeypatch.setenv("EQUIWAIT_PLACES", str(tmp_path / "places"))
