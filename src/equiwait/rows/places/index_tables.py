"""The numbers of an index file: every table of it put together, one column of numbers for each domain and measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from equiwait.errors import PlacesError
from equiwait.fields import FIELDS
from equiwait.rows.places.index_layouts import measure_of, name_header
from equiwait.rows.places.index_sources import Sheet

__all__ = ["TIED", "Numbers", "is_ranking", "numbers_of", "part_of", "ranks_of", "unread_said"]

TIED = 10  # a few areas may share a rank
_FEWEST_RANKED = 20  # fewer whole numbers may be 1 to N by chance

_RANKS = "its numbers are whole and stand once each, so they are ranks,"

Key = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Numbers:
    """What an index file holds.

    Parameters
    ----------
    headers : list of str
        Of every table.
    area_header : str
        Of the column of area codes.
    areas : list of str
        Area codes in upper case.
    measures : dict
        Numbers by ``(domain, measure)``, one per area, NaN where a cell holds none; a column without any is left out.
    unread : dict
        How many cells of a column hold something that is no number.
    notes : list of str
        What must be known of how the columns were read.
    names : list of str or None
        What the areas are called.
    """

    headers: list[str]
    area_header: str
    areas: list[str]
    measures: dict[Key, np.ndarray]
    unread: dict[Key, int]
    notes: list[str] = field(default_factory=list)
    names: list[str] | None = None

    @property
    def ranks_unsaid(self) -> bool:
        """Whether ranks stand under a header that does not call them so."""
        return any(_RANKS in note for note in self.notes)

    @property
    def overall_rank(self) -> np.ndarray | None:
        """The overall ranks, else those of the overall score where more is more deprived, as in every known index."""
        rank, score = self.measures.get(("overall", "rank")), self.measures.get(("overall", "score"))
        if rank is not None:
            return rank
        return None if score is None else ranks_of(-score)


def numbers_of(path: Path, sheets: Sequence[Sheet]) -> Numbers:
    """Return the numbers of a file: those of its main table, and of other tables of the same areas.

    Raises
    ------
    PlacesError
        If two columns mean the same and hold different numbers, or two tables are of different areas.
    """
    ordered = sorted(sheets, key=_tells_more, reverse=True)
    found = _read(path, ordered[0])
    for sheet in ordered[1:]:
        place = {area: row for row, area in enumerate(_areas(sheet))}
        if len(place) == len(sheet.rows) and place.keys() == set(found.areas):
            _add(path, found, _read(path, sheet), [place[area] for area in found.areas])
        elif _tells_more(sheet)[0] and not place.keys() <= set(found.areas):
            raise PlacesError(
                f"{path.name} has tables of different areas: which is meant?",
                found=f"Sheets {ordered[0].name} and {sheet.name}.",
                todo="Give one file for each index.",
            )
    return found


def _tells_more(sheet: Sheet) -> tuple[bool, int]:
    meanings = [measure_of(header) or ("", "") for header in sheet.headers]
    return any(domain == "overall" for domain, _ in meanings), len(sheet.headers)


def _areas(sheet: Sheet) -> list[str]:
    return [code.upper() for code in sheet.areas]


def _read(path: Path, sheet: Sheet) -> Numbers:
    called = name_header(sheet.headers)
    names = None if called is None else [str(row[called]) for row in sheet.rows]
    found = Numbers(list(sheet.headers), sheet.headers[sheet.area], _areas(sheet), {}, {}, names=names)
    meanings = {
        column: meaning
        for column, header in enumerate(sheet.headers)
        if column != sheet.area and (meaning := measure_of(header))
    }
    for column, (domain, measure) in meanings.items():
        values = _values(sheet, column, measure)
        unread = int((np.isnan(values) & np.asarray(pc.not_equal(sheet.cells(column), ""))).sum())
        if unread:
            found.unread[domain, measure] = max(unread, found.unread.get((domain, measure), 0))
        if np.isnan(values).all():
            continue
        if measure == "score" and (domain, "rank") not in meanings.values() and is_ranking(values):
            measure = "rank"
            found.notes.append(f"{domain}: {_RANKS} from 1 to {len(values):,}, and 1 is taken for the most deprived.")
        _keep(path, found, (domain, measure), values)
    return found


def _values(sheet: Sheet, column: int, measure: str) -> np.ndarray:
    """Return the numbers of a column; deciles and fifths in words too, as people write them: ``1 (most deprived)``."""
    values = sheet.numbers(column)
    if measure not in ("decile", "quintile") or not np.isnan(values).any():
        return values
    cells = sheet.cells(column).to_pylist()
    words = {cell for cell, value in zip(cells, values, strict=True) if cell and np.isnan(value)}
    read = {cell: float(FIELDS[f"imd_{measure}"].read(cell) or "nan") for cell in words}
    return np.array([read.get(cell, value) for cell, value in zip(cells, values, strict=True)])


def _add(path: Path, found: Numbers, more: Numbers, order: list[int]) -> None:
    """Take what another table of the same areas says, row by row of the first."""
    found.headers.extend(more.headers)
    found.notes.extend(note for note in more.notes if note not in found.notes)
    for meaning, unread in more.unread.items():
        found.unread[meaning] = max(unread, found.unread.get(meaning, 0))
    for meaning, values in more.measures.items():
        _keep(path, found, meaning, values[order])


def _keep(path: Path, found: Numbers, meaning: Key, values: np.ndarray) -> None:
    there = found.measures.setdefault(meaning, values)
    other = int((~((there == values) | (np.isnan(there) & np.isnan(values)))).sum())
    if other:
        raise PlacesError(
            f"{path.name} has two columns of the {meaning[1]} of {meaning[0]}, and they are not the same.",
            found=f"{other:,} of {len(values):,} areas differ.",
            todo="Keep the one that is right, and leave the other out.",
        )


def is_ranking(values: np.ndarray) -> bool:
    """Return whether numbers are a rank, whatever their column is called: 1 to N, once each, but for a few ties.

    Examples
    --------
    >>> is_ranking(np.arange(200.0, 0, -1)), is_ranking(np.arange(200.0) * 1.5), is_ranking(np.array([2.0, 1, 3]))
    (True, False, False)
    """
    areas = len(values)
    if areas < _FEWEST_RANKED or np.isnan(values).any() or (values * 2 % 1).any():
        return False
    ties = min(TIED, areas // 100)
    return bool(np.abs(np.sort(values) - np.arange(1, areas + 1)).max() <= ties)


def ranks_of(values: np.ndarray) -> np.ndarray:
    """Return ranks from the lowest value up, ties sharing the best; NaN stays NaN."""
    rank = np.searchsorted(np.sort(values[~np.isnan(values)]), values, side="left") + 1.0
    return np.where(np.isnan(values), np.nan, rank)


def unread_said(found: Numbers) -> list[str]:
    """Say which columns hold cells that are no numbers."""
    return [
        f"{domain} {measure}: {count:,} of {len(found.areas):,} values are not numbers; those areas have none."
        for (domain, measure), count in found.unread.items()
    ]


def part_of(measures: Mapping[Key, np.ndarray]) -> str:
    """Return how far the overall ranks go beyond the number of areas, or nothing where they do not."""
    rank = measures.get(("overall", "rank"))
    ranked = 0 if rank is None else int((~np.isnan(rank)).sum())
    if rank is None or np.nanmax(rank) <= ranked:
        return ""
    return f"{ranked:,} areas with ranks up to {np.nanmax(rank):,.0f}"
