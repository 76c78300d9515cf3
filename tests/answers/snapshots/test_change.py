"""`test_of_change` on a planted step, with and without a comparison, and where nothing happened."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from planted_years import lists_of, people

CHANGE = "2026-04-01"


@pytest.fixture(scope="module")
def stepped():
    """Two trusts: one makes a change on 1 April 2026, the other does not."""
    return ew.stitch(lists_of(people(21, "step", a_month=900), people(22, "stays", a_month=900, trust="RBB")))


def test_a_planted_step_is_found_with_a_comparison(stepped):
    found = ew.test_of_change(stepped, "team", change=CHANGE, each="provider", changed="RAA", reference="A")
    row = found.table.iloc[0]
    assert row["design"] == "difference in differences"
    assert row["change_lower"] < -0.14 < row["change_upper"] < 0
    assert "the difference from the others' gap is " in found.findings[0]
    sides = found.series.set_index("month")["side"]
    assert sides["2025-10"] == "before"
    assert sides["2026-02"] == "left out: straddles the change"
    assert sides["2026-04"] == "after"
    assert found.series["difference"].notna().all()


def test_an_interrupted_series_is_the_step_of_its_months():
    found = ew.test_of_change(lists_of(people(21, "step")), "team", change=CHANGE, reference="A", suppression="none")
    row, series = found.table.iloc[0], found.series
    kept = series[series["side"] != "left out: straddles the change"]
    weight = 1 / kept["error"] ** 2
    after = kept["side"] == "after"
    by_hand = np.average(kept["difference"][after], weights=weight[after]) - np.average(
        kept["difference"][~after], weights=weight[~after]
    )
    assert row["change"] == pytest.approx(by_hand)
    assert row["change_upper"] < 0
    levels = [f"{100 * each:+.1f}".replace("-", "−") for each in (row["before"], row["before"] + row["change"])]
    assert f"the gap is smaller, from {levels[0]} to {levels[1]}: " in found.findings[0]
    assert (row["months_before"], row["months_after"]) == (len(kept[~after]), len(kept[after]))


def test_where_nothing_happened_nothing_is_found_and_the_weeks_are_said(stepped):
    found = ew.test_of_change(stepped, "team", change=CHANGE, each="provider", changed="RBB", reference="A", size=0.03)
    assert found.table["change_lower"].iloc[0] < 0.14
    stays = lists_of(people(31, "stays"))
    still = ew.test_of_change(stays, "team", change=CHANGE, reference="A", size=0.06)
    assert "no change that this could have shown" in still.findings[0]
    assert "a change of 6 points could be told with" in still.findings[0]
    smaller = ew.test_of_change(stays, "team", change=CHANGE, reference="A", size=0.03)
    assert smaller.table["weeks_needed"].iloc[0] >= still.table["weeks_needed"].iloc[0]


def test_it_is_made_again_from_what_was_released(stepped):
    found = ew.test_of_change(stepped, "team", change=CHANGE, each="provider", changed="RAA", reference="A")
    pd.testing.assert_frame_equal(found.made_again(found.released).table, found.table)
    assert found.plot().get_ylabel() == "Gap less the others' gap, points"


def test_its_picture_says_what_is_drawn():
    """It spoke of limits and of rules, and drew none; months that are left out looked like the others."""
    page = ew.test_of_change(lists_of(people(21, "step")), "team", change=CHANGE, reference="A").charts()[0].page()
    key = page[: page.index("</p>")]
    assert key.endswith(
        "Rings: left out, for people lived under both; thin lines: the level before the change, and after it."
    )
    assert page.count('class="ring"') == 5
    assert "above 0: longer among B" in page


def test_what_is_wrong_is_said(stepped):
    ask = ew.test_of_change
    with pytest.raises(ew.errors.OptionError, match="not a date"):
        ask(stepped, "team", change="soon")
    with pytest.raises(ew.errors.OptionError, match="outside the lists"):
        ask(stepped, "team", change="2031-01-01")
    with pytest.raises(ew.errors.OptionError, match="belong together"):
        ask(stepped, "team", change=CHANGE, each="provider")
    with pytest.raises(ew.errors.OptionError, match="Nobody is under"):
        ask(stepped, "team", change=CHANGE, each="provider", changed="RXX")
    with pytest.raises(ew.errors.RefusedError, match="followed for so long"):
        ask(stepped, "team", "over_104_weeks", change=CHANGE)
    with pytest.raises(ew.errors.OptionError, match="change of a share"):
        ask(stepped, "team", change=CHANGE, size=5)
