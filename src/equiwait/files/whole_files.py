"""One file appears whole or not at all, and a file of the team is readable by its owner only from its first byte on."""

from __future__ import annotations

import errno
from collections.abc import Callable
from os import PathLike
from pathlib import Path

from equiwait.errors import OptionError
from equiwait.files.hidden_folders import beside
from equiwait.files.moves import NotPutRightError
from equiwait.files.stopping import is_written, unstopped
from equiwait.files.unnamed_files import place, unnamed

__all__ = ["IN_TEAM", "for_its_owner", "is_in_team", "on_disk", "refuse_name", "write_file"]

IN_TEAM = "IN-TEAM"
"""Stands in the name of every file that must not leave the team."""


def is_in_team(name: str) -> bool:
    """Whether a file says of itself, by its name, that it must not leave the team."""
    return IN_TEAM.lower() in Path(name).name.lower()


def write_file(to: str | PathLike[str], write: Callable[[Path], object], *, in_team: bool = False) -> Path:
    """Call ``write`` with a temporary name beside ``to``, then give the file its name; return the path.

    Parameters
    ----------
    to : path
    write : callable
    in_team : bool
        Whether it must not leave the team, as one with ``IN-TEAM`` in its name: only its owner can read it, and a run
        that is killed before it is whole leaves nothing of it.

    Raises
    ------
    OptionError
        If the place cannot be written to. What stood there before then stands there still.
    """
    path = Path(to)
    private = in_team or is_in_team(path.name)

    def whole() -> None:
        with beside(path) as temporary:
            new = temporary / "new" / path.name
            new.parent.mkdir()
            write(unnamed(new) if private else new)
            if private:
                for_its_owner(new)
            with unstopped():
                place(new, path)
                is_written(path.name)

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


def refuse_name(path: Path) -> None:
    """Refuse a name that no disk takes, before anything is done."""
    taken = True
    try:
        path.stat()
    except ValueError:  # a sign that no name holds
        taken = False
    except OSError as failed:
        taken = failed.errno != errno.ENAMETOOLONG
    if not taken:
        raise OptionError(
            "No disk takes the name that was given for the outputs.",
            todo="Choose a shorter one, of letters and digits.",
        )


def on_disk(do: Callable[[], None], name: str) -> None:
    """Call ``do``; a failure of the disk becomes one sentence, raised outside the ``except`` block."""
    try:
        do()
    except Exception as failure:
        if not isinstance(failure, OSError) and not type(failure).__module__.startswith("xlsxwriter"):
            raise
        kind, half = type(failure).__name__, isinstance(failure, NotPutRightError)
    else:
        return
    if half:
        raise OptionError(
            f"{name!r} holds files that a run left half moved, and they could not be moved back.",
            found="The earlier ones are kept in a hidden folder beside it, whose name begins with .equiwait.",
            todo="Close them if they are open in Excel or a browser, check that you may write there, and run it again: that puts "
            "them back first.",
        )
    raise OptionError(
        f"{name!r} could not be written ({kind}). Nothing was changed.",
        todo="Close it if it is open in Excel or a browser, check that you may write there and that the disk is not full, or "
        "choose another place.",
    )
