"""What a page's picture says is what its table holds: every mark is read back from where it stands, every number from the words."""

from __future__ import annotations

import re
from html import unescape

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from equiwait import charts as draw
from equiwait.charts.marks import in_units
from equiwait.units import printed

RNG = np.random.default_rng(27)
GROUPS = ["North", "South", "Eastquay", "Hill", "Not known"]


def number(said: str) -> float:
    return float(re.search(r"-?\d[\d.]*", said.replace("−", "-").replace(",", "").replace("+", ""))[0])


def table() -> pd.DataFrame:
    """Five groups with figures of every kind; one is hidden, one is a silence."""
    value = RNG.uniform(0.05, 0.9, 5).round(3)
    gap = RNG.uniform(-0.4, 0.4, 5).round(3)
    made = pd.DataFrame({
        "group": GROUPS, "n": RNG.integers(20, 9_000, 5).astype(float), "value": value, "lower": value - 0.041, "upper": value + 0.073,
        "difference": gap, "difference_lower": gap - 0.067, "difference_upper": gap + 0.089, "reference": "Hill",
        "suppressed": [False, False, True, False, False], "first": value, "second": value[::-1], "share_up": value / 2, "share_down": value[::-1] / 3,
    }).assign(people=lambda each: each["n"])  # fmt: skip
    made.loc[2, made.columns[2:].difference(["reference", "suppressed", "people"])] = np.nan
    made.loc[3, ["difference", "difference_lower", "difference_upper"]] = np.nan
    return made


def tracks(html: str, units: float) -> list[list[float]]:
    """The numbers at which the marks of each row stand, by the scale that is printed above them."""
    head, body = html.split("<tbody", 1)
    ticks = [(float(at), number(said)) for at, said in re.findall(r'<text x="([\d.]+)%"[^>]*>([^<]+)<', head)]
    zero = min(ticks, key=lambda tick: abs(tick[1]))
    far = max(ticks, key=lambda tick: tick[0])
    scale = (far[1] - zero[1]) / (far[0] - zero[0]) / units
    rows = []
    for row in re.findall(r"<tr .*?</tr>", body, flags=re.DOTALL):
        marks = re.findall(r'<circle class="(?:dot|ring)[^"]*" cx="([\d.]+)%"|<svg class="over" x="([\d.]+)%"', row)
        at = [float(one or other) for one, other in marks]
        for left, right in re.findall(r'<line class="reach[^"]*" x1="([\d.]+)%" x2="([\d.]+)%"', row):
            at += [float(left), float(right)]
        for left, wide in re.findall(r'<rect class="ba(?:r|nd)[^"]*" x="([\d.]+)%" width="([\d.]+)%"', row):
            at += [float(left), float(left) + float(wide)]
        rows.append([zero[1] / units + scale * (each - zero[0]) for each in at])
    return rows


def stacked(row: pd.Series) -> list[float]:
    ends = np.cumsum([row[name] / row["n"] for name in ("blank", "not_stated", "not_known", "invalid")])
    return [0.0, *ends]


def missing() -> pd.DataFrame:
    people = RNG.integers(1_000, 3_000, 3).astype(float)
    shares = {
        name: (people * part).round()
        for name, part in zip(("blank", "not_stated", "not_known", "invalid"), (0.11, 0.07, 0.05, 0.03), strict=True)
    }
    return pd.DataFrame({"group": ["ethnicity", "postcode", "sex"], "n": people, **shares})


PARTS = pd.DataFrame(
    {
        "factor": ["Urgency", "Wait", "Area"],
        "points": [20.0, 14.5, np.nan],
        "low": [20.0, 14.5, 0.0],
        "high": [20.0, 14.5, 8.0],
    }
)

KINDS = {
    "intervals": (draw.interval_html, table(), 100, lambda row: [row["value"], row["lower"], row["upper"]]),
    "gaps": (draw.gap_html, table(), 100, lambda row: [0.0] if row["group"] == "Hill" else [row["difference"], row["difference_lower"], row["difference_upper"]]),
    "bars": (draw.bars_html, table(), 100, lambda row: [0.0, row["value"]]),
    "pairs": (draw.dumbbell_html, table(), 100, lambda row: [row["first"], row["second"]]),
    "movers": (draw.mover_html, table(), 100, lambda row: [0.0, row["share_up"], -row["share_down"]]),
    "missing": (draw.missing_html, missing(), 100, stacked),
    "waterfall": (draw.waterfall_html, PARTS, 1, lambda row: {"Urgency": [0.0, 20.0], "Wait": [20.0, 34.5], "Area": [34.5, 34.5, 42.5]}[row["factor"]]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_marks_of_rows_stand_where_their_numbers_are(kind: str) -> None:
    page, drawn, units, expected = KINDS[kind]
    found = tracks(page(drawn), units)
    rows = drawn.iloc[[*(at for at in range(len(drawn)) if drawn.iloc[at, 0] != "Not known"), *(at for at in range(len(drawn)) if drawn.iloc[at, 0] == "Not known")]]  # fmt: skip
    assert len(found) == len(rows)
    reach = max(abs(each) for row in found for each in row)
    for marks, (_, row) in zip(found, rows.iterrows(), strict=True):
        wanted = {round(each, 6) for each in expected(row) if each == each}
        for each in wanted if row.get("suppressed") is not True else ():
            assert min(abs(each - mark) for mark in marks) < 0.004 * reach, (kind, each)
        for mark in marks:
            assert min(abs(each - mark) for each in wanted) < 0.004 * reach, (kind, mark)
    if "suppressed" in drawn:
        assert found[2] == []


# --- planes -----------------------------------------------------------------------------------------------------------


def plane(html: str) -> tuple:
    """What turns a place on a plane into numbers, by the ticks beside it and under it."""
    left = re.search(r'<svg class="left".*?</svg>', html)[0]
    under = re.search(r'<svg class="under".*?</svg>', html)[0]
    up = [(float(at), number(said)) for at, said in re.findall(r'<text [^>]*y="([\d.]+)%"[^>]*>([^<]+)<', left)]
    along = [(float(at), number(said)) for at, said in re.findall(r'<text x="([\d.]+)%"[^>]*>([^<]+)<', under)]

    def line(ticks):
        (one, low), (other, high) = ticks[0], ticks[-1]
        return lambda at: low + (at - one) / (other - one) * (high - low)

    return line(along), line(up)


def dots(html: str) -> list[tuple[float, float]]:
    found = re.findall(
        r'<circle class="(?:dot|ring)" cx="([\d.]+)%" cy="([\d.]+)%"|<svg class="over" x="([\d.]+)%" y="([\d.]+)%"',
        html,
    )
    return [(float(a or c), float(b or d)) for a, b, c, d in found]


def test_a_funnel_s_places_stand_where_their_numbers_are() -> None:
    sizes = np.array([60, 120, 250, 400, 800, 1500.0])
    width = 1.96 * np.sqrt(0.21 / sizes)
    funnel = pd.DataFrame({
        "group": list("ABCDEF"), "n": sizes, "value": [0.31, 0.25, 0.46, 0.29, 0.31, 0.27], "target": 0.3, "lower": 0.3 - width,
        "upper": 0.3 + width, "outer_lower": 0.3 - 1.6 * width, "outer_upper": 0.3 + 1.6 * width,
    })  # fmt: skip
    html = draw.funnel_html(funnel)
    people, share = plane(html)
    found = sorted((people(x), share(y) / 100) for x, y in dots(html))
    assert found == [
        pytest.approx(each, rel=0.02, abs=0.002) for each in zip(funnel["n"], funnel["value"], strict=True)
    ]
    (whole,) = re.findall(r'<line class="zero" x2="100%" y1="([\d.]+)%"', html)
    assert share(float(whole)) / 100 == pytest.approx(0.3, abs=0.002)
    limits = re.findall(r'<path class="line (?:outer|inner)" d="([^"]+)"', html)
    assert len(limits) == 4
    for name, drawn in zip(("outer_lower", "lower", "upper", "outer_upper"), limits, strict=True):
        places = [tuple(map(float, each.split())) for each in re.split("[ML]", drawn)[1:]]
        assert [share(y) / 100 for _, y in places] == pytest.approx(funnel[name].tolist(), abs=0.004)


def test_curves_step_where_their_numbers_are() -> None:
    weeks = np.arange(0.0, 80, 4)
    curve = pd.DataFrame({"group": "all", "weeks": weeks, "value": np.exp(-weeks / 33), "at_risk": 500 - 6 * weeks})
    html = draw.curve_html(curve)
    when, share = plane(html)
    (path,) = re.findall(r'<path class="line one" d="([^"]+)"', html)
    start, *steps = re.findall(r"M([\d.]+ [\d.]+)|H([\d.]+)V([\d.]+)", path)
    places = [tuple(map(float, start[0].split())), *((float(x), float(y)) for _, x, y in steps)]
    assert [when(x) for x, _ in places] == pytest.approx(weeks, abs=0.2)
    assert [share(y) / 100 for _, y in places] == pytest.approx(curve["value"], abs=0.004)


def test_a_series_stands_where_its_numbers_are() -> None:
    gaps = [0.1, 0.12, np.nan, 0.11, 0.09, 0.2, 0.08, -0.07]
    series = pd.DataFrame({"month": [f"2026-{at:02}" for at in range(1, 9)], "difference": gaps})
    html = draw.series_html(series)
    left = re.search(r'<svg class="left".*?</svg>', html)[0]
    ticks = [(float(at), number(said)) for at, said in re.findall(r'<text [^>]*y="([\d.]+)%"[^>]*>([^<]+)<', left)]
    (one, low), (other, high) = ticks[0], ticks[-1]
    found = [low + (y - one) / (other - one) * (high - low) for _, y in dots(html)]
    assert found == pytest.approx([100 * each for each in gaps if each == each], abs=0.3)
    assert [x for x, _ in dots(html)] == pytest.approx(
        [100 * (at + 0.5) / 8 for at, each in enumerate(gaps) if each == each], abs=0.02
    )


def test_a_map_s_shades_are_those_of_their_numbers() -> None:
    codes, values = list("ABCDEFGH"), [0.11, 0.2, 0.27, 0.34, 0.41, 0.58, 0.66, np.nan]
    squares = geopandas.GeoDataFrame(
        {"code": codes}, geometry=[shapely.box(at, 51, at + 1, 52) for at in range(8)], crs="EPSG:4326"
    )
    areas = pd.DataFrame({"area_code": codes, "value": values, "suppressed": [False] * 7 + [True]})
    html = draw.map_html(areas, squares, label="Share")
    ranges = {
        look: tuple(number(part) / 100 for part in said.split(" to "))
        for look, said in re.findall(r'<rect class="area (shade\d)"[^>]*/></svg><span>([^(<]+) \(', html)
    }
    shown = re.findall(r'<path class="area (\w+)" d="[^"]*"><title>(\w): ([^<]+)</title>', html)
    assert len(shown) == 8
    for (look, code, said), value in zip(shown, values, strict=True):
        assert code == codes[values.index(value)] if value == value else look == "hidden"
        if value == value:
            low, high = ranges[look]
            assert low - 0.006 <= value <= high + 0.006
            assert said == f"{value:.0%}"


def test_a_heat_map_darkens_with_its_numbers() -> None:
    shares = RNG.uniform(0, 0.4, 12).round(3)
    heat = pd.DataFrame(
        {"group": np.repeat(["North", "South", "East"], 4), "field": ["a", "b", "c", "d"] * 3, "value": shares}
    )
    cells = re.findall(r'<td [^>]*class="heat(\d)">([^<]+)</td>', draw.heat_html(heat))
    assert [said for _, said in cells] == [printed(share, "percent") for share in shares]
    assert [int(look) for look, _ in sorted(cells, key=lambda cell: number(cell[1]))] == sorted(
        int(look) for look, _ in cells
    )


# --- numbers in words -------------------------------------------------------------------------------------------------

WORDS = re.compile(r"[+−]?\d[\d,]*(?:\.\d+)?")


def forms(values: list[float], *units) -> set[str]:
    """Every way in which a number may be printed."""
    said = [printed(value, unit) for value in values if value == value for unit in units]
    said += [in_units(value, unit) for value in values for unit in units if unit != "number"]
    return set(WORDS.findall(" ".join(said)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_in_a_picture_s_words_and_alternative_is_the_table_s(kind: str) -> None:
    page, drawn, units, expected = KINDS[kind]
    html = page(drawn)
    scale = set(WORDS.findall(" ".join(re.findall(r"<text [^>]*>([^<]+)<", html))))
    said = unescape(re.sub(r"<text [^>]*>[^<]+<", "<", html))
    alt = " ".join(re.findall(r'aria-label="([^"]+)"', said))
    words = re.sub(r"<[^>]+>", " ", said)
    figures = [float(each) for name in drawn.select_dtypes("number") for each in drawn[name]]
    figures += [float(each) for _, row in drawn.iterrows() for each in expected(row)]
    allowed = forms(figures, *(("percent", "points", "people") if units == 100 else ("number",))) | {
        "1",
        "7",
    }  # "hidden (1–7 people)"
    if kind == "missing":
        allowed |= forms(
            (drawn[["blank", "not_stated", "not_known", "invalid"]].div(drawn["n"], axis=0))
            .to_numpy()
            .ravel()
            .tolist(),
            "percent",
        )
    assert set(WORDS.findall(words)) - allowed - scale == set()
    assert set(WORDS.findall(alt)) - allowed == set()
    assert len(WORDS.findall(alt)) >= 2
