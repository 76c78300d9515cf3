"""Kill a streaming job at any of its events, let it go on, and compare what it gives with the undisturbed one.

    PYTHONPATH=src:tests python -m engines.killed --times 20

Events are whatever changes files: one is opened for writing, linked, renamed or taken away, a folder is made or taken away, and
Arrow has written a table, which Python does not see otherwise. The job kills itself with SIGKILL just before the event, of those of
an undisturbed run, that a seed chooses; so where it stops owes nothing to a clock.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

import equiwait as ew
from engines.dirty_lists import PLACES, SNAPSHOT, dirty, unlike
from equiwait.engines import stream
from equiwait.errors import OptionError

LOT, REFUSED, LONGEST = (
    150,
    3,
    120,
)  # rows; the code of a job that is told that its output stands there already; seconds
KINDS = ("out", "out.parquet", "out.csv")
NEEDED = ("Recipe", "Policy", "Waits")
AT_ONCE = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}


class Job(NamedTuple):
    """A list that is streamed to an output, and where it is written down what the job says."""

    source: str
    to: str
    said: str
    policy: bool = True

    def recipe(self) -> ew.Recipe:
        """Return a recipe with every pass that there is, or with those that need no policy."""
        policy = {"policy": ew.Policy.preset("england_default")} if self.policy else {}
        return ew.Recipe(SNAPSHOT, **PLACES, **policy, count=["imd_quintile", "ethnicity"])


def make(folder: Path, people: int = 400) -> Path:
    """Write a dirty list in small parts."""
    source = folder / "list.parquet"
    pq.write_table(pa.Table.from_pandas(dirty(people), preserve_index=False), source, row_group_size=90)
    return source


# --- the job, in a process of its own --------------------------------------------------------------------------------


def do(job: Job, at: int) -> None:
    """Run a job, and die just before its ``at``-th event."""
    stream._LOT = LOT
    events = struck(at)
    try:
        counts = job.recipe().stream(job.source, job.to).counts
    except OptionError as refused:
        if f"Something stands at {Path(job.to).name!r}" not in str(refused):
            raise
        os._exit(REFUSED)
    Path(f"{job.said}.events").write_text(json.dumps(list(events)))
    counts.table.to_pickle(f"{job.said}.counts")


def struck(at: int) -> list[str]:
    """Note every event from now on, and die just before the ``at``-th."""
    events: list[str] = []
    turn = threading.Lock()

    def happens(what: str) -> None:
        with turn:
            events.append(what)
            if len(events) == at:
                os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, given: tuple) -> None:
        if event in AT_ONCE or (event == "open" and given[2] & (os.O_WRONLY | os.O_RDWR)):
            happens(f"{event} {' '.join(str(each) for each in given if isinstance(each, str | os.PathLike))}")

    def then(write: Callable) -> Callable:
        def written(*given, **named):
            done = write(*given, **named)
            happens(f"Arrow: {write.__name__}")
            return done

        return written

    sys.addaudithook(heard)
    pq.ParquetWriter.write_table = then(pq.ParquetWriter.write_table)
    pq.ParquetWriter.close = then(pq.ParquetWriter.close)
    ipc.new_file, pacsv.write_csv = then(ipc.new_file), then(pacsv.write_csv)
    return events


def nursery() -> None:
    """Give birth to a job for each line that comes, and say how it ended.

    Libraries are loaded once. Nothing else is done here: a process that has threads is not copied whole.
    """
    assert all(hasattr(ew, name) for name in NEEDED)  # each is loaded when it is asked for
    for line in sys.stdin:
        job, at = json.loads(line)
        if (child := os.fork()) == 0:
            signal.alarm(LONGEST)
            try:
                do(Job(*job), at)
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


class Nursery:
    """Runs jobs in processes of their own."""

    def __enter__(self) -> Nursery:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engines.killed", "--nursery"],
            env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        return self

    def __exit__(self, *_) -> None:
        self.process.communicate()

    def run(self, job: Job, at: int = 0) -> int:
        """Run a job, killed at an event or at none, and return how it ended."""
        self.process.stdin.write(json.dumps([job, at]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


# --- what it gave ----------------------------------------------------------------------------------------------------


def undisturbed(nursery: Nursery, folder: Path, kind: str, policy: bool, people: int = 400) -> Job:
    """Run a job that nobody kills."""
    place = folder / "undisturbed"
    place.mkdir(parents=True)
    job = Job(str(make(folder, people)), str(place / kind), str(folder / "undisturbed-said"), policy)
    assert nursery.run(job) == 0
    return job


def events(job: Job) -> list[str]:
    """What a job that ended did to files, in turn."""
    return json.loads(Path(f"{job.said}.events").read_text())


def another(job: Job, folder: Path) -> Job:
    """The same job, of which nothing is done yet, in a new place."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return job._replace(to=str(folder / Path(job.to).name), said=str(folder.with_name(f"{folder.name}-said")))


def listed(job: Job) -> pd.DataFrame:
    """The list that a job gave."""
    if job.to.endswith(".csv"):
        return pd.read_csv(job.to, dtype=str, keep_default_na=False)
    return pq.read_table(job.to).to_pandas()


def wrong(job: Job, other: Job, code: int) -> list[str]:
    """What is unlike between a job that was killed, then ended with a code, and an undisturbed one."""
    if code not in (0, REFUSED):
        return [f"ended with {code}"]
    if not Path(job.to).exists():
        return ["no output"]
    found = unlike(listed(other), listed(job))
    if code == 0:  # else it was killed before it could say what it had counted
        left, right = (pd.read_pickle(f"{each.said}.counts") for each in (other, job))
        found += [] if left.equals(right) else ["counts"]
    return found


def beside(job: Job) -> list[str]:
    """What is left beside the output of a job that ended."""
    return sorted(each.name for each in Path(job.to).parent.iterdir() if each != Path(job.to))


def ended(nursery: Nursery, job: Job, kills: list[int]) -> tuple[int, int]:
    """Kill a job at these events, one after the other, then let it go on; return how often it died, and its last code."""
    deaths = 0
    for at in [*kills, 0]:
        stood = Path(job.to).exists()
        code = nursery.run(job, at)
        if code != -signal.SIGKILL:
            break
        deaths += 1
    assert (code == REFUSED) == stood, (
        f"ended with {code}, and the output {'stood' if stood else 'did not stand'} there"
    )
    return deaths, code


def killed(times: int) -> int:
    """Kill so many jobs of each kind at random events, say what came of them, and return how many did not end as they should."""
    chance, faults = random.Random(20261128), 0
    with tempfile.TemporaryDirectory() as name, Nursery() as nursery:
        for kind in KINDS:
            for policy in (True, False):
                folder = Path(name) / f"{kind}-{policy}"
                first = undisturbed(nursery, folder, kind, policy)
                points, died = len(events(first)), 0
                for _ in range(times):
                    kills = [chance.randint(1, points) for _ in range(5)]
                    job = another(first, folder / "killed")
                    deaths, code = ended(nursery, job, kills)
                    died += deaths
                    if told := [*wrong(job, first, code), *(f"{each} is left" for each in beside(job))]:
                        faults += 1
                        print(f"{kind}, killed at {kills[:deaths]}: {told}", flush=True)
                words = f"{kind}, {'a' if policy else 'no'} policy: {points} events, {times} jobs, killed {died} times"
                print(words, flush=True)
    return faults


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument(
        "--times", type=int, default=20, help="jobs of each of three outputs, with and without a policy"
    )
    options.add_argument("--nursery", action="store_true", help=argparse.SUPPRESS)
    said = options.parse_args()
    if said.nursery:
        nursery()
    elif faults := killed(said.times):
        sys.exit(f"{faults} jobs did not end as they should")
    else:
        print("all gave the undisturbed list and counts, and left nothing beside them")
