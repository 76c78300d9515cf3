"""Random policies and lists for the properties that scoring promises."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from equiwait.rows.policies import Policy

SNAPSHOT = dt.date(2026, 10, 31)
CODES = ["P1a", "P1b", "P1", "P2", "P3", "P4"]
PAIN = ["none", "some", "severe"]
NO_PROTECTION = {"priorities": [], "cancer": False, "near_target": {}, "because": "a test of the rest"}
TIERS = [
    {"name": "P1", "when": {"priority": ["P1a", "P1b", "P1"]}},
    {"name": "cancer", "when": {"cancer_pathway": True}, "blank_means": "no"},
    {"name": "P2", "when": {"priority": "P2"}},
    {"name": "P3 and P4", "when": {"priority": ["P3", "P4"]}},
]
TARGETS = {"source": "test", "days": {"P1a": 1, "P1b": 3, "P1": 3, "P2": 28, "P3": 91}, "from_clock_start": {"P4": 126}}
MISSING = st.sampled_from(["unscored", "zero", "list_mean", 3.0])
SMALL = st.integers(0, 12).map(float)


def _factor(name: str, kind: str, missing: Any, **rest: Any) -> dict[str, Any]:
    return {"name": name, "kind": kind, "source": "test", "missing": missing, "coverage": 0.0,
            "coverage_because": "a test", **rest}  # fmt: skip


@st.composite
def factors(draw: st.DrawFn) -> list[dict[str, Any]]:
    steps = sorted(draw(st.lists(SMALL, min_size=2, max_size=2)))
    every = [
        _factor("imd", "equity", draw(MISSING), column="imd_quintile",
                points={str(level): draw(SMALL) for level in range(1, 6)},
                specials=[{"column": "link_status", "value": "no_fixed_abode", "points": draw(SMALL)}]),
        _factor("carer", "equity", draw(MISSING), column="carer", points={"true": draw(SMALL), "false": 0}),
        _factor("needs", "equity", draw(MISSING), any_of=["looked_after", "child_protection"], sensitive=True,
                points={"true": draw(SMALL), "false": 0}),
        _factor("pain", "clinical", draw(MISSING), column="pain",
                points=dict(zip(PAIN, [draw(SMALL) for _ in PAIN], strict=True))),
        _factor("wait", "time", draw(MISSING), column="days_waiting", knots=[[0, steps[0]], [365, steps[1]]]),
        _factor("target", "time", draw(MISSING), percent_of_target=True, knots=[[0, 0], [200, draw(SMALL)]]),
    ]  # fmt: skip
    return draw(st.lists(st.sampled_from(every), min_size=1, max_size=4, unique_by=lambda each: each["name"]))


@st.composite
def policies(draw: st.DrawFn, *, guarded: bool = True, missing: str | None = None) -> Policy:
    tiers = TIERS if draw(st.booleans()) else []
    chosen = draw(factors())
    if missing:
        chosen = [{**each, "missing": missing} for each in chosen]
    guards: dict[str, Any] = {"protect": NO_PROTECTION}
    if guarded:
        guards = {"protect": NO_PROTECTION} if draw(st.booleans()) else {}
        most = draw(st.none() | st.integers(0, 8))
        guards |= {} if most is None else {"max_places_moved_down": most}
    order: dict[str, Any] = {"then": "points", "without_tiers": "a test", "rank_within": ["specialty"]}
    if draw(st.booleans()):
        order["long_waits_lead_days"] = 365
    return Policy.read({
        "name": "random", "title": "Random", "status": "draft", "source": "test", "people": "everyone",
        "order": order, "tiers": tiers, "targets": TARGETS, "factors": chosen, "guards": guards,
    })  # fmt: skip


def _or_none(values: st.SearchStrategy[Any], gaps: bool) -> st.SearchStrategy[Any]:
    return st.none() | values if gaps else values


@st.composite
def rows(draw: st.DrawFn, *, gaps: bool = True) -> dict[str, Any]:
    days = draw(st.integers(0, 800))
    listed = draw(_or_none(st.integers(0, max(days, 1)), gaps))
    return {
        "specialty": draw(st.sampled_from(["100", "110"])),
        "priority": draw(_or_none(st.sampled_from(CODES), gaps)),
        "cancer_pathway": draw(st.sampled_from([True, False, False])),
        "days_waiting": draw(st.sampled_from([days] * 9 + [None])) if gaps else days,
        "decision_to_admit": None if listed is None else SNAPSHOT - dt.timedelta(days=listed),
        "imd_quintile": draw(_or_none(st.integers(1, 5), gaps)),
        "link_status": draw(st.sampled_from(["matched", "matched", "no_fixed_abode"])) if gaps else "matched",
        "carer": draw(_or_none(st.booleans(), gaps)),
        "looked_after": draw(_or_none(st.booleans(), gaps)),
        "child_protection": draw(_or_none(st.booleans(), gaps)),
        "pain": draw(_or_none(st.sampled_from(PAIN), gaps)),
    }


def framed(several: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as `read_list` would type them."""
    kinds = {"days_waiting": "Int32", "imd_quintile": "Int8", "decision_to_admit": "datetime64[s]",
             **dict.fromkeys(["carer", "looked_after", "child_protection", "cancer_pathway"], "boolean")}  # fmt: skip
    frame = pd.DataFrame(several).astype(kinds)
    for name in ("priority", "specialty", "pain", "link_status"):
        frame[name] = frame[name].astype("str" if name == "specialty" else "category")
    given = [f"id{place:02d}" for place in range(len(frame))]
    return frame.assign(pathway_id=given, snapshot_date=SNAPSHOT.isoformat(), scope="rtt_open")


def lists(*, gaps: bool = True, most: int = 9) -> st.SearchStrategy[pd.DataFrame]:
    return st.lists(rows(gaps=gaps), min_size=1, max_size=most).map(framed)
