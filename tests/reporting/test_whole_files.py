"""Files appear whole or not at all, and nobody's own file is overwritten."""

from __future__ import annotations

import json
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
