"""Sheets whose rows are written at once: XlsxWriter, a cell at a time, gives the same bytes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pandas as pd
import pytest
import python_calamine

from equiwait.files.csv_out import write_list
from equiwait.reporting import book_sheets, quick_sheets
from equiwait.reporting.book_sheets import Column, Looks, as_cell, new_book, put_table
from equiwait.reporting.team_book import save_team_book

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
        Column("Plain numbers", NUMBERS, 9, "General"),
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


def cells(path: Path) -> Iterator[tuple[object, ...]]:
    for sheet in openpyxl.load_workbook(path):
        yield (
            sheet.title,
            sheet.dimensions,
            sheet.freeze_panes,
            *sheet.tables.items(),
        )
        yield from ((row, each.height) for row, each in sheet.row_dimensions.items())
        for each in (each for row in sheet.iter_rows() for each in row):
            yield each.coordinate, each.value or None, each.number_format, each.font.b, each.alignment.horizontal


def test_blocks_of_rows_and_texts_that_stand_in_their_cells_are_read_as_if_written_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TABLES, "all kinds", TABLES["all kinds"][1:])
    monkeypatch.setitem(TABLES, "one column", [Column("Words", WORDS, 12)])
    written(tmp_path / "cells.xlsx", by_row=False)
    monkeypatch.setattr(book_sheets, "_BLOCK", 7)
    monkeypatch.setattr(quick_sheets, "_SHARED", 3)
    monkeypatch.setattr(quick_sheets, "_IN_MEMORY", 100)
    written(tmp_path / "rows.xlsx", by_row=True)
    assert list(cells(tmp_path / "rows.xlsx")) == list(cells(tmp_path / "cells.xlsx"))


@pytest.mark.parametrize(("by_row", "shared"), [(True, 0), (True, 4096), (False, 4096)])
def test_a_text_that_looks_like_a_look_is_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_row: bool, shared: int
) -> None:
    monkeypatch.setattr(quick_sheets, "_SHARED", shared)
    texts = ["<r>rich</r>", "<r>R&D</r>", "<r></r>", "<r>open", "<r><t>x</t></r>", "<r>'\"\n</r>", "b"]
    with new_book(tmp_path / "a.xlsx", "Tables") as book:
        put_table(book, Looks(book), "a", ["<r>above</r>"], [Column("<r>head</r>", texts, 12)], by_row=by_row)
    read = [row[0].value for row in openpyxl.load_workbook(tmp_path / "a.xlsx")["a"].iter_rows()]
    assert read == ["<r>above</r>", "<r>head</r>", *texts]
    (table,) = python_calamine.CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_name("a").to_python()[:1]
    assert table == ["<r>above</r>"]


@pytest.mark.parametrize("fails", [False, True])
def test_rows_that_do_not_fit_in_memory_have_no_name_and_are_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    monkeypatch.setattr(quick_sheets, "_IN_MEMORY", 1)
    held = []

    def write() -> None:
        with new_book(tmp_path / "a.xlsx", "Tables") as book:
            put_table(book, Looks(book), "a", ["a"], TABLES["wide and long"])
            held.extend([*(sheet.rows for sheet in book.worksheets()), list(tmp_path.iterdir())])
            if fails:
                raise ValueError("the rest is not written")

    if fails:
        with pytest.raises(ValueError, match="the rest"):
            write()
    else:
        write()
    rows, seen = held
    assert rows._rolled, "they were not in memory"
    assert rows.closed
    assert seen == []
    assert [path.name for path in tmp_path.iterdir()] == ([] if fails else ["a.xlsx"])


def peak(path: Path, rows: int) -> int:
    """The most memory that a workbook of so many people takes, beyond their rows."""
    at = pd.Series(range(rows))
    people = pd.DataFrame({"pathway_id": "P" + at.astype(str), "row": at + 1})
    for name in ("days_waiting", "score", "score_low", "score_high", "a", "b", "c", "d"):
        people[name] = at * 7 % 1000 / 4
    people["tci_date"] = pd.Timestamp("2026-10-31") - pd.to_timedelta(at % 300, unit="D")
    people["specialty"] = ("10" + (at % 10).astype(str)).astype("category")
    tracemalloc.start()
    try:
        save_team_book(people, path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_workbook_of_more_people_takes_hardly_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XlsxWriter by itself takes 4,000 bytes more for each row; what is left are the packed rows and a few columns."""
    monkeypatch.setattr(quick_sheets, "_IN_MEMORY", 1 << 16)
    peak(tmp_path / "first.xlsx", 10)
    more = peak(tmp_path / "many.xlsx", 9_000) - peak(tmp_path / "few.xlsx", 3_000)
    assert more < 6_000 * 400


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


@pytest.mark.parametrize(
    "kind", ["date32[day][pyarrow]", "timestamp[us][pyarrow]", "datetime64[ns]", "datetime64[us, Europe/London]"]
)
def test_days_of_every_type_are_days_in_a_workbook_and_in_a_list(tmp_path: Path, kind: str) -> None:
    days = (
        pd.Series(["2026-07-01", None])
        .astype("datetime64[s]")
        .dt.tz_localize("Europe/London" if "Lon" in kind else None)
    )
    days = days.astype(kind)
    assert list(Column.of("Booked for", days, 12).cells) == [46204.0, None]
    write_list(pd.DataFrame({"day": days}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines() == ['"day"', "2026-07-01", ""]


def test_flags_are_yes_and_no_whatever_holds_them() -> None:
    for flags in (
        [True, None, False],
        pd.array([True, None, False], "boolean"),
        pd.array([True, None, False], "bool[pyarrow]"),
    ):
        assert list(Column.of("Past", pd.Series(flags, dtype=getattr(flags, "dtype", object)), 12).cells) == [
            "yes",
            None,
            "no",
        ]
