"""The whole of row work, from Parquet to an ordered list and its counts: a `Recipe`'s stream against the same by hand.

    python benchmarks/recipe.py [--rows 7500000] [--rounds 5] [--postcodes 2600000] [--growth 10000,100000,1000000]
    python benchmarks/recipe.py --rows 100000 --rounds 1 --beside     # small, beside what is written down

Everything is invented and made from a seed, in a folder that is kept for the next run (``--folder``). Each way is a
process of its own, in turn, round after round; its time runs from before it opens the Parquet file until its outputs are
written, its memory is the most that the process ever held. A way that runs out of memory stops, and the rest go on.

The work: read the columns, bring postcodes into one form and join rank and decile, say of ethnicity, sex and date of birth
whether they are recorded, work out days waited, five parts of a score, their sum and the tier, place everybody within
provider and specialty (tier, score, wait, identifier), count people by six groupings with those over 18 and 52 weeks, and
write all of it to Parquet. Ranks and deciles, parts, tiers, places and counts of every way are checked equal first.
"""

from __future__ import annotations

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
    number = (np.arange(start, start + rows, dtype=np.uint64) * np.uint64(0x9E3779B1)) % np.uint64(2**32)
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
    return int((rows["known"] & (rows["n"] > 0)).sum())
