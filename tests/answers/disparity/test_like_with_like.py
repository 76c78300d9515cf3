"""`within=`: like with like. Planted worlds in which the aggregate misleads, and the sentence on why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_lists import listed, row_of, world

import equiwait as ew
from equiwait.errors import ColumnsError, OptionError
from equiwait.statistics import direct_share, kitagawa, mantel_haenszel, mover_difference

CASE_MIX = {
    ("A", "slow"): (600, 400),
    ("A", "fast"): (300, 1200),
    ("B", "slow"): (1200, 800),
    ("B", "fast"): (100, 400),
}
HIDDEN = {("A", "P2"): (100, 300), ("A", "P3"): (900, 1100), ("B", "P2"): (200, 200), ("B", "P3"): (800, 1200)}


def test_a_gap_wholly_due_to_case_mix_vanishes_within_strata():
    gaps = ew.disparities(
        world(CASE_MIX), "team", within="specialty", reference="A", measures=["over_18_weeks"], suppression="none"
    )
    crude, alike = row_of(gaps, "B"), row_of(gaps, "B", within="specialty")
    assert crude["difference"] == pytest.approx(0.52 - 0.36)
    assert crude["p_value"] < 1e-6
    assert alike["value"] == pytest.approx(row_of(gaps, "A", within="specialty")["value"], abs=1e-9)
    assert alike["note"] == "2 strata that both are in; weight lost 0.0%"
    assert alike["adjustment"] == "standardised"
    assert alike["difference"] == pytest.approx(0, abs=1e-12)
    assert alike["p_value"] == pytest.approx(1)
    why = next(said for said in gaps.findings if said.startswith("Of the crude gap"))
    assert why.startswith("Of the crude gap of +16.0 points between B and A, +16.0 (")
    assert "lies in which specialty people are in and +0.0 (" in why


def test_adjusted_gaps_are_withheld_where_most_of_a_group_is_in_one_stratum():
    """Three in five of A are in one stratum: with the crude counts beside it, its standardised share would tell of them."""
    gaps = ew.disparities(world(CASE_MIX), "team", within="specialty", reference="A", measures=["over_18_weeks"])
    row = row_of(gaps, "B", within="specialty")
    assert np.isnan(row["difference"])
    assert "most of a group in one stratum" in row["note"]
    assert not (gaps.table["adjustment"] == "mantel_haenszel").any(), "exact: in the team's answer only"


def test_adjusted_gaps_are_released_on_a_grid():
    cells = {(team, spec): (300 + 40 * (team == "B"), 500) for team in "AB" for spec in "stuv"}
    options = {"within": "specialty", "reference": "A", "measures": ["over_18_weeks"]}
    shown, exact = (
        row_of(ew.disparities(world(cells), "team", suppression=rule, **options), "B", within="specialty")
        for rule in ("hes", "none")
    )
    step = 5 / shown["n"] if shown["n"] < 3200 else 5 / 3200
    assert shown["difference"] / step == pytest.approx(round(shown["difference"] / step), abs=1e-6)
    assert abs(shown["difference"] - exact["difference"]) <= step / 2
    assert shown["difference_lower"] < exact["difference_lower"] < exact["difference_upper"] < shown["difference_upper"]
    assert np.isnan(shown["p_value"])


def test_adjusted_shares_are_the_textbook_s():
    x, n = np.array([[600, 300], [1200, 100]]), np.array([[1000, 1500], [2000, 500]])
    gaps = ew.disparities(
        world(CASE_MIX), "team", within="specialty", reference="A", measures=["over_18_weeks"], suppression="none"
    )
    own = direct_share(x[:, ::-1], n[:, ::-1], n.sum(0)[::-1])
    for place, group in enumerate("AB"):
        row = row_of(gaps, group, within="specialty")
        assert tuple(row[["value", "lower", "upper"]]) == pytest.approx(
            [own.value[place], own.lower[place], own.upper[place]]
        )
    gap = mover_difference(*((own.value[place], own.lower[place], own.upper[place]) for place in (1, 0)))
    row = row_of(gaps, "B", within="specialty")
    assert tuple(row[["difference", "difference_lower", "difference_upper"]]) == pytest.approx(tuple(gap), abs=1e-12)


def test_a_gap_inside_one_stratum_that_the_aggregate_hides_is_found():
    gaps = ew.disparities(
        world(HIDDEN), "team", within="specialty", reference="A", measures=["over_18_weeks"], suppression="none"
    )
    assert row_of(gaps, "B")["value"] == row_of(gaps, "A")["value"]
    inside = gaps.summary[gaps.summary["index"] == "overall_p_inside"]
    assert len(inside) == 2, "P2 in one direction, P3 in the other"
    assert inside["value"].iloc[0] < 1e-8
    assert any("Inside ‘P2’ alone" in said and "50.0% of people in the group B" in said for said in gaps.findings)


def test_make_list_s_planted_stratum_is_found():
    waiting = ew.read_list(ew.make_list("adult_ptl", people=12_000, seed=2, dirt=False), snapshot="2026-10-31")
    gaps = ew.disparities(
        waiting, ["learning_disability", "sex"], within="priority", measures=["over_18_weeks"],
        suppression="none",
    )  # fmt: skip
    inside = gaps.summary[gaps.summary["index"] == "overall_p_inside"]
    assert inside["by"].tolist() == ["learning_disability"]
    assert "P2" in inside["note"].iloc[0]
    assert not any("P3’ alone" in said or "by sex: " in said.split("alone")[-1] for said in gaps.findings)


def test_crude_is_adjusted_when_there_is_one_stratum():
    chance = np.random.default_rng(4)
    waiting = listed(chance.integers(0, 700, 900), team=chance.choice(["A", "B", None], 900), one="x")
    gaps = ew.disparities(waiting, "team", within="one", suppression="none")
    crude, alike = (gaps.table[gaps.table["adjustment"] == kind] for kind in ("none", "standardised"))
    columns = ["n", "events", "value", "lower", "upper", "difference", "difference_lower", "difference_upper"]
    for measure in crude.loc[crude["measure"].str.startswith("over"), "measure"].unique():
        both = [part[part["measure"] == measure][columns].to_numpy(float) for part in (crude, alike)]
        np.testing.assert_allclose(both[1], both[0], atol=1e-9)


def test_over_a_tenth_of_the_reference_lost_is_refused_and_the_shared_strata_speak():
    cells = {("A", "s"): (300, 700), ("A", "t"): (150, 350), ("B", "s"): (500, 500)}
    gaps = ew.disparities(
        world(cells), "team", within="specialty", reference="A", measures=["over_18_weeks"], suppression="none"
    )
    row = row_of(gaps, "B", within="specialty")
    assert np.isnan(row["value"])
    assert np.isnan(row["difference"])
    assert not row["suppressed"]
    assert row["note"] == "withheld: 20% of the list is in strata that one side is not in"
    odds = gaps.table[(gaps.table["adjustment"] == "mantel_haenszel") & (gaps.table["group"] == "B")].iloc[0]
    expected = mantel_haenszel([500], [1000], [300], [1000], measure="odds")
    assert tuple(odds[["ratio", "ratio_lower", "ratio_upper"]]) == pytest.approx(
        (expected.value, expected.lower, expected.upper)
    )
    assert np.isnan(odds["difference"])
    few = {("A", "s"): (300, 700), ("A", "t"): (50, 50), ("B", "s"): (500, 500)}
    gaps = ew.disparities(
        world(few), "team", within="specialty", reference="A", measures=["over_18_weeks"], suppression="none"
    )
    assert row_of(gaps, "B", within="specialty")["note"] == "1 stratum that both are in; weight lost 4.8%"


def test_nothing_recorded_is_a_stratum():
    waiting = world(CASE_MIX)
    waiting["specialty"] = waiting["specialty"].where(waiting["specialty"] == "slow")
    gaps = ew.disparities(
        waiting, "team", within="specialty", reference="A", measures=["over_18_weeks"], suppression="none"
    )
    assert row_of(gaps, "B", within="specialty")["difference"] == pytest.approx(0, abs=1e-12)


def test_the_adjusted_median_is_that_of_the_standardised_list():
    """Two strata of one median each: a group that is all there is one half of each has the median of the mixture."""
    chance = np.random.default_rng(1)
    cells = {("A", "s"): 4000, ("A", "t"): 1000, ("B", "s"): 1000, ("B", "t"): 4000}
    waiting = pd.concat(
        [listed(chance.integers(1, 141 if spec == "s" else 421, n), team=team, specialty=spec) for (team, spec), n in cells.items()],
        ignore_index=True,
    )  # fmt: skip
    gaps = ew.disparities(
        waiting, "team", within="specialty", reference="A", measures=["median_weeks"], suppression="none"
    )
    crude, alike = row_of(gaps, "B", "median_weeks"), row_of(gaps, "B", "median_weeks", "specialty")
    assert crude["difference"] > 10
    # Half uniform to 20 weeks, half to 60: share below w is w/40 + w/120 up to 20 weeks, so the median is 15.
    assert alike["value"] == pytest.approx(15, abs=0.6)
    assert alike["lower"] < 15 < alike["upper"]
    assert alike["difference_lower"] < 0 < alike["difference_upper"]


def test_composition_and_gap_within_add_to_the_crude_gap():
    gaps = ew.disparities(
        world({("A", "s"): (100, 300), ("A", "t"): (200, 200), ("B", "s"): (90, 110), ("B", "t"): (300, 200)}), "team",
        within="specialty", reference="A", measures=["over_18_weeks"], suppression="none",
    )  # fmt: skip
    parts = kitagawa([90, 300], [200, 500], [100, 200], [400, 400])
    said = next(said for said in gaps.findings if "Of the crude gap" in said)
    split = gaps.summary[gaps.summary["note"].str.startswith("B against A")].set_index("index")["value"]
    assert split["gap_of_strata"] == pytest.approx(parts.composition, abs=6e-4)
    assert split["gap_within_strata"] == pytest.approx(parts.within, abs=1.1e-3)
    printed = [round(100 * float(each), 1) for each in (split["gap_of_strata"], split["gap_within_strata"], parts.gap)]
    assert printed[0] + printed[1] == pytest.approx(printed[2]), "the parts add up as they are printed"
    assert f"of {printed[2]:+.1f} points between B and A" in said
    assert "comes from" not in " ".join(gaps.findings)


def test_what_cannot_be_stratified_is_refused():
    waiting = world(CASE_MIX)
    with pytest.raises(OptionError, match="also compared"):
        ew.disparities(waiting, "team", within="team")
    with pytest.raises(ColumnsError, match="priority"):
        ew.disparities(waiting, "team", within=["priority"])
    with pytest.raises(OptionError, match="without strata"):
        ew.disparities(ew.count_waits(waiting, "team"), within="specialty")
    counts = ew.count_waits(waiting, "team", within=["specialty"])
    for asked in ({"suppression": "none"}, {"measures": ["over_18_weeks"]}):
        from_counts, from_list = (
            ew.disparities(counts, **asked),
            ew.disparities(waiting, "team", within=["specialty"], **asked),
        )
        pd.testing.assert_frame_equal(from_counts.table, from_list.table)


cells_of = st.lists(
    st.tuples(st.integers(0, 500), st.sampled_from("AB"), st.sampled_from("st")), min_size=60, max_size=90
)


@settings(max_examples=6, deadline=None)
@given(rows=cells_of, seed=st.integers(0, 9))
def test_relabelling_strata_and_reordering_rows_change_nothing(rows, seed):
    days, team, stratum = zip(*rows, strict=True)
    waiting = listed(list(days), team=list(team), specialty=list(stratum))
    other = waiting.assign(specialty=waiting["specialty"].map({"s": "z", "t": "y"})).sample(frac=1, random_state=seed)
    one, two = (ew.disparities(each, "team", within="specialty", suppression="none") for each in (waiting, other))
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.summary, two.summary.assign(note=one.summary["note"]))


@settings(max_examples=6, deadline=None)
@given(rows=cells_of)
def test_nothing_small_is_shown_within_strata(rows):
    days, team, stratum = zip(*rows, strict=True)
    waiting = listed(list(days), team=list(team), specialty=list(stratum))
    table = ew.disparities(waiting.iloc[:25], "team", within="specialty").table
    hidden = table[table["suppressed"]]
    assert hidden[["events", "value", "lower", "upper", "difference", "ratio", "p_value"]].isna().all().all()
    assert (table["n"].dropna() % 5 == 0).all()


def test_a_question_of_one_group_within_strata_has_no_gap():
    """Nobody to stand against: rows without a gap, and no division by nobody."""
    waiting = listed([200] * 15 + [0] * 10, team=["A"] * 25, specialty=["s"] * 15 + ["t"] * 10)
    table = ew.disparities(waiting, "team", within="specialty").table
    assert table["difference"].isna().all()
