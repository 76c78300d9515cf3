"""Who moves between two orders, whether an order was kept, and what an order hangs on."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from disclosure.intruder import Intruder
from equiwait import (
    adherence,
    displacement,
    movers,
    places_that_depend,
    price_of_the_promise,
    record_override,
    sensitivity,
)
from equiwait.answers.reordering.displacement import furthest, steps_of
from equiwait.answers.reordering.paired_orders import row_by_row
from equiwait.answers.reordering.policy_variants import variations
from equiwait.disclosure.rules import rule_named
from equiwait.errors import ColumnsError, OptionError, RefusedError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score

mpl.use("agg")


def orders(people: int = 400, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A list under two orders that differ at random, with a group that gains."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["1", "2"], people)
    before = pd.DataFrame({
        "pathway_id": [f"p{n}" for n in range(people)], "sex": sex, "specialty": rng.choice(["100", "110"], people),
        "rank": np.arange(1, people + 1), "policy": "old",
    })  # fmt: skip
    wish = before["rank"] - np.where(sex == "2", 40, 0) + rng.normal(0, 60, people)
    return before, before.assign(rank=wish.rank().astype(int), policy="new")


def test_movement_equals_a_plain_count():
    before, after = orders()
    found = displacement(before, after, by=["sex", ("sex", "specialty")], per_week=14, suppression="none")
    moved = after["rank"] - before["rank"]
    women = before["sex"] == "2"
    row = found.table[found.table["group"] == "Female"].iloc[0]
    assert row["people"] == women.sum()
    assert row["moved_up"] == (moved[women] < 0).sum()
    assert row["moved_down"] == (moved[women] > 0).sum()
    assert row["places_up"] == pytest.approx(-moved[women & (moved < 0)].mean())
    assert row["most_down"] == moved[women].max() or np.isnan(row["most_down"])
    assert row["days_gained"] == pytest.approx(row["places_up"] / 2)
    top = found.overlap.set_index("top").loc[50]
    assert top["same_people"] == ((before["rank"] <= 50) & (after["rank"] <= 50)).sum()
    assert len(found.table) == 1 + 2 + 4
    assert any(line.startswith("By sex: ") for line in found.findings)


def test_shown_numbers_are_rounded_and_no_hidden_one_can_be_worked_out():
    before, after = orders(60)
    before.loc[:2, "sex"] = "9"
    moved = displacement(before, after.assign(sex=before["sex"]), by="sex")
    assert Intruder(moved.released).attack().narrowed == []
    found = moved.table
    cells = found[["moved_up", "moved_down", "people"]]
    assert (cells.stack().dropna() % 5 == 0).all()
    assert found.loc[found["moved_down"].isna(), ["share_down", "places_down", "most_down"]].isna().all(axis=None)


def test_two_orders_side_by_side_hold_what_is_asked_about_and_no_other_column():
    before, after = orders()
    before = before.assign(clock_start="2026-03-01", link_status="matched", why="a long sentence")
    both, alone = row_by_row(
        before, after.assign(rank=after["rank"].where(after["rank"] > 9)), ["sex", "clock_start:month"]
    )
    assert list(both.columns) == ["sex", "clock_start", "link_status", "rank_before", "rank_after"]
    assert (len(both), alone) == (391, 9)
    assert list(row_by_row(before, after, None)[0].columns) == ["rank_before", "rank_after"]
    with pytest.raises(ColumnsError, match="displacement needs the column rank"):
        row_by_row(before, after, "rank")


def test_the_same_order_moves_nobody():
    before, _ = orders()
    found = displacement(before, before, suppression="none").table.iloc[0]
    assert found["people"] == 400
    assert found["moved_up"] == found["moved_down"] == 0


def test_people_in_one_order_only_are_said():
    before, after = orders()
    after["rank"] = after["rank"].astype("Int32").mask(after["rank"] <= 100)
    found = displacement(before, after)
    assert any("100 places are in one of the two orders only" in note for note in found.notes)


def test_charts_draw_and_say_what_they_show():
    before, after = orders()
    chart = displacement(before, after, by="sex").charts()[0]
    assert "% move down" in chart.alt
    assert displacement(before, after, by="sex").plot(chart.name) is not None


def test_adherence_equals_a_plain_count():
    before, _ = orders()
    treated = pd.DataFrame(
        {
            "pathway_id": [f"p{n}" for n in [*range(30), *range(200, 220)]],
            "override_reason": [None] * 35 + ["harm"] * 15,
        }
    )
    found = adherence(before, treated, by="sex", within=[], suppression="none").table.iloc[0]
    assert found[
        ["treated_in_turn", "treated_early_with_reason", "treated_early_without_reason", "passed_over"]
    ].tolist() == [30, 15, 5, 20]
    assert found["share_of_treated_in_turn"] == pytest.approx(0.6)
    assert found["share_passed_over"] == pytest.approx(0.4)
    assert found["people"] == 400


def test_turns_are_counted_within_the_ranked_group():
    ordered = pd.DataFrame({"pathway_id": list("abcd"), "rank": [1, 2, 1, 2], "specialty": ["x", "x", "y", "y"]})
    kept = adherence(ordered, ["a", "c"], suppression="none").table.iloc[0]
    assert kept["treated_in_turn"] == 2
    assert kept["passed_over"] == 0


def test_what_cannot_be_compared_is_refused_without_naming_anyone():
    before, after = orders(10)
    with pytest.raises(RefusedError, match="Nobody has a place in both"):
        displacement(before, after.assign(pathway_id="other").iloc[:1])
    with pytest.raises(RefusedError, match="share pathway_id") as caught:
        displacement(pd.concat([before, before]), after)
    assert "p1" not in str(caught.value)
    with pytest.raises(RefusedError, match="Nobody with a place"):
        adherence(before, ["secret"])
    with pytest.raises(ColumnsError):
        displacement(before.drop(columns="rank"), after)
    with pytest.raises(OptionError):
        displacement(before, after, per_week=0)


def paediatric(people: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame({
        "pathway_id": [f"p{n}" for n in range(people)], "snapshot_date": "2026-10-31", "scope": "rtt_open",
        "list_type": "IRTT", "days_waiting": rng.integers(1, 360, people), "priority": rng.choice(["P3", "P4"], people),
        "decision_to_admit": pd.Timestamp("2026-10-31") - pd.to_timedelta(rng.integers(0, 200, people), unit="D"),
        "developmental_window": pd.NaT, "school_missed": rng.choice(["none", "under_10"], people),
        "learning_disability": rng.random(people) < 0.2, "looked_after": False, "child_protection": False,
        "idaci_quintile": rng.integers(1, 6, people), "link_status": "matched",
    })  # fmt: skip


def test_sensitivity_names_the_number_that_places_depend_on():
    policy = Policy.preset("paediatric_surgery_illustrative")
    found = sensitivity(paediatric(), policy, suppression="none").table
    found = found[found["number"] == "every number"].set_index(["factor", "change"])
    without = score(paediatric(), policy.model_copy(update={"factors": tuple(
        factor for factor in policy.factors if factor.name != "learning_disability")}))  # fmt: skip
    expected = (without["rank"] != score(paediatric(), policy)["rank"]).sum()
    assert found.loc[("learning_disability", "without"), "places_changed"] == expected > 0
    assert found.loc[("safeguarding", "without"), "places_changed"] == 0
    assert "interpreter" not in found.index.get_level_values("factor")


# --- what may be told -------------------------------------------------------------------------------------------------


def test_nobodys_own_move_is_told_where_small_numbers_are_hidden():
    before, _ = orders(200)
    after = before.assign(rank=[200, *range(1, 200)])  # one goes from first to last, all the others go up by one
    shown, exact = (displacement(before, after, suppression=rule).table.iloc[0] for rule in ("hes", "none"))
    assert (exact["most_down"], exact["most_up"]) == (199, 1)
    assert np.isnan(shown["most_down"])
    assert np.isnan(shown["places_down"])
    after = before.assign(rank=[*range(191, 201), *range(1, 191)])  # ten people go down by 190
    after.loc[[0, 199], "rank"] = [200, 191]  # and one of them by 199, as nobody else does
    after.loc[9, "rank"] = 190
    assert displacement(before, after, suppression="none").table.loc[0, "most_down"] == 199
    assert displacement(before, after).table.loc[0, "most_down"] < 199


def test_the_largest_move_is_one_that_enough_people_make():
    moves = np.array([1, 2, 3, 50, 50, 50, 50, 50, 50, 90])
    exact = steps_of(moves, rule_named("none"))
    assert furthest(np.array([(moves > step).sum() for step in (0, *exact)]), exact) == 90
    steps = steps_of(moves, rule_named("hes"))
    shown = rule_named("hes").release([(moves > step).sum() for step in (0, *steps)]).counts
    assert furthest(shown, steps) == 3  # eight people move by three places or more
    assert np.isnan(furthest(np.array([np.nan]), ()))


def test_a_finding_says_that_it_compares_the_groups_shown():
    before, after = orders(300)
    before.loc[:2, "sex"] = "9"
    before.loc[3:5, "sex"] = "X"
    before, after = (pd.concat([each] * 3, ignore_index=True) for each in (before, after))
    for each in (before, after):
        each["pathway_id"] = [f"p{n}" for n in range(900)]
    before.loc[300:, "sex"] = before.loc[300:, "sex"].replace({"9": "1", "X": "2"})
    hidden = displacement(before, after, by="sex", suppression="hes").findings
    assert any("By sex, of the groups shown: moving down" in line for line in hidden)
    open_one = displacement(before, after, by="sex", suppression="none").findings
    assert any("By sex: moving down" in line for line in open_one)


def test_thirty_five_people_are_too_few_to_tell_and_a_clear_difference_is_named_with_the_rest():
    ordered = pd.DataFrame(
        {"pathway_id": [f"p{n}" for n in range(35)], "rank": range(1, 36), "sex": (["1", "2"] * 18)[:35]}
    )
    kept = adherence(ordered, [f"p{n}" for n in range(20, 35)], by="sex", suppression="none")
    assert "too few to tell whether being passed over is more common" in kept.findings[1]
    several = pd.DataFrame(
        {"pathway_id": [f"p{n}" for n in range(400)], "rank": range(1, 401), "sex": ["1"] * 200 + ["2"] * 200}
    )
    turned = several.assign(rank=[*range(201, 401), *range(1, 201)])
    found = displacement(several, turned, by="sex", suppression="none")
    assert found.findings[1] == (
        "By sex: moving down is more common among Male (100%, everyone else 0%); moving up is more common among "
        "Female (100%, everyone else 0%)."
    )
    assert found.headlines()[1].says == (
        "More move down among people recorded as Male (100%, others 0%); more move up among people recorded as Female "
        "(100%, others 0%)."
    )
    assert (found.headlines()[1].by, found.headlines()[1].certainty) == ("sex", "clear")


def fair(people: int = 60) -> tuple[pd.DataFrame, Policy]:
    """A list in which every third person is a carer, and a policy by which that counts."""
    waiting = pd.DataFrame({
        "pathway_id": [f"p{n}" for n in range(people)], "snapshot_date": "2026-10-31", "scope": "rtt_open",
        "days_waiting": range(300, 300 - people, -1), "carer": [n % 3 == 2 for n in range(people)], "sex": ["1", "2"] * (people // 2),
        "priority": "P3", "cancer_pathway": False,
    })  # fmt: skip
    carer = {"name": "carer", "kind": "equity", "source": "test", "missing": "zero", "column": "carer",
             "points": {"true": 500, "false": 0}}  # fmt: skip
    wait = {
        "name": "wait",
        "kind": "time",
        "source": "test",
        "missing": "zero",
        "column": "days_waiting",
        "knots": [[0, 0], [999, 999]],
    }
    policy = Policy.read({
        "name": "fair", "title": "Fair", "status": "draft", "source": "test", "people": "everyone", "factors": [carer, wait],
        "order": {"then": "points", "without_tiers": "a test", "rank_within": []}, "guards": {"max_places_moved_down": 15},
    })  # fmt: skip
    return waiting, policy


def test_one_list_alone_says_who_moves_because_of_fairness_factor_by_factor():
    waiting, policy = fair()
    ordered = score(waiting, policy)
    found = displacement(ordered, by="sex", suppression="none")
    assert found.title.startswith("Who moves: because of fairness")
    rows = found.table.set_index(["by", "group"])
    moved = ordered["rank"] - ordered["base_rank"]
    needs = waiting["carer"].to_numpy(bool)
    assert rows.loc[("points for carer", "yes"), "moved_up"] == (moved[needs] < 0).sum() > 0
    assert rows.loc[("points for carer", "no"), "moved_down"] == (moved[~needs] > 0).sum()
    assert rows.loc[("everyone", "everyone"), "most_down"] <= 15
    assert "moving down is more common among people without points for carer" in " ".join(found.findings)
    assert found.findings[0].index("move down") < found.findings[0].index("move up")
    assert set(found.table["by"]) == {"everyone", "sex", "points for carer"}


def test_what_each_weight_does_is_the_list_with_it_against_the_list_without():
    waiting, policy = fair()
    policy = policy.with_changes(factors={"carer": {"sensitive": True}})
    ordered = score(waiting, policy)
    found = displacement(ordered, by="sex", policy=policy, weights=True, suppression="none").weights
    assert found["weight"].unique().tolist() == ["other recorded needs", "wait"]
    for weight, name in (("other recorded needs", "carer"), ("wait", "wait")):
        nothing = {"points": {"true": 0, "false": 0}} if name == "carer" else {"knots": [[0, 0], [999, 0]]}
        without = score(waiting, policy.with_changes(factors={name: nothing}))
        rows = found[found["weight"] == weight].drop(columns=["weight", "kind"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, displacement(without, ordered, by="sex", suppression="none").table)
    with pytest.raises(OptionError, match="one list"):
        displacement(ordered, ordered, weights=True)
    released = displacement(ordered, by="sex", policy=policy, weights=True).weights
    assert released["moved_down"].dropna().mod(5).eq(0).all()


def test_of_one_list_alone_rows_that_share_an_identifier_are_followed_too():
    """A long list always has a pathway sent twice with two birth dates: that must not cost the report."""
    ordered = score(*fair())
    shared = ordered.assign(pathway_id=ordered["pathway_id"].mask(ordered["rank"] == 2, ordered["pathway_id"].iloc[0]))
    assert shared["pathway_id"].duplicated().any()
    one, other = (displacement(each, by="sex", suppression="none") for each in (ordered, shared))
    pd.testing.assert_frame_equal(one.table, other.table)


def test_a_policy_against_itself_says_that_nobody_moves():
    waiting, policy = fair()
    ordered = score(waiting, policy)
    assert displacement(ordered, ordered, suppression="none").findings == (
        "Nobody moves: of 60 people placed before and after, everyone keeps the place.",
    )
    unfair = policy.with_changes(factors={"carer": {"points": {"true": 0, "false": 0}}})
    assert displacement(score(waiting, unfair), suppression="none").findings[0].startswith("Nobody moves")


def test_movers_are_listed_with_reasons_losers_first():
    waiting, policy = fair()
    listed = movers(score(waiting, policy))
    assert listed["places"].is_monotonic_decreasing
    assert listed["places"].abs().min() > 0
    assert listed["why"].str.contains("Counted").all()


def test_sensitive_factors_are_one_question():
    waiting, policy = fair()
    policy = policy.with_changes(factors={"carer": {"sensitive": True}})
    found = displacement(score(waiting, policy), policy=policy, suppression="none")
    assert set(found.table["by"]) == {"everyone", "points for other recorded needs"}


def test_the_price_of_the_promise_rises_as_the_cap_falls():
    waiting, policy = fair()
    found = price_of_the_promise(waiting, policy, most=[0, 5, 15, None])
    yes = found.table[found.table["group"] == "yes"]
    assert yes["moved_up"].iloc[0] == 0
    total = (yes["moved_up"] * yes["places_up"].fillna(0)).tolist()
    assert total == sorted(total)
    assert found.table.loc[found.table["most_places_lost"].eq(5), "most_down"].max() <= 5
    assert found.suppression == "none"
    down = found.table.loc[
        found.table["group"].eq("everyone") & found.table["most_places_lost"].eq(5), "moved_down"
    ].item()
    assert f"With a cap of 5: {down:.0f} of 60 people move down, by at most 5" in found.findings[1]
    assert [chart.name for chart in found.charts()] == ["price of the promise"]
    with pytest.raises(OptionError, match="nothing social"):
        price_of_the_promise(waiting, Policy.preset("nhsr_targets"))


def test_overrides_are_recorded_and_read_by_adherence():
    waiting, policy = fair()
    ordered = score(waiting, policy)
    last = ordered.loc[ordered["rank"] == 60, "pathway_id"].item()
    kept = record_override(ordered, last, who="consultant", reason="clinical_change", when="2026-11-03")
    kept = record_override(
        ordered, "p0", who="theatre manager", reason="other", note="seen", when="2026-11-04", overrides=kept
    )
    assert kept[["who", "reason"]].to_numpy().tolist() == [
        ["consultant", "clinical_change"],
        ["theatre manager", "other"],
    ]
    first = ordered.loc[ordered["rank"] == 1, "pathway_id"].item()
    found = adherence(ordered, [first, last], within=[], overrides=kept, suppression="none")
    assert found.table.loc[0, ["treated_in_turn", "treated_early_with_reason"]].tolist() == [1, 1]
    for wrong, said in [
        ({"reason": "because"}, "because"), ({"who": " "}, "Who decided"), ({"when": "soon"}, "not a day"),
        ({"when": "2026-10-01"}, "before the list"), ({"reason": "other"}, "note is empty"),
    ]:  # fmt: skip
        given = {"who": "consultant", "reason": "clinical_change", "when": "2026-11-03", **wrong}
        with pytest.raises(OptionError, match=said):
            record_override(ordered, last, **given)
    with pytest.raises(OptionError) as caught:
        record_override(ordered, "secret-id", who="x", reason="clinical_change", when="2026-11-03")
    assert "secret-id" not in str(caught.value)


def test_orders_ranked_within_other_columns_are_not_compared():
    waiting = paediatric().assign(specialty=["100", "110"] * 100)
    policy = Policy.preset("england_default")
    apart, whole = score(waiting, policy, rank_within=["specialty"]), score(waiting, policy, rank_within=[])
    with pytest.raises(RefusedError, match="2 and 1 people stand first"):
        displacement(apart, whole)
    gone = apart.assign(rank=apart["rank"].mask(apart["rank"] > 90))  # people placed in one order only are no such sign
    assert displacement(apart, gone, suppression="none").table.loc[0, "people"] == 180


def test_a_chart_of_movement_sets_two_numbers_side_by_side_and_no_arrow():
    before, after = orders(600)
    before.loc[:3, "sex"] = "9"
    ax = displacement(before, after, by="sex").plot()
    said = [text.get_text() for text in ax.texts]
    assert any(text.endswith("down") and "up, " in text for text in said)
    assert not any("→" in text for text in said)
    assert "hidden" in said[-1]


# --- whether the order was kept ---------------------------------------------------------------------------------------


def treated_early() -> tuple[pd.DataFrame, pd.DataFrame]:
    before, _ = orders()
    words = (
        [None] * 50
        + ["clinical harm"] * 30
        + [" clinical  harm "] * 2
        + ["short notice"] * 12
        + ["mother of X", "b", "c"]
    )
    return before, pd.DataFrame(
        {"pathway_id": [f"p{n}" for n in [*range(50), *range(200, 247)]], "override_reason": words}
    )


def test_reasons_are_counted_in_the_words_that_were_written_down():
    before, treated = treated_early()
    found = adherence(before, treated, by="sex", within=[], suppression="none")
    whole = found.reasons[found.reasons["by"] == "everyone"].set_index("reason")["people"]
    assert whole.to_dict() == {"clinical harm": 32, "short notice": 12, "mother of X": 1, "b": 1, "c": 1}
    assert whole.sum() == found.table.loc[0, "treated_early_with_reason"]
    groups = found.reasons[found.reasons["by"] == "sex"]
    assert groups.groupby("reason")["people"].sum().to_dict() == whole.to_dict()


def test_peoples_own_words_are_shown_in_team_only():
    before, treated = treated_early()
    found = adherence(before, treated, by="sex", within=[])
    assert found.reasons.empty
    assert not any("mother of X" in str(each) for each in (found.table, found.notes, found.findings))
    assert any("only the in-team answer" in note for note in found.notes)


def test_no_reasons_make_an_empty_table():
    before, _ = orders()
    found = adherence(before, [f"p{n}" for n in range(50)], within=[])
    assert found.reasons.empty
    assert list(found.reasons) == ["by", "group", "reason", "people", "suppressed"]


def test_a_list_ranked_as_a_whole_is_not_read_as_ranked_within_columns():
    ordered = pd.DataFrame(
        {"pathway_id": [f"p{n}" for n in range(100)], "rank": range(1, 101), "specialty": ["1", "2"] * 50}
    )
    treated = [f"p{n}" for n in range(0, 20, 2)]
    with pytest.raises(RefusedError, match=r"within=\[\]"):
        adherence(ordered, treated)
    assert adherence(ordered, treated, within=[], suppression="none").table.loc[0, "passed_over"] == 5


def test_a_list_ranked_within_columns_is_not_read_as_ranked_as_a_whole():
    apart = pd.DataFrame(
        {
            "pathway_id": [f"p{n}" for n in range(100)],
            "rank": [*np.repeat(range(1, 51), 2)],
            "specialty": ["1", "2"] * 50,
        }
    )
    treated = [f"p{n}" for n in range(0, 20, 2)]
    assert adherence(apart, treated, suppression="none").table.loc[0, "passed_over"] == 0
    for within, groups in (([], "1 group"), (["provider"], "1 group")):
        with pytest.raises(RefusedError, match=f"2 people stand first, in {groups}"):
            adherence(apart, treated, within=within)
    finer = apart.assign(provider=["x", "x", "y", "y"] * 25, rank=[*np.repeat(range(1, 26), 4)])
    with pytest.raises(RefusedError, match="4 people stand first, in 2 groups"):
        adherence(finer, treated, within=["specialty"])


def test_places_that_two_people_share_are_said():
    ordered = pd.DataFrame({"pathway_id": list("abcd"), "rank": [1, 2, 2, 3]})
    notes = adherence(ordered, ["a"], within=[], suppression="none").notes
    assert any("2 people share a place" in note for note in notes)
    assert not any("share" in note for note in adherence(ordered.assign(rank=range(1, 5)), ["a"]).notes)


def test_adherence_says_which_policy_was_or_was_not_followed():
    policy = Policy.preset("chft_learning_disability")
    waiting = paediatric().assign(learning_disability=[True, False] * 100)
    ordered = score(waiting, policy)
    assert "[scores " in policy.stamp
    assert f"Policy: {ordered['policy'].iloc[0]}." in adherence(ordered, ["p1"]).notes
    assert policy.stamp in str(ordered["policy"].iloc[0])  # and which of its guards this list cannot hold


def test_adherence_draws_each_question_and_the_reasons():
    before, treated = treated_early()
    found = adherence(before, treated, by="sex", within=[], suppression="none")
    assert [chart.name for chart in found.charts()] == ["kept by sex", "reasons"]
    said = [text.get_text() for text in found.plot("kept by sex").texts]
    assert any("passed over" in text for text in said)
    assert "clinical harm" in [text.get_text() for text in found.plot("reasons").get_yticklabels()]
    assert [chart.name for chart in adherence(before, treated["pathway_id"], within=[]).charts()] == [
        "kept by everyone"
    ]


# --- what an order hangs on -------------------------------------------------------------------------------------------


def test_every_number_is_changed_by_itself():
    policy = Policy.preset("paediatric_surgery_illustrative")
    found = sensitivity(paediatric(), policy, suppression="none").table.set_index(["factor", "number", "change"])
    one = policy.model_copy(update={"factors": tuple(
        factor.model_copy(update={"points": {**factor.points, "1": factor.points["1"] * 0.8}}) if factor.name == "idaci" else factor
        for factor in policy.factors)})  # fmt: skip
    expected = (score(paediatric(), one)["rank"] != score(paediatric(), policy)["rank"]).sum()
    assert found.loc[("idaci", "points.1", "20% lower"), "places_changed"] == expected > 0
    later = policy.model_copy(update={"order": policy.order.model_copy(update={"long_waits_lead_days": 292})})
    expected = (score(paediatric(), later)["rank"] != score(paediatric(), policy)["rank"]).sum()
    assert found.loc[("order", "long_waits_lead_days", "292 for 365"), "places_changed"] == expected > 0
    numbers = set(found.index.get_level_values("number"))
    assert {"every number", "specials.no_fixed_abode", "days.P3", "from_clock_start.P4", "P3"} <= numbers
    assert found.loc[("targets", "days.P3", "73 for 91"), "places_changed"] > 0
    assert found.loc[("tiers", "P3", "joined with P4"), "places_changed"] > 0


def test_tiers_that_are_joined_are_ordered_as_one():
    policy = Policy.preset("england_default")
    joined = next(each.policy for each in variations(policy, 0.2) if each.change == "joined with P4")
    ordered = score(paediatric(), joined)
    by_wait = paediatric()["days_waiting"].rank(ascending=False, method="min")
    assert (ordered["rank"].astype(float) >= by_wait).all()
    assert ordered["tier"].nunique() == 1


def test_a_policy_without_numbers_says_so():
    bare = Policy.read({
        "name": "t", "title": "T", "status": "draft", "source": "test", "people": "everyone",
        "order": {"then": "days_waited", "without_tiers": "a test", "rank_within": []},
    })  # fmt: skip
    found = sensitivity(paediatric(), bare)
    assert found.table.empty
    assert found.charts() == []
    assert any("no number of its own" in note for note in found.notes)
    assert list(places_that_depend(paediatric(), bare)) == [
        "pathway_id",
        "factor",
        "number",
        "change",
        "place",
        "place_then",
    ]


def test_the_team_can_see_which_places_depend_on_which_number():
    policy, waiting = (
        Policy.preset("paediatric_surgery_illustrative"),
        paediatric().set_index(pd.Index(range(1000, 1200))),
    )
    named = places_that_depend(waiting, policy)
    counted = sensitivity(waiting, policy, suppression="none").table
    moved = named[named["place_then"].notna()].groupby(["factor", "number", "change"]).size()
    counts = counted.set_index(["factor", "number", "change"])["places_changed"]
    assert moved.to_dict() == counts[counts > 0].to_dict()
    assert named.index.isin(waiting.index).all()
    assert (named["pathway_id"] == waiting.loc[named.index, "pathway_id"]).all()
    assert (named["place"] == score(waiting, policy).loc[named.index, "rank"]).all()
    assert (named["place"] != named["place_then"]).all()


def test_sensitivity_draws_the_numbers_that_most_places_hang_on():
    found = sensitivity(paediatric(), Policy.preset("paediatric_surgery_illustrative"))
    chart = found.charts()[0]
    assert "time: every number, 20% lower" in chart.alt
    assert len(found.plot().patches) == len(chart.table) <= 20
    assert not chart.table["factor"].eq("tiers").any()
    assert found.table["suppressed"].any() or found.table["places_changed"].dropna().mod(5).eq(0).all()


def test_what_cannot_be_varied_is_refused():
    policy = Policy.preset("england_default")
    for change in (0, 1, 1.5):
        with pytest.raises(OptionError):
            sensitivity(paediatric(), policy, change=change)
    with pytest.raises(RefusedError, match="Nobody on the list has a place"):
        sensitivity(paediatric().assign(scope="closed"), policy)
