"""`Waits`: a table of counts, what it is about, and what it can be asked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits.about import About, refuse_pooled_nations
from equiwait.counts.waits.counts_file import load_counts, save_counts
from equiwait.counts.waits.groups import CROSS, question_name
from equiwait.counts.waits.series import WaitsSeries
from equiwait.counts.waits.tables import (
    CELL,
    COMPLETED,
    KEYS,
    cells_of,
    happened,
    people_in,
    places_met,
    plain_cells,
    plain_people,
    settled,
    summed,
)
from equiwait.counts.waits.wording import band_starts, spoken, weeks_from
from equiwait.disclosure import Counts, ReleasedCounts, Rule, release, rule_named, tally
from equiwait.errors import OptionError, RefusedError, listed

_COUNTED = {"still_waiting": ("open",), "completed": COMPLETED, "time_to_treatment": ("open", *COMPLETED)}


@dataclass(frozen=True, eq=False)
class Waits:
    """Counts of people by group, stratum, days and how it ended.

    Parameters
    ----------
    table : pandas.DataFrame
        ``by group known within days event people``: one row for each combination that occurs. ``event`` is ``open``, how
        the wait ended (``treated left_otherwise died unknown``), ``entered`` for late entry, or, from publications,
        ``unknown_clock_start`` and ``published_total``. ``days`` is the wait so far or at its end, the age on the list at
        entry, the first day of the band where the source has bands, and missing where no day is known. ``people`` is
        missing where the source hides the count.
    about : About
        What the counts are about.

    Notes
    -----
    People who come late and people who leave are counted in rows of their own, so that the day of entry adds rows and
    does not multiply them.
    """

    table: pd.DataFrame
    about: About

    def __add__(self, other: Waits) -> Waits:
        """Return the counts of two parts as the counts of the whole; what either part hides is hidden.

        Raises
        ------
        RefusedError
            If the two are not about the same thing.
        """
        if not isinstance(other, Waits):
            return NotImplemented
        mine = self.about if len(self.table) else self.about.of_nobody(other.about)
        theirs = other.about if len(other.table) else other.about.of_nobody(self.about)
        if again := sorted(set(mine.files) & set(theirs.files)):
            raise RefusedError(
                "The same counts file would be added twice.", f"Checksum: {again[0][:12]}…", "Add it once."
            )
        if differing := mine.differing(theirs):
            raise RefusedError(
                f"These counts differ in {listed(differing)} and cannot be added.",
                todo="Count both parts with the same by=, within=, estimand=, window= and snapshot.",
            )
        if any(about.suppression != "none" and not about.source for about in (mine, theirs)):
            raise RefusedError(
                "Counts that a small-number rule has been through are not added: sums of rounded counts are wrong.",
                todo="Add exact counts, and release their sum: count_waits(...).save(path) sends them.",
            )
        refuse_pooled_nations(sorted({*mine.nations, *theirs.nations}), mine.by)
        both = settled([self.table, other.table], self.about.by, self.about.within)
        return Waits(summed(both, KEYS), mine.together(theirs))

    def __radd__(self, other: object) -> Waits:
        """Let ``sum`` add counts, which starts at 0."""
        return self if other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        """Return whether both count the same people in the same cells, whatever the order of the rows."""
        if not isinstance(other, Waits):
            return NotImplemented
        return self.about == other.about and plain_cells(self.table).equals(plain_cells(other.table))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return what is counted, without a number that could be small."""
        about = self.about
        asked = listed(question_name(one) for one in about.by)
        window = f"; {about.window[0]} to {about.window[1]}" if about.window else ""
        bands = f"; {len(about.bands)} bands" if about.bands else ""
        snapshot = about.snapshot or "not given"
        return f"<Waits: {about.estimand} by {asked}; snapshot {snapshot}{window}{bands}; {len(self.table)} cells>"

    def _repr_html_(self) -> str:
        """Return for a notebook what is counted, and the first rows; exact counts say that they stay in the team."""
        about = self.about
        exact = (
            "<p><strong>In-team, not for release: counts are exact.</strong></p>" if about.suppression == "none" else ""
        )
        asked = listed((spoken(question_name(one)) for one in about.by), 12)
        when = (
            f"from {about.window[0]} to {about.window[1]}" if about.window else f"on {about.snapshot or 'no given day'}"
        )
        head = f"<p>{escape(about.estimand.replace('_', ' '))} {escape(when)}, by {escape(asked)}; {len(self.table):,} cells.</p>"
        rows = self.table.drop(columns=[name for name in ("within",) if not about.within]).head(12)
        rest = "<p>All of them are in <code>.table</code>.</p>" if len(self.table) > len(rows) else ""
        return f"<h4>Counts of waits</h4>{exact}{head}{rows.to_html(index=False, na_rep='', border=0)}{rest}"

    # --- files and dates ---

    @staticmethod
    def series(*waits: Waits | Iterable[Waits]) -> WaitsSeries:
        """Return counts of several dates side by side, in the order of their dates, as `WaitsSeries`."""
        return WaitsSeries.of([one for each in waits for one in ([each] if isinstance(each, Waits) else each)])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the counts, and what they are about, as JSON for another team: as exact as they are, and not for release."""
        return save_counts(self.table, self.about, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Waits:
        """Return counts that `save` wrote, or raise InputError: no such file, another version, changed, or not sound."""
        return Waits(*load_counts(path))

    # --- as arrays ---

    def cube(
        self, question: tuple[str, ...], *, events: Sequence[str] | None = None, strata: bool = False
    ) -> tuple[pd.DataFrame, NDArray[Any]]:
        """Return the groups of one question and its people, groups × days (or groups × strata × days).

        Parameters
        ----------
        question : tuple of str
            One of ``about.by``.
        events : sequence of str, optional
            Which rows; by default those that the estimand is about: ``open`` for still_waiting, whoever left for
            completed, both for time_to_treatment. ``["entered"]`` gives the late entries.
        strata : bool
            Keep the strata apart, in the order of `strata`.

        Returns
        -------
        groups : pandas.DataFrame
            ``group`` and ``known``, the same whatever ``events`` is.
        people : ndarray
            Whole numbers; floats with NaN where the source hides a count. Counts in bands stand at the first day of
            their band. The last axis is as long whatever ``events`` is.
        """
        rows = self._rows(question)
        group, within, event, days, known = (
            self.table[name].iloc[rows] for name in ("group", "within", "event", "days", "known")
        )
        wanted = event.isin(events or _COUNTED[self.about.estimand]).to_numpy()
        first, row = places_met(group.cat.codes.to_numpy())
        groups = pd.DataFrame({"group": group.iloc[first].astype(object), "known": known.iloc[first]})
        used, stratum = np.unique(within.cat.codes.to_numpy(), return_inverse=True)
        width = max(int(days.to_numpy(np.int64, na_value=-1).max(initial=-1)) + 1, 1)
        people = plain_people(self.table["people"].iloc[rows[wanted]])
        counts = np.zeros((len(groups), len(used), width), people.dtype)
        np.add.at(counts, (row[wanted], stratum[wanted], days[wanted].to_numpy(dtype=np.int64)), people)
        return groups.reset_index(drop=True), counts if strata else counts.sum(1)

    def strata(self, question: tuple[str, ...]) -> list[str]:
        """Return the names of the strata of one question, in reading order; one without a name if there are none."""
        used = set(self.table["within"].iloc[self._rows(question)])
        return [name for name in self.table["within"].cat.categories if name in used]

    def weekly(
        self, question: tuple[str, ...], *, bands: int = 209, strata: bool = False
    ) -> tuple[pd.DataFrame, NDArray[np.float64]]:
        """Return the groups of one question and its people in weekly bands, the last one open, groups × weeks.

        Parameters
        ----------
        question : tuple of str
            One of ``about.by``.
        bands : int
            How many bands day-exact counts are put in; counts that came in weekly bands keep theirs.
        strata : bool
            Keep the strata apart, as in `cube`.

        Returns
        -------
        groups : pandas.DataFrame
        people : ndarray
            NaN throughout for a group of which a count is hidden.

        Raises
        ------
        RefusedError
            If the source has other bands than weekly ones.
        """
        self.refuse_unless_weekly()
        groups, counts = self.cube(question, strata=strata)
        hidden = np.isnan(counts)
        from equiwait.statistics import weekly_bands  # brings scipy, which nobody who only counts waits for

        weeks = weekly_bands(np.where(hidden, 0, counts), bands=len(self.about.bands) or bands)
        return groups, np.where(hidden.any(-1, keepdims=True), np.nan, weeks)

    def _part(self, question: tuple[str, ...]) -> pd.DataFrame:
        return self.table.iloc[self._rows(question)]

    def _rows(self, question: tuple[str, ...]) -> NDArray[np.intp]:
        if question not in self.about.by:
            raise OptionError(
                f"{question_name(question)!r} was not counted.",
                todo=f"Ask one of: {listed(question_name(one) for one in self.about.by)}.",
            )
        return np.flatnonzero((self.table["by"] == question_name(question)).to_numpy())

    # --- what may leave the room ---

    def released(self, rule: str | Rule = "hes", *, weeks: Sequence[int] = (18, 52, 65)) -> ReleasedCounts:
        """Return the counts as they may be shown: people of each group, and those of them over each number of weeks.

        Parameters
        ----------
        rule : str or Rule
            A small-number rule: ``"hes"``, ``"opensafely"``, ``"five"``, ``"none"``, the path of one in TOML.
        weeks : sequence of int
            Waits of more than 7·weeks days count as over.

        Returns
        -------
        ReleasedCounts
            With the total of every question, and that of its recorded groups.

        Raises
        ------
        RefusedError
            If the source's bands do not begin there.

        Examples
        --------
        >>> from equiwait.counts.waits import count_waits
        >>> from equiwait.disclosure import everyone_cells
        >>> waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": [126, 127] * 20, "site": "one"})
        >>> released = count_waits(waiting, "site").released(weeks=[18])
        >>> released.people(everyone_cells("open", overs=[-1, 126])).tolist()
        [40.0, 20.0]
        """
        return release(self.asking(weeks), rule_named(rule))

    def asking(self, weeks: Sequence[int], by: Sequence[tuple[str, ...]] | None = None) -> Counts:
        """Return the exact counts that ask to be released, every question (of ``by``) and number of weeks."""
        for each in weeks:
            self.refuse_unless_band(7 * each + 1)
        overs = (-1, *(7 * each for each in sorted(set(weeks))))
        counts = Counts()
        for question in self.about.by if by is None else by:
            groups, days = self.cube(question)
            people = np.stack([days[:, over + 1 :].sum(1) for over in overs], axis=1)
            names = [tuple(name.split(CROSS)) if len(question) > 1 else name for name in groups["group"]]
            counts += tally(
                self.about.population, question, names, people, overs=overs, known=groups["known"].to_numpy(bool)
            )
        return counts

    # --- what can be asked ---

    def refuse_unless_band(self, first_day: int) -> None:
        """Refuse a share of those who waited ``first_day`` days or more that the source's bands cannot tell.

        Raises
        ------
        RefusedError
            If the counts are in bands and none begins on ``first_day``.
        """
        if self.about.bands and first_day not in self.about.bands:
            raise RefusedError(
                f"The source counts waits in bands that begin after {band_starts(self.about.bands)} weeks, "
                f"so it cannot say who has waited over {weeks_from(first_day)} weeks.",
                todo="Ask for a number of weeks at which a band begins, or count a list of pathways.",
            )

    def refuse_unless_weekly(self) -> None:
        """Refuse a median or another quantile that the source's bands cannot give.

        Raises
        ------
        RefusedError
            If the counts are in bands that are not weekly.
        """
        bands = self.about.bands
        if bands and bands != (0, *range(8, 7 * len(bands), 7)):
            raise RefusedError(
                f"The source counts waits in {len(bands)} bands that begin after {band_starts(bands)} weeks, "
                "which give no median and no other quantile.",
                todo="Ask for shares over those weeks, or count a list of pathways.",
            )

    def _refuse_time_to_treatment(self, what: str, instead: str) -> None:
        if self.about.estimand == "time_to_treatment":
            raise RefusedError(
                f"These counts hold people who came late and people who are still waiting: {what} of them means nothing.",
                todo=f"Use equiwait.statistics.{instead} on the cube, or count estimand='completed'.",
            )

    def shares(self, weeks: int) -> pd.DataFrame:
        """Return the share of each group that has waited more than ``weeks`` weeks, and the share that has not.

        Parameters
        ----------
        weeks : int
            Waits of more than 7·weeks days count as over.

        Returns
        -------
        pandas.DataFrame
            ``by group known within n up_to over share_up_to share_over``; missing where the source hides a count that
            is needed, and where nobody is counted.

        Raises
        ------
        RefusedError
            If the source's bands do not begin there, or if the counts are of time to treatment.

        Notes
        -----
        ``n`` is everybody with a known wait. Where a publication prints totals that were rounded by themselves, ``n``
        is that total: the waiting list minimum data set divides by it, people with an unknown clock start included, so
        that there the two shares do not add to one.

        Examples
        --------
        >>> from equiwait.counts.waits import count_waits
        >>> waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": [126, 127, 400, 3], "sex": list("1122")})
        >>> count_waits(waiting, "sex").shares(18)[["group", "n", "over", "share_over"]]
            group  n  over  share_over
        0    Male  2     1         0.5
        1  Female  2     1         0.5
        """
        self._refuse_time_to_treatment("a share", "kaplan_meier")
        self.refuse_unless_band(7 * weeks + 1)
        cells, ids = cells_of(self.table, CELL)
        counted = happened(self.table["event"], _COUNTED[self.about.estimand])
        total = happened(self.table["event"], ["published_total"])
        over = (self.table["days"] > 7 * weeks).to_numpy(dtype=bool, na_value=False)
        each = people_in(2 * ids[counted] + over[counted], 2 * len(cells), self.table["people"][counted])
        up_to, longer = pd.Series(each[::2]), pd.Series(each[1::2])
        printed = pd.Series(people_in(ids[total], len(cells), self.table["people"][total]))
        people = {"n": printed if total.any() else up_to + longer, "up_to": up_to, "over": longer}
        everybody = people["n"].where(people["n"] > 0).astype("Float64")
        return cells.astype({"by": object, "group": object, "within": object}).assign(
            **people, share_up_to=people["up_to"] / everybody, share_over=people["over"] / everybody
        )

    def quantile(self, q: float, *, rule: str = "nhse", reproduce: bool = False) -> pd.DataFrame:
        """Return the wait in weeks that a share ``q`` of each group has not passed.

        Parameters
        ----------
        q : float
            0.5 for the median, 0.92 for the 92nd percentile.
        rule : {"nhse", "linear"}
            As in `equiwait.statistics.banded_quantile`.
        reproduce : bool
            Give a number to a quantile that falls in the open last band, as old publications did; else it is inf.

        Returns
        -------
        pandas.DataFrame
            ``by group known within n weeks``; NaN where withheld (under 50 people) or hidden.

        Raises
        ------
        RefusedError
            If the source has other bands than weekly ones, or the counts are of time to treatment.

        Examples
        --------
        >>> from equiwait.counts.waits import count_waits
        >>> waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": range(1, 71), "site": "one"})
        >>> count_waits(waiting, "site").quantile(0.5)["weeks"].tolist()
        [5.071428571428571]
        """
        self._refuse_time_to_treatment("a quantile", "survival_quantile")
        parts = [self._quantiles(question, q, rule, reproduce) for question in self.about.by]
        return pd.concat(parts, ignore_index=True)

    def _quantiles(self, question: tuple[str, ...], q: float, rule: str, reproduce: bool) -> pd.DataFrame:
        part = self._part(question)
        longest = int(part["days"].max()) if part["days"].notna().any() else 0
        groups, weeks = self.weekly(question, bands=longest // 7 + 2, strata=True)
        names = self.strata(question)
        from equiwait.statistics import banded_quantile

        value = banded_quantile(np.nan_to_num(weeks), q, rule=rule, reproduce=reproduce)
        cells = part[CELL].drop_duplicates(ignore_index=True).astype({"by": object, "group": object, "within": object})
        row = pd.Index(groups["group"]).get_indexer(pd.Index(cells["group"]))
        stratum = pd.Index(names, dtype=object).get_indexer(pd.Index(cells["within"]))
        n = weeks.sum(-1)
        return cells.assign(n=n[row, stratum], weeks=np.where(np.isnan(n), np.nan, value)[row, stratum])
