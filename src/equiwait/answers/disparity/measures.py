"""A `Measure`: what is asked of the waits of a group; its weeks, its unit and its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from equiwait.counts.waits import Waits
from equiwait.errors import OptionError, RefusedError, did_you_mean, listed
from equiwait.units import Unit, gap_of

__all__ = ["DEFAULT_MEASURES", "IF_NOBODY_LEFT", "Measure", "gap_unit", "measure_named", "measures_asked", "value_unit"]

Kind: TypeAlias = Literal[
    "over", "quantile", "mean_within", "treated_by", "left_otherwise_by", "still_on_list_at", "odds_of_over"
]
DEFAULT_MEASURES = ("over_18_weeks", "over_52_weeks", "over_65_weeks", "median_weeks")
IF_NOBODY_LEFT = "if nobody left otherwise"

_PATTERNS: Mapping[Kind, str] = {
    "over": r"over_(\d{1,3})_weeks",
    "quantile": r"(median|p\d{2})_weeks",
    "mean_within": r"mean_within_(\d{1,3})_weeks",
    "treated_by": r"treated_by_(\d{1,3})_weeks",
    "left_otherwise_by": r"left_otherwise_by_(\d{1,3})_weeks",
    "still_on_list_at": r"still_on_list_at_(\d{1,3})_weeks",
    "odds_of_over": r"odds_of_over_(\d{1,3})_weeks",
}
_UNITS: Mapping[Kind, Unit] = {"quantile": "weeks", "mean_within": "weeks", "odds_of_over": "ratio"}
_TO_ASK = ("over", "quantile", "mean_within")


@dataclass(frozen=True)
class Measure:
    """What is asked of the waits of a group.

    Parameters
    ----------
    name : str
        As it stands in tables: ``over_18_weeks``, ``median_weeks``, ``p92_weeks``, ``mean_within_104_weeks``.
    kind : str
        ``over``: the share that has waited more than ``weeks`` weeks. ``quantile``: the wait that a share ``order`` has not
        passed. ``mean_within``: the mean of waits, each counted to ``weeks`` weeks at most. ``treated_by``,
        ``left_otherwise_by`` and ``still_on_list_at`` stand beside time to treatment; ``odds_of_over`` is the common odds
        of strata. Those four are answered, not asked for.
    weeks : int
        0 for quantiles.
    order : float
        0 for all but quantiles.
    """

    name: str
    kind: Kind
    weeks: int = 0
    order: float = 0.0

    @property
    def is_share(self) -> bool:
        """Whether it is a share of people who have waited so long: the measures that gaps are spoken of in points."""
        return self.kind == "over"

    @property
    def days(self) -> int:
        """More than so many days are over."""
        return 7 * self.weeks

    @property
    def unit(self) -> Unit:
        """The unit of its values."""
        return _UNITS.get(self.kind, "percent")

    @property
    def gap_unit(self) -> Unit:
        """The unit of a difference of two of its values."""
        return gap_of(self.unit)

    def words(self, estimand: str = "still_waiting") -> str:
        """Return the measure in words.

        Examples
        --------
        >>> over, middle = measure_named("over_18_weeks"), measure_named("median_weeks")
        >>> over.words(), middle.words(), measure_named("p92_weeks").words("completed")
        ('waiting over 18 weeks', 'median wait so far', '92nd percentile of ended waits')
        """
        if self.kind == "over":
            if estimand == "time_to_treatment":
                return f"still waiting after {self.weeks} weeks"
            return f"{'having waited' if estimand == 'completed' else 'waiting'} over {self.weeks} weeks"
        if self.kind == "quantile":
            return _quantile_words(self.order, estimand)
        if self.kind == "mean_within":
            return f"{_waits('mean', estimand)}, to {self.weeks} weeks at most"
        if self.kind == "odds_of_over":
            return f"odds of {'having waited' if estimand == 'completed' else 'waiting'} over {self.weeks} weeks"
        return f"{self.kind.replace('_', ' ')} {self.weeks} weeks"

    def axis(self, estimand: str) -> str:
        """Return the words under a chart."""
        said = self.words(estimand)
        return f"{said.capitalize()}, weeks" if self.unit == "weeks" else f"Share {said}"


def _quantile_words(order: float, estimand: str) -> str:
    if order == 0.5:
        return _waits("median", estimand)
    number = round(100 * order)
    ended = "ended waits" if estimand == "completed" else f"waits {_so_far(estimand)}"
    return f"{number}{_th(number)} percentile of {ended}"


def _waits(what: str, estimand: str) -> str:
    return f"{what} of ended waits" if estimand == "completed" else f"{what} wait {_so_far(estimand)}"


def _so_far(estimand: str) -> str:
    return f"to treatment {IF_NOBODY_LEFT}" if estimand == "time_to_treatment" else "so far"


def _th(number: int) -> str:
    return "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def measure_named(name: str) -> Measure:
    """Return the measure of that name.

    Raises
    ------
    OptionError
        If there is none.
    """
    for kind, pattern in _PATTERNS.items():
        if found := re.fullmatch(pattern, name):
            if kind != "quantile":
                return Measure(name, kind, weeks=int(found[1]))
            order = 0.5 if found[1] == "median" else int(found[1][1:]) / 100
            if order > 0:
                return Measure(name, kind, order=order)
    raise OptionError(
        f"The measure {name!r} is not understood.{did_you_mean(name, [*DEFAULT_MEASURES, 'p92_weeks'])}",
        todo="Use over_N_weeks for any N, median_weeks, pNN_weeks such as p92_weeks, or mean_within_N_weeks. "
        "Indices of inequality are in .summary.",
    )


def value_unit(measure: str) -> Unit:
    """Return the unit of a value in a row of that measure."""
    return measure_named(measure).unit if measure else "number"


def gap_unit(measure: str) -> Unit:
    """Return the unit of a difference in a row of that measure."""
    return measure_named(measure).gap_unit if measure else "number"


# --- what is asked ---------------------------------------------------------------------------------------------------


def measures_asked(names: Sequence[str] | None) -> tuple[Measure, ...] | None:
    """Read ``measures=``; None where none were named.

    Raises
    ------
    OptionError
        If one of them is not understood, or there are none.
    """
    if names is None:
        return None
    given = list(dict.fromkeys([names] if isinstance(names, str) else names))
    if not given:
        raise OptionError("measures= is empty.", todo="Use over_N_weeks for any N, median_weeks, or pNN_weeks.")
    asked = tuple(map(measure_named, given))
    if answered := [each.name for each in asked if each.kind not in _TO_ASK]:
        raise OptionError(
            f"The measure {answered[0]!r} is not asked for: it stands beside others.",
            todo="Use over_N_weeks; with estimand='time_to_treatment' what became of everybody stands beside it.",
        )
    return asked


def measures_told(waits: Waits, asked: tuple[Measure, ...] | None) -> tuple[Measure, ...]:
    """Return the measures, refusing those that the source's bands cannot tell; unless any were named, those that they can.

    Raises
    ------
    RefusedError
        If the bands cannot tell one that was named, or none of the usual ones.
    """
    if asked is not None:
        for each in asked:
            _refuse_untold(waits, each)
        return asked
    usual = tuple(map(measure_named, DEFAULT_MEASURES))
    told = tuple(each for each in usual if _is_told(waits, each))
    if not told:
        raise RefusedError(
            f"The source's bands tell none of {listed(DEFAULT_MEASURES)}.",
            todo="Name a measure that they do: measures=['over_N_weeks'].",
        )
    return told


def _refuse_untold(waits: Waits, measure: Measure) -> None:
    if measure.kind == "mean_within" and waits.about.estimand != "time_to_treatment":
        raise RefusedError(
            f"{measure.name} is a mean of waits to treatment, and {waits.about.estimand} knows only part of them.",
            todo="Ask estimand='time_to_treatment', or a median.",
        )
    if measure.kind == "over":
        waits.refuse_unless_band(measure.days + 1)
    else:
        waits.refuse_unless_weekly()


def _is_told(waits: Waits, measure: Measure) -> bool:
    try:
        _refuse_untold(waits, measure)
    except RefusedError:
        return False
    return True
