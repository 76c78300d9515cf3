"""A policy read aloud says everything that its file does; a difference is a sentence for each change."""

from __future__ import annotations

import datetime as dt
import tomllib

import pytest
from policy_files import NEED, REASON, TIERS, factor, whole

from equiwait.rows.policies import Policy

LD = {"reason": "harmed more by a wait", "owner": "the lead nurse", "review": dt.date(2027, 3, 4)}
FULL = whole(
    tiers=[{"name": "Soon", "when": {"priority": ["P1", "P2"], "cancer_pathway": True}, "blank_means": {"cancer_pathway": "no"}},
           {"name": "Known", "when": {"learning_disability": True}, "kind": "equity", "justification": LD}, TIERS[1]],
    order={"then": "points", "rank_within": ["site"], "long_waits_lead_days": 1},
    retier={"column": "clinical_harm", "missing": "unscored", "source": "a box",
            "outcomes": {"P3": {"mild": "P2", "severe": ["P2", "P1b"]}}},
    eligibility={"column": "bmi", "at_least": 20, "missing": "eligible", "source": "a rule"},
    targets={"source": "a table", "days": {"P1a": 1, "P2": 28}, "from_clock_start": {"P4": 126}},
    guards={"coverage_by": ["sex"], "max_places_moved_down": 3, "protect": {"priorities": [], "because": "a trial"}},
    state={"snapshot": dt.date(2026, 1, 2), "means": {"level": 13.5}},
    consulted=[{"who": "carers", "when": "May", "what_changed": "age was dropped"}],
    factors=[
        {"name": "level", "kind": "clinical", "source": "s", "column": "diagnosis", "lookup": {"K40": "III"}, "missing": "list_mean",
         "points": {"III": 9}, "times": [{"by": "specialty", "levels": {"100": 2, "otherwise": 1.5}}], "coverage": 0.55,
         "coverage_because": "coded late"},
        {"name": "window", "kind": "clinical", "source": "s", "days_until": "developmental_window", "missing": "zero",
         "knots": [[182, 15], [183, 0]], "blank": 2},
        factor(name="needs", any_of=["carer", "needs_transport"], points={"true": 3, "false": 0}, sensitive=True),
        factor(name="other", column="ethnicity", points={"A": 0}, otherwise=7, justification=REASON, missing=1.25,
               specials=[{"column": "link_status", "value": "no_fixed_abode", "points": 6}]),
        factor(name="rate", kind="clinical", column="need_points", per={"points": 2, "every": 7}, range=[0, 40]),
    ],
)  # fmt: skip


@pytest.mark.parametrize("said", [
    "Only people whose bmi is at least 20 are ordered; the rest are listed apart; people without it are ordered too. Source: a rule.",
    "P3 with clinical harm mild becomes P2",
    "P3 with clinical harm severe becomes P2 or P1b, and a clinician chooses. If it is not recorded, the person is listed apart",
    "Source: a box.",
    "1. Soon: priority is P1 or P2 and cancer pathway is true. A blank cancer pathway is read as no.",
    "2. Known: learning disability is true (a social line). Justification: harmed more by a wait (owner: the lead nurse; "
    "for review by 2027-03-04).",
    "3. rest: everyone else. People who might belong to an earlier tier are listed apart.",
    "waited 1 day or more lead their tier",
    "diagnosis K40 stands for III; by diagnosis: III gives 9; times 2 where specialty is 100; else times 1.5",
    "it counts the mean of the list. It must be recorded for 55% of the list: coded late.",
    "by days until developmental window, in straight lines and flat beyond: 182 gives 15, 183 gives 0; a blank gives 2",
    "by carer or needs transport: true gives 3, false gives 0; if it is not recorded, it counts 0. Never named to a clerk",
    "anything else that is recorded gives 7; link status no_fixed_abode gives 6 whatever else is recorded",
    "it counts 1.25. Justification: a measured need (owner: the board; expires 2027-01-01).",
    "2 for every 7 units of need points; if it is not recorded, it counts 0 (it could be 0 to 40).",
    "Means held fixed, of the list of 2026-01-02: level 13.5.",
    "Targets by priority, from the priority date, else the decision to admit: P1a 1 day, P2 28 days; from the clock start: "
    "P4 126 days. Source: a table.",
    "Nobody loses more than 3 places to what is social; gains are not capped. It never moves down: people on cancer pathways, P2 within 7 days",
    "(a trial). Every factor must be recorded for enough people of each sex too.",
    "Who was asked: carers (May), which changed: age was dropped.",
])  # fmt: skip
def test_every_part_is_read_aloud(said):
    assert said in Policy.read(FULL).describe()


def test_a_seed_and_targets_without_dates_of_their_own_are_said_plainly():
    assert "The seed of the draw is 2021." in Policy.preset("weighted_lottery").describe()
    swalis = Policy.preset("swalis_2020").describe()
    assert "Targets by swalis class, from the clock start: A1 15 days" in swalis
    assert "decision to admit" not in swalis


def strings(data: object) -> list[str]:
    if isinstance(data, dict):
        return [each for value in data.values() for each in strings(value)]
    if isinstance(data, list):
        return [each for value in data for each in strings(value)]
    return [data.rstrip(".")] if isinstance(data, str) else []


@pytest.mark.parametrize("name", Policy.presets())
def test_no_words_of_a_preset_are_left_unread(name):
    policy = Policy.preset(name)
    data = tomllib.loads(policy.to_toml())
    unread = {"name", "status", "people", "order"}  # said in other words
    aloud = policy.describe().replace(" ", "_")
    for field in data.keys() - unread:
        if field != "factors":
            assert all(
                each.replace(" ", "_") in aloud
                for each in strings(data[field])
                if each not in ("equity", "no", "as_it_is", "unscored")
            )
    for part in data.get("factors", []):
        wanted = [part["source"], part.get("column", ""), part.get("label", ""), *part.get("points", {})]
        assert all(each.replace(" ", "_") in aloud for each in wanted)


# --- what changes ---------------------------------------------------------------------------------------------------------


def changes(one: dict[str, object], other: dict[str, object]) -> list[str]:
    return Policy.read(whole(**one)).diff(Policy.read(whole(**other)))[:-1]


def test_a_factor_that_is_added_or_left_out_is_one_sentence():
    area = factor(column="imd_quintile", points={"1": 8}, otherwise=0)
    said = "F (equity): by imd quintile: 1 gives 8; anything else that is recorded gives 0; if it is not recorded, it counts 0."
    assert changes({}, {"factors": [NEED, area]}) == [f"factors[f] is added: {said} Source: a test"]
    assert changes({"factors": [area, NEED]}, {}) == [f"factors[f] is left out: {said} Source: a test"]


def test_tiers_targets_and_matrices_come_and_go_whole():
    retier = {"column": "harm", "missing": "as_it_is", "source": "s", "outcomes": {"P3": {"bad": "P2"}}}
    said = changes({"tiers": TIERS}, {"tiers": TIERS[1:], "retier": retier})
    assert said == [
        "retier is added: Before the tiers, harm can change the priority: P3 with harm bad becomes P2. If it is not recorded, "
        "the priority stays as it is. Source: s.",
        "tiers[P2] is left out: P2: priority is P2.",
        "tiers[rest].place was 2 and is now 1.",
    ]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), [
    ({"title": "New"}, "title was 'T' and is now 'New'."),
    ({"factors": [{**NEED, "points": {"a": 3, "b": 2}}]}, "factors[need].points.a was 1 and is now 3."),
    ({"factors": [{**NEED, "points": {"a": 1}}]}, "factors[need].points.b was 2 and is no longer given."),
    ({"guards": {"max_places_moved_down": 0}}, "guards.max_places_moved_down was not given and is now 0."),
    ({"order": {"then": "points", "without_tiers": "a test", "rank_within": ["site"]}},
     "order.rank_within was not given and is now 'site'."),
    ({"factors": [{**NEED, "coverage": 0.9}]}, "factors[need].coverage was 0.8 and is now 0.9."),
])  # fmt: skip
def test_a_change_is_one_sentence(change, said):
    assert changes({}, change) == [said]
