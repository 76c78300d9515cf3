"""Cases that were answered wrongly, each against a hand calculation or an answer computed elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_lists import listed, row_of, world
from scipy import stats

import equiwait as ew
from equiwait.statistics import newcombe

OVER_18 = {"measures": ["over_18_weeks"], "suppression": "none"}


def within(gaps, group, adjustment):
    rows = gaps.table[(gaps.table["group"] == group) & (gaps.table["adjustment"] == adjustment)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_strata_that_one_side_lacks_are_left_out_on_both():
    """A: half of 4,600 in s1 and all of 900 in s2; B: half of 4,500 in s1. Printed +4.5 points (+2.5 to +6.5).

    By hand: in s1, the only stratum that both are in, 50% against 50%. s2 holds 900 of 10,000: 9.0% lost.
    """
    cells = {("A", "s1"): (2300, 2300), ("A", "s2"): (900, 0), ("B", "s1"): (2250, 2250)}
    row = within(
        ew.disparities(world(cells), "team", within="specialty", reference="B", **OVER_18), "A", "standardised"
    )
    assert row["difference"] == pytest.approx(0, abs=1e-12)
    assert row["difference_lower"] < 0 < row["difference_upper"]
    assert row["note"] == "1 stratum that both are in; weight lost 9.0%"
    assert row["p_value"] == pytest.approx(1)


def test_value_interval_and_test_are_of_one_estimand():
    """s1: A 60% of 800, B 50% of 800; s2: A 40% of 160, B 48% of 4,800. Printed "−3.6 (−9.5 to +2.4), clear of chance".

    By hand: weights 1,600 and 4,960 of 6,560; (1,600·0.10 + 4,960·(−0.08))/6,560 = −3.61 points.
    """
    cells = {("A", "s1"): (480, 320), ("B", "s1"): (400, 400), ("A", "s2"): (64, 96), ("B", "s2"): (2304, 2496)}
    gaps = ew.disparities(world(cells), "team", within="specialty", reference="B", **OVER_18)
    alike, odds = within(gaps, "A", "standardised"), within(gaps, "A", "mantel_haenszel")
    assert alike["difference"] == pytest.approx((1600 * 0.10 - 4960 * 0.08) / 6560)
    assert alike["difference_lower"] < 0 < alike["difference_upper"]
    assert alike["p_adjusted"] > 0.05
    assert odds["measure"] == "odds_of_over_18_weeks"
    # Robins, Breslow and Greenland by hand, and the test by scipy's margins: the two sides of one estimand agree.
    tables = np.array([[[480, 320], [400, 400]], [[64, 96], [2304, 2496]]], float)
    n = tables.sum((1, 2))
    concordant, discordant = tables[:, 0, 0] * tables[:, 1, 1] / n, tables[:, 0, 1] * tables[:, 1, 0] / n
    assert odds["ratio"] == pytest.approx(concordant.sum() / discordant.sum())
    mean = tables[:, 0].sum(1) * tables[:, :, 0].sum(1) / n
    spread = (
        tables[:, 0].sum(1) * tables[:, 1].sum(1) * tables[:, :, 0].sum(1) * tables[:, :, 1].sum(1) / (n**2 * (n - 1))
    )
    chi = (tables[:, 0, 0].sum() - mean.sum()) ** 2 / spread.sum()
    assert odds["p_value"] == pytest.approx(stats.chi2.sf(chi, 1))
    assert (odds["p_value"] < 0.05) == (not odds["ratio_lower"] < 1 < odds["ratio_upper"])
    assert "does not hold" in odds["note"] or "Breslow–Day" in odds["note"]


def test_one_person_over_52_weeks_is_no_finding_among_sixteen_groups():
    """One of one against 20 of 2,000: p = 3e−22 by the score test. Fisher's mid-p, doubled, is 21/2001 by hand."""
    days = np.r_[400, np.full(20, 400), np.full(1980, 50)]
    two = ew.disparities(
        listed(days, team=["A"] + ["B"] * 2000), "team", measures=["over_52_weeks"], suppression="none"
    )
    assert row_of(two, "A", "over_52_weeks")["p_value"] == pytest.approx(21 / 2001)
    rest = np.resize(list("BCDEFGHIJKLMNOP"), 2000)
    many = ew.disparities(listed(days, team=["A", *rest]), "team", measures=["over_52_weeks"], suppression="none")
    assert not any("waits among A" in said for said in many.findings)
    hidden = ew.disparities(listed(days, team=["A"] + ["B"] * 2000), "team", measures=["over_52_weeks"])
    assert not any("waits among A" in said for said in hidden.findings)


def test_eight_of_eight_has_a_ratio_that_covers():
    """8 of 8 against 450 of 500: Koopman's interval, 0.7502 to 1.149 (statistics: checked there against R)."""
    days = np.r_[np.full(8, 200), np.full(450, 200), np.full(50, 50)]
    row = row_of(ew.disparities(listed(days, team=["A"] * 8 + ["B"] * 500), "team", reference="B", **OVER_18), "A")
    assert row["ratio"] == pytest.approx(500 / 450)
    assert row["ratio_lower"] < 1 < row["ratio_upper"]


def test_a_ratio_without_an_upper_limit_says_so(tmp_path):
    days = np.r_[np.full(30, 200), np.full(70, 50), np.full(400, 50)]
    gaps = ew.disparities(listed(days, team=["A"] * 100 + ["B"] * 400), "team", reference="B", **OVER_18)
    assert row_of(gaps, "A")["ratio_upper"] == np.inf
    page = ew.report(gaps, to=tmp_path / "page.html", allow_unsuppressed=True).read_text("utf-8")
    assert "no upper limit" in page


def test_two_groups_are_tested_once():
    waiting = listed(
        np.r_[np.repeat([200, 50], [90, 160]), np.repeat([200, 50], [300, 700])], team=["A"] * 250 + ["B"] * 1000
    )
    row = row_of(ew.disparities(waiting, "team", **OVER_18), "A")
    assert row["p_value"] == pytest.approx(row["p_adjusted"])
    expected = newcombe(90, 250, 300, 1000)
    assert tuple(row[["difference", "difference_lower", "difference_upper"]]) == pytest.approx(tuple(expected))


def test_the_adjusted_p_and_the_interval_of_a_family_agree():
    """ "+9.7 (+2.8 to +16.5), could be chance": the interval that is printed leaves out 0 exactly where p_adjusted < 0.05."""
    chance = np.random.default_rng(3)
    for _ in range(8):
        team = chance.choice(list("ABCDEFGH"), 1500)
        long = chance.random(1500) < 0.4 + 0.15 * (team == "H")
        table = ew.disparities(listed(np.where(long, 200, 50), team=team), "team", **OVER_18).table
        clear = (table["difference_lower"] > 0) | (table["difference_upper"] < 0)
        assert (clear == (table["p_adjusted"] < 0.05)).all()


def test_a_hidden_group_does_not_open_the_gate():
    """A hidden group of 4 turned the overall test to NaN, and a gap was named."""
    days = np.concatenate([np.repeat([200, 50], each) for each in ([40, 60], [45, 55], [43, 57], [4, 0])])
    waiting = listed(days, team=list("A" * 100 + "B" * 100 + "C" * 100 + "D" * 4))
    gaps = ew.disparities(waiting, "team", measures=["over_18_weeks"])
    overall = gaps.summary[gaps.summary["index"] == "overall_p"].iloc[0]
    assert overall["value"] > 0.05
    assert "hidden" in overall["note"]
    assert any("too few to tell" in said for said in gaps.findings)


def test_doubling_every_row_moves_no_value():
    """Two pathways of each person: the indices moved in value; now only intervals widen."""
    chance = np.random.default_rng(8)
    people = listed(chance.integers(0, 500, 900), imd_quintile=pd.array(chance.integers(1, 6, 900), "Int8"),
                    ethnicity=chance.choice(list("ABCD"), 900), person_id=[f"p{n}" for n in range(900)])  # fmt: skip
    twice = pd.concat([people, people], ignore_index=True)
    options = {"by": ["imd_quintile", "ethnicity"], **OVER_18}
    once, doubled = ew.disparities(people, **options), ew.disparities(twice, **options)
    pd.testing.assert_series_equal(once.table["value"], doubled.table["value"])
    same = ["sii", "rii", "aci", "rci", "bgv", "bgsd", "idis", "md_mean", "md_lowest", "theil"]
    first, second = (each.summary[each.summary["index"].isin(same)] for each in (once, doubled))
    np.testing.assert_allclose(first["value"], second["value"], rtol=1e-9)
    assert (doubled.table["n"] == 2 * doubled.table["n_people"]).all()
    for end in ("lower", "upper"):
        np.testing.assert_allclose(once.table[end], doubled.table[end], rtol=1e-9, err_msg="as many people: as wide")


def test_released_answers_are_a_function_of_released_counts():
    """Lists that differ by what rounding hides give one answer: table, summary, findings and notes."""

    def answer(extra):
        days = np.concatenate([np.repeat([200, 50], (each, 100 - each)) for each in (42, 53, 61 + extra)])
        return ew.disparities(
            listed(days, team=list("A" * 100 + "B" * 100 + "C" * 100)), "team", measures=["over_18_weeks"]
        )

    one, other = answer(0), answer(1)  # 61 and 62 are both shown as 60, and 156 and 157 as 155
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.summary, other.summary)
    assert (one.findings, one.notes) == (other.findings, other.notes)


def test_where_the_recorded_total_is_hidden_the_others_that_are_shown_are_the_reference():
    """Two people of a third group: the total of all recorded would tell of them, and is hidden; the gap of the others is not."""
    days = np.concatenate([np.repeat([200, 50], each) for each in ((300, 400), (420, 545), (1, 1))])
    gaps = ew.disparities(listed(days, team=["A"] * 700 + ["B"] * 965 + ["C"] * 2), "team", measures=["over_18_weeks"])
    row = row_of(gaps, "A")
    assert row["difference"] == pytest.approx(300 / 700 - 420 / 965)
    assert row["reference"] in ("everyone else recorded", "everyone else recorded that is shown")
    assert row["difference_lower"] < 0 < row["difference_upper"]
