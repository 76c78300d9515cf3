"""Every column of every result has a declared unit, and page, workbook and notebook print by it."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import equiwait
import equiwait as ew
from equiwait.answers.disparity.measures import measure_named
from equiwait.errors import OptionError
from equiwait.reporting.cell_text import reading
from equiwait.results import Result
from equiwait.units import COLUMN_UNITS, printed
from people_lists import list_of


def results():
    """Every kind of result, wherever it is made."""
    for module in pkgutil.walk_packages(equiwait.__path__, "equiwait."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, waiting = [], [Result]
    while waiting:
        kind = waiting.pop()
        found += kind.__subclasses__()
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("equiwait.")]


def columns_of(kind):
    module = sys.modules[kind.__module__]
    named = [getattr(module, name, None) for name in ("_COLUMNS", "COLUMNS")]
    return next((columns for columns in named if columns), [])


def test_every_column_of_every_result_has_a_declared_unit():
    kinds = results()
    assert len(kinds) > 10
    for kind in kinds:
        columns = columns_of(kind)
        undeclared = [name for name in columns if name not in kind.units and name not in COLUMN_UNITS]
        assert not undeclared, f"{kind.__name__}: {undeclared}"


def treated_list():
    """500 people who all came on one day; 40 of them, 8.0%, had been treated by 18 weeks and 10 left otherwise."""
    day = pd.Timestamp("2026-01-01")
    stop = pd.Series([day + pd.Timedelta(days=60 + n % 50) if n % 250 < 25 else pd.NaT for n in range(500)])
    reason = [("left_otherwise" if n % 250 < 5 else "treated") if n % 250 < 25 else None for n in range(500)]
    return pd.DataFrame({
        "scope": np.where(stop.notna(), "closed", "rtt_open"), "stop_reason": reason, "sex": ["1", "2"] * 250,
        "clock_start": pd.Series([day] * 500).astype("datetime64[s]"), "clock_stop": stop.astype("datetime64[s]"),
        "snapshot_date": "2026-10-31", "days_waiting": 300,
    })  # fmt: skip


@pytest.fixture(scope="module")
def treated():
    return ew.disparities(
        treated_list(), "sex", measures=["over_18_weeks", "median_weeks"], estimand="time_to_treatment",
        window=("2025-12-31", "2026-10-31"), suppression="none",
    )  # fmt: skip


def test_a_share_treated_is_a_percentage_everywhere(treated, tmp_path):
    """0.080 stood on the page as 0.1: a number whose name does not begin with over was no share."""
    row = treated.table[treated.table["measure"] == "treated_by_18_weeks"].iloc[0]
    assert row["value"] == pytest.approx(0.08)
    at = list(treated.table["measure"]).index("treated_by_18_weeks")
    shown = reading(treated.table, treated.unit_of)
    assert shown.rows[at][shown.headings.index("Value")] == "8.0%"
    assert "8.0%" in treated._repr_html_()
    assert "8.0%" in ew.report(treated, to=tmp_path / "page.html", allow_unsuppressed=True).read_text("utf-8")
    book = CalamineWorkbook.from_path(str(ew.workbook(treated, to=tmp_path / "book.xlsx", allow_unsuppressed=True)))
    rows = book.get_sheet_by_name("Gaps").to_python()
    head = next(number for number, row in enumerate(rows) if "Value" in row)
    assert rows[head + 1 + at][rows[head].index("Value")] == pytest.approx(0.08)


def test_a_number_prints_by_its_unit(treated):
    assert {treated.unit_of("value", name) for name in treated.table["measure"]} == {"percent", "weeks"}
    assert treated.unit_of("difference", "median_weeks") == "weeks_apart"
    assert treated.unit_of("difference_lower", "over_18_weeks") == "points"
    assert [printed(*each) for each in ((-0.004, "points"), (12.5, "percent"), (np.inf, "ratio"), (3.0, "weeks_apart"))] == [
        "−0.4 points", "1250.0%", "no upper limit", "+3.0 weeks",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "unit", "weeks", "order"),
    [
        ("over_52_weeks", "over", "percent", 52, 0),
        ("median_weeks", "quantile", "weeks", 0, 0.5),
        ("p92_weeks", "quantile", "weeks", 0, 0.92),
        ("treated_by_18_weeks", "treated_by", "percent", 18, 0),
        ("mean_within_104_weeks", "mean_within", "weeks", 104, 0),
    ],
)
def test_a_measure_says_what_it_is(name, kind, unit, weeks, order):
    found = measure_named(name)
    assert (found.kind, found.unit, found.weeks, found.order) == (kind, unit, weeks, order)


def test_a_measure_that_is_answered_is_not_asked_for():
    with pytest.raises(OptionError, match="stands beside others"):
        ew.disparities(list_of([1] * 60, sex=["1", "2"] * 30), "sex", measures=["treated_by_18_weeks"])
