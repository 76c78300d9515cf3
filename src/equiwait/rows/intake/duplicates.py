"""List work: which rows are submissions of one pathway, and which identifiers are shared by people who are not the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.fields import FIELDS
from equiwait.frames import categorical, to_arrow
from equiwait.rows.intake.dates import DateOrder
from equiwait.rows.intake.notes import RowProblems, note
from equiwait.rows.intake.scopes import SCOPES
from equiwait.rows.intake.submissions import order_of_submissions

__all__ = ["mark_duplicates", "part_shared_identifiers"]

_KEY = ("pathway_issuer", "pathway_id", "referral_id", "clock_start", "provider", "snapshot_date")
_OF_PATHWAY = ("pathway_issuer", "pathway_id", "provider")
_ASIDE = ("other_snapshot", "unknown_snapshot")


def mark_duplicates(waiting: pd.DataFrame, order: DateOrder, problems: RowProblems) -> pd.Series[Any]:
    """Return ``scope`` with all but the latest submission of each pathway as ``duplicate``.

    A row without a usable identifier is never a duplicate, and rows whose birth date or sex differ are never one pathway. The
    last row of the file is the latest where nothing says; where something says it and cannot be read, that is noted.
    """
    if "pathway_id" not in waiting.columns:
        return waiting["scope"]
    key = [name for name in _KEY if name in waiting.columns]
    here = _repeated(waiting, "pathway_id")[0]
    here = here[waiting[key].iloc[here].duplicated(keep=False).to_numpy()]
    if not len(here):
        return waiting["scope"]
    groups = _groups(waiting.iloc[here], key)
    one = ~_of_several_people(waiting.iloc[here], groups)
    here, groups = here[one], groups[one]
    if not len(here):
        return waiting["scope"]
    ranks = np.zeros((2, len(here)), np.int64)
    for row, name in enumerate(("submission_row", "submitted_at")):  # the last is the strongest
        if name in waiting.columns:
            ranks[row], unread = order_of_submissions(to_arrow(waiting[name].iloc[here]), order)
            note(problems, f"{name}_invalid", _rows(waiting, here[unread]))
    lined_up = np.lexsort((*ranks, groups))  # stable: the last row of the file comes last among equals
    latest = np.append(groups[lined_up][1:] != groups[lined_up][:-1], True)
    index = waiting["scope"].cat.codes.to_numpy().copy()
    index[here[lined_up[~latest]]] = SCOPES.index("duplicate")
    return pd.Series(categorical(index, SCOPES), index=waiting.index)


def part_shared_identifiers(waiting: pd.DataFrame, problems: RowProblems) -> dict[str, Any]:
    """Note identifiers that people share whose birth date or sex differ, and part those people.

    Returns
    -------
    dict
        Where a person's identifier is shared, ``person_id`` without it (so that nobody is taken for another) and
        ``person_id_in_source`` as the list has it; else nothing.
    """
    if "pathway_id" in waiting.columns:
        here, _ = _repeated(waiting, "pathway_id")
        groups = _groups(waiting.iloc[here], [name for name in _OF_PATHWAY if name in waiting.columns])
        note(problems, "pathway_id_shared", _rows(waiting, here[_of_several_people(waiting.iloc[here], groups)]))
    if "person_id" not in waiting.columns:
        return {}
    here, groups = _repeated(waiting, "person_id")
    shared = _rows(waiting, here[_of_several_people(waiting.iloc[here], groups)])
    note(problems, "person_id_shared", shared)
    if not shared.any():
        return {}
    return {"person_id": waiting["person_id"].mask(shared), "person_id_in_source": waiting["person_id"]}


def _repeated(waiting: pd.DataFrame, name: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows of this snapshot whose identifier stands in more than one of them, and a number for each identifier."""
    encoded = to_arrow(waiting[name]).dictionary_encode()
    number = np.asarray(encoded.indices.fill_null(-1)).astype(np.intp)
    number[waiting["scope"].isin(_ASIDE).to_numpy()] = -1
    times = np.bincount(number + 1, minlength=2)
    times[0] = 0
    here = np.flatnonzero(times[number + 1] > 1)
    return here, number[here]


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


def _rows(waiting: pd.DataFrame, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    mask = np.zeros(len(waiting), bool)
    mask[rows] = True
    return mask
