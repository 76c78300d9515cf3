"""Every sentence about a file that cannot be read: what is wrong, where (the line, never what stands in it), what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from equiwait.errors import EquiwaitError, InputError, attempt, listed

__all__ = [
    "counted",
    "empty_file",
    "far_cell",
    "guarded",
    "no_rows",
    "no_such_file",
    "no_such_sheet",
    "not_text",
    "not_whole",
    "other_kind",
    "too_big",
    "unknown_letters",
    "unreadable",
]

Value = TypeVar("Value")


def is_file(path: Path) -> bool:
    """Whether there is a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def no_such_file(path: Path, endings: Iterable[str] = ()) -> InputError:
    """There is no file of that name; those of the same kinds that are there are named."""
    kinds = set(endings)
    folder = path.parent
    near = sorted(each.name for each in folder.glob("*") if each.suffix.lower() in kinds) if folder.is_dir() else []
    return InputError(
        f"There is no file '{path.name[:80]}' in '{folder}'.",
        found=f"In that folder: {listed(near)}." if near else "",
        todo="Check the name and the folder.",
    )


def other_kind(name: str, endings: Iterable[str]) -> InputError:
    """The ending of a file is none of those that can be read."""
    return InputError(
        f"'{name}' is not a kind of file that can be read.", todo=f"Save it as one of: {listed(sorted(endings))}."
    )


def empty_file(name: str) -> InputError:
    """The file, or the sheet, has nothing in it."""
    return InputError(f"'{name}' is empty.", todo="Export it again, with its rows, or download it again.")


def no_rows(what: str, found: str = "") -> InputError:
    """The list has its headers at most."""
    return InputError(f"{what} has no rows.", found=found, todo="Export the list again, with its rows.")


def not_text(name: str) -> InputError:
    """The bytes are no text in any encoding."""
    return InputError(
        f"'{name}' is not a text file.",
        todo="If it is a workbook, give it its own ending (.xlsx); else export it again.",
    )


def unknown_letters(name: str, line: int) -> InputError:
    """A byte is of neither encoding that text files come in."""
    return InputError(
        f"'{name}' has a letter in line {line:,} that is neither UTF-8 nor Windows text.",
        todo="Save it again as CSV UTF-8.",
    )


def not_whole(name: str, wrong: str, found: str = "") -> InputError:
    """The rows of a text file are not whole."""
    return InputError(
        f"'{name}' {wrong}",
        found=found,
        todo="Put text that holds the separator or a quote in quotes, delete notes below the table, or export or download it again; "
        "nothing has been read.",
    )


def too_big(name: str, found: str) -> InputError:
    """Unpacked, the file would not fit into any memory, or hardly anything is in it."""
    return InputError(
        f"'{name}' unpacks to more than can be read.",
        found=found,
        todo="Delete the rows and columns beyond the table, or save it as CSV UTF-8.",
    )


def far_cell(name: str, sheet: str, what: str, where: int, last: int) -> InputError:
    """A cell stands far from its table."""
    return InputError(
        f"The sheet {sheet!r} of '{name}' has a cell far from its table.",
        found=f"Something stands in {what} {where:,}, and nothing between it and {what} {last:,}.",
        todo=f"Delete the {what}s beyond the table, save the workbook, and read it again.",
    )


def unreadable(name: str, what: str, failure: str) -> InputError:
    """A library could not open it; only the name of its failure is said."""
    return InputError(
        f"'{name}' could not be opened as a {what} ({failure}): it is damaged, cut short, or protected.",
        todo="Open it in a program that can, remove any password, save it again; or download it again.",
    )


def no_such_sheet(name: str, sheet: str, shown: Iterable[str]) -> InputError:
    """The workbook has no sheet of that name; hidden ones are not named, since they are not meant to be seen."""
    return InputError(f"'{name}' has no sheet {sheet!r}.", todo=f"Use one of: {listed(shown)}.")


def counted(many: int, what: str) -> str:
    """Return a number of things in words.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "cell")
    ('1 row', '1,200 cells')
    """
    return f"{many:,} {what}{'' if many == 1 else 's'}"


def guarded(do: Callable[[], Value], error: Callable[[str], EquiwaitError]) -> Value:
    """Call ``do`` as `errors.attempt` does, where a library may fail with more than an Exception.

    A damaged workbook makes the reader panic: what it raises is a BaseException, which nothing else would catch.
    """
    try:
        return attempt(do, error)
    except (EquiwaitError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as failure:
        name = type(failure).__name__
    raise error(name)
