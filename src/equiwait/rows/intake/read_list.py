"""`read_list`: from an extract to canonical columns, with nobody's row lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from equiwait.engines.memory import run
from equiwait.errors import OptionError, choose, did_you_mean, listed
from equiwait.fields import FIELDS
from equiwait.files.queries import rows_of_query
from equiwait.files.raw_table import RawTable
from equiwait.files.read_table import raw_table
from equiwait.frames import cut, in_order_of_names, in_pieces, with_columns
from equiwait.plain_columns import plain_text
from equiwait.room import give_back, system_memory, tidily
from equiwait.rows.intake.cells import without_invisible
from equiwait.rows.intake.columns import DERIVED, PROFILES, renamed, text_headers
from equiwait.rows.intake.ethnicity_codes import local_codes
from equiwait.rows.intake.extract import Extract, Options, moments_as_text
from equiwait.rows.intake.snapshots import snapshot_day

__all__ = ["clean_own", "options_of", "read_list"]


def read_list(
    source: object,
    *,
    snapshot: str | dt.date,
    columns: Mapping[str, str] | None = None,
    profile: str = "auto",
    blank_means: Mapping[str, str] | None = None,
    codes: Mapping[str, str | Mapping[str, str]] | None = None,
    date_order: str = "day_first",
    sheet: str | None = None,
    query: str | None = None,
) -> pd.DataFrame:
    """Read a waiting-list extract into canonical columns.

    Parameters
    ----------
    source : path, table or connection
        A CSV, Excel (xlsx, xls, ods) or Parquet file, a pandas frame, anything that speaks the Arrow interface, or a
        connection to a database (Python's DB-API: pyodbc, oracledb, psycopg, sqlite3, duckdb …) with ``query``. A CSV
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
    codes : mapping, optional
        Codes that are not England's: for ethnicity the name of a code list, ``{"ethnicity": "wales"}`` (or
        ``"scotland_2011"``, ``"scotland_2008"``), and for any coded column what local codes mean,
        ``{"ethnicity": {"NK": "N"}}``. A list's nation is never guessed from its cells.
    date_order : {"day_first", "month_first"}
        How a date in numbers such as 03/04/2026 is read.
    sheet : str, optional
        Which sheet of a workbook; by default the one that looks like a list.
    query : str, optional
        What to read from a connection: one SELECT.

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order (and the index of a frame), columns renamed, and added: ``scope``,
        ``days_waiting`` (days to the snapshot, or to the clock stop of a closed pathway), ``weeks_waiting``
        (days / 7, never rounded), ``row_problems`` (sorted codes joined by ``;``, empty if none), ``age`` and
        ``age_band`` where they can be known, ``stop_reason``; beside a priority ``patient_choice``, ``diagnostic_priority``
        and ``choice_code``; ``ethnicity_list`` where ``codes`` names one; ``person_id_in_source`` where an identifier is
        shared by different people. Columns of your own are passed through, without invisible marks.

    Raises
    ------
    InputError
        If the source cannot be read, no row has a usable clock start, the snapshot is not in the file or lies before most
        clock starts, or dates or priorities can be read two ways.
    ColumnsError
        If no column can be the clock start, or ``columns`` names a header that is not there.
    OptionError
        If an option is not understood.

    Notes
    -----
    Nothing is dropped. The latest submission of a pathway counts and its other rows stay with ``scope`` ``duplicate``.
    A blank stays missing; a cell that cannot be read is missing too (``"invalid"`` in a coded column) and
    ``row_problems`` says so, as it does of words for *nothing recorded* ("N/K", "Refused"). A code is the whole cell, or the
    code and words that agree with it. Dates of 9999 are open ends. A clock start before 1990 is taken as not known. An
    identifier has one form: no spaces, dashes or ``.0``; numbers and words that mean *none* are none. A list that was read,
    saved and opened again gives the same list.

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
    options = options_of(snapshot, columns, profile, blank_means, codes, date_order)
    with system_memory(keeps=False):
        return _waiting(source, sheet, query, options)


def _waiting(source: object, sheet: str | None, query: str | None, options: Options) -> pd.DataFrame:
    """Read a list; what was freed on the way is given back before more is taken, so that a list never takes twice its own memory."""
    raw = raw_table(_asked_for(source, query), sheet, _dates_in(options.columns))
    give_back(len(raw))
    headers = text_headers(raw.headers)
    raw = raw.with_headers(headers)
    many = len(raw)
    extract = Extract(pd.DataFrame(columns=headers), dict.fromkeys(headers, pa.null()), options)
    read_anew = {extract.sources[name] for name in extract.canonical}
    own = [each for each in headers if each not in read_anew and not (extract.was_read and each in DERIVED)]
    frame = clean_own(renamed(raw.taken_out(own), extract.named))
    names = {source: name for name, source in extract.sources.items()}
    arrays = {
        header: in_pieces(frame[names[header]]) if header in own else _taken(raw, header, names.get(header, header))
        for header in extract.reads
    }
    extract.kinds |= {name: array.type for name, array in arrays.items()}
    blocks = cut(arrays, many)
    del raw, arrays  # so that the rows are not held twice
    waiting = with_columns(frame, _read(extract, tidily(blocks)))
    return in_order_of_names(waiting[extract.in_order(waiting.columns)], ("row_problems", "snapshot_date"))


def _taken(raw: RawTable, header: str, name: str) -> pa.Array | pa.ChunkedArray:
    """Return a column that is read as Arrow has it, and let go of the other way in which it came."""
    if raw.is_plain(header):
        column = raw.arrow(header)
        raw.let_go(header)
        return column
    return in_pieces(clean_own(raw.taken_out([header]).set_axis([name], axis=1))[name])


def _asked_for(source: object, query: str | None) -> object:
    """Return what a query gives, or a source that is none as it is."""
    asked = query is not None or callable(getattr(source, "cursor", None))
    return rows_of_query(source, query) if asked else source


def _read(extract: Extract, blocks: Iterable[pa.RecordBatch]) -> dict[str, pa.ChunkedArray]:
    done = [extract.finish(block) for block in run(extract.plan(), blocks)]
    give_back(sum(block.num_rows for block in done))
    names = [name for name in done[0].schema.names if name not in extract.waits]
    return {name: pa.chunked_array([block.column(name) for block in done]) for name in names}


def clean_own(frame: pd.DataFrame) -> pd.DataFrame:
    """Take what nobody sees out of text of the user's own, and keep every digit of a moment that is read as text.

    However a frame holds the text (objects, strings, categories, Arrow's own types), it is still held so.
    """
    changed: dict[Any, Any] = {}
    for name in frame.columns:
        field, kind = FIELDS.get(str(name)), frame[name].dtype
        if field is not None and field.kind == "text" and isinstance(kind, np.dtype) and kind.kind == "M":
            changed[name] = moments_as_text(pa.array(frame[name], from_pandas=True))
        elif field is None and _is_text(frame[name]):
            text = plain_text(in_pieces(frame[name]))
            if (seen := without_invisible(text)) is not text:
                changed[name] = (
                    pd.array(seen.cast(kind.pyarrow_dtype), kind) if isinstance(kind, pd.ArrowDtype) else seen
                )
    if not changed:
        return frame
    clean_frame = with_columns(frame, changed)
    kept = {name: frame[name].dtype for name in changed if frame[name].dtype == object}  # pandas 2 keeps text so
    return clean_frame.astype(kept) if kept else clean_frame


def _is_text(column: pd.Series[Any] | pd.Index[Any]) -> bool:
    """Whether a column holds text and nothing else, whichever way the frame keeps it."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _is_text(kind.categories)
    if column.dtype == object:
        return pd.api.types.infer_dtype(column, skipna=True) == "string"
    # Of Arrow's types, those that are no text come back as they are.
    return isinstance(kind, pd.StringDtype | pd.ArrowDtype)


# --- options ---------------------------------------------------------------------------------------------------------


def options_of(
    snapshot: object,
    columns: Mapping[str, str] | None = None,
    profile: str = "auto",
    blank_means: Mapping[str, str] | None = None,
    codes: Mapping[str, Any] | None = None,
    date_order: str = "day_first",
    *,
    duplicates: bool = True,
) -> Options:
    """Return what a user says of an extract, checked."""
    day = snapshot_day(snapshot)
    _check_options(columns, blank_means, codes)
    choose("profile", profile, PROFILES)
    choose("date_order", date_order, ("day_first", "month_first"))
    local_codes(codes or {})
    meant = _blank_means(blank_means or {})
    return Options(day, columns or {}, profile, meant, dict(codes or {}), date_order, duplicates)


def _check_options(*given: Mapping[str, Any] | None) -> None:
    for option, value in zip(("columns", "blank_means", "codes"), given, strict=True):
        if value is not None and not isinstance(value, Mapping):
            raise OptionError(
                f"{option}= is a {type(value).__name__}, not a mapping.", todo=f"Write {option}={{'left': 'right'}}."
            )


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
