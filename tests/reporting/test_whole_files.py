"""Files appear whole or not at all, and nobody's own file is overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from equiwait.errors import OptionError
from equiwait.reporting import outputs, report, run_folder, tidy
from equiwait.reporting.atomic_files import write_file, write_folder


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def fill(*made: str, manifest: bool = False):
    def write(folder: Path) -> None:
        for name in made:
            (folder / name).write_text("new", encoding="utf-8")
        if manifest:
            listed = [{"name": name} for name in made]
            (folder / "manifest.json").write_text(json.dumps({"equiwait": "0", "files": listed}), encoding="utf-8")

    return write


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
    write_folder(out, fill("a", "b", manifest=True))
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    written = write_folder(out, fill("a", manifest=True))
    assert [path.name for path in written] == ["a", "manifest.json"]
    assert names(out) == ["a", "manifest.json", "mine.txt"]


def test_a_file_of_the_users_own_is_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionError, match="did not write"):
        write_folder(out, fill("a", "b"))
    assert names(tmp_path) == ["out", "out/a"]
    assert (out / "a").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("text", ["[]", "{}", "not json", '{"equiwait": "0", "files": [{"name": "../precious"}]}'])
def test_a_manifest_that_is_not_ours_gives_no_leave(tmp_path: Path, text: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "precious").write_text("mine", encoding="utf-8")
    (out / "manifest.json").write_text(text, encoding="utf-8")
    write_folder(out, fill("a"))
    assert (tmp_path / "precious").read_text(encoding="utf-8") == "mine"


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
        write_folder(out, fill("a", "b"), ours=["a", "b"])
    assert caught.value.__context__ is None
    assert [(out / n).read_text(encoding="utf-8") for n in ("a", "b")] == ["old", "old"]
    assert names(tmp_path) == ["out", "out/a", "out/b"]


def test_a_file_where_a_folder_should_be(tmp_path: Path, gaps) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionError, match="is a file, not a folder"):
        tidy(gaps, to=tmp_path / "out")
    with pytest.raises(OptionError, match="could not be written"):
        report(gaps, to=tmp_path / "out" / "r.html")


def test_outputs_are_all_or_nothing(tmp_path: Path, gaps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folder, "save_manifest", lambda *_: (_ for _ in ()).throw(RuntimeError("stopped")))
    with pytest.raises(RuntimeError):
        outputs(gaps, to=tmp_path / "out", waiting=pd.DataFrame({"scope": ["rtt_open"]}))
    assert names(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files as Unix has them")
def test_in_team_files_are_their_owners_only(tmp_path):
    def save(folder):
        (folder / "list-IN-TEAM.csv").write_text("x")
        (folder / "gaps.csv").write_text("x")

    write_folder(tmp_path / "out", save)
    assert (tmp_path / "out" / "list-IN-TEAM.csv").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a list of processes")
def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path):
    """A run is killed while it writes: its hidden folder stays until the next run, and nobody else's is touched."""
    code = (
        "import os, signal, sys; from equiwait.reporting.atomic_files import write_folder\n"
        "def save(folder):\n    (folder / 'rows-IN-TEAM.csv').write_text('patient')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_folder(sys.argv[1], save)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], check=False)
    mine, other = tmp_path / ".equiwait-notes", tmp_path / f".equiwait-{os.getpid()}-running"
    mine.mkdir()
    other.mkdir()
    assert list(tmp_path.rglob("rows-IN-TEAM.csv"))
    write_folder(tmp_path / "out", fill("a.csv"))
    assert not list(tmp_path.rglob("rows-IN-TEAM.csv"))
    assert mine.is_dir()
    assert other.is_dir()
