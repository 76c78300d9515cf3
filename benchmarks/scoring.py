"""Score and rank England's list: `score` against the same order written by hand in pandas, polars and DuckDB.

    python benchmarks/scoring.py [--people 7500000] [--rounds 3] [--records 1000000]

Everything is invented and made from a seed. Each way starts with its table in memory, works out the tier, four parts,
their sum and the place of everyone within provider and specialty (tier, then points, then the longer wait, then the
identifier), and must give the same. equiwait also gives the status of every row and, with ranges, what the unrecorded
inputs could change; the rivals do not. Then records, one by one and in bulk, and the presets on the same list.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from rivals import compare

import equiwait as ew
from equiwait.parallel import cores

SEED = 20261031
SNAPSHOT = "2026-10-31"
KNOTS = [(0, 0), (126, 18), (364, 60), (455, 90), (728, 150)]
AREA = {1: 10, 2: 7, 3: 4, 4: 2, 5: 0}
AREA_UNKNOWN = 3
FLAGS = {"learning_disability": 8, "carer": 4}
TIERS = ["P1", "P2", "P3", "P4"]

POLICY = {
    "name": "benchmark",
    "title": "A benchmark",
    "status": "draft",
    "source": "invented",
    "people": "everyone",
    "order": {"then": "points", "rank_within": ["provider", "specialty"]},
    "tiers": [
        *({"name": code, "when": {"priority": code}} for code in TIERS),
        {"name": "No code", "takes_unknown": True},
    ],
    "factors": [
        {"name": "wait", "kind": "time", "source": "invented", "column": "days_waiting", "knots": KNOTS, "missing": "unscored"},
        {"name": "area", "kind": "equity", "source": "invented", "column": "imd_quintile", "missing": AREA_UNKNOWN,
         "points": {str(level): points for level, points in AREA.items()}},
        *({"name": flag, "kind": "equity", "source": "invented", "column": flag, "missing": "zero",
           "points": {"true": points, "false": 0},
           "justification": {"reason": "a benchmark", "owner": "nobody", "review": "2027-01-01"}}
          for flag, points in FLAGS.items()),
    ],
    "guards": {"protect": {"priorities": [], "cancer": False, "near_target": {}, "because": "a benchmark"}},
}  # fmt: skip


def make_list(people: int) -> pd.DataFrame:
    """Make a list of so many people, with what the policies read."""
    chance = np.random.default_rng(SEED)
    days = np.minimum(chance.gamma(1.1, 130, people).astype(np.int32), 1400)
    listed = np.datetime64(SNAPSHOT, "s") - (days * chance.random(people)).astype("timedelta64[D]")

    def coded(names: list[str], blank: float) -> pd.Categorical:
        place = chance.integers(0, len(names), people)
        return pd.Categorical.from_codes(np.where(chance.random(people) < blank, -1, place), names)

    def flag(share: float) -> pd.arrays.BooleanArray:
        return pd.arrays.BooleanArray(chance.random(people) < share, chance.random(people) < 0.01)

    def whole(most: int) -> pd.arrays.IntegerArray:
        return pd.arrays.IntegerArray(
            chance.integers(1, most + 1, people).astype(np.int8), chance.random(people) < 0.05
        )

    numbers = chance.permutation(people) + 100_000_000_000
    return pd.DataFrame(
        {
            "pathway_id": pd.Series(pa.array(numbers).cast(pa.string()).to_pandas(), dtype="str"),
            "provider": coded([f"R{n:03d}" for n in range(142)], 0),
            "specialty": coded([str(100 + n) for n in range(24)], 0),
            "priority": coded(TIERS, 0.09),
            "days_waiting": pd.array(days, dtype="Int32"),
            "decision_to_admit": listed,
            "scope": pd.Categorical.from_codes(np.zeros(people, np.int8), ["rtt_open"]),
            "snapshot_date": pd.Categorical.from_codes(np.zeros(people, np.int8), [SNAPSHOT]),
            "imd_quintile": whole(5),
            "idaci_quintile": whole(5),
            "learning_disability": flag(0.03),
            "carer": flag(0.04),
            "looked_after": flag(0.01),
            "child_protection": flag(0.01),
            "cancer_pathway": pd.arrays.BooleanArray(chance.random(people) < 0.03, np.zeros(people, bool)),
            "developmental_window": np.where(chance.random(people) < 0.05, listed, np.datetime64("NaT", "s")),
            "school_missed": coded(["none", "under_10", "10_to_49", "50_or_more"], 0.1),
            "link_status": coded(["matched", "no_fixed_abode"], 0),
        }
    )


# --- the ways --------------------------------------------------------------------------------------------------------


def ours(frame: pd.DataFrame, *, ranges: bool = False) -> Callable[[], Any]:
    policy = ew.Policy.read(POLICY)
    return lambda: ew.score(frame, policy, ranges=ranges)


def by_pandas(frame: pd.DataFrame) -> Callable[[], Any]:
    def run() -> pd.DataFrame:
        days = frame["days_waiting"].to_numpy(np.float64)
        tier = (
            frame["priority"].astype("str").map({code: n for n, code in enumerate(TIERS, 1)}).fillna(5).astype("int8")
        )
        parts = {
            "points_wait": np.interp(days, *zip(*KNOTS, strict=True)),
            "points_area": frame["imd_quintile"].map(AREA).fillna(AREA_UNKNOWN).to_numpy(np.float64),
            **{
                f"points_{name}": frame[name].fillna(False).to_numpy(bool) * float(points)
                for name, points in FLAGS.items()
            },
        }
        scored = frame.assign(tier=tier, **parts, score=np.round(sum(parts.values()), 6))
        by = ["provider", "specialty", "tier", "score", "days_waiting", "pathway_id"]
        placed = scored[by].sort_values(by, ascending=[True, True, True, False, False, True])
        return scored.assign(rank=placed.groupby(["provider", "specialty"], observed=True).cumcount() + 1)

    return run


def by_polars(frame: pd.DataFrame) -> Callable[[], Any]:
    import polars as pl

    table, col = pl.from_pandas(frame), pl.col

    def run() -> Any:
        days = col("days_waiting").cast(pl.Float64)
        wait = pl.when(days <= KNOTS[0][0]).then(float(KNOTS[0][1]))
        for (x0, y0), (x1, y1) in pairwise(KNOTS):
            wait = wait.when(days <= x1).then(y0 + (days - x0) * ((y1 - y0) / (x1 - x0)))
        area = pl.when(col("imd_quintile") == 1).then(float(AREA[1]))
        for level in (2, 3, 4, 5):
            area = area.when(col("imd_quintile") == level).then(float(AREA[level]))
        tier = pl.when(col("priority") == "P1").then(1)
        for n, code in enumerate(TIERS[1:], 2):
            tier = tier.when(col("priority") == code).then(n)
        parts = {
            "points_wait": wait.otherwise(float(KNOTS[-1][1])),
            "points_area": area.otherwise(float(AREA_UNKNOWN)),
            **{
                f"points_{name}": pl.when(col(name).fill_null(False)).then(float(points)).otherwise(0.0)
                for name, points in FLAGS.items()
            },
        }
        lazy = table.lazy().with_columns(tier=tier.otherwise(5).cast(pl.Int8), **parts)
        lazy = lazy.with_columns(score=pl.sum_horizontal(*parts).round(6))
        place = pl.struct("tier", -col("score"), -col("days_waiting"), "pathway_id").rank("ordinal")
        return lazy.with_columns(rank=place.over("provider", "specialty")).collect()

    return run


def by_duckdb(frame: pd.DataFrame) -> Callable[[], Any]:
    import duckdb

    link = duckdb.connect()
    link.register("people_frame", pa.Table.from_pandas(frame, preserve_index=False))
    link.execute("create table people as select *, row_number() over () as row from people_frame")
    wait = "".join(
        f" when days_waiting <= {x1} then {y0} + (days_waiting - {x0}) * ({y1 - y0}::double / {x1 - x0})"
        for (x0, y0), (x1, y1) in pairwise(KNOTS)
    )
    area = "".join(f" when {level} then {points}::double" for level, points in AREA.items())
    tier = "".join(f" when '{code}' then {n}" for n, code in enumerate(TIERS, 1))
    flags = ", ".join(
        f"(case when {name} then {points} else 0 end)::double as points_{name}" for name, points in FLAGS.items()
    )
    total = " + ".join(["points_wait", "points_area", *(f"points_{name}" for name in FLAGS)])
    query = f"""
        with parts as (select *, (case when days_waiting <= 0 then 0::double {wait} else {KNOTS[-1][1]} end) as points_wait,
            (case imd_quintile {area} else {AREA_UNKNOWN} end) as points_area, {flags},
            (case priority::varchar {tier} else 5 end)::tinyint as tier from people),
        summed as (select *, round({total}, 6) as score from parts)
        select *, row_number() over (partition by provider, specialty
            order by tier, score desc, days_waiting desc, pathway_id) as rank from summed order by row
    """
    return lambda: link.sql(query).to_arrow_table()


# --- the run ---------------------------------------------------------------------------------------------------------


def plain(answer: Any) -> dict[str, np.ndarray]:
    """The columns that every way must agree on."""
    names = ["tier", "points_wait", "points_area", "points_learning_disability", "points_carer", "score", "rank"]
    return {name: np.asarray(answer[name], dtype=np.float64) for name in names}


def presets(frame: pd.DataFrame) -> None:
    print("\n| preset | ranges | seconds | peak memory so far |\n| --- | --- | --- | --- |")
    for name in ("england_default", "paediatric_surgery_illustrative"):
        for ranges in (False, True):
            started = time.perf_counter()
            ew.score(frame, ew.Policy.preset(name), ranges=ranges)
            taken, peak = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            print(f"| {name} | {'yes' if ranges else 'no'} | {taken:.1f} | {peak:.1f} GB |")


def records(frame: pd.DataFrame, count: int) -> None:
    rows = frame.head(count).astype(object).where(frame.head(count).notna(), None).to_dict("records")
    policy = ew.Policy.read(POLICY)
    ew.score_record(rows[0], policy)
    alone = []
    for row in rows[:2000]:
        started = time.perf_counter()
        ew.score_record(row, policy)
        alone.append(time.perf_counter() - started)
    print(f"\none record, after the first: {1000 * statistics.median(alone):.2f} ms")
    started = time.perf_counter()
    ew.score_records(rows, policy)
    print(f"{len(rows):,} records: {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--people", type=int, default=7_500_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--records", type=int, default=1_000_000)
    said = options.parse_args()
    waiting = make_list(said.people)
    ways = {
        f"equiwait `score` ({cores()} threads)": ours(waiting),
        "equiwait `score` with ranges": ours(waiting, ranges=True),
        "pandas": by_pandas(waiting),
        "polars": by_polars(waiting),
        "DuckDB": by_duckdb(waiting),
    }
    compare(ways, plain, said.people, said.rounds)
    presets(waiting)
    records(waiting, said.records)
