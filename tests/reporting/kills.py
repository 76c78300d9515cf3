"""Kill -9 at random moments of a run, and look at what is left: nothing of a patient but whole files of the team.

``PYTHONPATH=src:tests python tests/reporting/kills.py --kills 20`` is the whole of it; a test runs four.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SECRET = "Zqx7Secret"
OWN = {"notes.txt": "mine", "tidy/own.csv": "a,b\n1,2\n", "gaps.csv": "mine too", ".equiwait-1-mine/a.txt": "mine"}

RUN = f"""
import sys
import numpy as np
import pandas as pd
import equiwait as ew

people = 600
days = pd.to_timedelta(np.arange(people) % 500, unit="D")
raw = pd.DataFrame({{
    "pathway_id": [f"{SECRET}{{n}}" for n in range(people)],
    "clock_start": pd.Timestamp("2026-10-31") - days,
    "ethnicity": np.array([*"AAHM"])[np.arange(people) % 4],
    "sex": np.array(["1", "2"])[np.arange(people) % 2],
}})
waiting = ew.flag_missing(ew.read_list(raw, snapshot="2026-10-31"))
results = [ew.check_list(waiting), ew.completeness(waiting)]
print("ready", flush=True)
ew.outputs(*results, to=sys.argv[1], waiting=waiting)
print("done", flush=True)
"""
"""A run whose list has a secret in every row; *ready* is said when writing begins."""


def left_behind(parent: Path, folder: Path) -> list[str]:
    """Return files with a secret in them that are no whole file of the team under its own name."""
    team = {folder / f"waiting-list-IN-TEAM.{ending}" for ending in ("csv", "xlsx")}
    found = []
    for path in parent.rglob("*"):
        if path.is_file() and not path.is_symlink() and path not in team and SECRET.encode() in path.read_bytes():
            found.append(path.relative_to(parent).as_posix())
    for path in team:
        if path.exists() and path.stat().st_mode & 0o077:
            found.append(f"{path.name}, readable by others")
    return found


def start(to: Path, **more: object) -> subprocess.Popen[str]:
    """Start a run, and come back when it begins to write."""
    process = subprocess.Popen([sys.executable, "-c", RUN, str(to)], stdout=subprocess.PIPE, text=True, **more)  # type: ignore[call-overload]
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process  # type: ignore[no-any-return]


def seconds_of_writing(parent: Path) -> float:
    """How long a run that nobody stops writes."""
    process = start(parent / "whole")
    began = time.monotonic()
    _ended(process)
    return time.monotonic() - began


def _ended(process: subprocess.Popen[str]) -> None:
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def in_a_process(folder: Path) -> None:
    """Run it again, to the end."""
    subprocess.run([sys.executable, "-c", RUN, str(folder)], stdout=subprocess.DEVNULL, check=True)


def killed(parent: Path, after: float, again: Callable[[Path], None] = in_a_process) -> list[str]:
    """Kill a run so many seconds after it begins to write, over a folder with files of the user's own; return what is wrong."""
    folder = parent / "out"
    for name, text in OWN.items():
        path = (parent if name.startswith(".") else folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    process = start(folder)
    time.sleep(after)
    os.kill(process.pid, signal.SIGKILL)
    _ended(process)
    wrong = left_behind(parent, folder)
    again(folder)
    wrong += left_behind(parent, folder)
    if not (folder / "manifest.json").exists():
        wrong.append("the next run wrote nothing")
    wrong += [f"hidden: {path.name}" for path in parent.glob(".equiwait-*") if path.name != ".equiwait-1-mine"]
    for name, text in OWN.items():
        path = (parent if name.startswith(".") else folder) / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            wrong.append(f"lost: {name}")
    return wrong


def main() -> None:
    """Kill so many runs, and say what was wrong."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    lots = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as place:
        longest = seconds_of_writing(Path(place))
    faults = 0
    for kill in range(given.kills):
        after = lots.uniform(0, longest)
        with tempfile.TemporaryDirectory() as place:
            wrong = killed(Path(place), after)
        faults += bool(wrong)
        print(f"{kill + 1}: after {after:.2f} s of {longest:.2f}: {'; '.join(wrong) or 'nothing left, nothing lost'}")
    print(f"{given.kills} kills, {faults} with a fault")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
