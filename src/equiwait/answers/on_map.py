"""`OnMap`: an answer by area, on a map: shaded where it has a figure, hatched where it is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import pandas as pd

from equiwait import charts as draw
from equiwait.charts.maps import Boundaries, Insets, read_boundaries
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure import ReleasedCounts
from equiwait.errors import OptionError, listed
from equiwait.results import Chart, Result, as_answered
from equiwait.units import Unit, printed

__all__ = ["OnMap", "on_map"]


@dataclass(frozen=True, eq=False, repr=False)
class OnMap(Result):
    """An answer by area with its map: ``table`` has one row for each area, as in the answer that it is made of."""

    section: ClassVar[str] = "gaps"

    boundaries: Any = field(default=None, kw_only=True)
    insets: Insets = field(default_factory=dict, kw_only=True)
    shaded: str = field(default="value", kw_only=True)
    shaded_unit: Unit = field(default="percent", kw_only=True)

    def unit_of(self, column: str, measure: str = "") -> Unit:
        """Return the unit of a column: the shaded one has its own."""
        return self.shaded_unit if column == self.shaded else super().unit_of(column, measure)

    def charts(self) -> Sequence[Chart]:
        """Return the map; none where no area has a figure."""
        if not self.table[self.shaded].notna().any():
            return []
        how: dict[str, Any] = {
            "area": "group", "value": self.shaded, "label": self.title, "insets": self.insets,
            "words": partial(printed, unit=self.shaded_unit),
        }  # fmt: skip
        told = {name: how[name] for name in ("area", "value", "words")}
        return [
            Chart(
                "map", self.title, draw.map_words(self.table, what=self.title, **told),
                lambda ax: draw.area_map(self.table, self.boundaries, ax=ax, **how), self.table[["group", "n", self.shaded]], (7.2, 6.0),
                lambda: draw.map_html(self.table, self.boundaries, **how),
            )
        ]  # fmt: skip


def on_map(
    result: Result,
    rows: pd.DataFrame,
    boundaries: Boundaries,
    *,
    title: str,
    value: str,
    unit: Unit,
    insets: Insets | None = None,
) -> OnMap:
    """Return rows of an answer, one for each area in ``group``, as an answer with a map.

    Raises
    ------
    OptionError
        If there is no such row.
    """
    if rows.empty:
        raise OptionError(
            "There is nothing to put on a map.", f"Questions: {listed(map(str, result.table['by'].unique()))}.",
            todo='Ask by a column of areas, such as by="lad" or by="icb", and name it with by=.',
        )  # fmt: skip
    return OnMap(
        title, rows.reset_index(drop=True), result.notes, suppression=result.suppression, boundaries=read_boundaries(boundaries),
        insets=insets or {}, shaded=value, shaded_unit=unit, as_of=result.as_of,
    )  # fmt: skip


def made_of(result: Result, again: Any) -> OnMap:
    """Return the map of an answer, with the way to make it again from other released counts."""

    def answer(released: ReleasedCounts) -> OnMap:
        return again(result.made_again(released))  # type: ignore[no-any-return]

    made: OnMap = again(result)
    return made if result.released is None else as_answered(made, answer, result.released, result.provenance)


def area_title(said: str, by: str) -> str:
    """Return what a map is of."""
    return f"{said[:1].upper()}{said[1:]}, by {spoken(by)}"
