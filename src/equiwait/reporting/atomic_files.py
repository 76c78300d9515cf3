"""The files of a folder appear all together or not at all: written in a hidden one beside it, then moved."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any

from equiwait.errors import OptionError, listed
from equiwait.files.hidden_folders import beside, files_in, unnamed, unnamed_file
from equiwait.files.whole_files import for_its_owner, is_in_team, on_disk, place
from equiwait.reporting.own_files import KEY, MANIFEST, OwnFiles, manifest_text, own_files

__all__ = ["write_folder"]


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
        with beside(folder) as temporary:
            new, old = _made(temporary / "new"), _made(temporary / "old")
            write(new)
            own, names = own_files(folder), files_in(new)
            _describe(own, new, names, made_by, about)
            swap = _Swap(new, folder, old)
            _swap(swap, own, [*own.made_by(made_by), *files_in(new)], replace)
            written.extend(folder.resolve() / name for name in names)

    on_disk(whole, folder.name)
    return written


def _describe(
    own: OwnFiles,
    new: Path,
    names: list[str],
    maker: str,
    about: Callable[[str], Mapping[str, Any]] | None,
) -> None:
    """Write the manifest, and beside patient files the key of their fingerprints."""
    for name in filter(is_in_team, names):
        for_its_owner(new / name)
    text = manifest_text(own, new, names, maker, about(own.key) if about else {})
    (new / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
    if '"hmac_sha256"' in text:
        unnamed(new / KEY).write_text(own.key + "\n", encoding="utf-8", newline="\n")
        for_its_owner(new / KEY)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


# --- into place ------------------------------------------------------------------------------------------------------


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
            place(swap.new / name, swap.folder / name)
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
