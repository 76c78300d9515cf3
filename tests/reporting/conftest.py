"""Made-up results: reporting never asks for a class, so any Result will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from equiwait.charts import interval_plot, interval_words, size_for
from equiwait.results import Chart, Result, Units
from made_up import made_up


@dataclass(frozen=True, eq=False, repr=False)
class Gaps(Result):
    section: ClassVar[str] = "gaps"
    units: ClassVar[Units] = {**dict.fromkeys(("value", "lower", "upper"), "percent"), "difference": "points"}

    def charts(self) -> Sequence[Chart]:
        rows = self.table
        return (
            Chart(
                "over_18_weeks",
                "Waiting over 18 weeks",
                interval_words(rows, what='Share "over 18 weeks" & more'),
                lambda ax: interval_plot(rows, ax=ax, reference="Q5"),
                rows,
                size_for(3, 1),
            ),
        )


@dataclass(frozen=True, eq=False, repr=False)
class Silences(Result):
    section: ClassVar[str] = "missing"


@dataclass(frozen=True, eq=False, repr=False)
class Listed(Result):
    section: ClassVar[str] = "list"


@pytest.fixture
def gaps() -> Gaps:
    table = pd.DataFrame(
        {
            "measure": "over_18_weeks",
            "by": "imd_quintile",
            "group": ["Q1", "Q5", "Not recorded (blank)", "Tiny"],
            "n": [1240.0, 430.0, 35.0, np.nan],
            "value": [0.412, 0.29, 0.45, np.nan],
            "lower": [0.385, 0.25, 0.30, np.nan],
            "upper": [0.44, 0.335, 0.61, np.nan],
            "difference": [0.122, np.nan, 0.16, np.nan],
            "suppressed": [False, False, False, True],
            "note": ["", "the reference", "", "hidden: 1 to 7 people"],
        }
    )
    return made_up(
        Gaps(
            "Waits", table, ("Rows not counted: closed 100.", "Said twice."), ("More people wait over 18 weeks in Q1.",)
        )
    )


@pytest.fixture
def silences() -> Silences:
    table = pd.DataFrame(
        {"field": ["ethnicity"], "reason": ["blank"], "n": [130.0], "share": [0.073], "note": ["=1+1"]}
    )
    return made_up(Silences("What is not recorded", table, ("Said twice.",), ("Ethnicity: 7.3% blank.",)))


@pytest.fixture
def listed() -> Listed:
    table = pd.DataFrame({"code": ["closed"], "rows": [100.0]})
    return made_up(Listed("The list", table, (), ("The list has 2,000 rows; 1,770 are counted.",)))


@pytest.fixture
def exact(gaps: Gaps) -> Gaps:
    return Gaps(gaps.title, gaps.table, gaps.notes, gaps.findings, suppression="none")
