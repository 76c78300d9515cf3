"""What a cell is, before any directory is asked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equiwait.rows.places import postcode_tables, postcodes

CASES = {
    "SW1A 1AA": "postcode",
    "sw1a1aa": "postcode",
    "  M1   1AE ": "postcode",
    "M1    1AE": "postcode",
    "\u2003M1\u00a0\t1 AE\x1c": "postcode",
    "S W1A1A\u00a0A": "postcode",
    "SW1A\u00a01A\u00b2": "malformed",
    "\u00c2 1AA": "malformed",
    "EC1Y\u00a08SY": "postcode",
    "E\u200bC1Y 8SY": "postcode",
    "NPT 4UY": "postcode",
    "GIR 0AA": "postcode",
    "gir0aa": "postcode",
    "QX1 1AA": "postcode",
    "AA1 1AA": "postcode",
    "SW1A 1AA.": "repaired",
    "SW1A-1AA": "repaired",
    "SW1A OAA": "repaired",
    "CRO 2YR": "repaired",
    "P01 2AL": "repaired",
    "BI IAA": "repaired",
    "0X1 2JD": "repaired",
    "ZZ99 3VZ": "no_fixed_abode",
    "zz993vz": "no_fixed_abode",
    "NFA": "no_fixed_abode",
    "No fixed abode": "no_fixed_abode",
    "ZZ99 3WZ": "address_unknown",
    "ZZ99 3CZ": "address_unknown",
    "ZZ99 1WZ": "address_unknown",
    "ZZ99 2WZ": "address_unknown",
    "ZZ99 3GZ": "address_unknown",
    "Unknown": "address_unknown",
    "ZZ99 6CZ": "overseas",
    "ZZ99 6GZ": "overseas",
    "ASCN 1ZZ": "overseas",
    "GX11 1AA": "overseas",
    "AI-2640": "overseas",
    "A65 F4E2": "overseas",
    "D6W XY00": "overseas",
    "JE2 3AB": "crown_dependency",
    "GY1 1AA": "crown_dependency",
    "im1 1aa": "crown_dependency",
    "BFPO 58": "forces",
    "BF1 2AA": "forces",
    "B1": "malformed",
    "SW1A 1A": "malformed",
    "SW1A 1CA": "malformed",
    "XSW1A 1AA": "malformed",
    "12345": "malformed",
    "ZZ99": "malformed",
    "W1K? 3RH": "malformed",
    "W1K* 3RH": "malformed",
    "BH9\u00e9 2LE": "malformed",
    "M1?0 0SY": "malformed",
    "M1_0 0SY": "malformed",
    "M1\u00b2 0SY": "malformed",
    "\u017fW1A 1AA": "malformed",
    "\u0412S1 4DJ": "malformed",
    "M1\u06615 0SY": "malformed",
    "BI_IAA": "malformed",
    "ZZ99 3?VZ": "malformed",
    "BFPO\u0665\u0668": "malformed",
    "\uff33\uff371A \uff11AA": "repaired",
    "\uff3a\uff3a99 3VZ": "no_fixed_abode",
    "(SW1A\u20601AA)": "repaired",
    "SW1A\u00ad 1AA": "repaired",
    "SW1A\x0b1AA": "postcode",
    "No_fixed_abode": "no_fixed_abode",
    "N/A": "missing",
    "na": "missing",
    "": "missing",
    "   ": "missing",
    ".": "missing",
    "NULL": "missing",
}


@pytest.mark.parametrize(("cell", "kind"), CASES.items())
def test_each_cell_is_what_it_is(cell: str, kind: str) -> None:
    assert postcodes.classify_postcode([cell]).to_pylist() == [kind]


def test_all_at_once_as_one_by_one() -> None:
    cells = [*CASES, None]
    assert postcodes.classify_postcode(cells).to_pylist() == [*CASES.values(), "missing"]


def test_any_make_of_column_gives_the_same() -> None:
    cells = [*CASES, None] * 3
    expected = postcodes.classify_postcode(cells).to_pylist()
    makes = [
        pd.Series(cells),
        pd.Series(cells, dtype="category"),
        pa.array(cells),
        pa.array(cells, pa.large_string()),
        pa.array(cells).dictionary_encode(),
        pa.chunked_array([cells[:50], cells[50:]]),
        pa.array(["B1 1BB", *cells]).slice(1),
    ]
    for column in makes:
        assert postcodes.classify_postcode(column).to_pylist() == expected


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_long_column_is_read_stretch_by_stretch_as_a_short_one(kind: pa.DataType) -> None:
    cells = [*CASES, None]
    many = 2**15 // len(cells) + 2  # so that a stretch ends among them
    expected, found = postcodes.read(pa.array(cells, kind)), postcodes.read(pa.array(["?", *cells * many], kind)[1:])
    assert found.number.tolist() == expected.number.tolist() * many
    assert found.kind.tolist() == expected.kind.tolist() * many


def test_no_cells() -> None:
    assert postcodes.classify_postcode([]).to_pylist() == []
    assert postcodes.normalise_postcode(pa.array([], pa.string())).to_pylist() == []


def test_pseudo_postcodes_are_spelt_with_their_space() -> None:
    assert postcodes.normalise_postcode(["zz993vz", "ZZ99  6CZ", "NFA"]).to_pylist() == ["ZZ99 3VZ", "ZZ99 6CZ", None]


def test_every_repair_is_listed() -> None:
    told = postcodes.repair_postcode(
        ["SW1A 1AA", "sw1a 1aa", "SW1A1AA", "SW1A\u00a01AA", "SW1A 1AA.", "SW1A IAA", "m2o1ae.", None]
    )
    spaced = ["", "case", "spacing", "spacing", "marks", "O/0 or I/1", "case; spacing; marks; O/0 or I/1", None]
    assert told.to_pylist() == spaced


_STRAY = set(".,;:'\"`()/\\\\-")
_FOREIGN = (
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp"])
    .filter(lambda letter: not (letter.isascii() and letter.isalnum()) and letter not in _STRAY)
    .filter(lambda letter: not "\uff01" <= letter <= "\uff5e")
)
_REAL = ("W1K 3RH", "BH9 2LE", "M1 0SY", "B1 1AA", "SW1A 1AA", "EC1Y8SY", "m115aa", "GIR 0AA", "ZZ99 3VZ")


@given(st.sampled_from(_REAL), st.integers(0, 8), st.one_of(st.sampled_from("?*_#@\u00e9\u0412\u00b2"), _FOREIGN))
@settings(max_examples=1000, derandomize=True, deadline=None)
def test_a_foreign_character_never_gives_another_postcode(postcode: str, at: int, foreign: str) -> None:
    for cell in (postcode[:at] + foreign + postcode[at:], postcode[:at] + foreign + postcode[at + 1 :]):
        assert postcodes.classify_postcode([cell]).to_pylist() == ["malformed"]
        assert postcodes.normalise_postcode([cell]).to_pylist() == [None]


def test_full_width_letters_keep_their_place() -> None:
    wide = ["\uff2d\uff11\uff12 0SY", "M1\uff12 0sy", "\uff3a\uff3a99 3VZ"]
    assert postcodes.normalise_postcode(wide).to_pylist() == ["M12 0SY", "M12 0SY", "ZZ99 3VZ"]
    assert postcodes.repair_postcode(wide[:2]).to_pylist() == ["marks", "case; marks"]


def _swapped_once(text: str) -> list[str]:
    swaps = {"O": "0", "0": "O", "I": "1", "1": "I"}
    return [text[:at] + swaps[letter] + text[at + 1 :] for at, letter in enumerate(text) if letter in swaps]


def test_a_repair_never_lands_on_another_real_place(nov_2022_rows: pd.DataFrame) -> None:
    """Every O/0 and I/1 slip in every real outward part is mended to that part, or left as it is: never to another."""
    real = sorted({postcode[:-3].strip() for postcode in nov_2022_rows["pcd"]})
    slips = [(slip, outward) for outward in real for slip in _swapped_once(outward)]
    read = postcodes.normalise_postcode([f"{slip} 2AB" for slip, _ in slips]).to_pylist()
    mended = [(text or "").split(" ")[0] for text in read]
    wrong = [
        (slip, outward, got)
        for (slip, outward), got in zip(slips, mended, strict=True)
        if got not in (outward, slip, "")
    ]
    assert len(slips) > 1_500
    assert wrong == []
    share = np.mean([got == outward for (_, outward), got in zip(slips, mended, strict=True)])
    assert share > 0.9  # the rest could be meant as they stand


def test_all_real_postcodes_are_read_and_spelt_right(nov_2022_rows: pd.DataFrame) -> None:
    proper = postcodes.normalise_postcode(nov_2022_rows["pcd"]).to_pylist()
    assert [text.replace(" ", "") for text in proper] == [text.replace(" ", "") for text in nov_2022_rows["pcd"]]
    assert all(text[-4] == " " for text in proper)


@given(st.text(max_size=12))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_no_text_breaks_the_reader_and_spelling_is_stable(text: str) -> None:
    kind = postcodes.classify_postcode([text]).to_pylist()[0]
    proper = postcodes.normalise_postcode([text]).to_pylist()[0]
    assert kind in postcodes.KINDS
    if proper is not None:
        assert postcodes.normalise_postcode([proper]).to_pylist() == [proper]
        assert postcodes.repair_postcode([proper]).to_pylist() == [""]


@given(st.from_regex(r"[A-Z]{1,2}[1-9][0-9A-HJ-NP-Z]? ?[0-9][ABD-HJLNP-UW-Z]{2}", fullmatch=True))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_well_formed_postcodes_keep_their_characters(text: str) -> None:
    if postcodes.classify_postcode([text]).to_pylist() == ["postcode"]:
        assert postcodes.normalise_postcode([text]).to_pylist()[0].replace(" ", "") == text.replace(" ", "")


def test_the_outward_parts_of_a_few_numbers_are_named_without_naming_them_all() -> None:
    numbers = np.array([0, *postcode_tables.outwards_like("GIR"), *postcode_tables.outwards_like("ZZ99"), 1])
    assert postcode_tables.outward_names(numbers) == ["", "GIR", "ZZ99", "A0"]


@pytest.mark.parametrize(
    "cell", ["NK", "nfa", "B1", "AB1", "B1?", "\u00a0NFA\u00a0", "zz993vz", "A65F4E2", "unknown.", "no fixed abode"]
)
def test_a_word_is_read_the_same_whether_others_have_marks_or_not(cell: str) -> None:
    alone = postcodes.classify_postcode([cell]).to_pylist()
    assert postcodes.classify_postcode(["SW1A 1AA.", cell, "B1 ??", "*"]).to_pylist()[1:2] == alone
