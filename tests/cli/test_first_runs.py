"""The first run of a stranger's file: a report by one command, or one sentence that leads to it; the second month is silent."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pandas as pd
import pytest
from hospital_exports import SHAPES, suggested, written

from equiwait.cli import main
from equiwait.cli.list_options import ListOptions
from equiwait.cli.messages import Steps
from equiwait.cli.run_report import Job
from equiwait.cli.saved_mapping import NAME, read_mapping
from equiwait.errors import EquiwaitError
from equiwait.samples import sample_path

ROWS = 90


def run(capsys, *typed: object) -> tuple[int, str]:
    code = main([str(each) for each in typed])
    said = capsys.readouterr()
    return code, said.out + said.err


@pytest.mark.parametrize("name", SHAPES)
def test_each_export_is_read_and_what_its_report_lacks_is_said(name: str, tmp_path: Path, capsys) -> None:
    """Up to what is counted; whole reports on all twenty by ``python -m hospital_exports`` in tests/cli."""
    path, more = written(name, tmp_path, ROWS), []
    if SHAPES[name].first:
        code, said = run(capsys, "check", path, "--snapshot", "2026-10-31")
        assert code in (3, 4)
        assert SHAPES[name].first in said
        more = suggested(said)
        assert more
        assert "INVENTED" not in said
    listed = ListOptions(path, "2026-10-31", columns=more[1::2])
    waiting, policy, groups, on_top = Job(listed, tmp_path / "out").prepared(Steps())
    assert len(waiting) == ROWS
    assert (waiting["scope"] == "rtt_open").all()
    assert (policy is not None and (waiting["score_status"] == "scored").any()) == (
        not any("SUGGESTED" in each or "PLACE" in each for each in on_top)
    )
    assert (groups is not None) == any("NO GAPS" in each for each in on_top) or groups == ["imd_decile", "ethnicity"]
    assert all("  Do: " in each for each in on_top[1::2])


def test_two_columns_give_the_report_that_can_be_made(tmp_path: Path, capsys) -> None:
    path = written("two columns", tmp_path, ROWS)
    code, said = run(capsys, "report", path, "--snapshot", "2026-10-31", "--out", tmp_path / "out")
    assert code == 0
    assert [line[:12] for line in said.splitlines()[::2][:3]] == ["NO SUGGESTED", "NO GAPS BETW", "The report i"]
    assert (tmp_path / "out" / "report.html").stat().st_size > 3_000


def test_there_are_twenty_each_with_its_source() -> None:
    assert len(SHAPES) == 20
    assert all(shape.source for shape in SHAPES.values())


@pytest.fixture
def ptl(tmp_path: Path) -> Path:
    return written("a usual ptl", tmp_path, ROWS)


def said_on_top(path: Path, *columns: str, all_are: str | None = None) -> list[str]:
    return Job(ListOptions(path, "2026-10-31", columns=list(columns), all_are=all_are), path.parent).prepared(Steps())[
        3
    ]


def test_a_usual_ptl_gets_its_order_by_what_is_said_on_top(ptl: Path, tmp_path: Path, capsys) -> None:
    why, cure = said_on_top(ptl)
    assert why == "NO SUGGESTED ORDER was made: england_default needs list_type, and the list has no such column."
    assert "--all-are admitted" in cure
    people, cure = said_on_top(ptl, all_are="admitted")
    assert people.startswith("THE ORDER GOES BY PEOPLE'S NUMBERS")
    assert "=pathway_id" in cure
    typed = ["score", ptl, "--snapshot", "2026-10-31", "--all-are", "admitted"]
    code, said = run(capsys, *typed, "--to", tmp_path / "out")
    assert (code, people in said) == (0, True)
    ordered = pd.read_csv(tmp_path / "out" / "ordered-list-IN-TEAM.csv")
    assert (ordered["score_status"] == "scored").sum() > ROWS / 2
    assert ordered["person_id"].notna().all()
    code, said = run(capsys, "explain", *typed[1:], "--id", ordered["person_id"][0])
    assert (code, said[:18]) == (0, "Suggested place 1;")


def test_a_persons_number_is_never_proposed_for_a_pathway(tmp_path: Path, capsys, monkeypatch) -> None:
    for header in ("NHS Number", "Hospital No", "MRN", "Unit Number", "Patient ID"):
        path = tmp_path / "list.csv"
        rows = [f"{7_000_000 + at // 2},2026-0{1 + at % 9}-01,P2,IRTT" for at in range(ROWS)]
        path.write_text(f"{header},clock start,p code,list type\n" + "\n".join(rows), encoding="utf-8")
        on_top = " ".join(said_on_top(path))
        assert "THE ORDER GOES BY PEOPLE'S NUMBERS" in on_top
        assert f"{header}=pathway_id" not in on_top
        monkeypatch.setattr(sys, "stdin", io.StringIO("\n" * 9))
        run(capsys, "map", path)
        assert read_mapping(tmp_path / NAME).columns == {}
        (tmp_path / NAME).unlink()
    path.write_text("clock start,p code,list type\n2026-01-01,P2,IRTT\n", encoding="utf-8")
    assert "=person_id if it is the person's" in " ".join(said_on_top(path))


def test_nobody_placed_is_said_on_top_with_the_cure(tmp_path: Path, capsys) -> None:
    path = tmp_path / "list.csv"
    rows = [f"p{at},2026-0{1 + at % 9}-01,{'P2' if at % 2 else 'P3'},{1 + at % 2}," for at in range(ROWS)]
    path.write_text("pathway id,clock start,p code,sex,list type\n" + "\n".join(rows), encoding="utf-8")
    why, cure = said_on_top(path)
    assert why.startswith("NOBODY HAS A PLACE on the suggested order: most rows are not said to wait for admission")
    assert "--all-are admitted" in cure
    assert said_on_top(path, all_are="admitted") == []
    assert "NOBODY HAS A PLACE" in run(capsys, "score", path, "--snapshot", "2026-10-31")[1]


def test_all_are_admitted_is_refused_where_the_list_says_otherwise(tmp_path: Path, capsys) -> None:
    path = written("an outpatient list", tmp_path, ROWS)
    code, said = run(
        capsys, "report", path, "--snapshot", "2026-10-31", "--out", tmp_path / "out", "--all-are", "admitted"
    )
    assert (code, "Leave --all-are out" in said) == (2, True)
    code, said = run(
        capsys, "report", path, "--snapshot", "2026-10-31", "--out", tmp_path / "out", "--all-are", "outpatients"
    )
    assert (code, "admitted" in said) == (2, True)


@pytest.mark.parametrize(("words", "hint", "code"), [
    (["report", "{list}", "--directory", "{directory}"], "--index imd2025", 2),
    (["report", "{folder}"], "Name the file: ", 3),
    (["report", "{list}", "--index", "imd2025"], "equiwait places build imd2025", 5),
    (["report", "{list}", "--index", "{index}"], "--directory", 4),
    (["report", "{list}", "--mapping", "{folder}/none.toml"], "equiwait map", 2),
    (["map", "{folder}"], "is a folder", 3),
    (["headings", "{folder}"], "is a folder", 3),
])  # fmt: skip
def test_what_stops_a_first_run_is_one_sentence_with_what_to_type(
    words, hint: str, code: int, ptl: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.setenv("EQUIWAIT_PLACES", str(tmp_path / "places"))
    names = {"list": ptl, "folder": tmp_path, "directory": sample_path("directory"), "index": sample_path("index")}
    typed = [word.format(**names) for word in words]
    end = ["--snapshot", "2026-10-31", "--out", str(tmp_path / "out")] if words[0] == "report" else []
    found, said = run(capsys, *typed, *end)
    assert (found, hint in said) == (code, True), said


# --- the second month -------------------------------------------------------------------------------------------------


@pytest.fixture
def theatre(tmp_path: Path) -> Path:
    return written("a theatre list", tmp_path, ROWS)


def test_asked_once_and_the_second_month_is_silent(theatre: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n\nPrimaryMrn\nyes\n"))
    code, said = run(capsys, "map", theatre)
    assert code == 0
    assert "Which header is the day that the wait began? [PlacedOnWaitingListDate]:" in said
    assert read_mapping(tmp_path / NAME).columns == {
        "PlacedOnWaitingListDate": "clock_start",
        "PrimaryMrn": "person_id",
    }
    november = tmp_path / "november.csv"
    november.write_bytes(theatre.read_bytes())
    assert said_on_top(november) == []
    code, said = run(capsys, "score", november, "--snapshot", "2026-10-31", "--to", tmp_path / "out")
    assert (code, len(said.splitlines())) == (0, 1)
    assert (tmp_path / "out" / "ordered-list-IN-TEAM.csv").exists()
    code, said = run(capsys, "map", theatre)
    assert (code, "--overwrite" in said) == (2, True)


def test_a_mapping_by_options_asks_nothing(ptl: Path, tmp_path: Path, capsys) -> None:
    other = tmp_path / "mine.toml"
    code, _ = run(
        capsys, "map", ptl, "--to", other, "--columns", "Hospital Number=pathway_id", "--all-are", "admitted", "--yes"
    )
    assert code == 0
    assert 'all_are = "admitted"' in other.read_text(encoding="utf-8")
    code, said = run(capsys, "score", ptl, "--snapshot", "2026-10-31", "--to", tmp_path / "out", "--mapping", other)
    assert (code, said.startswith("Written: ")) == (0, True)


def test_a_priority_in_bare_numbers_is_asked_about(tmp_path: Path, capsys, monkeypatch) -> None:
    path = written("priority in bare numbers", tmp_path, ROWS)
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\nr\n"))
    assert run(capsys, "map", path)[0] == 0
    found = read_mapping(tmp_path / NAME)
    assert (found.columns, found.all_are) == ({"Priority": "referral_priority"}, "admitted")


def test_an_answer_that_is_no_header_and_a_file_that_changed_are_said(
    theatre: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("PlacedOnWaitinglist\n"))
    code, said = run(capsys, "map", theatre)
    assert (code, "Did you mean 'PlacedOnWaitingListDate'?" in said) == (2, True)
    assert not (tmp_path / NAME).exists()
    (tmp_path / NAME).write_text('[columns]\n"Gone" = "clock_start"\n', encoding="utf-8")
    code, said = run(capsys, "report", theatre, "--snapshot", "2026-10-31", "--out", tmp_path / "out")
    assert (code, "'Gone'" in said) == (4, True)


@pytest.mark.parametrize(
    "text", ["columns = 7", "colour = 'red'", "all_are = 1", "not toml", "[columns]\na = 1", "\xff"]
)
def test_a_mapping_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(EquiwaitError, match="equiwait map"):
        read_mapping(path)


def test_where_nobody_can_answer_nothing_is_saved(theatre: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    for ended in (io.StringIO(""), None):
        monkeypatch.setattr(sys, "stdin", ended)
        code, said = run(capsys, "map", theatre)
        assert (code, "Nobody answers" in said, "--yes" in said) == (2, True, True)
        assert not (tmp_path / NAME).exists()


def test_all_files_that_are_not_there_are_named_at_once_and_before_the_list_is_read(tmp_path, capsys):
    given = ["--directory", "no-dir.csv", "--index", "imd=no-index.csv", "--policy", "no-policy.toml"]
    code, told = run(
        capsys, "report", tmp_path / "no-list.csv", "--snapshot", "2026-10-31", "--out", tmp_path / "o", *given
    )
    assert code == 2
    for name in (
        "the list 'no-list.csv'",
        "--directory 'no-dir.csv'",
        "--index 'no-index.csv'",
        "--policy 'no-policy.toml'",
    ):
        assert name in told
    (tmp_path / "bad.csv").write_text("no column of ours\n1\n")
    code, told = run(
        capsys, "report", tmp_path / "bad.csv", "--snapshot", "2026-10-31", "--out", tmp_path / "o", *given[4:]
    )
    assert "There is no policy file 'no-policy.toml'" in told
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    "typed",
    [["persistence", "--earlier", "early.csv@2026-09-30"], ["trend", "--earlier", "early.csv@2026-09-30", "--by", "sex"],
     ["representation", "--population", "early.csv"], ["adherence", "--treated", "early.csv"], ["exits", "--earlier", "early.csv", "--earlier-snapshot", "2026-09-30"]],
    ids=lambda typed: typed[0],
)  # fmt: skip
def test_what_a_command_reads_beside_its_list_is_named_with_it(tmp_path, capsys, monkeypatch, typed):
    monkeypatch.chdir(tmp_path)
    code, told = run(capsys, typed[0], "gone.csv", "--snapshot", "2026-10-31", *typed[1:])
    assert ("2 files are not there" in told, code) == (True, 2), told
    assert f"the list 'gone.csv', {typed[1]} 'early.csv'" in told
    (tmp_path / "early.csv").write_text("clock_start\n2026-01-01\n")
    code, told = run(capsys, typed[0], "gone.csv", "--snapshot", "2026-10-31", *typed[1:])
    assert "inside equiwait" not in told
    assert "gone.csv" in told
