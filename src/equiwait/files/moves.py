"""Files of a folder change places all together: each move is written down before the first, so that any later run can undo them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from equiwait.files.stopping import is_written, unstopped
from equiwait.files.unnamed_files import place

__all__ = ["NotPutRightError", "is_about", "is_half_moved", "move_together", "put_right"]

_PLAN = "moving.json"


class NotPutRightError(OSError):
    """Files that were moved could not be moved back; a later run tries again."""


@dataclass(frozen=True)
class _Plan:
    """What is about to be moved between a folder and the hidden one beside it.

    The plan stands on disk from before the first move until after the last. Which moves were made is read from where the files are, so
    that it is never behind.
    """

    to: str
    leaving: list[str]
    coming: dict[str, list[int]]
    made: list[str]

    def save(self, hidden: Path) -> None:
        new = hidden / f"{_PLAN}.new"
        new.write_text(json.dumps(asdict(self)), encoding="utf-8")
        new.replace(hidden / _PLAN)

    def folder(self, hidden: Path) -> Path:
        return hidden.parent / self.to


def move_together(
    hidden: Path, folder: Path, names: Iterable[str], *, coming: Collection[str], leaving: Collection[str], mode: int
) -> None:
    """Put ours of an earlier run aside and new files in their place, in the order of ``names``; all of it or nothing.

    Parameters
    ----------
    hidden : Path
        Beside the folder; the new files are in ``new``.
    folder : Path
    names : iterable of str
        All files that move, in order.
    coming, leaving : collection of str
        Which of them come, and which stand there and go; a file that is replaced does both.
    mode : int
        The mode of folders that are made.
    """
    new, old = hidden / "new", hidden / "old"
    plan = _Plan(folder.name, list(leaving), {name: _stamp(new / name) for name in coming}, _missing(folder, coming))
    with unstopped():
        try:
            plan.save(hidden)
            for each in plan.made:
                (folder / each).mkdir(mode=mode)
            for name in names:
                if name in leaving:
                    (old / name).parent.mkdir(parents=True, exist_ok=True)
                    (folder / name).replace(old / name)
                if name in coming:
                    place(new / name, folder / name)
            (hidden / _PLAN).unlink()
        except BaseException:
            put_right(hidden)
            raise
        is_written(folder.name)
        shutil.rmtree(old, ignore_errors=True)


def _stamp(path: Path) -> list[int]:
    """Return what tells a file from one that is written later; some disks keep every other second."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns // 2_000_000_000]


def _missing(folder: Path, coming: Iterable[str]) -> list[str]:
    """Return which folders of the new files are not there, from the top."""
    parents = {parent for name in coming for parent in Path(name).parents}
    return sorted(each.as_posix() for each in parents if not (folder / each).exists())


def is_half_moved(hidden: Path) -> bool:
    """Whether a hidden folder holds files that were put aside, and must not go before they are back."""
    return (hidden / _PLAN).exists()


def is_about(hidden: Path, folder: Path) -> bool:
    """Whether what a hidden folder holds was moved out of ``folder``."""
    with suppress(NotPutRightError):
        plan = _plan(hidden)
        return plan is not None and plan.to == folder.name
    return False


def put_right(hidden: Path) -> None:
    """Undo the moves of a run that did not end; doing so twice, or half and then again, undoes no more.

    Raises
    ------
    NotPutRightError
        If a file cannot be moved. What was put aside stays there then.
    """
    failed = ""
    with unstopped():
        try:
            plan = _plan(hidden)
            if plan is not None:
                _undo(plan, hidden)
                (hidden / _PLAN).unlink()
        except OSError as failure:
            failed = type(failure).__name__
    if failed:
        raise NotPutRightError(failed)


def _undo(plan: _Plan, hidden: Path) -> None:
    """Take out what came and put back what left; what was written there since stays."""
    folder, new, old = plan.folder(hidden), hidden / "new", hidden / "old"
    for name, stamp in plan.coming.items():
        came = not os.path.lexists(new / name) and (name not in plan.leaving or os.path.lexists(old / name))
        if came and (folder / name).is_file() and _stamp(folder / name) == stamp:
            (folder / name).unlink()
    for name in plan.leaving:
        if os.path.lexists(old / name) and not os.path.lexists(folder / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (old / name).replace(folder / name)
    for each in reversed(plan.made):
        with suppress(OSError):  # somebody has put something into it
            (folder / each).rmdir()


def _plan(hidden: Path) -> _Plan | None:
    """Return the plan of a hidden folder of our own; one of somebody else's, or that leads out of its folder, is not followed."""
    path = hidden / _PLAN
    if not os.path.lexists(path):
        return None
    try:
        plan = _Plan(**json.loads(path.read_text("utf-8")))
        names = [plan.to, *plan.leaving, *plan.coming.keys(), *plan.made]
        inside = all(not Path(name).is_absolute() and ".." not in Path(name).parts for name in names)
        ours = not hasattr(os, "geteuid") or path.stat().st_uid == os.geteuid()
        links = any(each.is_symlink() for each in (hidden, hidden / "old", hidden / "new"))
        followed = ours and inside and not links and len(Path(plan.to).parts) < 2
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        followed = False
    if not followed:
        raise NotPutRightError
    return plan
