"""Sums that nobody states: margins of crossed tables, deciles in quintiles, detailed groups in merged ones."""

from __future__ import annotations

import numpy as np
import pytest

from equiwait.disclosure import Cell, rule_named, tally
from equiwait.disclosure.hierarchies import coarse_sums, margins
from equiwait.disclosure.protection import as_marked


@pytest.mark.parametrize("decile", range(1, 11))
def test_each_decile_is_in_its_quintile(decile):
    fine = Cell("open", (("imd_decile", str(decile)),))
    quintiles = [Cell("open", (("imd_quintile", str(q)),)) for q in range(1, 6)]
    (found,) = coarse_sums([fine, *quintiles])
    assert found.parent == quintiles[-(-decile // 2) - 1]
    assert found.parts == (fine,)


@pytest.mark.parametrize(("column", "first"), [("imd_quintile", 1), ("imd_decile", 2), ("idaci_quintile", 1)])
def test_the_most_deprived_fifth_is_the_first_quintile(column, first):
    last = 10 if column.endswith("decile") else 5
    fine = [Cell("open", ((column, str(place)),)) for place in range(1, last + 1)] + [
        Cell("open", ((column, "Not linked"),))
    ]
    yes, no, unknown = (Cell("open", (("core20", name),)) for name in ("Yes", "No", "Not linked"))
    found = {each.parent: each.parts for each in coarse_sums([*fine, yes, no, unknown])}
    assert found == {yes: tuple(fine[:first]), no: tuple(fine[first:last]), unknown: (fine[-1],)}


def test_a_sum_that_the_figures_contradict_is_nobodys():
    names = (("core20", "Yes"), ("core20", "No"), ("imd_quintile", "1"), ("imd_quintile", "2"))
    cells = [Cell("open", (name,)) for name in names]

    def equations(shown):
        marked = as_marked(rule_named("hes"), cells, np.array(shown, float), np.zeros(4, np.int8), [])
        return marked.system.matrix.shape[0]

    assert equations([50, 30, 50, 30]) - equations([50, 30, 120, 30]) == 1


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
