"""Files that have no name until they are whole: the system frees them when the process ends, however it ends."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["close_unnamed", "place", "unnamed", "unnamed_file"]


def unnamed(path: Path) -> Path:
    """Return ``path`` as a place to write a patient's data to: where the system can, the file has no name until it is whole.

    Elsewhere (Windows, macOS, some network drives) ``path`` is an ordinary file of a hidden folder, and the next run clears it.
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


def close_unnamed(folder: Path) -> None:
    """Let go of all files without a name that stand in a folder."""
    for path in folder.rglob("*"):
        if (descriptor := unnamed_file(path)) is not None:
            with suppress(OSError):
                os.close(descriptor)


def place(new: Path, target: Path) -> None:
    """Give a new file its name, so that one of the two always stands there; what stood behind ``new`` does so no longer."""
    descriptor = unnamed_file(new)
    if descriptor is None:
        new.replace(target)
        return
    new.unlink()  # first: a file that stands no longer where it was made has got its name
    try:
        if os.path.lexists(target):
            _name(descriptor, new)  # no system gives a file a name that another has in one step
            new.replace(target)
        else:
            _name(descriptor, target)
    finally:
        os.close(descriptor)


def _name(descriptor: int, path: Path) -> None:
    parent = os.open(path.parent, os.O_RDONLY)
    try:  # with a folder beside it, link() follows the name in the list of open files; without one it would not
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=parent, follow_symlinks=True)
    finally:
        os.close(parent)
