"""`disparities`: the gaps in waits between groups, each with its interval, its reference and what it cannot say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.disclosure import Rule, rule_named
from equiwait.errors import OptionError, RefusedError, did_you_mean, listed
from equiwait.results import Chart, Result
from equiwait.statistics import (
    Interval,
    adjusted_p,
    banded_quantile,
    mover_difference,
    mover_ratio,
    newcombe,
    risk_ratio,
    two_proportion_p,
    weekly_bands,
    wilson,
)
from equiwait.waits import By, Waits, count_waits, crossed, question_name, questions

__all__ = ["DEFAULT_MEASURES", "Disparities", "disparities"]

DEFAULT_MEASURES = ("over_18_weeks", "over_52_weeks", "over_65_weeks", "median_weeks")
REST = "everyone else recorded"

_COLUMNS = [
    "estimand", "measure", "by", "group", "within", "n", "events", "value", "lower", "upper", "difference",
    "difference_lower", "difference_upper", "ratio", "ratio_lower", "ratio_upper", "p_value", "p_adjusted", "reference",
    "method", "confidence", "suppressed", "rounding_error", "note",
]  # fmt: skip
_FEWEST_FOR_QUANTILES = 50  # NHS England withholds a median under 50
_BANDS = 209  # weekly bands to four years; a quantile beyond them is said to be beyond, never given a number


@dataclass(frozen=True, eq=False, repr=False)
class Disparities(Result):
    """Gaps in waits between groups. Positive = this group waits longer.

    ``table`` has one row for each measure, question and group; ``value`` is a share from 0 to 1 for ``over_N_weeks`` and
    weeks for quantiles. Where ``suppressed`` is true the numbers are hidden (NaN), and a gap too small for its rounding
    is withheld with a note.
    """

    section: ClassVar[str] = "gaps"

    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    """Groups that are silences, by question: rows of the table, drawn apart."""

    def charts(self) -> Sequence[Chart]:
        """Return an interval plot for each measure and question."""
        pairs = self.table[["measure", "by"]].drop_duplicates().itertuples(index=False)
        return [self._chart(str(pair.measure), str(pair.by)) for pair in pairs]

    def plot(self, name: str | None = None, ax: Any = None, *, by: str | None = None) -> Any:
        """Draw one measure: ``plot("over_52_weeks")`` for the first question, or with ``by=`` for another."""
        if name in set(self.table["measure"]):
            by = by or str(self.table["by"].iloc[0])
            name = f"{name} by {by}"
        return super().plot(name, ax)

    def _chart(self, measure: str, by: str) -> Chart:
        rows = self.table[(self.table["measure"] == measure) & (self.table["by"] == by)]
        unknown = [group for group in rows["group"] if group in self.unknown.get(by, ())]
        unit: draw.Unit = "percent" if measure.startswith("over_") else "weeks"
        title = f"{_words(measure).capitalize()}, by {_spoken(by)}"
        shown = partial(draw.interval_plot, rows, unit=unit, unknown=unknown, label=_axis(measure))
        return Chart(
            f"{measure} by {by}", title, draw.interval_words(rows, unit=unit), lambda ax: shown(ax=ax),
            _in_words(rows, unit), draw.size_for(len(rows) - len(unknown), len(unknown)),
        )  # fmt: skip


def _in_words(rows: pd.DataFrame, unit: draw.Unit) -> pd.DataFrame:
    """The numbers of a chart as they are read aloud, and why any is not there."""
    said = {name: [draw.in_units(value, unit) for value in rows[name]] for name in ("value", "lower", "upper")}
    return pd.DataFrame({"group": rows["group"], "n": rows["n"], **said, "note": rows["note"]})


def disparities(
    waiting_or_waits: pd.DataFrame | Waits,
    by: By | None = None,
    *,
    measures: Sequence[str] = DEFAULT_MEASURES,
    estimand: str = "still_waiting",
    reference: str | Mapping[str, str] | None = None,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Disparities:
    """Measure the gaps in waits between groups.

    Parameters
    ----------
    waiting_or_waits : pandas.DataFrame or Waits
        A list (from `read_list`), or its counts.
    by : str, or sequence of str and tuples, optional
        Groupings; a tuple is one crossed question. By default those the list has of: deprivation quintile, ethnicity,
        age band and sex.
    measures : sequence of str
        ``over_N_weeks`` for any whole N (waits of over 7·N days: over 18 weeks means 127 days or more, over 52 means 365
        or more), ``median_weeks``, or ``pNN_weeks`` such as ``p92_weeks``.
    estimand : {"still_waiting"}
        Of the people on the list on the day of the snapshot: a burden, not anybody's chance.
    reference : str or mapping, optional
        The group to compare with, for all questions or by question. By default the least deprived areas for
        deprivation, and for other questions everyone else whose group is recorded.
    confidence : float
        Two-sided coverage of the intervals.
    suppression : {"hes", "none"}
        The small-number rule; ``"none"`` is exact and in-team.

    Returns
    -------
    Disparities
        One row per measure, question and group. Groups that are not recorded are rows like any other, and are compared
        with everyone recorded.

    Raises
    ------
    ColumnsError
        If a grouping is not in the list.
    OptionError
        If a measure or a reference is not understood.
    RefusedError
        If nobody is counted, or snapshots or nations would be pooled.

    Notes
    -----
    Shares: Wilson's score interval (1927); their differences: Newcombe's method 10 (1998); ratios: Katz (1978); p-values:
    score test, adjusted within a question and measure by Holm (1979). Median: NHS England's rule (rank (n+1)/2, linear
    in the weekly band, withheld under 50 people), other quantiles at rank q·n; their intervals invert Wilson's interval
    of the cumulative share (after Woodruff 1952), and differences combine the two (MOVER, Zou and Donner 2008).

    Where people have several pathways, intervals are widened by Σk²/Σk within each group (k pathways of one person).
    Under ``hes``, shares, intervals and differences come from rounded counts; ``rounding_error`` says by how much a
    share (0 to 1) or a median (weeks) may be off, and a difference is withheld where it could be half or more of it.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.r_[np.full(300, 200), np.full(700, 50), np.full(90, 200), np.full(160, 50)]
    >>> waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": days, "team": ["A"] * 1000 + ["B"] * 250})
    >>> gaps = disparities(waiting, "team", measures=["over_18_weeks"], reference="A", suppression="none")
    >>> gaps.table.loc[1, ["value", "difference", "difference_lower", "difference_upper"]].astype(float).round(3).tolist()
    [0.36, 0.06, -0.004, 0.127]
    """
    rule, wanted = rule_named(suppression), [_measure(name) for name in measures]
    waits, spread = _counts(waiting_or_waits, by, estimand)
    if waits.table.empty:
        raise RefusedError(
            "Nobody is counted: the list has no open pathway on the clock.",
            found=f"Rows by scope: {listed(waits.about.excluded)}." if waits.about.excluded else "",
            todo="Look at check_list(waiting): it says why each row is not counted.",
        )
    tables, unknown = [], {}
    for question in waits.about.by:
        name = question_name(question)
        groups, counts = waits.cube(question)
        part = _Question(
            name,
            groups["group"].tolist(),
            groups["known"].to_numpy(bool),
            counts,
            spread.get(name, np.ones(len(groups))),
        )
        against = part.reference(reference)
        unknown[name] = tuple(groups.loc[~groups["known"], "group"])
        tables += [measure(part, against, confidence, rule) for measure in wanted]
    table = pd.concat(tables, ignore_index=True)[_COLUMNS] if tables else pd.DataFrame(columns=_COLUMNS)
    table["estimand"] = waits.about.estimand
    return Disparities(
        f"Waits of people on the list on {waits.about.snapshot or 'the day of the snapshot'}",
        table, _notes(waits, rule, spread), _findings(table, unknown), suppression=suppression, unknown=unknown,
    )  # fmt: skip


def _counts(source: pd.DataFrame | Waits, by: By | None, estimand: str) -> tuple[Waits, dict[str, NDArray[np.float64]]]:
    if isinstance(source, Waits):
        if by is not None and tuple(questions(by)) != source.about.by:
            raise OptionError(
                "by= differs from what was counted.", todo="Leave by= out, or count again with count_waits."
            )
        return source, {}
    asked = _default_questions(source) if by is None else by
    waits = count_waits(source, asked, estimand=estimand)
    return waits, {question_name(one): _spread(source, waits, one) for one in waits.about.by}


def _default_questions(waiting: pd.DataFrame) -> list[str]:
    ranks = [str(name) for name in waiting.columns if str(name).endswith("_quintile")]
    return [name for name in (*ranks[:1], "ethnicity", "age_band", "sex") if name in waiting.columns]


def _spread(waiting: pd.DataFrame, waits: Waits, question: tuple[str, ...]) -> NDArray[np.float64]:
    """Σk²/Σk of each group, k being one person's pathways in it: how far repeated people widen an interval."""
    names, _ = waits.cube(question)
    if "person_id" not in waiting.columns:
        return np.ones(len(names))
    counted = waiting[(waiting["scope"] == "rtt_open").to_numpy()]
    groups = crossed(counted, question)
    pathways = (
        pd.DataFrame({"group": groups.place, "person": counted["person_id"].to_numpy()})
        .dropna()
        .value_counts()
        .reset_index(name="k")
    )
    squares = pathways["k"].pow(2).groupby(pathways["group"]).sum() / pathways["k"].groupby(pathways["group"]).sum()
    by_name = dict(zip([groups.names[place] for place in squares.index], squares, strict=True))
    return np.array([by_name.get(name, 1.0) for name in names["group"]])


# --- one question ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reference:
    """What each group is compared with: its name, and for each group the counts it stands against."""

    names: list[str]
    against: NDArray[np.bool_]  # groups × groups: whose counts are the reference of whom


@dataclass(frozen=True)
class _Question:
    """The counts of one question: groups × days."""

    name: str
    groups: list[str]
    known: NDArray[np.bool_]
    counts: NDArray[np.int64]
    spread: NDArray[np.float64]

    def reference(self, given: str | Mapping[str, str] | None) -> _Reference:
        """A named group, the least deprived, or everyone else recorded; the silent are compared with all recorded."""
        asked = given.get(self.name) if isinstance(given, Mapping) else given
        if asked is None:
            asked = next((group for group in self.groups if group.endswith("(least deprived)")), REST)
        everyone = np.tile(self.known, (len(self.groups), 1))
        everyone &= ~np.eye(len(self.groups), dtype=bool)
        if asked in (REST, "rest"):
            return _Reference([REST] * len(self.groups), everyone)
        chosen = self._find(asked)
        one = np.zeros((len(self.groups), len(self.groups)), bool)
        one[:, chosen] = True
        against = np.where(self.known[:, None], one, everyone)
        names = [self.groups[chosen] if known else "everyone recorded" for known in self.known]
        return _Reference(names, against)

    def _find(self, asked: str) -> int:
        for place, group in enumerate(self.groups):
            if asked == group or asked in re.split(r"[: ]", group)[:1]:
                return place
        raise OptionError(
            f"The reference {asked!r} is not a group of {self.name}.{did_you_mean(asked, self.groups)}",
            todo=f"Use one of: {listed(self.groups, 30)}.",
        )


Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Measure = Callable[[_Question, _Reference, float, Rule], pd.DataFrame]


def _measure(name: str) -> Measure:
    if found := re.fullmatch(r"over_(\d{1,3})_weeks", name):
        return partial(_shares, name, 7 * int(found[1]))
    if name == "median_weeks":
        return partial(_quantiles, name, 0.5)
    if found := re.fullmatch(r"p(\d{2})_weeks", name):
        return partial(_quantiles, name, int(found[1]) / 100)
    raise OptionError(
        f"The measure {name!r} is not understood.{did_you_mean(name, [*DEFAULT_MEASURES, 'p92_weeks'])}",
        todo="Use over_N_weeks for any N, median_weeks, or pNN_weeks such as p92_weeks.",
    )


def _shares(
    name: str, longest: int, part: _Question, reference: _Reference, confidence: float, rule: Rule
) -> pd.DataFrame:
    """The share of each group that has waited more than ``longest`` days."""
    exact_n, exact_events = part.counts.sum(1), part.counts[:, longest + 1 :].sum(1)
    counts, long = _released_pair(rule, exact_n, exact_events)
    hidden = np.isnan(counts)
    own = _effective(long, counts, part.spread)
    # The reference is everyone in it, also those in groups that are hidden, and is then rounded as one group would be:
    # to leave them out would choose the reference by its outcome.
    base_n, base_long = _released_pair(rule, _against(exact_n, reference), _against(exact_events, reference))
    base = _effective(base_long, base_n, _against_spread(part, reference))
    value, gap = wilson(*own, confidence=confidence), newcombe(*own, *base, confidence=confidence)
    times = risk_ratio(*own, *base, confidence=confidence)
    error = rule.share_error(long, counts)
    gap_error = error + rule.share_error(base_long, base_n)
    withheld = (gap_error >= np.abs(gap.value) / 2) & (gap_error > 0)
    itself = reference.against.sum(1) == 1
    itself &= reference.against.diagonal()
    p = np.where(itself | withheld, np.nan, two_proportion_p(*own, *base))
    return _rows(
        name, part, reference, confidence, n=rule.release(exact_n).counts, events=long, value=value, gap=_blank(gap, withheld | itself),
        ratio=_blank(times, withheld | itself), p=p, hidden=hidden, error=error,
        method="Wilson; Newcombe; Katz; score test", notes=_share_notes(hidden, np.isnan(base_n), withheld & ~itself, itself),
    )  # fmt: skip


def _effective(
    events: NDArray[np.float64], n: NDArray[np.float64], spread: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Counts as of people who were each seen once: divided by the spread of repeated people; the share is unchanged."""
    return events / spread, n / spread


def _released_pair(rule: Rule, n: NDArray[Any], events: NDArray[Any]) -> tuple[Floats, Floats]:
    """People and those of them with the event, rounded; both hidden where either is small."""
    people, some = rule.release(n), rule.release(events)
    hidden = people.hidden | some.hidden
    counts = np.where(hidden, np.nan, people.counts)
    return counts, np.minimum(np.where(hidden, np.nan, some.counts), counts)


def _against(counts: NDArray[np.int64], reference: _Reference) -> NDArray[np.int64]:
    """The reference's count for each group: a sum over those that it is compared with."""
    return np.asarray(reference.against.astype(np.int64) @ counts)


def _against_spread(part: _Question, reference: _Reference) -> NDArray[np.float64]:
    people = np.where(reference.against, part.counts.sum(1)[None, :], 0).astype(float)
    total = people.sum(1)
    return np.asarray(np.divide((people * part.spread).sum(1), total, out=np.ones(len(total)), where=total > 0))


def _share_notes(hidden: Truths, silent: Truths, withheld: Truths, itself: Truths) -> list[str]:
    """What a reader must know of each row, the strongest reason first."""
    words = (
        (hidden, "hidden: 1 to 7 people"),
        (itself, "the reference"),
        (silent, "no gap: the reference is hidden"),
        (withheld, "gap withheld: smaller than twice its rounding"),
    )
    return [str(note) for note in np.select([where for where, _ in words], [note for _, note in words], "")]


def _quantiles(
    name: str, q: float, part: _Question, reference: _Reference, confidence: float, rule: Rule
) -> pd.DataFrame:
    """The wait that a share ``q`` of each group has not reached, by NHS England's rule for weekly bands."""
    people = part.counts.sum(1)
    released = rule.release(people)
    few = people < _FEWEST_FOR_QUANTILES
    digits = 1 if rule.slack else 12
    own = _quantile_interval(part.counts, q, confidence, part.spread, digits)
    base_counts = _against(part.counts, reference)
    base = _quantile_interval(base_counts, q, confidence, _against_spread(part, reference), digits)
    itself = (reference.against.sum(1) == 1) & reference.against.diagonal()
    silent = few | itself | (base_counts.sum(1) < _FEWEST_FOR_QUANTILES)
    gap, times = mover_difference(own, base), mover_ratio(own, base)
    notes = [
        "withheld: fewer than 50 people" if f else "the reference" if i else ""
        for f, i in zip(few, itself, strict=True)
    ]
    beyond = np.isinf(own.value)
    notes = [f"beyond {_BANDS - 1} weeks" if far else note for far, note in zip(beyond, notes, strict=True)]
    return _rows(
        name, part, reference, confidence, n=released.counts, events=np.full(len(people), np.nan), value=_blank(own, few | beyond),
        gap=_blank(gap, silent | beyond), ratio=_blank(times, silent | beyond), p=np.full(len(people), np.nan), hidden=few,
        error=np.full(len(people), 0.05 if rule.slack else 0.0),
        method="NHS England's banded rule; Wilson inverted; MOVER", notes=notes,
    )  # fmt: skip


def _quantile_interval(
    counts: NDArray[np.int64], q: float, confidence: float, spread: NDArray[np.float64], digits: int
) -> Interval:
    """A banded quantile; its interval is where the cumulative share may cross ``q``, by Wilson's interval."""
    rows: list[list[float]] = []
    for tally, wide in zip(weekly_bands(counts, bands=_BANDS), spread, strict=True):
        n = tally.sum()
        if n < _FEWEST_FOR_QUANTILES:
            rows.append([np.nan] * 3)
            continue
        _, low, high = wilson(q * n / wide, n / wide, confidence=confidence)
        rows.append([round(float(banded_quantile(tally, float(at))), digits) for at in (q, low, high)])
    value, lower, upper = np.array(rows, float).reshape(-1, 3).T
    return Interval(value, lower, upper)


def _blank(interval: Interval, where: NDArray[np.bool_]) -> Interval:
    return Interval(*(np.where(where | ~np.isfinite(end), np.nan, end) for end in interval))


def _rows(
    measure: str, part: _Question, reference: _Reference, confidence: float, *, n: Any, events: Any, value: Interval, gap: Interval,
    ratio: Interval, p: Any, hidden: Any, error: Any, method: str, notes: list[str],
) -> pd.DataFrame:  # fmt: skip
    among_known = adjusted_p(np.where(part.known, p, np.nan))  # recorded against not recorded is a test of its own
    return pd.DataFrame({
        "measure": measure, "by": part.name, "group": part.groups, "within": "", "n": n, "events": events,
        "value": value.value, "lower": value.lower, "upper": value.upper,
        "difference": gap.value, "difference_lower": gap.lower, "difference_upper": gap.upper,
        "ratio": ratio.value, "ratio_lower": ratio.lower, "ratio_upper": ratio.upper,
        "p_value": p, "p_adjusted": among_known, "reference": reference.names, "method": method, "confidence": confidence,
        "suppressed": hidden, "rounding_error": error, "note": notes, "estimand": "",
    })  # fmt: skip


# --- words -----------------------------------------------------------------------------------------------------------


def _words(measure: str) -> str:
    if found := re.fullmatch(r"over_(\d+)_weeks", measure):
        return f"waiting over {found[1]} weeks"
    return "median wait so far" if measure == "median_weeks" else f"{measure[1:3]}th percentile of waits so far"


def _axis(measure: str) -> str:
    return f"Share {_words(measure)}" if measure.startswith("over_") else f"{_words(measure).capitalize()}, weeks"


def _spoken(by: str) -> str:
    ranked = re.sub(
        r"\b([a-z0-9]+)_(quintile|decile)\b", lambda found: f"{found[1].upper()} deprivation {found[2]} of the area", by
    )
    return ranked.replace("_", " ")


_AREA_IS_NOT_PERSON = (
    "An index describes a neighbourhood, not a person: by no means everyone who lives in a deprived area is deprived, "
    "and many people who are deprived live elsewhere."
)


def _notes(waits: Waits, rule: Rule, spread: Mapping[str, NDArray[np.float64]]) -> tuple[str, ...]:
    about = waits.about
    left_out = [f"{scope.replace('_', ' ')} {rule.text(rows)}" for scope, rows in about.excluded.items()]
    area = any(re.search(r"_(decile|quintile)$|core20$", column) for question in about.by for column in question)
    repeated = any((one > 1).any() for one in spread.values())
    return tuple(filter(None, (
        "People still waiting on the day of the snapshot: a burden, not anybody's chance of waiting. One open list cannot "
        "show whether referrals grew faster in one group; where they did, the gap can point the wrong way.",
        "Positive = this group waits longer.",
        f"Rows not counted, by scope: {', '.join(left_out)}." if left_out else "",
        _AREA_IS_NOT_PERSON if area else "",
        f"Sources of place: {'; '.join(about.editions)}." if about.editions else "",
        "Some people have several pathways; intervals are widened for that." if repeated else "",
        rule.says,
    )))  # fmt: skip


def _findings(table: pd.DataFrame, unknown: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """For each question and its first measure, the widest gap whose adjusted p-value is small, or that none is clear."""
    sentences = []
    for by, rows in table.groupby("by", sort=False):
        shares = rows[rows["measure"].str.startswith("over_")]
        first = shares[shares["measure"] == shares["measure"].iloc[0]] if len(shares) else shares
        known = first[~first["group"].isin(unknown.get(str(by), ()))]
        if len(known):
            sentences.append(_finding(str(by), known))
    return tuple(sentences)


def _finding(by: str, rows: pd.DataFrame) -> str:
    measure = _words(str(rows["measure"].iloc[0]))
    clear = rows[(rows["p_adjusted"] < 0.05) & rows["difference"].notna()]
    if clear.empty:
        return f"By {_spoken(by)}, no gap in people {measure} stands clear of chance and rounding on this list."
    row = clear.iloc[int(clear["difference"].abs().to_numpy().argmax())]
    low, gap, high = (f"{100 * row[name]:+.1f}" for name in ("difference_lower", "difference", "difference_upper"))
    return (
        f"By {_spoken(by)}: {row['value']:.1%} of people in the group {row['group']} have waited "
        f"{measure.removeprefix('waiting ')}, against {row['value'] - row['difference']:.1%} in {row['reference']}: "
        f"a gap of {gap} points ({float(row['confidence']):.0%} interval {low} to {high})."
    )
