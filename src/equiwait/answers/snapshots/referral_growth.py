"""`referral_growth`: whether referrals grew faster in one group, and so whether a gap among those waiting can mislead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from equiwait import charts as draw
from equiwait.answers.grouped_people import (
    Floats,
    asked_of,
    common_notes,
    groups_by,
    is_scope,
    on_the_list,
)
from equiwait.answers.part_and_whole import blank
from equiwait.counts.waits import By, question_name
from equiwait.counts.waits.references import Given, reference_of
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure.rules import Rule, rule_named
from equiwait.errors import OptionError, RefusedError, attempt
from equiwait.frames import need
from equiwait.results import Chart, Result, Units
from equiwait.statistics import Interval, ratio

__all__ = ["Growth", "growth_ratio", "growth_warnings", "referral_growth"]

_COLUMNS = [
    "by", "group", "earlier", "later", "growth", "growth_lower", "growth_upper", "ratio", "ratio_lower", "ratio_upper",
    "reference", "warns", "method", "confidence", "suppressed", "note",
]  # fmt: skip
Window: TypeAlias = tuple[np.datetime64, np.datetime64]
MARGIN = 0.10
"""Growth ratios that differ by more than this, with an interval that excludes 1, bring the warning."""
ONE_OPEN_LIST = (
    "One open list cannot show whether referrals grew faster in one group; where they did, a gap among those still "
    "waiting can point the wrong way."
)
CALM = "No group's referrals are seen to have grown more than 10% faster or slower than its reference's."
_FEWEST_STOPS = 0.5  # stops for each start, under which ended waits cannot be complete
_STRAY = 0.01  # a few stops that were entered years late must not set the day from which stops are complete


@dataclass(frozen=True, eq=False, repr=False)
class Growth(Result):
    """How fast referrals grew, by group: clock starts of an earlier and a later stretch of time, equally long.

    ``growth`` is later over earlier; ``ratio`` is the group's growth over its reference's. ``warns`` where that ratio
    differs from 1 by more than 10% and its interval excludes 1.
    """

    section: ClassVar[str] = "time"
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
        shown = partial(
            draw.interval_plot, rows, value="growth", lower="growth_lower", upper="growth_upper", n="later", unit="ratio",
            unknown=unknown, reference=1.0,
            reference_label="no growth", label="Later referrals for each earlier one",
        )  # fmt: skip
        return Chart(
            f"referral growth by {by}", f"Growth of referrals, by {spoken(by)}",
            draw.interval_words(rows, value="growth", unit="ratio", unknown=unknown), lambda ax: shown(ax=ax),
            rows[["group", "earlier", "later", "growth", "growth_lower", "growth_upper"]],
            draw.size_for(len(rows) - len(unknown), len(unknown)),
        )  # fmt: skip


def growth_ratio(
    later: ArrayLike, earlier: ArrayLike, later_reference: ArrayLike, earlier_reference: ArrayLike, *, confidence: float = 0.95
) -> Interval:  # fmt: skip
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
    waiting : pandas.DataFrame
        A list from `read_list`: with its ended waits (``scope`` ``closed``), or an open list if ``before`` is given.
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
    lists = [waiting] if before is None else [waiting, before]
    asked = asked_of(by, step, *lists)
    for each in lists:
        need(each, ["clock_start", "snapshot_date"], step)
    _, about = on_the_list(waiting, asked, step)
    parts, says = _of_two(waiting, before) if before is not None else _of_one(waiting, window)
    if not any(map(len, parts)):
        raise RefusedError("Nobody's clock started in the days that are compared.", says)
    table = pd.concat(
        [growth_rows(parts, question, reference, confidence, rule) for question in asked], ignore_index=True
    )
    unknown = {question_name(one): _unknown(table, question_name(one)) for one in asked}
    warned = warnings_of(table)
    return Growth(
        f"Growth of referrals to {about.snapshot or 'the day of the snapshot'}", table.drop(columns="known"),
        (says, *common_notes(about, asked, rule)), warned or (CALM,), suppression=suppression, unknown=unknown,
    )  # fmt: skip


def _unknown(table: pd.DataFrame, by: str) -> tuple[str, ...]:
    return tuple(table.loc[(table["by"] == by) & ~table["known"], "group"])


def growth_warnings(
    waiting: pd.DataFrame, by: By | None = None, *, reference: Given = None, confidence: float = 0.95, suppression: str = "hes"
) -> tuple[str, ...]:  # fmt: skip
    """Return what must be said about referrals beside a gap among people still waiting.

    Parameters
    ----------
    waiting : pandas.DataFrame
        The list.
    by : str, or sequence of str and tuples, optional
        Groupings.
    reference, confidence, suppression
        As in `referral_growth`; a question in which nobody of the reference joined is passed over.

    Returns
    -------
    tuple of str
        The warnings of `referral_growth`; that it cannot be seen, where it cannot; empty where it is seen and calm.

    Examples
    --------
    >>> growth_warnings(pd.DataFrame({"scope": ["rtt_open"], "days_waiting": [3], "sex": ["1"]}), "sex")[0][:29]
    'One open list cannot show whe'
    """
    halves = _halves(waiting)
    if halves is None:
        return (ONE_OPEN_LIST,)
    said: list[str] = []
    for question in asked_of(by, "referral_growth", waiting):
        try:
            rows = growth_rows(halves, question, reference, confidence, rule_named(suppression))
        except OptionError:
            continue  # nobody of the reference joined in these days
        said += warnings_of(rows)
    return tuple(said)


def _halves(waiting: pd.DataFrame) -> list[pd.DataFrame] | None:
    """Who joined in the earlier and the later half of the days for which ended waits are known; None if not known."""
    dates = ("clock_start", "clock_stop", "snapshot_date")
    if not set(dates) <= set(waiting.columns) or any(waiting[name].dtype.kind != "M" for name in dates[:2]):
        return None
    covered = _covered(waiting)
    if covered is None or covered[1] <= covered[0]:
        return None
    halves, _ = _of_one(waiting, None)
    return halves


# --- two stretches of time -------------------------------------------------------------------------------------------


def _of_one(waiting: pd.DataFrame, window: tuple[str, str] | None) -> tuple[list[pd.DataFrame], str]:
    """Clock starts of one list, open and ended, in the two halves of a window."""
    began = waiting[is_scope(waiting, "rtt_open", "closed")]
    covered = _covered(waiting) if window is None else _days_of(window)
    if covered is None or not is_scope(waiting, "closed").any():
        raise RefusedError(
            ONE_OPEN_LIST,
            "No ended waits, or too few beside those that began.",
            "Give a list with its ended waits and window=, or an earlier list: referral_growth(waiting, before=...).",
        )
    first, last = covered
    length = int((last - first).astype(np.int64)) + 1
    if length < 2:
        raise RefusedError("The window has fewer than two days, so it has no halves.", todo="Give its first day first.")
    # Halves of one length: with an odd number of days the first day is left out.
    middle = last - (length // 2) + 1
    halves = [_starting(began, middle - length // 2, middle - 1), _starting(began, middle, last)]
    return halves, (
        f"Clock starts, open and ended, of {middle - length // 2} to {middle - 1} and of {middle} to {last}. Ended waits "
        "must be complete from the first of these days on."
    )


def _of_two(waiting: pd.DataFrame, before: pd.DataFrame) -> tuple[list[pd.DataFrame], str]:
    """People still open who joined within as many days before each list as lie between the two."""
    later, earlier = _snapshot(waiting), _snapshot(before)
    if later <= earlier:
        raise RefusedError("before= is not an earlier list.", f"Snapshots: {earlier} and {later}.")
    gap = later - earlier
    parts = [
        _starting(each[is_scope(each, "rtt_open")], day - gap + 1, day)
        for each, day in ((before, earlier), (waiting, later))
    ]
    days = int(gap.astype(np.int64))
    return parts, f"People still open on {earlier} and on {later} who had joined in the {days} days up to each."


def _starting(rows: pd.DataFrame, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
    start = rows["clock_start"].to_numpy().astype("datetime64[D]")
    return rows[(start >= first) & (start <= last)]


def _days_of(window: tuple[str, str]) -> Window:
    def read() -> Window:
        first, last = (np.datetime64(str(day), "D") for day in window)
        return first, last

    return attempt(
        read, lambda _: OptionError("window= is not two dates.", todo='Write window=("2025-11-01", "2026-10-31").')
    )


def _covered(waiting: pd.DataFrame) -> Window | None:
    """From the day since which ended waits are in the list to the snapshot; None if too few of them are there to tell.

    As many people leave a list as join it, more or less; a list with far fewer stops than starts is an open list with a
    few ended waits left in it, and says nothing about who came.
    """
    if "clock_stop" not in waiting.columns:
        return None
    stops = waiting.loc[is_scope(waiting, "closed"), "clock_stop"].dropna().to_numpy().astype("datetime64[D]")
    if not len(stops):
        return None
    first, last = np.sort(stops)[int(_STRAY * len(stops))], _snapshot(waiting)
    starts = _starting(waiting[is_scope(waiting, "rtt_open", "closed")], first, last)
    enough = np.count_nonzero(stops >= first) >= _FEWEST_STOPS * len(starts) > 0
    return (first, last) if enough else None


def _snapshot(waiting: pd.DataFrame) -> np.datetime64:
    here = waiting.loc[is_scope(waiting, "rtt_open", "closed"), "snapshot_date"].dropna()
    return np.datetime64(str(here.iloc[0])[:10], "D")


# --- counts to rows --------------------------------------------------------------------------------------------------


def growth_rows(
    parts: Sequence[pd.DataFrame], question: Sequence[str], given: Given, confidence: float, rule: Rule
) -> pd.DataFrame:
    """Return the growth of each group of a question, against its reference, and whether the group is ``known``.

    One family for each question: the intervals of ``ratio`` hold together (Šidák 1967), or with many groups some would
    seem to grow otherwise by chance alone.
    """
    both = pd.concat([part.assign(_half=half) for half, part in enumerate(parts)], ignore_index=True)
    groups = groups_by(both, question)
    late = both["_half"].to_numpy() == 1
    reference = reference_of(groups.question, groups.names, groups.known, given)
    halves = [groups.people(half).astype(np.float64) for half in (~late, late)]
    released = [rule.release(half) for half in halves]
    hidden = released[0].hidden | released[1].hidden
    earlier, later = (np.where(hidden, np.nan, each.counts) for each in released)
    recorded = [float(rule.release(half[groups.known].sum()).counts) for half in halves]
    base = [reference.shown(own, total) for own, total in zip((earlier, later), recorded, strict=True)]
    family = confidence ** (1 / reference.contrasts(groups.known))
    own = _growth(later, earlier, confidence)
    nothing = hidden | reference.itself
    times = blank(growth_ratio(later, earlier, base[1], base[0], confidence=family), nothing)
    beyond = (np.abs(times.value - 1) > MARGIN) & ((times.lower > 1) | (times.upper < 1))
    return pd.DataFrame({
        "by": groups.question, "group": groups.names, "earlier": earlier, "later": later, "growth": own.value,
        "growth_lower": own.lower, "growth_upper": own.upper, "ratio": times.value, "ratio_lower": times.lower,
        "ratio_upper": times.upper, "reference": reference.names, "warns": beyond & groups.known,
        "method": "ratio of Poisson counts, log scale; Šidák", "confidence": confidence, "suppressed": hidden,
        "note": np.select([hidden, reference.itself], [f"hidden: 1 to {rule.most_hidden} people", "the reference"], ""),
        "known": groups.known,
    })  # fmt: skip


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
