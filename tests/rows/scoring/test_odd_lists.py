"""Lists as people really give them to `score`: other names, several snapshots, columns of their own, unknown waits."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoring_lists import NO_PROTECTION, lists, policies
from test_guarantees import MANY

from equiwait.errors import ColumnsError, InputError
from equiwait.rows.intake import read_list
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score


def waiting(**columns: object) -> pd.DataFrame:
    plain = {"pathway_id": ["a", "b"], "snapshot_date": "2026-10-31", "scope": "rtt_open", "list_type": "IRTT"}
    return pd.DataFrame({**plain, "priority": "P3", "days_waiting": [50, 40], **columns})


def policy(**changes: object) -> Policy:
    need = {"name": "need", "kind": "clinical", "source": "a test", "column": "need", "missing": "zero",
            "points": {"low": 1, "high": 2}, "coverage": 0, "coverage_because": "a test"}  # fmt: skip
    area = {
        **need,
        "name": "area",
        "kind": "equity",
        "column": "imd_quintile",
        "points": {"1": 9, "2": 6, "3": 4, "4": 2, "5": 0},
    }
    return Policy.read({
        "name": "odd", "title": "Odd", "status": "draft", "source": "a test", "people": "everyone",
        "order": {"then": "points", "without_tiers": "a test", "rank_within": []}, "factors": [need, area], **changes,
    })  # fmt: skip


def test_a_flag_under_another_name_is_refused_and_not_read_as_no():
    with pytest.raises(ColumnsError, match="Learning Disability"):
        score(waiting(**{"Learning Disability": [True, False]}), Policy.preset("chft_learning_disability"))


def test_a_column_of_the_policys_own_is_known_however_it_is_spelt():
    tiers = [
        {"name": "Recalled", "when": {"recalled": True}, "blank_means": "no"},
        {"name": "The rest", "takes_unknown": True},
    ]
    order = {"then": "days_waited", "rank_within": []}
    with pytest.raises(ColumnsError, match="'Recalled' to 'recalled'"):
        score(waiting(Recalled=[True, False]), policy(tiers=tiers, order=order, factors=[]))


def test_a_flag_that_could_not_be_read_is_never_no():
    raw = pd.DataFrame({
        "pathway_id": list("abcde"), "clock_start": "2026-05-01", "priority": "P3", "list_type": "IRTT",
        "learning_disability": ["Y", "Q", "", "", ""],
    })  # fmt: skip
    ordered = score(read_list(raw, snapshot="2026-10-31"), Policy.preset("chft_learning_disability"))
    assert ordered["score_status"].tolist() == ["scored", "unscored", "scored", "scored", "scored"]


def test_open_rows_of_two_snapshots_are_refused():
    with pytest.raises(InputError, match="several snapshots") as refused:
        score(waiting(snapshot_date=["2026-10-24", "2026-10-31"]), Policy.preset("england_default"))
    assert "2026-10-24" in str(refused.value)


def test_rows_of_another_snapshot_that_are_not_open_stay():
    both = waiting(snapshot_date=["2026-10-24", "2026-10-31"], scope=["other_snapshot", "rtt_open"])
    assert score(both, Policy.preset("england_default"))["score_status"].tolist() == ["not_open", "scored"]


def test_open_rows_without_a_snapshot_are_refused():
    with pytest.raises(InputError, match="no snapshot date"):
        score(waiting(snapshot_date=["2026-10-31", None]), Policy.preset("england_default"))


def test_columns_of_ones_own_are_kept_beside_ours():
    own = waiting(score=[7, 8], rank=["x", "y"], points_of_contact=["GP", "A&E"])
    once = score(own, Policy.preset("england_default"))
    assert once["score_in_source"].tolist() == [7, 8]
    assert once["points_of_contact"].tolist() == ["GP", "A&E"]
    again = score(once, policy(), ranges=False) if "need" in once else score(once, Policy.preset("england_default"))
    pd.testing.assert_frame_equal(again, once)


def test_a_priority_that_only_the_guards_read_can_change_a_place():
    two = waiting(priority=[None, None], imd_quintile=[1, 5], need=["low", "high"])
    ordered = score(two, policy())
    assert ordered["rank"].tolist() == [1, 2]
    assert ordered["rank_worst"].tolist() == [2, 2]  # the second could be P1, whom nobody passes
    filled = score(two.assign(priority=[None, "P1a"]), policy())
    assert filled["rank"].tolist() == [2, 1]


def test_a_listing_date_that_only_the_guards_read_can_change_a_place():
    two = waiting(priority=["P4", "P2"], imd_quintile=[1, 5], need=["low", "high"])
    two["decision_to_admit"] = pd.to_datetime([None, None])
    near = policy(targets={"source": "a test", "days": {"P2": 28}})
    ordered = score(two, near)
    late, fresh = (
        score(two.assign(decision_to_admit=pd.to_datetime([None, day])), near)["rank"].tolist()
        for day in ("2026-09-01", "2026-10-30")
    )
    assert late == [2, 1]
    assert fresh == [1, 2]
    assert (ordered["rank_best"] <= 1).all()
    assert (ordered["rank_worst"] >= 2).all()


def test_an_unknown_wait_could_be_the_longest():
    two = waiting(days_waiting=pd.array([50, None], "Int32"), imd_quintile=[5, 5], need=["low", "low"])
    ordered = score(two, policy(guards={"protect": NO_PROTECTION}))
    assert ordered["score_status"].tolist() == ["scored", "unscored"]
    assert ordered[["rank_best", "rank_worst"]].to_numpy().tolist() == [[1, 2], [1, 2]]


def accumulating(missing: object) -> Policy:
    order = {"then": "accumulation", "without_tiers": "a test", "rank_within": []}
    need = {"name": "need", "kind": "clinical", "source": "a test", "column": "need", "missing": missing,
            "points": {"low": 10, "high": 20}, "coverage": 0, "coverage_because": "a test"}  # fmt: skip
    return policy(order=order, factors=[need])


def test_the_mean_of_points_that_build_up_builds_up_once():
    four = pd.concat([waiting(), waiting(pathway_id=["c", "d"])], ignore_index=True)
    four = four.assign(days_waiting=70, need=["low", "low", "low", None])
    ordered = score(four, accumulating("list_mean"))
    assert ordered["score"].tolist() == [110, 110, 110, 110]
    assert ordered["score_high"].tolist() == [110, 110, 110, 220]


def test_points_of_an_unknown_wait_could_have_built_up():
    two = waiting(days_waiting=pd.array([70, None], "Int32"), need=["low", "low"])
    ordered = score(two, accumulating("zero"))
    assert ordered["score_low"].tolist() == [110, 10]
    assert ordered["score_high"].iloc[1] > 10_000
    assert ordered["rank_worst"].tolist() == [2, 2]


@MANY
@given(lists(), policies(missing="list_mean"))
def test_a_score_lies_between_its_ends_however_points_build_up(waiting, policy):
    building = policy.model_copy(update={"order": policy.order.model_copy(update={"then": "accumulation"})})
    for each in (policy, building):
        ordered = score(waiting, each)
        has = ordered["score"].notna()
        assert (ordered.loc[has, "score_low"] <= ordered.loc[has, "score"]).all()
        assert (ordered.loc[has, "score"] <= ordered.loc[has, "score_high"]).all()


@MANY
@given(lists(), policies(), st.booleans())
def test_places_do_not_hang_on_whether_ranges_are_asked_for(waiting, policy, together):
    waiting = waiting.assign(person_id=[f"p{place % 3}" for place in range(len(waiting))])
    if together:
        policy = policy.with_changes(order={**policy.order.model_dump(), "same_person": "together"})
    told = ["tier", "score", "rank", "base_rank", "held_by", "why", "score_status"]
    pd.testing.assert_frame_equal(score(waiting, policy, ranges=False)[told], score(waiting, policy)[told])


@pytest.mark.parametrize("cuts", [[], [(0, 0)], [(0, 2)], [(0, 1), (1, 1), (1, 2)]])
def test_text_that_a_list_is_ranked_by_may_lie_in_any_pieces_and_in_none(cuts):
    def lies(*cells: str) -> pd.Series:
        text = pa.array(cells, pa.large_string())
        pieces = pa.chunked_array([text[first:last] for first, last in cuts], text.type)
        return pd.Series(pd.arrays.ArrowStringArray(pieces))

    rows = max((last for _, last in cuts), default=0)
    plain = waiting(provider=["RXX", "RXX"], specialty=["100", "110"]).iloc[:rows]
    own = plain.assign(pathway_id=lies("a", "b"), provider=lies("RXX", "RXX"), specialty=lies("100", "110"))
    england = Policy.preset("england_default")
    assert score(own, england)["rank"].tolist() == score(plain, england)["rank"].tolist() == [1] * rows
