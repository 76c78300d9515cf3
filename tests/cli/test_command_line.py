"""The two commands, and everything that can stop them: one clear message, an exit code, nothing half-written."""

from __future__ import annotations

import gc
import html
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import equiwait
from equiwait import errors
from equiwait.cli import EXIT_CODES, main
from equiwait.cli.libraries import tell_libraries
from equiwait.cli.messages import as_typed
from equiwait.samples import sample_path, write_examples
from equiwait.samples.example_files import SAMPLES

EVERYTHING = {
    "manifest-key-IN-TEAM.txt",
    "report.html", "workbook.xlsx", "ordered-list-IN-TEAM.csv", "ordered-list-IN-TEAM.xlsx", "manifest.json", "released-figures.json", "gaps.csv",
    "missing.csv", "list.csv", "list-2.csv", "order.csv",
}  # fmt: skip


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("demo") / "out"
    done = subprocess.run(
        [sys.executable, "-m", "equiwait", "demo", "--out", str(out)], capture_output=True, text=True, check=False
    )
    return out, done


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A list that can be reported on: ninety people, two groups."""
    path = tmp_path / "small.csv"
    rows = [f"p{i},{'2026-01-05' if i % 3 else '2026-09-01'},{'A' if i % 2 else 'B'},E01" for i in range(90)]
    path.write_text("pathway id,clock start,ethnicity,site\n" + "\n".join(rows), encoding="utf-8")
    return path


def test_governance_writes_the_papers_of_a_policy_and_a_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        f"p{i},{'2026-01-05' if i % 3 else '2026-09-01'},{'P2' if i % 4 else 'P3'},{'A' if i % 2 else 'B'},IRTT"
        for i in range(90)
    ]
    path = tmp_path / "small.csv"
    path.write_text("pathway id,clock start,p code,ethnicity,waiting list type\n" + "\n".join(rows), encoding="utf-8")
    asked = ["governance", str(path), "--snapshot", "2026-10-31", "--out", str(tmp_path / "papers")]
    assert main([*asked, "--policy", "england_default"]) == 0
    assert "boxes marked “to be written” are for a named person" in capsys.readouterr().out
    assert {each.suffix for each in (tmp_path / "papers").iterdir()} == {".docx", ".html", ".json"}
    assert main([*asked, "--policy", "none"]) == EXIT_CODES[errors.OptionError]


class TestDemo:
    def test_ends_well_and_is_quiet_on_the_error_stream(self, demo) -> None:
        _, done = demo
        assert (done.returncode, done.stderr) == (0, "")

    def test_writes_everything(self, demo) -> None:
        made = names(demo[0]) - names(demo[0] / "sample")
        assert made == {*EVERYTHING, "unknowns.csv", "movement.csv"}
        assert names(demo[0] / "sample") == {"adult_ptl.csv", "directory.csv", "index.csv", "policy.toml"}

    def test_what_is_said_at_the_end_stands_in_the_report(self, demo) -> None:
        """What the audit of all files hides is not said beside them."""
        out, done = demo
        page = " ".join(html.unescape(re.sub(r"<[^>]+>", "", (out / "report.html").read_text("utf-8"))).split())
        said = [line.removeprefix("- ") for line in done.stdout.splitlines() if line.startswith("- ")]
        assert said
        assert [finding for finding in said if finding not in page] == []

    def test_says_where_the_report_is_and_the_whole_idea(self, demo) -> None:
        out, done = demo
        lines = done.stdout.splitlines()
        assert lines[0] == f"The report is in {out / 'report.html'}"
        said = " ".join(line for line in lines if line.startswith("- "))
        for words in (
            "longer waits among 1 (most deprived)",
            "Ethnicity: 7.4% blank",
            "hold whatever the missing",
            "would move down",
        ):
            assert words in said

    def test_is_linked_flagged_ordered_and_labelled(self, demo) -> None:
        ordered = pd.read_csv(demo[0] / "ordered-list-IN-TEAM.csv")
        assert ordered["rank"].notna().any()
        assert ordered["policy"].str.contains("not approved").all()
        assert {"matched", "repaired", "missing"} <= set(ordered["link_status"])
        assert ordered.loc[ordered["link_status"] == "matched", "area_code"].notna().all()
        assert set(ordered["imd_decile"].dropna()) == set(range(1, 11))
        assert set(ordered["imd_quintile"].dropna()) == set(range(1, 6))
        assert {"blank", "not_stated", "not_known"} <= set(ordered["missing_ethnicity"])
        assert {"missing_postcode", "missing_sex", "missing_date_of_birth", "missing_priority"} < set(ordered)
        gaps = pd.read_csv(demo[0] / "tidy" / "gaps.csv")
        assert {"imd_quintile", "ethnicity", "age_band", "sex"} <= set(gaps["by"])

    def test_the_report_says_how_it_was_linked_and_which_policy_ordered_it(self, demo) -> None:
        page = (demo[0] / "report.html").read_text(encoding="utf-8")
        assert re.search(r"eastquay_adults [0-9a-f]{12}.*\[not approved\]", page)
        assert "it is not approved for use" in page
        assert "A person decides" in page
        assert "How postcodes and areas were linked" in page
        linked = pd.read_csv(demo[0] / "tidy" / "list-2.csv").set_index("code")
        assert linked.loc["matched", "n"] > 1000
        assert linked.loc[linked["suppressed"], ["n", "share"]].isna().all(axis=None)
        assert (linked["n"].dropna() % 5 == 0).all()

    def test_the_manifest_says_from_what(self, demo) -> None:
        found = json.loads((demo[0] / "manifest.json").read_text(encoding="utf-8"))
        assert found["equiwait"] == equiwait.__version__
        assert found["snapshot"] == ["2026-10-31"]
        assert [(each["use"], each.get("name")) for each in found["sources"]] == [
            ("list", None), ("directory", "directory.csv"), ("policy", "eastquay_adults.toml"), ("index imd", "index.csv"),
        ]  # fmt: skip
        assert set(found["sources"][0]) == {"use", "hmac_sha256"}, "of a list neither name, size nor plain hash"
        assert found["policy"]["name"] == "eastquay_adults"
        assert found["editions"]["index_edition"]
        assert found["editions"]["directory_edition"]

    def test_the_order_weighs_what_is_social_and_shows_who_moves(self, demo) -> None:
        ordered = pd.read_csv(demo[0] / "ordered-list-IN-TEAM.csv")
        assert (ordered["rank"] != ordered["base_rank"])[ordered["rank"].notna()].mean() > 0.3
        assert (ordered["rank"] - ordered["base_rank"]).max() <= 10  # what the policy promises
        moves = pd.read_csv(demo[0] / "tidy" / "movement.csv").set_index(["by", "group"])
        assert {"imd_quintile", "age_band", "sex", "points for area"} <= set(moves.index.get_level_values("by"))
        assert moves.loc[("imd_quintile", "1 (most deprived)"), "share_up"] > 0.5
        assert set(pd.read_csv(demo[0] / "tidy" / "unknowns.csv")["verdict"]) >= {"holds", "could flip"}

    def test_what_somebody_changed_in_the_sample_is_left(self, tmp_path: Path) -> None:
        (tmp_path / "sample").mkdir()
        (tmp_path / "sample" / "policy.toml").write_text("mine", encoding="utf-8")
        came, changed = write_examples(tmp_path, SAMPLES)
        assert [path.name for path in came] == ["adult_ptl.csv", "directory.csv", "index.csv"]
        assert [path.name for path in changed] == ["policy.toml"]
        assert (tmp_path / "sample" / "policy.toml").read_text(encoding="utf-8") == "mine"

    def test_again_gives_the_same_bytes(self, demo, tmp_path: Path) -> None:
        (tmp_path / "again").mkdir()
        shutil.copy(
            demo[0] / "manifest-key-IN-TEAM.txt", tmp_path / "again"
        )  # the one thing in it that is drawn by lot
        assert main(["demo", "--out", str(tmp_path / "again")]) == 0
        for path in demo[0].rglob("*"):
            if path.is_file():
                assert (tmp_path / "again" / path.relative_to(demo[0])).read_bytes() == path.read_bytes(), path.name

    def test_what_may_leave_the_team_names_nobody(self, demo) -> None:
        """No identifier, postcode or birthday of a row in the files that are not stamped in-team."""
        raw = pd.read_csv(sample_path("adult_ptl"), dtype=str)
        private = set()
        for column in ("Pathway ID", "Hospital No", "Post Code", "DOB"):
            if column in raw:
                private |= {value for value in raw[column].dropna() if len(value) >= 6}
        assert len(private) > 1000
        words = set()
        for path in demo[0].rglob("*"):
            if path.is_file() and "IN-TEAM" not in path.name and path.parent.name != "sample":
                text = _text(path)
                words |= {value for value in private if value in text}
        assert words == set()


def _text(path: Path) -> str:
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    return path.read_text(encoding="utf-8-sig")


class TestReport:
    def test_on_a_spreadsheet_of_a_childrens_hospital(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code = main([
            "report", str(sample_path("childrens_surgery")), "--snapshot", "2026-10-31", "--out", str(tmp_path / "o"),
            "--directory", str(sample_path("directory")), "--index", str(sample_path("index")), "--by", "imd_quintile",
            "--by", "imd_quintile+sex", "--title", "Surgery",
        ])  # fmt: skip
        assert (code, capsys.readouterr().err) == (0, "")
        assert "<h1>Surgery</h1>" in (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
        gaps = pd.read_csv(tmp_path / "o" / "tidy" / "gaps.csv")
        assert gaps["by"].nunique() == 2

    def test_a_second_index_gets_its_own_columns_for_a_policy_that_reads_them(self, tmp_path: Path) -> None:
        code = main([
            "report", str(sample_path("childrens_surgery")), "--snapshot", "2026-10-31", "--out", str(tmp_path / "o"),
            "--directory", str(sample_path("directory")), "--index", str(sample_path("index")),
            "--index", f"idaci={sample_path('index_children')}", "--policy", "paediatric_surgery_illustrative",
            "--by", "imd_quintile",
        ])  # fmt: skip
        assert code == 0
        ordered = pd.read_csv(tmp_path / "o" / "ordered-list-IN-TEAM.csv")
        assert "points_idaci" in ordered
        assert not [name for name in ordered if "looked_after" in name or "child_protection" in name]
        found = json.loads((tmp_path / "o" / "manifest.json").read_text(encoding="utf-8"))
        assert [each["use"] for each in found["sources"]] == ["list", "directory", "index imd", "index idaci"]

    def test_from_area_codes_alone(self, tmp_path: Path) -> None:
        code = main([
            "report", str(sample_path("wlmds_extract")), "--snapshot", "2026-10-31", "--out", str(tmp_path / "o"),
            "--index", str(sample_path("index")),
        ])  # fmt: skip
        assert code == 0
        assert "imd_quintile" in set(pd.read_csv(tmp_path / "o" / "tidy" / "gaps.csv")["by"])

    def test_without_places_or_what_the_default_policy_needs(self, small: Path, tmp_path: Path, capsys) -> None:
        assert main(["report", str(small), "--snapshot", "2026-10-31", "--out", str(tmp_path / "o")]) == 0
        said = capsys.readouterr().out
        assert said.startswith("NO SUGGESTED ORDER was made")
        assert "report.html" in names(tmp_path / "o")
        assert not any("ordered" in name for name in names(tmp_path / "o"))
        assert "order.csv" not in names(tmp_path / "o")
        assert {"waiting-list-IN-TEAM.csv", "waiting-list-IN-TEAM.xlsx"} < names(tmp_path / "o")
        rows = pd.read_csv(tmp_path / "o" / "waiting-list-IN-TEAM.csv")
        assert rows["pathway_id"].tolist() == [f"p{i}" for i in range(90)]
        assert "missing_ethnicity" in rows
        assert "rank" not in rows

    def test_without_anybodys_number_the_team_still_gets_the_linked_list(self, tmp_path: Path) -> None:
        raw = pd.read_csv(sample_path("adult_ptl"), dtype=str).drop(columns=["Pathway ID", "Hospital No"])
        raw.to_csv(tmp_path / "l.csv", index=False)
        assert main([
            "report", str(tmp_path / "l.csv"), "--snapshot", "2026-10-31", "--out", str(tmp_path / "o"), "--by", "sex",
            "--directory", str(sample_path("directory")), "--index", str(sample_path("index")),
        ]) == 0  # fmt: skip
        rows = pd.read_csv(tmp_path / "o" / "waiting-list-IN-TEAM.csv")
        assert rows["row"].tolist() == list(range(1, len(raw) + 1))
        assert {"link_status", "imd_decile", "missing_postcode"} < set(rows)

    def test_a_policy_that_was_asked_for_is_not_left_out(self, small: Path, tmp_path: Path, capsys) -> None:
        given = ["report", str(small), "--snapshot", "2026-10-31", "--out", str(tmp_path / "o")]
        assert main([*given, "--policy", "england_default"]) == EXIT_CODES[errors.ColumnsError]
        assert not (tmp_path / "o").exists()
        assert main([*given, "--policy", "none"]) == 0
        assert "NO SUGGESTED ORDER" not in capsys.readouterr().out

    def test_headers_and_blanks_can_be_said(self, tmp_path: Path) -> None:
        path = tmp_path / "l.csv"
        rows = "\n".join(f"p{i},2026-0{1 + i % 9}-05,A,{'Y' if i % 9 == 0 else ''}" for i in range(90))
        path.write_text("id=x,When began,eth,ld\n" + rows, encoding="utf-8")
        given = [
            "report",
            str(path),
            "--snapshot",
            "2026-10-31",
            "--out",
            str(tmp_path / "o"),
            "--by",
            "learning_disability",
        ]
        mapped = ["--columns", "When began=clock_start", "--columns", "id=x=pathway_id", "--columns", "eth=ethnicity"]
        assert main(given) == EXIT_CODES[errors.ColumnsError]
        assert main([*given, *mapped, "--blank-means", "learning_disability=no"]) == 0
        gaps = pd.read_csv(tmp_path / "o" / "tidy" / "gaps.csv")
        assert gaps["group"].nunique() == 2

    def test_exact_numbers_are_bannered_and_named(self, small: Path, tmp_path: Path) -> None:
        out = tmp_path / "o"
        assert main(["report", str(small), "--snapshot", "2026-10-31", "--out", str(out), "--suppression", "none"]) == 0
        assert {"report-IN-TEAM.html", "workbook-IN-TEAM.xlsx", "gaps-IN-TEAM.csv"} <= names(out)
        assert "In-team, not for release" in (out / "report-IN-TEAM.html").read_text(encoding="utf-8")


class TestPlaces:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("EQUIWAIT_PLACES", str(tmp_path / "places"))
        return tmp_path / "places"

    def test_built_once_then_used_by_name(self, tmp_path: Path, folder: Path, capsys) -> None:
        assert main(["places", "list"]) == 0
        assert "nothing yet" in capsys.readouterr().out
        assert main(["places", "build", "eastquay", str(sample_path("index"))]) == 0
        assert main(["places", "build", "directory", str(sample_path("directory"))]) == 0
        assert main(["places", "list"]) == 0
        said = capsys.readouterr().out
        assert "- directory: " in said
        assert "- eastquay: " in said
        assert main([
            "report", str(sample_path("adult_ptl")), "--snapshot", "2026-10-31", "--out", str(tmp_path / "o"),
            "--directory", "directory", "--index", "eastquay", "--policy", "none", "--by", "imd_quintile",
        ]) == 0  # fmt: skip

    def test_check_says_what_a_file_is_and_whether_it_is_whole(self, tmp_path: Path, capsys) -> None:
        assert main(["places", "check", str(sample_path("directory"))]) == 0
        assert "Whole: yes" in capsys.readouterr().out
        path = tmp_path / "other.csv"
        path.write_text("a,b\n1,2\n", encoding="utf-8")
        assert main(["places", "check", str(path)]) == EXIT_CODES[errors.PlacesError]
        assert "Whole: no" in capsys.readouterr().out

    def test_a_missing_file_builds_nothing(self, tmp_path: Path, folder: Path, capsys) -> None:
        assert main(["places", "build", "directory", str(tmp_path / "absent.csv")]) == EXIT_CODES[errors.InputError]
        assert "Do: " in capsys.readouterr().err
        assert not folder.exists()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"equiwait {equiwait.__version__}\n"


def test_every_kind_of_error_has_a_code_of_its_own_that_the_docs_give(root: Path) -> None:
    kinds = [getattr(errors, name) for name in errors.__all__ if name != "EquiwaitError"]
    assert set(kinds) <= set(EXIT_CODES)
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)
    page = (root / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    for kind, code in EXIT_CODES.items():
        if kind in kinds:
            assert re.search(rf"^\| {code} \|.*`{kind.__name__}`", page, flags=re.MULTILINE), kind.__name__


def test_the_page_of_commands_is_made_from_the_table(root: Path) -> None:
    page = (root / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert page == runpy.run_path(str(root / "docs" / "commands.py"))["page"](), "run python docs/commands.py"


# --- what stops it ---------------------------------------------------------------------------------------------------

SECRETS = ("EQ9 9ZZ", "SECRET-ID-77", "1931-02-29x", "Klingon heritage")


@pytest.fixture
def stops(tmp_path: Path):
    """Ways to stop a run, each with the code it should end with; secrets stand in every cell that could be quoted."""
    postcode, person, day, ethnicity = SECRETS

    def csv(name: str, head: str, row: str, rows: int = 30) -> str:
        path = tmp_path / name
        path.write_text("\n".join([head, *[row] * rows]), encoding="utf-8")
        return str(path)

    head = "pathway id,clock start,post code,ethnicity,dob,priority"
    good = csv("good.csv", head, f"{person},2026-03-01,{postcode},{ethnicity},{day},P2")
    no_dates = csv("no_dates.csv", head, f"{person},{day},{postcode},{ethnicity},{day},P2")
    no_start = csv("no_start.csv", "id,post code", f"{person},{postcode}")
    empty = csv("empty.csv", head, "", rows=0)
    nothing = tmp_path / "nothing.csv"
    nothing.write_bytes(b"")
    book = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(book)
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(f"{person} {postcode}".encode() * 50)
    policy = tmp_path / "policy.toml"
    policy.write_text(f'name =\n"{person}"\nx =', encoding="utf-8")
    index = csv("index.csv", "who,what", f"{person},{postcode}")
    two = csv("two.csv", "pathway id,clock start,snapshot date", f"{person},2026-03-01,2026-10-24")
    end = ["--snapshot", "2026-10-31"]
    area = ["--directory", str(sample_path("directory")), "--index", str(sample_path("index"))]
    return {
        "a wrong option": (["report", good, *end, "--indx", "imd2025"], errors.OptionError),
        "a wrong command": (["repotr", good], errors.OptionError),
        "no snapshot": (["report", good], errors.OptionError),
        "a snapshot that is no day": (["report", good, "--snapshot", "October"], errors.OptionError),
        "a wrong rule": (["report", good, *end, "--suppression", "hez"], errors.OptionError),
        "a pair without equals": (["report", good, *end, "--columns", "clock start"], errors.OptionError),
        "a missing file": (["report", str(tmp_path / "absent.csv"), *end], errors.InputError),
        "an empty file": (["report", str(nothing), *end], errors.InputError),
        "an empty list": (["report", empty, *end], errors.InputError),
        "a workbook of another kind": (["report", str(book), *end], errors.InputError),
        "a broken workbook": (["report", str(broken), *end], errors.InputError),
        "no usable date": (["report", no_dates, *end], errors.InputError),
        "another snapshot": (["report", two, *end], errors.InputError),
        "a missing column": (["report", no_start, *end], errors.ColumnsError),
        "a missing grouping": (["report", good, *end, "--by", "ethnicty"], errors.ColumnsError),
        "a header that is not there": (["report", good, *end, "--columns", "nope=sex"], errors.ColumnsError),
        "no such directory": (["report", good, *end, *area[:1], str(tmp_path / "no.csv"), *area[2:]], errors.PlacesError),
        "a directory of another kind": (["report", good, *end, *area[:1], str(policy), *area[2:]], errors.PlacesError),
        "no such index": (["report", good, *end, *area[:3], "imd2052"], errors.PlacesError),
        "an index of another kind": (["report", good, *end, *area[:3], index], errors.PlacesError),
        "a policy that is not TOML": (["report", good, *end, *area, "--policy", str(policy)], errors.PolicyError),
        "no such preset": (["report", good, *end, *area, "--policy", "england_defualt"], errors.OptionError),
        "an out that is a file": (["report", good, *end, "--policy", "none", "--out", good], errors.OptionError),
    }  # fmt: skip


WAYS = [
    "a wrong option", "a wrong command", "no snapshot", "a snapshot that is no day", "a wrong rule",
    "a pair without equals", "a missing file", "an empty file", "an empty list", "a workbook of another kind",
    "a broken workbook", "no usable date", "another snapshot", "a missing column", "a missing grouping",
    "a header that is not there", "no such directory", "a directory of another kind", "no such index",
    "an index of another kind", "a policy that is not TOML", "no such preset", "an out that is a file",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_what_stops_it_is_one_clear_message(way: str, stops, tmp_path: Path, capsys, request) -> None:
    arguments, kind = stops[way]
    before = {path.name for path in tmp_path.iterdir()}
    out = [] if "--out" in arguments or arguments[0] != "report" else ["--out", str(tmp_path / "out")]
    code = main([*arguments, *out])
    said = capsys.readouterr()
    assert code == EXIT_CODES[kind], said.err
    assert "Traceback" not in said.err
    assert "Do: " in said.err
    assert len(said.err.splitlines()) <= 12
    assert said.out == ""
    assert {path.name for path in tmp_path.iterdir()} == before
    assert not [secret for secret in SECRETS if secret in said.err]


def test_all_ways_are_tried(stops) -> None:
    assert list(stops) == WAYS


def test_hints_are_as_typed_on_the_command_line(stops, tmp_path: Path, capsys) -> None:
    assert main([*stops["a missing column"][0], "--out", str(tmp_path / "out")]) == 4
    assert "--columns 'Your header=clock_start'" in capsys.readouterr().err


def test_what_to_do_can_be_done_at_the_command_line(small: Path, tmp_path: Path, capsys) -> None:
    closed = tmp_path / "closed.csv"
    rows = [f"p{i},2026-01-05,2026-02-05,A" for i in range(30)]
    closed.write_text("pathway id,clock start,clock stop,ethnicity\n" + "\n".join(rows), encoding="utf-8")
    strange = tmp_path / "strange.csv"
    strange.write_text("where,what\nEQ1 1AA,E01990001\n", encoding="utf-8")
    places = ["--directory", str(strange), "--index", str(sample_path("index"))]
    end = ["--snapshot", "2026-10-31", "--out", str(tmp_path / "o")]
    cases = {
        "--columns 'Your header=name'": [str(small), "--by", "nothere"],
        "england_default": [str(small), "--policy", "x.toml"],
        "--snapshot": [str(closed), "--policy", "none"],
        "Rename the two headers to postcode and area": [str(small), *places],
    }
    for hint, typed in cases.items():
        assert main(["report", *typed, *end]) not in (0, 1, 2)
        said = capsys.readouterr().err
        assert hint in said.split("Do: ")[1], said
        assert not re.search(r"\w\(|\{|\w=[\s'{\"]", said), said
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("python", "typed"),
    [
        ("Give changes=, or go on.", "Give --changes, or go on."),
        ("name the sheet with sheet= and the headers with columns=.", "name the sheet with --sheet and the headers with --columns."),
        ("Choose one of them with domain=, or give it.", "Choose one of them with --index name:domain=FILE, or give it."),
        ("or another name: load_index(..., name='imd2019').", "or another name: --index imd2019=FILE."),
        ("Give a pathway_id of the list.", "Give --id with a pathway_id of the list."),
        ("share=15.0 is not a share of a list.", "--share 15.0 is not a share of a list."),
    ],
)  # fmt: skip
def test_pythons_words_become_what_is_typed(python: str, typed: str) -> None:
    assert as_typed(python) == typed


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["report", "x.csv", "--snapshto", "2026-10-31"], "--snapshot"),
        (["reprot", "x.csv"], "report"),
        (["report", "x.csv", "--snapshot", "2026-10-31", "--out", "o", "--suppression", "hess"], "'hes'"),
    ],
)
def test_did_you_mean(arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert hint in capsys.readouterr().err


@settings(max_examples=14, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=st.text(alphabet="ABCDEFGHJKMNPQRSTUVWXYZ23456789", min_size=8, max_size=12), place=st.integers(0, 6))
def test_planted_secrets_never_show(secret: str, place: int, tmp_path: Path, capsys, monkeypatch) -> None:
    """Whatever part fails, with whatever words, nothing of the patient is said."""
    parts = [
        "equiwait.rows.intake.read_list", "equiwait.rows.missing.flag_missing", "equiwait.rows.scoring.score",
        "equiwait.answers.completeness.asked_completeness", "equiwait.answers.disparity.asked_gaps", "equiwait.reporting.report",
        "equiwait.reporting.run_folder.Run",
    ]  # fmt: skip

    def fail(*args: object, **options: object) -> None:
        raise ValueError(f"could not convert {secret} at row 3", pd.DataFrame({"postcode": [secret]}))

    path = tmp_path / "list.csv"
    path.write_text(f"pathway id,clock start,post code,sex\n{secret},2026-03-01,{secret},1\n", encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(parts[place], fail)
        if parts[place] == "equiwait.reporting.report":
            patched.setattr("equiwait.reporting.run_folder.page_of", fail)
        code = main(["report", str(path), "--snapshot", "2026-10-31", "--out", str(tmp_path / "out")])
    said = capsys.readouterr()
    assert code == EXIT_CODES[Exception]
    assert secret not in said.out + said.err
    assert "ValueError" in said.err
    assert not (tmp_path / "out").exists()


def test_a_stop_by_the_user_writes_nothing(small: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    def stop(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("equiwait.reporting.run_folder.save_ordered", stop)
    assert main(["report", str(small), "--snapshot", "2026-10-31", "--out", str(tmp_path / "o")]) == 130
    assert capsys.readouterr().err == "Stopped. Nothing was written.\n"
    assert {path.name for path in tmp_path.iterdir()} == {"small.csv"}


@pytest.mark.parametrize("where", ["report_commands._say_done", "shown_answers._write"])
def test_a_stop_by_the_user_says_what_had_been_written(small: Path, tmp_path: Path, capsys, monkeypatch, where) -> None:
    """When the report is whole already; and where no command says anything of a stop, and the parser of commands would be silent."""

    def stop(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"equiwait.cli.{where}", stop)
    to = tmp_path / "o"
    typed = {
        "report_commands._say_done": ["report", "--out", str(to)],
        "shown_answers._write": ["gaps", "--by", "ethnicity", "--to", str(to / "gaps.csv")],
    }[where]
    assert main([typed[0], str(small), "--snapshot", "2026-10-31", *typed[1:]]) == 130
    said = "Before that, all of 'o' had been written." if to.exists() else "Nothing was written."
    assert capsys.readouterr().err == f"Stopped. {said}\n"
    assert to.exists() == (typed[0] == "report")


def test_progress_is_shown_on_a_terminal_only(small: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    given = ["report", str(small), "--snapshot", "2026-10-31", "--out", str(tmp_path / "o"), "--policy", "none"]
    assert main(given) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(given) == 0
    assert "Writing the report" in capsys.readouterr().err


def test_an_old_terminal_gets_a_minus_and_question_marks_not_an_error() -> None:
    code = "import sys; from equiwait.cli.messages import say; say('1–7 ≥ −3 ✓')"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONIOENCODING": "ascii"}, capture_output=True, check=True
    )
    assert done.stdout.strip() == b"1-7 >= -3 ?"


def test_help_opens_without_the_heavy_libraries() -> None:
    code = (
        "import sys; from equiwait.cli import main; main(['report', '--help']); "
        "heavy = {'pandas', 'matplotlib', 'scipy', 'jinja2', 'xlsxwriter', 'geopandas'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--snapshot" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux alone")
def test_a_command_leaves_memory_to_the_system_unless_it_is_told_otherwise(monkeypatch) -> None:
    code = "from equiwait.cli import main; main(['--version']); import pyarrow as pa; print(pa.default_memory_pool().backend_name)"
    for told, pool in (("", "system"), ("mimalloc", "mimalloc")):
        monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", told)
        if not told:
            monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split()[-1] == pool
    code = "import os, sys; from equiwait.cli import main; main(['--version']); print('numpy' in sys.modules, os.environ['NUMPY_MADVISE_HUGEPAGE'])"
    monkeypatch.delenv("NUMPY_MADVISE_HUGEPAGE", raising=False)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-2:] == ["False", "0"]  # told before numpy asks


def test_a_command_that_is_done_searches_no_more_for_unused_objects(monkeypatch, capsys) -> None:
    last: list[object] = []
    monkeypatch.setattr("atexit.register", last.append)
    before = gc.get_threshold()
    assert main(["--version"]) == 0
    assert last == [gc.freeze]
    assert gc.get_threshold() == before


def test_what_a_command_has_made_is_not_looked_through_when_it_is_done(monkeypatch) -> None:
    kept: list[list[int]] = []
    looked: list[str] = []

    def much() -> int:
        kept.extend([] for _ in range(50_000))
        return 0

    def look(phase: str, _: dict[str, int]) -> None:
        looked.append(phase)

    monkeypatch.setattr("atexit.register", lambda _: None)
    monkeypatch.setattr("equiwait.cli.guarded", lambda _: much())
    gc.callbacks.append(look)
    try:
        assert main([]) == 0
        kept.append([])
    finally:
        gc.callbacks.remove(look)
    assert (looked, gc.get_freeze_count()) == ([], 0)


def test_what_the_user_tells_the_libraries_stays(monkeypatch) -> None:
    for each in ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(each, raising=False)
    tell_libraries()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    tell_libraries()
    assert "OPENBLAS_NUM_THREADS" not in os.environ
