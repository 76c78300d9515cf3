"""Before a list is scored: what a policy needs of it. And how a policy is written: with comments, and the same when read back."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_files import NEED, REASON, TIERS, factor, whole

from equiwait.rows.policies import Policy
from equiwait.rows.policies.needs import needs
from equiwait.rows.scoring.kernel import wanted_columns

MANY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
FULL = whole(
    people="admitted", tiers=TIERS, targets={"source": "s", "days": {"P2": 28}},
    eligibility={"column": "bmi", "at_least": 2, "missing": "eligible", "source": "s"},
    retier={"column": "harm", "missing": "as_it_is", "source": "s", "outcomes": {"P3": {"bad": "P2"}}},
    factors=[NEED, factor(column="imd_quintile", points={"1": 1}, otherwise=0),
             {"name": "aim", "kind": "time", "source": "s", "percent_of_target": True, "knots": [[0, 0], [200, 9]], "missing": "zero"}],
)  # fmt: skip


@pytest.mark.parametrize("policy", [*Policy.presets(), "full"])
@pytest.mark.parametrize("has", [[], ["decision_to_admit"]])
def test_what_must_be_there_is_what_a_score_asks_for(policy, has):
    made = Policy.read(FULL) if policy == "full" else Policy.preset(policy)
    must = {need.column for need in needs(made, has) if need.must}
    asked = {"pathway_id", *wanted_columns(made, has)}
    assert asked <= must
    assert must <= asked  # guards read more, and where that is absent it is said


def test_a_column_that_is_not_there_is_said_with_what_to_do():
    found = Policy.read(FULL).needs(["pathway_id", "P code", "clock_start", "list_type", "need", "BMI"])
    todo = dict(zip(found["column"], found["todo"], strict=True))
    assert todo["priority"] == "rename 'P code' to priority; read_list does"
    assert todo["snapshot_date"] == "say snapshot= when the list is read"
    assert todo["imd_quintile"].startswith("link_deprivation adds it")
    assert todo["harm"] == "add it to the list, or leave out of the policy what reads it"
    assert todo["bmi"] == "rename 'BMI' to bmi; read_list does"
    assert todo["need"] == todo["days_waiting"] == ""
    assert list(found["here"]) == sorted(found["here"])


@pytest.mark.parametrize("name", Policy.presets())
def test_a_written_policy_reads_back_the_same_and_every_part_has_its_comment(name):
    policy = Policy.preset(name)
    text = policy.to_toml()
    assert Policy.from_toml(text) == policy
    parts = [line for line in text.splitlines() if line.startswith(("[[tiers]]", "[[factors]]"))]
    assert len(parts) == len(policy.tiers + policy.factors)
    assert all(block.startswith("# ") for block in text.split("\n\n") if "[[" in block)


NAMES = st.text(min_size=1, max_size=8).filter(lambda text: "*" not in text)


@MANY
@given(st.text(max_size=40), st.dictionaries(NAMES, st.floats(-1e9, 1e9), max_size=4), st.booleans())
def test_whatever_is_written_comes_back(words, points, sensitive):
    reason = {**REASON, "reason": f"r{words}", "owner": "o"}
    line = {**NEED, "points": {**points, "a": 1.0}, "label": words, "sensitive": sensitive, "justification": reason}
    policy = Policy.read(whole(title=f"T{words}x", about=words, notes=[words], version=words, factors=[line]))
    assert Policy.from_toml(policy.to_toml()) == policy
    assert tomllib.loads(policy.to_toml())["factors"][0]["points"] == policy.factors[0].points
