"""A policy cannot be changed under its approval: not inside, not by copying, not on its way through a file or a pickle."""

from __future__ import annotations

import copy
import datetime as dt
import gc
import pickle
import weakref
from typing import Any

import pytest
from policy_files import NEED, TIERS, approval, faults, whole

from equiwait.errors import OptionError, PolicyError
from equiwait.rows.policies import Policy, State
from equiwait.rows.policies.validation import Part, hypothetical

AREA = {"name": "area", "kind": "equity", "source": "a test", "column": "imd_quintile", "missing": "list_mean",
        "points": {"1": 8, "2": 6, "3": 4, "4": 2, "5": 0}}  # fmt: skip
MATRIX = {"column": "harm", "missing": "as_it_is", "source": "s", "outcomes": {"P3": {"bad": ["P2"]}}}
LONG = {"factors": [NEED, {**AREA, "lookup": {}}], "retier": MATRIX,
        "tiers": [{"name": "a", "when": {"priority": "P2", "harm": "bad"}, "blank_means": {"harm": "no"}}, TIERS[1]],
        "targets": {"days": {"P2": 28}, "from_clock_start": {"P4": 126}, "source": "s"},
        "state": {"snapshot": dt.date(2026, 10, 31), "means": {"area": 4}}}  # fmt: skip


def approved(**changes: Any) -> Policy:
    given = approval(Policy.read(whole(**LONG)))
    return Policy.read(whole(**LONG, status="approved", approval=given, **changes))


def tables(value: object) -> list[dict[str, Any]]:
    """Every table inside a policy, however deep."""
    if isinstance(value, Part):
        return [each for item in value.given().values() for each in tables(item)]
    if isinstance(value, tuple):
        return [each for item in value for each in tables(item)]
    return [value, *(each for item in value.values() for each in tables(item))] if isinstance(value, dict) else []


def test_no_table_inside_a_policy_can_be_changed():
    policy = approved()
    found = tables(policy)
    assert len(found) >= 12
    for table in found:
        for change in (
            lambda t: t.__setitem__("1", 999), lambda t: t.update({"1": 999}), lambda t: t.pop("1", None), lambda t: t.clear(),
            lambda t: t.setdefault("x", 1), lambda t: t.__delitem__("1"), lambda t: t.__ior__({"1": 9}), lambda t: t.popitem(),
        ):  # fmt: skip
            with pytest.raises(PolicyError, match="with_changes"):
                change(table)
    assert policy.approved
    assert policy.fingerprint == approved().fingerprint


def test_no_field_can_be_set_or_taken_away():
    policy = approved()
    for part in (policy, policy.factors[1], policy.guards.protect, policy.order):
        with pytest.raises(PolicyError, match="with_changes"):
            part.kind = "time"
        with pytest.raises(PolicyError, match="with_changes"):
            del part.__dict__, part.name
        with pytest.raises(PolicyError, match="with_changes"):
            part.__setstate__({"__dict__": {}})
        with pytest.raises(PolicyError, match="unchecked"):
            type(part).model_construct(name="x")


def test_a_copy_is_the_policy_and_a_changed_copy_is_checked():
    policy = approved()
    with pytest.raises(PolicyError, match="must be a finite number"):
        policy.copy(update={"factors": [{**NEED, "points": {"a": "lots"}}]})
    for same in (
        copy.copy(policy),
        policy.copy(),
        copy.deepcopy(policy),
        policy.model_copy(),
        policy.model_copy(deep=True),
    ):
        assert same is policy
    with pytest.raises(PolicyError, match=r"factors\[0\]\.points\.a: must be a finite number"):
        policy.model_copy(update={"factors": [{**NEED, "points": {"a": "lots"}}]})
    with pytest.raises(PolicyError, match="points"):
        policy.factors[1].model_copy(update={"points": {"6": 1}})
    with pytest.raises(PolicyError, match=r"approval\.fingerprint: approves another version"):
        policy.model_copy(update={"factors": policy.factors[:1], "approval": policy.approval})


def test_a_pickle_is_checked_when_it_comes_back_and_keeps_the_means():
    policy = Policy.read(whole(factors=[AREA]))
    policy.remember(State(snapshot=dt.date(2026, 10, 31), means={"area": 4}))
    again = pickle.loads(pickle.dumps(policy))
    assert (again, again.last_state, again.fingerprint) == (policy, policy.last_state, policy.fingerprint)
    make, fields, *rest = policy.__reduce__()[0], *policy.__reduce__()[1][1:]
    with pytest.raises(PolicyError):
        make(Policy, {**fields, "people": "all"}, *rest)
    assert hash(again) == hash(policy)
    assert len({again, policy}) == 1


def test_a_policy_is_not_written_to_by_the_list_that_it_scored():
    one, other = Policy.read(whole(factors=[AREA])), Policy.read(whole(factors=[AREA]))
    before = pickle.dumps(one.given())
    one.remember(State(snapshot=dt.date(2026, 10, 31), means={"area": 4}))
    assert (pickle.dumps(one.given()), one.state) == (before, None)
    assert other.last_state is None
    assert one.frozen().state == one.last_state
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None


def test_a_hypothetical_policy_is_never_approved_and_leaves_the_one_that_is():
    policy = approved()
    points = hypothetical(policy.factors[1], points={"1": 999.0})
    what_if = hypothetical(policy, factors=(policy.factors[0], points))
    assert not what_if.approved
    assert policy.approved
    assert policy.factors[1].points["1"] == 8


# --- the verb ---------------------------------------------------------------------------------------------------------------


def test_changes_merge_by_name_and_are_checked():
    policy = Policy.read(whole(**LONG))
    ours = policy.with_changes(
        title="New", factors={"area": {"points": {"1": 9}}, "need": None}, tiers={"a": {"when": {"priority": "P3"}, "blank_means": None}},
        targets={"days": {"P3": 91}}, state=None, retier=None)  # fmt: skip
    assert [factor.name for factor in ours.factors] == ["area"]
    assert ours.factors[0].points == {"1": 9, "2": 6, "3": 4, "4": 2, "5": 0}
    assert ours.tiers[0].when == ({"priority": ("P3",)},)
    assert ours.targets is not None
    assert ours.targets.days == {"P2": 28, "P3": 91}
    assert policy == Policy.read(whole(**LONG))
    added = policy.with_changes(factors={"more": {**NEED, "name": "more"}})
    assert [factor.name for factor in added.factors] == ["need", "area", "more"]


@pytest.mark.parametrize(("changes", "said"), [
    ({"factors": {"aera": {"points": {"1": 9}}}}, "factors.aera: is no part of the policy. Did you mean 'area'?"),
    ({"factors": {"aera": None}}, "factors.aera: is no part of the policy. Did you mean 'area'?"),
    ({"tiers": {"b": {"kind": "equity"}}}, "tiers.b: is no part of the policy."),
    ({"colour": "red"}, "colour: is not a field here."),
    ({"factors": {"area": {"points": {"6": 9}}}}, "factors[1].points.6: is no level of imd_quintile."),
    ({"guards": {"max_places_moved_down": -1}}, "guards.max_places_moved_down: must be a whole number of places"),
])  # fmt: skip
def test_a_slip_in_a_change_is_said(changes, said):
    with pytest.raises(PolicyError) as caught:
        Policy.read(whole(**LONG)).with_changes(**changes)
    assert said in str(caught.value)


def test_an_approval_stays_with_what_it_approved_and_with_nothing_else():
    policy = approved()
    assert policy.with_changes(title="Other words").approved
    changed = policy.with_changes(factors={"area": {"points": {"1": 9}}})
    assert (changed.status, changed.approval, changed.approved) == ("draft", None, False)
    again = changed.with_changes(status="approved", approval=approval(changed))
    assert again.approved
    with pytest.raises(PolicyError, match="approves another version"):
        policy.with_changes(factors={"area": {"points": {"1": 9}}}, approval=approval(policy))
    assert not policy.with_changes(status="draft").approved


def test_an_approval_counts_from_its_date():
    policy = approved()
    policy.check("2026-01-01")
    with pytest.raises(PolicyError, match=r"approval\.date: is 2026-01-01, after the list's snapshot of 2025-12-31"):
        policy.check("2025-12-31")
    policy.with_changes(status="draft", approval=None).check("2025-12-31")


# --- through a file ---------------------------------------------------------------------------------------------------------

FILES = [
    LONG,
    {"guards": {"protect": {"near_target": {}, "because": "no targets"}}},
    {"state": {"snapshot": dt.date(2026, 10, 31), "means": {}}},
    {"targets": {"days": {}, "source": "s"}},
    {"factors": [{**NEED, "otherwise": 0, "points": {"a": 0.1, "b": 1e-6, "ü": 3}}]},
    {"guards": {"max_gain": 0, "max_places_moved_down": 0}},
    {"retier": {**MATRIX, "outcomes": {}}},
]  # fmt: skip


@pytest.mark.parametrize("change", FILES)
def test_saved_and_loaded_it_is_the_same_policy_again_and_again(change, tmp_path):
    policy = Policy.read(whole(**change))
    for copied in (Policy.load(policy.save(tmp_path / "once.toml")), Policy.read(policy.to_dict())):
        assert copied == policy
        assert copied.fingerprint == policy.fingerprint
        assert copied.to_toml() == policy.to_toml()


def test_a_frozen_policy_without_a_mean_loads(tmp_path):
    policy = Policy.read(whole())
    policy.remember(State(snapshot=dt.date(2026, 10, 31), means={}))
    frozen = policy.frozen()
    assert Policy.load(frozen.save(tmp_path / "frozen.toml")) == frozen
    assert Policy.read(whole()).frozen() == policy


def test_what_windows_writes_before_utf8_is_no_fault(tmp_path):
    (tmp_path / "policy.toml").write_text(Policy.read(whole()).to_toml(), encoding="utf-8-sig")
    assert Policy.load(tmp_path / "policy.toml") == Policy.read(whole())
    assert Policy.from_toml("\ufeff" + Policy.read(whole()).to_toml()) == Policy.read(whole())


@pytest.mark.parametrize("read", [
    lambda: Policy.read(None), lambda: Policy.read("name = 1"), lambda: Policy.read([1]), lambda: Policy.from_toml(None),
    lambda: Policy.load(None), lambda: Policy.load(3), lambda: Policy.load("."), lambda: Policy.read({1: 2, "name": "x"}),
    lambda: Policy.from_toml("a = " + "[" * 30_000 + "]" * 30_000), lambda: Policy.from_toml("a = " + "{ b = " * 5_000 + "1" + "}" * 5_000),
    lambda: Policy.read(whole(tiers=[{"name": "x", "when": deep(5_000)}, TIERS[1]])),
    lambda: Policy.read(whole(notes=deep(5_000))), lambda: Policy.read(whole(factors=[{**NEED, "points": {"a": deep(5_000)}}])),
])  # fmt: skip
def test_what_is_no_policy_is_one_clear_message(read):
    with pytest.raises(PolicyError) as caught:
        read()
    assert len(str(caught.value)) < 2_000
    assert caught.value.__context__ is None
    assert "Do: " in str(caught.value)


def deep(levels: int) -> object:
    found: object = "x"
    for _ in range(levels):
        found = [found]
    return found


def test_bytes_that_are_no_text_are_said_to_be_so(tmp_path):
    (tmp_path / "policy.toml").write_bytes(b'name = "\xff\xfe"')
    with pytest.raises(PolicyError, match="UTF-8"):
        Policy.load(tmp_path / "policy.toml")


def test_a_snapshot_that_is_no_day_is_said_to_be_none():
    for wrong in (5, None, "soon"):
        with pytest.raises(OptionError, match="snapshot is not a date"):
            Policy.read(whole()).check(wrong)


def test_a_mean_that_no_list_can_have_is_a_fault():
    assert faults(factors=[AREA], state={"snapshot": "2026-10-31", "means": {"area": 9, "gone": 1}}) == [
        "state.means.area: lies outside what the factor can give, 0 to 8",
    ]
