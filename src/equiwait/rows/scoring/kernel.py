"""The row work of scoring as a kernel, for lists that come block by block: recipes, Parquet streams, Spark partitions."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
import pyarrow as pa

from equiwait.errors import ColumnsError, headers_said, listed
from equiwait.fields import FIELDS, field_of, plain
from equiwait.frames import coded
from equiwait.plain_columns import masked
from equiwait.room import noughts, room_for
from equiwait.rows.policies import Policy
from equiwait.rows.policies.conditions import columns_of
from equiwait.rows.scoring.alike import Alike, Column, all_of, by_row, worked
from equiwait.rows.scoring.blocks import Batch
from equiwait.rows.scoring.cases import Cases
from equiwait.rows.scoring.disguised_columns import refuse_texts, texts_of
from equiwait.rows.scoring.in_kinds import in_kinds
from equiwait.rows.scoring.list_means import list_means
from equiwait.rows.scoring.points import MILLION
from equiwait.rows.scoring.prepared_policies import reader_of
from equiwait.rows.scoring.protected_people import marked
from equiwait.rows.scoring.row_scores import OUTSIDE, STATUSES, Reader
from equiwait.rows.scoring.sort_keys import Scored, score_range

__all__ = [
    "Filled",
    "Room",
    "ScoreRows",
    "blank_columns",
    "columns_in_kinds",
    "figures_of",
    "fill_room",
    "refuse_other_names",
    "silent",
    "tier_kind",
    "wanted_columns",
]

Filled: TypeAlias = tuple[np.ndarray, np.ndarray]
"""A value for each row, and whether it is missing."""


def wanted_columns(policy: Policy, has: Iterable[str]) -> list[str]:
    """Return everything that the policy must be able to read, for a list that has these columns.

    A tier that reads a blank as *no* reads a missing column so too; a flag for support that gives no points can be away.
    """
    wanted = ["snapshot_date", "days_waiting", "scope"]
    wanted += [name for tier in policy.tiers for name in tier.reads if not tier.reads_blank(name)]
    wanted += [name for factor in policy.parts if factor.matters for name in factor.reads]
    wanted += [policy.targets.column] if policy.targets and any(f.percent_of_target for f in policy.parts) else []
    wanted += [policy.retier.column] if policy.retier else []
    wanted += [each for case in (policy.targets.cases if policy.targets else ()) for each in columns_of(case.when)]
    wanted += (
        [each for each in (policy.eligibility.column, policy.eligibility.by) if each] if policy.eligibility else []
    )
    wanted += ["specialty"] if policy.specialties else []
    if policy.people == "admitted" and "decision_to_admit" not in has:
        wanted.append("list_type")
    return list(dict.fromkeys(wanted))


def refuse_other_names(headers: Iterable[object], reads: Iterable[str], policy: Policy) -> None:
    """Refuse a header that means a column which the policy reads and the list lacks: its people would be passed over in silence."""
    given = set(map(str, headers))
    lacking = {plain(name): name for name in reads if name not in given}
    named = {header: plain(field_of(header) or header) for header in sorted(given - set(FIELDS))}
    meant = {header: lacking[name] for header, name in named.items() if name in lacking}
    if meant:
        raise ColumnsError(
            f"The policy {policy.name} reads columns that the list has under other names.",
            found=headers_said(meant, 20),
            todo=f"Rename them: {listed((f'{header!r} to {name!r}' for header, name in meant.items()), 20)}; read_list does.",
        )


_AIMS: dict[str, type[np.generic]] = {"days_to_target": np.int32, "past_target": np.bool_, "harm_review": np.bool_}


def tier_kind(policy: Policy) -> type[np.signedinteger[Any]]:
    """Return a whole number that can hold every tier of the policy."""
    return np.int8 if len(policy.tiers) < 127 else np.int16


def figures_of(reader: Reader) -> list[str]:
    """Return the names of the columns of points."""
    ends = ["score_low", "score_high"] if reader.ranges else []
    return ["score", *(f"points_{factor.name}" for factor in reader.factors), *ends]


class Room(NamedTuple):
    """Room for the columns that a list's rows fill by themselves, in which nothing is missing at first.

    Made once for a list and filled a block at a time, so that nothing is written twice.
    """

    columns: dict[str, Filled]
    cases: np.ndarray

    @classmethod
    def of(
        cls, reader: Reader, rows: int, figure: type[np.number[Any]] = np.float64, *, without: Container[str] = ()
    ) -> Self:
        """Return empty room for so many rows; where ``figure`` is a whole number, points stay in millionths."""
        kinds: dict[str, Any] = {"tier": tier_kind(reader.policy), **dict.fromkeys(figures_of(reader), figure)}
        kinds |= {"score_status": np.int8, **_AIMS}
        told = {name: kind for name, kind in kinds.items() if name not in silent(reader.policy) and name not in without}
        columns = {name: (room_for(rows, kind), noughts(rows, bool)) for name, kind in told.items()}
        return cls(columns, room_for(rows, np.int32))

    def part(self, rows: slice) -> Self:
        """Return the room of some rows."""
        columns = {name: (values[rows], missing[rows]) for name, (values, missing) in self.columns.items()}
        return type(self)(columns, self.cases[rows])


def fill_room(room: Room, reader: Reader, scored: Scored, cases: Cases | None) -> None:
    """Write what a block gives."""
    reading, sheet, elsewhere = scored
    if cases is not None:
        room.cases[:] = cases.rows(reading, sheet)
    columns, apart = room.columns, sheet.status >= OUTSIDE
    if reader.policy.targets:
        left, aimed = reader.to_target(reading)
        _write(columns["days_to_target"], left, ~aimed)
        _write(columns["past_target"], left < 0, ~aimed)
    if reader.policy.harm_review:
        _write(columns["harm_review"], reading.review[0], ~(reading.review[1] & reading.people))
    if "tier" in columns:
        tier = by_row(reading.tier)
        _write(columns["tier"], tier, apart | (tier == 0))
    for factor, part, filled in zip(reader.factors, sheet.points, sheet.filled, strict=True):
        if (name := f"points_{factor.name}") in columns:
            _write_points(columns[name], part, _lacking(apart, filled))
    _write_points(columns["score"], sheet.score, ~sheet.summed)
    if "score_low" in columns:
        for name, figures in zip(("score_low", "score_high"), score_range(sheet, elsewhere), strict=True):
            _write_points(columns[name], figures, apart)
    columns["score_status"][0][:] = sheet.status


def columns_in_kinds(scored: Scored, reader: Reader, names: Sequence[str]) -> pa.DictionaryArray:
    """Return columns of which rows of a kind have the same, as one: a tier, and points of which there are few."""
    sheet, apart = scored.sheet, scored.sheet.status >= OUTSIDE
    told = {f"points_{factor.name}": at for at, factor in enumerate(reader.factors)}
    columns = [
        worked(_tier_or_none, scored.reading.tier)
        if name == "tier"
        else worked(_points_or_none, sheet.points[told[name]], sheet.filled[told[name]])
        for name in names
    ]
    return in_kinds(columns, apart)


def _tier_or_none(tier: np.ndarray) -> np.ndarray:
    return np.where(tier == 0, np.nan, tier)


def _points_or_none(millionths: np.ndarray, filled: np.ndarray) -> np.ndarray:
    return np.where(filled, millionths / MILLION, np.nan)


def _lacking(apart: np.ndarray, filled: Column) -> np.ndarray:
    """Return the rows that have no points of a part: those that the policy does not look at, and whose part nothing gives."""
    return apart if all_of(filled) else apart | ~by_row(filled)


def blank_columns(policy: Policy, rows: int) -> dict[str, pa.Array]:
    """Return the columns of a block of which the policy has nothing to say."""
    return {name: pa.nulls(rows, pa.from_numpy_dtype(kind)) for name, kind in silent(policy).items()}


def silent(policy: Policy) -> dict[str, type[np.generic]]:
    """Return the columns that are blank, since the policy has nothing to say of them, and what they would hold."""
    names = [] if policy.targets else ["days_to_target", "past_target"]
    names += [] if policy.harm_review else ["harm_review"]
    return {name: _AIMS[name] for name in names}


def _write(column: Filled, values: np.ndarray, missing: np.ndarray) -> None:
    column[0][:] = values
    _mark(column[1], missing)


def _write_points(column: Filled, millionths: Column, missing: np.ndarray) -> None:
    figures = column[0]
    in_millionths = figures.dtype.kind == "i"
    if isinstance(millionths, Alike):
        each = millionths.each.astype(figures.dtype) if in_millionths else millionths.each / MILLION
        np.take(each, millionths.kind, out=figures, mode="clip")  # every kind is there; quicker than "raise"
    elif in_millionths:
        figures[:] = millionths
    else:
        np.divide(millionths, MILLION, out=figures)
    _mark(column[1], missing)


def _mark(room: np.ndarray, missing: np.ndarray) -> None:
    if missing.any():  # as a rule nothing is, and memory that nobody writes in costs nothing
        room[:] = missing


@dataclass(frozen=True)
class ScoreRows:
    """Everything that `score` adds but for places, which need the whole list.

    Parameters
    ----------
    policy : Policy
        The policy. One that uses a list's mean must have scored a list first, or hold its mean (`Policy.frozen`).

    Notes
    -----
    What needs the whole list is not done here: coverage is not checked, and nobody has a place. Rows whose codes leave
    several targets open have their widest range, as in `score`.

    Examples
    --------
    >>> rows = ScoreRows(Policy.preset("england_default"))
    >>> block = pa.record_batch({
    ...     "pathway_id": ["a"], "snapshot_date": ["2026-10-31"], "scope": ["rtt_open"], "list_type": ["IRTT"],
    ...     "priority": ["P2"], "days_waiting": [30]})
    >>> rows(block)["score"].to_pylist()
    [30.0]
    """

    policy: Policy

    @property
    def reads(self) -> list[str]:
        """The columns to hand over, those of them that the list has."""
        return reader_of(self.policy).columns

    def __call__(self, batch: pa.RecordBatch) -> Mapping[str, pa.Array]:
        """Return the columns for one block."""
        lacking = [name for name in wanted_columns(self.policy, batch.schema.names) if name not in batch.schema.names]
        if lacking:
            raise ColumnsError(
                f"The policy {self.policy.name} needs columns that the block lacks: {listed(lacking, 40)}.",
                todo="Add the step that makes them before the score.",
            )
        reader, block = reader_of(self.policy), Batch.of(batch)
        refuse_texts(texts_of({name: batch.column(name) for name in self.policy.reads if block.has(name)}), self.policy)
        for day in {text for text in block.coded("snapshot_date")[0] if text} - reader.checked:
            self.policy.check(day)
            reader.checked.add(day)
        room = Room.of(reader, batch.num_rows)
        fill_room(room, reader, Scored.of(reader, reader.read(block), list_means(self.policy)), None)
        status, _ = room.columns.pop("score_status")
        return {
            **{name: masked(*filled) for name, filled in room.columns.items()},
            **blank_columns(self.policy, batch.num_rows),
            "score_status": coded(status, STATUSES),
            "policy": coded(np.zeros(len(status), np.int8), [marked(reader.stamp, self.policy, batch.schema.names)]),
        }
