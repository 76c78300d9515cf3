"""Which people two populations share: windows of time that overlap, a list and a part of it, people found again later."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, permutations
from typing import NamedTuple, TypeAlias

import numpy as np

from equiwait.disclosure.cells import Cell, Sum

__all__ = [
    "APPEARED",
    "LAST_SEEN",
    "NOT_BEFORE",
    "Key",
    "Shared",
    "apart",
    "plain",
    "shared_people",
    "still_waiting_on",
]

LAST_SEEN = "last seen waiting"
"""The event of being on the list when a window ends: in a longer window the same people are seen for longer."""
APPEARED = "appeared with an earlier start"
"""The event of being on a list for longer than since the list before, which did not have them."""
NOT_BEFORE = "not on it: "
"""How the people are called whom only the second of two lists has."""

_DAY = r"\d{4}-\d\d-\d\d"
_WINDOW = re.compile(rf"(.*?)({_DAY})(/| to )({_DAY})(.*)")
_ONE_DAY = re.compile(r"(completed|clock starts) .*")  # who is counted on one day each: windows add up
_SEEN_IN = re.compile(r"(time_to_treatment|on the way to treatment) .*")  # who was there on any of its days: they nest
_NEW = re.compile(rf"(open (?:.* )?({_DAY})), clock starts from ({_DAY})")
_LATER = re.compile(rf"still waiting on ({_DAY})")
_ARRIVED = re.compile(rf"{NOT_BEFORE}open .*, on ({_DAY})")
_WAYS = re.compile(r"(.*) \((\d+)\)")

Key: TypeAlias = tuple[tuple[tuple[str, str], ...], str, int]
"""A cell without its population."""
Bounds: TypeAlias = Mapping[Cell, tuple[float, float]]


class Shared(NamedTuple):
    """Sums between populations, and pairs of cells of which the second holds some of the people of the first."""

    sums: tuple[Sum, ...] = ()
    pairs: tuple[tuple[Cell, Cell], ...] = ()


def still_waiting_on(day: str) -> str:
    """Return the event of being on the list of a later day."""
    return f"still waiting on {day}"


def apart(population: str, way: int) -> str:
    """Return the name of the second, third … population that is called so and has other numbers."""
    return population if way == 0 else f"{population} ({way + 1})"


def plain(population: str) -> str:
    """Return what a population was called before it was told apart from another.

    Examples
    --------
    >>> plain(apart("open 2026-10-31", 1))
    'open 2026-10-31'
    """
    named = _WAYS.fullmatch(population)
    return named[1] if named else population


def shared_people(bounds: Bounds) -> Shared:
    """Return what follows from one population for another, of counts of which these bounds are known.

    A reader takes it for true: that who left in January left in January to March, that the list of one site is part of the
    list of its day. Where figures cannot all be true with it (an extract was made anew), it is not.

    Examples
    --------
    >>> months = Cell("completed 2026-01-01/2026-01-31"), Cell("completed 2026-01-01/2026-03-31")
    >>> found = shared_people({cell: (8, 12) for cell in months})
    >>> [part.population for part in found.sums[0].parts]
    ['completed 2026-01-01/2026-01-31', 'completed 2026-02-01/2026-03-31']
    """
    by_population: dict[str, dict[Key, Cell]] = {}
    for cell in bounds:
        by_population.setdefault(cell.population, {})[cell[1:]] = cell
    sums, pairs = [*_newcomers(by_population), *_found_again(bounds)], list(_parts_of_lists(by_population, bounds))
    for (kind, *_), windows in _by_kind(by_population).items():
        if _ONE_DAY.match(kind):
            sums += _periods(windows, by_population)
        pairs += _nested_windows(windows, by_population)
    return Shared(tuple(dict.fromkeys(sums)), tuple(dict.fromkeys(pairs)))


# --- windows ---------------------------------------------------------------------------------------------------------


class _Windowed(NamedTuple):
    """A population of a window: the days on which it begins and after which it ends, and its name."""

    begins: np.datetime64
    after: np.datetime64
    population: str


def _by_kind(populations: Iterable[str]) -> dict[tuple[str, ...], list[_Windowed]]:
    """Populations that differ in their windows alone."""
    found: dict[tuple[str, ...], list[_Windowed]] = {}
    for each in populations:
        named = _WINDOW.fullmatch(each)
        if named and (_ONE_DAY.match(each) or _SEEN_IN.match(each)):
            first, last = (np.datetime64(named[place]) for place in (2, 4))
            found.setdefault((named[1], named[3], named[5]), []).append(_Windowed(first, last + 1, each))
    return {kind: windows for kind, windows in found.items() if len(windows) > 1}


def _periods(windows: Sequence[_Windowed], cells: Mapping[str, Mapping[Key, Cell]]) -> Iterator[Sum]:
    """Each window as the sum of the shortest periods that windows begin and end between."""
    for key in dict.fromkeys(key for each in windows for key in cells[each.population]):
        here = [each for each in windows if key in cells[each.population]]
        days = sorted({day for each in here for day in each[:2]})
        for each in here:
            inside = [(one, other) for one, other in pairwise(days) if each.begins <= one and other <= each.after]
            if len(inside) > 1:
                parts = (Cell(_renamed(each.population, one, other - 1), *key) for one, other in inside)
                yield Sum(Cell(each.population, *key), tuple(parts))


def _renamed(population: str, first: np.datetime64, last: np.datetime64) -> str:
    return _WINDOW.sub(lambda named: f"{named[1]}{first}{named[3]}{last}{named[5]}", population)


def _nested_windows(
    windows: Sequence[_Windowed], cells: Mapping[str, Mapping[Key, Cell]]
) -> Iterator[tuple[Cell, Cell]]:
    for longer, shorter in permutations(windows, 2):
        if longer.begins <= shorter.begins and shorter.after <= longer.after:
            for key, cell in cells[shorter.population].items():
                if key in cells[longer.population] and not key[1].startswith(LAST_SEEN):
                    yield cells[longer.population][key], cell


# --- lists -----------------------------------------------------------------------------------------------------------


def _newcomers(cells: Mapping[str, Mapping[Key, Cell]]) -> Iterator[Sum]:
    """An open list is who joined from a day on, and who has waited for longer."""
    for population, mine in cells.items():
        named = _NEW.fullmatch(population)
        if named and named[1] in cells:
            waited = int((np.datetime64(named[2]) - np.datetime64(named[3])).astype(np.int64))
            for cell in mine.values():
                if cell.over < 0 and not cell.event:
                    whole = cell._replace(population=named[1])
                    yield Sum(whole, (cell, whole._replace(over=waited)))


def _found_again(cells: Iterable[Cell]) -> Iterator[Sum]:
    """A list holds those of an earlier one who are still waiting, those who came to it in between, and others.

    Whoever is still waiting may be in another group now, so that it is said of everyone alone.
    """
    later: dict[tuple[str, tuple[tuple[str, str], ...]], list[Cell]] = {}
    there = set(cells)
    for cell in cells:
        still, came = _LATER.fullmatch(cell.event), _ARRIVED.fullmatch(cell.population)
        if still and not cell.groups and cell.over < 0:
            later.setdefault((still[1], ()), []).append(cell)
        elif came and cell.event == APPEARED:
            later.setdefault((came[1], cell.groups), []).append(cell)
    for (day, groups), parts in later.items():
        whole = Cell(f"open {day}", groups)
        if whole in there:
            for each in parts:
                yield Sum(whole, (each, whole._replace(event=f"other than {each.event}: {each.population}")))


def _parts_of_lists(cells: Mapping[str, Mapping[Key, Cell]], bounds: Bounds) -> Iterator[tuple[Cell, Cell]]:
    """Populations of one day with other numbers, all of them smaller: taken for a list, and the list of a part of it.

    Tables of others say no day, and may be of two months.
    """
    ways: dict[str, list[str]] = {}
    for each in filter(re.compile(_DAY).search, cells):
        ways.setdefault(plain(each), []).append(each)
    for several in ways.values():
        for whole, part in permutations(several, 2):
            both = [(cells[whole][key], cells[part][key]) for key in cells[part] if key in cells[whole]]
            larger = any(bounds[one][0] > bounds[other][1] for one, other in both if not one.groups)
            if larger and all(bounds[one][1] >= bounds[other][0] for one, other in both):
                yield from both
