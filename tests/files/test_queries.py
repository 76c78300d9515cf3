"""A list out of a database: what a query gives is the list that the same file gives."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import EquiwaitError
from equiwait.files.queries import rows_of_query
from equiwait.samples import SNAPSHOT, sample_path


@pytest.fixture
def database():
    """The sample list in DuckDB, as text, as it stands in the file."""
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE waiting AS SELECT * FROM read_csv('{sample_path('adult_ptl')}', all_varchar = true)"
        )
        yield connection


def test_a_query_gives_the_list_that_the_file_gives(database) -> None:
    mine = ew.read_list(database, query="SELECT * FROM waiting", snapshot=SNAPSHOT)
    theirs = ew.read_list(sample_path("adult_ptl"), snapshot=SNAPSHOT)
    assert list(mine) == list(theirs)
    for name in mine:
        assert mine[name].astype("string").fillna("").tolist() == theirs[name].astype("string").fillna("").tolist(), (
            name
        )
    assert database.execute("SELECT count(*) FROM waiting").fetchone()  # still open


def test_dates_numbers_and_flags_of_the_database_are_read_as_such(database) -> None:
    query = """SELECT 'p' || i AS pathway_id, DATE '2026-01-05' + CAST(i AS INTEGER) AS "RTT start", CAST(i AS DECIMAL(9, 2)) AS score_of_mine,
               CAST(1 + i % 9 AS DECIMAL(9, 0)) AS "IMD Decile", i % 2 = 0 AS carer, TIMESTAMP '2026-10-01 12:30:00' AS "DTA date",
               CASE WHEN i % 3 = 0 THEN NULL ELSE 'P2' END AS "P code" FROM range(20) t(i)"""
    found = ew.read_list(database, query=query, snapshot="2026-10-31")
    assert found["days_waiting"].tolist() == [299 - at for at in range(20)]
    assert found["imd_decile"].tolist() == [1 + at % 9 for at in range(20)]
    assert found["carer"].tolist() == [at % 2 == 0 for at in range(20)]
    assert found["decision_to_admit"].astype(str).str[:10].unique().tolist() == ["2026-10-01"]
    assert found["priority"].isna().sum() == 7


def test_an_opensafely_shaped_extract(database) -> None:
    """All columns are text there, open ends are 9999-12-31, priorities are those of the referral."""
    database.execute("""CREATE TABLE WL_OpenPathways AS SELECT CAST(i AS VARCHAR) AS Patient_ID, 'x' || i AS PSEUDO_PATIENT_PATHWAY_IDENTIFIER,
        '2026-0' || (1 + i % 9) || '-04' AS REFERRAL_TO_TREATMENT_PERIOD_START_DATE, '9999-12-31' AS REFERRAL_TO_TREATMENT_PERIOD_END_DATE,
        '2026-10-25' AS Week_Ending_Date, 'ORTT' AS Waiting_List_Type, '3' AS PRIORITY_TYPE_CODE, '110' AS ACTIVITY_TREATMENT_FUNCTION_CODE
        FROM range(40) t(i)""")
    found = ew.read_list(database, query="SELECT * FROM WL_OpenPathways", snapshot="2026-10-25")
    assert (found["scope"] == "rtt_open").all()
    assert found["referral_priority"].unique().tolist() == ["3"]
    assert "priority" not in found


def test_sqlite_and_columns_of_several_kinds() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE w (a, b, c)")
        connection.executemany(
            "INSERT INTO w VALUES (?, ?, ?)", [(1, "x", None), ("two", None, None), (None, "y", None)]
        )
        found = rows_of_query(connection, "SELECT * FROM w")
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == [
        ["1", "x", None],
        ["two", None, None],
        [None, "y", None],
    ]


class Driver:
    """As pyodbc gives rows: of a class of their own, with decimals, moments with a zone and bytes."""

    def __init__(self, rows: list) -> None:
        self.rows, self.description, self.closed = rows, [("when",), ("much",), ("raw",)], 0

    def cursor(self):
        return self

    def execute(self, query: str) -> None:
        if "SECRET" in query:
            raise RuntimeError("Conversion failed when converting the value 'SECRET' to data type int")

    def fetchmany(self, size: int) -> list:
        some, self.rows = self.rows[:size], self.rows[size:]
        return some

    def close(self) -> None:
        self.closed += 1


def test_what_drivers_give_is_taken() -> None:
    moment = dt.datetime(2026, 10, 1, 9, 30, tzinfo=dt.UTC)
    driver = Driver([(moment, Decimal("1.50"), b"ab"), (dt.date(2026, 10, 2), Decimal("2"), None)])
    found = rows_of_query(driver, "SELECT")
    assert found["much"].tolist() == [1.5, 2.0]
    assert pd.to_datetime(found["when"]).dt.day.tolist() == [1, 2]
    assert driver.closed == 1


@pytest.mark.parametrize(("source", "query", "words"), [
    (Driver([]), None, "Give a query"), (Driver([]), "  ", "Give a query"), (Driver([]), "SELECT", "no rows"),
    (Driver([]), "SELECT 'SECRET'", "did not answer the query \\(RuntimeError\\)"), ("list.csv", "SELECT", "not a connection"),
])  # fmt: skip
def test_what_cannot_be_asked_is_one_message_without_the_databases_words(source, query, words: str) -> None:
    with pytest.raises(EquiwaitError, match=words) as caught:
        ew.read_list(source, query=query, snapshot="2026-10-31")
    assert "SECRET" not in str(caught.value)
    assert caught.value.__context__ is None


def test_the_recipe_for_sql_server_uses_keywords_that_the_driver_has(root) -> None:
    """Each keyword once, with a value that it takes by Microsoft's list for its ODBC driver; no SQL Server runs here."""
    text = (root / "docs" / "how-to" / "read-from-a-database.md").read_text(encoding="utf-8")
    (given,) = re.findall(r'^ +"(Driver=.*)"$', text, flags=re.MULTILINE)
    parts = [part.split("=", 1) for part in given.split(";")]
    takes = {
        "Driver": r"\{ODBC Driver 18 for SQL Server\}",
        "Server": r"(tcp:)?[\w.\\-]+(,\d{1,5})?",
        "Database": r"\w+",
        "Trusted_Connection": "yes|no",
        "Encrypt": "yes|no|mandatory|optional|strict",
        "ApplicationIntent": "ReadOnly|ReadWrite",
    }
    assert sorted(name for name, _ in parts) == sorted(takes)
    assert [name for name, value in parts if not re.fullmatch(takes[name], value)] == []
    assert not re.search(r"(?i)\b(uid|pwd|password)\b", text), "no password stands in a text that is copied"
