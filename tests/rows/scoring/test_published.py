"""The published systems: each preset gives the score that its source's own numbers give."""

from __future__ import annotations

import pandas as pd
import pytest

from equiwait.errors import PolicyError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score
from equiwait.rows.scoring.score_record import score_record


def one(name: str, **values: object) -> object:
    """The score of one person under a preset."""
    return score_record(record(**values), Policy.preset(name)).score


def record(**values: object) -> dict[str, object]:
    return {"snapshot_date": "2026-10-31", "scope": "rtt_open", "list_type": "IRTT", "days_waiting": 0, **values}


def listed(*several: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([{"pathway_id": f"p{place}", **record(**each)} for place, each in enumerate(several)])


@pytest.mark.parametrize(
    ("class_", "days", "percent"),
    [("A1", 15, 100), ("A2", 7, 100 / 3), ("A3", 30, 100), ("B", 30, 50), ("C", 360, 200), ("D", 36, 10)],
)
def test_swalis_is_the_share_of_the_longest_wait(class_, days, percent):
    assert one("swalis_2020", swalis_class=class_, days_waiting=days) == pytest.approx(percent, abs=1e-6)


def test_catalonia_universal_gives_the_published_weights():
    worst = {"disease_severity": 1, "pain": 1, "progression": 1, "daily_activities": 1, "expected_improvement": 1}
    social = {"dependent_no_caregiver": True, "limits_caring": True, "limits_work": True}
    best = {**dict.fromkeys(worst, 0), **dict.fromkeys(social, False)}
    assert one("catalonia_universal", **worst, **social) == 100
    assert one("catalonia_universal", **best) == 0
    weights = {"disease_severity": 23, "pain": 14, "progression": 15, "daily_activities": 14, "expected_improvement": 12,
               "dependent_no_caregiver": 5, "limits_caring": 8, "limits_work": 9}  # fmt: skip
    for name, weight in weights.items():
        assert one("catalonia_universal", **{**best, name: {**worst, **social}[name]}) == weight


def test_catalonia_joint_gives_the_published_levels():
    none = {"joint_pain": 0, "daily_activities": 0, "disease_severity": 0, "recovery": 0, "limits_work": False,
            "no_one_to_look_after": False, "is_caregiver": False}  # fmt: skip
    for name, level, points in [
        ("joint_pain", 1, 17), ("joint_pain", 2, 33), ("daily_activities", 1, 10), ("daily_activities", 2, 20),
        ("disease_severity", 1, 18), ("recovery", 1, 4), ("limits_work", True, 10), ("no_one_to_look_after", True, 9),
        ("is_caregiver", True, 6),
    ]:  # fmt: skip
        assert one("catalonia_joint", **{**none, name: level}) == points


def test_new_zealand_1996_gives_the_published_levels_and_sums_to_100():
    none = {"pain_degree": 0, "pain_often": 0, "time_walked": 0, "other_function": 0, "movement_deformity": 0,
            "multiple_joints": 0, "work_care_independence": 0}  # fmt: skip
    most = {"pain_degree": 5, "pain_often": 1, "time_walked": 5, "other_function": 3, "movement_deformity": 1,
            "multiple_joints": 2, "work_care_independence": 1}  # fmt: skip
    assert one("nz_1996_joint", **most) == 100
    assert [one("nz_1996_joint", **{**none, "pain_degree": level}) for level in range(6)] == [0, 4, 6, 9, 14, 20]
    assert [one("nz_1996_joint", **{**none, "time_walked": level}) for level in range(6)] == [0, 2, 4, 6, 8, 10]
    assert [one("nz_1996_joint", **{**none, "other_function": level}) for level in range(4)] == [0, 2, 4, 10]
    assert [one("nz_1996_joint", **{**none, "multiple_joints": level}) for level in range(3)] == [0, 4, 10]


def test_new_zealand_accepts_at_65_and_removes_nobody():
    waiting = listed(
        {"cpac_score": 64}, {"cpac_score": 65}, {"cpac_score": 90, "days_waiting": 9}, {"cpac_score": None}
    )
    ordered = score(waiting, Policy.preset("nz_threshold").model_copy(update={}))
    assert ordered["score_status"].tolist() == ["below_threshold", "scored", "scored", "unscored"]
    assert ordered["rank"].fillna(0).tolist() == [0, 2, 1, 0]


def test_the_imperial_matrix_asks_a_clinician_where_it_has_two_answers():
    waiting = listed(
        {"priority": "P3", "clinical_harm": "none", "days_waiting": 90}, {"priority": "P3", "clinical_harm": "moderate"},
        {"priority": "P3", "clinical_harm": "severe"}, {"priority": "P2", "clinical_harm": "severe", "days_waiting": 5},
        {"priority": "P3", "clinical_harm": None, "days_waiting": 80},
    )  # fmt: skip
    ordered = score(waiting, Policy.preset("imperial_matrix"))
    assert ordered["score_status"].tolist() == ["scored", "scored", "ask_clinician", "scored", "scored"]
    assert ordered["rank"].fillna(0).tolist() == [3, 2, 0, 1, 4]
    assert ordered.loc[2, ["rank_best", "rank_worst"]].tolist() == [1, 4]  # P1b, or P2; the last may be either too
    assert ordered.loc[4, ["rank_best", "rank_worst"]].tolist() == [1, 5]


def test_the_imperial_matrix_has_every_case_of_its_box():
    policy = Policy.preset("imperial_matrix")
    for harm, status, tier in [
        ("moderate", "scored", "P2"), ("severe", "ask_clinician", None), ("none_expected", "ask_clinician", None),
        ("none", "scored", "P3"),
    ]:  # fmt: skip
        found = score_record(record(priority="P3", clinical_harm=harm), policy)
        assert (found.status, found.tier_name) == (status, tier)
    waiting = listed(
        {"priority": "P3", "clinical_harm": "none_expected"},
        {"priority": "P4", "days_waiting": 5},
        {"priority": "P3", "clinical_harm": "none"},
    )
    ordered = score(waiting, policy)
    assert ordered.loc[0, ["rank_best", "rank_worst"]].tolist() == [1, 3]  # P3 or P4, as the clinician says
    assert ordered["rank"].fillna(0).tolist() == [0, 2, 1]


def test_no_wait_is_too_long_for_the_utility_of_months():
    waits = next(each for each in Policy.preset("dce_utility").factors if each.name == "months_waited")
    assert waits.possible() == (0, 144)
    assert waits.limits == (0, float("inf"))


def test_a_learning_disability_comes_next_after_cancer_and_urgent():
    waiting = listed(
        {"priority": "P4", "days_waiting": 400}, {"priority": "P4", "learning_disability": True}, {"priority": "P2"},
        {"priority": "P3", "cancer_pathway": True, "days_waiting": 3}, {"priority": None, "days_waiting": 500},
    )  # fmt: skip
    ordered = score(waiting, Policy.preset("chft_learning_disability"))
    assert ordered["rank"].fillna(0).tolist() == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(("need", "days", "expected"), [(10, 0, 10), (10, 70, 110), (4, 7, 8), (0, 700, 0)])
def test_points_build_up_with_every_week(need, days, expected):
    assert one("dynamic_accumulation", need_points=need, days_waiting=days) == expected


def test_scotland_and_nhsr_have_their_own_targets():
    assert Policy.preset("scotland_variant").targets.days["P3"] == 84
    assert Policy.preset("england_default").targets.days["P3"] == 91
    assert Policy.preset("nhsr_targets").targets.days == {"P1a": 7, "P1b": 7, "P1": 7, "P2": 28, "P3": 84, "P4": 365}


@pytest.mark.parametrize("name", ["dce_utility", "nz_equity_adjustor", "uhcw_style"])
def test_templates_refuse_until_their_numbers_are_filled(name):
    policy = Policy.preset(name)
    assert policy.unfilled
    with pytest.raises(PolicyError) as caught:
        score_record(record(), policy)
    assert all(place in str(caught.value) for place in policy.unfilled)


def test_a_filled_template_scores():
    text = Policy.preset("dce_utility").to_toml().replace('"?"', "1.0")
    filled = Policy.from_toml(text)
    given = {"radiological_severity": 1, "joint_pain": 0.5, "days_waiting": 61, "mobility": 1, "daily_activities": 0,
             "work_care": 0, "mental_wellbeing": 1}  # fmt: skip
    assert score_record(record(**given), filled).score == pytest.approx(2.27 + 0.54 + 0.12 * 61 / 30.4375 + 2, abs=1e-6)
    assert not filled.approved


def test_two_tickets_come_first_twice_as_often_as_one():
    pairs = 3_000
    waiting = pd.DataFrame({
        "pathway_id": [f"p{place}" for place in range(2 * pairs)], "snapshot_date": "2026-10-31", "scope": "rtt_open",
        "days_waiting": 1, "imd_quintile": [1, 3] * pairs, "pair": [str(place) for place in range(pairs) for _ in "ab"],
    })  # fmt: skip
    policy = Policy.preset("weighted_lottery")
    ordered = score(waiting, policy, rank_within=["pair"])
    first = ordered.loc[ordered["imd_quintile"] == 1, "rank"].eq(1).mean()
    assert first == pytest.approx(2 / 3, abs=0.03)  # over three standard errors
    again = score(waiting.iloc[::-1], policy, rank_within=["pair"])
    assert again["rank"].sort_index().tolist() == ordered["rank"].tolist()
    other = policy.model_copy(update={"order": policy.order.model_copy(update={"seed": 7})})
    assert score(waiting, other, rank_within=["pair"])["rank"].tolist() != ordered["rank"].tolist()


def test_lookups_and_weights_by_specialty():
    policy = Policy.read({
        "name": "lookup", "title": "Look-ups", "status": "draft", "source": "a test", "people": "everyone",
        "order": {"then": "points", "without_tiers": "a test"},
        "factors": [{"name": "level", "kind": "clinical", "source": "a test", "column": "diagnosis", "missing": "unscored",
                     "lookup": {"K40": "III", "C50": "I"}, "points": {"I": 30, "III": 10},
                     "times": [{"by": "specialty", "levels": {"100": 1.5, "otherwise": 1}}]}],
    })  # fmt: skip
    given = [("C50", "100"), ("K40", "110"), ("Z99", "110"), ("K40", None)]
    scores = [
        score_record(record(diagnosis=diagnosis, specialty=specialty), policy).score for diagnosis, specialty in given
    ]
    assert scores == [45, 10, None, None]
