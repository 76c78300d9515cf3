"""The files of a folder appear all together or not at all: written in a hidden one beside it, then moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from equiwait.errors import OptionError, listed
from equiwait.files.hidden_folders import alone_beside, beside, files_in
from equiwait.files.moves import move_together
from equiwait.files.unnamed_files import unnamed
from equiwait.files.whole_files import for_its_owner, is_in_team, on_disk, refuse_name
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
    folder = Path(to).resolve() if Path(to).name == ".." else Path(to)
    refuse_name(folder)
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder.name!r} is a file, not a folder.", todo="Name a folder for the outputs.")
    written: list[Path] = []

    def whole() -> None:
        with beside(folder) as temporary:
            new = temporary / "new"
            new.mkdir()
            write(new)
            names = files_in(new)
            with alone_beside(folder):
                own = own_files(folder)
                _describe(own, new, names, made_by, about)
                _swap(temporary, folder, own, own.made_by(made_by), replace)
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


# --- into place ------------------------------------------------------------------------------------------------------


def _swap(temporary: Path, folder: Path, own: OwnFiles, going: Iterable[str], replace: bool) -> None:
    """Put the earlier outputs aside and the new ones in their place.

    The manifest goes first, and files of patients go last, so that they are not under other names for longer than need be: new
    ones go from having no name straight to their own.
    """
    new = temporary / "new"
    ours, coming = own.names(), files_in(new)
    leaving = [name for name in dict.fromkeys([*going, *coming]) if name in ours]
    _refuse_foreign(folder, [name for name in coming if name not in ours])
    if not replace:
        _refuse_changed(folder, own.changed(leaving))
    names = sorted({*coming, *leaving}, key=lambda name: (name != MANIFEST, is_in_team(name), name))
    mode = 0o700 if any(map(is_in_team, coming)) else 0o777
    move_together(temporary, folder, names, coming=coming, leaving=leaving, mode=mode)


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
