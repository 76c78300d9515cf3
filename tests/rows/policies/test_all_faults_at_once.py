"""One message has every fault of a file, and none that would be gone once the others are mended."""

from __future__ import annotations

import datetime as dt
import math

import jsonschema
import pandas as pd
import pytest
from policy_files import NEED, REASON, TIERS, approval, factor, faults, whole

from equiwait.errors import PolicyError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score
from equiwait.rows.scoring.schemas import schema

PAST = dt.date(2020, 1, 1)
LD_TIER = {"name": "x", "when": {"learning_disability": True}, "kind": "equity",
           "justification": {"reason": "r", "owner": "o", "review": PAST}}  # fmt: skip


def test_a_part_says_what_is_wrong_as_a_whole_beside_its_other_faults():
    part = {"name": "f", "kind": "equity", "source": "s", "column": "carer", "any_of": ["site_flag"], "knots": [[0, 0]],
            "points": {"true": 1, "false": 0}}  # fmt: skip
    assert faults(factors=[part]) == [
        "factors[0].missing: is left out; it has no default",
        "factors[0]: must say what it gives by exactly one of points, knots, per",
        "factors[0]: must say what it reads by exactly one of column, any_of, days_until, percent_of_target",
    ]


def test_a_part_as_a_whole_is_not_blamed_for_a_field_that_cannot_be_read():
    assert faults(factors=[factor(column=3, points={"a": 1})]) == ["factors[0].column: must be a valid string"]
    assert faults(factors=[factor(column="need", knots=[[0, "x"]])]) == [
        "factors[0].knots[0][1]: must be a finite number (or '?' in a template)"
    ]


@pytest.mark.parametrize(("change", "said"), [
    ({"factors": [{**NEED, "times": [{"by": 3, "levels": {"a": 1}}]}]}, ["factors[0].times[0].by: must be a valid string"]),
    ({"factors": [factor(days_until=3, knots=[[0, 0]], blank=1)]}, ["factors[0].days_until: must be a valid string"]),
    ({"tiers": [{"name": "x", "when": 3}, TIERS[1]]}, ["tiers[0].when[0]: must be a table"]),
    ({"order": {"then": "days_waited", "without_tiers": "x", "bogus": 1}, "factors": []},
     ["order.bogus: is not a field here."]),
    ({"order": {"then": "lotery", "without_tiers": "x", "seed": 1}},
     ["order.then: must be 'points', 'days_waited', 'percent_of_target', 'accumulation', 'utility' or 'lottery'"]),
])  # fmt: skip
def test_what_only_follows_from_another_fault_waits_for_it(change, said):
    assert faults(**change) == said


def test_what_does_not_follow_from_another_fault_does_not_wait():
    said = faults(
        order={"then": "days_waited", "without_tiers": "x"}, factors=[NEED, {**NEED, "name": "dated", "missing": "nil"}]
    )
    assert said == [
        "factors: are not read when order.then = 'days_waited'; leave them out",
        "factors[1].missing: must be 'unscored', 'zero', 'list_mean' or a number of points",
    ]
    days = factor(column="days_waiting", points={"1": 1, "2": math.nan})
    assert any("points: are for levels" in line for line in faults(factors=[days]))


def test_a_bad_end_of_a_range_hides_nothing_else():
    said = faults(factors=[factor(column="need", per={"points": 1}, range=[math.nan, 5], times=[{"by": "x"}])])
    assert said == [
        "factors[0].range[0]: must be a finite number (or '?' in a template)",
        "factors[0].times[0].levels: is left out; it has no default",
    ]


def test_an_approval_says_all_that_is_wrong_with_it():
    bad = approval(Policy.read(whole()), fingerprint="zz", review=dt.date(2025, 1, 1))
    assert faults(status="approved", approval=bad) == [
        "approval.fingerprint: must match pattern '^[0-9a-f]{12}$'",
        "approval.review: comes on or before approval.date, so the approval has expired before it began",
    ]
    late = {key: value for key, value in bad.items() if key not in ("date", "fingerprint")}
    assert faults(status="approved", approval={**late, "fingerprint": "0" * 12}) == [
        "approval.date: is left out; it has no default"
    ]


def test_the_fingerprint_of_a_faulty_policy_is_not_given_as_the_one_to_approve():
    given = approval(Policy.read(whole()), fingerprint="0" * 12)
    assert faults(status="approved", approval=given, colour=1) == ["colour: is not a field here."]
    mended = Policy.read(whole()).fingerprint
    assert faults(status="approved", approval=given) == [
        f"approval.fingerprint: approves another version; this one is {mended}. Have it approved, or say status = 'draft'"
    ]


def test_what_has_expired_is_said_beside_other_faults_wherever_it_stands():
    old = approval(Policy.read(whole()), date=dt.date(2019, 1, 1), review=PAST)
    eth = factor(column="ethnicity", points={"A": 1}, otherwise=0, justification={**REASON, "expires": PAST})
    said = faults("2026-10-31", colour=1, status="approved", approval=old, tiers=[LD_TIER, TIERS[1]], factors=[eth])
    ended = "expired on 2020-01-01, before the list's snapshot of 2026-10-31"
    for path in ("approval.review", "tiers[0].justification", "factors[0].justification"):
        assert f"{path}: {ended}" in said


def test_what_expires_only_in_a_faulty_file_is_no_fault():
    old = approval(Policy.read(whole()), date=dt.date(2019, 1, 1), review=PAST)
    spare = {**NEED, "justification": {"reason": "r", "owner": "o", "review": PAST}}
    assert faults("2026-10-31", colour=1, approval=old, factors=[spare]) == ["colour: is not a field here."]
    Policy.read(whole(approval=old, factors=[spare]), snapshot="2026-10-31")


def test_dates_written_as_text_expire_too():
    eth = factor(column="ethnicity", points={"A": 1}, otherwise=0, justification={**REASON, "expires": "2020-01-01"})
    assert any("expired on 2020-01-01" in line for line in faults("2026-10-31", colour=1, factors=[eth]))


@pytest.mark.parametrize(("change", "said"), [
    ({"factors": [{**NEED, "missing": math.nan}]}, ["factors[0].missing: must be a finite number (or '?' in a template)"]),
    ({"factors": [{**NEED, "missing": []}]}, ["factors[0].missing: must be a finite number (or '?' in a template)"]),
    ({"factors": [{**NEED, "otherwise": math.inf}]}, ["factors[0].otherwise: must be a finite number (or '?' in a template)"]),
    ({"factors": {"a": 1}}, ["factors: must be a list of tables: [[factors]]"]),
    ({"factors": [1]}, ["factors[0]: must be a table"]),
    ({"order": "points"}, ["order: must be a table"]),
    ({"tiers": [{**TIERS[0], "blank_means": "yes"}]},
     ["tiers[0].blank_means: must be 'no', or a table of columns such as { carer = 'no' }"]),
    ({"tiers": [{**TIERS[0], "when": {"priority": []}}]},
     ["tiers[0].when.priority: names no level, so nobody could be in it"]),
])  # fmt: skip
def test_a_fault_is_said_once_in_the_words_of_the_file(change, said):
    assert faults(**change) == said


BEYOND = "must lie between -1,000,000,000 and 1,000,000,000"
REACH = {"column": "need_points", "per": {"points": 1}, "range": [0, 5]}


@pytest.mark.parametrize(("change", "path"), [
    ({"factors": [{**NEED, "points": {"a": 1e13}}]}, "factors[0].points.a"),
    ({"factors": [{**NEED, "points": {"a": -9e12, "b": 1}}]}, "factors[0].points.a"),
    ({"factors": [{**NEED, "missing": 10**30}]}, "factors[0].missing"),
    ({"factors": [{**NEED, "otherwise": 10**400}]}, "factors[0].otherwise"),
    ({"factors": [{**NEED, "otherwise": -1_000_000_001}]}, "factors[0].otherwise"),
    ({"factors": [factor(column="need", knots=[[0, 0], [1, 2e9]])]}, "factors[0].knots[1][1]"),
    ({"factors": [factor(**{**REACH, "per": {"points": 2e9}})]}, "factors[0].per.points"),
    ({"factors": [factor(**{**REACH, "range": [0, 2e9]})]}, "factors[0].range[1]"),
    ({"factors": [{**NEED, "times": [{"by": "site", "levels": {"x": 2e9}}]}]}, "factors[0].times[0].levels.x"),
    ({"eligibility": {"column": "bmi", "at_least": 2e9, "missing": "eligible", "source": "s"}}, "eligibility.at_least"),
    ({"state": {"snapshot": "2026-10-31", "means": {"need": 2e9}}}, "state.means.need"),
])  # fmt: skip
def test_a_number_that_no_score_could_hold_is_a_fault(change, path):
    assert faults(**change) == [f"{path}: {BEYOND}"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(whole(**change), schema("policy"))


def test_the_largest_numbers_themselves_are_none_and_places_have_an_end_too():
    Policy.read(whole(factors=[{**NEED, "points": {"a": -1e9, "b": 1_000_000_000}}]))
    jsonschema.validate(whole(factors=[{**NEED, "points": {"a": -1e9, "b": 1_000_000_000}}]), schema("policy"))
    assert faults(guards={"max_places_moved_down": 10**30}) == [
        "guards.max_places_moved_down: must be a whole number of places, 0 to 1,000,000,000"
    ]


@pytest.mark.parametrize("change", [
    {"factors": [factor(column="days_waiting", per={"points": 1e9}, range=[0, 1])]},
    {"factors": [factor(column="days_waiting", per={"points": 1, "every": 1e-9}, range=[0, 1])]},
    {"factors": [{**NEED, "points": {"a": 1e6}, "times": [{"by": "site", "levels": {"x": 1e8}}]}]},
    {"factors": [{**NEED, "points": {"a": 1e9}}, {**NEED, "name": "other", "points": {"a": 1e9}}],
     "order": {"then": "accumulation", "without_tiers": "a test"}},
])  # fmt: skip
def test_nor_can_lawful_numbers_together_give_more_than_a_score_can_hold(change):
    assert faults(**change) == [
        "factors: could together give more points than a score can hold (9,000,000,000,000); scale them down"
    ]


ANSWERS = ["score", "tier", "tier_name", "rank", "base_rank", "held_by", "why", "score_low", "score_high", "rank_best",
           "rank_worst", "days_to_target", "past_target", "harm_review", "score_status", "policy",
           "points_pain"]  # fmt: skip
DOORS = [
    ("factors[0].column", lambda column: {"factors": [factor(column=column, points={"a": 1})]}),
    ("factors[0].column", lambda column: {"factors": [factor(column=column, knots=[[0, 0]])]}),
    ("factors[0].any_of[1]", lambda column: {"factors": [factor(any_of=["x", column], points={"true": 1, "false": 0})]}),
    ("factors[0].days_until", lambda column: {"factors": [factor(days_until=column, knots=[[0, 0]])]}),
    ("factors[0].times[0].by", lambda column: {"factors": [{**NEED, "times": [{"by": column, "levels": {"a": 1}}]}]}),
    ("factors[0].specials[0].column", lambda column: {
        "factors": [{**NEED, "specials": [{"column": column, "value": "a", "points": 1}]}]}),
    ("tiers[0].when.{}", lambda column: {"tiers": [{"name": "x", "when": {column: "a"}}, TIERS[1]]}),
    ("retier.column", lambda column: {"tiers": TIERS, "retier": {
        "column": column, "missing": "as_it_is", "source": "s", "outcomes": {"P3": {"bad": "P2"}}}}),
    ("targets.column", lambda column: {"targets": {"column": column, "source": "s", "days": {"a": 1}}}),
    ("eligibility.column", lambda column: {
        "eligibility": {"column": column, "at_least": 1, "missing": "eligible", "source": "s"}}),
    ("order.rank_within[0]", lambda column: {
        "order": {"then": "points", "without_tiers": "a test", "rank_within": [column]}}),
    ("guards.coverage_by[0]", lambda column: {"guards": {"coverage_by": [column]}}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "door"), DOORS)
@pytest.mark.parametrize("column", ANSWERS)
def test_no_line_reads_what_the_score_itself_writes(path, door, column):
    assert faults(**door(column)) == [
        f"{path.format(column)}: {column} is a column that score writes itself; rename yours, in the list and here"
    ]


def test_every_column_that_the_score_adds_is_known_as_its_own():
    people = pd.DataFrame(
        {"pathway_id": ["a"], "snapshot_date": "2026-10-31", "scope": "rtt_open", "days_waiting": 9, "need": "a"}
    )
    added = set(score(people, Policy.read(whole()))) - set(people)
    assert added == {*ANSWERS, "points_need"} - {"points_pain"}


def test_columns_that_only_look_like_it_are_the_users_own():
    for column in ("need_points", "cpac_score", "tier_of_service", "score_at_referral"):
        Policy.read(whole(factors=[factor(column=column, knots=[[0, 0], [9, 9]])]))


def test_a_file_that_breaks_off_is_mended_as_a_file():
    with pytest.raises(PolicyError, match=r"at end of document[\s\S]*Mend the file there"):
        Policy.from_toml("name = ")


@pytest.mark.parametrize("name", ["dce_utility", "nz_equity_adjustor", "uhcw_style"])
def test_a_template_says_that_it_is_one_before_anything_is_asked_of_a_list(name):
    policy = Policy.preset(name)
    with pytest.raises(PolicyError) as caught:
        policy.check_filled()
    assert all(f"{place}: still says '?'" in str(caught.value) for place in policy.unfilled)
    Policy.from_toml(policy.to_toml().replace('"?"', "1.0")).check_filled()
