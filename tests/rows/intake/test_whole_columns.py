"""What is done to a column as a whole, by its bytes or as it stands, is what would be done to each cell by itself."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from equiwait.fields import FIELDS
from equiwait.fields.missing_words import clean, missing_word
from equiwait.rows.intake.cells import cleaned
from equiwait.rows.intake.date_columns import DateColumn
from equiwait.rows.intake.ethnicity_codes import homes_of_people
from equiwait.rows.intake.identifiers import one_form, read_identifiers
from equiwait.rows.intake.kinds_of_cells import read_flags, read_text
from equiwait.rows.intake.letters import Letters
from equiwait.rows.intake.notes import joined
from equiwait.rows.intake.scopes import derive

TODAY = dt.date(2026, 10, 31)
BLANKS = [*" \t\n\r\x1c\x1f\x85\u00a0\u1680\u2003\u2028\u2029\u202f\u3000", "  ", " \u00a0", "\u00a0\u00a0"]
MARKS = [*"\x00\x07\x7f\x9f\u00ad\u200b\u200e\ufe0f\ufeff\ufffd", "\u0301", "\u034f"]
WORDS = [
    "A", "b", "NW1", "6XE", "CF", "w", "0", "1", "9", "99", "2345678", "123456789", "0123456789", "00", "7777777", "N/A", "null",
    "not known", "Refused", "#REF!", "##", "+", ".", ".0", "-", "\u2013", "\uff0d", "\uff11", "\u00e9", "\ufb01", "1.23E+11", "/", " - ",
]  # fmt: skip
CELLS = st.lists(st.sampled_from([*BLANKS, *MARKS, *WORDS]), max_size=5).map("".join)
COLUMNS = st.lists(st.none() | CELLS, max_size=12)


def column(cells: list[str | None]) -> pa.Array:
    """Make a text column that begins in the middle of another, with bytes behind its missing cells."""
    whole = pa.array(["\u00a0 -#9", *("x -\u00e9" if cell is None else cell for cell in cells), " \u200b"], pa.string())
    gone = pa.array([True, *(cell is not None for cell in cells), True])
    bits, (_, ends, letters) = gone.buffers()[1], whole.buffers()
    return pa.Array.from_buffers(pa.string(), len(whole), [bits, ends, letters])[1:-1]


@given(COLUMNS)
def test_cells_are_cleaned_as_one_is(cells):
    assert cleaned(column(cells)).text.to_pylist() == [clean(cell) or None for cell in cells]
    alone = [cell for cell in cells if cell]
    assert cleaned(pa.array(alone, pa.string())).text.to_pylist() == [clean(cell) or None for cell in alone]


@given(COLUMNS)
def test_bytes_say_of_cells_what_the_cells_say(cells):
    letters = Letters.of(column(cells))
    for place, cell in enumerate(cells):
        if not cell:
            continue
        assert letters.beyond_ascii()[place] == (not cell.isascii())
        assert letters.holds(".+#-")[place] == bool(re.search("[.+#-]", cell))
        assert letters.unprintable()[place] == (not (cell.isascii() and cell.isprintable()))
        assert letters.perhaps_without_digits()[place] or re.search("[0-9]", cell)
        assert letters.perhaps_of_one()[place] or len(set(cell)) > 1 or not cell.isascii()
        assert letters.perhaps_counting()[place] or not re.match("0?123456789", cell)


@given(COLUMNS)
def test_what_is_taken_out_of_cells_is_taken_out_of_each(cells):
    letters = Letters.of(column(cells))
    left = letters.without(np.flatnonzero(letters.letters == ord(" ")))
    assert left.text.to_pylist() == [None if cell is None else cell.replace(" ", "") for cell in cells]
    assert left.without_cells(left.lengths == 0).text.to_pylist() == [
        (cell or "").replace(" ", "") or None for cell in cells
    ]


@example(["/", "-12", "-1.0"])
@example(["\u2013", "12", "x"])
@given(COLUMNS)
def test_identifiers_of_a_column_have_the_form_that_each_has(cells):
    problems = {}
    read = read_identifiers(FIELDS["pathway_id"], column(cells), problems)
    assert read.to_pylist() == [one_form(cell) for cell in cells]


@example(["99 - Refused", "99", "#N/A", "Not known", "1 - Refused", "/", "\ufffd1", "x"])
@given(st.lists(CELLS, min_size=8, max_size=8))
def test_words_are_found_in_a_long_column_of_text_as_in_a_short_one(cells):
    filler = [f"{number} High Street" for number in range(1_500)]
    among = [*filler[:700], *cells, *filler[700:]]
    problems, alone = {}, {}
    read = read_text(FIELDS["consultant"], column(among), problems).to_pylist()[700:708]
    single = read_text(FIELDS["consultant"], column(cells), alone).to_pylist()
    for place, cell in enumerate(map(clean, cells)):
        looked_at = re.search(r"^[^0-9]{1,60}$|^#|^99|\ufffd", cell)  # of many cells those with digits are no words
        assert read[place] == (single[place] if looked_at else cell or None)
        if looked_at and missing_word(cell) != "blank":
            assert {code for code in problems if problems[code][700 + place]} == {
                code for code in alone if alone[code][place]
            }


DAYS = st.dates(dt.date(1850, 1, 1), dt.date(2190, 1, 1)) | st.sampled_from(
    [dt.date(9999, 12, 31), dt.date(1900, 1, 1), dt.date(1900, 1, 2), dt.date(1989, 12, 31), dt.date(1990, 1, 1), TODAY]
)


@pytest.mark.parametrize("name", ["clock_start", "date_of_birth"])
@given(days=st.lists(st.none() | DAYS, max_size=9))
def test_days_that_have_a_type_are_read_as_days_in_words(name, days):
    typed, spelt = {}, {}
    reader = DateColumn(name, "day_first", TODAY)
    read = reader.read(pa.array([None, *days], pa.date32())[1:], typed)
    words = reader.read(pa.array([None if day is None else day.isoformat() for day in days], pa.string()), spelt)
    assert read.type == words.type
    assert read.equals(words)
    assert {code: rows.tolist() for code, rows in typed.items()} == {
        code: rows.tolist() for code, rows in spelt.items()
    }


@pytest.mark.parametrize("blank_means", [{}, {"carer": True}, {"carer": False}])
@given(flags=st.lists(st.none() | st.booleans(), max_size=9))
def test_flags_that_have_a_type_are_read_as_flags_in_words(blank_means, flags):
    typed, spelt, field = {}, {}, FIELDS["carer"]
    read = read_flags(field, pa.array([True, *flags], pa.bool_())[1:], typed, blank_means)
    words = pa.array([None if flag is None else str(flag) for flag in flags], pa.string())
    assert read.equals(read_flags(field, words, spelt, blank_means))
    assert {code: rows.tolist() for code, rows in typed.items()} == {
        code: rows.tolist() for code, rows in spelt.items()
    }


@example(born=[dt.date(1906, 10, 31), dt.date(1905, 10, 31)], today=TODAY)
@example(born=[dt.date(2004, 2, 29), dt.date(2004, 3, 1)], today=dt.date(2026, 2, 28))
@given(
    born=st.lists(st.none() | st.dates(dt.date(1900, 1, 2), dt.date(2027, 12, 31)), min_size=1, max_size=9),
    today=st.dates(dt.date(1995, 1, 1), dt.date(2030, 12, 31)),
)
def test_years_lived_are_counted_from_birthday_to_birthday(born, today):
    columns, problems = {"date_of_birth": pa.array(born, pa.date32())}, {}
    derive(columns, len(born), today, problems)
    for age, day in zip(columns["age"].to_pylist(), born, strict=True):
        lived = None if day is None else today.year - day.year - ((today.month, today.day) < (day.month, day.day))
        assert age == (lived if lived is not None and 0 <= lived <= 120 and day <= today else None)


@given(st.integers(0, 9), st.dictionaries(st.sampled_from(["a", "b_c", "d"]), st.integers(0, 511)))
def test_problems_of_a_row_are_joined_in_order(rows, said):
    problems = {code: np.array([bool(bits >> row & 1) for row in range(rows)], bool) for code, bits in said.items()}
    problems = {code: here for code, here in problems.items() if here.any()}
    texts = joined(problems, rows)
    assert texts.to_pylist() == [
        ";".join(sorted(code for code in problems if problems[code][row])) for row in range(rows)
    ]
    assert sorted(set(texts.to_pylist())) == sorted(texts.dictionary.to_pylist()) or not rows


@given(
    st.lists(
        st.none() | st.sampled_from(["CF10 1AA", "sa1 1aa", "Ll5", "NPX", "np", "W1", "C", "B1 1AA", "", "\u00e9A1"])
    )
)
def test_people_who_live_in_wales_are_counted(cells):
    columns = {
        "ethnicity": pa.array(["A"] * len(cells), pa.string()),
        "postcode": column(cells),
        "area_code": column(cells),
    }
    told = homes_of_people(columns)
    given_ = [cell for cell in cells if cell is not None]
    assert told["postcodes"] == told["area_codes"] == len(given_)
    assert told["postcodes_in_wales"] == sum(bool(re.match(r"(?i)(CF|LD|LL|NP|SA)\d", cell)) for cell in given_)
    assert told["area_codes_in_wales"] == sum(bool(re.match(r"(?i)W\d", cell)) for cell in given_)


@pytest.mark.parametrize("place", [0, 1, 2, -1, -2, -3])
def test_a_byte_of_each_cell_is_the_same_where_all_are_as_long_as_where_they_differ(place):
    for cells in (["abcd", "efgh", "ijkl"], ["ab", "cd"], ["a", "b"]):
        alike, unlike = pa.array(cells), pa.array([*cells, "longer"])
        if place < len(cells[0]):
            assert Letters.of(alike).at(place).tolist() == Letters.of(unlike).at(place).tolist()[:-1]


def test_each_name_of_a_long_column_of_codes_is_read_once():
    names = [f"EQ{place} 1AA" for place in range(1_500)] + ["Refused", "#REF!", " eq9  9zz ", None]
    places = pa.array([*(place % len(names) for place in range(4_000)), None], pa.int32())
    coded = pa.DictionaryArray.from_arrays(places, pa.array(names))
    problems, plainly = {}, {}
    read = read_text(FIELDS["postcode"], coded, problems)
    assert read.to_pylist() == read_text(FIELDS["postcode"], coded.dictionary_decode(), plainly).to_pylist()
    assert {code: rows.tolist() for code, rows in problems.items()} == {
        code: rows.tolist() for code, rows in plainly.items()
    }
    assert set(problems) == {"postcode_not_stated", "postcode_invalid"}
