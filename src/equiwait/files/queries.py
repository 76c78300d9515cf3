"""A list out of a database: any connection of Python's DB-API and a query, read as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa

from equiwait.errors import InputError, OptionError, attempt
from equiwait.frames import from_any

__all__ = ["rows_of_query"]

_AT_ONCE = 50_000


def rows_of_query(connection: Any, query: str | None) -> pd.DataFrame:
    """Return what a query gives as a table; the connection stays open, and nothing is written through it.

    Parameters
    ----------
    connection : DB-API 2.0 connection
        From pyodbc, oracledb, psycopg, sqlite3, duckdb …
    query : str
        One SELECT.

    Raises
    ------
    OptionError
        If there is no query, or no connection to ask.
    InputError
        If the database refuses the query, or it gives no rows. The database's own words are left out: they may quote data.

    Examples
    --------
    >>> import sqlite3
    >>> with sqlite3.connect(":memory:") as connection:
    ...     rows_of_query(connection, "SELECT 'a' AS pathway, 7 AS days")
      pathway  days
    0       a     7
    """
    if not callable(getattr(connection, "cursor", None)):
        raise OptionError(
            f"query= is given, and the source is a {type(connection).__name__}, not a connection to a database.",
            todo="Leave query= out, or give a connection such as pyodbc.connect(...) gives.",
        )
    if not isinstance(query, str) or not query.strip():
        raise OptionError(
            "The source is a connection to a database, and nothing says what to read from it.",
            todo='Give a query: read_list(connection, query="SELECT * FROM dbo.waiting", snapshot=...).',
        )
    headers, rows = attempt(lambda: _asked(connection, query), _refused)
    if not rows:
        raise InputError("The query gives no rows.", todo="Check what it asks for, and of which day.")
    columns = [_column(list(values)) for values in zip(*rows, strict=True)]
    return from_any(pa.table(columns, names=headers))


def _asked(connection: Any, query: str) -> tuple[list[str], list[Sequence[Any]]]:
    cursor = connection.cursor()
    try:
        cursor.execute(query)
        headers, rows = [str(each[0]) for each in cursor.description or []], []
        while headers and (some := cursor.fetchmany(_AT_ONCE)):
            rows.extend(some)
        return headers, rows
    finally:
        cursor.close()


def _refused(kind: str) -> InputError:
    return InputError(
        f"The database did not answer the query ({kind}).", todo="Run the query in the database's own tool to see why."
    )


def _column(values: list[Any]) -> pa.Array:
    """Return values as the database gives them; where a column holds several kinds, as text."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {Decimal}:
        whole = all(value is None or value == value.to_integral_value() for value in values)
        values = [None if value is None else int(value) if whole else float(value) for value in values]
    elif dt.datetime in kinds and kinds <= {dt.datetime, dt.date}:
        values = [value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value for value in values]
        values = [dt.datetime.combine(value, dt.time()) if type(value) is dt.date else value for value in values]
    elif len(kinds) > 1 or not kinds <= {str, int, float, bool, dt.date}:
        values = [None if value is None else str(value) for value in values]
    return pa.array(values, None if kinds else pa.string())
