"""Kill a streaming job at a random point, let it go on, and compare what it gives with the undisturbed one.

    PYTHONPATH=src:tests python -m engines.killed --times 20

The job kills itself with SIGKILL before or after it has given some file of its work its name, chosen by a seed; so where it
stops owes nothing to a clock.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import equiwait as ew
from engines.dirty_lists import PLACES, SNAPSHOT, dirty, unlike
from equiwait.engines import stream

SOURCE, LOT = "list.parquet", 150


def recipe() -> ew.Recipe:
    """Return a recipe with every pass that there is."""
    policy = ew.Policy.preset("england_default")
    return ew.Recipe(SNAPSHOT, **PLACES, policy=policy, count=["imd_quintile", "ethnicity"])


def make(folder: Path, people: int = 400) -> Path:
    """Write a dirty list in small parts."""
    pq.write_table(pa.Table.from_pandas(dirty(people), preserve_index=False), folder / SOURCE, row_group_size=90)
    return folder / SOURCE


def child(folder: Path, to: str, at: int) -> None:
    """Run the job, and die at the ``at``-th file that gets its name: before it does if the number is odd."""
    done, whole = [0], stream._whole
    stream._LOT = LOT

    def deadly(path, write):
        done[0] += 1
        if done[0] == at and at % 2:
            shutil.rmtree(
                left := path.with_name(f".{path.name}.left-behind"), ignore_errors=True
            )  # of an earlier death
            write(left)
            os.kill(os.getpid(), signal.SIGKILL)
        whole(path, write)
        if done[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)

    if at:
        stream._whole = deadly
    counts = recipe().stream(folder / SOURCE, folder / to).counts
    counts.table.to_pickle(folder / f"{to}.counts")


def run_child(folder: Path, to: str, at: int) -> int:
    """Run the job in a process of its own."""
    command = [sys.executable, "-m", "engines.killed", "--child", str(folder), to, str(at)]
    return subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}).returncode


def same(folder: Path, one: str, two: str) -> bool:
    """Whether two jobs gave the same list and the same counts."""
    left, right = (pq.read_table(folder / name) for name in (one, two))
    counted = [pd.read_pickle(folder / f"{name}.counts") for name in (one, two)]
    return (
        not unlike(left.to_pandas(), right.to_pandas())
        and counted[0].equals(counted[1])
        and not list(folder.glob("*.unfinished"))
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--times", type=int, default=20)
    options.add_argument("--child", nargs=3)
    said = options.parse_args()
    if said.child:
        child(Path(said.child[0]), said.child[1], int(said.child[2]))
        sys.exit()
    with tempfile.TemporaryDirectory() as name:
        folder, chance = Path(name), random.Random(20261127)
        make(folder)
        assert run_child(folder, "undisturbed", 0) == 0
        for time in range(said.times):
            deaths = 0
            while (code := run_child(folder, "killed", chance.randint(1, 45))) == -signal.SIGKILL:
                deaths += 1
            assert code == 0
            assert same(folder, "undisturbed", "killed"), f"another answer after {deaths} kills"
            print(f"{time + 1}: killed {deaths} times, equal", flush=True)
            shutil.rmtree(folder / "killed")
