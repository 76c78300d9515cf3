"""What is counted of each field: people by group and reason, over so many days; conflicts of a person's own rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.grouped_people import EVERYONE, list_of, reads_of, waits, whole
from equiwait.counts.waits import By, Groups, crossed, question_name, questions, refuse_persons
from equiwait.counts.waits.groups import CROSS, missing_group_named, silent_rows
from equiwait.derived import flags_of
from equiwait.disclosure import COARSE_WEEKS, Cells, Counts, ReleasedCounts, Sum, cells_of, everyone_cells, tally
from equiwait.errors import RefusedError
from equiwait.fields import REASONS
from equiwait.frames import need, snapshot_of
from equiwait.rows.missing import ADMISSION, DEFAULT_FIELDS, flag_missing

NOT_DUE, CONFLICTING = "not_due", "conflicting"
LONG = (126, 364)
"""18 and 52 weeks."""


def list_read(waiting: Any, by: By | None) -> pd.DataFrame:
    """Return a list as a frame; of extracts that were put together only the fields that may be lacking, and what they need."""
    return list_of(waiting, *_looked_at(waiting, by))


def _looked_at(waiting: Any, by: By | None) -> tuple[By, str, list[str]]:
    """The question, who asks it, and the columns beside it: the fields that may be lacking, and what they need."""
    flags = [str(name) for name in getattr(waiting, "columns", ()) if str(name).startswith("missing_")]
    fields = (
        [*flags, *(flag.removeprefix("missing_") for flag in flags)] if flags else [*DEFAULT_FIELDS, "area_code", "age"]
    )
    return "scope" if by is None else by, "completeness", [*fields, *ADMISSION, "row_problems"]


def counted_of(
    waiting: pd.DataFrame, by: By | None, confidence: float, *, exact: bool
) -> tuple[Asked, tuple[Split, ...], Counts]:
    """What one list is asked, and its counts."""
    need(waiting, ["scope", "days_waiting"], "completeness")
    flagged = waiting if flags_of(waiting) else flag_missing(waiting)
    asked = questions(by) if by is not None else []
    columns = [column for one in asked for column in one]
    reads = reads_of(list(flagged.columns), *_looked_at(flagged, by))
    counted = flagged.loc[waits(flagged), [name in reads for name in flagged.columns]]
    names = [name.removeprefix("missing_") for name in flags_of(counted)]
    if not names:
        raise RefusedError(
            "The list has no column whose gaps could be counted.", todo="Call flag_missing(waiting, [...]) first."
        )
    need(counted, columns, "completeness")
    refuse_persons(counted, columns)
    snapshot = snapshot_of(counted)
    differ = _in_conflict(counted, names)
    asked_of = Asked(
        f"open {snapshot}".strip(),
        snapshot,
        tuple(names),
        confidence,
        exact,
        frozenset(name for name in names if counted[f"missing_{name}"].isna().any()),
        frozenset(name for name, rows in differ.items() if rows is not None),
    )
    counts = Counts()
    splits = []
    for one in asked:
        groups = crossed(counted, one).occurring()
        splits.append(Split(one, question_name(one), groups.names))
        counts += counts_of(counted, one, groups, asked_of, differ)
    return asked_of, tuple(splits), counts + counts_of(counted, (), whole(len(counted)), asked_of, differ)


def _in_conflict(counted: pd.DataFrame, names: Sequence[str]) -> dict[str, NDArray[np.bool_] | None]:
    """Rows of each field that is recorded in two ways for one person; None where nobody has several rows in which it is."""
    differ: dict[str, NDArray[np.bool_] | None] = dict.fromkeys(names)
    if "person_id" not in counted:
        return differ
    person = pd.factorize(counted["person_id"])[0]
    rows = np.flatnonzero(
        (person >= 0) & (np.bincount(person + 1)[person + 1] > 1)
    )  # others cannot differ from themselves
    for name in names:
        if name in counted:
            recorded = (counted[f"missing_{name}"].iloc[rows] == "recorded").to_numpy(dtype=bool, na_value=False)
            told = rows[recorded]
            who, value = person[told], pd.factorize(counted[name].iloc[told])[0]
            if len(np.unique(who)) < len(who):
                here = np.zeros(len(counted), bool)
                here[told] = _differ(who, value)
                differ[name] = here
    return differ


def _differ(who: NDArray[np.intp], value: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which rows are of somebody who has two values."""
    low, high = np.full(who.max() + 1, value.max() + 1), np.full(who.max() + 1, -1)
    np.minimum.at(low, who, value)
    np.maximum.at(high, who, value)
    return np.asarray((low < high)[who])


class Split(NamedTuple):
    """A question that what is not recorded is looked at by."""

    columns: tuple[str, ...]
    name: str
    groups: tuple[str, ...]

    @property
    def parts(self) -> list[tuple[str, ...]]:
        """The names of the groups, column by column."""
        return [tuple(group.split(CROSS)) if len(self.columns) > 1 else (group,) for group in self.groups]


class Asked(NamedTuple):
    """What the answer is about, none of it a number of people."""

    population: str
    snapshot: str
    fields: tuple[str, ...]
    confidence: float
    exact: bool
    partly_due: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()

    @property
    def weeks(self) -> tuple[int, ...]:
        """Where the bands begin that medians are made of: every week only where counts are exact."""
        return tuple(range(209)) if self.exact else COARSE_WEEKS

    def overs(self, columns: Sequence[str]) -> tuple[int, ...]:
        """The days over which people are counted; a question gets no medians, which would need many more counts."""
        if columns and not self.exact:
            return (-1, *LONG)
        return (-1, *sorted({*LONG, *(7 * week for week in self.weeks[1:])}))

    def cells(self, columns: tuple[str, ...], parts: Sequence[tuple[str, ...]], name: str) -> Cells:
        """The cells of a field, groups × reasons × days."""
        named = [(*part, reason) for part in parts for reason in self.reasons(name)]
        cells = cells_of(self.population, (*columns, f"missing_{name}"), named, overs=self.overs(columns))
        return cells.reshape(len(parts), len(self.reasons(name)), len(self.overs(columns)))

    def conflicting(self, columns: tuple[str, ...], parts: Sequence[tuple[str, ...]], name: str) -> Cells:
        """The cells of recorded people whose own rows differ, groups × days: some of the recorded."""
        named = [(*part, "recorded") for part in parts]
        return cells_of(
            self.population, (*columns, f"missing_{name}"), named, event=CONFLICTING, overs=self.overs(columns)
        )

    def reasons(self, name: str) -> tuple[str, ...]:
        """The reasons of a field, and last those for whom it is not due, where there are any."""
        return (*REASONS, NOT_DUE) if name in self.partly_due else REASONS


def counts_of(
    counted: pd.DataFrame,
    columns: tuple[str, ...],
    groups: Groups,
    asked: Asked,
    differ: Mapping[str, NDArray[np.bool_] | None],
) -> Counts:
    """How many people of each group waited more than so many days, and of them how many for each reason of each field."""
    days = np.asarray(counted["days_waiting"].to_numpy(dtype=np.int64))
    overs = asked.overs(columns)
    band = np.searchsorted(overs, days)  # how many of the days a wait is over
    split = Split(columns, "", tuple(groups.names))
    counts = Counts()
    if columns:
        people = _over(groups.place, len(groups.names), band, len(overs))
        counts += tally(asked.population, columns, split.parts, people, overs=overs, known=groups.known)
    for name in asked.fields:
        reasons = asked.reasons(name)
        codes = pd.Categorical(counted[f"missing_{name}"], categories=list(REASONS)).codes.astype(np.int64)
        reason = np.where(codes < 0, len(REASONS), codes)
        place = groups.place.astype(np.int64) * len(reasons) + reason
        people = _over(place, len(groups.names) * len(reasons), band, len(overs))
        parts = split.parts if columns else [()]
        named = [(*part, why) for part in parts for why in reasons]
        counts += tally(asked.population, (*columns, f"missing_{name}"), named, people, overs=overs)
        rows = differ.get(name)
        if rows is not None:
            some = _over(groups.place[rows], len(groups.names), band[rows], len(overs))
            counts += Counts(tuple(asked.conflicting(columns, parts, name).ravel()), some.ravel().astype(np.float64))
        if not columns and name in counted.columns:
            counts = counts.with_sums(*_same_people(counted, name, asked))
    return counts


def _over(place: NDArray[Any], size: int, band: NDArray[np.int64], overs: int) -> NDArray[np.int64]:
    """People at each place over each of so many days."""
    cells = np.bincount(place.astype(np.int64) * (overs + 1) + band, minlength=size * (overs + 1))
    cells = cells.reshape(size, overs + 1)  # also where nobody is there, and so no group
    return np.asarray(cells[:, ::-1].cumsum(axis=1)[:, -2::-1])


def _same_people(counted: pd.DataFrame, name: str, asked: Asked) -> Iterator[Sum]:
    """A group that is not recorded, in the question by this column, is the people of whom this reason is flagged."""
    silent, flagged = silent_rows(counted, name), counted[f"missing_{name}"]
    for reason in REASONS:
        rows = silent.get(missing_group_named(reason))
        if rows is not None and np.array_equal(rows, (flagged == reason).to_numpy(bool, na_value=False)):
            for over in asked.overs(()):
                (one,) = cells_of(asked.population, name, [missing_group_named(reason)], overs=[over]).ravel()
                (other,) = cells_of(asked.population, f"missing_{name}", [reason], overs=[over]).ravel()
                yield Sum(one, (other,))


def due(
    split: Split, parts: Sequence[tuple[str, ...]], name: str, asked: Asked, released: ReleasedCounts, over: int
) -> NDArray[np.float64]:
    """People of each group for whom the field is due, of those who waited more than so many days."""
    population = asked.population
    cells = (
        cells_of(population, split.columns, parts, overs=[over])
        if split.columns
        else everyone_cells(population, overs=[over])
    )
    everybody = released.people(cells).ravel()
    if name not in asked.partly_due:
        return everybody
    others = released.people(asked.cells(split.columns, parts, name))[:, -1, asked.overs(split.columns).index(over)]
    return np.asarray(np.maximum(everybody - others, 0.0))


def everybody() -> Split:
    """Return the question that everybody is an answer to."""
    return Split((), EVERYONE, (EVERYONE,))
