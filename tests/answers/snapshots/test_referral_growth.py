"""`referral_growth`: the warning beside a gap among people still waiting."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from equiwait.answers.snapshots.referral_growth import growth_beside, growth_ratio, referral_growth
from equiwait.disclosure import release, rule_named
from equiwait.errors import OptionError, RefusedError
from people_lists import row


def growth_warnings(waiting, by):
    """What `disparities` says of referrals beside a gap."""
    counts, beside = growth_beside(waiting, by)
    return beside.said(release(counts, rule_named("hes")))


DAYS, CENSUS = 1095, pd.Timestamp("2026-10-31")


def simulated(case, people=6000, seed=1):
    """The list of a case of the acceptance simulation: Weibull waits, referrals growing as exp(g t / 1095)."""
    chance = np.random.default_rng(seed)
    groups = []
    for name in "AB":
        growth, scale = case[name]["g"], case[name]["scale"]
        even = (np.arange(people) + 0.5) / people
        joined = DAYS * (np.log1p(even * np.expm1(growth)) / growth if growth else even)
        wait = scale * chance.weibull(1.2, people)
        other = np.where(chance.random(people) < case[name].get("drop", 0), chance.exponential(120, people), np.inf)
        stop = joined + np.minimum(wait, other)
        groups.append(
            pd.DataFrame({"team": name, "start": np.floor(joined), "stop": np.floor(stop), "closed": stop < DAYS})
        )
    rows = pd.concat(groups, ignore_index=True)
    day = CENSUS - pd.Timedelta(days=DAYS)
    return pd.DataFrame({
        "team": rows["team"], "scope": np.where(rows["closed"], "closed", "rtt_open"),
        "clock_start": (day + pd.to_timedelta(rows["start"], unit="D")).astype("datetime64[s]"),
        "clock_stop": (day + pd.to_timedelta(rows["stop"], unit="D")).where(rows["closed"]).astype("datetime64[s]"),
        "days_waiting": (np.where(rows["closed"], rows["stop"], DAYS) - rows["start"]).astype("int64"),
        "snapshot_date": "2026-10-31",
    })  # fmt: skip


def test_the_acceptance_simulation_warns_where_referrals_grew_and_only_there(refcases):
    cases = json.loads((refcases / "inputs" / "bias_simulation.json").read_text())["cases"]
    grew = {case["name"]: case["A"]["g"] != case["B"]["g"] for case in cases}
    assert set(grew.values()) == {True, False}
    for case in cases:
        warnings = growth_warnings(simulated(case), "team")
        assert bool(warnings) == grew[case["name"]], case["name"]
        assert all("can point the wrong way" in sentence for sentence in warnings)


def test_closed_form():
    """By hand: (300/200) / (250/250), variance of the log 1/300 + 1/200 + 1/250 + 1/250."""
    found = growth_ratio(300, 200, 250, 250)
    error = np.sqrt(1 / 300 + 1 / 200 + 2 / 250)
    assert found.value == pytest.approx(1.5)
    assert [found.lower, found.upper] == pytest.approx([1.5 * np.exp(side * 1.959963985 * error) for side in (-1, 1)])
    assert np.isnan(growth_ratio(3, 0, 2, 2).value)


def test_an_interval_covers_the_truth():
    chance = np.random.default_rng(5)
    covered = []
    for means in ((40, 30, 200, 150), (400, 200, 300, 300), (25, 25, 25, 50)):
        found = growth_ratio(*(chance.poisson(mean, 2000) for mean in means))
        truth = (means[0] / means[1]) / (means[2] / means[3])
        covered.append(np.mean((found.lower <= truth) & (truth <= found.upper)))
    assert min(covered) > 0.92
    assert 0.94 < np.mean(covered) < 0.97


def began(earlier, later, team):
    starts = ["2026-03-01"] * earlier + ["2026-09-01"] * later
    return pd.DataFrame({
        "team": team, "clock_start": pd.to_datetime(starts).astype("datetime64[s]"), "snapshot_date": "2026-10-31",
        "clock_stop": pd.Series([pd.Timestamp("2026-10-01")] * (earlier + later)).astype("datetime64[s]"),
        "scope": ["closed", "rtt_open"] * ((earlier + later) // 2), "days_waiting": 30,
    })  # fmt: skip


def test_both_ten_per_cent_and_an_interval_are_needed():
    window = ("2026-01-01", "2026-10-31")
    wide = pd.concat([began(1000, 1000, "A"), began(1000, 1090, "B")])
    assert not referral_growth(wide, "team", window=window, reference="A", suppression="none").table["warns"].any()
    few = pd.concat([began(20, 20, "A"), began(20, 26, "B")])
    assert not referral_growth(few, "team", window=window, reference="A", suppression="none").table["warns"].any()
    clear = referral_growth(
        pd.concat([began(1000, 1000, "A"), began(1000, 1300, "B")]), "team", window=window, reference="A"
    )
    assert row(clear.table, group="B")["ratio"] == pytest.approx(1.3)
    assert clear.warnings == clear.findings
    assert "referrals of B grew faster than those of A (1.30 times" in clear.warnings[0]


def test_two_open_lists_are_compared_like_with_like():
    """People who joined in the days up to each list, and are still there."""

    def open_list(day, a, b):
        starts = pd.Timestamp(day) - pd.to_timedelta(np.arange(a + b) % 20, unit="D")
        old = pd.Timestamp("2026-01-01")
        return pd.DataFrame({
            "scope": "rtt_open", "days_waiting": 5, "snapshot_date": day, "team": ["A"] * (a + 50) + ["B"] * b,
            "clock_start": pd.Series([*starts[:a], *[old] * 50, *starts[a:]]).astype("datetime64[s]"),
        })  # fmt: skip

    growth = referral_growth(
        open_list("2026-10-31", 200, 400),
        "team",
        before=open_list("2026-09-30", 200, 200),
        reference="A",
        suppression="none",
    )
    assert growth.table[["earlier", "later"]].to_numpy().tolist() == [[200, 200], [200, 400]]
    assert growth.table["warns"].tolist() == [False, True]
    assert "31 days up to each" in growth.notes[0]


def test_one_open_list_cannot_show_it(refcases):
    waiting = began(100, 100, "A").assign(scope="rtt_open")
    with pytest.raises(RefusedError, match="One open list cannot show"):
        referral_growth(waiting, "team")
    assert growth_warnings(waiting, "team")[0].startswith("One open list cannot show")
    few_stops = waiting.assign(scope=["closed"] * 5 + ["rtt_open"] * 195)
    few_stops["clock_stop"] = pd.Series([pd.Timestamp("2026-02-01")] * 5 + [pd.NaT] * 195).astype("datetime64[s]")
    assert growth_warnings(few_stops, "team")[0].startswith("One open list cannot show"), "five stops beside 200 starts"


def test_small_numbers_are_hidden():
    growth = referral_growth(
        pd.concat([began(100, 100, "A"), began(4, 6, "B")]), "team", window=("2026-01-01", "2026-10-31")
    )
    few = row(growth.table, group="B")
    assert few["suppressed"]
    assert few[["earlier", "later", "growth", "ratio"]].isna().all()
    assert not few["warns"]


def test_nonsense_is_refused():
    waiting = began(100, 100, "A")
    with pytest.raises(OptionError, match="not two dates"):
        referral_growth(waiting, "team", window=("soon", "later"))
    with pytest.raises(RefusedError, match="fewer than two days"):
        referral_growth(waiting, "team", window=("2026-10-31", "2026-01-01"))
    with pytest.raises(OptionError, match="is not a group of team"):
        referral_growth(waiting, "team", window=("2026-01-01", "2026-10-31"), reference="Z")
    with pytest.raises(RefusedError, match="Nobody's clock started"):
        referral_growth(waiting, "team", window=("2020-01-01", "2020-10-31"))
    with pytest.raises(RefusedError, match="not an earlier list"):
        referral_growth(waiting, "team", before=waiting)


def test_pictures():
    growth = referral_growth(
        pd.concat([began(100, 100, "A"), began(90, 160, "B")]), "team", window=("2026-01-01", "2026-10-31")
    )
    assert growth.plot().get_xlabel() == "Later referrals for each earlier one"
