"""`persistence`: across snapshots, who is still there, still not reached, still not recorded, and still waiting longest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    asked_of,
    checked_share,
    furthest,
    groups_by,
    on_the_list,
    whole,
)
from equiwait.answers.longest_waits import tail_begins
from equiwait.answers.named_groups import NamedGroups, named, noted, shown_of
from equiwait.answers.part_and_whole import Sides, against, looks_at, over_gaps, readable, rest_of
from equiwait.answers.snapshots.lists_of_days import lists_of_days
from equiwait.answers.snapshots.looked_for import looked_for
from equiwait.answers.snapshots.matching import keys_of, usable
from equiwait.answers.snapshots.states import (
    LONGEST,
    REACHED_BY,
    STAYED,
    UNREACHED,
    WITHOUT,
    Measure,
    at_least,
    fields_of,
    measures_of,
)
from equiwait.counts.waits import By, Groups
from equiwait.counts.waits.clustering import design_effects
from equiwait.counts.waits.references import rounded_rest
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure import (
    Counts,
    Note,
    ReleasedCounts,
    Sum,
    count,
    everyone_cells,
    in_sentences,
    release,
    rule_named,
    together,
)
from equiwait.disclosure.populations import still_waiting_on
from equiwait.fields import FIELDS
from equiwait.results import Chart, Result, Units, answered
from equiwait.rows.intake.stitched import Stitched
from equiwait.rows.missing import DEFAULT_FIELDS

__all__ = ["Persistence", "persistence"]

_COLUMNS = [
    "measure", "by", "group", "since", "snapshot", "n", "of", "value", "lower", "upper", "expected", "ratio", "ratio_lower",
    "ratio_upper", "p_value", "p_adjusted", "method", "confidence", "suppressed", "rounding_error", "note",
]  # fmt: skip
_WAIT = "wait at first"


@dataclass(frozen=True, eq=False, repr=False)
class Persistence(Result):
    """Who is still there, and who keeps being missed: one row for each measure, question, group and later snapshot.

    ``of`` people were so on the first list (``since``); ``n`` of them still are on the list of ``snapshot``, and
    ``value`` is their share. ``expected`` is how many it would be if the group were like everybody, and ``ratio`` is
    ``n`` over it. For ``share_still_longest`` of everyone, ``expected`` is what chance alone would give.
    """

    section: ClassVar[str] = "people"
    units: ClassVar[Units] = MappingProxyType(dict.fromkeys(("value", "lower", "upper", "rounding_error"), "percent"))

    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    """Groups that are silences, by question."""

    def charts(self) -> Sequence[Chart]:
        """Return every measure for everyone, and by each question who is still not reached or still waiting longest."""
        last = self.table[self.table["snapshot"] == self.table["snapshot"].max()]
        everyone = last[last["by"] == EVERYONE]
        whole = everyone.assign(group=[said_of(str(measure)).capitalize() for measure in everyone["measure"]])
        drawn = [self._chart("still missed", "Who is still there, and still missed", whole, ())]
        pairs = last[last["measure"].isin([LONGEST, UNREACHED]) & (last["by"] != EVERYONE)]
        for (measure, by), rows in pairs.groupby(["measure", "by"], sort=False):
            title = f"{said_of(str(measure)).capitalize()}, by {spoken(str(by))}"
            drawn.append(self._chart(f"{measure} by {by}", title, rows, self.unknown.get(str(by), ())))
        return drawn

    def _chart(self, name: str, title: str, rows: pd.DataFrame, unknown: Sequence[str]) -> Chart:
        people = rows.assign(people=rows["of"])
        how: dict[str, Any] = {"n": "people", "unknown": unknown, "label": "Share of those so at first"}
        shown = partial(draw.interval_plot, people, **how)
        return Chart(
            name,
            title,
            draw.interval_words(rows, unknown=unknown),
            lambda ax: shown(ax=ax),
            rows[["group", "of", "n", "value", "lower", "upper"]],
            draw.size_for(len(rows) - len(unknown), len(unknown)),
            partial(draw.interval_html, people, **how),
        )


def persistence(
    snapshots: Sequence[pd.DataFrame] | Mapping[str, pd.DataFrame] | Stitched,
    by: By | None = None,
    *,
    share: float = 0.15,
    fields: Sequence[str] | None = None,
    match: str = "auto",
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Persistence:
    """Follow the people of the first list through later ones: who is still there, and who keeps being missed.

    Parameters
    ----------
    snapshots : sequence or mapping of pandas.DataFrame, or Stitched
        Two or more lists from `read_list`, oldest first, each of one day; or extracts put together by `stitch`, of which the
        days count that every provider sent whole.
    by : str, or sequence of str and tuples, optional
        Groupings, as they stood on the first list. By default deprivation quintile, ethnicity, age band and sex.
    share : float
        How much of each list counts as longest-waiting.
    fields : sequence of str, optional
        Which columns are looked at for what is not recorded; by default ethnicity, postcode, sex and
        date of birth, as far as all lists have them.
    match : {"auto", "pathway", "person"}
        By issuer, pathway and clock start, or by person (the longest wait of each). By default by pathway if all lists
        have its columns.
    confidence : float
        Two-sided coverage of the intervals.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Persistence
        Measures: ``share_still_waiting``; ``share_still_longest`` (in the longest-waiting share of both lists; nobody
        is, where a whole list has waited alike);
        ``share_still_not_reached`` (neither attended nor booked on any list so far); ``share_still_without_contact``;
        ``share_still_without_<field>`` (blank, not known or invalid on every list so far); and
        ``share_missed_in_several_ways`` (two or more of the last three kinds on every list so far). A measure whose
        columns are not in all lists is left out.

    Raises
    ------
    ColumnsError
        If the lists have no numbers to match by, or a grouping is missing.
    OptionError
        If there are fewer than two lists.
    RefusedError
        If lists are not of one day each, oldest first; if nobody on the first list can be looked for.

    Notes
    -----
    *Always the same 15%*: if the later list's longest-waiting people who were on the first list had been drawn from it by
    chance, each of its people would be as likely as any other to be among them; ``expected`` counts that. Waits grow
    with the calendar, so people who stay keep their places: what this ratio shows is who does not leave.

    A group is compared with everyone else on the first list; the ratio is then carried over to the whole (Koopman 1984,
    Wilson 1927; the p-value is that of Newcombe's interval of the difference, 1998; one family for each measure, question and
    snapshot, Šidák 1967). Where people have several pathways, intervals are widened by Σk²/Σk. People without a number
    cannot be looked for; the notes count them. *Not stated* is an answer, and is not looked at again. Nobody's place in
    an order is made worse by being missed: no preset scores any of this.

    Examples
    --------
    >>> from equiwait.rows.intake import read_list
    >>> raw = pd.DataFrame({"pathway_id": ["a", "b", "c", "d"], "clock_start": ["2026-01-05"] + ["2026-08-03"] * 3})
    >>> lists = [read_list(raw, snapshot="2026-09-30"), read_list(raw.head(2), snapshot="2026-10-31")]
    >>> still = persistence(lists, share=0.25, suppression="none")
    >>> still.table.set_index("by").loc["everyone", ["measure", "n", "of", "value", "expected"]]
                          measure    n   of  value  expected
    by
    everyone  share_still_waiting  2.0  4.0    0.5       2.0
    everyone  share_still_longest  1.0  1.0    1.0       0.2
    """
    rule, step = rule_named(suppression), "persistence"
    wanted = [*(fields or DEFAULT_FIELDS), "row_problems", *REACHED_BY, "contact_recorded"]
    days, first_list, later, everywhere, told = lists_of_days(snapshots, by, step, wanted)
    asked, keys = asked_of(by, step, first_list, alone=True), keys_of([everywhere], match, step)
    first, about = on_the_list(first_list, asked, step)
    followed = usable(first, keys)
    people = first[followed]
    since = tail_begins(first["days_waiting"].to_numpy(dtype=np.int64), checked_share(share))
    longest = at_least(people["days_waiting"].to_numpy(dtype=np.int64), since)
    wait = Groups(("longest", "everyone else"), np.ones(2, bool), np.where(longest, 0, 1), _WAIT)
    splits = [
        (whole(len(people)), ()),
        (wait, (_WAIT,)),
        *((groups_by(people, question), question) for question in asked),
    ]
    looked = looked_for(f"open {days[0]}", first, followed, keys, [each for _, each in splits[2:]])
    more, beside = list_notes(about, asked, looked.population, people)
    counts = [more, looked.counts]
    lines = []
    following = measures_of(people, later, keys, longest, share, fields_of(fields, everywhere), everywhere)
    for day, measures in zip(days[1:], following, strict=True):
        for measure in measures:
            for groups, columns in splits:
                if groups is wait and (measure.name == LONGEST or not longest.any()):
                    continue
                line = _Line(measure.name, day, named(groups, columns), looked.population)
                counts.append(_counted(line, groups, measure, people))
                lines.append(line)
    notes = _notes(looked.lost, keys, share, everywhere)
    what = _Asked(days, tuple(lines), notes, share, confidence, beside)
    return answered(partial(_answer, what), release(together(counts), rule), told)


class _Line(NamedTuple):
    """One measure of one question on one later list. No number of people."""

    measure: str
    day: str
    groups: NamedGroups
    population: str

    @property
    def first(self) -> str:
        """Being so at first; everybody is on the first list."""
        return "" if self.measure == STAYED else f"{self.measure}: at first"

    @property
    def still(self) -> str:
        """Being so still."""
        return still_waiting_on(self.day) if self.measure == STAYED else f"{self.measure}: on {self.day}"

    @property
    def no_longer(self) -> str:
        """Having been so at first, and not any more: nobody's to publish."""
        return f"{self.measure}: no longer on {self.day}"

    @property
    def drawn(self) -> str:
        """Being drawn by chance from everybody."""
        return f"{self.measure}: of everybody, on {self.day}"


class _Asked(NamedTuple):
    """What is asked, none of it a number of people."""

    days: tuple[str, ...]
    lines: tuple[_Line, ...]
    notes: tuple[str | Note, ...]
    share: float
    confidence: float
    beside: ListNotes


def _counted(line: _Line, groups: Groups, measure: Measure, people: pd.DataFrame) -> Counts:
    """Who was so at first, and who still is, by group."""
    split, population = line.groups, line.population
    counts = split.tally(population, groups.people(measure.first), event=line.first)
    counts += split.tally(population, groups.people(measure.first & measure.still), event=line.still)
    counts = counts.with_sums(
        *(
            Sum(before, (still, gone))
            for before, still, gone in zip(
                *(split.cells(population, event) for event in (line.first, line.still, line.no_longer)), strict=True
            )
        )
    )
    counts = split.widened(counts, _wide(people, groups, measure.first), line.first)
    counts = split.widened(counts, design_effects(people, groups))
    if measure.drawn is not None:
        counts += count(everyone_cells(line.population, event=line.drawn)[0], measure.drawn)
        counts += count(everyone_cells(line.population)[0], len(measure.first))
    return counts


def _wide(people: pd.DataFrame, groups: Groups, rows: Flags) -> Floats:
    return design_effects(people.filter(["person_id"])[rows], replace(groups, place=groups.place[rows]))


# --- counts to rows --------------------------------------------------------------------------------------------------


def _answer(asked: _Asked, released: ReleasedCounts) -> Persistence:
    days = asked.days
    tables = [_rows(line, asked.confidence, released).assign(since=days[0], snapshot=line.day) for line in asked.lines]
    table = pd.concat(tables, ignore_index=True)[_COLUMNS]
    table = table[(table["of"] != 0) | (table["by"] == EVERYONE)].reset_index(drop=True)
    unknown = {line.groups.question: line.groups.unknown for line in asked.lines}
    notes = (*in_sentences(asked.notes, released), *asked.beside.said(released))
    return Persistence(
        f"Who is still there, and who keeps being missed: {days[0]} to {days[-1]}",
        table,
        notes,
        _findings(table, unknown, asked.share, whom(released)),
        unknown=unknown,
    )


def _spreads(line: _Line, released: ReleasedCounts, of: Floats) -> tuple[Floats, Floats]:
    """How far repeated people widen each group's interval, and that of everyone else: the mean over the other groups."""
    own = line.groups.wide(released, line.first)
    if line.groups.question == EVERYONE:
        return own, line.groups.wide(released)
    weight = np.where(np.eye(len(own), dtype=bool), 0.0, np.nan_to_num(of)[None, :])
    total = weight.sum(1)
    return own, np.divide((weight * own).sum(1), total, out=np.ones(len(own)), where=total > 0)


def _rows(line: _Line, confidence: float, released: ReleasedCounts) -> pd.DataFrame:
    split, population, rule = line.groups, line.population, released.rule
    cells = split.cells(population, line.still), split.cells(population, line.first)
    counts = shown_of(released, *cells)
    # Everybody against chance; a group against everybody.
    by_chance = split.question == EVERYONE and line.measure == LONGEST
    events, total = (
        float(released.people(split.everyone(population, event)))
        for event in ((line.drawn, "") if by_chance else (line.still, line.first))
    )
    n = counts.events
    rest_n = rest_of(counts.n, total)
    rest = np.minimum(rest_of(n, events), rest_n)
    rounding = rule.variance, rule.variance * rounded_rest(counts.n, rest_n)
    shown = np.where(counts.hidden, np.nan, counts.n)
    sides = Sides(n, shown, rest, rest_n, *_spreads(line, released, counts.n), *rounding)
    own = sides.shares(confidence)
    chance = events / total if total else np.nan
    error = rule.share_error(n, counts.n)
    silent = counts.hidden | (rest_n == 0)  # everybody compared with everybody is no comparison
    found = against(sides, split.recorded, confidence).to_whole(sides.fraction)
    ratio = own.value / chance if chance else np.full(len(n), np.nan)
    _, times, p, adjusted = found._replace(ratio=found.ratio._replace(value=ratio)).without(silent)
    return pd.DataFrame({
        "measure": line.measure, "by": split.question, "group": split.names, "n": n, "of": counts.n, "value": own.value,
        "lower": own.lower, "upper": own.upper, "expected": np.where(counts.hidden, np.nan, readable(counts.n * chance)),
        "ratio": times.value, "ratio_lower": times.lower, "ratio_upper": times.upper, "p_value": p,
        "p_adjusted": adjusted, "method": f"Wilson; Koopman{over_gaps(looks_at(split.recorded))}",
        "confidence": confidence, "suppressed": counts.hidden, "rounding_error": error,
        "note": noted(released, *cells),
    })  # fmt: skip


# --- words -----------------------------------------------------------------------------------------------------------


def said_of(measure: str) -> str:
    """Return a measure in words.

    Examples
    --------
    >>> said_of("share_still_without_ethnicity"), said_of("share_still_longest")
    ('still without a recorded ethnicity', 'still among the longest waiting')
    """
    if measure == LONGEST:
        return "still among the longest waiting"
    if measure == WITHOUT + "contact":
        return "still without a recorded way to reach them"
    if measure.startswith(WITHOUT):
        return f"still without a recorded {measure.removeprefix(WITHOUT).replace('_', ' ')}"
    return measure.removeprefix("share_").replace("_", " ")


def _notes(lost: Note | str, keys: Sequence[str], share: float, everywhere: Collection[str]) -> tuple[str | Note, ...]:
    by = "person" if keys == ["person_id"] else "pathway number and clock start"
    absent = [name for name in (*REACHED_BY, "contact_recorded") if name not in everywhere]
    said = [FIELDS[name].meaning.split(":")[0].lower() for name in absent]
    return tuple(filter(None, (
        f"People are found again by {by}. A clock start that was changed in between looks like somebody gone.",
        lost,
        f"Longest waiting = the longest-waiting {share:.0%} of each list. Waits grow with the calendar, so people who stay "
        "keep their places: this shows who does not leave.",
        f"Not looked at, as not every list says: {'; '.join(said)}." if said else "",
        "Not stated (asked, and the person did not say) is an answer and is not counted as missed.",
        "Being missed is a reason to reach out, never a reason for a lower place.",
    )))  # fmt: skip


def _findings(table: pd.DataFrame, unknown: Mapping[str, tuple[str, ...]], share: float, whom: str) -> tuple[str, ...]:
    last = table[table["snapshot"] == table["snapshot"].max()]
    everyone = last[(last["by"] == EVERYONE) & last["value"].notna()]
    sentences = [_of_everyone(row, share, whom) for _, row in everyone.iterrows()]
    for (_, by), rows in last[~last["by"].isin([EVERYONE, _WAIT])].groupby(["measure", "by"], sort=False):
        known = rows[~rows["group"].isin(unknown.get(str(by), ()))]
        clear = known[(known["p_adjusted"] < 1 - known["confidence"]) & (known["ratio_lower"] > 1)]
        if len(clear):
            sentences.append(_of_group(furthest(clear, "ratio")))
    return tuple(sentences)


def _of_everyone(row: pd.Series[Any], share: float, whom: str) -> str:
    few, many, share_of = f"{row['n']:,.0f}", f"{row['of']:,.0f}", f"{row['value']:.0%}"
    when = f"on {row['snapshot']}"
    if row["measure"] == STAYED:
        return f"Still waiting {when}: {few} of the {many} {whom} on the list on {row['since']} ({share_of})."
    if row["measure"] != LONGEST:
        said, of_them = said_of(str(row["measure"])).capitalize(), "of whom" if whom == "people" else "of which"
        return f"{said} {when}: {few} of the {many} {whom} {of_them} it was so on {row['since']} ({share_of})."
    chance = f"; chance alone would give {row['expected']:,.0f}" if np.isfinite(row["ratio"]) else ""
    return f"Among the longest-waiting {share:.0%} on {row['since']} and again {when}: {few} of {many} {whom} ({share_of}){chance}."


def _of_group(row: pd.Series[Any]) -> str:
    return (
        f"By {spoken(str(row['by']))}: of {row['group']}, {row['value']:.0%} are {said_of(str(row['measure']))} on "
        f"{row['snapshot']}: {row['ratio']:.2f} times what they would be if they were like everybody "
        f"({float(row['confidence']):.0%} interval {row['ratio_lower']:.2f} to {row['ratio_upper']:.2f})."
    )
