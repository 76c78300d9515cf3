"""Where files are before they have their names: a hidden folder that the next run clears, and files that have no name at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

__all__ = ["beside", "files_in", "unnamed", "unnamed_file"]

_PREFIX = ".equiwait-"
_HELD = "held"


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Make a hidden folder beside ``path``, on the same disk, so that a rename is one step; it is gone afterwards.

    Only its owner can look into it. What a run that was killed left there is cleared first. Folders on the way are made, and
    are gone again where what is done within fails.
    """
    with _folders_to(path.parent):
        _clear_what_killed_runs_left(path.parent)
        temporary = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=path.parent))
        held = _hold(temporary)
        try:
            yield temporary
        finally:
            _close_unnamed(temporary)
            held.close()
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _folders_to(folder: Path) -> Iterator[None]:
    """Make a folder and those on the way to it; those that were not there go again where what is done within fails."""
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for each in new:
            with suppress(OSError):  # somebody has put something into it
                each.rmdir()
        raise


# --- files without a name --------------------------------------------------------------------------------------------


def unnamed(path: Path) -> Path:
    """Return ``path`` as a place to write a patient's data to: where the system can, the file has no name until it is whole.

    The system frees a file without a name when the process ends, however it ends. Elsewhere (Windows, macOS, some network
    drives) ``path`` is an ordinary file of a hidden folder, and the next run clears it.
    """
    try:
        descriptor = os.open(path.parent, os.O_TMPFILE | os.O_RDWR, 0o600)
        path.symlink_to(f"/proc/self/fd/{descriptor}")
        if not path.exists():  # no list of open files to look at
            path.unlink()
            os.close(descriptor)
    except (OSError, AttributeError):
        return path
    return path


def unnamed_file(path: Path) -> int | None:
    """Return the open file that has no name yet and stands behind ``path``; None of an ordinary file."""
    if not path.is_symlink():
        return None
    return int(path.readlink().name)


def _close_unnamed(folder: Path) -> None:
    for path in folder.rglob("*"):
        if (descriptor := unnamed_file(path)) is not None:
            with suppress(OSError):
                os.close(descriptor)


def files_in(folder: Path) -> list[str]:
    """Return the names of all files in a folder and below, with forward slashes, in order."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# --- whose folder it is ----------------------------------------------------------------------------------------------


def _hold(folder: Path) -> IO[bytes]:
    """Hold a folder for as long as this process lives: another one can tell it from what a killed run left."""
    if os.name == "nt":  # an open file keeps its name there
        held = (folder / _HELD).open("wb")
        _lock(held)
        return held
    held = (folder / f"{_HELD}-new").open("wb")
    _lock(held)
    (folder / f"{_HELD}-new").rename(folder / _HELD)  # so that it is never there without being held
    return held


def _clear_what_killed_runs_left(parent: Path) -> None:
    """Delete hidden folders of ours that nobody holds; no other folder, whatever it is called."""
    for folder in parent.glob(f"{_PREFIX}*-*"):
        if not (folder / _HELD).is_file():
            continue
        with suppress(OSError):
            with (folder / _HELD).open("r+b") as held:
                _lock(held)
                shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)  # once more, where an open file cannot be deleted


def _lock(file: IO[Any]) -> None:
    """Lock a file, or raise OSError if another process has it; the lock ends with the process."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        return
    fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
