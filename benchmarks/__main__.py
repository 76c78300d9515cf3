"""All of it by one command: row work beside its rivals, its growth, and whole reports from CSV to folder.

    python benchmarks                                   # half an hour, 15 GB of disk for a hundred million rows
    python benchmarks --growth 10000,100000,1000000     # fewer
    python benchmarks --small                           # a minute

Each part is a process of its own, and says at its head how it is run alone: `recipe.py`, `report.py`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
GROWTH = "10000,100000,1000000,10000000,30000000,100000000"


def parts(small: bool, growth: str, folder: Path) -> list[list[str]]:
    """Return what is run, one after the other."""
    rivals = ["--rows", "100000", "--postcodes", "100000", "--rounds", "1"] if small else []
    grown = ["--growth", "1000,10000" if small else growth, "--alone", "--rounds", "1"]
    reports = ["--rows", "2000", "--rounds", "1"] if small else []
    kept = ["--folder", str(folder)]
    return [["recipe.py", *rivals, *kept], ["recipe.py", *grown, *rivals[2:4], *kept], ["report.py", *reports, *kept]]


def main() -> None:
    """Run the parts; the first that fails ends it."""
    ask = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    ask.add_argument("--small", action="store_true")
    ask.add_argument("--growth", default=GROWTH, help="how many rows, with commas between")
    ask.add_argument("--folder", type=Path, default=Path("benchmark-data"))
    said = ask.parse_args()
    for script, *words in parts(said.small, said.growth, said.folder):
        print(f"\n{script} {' '.join(words)}\n", flush=True)
        subprocess.run([sys.executable, str(HERE / script), *words], check=True)


if __name__ == "__main__":
    main()
