"""The script for improvement teams: a spreadsheet in, a folder beside it out, no traceback ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from equiwait.cli import main
from equiwait.samples import write_examples


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `equiwait examples` writes."""
    assert main(["examples", str(tmp_path / "examples")]) == 0
    return tmp_path / "examples"


@pytest.fixture
def run(folder: Path, tmp_path: Path):
    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        env = {
            **os.environ,
            "EQUIWAIT_PLACES": str(tmp_path / "places"),
            "BROWSER": f"{sys.executable} -c raise(SystemExit(9))",
        }
        command = [sys.executable, str(folder / "report_on_a_spreadsheet.py"), *arguments]
        return subprocess.run(
            command, input=typed, capture_output=True, text=True, cwd=folder / "sample", env=env, check=False
        )

    return run


def test_the_examples_are_a_whole_folder_that_can_be_written_again(folder: Path) -> None:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"README.md", "report_on_a_spreadsheet.py", "Report on a spreadsheet.bat", "sample/policy.toml"} < names
    assert len([name for name in names if name.startswith("notebooks/")]) == 6
    assert write_examples(folder)[1] == []


def test_asks_again_shows_deprivation_and_needs_nobody_to_press_a_key(run, folder: Path) -> None:
    sample = folder / "sample"
    (sample / "broken.xlsx").write_bytes(b"not a workbook")
    before = (sample / "childrens_surgery.xlsx").read_bytes()
    done = run(typed="absent.xlsx\nbroken.xlsx\nchildrens_surgery.xlsx\nsoon\n31/10/2026\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "There is no file 'absent.xlsx'" in done.stdout
    assert "not a day that can be read" in done.stdout
    assert "31 October 2026" in done.stdout
    assert "Clock Start" in done.stdout
    made = {path.name for path in (sample / "childrens_surgery - report of 2026-10-31").iterdir()}
    assert {"report.html", "workbook.xlsx", "tidy", "ordered-list-IN-TEAM.xlsx"} <= made
    gaps = (sample / "childrens_surgery - report of 2026-10-31" / "tidy" / "gaps.csv").read_text(encoding="utf-8")
    assert "imd_quintile" in gaps
    assert (sample / "childrens_surgery - report of 2026-10-31" / "tidy" / "unknowns.csv").exists()
    assert (sample / "childrens_surgery.xlsx").read_bytes() == before


def test_both_answers_at_once_are_enough_and_without_places_it_says_so(run, folder: Path) -> None:
    for name in ("index.csv", "policy.toml"):
        (folder / "sample" / name).unlink()
    rows = [f"p{i},2026-0{1 + i % 9}-05,{'12'[i % 2]},P2,IRTT" for i in range(90)]
    (folder / "sample" / "small.csv").write_text(
        "\n".join(["pathway id,clock start,sex,p code,waiting list type", *rows])
    )
    done = run("small.csv", "31 Oct 2026")
    assert (done.returncode, done.stderr) == (0, "")
    assert "will not look at deprivation" in done.stdout
    assert (folder / "sample" / "small - report of 2026-10-31" / "ordered-list-IN-TEAM.xlsx").exists()


@pytest.mark.parametrize("arguments", [("absent.xlsx",), ("childrens_surgery.xlsx", "soon")])
def test_where_nobody_answers_it_says_what_to_type(run, folder: Path, arguments: tuple[str, ...]) -> None:
    before = {path.name for path in (folder / "sample").iterdir()}
    done = run(*arguments)
    assert done.returncode not in (0, 1)
    assert "Type both at once" in done.stdout
    assert "could not be made" in done.stdout
    assert done.stderr == ""
    assert {path.name for path in (folder / "sample").iterdir()} == before
