"""The counts of all files that are to leave, read as one: which hidden ones could be worked out, and what would prevent it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from equiwait.disclosure.audit import audited
from equiwait.disclosure.cells import SHOWN, SMALL, Cell
from equiwait.disclosure.documents import from_document, named_apart, renamed, together
from equiwait.disclosure.protection import contradicts
from equiwait.disclosure.release import ReleasedCounts
from equiwait.disclosure.rules import Rule
from equiwait.disclosure.strangers import counts_of_table, sums_of
from equiwait.errors import EquiwaitError
from equiwait.reporting.own_files import MANIFEST, own_files
from equiwait.reporting.published_tables import Found
from equiwait.reporting.release_gate import FIGURES

__all__ = ["COLUMNS", "Judged", "judged"]

COLUMNS = ("table", "groups", "event", "over")
_MOST_TRIED = 12
"""So many cells are tried one by one; beyond that the set is safe, and may be larger than it must be."""
_PEOPLE = "people"


class Judged(NamedTuple):
    """What must be hidden besides, as rows of `COLUMNS`, and what else is wrong with the figures."""

    to_hide: list[tuple[str, str, str, int]]
    reasons: list[tuple[str, str]]


def judged(files: Sequence[Path], found: Mapping[Path, Found], rule: Rule) -> Judged:
    """Return what is wrong with the counts of all files, read together.

    Parameters
    ----------
    files : sequence of Path
    found : mapping of Path to Found
        What each holds.
    rule : Rule
        The rule that they must keep.

    Notes
    -----
    A folder of ours holds its released figures, which stand for those of its files that are still as they were written
    (the manifest's hashes say so); every other table is read as it stands. Tables of one name whose common figures agree
    are taken to be about the same people: a total of one is the sum of another's parts where that can be true.
    """
    wrong: list[tuple[str, str]] = []
    ours = []
    for path in files:
        if path.name == FIGURES:
            figures = _figures(path)
            if figures is None:
                wrong.append((path.name, "It does not hold released figures."))
            else:
                ours.append(figures)
    told = _told_by_figures(files)
    tables = [table for path in files if path not in told and path in found for table in found[path].tables]
    hide: list[tuple[str, str, str, int]] = []
    strangers = []
    for table in tables:
        counts = counts_of_table(table, rule, "table")
        small = _small(counts)
        hide += map(_said, small)
        strangers.append(counts.hide(small, SMALL))
    shown = len(hide)
    for several in _comparable(ours, strangers, rule):
        if several[0].rule.exact:
            wrong.append(("all files", "Their figures are exact."))
        elif any(_contradicts(each) for each in several):
            wrong.append(("all files", "Their numbers do not add up as their totals say, so they cannot be judged."))
        else:
            hide += _to_hide(several)
    if len(hide) > shown:
        many = f"Hidden counts can be worked out from them together; {len(hide) - shown} more must be hidden."
        wrong.append(("all files", many))
    return Judged(list(dict.fromkeys(hide)), wrong)


def _small(counts: ReleasedCounts) -> list[Cell]:
    """Counts that are shown and should not be."""
    rule, shown = counts.rule, counts.marks == SHOWN
    among = shown & (counts.shown >= rule.fewest) & (counts.shown <= rule.most_hidden)
    return [counts.cells[at] for at in np.flatnonzero(among)]


def _figures(path: Path) -> ReleasedCounts | None:
    try:
        return from_document(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _told_by_figures(files: Iterable[Path]) -> set[Path]:
    """The files of our own folders that are as they were written: their figures are in the document beside them."""
    told: set[Path] = set()
    for folder in {path.parent for path in files if path.name == FIGURES}:
        own = own_files(folder)
        if FIGURES in own.entries and not own.changed([FIGURES]):
            told |= {folder / name for name in own.entries if not own.changed([name])}
        told |= {folder / FIGURES, folder / MANIFEST}
    return told


def _contradicts(each: ReleasedCounts) -> bool:
    return contradicts(each.rule, each.cells, each.shown, each.marks, each.sums)


# --- what can be read together ---------------------------------------------------------------------------------------


def _comparable(
    ours: Sequence[ReleasedCounts], strangers: Sequence[ReleasedCounts], rule: Rule
) -> list[list[ReleasedCounts]]:
    """Return groups of releases under one rule: those of ours, rounded tables beside them, and tables that are exact."""
    tables = [each for each in strangers if len(each.cells)]
    exact = [replace(each, rule=replace(rule, base=1)) for each in tables if not _is_rounded(each)]
    rounded = [each for each in tables if _is_rounded(each)]
    groups: list[list[ReleasedCounts]] = []
    for one in dict.fromkeys(each.rule for each in ours):
        mine = [each for each in ours if each.rule == one]
        groups.append([*mine, *(_as_ours(mine, rounded) if one == rule else [])])
    return [each for each in [*groups, _with_cross_sums(rounded), _with_cross_sums(exact)] if each]


def _is_rounded(each: ReleasedCounts) -> bool:
    return not bool((np.mod(each.shown[each.marks == SHOWN], each.rule.base) != 0).any())


def _as_ours(mine: Sequence[ReleasedCounts], tables: Sequence[ReleasedCounts]) -> list[ReleasedCounts]:
    """Return tables of others that share at least two of our shown figures, and contradict none: about our people."""
    made = []
    for population in dict.fromkeys(cell.population for each in mine for cell in each.cells):
        known = {
            cell: number
            for each in mine
            for cell, number, mark in zip(each.cells, each.shown.tolist(), each.marks.tolist(), strict=True)
            if mark == SHOWN and cell.population == population
        }
        for table in tables:
            named = _moved(table, population)
            same = [
                known[cell] == number
                for cell, number in zip(named.cells, named.shown, strict=True)
                if cell in known and number == number
            ]
            if len(same) > 1 and all(same):
                made.append(named)
    return made


def _moved(table: ReleasedCounts, population: str) -> ReleasedCounts:
    moved = renamed(table, dict.fromkeys({cell.population for cell in table.cells}, population))

    def plain(cell: Cell) -> Cell:
        return cell._replace(event="" if cell.event == _PEOPLE else cell.event)

    sums = tuple(one._replace(parent=plain(one.parent), parts=tuple(map(plain, one.parts))) for one in moved.sums)
    return replace(moved, cells=tuple(map(plain, moved.cells)), sums=sums)


def _with_cross_sums(tables: Sequence[ReleasedCounts]) -> list[ReleasedCounts]:
    """Return the same tables, each set that agrees with all its sums: those too that only two files together show."""
    apart: dict[str, list[ReleasedCounts]] = {}
    for each, names in zip(tables, named_apart(tables), strict=True):
        named = renamed(each, names)
        apart.setdefault(named.cells[0].population, []).append(named)
    made = []
    for several in apart.values():
        union = together(several)
        crossed = replace(union, sums=tuple(dict.fromkeys([*union.sums, *sums_of(union.cells)])))
        made += several if _contradicts(crossed) else [replace(several[0], sums=crossed.sums), *several[1:]]
    return made


# --- what must be hidden ---------------------------------------------------------------------------------------------


def _to_hide(releases: list[ReleasedCounts]) -> list[tuple[str, str, str, int]]:
    """Return the cells to hide, and of few ones none that could stay."""
    try:
        after = audited(releases)
    except EquiwaitError:
        return []
    more = [
        (place, int(at))
        for place, (one, other) in enumerate(zip(releases, after, strict=True))
        for at in np.flatnonzero((one.marks == SHOWN) & (other.marks != SHOWN))
    ]
    for place, at in more[:_MOST_TRIED] if len(more) > 1 else []:
        trial = [*after[:place], _shown_again(after[place], releases[place], at), *after[place + 1 :]]
        if all(np.array_equal(one.marks, other.marks) for one, other in zip(trial, audited(trial), strict=True)):
            after = trial
    left = [(place, at) for place, at in more if after[place].marks[at] != SHOWN]
    return [_said(releases[place].cells[at]) for place, at in left]


def _shown_again(after: ReleasedCounts, before: ReleasedCounts, at: int) -> ReleasedCounts:
    marks, shown = after.marks.copy(), after.shown.copy()
    marks[at], shown[at] = SHOWN, before.shown[at]
    return replace(after, marks=marks, shown=shown)


def _said(cell: Cell) -> tuple[str, str, str, int]:
    groups = "; ".join(f"{column}: {group}" for column, group in cell.groups) or "everyone"
    return cell.population, groups, cell.event, cell.over
