"""A weighted lottery draws among everyone whom it orders, and protects nobody by the length of the wait."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score


def waiting(people: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "pathway_id": [f"P{n:04d}" for n in range(people)],
            "snapshot_date": "2026-10-31",
            "scope": "rtt_open",
            "list_type": "IRTT",
            "days_waiting": np.arange(100, 100 + people),
            "imd_quintile": np.tile([1, 3], people // 2),
            **columns,
        }
    )


@pytest.mark.parametrize("columns", [{}, {"priority": "P2"}, {"priority": "P4"}, {"cancer_pathway": True}])
def test_places_are_drawn_whatever_the_priority(columns):
    ordered = score(waiting(800, **columns), Policy.preset("weighted_lottery"))
    assert abs(np.corrcoef(ordered["rank"].astype(float), ordered["days_waiting"])[0, 1]) < 0.12  # 3.3 / sqrt(800)


def test_two_tickets_draw_earlier_places_than_one():
    ordered = score(waiting(2000, priority="P4"), Policy.preset("weighted_lottery"))
    ranks = ordered["rank"].astype(float).groupby(ordered["imd_quintile"]).mean()
    assert ranks[1] < ranks[3] - 200


def test_a_second_ticket_passes_nobody_who_is_protected():
    policy = Policy.preset("weighted_lottery")
    mixed = waiting(400, priority=["P2", "P4", "P4", "P2"] * 100)
    with_tickets = score(mixed, policy)
    alike = score(mixed.assign(imd_quintile=3), policy)
    late = mixed["priority"] == "P2"
    assert (with_tickets["rank"] <= alike["rank"])[late].all()
    assert (with_tickets["rank"] < alike["rank"]).any()


def test_people_without_a_ticket_are_drawn_after_those_who_have_one():
    policy = Policy.preset("weighted_lottery")
    factor = policy.factors[0].model_copy(update={"points": {**policy.factors[0].points, "3": 0.0}})
    ordered = score(waiting(400), policy.model_copy(update={"factors": (factor,)}))
    without = ordered[ordered["imd_quintile"] == 3]
    assert without["rank"].min() == 201
    assert abs(np.corrcoef(without["rank"].astype(float), without["days_waiting"])[0, 1]) < 0.24


def test_a_lottery_draws_the_same_by_the_verbs_and_by_a_recipe_however_the_list_holds_its_days(tmp_path):
    raw = pd.DataFrame(
        {
            "pathway_id": [f"p{at}" for at in range(9)],
            "clock_start": "2026-01-01",
            "priority": "P4",
            "list_type": "IRTT",
        }
    )
    policy = Policy.preset("weighted_lottery")
    raw["imd_quintile"] = "1"
    ready = ew.flag_missing(ew.read_list(raw, snapshot="2026-10-31"))
    expected = score(ready, policy)["rank"].tolist()
    nanoseconds = ready.assign(clock_start=ready["clock_start"].astype("datetime64[ns]"))
    assert score(nanoseconds, policy)["rank"].tolist() == expected
    recipe = ew.Recipe("2026-10-31", policy=policy)
    assert recipe.apply(raw).rows["rank"].tolist() == expected
    raw.to_csv(tmp_path / "list.csv", index=False)
    streamed = pd.read_parquet(recipe.stream(tmp_path / "list.csv", tmp_path / "out.parquet").rows)
    assert streamed["rank"].tolist() == expected
