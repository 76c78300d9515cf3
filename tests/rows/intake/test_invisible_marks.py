"""Marks that nobody sees make no group of their own, in any column."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lists import SNAPSHOT, problems, read, values

import equiwait as ew
from equiwait.fields.missing_words import clean
from equiwait.rows.intake.cells import cleaned

MARKS = [
    "\u200b",
    "\ufeff",
    "\u200e",
    "\u200f",
    "\u202a",
    "\u2060",
    "\u00ad",
    "\u2066",
    "\x00",
    "\x1f",
    "\u180e",
    "\ufe0f",
    "\u3164",
]
CELLS = {
    "specialty": "CARDIOLOGY", "provider": "RXX", "ethnicity": "A", "sex": "1", "P code": "P2", "rtt_status": "20", "list_type": "IRTT",
    "LD flag": "Y", "age": "44", "tci_date": "2026-11-30", "postcode": "EQ1 1AA", "pathway_id": "AB12", "Ward": "East wing", "imd_decile": "3",
}  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_that_nobody_sees_changes_nothing(mark):
    whole = read(**{name: [cell] for name, cell in CELLS.items()})
    for cells in (
        {n: [mark + c] for n, c in CELLS.items()},
        {n: [c[:1] + mark + c[1:]] for n, c in CELLS.items()},
        {n: [c + mark] for n, c in CELLS.items()},
    ):
        marked = read(**cells)
        if mark in ("\x00", "\x1f"):  # in columns of the user's own only marks of Unicode are taken out
            marked["Ward"] = whole["Ward"]
        pd.testing.assert_frame_equal(marked, whole)


def test_one_specialty_is_one_group():
    cells = [
        "Cardiology",
        "Cardio\u200blogy",
        "Cardiology\u00a0",
        "\ufeffcardiology",
        " CARDIOLOGY ",
        "Cardiology\u200e",
    ]
    assert set(read(specialty=cells)["specialty"]) == {"CARDIOLOGY"}
    assert set(read(site=["East  wing", "East wing", "East\u00a0wing", "East\twing"])["site"]) == {"East wing"}
    own = read(Ward=["East", "Ea\u200bst", "\ufeffEast"])
    assert set(own["Ward"]) == {"East"}


OWN = ["Ea\u200bst", "East", None, "West"]
FORMS = {
    "objects": pd.Series(OWN, dtype=object),
    "strings": pd.Series(OWN, dtype="string"),
    "the usual": pd.Series(OWN),
    "categories": pd.Series(OWN, dtype="category"),
    "categories of strings": pd.Series(OWN, dtype="string").astype("category"),
    "categories in an order": pd.Series(pd.Categorical(OWN, ["West", "Ea\u200bst", "East"], ordered=True)),
    "strings of Arrow": pd.Series(OWN, dtype=pd.ArrowDtype(pa.large_string())),
    "codes of Arrow": pd.Series(OWN, dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
}
ARROW = {
    "string": pa.array(OWN),
    "large": pa.array(OWN, pa.large_string()),
    "view": pa.array(OWN, pa.string_view()),
    "codes": pa.array(OWN).dictionary_encode(),
    "codes of large": pa.array(OWN, pa.large_string()).dictionary_encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_marks_go_from_own_text_however_a_frame_holds_it(form):
    own = read(Ward=FORMS[form])["Ward"]
    assert values(own) == ["East", "East", None, "West"]
    if isinstance(FORMS[form].dtype, pd.CategoricalDtype):
        assert own.cat.ordered == FORMS[form].cat.ordered
        assert own.cat.categories.tolist() == (["West", "East"] if own.cat.ordered else ["East", "West"])
    else:
        assert own.dtype == FORMS[form].dtype or form == "strings"


@pytest.mark.parametrize("form", ARROW)
def test_marks_go_from_own_text_in_each_of_arrows_forms(form):
    raw = pa.table({"clock_start": ["2026-04-01"] * 4, "Ward": ARROW[form]})
    assert values(ew.read_list(raw, snapshot=SNAPSHOT)["Ward"]) == ["East", "East", None, "West"]


def test_own_text_without_a_mark_is_not_touched():
    for form, held in FORMS.items():
        plain = held.dropna().iloc[1:].reset_index(drop=True)
        plain = plain.cat.remove_unused_categories() if isinstance(plain.dtype, pd.CategoricalDtype) else plain
        pd.testing.assert_series_equal(read(Ward=plain)["Ward"], plain, check_names=False, obj=form)


def test_marks_in_headers():
    raw = pd.DataFrame({"\ufeffPathway ID": ["a"], "RTT\u200b start": ["2026-04-01"], "Wa\u200brd": ["x"]})
    waiting = ew.read_list(raw, snapshot=SNAPSHOT)
    assert {"pathway_id", "clock_start", "Ward"} <= set(waiting.columns)


def test_a_cell_of_marks_alone_is_blank():
    waiting = read(ethnicity=["\u200b"], specialty=["\ufeff "], **{"LD flag": ["\u200e"]})
    assert (
        values(waiting["ethnicity"]) == values(waiting["specialty"]) == values(waiting["learning_disability"]) == [None]
    )
    assert problems(waiting) == [set()]


@given(st.text(max_size=20))
def test_cleaning_twice_is_cleaning_once_and_leaves_no_mark(cell):
    once = clean(cell)
    assert clean(once) == once
    assert not any(mark in once for mark in MARKS)


@given(st.lists(st.one_of(st.none(), st.text(max_size=9)), min_size=1, max_size=9))
def test_text_columns_are_cleaned_as_cells_are(cells):
    """Written for a column (Arrow) and for a cell (Python), the rule is one."""
    assert cleaned(pa.array(cells, pa.string())).text.to_pylist() == [clean(cell) or None for cell in cells]
