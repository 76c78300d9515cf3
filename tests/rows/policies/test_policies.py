"""Policy files: what they may say, what is wrong with them, what they mean."""

from __future__ import annotations

import datetime as dt
import traceback
from typing import Any

import pytest

from equiwait.errors import OptionError, PolicyError
from equiwait.rows.policies import Policy

PLAIN: dict[str, Any] = {
    "name": "plain", "title": "Plain", "status": "draft", "source": "a test", "people": "everyone",
    "order": {"then": "points"},
    "tiers": [{"name": "P2", "when": {"priority": "P2"}}, {"name": "P3", "when": {"priority": "P3"}}],
}  # fmt: skip
IMD: dict[str, Any] = {
    "name": "imd", "kind": "equity", "source": "a test", "column": "imd_quintile", "missing": "zero",
    "points": {"1": 8, "2": 6, "3": 4, "4": 2, "5": 0},
}  # fmt: skip
LD: dict[str, Any] = {
    "name": "ld", "kind": "equity", "source": "a test", "column": "learning_disability", "missing": "zero",
    "points": {"true": 8, "false": 0},
    "justification": {"reason": "need", "owner": "the lead", "review": dt.date(2027, 1, 1)},
}  # fmt: skip
ETHNICITY: dict[str, Any] = {
    "name": "eth", "kind": "equity", "source": "a test", "column": "ethnicity", "missing": "zero",
    "points": {"K": 5}, "otherwise": 0,
}  # fmt: skip


def made(**changes: Any) -> Policy:
    return Policy.read({**PLAIN, "factors": [IMD], **changes})


def faults(data: dict[str, Any], **options: Any) -> str:
    with pytest.raises(PolicyError) as caught:
        Policy.read(data, **options)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return str(caught.value)


def test_every_fault_comes_in_one_message_by_its_path():
    data = {
        **PLAIN, "colour": "red", "people": "all", "status": "approved",
        "tiers": [{"name": "a", "when": {"priority": "P9"}}],
        "factors": [
            {"name": "f", "kind": "clinical", "source": "x", "column": "days_waiting", "knots": [[0, 0], [9, 5], [9, 6]]},
            {**ETHNICITY, "points": {"Q": 1}, "weird": 1},
            {**IMD, "points": {**IMD["points"], "2": float("nan"), "6": 1}, "missing": "nil"},
        ],
        "retier": {"column": "harm", "missing": "as_it_is", "source": "x",
                   "outcomes": {"P2": {"mild": "P3"}, "P3": {"bad": "P2"}}},
        "approval": {"owner": "o", "approver": "a", "date": dt.date(2024, 1, 1), "review": dt.date(2025, 1, 1),
                     "impact_assessment": "e", "fingerprint": "0" * 12},
    }  # fmt: skip
    message = faults(data, snapshot="2026-10-31")
    for expected in [
        "colour: is not a field here", "people: must be 'admitted' or 'everyone'", "tiers[0].when.priority.P9: is no level",
        "factors[0].knots[2]: overlaps", "factors[0].missing: is left out", "factors[1].points.Q: is no level",
        "factors[1].weird: is not a field", "factors[1].justification: is needed", "factors[2].points.2: must be a finite",
        "factors[2].points.6: is no level", "factors[2].missing: must be", "retier.outcomes: goes round in a circle",
        "approval.review: expired on 2025-01-01",
    ]:  # fmt: skip
        assert expected in message


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"factors": [IMD, IMD]}, "factors[1].name: 'imd' is used twice"),
        ({"tiers": []}, "tiers: are left out"),
        ({"factors": []}, "factors: are left out"),
        ({"order": {"then": "days_waited"}}, "factors: are not read"),
        ({"order": {"then": "lottery"}}, "order.seed: is needed"),
        ({"factors": [{**IMD, "column": "", "percent_of_target": True}]}, "factors[0].points: are for levels"),
        ({"factors": [{**IMD, "points": {"1": 3}}]}, "factors[0].points.4: is left out"),
        ({"factors": [{**IMD, "coverage": 0.5}]}, "factors[0].coverage_because: must say why"),
        ({"factors": [{**IMD, "points": {}, "knots": [[0, "?"]]}]}, "which only a template may"),
        ({"factors": [{**LD, "justification": {"reason": "need", "owner": "x"}}]}, "justification.review: is left out"),
        ({"factors": [{**LD, "column": "looked_after"}]}, "factors[0].sensitive: must be true"),
        ({"guards": {"protect": {"priorities": []}}}, "guards.protect.because: must say why"),
        ({"guards": {"max_places_moved_down": -1}}, "guards.max_places_moved_down: must be a whole number"),
        ({"status": "approved"}, "approval: is left out"),
        ({"tiers": [{"name": "rest", "takes_unknown": True}, *PLAIN["tiers"]]}, "tiers[0].when: is left out"),
        ({"tiers": [{"name": "rest"}]}, "tiers[0].takes_unknown: must say"),
        ({"factors": [{**IMD, "points": {}, "column": "age", "per": {"points": 1}}]}, "factors[0].range: is needed"),
        ({"factors": [{"name": "w", "kind": "time", "source": "x", "column": "days_waiting", "missing": "zero",
                       "knots": [[0, 9], [9, 0]]}]}, "gives fewer points for a longer wait"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_said(changes, expected):
    assert expected in faults({**PLAIN, "factors": [IMD], **changes})


def test_a_file_that_is_not_there_or_not_toml_is_one_clear_error(tmp_path):
    with pytest.raises(PolicyError, match="no policy file"):
        Policy.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("name = [", encoding="utf-8")
    with pytest.raises(PolicyError, match="not TOML"):
        Policy.load(tmp_path / "bad.toml")
    with pytest.raises(OptionError, match="england_default"):
        Policy.preset("england_defualt")


@pytest.mark.parametrize("name", Policy.presets())
def test_presets_go_through_toml_unchanged(name, tmp_path):
    policy = Policy.preset(name)
    again = Policy.load(policy.save(tmp_path / "policy.toml"))
    assert again == policy
    assert again.fingerprint == policy.fingerprint
    assert policy.diff(again) == []
    assert not policy.approved
    assert "[not approved]" in policy.stamp
    assert "not approved" in policy.describe().lower()


@pytest.mark.parametrize("name", Policy.presets())
def test_ethnicity_is_in_no_preset(name):
    assert not any("ethnic" in column for factor in Policy.preset(name).parts for column in factor.reads)


WORDS = [
    {"title": "Other words"}, {"about": "more"}, {"version": "2"}, {"notes": ["x"]}, {"name": "other"},
    {"factors": [{**IMD, "label": "Area", "source": "another"}]}, {"factors": [{**IMD, "name": "renamed"}]},
    {"factors": [{**IMD, "missing": 0}]}, {"factors": [{**IMD, "points": {**IMD["points"], "1": 8.0}}]},
    {"order": {"then": "utility"}},
    {"factors": [IMD, {**LD, "points": {"true": 0, "false": 0}, "name": "support"}]},
    {"tiers": [{"name": "urgent", "when": {"priority": ["P2"]}}, {"name": "soon", "when": [{"priority": "P3"}]}]},
]  # fmt: skip
MEANINGS = [
    {"factors": [{**IMD, "points": {**IMD["points"], "1": 9}}]}, {"factors": [{**IMD, "missing": "list_mean"}]},
    {"factors": [IMD, LD]}, {"people": "admitted"},
    {"guards": {"max_places_moved_down": 4}}, {"order": {"then": "accumulation"}},
    {"order": {"then": "points", "long_waits_lead_days": 365}}, {"order": {"then": "points", "rank_within": []}},
    {"tiers": list(reversed(PLAIN["tiers"]))}, {"factors": [{**IMD, "coverage": 0.9}]},
    {"factors": [{**IMD, "specials": [{"column": "link_status", "value": "no_fixed_abode", "points": 8}]}]},
]  # fmt: skip


@pytest.mark.parametrize("change", WORDS)
def test_words_do_not_change_the_fingerprint(change):
    assert made(**change).fingerprint == made().fingerprint


@pytest.mark.parametrize("change", MEANINGS)
def test_meaning_changes_the_fingerprint_and_the_difference_is_told(change):
    assert made(**change).fingerprint != made().fingerprint
    assert "means something else" in made().diff(made(**change))[-1]


def test_the_order_of_factors_and_a_knot_on_a_straight_line_mean_nothing():
    wait = {"name": "wait", "kind": "time", "source": "x", "column": "days_waiting", "missing": "zero"}
    straight = {**wait, "knots": [[0, 0], [100, 10]]}
    dotted = {**wait, "knots": [[0, 0], [30, 3], [100, 10], [200, 10]]}
    assert made(factors=[straight, IMD]).fingerprint == made(factors=[IMD, dotted]).fingerprint


def test_an_approval_names_the_fingerprint_that_it_approves():
    approval = {"owner": "o", "approver": "a", "date": dt.date(2026, 1, 1), "review": dt.date(2027, 1, 1),
                "impact_assessment": "EHIA 1", "fingerprint": made().fingerprint}  # fmt: skip
    policy = made(status="approved", approval=approval)
    assert policy.approved
    assert policy.stamp == f"plain {policy.fingerprint}"
    assert "approves another version" in faults({**PLAIN, "factors": [LD], "status": "approved", "approval": approval})
    policy.check("2027-01-01")
    with pytest.raises(PolicyError, match=r"approval\.review: expired on 2027-01-01"):
        policy.check("2027-01-02")


def test_a_protected_factor_lives_as_long_as_its_justification_by_the_snapshot():
    reason = {"reason": "measured need", "owner": "the board", "expires": dt.date(2026, 12, 31)}
    policy = made(factors=[{**ETHNICITY, "justification": reason}])
    policy.check("2026-12-31")
    with pytest.raises(PolicyError, match="expired on 2026-12-31"):
        policy.check("2027-01-01")
    assert "the board" in policy.describe()


def test_what_goes_wrong_never_shows_the_input():
    secret = "EQ1 1AB 1999-09-09"
    try:
        Policy.read({**PLAIN, "people": secret, "factors": [{**IMD, "missing": secret, "coverage": secret}]})
    except PolicyError:
        assert secret not in traceback.format_exc()
