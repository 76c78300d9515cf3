"""The same recipe on Spark: columns, places, promises and counts as in memory. It runs on ``local[2]``, with a real Spark."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import equiwait as ew
import equiwait.engines.spark as spark_engine
from engines.dirty_lists import HELD, PLACES, SNAPSHOT, dirty, promising, unlike

EDGE = {"tinyint", "smallint", "int", "bigint", "float", "double", "string", "boolean", "date"}

pytestmark = pytest.mark.filterwarnings("ignore")  # Spark's own, of its own code


def on_spark(spark, raw):
    """The list on Spark, with a number by which its rows are put in order again."""
    numbered = raw.assign(row_number=range(len(raw)))
    numbered["Ward"] = numbered["Ward"].astype("str")
    return numbered, spark.createDataFrame(pa.Table.from_pandas(numbered, preserve_index=False))


def test_a_dirty_list_on_spark_is_what_it_is_in_memory(spark):
    recipe = ew.Recipe(
        SNAPSHOT, **PLACES, policy=promising(), count=["imd_quintile", ("sex", "ethnicity")], within=["priority"]
    )
    raw, frame = on_spark(spark, dirty(500))
    expected, done = recipe.apply(raw), recipe.spark(frame)
    assert {kind for _, kind in done.rows.dtypes} <= EDGE
    rows = pd.DataFrame(done.rows.toPandas()).sort_values("row_number", ignore_index=True)
    assert not unlike(expected.rows, rows)
    assert done.counts == expected.counts
    assert set(expected.rows["held_by"].dropna()) == HELD


def test_promises_and_means_hold_on_spark(spark):
    """A policy with social factors, a mean of the list, a cap on places lost and people who are protected."""
    policy = ew.Policy.preset("paediatric_surgery_illustrative").with_changes(guards={"max_places_moved_down": 3})
    raw = pd.DataFrame(
        {
            "pathway_id": [f"p{n:03d}" for n in range(240)],
            "clock_start": [f"2026-{1 + n % 9:02d}-{1 + n % 28:02d}" for n in range(240)],
            "provider": [f"R{n % 2}" for n in range(240)],
            "specialty": ["171"] * 240,
            "priority": [["P2", "P3", "P4"][n * 7 % 3] for n in range(240)],
            "decision_to_admit": ["2026-10-01"] * 240,
            "list_type": ["IRTT"] * 240,
            "cancer_pathway": ["N"] * 240,
            "idaci_quintile": [None if n % 11 == 0 else 1 + n * 13 % 5 for n in range(240)],
            "learning_disability": [["Y", "N"][n * 5 % 3 > 0] for n in range(240)],
            "looked_after": ["N"] * 240,
            "child_protection": ["N"] * 240,
            "interpreter_needed": ["N"] * 240,
            "school_missed": ["none"] * 240,
            "developmental_window": [None] * 240,
            "link_status": ["matched"] * 240,
            "row_number": range(240),
        }
    )
    recipe = ew.Recipe(
        SNAPSHOT, policy=policy, missing=False, keep=["row_number", "rank", "base_rank", "held_by", "score", "why"]
    )
    expected = recipe.apply(raw)
    assert expected.rows["held_by"].notna().any()
    done = recipe.spark(spark.createDataFrame(pa.Table.from_pandas(raw, preserve_index=False)))
    rows = pd.DataFrame(done.rows.toPandas()).sort_values("row_number", ignore_index=True)
    assert not unlike(expected.rows, rows)
    assert done.recipe.policy.last_state.means == expected.recipe.policy.last_state.means
    assert list(expected.recipe.policy.last_state.means) == ["idaci"]


def test_answers_never_go_to_other_peoples_rows(spark, monkeypatch):
    """What is not kept Spark works out again: where a source then gives another order, nothing is said of anybody."""
    raw, frame = on_spark(spark, dirty(200))

    def shuffled(batches):
        for batch in batches:
            yield batch.take(np.random.default_rng().permutation(batch.num_rows))

    moving = frame.coalesce(1).mapInArrow(shuffled, frame.schema)
    recipe = ew.Recipe(SNAPSHOT, **PLACES, policy=promising())
    rows = pd.DataFrame(recipe.spark(moving).rows.toPandas()).sort_values("row_number", ignore_index=True)
    assert not unlike(recipe.apply(raw).rows.drop(columns="why"), rows.drop(columns="why"))
    monkeypatch.setattr(spark_engine._Frame, "_keep", lambda _self, made: made)
    with pytest.raises(ew.errors.InputError, match="rows came in another order"):
        recipe.spark(moving)


def test_workers_that_rank_a_group_get_its_keys_and_not_its_rows(spark):
    """Even a policy that ranks everybody as one group gathers no list: rows are joined to their answers where they lie."""
    policy = promising().with_changes(order={"rank_within": []})
    raw, frame = on_spark(spark, dirty(200))
    spark.conf.set("spark.sql.debug.maxToStringFields", "1000")
    done = ew.Recipe(SNAPSHOT, **PLACES, policy=policy).spark(frame)
    plan = done.rows._jdf.queryExecution().analyzed().toString()
    given = re.findall(r"FlatMapGroupsInArrow \[[^]]*\], \w+\(([^)]*)\)", plan)
    assert given
    assert not [each for taken in given for each in taken.split(", ") if re.match(r"c\d+#", each)]
    rows = pd.DataFrame(done.rows.toPandas()).sort_values("row_number", ignore_index=True)
    assert not unlike(ew.Recipe(SNAPSHOT, **PLACES, policy=policy).apply(raw).rows, rows)


def test_a_list_without_rows_is_said_to_have_none(spark):
    empty = spark.createDataFrame([], "clock_start string, sex string")
    with pytest.raises(ew.EquiwaitError, match="has no rows"):
        ew.Recipe(SNAPSHOT).spark(empty)
