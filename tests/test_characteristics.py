"""The catalogue says what is protected, social and sensitive; the names of people's own columns are held to the same."""

from __future__ import annotations

import pytest

from equiwait.fields import FIELDS, about
from equiwait.fields.characteristics import _OTHER_WORDS, _WORDS, _is_slip, about_name


@pytest.mark.parametrize("name", FIELDS)
def test_the_names_of_the_catalogue_say_what_the_catalogue_says(name):
    """The two cannot drift: a field is what its name is, and one that is nothing has a name that says nothing."""
    assert about_name(name) == about(name)


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if not about(name)])
def test_no_other_header_of_a_plain_field_says_more(name):
    assert not [alias for alias in FIELDS[name].aliases if about_name(alias)]


def test_every_other_header_of_a_field_is_about_what_the_field_is():
    for name, field in FIELDS.items():
        assert all(about(alias) == about(name) for alias in field.aliases), name


def test_what_is_said_of_a_field_are_words_that_the_rules_know():
    assert {field.protected for field in FIELDS.values()} == {"characteristic", "proxy", "disability", "age", ""}
    assert all(field.social for field in FIELDS.values() if field.sensitive)


ESCAPED = {  # ordinary names that the patterns of an earlier version let pass
    "characteristic": "title patient_title pronouns preferred_pronouns citizenship creed antenatal antenatal_flag edd national_identity "
    "honorific sexuality gestational_age parity mrs",
    "proxy": "overseas_visitor overseas_visitor_status OverseasVisitorChargingCategory eal EAL_flag forename full_name country_of_origin "
    "nhs_charge_status",
    "age": "year_born under18 under_16s isUnder18 over65 over_80_years child is_child elderly AgedOver75 school_year born_on U18",
    "disability": "hearing_impaired visually_impaired send send_status sen ehcp ehc_plan blue_badge asd adhd sight_loss hearing_loss downs_syndrome",
    "social": "nfa rough_sleeper msoa MSOA21CD ward ward_code fsm fsm6 gp_practice GPPracticeCode employment_status occupation "
    "pupil_premium local_authority household_type tenure veteran no_fixed_address free_meals practice emplyment_status outward_code",
    "sensitive": "cin child_in_need foster fostered kinship_care care_leaver lac marac fgm",
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in ESCAPED.items() for name in names.split()])
def test_ordinary_names_are_known(kind, name):
    assert kind in about(name)


@pytest.mark.parametrize(("name", "kind"), [
    ("ethncity", "characteristic"), ("etnicity", "characteristic"), ("enthicity", "characteristic"), ("patient_ethinicity", "characteristic"),
    ("relgion", "characteristic"), ("gendr", "characteristic"), ("nationalty_code", "characteristic"), ("pregnent", "characteristic"),
    ("martial_status", ""), ("maritl_status", "characteristic"), ("disabilty", "disability"), ("dissability", "disability"),
    ("langauge", "proxy"), ("interpretor", "proxy"), ("homless", "social"), ("deprivaton", "social"), ("safegarding", "sensitive"),
    ("e_thnicity", "characteristic"), ("ETH NICITY", "characteristic"), ("ethn1city", "characteristic"), ("s3x", "characteristic"),
    ("rel1g1on", "characteristic"),
])  # fmt: skip
def test_a_slip_of_the_pen_hides_nothing(name, kind):
    assert (kind in about(name)) if kind else not about(name)


@pytest.mark.parametrize("name", [
    "ethn\u0456city", "\u0435thnicity", "s\u0435x", "r\u0430ce", "\uff45\uff54\uff48\uff4e\uff49\uff43", "e\u0301thnicity", "eth\u200bnicity",
    "\u0261ender", "gend\u0435r", "rel\u0131gion", "et\u04bbnicity", "\u03b5thnicity", "\U0001d41e\U0001d42d\U0001d421\U0001d427\U0001d422\U0001d41c",
    "\u1d07\u1d1b\u029c\u0274\u026a\u1d04", "\u0501isability", "disab\u0456l\u0456ty",
])  # fmt: skip
def test_letters_that_only_look_like_others_hide_nothing(name):
    assert about(name) & {"characteristic", "disability"}


CLINICAL = [
    *[
        "weight_loss",
        "blood_loss",
        "outcode_date",
        "outcome_code",
        "best_practice",
        "private_practice",
        "digestate",
        "u10",
        "ward_type",
        "miss_rate",
        "deployment",
    ],
    "pain",
    "pain_score",
    "frailty",
    "rockwood",
    "asa_grade",
    "bmi",
    "comorbidities",
    "charlson",
    "hba1c",
    "egfr",
    "white_cell_count",
    "black_stools",
    "roma_score",
    "sex_hormone",
    "sexual_function",
    "developmental_window",
    "tender_joints",
    "martial",
    "window",
    "windows",
    "region",
    "regional",
    "standard_deviation",
    "derived_score",
    "derivation",
    "durability",
    "liability",
    "stability",
    "poison_risk",
    "carriage",
    "carried",
    "muslin",
    "migraine_days",
    "interpreted_by",
    "renal_impairment",
    "cognitive_impairment",
    "occupational_therapy",
    "occupational_health",
    "ward_type",
    "admission_ward",
    "hospital_ward",
    "cin_grade",
    "cin2",
    "waiting_over_52_weeks",
    "over_52_weeks",
    "hopelessness",
    "outcome",
    "outcomes",
    "outcome_risk",
    "expected_benefits",
    "capacity_to_benefit",
    "mobility",
    "walking_distance",
    "harm",
    "urgency_class",
    "triage",
    "theatre_minutes",
    "anaesthetic_risk",
    "tumour_stage",
    "oxygen",
    "cardiac_output",
    "weight_kg",
    "height",
    "blood_pressure",
    "ejection_fraction",
    "letter_sent",
    "date_sent",
    "resend",
    "sender",
    "transfer_status",
    "cancer_stage",
    "career_grade_surgeon",
    "statin",
    "artistic_gymnastics",
    "visual_acuity",
    "hearing_threshold",
    "speech_delay",
    "child_pugh",
    "adult_congenital",
    "under_anaesthetic",
    "ageing_score",
    "image_score",
    "stage_of_disease",
    "dosage",
    "damage",
    "average",
    "language_of_forms",
]


@pytest.mark.parametrize("name", [name for name in CLINICAL if name != "language_of_forms"])
def test_ordinary_clinical_names_are_nothing_else(name):
    assert not about(name)


def test_no_word_is_a_slip_for_a_word_of_another_kind():
    for one, kind in _WORDS.items():
        assert not [other for other, its in _WORDS.items() if its != kind and _is_slip(one, other)]
    assert not _OTHER_WORDS & set(_WORDS)
