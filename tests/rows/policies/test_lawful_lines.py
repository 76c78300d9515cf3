"""What the law protects, and what is social, enters a policy by its own door or not at all; outputs say that it did."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from policy_files import REASON, SOON, TIERS, approval, factor, faults, whole

from equiwait.errors import PolicyError
from equiwait.rows.policies import Policy, State
from equiwait.rows.policies.disguises import disguised, looks_like
from equiwait.rows.policies.protected_characteristics import must_be_equity, protection_of, social_of
from equiwait.rows.scoring import score
from equiwait.rows.scoring.explain import explain
from equiwait.rows.scoring.score_record import score_record

ETHNICITY = factor(name="eth", column="ethnicity", points={"A": 0}, otherwise=5, justification=REASON)
SAFEGUARDING = factor(name="safe", any_of=["child_protection", "learning_disability"], points={"true": 5, "false": 0},
                      sensitive=True, justification={"reason": "need", "owner": "lead", "review": SOON})  # fmt: skip
WAIT = factor(name="wait", kind="time", column="days_waiting", knots=[[0, 0], [100, 1]])


def matrix(column: str) -> dict[str, object]:
    return {"column": column, "missing": "as_it_is", "source": "s", "outcomes": {"P3": {"1": "P2"}}}


SIDE_DOORS = [
    ("retier.column", lambda column: {"tiers": TIERS, "retier": matrix(column)}),
    ("targets.column", lambda column: {"targets": {"column": column, "source": "s", "days": {"1": 10}}}),
    ("eligibility.column", lambda column: {
        "eligibility": {"column": column, "at_least": 18, "missing": "unscored", "source": "s"}}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "door"), SIDE_DOORS, ids=[path for path, _ in SIDE_DOORS])
@pytest.mark.parametrize("column", ["ethnicity", "sex", "age", "learning_disability", "main_language", "imd_quintile",
                                    "carer", "child_protection", "core20"])  # fmt: skip
def test_a_matrix_a_target_and_a_threshold_read_nothing_social(path, door, column):
    said = next(line for line in faults(**door(column)) if line.startswith(f"{path}: is a "))
    assert social_of(column) in said


@pytest.mark.parametrize("column", ["ethnicity", "sex", "learning_disability", "interpreter_needed", "imd_quintile"])
def test_people_are_not_ranked_apart_by_who_they_are(column):
    order = {"then": "points", "without_tiers": "a test", "rank_within": ["provider", column]}
    assert any(line.startswith("order.rank_within[1]: people are not ranked apart") for line in faults(order=order))


def test_children_may_be_ranked_apart_from_adults():
    order = {"then": "points", "without_tiers": "a test", "rank_within": ["age_band", "site"]}
    assert Policy.read(whole(order=order)).order.rank_within == ("age_band", "site")


@pytest.mark.parametrize("when", [{"imd_quintile": 1}, {"child_protection": True}, {"carer": True, "priority": "P2"},
                                  {"learning_disability": True}])  # fmt: skip
def test_a_social_tier_says_that_it_is_one(when):
    tiers = [{"name": "x", "when": when}, TIERS[1]]
    assert any(line.startswith("tiers[0].kind: must be 'equity'") for line in faults(tiers=tiers))


@pytest.mark.parametrize("reads", [
    {"column": "imd_quintile", "points": {"1": 1}, "otherwise": 0},
    {"column": "ethnicity", "points": {"A": 1}, "otherwise": 0, "justification": REASON},
    {"column": "need", "points": {"a": 1}, "times": [{"by": "sex", "levels": {"1": 2, "otherwise": 1}}], "justification": REASON},
    {"column": "need", "points": {"a": 1}, "specials": [{"column": "link_status", "value": "no_fixed_abode", "points": 2}]},
    {"any_of": ["carer", "needs_transport"], "points": {"true": 1, "false": 0}},
])  # fmt: skip
@pytest.mark.parametrize("kind", ["clinical", "time"])
def test_nothing_social_hides_in_a_clinical_factor(reads, kind):
    said = faults(factors=[factor(kind=kind, **reads)])
    assert len(said) == 1
    assert said[0].startswith("factors[0].kind: must be 'equity'")
    assert Policy.read(whole(factors=[factor(**reads)])).equity_lines


def test_age_can_be_a_clinical_reason_and_a_support_flag_needs_no_kind():
    young = {"reason": "anaesthetic risk", "owner": "lead", "review": SOON}
    age = factor(kind="clinical", column="age", knots=[[1, 5], [2, 0]], justification=young)
    flag = factor(name="flag", kind="clinical", column="carer", points={"true": 0, "false": 0})
    assert not Policy.read(whole(factors=[age, flag])).equity_lines


def test_a_birthday_is_adult_age_by_another_name():
    born = factor(kind="clinical", days_until="date_of_birth", knots=[[-30000, 9], [-7000, 0]],
                  justification={"reason": "r", "owner": "o", "review": SOON})  # fmt: skip
    assert faults(factors=[born]) == ["factors[0].justification.expires: is left out; a review date is not enough here"]


@pytest.mark.parametrize("column", [
    "white_british", "bame", "caste", "national_origin", "skin_colour", "translator", "lgbt", "trans_status", "civil_partner",
    "maternity", "asylum", "ethnos", "heritage", "patient_race", "ethnicGroup", "CountryOfBirth", "is_female", "Ethnic category",
    "religion_belief", "gender_identity", "pregnancy_status", "main_language",
    "EthCat", "ETHCAT", "eth", "eth_code", "EthnicCategoryCode", "race2", "sex1", "muslim", "is_sikh", "Jewish", "hindu", "buddhist",
    "christian", "gay", "lesbian", "bisexual", "roma", "Traveller", "gypsy", "gypsies", "white", "is_black", "arab", "Woman", "man",
    "born_abroad", "BornAbroad", "speaks_english", "esol", "bsl", "BSL user", "divorced", "widowed", "widow", "single_parent",
    "lone_parent", "spouse", "breastfeeding", "breast_fed", "surname",
])  # fmt: skip
def test_protected_characteristics_are_known_by_many_names(column):
    assert protection_of(column) == "strict"
    assert must_be_equity([column])


@pytest.mark.parametrize("column", [
    "age_band", "age", "date_of_birth", "learning_disability", "wheelchair_user", "autism", "deaf", "is_blind", "birth_year",
    "year_of_birth", "BirthYear", "patient_yob", "AgeYears",
])  # fmt: skip
def test_disability_and_age_ask_for_a_reason_and_no_more(column):
    assert protection_of(column) == "reason"


@pytest.mark.parametrize("column", [
    "IMDDecile", "IMDRank", "imddecile", "ImdRank2019", "imd_2019", "SIMDQuintile", "IDACIDecile", "universal_credit", "benefits",
    "on_benefits", "household_income", "Income", "townsend", "TownsendScore", "council_tax", "council_tax_band", "prisoner",
])  # fmt: skip
def test_social_circumstances_are_known_by_many_names_too(column):
    assert social_of(column) == "a social circumstance"
    assert must_be_equity([column])


@pytest.mark.parametrize("column", ["sex_at_age_5", "age_of_carer", "ethnicity_age"])
def test_age_in_a_name_hides_nothing_else(column):
    assert must_be_equity([column])


@pytest.mark.parametrize("column", ["birth_year", "year_of_birth"])
def test_a_year_of_birth_is_adult_age_by_another_name(column):
    born = factor(kind="clinical", column=column, knots=[[1950, 9], [2020, 0]],
                  justification={"reason": "r", "owner": "o", "review": SOON})  # fmt: skip
    assert faults(factors=[born]) == ["factors[0].justification.expires: is left out; a review date is not enough here"]


@pytest.mark.parametrize("column", [
    "triage", "agency", "stage", "transplant", "transfusion", "translational_score", "white_cell_count", "embrace", "carepath",
    "risk_decile", "specialty", "diagnosis", "clinical_harm", "limits_work", "broadcaster", "forecasted", "cpac_score",
    "blood_sex_steroid", "sex_hormone_binding_globulin", "sexual_function", "black_triangle_drug", "manual_handling", "human",
    "stroma", "roma_score", "ROMA index", "he4", "ethanol", "method", "ethmoid", "fasting_bsl_level", "newborn", "birth_weight",
    "expected_benefit", "expected_benefits", "benefit_from_surgery", "outcome", "incoming_referral", "IMDUR", "widowmaker_stenosis",
    "indian_ink_stain", "christiansen_test", "travel_time", "NHSNumber", "stage2", "imprisoned_nerve", "blinding",
])  # fmt: skip
def test_other_words_are_left_alone(column):
    assert not protection_of(column)
    assert not social_of(column)


# --- every output says so -------------------------------------------------------------------------------------------------


def approved(*factors: dict[str, object]) -> Policy:
    draft = Policy.read(whole(factors=[*factors, WAIT]))
    return Policy.read(whole(factors=[*factors, WAIT], status="approved", approval=approval(draft)))


def people() -> pd.DataFrame:
    return pd.DataFrame({
        "pathway_id": list("abcd"), "snapshot_date": "2026-10-31", "scope": "rtt_open", "days_waiting": [10, 20, 30, 40],
        "ethnicity": list("ABCA"), "child_protection": [True, False, False, False], "learning_disability": False,
    })  # fmt: skip


def test_an_approved_policy_says_on_every_output_what_it_scores_and_until_when():
    policy = approved(ETHNICITY)
    said = "[scores a protected characteristic (ethnicity), justified until 2027-01-01]"
    assert policy.stamp == f"t {policy.fingerprint} {said}"
    ordered = score(people(), policy)
    assert ordered["policy"].astype(str).str.startswith(policy.stamp).all()  # and which guards this list cannot hold
    assert said in score_record(people().iloc[0].to_dict(), policy).policy
    for audience in ("clerk", "clinician"):
        assert said in explain(ordered, "a", audience=audience)


def test_a_stamp_never_tells_tales():
    policy = approved(SAFEGUARDING)
    assert policy.stamp == f"t {policy.fingerprint} [scores another recorded need, justified until 2027-01-01]"
    for audience in ("clerk", "family"):
        told = explain(score(people(), policy), "a", audience=audience)
        assert not {"protection", "disability", "safe"} & set(told.lower().replace(",", " ").split())


def test_a_social_tier_is_in_the_stamp_and_an_illustration_says_that_it_is_one():
    assert "[scores a protected characteristic (learning disability), justified as an illustration] [not approved]" in (
        Policy.preset("chft_learning_disability").stamp
    )
    assert "scores" not in Policy.preset("england_default").stamp


def test_a_copy_that_means_something_else_is_not_approved():
    policy = approved(ETHNICITY)
    changed = policy.model_copy(update={"factors": policy.factors[:1]})
    assert policy.approved
    assert policy.model_copy(update={"title": "Other words"}).approved
    assert not changed.approved
    assert changed.stamp.endswith("[not approved]")
    assert (changed.status, changed.approval) == ("draft", None)


def test_held_means_are_in_the_stamp_by_day_and_by_what_they_are():
    area = factor(column="imd_quintile", points={"1": 8}, otherwise=0, missing="list_mean")
    policy = Policy.read(whole(factors=[area]))
    low, high, same = (
        policy.model_copy(update={"state": State(snapshot=dt.date(2026, 10, 31), means={"f": mean})})
        for mean in (0, 8, 8)
    )
    assert "[means of 2026-10-31, " in low.stamp
    assert high.stamp == same.stamp != low.stamp
    assert low.fingerprint == high.fingerprint == policy.fingerprint


# --- what a column is beside its name -----------------------------------------------------------------------------------------

LETTERS = list("ABCDEFGHJKLMNPRSZ")
WORDS = ["White - British", "Pakistani", "African", "Any other white background", "Not stated"]
BORN = [f"{year}-03-0{day}" for year in range(1950, 2016) for day in (1, 2)]


@pytest.mark.parametrize(("values", "what"), [
    (LETTERS, "ethnicity"), ([f"{letter}1" for letter in LETTERS], "ethnicity"), (WORDS, "ethnicity"),
    (["White", "Black", "Asian", "Mixed", "Other"], "ethnicity"), (["WHITE", " asian  or asian british", "Black"], "ethnicity"),
    (["Male", "Female"], "sex"), (["m", "f", "U", None], "sex"), (["Mr", "Mrs", "Miss", "Dr"], "sex"),
    (["Muslim", "Christian", "Hindu", "None"], "religion"), (["Urdu", "Polish", "Somali", "English"], "language"),
    (["EQ1 1AA", "EQ11AB", "EQ2 3CD"], "postcode"), (["E01000001", "E01000002", "W01000003"], "area_code"), (BORN, "date_of_birth"),
])  # fmt: skip
def test_a_column_is_what_its_values_are(values, what):
    assert looks_like(values) == what
    policy = Policy.preset("england_default")
    said = disguised(policy, {"specialty": values})
    assert len(said) == 1
    assert said[0].startswith("specialty holds what look like ")
    assert said[0].endswith(f"call the column {what}, in the list and in the policy")
    assert not any(str(value) in said[0] for value in values if value and len(value) > 3)
    assert disguised(policy, {"another": values}) == []


@pytest.mark.parametrize("values", [
    [], [None, ""], ["P1a", "P1b", "P2", "P3", "P4"], ["A", "B", "C", "D", "E"], list("ABCDEF"), list("ABCDEFGH"), ["1", "2", "9"], ["true", "false"],
    ["100", "110", "120", "301", "X01"], ["W371", "W379", "K401"], ["RXX", "RYY", "RZZ"], ["mild", "moderate", "severe"], ["A1", "A2", "A3", "B"],
    [f"2026-0{month}-11" for month in range(1, 10)] * 3, ["C509", "C61", "K40", "M16"], ["I", "II", "III", "IV"], ["M"], ["other", "unknown"],
    ["ENT", "General surgery", "Oral surgery", "Trauma and orthopaedics", "Ophthalmology"], ["D1", "D2", "D3", "D4", "D5", "D6"],
])  # fmt: skip
def test_ordinary_codes_are_nothing_else(values):
    assert looks_like(values) == ""


def test_a_column_that_says_what_it_is_is_no_disguise():
    policy = Policy.read(whole(factors=[ETHNICITY]))
    assert disguised(policy, {"ethnicity": LETTERS}) == []
    dated = factor(
        kind="clinical",
        column="age",
        knots=[[1, 5], [2, 0]],
        justification={"reason": "r", "owner": "o", "review": SOON},
    )
    assert disguised(Policy.read(whole(factors=[dated])), {"age": ["1", "2"]}) == []


def test_a_list_whose_specialty_is_ethnicity_is_not_put_in_order():
    people = pd.DataFrame({
        "pathway_id": [str(number) for number in range(17)], "snapshot_date": "2026-10-31", "scope": "rtt_open", "list_type": "IRTT",
        "priority": "P2", "days_waiting": 30, "provider": "RXX", "specialty": pd.Categorical(LETTERS)})  # fmt: skip
    with pytest.raises(PolicyError, match="specialty holds what look like ethnic categories") as caught:
        score(people, Policy.preset("england_default"))
    assert caught.value.__context__ is None
    assert len(score(people.assign(specialty="100"), Policy.preset("england_default"))) == 17
