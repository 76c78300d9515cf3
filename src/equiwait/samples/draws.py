"""Chance makes people and their pathways as a plan says: typed, true, and without a single slip of the pen."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.samples.plans import (
    ADDRESSES,
    ETHNICITIES,
    RECORDINGS,
    Plan,
    ethnicity_given_quintile,
    recording_of_ethnicity,
    scale_of,
)
from equiwait.samples.random_streams import Chance, pick, pick_given

__all__ = ["SNAPSHOT", "STATES", "draw"]

SNAPSHOT = np.datetime64("2026-10-31", "D")
NO_DATE = np.datetime64("NaT", "D")

STATES = {
    "open": 0.85,
    "closed": 0.05,
    "planned": 0.03,
    "planned_overdue": 0.01,
    "non_rtt": 0.025,
    "diagnostic": 0.015,
    "unknown_start": 0.012,
    "future_start": 0.008,
}
_SECOND_PATHWAY, _SUBMITTED_TWICE, _LAST_WEEK = 0.04, 0.02, 0.03
_AGES = {"0-18": (16, 19), "19-64": (19, 65), "65+": (65, 94)}  # first year, and the year after the last
Array: TypeAlias = NDArray[Any]
_SPECIALTIES = {
    "adult_ptl": {"110": 0.30, "130": 0.22, "100": 0.16, "120": 0.12, "101": 0.12, "301": 0.08},
    "childrens_surgery": {"171": 0.30, "215": 0.27, "214": 0.20, "211": 0.13, "216": 0.10},
    "wlmds_extract": {"110": 0.26, "130": 0.18, "120": 0.14, "330": 0.14, "100": 0.12, "320": 0.10, "X05": 0.06},
}


def draw(plan: Plan, people: int, chance: Chance, places: pd.DataFrame, *, dirt: bool) -> pd.DataFrame:
    """Return pathways of ``people`` people in random order, with their true values under canonical names.

    Without ``dirt`` each person has one open pathway, sent once, and an address that is known.
    """
    rows = _second_pathways(_people(plan, people, chance, places, dirt), chance, dirt)
    rows = _waits(rows, plan, chance, dirt)
    rows = _dates(rows, chance)
    rows = _sent(rows, plan, chance, dirt)
    order = np.argsort(chance("order of the rows", len(rows)), kind="stable")
    rows = rows.iloc[order].reset_index(drop=True)
    return _recorded(rows, chance)


# --- people ----------------------------------------------------------------------------------------------------------


def _people(plan: Plan, n: int, chance: Chance, places: pd.DataFrame, dirt: bool) -> pd.DataFrame:
    quintile = pick(chance("quintile", n), plan.quintiles)
    mix = ethnicity_given_quintile()
    bands = np.array(list(plan.age_bands))[pick(chance("age band", n), list(plan.age_bands.values()))]
    postcode, area = _homes(quintile + 1, places, chance)
    born = _births(plan, bands, chance)
    addresses = np.array(list(ADDRESSES))
    return pd.DataFrame(
        {
            "person": np.arange(1, n + 1),
            "quintile": quintile + 1,
            "ethnicity": np.array(ETHNICITIES)[pick_given(chance("ethnicity", n), mix, quintile)],
            "sex": np.array(list(plan.sexes))[pick(chance("sex", n), list(plan.sexes.values()))],
            "age_band": bands,
            "date_of_birth": born,
            "learning_disability": chance("learning disability", n) < plan.learning_disability,
            "interpreter_needed": chance("interpreter", n) < 0.07,
            "carer": chance("carer", n) < 0.09,
            "looked_after": chance("looked after", n) < 0.03,
            "child_protection": chance("child protection", n) < 0.03,
            "school_missed": pick(chance("school missed", n), [0.45, 0.30, 0.18, 0.07]),
            "postcode": postcode,
            "area_code": area,
            "address": addresses[pick(chance("address", n), list(ADDRESSES.values()))] if dirt else "known",
        }
    )


def _homes(quintile: NDArray[np.intp], places: pd.DataFrame, chance: Chance) -> tuple[Array, Array]:
    """Give each person a postcode and its area, any of their fifth alike."""
    uniform = chance("home", len(quintile))
    homes = np.empty(len(quintile), dtype=np.intp)
    fifths = places["quintile"].to_numpy(dtype=float, na_value=np.nan)
    for fifth in np.unique(quintile):
        candidates, here = np.flatnonzero(fifths == fifth), quintile == fifth
        homes[here] = candidates[(uniform[here] * len(candidates)).astype(np.intp)]
    return places["postcode"].to_numpy(dtype=object)[homes], places["area_code"].to_numpy(dtype=object)[homes]


def _births(plan: Plan, bands: NDArray[np.str_], chance: Chance) -> NDArray[np.datetime64]:
    """Choose a day of birth that makes each person's age on the day of the snapshot fall within their band."""
    spans = _AGES if plan.kind == "adult_ptl" else {**_AGES, "0-18": (1, 19)}
    if plan.kind == "childrens_surgery":
        spans = {"0-18": (1, 17)}
    first, after = (np.array([spans[band][end] for band in bands]) for end in (0, 1))
    age = first + (chance("age", len(bands)) * (after - first)).astype(int)
    birthday = (2026 - age - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 9
    born: NDArray[np.datetime64] = (
        birthday.astype("datetime64[D]") + 30 - (chance("birthday", len(bands)) * 365).astype(int)
    )
    return born


# --- pathways --------------------------------------------------------------------------------------------------------


def _second_pathways(people: pd.DataFrame, chance: Chance, dirt: bool) -> pd.DataFrame:
    twice = (chance("second pathway", len(people)) < _SECOND_PATHWAY) & dirt
    rows = people.iloc[np.repeat(np.arange(len(people)), 1 + twice)].reset_index(drop=True)
    return rows.assign(pathway=np.arange(1, len(rows) + 1))


def _waits(rows: pd.DataFrame, plan: Plan, chance: Chance, dirt: bool) -> pd.DataFrame:
    """Priority, days waited and what has become of each pathway; the last has nothing to do with the others."""
    n = len(rows)
    priority = np.array(list(plan.priorities))[pick(chance("priority", n), list(plan.priorities.values()))]
    rows = rows.assign(priority=priority)
    waited = scale_of(plan, rows) * (-np.log1p(-chance("wait", n))) ** (1 / plan.shape)
    specialties = _SPECIALTIES[plan.kind]
    states = np.array(list(STATES))[pick(chance("state", n), list(STATES.values()))]
    return rows.assign(
        days=waited.astype(int),
        admitted=priority != "",
        specialty=np.array(list(specialties))[pick(chance("specialty", n), list(specialties.values()))],
        site=np.array(["EQ001", "EQ002"])[pick(chance("site", n), [0.7, 0.3])],
        consultant=pick(chance("consultant", n), [0.1] * 10) + 1,
        state=states if dirt else "open",
        postponed=(chance("postponed", n) < 0.03) & (priority != "") & dirt,
    )


def _dates(rows: pd.DataFrame, chance: Chance) -> pd.DataFrame:
    """Put dates in the order in which they happen, from the start of the clock to the snapshot (booked: after it)."""
    n, state, days = len(rows), rows["state"].to_numpy(), rows["days"].to_numpy()
    start = SNAPSHOT - days
    listed = start + (chance("listed", n) * 0.6 * days).astype(int)
    reviewed = listed + (chance("reviewed", n) * (SNAPSHOT - listed).astype(int)).astype(int)
    ahead = (1 + chance("ahead", n) * 60).astype(int)
    admitted = rows["admitted"].to_numpy()
    booked = admitted & (state == "open") & (chance("booked", n) < 0.15)
    window = chance("window", n)
    recent = np.minimum(days, (chance("stop", n) * 28).astype(int))
    start = np.where(state == "future_start", SNAPSHOT + ahead, np.where(state == "unknown_start", NO_DATE, start))
    due = np.where(state == "planned_overdue", SNAPSHOT - ahead, SNAPSHOT + ahead)
    return rows.assign(
        clock_start=start,
        referral_received=start,
        clock_stop=np.where(state == "closed", SNAPSHOT - recent, NO_DATE),
        decision_to_admit=np.where(admitted, listed, NO_DATE),
        priority_date=np.where(admitted, reviewed, NO_DATE),
        tci_date=np.where(booked, SNAPSHOT + ahead, NO_DATE),
        due_date=np.where(np.isin(state, ["planned", "planned_overdue"]), due, NO_DATE),
        last_validated=np.where(window < 0.6, SNAPSHOT - (chance("validated", n) * 84).astype(int), NO_DATE),
        developmental_window=np.where(window < 0.12, SNAPSHOT + (chance("closes", n) * 270).astype(int), NO_DATE),
        cancer_pathway=(rows["priority"] == "P2") & (days <= 62) & (chance("cancer", n) < 0.25),
        rtt_status=_statuses(state, chance),
        dna_count=pick(chance("not attended", n), [0.82, 0.13, 0.04, 0.01]),
    )


def _statuses(state: NDArray[np.str_], chance: Chance) -> NDArray[np.str_]:
    n = len(state)
    running = np.array(["10", "11", "12", "20"])[pick(chance("running", n), [0.3, 0.03, 0.07, 0.6])]
    stopped = np.array(["30", "31", "32", "33", "34", "35", "36"])
    ended = stopped[pick(chance("ended", n), [0.55, 0.06, 0.09, 0.06, 0.17, 0.05, 0.02])]
    outside = np.array(["98", "90"])[pick(chance("outside", n), [0.6, 0.4])]
    return np.where(state == "closed", ended, np.where(state == "non_rtt", outside, running))


def _sent(rows: pd.DataFrame, plan: Plan, chance: Chance, dirt: bool) -> pd.DataFrame:
    """Submit some pathways twice; the national extract also stacks some of the week before."""
    rows = rows.assign(snapshot_date=SNAPSHOT, submission=1001)
    if not dirt:
        return rows
    again = rows[chance("submitted twice", len(rows)) < _SUBMITTED_TWICE].assign(submission=1002)
    if plan.kind != "wlmds_extract":
        return pd.concat([rows, again])
    before = (chance("last week", len(rows)) < _LAST_WEEK) & (rows["days"] >= 7) & (rows["state"] == "open")
    stacked = rows[before].assign(snapshot_date=SNAPSHOT - 7, submission=1000)
    return pd.concat([rows, again, stacked])


def _recorded(rows: pd.DataFrame, chance: Chance) -> pd.DataFrame:
    """Decide what is recorded: of ethnicity, depending on ethnicity and nothing else; of flags, for anyone alike."""
    code = np.array([ETHNICITIES.index(each) for each in rows["ethnicity"]])
    told = np.array(RECORDINGS)[pick_given(chance("recording", len(rows)), recording_of_ethnicity(), code)]
    return rows.assign(
        told_ethnicity=np.where(told == "recorded", rows["ethnicity"], told),
        flag_blank=chance("flag blank", len(rows)) < 0.05,
        priority_blank=chance("priority blank", len(rows)) < 0.03,
        row_number=np.arange(1, len(rows) + 1),
    )
