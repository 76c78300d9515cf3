"""`pile_up`: whether people of one group are treated just before a target more often than those of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from equiwait import charts as draw
from equiwait.answers.grouped_people import groups_by, is_scope, list_of, one_question
from equiwait.answers.named_groups import NamedGroups, named, noted, shown_of
from equiwait.answers.part_and_whole import Sides, against, looks_at, over_gaps, rest_of
from equiwait.counts.waits.clustering import design_effects
from equiwait.counts.waits.references import RECORDED, REST, rounded_rest
from equiwait.counts.waits.wording import AREA_IS_NOT_PERSON, about_areas, spoken
from equiwait.disclosure import ReleasedCounts, release, rule_named
from equiwait.errors import OptionError, RefusedError
from equiwait.frames import need
from equiwait.results import Chart, Result, Units, answered, provenance_of
from equiwait.rows.intake.stitched import Stitched
from equiwait.statistics import Interval, family_confidence

__all__ = ["PileUp", "pile_up"]

_UNDER = "treated just under the target"
_COLUMNS = [
    "by", "group", "n", "events", "value", "lower", "upper", "difference", "difference_lower", "difference_upper", "reference",
    "method", "confidence", "suppressed", "note",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class PileUp(Result):
    """Of people treated close to a target, how many just under it: one row for each group.

    ``n`` people were treated within so many weeks of the target on either side, ``events`` of them under it; ``value`` is
    their share, about a half where nothing piles up.
    """

    section: ClassVar[str] = "time"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("value", "lower", "upper"), "percent"),
            **dict.fromkeys(("difference", "difference_lower", "difference_upper"), "points"),
        }
    )
    unknown: tuple[str, ...] = field(default=(), kw_only=True)
    """Groups that are silences."""

    def charts(self) -> Sequence[Chart]:
        """Return the share just under the target, by group."""
        rows = self.table.assign(note="")
        how: dict[str, Any] = {
            "unknown": self.unknown, "label": "Share just under the target", "hidden": self.hidden,
        }  # fmt: skip
        shown, page = partial(draw.interval_plot, rows, **how), partial(draw.interval_html, rows, **how)
        words = draw.interval_words(rows, unknown=self.unknown, hidden=self.hidden)
        size = draw.size_for(len(rows) - len(self.unknown), len(self.unknown))
        return [
            Chart(
                "just under the target",
                self.title,
                words,
                lambda ax: shown(ax=ax),
                self.table[_COLUMNS[:7]],
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
        How many weeks on either side of it are looked at.
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
    Of people treated with a wait within two weeks of the target, about half waited less than it and half more, or a little more of
    them less, as fewer and fewer are left; many more just under it are a pile-up, as in emergency departments just before four
    hours: Locker TE, Mason SM (2005), *BMJ* 330:1188–1189. Where up to a tenth of those left are treated each week, no more
    than 55% are just under it by themselves (within two weeks): the findings name groups that are clear of that, and gaps
    that are clear of nought, all of a question together (Šidák 1967). A gap in that share says who is treated in time for
    the target, and not who waits longer. Each group against everyone else recorded: Newcombe (1998).

    Examples
    --------
    >>> days = pd.to_timedelta([120, 124, 125, 126, 130, 136] * 10, "D")
    >>> start = pd.Timestamp("2026-01-05")
    >>> raw = pd.DataFrame({"scope": "closed", "stop_reason": "treated", "clock_start": start, "clock_stop": start + days})
    >>> pile_up(raw.assign(site=["one", "two"] * 30), "site", suppression="none").table[["group", "n", "value"]].round(2)
      group     n  value
    0   one  30.0   0.67
    1   two  30.0   0.67
    """
    for name, number in (("weeks", weeks), ("within", within)):
        if (
            isinstance(number, bool)
            or not isinstance(number, int)
            or number < 1
            or (name == "within" and number > weeks)
        ):
            raise OptionError(
                f"{name}={number!r} is not a number of weeks that can be looked at.", todo="Give weeks=18, within=2."
            )
    question, rule, dates = one_question(by), rule_named(suppression), ("clock_start", "clock_stop", "stop_reason")
    waiting = list_of(waiting, [question], "pile_up", dates)
    need(waiting, [*question, "scope", *dates], "pile_up")
    treated = is_scope(waiting, "closed") & (waiting["stop_reason"].astype(object) == "treated").to_numpy(dtype=bool)
    days = (waiting["clock_stop"] - waiting["clock_start"]).dt.days.to_numpy(dtype=np.float64, na_value=np.nan)
    close = treated & (days > 7 * (weeks - within)) & (days <= 7 * (weeks + within))
    people, under = waiting[close], days[close] <= 7 * weeks
    if not len(people):
        raise RefusedError(
            f"Nobody was treated within {within} weeks of {weeks} weeks.",
            todo="Give a list with its ended waits, or a wider within=.",
        )
    groups = groups_by(people, question)
    split = named(groups, question)
    population = f"treated within {within} weeks of {weeks} weeks, {provenance_of(waiting).period}".removesuffix(", ")
    counts = split.tally(population, groups.people()) + split.tally(population, groups.people(under), event=_UNDER)
    counts = split.widened(counts, design_effects(people.filter(["person_id"]), groups))
    asked = _Asked(split, population, weeks, within, confidence)
    return answered(partial(_answer, asked), release(counts, rule), provenance_of(waiting))


class _Asked(NamedTuple):
    """What is asked, none of it a number of people."""

    groups: NamedGroups
    population: str
    weeks: int
    within: int
    confidence: float


def _answer(asked: _Asked, released: ReleasedCounts) -> PileUp:
    split, known = asked.groups, asked.groups.recorded
    cells, events = split.cells(asked.population), split.cells(asked.population, _UNDER)
    own = shown_of(released, events, cells)
    total = [float(released.people(split.all_recorded(asked.population, each))) for each in (_UNDER, "")]
    rest = [
        np.where(known, rest_of(part, whole), whole) for part, whole in zip((own.events, own.n), total, strict=True)
    ]
    wide = np.nan_to_num(split.wide(released), nan=1.0)
    added = released.rule.variance, released.rule.variance * np.where(known, rounded_rest(own.n, rest[1]), 1.0)
    sides = Sides(
        own.events,
        own.n,
        np.minimum(*rest),
        rest[1],
        wide,
        np.full(len(wide), float(np.max(wide, initial=1.0))),
        *added,
    )
    around, gap = sides.shares(asked.confidence), against(sides, known, asked.confidence).difference
    together = sides.shares(family_confidence(asked.confidence, max(int(known.sum()), 1)))
    method = f"Wilson; Newcombe{over_gaps(looks_at(known))}"
    table = pd.DataFrame({
        "by": split.question, "group": split.names, "n": own.n, "events": own.events, "value": around.value, "lower": around.lower,
        "upper": around.upper, "difference": gap.value, "difference_lower": gap.lower, "difference_upper": gap.upper,
        "reference": np.where(known, REST, RECORDED), "method": method, "confidence": asked.confidence,
        "suppressed": own.hidden, "note": noted(released, cells, events),
    })  # fmt: skip
    notes = [
        f"Of people treated with a wait of over {asked.weeks - asked.within} and up to {asked.weeks + asked.within} weeks, those who "
        f"waited up to {asked.weeks}: a half to {by_itself(asked.within):.0%} where nothing piles up, as fewer and fewer are left.",
        *([AREA_IS_NOT_PERSON] if about_areas([split.columns]) else []),
        released.rule.says,
    ]
    title = f"Treated just under {asked.weeks} weeks, by {spoken(split.question)}"
    return PileUp(
        title,
        table[_COLUMNS],
        tuple(notes),
        _findings(table, together, asked, released.rule.exact),
        unknown=split.unknown,
    )


def by_itself(within: int) -> float:
    """Return the largest share just under a target where nothing piles up and a tenth of those left are treated each week.

    Examples
    --------
    >>> round(by_itself(2), 2)
    0.55
    """
    return float(1 / (1 + np.exp(-0.1 * within)))


def _findings(table: pd.DataFrame, together: Interval, asked: _Asked, exact: bool) -> tuple[str, ...]:
    """Say what stands clear, all groups of the question together."""
    weeks = asked.weeks
    if table["value"].isna().all():
        return (f"Too few people were treated close to {weeks} weeks to tell.",)
    least = by_itself(asked.within)
    said = [
        f"{row['group']}: {_share(row['value'], exact)} of those treated close to {weeks} weeks were treated just under it "
        f"({low:.0%} to {high:.0%}); a half to {least:.0%} would be if nothing piled up."
        for (_, row), low, high in zip(table.iterrows(), together.lower, together.upper, strict=True)
        if low > least
    ]
    apart = table[(table["difference_lower"] > 0) | (table["difference_upper"] < 0)]
    said += [
        f"{row['group']} {'more' if row['difference'] > 0 else 'less'} often than {row['reference']} "
        f"({100 * row['difference']:+.1f} points)."
        for _, row in apart.iterrows()
    ]
    return tuple(said) or (f"No group is seen to be treated just under {weeks} weeks more often than chance.",)


def _share(value: float, exact: bool) -> str:
    """A share in words; of rounded counts, all may be but nearly all."""
    return "nearly all" if value >= 1 and not exact else f"{value:.0%}"
