"""The two presets that the first report uses, by hand-worked cases."""

from __future__ import annotations

import pandas as pd
import pytest

from equiwait.errors import ColumnsError, PolicyError
from equiwait.frames import blocks
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import ScoreRows, score
from equiwait.rows.scoring.score_record import score_record

DAY = pd.Timestamp("2026-10-31")


def child(**changes: object) -> dict[str, object]:
    return {
        "pathway_id": "c1", "snapshot_date": "2026-10-31", "scope": "rtt_open", "list_type": "IRTT", "days_waiting": 200,
        "priority": "P3", "priority_date": pd.NaT, "decision_to_admit": DAY - pd.Timedelta(days=91),
        "cancer_pathway": False, "developmental_window": pd.NaT, "school_missed": "none", "learning_disability": False,
        "looked_after": False, "child_protection": False, "idaci_quintile": 5, "link_status": "matched",
        "interpreter_needed": False, **changes,
    }  # fmt: skip


def children(*several: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([{**each, "pathway_id": f"c{n}"} for n, each in enumerate(several)])


def scores(*several: dict[str, object]) -> list[float]:
    return score(children(*several), Policy.preset("paediatric_surgery_illustrative"))["score"].tolist()


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({}, 30),  # 91 of 91 days: 100% of target, half way to 200%
        ({"decision_to_admit": DAY}, 0),
        ({"decision_to_admit": DAY - pd.Timedelta(days=182)}, 60),
        ({"decision_to_admit": DAY - pd.Timedelta(days=300)}, 60),
        ({"priority": "P4", "days_waiting": 126}, 30),
        ({"priority": "P2", "decision_to_admit": DAY - pd.Timedelta(days=14)}, 15),
        ({"priority_date": DAY - pd.Timedelta(days=182)}, 60),  # the priority date goes before the decision to admit
        ({"developmental_window": DAY + pd.Timedelta(days=100)}, 45),
        ({"developmental_window": DAY + pd.Timedelta(days=500)}, 30),
        ({"school_missed": "under_10"}, 32),
        ({"school_missed": "10_to_49"}, 34),
        ({"school_missed": "50_or_more"}, 36),
        ({"learning_disability": True}, 38),
        ({"looked_after": True}, 38),
        ({"child_protection": True}, 38),
        ({"looked_after": True, "child_protection": True}, 38),
        ({"idaci_quintile": 1}, 38),
        ({"idaci_quintile": 2}, 36),
        ({"idaci_quintile": 3}, 34),
        ({"idaci_quintile": 4}, 32),
        ({"link_status": "no_fixed_abode"}, 38),
        ({"interpreter_needed": True}, 30),
    ],
)
def test_children_score_as_the_rules_say(changes, points):
    assert scores(child(**changes)) == [points]


def test_an_unknown_area_counts_the_mean_of_the_list():
    known = [child(idaci_quintile=level) for level in (1, 1, 2, 5)]  # 8, 8, 6, 0: mean 5.5
    waiting = children(*known, child(idaci_quintile=None))
    policy = Policy.preset("paediatric_surgery_illustrative")
    assert score(waiting, policy)["points_idaci"].iloc[4] == 5.5
    assert policy.last_state is not None
    assert policy.last_state.means == {"idaci": 5.5}
    frozen = policy.frozen()
    assert score(waiting.iloc[[0, 2, 3, 4]].iloc[1:].assign(idaci_quintile=[2, 5, 2]), frozen)["score"].notna().all()
    assert score_record(child(idaci_quintile=None), frozen).points["idaci"] == 5.5


def test_a_record_is_refused_without_the_mean_of_a_list():
    with pytest.raises(PolicyError, match="idaci"):
        score_record(child(), Policy.preset("paediatric_surgery_illustrative"))


def test_long_waits_lead_their_tier_oldest_first():
    waiting = children(
        child(days_waiting=364, idaci_quintile=1, learning_disability=True), child(days_waiting=365), child(days_waiting=500),
        child(days_waiting=700, priority="P4"),
    )  # fmt: skip
    assert score(waiting, Policy.preset("paediatric_surgery_illustrative"))["rank"].tolist() == [3, 2, 1, 4]


def england(**changes: object) -> dict[str, object]:
    return {"snapshot_date": "2026-10-31", "scope": "rtt_open", "list_type": "IRTT", "decision_to_admit": None,
            "days_waiting": 100, "priority": "P3", "patient_choice": None, "tci_date": None, "cancer_pathway": None,
            **changes}  # fmt: skip


def test_england_orders_the_admitted_list_and_lists_the_rest_apart():
    waiting = children(
        england(), england(days_waiting=101), england(priority="P2", days_waiting=1), england(priority="P1a"),
        england(priority="P4", cancer_pathway=True), england(priority="P1"), england(priority=None),
        england(list_type="ORTT"), england(list_type="ORTT", decision_to_admit="2026-09-01", priority="P4"),
        england(patient_choice="P5"), england(tci_date="2026-11-20"), england(tci_date="2026-10-01", days_waiting=99),
        england(scope="closed"), england(priority="invalid"),
    )  # fmt: skip
    ordered = score(waiting, Policy.preset("england_default"))
    assert ordered["rank"].fillna(0).tolist() == [6, 5, 4, 1, 3, 2, 0, 0, 8, 0, 0, 7, 0, 0]
    assert ordered["score_status"].tolist() == [
        *["scored"] * 6, "unscored", "out_of_scope", "scored", "patient_choice", "booked", "scored", "not_open", "unscored",
    ]  # fmt: skip
    assert ordered.loc[[7, 12], ["tier", "score", "score_low"]].isna().all(axis=None)
    assert (ordered["policy"].str.endswith("[not approved]")).all()
    assert len(ordered) == len(waiting)


def test_places_are_counted_within_provider_and_specialty_unless_asked_otherwise():
    waiting = children(england(), england(days_waiting=5), england(days_waiting=7)).assign(
        specialty=["100", "110", "110"]
    )
    policy = Policy.preset("england_default")
    assert score(waiting, policy)["rank"].tolist() == [1, 2, 1]
    assert score(waiting, policy, rank_within=[])["rank"].tolist() == [1, 3, 2]
    with pytest.raises(ColumnsError, match="provider"):
        score(waiting, policy, rank_within=["provider"])


def test_ranges_can_be_left_out_and_earlier_columns_are_replaced():
    waiting = children(england(), england(priority=None))
    policy = Policy.preset("england_default")
    ordered = score(
        score(waiting, Policy.preset("england_default")).assign(points_old=pd.array([1.0, 1.0], "Float64")),
        policy,
        ranges=False,
    )
    assert ordered[["score_low", "rank_best"]].isna().all(axis=None)
    assert "points_old" not in ordered


def test_everything_missing_is_said_at_once():
    waiting = children(child()).drop(columns=["idaci_quintile", "learning_disability", "school_missed"])
    with pytest.raises(ColumnsError, match=r"school_missed.*learning_disability.*idaci_quintile"):
        score(waiting, Policy.preset("paediatric_surgery_illustrative"))


def test_a_factor_recorded_for_too_few_is_refused():
    waiting = children(*[child() for _ in range(7)], *[child(school_missed=None) for _ in range(3)])
    with pytest.raises(PolicyError, match=r"school_missed: recorded for 70% of the list"):
        score(waiting, Policy.preset("paediatric_surgery_illustrative"))


def test_an_empty_list_stays_empty():
    empty = children(england()).iloc[:0]
    ordered = score(empty, Policy.preset("england_default"))
    assert len(ordered) == 0
    assert {"rank", "score", "score_status"} <= set(ordered.columns)


def test_rows_that_agree_in_everything_share_a_place():
    waiting = children(england(), england(), england(days_waiting=3)).assign(pathway_id="same")
    assert score(waiting, Policy.preset("england_default"))["rank"].tolist() == [1, 1, 3]


def test_row_work_block_by_block_is_that_of_the_whole_list():
    levels = (1, 2, 3, 4, 5)
    waiting = children(
        *[child(idaci_quintile=level, days_waiting=90 * level) for level in levels], child(priority=None)
    )
    policy = Policy.preset("paediatric_surgery_illustrative")
    ordered = score(waiting, policy)
    rows = ScoreRows(policy)
    parts = [rows(block()) for block in blocks(waiting, rows.reads, rows=2)]
    for name in ("tier", "score", "points_idaci", "points_time", "score_low", "score_high", "score_status"):
        got = [value for part in parts for value in part[name].to_pylist()]
        assert got == ordered[name].astype(object).where(ordered[name].notna(), None).tolist()
    with pytest.raises(ColumnsError, match="idaci_quintile"):
        rows(next(blocks(waiting.drop(columns="idaci_quintile"), rows.reads))())
