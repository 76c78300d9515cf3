"""Lists with every kind of dirt, recipes for them, and the same work done by the verbs one after the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

import equiwait as ew
from equiwait.samples import sample_path

SNAPSHOT = "2026-10-31"
PLACES = {"directory": sample_path("directory"), "index": sample_path("index")}


def dirty(people: int = 900, seed: int = 7) -> pd.DataFrame:
    """Make a list in which everything goes wrong that can: text as it comes, and a few typed columns of the owner's own."""
    chance = np.random.default_rng(seed)
    start = ew.load_sample("adult_ptl")
    frame = start.iloc[chance.integers(0, len(start), people)].reset_index(drop=True)  # many rows stand twice and more
    frame["Pathway ID"] = frame["Pathway ID"].where(chance.random(people) > 0.05, None)
    frame.loc[chance.random(people) < 0.03, "Pathway ID"] = "N/A"
    frame.loc[chance.random(people) < 0.02, "Pathway ID"] = "EQP 000 1229"
    frame.loc[chance.random(people) < 0.02, "Hospital No"] = "EQ–000013"  # one number for several people
    frame.loc[chance.random(people) < 0.05, "Post Code"] = "ZZ99 3VZ"
    frame.loc[chance.random(people) < 0.05, "Post Code"] = "not known"
    frame.loc[chance.random(people) < 0.02, "Post Code"] = "\u200bEQ4  8JZ."
    frame.loc[chance.random(people) < 0.02, "RTT Clock Start Date"] = "31/02/2026"
    frame.loc[chance.random(people) < 0.02, "RTT Clock Start Date"] = "01/01/1900"
    frame.loc[chance.random(people) < 0.02, "RTT Clock Start Date"] = "20270101"
    frame.loc[chance.random(people) < 0.05, "Ethnic Origin"] = "NK"
    frame.loc[chance.random(people) < 0.02, "Gender"] = "#REF!"
    frame.loc[chance.random(people) < 0.03, "DOB"] = "29 Feb 2000"
    stacked = np.array(["2026-10-31", "31/10/2026", "2026-09-30", None], object)
    frame["Snapshot Date"] = stacked[chance.choice(4, people, p=[0.6, 0.2, 0.15, 0.05])]
    sent = np.array(["2026-10-30 10:00", "30/10/2026 09:00", "SUB9", "2026-10-31T00:00:00Z", None], object)
    frame["submitted_at"] = sent[chance.integers(0, 5, people)]
    frame["Weeks waiting"] = chance.integers(0, 90, people).astype(str)
    frame["imd_decile"] = chance.integers(1, 11, people).astype(str)
    frame["Note"] = np.where(chance.random(people) < 0.1, "=cmd|' /C calc'!A0\u200b", "plain")
    frame["rank"] = chance.integers(0, 9, people)
    frame["Ward"] = pd.Categorical(chance.choice(["Heath", "Moor"], people))
    frame["moved"] = chance.random(people)
    return frame


def promising() -> ew.Policy:
    """Return a policy with a social factor, a mean of the list, a cap on places lost and people who are protected."""
    area = {"1": 40, "2": 30, "3": 20, "4": 10, "5": 0}
    invented = {"source": "invented"}
    factors = [
        {"name": "wait", "kind": "time", **invented, "column": "days_waiting", "knots": [[0, 0], [700, 100]], "missing": "unscored"},
        {"name": "area", "kind": "equity", **invented, "column": "imd_quintile", "points": area, "missing": "list_mean"},
    ]  # fmt: skip
    social = {"order": {"then": "points"}, "factors": factors, "guards": {"max_places_moved_down": 2}}
    return ew.Policy.read(ew.Policy.preset("england_default").to_dict() | social)


HELD = {"protect", "protect_ahead", "others_held", "max_places_moved_down"}
"""The promises that such a policy keeps on a dirty list: each has had the last word on somebody's place."""


def by_verbs(raw: pd.DataFrame, recipe: dict) -> tuple[pd.DataFrame, ew.Waits | None]:
    """Do the work of a recipe with the verbs, one after the other."""
    said = dict(recipe)
    reading = {name: said[name] for name in ("snapshot", "columns", "codes", "blank_means") if name in said}
    waiting = ew.read_list(raw, **reading)
    if "index" in said:
        waiting = ew.link_deprivation(waiting, directory=said.get("directory"), index=said["index"])
    if said.get("missing") is not False:
        waiting = ew.flag_missing(waiting, said.get("missing"))
    if "policy" in said:
        waiting = ew.score(
            waiting, said["policy"], ranges=said.get("ranges", True), rank_within=said.get("rank_within")
        )
    counts = ew.count_waits(waiting, said["count"], within=said.get("within")) if "count" in said else None
    return waiting, counts


def plain(frame: pd.DataFrame) -> dict[str, list]:
    """Every column as plain values, so that frames of any engine compare: None where nothing is, days as days."""
    return {name: [_plain(value) for value in frame[name].tolist()] for name in frame.columns}


def _plain(value):
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if hasattr(value, "isoformat"):
        return pd.Timestamp(value).isoformat()
    return value


def unlike(one: pd.DataFrame, two: pd.DataFrame) -> list[str]:
    """Name the columns in which two frames differ."""
    left, right = plain(one), plain(two)
    if list(left) != list(right):
        return [f"columns: {sorted(set(left) ^ set(right))} or their order {list(left)} {list(right)}"]
    return [
        f"{name}: {[(at, a, b) for at, (a, b) in enumerate(zip(left[name], right[name], strict=True)) if a != b][:3]}"
        for name in left
        if left[name] != right[name]
    ]


def table(frame: pd.DataFrame) -> pa.Table:
    """The list as Arrow has it."""
    return pa.Table.from_pandas(frame, preserve_index=False)
