"""The script for improvement teams: a spreadsheet in, a folder beside it out, no traceback ever."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from equiwait.cli import main
from equiwait.samples import sample_path


@pytest.fixture
def run(root: Path, tmp_path: Path):
    def run(name: str, typed: str) -> subprocess.CompletedProcess[str]:
        # BROWSER: the report is "opened" by a program that does nothing, wherever the tests run.
        env = {**os.environ, "EQUIWAIT_PLACES": str(tmp_path / "places"), "BROWSER": f"{sys.executable} -c pass"}
        script = root / "examples" / "report_on_a_spreadsheet.py"
        command = [sys.executable, str(script), name]
        return subprocess.run(command, input=typed, capture_output=True, text=True, cwd=tmp_path, env=env, check=False)

    return run


def test_makes_a_folder_beside_the_spreadsheet(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EQUIWAIT_PLACES", str(tmp_path / "places"))
    assert main(["places", "build", "directory", str(sample_path("directory"))]) == 0
    assert main(["places", "build", "my_index", str(sample_path("index"))]) == 0
    before = shutil.copy(sample_path("childrens_surgery"), tmp_path / "surgery.xlsx").read_bytes()
    done = run("surgery.xlsx", "2026-10-31\n")
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "surgery - report of 2026-10-31"
    assert {path.name for path in folder.iterdir()} == {
        "report.html", "workbook.xlsx", "manifest.json", "released-figures.json", "tidy", "ordered-list-IN-TEAM.csv", "ordered-list-IN-TEAM.xlsx",
    }  # fmt: skip
    assert "Clock Start" in done.stdout
    assert "will not look at deprivation" in done.stdout  # imd2025 has not been built here
    assert (tmp_path / "surgery.xlsx").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "typed"), [("absent.xlsx", ""), ("other.xlsx", "2026-10-31\n"), ("surgery.xlsx", "soon\n")]
)
def test_what_goes_wrong_is_said_in_plain_words(run, tmp_path: Path, name: str, typed: str) -> None:
    shutil.copy(sample_path("childrens_surgery"), tmp_path / "surgery.xlsx")
    (tmp_path / "other.xlsx").write_bytes(b"not a workbook")
    before = {path.name for path in tmp_path.iterdir()}
    done = run(name, typed)
    assert done.returncode not in (0, 1)
    assert "could not be made" in done.stdout
    assert "Traceback" not in done.stderr
    assert "Do: " in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == before
