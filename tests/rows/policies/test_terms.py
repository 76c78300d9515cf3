"""Terms that policy writers asked for: each is read, found fault with, read aloud, compared, named and saved."""

from __future__ import annotations

import re
from typing import Any, get_args

import jsonschema
import pytest
from policy_files import NEED, TIERS, factor, faults, whole

from equiwait.rows.policies import Cut, Factor, Group, Policy
from equiwait.rows.policies.columns import level_for
from equiwait.rows.policies.validation import Part
from equiwait.rows.scoring.schemas import schema

PAIN = {**NEED, "name": "pain", "column": "pain"}
CARER = factor(name="carer", column="carer", points={"true": 4, "false": 0})
AREA = factor(name="area", column="imd_quintile", points={"1": 8, "2": 6, "3": 4, "4": 2, "5": 0})
LIFE = {"name": "life", "of": ["carer", "area"], "take": "sum", "at_most": 10}
AIMS = {"source": "s", "days": {"P2": 28, "P3": 91}}
THRESHOLD = {"column": "cpac_score", "at_least": 65, "missing": "eligible", "source": "s"}


def only_if(when: Any) -> dict[str, Any]:
    return {"factors": [{**NEED, "only_if": when}]}


def tier(when: Any, **rest: Any) -> dict[str, Any]:
    return {"tiers": [{"name": "x", "when": when, **rest}, TIERS[1]]}


def times(*several: tuple[str, dict[str, float]]) -> dict[str, Any]:
    return {"factors": [{**NEED, "times": [{"by": by, "levels": levels} for by, levels in several]}]}


def case(**given: Any) -> dict[str, Any]:
    return {"targets": {**AIMS, "cases": [given]}}


TERMS = [
    (only_if({"priority": ["P3", "P4"]}), "b gives 2; only where priority is P3 or P4, elsewhere 0; if it is not recorded"),
    (only_if([{"frailty": {"at_least": 5}}, {"carer": True}]) | {"factors": [{**factor(column="need", points={"a": 1}),
      "only_if": [{"frailty": {"at_least": 5}}, {"carer": True}]}]}, "only where frailty is at least 5; or carer is true, elsewhere 0"),
    (times(("specialty", {"110": 1.5, "otherwise": 1}), ("procedure", {"W37*": 2, "otherwise": 1})),
     "times 1.5 where specialty is 110; else times 1; times 2 where procedure is W37… (every code that begins so); else times 1"),
    ({"factors": [CARER, AREA], "groups": [LIFE]}, "Life: carer and area together give no more than 10 points."),
    ({"factors": [CARER, AREA], "groups": [{**LIFE, "take": "highest"}]},
     "Life: of carer and area only the highest counts, and no more than 10 points."),
    ({"factors": [NEED, PAIN], "groups": [{"name": "worst", "of": ["need", "pain"], "take": "lowest"}]},
     "Worst: of need and pain only the lowest counts."),
    (case(when={"specialty": "110"}, days={"P2": 21}), "Where specialty is 110: from the priority date, else the decision to admit: P2 21 days."),
    (case(when={"procedure": "W37*", "specialty": "110"}, from_clock_start={"P4": 200}),
     "Where procedure is W37… (every code that begins so) and specialty is 110: from the clock start: P4 200 days."),
    ({"eligibility": {**THRESHOLD, "by": "specialty", "levels": {"110": 50, "15*": 60}}},
     "at least 65 (50 where specialty is 110, 60 where specialty is 15… (every code that begins so)) are ordered"),
    (tier({"priority": "P3", "frailty": {"at_least": 5, "below": 9}}), "1. x: priority is P3 and frailty is at least 5 and below 9."),
    (tier({"days_waiting": {"at_least": 365}}), "1. x: days waiting is at least 365."),
    ({"factors": [{**NEED, "lookup": {"W37*": "a"}, "otherwise": 0}]}, "need W37… (every code that begins so) stands for a"),
    ({"order": {"then": "points", "without_tiers": "x", "rank_within": [], "same_person": "together"}},
     "One person's pathways stand together, where the foremost of them stands."),
    (tier({"carer": True}, kind="equity", coverage=0.5, coverage_because="new"), "It must be recorded for 50% of the list: new."),
    ({"factors": [CARER], "guards": {"max_gain": 4}}, "nobody gains more than 4."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), TERMS)
def test_a_term_is_read_aloud_compared_named_saved_and_in_the_schema(change, said):
    policy = Policy.read(whole(**change))
    assert said in policy.describe()
    plain = {key: value for key, value in policy.to_dict().items() if key not in change or key in ("factors", "order")}
    before = Policy.read({**whole(), **plain, **({"factors": [NEED]} if "factors" in change else {})})
    assert Policy.from_toml(policy.to_toml()) == policy
    jsonschema.validate(policy.to_dict(), schema("policy"))
    if before != policy:
        assert len(before.diff(policy)) > 1
    assert policy.fingerprint != Policy.read(whole()).fingerprint


@pytest.mark.parametrize(("one", "other"), [
    (only_if({"priority": ["P3", "P4"]}), only_if([{"priority": "P4"}, {"priority": "P3"}])),
    (times(("a", {"x": 2, "otherwise": 1}), ("b", {"y": 3, "otherwise": 1})),
     times(("b", {"y": 3, "otherwise": 1}), ("a", {"x": 2, "z": 1, "otherwise": 1}))),
    ({"factors": [CARER, AREA], "groups": [LIFE]}, {"factors": [AREA, CARER], "groups": [{**LIFE, "name": "other", "of": ["area", "carer"]}]}),
    ({"factors": [CARER, AREA], "groups": [LIFE]},
     {"factors": [AREA, {**CARER, "name": "c"}], "groups": [{**LIFE, "of": ["area", "c"]}]}),
    (case(when={"specialty": ["110", "120"]}, days={"P2": 21}), case(when=[{"specialty": "120"}, {"specialty": "110"}], days={"P2": 21})),
])  # fmt: skip
def test_another_way_to_say_a_term_is_the_same_policy(one, other):
    assert Policy.read(whole(**one)).fingerprint == Policy.read(whole(**other)).fingerprint


WILD = {**NEED, "otherwise": 0, "points": {"W37*": 5, "W371": 0}}
OTHERS = [
    (only_if({"priority": "P3"}), only_if({"priority": "P4"})),
    (only_if({"frailty": {"at_least": 5}}), only_if({"frailty": {"at_least": 6}})),
    (only_if({"frailty": {"at_least": 5}}), only_if({"frailty": {"below": 5}})),
    (times(("a", {"x": 2, "otherwise": 1})), times(("b", {"x": 2, "otherwise": 1}))),
    ({"factors": [CARER, AREA], "groups": [LIFE]}, {"factors": [CARER, AREA], "groups": [{**LIFE, "at_most": 9}]}),
    ({"factors": [CARER, AREA], "groups": [LIFE]}, {"factors": [CARER, AREA], "groups": [{**LIFE, "take": "highest"}]}),
    ({"factors": [CARER, AREA], "groups": [LIFE]}, {"factors": [CARER, AREA]}),
    (case(when={"specialty": "110"}, days={"P2": 21}), case(when={"specialty": "110"}, days={"P2": 20})),
    (case(when={"specialty": "110"}, days={"P2": 21}), {"targets": AIMS}),
    ({"eligibility": {**THRESHOLD, "by": "site", "levels": {"a": 50}}}, {"eligibility": {**THRESHOLD, "by": "site", "levels": {"a": 51}}}),
    ({"eligibility": {**THRESHOLD, "by": "site", "levels": {"a": 50}}}, {"eligibility": THRESHOLD}),
    ({"factors": [WILD]}, {"factors": [{**WILD, "points": {"W37*": 5}}]}),  # an exception to a beginning says something
    ({"factors": [{**NEED, "lookup": {"K": "a"}, "otherwise": 0}]}, {"factors": [{**NEED, "lookup": {"K": "a"}}]}),
    ({"factors": [{**NEED, "kind": "time"}]}, {"factors": [NEED]}),
    ({"factors": [CARER], "guards": {"max_gain": 4}}, {"factors": [CARER], "guards": {"max_gain": 5}}),
    (tier({"carer": True}, kind="equity", coverage=0.9), tier({"carer": True}, kind="equity")),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_another_term_is_another_policy_and_the_difference_is_told(one, other):
    before, after = Policy.read(whole(**one)), Policy.read(whole(**other))
    assert before.fingerprint != after.fingerprint
    assert "means something else" in before.diff(after)[-1]
    assert len(before.diff(after)) > 1


@pytest.mark.parametrize(("change", "said"), [
    (only_if({}), "factors[0].only_if: asks for nothing, so it takes everyone; name a column and its levels, or leave it out"),
    (only_if({"priority": {"at_least": 2}}),
     "factors[0].only_if.priority: priority has levels and no numbers to cut; write one of P1a, P1b, P1, P2, P3, P4, or a list of them"),
    (only_if({"imd_quintile": 1}), "factors[0].kind: must be 'equity', so that the guards hold it back: imd_quintile is a social circumstance"),
    (tier({}), "tiers[0].when: asks for nothing, so it takes everyone; name a column and its levels, or leave it out"),
    (tier({"frailty": {}}), "tiers[0].when[0].frailty: must be a cut-off with a number: { at_least = 5 }, { below = 8 } or both"),
    (tier({"frailty": {"at_least": 8, "below": 5}}), "tiers[0].when[0].frailty: lets nothing in: no number is at least 8 and below 5"),
    (tier({"priority": {"P2": True}}),
     "tiers[0].when: priority must be a level, a list of levels such as ['P2', 'P3'], or a cut-off such as { at_least = 5 }"),
    (tier({"frailty": [["5"]]}), "tiers[0].when: must be a level, or a list of levels"),
    (tier({"days_waiting": {"below": 365}}),
     "tiers[0].when.days_waiting: days_waiting counts days, and to be below some could put a person back for waiting; give at_least alone"),
    (tier({"clock_start": {"at_least": 1}}),
     "tiers[0].when.clock_start: clock_start is a date, and a cut-off reads numbers; give a factor with days_until instead"),
    (tier({"procedure": "*W"}), "tiers[0].when.procedure.*W: has a * that means nothing here; write the beginning of a code and one * after "
     "it, such as W37*"),
    ({"tiers": [TIERS[0], {"name": "again", "when": {"priority": "P2", "site": "a"}}, TIERS[1]]},
     "tiers[1].when: takes nobody: everyone in it is in a tier before it already"),
    *[({"tiers": [{"name": "a", "when": one}, {"name": "b", "when": other}, TIERS[1]]}, "tiers[1].when: takes nobody:")
      for one, other in [({"frailty": {"at_least": 3}}, {"frailty": {"at_least": 5, "below": 8}}), ({"frailty": {"below": 3}}, {"frailty": 2}),
                         ({"procedure": "W37*"}, {"procedure": ["W371", "w372"]}), ({"procedure": "W*"}, {"procedure": "W37*", "site": "a"}),
                         ([{"priority": "P3"}, {"priority": "P2"}], {"priority": ["P2", "P3"]})]],
    ({"factors": [{**NEED, "specials": [{"column": "site", "value": "A*", "points": 1}]}]},
     "factors[0].specials[0].value: has a * that means nothing here; write the whole value"),
    (times(("a", {"x": 1}), ("a", {"y": 1})), "factors[0].times: multiplies by one column twice"),
    (times(("a", {"x": -1})), "factors[0].times[0].levels.x: must not be negative"),
    ({"factors": [CARER, NEED], "groups": [{**LIFE, "of": ["carer", "need"]}]},
     "groups[0].of: mixes equity with other factors, so that no guard could hold it back"),
    ({"factors": [CARER, AREA], "groups": [{**LIFE, "of": ["carer", "aera"]}]},
     "groups[0].of: names 'aera', which is no factor. Did you mean 'area'?"),
    ({"factors": [CARER, AREA], "groups": [LIFE, {**LIFE, "name": "b"}]}, "groups[1].of: names 'carer', which is in another group already"),
    ({"factors": [CARER, AREA], "groups": [{"name": "g", "of": ["carer", "area"], "take": "sum"}]},
     "groups[0].at_most: is left out, and a sum without a cap is what factors do anyway"),
    ({"factors": [CARER, AREA], "groups": [{**LIFE, "of": ["carer"]}]}, "groups[0].of: must name two or more factors, each once"),
    (case(when={"age": {"below": 18}}, days={"P2": 1}), "targets.cases[0].when.age: is a protected characteristic; how long somebody may "
     "wait is not set by that"),
    (case(when={"specialty": "110"}), "targets.cases[0].days: and from_clock_start are both left out, so the case sets no target"),
    (case(when={"specialty": "110"}, days={"P9": 1}), "targets.cases[0].days.P9: is no level of priority."),
    ({"eligibility": {**THRESHOLD, "by": "sex", "levels": {"1": 5}}}, "eligibility.by: is a protected characteristic; nobody is accepted or "
     "refused by that"),
    ({"eligibility": {**THRESHOLD, "levels": {"1": 5}}}, "eligibility.levels: and by go together"),
    (tier({"priority": "P2"}, coverage=0.5), "tiers[0].coverage: is for equity tiers, kind = 'equity'; a clinical code that is missing is "
     "listed apart"),
    (tier({"carer": True}, kind="equity", coverage=0.5), "tiers[0].coverage_because: must say why a tier recorded for so few may count"),
    (tier({"priority": "P2"}, takes_unknown=True), "tiers[0].takes_unknown: is for a last tier of everyone else, and does nothing beside when"),
    ({"tiers": [TIERS[0], {"name": "rest", "takes_unknown": True, "blank_means": "no"}]},
     "tiers[1].blank_means: is left with nothing to read: the tier has no when"),
    ({"factors": [factor(any_of=["carer", "site_flag"], points={"true": 1}, otherwise=2)]},
     "factors[0].points: of any_of are { true = ..., false = ... }, both and nothing else: one flag that is up is enough"),
    ({"factors": [factor(any_of=["flag", "site_flag"], points={"true": 1, "false": 0}, lookup={"a": "true"})]},
     "factors[0].lookup: is only for points by the levels of a column"),
    ({"factors": [CARER, {**AREA, "missing": -1}], "groups": [LIFE]},
     "groups[0].of: caps area, which can give negative points: then a cap has no clear meaning"),
    ({"factors": [{**NEED, "points": {"a": -1}, "only_if": {"days_waiting": {"at_least": 90}}}]},
     "factors[0].only_if.days_waiting: days_waiting counts days, and points below 0 from some day on could put a person back for waiting"),
    (case(when={"days_waiting": {"at_least": 90}}, days={"P2": 90}),
     "targets.cases[0].when.days_waiting: days_waiting counts days, and how long somebody may wait is not set by that"),
    ({"harm_review": {"source": "s"}}, "harm_review: must say from when: past_target_days, waited_days or both"),
    ({"harm_review": {"source": "s", "past_target_days": 0}}, "targets: are left out, and harm_review.past_target_days needs them"),
    ({"order": {"then": "points", "without_tiers": "x", "rank_within": ["Treatment Function"]}},
     "order.rank_within[0]: 'Treatment Function' is what read_list calls specialty; write specialty"),
    ({"order": {"then": "points", "without_tiers": "x", "rank_within": ["site", "site"]}}, "order.rank_within[1]: site is named twice"),
    ({"factors": [{**NEED, "column": "ethnic group", "points": {"A": 1}, "otherwise": 0}]},
     "factors[0].column: 'ethnic group' is what read_list calls ethnicity; write ethnicity"),
])  # fmt: skip
def test_what_is_wrong_with_a_term_is_said_with_what_to_type(change, said):
    assert any(line.startswith(said) for line in faults(**change))


def test_a_review_for_harm_changes_no_order_but_is_said():
    rule = {"source": "a rule", "past_target_days": 0, "waited_days": 365, "priorities": ["P2"]}
    policy, before = Policy.read(whole(targets=AIMS, harm_review=rule)), Policy.read(whole(targets=AIMS))
    said = "A review for harm is flagged for people of priority P2 past their target or who have waited 365 days or more; it changes no order."
    assert said in policy.describe()
    assert policy.fingerprint == before.fingerprint
    assert before.diff(policy) == [
        f"harm_review is added: {said} Source: a rule.",
        f"The order means the same: fingerprint {before.fingerprint}.",
    ]
    assert Policy.from_toml(policy.to_toml()) == policy


def test_what_a_factor_may_give_holds_its_condition_and_all_its_multipliers():
    part = Policy.read(whole(**times(("a", {"x": 2, "otherwise": 1}), ("b", {"y": 0.5, "z": 3})))).factors[0]
    assert (part.possible(), part.most) == ((0.5, 12.0), 12.0)
    assert Policy.read(whole(**only_if({"site": "a"}))).factors[0].possible() == (0, 2)
    assert part.reads == ("need", "a", "b")
    asked = factor(column="n", per={"points": 1}, range=[3, 9], only_if={"carer": True, "site": "a"})
    found = Policy.read(whole(factors=[asked])).factors[0]
    assert (found.possible(), found.reads) == ((0, 9), ("n", "carer", "site"))


def test_what_a_group_may_give():
    def of(take: str, cap: float | None = None) -> tuple[float, float]:
        return Group(name="g", of=("a", "b"), take=take, at_most=cap).possible([-1, 2], [5, 8])

    assert [of("highest"), of("lowest"), of("sum", 9), of("highest", 6)] == [(2, 8), (-1, 5), (1, 9), (2, 6)]


def test_a_cut_off_takes_from_its_lower_end_up_to_its_upper_and_no_further():
    both = Cut(at_least=5, below=8)
    assert [both.takes(number) for number in (4.9, 5, 7.9, 8)] == [False, True, True, False]
    assert Cut(below=0).takes(-1e9)


def test_a_code_is_itself_before_it_is_a_beginning():
    named = ["W37*", "W371", "W*", "110"]
    assert [level_for(named, code) for code in ("W371", "W372", "w400", "110.0", "X", "W")] == [
        "W371",
        "W37*",
        "W*",
        "110",
        None,
        "W*",
    ]


def test_codes_that_stand_in_no_tier_are_named():
    three = [{"name": code, "when": {"priority": code}} for code in ("P2", "P3", "P4")]
    policy = Policy.read(whole(tiers=three))
    assert policy.untiered == (("priority", "P1a"), ("priority", "P1b"), ("priority", "P1"))
    assert "No tier takes priority P1a, priority P1b, priority P1: such people are listed apart." in policy.describe()
    cancer = {"name": "c", "when": {"cancer_pathway": True}, "blank_means": "no"}
    assert Policy.read(whole(tiers=[cancer, *three])).untiered == policy.untiered
    assert Policy.read(whole(tiers=[*three, {"name": "rest", "takes_unknown": False}])).untiered == ()
    own = [{"name": "a", "when": {"my_code": "A"}}, {"name": "b", "when": {"my_code": "B"}}]
    assert Policy.read(whole(tiers=own)).untiered == ()


@pytest.mark.parametrize("name", Policy.presets())
def test_no_preset_leaves_a_code_without_a_tier(name):
    assert Policy.preset(name).untiered == ()


def test_every_field_of_a_factor_is_explained():
    assert all(f"{name}" in (Factor.__doc__ or "") for name in Factor.model_fields)


def test_the_example_of_the_how_to_leaves_no_code_without_a_tier(root):
    text = (root / "docs" / "how-to" / "write-a-policy.md").read_text(encoding="utf-8")
    whole_files = [block for block in text.split("```toml\n")[1:] if block.startswith("name = ")]
    assert len(whole_files) == 1
    policy = Policy.from_toml(whole_files[0].split("```")[0])
    assert policy.untiered == ()


@pytest.mark.parametrize(("one", "other"), [
    ({"frailty": {"at_least": 5}}, {"frailty": {"at_least": 3}}), ({"frailty": {"below": 3}}, {"frailty": 3}), ({"frailty": {"at_least": 3}}, {"frailty": "x"}),
    ({"procedure": "W371"}, {"procedure": "W37*"}), ({"priority": "P2", "site": "a"}, {"priority": "P2"}), ({"priority": "P2"}, {"priority": ["P2", "P3"]}),
])  # fmt: skip
def test_a_tier_that_somebody_can_reach_is_none_of_these(one, other):
    Policy.read(whole(tiers=[{"name": "a", "when": one}, {"name": "b", "when": other}, TIERS[1]]))


def parts_of(kind: type[Part]) -> set[type[Part]]:
    """A part of a policy file and every part inside it."""
    inside = {each for field in kind.model_fields.values() for each in parts_named(field.annotation)}
    return {kind}.union(*map(parts_of, inside))


def parts_named(annotation: Any) -> set[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return {annotation}
    return {each for inner in get_args(annotation) for each in parts_named(inner)}


def test_the_reference_names_every_field_of_a_policy_file(root):
    page = (root / "docs" / "reference" / "policy-file.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", page))))
    parts = parts_of(Policy)
    assert len(parts) >= 20
    assert {f"{part.__name__}.{name}" for part in parts for name in part.model_fields if name not in words} == set()
