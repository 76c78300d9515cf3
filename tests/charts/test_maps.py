"""Maps shade what has a figure, hatch and count what has none, and never reach for the network."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import equiwait as ew
from equiwait.charts.map_pages import map_html
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


class TestPage:
    """The same map as HTML: the classes of the picture, one area each, and what is hidden hatched."""

    @staticmethod
    def looks(html: str) -> dict[str, str]:
        found = re.findall(
            r'<path class="area (\w+)" d="[^"]+"><title>(\w+): [^<]*</title>', html[html.index('class="whole"') :]
        )
        return {code: look for look, code in found}

    def test_every_area_is_shaded_by_its_value_or_hatched_or_empty(self, boundaries: Path, table: pd.DataFrame) -> None:
        html = map_html(table, boundaries, label="Share over 18 weeks")
        assert self.looks(html) == {
            "A0": "shade0", "A1": "shade1", "A2": "shade2", "A3": "shade3", "A4": "hidden", "A5": "none", "A6": "none", "A7": "none",
        }  # fmt: skip
        assert "hidden (small numbers) (1 area)" in html
        assert "no figure (3 areas)" in html
        assert "Not on the map: 1 area of the table." in html
        assert map_words(table, what="Share over 18 weeks") in html
        assert "A4: hidden" in html
        assert "A4: 0%" not in html

    def test_shapes_stand_where_they_are(self, boundaries: Path, table: pd.DataFrame) -> None:
        html = map_html(table, boundaries)
        box = re.search(r'viewBox="0 0 (\d+) (\d+)"', html)
        first = re.search(r'd="M(\d+) (\d+)L(\d+) (\d+)', html)
        assert [int(part) for part in box.groups()] == [1000, 125]  # eight squares in a row, on the equator
        assert [int(part) for part in first.groups()] == [0, 125, 125, 125]

    def test_an_inset_draws_its_box_once_more(self, boundaries: Path, table: pd.DataFrame) -> None:
        html = map_html(table, boundaries, insets={"The <first> two": (0.0, 0.0, 1.9, 1.0)})
        assert "<figcaption>The &lt;first&gt; two</figcaption>" in html
        inset = html[html.index('class="inset"') :]
        assert set(re.findall(r"<title>(A\d)", inset)) == {"A0", "A1"}
        ax = new()
        area_map(table, boundaries, ax=ax, insets={"The first two": (0.0, 0.0, 1.9, 1.0)})
        assert [each.get_title() for each in ax.child_axes] == ["The first two"]
        ax.figure.savefig(io.BytesIO(), format="svg")

    def test_no_tiles_and_no_address(self, boundaries: Path, table: pd.DataFrame) -> None:
        assert "http" not in map_html(table, boundaries)


def test_gaps_and_records_by_area_go_on_a_map_and_into_a_report(tmp_path: Path, boundaries: Path) -> None:
    rows = np.arange(2000)
    raw = pd.DataFrame({
        "clock_start": pd.Timestamp("2026-10-31") - pd.to_timedelta(40 + rows % 211, unit="D"), "pathway_id": rows.astype(str),
        "ethnicity": np.where(rows % 9 == 0, "", "A"), "lad": [f"A{at}" for at in rows % 4],
    })  # fmt: skip
    waiting = ew.flag_missing(ew.read_list(raw, snapshot="2026-10-31"))
    gaps = ew.disparities(waiting, "lad", measures=["over_18_weeks"])
    mapped = gaps.on_map(boundaries, by="lad")
    assert mapped.table["group"].tolist() == ["A0", "A1", "A2", "A3"]
    silent = ew.completeness(waiting, "lad").on_map(boundaries, by="lad", field="ethnicity")
    page = ew.report(gaps, mapped, silent, to=tmp_path / "r.html").read_text("utf-8")
    for made, value in ((mapped, "value"), (silent, "share")):
        for _, row in made.table.iterrows():
            assert f"<title>{row['group']}: {row[value]:.1%}</title>" in page
    assert mapped.made_again(mapped.released).table.equals(mapped.table)
    with pytest.raises(OptionError, match="nothing to put on a map"):
        gaps.on_map(boundaries, by="icb")
