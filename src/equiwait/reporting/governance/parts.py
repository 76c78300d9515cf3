"""What a paper is made of, whatever it is written as: headings, sentences, points, tables, and blanks for a named person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

__all__ = ["Blank", "Grid", "Heading", "Paper", "Part", "Points", "Text"]


class Heading(NamedTuple):
    """A heading inside a paper."""

    text: str


class Text(NamedTuple):
    """A paragraph."""

    text: str


class Points(NamedTuple):
    """Sentences, one under the other."""

    sentences: tuple[str, ...]


class Grid(NamedTuple):
    """A table, its first row the headings; ``caption`` says what it shows."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Blank(NamedTuple):
    """What only a person can write: who, what is asked of them, and what they must look up because we only recall it."""

    who: str
    question: str
    verify: str = ""


Part: TypeAlias = Heading | Text | Points | Grid | Blank


@dataclass(frozen=True)
class Paper:
    """A paper.

    Parameters
    ----------
    name : str
        The stem of its files.
    title : str
        Its heading.
    parts : sequence of Part
        What stands in it, in reading order.
    """

    name: str
    title: str
    parts: Sequence[Part]

    @property
    def blanks(self) -> int:
        """How many places wait for a person."""
        return sum(isinstance(part, Blank) for part in self.parts)
