"""What is planted in each sample: who is on the list, how long each waits, what is not recorded about whom.

Waits of a cell (area fifth × ethnicity × age band × priority × learning disability) follow a Weibull distribution:
the share of people who wait more than t days is exp(−(t / scale)^shape), and the scale is a product of one number per
characteristic. So every share that equiwait should find is a finite sum, worked out in `planted_table`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.fields import INVALID

__all__ = ["BLANK", "ETHNICITIES", "PLANS", "Plan", "ethnicity_given_quintile", "planted_table", "scale_of"]

BLANK = "blank"
MEASURES: Mapping[str, int] = MappingProxyType({"over_18_weeks": 127, "over_52_weeks": 365, "over_65_weeks": 456})
"""The first whole day that counts as over: 18 weeks end with day 126, a year with day 364, 65 weeks with day 455."""

# Shares of ethnic categories in the most and in the least deprived fifth; between them, in a straight line.
_MOST = {"A": 0.50, "B": 0.01, "C": 0.06, "D": 0.015, "E": 0.01, "F": 0.01, "G": 0.01, "H": 0.03, "J": 0.16, "K": 0.06,
         "L": 0.025, "M": 0.04, "N": 0.05, "P": 0.01, "R": 0.005, "S": 0.005}  # fmt: skip
_LEAST = {"A": 0.84, "B": 0.01, "C": 0.04, "D": 0.005, "E": 0.005, "F": 0.01, "G": 0.01, "H": 0.03, "J": 0.015,
          "K": 0.005, "L": 0.01, "M": 0.005, "N": 0.005, "P": 0.001, "R": 0.007, "S": 0.002}  # fmt: skip
ETHNICITIES = tuple(_MOST)

_BLANK_ETHNICITY = {"A": 0.04, "B": 0.08, "C": 0.12, "J": 0.14, "K": 0.14, "M": 0.16, "N": 0.20, "P": 0.20}
_BLANK_OTHERWISE = 0.10
_SILENT = {"Z": 0.04, "99": 0.02, INVALID: 0.01}  # of everyone alike

ADDRESSES: Mapping[str, float] = MappingProxyType(
    {"known": 0.956, "blank": 0.015, "no_fixed_abode": 0.010, "address_unknown": 0.004, "overseas": 0.002,
     "not_found": 0.006, "malformed": 0.004, "no_area": 0.003}
)  # fmt: skip
"""What stands in the place of the postcode: of everyone alike, so that linked and not linked wait alike."""

_SEXES = {"1": 0.44, "2": 0.56}
_ETHNIC_WAITS = {"J": 1.20, "K": 1.20, "M": 1.10, "N": 1.15}


@dataclass(frozen=True)
class Plan:
    """Everything that is decided about one kind of list before chance is asked.

    Shares add up to 1. Numbers under ``…_waits`` multiply the scale of the wait; 1 unless named.
    """

    kind: str
    shape: float
    priorities: Mapping[str, float]  # share of each P-code; "" is the outpatient part of the list, which has none
    scales: Mapping[str, float]  # days, by P-code
    quintiles: tuple[float, ...]  # share of people by fifth of deprivation, most deprived first
    quintile_waits: tuple[float, ...]
    age_bands: Mapping[str, float]
    age_waits: Mapping[str, float] = field(default_factory=dict)
    ethnic_waits: Mapping[str, float] = field(default_factory=lambda: _ETHNIC_WAITS)
    learning_disability: float = 0.0  # share of people
    learning_disability_waits: Mapping[str, float] = field(default_factory=dict)  # by P-code: the gap of one stratum
    sexes: Mapping[str, float] = field(default_factory=lambda: _SEXES)


PLANS: Mapping[str, Plan] = MappingProxyType(
    {
        "adult_ptl": Plan(
            kind="adult_ptl",
            shape=1.3,
            priorities={"": 0.40, "P1a": 0.003, "P1b": 0.005, "P1": 0.004, "P2": 0.218, "P3": 0.20, "P4": 0.17},
            scales={"": 150, "P1a": 8, "P1b": 12, "P1": 10, "P2": 75, "P3": 140, "P4": 220},
            quintiles=(0.30, 0.22, 0.18, 0.16, 0.14),
            quintile_waits=(1.17, 1.08, 1.0, 0.95, 0.90),
            age_bands={"0-18": 0.02, "19-64": 0.60, "65+": 0.38},
            age_waits={"65+": 0.94},
            learning_disability=0.06,
            learning_disability_waits={"P2": 2.4},
        ),
        "childrens_surgery": Plan(
            kind="childrens_surgery",
            shape=1.3,
            priorities={"P1b": 0.01, "P2": 0.30, "P3": 0.33, "P4": 0.36},
            scales={"P1b": 12, "P2": 80, "P3": 150, "P4": 230},
            quintiles=(0.38, 0.22, 0.16, 0.13, 0.11),
            quintile_waits=(1.35, 1.15, 1.0, 0.90, 0.80),
            age_bands={"0-18": 1.0},
            learning_disability=0.14,
            learning_disability_waits={"P2": 2.4},
        ),
        "wlmds_extract": Plan(
            kind="wlmds_extract",
            shape=1.4,
            priorities={"": 0.70, "P1b": 0.005, "P2": 0.085, "P3": 0.11, "P4": 0.10},
            scales={"": 145, "P1b": 12, "P2": 75, "P3": 140, "P4": 220},
            quintiles=(0.30, 0.22, 0.18, 0.16, 0.14),
            quintile_waits=(1.13, 1.06, 1.0, 0.96, 0.92),
            age_bands={"0-18": 0.11, "19-64": 0.56, "65+": 0.33},
            age_waits={"65+": 0.96},
        ),
    }
)


def ethnicity_given_quintile() -> NDArray[np.float64]:
    """Return the share of each ethnic category by fifth of deprivation: one row a fifth, most deprived first."""
    most, least = np.array(list(_MOST.values())), np.array(list(_LEAST.values()))
    towards_most = np.linspace(1, 0, 5)[:, None]
    return np.asarray(towards_most * most + (1 - towards_most) * least)


def recording_of_ethnicity() -> NDArray[np.float64]:
    """Return, for each ethnic category, the chance that the list says it, is blank, Z, 99 or invalid, in that order."""
    blank = np.array([_BLANK_ETHNICITY.get(code, _BLANK_OTHERWISE) for code in ETHNICITIES])
    silent = np.tile(list(_SILENT.values()), (len(ETHNICITIES), 1))
    return np.column_stack([1 - blank - silent.sum(axis=1), blank, silent])


RECORDINGS = ("recorded", BLANK, *_SILENT)


def scale_of(plan: Plan, people: pd.DataFrame) -> NDArray[np.float64]:
    """Return the scale in days of each row's wait; ``people`` has a column for each characteristic of a cell."""
    quintile = np.asarray(plan.quintile_waits)[people["quintile"].to_numpy() - 1]
    ethnicity = people["ethnicity"].map(lambda code: plan.ethnic_waits.get(code, 1.0))
    age = people["age_band"].map(lambda band: plan.age_waits.get(band, 1.0))
    stratum = people["priority"].map(lambda code: plan.learning_disability_waits.get(code, 1.0))
    disability = np.where(people["learning_disability"], stratum, 1.0)
    return np.asarray(people["priority"].map(plan.scales) * quintile * ethnicity * age * disability, dtype=float)


# --- the truth -------------------------------------------------------------------------------------------------------


def cells_of(plan: Plan) -> pd.DataFrame:
    """Return every cell with ``share`` of people, of whom so many are over each measure's threshold."""
    levels: dict[str, list[Any]] = {
        "quintile": [1, 2, 3, 4, 5],
        "ethnicity": list(ETHNICITIES),
        "age_band": list(plan.age_bands),
        "priority": list(plan.priorities),
        "learning_disability": [False, True],
    }
    sizes = [len(level) for level in levels.values()]
    place = np.unravel_index(np.arange(np.prod(sizes)), sizes)
    cells = pd.DataFrame({name: np.array(level)[at] for (name, level), at in zip(levels.items(), place, strict=True)})
    disabled = np.array([1 - plan.learning_disability, plan.learning_disability])
    cells["share"] = (
        np.asarray(plan.quintiles)[place[0]]
        * ethnicity_given_quintile()[place[0], place[1]]
        * np.asarray(list(plan.age_bands.values()))[place[2]]
        * np.asarray(list(plan.priorities.values()))[place[3]]
        * disabled[place[4]]
    )
    scale = scale_of(plan, cells)
    for measure, days in MEASURES.items():
        cells[measure] = np.exp(-((days / scale) ** plan.shape))
    return cells.loc[cells["share"] > 0]


def planted_table(plan: Plan) -> pd.DataFrame:
    """Return the truth of a plan as `equiwait.samples.planted` documents it."""
    cells = cells_of(plan)
    by_fifth = cells.assign(group=cells["quintile"].astype(str))
    parts = [
        _gaps(by_fifth, "imd_quintile", "5", "longer waits among people in the most deprived areas"),
        _gaps(_by_recorded_ethnicity(cells), "ethnicity", "A", "ethnicity as recorded: crude, part of it deprivation"),
        _gaps(_by_sex(cells, plan), "sex", "1", "no gap: sex has nothing to do with anything here"),
    ]
    if len(plan.age_bands) > 1:
        by_age = cells.assign(group=cells["age_band"])
        parts.append(_gaps(by_age, "age_band", "19-64", "a true gap, too small for one list to show"))
    parts += _disability_gaps(cells, plan)
    parts += _missing(cells)
    table = pd.concat(parts, ignore_index=True)
    silent = table["group"].isin([BLANK, *_SILENT])
    table.loc[silent, "what"] = "what the list does not say: a mixture of all groups, with a wait of its own"
    return table


def _disability_gaps(cells: pd.DataFrame, plan: Plan) -> list[pd.DataFrame]:
    """Show the gap that hides in one stratum: wide there, absent beside it, thin in the whole."""
    if not plan.learning_disability:
        return []
    grouped = cells.assign(group=cells["learning_disability"].map({True: "yes", False: "no"}))
    by = "learning_disability"
    parts = [_gaps(grouped, by, "no", "all priorities together: the gap of one stratum, thinned")]
    for code in ("P2", "P3"):
        what = "the gap of this stratum" if code in plan.learning_disability_waits else "no gap in this stratum"
        parts.append(_gaps(grouped[grouped["priority"] == code], by, "no", what, among=f"priority == '{code}'"))
    return parts


def _by_recorded_ethnicity(cells: pd.DataFrame) -> pd.DataFrame:
    """Split cells by what the list says of ethnicity: blank, Z, 99 and invalid are groups with a wait too."""
    chance = recording_of_ethnicity()[[ETHNICITIES.index(code) for code in cells["ethnicity"]]]
    parts = [
        cells.assign(share=cells["share"] * chance[:, place], group=cells["ethnicity"] if name == "recorded" else name)
        for place, name in enumerate(RECORDINGS)
    ]
    return pd.concat(parts, ignore_index=True)


def _by_sex(cells: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    return pd.concat([cells.assign(share=cells["share"] * share, group=sex) for sex, share in plan.sexes.items()])


def _gaps(grouped: pd.DataFrame, by: str, reference: str, what: str, among: str = "") -> pd.DataFrame:
    """Mean of each measure over the cells of a group, and its difference from the reference."""
    values = _means(grouped, list(MEASURES))
    return _long(values, by, reference, among).assign(what=what)


def _means(grouped: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    weighted = grouped[columns].mul(grouped["share"], axis=0).assign(group=grouped["group"])
    total = grouped.groupby("group", sort=False)["share"].sum()
    return weighted.groupby("group", sort=False)[columns].sum().div(total, axis=0)


def _long(values: pd.DataFrame, by: str, reference: str, among: str) -> pd.DataFrame:
    """One row per measure and group, groups in their own order."""
    values = values.round(12)  # so that no gap is 0 and not 1e-17
    rows = [
        (by, among, group, reference, measure, share, share - values.at[reference, measure])
        for measure in values.columns
        for group, share in values[measure].items()
    ]
    return pd.DataFrame(rows, columns=["by", "among", "group", "reference", "measure", "value", "difference"])


def _missing(cells: pd.DataFrame) -> list[pd.DataFrame]:
    """Say whose ethnicity is blank, by fifth (which lists show) and by ethnicity (which none does)."""
    blank = recording_of_ethnicity()[[ETHNICITIES.index(code) for code in cells["ethnicity"]], 1]
    cells = cells.assign(ethnicity_blank=blank)
    by_place = _means(cells.assign(group=cells["quintile"].astype(str)), ["ethnicity_blank"])
    by_self = _means(cells.assign(group=cells["ethnicity"]), ["ethnicity_blank"])
    not_linked = by_place.set_axis(["address_not_linked"], axis=1) * 0 + (1 - ADDRESSES["known"])
    return [
        _long(by_place, "imd_quintile", "5", "").assign(what="who is missing: by the ethnic mix of the fifths"),
        _long(by_self, "true_ethnicity", "A", "").assign(what="why: ethnicity alone decides; no list shows it"),
        _long(not_linked, "true_quintile", "5", "").assign(what="at random: nothing to do with the fifth or the wait"),
    ]
