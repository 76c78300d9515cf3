"""Series of waits by board or trust, of England, Wales, Scotland and Northern Ireland: how many waited over 18 weeks, and more.

They come as rows of a board, a month and a specialty or stage, with how many waited over so many weeks, and mostly how many
there were. One month of them becomes counts; what a series does not publish is missing in these, never 0.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.publications.layouts import Table, chosen_month, table_of
from equiwait.counts.publications.sources import changed, counts_in, month_of
from equiwait.counts.publications.treatment_functions import TOTAL, specialty_code, specialty_name
from equiwait.counts.waits import About, By, Waits, question_name, questions, settled
from equiwait.errors import OptionError, listed
from equiwait.fields import plain
from equiwait.files.sheets import LOOK, Sheet

_EVERY = {"total", "allspecialties"}  # how a series names the row of all its specialties
_OVERVIEW = {f"No. > {weeks} weeks": 7 * weeks + 1 for weeks in (18, 52, 65, 78, 104)}
_WITHIN, _ALL = "No. within 18 weeks", "Total waiting"


@dataclass(frozen=True)
class Layout:
    """How one series is laid out.

    Parameters
    ----------
    title : str
        What it is, for ``about.source``.
    levels : mapping of str to (str, str)
        Headers of the code and of the name of each grouping; no name: the code is one.
    over : mapping of int to str
        The header of how many waited at least so many days.
    total : str
        The header of how many there were; empty where the series does not say.
    share : str
        The header of the share over 18 weeks, from which the total follows.
    event : str
        How the waits ended.
    """

    title: str
    levels: Mapping[str, tuple[str, str]]
    over: Mapping[int, str]
    total: str = ""
    share: str = ""
    event: str = "open"

    @property
    def heads(self) -> set[str]:
        """The headers by which it is known."""
        names = [name for pair in self.levels.values() for name in pair if name]
        return {"date", *names, *self.over.values(), *filter(None, (self.total, self.share))}


LAYOUTS = (
    Layout(
        "Wales, referral to treatment waits by health board and stage of pathway",
        {"provider": ("lhb22_code", "lhb22_name"), "stage": ("pathway_stage", "")},
        {127: "waits_over_18_weeks", 372: "waits_over_53_weeks"},
        total="total_waits",
    ),
    Layout(
        "Northern Ireland, outpatient and inpatient waits by trust and specialty",
        {"provider": ("hsct22_name", ""), "specialty": ("specialty", "")},
        {127: "waits_over_18_weeks", 365: "waits_over_52_weeks"},
        total="total_waits",
    ),
    Layout(
        "Scotland, referral to treatment of those who were treated, by health board",
        {"provider": ("hb19_code", ""), "specialty": ("specialty", "")},
        {127: "waits_over_18_weeks_count"},
        share="waits_over_18_weeks_percent",
        event="treated",
    ),
    Layout(
        "England, referral to treatment waits by trust and treatment function",
        {"provider": ("nhs_trust22_code", "nhs_trust22_name"), "specialty": ("treatment", "")},
        {127: "waits_over_18_weeks", 365: "waits_over_52_weeks"},
    ),
)


@dataclass(frozen=True, eq=False)
class Series:
    """Months of counts, each row with its labels, how many waited at least so many days, and how many there were."""

    file: Path
    title: str
    event: str
    months: NDArray[np.object_]
    labels: pd.DataFrame
    over: Mapping[int, NDArray[np.float64]]
    total: NDArray[np.float64]

    def waits(
        self,
        by: By | None = None,
        *,
        organisation: str | None = None,
        level: str | None = None,
        specialty: str | None = None,
        month: object = None,
    ) -> Waits:
        """Return the counts of one month, the last one unless another is asked for."""
        asked = tuple(questions(by if by is not None else self.labels.columns[0]))
        self._refuse_unknown([*(name for one in asked for name in one), *([level] if level else [])])
        strata = (*([level] if level and organisation is None else []), *(["specialty"] if specialty == "all" else []))
        last = max(self.months)
        when = last if month is None else chosen_month(self.file, sorted(set(self.months)), month)
        rows = (self.months == when) & self._of("provider", organisation) & self._of_specialty(specialty)
        bands, counts = self._bands(rows)
        about = About(
            "still_waiting" if self.event == "open" else "completed",
            asked,
            strata,
            snapshot=when.isoformat(),
            window=() if self.event == "open" else (when.replace(day=1).isoformat(), when.isoformat()),
            bands=bands,
            source=f"{self.title}, {when:%B %Y}{self._note(when, rows)}",
        )
        tables = [self._counted(one, strata, rows, bands, counts) for one in asked]
        return Waits(settled(tables, asked, strata), about)

    def _refuse_unknown(self, names: Sequence[str]) -> None:
        unknown = [name for name in names if name not in self.labels.columns]
        if unknown:
            raise OptionError(
                f"The series does not break waits down by {listed(unknown)}.",
                todo=f"Use some of: {listed(self.labels.columns)}. It holds nothing about the people themselves.",
            )

    def _of(self, column: str, wanted: str | None) -> NDArray[np.bool_]:
        """The rows of one organisation, by its code or its whole label; all of them where none is named."""
        if wanted is None:
            return np.ones(len(self.labels), bool)
        self._refuse_unknown([column])
        labels = self.labels[column]
        here = ((labels == wanted) | (labels.str.split(": ").str[0] == wanted)).to_numpy(bool)
        if not here.any():
            raise OptionError(
                f"organisation={wanted!r} is not in the series.", todo=f"Use one of: {listed(labels.unique(), 20)}."
            )
        return here

    def _of_specialty(self, specialty: str | None) -> NDArray[np.bool_]:
        """The specialties, or the rows of all where there is nothing else; or the one that is named."""
        if "specialty" not in self.labels:
            self._refuse_unknown(["specialty"] if specialty else [])
            return np.ones(len(self.labels), bool)
        labels = self.labels["specialty"]
        if specialty not in (None, "all"):
            here = (labels == specialty_name(specialty_code(str(specialty)))).to_numpy(bool)
            if not here.any():
                raise OptionError(
                    f"specialty={specialty!r} is not in the series.",
                    todo=f"Use 'all' or one of: {listed(sorted(labels.unique()), 60)}.",
                )
            return here
        every = (labels == specialty_name(TOTAL)).to_numpy(bool)
        return np.ones(len(labels), bool) if every.all() else ~every

    def _note(self, when: dt.date, rows: NDArray[np.bool_]) -> str:
        """What must be said of a month: organisations that are not in it, and bands that some of its rows lack."""
        notes = []
        if "provider" in self.labels:
            there, ever = (self.labels.loc[some, "provider"].nunique() for some in (self.months == when, slice(None)))
            notes += [f"; {there} of the {ever} organisations of the whole series"] if there < ever else []
        for day in set(self.over) - set(self._days(rows)):
            blank = int(np.isnan(self.over[day][rows]).sum())
            notes += [f"; over {day // 7} weeks left out, blank in {blank:,} of {int(rows.sum()):,} rows"]
        return "".join(notes)

    def _days(self, rows: NDArray[np.bool_]) -> list[int]:
        """The days from which on every one of the rows says how many waited."""
        return [day for day, counts in self.over.items() if not np.isnan(counts[rows]).any()]

    def _bands(self, rows: NDArray[np.bool_]) -> tuple[tuple[int, ...], NDArray[np.float64]]:
        """The first day of each band, and the counts: rows × bands and, last, everyone; NaN where not published.

        A band that some of the rows lack is not cut: they would lose the one before it too.
        """
        days = self._days(rows)
        steps = np.column_stack([self.total[rows], *(self.over[day][rows] for day in days), np.zeros(int(rows.sum()))])
        counts = -np.diff(steps)
        if (counts < 0).any():
            what = f"{int((counts < 0).any(1).sum()):,} rows in which more people wait longer than shorter."
            raise changed(self.file, "", what)
        return (0, *days), np.column_stack([counts, steps[:, 0]])

    def _counted(
        self,
        question: tuple[str, ...],
        strata: tuple[str, ...],
        rows: NDArray[np.bool_],
        bands: tuple[int, ...],
        counts: NDArray[np.float64],
    ) -> pd.DataFrame:
        here = self.labels[rows]
        group, within = (
            np.array([question_name(names) for names in zip(*(here[one] for one in columns), strict=True)], object)
            if columns
            else np.full(len(here), "", object)
            for columns in (question, strata)
        )
        cells = pd.DataFrame(counts)
        summed = cells.groupby([group, within], sort=False).sum()
        missing = cells.isna().groupby([group, within], sort=False).any().to_numpy()
        if not np.isnan(counts[:, :-1]).any():  # every band is there: their sum is everyone
            summed, missing = summed.iloc[:, :-1], missing[:, :-1]
        row, cell = (axis.ravel() for axis in np.indices(summed.shape))
        labels = np.array(summed.index.tolist(), object).reshape(-1, 2)
        events = np.array([*[self.event] * len(bands), "published_total"], object)
        people = pd.arrays.IntegerArray(summed.to_numpy()[row, cell].astype(np.int64), missing[row, cell])
        return pd.DataFrame({
            "by": question_name(question), "group": labels[row, 0], "known": True, "within": labels[row, 1],
            "days": pd.array([*bands, None], "Int32")[cell], "event": events[cell], "people": people,
        })  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------------


def read_series(file: Path, sheets: Sequence[Sheet]) -> Series | None:
    """Return the series in a file; None if it is none of these."""
    for sheet in sheets:
        for layout in LAYOUTS:
            table = table_of(sheet, _knows(layout.heads))
            if table is not None and not table.rows.empty:
                return _read(file, layout, table)
        long = table_of(sheet, _knows({"month", "type_of_wait", "count"}))
        if long is not None and not long.rows.empty:
            return _read_long(file, long)
        overview = _read_overview(file, sheet)
        if overview is not None:
            return overview
    return None


def _knows(heads: set[str]) -> Callable[[set[str]], bool]:
    return lambda row: heads <= row


def _read(file: Path, layout: Layout, table: Table) -> Series:
    over = {day: table.bands(file, [head], may_lack=True)[:, 0] for day, head in layout.over.items()}
    if layout.total:
        total = table.bands(file, [layout.total])[:, 0]
    elif layout.share:
        total = _from_shares(over[127], table.numbers([layout.share])[:, 0])
    else:
        total = np.full(len(table.rows), np.nan)
    labels = pd.DataFrame({level: _labels(table, level, *heads) for level, heads in layout.levels.items()})
    repeated = pd.DataFrame(
        {head: table.column(head) for head in ("date", *(code for code, _ in layout.levels.values()))}
    ).duplicated()
    if repeated.any():
        raise changed(file, "", f"{int(repeated.sum()):,} rows stand twice.")
    return Series(file, layout.title, layout.event, _months(file, table.column("date")), labels, over, total)


def _from_shares(over: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many there were, from a count and its share; NaN where nobody was over, which says nothing of the rest."""
    with np.errstate(divide="ignore", invalid="ignore"):
        total = over / share
    return np.where((over > 0) & (share > 0) & np.isfinite(total), np.round(total), np.nan)


def _labels(table: Table, level: str, code: str, name: str) -> list[str]:
    codes = table.column(code)
    if level == "specialty":
        spelt: dict[str, str] = {}
        return [_specialty(cell, spelt) for cell in codes]
    if not name:
        return codes
    named = dict(zip(codes, table.column(name), strict=True))
    return [f"{one}: {named[one]}" if named[one] else one for one in codes]


def _specialty(cell: str, spelt: dict[str, str]) -> str:
    """What a specialty is called here; of one that is not England's, the first spelling."""
    if plain(cell) in _EVERY:
        return specialty_name(TOTAL)
    return spelt.setdefault(plain(cell), specialty_name(specialty_code(cell)))


def _months(file: Path, cells: Sequence[str]) -> NDArray[np.object_]:
    month = {cell: month_of(cell) for cell in dict.fromkeys(cells)}
    if None in month.values():
        raise changed(file, "", f"{sum(month[cell] is None for cell in cells):,} rows without a month.")
    return np.array([month[cell] for cell in cells], object)


def _read_long(file: Path, table: Table) -> Series:
    """England by month, a row for each measure."""
    kinds = table.column("type_of_wait")
    long = pd.DataFrame({"month": table.column("month"), "kind": kinds, "count": table.numbers(["count"])[:, 0]})
    if long.duplicated(["month", "kind"]).any():
        raise changed(file, "", f"{int(long.duplicated(['month', 'kind']).sum()):,} rows stand twice.")
    wide = long.pivot(index="month", columns="kind", values="count")
    over = {day: wide[head].to_numpy(float) for head, day in _OVERVIEW.items() if head in wide}
    return _england(file, list(wide.index), over, wide.get(_WITHIN), wide.get(_ALL))


def _read_overview(file: Path, sheet: Sheet) -> Series | None:
    """England by month, as the overview workbook has it: incomplete pathways first, without estimates for missing trusts."""
    rows = sheet.cells(LOOK)
    head = next((place for place, row in enumerate(rows) if _WITHIN in row and "No. > 18 weeks" in row), None)
    if head is None or not head or "Month" not in rows[head - 1]:
        return None
    heads, month = rows[head], rows[head - 1].index("Month")
    body = sheet.frame.iloc[head + 1 :]
    body = body[[month_of(cell) is not None for cell in body.iloc[:, month]]]
    names = [name for name in (*_OVERVIEW, _WITHIN, f"{_ALL} (mil)") if name in heads]
    counts = pd.DataFrame({name: counts_in(body.iloc[:, [heads.index(name)]])[:, 0] for name in names})
    months = body.iloc[:, month].to_numpy(object)
    there = counts[_WITHIN].notna().to_numpy()  # incomplete pathways are published from August 2007 on
    counts = counts[there]
    over = {day: counts[name].to_numpy(float) for name, day in _OVERVIEW.items() if name in counts}
    return _england(file, months[there].tolist(), over, counts[_WITHIN], counts.get(f"{_ALL} (mil)"))


def _england(
    file: Path,
    months: Sequence[str],
    over: Mapping[int, NDArray[np.float64]],
    within: pd.Series[float] | None,
    total: pd.Series[float] | None,
) -> Series:
    if within is None or 127 not in over:
        raise changed(file, "", f"No rows {_WITHIN!r} or 'No. > 18 weeks'.")
    everyone = within.to_numpy(float) + over[127]
    apart = 0 if total is None else int((np.abs(total.to_numpy(float) - everyone) > 0.5).sum())
    if apart:
        raise changed(file, "", f"{apart:,} months in which those within and over 18 weeks do not add up to all.")
    nation = pd.DataFrame({"nation": ["England"] * len(months)})
    title = "England, referral to treatment overview, incomplete pathways without estimates for missing trusts"
    return Series(file, title, "open", _months(file, months), nation, over, everyone)
