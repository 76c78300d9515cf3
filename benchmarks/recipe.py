"""The whole of row work, from Parquet to an ordered list and its counts: a `Recipe`'s stream against the same by hand.

    python benchmarks/recipe.py [--rows 7500000] [--rounds 5] [--postcodes 2600000] [--growth 10000,100000,1000000]
    python benchmarks/recipe.py --rows 100000 --rounds 1     # small

Everything is invented and made from a seed, in a folder that is kept for the next run (``--folder``). Each way is a
process of its own, in turn, round after round; its time runs from before it opens the Parquet file until its outputs are
written, its memory is the most that the process ever held. A way that runs out of memory stops, and the rest go on.

The work: read the columns, bring postcodes into one form and join rank and decile, say of ethnicity, sex and date of birth
whether they are recorded, work out days waited, five parts of a score, their sum and the tier, place everybody within
provider and specialty (tier, score, wait, identifier), count people by six groupings with those over 18 and 52 weeks, and
write all of it to Parquet. Ranks and deciles, parts, tiers, places and counts of every way are checked equal first.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

SEED, SNAPSHOT = 20261031, "2026-10-31"
KNOTS = [(0, 0), (126, 18), (364, 60), (455, 90), (728, 150)]
CODES = {"P1": 100, "P2": 60, "P3": 30, "P4": 10}
AREA = {1: 10, 2: 8, 3: 6, 4: 5, 5: 4, 6: 3, 7: 2, 8: 1, 9: 0, 10: 0}
AREA_UNKNOWN, CODE_UNKNOWN = 3, 10
FLAGS = {"learning_disability": 8, "carer": 4, "interpreter_needed": 5}
ETHNICITIES = list("ABCDEFGHJKLMNPRS")
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
WRITTEN = {
    "pandas 3": 7.0,
    "polars": 2.0,
    "DuckDB": 3.0,
}  # the least asked of each ratio: docs/reference/speed.md has ours


# --- the data --------------------------------------------------------------------------------------------------------


def make_places(folder: Path, postcodes: int) -> None:
    """Write a table of so many postcodes, the index of their areas, and both as equiwait takes them."""
    import equiwait as ew

    chance = np.random.default_rng(SEED)
    areas = (
        "B BA BB BD BH BL BN BR BS CB CH CM CV DE DN E EC GL GU HA HP HU IP KT L LE LS M ME N NE NG NR NW OX PE PL PO"
    )
    outward = [f"{area}{number}" for area in areas.split() for number in range(1, 30)]
    letters = np.array(list("ABDEFGHJLNPQRSTUWXYZ"))
    every = len(outward) * 10 * 400
    chosen = np.sort(chance.choice(every, min(postcodes, every), replace=False))
    first, rest = np.divmod(chosen, 4000)
    inward = pc.binary_join_element_wise(
        pa.array((rest // 400).astype(str)), pa.array(letters[rest % 400 // 20]), pa.array(letters[rest % 20]), ""
    )
    spelt = pc.binary_join_element_wise(pa.array(outward).take(pa.array(first)), inward, " ")
    names = np.array([f"E01{number:06d}" for number in range(1, 33_756)])
    area = names[np.minimum(np.arange(len(chosen)) * len(names) // len(chosen), len(names) - 1)]
    used = np.unique(area)
    rank = chance.permutation(len(used)) + 1
    decile = np.ceil(10 * rank / len(used)).astype(np.int64)
    table = pa.table({"postcode": spelt, "area": area})
    pq.write_table(table, folder / "postcodes.parquet")
    pq.write_table(pa.table({"area": used, "imd_rank": rank, "imd_decile": decile}), folder / "index.parquet")
    table.to_pandas().to_csv(folder / "postcodes.csv", index=False)
    ew.Directory.build(folder / "postcodes.csv", columns={"postcode": "postcode", "area": "area"}).save(
        folder / "directory"
    )
    (folder / "postcodes.csv").unlink()


def index_of(folder: Path) -> object:
    """Return the index of the invented areas."""
    import equiwait as ew

    table = pq.read_table(folder / "index.parquet").to_pandas()
    return ew.Index.of(dict(zip(table["area"], table["imd_rank"], strict=True)), title="Invented areas")


def make_list(folder: Path, rows: int) -> Path:
    """Write a list of so many people, half a million at a time."""
    path = folder / f"list-{rows}.parquet"
    if path.is_file():
        return path
    postcodes = pq.read_table(folder / "postcodes.parquet", columns=["postcode"])["postcode"].combine_chunks()
    new = path.with_suffix(".new")
    writer = None
    for start in range(0, rows, 500_000):
        table = _people(postcodes, start, min(500_000, rows - start))
        writer = writer or pq.ParquetWriter(new, table.schema, compression="zstd")
        writer.write_table(table)
    writer.close()
    new.rename(path)
    return path


def _people(postcodes: pa.Array, start: int, rows: int) -> pa.Table:
    chance = np.random.default_rng((SEED, start))

    def coded(names: list, shares: list, blank: float) -> pa.Array:
        share = np.array(shares) / sum(shares)
        return pa.array(np.array(names)[chance.choice(len(names), rows, p=share)], mask=chance.random(rows) < blank)

    def flag(share: float) -> pa.Array:
        return pa.array(chance.random(rows) < share, mask=chance.random(rows) < 0.01)

    today = np.datetime64(SNAPSHOT)
    waited = np.minimum(chance.gamma(1.1, 130, rows).astype("i4"), 1400).astype("timedelta64[D]")
    age = (np.clip(chance.normal(55, 22, rows), 0, 104) * 365.25).astype("i4").astype("timedelta64[D]")
    number = (np.arange(start, start + rows, dtype=np.uint64) * np.uint64(0x9E3779B1)) % np.uint64(2**32) + np.uint64(
        10**11
    )
    shares = [60, 1, 6, 1, 0.5, 0.4, 1, 3.5, 3, 1, 2, 1.2, 2.2, 0.8, 0.6, 2.8, 5.5, 3, 0.3]
    return pa.table(
        {
            "pathway_id": pc.utf8_lpad(pa.array(number).cast(pa.string()), 20, "0"),
            "provider": coded([f"R{a}{b}" for a in "ABCDEFGHJKLMNP" for b in "ABCDEFGHJK"], [1] * 140, 0),
            "specialty": coded(
                ["100", "101", "110", "120", "130", "140", "150", "160", "170", "300", "301", "320"], [1] * 12, 0
            ),
            "postcode": _spelt(postcodes.take(pa.array(chance.integers(0, len(postcodes), rows))), chance),
            "ethnicity": coded([*ETHNICITIES, "Z", "99", "XX"], shares, 0.02),
            "sex": coded(["1", "2", "9", "0"], [43, 55, 1, 1], 0.004),
            "date_of_birth": pa.array((today - age).astype("datetime64[D]"), mask=chance.random(rows) < 0.003),
            "clock_start": pa.array((today - waited).astype("datetime64[D]"), mask=chance.random(rows) < 0.002),
            "priority": coded(["P1", "P2", "P3", "P4", "p3"], [1, 12, 25, 58, 4], 0.05),
            **{name: flag(share) for name, share in zip(FLAGS, (0.03, 0.04, 0.05), strict=True)},
        }
    )


def _spelt(text: pa.Array, chance: np.random.Generator) -> pa.Array:
    """Postcodes as people write them: a quarter in some other way, some that are none."""
    kind = chance.choice(7, len(text), p=[0.76, 0.1, 0.06, 0.03, 0.015, 0.02, 0.015])
    ways = {
        1: lambda each: pc.replace_substring(each, " ", ""),
        2: pc.utf8_lower,
        3: lambda each: pc.replace_substring(each, " ", "   "),
        4: lambda each: pc.replace_substring(each, " ", "\u00a0"),
        5: lambda each: pa.nulls(len(each), pa.string()),
        6: lambda each: pa.array(
            np.array(["UNKNOWN", "ZZ99 3VZ", "not known", "B1", "XX1 1XX"])[np.arange(len(each)) % 5]
        ),
    }
    for number, way in ways.items():
        here = pa.array(kind == number)
        text = pc.replace_with_mask(text, here, way(text.filter(here)))
    return text


# --- equiwait --------------------------------------------------------------------------------------------------------


def policy() -> object:
    """Return the benchmark's policy."""
    import equiwait as ew

    area = {str(decile): points for decile, points in AREA.items()}
    because = {"reason": "a benchmark", "owner": "nobody", "review": "2027-01-01", "expires": "2027-06-01"}
    factors = [
        {"name": "code", "kind": "clinical", "source": "invented", "column": "priority", "points": CODES,
         "otherwise": CODE_UNKNOWN, "missing": CODE_UNKNOWN},
        {"name": "wait", "kind": "time", "source": "invented", "column": "days_waiting", "knots": KNOTS, "missing": "unscored"},
        {"name": "area", "kind": "equity", "source": "invented", "column": "imd_decile", "missing": AREA_UNKNOWN, "points": area},
        *({"name": flag, "kind": "equity", "source": "invented", "column": flag, "missing": "zero",
           "points": {"true": points, "false": 0}, "justification": because} for flag, points in FLAGS.items()),
    ]  # fmt: skip
    return ew.Policy.read(
        {
            "name": "benchmark", "title": "A benchmark", "status": "draft", "source": "invented", "people": "everyone",
            "order": {"then": "points", "rank_within": ["provider", "specialty"]},
            "tiers": [{"name": "P1", "when": {"priority": "P1"}}, {"name": "P2", "when": {"priority": "P2"}},
                      {"name": "Others", "takes_unknown": True}],
            "factors": factors,
            "guards": {"protect": {"priorities": [], "cancer": False, "near_target": {}, "because": "a benchmark"}},
        }
    )  # fmt: skip


def equiwait(folder: Path, source: Path, to: Path, *, whole: bool = False) -> dict:
    """Stream the list through a recipe; ``whole`` with ranges, duplicates and every column."""
    import equiwait as ew

    keep = None if whole else ["pathway_id", *GIVEN, *(f"missing_{name}" for name in FLAGGED)]
    asked = [tuple(each) for each in QUESTIONS]
    recipe = ew.Recipe(
        SNAPSHOT, directory=folder / "directory.equiwait", index=index_of(folder), missing=FLAGGED, policy=policy(),
        ranges=whole, duplicates=whole, count=asked, keep=keep,
    )  # fmt: skip
    done = recipe.stream(source, to)
    found = {}
    over = {weeks: done.counts.shares(weeks) for weeks in (18, 52)}
    for name in over[18]["by"].unique():
        rows = over[18][over[18]["by"] == name]
        later = over[52][over[52]["by"] == name]
        found[name] = {
            "n": int(rows["n"].sum()),
            "18": int(rows["over"].sum()),
            "52": int(later["over"].sum()),
            "groups": _groups(rows),
        }
    return found


def _groups(rows: pd.DataFrame) -> int:
    apart = rows["group"].str.contains("No fixed abode")  # a group to us, one of the unknown by hand
    return int((rows["known"] & (rows["n"] > 0) & ~apart).sum())


# --- by hand ---------------------------------------------------------------------------------------------------------


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
    frame.select("pathway_id", *GIVEN, *(f"missing_{name}" for name in FLAGGED)).write_parquet(to, compression="snappy")
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
    link.execute(f"copy (select {given} from ordered) to '{to}' (format parquet, compression snappy)")
    return found


# --- the run ---------------------------------------------------------------------------------------------------------

WAYS = {"equiwait": equiwait, "pandas 3": by_pandas, "polars": by_polars, "DuckDB": by_duckdb}
WHOLE = "equiwait, whole output"
RIVALS = ("pandas 3", "polars", "DuckDB")


def output(folder: Path, way: str) -> Path:
    """Where a way writes: a file by hand, a folder of files by equiwait."""
    return folder / ("out.parquet" if way in RIVALS else "out")


def one(way: str, folder: Path, source: Path, to: Path) -> None:
    """Do it one way, in this process, and print what came out, how long it took and how much memory."""
    started, cpu = time.perf_counter(), time.process_time()
    found = equiwait(folder, source, to, whole=True) if way == WHOLE else WAYS[way](folder, source, to)
    taken, worked = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"seconds": taken, "cpu": worked, "peak": peak, "found": found}))


def run(way: str, folder: Path, source: Path) -> dict | None:
    """Do it one way in a process of its own; None if it was stopped."""
    to = output(folder, way)
    to.unlink(missing_ok=True) if way in RIVALS else shutil.rmtree(to, ignore_errors=True)
    command = [sys.executable, __file__, "--one", way, "--folder", str(folder), "--source", str(source)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ)
    if done.returncode == -9:
        print(f"{way}: ran out of memory")
        return None
    if done.returncode:
        raise SystemExit(f"{way}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def figures(path: Path) -> dict[str, np.ndarray]:
    """The columns that every way must agree on, in the order of the identifier."""
    table = pq.read_table(path, columns=["pathway_id", *GIVEN]).sort_by("pathway_id").combine_chunks()
    here = table["rank"].is_valid()
    found = {
        name: np.nan_to_num(table[name].cast(pa.float64()).to_numpy(), nan=-1) for name in ("imd_rank", "imd_decile")
    }
    counted = table.filter(here)
    found |= {name: counted[name].cast(pa.float64()).to_numpy() for name in GIVEN if name not in found}
    return {"placed": np.asarray(here), **found}


def check(folder: Path, source: Path, ways: list[str]) -> list[str]:
    """Do it every way once, and refuse what differs; return the ways that came to an end."""
    expected = told = None
    left = []
    for way in ways:
        done = run(way, folder, source)
        if done is None:
            continue
        left.append(way)
        got = figures(output(folder, way))
        if expected is None:
            expected, told = got, done["found"]
            continue
        wrong = [
            name
            for name, values in expected.items()
            if not np.allclose(values, got[name], atol=2e-6, rtol=0, equal_nan=True)
        ]
        wrong += [name for name in told if told[name] != done["found"][name]]
        if wrong:
            raise SystemExit(f"{way} gives another answer: {wrong}")
    return left


def main(said: argparse.Namespace) -> None:
    folder = Path(said.folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "directory.equiwait").is_file():
        make_places(folder, said.postcodes)
    for rows in [int(each) for each in str(said.growth or said.rows).split(",")]:
        source = make_list(folder, rows)
        ways = ["equiwait"] if said.alone else check(folder, source, list(WAYS))
        if ways and not said.alone:
            ways.insert(1, WHOLE)
        seconds: dict[str, list[dict]] = {way: [] for way in ways}
        for _ in range(said.rounds):
            for way in ways:
                if (done := run(way, folder, source)) is not None:
                    seconds[way].append(done)
        equal = "" if said.alone else "; answers equal"
        print(f"\n{rows:,} rows, {said.rounds} alternating rounds{equal}; load {os.getloadavg()[0]:.1f}\n")
        print("| way | seconds (least to most) | CPU seconds | times equiwait | least asked | peak GB |")
        print("| --- | --- | --- | --- | --- | --- |")
        ours = statistics.median(each["seconds"] for each in seconds["equiwait"])
        for way, done in seconds.items():
            if done:
                taken = sorted(each["seconds"] for each in done)
                middle, cpu = statistics.median(taken), statistics.median(each["cpu"] for each in done)
                print(f"| {way} | {middle:.2f} ({taken[0]:.2f} to {taken[-1]:.2f}) | {cpu:.2f} | {middle / ours:.2f} |"
                      f" {WRITTEN.get(way, '')} | {max(each['peak'] for each in done):.2f} |")  # fmt: skip


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=7_500_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--postcodes", type=int, default=2_600_000)
    options.add_argument("--growth", help="several sizes, with commas between")
    options.add_argument("--alone", action="store_true", help="equiwait only, for sizes that the rest cannot hold")
    options.add_argument("--folder", default="benchmark-data")
    options.add_argument("--one", help=argparse.SUPPRESS)
    options.add_argument("--source", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.one:
        one(given.one, Path(given.folder), Path(given.source), output(Path(given.folder), given.one))
    else:
        main(given)
