"""`exits`: between two lists, who was treated, who left otherwise, who is unaccounted for, who joined; by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from equiwait import charts as draw
from equiwait.answers.common_notes import ListNotes, list_notes, whom
from equiwait.answers.grouped_people import (
    EVERYONE,
    Flags,
    Floats,
    Wholes,
    asked_of,
    furthest,
    groups_by,
    is_scope,
    on_the_list,
    whole,
)
from equiwait.answers.named_groups import NamedGroups, Shown, named, noted, shown_of
from equiwait.answers.part_and_whole import Against, Sides, against, looks_at, over_gaps
from equiwait.answers.snapshots.looked_for import looked_for
from equiwait.answers.snapshots.matching import GONE, at, find, first_and_last, in_order, keys_of, usable
from equiwait.counts.waits import By, Groups
from equiwait.counts.waits.clustering import design_effects
from equiwait.counts.waits.references import RECORDED, REST, reference_of
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure import Counts, Note, ReleasedCounts, Sum, in_sentences, release, rule_named, together
from equiwait.disclosure.populations import APPEARED, NOT_BEFORE, still_waiting_on
from equiwait.results import Chart, Result, Units, answered, provenance_of
from equiwait.rows.intake.stitched import Stitched
from equiwait.statistics import Interval, rate

__all__ = ["Exits", "exits"]

_COLUMNS = [
    "outcome", "by", "group", "n", "of", "share", "lower", "upper", "difference", "difference_lower", "difference_upper",
    "p_value", "p_adjusted", "reference", "method", "confidence", "suppressed", "rounding_error", "note",
]  # fmt: skip
TREATED, LEFT, DIED, NO_REASON = "treated", "left otherwise", "died", "ended, reason not recorded"
RESTARTED, OFF, GONE_UNSEEN, STILL = "clock start changed", "off the clock", "unaccounted for", "still waiting"
OUTCOMES = (TREATED, LEFT, DIED, NO_REASON, RESTARTED, OFF, GONE_UNSEEN, STILL)
JOINED = "joined"
_REASONS = {"treated": TREATED, "left_otherwise": LEFT, "died": DIED}


@dataclass(frozen=True, eq=False, repr=False)
class Exits(Result):
    """What became of the people on one list by the day of the next: one row for each outcome, question and group.

    ``of`` people of the group were on the first list and for ``n`` of them this is what the second list shows; the
    outcomes from ``treated`` to ``still waiting`` add up. ``joined`` and ``appeared with an earlier start`` count people
    who are only on the second list, for each person on the first.
    """

    section: ClassVar[str] = "time"
    wider: ClassVar[str] = "for lists about three months apart (a group of which {few} leave in a month is then shown)"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("lower", "upper", "rounding_error"), "percent"),
            **dict.fromkeys(("difference", "difference_lower", "difference_upper"), "points"),
        }
    )

    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    """Groups that are silences, by question."""

    def charts(self) -> Sequence[Chart]:
        """Return what became of everyone, and by each question who was treated, left otherwise, or is unaccounted for."""
        everyone = self.table[(self.table["by"] == EVERYONE) & self.table["outcome"].isin(OUTCOMES)]
        named = everyone.assign(group=everyone["outcome"])
        drawn = [self._chart("what became of everyone", "What became of the people on the first list", named, ())]
        some = [name for name in (TREATED, LEFT, GONE_UNSEEN) if (named.loc[named["group"] == name, "n"] > 0).any()]
        rows = self.table[self.table["outcome"].isin(some) & (self.table["by"] != EVERYONE)]
        for (outcome, by), part in rows.groupby(["outcome", "by"], sort=False):
            title = f"{str(outcome).capitalize()}, by {spoken(str(by))}"
            drawn.append(self._chart(f"{outcome} by {by}", title, part, self.unknown.get(str(by), ())))
        return drawn

    def _chart(self, name: str, title: str, rows: pd.DataFrame, unknown: Sequence[str]) -> Chart:
        shares = rows.rename(columns={"share": "value", "n": "people", "of": "n"}).assign(note="")
        how: dict[str, Any] = {"unknown": unknown, "label": "Share of those on the first list", "hidden": self.hidden}
        shown = partial(draw.interval_plot, shares, **how)
        return Chart(
            name,
            title,
            draw.interval_words(shares, unknown=unknown, hidden=self.hidden),
            lambda ax: shown(ax=ax),
            rows[["group", "of", "n", "share", "lower", "upper"]],
            draw.size_for(len(rows) - len(unknown), len(unknown)),
            partial(draw.interval_html, shares, **how),
        )


def exits(
    before: pd.DataFrame | Stitched,
    after: pd.DataFrame | None = None,
    by: By | None = None,
    *,
    match: str = "auto",
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Exits:
    """Say what became of the people on one list by the day of the next, and who joined, by group.

    Parameters
    ----------
    before, after : pandas.DataFrame
        Two lists from `read_list`, each of one day; or extracts put together by `stitch` alone, of which the first day is
        followed to the last. What ended in between is known only where ``after`` holds its ended
        waits too (``scope`` ``closed``, with a stop reason or a status).
    by : str, or sequence of str and tuples, optional
        Groupings. By default deprivation quintile, ethnicity, age band and sex.
    match : {"auto", "pathway", "person"}
        How the same wait is found again, as in `persistence`.
    confidence : float
        Two-sided coverage of the intervals.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Exits
        Outcomes of the first list's people: ``treated``, ``left otherwise``, ``died``, ``ended, reason not recorded``,
        ``clock start changed`` (the same pathway is there with another start), ``off the clock`` (planned, not
        referral-to-treatment, …), ``unaccounted for`` (gone without a stop), ``still waiting``; then who ``joined`` (clock
        started after the first list's day, open or already ended), and who ``appeared with an earlier start``.

    Raises
    ------
    ColumnsError
        If the lists have no numbers to match by, or a grouping is missing from one of them.
    RefusedError
        If the lists are not of one day each, the earlier first; if snapshots or nations would be pooled.

    Notes
    -----
    Groups are those of the first list; people who joined are in the group that the second list gives. Shares: Wilson
    (1927); differences to everyone else recorded: Newcombe (1998), p-values from the same interval, one family for each
    outcome and question (Šidák 1967). Where people have several pathways, intervals are widened by Σk²/Σk.
    Joined per person: Poisson (Fingertips rule). In England in March 2025 13.8% of the
    pathways that left did so unreported (from NHS England's published totals), so that a group whose entries are checked
    more can look as if it were treated less: read *treated* beside *unaccounted for*.

    Examples
    --------
    >>> from equiwait.rows.intake import read_list
    >>> old = pd.DataFrame({"pathway_id": ["a", "b", "c"], "clock_start": "2026-04-01"})
    >>> new = old.head(2).assign(clock_stop=["", "2026-10-20"], rtt_status=["20", "30"])
    >>> left = exits(read_list(old, snapshot="2026-09-30"), read_list(new, snapshot="2026-10-31"), suppression="none")
    >>> left.table[left.table["n"] > 0][["outcome", "n", "of"]]
               outcome    n   of
    0          treated  1.0  3.0
    6  unaccounted for  1.0  3.0
    7    still waiting  1.0  3.0
    """
    rule, step = rule_named(suppression), "exits"
    before, after = first_and_last(before, after, by)
    days = in_order([before, after], step)
    asked, keys = asked_of(by, step, before, after, alone=True), keys_of([before.columns, after.columns], match, step)
    first, about = on_the_list(before, asked, step)
    followed = usable(first, keys)
    people = first[followed]
    outcome = _outcomes(people, after, keys)
    arrivals, kind = _arrivals(before, after, keys, days[0])
    newcomers = [whole(len(arrivals)), *(groups_by(arrivals, question) for question in asked)]
    looked = looked_for(f"open {days[0]}", first, followed, keys, asked)
    more, beside = list_notes(about, asked, looked.population, people)
    counts = [more, looked.counts]
    splits = []
    for question, others in zip(((), *asked), newcomers, strict=True):
        groups = groups_by(people, question) if question else whole(len(people))
        split = _Split(
            named(groups, question), _both(named(groups, question), named(others, question)), looked.population, days[1]
        )
        tallied = _counted(split, groups, outcome) + _came(split, others, kind)
        counts.append(split.groups.widened(tallied, design_effects(people.filter(["person_id"]), groups)))
        splits.append(split)
    ended = bool(is_scope(after, "closed").any())
    what = _Asked(
        f"What became of the people on the list: {days[0]} to {days[1]}",
        tuple(splits),
        _notes(looked.lost, ended=ended),
        ended,
        confidence,
        beside,
    )
    return answered(partial(_answer, what), release(together(counts), rule), provenance_of(before, after))


class _Split(NamedTuple):
    """A question: its groups on the first list, those on both lists, and where people are counted."""

    groups: NamedGroups
    both: NamedGroups
    population: str
    day: str

    @property
    def arrived(self) -> str:
        """The people who are only on the second list."""
        return f"{NOT_BEFORE}{self.population}, on {self.day}"

    def event(self, outcome: str) -> str:
        """What became of them, as every answer that follows people from list to list calls it."""
        return still_waiting_on(self.day) if outcome == STILL else f"{outcome} by {self.day}"


class _Asked(NamedTuple):
    """What is asked, none of it a number of people."""

    title: str
    splits: tuple[_Split, ...]
    notes: tuple[str | Note, ...]
    ended: bool
    confidence: float
    beside: ListNotes


def _both(first: NamedGroups, second: NamedGroups) -> NamedGroups:
    """The groups of the first list, then those that only the second has."""
    known = dict(zip((*second.names, *first.names), (*second.known, *first.known), strict=True))
    names = (*first.names, *(name for name in second.names if name not in first.names))
    return NamedGroups(first.question, first.columns, names, tuple(known[name] for name in names))


# --- what became of each --------------------------------------------------------------------------------------------


def _outcomes(people: pd.DataFrame, after: pd.DataFrame, keys: Sequence[str]) -> Wholes:
    """For each person of the first list, the place of their outcome in `OUTCOMES`."""
    places = find(people, after, keys)
    scope = at(after["scope"].astype(object), places, "")
    ended = np.select(
        [at(_reason(after), places, "") == reason for reason in _REASONS],
        [OUTCOMES.index(outcome) for outcome in _REASONS.values()],
        OUTCOMES.index(NO_REASON),
    )
    found = np.select(
        [scope == "rtt_open", scope == "closed"],
        [np.full(len(places), OUTCOMES.index(STILL)), ended],
        OUTCOMES.index(OFF),
    )
    gone = places == GONE
    found[gone] = np.where(
        _restarted(people[gone], after, keys), OUTCOMES.index(RESTARTED), OUTCOMES.index(GONE_UNSEEN)
    )
    return found


def _reason(after: pd.DataFrame) -> pd.Series[Any]:
    if "stop_reason" not in after.columns:
        return pd.Series("", index=after.index, dtype=object)
    return after["stop_reason"].astype(object)


def _restarted(people: pd.DataFrame, after: pd.DataFrame, keys: Sequence[str]) -> Flags:
    """Whether the same pathway is there with another clock start."""
    numbers = [name for name in keys if name != "clock_start"]
    if len(numbers) == len(keys):
        return np.zeros(len(people), bool)
    return np.asarray(find(people, after, numbers) != GONE)


def _arrivals(before: pd.DataFrame, after: pd.DataFrame, keys: Sequence[str], day: str) -> tuple[pd.DataFrame, Wholes]:
    """People who are only on the second list, with 0 where their clock started after the first, 1 before it."""
    here = after[is_scope(after, "rtt_open", "closed")]
    here = here[here["days_waiting"].notna().to_numpy()]
    here = here[usable(here, keys)]
    here = here[find(here, before, keys) == GONE]
    here = here[~_restarted(here, before, keys)]
    if "clock_start" not in here.columns:
        return here, np.zeros(len(here), np.int64)
    later = (here["clock_start"] > pd.Timestamp(day)).to_numpy()
    kept = later | is_scope(here, "rtt_open")
    return here[kept], np.where(later[kept], 0, 1)


# --- counts ----------------------------------------------------------------------------------------------------------


def _counted(split: _Split, groups: Groups, outcome: Wholes) -> Counts:
    """People of the first list by outcome; everybody has one."""
    named_groups, population = split.groups, split.population
    counts = named_groups.tally(population, groups.people())
    for place, name in enumerate(OUTCOMES):
        counts += named_groups.tally(population, groups.people(outcome == place), event=split.event(name))
    cells = [named_groups.cells(population, split.event(name)) for name in OUTCOMES]
    parts = zip(named_groups.cells(population), zip(*cells, strict=True), strict=True)
    return counts.with_sums(*(Sum(cell, each) for cell, each in parts))


def _came(split: _Split, others: Groups, kind: Wholes) -> Counts:
    """People who came, and those of their group on the first list, who may be nobody."""
    counts = Counts()
    for place, name in enumerate((JOINED, APPEARED)):
        came = dict(zip(others.names, others.people(kind == place).tolist(), strict=True))
        counts += split.both.tally(split.arrived, [came.get(group, 0) for group in split.both.names], event=name)
    return counts


# --- released counts to rows -----------------------------------------------------------------------------------------


def _answer(asked: _Asked, released: ReleasedCounts) -> Exits:
    tables = [
        *(_rows(name, split, asked.confidence, released) for split in asked.splits for name in OUTCOMES),
        *(_arrived(name, split, asked.confidence, released) for split in asked.splits for name in (JOINED, APPEARED)),
    ]
    table = pd.concat(tables, ignore_index=True)[_COLUMNS]
    unknown = {split.groups.question: split.groups.unknown for split in asked.splits}
    notes = (*in_sentences(asked.notes, released), *asked.beside.said(released))
    return Exits(asked.title, table, notes, _findings(table, unknown, asked.ended, whom(released)), unknown=unknown)


def _rows(outcome: str, split: _Split, confidence: float, released: ReleasedCounts) -> pd.DataFrame:
    """One outcome, by group, each against everyone else recorded; the silent against everyone recorded."""
    groups, rule, population = split.groups, released.rule, split.population
    event = split.event(outcome)
    cells = groups.cells(population, event), groups.cells(population)
    counts, wide = shown_of(released, *cells), groups.wide(released)
    n, of = counts.events, np.where(counts.hidden, np.nan, counts.n)
    reference = reference_of(groups.question, groups.names, groups.recorded, "rest")
    base, base_n = (
        reference.shown(own, float(released.people(groups.all_recorded(population, of_event))))
        for own, of_event in ((n, event), (of, ""))
    )
    rounding = rule.variance, rule.variance * reference.rounded(of, base_n)
    sides = Sides(n, of, np.minimum(base, base_n), base_n, wide, reference.design_effect(of, wide), *rounding)
    found = against(sides, groups.recorded, confidence)
    error = rule.share_error(n, counts.n)
    silent = counts.hidden | (base_n == 0)
    notes = noted(released, *cells)
    return _table(outcome, groups, counts, sides.shares(confidence), found.without(silent), error, notes, confidence)


def _arrived(name: str, split: _Split, confidence: float, released: ReleasedCounts) -> pd.DataFrame:
    """People who came, for each person of their group on the first list."""
    cells = split.both.cells(split.arrived, name), split.both.cells(split.population)
    there = np.isin(split.both.names, split.groups.names)
    some, of = released.people(cells[0]), np.where(there, released.people(cells[1]), 0.0)
    counts = Shown(np.where(np.isnan(of), np.nan, some), of, np.isnan(some) | np.isnan(of))
    nothing = np.full(len(of), np.nan)
    per_person = rate(counts.events, np.where(of > 0, of, np.nan), confidence=confidence)
    unknown = Interval(nothing, nothing, nothing)
    none = Against(unknown, unknown, nothing, nothing)
    notes = np.where(there, noted(released, *cells), noted(released, cells[0])).tolist()
    return _table(name, split.both, counts, per_person, none, nothing, notes, confidence)


def _table(
    outcome: str, split: NamedGroups, counts: Shown, value: Interval, found: Against, error: Floats, notes: Sequence[str],
    confidence: float,
) -> pd.DataFrame:  # fmt: skip
    arrived = outcome in (JOINED, APPEARED)
    others, gap = np.where(split.recorded, REST, RECORDED), found.difference
    return pd.DataFrame({
        "outcome": outcome, "by": split.question, "group": split.names, "n": counts.events, "of": counts.n, "share": value.value,
        "lower": value.lower, "upper": value.upper, "difference": gap.value, "difference_lower": gap.lower,
        "difference_upper": gap.upper, "p_value": found.p, "p_adjusted": found.adjusted,
        "reference": "" if arrived or split.question == EVERYONE else others,
        "method": "Poisson" if arrived else f"Wilson; Newcombe{over_gaps(looks_at(split.recorded))}", "confidence": confidence,
        "suppressed": counts.hidden, "rounding_error": error, "note": notes,
    })  # fmt: skip


# --- words -----------------------------------------------------------------------------------------------------------


def _notes(lost: Note | str, *, ended: bool) -> tuple[str | Note, ...]:
    return tuple(filter(None, (
        lost,
        "Unaccounted for = on the first list, and neither open nor ended on the second. Entries are also taken off when a "
        "list is checked; where one group's are checked more, its treatment looks rarer."
        if ended
        else "The second list holds no ended waits, so treatment, other reasons and deaths cannot be told apart: everybody "
        "who is gone is unaccounted for.",
        "Joined and appeared are people for each person on the first list, not shares of it.",
    )))  # fmt: skip


def _findings(table: pd.DataFrame, unknown: Mapping[str, tuple[str, ...]], ended: bool, whom: str) -> tuple[str, ...]:
    everyone = table[(table["by"] == EVERYONE) & table["outcome"].isin(OUTCOMES)].set_index("outcome")
    sentences = [_of_everyone(everyone, whom)] if np.isfinite(everyone["of"].iloc[0]) else []
    told = (TREATED, LEFT, GONE_UNSEEN) if ended else (GONE_UNSEEN,)
    for (outcome, by), rows in table[table["by"] != EVERYONE].groupby(["outcome", "by"], sort=False):
        known = rows[~rows["group"].isin(unknown.get(str(by), ()))]
        clear = known[known["p_adjusted"] < 1 - known["confidence"]]
        if outcome in told and len(clear):
            sentences.append(_of_group(furthest(clear, "difference"), whom))
    return tuple(sentences)


def _of_everyone(rows: pd.DataFrame, whom: str) -> str:
    parts = [f"{row['share']:.0%} {outcome}" for outcome, row in rows.iterrows() if row["n"] > 0]
    return f"Of {rows['of'].iloc[0]:,.0f} {whom} on the first list: {', '.join(parts)}."


def _of_group(row: pd.Series[Any], whom: str) -> str:
    low, gap, high = (f"{100 * row[name]:+.1f}" for name in ("difference_lower", "difference", "difference_upper"))
    more = "more" if row["difference"] > 0 else "fewer"
    return (
        f"By {spoken(str(row['by']))}: {more} {whom} {_SAID[str(row['outcome'])]} among {row['group']} ({row['share']:.1%}) "
        f"than among {row['reference']}: {gap} points ({float(row['confidence']):.0%} interval {low} to {high})."
    )


_SAID = {TREATED: "were treated", LEFT: "left otherwise", GONE_UNSEEN: "are unaccounted for"}
