"""`pile_up`: whether people of one group are treated just before a target more often than those of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.grouped_people import groups_by, is_scope, list_of, one_question
from equiwait.answers.named_groups import NamedGroups, named, noted, shown_of
from equiwait.answers.part_and_whole import Sides, blank, looks_at, over_gaps, rest_of
from equiwait.counts.waits import Groups
from equiwait.counts.waits.clustering import design_effects
from equiwait.counts.waits.references import RECORDED, REST, rounded_rest
from equiwait.counts.waits.wording import AREA_IS_NOT_PERSON, about_areas, spoken
from equiwait.disclosure import Counts, ReleasedCounts, release, rule_named
from equiwait.errors import OptionError, RefusedError
from equiwait.frames import need
from equiwait.results import Chart, Result, Units, answered, provenance_of
from equiwait.rows.intake.stitched import Stitched
from equiwait.statistics import Interval, bunching_excess, bunching_expected, family_confidence, mover_difference
from equiwait.units import printed

__all__ = ["PileUp", "pile_up"]

Flags = NDArray[np.bool_]

_UNDER, _EARLIER = "treated just under the target", "treated before it"
_COLUMNS = [
    "by", "group", "n", "events", "value", "lower", "upper", "expected", "excess", "excess_lower", "excess_upper", "difference",
    "difference_lower", "difference_upper", "reference", "method", "confidence", "suppressed", "note",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class PileUp(Result):
    """Of people treated close to a target, how many just under it: one row for each group.

    ``n`` people were treated within so many weeks of the target on either side, ``events`` of them under it; ``value`` is
    their share, ``expected`` what people treated further off make one expect, ``excess`` the one less the other, and
    ``difference`` the group's excess less that of everyone else.
    """

    section: ClassVar[str] = "time"
    wider: ClassVar[str] = "for more weeks on each side (within=)"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("value", "lower", "upper", "expected"), "percent"),
            **dict.fromkeys(("excess", "excess_lower", "excess_upper"), "points"),
            **dict.fromkeys(("difference", "difference_lower", "difference_upper"), "points"),
        }
    )
    unknown: tuple[str, ...] = field(default=(), kw_only=True)
    """Groups that are silences."""

    def charts(self) -> Sequence[Chart]:
        """Return how many more were treated just under the target than expected, by group."""
        excess = {"excess": "value", "excess_lower": "lower", "excess_upper": "upper"}
        rows = self.table.drop(columns=list(excess.values())).rename(columns=excess).assign(note="")
        how: dict[str, Any] = {
            "unknown": self.unknown, "unit": "points", "reference": 0.0, "reference_label": "as expected",
            "label": "Points more just under the target than expected", "hidden": self.hidden,
        }  # fmt: skip
        shown, page = partial(draw.interval_plot, rows, **how), partial(draw.interval_html, rows, **how)
        words = draw.interval_words(rows, unknown=self.unknown, unit="points", hidden=self.hidden)
        size = draw.size_for(len(rows) - len(self.unknown), len(self.unknown))
        return [
            Chart(
                "just under the target",
                self.title,
                words,
                lambda ax: shown(ax=ax),
                self.table[["group", "n", "value", "expected", *excess]],
                size,
                page,
            )
        ]


def pile_up(
    waiting: pd.DataFrame | Stitched,
    by: str | Sequence[str],
    *,
    weeks: int = 18,
    within: int = 2,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> PileUp:
    """Look at whether people are treated just under a target, by group.

    Parameters
    ----------
    waiting : pandas.DataFrame or Stitched
        A list with its ended waits, or what `stitch` returns.
    by : str or sequence of str
        One question; several columns are crossed.
    weeks : int
        The target: a wait of more than so many weeks misses it.
    within : int
        How many weeks on either side of it are looked at, and as many further off for comparison; at most half of ``weeks``.
    confidence : float
        Two-sided coverage.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    PileUp

    Raises
    ------
    ColumnsError
        If a grouping or ``clock_stop`` is not in the list.
    OptionError
        If ``weeks`` or ``within`` is no number of weeks.
    RefusedError
        If nobody was treated close to the target.

    Notes
    -----
    Of people treated with a wait within two weeks of the target, how many just under it? Many more than one would expect are a
    pile-up, as in emergency departments just before four hours: Locker TE, Mason SM (2005), *BMJ* 330:1188–1189. What
    one would expect is interpolated from people treated two to four weeks from the target, before it and after it; those close to
    it are left out (`equiwait.statistics.bunching_expected`; Chetty et al. 2011, Kleven 2016). This assumes that, without the target,
    the logarithm of the number treated would run over those eight weeks as a straight line or a parabola, whatever its slope: it
    asks for no rate of treatment. People brought forward from further off than two weeks make a pile-up look smaller.
    Intervals: Wilson (1927), and for the excess that of `equiwait.statistics.mover_difference`. The findings name
    groups whose excess is clear of nought, and groups whose excess is clear of that of everyone else recorded, all of a question
    together (Šidák 1967). An excess says who is treated in time for the target, and not who waits longer.

    Examples
    --------
    >>> days = pd.to_timedelta([100, 110, 120, 122, 124, 126, 130, 136, 145, 150] * 10, "D")
    >>> start = pd.Timestamp("2026-01-05")
    >>> raw = pd.DataFrame({"scope": "closed", "stop_reason": "treated", "clock_start": start, "clock_stop": start + days})
    >>> piled = pile_up(raw.assign(site=["one"] * 50 + ["two"] * 50), "site", suppression="none")
    >>> piled.table[["group", "n", "value", "expected", "excess"]].round(2)
      group     n  value  expected  excess
    0   one  30.0   0.67       0.5    0.17
    1   two  30.0   0.67       0.5    0.17
    """
    for name, number in (("weeks", weeks), ("within", within)):
        if (
            isinstance(number, bool)
            or not isinstance(number, int)
            or number < 1
            or (name == "within" and 2 * number > weeks)
        ):
            raise OptionError(
                f"{name}={number!r} is not a number of weeks that can be looked at.", todo="Give weeks=18, within=2."
            )
    question, rule, dates = one_question(by), rule_named(suppression), ("clock_start", "clock_stop", "stop_reason")
    waiting = list_of(waiting, [question], "pile_up", dates)
    need(waiting, [*question, "scope", *dates], "pile_up")
    treated = is_scope(waiting, "closed") & (waiting["stop_reason"].astype(object) == "treated").to_numpy(dtype=bool)
    days = (waiting["clock_stop"] - waiting["clock_start"]).dt.days.to_numpy(dtype=np.float64, na_value=np.nan)
    apart = np.abs(days - 7 * weeks - 0.5)  # a wait of the target's own length is under it
    around = treated & (apart < 14 * within)
    people, under = waiting[around], days[around] <= 7 * weeks
    close = apart[around] < 7 * within
    if not close.any():
        raise RefusedError(
            f"Nobody was treated within {within} weeks of {weeks} weeks.",
            todo="Give a list with its ended waits, or a wider within=.",
        )
    groups = groups_by(people, question)
    split = named(groups, question)
    period = provenance_of(waiting).period
    asked = _Asked(split, period, weeks, within, confidence)
    counts = _counted(split, groups, asked.near, close, under, _UNDER)
    counts += _counted(split, groups, asked.far, ~close, under, _EARLIER)
    counts = split.widened(counts, design_effects(people.filter(["person_id"]), groups))
    return answered(partial(_answer, asked), release(counts, rule), provenance_of(waiting))


def _counted(split: NamedGroups, groups: Groups, population: str, here: Flags, under: Flags, event: str) -> Counts:
    """People of one population, and those of them who were treated before the target."""
    return split.tally(population, groups.people(here)) + split.tally(
        population, groups.people(here & under), event=event
    )


class _Asked(NamedTuple):
    """What is asked, none of it a number of people."""

    groups: NamedGroups
    period: str
    weeks: int
    within: int
    confidence: float

    @property
    def near(self) -> str:
        """Return what the people treated close to the target are called."""
        return self._of(f"treated within {self.within} weeks of {self.weeks} weeks")

    @property
    def far(self) -> str:
        """Return what the people treated further off are called."""
        return self._of(f"treated {self.within} to {2 * self.within} weeks from {self.weeks} weeks")

    def _of(self, whom: str) -> str:
        return f"{whom}, {self.period}".removesuffix(", ")


def _answer(asked: _Asked, released: ReleasedCounts) -> PileUp:
    split, known = asked.groups, asked.groups.recorded
    cells, events = split.cells(asked.near), split.cells(asked.near, _UNDER)
    own = shown_of(released, events, cells)
    near, far = (
        _sides(split, released, population, event)
        for population, event in ((asked.near, _UNDER), (asked.far, _EARLIER))
    )
    around, excess = near.shares(asked.confidence), _excess(near, far, asked.confidence)
    gap = _gaps(near, far, known, asked.confidence)
    family = family_confidence(asked.confidence, max(int(known.sum()), 1))
    together, expected = _excess(near, far, family), bunching_expected(far.shares(asked.confidence))
    withheld = np.where(~own.hidden & np.isnan(excess.value), "withheld: too few treated further off", "")
    table = pd.DataFrame({
        "by": split.question, "group": split.names, "n": own.n, "events": own.events, "value": around.value, "lower": around.lower,
        "upper": around.upper, "expected": np.where(np.isnan(excess.value), np.nan, expected.value), "excess": excess.value,
        "excess_lower": excess.lower, "excess_upper": excess.upper, "difference": gap.value, "difference_lower": gap.lower,
        "difference_upper": gap.upper, "reference": np.where(known, REST, RECORDED),
        "method": f"Wilson; bunching; MOVER{over_gaps(looks_at(known))}", "confidence": asked.confidence, "suppressed": own.hidden,
        "note": [mark or why for mark, why in zip(noted(released, cells, events), withheld, strict=True)],
    })  # fmt: skip
    first, last = asked.within, 2 * asked.within
    notes = [
        f"Of people treated with a wait of over {asked.weeks - first} and up to {asked.weeks + first} weeks, those who waited up to "
        f"{asked.weeks}. Expected is what people treated {first} to {last} weeks from {asked.weeks} weeks make of it, if the number "
        "treated would rise or fall evenly over all those weeks (its logarithm a straight line or a parabola).",
        "People brought forward from further off make a pile-up look smaller than it is.",
        *([AREA_IS_NOT_PERSON] if about_areas([split.columns]) else []),
        released.rule.says,
    ]
    title = f"Treated just under {asked.weeks} weeks, by {spoken(split.question)}"
    findings = _findings(table, together, asked, released.rule.exact)
    return PileUp(title, table[_COLUMNS], tuple(notes), findings, unknown=split.unknown)


def _sides(split: NamedGroups, released: ReleasedCounts, population: str, event: str) -> Sides:
    """Each group and everyone else recorded, of one population: how many were treated before the target."""
    known = split.recorded
    own = shown_of(released, split.cells(population, event), split.cells(population))
    total = [float(released.people(split.all_recorded(population, each))) for each in (event, "")]
    rest = [
        np.where(known, rest_of(part, whole), whole) for part, whole in zip((own.events, own.n), total, strict=True)
    ]
    wide = np.nan_to_num(split.wide(released), nan=1.0)
    widest = np.full(len(wide), float(np.max(wide, initial=1.0)))
    added = released.rule.variance * np.where(known, rounded_rest(own.n, rest[1]), 1.0)
    return Sides(own.events, own.n, np.minimum(*rest), rest[1], wide, widest, released.rule.variance, added)


def _excess(near: Sides, far: Sides, confidence: float) -> Interval:
    """By how much the share just under the target is larger than expected; nan where nobody was treated on one side further off."""
    found = bunching_excess(near.shares(confidence), far.shares(confidence))
    return blank(found, (far.events <= 0) | (far.events >= far.n))


def _gaps(near: Sides, far: Sides, known: Flags, confidence: float) -> Interval:
    """The excess of each group less that of everyone else, the recorded ones one family, each other alone."""
    ends = []
    for level in (family_confidence(confidence, looks_at(known)), confidence):
        own, rest = (_excess(*each, level) for each in ((near, far), (near.turned, far.turned)))
        ends.append(mover_difference(own, rest))
    return Interval(*(np.where(known, one, other) for one, other in zip(*ends, strict=True)))


def _findings(table: pd.DataFrame, together: Interval, asked: _Asked, exact: bool) -> tuple[str, ...]:
    """Say what stands clear, all groups of the question together."""
    weeks = asked.weeks
    if table["value"].isna().all():
        return (f"Too few people were treated close to {weeks} weeks to tell.",)
    said = [
        f"{row['group']}: {_share(row['value'], exact)} of those treated close to {weeks} weeks were treated just under it, "
        f"{row['expected']:.0%} expected: {_points(row['excess'])} points ({_points(low)} to {_points(high)})."
        for (_, row), low, high in zip(table.iterrows(), together.lower, together.upper, strict=True)
        if low > 0
    ]
    apart = table[(table["difference_lower"] > 0) | (table["difference_upper"] < 0)]
    if (table["reference"] == REST).sum() == 2:  # each of two groups against the other is one gap
        apart = apart[apart["difference"] > 0]
    said += [
        f"{row['group']} {'more' if row['difference'] > 0 else 'less'} often than {row['reference']}, each beside what is expected "
        f"({_points(row['difference'])} points)."
        for _, row in apart.iterrows()
    ]
    if not said and table["excess"].isna().all():
        return (f"Too few people were treated {asked.within} to {2 * asked.within} weeks from {weeks} weeks to tell.",)
    return tuple(said) or (f"No group is seen to be treated just under {weeks} weeks more often than expected.",)


def _points(share: float) -> str:
    return printed(float(share), "points").removesuffix(" points")


def _share(value: float, exact: bool) -> str:
    """A share in words; of rounded counts, all may be but nearly all."""
    return "nearly all" if value >= 1 and not exact else f"{value:.0%}"
