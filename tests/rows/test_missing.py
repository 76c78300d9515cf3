"""`flag_missing`: four silences, kept apart."""

from __future__ import annotations

import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import ColumnsError, OptionError

RAW = pd.DataFrame({
    "clock_start": ["2026-04-01"] * 6,
    "ethnicity": ["A", "Z", "99", "", "??", "J"],
    "sex": ["1", "X", "0", "", "q", "9"],
    "dob": ["01/02/1950", "", "nonsense", "1900-01-01", "01/02/2050", "1950-02-01"],
    "postcode": ["EQ1 1AA", "", "ZZ99 3VZ", "ZZ99 3WZ", "rubbish", "EQ9 9ZZ"],
})  # fmt: skip


def read():
    return ew.read_list(RAW, snapshot="2026-10-31")


def test_reasons_by_field():
    flagged = ew.flag_missing(read())
    assert flagged["missing_ethnicity"].tolist() == [
        "recorded",
        "not_stated",
        "not_known",
        "blank",
        "invalid",
        "recorded",
    ]
    assert flagged["missing_sex"].tolist() == ["recorded", "not_known", "not_known", "blank", "invalid", "recorded"]
    assert flagged["missing_date_of_birth"].tolist() == [
        "recorded",
        "blank",
        "invalid",
        "invalid",
        "recorded",
        "recorded",
    ]


def test_a_postcode_after_linking_says_more_and_no_fixed_abode_is_no_gap():
    status = ["matched", "missing", "no_fixed_abode", "address_unknown", "malformed", "not_found"]
    flagged = ew.flag_missing(read().assign(link_status=pd.Categorical(status)))
    assert flagged["missing_postcode"].tolist() == ["recorded", "blank", "recorded", "not_known", "invalid", "invalid"]


def test_every_field_has_the_same_five_categories_and_the_rows_stay():
    waiting = read().set_index(pd.Index(list("abcdef")))
    flagged = ew.flag_missing(waiting, ["ethnicity", "sex"])
    assert flagged.index.tolist() == list("abcdef")
    assert list(flagged["missing_sex"].cat.categories) == ["recorded", "blank", "not_stated", "not_known", "invalid"]
    pd.testing.assert_frame_equal(flagged[waiting.columns], waiting)


def test_wrong_fields_are_refused():
    with pytest.raises(OptionError, match="Did you mean 'ethnicity'"):
        ew.flag_missing(read(), ["ethnicty"])
    with pytest.raises(ColumnsError, match="carer"):
        ew.flag_missing(read(), ["carer"])


def test_a_p_code_is_due_for_people_listed_for_admission_only():
    raw = pd.DataFrame({
        "clock_start": ["2026-04-01"] * 4, "list_type": ["IRTT", "IRTT", "ORTT", "ORTT"], "priority": ["P2", "", "", "P3"],
        "decision_to_admit": ["", "", "", "2026-05-01"],
    })  # fmt: skip
    flags = ew.flag_missing(ew.read_list(raw, snapshot="2026-10-31"))["missing_priority"]
    assert flags.astype(object).where(flags.notna(), None).tolist() == ["recorded", "blank", None, "recorded"]
    everybody = ew.flag_missing(
        ew.read_list(raw.drop(columns=["list_type", "decision_to_admit"]), snapshot="2026-10-31")
    )
    assert everybody["missing_priority"].tolist() == ["recorded", "blank", "blank", "recorded"]
