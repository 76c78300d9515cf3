"""A column that is something else than its name says is refused by every door: lists, blocks of a stream, records."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from equiwait.errors import PolicyError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score
from equiwait.rows.scoring.kernel import ScoreRows
from equiwait.rows.scoring.score_record import score_records

HIDDEN = ["White British", "Pakistani", "African", "Indian"]


POLICY = Policy.read({
    "name": "hides", "title": "Hides", "status": "draft", "source": "a test", "people": "everyone",
    "order": {"then": "points", "without_tiers": "a test", "rank_within": []},
    "factors": [{"name": "team", "kind": "clinical", "source": "a test", "column": "team", "missing": "zero",
                 "points": {"Indian": 5}, "otherwise": 0}],
})  # fmt: skip


def waiting(team: list[str]) -> pd.DataFrame:
    rows = len(team)
    return pd.DataFrame({
        "pathway_id": [f"p{row}" for row in range(rows)], "snapshot_date": "2026-10-31", "scope": "rtt_open",
        "days_waiting": range(rows), "team": team,
    })  # fmt: skip


def by_list(frame: pd.DataFrame, policy: Policy) -> object:
    return score(frame, policy)


def by_block(frame: pd.DataFrame, policy: Policy) -> object:
    return ScoreRows(policy)(pa.RecordBatch.from_pandas(frame, preserve_index=False))


def by_record(frame: pd.DataFrame, policy: Policy) -> object:
    return score_records(frame.to_dict("records"), policy)


@pytest.mark.parametrize("door", [by_list, by_block, by_record])
def test_ethnic_categories_called_team_are_refused_and_no_value_is_told(door):
    with pytest.raises(PolicyError, match="team holds what look like ethnic categories") as refused:
        door(waiting(HIDDEN), POLICY)
    assert not any(value in str(refused.value) for value in HIDDEN)
    door(waiting(["Red", "Green", "Blue", "Amber"]), POLICY)
