"""Files appear whole or not at all, and nobody's own file is overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

import equiwait as ew
from equiwait import parallel
from equiwait.cli import main
from equiwait.errors import OptionError, RefusedError
from equiwait.files.hidden_folders import beside
from equiwait.files.unnamed_files import unnamed
from equiwait.files.whole_files import write_file
from equiwait.reporting import ordered_list, outputs, report, run_folder, tidy
from equiwait.reporting.atomic_files import write_folder
from equiwait.reporting.release_gate import let_through
from equiwait.service.audit import AuditLog


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def fill(*made: str, text: str = "new"):
    def write(folder: Path) -> None:
        for name in made:
            unnamed(folder / name).write_text(text, encoding="utf-8") if "IN-TEAM" in name else (
                folder / name
            ).write_text(text, encoding="utf-8")

    return write


write_folder = partial(write_folder, made_by="a verb")


def fail_after(write):
    def failing(path: Path) -> None:
        write(path)
        raise RuntimeError("stopped halfway")

    return failing


def test_a_failed_file_leaves_what_was_there(tmp_path: Path) -> None:
    to = tmp_path / "r.html"
    to.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError):
        write_file(to, fail_after(lambda path: path.write_text("half", encoding="utf-8")))
    assert to.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["r.html"]


def test_a_failed_folder_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        write_folder(tmp_path / "out", fail_after(fill("a")))
    assert names(tmp_path) == []


def test_a_second_run_replaces_the_first_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, fill("a", "b"))
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    written = write_folder(out, fill("a"))
    assert [path.name for path in written] == ["a"]
    assert names(out) == ["a", "manifest.json", "mine.txt"]


def test_a_file_of_the_users_own_is_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionError, match="did not write"):
        write_folder(out, fill("a", "b"))
    assert names(tmp_path) == ["out", "out/a"]
    assert (out / "a").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("text", ["[]", "{}", "not json", "[" * 100_000])
def test_a_manifest_that_is_not_ours_stays(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(OptionError, match="did not write"):
        write_folder(tmp_path, fill("a"))
    assert (tmp_path / "manifest.json").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["../precious", "/precious", "inside"])
def test_a_manifest_gives_no_leave_to_delete_what_is_not_as_it_says(tmp_path: Path, name: str) -> None:
    """Somebody's own file, named in a manifest by whoever wrote it: outside the folder, or inside with another content."""
    out = tmp_path / "out"
    out.mkdir()
    for path in (tmp_path / "precious", out / "inside"):
        path.write_text("mine", encoding="utf-8")
    entry = {"name": name, "made_by": "a verb", "sha256": "0" * 64}
    (out / "manifest.json").write_text(json.dumps({"equiwait": "0", "files": [entry]}), encoding="utf-8")
    if name == "inside":
        with pytest.raises(OptionError, match="has changed"):
            write_folder(out, fill("a"))
    else:
        write_folder(out, fill("a"))
    assert [path.read_text(encoding="utf-8") for path in (tmp_path / "precious", out / "inside")] == ["mine", "mine"]


def test_a_list_edited_by_hand_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, fill("a", "list-IN-TEAM.csv"))
    write_folder(out, fill("a", "list-IN-TEAM.csv", text="newer"))  # nobody has touched it
    (out / "list-IN-TEAM.csv").write_text("edited", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(OptionError, match="has changed") as caught:
        write_folder(out, fill("a", "list-IN-TEAM.csv"))
    assert "replace=True" in str(caught.value)
    assert before == {path.name: path.read_bytes() for path in out.iterdir()}
    write_folder(out, fill("a", "list-IN-TEAM.csv"), replace=True)
    assert (out / "list-IN-TEAM.csv").read_text(encoding="utf-8") == "new"
    (out / "manifest-key-IN-TEAM.txt").unlink()  # then nobody can tell
    with pytest.raises(OptionError, match="has changed"):
        write_folder(out, fill("a"))


def test_verbs_that_write_into_one_folder_leave_each_others_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, fill("a", "b"))
    write_folder(out, fill("list-IN-TEAM.csv"), made_by="another")
    write_folder(out, fill("a"))
    assert names(out) == ["a", "list-IN-TEAM.csv", "manifest-key-IN-TEAM.txt", "manifest.json"]
    listed = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert [(each["name"], each["made_by"]) for each in listed] == [("a", "a verb"), ("list-IN-TEAM.csv", "another")]


def test_a_step_that_fails_while_moving_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where a workbook that is open in Excel cannot be replaced."""
    out = tmp_path / "out"
    write_folder(out, lambda folder: [(folder / n).write_text("old", encoding="utf-8") for n in ("a", "b")] and None)
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self.name == "b" and self.parent.name == "new":
            raise PermissionError("b is open")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(OptionError, match="open in Excel") as caught:
        write_folder(out, fill("a", "b"))
    assert caught.value.__context__ is None
    assert [(out / n).read_text(encoding="utf-8") for n in ("a", "b")] == ["old", "old"]
    assert names(tmp_path) == ["out", "out/a", "out/b", "out/manifest.json"]


def test_a_file_where_a_folder_should_be(tmp_path: Path, gaps) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionError, match="is a file, not a folder"):
        tidy(gaps, to=tmp_path / "out")
    with pytest.raises(OptionError, match="could not be written"):
        report(gaps, to=tmp_path / "out" / "r.html")


def test_outputs_are_all_or_nothing(tmp_path: Path, gaps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folder, "save_ordered", lambda *_: (_ for _ in ()).throw(RuntimeError("stopped")))
    with pytest.raises(RuntimeError):
        outputs(gaps, to=tmp_path / "out", waiting=pd.DataFrame({"scope": ["rtt_open"]}))
    assert names(tmp_path) == []


def a_run(monkeypatch: pytest.MonkeyPatch) -> run_folder.Run:
    """A run of a list that counts as long, on two cores."""
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    monkeypatch.setattr(run_folder, "MOST_ROWS", 1)
    waiting = pd.DataFrame({"scope": ["rtt_open", "closed"], "pathway_id": ["a", "b"]})
    return run_folder.Run(waiting, None, {}, "Is the wait fair?")


def test_a_long_list_is_written_while_results_are_measured(tmp_path: Path, gaps, monkeypatch) -> None:
    outputs(
        gaps, to=tmp_path / "plain", waiting=pd.DataFrame({"scope": ["rtt_open", "closed"], "pathway_id": ["a", "b"]})
    )
    both, save_ordered = threading.Barrier(2, timeout=10), run_folder.save_ordered

    def save(rows, folder):
        both.wait()  # passes only while the results are measured
        save_ordered(rows, folder)

    def measured():
        both.wait()
        return let_through([gaps], allow_unsuppressed=False)

    monkeypatch.setattr(run_folder, "save_ordered", save)
    written = a_run(monkeypatch).written(measured, tmp_path / "out")
    assert [path.name for path in written[:1] + written[-1:]] == ["report.html", "manifest.json"]
    assert names(tmp_path / "out") == names(tmp_path / "plain")
    for name in ("waiting-list-IN-TEAM.csv", "report.html", "tidy/gaps.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()


@pytest.mark.parametrize(("failure", "raised"), [(OSError, OptionError), (RuntimeError, RuntimeError)])
def test_a_long_list_that_cannot_be_written_stops_the_run(tmp_path, gaps, monkeypatch, failure, raised) -> None:
    def fail(*_):
        raise failure("the disk")

    run = a_run(monkeypatch)
    monkeypatch.setattr(run_folder, "save_ordered", fail)
    with pytest.raises(raised) as caught:
        run.written(lambda: let_through([gaps], allow_unsuppressed=False), tmp_path / "on" / "the way" / "out")
    assert caught.value.__context__ is None
    assert names(tmp_path) == []


def test_a_measurement_that_fails_leaves_nothing_of_a_long_list(tmp_path, monkeypatch) -> None:
    def fail():
        raise RefusedError("Nobody is recorded.")

    (tmp_path / "on").mkdir()
    with pytest.raises(RefusedError):
        a_run(monkeypatch).written(fail, tmp_path / "on" / "the way" / "out")
    assert names(tmp_path) == ["on"]


def test_folders_on_the_way_go_again_unless_something_stands_in_them(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        (tmp_path / "on" / "mine").write_text("mine", encoding="utf-8")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_folder(tmp_path / "on" / "the way" / "out", write)
    assert names(tmp_path) == ["on", "on/mine"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files as Unix has them")
def test_in_team_files_are_their_owners_only(tmp_path):
    def save(folder):
        (folder / "list-IN-TEAM.csv").write_text("x")
        (folder / "gaps.csv").write_text("x")

    write_folder(tmp_path / "out", save)
    for name in (".", "list-IN-TEAM.csv", "manifest-key-IN-TEAM.txt"):
        assert (tmp_path / "out" / name).stat().st_mode & 0o077 == 0, name
    write_file(tmp_path / "fix-IN-TEAM.csv", lambda path: path.write_text("x") and None)
    write_file(tmp_path / "exact.html", lambda path: path.write_text("x") and None, in_team=True)
    for name in ("fix-IN-TEAM.csv", "exact.html"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0, name


KILLED = """
import os, signal, sys
from pathlib import Path
from equiwait.files.unnamed_files import unnamed
from equiwait.reporting.atomic_files import write_folder
from equiwait.reporting.release_gate import let_through
def save(folder):
    (folder / "page.html").write_text("counts")
    unnamed(folder / "rows-IN-TEAM.csv").write_text("patient")
    os.kill(os.getpid(), signal.SIGKILL)
write_folder(sys.argv[1], save, made_by="a verb")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="files without a name as Linux has them")
def test_what_a_killed_run_left_holds_no_patient_and_is_cleared_by_the_next(tmp_path):
    """A run is killed while it writes: what stays hidden until the next run is no patient's, and nobody else's is touched."""
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "out")], check=False)
    mine, other = tmp_path / ".equiwait-notes", tmp_path / ".equiwait-1-notes"
    for folder in (mine, other):
        folder.mkdir()
        (folder / "held.txt").write_text("mine")
    left = [path for path in tmp_path.glob(".equiwait-*-*") if (path / "held").exists()]
    assert len(left) == 1
    assert "patient" not in "".join(path.read_text() for path in left[0].rglob("*") if path.is_file())
    write_folder(tmp_path / "out", fill("a.csv"))
    assert not left[0].exists()
    assert mine.is_dir()
    assert other.is_dir()


def test_a_hidden_folder_that_is_in_use_stays(tmp_path):
    with beside(tmp_path / "one") as running:
        write_folder(tmp_path / "out", fill("a.csv"))
        assert running.is_dir()
    assert names(tmp_path) == ["out", "out/a.csv", "out/manifest.json"]


def test_where_no_file_can_be_without_a_name_it_is_as_it_was(tmp_path, monkeypatch):
    """macOS, Windows, some network drives."""
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    for text in ("one", "two"):
        write_folder(tmp_path / "out", fill("a", "list-IN-TEAM.csv", text=text))
        assert (tmp_path / "out" / "list-IN-TEAM.csv").read_text(encoding="utf-8") == text
        assert (tmp_path / "out" / "list-IN-TEAM.csv").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files as Unix has them")
def test_whatever_a_verb_writes_of_the_team_is_its_owners_only(tmp_path):
    """Every verb and command that writes rows of people, or exact counts: nobody else may read a byte of it."""
    here = tmp_path / "out"
    here.mkdir(mode=0o755)
    raw = pd.DataFrame({
        "pathway_id": [f"p{n}" for n in range(80)], "clock_start": ["2026-01-01", "2026-08-01"] * 40, "sex": ["1", "2", "", "1"] * 20,
        "priority": "P3", "list_type": "IRTT", "decision_to_admit": "2026-08-02",
    })  # fmt: skip
    raw.to_csv(tmp_path / "list_2026-10-31.csv", index=False)
    waiting = ew.flag_missing(ew.read_list(raw, snapshot="2026-10-31"))
    policy = ew.Policy.preset("england_default")
    ordered = ew.score(waiting, policy)
    exact = ew.disparities(waiting, "sex", suppression="none")
    recipe = ew.Recipe("2026-10-31", policy=policy)
    ew.count_waits(waiting, "sex").save(here / "counts.json")
    for name in ("rows.csv", "rows.parquet", "rows"):
        recipe.stream(tmp_path / "list_2026-10-31.csv", to=here / name)
    ordered_list(ordered, to=here / "ordered", policy=policy)
    ew.write_fix_list(waiting, ew.unknowns(waiting, "sex", measure="over_18_weeks"), here / "fix.csv")
    ew.report(exact, to=here / "r.html", in_team=True)
    ew.workbook(exact, to=here / "w.xlsx", in_team=True)
    ew.tidy(exact, to=here / "tidy", in_team=True)
    ew.governance(policy, exact, to=here / "papers", in_team=True)
    ew.outputs(exact, to=here / "all", waiting=ordered, policy=policy, in_team=True)
    ew.stitch(tmp_path / "list_2026-10-31.csv", folder=here / "stitched", parts=2)
    AuditLog(here / "audit.jsonl").close()
    source = str(tmp_path / "list_2026-10-31.csv")
    said = ["--who", "consultant", "--reason", "clinical_change", "--when", "2026-10-31"]
    for typed in (
        ["map", source, "--to", str(here / "mapping.toml"), "--yes"],
        ["override", source, "--snapshot", "2026-10-31", "--id", "p1", *said, "--record", str(here / "overrides.csv")],
        ["score", source, "--snapshot", "2026-10-31", "--to", str(here / "scored")],
        ["tail", source, "--snapshot", "2026-10-31", "--suppression", "none", "--to", str(here / "tail.csv")],
    ):
        assert main(typed) == 0, typed
    held = [path for path in here.rglob("*") if path.is_file()]
    assert len(held) > 30
    readable = [path.relative_to(here).as_posix() for path in held if not any(map(_is_private, _up_to(path, here)))]
    assert readable == []


def _is_private(path: Path) -> bool:
    return path.stat().st_mode & 0o077 == 0


def _up_to(path: Path, folder: Path) -> list[Path]:
    """A file and the folders that it is in, beneath one folder."""
    return [path, *(each for each in path.parents if folder in each.parents)]
