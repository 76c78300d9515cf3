"""One message has every fault of a file, and none that would be gone once the others are mended."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from policy_files import NEED, REASON, TIERS, approval, factor, faults, whole

from equiwait.errors import PolicyError
from equiwait.policies import Policy

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
    ({"factors": [{**NEED, "times_by": 3, "times": {"a": 1}}]}, ["factors[0].times_by: must be a valid string"]),
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
    said = faults(factors=[factor(column="need", per={"points": 1}, range=[math.nan, 5], times={"x": 1})])
    assert said == [
        "factors[0].range[0]: must be a finite number (or '?' in a template)",
        "factors[0].times: and times_by go together",
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
     ["tiers[0].when.priority: names no level, so nobody could be in this tier"]),
])  # fmt: skip
def test_a_fault_is_said_once_in_the_words_of_the_file(change, said):
    assert faults(**change) == said


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
