"""Explanations: what each reader is told, and what none is."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from matplotlib.figure import Figure
from test_presets import child, children, england

from equiwait.charts.waterfalls import waterfall_plot
from equiwait.errors import ColumnsError, OptionError, PolicyError, RefusedError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score
from equiwait.rows.scoring.explain import explain
from equiwait.rows.scoring.score_record import score_record

SENSITIVE = re.compile(r"looked|protection|safeguard|local authority|in care", re.IGNORECASE)


@pytest.fixture
def ordered() -> pd.DataFrame:
    several = [
        child(looked_after=True, learning_disability=True),
        child(),
        child(priority=None),
        child(idaci_quintile=None),
    ]
    return score(children(*several, *[child()] * 8), Policy.preset("paediatric_surgery_illustrative"))


@pytest.mark.parametrize("audience", ["clerk", "family"])
def test_no_clerk_or_family_is_told_a_sensitive_factor(ordered, audience):
    told, of_another = (explain(ordered, who, audience=audience) for who in ("c0", "c1"))
    assert "Other recorded needs count too, where there are any" in told
    assert "Other recorded needs count too, where there are any" in of_another  # so that it tells of nobody
    assert not SENSITIVE.search(told)
    assert not SENSITIVE.search(told.parts.to_string())
    assert "points" not in told.parts
    assert "not approved" in told


def test_a_clerk_reads_one_line(ordered):
    told = explain(ordered, "c0")
    assert "\n" not in told
    assert "Suggested place 1" in told
    assert "learning disability" in told


def test_a_clinician_reads_every_part_with_its_source_and_range(ordered):
    told = explain(ordered, "c3", audience="clinician")
    assert "not recorded, could be 0 to 8" in told
    assert "Looked after" in told
    assert told.parts["points"].sum() == pytest.approx(float(ordered.loc[3, "score"]))
    assert told.parts.loc[told.parts["factor"].str.contains("IDACI"), "high"].item() == 8


def test_a_family_reads_plain_words_and_nothing_about_others(ordered):
    told = explain(ordered, "c1", audience="family")
    assert not re.search(r"P3|tier|IDACI|quintile|points|pathway|score|rank|place \d", told)


def test_those_listed_apart_are_told_why(ordered):
    assert "the codes that decide the tier" in explain(ordered, "c2")
    apart = score(children(england(tci_date="2026-11-30")), Policy.preset("england_default"))
    assert "keeps the date" in explain(apart, "c0")


def test_what_is_asked_must_be_on_the_list_and_is_never_repeated(ordered):
    with pytest.raises(OptionError) as caught:
        explain(ordered, "secret-id")
    assert "secret-id" not in str(caught.value)
    with pytest.raises(OptionError, match="clerk"):
        explain(ordered, "c0", audience="surgeon")  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match="2 open rows"):
        explain(pd.concat([ordered, ordered]), "c0")
    with pytest.raises(ColumnsError):
        explain(children(child()), "c0")
    assert "c0" not in repr(explain(ordered, "c0"))


def test_a_policy_that_is_not_at_hand_must_be_given(ordered):
    elsewhere = ordered.assign(policy="my_policy 0123456789ab")
    with pytest.raises(PolicyError, match="policy="):
        explain(elsewhere, "c0")
    assert "Suggested place" in explain(elsewhere, "c0", policy=Policy.preset("paediatric_surgery_illustrative"))


def test_a_waterfall_is_drawn_for_a_clinician_alone(ordered):
    ax = explain(ordered, "c3", audience="clinician").plot()
    assert "together" in ax.get_xlabel()
    assert any("not recorded" in text.get_text() for text in ax.texts)
    for audience in ("clerk", "family"):
        with pytest.raises(RefusedError, match="no points"):
            explain(ordered, "c3", audience=audience).plot()


# --- whose policy -----------------------------------------------------------------------------------------------------


def gang(policy: str = "words", **changes: object) -> Policy:
    factor = {"name": "gang_risk", "kind": "clinical", "source": "test", "missing": "zero", "column": "gang_risk",
              "points": {"true": 5, "false": 0}, "label": "Gang risk", "plain": "gangs", **changes}  # fmt: skip
    return Policy.read({
        "name": policy, "title": "Words", "status": "draft", "source": "test", "people": "everyone",
        "order": {"then": "points", "without_tiers": "a test", "rank_within": []}, "factors": [factor],
    })  # fmt: skip


def test_a_policy_of_the_same_order_and_other_words_never_tells_what_is_sensitive():
    waiting = children(child(), child()).assign(gang_risk=[True, False])
    secret, open_one = gang(sensitive=True), gang(sensitive=False)
    assert secret.stamp == open_one.stamp
    ordered = score(waiting, secret)
    assert "Other recorded needs count too" in explain(ordered, "c0")
    score(waiting, open_one)
    with pytest.raises(PolicyError, match="differ in what they call things"):
        explain(ordered, "c0")
    assert "gang" not in explain(ordered, "c0", policy=secret).lower()


def test_the_same_policy_read_twice_is_one():
    waiting = children(child(), child()).assign(gang_risk=[True, False])
    ordered = [score(waiting, gang("twice", label="Gangs")) for _ in range(2)]
    assert "Counted: gangs" in explain(ordered[0], "c0")


def test_a_policy_with_other_parts_is_refused(ordered):
    with pytest.raises(PolicyError, match="lacks points_gang_risk"):
        explain(ordered, "c0", policy=gang())


def test_a_tier_that_tells_tales_has_another_name_for_a_clerk():
    tiers = [{"name": "Child protection plan", "when": {"child_protection": True}, "blank_means": "no", "kind": "equity",
              "justification": {"reason": "a test", "owner": "nobody"}}, {"name": "Everyone", "takes_unknown": True}]  # fmt: skip
    policy = Policy.read({
        "name": "tiers", "title": "Tiers", "status": "illustrative", "source": "test", "people": "everyone",
        "order": {"then": "days_waited", "rank_within": []}, "tiers": tiers,
    })  # fmt: skip
    ordered = score(children(child(child_protection=True), child()), policy)
    for audience in ("clerk", "family"):
        assert not SENSITIVE.search(explain(ordered, "c0", audience=audience))
    assert "; in tier 1;" in explain(ordered, "c0")
    assert "; in tier 2;" in explain(ordered, "c1")
    assert ordered["tier_name"].tolist() == ["tier 1", "tier 2"]
    assert score_record(child(child_protection=True), policy).tier_name == "tier 1"
    assert not ordered["why"].astype(str).str.contains(SENSITIVE).any()
    assert "Child protection plan" in explain(ordered, "c0", audience="clinician")


def test_a_tier_on_what_a_sensitive_factor_reads_has_another_name_for_a_clerk():
    tiers = [{"name": "gang members", "when": {"gang_risk": True}, "blank_means": "no"},
             {"name": "Everyone", "takes_unknown": True}]  # fmt: skip
    for sensitive in (True, False):
        data = {**gang(sensitive=sensitive).model_dump(exclude_none=True), "tiers": tiers}
        policy = Policy.read({**data, "order": {"then": "points", "rank_within": []}})
        ordered = score(children(child(), child()).assign(gang_risk=[True, False]), policy)
        for audience in ("clerk", "family"):
            assert ("gang" in explain(ordered, "c0", audience=audience, policy=policy).lower()) is not sensitive
        assert ("; in tier 2;" if sensitive else "; tier Everyone;") in explain(ordered, "c1", policy=policy)
        assert "gang members" in explain(ordered, "c0", audience="clinician", policy=policy)


# --- what the law protects --------------------------------------------------------------------------------------------


def lawful(*columns: str) -> Policy:
    factors = [{"name": column, "kind": "equity", "source": "test", "missing": "zero", "column": column, "plain": "a need",
                "points": {"true": 5, "false": 0}, "sensitive": column == "wheelchair_user",
                "justification": {"reason": "a test", "owner": "nobody"}} for column in columns]  # fmt: skip
    return Policy.read({
        "name": "law", "title": "Law", "status": "illustrative", "source": "test", "people": "everyone",
        "order": {"then": "points", "without_tiers": "a test", "rank_within": []}, "factors": factors,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (("learning_disability",), "that the law protects: learning disability. "),
        (("wheelchair_user",), "that the law protects: other recorded needs. "),
        (
            ("learning_disability", "wheelchair_user"),
            "that the law protects: learning disability and other recorded needs. ",
        ),
    ],
)
def test_everyone_is_told_that_the_policy_scores_what_the_law_protects(columns, said):
    policy = lawful(*columns)
    flags = dict.fromkeys(("learning_disability", "wheelchair_user"), [True, False] * 6)
    ordered = score(children(*[child()] * 12).assign(**flags), policy)
    for row in ("c0", "c1"):  # whether or not it counted for them
        told = explain(ordered, row, audience="family")
        assert told.count(said) == 1
        assert "wheelchair" not in told
    for audience in ("clerk", "clinician"):
        assert "[scores " in explain(ordered, "c0", audience=audience)
    ax = explain(ordered, "c0", audience="clinician").plot()
    assert " ".join(ax.get_title(loc="left").split()) == policy.stamp
    ax.figure.draw_without_rendering()
    assert ax.get_tightbbox().x1 <= ax.figure.bbox.x1


def test_a_family_is_told_of_no_law_where_nothing_protected_is_scored():
    ordered = score(children(child(), child()), Policy.preset("england_default"))
    assert "law" not in explain(ordered, "c0", audience="family")


# --- what is told -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("audience", ["clerk", "family"])
def test_of_somebody_who_leads_by_wait_only_the_wait_is_said(audience):
    ordered = score(
        children(child(days_waiting=400, learning_disability=True, looked_after=True), *[child()] * 4),
        Policy.preset("paediatric_surgery_illustrative"),
    )
    told = explain(ordered, "c0", audience=audience)
    assert "learning disability" not in re.split(r"\. paediatric_surgery|The rules also", told)[0]
    assert "other recorded needs" not in told
    assert ("365 days or more, so first by wait" if audience == "clerk" else "how very long you have waited") in told
    assert told.parts.empty


@pytest.mark.parametrize("audience", ["clerk", "family"])
def test_a_mean_that_stands_in_is_not_told_as_a_fact(audience):
    several = [child(idaci_quintile=level) for level in (1, 1, 2, 3, 1, 1, 1, 1)]
    ordered = score(children(child(idaci_quintile=None), *several), Policy.preset("paediatric_surgery_illustrative"))
    assert ordered.loc[0, "points_idaci"] > 0
    told = explain(ordered, "c0", audience=audience)
    assert not re.search("low income|area that you live in", told.split("Not recorded:")[0])
    assert told.parts["factor"].str.contains("IDACI").sum() == 0
    if audience == "clerk":
        assert "Not recorded: lives in an area" in told
    known = explain(ordered, "c1", audience=audience)
    assert re.search("low income|area that you live in", known)


def test_what_cannot_be_read_is_not_told_as_recorded():
    waiting = children(child(), *[child()] * 8).assign(learning_disability=["perhaps", *["N"] * 8])
    ordered = score(waiting, Policy.preset("paediatric_surgery_illustrative"))
    told = explain(ordered, "c0", audience="clinician")
    assert "Learning disability (equity): 0; not recorded, could be 0 to 8" in told


def test_identifiers_that_are_numbers_are_found():
    ordered = score(children(child(), child()).assign(pathway_id=[101, 102]), Policy.preset("england_default"))
    assert "Suggested place 1" in explain(ordered, "101")
    assert "Suggested place 2" in explain(ordered, 102)  # type: ignore[arg-type]


def sheet(order: dict[str, object], *factors: dict[str, object], **rest: object) -> Policy:
    every = [{"kind": "clinical", "source": "test", "missing": "zero", **factor} for factor in factors]
    order = {"rank_within": [], "without_tiers": "a test", **order}
    return Policy.read({"name": "sheet", "title": "Sheet", "status": "illustrative", "source": "test", "people": "everyone",
                        "order": order, "factors": every, **rest})  # fmt: skip


def test_a_lottery_says_that_it_draws():
    tickets = {"name": "need", "label": "Need", "column": "need", "points": {"yes": 2, "no": 1}}
    ordered = score(
        children(child(), child()).assign(need=["yes", "no"]), sheet({"then": "lottery", "seed": 7}, tickets)
    )
    assert "Tickets for: need. The place is drawn by lot" in explain(ordered, "c0")
    assert "drawn by lot (seed 7)" in explain(ordered, "c0", audience="clinician")
    assert "drawn by lot" in explain(ordered, "c0", audience="family")
    assert ordered["why"].str.contains("drawn by lot").all()


def test_negative_points_are_said_for_what_they_are_and_abbreviations_keep_their_capitals():
    smoke = {"name": "bmi", "label": "BMI over 40", "column": "bmi", "points": {"high": -3, "low": 0}}
    visits = {"name": "visits", "label": "A&E visits", "column": "visits", "points": {"many": 4, "few": 0}}
    waiting = children(child(), child()).assign(bmi=["high", "low"], visits=["many", "few"])
    ordered = score(waiting, sheet({"then": "points"}, smoke, visits))
    assert "Counted: A&E visits. Counted for a later place: BMI over 40." in explain(ordered, "c0")
    assert "this counts for a later place" in explain(ordered, "c0", audience="family")
    assert explain(ordered, "c0").parts["factor"].tolist() == ["A&E visits", "BMI over 40"]


def test_what_builds_up_with_time_has_ranges_that_do():
    need = {"name": "need", "label": "Need", "column": "need", "points": {"yes": 2, "no": 0}, "coverage": 0.1,
            "coverage_because": "a test"}  # fmt: skip
    waiting = children(child(days_waiting=70), child(days_waiting=7)).assign(need=[None, "yes"])
    ordered = score(waiting, sheet({"then": "accumulation"}, need))
    told = explain(ordered, "c0", audience="clinician")
    assert "could be 0 to 22" in told  # two points for the day of listing and for each of ten weeks
    assert told.parts["high"].tolist() == [ordered.loc[0, "score_high"]]


def test_whom_a_guard_holds_and_where_the_base_place_was():
    area = {"name": "area", "label": "Area", "kind": "equity", "column": "imd_quintile", "missing": 0,
            "points": {"1": 9, "2": 0, "3": 0, "4": 0, "5": 0}}  # fmt: skip
    wait = {"name": "wait", "label": "Wait", "kind": "time", "column": "days_waiting", "knots": [[0, 0], [1000, 5]]}
    protect = {"priorities": [], "cancer": False, "near_target": {}, "because": "a test"}
    rows = [child(days_waiting=900 - at, imd_quintile=1 if at > 1 else 5) for at in range(5)]
    ordered = score(children(*rows), sheet({"then": "points"}, wait, area,
                                           guards={"max_places_moved_down": 2, "protect": protect}))  # fmt: skip
    assert ordered["rank"].tolist() == [3, 4, 1, 2, 5]
    assert ordered["base_rank"].tolist() == [1, 2, 3, 4, 5]
    cap = "max_places_moved_down"
    assert ordered["held_by"].astype(object).fillna("").tolist() == [cap, cap, "", "", "others_held"]
    for audience in ("clerk", "clinician"):
        told = explain(ordered, "c0", audience=audience)
        assert "nobody loses more than 2 places to what is social; without what is social the place would be 1" in told
    assert "would be 3; no guard has held it" in explain(ordered, "c2", audience="clinician")
    kept = score(children(*[{**each, "cancer_pathway": True} if not at else each for at, each in enumerate(rows)]),
                 sheet({"then": "points"}, wait, area))  # fmt: skip
    assert kept.loc[0, ["rank", "base_rank", "held_by"]].tolist() == [1, 1, "protect"]
    assert "Never moved down by what is social" in explain(kept, "c0")


@pytest.mark.parametrize(
    ("age", "says"),
    [
        ({"age": 7}, "Your child is on the list for treatment."),
        ({"age_band": "5-10"}, "Your child is on the list for treatment."),
        ({"date_of_birth": pd.Timestamp("2010-11-01")}, "Your child is on the list for treatment."),
        ({"date_of_birth": pd.Timestamp("2010-10-31")}, "You are on the list for treatment."),
        ({"age": 40}, "You are on the list for treatment."),
        ({}, "You or your child are on the list for treatment."),
    ],
)
def test_the_family_of_a_child_is_addressed_as_a_family(age, says):
    ordered = score(children(child(**age), child(**age)), Policy.preset("paediatric_surgery_illustrative"))
    told = explain(ordered, "c0", audience="family")
    assert told.startswith(says)
    if says.startswith("Your child"):
        assert not re.search(r"\byou (are|have)\b|\byour (place|doctor|target)", told, re.IGNORECASE)


def test_a_clinician_who_must_choose_is_told_between_which():
    waiting = children(*[child(priority="P3", harm=level) for level in ("severe", "none")]).rename(
        columns={"harm": "clinical_harm"}
    )
    policy = Policy.preset("imperial_matrix")
    matrix = policy.retier
    level, choices = next((level, new) for level, new in matrix.outcomes["P3"].items() if len(new) > 1)
    ordered = score(
        waiting.rename(columns={"clinical_harm": matrix.column}).assign(**{matrix.column: [level, level]}), policy
    )
    assert ordered["score_status"].eq("ask_clinician").all()
    assert f"between {' or '.join(choices)}." in explain(ordered, "c0", audience="clinician")


# --- the picture ------------------------------------------------------------------------------------------------------


def test_a_waterfall_of_somebody_not_scored_says_that_it_is_no_score(ordered):
    assert "so far, not a score" in explain(ordered, "c2", audience="clinician").plot().get_xlabel()


def test_a_waterfall_rounds_and_writes_beside_the_new_end_of_a_bar_that_goes_back():
    parts = pd.DataFrame({"factor": ["Wait", "Less"], "points": [30.123456, -12.5], "low": [30.123456, -12.5],
                          "high": [30.123456, -12.5]})  # fmt: skip
    ax = waterfall_plot(parts, ax=Figure().subplots())
    said = {text.get_text(): text for text in ax.texts}
    assert set(said) == {"30.12", "−12.5"}
    assert ax.get_xlabel() == "Points: together 17.62"
    assert said["−12.5"].xy[0] == pytest.approx(17.623456)
    assert said["−12.5"].get_ha() == "right"
    assert ax.get_xlim()[1] > 30.123456
