"""Maps shade what has a figure, hatch and count what has none, and never reach for the network."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from equiwait.charts.maps import SHADES, area_map, map_words, read_boundaries
from equiwait.errors import ColumnsError, InputError, OptionError


def square(x: float) -> dict[str, object]:
    ring = [[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def boundaries(tmp_path: Path) -> Path:
    features = [
        {"type": "Feature", "properties": {"name": f"Area {i}", "code": f"A{i}"}, "geometry": square(i)}
        for i in range(8)
    ]
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "area_code": ["A0", "A1", "A2", "A3", "A4", "A5", "Z9"],
            "value": [0.1, 0.2, 0.3, 0.4, np.nan, np.nan, 0.2],
            "suppressed": [False, False, False, False, True, False, False],
        }
    )


def key(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def new() -> Axes:
    return Figure(figsize=(6, 4), layout="constrained").subplots()


def test_shades_hatches_and_counts_every_area(boundaries: Path, table: pd.DataFrame) -> None:
    ax = new()
    assert area_map(table, boundaries, ax=ax, label="Share over 18 weeks") is ax
    ax.figure.savefig(io.BytesIO(), format="svg")
    said = key(ax)
    assert said[-3:] == [
        "Hidden (small numbers) (1 area)",
        "No figure (3 areas)",
        "Not on the map: 1 area of the table",
    ]
    assert [line.split(" (")[1] for line in said[:-3]] == ["1 area)"] * 4
    assert sum(bool(each.get_hatch()) for each in ax.collections) == 2


def test_one_value_everywhere_is_one_class(boundaries: Path, table: pd.DataFrame) -> None:
    ax = area_map(table.assign(value=0.25, suppressed=False).iloc[:6], boundaries, ax=new())
    assert key(ax) == ["25% (6 areas)", "No figure (2 areas)"]


def test_no_value_at_all_is_only_hatched(boundaries: Path, table: pd.DataFrame) -> None:
    ax = area_map(table.assign(value=np.nan).iloc[:6], boundaries, ax=new())
    assert key(ax) == ["Hidden (small numbers) (1 area)", "No figure (7 areas)"]


def test_shades_run_from_light_to_dark() -> None:
    grey = [sum(int(shade[i : i + 2], 16) for i in (1, 3, 5)) for shade in SHADES]
    assert grey == sorted(grey, reverse=True)


def test_the_property_can_be_named_and_a_wrong_one_is_refused(boundaries: Path, table: pd.DataFrame) -> None:
    assert area_map(table, boundaries, ax=new(), key="code").get_legend()
    with pytest.raises(OptionError, match="Did you mean 'code'"):
        area_map(table, boundaries, ax=new(), key="codes")


def test_areas_of_another_year_are_refused(boundaries: Path, table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="No area of the table"):
        area_map(table.assign(area_code=[f"B{i}" for i in range(7)]), boundaries, ax=new())


def test_an_area_twice_is_refused(boundaries: Path, table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="more than once"):
        area_map(pd.concat([table, table]), boundaries, ax=new())


def test_a_missing_column_is_named(boundaries: Path, table: pd.DataFrame) -> None:
    with pytest.raises(ColumnsError, match="value"):
        area_map(table.drop(columns="value"), boundaries, ax=new())


@pytest.mark.parametrize("address", ["https://example.org/areas.geojson", "http://example.org/a.json"])
def test_a_web_address_is_only_a_file_that_is_not_there(address: str) -> None:
    with pytest.raises(InputError, match="never fetches"):
        read_boundaries(address)


@pytest.mark.parametrize("text", ["{}", "not json", '{"type": "FeatureCollection", "features": []}'])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="not a GeoJSON file") as caught:
        read_boundaries(path)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_real_boundaries(shared_data: Path) -> None:
    path = shared_data / "boundaries" / "birmingham_solihull_lsoa2021.geojson"
    shapes = read_boundaries(path)
    table = pd.DataFrame({"area_code": shapes["LSOA21CD"], "value": np.linspace(0, 1, len(shapes))})
    ax = area_map(table, path, ax=new())
    counts = [int(line.split("(")[1].split()[0]) for line in key(ax)]
    assert sum(counts) == len(shapes) == 793
    assert max(counts) - min(counts) <= 1


def test_words(table: pd.DataFrame) -> None:
    assert map_words(table, what="Share over 18 weeks") == (
        "Share over 18 weeks, by area: from 10% to 40% in 5 areas. Hidden (small numbers): 1 area. No figure: 1 area."
    )
