"""The folder in which the work of a stream lies: whose it is, who works in it, and whether what lies there is whole.

A machine that stops may have given a file its name before it had written all of it. So each part keeps with it how long each of
its files is and how it ends, and whatever is not so any more counts as not done.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.ipc as ipc

from equiwait.errors import OptionError

__all__ = [
    "CELLS",
    "MADE",
    "TOLD",
    "NoRoomError",
    "WorkLostError",
    "alone",
    "begin",
    "gone",
    "if_whole",
    "is_whole",
    "lost",
    "on_disk",
    "opens",
    "read_json",
    "refuse_what_stands_at",
    "stamps",
    "whole",
    "write_json",
]

Value = TypeVar("Value")

CELLS, TOLD, MADE = "cells.arrow", "told.json", "made.json"
_ABOUT = "job.json"
_MARKS = {"work", "source", "shape"}
_OURS = stat.S_ISVTX | stat.S_IRWXU
"""The mode of our folder: nobody else can look into it, and it is known as ours even when nothing is in it (any more)."""

_END = 4096  # bytes


class NoRoomError(OptionError):
    """The disk does not take what is written; the work so far is kept."""


class WorkLostError(OptionError):
    """What lies on disk is not what was written there, and cannot be made again from what is left."""


def lost(job: Path) -> WorkLostError:
    """Return what is said of work that is not whole."""
    return WorkLostError(
        f"The work that lies in {job.name!r} is not whole, as after a power cut.",
        found="No output has been made.",
        todo="Run it again: it begins anew. If that folder is still there, delete it first.",
    )


# --- whose folder it is ----------------------------------------------------------------------------------------------


@contextmanager
def alone(job: Path) -> Iterator[None]:
    """Make the folder of the work, and let nobody else work in it meanwhile; it goes again if nothing is left in it.

    Raises
    ------
    OptionError
        If another run is at work in it, or a file stands where a folder must be.
    """
    nearest = next((each for each in job.parents if each.exists()), job.parent)
    if nearest.is_file():
        raise OptionError(
            f"{nearest.name!r} is a file: nothing can be written below it.",
            todo="Choose another place for the outputs.",
        )
    if job.is_symlink() or job.is_file():
        raise OptionError(
            f"{job.name!r} is where the work would lie until it is done, and is no folder.",
            todo="Move it away, or choose another place for the outputs.",
        )
    made = [each for each in (job, *job.parents) if not each.exists()]
    try:
        job.mkdir(parents=True, exist_ok=True)
        with _held(job):
            yield
    finally:
        for each in made:
            with suppress(OSError):  # something is in it, or it is gone
                each.rmdir()


@contextmanager
def _held(job: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows, where a folder cannot be held
        yield
        return
    folder, busy = os.open(job, os.O_RDONLY), False
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            busy = not job.exists() or not os.path.samestat(
                os.fstat(folder), job.stat()
            )  # another run has just ended in it
        except BlockingIOError:
            busy = True
        except OSError:  # a disk that knows no locks
            pass
        if busy:
            raise OptionError(
                f"Another run is at work in {job.name!r}.",
                todo="Wait until it has ended, or choose another place for the outputs.",
            )
        yield
    finally:
        os.close(folder)


def begin(job: Path, identity: dict[str, str]) -> None:
    """Begin in a folder, which is made if it is not there, or go on with what is there; refuse the folder of other work.

    Raises
    ------
    OptionError
        If it holds other work, or something else.
    """
    job.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = job / _ABOUT
    if about.is_file():
        if if_whole(about) != identity:
            raise OptionError(
                f"{job.name!r} holds unfinished work of another recipe, of another version of equiwait, or on a list "
                "that has changed since.",
                todo="Delete that folder to begin anew, or choose another place for the outputs.",
            )
    elif any(each.name[:1] != "." for each in job.iterdir()):
        raise OptionError(
            f"{job.name!r} is where the work would lie until it is done, and holds something else.",
            todo="Move it away, or choose another place for the outputs.",
        )
    with suppress(OSError):  # some disks know no such mode; it was made for its owner alone
        job.chmod(0o700)
        job.chmod(_OURS)
    if not about.is_file():
        write_json(identity, about)


def refuse_what_stands_at(to: Path, job: Path | None = None) -> None:
    """Refuse to write over anything; what a ``job`` of ours has left that was stopped after its outputs got their name goes.

    Raises
    ------
    OptionError
        If something stands there.
    """
    if not to.exists():
        return
    if job is not None and _is_ours(job) and not _has_rows(job):
        shutil.rmtree(job, ignore_errors=True)
    raise OptionError(f"Something stands at {to.name!r} already.", todo="Choose another name, or move it away.")


def _is_ours(job: Path) -> bool:
    """Whether we made a folder: it says so itself, or by its mode when what it said is gone."""
    if not job.is_dir() or job.is_symlink():
        return False
    about = if_whole(job / _ABOUT)
    return stat.S_IMODE(job.stat().st_mode) == _OURS or (isinstance(about, dict) and set(about) == _MARKS)


def _has_rows(job: Path) -> bool:
    """Whether a folder holds anything but what a job leaves when all else of it is gone."""
    return any(each.is_file() and each.name not in (TOLD, _ABOUT, CELLS, MADE) for each in job.rglob("*"))


# --- what the disk does not take -------------------------------------------------------------------------------------

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_CHANGED = {errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}
_BARRED = {errno.EACCES, errno.EPERM, errno.EROFS}


def on_disk(do: Callable[[], Value], job: Path) -> Value:
    """Call ``do``; a failure of the disk becomes one sentence, raised outside the ``except`` block."""
    try:
        return do()
    except OSError as failed:
        failure, number = os.strerror(failed.errno) if failed.errno else type(failed).__name__, failed.errno
    raise NoRoomError(
        f"The work could not be written to {job.name!r} ({failure}).",
        found=f"{'What was finished is kept there; no' if job.exists() else 'No'} output has been made.",
        todo=_advice(number),
    )


def _advice(number: int | None) -> str:
    if number in _FULL:
        return "Make room, or choose another place, and run it again: it goes on where it stopped."
    if number in _CHANGED:
        return "See that nobody else, and no other run, works in that folder, and run it again."
    if number in _BARRED:
        return "Check that you may write there, or choose another place."
    return "Check the disk, or choose another place, and run it again: it goes on where it stopped."


# --- files that appear whole or not at all ---------------------------------------------------------------------------


def whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file or folder under another name, then give it its own."""
    new = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    gone(new)  # a process that was killed may have had the same numbers
    try:
        write(new)
        new.replace(path)
    except BaseException:
        gone(new)
        raise


def gone(path: Path) -> None:
    """Take a file or folder away, if it is there."""
    shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True)


def write_json(value: Any, path: Path) -> None:
    """Write a file of JSON; it appears whole."""
    whole(path, lambda new: new.write_text(json.dumps(value), encoding="utf-8"))


def read_json(path: Path) -> Any:
    """Read such a file."""
    return json.loads(path.read_text(encoding="utf-8"))


def if_whole(path: Path) -> Any:
    """Read such a file; None if there is none, or it is not whole."""
    try:
        return read_json(path)
    except (OSError, ValueError):
        return None


def opens(path: Path) -> bool:
    """Whether a table on disk is whole: a file that was cut has lost its end, without which it cannot be opened."""
    try:
        with pa.memory_map(str(path)) as source:
            ipc.open_file(source)
    except (OSError, ValueError):
        return False
    return True


def stamps(path: Path) -> dict[str, list[int]]:
    """Return how long a file, or each file of a folder, is and how it ends: to read all of it again would take too long."""
    files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    return {each.relative_to(path).as_posix(): _stamp(each) for each in files}


def is_whole(folder: Path, about: Any, moved: Path) -> bool:
    """Whether all files of a folder are as they were when it was written; one may lie in ``moved`` by now, called as the folder is."""

    def now(name: str) -> Path:
        here = folder / name
        return here if here.exists() else moved / f"{folder.name}{here.suffix}"

    return about is not None and all(_stamp(now(name)) == said for name, said in about["files"].items())


def _stamp(path: Path) -> list[int]:
    """Return how long a file is, and a number that its last bytes give; nothing where there is none."""
    try:
        with path.open("rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(max(length - _END, 0))
            return [length, zlib.crc32(file.read())]
    except (FileNotFoundError, NotADirectoryError):
        return []
