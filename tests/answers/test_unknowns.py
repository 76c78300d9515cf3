"""What the unrecorded could change: the worked case, planted truths, what is filled settles it, and nothing leaks."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equiwait as ew
from equiwait.errors import OptionError, RefusedError

OVER, UNDER = 200, 50


def made(rows, **columns):
    """A list of people: (team or None, days, how many)."""
    team = np.repeat(np.array([row[0] for row in rows], object), [row[2] for row in rows])
    days = np.repeat([row[1] for row in rows], [row[2] for row in rows])
    frame = pd.DataFrame({"scope": "rtt_open", "days_waiting": days, "team": pd.Series(team, dtype="str")})
    return frame.assign(**columns)


WORKED = made(
    [("A", OVER, 300), ("A", UNDER, 700), ("B", OVER, 90), ("B", UNDER, 160), (None, OVER, 60), (None, UNDER, 90)]
)


def row_of(found, **wanted):
    rows = found.table
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, rows
    return rows.iloc[0]


def test_the_worked_case_comes_out_of_the_front_door():
    """A 300 of 1,000, B 90 of 250 over 18 weeks, unknown 60 of 150: every figure of the design."""
    found = ew.unknowns(WORKED, "team", measure="over_18_weeks", reference="A", suppression="none")
    row = row_of(found, group="B")
    points = [
        round(100 * float(row[name]), 1) for name in ("difference", "lower", "upper", "bound_lower", "bound_upper")
    ]
    assert points == [6.0, -0.4, 12.7, -7.5, 20.9]
    assert (row["n_unknown"], row["records_to_fill"], round(row["tipping_odds"], 1)) == (150, 88, 3.5)
    assert (row["verdict"], row["sampling_verdict"], row["bound_kind"]) == ("could flip", "too few to say", "sharp")
    assert found.sentence("team", "B") == (
        "B against A: could flip, since the missing 150 records could make it anything between −7.5 points and "
        "+20.9 points. 88 of 150 records, if they turn out as the recorded ones suggest, settle it. Among the people who "
        "are recorded there are too few to tell it from chance."
    )


def test_the_columns_are_those_of_the_design():
    found = ew.unknowns(WORKED, "team", measure="over_18_weeks", reference="A", suppression="none")
    assert list(found.table.columns) == [
        "measure", "by", "group", "reference", "split", "n", "n_unknown", "difference", "lower", "upper", "bound_lower",
        "bound_upper", "bound_kind", "verdict", "sampling_verdict", "records_to_fill", "tipping_odds", "note",
    ]  # fmt: skip
    assert "<Unknowns" in repr(found)
    assert found.charts()[0].alt.startswith("B against A")


def test_a_large_gap_holds_and_everybody_recorded_is_said():
    wide = made(
        [("A", OVER, 100), ("A", UNDER, 900), ("B", OVER, 300), ("B", UNDER, 100), (None, OVER, 10), (None, UNDER, 10)]
    )
    row = row_of(ew.unknowns(wide, "team", measure="over_18_weeks", reference="A", suppression="none"), group="B")
    assert (row["verdict"], row["sampling_verdict"], row["records_to_fill"]) == ("holds", "clear", 0)
    assert np.isnan(row["tipping_odds"])
    whole = ew.unknowns(wide[wide["team"].notna()], "team", measure="over_18_weeks", reference="A", suppression="none")
    assert "everybody is recorded" in whole.sentence("team", "B")
    assert "everybody is recorded" in whole.findings[0]


def test_limits_lie_inside_the_bounds_and_grow_to_them():
    found = ew.unknowns(WORKED, "team", measure="over_18_weeks", reference="A", limit=2, suppression="none")
    sharp, limited = row_of(found, bound_kind="sharp"), row_of(found, bound_kind="odds up to 2")
    assert sharp["bound_lower"] < limited["bound_lower"] < limited["bound_upper"] < sharp["bound_upper"]
    assert limited["verdict"] == "holds"
    with pytest.raises(OptionError, match="not more than 1"):
        ew.unknowns(WORKED, "team", measure="over_18_weeks", limit=1)


@pytest.mark.parametrize("planted", [0.25, 1.0, 4.0])
def test_the_grid_finds_what_was_planted(planted):
    """People lose their record so that those over 18 weeks who lose it are ``planted`` times more often of team B."""
    rng = np.random.default_rng(7)
    size = 40_000
    team = np.where(rng.random(size) < 0.3, "B", "A")
    over = rng.random(size) < np.where(team == "B", 0.4, 0.3)
    lose = 0.08 * np.where(over & (team == "B"), planted, 1.0) / max(planted, 1.0)
    known = rng.random(size) >= np.where(over, lose, 0.05)
    truth = over[team == "B"].mean() - over[team == "A"].mean()
    frame = pd.DataFrame({"scope": "rtt_open", "days_waiting": np.where(over, OVER, UNDER)})
    frame["team"] = pd.Series(np.where(known, team, None), dtype="str")
    found = ew.unknowns(frame, "team", measure="over_18_weeks", reference="A", suppression="none")
    grid = found.sensitivity
    at = grid[(grid["group"] == "B") & (grid["odds_not_over"] == 1)].set_index("odds_over")["difference"]
    assert abs(at[planted] - truth) < 0.002
    others = [abs(at[odds] - truth) for odds in (0.25, 1.0, 4.0) if odds != planted]
    assert min(others) > abs(at[planted] - truth)


def sited(seed=11, people=2400):
    """Two sites: at the first, records of long waits of team B are lost; at the second hardly any are."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"site": np.where(rng.random(people) < 0.4, "North", "South"), "pathway_id": [f"p{n}" for n in range(people)]}
    )
    truth = np.where(rng.random(people) < 0.35, "B", "A")
    over = rng.random(people) < np.where(truth == "B", 0.45, 0.3)
    lost = rng.random(people) < np.where(frame["site"] == "North", 0.25, 0.02)
    frame = frame.assign(scope="rtt_open", days_waiting=np.where(over, OVER, UNDER))
    frame["team"] = pd.Series(np.where(lost, None, truth), dtype="str")
    return frame, pd.Series(truth, dtype="str")


def test_the_site_that_matters_most_is_first_and_filling_its_list_settles_the_question(tmp_path):
    waiting, truth = sited()
    found = ew.unknowns(waiting, "team", measure="over_18_weeks", reference="A", split="site", suppression="none")
    assert row_of(found, split="")["verdict"] == "could flip"
    curve = found.filling[found.filling["group"] == "B"].sort_values("step")
    assert curve["split"].tolist()[0] == "North"
    needed = int(curve["settled_after"].iloc[0])
    path = ew.write_fix_list(waiting, found, tmp_path)
    listed = pd.read_csv(path, dtype=str)
    assert path.name == "fix-list-IN-TEAM.csv"
    assert len(listed) == waiting["team"].isna().sum()
    assert listed["site"].tolist()[: int((waiting["team"].isna() & (waiting["site"] == "North")).sum())] == [
        "North"
    ] * int((waiting["team"].isna() & (waiting["site"] == "North")).sum())
    # Filled from the truth: what the list says settles it, with a little more for what chance brings back.
    now = waiting.copy()
    for share, settled in ((0.5, False), (1.25, True)):
        ids = set(listed["pathway_id"].head(int(needed * share)))
        now["team"] = waiting["team"].where(~waiting["pathway_id"].isin(ids), truth)
        again = ew.unknowns(now, "team", measure="over_18_weeks", reference="A", suppression="none")
        assert (row_of(again)["verdict"] == "holds") is settled
    letter = found.letter("North")
    assert "North" in letter
    assert "p1" not in letter
    assert not any(pathway in letter for pathway in listed["pathway_id"])


@pytest.mark.parametrize("seed", [1, 3])
def test_on_a_made_list_the_site_whose_records_were_lost_is_first_and_its_fix_list_settles_it(tmp_path, seed):
    """An invented hospital's list with its planted gap; at one site most records are lost, at the other few."""
    sample = ew.samples.sample_path
    waiting = ew.read_list(ew.make_list("adult_ptl", people=3000, seed=seed, dirt=False), snapshot="2026-10-31")
    linked = ew.link_deprivation(waiting, directory=sample("directory"), index=sample("index"))
    linked = linked[linked["imd_quintile"].notna() & (linked["scope"] == "rtt_open")].reset_index(drop=True)
    truth = (
        linked["imd_quintile"]
        .astype(str)
        .map(lambda fifth: "most deprived" if fifth in "12" else "others")
        .astype("str")
    )
    rng = np.random.default_rng(seed)
    main = linked["site"].mode().iloc[0]
    lost = rng.random(len(linked)) < np.where(linked["site"] == main, 0.12, 0.01)
    linked["area"] = truth.where(~lost)
    asked = {"measure": "over_18_weeks", "reference": "others", "suppression": "none"}
    found = ew.unknowns(linked, "area", split="site", **asked)
    whole = row_of(found, split="")
    assert whole["verdict"] == "could flip"
    curve = found.filling.sort_values("step")
    assert curve["split"].iloc[0] == main
    listed = pd.read_csv(ew.write_fix_list(linked, found, tmp_path), dtype=str)
    ids = set(listed["pathway_id"].head(int(curve["settled_after"].iloc[0] * 1.5)))
    linked["area"] = linked["area"].where(~linked["pathway_id"].astype(str).isin(ids), truth)
    assert row_of(ew.unknowns(linked, "area", **asked))["verdict"] == "holds"


def test_a_fix_list_of_a_decile_asks_for_the_postcode_and_says_why(tmp_path):
    waiting = ew.read_list(ew.samples.sample_path("adult_ptl"), snapshot="2026-10-31")
    linked = ew.link_deprivation(
        waiting, directory=ew.samples.sample_path("directory"), index=ew.samples.sample_path("index")
    )
    found = ew.unknowns(linked, ["imd_quintile", "ethnicity"], measure="over_18_weeks", suppression="none")
    listed = pd.read_csv(ew.write_fix_list(linked, found, tmp_path / "north.csv"), dtype=str)
    assert set(listed["field"]) == {"postcode", "ethnicity"}
    assert set(listed["reason"]) <= {"blank", "not_stated", "not_known", "invalid", "recorded"}
    assert "postcode" not in listed.columns
    slope = row_of(found, group="slope index")
    assert slope["bound_kind"] == "outer"
    assert slope["bound_lower"] <= slope["difference"] <= slope["bound_upper"]


def test_a_fix_list_of_merged_groups_asks_for_the_field_itself_and_may_not_leave(tmp_path):
    waiting = ew.read_list(ew.samples.sample_path("adult_ptl"), snapshot="2026-10-31")
    found = ew.unknowns(waiting, "ethnicity:nhs", measure="over_18_weeks", split="site", suppression="none")
    listed = pd.read_csv(ew.write_fix_list(waiting, found, tmp_path), dtype=str)
    assert set(listed["field"]) == {"ethnicity"}
    assert "recorded" not in set(listed["reason"])
    assert not ew.release_check(tmp_path).passed


def test_quantiles_have_sharp_bounds_and_curves_outer_ones():
    rng = np.random.default_rng(1)
    team = np.where(rng.random(1500) < 0.4, "B", "A").astype(object)
    team[:120] = None
    frame = pd.DataFrame(
        {"scope": "rtt_open", "days_waiting": rng.gamma(2, 60, 1500).astype(int), "team": pd.Series(team, dtype="str")}
    )
    row = row_of(ew.unknowns(frame, "team", measure="median_weeks", reference="A", suppression="none"))
    assert row["bound_lower"] < row["difference"] < row["bound_upper"]
    under_rule = row_of(ew.unknowns(frame, "team", measure="median_weeks", reference="A"))
    assert abs(under_rule["bound_lower"] - row["bound_lower"]) < 1
    start = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 100, 1500), unit="D")
    stop = start + pd.to_timedelta(rng.integers(10, 250, 1500), unit="D")
    flow = frame.assign(
        clock_start=start,
        clock_stop=stop,
        stop_reason="treated",
        scope="closed",
        snapshot_date=pd.Timestamp("2026-12-31"),
    )
    window = ("2026-01-01", "2026-12-31")
    asked = {"measure": "over_18_weeks", "reference": "A", "estimand": "time_to_treatment", "window": window}
    curve = row_of(ew.unknowns(flow, "team", suppression="none", **asked))
    assert curve["bound_kind"] == "outer"
    assert curve["bound_lower"] < curve["difference"] < curve["bound_upper"]
    with pytest.raises(RefusedError, match="every day"):
        ew.unknowns(flow, "team", **asked)


@settings(max_examples=12)
@given(st.tuples(st.integers(-2, 2), st.integers(-2, 2)).filter(lambda moved: abs(sum(moved)) <= 2))
def test_two_lists_with_equal_released_figures_give_equal_answers(moved):
    """People are moved over the line inside the rounding, so that nothing that is shown changes."""
    cells = [
        ("A", OVER, 300),
        ("A", UNDER, 700),
        ("B", OVER, 90),
        ("B", UNDER, 160),
        (None, OVER, 60),
        (None, UNDER, 90),
    ]
    change = [moved[0], -moved[0], moved[1], -moved[1], -sum(moved), sum(moved)]
    first = made(cells)
    second = made([(team, days, n + more) for (team, days, n), more in zip(cells, change, strict=True)])
    shown = [ew.count_waits(each, "team").released(weeks=[18]) for each in (first, second)]
    assert np.array_equal(shown[0].shown, shown[1].shown, equal_nan=True)
    one, two = (ew.unknowns(each, "team", measure="over_18_weeks", reference="A") for each in (first, second))
    bounds = ["group", "n", "n_unknown", "bound_lower", "bound_upper", "records_to_fill", "tipping_odds", "verdict"]
    pd.testing.assert_frame_equal(one.table[bounds], two.table[bounds])
    pd.testing.assert_frame_equal(one.sensitivity, two.sensitivity)


def test_so_few_unknown_that_they_are_hidden_still_bound_the_gap():
    few = made([("A", OVER, 300), ("A", UNDER, 700), ("B", OVER, 200), ("B", UNDER, 160), (None, UNDER, 3)])
    found = ew.unknowns(few, "team", measure="over_18_weeks", reference="A")
    row = row_of(found)
    assert row["bound_lower"] < row["difference"] < row["bound_upper"]
    assert "3" not in found.sentence("team", "B").replace("+", " ").split()


def test_says_what_cannot_be_asked():
    nobody = made([(None, OVER, 30), (None, UNDER, 40)])
    with pytest.raises(RefusedError):
        ew.unknowns(nobody, "team", measure="over_18_weeks")
    found = ew.unknowns(WORKED, "team", measure="over_18_weeks", reference="A", suppression="none")
    with pytest.raises(OptionError, match="no part"):
        found.letter("North")
    with pytest.raises(OptionError, match="no gap"):
        found.sentence("team", "C")
    everybody = made([("A", OVER, 30), ("A", UNDER, 40), ("B", OVER, 30), ("B", UNDER, 40)])
    whole = ew.unknowns(everybody, "team", measure="over_18_weeks", reference="A", suppression="none")
    with pytest.raises(RefusedError, match="nothing to fill"):
        ew.write_fix_list(everybody, whole, "nowhere")


def test_a_list_is_counted_once_for_its_gaps_and_for_what_could_change_them(monkeypatch):
    counted = []
    for name in ("equiwait.answers.unknowns.unknowns", "equiwait.answers.disparity.source"):
        count = sys.modules[name].count_waits
        monkeypatch.setattr(
            sys.modules[name],
            "count_waits",
            lambda *given, count=count, **how: counted.append(given) or count(*given, **how),
        )
    found = ew.unknowns(WORKED, "team", measure="over_18_weeks", reference="A", suppression="none")
    assert len(counted) == 1
    assert row_of(found, group="B")["sampling_verdict"] == "too few to say"
    ew.unknowns(WORKED.assign(site="one"), "team", measure="over_18_weeks", split="site", suppression="none")
    assert len(counted) == 3, "in each part too, which the gaps do not ask"
