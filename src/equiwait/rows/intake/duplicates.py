"""List work: which rows are submissions of one pathway, and which identifiers are shared by people who are not the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from equiwait.engines.passes import BETWEEN, HOME, text_numbers
from equiwait.fields import FIELDS
from equiwait.frames import to_pandas
from equiwait.rows.intake.dates import DateOrder
from equiwait.rows.intake.scopes import SCOPES
from equiwait.rows.intake.submissions import kinds_of_submissions, order_of_submissions

__all__ = [
    "FLAGS",
    "OF_PATHWAY",
    "SHARED",
    "of_pathways",
    "of_persons",
    "pathway_keys",
    "person_keys",
    "submission_kinds",
]

_KEY = ("pathway_issuer", "pathway_id", "referral_id", "clock_start", "provider", "snapshot_date")
_OF_PATHWAY = ("pathway_issuer", "pathway_id", "provider")
_WHO = ("date_of_birth", "sex")
_LATEST = ("submission_row", "submitted_at")  # the last is the strongest
_ASIDE = [SCOPES.index("other_snapshot"), SCOPES.index("unknown_snapshot")]

FLAGS, SHARED = f"{BETWEEN}of_pathway", f"{BETWEEN}person_shared"  # what is said of a row's pathway and of its person
OF_PATHWAY = {"duplicate": 1, "pathway_id_shared": 2, "submission_row_invalid": 4, "submitted_at_invalid": 8}
"""What the rows of one pathway say of each: flags that add."""


def pathway_keys(columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """Return the keys of a block by which submissions of one pathway find each other; its home is the identifier."""
    return _keys(columns, "pathway_id", (*_KEY, *_WHO, *_LATEST))


def person_keys(columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """Return the keys of a block by which rows of one person find each other."""
    return _keys(columns, "person_id", ("person_id", *_WHO))


def _keys(columns: Mapping[str, pa.Array], identifier: str, names: Sequence[str]) -> pa.RecordBatch:
    """Rows of another snapshot, and rows without the identifier, are at home nowhere (0)."""
    home = text_numbers(columns[identifier])
    home[np.isin(np.asarray(columns["scope"].indices), _ASIDE)] = 0
    has = [name for name in names if name in columns]
    return pa.RecordBatch.from_arrays([pa.array(home), *(columns[name] for name in has)], names=[HOME, *has])


def submission_kinds(keys: pa.Table, order: DateOrder) -> dict[str, dict[str, int]]:
    """Return how submissions are written, in the rows of pathways that stand in several."""
    names = [name for name in _LATEST if name in keys.column_names]
    here = _candidates(keys) if names else np.zeros(0, np.intp)
    return {name: kinds_of_submissions(_taken(keys, here, name), order) for name in names}


def of_pathways(keys: pa.Table, kinds: Mapping[str, Mapping[str, int]], order: DateOrder) -> pa.Table:
    """Say of each row, as flags of `OF_PATHWAY`, whether a later submission of its pathway stands in the list, and what is odd.

    A row without a usable identifier is never a duplicate, and rows whose birth date or sex differ are never one pathway. The
    last row of the list is the latest where nothing says; where something says it and cannot be read, that is noted.
    """
    flags = np.zeros(keys.num_rows, np.int8)
    here = _candidates(keys)
    if len(here):
        rows = _frame(keys, here)
        pathways = _groups(rows, [name for name in _OF_PATHWAY if name in rows])
        flags[here[_of_several_people(rows, pathways)]] |= OF_PATHWAY["pathway_id_shared"]
        _mark_duplicates(rows, here, flags, {name: (_taken(keys, here, name), kinds[name]) for name in kinds}, order)
    return pa.table({FLAGS: flags})


def _mark_duplicates(
    rows: pd.DataFrame,
    here: NDArray[np.intp],
    flags: NDArray[np.int8],
    submissions: Mapping[str, tuple[pa.Array, Mapping[str, int]]],
    order: DateOrder,
) -> None:
    """Set flags for all but the latest submission of each pathway."""
    groups = _groups(rows, [name for name in _KEY if name in rows])
    one = ~_of_several_people(rows, groups) & (np.bincount(groups)[groups] > 1)
    here, groups = here[one], groups[one]
    if not len(here):
        return
    ranks = np.zeros((len(_LATEST), len(here)), np.int64)
    for name, (cells, kinds) in submissions.items():
        ranks[_LATEST.index(name)], unread = order_of_submissions(cells.filter(pa.array(one)), order, kinds)
        flags[here[unread]] |= OF_PATHWAY[f"{name}_invalid"]
    lined_up = np.lexsort((*ranks, groups))  # stable: the last row of the list comes last among equals
    latest = np.append(groups[lined_up][1:] != groups[lined_up][:-1], True)
    flags[here[lined_up[~latest]]] |= OF_PATHWAY["duplicate"]


def of_persons(keys: pa.Table) -> pa.Table:
    """Say of each row whether people share its identifier whose birth date or sex differ."""
    shared = np.zeros(keys.num_rows, bool)
    here = _candidates(keys)
    if len(here):
        rows = _frame(keys, here)
        shared[here] = _of_several_people(rows, _groups(rows, ["person_id"]))
    return pa.table({SHARED: shared})


def _candidates(keys: pa.Table) -> NDArray[np.intp]:
    """The rows whose home is that of another row: all that share an identifier, and hardly any other."""
    home = keys[HOME].to_numpy()
    in_order = np.sort(home)
    again = in_order[1:][in_order[1:] == in_order[:-1]]
    again = again[again != 0]
    if not len(again):
        return np.zeros(0, np.intp)
    slots = np.zeros(_SLOTS, bool)  # told by a few bits first, so that few have to be looked for
    slots[again & np.uint64(_SLOTS - 1)] = True
    maybe = np.flatnonzero(slots[home & np.uint64(_SLOTS - 1)])
    return maybe[np.isin(home[maybe], again)]


_SLOTS = 1 << 16


def _taken(keys: pa.Table, rows: NDArray[np.intp], name: str) -> pa.Array:
    taken = keys[name].take(pa.array(rows))
    whole = taken.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _frame(keys: pa.Table, rows: NDArray[np.intp]) -> pd.DataFrame:
    names = [name for name in keys.column_names if name in (*_KEY, *_WHO, "person_id")]
    return pd.DataFrame({name: to_pandas(keys[name].take(pa.array(rows))) for name in names})


def _groups(rows: pd.DataFrame, keys: list[str]) -> NDArray[np.intp]:
    """Number the rows by their key; blanks are alike."""
    return rows[keys].groupby(keys, dropna=False, observed=True, sort=False).ngroup().to_numpy().astype(np.intp)


def _of_several_people(rows: pd.DataFrame, groups: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Rows of a group in which two birth dates, or two sexes, are recorded."""
    several = np.zeros(len(rows), bool)
    if not len(rows):
        return several
    lined_up = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(groups[lined_up]) != 0))
    sizes = np.diff(np.append(starts, len(rows)))
    for values, known in _who(rows):
        least = np.minimum.reduceat(np.where(known, values, np.iinfo(np.int64).max)[lined_up], starts)
        most = np.maximum.reduceat(np.where(known, values, np.iinfo(np.int64).min)[lined_up], starts)
        several[lined_up] |= np.repeat(least < most, sizes)
    return several


def _who(rows: pd.DataFrame) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """What tells people apart, as numbers, and where it is recorded: the date of birth and the sex."""
    if "date_of_birth" in rows.columns:
        born = rows["date_of_birth"]
        yield born.to_numpy().astype("datetime64[D]").astype(np.int64), born.notna().to_numpy()
    if "sex" in rows.columns:
        field, codes = FIELDS["sex"], rows["sex"].cat.codes.to_numpy().astype(np.int64)
        recorded = np.array([field.reason(code) == "recorded" for code in rows["sex"].cat.categories])
        yield codes, (codes >= 0) & recorded[codes]
