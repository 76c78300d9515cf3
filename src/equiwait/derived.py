"""What the columns of a list that was read may hold: every verb that takes such a list is held to it, in one place.

`read_list` takes whatever a spreadsheet or a database gives. What comes after it takes what it wrote; a column that somebody
has changed since may hold anything, and a library that meets it may quote it. So it is looked at first, and a message names
the column and the kind of thing that was found, never a value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.errors import InputError, attempt
from equiwait.fields import FIELDS, REASONS
from equiwait.frames import from_any
from equiwait.parallel import spread, threads_for
from equiwait.plain_columns import Plain, plain

__all__ = ["days_held", "flags_of", "list_from", "looked_at", "refuse_odd"]

_LARGEST = 2.0**31
_NUMBERS = frozenset(("days_waiting", "weeks_waiting"))
_ORDER = frozenset(
    (
        "rank", "base_rank", "tier", "score", "score_low", "score_high", "rank_best", "rank_worst",
        "days_to_target",
    )
)  # fmt: skip
_WORDS = frozenset(("scope", "row_problems", "link_status", "link_note", "directory_edition", "index_edition"))
_ORDER_WORDS = frozenset(("score_status", "tier_name", "held_by", "why", "policy"))
_FLAGS = frozenset(("past_target", "harm_review"))
_PLAIN = frozenset(("nation", "lad", "sub_icb", "icb", "rural_urban", "core20", "person_id_in_source"))
_PLACES = ("_rank", "_decile", "_quintile")

_DAY = re.compile(r"\d{4}-\d\d-\d\d([ T].*)?$")
_MISSING = frozenset((type(None), type(pd.NA), type(pd.NaT)))
_TEXTS = frozenset((str, np.str_))
_DAYS = frozenset((dt.date, dt.datetime, pd.Timestamp, np.datetime64))
_FIGURES = frozenset((int, float, *(np.dtype(kind).type for kind in "bhilqBHILQfd")))
_TRUTHS = frozenset((bool, np.bool_))
_KINDS = {
    "numbers": frozenset(),  # a column of objects is none of numbers: arithmetic would go through each object's own
    "words": _TEXTS,
    "reasons for missing": _TEXTS,
    "yes or no": _TRUTHS,
    "days": _TEXTS | _DAYS,
    "plain values": _TEXTS | _DAYS | _FIGURES | _TRUTHS,
}
_SAID = {
    **dict.fromkeys(_TEXTS, "text"), **dict.fromkeys(_DAYS, "dates"), **dict.fromkeys(_FIGURES, "numbers in cells of objects"),
    **dict.fromkeys(_TRUTHS, "true and false"), bytes: "bytes", list: "lists", tuple: "tuples", dict: "dictionaries", set: "sets",
    dt.timedelta: "lengths of time", pd.Timedelta: "lengths of time", pd.Interval: "intervals", pd.Period: "periods",
}  # fmt: skip
_OTHER = "objects of another kind"
_LOOKED_AT: ContextVar[pd.DataFrame | None] = ContextVar("_LOOKED_AT", default=None)


def list_from(
    data: object, columns: Iterable[str] | None = None, *, ordered: bool | None = None, raw: bool = False
) -> pd.DataFrame:
    """Return a list that was read as a pandas frame, as `from_any` does, and refuse it where a column holds what none may.

    Parameters
    ----------
    data : table or Stitched
    columns : iterable of str, optional
        Of extracts that were put together only these.
    ordered : bool, optional
        Whether `rank`, `tier` and the like are ours; by default where the list says how it was scored.
    raw : bool
        Whether cells are still read one by one, so that any plain value may stand there.

    Raises
    ------
    InputError
        If a column of the catalogue, or one that equiwait adds, holds what cannot stand there.

    Examples
    --------
    >>> list_from(pd.DataFrame({"scope": ["rtt_open", b"Mrs Smith"]}))
    Traceback (most recent call last):
    equiwait.errors.InputError: The column scope does not hold what equiwait writes there.
      Found: words are expected; there are bytes.
      Do: Take it as the last step returned it, or begin again with read_list.
    """
    frame = from_any(data, columns)
    refuse_odd(frame, ordered=ordered, raw=raw)
    return frame


def refuse_odd(frame: pd.DataFrame, *, ordered: bool | None = None, raw: bool = False) -> None:
    """Refuse a list of which a known column holds what cannot stand there: see `list_from`."""
    scored = "score_status" in frame.columns
    ours = scored if ordered is None else ordered
    if frame is _LOOKED_AT.get() and (scored or not ours):
        return

    def found(name: str) -> tuple[str, str | None, str]:
        kind = _kind_of_order(name) if ours else None
        kind = kind or _kind_of(name, frame.columns)
        kind = "plain values" if raw and kind else kind
        return name, kind, _odd(frame[name], kind) if kind else ""

    names = filter(lambda each: isinstance(each, str), frame.columns)
    for name, kind, odd in spread(found, names, threads=threads_for(len(frame))):
        if odd:
            raise InputError(
                f"The column {name} does not hold what equiwait writes there.",
                f"{kind} are expected; there are {odd}.",
                "Take it as the last step returned it, or begin again with read_list.",
            )


@contextmanager
def looked_at(frame: pd.DataFrame) -> Iterator[None]:
    """Look at a list once for all that is asked of it within; nothing may be written into it meanwhile.

    Examples
    --------
    >>> waiting = pd.DataFrame({"scope": ["rtt_open"]})
    >>> with looked_at(waiting):
    ...     list_from(waiting) is waiting
    True
    """
    refuse_odd(frame)
    before = _LOOKED_AT.set(frame)
    try:
        yield
    finally:
        _LOOKED_AT.reset(before)


def flags_of(frame: pd.DataFrame) -> list[str]:
    """Return the columns that say why a field is missing; not a column of the user's own that only begins like one.

    Examples
    --------
    >>> flags_of(pd.DataFrame({"missing_sex": ["blank", "recorded"], "missing_since": ["May", "June"]}))
    ['missing_sex']
    """
    named = [name for name in frame.columns if str(name).startswith("missing_")]
    return [name for name in named if not _odd(frame[name], "reasons for missing")]


def _kind_of_order(name: str) -> str | None:
    """What a column that `score` adds may hold; points may be of a column of the user's own that only begins so."""
    if name in _ORDER:
        return "numbers"
    if name in _FLAGS:
        return "yes or no"
    return "words" if name in _ORDER_WORDS else "plain values" if name.startswith("points_") else None


def _kind_of(name: str, columns: Container[object]) -> str | None:
    """What a column may hold; None for a column of the user's own, which may hold anything."""
    if name in _NUMBERS:
        return "numbers"
    if name in _WORDS:
        return "words"
    if name.startswith("missing_") and (name[8:] in FIELDS or name[8:] in columns):
        return "reasons for missing"
    if name in FIELDS and FIELDS[name].kind == "date":
        return "days"
    return "plain values" if name in FIELDS or name in _PLAIN or name.endswith(_PLACES) else None


def _odd(column: pd.Series[Any], kind: str) -> str:
    """What is in a column that may not be there, in words; nothing where all is well."""
    found = column.dtype
    if isinstance(found, pd.CategoricalDtype):
        # Codes of a category are whole numbers, whatever they stand for: arithmetic on them is refused by pandas.
        return "categories" if kind == "numbers" else _odd(found.categories.to_series(), kind)
    if pd.api.types.is_string_dtype(found) and not isinstance(found, np.dtype):
        return "text" if kind in ("numbers", "yes or no") else _odd_text(column, kind)
    if isinstance(found, np.dtype) and found.kind == "O":
        return _odd_objects(column, kind)
    return _odd_dtype(column, kind)


def _odd_dtype(column: pd.Series[Any], kind: str) -> str:
    if str(column.dtype) == "null[pyarrow]":
        return "cells without a type"
    odd = _odd_kind(column, kind)
    return odd if odd and column.notna().any() else ""  # a column of nothing is of no kind


def _odd_kind(column: pd.Series[Any], kind: str) -> str:
    found = column.dtype
    if isinstance(found, pd.SparseDtype):
        return "sparse numbers"
    if pd.api.types.is_bool_dtype(found):
        return "" if kind in ("yes or no", "plain values") else "true and false"
    if pd.api.types.is_datetime64_any_dtype(found) or "date32" in str(found):
        return "" if kind in ("days", "plain values") else "dates"
    if getattr(found, "kind", "") in "iuf" and "decimal" not in str(found):
        return _odd_numbers(column) if kind in ("numbers", "plain values") else "numbers"
    return "values of another kind"


def _odd_numbers(column: pd.Series[Any]) -> str:
    """Whether numbers are too large to be days, places or points."""
    held = plain(column)
    # What lies under a mask is looked at too: where all of it is of measure, so is what is known.
    if held is not None and len(held.values) and held.values.dtype.kind in "iuf" and _of_measure(held):
        return ""
    if not column.notna().any():
        return ""
    least, most = attempt(lambda: (float(column.min()), float(column.max())), lambda _: InputError("No number."))
    return "" if least > -_LARGEST and most < _LARGEST else "numbers without end, or beyond all measure"


def _of_measure(held: Plain) -> bool:
    values = held.values
    if values.dtype.kind in "iu" and values.dtype.itemsize < 4:
        return True
    gaps = (
        values.dtype.kind == "f" and held.missing is None
    )  # not a number is what is missing, and neither least nor most
    least, most = (np.fmin.reduce(values), np.fmax.reduce(values)) if gaps else (values.min(), values.max())
    return bool(float(least) > -_LARGEST and float(most) < _LARGEST)


def _odd_objects(column: pd.Series[Any], kind: str) -> str:
    """Cells are told by their own type alone: what is asked of an object otherwise runs code of whoever made it."""
    values = column.to_numpy(object)
    wrong = set(map(type, values)) - _MISSING - _KINDS[kind]
    if float in wrong and all(value != value for value in values if type(value) is float):
        wrong.discard(float)
    return ", ".join(sorted({_SAID.get(each, _OTHER) for each in wrong})) or _odd_text(column, kind)


def _odd_text(column: pd.Series[Any], kind: str) -> str:
    """Whether there is text among days that is none, or that is no reason."""
    if kind == "reasons for missing":
        return "" if column.dropna().isin(list(REASONS)).all() else "other words"
    if kind != "days":
        return ""
    texts = [text for text in column.dropna().unique() if isinstance(text, str) and text]
    if not all(_DAY.match(text) for text in texts):
        return "text that is no day (2026-10-31)"
    return "" if _are_days([text[:10] for text in texts]) else "text that is no day (2026-10-31)"


def _are_days(texts: list[str]) -> bool:
    try:
        return len(np.array(texts, "datetime64[D]")) == len(texts)
    except ValueError:
        return False


def days_held(column: pd.Series[Any]) -> NDArray[np.datetime64]:
    """Return the days of a column that `list_from` let through, however they are held: as text, as dates, as categories.

    Examples
    --------
    >>> days_held(pd.Series(["2026-10-31", "2026-10-31 00:00:00", None])).astype(str).tolist()
    ['2026-10-31', '2026-10-31', 'NaT']
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = days_held(column.cat.categories.to_series())
        return np.append(names, np.datetime64("NaT", "D"))[column.cat.codes.to_numpy()]
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        return column.to_numpy().astype("datetime64[D]")
    return np.array(["NaT" if pd.isna(each) else str(each)[:10] or "NaT" for each in column], "datetime64[D]")
