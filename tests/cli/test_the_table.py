"""One table of commands: it holds every verb that gives an answer, and every option of a verb is the verb's own."""

from __future__ import annotations

import inspect
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import equiwait
from equiwait.cli import main
from equiwait.cli.commands import GROUPS, TABLE, WITHOUT_COMMAND, Row, command, single
from equiwait.cli.list_options import ListOptions, index_asked
from equiwait.cli.messages import say
from equiwait.cli.verb_commands import Asked
from equiwait.samples import SNAPSHOT, sample_path

VERBS = {
    name
    for name in equiwait.__all__
    if callable(getattr(equiwait, name)) and not inspect.isclass(getattr(equiwait, name))
}
MADE = [row for row in TABLE if isinstance(row.runs, Asked)]


def test_every_verb_of_the_front_door_has_a_command_or_a_reason_for_none() -> None:
    answered = {verb for row in TABLE for verb in row.answers}
    assert VERBS - answered - set(WITHOUT_COMMAND) == set(), "add a row to TABLE, or say why not in WITHOUT_COMMAND"
    assert (answered | set(WITHOUT_COMMAND)) - VERBS == set(), "no such verb"
    assert answered & set(WITHOUT_COMMAND) == set()


def test_a_verb_that_gives_a_result_has_a_command() -> None:
    results = {
        name for name in VERBS if "Result" in _bases(inspect.signature(getattr(equiwait, name)).return_annotation)
    }
    assert {"tail", "disparities", "exits"} <= results
    assert not results & set(WITHOUT_COMMAND)


def _bases(annotation: object) -> set[str]:
    kind = getattr(equiwait, str(annotation), None)
    return {each.__name__ for each in kind.__mro__} if inspect.isclass(kind) else set()


def test_words_are_said_once_and_groups_are_said_what_they_are() -> None:
    words = [row.words for row in TABLE]
    assert len(set(words)) == len(words)
    assert {each.split()[0] for each in words if " " in each} == set(GROUPS)
    assert all(row.says.endswith(".") and len(row.says) < 90 for row in TABLE)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.words)
def test_every_command_says_what_each_option_is(row: Row, capsys) -> None:
    assert main([*row.words.split(), "--help"]) == 0
    assert "Usage: equiwait" in capsys.readouterr().out
    assert [each.name for each in single(row).params if not getattr(each, "help", "") and each.name != "help"] == []


@pytest.mark.parametrize("row", MADE, ids=lambda row: row.words)
def test_a_command_made_from_a_verb_has_all_its_options(row: Row) -> None:
    own = set(inspect.signature(getattr(equiwait, row.runs.verb)).parameters)
    options = {each.name for each in single(row).params}
    inputs = {"list": 1, "policy": 2, "ordered": 1, "two lists": 2, "several lists": 1}[row.runs.takes]
    tables = set(list(inspect.signature(getattr(equiwait, row.runs.verb)).parameters)[:inputs])
    assert own - options - tables - {row.runs.earlier} == set(row.runs.unasked)
    assert set(ListOptions.__dataclass_fields__) <= options


def test_the_front_page_names_every_command(capsys) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert [name for name in command().commands if f"  {name} " not in said] == []
    assert "--install-completion" in said


def test_completion_offers_the_commands() -> None:
    code = "import sys; from equiwait.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"_EQUIWAIT_COMPLETE": "complete_bash", "COMP_WORDS": "equiwait rel", "COMP_CWORD": "1", "PYTHONPATH": str(Path(equiwait.__file__).parents[1])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["release-check"]


LINKED = ["--snapshot", SNAPSHOT, "--directory", str(sample_path("directory")), "--index", str(sample_path("index"))]
LIST = str(sample_path("adult_ptl"))
BY = ["--by", "imd_quintile"]


@pytest.mark.parametrize(
    "typed",
    [
        ["check", LIST, *LINKED[:2]],
        ["tail", LIST, *LINKED, *BY, "--share", "0.2"],
        ["compare", LIST, *LINKED, *BY, "--policy", "england_default", "--policy", "nhsr_targets"],
    ],
    ids=lambda typed: typed[0],
)
def test_an_answer_as_json_is_the_answer_of_the_verb(typed: list[str], capsys) -> None:
    assert main([*typed, "--json"]) == 0
    out = capsys.readouterr()
    found = json.loads(out.out)
    assert (set(found), out.err) == ({"title", "section", "suppression", "in_team", "findings", "notes", "table"}, "")
    assert found["table"]
    assert main(typed) == 0
    assert found["title"] in capsys.readouterr().out


def test_the_answer_is_that_of_python(capsys) -> None:
    assert main(["tail", LIST, *LINKED, *BY, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["table"]
    waiting = equiwait.link_deprivation(
        equiwait.read_list(LIST, snapshot=SNAPSHOT), directory=sample_path("directory"), index=sample_path("index")
    )
    mine = equiwait.tail(equiwait.flag_missing(waiting), by="imd_quintile").table
    assert [row["n"] for row in found] == [None if value != value else value for value in mine["n"].tolist()]


@pytest.mark.parametrize("ending", [".html", ".xlsx", ".csv", ".json"])
def test_an_answer_goes_into_a_file(ending: str, tmp_path: Path, capsys) -> None:
    assert main(["tail", LIST, *LINKED, *BY, "--to", str(tmp_path / f"tail{ending}")]) == 0
    assert (tmp_path / f"tail{ending}").stat().st_size > 100


def test_what_names_people_or_is_exact_is_stamped(tmp_path: Path, capsys) -> None:
    assert main(["movers", LIST, *LINKED[:2], "--to", str(tmp_path / "movers.csv")]) == 0
    assert main(["tail", LIST, *LINKED, "--suppression", "none", "--to", str(tmp_path / "tail.csv")]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"movers-IN-TEAM.csv", "tail-IN-TEAM.csv"}
    assert main(["movers", LIST, *LINKED[:2], "--to", str(tmp_path / "movers.html")]) == 2
    assert ".csv, .json" in capsys.readouterr().err


def test_python_s_words_are_as_typed_here_too(capsys) -> None:
    assert main(["check", LIST, *LINKED[:2]]) == 0
    assert "columns=" not in capsys.readouterr().out


@pytest.mark.parametrize(("given", "asked"), [
    (r"C:\places\imd.csv", ("imd", "overall", r"C:\places\imd.csv")), (r"\\server\share\imd 2025.csv", ("imd", "overall", r"\\server\share\imd 2025.csv")),
    (r"idaci=C:\places\x.csv", ("idaci", "overall", r"C:\places\x.csv")), ("idaci:idaci=imd2025", ("idaci", "idaci", "imd2025")),
])  # fmt: skip
def test_paths_of_windows_are_no_options(given: str, asked: tuple[str, str, str]) -> None:
    assert index_asked(given) == asked


@pytest.mark.parametrize("page", ["cp437", "cp1252", "ascii", "utf-8"])
def test_whatever_the_code_page_of_the_console(page: str, tmp_path: Path) -> None:
    code = "import sys; from equiwait.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "policy", "show", "england_default"], capture_output=True, check=False,
        env={"PYTHONIOENCODING": page, "PYTHONPATH": str(Path(equiwait.__file__).parents[1])},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode(page).startswith("England: ")


@pytest.mark.parametrize("page", ["cp437", "cp850", "cp1252", "ascii"])
def test_the_sign_of_a_number_is_never_lost_on_an_old_code_page(page: str, monkeypatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=page, newline=""))
    say("−8.6 points to +4.8 points, ≥ 5 → 6")
    assert written.getvalue().decode(page).startswith("-8.6 points to +4.8 points, ")
    assert b"?" not in written.getvalue()
    say("\u0141")  # a letter that nothing stands for
    assert written.getvalue().endswith(b"?\n")
