"""The words for what is not shown: made from the rule and the marks, so that no answer types them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from equiwait.disclosure.cells import BESIDE, LEFT_OUT, SHARED, SHOWN, SMALL, Cell
from equiwait.disclosure.release import ReleasedCounts
from equiwait.disclosure.rules import RULES, Rule

__all__ = ["Note", "hidden_words", "in_sentences", "in_words", "notes_of", "row_notes"]


class Note(NamedTuple):
    """A sentence with counts in it: text, and the cells whose counts stand in it."""

    parts: tuple[str | Cell, ...]


def in_sentences(notes: Iterable[str | Note], released: ReleasedCounts) -> tuple[str, ...]:
    """Return notes as they may be read: every number in them as it was released; empty ones are left out.

    Examples
    --------
    >>> from equiwait.disclosure.cells import tally
    >>> from equiwait.disclosure.release import release
    >>> from equiwait.disclosure.rules import rule_named
    >>> released = release(tally("rows", "scope", ["planned", "closed"], [31, 4]), rule_named("hes"))
    >>> in_sentences(["Read this.", Note(("Planned: ", released.cells[1], ".")), ""], released)
    ('Read this.', 'Planned: 30.')
    """
    said = [note if isinstance(note, str) else "".join(_said(part, released) for part in note.parts) for note in notes]
    return tuple(filter(None, said))


def _said(part: str | Cell, released: ReleasedCounts) -> str:
    return part if isinstance(part, str) else in_words(released, part)


def in_words(released: ReleasedCounts, cells: Any) -> str:
    """Return one count as it may be printed in a sentence.

    Examples
    --------
    >>> from equiwait.disclosure.cells import Cell, cells_of, tally
    >>> from equiwait.disclosure.release import release
    >>> from equiwait.disclosure.rules import rule_named
    >>> released = release(tally("open", "sex", ["F", "M", "X"], [1203, 400, 3]), rule_named("hes"))
    >>> [in_words(released, cell) for cell in cells_of("open", "sex", ["F", "X"]).ravel()]
    ['1,205', '1–7']
    """
    mark = int(released.marked(cells))
    if mark == SHOWN:
        return f"{float(released.people(cells)):,.0f}"
    return {SMALL: released.rule.mark, SHARED: f"0–{released.rule.most_hidden}"}.get(mark, "(hidden)")


def hidden_words(rule: Rule = RULES["hes"]) -> str:
    """Return what a picture writes where a number is hidden.

    Examples
    --------
    >>> hidden_words()
    'hidden (1–7 people)'
    """
    return f"hidden ({rule.mark} people)"


def row_notes(rule: Rule, marks: NDArray[np.int8], whom: str = "people") -> list[str]:
    """Return for each row of marks (rows × counts) why its counts are not shown, the first reason that holds; else nothing.

    ``whom`` says who is counted: ``"people treated"``.

    Examples
    --------
    >>> from equiwait.disclosure.rules import rule_named
    >>> row_notes(rule_named("hes"), np.array([[0, 1], [0, 0]], np.int8))
    ['hidden: 1 to 7 people', '']
    """
    words = {
        LEFT_OUT: "left out: no way of hiding makes it safe",
        SMALL: f"hidden: {rule.small} {whom}",
        SHARED: f"hidden: {rule.most_hidden} {whom} or fewer, part of a hidden number",
        BESIDE: "hidden, so that a smaller number cannot be worked out",
    }
    rows = marks.reshape(len(marks), int(np.prod(marks.shape[1:])))  # also where there is no row
    return [next((said for mark, said in words.items() if mark in row), "") for row in rows.tolist()]


def notes_of(released: ReleasedCounts) -> tuple[str, ...]:
    """Return what must be read with any answer: the rule, what is hidden besides, and the tables that are left out.

    Examples
    --------
    >>> from equiwait.disclosure.cells import tally
    >>> from equiwait.disclosure.release import release
    >>> from equiwait.disclosure.rules import rule_named
    >>> notes_of(release(tally("open", "sex", ["F", "M"], [1203, 400]), rule_named("hes")))
    ('Counts of 1 to 7 are hidden and others are rounded to the nearest 5.',)
    """
    said = [released.rule.says]
    if (released.marks == BESIDE).any():
        said.append("Some other counts are hidden too, so that the small ones cannot be worked out from them.")
    if released.left_out:
        said.append(f"Left out, since no way of hiding makes them safe: {_tables(released)}.")
    return tuple(said)


def _tables(released: ReleasedCounts) -> str:
    names: Sequence[str] = [
        " by ".join(filter(None, (event.replace("_", " ") or "people", " × ".join(columns).replace("_", " "))))
        for _, columns, event in released.left_out
    ]
    return "; ".join(dict.fromkeys(names))
