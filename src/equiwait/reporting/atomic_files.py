"""Files appear whole or not at all: written under another name beside the place, or under none, then named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any

from equiwait.errors import OptionError, listed
from equiwait.reporting.hidden_folders import beside, files_in, unnamed, unnamed_file
from equiwait.reporting.own_files import IN_TEAM, KEY, MANIFEST, OwnFiles, is_in_team, manifest_text, own_files

__all__ = ["IN_TEAM", "MANIFEST", "files_in", "unnamed", "write_file", "write_folder"]


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
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside(path) as temporary:
            new = temporary / path.name
            write(unnamed(new) if private else new)
            _for_its_owner(new, private)
            _place(new, path)

    _on_disk(whole, path.name)
    return path.resolve()


def write_folder(
    to: str | PathLike[str],
    write: Callable[[Path], None],
    *,
    made_by: str,
    about: Callable[[str], Mapping[str, Any]] | None = None,
    replace: bool = False,
) -> list[Path]:
    """Call ``write`` with an empty folder, then move what it made into ``to``, all of it or nothing, with a manifest.

    Parameters
    ----------
    to : path
        It is made if it is not there; if it gets files of the team, only its owner can look into it.
    write : callable
        It writes files with patients in them to ``unnamed(folder / name)``.
    made_by : str
        Which verb writes. The files that it made in an earlier run are replaced as a whole.
    about : callable, optional
        ``about(key)`` returns what else the manifest says.
    replace : bool
        Write over files of ours that somebody has changed since.

    Returns
    -------
    list of pathlib.Path
        What ``write`` made.

    Raises
    ------
    OptionError
        If a file that equiwait did not write, or one that was changed since, would be overwritten or deleted, or if the
        place cannot be written to. Nothing is changed then.
    """
    folder = Path(to)
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder.name!r} is a file, not a folder.", todo="Name a folder for the outputs.")
    written: list[Path] = []

    def whole() -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with beside(folder) as temporary:
            new, old = _made(temporary / "new"), _made(temporary / "old")
            write(new)
            own, names = own_files(folder), files_in(new)
            _describe(own, new, names, made_by, about)
            swap = _Swap(new, folder, old)
            _swap(swap, own, [*own.made_by(made_by), *files_in(new)], replace)
            written.extend(folder.resolve() / name for name in names)

    _on_disk(whole, folder.name)
    return written


def _describe(
    own: OwnFiles,
    new: Path,
    names: list[str],
    maker: str,
    about: Callable[[str], Mapping[str, Any]] | None,
) -> None:
    """Write the manifest, and beside patient files the key of their fingerprints."""
    for name in names:
        _for_its_owner(new / name, is_in_team(name))
    text = manifest_text(own, new, names, maker, about(own.key) if about else {})
    (new / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
    if '"hmac_sha256"' in text:
        unnamed(new / KEY).write_text(own.key + "\n", encoding="utf-8", newline="\n")
        _for_its_owner(new / KEY, True)


def _on_disk(do: Callable[[], None], name: str) -> None:
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


def _for_its_owner(path: Path, private: bool) -> None:
    """A file that stays in the team is readable by its owner only, before it gets its name."""
    if private:
        path.chmod(0o600)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


# --- into place ------------------------------------------------------------------------------------------------------


def _place(new: Path, target: Path) -> None:
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


class _Swap:
    """New files go in and ours of an earlier run go out, in steps that can be undone."""

    def __init__(self, new: Path, folder: Path, old: Path) -> None:
        self.new, self.folder, self.old = new, folder, old
        self._done: list[tuple[Path, Path]] = []

    def out(self, name: str) -> None:
        """Put an earlier file aside."""
        self._move(self.folder / name, self.old / name)

    def in_(self, name: str) -> None:
        """Put a new file in its place."""
        self._move(self.new / name, self.folder / name)

    def over(self, name: str) -> None:
        """Put a new file in the place of an earlier one, so that one of the two is always there."""
        if (self.folder / name).exists():
            shutil.copy2(self.folder / name, self.old / name)
            self._done.append((self.folder / name, self.old / name))
            (self.new / name).replace(self.folder / name)
        else:
            self.in_(name)

    def _move(self, source: Path, target: Path) -> None:
        self.make_folder(target.parent)
        source.replace(target)
        self._done.append((source, target))

    def make_folder(self, folder: Path) -> None:
        """Make a folder of the outputs; only its owner can look into one that has files of the team."""
        private = any(is_in_team(name) for name in files_in(self.new))
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700 if private else 0o777)

    @contextmanager
    def undone_if_it_fails(self) -> Iterator[None]:
        """Move everything back if a step fails."""
        try:
            yield
        except OSError:
            for source, target in reversed(self._done):
                with suppress(OSError):
                    target.replace(source)
            raise


def _swap(swap: _Swap, own: OwnFiles, going: Iterable[str], replace: bool) -> None:
    """Put the earlier outputs aside and the new ones in their place; undo it all if one step fails.

    The manifest goes first of what is new, so that a run that is killed leaves a folder whose files are known as ours; files
    of patients go last, from having no name straight to their own.
    """
    ours, names = own.names(), files_in(swap.new)
    leaving = [name for name in dict.fromkeys(going) if name in ours]
    _refuse_foreign(swap.folder, [name for name in names if name not in ours])
    if not replace:
        _refuse_changed(swap.folder, own.changed(leaving))
    last = [name for name in names if unnamed_file(swap.new / name) is not None]
    aside = [
        name for name in leaving if name != MANIFEST and (name in names or not is_in_team(name)) and name not in last
    ]
    with swap.undone_if_it_fails():
        for name in aside:
            swap.out(name)
        swap.over(MANIFEST)
        for name in names:
            if name != MANIFEST and name not in last:
                swap.in_(name)
        for name in last:
            swap.make_folder((swap.folder / name).parent)
            _place(swap.new / name, swap.folder / name)
    for name in leaving:
        if name not in names and is_in_team(name):
            (swap.folder / name).unlink(missing_ok=True)


def _refuse_foreign(folder: Path, names: list[str]) -> None:
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise OptionError(
            f"The folder {folder.name!r} already holds files of these names that equiwait did not write.",
            found=listed(there),
            todo="Choose another folder, or move those files.",
        )


def _refuse_changed(folder: Path, names: list[str]) -> None:
    if names:
        raise OptionError(
            f"Somebody has changed files in the folder {folder.name!r} since equiwait wrote them.",
            found=listed(names),
            todo="Move them, or choose another folder; replace=True writes over them.",
        )
