"""A run that is stopped or killed while files are moved: all of it is there or nothing, at the latest after the next run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from equiwait.errors import OptionError
from equiwait.files import hidden_folders, moves
from equiwait.files.hidden_folders import alone_beside, beside
from equiwait.files.stopping import unstopped
from equiwait.files.whole_files import write_file
from equiwait.reporting.atomic_files import write_folder
from reporting.struck import NEW, OLD, contents, writer

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are forked, files have no name")


@linux
@pytest.mark.parametrize(
    "asked", [("kill", "new", "earlier", "file"), ("ctrl-c", "new", "earlier"), ("raise", "earlier"), ("term", "file")]
)
def test_all_or_nothing_whenever_it_is_struck(asked):
    """Before every change to the disk: see struck.py."""
    here = str(Path(__file__).with_name("struck.py"))
    done = subprocess.run([sys.executable, here, *asked], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr


@pytest.fixture
def half(tmp_path: Path, monkeypatch) -> Path:
    """A folder of which a run that was killed had moved all but the last file; return the hidden folder that it left."""
    out = tmp_path / "out"
    write_folder(out, writer(OLD, "old"), made_by="a verb")
    (out / "mine.txt").write_text("mine")
    real = moves.place

    def stop(new: Path, target: Path) -> None:
        if target.name == "more-IN-TEAM.csv":
            raise KeyboardInterrupt
        real(new, target)

    with monkeypatch.context() as patched:
        patched.setattr(moves, "place", stop)
        patched.setattr(moves, "put_right", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            write_folder(out, writer(NEW, "new"), made_by="a verb")
    assert (out / "a.txt").read_text() == "new a.txt"
    return next(tmp_path.glob(".equiwait-*"))


def is_whole(out: Path) -> bool:
    """Whether the old files are all there, and no other but the user's."""
    there = {name: text for name, text in contents(out).items() if not name.startswith("manifest")}
    return there == {**{name: f"old {name}" for name in OLD}, "mine.txt": "mine"}


def test_any_run_beside_puts_it_right(half: Path, tmp_path: Path) -> None:
    write_file(tmp_path / "other.txt", lambda new: new.write_text("x"))
    assert is_whole(tmp_path / "out")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other.txt", "out"]


def test_to_put_it_right_twice_takes_nothing(half: Path, tmp_path: Path) -> None:
    plan = (half / "moving.json").read_bytes()
    moves.put_right(half)
    (half / "moving.json").write_bytes(plan)  # killed before the last step
    moves.put_right(half)
    assert is_whole(tmp_path / "out")


def test_what_was_written_there_since_stays(half: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "a.txt").write_text("edited by hand")
    (tmp_path / "out" / "more" / "notes.txt").write_text("mine")
    write_file(tmp_path / "other.txt", lambda new: new.write_text("x"))
    assert (tmp_path / "out" / "a.txt").read_text() == "edited by hand"
    assert (tmp_path / "out" / "more" / "notes.txt").read_text() == "mine"
    assert (tmp_path / "out" / "list-IN-TEAM.csv").read_text() == "old list-IN-TEAM.csv"


def test_a_file_that_cannot_be_moved_back_is_said_and_kept(half: Path, tmp_path: Path, monkeypatch) -> None:
    """As on Windows, where a workbook is open in Excel: its own target waits, others do not, and nothing is lost."""

    def locked(*_) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(moves, "_undo", locked)
        with pytest.raises(OptionError, match="half moved") as caught:
            write_folder(tmp_path / "out", writer(NEW, "new"), made_by="a verb")
        assert caught.value.__context__ is None
        write_folder(tmp_path / "other", writer(NEW, "new"), made_by="a verb")
    assert half.is_dir()
    write_folder(tmp_path / "other", writer(NEW, "new"), made_by="a verb")
    assert is_whole(tmp_path / "out")


@pytest.mark.parametrize(
    "more",
    [
        {"to": "../out"},
        {"to": ".."},
        {"to": "/etc"},
        {"leaving": ["../mine"]},
        {"made": ["/etc"]},
        {"coming": []},
        {"else": 1},
    ],
    ids=str,
)
def test_a_plan_that_is_not_ours_gives_no_leave_to_move_or_delete(tmp_path: Path, more) -> None:
    foreign = tmp_path / ".equiwait-1-abcdefgh"
    (foreign / "old").mkdir(parents=True)
    (foreign / "held").touch()
    (foreign / "moving.json").write_text(json.dumps({"to": "out", "leaving": [], "coming": {}, "made": [], **more}))
    (tmp_path / "mine").write_text("mine")
    write_folder(tmp_path / "out", writer(NEW, "new"), made_by="a verb")
    assert foreign.is_dir()
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_hidden_folder_that_nobody_held_yet_goes_and_nobody_elses_does(tmp_path: Path) -> None:
    begun, mine = tmp_path / ".equiwait-1-abcdefgh", tmp_path / ".equiwait-1-notes"
    for folder in (begun, mine):
        folder.mkdir()
    (begun / "held-new").touch()
    with beside(tmp_path / "out"):
        assert not begun.exists()
    assert mine.is_dir()


def test_a_hidden_folder_that_only_somebody_else_may_look_into_is_passed_over(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / ".equiwait-1-abcdefgh").mkdir()
    real = Path.is_file

    def is_file(self: Path) -> bool:
        if self.name == "held":
            raise PermissionError
        return real(self)

    monkeypatch.setattr(Path, "is_file", is_file)
    write_folder(tmp_path / "out", writer(("a.txt",), "new"), made_by="a verb")
    assert (tmp_path / "out" / "a.txt").exists()


@linux
def test_one_run_moves_files_at_a_time(tmp_path: Path) -> None:
    done = threading.Event()

    def another() -> None:
        write_folder(tmp_path / "out", writer(("a.txt",), "new"), made_by="a verb")
        done.set()

    with alone_beside(tmp_path / "out"):
        thread = threading.Thread(target=another)
        thread.start()
        assert not done.wait(0.1)
        assert not (tmp_path / "out").exists()
    thread.join(10)
    assert done.is_set()


def test_a_folder_that_another_program_locks_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(hidden_folders, "_PATIENCE", 0.05)
    with alone_beside(tmp_path / "out"):
        write_folder(tmp_path / "out", writer(("a.txt",), "new"), made_by="a verb")
    assert (tmp_path / "out" / "a.txt").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
def test_a_stop_waits_and_then_comes() -> None:
    before, came = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)], []

    @unstopped()
    def moves_files() -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        came.append("whole")

    with pytest.raises(KeyboardInterrupt):
        moves_files()
    assert came == ["whole"]
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_file_may_be_called_as_ours_are(tmp_path: Path) -> None:
    for name in ("moving.json", "held", "new"):
        write_file(tmp_path / name, lambda new: new.write_text("x"))
    write_folder(tmp_path / "old", writer(("moving.json", "held"), "x"), made_by="a verb")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["held", "moving.json", "new", "old"]


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b"[" * 100_000, b"", b"{}", None, "loop"],
    ids=["bytes", "deep", "empty", "none", "folder", "loop"],
)
def test_a_plan_that_nobody_can_read_stops_no_other_run(tmp_path: Path, data) -> None:
    foreign = tmp_path / ".equiwait-1-abcdefgh"
    (foreign / "old").mkdir(parents=True)
    (foreign / "held").touch()
    plan = foreign / "moving.json"
    if data is None:
        plan.mkdir()
    elif data == "loop":
        plan.symlink_to(plan)
    else:
        plan.write_bytes(data)
    write_folder(tmp_path / "out", writer(NEW, "new"), made_by="a verb")
    assert foreign.is_dir()


@pytest.mark.parametrize("linked", ["", "old"])
def test_what_only_links_to_a_folder_is_not_ours(tmp_path: Path, linked: str) -> None:
    mine, foreign = tmp_path / "mine", tmp_path / "work" / ".equiwait-1-abcdefgh"
    (mine / "sub").mkdir(parents=True)
    for name in ("held", "letter.txt", "sub/letter.txt"):
        (mine / name).write_text("mine")
    plan = {"to": "out", "leaving": ["letter.txt"], "coming": {}, "made": []}
    (foreign.parent if not linked else foreign).mkdir(parents=True)
    (foreign / linked).symlink_to(mine)
    ((mine if not linked else foreign) / "moving.json").write_text(json.dumps(plan))
    (foreign / "held").touch()
    write_folder(tmp_path / "work" / "out", writer(NEW, "new"), made_by="a verb")
    assert (mine / "letter.txt").read_text() == (mine / "sub" / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["x" * 256, "a\0b"])
def test_a_name_that_no_disk_takes_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match="No disk takes the name"):
        write_folder(tmp_path / name, writer(NEW, "new"), made_by="a verb")


def test_a_folder_that_is_named_by_the_way_to_it_is_put_back_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out" / "in").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "out" / "in")
    write_folder("..", writer(OLD, "old"), made_by="a verb")
    monkeypatch.setattr(moves, "place", refused)
    with pytest.raises(OptionError):
        write_folder("..", writer(NEW, "new"), made_by="a verb")
    assert all((tmp_path / "out" / name).read_text() == f"old {name}" for name in OLD)


def refused(*_names: object) -> None:
    raise PermissionError
