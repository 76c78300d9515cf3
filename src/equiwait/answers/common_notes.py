"""What every answer must say of its list: rows that are not counted, people with several pathways, sources of place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from equiwait.answers.grouped_people import EVERYONE
from equiwait.counts.waits import About
from equiwait.counts.waits.clustering import Clustering, clustering_of
from equiwait.counts.waits.wording import AREA_IS_NOT_PERSON, SEVERAL_PATHWAYS, about_areas
from equiwait.disclosure import (
    PEOPLE,
    Cell,
    Counts,
    DesignEffect,
    Note,
    ReleasedCounts,
    count,
    in_sentences,
    in_words,
    together,
)
from equiwait.fields.scopes import SCOPE_WORDS

__all__ = [
    "ListNotes",
    "NotCounted",
    "are_repeated",
    "list_notes",
    "not_counted",
    "people_once",
    "repeated_fact",
    "several_pathways",
    "whom",
]

_ALSO_A_FAULT = "unknown_clock_start"  # a scope, and in a window also a row of another scope without its start
_REPEATED = f"design effect, {EVERYONE}"


@dataclass(frozen=True)
class NotCounted:
    """The rows of a list that an answer does not count, by reason; no number is in it."""

    rows: tuple[tuple[str, Cell], ...] = ()

    @property
    def note(self) -> Note | str:
        """The sentence that says how many there are."""
        if not self.rows:
            return ""
        parts = [
            part
            for reason, cell in self.rows
            for part in (f", {SCOPE_WORDS.get(reason, reason.replace('_', ' '))} ", cell)
        ]
        return Note(("Rows of the list that are not counted: ", str(parts[0]).removeprefix(", "), *parts[1:], "."))


def not_counted(about: About) -> tuple[Counts, NotCounted]:
    """Return the counts of rows that are not counted, by reason, and what may be said of them.

    A scope is the same count as in `check_list`; other reasons hold in one window alone.
    """
    rows, apart = f"rows {about.snapshot}".strip(), " ".join((about.source, *about.window)).strip()
    cells = {
        reason: Cell(rows, (("scope", reason),))
        if reason in SCOPE_WORDS and not (apart and reason == _ALSO_A_FAULT) and not about.source
        else Cell(f"{rows} {apart}".strip(), event=f"not counted: {reason}")
        for reason in about.excluded
    }
    counts = [count(cell, about.excluded[reason]) for reason, cell in cells.items()]
    return together(counts), NotCounted(tuple(cells.items()))


def people_once(population: str, people: pd.DataFrame) -> Counts:
    """Return how many pathways there are and of how many people, where the list says who is who."""
    if "person_id" not in people.columns:
        return Counts()
    again = int(people["person_id"].dropna().duplicated().sum())
    counts = count(Cell(population), len(people)) + count(Cell(population, event=PEOPLE), len(people) - again)
    return counts.with_facts(repeated_fact(clustering_of(people["person_id"])))


def repeated_fact(clustering: Clustering) -> dict[str, DesignEffect]:
    """Return whether some people have several pathways, as a figure that may be released."""
    again = float(np.square(np.unique(clustering.person, return_counts=True)[1]).sum() - len(clustering.rows))
    return {_REPEATED: DesignEffect(1 + again / max(len(clustering.identified), 1))}


def are_repeated(released: ReleasedCounts) -> bool:
    """Return whether some people have several pathways."""
    return released.fact(_REPEATED).value > 1


def several_pathways(released: ReleasedCounts, population: str) -> str:
    """Return how many pathways there are of how many people, where somebody has several; else nothing.

    Examples
    --------
    >>> from equiwait.disclosure import release, rule_named
    >>> people = pd.DataFrame({"person_id": ["a", "a", "b", None]})
    >>> several_pathways(release(people_once("open", people), rule_named("none")), "open")
    'Some people have several pathways; intervals are widened for that. Counted here: 4 pathways of 3 people.'
    """
    if not are_repeated(released):
        return ""
    pathways, people = Cell(population), Cell(population, event=PEOPLE)
    fewer = bool(released.people(people) < released.people(pathways))
    whose = f" of {in_words(released, people)} people" if fewer else ""
    return f"{SEVERAL_PATHWAYS} Counted here: {in_words(released, pathways)} pathways{whose}."


@dataclass(frozen=True)
class ListNotes:
    """What every answer says of its list; no number of people is in it.

    Parameters
    ----------
    left_out : NotCounted
    editions : tuple of str
        Sources of place.
    asked : tuple of tuple of str
        The questions.
    population : str
        The name of the people counted, where people may have several pathways.
    """

    left_out: NotCounted
    editions: tuple[str, ...]
    asked: tuple[tuple[str, ...], ...]
    population: str = ""

    def said(self, released: ReleasedCounts) -> tuple[str, ...]:
        """Return the notes: what is not counted, sources of place, people with several pathways, the small-number rule."""
        notes = (
            self.left_out.note,
            AREA_IS_NOT_PERSON if about_areas(self.asked) else "",
            f"Sources of place: {'; '.join(self.editions)}." if self.editions else "",
            several_pathways(released, self.population) if self.population else "",
            released.rule.says,
        )
        return in_sentences(notes, released)


def list_notes(
    about: About, asked: Iterable[Sequence[str]], population: str = "", people: pd.DataFrame | None = None
) -> tuple[Counts, ListNotes]:
    """Return the counts that the notes about a list are made of, and the notes without a number.

    Parameters
    ----------
    about : About
    asked : iterable
        The questions.
    population : str
        The name of the people counted.
    people : pandas.DataFrame, optional
        Their rows, where it is said how many people they are.
    """
    counts, left_out = not_counted(about)
    questions = tuple(tuple(each) for each in asked)
    if people is None:
        return counts, ListNotes(left_out, about.sources, questions)
    return counts + people_once(population, people), ListNotes(left_out, about.sources, questions, population)


def whom(released: ReleasedCounts) -> str:
    """Return what is counted: pathways, where people have several."""
    return "pathways" if are_repeated(released) else "people"
