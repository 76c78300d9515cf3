"""The released counts of one question: each group, its reference, the unknown and the others; whole and in parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equiwait.answers.disparity.question_counts import Floats, Question
from equiwait.counts.waits.references import Reference
from equiwait.disclosure.rules import Rule
from equiwait.statistics import PartlyRecorded, partly_recorded

Cells = tuple[Floats, Floats]  # people with the event, and people


@dataclass(frozen=True)
class Released:
    """Shares of one question as they may be shown, and what is hidden of the people who are not recorded.

    ``groups`` holds one line for each group; ``unknown_hidden`` says that the unknown are so few that only a bound on them
    may be used.
    """

    groups: PartlyRecorded
    unknown_hidden: bool


def released(part: Question, reference: Reference, weeks: int, rule: Rule) -> Released:
    """Return the counts of each group, against its reference, of people waiting over so many weeks."""
    over, people = part.over(weeks), part.people
    own = _cells(rule, over, people)
    recorded = _cells(rule, over[part.known].sum(), people[part.known].sum())
    unknown = _cells(rule, over[~part.known].sum(), people[~part.known].sum())
    few = bool(np.isnan(unknown[0]))
    return Released(_beside(own, recorded, _at_most(unknown, rule) if few else unknown, reference), few)


def released_by_part(part: Question, reference: Reference, weeks: int, rule: Rule) -> tuple[PartlyRecorded, NDArray[np.bool_]]:
    """Return the same of each part of the list, groups × parts, and which parts are shown.

    A part of which a count is hidden has nobody recorded here: what it would look like is taken from the whole list.
    """
    over, people = part.over_in_strata(weeks)
    known = part.known[:, None]
    own = _cells(rule, over, people)
    recorded = _cells(rule, (over * known).sum(0), (people * known).sum(0))
    unknown = _cells(rule, (over * ~known).sum(0), (people * ~known).sum(0))
    shown = ~np.isnan(unknown[0])
    own, recorded, unknown = ((np.nan_to_num(some), np.nan_to_num(n)) for some, n in (own, recorded, unknown))
    size = len(shown)
    each = [
        _beside((own[0][:, at], own[1][:, at]), (recorded[0][at], recorded[1][at]), (unknown[0][at], unknown[1][at]), reference)
        for at in range(size)
    ]
    return PartlyRecorded(*(np.stack(axis, axis=-1) for axis in zip(*each, strict=True))), shown


def _cells(rule: Rule, some: object, people: object) -> Cells:
    """Both counts as shown; NaN in both where either is hidden; never more with the event than there are."""
    events, n = rule.release(np.asarray(some, np.float64)), rule.release(np.asarray(people, np.float64))
    hidden = events.hidden | n.hidden
    counts = np.where(hidden, np.nan, n.counts)
    return np.minimum(np.where(hidden, np.nan, events.counts), counts), counts


def _at_most(unknown: Cells, rule: Rule) -> Cells:
    """The most that unknown people can do who may not be shown: so many with the event and as many without."""
    most = float(rule.most_hidden)
    return np.asarray(most), np.asarray(2 * most)


def _beside(own: Cells, recorded: Cells, unknown: Cells, reference: Reference) -> PartlyRecorded:
    """Each group beside its reference and the others; NaN where hidden."""
    base = tuple(reference.shown(mine, float(all_)) for mine, all_ in zip(own, recorded, strict=True))
    others = [np.maximum(all_ - mine - theirs, 0.0) for all_, mine, theirs in zip(recorded, own, base, strict=True)]
    hidden = np.isnan(own[0]) | np.isnan(base[0])
    sides = [np.where(hidden, 0.0, each) for each in (*own, np.minimum(base[0], base[1]), base[1])]
    rest = [np.where(hidden, 0.0, each) for each in (np.minimum(others[0], others[1]), others[1])]
    return partly_recorded(*sides, *unknown, *rest)
