"""`representation`: the people on a list, or those newly referred, against the people who live there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from equiwait import charts as draw
from equiwait.answers.common_notes import ListNotes, list_notes
from equiwait.answers.grouped_people import Flags, Floats, on_the_list
from equiwait.answers.named_groups import NamedGroups, noted
from equiwait.answers.part_and_whole import blank, readable
from equiwait.answers.population.age_bands import STRATUM, aged
from equiwait.answers.population.catchment import (
    named_areas,
    people_of,
    refuse_other_areas,
    refuse_other_labels,
    relabelled,
    residents_among,
    served,
    shared_questions,
)
from equiwait.answers.population.direct_ratios import DIRECT, DirectRatios, checked_way, direct_ratios
from equiwait.answers.population.residents import read_population
from equiwait.answers.population.sentences import UNMET_NEED, findings_of, notes_of
from equiwait.counts.waits import By, crossed, question_name, questions
from equiwait.counts.waits.groups import CROSS
from equiwait.counts.waits.wording import spoken
from equiwait.derived import list_from
from equiwait.disclosure import (
    Cell,
    Cells,
    Counts,
    Note,
    ReleasedCounts,
    count,
    everyone_cells,
    in_sentences,
    middles,
    release,
    rule_named,
    together,
)
from equiwait.errors import choose
from equiwait.fields import AGE_BANDS
from equiwait.frames import has_grouping, need
from equiwait.results import Chart, Result, Units, answered, provenance_of
from equiwait.statistics import Interval, expected_events, rate, standardised_ratio

__all__ = ["UNMET_NEED", "Representation", "representation"]

_COLUMNS = [
    "by", "group", "n", "population", "rate_per_1000", "rate_lower", "rate_upper", "expected", "crude_ratio", "ratio",
    "ratio_lower", "ratio_upper", "standardised_for", "method", "confidence", "suppressed", "rounding_error", "note",
]  # fmt: skip
_CLEAR = 0.998  # the limits of a funnel: among many groups, one in twenty would be outside 95% limits by chance
_AGED = ("age", "age_band")
_METHODS = ("indirect; exact Poisson or Byar", "direct; Dobson with Byar's limits")  # by whether it is direct
_SEXES = ("1", "2")


@dataclass(frozen=True, eq=False, repr=False)
class Representation(Result):
    """People on the list against people who live there: one row for each question and group.

    ``n`` people of the group are on the list and ``population`` live there. ``expected`` is how many there would be at the
    rates of everybody of the same age and sex; ``ratio`` is ``n`` over it.
    """

    section: ClassVar[str] = "people"
    wider: ClassVar[str] = "for a larger area, or for all who joined in about three months together (joined=)"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("rate_per_1000", "rate_lower", "rate_upper"), "number"),
            **dict.fromkeys(("crude_ratio", "rounding_error"), "ratio"),
        }
    )

    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    """Groups that are silences, by question: they have no population."""

    def charts(self) -> Sequence[Chart]:
        """Return the standardised ratios of each question."""
        return [self._chart(str(by)) for by in self.table["by"].unique()]

    def _chart(self, by: str) -> Chart:
        rows = self.table[self.table["by"] == by]
        unknown = self.unknown.get(by, ())
        how: dict[str, Any] = {
            "value": "ratio", "lower": "ratio_lower", "upper": "ratio_upper", "unit": "ratio", "unknown": unknown,
            "reference": 1.0, "reference_label": "as expected", "label": "People on the list for each one expected",
        }  # fmt: skip
        shown = partial(draw.interval_plot, rows, **how)
        return Chart(
            f"against the population by {by}",
            f"The list against the population, by {spoken(by)}",
            draw.interval_words(rows, value="ratio", unit="ratio", unknown=unknown),
            lambda ax: shown(ax=ax),
            rows[["group", "n", "population", "expected", "ratio", "ratio_lower", "ratio_upper"]],
            draw.size_for(len(rows) - len(unknown), len(unknown)),
            partial(draw.interval_html, rows, **how),
        )


def representation(
    waiting: pd.DataFrame,
    population: pd.DataFrame | str | os.PathLike[str],
    *,
    by: By | None = None,
    area: str | Iterable[str] | None = None,
    joined: tuple[str, str] | None = None,
    age_bands: str = "nhse",
    labels: Mapping[str, str] | None = None,
    standardise: str = "indirect",
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Representation:
    """Compare the people on a list, or those newly referred, with the people who live there.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list from `read_list`, with ``area_code`` (from `link_deprivation`) if the population has areas.
    population : pandas.DataFrame or path
        Who lives there: a file for `read_population`, or its frame. To look at deprivation or another grouping of areas,
        give the frame that column too: ``link_deprivation(read_population(path), index=...)``.
    by : str, or sequence of str and tuples, optional
        Groupings that both have; ``age_band`` is made from ages. By default deprivation quintile, age band and sex.
    area : str or iterable of str, optional
        Codes of the areas that the hospital serves; by default every area of the population. The people of other areas
        are left out on both sides.
    joined : pair of dates, optional
        New referrals: people whose clock started in this window, whether still waiting or not, in place of the list.
    age_bands : {"nhse", "cyp", "five_year"}
        How ``age_band`` is cut, where the list has ages.
    labels : mapping of str to str, optional
        Where the population names groups otherwise: its name → the value on the list.
    standardise : {"indirect", "direct"}
        Each group at everybody's rates, or each group's own rates with everybody's ages and sexes. Direct ratios of two groups
        can be compared, need ten people on the list, and are for the team (``suppression="none"``).
    confidence : float
        Two-sided coverage of the intervals.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Representation
        One row for each question and group: people, population, crude rate, people expected, and the standardised ratio.
        Groups that are not recorded are rows without a ratio.

    Raises
    ------
    ColumnsError
        If a column is missing from either.
    OptionError
        If an area is not in the population, or an option is not understood.
    RefusedError
        If nobody on the list lives in the population's areas; if most of its areas have nobody on the list although
        somebody would be expected (the areas served were not said, or are coded in another edition); if the
        population's age bands do not fit.

    Notes
    -----
    Indirect standardisation: ``expected = Σ population × rate``, the rates being those of all areas together, by
    five-year age band and sex as far as both have them (but not by what is asked about). Intervals: exact Poisson under
    ten people, Byar's method from there on (Breslow and Day 1987). A group's ratio is against everybody; two groups'
    ratios are not comparable with each other where their ages differ much. Direct: ``Σ everybody's people × own rate`` over
    everybody's rate, with Dobson's interval (1991); ``expected`` is of indirect ratios only.

    Each person counts once (the longest wait), where the list has ``person_id``. People whose area, age or sex is not
    known cannot be compared; the notes count them. Under ``hes`` the rates, too, come from rounded counts.

    Examples
    --------
    >>> waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": 9, "area_code": ["E01000001"] * 30 + ["E01000002"] * 10})
    >>> people = pd.DataFrame({"area_code": ["E01000001", "E01000002"], "people": [1000, 1000]})
    >>> ratios = representation(waiting, people, by="area_code", suppression="none").table
    >>> ratios[["group", "n", "population", "expected", "ratio"]]
           group     n  population  expected  ratio
    0  E01000001  30.0      1000.0      20.0    1.5
    1  E01000002  10.0      1000.0      20.0    0.5
    """
    rule, step = rule_named(suppression), "representation"
    living = population if isinstance(population, pd.DataFrame) else read_population(population)
    need(living, ["people"], f"{step}: the population")
    direct = checked_way(standardise, rule) == DIRECT
    choose("age_bands", age_bands, list(AGE_BANDS))
    listed_people, says = people_of(list_from(waiting), joined)
    listed_people, living = aged(listed_people, living, age_bands)
    asked = questions(shared_questions(listed_people, living) if by is None else by)
    for frame, whose in ((listed_people, step), (living, f"{step}: the population")):
        need(frame, dict.fromkeys(column for one in asked for column in one), whose)
    living = relabelled(living, asked, labels)
    _, about = on_the_list(
        waiting, [one for one in asked if all(has_grouping(waiting.columns, name) for name in one)], step
    )
    living = served(living, area)
    here, lost = residents_among(listed_people, living)
    refuse_other_areas(listed_people[here], living)
    strata = [name for name in (STRATUM, "sex") if name in listed_people.columns and name in living.columns]
    who = (
        f"referred from {joined[0]} to {joined[1]}"
        if joined
        else f"on the list on {about.snapshot or 'the day of the snapshot'}"
    )
    population_name = f"people once each, {who}, {named_areas(living)}"
    counts, beside = list_notes(about, asked)
    more, not_compared = _not_compared(lost, population_name)
    counts, compared = counts + more, []
    for question in asked:
        more, one = _asking(question, listed_people, living, here, strata, population_name, direct)
        counts += more
        compared.append(one)
    notes = (UNMET_NEED, says, *notes_of(living, not_compared, strata, direct))
    title = f"People {who}, against the people who live there"
    doing = "were referred" if joined else "are on the list"
    what = _Asked(title, tuple(compared), notes, doing, confidence, beside)
    return answered(partial(_answer, what), release(counts, rule), provenance_of(waiting))


# --- counts ----------------------------------------------------------------------------------------------------------


class _Question(NamedTuple):
    """A question, where its people are counted, and who lives there: groups × strata. No number of people on the list."""

    groups: NamedGroups
    usable: Flags
    cells: Cells
    strata: Cells
    population: str
    residents: Floats
    standardised_for: str
    crossed: Cells | None
    """Usable groups × strata, of a direct question."""

    @property
    def silent(self) -> tuple[str, ...]:
        """The groups that have no population."""
        return tuple(name for name, use in zip(self.groups.names, self.usable, strict=True) if not use)


class _Asked(NamedTuple):
    """What is asked."""

    title: str
    questions: tuple[_Question, ...]
    notes: tuple[str | Note, ...]
    doing: str
    confidence: float
    beside: ListNotes


def _not_compared(lost: Mapping[str, int], population: str) -> tuple[Counts, dict[str, Cell]]:
    """The people on the list who are not compared, by why."""
    cells = {why: Cell(f"{population}, wherever they live", event=why) for why, people in lost.items() if people}
    return together(count(cell, lost[why]) for why, cell in cells.items()), cells


def _asking(
    question: tuple[str, ...],
    people: pd.DataFrame,
    living: pd.DataFrame,
    here: Flags,
    strata: Sequence[str],
    whose: str,
    direct: bool,
) -> tuple[Counts, _Question]:
    """Return the exact counts of one question by group and by stratum, and what is asked of them."""
    apart = [name for name in strata if not (name in question or (name == STRATUM and set(question) & set(_AGED)))]
    listed_groups, cells = _cells(people, question, apart, here)
    living_groups, residents = _cells(
        living, question, apart, np.ones(len(living), bool), living["people"].to_numpy(np.float64)
    )
    refuse_other_labels(question_name(question), listed_groups, living_groups)
    names = [*living_groups, *(name for name in listed_groups if name not in living_groups)]
    known = [{**listed_groups, **living_groups}[name] for name in names]
    every = sorted({stratum for _, stratum in (*cells, *residents)})
    counts, lives = (
        np.array([[table.get((name, stratum), 0.0) for stratum in every] for name in names]).reshape(len(names), -1)
        for table in (cells, residents)
    )
    usable = np.array(known, bool) & (lives.sum(1) > 0)
    groups = NamedGroups(question_name(question), question, tuple(names), tuple(known))
    said = " and ".join({STRATUM: "age", "sex": "sex"}[name] for name in apart) or "nothing"
    place = f"{whose}, compared by {groups.question} at rates by {said}"
    where = np.where(usable, groups.cells(place), groups.cells(f"{whose}, wherever they live"))
    compared, silent = groups.only(usable), groups.only(~usable)
    found = compared.tally(place, counts[usable].sum(1)) + Counts(
        tuple(where[~usable]), _silent(people, question, silent.names)
    )
    within = NamedGroups(said, tuple(apart), tuple(every), (True,) * len(every))
    found += within.tally(place, counts[usable].sum(0))
    crossed_cells = None
    if direct:
        pairs = tuple(CROSS.join(filter(None, (name, stratum))) for name in compared.names for stratum in every)
        both = NamedGroups(said, (*question, *apart), pairs, (True,) * len(pairs))
        found += both.tally(place, counts[usable].ravel())
        crossed_cells = both.cells(place).reshape(-1, len(every))
    return found, _Question(groups, usable, where, within.cells(place), place, lives, said, crossed_cells)


Table = dict[tuple[str, str], float]


def _cells(
    frame: pd.DataFrame, question: Sequence[str], strata: Sequence[str], rows: Flags, weights: Floats | None = None
) -> tuple[dict[str, bool], Table]:
    """Whether each group is known, and how many people are in each group and stratum; unknown strata are left out."""
    groups = crossed(frame, question)
    used = np.bincount(groups.place, minlength=len(groups.names)) > 0
    known = {name: known for name, known, here in zip(groups.names, groups.known, used, strict=True) if here}
    if not strata:
        sums = np.bincount(groups.place[rows], None if weights is None else weights[rows], len(groups.names))
        return known, {(groups.names[place], ""): float(sums[place]) for place in np.flatnonzero(sums)}
    within = crossed(frame, strata)
    settled = rows & np.array(within.known, bool)[within.place] & _two_sexes(frame, strata)
    both = groups.place[settled].astype(np.int64) * len(within.names) + within.place[settled]
    sums = np.bincount(both, None if weights is None else weights[settled], len(groups.names) * len(within.names))
    return known, {
        (groups.names[cell // len(within.names)], within.names[cell % len(within.names)]): float(sums[cell])
        for cell in np.flatnonzero(sums)
    }


def _two_sexes(frame: pd.DataFrame, strata: Sequence[str]) -> Flags:
    """Populations are published for two sexes; people recorded otherwise have none to be compared with."""
    if "sex" not in strata:
        return np.ones(len(frame), bool)
    return frame["sex"].isin(_SEXES).to_numpy()


def _silent(people: pd.DataFrame, question: Sequence[str], names: Sequence[str]) -> Floats:
    """How many people on the list are in each group, wherever they live."""
    groups = crossed(people, question)
    counts = dict(zip(groups.names, np.bincount(groups.place, minlength=len(groups.names)), strict=True))
    return np.array([counts.get(name, 0) for name in names], np.float64)


# --- released counts to rows -----------------------------------------------------------------------------------------


def _answer(asked: _Asked, released: ReleasedCounts) -> Representation:
    table = pd.concat([_rows(one, released, asked.confidence) for one in asked.questions], ignore_index=True)
    unknown = {one.groups.question: one.silent for one in asked.questions}
    notes = (*in_sentences(asked.notes, released), *asked.beside.said(released))
    return Representation(
        asked.title, table[_COLUMNS], notes, findings_of(table, unknown, asked.doing), unknown=unknown
    )


def _expected(one: _Question, released: ReleasedCounts) -> tuple[Floats, Floats]:
    """People expected in each group at everybody's rates, and how far rounding may have moved that.

    The rates come from counts as they may be shown, as many groups' exact expectations would give small strata away.
    """
    residents = one.residents[one.usable].sum(0)
    listed_people, off = middles(released, one.strata, everyone_cells(one.population)[0])
    live = residents > 0
    expected, error = (
        expected_events(one.residents[:, live], each[live], residents[live]) for each in (listed_people, off)
    )
    return np.where(one.usable, expected, np.nan), np.where(one.usable, error, np.nan)


def _rows(one: _Question, released: ReleasedCounts, confidence: float) -> pd.DataFrame:
    """Observed against expected."""
    n, usable = released.people(one.cells), one.usable
    hidden = np.isnan(n)
    veiled = hidden | ~usable
    expected, error = _expected(one, released)
    observed, residents = np.where(veiled, np.nan, n), np.where(usable, one.residents.sum(1), np.nan)
    crude = blank(rate(observed, residents, per=1000, confidence=confidence), veiled)
    direct = one.crossed is not None
    (ratio, why_not), (clear, _) = (_ratios(one, released, observed, expected, level) for level in (confidence, _CLEAR))
    ratio = blank(ratio, veiled)
    overall = 1000 * np.nansum(observed) / np.nansum(residents) if usable.any() else np.nan
    off = _ratio_error(observed, expected, error, released.rule.off(observed))
    notes = noted(released, one.cells)
    return pd.DataFrame({
        "by": one.groups.question, "group": one.groups.names, "n": n, "population": residents, "rate_per_1000": crude.value,
        "rate_lower": crude.lower, "rate_upper": crude.upper, "expected": np.where(hidden | direct, np.nan, readable(expected)),
        "crude_ratio": crude.value / overall if overall else np.nan, "ratio": ratio.value, "ratio_lower": ratio.lower,
        "ratio_upper": ratio.upper, "standardised_for": one.standardised_for, "method": _METHODS[direct],
        "confidence": confidence, "suppressed": hidden, "rounding_error": off,
        "note": np.where(hidden, notes, np.where(usable, why_not, "no population to compare with")),
        "_clear": np.where(clear.lower - off > 1, 1, np.where(clear.upper + off < 1, -1, 0)),
    })  # fmt: skip


def _ratios(
    one: _Question, released: ReleasedCounts, observed: Floats, expected: Floats, confidence: float
) -> DirectRatios:
    """Standardised ratios at a confidence, and why a group has none."""
    nothing = np.full(len(observed), "", object)
    if one.crossed is None:
        return DirectRatios(standardised_ratio(observed, expected, confidence=confidence), nothing)
    found = direct_ratios(released.people(one.crossed), one.residents[one.usable], confidence)
    spread = np.full((3, len(observed)), np.nan)
    spread[:, one.usable], nothing[one.usable] = np.array(found.ratio), found.why_not
    return DirectRatios(Interval(*spread), nothing)


def _ratio_error(observed: Floats, expected: Floats, error: Floats, slack: Floats) -> Floats:
    """How far rounding may have moved observed over expected."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = observed / expected
        high = (observed + slack) / np.where(expected > error, expected - error, np.nan)
        low = np.maximum(observed - slack, 0) / (expected + error)
    return np.asarray(np.maximum(high - ratio, ratio - low))
