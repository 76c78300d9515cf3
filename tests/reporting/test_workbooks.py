"""The workbook: a cover, notes, one table a sheet, numbers as numbers and nothing that runs."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from equiwait.errors import DisclosureError
from equiwait.reporting import workbook
from equiwait.results import Result
from made_up import made_up


@pytest.fixture
def book(tmp_path: Path, gaps, silences, listed):
    return openpyxl.load_workbook(workbook(gaps, silences, listed, to=tmp_path / "w.xlsx", title="=Fair"))


def texts(sheet) -> list[object]:
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def head_of(sheet) -> int:
    """The row of a sheet's headings: that of its one table."""
    (table,) = sheet.tables.values()
    return int(re.match(r"A(\d+):", table.ref)[1])


def test_cover_notes_and_one_table_a_sheet(book) -> None:
    assert book.sheetnames == ["Cover", "Notes", "List", "Not recorded", "Gaps"]
    assert book["Cover"]["A1"].value == "=Fair"
    assert "Said twice." in texts(book["Notes"])
    assert "Counts of 1 to 7 are hidden and others are rounded to the nearest 5." in texts(book["Notes"])
    assert [len(sheet.tables) for sheet in book] == [1] * 5


def test_a_sentence_of_several_results_is_said_once(book) -> None:
    said = {row[1].value: row[0].value for row in book["Notes"].iter_rows(min_row=head_of(book["Notes"]) + 1)}
    assert said["Said twice."] == "What is not recorded; Waits"
    assert texts(book["Notes"]).count("Said twice.") == 1


def test_contents_lead_to_the_sheets(book) -> None:
    links = [row[0].hyperlink.location for row in book["Cover"].iter_rows() if row[0].hyperlink]
    assert [link.split("!")[0].strip("'") for link in links] == ["Notes", "List", "Not recorded", "Gaps"]


def test_numbers_are_numbers_and_hidden_is_a_word(book) -> None:
    sheet = book["Gaps"]
    top = head_of(sheet)
    head = {cell.value: cell.column for cell in sheet[top]}
    first, hidden = (sheet[row] for row in (top + 1, top + 4))
    assert first[head["Value"] - 1].value == pytest.approx(0.412)
    assert first[head["Value"] - 1].number_format == "0.0%"
    assert first[head["Difference (points)"] - 1].value == pytest.approx(12.2)
    assert first[head["Counted (n)"] - 1].value == 1240
    assert hidden[head["Counted (n)"] - 1].value == "hidden"
    assert hidden[head["Value"] - 1].value == "hidden"
    assert hidden[head["Difference (points)"] - 1].value is None


def test_every_number_of_every_result_is_in_the_workbook_and_no_other(book, gaps, silences, listed) -> None:
    for sheet, result in (("Gaps", gaps), ("Not recorded", silences), ("List", listed)):
        shown = [cell.value for row in book[sheet].iter_rows(min_row=head_of(book[sheet]) + 1) for cell in row]
        found = sorted(value for value in shown if isinstance(value, int | float))
        kept = [name for name in result.table.select_dtypes("number") if result.table[name].notna().any()]
        wanted = [
            100 * value if result.unit_of(name) == "points" else value
            for name in kept
            for value in result.table[name].dropna()
        ]
        assert found == pytest.approx(sorted(wanted)), sheet


def test_headers_stay_in_sight_and_columns_are_wide_enough(book) -> None:
    sheet = book["Gaps"]
    head = {cell.value: cell for cell in sheet[head_of(sheet)]}
    assert sheet.freeze_panes == f"B{head_of(sheet) + 1}"
    assert sheet.column_dimensions[head["Group"].column_letter].width >= len("Not recorded (blank)")


def test_what_is_the_same_in_every_row_is_said_above(book) -> None:
    assert any("Measure: Over 18 weeks" in str(text) for text in texts(book["Gaps"])[:4])
    assert "Measure" not in [cell.value for cell in book["Gaps"][head_of(book["Gaps"])]]


def test_every_sheet_prints_on_a4_with_its_headings_on_every_page(book) -> None:
    for sheet in book:
        setup, top = sheet.page_setup, head_of(sheet)
        assert (setup.orientation, setup.paperSize, setup.fitToHeight) == ("landscape", 9, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == f"${top}:${top}"


def test_rows_are_as_tall_as_their_text(tmp_path: Path) -> None:
    long = made_up(Result("T", pd.DataFrame({"group": ["a", "b"], "note": ["short", "words " * 60]})))
    sheet = openpyxl.load_workbook(workbook(long, to=tmp_path / "w.xlsx"))["List"]
    top = head_of(sheet)
    assert sheet.row_dimensions[top + 2].height > 60
    assert sheet.row_dimensions[top + 1].height is None


def test_no_cell_is_a_formula(book) -> None:
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert "=1+1" in texts(book["Not recorded"])


def test_another_reader_sees_the_same(tmp_path: Path, gaps) -> None:
    path = workbook(gaps, to=tmp_path / "w.xlsx")
    cells = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Gaps").to_python()
    assert cells[0][0] == "Waits"
    assert ["Q1", 1240.0] in [row[:2] for row in cells]


def test_the_same_results_give_the_same_bytes(tmp_path: Path, gaps) -> None:
    one, two = (workbook(gaps, to=tmp_path / name) for name in ("a.xlsx", "b.xlsx"))
    assert one.read_bytes() == two.read_bytes()


def test_nothing_outside_is_linked(tmp_path: Path, gaps, silences) -> None:
    path = workbook(gaps, silences, to=tmp_path / "w.xlsx")
    with zipfile.ZipFile(path) as archive:
        assert not any('TargetMode="External"' in archive.read(name).decode("utf-8") for name in archive.namelist())


def test_exact_numbers_are_refused_or_bannered_on_every_table(tmp_path: Path, exact) -> None:
    with pytest.raises(DisclosureError):
        workbook(exact, to=tmp_path / "w.xlsx")
    assert list(tmp_path.iterdir()) == []
    book = openpyxl.load_workbook(workbook(exact, to=tmp_path / "w.xlsx", allow_unsuppressed=True))
    banner = "In-team, not for release: small numbers are shown."
    assert all(banner in texts(sheet) and banner in sheet.oddHeader.right.text for sheet in book)
    assert book["Gaps"]["A2"].value == banner


def test_tables_looked_at_by_different_columns_have_their_own_sheets(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"by": ["sex", "sex", "a_very_long_name_of_a_column_indeed"], "group": ["1", "2", "x"], "n": [10, 20, 30]}
    )
    book = openpyxl.load_workbook(workbook(made_up(Result("T", table)), to=tmp_path / "w.xlsx"))
    assert book.sheetnames[2:] == ["List by sex", "List by a very long name of a c"]
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_text_longer_than_a_cell_is_cut(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(
        workbook(made_up(Result("T", pd.DataFrame({"a": ["x" * 40_000]}))), to=tmp_path / "w.xlsx")
    )
    assert max(len(str(text)) for text in texts(book["List"])) == 32_767


@pytest.mark.parametrize("by", ["Ward/Unit", "a[1]:*?\\b", "'quoted'", "History"])
def test_a_column_of_any_name_has_a_sheet(tmp_path: Path, by: str) -> None:
    table = pd.DataFrame({"by": [by, "sex"], "group": ["x", "1"], "n": [10, 20]})
    book = openpyxl.load_workbook(workbook(made_up(Result("T", table)), to=tmp_path / "w.xlsx"))
    assert len(book.sheetnames) == 4
    links = [row[0].hyperlink.location for row in book["Cover"].iter_rows() if row[0].hyperlink]
    assert [link.split("!")[0].strip("'") for link in links] == book.sheetnames[1:]


def test_results_without_rows_control_signs_and_no_limit_are_written(tmp_path: Path) -> None:
    odd = pd.DataFrame({"a\x01b": ["x\x02y", "z"], "n": [np.inf, -np.inf]})
    nothing = [made_up(Result("", pd.DataFrame({"group": [], "n": []}))), made_up(Result("T", pd.DataFrame()))]
    book = openpyxl.load_workbook(workbook(made_up(Result("T", odd)), *nothing, to=tmp_path / "w.xlsx"))
    assert "no upper limit" in texts(book["List"])
    assert len(book.sheetnames) == 5
