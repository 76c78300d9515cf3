"""Normalise and link: equiwait against pandas, polars, DuckDB and a postcode package, alternating in one run.

    python benchmarks/places.py [--people 1000000] [--postcodes 2600000] [--rounds 5] [--build]

Everything is invented and made from a seed: a directory as large as the United Kingdom's, an index, and a list of
messy postcodes (no space, lower case, padded, fixed width, blank, words, unknown, marks). Every way starts with its
tables in memory, in the form that suits it best (area and decile already joined to each postcode), and must give the
same area code and the same decile for every row. What is compared with is the verb itself, with all of its columns put
beside the list; the rivals find the area and the decile only. ``--build`` also times building a directory from a CSV of 53 columns.
The postcode package is timed where it is installed (pip install uk-postcode-utils), on a tenth of the list.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from rivals import compare

from equiwait.frames import BLOCK
from equiwait.parallel import cores
from equiwait.rows.places import Directory, Index, Linker, link_deprivation

SEED = 20261031
AREAS = 33_755
UNIT = "ABDEFGHJLNPQRSTUWXYZ"
VALID = r"[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][ABD-HJLNP-UW-Z]{2}"
Answer = tuple[list, list]


# --- what is linked --------------------------------------------------------------------------------------------------


def make_postcodes(count: int, chance: np.random.Generator) -> pa.Array:
    """Distinct well-formed postcodes, in order."""
    letters = "ABCDEFGHKLMNPRSTUWXY"
    areas = {f"{first}{second}" for first in letters[:12] for second in ["", *letters[:9]]} - {"BF"}  # the forces'
    outward = sorted(f"{area}{district}" for area in areas for district in range(1, 27))
    picked = np.sort(chance.choice(len(outward) * 4_000, count, replace=False))
    inward = np.array([f"{d}{a}{b}" for d in range(10) for a in UNIT for b in UNIT])
    return pc.binary_join_element_wise(
        pa.array(outward).take(pa.array(picked // 4_000)), pa.array(inward).take(pa.array(picked % 4_000)), " "
    )


def make_directory(count: int, chance: np.random.Generator) -> pa.Table:
    """Postcodes and their areas; four in a thousand have none."""
    postcodes = make_postcodes(count, chance)
    codes = pa.array([f"E01{n:06d}" for n in range(1, AREAS + 1)])
    place = np.minimum(np.arange(count) * AREAS // count + chance.integers(0, 4, count), AREAS - 1)
    areas = codes.take(pa.array(place, mask=chance.random(count) < 0.004))
    return pa.table({"pcds": postcodes, "lsoa21cd": areas.fill_null("")})


def make_list(table: pa.Table, people: int, chance: np.random.Generator) -> pa.Array:
    """Postcodes of people, as messy as a hospital's."""
    cells = table["pcds"].combine_chunks().take(pa.array(chance.integers(0, len(table), people)))
    kind = chance.choice(9, people, p=[0.72, 0.10, 0.06, 0.03, 0.03, 0.02, 0.015, 0.015, 0.01])
    outward, inward = pc.utf8_slice_codeunits(cells, 0, -4), pc.utf8_slice_codeunits(cells, -3)
    words = pa.array(["UNKNOWN", "N/A", "", "NFA", "ZZ99 3VZ", ".", "0", "SW1A", "ZZ993WZ", "OVERSEAS VISITOR", "B15"])
    ways = {
        1: pc.binary_join_element_wise(outward, inward, ""),
        2: pc.utf8_lower(cells),
        3: pc.binary_join_element_wise(pa.scalar(" "), outward, pa.scalar("  "), inward, pa.scalar(" "), ""),
        4: pc.binary_join_element_wise(pc.utf8_rpad(outward, 4), inward, ""),
        5: pa.nulls(people, pa.string()),
        6: words.take(pa.array(chance.integers(0, len(words), people))),
        7: pc.binary_join_element_wise(pa.scalar("QX9"), inward, " "),
        8: pc.binary_join_element_wise(outward, inward, "\u00a0"),
    }
    for which, spelt in ways.items():
        cells = pc.if_else(pa.array(kind == which), spelt, cells)
    return cells


# --- the ways --------------------------------------------------------------------------------------------------------


def ours_by_block(cells: pa.Array, linker: Linker) -> Callable[[], Answer]:
    batch = pa.RecordBatch.from_arrays([cells], names=["postcode"])

    def run() -> Answer:
        parts = [linker(batch.slice(start, BLOCK)) for start in range(0, len(cells), BLOCK)]
        return tuple(pa.chunked_array([part[name] for part in parts]) for name in ("area_code", "imd_decile"))

    return run


def ours_as_verb(cells: pa.Array, directory: Directory, index: Index) -> Callable[[], Answer]:
    frame = pd.DataFrame({"postcode": pd.Series(cells.to_pandas(), dtype="str")})

    def run() -> Answer:
        linked = link_deprivation(frame, directory=directory, index=index)
        return linked["area_code"], linked["imd_decile"]

    return run


def by_pandas(cells: pa.Array, joined: pa.Table) -> Callable[[], Answer]:
    frame = pd.DataFrame({"postcode": pd.Series(cells.to_pandas(), dtype="str")})
    known = joined.to_pandas()
    known["key"] = known["key"].astype("str")

    def run() -> Answer:
        key = frame["postcode"].str.replace(r"[^A-Za-z0-9]", "", regex=True).str.upper()
        valid = key.str.fullmatch(VALID).fillna(False).astype(bool)
        linked = frame.assign(key=key.where(valid)).merge(known, on="key", how="left")
        return linked["area"], linked["decile"]

    return run


def by_polars(cells: pa.Array, joined: pa.Table) -> Callable[[], Answer]:
    import polars as pl

    frame, known = pl.DataFrame({"postcode": pl.from_arrow(cells)}), pl.from_arrow(joined)

    def run() -> Answer:
        key = pl.col("postcode").str.replace_all(r"[^A-Za-z0-9]", "").str.to_uppercase()
        linked = (
            frame.lazy()
            .with_columns(key=key)
            .with_columns(key=pl.when(pl.col("key").str.contains(f"^{VALID}$")).then(pl.col("key")))
            .join(known.lazy(), on="key", how="left", maintain_order="left")
            .collect()
        )
        return linked["area"].to_arrow(), linked["decile"].to_arrow()

    return run


def by_duckdb(cells: pa.Array, joined: pa.Table) -> Callable[[], Answer]:
    import duckdb

    link = duckdb.connect()
    link.register("people_arrow", pa.table({"postcode": cells, "row": np.arange(len(cells))}))
    link.register("known_arrow", joined)
    link.execute("create table people as from people_arrow; create table known as from known_arrow")
    query = f"""
        with keyed as (select row, upper(regexp_replace(postcode, '[^A-Za-z0-9]', '', 'g')) as spelt from people)
        select area, decile from keyed left join known
        on known.key = case when regexp_full_match(spelt, '{VALID}') then spelt end order by row
    """

    def run() -> Answer:
        table = link.sql(query).to_arrow_table()
        return table["area"], table["decile"]

    return run


def by_package(cells: pa.Array, joined: pa.Table) -> Callable[[], Answer]:
    from ukpostcodeutils.validation import is_valid_postcode

    people = cells.to_pylist()
    known = dict(
        zip(
            joined["key"].to_pylist(),
            zip(joined["area"].to_pylist(), joined["decile"].to_pylist(), strict=True),
            strict=True,
        )
    )

    def one(cell: str | None) -> tuple[str | None, int | None]:
        key = "".join(letter for letter in (cell or "").upper() if letter.isalnum())
        return known.get(key, (None, None)) if is_valid_postcode(key) else (None, None)

    def run() -> Answer:
        linked = [one(cell) for cell in people]
        return pa.array([area for area, _ in linked]), pa.array([decile for _, decile in linked])

    return run


# --- the run ---------------------------------------------------------------------------------------------------------


def plain(answer: Answer) -> dict[str, np.ndarray]:
    """An answer of any make as arrays that compare: area ('' for none) and decile (0 for none)."""
    area, decile = (pa.chunked_array(column) if isinstance(column, list) else column for column in answer)
    if not isinstance(area, pa.Array | pa.ChunkedArray):
        area, decile = pa.array(area, from_pandas=True), pa.array(decile, from_pandas=True)
    areas = pc.fill_null(area.cast(pa.string()), "")
    return {"area": np.asarray(areas), "decile": np.asarray(pc.fill_null(decile.cast(pa.float64()), 0))}


def run(people: int, postcodes: int, rounds: int) -> None:
    chance = np.random.default_rng(SEED)
    table = make_directory(postcodes, chance)
    cells = make_list(table, people, chance)
    rank = chance.permutation(AREAS) + 1
    index = Index.of({f"E01{n + 1:06d}": int(place) for n, place in enumerate(rank)}, title="Invented")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "directory.csv"
        pacsv.write_csv(table, path)
        saved = Directory.build(path, edition="Invented").save(Path(folder) / "directory")
        started = time.perf_counter()
        directory = Directory.load(saved)
        print(f"open a directory of {len(directory):,} postcodes: {1000 * (time.perf_counter() - started):.1f} ms")
        started = time.perf_counter()
        linker = Linker(directory, [index])
        linker(pa.RecordBatch.from_pydict({"postcode": pa.array(["A1 1AA"])}))
        print(f"make a linker, once: {time.perf_counter() - started:.2f} s")
        verb = f"equiwait, link_deprivation on a frame ({cores()} threads)"
        deciles = pa.table({"area": index.areas, "decile": pa.array(index.decile.astype(np.int8))})
        joined = _joined(table, deciles)
        ways = {
            verb: ours_as_verb(cells, directory, index),
            "equiwait, by block (1 thread)": ours_by_block(cells, linker),
            "pandas .str + merge (1 thread)": by_pandas(cells, joined),
            f"polars ({_threads_of_polars()} threads)": by_polars(cells, joined),
            f"DuckDB ({_threads_of_duckdb()} threads)": by_duckdb(cells, joined),
        }
        compare(ways, plain, people, rounds, per=1_000_000)
        try:
            tenth = cells.slice(0, people // 10)
            few = {
                verb: ours_as_verb(tenth, directory, index),
                "equiwait, by block (1 thread)": ours_by_block(tenth, linker),
                "uk-postcode-utils + dict (1 thread)": by_package(tenth, joined),
            }
            compare(few, plain, people // 10, rounds, per=1_000_000)
        except ImportError:
            print("uk-postcode-utils is not installed: left out")


def _threads_of_polars() -> int:
    import polars as pl

    return pl.thread_pool_size()


def _threads_of_duckdb() -> int:
    import duckdb

    return duckdb.sql("select current_setting('threads')").fetchall()[0][0]


def _joined(table: pa.Table, deciles: pa.Table) -> pa.Table:
    """Postcode without space, area and decile: what every rival joins to."""
    key = pc.replace_substring(table["pcds"], " ", "")
    area = pc.if_else(pc.equal(table["lsoa21cd"], ""), pa.scalar(None, pa.string()), table["lsoa21cd"])
    place = pc.index_in(area, value_set=deciles["area"])
    return pa.table({"key": key, "area": area, "decile": deciles["decile"].take(place)})


def build(postcodes: int) -> None:
    """Time building a directory from a CSV of 53 columns, like the published one."""
    chance = np.random.default_rng(SEED)
    table = make_directory(postcodes, chance)
    codes = pa.array([f"E07{n:06d}" for n in range(361)]).take(pa.array(np.arange(postcodes) * 361 // postcodes))
    filled = {
        "pcds": table["pcds"],
        "lsoa21cd": table["lsoa21cd"],
        "lsoa11cd": table["lsoa21cd"],
        "doterm": pa.array(np.where(chance.random(postcodes) < 0.33, "200501", "")),
        "ctry25cd": pa.array(["E92000001"] * postcodes),
        "gridind": pa.array(["1"] * postcodes),
        "ruc21ind": pa.array(["UN1"] * postcodes),
        "lat": pa.array(np.round(50 + 8 * chance.random(postcodes), 6)),
        "long": pa.array(np.round(-6 + 8 * chance.random(postcodes), 6)),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ONSPD_NOV_2025.csv"
        pacsv.write_csv(pa.table({**filled, **{f"code{n}cd": codes for n in range(53 - len(filled))}}), path)
        size = path.stat().st_size / 1e9
        started = time.perf_counter()
        directory = Directory.build(path)
        built = time.perf_counter() - started
        saved = directory.save(Path(folder) / "directory")
        print(f"build {len(directory):,} postcodes from a CSV of {size:.2f} GB: {built:.1f} s")
        print(f"save: {time.perf_counter() - started - built:.1f} s, {saved.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--postcodes", type=int, default=2_600_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--build", action="store_true")
    said = options.parse_args()
    run(said.people, said.postcodes, said.rounds)
    if said.build:
        build(said.postcodes)
