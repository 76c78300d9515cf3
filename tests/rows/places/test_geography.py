"""Points in polygons and distances on the ground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from equiwait.errors import ColumnsError, EquiwaitError, InputError, OptionError, PlacesError
from equiwait.rows.places import Directory, link_deprivation, load_index
from equiwait.rows.places.geography import add_distance, great_circle_km, locate_areas, read_boundaries

EDGE_METRES = 60  # published boundaries are generalised and coordinates are those of one building of a postcode


@pytest.fixture(scope="module")
def located(shared_data: Path, nov_2022_rows: pd.DataFrame) -> pd.DataFrame:
    """Postcodes of Birmingham that the ONS places (November 2022) and whose coordinates are known, located by polygon."""
    points = pd.read_csv(shared_data / "postcodes/west_midlands_postcodes_88482_latlong_lsoa_derived.csv")
    points["key"] = points["pcds"].str.replace(" ", "")
    ons = nov_2022_rows.assign(key=nov_2022_rows["pcd"].str.replace(" ", ""))
    both = points.merge(ons[ons["oslaua"] == "E08000025"][["key", "lsoa11"]], on="key")
    boundaries = read_boundaries(shared_data / "boundaries/birmingham_E08000025_lsoa2011.geojson")
    return locate_areas(both.rename(columns={"long": "lon"}), boundaries, longitude="lon", latitude="lat")


def test_point_in_polygon_agrees_with_the_ons_rows(located: pd.DataFrame) -> None:
    agree = located["area_code"] == located["lsoa11"]
    assert len(located) > 1_000
    assert agree.mean() >= 0.98


def test_those_that_disagree_lie_near_an_edge(located: pd.DataFrame) -> None:
    apart = located[located["area_code"].notna() & (located["area_code"] != located["lsoa11"])]
    assert len(apart) > 0
    assert (apart["area_edge_metres"] < EDGE_METRES).all()
    assert located["area_edge_metres"].median() > EDGE_METRES / 2


@pytest.mark.parametrize(
    ("name", "areas", "header"),
    [
        ("birmingham_E08000025_lsoa2011.geojson", 639, "LSOA11CD"),
        ("birmingham_E08000025_lsoa2011.topojson", 639, "LSOA11CD"),
        ("birmingham_solihull_lsoa2021.geojson", 793, "LSOA21CD"),
    ],
)
def test_each_real_file_of_boundaries_loads(shared_data: Path, name: str, areas: int, header: str) -> None:
    boundaries = read_boundaries(shared_data / "boundaries" / name)
    assert (len(set(boundaries.codes)), boundaries.geography, boundaries.nations) == (areas, header, ("England",))


def test_rows_without_a_point_or_outside_stay(shared_data: Path) -> None:
    rows = pd.DataFrame(
        {"latitude": [52.4797, None, 51.5, 99.999999], "longitude": [-1.9027, -1.9, -0.12, 0.0]}, index=list("abcd")
    )
    located = locate_areas(rows, shared_data / "boundaries/birmingham_solihull_lsoa2021.geojson")
    assert located.index.tolist() == list("abcd")
    assert located["area_code"].notna().tolist() == [True, False, False, False]
    assert located["area_edge_metres"].notna().tolist() == [True, False, False, False]
    index = load_index(shared_data / "deprivation/File_1_IoD2025_Index_of_Multiple_Deprivation.xlsx")
    linked = link_deprivation(located, index=index)
    assert linked["link_status"].tolist() == ["matched", "missing", "missing", "missing"]


def test_boundaries_that_cannot_be_used_are_refused(tmp_path: Path, shared_data: Path) -> None:
    with pytest.raises(InputError, match="There is no file gone"):
        read_boundaries(tmp_path / "gone.geojson")
    (tmp_path / "cut.geojson").write_text('{"type": "FeatureCollection", "features": [')
    with pytest.raises(PlacesError, match="holds no polygons"):
        read_boundaries(tmp_path / "cut.geojson")
    with pytest.raises(PlacesError, match="no property with area codes"):
        read_boundaries(shared_data / "boundaries/birmingham_solihull_lsoa2021.geojson", code="LSOA")
    with pytest.raises(ColumnsError, match="longitude"):
        locate_areas(pd.DataFrame({"x": [1]}), shared_data / "boundaries/birmingham_solihull_lsoa2021.geojson")


# --- distance --------------------------------------------------------------------------------------------------------


def test_great_circle_against_known_distances() -> None:
    """One degree of a meridian on a sphere of radius 6371.0088 km is π·R/180; London to Paris is about 344 km."""
    assert great_circle_km(np.array([0.0]), np.array([0.0]), 1.0, 0.0)[0] == pytest.approx(111.1951, abs=1e-4)
    assert great_circle_km(np.array([51.5074]), np.array([-0.1278]), 48.8566, 2.3522)[0] == pytest.approx(
        343.6, abs=0.5
    )


def test_distance_to_a_site_by_postcode_and_by_coordinates(aug_2024: Directory) -> None:
    rows = pd.DataFrame({"postcode": ["AB1 0AA", "ab10aa", "JE2 4WD", "ZZ99 3VZ", None, "SE1P 5ZZ"]})
    by_postcode = add_distance(rows, "SE1P 5ZZ", directory=aug_2024)["distance_km"]
    by_point = add_distance(rows, (51.492762, -0.080152), directory=aug_2024, name="km")["km"]
    assert by_postcode.isna().tolist() == [False, False, True, True, True, False]
    assert by_postcode[5] == 0
    on_the_grid = np.hypot(385_386 - 533_377, 801_193 - 179_089) / 1_000  # the eastings and northings in the file
    assert by_postcode[0] == by_postcode[1] == pytest.approx(on_the_grid, rel=0.002)
    assert (by_postcode - by_point).abs().max() < 0.002
    assert str(by_postcode.dtype) == "Float64"


@pytest.mark.parametrize(
    "site",
    [(np.nan, -0.1), (51.5, np.inf), (40.7, -74.0), (0.0, 0.0), (51.5,), (51.5, -0.1, 3.0), ("north", "west"), 51.5],
)
def test_a_site_out_of_the_british_isles_is_refused(aug_2024: Directory, site: Any) -> None:
    for to in (site, {"north": (57.1, -2.1), "south": site}):
        with pytest.raises(OptionError, match=r"not a place in the British Isles[\s\S]*latitude first"):
            add_distance(pd.DataFrame({"postcode": ["AB1 0AA"], "site": ["north"]}), to, directory=aug_2024)


def test_swapped_coordinates_are_told(aug_2024: Directory) -> None:
    rows = pd.DataFrame({"postcode": ["AB1 0AA"]})
    with pytest.raises(OptionError, match=r"Longitude stands first[\s\S]*latitude first") as refused:
        add_distance(rows, (-0.1, 51.5), directory=aug_2024)
    assert refused.value.__context__ is None
    for corner in ((60.85, -0.88), (49.18, -2.11), (52.48, 1.76), (52.1, -10.5)):
        assert add_distance(rows, corner, directory=aug_2024)["distance_km"].notna().all()


def test_distance_to_each_ones_own_site(aug_2024: Directory) -> None:
    rows = pd.DataFrame({"postcode": ["AB1 0AA"] * 3, "site": ["north", "south", "elsewhere"]})
    sites = {"north": "AB1 0AA", "south": (51.492762, -0.080152)}
    distance = add_distance(rows, sites, directory=aug_2024)["distance_km"]
    assert distance[0] == 0
    assert distance[1] > 600
    assert distance.isna()[2]


def test_a_site_that_is_nowhere_is_refused_without_naming_its_postcode(aug_2024: Directory) -> None:
    with pytest.raises(EquiwaitError, match="no coordinates in the directory") as refused:
        add_distance(pd.DataFrame({"postcode": ["AB1 0AA"]}), "JE2 4WD", directory=aug_2024)
    assert "JE2" not in str(refused.value)
    for stranger in ("AB1 9ZZ", "AB1? 0AA", "the hospital"):
        with pytest.raises(PlacesError, match="is not in the directory") as refused:
            add_distance(pd.DataFrame({"postcode": ["AB1 0AA"]}), stranger, directory=aug_2024)
        assert stranger not in str(refused.value)
    with pytest.raises(ColumnsError, match="site"):
        add_distance(pd.DataFrame({"postcode": ["AB1 0AA"]}), {"north": (57.0, -2.0)}, directory=aug_2024)
