"""The work of `recipe.py` as a careful analyst writes it by hand: in pandas, in polars, in SQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from made_list import ETHNICITIES, FLAGS, SNAPSHOT

KNOTS = [(0, 0), (126, 18), (364, 60), (455, 90), (728, 150)]
CODES = {"P1": 100, "P2": 60, "P3": 30, "P4": 10}
AREA = {1: 10, 2: 8, 3: 6, 4: 5, 5: 4, 6: 3, 7: 2, 8: 1, 9: 0, 10: 0}
AREA_UNKNOWN, CODE_UNKNOWN = 3, 10
QUESTIONS = [
    ["imd_quintile"],
    ["ethnicity"],
    ["sex"],
    ["imd_quintile", "ethnicity"],
    ["imd_quintile", "sex"],
    ["ethnicity", "sex"],
]
GIVEN = ["imd_rank", "imd_decile", "days_waiting", "tier", "points_code", "points_wait", "points_area", "score", "rank"]
GIVEN += [f"points_{name}" for name in FLAGS]
FLAGGED = ["ethnicity", "sex", "date_of_birth", "postcode"]


WRITING: list[float] = []
"""Seconds that this process spent writing its list."""


@contextmanager
def writing() -> Iterator[None]:
    """Note how long the list takes to be written."""
    started = time.perf_counter()
    yield
    WRITING.append(time.perf_counter() - started)


def by_pandas(folder: Path, source: Path, to: Path) -> dict:
    """Do the same as a careful analyst writes it in pandas."""
    frame = pd.read_parquet(source)
    bare = frame["postcode"].str.replace(r"[^A-Za-z0-9]", "", regex=True).str.upper()
    valid = bare.str.fullmatch(r"[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][ABD-HJLNP-UW-Z]{2}").fillna(False).astype(bool)
    frame["bare"] = bare.where(valid)
    places = pd.read_parquet(folder / "postcodes.parquet")
    places = places.assign(bare=places["postcode"].str.replace(" ", "", regex=False))[["bare", "area"]]
    frame = frame.merge(places, on="bare", how="left").merge(
        pd.read_parquet(folder / "index.parquet"), on="area", how="left"
    )
    today = pd.Timestamp(SNAPSHOT)
    eth, sex = frame["ethnicity"], frame["sex"]
    known_eth, known_sex = eth.isin(ETHNICITIES), sex.isin(["1", "2", "9"])
    frame["missing_ethnicity"] = np.select([eth.isna(), eth == "Z", eth == "99", ~known_eth], [1, 2, 3, 4], 0).astype(
        "int8"
    )
    frame["missing_sex"] = np.select([sex.isna(), sex == "0", ~known_sex], [1, 3, 4], 0).astype("int8")
    frame["missing_date_of_birth"] = frame["date_of_birth"].isna().astype("int8")
    frame["missing_postcode"] = np.select([bare.isna(), ~valid | frame["imd_rank"].isna()], [1, 4], 0).astype("int8")
    days = (today - pd.to_datetime(frame["clock_start"])).dt.days
    code = frame["priority"].str.upper()
    frame["days_waiting"] = days
    frame["points_code"] = code.map(CODES).fillna(CODE_UNKNOWN).astype(float)
    frame["points_wait"] = np.interp(days, *zip(*KNOTS, strict=True))
    frame["points_area"] = frame["imd_decile"].map(AREA).fillna(AREA_UNKNOWN).astype(float)
    for name, points in FLAGS.items():
        frame[f"points_{name}"] = frame[name].fillna(False).astype(bool) * float(points)
    parts = ["points_code", "points_wait", "points_area", *(f"points_{name}" for name in FLAGS)]
    frame["score"] = frame[parts].sum(axis=1).round(6)
    frame["tier"] = np.select([code == "P1", code == "P2"], [1, 2], 3)
    here = frame[days.notna()]
    by = ["provider", "specialty", "tier", "score", "days_waiting", "pathway_id"]
    placed = here[by].sort_values(by, ascending=[True, True, True, False, False, True])
    frame["rank"] = placed.groupby(["provider", "specialty"]).cumcount() + 1
    groups = here.assign(
        imd_quintile=np.ceil(here["imd_decile"] / 2), ethnicity=here["ethnicity"].where(known_eth), sex=here["sex"].where(known_sex),
        n=1, over_18=here["days_waiting"] > 126, over_52=here["days_waiting"] > 364,
    )  # fmt: skip
    found = {}
    for question in QUESTIONS:
        table = groups.groupby(question, dropna=False)[["n", "over_18", "over_52"]].sum().reset_index()
        known = int(table[question].notna().all(axis=1).sum())
        found[" × ".join(question)] = _told(table["n"].sum(), table["over_18"].sum(), table["over_52"].sum(), known)
    with writing():
        frame[["pathway_id", *GIVEN, *(f"missing_{name}" for name in FLAGGED)]].to_parquet(
            to, index=False, compression="snappy"
        )
    return found


def _told(n: int, over_18: int, over_52: int, groups: int) -> dict:
    return {"n": int(n), "18": int(over_18), "52": int(over_52), "groups": int(groups)}


def by_polars(folder: Path, source: Path, to: Path) -> dict:
    """Do the same in polars, lazily, as its guide advises."""
    import polars as pl

    col = pl.col
    bare = col("postcode").str.replace_all(r"[^A-Za-z0-9]", "").str.to_uppercase()
    valid = bare.str.contains(r"^[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][ABD-HJLNP-UW-Z]{2}$").fill_null(False)
    places = pl.scan_parquet(folder / "postcodes.parquet").select(
        col("postcode").str.replace(" ", "").alias("bare"), "area"
    )
    table = pl.scan_parquet(source).with_columns(
        pl.when(valid).then(bare).alias("bare"), valid=valid, none=bare.is_null()
    )
    table = table.join(places, on="bare", how="left").join(
        pl.scan_parquet(folder / "index.parquet"), on="area", how="left"
    )
    days = (pl.lit(SNAPSHOT).str.to_date() - col("clock_start")).dt.total_days()
    eth, sex, code = col("ethnicity"), col("sex"), col("priority").str.to_uppercase()
    table = table.with_columns(
        days_waiting=days,
        missing_ethnicity=pl.when(eth.is_null()).then(1).when(eth == "Z").then(2).when(eth == "99").then(3)
        .when(~eth.is_in(ETHNICITIES)).then(4).otherwise(0).cast(pl.Int8),
        missing_sex=pl.when(sex.is_null()).then(1).when(sex == "0").then(3).when(~sex.is_in(["1", "2", "9"])).then(4)
        .otherwise(0).cast(pl.Int8),
        missing_date_of_birth=col("date_of_birth").is_null().cast(pl.Int8),
        missing_postcode=pl.when(col("none")).then(1).when(~col("valid") | col("imd_rank").is_null()).then(4).otherwise(0).cast(pl.Int8),
        points_code=code.replace_strict(CODES, default=CODE_UNKNOWN, return_dtype=pl.Float64).fill_null(CODE_UNKNOWN),
        points_area=col("imd_decile").replace_strict(AREA, default=AREA_UNKNOWN, return_dtype=pl.Float64).fill_null(AREA_UNKNOWN),
        tier=pl.when(code == "P1").then(1).when(code == "P2").then(2).otherwise(3).cast(pl.Int8),
        **{f"points_{name}": pl.when(col(name).fill_null(False)).then(float(points)).otherwise(0.0) for name, points in FLAGS.items()},
    )  # fmt: skip
    waited = col("days_waiting").cast(pl.Float64)
    wait = pl.when(waited <= 0).then(0.0)
    for (x0, y0), (x1, y1) in pairwise(KNOTS):
        wait = wait.when(waited <= x1).then(y0 + (waited - x0) * ((y1 - y0) / (x1 - x0)))
    table = table.with_columns(points_wait=pl.when(waited.is_not_null()).then(wait.otherwise(float(KNOTS[-1][1]))))
    parts = ["points_code", "points_wait", "points_area", *(f"points_{name}" for name in FLAGS)]
    table = table.with_columns(score=pl.sum_horizontal(*parts, ignore_nulls=False).round(6))
    place = (
        pl.struct("tier", -col("score"), -col("days_waiting"), "pathway_id")
        .rank("ordinal")
        .over("provider", "specialty")
    )
    here = col("days_waiting").is_not_null()
    frame = table.collect()
    frame = pl.concat(
        [frame.filter(here).with_columns(rank=place), frame.filter(~here).with_columns(rank=pl.lit(None, pl.UInt32))]
    )
    groups = frame.lazy().filter(here).with_columns(
        imd_quintile=((col("imd_decile") + 1) // 2), ethnicity=pl.when(eth.is_in(ETHNICITIES)).then(eth),
        sex=pl.when(sex.is_in(["1", "2", "9"])).then(sex),
    )  # fmt: skip
    asked = [
        groups.group_by(question).agg(
            n=pl.len(), over_18=(col("days_waiting") > 126).sum(), over_52=(col("days_waiting") > 364).sum()
        )
        for question in QUESTIONS
    ]
    found = {}
    for question, answer in zip(QUESTIONS, pl.collect_all(asked), strict=True):
        known = answer.drop_nulls(question).height
        found[" × ".join(question)] = _told(answer["n"].sum(), answer["over_18"].sum(), answer["over_52"].sum(), known)
    with writing():
        frame.select("pathway_id", *GIVEN, *(f"missing_{name}" for name in FLAGGED)).write_parquet(
            to, compression="snappy"
        )
    return found


def by_duckdb(folder: Path, source: Path, to: Path) -> dict:
    """Do the same in SQL."""
    import duckdb

    link = duckdb.connect()
    wait = "".join(
        f" when days_waiting <= {x1} then {y0} + (days_waiting - {x0}) * ({y1 - y0}::double / {x1 - x0})"
        for (x0, y0), (x1, y1) in pairwise(KNOTS)
    )
    cases = {"code": ("upper(priority)", {f"'{code}'": points for code, points in CODES.items()}, CODE_UNKNOWN)}
    cases["area"] = ("imd_decile", AREA, AREA_UNKNOWN)
    parts = {
        name: f"(case {what} {''.join(f' when {key} then {points}' for key, points in given.items())} else {other} end)::double"
        for name, (what, given, other) in cases.items()
    }
    parts["wait"] = (
        f"(case when days_waiting is null then null when days_waiting <= 0 then 0::double {wait} else {KNOTS[-1][1]} end)"
    )
    parts |= {name: f"(case when {name} then {points} else 0 end)::double" for name, points in FLAGS.items()}
    columns = ", ".join(f"{what} as points_{name}" for name, what in parts.items())
    total = " + ".join(f"points_{name}" for name in parts)
    codes = ", ".join(f"'{code}'" for code in ETHNICITIES)
    link.execute(f"""
        create table ordered as
        with list as (select *, upper(regexp_replace(postcode, '[^A-Za-z0-9]', '', 'g')) as bare,
                date '{SNAPSHOT}' - clock_start as days_waiting from read_parquet('{source}')),
        valid as (select *, regexp_full_match(bare, '[A-Z]{{1,2}}[0-9][0-9A-Z]?[0-9][ABD-HJLNP-UW-Z]{{2}}') as valid from list),
        linked as (select valid.*, imd_rank, imd_decile from valid
            left join (select replace(postcode, ' ', '') as pc, area from read_parquet('{folder}/postcodes.parquet')) p
                on valid and bare = p.pc
            left join read_parquet('{folder}/index.parquet') i using (area)),
        parts as (select *, {columns}, (case upper(priority) when 'P1' then 1 when 'P2' then 2 else 3 end)::tinyint as tier,
            (case when ethnicity is null then 1 when ethnicity = 'Z' then 2 when ethnicity = '99' then 3
                when ethnicity not in ({codes}) then 4 else 0 end)::tinyint as missing_ethnicity,
            (case when sex is null then 1 when sex = '0' then 3 when sex not in ('1', '2', '9') then 4 else 0 end)::tinyint as missing_sex,
            (date_of_birth is null)::tinyint as missing_date_of_birth,
            (case when bare is null then 1 when not valid or imd_rank is null then 4 else 0 end)::tinyint as missing_postcode
            from linked),
        summed as (select *, round({total}, 6) as score from parts)
        select *, case when days_waiting is not null then row_number() over (partition by provider, specialty, days_waiting is null
            order by tier, score desc, days_waiting desc, pathway_id) end as rank from summed
    """)
    names = {
        "imd_quintile": "((imd_decile + 1) // 2)",
        "ethnicity": f"(case when ethnicity in ({codes}) then ethnicity end)",
    }
    names["sex"] = "(case when sex in ('1', '2', '9') then sex end)"
    found = {}
    for question in QUESTIONS:
        by = ", ".join(f"{names[name]} as g{place}" for place, name in enumerate(question))
        answer = link.sql(f"""select {by}, count(*) as n, count_if(days_waiting > 126) as a, count_if(days_waiting > 364) as b
            from ordered where days_waiting is not null group by all""").fetchall()
        known = sum(all(value is not None for value in row[: len(question)]) for row in answer)
        n, over_18, over_52 = (sum(row[len(question) + at] for row in answer) for at in range(3))
        found[" × ".join(question)] = _told(n, over_18, over_52, known)
    given = ", ".join(["pathway_id", *GIVEN, *(f"missing_{name}" for name in FLAGGED)])
    with writing():
        link.execute(f"copy (select {given} from ordered) to '{to}' (format parquet, compression snappy)")
    return found
