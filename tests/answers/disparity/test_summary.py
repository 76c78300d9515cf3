"""`Disparities.summary`: indices of inequality where they make sense, and the tests that come before pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_lists import listed
from scipy import stats

import equiwait as ew
from equiwait.errors import OptionError, RefusedError
from equiwait.statistics import newcombe, share_contrast, share_errors, slope_index

OVER = [300, 280, 260, 240, 200]  # of 1,000 in each fifth, most deprived first


def fifths(over=OVER, n=1000):
    days = np.concatenate([np.r_[np.full(some, 200), np.full(n - some, 50)] for some in over])
    return listed(days, imd_quintile=pd.array(np.repeat(np.arange(1, len(over) + 1), n), "Int8"))


def ethnic(shares, n=400):
    codes = "ABCDEFGHJK"[: len(shares)]
    days = np.concatenate([np.repeat([200, 50], [round(n * share), n - round(n * share)]) for share in shares])
    return listed(days, ethnicity=pd.Categorical(np.repeat(list(codes), n), list("ABCDEFGHJKZ")))


def summary_of(gaps, measure="over_18_weeks"):
    return gaps.summary[gaps.summary["measure"] == measure].set_index("index")


def test_the_slope_runs_from_least_to_most_deprived():
    gaps = ew.disparities(fifths(), "imd_quintile", measures=["over_18_weeks", "median_weeks"], suppression="none")
    found = summary_of(gaps)
    share = np.array(OVER[::-1]) / 1000
    slope = slope_index(share, [1000] * 5, share_errors(share * 1000, [1000] * 5))
    assert tuple(found.loc["sii", ["value", "lower", "upper"]]) == pytest.approx(
        (slope.value, slope.lower, slope.upper)
    )
    assert found.loc["sii", "value"] == pytest.approx(0.12), "five equal steps: the line by hand"
    assert found.loc["rii", "value"] == pytest.approx((0.256 + 0.06) / (0.256 - 0.06))
    assert found.loc["aci", "value"] > 0
    assert found.loc["rci", "value"] == pytest.approx(found.loc["aci", "value"] / 0.256)
    assert not {"bgv", "max_min"} & set(found.index)
    assert gaps.index("sii")["value"] == found.loc["sii", "value"]


def test_three_figures_are_shown_of_released_shares():
    exact = summary_of(
        ew.disparities(
            fifths([301, 283, 262, 243, 201]), "imd_quintile", measures=["over_18_weeks"], suppression="none"
        )
    )
    shown = summary_of(ew.disparities(fifths([301, 283, 262, 243, 201]), "imd_quintile", measures=["over_18_weeks"]))
    released = slope_index(np.array([200, 245, 260, 285, 300]) / 1000, [1000] * 5)
    assert shown.loc["sii", "value"] == float(f"{float(released.value):.3g}")
    assert shown.loc["sii", "value"] != exact.loc["sii", "value"]


def test_no_fixed_abode_has_no_rank():
    waiting = fifths()
    waiting["link_status"] = "matched"
    extra = listed([200] * 50, imd_quintile=pd.array([None] * 50, "Int8"), link_status="no_fixed_abode")
    both = ew.disparities(pd.concat([waiting, extra]), "imd_quintile", measures=["over_18_weeks"], suppression="none")
    alone = ew.disparities(waiting, "imd_quintile", measures=["over_18_weeks"], suppression="none")
    assert summary_of(both).loc["sii", "value"] == summary_of(alone).loc["sii", "value"]


def test_rii_is_withheld_where_the_line_predicts_nought_or_less():
    found = summary_of(ew.disparities(fifths([400, 200, 10, 9, 8]), "imd_quintile", measures=["over_18_weeks"]))
    assert np.isnan(found.loc["rii", "value"])
    assert "withheld" in found.loc["rii", "note"]
    assert np.isfinite(found.loc["sii", "value"])


def test_an_index_that_rests_on_a_hidden_group_is_withheld():
    found = summary_of(ew.disparities(fifths([300, 280, 260, 240, 3]), "imd_quintile", measures=["over_18_weeks"]))
    indices = found.loc[["sii", "rii", "aci", "rci"]]
    assert indices["value"].isna().all()
    assert indices["note"].str.startswith("withheld").all()
    assert found.loc["overall_p", "value"] < 0.05, "the groups that are shown are tested, hidden one or not"
    assert "1 hidden" in found.loc["overall_p", "note"]


def test_groups_without_an_order():
    shares = [0.3, 0.35, 0.4, 0.45]
    gaps = ew.disparities(ethnic(shares), "ethnicity", measures=["over_18_weeks"], suppression="none")
    found = summary_of(gaps)["value"]
    assert found["bgv"] == pytest.approx(np.var(shares))
    assert found["bgsd"] == pytest.approx(np.std(shares))
    assert found["md_mean"] == pytest.approx(np.abs(np.array(shares) - np.mean(shares)).mean())
    assert found["md_lowest"] == pytest.approx((np.array(shares) - 0.3).mean())
    assert found["idis"] == pytest.approx(found["md_mean"] / np.mean(shares))
    assert found["max_min"] == pytest.approx(0.15)
    relative = np.array(shares) / np.mean(shares)
    assert found["theil"] == pytest.approx((relative * np.log(relative)).mean())
    assert "chance alone would leave" in summary_of(gaps).loc["max_min", "note"]


def test_nonsense_is_refused_in_one_sentence():
    gaps = ew.disparities(ethnic([0.3, 0.4]), "ethnicity", measures=["over_18_weeks"])
    with pytest.raises(
        RefusedError, match="slope index of inequality ranks people from the least to the most deprived"
    ):
        gaps.index("sii")
    core = fifths([300, 200])
    core = listed(core["days_waiting"], core20=(core["imd_quintile"] == 1).astype("boolean"))
    for frame, by in ((core, "core20"), (fifths([300, 200]), "imd_quintile")):
        two = ew.disparities(frame, by, measures=["over_18_weeks"])
        assert "fewer than three ordered groups" in summary_of(two).loc["sii", "note"]
        with pytest.raises(RefusedError, match="fewer than three ordered groups"):
            two.index("sii")
    with pytest.raises(OptionError, match="not understood"):
        gaps.index("gini")
    with pytest.raises(OptionError, match="was not asked"):
        gaps.index("bgv", by="sex")
    with pytest.raises(OptionError, match="not understood"):
        ew.disparities(ethnic([0.3, 0.4]), "ethnicity", measures=["sii"])
    with pytest.raises(OptionError, match="is empty"):
        ew.disparities(ethnic([0.3, 0.4]), "ethnicity", measures=[])
    with pytest.raises(OptionError, match="confidence"):
        ew.disparities(ethnic([0.3, 0.4]), "ethnicity", confidence=95)
    with pytest.raises(OptionError, match="not asked"):
        ew.disparities(ethnic([0.3, 0.4]), "ethnicity", reference={"sex": "Female"})


def test_the_overall_test_leaves_out_those_not_recorded_and_they_have_their_own():
    known = ethnic([0.3, 0.35, 0.4])
    silent = listed(np.repeat([200, 50], [250, 150]), ethnicity=pd.Categorical(["Z"] * 400, list("ABCDEFGHJKZ")))
    gaps = ew.disparities(pd.concat([known, silent]), "ethnicity", measures=["over_18_weeks"], suppression="none")
    found = summary_of(gaps)
    table = [[120, 280], [140, 260], [160, 240]]
    assert found.loc["overall_p", "value"] == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    expected = newcombe(250, 400, 420, 1200)
    assert tuple(found.loc["not_recorded_gap", ["value", "lower", "upper"]]) == pytest.approx(tuple(expected))
    assert found.loc["not_recorded_p", "value"] == pytest.approx(float(share_contrast(250, 400, 420, 1200).p_value))
    assert found.loc["not_recorded_people", "value"] == 400


def test_no_pair_is_named_unless_the_overall_test_finds_something():
    quiet = ew.disparities(
        ethnic([0.30, 0.31, 0.30, 0.29]), "ethnicity", measures=["over_18_weeks"], suppression="none"
    )
    assert "too few to tell whether groups differ" in quiet.findings[0]
    loud = ew.disparities(ethnic([0.30, 0.31, 0.30, 0.50]), "ethnicity", measures=["over_18_weeks"], suppression="none")
    assert "longer waits among D: White and Black Caribbean (50.0%, +19.7 points" in loud.findings[0]
    assert "95% intervals" in loud.findings[0]


def test_a_null_stays_null_at_its_nominal_rate_over_40_seeds():
    """Six alike groups in four strata: overall, within strata and by pair, chance calls about one in twenty."""
    called = {"overall_p": 0, "overall_p_within": 0, "pair": 0, "family": 0}
    strata, groups = np.array([0.1, 0.3, 0.4, 0.6]), 6
    for seed in range(40):
        chance = np.random.default_rng(seed)
        stratum, group = chance.integers(0, 4, 3000), chance.integers(0, groups, 3000)
        days = np.where(chance.random(3000) < strata[stratum], 200, 50)
        waiting = listed(
            days,
            team=pd.Categorical.from_codes(group, list("ABCDEF")),
            spec=pd.Categorical.from_codes(stratum, list("wxyz")),
        )
        gaps = ew.disparities(waiting, "team", within="spec", measures=["over_18_weeks"], suppression="none")
        found = gaps.summary.set_index("index")["value"]
        alike = gaps.table[gaps.table["adjustment"] == "standardised"]
        for name in ("overall_p", "overall_p_within"):
            called[name] += found[name] < 0.05
        called["pair"] += alike["p_value"].iloc[0] < 0.05
        called["family"] += (alike["p_adjusted"] < 0.05).any()
    low, high = stats.binom.ppf([0.001, 0.999], 40, 0.05)
    for name in ("overall_p", "overall_p_within", "pair"):
        assert low <= called[name] <= high, called
    assert called["family"] <= high, "adjusted p-values keep the rate of any false finding"
