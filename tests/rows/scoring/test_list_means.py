"""The list's means as sums over blocks: the same whatever the blocks, and the same as `score` takes."""

from __future__ import annotations

import pickle
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from scoring_lists import SNAPSHOT, lists, policies
from test_guarantees import MANY

from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score
from equiwait.rows.scoring.kernel import ScoreRows
from equiwait.rows.scoring.list_means import list_means, mean_sums, no_sums, with_means
from equiwait.rows.scoring.score_record import score_record


def batch_of(frame) -> pa.RecordBatch:
    return pa.RecordBatch.from_pandas(frame, preserve_index=False)


@MANY
@given(lists(most=9), policies(missing="list_mean"), st.lists(st.integers(0, 9), max_size=3))
def test_blocks_in_any_cut_give_the_means_that_score_takes(waiting, policy, cuts):
    ordered, whole = score(waiting, policy, ranges=False), batch_of(waiting)
    ends = sorted({0, len(waiting), *(min(cut, len(waiting)) for cut in cuts)})
    parts = [mean_sums(policy, whole.slice(low, high - low)) for low, high in pairwise(ends)]
    sums = sum(pickle.loads(pickle.dumps(parts)), no_sums(policy))
    assert sum(reversed(parts), no_sums(policy)) == sums
    assert policy.last_state.means == sums.means
    settled = pickle.loads(pickle.dumps(with_means(policy, sums, SNAPSHOT)))
    assert settled.stamp == policy.stamp
    by_block = [ScoreRows(settled)(whole.slice(low, high - low)) for low, high in pairwise(ends)]
    scores = np.concatenate(
        [block["score"].to_numpy(zero_copy_only=False) for block in by_block if len(block["score"])]
    )
    np.testing.assert_array_equal(scores, ordered["score"].to_numpy(float, na_value=np.nan))
    statuses = [status for block in by_block for status in block["score_status"].to_pylist()]
    assert statuses == ordered["score_status"].tolist()
    placed = ordered[ordered["score_status"] == "scored"]
    kept = placed["priority"].isin(policy.guards.protect.priorities) | placed["cancer_pathway"].fillna(value=False)
    assert (placed["score"].notna() | kept | placed["past_target"].fillna(value=False)).all()


def test_the_mean_is_the_mean_of_those_who_count():
    policy = Policy.preset("paediatric_surgery_illustrative")
    block = pa.record_batch({
        "snapshot_date": ["2026-10-31"] * 5, "scope": ["rtt_open"] * 4 + ["closed"], "days_waiting": [30, 40, 50, 60, 70],
        "list_type": ["IRTT", "IRTT", "IRTT", "ORTT", "IRTT"], "idaci_quintile": [1, 2, None, 5, 5],
    })  # fmt: skip
    sums = mean_sums(policy, block)
    assert (sums.people, sums.points) == ({"idaci": 2}, {"idaci": 14_000_000})
    assert sums.means == {"idaci": 7.0}


def test_a_mean_of_nobody_stands_in_for_nobody():
    needs = [
        {"name": name, "kind": kind, "source": "test", "column": name, "points": {"some": 5, "none": 0},
         "missing": "list_mean", "coverage": 0, "coverage_because": "a test"}
        for name, kind in (("pain", "clinical"), ("need", "equity"))
    ]  # fmt: skip
    waiting = pd.DataFrame({
        "pathway_id": list("abc"), "snapshot_date": "2026-10-31", "scope": "rtt_open", "days_waiting": [3, 2, 1],
        "priority": ["P1a", "P3", "P3"], "pain": ["some", "none", "some"], "need": pd.Series([None] * 3, dtype="str"),
    })  # fmt: skip
    text = {"name": "t", "title": "T", "status": "draft", "source": "test", "people": "everyone", "factors": needs,
            "order": {"then": "points", "without_tiers": "a test", "rank_within": []}}  # fmt: skip
    policy = Policy.read(text)
    ordered = score(waiting, policy)
    assert ordered["score_status"].tolist() == ["scored", "no_mean", "no_mean"]  # nothing social takes a P1a off
    assert ordered["score"].isna().all()
    assert "nobody on the list has it recorded" in ordered["why"].iloc[1]
    assert score_record(waiting.iloc[1].dropna().to_dict(), policy).status == "no_mean"
    clinical = score(waiting.assign(pain=None, need="none"), policy)
    assert set(clinical["score_status"]) == {"no_mean"}
    assert (clinical["rank_best"].notna() & clinical["rank_worst"].notna()).all()


def test_sums_stay_exact_beyond_what_a_machine_word_holds():
    policy = Policy.preset("paediatric_surgery_illustrative")
    many = no_sums(policy)._replace(people={"idaci": 3}, points={"idaci": 2**70})
    assert (many + many).points["idaci"] == 2**71
    assert many.means["idaci"] == round(Fraction(2**70, 3)) / 1_000_000


def test_means_that_a_policy_holds_already_stay():
    policy = Policy.preset("paediatric_surgery_illustrative")
    first = no_sums(policy)._replace(people={"idaci": 1}, points={"idaci": 4_000_000})
    held = with_means(policy, first, SNAPSHOT).frozen()
    again = with_means(held, first._replace(points={"idaci": 6_000_000}), SNAPSHOT)
    assert list_means(again) == {"idaci": 4_000_000}


def test_a_block_of_large_points_adds_up_exactly():
    policy = Policy.read({
        "name": "large", "title": "Large", "status": "draft", "source": "a test", "people": "everyone",
        "order": {"then": "points", "without_tiers": "a test"},
        "factors": [{"name": "need", "kind": "clinical", "source": "a test", "column": "need", "missing": "list_mean",
                     "points": {"low": -999_999_999, "high": 999_999_999.5}}],
    })  # fmt: skip
    rows = 60_000
    block = pa.record_batch({"days_waiting": np.arange(rows), "need": ["high"] * (rows - 1) + ["low"]})
    assert mean_sums(policy, block).points["need"] == 999_999_999_500_000 * (rows - 1) - 999_999_999_000_000
