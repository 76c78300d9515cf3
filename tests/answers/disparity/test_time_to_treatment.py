"""Time to treatment and ended waits: the right sign where the naive ones are wrong, and what stands beside it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from made_lists import row_of

import equiwait as ew
from equiwait.errors import OptionError, RefusedError

WINDOW = ("2022-10-03", "2022-12-31")


def simulated(plan, team, people=120_000):
    """Weibull waits, shape 1.2, referrals over 1,095 days that grow by e^g, as the file says; some leave otherwise."""
    chance = np.random.default_rng(7 if team == "A" else 8)
    uniform, growth = chance.random(people), plan["g"]
    at = uniform if growth == 0 else np.log1p(uniform * np.expm1(growth)) / growth
    start = np.floor(at * 1095)
    treated = np.ceil(plan["scale"] * chance.weibull(1.2, people))
    leaving = chance.random(people) < plan.get("drop", 0)
    otherwise = np.where(leaving, np.ceil(chance.exponential(120, people)), np.inf)
    stop = start + np.minimum(treated, otherwise)
    ended = stop <= 1095
    day = lambda offset: np.datetime64("2020-01-01", "s") + offset.astype("timedelta64[D]")  # noqa: E731
    return pd.DataFrame(
        {
            "scope": np.where(ended, "closed", "rtt_open"), "team": team, "snapshot_date": "2022-12-31",
            "clock_start": day(start), "clock_stop": np.where(ended, day(np.minimum(stop, 2000)), np.datetime64("NaT", "s")),
            "stop_reason": np.where(ended, np.where(treated <= otherwise, "treated", "left_otherwise"), None),
            "days_waiting": (1095 - start).astype(int),
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def cases(refcases):
    found = json.loads((refcases / "inputs" / "bias_simulation.json").read_text(encoding="utf-8"))["cases"]
    return [(case, pd.concat([simulated(case[team], team) for team in "AB"], ignore_index=True)) for case in found]


def test_time_to_treatment_is_near_the_truth_and_of_the_right_sign(cases):
    for case, waiting in cases:
        gaps = ew.disparities(
            waiting, "team", estimand="time_to_treatment", window=WINDOW, reference="A", measures=["over_18_weeks"]
        )
        rows = {team: row_of(gaps, team) for team in "AB"}
        for team, truth in case["truth_gt126"].items():
            assert rows[team]["value"] == pytest.approx(truth, abs=0.012), case["name"]
        truth = case["truth_gt126"]["B"] - case["truth_gt126"]["A"]
        if truth > 0:
            assert rows["B"]["difference_lower"] > 0
        else:
            assert not rows["B"]["difference_lower"] > 0.01
        assert "if nobody left otherwise" in rows["B"]["method"]


def test_still_waiting_reproduces_the_snapshot_under_its_own_name_and_warns(cases):
    for case, waiting in cases:
        gaps = ew.disparities(waiting, "team", reference="A", measures=["over_18_weeks"])
        assert (gaps.table["estimand"] == "still_waiting").all()
        for team, share in case["snapshot_gt126"].items():
            assert row_of(gaps, team)["value"] == pytest.approx(share, abs=0.012)
        warned = [said for said in gaps.findings if "can point the wrong way" in said]
        assert bool(warned) == (case["B"]["g"] > 0), case["name"]
        assert "burden" in gaps.notes[0]


def test_completed_reproduces_the_ended_waits_and_says_what_they_leave_out(cases):
    case, waiting = cases[1]
    gaps = ew.disparities(
        waiting, "team", estimand="completed", window=WINDOW, reference="A", measures=["over_18_weeks"]
    )
    for team, share in case["completed_gt126"].items():
        assert row_of(gaps, team)["value"] == pytest.approx(share, abs=0.02)
    assert row_of(gaps, "B")["difference"] < 0
    assert "whoever is still waiting is not among them" in gaps.notes[0]


def test_one_open_list_cannot_show_growth_and_says_so(cases):
    waiting = cases[0][1]
    gaps = ew.disparities(waiting[waiting["scope"] == "rtt_open"], "team", measures=["over_18_weeks"])
    assert any(note.startswith("One open list cannot show") for note in gaps.notes)


def test_what_became_of_everybody_stands_beside_it_and_adds_to_one(cases):
    waiting = cases[3][1]
    gaps = ew.disparities(
        waiting, "team", estimand="time_to_treatment", window=WINDOW, measures=["over_18_weeks", "over_52_weeks", "median_weeks"],
        suppression="none",
    )  # fmt: skip
    for weeks in (18, 52):
        names = [f"treated_by_{weeks}_weeks", f"left_otherwise_by_{weeks}_weeks", f"still_on_list_at_{weeks}_weeks"]
        parts = [row_of(gaps, "B", name) for name in names]
        assert sum(part["value"] for part in parts) == pytest.approx(1)
        assert parts[1]["value"] > 0.05
        assert all(part["lower"] <= part["value"] <= part["upper"] for part in parts)
        assert np.isnan([part["difference"] for part in parts]).all(), "no gap: their sign would not read as waits"
    # The median of a Weibull is scale · (ln 2)^(1/1.2).
    assert row_of(gaps, "A", "median_weeks")["value"] == pytest.approx(160 * np.log(2) ** (1 / 1.2) / 7, abs=0.5)


def test_within_strata_survival_is_standardised():
    """Two specialties, one slow: team B is mostly in the slow one, and within them the teams are alike."""
    plans = [("A", "fast", 60, 9000), ("A", "slow", 240, 3000), ("B", "fast", 60, 3000), ("B", "slow", 240, 9000)]
    parts = [simulated({"scale": scale, "g": 0}, team, n).assign(spec=spec) for team, spec, scale, n in plans]
    waiting = pd.concat(parts, ignore_index=True)
    gaps = ew.disparities(
        waiting, "team", within="spec", estimand="time_to_treatment", window=("2022-01-01", "2022-12-31"), reference="A",
        measures=["over_18_weeks"], suppression="none",
    )  # fmt: skip
    assert row_of(gaps, "B")["difference_lower"] > 0.1
    alike = row_of(gaps, "B", within="spec")
    assert alike["difference_lower"] < 0 < alike["difference_upper"]
    assert alike["p_value"] > 0.01
    assert any("among people of the same spec, still waiting after 18 weeks" in said for said in gaps.findings)
    tests = gaps.summary.set_index("index")["value"]
    assert tests["overall_p"] < 1e-6 < 0.01 < tests["overall_p_within"]


def test_few_at_risk_early_are_withheld():
    """Nobody joins but five, of whom two are treated at once: one step of two fifths must not bring the curve down."""
    start = pd.to_datetime(["2026-01-01"] * 200 + ["2026-06-02"] * 5).astype("datetime64[s]")
    stop = pd.to_datetime(["2026-07-01"] * 100 + [None] * 100 + ["2026-06-04"] * 2 + [None] * 3).astype("datetime64[s]")
    waiting = pd.DataFrame({
        "clock_start": start, "clock_stop": stop, "scope": np.where(stop.isna(), "rtt_open", "closed"), "team": "A",
        "stop_reason": np.where(stop.isna(), None, "treated"), "snapshot_date": "2026-07-31", "days_waiting": 30,
    })  # fmt: skip
    asked = {"estimand": "time_to_treatment", "window": ("2026-06-01", "2026-07-31"), "measures": ["over_18_weeks"]}
    table = ew.disparities(waiting, "team", suppression="none", **asked).table
    assert np.isnan(table["value"].iloc[0])
    assert "fewer than 30 people at risk" in table["note"].iloc[0]
    later = waiting[:200]
    value = ew.disparities(
        later, "team", suppression="none", **{**asked, "measures": ["over_25_weeks", "over_26_weeks"]}
    ).table
    kept = value[value["measure"].str.startswith("over")]["value"]
    assert kept.tolist() == pytest.approx([1.0, 0.5])


def test_released_curves_step_on_eight_exits_or_more(cases):
    waiting = cases[0][1].iloc[::40]
    gaps = ew.disparities(waiting, "team", estimand="time_to_treatment", window=WINDOW, measures=["over_18_weeks"])
    exact = ew.disparities(
        waiting, "team", estimand="time_to_treatment", window=WINDOW, measures=["over_18_weeks"], suppression="none"
    )
    for group, rows in gaps.curves.groupby("group"):
        steps = rows["value"].diff().dropna()
        assert (steps <= 0).all()
        whole = exact.curves[exact.curves["group"] == group]
        assert (steps != 0).sum() < (whole["value"].diff().dropna() != 0).sum(), "tail steps wait for one another"
        assert (rows["at_risk"].dropna() % 5 == 0).all()
    assert gaps.charts()[-1].name == "wait curves by team"
    assert gaps.plot("wait curves by team") is not None
    import matplotlib.pyplot as plt

    plt.close("all")


def test_nothing_small_is_shown_of_a_short_list(cases):
    case, waiting = cases[3]
    few = pd.concat([waiting[waiting["team"] == "A"].iloc[::300], waiting[waiting["team"] == "B"].iloc[::2500]])
    table = ew.disparities(few, "team", estimand="time_to_treatment", window=WINDOW).table
    hidden = table[table["suppressed"]]
    assert len(hidden)
    assert hidden[["value", "lower", "upper", "difference", "ratio", "p_value"]].isna().all().all()
    assert (table[["n", "events"]].stack().dropna() % 5 == 0).all()


def test_nonsense_is_refused(cases):
    waiting = cases[0][1].iloc[:2000]
    with pytest.raises(RefusedError, match="before it starts"):
        ew.disparities(waiting, "team", estimand="time_to_treatment", window=("2022-12-31", "2022-10-03"))
    with pytest.raises(OptionError, match="window"):
        ew.disparities(waiting, "team", estimand="completed")
    with pytest.raises(OptionError, match="takes no window"):
        ew.disparities(waiting, "team", window=WINDOW)
    with pytest.raises(RefusedError, match="Nobody is known to have been treated"):
        ew.disparities(waiting.drop(columns="stop_reason"), "team", estimand="time_to_treatment", window=WINDOW)
    with pytest.raises(OptionError, match="already have their window"):
        ew.disparities(ew.count_waits(waiting, "team"), window=WINDOW)
