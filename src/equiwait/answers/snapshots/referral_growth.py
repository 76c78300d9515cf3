"""`referral_growth`: whether referrals grew faster in one group, and so whether a gap among those waiting can mislead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from equiwait import charts as draw
from equiwait.answers.common_notes import ListNotes, list_notes
from equiwait.answers.grouped_people import (
    Floats,
    asked_of,
    groups_by,
    list_of,
    on_the_list,
)
from equiwait.answers.named_groups import NamedGroups, named, noted
from equiwait.answers.part_and_whole import blank
from equiwait.answers.snapshots.stretches import ONE_OPEN_LIST, Stretch, halves_of, of_one, of_two
from equiwait.counts.waits import By
from equiwait.counts.waits.references import Given, Reference, reference_of
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure import Counts, ReleasedCounts, release, rule_named
from equiwait.errors import OptionError, RefusedError
from equiwait.frames import need
from equiwait.results import Chart, Result, Units, answered, provenance_of
from equiwait.statistics import Interval, ratio

__all__ = ["Growth", "GrowthBeside", "growth_beside", "growth_ratio", "referral_growth"]

_COLUMNS = [
    "by", "group", "earlier", "later", "growth", "growth_lower", "growth_upper", "ratio", "ratio_lower", "ratio_upper",
    "reference", "warns", "method", "confidence", "suppressed", "note",
]  # fmt: skip
MARGIN = 0.10
"""Growth ratios that differ by more than this, with an interval that excludes 1, bring the warning."""
CALM = "No group's referrals are seen to have grown more than 10% faster or slower than its reference's."


@dataclass(frozen=True, eq=False, repr=False)
class Growth(Result):
    """How fast referrals grew, by group: clock starts of an earlier and a later stretch of time, equally long.

    ``growth`` is later over earlier; ``ratio`` is the group's growth over its reference's. ``warns`` where that ratio
    differs from 1 by more than 10% and its interval excludes 1.
    """

    section: ClassVar[str] = "time"
    wider: ClassVar[str] = (
        "about three months together (a longer window=: a group of which {few} come in a month is then shown)"
    )
    units: ClassVar[Units] = MappingProxyType(dict.fromkeys(("growth", "growth_lower", "growth_upper"), "ratio"))

    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    """Groups that are silences, by question."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be said beside a gap among people still waiting; empty where nothing must."""
        return warnings_of(self.table)

    def charts(self) -> Sequence[Chart]:
        """Return the growth of each group, for each question."""
        return [self._chart(str(by)) for by in self.table["by"].unique()]

    def _chart(self, by: str) -> Chart:
        rows = self.table[self.table["by"] == by]
        unknown = self.unknown.get(by, ())
        how: dict[str, Any] = {
            "value": "growth", "lower": "growth_lower", "upper": "growth_upper", "n": "later", "unit": "ratio", "unknown": unknown,
            "reference": 1.0, "reference_label": "no growth", "label": "Later referrals for each earlier one",
        }  # fmt: skip
        shown = partial(draw.interval_plot, rows, **how)
        return Chart(
            f"referral growth by {by}",
            f"Growth of referrals, by {spoken(by)}",
            draw.interval_words(rows, value="growth", unit="ratio", unknown=unknown),
            lambda ax: shown(ax=ax),
            rows[["group", "earlier", "later", "growth", "growth_lower", "growth_upper"]],
            draw.size_for(len(rows) - len(unknown), len(unknown)),
            partial(draw.interval_html, rows, **how),
        )


def growth_ratio(
    later: ArrayLike,
    earlier: ArrayLike,
    later_reference: ArrayLike,
    earlier_reference: ArrayLike,
    *,
    confidence: float = 0.95,
) -> Interval:
    """Ratio of two growth ratios, each of two Poisson counts.

    Parameters
    ----------
    later, earlier, later_reference, earlier_reference : array_like
        Clock starts in two stretches of time, equally long, of the group and of its reference.
    confidence : float
        Two-sided coverage.

    Returns
    -------
    Interval
        nan where any count is 0.

    Notes
    -----
    On the log scale, with variance ``1/a + 1/b + 1/c + 1/d`` (the delta method for four Poisson counts; the form is that
    of Woolf 1955 for an odds ratio, *Annals of Human Genetics* 19:251–253).

    Examples
    --------
    >>> growth_ratio(300, 200, 250, 250)
    Interval(value=1.5, lower=1.168, upper=1.927)
    """
    a, b, c, d = np.broadcast_arrays(
        *(np.asarray(x, float) for x in (later, earlier, later_reference, earlier_reference))
    )
    a, b, c, d = (np.where(count > 0, count, np.nan) for count in (a, b, c, d))
    own, other = a / b, c / d
    both = ratio(own, own * np.sqrt(1 / a + 1 / b), other, other * np.sqrt(1 / c + 1 / d), confidence=confidence)
    return Interval(both.value, both.lower, both.upper)


def referral_growth(
    waiting: pd.DataFrame,
    by: By | None = None,
    *,
    before: pd.DataFrame | None = None,
    window: tuple[str, str] | None = None,
    reference: Given = None,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Growth:
    """Measure how fast referrals grew, by group, and warn where groups differ.

    Parameters
    ----------
    waiting : pandas.DataFrame or Stitched
        A list from `read_list`: with its ended waits (``scope`` ``closed``), as what `stitch` returns, or an open list if
        ``before`` is given.
    by : str, or sequence of str and tuples, optional
        Groupings. By default deprivation quintile, ethnicity, age band and sex.
    before : pandas.DataFrame, optional
        An earlier list. The people who joined each in as many days as lie between the two, and are still open on it,
        are compared: like with like, unless short waits themselves have changed.
    window : pair of dates, optional
        First and last day of clock starts to look at, cut in two halves. By default from the day since which the list
        has ended waits (the 1st percentile of its clock stops) to the snapshot.
    reference : str or mapping, optional
        The group to compare with, or ``"rest"``, for all questions or by question; by default the least deprived areas,
        and for others everyone else recorded.
    confidence : float
        Two-sided coverage of the intervals.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Growth
        One row for each question and group; ``.warnings`` are the sentences to print beside a gap.

    Raises
    ------
    ColumnsError
        If a grouping, ``clock_start`` or ``snapshot_date`` is missing.
    RefusedError
        If one open list is given: it holds only those who have not left, and cannot show how many came. If nobody
        came in the days that are compared.

    Notes
    -----
    A gap among people still waiting mixes how long people wait with how many joined lately: where one group's referrals
    grow, its people have waited less so far. Intervals: `growth_ratio`, in closed form.

    Examples
    --------
    >>> starts = pd.to_datetime(["2026-02-01"] * 300 + ["2026-08-01"] * 600).astype("datetime64[s]")
    >>> waiting = pd.DataFrame({
    ...     "scope": "rtt_open", "days_waiting": 100, "clock_start": starts, "snapshot_date": "2026-10-31",
    ...     "team": ["A"] * 150 + ["B"] * 150 + ["A"] * 150 + ["B"] * 450})
    >>> waiting["scope"] = ["closed"] * 200 + ["rtt_open"] * 700
    >>> growth = referral_growth(waiting, "team", window=("2026-01-01", "2026-10-31"), reference="A", suppression="none")
    >>> growth.table[["group", "earlier", "later", "growth", "ratio", "warns"]]
      group  earlier  later  growth  ratio  warns
    0     A    150.0  150.0     1.0    NaN  False
    1     B    150.0  450.0     3.0    3.0   True
    """
    rule, step = rule_named(suppression), "referral_growth"
    waiting = list_of(waiting, by, step, ("clock_start", "clock_stop"))
    lists = [waiting] if before is None else [waiting, before]
    asked = asked_of(by, step, *lists)
    for each in lists:
        need(each, ["clock_start", "snapshot_date"], step)
    _, about = on_the_list(waiting, asked, step)
    parts, says = of_two(waiting, before) if before is not None else of_one(waiting, window)
    if not any(len(part.rows) for part in parts):
        raise RefusedError("Nobody's clock started in the days that are compared.", says)
    counts, splits = Counts(), []
    for question in asked:
        more, split = _asking(parts, question, reference, confidence)
        counts += more
        splits.append(split)
    title = f"Growth of referrals to {about.snapshot or 'the day of the snapshot'}"
    more, beside = list_notes(about, asked)
    what = _Asked(title, says, tuple(splits), beside)
    return answered(partial(_answer, what), release(counts + more, rule), provenance_of(waiting))


class GrowthBeside(NamedTuple):
    """What a gap among people still waiting must say of referrals; no number of people is in it."""

    seen: bool = False
    splits: tuple[_Split, ...] = ()

    def said(self, released: ReleasedCounts) -> tuple[str, ...]:
        """Return the warnings of `referral_growth`; that it cannot be seen, where it cannot; empty where it is calm."""
        if not self.seen:
            return (ONE_OPEN_LIST,)
        return tuple(said for split in self.splits for said in warnings_of(_rows(split, released)))


def growth_beside(
    waiting: pd.DataFrame, by: By | None = None, *, reference: Given = None, confidence: float = 0.95
) -> tuple[Counts, GrowthBeside]:
    """Return the counts of referrals that stand beside a gap among people still waiting, and what is said of them.

    Parameters
    ----------
    waiting : pandas.DataFrame
        The list.
    by : str, or sequence of str and tuples, optional
        Groupings.
    reference, confidence
        As in `referral_growth`; a question in which nobody of the reference joined is passed over.

    Examples
    --------
    >>> waiting = pd.DataFrame({"scope": ["rtt_open"], "days_waiting": [3], "sex": ["1"]})
    >>> growth_beside(waiting, "sex")[1].said(release(Counts(), rule_named("hes")))[0][:29]
    'One open list cannot show whe'
    """
    halves = halves_of(waiting)
    if halves is None:
        return Counts(), GrowthBeside()
    counts, splits = Counts(), []
    for question in asked_of(by, "referral_growth", waiting):
        try:
            more, split = _asking(halves, question, reference, confidence)
        except OptionError:
            continue  # nobody of the reference joined in these days
        counts += more
        splits.append(split)
    return counts, GrowthBeside(True, tuple(splits))


# --- counts to rows --------------------------------------------------------------------------------------------------


class _Split(NamedTuple):
    """A question, who is compared with whom, and the two stretches of time; no number of people."""

    groups: NamedGroups
    reference: Reference
    populations: tuple[str, ...]
    confidence: float


class _Asked(NamedTuple):
    """What is asked, none of it a number of people."""

    title: str
    says: str
    splits: tuple[_Split, ...]
    beside: ListNotes


def _asking(
    parts: Sequence[Stretch], question: Sequence[str], given: Given, confidence: float
) -> tuple[Counts, _Split]:
    """Return the exact counts of a question, and what is asked of them."""
    groups = groups_by(_together([part.rows for part in parts]), question)
    at_part = np.repeat(np.arange(len(parts)), [len(part.rows) for part in parts])
    split = named(groups, question)
    reference = reference_of(groups.question, groups.names, groups.known, given)
    counts = Counts()
    for at, part in enumerate(parts):
        counts += split.tally(part.population, groups.people(at_part == at))
    return counts, _Split(split, reference, tuple(part.population for part in parts), confidence)


def _together(lists: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return lists one under the other, with the columns that all have.

    Column by column, and without a list of nobody: of whole frames pandas 2 would say that such a one, or a column in which
    nothing is recorded, will count for the kind of a column one day.
    """
    some = [each for each in lists if len(each)] or list(lists[:1])
    names = [name for name in some[0].columns if all(name in each.columns for each in some)]
    return pd.DataFrame({name: pd.concat([each[name] for each in some], ignore_index=True) for name in names})


def _answer(asked: _Asked, released: ReleasedCounts) -> Growth:
    table = pd.concat([_rows(split, released) for split in asked.splits], ignore_index=True)
    unknown = {split.groups.question: split.groups.unknown for split in asked.splits}
    notes = (asked.says, *asked.beside.said(released))
    return Growth(asked.title, table, notes, warnings_of(table) or (CALM,), unknown=unknown)


def _rows(split: _Split, released: ReleasedCounts) -> pd.DataFrame:
    """Return the growth of each group of a question, against its reference.

    One family for each question: the intervals of ``ratio`` hold together (Šidák 1967), or with many groups some would
    seem to grow otherwise by chance alone.
    """
    groups, reference, known = split.groups, split.reference, split.groups.recorded
    cells = [groups.cells(population) for population in split.populations]
    halves = [released.people(each) for each in cells]
    hidden = np.isnan(halves[0]) | np.isnan(halves[1])
    earlier, later = (np.where(hidden, np.nan, half) for half in halves)
    recorded = [float(released.people(groups.all_recorded(population))) for population in split.populations]
    base = [reference.shown(own, total) for own, total in zip((earlier, later), recorded, strict=True)]
    own = _growth(later, earlier, split.confidence)
    family = split.confidence ** (1 / reference.contrasts(known))
    times = growth_ratio(later, earlier, base[1], base[0], confidence=family)
    times = blank(times, hidden | reference.itself)
    beyond = (np.abs(times.value - 1) > MARGIN) & ((times.lower > 1) | (times.upper < 1))
    return pd.DataFrame({
        "by": groups.question, "group": groups.names, "earlier": earlier, "later": later, "growth": own.value,
        "growth_lower": own.lower, "growth_upper": own.upper, "ratio": times.value, "ratio_lower": times.lower,
        "ratio_upper": times.upper, "reference": reference.names, "warns": beyond & known,
        "method": "ratio of Poisson counts, log scale; Šidák", "confidence": split.confidence, "suppressed": hidden,
        "note": np.where(reference.itself & ~hidden, "the reference", noted(released, *cells)),
    })[_COLUMNS]  # fmt: skip


def _growth(later: Floats, earlier: Floats, confidence: float) -> Interval:
    some, base = (np.where(counts > 0, counts, np.nan) for counts in (later, earlier))
    found = ratio(some, np.sqrt(some), base, np.sqrt(base), confidence=confidence)
    return Interval(found.value, found.lower, found.upper)


# --- words -----------------------------------------------------------------------------------------------------------


def warnings_of(table: pd.DataFrame) -> tuple[str, ...]:
    """Return a sentence for each row that warns."""
    return tuple(_warning(row) for _, row in table[table["warns"]].iterrows())


def _warning(row: pd.Series[Any]) -> str:
    faster = "faster" if row["ratio"] > 1 else "more slowly"
    shorter = "shorter" if row["ratio"] > 1 else "longer"
    return (
        f"By {spoken(str(row['by']))}: referrals of {row['group']} grew {faster} than those of {row['reference']} "
        f"({row['ratio']:.2f} times; {float(row['confidence']):.0%} interval {row['ratio_lower']:.2f} to "
        f"{row['ratio_upper']:.2f}). Their waits so far look {shorter} for that alone, so a gap among people still waiting "
        "can point the wrong way: compare with estimand='time_to_treatment'."
    )
