"""`funnel`: which place stands out beyond chance and ordinary variation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.statistics import share_funnel
from people_lists import list_of

OVER = [30, 33, 28, 31, 60, 29, 32, 30, 34, 27]


def places(over=OVER, n=100, **columns):
    days = np.concatenate([np.repeat([400, 50], [x, n - x]) for x in over])
    return list_of(days, provider=np.repeat([f"T{place:02d}" for place in range(len(over))], n), **columns)


def test_the_one_that_stands_out_is_named():
    found = ew.funnel(places(), suppression="none")
    assert found.table.set_index("group")["position"].to_dict() == {
        f"T{n:02d}": "far above" if n == 4 else "within" for n in range(10)
    }
    (said,) = found.findings
    assert "longer waits among people at T04 (60.0%)" in said
    assert "against 33.4% of all" in said


def test_the_limits_are_those_of_the_statistics():
    found, expected = ew.funnel(places(), suppression="none"), share_funnel(OVER, [100] * 10)
    for name in ("value", "lower", "upper", "outer_lower", "outer_upper"):
        np.testing.assert_allclose(found.table[name], getattr(expected, name))
    assert found.phi == pytest.approx(float(expected.phi))


def test_ordinary_variation_is_not_called_out():
    """Thirty places that vary far beyond chance, evenly: nobody is far outside what they all share."""
    even = np.linspace(100, 500, 30).astype(int)
    found = ew.funnel(places(even, 1000), suppression="none")
    assert found.phi > 10
    assert not found.table["position"].isin(["far above", "far below"]).any()
    assert "none of the 30 shown" in found.findings[0]


def test_small_numbers_are_hidden_and_the_answer_is_of_released_counts():
    found = ew.funnel(places([*OVER, 3]))
    few = found.table[found.table["group"] == "T10"].iloc[0]
    assert few["suppressed"]
    assert np.isnan(few["value"])
    one, other = ew.funnel(places([41, 52, 61, 33])), ew.funnel(places([40, 51, 62, 34]))
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.findings == other.findings


def test_people_with_several_pathways_widen_the_limits_and_move_nothing():
    person = [f"p{n // 2}" for n in range(1000)]
    once, twice = ew.funnel(places(), suppression="none"), ew.funnel(places(person_id=person), suppression="none")
    pd.testing.assert_series_equal(once.table["value"], twice.table["value"])
    assert (twice.table["upper"] > once.table["upper"]).all()
    assert (twice.table["n_people"] == 50).all()


def test_a_page_takes_it(tmp_path):
    page = ew.report(ew.funnel(places()), to=tmp_path / "page.html").read_text("utf-8")
    assert "T04" in page
    assert "far above" in page


def test_nonsense_is_refused():
    with pytest.raises(ew.EquiwaitError, match="of shares"):
        ew.funnel(places(), measure="median_weeks")
    with pytest.raises(ew.EquiwaitError, match="one question"):
        ew.funnel(places(site="x"), by=["provider", "site"])
    with pytest.raises(ew.EquiwaitError, match="Fewer than three"):
        ew.funnel(places([30, 40]))
