"""`tail`: who makes up the longest-waiting part of a list, against the whole list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from equiwait import charts as draw
from equiwait.answers.common_notes import ListNotes, list_notes
from equiwait.answers.grouped_people import (
    Wholes,
    asked_of,
    checked_share,
    furthest,
    groups_by,
    on_the_list,
)
from equiwait.answers.named_groups import NamedGroups, named, noted, shown_of
from equiwait.answers.part_and_whole import Sides, against, looks_at, over_gaps
from equiwait.counts.waits import By
from equiwait.counts.waits.clustering import design_effects
from equiwait.counts.waits.references import rounded_rest
from equiwait.counts.waits.wording import spoken
from equiwait.derived import list_from
from equiwait.disclosure import (
    ReleasedCounts,
    Rule,
    count,
    everyone_cells,
    in_words,
    release,
    rule_named,
    week_of_share,
)
from equiwait.errors import RefusedError
from equiwait.results import Chart, Result, Units, answered, provenance_of
from equiwait.statistics import Interval

__all__ = ["Tail", "tail", "tail_begins"]

_COLUMNS = [
    "by", "group", "n", "listed", "share", "lower", "upper", "share_of_list", "difference", "difference_lower",
    "difference_upper", "ratio", "ratio_lower", "ratio_upper", "p_value", "p_adjusted", "method", "confidence",
    "suppressed", "rounding_error", "note",
]  # fmt: skip
_FEWEST_FOR_A_DAY = 50  # as for quantiles: the wait at which a tail begins is one person's wait in a short list


@dataclass(frozen=True, eq=False, repr=False)
class Tail(Result):
    """Who makes up the longest-waiting part of a list: one row for each question and group.

    ``n`` of the group's ``listed`` people are in the tail; ``share`` is the group's share of the tail and
    ``share_of_list`` its share of everybody waiting. Positive ``difference`` and ``ratio`` above 1 = the group has more
    than its share of the longest waits.
    """

    section: ClassVar[str] = "people"
    wider: ClassVar[str] = "for a larger share= of the list"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("lower", "upper", "rounding_error"), "percent"),
            **dict.fromkeys(("difference", "difference_lower", "difference_upper"), "points"),
        }
    )

    since: int | None = field(default=None, kw_only=True)
    """Days waited from which on people are in the tail; None where the list is too short to say."""
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    """Groups that are silences, by question."""

    def charts(self) -> Sequence[Chart]:
        """Return for each question each group's share of the list beside its share of the tail."""
        return [self._chart(str(by)) for by in self.table["by"].unique()]

    def _chart(self, by: str) -> Chart:
        rows = self.table[self.table["by"] == by]
        unknown = self.unknown.get(by, ())
        labels = "of everybody waiting", "of the longest waiting"
        how: dict[str, Any] = {
            "first": "share_of_list", "second": "share", "first_label": labels[0], "second_label": labels[1], "n": "listed",
            "unknown": unknown, "label": "Share of people",
        }  # fmt: skip
        shown = partial(draw.dumbbell_plot, rows, **how)
        words = draw.dumbbell_words(
            rows, first="share_of_list", second="share", first_label=labels[0], second_label=labels[1], unknown=unknown
        )
        return Chart(
            f"longest waiting by {by}",
            f"Who waits longest, by {spoken(by)}",
            words,
            lambda ax: shown(ax=ax),
            rows[["group", "listed", "n", "share_of_list", "share"]],
            draw.size_for(len(rows) - len(unknown), len(unknown)),
            partial(draw.dumbbell_html, rows, **how),
        )


def tail(
    waiting: pd.DataFrame,
    *,
    share: float = 0.15,
    by: By | None = None,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Tail:
    """Say who makes up the longest-waiting share of the list, against the whole list.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list from `read_list`.
    share : float
        How much of the list its tail is: 0.15 for the longest-waiting 15%.
    by : str, or sequence of str and tuples, optional
        Groupings, as in `disparities`. By default those the list has of: deprivation quintile, ethnicity, age band, sex.
    confidence : float
        Two-sided coverage of the intervals.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Tail
        One row for each question and group. Groups that are not recorded are rows like any other.

    Raises
    ------
    ColumnsError
        If a grouping is not in the list.
    OptionError
        If ``share`` is not between 0 and 1.
    RefusedError
        If nobody is waiting, if waits are so tied that the tail would be the whole list, or if snapshots or nations
        would be pooled.

    Notes
    -----
    People who have waited equally long are not told apart: the tail begins at the longest wait such that at least
    ``share`` of the list has waited that long or longer, and everybody at that wait is in it. The notes say where it
    begins and how much of the list it holds. Under a small-number rule it begins at a whole week, found from the numbers of
    people who have waited over each week as they may be shown.

    The tail is part of the list. Its share is compared with that of everyone outside it (Newcombe 1998, its p-value from the
    same interval; Koopman 1984; one family for each question, Šidák 1967), and the comparison is carried over to the whole
    list. Shares of the tail: Wilson (1927). Where people have several pathways, intervals are widened by Σk²/Σk.

    Examples
    --------
    >>> waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": range(1, 1001), "team": ["A"] * 800 + ["B"] * 200})
    >>> longest = tail(waiting, by="team", suppression="none")
    >>> longest.since
    851
    >>> longest.table[["group", "n", "share", "share_of_list", "ratio"]]
      group      n  share  share_of_list  ratio
    0     A    0.0    0.0            0.8    0.0
    1     B  150.0    1.0            0.2    5.0
    """
    waiting = list_from(waiting)
    rule, asked = rule_named(suppression), asked_of(by, "tail", waiting)
    counted, about = on_the_list(waiting, asked, "tail")
    days = counted["days_waiting"].to_numpy(dtype=np.int64)
    since = _begins(days, checked_share(share), rule)
    if since is None:
        raise RefusedError(
            f"So many people have waited equally long that the longest-waiting {share:.0%} would be the whole list.",
            todo="Look at a longer list, or at shares over a number of weeks with disparities().",
        )
    longest = days >= since
    counts, beside = list_notes(about, asked, about.population, counted)
    # The tail begins where it does because one week later too few are left: that number is told too.
    later = everyone_cells(about.population, overs=[since + 6])[0]
    counts += count(later, int((days > since + 6).sum()))
    splits = []
    for question in asked:
        groups = groups_by(counted, question)
        split = named(groups, question)
        people = np.stack([groups.people(), groups.people(longest)], axis=1)
        tallied = split.tally(about.population, people, overs=(-1, since - 1))
        counts += split.widened(tallied, design_effects(counted, groups))
        splits.append(split)
    what = _Asked(about.population, about.snapshot, tuple(splits), share, since, confidence, beside)
    return answered(partial(_answer, what), release(counts, rule), provenance_of(waiting))


def _begins(days: Wholes, share: float, rule: Rule) -> int | None:
    """From which day on people are in the tail: the exact one for the team; else a whole week, from counts as shown."""
    if rule.exact:
        return tail_begins(days, share)
    week = week_of_share(days, share, rule)
    return 7 * week + 1 if week > 0 else None


class _Asked(NamedTuple):
    """What is asked, none of it a number of people."""

    population: str
    snapshot: str
    splits: tuple[NamedGroups, ...]
    share: float
    since: int
    confidence: float
    beside: ListNotes


def tail_begins(days: Wholes, share: float) -> int | None:
    """Return the wait from which on people are in the longest-waiting share, nobody at that wait left out.

    None where so many have waited equally long that this would be everybody.
    """
    at_least = np.bincount(days, minlength=1)[::-1].cumsum()[::-1]
    since = int(np.flatnonzero(at_least >= share * len(days) - 1e-9)[-1])
    return since if at_least[since] < len(days) else None


def _answer(asked: _Asked, released: ReleasedCounts) -> Tail:
    table = pd.concat([_rows(split, asked, released) for split in asked.splits], ignore_index=True)[_COLUMNS]
    unknown = {split.question: split.unknown for split in asked.splits}
    everyone, longest = (asked.splits[0].everyone(asked.population, over=over) for over in (-1, asked.since - 1))
    enough = released.rule.exact or float(released.people(everyone)) >= _FEWEST_FOR_A_DAY
    begins = asked.since if enough else None
    says = _notes(in_words(released, longest), in_words(released, everyone), begins, asked.share)
    return Tail(
        f"Who makes up the longest-waiting {asked.share:.0%} of the list on {asked.snapshot or 'the day of the snapshot'}",
        table,
        (*says, *asked.beside.said(released)),
        _findings(table, unknown, asked.share),
        since=begins,
        unknown=unknown,
    )


def _rows(split: NamedGroups, asked: _Asked, released: ReleasedCounts) -> pd.DataFrame:
    """Each group's share of the tail against its share of the list."""
    overs, confidence = (asked.since - 1, -1), asked.confidence
    cells = [split.cells(asked.population, over=over) for over in overs]
    part, wide = shown_of(released, *cells), split.wide(released)
    total, everyone = (float(released.people(split.everyone(asked.population, over=over))) for over in overs)
    rule, n = released.rule, part.events
    # The tail against everyone outside it: two sets of people who have nobody in common.
    outside = np.clip(part.n - n, 0.0, everyone - total)
    rest = everyone - total
    rounding = rule.variance, rule.variance * rounded_rest(total, rest)
    sides = Sides(n, np.full(len(n), total), outside, np.full(len(n), rest), wide, wide, *rounding)
    own = sides.shares(confidence)
    listed = part.n / everyone
    found = against(sides, split.recorded, confidence).to_whole(sides.fraction)
    gap = _exactly(found.difference, n / total - listed)
    times = _exactly(found.ratio, n / total / np.where(listed > 0, listed, np.nan))
    error = rule.share_error(n, total) + rule.share_error(part.n, everyone)
    alone = part.n >= everyone
    gap, times, p, adjusted = found._replace(difference=gap, ratio=times).without(part.hidden | alone)
    return pd.DataFrame({
        "by": split.question, "group": split.names, "n": n, "listed": part.n, "share": own.value, "lower": own.lower,
        "upper": own.upper, "share_of_list": listed, "difference": gap.value, "difference_lower": gap.lower,
        "difference_upper": gap.upper, "ratio": times.value, "ratio_lower": times.lower, "ratio_upper": times.upper,
        "p_value": p, "p_adjusted": adjusted, "method": f"Wilson; Newcombe; Koopman{over_gaps(looks_at(split.recorded))}",
        "confidence": confidence, "suppressed": part.hidden, "rounding_error": error,
        "note": noted(released, *cells),
    })  # fmt: skip


def _exactly(interval: Interval, value: Any) -> Interval:
    """The value from the shares that are printed, so that a reader's own division agrees; rounding moved it a little."""
    return Interval(value, *interval[1:])


# --- words -----------------------------------------------------------------------------------------------------------


def _notes(count: str, everyone: str, since: int | None, share: float) -> tuple[str, ...]:
    where = (
        f"everybody who has waited {since:,} days or more" if since is not None else "the people with the longest waits"
    )
    return (
        f"The longest-waiting {share:.0%} is {where}: {count} of {everyone} pathways. People who have waited equally long "
        "are not told apart, so it may hold a few more.",
        "A share of the longest waits above the share of the list says that a group waits longer, not why.",
    )


def _findings(table: pd.DataFrame, unknown: Mapping[str, tuple[str, ...]], share: float) -> tuple[str, ...]:
    """For each question, the group furthest over its share of the tail where that is clear, else that none is."""
    return tuple(
        _finding(str(by), rows[~rows["group"].isin(unknown.get(str(by), ()))], share)
        for by, rows in table.groupby("by", sort=False)
        if len(rows) > len(unknown.get(str(by), ()))
    )


def _finding(by: str, rows: pd.DataFrame, share: float) -> str:
    clear = rows[(rows["p_adjusted"] < 1 - rows["confidence"]) & (rows["ratio_lower"] > 1)]
    if clear.empty:
        return (
            f"By {spoken(by)}, no group has more than its share of the longest-waiting {share:.0%} that stands clear of "
            "chance and rounding on this list."
        )
    row = furthest(clear, "ratio")
    return (
        f"By {spoken(by)}: {row['group']} make up {row['share']:.1%} of the longest-waiting {share:.0%} and "
        f"{row['share_of_list']:.1%} of the whole list: {row['ratio']:.2f} times their share ({float(row['confidence']):.0%} interval "
        f"{row['ratio_lower']:.2f} to {row['ratio_upper']:.2f})."
    )
