"""`persistence`: across snapshots, who is still there, still not reached, still not recorded, and still waiting longest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.grouped_people import (
    EVERYONE,
    Flags,
    Floats,
    Wholes,
    asked_of,
    checked_share,
    common_notes,
    furthest,
    groups_by,
    is_scope,
    on_the_list,
    several_pathways,
    spread_of,
    whole,
)
from equiwait.answers.longest_waits import tail_begins
from equiwait.answers.part_and_whole import Sides, against, looks_at, over_gaps, readable, rest_of, shown, withheld
from equiwait.answers.snapshots.matching import GONE, at, find, in_order, keys_of, usable
from equiwait.counts.waits import By, Groups
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure.rules import Rule, rule_named
from equiwait.fields import FIELDS
from equiwait.results import Chart, Result, Units
from equiwait.rows.missing import DEFAULT_FIELDS, flag_missing

__all__ = ["Persistence", "persistence"]

_COLUMNS = [
    "measure", "by", "group", "since", "snapshot", "n", "of", "value", "lower", "upper", "expected", "ratio", "ratio_lower",
    "ratio_upper", "p_value", "p_adjusted", "method", "confidence", "suppressed", "rounding_error", "note",
]  # fmt: skip
STAYED, LONGEST, UNREACHED, SEVERAL = (
    "share_still_waiting", "share_still_longest", "share_still_not_reached", "share_missed_in_several_ways",
)  # fmt: skip
_WITHOUT = "share_still_without_"
_WAIT = "wait at first"
_REACHED_BY = ("first_attendance", "tci_date")


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
        shown = partial(draw.interval_plot, people, n="people", unknown=unknown, label="Share of those so at first")
        return Chart(
            name, title, draw.interval_words(rows, unknown=unknown), lambda ax: shown(ax=ax),
            rows[["group", "of", "n", "value", "lower", "upper"]], draw.size_for(len(rows) - len(unknown), len(unknown)),
        )  # fmt: skip


@dataclass(frozen=True)
class _Measure:
    """Who was so at first, who still is, and the events and people that chance is reckoned from, if not from the same."""

    name: str
    first: Flags
    still: Flags
    drawn_from: tuple[int, int] | None = None

    @property
    def alike(self) -> tuple[int, int]:
        return int((self.first & self.still).sum()), int(self.first.sum())

    @property
    def chance(self) -> tuple[int, int]:
        return self.drawn_from or self.alike


def persistence(
    snapshots: Sequence[pd.DataFrame] | Mapping[str, pd.DataFrame],
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
    snapshots : sequence or mapping of pandas.DataFrame
        Two or more lists from `read_list`, oldest first, each of one day.
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
    lists = list(snapshots.values()) if isinstance(snapshots, Mapping) else list(snapshots)
    days = in_order(lists, step)
    asked, keys = asked_of(by, step, lists[0], alone=True), keys_of(lists, match, step)
    first, about = on_the_list(lists[0], asked, step)
    followed = usable(first, keys)
    people = first[followed]
    since = tail_begins(first["days_waiting"].to_numpy(dtype=np.int64), checked_share(share))
    longest = _at_least(people["days_waiting"].to_numpy(dtype=np.int64), since)
    wait = Groups(("longest", "everyone else"), np.ones(2, bool), np.where(longest, 0, 1), _WAIT)
    splits = [whole(len(people)), wait, *(groups_by(people, question) for question in asked)]
    silences = _fields_of(fields, lists)
    tables = [
        _rows(measure, split, _spreads(people, split, measure.first, rule), confidence, rule).assign(
            since=days[0], snapshot=day
        )
        for day, measures in zip(days[1:], _measures(people, lists[1:], keys, longest, share, silences), strict=True)
        for measure in measures
        for split in splits
        if not (split is wait and (measure.name == LONGEST or not longest.any()))
    ]
    table = pd.concat(tables, ignore_index=True)[_COLUMNS]
    table = table[(table["of"] != 0) | (table["by"] == EVERYONE)].reset_index(drop=True)
    unknown, several = {split.question: split.unknown for split in splits}, several_pathways(people, rule)
    return Persistence(
        f"Who is still there, and who keeps being missed: {days[0]} to {days[-1]}", table,
        (*_notes(followed, keys, share, lists, rule), *common_notes(about, asked, rule, several)),
        _findings(table, unknown, share, "pathways" if several else "people"),
        suppression=suppression, unknown=unknown,
    )  # fmt: skip


# --- states ----------------------------------------------------------------------------------------------------------


def _fields_of(fields: Sequence[str] | None, lists: Sequence[pd.DataFrame]) -> list[str]:
    if fields is not None:
        return list(fields)
    # Most of an outpatient list has no P-code, and nothing is missed by that.
    wanted = [name for name in DEFAULT_FIELDS if name != "priority"]
    return [name for name in wanted if all(name in each.columns for each in lists)]


def _measures(
    people: pd.DataFrame, later: Sequence[pd.DataFrame], keys: Sequence[str], longest: Flags, share: float, fields: Sequence[str]
) -> list[list[_Measure]]:  # fmt: skip
    """For each later list, what may still be so of the people of the first."""
    before = _missed(people, later, fields)
    running = dict(before)
    answers = []
    for waiting in later:
        places = find(people, waiting, keys)
        there = at(is_scope(waiting, "rtt_open"), places, False).astype(bool)
        now = {
            name: at(state, places, False).astype(bool)
            for name, state in _missed(waiting, [people, *later], fields).items()
        }
        running = {name: state & there & now[name] for name, state in running.items()}
        tail_now = there & _among_longest(waiting, share, places)
        answers.append([
            _Measure(STAYED, np.ones(len(people), bool), there),
            # Chance: the later list's longest-waiting people, drawn from everybody on the first list.
            _Measure(LONGEST, longest, tail_now, (int(tail_now.sum()), len(people))),
            *(_Measure(name, before[name], running[name]) for name in running),
            *_in_several_ways(before, running),
        ])  # fmt: skip
    return answers


def _in_several_ways(before: Mapping[str, Flags], running: Mapping[str, Flags]) -> list[_Measure]:
    if len(before) < 2:
        return []
    first, still = (np.sum(list(states.values()), axis=0) > 1 for states in (before, running))
    return [_Measure(SEVERAL, first, still)]


def _missed(waiting: pd.DataFrame, lists: Sequence[pd.DataFrame], fields: Sequence[str]) -> dict[str, Flags]:
    """In which ways each row is missed: only ways that every list can tell."""
    everywhere = [name for name in waiting.columns if all(name in each.columns for each in lists)]
    missed: dict[str, Flags] = {}
    reached = [waiting[name].notna().to_numpy() for name in _REACHED_BY if name in everywhere]
    if reached:
        missed[UNREACHED] = ~np.any(reached, axis=0)
    if "contact_recorded" in everywhere:
        missed[_WITHOUT + "contact"] = ~waiting["contact_recorded"].fillna(value=False).to_numpy(dtype=bool)
    flagged = flag_missing(waiting, fields) if fields else waiting
    for name in fields:
        missed[_WITHOUT + name] = flagged[f"missing_{name}"].isin(["blank", "not_known", "invalid"]).to_numpy()
    return missed


def _among_longest(waiting: pd.DataFrame, share: float, places: Wholes) -> Flags:
    """Whether each person found is in the longest-waiting share of that list."""
    days = waiting["days_waiting"].astype("Float64").to_numpy(dtype=np.float64, na_value=-1)
    days = np.where(is_scope(waiting, "rtt_open"), days, -1)
    since = tail_begins(days[days >= 0].astype(np.int64), share)
    return np.asarray((places != GONE) & _at_least(at(days, places, -1.0), since))


def _at_least(days: NDArray[Any], since: int | None) -> Flags:
    """Nobody, where all have waited alike."""
    return np.zeros(len(days), bool) if since is None else np.asarray(days >= since)


# --- counts to rows --------------------------------------------------------------------------------------------------


def _spreads(people: pd.DataFrame, split: Groups, first: Flags, rule: Rule) -> tuple[Floats, Floats]:
    """How far repeated people widen each group's interval, and that of everyone else: the mean over the other groups."""
    own = spread_of(people, split, rule, first)
    if split.question == EVERYONE:
        return own, spread_of(people, split, rule)
    size = np.nan_to_num(rule.release(split.people(first)).counts)
    weight = np.where(np.eye(len(own), dtype=bool), 0.0, size[None, :])
    total = weight.sum(1)
    return own, np.divide((weight * own).sum(1), total, out=np.ones(len(own)), where=total > 0)


def _rows(measure: _Measure, split: Groups, wide: tuple[Floats, Floats], confidence: float, rule: Rule) -> pd.DataFrame:
    counts = shown(rule, split.people(measure.first & measure.still), split.people(measure.first))
    # Everybody against chance; a group against everybody.
    so = measure.chance if split.question == EVERYONE else measure.alike
    events, total = (float(rule.release(each).counts) for each in so)
    n = np.where(counts.hidden, np.nan, counts.events)
    rest_n = rest_of(counts.n, total)
    rest = np.minimum(rest_of(n, events), rest_n)
    sides = Sides(n, np.where(counts.hidden, np.nan, counts.n), rest, rest_n, *wide)
    own = sides.shares(confidence)
    chance = events / total if total else np.nan
    error = rule.share_error(n, counts.n)
    # Everybody compared with everybody is no comparison.
    same = rest_n == 0
    silent = counts.hidden | same | withheld(own.value - chance, error + rule.share_error(events, total))
    found = against(sides, split.known, confidence).to_whole(sides.fraction)
    ratio = own.value / chance if chance else np.full(len(n), np.nan)
    _, times, p, adjusted = found._replace(ratio=found.ratio._replace(value=ratio)).without(silent)
    return pd.DataFrame({
        "measure": measure.name, "by": split.question, "group": split.names, "n": n, "of": counts.n, "value": own.value,
        "lower": own.lower, "upper": own.upper, "expected": np.where(counts.hidden, np.nan, readable(counts.n * chance)),
        "ratio": times.value, "ratio_lower": times.lower, "ratio_upper": times.upper, "p_value": p,
        "p_adjusted": adjusted, "method": f"Wilson; Koopman{over_gaps(looks_at(split.known))}",
        "confidence": confidence, "suppressed": counts.hidden, "rounding_error": error,
        "note": _row_notes(counts.hidden, same, silent),
    })  # fmt: skip


def _row_notes(hidden: Flags, same: Flags, silent: Flags) -> list[str]:
    return [
        "hidden: 1 to 7 people"
        if h
        else ""
        if s
        else "ratio withheld: gap smaller than twice its rounding"
        if w
        else ""
        for h, s, w in zip(hidden, same, silent, strict=True)
    ]


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
    if measure == _WITHOUT + "contact":
        return "still without a recorded way to reach them"
    if measure.startswith(_WITHOUT):
        return f"still without a recorded {measure.removeprefix(_WITHOUT).replace('_', ' ')}"
    return measure.removeprefix("share_").replace("_", " ")


def _notes(
    followed: Flags, keys: Sequence[str], share: float, lists: Sequence[pd.DataFrame], rule: Rule
) -> tuple[str, ...]:
    lost = int(np.count_nonzero(~followed))
    by = "person" if keys == ["person_id"] else "pathway number and clock start"
    absent = [name for name in (*_REACHED_BY, "contact_recorded") if not all(name in each.columns for each in lists)]
    said = [FIELDS[name].meaning.split(":")[0].lower() for name in absent]
    return tuple(filter(None, (
        f"People are found again by {by}. A clock start that was changed in between looks like somebody gone.",
        f"{rule.text(lost)} rows of the first list could not be looked for: no number, or the same number again." if lost else "",
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
