"""The whole job, from a CSV file to a finished folder, held against what pandas takes merely to read or to be imported.

    python benchmarks/whole_job.py [--rows 1000000] [--rounds 3] [--folder FOLDER]

Each way is a process of its own, in turn, round after round, its start included: ``equiwait report`` of the made list with
places and a policy, against ``pandas.read_csv`` of the same file as text; and a report on 2,000 rows from a cold start, against
``import pandas, matplotlib.pyplot``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from made_list import SNAPSHOT, as_csv, index_as_csv, make_all

ASKED = {"large": 3.0, "small": 4.0}
"""How many times as long as pandas a report may take, at most."""

SMALL = 2_000


def ran(command: list[str]) -> tuple[float, float, float]:
    """Run a command; return its seconds, its CPU seconds and the most memory it held, in GB."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as installed
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=kept)
    words = child.stderr.read()
    _, ended, used = os.wait4(child.pid, 0)
    if ended:
        raise SystemExit(f"{' '.join(command)}: {words[-2000:].decode()}")
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6


def report(folder: Path, source: Path) -> list[str]:
    """Return the command that makes a report, into a folder that is not there."""
    shutil.rmtree(folder / "report", ignore_errors=True)
    places = ["--directory", str(folder / "directory.equiwait"), "--index", str(folder / "index.csv")]
    made = [
        "--policy",
        "england_default",
        "--all-are",
        "admitted",
        "--snapshot",
        SNAPSHOT,
        "--out",
        str(folder / "report"),
    ]
    return [sys.executable, "-m", "equiwait", "report", str(source), *places, *made]


def main(said: argparse.Namespace) -> None:
    folder = Path(said.folder)
    index = None
    print("| rows | report, seconds | CPU | peak GB | pandas, seconds | CPU | times pandas | most asked |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for what, rows in (("small", SMALL), ("large", said.rows)):
        source = as_csv(make_all(folder, rows, said.postcodes))
        index = index or index_as_csv(folder)
        read = f"import pandas; pandas.read_csv({str(source)!r}, dtype=str)"
        pandas = [sys.executable, "-c", read if what == "large" else "import pandas, matplotlib.pyplot"]
        ours, theirs = [], []
        for _ in range(said.rounds):
            ours.append(ran(report(folder, source)))
            theirs.append(ran(pandas))
        one, two = ([statistics.median(each) for each in zip(*taken, strict=True)] for taken in (ours, theirs))
        print(f"| {rows:,} | {one[0]:.1f} | {one[1]:.1f} | {one[2]:.2f} | {two[0]:.1f} | {two[1]:.1f} |"
              f" {one[0] / two[0]:.1f} | {ASKED[what]} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--postcodes", type=int, default=2_600_000)
    options.add_argument("--folder", default="benchmark-data")
    main(options.parse_args())
