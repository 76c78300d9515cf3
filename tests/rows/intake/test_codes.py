"""A code is the whole cell, or the code and words that agree with it; silences are learnt in words."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lists import SNAPSHOT, problems, read, values

import equiwait as ew
from equiwait.errors import InputError, OptionError
from equiwait.fields import ETHNIC_GROUPS, ETHNICITY_LISTS, FIELDS, MISSING_WORDS, missing_word
from equiwait.fields.ethnicity import ETHNICITIES, read_ethnicity
from equiwait.rows.intake.kernel import Intake
from equiwait.rows.intake.snapshots import snapshot_day

# --- ethnicity ---

SILENT = [
    ("NK", "99"), ("NS", "Z"), ("NR", "99"), ("NA", "99"), ("ND", "Z"), ("NG", "99"), ("RF", "Z"), ("DK", "99"), ("nk", "99"), ("R - Refused", "Z"),
    ("P - Prefer not to say", "Z"), ("Prefer not to say", "Z"), ("Z - Not stated", "Z"), ("99 - Not known", "99"), ("Patient refused", "Z"),
    ("A - Not known", "99"), ("Not asked", "99"), ("Unknown", "99"), ("X", "99"), ("9", "99"), ("99.0", "99"), ("98: Refused", "Z"),
    ("S: not recorded", "99"), ("Declined to answer", "Z"), ("(Z) Not stated", "Z"),
]  # fmt: skip
WRONG = [
    "A - Pakistani",
    "N/S/R",
    "4",
    "Black or White",
    "R2D2",
    "Chinese?",
    "AA1",
    "A/B",
    "C: British",
    "K - Refusal of care plan",
    "#N/A",
    "T",
]
SAID = [
    ("A", "A"), ("A1", "A"), ("n1", "N"), ("A - White British", "A"), ("C - Any other White backgr", "C"), ("R: Chinese", "R"), ("(H) Indian", "H"),
    ("White: English, Welsh, Scottish, Northern Irish or British", "A"), ("English, Welsh, Scottish, Northern Irish or British", "A"),
    ("White: Gypsy or Irish Traveller", "gypsy_or_irish_traveller"), ("Gypsy/Irish Traveller", "gypsy_or_irish_traveller"), ("White: Roma", "roma"),
    ("Roma", "roma"), ("Arab", "arab"), ("Other ethnic group: Arab", "arab"), ("White: Other White", "C"),
    ("Asian, Asian British or Asian Welsh: Chinese", "R"), ("Asian, Asian British or Asian Welsh: Other Asian", "L"),
    ("Black, Black British, Black Welsh, Caribbean or African: African", "N"), ("Black, Black British, Black Welsh, Caribbean or African: Other Black", "P"),
    ("Black, Black British, Black Welsh, Caribbean or African: Caribbean", "M"), ("Mixed or Multiple ethnic groups: White and Asian", "F"),
    ("Mixed or Multiple ethnic groups: Other Mixed or Multiple ethnic groups", "G"), ("Other ethnic group: Any other ethnic group", "S"),
    ("Mixed or Multiple ethnic groups: White and Black Caribbean", "D"), ("White", "white"), ("Asian or Asian British", "asian"),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "code"), SILENT)
def test_silences_are_learnt_in_words(cell, code):
    waiting = ew.flag_missing(read(ethnicity=[cell]), ["ethnicity"])
    assert waiting["ethnicity"].iloc[0] == code
    assert waiting["missing_ethnicity"].iloc[0] == {"Z": "not_stated", "99": "not_known"}[code]


@pytest.mark.parametrize("cell", WRONG)
def test_a_first_letter_is_no_ethnicity(cell):
    waiting = read(ethnicity=[cell])
    assert waiting["ethnicity"].iloc[0] == "invalid"
    assert problems(waiting) == [{"ethnicity_invalid"}]


@pytest.mark.parametrize(("cell", "code"), SAID)
def test_words_of_the_census_and_codes_with_words_that_agree(cell, code):
    waiting = ew.flag_missing(read(ethnicity=[cell]), ["ethnicity"])
    assert (waiting["ethnicity"].iloc[0], waiting["missing_ethnicity"].iloc[0]) == (code, "recorded")


def test_two_letters_read_as_silence_are_said_and_can_be_declared():
    waiting = read(ethnicity=["NK", "N1", "Not known", "Z1"])
    assert ["ethnicity_read_as_silence" in each for each in problems(waiting)] == [True, False, False, False]
    declared = read(ethnicity=["NK", "N1"], codes={"ethnicity": {"NK": "N"}})
    assert declared["ethnicity"].tolist() == ["N", "N"]
    assert problems(declared) == [set(), set()]
    what = (
        ew.check_list(waiting, suppression="none")
        .table.set_index("code")
        .loc["ethnicity_read_as_silence", "what_to_do"]
    )
    assert "codes=" in what


def test_wales_and_scotland_have_lists_of_their_own_chosen_by_name():
    cells = ["A", "B", "T", "R", "Z"]
    assert read(ethnicity=cells)["ethnicity"].tolist() == ["A", "B", "invalid", "R", "Z"]
    wales = read(ethnicity=[*cells, "C"], codes={"ethnicity": "wales"})
    assert wales["ethnicity"].tolist() == ["white", "gypsy_or_irish_traveller", "arab", "R", "Z", "invalid"]
    assert set(wales["ethnicity_list"]) == {"wales"}
    assert any("wales" in finding.lower() for finding in ew.check_list(wales).findings)
    cells = ["1A", "1B", "1K", "5C", "98", "99", "3F", "1A - Scottish"]
    newer = read(ethnicity=cells, codes={"ethnicity": "scotland_2011"})["ethnicity"].tolist()
    assert newer == ["scottish", "other_british", "gypsy_or_irish_traveller", "M", "Z", "99", "J", "scottish"]
    older = read(ethnicity=["1H", "1B", "4E", "5B"], codes={"ethnicity": "scotland_2008"})["ethnicity"].tolist()
    assert older == ["A", "invalid", "M", "arab"]


@pytest.mark.parametrize("place", [{"area_code": ["W01000001"] * 3}, {"postcode": ["CF10 1AA", "SA1 1AA", "B1 1AA"]}])
def test_a_list_of_wales_is_asked_whose_codes_it_has(place):
    with pytest.raises(InputError, match="Wales") as caught:
        read(ethnicity=["B", "H", "Z"], **place)
    assert "codes={'ethnicity': 'wales'}" in caught.value.todo
    for nation, code in (("wales", "gypsy_or_irish_traveller"), ("england", "B")):
        assert read(ethnicity=["B", "H", "Z"], codes={"ethnicity": nation}, **place)["ethnicity"].iloc[0] == code
    assert read(ethnicity=["H", "H", "Z"], **place)["ethnicity"].iloc[0] == "H", (
        "codes that mean the same in both lists"
    )


def test_every_recorded_group_stands_in_both_broad_groupings():
    recorded = [code for code in ETHNICITIES if FIELDS["ethnicity"].reason(code) == "recorded"]
    for name, groups in ETHNIC_GROUPS.items():
        assert set(groups) == set(recorded), name
    assert ETHNIC_GROUPS["nhs"]["R"] == "Other"
    assert ETHNIC_GROUPS["census"]["R"] == "Asian"
    assert {code for codes in ETHNICITY_LISTS.values() for code in codes.values()} <= set(ETHNICITIES)


@pytest.mark.parametrize(
    "codes",
    [
        {"ethnicity": "cornwall"},
        {"ethnicty": "wales"},
        {"ethnicity": {"NK": "Q"}},
        {"sex": "wales"},
        {"clock_start": {}},
        ["wales"],
    ],
)
def test_codes_that_mean_nothing_are_refused(codes):
    with pytest.raises(OptionError) as caught:
        read(ethnicity=["A"], codes=codes)
    assert caught.value.todo


# --- priority ---

NO_PRIORITY = ["4 weeks", "2-Mar", "02-Mar", "P2-P3", "P2/P3", "P2 or P3", "P22", "P2.5", "2 Mar", "2026-03-02", "P2?", "not P2", "P2 smith", "2/3",
               "P2 - 3 months", "P2 - routine", "2 - Urgent", "1 - Routine", "2nd", "P", "urgent", "C5", "D7", "P2a", "P0", "12"]  # fmt: skip
PRIORITY = [
    ("P2", "P2"), ("P 2", "P2"), ("p02", "P2"), ("Priority 2", "P2"), ("2", "P2"), ("2 - within 4 weeks", "P2"), ("P2 (urgent)", "P2"),
    ("P2: < 1 month", "P2"), ("P3 - 3 months", "P3"), ("P3 <12 weeks", "P3"), ("P4 - routine", "P4"), ("P4 > 3 months", "P4"), ("P1a", "P1a"),
    ("P1B - 72 hours", "P1b"), ("1a", "P1a"), ("P1 - emergency", "P1"), ("Procedure P2", None),
]  # fmt: skip


@pytest.mark.parametrize("cell", NO_PRIORITY)
def test_what_is_no_p_code(cell):
    waiting = read(**{"P code": [cell]})
    assert waiting["priority"].iloc[0] == "invalid"
    assert (
        values(waiting["patient_choice"])
        == values(waiting["diagnostic_priority"])
        == values(waiting["choice_code"])
        == [None]
    )
    assert problems(waiting) == [{"priority_invalid"}]


@pytest.mark.parametrize(("cell", "code"), [each for each in PRIORITY if each[1]])
def test_p_codes_and_words_that_agree(cell, code):
    waiting = read(**{"P code": [cell]})
    assert waiting["priority"].iloc[0] == code
    assert problems(waiting) == [set()]


def test_p5_p6_d_and_c_codes_are_no_urgency():
    waiting = read(**{"P code": ["P5", "P6 - patient choice", "D3", "C2", "P2/C2", "P2 (P6)", "P3 D1", "P4"]})
    assert values(waiting["priority"]) == [None, None, None, None, "P2", "P2", "P3", "P4"]
    assert values(waiting["patient_choice"]) == ["P5", "P6", None, None, None, "P6", None, None]
    assert values(waiting["diagnostic_priority"]) == [None, None, "D3", None, None, None, "D1", None]
    assert values(waiting["choice_code"]) == [None, None, None, "C2", "C2", None, None, None]
    assert problems(waiting) == [set()] * 8


def test_a_column_of_its_own_wins_over_the_priority_column():
    waiting = read(**{"P code": ["P6", "P5", "P2"], "patient_choice": ["P5", "", ""], "C code": ["1", "C4", "9"]})
    assert values(waiting["patient_choice"]) == ["P5", "P5", None]
    assert values(waiting["choice_code"]) == ["C1", "C4", "invalid"]


def test_every_block_gives_the_same_columns():
    kernel = Intake(snapshot_day(SNAPSHOT))
    blocks = [
        pa.record_batch({"clock_start": ["2026-04-01"], "priority": [cell]}) for cell in ("P6", "P2", "", "D1", "x")
    ]
    columns = [list(kernel(block)) for block in blocks]
    assert all(names == columns[0] for names in columns)
    assert {"patient_choice", "diagnostic_priority", "choice_code"} <= set(columns[0])


# --- status, list, sex, flags ---


@pytest.mark.parametrize(
    "cell", ["30/03/2026", "30,31", "301", "3", "30 31", "30-Mar", "130", "30 Smith", "3O", "30.5", "30;"]
)
def test_what_is_no_status(cell):
    waiting = read(rtt_status=[cell])
    assert waiting["rtt_status"].iloc[0] == "invalid"
    assert waiting["scope"].iloc[0] == "rtt_open", "nobody leaves the list because of a cell that cannot be read"


@pytest.mark.parametrize(("cell", "code"), [("30", "30"), ("030", "30"), ("30.0", "30"), ("30 - First treatment", "30"), ("36: Patient died", "36"), (" 20 ", "20")])  # fmt: skip
def test_statuses(cell, code):
    assert read(rtt_status=[cell])["rtt_status"].iloc[0] == code


LISTS = [
    ("IP", "IRTT"), ("DC", "IRTT"), ("EL", "IRTT"), ("Elective", "IRTT"), ("Admitted", "IRTT"), ("OP", "ORTT"), ("Day Case", "IRTT"), ("IPDC", "IRTT"),
    ("Non-admitted", "ORTT"), ("OP - Outpatient", "ORTT"), ("Planned", "planned"), ("non-RTT", "ONON"), ("ONON", "ONON"), ("OP/IP", "invalid"),
    ("IP - Outpatient", "invalid"), ("OTHR", "invalid"), ("Emergency", "invalid"), ("Non-elective", "invalid"), ("NULL", None), ("Unknown", None),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "code"), LISTS)
def test_list_types(cell, code):
    waiting = read(list_type=[cell])
    assert values(waiting["list_type"]) == [code]
    assert waiting["scope"].iloc[0] != "closed"


SEXES = [
    ("Other", "other"), ("Non-binary", "non_binary"), ("nonbinary", "non_binary"), ("1 - Male", "1"), ("2: Female", "2"), ("9 - Indeterminate", "9"),
    ("Not specified", "9"), ("0", "0"), ("X", "X"), ("U", "X"), ("1 - Female", "invalid"), ("Mars", "invalid"), ("Prefer not to say", None), ("Unknown", "X"),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "code"), SEXES)
def test_sex(cell, code):
    waiting = read(sex=[cell])
    assert values(waiting["sex"]) == [code]


def test_other_and_non_binary_are_recorded_groups():
    waiting = ew.flag_missing(read(sex=["Other", "Non-binary", "Prefer not to say", "?"]), ["sex"])
    assert waiting["missing_sex"].tolist() == ["recorded", "recorded", "not_stated", "invalid"]


def test_words_for_missing_in_flags_dates_and_numbers_are_no_blanks():
    raw = pd.DataFrame({"clock_start": ["2026-04-01"] * 5, "LD flag": ["N/K", "Refused", "", "#REF!", "Y"], "age": ["Unknown", "", "44", "n/a", "x"],
                        "tci_date": ["TBC", "2026-11-30", "", "Not known", "soon"]})  # fmt: skip
    waiting = ew.read_list(raw, snapshot=SNAPSHOT, blank_means={"learning_disability": "no"})
    assert values(waiting["learning_disability"]) == [None, None, False, None, True], "not known is never no"
    said = problems(waiting)
    assert {"learning_disability_not_known", "age_not_known", "tci_date_not_known"} <= said[0]
    assert "learning_disability_not_stated" in said[1]
    assert "learning_disability_invalid" in said[3]
    assert {"age_invalid", "tci_date_invalid"} <= said[4]
    flagged = ew.flag_missing(waiting, ["learning_disability", "age"])
    assert flagged["missing_learning_disability"].tolist() == [
        "not_known",
        "not_stated",
        "recorded",
        "invalid",
        "recorded",
    ]
    assert flagged["missing_age"].tolist() == ["not_known", "blank", "recorded", "blank", "invalid"]


# --- what always holds ---

CODED = [name for name, field in FIELDS.items() if field.codes or field.kind == "flag"]
OWN_WORDS = {
    ("school_missed", "none"),
    ("sex", "notspecified"),
    ("stop_reason", "declined"),
}  # true values of these columns


@pytest.mark.parametrize("name", CODED)
def test_no_word_for_missing_is_ever_read_as_a_code(name):
    field = FIELDS[name]
    for word in MISSING_WORDS:
        code = field.read(word)
        assert code is None or code in field.missing_codes or (name, word) in OWN_WORDS


groups = st.sampled_from(list("ABCDEFGHJKLMNPRS"))
between = st.sampled_from([" - ", ": ", "-", " = ", " ", " / "])
junk = st.sampled_from(
    ["smith", "weeks", "7 months", "Mar", "2026", "or C", "P3", "xyz", "yes", "1961", "see notes", "Martian"]
)


@given(groups, between, groups)
def test_an_ethnicity_is_its_code_only_where_the_words_agree(code, mark, other):
    """Behind a code stand the words of its own group, or nothing is read."""
    assert read_ethnicity(f"{code}{mark}{ETHNICITIES[other]}") == (code if other == code else None)


@given(st.sampled_from(["A", "N", "Z", "P1a", "P2", "P4", "2", "30", "20", "IP", "OP", "1", "M", "F"]), between, junk)
def test_a_code_and_anything_else_is_no_code(code, mark, words):
    for name in ("ethnicity", "priority", "rtt_status", "list_type", "sex", "referral_priority"):
        read = FIELDS[name].read(f"{code}{mark}{words}")
        assert read is None or (name == "priority" and "weeks" in words), (name, code, words)


@given(st.text(max_size=12))
def test_whatever_a_cell_holds_a_code_is_one_of_the_fields_own(cell):
    for name in CODED:
        code = FIELDS[name].read(cell)
        assert code is None or code in (*FIELDS[name].codes, "true", "false")
        if missing_word(cell) in ("not_known", "not_stated") and code is not None:
            assert code in FIELDS[name].missing_codes or (name, code) == ("sex", "9")
