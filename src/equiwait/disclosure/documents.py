"""Several releases as one, and released figures on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from equiwait.disclosure.cells import BESIDE, LEFT_OUT, SHARED, SHOWN, SMALL, UNTOLD, Cell, Sum
from equiwait.disclosure.populations import Key, apart, plain
from equiwait.disclosure.release import ReleasedCounts
from equiwait.disclosure.rules import Rule

__all__ = ["from_document", "named_apart", "renamed", "to_document", "together"]


def together(releases: Sequence[ReleasedCounts]) -> ReleasedCounts:
    """Return several releases as one: what any of them hides is hidden.

    Examples
    --------
    >>> from equiwait.disclosure.release import ReleasedCounts
    >>> from equiwait.disclosure.rules import rule_named
    >>> halves = [ReleasedCounts(rule_named("hes"), (Cell("open"),), np.array([n]), np.array([m], np.int8))
    ...           for n, m in ((50.0, 0), (np.nan, 3))]
    >>> together(halves).marks.tolist()
    [3]
    """
    shown: dict[Cell, float] = {}
    marks: dict[Cell, int] = {}
    for each in releases:
        for cell, number, mark in zip(each.cells, each.shown.tolist(), each.marks.tolist(), strict=True):
            marks[cell] = _stricter(marks.get(cell, SHOWN), mark)
            shown[cell] = number if marks[cell] == SHOWN else np.nan
    sums = dict.fromkeys(one for each in releases for one in each.sums)
    return ReleasedCounts(
        releases[0].rule,
        tuple(marks),
        np.array([shown[cell] for cell in marks], float),
        np.array(list(marks.values()), np.int8),
        tuple(sums),
        {name: fact for each in releases for name, fact in each.facts.items()},
    )


def _stricter(one: int, other: int) -> int:
    """The mark of a count that two answers mark differently: the one that says less."""
    return max(one, other, key=(SHOWN, UNTOLD, SMALL, BESIDE, SHARED, LEFT_OUT).index)


def named_apart(releases: Sequence[ReleasedCounts]) -> list[dict[str, str]]:
    """Return a name for each population of each release: populations that share a name but not their numbers are two.

    What one release has told apart stays apart.
    """
    known: dict[str, list[dict[Key, float]]] = {}
    names = []
    for each in releases:
        figures: dict[str, dict[Key, float]] = {}
        for cell, number, mark in zip(each.cells, each.shown.tolist(), each.marks.tolist(), strict=True):
            mine = figures.setdefault(cell.population, {})
            if mark == SHOWN:
                mine[cell[1:]] = number
        chosen: dict[str, str] = {}
        for population, mine in figures.items():
            name = plain(population)
            ways = known.setdefault(name, [])
            free = [at for at in range(len(ways)) if apart(name, at) not in chosen.values()]
            place = next((at for at in free if _agree(mine, ways[at])), len(ways))
            if place == len(ways):
                ways.append({})
            ways[place].update(mine)
            chosen[population] = apart(name, place)
        names.append(chosen)
    return names


def _agree(one: dict[Key, float], other: dict[Key, float]) -> bool:
    return all(other.get(key, number) == number for key, number in one.items())


def renamed(released: ReleasedCounts, names: dict[str, str]) -> ReleasedCounts:
    """Return the same with its populations called so."""
    if all(name == other for name, other in names.items()):
        return released

    def new(cell: Cell) -> Cell:
        return cell._replace(population=names.get(cell.population, cell.population))

    sums = tuple(Sum(new(one.parent), tuple(map(new, one.parts))) for one in released.sums)
    return replace(released, cells=tuple(map(new, released.cells)), sums=sums)


# --- on disk ---------------------------------------------------------------------------------------------------------

_Place: TypeAlias = Annotated[int, Field(ge=0)]
_Number: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Row: TypeAlias = tuple[
    str,
    tuple[tuple[str, str], ...],
    str,
    Annotated[int, Field(ge=-1)],
    _Number | None,
    Annotated[int, Field(ge=SHOWN, le=UNTOLD)],
]
"""Population, groups, event and days of a cell; its number, none where it is hidden; its mark."""


class _Written(BaseModel):
    model_config = ConfigDict(strict=True, defer_build=True)


class _Rule(_Written):
    name: str
    most_hidden: _Place
    round_to: Annotated[int, Field(ge=1)]
    hides_zero: bool
    source: str

    @property
    def as_rule(self) -> Rule:
        return Rule(self.name, self.most_hidden, self.round_to, self.hides_zero, self.source)


class _Document(_Written):
    rule: _Rule
    cells: list[_Row]
    sums: list[tuple[_Place, list[_Place]]]

    @property
    def holds_together(self) -> bool:
        """Whether each cell stands there once, with a number exactly where it is shown, and sums are of cells that are there."""
        once = len({row[:4] for row in self.cells}) == len(self.cells)
        shown = all((number is None) == (mark != SHOWN) for *_, number, mark in self.cells)
        return once and shown and all(place < len(self.cells) for one, parts in self.sums for place in (one, *parts))


def to_document(releases: Sequence[ReleasedCounts]) -> str:
    """Return released figures as JSON: for the next release, and for whoever checks this one."""
    union = together([renamed(each, name) for each, name in zip(releases, named_apart(releases), strict=True)])
    place = union.place
    rule = union.rule
    return json.dumps(
        {
            "rule": {
                "name": rule.name,
                "most_hidden": rule.most_hidden,
                "round_to": rule.base,
                "hides_zero": rule.hides_zero,
                "source": rule.source,
            },
            "cells": [
                [cell.population, cell.groups, cell.event, cell.over, None if mark else number, mark]
                for cell, number, mark in zip(union.cells, union.shown.tolist(), union.marks.tolist(), strict=True)
            ],
            "sums": [
                [place[one.parent], [place[part] for part in one.parts]]
                for one in union.sums
                if one.parent in place and all(part in place for part in one.parts)
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def from_document(text: str) -> ReleasedCounts:
    """Return the released figures of `to_document`.

    Raises
    ------
    ValueError
        If the text is no such document.

    Examples
    --------
    >>> from equiwait.disclosure.cells import tally
    >>> from equiwait.disclosure.release import release
    >>> from equiwait.disclosure.rules import rule_named
    >>> one = release(tally("open", "sex", ["F", "M"], [100, 3]), rule_named("hes"))
    >>> from_document(to_document([one])).cells == one.cells
    True
    """
    try:
        found = _Document.model_validate_json(text)
    except ValidationError:
        found = None
    if found is None or not found.holds_together:
        raise ValueError("no released figures")
    cells = [Cell(population, tuple(groups), event, over) for population, groups, event, over, _, _ in found.cells]
    return ReleasedCounts(
        found.rule.as_rule,
        tuple(cells),
        np.array([np.nan if number is None else number for *_, number, _ in found.cells], float),
        np.array([mark for *_, mark in found.cells], np.int8),
        tuple(Sum(cells[parent], tuple(cells[part] for part in parts)) for parent, parts in found.sums),
    )
