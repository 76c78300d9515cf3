"""Where files are before they have their places: a hidden folder beside them, which the next run clears if this one does not."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from equiwait.files.moves import NotPutRightError, is_about, is_half_moved, put_right
from equiwait.files.stopping import unstopped
from equiwait.files.unnamed_files import close_unnamed

__all__ = ["alone_beside", "beside", "files_in"]

_PREFIX = ".equiwait-"
_HELD = "held"
_HELD_SOON = "held-new"
_PATIENCE = 30.0


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Make a hidden folder beside ``path``, on the same disk, so that a rename is one step; it is gone afterwards.

    Only its owner can look into it. What a run that was killed left there is put right and cleared first. Folders on the way are
    made, and are gone again where what is done within fails.
    """
    with _folders_to(path.parent), ExitStack() as ending:
        with alone_beside(path), unstopped():
            temporary = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=path.parent))
            ending.callback(_end, temporary)
            ending.enter_context(_hold(temporary))
        yield temporary


def _end(temporary: Path) -> None:
    """Delete the hidden folder of this run, but not while earlier files wait in it that could not be put back."""
    with unstopped():
        close_unnamed(temporary)
        if not is_half_moved(temporary):
            _delete(temporary)


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
    held = (folder / _HELD_SOON).open("wb")
    _lock(held)
    (folder / _HELD_SOON).rename(folder / _HELD)  # so that it is never there without being held
    return held


@contextmanager
def alone_beside(path: Path) -> Iterator[None]:
    """Hold others of us up who would move files beside ``path``; what killed runs left there is put right first.

    Raises
    ------
    NotPutRightError
        If files of ``path`` itself were left half moved and cannot be moved back.
    """
    with _alone_in(path.parent) as alone:
        for folder in path.parent.glob(f"{_PREFIX}*-*"):
            if not folder.is_symlink():  # ours are none, and a link leads anywhere
                _clear(folder, path, alone=alone)
        yield


@contextmanager
def _alone_in(parent: Path) -> Iterator[bool]:
    """Wait until no other run moves files in a folder; False where the system cannot tell (Windows, some network drives)."""
    try:
        import fcntl

        descriptor = os.open(parent, os.O_RDONLY)
    except (ImportError, OSError):
        yield False
        return
    try:
        yield _locked(descriptor)
    finally:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # not only closed: a process that was forked meanwhile has it too
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Wait until a folder can be locked, but not for ever: other programs lock folders too."""
    import fcntl

    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        except OSError:
            return False
        else:
            return True
    return False


def _clear(folder: Path, path: Path, *, alone: bool) -> None:
    """Put back what a hidden folder of ours that nobody holds has of earlier files, then delete it; no other, whatever it is called."""
    try:
        if not (folder / _HELD).is_file():
            if alone and _is_begun(folder):  # nobody is just about to hold it
                _delete(folder)
            return
        with (folder / _HELD).open("r+b") as held:
            _lock(held)
            put_right(folder)
            _delete(folder)
        shutil.rmtree(folder, ignore_errors=True)  # once more, where an open file cannot be deleted
    except NotPutRightError:
        if is_about(folder, path):
            raise
    except OSError:  # somebody holds it, or only somebody else may look into it
        return


def _is_begun(folder: Path) -> bool:
    """Whether a hidden folder is one of ours that nobody held yet."""
    ours = re.fullmatch(re.escape(_PREFIX) + r"\d+-\w{8}", folder.name) is not None
    return ours and {each.name for each in folder.iterdir()} <= {_HELD_SOON}


def _delete(folder: Path) -> None:
    """Delete a hidden folder; what says that it is one goes last, so that whoever is killed meanwhile leaves one."""
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _lock(file: IO[Any]) -> None:
    """Lock a file, or raise OSError if another process has it; the lock ends with the process."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        return
    fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
