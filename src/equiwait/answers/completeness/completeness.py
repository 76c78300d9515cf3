"""`completeness`: what is not recorded, about whom, and how long the people waiting whose record is silent have waited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.asked import AskedAnswer
from equiwait.answers.completeness.counted_fields import (
    CONFLICTING,
    LONG,
    Asked,
    Split,
    counted_of,
    due,
    everybody,
    list_read,
)
from equiwait.answers.completeness.sentences import finding, moved, notes
from equiwait.answers.grouped_people import EVERYONE
from equiwait.answers.on_map import OnMap, area_title, made_of, on_map
from equiwait.answers.page_charts import PageChart
from equiwait.charts.maps import Boundaries, Insets
from equiwait.counts.waits import By
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure import Counts, ReleasedCounts, release, row_notes, rule_named
from equiwait.fields import FIELDS, REASONS
from equiwait.results import Chart, Headline, Result, Units, provenance_of
from equiwait.statistics import banded_quantile, wilson
from equiwait.units import printed

__all__ = ["Completeness", "completeness"]

_COLUMNS = [
    "snapshot", "by", "group", "field", "reason", "n", "of", "share", "lower", "upper", "over_18_weeks", "over_18_lower",
    "over_18_upper", "over_52_weeks", "median_weeks", "suppressed", "note",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Completeness(Result):
    """What is recorded and what is not: one row for each question, group, field and reason.

    ``n`` people of ``of``, all for whom the field is due, have this ``reason``: recorded, blank, not_stated, not_known,
    invalid; and *conflicting*, those of the recorded whose own rows differ. ``share`` with its Wilson interval;
    ``over_18_weeks`` (with its interval), ``over_52_weeks`` (shares) and ``median_weeks`` are the waits of those people.
    """

    section: ClassVar[str] = "missing"
    wider: ClassVar[str] = "for fewer fields (flag_missing(waiting, [...]))"
    main: ClassVar[tuple[str, ...]] = ("by", "group", "field", "reason", "n", "of", "share")
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(
                ("lower", "upper", "over_18_weeks", "over_18_lower", "over_18_upper", "over_52_weeks"), "percent"
            ),
            "median_weeks": "weeks",
            **dict.fromkeys(REASONS, "people"),
        }
    )

    def headlines(self) -> Sequence[Headline]:
        """Return how much of each field is not recorded, the most first."""
        latest = self.table[self.table["snapshot"] == self.table["snapshot"].iloc[-1]]
        wide = _wide(latest[latest["by"] == EVERYONE], "field", named=False)
        made = [_headline(row, self.hidden) for row in wide.to_dict("records")]
        return sorted(made, key=lambda each: -each.level if each.level == each.level else 0.0)

    def charts(self) -> Sequence[Chart]:
        """Return stacked bars of every field for everyone, a heat map for each question, then bars for each of its fields."""
        latest = self.table[self.table["snapshot"] == self.table["snapshot"].iloc[-1]]
        pairs = latest[["by", "field"]].drop_duplicates()
        whole = [self._chart(EVERYONE, None)] if (pairs["by"] == EVERYONE).any() else []
        rest = pairs[pairs["by"] != EVERYONE]
        heat = [self._heat(str(by), latest[latest["by"] == by]) for by in rest["by"].unique()]
        return whole + heat + [self._chart(str(pair.by), str(pair.field)) for pair in rest.itertuples(index=False)]

    def on_map(
        self, boundaries: Boundaries, *, by: str, field: str = "ethnicity", insets: Insets | None = None
    ) -> OnMap:
        """Return the share of whom a field is recorded, by area, as an answer with a map.

        Parameters are as in `Disparities.on_map`; ``field`` is what is recorded or not (``"postcode"`` for how many can be linked).

        Raises
        ------
        OptionError
            If that question or field was not asked.
        """

        def again(result: Completeness) -> OnMap:
            table = result.table
            rows = table[(table["by"] == by) & (table["field"] == field) & (table["reason"] == "recorded")]
            title = area_title(f"share of people with {spoken(field)} recorded", by)
            return on_map(result, rows, boundaries, title=title, value="share", unit="percent", insets=insets)

        return made_of(self, again)

    def _heat(self, by: str, rows: pd.DataFrame) -> Chart:
        """The share not recorded of every field, for each group; hidden where a part of it is."""
        cells = rows[rows["reason"].isin(REASONS)]
        silent = cells[cells["reason"] != "recorded"].groupby(["group", "field"], sort=False, observed=True)
        table = silent.agg(n=("n", lambda n: n.sum(skipna=False)), of=("of", "first")).reset_index()
        table["value"] = (table["n"] / table["of"].where(table["of"] > 0)).clip(upper=1.0)
        table["field"] = [spoken(str(name)).capitalize() for name in table["field"]]
        shown = partial(draw.heat_plot, table)
        size = (7.2, 1.2 + 0.4 * table["group"].nunique())
        title = f"Share not recorded, by {spoken(by)}"
        return PageChart(
            f"heat map by {by}", title, partial(draw.heat_words, table), lambda ax: shown(ax=ax),
            lambda: table[["group", "field", "n", "of", "value"]], size, partial(draw.heat_html, table),
        )  # fmt: skip

    def _chart(self, by: str, name: str | None) -> Chart:
        latest = self.table["snapshot"] == self.table["snapshot"].iloc[-1]
        rows = self.table[latest & (self.table["by"] == by) & (self.table["field"] == name if name else True)]
        wide = _wide(rows, "field" if name is None else "group")
        title = "What is not recorded" if name is None else f"{spoken(name).capitalize()} not recorded, by {spoken(by)}"
        chart = "not recorded" if name is None else f"{name} by {by}"
        shown = partial(draw.missing_bars, wide, group="group", hidden=f"part {self.hidden}")
        words = partial(draw.missing_words, wide, group="group")
        page = partial(draw.missing_html, wide, group="group", hidden=f"part {self.hidden}")
        return PageChart(chart, title, words, lambda ax: shown(ax=ax), lambda: wide, draw.size_for(len(wide)), page)


def _headline(row: Mapping[Any, Any], hidden: str) -> Headline:
    """How much of one field is not recorded: at least so much, where a part of it is hidden."""
    parts = [float(row[reason]) for reason in REASONS if reason != "recorded"]
    known, of = float(np.nansum(parts)), float(row["n"])
    share = min(known / of, 1.0) if of > 0 else np.nan
    name, least = spoken(str(row["group"])), np.isnan(parts).any()
    if not known and least:
        said = f"{name.capitalize()}: how many are not recorded is {hidden}."
    elif not known:
        said = f"{name.capitalize()}: recorded for everybody."
    else:
        said = f"{name.capitalize()}: {'at least ' if least else ''}{known:,.0f} of {of:,.0f} not recorded ({printed(share, 'percent')})."
    return Headline(
        says=said,
        asked=f"Is {name} recorded?",
        n=of,
        level=share,
        level_unit="percent",
        by=str(row["group"]),
        chart="not recorded",
    )


def _wide(rows: pd.DataFrame, label: str, *, named: bool = True) -> pd.DataFrame:
    """One row a bar: the people of each reason side by side, and all of them."""
    bars, reasons, people, of = (rows[name].tolist() for name in (label, "reason", "n", "of"))
    counted = dict(zip(zip(bars, reasons, strict=True), people, strict=True))
    all_of = dict(zip(reversed(bars), reversed(of), strict=True))  # the first row of each stands
    groups = list(dict.fromkeys(bars))
    names = [spoken(str(each)).capitalize() if named and each in FIELDS else each for each in groups]
    wide = pd.DataFrame({"group": names})
    for reason in REASONS:
        wide[reason] = [counted.get((each, reason), np.nan) for each in groups]
    return wide.assign(n=[all_of[each] for each in groups])


def completeness(
    waiting: pd.DataFrame | Sequence[pd.DataFrame],
    by: By | None = None,
    *,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Completeness:
    """Say what is recorded and what is not, for everyone and by any column, with the waits of each.

    Parameters
    ----------
    waiting : pandas.DataFrame, or sequence of them
        A list, with the ``missing_…`` columns of `flag_missing`; without any, its default fields are flagged first.
        Several lists, of one snapshot each, make a series: one after the other in ``table["snapshot"]``.
    by : str, or sequence of str and tuples, optional
        Further questions: what is not recorded at which site, in which specialty, among whom; of a date, by month:
        ``"clock_start:month"``.
    confidence : float
        Two-sided coverage of the intervals.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Completeness
        For every question, group and field a row for each reason: people, share with Wilson's interval, and their
        waits beside those of the recorded.

    Raises
    ------
    ColumnsError
        If a column is not in the list.
    RefusedError
        If the list has no field that could be flagged.

    Notes
    -----
    Counted are open pathways on the clock. Medians follow NHS England's rule, from 17 bands of released counts (weekly ones
    where counts are exact), and are withheld under 50 people; by group they are given only where counts are exact.
    *Not stated* and *not known* are kept apart from blank and invalid cells. A field is counted only where it is due: a
    P-code among people listed for admission (`flag_missing`). How the people who are not recorded wait beside the others is
    said with Newcombe's interval (1998).

    Examples
    --------
    >>> from equiwait.rows.intake import read_list
    >>> raw = pd.DataFrame({"clock_start": ["2026-04-01"] * 3 + ["2026-10-01"], "ethnicity": ["A", "Z", "", "B"]})
    >>> done = completeness(read_list(raw, snapshot="2026-10-31"), suppression="none")
    >>> done.table[["field", "reason", "n", "share", "over_18_weeks"]].head(3)
           field      reason    n  share  over_18_weeks
    0  ethnicity    recorded  2.0   0.50            0.5
    1  ethnicity       blank  1.0   0.25            1.0
    2  ethnicity  not_stated  1.0   0.25            1.0
    """
    return asked_completeness(waiting, by, confidence=confidence, suppression=suppression).made()


def asked_completeness(
    waiting: pd.DataFrame | Sequence[pd.DataFrame],
    by: By | None = None,
    *,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> AskedAnswer[Completeness]:
    """Return what makes the answer that `completeness` is asked for."""
    lists = [list_read(each, by) for each in (waiting if isinstance(waiting, list | tuple) else [waiting])]
    rule = rule_named(suppression)
    counts = Counts()
    series = []
    for each in lists:
        asked, splits, counted = counted_of(each, by, confidence, exact=rule.exact)
        series.append((asked, splits))
        counts += counted
    return AskedAnswer(partial(_answer, tuple(series)), release(counts, rule), provenance_of(*lists))


def _answer(series: tuple[tuple[Asked, tuple[Split, ...]], ...], released: ReleasedCounts) -> Completeness:
    everyone = everybody()
    tables = [
        _table(split, name, asked, released)
        for asked, splits in series
        for split in (everyone, *splits)
        for name in asked.fields
    ]
    table = pd.concat(tables, ignore_index=True)[_COLUMNS]
    last, splits = series[-1]
    found = [sentence for name in last.fields if (sentence := finding(name, last, released))]
    changed = [sentence for name in last.fields if (sentence := moved(name, [asked for asked, _ in series], released))]
    return Completeness(
        "What is not recorded about whom",
        table,
        notes(released, split=bool(splits), partly_due=bool(last.partly_due)),
        (*found, *changed),
        as_of=last.snapshot,
    )


def _table(split: Split, name: str, asked: Asked, released: ReleasedCounts) -> pd.DataFrame:
    parts: list[tuple[str, ...]] = split.parts if split.columns else [()]
    cells = asked.cells(split.columns, parts, name)
    of = due(split, parts, name, asked, released, -1)
    people, marks = released.people(cells)[:, : len(REASONS)], released.marked(cells[:, :, 0])[:, : len(REASONS)]
    reasons: list[str] = list(REASONS)
    if name in asked.repeated:
        more = asked.conflicting(split.columns, parts, name)
        people = np.concatenate([people, released.people(more)[:, None]], axis=1)
        marks = np.concatenate([marks, released.marked(more[:, :1])], axis=1)
        reasons.append(CONFLICTING)
    flat, of = people.reshape(-1, people.shape[-1]), np.repeat(of, len(reasons))
    n = np.minimum(flat[:, 0], of)
    overs = asked.overs(split.columns)
    share = wilson(n, of, confidence=asked.confidence)
    long = [np.minimum(flat[:, overs.index(days)], n) for days in LONG]
    waits = wilson(long[0], n, confidence=asked.confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        longest = long[1] / n
    return pd.DataFrame({
        "snapshot": asked.snapshot, "by": split.name, "group": np.repeat(split.groups, len(reasons)), "field": name,
        "reason": reasons * len(split.groups), "n": n, "of": of, "share": share.value, "lower": share.lower,
        "upper": share.upper, "over_18_weeks": waits.value, "over_18_lower": waits.lower, "over_18_upper": waits.upper,
        "over_52_weeks": longest, "median_weeks": _medians(flat, overs, asked), "suppressed": np.isnan(n),
        "note": row_notes(released.rule, marks.reshape(-1, 1)),
    })  # fmt: skip


def _medians(people: NDArray[np.float64], overs: Sequence[int], asked: Asked) -> NDArray[np.float64]:
    """Medians from bands of released counts; none where a band is hidden, or where no bands were counted."""
    wanted = [7 * week for week in asked.weeks[1:]]
    if not set(wanted) <= set(overs):
        return np.full(len(people), np.nan)
    over = people[:, [0, *(overs.index(days) for days in wanted)]]
    bands = np.maximum(-np.diff(over, axis=1, append=0.0), 0.0)
    hidden = np.asarray(np.isnan(bands).any(axis=1)).reshape(-1, 1)
    edges = [*map(float, asked.weeks), np.inf]
    found = banded_quantile(np.where(hidden, 0.0, bands), 0.5, edges=edges)
    return np.asarray(np.round(np.where(hidden.ravel() | np.isinf(found), np.nan, found), 1), np.float64)
