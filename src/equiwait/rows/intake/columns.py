"""Headers: which column of the catalogue each is, and what is asked where a column could be two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd
import pyarrow as pa

from equiwait.errors import ColumnsError, InputError, did_you_mean, headers_said, listed
from equiwait.fields import FIELDS, field_of, plain
from equiwait.fields.missing_words import clean
from equiwait.rows.intake.cells import cells_of

__all__ = [
    "DERIVED",
    "PROFILES",
    "SaidOfSeveral",
    "doubtful_priority",
    "named_columns",
    "priority_shown",
    "refuse_ambiguous_priority",
    "renamed",
    "text_headers",
    "was_read_before",
    "with_text_headers",
]

PROFILES = ("auto", "wlmds", "exact")
DERIVED = ("scope", "row_problems", "days_waiting", "weeks_waiting")
"""Columns that reading adds to every list."""


def named_columns(raw: pd.DataFrame, given: Mapping[str, str], profile: str) -> dict[str, str]:
    """Return header → canonical name: what the caller says first, then what the catalogue knows, its preferred alias first."""
    _refuse_two_of_a_name(raw.columns)
    headers = {plain(header): str(header) for header in raw.columns}
    named = _as_said(headers, given)
    for name, field in FIELDS.items():
        if name in named.values():
            continue
        known = {"auto": field.aliases, "wlmds": field.wlmds, "exact": ()}[profile]
        for alias in (name, *known):
            header = headers.get(plain(alias))
            if header is not None and header not in named and (profile != "auto" or field_of(header) == name):
                named[header] = name
                break
    if "clock_start" not in named.values():
        raise ColumnsError(
            "No column is known as the clock start, the day that the wait began.",
            found=_said(raw.columns),
            todo="Say which it is with columns={'Your header': 'clock_start'}.",
        )
    return named


def text_headers(headers: Iterable[object]) -> list[str]:
    """Return headers as text without invisible marks: a frame may have numbers for headers."""
    texts = [clean(str(header)) if not str(header).isascii() else str(header) for header in headers]
    if len(set(texts)) < len(texts):
        raise InputError(
            "Two headers are the same once they are written as text without invisible marks.",
            found=f"{len(texts)} columns.",
            todo="Rename or remove one of them.",
        )
    return texts


def with_text_headers(raw: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose headers are text without invisible marks."""
    texts = text_headers(raw.columns)
    return raw if texts == list(raw.columns) else raw.set_axis(texts, axis=1)


def was_read_before(headers: Iterable[object]) -> bool:
    """Whether a frame is a list that `read_list` gave, perhaps saved and opened again."""
    return set(DERIVED) <= set(map(str, headers))


def _refuse_two_of_a_name(headers: Iterable[object]) -> None:
    """Two headers that differ only in case, spaces or marks would be taken for one another in silence."""
    seen: dict[str, object] = {}
    for header in headers:
        name = field_of(header)
        if name and plain(header) in seen:
            raise ColumnsError(
                f"Two headers mean {name}: {seen[plain(header)]!r} and {header!r}.",
                todo="Rename or remove one of them.",
            )
        seen[plain(header)] = header


def _said(headers: Iterable[object]) -> str:
    """Headers for a message: said only if some are known, since the first row of a file without headers is a patient's."""
    every = list(headers)
    known = len({field_of(header) for header in every} - {None})
    if known < (2 if len(every) > 3 else 1):
        return f"{len(every)} columns, and hardly one is known; they are not repeated here, in case the file has no header row."
    return headers_said(every, 60)


class SaidOfSeveral(dict[str, str]):
    """``columns=`` as it is said of several extracts at once: headers change in a year, and each need not have them all.

    Examples
    --------
    >>> said = SaidOfSeveral({"Start day": "clock_start", "Beginn": "clock_start"})
    >>> _as_said({"startday": "Start day"}, said), said.nowhere
    ({'Start day': 'clock_start'}, ['Beginn'])
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(given)
        self.nowhere = list(given)
        """What no extract has had so far."""

    def refuse(self) -> None:
        """Refuse what none of the extracts has."""
        if self.nowhere:
            raise ColumnsError(
                f"columns= names something that none of the extracts has: {listed(map(repr, self.nowhere))}.",
                todo="Write columns={'Your header': 'name of the catalogue'}; the names are in the reference, under Columns.",
            )


def _as_said(headers: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Read ``columns=`` as header → name, or name → header where only that makes sense."""
    named: dict[str, str] = {}
    wrong: list[str] = []
    for left, right in given.items():
        for header, name in ((left, right), (right, left)):
            if plain(header) in headers and name in FIELDS:
                named[headers[plain(header)]] = name
                if isinstance(given, SaidOfSeveral) and left in given.nowhere:
                    given.nowhere.remove(left)
                break
        else:
            if isinstance(given, SaidOfSeveral):
                continue
            near = did_you_mean(right, FIELDS) if plain(left) in headers else ""
            wrong.append(f"{left!r}: {right!r}.{near}")
    if wrong:
        raise ColumnsError(
            "columns= names something that is not there: " + " ".join(wrong),
            found=_said(headers.values()),
            todo="Write columns={'Your header': 'name of the catalogue'}; the names are in the reference, under Columns.",
        )
    twice = sorted({name for name in named.values() if list(named.values()).count(name) > 1})
    if twice:
        raise ColumnsError(f"columns= gives two headers for {listed(twice)}.", todo="Keep one of them.")
    return named


def renamed(raw: pd.DataFrame, named: Mapping[str, str]) -> pd.DataFrame:
    """Canonical names; a column of the user's own that bears a name we derive, or a taken one, is kept as ``…_in_source``."""
    taken = set(named.values()) | set(DERIVED)
    own = {header: f"{header}_in_source" for header in raw.columns if header not in named and header in taken}
    return raw.rename(columns={**own, **named})


def doubtful_priority(headers: Iterable[object], named: Mapping[str, str], given: Mapping[str, str]) -> str | None:
    """Return the header of a priority that nobody has said to be one: a bare 1, 2 or 3 there can be read two ways."""
    header = next((header for header, name in named.items() if name == "priority"), None)
    said = {plain(each) for pair in given.items() for each in pair}
    return None if header is None or plain(header) != "priority" or plain(header) in said else header


def priority_shown(raw: pa.Array) -> dict[str, bool]:
    """Return whether cells of a priority hold a code such as P2, and whether they hold what may be another code."""
    texts = pa.types.is_dictionary(raw.type) and pa.types.is_string(raw.type.value_type)
    named = raw.slice(0, 0) if texts else raw  # its names are there without a row too
    cells = [cell.lower() for cell in cells_of(named)[0] if cell]
    return {
        "explicit": any(re.match(r"(p|d)\s*-?\d|priority\s*\d|\d\s*[ab]$", cell) for cell in cells),
        "doubtful": any(
            re.fullmatch(r"[1-3](\.0)?", cell) or FIELDS["referral_priority"].read(cell) in ("1", "2", "3")
            for cell in cells
        ),
    }


def refuse_ambiguous_priority(header: str, shown: Mapping[str, bool]) -> None:
    """A bare 1, 2 or 3 under "Priority" may be a P-code or a referral priority, and the two run opposite ways."""
    if shown["doubtful"] and not shown["explicit"]:
        raise InputError(
            f"The column {header!r} can be read two ways: P-codes (2 is sooner than 3) or referral priorities (3 is sooner than 2).",
            found="Bare numbers or words, and no code such as P2.",
            todo=f"Say which: columns={{{header!r}: 'priority'}} for P-codes, "
            f"columns={{{header!r}: 'referral_priority'}} for the referral.",
        )
