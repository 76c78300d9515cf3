"""The pages that are looked at: the three samples, a short list, and a national one; and every kind of picture.

python -m reporting.browser.pages FOLDER [national workbook]     (in the folder tests: writes them all, to be looked at)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import geopandas
import numpy as np
import pandas as pd
import shapely

import equiwait as ew
from equiwait import charts as draw
from equiwait.reporting import how_linked, how_ordered
from equiwait.results import Chart, Result
from equiwait.samples import SNAPSHOT, sample_path

VOICE = ew.Voice(
    "Nobody told us that we could ask.", "a father, listening session", "agreed to be quoted", "imd_quintile"
)


QUICK = None if os.environ.get("EQUIWAIT_EVERY_PAGE") else ["over_18_weeks", "over_52_weeks"]


def results_of(sample: str, rows: int | None = None, *, suppression: str = "hes") -> list[ew.Result]:
    """Everything that a report of a sample asks; of a short list the exact figures, for the team."""
    preset = "paediatric_surgery_illustrative" if sample == "childrens_surgery" else "england_default"
    waiting = ew.read_list(sample_path(sample), snapshot=SNAPSHOT).head(rows or 10**6)
    waiting = ew.link_deprivation(waiting, directory=sample_path("directory"), index=sample_path("index"))
    if sample == "childrens_surgery":
        children = ew.load_index(sample_path("index_children"), name="idaci")
        waiting = ew.link_deprivation(waiting, directory=sample_path("directory"), index=children)
    policy = ew.Policy.preset(preset)
    ordered = ew.score(ew.flag_missing(waiting), policy)
    asked = ["imd_quintile", "ethnicity", "sex"]
    found = [
        ew.disparities(ordered, asked, measures=QUICK, suppression=suppression),
        ew.unknowns(ordered, asked, measure="over_18_weeks", suppression=suppression),
        ew.completeness(ordered, "site" if "site" in ordered else None, suppression=suppression),
        ew.check_list(ordered, suppression=suppression),
        how_linked(ordered, suppression=suppression),
        how_ordered(ordered, policy, suppression=suppression),
    ]
    if sample == "childrens_surgery":
        found.append(ew.displacement(ordered, by=["imd_quintile", "sex"], suppression=suppression))
    return found


@dataclass(frozen=True, eq=False, repr=False)
class Pictures(Result):
    """Every kind of picture of a page, of made-up numbers."""

    section: ClassVar[str] = "time"

    def charts(self) -> Sequence[Chart]:
        made = []
        for name, (plot, page, table, how) in kinds().items():
            shown = partial(plot, table, **how)
            made.append(
                Chart(
                    name,
                    f"Picture: {name}",
                    name,
                    lambda ax, shown=shown: shown(ax=ax),
                    table,
                    (7, 4),
                    partial(page, table, **how),
                )
            )
        return made


def kinds() -> dict[str, tuple]:
    """A table for each kind of chart, with a hidden group, a silence, long names and a name of markup in each."""
    groups = [
        "1 (most deprived)",
        "5 (least deprived)",
        "A: a very long name of a group that wraps, and wraps again",
        "<b>Tiny</b>",
        "Not known",
    ]
    base = pd.DataFrame({
        "group": groups, "n": [1240.0, 430.0, 155.0, np.nan, 35.0], "value": [0.412, 0.29, 0.334, np.nan, 0.45],
        "lower": [0.385, 0.25, 0.26, np.nan, 0.30], "upper": [0.44, 0.335, 0.41, np.nan, 0.61],
        "difference": [0.122, np.nan, 0.044, np.nan, 0.06], "difference_lower": [0.07, np.nan, -0.04, np.nan, -0.09],
        "difference_upper": [0.174, np.nan, 0.13, np.nan, 0.22], "suppressed": [False, False, False, True, False],
        "reference": ["5 (least deprived)"] * 4 + ["everyone recorded"], "note": [""] * 3 + ["hidden: 1 to 7 people", ""],
    })  # fmt: skip
    pairs = base.assign(first=[0.4, 0.2, 0.1, np.nan, 0.1], second=[0.5, 0.15, 0.1, np.nan, 0.12])
    moved = base.assign(
        people=base["n"], share_up=[0.3, 0.1, 0.12, np.nan, 0.0], share_down=[0.05, 0.4, 0.2, np.nan, 0.1]
    )
    missing = pd.DataFrame({
        "group": ["Ethnicity", "Postcode", "Sex"], "n": [2000.0, 2000.0, 2000.0], "blank": [240.0, 80.0, np.nan],
        "not_stated": [120.0, 0.0, 0.0], "not_known": [40.0, 0.0, 0.0], "invalid": [20.0, np.nan, 0.0],
    })  # fmt: skip
    weeks = np.arange(0, 80, 4)
    curves = pd.concat([
        pd.DataFrame({"group": name, "weeks": weeks, "value": np.exp(-weeks / pace), "lower": 0.0, "upper": 1.0,
                      "at_risk": np.where(weeks < 60, 500 - 6 * weeks, np.nan)})
        for name, pace in (("most deprived", 40.0), ("least deprived", 25.0), ("no fixed abode", 33.0))
    ])  # fmt: skip
    sizes = np.array([60, 120, 250, 400, 800, 1500.0])
    width = 1.96 * np.sqrt(0.3 * 0.7 / sizes)
    funnel = pd.DataFrame({
        "group": list("ABCDEF"), "n": sizes, "value": [0.31, 0.25, 0.46, 0.29, 0.31, 0.27], "target": 0.3, "lower": 0.3 - width,
        "upper": 0.3 + width, "outer_lower": 0.3 - 1.6 * width, "outer_upper": 0.3 + 1.6 * width,
    })  # fmt: skip
    heat = pd.DataFrame([(site, name, share) for site, shares in (("North", (0.01, 0.04, 0.2)), ("South", (0.1, np.nan, 0.0)))
                         for name, share in zip(("Ethnicity", "Postcode", "Sex"), shares, strict=True)], columns=["group", "field", "value"])  # fmt: skip
    months = [f"2026-{month:02}" for month in range(1, 11)]
    series = pd.DataFrame({
        "month": months, "difference": [0.1, 0.12, np.nan, 0.11, 0.09, 0.2, 0.08, 0.07, 0.06, 0.02], "mean": 0.09, "limit_lower": 0.02,
        "limit_upper": 0.16, "signal": [""] * 5 + ["beyond a limit"] + [""] * 4, "state": [""] * 9 + ["looks incomplete"], "not_recorded": 0.1,
    })  # fmt: skip
    series["difference_lower"], series["difference_upper"] = series["difference"] - 0.05, series["difference"] + 0.05
    squares = geopandas.GeoDataFrame(
        {"code": list("ABCD")}, geometry=[shapely.box(x, 51, x + 1, 52) for x in range(4)], crs="EPSG:4326"
    )
    areas = pd.DataFrame(
        {"area_code": list("ABCD"), "value": [0.1, 0.2, 0.4, np.nan], "suppressed": [False, False, False, True]}
    )
    shaded = {"boundaries": squares, "label": "Share waiting over 18 weeks", "insets": {"The first": (0, 51, 1, 52)}}
    parts = pd.DataFrame(
        {
            "factor": ["Urgency", "Time waited", "Deprivation"],
            "points": [20.0, 14.5, np.nan],
            "low": [20.0, 14.5, 0.0],
            "high": [20.0, 14.5, 8.0],
        }
    )
    return {
        "gaps": (draw.gap_plot, draw.gap_html, base, {"label": "Waiting over 18 weeks"}),
        "intervals": (draw.interval_plot, draw.interval_html, base, {"reference": "5 (least deprived)"}),
        "bars": (draw.bars, draw.bars_html, base, {}),
        "pairs": (
            draw.dumbbell_plot,
            draw.dumbbell_html,
            pairs,
            {"first_label": "of the list", "second_label": "of the longest"},
        ),
        "movers": (draw.mover_plot, draw.mover_html, moved, {}),
        "missing": (draw.missing_bars, draw.missing_html, missing, {}),
        "curves": (draw.curve_plot, draw.curve_html, curves, {}),
        "funnel": (draw.funnel_plot, draw.funnel_html, funnel, {}),
        "heat map": (draw.heat_plot, draw.heat_html, heat, {}),
        "series": (
            draw.series_plot,
            draw.series_html,
            series,
            {"beneath": "not_recorded", "beneath_label": "Not recorded"},
        ),
        "map": (draw.area_map, draw.map_html, areas, shaded),
        "waterfall": (draw.waterfall_plot, draw.waterfall_html, parts, {}),
    }


def page_of(name: str, folder: Path, national: str = "") -> Path:
    """Write the page of that name."""
    to = folder / f"{name}.html"
    if name == "pictures":
        return ew.report(
            Pictures("Pictures", pd.DataFrame({"group": ["A"], "n": [10.0]})), to=to, allow_unsuppressed=True
        )
    if name == "short":
        return ew.report(*results_of("adult_ptl", 200, suppression="none"), to=to, allow_unsuppressed=True)
    if name == "national":
        return ew.report(ew.disparities(ew.read_published(national)), to=to, title="Is the wait fair? England")
    return ew.report(
        *results_of(SAMPLES[name]), to=to, title=f"Is the wait fair? The list on {SNAPSHOT}", voices=[VOICE]
    )


SAMPLES = {"adult": "adult_ptl", "children": "childrens_surgery", "wlmds": "wlmds_extract"}


if __name__ == "__main__":
    for each in (*SAMPLES, "short", "pictures", *(["national"] if sys.argv[2:] else [])):
        path = page_of(each, Path(sys.argv[1]), *sys.argv[2:])
        print(path, path.stat().st_size)
