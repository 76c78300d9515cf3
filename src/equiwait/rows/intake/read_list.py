"""`read_list`: from an extract to canonical columns, with nobody's row lost."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.errors import ColumnsError, InputError, OptionError, choose, did_you_mean, headers_said, listed
from equiwait.fields import FIELDS, field_of, plain
from equiwait.files.read_table import read_table
from equiwait.frames import categorical, distinct, map_rows, to_arrow, with_columns
from equiwait.rows.intake.cells import SCOPES, Cells, read_date

__all__ = ["read_list"]

_PROFILES = ("auto", "wlmds", "exact")
_DERIVED = ("scope", "row_problems", "days_waiting", "weeks_waiting")
_KEY = ("pathway_issuer", "pathway_id", "referral_id", "clock_start", "provider", "snapshot_date")


def read_list(
    source: object,
    *,
    snapshot: str | dt.date,
    columns: Mapping[str, str] | None = None,
    profile: str = "auto",
    blank_means: Mapping[str, str] | None = None,
    date_order: str = "day_first",
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read a waiting-list extract into canonical columns.

    Parameters
    ----------
    source : path or table
        A CSV, Excel (xlsx, xls, ods) or Parquet file, a pandas frame, or anything that speaks the Arrow interface. A CSV
        file is read as text and only the empty cell is missing; titles above the header row are passed over.
    snapshot : str or datetime.date
        The day that the list describes. Where a file stacks several, this one is selected and the rows of the others
        are kept with ``scope`` ``other_snapshot``.
    columns : mapping, optional
        Your headers to names of the catalogue, for those that are not known by themselves; either way round.
    profile : {"auto", "wlmds", "exact"}
        Which headers are known by themselves: all the aliases, only names of the Waiting List Minimum Data Set, or only
        canonical names. Case, spaces, underscores and hyphens never matter.
    blank_means : mapping, optional
        What a blank means in a flag that is recorded only when true, such as ``{"learning_disability": "no"}``.
        Otherwise a blank is *not recorded*.
    date_order : {"day_first", "month_first"}
        How a date in numbers such as 03/04/2026 is read.
    sheet : str, optional
        Which sheet of a workbook; by default the one that looks like a list.

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order (and the index of a frame), columns renamed, and added: ``scope``,
        ``days_waiting`` (days to the snapshot, or to the clock stop of a closed pathway), ``weeks_waiting``
        (days / 7, never rounded), ``row_problems`` (sorted codes joined by ``;``, empty if none), ``age`` and
        ``age_band`` where they can be known, ``stop_reason``, ``patient_choice``. Columns of your own are passed through.

    Raises
    ------
    InputError
        If the source cannot be read, no row has a usable clock start, the snapshot is not in the file, or dates or
        priorities can be read two ways.
    ColumnsError
        If no column can be the clock start, or ``columns`` names a header that is not there.
    OptionError
        If an option is not understood.

    Notes
    -----
    Nothing is dropped. The latest submission of a pathway counts and its other rows stay with ``scope`` ``duplicate``.
    A blank stays missing; a cell that cannot be read is missing too (``"invalid"`` in a coded column) and
    ``row_problems`` says so. Dates of 9999 are open ends. A clock start before 1990 is taken as not known.

    Examples
    --------
    >>> import pandas as pd
    >>> raw = pd.DataFrame({"Pathway ID": ["a", "b"], "RTT start": ["01/04/2026", "2026-10-01"], "P code": ["p 2", ""]})
    >>> waiting = read_list(raw, snapshot="2026-10-31")
    >>> waiting[["pathway_id", "priority", "days_waiting", "scope"]]
      pathway_id priority  days_waiting     scope
    0          a       P2           213  rtt_open
    1          b      NaN            30  rtt_open
    """
    day = _snapshot(snapshot)
    for option, given in (("columns", columns), ("blank_means", blank_means)):
        if given is not None and not isinstance(given, Mapping):
            raise OptionError(
                f"{option}= is a {type(given).__name__}, not a mapping.", todo=f"Write {option}={{'left': 'right'}}."
            )
    choose("profile", profile, _PROFILES)
    choose("date_order", date_order, ("day_first", "month_first"))
    meant = _blank_means(blank_means or {})
    raw = read_table(source, sheet, _dates_in(columns or {}))
    named = _named(raw, columns or {}, profile)
    _refuse_ambiguous_priority(raw, named, columns or {})
    frame = _renamed(raw, named)
    if "age_band" in frame.columns and {"age", "date_of_birth"} & set(frame.columns):
        frame = frame.assign(age_band_in_source=frame["age_band"])  # ours is made from ages; theirs is kept beside it
    canonical = [name for name in frame.columns if name in FIELDS]
    read = map_rows(frame, Cells(day, meant, date_order), canonical)
    _refuse_other_order(frame, read, date_order)
    waiting = with_columns(frame, read)
    waiting = waiting.assign(row_problems=_with_ambiguous_dates(frame, waiting, date_order))
    waiting = waiting.assign(snapshot_date=_snapshots(waiting, day))
    waiting = waiting.assign(scope=_without_duplicates(waiting))
    _refuse_unusable(waiting, day, named)
    return waiting[[*frame.columns, *(name for name in waiting.columns if name not in set(frame.columns))]]


# --- options ---------------------------------------------------------------------------------------------------------


def _snapshot(snapshot: object) -> dt.date:
    if isinstance(snapshot, dt.datetime) and not pd.isna(snapshot):
        return snapshot.date()
    if isinstance(snapshot, dt.date) and not pd.isna(snapshot):
        return snapshot
    day = read_date(snapshot)[0] if isinstance(snapshot, str) and re.match(r"\d{4}-", snapshot) else None
    if day is None:
        raise OptionError(
            f"snapshot={snapshot!r} is not a date.", todo='Write it as year-month-day: snapshot="2026-10-31".'
        )
    return day


def _blank_means(given: Mapping[str, str]) -> dict[str, bool]:
    flags = [field.name for field in FIELDS.values() if field.kind == "flag"]
    for name, meaning in given.items():
        if name not in flags:
            raise OptionError(
                f"blank_means cannot be said of {name!r}.{did_you_mean(name, flags)}", todo=f"Flags: {listed(flags)}."
            )
        choose(f"blank_means[{name!r}]", meaning, ("no", "yes"))
    return {name: meaning == "yes" for name, meaning in given.items()}


def _dates_in(columns: Mapping[str, str]) -> list[str]:
    """The headers that ``columns=`` says are dates, either way round."""
    pairs = [*columns.items(), *((right, left) for left, right in columns.items())]
    return [str(header) for header, name in pairs if name in FIELDS and FIELDS[name].kind == "date"]


# --- headers ---------------------------------------------------------------------------------------------------------


def _named(raw: pd.DataFrame, given: Mapping[str, str], profile: str) -> dict[str, str]:
    """Return header → canonical name: what the caller says first, then what the catalogue knows, its preferred alias first."""
    headers = {plain(header): str(header) for header in raw.columns}
    named = _as_said(headers, given)
    for name, field in FIELDS.items():
        if name in named.values():
            continue
        known = {"auto": field.aliases, "wlmds": field.wlmds, "exact": ()}[profile]
        for alias in (name, *known):
            header = headers.get(plain(alias))
            if header is not None and header not in named and (profile != "auto" or field_of(header) == name):
                named[header] = name
                break
    if "clock_start" not in named.values():
        raise ColumnsError(
            "No column is known as the clock start, the day that the wait began.",
            found=_said(raw.columns),
            todo="Say which it is with columns={'Your header': 'clock_start'}.",
        )
    return named


def _said(headers: Iterable[object]) -> str:
    """Headers for a message: said only if some are known, since the first row of a file without headers is a patient's."""
    every = list(headers)
    known = len({field_of(header) for header in every} - {None})
    if known < (2 if len(every) > 3 else 1):
        return f"{len(every)} columns, and hardly one is known; they are not repeated here, in case the file has no header row."
    return headers_said(every, 60)


def _as_said(headers: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Read ``columns=`` as header → name, or name → header where only that makes sense."""
    named: dict[str, str] = {}
    wrong: list[str] = []
    for left, right in given.items():
        for header, name in ((left, right), (right, left)):
            if plain(header) in headers and name in FIELDS:
                named[headers[plain(header)]] = name
                break
        else:
            near = did_you_mean(right, FIELDS) if plain(left) in headers else ""
            wrong.append(f"{left!r}: {right!r}.{near}")
    if wrong:
        raise ColumnsError(
            "columns= names something that is not there: " + " ".join(wrong),
            found=_said(headers.values()),
            todo="Write columns={'Your header': 'name of the catalogue'}; the names are in the reference, under Columns.",
        )
    twice = sorted({name for name in named.values() if list(named.values()).count(name) > 1})
    if twice:
        raise ColumnsError(f"columns= gives two headers for {listed(twice)}.", todo="Keep one of them.")
    return named


def _renamed(raw: pd.DataFrame, named: Mapping[str, str]) -> pd.DataFrame:
    """Canonical names; a column of the user's own that bears a name we derive, or a taken one, is kept as ``…_in_source``."""
    taken = set(named.values()) | set(_DERIVED)
    own = {header: f"{header}_in_source" for header in raw.columns if header not in named and header in taken}
    return raw.rename(columns={**own, **named})


def _refuse_ambiguous_priority(raw: pd.DataFrame, named: Mapping[str, str], given: Mapping[str, str]) -> None:
    """A bare 1, 2 or 3 under "Priority" may be a P-code or a referral priority, and the two run opposite ways."""
    header = next((header for header, name in named.items() if name == "priority"), None)
    if (
        header is None
        or plain(header) != "priority"
        or any(plain(header) in (plain(a), plain(b)) for a, b in given.items())
    ):
        return
    cells = [value.strip().lower() for value in distinct(to_arrow(raw[header]))[0] if value and value.strip()]
    explicit = any(re.match(r"(p|d)\s*-?\d|priority\s*\d|\d\s*[ab]$", cell) for cell in cells)
    doubtful = any(
        re.fullmatch(r"[1-3](\.0)?", cell) or FIELDS["referral_priority"].read(cell) in ("1", "2", "3")
        for cell in cells
    )
    if doubtful and not explicit:
        raise InputError(
            f"The column {header!r} can be read two ways: P-codes (2 is sooner than 3) or referral priorities (3 is sooner than 2).",
            found="Bare numbers or words, and no code such as P2.",
            todo=f"Say which: columns={{{header!r}: 'priority'}} for P-codes, "
            f"columns={{{header!r}: 'referral_priority'}} for the referral.",
        )


# --- the list as a whole ---------------------------------------------------------------------------------------------


def _refuse_other_order(frame: pd.DataFrame, read: Mapping[str, Any], order: str) -> None:
    """Dates that only make sense in the other order, and none only in this one: the column is in the other order."""
    noted = {
        part
        for value in read["row_problems"].unify_dictionaries().chunk(0).dictionary.to_pylist()
        for part in value.split(";")
    }
    other = "month_first" if order == "day_first" else "day_first"
    columns = [name.removesuffix("_other_order") for name in noted if name.endswith("_other_order")]
    swapped = [name for name in columns if not _only_this_order(frame[name], order, other)]
    if swapped:
        raise InputError(
            f"Dates in {listed(sorted(swapped))} are written {other.replace('_', ' ')}.",
            found=f"Some can only be read {other.replace('_', ' ')}, and none only {order.replace('_', ' ')}.",
            todo=f"Read the list with date_order='{other}'.",
        )


def _with_ambiguous_dates(frame: pd.DataFrame, waiting: pd.DataFrame, order: str) -> pd.Series[Any]:
    """Say of every date that could be read either way, in a column where no other date settles the order, that it could."""
    problems = waiting["row_problems"]
    other = "month_first" if order == "day_first" else "day_first"
    for name in (name for name in frame.columns if name in FIELDS and FIELDS[name].kind == "date"):
        values, place = distinct(to_arrow(frame[name]))
        ways = [
            (read_date(value, order), read_date(value, other)) if value else ((None, ""), (None, ""))
            for value in values
        ]
        doubtful = np.array([bool(one[0] and two[0] and one[0] != two[0]) for one, two in ways])
        settled = any(two[1] == "other_order" for _, two in ways) and not any(
            one[1] == "other_order" for one, _ in ways
        )
        if doubtful.any() and not settled:
            problems = _noted(problems, f"{name}_ambiguous", doubtful[place])
    return problems


def _noted(problems: pd.Series[Any], code: str, rows: NDArray[np.bool_]) -> pd.Series[Any]:
    """Add a code to the problems of some rows."""
    texts = problems.astype(object).to_numpy()
    more = {text: ";".join(sorted({*filter(None, text.split(";")), code})) for text in set(texts[rows])}
    texts = np.where(rows, [more.get(text, text) for text in texts], texts)
    names, index = np.unique(texts.astype(str), return_inverse=True)
    return pd.Series(categorical(index, names.tolist()), index=problems.index)


def _only_this_order(cells: pd.Series[Any], order: str, other: str) -> bool:
    values = [value for value in distinct(to_arrow(cells))[0] if value]
    return any(read_date(value, order)[0] and read_date(value, other)[1] == "other_order" for value in values)


def _snapshots(waiting: pd.DataFrame, day: dt.date) -> pd.Series[Any]:
    """The snapshot of each row as a category of ISO days; a row without one belongs to the snapshot that was asked for."""
    if "snapshot_date" not in waiting.columns:
        return pd.Series(categorical(np.zeros(len(waiting), np.int8), [day.isoformat()]), index=waiting.index)
    days = waiting["snapshot_date"].fillna(pd.Timestamp(day)).to_numpy().astype("datetime64[D]")
    names, index = np.unique(days, return_inverse=True)
    return pd.Series(categorical(index, names.astype(str).tolist()), index=waiting.index)


def _without_duplicates(waiting: pd.DataFrame) -> pd.Series[Any]:
    """Mark all but the latest submission of each pathway as ``duplicate``; the last row of the file is the latest where nothing says."""
    if "pathway_id" not in waiting.columns:
        return waiting["scope"]
    eligible = (waiting["scope"] != "other_snapshot").to_numpy() & waiting["pathway_id"].notna().to_numpy()
    here = np.flatnonzero(eligible)
    here = here[np.argsort(_submission_order(waiting)[here], kind="stable")]
    keys = waiting[[name for name in _KEY if name in waiting.columns]].iloc[here]
    index = waiting["scope"].cat.codes.to_numpy().copy()
    index[here[keys.duplicated(keep="last").to_numpy()]] = SCOPES.index("duplicate")
    return pd.Series(categorical(index, SCOPES), index=waiting.index)


def _submission_order(waiting: pd.DataFrame) -> NDArray[np.int64]:
    """Place each row by when it was submitted, then by its number in the submission."""
    order = np.zeros(len(waiting), np.int64)
    for name in ("submission_row", "submitted_at"):  # the last is the strongest
        if name in waiting.columns:
            values, place = distinct(to_arrow(waiting[name]))
            ranked = {value: rank for rank, value in enumerate(sorted({v for v in values if v}, key=_moment), start=1)}
            order += np.array([ranked.get(value or "", 0) for value in values], np.int64)[place] * (
                len(waiting) + 1 if name == "submitted_at" else 1
            )
    return order


def _moment(value: str) -> tuple[int, float, str]:
    """Sort numbers as numbers and dates as dates, whatever their spelling."""
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return (0, float(value), "")
    day = read_date(value)[0]
    return (1, day.toordinal(), value[-9:]) if day else (2, 0.0, value)


def _refuse_unusable(waiting: pd.DataFrame, day: dt.date, named: Mapping[str, str]) -> None:
    scope = waiting["scope"]
    if (scope == "other_snapshot").all():
        found = sorted(waiting["snapshot_date"].cat.categories)
        raise InputError(
            f"No row of the list is of the snapshot {day.isoformat()}.",
            found=f"Snapshots in the file: {listed(found)}.",
            todo=f'Ask for one of them: snapshot="{found[-1]}".',
        )
    if waiting["clock_start"].isna().all():
        header = next(header for header, name in named.items() if name == "clock_start")
        raise InputError(
            f"No row has a clock start that can be read as a date in the column {header!r}.",
            found=f"{len(waiting)} rows.",
            todo="Check that it is the right column, or map another with columns={'Your header': 'clock_start'}.",
        )
