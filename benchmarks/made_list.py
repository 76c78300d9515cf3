"""An invented country's list, its postcodes and its index of deprivation, made from a seed in a folder that is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

SEED, SNAPSHOT = 20261031, "2026-10-31"
FLAGS = {"learning_disability": 8, "carer": 4, "interpreter_needed": 5}
ETHNICITIES = list("ABCDEFGHJKLMNPRS")


def make_all(folder: Path, rows: int, postcodes: int) -> Path:
    """Make what is not there yet, and return the list."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "directory.equiwait").is_file():
        make_places(folder, postcodes)
    return make_list(folder, rows)


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

    table = pq.read_table(folder / "index.parquet").to_pydict()
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
            "ethnicity": coded([*ETHNICITIES, "Z", "99", "??"], shares, 0.02),
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
