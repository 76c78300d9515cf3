"""Rows that are alike in every code that a policy reads: what follows from codes alone is worked out once for all of them.

A long block holds few such kinds of row. What hangs on more than codes (a wait, a date) stays a number for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TypeAlias

import numpy as np

from equiwait.rows.scoring.blocks import Block, Cells, Coded, met_values

__all__ = ["SEVERAL", "Alike", "Column", "Kinds", "all_of", "by_row", "kinds_of", "worked"]

SEVERAL = 4_096
"""Rows; fewer are looked at one by one sooner than their kinds are found."""

_MANY = 16_384  # combinations of codes that are told apart: a table of them stays in a processor's cache


@dataclass(frozen=True, eq=False)
class Alike:
    """Numbers of rows that are the same for all of a kind: of each kind its number, and of each row its kind."""

    each: np.ndarray
    kind: np.ndarray

    @cached_property
    def rows(self) -> np.ndarray:
        """The number of each row."""
        return self.each.take(self.kind, mode="clip")  # every kind is there; quicker than "raise"


Column: TypeAlias = np.ndarray | Alike
"""A number for each row."""


def by_row(column: Column) -> np.ndarray:
    """Return the number of each row."""
    return column.rows if isinstance(column, Alike) else column


def all_of(flags: Column) -> bool:
    """Whether a flag is up for every row; no kind is without rows."""
    return bool(np.logical_and.reduce(flags.each if isinstance(flags, Alike) else flags))


def worked(work: Callable[..., np.ndarray], *columns: Column) -> Column:
    """Return what ``work`` makes of columns, number by number: once for each kind of row where they hang on nothing else.

    Examples
    --------
    >>> points = Alike(np.array([7, 9]), kind=np.array([0, 1, 1]))
    >>> worked(np.negative, points).each.tolist(), by_row(worked(np.add, points, np.array([1, 2, 3]))).tolist()
    ([-7, -9], [8, 11, 12])
    """
    for column in columns:
        if isinstance(column, Alike):
            break
    else:
        return work(*columns)
    several = [each for each in columns if isinstance(each, Alike)]
    if len(several) == len(columns) and all(each.kind is several[0].kind for each in several):
        return Alike(work(*(each.each for each in several)), several[0].kind)
    return work(*map(by_row, columns))


@dataclass(frozen=True, eq=False)
class Kinds:
    """The kinds of row of a block: a row of each, as a block of its own, each row's kind, and the columns that it hangs on."""

    block: Cells
    kind: np.ndarray
    columns: Container[str]

    def settle(self, columns: Iterable[str]) -> bool:
        """Whether rows of one kind have the same codes in some columns."""
        return all(name in self.columns for name in columns)


def kinds_of(block: Block, several: Iterable[Sequence[str]]) -> Kinds:
    """Return the kinds of a block's rows by the codes of some columns.

    Parameters
    ----------
    block : Block
        The rows.
    several : iterable of sequences of str
        Columns that are of use only together, the most useful first. What would make too many kinds is left out; columns that
        are not there make none.
    """
    taken, size = dict[str, None](), 1  # in an order that is always the same
    for names in several:
        more = [name for name in dict.fromkeys(names) if name not in taken and block.has(name)]
        wider = size * prod(len(block.coded(name)[0]) for name in more)
        if wider <= _MANY:
            taken, size = taken | dict.fromkeys(names), wider
    number, coded = np.zeros(block.rows, np.uint16), {name: block.coded(name) for name in taken if block.has(name)}
    for values, place in coded.values():
        number *= np.uint16(len(values))
        number += place.astype(np.uint16, copy=False) if place.itemsize != 2 else place.view(np.uint16)
    met, kind = met_values(number, size)
    found, rest = dict[str, Coded](), met
    for name, (values, _) in reversed(coded.items()):
        rest, place = np.divmod(rest, len(values))
        found[name] = (values, place)
    return Kinds(Cells(found, len(met)), kind, taken)
