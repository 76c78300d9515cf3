"""The whole of row work, from Parquet to an ordered list and its counts: a `Recipe`'s stream against the same by hand.

    python benchmarks/recipe.py [--rows 7500000] [--rounds 5] [--postcodes 2600000] [--folder FOLDER]
    python benchmarks/recipe.py --growth 10000,100000,1000000,10000000,30000000,100000000 --alone
    python benchmarks/recipe.py --rows 100000 --rounds 1     # small

Everything is invented and made from a seed, in a folder that is kept for the next run (``--folder``). Each way is a
process of its own, in turn, round after round; its time runs from before it opens the Parquet file until its outputs are
written, its memory is the most that the process ever held. Loading a way's own library comes before and is said apart (numpy,
pandas and pyarrow are loaded for all of them). A way that runs out of memory stops, is said to have done so, and the rest go
on: all but equiwait itself, without which there is nothing to compare.

The work: read the columns, bring postcodes into one form and join rank and decile, say of ethnicity, sex, date of birth and
postcode whether they are recorded, work out days waited, six parts of a score, their sum and the tier, place everybody within
provider and specialty (tier, score, wait, identifier), count people by six groupings with those over 18 and 52 weeks, and
write all of it to Parquet. Ranks and deciles, parts, tiers, places, what is recorded and counts of every way are checked
equal first.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import json
import os
import platform
import resource
import shutil
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from by_hand import (
    AREA,
    AREA_UNKNOWN,
    CODE_UNKNOWN,
    CODES,
    FLAGGED,
    GIVEN,
    KNOTS,
    QUESTIONS,
    WRITING,
    by_duckdb,
    by_pandas,
    by_polars,
    writing,
)
from made_list import FLAGS, SNAPSHOT, index_of, make_all
from own_process import printed
from written_down import ratios

ASKED = {"pandas 3": 7.0, "polars": 2.0, "DuckDB": 3.0}
"""How many times as long as equiwait each is to take at 7.5 million rows, at least: docs/reference/speed.md has ours."""

KEPT = ["pathway_id", *GIVEN, *(f"missing_{name}" for name in FLAGGED)]


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

    recipe = ew.Recipe(
        SNAPSHOT, directory=folder / "directory.equiwait", index=index_of(folder), missing=FLAGGED, policy=policy(),
        ranges=whole, duplicates=whole, count=[tuple(each) for each in QUESTIONS], keep=None if whole else KEPT,
    )  # fmt: skip
    return _found(recipe.stream(source, to).counts)


def whole_output(folder: Path, source: Path, to: Path) -> dict:
    """Stream the list with ranges, duplicates and every column."""
    return equiwait(folder, source, to, whole=True)


def verbs(folder: Path, source: Path, to: Path) -> dict:
    """Do the same with the verbs, one after the other, in memory; `read_list` looks for duplicates too."""
    import equiwait as ew

    waiting = ew.read_list(source, snapshot=SNAPSHOT)
    waiting = ew.link_deprivation(waiting, directory=folder / "directory.equiwait", index=index_of(folder))
    waiting = ew.flag_missing(waiting, FLAGGED)
    waiting = ew.score(waiting, policy(), ranges=False)
    counts = ew.count_waits(waiting, [tuple(each) for each in QUESTIONS])
    with writing():
        _written(waiting[KEPT], to)
    return _found(counts)


def _written(frame: pd.DataFrame, to: Path) -> None:
    """Write a frame as a stream does, a folder of files, on every core: codes, deciles and points by their values, which are few.

    pandas itself writes one file on one core, which takes a second more.
    """
    few = [name for name in frame.columns if str(frame[name].dtype) in ("category", "Float64", "Int8")]
    how = ds.ParquetFileFormat().make_write_options(compression="snappy", use_dictionary=few, write_statistics=False)
    rows = 1 << 20
    table = pa.Table.from_pandas(frame, preserve_index=False)
    ds.write_dataset(table, to, file_options=how, format="parquet", max_rows_per_file=rows, max_rows_per_group=rows)


def _found(counts: object) -> dict:
    """What is compared of counts by day: people, those over 18 and 52 weeks, and how many groups are known."""
    found = {}
    over = {weeks: counts.shares(weeks) for weeks in (18, 52)}
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


# --- the run ---------------------------------------------------------------------------------------------------------


def load(way: str) -> None:
    """Load what a way works with."""
    if way in FOLDERS:
        import equiwait as ew

        assert all(hasattr(ew, name) for name in NEEDED)  # each is loaded when it is asked for
    elif way == "polars":
        import polars  # noqa: F401
    elif way == "DuckDB":
        import duckdb  # noqa: F401


NEEDED = ("Policy", "Recipe", "read_list", "link_deprivation", "flag_missing", "score", "count_waits")

WAYS = {
    "equiwait": equiwait,
    "equiwait, verb by verb": verbs,
    "equiwait, whole output": whole_output,
    "pandas 3": by_pandas,
    "polars": by_polars,
    "DuckDB": by_duckdb,
}
STREAMED = ("equiwait", "equiwait, whole output")
FOLDERS = (*STREAMED, "equiwait, verb by verb")  # a list in a folder of files; the others write one file
UNCHECKED = "equiwait, whole output"  # its columns are checked by the tests: more of them, of the same names


def most_held() -> float:
    """Return the most GB that this process has held, without what the process held that started it."""
    status = Path("/proc/self/status")
    if status.exists():  # the kernel's other figure is handed on from a parent that has just made the data
        (line,) = [each for each in status.read_text().splitlines() if each.startswith("VmHWM")]
        return int(line.split()[1]) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def output(folder: Path, way: str) -> Path:
    """Where a way writes."""
    return folder / ("out" if way in FOLDERS else "out.parquet")


def clear(folder: Path) -> None:
    """Take away what ways have written."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    shutil.rmtree(folder / "out.unfinished", ignore_errors=True)
    (folder / "out.parquet").unlink(missing_ok=True)


def one(way: str, folder: Path, source: Path, to: Path) -> None:
    """Do it one way, in this process, and print what came out, how long it took and how much memory."""
    before = time.perf_counter()
    load(way)
    started, cpu = time.perf_counter(), time.process_time()
    found = WAYS[way](folder, source, to)
    taken, worked = time.perf_counter() - started, time.process_time() - cpu
    said = {"loading": started - before, "seconds": taken, "cpu": worked, "writing": sum(WRITING), "peak": most_held()}
    print(json.dumps({**said, "found": found}))


def command(way: str, folder: Path, source: Path) -> list[str]:
    """What does it one way."""
    return [sys.executable, __file__, "--one", way, "--folder", str(folder), "--source", str(source)]


def run(way: str, folder: Path, source: Path) -> dict | None:
    """Do it one way in a process of its own; None if it ran out of memory."""
    clear(folder)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as installed
    said = printed(way, command(way, folder, source), kept)
    if said is not None:
        return json.loads(said.splitlines()[-1])
    if way == "equiwait":
        raise SystemExit("equiwait: ran out of memory")
    print(f"{way}: ran out of memory", flush=True)
    return None


def figures(path: Path) -> dict[str, np.ndarray]:
    """The columns that every way must agree on, in the order of the identifier."""
    flags = [f"missing_{name}" for name in FLAGGED if name != "postcode"]  # by hand no fixed abode is no postcode
    table = pq.read_table(path, columns=["pathway_id", *GIVEN, *flags]).sort_by("pathway_id").combine_chunks()
    here = table["rank"].is_valid()
    found = {
        name: np.nan_to_num(table[name].cast(pa.float64()).to_numpy(), nan=-1) for name in ("imd_rank", "imd_decile")
    }
    found |= {name: _numbered(table[name]) for name in flags}
    counted = table.filter(here)
    found |= {name: counted[name].cast(pa.float64()).to_numpy() for name in GIVEN if name not in found}
    return {"placed": np.asarray(here), **found}


def _numbered(flag: pa.ChunkedArray) -> np.ndarray:
    """What is recorded as a number; ours has its words in that order."""
    return np.asarray(flag.unify_dictionaries().combine_chunks().indices if pa.types.is_dictionary(flag.type) else flag)


def check(folder: Path, source: Path, ways: list[str]) -> list[str]:
    """Do it every way once, and refuse what differs; return the ways that came to an end."""
    expected = told = None
    left = []
    for way in ways:
        done = run(way, folder, source)
        if done is None:
            continue
        left.append(way)
        if way == UNCHECKED:
            continue
        got = figures(output(folder, way))
        if expected is None:
            expected, told = got, done["found"]
            continue
        wrong = [name for name, values in expected.items() if not _alike(values, got[name])]
        wrong += [name for name in told if told[name] != done["found"][name]]
        if wrong:
            raise SystemExit(f"{way} gives another answer: {wrong}")
    return left


def _alike(one: np.ndarray, two: np.ndarray) -> bool:
    return len(one) == len(two) and np.allclose(one, two, atol=2e-6, rtol=0, equal_nan=True)


def machine() -> str:
    """Say where and with what this runs."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("pandas", "pyarrow", "polars", "duckdb")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{dt.date.today()}, {os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, {', '.join(versions)}"


def show(rows: int, done: dict[str, list[dict]], rounds: int, *, checked: bool) -> None:
    """Print one size as a table in Markdown."""
    equal = "; answers equal" if checked else ""
    print(f"\n{rows:,} rows, {rounds} alternating rounds{equal}; {machine()}; load {os.getloadavg()[0]:.1f}\n")
    print(
        "| way | seconds (least to most) | CPU seconds | seconds of writing | times equiwait | times written down of 7.5 million "
        "| least asked at 7.5 million | peak GB | seconds of loading | times equiwait, loading and all |"
    )
    print("| --- " * 10 + "|")
    written = ratios()
    ours = statistics.median(each["seconds"] for each in done["equiwait"])
    ours_in_all = statistics.median(each["loading"] + each["seconds"] for each in done["equiwait"])
    for way, several in done.items():
        known = f"{written.get(way, '')} | {ASKED.get(way, '')}"
        if not several:
            print(f"| {way} | ran out of memory |  |  |  | {known} |  |  |  |", flush=True)
            continue
        taken = sorted(each["seconds"] for each in several)
        middle, cpu = statistics.median(taken), statistics.median(each["cpu"] for each in several)
        wrote = statistics.median(each["writing"] for each in several)
        loading = statistics.median(each["loading"] for each in several)
        in_all = statistics.median(each["loading"] + each["seconds"] for each in several)
        print(f"| {way} | {middle:.2f} ({taken[0]:.2f} to {taken[-1]:.2f}) | {cpu:.2f} |"
              f" {'' if way in STREAMED else f'{wrote:.2f}'} | {middle / ours:.2f} | {known} |"
              f" {max(each['peak'] for each in several):.2f} | {loading:.2f} | {in_all / ours_in_all:.2f} |", flush=True)  # fmt: skip


def in_turn(folder: Path, source: Path, ways: list[str], left: list[str], rounds: int) -> dict[str, list[dict]]:
    """Do it every way that is left, round after round; a way that runs out of memory gives nothing, and is not tried again."""
    done: dict[str, list[dict]] = {way: [] for way in ways}
    left = list(left)
    for _ in range(rounds):
        for way in list(left):
            if (each := run(way, folder, source)) is not None:
                done[way].append(each)
            else:
                left.remove(way)
                done[way] = []
    return done


def main(said: argparse.Namespace) -> None:
    folder = Path(said.folder)
    grown = []
    for rows in [int(each) for each in str(said.growth or said.rows).split(",")]:
        source = make_all(folder, rows, said.postcodes)
        ways = ["equiwait"] if said.alone else list(WAYS)
        left = ways if said.alone else check(folder, source, ways)
        done = in_turn(folder, source, ways, left, said.rounds)
        clear(folder)
        show(rows, done, said.rounds, checked=not said.alone)
        grown.append((rows, statistics.median(each["seconds"] for each in done["equiwait"]), done["equiwait"]))
    if len(grown) > 1:
        print("\n| rows | seconds | seconds for a million | CPU seconds for a million | peak GB |")
        print("| --- | --- | --- | --- | --- |")
        for rows, seconds, several in grown:
            cpu = statistics.median(each["cpu"] for each in several)
            print(f"| {rows:,} | {seconds:.2f} | {seconds * 1e6 / rows:.2f} | {cpu * 1e6 / rows:.2f} |"
                  f" {max(each['peak'] for each in several):.2f} |")  # fmt: skip


def asked(words: list[str] | None = None) -> argparse.Namespace:
    """Read what is asked on the command line."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=7_500_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--postcodes", type=int, default=2_600_000)
    options.add_argument("--growth", help="several sizes, with commas between")
    options.add_argument("--alone", action="store_true", help="equiwait only, for sizes that the rest cannot hold")
    options.add_argument("--folder", default="benchmark-data")
    options.add_argument("--one", help=argparse.SUPPRESS)
    options.add_argument("--source", help=argparse.SUPPRESS)
    return options.parse_args(words)


if __name__ == "__main__":
    given = asked()
    if given.one:
        one(given.one, Path(given.folder), Path(given.source), output(Path(given.folder), given.one))
    else:
        main(given)
