"""Released counts: the only form in which numbers of people leave `Counts`, and all that an answer is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equiwait.disclosure.cells import (
    BESIDE,
    LEFT_OUT,
    SHARED,
    SHOWN,
    SMALL,
    AdjustedGap,
    Cell,
    Counts,
    DesignEffect,
    Fact,
    Sum,
)
from equiwait.disclosure.rules import Rule

__all__ = ["Coarse", "ReleasedCounts", "as_shown", "coarse_design_effects", "release"]

Floats = NDArray[np.float64]
_STEP = 0.25  # of a design effect: one person with two pathways more must not show


@dataclass(frozen=True)
class Coarse:
    """A figure that is released in its own right: its value on a grid, and the step of the grid; NaN where withheld."""

    value: float
    step: float


@dataclass(frozen=True, eq=False)
class ReleasedCounts:
    """Counts as they may be shown, each rounded or marked, and what follows from mark and rule.

    Parameters
    ----------
    rule : Rule
        The rule that they went through.
    cells : tuple of Cell
    shown : ndarray of float
        Rounded counts; NaN where hidden.
    marks : ndarray of int8
        Shown, or why not: small, part of a small count, hidden beside another, left out.
    sums : tuple of Sum
    facts : mapping of str to Coarse

    Notes
    -----
    No exact number is in here, nor anything that depends on one but through the rule: two lists with equal released
    counts give equal answers.
    """

    rule: Rule
    cells: tuple[Cell, ...]
    shown: Floats
    marks: NDArray[np.int8]
    sums: tuple[Sum, ...] = ()
    facts: Mapping[str, Coarse] = field(default_factory=dict)

    @cached_property
    def place(self) -> dict[Cell, int]:
        """Where each cell stands."""
        return {cell: at for at, cell in enumerate(self.cells)}

    def people(self, cells: Any) -> Floats:
        """Return the shown counts of cells, in their shape; NaN where hidden or not counted.

        Parameters
        ----------
        cells : Cell, sequence of Cell, or object array of Cell
        """
        return self._at(cells, np.append(self.shown, np.nan))

    def bounds(self, cells: Any) -> tuple[Floats, Floats]:
        """Return the least and the most that each count may be, by its mark and the rule alone; inf where nothing is known."""
        return self.rule.allowed(self.people(cells), self.marked(cells))

    def hidden(self, cells: Any) -> NDArray[np.bool_]:
        """Return which cells are not shown, in their shape."""
        return np.isnan(self.people(cells))

    def marked(self, cells: Any) -> NDArray[np.int8]:
        """Return the marks of cells, in their shape."""
        return self._at(cells, np.append(self.marks, np.int8(LEFT_OUT)))

    def _at(self, cells: Any, values: NDArray[Any]) -> NDArray[Any]:
        if isinstance(cells, Cell):
            return np.asarray(values[self.place.get(cells, -1)])
        shape = cells.shape if isinstance(cells, np.ndarray) else (len(cells),)
        keys = cells.ravel().tolist() if isinstance(cells, np.ndarray) else cells
        return np.asarray(values[np.array([self.place.get(cell, -1) for cell in keys], np.intp)]).reshape(shape)

    def fact(self, name: str) -> Coarse:
        """Return a coarse figure; NaN where there is none of that name."""
        return self.facts.get(name, Coarse(np.nan, np.nan))

    @property
    def left_out(self) -> tuple[tuple[str, tuple[str, ...], str], ...]:
        """The tables that could not be made safe."""
        return tuple(dict.fromkeys(self.cells[at].table for at in np.flatnonzero(self.marks == LEFT_OUT)))

    def hide(self, cells: Iterable[Cell], mark: int = BESIDE) -> ReleasedCounts:
        """Return the same with more hidden; what is hidden already keeps its mark, unless it is left out."""
        marks, shown = self.marks.copy(), self.shown.copy()
        for cell in cells:
            at = self.place.get(cell)
            if at is not None and (marks[at] == SHOWN or mark in (SHARED, LEFT_OUT)):
                marks[at], shown[at] = mark, np.nan
        return replace(self, marks=marks, shown=shown)

    def with_marks(self, marks: NDArray[np.int8]) -> ReleasedCounts:
        """Return the same with these marks."""
        return replace(self, marks=marks, shown=np.where(marks == SHOWN, self.shown, np.nan))


def release(counts: Counts, rule: Rule) -> ReleasedCounts:
    """Return exact counts as they may be shown: small ones hidden, others rounded, and whatever else must be hidden.

    Parameters
    ----------
    counts : Counts
    rule : Rule

    Returns
    -------
    ReleasedCounts

    Examples
    --------
    >>> from equiwait.disclosure.cells import cells_of, tally
    >>> from equiwait.disclosure.rules import rule_named
    >>> released = release(tally("open", "sex", ["Female", "Male"], [52, 23]), rule_named("hes"))
    >>> released.people(cells_of("open", "sex", ["Female", "Male"])).tolist()
    [[50.0], [25.0]]
    """
    figures = rule.release(counts.people)
    marks = np.where(np.isnan(counts.people), LEFT_OUT, np.where(figures.hidden, SMALL, SHOWN)).astype(np.int8)
    first = ReleasedCounts(rule, counts.cells, figures.counts, marks, counts.sums)
    safe = first if rule.most_hidden == 0 else first.with_marks(_protected(first))
    return replace(safe, facts={name: _coarse(fact, safe) for name, fact in counts.facts.items()})


def as_shown(people: ArrayLike, rule: Rule) -> Floats:
    """Return counts as the rule alone shows them, NaN where hidden: for choices that must depend on nothing more."""
    return rule.release(people).counts


def _protected(released: ReleasedCounts) -> NDArray[np.int8]:
    from equiwait.disclosure.protection import protected  # heavy: solvers, only when something may have to be hidden

    return protected(released.rule, released.cells, released.shown, released.marks, released.sums)


def _coarse(fact: Fact, released: ReleasedCounts) -> Coarse:
    if isinstance(fact, DesignEffect):
        return Coarse(float(coarse_design_effects(fact.value, released.rule)), 0.0 if released.rule.exact else _STEP)
    return _adjusted_gap(fact, released)


def coarse_design_effects(values: ArrayLike, rule: Rule) -> Floats:
    """Return design effects as they may be shown: rounded up to a step, so that an interval is never too narrow.

    1 stays 1 only if nobody is there twice.
    """
    exact = np.asarray(values, np.float64)
    return exact if rule.exact else np.asarray(np.ceil(exact / _STEP - 1e-9) * _STEP)


def _adjusted_gap(fact: AdjustedGap, released: ReleasedCounts) -> Coarse:
    """On a grid of the rounding base over the people of the smaller side; withheld where a side is hidden."""
    if released.rule.exact:
        return Coarse(fact.value, 0.0)
    sides = [people[0] - people[1:].sum() for people in map(released.people, fact.sides)]
    people = float(min(sides)) if np.isfinite(sides).all() else np.nan
    if not fact.allowed or not people > 0 or released.hidden(fact.needs).any():
        return Coarse(np.nan, np.nan)
    step = released.rule.base / people
    moved = fact.value / step + fact.end / 2
    whole = {-1: np.floor(moved + 1e-9), 0: np.round(moved), 1: np.ceil(moved - 1e-9)}[fact.end]
    return Coarse(float(whole * step), step)
