"""What weekly lists of a whole nation cost: ``python -m tests.over_time.national [open rows] [lists]``; its files are deleted after.

Made lists of 120 trusts, as `read_list` gives them, in Parquet. A quarter, a half and all of the lists are put together, each in a
process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

import equiwait as ew  # noqa: E402
from over_time.held import MOST_HELD  # noqa: E402

TRUSTS, MEAN = 120, 180.0
FIRST = pd.Timestamp("2025-11-07")

_STITCH = (
    """
import resource, sys, time
from pathlib import Path
import equiwait as ew
"""
    + MOST_HELD
    + """
begin = time.process_time()
files = sorted(Path(sys.argv[1]).glob("*.parquet"))[: int(sys.argv[2])]
year = ew.stitch(*files, folder=sys.argv[3])
pathways = sum(len(part) for part in year.parts(("became",)))
disk = sum(path.stat().st_size for path in Path(sys.argv[3]).rglob("*.parquet")) / 1e9
print(pathways, year.rows.count, time.process_time() - begin, most_held(), disk)
"""
)


def write(folder: Path, opened: int, lists: int) -> list[int]:
    """Write so many weekly lists of so many open rows; return the rows of each."""
    rng = np.random.default_rng(52)
    span = int(5 * MEAN) + 7 * lists
    people = int(opened / MEAN * span)
    start = FIRST - pd.Timedelta(int(5 * MEAN), "D") + pd.to_timedelta(np.sort(rng.integers(0, span, people)), "D")
    stop = start + pd.to_timedelta(np.ceil(rng.exponential(MEAN, people)), "D")
    trusts = np.array([f"R{number:03}" for number in range(TRUSTS)])
    whole = pd.DataFrame({
        "pathway_id": np.char.add("W", np.arange(people).astype(str)), "provider": rng.choice(trusts, people),
        "clock_start": start, "sex": rng.choice(["1", "2"], people), "ethnicity": rng.choice([*"ABCDEFGHJKLMNPRSZ"], people),
        "specialty": rng.choice(["100", "110", "120", "130", "300", "320", "330", "502"], people),
        "priority": rng.choice(["P2", "P3", "P4"], people),
    })  # fmt: skip
    rows = []
    for day in pd.date_range(FIRST, periods=lists, freq="7D"):
        here = whole[(start <= day) & (stop > day)]
        ew.read_list(here, snapshot=day).to_parquet(folder / f"{day:%Y-%m-%d}.parquet")
        rows.append(len(here))
    return rows


def measured(opened: int, lists: int) -> None:
    """Print a row of the page's table for a quarter, a half and all of the lists."""
    with tempfile.TemporaryDirectory(prefix="equiwait-national-") as work:
        (Path(work) / "lists").mkdir()
        rows = write(Path(work) / "lists", opened, lists)
        for count in (lists // 4, lists // 2, lists):
            begin = time.perf_counter()
            told = subprocess.run(
                [sys.executable, "-c", _STITCH, f"{work}/lists", str(count), f"{work}/parts-{count}"],
                capture_output=True, text=True, check=True,
            ).stdout.split()  # fmt: skip
            pathways, parts, seconds, peak, disk = (float(each) for each in told)
            print(
                f"| {count} | {sum(rows[:count]):,} | {pathways:,.0f} | {parts:.0f} | {peak:,.0f} MB | {seconds:,.0f} | "
                f"{time.perf_counter() - begin:,.0f} | {disk:.1f} GB |",
                flush=True,
            )


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:3]]
    measured(*given, *(250_000, 52)[len(given) :])
