"""The tables inside a factor: so many points for every so many units, values of other columns, multipliers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field as Of

from equiwait.rows.policies.columns import column_faults, level_faults, unlevel_faults
from equiwait.rows.policies.validation import Fault, Number, NumberTable, Part, Said

__all__ = ["PerUnit", "Special", "Times"]


class PerUnit(Part):
    """So many points for every so many units, without an upper end."""

    points: Number
    every: Annotated[float, Of(gt=0, le=1_000_000_000, allow_inf_nan=False)] = 1.0


class Special(Part):
    """Points for a value of another column, which settle the factor whatever its own column holds."""

    column: Said
    value: str
    points: Number

    stand_ins: ClassVar[Mapping[str, Any]] = {"column": "x", "value": "x", "points": 0}

    def faults(self) -> Iterable[Fault]:
        """Yield a value that its column cannot hold, and a column without levels or of score's own."""
        yield from column_faults(self.column, ("column",))
        yield from unlevel_faults(self.column, ("column",))
        yield from ((("value",), message) for _, message in level_faults(self.column, [self.value], prefixes=False))


class Times(Part):
    """Multipliers by the value of another column, such as the specialty.

    Parameters
    ----------
    by : str
        The column.
    levels : dict
        Its levels to what they multiply by, ``otherwise`` for the rest; a level without one leaves the factor unrecorded.
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"by": "x", "levels": {"otherwise": 1}}

    by: Said
    levels: NumberTable

    def faults(self) -> Iterable[Fault]:
        """Yield levels that do not exist, and multipliers below nothing."""
        yield from column_faults(self.by, ("by",))
        yield from unlevel_faults(self.by, ("by",))
        yield from level_faults(self.by, (level for level in self.levels if level != "otherwise"), ("levels",))
        yield from ((("levels", level), "must not be negative") for level, by in self.levels.items() if (by or 0) < 0)
        if not self.levels:
            yield ("levels",), "names no multiplier"
