"""The invented town: its index and directory are whole, and its map is of a place where nobody can live."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from equiwait.samples import sample_path


@pytest.fixture(scope="module")
def directory():
    return pd.read_csv(sample_path("directory"), dtype=str, keep_default_na=False)


@pytest.mark.parametrize("name", ["index", "index_children"])
def test_an_index_ranks_every_area_once_and_deciles_are_tenths(name):
    index = pd.read_csv(sample_path(name))
    assert sorted(index["rank"]) == list(range(1, 61))
    assert index["area_code"].is_unique
    assert index["decile"].value_counts().to_dict() == dict.fromkeys(range(1, 11), 6)
    by_rank = index.sort_values("rank")
    assert by_rank["decile"].is_monotonic_increasing
    assert by_rank["score"].is_monotonic_decreasing
    assert by_rank["score"].is_unique


def test_the_childrens_index_is_another_index():
    overall, children = (
        pd.read_csv(sample_path(name)).set_index("area_code")["rank"] for name in ("index", "index_children")
    )
    assert 0.7 < overall.corr(children) < 0.99


def test_the_directory_has_live_terminated_and_placeless_postcodes(directory):
    assert len(directory) == 1500
    assert directory["pcds"].is_unique
    assert directory["pcds"].str.fullmatch(r"EQ[1-9] \d[A-BD-HJLNP-UW-Z]{2}").all()
    assert 0.03 < (directory["doterm"] != "").mean() < 0.10
    assert (directory["lsoa21cd"] == "").sum() == 4


def test_every_area_has_people_in_live_postcodes(directory):
    live = directory[(directory["doterm"] == "") & (directory["lsoa21cd"] != "")]
    index = pd.read_csv(sample_path("index"))
    assert live.groupby("lsoa21cd").size().reindex(index["area_code"]).min() >= 10


def test_the_map_is_of_the_same_areas_side_by_side_out_at_sea():
    from shapely.geometry import shape
    from shapely.strtree import STRtree

    features = json.loads(sample_path("areas").read_text(encoding="utf-8"))["features"]
    shapes = [shape(feature["geometry"]) for feature in features]
    index = pd.read_csv(sample_path("index"))
    assert [feature["properties"]["area_code"] for feature in features] == index["area_code"].tolist()
    assert all(one.is_valid and one.exterior.is_ccw for one in shapes)
    west, south, east, north = (
        limit(one.bounds[side] for one in shapes) for side, limit in enumerate((min, min, max, max))
    )
    assert 2.5 < west < east < 2.9
    assert 55.0 < south < north < 55.3
    pairs = STRtree(shapes).query(shapes, predicate="intersects").T
    assert max(shapes[a].intersection(shapes[b]).area for a, b in pairs if a < b) < 1e-8


def test_postcodes_lie_in_their_area(directory):
    from shapely.geometry import Point, shape

    features = json.loads(sample_path("areas").read_text(encoding="utf-8"))["features"]
    shapes = {feature["properties"]["area_code"]: shape(feature["geometry"]) for feature in features}
    placed = directory[directory["lsoa21cd"] != ""]
    points = zip(placed["long"].astype(float), placed["lat"].astype(float), placed["lsoa21cd"], strict=True)
    assert all(shapes[code].contains(Point(x, y)) for x, y, code in points)
