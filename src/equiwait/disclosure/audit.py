"""The audit of all that is written together: several answers, their margins and crossings, and an earlier release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from equiwait.disclosure.cells import BESIDE, LEFT_OUT, SHARED, SHOWN, SMALL, UNTOLD
from equiwait.disclosure.documents import named_apart, renamed, together
from equiwait.disclosure.protection import protected
from equiwait.disclosure.release import ReleasedCounts
from equiwait.errors import DisclosureError, listed

__all__ = ["audited"]

_SAYS_MORE = (SHOWN, SMALL, SHARED, BESIDE, UNTOLD)


def audited(releases: Sequence[ReleasedCounts], previous: Sequence[ReleasedCounts] = ()) -> list[ReleasedCounts]:
    """Return the same releases with all that must be hidden when they are read together.

    Parameters
    ----------
    releases : sequence of ReleasedCounts
        Those of one run, under one rule.
    previous : sequence of ReleasedCounts
        Those of earlier runs: what they say is known, and cannot be hidden any more; what they hide stays hidden.

    Raises
    ------
    DisclosureError
        If the releases went through different rules.

    Examples
    --------
    >>> from equiwait.disclosure.cells import tally
    >>> from equiwait.disclosure.release import release
    >>> from equiwait.disclosure.rules import rule_named
    >>> one = release(tally("open", "sex", ["F", "M"], [100, 80]), rule_named("hes"))
    >>> other = release(tally("open", "site", ["A", "B", "C"], [102, 76, 2]), rule_named("hes"))
    >>> [each.marks.tolist() for each in audited([one, other])]
    [[0, 0, 0], [0, 0, 0, 1]]
    """
    if all(each.rule.most_hidden == 0 for each in releases):
        return list(releases)
    previous = [_what_it_tells(each) for each in previous]
    everything = [*releases, *previous]
    rules = {each.rule for each in everything}
    if len(rules) > 1:
        raise DisclosureError(
            "Results under different small-number rules cannot be written together.",
            found=listed(sorted(each.name for each in rules)),
            todo="Build them with the same suppression=, and compare with an earlier release under the same rule.",
        )
    names = named_apart(everything)
    union = together([renamed(each, name) for each, name in zip(everything, names, strict=True)])
    told, shown, marks = np.zeros(len(union.cells), bool), union.shown.copy(), union.marks.copy()
    for each, name in zip(previous, names[len(releases) :], strict=True):
        earlier = renamed(each, name)
        for cell, number, mark in zip(earlier.cells, earlier.shown.tolist(), earlier.marks.tolist(), strict=True):
            at = union.place[cell]
            # What an earlier release says of a count is known, whatever this one says.
            if mark != LEFT_OUT and (not told[at] or _SAYS_MORE.index(mark) < _SAYS_MORE.index(marks[at])):
                told[at], shown[at], marks[at] = True, number, mark
    safe = union.with_marks(protected(union.rule, union.cells, shown, marks, union.sums, told))
    after = [safe.marked(renamed(each, name).cells) for each, name in zip(releases, names, strict=False)]
    return [
        each.with_marks(np.where(now == SHOWN, each.marks, now).astype(np.int8))
        for each, now in zip(releases, after, strict=True)
    ]


def _what_it_tells(release: ReleasedCounts) -> ReleasedCounts:
    """Return a release without the tables of which it tells nothing: as if nobody had asked for them."""
    told = {cell.table for cell, mark in zip(release.cells, release.marks.tolist(), strict=True) if mark != LEFT_OUT}
    kept = np.array([cell.table in told for cell in release.cells], bool)
    if kept.all():
        return release
    gone = {release.cells[at] for at in np.flatnonzero(~kept)}
    sums = tuple(one for one in release.sums if gone.isdisjoint((one.parent, *one.parts)))
    cells = tuple(cell for cell in release.cells if cell not in gone)
    return replace(release, cells=cells, shown=release.shown[kept], marks=release.marks[kept], sums=sums)
