"""The fingerprint changes when, and only when, what can change the order or its guards does."""

from __future__ import annotations

import copy
import random
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_files import NEED, TIERS, factor, whole

from equiwait.rows.policies import Policy

MANY = settings(max_examples=80, deadline=None, derandomize=True, database=None)
AREA = factor(name="area", column="imd_quintile", points={"1": 8, "2": 6, "3": 4, "4": 2, "5": 0})
HARM = {"column": "harm", "missing": "as_it_is", "source": "s", "outcomes": {"P3": {"bad": ["P2", "P1b"]}}}
CODES = st.sampled_from(["P1a", "P1b", "P1", "P2", "P3", "P4"])


def print_of(**changes: Any) -> str:
    return Policy.read(whole(**changes)).fingerprint


def tier(when: Any, **rest: Any) -> list[dict[str, Any]]:
    return [{"name": "x", "when": when, **rest}, TIERS[1]]


SAME = [
    ({"tiers": TIERS, "retier": HARM},
     {"tiers": TIERS, "retier": {**HARM, "outcomes": {"P3": {"bad": ["P1b", "P2", "P2"]}}}}),
    ({"tiers": tier({"priority": ["P1b", "P1"]})}, {"tiers": tier([{"priority": "P1"}, {"priority": "P1b"}])}),
    ({"tiers": tier({"priority": "P2"})}, {"tiers": tier([{"priority": "P2"}, {"priority": "P2"}])}),
    ({"tiers": tier({"priority": "P2"})}, {"tiers": tier([{"priority": "P2"}, {"priority": "P2", "harm": "bad"}])}),
    ({"tiers": tier({"priority": ["P1", "P2"], "harm": "bad"})},
     {"tiers": tier([{"priority": "P2", "harm": "bad"}, {"harm": "bad", "priority": "P1"}])}),
    ({"factors": [AREA]}, {"factors": [{**AREA, "range": [0, 8]}]}),
    ({"factors": [AREA]}, {"factors": [AREA], "guards": {"protect": {"near_target": {"P2": 7, "P1": 3}}}}),
    ({"factors": [AREA], "guards": {"protect": {"near_target": {"P2": 9}}}}, {"factors": [AREA]}),  # no target, always near
    ({"factors": [factor(column="n", per={"points": 1}, range=[0, 5])]},
     {"factors": [factor(column="n", per={"points": 2, "every": 2}, range=[0, 5])]}),
    ({"factors": [factor(column="n", per={"points": 0.1, "every": 0.3}, range=[0, 5])]},
     {"factors": [factor(column="n", per={"points": 1, "every": 3}, range=[0, 5])]}),
    ({"factors": [{**NEED, "otherwise": 0}]}, {"factors": [{**NEED, "otherwise": 0, "points": {**NEED["points"], "c": 0}}]}),
    ({"factors": [{**NEED, "lookup": {"K40": "a"}}]},
     {"factors": [{**NEED, "lookup": {"K40": "x"}, "points": {"x": 1, "b": 2}}]}),
    ({"factors": [{**NEED, "times": [{"by": "site", "levels": {"otherwise": 2}}]}]},
     {"factors": [{**NEED, "times": [{"by": "site", "levels": {"a": 2, "otherwise": 2}}]}]}),
]  # fmt: skip
OTHER = [
    ({"tiers": TIERS, "retier": HARM}, {"tiers": TIERS, "retier": {**HARM, "outcomes": {"P3": {"bad": ["P2"]}}}}),
    ({"tiers": tier({"priority": "P2", "harm": "bad"})}, {"tiers": tier([{"priority": "P2"}, {"harm": "bad"}])}),
    ({"tiers": tier({"priority": "P2"})}, {"tiers": tier({"priority": "P2"}, blank_means="no")}),
    ({"factors": [AREA]}, {"factors": [{**AREA, "range": [0, 9]}]}),
    ({"factors": [AREA]}, {"factors": [AREA], "guards": {"protect": {"near_target": {"P2": 7, "P3": 7}}}}),
    ({"factors": [{**NEED, "otherwise": 0}]}, {"factors": [{**NEED, "otherwise": 0, "points": {**NEED["points"], "c": 1}}]}),
    ({"factors": [factor(column="stop_reason", points={"died": 1}, otherwise=0)]},  # a silent code is not any other
     {"factors": [factor(column="stop_reason", points={"died": 1, "unknown": 0}, otherwise=0)]}),
    ({"factors": [{**NEED, "lookup": {"K40": "a"}}]}, {"factors": [{**NEED, "lookup": {"K40": "b"}}]}),
    ({"factors": [NEED]}, {"factors": [{**NEED, "times": [{"by": "site", "levels": {"otherwise": 1}}]}]}),  # a blank site now matters
    ({"factors": [{**NEED, "kind": "equity"}]}, {"factors": [NEED]}),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_another_way_to_say_it_is_the_same_policy(one, other):
    assert print_of(**one) == print_of(**other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_meaning_is_another_policy(one, other):
    assert print_of(**one) != print_of(**other)


def test_special_values_of_one_column_have_no_order_and_of_two_they_have():
    link = [{"column": "link_status", "value": value, "points": 8} for value in ("no_fixed_abode", "forces")]
    mixed = [link[0], {"column": "site", "value": "a", "points": 0}]
    assert print_of(factors=[{**AREA, "specials": link}]) == print_of(factors=[{**AREA, "specials": link[::-1]}])
    assert print_of(factors=[{**AREA, "specials": mixed}]) != print_of(factors=[{**AREA, "specials": mixed[::-1]}])


def shuffled(data: Any, by: random.Random) -> Any:
    """The same file with its tables, factors and conditions in another order; tiers, knots and ranges have one that counts."""
    if isinstance(data, dict):
        keys = by.sample(list(data), len(data))
        loose = ("factors", "when", "priority", "rank_within", "priorities", "coverage_by", "any_of", "notes", "bad")
        return {key: _mixed(data[key], by) if key in loose else shuffled(data[key], by) for key in keys}
    return [shuffled(each, by) for each in data] if isinstance(data, list) else data


def _mixed(value: Any, by: random.Random) -> Any:
    inside = [shuffled(each, by) for each in value] if isinstance(value, list) else shuffled(value, by)
    return by.sample(inside, len(inside)) if isinstance(inside, list) else inside


RICH = whole(
    tiers=tier([{"priority": ["P1a", "P1b", "P1"], "harm": ["bad", "worse"]}, {"cancer_pathway": True}]), retier=HARM,
    factors=[AREA, NEED, {**NEED, "name": "again"}], order={"then": "points", "rank_within": ["provider", "specialty", "site"]},
    guards={"coverage_by": ["ethnicity", "sex"], "protect": {"priorities": ["P1", "P1a", "P1b", "P2"]}},
)  # fmt: skip


@MANY
@given(st.sampled_from([*Policy.presets(), "rich"]), st.randoms(use_true_random=False))
def test_another_order_of_writing_never_changes_it(name, by):
    policy = Policy.read(RICH) if name == "rich" else Policy.preset(name)
    data = shuffled(tomllib.loads(policy.to_toml()), by)
    assert Policy.read(data).fingerprint == policy.fingerprint


@MANY
@given(st.lists(st.lists(CODES, min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_tier_is_the_set_of_those_whom_it_takes(several):
    tables = print_of(tiers=tier([{"priority": codes} for codes in several]))
    assert tables == print_of(tiers=tier({"priority": sorted({code for codes in several for code in codes})}))


def numbers(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every number of a file stands."""
    if isinstance(data, int | float) and not isinstance(data, bool):
        yield path
    for key, each in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from numbers(each, (*path, key))


PLACES = [
    (name, path)
    for name in ("paediatric_surgery_illustrative", "nz_1996_joint", "catalonia_joint", "swalis_2020", "nz_threshold",
                 "weighted_lottery", "dynamic_accumulation", "england_default")
    for path in numbers(tomllib.loads(Policy.preset(name).to_toml()))
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path"), PLACES, ids=lambda each: ".".join(map(str, each)) if isinstance(each, tuple) else each
)
def test_any_single_number_changes_it(name, path):
    data = tomllib.loads(Policy.preset(name).to_toml())
    *way, last = path
    changed = copy.deepcopy(data)
    part = changed
    for step in way:
        part = part[step]
    part[last] += 0.5 if path[0] == "factors" else 1  # half, so that knots still rise
    if "interpreter" in str(data["factors"][path[1]]["name"] if path[0] == "factors" else ""):
        changed["factors"][path[1]]["justification"] = {"reason": "r", "owner": "o"}  # it scores now
    assert Policy.read(changed).fingerprint != Policy.read(data).fingerprint
