"""What may be written: results that were audited together, and small numbers only where the file stays in the team."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from equiwait.disclosure.documents import from_document, to_document
from equiwait.disclosure.release import ReleasedCounts
from equiwait.errors import DisclosureError, OptionError, listed
from equiwait.files.whole_files import IN_TEAM, is_in_team
from equiwait.results import SECTIONS, Result

__all__ = [
    "BANNER",
    "FIGURES",
    "Folders",
    "as_written",
    "audited_results",
    "figures_in",
    "in_reading_order",
    "let_through",
    "save_figures",
    "stamped",
]

Folders: TypeAlias = str | PathLike[str] | Sequence[str | PathLike[str]] | None
"""The folders of earlier releases: one, several or none."""
FIGURES = "released-figures.json"
"""The released counts of a run."""
BANNER = "In-team, not for release: small numbers are shown."


def let_through(
    results: Sequence[object], allow_unsuppressed: bool, previous: Folders = None
) -> tuple[list[Result], bool]:
    """Return the results in reading order, and whether what is made of them must stay in the team.

    Results that may leave are audited together, beside the earlier releases in the folders of ``previous``: what could be worked
    out from all of them is hidden, and each answer is made again without it.

    Raises
    ------
    OptionError
        If there are no results, or something that is not one.
    DisclosureError
        If a result shows small numbers and ``allow_unsuppressed`` is false.
    """
    ready = [result for result in results if isinstance(result, Result)]
    if len(ready) != len(results) or not ready:
        others = sorted({type(result).__name__ for result in results if not isinstance(result, Result)})
        raise OptionError(
            "Only results can be written." if others else "There is no result to write.",
            found=listed(others),
            todo="Give what completeness(), disparities() and the like return; a list goes through ordered_list().",
        )
    exact = [result.title for result in ready if result.in_team]
    if exact and not allow_unsuppressed:
        raise DisclosureError(
            "These results show small numbers, or were not made from released counts, so they are not written to a file that "
            "others may read.",
            found=listed(exact),
            todo="Build them by a verb, with suppression='hes', or say in_team=True for a file that stays in the team.",
        )
    if exact:
        return in_reading_order(ready), True
    # What somebody has copied or written into is made anew: only what released counts gave is written.
    made = [each if each.as_made else each.made_again(each.released) for each in ready if each.released is not None]
    return in_reading_order(audited_results(made, figures_in(previous))), False


def as_written(results: Sequence[Result]) -> list[Result]:
    """Return the results as a file of all of them shows them, so that what is said beside the file says no more.

    The audit of the same figures is kept, so that asking after the file was written costs little.
    """
    return let_through(results, allow_unsuppressed=True)[0]


def stamped(to: str | PathLike[str]) -> Path:
    """Return a path whose name says that the file stays in the team.

    Examples
    --------
    >>> stamped("october.html").name, stamped("october-IN-TEAM.html").name
    ('october-IN-TEAM.html', 'october-IN-TEAM.html')
    """
    path = Path(to)
    return path if is_in_team(path.name) else path.with_name(f"{path.stem}-{IN_TEAM}{path.suffix}")


def audited_results(results: Sequence[Result], previous: Sequence[ReleasedCounts] = ()) -> list[Result]:
    """Return results of which nothing hidden can be worked out when they are read together."""
    counted = [(place, each.released) for place, each in enumerate(results) if each.released and each.released.cells]
    if not counted:
        return list(results)
    from equiwait.disclosure.audit import audited  # heavy: solvers

    safe = list(results)
    for (place, before), after in zip(counted, audited([each for _, each in counted], previous), strict=True):
        if not np.array_equal(before.marks, after.marks):
            safe[place] = _again(results[place], after)
    return safe


def _again(result: Result, released: ReleasedCounts) -> Result:
    """The answer from what the audit left: each file of one run asks for the same, and it is made once."""
    known = _MADE_AGAIN.get(result)
    if known is None or not known.as_made or known.released is None or not _equal(known.released, released):
        known = _MADE_AGAIN[result] = result.made_again(released)
    return known


def _equal(one: ReleasedCounts, other: ReleasedCounts) -> bool:
    return one is other or (one.cells == other.cells and np.array_equal(one.marks, other.marks))


_MADE_AGAIN: WeakKeyDictionary[Result, Result] = WeakKeyDictionary()
"""Results, and what the audit of all that was written with them left of each the last time."""


def figures_in(previous: Folders) -> list[ReleasedCounts]:
    """Return the released figures of earlier runs: of one folder, or of several.

    Raises
    ------
    OptionError
        If a folder holds none.
    """
    if previous is None:
        return []
    folders = [previous] if isinstance(previous, str | PathLike) else previous
    return [_figures_of(Path(folder)) for folder in folders]


def _figures_of(folder: Path) -> ReleasedCounts:
    try:
        return from_document((folder / FIGURES).read_text("utf-8"))
    except (OSError, ValueError):
        pass
    raise OptionError(
        f"The folder {folder.name!r} holds no released figures of an earlier run.",
        todo=f"Give the folder of the last release, with its {FIGURES}.",
    )


def save_figures(results: Sequence[Result], folder: Path) -> None:
    """Write the released figures of results into a folder, for the next release and for whoever checks this one."""
    counted = [result.released for result in results if result.released and result.released.cells]
    if counted and not any(each.rule.exact for each in counted):
        (folder / FIGURES).write_text(to_document(counted) + "\n", encoding="utf-8", newline="\n")


def in_reading_order(results: Sequence[Result]) -> list[Result]:
    """Return results by their section, in the order given within each; unknown sections come last."""
    places = {name: place for place, name in enumerate(SECTIONS)}
    return sorted(results, key=lambda result: places.get(result.section, len(places)))
