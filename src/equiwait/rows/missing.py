"""`flag_missing`: what is not recorded about whom, and in which of four ways."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from equiwait.derived import list_from
from equiwait.errors import OptionError, did_you_mean, listed
from equiwait.fields import FIELDS, REASONS
from equiwait.frames import Columns, coded, columns_back, distinct, need
from equiwait.plain_columns import by_value, either, missing_in
from equiwait.rows.intake.notes import UNREAD

__all__ = ["ADMISSION", "ADMITTED", "DEFAULT_FIELDS", "flag_missing", "flags_for", "is_due"]

ADMISSION = ("list_type", "decision_to_admit")
"""The columns that say who is listed for admission."""

ADMITTED = "IRTT"
"""The list type of people who are."""

DEFAULT_FIELDS = ("ethnicity", "postcode", "sex", "date_of_birth", "priority")

# What a postcode's link says of the postcode itself. No fixed abode is a fact about a person, not a gap in the data.
_POSTCODE_REASON = {"missing": "blank", "address_unknown": "not_known", "malformed": "invalid", "not_found": "invalid"}

_BLANK = np.int8(REASONS.index("blank"))  # recorded is 0


def flag_missing(waiting: pd.DataFrame, fields: Sequence[str] | None = None) -> pd.DataFrame:
    """Add ``missing_<field>``: recorded, blank, not stated, not known or invalid.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list, as from `read_list`; after `link_deprivation`, a postcode that is in no directory counts as invalid.
    fields : sequence of str, optional
        Columns to look at; by default those of ethnicity, postcode (or area code), sex, date of birth (or age) and
        priority that the list has.

    Returns
    -------
    pandas.DataFrame
        The same rows with a coded column for each field, categories ``recorded blank not_stated not_known invalid``;
        missing where the field is not due: a P-code describes people listed for admission, and is no gap in anybody
        else's record.

    Raises
    ------
    OptionError
        If a field is not in the catalogue.
    ColumnsError
        If a field is not in the list.

    Notes
    -----
    *Not stated* (asked, and the person did not say) is never merged with *not known* (not asked), *blank* or
    *invalid*: they have four remedies. A person of no fixed abode is ``recorded``. Nothing is filled in.

    Examples
    --------
    >>> import pandas as pd
    >>> from equiwait.rows.intake import read_list
    >>> raw = pd.DataFrame({"clock_start": ["2026-04-01"] * 4, "ethnicity": ["A", "Z", "", "??"]})
    >>> flag_missing(read_list(raw, snapshot="2026-10-31"), ["ethnicity"])["missing_ethnicity"].tolist()
    ['recorded', 'not_stated', 'blank', 'invalid']
    """
    waiting = list_from(waiting, raw=True)
    flags = flags_for(waiting.columns, fields)
    return columns_back(waiting, flags, flags.reads)


def flags_for(headers: Iterable[str], fields: Sequence[str] | None = None) -> MissingFlags:
    """Return the kernel for a list that has these headers."""
    has = list(headers)
    names = _default(has) if fields is None else list(fields)
    for name in names:
        if name not in FIELDS:
            raise OptionError(
                f"{name!r} is not a field of the catalogue.{did_you_mean(name, FIELDS)}",
                todo=f"Fields: {listed(FIELDS, 60)}.",
            )
    need(has, names, "flag_missing")
    return MissingFlags(tuple(names))


def _default(headers: Sequence[str]) -> list[str]:
    instead = {"postcode": "area_code", "date_of_birth": "age"}
    chosen = [name if name in headers else instead.get(name, name) for name in DEFAULT_FIELDS]
    return [name for name in chosen if name in headers]


@dataclass(frozen=True)
class MissingFlags:
    """The kernel of `flag_missing`."""

    fields: tuple[str, ...]

    @property
    def reads(self) -> list[str]:
        """The columns that it looks at, of those that a list has."""
        return [*self.fields, "row_problems", "link_status", *ADMISSION]

    @property
    def adds(self) -> list[str]:
        """The columns that it adds."""
        return [f"missing_{name}" for name in self.fields]

    @property
    def of_everybody(self) -> list[str]:
        """Those of them that say something of every row."""
        return [f"missing_{name}" for name in self.fields if name != _OF_SOME]

    def __call__(self, batch: pa.RecordBatch) -> Columns:
        """Flag one block."""
        return {f"missing_{name}": self._flag(name, batch) for name in self.fields}

    def _flag(self, name: str, batch: pa.RecordBatch) -> pa.DictionaryArray:
        column, has = batch.column(name), batch.schema.names
        missing = missing_in(column)
        index: NDArray[Any]
        if FIELDS[name].codes:
            index = by_value(column, lambda values: _places(FIELDS[name].reason(value) for value in values))
        else:
            index = missing * _BLANK
        if "row_problems" in has:
            _note(batch.column("row_problems"), name, index)
        if name == "postcode" and "link_status" in has:
            index = either(missing, index, _linked(batch.column("link_status")))
        due = is_due(name, batch)
        return coded(index if due.all() else either(due, index, np.int8(-1)), REASONS)


_OF_SOME = "priority"  # the field that is not due for everybody


def is_due(name: str, batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Return for which rows of a block a field is due: a P-code for people listed for admission, others for everybody.

    Listed for admission is who has a decision to admit, or stands on the admitted list. Where the list says neither of
    anybody, it is due for all.
    """
    has = [column for column in ADMISSION if column in batch.schema.names]
    if name != _OF_SOME or not has:
        return np.ones(batch.num_rows, bool)
    listed = np.zeros(batch.num_rows, bool)
    if "decision_to_admit" in has:
        listed |= ~missing_in(batch.column("decision_to_admit"))
    if "list_type" in has:
        values, place = distinct(batch.column("list_type"))
        listed |= np.array([value == ADMITTED for value in values], bool)[place]
    return listed


def _note(problems: pa.Array, name: str, index: NDArray[Any]) -> None:
    """Where a cell is blank now, put what the row's problems say of it: it could not be read, or said *not stated* or *not known*."""
    blank = np.flatnonzero(index == _BLANK)
    values, place = distinct(problems.take(pa.array(blank)))
    said = np.array([_reason_in(value or "", name) for value in values], np.int8).take(place)
    index[blank] = np.where(said < 0, _BLANK, said)


def _reason_in(problems: str, name: str) -> int:
    """The reason that problem codes give for a blank, -1 if none; a word for *nothing recorded* is no invalid cell."""
    codes = problems.split(";")
    for reason in ("not_stated", "not_known"):
        if f"{name}_{reason}" in codes:
            return REASONS.index(reason)
    return REASONS.index("invalid") if any(f"{name}_{ending}" in codes for ending in UNREAD) else -1


def _linked(status: pa.Array) -> NDArray[np.int8]:
    """Return what its link says of every postcode."""
    told: NDArray[np.int8] = by_value(
        status, lambda values: _places(_POSTCODE_REASON.get(value or "missing", "recorded") for value in values)
    )
    return told


def _places(reasons: Iterable[str]) -> NDArray[np.int8]:
    return np.array([REASONS.index(reason) for reason in reasons], np.int8)
