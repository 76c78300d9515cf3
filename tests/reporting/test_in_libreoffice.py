"""Opened by a program that is not ours: nothing to repair, text stays text, and every page can be read."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from equiwait.reporting import ordered_list, workbook
from equiwait.reporting.governance import governance
from equiwait.results import Result
from equiwait.rows.policies import Policy
from made_up import made_up

ODD = [
    "=1+1",
    "+44 20",
    "@home",
    "-1-1",
    '=HYPERLINK("http://x.invalid","x")',
    "0012",
    "<b>&amp;",
    "two\nlines",
    "é‏א",
    "'quoted",
]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A profile of its own, so that LibreOffice runs beside another."""
    return f"-env:UserInstallation={tmp_path_factory.mktemp('profile').as_uri()}"


@pytest.fixture
def convert(libreoffice: str, profile: str, tmp_path: Path):
    def convert(path: Path, kind: str) -> Path:
        out = tmp_path / "converted"
        command = [libreoffice, profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        made = out / f"{path.stem}.{kind}"
        if not made.exists() and path.suffix == ".docx" and "could not be loaded" in done.stderr:
            if os.environ.get("EQUIWAIT_REQUIRE_LIBREOFFICE"):
                pytest.fail("LibreOffice Writer is required here, and there is none")
            pytest.skip("LibreOffice Writer is absent: papers are not opened as others open them")
        assert made.exists(), done.stderr
        return made

    return convert


@pytest.fixture
def booked(tmp_path: Path) -> Path:
    rows = len(ODD)
    scored = pd.DataFrame(
        {
            "pathway_id": ODD,
            "provider": "EQ0",
            "specialty": "=171",
            "rank": pd.array(range(1, rows + 1), dtype="Int32"),
            "score": [12.345] * rows,
            "tier_name": "P2",
            "why": ["Tier P2. Counted: wait, and much more besides. " * 4] * rows,
            "score_status": "scored",
            "tci_date": pd.to_datetime(["2026-11-05"] * rows),
            "policy": "mine abc",
        }
    )
    return ordered_list(scored, to=tmp_path / "o")[1]


def cells_of(path: Path, sheet: str) -> list[list[object]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path)[sheet].iter_rows()]


def test_the_ordered_list_comes_back_cell_by_cell(convert, booked: Path) -> None:
    again = openpyxl.load_workbook(convert(booked, "xlsx"))
    for sheet in openpyxl.load_workbook(booked):
        theirs = {cell.coordinate: cell for row in again[sheet.title].iter_rows() for cell in row}
        ours = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert [theirs[cell.coordinate].value for cell in ours] == [cell.value for cell in ours]
        assert {theirs[cell.coordinate].data_type for cell in ours} <= {"s", "n", "d"}
    dates = [cell for row in again["Ordered list"].iter_rows() for cell in row if isinstance(cell.value, dt.datetime)]
    assert [cell.value for cell in dates] == [dt.datetime(2026, 11, 5)] * len(ODD)


def test_the_workbook_comes_back_cell_by_cell(convert, tmp_path: Path, gaps, silences, listed) -> None:
    made = workbook(gaps, silences, listed, to=tmp_path / "w.xlsx", title="=Fair")
    again = convert(made, "xlsx")
    for name in openpyxl.load_workbook(made).sheetnames:
        ours = [[value for value in row if value is not None] for row in cells_of(made, name)]
        theirs = [[value for value in row if value is not None] for row in cells_of(again, name)]
        assert [row for row in theirs if row] == [row for row in ours if row]


def test_headings_of_any_kind_need_no_repair(convert, tmp_path: Path) -> None:
    odd = pd.DataFrame({"a\x01b": ["x\x02y", "z"], "two\nlines": [1, 2], '<&">': [3, 4], "": [5, 6], "ｗide é": [7, 8]})
    made = workbook(made_up(Result("T", odd)), to=tmp_path / "w.xlsx")
    again = openpyxl.load_workbook(convert(made, "xlsx"))["List"]
    assert [cell.value for cell in again[3]][:3] == ["A b", "Two lines", '<&">']


def test_printed_it_is_stamped_and_headed_on_every_page(convert, booked: Path) -> None:
    pages = _pages(convert(booked, "pdf"))
    assert len(pages) >= 3  # a sheet each
    assert all("IN-TEAM: patient-level, not for release" in page for page in pages)
    assert "Place" in pages[0]
    assert "Tier P2. Counted: wait" in pages[0]


def test_a_paper_for_word_opens_and_names_its_blanks(convert, tmp_path: Path, gaps) -> None:
    made = governance(Policy.preset("paediatric_surgery_illustrative"), gaps, to=tmp_path / "papers")
    pages = _pages(convert(next(path for path in made if path.name == "data-protection.docx"), "pdf"))
    assert "Data protection" in pages[0]
    text = " ".join(" ".join(pages).split())
    assert "To be written by: The Caldicott Guardian. The national data opt-out" in text


def _pages(path: Path) -> list[str]:
    """The text of each page, by the program that comes with the reader of PDFs; skips, saying so, where it is absent."""
    try:
        done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("pdftotext is absent: printed pages are not read")
    return done.stdout.split("\f")[:-1]
