"""`stages`: they add up, a gap planted in one stage is found there, and what is not recorded is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.statistics import kaplan_meier, restricted_mean

MEANS = {"first_attendance": 45, "decision_to_admit": 30, "tci_given": 40, "clock_stop": 35}
LAST = pd.Timestamp("2026-10-31")


def ways(seed, slow="decision_to_admit", by=35, people=1600, *, lost=0.1, recorded=None):
    """Everybody who joined in two years, seen on the last day: B is slower in one stage by so many days on average."""
    rng = np.random.default_rng(seed)
    team = rng.choice(["A", "B"], people)
    start = LAST - pd.to_timedelta(rng.integers(1, 730, people), "D")
    ends, day = {}, np.zeros(people)
    for name, mean in MEANS.items():
        day = day + np.ceil(rng.exponential(mean + np.where((team == "B") & (name == slow), by, 0)))
        ends[name] = start + pd.to_timedelta(day, "D")
    left = start + pd.to_timedelta(
        np.where(rng.random(people) < lost, np.ceil(rng.exponential(150, people)) + 1, 5000), "D"
    )
    frame = pd.DataFrame(
        {"clock_start": start, **ends, "team": team, "dna_count": rng.poisson(np.where(team == "B", 0.5, 0.2))}
    )
    out = frame["clock_stop"] > left
    frame["rtt_status"] = np.where(out, "34", "30")
    frame["clock_stop"] = frame["clock_stop"].where(~out, left)
    for name in MEANS:
        if name != "clock_stop":
            frame[name] = frame[name].where((frame[name] <= LAST) & (frame[name] <= frame["clock_stop"]))
    still = frame["clock_stop"] > LAST
    frame.loc[still, "clock_stop"], frame.loc[still, "rtt_status"] = pd.NaT, "20"
    frame = frame.rename(columns={"tci_given": "date_given"})
    for name, share in (recorded or {}).items():
        frame[name] = frame[name].where(rng.random(people) < share)
    return ew.read_list(frame, snapshot=LAST)


def of_b(result):
    rows = result.table[(result.table["measure"] == "weeks_in_stage") & (result.table["group"] == "B")]
    return rows.set_index("stage")


def clear(result):
    rows = of_b(result).drop("the whole")
    return rows.index[(rows["difference_lower"] > 0) | (rows["difference_upper"] < 0)].tolist()


@pytest.mark.parametrize("suppression", ["none", "hes"])
def test_stages_add_up_to_the_whole_exactly(suppression):
    table = ew.stages(ways(1), "team", reference="A", suppression=suppression).table
    weeks = table[table["measure"] == "weeks_in_stage"]
    whole, parts = weeks[weeks["stage"] == "the whole"], weeks[weeks["stage"] != "the whole"]
    for name in ("value", "difference", "part"):
        added = parts.groupby("group")[name].sum(min_count=1)
        stated = whole.set_index("group")[name]
        pd.testing.assert_series_equal(added, stated.reindex(added.index), rtol=1e-12)
    assert list(parts["stage"].unique()) == [
        "referral to first seen", "first seen to decision to admit", "decision to admit to date given", "date given to treated",
    ]  # fmt: skip


def test_the_whole_is_the_mean_time_to_treatment():
    """Where nobody leaves otherwise, the area under the curve of the time to treatment, by other code."""
    waiting = ways(2, lost=0.0)
    result = ew.stages(waiting, "team", reference="A", suppression="none")
    for team in ("A", "B"):
        here = waiting[waiting["team"] == team]
        stop = here["clock_stop"].fillna(LAST)
        days = (stop - here["clock_start"]).dt.days.to_numpy()
        done = here["clock_stop"].notna().to_numpy()
        curve = kaplan_meier(np.bincount(days[done], minlength=800), np.bincount(days[~done], minlength=800))
        found = result.table[(result.table["group"] == team) & (result.table["stage"] == "the whole")].iloc[0]
        assert found["value"] == pytest.approx(float(restricted_mean(curve, 364).value) / 7, rel=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_a_gap_planted_in_one_stage_is_found_there(seed):
    names = dict(zip(MEANS, ew.stages(ways(seed), "team").table["stage"].unique()[:4], strict=True))
    slow = list(MEANS)[seed % 4]
    found = ew.stages(ways(100 + seed, slow), "team", reference="A")
    assert clear(found) == [names[slow]]
    assert names[slow] in found.findings[0]
    assert of_b(found).loc[names[slow], "part"] > 0.6


def test_nothing_planted_nothing_found():
    found = ew.stages(ways(7, by=0), "team", reference="A")
    assert clear(found) == []
    assert "no stage stands clear of chance" in found.findings[0]


def test_a_stage_recorded_for_half_the_people_is_said():
    found = ew.stages(ways(3, recorded={"decision_to_admit": 0.5}), "team", reference="A")
    assert "Decision to admit: recorded for 5" in " ".join(found.findings)
    assert "first seen to date given" in found.table["stage"].tolist()
    gone = ew.stages(ways(3).drop(columns="decision_to_admit"), "team", reference="A")
    assert "Decision to admit: not recorded" in " ".join(gone.findings)


@pytest.mark.parametrize(("followed", "told"), [(15, False), (16, False), (17, False), (18, True)])
def test_what_is_withheld_hangs_on_the_counts_as_they_are_shown(followed, told):
    """16 people had means and 15 had none, and both were shown as 15."""
    start = pd.Timestamp("2026-01-05")
    raw = {"clock_start": start, "first_attendance": start + pd.Timedelta(28, "D"), "rtt_status": "30"}
    teams = pd.DataFrame({**raw, "clock_stop": start + pd.Timedelta(70, "D"), "team": ["A"] * 60 + ["C"] * followed})
    rows = ew.stages(ew.read_list(teams, snapshot="2026-10-31"), "team").table.query("group == 'C'")
    assert rows["n"].eq(20 if followed > 17 else 15).all()
    assert rows["value"].notna().eq(told).all()


def test_the_share_recorded_is_made_from_released_counts():
    found = ew.stages(ways(3, recorded={"decision_to_admit": 0.5}), "team", reference="A")
    some, every = (
        next(
            cell
            for cell in found.released.cells
            if cell.population.endswith("passed: decision to admit") and cell.event == event
        )
        for event in ("recorded", "")
    )
    n, of = found.released.people([some, every]).tolist()
    assert n % 5 == of % 5 == 0
    assert f"Decision to admit: recorded for {n / of:.0%} of the people who passed it" in " ".join(found.findings)
    hidden = found.with_hidden([some])
    assert "recorded for too few people to say for what share" in " ".join(hidden.findings)


def test_what_happened_on_the_way():
    waiting = ways(5)
    rows = ew.stages(waiting, "team", suppression="none").table.query("measure == 'share_with'").set_index("group")
    by_hand = (waiting["dna_count"] > 0).groupby(waiting["team"]).mean()
    assert rows["stage"].unique().tolist() == ["did not attend or was not brought"]
    assert rows["value"].to_dict() == pytest.approx(by_hand.to_dict(), abs=0.01)
    assert rows.loc["B", "difference_lower"] > 0


def test_lists_put_together_tell_when_a_date_was_given():
    day = pd.to_datetime(["2026-07-31", "2026-08-31", "2026-09-30"])
    raw = pd.DataFrame(
        {"pathway_id": ["a", "b"], "clock_start": "2026-07-01", "tci_date": [None, None], "team": ["A", "B"]}
    )
    lists = [
        ew.read_list(raw.assign(tci_date=given), snapshot=on)
        for on, given in zip(day, (["", ""], ["2026-10-09", ""], ["2026-10-09", ""]), strict=True)
    ]
    found = ew.stitch(lists).pathways.set_index("pathway_id")["date_given"]
    assert found["a"] == pd.Timestamp("2026-08-31")
    assert pd.isna(found["b"])


def test_charts_and_refusals():
    found = ew.stages(ways(1), "team", reference="A")
    assert found.plot().get_xlabel() == "Weeks longer in this stage"
    with pytest.raises(ew.errors.OptionError, match="number of weeks"):
        ew.stages(ways(1), "team", weeks=0)
    with pytest.raises(ew.errors.RefusedError, match="no stage between"):
        ew.stages(ways(1)[["clock_start", "clock_stop", "scope", "stop_reason", "snapshot_date", "team"]], "team")
    with pytest.raises(ew.errors.RefusedError, match="Nobody is known to have been treated"):
        ew.stages(ways(1)[lambda rows: rows["scope"] == "rtt_open"], "team")
