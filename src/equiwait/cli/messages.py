"""What the command line says: messages for people, progress for the patient, codes for other programs."""

from __future__ import annotations

import codecs
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from equiwait.errors import (
    ColumnsError,
    DisclosureError,
    EquiwaitError,
    InputError,
    OptionError,
    PlacesError,
    PolicyError,
    RefusedError,
    listed,
)
from equiwait.files.stopping import written_meanwhile

__all__ = ["EXIT_CODES", "Steps", "Stopped", "as_typed", "guarded", "quoted", "say", "steps", "tell"]

EXIT_CODES: Mapping[type[BaseException], int] = MappingProxyType(
    {
        Exception: 1,
        OptionError: 2,
        InputError: 3,
        ColumnsError: 4,
        PlacesError: 5,
        PolicyError: 6,
        RefusedError: 7,
        DisclosureError: 8,
        KeyboardInterrupt: 130,
    }
)
"""The code that the command ends with, by what went wrong; docs/reference/command-line.md says the same."""


class Stopped(Exception):  # noqa: N818 - it is no error: the user said stop
    """The user stopped the job; the parser of commands would end in silence. Without words `guarded` says what was written."""


def as_typed(message: str) -> str:
    """Return a message with Python's options as they are typed on the command line.

    Examples
    --------
    >>> as_typed("Say it with columns={'Your header': 'clock_start'} or date_order='month_first'.")
    "Say it with --columns 'Your header=clock_start' or --date-order 'month_first'."
    """
    for pattern, typed in _TYPED:
        message = re.sub(pattern, typed, message)
    message = re.sub(r"\b(columns|blank_means)=\{'([^']*)': '([^']*)'\}", r"\1='\2=\3'", message)
    message = re.sub(rf"(?<![-\w])({_OPTIONS})=", lambda found: f"--{found[1].replace('_', '-')} ", message)
    return re.sub(r"(--[a-z-]+) (?=[\s.,;:)]|$)", r"\1", message)  # an option that was named without a value


def quoted(path: object) -> str:
    """Return a path as it is typed: in quotes where it holds a space, which every shell understands.

    Examples
    --------
    >>> quoted("october.csv"), quoted("PTL October.csv")
    ('october.csv', '"PTL October.csv"')
    """
    return f'"{path}"' if " " in str(path) else str(path)


_HEADER = r"columns=\{'Your header': 'name'\}"
_RENAME = "Rename the two headers to postcode and area in a copy of the file."
_TYPED = (  # what Python's user does and the command line's cannot, or does in another way
    (r"^count_waits needs the column", "--by needs the column"),
    (r"Give a pathway_id of the list\.", "Give --id with a pathway_id of the list."),
    (
        rf"Run the step that adds it, or map your header with read_list\(\.\.\., {_HEADER}\)",
        "Check the name, map your header with --columns 'Your header=name', or link places with --directory and --index",
    ),
    (
        r"Look at check_list\(waiting\): it says why each row is not counted\.",
        "Check that the file is the open list, that --snapshot is its day, and which columns hold the dates (--columns).",
    ),
    (r"Say (?:which|which column) is which with columns=\{'postcode': '[^']*', 'area': '[^']*'\}\.", _RENAME),
    (r"or say columns=\{'area': '[^']*'\} for areas of your own", "or rename the header to area for areas of your own"),
    (r"replace=True writes", "--replace writes"),
    (r"load_index\(\.\.\., name='([^']*)'\)", r"--index \1=FILE"),
    (r"with domain=,", "with --index name:domain=FILE,"),
    (
        r'Say higher_score="more_deprived" or higher_score="less_deprived"\.',
        "Type equiwait places build NAME FILE --higher-score more_deprived (or less_deprived), then --index NAME.",
    ),
)

_OPTIONS = (
    "columns|blank_means|snapshot|date_order|sheet|directory|index|changes|policy|by|suppression"
    "|share|confidence|smallest_gap|estimand"
)


def say(text: str = "") -> None:
    """Write a line for the user to the standard output."""
    _write(sys.stdout, text)


def tell(text: str) -> None:
    """Write a line for the user beside the answer: to the standard error, so that other programs read the answer alone."""
    _write(sys.stderr, text)


_PLAINLY = str.maketrans(
    {"−": "-", "–": "-", "→": "->", "…": "...", "×": "x", "≥": ">=", "≤": "<=", "“": '"', "”": '"', "’": "'", "◆": "*"}
)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for characters that a code page lacks; where nothing says the same, a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    said = error.object[error.start : error.end].translate(_PLAINLY)
    return "".join(each if each.isascii() else "?" for each in said), error.end


codecs.register_error("equiwait_plainly", _plainly)


def _write(stream: Any, text: str) -> None:
    """Write a line; a character that an old code page does not have is written plainly: the sign of a number above all."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "equiwait_plainly").decode(encoding) + "\n")
    stream.flush()


def guarded(run: Callable[[], int]) -> int:
    """Run a command; turn whatever stops it into one message and an exit code.

    Only messages that equiwait wrote itself are shown. Any other error might quote a cell of the list, so its kind and
    place in the code are named and its words are not.
    """
    with written_meanwhile() as written:
        return _guarded(run, written)


def _guarded(run: Callable[[], int], written: Sequence[str]) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a library's warning is no message for the user, and might quote a cell
            return run()
    except EquiwaitError as error:
        return _stop(as_typed(str(error)), _code(error))
    except (KeyboardInterrupt, Stopped) as stopped:
        return _stop(str(stopped) or f"Stopped. {_what_was(written)}", EXIT_CODES[KeyboardInterrupt])
    except Exception as error:
        if hasattr(error, "format_message"):  # an option or argument that the parser of commands refuses
            return _stop(f"{error.format_message()}\n  Do: type equiwait --help.", EXIT_CODES[OptionError])
        return _stop(_unexpected(error, written), EXIT_CODES[Exception])


def _code(error: EquiwaitError) -> int:
    return next((EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES), EXIT_CODES[Exception])


def _stop(message: str, code: int) -> int:
    _write(sys.stderr, message)
    return code


def _what_was(written: Sequence[str]) -> str:
    if not written:
        return "Nothing was written."
    return f"Before that, all of {listed([repr(name) for name in written])} had been written."


def _unexpected(error: Exception, written: Sequence[str]) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"A part of the installation is missing: {error.name}.\n  Do: install equiwait again."
    return (
        f"Something went wrong inside equiwait ({type(error).__name__}{_where(error)}). {_what_was(written)}\n"
        "  Do: report that line to the makers. The error's own words are left out: they might quote the list."
    )


def _where(error: Exception) -> str:
    """Return the last place in equiwait that the error passed through."""
    package = Path(__file__).resolve().parents[1]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if package in path.parents:
            return f" at {path.relative_to(package).as_posix()}:{frame.lineno}"
    return ""


class Steps:
    """The steps of a job, shown on a terminal and silent elsewhere."""

    def __init__(self, bar: Any = None, total: int = 0) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=total) if bar else None
        self._done = -1

    def step(self, name: str) -> None:
        """Say which step begins."""
        self._done += 1
        self.part(0.0, name)

    def part(self, share: float, name: str) -> None:
        """Say how far the step is, from 0 to 1."""
        if self._bar:
            self._bar.update(self._task, completed=self._done + min(max(share, 0.0), 1.0), description=name)


@contextmanager
def steps(total: int) -> Iterator[Steps]:
    """Show the progress of ``total`` steps on the standard error while it is a terminal."""
    if not sys.stderr.isatty():
        yield Steps()
        return
    from rich.console import Console  # heavy: only where somebody watches
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Steps(bar, total)
