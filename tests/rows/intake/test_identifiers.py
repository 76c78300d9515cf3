"""Identifiers: one form each, none for what means none, and nobody taken for another."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lists import SNAPSHOT, problems, read, values

import equiwait as ew
from equiwait.fields import MISSING_WORDS
from equiwait.rows.intake.identifiers import IDENTIFIERS, one_form

NONE = [
    "NULL", "null", "N/A", "n/a", "NA", "-", "--", "0", "00000000", "0.0", "Unknown", "UNKNOWN", "not known", "9999999999", "9999999",
    "1111111111", "1234567890", "TBC", "None", "nan", "Not recorded", "Refused", ".", "-1", "-99", "9999999999.0", "(blank)", "\u200b0", "N / A",
    "\u2013", "\u2013 \u2014",
]  # fmt: skip
LOST = ["1.23E+11", "9.43477E+09", "1E+10", "9.43e+09", "1.2E11"]
FORMS = [
    ("943 476 5919", "9434765919"), ("943-476-5919", "9434765919"), ("943\u2013476\u20115919", "9434765919"), ("\ufeff9434765919", "9434765919"),
    ("9434\u200b765919 ", "9434765919"), ("9434765919.0", "9434765919"), ("RXX\u00a0123", "RXX123"), ("\uff11\uff12\uff13", "123"), ("0012", "0012"),
    ("W12/345", "W12/345"), ("ab12", "ab12"), ("12E5", "12E5"), ("9999", "9999"), ("99", "99"),
]  # fmt: skip


@pytest.mark.parametrize("name", IDENTIFIERS)
@pytest.mark.parametrize("cell", NONE)
def test_words_and_numbers_that_mean_none_are_none(name, cell):
    waiting = read(**{name: [cell, cell]})
    assert waiting[name].isna().all()
    assert all(f"{name}_not_an_identifier" in each for each in problems(waiting))
    assert (waiting["scope"] == "rtt_open").all(), "strangers became duplicates"


@pytest.mark.parametrize("cell", LOST)
def test_digits_that_a_spreadsheet_cut_are_said_and_never_guessed(cell):
    waiting = read(pathway_id=[cell, cell], person_id=[cell, cell])
    assert waiting[["pathway_id", "person_id"]].isna().all(axis=None)
    assert all({"pathway_id_lost_digits", "person_id_lost_digits"} <= each for each in problems(waiting))
    assert (waiting["scope"] == "rtt_open").all()


@pytest.mark.parametrize(("cell", "form"), FORMS)
def test_an_identifier_has_one_form(cell, form):
    waiting = read(pathway_id=[cell, form])
    assert waiting["pathway_id"].tolist() == [form, form]
    assert waiting["scope"].tolist() == ["duplicate", "rtt_open"]
    assert one_form(cell) == form


def test_error_cells_are_invalid_identifiers():
    for cell in ("#N/A", "#REF!", "####"):
        waiting = read(pathway_id=[cell, cell])
        assert waiting["pathway_id"].isna().all()
        assert all("pathway_id_invalid" in each for each in problems(waiting))


def test_identifiers_that_came_as_floats_are_said():
    waiting = read(pathway_id=[9434765919.0, None, 12.0], person_id=[1.0, 2.0**60, 7.0])
    assert values(waiting["pathway_id"]) == ["9434765919", None, "12"]
    assert values(waiting["person_id"]) == ["1", None, "7"]
    said = problems(waiting)
    assert "pathway_id_written_as_decimal" in said[0]
    assert "pathway_id_written_as_decimal" not in said[1]
    assert "person_id_lost_digits" in said[1]
    as_text = read(pathway_id=["12.0"])
    assert "pathway_id_written_as_decimal" in problems(as_text)[0]


def test_integers_of_every_width_are_exact():
    big = 2**63 - 1
    for numbers in (pd.array([1, big], dtype="Int64"), pd.Categorical([1, big]), [1, big], pa.array([1, big])):
        column = numbers.to_pandas() if isinstance(numbers, pa.Array) else numbers
        assert values(read(pathway_id=column)["pathway_id"]) == ["1", str(big)]
    assert values(read(pathway_id=pd.Categorical([5, None]))["pathway_id"]) == ["5", None]
    assert values(read(pathway_id=[2**70, 3])["pathway_id"]) == [str(2**70), "3"]


def test_leading_zeros_tell_people_apart():
    assert (read(pathway_id=["001", "01", "1"])["scope"] == "rtt_open").all()


def test_an_identifier_of_different_people_is_named_and_never_merged():
    waiting = read(
        pathway_id=["A1", "A1", "A2", "A2"],
        person_id=["p", "p", "q", "q"],
        dob=["1980-01-01", "1990-01-01", "1970-05-05", ""],
        sex=["1", "1", "2", "X"],
    )
    said = problems(waiting)
    assert all({"pathway_id_shared", "person_id_shared"} <= each for each in said[:2])
    assert not any("shared" in code for each in said[2:] for code in each), (
        "a blank date or an unknown sex is no other person"
    )
    assert waiting["scope"].tolist() == ["rtt_open", "rtt_open", "duplicate", "rtt_open"]
    assert values(waiting["person_id"]) == [None, None, "q", "q"]
    assert waiting["person_id_in_source"].tolist() == ["p", "p", "q", "q"]
    by_sex = read(pathway_id=["A1", "A1"], sex=["1", "2"])
    assert (by_sex["scope"] == "rtt_open").all()
    assert all("pathway_id_shared" in each for each in problems(by_sex))


def test_a_birth_date_put_right_in_a_later_snapshot_is_no_other_person():
    waiting = read(person_id=["p", "p"], dob=["1980-01-01", "1980-10-01"], snapshot_date=["2026-09-30", SNAPSHOT])
    assert values(waiting["person_id"]) == ["p", "p"]


def test_words_for_missing_are_the_same_in_every_text_column():
    for name in (
        "pathway_id",
        "person_id",
        "specialty",
        "provider",
        "site",
        "consultant",
        "procedure",
        "postcode",
        "area_code",
    ):
        waiting = read(**{name: ["NULL", "N/A", "Unknown", "real1"]})
        assert values(waiting[name])[:3] == [None] * 3, name
        assert values(waiting[name])[3].lower() == "real1"
    waiting = ew.flag_missing(read(specialty=["Unknown", "Refused", "", "100"]), ["specialty"])
    assert waiting["missing_specialty"].tolist() == ["not_known", "not_stated", "blank", "recorded"]


def test_two_letters_are_codes_in_the_users_own_text_columns():
    assert values(read(specialty=["NS", "RF"])["specialty"]) == ["NS", "RF"]


nulls = st.sampled_from(sorted({*NONE, *LOST, *(word for word in MISSING_WORDS if word.strip())}))
forms = st.sampled_from(["1001", "1002", "AB77", "X-9", "12 34"])


@given(st.lists(st.one_of(nulls, forms), min_size=1, max_size=30))
def test_strangers_without_an_identifier_are_never_duplicates(cells):
    waiting = read(pathway_id=cells, person_id=cells)
    nobody = waiting["pathway_id"].isna()
    assert (waiting.loc[nobody, "scope"] == "rtt_open").all()
    assert (waiting["scope"] == "rtt_open").sum() == nobody.sum() + waiting["pathway_id"].nunique()
    assert waiting.loc[nobody, "person_id"].isna().all()
    assert waiting["pathway_id"].tolist() == [one_form(cell) for cell in cells] or nobody.any()


@given(st.text(max_size=14))
def test_the_column_reads_an_identifier_as_one_form_does(cell):
    waiting = read(pathway_id=[cell, "B2"])
    assert values(waiting["pathway_id"])[0] == one_form(cell)
    form = one_form(cell)
    assert form is None or one_form(form) == form
