"""`completeness`: what is not recorded, about whom, and how long the people waiting whose record is silent have waited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.grouped_people import EVERYONE, whole
from equiwait.counts.waits import By, Groups, crossed, question_name, questions, refuse_persons
from equiwait.counts.waits.groups import CROSS, silence_named
from equiwait.disclosure import (
    Cells,
    Counts,
    ReleasedCounts,
    Sum,
    cells_of,
    everyone_cells,
    notes_of,
    release,
    row_notes,
    rule_named,
    tally,
)  # fmt: skip
from equiwait.errors import RefusedError
from equiwait.fields import FIELDS, REASONS
from equiwait.frames import from_any, need, snapshot_of
from equiwait.results import Chart, Result, Units, answered
from equiwait.rows.missing import flag_missing
from equiwait.statistics import banded_quantile, wilson

__all__ = ["Completeness", "completeness"]

_COLUMNS = [
    "by", "group", "field", "reason", "n", "of", "share", "lower", "upper", "over_18_weeks", "over_52_weeks", "median_weeks",
    "suppressed", "note",
]  # fmt: skip
_LONG = (126, 364)
"""18 and 52 weeks."""
_BANDS = (0, 4, 8, 12, 18, 22, 26, 30, 34, 39, 44, 52, 58, 65, 78, 91, 104)
"""Weeks at which the bands of a median begin."""


@dataclass(frozen=True, eq=False, repr=False)
class Completeness(Result):
    """What is recorded and what is not: one row for each question, group, field and reason.

    ``n`` people of ``of`` have this ``reason`` (recorded, blank, not_stated, not_known, invalid); ``share`` with its
    Wilson interval; ``over_18_weeks``, ``over_52_weeks`` (shares) and ``median_weeks`` are the waits of those people.
    """

    section: ClassVar[str] = "missing"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("lower", "upper", "over_18_weeks", "over_52_weeks"), "percent"),
            "median_weeks": "weeks",
            **dict.fromkeys(REASONS, "people"),
        }
    )

    def charts(self) -> Sequence[Chart]:
        """Return stacked bars of what is not recorded: of every field for everyone, then by each question."""
        pairs = self.table[["by", "field"]].drop_duplicates()
        whole = [self._chart(EVERYONE, None)] if (pairs["by"] == EVERYONE).any() else []
        rest = pairs[pairs["by"] != EVERYONE].itertuples(index=False)
        return whole + [self._chart(str(pair.by), str(pair.field)) for pair in rest]

    def _chart(self, by: str, name: str | None) -> Chart:
        rows = self.table[(self.table["by"] == by) & (self.table["field"] == name if name else True)]
        wide = _wide(rows, "field" if name is None else "group")
        title = (
            "What is not recorded"
            if name is None
            else f"{_spoken(name).capitalize()} not recorded, by {by.replace('_', ' ')}"
        )
        chart = "not recorded" if name is None else f"{name} by {by}"
        shown = partial(draw.missing_bars, wide, group="group")
        words = draw.missing_words(wide, group="group")
        return Chart(chart, title, words, lambda ax: shown(ax=ax), wide, draw.size_for(len(wide)))


def _wide(rows: pd.DataFrame, label: str) -> pd.DataFrame:
    """One row a bar: the people of each reason side by side, and all of them."""
    wide = rows.pivot(index=label, columns="reason", values="n").reindex(rows[label].unique())
    wide = wide.reindex(columns=list(REASONS)).reset_index(names="group").rename_axis(columns=None)
    counts = rows.drop_duplicates(label).set_index(label)["of"]
    wide["n"] = counts.reindex(wide["group"]).to_numpy()
    wide["group"] = [_spoken(str(group)) if group in FIELDS else group for group in wide["group"]]
    return wide


def completeness(
    waiting: pd.DataFrame, by: By | None = None, *, confidence: float = 0.95, suppression: str = "hes"
) -> Completeness:
    """Say what is recorded and what is not, for everyone and by any column, with the waits of each.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list, with the ``missing_…`` columns of `flag_missing`; without any, its default fields are flagged first.
    by : str, or sequence of str and tuples, optional
        Further questions: what is not recorded at which site, in which specialty, among whom.
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
    *Not stated* and *not known* are kept apart from blank and invalid cells.

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
    waiting = from_any(waiting)
    need(waiting, ["scope", "days_waiting"], "completeness")
    rule = rule_named(suppression)
    flagged = waiting if any(str(name).startswith("missing_") for name in waiting.columns) else flag_missing(waiting)
    counted = flagged[(flagged["scope"] == "rtt_open").to_numpy()]
    names = [str(name).removeprefix("missing_") for name in counted.columns if str(name).startswith("missing_")]
    if not names:
        raise RefusedError(
            "The list has no column whose gaps could be counted.", todo="Call flag_missing(waiting, [...]) first."
        )
    asked = questions(by) if by is not None else []
    columns = [column for one in asked for column in one]
    need(waiting, columns, "completeness")
    refuse_persons(waiting, columns)
    asked_of = _Asked(f"open {snapshot_of(counted)}".strip(), tuple(names), confidence, rule.exact)
    counts = Counts()
    splits = []
    for one in asked:
        groups = crossed(counted, one).occurring()
        splits.append(_Split(one, question_name(one), groups.names))
        counts += _counts(counted, one, groups, asked_of)
    counts += _counts(counted, (), whole(len(counted)), asked_of)
    return answered(partial(_answer, asked_of, tuple(splits)), release(counts, rule))


class _Split(NamedTuple):
    """A question that what is not recorded is looked at by."""

    columns: tuple[str, ...]
    name: str
    groups: tuple[str, ...]

    @property
    def parts(self) -> list[tuple[str, ...]]:
        """The names of the groups, column by column."""
        return [tuple(group.split(CROSS)) if len(self.columns) > 1 else (group,) for group in self.groups]


class _Asked(NamedTuple):
    """What the answer is about, none of it a number of people."""

    population: str
    fields: tuple[str, ...]
    confidence: float
    exact: bool

    @property
    def weeks(self) -> tuple[int, ...]:
        """Where the bands begin that medians are made of: every week only where counts are exact."""
        return tuple(range(209)) if self.exact else _BANDS

    def overs(self, columns: Sequence[str]) -> tuple[int, ...]:
        """The days over which people are counted; a question gets no medians, which would need many more counts."""
        if columns and not self.exact:
            return (-1, *_LONG)
        return (-1, *sorted({*_LONG, *(7 * week for week in self.weeks[1:])}))

    def cells(self, columns: tuple[str, ...], parts: Sequence[tuple[str, ...]], name: str) -> Cells:
        """The cells of a field, groups × reasons × days."""
        named = [(*part, reason) for part in parts for reason in REASONS]
        cells = cells_of(self.population, (*columns, f"missing_{name}"), named, overs=self.overs(columns))
        return cells.reshape(len(parts), len(REASONS), -1)


def _counts(counted: pd.DataFrame, columns: tuple[str, ...], groups: Groups, asked: _Asked) -> Counts:
    """How many people of each group waited more than so many days, and of them how many for each reason of each field."""
    days = np.asarray(counted["days_waiting"].to_numpy(dtype=np.int64))
    overs = asked.overs(columns)
    split = _Split(columns, "", tuple(groups.names))
    counts = Counts()
    if columns:
        people = _over(groups.place, len(groups.names), days, overs)
        counts += tally(asked.population, columns, split.parts, people, overs=overs, known=groups.known)
    for name in asked.fields:
        reason = pd.Categorical(counted[f"missing_{name}"], categories=list(REASONS)).codes
        place = groups.place.astype(np.int64) * len(REASONS) + reason
        people = _over(place, len(groups.names) * len(REASONS), days, overs)
        parts = split.parts if columns else [()]
        named = [(*part, why) for part in parts for why in REASONS]
        counts += tally(asked.population, (*columns, f"missing_{name}"), named, people, overs=overs)
        if not columns and name in counted.columns:
            counts = counts.with_sums(*_same_people(counted, name, asked))
    return counts


def _over(place: NDArray[np.int64], size: int, days: NDArray[np.int64], overs: Sequence[int]) -> NDArray[np.int64]:
    return np.stack([np.bincount(place[days > over], minlength=size) for over in overs], axis=1)


def _same_people(counted: pd.DataFrame, name: str, asked: _Asked) -> Iterator[Sum]:
    """A group that is not recorded, in the question by this column, is the people of whom this reason is flagged."""
    groups, flagged = crossed(counted, (name,)), counted[f"missing_{name}"].astype(str).to_numpy()
    for reason in REASONS:
        silence = next((place for place, each in enumerate(groups.names) if each == silence_named(reason)), None)
        if silence is not None and np.array_equal(groups.place == silence, flagged == reason):
            for over in asked.overs(()):
                (one,) = cells_of(asked.population, name, [silence_named(reason)], overs=[over]).ravel()
                (other,) = cells_of(asked.population, f"missing_{name}", [reason], overs=[over]).ravel()
                yield Sum(one, (other,))


def _answer(asked: _Asked, splits: tuple[_Split, ...], released: ReleasedCounts) -> Completeness:
    everyone = _Split((), EVERYONE, (EVERYONE,))
    tables = [_table(split, name, asked, released) for split in (everyone, *splits) for name in asked.fields]
    table = pd.concat(tables, ignore_index=True)[_COLUMNS]
    return Completeness("What is not recorded about whom", table, _notes(released, bool(splits)), _findings(table))


def _table(split: _Split, name: str, asked: _Asked, released: ReleasedCounts) -> pd.DataFrame:
    parts: list[tuple[str, ...]] = split.parts if split.columns else [()]
    cells = asked.cells(split.columns, parts, name)
    of_cells = cells_of(asked.population, split.columns, parts) if split.columns else everyone_cells(asked.population)
    of = np.repeat(released.people(of_cells).ravel(), len(REASONS))
    people = released.people(cells).reshape(len(of), -1)
    marks = released.marked(cells[:, :, 0]).reshape(-1, 1)
    n = np.minimum(people[:, 0], of)
    share = wilson(n, of, confidence=asked.confidence)
    overs = asked.overs(split.columns)
    with np.errstate(divide="ignore", invalid="ignore"):
        long = [np.minimum(people[:, overs.index(days)], n) / n for days in _LONG]
    return pd.DataFrame({
        "by": split.name, "group": np.repeat(split.groups, len(REASONS)), "field": name,
        "reason": list(REASONS) * len(split.groups), "n": n, "of": of, "share": share.value, "lower": share.lower,
        "upper": share.upper, "over_18_weeks": long[0], "over_52_weeks": long[1],
        "median_weeks": _medians(people, overs, asked), "suppressed": np.isnan(n), "note": row_notes(released.rule, marks),
    })  # fmt: skip


def _medians(people: NDArray[np.float64], overs: Sequence[int], asked: _Asked) -> NDArray[np.float64]:
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


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _notes(released: ReleasedCounts, split: bool) -> tuple[str, ...]:
    return (
        "Blank, not stated (asked, and the person did not say), not known and invalid are four things with four remedies; "
        "none is filled in.",
        "Nobody's ethnicity is inferred.",
        *(
            ["Medians are given for everyone: by group they would need many more counts, most of them small."]
            if split
            else []
        ),
        *notes_of(released),
    )


def _findings(table: pd.DataFrame) -> tuple[str, ...]:
    """For each field with gaps that may be shown: how much is not recorded, and how those people wait beside the rest."""
    sentences = []
    for name, rows in table[table["by"] == EVERYONE].groupby("field", sort=False):
        silent = rows[(rows["reason"] != "recorded") & (rows["n"] > 0)]
        recorded = rows[rows["reason"] == "recorded"].iloc[0]
        if len(silent) and recorded["of"] > 0:
            sentences.append(_finding(str(name), silent, recorded))
    return tuple(sentences)


def _finding(name: str, silent: pd.DataFrame, recorded: pd.Series) -> str:
    parts = ", ".join(f"{row.share:.1%} {_REASON_WORDS[str(row.reason)]}" for row in silent.itertuples())
    beside = silent.dropna(subset=["over_18_weeks"])
    waits = "; ".join(
        f"{row.over_18_weeks:.0%} of those {_REASON_WORDS[str(row.reason)]}" for row in beside.itertuples()
    )
    against = (
        f", against {recorded['over_18_weeks']:.0%} where it is recorded"
        if np.isfinite(recorded["over_18_weeks"])
        else ""
    )
    return f"{_spoken(name).capitalize()}: {parts}." + (f" Waiting over 18 weeks: {waits}{against}." if waits else "")


_REASON_WORDS = {"blank": "blank", "not_stated": "not stated", "not_known": "not known", "invalid": "invalid"}
