"""Row work of intake: one cell at a time is read as what its column means, and each row is told its scope.

A cell that cannot be read stays missing, and the row says why in ``row_problems``. Whatever is asked of a cell is asked
once for each distinct value of a block (`equiwait.frames.distinct`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from equiwait.fields import AGE_BANDS, FIELDS, INVALID, Field, read_flag
from equiwait.frames import Columns, coded, distinct

__all__ = ["AGE_BAND_NAMES", "SCOPES", "Cells", "DateOrder", "read_date"]

DateOrder: TypeAlias = str
Problems: TypeAlias = dict[str, NDArray[np.bool_]]

SCOPES = (
    "rtt_open", "closed", "non_rtt", "planned", "planned_overdue", "diagnostic", "duplicate", "other_snapshot",
    "unknown_clock_start", "future_clock_start",
)  # fmt: skip
AGE_BAND_NAMES = ("0-18", "19-64", "65+")

_OPEN_END = dt.date(9999, 12, 31)
_EPOCH = dt.date(1970, 1, 1)
_NULL_WORD = "NULL"  # what some databases export for an empty cell; text columns keep it, others read it as blank


# --- dates -----------------------------------------------------------------------------------------------------------

_MONTHS = {
    name: i
    for i, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ].*)?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_NUMBERS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[T ].*)?")
_WORDS = re.compile(
    r"(?:[a-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[-/. ]*([a-z]{3})[a-z]*[-/., ]*(\d{4}|\d{2})(?:[T ].*)?",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_SERIAL_ZERO = dt.date(1899, 12, 30)  # day 0 of a spreadsheet's calendar


def read_date(cell: str, order: DateOrder = "day_first", latest_year: int = 2068) -> tuple[dt.date | None, str]:
    """Read one date; return it, or None with what is wrong: ``"invalid"`` or ``"other_order"``.

    Understood: ISO, ``20261031``, day-first numbers (month-first with ``order="month_first"``), months in words, and a
    spreadsheet's serial number. A year of two digits is the latest that is not after ``latest_year``.

    Examples
    --------
    >>> [str(read_date(cell)[0]) for cell in ("2026-03-04", "04/03/2026", "4 Mar 26", "46085")]
    ['2026-03-04', '2026-03-04', '2026-03-04', '2026-03-04']
    >>> read_date("03/25/2026")
    (None, 'other_order')
    """
    cell = cell.strip()
    if found := _ISO.fullmatch(cell) or _COMPACT.fullmatch(cell):
        return _date(*map(int, found.groups()))
    if found := _NUMBERS.fullmatch(cell):
        first, second, year = int(found[1]), int(found[2]), _year(found[3], latest_year)
        day, month = (first, second) if order == "day_first" else (second, first)
        read, wrong = _date(year, month, day)
        return (read, wrong) if read or _date(year, day, month)[0] is None else (None, "other_order")
    if found := _WORDS.fullmatch(cell):
        month = _MONTHS.get(found[2].lower(), 0)
        return _date(_year(found[3], latest_year), month, int(found[1]))
    if found := _SERIAL.fullmatch(cell):
        return _SERIAL_ZERO + dt.timedelta(days=int(found[1])), ""
    return None, "invalid"


def _date(year: int, month: int, day: int) -> tuple[dt.date | None, str]:
    try:
        return dt.date(year, month, day), ""
    except ValueError:
        return None, "invalid"


def _year(digits: str, latest: int) -> int:
    if len(digits) == 4:
        return int(digits)
    year = latest // 100 * 100 + int(digits)
    return year if year <= latest else year - 100


# --- the kernel ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cells:
    """The kernel of intake: raw columns in, canonical columns, scope, days waited and problems out.

    Parameters
    ----------
    snapshot : datetime.date
        The day that the list describes.
    blank_means : mapping of str to bool
        Flags recorded only when true, or only when false: what their blank means.
    order : {"day_first", "month_first"}
        How dates in numbers are read.
    """

    snapshot: dt.date
    blank_means: Mapping[str, bool]
    order: DateOrder = "day_first"

    def __call__(self, batch: pa.RecordBatch) -> Columns:
        """Read one block whose columns have canonical names."""
        problems: Problems = {}
        columns: dict[str, pa.Array] = {
            name: self._read(FIELDS[name], batch.column(name), problems)
            for name in batch.schema.names
            if name in FIELDS
        }
        self._split_priority(batch, columns, problems)
        self._derive(columns, batch.num_rows, problems)
        columns["row_problems"] = _joined(problems, batch.num_rows)
        return columns

    def _read(self, field: Field, raw: pa.Array, problems: Problems) -> pa.Array:
        readers: Mapping[str, Callable[[Field, pa.Array, Problems], pa.Array]] = {
            "code": _read_codes, "text": _read_text, "date": self._read_dates, "whole": _read_whole, "number": _read_number,
            "flag": self._read_flags,
        }  # fmt: skip
        return readers[field.kind](field, raw, problems)

    def _read_dates(self, field: Field, raw: pa.Array, problems: Problems) -> pa.Array:
        if pa.types.is_temporal(raw.type):
            if getattr(raw.type, "tz", None):  # the day that the clock on the wall said
                raw = pc.local_timestamp(raw)
            days = np.asarray(raw.cast(pa.timestamp("s")).cast(pa.date32()).cast(pa.int32()).fill_null(_NO_DAY)).astype(
                np.int64
            )
            return self._plausible(field, days, problems)
        values, place = distinct(raw)
        latest = self.snapshot.year + (0 if field.name == "date_of_birth" else 1)
        read = [read_date(cell, self.order, latest) if (cell := _cell(value)) else (None, "") for value in values]
        for wrong in ("invalid", "other_order"):
            _note(problems, f"{field.name}_{wrong}", np.array([one[1] == wrong for one in read])[place])
        days = np.array([(one[0] - _EPOCH).days if one[0] else _NO_DAY for one in read], np.int64)[place]
        return self._plausible(field, days, problems)

    def _plausible(self, field: Field, days: NDArray[np.int64], problems: Problems) -> pa.Array:
        """Take out open ends and the dates that systems write for "no date"."""
        days = np.where(days >= (_OPEN_END - _EPOCH).days - 366, _NO_DAY, days)
        earliest = dt.date(1900, 1, 2) if field.name == "date_of_birth" else dt.date(1990, 1, 1)
        early = (days != _NO_DAY) & (days < (earliest - _EPOCH).days)
        _note(problems, f"{field.name}_implausible", early)
        return _dates(np.where(early, _NO_DAY, days))

    def _read_flags(self, field: Field, raw: pa.Array, problems: Problems) -> pa.Array:
        values, place = distinct(raw)
        read = [read_flag(cell) if (cell := _cell(value)) else None for value in values]
        blank = np.array([not _cell(value) for value in values])[place]
        known = np.array([one is not None for one in read])[place]
        _note(problems, f"{field.name}_invalid", ~known & ~blank)
        flags = np.array([one == "true" for one in read])[place]
        if field.name in self.blank_means:
            flags, known = np.where(blank, self.blank_means[field.name], flags), known | blank
            meant = "yes" if self.blank_means[field.name] else "no"
            _note(problems, f"{field.name}_blank_read_as_{meant}", blank)
        return pa.array(flags, mask=~known)

    def _split_priority(self, batch: pa.RecordBatch, columns: dict[str, pa.Array], problems: Problems) -> None:
        """P5 and P6 are a person's choice to wait and D-codes belong to tests: neither is a clinical urgency."""
        if "priority" not in batch.schema.names:
            return
        values, place = distinct(batch.column("priority"))
        cells = [_cell(value) for value in values]
        codes = {
            name: [FIELDS[name].read(cell) if cell else None for cell in cells]
            for name in ("priority", "patient_choice")
        }
        tests = [f"D{found[1]}" if (found := re.fullmatch(r"d\s*-?([1-6])", cell.lower())) else None for cell in cells]
        apart = [
            code in ("P5", "P6") or test is not None for code, test in zip(codes["patient_choice"], tests, strict=True)
        ]
        priority = [None if away else code for code, away in zip(codes["priority"], apart, strict=True)]
        columns["priority"] = _codes_of(
            FIELDS["priority"],
            [
                INVALID if cell and not code and not away else code
                for cell, code, away in zip(cells, priority, apart, strict=True)
            ],
            place,
        )
        bad = np.array(
            [bool(cell) and not code and not away for cell, code, away in zip(cells, priority, apart, strict=True)]
        )
        problems.pop("priority_invalid", None)
        _note(problems, "priority_invalid", bad[place])
        chosen = [code if code in ("P5", "P6") else None for code in codes["patient_choice"]]
        _fill(columns, FIELDS["patient_choice"], chosen, place)
        _fill(columns, FIELDS["diagnostic_priority"], tests, place)

    # --- what follows from the cells of a row ---

    def _derive(self, columns: dict[str, pa.Array], rows: int, problems: Problems) -> None:
        today = (self.snapshot - _EPOCH).days
        start, stop = _days(columns, "clock_start", rows), _days(columns, "clock_stop", rows)
        status = _text_of(columns, "rtt_status", rows)
        unknown, future = start == _NO_DAY, start > today
        stopped = (stop != _NO_DAY) & (stop <= today)
        _note(problems, "clock_start_missing", unknown)
        _note(problems, "clock_start_in_future", future)
        _note(problems, "clock_stop_in_future", (stop != _NO_DAY) & (stop > today))
        _note(problems, "clock_stop_before_start", stopped & ~unknown & (stop < start))
        for name in ("pathway_id", "postcode"):
            if name in columns:
                _note(problems, f"{name}_missing", np.asarray(columns[name].is_null()))
        closed = stopped | np.isin(status, _STOPS)
        end = np.where(stopped, stop, today)
        known = ~unknown & ~future & ~(closed & ~stopped) & (end >= start)
        waited = np.where(known, end - start, 0).astype(np.int32)
        columns["scope"] = self._scope(columns, rows, unknown, future, closed)
        columns["days_waiting"] = pa.array(waited, mask=~known)
        columns["weeks_waiting"] = pa.array(waited / 7, mask=~known)
        self._stop_reasons(columns, status, closed)
        self._age(columns, rows, problems)

    def _scope(
        self,
        columns: Columns,
        rows: int,
        unknown: NDArray[np.bool_],
        future: NDArray[np.bool_],
        closed: NDArray[np.bool_],
    ) -> pa.Array:
        """The first of these that is true of a row, strongest first; ``duplicate`` is list work and comes later."""
        today = (self.snapshot - _EPOCH).days
        status, kind = _text_of(columns, "rtt_status", rows), _text_of(columns, "list_type", rows)
        seen, due = _days(columns, "snapshot_date", rows), _days(columns, "due_date", rows)
        planned = kind == "planned"
        choices = {
            "other_snapshot": (seen != _NO_DAY) & (seen != today),
            "diagnostic": kind == "diagnostic",
            "planned_overdue": planned & (due != _NO_DAY) & (due < today),
            "planned": planned,
            "non_rtt": np.isin(kind, ("ONON", "INON")) | np.isin(status, ("90", "91", "92", "98")),
            "closed": closed,
            "unknown_clock_start": unknown,
            "future_clock_start": future,
        }
        index = np.select(list(choices.values()), [SCOPES.index(name) for name in choices], SCOPES.index("rtt_open"))
        return coded(index, SCOPES)

    def _stop_reasons(self, columns: dict[str, pa.Array], status: NDArray[np.str_], closed: NDArray[np.bool_]) -> None:
        """Where the list does not say how a wait ended, its status does: 30 treated, 31 to 35 left otherwise, 36 died."""
        if "clock_stop" not in columns and "rtt_status" not in columns:
            return
        names = list(FIELDS["stop_reason"].categories)
        told = np.select(
            [status == "30", np.isin(status, ("31", "32", "33", "34", "35")), status == "36", closed],
            [names.index("treated"), names.index("left_otherwise"), names.index("died"), names.index("unknown")],
            -1,
        )
        said = (
            np.asarray(columns["stop_reason"].indices.fill_null(-1))
            if "stop_reason" in columns
            else np.full(len(closed), -1)
        )
        columns["stop_reason"] = coded(np.where(closed, np.where(said >= 0, said, told), -1), names)

    def _age(self, columns: dict[str, pa.Array], rows: int, problems: Problems) -> None:
        """Age on the day of the snapshot: from the date of birth where there is one, else as given."""
        given = np.asarray(columns["age"].fill_null(-1)) if "age" in columns else np.full(rows, -1, np.int32)
        if "date_of_birth" in columns:
            born = _days(columns, "date_of_birth", rows)
            late = (born != _NO_DAY) & (born > (self.snapshot - _EPOCH).days)
            _note(problems, "date_of_birth_in_future", late)
            given = np.where((born != _NO_DAY) & ~late, _years(born, self.snapshot), given)
        impossible = given > 120
        _note(problems, "age_implausible", impossible)
        known = (given >= 0) & ~impossible
        if "age" in columns or "date_of_birth" in columns:
            columns["age"] = pa.array(given.astype(np.int32), mask=~known)
            band = np.searchsorted(AGE_BANDS["nhse"], given, side="right") - 1
            told = _text_of(columns, "age_band", rows)  # where no age is known, a band that the list itself gives
            said = np.select([told == name for name in AGE_BAND_NAMES], range(len(AGE_BAND_NAMES)), -1)
            columns["age_band"] = coded(np.where(known, band, said), AGE_BAND_NAMES)


_STOPS = ("30", "31", "32", "33", "34", "35", "36")
_NO_DAY = np.iinfo(np.int32).min


def _years(born: NDArray[np.int64], today: dt.date) -> NDArray[np.int64]:
    """Whole years lived: a birthday of 29 February falls on 1 March in other years."""
    days = born.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    year, month, day = (
        (months.astype(np.int64) // 12 + 1970),
        months.astype(np.int64) % 12 + 1,
        (days - months).astype(np.int64) + 1,
    )
    before = (month > today.month) | ((month == today.month) & (day > today.day))
    return np.asarray(today.year - year - before)


# --- kinds of cells --------------------------------------------------------------------------------------------------


def _cell(value: str | None) -> str:
    """A cell without spaces round it; a database's NULL is blank."""
    trimmed = unicodedata.normalize("NFKC", value).strip() if value else ""
    return "" if trimmed == _NULL_WORD else trimmed


def _read_codes(field: Field, raw: pa.Array, problems: Problems) -> pa.Array:
    values, place = distinct(raw)
    read = [(field.read(cell) or INVALID) if (cell := _cell(value)) else None for value in values]
    _note(problems, f"{field.name}_invalid", np.array([code == INVALID for code in read])[place])
    return _codes_of(field, read, place)


def _codes_of(field: Field, read: Sequence[str | None], place: NDArray[np.intp]) -> pa.Array:
    where = {code: i for i, code in enumerate(field.categories)}
    return coded(np.array([where.get(code, -1) if code else -1 for code in read])[place], field.categories)


def _fill(columns: dict[str, pa.Array], field: Field, read: Sequence[str | None], place: NDArray[np.intp]) -> None:
    """Add a coded column found inside another, where the list has none of its own or leaves it blank."""
    found = _codes_of(field, read, place)
    if field.name in columns:
        columns[field.name] = coded(
            np.where(
                np.asarray(columns[field.name].is_null()),
                np.asarray(found.indices.fill_null(-1)),
                np.asarray(columns[field.name].indices.fill_null(-1)),
            ),
            field.categories,
        )
    elif any(read):
        columns[field.name] = found


def _read_text(field: Field, raw: pa.Array, _problems: Problems) -> pa.Array:
    if field.spellings is not None:
        values, place = distinct(raw)
        return pa.array([field.read(cell) if (cell := _cell(value)) else None for value in values], pa.string()).take(
            pa.array(place)
        )
    plain = raw.dictionary_decode() if pa.types.is_dictionary(raw.type) else raw
    trimmed = pc.utf8_trim_whitespace(plain.cast(pa.string()))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _read_whole(field: Field, raw: pa.Array, problems: Problems) -> pa.Array:
    values, place = distinct(raw)
    read = [
        int(float(cell)) if (cell := _cell(value)) and re.fullmatch(r"\d{1,9}(\.0+)?", cell) else -1 for value in values
    ]
    blank = np.array([not _cell(value) for value in values])
    number = np.array(read, np.int32)
    _note(problems, f"{field.name}_invalid", (~blank & (number < 0))[place])
    return pa.array(number[place], mask=(number < 0)[place])


def _read_number(field: Field, raw: pa.Array, problems: Problems) -> pa.Array:
    values, place = distinct(raw)
    read = np.array(
        [
            float(cell) if (cell := _cell(value)) and re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell) else np.nan
            for value in values
        ]
    )
    blank = np.array([not _cell(value) for value in values])
    _note(problems, f"{field.name}_invalid", (~blank & np.isnan(read))[place])
    return pa.array(read[place], mask=np.isnan(read)[place])


# --- arrays ----------------------------------------------------------------------------------------------------------


def _note(problems: Problems, code: str, rows: NDArray[np.bool_]) -> None:
    if rows.any():
        problems[code] = rows


def _joined(problems: Problems, rows: int) -> pa.Array:
    """Each row's problem codes, sorted and joined; rows with the same problems share one text."""
    codes = sorted(problems)
    key, texts = np.zeros(rows, np.int64), [""]
    for code in codes:  # number the combinations that occur, one problem at a time, so that no bit field can overflow
        pair = key * 2 + problems[code]
        occurs = np.bincount(pair) > 0
        seen, key = np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[pair]
        texts = [";".join(filter(None, (texts[one // 2], code if one % 2 else ""))) for one in seen]
    return coded(key, texts)


def _dates(days: NDArray[np.int64]) -> pa.Array:
    return pa.array(np.where(days == _NO_DAY, 0, days).astype(np.int32), mask=days == _NO_DAY).cast(pa.date32())


def _days(columns: Columns, name: str, rows: int) -> NDArray[np.int64]:
    if name not in columns:
        return np.full(rows, _NO_DAY, np.int64)
    return np.asarray(columns[name].cast(pa.int32()).fill_null(_NO_DAY)).astype(np.int64)


def _text_of(columns: Columns, name: str, rows: int) -> NDArray[np.str_]:
    if name not in columns:
        return np.full(rows, "")
    values, place = distinct(columns[name])
    return np.asarray(np.array([value or "" for value in values])[place])
