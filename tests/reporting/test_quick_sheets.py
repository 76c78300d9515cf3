"""Sheets whose rows are written at once: XlsxWriter, a cell at a time, gives the same bytes."""

from __future__ import annotations

from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pandas as pd
import pytest

from equiwait.reporting.book_sheets import Column, Looks, as_cell, new_book, put_table

WORDS = ["P2", "P2", None, "a < b & c", " spaces ", "=1+1", "two\nlines", "_x0041_", "<r>rich</r>", "\x01", ""]
NUMBERS = [1.0, 0.1 + 0.2, None, -3.0, 1e22, 1e-9, "hidden", 5.0, 7.0, 1.5, 2.0]
TABLES = {
    "one column": [Column("Words", WORDS, 12)],
    "one row": [Column("Words", ["a"], 12), Column("Numbers", [2.0], 9, "0.0")],
    "no row": [Column("Words", [], 12), Column("Numbers", [], 9, counts=True)],
    "all kinds": [
        Column("Words", WORDS, 12),
        Column("Numbers", NUMBERS, 9, ["0.0", "0"] * 5 + ["0.00"], counts=True),
        Column("Nothing", [None] * 11, 8),
        Column("Aside", [f"row {row // 2}" for row in range(11)], 8, printed=False),
    ],
    "wide and long": [Column(f"c{at}", [float(row * at) for row in range(40)], 9, "0") for at in range(30)],
}


def written(path: Path, *, by_row: bool) -> bytes:
    with new_book(path, "Tables") as book:
        looks = Looks(book)
        for name, columns in TABLES.items():
            put_table(book, looks, name, [name, "What must be known."], columns, by_row=by_row)
    return path.read_bytes()


def test_rows_at_once_are_the_bytes_of_cell_after_cell(tmp_path: Path) -> None:
    assert written(tmp_path / "rows.xlsx", by_row=True) == written(tmp_path / "cells.xlsx", by_row=False)


def test_each_text_stands_once_and_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    written(path, by_row=True)
    sheet = openpyxl.load_workbook(path)["all kinds"]
    (table,) = sheet.tables.values()
    rows = list(sheet[table.ref])[1:]
    assert [row[0].value for row in rows][:6] == WORDS[:6]
    assert [row[1].value for row in rows][:4] == [1, pytest.approx(0.3), None, -3]


@pytest.mark.parametrize("text", ["a" * 40_000, "\U0001f3e5" * 20_000, "a" + "\U0001f3e5" * 20_000])
def test_a_text_that_no_cell_holds_is_cut_by_the_units_that_excel_counts(text: str) -> None:
    cut = as_cell(text)
    assert text.startswith(cut)
    assert 32_766 <= len(cut.encode("utf-16-le")) / 2 <= 32_767


def test_a_column_of_a_frame_says_each_text_as_it_is_written() -> None:
    for kind in ("str", "category", object):
        series = pd.Series(["b", None, "a", "b"], dtype=kind)
        assert list(Column.of("Words", series, 9).cells) == ["b", None, "a", "b"]
    assert list(Column.of("Codes", pd.Series([2, None, 1], dtype="category"), 9).cells) == ["2", None, "1"]
