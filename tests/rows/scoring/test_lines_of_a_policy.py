"""Lines that flag, that group, and that do nothing: what the policy says is what the list shows."""

from __future__ import annotations

import pandas as pd
import pytest

from equiwait import adherence, displacement
from equiwait.errors import ColumnsError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score

SNAPSHOT = pd.Timestamp("2026-10-31")
NEED = {"name": "need", "kind": "clinical", "source": "a test", "column": "need", "missing": "zero",
        "points": {"low": 1, "high": 2}, "coverage": 0, "coverage_because": "a test"}  # fmt: skip
AREA = {"name": "area", "kind": "equity", "source": "a test", "column": "imd_quintile", "missing": "zero", "points": {"1": 9},
        "otherwise": 0, "coverage": 0, "coverage_because": "a test"}  # fmt: skip


def policy(**changes: object) -> Policy:
    order = {"then": "points", "without_tiers": "a test", "rank_within": []}
    said = {
        "name": "lines",
        "title": "Lines",
        "status": "draft",
        "source": "a test",
        "people": "everyone",
        "order": order,
    }
    return Policy.read({**said, "factors": [NEED, AREA], **changes})


def waiting(rows: int = 4, **columns: object) -> pd.DataFrame:
    plain = {"pathway_id": [f"p{row}" for row in range(rows)], "snapshot_date": "2026-10-31", "scope": "rtt_open"}
    return pd.DataFrame(
        {**plain, "days_waiting": range(rows), "need": "low", "imd_quintile": 1, "priority": "P3", **columns}
    )


def listed(*days: int | None) -> pd.Series:
    return pd.Series([pd.NaT if day is None else SNAPSHOT - pd.Timedelta(days=day) for day in days]).astype(
        "datetime64[s]"
    )


def test_a_review_for_harm_flags_whom_the_policy_says_and_is_empty_where_that_cannot_be_told():
    rule = {"source": "a test", "past_target_days": 0, "waited_days": 300, "priorities": ["P2", "P3"]}
    aims = {"source": "a test", "days": {"P2": 28, "P3": 91}}
    found = score(waiting(
        7, decision_to_admit=listed(91, 92, 29, 28, None, None, 500), days_waiting=[91, 92, 29, 28, 299, 300, 500],
        priority=["P3", "P3", "P2", "P2", "P3", "P3", "P4"],
    ), policy(harm_review=rule, targets=aims))["harm_review"]  # fmt: skip
    assert found.isna().tolist() == [False, False, False, False, True, False, False]
    assert found.fillna(False).tolist() == [False, True, True, False, False, True, False]


def test_a_review_by_days_waited_alone_needs_no_target():
    rule = {"source": "a test", "waited_days": 2}
    days = pd.array([1, 2, 3, None], "Int32")
    found = score(waiting(days_waiting=days), policy(harm_review=rule))["harm_review"]
    assert [None if each is pd.NA else bool(each) for each in found] == [False, True, True, None]


def test_a_column_that_the_policy_ranks_within_must_be_there():
    within = policy(order={"then": "points", "without_tiers": "a test", "rank_within": ["site"]})
    with pytest.raises(ColumnsError, match="site"):
        score(waiting(), within)
    assert score(waiting(site=["a", "a", "b", "b"]), within)["rank"].tolist() == [2, 1, 2, 1]
    with pytest.raises(ColumnsError, match="site"):
        score(waiting(Site=["a", "a", "b", "b"]), within)


def test_the_usual_columns_to_rank_within_may_be_away():
    usual = policy(order={"then": "points", "without_tiers": "a test"})
    assert score(waiting(specialty=["1", "1", "2", "2"]), usual)["rank"].tolist() == [2, 1, 2, 1]


def test_a_weight_that_is_the_same_for_everyone_is_said():
    same = {**AREA, "points": {"1": 4}, "otherwise": 4, "missing": 4}
    assert "area (equity): by imd quintile: 1 gives 4; anything else" in policy(factors=[NEED, same]).describe().lower()
    assert "Everyone gets the same for it, so it changes no place." in policy(factors=[NEED, same]).describe()
    assert "changes no place" not in policy().describe()
    ordered = score(waiting(need=["low", "high", "low", "high"]), policy(name="at_hand"))
    notes = displacement(ordered, suppression="none").notes
    assert "Changes no place, since everyone on this list has the same for it: Area." in notes
    assert not any("Need" in note for note in notes)


def test_the_policy_that_is_not_at_hand_is_said_so():
    ordered = score(waiting(need=["low", "high", "low", "high"]), policy(name="at_hand"))
    lost = ordered.assign(policy="somebody_elses 0123456789ab")
    assert any(note.startswith("The policy is not at hand") for note in displacement(lost, suppression="none").notes)
    assert not any("not at hand" in note for note in displacement(ordered, suppression="none").notes)


def test_adherence_warns_on_top_of_a_code_that_stands_in_no_tier():
    tiers = [{"name": "soon", "when": {"priority": "P2"}}]
    ordered = score(waiting(priority=["P2", "P2", "P4", "P4"]), policy(tiers=tiers))
    found = adherence(ordered, ["p1"], suppression="none")
    assert found.notes[0] == "2 people have a recorded code that stands in no tier of the policy: mend it first."


def test_intervals_of_movement_are_wider_where_counts_are_rounded():
    rows = 400
    need = ["low", "high"] * (rows // 2)
    area = [1 if row % 4 == 0 else 5 for row in range(rows)]
    ordered = score(waiting(rows, need=need, imd_quintile=area), policy(guards={"protect": {"because": "a test"}}))
    exact, rounded = (displacement(ordered, suppression=rule).table.iloc[0] for rule in ("none", "hes"))
    for way in ("up", "down"):
        widths = [row[f"share_{way}_upper"] - row[f"share_{way}_lower"] for row in (exact, rounded)]
        assert abs(exact[f"share_{way}"] - rounded[f"share_{way}"]) < 0.02
        assert widths[1] > widths[0]


def test_of_many_factors_each_that_counts_is_named():
    many = [
        {**NEED, "name": f"need_{place}", "label": f"Need {place}", "column": f"need_{place}"} for place in range(45)
    ]
    columns = {f"need_{place}": "low" if place in (0, 14, 30, 44) else None for place in range(45)}
    why = score(waiting(**columns), policy(factors=many))["why"]
    assert why.nunique() == 1
    assert why.iloc[0].startswith("Counted: need 0, need 14, need 30, need 44. Not recorded: need 1, need 2,")
