"""The people of a first list who can be looked for on later ones, and those who cannot: counted once for every answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from equiwait.answers.grouped_people import Flags, groups_by, whole
from equiwait.answers.named_groups import named
from equiwait.disclosure import Cell, Counts, Note, Sum, together

__all__ = ["LookedFor", "looked_for"]


class LookedFor(NamedTuple):
    """The name of the people who are looked for, a sentence about the others, and the counts of those."""

    population: str
    lost: Note | str
    counts: Counts


def looked_for(
    population: str, first: pd.DataFrame, followed: Flags, keys: Sequence[str], asked: Sequence[Sequence[str]]
) -> LookedFor:
    """Return who is looked for; everybody on the first list, where nobody is lost.

    Each group of the list is the sum of those looked for and those who are not.
    """
    if followed.all():
        return LookedFor(population, "", Counts())
    inside, lost = f"{population}, looked for later by {' and '.join(keys)}", "not looked for later"
    counts = []
    for question in ((), *asked):
        groups = groups_by(first, question) if question else whole(len(first))
        split = named(groups, question)
        cells = (split.cells(population), split.cells(inside), split.cells(population, lost))
        people = groups.people(~followed)
        counts.append(
            split.tally(population, people, event=lost).with_sums(
                *(Sum(all_, (some, others)) for all_, some, others in zip(*cells, strict=True))
            )
        )
    said = Note(
        (
            Cell(population, event=lost),
            " rows of the first list could not be looked for: no number, or the same number again.",
        )
    )
    return LookedFor(inside, said, together(counts))
