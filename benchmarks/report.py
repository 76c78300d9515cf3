"""How long a report takes beside what nobody can do without: reading the file, and importing pandas and pyplot.

    python benchmarks/report.py                          # 2,000 rows from a cold start, a million rows
    python benchmarks/report.py --rows 2000 --rounds 9

Each list is the invented adults' list of `equiwait.samples`, made from a seed and kept for the next run (``--folder``).
Two processes run in turn, round after round: ``equiwait report`` from the CSV file to the finished folder (linked, ordered
by the bundled policy, audited), and the yardstick. Up to 50,000 rows that is ``python -c "import pandas,
matplotlib.pyplot"``; for more, a process that does nothing but ``pandas.read_csv`` of the same file as text. The
seconds are those that the processor worked for a process, which a busy machine changes less than those on the wall; both
are printed, with the most memory that each process ever held. What is asked of the ratios stands beside them, and no
clock decides a test. Python files are compiled before the first round, as an installation does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

SHORT = 50_000
ASKED = {"import": 4.0, "read_csv": 3.0}
ASKED_MEMORY = 2.0  # GB, of a million rows


class Took(NamedTuple):
    """What one process took: seconds of the processor and of the wall, and the most memory, in GB."""

    worked: float
    wall: float
    memory: float


def list_of(rows: int, folder: Path) -> Path:
    """Return the list of so many rows, made where it is not there yet.

    It is made in a process of its own: a process hands the memory that it has held on to those that it starts.
    """
    path = folder / f"list-{rows}.csv"
    if not path.is_file():
        maker = get_context("spawn").Process(target=make, args=(rows, path))
        maker.start()
        maker.join()
    return path


def make(rows: int, path: Path) -> None:
    """Make a list."""
    from equiwait.samples import make_list

    made = make_list("adult_ptl", people=rows).head(rows)  # some are sent twice, so there are a few rows more
    made.to_csv(path.with_suffix(".new"), index=False)
    path.with_suffix(".new").rename(path)


def report_of(source: Path, to: Path) -> list[str]:
    """Return the command that makes the report of a list."""
    from equiwait.samples import SNAPSHOT, sample_path

    places = {"directory": "directory", "index": "index", "policy": "policy"}
    given = [each for option, name in places.items() for each in (f"--{option}", str(sample_path(name)))]
    return [sys.executable, "-m", "equiwait", "report", str(source), "--snapshot", SNAPSHOT, "--out", str(to), *given]


def yardstick_of(source: Path, rows: int) -> tuple[str, list[str]]:
    """Return what a report of so many rows is held against, and its command."""
    if rows <= SHORT:
        return "import", [sys.executable, "-c", "import pandas, matplotlib.pyplot"]
    read = "import sys, pandas; pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)"
    return "read_csv", [sys.executable, "-c", read, str(source)]


def took(command: list[str]) -> Took:
    """Run a command in a process of its own, and return what it took; stop where it fails."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(said.read().decode())
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Took(used.ru_utime + used.ru_stime, time.perf_counter() - started, kilobytes / 1e6)


def measured(rows: int, rounds: int, folder: Path) -> None:
    """Print one line of the table: a list of so many rows."""
    source, out = list_of(rows, folder), folder / "out"
    name, yardstick = yardstick_of(source, rows)
    found: dict[str, list[Took]] = {"report": [], name: []}
    for turn in range(rounds + 1):
        shutil.rmtree(out, ignore_errors=True)
        for way, command in (("report", report_of(source, out)), (name, yardstick)):
            each = took(command)
            if turn:  # the first compiles, and brings the files into memory
                found[way].append(each)
    ours, theirs = found["report"], found[name]
    cells = [f"{rows:,}"]
    for what in ("worked", "wall"):
        cells += [f"{_middle(ours, what):.2f}", f"{_middle(theirs, what):.2f}", _times(ours, theirs, what)]
    cells += [f"{ASKED[name]:g} {name}", f"{max(each.memory for each in ours):.2f}"]
    print(f"| {' | '.join(cells)} |", flush=True)


def _times(ours: list[Took], theirs: list[Took], what: str) -> str:
    ratios = [getattr(one, what) / getattr(other, what) for one, other in zip(ours, theirs, strict=True)]
    return f"**{statistics.median(ratios):.1f}** ({min(ratios):.1f} to {max(ratios):.1f})"


def _middle(found: list[Took], what: str) -> float:
    return statistics.median(getattr(each, what) for each in found)


def main() -> None:
    """Measure what was asked for."""
    says, _, more = __doc__.partition("\n\n")
    ask = argparse.ArgumentParser(description=says, epilog=more, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--rows", type=lambda given: [int(each) for each in given.split(",")], default=[2000, 1_000_000])
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "equiwait-benchmark-report")
    asked = ask.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}, {asked.rounds} rounds\n"
    )
    print("| rows | CPU s | yardstick | times | wall s | yardstick | times | asked: at most | peak GB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for rows in asked.rows:
        measured(rows, asked.rounds, asked.folder)


if __name__ == "__main__":
    main()
