"""CSV files as hospitals send them: every cell as it stands, every row whole, or one refusal that names the line."""

from __future__ import annotations

import gzip
import zipfile

import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import InputError
from equiwait.files import csv_tables
from equiwait.files.csv_tables import LONGEST_CELL, csv_table
from equiwait.files.read_table import read_table
from equiwait.files.sheets import read_sheets
from equiwait.files.text_files import TextFile

SECRET = "Zqx7Secret"
HEADER = "Pathway ID,Notes,RTT start"


def read(tmp_path, text, encoding="utf-8", name="list.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_table(path)


def refusal(tmp_path, text, **how):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text, **how)
    assert caught.value.__context__ is None
    assert SECRET not in str(caught.value)
    return str(caught.value)


# --- quotes ---


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            f'A,"left a message,2026-01-01\nB,{SECRET},2026-02-01\nC,fine,2026-03-01\n',
            "in the row of line 2 that is never closed",
        ),
        (
            f'A,fine,2026-01-01\nB,"call {SECRET},2026-02-01\nC,"fine",2026-03-01\n',
            "after a closing quote in the row of line 3",
        ),
        (f'A,"called {SECRET},2026-01-01\nC,back",2026-03-01\n', "opens in line 2 and takes in whole rows"),
        (f'A,"{SECRET},2026-01-01\nB,no,2026-02-01\nC,back",2026-03-01\n', "It closes in line 4"),
        (f'A,"{SECRET}" or so,2026-01-01\n', "after a closing quote in the row of line 2"),
    ],
)
def test_an_unclosed_quote_never_gives_one_person_the_dates_of_another(tmp_path, rows, words):
    assert words in refusal(tmp_path, f"{HEADER}\n{rows}")


def test_quotes_that_are_text_stay_text(tmp_path):
    frame = read(
        tmp_path,
        f'{HEADER}\nA,5" pipe,2026-01-01\nB,"said ""no"", twice",2026-02-01\nC,"two\nlines, one comma",2026-03-01\n',
    )
    assert frame["Notes"].tolist() == ['5" pipe', 'said "no", twice', "two\nlines, one comma"]
    assert frame["RTT start"].tolist() == ["2026-01-01", "2026-02-01", "2026-03-01"]


def test_a_cell_longer_than_any_spreadsheet_holds_is_refused_wherever_it_is(tmp_path):
    long = "x" * (LONGEST_CELL + 1)
    assert "line 2" in refusal(tmp_path, f"{HEADER}\nA,{long},2026-01-01\n")
    rows = "".join(f"{n},fine,2026-01-01\n" for n in range(20_000))
    assert "line 20,002" in refusal(tmp_path, f"{HEADER}\n{rows}A,{long},2026-01-01\n")
    assert read(tmp_path, f"{HEADER}\nA,{long[:-1]},2026-01-01\n")["Notes"].str.len().tolist() == [LONGEST_CELL]


# --- rows ---


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_rows_out_of_shape_are_counted_and_the_first_is_named(tmp_path, encoding, capfd):
    text = f"{HEADER}\nA,caf\xe9,2026-01-01\n{SECRET},2026-01-01\nC,a,2026-01-01,{SECRET}\n"
    told = refusal(tmp_path, text, encoding=encoding)
    assert "2 rows that do not fit its header of 3 cells" in told
    assert "line 3 with 2 cells" in told
    assert capfd.readouterr().err == ""


def test_what_ends_a_line_is_a_line_feed_or_a_carriage_return_and_nothing_else(tmp_path):
    odd = "a\x0cb\x0bc\x1cd\x85e\u2028f\u2029g"
    for end in ("\n", "\r\n", "\r"):
        frame = read(tmp_path, f"List of {odd}{end}{HEADER}{end}A,{odd},2026-01-01{end}B,,2026-02-01{end}")
        assert frame["Pathway ID"].tolist() == ["A", "B"]
        assert frame["Notes"].iloc[0] == odd


def test_blank_lines_and_rows_with_nothing_in_them_are_nobody(tmp_path):
    frame = read(tmp_path, f"\n\n{HEADER}\n\nA,,2026-01-01\n,,\n\nB,,2026-02-01\n,,\n ,\xa0,\n")
    assert frame["Pathway ID"].tolist() == ["A", "B"]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\xff\xfe", b"\n\n", b"\xef\xbb\xbf\r\n", b""])
def test_a_file_without_text_is_empty(tmp_path, content):
    assert "is empty" in refusal(tmp_path, content)


# --- separators, titles, headers ---


@pytest.mark.parametrize("mark", [";", "\t", "|", ","])
def test_notes_that_hold_other_separators(tmp_path, mark):
    others = [one for one in ";\t|," if one != mark]
    notes = f"ring {others[0]} write {others[1]} call {others[2]} visit {others[2]} again {others[2]} once more"
    rows = "".join(f"{n}{mark}{notes}{mark}2026-01-01\n" for n in range(5))
    frame = read(tmp_path, HEADER.replace(",", mark) + "\n" + rows)
    assert list(frame.columns) == HEADER.split(",")
    assert frame["Notes"].unique().tolist() == [notes]


def test_a_header_of_any_letters_leaves_every_cell_text(tmp_path):
    """001 and 01 were one person where a header had a line break, or a letter beyond ASCII in an older encoding."""
    for encoding in ("utf-8", "cp1252", "utf-16", "utf-8-sig"):
        text = '"Pathway\nID",RTT start,Numéro,"Größe"\n001,2026-01-01,1.0,1e3\n01,2026-02-01,TRUE,00\n'
        frame = read(tmp_path, text, encoding=encoding)
        assert list(frame.columns) == ["Pathway\nID", "RTT start", "Numéro", "Größe"]
        assert frame.to_numpy().tolist() == [["001", "2026-01-01", "1.0", "1e3"], ["01", "2026-02-01", "TRUE", "00"]]
        waiting = ew.read_list(tmp_path / "list.csv", snapshot="2026-10-31")
        assert waiting["pathway_id"].tolist() == ["001", "01"]


def test_titles_above_headers_of_ones_own(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("October\nFor the team, only\nMy number,Began,Note\nA,2026-01-01,x\nB,2026-02-01,y\n")
    assert list(read_table(path).columns) == ["My number", "Began", "Note"]


# --- letters ---


def test_a_letter_of_no_encoding_is_refused_by_its_line(tmp_path):
    told = refusal(tmp_path, HEADER.encode() + b"\nA,fine,2026-01-01\nB,caf\xe9 \x81,2026-01-01\n")
    assert "a letter in line 3" in told


def test_encodings_are_told_apart_far_down_the_file(tmp_path):
    rows = "".join(f"{n},plain,2026-01-01\n" for n in range(400_000))
    for encoding in ("utf-8", "cp1252"):
        frame = read(tmp_path, f"{HEADER}\n{rows}Z,caf\xe9,2026-01-01\n", encoding=encoding)
        assert len(frame) == 400_001
        assert frame["Notes"].iloc[-1] == "caf\xe9"


@pytest.mark.parametrize(
    "content", [bytes(range(256)), f"{HEADER}\nA,a\x00b,2026-01-01\n".encode(), b"PK\x03\x04\x00\x00"]
)
def test_what_is_no_text_is_refused(tmp_path, content):
    assert "not a text file" in refusal(tmp_path, content)


# --- packed ---


def test_packed_files_read_as_they_are(tmp_path):
    text = f"{HEADER}\nA,one,2026-01-01\n".encode()
    (tmp_path / "list.csv.gz").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr("list.csv", text)
    (tmp_path / "list.csv").write_bytes(text)
    plain = read_table(tmp_path / "list.csv")
    for name in ("list.csv.gz", "list.zip"):
        pd.testing.assert_frame_equal(read_table(tmp_path / name), plain)
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(text * 50)[:-9])
    with pytest.raises(InputError, match="could not be opened as a text file"):
        read_table(tmp_path / "cut.csv.gz")


# --- one answer, whichever way it was read ---


def test_the_quick_and_the_careful_reading_agree(tmp_path, monkeypatch):
    """A quote that stands oddly far down has the whole file read carefully; what was read before it is not read twice."""
    rows = "".join(f'{n},"a, ""b""\n{n}",2026-01-{n % 28 + 1:02}\n' for n in range(30_000))
    odd = f'{HEADER}\n{rows}Z,5" pipe,2026-01-01\n'
    path = tmp_path / "list.csv"
    path.write_text(odd)
    monkeypatch.setattr("equiwait.files.text_files._PIECE", 50_000)
    mixed = read_table(path)
    monkeypatch.setattr(csv_tables.CsvTable, "_pieces", lambda _self: iter([None]))
    careful = read_table(path)
    pd.testing.assert_frame_equal(mixed, careful)
    assert len(mixed) == 30_001


def test_columns_can_be_chosen(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(f'{HEADER}\nA,"x, y",2026-01-01\nB,5" pipe,2026-02-01\n')
    batches = list(csv_table(TextFile(path.name, path)).batches([2, 0]))
    assert [row for batch in batches for row in batch.to_pylist()] == [
        {"2": "2026-01-01", "0": "A"},
        {"2": "2026-02-01", "0": "B"},
    ]


def test_cells_of_a_published_table_keep_titles_and_notes(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('Title\n\na,b\n1,2\n3\nNote: x, y, z\n"4",\n')
    (sheet,) = read_sheets(path)
    assert sheet.cells() == [
        ["Title", "", ""],
        ["a", "b", ""],
        ["1", "2", ""],
        ["3", "", ""],
        ["Note: x", " y", " z"],
        ["4", "", ""],
    ]
    assert sheet.uneven == {3, 4}
    path.write_text("Period:,March\na,b\n1,2\n")
    assert read_sheets(path)[0].title("period") == "March"
    assert read_sheets(path)[0].uneven == frozenset()
