"""What was said once about the files of a hospital, kept as TOML so that next month's file needs no question."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from equiwait.cli.messages import quoted
from equiwait.errors import OptionError, listed

__all__ = ["NAME", "UNSAID", "Mapped", "mapping_for", "written"]

NAME = "equiwait-mapping.toml"
"""The file that is looked for beside a list."""


@dataclass(frozen=True)
class Mapped:
    """What a mapping file says: headers to columns, what blanks mean, and who is on the list.

    Parameters
    ----------
    columns : mapping
        Header to column; a file that lacks one of the headers is refused, since its layout has changed.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    blank_means: Mapping[str, str] = field(default_factory=dict)
    all_are: str | None = None
    date_order: str | None = None
    sheet: str | None = None


UNSAID = Mapped()
"""What is said of a list of which nothing was saved."""

_TEXTS = ("all_are", "date_order", "sheet")
_TABLES = ("columns", "blank_means")


def mapping_for(source: Path, given: Path | None) -> Mapped:
    """Return what is said of a list: by the file given, else by the one beside it, else nothing."""
    beside = source.parent / NAME
    if given is None:
        return read_mapping(beside) if beside.is_file() else UNSAID
    if not given.is_file():
        raise OptionError(
            f"There is no mapping {given.name!r} at that path.", todo=f"Write one: equiwait map {quoted(source)}"
        )
    return read_mapping(given)


def read_mapping(path: Path) -> Mapped:
    """Return what a mapping file says; refuse what it says in vain."""
    try:
        said: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        said = {"": None}
    wrong = [name for name in said if name not in (*_TEXTS, *_TABLES)]
    wrong += [name for name in _TEXTS if not isinstance(said.get(name, ""), str)]
    wrong += [name for name in _TABLES if not _of_texts(said.get(name, {}))]
    if wrong:
        raise OptionError(
            f"The mapping {path.name!r} is not understood.",
            found="It is no TOML." if "" in said else f"Not understood: {listed(wrong)}.",
            todo="Write it anew with equiwait map, or delete it.",
        )
    return Mapped(**said)


def _of_texts(table: Any) -> bool:
    return isinstance(table, dict) and all(isinstance(value, str) for value in table.values())


def written(mapped: Mapped) -> str:
    """Return a mapping as the text of its file.

    Examples
    --------
    >>> print(written(Mapped({"Began": "clock_start"}, all_are="admitted")), end="")
    # How equiwait reads the lists in this folder; written by equiwait map, and yours to change.
    all_are = "admitted"
    <BLANKLINE>
    [columns]
    "Began" = "clock_start"
    """
    lines = ["# How equiwait reads the lists in this folder; written by equiwait map, and yours to change."]
    lines += [f"{name} = {_quoted(getattr(mapped, name))}" for name in _TEXTS if getattr(mapped, name)]
    for name in _TABLES:
        if table := getattr(mapped, name):
            lines += ["", f"[{name}]", *(f"{_quoted(left)} = {_quoted(right)}" for left, right in table.items())]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return text as TOML writes it: as JSON does, but for the one control character that JSON leaves."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
