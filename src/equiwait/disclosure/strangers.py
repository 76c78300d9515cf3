"""Tables made by others as released counts: which cells are counts, which are hidden, and what sums to what."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from equiwait.disclosure.cells import SHOWN, UNTOLD, Cell, Sum
from equiwait.disclosure.release import ReleasedCounts
from equiwait.disclosure.rules import Rule
from equiwait.fields import field_of

__all__ = ["counts_of_table", "is_count_column", "sums_of"]

_COUNTS = re.compile(
    r"^(n|of|people|persons|patients|pathways|count|counts|number|rows|events|total|all)\b|^n_|_people$|^number of",
    re.I,
)
_NO_COUNTS = re.compile(
    r"^$|^unnamed|^from$|^to$|^most (up|down)$|%|\b(rank|rate|ratio|share|percent(age)?|per cent|median|mean|average|(per)?centile|"
    r"p\d\d|p value|code|id|ref|score|points?|tier|order|position|places?|version|lower|upper|limits?|difference|page|expected|"
    r"longest|records to fill)\b",
    re.I,
)
_MEASURES = re.compile(r"\b(weeks?|days?|months?|years?|dates?|age|deciles?|quintiles?|bands?|period|over)\b", re.I)
_HIDDEN = re.compile(r"^(\*+|hidden|suppressed|\[?c\]?|\[?redacted\]?|-|–|<\s*\d+|\d+\s*[–-]\s*\d+)$", re.I)
_PEOPLE = re.compile(r"n|people|persons|patients|counts?|number|number of (people|patients)|total|all", re.I)
_TOTALS = re.compile(r"^(total|all|everyone|everybody|overall|england|grand total|all .*)$", re.I)


def is_count_column(header: str, cells: Sequence[str]) -> bool:
    """Return whether a column holds numbers of people: whole numbers or marks in every cell, and no header that says otherwise.

    ``Weeks`` and ``Age`` are measures; ``Over 18 weeks`` and ``Age 0–18`` count those who are.

    Examples
    --------
    >>> is_count_column("Patients", ["1,203", "*", "45"]), is_count_column("Share", ["0.12", "0.3"])
    (True, False)
    """
    whole = [cell for cell in cells if _number(cell) is not None]
    others = [cell for cell in cells if cell and _number(cell) is None and not _HIDDEN.match(cell)]
    named = header.strip().replace("_", " ")
    measured = _NO_COUNTS.search(named) or (_MEASURES.search(named) and not re.search(r"\d", named))
    return bool(_COUNTS.search(header.strip()) or not measured) and bool(whole) and not others


def counts_of_table(table: Sequence[Sequence[str]], rule: Rule, name: str) -> ReleasedCounts:
    """Return the counts of a table with a header row, each keyed by the words of its row and the header of its column.

    Parameters
    ----------
    table : sequence of rows
        The first row holds the headers.
    rule : Rule
        The rule that it is said to follow; where counts are plainly not rounded, they are taken as exact.
    name : str
        What the table is of: tables of one name share their cells.

    Returns
    -------
    ReleasedCounts
        A row with ``Total`` in a column of words is the sum over that column.

    Examples
    --------
    >>> from equiwait.disclosure.rules import rule_named
    >>> rows = [["Sex", "Patients"], ["Female", "120"], ["Male", "*"], ["Total", "205"]]
    >>> found = counts_of_table(rows, rule_named("hes"), "a")
    >>> found.marks.tolist(), len(found.sums)
    ([0, 5, 0], 1)
    """
    headers, *rows = [list(row) for row in table]
    rows = [row + [""] * (len(headers) - len(row)) for row in rows]
    columns = [[row[at] for row in rows] for at in range(len(headers))]
    counted = [at for at, header in enumerate(headers) if is_count_column(header, columns[at])]
    words = [
        at
        for at in range(len(headers))
        if at not in counted and any(columns[at]) and all(_number(cell) is None for cell in columns[at] if cell)
    ]
    named = _named([headers[at] for at in words])
    events = _events([headers[at] for at in counted])
    cells: dict[Cell, tuple[float, int]] = {}
    for row in rows:
        groups = tuple(
            sorted((title, row[at]) for title, at in zip(named, words, strict=True) if not _TOTALS.match(row[at]))
        )
        for at, event in zip(counted, events, strict=True):
            cell = Cell(name, groups, event)
            number = _number(row[at])
            if number is not None:
                cells[cell] = (number, SHOWN)
            elif row[at]:
                cells[cell] = (np.nan, UNTOLD)
    shown = np.array([number for number, _ in cells.values()], float)
    marks = np.array([mark for _, mark in cells.values()], np.int8)
    return ReleasedCounts(rule, tuple(cells), shown, marks, tuple(sums_of(list(cells))))


def _named(headers: Sequence[str]) -> list[str]:
    """Columns by the names that lists have for them, so that two files that spell one differently speak of the same."""
    known = [field_of(header) or header.strip().lower() for header in headers]
    return known if len(set(known)) == len(known) else list(headers)


def _events(headers: Sequence[str]) -> list[str]:
    """What is counted: people, where one column alone counts them, whatever it is called."""
    plain = ["people" if _PEOPLE.fullmatch(header.strip()) else header.strip().lower() for header in headers]
    return plain if len(set(plain)) == len(plain) else list(headers)


def sums_of(cells: Sequence[Cell]) -> list[Sum]:
    """Return which of these counts are sums of which, by their words alone.

    A cell without a column of words is the sum of those that have it and agree with it in all else.
    """
    there = set(cells)
    found = []
    for column in dict.fromkeys(column for cell in cells for column in cell.columns):
        parts: dict[Cell, list[Cell]] = {}
        for cell in cells:
            if column in cell.columns:
                parent = cell._replace(groups=tuple(pair for pair in cell.groups if pair[0] != column))
                parts.setdefault(parent, []).append(cell)
        found += [Sum(parent, tuple(mine)) for parent, mine in parts.items() if parent in there and len(mine) > 1]
    return found


def _number(cell: str) -> float | None:
    plain = cell.replace(",", "").strip()
    return float(plain) if re.fullmatch(r"\d+(\.0+)?", plain) else None
