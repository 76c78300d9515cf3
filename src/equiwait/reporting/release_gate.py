"""What may be written: results that were audited together, and small numbers only where the file stays in the team."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from equiwait.answers.asked import AskedAnswer
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
    "made_together",
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
    if _audited_already(made, previous):
        return in_reading_order(made), False
    return in_reading_order(audited_results(made, figures_in(previous))), False


def made_together(asked: Sequence[Result | AskedAnswer[Any]], previous: Folders = None) -> list[Result]:
    """Return answers that will be written together, each made once: from what the audit of all of them leaves.

    Whoever writes all of these, beside the same earlier releases, need not audit them again. Exact answers are not audited.
    """
    if any(each.released is None or each.released.rule.exact for each in asked):
        return [_made(each) for each in asked]
    results = audited_results(asked, figures_in(previous))
    audit = _Audit(len(results), _named(previous))
    _AUDITS.update(dict.fromkeys(results, audit))
    return results


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


def audited_results(
    results: Sequence[Result | AskedAnswer[Any]], previous: Sequence[ReleasedCounts] = ()
) -> list[Result]:
    """Return results of which nothing hidden can be worked out when they are read together."""
    counted = [(place, each.released) for place, each in enumerate(results) if each.released and each.released.cells]
    safe = list(results)
    if counted:
        from equiwait.disclosure.audit import audited  # heavy: solvers

        for (place, before), after in zip(counted, audited([each for _, each in counted], previous), strict=True):
            if not np.array_equal(before.marks, after.marks):
                safe[place] = _again(results[place], after)
    return [_made(each) for each in safe]


def _made(each: Result | AskedAnswer[Any]) -> Result:
    return each if isinstance(each, Result) else each.made()


def _again(result: Result | AskedAnswer[Any], released: ReleasedCounts) -> Result:
    """The answer from what the audit left: each file of one run asks for the same, and it is made once."""
    known = _MADE_AGAIN.get(result)
    if known is None or not known.as_made or known.released is None or not _equal(known.released, released):
        known = _MADE_AGAIN[result] = result.made_again(released)
    return known


def _equal(one: ReleasedCounts, other: ReleasedCounts) -> bool:
    return one is other or (one.cells == other.cells and np.array_equal(one.marks, other.marks))


_MADE_AGAIN: WeakKeyDictionary[Result | AskedAnswer[Any], Result] = WeakKeyDictionary()
"""Results, and what the audit of all that was written with them left of each the last time."""


class _Audit(NamedTuple):
    """An audit: of how many results, and beside which earlier releases."""

    many: int
    previous: tuple[str, ...]


_AUDITS: WeakKeyDictionary[Result, _Audit] = WeakKeyDictionary()
"""Results that are what an audit of all of them left, and the audit, one and the same object for all."""


def _audited_already(results: Sequence[Result], previous: Folders) -> bool:
    """Whether these are all the results of one audit, and no others, beside the same earlier releases."""
    audit = _AUDITS.get(results[0])
    same = audit is not None and all(_AUDITS.get(each) is audit for each in results)
    return same and audit == (len({id(each) for each in results}), _named(previous))


def _named(previous: Folders) -> tuple[str, ...]:
    folders = [previous] if isinstance(previous, str | PathLike) else previous or ()
    return tuple([fspath(each) for each in folders])


def figures_in(previous: Folders) -> list[ReleasedCounts]:
    """Return the released figures of earlier runs: of one folder, or of several.

    Raises
    ------
    OptionError
        If a folder holds none, or they cannot be read.
    """
    if previous is None:
        return []
    folders = [previous] if isinstance(previous, str | PathLike) else previous
    return [_figures_of(Path(folder)) for folder in folders]


def _figures_of(folder: Path) -> ReleasedCounts:
    said = "holds no released figures of an earlier run."
    try:
        return from_document((folder / FIGURES).read_text("utf-8"))
    except OSError:
        pass
    except ValueError:
        said = f"holds released figures that cannot be read: {FIGURES} is damaged, or was changed."
    raise OptionError(
        f"The folder {folder.name!r} {said}", todo=f"Give the folder of the last release, with its {FIGURES}."
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
