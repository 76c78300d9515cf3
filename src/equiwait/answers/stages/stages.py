"""`stages`: where on the way a gap arises. The time in each stage, what of the whole gap each makes, what happened on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.grouped_people import groups_by, list_of, one_question
from equiwait.answers.named_groups import NamedGroups, named
from equiwait.answers.stages.journeys import (
    MILESTONES,
    READS,
    Journeys,
    counted_milestones,
    journeys_of,
    milestone_cells,
    names_of,
    tallied,
    told_apart,
)
from equiwait.answers.stages.on_the_way import HAPPENED, counted_on_the_way, on_the_way_rows
from equiwait.answers.stages.stage_rows import COLUMNS, WHOLE, stage_rows
from equiwait.counts.waits.clustering import design_effects
from equiwait.counts.waits.references import Given, Reference, reference_of
from equiwait.counts.waits.wording import AREA_IS_NOT_PERSON, about_areas, spoken
from equiwait.disclosure import (
    AdjustedGap,
    Cell,
    Counts,
    DesignEffect,
    ReleasedCounts,
    Rule,
    as_shown,
    release,
    rule_named,
)
from equiwait.errors import OptionError, RefusedError, attempt
from equiwait.frames import need
from equiwait.results import Chart, Result, Units, answered, provenance_of
from equiwait.rows.intake.stitched import Stitched
from equiwait.statistics import stage_times

__all__ = ["Stages", "stages"]

Floats = NDArray[np.float64]
_FINE = 10.0
"""A design effect is released in steps of a quarter; of a mean's variance, in steps of a fortieth."""


@dataclass(frozen=True, eq=False, repr=False)
class Stages(Result):
    """The way to treatment by group: one row for each stage, the whole, and what happened on the way.

    ``weeks_in_stage``: mean weeks in the stage within the horizon, ``difference`` in weeks from the reference, and ``part``, what of
    the whole difference arises in this stage: stages add up to the whole. ``share_with``: the share of people to whom it
    happened.
    """

    section: ClassVar[str] = "time"
    wider: ClassVar[str] = "about three months together (a longer window=: a group of {few} a month is then shown)"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("value", "lower", "upper"), lambda m: "weeks" if m == "weeks_in_stage" else "percent"),
            **dict.fromkeys(
                ("difference", "difference_lower", "difference_upper"),
                lambda m: "weeks_apart" if m == "weeks_in_stage" else "points",
            ),
            "part": "percent",
            "recorded": "percent",
            "stage": "text",
        }
    )

    def charts(self) -> Sequence[Chart]:
        """Return the weeks of difference in each stage, by group."""
        rows = self.table[(self.table["measure"] == "weeks_in_stage") & (self.table["stage"] != WHOLE)]
        return [
            self._chart(str(by), str(group))
            for by, group in rows.loc[rows["difference"].notna(), ["by", "group"]]
            .drop_duplicates()
            .itertuples(index=False)
        ]

    def _chart(self, by: str, group: str) -> Chart:
        here = (self.table["by"] == by) & (self.table["group"] == group) & (self.table["measure"] == "weeks_in_stage")
        rows = self.table[here].assign(note="", group=self.table["stage"])
        how: dict[str, Any] = {
            "value": "difference", "lower": "difference_lower", "upper": "difference_upper", "unit": "weeks_apart", "reference": 0.0,
            "reference_label": "no difference", "label": "Weeks longer in this stage",
        }  # fmt: skip
        shown = partial(draw.interval_plot, rows, **how)
        return Chart(
            f"stages of {group} by {by}",
            f"Where the gap arises: {group} against {self.table.loc[here, 'reference'].iloc[0]}",
            draw.interval_words(rows, value="difference", unit="weeks_apart"),
            lambda ax: shown(ax=ax),
            rows[["stage", "n", "value", "difference", "difference_lower", "difference_upper", "part"]],
            draw.size_for(len(rows)),
            partial(draw.interval_html, rows, **how),
        )


def stages(
    lists: Stitched | pd.DataFrame | Sequence[pd.DataFrame] | Mapping[str, object],
    by: str | Sequence[str],
    *,
    weeks: int = 52,
    window: tuple[str, str] | None = None,
    reference: Given = None,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Stages:
    """Say where on the way to treatment a gap arises: referral, first seen, decision to admit, date given, treated.

    Parameters
    ----------
    lists : Stitched, pandas.DataFrame, or sequence or mapping of lists
        What `stitch` returns or takes; or one list with its ended waits.
    by : str or sequence of str
        One question; several columns are crossed.
    weeks : int
        The time since referral that is looked at.
    window : pair of dates, optional
        First and last day of observation; by default as long as each was seen.
    reference : str or mapping, optional
        The group to compare with, as in `disparities`.
    confidence : float
        Two-sided coverage.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Stages
        Stages of each group, which add up to the whole, and what happened on the way: cancelled by the hospital, cancelled by
        the person, did not attend or was not brought, added to the list late.

    Raises
    ------
    ColumnsError
        If a grouping or the clock start is not in the lists.
    OptionError
        If ``weeks`` is not a number of weeks, or ``window`` is not two days in order.
    RefusedError
        If nobody is known to have been treated, or the lists tell of no stage.

    Notes
    -----
    Mean weeks in each stage within the horizon, if nobody left otherwise: state occupation in a chain of stages (Aalen and
    Johansen 1978; Datta and Satten 2001), from the day that somebody is first seen on (late entry), other exits as last
    sightings (`equiwait.statistics.stage_times`). What is spent in the stages adds up to the mean time to treatment within
    the horizon, so the differences of the stages add up to the whole difference. Their intervals are normal ones and hold
    together over stages and groups (Šidák 1967). A delay in one stage that pushes people past the horizon leaves them less
    time in later ones: choose a horizon by which most are treated.

    A milestone that is recorded for under four fifths of those who passed it ends no stage, and that is said; one that is lacking
    for a person is taken to be reached with the next. *Date given* is the first list on which a date to come in was seen, as
    near as the lists can tell. Where the list says who is to be admitted, a decision to admit is due for them alone.

    Under a rule that hides, means are rounded to the rounding base over the people of the group. They are withheld where the
    number treated within the horizon is not shown or is 0 (under ``hes``, fewer than 8), or where the number followed, as shown,
    may stand for fewer than twice as many (16). A mean over time needs no people who were not treated, unlike an adjusted share,
    so none are asked for.

    Examples
    --------
    >>> from equiwait.rows.intake import read_list
    >>> start = pd.to_datetime(["2026-01-05"] * 40)
    >>> slow = pd.Series([0, 28] * 20)
    >>> raw = pd.DataFrame({
    ...     "clock_start": start, "first_attendance": start + pd.to_timedelta(14 + slow, "D"),
    ...     "clock_stop": start + pd.to_timedelta(70 + slow, "D"), "rtt_status": "30", "team": ["A", "B"] * 20})
    >>> way = stages(read_list(raw, snapshot="2026-10-31"), "team", reference="A", suppression="none")
    >>> way.table.loc[way.table["group"] == "B", ["stage", "value", "difference", "part"]]
                        stage  value  difference  part
    1  referral to first seen    6.0         4.0   1.0
    3   first seen to treated    8.0         0.0   0.0
    5               the whole   14.0         4.0   1.0
    """
    if isinstance(weeks, bool) or not isinstance(weeks, int) or not 1 <= weeks <= 520:
        raise OptionError(f"weeks={weeks!r} is not a number of weeks.", todo="Give 1 to 520.")
    question = one_question(by)
    rule = rule_named(suppression)
    pathways = _pathways(lists, question)
    need(pathways, [*question, "clock_start", "scope"], "stages")
    journeys = journeys_of(pathways, *_window(window))
    kept, lacking = told_apart(journeys, rule)
    _refuse(journeys, kept)
    groups = groups_by(journeys.rows, question)
    split = named(groups, question)
    names = names_of(journeys, kept)
    at = reference_of(split.question, split.names, split.recorded, reference)
    population = f"on the way to treatment within {weeks} weeks, {_when(pathways, window)}"
    asked = Asked(split, at, tuple(names), population, weeks, confidence, _notes(question), tuple(lacking))
    counts = _counts(asked, journeys, kept, groups.place, rule) + counted_on_the_way(
        journeys.rows, split, groups, population
    )
    counts += counted_milestones(journeys, population)
    counts = split.widened(counts, design_effects(journeys.rows.filter(["person_id"]), groups))
    return answered(partial(_answer, asked), release(counts, rule), provenance_of(pathways))


class Asked(NamedTuple):
    """What is asked, none of it a number of people."""

    groups: NamedGroups
    reference: Reference
    stages: tuple[str, ...]
    population: str
    weeks: int
    confidence: float
    notes: tuple[str, ...]
    lacking: tuple[str, ...]


def _window(given: Any) -> tuple[str | None, str | None]:
    """The two days, as ISO text, in order."""
    if given is None:
        return None, None

    def read() -> list[str]:
        first, last = given
        return [dt.date.fromisoformat(str(day)[:10]).isoformat() for day in (first, last)]

    first, last = attempt(
        read, lambda _: OptionError("window= is not two dates.", todo='Write window=("2025-11-01", "2026-10-31").')
    )
    if last <= first:
        raise OptionError(f"The window ends on {last}, and starts on {first}.", todo="Give its first day first.")
    return first, last


def _pathways(lists: Any, question: tuple[str, ...]) -> pd.DataFrame:
    from equiwait.rows.intake.stitch import stitch  # reads files: only where they are still apart

    together = stitch(lists) if isinstance(lists, list | tuple | Mapping) else lists
    return list_of(together, [question], "stages", [*READS, *HAPPENED])


def _refuse(journeys: Journeys, kept: Sequence[int]) -> None:
    if not (journeys.passed[:, -1] if len(journeys.rows) else np.zeros(0, bool)).any():
        raise RefusedError(
            "Nobody is known to have been treated, so there is no way to treatment to look at.",
            todo="Give lists whose ended waits say why they ended (rtt_status 30, or stop_reason 'treated').",
        )
    if len(kept) < 2:
        raise RefusedError(
            "The lists tell of no stage between referral and treatment.",
            found="No milestone is recorded for four fifths of the people who passed it.",
            todo="Give first_attendance or decision_to_admit, or lists put together by stitch.",
        )


def _when(pathways: pd.DataFrame, window: tuple[str, str] | None) -> str:
    last = str(pathways["snapshot_date"].astype(str).max()) if "snapshot_date" in pathways else ""
    return " to ".join(map(str, window)) if window else f"list of {last}"


def _said(lacking: Sequence[str], population: str, released: ReleasedCounts) -> tuple[str, ...]:
    """What the lists cannot tell apart."""
    return tuple(
        f"{MILESTONES[name].capitalize()}: {_recorded(name, population, released)}, so what comes before and after it is one stage."
        for name in lacking
    )


def _recorded(name: str, population: str, released: ReleasedCounts) -> str:
    """For how many of the people who passed a milestone it is recorded, in words."""
    cells = milestone_cells(name, population)
    if not set(cells) <= set(released.cells):
        return "not recorded"
    some, every = released.people(list(cells)).tolist()
    if np.isnan(some) or np.isnan(every):
        return "recorded for too few people to say for what share"
    return f"recorded for {min(some / every, 1.0):.0%} of the people who passed it" if some > 0 else "not recorded"


def _notes(question: Sequence[str]) -> tuple[str, ...]:
    means = (
        "Mean weeks within the horizon if nobody left otherwise; a person who passed a milestone that is not recorded is "
        "taken to have reached it with the next."
    )
    return (means, *([AREA_IS_NOT_PERSON] if about_areas([question]) else []))


# --- exact -----------------------------------------------------------------------------------------------------------


def _counts(asked: Asked, journeys: Journeys, kept: Sequence[int], place: NDArray[Any], rule: Rule) -> Counts:
    """Return people, people treated, and for each group and its reference the means of the stages as coarse figures."""
    split, days, size = asked.groups, 7 * asked.weeks, len(asked.groups.names)
    cubes = tallied(journeys, kept, np.asarray(place, np.int64), size, days)
    n = cubes[0].sum((1, 2))
    treated = cubes[1][:, :, -1, : days + 1].sum((1, 2))
    counts = split.tally(asked.population, n) + split.tally(asked.population, treated, event=_TREATED)
    pooled = [asked.reference.pooled(each) for each in cubes]
    facts: dict[str, Any] = {}
    for side, (came, went, left) in (("own", cubes), ("base", tuple(pooled))):
        found = stage_times(came, went, left, horizon=days)
        means, square = found.days / days, np.diagonal(found.covariance, axis1=-2, axis2=-1) / days**2
        whole = found.covariance.sum((-2, -1)) / days**2
        people, ended = came.sum((1, 2)), went[:, :, -1, : days + 1].sum((1, 2))
        for row, name in enumerate(split.names):
            sides, treated_there = (_sides(asked, row, side, event) for event in ("", _TREATED))
            allowed = _enough(people[row], ended[row], rule)
            for stage, label in enumerate(asked.stages):
                facts[_fact(side, name, label)] = AdjustedGap(
                    float(means[row, stage]), tuple((side_cell,) for side_cell in sides), treated_there, allowed=allowed
                )
                facts[_fact(f"variance of {side}", name, label)] = _variance(
                    float(square[row, stage]), float(means[row, stage]), float(people[row])
                )
            mean = float(means[row].sum())
            facts[_fact(f"variance of {side}", name, WHOLE)] = _variance(float(whole[row]), mean, float(people[row]))
    return counts.with_facts(facts)


_TREATED = "treated within the horizon"


def _enough(people: float, treated: float, rule: Rule) -> bool:
    """Whether a mean may be told, from counts as the rule shows them: an exact count must not turn what is withheld."""
    followed, ended = as_shown([people, treated], rule)
    return bool(ended > 0 and rule.between(followed)[0] >= 2 * (rule.most_hidden + 1))


def _sides(asked: Asked, row: int, side: str, event: str = "") -> tuple[Cell, ...]:
    cells = asked.groups.cells(asked.population, event)
    if side == "own":
        return (cells[row],)
    against = np.flatnonzero(asked.reference.against[row])
    return (cells[against[0]],) if len(against) == 1 else (asked.groups.all_recorded(asked.population, event),)


def _fact(what: str, name: str, label: str) -> str:
    return f"stage mean, {what}, {name}: {label}"


def _variance(square: float, mean: float, people: float) -> DesignEffect:
    """The variance of a mean, in times of that of a plain share of the same size, finer than steps of a quarter."""
    plain = mean * (1 - mean) / people if people and 0 < mean < 1 else 0.0
    return DesignEffect(_FINE * square / plain if plain else 0.0)


# --- released --------------------------------------------------------------------------------------------------------


def _answer(asked: Asked, released: ReleasedCounts) -> Stages:
    rows = stage_rows(
        asked.groups, asked.reference, asked.stages, asked.population, 7 * asked.weeks, asked.confidence, released,
        partial(_shown, asked, released),
    )  # fmt: skip
    happened = on_the_way_rows(asked.groups, asked.population, asked.confidence, released)
    table = pd.concat([rows.table, happened], ignore_index=True) if len(happened) else rows.table
    title = f"Where on the way does the gap arise? Within {asked.weeks} weeks, by {spoken(asked.groups.question)}"
    lacking = _said(asked.lacking, asked.population, released)
    return Stages(title, table[COLUMNS], (*asked.notes, *lacking, released.rule.says), (*rows.says, *lacking))


def _shown(asked: Asked, released: ReleasedCounts, side: str, label: str) -> tuple[Floats, Floats, Floats]:
    """Return mean days in a stage, its variance without that of rounding, and the step it is rounded to."""
    days = 7 * asked.weeks
    coarse = [released.fact(_fact(side, name, label)) for name in asked.groups.names]
    effect = (
        np.array([released.fact(_fact(f"variance of {side}", name, label)).value for name in asked.groups.names])
        / _FINE
    )
    mean = np.array([each.value for each in coarse])
    step = np.array([each.step for each in coarse])
    return mean * days, effect, step * days
