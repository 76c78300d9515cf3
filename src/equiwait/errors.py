"""Everything that equiwait raises on purpose.

```
EquiwaitError                      the base: message, what to do, and the heading in the docs
├── InputError        ValueError   a file, sheet or frame that cannot be used as a waiting list
├── ColumnsError      KeyError     columns that a step needs and the list lacks
├── OptionError       ValueError   an argument or option that means nothing here
├── PlacesError       LookupError  a directory, an index or a link between them that cannot be used
├── PolicyError       ValueError   a policy that is not whole, or that does not fit the list
├── RefusedError      ValueError   a question that the data cannot answer honestly
└── DisclosureError   PermissionError  something that must not leave the room as asked
```

Each class also is the builtin that a caller would already catch. A message is made of facts about columns, codes and
counts, never of a patient's value; raise these outside an ``except`` block, so that no library's error, which might
quote a value, travels along as ``__context__``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

__all__ = [
    "ColumnsError",
    "DisclosureError",
    "EquiwaitError",
    "InputError",
    "OptionError",
    "PlacesError",
    "PolicyError",
    "RefusedError",
]

Value = TypeVar("Value")


class EquiwaitError(Exception):
    """Base of every error that equiwait raises on purpose.

    Parameters
    ----------
    wrong : str
        What is wrong, in one sentence.
    found : str, optional
        What was found: headers, codes, counts, file names; never a patient's value.
    todo : str, optional
        What to do or type next.

    Examples
    --------
    >>> raise_me = EquiwaitError("The list has no clock start.", "Columns: a, b.", "Map one with columns=.")
    >>> print(raise_me)
    The list has no clock start.
      Found: Columns: a, b.
      Do: Map one with columns=.
    """

    heading = "equiwait errors"  # the heading in docs/how-to/errors.md; a test holds the two together

    def __init__(self, wrong: str, found: str = "", todo: str = "") -> None:
        self.wrong, self.found, self.todo = wrong, found, todo
        lines = [wrong, *([f"  Found: {found}"] if found else []), *([f"  Do: {todo}"] if todo else [])]
        self.message = "\n".join(lines)
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the message; KeyError would otherwise show its repr."""
        return self.message


class InputError(EquiwaitError, ValueError):
    """A file, sheet or frame that cannot be used as a waiting list."""

    heading = "The list cannot be read"


class ColumnsError(EquiwaitError, KeyError):
    """Columns that a step needs and the list lacks."""

    heading = "A column is missing"


class OptionError(EquiwaitError, ValueError):
    """An argument or option that means nothing here."""

    heading = "An option is not understood"


class PlacesError(EquiwaitError, LookupError):
    """A directory, an index or a link between them that cannot be used."""

    heading = "Places cannot be linked"


class PolicyError(EquiwaitError, ValueError):
    """A policy that is not whole, or that does not fit the list."""

    heading = "The policy cannot be used"


class RefusedError(EquiwaitError, ValueError):
    """A question that the data cannot answer honestly."""

    heading = "The question is refused"


class DisclosureError(EquiwaitError, PermissionError):
    """Something that must not leave the room as asked."""

    heading = "This must not leave the team"


def naming(name: str, do: Callable[[], Value]) -> Value:
    """Call ``do``; what it refuses names the file too, where there are several and it could be any of them.

    Examples
    --------
    >>> def read():
    ...     raise InputError("It has no rows.")
    >>> naming("ptl.csv", read)
    Traceback (most recent call last):
    equiwait.errors.InputError: In 'ptl.csv': It has no rows.
    """
    refused: EquiwaitError | None = None
    try:
        return do()
    except EquiwaitError as error:
        refused = error
    wrong = refused.wrong if name in refused.wrong else f"In '{name}': {refused.wrong}"
    raise type(refused)(wrong, refused.found, refused.todo)


def each_of(work: Iterable[Callable[[], Value]]) -> list[Value]:
    """Call each; where several refuse, raise one error that says what every one of them says.

    Examples
    --------
    >>> def refuse():
    ...     raise InputError("It has no rows.", todo="Export it again.")
    >>> each_of([lambda: 1, refuse, refuse])
    Traceback (most recent call last):
    equiwait.errors.InputError: 2 things are wrong.
      Found: It has no rows. It has no rows.
      Do: Export it again.
    """
    done: list[Value] = []
    refused: list[EquiwaitError] = []
    for do in work:
        try:
            done.append(do())
        except EquiwaitError as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        found = [f"{each.wrong} {each.found}".strip() for each in refused]
        more = f" And {len(found) - _MOST} more." if len(found) > _MOST else ""
        todo = dict.fromkeys(each.todo for each in refused if each.todo)
        raise type(refused[0])(f"{len(refused)} things are wrong.", " ".join(found[:_MOST]) + more, " ".join(todo))
    return done


_MOST = 12


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the nearest known word, or nothing.

    Examples
    --------
    >>> did_you_mean("ethnicty", ["ethnicity", "sex"])
    " Did you mean 'ethnicity'?"
    >>> did_you_mean("zzz", ["ethnicity"])
    ''
    """
    near = difflib.get_close_matches(str(given), list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def listed(words: Iterable[object], most: int = 12) -> str:
    """Return words joined for a sentence, cut after ``most`` with the number left out.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    every = [str(word) for word in words]
    shown = ", ".join(every[:most])
    return f"{shown} and {len(every) - most} more" if len(every) > most else shown


_DATA = (
    r"(?i)\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*"  # a date
    r"|\d{1,2}[ -][a-z]{3,9}[ -]\d{2,4}"  # a date with its month in words
    r"|[a-z]{0,5}[-_ ]?\d{3,}(\.\d+)?"  # a number or an identifier
    r"|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}"  # a postcode
)


def headers_said(headers: Iterable[object], most: int = 40) -> str:
    """Return headers for a message; how many there are, and no more, where the first row looks like somebody's data.

    A file without a header row has its first row for headers, and that row may be a patient's.

    Examples
    --------
    >>> headers_said(["Pathway ID", "RTT start"])
    'Headers: Pathway ID, RTT start.'
    >>> headers_said(["EQ-000123", "2026-04-01", "EQ1 1AA"])
    '3 columns; the first row looks like data, not headers, and is not repeated here.'
    """
    every = [str(header).strip() for header in headers]
    if any(re.fullmatch(_DATA, header) for header in every):
        return f"{len(every)} columns; the first row looks like data, not headers, and is not repeated here."
    return f"Headers: {listed(every, most)}."


def typed(given: object) -> str:
    """Return what somebody gave as an option, for a message: short text and numbers as they are, of anything else its kind.

    Examples
    --------
    >>> typed("31/10/2026"), typed({"a": 1})
    ("'31/10/2026'", '(a dict)')
    """
    if isinstance(given, str | bool | float) or (isinstance(given, int) and abs(given) < 10**12):
        said = repr(given)
        return said if len(said) <= 40 else f"{said[:37]}…"
    return f"(a {type(given).__name__})"


def choose(option: str, given: object, allowed: Sequence[Value]) -> Value:
    """Return ``given`` if it is allowed, else raise an OptionError that names what is.

    Examples
    --------
    >>> choose("suppression", "hes", ["hes", "none"])
    'hes'
    """
    for value in allowed:
        if isinstance(given, type(value)) and given == value:
            return value
    raise OptionError(
        f"{option}={typed(given)} is not understood.{did_you_mean(typed(given), map(str, allowed))}",
        todo=f"Use one of: {listed(allowed)}.",
    )


def attempt(do: Callable[[], Value], error: Callable[[str], EquiwaitError]) -> Value:
    """Call ``do``; if a library fails inside it, raise ``error(name of the failure)`` with no trace of the library's own message.

    A library's message may quote a cell of the list. The new error is raised outside the ``except`` block, so that it
    carries neither ``__cause__`` nor ``__context__``. Errors of equiwait itself pass through.

    Examples
    --------
    >>> attempt(lambda: int("7"), lambda name: InputError(name))
    7
    """
    try:
        return do()
    except EquiwaitError:
        raise
    except Exception as failure:  # any failure of a reader is one sentence to the user
        name = type(failure).__name__
    raise error(name)
