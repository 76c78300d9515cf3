"""Files appear whole or not at all: written under another name beside the place, then renamed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from equiwait.errors import OptionError, listed

__all__ = ["IN_TEAM", "MANIFEST", "files_in", "write_file", "write_folder"]

IN_TEAM = "IN-TEAM"
"""Stands in the name of every file that must not leave the team."""
MANIFEST = "manifest.json"
"""The file of a folder of outputs that lists the others, and so tells ours from the user's."""


def write_file(to: str | PathLike[str], write: Callable[[Path], None]) -> Path:
    """Call ``write`` with a temporary name beside ``to``, then give the file its name; return the path.

    Raises
    ------
    OptionError
        If the place cannot be written to. What stood there before then stands there still.
    """
    path = Path(to)

    def whole() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _beside(path) as temporary:
            write(temporary / path.name)
            _for_their_owner(temporary)
            (temporary / path.name).replace(path)

    _on_disk(whole, path.name)
    return path


def write_folder(to: str | PathLike[str], write: Callable[[Path], None], ours: Sequence[str] = ()) -> list[Path]:
    """Call ``write`` with an empty folder, then move what it made into ``to``, all of it or nothing.

    Files that an earlier run left in ``to`` (those of its manifest, and those named in ``ours``) are replaced as a
    whole; a file that equiwait did not write is never overwritten. Returns the files written.

    Raises
    ------
    OptionError
        If a file of the user's own would be overwritten, or the place cannot be written to.
    """
    folder = Path(to)
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder.name!r} is a file, not a folder.", todo="Name a folder for the outputs.")

    written: list[Path] = []

    def whole() -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _beside(folder) as temporary:
            write(_made(temporary / "new"))
            _for_their_owner(temporary / "new")
            names = files_in(temporary / "new")
            _swap(temporary / "new", folder, _made(temporary / "old"), ours)
            written.extend(folder / name for name in names)

    _on_disk(whole, folder.name)
    return written


def _on_disk(do: Callable[[], None], name: str) -> None:
    """Call ``do``; a failure of the disk becomes one sentence, raised outside the ``except`` block."""
    try:
        do()
    except OSError as failure:
        kind = type(failure).__name__
    else:
        return
    raise OptionError(
        f"{name!r} could not be written ({kind}). Nothing was changed.",
        todo="Close it if it is open in Excel or a browser, check that you may write there, or choose another place.",
    )


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Make a hidden folder beside ``path``, on the same disk, so that a rename is one step."""
    _clear_what_a_killed_run_left(path.parent)
    temporary = Path(tempfile.mkdtemp(prefix=f".equiwait-{os.getpid()}-", dir=path.parent))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _for_their_owner(folder: Path) -> None:
    """Files that stay in the team are readable by their owner only, before they get their names."""
    for name in files_in(folder):
        if IN_TEAM in name:
            (folder / name).chmod(0o600)


def _clear_what_a_killed_run_left(folder: Path) -> None:
    """Delete hidden folders of runs that are no more: a run that is killed cannot clear its own."""
    for left in folder.glob(".equiwait-*-*"):
        owner = left.name.split("-")[1]
        if left.is_dir() and owner.isdigit() and not _runs(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether a process is there; where the system has no list of them to look at, say yes and leave its folder."""
    if not Path("/proc/self").exists():
        return True
    return Path(f"/proc/{process}").exists()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _swap(new: Path, folder: Path, old: Path, also: Sequence[str]) -> None:
    """Put the earlier outputs aside and the new ones in their place; undo it all if one step fails."""
    ours = [name for name in dict.fromkeys([*_earlier(folder), *also]) if (folder / name).is_file()]
    names = files_in(new)
    _refuse_foreign(folder, [name for name in names if name not in ours])
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in [*((folder / n, old / n) for n in ours), *((new / n, folder / n) for n in names)]:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
            done.append((source, target))
    except OSError:
        for source, target in reversed(done):
            target.replace(source)
        raise


def files_in(folder: Path) -> list[str]:
    """Return the names of all files in a folder and below, with forward slashes, in order."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _earlier(folder: Path) -> list[str]:
    """Return the files of an earlier run; nothing where there is no manifest of ours."""
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
        names = [str(each["name"]) for each in found["files"]] if "equiwait" in found else []
    except (OSError, ValueError, KeyError, TypeError):
        return []
    inside = folder.resolve()
    return [name for name in [*names, MANIFEST] if inside in (folder / name).resolve().parents]


def _refuse_foreign(folder: Path, names: list[str]) -> None:
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise OptionError(
            f"The folder {folder.name!r} already holds files of these names that equiwait did not write.",
            found=listed(there),
            todo="Choose another folder, or move those files.",
        )
