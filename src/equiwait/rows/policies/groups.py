"""Groups of factors that count together: the highest, the lowest, or the sum up to a cap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from equiwait.rows.policies.validation import Fault, Name, Number, Part

__all__ = ["Group"]


class Group(Part):
    """Several factors of which the highest or the lowest counts, or the sum up to a cap.

    The parts still sum to the score: of the highest (lowest) the others give 0; under a cap points are counted in the order
    of ``of`` until it is reached, and the rest is cut. What a cap holds is never negative.

    Parameters
    ----------
    name : str
        What the group is called.
    of : list of str
        Names of two or more factors, all of them equity or none, each in one group at most.
    take : {"highest", "lowest", "sum"}
        Which of them counts; the first of ``of`` where two are level.
    at_most : number, optional
        The most points that the group gives; needed for a sum.

    Examples
    --------
    >>> group = Group(name="life", of=["carer", "area"], take="sum", at_most=10)
    >>> group.possible([0, 0], [4, 8])
    (0, 10.0)
    """

    stand_ins: ClassVar[Mapping[str, Any]] = {"name": "x", "take": "highest"}

    name: Name
    of: tuple[Name, ...]
    take: Literal["highest", "lowest", "sum"]
    at_most: Number | None = None

    def faults(self) -> Iterable[Fault]:
        """Yield groups of fewer than two, and sums that nothing limits."""
        if len(set(self.of)) < 2 or len(set(self.of)) < len(self.of):
            yield ("of",), "must name two or more factors, each once"
        if self.take == "sum" and self.at_most is None:
            yield ("at_most",), "is left out, and a sum without a cap is what factors do anyway"
        if self.at_most is not None and self.at_most < 0:
            yield ("at_most",), "must not be negative"

    def possible(self, lows: Sequence[float], highs: Sequence[float]) -> tuple[float, float]:
        """Return the fewest and most points of the group, given those of its factors in the order of ``of``."""
        total = {"highest": max, "lowest": min, "sum": sum}[self.take]
        most = float("inf") if self.at_most is None else self.at_most
        low, high = total(lows), total(highs)  # type: ignore[operator]
        return min(low, most), min(high, most)
