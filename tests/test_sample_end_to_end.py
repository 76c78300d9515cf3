"""The whole way from a dirty list to a gap finds what was planted: 50 seeds, read, linked and compared by the real verbs."""

from __future__ import annotations

import pytest
from scipy.stats import binom

import equiwait as ew
from equiwait.samples import planted, sample_path

SEEDS = range(50)
MEASURES = ["over_18_weeks", "over_52_weeks"]
PLANTED = {
    "imd_quintile": ("1", "1 (most deprived)", "5"),
    "ethnicity": ("J", "J: Pakistani", "A"),
    "sex": ("2", "Female", "1"),
}


@pytest.fixture(scope="module")
def gaps():
    """For each seed the table of gaps of one made list, indexed by question, measure and group."""
    directory, index = ew.Directory.build(sample_path("directory")), ew.load_index(sample_path("index"))
    reference = {by: against for by, (_, _, against) in PLANTED.items()} | {"sex": "Male"}
    found = []
    for seed in SEEDS:
        waiting = ew.read_list(ew.make_list("adult_ptl", people=2000, seed=seed), snapshot="2026-10-31")
        linked = ew.link_deprivation(waiting, directory=directory, index=index)
        result = ew.disparities(linked, list(PLANTED), measures=MEASURES, reference=reference, suppression="none")
        found.append(result.table.set_index(["by", "measure", "group"]))
    return found


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("by", ["imd_quintile", "ethnicity"])
def test_planted_gaps_lie_inside_their_intervals(gaps, by, measure):
    code, group, against = PLANTED[by]
    truth = planted("adult_ptl").query(
        "by == @by and group == @code and reference == @against and measure == @measure and among == ''"
    )
    assert len(truth) == 1
    true_gap = float(truth["difference"].iloc[0])
    assert true_gap > 0
    rows = [table.loc[(by, measure, group)] for table in gaps]
    inside = sum(row["difference_lower"] <= true_gap <= row["difference_upper"] for row in rows)
    assert inside >= 45
    assert sum(row["difference"] for row in rows) / len(rows) == pytest.approx(true_gap, abs=0.02)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_planted_null_is_called_a_gap_no_more_often_than_chance_allows(gaps, measure):
    rows = [table.loc[("sex", measure, "Female")] for table in gaps]
    called = sum(row["difference_lower"] > 0 or row["difference_upper"] < 0 for row in rows)
    assert called <= binom.ppf(0.999, len(rows), 0.05)
    assert sum(row["p_value"] < 0.05 for row in rows) <= binom.ppf(0.999, len(rows), 0.05)
