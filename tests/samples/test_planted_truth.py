"""The planted truth comes out of the lists, clean or dirty, and the planted null does not."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sample_reading import OVER, clean_people, fifth_of, tally, tidy
from sample_reading import area_of as areas
from scipy import stats

from equiwait.rows.intake import read_list
from equiwait.samples import PEOPLE, make_list, planted, sample_names
from equiwait.samples.town import live_places
from equiwait.statistics import newcombe

SEEDS = range(100)
MEASURES = list(OVER)
GAPS = {
    "adult_ptl": [
        ("imd_quintile", "", "1", MEASURES),
        ("imd_quintile", "", "3", ["over_18_weeks"]),
        ("ethnicity", "", "J", ["over_18_weeks", "over_52_weeks"]),
        ("ethnicity", "", "blank", ["over_18_weeks"]),
        ("age_band", "", "65+", ["over_18_weeks"]),
        ("learning_disability", "priority == 'P2'", "yes", ["over_18_weeks"]),
    ],
    "childrens_surgery": [
        ("imd_quintile", "", "1", MEASURES),
        ("ethnicity", "", "J", ["over_18_weeks"]),
        ("learning_disability", "priority == 'P2'", "yes", ["over_18_weeks"]),
    ],
    "wlmds_extract": [
        ("imd_quintile", "", "1", MEASURES),
        ("ethnicity", "", "J", ["over_18_weeks", "over_52_weeks"]),
        ("age_band", "", "65+", ["over_18_weeks"]),
    ],
}
NULLS = {
    "adult_ptl": [("sex", "", "1", "2"), ("learning_disability", "priority == 'P3'", "no", "yes")],
    "childrens_surgery": [("sex", "", "1", "2")],
    "wlmds_extract": [("sex", "", "1", "2")],
}


@pytest.fixture(scope="module", params=sample_names())
def hundred(request):
    """A kind, and what each of a hundred clean lists from a hundred seeds counts of a question."""
    kind, homes = request.param, live_places()
    raw = (make_list(kind, people=PEOPLE[kind], seed=seed, places=homes, dirt=False) for seed in SEEDS)
    lists = [clean_people(kind, each) for each in raw]
    return kind, cache(lambda by, among: [tally(people, by, among) for people in lists])


def _intervals(counts, group, reference, measure):
    """The gap in each of the hundred lists."""
    sides = [
        np.array([each.loc[one, name] for each in counts]) for one in (group, reference) for name in (measure, "n")
    ]
    return newcombe(*sides)


def _truth(kind, by, among, group, measure):
    table = planted(kind)
    rows = table[
        (table["by"] == by) & (table["among"] == among) & (table["group"] == group) & (table["measure"] == measure)
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_planted_gaps_lie_inside_their_intervals_in_at_least_90_of_100_seeds(hundred):
    kind, counted = hundred
    inside = {}
    for by, among, group, measures in GAPS[kind]:
        for measure in measures:
            truth = _truth(kind, by, among, group, measure)
            found = _intervals(counted(by, among), group, truth["reference"], measure)
            inside[by, group, measure] = np.sum(
                (found.lower <= truth["difference"]) & (truth["difference"] <= found.upper)
            )
    assert min(inside.values()) >= 90, inside


def test_the_null_is_called_a_gap_no_more_often_than_chance_allows(hundred):
    kind, counted = hundred
    most = stats.binom.ppf(0.999, len(SEEDS), 0.05)
    for by, among, reference, group in NULLS[kind]:
        assert _truth(kind, by, among, group, "over_18_weeks")["difference"] == 0
        found = _intervals(counted(by, among), group, reference, "over_18_weeks")
        called = np.sum((found.lower > 0) | (found.upper < 0))
        assert called <= most, (by, called)


def test_the_deprivation_gap_can_be_found(hundred):
    """Planted to be found: a list of the bundled size shows it, at 18 weeks, more often than not."""
    _, counted = hundred
    found = _intervals(counted("imd_quintile", ""), "1", "5", "over_18_weeks")
    assert np.sum(found.lower > 0) > 50


def _within(shares: pd.Series, truth: pd.Series, n: pd.Series, errors: float) -> pd.Series:
    error = np.sqrt(truth * (1 - truth) / n)
    return (shares - truth).abs() <= errors * error


def _all_shares_hold(kind, people, *, errors):
    table = planted(kind)
    table = table[table["measure"].isin(MEASURES)]
    checked = 0
    for (by, among), rows in table.groupby(["by", "among"]):
        counts = tally(people, by, among)
        for measure, truth in rows.groupby("measure"):
            one = truth.set_index("group")["value"]
            here = counts.reindex(one.index)  # a group that nobody is in does not hold
            held = _within(here[measure] / here["n"], one, here["n"], errors)
            assert held.all(), (by, among, measure, list(held.index[~held]))
            checked += len(held)
    return checked


@pytest.mark.parametrize("kind", sample_names())
def test_every_planted_share_is_that_of_a_large_clean_list(kind):
    people = clean_people(kind, make_list(kind, people=60_000, seed=1, dirt=False))
    assert _all_shares_hold(kind, people, errors=4.5) >= 75


def _from_dirty(kind, people):
    waiting = read_list(make_list(kind, people=people, seed=2), snapshot="2026-10-31")
    code = waiting["postcode"].map(tidy).map(areas()) if "postcode" in waiting else waiting["area_code"]
    waiting = waiting.assign(imd_quintile=code.map(fifth_of()), days=waiting["days_waiting"])
    waiting["ethnicity"] = waiting["ethnicity"].astype(object).fillna("blank")
    if "learning_disability" in waiting:
        waiting["learning_disability"] = waiting["learning_disability"].map({True: "yes", False: "no"})
    return waiting[waiting["scope"] == "rtt_open"]


@pytest.fixture(scope="module", params=sample_names())
def dirty(request):
    return request.param, _from_dirty(request.param, 40_000)


def test_dirt_does_not_move_the_truth(dirty):
    kind, people = dirty
    assert _all_shares_hold(kind, people, errors=4.5) >= 75


def test_people_whose_address_does_not_link_wait_as_the_others_do(dirty):
    _, people = dirty
    linked = people["imd_quintile"].notna()
    assert 0.02 < 1 - linked.mean() < 0.06
    over = people["days"] >= 127
    gap = over[linked].mean() - over[~linked].mean()
    error = np.sqrt(over.mean() * (1 - over.mean()) * (1 / linked.sum() + 1 / (~linked).sum()))
    assert abs(gap) < 4 * error


def test_ethnicity_is_blank_as_planted_and_not_at_random(dirty):
    kind, people = dirty
    table = planted(kind)
    truth = table[(table["by"] == "imd_quintile") & (table["measure"] == "ethnicity_blank")].set_index("group")["value"]
    by_fifth = (people["ethnicity"] == "blank").groupby(people["imd_quintile"])
    assert _within(by_fifth.mean(), truth, by_fifth.size(), 4.5).all()
    assert truth["1"] - truth["5"] > 0.02


def test_the_truth_makes_sense():
    """Shares are shares, a reference differs from itself by nothing, and fewer people wait longer."""
    for kind in sample_names():
        table = planted(kind)
        values = table[table["measure"].isin(MEASURES)]
        assert values["value"].between(0, 1).all()
        assert (values.loc[values["group"] == values["reference"], "difference"] == 0).all()
        wide = values.pivot_table(index=["by", "among", "group"], columns="measure", values="value")
        assert (wide["over_18_weeks"] > wide["over_52_weeks"]).all()
        assert (wide["over_52_weeks"] > wide["over_65_weeks"]).all()


def test_the_closed_form_agrees_with_a_share_worked_out_by_hand():
    """Adults of the least deprived fifth, P2, no learning disability: the ethnic mix of exp(−(127/scale)^1.3)."""
    from equiwait.samples.plans import PLANS, cells_of

    cells = cells_of(PLANS["adult_ptl"]).query("quintile == 5 and priority == 'P2' and not learning_disability")
    ours = np.average(cells["over_18_weeks"], weights=cells["share"])
    ages = ((1.0, 0.62), (0.94, 0.38))  # people of 65 and over wait 0.94 times as long
    longer = {1.20: 0.015 + 0.005, 1.10: 0.005, 1.15: 0.005}  # J and K, M, N in the least deprived fifth
    mix = {1.0: 1 - sum(longer.values()), **longer}
    by_hand = sum(
        share * weight * np.exp(-((127 / (75 * 0.90 * ethnic * years)) ** 1.3))
        for ethnic, share in mix.items()
        for years, weight in ages
    )
    assert ours == pytest.approx(by_hand, rel=1e-9)
