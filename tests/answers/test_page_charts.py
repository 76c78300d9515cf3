"""Charts whose words and tables wait until somebody asks for them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.answers.page_charts import PageChart
from equiwait.reporting import report


@pytest.fixture
def gaps():
    lots = np.random.default_rng(4)
    people = {"scope": "rtt_open", "days_waiting": lots.integers(0, 500, 600), "team": lots.choice(["A", "B"], 600)}
    return ew.disparities(pd.DataFrame(people), "team", measures=["over_18_weeks"])


def test_words_and_table_are_made_once_when_they_are_asked_for():
    asked = []
    chart = PageChart(
        "a", "b", lambda: asked.append("alt") or "words", None, lambda: asked.append("table"), (1, 1), str
    )
    assert (chart.name, chart.title, chart.page()) == ("a", "b", "")
    assert not asked
    assert chart.alt == chart.alt == "words"
    assert chart.table is None is chart.table
    assert asked == ["alt", "table"]
    with pytest.raises(AttributeError):
        _ = chart.nothing


def test_a_page_is_written_without_the_words_of_its_charts(gaps, tmp_path, monkeypatch):
    drawn = []
    kept = type(gaps).charts
    monkeypatch.setattr(type(gaps), "charts", lambda self: drawn.extend(kept(self)) or drawn)
    report(gaps, to=tmp_path / "r.html")
    assert drawn
    assert not any({"alt", "table"} & set(vars(chart)) for chart in drawn)
    assert all(chart.alt and len(chart.table) == 2 for chart in drawn)
