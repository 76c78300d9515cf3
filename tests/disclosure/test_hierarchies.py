"""Sums that nobody states: margins of crossed tables, deciles in quintiles, detailed groups in merged ones."""

from __future__ import annotations

import pytest

from equiwait.disclosure import Cell, tally
from equiwait.disclosure.hierarchies import coarse_sums, margins


@pytest.mark.parametrize("decile", range(1, 11))
def test_each_decile_is_in_its_quintile(decile):
    fine = Cell("open", (("imd_decile", str(decile)),))
    quintiles = [Cell("open", (("imd_quintile", str(q)),)) for q in range(1, 6)]
    (found,) = coarse_sums([fine, *quintiles])
    assert found.parent == quintiles[-(-decile // 2) - 1]
    assert found.parts == (fine,)


def test_detailed_ethnic_groups_are_in_their_merged_group():
    fine = [Cell("open", (("ethnicity", name),)) for name in ("A: White British", "B: White Irish", "R: Chinese")]
    coarse = [Cell("open", ((column, "White"),)) for column in ("ethnicity:nhs", "ethnicity:census")]
    assert {found.parent: found.parts for found in coarse_sums([*fine, *coarse])} == dict.fromkeys(
        coarse, tuple(fine[:2])
    )


def test_other_populations_and_days_are_not_summed_together():
    fine = Cell("open", (("imd_decile", "1"),), over=126)
    assert (
        coarse_sums([fine, Cell("open", (("imd_quintile", "1"),)), Cell("left", (("imd_quintile", "1"),), over=126)])
        == []
    )


def test_a_margin_that_nobody_publishes_ties_two_tables_together():
    groups = [(s, p) for s in "MF" for p in "AB"]
    one = tally("open", ("sex", "site"), groups, [10, 20, 30, 40])
    other = tally("open", ("sex", "team"), groups, [10, 20, 30, 40])
    found = margins([*one.cells, *other.cells], [*one.sums, *other.sums])
    assert len(found) == 2
    assert all(len(each.one) == len(each.other) == 2 for each in found)
    assert [{part.columns for part in each.one} for each in found] == [{("sex", "site")}] * 2
    assert [{part.columns for part in each.other} for each in found] == [{("sex", "team")}] * 2, (
        "one table with the other"
    )
