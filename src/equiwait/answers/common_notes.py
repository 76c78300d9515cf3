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
    "NotCounted",
    "are_repeated",
    "common_notes",
    "not_counted",
    "people_once",
    "repeated_fact",
    "several_pathways",
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


def common_notes(
    left_out: NotCounted,
    editions: Sequence[str],
    asked: Iterable[Sequence[str]],
    released: ReleasedCounts,
    several: str = "",
) -> tuple[str, ...]:
    """Return the notes that every answer carries: what is not counted, sources of place, the small-number rule."""
    notes = (
        left_out.note,
        AREA_IS_NOT_PERSON if about_areas(asked) else "",
        f"Sources of place: {'; '.join(editions)}." if editions else "",
        several,
        released.rule.says,
    )
    return in_sentences(notes, released)
