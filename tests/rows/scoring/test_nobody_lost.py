"""Nobody leaves the order, and no promise lapses, because of how much a policy asks or what a list lacks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from scoring_lists import lists, policies
from test_guarantees import MANY, changed, scored
from test_presets import child, children, england

from equiwait.errors import ColumnsError, PolicyError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score
from equiwait.rows.scoring.explain import explain
from equiwait.rows.scoring.points import MILLION
from equiwait.rows.scoring.row_scores import Reader
from equiwait.rows.scoring.score_record import score_record
from equiwait.rows.scoring.tiers import Situations

CODES = ["P1a", "P1b", "P1", "P2", "P3", "P4"]


def policy(**rest: object) -> Policy:
    return Policy.read({
        "name": "nobody_lost", "title": "Nobody lost", "status": "illustrative", "source": "test", "people": "everyone",
        "order": {"then": "days_waited", "rank_within": [], "without_tiers": "a test"}, **rest,
    })  # fmt: skip


CARER = {"name": "carer", "kind": "equity", "source": "test", "missing": "unscored", "column": "carer", "coverage": 0,
         "coverage_because": "a test", "points": {"true": 5, "false": 0}}  # fmt: skip
WAIT = {
    "name": "wait",
    "kind": "time",
    "source": "test",
    "missing": "zero",
    "column": "days_waiting",
    "knots": [[0, 0], [999, 9]],
}


def test_more_tiers_than_a_byte_holds_stay_in_their_order():
    when = [{"specialty": str(100 + ward), "priority": code} for ward in range(22) for code in CODES]
    tiers = [{"name": " ".join(each.values()), "when": each} for each in when]
    waiting = pd.DataFrame(when).assign(pathway_id=np.arange(132).astype(str), snapshot_date="2026-10-31", scope="rtt_open",
                                        days_waiting=np.arange(132))  # fmt: skip
    ordered = score(waiting.sample(frac=1, random_state=1), policy(tiers=tiers)).sort_index()
    assert ordered["rank"].tolist() == list(range(1, 133)) == ordered["tier"].tolist()
    assert ordered["tier_name"].iloc[-1] == "121 P4"


@pytest.mark.parametrize("most", [1_000, 1_999, 2_001, 2_148, 5_000, 10**9])
def test_scores_of_any_size_are_ranked_by_all_of_their_points(most):
    need = {"name": "need", "kind": "equity", "source": "a test", "missing": "zero", "column": "need",
            "points": {"all": most, "all but a little": most - 0.000001, "none": 0, "less": -most}}  # fmt: skip
    by_points = {"then": "points", "rank_within": [], "without_tiers": "a test"}
    waiting = pd.DataFrame({"pathway_id": list("abcd"), "need": ["less", "all but a little", "none", "all"], "priority": "P3",
                            "snapshot_date": "2026-10-31", "scope": "rtt_open", "days_waiting": 7})  # fmt: skip
    for ranges in (True, False):
        ordered = score(waiting, policy(factors=[need], order=by_points), ranges=ranges)
        assert ordered["rank"].tolist() == [4, 2, 3, 1]
        assert ordered["base_rank"].tolist() == [1, 2, 3, 4]


@MANY
@given(lists(), policies())
def test_a_score_finds_room_in_the_bits_it_is_given(waiting, policy):
    reader, ordered = Reader(policy), score(waiting, policy)
    most = max(ordered[["score", "score_low", "score_high"]].abs().max(axis=None, skipna=True), 0)
    assert most * MILLION < np.iinfo(reader.score_kind).max


def test_more_codes_than_a_number_holds_are_still_told_apart():
    columns = [f"own_{n}" for n in range(24)]
    tiers = [{"name": name, "when": {name: [f"v{at}" for at in range(8)]}} for name in columns]
    chance = np.random.default_rng(1)
    waiting = pd.DataFrame({name: [f"v{at}" for at in chance.integers(0, 12, 40)] for name in columns})
    waiting = waiting.assign(
        pathway_id=np.arange(40).astype(str), snapshot_date="2026-10-31", scope="rtt_open", days_waiting=1
    )
    ordered = score(waiting, policy(tiers=tiers))
    first = [next(at for at, name in enumerate(columns, 1) if int(row[name][1:]) < 8) for _, row in waiting.iterrows()]
    assert ordered["tier"].tolist() == first
    assert len(Situations(policy(tiers=tiers)).columns) == 24


@MANY
@given(lists(), policies(missing="unscored"))
def test_a_protected_person_stays_in_the_order_whatever_is_not_recorded_of_what_is_social(waiting, policy):
    ordered = scored(waiting, policy)
    if not policy.equity_lines:
        return
    clinical = [factor for factor in policy.factors if factor.kind != "equity"]
    able = ordered["days_waiting"].notna() & (ordered["tier"].notna() if policy.tiers else True)
    for factor in clinical:
        able &= ordered[f"points_{factor.name}"].notna()
    protect = policy.guards.protect
    kept = ordered["priority"].isin(list(protect.priorities)) | (
        protect.cancer & ordered["cancer_pathway"].fillna(False)
    )
    assert (ordered.loc[able & kept, "score_status"] == "scored").all()
    assert (ordered["rank"] <= ordered["base_rank"])[able & kept].all()


def test_who_stays_has_no_points_for_what_is_not_recorded():
    rows = [
        child(priority=code, carer=None if code == "P1a" else False, days_waiting=9) for code in ("P1a", "P3", "P3")
    ]
    ordered = score(children(*rows), policy(order={"then": "points", "rank_within": [], "without_tiers": "a test"},
                                            factors=[CARER, WAIT]))  # fmt: skip
    assert ordered["score_status"].tolist() == ["scored"] * 3
    assert ordered.loc[0, "points_carer"] is pd.NA
    assert ordered.loc[0, "score"] == ordered.loc[0, "points_wait"]
    assert (ordered.loc[0, "score_low"], ordered.loc[0, "score_high"]) == (
        ordered.loc[0, "score"],
        ordered.loc[0, "score"] + 5,
    )
    assert "not recorded: carer" in ordered.loc[0, "why"].lower()


def test_a_social_tier_takes_no_protected_person_off_the_order():
    tiers = [{"name": "Carers", "kind": "equity", "when": {"carer": True}, "coverage": 0, "coverage_because": "a test"},
             {"name": "Everyone", "takes_unknown": False}]  # fmt: skip
    rows = [
        child(priority=code, carer=carer) for code, carer in (("P1a", None), ("P3", None), ("P3", True), ("P3", False))
    ]
    ordered = score(children(*rows), policy(tiers=tiers))
    assert ordered["score_status"].tolist() == ["scored", "unscored", "scored", "scored"]
    assert ordered.loc[0, "tier"] == 2
    lax = [{key: value for key, value in tier.items() if not key.startswith("coverage")} for tier in tiers]
    with pytest.raises(PolicyError, match=r"tier Carers: recorded for 50% of the list \(80% needed\)"):
        score(children(*rows), policy(tiers=lax))


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        (["cancer_pathway"], ["people on cancer pathways are not protected, since the list has no cancer_pathway"]),
        (["priority"], ["nobody is protected by priority, since the list has no priority"]),
        ([], []),
    ],
)
def test_a_guard_whose_column_is_absent_is_named_on_every_output(lacking, said):
    ranked = policy(order={"then": "points", "rank_within": [], "without_tiers": "a test"}, factors=[WAIT, CARER])
    ordered = score(children(child(carer=True), child(carer=False)).drop(columns=lacking), ranked)
    assert ordered["policy"].astype(str).unique().tolist() == [
        "".join([ranked.stamp, *(f" [guard: {each}]" for each in said)])
    ]
    assert all(each in explain(ordered, "c0", policy=ranked) for each in said)
    assert ranked.title in explain(ordered, "c0", audience="clinician", policy=ranked)


def test_a_policy_without_social_lines_has_no_guard_to_lapse():
    ordered = score(children(england()).drop(columns="cancer_pathway"), Policy.preset("england_default"))
    assert "guard" not in str(ordered.loc[0, "policy"])


def test_a_recorded_code_that_stands_in_no_tier_has_a_status_of_its_own():
    tiers = [{"name": code, "when": {"priority": code}} for code in ("P2", "P3", "P4")]
    ordered = score(children(child(priority="P1"), child(priority="P2"), child(priority=None)), policy(tiers=tiers))
    assert ordered["score_status"].tolist() == ["no_tier", "scored", "unscored"]
    assert ordered["rank"].isna().tolist() == [True, False, True]
    assert "stand in no tier" in explain(ordered, "c0")
    assert score_record(child(priority="P1"), policy(tiers=tiers)).status == "no_tier"


@pytest.mark.parametrize(
    ("day", "status"), [("2026-11-20", "booked"), ("2028-10-31", "booked"), ("2099-12-31", "scored")]
)
def test_a_dummy_date_to_come_in_does_not_pin(day, status):
    ordered = score(children(england(tci_date=day)), Policy.preset("england_default"))
    assert ordered["score_status"].tolist() == [status]


@pytest.mark.parametrize("levels", [pd.Categorical([1, 5]), pd.Categorical([1.0, 5.0]), pd.array([1, 5], "Int16")])
def test_categories_that_are_numbers_are_levels(levels):
    area = {"name": "area", "kind": "equity", "source": "test", "missing": "zero", "column": "imd_quintile",
            "points": {"1": 9, "2": 0, "3": 0, "4": 0, "5": 3}}  # fmt: skip
    ranked = policy(order={"then": "points", "rank_within": [], "without_tiers": "a test"}, factors=[area])
    ordered = score(children(child(), child()).assign(imd_quintile=levels), ranked)
    assert ordered["points_area"].tolist() == [9, 3]


def test_a_factor_that_is_recorded_for_nobody_is_said_so():
    factor = {**CARER, "coverage": 0.8, "missing": "zero"}
    ranked = policy(order={"then": "points", "rank_within": [], "without_tiers": "a test"}, factors=[factor])
    with pytest.raises(PolicyError, match=r"carer: recorded for nobody on the list \(80% needed\)"):
        score(children(child(carer=None), child(carer=None)), ranked)


@MANY
@given(lists(gaps=False), policies())
def test_days_to_target_run_from_the_date_that_counts(waiting, policy):
    ordered = scored(waiting, policy)
    listed = (pd.Timestamp("2026-10-31") - waiting["decision_to_admit"]).dt.days
    days = waiting["priority"].astype(object).map({"P1a": 1, "P1b": 3, "P1": 3, "P2": 28, "P3": 91})
    left = (days - listed).where(waiting["priority"] != "P4", 126 - waiting["days_waiting"].astype(float))
    assert ordered["days_to_target"].astype(float).tolist() == left.astype(float).tolist()
    assert ordered["past_target"].tolist() == (left < 0).tolist()


def test_base_places_are_those_of_the_same_policy_with_nothing_social():
    waiting = children(*[child(carer=at % 3 == 0, days_waiting=100 + at, priority="P3") for at in range(30)])
    ranked = policy(order={"then": "points", "rank_within": [], "without_tiers": "a test"}, factors=[WAIT, CARER])
    ordered = score(waiting, ranked)
    base = score(waiting, changed(ranked, max_places_moved_down=0))
    assert ordered["base_rank"].tolist() == base["rank"].tolist()
    assert ordered["rank"].tolist() != base["rank"].tolist()


def test_a_policy_for_some_specialties_orders_their_people_alone():
    waiting = pd.DataFrame({
        "pathway_id": list("abcd"), "snapshot_date": "2026-10-31", "scope": "rtt_open", "list_type": "IRTT", "priority": "P3",
        "specialty": ["110", "120", None, "111"], "days_waiting": [1, 2, 3, 4],
    })  # fmt: skip
    ours = Policy.preset("england_default").with_changes(specialties=["110"])
    ordered = score(waiting, ours)
    assert ordered["score_status"].tolist() == ["scored", "out_of_scope", "out_of_scope", "out_of_scope"]
    assert score(waiting, ours.with_changes(specialties=["11*"]))["rank"].notna().tolist() == [True, False, False, True]
    assert [score_record(row, ours).status for row in waiting.fillna("").to_dict("records")] == ordered[
        "score_status"
    ].tolist()
    assert "Only of specialty 110; people of others are out of its scope." in ours.describe()
    assert Policy.from_toml(ours.to_toml()) == ours
    assert ours.fingerprint != Policy.preset("england_default").fingerprint
    assert "specialty" in ours.needs(["pathway_id"]).query("must")["column"].tolist()
    with pytest.raises(ColumnsError, match="specialty"):
        score(waiting.drop(columns="specialty"), ours)
