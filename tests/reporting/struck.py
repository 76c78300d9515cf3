"""Strike a run before each of its changes to the disk, and look whether all of it is there or nothing.

``PYTHONPATH=src:tests python tests/reporting/struck.py kill earlier`` says what is wrong; tests run it for each blow and each ground.
A child is forked for every blow, so that it can be killed, and what it leaves is looked at from outside.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from equiwait.files.unnamed_files import unnamed
from equiwait.files.whole_files import write_file
from equiwait.reporting.atomic_files import write_folder
from equiwait.reporting.own_files import own_files

CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.symlink"}
QUICK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
MINE = {"mine.txt": "mine", "sub/own.txt": "mine too"}
OLD = ("a.txt", "sub/b.txt", "gone.txt", "list-IN-TEAM.csv", "gone-IN-TEAM.csv")
NEW = ("a.txt", "sub/b.txt", "more/c.txt", "list-IN-TEAM.csv", "more-IN-TEAM.csv")


def _kill(at: int, seen: int) -> None:
    if seen == at:
        os.kill(os.getpid(), signal.SIGKILL)


def _term(at: int, seen: int) -> None:
    if seen == at:
        os.kill(os.getpid(), signal.SIGTERM)


def _raise(at: int, seen: int) -> None:
    if seen == at:
        raise KeyboardInterrupt


def _ctrl_c(at: int, seen: int) -> None:
    if seen >= at:  # somebody who goes on and on pressing it
        os.kill(os.getpid(), signal.SIGINT)


BLOWS = {"kill": _kill, "term": _term, "raise": _raise, "ctrl-c": _ctrl_c}


def writer(names: tuple[str, ...], text: str) -> Callable[[Path], None]:
    """What writes files of these names."""

    def write(folder: Path) -> None:
        for name in names:
            (folder / name).parent.mkdir(exist_ok=True)
            (unnamed(folder / name) if "IN-TEAM" in name else folder / name).write_text(f"{text} {name}")

    return write


def _file(path: Path, text: str) -> None:
    write_file(path, lambda new: new.write_text(text), in_team=True)


def contents(folder: Path) -> dict[str, str]:
    """The text of each file of a folder."""
    return {each.relative_to(folder).as_posix(): each.read_text() for each in folder.rglob("*") if each.is_file()}


def new_run(ground: str, out: Path) -> None:
    """The run that is struck."""
    if ground == "file":
        _file(out, "new")
    else:
        write_folder(out, writer(NEW, "new"), made_by="a verb")


def prepared(ground: str, parent: Path) -> Path:
    """Lay the ground: nothing, an earlier run among files of the user's own, or an earlier file."""
    out = parent / "out"
    if ground == "file":
        _file(out, "old")
    if ground == "earlier":
        for name, text in MINE.items():
            (out / name).parent.mkdir(exist_ok=True, parents=True)
            (out / name).write_text(text)
        write_folder(out, writer(OLD, "old"), made_by="a verb")
    return out


def in_a_child(run: Callable[[], None], blow: Callable[[int], None]) -> int:
    """Run it in a child that is struck, and return how many changes it had made, if it came to an end."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    seen = 0

    def hook(event: str, _args: object) -> None:
        nonlocal seen
        if event in CHANGES:
            seen += 1
            blow(seen)

    sys.addaudithook(hook)
    try:
        run()
        os._exit(seen)
    finally:
        os._exit(255)


def what_is_wrong(ground: str, out: Path, before: dict[str, str] | None) -> str:
    """Say what is neither wholly as it was nor wholly new."""
    if ground == "file":
        return "" if out.exists() and out.read_text() in ("old", "new") else "it is gone, or half"
    now = contents(out) if out.exists() else None
    if now == before:
        return ""
    if now is None:
        return "nothing is left"
    lost = [name for name in MINE if ground == "earlier" and now.pop(name, "") != MINE[name]]
    own = own_files(out)
    whole = {name: text for name, text in now.items() if not name.startswith("manifest")}
    right = whole == {name: f"new {name}" for name in NEW} and sorted(own.entries) == sorted(NEW)
    if lost or not right or own.changed(own.entries):
        return f"lost {lost}, there {sorted(now)}"
    return ""


def struck(ground: str, blow: str, at: int, parent: Path) -> list[str]:
    """Strike before one change; return what is wrong."""
    out = prepared(ground, parent)
    before = contents(out) if out.is_dir() else None
    in_a_child(lambda: new_run(ground, out), lambda seen: BLOWS[blow](at, seen))
    wrong = [] if blow == "kill" else [what_is_wrong(ground, out, before)]
    hidden = [each for each in parent.rglob("*") if each.is_file() and out not in each.parents and each != out]
    if ground != "file":  # a file that takes the place of another has a hidden name for one step
        wrong += [
            f"a patient in {each.name}" for each in hidden if "IN-TEAM" in each.name and "new" in each.read_text()
        ]
    write_folder(parent / "other", writer(("x.txt",), "x"), made_by="a verb")
    wrong.append(what_is_wrong(ground, out, before))
    wrong += [f"hidden: {sorted(contents(each))}" for each in parent.glob(".*")]
    return [f"{blow} before change {at}: {each}" for each in wrong if each]


def every_blow(ground: str, blow: str) -> list[str]:
    """Strike before each change of a run; return what is wrong."""
    with tempfile.TemporaryDirectory(dir=QUICK) as place:
        out = prepared(ground, Path(place))
        many = in_a_child(lambda: new_run(ground, out), lambda _: None)
    wrong = [] if 8 < many < 255 else [f"{many} changes"]
    for at in range(1, many + 1):
        with tempfile.TemporaryDirectory(dir=QUICK) as place:
            wrong += struck(ground, blow, at, Path(place))
    return wrong


if __name__ == "__main__":
    faults = [fault for ground in sys.argv[2:] for fault in every_blow(ground, sys.argv[1])]
    print("\n".join(faults))
    sys.exit(bool(faults))
