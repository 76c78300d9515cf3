"""Random policies and lists with every term of a policy, and how `score` and the independent scorer differ on one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from independent_scorer import CODES, SNAPSHOT_DAY, mean_points, priorities, score_list

from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score

PROCEDURES = ["W371", "W379", "W400", "E036"]
PAIN = ["none", "some", "severe"]


def _pick(chance: np.random.Generator, *several: Any) -> Any:
    return several[int(chance.integers(len(several)))]


def _factor(chance: np.random.Generator, name: str, kind: str, **rest: Any) -> dict[str, Any]:
    found = {"name": name, "kind": kind, "source": "test", "coverage": 0.0, "coverage_because": "a test",
             "missing": _pick(chance, "unscored", "zero", "list_mean", 3), **rest}  # fmt: skip
    if chance.random() < 0.25:
        found["only_if"] = _pick(chance, {"priority": ["P2", "P3"]}, [{"specialty": "110"}, {"frailty": {"at_least": 5}}],
                                 {"procedure": "W37*", "frailty": {"below": 7}})  # fmt: skip
    if chance.random() < 0.25:
        found["times"] = [{"by": "specialty", "levels": {"100": 2, "otherwise": 0.5}}]
        if chance.random() < 0.5:
            found["times"].append({"by": "procedure", "levels": {"W37*": 1.5, "W371": 3, "otherwise": 1}})
    return found


def _factors(chance: np.random.Generator) -> list[dict[str, Any]]:
    def small() -> int:
        return int(chance.integers(0, 10))

    every = [
        _factor(chance, "imd", "equity", column="imd_quintile", points={str(level): small() for level in range(1, 6)},
                specials=[{"column": "link_status", "value": "no_fixed_abode", "points": small()}]),
        _factor(chance, "carer", "equity", column="carer", points={"true": small(), "false": 0}),
        _factor(chance, "needs", "equity", any_of=["looked_after", "child_protection"], sensitive=True,
                points={"true": small(), "false": 0}),
        _factor(chance, "pain", "clinical", column="pain", points={each: small() - 3 for each in PAIN}),
        _factor(chance, "wait", "time", column="days_waiting", knots=[[0, 0], [300, small()], [700, 12]]),
        _factor(chance, "target", "time", percent_of_target=True, knots=[[0, 0], [200, small()]]),
        _factor(chance, "risk", "clinical", column="procedure", lookup={"W37*": "hip", "W371": "worse", "E036": "nose"},
                points={"hip": small(), "worse": small(), "nose": small()}, **({"otherwise": 2} if chance.random() < 0.5 else {})),
        _factor(chance, "stage", "clinical", column="procedure", points={"W3*": small(), "E036": small()}, otherwise=small()),
    ]  # fmt: skip
    every += [
        _factor(chance, "visits", "clinical", column="visits", per={"points": small(), "every": 2}, range=[0, 20]),
        _factor(chance, "overdue", "time", column="visits", per={"points": small(), "every": 4}, range=[0, 20]),
        _factor(chance, "window", "clinical", days_until="window", knots=[[0, small()], [90, small()]],
                **({"blank": small()} if chance.random() < 0.5 else {})),
        _factor(chance, "closing", "clinical", days_until="window", knots=[[-30, 9], [60, 0]]),
        _factor(chance, "cancer", "clinical", column="cancer_pathway", points={"true": small(), "false": 0}),
        _factor(chance, "urgency", "clinical", column="priority", points={"P1a": 9, "P2": small(), "P3": small()}, otherwise=0),
    ]  # fmt: skip
    size = int(chance.integers(1, 6))
    return [every[at] for at in sorted(chance.choice(len(every), size, replace=False))]


def _groups(chance: np.random.Generator, factors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    equity = [each["name"] for each in factors if each["kind"] == "equity"]
    other = [each["name"] for each in factors if each["kind"] != "equity" and each["kind"] != "time"]
    found = []
    for number, names in enumerate((equity, other)):
        if len(names) >= 2 and chance.random() < 0.5:
            group = {"name": f"g{number}", "of": names, "take": _pick(chance, "highest", "lowest", "sum")}
            if any(value < 0 for each in factors if each["name"] in names for value in each.get("points", {}).values()):
                group["take"] = "highest"  # a cap on what can be negative has no clear meaning, and is refused
            if group["take"] == "sum" or chance.random() < 0.5:
                group["at_most"] = int(chance.integers(0, 12))
            found.append(group)
    return found


def random_policy(chance: np.random.Generator) -> dict[str, Any]:
    """Return a policy as its file would hold it."""
    tiers: list[dict[str, Any]] = [
        {"name": "P1", "when": {"priority": ["P1a", "P1b", "P1"]}},
        {"name": "cancer", "when": {"cancer_pathway": True}, **_pick(chance, {"blank_means": "no"}, {"blank_means": "no"}, {})},
        {"name": "frail P2", "when": {"priority": "P2", "frailty": {"at_least": 5}}},
        {"name": "P2", "when": {"priority": "P2"}},
        {"name": "carers", "kind": "equity", "when": {"carer": True}, "coverage": 0, "coverage_because": "a test"},
        {"name": "hips", "when": [{"procedure": "W37*"}, {"procedure": "W400"}]},
        {"name": "P3", "when": {"priority": "P3"}},
    ]  # fmt: skip
    tiers = [each for each in tiers if chance.random() < 0.7] if chance.random() < 0.7 else []
    if tiers and chance.random() < 0.7:
        tiers.append({"name": "rest", "takes_unknown": bool(chance.random() < 0.5)})
    factors = _factors(chance)
    negative = any(value < 0 for each in factors for value in each.get("points", {}).values())
    then = "points" if negative else _pick(chance, *["points"] * 5, "accumulation", "lottery", "utility")
    order: dict[str, Any] = {"then": then, **({"seed": int(chance.integers(99))} if then == "lottery" else {}),
                             "rank_within": ["specialty"], "without_tiers": "a test"}  # fmt: skip
    if chance.random() < 0.3:
        order["long_waits_lead_days"] = 365
    if chance.random() < 0.3:
        order["same_person"] = "together"
    targets: dict[str, Any] = {"source": "test", "days": {"P1a": 1, "P1b": 3, "P1": 3, "P2": 28, "P3": 91},
                               "from_clock_start": {"P4": 126}}  # fmt: skip
    if chance.random() < 0.5:
        targets["cases"] = [{"when": {"specialty": "110"}, "days": {"P2": 14}},
                            {"when": {"procedure": "W37*"}, "days": {"P3": 60}, "from_clock_start": {"P4": 200}}]  # fmt: skip
    guards: dict[str, Any] = {}
    if chance.random() < 0.5:
        guards["max_places_moved_down"] = int(chance.integers(0, 3))
    if chance.random() < 0.25:
        guards["max_gain"] = int(chance.integers(0, 4))
    if chance.random() < 0.5:
        guards["protect"] = {"priorities": _pick(chance, [], ["P1a"]), "cancer": bool(chance.random() < 0.5),
                             "near_target": _pick(chance, {}, {"P3": 10}), "because": "a test"}  # fmt: skip
    policy = {"name": "random", "title": "Random", "status": "draft", "source": "test", "people": "everyone", "order": order,
              "tiers": tiers, "targets": targets, "factors": factors, "groups": _groups(chance, factors), "guards": guards}  # fmt: skip
    policy["people"] = _pick(chance, "everyone", "everyone", "admitted")
    if chance.random() < 0.15:
        policy["specialties"] = _pick(chance, ["110"], ["11*", "330"])
    if chance.random() < 0.3:
        policy["retier"] = {"column": "harm", "missing": _pick(chance, "as_it_is", "unscored"), "source": "test", "outcomes": {
            "P3": {"none": "P3", "moderate": "P2", "severe": _pick(chance, "P2", ["P2", "P1b"])}, "P4": {"severe": "P3"}}}  # fmt: skip
    if chance.random() < 0.25:
        policy["eligibility"] = {"column": "cpac", "at_least": 5, "missing": _pick(chance, "unscored", "eligible"),
                                 "source": "test", "by": "specialty", "levels": {"11*": 3}}  # fmt: skip
    return policy


def _slip(chance: np.random.Generator, visits: int) -> int:
    """Now and then a number that nobody can have: in millionths it outgrows 32 bits, and would come round to a small one."""
    return visits if chance.random() < 0.9 else int(_pick(chance, 4_295, 4_300, 8_594, 3_000_000))


def random_rows(chance: np.random.Generator) -> list[dict[str, Any]]:
    """Return a list as plain rows, None where nothing is recorded; dates are days since 1970."""

    def maybe(value: Any, blank: float = 0.15) -> Any:
        return None if chance.random() < blank else value

    rows = []
    for number in range(int(chance.integers(1, 25))):
        days = int(chance.integers(0, 700))
        rows.append({
            "pathway_id": f"id{number:02d}", "specialty": _pick(chance, "100", "110"), "priority": maybe(_pick(chance, *CODES)),
            "cancer_pathway": _pick(chance, True, False, False, None), "days_waiting": maybe(days, 0.05),
            "decision_to_admit": maybe(SNAPSHOT_DAY - int(chance.integers(0, max(days, 1)))),
            "priority_date": maybe(SNAPSHOT_DAY - int(chance.integers(0, max(days, 1))), 0.7),
            "imd_quintile": maybe(int(chance.integers(1, 6))), "link_status": maybe(_pick(chance, "matched", "matched", "no_fixed_abode")),
            "visits": maybe(_slip(chance, int(chance.integers(0, 30)))), "window": maybe(SNAPSHOT_DAY + int(chance.integers(-60, 120)), 0.5),
            "harm": maybe(_pick(chance, "none", "moderate", "severe"), 0.3), "list_type": _pick(chance, "IRTT", "IRTT", "ORTT"),
            "scope": _pick(chance, *["rtt_open"] * 15, "closed"), "patient_choice": maybe("P5", 0.95),
            "tci_date": maybe(SNAPSHOT_DAY + _pick(chance, -9, 0, 30, 30_000), 0.9),
            "carer": maybe(bool(chance.random() < 0.4)), "looked_after": maybe(bool(chance.random() < 0.3)),
            "child_protection": maybe(bool(chance.random() < 0.3)), "pain": maybe(_pick(chance, *PAIN)),
            "procedure": maybe(_pick(chance, *PROCEDURES)), "frailty": maybe(int(chance.integers(1, 10))),
            "cpac": maybe(int(chance.integers(0, 10))), "person_id": maybe(_pick(chance, "x", "y", "z", f"own{number}")),
        })  # fmt: skip
    return rows


def framed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the rows as `read_list` would type them."""
    frame = pd.DataFrame(rows)
    whole, flags = (
        ["days_waiting", "imd_quintile", "frailty", "cpac", "visits"],
        ["cancer_pathway", "carer", "looked_after", "child_protection"],
    )
    frame[whole], frame[flags] = frame[whole].astype("Int32"), frame[flags].astype("boolean")
    for name in ("decision_to_admit", "priority_date", "window", "tci_date"):
        frame[name] = pd.to_datetime(frame[name], unit="D").astype("datetime64[s]")
    for name in ("specialty", "priority", "link_status", "pain", "procedure", "person_id", "harm", "patient_choice"):
        frame[name] = frame[name].astype("category" if name == "priority" else "string")
    return frame.assign(snapshot_date="2026-10-31")


def differences(seed: int) -> list[str]:
    """Return, in words, where the two scorers differ on the policy and the list of a seed."""
    chance = np.random.default_rng(seed)
    written, rows = random_policy(chance), random_rows(chance)
    policy = Policy.read(written)
    ours, theirs = score(framed(rows), policy).to_dict("records"), score_list(written, rows)
    found = []
    for at, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        expected = {
            "score_status": other["status"], "tier": other["tier"], "rank": other.get("rank"), "base_rank": other.get("base_rank"),
            **{f"points_{name}": None if value is None else value / 1e6 for name, value in other["points"].items()},
        }  # fmt: skip
        if other["status"] == "scored":
            expected["score"] = None if other["score"] is None else other["score"] / 1e6
        for name, value in expected.items():
            got = None if mine[name] is pd.NA else mine[name]
            if got != value:
                found.append(f"row {at}: {name} is {got}, not {value}")
    return found


_FILLS = {
    "priority": CODES, "days_waiting": [0, 364, 36_525], "imd_quintile": [1, 2, 3, 4, 5], "carer": [True, False],
    "looked_after": [True, False], "child_protection": [True, False], "pain": PAIN, "procedure": [*PROCEDURES, "Z999"],
    "frailty": list(range(1, 10)), "decision_to_admit": [SNAPSHOT_DAY, SNAPSHOT_DAY - 10, SNAPSHOT_DAY - 3_000],
    "link_status": ["matched", "no_fixed_abode"], "visits": [0], "harm": ["none", "moderate", "severe"],
    "cancer_pathway": [True, False], "window": [SNAPSHOT_DAY - 100, SNAPSHOT_DAY + 45, SNAPSHOT_DAY + 200],
}  # fmt: skip
"""What a blank could turn out to be."""


def _answered(written: dict[str, Any]) -> set[str]:
    """Columns whose blank says something to every line of the policy that reads them, so that it stays one."""
    names = {
        each["name"]
        for each in written["factors"]
        if each.get("points") != {"true": 0, "false": 0} or each["missing"] != "zero"
    }
    asked = any(each["name"] == "cancer" and "blank_means" not in each for each in written["tiers"])
    dated = any(each["name"] == "window" and "blank" not in each for each in written["factors"]) or "closing" in names
    return ({"cancer_pathway"} if not asked and "cancer" not in names else set()) | (set() if dated else {"window"})


def completed(written: dict[str, Any], rows: list[dict[str, Any]], chance: np.random.Generator) -> list[dict[str, Any]]:
    """Return the rows with every blank filled at random; a date only where none says when a person was listed."""
    answered, found = _answered(written), []
    for row in rows:
        whole = dict(row)
        for name, values in _FILLS.items():
            dated = name == "decision_to_admit" and row["priority_date"] is not None
            if row[name] is None and not dated and name not in answered:
                whole[name] = _pick(chance, *values)
        choices = priorities(written, whole)
        if len(choices) > 1:  # a clinician chooses, and nothing is left to choose from
            whole["chosen"] = _pick(chance, *choices)
        found.append(whole)
    return found


def outside_their_range(seed: int, several: int = 4) -> list[str]:
    """Return who stands outside a range in the list of a seed as it is, or in a random completion, by the independent scorer."""
    chance = np.random.default_rng(seed)
    written, rows = random_policy(chance), random_rows(chance)
    written.pop("eligibility", None)  # who is accepted, or is on the list at all, is no place
    written["people"] = "everyone"
    for factor in written["factors"]:
        if "lookup" in factor:  # a recorded code that it does not name is as good as blank, and nobody would fill it in
            factor.setdefault("otherwise", 2)
    for row in rows:  # nor a number that cannot be
        row["visits"] = row["visits"] if row["visits"] in (0, 1) else None
    ordered = score(framed(rows), Policy.read(written)).to_dict("records")
    lists = [rows, *(completed(written, rows, chance) for _ in range(several))]
    means = mean_points(written, rows)
    found = []
    for number, each in enumerate(lists):
        for at, (one, range_) in enumerate(zip(score_list(written, each, means), ordered, strict=True)):
            for said, value, ends in (
                ("place", one.get("rank"), (range_["rank_best"], range_["rank_worst"])),
                ("score", None if one["score"] is None or one["status"] != "scored" else one["score"] / 1e6,
                 (range_["score_low"], range_["score_high"])),
            ):  # fmt: skip
                # a place is bracketed over completions: today's is another matter while people are not scored yet
                asked = value is not None and (said == "score" or number > 0)
                if asked and (pd.isna(ends[0]) or not ends[0] <= value <= ends[1]):
                    found.append(f"completion {number}, row {at}: {said} {value} is outside {ends[0]} to {ends[1]}")
    return found
