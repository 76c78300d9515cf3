"""Sums that nobody states but any reader can make: margins of crossed tables, and coarse groups of fine ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from equiwait.disclosure.cells import RECORDED, Cell, Sum
from equiwait.fields import MERGES, made_from

__all__ = ["Balance", "coarse_sums", "margins"]


CORE20 = "core20"
"""The most deprived fifth, by the index that a list names first."""
_RANKS = ("_decile", "_quintile")


class Balance(NamedTuple):
    """Two sets of cells that hold the same people, so that their counts have the same sum."""

    one: tuple[Cell, ...]
    other: tuple[Cell, ...]


def margins(cells: Iterable[Cell], sums: Iterable[Sum]) -> list[Balance]:
    """Return the margins of crossed tables: each cell of a margin is the sum of a part of the crossed cells.

    A margin that two crossed tables share ties them together even if nobody publishes it.

    Examples
    --------
    >>> parts = tuple(Cell("open", (("sex", s), ("site", p))) for s in "MF" for p in "AB")
    >>> [len(each.other) for each in margins([*parts, Cell("open", (("sex", "M"),))], [Sum(Cell("open"), parts)])]
    [2]
    """
    there = set(cells)
    parts_of: dict[Cell, list[tuple[Cell, ...]]] = {}
    for one in sums:
        columns = {part.columns for part in one.parts}
        if len(columns) != 1 or any(name == RECORDED for part in one.parts for _, name in part.groups):
            continue
        names = next(iter(columns))
        kept = set(one.parent.columns)
        for size in range(len(names)):
            for subset in combinations(names, size):
                if kept < set(subset):
                    for margin, parts in _grouped(one.parts, subset).items():
                        parts_of.setdefault(margin, []).append(parts)
    found = []
    for margin, ways in parts_of.items():
        first = (margin,) if margin in there else ways[0]
        found += [Balance(first, parts) for parts in (ways if margin in there else ways[1:])]
    return found


def _grouped(parts: Sequence[Cell], columns: tuple[str, ...]) -> dict[Cell, tuple[Cell, ...]]:
    found: dict[Cell, list[Cell]] = {}
    for part in parts:
        pairs = tuple(pair for pair in part.groups if pair[0] in columns)
        found.setdefault(part._replace(groups=pairs), []).append(part)
    return {margin: tuple(mine) for margin, mine in found.items()}


def coarse_sums(cells: Iterable[Cell]) -> list[Sum]:
    """Return which cells are sums of finer ones: a quintile of two deciles, a broad ethnic group of its detailed ones.

    Examples
    --------
    >>> fine = [Cell("open", (("imd_decile", name),)) for name in ("1 (most deprived)", "2")]
    >>> one = coarse_sums([*fine, Cell("open", (("imd_quintile", "1 (most deprived)"),))])[0]
    >>> len(one.parts)
    2
    """
    ordered = list(cells)
    columns = {column for cell in ordered for column in cell.columns}
    ladders = [(fine, coarse) for fine in columns for coarse in columns if _is_finer(fine, coarse)]
    if not ladders:
        return []
    named: dict[Any, Cell] = {}
    for cell in ordered:
        for place, (column, name) in enumerate(cell.groups):
            rest = cell.groups[:place] + cell.groups[place + 1 :]
            named[cell.population, cell.event, cell.over, rest, column, _short(column, name)] = cell
    parts: dict[Cell, list[Cell]] = {}
    for fine, coarse in sorted(ladders):
        for cell in ordered:
            for parent in _parents(cell, fine, coarse, named):
                parts.setdefault(parent, []).append(cell)
    return [Sum(parent, tuple(mine)) for parent, mine in parts.items()]


def _parents(cell: Cell, fine: str, coarse: str, named: dict[Any, Cell]) -> Iterator[Cell]:
    for place, (column, name) in enumerate(cell.groups):
        if column == fine and name != RECORDED:
            rest = cell.groups[:place] + cell.groups[place + 1 :]
            key = (cell.population, cell.event, cell.over, rest, coarse, _coarser(fine, coarse, name))
            if key in named:
                yield named[key]


def _is_finer(fine: str, coarse: str) -> bool:
    ranked = fine.endswith("_decile") and coarse == fine.removesuffix("_decile") + "_quintile"
    ranked |= coarse == CORE20 and fine.endswith(_RANKS)
    return ranked or (coarse in MERGES and made_from(coarse) == fine)


def _short(column: str, name: str) -> str:
    """A rank by its number, whatever words stand beside it."""
    number = re.match(r"\d+", name)
    return number[0] if number and column.endswith(_RANKS) else name


def _coarser(fine: str, coarse: str, name: str) -> str:
    if fine.endswith(_RANKS):
        short = _short(fine, name)
        if not short.isdigit():
            return name
        fifth = (int(short) + 1) // 2 if fine.endswith("_decile") else int(short)
        return str(fifth) if coarse != CORE20 else "Yes" if fifth == 1 else "No"
    return MERGES[coarse].get(name.partition(":")[0], name)
