"""One file appears whole or not at all, and a file of the team is readable by its owner only from its first byte on."""

from __future__ import annotations

import os
from collections.abc import Callable
from os import PathLike
from pathlib import Path

from equiwait.errors import OptionError
from equiwait.files.hidden_folders import beside, unnamed, unnamed_file

__all__ = ["IN_TEAM", "for_its_owner", "is_in_team", "on_disk", "place", "write_file"]

IN_TEAM = "IN-TEAM"
"""Stands in the name of every file that must not leave the team."""


def is_in_team(name: str) -> bool:
    """Whether a file says of itself, by its name, that it must not leave the team."""
    return IN_TEAM.lower() in Path(name).name.lower()


def write_file(to: str | PathLike[str], write: Callable[[Path], None], *, in_team: bool = False) -> Path:
    """Call ``write`` with a temporary name beside ``to``, then give the file its name; return the path.

    Parameters
    ----------
    to : path
    write : callable
    in_team : bool
        Whether it must not leave the team, as one with ``IN-TEAM`` in its name: only its owner can read it, and a run
        that is killed leaves nothing of it.

    Raises
    ------
    OptionError
        If the place cannot be written to. What stood there before then stands there still.
    """
    path = Path(to)
    private = in_team or is_in_team(path.name)

    def whole() -> None:
        with beside(path) as temporary:
            new = temporary / path.name
            write(unnamed(new) if private else new)
            if private:
                for_its_owner(new)
            place(new, path)

    on_disk(whole, path.name)
    return path.resolve()


def for_its_owner(path: Path) -> None:
    """Let nobody but its owner read a file, or look into a folder and read what is in it; before it gets its name."""
    if not path.is_dir():
        path.chmod(0o600)
        return
    path.chmod(0o700)
    for each in path.iterdir():
        for_its_owner(each)


def on_disk(do: Callable[[], None], name: str) -> None:
    """Call ``do``; a failure of the disk becomes one sentence, raised outside the ``except`` block."""
    try:
        do()
    except Exception as failure:
        if not isinstance(failure, OSError) and not type(failure).__module__.startswith("xlsxwriter"):
            raise
        kind = type(failure).__name__
    else:
        return
    raise OptionError(
        f"{name!r} could not be written ({kind}). Nothing was changed.",
        todo="Close it if it is open in Excel or a browser, check that you may write there and that the disk is not full, or "
        "choose another place.",
    )


def place(new: Path, target: Path) -> None:
    """Give a new file its name; one without a name gets its first."""
    descriptor = unnamed_file(new)
    if descriptor is None:
        new.replace(target)
        return
    target.unlink(missing_ok=True)
    parent = os.open(target.parent, os.O_RDONLY)
    try:  # with a folder beside it, link() follows the name in the list of open files; without one it would not
        os.link(f"/proc/self/fd/{descriptor}", target, src_dir_fd=parent, follow_symlinks=True)
    finally:
        os.close(parent)
